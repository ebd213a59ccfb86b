package publica

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding"
	"encoding/binary"
	"encoding/hex"
	"math/bits"
	"strconv"
)

// MaxWork is the most work, in bits, that [Grind] takes on: each bit doubles
// the time, and 24 bits take about a quarter of a minute of one core.
const MaxWork = 32

// Work returns the work that went into an entry: the number of zero bits its id
// begins with. A docket may ask for some, as a price for flooding it.
func (id EntryID) Work() int {
	for i := 0; i < len(id); i += 8 {
		if n := bits.LeadingZeros64(binary.BigEndian.Uint64(id[i:])); n < 64 {
			return 8*i + n
		}
	}
	return 8 * len(id)
}

// Grind returns the entry as key will sign it, with a nonce for which its id
// has at least so many bits of work: hashcash, bound to the entry's every byte.
// It tries 2^work nonces in the mean, and gives up when ctx ends.
func Grind(ctx context.Context, key *PrivateKey, e Entry, work int) (Entry, error) {
	if work < 0 || work > MaxWork {
		return e, Problem(Unsupported, "work", "of "+strconv.Itoa(work)+" bits is not between 0 and "+strconv.Itoa(MaxWork))
	}
	e.Author = key.ID()
	raw, err := e.Canonical()
	if err != nil {
		return e, err
	}
	// Only the register's name stands behind the nonce, so all before it is
	// hashed once.
	const member = `,"nonce":"`
	at := bytes.LastIndex(raw, []byte(member)) + len(member)
	tail := raw[at:]
	h := sha256.New()
	h.Write(raw[:at])
	begun, err := h.(encoding.BinaryMarshaler).MarshalBinary()
	if err != nil {
		return e, err
	}
	var id EntryID
	for count := binary.BigEndian.Uint64(e.Nonce[8:]); ; count++ {
		if count%(1<<14) == 0 && ctx.Err() != nil {
			return e, ctx.Err()
		}
		binary.BigEndian.PutUint64(e.Nonce[8:], count)
		hex.Encode(tail, e.Nonce[:])
		if err := h.(encoding.BinaryUnmarshaler).UnmarshalBinary(begun); err != nil {
			return e, err
		}
		h.Write(tail)
		if h.Sum(id[:0]); id.Work() >= work && e.Nonce != (Nonce{}) {
			return e, nil
		}
	}
}
