package publica

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// A Checkpoint is a signed head of a register's log (C2SP tlog-checkpoint).
// Its origin is the register's name:
//
//	demo.publica.example
//	7
//	qINS1GRFhWHwdkUeqLEoP4yEMkTBBzxBkGwGQlVlVcs=
//
//	— demo.publica.example xv3SuhnhAfJ…
type Checkpoint struct {
	Register   string    // the origin
	Tree       tlog.Tree // size and root
	Note       []byte    // the signed note as it came
	CosignedBy []string  // names of the policy's cosigners that signed; nil if no policy was asked
}

// VerifyCheckpoint parses a signed checkpoint and checks it under a policy. It
// returns an [Error] with code [Malformed], [BadSignature] or [Unverified].
func VerifyCheckpoint(signed []byte, policy *Policy) (*Checkpoint, error) {
	if err := strictSignatures(signed); err != nil {
		return nil, err
	}
	c, n, err := torchwood.VerifyCheckpoint(signed, policy)
	if err != nil {
		return nil, checkpointError(err, policy)
	}
	return &Checkpoint{Register: c.Origin, Tree: c.Tree, Note: bytes.Clone(signed), CosignedBy: policy.cosigners(n.Sigs)}, nil
}

// ParseCheckpoint parses a signed checkpoint and believes nothing of it: no
// signature is checked. It serves to show what a file claims.
func ParseCheckpoint(signed []byte) (*Checkpoint, error) {
	c, _, err := openCheckpoint(signed)
	if err != nil {
		return nil, err
	}
	return &Checkpoint{Register: c.Origin, Tree: c.Tree, Note: bytes.Clone(signed)}, nil
}

// openCheckpoint takes a signed checkpoint apart; its signatures stand in
// UnverifiedSigs.
func openCheckpoint(signed []byte) (torchwood.Checkpoint, *note.Note, error) {
	n, err := openUnverified(signed)
	if err != nil {
		return torchwood.Checkpoint{}, nil, err
	}
	c, err := torchwood.ParseCheckpoint(n.Text)
	if err != nil {
		return torchwood.Checkpoint{}, nil, &Error{Code: Malformed, Field: "checkpoint", Message: "is not a checkpoint", Err: err}
	}
	return c, n, nil
}

// An Unsigned says which of those a policy demands have not signed a checkpoint
// (yet): it stands in the chain of the error with code [Unverified]. Fetching
// the checkpoint or receipt again is the cure if the checkpoint is young.
type Unsigned struct {
	By    []string // names of keys of the policy that have signed
	Lacks []string // what the policy demands beside them, in words
}

// Error says "lacks validators (2 of the 3 demanded; not node3, node4)".
func (e *Unsigned) Error() string { return "lacks " + strings.Join(e.Lacks, "; ") }

// checkpointError says in our words what note and torchwood found.
func checkpointError(err error, policy *Policy) error {
	if e, ok := errors.AsType[*note.InvalidSignatureError](err); ok {
		return Problem(BadSignature, "checkpoint", "has a signature of "+e.Name+" that does not verify")
	}
	e, ok := errors.AsType[*note.UnverifiedNoteError](err)
	if !ok {
		return &Error{Code: Malformed, Field: "checkpoint", Message: "is not a signed checkpoint", Err: err}
	}
	if origin, _, _ := strings.Cut(e.Note.Text, "\n"); origin != policy.Register() {
		return Problem(Unverified, "checkpoint", "is of the log "+strconv.Quote(origin)+", not of "+policy.Register())
	}
	lacks := &Unsigned{Lacks: policy.lacks(e.Note.Sigs)}
	for _, s := range e.Note.Sigs {
		if !slices.Contains(lacks.By, s.Name) {
			lacks.By = append(lacks.By, s.Name)
		}
	}
	hint := "compare the policy's keys with those the register publishes"
	if len(lacks.By) > 0 {
		hint = "others may sign yet: fetch it again with publica receipt; else " + hint
	}
	return &Error{Code: Unverified, Field: "checkpoint", Message: "is not signed by those the policy demands for " + policy.Register(), Err: lacks, Hint: hint}
}

