package node

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"publica"
	"publica/internal/ledger"
	"publica/internal/machine"
)

// A Finding is what a check of the configuration has to say about a setting.
type Finding struct {
	Fault bool   // the node cannot do its work like that; else it is advice
	Field string // setting or file
	Said  string
	Cure  string
}

// CheckConfig looks at everything a node reads when it starts: settings, keys,
// genesis, disk and clock. With dial it also tries to reach the validators and
// witnesses, and compares clocks with the validators'. Nothing is changed.
func CheckConfig(ctx context.Context, f *Folder, dial bool, now func() time.Time) []Finding {
	c := &inspection{f: f, now: now}
	c.settings()
	c.keys()
	c.disk()
	validators := c.genesis()
	if dial {
		c.reach(ctx, validators)
	}
	return c.found
}

type inspection struct {
	f     *Folder
	now   func() time.Time
	found []Finding
}

func (c *inspection) fault(field, said, cure string) {
	if f := (Finding{true, field, said, cure}); !slices.Contains(c.found, f) {
		c.found = append(c.found, f)
	}
}

func (c *inspection) advise(field, said, cure string) {
	c.found = append(c.found, Finding{false, field, said, cure})
}

// err notes an error under a field, unless it names a better one.
func (c *inspection) err(field string, err error) {
	if err == nil {
		return
	}
	if e, ok := errors.AsType[*publica.Error](err); ok {
		if e.Field != "" {
			field = e.Field
		}
		said := e.Message
		if e.Err != nil {
			said += ": " + e.Err.Error()
		}
		c.fault(field, said, e.Hint)
		return
	}
	c.fault(field, err.Error(), "")
}

// settings looks at the values of publica.toml.
func (c *inspection) settings() {
	cfg := &c.f.Config
	if err := cfg.checkNames(); err != nil {
		c.err("", err)
	}
	c.hostPort("listen", cfg.Listen)
	if host, _, err := net.SplitHostPort(cfg.Listen); err == nil && !loopback(host) {
		c.advise("listen", "is not on loopback, and the node speaks plain HTTP", "listen on 127.0.0.1 behind a proxy that speaks TLS")
	}
	switch u, err := url.Parse(cfg.URL); {
	case cfg.URL == "":
		c.advise("public_url", "is empty", "say where the public reaches this node, https://host")
	case err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || u.Path != "" || u.RawQuery != "":
		c.fault("public_url", "is not the address of a site", `write it like "https://node1.example.org", with nothing after the host`)
	case u.Scheme == "http" && !loopback(u.Hostname()):
		c.advise("public_url", "is plain HTTP: signing in the browser needs HTTPS", "put a proxy that speaks TLS before the node")
	}
	_, err := cfg.proxies()
	c.err("proxies", err)
	if cfg.Signer != "" && !strings.Contains(cfg.Signer, "://") { // the engine's own forms are its own matter
		c.peer("signer", cfg.Signer, `publicad sign --identity prints the signer's id; write ID@10.0.0.2:26659`)
	}
	if cfg.Peers.Listen != "" {
		c.hostPort("peers.listen", cfg.Peers.Listen)
	}
	for _, p := range cfg.Peers.Followers {
		c.peer("peers.followers", p, "the id stands in the follower's validator.json under peer; write ID@host:port")
	}
	if cfg.Limits.PromiseFree < 0 {
		c.fault("limits.promise_free_bytes", "is negative", "write a positive number, or 0 for the default")
	}
	if cfg.Limits.ClockSkewSeconds < 0 {
		c.fault("limits.clock_skew_seconds", "is negative", "write a positive number, or 0 for the default")
	}
	look, err := c.f.look()
	c.err("theme", err)
	for _, wrong := range look.Check() {
		c.err("theme", wrong)
	}
	c.witnesses()
	_, err = c.f.mail()
	c.err("mail", err)
	_, err = c.f.drafter()
	c.err("assist", err)
	_, err = cfg.Data.terms()
	c.err("data", err)
	_, err = c.f.webhooks()
	c.err("webhooks", err)
	_, err = c.f.trustees()
	c.err("trustees", err)
	if _, err := c.f.signIn(); err != nil {
		if e, ok := errors.AsType[*publica.Error](err); ok {
			c.fault(e.Field, e.Message, e.Hint)
		} else {
			c.fault("sign_in", err.Error(), "see docs/operating.md")
		}
	}
}

