package publica

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"
)

// MaxPolicySize is the size limit of a policy file in bytes.
const MaxPolicySize = 64 << 10

// A Policy says whom to believe: which key must have signed a register's
// checkpoints, how many validators and witnesses, and which nodes give promises
// and hold content. Its text form is a torchwood policy file, one statement a
// line, with three additions, the origin, node and holders lines:
//
//	origin demo.publica.example              the register, if no log line names it
//	log demo.publica.example+c6fdd2ba+AWA…   key of the log; its name is the register's
//	node node1.demo.publica.example+1fe…     key of a node, of its promises and what it holds
//	holders 3                                durable is what so many of these nodes hold; needs a quorum
//	witness w1 witness.example+…             a cosigner: a validator's key, or an outsider's
//	group all-of-us 2 w1 w2 w3               at least two of these
//	quorum all-of-us                         who must have signed, or "none"
//
// It implements [torchwood.Policy]. A Policy is immutable.
type Policy struct {
	inner    torchwood.Policy
	register string
	cosigned bool            // a quorum is demanded beside the log keys
	logs     []note.Verifier // all must sign
	nodes    []note.Verifier
	holders  int         // 0 without nodes
	demands  []component // what must have signed, in order
	text     string
}

// ParsePolicy parses a policy file. Errors are [Malformed] and name the line.
// All log lines must name the same register; each of those keys must sign.
// Without a log line, the origin line names the register, and some cosigner
// must be demanded.
func ParsePolicy(text []byte) (*Policy, error) {
	if len(text) > MaxPolicySize {
		return nil, Problem(TooLarge, "policy", "is over "+strconv.Itoa(MaxPolicySize)+" bytes")
	}
	r := policyReader{p: &Policy{text: string(text)}, known: map[string]component{}, grouped: map[string]bool{}}
	lines := strings.Split(r.p.text, "\n")
	for i, line := range lines {
		line, _, _ = strings.Cut(line, "#")
		own, err := r.line("policy/line "+strconv.Itoa(i+1), strings.Fields(line))
		if err != nil {
			return nil, err
		}
		if own {
			lines[i] = ""
		}
	}
	inner, err := torchwood.ParsePolicy([]byte(strings.Join(lines, "\n")))
	if err != nil {
		return nil, policyError(err)
	}
	r.p.inner = inner
	return r.policy()
}

// A policyReader notes what a policy says line by line. It leaves it to
// torchwood to say what is wrong with lines that torchwood knows.
type policyReader struct {
	p         *Policy
	originAt  string // place of the origin line, "" if none
	holdersAt string
	quorum    string
	cosigners []note.Verifier
	known     map[string]component
	grouped   map[string]bool // members of a group; each is of one only, so that groups are trees
}

// line reads one line, and reports whether torchwood is not to see it.
func (r *policyReader) line(at string, fields []string) (own bool, err error) {
	if len(fields) == 0 {
		return true, nil // torchwood panics on white space other than blanks and tabs
	}
	keyword, arg := fields[0], ""
	if len(fields) > 1 {
		arg = fields[1]
	}
	switch {
	case keyword == "origin" || keyword == "node" || keyword == "holders":
		if len(fields) != 2 {
			return false, Problem(Malformed, at, "has not exactly one word after "+keyword)
		}
		return true, r.ownLine(at, keyword, arg)
	case keyword == "log" && arg != "":
		v, err := torchwood.NewLogVerifier(arg)
		if err == nil {
			err = checkVKeyText(arg, v)
		}
		if err != nil {
			return false, policyKeyError(at, arg, err)
		}
		r.p.logs = append(r.p.logs, v)
		return false, r.register(at, v.Name())
	case keyword == "witness" && len(fields) > 2:
		v, err := ParseCosignVerifier(fields[2])
		if err != nil {
			return false, policyKeyError(at, fields[2], err)
		}
		r.cosigners = append(r.cosigners, v)
		r.known[arg] = component{name: arg, key: v}
	case keyword == "group" && len(fields) > 3:
		g := component{name: arg}
		for _, member := range fields[3:] {
			if r.grouped[member] {
				return false, Problem(Malformed, at, "counts "+strconv.Quote(member)+", which a group counts already").
					WithHint("name each witness and each group in one group only")
			}
			r.grouped[member] = true
			g.members = append(g.members, r.known[member])
		}
		switch g.need, _ = strconv.Atoi(fields[2]); fields[2] {
		case "any":
			g.need = 1
		case "all":
			g.need = len(g.members)
		}
		r.known[arg] = g
	case keyword == "quorum":
		r.quorum = arg
	}
	return false, nil
}

