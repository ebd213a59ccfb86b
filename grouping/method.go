package grouping

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strconv"
	"unicode"
)

// Algorithm and Version name what this package computes. Any change of a result
// is a new version.
const (
	Algorithm = "minhash-jaccard"
	Version   = 1
)

// A Method is what a record names so that anyone can recompute its groups. All
// of it is integers and plain words; its members are in canonical order.
type Method struct {
	Algorithm string `json:"algorithm"` // [Algorithm]
	Bands     int    `json:"bands"`     // 1 to 256
	Common    int    `json:"common"`    // permille of a group's texts that must hold a shingle for it to belong to their letter, 0 to 1000
	Near      int    `json:"near"`      // how many neighbours of a band each text is compared with, 1 to 1000
	Rows      int    `json:"rows"`      // MinHash values in a band, 1 to 4
	Shared    int    `json:"shared"`    // shingles that two texts must share to be near, at least 1
	Threshold int    `json:"threshold"` // permille of Jaccard similarity at which two texts are near, 1 to 1000
	Unicode   string `json:"unicode"`   // version of the tables that tell letters from other characters
	Version   int    `json:"version"`   // [Version]
	Words     int    `json:"words"`     // of a shingle, 1 to 9
}

// Default returns the method that the register suggests groups by.
func Default() Method {
	return Method{
		Algorithm: Algorithm, Version: Version, Unicode: unicode.Version,
		Words: 2, Bands: 64, Rows: 2, Near: 8, Threshold: 200, Shared: 8, Common: 5,
	}
}

// Check refuses a method that this package does not compute. It does not look
// at Unicode: other tables give other groups only where a text uses characters
// that one of the versions does not know. The caller may warn.
func (m Method) Check() error {
	if m.Algorithm != Algorithm || m.Version != Version {
		return fmt.Errorf("algorithm: %s version %d is not what this program computes, %s version %d", m.Algorithm, m.Version, Algorithm, Version)
	}
	for _, p := range []struct {
		name        string
		is, lo, max int
	}{
		{"bands", m.Bands, 1, 256},
		{"common", m.Common, 0, 1000},
		{"near", m.Near, 1, 1000},
		{"rows", m.Rows, 1, orderRows},
		{"shared", m.Shared, 1, 1 << 20},
		{"threshold", m.Threshold, 1, 1000},
		{"words", m.Words, 1, 9},
	} {
		if p.is < p.lo || p.is > p.max {
			return fmt.Errorf("%s: is %d, not from %d to %d", p.name, p.is, p.lo, p.max)
		}
	}
	return nil
}

// A hash is one function of the MinHash family: of a 32-bit x, the upper half of
// a·x+b mod 2^64 (multiply-shift; Dietzfelbinger 1996), which is universal over
// random a and b.
type hash struct{ a, b uint64 }

// hashes returns the first n functions: a and b are the first and second eight
// bytes, big-endian, of SHA-256("publica grouping v1 hash <i>"), a made odd.
func hashes(n int) []hash {
	family := make([]hash, n)
	for i := range family {
		sum := sha256.Sum256([]byte("publica grouping v1 hash " + strconv.Itoa(i)))
		family[i] = hash{binary.BigEndian.Uint64(sum[:]) | 1, binary.BigEndian.Uint64(sum[8:])}
	}
	return family
}
