package registertest_test

import (
	"encoding/json/jsontext"
	"encoding/json/v2"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"publica"
	"publica/internal/domain/identity"
	"publica/internal/machine"
	"publica/internal/registertest"
	"publica/sealed"
)

// FuzzRules throws bodies of every kind, with parts of any name, at a register
// in the middle of its life. What the stateless check lets through, the rule
// must take or refuse: it never panics, and twice the same comes to the same.
// "$0" to "$63" in a body stand for ids of the register.
func FuzzRules(f *testing.F) {
	chance := rand.New(rand.NewPCG(5, 8))
	s := newStory(f, chance.IntN)
	for range 400 {
		s.block(8)
	}
	kinds := s.law.Machine().Kinds()
	actors := slices.Concat(people, governors, cast)
	var bodies []publica.BodyID
	s.law.View(func(tx *machine.Tx) { bodies = append(identity.Members(tx), s.bodies...) })
	dockets := slices.Concat(s.dockets, s.tenders)
	ids := s.idsBackwards()
	names := strings.NewReplacer(ids...)
	for _, leaf := range s.law.Log {
		seed(f, kinds, ids, leaf.Bytes)
	}
	f.Fuzz(func(t *testing.T, kind, actor, docket, forBody uint8, body, parts string) {
		if !jsontext.Value(body).IsValid() {
			t.Skip()
		}
		e := publica.Entry{Kind: kinds[int(kind)%len(kinds)].Name, Register: registertest.Register, Made: 1, Nonce: publica.Nonce{1}}
		e.Body = jsontext.Value(names.Replace(body))
		e.Docket = pickID(dockets, docket)
		e.For = pickID(bodies, forBody)
		for i, name := range strings.Fields(parts) {
			size := int64(len(name))
			if slices.Contains([]string{"bid", "technical", "price"}, name) {
				size = sealed.BucketSize
			}
			e.Content = append(e.Content, publica.Part{Name: name, Media: "text/" + []string{"markdown", "plain"}[i%2], Size: size})
		}
		key := registertest.Key(actors[int(actor)%len(actors)])
		e.Author = key.ID()
		raw, err := e.Canonical()
		if err != nil {
			t.Skip()
		}
		signed := &publica.Signed{Raw: raw, Signature: publica.Signature{Algorithm: publica.Ed25519, Key: key.Public(), Sig: make([]byte, 64)}}
		checked, err := s.law.Check(signed)
		if err != nil {
			if publica.CodeOf(err) == publica.Internal {
				t.Fatalf("a refusal without a code: %v", err)
			}
			return
		}
		first, second := s.once(t, checked), s.once(t, checked)
		if err := registertest.SameResult(first, second); err != nil {
			t.Fatal(err)
		}
	})
}

// once runs a block of one entry on the register without committing it.
func (s *story) once(t *testing.T, e *machine.Entry) *machine.Result {
	b, err := s.law.Machine().Begin(s.law.State, s.law.Height+1, s.law.Now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Apply(e); err != nil {
		t.Fatal(err)
	}
	r, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// idsBackwards returns pairs of a name and an id, the longer names first.
func (s *story) idsBackwards() (pairs []string) {
	all := []publica.EntryID{publica.EntryID(registertest.Key("alice").ID())}
	for _, in := range s.dockets {
		all = append(all, publica.EntryID(in))
		for _, of := range []map[publica.DocketID][]publica.EntryID{s.contributions, s.commitments, s.reviews} {
			all = append(all, of[in][:min(3, len(of[in]))]...)
		}
	}
	all = append(all, s.proposals[max(0, len(s.proposals)-8):]...)
	for _, b := range s.bodies {
		all = append(all, publica.EntryID(b))
	}
	for _, in := range s.tenders[max(0, len(s.tenders)-4):] {
		all = append(all, publica.EntryID(in))
		for _, of := range [][]publica.EntryID{s.play.bids[in], s.play.asks[in], s.play.protests[in], s.play.contracts[in]} {
			all = append(all, of[:min(2, len(of))]...)
		}
	}
	all = append(all, s.accounts...)
	for i := min(len(all), 64) - 1; i >= 0; i-- {
		pairs = append(pairs, fmt.Sprintf("$%d", i), all[i].String())
	}
	return pairs
}

func pickID[ID ~[publica.HashSize]byte](from []ID, n uint8) (id ID) {
	if int(n) < len(from) {
		return from[n]
	}
	return id
}

// seed adds the entry of a leaf to the corpus.
func seed(f *testing.F, kinds []machine.Kind, ids []string, leaf []byte) {
	l, err := publica.ParseLeaf(leaf)
	if err != nil || l.Entry == nil {
		return
	}
	var e publica.Entry
	if err := json.Unmarshal(l.Entry, &e); err != nil {
		f.Fatal(err)
	}
	body := string(e.Body)
	for i := 0; i < len(ids); i += 2 {
		body = strings.ReplaceAll(body, ids[i+1], ids[i])
	}
	var parts []string
	for _, p := range e.Content {
		parts = append(parts, p.Name)
	}
	for i := range kinds {
		if kinds[i].Name == e.Kind {
			f.Add(uint8(i), uint8(1), uint8(0), uint8(0), body, strings.Join(parts, " "))
		}
	}
}
