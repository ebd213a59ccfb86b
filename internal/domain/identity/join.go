package identity

import (
	"slices"

	"publica"
	"publica/internal/machine"
)

// JoinAccount is the body of identity/join: the author's key takes the
// invitation of an account.
type JoinAccount struct {
	Account AccountID `json:"account"`
}

func checkJoin(e *machine.Entry, b *JoinAccount) error {
	return checkAccountKey(e, b.Account, e.Author)
}

func applyJoin(tx *machine.Tx, e *machine.Entry, b *JoinAccount) error {
	a, ok := GetAccount(tx, b.Account)
	if !ok {
		return publica.Problem(publica.NotFound, "body/account", "is not an account of this register")
	}
	key := invitationKey(b.Account, e.Author)
	if invited, ok := invitations.Get(tx, key); !ok || !slices.Contains(a.Keys, invited.By) {
		return publica.Problem(publica.Forbidden, "author", "is not invited to this account").
			WithHint("a key of the account invites it with identity/add-key")
	}
	if err := machine.First(requireFree(tx, "author", e.Author), a.hasRoom()); err != nil {
		return err
	}
	invitations.Delete(tx, key)
	accounts.Put(tx, b.Account[:], AccountState{append(slices.Clone(a.Keys), e.Author)})
	accountOf.Put(tx, e.Author[:], b.Account)
	return nil
}
