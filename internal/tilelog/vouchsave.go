package tilelog

import (
	"encoding/json/v2"
	"fmt"
	"strconv"

	"golang.org/x/mod/sumdb/note"

	"publica"
)

// vouched is the stored form.
type vouched struct {
	Holds     []string `json:"holds"`
	Quorum    string   `json:"quorum"`
	Witnessed string   `json:"witnessed"`
}

// Save returns what [Vouch.Restore] takes up when the node runs again. It must
// not be modified.
func (v *Vouch) Save() []byte {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.saved != nil {
		return v.saved
	}
	s := vouched{Quorum: string(v.quorum.note), Witnessed: string(v.witnessed.note)}
	for _, m := range v.members {
		if m.holds != "" {
			s.Holds = append(s.Holds, m.holds)
		}
	}
	raw, err := json.Marshal(s)
	if err != nil {
		panic(err) // impossible: notes are valid UTF-8
	}
	v.saved = raw
	return raw
}

// Restore takes up what [Vouch.Save] returned, once members are set and before
// anything is heard. What members signed is verified again; what those signed
// who are none now is forgotten.
func (v *Vouch) Restore(saved []byte) error {
	var s vouched
	if err := json.Unmarshal(saved, &s); err != nil {
		return fmt.Errorf("read stored cosignatures: %w", err)
	}
	for _, text := range s.Holds {
		if m, err := v.speaker(text); err == nil {
			h, err := publica.VerifyHolds(text, note.VerifierList(m.Node), v.register)
			if err != nil {
				return err
			}
			v.mu.Lock()
			v.holding(v.member(m.ID), h, text)
			v.mu.Unlock()
		}
	}
	if _, err := v.restore(s.Quorum); err != nil {
		return err
	}
	witnessed, err := v.restore(s.Witnessed)
	v.witnessed = witnessed
	return err
}

// restore counts the members that signed a stored checkpoint, and returns it if
// they are enough.
func (v *Vouch) restore(checkpoint string) (s signed, err error) {
	if checkpoint == "" {
		return s, nil
	}
	c, err := publica.ParseCheckpoint([]byte(checkpoint))
	if err != nil {
		return s, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	root, err := v.root(c.Tree.N)
	if err != nil {
		return s, err
	}
	if root != c.Tree.Hash {
		return s, publica.Problem(publica.Unverified, "", "the stored checkpoint of size "+strconv.FormatInt(c.Tree.N, 10)+" is of another log")
	}
	var power int64
	for _, m := range v.members {
		said, err := v.verify(&m.Member, c.Note)
		if publica.CodeOf(err) == publica.Unverified {
			continue
		}
		if err == nil {
			_, err = v.count(m, said)
		}
		if err != nil {
			return s, err
		}
		power += m.Power
	}
	if !v.enough(power) && len(v.members) > 0 {
		return s, nil
	}
	return signed{c.Tree, c.Note}, nil
}
