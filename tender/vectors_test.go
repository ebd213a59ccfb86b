package tender

import (
	"cmp"
	"encoding/json/jsontext"
	"encoding/json/v2"
	"errors"
	"os"
	"testing"

	"publica"
)

type offerVector struct {
	Name     string         `json:"name"`
	Envelope string         `json:"envelope"` // "": the only one
	Offer    string         `json:"offer"`
	Valid    bool           `json:"valid"`
	Code     publica.Code   `json:"code"`
	Field    string         `json:"field"`
	Whole    jsontext.Value `json:"whole"` // an offer, of which Technical and Price stand in the envelopes

	Technical string `json:"technical"`
	Price     string `json:"price"`
}

// What is an offer, and what is none, is as the vectors say.
func TestOffers(t *testing.T) {
	raw, err := os.ReadFile("../testdata/vectors/offer.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors struct {
		Cases []offerVector `json:"cases"`
	}
	if err := json.Unmarshal(raw, &vectors); err != nil || len(vectors.Cases) == 0 {
		t.Fatal(err)
	}
	for _, c := range vectors.Cases {
		if c.Whole != nil {
			c.split(t)
			continue
		}
		o, err := ParseOffer(&Terms{Currency: "USD"}, cmp.Or(c.Envelope, "bid"), []byte(c.Offer))
		e, _ := errors.AsType[*publica.Error](err)
		if (err == nil) != c.Valid || err != nil && (e == nil || e.Code != c.Code || c.Field != "" && e.Field != c.Field) {
			t.Errorf("%s: %v, want %q, %q", c.Name, err, c.Code, c.Field)
			continue
		}
		if err != nil {
			continue
		}
		if text, err := o.Canonical(); err != nil || string(text) != c.Offer {
			t.Errorf("%s: sealed as %s, %v", c.Name, text, err)
		}
	}
}

// split holds what of the whole offer is sealed in which envelope.
func (c *offerVector) split(t *testing.T) {
	o := new(Offer)
	if err := publica.DecodeStrict(c.Whole, o, ""); err != nil {
		t.Errorf("%s: %v", c.Name, err)
		return
	}
	for envelope, want := range map[string]string{"bid": c.Offer, "technical": c.Technical, "price": c.Price} {
		if text, err := o.For(envelope).Canonical(); err != nil || string(text) != want {
			t.Errorf("%s: sealed as %s, %v", c.Name, text, err)
		}
		if _, err := ParseOffer(&Terms{Currency: "USD"}, envelope, []byte(want)); err != nil {
			t.Errorf("%s: %v", c.Name, err)
		}
	}
}
