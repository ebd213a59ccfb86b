package content

import (
	"bytes"
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
