package identity

import (
	"slices"

	"publica"
	"publica/internal/machine"
)

// AddKey is the body of identity/add-key: an invitation. The key is added when
// it takes it with identity/join; nobody is added against their will.
type AddKey struct {
	Account AccountID     `json:"account"`
	Key     publica.KeyID `json:"key"`
}

func checkAddKey(e *machine.Entry, b *AddKey) error {
	return checkAccountKey(e, b.Account, b.Key)
}

// invitation stands until the key joins, a key of the account drops it, or who
// made it is no longer a key of the account.
type invitation struct {
	By publica.KeyID `json:"by"`
}

var invitations = machine.NewTable[invitation]("identity-invitation") // account ‖ key

func invitationKey(a AccountID, k publica.KeyID) []byte { return machine.Key(a[:], k[:]) }

func applyAddKey(tx *machine.Tx, e *machine.Entry, b *AddKey) error {
	a, err := requireOwner(tx, e, b.Account)
	if err != nil {
		return err
	}
	if err := machine.First(requireFree(tx, "body/key", b.Key), a.hasRoom()); err != nil {
		return err
	}
	if was, ok := invitations.Get(tx, invitationKey(b.Account, b.Key)); ok && slices.Contains(a.Keys, was.By) {
		return publica.Problem(publica.Conflict, "body/key", "is invited already").
			WithHint("the key itself takes the invitation with identity/join")
	}
	invitations.Put(tx, invitationKey(b.Account, b.Key), invitation{e.Author})
	return nil
}

func (a *AccountState) hasRoom() error {
	if len(a.Keys) < MaxKeys {
		return nil
	}
	return publica.Problem(publica.TooLarge, "body/account", "has 16 keys, which is the most an account may have").
		WithHint("drop one with identity/drop-key")
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
