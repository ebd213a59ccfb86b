package identity

import (
	"slices"

	"publica"
	"publica/internal/machine"
)

// DropKey is the body of identity/drop-key. Any key of an account may drop any
// other, or itself, as long as one stays, and take back any invitation.
type DropKey struct {
	Account AccountID     `json:"account"`
	Key     publica.KeyID `json:"key"`
}

func checkDropKey(e *machine.Entry, b *DropKey) error {
	return checkAccountKey(e, b.Account, b.Key)
}

func applyDropKey(tx *machine.Tx, e *machine.Entry, b *DropKey) error {
	a, err := requireOwner(tx, e, b.Account)
	if err != nil {
		return err
	}
	i := slices.Index(a.Keys, b.Key)
	if invited := invitationKey(b.Account, b.Key); i < 0 && invitations.Has(tx, invited) {
		invitations.Delete(tx, invited)
		return nil
	}
	if i < 0 {
		return publica.Problem(publica.NotFound, "body/key", "is not a key of this account")
	}
	if len(a.Keys) == 1 {
		return publica.Problem(publica.Conflict, "body/key", "is the last key of this account").
			WithHint("add another key first with identity/add-key")
	}
	accounts.Put(tx, b.Account[:], AccountState{slices.Delete(slices.Clone(a.Keys), i, i+1)})
	accountOf.Delete(tx, b.Key[:])
	return nil
}
