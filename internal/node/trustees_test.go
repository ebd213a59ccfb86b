package node

import (
	"context"
	"encoding/json/v2"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"publica"
	"publica/internal/domain/procurement"
	"publica/internal/web"
	"publica/tender"
	"publica/trustee"
)

// Trustees beside a node make a tender's keys while nobody looks, also after the node
// was started again, and /metrics counts what they did.
func TestEmbeddedTrustees(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a node")
	}
	f, err := Found(t.TempDir(), Config{Register: "test.example", Listen: "127.0.0.1:0"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	keys, err := f.EmbedTrustees(3)
	if err != nil {
		t.Fatal(err)
	}
	again, err := f.EmbedTrustees(3)
	if err != nil || len(f.Config.Trustees) != 3 || again[2].ID() != keys[2].ID() {
		t.Fatalf("asked again it has %d trustees, %v", len(f.Config.Trustees), err)
	}
	for _, found := range CheckConfig(t.Context(), f, false, time.Now) {
		if strings.HasPrefix(found.Field, "trustees") {
			t.Errorf("config check says %+v", found)
		}
	}
	base, stop := startFolder(t, f)
	c := clientOf(t, base)
	docket := publishTender(t, f, c, keys)
	awaitStage(t, c, docket, func(p *tender.Process) bool { return p.Stage != tender.InCeremony || p.Step != trustee.Announce })
	stop()
	base, stop = startFolder(t, f)
	defer stop()
	c = clientOf(t, base)
	p := awaitStage(t, c, docket, func(p *tender.Process) bool { return p.Stage == tender.Bidding })
	if q := p.Ceremony().Keys[0].Published.Qualified; len(q) != 3 {
		t.Errorf("the key is made by %v", q)
	}
	var all []string
	for _, k := range keys {
		all = append(all, `publica_trustee_failing{trustee="`+k.ID().String()+`"} 0`, `publica_trustee_acts_total{trustee="`+k.ID().String()+`"} 4`)
	}
	awaitMetrics(t, base, all)
}

// awaitMetrics asks until /metrics shows all lines.
func awaitMetrics(t *testing.T, base string, lines []string) {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		res, err := http.Get(base + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		shown, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		missing := slices.DeleteFunc(slices.Clone(lines), func(l string) bool { return strings.Contains(string(shown), l) })
		if len(missing) == 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("/metrics lacks %q", missing)
		}
	}
}

// startFolder runs the node of a folder until stop.
func startFolder(t *testing.T, f *Folder) (base string, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ready, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- Run(ctx, f, Options{Ready: func(b string, _ web.Register) { ready <- b }}) }()
	select {
	case base = <-ready:
	case err := <-ended:
		t.Fatalf("the node ended at once: %v", err)
	}
	return base, func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the node ended with %v", err)
		}
	}
}

