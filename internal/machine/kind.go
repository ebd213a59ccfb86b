package machine

import (
	"encoding/json/jsontext"

	"publica"
)

// An Entry is an entry under the law: parsed, its body decoded by its kind.
type Entry struct {
	*publica.Entry
	ID     publica.EntryID
	Signed *publica.Signed
	Body   any // *B of the kind's [Define]

	// Where it will stand; set by [Block.Apply], zero in Check.
	Index int64 // position in the log
	Seq   int64 // position in its docket's tree
}

// A Kind is one record type and its rules.
type Kind struct {
	Name publica.Kind
	Doc  string // one sentence for people: what it says and who may say it

	check func(*Entry) error
	apply func(*Tx, *Entry) error
}

// Define makes a kind whose body has type B, decoded strictly. Check is
// stateless and may be nil; Apply is stateful. Both return an
// [publica.Error] to refuse; Apply must be total.
func Define[B any](name publica.Kind, doc string, check func(*Entry, *B) error, apply func(*Tx, *Entry, *B) error) Kind {
	return Kind{
		Name: name,
		Doc:  doc,
		check: func(e *Entry) error {
			b := new(B)
			if err := publica.DecodeStrict(e.Entry.Body, b, "body"); err != nil {
				return err
			}
			e.Body = b
			if check == nil {
				return nil
			}
			return check(e, b)
		},
		apply: func(tx *Tx, e *Entry) error { return apply(tx, e, e.Body.(*B)) },
	}
}

// A Due is something the rules scheduled for a time.
type Due struct {
	At     publica.Time     `json:"at"`
	Body   jsontext.Value   `json:"body"`
	Docket publica.DocketID `json:"docket,omitzero"`
	Kind   publica.Kind     `json:"kind"`
}

// A System is the rule that runs when something falls due. If Apply returns
// true a system record with the due body is logged; false drops it silently,
// for what was cancelled meanwhile.
type System struct {
	Name  publica.Kind
	Doc   string
	Apply func(tx *Tx, d *Due) bool
}

// A Domain is a set of kinds that belong together.
type Domain struct {
	Name    string
	Kinds   []Kind
	Systems []System
	// Genesis lays down the domain's first state; may be nil.
	Genesis func(tx *Tx, g *Genesis) error
	// Admit is asked about every entry of the register before its own rule;
	// may be nil. The error is the refusal.
	Admit func(tx *Tx, e *Entry) error
}
