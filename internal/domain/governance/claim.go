package governance

import (
	"time"

	"golang.org/x/mod/sumdb/note"

	"publica"
	"publica/internal/machine"
)

// Claim is the body of governance/claim. It proves itself: the promise names a
// time that is over, and the entry is not on the log.
type Claim struct {
	Entry   publica.EntryID `json:"entry"` // that was promised
	Promise publica.Promise `json:"promise"`
}

// Grace is how much later than a promise's time the log must have been sealed
// without the entry: block time and a node's clock need not agree to the second.
const Grace = time.Minute

// Record is how a validator has kept its word under one name, whatever keys it
// had, and stays when it leaves.
type Record struct {
	Body   publica.BodyID `json:"body"`   // that runs it, or ran it
	Broken int64          `json:"broken"` // promises, of different entries
}

var (
	records  = machine.NewTable[Record]("governance-record")         // name
	nodeKeys = machine.NewTable[struct{}]("governance-node-key")     // verifier key that is or was a validator's
	claims   = machine.NewTable[publica.EntryID]("governance-claim") // promised entry ‖ name: the claim
)

// remember keeps the key by which a validator signs promises. It is never
// forgotten: a promise outlives the key.
func remember(tx *machine.Tx, v *machine.Validator) {
	if _, ok := RecordOf(tx, v.Name); !ok {
		records.Put(tx, []byte(v.Name), Record{Body: v.Body})
	}
	nodeKeys.Put(tx, []byte(v.Node), struct{}{})
}

// ambiguous reports whether a node once promised with another key that has the
// name and hash of this one: notes could then be checked by neither.
func ambiguous(tx *machine.Tx, vkey string) bool {
	for known := range nodeKeys.Scan(tx, []byte(machine.KeyName(vkey)+"+")) {
		if string(known) != vkey {
			return true
		}
	}
	return false
}

// RecordOf returns how the validator of that name has kept its word.
func RecordOf(tx *machine.Tx, name string) (Record, bool) { return records.Get(tx, []byte(name)) }

// verifiers returns the keys that a node has signed promises with so far. They
// begin with its name, which no "+" is part of.
func verifiers(tx *machine.Tx, name string) note.Verifiers {
	var known []note.Verifier
	for vkey := range nodeKeys.Scan(tx, []byte(name+"+")) {
		if v, err := publica.ParseVerifier(string(vkey)); err == nil {
			known = append(known, v)
		}
	}
	return note.VerifierList(known...)
}

func checkClaim(e *machine.Entry, b *Claim) error {
	if b.Entry.IsZero() {
		return publica.Problem(publica.Invalid, "body/entry", "is missing").WithHint("the id of the entry that was promised")
	}
	if _, _, err := b.Promise.PromisedBy(); err != nil {
		return publica.Problem(publica.Malformed, "body/promise/note", "is not a promise").
			WithHint(`copy the member "promise" of the receipt`)
	}
	return machine.First(machine.NoDocket(e), machine.CheckParts(e))
}

func applyClaim(tx *machine.Tx, e *machine.Entry, b *Claim) error {
	_, name, _ := b.Promise.PromisedBy()
	r, ok := RecordOf(tx, name)
	if !ok {
		return publica.Problem(publica.NotFound, "body/promise/note", "is signed in a name that no validator of this register has or had")
	}
	by, err := b.Promise.Verify(verifiers(tx, name), e.Register, b.Entry)
	if err != nil {
		return publica.Problem(publica.CodeOf(err), "body/promise", "does not prove that "+name+" promised this entry")
	}
	// The time of this block is no proof: after a stall, the entry may come later
	// in the very same block.
	if over := by.Add(Grace); tx.SealedAt() <= over {
		return publica.Problem(publica.Early, "body/promise", "names "+by.String()+"; no block before this one was sealed more than a minute after that").
			WithHint("claim it when the register has sealed a block later than " + over.String() + ", if the entry is not on the log then")
	}
	if _, ok := tx.Record(b.Entry); ok {
		return publica.Problem(publica.Conflict, "body/entry", "is on the log")
	}
	key := machine.Key(b.Entry[:], []byte(name))
	if _, ok := claims.Get(tx, key); ok {
		return publica.Problem(publica.Conflict, "body/entry", "is claimed against "+name+" already")
	}
	claims.Put(tx, key, e.ID)
	r.Broken++
	records.Put(tx, []byte(name), r)
	return nil
}
