package trustee_test

import (
	"encoding/json/v2"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"publica"
	"publica/internal/registertest"
	"publica/tender"
	"publica/trustee"
)

// A scene is a tender on a register of the true rules, with trustees that run by
// themselves.
type scene struct {
	t       *testing.T
	law     *registertest.Law
	server  *registertest.Server
	url     string
	docket  publica.DocketID
	buyer   publica.BodyID
	folder  string
	later   time.Duration // the trustees' clocks are ahead of the register's by that
	running map[string]*trustee.Service
}

var five = []string{"t1", "t2", "t3", "t4", "t5"}

// newScene publishes a tender of five trustees, of whom three open.
func newScene(t *testing.T, change func(terms map[string]any)) *scene {
	l := registertest.NewLaw(t, registertest.Domains())
	server, err := registertest.NewServer(l)
	if err != nil {
		t.Fatal(err)
	}
	s := &scene{t: t, law: l, server: server, folder: t.TempDir(), running: map[string]*trustee.Service{}}
	s.url = s.serve(server)
	body := func(name, kind string) publica.BodyID {
		return publica.BodyID(s.do("founder", publica.BodyID{}, "identity/body", map[string]any{"name": name, "type": kind}))
	}
	s.buyer = body("Office", "agency")
	review := body("Review", "oversight")
	s.do("founder", s.buyer, "identity/grant", map[string]any{"key": registertest.Key("carol").ID(), "role": "coordinator"})
	s.do("founder", review, "identity/grant", map[string]any{"key": registertest.Key("rita").ID(), "role": "reviewer"})
	var trustees []map[string]any
	for _, name := range five {
		of := body("Body of "+name, "other")
		s.do("founder", of, "identity/grant", map[string]any{"key": registertest.Key(name).ID(), "role": "member"})
		trustees = append(trustees, map[string]any{"body": of, "key": registertest.Key(name).ID()})
	}
	s.docket = publica.DocketID(s.do("carol", s.buyer, "docket/open", map[string]any{"type": "tender", "languages": []string{"en"},
		"charter": map[string]any{"contribute": "anyone", "reviewers": []publica.BodyID{review}}}, registertest.Text{Name: "title", Media: "text/plain", Data: "Salt"}))
	s.do("carol", s.buyer, "procurement/plan", map[string]any{"category": "goods"}, text("Salt for the roads"))
	terms := map[string]any{"ceremony_hours": 24, "criteria": []map[string]any{{"id": "price", "method": "price", "weight": 100}}, "currency": "USD",
		"deadline": l.Now.Add(60 * 24 * time.Hour), "enquiries": l.Now.Add(30 * 24 * time.Hour), "envelopes": 1, "mode": "public", "profile": "ocds-open",
		"rules": strings.Repeat("ab", 32), "threshold": 2, "trustees": trustees}
	if change != nil {
		change(terms)
	}
	s.do("carol", s.buyer, "procurement/publish", terms, text("A thousand tonnes"), registertest.Text{Name: "rules", Media: "application/json", Data: "{}"})
	return s
}

func (s *scene) serve(h http.Handler) string {
	server := httptest.NewServer(h)
	s.t.Cleanup(server.Close)
	return server.URL
}

func text(words string) registertest.Text {
	return registertest.Text{Name: "text", Media: "text/plain", Data: words}
}

// do has an actor say something in the tender.
func (s *scene) do(actor string, of publica.BodyID, kind publica.Kind, body any, parts ...registertest.Text) publica.EntryID {
	s.t.Helper()
	raw, err := json.Marshal(body, json.Deterministic(true))
	if err != nil {
		s.t.Fatal(err)
	}
	return s.law.Do(actor, publica.Entry{Kind: kind, Docket: s.in(kind), For: of, Body: raw}, parts...)
}

func (s *scene) in(kind publica.Kind) (none publica.DocketID) {
	if strings.HasPrefix(string(kind), "procurement/") {
		return s.docket
	}
	return none
}

// now is the trustees' clock.
func (s *scene) now() publica.Time { return s.server.Now().Add(s.later) }

func (s *scene) policy() (*publica.Policy, error) {
	return publica.ParsePolicy([]byte(s.server.PolicyText()))
}

