package identityview

import (
	"slices"

	"publica"
	"publica/internal/domain/identity"
	"publica/internal/readmodel"
	"publica/internal/web"
)

// A Held is a role that a key holds now.
type Held struct {
	Body publica.BodyID
	Name string // of the body
	Role identity.Role
}

// HeldBy lists the roles of a key, by body.
func HeldBy(s *readmodel.Snapshot, key publica.KeyID) ([]Held, error) {
	return readmodel.Collect(s, func(scan readmodel.Scan, h *Held) error {
		var role string
		err := scan(&h.Body, &h.Name, &role)
		h.Role = identity.Role(role)
		return err
	}, "SELECT b.id, b.name, r.role FROM body_role r JOIN body b ON b.id = r.body WHERE r.key = ? AND r.revoked IS NULL ORDER BY b.n, r.n", key)
}

// Speaker returns the first of the bodies for which a key that holds these roles
// holds one of those asked for, zero if it speaks for none.
func Speaker(held []Held, bodies []publica.BodyID, roles ...identity.Role) publica.BodyID {
	for _, b := range bodies {
		for _, h := range held {
			if h.Body == b && slices.Contains(roles, h.Role) {
				return b
			}
		}
	}
	return publica.BodyID{}
}

// A Holder is a key that holds a role for a body now.
type Holder struct {
	Key  publica.KeyID
	Role identity.Role
	Name string // of the account the key belongs to, as its owner calls it; "" if none
}

// HoldersOf lists who holds roles for a body, in the order they were granted.
func HoldersOf(s *readmodel.Snapshot, body publica.BodyID) ([]Holder, error) {
	return readmodel.Collect(s, func(scan readmodel.Scan, h *Holder) error {
		var role string
		err := scan(&h.Key, &role, &h.Name)
		h.Role = identity.Role(role)
		return err
	}, `SELECT r.key, r.role, coalesce((SELECT a.name FROM account_key k JOIN account a ON a.idx = k.account WHERE k.key = r.key AND k.dropped IS NULL LIMIT 1), '')
		FROM body_role r WHERE r.body = ? AND r.revoked IS NULL ORDER BY r.n`, body)
}

// A BodyHolder is a key that holds a role, with the body that it holds it for.
type BodyHolder struct {
	Holder
	Body publica.BodyID
	Of   string // name of the body
}

// FindHolders lists at most limit roles: those that the keys hold, then those of a
// body, then others, by the names of bodies. If find is not empty, it lists of roles
// that other keys hold only those where a name of the body or the account has it, or
// the key begins with it; letters of ASCII are compared in either case.
func FindHolders(s *readmodel.Snapshot, find string, body publica.BodyID, keys []publica.KeyID, limit int) ([]BodyHolder, error) {
	args := []any{find, body}
	in := "NULL"
	for _, k := range keys {
		in, args = in+", ?", append(args, k)
	}
	return readmodel.Collect(s, func(scan readmodel.Scan, h *BodyHolder) error {
		var role string
		err := scan(&h.Body, &h.Of, &h.Key, &role, &h.Name)
		h.Role = identity.Role(role)
		return err
	}, `WITH asked (find, body) AS (VALUES (lower(?), ?)),
		holder AS (SELECT b.id AS body, b.name AS named, r.key, r.role, r.n, coalesce((SELECT a.name FROM account_key k JOIN account a ON a.idx = k.account WHERE k.key = r.key AND k.dropped IS NULL LIMIT 1), '') AS account
			FROM body_role r JOIN body b ON b.id = r.body WHERE r.revoked IS NULL)
		SELECT h.body, h.named, h.key, h.role, h.account FROM holder h, asked q
		WHERE (h.key IN (`+in+`)) IS TRUE OR q.find = '' OR instr(lower(h.named), q.find) OR instr(lower(h.account), q.find) OR instr(lower(hex(h.key)), q.find) = 1
		ORDER BY (h.key IN (`+in+`)) IS TRUE DESC, h.body = q.body DESC, h.named, h.n LIMIT ?`, append(append(args, args[2:]...), limit)...)
}

// RoleWords says a role.
func RoleWords(l *web.Locale, r identity.Role) string {
	switch r {
	case identity.Governor:
		return l.T("governor")
	case identity.Admin:
		return l.T("administrator")
	case identity.Coordinator:
		return l.T("coordinator")
	case identity.Importer:
		return l.T("importer")
	case identity.Moderator:
		return l.T("moderator")
	case identity.Reviewer:
		return l.T("reviewer")
	case identity.Intake:
		return l.T("intake of people without a key")
	case identity.VerifiedBy:
		return l.T("verified person")
	}
	return l.T("member")
}
