package machine

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"publica"
)

// mapReader is committed state without order: enough for bits.
type mapReader map[string][]byte

func (r mapReader) Get(key []byte) ([]byte, error) { return r[string(key)], nil }

func (r mapReader) Scan(prefix []byte, yield func(k, v []byte) bool) error {
	var keys []string
	for k := range r {
		if len(k) >= len(prefix) && k[:len(prefix)] == string(prefix) {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	for _, k := range keys {
		if !yield([]byte(k), r[k]) {
			break
		}
	}
	return nil
}

// TestBitset compares a bitset with a set of numbers, through entries that are
// kept and dropped and blocks that are committed.
func TestBitset(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bits, key := NewBitset("test"), []byte("key")
		committed, kept := mapReader{}, map[int64]bool{}
		number := rapid.Int64Range(0, 3*chunkBits)
		for range rapid.IntRange(1, 4).Draw(t, "blocks") {
			b := (&Machine{}).newBlock(committed, 1, 1)
			for range rapid.IntRange(1, 6).Draw(t, "entries") {
				tx, want := b.fresh(), copied(kept)
				for range rapid.IntRange(1, 6).Draw(t, "steps") {
					step(t, tx, bits, key, want, number)
				}
				same(t, tx, bits, key, want)
				if rapid.Bool().Draw(t, "accepted") {
					tx.keep()
					kept = want
				}
				same(t, b.fresh(), bits, key, kept)
			}
			b.fresh()
			for _, w := range b.sortWrites() {
				if delete(committed, string(w.Key)); w.Value != nil {
					committed[string(w.Key)] = slices.Clone(w.Value)
				}
			}
		}
		if len(kept) == 0 && len(committed) != 0 {
			t.Fatalf("%d chunks of zeros are stored", len(committed))
		}
	})
}

func copied(m map[int64]bool) map[int64]bool {
	c := map[int64]bool{}
	for n := range m {
		c[n] = true
	}
	return c
}

func step(t *rapid.T, tx *Tx, bits Bitset, key []byte, want map[int64]bool, number *rapid.Generator[int64]) {
	n := number.Draw(t, "n")
	switch rapid.IntRange(0, 2).Draw(t, "step") {
	case 0:
		if bits.Set(tx, key, n, true) == want[n] {
			t.Fatalf("set %d: %t before", n, want[n])
		}
		want[n] = true
	case 1:
		if bits.Set(tx, key, n, false) != want[n] {
			t.Fatalf("clear %d: %t before", n, want[n])
		}
		delete(want, n)
	case 2:
		to, cleared := n+rapid.Int64Range(0, chunkBits+9).Draw(t, "more"), int64(0)
		for m := range want {
			if n <= m && m <= to {
				delete(want, m)
				cleared++
			}
		}
		if got := bits.ClearRange(tx, key, n, to); got != cleared {
			t.Fatalf("clear %d to %d: %d, want %d", n, to, got, cleared)
		}
	}
}

func same(t *rapid.T, tx *Tx, bits Bitset, key []byte, want map[int64]bool) {
	var sorted []int64
	for n := range want {
		sorted = append(sorted, n)
	}
	slices.Sort(sorted)
	if got := slices.Collect(bits.All(tx, key)); !slices.Equal(got, sorted) {
		t.Fatalf("all: %v, want %v", got, sorted)
	}
	if got := slices.Collect(bits.Range(tx, key, 0, 5*chunkBits)); !slices.Equal(got, sorted) {
		t.Fatalf("range: %v, want %v", got, sorted)
	}
	for _, n := range sorted {
		if !bits.Get(tx, key, n) || !slices.Equal(slices.Collect(bits.Range(tx, key, n, n)), []int64{n}) {
			t.Fatalf("bit %d is not set", n)
		}
	}
}

func TestRecordBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := Record{
			Index:   rapid.Int64Min(0).Draw(t, "index"),
			Kind:    publica.Kind(rapid.StringMatching(`[a-z]+/[a-z]+`).Draw(t, "kind")),
			Refused: rapid.Bool().Draw(t, "refused"),
		}
		if rapid.Bool().Draw(t, "in a docket") {
			r.Docket, r.Seq = publica.DocketID{1, 2}, rapid.Int64Min(0).Draw(t, "seq")
		}
		raw := appendRecord(nil, &r)
		if got, ok := parseRecord(raw); !ok || got != r {
			t.Fatalf("%+v comes back as %+v, %t", r, got, ok)
		}
		for i := range raw {
			parseRecord(raw[:i]) // a cut record does not panic
		}
	})
}