// start starts an actor's service, with the files that it had before.
func (s *scene) start(actor, url string, transport http.RoundTripper) *trustee.Service {
	s.t.Helper()
	s.stop(actor)
	service, err := trustee.NewService(trustee.Config{Node: url, HTTP: &http.Client{Transport: transport}, Policy: s.policy, Key: registertest.Key(actor), Folder: filepath.Join(s.folder, actor), Now: s.now,
		Log: slog.New(slog.NewTextHandler(s.t.Output(), nil))})
	if err != nil {
		s.t.Fatal(err)
	}
	s.running[actor] = service
	return service
}

func (s *scene) stop(actor string) {
	s.t.Helper()
	if service := s.running[actor]; service != nil {
		if err := service.Close(); err != nil {
			s.t.Fatal(err)
		}
		delete(s.running, actor)
	}
}

// settle lets those who run look around until nothing happens any more.
func (s *scene) settle() {
	s.t.Helper()
	for range 30 {
		before := len(s.law.Log)
		for _, actor := range slices.Sorted(maps.Keys(s.running)) {
			s.running[actor].Round(s.t.Context())
		}
		if len(s.law.Log) == before {
			return
		}
	}
	s.t.Fatal("the trustees come to no end")
}

// read is the tender as anyone reads it.
func (s *scene) read() *tender.Process {
	s.t.Helper()
	policy, err := s.policy()
	if err != nil {
		s.t.Fatal(err)
	}
	c, err := publica.NewClient(s.url, policy)
	if err != nil {
		s.t.Fatal(err)
	}
	p, _, err := trustee.Read(s.t.Context(), c, s.docket)
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

// wants checks where the tender stands.
func (s *scene) wants(stage tender.Stage, step string) *tender.Process {
	s.t.Helper()
	p := s.read()
	if p.Stage != stage || p.Step != step {
		s.t.Fatalf("the tender is in the stage %s %s, want %s %s", p.Stage, p.Step, stage, step)
	}
	return p
}

// until lets time pass on the register.
func (s *scene) until(d time.Duration) {
	s.t.Helper()
	if err := s.server.Until(s.server.Now().Add(d)); err != nil {
		s.t.Fatal(err)
	}
}

// close lets time pass until the deadline.
func (s *scene) close() {
	s.t.Helper()
	s.until(time.Duration(s.read().Terms().Deadline-s.server.Now()) * time.Millisecond)
}

// bid has vendors bid, sealed.
func (s *scene) bid(vendors ...string) {
	s.t.Helper()
	for _, v := range vendors {
		t := s.law.Tender(s.docket)
		texts := []string{"offer of " + v, "price of " + v}
		body, parts, _, err := t.Seal(v, "", t.State.Text, texts[:len(t.Terms.EnvelopeNames())])
		if err != nil {
			s.t.Fatal(err)
		}
		s.do(v, publica.BodyID{}, "procurement/bid", body, parts...)
	}
}

// step has an actor of the rules' own tests take a step of the ceremony.
func (s *scene) step(actor, step string) {
	s.t.Helper()
	t := s.law.Tender(s.docket)
	for i := range t.Slots {
		kind, body, err := t.Step(actor, step, i)
		if err != nil {
			s.t.Fatal(err)
		}
		s.do(actor, publica.BodyID{}, kind, body)
	}
}

// said counts the records of an actor of a kind, those refused apart.
func (s *scene) said(actor string, kind publica.Kind) (taken, refused int) {
	for _, l := range s.law.Log {
		leaf, err := publica.ParseLeaf(l.Bytes)
		if err != nil {
			s.t.Fatal(err)
		}
		if leaf.Entry == nil {
			continue
		}
		e, err := publica.ParseEntry(leaf.Entry)
		if err != nil {
			s.t.Fatal(err)
		}
		switch {
		case e.Author != registertest.Key(actor).ID() || e.Kind != kind:
		case leaf.Refused != nil:
			refused++
		default:
			taken++
		}
	}
	return taken, refused
}

// once checks that an actor said everything that trustees say so many times.
func (s *scene) once(actor string, announce, commit, deal, complain, share int) {
	s.t.Helper()
	for i, kind := range []publica.Kind{"procurement/trustee-announce", "procurement/trustee-commit", "procurement/trustee-deal", "procurement/trustee-complain", "procurement/open-share"} {
		want := []int{announce, commit, deal, complain, share}[i]
		if taken, refused := s.said(actor, kind); taken != want || refused != 0 {
			s.t.Errorf("%s has %d records of %s and %d refused, want %d and none", actor, taken, kind, refused, want)
		}
	}
}
