package ledger

import (
	"encoding/binary"

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
	packedExtra = 2 + 1 + 65 + 64
)

// Codes of algorithms in a record.
const (
	codeEd25519 = 1
	codeP256    = 2
)

// appendRecord appends the record of a signed entry whose signature has passed
// CheckForm.
func appendRecord(b []byte, s *publica.Signed) []byte {
	b = binary.BigEndian.AppendUint16(b, uint16(len(s.Raw)))
	b = append(b, s.Raw...)
	code := byte(codeEd25519)
	if s.Signature.Algorithm == publica.P256 {
		code = codeP256
	}
	b = append(b, code)
	b = append(b, s.Signature.Key...)
	return append(b, s.Signature.Sig...)
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
	key := 32
	switch b[n] {
	case codeEd25519:
		s.Signature.Algorithm = publica.Ed25519
	case codeP256:
		s.Signature.Algorithm, key = publica.P256, 65
	default:
		return nil, nil, false
	}
	b = b[n+1:]
	if len(b) < key+64 {
		return nil, nil, false
	}
	s.Signature.Key = b[:key:key]
	s.Signature.Sig = b[key : key+64 : key+64]
	return s, b[key+64:], true
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
