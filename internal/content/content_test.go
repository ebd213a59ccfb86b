package content

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"publica"
)

func part(name, text string) (publica.Content, publica.Commitment) {
	c, p := publica.NewContent(name, "text/plain", []byte(text))
	return c, p.Commitment
}

func TestKeepGetReopen(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	c, id := part("text", "a comment")
	if err := s.Keep([]publica.Content{c}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(dir); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	got, err := s.Get(id)
	if err != nil || string(got.Data) != "a comment" || got.Commitment() != id {
		t.Fatalf("got %q, %v", got.Data, err)
	}
	if _, err := s.Get(publica.Commitment{1}); publica.CodeOf(err) != publica.NotFound {
		t.Errorf("unknown commitment: %v, want not-found", err)
	}
}

func TestDamageIsNoticedOnRead(t *testing.T) {
	s, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	c, id := part("text", "a comment")
	b := s.db.Batch()
	if err := b.Set(s.parts, id[:], append(bytes.Clone(c.Salt), "a c0mment"...)); err != nil {
		t.Fatal(err)
	}
	if err := b.Commit(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(id); err == nil || publica.CodeOf(err) == publica.NotFound {
		t.Errorf("altered content was served: %v", err)
	}
	var bad int
	if held, err := s.Check(func(publica.Commitment) { bad++ }); err != nil || held != 1 || bad != 1 {
		t.Errorf("check: held %d bad %d: %v", held, bad, err)
	}
}

// What was erased is not kept again, also by a store that was closed meanwhile.
func TestErase(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	gone, goneID := part("text", "a telephone number")
	stays, staysID := part("text", "a comment")
	if err := s.Keep([]publica.Content{gone, stays}); err != nil {
		t.Fatal(err)
	}
	if n, err := s.Carried(); n != 0 || err != nil {
		t.Fatalf("%d orders are carried out: %v", n, err)
	}
	if err := s.Erase(t.Context(), 0, []publica.Commitment{goneID, {7}}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Keep([]publica.Content{gone}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Get(goneID); publica.CodeOf(err) != publica.NotFound {
			t.Errorf("erased content: %v, want not-found", err)
		}
		if has, err := s.Has(goneID); !has || err != nil || !s.Erased(goneID) || s.Erased(staysID) {
			t.Errorf("erased content is looked for: %t, %v", has, err)
		}
		if got, err := s.Get(staysID); err != nil || string(got.Data) != "a comment" {
			t.Errorf("its neighbour: %q, %v", got.Data, err)
		}
		if n, err := s.Carried(); n != 1 || err != nil {
			t.Errorf("%d orders are carried out: %v", n, err)
		}
		var bad int
		if held, err := s.Check(func(publica.Commitment) { bad++ }); held != 1 || bad != 0 || err != nil {
			t.Errorf("%d held, %d bad: %v", held, bad, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if s, err = Open(dir); err != nil {
			t.Fatal(err)
		}
	}
	defer s.Close()
}

// TestLettersAlike says what a campaign costs: a thousand signers of one letter, each
// with a salt of their own, take a small part of what a thousand letters take, and each
// can be erased alone.
func TestLettersAlike(t *testing.T) {
	const signers, length = 1000, 3000
	rng := rand.New(rand.NewPCG(1, 2))
	words := make([]string, 2000)
	for i := range words {
		for range 2 + rng.IntN(8) {
			words[i] += string(rune('a' + rng.IntN(26)))
		}
	}
	letter := func() string {
		var b strings.Builder
		for b.Len() < length {
			b.WriteString(words[rng.IntN(len(words))] + " ")
		}
		return b.String()[:length]
	}
	same := letter()
	keep := func(text func() string) (s *Store, ids []publica.Commitment, bytes int64) {
		dir := t.TempDir()
		s, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		var all []publica.Content
		for range signers {
			c, id := part("text", text())
			all, ids = append(all, c), append(ids, id)
		}
		if err := s.Keep(all); err != nil {
			t.Fatal(err)
		}
		// An erasure writes what is left into tables, and begins the journal anew.
		if err := s.Erase(t.Context(), 0, ids[:1]); err != nil {
			t.Fatal(err)
		}
		tables, err := filepath.Glob(filepath.Join(dir, "*.sst"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range tables {
			info, err := os.Stat(name)
			if err != nil {
				t.Fatal(err)
			}
			bytes += info.Size()
		}
		return s, ids, bytes
	}
	one, ids, alike := keep(func() string { return same })
	defer one.Close()
	other, _, distinct := keep(letter)
	defer other.Close()
	t.Logf("%d letters of %d bytes take %d bytes for each signer of one text, %d for each text", signers, length, alike/signers, distinct/signers)
	if alike*3 > distinct*2 {
		t.Errorf("one letter of many signers takes %d bytes, many letters %d", alike, distinct)
	}
	if _, err := one.Get(ids[0]); publica.CodeOf(err) != publica.NotFound {
		t.Errorf("what one signer had erased: %v", err)
	}
	for _, id := range ids[1:] {
		if got, err := one.Get(id); err != nil || string(got.Data) != same {
			t.Fatalf("another signer's letter: %v", err)
		}
	}
}
