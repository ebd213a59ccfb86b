package publica

import (
	"bytes"
	"encoding/json/jsontext"
	"encoding/json/v2"
	"errors"
	"slices"
	"strconv"
)

// ReceiptFormat names the receipt format; see spec/receipt.md.
const ReceiptFormat = "publica-receipt/v1"

// A Stage says how far an entry has come.
type Stage string

// The stages, in order. Whose word each needs, the policy says.
const (
	Promised Stage = "promised" // a node has promised to log it
	Logged   Stage = "logged"   // a checkpoint signed by the log proves that it is in the log
	Cosigned Stage = "cosigned" // and so does the quorum: no operator alone can take it back
	Durable  Stage = "durable"  // and enough nodes hold the content up to it; see [Policy.Holders]
)

var stages = []Stage{Promised, Logged, Cosigned, Durable}

// Reached reports whether s is the stage or one after it.
func (s Stage) Reached(stage Stage) bool {
	return slices.Index(stages, s) >= slices.Index(stages, stage)
}

// A Receipt is all it takes to believe, offline, that an entry is (or was
// promised to be) on a register. It grows: first the submission and the node's
// promise, then the leaf and its proof in their place, with ever more signatures
// on the checkpoint, and what nodes say they hold. It may also hold a system
// record or a seal. Its JSON form is the receipt file.
type Receipt struct {
	Content    []Content      `json:"content,omitempty"`   // the parts still held
	Format     string         `json:"format"`              // [ReceiptFormat]
	Holds      []string       `json:"holds,omitempty"`     // notes of nodes on what they hold, once logged; see [Holds]
	Leaf       jsontext.Value `json:"leaf,omitzero"`       // once logged
	Promise    *Promise       `json:"promise,omitzero"`    // the node's word
	Proof      string         `json:"proof,omitzero"`      // C2SP tlog-proof of the leaf
	Register   string         `json:"register"`            // the register's name
	Submission *Submitted     `json:"submission,omitzero"` // while not logged
}

// Submitted is an entry with its signature, as in a [Submission].
type Submitted struct {
	Entry     jsontext.Value `json:"entry"`
	Signature Signature      `json:"signature"`
}

// PromisedReceipt returns the receipt a node gives for a submission it has made
// durable.
func PromisedReceipt(register string, s *Submission, p *Promise) *Receipt {
	return &Receipt{Format: ReceiptFormat, Register: register, Content: s.Content, Promise: p,
		Submission: &Submitted{Entry: s.Signed.Raw, Signature: s.Signed.Signature}}
}

// LoggedReceipt returns the receipt of a leaf in the log.
func LoggedReceipt(register string, leaf []byte, content []Content, proof []byte) *Receipt {
	return &Receipt{Format: ReceiptFormat, Register: register, Leaf: leaf, Content: content, Proof: string(proof)}
}

// WithHolds returns a copy of a logged receipt that carries holds notes.
func (r *Receipt) WithHolds(notes ...string) *Receipt {
	c := *r
	c.Holds = notes
	return &c
}

// Bytes returns the canonical JSON form with a newline at its end.
func (r *Receipt) Bytes() ([]byte, error) {
	raw, err := json.Marshal(r)
	if err != nil {
		return nil, jsonError(err)
	}
	v := jsontext.Value(raw)
	if err := v.Canonicalize(); err != nil {
		return nil, jsonError(err)
	}
	return append(v, '\n'), nil
}

