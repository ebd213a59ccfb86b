package procurementview

import (
	"context"
	"crypto/sha256"
	"encoding/json/v2"
	"testing"
	"time"

	"publica"
	"publica/internal/domain/procurement"
	"publica/internal/registertest"
	"publica/internal/registertest/viewtest"
	"publica/internal/web"
	"publica/sealed"
	"publica/tender"
)

// A keeping node signs with the intake key of a register that it alone decides.
type keeping struct {
	r    *register
	kept []publica.EntryID // bids
	told bool              // whether the register hears of it
}

func (k *keeping) Keeper() (publica.BodyID, bool) { return publica.BodyID{}, true }

func (k *keeping) Keep(_ context.Context, docket publica.DocketID, kind publica.Kind, body any) error {
	k.kept = append(k.kept, body.(procurement.Receipt).Bid)
	if k.told {
		k.r.Do("intake", kind, body)
	}
	return nil
}

// bidWith sends a sealed bid with documents beside it.
func (r *register) bidWith(actor string, documents ...string) publica.EntryID {
	r.TB.Helper()
	now := r.Tender(r.Docket)
	body, parts, _, err := now.Seal(actor, "", now.State.Text, []string{"an offer", "a price"})
	if err != nil {
		r.TB.Fatal(err)
	}
	for _, d := range documents {
		body.Documents = append(body.Documents, procurement.Document{Hash: sealed.Hash(sha256.Sum256([]byte(d))), Size: int64(len(d))})
		parts = append(parts, registertest.Text{Name: "document-1", Media: "application/octet-stream", Data: d})
	}
	raw, err := json.Marshal(body, json.Deterministic(true))
	if err != nil {
		r.TB.Fatal(err)
	}
	e := publica.Entry{Register: registertest.Register, Docket: r.Docket, Kind: "procurement/bid", Made: r.Now, Nonce: publica.NewNonce(nil), Body: raw}
	var content []publica.Content
	for _, p := range parts {
		c, part := publica.NewContent(p.Name, p.Media, []byte(p.Data))
		content, e.Content = append(content, c), append(e.Content, part)
	}
	key := registertest.Key(actor)
	if e, err = publica.Grind(r.TB.Context(), key, e, 4); err != nil {
		r.TB.Fatal(err)
	}
	sent, err := publica.NewSubmission(key, e, content...)
	if err == nil {
		err = r.Take(sent)
	}
	if err != nil {
		r.TB.Fatal(err)
	}
	return sent.Signed.ID()
}

// A node says of every bid whose documents it holds that it does, once, and again if
// nobody heard; of bids without documents it says nothing.
func TestStorageReceipts(t *testing.T) {
	r := newRegister(t)
	r.forBids("Salt")
	bare, full := r.bidWith("plain"), r.bidWith("rich", "a drawing of the depot")
	_, model := r.site()
	k := &keeping{r: r}
	now := time.Unix(1e9, 0)
	w, err := web.New(web.Config{Register: r.Face(model), Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	s := &store{pages: &pages{site: w, model: model, register: registertest.Register, shelf: newShelf(registertest.Register, w.Log())}, keeper: k}
	turn := func() {
		t.Helper()
		if err := model.Fill(t.Context(), r, nil); err != nil {
			t.Fatal(err)
		}
		if err := s.look(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.give(t.Context(), publica.BodyID{})
	}
	turn()
	turn()
	if len(k.kept) != 1 || k.kept[0] != full {
		t.Fatalf("said to hold %v, the bid with documents is %s, that without %s", k.kept, full, bare)
	}
	now, k.told = now.Add(offerAgain), true
	turn()
	now = now.Add(offerAgain)
	turn()
	if len(k.kept) != 2 || len(s.pending) != 0 {
		t.Errorf("said %d times, %d bids wait", len(k.kept), len(s.pending))
	}
	p, _ := r.process()
	if b := p.Bid(full); len(b.Receipts) != 1 {
		t.Errorf("the bid has %d receipts", len(b.Receipts))
	}
}

// Documents that are not at hand are looked for less and less often; a bid whose
// documents are others than it says gets no receipt, however often it is asked for.
func TestStorageLooks(t *testing.T) {
	of := func(documents ...string) *tender.Bid {
		b := &tender.Bid{Envelopes: []sealed.Envelope{{Bucket: sealed.Hash(sha256.Sum256([]byte("sealed")))}}}
		for _, d := range documents {
			b.Documents = append(b.Documents, tender.Document{Hash: sealed.Hash(sha256.Sum256([]byte(d))), Size: int64(len(d))})
		}
		return b
	}
	here := func(parts map[string]string) tender.Content {
		return func(_ publica.EntryID, name string) ([]byte, bool) { d, ok := parts[name]; return []byte(d), ok }
	}
	for _, x := range []struct {
		name  string
		parts map[string]string
		want  holding
	}{
		{"all", map[string]string{"bid": "sealed", "document-1": "plan", "document-2": "wall"}, held},
		{"all but the bucket", map[string]string{"document-1": "plan", "document-2": "wall"}, missing},
		{"another bucket", map[string]string{"bid": "opened", "document-1": "plan", "document-2": "wall"}, settled},
		{"one", map[string]string{"bid": "sealed", "document-2": "wall"}, missing},
		{"another", map[string]string{"bid": "sealed", "document-1": "plan", "document-2": "ball"}, settled},
		{"one and another", map[string]string{"bid": "sealed", "document-2": "ball"}, settled},
	} {
		if got := holdingOf(of("plan", "wall"), []string{"bid"}, here(x.parts)); got != x.want {
			t.Errorf("%s: %v, want %v", x.name, got, x.want)
		}
	}
	r := newRegister(t)
	r.forBids("Salt")
	id := r.bidWith("rich", "a drawing of the depot")
	_, model := r.site()
	now := time.Unix(1e9, 0)
	face := hiding{Face: r.Face(model)}
	w, err := web.New(web.Config{Register: &face, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	s := &store{pages: &pages{site: w, model: model, shelf: newShelf(registertest.Register, w.Log())}, keeper: &keeping{r: r}, pending: []aBid{{docket: r.Docket, id: id}}}
	for range 3600 {
		s.give(t.Context(), publica.BodyID{})
		now = now.Add(lookEvery)
	}
	if face.asked > 3*25 || len(s.pending) != 1 {
		t.Errorf("in an hour it was looked for three parts %d times, and %d bids wait", face.asked, len(s.pending))
	}
}

// hiding is a register that shows no content.
type hiding struct {
	viewtest.Face
	asked int
}

func (h *hiding) Content(context.Context, publica.Commitment) (*publica.Content, error) {
	h.asked++
	return nil, publica.Problem(publica.NotFound, "", "is not at hand")
}
