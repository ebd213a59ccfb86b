package publica

import (
	"crypto"
	"crypto/ed25519"
	"crypto/mldsa"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io"
	"strconv"
	"strings"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"
)

// A CosignAlgorithm is the scheme of a cosignature: the signature type byte of
// C2SP signed-note.
type CosignAlgorithm byte

const (
	// Ed25519Cosign signs the checkpoint's text with a time before it (C2SP
	// tlog-cosignature, cosignature/v1).
	Ed25519Cosign CosignAlgorithm = 4
	// MLDSA44Cosign signs the checkpoint as a subtree from 0 (C2SP
	// tlog-cosignature, subtree/v1) with ML-DSA-44 of FIPS 204, which no known
	// quantum computation forges. A signature line has about 3,300 bytes.
	MLDSA44Cosign CosignAlgorithm = 6
)

// String returns "ed25519" or "ml-dsa-44".
func (a CosignAlgorithm) String() string {
	switch a {
	case Ed25519Cosign:
		return "ed25519"
	case MLDSA44Cosign:
		return "ml-dsa-44"
	}
	return "type " + strconv.Itoa(int(a))
}

// cosignSeedSize is the size in bytes of a cosigner's private key, the same for
// both schemes.
const cosignSeedSize = 32

// A Cosigner adds its cosignature to checkpoints that others signed (C2SP
// tlog-cosignature). A cosignature carries the time at which it was made, in
// seconds, from the system's clock. It implements [note.Signer] for texts of
// checkpoints, and is safe for concurrent use.
type Cosigner struct {
	*torchwood.CosignatureSigner
}

// NewCosignKey draws a cosigner's key and returns its text form,
// "PRIVATE+KEY+name+hash+base64" as that of [NewLogKey], but of another
// signature type. Random is [crypto/rand.Reader] if nil.
func NewCosignKey(name string, alg CosignAlgorithm, random io.Reader) (skey string, err error) {
	if !ValidRegister(name) {
		return "", Problem(Invalid, "name", "is not a name of a node").WithHint(`a node's name looks like "node1.register.example.org"`)
	}
	if random == nil {
		random = rand.Reader
	}
	seed := make([]byte, cosignSeedSize)
	if _, err := io.ReadFull(random, seed); err != nil {
		return "", &Error{Code: Internal, Message: "draw a cosigner's key", Err: err}
	}
	c, err := cosignerOf(name, alg, seed)
	if err != nil {
		return "", err
	}
	hash := strings.Split(c.VKey(), "+")[1]
	return "PRIVATE+KEY+" + name + "+" + hash + "+" + base64.StdEncoding.EncodeToString(append([]byte{byte(alg)}, seed...)), nil
}

func cosignerOf(name string, alg CosignAlgorithm, seed []byte) (*Cosigner, error) {
	var key crypto.Signer
	var err error
	switch alg {
	case Ed25519Cosign:
		key = ed25519.NewKeyFromSeed(seed)
	case MLDSA44Cosign:
		key, err = mldsa.NewPrivateKey(mldsa.MLDSA44(), seed)
	default:
		err = Problem(Unsupported, "alg", "is not an algorithm of cosignatures").WithHint("use ed25519 or ml-dsa-44")
	}
	if err != nil {
		return nil, err
	}
	s, err := torchwood.NewCosignatureSigner(name, key)
	if err != nil {
		return nil, &Error{Code: Internal, Message: "make a cosigner", Err: err}
	}
	return &Cosigner{s}, nil
}

// ParseCosignKey parses the text form; white space around it is ignored.
func ParseCosignKey(skey string) (*Cosigner, error) {
	bad := Problem(Malformed, "key", "is not a cosigner's key").WithHint("a cosigner's key starts with PRIVATE+KEY+; a log key is not one")
	f := strings.SplitN(strings.TrimSpace(skey), "+", 5)
	if len(f) != 5 || f[0] != "PRIVATE" || f[1] != "KEY" || !ValidRegister(f[2]) {
		return nil, bad
	}
	key, err := strictEncoding.DecodeString(f[4])
	if err != nil || len(key) != 1+cosignSeedSize {
		return nil, bad // the cause might quote the key
	}
	c, err := cosignerOf(f[2], CosignAlgorithm(key[0]), key[1:])
	if err != nil || strings.Split(c.VKey(), "+")[1] != f[3] {
		return nil, bad
	}
	return c, nil
}

