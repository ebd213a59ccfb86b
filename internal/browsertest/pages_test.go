package browsertest

import (
	"encoding/json/v2"
	"io"
	"net/http"
	"slices"
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
	h.found(importer.Setup{Body: "Harbour Office", Type: "agency", Docket: "action-plan", Title: "Ferries in winter", Summary: "When should they run?"})
	_, err := demo.Run(t.Context(), h.base, demo.Cast{Founder: h.founder}, io.Discard)
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

// employEverywhere signs the tab in as one who serves every body of a lively
// register.
func (b *tab) employEverywhere(h *house) {
	b.t.Helper()
	g := importer.Signer{Key: h.founder, Register: "rivers.publica.example", For: h.body("Ministry")}
	key := b.employ(h, g)
	for _, body := range []string{"Ministry", "City", "Harbour"} {
		g.For = h.body(body)
		if body != "Ministry" { // which has employed them
			h.grant(g, key, "coordinator")
		}
		h.grant(g, key, "admin")
		h.grant(g, key, "moderator")
	}
	for body, role := range map[string]string{"Audit": "moderator", "University": "reviewer"} { // of the plan, by its charter
		g.For = h.body(body)
		h.grant(g, key, role)
	}
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
	staff.employEverywhere(h)
	seen := map[string]bool{}
	first := slices.DeleteFunc(slices.Clone(all), func(s sample) bool {
		again := seen[s.pattern]
		seen[s.pattern] = true
		return again
	})
	t.Run("read", func(t *testing.T) {
		for lang, lights := range map[string][]light{"en": {aDesk, aPhone, dark, forced}, "ar": {aDesk, aPhone}} {
			t.Run(lang, func(t *testing.T) {
				t.Parallel()
				public, desk, pages := anybody.beside(t).speak(lang), staff.beside(t).speak(lang), all
				if lang == "ar" {
					pages = first // what differs from English is how a page is laid out
				}
				each(t, public, desk, pages, func(b *tab, s sample) {
					if slices.Contains(first, s) {
						b.inspect(s.name(), lights...)
					} else { // the same page with something else on it
						b.inspect(s.name(), lights[:2]...)
					}
				})
			})
		}
	})
	t.Run("keyboard", func(t *testing.T) {
		public, desk := anybody.beside(t).speak("en"), staff.beside(t)
		each(t, public, desk, first, func(b *tab, s sample) {
			if s.pattern == "GET /desk/sign-in" {
				b.see("[data-act=passkey]") // it comes after a question to the device
			}
			b.walk(s.name())
		})
	})
	t.Run("steps", func(t *testing.T) { steps(t, anybody.beside(t), staff.beside(t)) })
}
