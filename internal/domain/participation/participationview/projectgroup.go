package participationview

import (
	"bytes"
	"crypto/sha256"
	"encoding/json/v2"
	"maps"
	"slices"

	"publica/internal/domain/participation"
	"publica/internal/readmodel"
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
		if err := r.disband(old); err != nil {
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
		if err := r.tx.Exec("INSERT INTO grp (idx, docket, letter, method, members, texts) VALUES (?, ?, ?, ?, 0, 0)", group, r.in, null(letter), string(method)); err != nil {
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

// disband lets the members of a group go.
func (r *row) disband(group int64) error {
	for _, q := range []string{"DELETE FROM group_text WHERE grp = ?", "DELETE FROM group_arrival WHERE grp = ?", "UPDATE contribution SET grp = NULL, folded = 0 WHERE grp = ?"} {
		if err := r.tx.Exec(q, group); err != nil {
			return err
		}
	}
	return nil
}

// join makes members of a group of what a body names.
func (r *row) join(group int64, b *participation.Group) error {
	found := joining{texts: map[textHash]int64{}, minutes: map[int64]int64{}}
	for _, id := range b.Members {
		target, err := r.tx.Index(id)
		if err != nil {
			return err
		}
		if err := found.add(r, group, "c.idx = ?", target); err != nil {
			return err
		}
	}
	for _, span := range b.Ranges {
		if err := found.add(r, group, "c.docket = ? AND c.seq BETWEEN ? AND ?", r.in, span[0], span[1]); err != nil {
			return err
		}
	}
	for _, h := range slices.SortedFunc(maps.Keys(found.texts), textHash.compare) {
		if err := r.said(group, h, found.texts[h]); err != nil {
			return err
		}
	}
	for _, m := range slices.Sorted(maps.Keys(found.minutes)) {
		if err := r.tx.Exec("INSERT INTO group_arrival (grp, minute, n) VALUES (?, ?, ?) ON CONFLICT (grp, minute) DO UPDATE SET n = n + excluded.n", group, m, found.minutes[m]); err != nil {
			return err
		}
	}
	if err := r.tx.Exec("UPDATE grp SET members = members + ? WHERE idx = ?", found.members, group); err != nil {
		return err
	}
	return r.face(group)
}

// joining is what one record adds to a group.
type joining struct {
	members int64
	texts   map[textHash]int64
	minutes map[int64]int64 // in which members came
}

// add makes members of the contributions that a condition chooses.
func (j *joining) add(r *row, group int64, which string, args ...any) error {
	err := r.tx.Each(func(scan readmodel.Scan) error {
		var text string
		var minute int64
		if err := scan(&text, &minute); err != nil {
			return err
		}
		j.texts[hashOf(text)]++
		j.minutes[minute]++
		return nil
	}, "SELECT t.text, coalesce(c.claimed, e.time) / 60000 FROM contribution c JOIN entry e ON e.idx = c.idx JOIN document t ON t.idx = c.idx WHERE "+which, args...)
	if err != nil {
		return err
	}
	n, err := r.tx.Change("UPDATE contribution AS c SET grp = ?, folded = kind = 'comment' AND depth = 0 WHERE "+which, append([]any{group}, args...)...)
	j.members += n
	return err
}

// face has one member stand for a group in lists that show each campaign once, if
// none does yet.
func (r *row) face(group int64) error {
	if err := r.tx.Exec(`UPDATE grp SET face = coalesce((SELECT idx FROM contribution WHERE idx = grp.letter AND kind = 'comment' AND depth = 0),
		(SELECT idx FROM contribution WHERE grp = grp.idx AND kind = 'comment' AND depth = 0 ORDER BY seq LIMIT 1)) WHERE idx = ? AND face IS NULL`, group); err != nil {
		return err
	}
	return r.tx.Exec("UPDATE contribution SET folded = 0 WHERE idx = (SELECT face FROM grp WHERE idx = ?)", group)
}

// A textHash names a text of a group, so that different ones are counted without
// comparing all of them; zero: no text.
type textHash [16]byte

func (h textHash) compare(o textHash) int { return bytes.Compare(h[:], o[:]) }

func hashOf(text string) (h textHash) {
	if text != "" {
		sum := sha256.Sum256([]byte(text))
		copy(h[:], sum[:])
	}
	return h
}

// said counts members of a group that have a text, or have it no more. A text that
// nobody has is forgotten, for its hash would tell who guesses it that they are right.
func (r *row) said(group int64, h textHash, by int64) error {
	if h == (textHash{}) {
		return nil
	}
	known, err := r.tx.Change("UPDATE group_text SET n = n + ? WHERE grp = ? AND hash = ?", by, group, h[:])
	if err != nil {
		return err
	}
	if known == 0 {
		if err := r.tx.Exec("INSERT INTO group_text (grp, hash, n) VALUES (?, ?, ?)", group, h[:], by); err != nil {
			return err
		}
		return r.tx.Exec("UPDATE grp SET texts = texts + 1 WHERE idx = ?", group)
	}
	gone, err := r.tx.Change("DELETE FROM group_text WHERE grp = ? AND hash = ? AND n <= 0", group, h[:])
	if err != nil {
		return err
	}
	return r.tx.Exec("UPDATE grp SET texts = texts - ? WHERE idx = ?", gone, group)
}

// reworded counts anew what a member of a group says, whose text is written anew.
func (r *row) reworded(target int64, text string) error {
	var group int64
	var before string
	if _, err := r.tx.One("SELECT c.grp, t.text FROM contribution c JOIN document t ON t.idx = c.idx WHERE c.idx = ?", readmodel.Args{target}, &group, &before); err != nil || group == 0 {
		return err
	}
	if err := r.said(group, hashOf(before), -1); err != nil {
		return err
	}
	return r.said(group, hashOf(text), 1)
}