func (c *inspection) hostPort(field, address string) {
	if _, port, err := net.SplitHostPort(address); err != nil {
		c.fault(field, address+" is not host:port", `write it like "10.0.0.2:26656"`)
	} else if _, err := net.DefaultResolver.LookupPort(context.Background(), "tcp", port); err != nil {
		c.fault(field, "has no port that exists: "+port, `write it like "10.0.0.2:26656"`)
	}
}

// peer checks id@host:port.
func (c *inspection) peer(field, text, cure string) {
	id, address, _ := strings.Cut(text, "@")
	if raw, err := hex.DecodeString(id); err != nil || len(raw) != 20 {
		c.fault(field, text+" does not start with the id of a peer, 40 hexadecimal digits", cure)
		return
	}
	c.hostPort(field, address)
}

func loopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}

func (c *inspection) witnesses() {
	seen := map[string]bool{}
	for i, w := range c.f.Config.Witnesses {
		at := fmt.Sprintf("witnesses[%d].", i)
		if w.Name == "" || strings.ContainsAny(w.Name, " \t+#") {
			c.fault(at+"name", "is not one word", "name it as policies should")
		}
		if u, err := url.Parse(w.URL); err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
			c.fault(at+"url", "is not the address of a witness", "ask its operator for the submission prefix")
		}
		if _, err := publica.ParseCosignVerifier(w.VKey); err != nil {
			c.fault(at+"vkey", "is not a cosigner's verifier key", "ask the witness's operator for it: name+hash+base64")
		}
		if seen["name "+w.Name] || seen["vkey "+w.VKey] {
			c.fault(at+"name", "repeats a witness", "name each one once")
		}
		seen["name "+w.Name], seen["vkey "+w.VKey] = true, true
	}
}

// keys looks for the keys the node signs with, and those it need not have.
func (c *inspection) keys() {
	if info, err := os.Stat(c.f.path("keys")); err == nil && info.Mode().Perm()&0o077 != 0 {
		c.fault(c.f.path("keys"), "can be read by others", "chmod 700 "+c.f.path("keys"))
	}
	for _, name := range []string{"log", "node"} {
		owner := c.f.Config.Register
		if name == "node" {
			owner = c.f.Config.NodeName()
		}
		k, err := c.f.logKey(name)
		c.err(name+".key", err)
		if err == nil && k.Name() != owner {
			c.fault(c.f.path("keys", name+".key"), "signs in the name of "+k.Name()+", not of "+owner, "put this node's own key there")
		}
	}
	cosigners, err := c.f.cosigners()
	c.err("cosign.key", err)
	for _, k := range cosigners {
		if k.Name() != c.f.Config.NodeName() {
			c.fault(c.f.path("keys"), "has a cosigner's key in the name of "+k.Name()+", not of "+c.f.Config.NodeName(), "put this node's own keys there")
		}
	}
	_, err = c.f.Key("intake")
	c.err("intake.key", err)
	for _, name := range []string{"governor", "founder"} {
		switch _, err := c.f.Key(name); {
		case publica.CodeOf(err) == publica.NotFound: // as it should be
		case err != nil:
			c.err(name+".key", err)
		default:
			c.advise(c.f.path("keys", name+".key"), "lies on the node, which does not need it", "keep it off the machine: whoever takes the machine could speak for the body")
		}
	}
}

func (c *inspection) disk() {
	free, err := freeBytes(c.f.dir)
	c.err(c.f.dir, err)
	if least := c.f.Config.Limits.PromiseFree; err == nil && free < least {
		c.fault("limits.promise_free_bytes", fmt.Sprintf("%d MiB are free in %s, below %d MiB nothing is promised", free>>20, c.f.dir, least>>20), "make room on the disk")
	}
}