// strictSignatures refuses signature lines whose base64 is not the shortest
// and only form of its bytes: nothing in a note may change without notice.
func strictSignatures(signed []byte) error {
	i := bytes.LastIndex(signed, []byte("\n\n"))
	if i < 0 {
		return Problem(Malformed, "checkpoint", "is not a signed note")
	}
	for line := range bytes.Lines(signed[i+2:]) {
		line = bytes.TrimSuffix(line, []byte("\n"))
		b64 := line[bytes.LastIndexByte(line, ' ')+1:]
		if _, err := base64.StdEncoding.Strict().DecodeString(string(b64)); err != nil {
			return &Error{Code: Malformed, Field: "checkpoint", Message: "has a signature line that is not strict base64", Err: err}
		}
	}
	return nil
}

// A LogSigner is an Ed25519 key that signs C2SP notes: checkpoints, if its name
// is the register's; promises, if it is a node's. It implements [note.Signer]
// and is safe for concurrent use.
type LogSigner struct {
	note.Signer
	vkey string
}

// NewLogKey draws a key for the log of a register, or for a node of that name,
// and returns its text form, "PRIVATE+KEY+name+hash+base64". Whoever holds it
// can sign in that name. Random is [crypto/rand.Reader] if nil.
func NewLogKey(name string, random io.Reader) (skey string, err error) {
	if !ValidRegister(name) {
		return "", Problem(Invalid, "register", "is not a register name").WithHint(`a register name looks like "register.example.org"`)
	}
	if random == nil {
		random = rand.Reader
	}
	seed := make([]byte, ed25519.SeedSize)
	if _, err := io.ReadFull(random, seed); err != nil {
		return "", &Error{Code: Internal, Message: "draw a log key", Err: err}
	}
	vkey, err := note.NewEd25519VerifierKey(name, ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey))
	if err != nil {
		return "", err
	}
	hash := strings.Split(vkey, "+")[1]
	return "PRIVATE+KEY+" + name + "+" + hash + "+" + base64.StdEncoding.EncodeToString(append([]byte{1}, seed...)), nil
}

// ParseLogKey parses the text form; white space around it is ignored.
func ParseLogKey(skey string) (*LogSigner, error) {
	bad := Problem(Malformed, "key", "is not a log key").WithHint("a log key starts with PRIVATE+KEY+")
	skey = strings.TrimSpace(skey)
	signer, err := note.NewSigner(skey)
	if err != nil {
		return nil, bad // the cause might quote the key
	}
	key, err := base64.StdEncoding.DecodeString(skey[nthPlus(skey, 4)+1:])
	if err != nil || len(key) != 1+ed25519.SeedSize {
		return nil, bad
	}
	vkey, err := note.NewEd25519VerifierKey(signer.Name(), ed25519.NewKeyFromSeed(key[1:]).Public().(ed25519.PublicKey))
	if err != nil {
		return nil, bad
	}
	return &LogSigner{signer, vkey}, nil
}

// nthPlus returns the offset of the n-th '+' of s. The base64 at a key's end
// may hold more of them, so it cannot be found from behind.
func nthPlus(s string, n int) int {
	for i := range len(s) {
		if s[i] == '+' {
			if n--; n == 0 {
				return i
			}
		}
	}
	return len(s) - 1
}

// VKey returns the verifier key, "name+hash+base64": what others put in their
// policy.
func (s *LogSigner) VKey() string { return s.vkey }

// SignCheckpoint signs the head of the log. The result is what is served at
// /checkpoint.
func (s *LogSigner) SignCheckpoint(tree tlog.Tree) ([]byte, error) {
	text := torchwood.Checkpoint{Origin: s.Name(), Tree: tree}.String()
	signed, err := note.Sign(&note.Note{Text: text}, s)
	if err != nil {
		return nil, &Error{Code: Internal, Message: "sign checkpoint", Err: err}
	}
	return signed, nil
}
