package procurement

import (
	"encoding/binary"

	"publica"
	"publica/internal/machine"
	"publica/sealed"
)

// ScoreCommit is the body of procurement/score-commit. Commitment is SHA-256 over
// "publica scores v1", a newline, and the canonical JSON (RFC 8785) of the members
// lot, reasons, salt and scores of the procurement/score-reveal to come.
type ScoreCommit struct {
	Commitment sealed.Hash `json:"commitment"`
	Lot        string      `json:"lot,omitzero"`
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
	if b.Commitment == (sealed.Hash{}) {
		return publica.Problem(publica.Invalid, "body/commitment", "is missing").WithHint("the hash of what is to be revealed later")
	}
	return machine.First(machine.InDocket(e), machine.CheckParts(e))
}

func applyScoreCommit(tx *machine.Tx, e *machine.Entry, b *ScoreCommit) error {
	s, _, evaluator, lot, err := scoring(tx, e, b.Lot)
	if err != nil {
		return err
	}
	key := scoreKey(e.Docket, s.Round, lot, evaluator)
	if commitments.Has(tx, key) {
		return publica.Problem(publica.Conflict, "body/lot", "has your commitment already, which stands")
	}
	commitments.Put(tx, key, commitment{Entry: e.ID, Hash: b.Commitment})
	s.Lots[lot].Commits++
	s.pricesNext(tx, e)
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

// scoresStand reports whether prices may open: in the evaluation, when every
// evaluator has committed to the scores of every lot. A share that was due before a
// decision had scores given anew is not early: it may have been on its way.
func (s *State) scoresStand(t *Publish) bool {
	return s.Opened > 1 || s.Due || s.Stage == Evaluation && s.committed(t)
}

// committed reports whether all commitments of the round are on record.
func (s *State) committed(t *Publish) bool {
	return !t.scored() || s.every(func(l *Lot) bool { return l.Commits >= int64(len(t.Evaluators)) })
}