// VKey returns the verifier key, "name+hash+base64": what others put on a
// witness line of their policy.
func (c *Cosigner) VKey() string { return c.Verifier().String() }

// Cosign returns the checkpoint with the cosigner's line added below those it
// has, in place of an earlier one of the same key. The cosigner vouches for
// what it signs: whether the checkpoint continues the one it signed before, its
// caller must know.
func (c *Cosigner) Cosign(checkpoint []byte) ([]byte, error) {
	_, n, err := openCheckpoint(checkpoint)
	if err != nil {
		return nil, err
	}
	signed, err := note.Sign(n, c)
	if err != nil {
		return nil, &Error{Code: Internal, Message: "cosign checkpoint", Err: err}
	}
	return signed, nil
}

// MaxSignatures is how many signature lines a checkpoint may have; readers of
// C2SP notes need not take more.
const MaxSignatures = 100

// MergeCheckpoints returns one note with the signature lines of all, which must
// have the same text, else the error has code [Conflict]. Of two lines by the
// same key the first wins; lines in the log's name come first, all others as
// they were first seen. No signature is checked: merge what has been verified.
func MergeCheckpoints(notes ...[]byte) ([]byte, error) {
	var text string
	var logs, others []note.Signature
	have := make(map[signerID]bool)
	for i, signed := range notes {
		c, n, err := openCheckpoint(signed)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			text = n.Text
		} else if n.Text != text {
			return nil, Problem(Conflict, "checkpoint", "is not the one it is to be merged with: their texts differ")
		}
		for _, s := range n.UnverifiedSigs {
			id := signerID{s.Name, s.Hash}
			switch {
			case have[id]:
			case s.Name == c.Origin:
				logs = append(logs, s)
			default:
				others = append(others, s)
			}
			have[id] = true
		}
	}
	if len(have) == 0 {
		return nil, Problem(Invalid, "checkpoint", "is missing: there is nothing to merge")
	}
	if len(have) > MaxSignatures {
		return nil, Problem(TooLarge, "checkpoint", "would have over "+strconv.Itoa(MaxSignatures)+" signatures")
	}
	merged, err := note.Sign(&note.Note{Text: text, UnverifiedSigs: append(logs, others...)})
	if err != nil {
		return nil, &Error{Code: Internal, Message: "merge checkpoints", Err: err}
	}
	return merged, nil
}

// A signerID tells keys apart in a note.
type signerID struct {
	name string
	hash uint32
}

// SignaturesOf returns the signature lines of a note as they stand: who claims
// to have signed. None is checked.
func SignaturesOf(signed []byte) ([]note.Signature, error) {
	n, err := openUnverified(signed)
	if err != nil {
		return nil, err
	}
	return n.UnverifiedSigs, nil
}

// openUnverified takes a note apart and believes nothing of it.
func openUnverified(signed []byte) (*note.Note, error) {
	if err := strictSignatures(signed); err != nil {
		return nil, err
	}
	_, err := note.Open(signed, nil)
	if e, ok := errors.AsType[*note.UnverifiedNoteError](err); ok {
		return e.Note, nil
	}
	return nil, &Error{Code: Malformed, Field: "checkpoint", Message: "is not a signed note", Err: err}
}

// ParseCosignVerifier parses the verifier key of a cosigner.
func ParseCosignVerifier(vkey string) (note.Verifier, error) {
	v, _, err := parseCosignVerifier(vkey)
	return v, err
}

// CosignAlgorithmOf returns the scheme of a cosigner's verifier key.
func CosignAlgorithmOf(vkey string) (CosignAlgorithm, error) {
	_, alg, err := parseCosignVerifier(vkey)
	return alg, err
}

func parseCosignVerifier(vkey string) (note.Verifier, CosignAlgorithm, error) {
	v, err := torchwood.NewCosignatureVerifier(vkey)
	if err == nil {
		err = checkVKeyText(vkey, v)
	}
	if err != nil {
		return nil, 0, &Error{Code: Malformed, Field: "vkey", Message: "is not a cosigner's verifier key", Err: err,
			Hint: "a verifier key looks like name+hash+base64; that of a log or a node is of another type"}
	}
	if _, ok := v.PublicKey().(ed25519.PublicKey); ok {
		return v, Ed25519Cosign, nil
	}
	return v, MLDSA44Cosign, nil
}
