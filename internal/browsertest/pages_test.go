//go:build browser

package browsertest

import (
	"encoding/json/v2"
	"io"
	"net/http"
	"strings"
	"testing"

	"publica"
	"publica/cmd/publica/importer"
	"publica/internal/demo"
)

// lively is a register with the sample dockets of the demonstration, and one
// where nothing was said.
func lively(t *testing.T) *house {
	t.Helper()
	h := newHouse(t)
	h.found(importer.Setup{Body: "Harbour Office", Type: "agency", Title: "Ferries in winter", Summary: "When should they run?"})
	_, err := demo.Run(t.Context(), h.base, h.founder, io.Discard)
	must(t, err)
	governor, err := h.folder.Key("governor")
	must(t, err)
	h.say(importer.Signer{Key: governor, Register: "rivers.publica.example", For: h.body("rivers")},
		importer.Statement{Source: "admit", Kind: "governance/propose",
			Body: obj{"action": obj{"admit_body": obj{"name": "Academy of Sciences", "type": "university", "member": true, "governors": []any{person("academy").ID()}}}},
			Parts: []importer.Part{{Name: "title", Media: "text/plain", Text: "Admit the Academy of Sciences"},
				{Name: "text", Media: "text/markdown", Text: "It has offered to run a node, and to check what we do."}}})
	return h
}

// body returns the id of the public body whose name begins so.
func (h *house) body(name string) publica.BodyID {
	h.t.Helper()
	var all struct {
		Items []struct {
			ID   publica.BodyID `json:"body"`
			Name string         `json:"name"`
		} `json:"items"`
	}
	res, err := http.Get(h.base + "/api/v1/bodies?limit=1000")
	must(h.t, err)
	defer res.Body.Close()
	must(h.t, json.UnmarshalRead(res.Body, &all))
	for _, b := range all.Items {
		if strings.HasPrefix(b.Name, name) {
			return b.ID
		}
	}
	h.t.Fatalf("no body is named %s: %+v", name, all)
	return publica.BodyID{}
}

// TestPages looks at every page of a whole register.
func TestPages(t *testing.T) {
	chromium := browser(t)
	h := lively(t)
	anybody := open(t, chromium, h)
	anybody.watch()
	all := anybody.samples()
	for _, s := range all {
		if s.path == "" {
			t.Errorf("the gallery has no sample of %s: the package that owns the page gives one with Site.Samples", s.pattern)
		}
	}
	staff := open(t, chromium, h).withAuthenticator()
	staff.watch()
	g := importer.Signer{Key: h.founder, Register: "rivers.publica.example", For: h.body("Ministry")}
	key := staff.employ(h, g)
	for _, body := range []string{"Ministry", "City", "Harbour"} {
		g.For = h.body(body)
		if body != "Ministry" { // which has employed them
			h.grant(g, key, "coordinator")
		}
		h.grant(g, key, "admin")
	}
	t.Run("accessible", func(t *testing.T) {
		for _, lang := range []string{"en", "ar"} {
			public, desk := *anybody, *staff
			public.t, desk.t = t, t
			public.speak(lang)
			desk.speak(lang)
			each(t, &public, &desk, all, func(b *tab, s sample) { b.inspect(lang + ": " + s.name()) })
		}
	})
}