// ownLine reads a line of those that torchwood does not know.
func (r *policyReader) ownLine(at, keyword, arg string) error {
	switch keyword {
	case "origin":
		if r.originAt != "" {
			return Problem(Malformed, at, "names an origin once more")
		}
		r.originAt = at
		return r.register(at, arg)
	case "node":
		v, err := ParseVerifier(arg)
		if err != nil {
			return policyKeyError(at, arg, err)
		}
		r.p.nodes = append(r.p.nodes, v)
	case "holders":
		n, err := strconv.Atoi(arg)
		if err != nil || n < 1 || r.holdersAt != "" {
			return Problem(Malformed, at, "is not the one number of nodes that must hold content")
		}
		r.p.holders, r.holdersAt = n, at
	}
	return nil
}

func (r *policyReader) register(at, name string) error {
	if r.p.register != "" && r.p.register != name {
		return Problem(Malformed, at, "names the log "+name+", a line before it "+r.p.register).
			WithHint("write one policy file for each register")
	}
	r.p.register = name
	return nil
}

// policy checks what only the whole file shows.
func (r *policyReader) policy() (*Policy, error) {
	p := r.p
	p.cosigned = r.quorum != "none"
	nodes := len(p.nodeNames())
	switch {
	case p.register == "":
		return nil, Problem(Malformed, "policy", "has no log line").
			WithHint(`add a line "log VKEY" (the register's page and /api/v1/register show the key), or "origin NAME" with cosigners`)
	case !ValidRegister(p.register):
		return nil, Problem(Malformed, "policy", "names the log "+strconv.Quote(p.register)+", which cannot be a register's name")
	case len(p.logs) == 0 && !p.cosigned:
		return nil, Problem(Malformed, r.originAt, "names a register, but nobody need have signed: this would believe anyone").
			WithHint("demand cosigners with witness, group and quorum lines, or add the log's key")
	case p.holders > nodes:
		return nil, Problem(Malformed, r.holdersAt, "demands "+strconv.Itoa(p.holders)+" nodes, and there are node lines of "+strconv.Itoa(nodes))
	case !p.cosigned && nodes > 1 && p.holders > 0:
		return nil, Problem(Malformed, r.holdersAt, "demands nodes that hold content, but nobody besides the log's key vouches for the history of which they hold it").
			WithHint("demand cosigners with witness, group and quorum lines, or name one node alone")
	case p.holders == 0 && (p.cosigned || nodes == 1):
		p.holders = min(nodes, nodes*2/3+1)
	}
	if err := p.checkUnambiguous(slices.Concat(p.logs, r.cosigners)); err != nil {
		return nil, err
	}
	if p.cosigned {
		p.demands = r.known[r.quorum].conjuncts()
	}
	return p, nil
}

// A component is a part of what a policy demands: a key, or so many of others.
type component struct {
	name    string
	key     note.Verifier // nil for a group
	need    int
	members []component
}

// conjuncts returns components that together demand what c does.
func (c component) conjuncts() []component {
	if c.key != nil || c.need < len(c.members) {
		return []component{c}
	}
	var all []component
	for _, m := range c.members {
		all = append(all, m.conjuncts()...)
	}
	return all
}

// lacks says in words what c lacks, "" if it is satisfied.
func (c component) lacks(signed func(note.Verifier) bool) string {
	if c.key != nil {
		if signed(c.key) {
			return ""
		}
		return c.name
	}
	var lacking []string
	for _, m := range c.members {
		if what := m.lacks(signed); what != "" {
			lacking = append(lacking, what)
		}
	}
	has := len(c.members) - len(lacking)
	if has >= c.need {
		return ""
	}
	return c.name + " (" + strconv.Itoa(has) + " of the " + strconv.Itoa(c.need) + " demanded; not " + strings.Join(lacking, ", ") + ")"
}

