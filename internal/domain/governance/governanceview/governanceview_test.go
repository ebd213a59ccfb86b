package governanceview_test

import (
	"context"
	"encoding/json/v2"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"publica"
	"publica/internal/domain/docket/docketview"
	"publica/internal/domain/governance"
	"publica/internal/domain/governance/governanceview"
	"publica/internal/domain/identity"
	"publica/internal/domain/identity/identityview"
	"publica/internal/machine"
	"publica/internal/readmodel"
	"publica/internal/registertest"
	"publica/internal/web"
)

// register is a law with the content its entries commit to. Of what a site
// asks, it answers what these pages need.
type register struct {
	web.Register
	*registertest.Law
	t       *testing.T
	model   *readmodel.Model
	content map[publica.Commitment][]byte
}

func (r *register) Policy() string { return "" }

func (r *register) Founding() *web.Founding {
	return &web.Founding{Name: registertest.Register, Founded: registertest.Start}
}
func (r *register) Status() *web.Status {
	return &web.Status{Size: r.Size(), Root: r.Root(), Height: r.Height, Time: r.Now, Shown: r.model.Next(), Ready: true}
}
func (r *register) Validators() []web.Validator { return nil }
func (r *register) Check(ctx context.Context, s *publica.Submission) error {
	return r.Register.Check(ctx, s)
}
func (r *register) Record(_ context.Context, id publica.EntryID) (*web.Record, error) {
	for i, l := range r.Log {
		if l.ID == id {
			leaf, err := publica.ParseLeaf(l.Bytes)
			return &web.Record{ID: l.ID, Index: int64(i), Raw: l.Bytes, Leaf: leaf}, err
		}
	}
	return nil, publica.Problem(publica.NotFound, "id", "is not on the log")
}
func (r *register) Content(_ context.Context, c publica.Commitment) (*publica.Content, error) {
	return &publica.Content{Data: r.content[c]}, nil
}
func (r *register) Withheld(ctx context.Context, c publica.Commitment) (*publica.Content, error) {
	return r.Content(ctx, c)
}
func (r *register) Checkpoint(context.Context) ([]byte, error)          { return r.Law.Checkpoint() }
func (r *register) Tile(_ context.Context, path string) ([]byte, error) { return r.Law.Tile(path) }
func (r *register) Size() int64                                         { return int64(len(r.Log)) }
func (r *register) Rows(_ context.Context, from int64, limit int) (rows []readmodel.Row, err error) {
	for i := from; i < min(r.Size(), from+int64(limit)); i++ {
		row, err := readmodel.NewRow(i, r.Log[i].Bytes, func(c publica.Commitment) ([]byte, bool) {
			data, ok := r.content[c]
			return data, ok
		})
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// say has the n-th body say something.
func (r *register) say(n int, kind publica.Kind, body any, texts ...registertest.Text) publica.EntryID {
	r.t.Helper()
	raw, err := json.Marshal(body, json.Deterministic(true))
	if err != nil {
		r.t.Fatal(err)
	}
	e := publica.Entry{Kind: kind, Body: raw}
	if n > 0 {
		e.For = registertest.MemberID(n)
	}
	s := r.Sign(fmt.Sprintf("governor%d", n), e, texts...)
	signed, err := s.Open()
	if err != nil {
		r.t.Fatal(err)
	}
	for i, p := range signed.Content {
		r.content[p.Commitment] = []byte(texts[i].Data)
	}
	checked, err := r.Law.Check(s)
	if err != nil {
		r.t.Fatal(err)
	}
	if d := r.Block(checked)[0]; d.Refusal != nil {
		r.t.Fatalf("%s: %+v", kind, d.Refusal)
	}
	return s.ID()
}

func (r *register) propose(title string, a governance.Action) publica.EntryID {
	r.t.Helper()
	return r.say(1, "governance/propose", governance.Propose{Action: a},
		registertest.Text{Name: "title", Media: "text/plain", Data: title}, registertest.Text{Name: "text", Media: "text/markdown", Data: "Because of *" + title + "*."})
}

func (r *register) pass(title string, a governance.Action) publica.EntryID {
	r.t.Helper()
	id := r.propose(title, a)
	for n := 2; n <= 3; n++ {
		r.say(n, "governance/approve", governance.Approve{Proposal: id})
	}
	return id
}

// lively is a register in which everything happened.
func lively(t *testing.T) (r *register, open, failed publica.EntryID) {
	r = &register{Law: registertest.Found(t, registertest.Domains(), registertest.Governed(4)), t: t, content: map[publica.Commitment][]byte{}}
	trust := r.pass("Register the trust", governance.Action{AdmitBody: &governance.AdmitBody{Name: "Data Trust", Type: identity.CivilSociety, Governors: []publica.KeyID{registertest.Key("governor5").ID()}}})
	old := registertest.Validator("node4", registertest.MemberID(4))
	next := old
	next.Consensus, next.Power = registertest.Key("spare").Public(), 2
	r.pass("New keys for node4", governance.Action{ChangeValidator: &governance.ChangeValidator{Consensus: old.Consensus, Validator: next}})
	failed = r.propose("Remove node3", governance.Action{RemoveValidator: &governance.RemoveValidator{Consensus: registertest.Key("node3").Public()}})
	r.pass("Remove it now", governance.Action{RemoveValidator: &governance.RemoveValidator{Consensus: registertest.Key("node3").Public()}})
	r.say(2, "governance/approve", governance.Approve{Proposal: failed})
	r.say(3, "governance/approve", governance.Approve{Proposal: failed})
	r.pass("Seal more often", governance.Action{SetParameters: &machine.Parameters{Silence: 60_000, QuotaEntries: 50, QuotaHours: 24}})
	r.pass("The new version", governance.Action{Upgrade: &machine.Upgrade{Code: []publica.Hash{{7}}, Height: 5000, Version: "2.0"}})
	lost := publica.EntryID{9}
	promises, err := publica.PromiseBatch(registertest.NodeKey("node3"), registertest.Register, []publica.EntryID{lost}, r.Now.Add(-time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	r.say(0, "governance/claim", governance.Claim{Entry: lost, Promise: promises[0]})
	r.propose("Nobody answers this", governance.Action{RemoveValidator: &governance.RemoveValidator{Consensus: registertest.Key("node2").Public()}})
	r.Now = r.Now.Add(31 * 24 * time.Hour)
	r.Block()
	r.pass("Body 4 leaves", governance.Action{RemoveBody: &governance.RemoveBody{Body: registertest.MemberID(4)}})
	open = r.propose("Give the trust a voice", governance.Action{AdmitBody: &governance.AdmitBody{Body: publica.BodyID(trust), Governors: []publica.KeyID{registertest.Key("governor6").ID()}, Member: true}})
	r.say(2, "governance/approve", governance.Approve{Proposal: open})
	r.say(2, "governance/reject", governance.Reject{Proposal: open}, registertest.Text{Name: "reason", Media: "text/plain", Data: "On second thoughts, no."})
	if r.model, err = readmodel.Open(filepath.Join(t.TempDir(), "model.db"), []readmodel.View{identityview.View(), docketview.View(), governanceview.View()}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.model.Close() })
	r.fill()
	return r, open, failed
}

func (r *register) fill() {
	r.t.Helper()
	if err := r.model.Fill(r.t.Context(), r, nil); err != nil {
		r.t.Fatal(err)
	}
}

// compare holds the tables to the state.
func (r *register) compare() {
	r.t.Helper()
	r.fill()
	all, err := machine.Validators(r.State)
	if err != nil {
		r.t.Fatal(err)
	}
	var members []publica.BodyID
	governors := map[publica.BodyID][]publica.KeyID{}
	var parameters machine.Parameters
	r.View(func(tx *machine.Tx) {
		members, parameters = identity.Members(tx), tx.Parameters()
		for _, m := range members {
			governors[m] = identity.Governors(tx, m)
		}
	})
	if err := r.model.Read(r.t.Context(), func(s *readmodel.Snapshot) error {
		terms, err := governanceview.Terms(s)
		if err != nil {
			return err
		}
		terms = slices.DeleteFunc(terms, func(x governanceview.Term) bool { return !x.Ended.IsZero() })
		slices.SortFunc(terms, func(a, b governanceview.Term) int {
			return slices.Compare(a.Validator.Consensus, b.Validator.Consensus)
		})
		if !slices.EqualFunc(terms, all, func(x governanceview.Term, v machine.Validator) bool {
			return string(x.Validator.Consensus) == string(v.Consensus) && x.Validator.Power == v.Power
		}) {
			r.t.Errorf("validators %+v, the state has %+v", terms, all)
		}
		settings, err := governanceview.Settings(s)
		if err == nil && settings[0].Parameters != parameters {
			r.t.Errorf("parameters %+v, the state has %+v", settings[0], parameters)
		}
		shown, _, err := identityview.Bodies(s, 0, 1000)
		if err != nil {
			return err
		}
		shown = slices.DeleteFunc(shown, func(b identityview.Body) bool { return !b.Member })
		if len(shown) != len(members) {
			r.t.Errorf("%d members, the state has %d", len(shown), len(members))
		}
		for _, b := range shown {
			var keys []publica.KeyID
			for _, role := range b.Roles {
				r.View(func(tx *machine.Tx) {
					if has := identity.HasRole(tx, b.ID, role.Key, identity.Role(role.Role)); role.Revoked.IsZero() && !has {
						r.t.Errorf("%s of %s: shown, but the state has it not", role.Role, b.Name)
					}
				})
				if role.Role == "governor" && role.Revoked.IsZero() {
					keys = append(keys, role.Key)
				}
			}
			if !slices.Equal(keys, governors[b.ID]) {
				r.t.Errorf("governors of %s: %v, the state has %v", b.Name, keys, governors[b.ID])
			}
		}
		return nil
	}); err != nil {
		r.t.Fatal(err)
	}
}

func get(t *testing.T, h http.Handler, path string) string {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	if w.Code != http.StatusOK {
		t.Fatalf("GET %s: %d %s", path, w.Code, w.Body)
	}
	if err := registertest.WellFormed(w.Body.String()); err != nil && !strings.HasPrefix(path, "/api/") {
		t.Errorf("GET %s: %v", path, err)
	}
	return w.Body.String()
}

// says compares what people read: tags dropped, white space joined.
func says(t *testing.T, page string, want ...string) {
	t.Helper()
	var b strings.Builder
	in := false
	for _, c := range page {
		if c == '<' || c == '>' {
			in = c == '<'
			b.WriteByte(' ')
		} else if !in {
			b.WriteRune(c)
		}
	}
	all := strings.ReplaceAll(strings.Join(strings.Fields(b.String()), " "), " .", ".")
	for _, w := range want {
		if !strings.Contains(all, w) {
			t.Errorf("the page does not say %q:\n%s", w, all)
		}
	}
}

func TestPages(t *testing.T) {
	r, open, failed := lively(t)
	r.compare()
	site, err := web.New(web.Config{Register: r})
	if err != nil {
		t.Fatal(err)
	}
	for _, mount := range []func(*web.Site) error{
		func(s *web.Site) error { return identityview.Mount(s, r.model) },
		func(s *web.Site) error { return governanceview.Mount(s, r.model) },
	} {
		if err := mount(site); err != nil {
			t.Fatal(err)
		}
	}
	h := site.Handler()
	says(t, get(t, h, "/governance"), "3 members", "Give the trust a voice Open", "Admit “Data Trust” as a member", "1 of 3 members approve; it takes 2 more by",
		"Remove node3 Failed", "3 of 4 members approve; it could no longer take effect", "Nobody answers this Expired", "Have the node node2."+registertest.Register+" no longer decide blocks",
		"Seal at least every 60 seconds; at most 50 entries of one person in 24 hours", "Run version 2.0 from block 5000 on", "node4."+registertest.Register, "node3."+registertest.Register+" 31 December 2025")
	says(t, get(t, h, "/governance/proposal/"+open.String()), "Give the trust a voice", "Proposal of Body 1", "1 of 3", "2 more members approve", "Because of Give the trust a voice",
		"Body 2 approves (taken back since)", "Body 2 rejects", "On second thoughts, no.", "Nothing yet from: Body 3", "Who would speak for it")
	says(t, get(t, h, "/governance/proposal/"+failed.String()), "it could no longer take effect: is not the key of a validator")
	says(t, get(t, h, "/entry/"+open.String()), "Give the trust a voice", "What the members say of it")
	says(t, get(t, h, "/bodies"), "Body 1", "Governs the register", "Data Trust")

	var g struct {
		Members    []governanceview.Member
		Parameters machine.Parameters
		Terms      []governanceview.Term
		Upgrades   []governanceview.Proposal
	}
	read(t, h, "/governance", &g)
	if len(g.Members) != 3 || g.Parameters.Silence != 60_000 || len(g.Terms) != 5 || len(g.Upgrades) != 1 {
		t.Errorf("%+v", g)
	}
	seen := 0
	for before := int64(0); before >= 0; {
		var list struct {
			Open, Closed []governanceview.Proposal
			Next         int64
		}
		read(t, h, fmt.Sprintf("/proposals?limit=2&before=%d", before), &list)
		if seen += len(list.Closed); (before == 0) != (len(list.Open) == 1) {
			t.Errorf("%d open before %d", len(list.Open), before)
		}
		before = list.Next
	}
	if seen != 8 {
		t.Errorf("paging saw %d closed proposals", seen)
	}
	var claims struct{ Items []governanceview.Claim }
	read(t, h, "/claims", &claims)
	if len(claims.Items) != 1 || claims.Items[0].Node != "node3."+registertest.Register {
		t.Errorf("%+v", claims)
	}
	r.say(3, "governance/approve", governance.Approve{Proposal: open})
	r.say(2, "governance/approve", governance.Approve{Proposal: open})
	r.compare()
	says(t, get(t, h, "/governance"), "4 members")
}

func read(t *testing.T, h http.Handler, path string, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(get(t, h, "/api/v1"+path)), v, json.MatchCaseInsensitiveNames(true)); err != nil {
		t.Fatalf("GET %s: %v", path, err)
	}
}

// TestLeaving: the voices of a body that left do not count when it returns, and
// who became its admin meanwhile is none.
func TestLeaving(t *testing.T) {
	r := &register{Law: registertest.Found(t, registertest.Domains(), registertest.Governed(4)), t: t, content: map[publica.Commitment][]byte{}}
	open := r.propose("Waits", governance.Action{SetParameters: &machine.Parameters{Silence: 1000}})
	r.say(4, "governance/approve", governance.Approve{Proposal: open})
	r.pass("Body 4 leaves", governance.Action{RemoveBody: &governance.RemoveBody{Body: registertest.MemberID(4)}})
	r.say(4, "identity/grant", identity.Grant{Key: registertest.Key("ada").ID(), Role: identity.Admin})
	r.pass("Body 4 returns", governance.Action{AdmitBody: &governance.AdmitBody{Body: registertest.MemberID(4), Governors: []publica.KeyID{registertest.Key("governor4").ID()}, Member: true}})
	var err error
	if r.model, err = readmodel.Open(filepath.Join(t.TempDir(), "model.db"), []readmodel.View{identityview.View(), governanceview.View()}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.model.Close() })
	r.compare()
	if err := r.model.Read(t.Context(), func(s *readmodel.Snapshot) error {
		p, err := governanceview.Get(s, open)
		if err == nil && (p.Members != 4 || p.Approve != 1 || len(p.Silent) != 3) {
			t.Errorf("%+v", p)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func TestWithoutMembers(t *testing.T) {
	r := &register{Law: registertest.NewLaw(t, registertest.Domains()), t: t}
	var err error
	if r.model, err = readmodel.Open(filepath.Join(t.TempDir(), "model.db"), []readmodel.View{identityview.View(), governanceview.View()}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.model.Close() })
	r.fill()
	site, err := web.New(web.Config{Register: r})
	if err != nil {
		t.Fatal(err)
	}
	if err := governanceview.Mount(site, r.model); err != nil {
		t.Fatal(err)
	}
	says(t, get(t, site.Handler(), "/governance"), "No body governs this register", "No claim has been proven")
}
