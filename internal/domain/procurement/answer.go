package procurement

import (
	"strconv"

	"publica"
	"publica/internal/machine"
)

// Answer is the body of procurement/answer: one answer to one or more questions,
// until the deadline. The part text is required.
type Answer struct {
	Asks []publica.EntryID `json:"asks"`
}

const maxAsks = 100

func checkAnswer(e *machine.Entry, b *Answer) error {
	if len(b.Asks) == 0 {
		return publica.Problem(publica.Invalid, "body/asks", "is missing").WithHint("name the questions by their entry ids")
	}
	return machine.First(machine.InDocket(e), machine.ForBody(e), checkIDs("body/asks", b.Asks, maxAsks), machine.CheckParts(e, textParts...))
}

func applyAnswer(tx *machine.Tx, e *machine.Entry, b *Answer) error {
	_, s, err := officer(tx, e, Bidding)
	if err != nil {
		return err
	}
	for i, id := range b.Asks {
		key := machine.Key(e.Docket[:], id[:])
		q, ok := questions.Get(tx, key)
		if !ok {
			return publica.Problem(publica.NotFound, "body/asks/"+strconv.Itoa(i), "is not a question of this tender").WithHint("name it by the entry id of its procurement/ask")
		}
		if q.Answer.IsZero() {
			s.Answered++
		}
		q.Answer = e.ID
		questions.Put(tx, key, q)
	}
	put(tx, e.Docket, s)
	return nil
}