func clientOf(t *testing.T, base string) *publica.Client {
	t.Helper()
	info, err := publica.Discover(t.Context(), nil, base)
	if err != nil {
		t.Fatal(err)
	}
	policy, err := publica.ParsePolicy([]byte(info.PolicyText()))
	if err != nil {
		t.Fatal(err)
	}
	c, err := publica.NewClient(base, policy)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// publishTender publishes a tender whose trustees are the buyer's own.
func publishTender(t *testing.T, f *Folder, c *publica.Client, trustees []*publica.PrivateKey) publica.DocketID {
	t.Helper()
	founder, err := f.Key("founder")
	if err != nil {
		t.Fatal(err)
	}
	now := publica.TimeOf(time.Now())
	say := func(kind publica.Kind, in publica.DocketID, of publica.BodyID, body any, part string) publica.EntryID {
		t.Helper()
		raw, err := json.Marshal(body, json.Deterministic(true))
		if err != nil {
			t.Fatal(err)
		}
		e := publica.Entry{Body: raw, Docket: in, For: of, Kind: kind, Made: now, Nonce: publica.NewNonce(nil), Register: f.Config.Register}
		var content []publica.Content
		if part != "" {
			text, p := publica.NewContent(part, "text/plain", []byte("Salt"))
			e.Content, content = []publica.Part{p}, []publica.Content{text}
		}
		s, err := publica.NewSubmission(founder, e, content...)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Submit(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		_, v, err := c.Receipt(t.Context(), s.Signed.ID(), time.Minute)
		if err != nil || v.Leaf == nil || v.Leaf.Refused != nil {
			t.Fatalf("%s: %+v, %v", kind, v, err)
		}
		return s.Signed.ID()
	}
	none, nobody := publica.DocketID{}, publica.BodyID{}
	buyer := publica.BodyID(say("identity/body", none, nobody, map[string]any{"name": "Office", "type": "agency"}, ""))
	say("identity/grant", none, buyer, map[string]any{"key": founder.ID(), "role": "coordinator"}, "")
	var all []map[string]any
	for _, k := range trustees {
		say("identity/grant", none, buyer, map[string]any{"key": k.ID(), "role": "member"}, "")
		all = append(all, map[string]any{"body": buyer, "key": k.ID()})
	}
	docket := publica.DocketID(say("docket/open", none, buyer, map[string]any{"type": "tender", "languages": []string{"en"},
		"charter": map[string]any{"contribute": "anyone", "reviewers": []publica.BodyID{buyer}}}, "title"))
	say("procurement/plan", docket, buyer, map[string]any{"category": "goods"}, "text")
	say("procurement/publish", docket, buyer, map[string]any{"ceremony_hours": 24, "criteria": []map[string]any{{"id": "price", "method": "price", "weight": 100}},
		"currency": "USD", "deadline": now.Add(60 * 24 * time.Hour), "embedded": true, "enquiries": now.Add(30 * 24 * time.Hour), "envelopes": 1, "mode": "public",
		"profile": "ocds-open", "rules": procurement.BuiltInRules, "threshold": 1, "trustees": all}, "text")
	return docket
}

// awaitStage reads a tender until it has come so far.
func awaitStage(t *testing.T, c *publica.Client, docket publica.DocketID, so func(*tender.Process) bool) *tender.Process {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); ; time.Sleep(100 * time.Millisecond) {
		p, _, err := trustee.Read(t.Context(), c, docket)
		if err != nil {
			t.Fatal(err)
		}
		if so(p) {
			return p
		}
		if time.Now().After(end) {
			t.Fatalf("the tender stays in the stage %s %s", p.Stage, p.Step)
		}
	}
}

// What is wrong with a trustee's settings is said before the node starts.
func TestTrusteesOfTheConfiguration(t *testing.T) {
	f, err := Found(t.TempDir(), Config{Register: "test.example", Listen: "127.0.0.1:0"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.EmbedTrustees(2); err != nil {
		t.Fatal(err)
	}
	good := f.Config.Trustees
	policy := func(text string) string {
		path := filepath.Join(t.TempDir(), "policy.txt")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	elsewhere := policy("origin other.example\n")
	open := t.TempDir()
	chmod(t, open, 0o755)
	for _, c := range []struct {
		name  string
		spoil func(*Trustee)
		want  string
	}{
		{"nothing", func(*Trustee) {}, ""},
		{"no key", func(c *Trustee) { c.KeyFile = "" }, "trustees.1.key_file is missing"},
		{"the node's key", func(c *Trustee) { c.KeyFile = "keys/intake.key" }, "trustees.1.key_file is the node's intake.key"},
		{"no key at all", func(c *Trustee) { c.KeyFile = "keys/log.key" }, "trustees.1.key_file cannot be used: key: is not a Publica key file"},
		{"one key twice", func(c *Trustee) { c.KeyFile = good[0].KeyFile }, "trustees.1.key_file or secrets_dir is that of another"},
		{"one folder twice", func(c *Trustee) { c.SecretsDir = good[0].SecretsDir }, "trustees.1.key_file or secrets_dir is that of another"},
		{"no folder", func(c *Trustee) { c.SecretsDir = "" }, "trustees.1.secrets_dir is missing"},
		{"an open folder", func(c *Trustee) { c.SecretsDir = open }, "trustees.1.secrets_dir is no folder, or one that others can read"},
		{"a node without a policy", func(c *Trustee) { c.Node = "https://node2.example" }, "trustees.1.policy_file is missing"},
		{"a policy without a node", func(c *Trustee) { c.PolicyFile = elsewhere }, "trustees.1.policy_file is given, but no node"},
	} {
		spoilt := good[1]
		c.spoil(&spoilt)
		f.Config.Trustees = []Trustee{good[0], spoilt}
		var found []string
		for _, x := range CheckConfig(t.Context(), f, false, time.Now) {
			if strings.HasPrefix(x.Field, "trustees") {
				found = append(found, x.Field+" "+x.Said)
			}
		}
		if said := strings.Join(found, "; "); !strings.HasPrefix(said, c.want) || c.want == "" && said != "" {
			t.Errorf("%s: found %q, want %q", c.name, said, c.want)
		}
	}
	f.Config.Trustees = good
	chmod(t, f.path(good[0].KeyFile), 0o644)
	if _, err := f.trustees(); publica.CodeOf(err) != publica.Invalid {
		t.Errorf("a key that others can read gives %v", err)
	}
}
