package tilelog

import (
	"bytes"
	"fmt"
	"maps"
	"slices"

	"publica/internal/machine"
)

// An Audit compares what a log keeps beside its leaves and tiles, the order of
// each docket and the index of records, with what it should be. [Log.Check]
// looks at leaves and tiles.
type Audit struct {
	l      *Log
	leaves int64
	beside map[byte]int64 // keys of each kind that there should be
}

// Audit begins an audit of the log as it stands.
func (l *Log) Audit() *Audit { return &Audit{l: l, beside: map[byte]int64{}} }

// Add takes the next leaves that the log should have.
func (a *Audit) Add(leaves []machine.Leaf) error {
	for i := range leaves {
		l := &leaves[i]
		at := be64(a.leaves)
		a.leaves++
		if !l.Docket.IsZero() {
			if err := a.expect(docketKey(l.Docket, l.Seq), at); err != nil {
				return fmt.Errorf("place %d in docket %s: %w", l.Seq, l.Docket, err)
			}
		}
		if !l.IsEntry {
			if err := a.expect(append([]byte("i"), l.ID[:]...), at); err != nil {
				return fmt.Errorf("index of record %s: %w", l.ID, err)
			}
		}
	}
	return nil
}

func (a *Audit) expect(key, value []byte) error {
	a.beside[key[0]]++
	stored, err := a.l.r.Get(key)
	if err != nil {
		return err
	}
	if !bytes.Equal(stored, value) {
		return fmt.Errorf("is %x, not %x", stored, value)
	}
	return nil
}

// Close checks that the log keeps nothing but what was added. It reads
// everything.
func (a *Audit) Close() error {
	a.beside['s'], a.beside['e'] = min(1, a.leaves), a.leaves
	for n := a.leaves; n > 0; n /= tileWidth {
		a.beside['t'] += (n + tileWidth - 1) / tileWidth
	}
	err := a.l.r.ScanFrom(nil, nil, func(key, _ []byte) bool {
		if len(key) > 0 {
			a.beside[key[0]]--
		}
		return true
	})
	if err != nil {
		return err
	}
	for _, kind := range slices.Sorted(maps.Keys(a.beside)) {
		if n := a.beside[kind]; n != 0 {
			return fmt.Errorf("keys of kind %q: %+d beside those there should be", kind, -n)
		}
	}
	return nil
}
