package sealed

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"io"
	"strconv"

	"golang.org/x/crypto/chacha20poly1305"

	"publica"
)

// A letter, in bytes: label, number of readers, commitment to its key, a box for
// each reader, ciphertext. What is written is padded to whole blocks, so that its
// length tells little.
const (
	letterLabel = "publica letter v1\n"
	letterHead  = len(letterLabel) + 1 + 32
	letterBox   = 32 + boxOverhead
	letterBlock = 4 << 10
)

// MaxLetter is how many bytes a letter may say.
const MaxLetter = 8 << 20

// LetterMedia is the media type of a letter as a content part.
const LetterMedia = "application/vnd.publica.letter"

// A LetterContext is what a letter is for. It is bound into it, so that a letter
// says nothing in another record, by another author, or about another bid.
type LetterContext struct {
	Author   publica.KeyID    `json:"author"` // who signs the record
	Bid      publica.EntryID  `json:"bid,omitzero"`
	Kind     publica.Kind     `json:"kind"` // of the record
	Lot      string           `json:"lot,omitzero"`
	Register string           `json:"register"`
	Tender   publica.DocketID `json:"tender"`
}

// Check checks the form of the context.
func (x *LetterContext) Check() error {
	if err := checkScope(x.Register, x.Tender, x.Lot, "letter"); err != nil {
		return err
	}
	switch {
	case x.Author.IsZero():
		return publica.Problem(publica.Invalid, "author", "is missing")
	case !x.Kind.Valid():
		return publica.Problem(publica.Invalid, "kind", "is none")
	}
	return nil
}

// id binds the context to the readers.
func (x *LetterContext) id(to []BoxKey) Hash {
	bound := make([][]byte, len(to))
	for i := range to {
		bound[i] = to[i][:]
	}
	return hashOf("publica sealed v1 letter", x, bound...)
}

// A LetterKey opens one letter. Whoever can read it may hand the key on: the letter
// commits to it, so that all keys that open it open it to the same.
type LetterKey [chacha20poly1305.KeySize]byte

func (k LetterKey) MarshalText() ([]byte, error)     { return hex.AppendEncode(nil, k[:]), nil }
func (k *LetterKey) UnmarshalText(text []byte) error { return unhex(k[:], text) }

// commitment is what a letter says of its key.
func (k *LetterKey) commitment(id Hash) [32]byte {
	h := sha256.New()
	h.Write([]byte("publica sealed v1 letter key\n"))
	h.Write(id[:])
	h.Write(k[:])
	return [32]byte(h.Sum(nil))
}

func letterInfo(id Hash, reader int) []byte {
	info := append([]byte("publica sealed v1 letter\n"), id[:]...)
	return append(info, byte(reader))
}

// NewLetterKey draws the secret of a key to which letters are written; its public
// key is announced. It is for letters alone: what trustees send has keys of its
// own, whose secrets may become evidence.
func NewLetterKey(random io.Reader) (s BoxSecret, err error) {
	secrets, _, err := Announce(1, random)
	if err != nil {
		return s, err
	}
	return secrets[0], nil
}

// checkReaders refuses what are no keys. One that stands twice is let pass: somebody
// announced another's, who reads twice, and its announcer nothing; to refuse it would
// let one evaluator stop all letters.
func checkReaders(to []BoxKey) error {
	if len(to) < 1 || len(to) > MaxMembers {
		return publica.Problem(publica.Invalid, "to", "are not 1 to "+strconv.Itoa(MaxMembers)+" readers")
	}
	for i, k := range to {
		if err := k.check("to/" + strconv.Itoa(i)); err != nil {
			return err
		}
	}
	return nil
}

