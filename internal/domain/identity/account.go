package identity

import (
	"publica"
	"publica/internal/machine"
)

// AccountID names an account: the id of the entry that made it.
type AccountID = publica.EntryID

// Account is the body of identity/account: empty. The part "name" may carry
// what its owner wants to be called.
type Account struct{}

// AccountState is an account as it stands.
type AccountState struct {
	Keys []publica.KeyID `json:"keys"` // in the order they were added
}

// MaxKeys is how many keys an account may have.
const MaxKeys = 16

var (
	accounts  = machine.NewTable[AccountState]("identity-account") // account
	accountOf = machine.NewTable[AccountID]("identity-key")        // key
)

var accountParts = []machine.PartRule{{Name: "name", Media: machine.PlainText, Max: 1000}}

func checkAccount(e *machine.Entry, _ *Account) error {
	return machine.First(machine.NoDocket(e), machine.CheckParts(e, accountParts...))
}

func applyAccount(tx *machine.Tx, e *machine.Entry, _ *Account) error {
	if err := requireFree(tx, "author", e.Author); err != nil {
		return err
	}
	accounts.Put(tx, e.ID[:], AccountState{Keys: []publica.KeyID{e.Author}})
	accountOf.Put(tx, e.Author[:], e.ID)
	return nil
}

// AccountOf returns the account key belongs to, if any.
func AccountOf(tx *machine.Tx, key publica.KeyID) (AccountID, bool) { return accountOf.Get(tx, key[:]) }

// GetAccount returns an account as it stands.
func GetAccount(tx *machine.Tx, id AccountID) (AccountState, bool) { return accounts.Get(tx, id[:]) }

// A Holder is whom the rules count as one person: an account, or a key that
// belongs to none.
type Holder [publica.HashSize]byte

// HolderOf returns whom key counts as.
func HolderOf(tx *machine.Tx, key publica.KeyID) Holder {
	if a, ok := AccountOf(tx, key); ok {
		return Holder(a)
	}
	return Holder(key)
}

func requireFree(tx *machine.Tx, field string, key publica.KeyID) error {
	if a, ok := AccountOf(tx, key); ok {
		return publica.Problem(publica.Conflict, field, "the key belongs to account "+a.String()+" already").
			WithHint("drop it there first: any key of an account may drop itself")
	}
	return nil
}
