// Package identityview shows who may speak: public bodies, the roles keys hold
// for them, accounts, and through which channel a key's records come.
//
// It must not know dockets or what is said in them.
package identityview

import (
	"context"
	_ "embed"
	"slices"

	"publica"
	"publica/internal/domain/identity"
	"publica/internal/machine"
	"publica/internal/readmodel"
)

//go:embed tables.sql
var schema string

// View returns the tables of identity.
func View() readmodel.View {
	return readmodel.View{Name: "identity", Schema: schema, Project: project}
}

func project(_ context.Context, tx *readmodel.Tx, r *readmodel.Row) error {
	switch r.Kind() {
	case "register/genesis":
		return projectGenesis(tx, r)
	case "identity/body":
		var b identity.Body
		if err := r.Body(&b); err != nil {
			return err
		}
		if err := tx.Document(r, b.Name, ""); err != nil {
			return err
		}
		return AddBody(tx, r.Index, publica.BodyID(r.ID), b.Name, b.Type)
	case "identity/grant":
		var b identity.Grant
		if err := r.Body(&b); err != nil {
			return err
		}
		return tx.Exec("INSERT INTO body_role (idx, body, key, role) VALUES (?, ?, ?, ?)", r.Index, r.Entry.For, b.Key, string(b.Role))
	case "identity/revoke":
		var b identity.Revoke
		if err := r.Body(&b); err != nil {
			return err
		}
		return tx.Exec("UPDATE body_role SET revoked = ?, reason = ? WHERE body = ? AND key = ? AND role = ? AND revoked IS NULL",
			r.Index, r.Text("reason"), r.Entry.For, b.Key, string(b.Role))
	case "identity/account":
		if err := tx.Exec("INSERT INTO account (idx, id, name) VALUES (?, ?, ?)", r.Index, r.ID, r.Text("name")); err != nil {
			return err
		}
		return tx.Exec("INSERT INTO account_key (account, key, added) VALUES (?, ?, ?)", r.Index, r.Entry.Author, r.Index)
	case "identity/join":
		var b identity.JoinAccount
		if err := r.Body(&b); err != nil {
			return err
		}
		account, err := tx.Index(b.Account)
		if err != nil {
			return err
		}
		return tx.Exec("INSERT INTO account_key (account, key, added) VALUES (?, ?, ?)", account, r.Entry.Author, r.Index)
	case "identity/drop-key":
		var b identity.DropKey
		if err := r.Body(&b); err != nil {
			return err
		}
		account, err := tx.Index(b.Account)
		if err != nil {
			return err
		}
		return tx.Exec("UPDATE account_key SET dropped = ? WHERE account = ? AND key = ? AND dropped IS NULL", r.Index, account, b.Key)
	}
	return nil
}

func projectGenesis(tx *readmodel.Tx, r *readmodel.Row) error {
	var g machine.Genesis
	if err := r.Body(&g); err != nil {
		return err
	}
	for _, k := range g.Founders {
		if err := tx.Exec("INSERT INTO founding_key (key, founder) VALUES (?, 1) ON CONFLICT (key) DO UPDATE SET founder = 1", k); err != nil {
			return err
		}
	}
	for _, k := range g.Intake {
		if err := tx.Exec("INSERT INTO founding_key (key, intake) VALUES (?, 1) ON CONFLICT (key) DO UPDATE SET intake = 1", k); err != nil {
			return err
		}
	}
	for i := range g.Bodies {
		b := &g.Bodies[i]
		id := machine.GenesisBodyID(g.Register, b.Name)
		if err := AddBody(tx, r.Index, id, b.Name, identity.BodyType(b.Type)); err != nil {
			return err
		}
		if err := Appoint(tx, r.Index, id, b.Governors); err != nil {
			return err
		}
		for _, k := range b.Intake {
			if err := tx.Exec("INSERT INTO body_role (idx, body, key, role) VALUES (?, ?, ?, 'intake')", r.Index, id, k); err != nil {
				return err
			}
		}
		if err := Join(tx, r.Index, id); err != nil {
			return err
		}
	}
	return nil
}

// AddBody adds a body that the record at index registers.
func AddBody(tx *readmodel.Tx, index int64, id publica.BodyID, name string, what identity.BodyType) error {
	return tx.Exec("INSERT INTO body (idx, id, name, type) VALUES (?, ?, ?, ?)", index, id, name, string(what))
}

// The reasons of revocations that the rules make.
const (
	appointed = "others were appointed"
	joined    = "the body became a member"
)

// Appoint makes keys the governors of a body, in place of all others, by the
// record at index.
func Appoint(tx *readmodel.Tx, index int64, id publica.BodyID, keys []publica.KeyID) error {
	var before []publica.KeyID
	if err := tx.Each(func(scan readmodel.Scan) error {
		var k publica.KeyID
		err := scan(&k)
		before = append(before, k)
		return err
	}, "SELECT key FROM body_role WHERE body = ? AND role = 'governor' AND revoked IS NULL", id); err != nil {
		return err
	}
	for _, k := range before {
		if slices.Contains(keys, k) {
			continue
		}
		if err := tx.Exec("UPDATE body_role SET revoked = ?, reason = ? WHERE body = ? AND key = ? AND role = 'governor' AND revoked IS NULL", index, appointed, id, k); err != nil {
			return err
		}
	}
	for _, k := range keys {
		if slices.Contains(before, k) {
			continue
		}
		if err := tx.Exec("INSERT INTO body_role (idx, body, key, role) VALUES (?, ?, ?, 'governor')", index, id, k); err != nil {
			return err
		}
	}
	return nil
}

// Join has a body govern the register by the record at index. Admins that are
// not its governors are admins no longer.
func Join(tx *readmodel.Tx, index int64, id publica.BodyID) error {
	if err := tx.Exec(`UPDATE body_role SET revoked = ?, reason = ? WHERE body = ? AND role = 'admin' AND revoked IS NULL
		AND key NOT IN (SELECT key FROM body_role WHERE body = ? AND role = 'governor' AND revoked IS NULL)`, index, joined, id, id); err != nil {
		return err
	}
	return tx.Exec("UPDATE body SET member = 1 WHERE id = ?", id)
}

// Leave has a body no longer govern the register.
func Leave(tx *readmodel.Tx, id publica.BodyID) error {
	return tx.Exec("UPDATE body SET member = 0 WHERE id = ?", id)
}

// Channel says how a record came to the register.
type Channel string

// The channels. A key says nothing about who holds it.
const (
	ByKey      Channel = "key"      // signed with the author's own key
	ByIntake   Channel = "intake"   // signed by a node on the author's behalf
	ByImporter Channel = "imported" // brought from elsewhere by an importer, who signed it
)

// ChannelOf returns the channel of a key's records at this point of the log,
// imports aside.
func ChannelOf(tx *readmodel.Tx, key publica.KeyID) (Channel, error) {
	found, err := tx.One(`SELECT 1 FROM founding_key WHERE key = ? AND intake = 1
		UNION ALL SELECT 1 FROM body_role WHERE key = ? AND role = 'intake' AND revoked IS NULL LIMIT 1`, readmodel.Args{key, key}, new(int64))
	if err != nil || !found {
		return ByKey, err
	}
	return ByIntake, nil
}
