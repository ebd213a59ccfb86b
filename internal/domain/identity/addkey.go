package identity

import (
	"slices"

	"publica"
	"publica/internal/machine"
)

// AddKey is the body of identity/add-key.
type AddKey struct {
	Account AccountID     `json:"account"`
	Key     publica.KeyID `json:"key"`
}

func checkAddKey(e *machine.Entry, b *AddKey) error {
	return checkAccountKey(e, b.Account, b.Key)
}

func applyAddKey(tx *machine.Tx, e *machine.Entry, b *AddKey) error {
	a, err := requireOwner(tx, e, b.Account)
	if err != nil {
		return err
	}
	if err := requireFree(tx, "body/key", b.Key); err != nil {
		return err
	}
	if len(a.Keys) >= MaxKeys {
		return publica.Problem(publica.TooLarge, "body/account", "has 16 keys, which is the most an account may have").
			WithHint("drop one with identity/drop-key")
	}
	accounts.Put(tx, b.Account[:], AccountState{append(slices.Clone(a.Keys), b.Key)})
	accountOf.Put(tx, b.Key[:], b.Account)
	return nil
}

func checkAccountKey(e *machine.Entry, a AccountID, k publica.KeyID) error {
	if a.IsZero() {
		return publica.Problem(publica.Invalid, "body/account", "is missing")
	}
	if k.IsZero() {
		return publica.Problem(publica.Invalid, "body/key", "is missing")
	}
	return machine.First(machine.NoDocket(e), machine.CheckParts(e))
}

// requireOwner returns the account, if the author's key is one of its keys.
func requireOwner(tx *machine.Tx, e *machine.Entry, id AccountID) (AccountState, error) {
	a, ok := GetAccount(tx, id)
	if !ok {
		return a, publica.Problem(publica.NotFound, "body/account", "is not an account of this register")
	}
	if !slices.Contains(a.Keys, e.Author) {
		return a, publica.Problem(publica.Forbidden, "author", "is not a key of this account")
	}
	return a, nil
}
