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
