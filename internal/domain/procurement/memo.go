package procurement

import (
	"strconv"

	"publica"
	"publica/internal/machine"
)

// Memo is the body of procurement/memo: how the buyer ranks the bids of a lot, best
// first, from what is on record. It may differ from what the scores and prices add
// up to, and then says why. A later memo of the lot replaces it until the intent.
// Parts: text (in confidential mode: sealed), attachment-1 ….
type Memo struct {
	Cites   []publica.EntryID `json:"cites"`
	Lot     string            `json:"lot,omitzero"`
	Ranking []publica.EntryID `json:"ranking"`
}

// rankings keep the order of a lot's bids, as its memo has it.
var rankings = machine.NewTable[Memo]("procurement-ranking") // memo

const maxRanking = 150

func checkMemo(e *machine.Entry, b *Memo) error {
	if len(b.Ranking) == 0 {
		return publica.Problem(publica.Invalid, "body/ranking", "is missing").WithHint("name the bids of the lot, the best first")
	}
	return machine.First(machine.InDocket(e), machine.ForBody(e), checkCites(b.Cites), checkIDs("body/ranking", b.Ranking, maxRanking), machine.CheckParts(e, privateParts...))
}

func applyMemo(tx *machine.Tx, e *machine.Entry, b *Memo) error {
	_, s, err := officer(tx, e, Evaluation, Intended)
	if err != nil {
		return err
	}
	t, _ := TermsOf(tx, e.Docket)
	lot, err := s.lot(b.Lot)
	if err != nil {
		return err
	}
	switch {
	case s.Opened < t.Envelopes:
		return publica.Problem(publica.Early, "docket", "has prices that are sealed").WithHint("trustees open them when every score is committed to")
	case t.scored() && !s.Disclosed && (!s.Committed || s.Lots[lot].Reveals < s.Lots[lot].Commits):
		return publica.Problem(publica.Owed, "body/lot", "lacks scores: "+strconv.FormatInt(s.Lots[lot].Reveals, 10)+" of "+strconv.Itoa(len(t.Evaluators))+" evaluators have revealed theirs").
			WithHint("each reveals with procurement/score-reveal; who does not in time is left out, but never everyone")
	}
	for i, id := range b.Ranking {
		at := "body/ranking/" + strconv.Itoa(i)
		bid, err := liveBid(tx, e.Docket, at, id)
		if err != nil {
			return err
		}
		if bid.Lot != lot {
			return publica.Problem(publica.Invalid, at, "is a bid to another lot").WithHint("rank each lot in a memo of its own")
		}
	}
	if int64(len(b.Ranking)) < s.Lots[lot].Live {
		return publica.Problem(publica.Invalid, "body/ranking", "leaves out a bid that is not rejected").WithHint("rank every bid of the lot; what cannot win is last, or rejected")
	}
	if err := machine.First(cited(tx, e.Docket, b.Cites), t.private(e)); err != nil {
		return err
	}
	rankings.Put(tx, e.ID[:], *b)
	s.Lots[lot].Memo = e.ID
	s.ranked()
	put(tx, e.Docket, s)
	return nil
}

// ranked goes on to the intent when every lot has its memo.
func (s *State) ranked() {
	if s.every(func(l *Lot) bool { return !l.Memo.IsZero() }) {
		s.Stage = Intended
	}
}
