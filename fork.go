package publica

import (
	"bytes"
	"encoding/json/jsontext"
	"encoding/json/v2"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// ForkFormat names the format of evidence; see spec/proof.md.
const ForkFormat = "publica-fork/v1"

// MaxForkSize is the size limit of a file of evidence in bytes.
const MaxForkSize = 1 << 20

// A Fork is evidence of two histories of one log: two signed checkpoints of
// which neither continues the other. If they have the same size they contradict
// each other by their roots alone. Else Prefix and Path show what the larger
// log begins with, in place of the older one. It is the error in the chain of
// what [Client.Checkpoint] returns; its JSON form is a file that convicts
// whoever signed both, before anyone who knows their keys.
type Fork struct {
	Older, Newer []byte      // signed checkpoints; Newer has at least the size of Older
	Prefix       tlog.Hash   // root of Newer's first leaves, as many as Older has; zero if sizes are equal
	Path         []tlog.Hash // RFC 6962 consistency proof from Prefix to Newer's root
}

type forkJSON struct {
	Format string      `json:"format"`
	Newer  string      `json:"newer"`
	Older  string      `json:"older"`
	Path   []tlog.Hash `json:"path,omitempty"`
	Prefix tlog.Hash   `json:"prefix,omitzero"`
}

// Error says which two histories there are, as the file claims.
func (f *Fork) Error() string {
	older, err1 := ParseCheckpoint(f.Older)
	newer, err2 := ParseCheckpoint(f.Newer)
	if err := errors.Join(err1, err2); err != nil {
		return "two histories: " + err.Error()
	}
	root := newer.Tree.Hash
	if newer.Tree.N > older.Tree.N {
		root = f.Prefix
	}
	return fmt.Sprintf("the first %d leaves of %s have the root %s in one history and %s in another", older.Tree.N, older.Register, older.Tree.Hash, root)
}

// Bytes returns the canonical JSON form with a newline at its end.
func (f *Fork) Bytes() ([]byte, error) {
	raw, err := json.Marshal(forkJSON{Format: ForkFormat, Newer: string(f.Newer), Older: string(f.Older), Path: f.Path, Prefix: f.Prefix})
	if err != nil {
		return nil, jsonError(err)
	}
	v := jsontext.Value(raw)
	if err := v.Canonicalize(); err != nil {
		return nil, jsonError(err)
	}
	return append(v, '\n'), nil
}

// ParseFork parses a file of evidence strictly and believes nothing; see
// [Fork.Verify].
func ParseFork(text []byte) (*Fork, error) {
	if len(text) > MaxForkSize {
		return nil, Problem(TooLarge, "", "is over "+strconv.Itoa(MaxForkSize)+" bytes")
	}
	v := jsontext.Value(bytes.Clone(text))
	if err := v.Canonicalize(); err != nil {
		return nil, jsonError(err)
	}
	var w forkJSON
	if err := DecodeStrict(v, &w, ""); err != nil {
		return nil, err
	}
	if w.Format != ForkFormat {
		return nil, Problem(Unsupported, "format", "is "+strconv.Quote(w.Format)+", not "+ForkFormat)
	}
	f := &Fork{Older: []byte(w.Older), Newer: []byte(w.Newer), Path: w.Path, Prefix: w.Prefix}
	again, err := f.Bytes()
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(again[:len(again)-1], v) {
		return nil, Problem(Malformed, "", "is evidence of a fork, but some value in it is not in its only form").
			WithHint("base64 must have no stray bits, and empty members must be left out")
	}
	return f, nil
}

// Verify checks that the evidence proves a fork of the policy's register, and
// returns the names of the policy's keys that signed both histories. Nobody
// honest does. If there are none, both histories satisfy the policy by other
// keys: then the policy is too weak for its register, and nobody is convicted.
// An [Error] has code [Malformed], [BadSignature] or [Unverified].
func (f *Fork) Verify(policy *Policy) (signers []string, err error) {
	older, olderSigs, err := knownSignatures("older", f.Older, policy)
	if err != nil {
		return nil, err
	}
	newer, newerSigs, err := knownSignatures("newer", f.Newer, policy)
	if err != nil {
		return nil, err
	}
	if err := f.contradicts(older.Tree, newer.Tree); err != nil {
		return nil, err
	}
	for _, s := range olderSigs {
		both := slices.ContainsFunc(newerSigs, func(o note.Signature) bool { return o.Name == s.Name && o.Hash == s.Hash })
		if both && !slices.Contains(signers, s.Name) {
			signers = append(signers, s.Name)
		}
	}
	if len(signers) == 0 && (policy.Check(older.Origin, olderSigs) != nil || policy.Check(newer.Origin, newerSigs) != nil) {
		return nil, Problem(Unverified, "newer", "contradicts the older checkpoint, but no key of the policy signed both, and they are not both signed by those it demands")
	}
	return signers, nil
}

// knownSignatures opens a checkpoint of the policy's register and returns the
// signatures by keys of the policy, which need not satisfy it.
func knownSignatures(at string, signed []byte, policy *Policy) (torchwood.Checkpoint, []note.Signature, error) {
	c, _, err := openCheckpoint(signed)
	if err != nil {
		return c, nil, under(at, err)
	}
	if c.Origin != policy.Register() {
		return c, nil, Problem(Unverified, at, "is of the log "+strconv.Quote(c.Origin)+", not of "+policy.Register())
	}
	n, err := note.Open(signed, policy)
	if err != nil {
		return c, nil, under(at, checkpointError(err, policy))
	}
	return c, n.Sigs, nil
}

// contradicts checks that newer does not begin with older.
func (f *Fork) contradicts(older, newer tlog.Tree) error {
	switch {
	case newer.N < older.N:
		return Problem(Malformed, "newer", "is smaller than the older checkpoint")
	case newer.N == older.N:
		if f.Path != nil || f.Prefix != (tlog.Hash{}) {
			return Problem(Malformed, "path", "stands beside checkpoints of one size, where nothing is to be proven")
		}
		if newer.Hash == older.Hash {
			return Problem(Unverified, "newer", "has the same root as the older checkpoint: there is no fork")
		}
		return nil
	case older.N == 0:
		return Problem(Unverified, "older", "is of the empty log, which every log continues")
	case tlog.CheckTree(f.Path, newer.N, newer.Hash, older.N, f.Prefix) != nil:
		return Problem(Unverified, "path", "does not lead from the prefix to the root of the newer checkpoint")
	case f.Prefix == older.Hash:
		return Problem(Unverified, "newer", "continues the older checkpoint: there is no fork")
	}
	return nil
}
