package commitmentview

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
	"publica/internal/domain/docket/docketview"
	"publica/internal/domain/identity"
	"publica/internal/domain/identity/identityview"
	"publica/internal/domain/moderation"
	"publica/internal/domain/participation"
	"publica/internal/domain/participation/participationview"
	"publica/internal/machine"
	"publica/internal/readmodel"
	"publica/internal/registertest"
)

// register is a law with the content its entries commit to: a source for the
// read model.
type register struct {
	*registertest.Law
	tb      testing.TB
	content map[publica.Commitment][]byte
	raw     map[publica.EntryID]jsontext.Value // entries, whole
	body    publica.BodyID
	bodies  map[string]publica.BodyID // by name
	docket  publica.DocketID
}

// forThe makes the entry act for another body.
func forThe(name string) said { return said{"for", name} }

func newRegister(tb testing.TB) *register {
	r := &register{tb: tb, content: map[publica.Commitment][]byte{}, raw: map[publica.EntryID]jsontext.Value{}, bodies: map[string]publica.BodyID{}}
	r.Law = registertest.NewLaw(tb, []machine.Domain{identity.Domain(), docket.Domain(), participation.Domain(), moderation.Domain(), commitment.Domain()})
	r.body = publica.BodyID(r.do("founder", "identity/body", identity.Body{Name: "Office of Open Rivers", Type: identity.Agency}))
	r.do("founder", "identity/grant", identity.Grant{Key: registertest.Key("coordinator").ID(), Role: identity.Coordinator}, forBody)
	r.do("founder", "identity/grant", identity.Grant{Key: registertest.Key("importer").ID(), Role: identity.Importer}, forBody)
	return r
}

// said is a text content part.
type said struct{ name, text string }

// forBody makes the entry act for the lead body.
var forBody = said{name: "for"}

// try makes an entry of the actor and sends it.
func (r *register) try(actor string, kind publica.Kind, body any, parts ...said) (publica.EntryID, error) {
	r.tb.Helper()
	raw, err := json.Marshal(body, json.Deterministic(true))
	if err != nil {
		r.tb.Fatal(err)
	}
	e := publica.Entry{Kind: kind, Body: raw}
	if kind.Domain() != "identity" && kind != "docket/open" {
		e.Docket = r.docket
	}
	var texts []registertest.Text
	for _, p := range parts {
		if p.name == "for" {
			e.For = r.body
			if p.text != "" {
				e.For = r.bodies[p.text]
			}
			continue
		}
		media := "text/markdown"
		if slices.Contains([]string{"title", "author", "name", "contact"}, p.name) {
			media = "text/plain"
		}
		texts = append(texts, registertest.Text{Name: p.name, Media: media, Data: p.text})
	}
	return r.send(actor, e, texts...)
}

// send signs an entry of the actor and runs it in a block of its own.
func (r *register) send(actor string, e publica.Entry, texts ...registertest.Text) (publica.EntryID, error) {
	r.tb.Helper()
	s := r.Sign(actor, e, texts...)
	r.raw[s.ID()] = jsontext.Value(s.Raw)
	signed, err := publica.ParseEntry(s.Raw)
	if err != nil {
		r.tb.Fatal(err)
	}
	for i, p := range signed.Content {
		r.content[p.Commitment] = []byte(texts[i].Data)
	}
	checked, err := r.Check(s)
	if err != nil {
		return s.ID(), err
	}
	d := r.Block(checked)[0]
	if d.Refusal != nil {
		return s.ID(), &publica.Error{Code: d.Refusal.Code, Field: d.Refusal.Field, Message: d.Refusal.Message}
	}
	return s.ID(), nil
}

func (r *register) do(actor string, kind publica.Kind, body any, parts ...said) publica.EntryID {
	r.tb.Helper()
	id, err := r.try(actor, kind, body, parts...)
	if err != nil {
		r.tb.Fatalf("%s by %s: %v", kind, actor, err)
	}
	return id
}

// wait moves the clock and runs what is due.
func (r *register) wait(d time.Duration) {
	r.tb.Helper()
	r.Now = r.Now.Add(d)
	r.Block()
}

// open opens a docket that later records go to.
func (r *register) open(c docket.Charter, title, summary string) publica.DocketID {
	r.tb.Helper()
	r.docket = publica.DocketID(r.do("coordinator", "docket/open", docket.Open{Charter: c, Languages: []string{"en"}, Type: docket.ActionPlan},
		forBody, said{"title", title}, said{"summary", summary}))
	return r.docket
}

func (r *register) Size() int64 { return int64(len(r.Log)) }

func (r *register) Rows(_ context.Context, from int64, limit int) ([]readmodel.Row, error) {
	var rows []readmodel.Row
	for i := from; i < min(int64(len(r.Log)), from+int64(limit)); i++ {
		l := &r.Log[i]
		row, err := readmodel.NewRow(i, l.Bytes, func(c publica.Commitment) ([]byte, bool) {
			data, ok := r.content[c]
			return data, ok
		})
		if err != nil {
			return nil, err
		}
		if row.ID != l.ID {
			r.tb.Errorf("row %d: id %s, the law says %s", i, row.ID, l.ID)
		}
		if !l.Docket.IsZero() {
			if row.Docket != l.Docket {
				r.tb.Errorf("row %d: docket %s, the law says %s", i, row.Docket, l.Docket)
			}
			row.Seq = l.Seq // the model refuses it unless it counts the same
		}
		rows = append(rows, row)
	}
	return rows, nil
}

var views = []readmodel.View{identityview.View(), docketview.View(), participationview.View(), View()}

// model returns a read model that holds the register.
func (r *register) model() *readmodel.Model {
	r.tb.Helper()
	m, err := readmodel.Open(filepath.Join(r.tb.TempDir(), "model.db"), views)
	if err != nil {
		r.tb.Fatal(err)
	}
	r.tb.Cleanup(func() { m.Close() })
	if err := m.Fill(r.tb.Context(), r, nil); err != nil {
		r.tb.Fatal(err)
	}
	return m
}
