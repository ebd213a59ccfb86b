package machine

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"publica"
)

// A Validator is a node that takes part in deciding blocks, and the keys by
// which the public knows it.
type Validator struct {
	Address   string         `json:"address"`   // host:port among peers; "" if it decides alone
	Body      publica.BodyID `json:"body"`      // that runs it
	Consensus []byte         `json:"consensus"` // ed25519 public key of its votes, 32 bytes, base64
	Cosign    []string       `json:"cosign"`    // C2SP verifier keys of its cosignatures: Ed25519, ML-DSA-44
	Log       string         `json:"log"`       // C2SP verifier key by which it signs checkpoints as the log
	Name      string         `json:"name"`      // of its cosignatures and promises: one word before the register's name, node1.register.example.org
	Node      string         `json:"node"`      // C2SP verifier key of its promises and attestations
	Peer      string         `json:"peer"`      // its id among peers, 40 hexadecimal digits
	Power     int64          `json:"power"`     // of its vote, 1 to [MaxPower]; policies count validators, not power
	URL       string         `json:"url"`       // where it serves the public; may be ""
}

const (
	// MaxValidators leaves room for witnesses among the 100 signature lines
	// that a checkpoint may have: every validator adds three.
	MaxValidators = 30
	// MaxPower keeps the sum of all far from what consensus can count.
	MaxPower = 1000
)

// A Power is what a validator's vote weighs from some block on.
type Power struct {
	Key   []byte // ed25519 public key of its votes, 32 bytes
	Power int64  // 0: it has left
}

var validators = NewTable[Validator]("validator") // consensus key

// Validators returns who decides blocks in the committed state, sorted by
// consensus key. There are none where the genesis named none: then the node
// that founded the register decides alone.
func Validators(r Reader) ([]Validator, error) {
	b := &Block{reader: r}
	all := (&Tx{block: b}).Validators()
	return all, b.err
}

// Validators returns who decides blocks, sorted by consensus key.
func (tx *Tx) Validators() []Validator { return slices.Collect(values(validators.Scan(tx, nil))) }

func values[K, V any](pairs iter.Seq2[K, V]) iter.Seq[V] {
	return func(yield func(V) bool) {
		for _, v := range pairs {
			if !yield(v) {
				return
			}
		}
	}
}

// SetValidators has others decide blocks from one of the next blocks on; they
// have passed [Tx.CheckValidators].
func (tx *Tx) SetValidators(next []Validator) {
	for _, v := range tx.Validators() {
		if !slices.ContainsFunc(next, func(n Validator) bool { return bytes.Equal(n.Consensus, v.Consensus) }) {
			validators.Delete(tx, v.Consensus)
		}
	}
	for i := range next {
		validators.Put(tx, next[i].Consensus, next[i])
	}
}

// CheckValidators returns an [publica.Error], naming the field under at, if
// these cannot decide blocks: there must be one at least, each with keys, name
// and address of its own. A register whose genesis named none never has any.
func (tx *Tx) CheckValidators(at string, next []Validator) error {
	if len(tx.Validators()) == 0 {
		return publica.Problem(publica.Conflict, at, "cannot be: this register was founded without validators, and the node that founded it decides alone")
	}
	if len(next) == 0 {
		return publica.Problem(publica.Conflict, at, "would leave nobody to decide blocks").WithHint("admit another validator first")
	}
	return checkValidators(tx.block.machine.register, func(int) string { return at }, next)
}

// powers returns whose power the block changes, in the order of their keys.
func (b *Block) powers() []Power {
	var changed []Power
	committed := &Tx{block: &Block{reader: b.reader}}
	for key := range b.over {
		consensus, ok := strings.CutPrefix(key, validators.prefix)
		if !ok {
			continue
		}
		before, _ := validators.Get(committed, []byte(consensus))
		after, _ := validators.Get(&b.tx, []byte(consensus))
		if before.Power != after.Power {
			changed = append(changed, Power{[]byte(consensus), after.Power})
		}
	}
	if committed.block.err != nil {
		b.fail(committed.block.err)
	}
	slices.SortFunc(changed, func(x, y Power) int { return bytes.Compare(x.Key, y.Key) })
	return changed
}

// checkValidators refuses a set in which one is malformed or two share what
// must be theirs alone.
func checkValidators(register string, at func(i int) string, all []Validator) error {
	if len(all) > MaxValidators {
		return publica.Problem(publica.TooLarge, at(MaxValidators), "is one validator too many: a register has at most "+strconv.Itoa(MaxValidators))
	}
	taken := map[string]bool{}
	for i := range all {
		field := at(i)
		if err := all[i].Check(register, field); err != nil {
			return err
		}
		for _, own := range all[i].own() {
			if taken[own.what] {
				return publica.Problem(publica.Conflict, field+"/"+own.field, "is that of another validator too, or stands twice").
					WithHint("every node has keys, a name and an address of its own")
			}
			taken[own.what] = true
		}
	}
	return nil
}

// belonging is what may stand once among all validators.
type belonging struct{ field, what string }

// own returns what no other validator may have, each with its field. A key of a
// note is told by name and hash: by these its signatures are found.
func (v *Validator) own() []belonging {
	all := []belonging{{"name", "name " + v.Name}, {"consensus", "consensus " + string(v.Consensus)}, {"peer", "peer " + v.Peer},
		{"log", "key " + KeyName(v.Log)}, {"node", "key " + KeyName(v.Node)}}
	for _, c := range v.Cosign {
		all = append(all, belonging{"cosign", "key " + KeyName(c)})
	}
	if v.Address != "" {
		all = append(all, belonging{"address", "address " + v.Address})
	}
	return all
}

