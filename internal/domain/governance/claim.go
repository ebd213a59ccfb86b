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

// Grace is how long after its time a promise can be claimed: block time and a
// node's clock need not agree to the second.
const Grace = time.Minute

// Record is how a validator has kept its word under one name, whatever keys it
// had, and stays when it leaves.
type Record struct {
	Body   publica.BodyID `json:"body"`   // that runs it, or ran it
	Broken int64          `json:"broken"` // promises, of different entries
}

var (
	records  = machine.NewTable[Record]("governance-record")         // name
	nodeKeys = machine.NewTable[publica.Time]("governance-node-key") // verifier key: known since
	claims   = machine.NewTable[publica.EntryID]("governance-claim") // promised entry ‖ name: the claim
)

// remember keeps the key by which a validator signs promises. It is never
// forgotten: a promise outlives the key.
func remember(tx *machine.Tx, v *machine.Validator) {
	if _, ok := RecordOf(tx, v.Name); !ok {
		records.Put(tx, []byte(v.Name), Record{Body: v.Body})
	}
	if !nodeKeys.Has(tx, []byte(v.Node)) {
		nodeKeys.Put(tx, []byte(v.Node), tx.Time())
	}
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
		return publica.Problem(publica.NotFound, "body/promise/note", "is signed by "+name+", which no validator of this register is or was called")
	}
	by, err := b.Promise.Verify(verifiers(tx, name), e.Register, b.Entry)
	if err != nil {
		return publica.Problem(publica.CodeOf(err), "body/promise", "does not prove that "+name+" promised this entry: "+err.Error())
	}
	if over := by.Add(Grace); tx.Time() <= over {
		return publica.Problem(publica.Early, "body/promise", "names "+by.String()+", which is not over by a minute").
			WithHint("claim it after " + over.String() + ", if the entry is not on the log then")
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
