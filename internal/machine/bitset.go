package machine

import (
	"encoding/binary"
	"iter"
	"math/bits"
)

// chunkBits is how many bits share one stored value: 512 bytes.
const chunkBits = 4096

// A Bitset keeps one bit per number under each key: what a docket of millions
// owes costs bits, not rows. The zero bit is the default and costs nothing
// while its whole chunk is zero.
type Bitset struct{ prefix string }

// NewBitset names a bitset. Names are part of the state hash: never rename.
func NewBitset(name string) Bitset { return Bitset{name + "\x00"} }

// chunkKey expects key to have one fixed size per bitset. The result is the
// Tx's scratch.
func (b Bitset) chunkKey(tx *Tx, key []byte, chunk uint64) []byte {
	tx.key = binary.BigEndian.AppendUint64(tx.joined(b.prefix, key), chunk)
	return tx.key
}

// Get reports bit n of key.
func (b Bitset) Get(tx *Tx, key []byte, n int64) bool {
	c := tx.get(b.chunkKey(tx, key, uint64(n)/chunkBits))
	i := uint64(n) % chunkBits
	return c != nil && c[i/8]&(1<<(i%8)) != 0
}

// Set sets bit n of key to v and reports whether that changed it.
func (b Bitset) Set(tx *Tx, key []byte, n int64, v bool) bool {
	k := b.chunkKey(tx, key, uint64(n)/chunkBits)
	i := uint64(n) % chunkBits
	mask := byte(1) << (i % 8)
	c := tx.find(k, true)
	if was := c != nil && c.raw[i/8]&mask != 0; was == v {
		return false
	}
	tx.flip(b.own(tx, k, c), i/8, mask)
	return true
}

// own returns a chunk that belongs to the block, to be changed in place: a
// chunk is copied once a block, not once a bit.
func (b Bitset) own(tx *Tx, key []byte, c *cell) *cell {
	if c != nil && c.chunk {
		return c
	}
	mine := &cell{raw: make([]byte, chunkBits/8), chunk: true}
	if c != nil {
		copy(mine.raw, c.raw)
	}
	tx.set(key, mine)
	return mine
}

// All yields the numbers of the set bits of key, ascending.
func (b Bitset) All(tx *Tx, key []byte) iter.Seq[int64] {
	return func(yield func(int64) bool) {
		prefix := append(append([]byte{}, b.prefix...), key...)
		tx.scan(prefix, func(k, c []byte) bool {
			base := int64(binary.BigEndian.Uint64(k[len(prefix):])) * chunkBits
			for i := 0; i < len(c); i += 8 {
				for w := binary.LittleEndian.Uint64(c[i:]); w != 0; w &= w - 1 {
					if !yield(base + int64(i*8+bits.TrailingZeros64(w))) {
						return false
					}
				}
			}
			return true
		})
	}
}

// Range yields the numbers of the set bits of key in [from, to], ascending. It
// reads one chunk at a time and stops when the caller does.
func (b Bitset) Range(tx *Tx, key []byte, from, to int64) iter.Seq[int64] {
	return func(yield func(int64) bool) {
		for n := max(from, 0); n <= to; {
			chunk := uint64(n) / chunkBits
			last := min(to, int64(chunk+1)*chunkBits-1)
			if c := tx.get(b.chunkKey(tx, key, chunk)); c != nil {
				for ; n <= last; n++ {
					i := uint64(n) % chunkBits
					if c[i/8] == 0 {
						n |= 7
						continue
					}
					if c[i/8]&(1<<(i%8)) != 0 && !yield(n) {
						return
					}
				}
			}
			n = last + 1
		}
	}
}

// ClearRange clears the bits of key in [from, to] and returns how many were
// set.
func (b Bitset) ClearRange(tx *Tx, key []byte, from, to int64) (cleared int64) {
	for n := max(from, 0); n <= to; {
		chunk := uint64(n) / chunkBits
		last := min(to, int64(chunk+1)*chunkBits-1)
		k := b.chunkKey(tx, key, chunk)
		for c := tx.find(k, true); c != nil && n <= last; n++ {
			i := uint64(n) % chunkBits
			if c.raw[i/8] == 0 {
				n |= 7
				continue
			}
			if mask := byte(1) << (i % 8); c.raw[i/8]&mask != 0 {
				c = b.own(tx, k, c)
				tx.flip(c, i/8, mask)
				cleared++
			}
		}
		n = last + 1
	}
	return cleared
}
