// Package viewtest is a register whose records are shown: the house in which the
// views of domains are tested. [Register] is the law with the content that entries
// commit to, a source for read models; [Face] is what a site asks of it; [Desk] has
// members of staff who sign in and sign; [Gallery] compares what pages say with the
// outlines a view keeps.
//
// It imports no view: those that are tested hand themselves in. It must not be
// imported but by tests.
package viewtest

import (
	"context"
	"encoding/json/jsontext"
	"encoding/json/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"publica"
	"publica/internal/domain/commitment"
	"publica/internal/domain/docket"
	"publica/internal/domain/identity"
	"publica/internal/domain/moderation"
	"publica/internal/domain/participation"
	"publica/internal/domain/procurement"
	"publica/internal/machine"
	"publica/internal/readmodel"
	"publica/internal/registertest"
)

// Register is a law with the content its entries commit to: a source for the
// read model.
type Register struct {
	*registertest.Law
	TB      testing.TB
	Raw     map[publica.EntryID]jsontext.Value // entries, whole
	Body    publica.BodyID                     // the lead body
	Bodies  map[string]publica.BodyID          // others, by name
	Docket  publica.DocketID                   // records go to it
	Views   []readmodel.View
	content map[publica.Commitment][]byte
}

// New founds a register that the views show. Its lead body has a coordinator and
// an importer.
func New(tb testing.TB, views ...readmodel.View) *Register {
	r := &Register{TB: tb, Raw: map[publica.EntryID]jsontext.Value{}, Bodies: map[string]publica.BodyID{}, Views: views, content: map[publica.Commitment][]byte{}}
	r.Law = registertest.NewLaw(tb, []machine.Domain{identity.Domain(), docket.Domain(), participation.Domain(), moderation.Domain(), commitment.Domain(), procurement.Domain()})
	r.Body = publica.BodyID(r.Do("founder", "identity/body", identity.Body{Name: "Office of Open Rivers", Type: identity.Agency}))
	r.Grant("coordinator", identity.Coordinator)
	r.Grant("importer", identity.Importer)
	return r
}

// Of shows a law that others drive, as a scenario does: what is on its log, with the
// content of what was signed.
func Of(tb testing.TB, l *registertest.Law, views ...readmodel.View) *Register {
	return &Register{Law: l, TB: tb, Raw: map[publica.EntryID]jsontext.Value{}, Bodies: map[string]publica.BodyID{}, Views: views, content: map[publica.Commitment][]byte{}}
}

// learn keeps the content of an entry that the law signed.
func (r *Register) learn(l *machine.Leaf) {
	texts := r.Texts[l.ID]
	if len(texts) == 0 {
		return
	}
	leaf, err := publica.ParseLeaf(l.Bytes)
	if err != nil {
		r.TB.Fatal(err)
	}
	e, err := publica.ParseEntry(leaf.Entry)
	if err != nil {
		r.TB.Fatal(err)
	}
	for i, p := range e.Content {
		r.content[p.Commitment] = []byte(texts[i].Data)
	}
}

// Grant gives an actor a role in the lead body.
func (r *Register) Grant(actor string, role identity.Role) {
	r.TB.Helper()
	r.Do("founder", "identity/grant", identity.Grant{Key: registertest.Key(actor).ID(), Role: role}, ForBody)
}

// Part is what goes with the body of an entry: a content part, or whom it acts for.
type Part struct{ name, text string }

// Said is a text content part.
func Said(name, text string) Part { return Part{name, text} }

// ForBody makes the entry act for the lead body.
var ForBody = Part{name: "for"}

// ForThe makes the entry act for another body.
func ForThe(name string) Part { return Part{"for", name} }

// plain are the parts that are no Markdown.
var plain = []string{"title", "author", "name", "contact"}

// Try makes an entry of the actor and sends it.
func (r *Register) Try(actor string, kind publica.Kind, body any, parts ...Part) (publica.EntryID, error) {
	r.TB.Helper()
	raw, err := json.Marshal(body, json.Deterministic(true))
	if err != nil {
		r.TB.Fatal(err)
	}
	e := publica.Entry{Kind: kind, Body: raw}
	if kind.Domain() != "identity" && kind != "docket/open" {
		e.Docket = r.Docket
	}
	var texts []registertest.Text
	for _, p := range parts {
		if p.name == "for" {
			e.For = r.Body
			if p.text != "" {
				e.For = r.Bodies[p.text]
			}
			continue
		}
		media := "text/markdown"
		if slices.Contains(plain, p.name) {
			media = "text/plain"
		}
		texts = append(texts, registertest.Text{Name: p.name, Media: media, Data: p.text})
	}
	return r.Send(actor, e, texts...)
}