// ParseReceipt parses a receipt file strictly. White space and the order of
// members may differ from the canonical form, nothing else. It believes
// nothing; see [Receipt.Verify]. An [Error] names the field at fault.
func ParseReceipt(text []byte) (*Receipt, error) {
	v := jsontext.Value(bytes.Clone(text))
	if at, bad := notInteger(text); bad && v.IsValid() {
		return nil, Problem(Malformed, fieldAt(text, at), "is a number that is not an integer below 2^53")
	}
	if err := v.Canonicalize(); err != nil {
		return nil, jsonError(err)
	}
	r := new(Receipt)
	if err := DecodeStrict(v, r, ""); err != nil {
		return nil, err
	}
	if r.Format != ReceiptFormat {
		return nil, Problem(Unsupported, "format", "is "+strconv.Quote(r.Format)+", not "+ReceiptFormat)
	}
	if !ValidRegister(r.Register) {
		return nil, Problem(Malformed, "register", "is missing or not a register name")
	}
	logged, promised := r.Leaf != nil || r.Proof != "", r.Submission != nil
	switch {
	case logged && promised:
		return nil, Problem(Malformed, "submission", "stands beside a leaf that holds the entry already")
	case logged && r.Proof == "":
		return nil, Problem(Malformed, "proof", "is missing")
	case logged && r.Leaf == nil:
		return nil, Problem(Malformed, "leaf", "is missing")
	case promised && r.Promise == nil:
		return nil, Problem(Malformed, "promise", "is missing")
	case !logged && !promised:
		return nil, Problem(Malformed, "", "has neither leaf nor submission")
	case promised && r.Holds != nil:
		return nil, Problem(Malformed, "holds", "stands in a receipt of what is not logged")
	case len(r.Holds) > MaxSignatures:
		return nil, Problem(TooLarge, "holds", "has over "+strconv.Itoa(MaxSignatures)+" notes")
	}
	again, err := r.Bytes()
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(again[:len(again)-1], v) {
		return nil, Problem(Malformed, "", "is a receipt, but some value in it is not in its only form").
			WithHint("base64 must have no stray bits, and empty members must be left out")
	}
	return r, nil
}

// Stage returns how far the receipt claims the entry has come: [Promised] or
// [Logged]. What comes after that depends on whom one believes; see
// [Verified].
func (r *Receipt) Stage() Stage {
	if r.Leaf != nil {
		return Logged
	}
	return Promised
}

// Verified is what a receipt proves.
type Verified struct {
	Stage      Stage
	ID         EntryID     // of the entry; of the leaf's bytes if it is none
	Entry      *Entry      // nil for system records and seals
	Signature  *Signature  // nil for system records and seals
	Leaf       *Leaf       // nil while promised
	Index      int64       // of the leaf in the log, -1 while promised
	Checkpoint *Checkpoint // nil while promised
	By         Time        // logged by then, says a node the policy knows; zero if none
	Present    []string    // content parts in the receipt, each fits its commitment
	Missing    []string    // content parts of the entry that are not in the receipt
	CosignedBy []string    // names of the policy's cosigners that signed the checkpoint
	HeldBy     []string    // names of the policy's nodes that hold all content up to the leaf
}

// Verify checks everything in the receipt under the policy and returns what it
// proves. The register's name must be that of the policy, and register if that
// is not empty. An [Error] has code [Malformed], [BadSignature] or
// [Unverified] and names what did not verify.
func (r *Receipt) Verify(policy *Policy, register string) (*Verified, error) {
	if register == "" {
		register = policy.Register()
	}
	if register != policy.Register() {
		return nil, Problem(Unverified, "register", "is to be "+register+", but the policy is about "+policy.Register())
	}
	if r.Register != register {
		return nil, Problem(Unverified, "register", "is "+strconv.Quote(r.Register)+", the policy is about "+register)
	}
	if r.Stage() == Promised {
		return r.verifyPromised(policy)
	}
	return r.verifyLogged(policy)
}

func (r *Receipt) verifyPromised(policy *Policy) (*Verified, error) {
	if r.Submission == nil || r.Promise == nil {
		return nil, Problem(Malformed, "", "has neither leaf nor submission with promise")
	}
	v := &Verified{Stage: Promised, Index: -1, Signature: &r.Submission.Signature}
	if err := v.entry(r.Register, "submission", r.Submission.Entry, r.Content); err != nil {
		return nil, err
	}
	by, err := r.Promise.Verify(policy.Promisers(), r.Register, v.ID)
	if err != nil {
		return nil, err
	}
	v.By = by
	return v, nil
}