// genesis looks whether the genesis is sound and names this node as it is, and
// returns the validators it names.
func (c *inspection) genesis() []machine.Validator {
	path := c.f.path("genesis.json")
	g, raw, err := c.f.genesis()
	if err != nil {
		c.err(path, err)
		return nil
	}
	if again, err := EncodeGenesis(g); err != nil || !bytes.Equal(again, raw) {
		c.fault(path, "was changed since publicad wrote it", "copy it again, byte by byte: the register starts from these bytes")
	}
	if g.Register != c.f.Config.Register {
		c.fault(path, "is of "+g.Register+", publica.toml is of "+c.f.Config.Register, "put each node's files in a folder of its own")
		return nil
	}
	c.err(path, checkGenesis(g))
	if g.Time > publica.TimeOf(c.now()) {
		c.fault("clock", "is behind the genesis, which was made at "+g.Time.String(), "set the machine's clock (NTP)")
	}
	listed, ok := c.f.Self(g)
	if !ok {
		if len(g.Validators) > 0 {
			c.advise("name", c.f.Config.NodeName()+" is no validator in the genesis: the node follows, until it is admitted", "if it should be one, compare the name with validator.json")
		}
		return g.Validators
	}
	if c.f.Config.URL != "" && c.f.Config.URL != listed.URL {
		c.advise("public_url", "is "+c.f.Config.URL+", the genesis says "+listed.URL, "the register shows what the genesis says, until it is changed by governance")
	}
	c.self(path, &listed)
	return g.Validators
}

// self compares what the genesis says of this node with its keys. Keys that are
// missing are said so elsewhere, or here, and never made.
func (c *inspection) self(path string, listed *machine.Validator) {
	same := func(key, file string, ok bool) {
		if !ok {
			c.fault(path, "names another "+key+" key for "+listed.Name+" than "+file+" holds", "found the register with this node's own validator.json")
		}
	}
	if keys, err := c.f.noteKeys(); err == nil {
		own := c.f.named(keys)
		same("log", "keys/log.key", own.Log == listed.Log)
		same("node", "keys/node.key", own.Node == listed.Node)
		same("cosign", "keys/cosign.key or keys/cosign-pq.key", slices.Equal(own.Cosign, listed.Cosign))
	}
	if c.f.Config.Signer != "" {
		card, err := ReadCard(c.f.path("validator.json"))
		c.err(c.f.path("validator.json"), err)
		same("consensus", "validator.json", err != nil || bytes.Equal(card.Validator.Consensus, listed.Consensus))
	}
	files := []string{"engine/config/node_key.json", "engine/config/priv_validator_key.json"}
	for _, file := range files {
		if _, err := os.Stat(c.f.path(file)); err != nil {
			c.fault(c.f.path(file), "is missing", "put it back, or make the node anew with publicad init and have it admitted")
			return
		}
	}
	id, err := ledger.LoadIdentity(c.f.dir)
	if err != nil {
		c.err(c.f.path("engine"), err)
		return
	}
	same("peer", files[0], id.Peer == listed.Peer)
	if c.f.Config.Signer == "" {
		same("consensus", files[1], bytes.Equal(id.Validator, listed.Consensus))
	}
}

// reach tries the other nodes and the witnesses.
func (c *inspection) reach(ctx context.Context, validators []machine.Validator) {
	for i := range validators {
		v := &validators[i]
		if v.Name == c.f.Config.NodeName() {
			continue
		}
		c.dial(ctx, v.Name+"/address", v.Address)
		c.clock(ctx, v)
	}
	for i, w := range c.f.Config.Witnesses {
		if u, err := url.Parse(w.URL); err == nil && u.Host != "" {
			port := u.Port()
			if port == "" {
				port = u.Scheme
			}
			c.dial(ctx, fmt.Sprintf("witnesses[%d].url", i), net.JoinHostPort(u.Hostname(), port))
		}
	}
}

// patience is how long a node or witness has to answer.
const patience = 5 * time.Second

func (c *inspection) dial(ctx context.Context, field, address string) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		c.fault(field, "cannot be reached: "+err.Error(), "is it running, and does the firewall let this node through?")
		return
	}
	_ = conn.Close() // it was opened only to see whether it can be
}

// clock compares this clock with the one in the answers of another node.
func (c *inspection) clock(ctx context.Context, v *machine.Validator) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, v.URL+"/healthz", nil)
	if err != nil {
		c.fault(v.Name+"/url", "cannot be asked: "+err.Error(), "")
		return
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		c.fault(v.Name+"/url", "cannot be reached: "+err.Error(), "is it running, and does the firewall let this node through?")
		return
	}
	res.Body.Close()
	there, err := http.ParseTime(res.Header.Get("Date"))
	if err != nil {
		return // a proxy that says no time
	}
	skew := c.now().Sub(there) // Date has whole seconds
	if limit := c.f.Config.Limits.ClockSkew() + time.Second; skew.Abs() > limit {
		c.fault("clock", fmt.Sprintf("is %v from that of %s", skew.Round(time.Second), v.Name), "set the machine's clock (NTP)")
	}
}