// Send signs an entry of the actor and runs it in a block of its own.
func (r *Register) Send(actor string, e publica.Entry, texts ...registertest.Text) (publica.EntryID, error) {
	r.TB.Helper()
	s := r.Sign(actor, e, texts...)
	return s.ID(), r.take(s, func(part int) []byte { return []byte(texts[part].Data) })
}

// Take runs what somebody else made and signed, in a block of its own.
func (r *Register) Take(s *publica.Submission) error {
	e, err := publica.ParseEntry(s.Signed.Raw)
	if err != nil {
		return err
	}
	if err := publica.CheckContent(e, s.Content); err != nil {
		return err
	}
	return r.take(&s.Signed, func(part int) []byte {
		for i := range s.Content {
			if s.Content[i].Name == e.Content[part].Name {
				return s.Content[i].Data
			}
		}
		return nil
	})
}

func (r *Register) take(s *publica.Signed, data func(part int) []byte) error {
	r.TB.Helper()
	r.Raw[s.ID()] = jsontext.Value(s.Raw)
	signed, err := publica.ParseEntry(s.Raw)
	if err != nil {
		r.TB.Fatal(err)
	}
	for i, p := range signed.Content {
		r.content[p.Commitment] = data(i)
	}
	checked, err := r.Check(s)
	if err != nil {
		return err
	}
	d := r.Block(checked)[0]
	if d.Refusal != nil {
		return &publica.Error{Code: d.Refusal.Code, Field: d.Refusal.Field, Message: d.Refusal.Message}
	}
	return nil
}

// Do is Try for an entry the law must take.
func (r *Register) Do(actor string, kind publica.Kind, body any, parts ...Part) publica.EntryID {
	r.TB.Helper()
	id, err := r.Try(actor, kind, body, parts...)
	if err != nil {
		r.TB.Fatalf("%s by %s: %v", kind, actor, err)
	}
	return id
}

// Refuse is Do for an entry the law must refuse.
func (r *Register) Refuse(actor string, kind publica.Kind, body any, parts ...Part) publica.EntryID {
	r.TB.Helper()
	id, err := r.Try(actor, kind, body, parts...)
	if err == nil {
		r.TB.Fatalf("%s by %s was accepted", kind, actor)
	}
	return id
}

// Wait moves the clock and runs what is due.
func (r *Register) Wait(d time.Duration) {
	r.TB.Helper()
	r.Now = r.Now.Add(d)
	r.Block()
}

// Open opens a docket that later records go to.
func (r *Register) Open(c docket.Charter, title, summary string) publica.DocketID {
	r.TB.Helper()
	r.Docket = publica.DocketID(r.Do("coordinator", "docket/open", docket.Open{Charter: c, Languages: []string{"en"}, Type: docket.ActionPlan},
		ForBody, Said("title", title), Said("summary", summary)))
	return r.Docket
}

// Size implements [readmodel.Source].
func (r *Register) Size() int64 { return int64(len(r.Log)) }

// Rows implements [readmodel.Source].
func (r *Register) Rows(_ context.Context, from int64, limit int) ([]readmodel.Row, error) {
	var rows []readmodel.Row
	for i := from; i < min(int64(len(r.Log)), from+int64(limit)); i++ {
		l := &r.Log[i]
		r.learn(l)
		row, err := readmodel.NewRow(i, l.Bytes, func(c publica.Commitment) ([]byte, bool) {
			data, ok := r.content[c]
			return data, ok
		})
		if err != nil {
			return nil, err
		}
		if row.ID != l.ID {
			r.TB.Errorf("row %d: id %s, the law says %s", i, row.ID, l.ID)
		}
		if !l.Docket.IsZero() {
			if row.Docket != l.Docket {
				r.TB.Errorf("row %d: docket %s, the law says %s", i, row.Docket, l.Docket)
			}
			row.Seq = l.Seq // the model refuses it unless it counts the same
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// Model returns a read model that holds the register.
func (r *Register) Model() *readmodel.Model {
	r.TB.Helper()
	m, err := readmodel.Open(filepath.Join(r.TB.TempDir(), "model.db"), r.Views)
	if err != nil {
		r.TB.Fatal(err)
	}
	r.TB.Cleanup(func() {
		if err := m.Close(); err != nil {
			r.TB.Error(err)
		}
	})
	if err := m.Fill(r.TB.Context(), r, nil); err != nil {
		r.TB.Fatal(err)
	}
	return m
}

// Leaves returns how many leaves the docket's tree has.
func (r *Register) Leaves() (n int64) {
	r.Law.View(func(tx *machine.Tx) {
		h, _ := tx.Head(r.Docket)
		n = h.Size
	})
	return n
}
