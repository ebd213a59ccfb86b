package publica

import (
	"errors"
	"strconv"
	"strings"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"
)

// MaxPolicySize is the size limit of a policy file in bytes.
const MaxPolicySize = 64 << 10

// A Policy says whom to believe: which key must have signed a register's
// checkpoints, how many witnesses beside it, and which nodes may give promises.
// Its text form is a torchwood policy file, one statement a line, with one
// addition, the node lines:
//
//	log demo.publica.example+c6fdd2ba+AWA…   key of the log; its name is the register's
//	node demo.publica.example/node-1+…       key of a node that gives promises
//	witness w1 witness.example+…             a cosigner
//	group all-of-us 2 w1 w2 w3               at least two of these
//	quorum all-of-us                         who must have signed, or "none"
//
// It implements [torchwood.Policy]. A Policy is immutable.
type Policy struct {
	inner    torchwood.Policy
	register string
	nodes    []note.Verifier
	text     string
}

// ParsePolicy parses a policy file. Errors are [Malformed] and name the line.
// All log lines must name the same register; each of those keys must sign.
func ParsePolicy(text []byte) (*Policy, error) {
	if len(text) > MaxPolicySize {
		return nil, Problem(TooLarge, "policy", "is over "+strconv.Itoa(MaxPolicySize)+" bytes")
	}
	p := &Policy{text: string(text)}
	var cosigners []note.Verifier
	lines := strings.Split(p.text, "\n")
	for i, line := range lines {
		line, _, _ = strings.Cut(line, "#")
		fields := strings.Fields(line)
		if len(fields) == 0 {
			lines[i] = "" // torchwood panics on white space other than blanks and tabs
			continue
		}
		at := "policy/line " + strconv.Itoa(i+1)
		switch keyword := fields[0]; {
		case keyword == "log" && len(fields) > 1:
			v, err := torchwood.NewLogVerifier(fields[1])
			if err != nil {
				return nil, policyKeyError(at, fields[1], err)
			}
			if p.register != "" && p.register != v.Name() {
				return nil, Problem(Malformed, at, "names the log "+v.Name()+", a line before it "+p.register).
					WithHint("write one policy file for each register")
			}
			p.register = v.Name()
			cosigners = append(cosigners, v)
		case keyword == "witness" && len(fields) > 2:
			v, err := torchwood.NewCosignatureVerifier(fields[2])
			if err != nil {
				return nil, policyKeyError(at, fields[2], err)
			}
			cosigners = append(cosigners, v)
		case keyword == "node":
			if len(fields) < 2 {
				return nil, Problem(Malformed, at, "has no key after node")
			}
			v, err := ParseVerifier(fields[1])
			if err != nil {
				return nil, policyKeyError(at, fields[1], err)
			}
			p.nodes = append(p.nodes, v)
			lines[i] = ""
		}
	}
	inner, err := torchwood.ParsePolicy([]byte(strings.Join(lines, "\n")))
	if err != nil {
		return nil, policyError(err)
	}
	if p.register == "" {
		return nil, Problem(Malformed, "policy", "has no log line").
			WithHint(`add a line "log VKEY"; the register's page and /api/v1/register show the key`)
	}
	if !ValidRegister(p.register) {
		return nil, Problem(Malformed, "policy", "names the log "+strconv.Quote(p.register)+", which cannot be a register's name")
	}
	p.inner = inner
	return p, p.checkUnambiguous(cosigners)
}

// checkUnambiguous refuses a key that counts twice: torchwood would accept
// such a file and then refuse every checkpoint.
func (p *Policy) checkUnambiguous(keys []note.Verifier) error {
	for _, v := range keys {
		_, err := p.inner.Verifier(v.Name(), v.KeyHash())
		if _, unknown := errors.AsType[*note.UnknownVerifierError](err); err != nil && !unknown {
			return Problem(Malformed, "policy", "counts the key of "+v.Name()+" twice").
				WithHint("name each key once, and each witness in one group only")
		}
	}
	return nil
}

func policyKeyError(at, key string, err error) error {
	return &Error{Code: Malformed, Field: at, Message: "has a key that is not a verifier key: " + strconv.Quote(key), Err: err,
		Hint: "a verifier key looks like name+hash+base64"}
}

// policyError turns torchwood's "line 3: what" into an [Error] about line 3.
func policyError(err error) error {
	message, field := err.Error(), "policy"
	if rest, ok := strings.CutPrefix(message, "line "); ok {
		if n, what, ok := strings.Cut(rest, ": "); ok {
			field, message = "policy/line "+n, what
		}
	}
	return Problem(Malformed, field, message)
}

// SingleLogPolicy believes the log key vkey alone, and the promises of the
// given node keys.
func SingleLogPolicy(vkey string, nodes ...string) (*Policy, error) {
	return ParsePolicy([]byte(SingleLogPolicyText(vkey, nodes...)))
}

// SingleLogPolicyText returns the text form of [SingleLogPolicy].
func SingleLogPolicyText(vkey string, nodes ...string) string {
	var b strings.Builder
	b.WriteString("log " + vkey + "\n")
	for _, n := range nodes {
		b.WriteString("node " + n + "\n")
	}
	b.WriteString("quorum none\n")
	return b.String()
}

// Register returns the name of the register the policy is about.
func (p *Policy) Register() string { return p.register }

// String returns the text form.
func (p *Policy) String() string { return p.text }

// Check implements [torchwood.Policy].
func (p *Policy) Check(origin string, sigs []note.Signature) error {
	return p.inner.Check(origin, sigs)
}

// Verifier implements [torchwood.Policy]. Node keys are not among its answers:
// a promise says nothing about the log.
func (p *Policy) Verifier(name string, hash uint32) (note.Verifier, error) {
	return p.inner.Verifier(name, hash)
}

// Promisers returns the keys whose promises the policy believes: those of node
// lines, and the log's own.
func (p *Policy) Promisers() note.Verifiers { return promisers{p} }

type promisers struct{ p *Policy }

func (s promisers) Verifier(name string, hash uint32) (note.Verifier, error) {
	for _, v := range s.p.nodes {
		if v.Name() == name && v.KeyHash() == hash {
			return v, nil
		}
	}
	if name == s.p.register {
		return s.p.inner.Verifier(name, hash)
	}
	return nil, &note.UnknownVerifierError{Name: name, KeyHash: hash}
}

// ParseVerifier parses a C2SP verifier key ("name+hash+base64") of Ed25519.
func ParseVerifier(vkey string) (note.Verifier, error) {
	v, err := note.NewVerifier(vkey)
	if err != nil {
		return nil, &Error{Code: Malformed, Field: "vkey", Message: "is not a verifier key", Err: err,
			Hint: "a verifier key looks like name+hash+base64"}
	}
	return v, nil
}
