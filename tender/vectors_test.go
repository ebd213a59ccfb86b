package tender

import (
	"encoding/json/v2"
	"os"
	"testing"

	"publica"
)

// What is an offer, and what is none, is as the vectors say.
func TestOffers(t *testing.T) {
	raw, err := os.ReadFile("../testdata/vectors/offer.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors struct {
		Cases []struct {
			Name  string       `json:"name"`
			Offer string       `json:"offer"`
			Valid bool         `json:"valid"`
			Code  publica.Code `json:"code"`
		} `json:"cases"`
	}
	if err := json.Unmarshal(raw, &vectors); err != nil || len(vectors.Cases) == 0 {
		t.Fatal(err)
	}
	for _, c := range vectors.Cases {
		o, err := ParseOffer(&Terms{Currency: "USD"}, "bid", []byte(c.Offer))
		if (err == nil) != c.Valid || err != nil && publica.CodeOf(err) != c.Code {
			t.Errorf("%s: %v, want %q", c.Name, err, c.Code)
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
