package participationview

import (
	"encoding/json/v2"

	"publica/internal/domain/participation"
)

// projectGroup keeps which contributions say the same.
func projectGroup(r *row) error {
	var b participation.Group
	if err := r.Body(&b); err != nil {
		return err
	}
	if err := r.tx.Document(r.Row, "", r.Text("reason")); err != nil {
		return err
	}
	if !b.Replaces.IsZero() {
		old, err := r.tx.Index(b.Replaces)
		if err != nil {
			return err
		}
		if err := r.tx.Exec("UPDATE grp SET ended = ? WHERE idx = ?", r.Index, old); err != nil {
			return err
		}
		if err := r.tx.Exec("UPDATE contribution SET grp = NULL WHERE grp = ?", old); err != nil {
			return err
		}
	}
	if len(b.Members)+len(b.Ranges) == 0 {
		return nil
	}
	group := r.Index
	if b.Extends.IsZero() {
		letter, err := r.tx.Index(b.Letter)
		if err != nil {
			return err
		}
		method, err := json.Marshal(b.Method, json.Deterministic(true))
		if err != nil {
			return err
		}
		if err := r.tx.Exec("INSERT INTO grp (idx, docket, letter, method, members) VALUES (?, ?, ?, ?, 0)", group, r.in, null(letter), string(method)); err != nil {
			return err
		}
	} else {
		var err error
		if group, err = r.tx.Index(b.Extends); err != nil {
			return err
		}
	}
	return r.join(group, &b)
}

// join makes members of a group of what a body names.
func (r *row) join(group int64, b *participation.Group) error {
	var members int64
	for _, id := range b.Members {
		target, err := r.tx.Index(id)
		if err != nil {
			return err
		}
		n, err := r.tx.Change("UPDATE contribution SET grp = ? WHERE idx = ?", group, target)
		if err != nil {
			return err
		}
		members += n
	}
	for _, span := range b.Ranges {
		n, err := r.tx.Change("UPDATE contribution SET grp = ? WHERE docket = ? AND seq BETWEEN ? AND ?", group, r.in, span[0], span[1])
		if err != nil {
			return err
		}
		members += n
	}
	return r.tx.Exec("UPDATE grp SET members = members + ? WHERE idx = ?", members, group)
}
