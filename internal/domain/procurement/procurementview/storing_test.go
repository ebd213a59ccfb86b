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
	"publica/internal/web"
	"publica/sealed"
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
	s := &store{pages: &pages{site: w, model: model, register: registertest.Register, shelf: shelf{kept: map[publica.DocketID]*told{}}}, keeper: k}
	turn := func() {
		t.Helper()
		if err := model.Fill(t.Context(), r, nil); err != nil {
			t.Fatal(err)
		}
		if err := s.look(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := s.give(t.Context(), publica.BodyID{}); err != nil {
			t.Fatal(err)
		}
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
