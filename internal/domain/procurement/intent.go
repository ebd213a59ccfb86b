package procurement

import (
	"strconv"

	"publica"
	"publica/internal/machine"
)

// Intent is the body of procurement/intent: to whom each lot is to go, for how
// much. The standstill begins, as long as the profile says, and the time to
// protest. Parts: reason (required where a bid is not the first of its memo),
// attachment-1 ….
type Intent struct {
	Awards []IntendedAward   `json:"awards"`
	Cites  []publica.EntryID `json:"cites"`
}

// IntendedAward is what a lot is to go for.
type IntendedAward struct {
	Bid   publica.EntryID `json:"bid"`
	Lot   string          `json:"lot,omitzero"`
	Value Money           `json:"value"`
}

var reasonOptional = []machine.PartRule{{Name: "reason", Media: machine.Text}, {Name: "attachment", Numbered: true}}

func checkIntent(e *machine.Entry, b *Intent) error {
	if len(b.Awards) == 0 || len(b.Awards) > MaxLots {
		return publica.Problem(publica.Invalid, "body/awards", "are not 1 to "+strconv.Itoa(MaxLots))
	}
	for i := range b.Awards {
		at := "body/awards/" + strconv.Itoa(i)
		if err := machine.First(checkOne(at+"/bid", b.Awards[i].Bid), b.Awards[i].Value.check(at+"/value", 1)); err != nil {
			return err
		}
	}
	return machine.First(machine.InDocket(e), machine.ForBody(e), checkCites(b.Cites), machine.CheckParts(e, reasonOptional...))
}

func applyIntent(tx *machine.Tx, e *machine.Entry, b *Intent) error {
	_, s, err := officer(tx, e, Intended)
	if err != nil {
		return err
	}
	t, _ := TermsOf(tx, e.Docket)
	policy, err := t.Profile.Policy()
	if err != nil {
		return err
	}
	if err := cited(tx, e.Docket, b.Cites); err != nil {
		return err
	}
	for i := range b.Awards {
		if err := s.intend(tx, e, &t, "body/awards/"+strconv.Itoa(i), &b.Awards[i], b.Cites); err != nil {
			return err
		}
	}
	if !s.every(func(l *Lot) bool { return l.Intent == e.ID }) {
		return publica.Problem(publica.Invalid, "body/awards", "leave out a lot that has bids").WithHint("reject its bids if none is to have it")
	}
	s.Stage = Awarding
	if policy.StandstillDays > 0 {
		s.Stage = Standstill
		s.start(tx, e.Docket, Clock{Ends: tx.Time().Add(days(policy.StandstillDays)), Name: StandstillClock, Record: e.ID})
	}
	s.protestable(tx, e.Docket, e.ID)
	put(tx, e.Docket, s)
	return nil
}

// intend notes to whom a lot is to go.
func (s *State) intend(tx *machine.Tx, e *machine.Entry, t *Publish, at string, a *IntendedAward, cites []publica.EntryID) error {
	i, err := s.lot(a.Lot)
	if err != nil {
		return under(at+"/lot", err)
	}
	bid, err := liveBid(tx, e.Docket, at+"/bid", a.Bid)
	if err != nil {
		return err
	}
	lot := &s.Lots[i]
	switch {
	case bid.Lot != i:
		return publica.Problem(publica.Invalid, at+"/bid", "is to another lot").WithHint("the bid says to which lot it is")
	case lot.Intent == e.ID:
		return publica.Problem(publica.Invalid, at+"/lot", "stands twice").WithHint("a lot goes to one bid")
	}
	if err := lot.rests(cites); err != nil {
		return err
	}
	ranking, _ := rankings.Get(tx, lot.Memo[:])
	if p, _ := e.Part("reason"); p.Size == 0 && ranking.Ranking[0] != a.Bid {
		return publica.Problem(publica.Invalid, "content", "lacks the part reason: the bid is not the first of the lot's memo").WithHint("say why, in a part named reason")
	}
	lot.Intent, lot.Winner, lot.Value = e.ID, a.Bid, a.Value.Amount
	return a.Value.in(t, at+"/value")
}