// SealLetter encrypts what is written to its readers, each by a key for letters.
func SealLetter(x *LetterContext, plain []byte, to []BoxKey, random io.Reader) ([]byte, error) {
	if err := x.Check(); err != nil {
		return nil, under("context", err)
	}
	if err := checkReaders(to); err != nil {
		return nil, err
	}
	if len(plain) > MaxLetter {
		return nil, publica.Problem(publica.TooLarge, "letter", "is "+strconv.Itoa(len(plain))+" bytes, over the limit of "+strconv.Itoa(MaxLetter))
	}
	var key LetterKey
	if _, err := io.ReadFull(random, key[:]); err != nil {
		return nil, &publica.Error{Code: publica.Internal, Message: "no randomness", Err: err}
	}
	id := x.id(to)
	commitment := key.commitment(id)
	out := append([]byte(letterLabel), byte(len(to)))
	out = append(out, commitment[:]...)
	for i, k := range to {
		box, err := k.seal(letterInfo(id, i+1), key[:], random)
		if err != nil {
			return nil, err
		}
		out = append(out, box...)
	}
	aead, err := chacha20poly1305.New(key[:])
	if err != nil {
		return nil, err
	}
	padded := make([]byte, (len(plain)/letterBlock+1)*letterBlock)
	pad(padded, copy(padded, plain))
	return aead.Seal(out, noNonce[:], padded, id[:]), nil
}

// letterParts takes a letter apart.
func letterParts(letter []byte, readers int) (commitment [32]byte, boxes []Box, ciphertext []byte, err error) {
	if len(letter) < letterHead || string(letter[:len(letterLabel)]) != letterLabel {
		return commitment, nil, nil, publica.Problem(publica.Malformed, "letter", "is no letter")
	}
	n := int(letter[len(letterLabel)])
	if n != readers {
		return commitment, nil, nil, publica.Problem(publica.Invalid, "letter", "is to "+strconv.Itoa(n)+" readers, not to the "+strconv.Itoa(readers)+" it is for")
	}
	rest := letter[letterHead:]
	size := len(rest) - n*letterBox - chacha20poly1305.Overhead
	if size < letterBlock || size%letterBlock != 0 || size > MaxLetter+letterBlock {
		return commitment, nil, nil, publica.Problem(publica.Malformed, "letter", "is not of whole blocks, or too long")
	}
	copy(commitment[:], letter[len(letterLabel)+1:])
	for i := range n {
		boxes = append(boxes, Box(rest[i*letterBox:(i+1)*letterBox]))
	}
	return commitment, boxes, rest[n*letterBox:], nil
}

// LetterKeyOf opens the box of one reader, from 1, and returns the letter's key;
// to are the keys that it is for, secret is that of the reader's own.
func LetterKeyOf(x *LetterContext, letter []byte, to []BoxKey, reader int, secret BoxSecret) (k LetterKey, err error) {
	if err := checkIndex(reader, len(to), "reader"); err != nil {
		return k, err
	}
	commitment, boxes, _, err := letterParts(letter, len(to))
	if err != nil {
		return k, err
	}
	id := x.id(to)
	field := "boxes/" + strconv.Itoa(reader-1)
	plain, err := secret.open(letterInfo(id, reader), boxes[reader-1], len(k), field)
	if err != nil {
		return k, err
	}
	k = LetterKey(plain)
	if got := k.commitment(id); subtle.ConstantTimeCompare(got[:], commitment[:]) != 1 {
		return LetterKey{}, publica.Problem(publica.Unverified, field, "holds a key that the letter does not commit to")
	}
	return k, nil
}

// OpenLetter decrypts a letter by its key. It refuses a key that the letter does not
// commit to.
func OpenLetter(x *LetterContext, letter []byte, to []BoxKey, key LetterKey) ([]byte, error) {
	commitment, _, ciphertext, err := letterParts(letter, len(to))
	if err != nil {
		return nil, err
	}
	id := x.id(to)
	if got := key.commitment(id); subtle.ConstantTimeCompare(got[:], commitment[:]) != 1 {
		return nil, publica.Problem(publica.Unverified, "key", "is not the one that the letter commits to")
	}
	aead, err := chacha20poly1305.New(key[:])
	if err != nil {
		return nil, err
	}
	plain, err := aead.Open(nil, noNonce[:], ciphertext, id[:])
	if err != nil {
		return nil, publica.Problem(publica.Unverified, "letter", "does not open")
	}
	for n := len(plain) - 1; n >= len(plain)-letterBlock; n-- {
		if plain[n] == 0 {
			continue
		}
		if plain[n] == 0x80 {
			return plain[:n], nil
		}
		break
	}
	return nil, publica.Problem(publica.Malformed, "letter", "is not filled up as letters are")
}
