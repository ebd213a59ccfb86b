package ledger

import (
	"encoding/binary"
	"slices"

	"publica"
)

// The first byte of an engine transaction.
const (
	tagWake = 0
	tagPack = 1
)

const (
	maxPackSize = 1 << 20 // bytes of one pack; a block holds several
	wakeSize    = 9       // bytes of a wake-up
	maxRecord   = publica.MaxEntrySize + 2 + 1 + 65 + 64 + publica.PasskeyAuthSize + 2 + publica.MaxPasskeyClient
)

type packedAlgorithm struct {
	algorithm publica.Algorithm
	key       int // bytes
}

// packed are the algorithms by their code in a record. Zero is none.
var packed = [...]packedAlgorithm{1: {publica.Ed25519, 32}, 2: {publica.P256, 65}, 3: {publica.WebauthnP256, 65}, 4: {publica.WebauthnEd25519, 32}}

// recordSize returns the size of an entry's record.
func recordSize(s *publica.Signed) int {
	n := 2 + len(s.Raw) + 1 + len(s.Signature.Key) + len(s.Signature.Sig)
	if s.Signature.Algorithm.Passkey() {
		n += len(s.Signature.Auth) + 2 + len(s.Signature.Client)
	}
	return n
}

// appendRecord appends the record of a signed entry whose signature has passed
// CheckForm.
func appendRecord(b []byte, s *publica.Signed) []byte {
	b = binary.BigEndian.AppendUint16(b, uint16(len(s.Raw)))
	b = append(b, s.Raw...)
	b = append(b, byte(slices.IndexFunc(packed[:], func(p packedAlgorithm) bool { return p.algorithm == s.Signature.Algorithm })))
	b = append(b, s.Signature.Key...)
	b = append(b, s.Signature.Sig...)
	if s.Signature.Algorithm.Passkey() {
		b = append(b, s.Signature.Auth...)
		b = binary.BigEndian.AppendUint16(b, uint16(len(s.Signature.Client)))
		b = append(b, s.Signature.Client...)
	}
	return b
}

// parseRecord takes one record off b. The result shares memory with b.
func parseRecord(b []byte) (s *publica.Signed, rest []byte, ok bool) {
	if len(b) < 2 {
		return nil, nil, false
	}
	n := int(binary.BigEndian.Uint16(b))
	b = b[2:]
	if n == 0 || n > publica.MaxEntrySize || len(b) < n+1 {
		return nil, nil, false
	}
	s = &publica.Signed{Raw: b[:n:n]}
	code := int(b[n])
	if code == 0 || code >= len(packed) {
		return nil, nil, false
	}
	s.Signature.Algorithm = packed[code].algorithm
	b = b[n+1:]
	if s.Signature.Key, b, ok = take(b, packed[code].key); !ok {
		return nil, nil, false
	}
	if s.Signature.Sig, b, ok = take(b, 64); !ok || !s.Signature.Algorithm.Passkey() {
		return s, b, ok
	}
	if s.Signature.Auth, b, ok = take(b, publica.PasskeyAuthSize); !ok || len(b) < 2 {
		return nil, nil, false
	}
	n = int(binary.BigEndian.Uint16(b))
	if n > publica.MaxPasskeyClient {
		return nil, nil, false
	}
	s.Signature.Client, b, ok = take(b[2:], n)
	return s, b, ok
}

// take takes n bytes off b.
func take(b []byte, n int) (taken, rest []byte, ok bool) {
	if len(b) < n {
		return nil, nil, false
	}
	return b[:n:n], b[n:], true
}

// parsePack returns the entries of a pack, or false if tx is not exactly one.
// The result shares memory with tx.
func parsePack(tx []byte) ([]*publica.Signed, bool) {
	if len(tx) < 2 || tx[0] != tagPack {
		return nil, false
	}
	var all []*publica.Signed
	for rest := tx[1:]; len(rest) > 0; {
		s, next, ok := parseRecord(rest)
		if !ok {
			return nil, false
		}
		all, rest = append(all, s), next
	}
	return all, true
}

// wakeNumber returns the number of a wake-up, false if tx is none.
func wakeNumber(tx []byte) (n uint64, ok bool) {
	if len(tx) != wakeSize || tx[0] != tagWake {
		return 0, false
	}
	return binary.BigEndian.Uint64(tx[1:]), true
}

// wake returns the n-th wake-up.
func wake(n uint64) []byte { return binary.BigEndian.AppendUint64([]byte{tagWake}, n) }
