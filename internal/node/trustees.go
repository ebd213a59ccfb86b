package node

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"publica"
	"publica/internal/web"
	"publica/trustee"
)

// Trustee is a trustee of tenders that runs beside the node.
type Trustee struct {
	KeyFile    string `toml:"key_file"`    // mode 0600; no key of the node
	SecretsDir string `toml:"secrets_dir"` // mode 0700, its own
	Node       string `toml:"node"`        // address of another node to follow; empty: this one
	PolicyFile string `toml:"policy_file"` // whom to believe of it
}

// trustees returns the trustees of the configuration, but whom to believe of this
// node and where its pages are.
func (f *Folder) trustees() (all []trustee.Config, err error) {
	seen := map[string]bool{}
	for i, c := range f.Config.Trustees {
		at := "trustees." + strconv.Itoa(i) + "."
		t := trustee.Config{Node: c.Node, Folder: f.below(c.SecretsDir)}
		text, err := f.secretFile(at+"key_file", c.KeyFile)
		if err != nil {
			return nil, err
		}
		if t.Key, err = publica.ParsePrivateKey([]byte(text)); err != nil {
			return nil, inSetting(at+"key_file", err)
		}
		if err := f.ownKey(at+"key_file", t.Key.ID()); err != nil {
			return nil, err
		}
		if c.SecretsDir == "" {
			return nil, publica.Problem(publica.Invalid, at+"secrets_dir", "is missing").WithHint("name a folder for what this trustee keeps of each tender")
		}
		if info, err := os.Stat(t.Folder); err == nil && (!info.IsDir() || info.Mode().Perm()&0o077 != 0) {
			return nil, publica.Problem(publica.Invalid, at+"secrets_dir", "is no folder, or one that others can read").WithHint("chmod 700 " + t.Folder)
		}
		if seen[t.Key.ID().String()] || seen[t.Folder] {
			return nil, publica.Problem(publica.Invalid, at+"key_file", "or secrets_dir is that of another trustee").WithHint("give each a key and a folder of its own")
		}
		seen[t.Key.ID().String()], seen[t.Folder] = true, true
		if t.Policy, err = f.trusteePolicy(at, &c); err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, nil
}

// ownKey refuses a key by which the node signs for something else: who has the one
// must not have the other.
func (f *Folder) ownKey(field string, id publica.KeyID) error {
	for _, name := range []string{"intake", "governor", "founder"} {
		if k, err := f.Key(name); err == nil && k.ID() == id {
			return publica.Problem(publica.Invalid, field, "is the node's "+name+".key").WithHint("make the trustee a key of its own: publica keygen -o trustee.key")
		}
	}
	return nil
}

// trusteePolicy returns whom to believe of another node, nil of this one.
func (f *Folder) trusteePolicy(at string, c *Trustee) (func() (*publica.Policy, error), error) {
	switch {
	case c.Node == "" && c.PolicyFile == "":
		return nil, nil
	case c.Node == "":
		return nil, publica.Problem(publica.Invalid, at+"policy_file", "is given, but no node").WithHint("of this node its own keys are believed; name another, or remove the policy")
	case c.PolicyFile == "":
		return nil, publica.Problem(publica.Invalid, at+"policy_file", "is missing").WithHint("another node is believed by a policy only: publica trust prints one to compare")
	}
	text, err := os.ReadFile(f.below(c.PolicyFile))
	if err != nil {
		return nil, inSetting(at+"policy_file", err)
	}
	p, err := publica.ParsePolicy(text)
	if err != nil {
		return nil, inSetting(at+"policy_file", err)
	}
	if p.Register() != f.Config.Register {
		return nil, publica.Problem(publica.Invalid, at+"policy_file", "is about "+p.Register()+", this node is of "+f.Config.Register)
	}
	if _, err := publica.NewClient(c.Node, p); err != nil {
		return nil, publica.Problem(publica.Invalid, at+"node", "is not the address of a node").WithHint(`write it like "https://node2.example.org"`)
	}
	return func() (*publica.Policy, error) { return p, nil }, nil
}

// inSetting says which setting names what cannot be read.
func inSetting(field string, err error) error {
	e := &publica.Error{Code: publica.Invalid, Field: field, Message: "cannot be used", Err: err}
	if cause, ok := errors.AsType[*publica.Error](err); ok {
		e.Hint = cause.Hint
	}
	return e
}

// below returns a path below the node's folder, or an absolute one as it is.
func (f *Folder) below(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return f.path(path)
}

// embedTrustees starts the trustees of the configuration beside a node whose pages
// are at base. Of their own node they believe what its validators' keys on record
// say, as they stand at the moment.
func embedTrustees(f *Folder, reg *register, base string, o Options) (all []*trustee.Service, err error) {
	configs, err := f.trustees()
	if err != nil {
		return nil, err
	}
	for _, c := range configs {
		c.Log, c.Now = o.Log, func() publica.Time { return publica.TimeOf(o.Now()) }
		if c.Policy == nil {
			c.Node, c.Policy, c.Every = base, reg.ownPolicy, time.Second
			c.Stale = staleEmbedded
		}
		s, err := trustee.NewService(c)
		if err != nil {
			return all, err
		}
		all = append(all, s)
	}
	return all, nil
}

// staleEmbedded is longer than any register may be silent: nobody stands between a
// node and itself who could hide what is new.
const staleEmbedded = 25 * time.Hour

// ownPolicy believes this node if it is alone, else a quorum of the validators.
func (r *register) ownPolicy() (*publica.Policy, error) {
	return publica.ParsePolicy([]byte(suggestedPolicy(r.founding.Name, r.founding.LogKey, r.founding.NodeKey, r.head.Load().validators, nil)))
}

// measureTrustees shows how the trustees fare at /metrics. The node does not stop
// taking entries because one of them fails: /readyz says nothing of it.
func measureTrustees(site *web.Site, all []*trustee.Service) {
	for _, s := range all {
		labels := map[string]string{"trustee": s.Key.ID().String()}
		measure := func(name, help string, counter bool, of func(trustee.Status) float64) {
			site.Measure(web.Measure{Name: name, Help: help, Labels: labels, Counter: counter, Value: func() float64 { return of(s.Status()) }})
		}
		measure("publica_trustee_acts_total", "Steps of ceremonies and openings that an embedded trustee took.", true, func(x trustee.Status) float64 { return float64(x.Taken()) })
		measure("publica_trustee_failures_total", "Tries of an embedded trustee that failed.", true, func(x trustee.Status) float64 { return float64(x.FailedTries()) })
		measure("publica_trustee_failing", "1 if what an embedded trustee tried last failed, in any tender.", false, func(x trustee.Status) float64 {
			if x.Failing() {
				return 1
			}
			return 0
		})
		measure("publica_trustee_reached_timestamp_seconds", "When an embedded trustee last heard from the register.", false, func(x trustee.Status) float64 { return float64(x.Reached) / 1000 })
	}
}

// EmbeddedTrustees names the keys and folders of n trustees that run beside a node
// for demonstrations and tests: trustees/1.key, trustees/1 and so on.
func EmbeddedTrustees(n int) (all []Trustee) {
	for i := range n {
		name := filepath.Join("trustees", strconv.Itoa(i+1))
		all = append(all, Trustee{KeyFile: name + ".key", SecretsDir: name})
	}
	return all
}

// EmbedTrustees has this node run n trustees of tenders, as [EmbeddedTrustees] names
// them, beside those of its publica.toml, and returns their keys, which are made if
// they are missing. Trustees that one operator runs are not independent.
func (f *Folder) EmbedTrustees(n int) (keys []*publica.PrivateKey, err error) {
	if err := os.MkdirAll(f.path("trustees"), 0o700); err != nil {
		return nil, fmt.Errorf("make the trustees' folder: %w", err)
	}
	for _, x := range EmbeddedTrustees(n) {
		if _, err := os.Stat(f.path(x.KeyFile)); errors.Is(err, fs.ErrNotExist) {
			if _, err := f.drawKeyIn(x.KeyFile); err != nil {
				return nil, err
			}
		}
		k, err := ReadKeyFile(f.path(x.KeyFile))
		if err != nil {
			return nil, err
		}
		keys = append(keys, k)
		if !slices.ContainsFunc(f.Config.Trustees, func(t Trustee) bool { return t.KeyFile == x.KeyFile }) {
			f.Config.Trustees = append(f.Config.Trustees, x)
		}
	}
	return keys, nil
}

// ReadKeyFile reads a key that signs entries, and refuses a file that others may
// read.
func ReadKeyFile(path string) (*publica.PrivateKey, error) {
	text, err := readPrivate(path)
	if err != nil {
		return nil, err
	}
	return publica.ParsePrivateKey(text)
}
