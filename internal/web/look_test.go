package web_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"publica"
	"publica/internal/web"
)

func TestLook(t *testing.T) {
	svg := []byte(`<svg xmlns="http://www.w3.org/2000/svg"><circle r="4"/></svg>`)
	site, err := web.New(web.Config{Register: newFake(t), Look: web.Look{Theme: web.Theme{Header: "#004d2c"}, Logo: svg, Banner: "An official <site> of Testland", Flag: svg}})
	if err != nil {
		t.Fatal(err)
	}
	h := site.Handler()
	get := func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		return w
	}
	page := get("/log").Body.String()
	at := regexp.MustCompile(`/assets/[0-9a-f]{12}/`).FindString(page)
	for _, want := range []string{at + "logo.svg", at + "flag.svg", at + "theme.css", "An official &lt;site&gt; of Testland"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	for path, want := range map[string]string{at + "logo.svg": string(svg), at + "theme.css": "--theme-header:#004d2c;", at + "mark.svg": `fill="#004d2c"`} {
		w := get(path)
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), want) || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d %v %.80s", path, w.Code, w.Header(), w.Body)
		}
	}
	if old := get("/assets/0123456789ab/theme.css"); old.Code != http.StatusOK || strings.Contains(old.Header().Get("Cache-Control"), "immutable") {
		t.Errorf("a file of another version: %d %v", old.Code, old.Header())
	}
	if _, err := web.New(web.Config{Register: newFake(t), Look: web.Look{Theme: web.Theme{Link: "#7fb3e0"}}}); publica.CodeOf(err) != publica.Invalid {
		t.Errorf("a site that not everybody can read: %v", err)
	}
	for _, bad := range []web.Look{{Logo: []byte("GIF89a")}, {Flag: make([]byte, 300_000)}} {
		if wrong := bad.Check(); len(wrong) != 1 || wrong[0].Hint == "" {
			t.Errorf("an image that is none: %v", wrong)
		}
	}
}
