package procurement

import (
	"encoding/binary"
	"strconv"

	"publica"
	"publica/internal/machine"
	"publica/sealed"
)

// ScoreCommit is the body of procurement/score-commit. What is committed to says
// [Scores.Commitment]. Round keeps a commitment that was on its way when a decision
// had scores given anew from standing in the next round, where nothing reveals it.
type ScoreCommit struct {
	Commitment sealed.Hash `json:"commitment"`
	Lot        string      `json:"lot,omitzero"`
	Round      int64       `json:"round"`
}

// commitment is what an evaluator committed to in a round.
type commitment struct {
	Entry    publica.EntryID `json:"entry"`
	Hash     sealed.Hash     `json:"hash"`
	Revealed publica.EntryID `json:"revealed,omitzero"`
}

var commitments = machine.NewTable[commitment]("procurement-score") // docket ‖ round ‖ lot ‖ evaluator

func scoreKey(in publica.DocketID, round int64, lot, evaluator int) []byte {
	return machine.Key(in[:], binary.BigEndian.AppendUint32(nil, uint32(round)), []byte{byte(lot), byte(evaluator)})
}

func checkScoreCommit(e *machine.Entry, b *ScoreCommit) error {
	switch {
	case b.Commitment == (sealed.Hash{}):
		return publica.Problem(publica.Invalid, "body/commitment", "is missing").WithHint("the hash of what is to be revealed later")
	case b.Round < 1:
		return publica.Problem(publica.Invalid, "body/round", "is missing").WithHint("1, or the round of scoring that the tender is in")
	}
	return machine.First(machine.InDocket(e), machine.CheckParts(e))
}

func applyScoreCommit(tx *machine.Tx, e *machine.Entry, b *ScoreCommit) error {
	s, _, evaluator, lot, err := scoring(tx, e, b.Lot)
	if err != nil {
		return err
	}
	key := scoreKey(e.Docket, s.Round, lot, evaluator)
	switch {
	case b.Round != s.Round:
		return publica.Problem(publica.Conflict, "body/round", "is not the round of scoring, "+strconv.FormatInt(s.Round, 10)).WithHint("score the bids anew, for this round")
	case commitments.Has(tx, key):
		return publica.Problem(publica.Conflict, "body/lot", "has your commitment already, which stands")
	case s.Committed:
		return publica.Problem(publica.Late, "docket", "takes no more scores in this round: the time to commit to them has run out").WithHint("those who committed go on; procurement/missed names who did not")
	}
	commitments.Put(tx, key, commitment{Entry: e.ID, Hash: b.Commitment})
	s.Lots[lot].Commits++
	s.awaitScores(tx, e.Docket, e.ID)
	s.pricesNext(tx, e.Docket, e.ID)
	put(tx, e.Docket, s)
	return nil
}

// scoring is participant for an evaluator of a lot that has bids to score.
func scoring(tx *machine.Tx, e *machine.Entry, name string) (s State, t Publish, evaluator, lot int, err error) {
	if s, err = participant(tx, e, Evaluation); err != nil {
		return s, t, 0, 0, err
	}
	t, _ = TermsOf(tx, e.Docket)
	if evaluator, err = t.evaluatorOf(e); err != nil {
		return s, t, 0, 0, err
	}
	if lot, err = s.lot(name); err != nil {
		return s, t, 0, 0, err
	}
	switch {
	case !t.scored():
		err = publica.Problem(publica.Invalid, "docket", "has no criterion that evaluators score").WithHint("the price decides; go on with procurement/memo")
	case s.Lots[lot].Live == 0:
		err = publica.Problem(publica.Invalid, "body/lot", "has no bids left to score")
	}
	return s, t, evaluator, lot, err
}

// scoresStand reports whether prices may open: in the evaluation, when the scores of
// every lot are committed to.
func (s *State) scoresStand(t *Publish) bool {
	return s.Opened > 1 || s.Stage == Evaluation && (s.Committed || !t.scored())
}
