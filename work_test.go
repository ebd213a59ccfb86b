package publica

import (
	"context"
	"errors"
	"testing"
)

func TestWork(t *testing.T) {
	for _, c := range []struct {
		id   EntryID
		want int
	}{
		{EntryID{0: 0x80}, 0}, {EntryID{0: 0x01}, 7}, {EntryID{1: 0x40}, 9}, {EntryID{8: 0x20}, 66}, {EntryID{31: 1}, 255}, {EntryID{}, 256},
	} {
		if got := c.id.Work(); got != c.want {
			t.Errorf("%s has %d bits of work, want %d", c.id, got, c.want)
		}
	}
}

func TestGrind(t *testing.T) {
	r := newSample()
	key := KeyFromSeed(seedOf("author"))
	e, err := ParseEntry(r.commentSubmission.Signed.Raw)
	if err != nil {
		t.Fatal(err)
	}
	e.Body = []byte(`{"trap":",\"nonce\":\""}`)
	for _, work := range []int{0, 1, 8, 13} {
		ground, err := Grind(t.Context(), key, *e, work)
		if err != nil {
			t.Fatal(err)
		}
		signed, err := key.Sign(ground)
		if err != nil {
			t.Fatal(err)
		}
		if got := signed.ID().Work(); got < work {
			t.Errorf("%d bits of work, want %d", got, work)
		}
		ground.Nonce, ground.Author = e.Nonce, e.Author
		again, _ := ground.Canonical()
		before, _ := e.Canonical()
		if string(again) != string(before) {
			t.Errorf("more than the nonce was changed: %s", again)
		}
	}
	for _, work := range []int{-1, MaxWork + 1} {
		if _, err := Grind(t.Context(), key, *e, work); CodeOf(err) != Unsupported {
			t.Errorf("%d bits: %v", work, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Grind(ctx, key, *e, MaxWork); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	e.Kind = "nonsense"
	if _, err := Grind(t.Context(), key, *e, 1); CodeOf(err) != Invalid {
		t.Errorf("an entry that cannot be: %v", err)
	}
}

func BenchmarkGrind(b *testing.B) {
	r := newSample()
	key := KeyFromSeed(seedOf("author"))
	e, err := ParseEntry(r.commentSubmission.Signed.Raw)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		e.Nonce[0]++
		if _, err := Grind(b.Context(), key, *e, 12); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(4096*float64(b.N)/b.Elapsed().Seconds(), "nonces/s")
}