// checkUnambiguous refuses a key that counts twice: torchwood would accept
// such a file and then refuse every checkpoint.
func (p *Policy) checkUnambiguous(keys []note.Verifier) error {
	for i, v := range p.nodes {
		if slices.ContainsFunc(p.nodes[:i], func(o note.Verifier) bool { return o.Name() == v.Name() && o.KeyHash() == v.KeyHash() }) {
			return Problem(Malformed, "policy", "names the key of the node "+v.Name()+" twice")
		}
	}
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

// A PolicyMember is a validator or a witness as a policy names it.
type PolicyMember struct {
	Name   string   // label in the policy, changed where it is no word, or not one of its own
	Cosign []string // verifier keys of its cosignatures, of different algorithms; all must sign
	Node   string   // verifier key of its promises and of what it holds, "" if none
}

// QuorumPolicyText returns a policy that believes a checkpoint of the register
// once need of the validators and needWitnesses of the witnesses have cosigned
// it, each with all its keys. [PolicyNeed] says how many are safe. Parse it with
// [ParsePolicy], which finds what is wrong with the keys and numbers.
func QuorumPolicyText(register string, validators []PolicyMember, need int, witnesses []PolicyMember, needWitnesses int) string {
	var b strings.Builder
	b.WriteString("origin " + register + "\n")
	for _, v := range validators {
		if v.Node != "" {
			b.WriteString("node " + v.Node + "\n")
		}
	}
	taken := labels{"validators": true, "witnesses": true, "everyone": true}
	group := func(name string, need int, members []PolicyMember) {
		var in []string
		for _, m := range members {
			in = append(in, m.write(&b, taken))
		}
		fmt.Fprintf(&b, "group %s %d %s\n", name, need, strings.Join(in, " "))
	}
	group("validators", need, validators)
	if needWitnesses == 0 {
		b.WriteString("quorum validators\n")
		return b.String()
	}
	group("witnesses", needWitnesses, witnesses)
	b.WriteString("group everyone all validators witnesses\nquorum everyone\n")
	return b.String()
}

// labels are the names that a policy text uses already.
type labels map[string]bool

// unique returns name as one word that is not in use, and takes it.
func (l labels) unique(name string) string {
	word := strings.Map(func(r rune) rune {
		if r == '#' || unicode.IsSpace(r) || !unicode.IsPrint(r) {
			return '_'
		}
		return r
	}, name)
	if word == "" {
		word = "_"
	}
	label := word
	for n := 2; l[label]; n++ {
		label = word + "~" + strconv.Itoa(n)
	}
	l[label] = true
	return label
}

// write writes the witness lines of a member, joins them under one label, and
// returns that.
func (m *PolicyMember) write(b *strings.Builder, taken labels) string {
	label := taken.unique(m.Name)
	if len(m.Cosign) == 1 {
		b.WriteString("witness " + label + " " + m.Cosign[0] + "\n")
		return label
	}
	var keys []string
	for _, vkey := range m.Cosign {
		alg, _ := CosignAlgorithmOf(vkey) // a bad key is refused when the text is parsed
		key := taken.unique(label + "/" + alg.String())
		b.WriteString("witness " + key + " " + vkey + "\n")
		keys = append(keys, key)
	}
	b.WriteString("group " + label + " all " + strings.Join(keys, " ") + "\n")
	return label
}

// PolicyNeed returns how many of a register's validators a policy should demand,
// given the power of each: the greatest of
//   - how many every set with more than two thirds of the power has at least;
//   - the least n such that any n of them have more than a third of the power:
//     one of them is honest while the dishonest have no more than that;
//   - more than half of them: two histories that satisfy the policy convict
//     somebody who signed both.
//
// With equal power that is what a quorum has. With very unequal power a quorum
// may have fewer members, and a policy waits for more signatures. Powers are
// above zero, and their sum is below 2^61. Without any the need is zero.
func PolicyNeed(powers []int64) int {
	sorted := slices.Sorted(slices.Values(powers))
	var total, most, least int64 // of all, and of the n strongest and weakest
	for _, p := range sorted {
		total += p
	}
	for i := range sorted {
		n := i + 1
		most, least = most+sorted[len(sorted)-n], least+sorted[i]
		if 3*most > 2*total && 3*least > total && 2*n > len(sorted) {
			return n
		}
	}
	return len(sorted)
}

// Register returns the name of the register the policy is about.
func (p *Policy) Register() string { return p.register }

// String returns the text form.
func (p *Policy) String() string { return p.text }

// Quorum reports whether the policy demands cosigners beside the log's key.
func (p *Policy) Quorum() bool { return p.cosigned }

// Holders returns how many of the policy's nodes must hold an entry's content
// for it to be durable: as the policy says, or more than two thirds of them. It
// is zero if nothing can be shown to be durable: the policy names no node, or
// several and no quorum that vouches for the history of which they hold it.
func (p *Policy) Holders() int { return p.holders }

// Nodes returns the keys of node lines: whose word on what they hold counts.
func (p *Policy) Nodes() note.Verifiers { return nodeKeys(p.nodes) }

type nodeKeys []note.Verifier

func (k nodeKeys) Verifier(name string, hash uint32) (note.Verifier, error) {
	for _, v := range k {
		if v.Name() == name && v.KeyHash() == hash {
			return v, nil
		}
	}
	return nil, &note.UnknownVerifierError{Name: name, KeyHash: hash}
}

// nodeNames returns the names of node lines, each once: a node that has two
// keys is one holder.
func (p *Policy) nodeNames() []string {
	var names []string
	for _, v := range p.nodes {
		if !slices.Contains(names, v.Name()) {
			names = append(names, v.Name())
		}
	}
	return names
}

// Check implements [torchwood.Policy].
func (p *Policy) Check(origin string, sigs []note.Signature) error {
	if origin != p.register {
		return fmt.Errorf("the origin is %q, not %q", origin, p.register)
	}
	return p.inner.Check(origin, sigs)
}

// Demands says in words who must have signed a checkpoint, one phrase for each
// demand: "the log's key demo.publica.example+c6fdd2ba", "3 of node1, node2,
// node3, node4".
func (p *Policy) Demands() []string {
	var out []string
	for _, v := range p.logs {
		out = append(out, logKeyWords(v))
	}
	for _, c := range p.demands {
		var members []string
		for _, m := range c.members {
			members = append(members, m.name)
		}
		if c.key != nil {
			out = append(out, c.name)
		} else {
			out = append(out, strconv.Itoa(c.need)+" of "+strings.Join(members, ", "))
		}
	}
	return out
}

func logKeyWords(v note.Verifier) string {
	return "the log's key " + v.Name() + fmt.Sprintf("+%08x", v.KeyHash())
}

// lacks lists in words what is demanded and not among sigs.
func (p *Policy) lacks(sigs []note.Signature) []string {
	signed := func(v note.Verifier) bool {
		return slices.ContainsFunc(sigs, func(s note.Signature) bool { return s.Name == v.Name() && s.Hash == v.KeyHash() })
	}
	var lacking []string
	for _, v := range p.logs {
		if !signed(v) {
			lacking = append(lacking, logKeyWords(v))
		}
	}
	for _, c := range p.demands {
		if what := c.lacks(signed); what != "" {
			lacking = append(lacking, what)
		}
	}
	return lacking
}

// cosigners returns the names of the cosigners among sigs, each once.
func (p *Policy) cosigners(sigs []note.Signature) []string {
	var names []string
	for _, s := range sigs {
		log := slices.ContainsFunc(p.logs, func(v note.Verifier) bool { return s.Name == v.Name() && s.Hash == v.KeyHash() })
		if !log && !slices.Contains(names, s.Name) {
			names = append(names, s.Name)
		}
	}
	return names
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
	if v, err := s.p.Nodes().Verifier(name, hash); err == nil {
		return v, nil
	}
	if name == s.p.register {
		return s.p.inner.Verifier(name, hash)
	}
	return nil, &note.UnknownVerifierError{Name: name, KeyHash: hash}
}

// ParseVerifier parses a C2SP verifier key ("name+hash+base64") of Ed25519.
func ParseVerifier(vkey string) (note.Verifier, error) {
	v, err := note.NewVerifier(vkey)
	if err == nil {
		err = checkVKeyText(vkey, v)
	}
	if err != nil {
		return nil, &Error{Code: Malformed, Field: "vkey", Message: "is not a verifier key", Err: err,
			Hint: "a verifier key looks like name+hash+base64"}
	}
	return v, nil
}

// checkVKeyText checks that vkey, from which v was parsed, is the one text of
// its key: others would have it count as two keys where texts are compared.
func checkVKeyText(vkey string, v note.Verifier) error {
	key, err := base64.StdEncoding.DecodeString(vkey[nthPlus(vkey, 2)+1:])
	if err != nil {
		return err
	}
	if only := fmt.Sprintf("%s+%08x+%s", v.Name(), v.KeyHash(), base64.StdEncoding.EncodeToString(key)); vkey != only {
		return errors.New("is not in its only form, " + only)
	}
	return nil
}