// KeyName returns the name and hash of a verifier key that [Validator.Check]
// has passed: "name+hash", by which notes say who signed.
func KeyName(vkey string) string { return vkey[:strings.IndexByte(vkey, '+')+1+8] }

// checkName refuses what is not one word before the register's name. That word
// names the validator's group in policies.
func checkName(register, at, name string) error {
	word, ok := strings.CutSuffix(name, "."+register)
	if !ok || word == "" || strings.Contains(word, ".") || strings.Contains(name, "/") || !publica.ValidRegister(name) {
		return publica.Problem(publica.Invalid, at, "is not the name of a node: one word before the name of the register").
			WithHint(`for example "node1.` + register + `"`)
	}
	if slices.Contains(policyWords, word) {
		return publica.Problem(publica.Invalid, at, "begins with a word that means something else in policies").
			WithHint("none of " + strings.Join(policyWords, ", "))
	}
	return nil
}

var policyWords = []string{"all", "any", "everyone", "group", "none", "outside", "validators", "witnesses"}

// Check refuses a validator whose fields are not what they must be, naming the
// field under at. It parses the keys.
func (v *Validator) Check(register, at string) error {
	invalid := func(field, message, hint string) error {
		return publica.Problem(publica.Invalid, at+"/"+field, message).WithHint(hint)
	}
	if err := checkName(register, at+"/name", v.Name); err != nil {
		return err
	}
	switch {
	case v.Body == publica.BodyID{}:
		return invalid("body", "is missing", "the id of the body that runs the node")
	case len(v.Consensus) != 32:
		return invalid("consensus", "is not an ed25519 public key: 32 bytes in base64", "publicad init writes it to validator.json")
	case len(v.Peer) != 40 || v.Peer != strings.ToLower(v.Peer) || !isHex(v.Peer):
		return invalid("peer", "is not the id of a peer: 40 lower-case hexadecimal digits", "publicad init writes it to validator.json")
	case v.Power < 1 || v.Power > MaxPower:
		return invalid("power", "is not between 1 and "+strconv.Itoa(MaxPower), "give equal validators 10")
	case v.Address != "" && !isAddress(v.Address):
		return invalid("address", "is not host:port", `for example "node1.example.org:26656"`)
	case v.URL != "" && !IsURL(v.URL):
		return invalid("url", "is not an http or https address of at most 1000 bytes", `for example "https://node1.example.org"`)
	case len(v.Cosign) != 2:
		return invalid("cosign", "is not two keys", "one Ed25519, one ML-DSA-44")
	}
	if err := keyIn(at+"/log", v.Log, register); err != nil {
		return err
	}
	if err := keyIn(at+"/node", v.Node, v.Name); err != nil {
		return err
	}
	for i, want := range []publica.CosignAlgorithm{publica.Ed25519Cosign, publica.MLDSA44Cosign} {
		field := at + "/cosign/" + strconv.Itoa(i)
		key, err := publica.ParseCosignVerifier(v.Cosign[i])
		if err != nil {
			return &publica.Error{Code: publica.Invalid, Field: field, Message: "is not a cosigner's verifier key", Err: err}
		}
		if alg, err := publica.CosignAlgorithmOf(v.Cosign[i]); err != nil || alg != want {
			return publica.Problem(publica.Invalid, field, "is not a key of "+want.String())
		}
		if key.Name() != v.Name {
			return publica.Problem(publica.Invalid, field, "is a key in the name of "+key.Name()+", not of "+v.Name)
		}
	}
	return nil
}

// keyIn refuses what is not a verifier key in that name, in its only form.
func keyIn(field, vkey, name string) error {
	key, err := publica.ParseVerifier(vkey)
	if err != nil {
		return &publica.Error{Code: publica.Invalid, Field: field, Message: "is not a verifier key", Err: err}
	}
	if key.Name() != name {
		return publica.Problem(publica.Invalid, field, "is a key in the name of "+key.Name()+", not of "+name)
	}
	_, rest, _ := strings.Cut(vkey, "+")
	_, text, _ := strings.Cut(rest, "+")
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil || vkey != fmt.Sprintf("%s+%08x+%s", name, key.KeyHash(), base64.StdEncoding.EncodeToString(raw)) {
		return publica.Problem(publica.Invalid, field, "is a verifier key, but not in its only form").
			WithHint("the hash in lower case, the key in base64 without line ends or stray bits")
	}
	return nil
}

func isHex(s string) bool {
	_, err := hex.DecodeString(s)
	return err == nil
}

func isAddress(s string) bool {
	i := strings.LastIndexByte(s, ':')
	if i < 1 || len(s) > 300 || !printable(s) || strings.ContainsAny(s, "/@, ") {
		return false
	}
	port, err := strconv.ParseUint(s[i+1:], 10, 16)
	return err == nil && port > 0
}

// IsURL reports whether s is an http or https address of at most 1000 bytes.
func IsURL(s string) bool {
	return len(s) <= 1000 && (strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://")) && printable(s)
}

func printable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > unicode.MaxASCII })
}