func (r *Receipt) verifyLogged(policy *Policy) (*Verified, error) {
	leaf, err := ParseLeaf(r.Leaf)
	if err != nil {
		return nil, err
	}
	v := &Verified{Stage: Logged, Leaf: leaf, Signature: leaf.Signature, ID: leaf.ID()}
	if leaf.Entry != nil {
		if err := v.entry(r.Register, "leaf", leaf.Entry, r.Content); err != nil {
			return nil, err
		}
	} else if len(r.Content) > 0 {
		return nil, Problem(Malformed, "content", "stands beside a leaf that is not an entry")
	}
	proof, err := ParseProof([]byte(r.Proof))
	if err != nil {
		return nil, err
	}
	if v.Checkpoint, err = proof.Verify(policy, LeafHash(r.Leaf)); err != nil {
		return nil, err
	}
	v.Index, v.CosignedBy = proof.Index, v.Checkpoint.CosignedBy
	if policy.Quorum() {
		v.Stage = Cosigned
	}
	if err := v.held(r, policy); err != nil {
		return nil, err
	}
	return v, v.promise(r, policy)
}

// held checks the holds notes. Those of nodes that the policy does not know, or
// that hold less, are worthless, not wrong.
func (v *Verified) held(r *Receipt, policy *Policy) error {
	for i, text := range r.Holds {
		at := "holds/" + strconv.Itoa(i)
		h, err := parseHolds(text, r.Register)
		if err == nil {
			h, err = VerifyHolds(text, policy.Nodes(), r.Register)
			if CodeOf(err) == Unverified {
				continue
			}
		}
		if e, ok := errors.AsType[*Error](err); ok {
			return &Error{Code: e.Code, Field: at, Message: e.Message, Hint: e.Hint, Err: e.Err}
		}
		if h.Size > v.Index && !slices.Contains(v.HeldBy, h.Node) {
			v.HeldBy = append(v.HeldBy, h.Node)
		}
	}
	if policy.Holders() > 0 && len(v.HeldBy) >= policy.Holders() {
		v.Stage = Durable
	}
	return nil
}

// promise checks the promise that a logged receipt may still carry. A node the
// policy does not know makes it worthless, not wrong: the proof stands.
func (v *Verified) promise(r *Receipt, policy *Policy) error {
	if r.Promise == nil {
		return nil
	}
	if _, _, err := r.Promise.check(r.Register, v.ID); err != nil {
		return err
	}
	by, err := r.Promise.Verify(policy.Promisers(), r.Register, v.ID)
	if CodeOf(err) == Unverified {
		return nil
	}
	v.By = by
	return err
}

// entry checks the entry, its signature and its content, and notes which parts
// are there. The signature is v.Signature.
func (v *Verified) entry(register, at string, raw []byte, content []Content) error {
	e, err := ParseEntry(raw)
	if err != nil {
		return under(at+"/entry", err)
	}
	if e.Register != register {
		return Problem(Unverified, at+"/entry/register", "is "+e.Register+", the receipt is of "+register)
	}
	if err := v.Signature.Verify(e.Author, raw); err != nil {
		return under(at, err)
	}
	if err := CheckContent(e, content); err != nil {
		return err
	}
	v.Entry, v.ID = e, ID(raw)
	v.Present, v.Missing = parts(e, content)
	return nil
}

// parts lists the entry's parts that content holds, and those it lacks.
func parts(e *Entry, content []Content) (present, missing []string) {
next:
	for _, p := range e.Content {
		for i := range content {
			if content[i].Name == p.Name {
				present = append(present, p.Name)
				continue next
			}
		}
		missing = append(missing, p.Name)
	}
	return present, missing
}

// under prefixes the field of an [Error].
func under(at string, err error) error {
	e, ok := err.(*Error)
	if !ok {
		return err
	}
	c := *e
	if c.Field == "" {
		c.Field = at
	} else {
		c.Field = at + "/" + c.Field
	}
	return &c
}
