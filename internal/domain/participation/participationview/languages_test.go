package participationview

import (
	"net/http/httptest"
	"strings"
	"testing"
)

// A page speaks the reader's language; what people wrote stays in theirs, and
// says which that is.
func TestLanguages(t *testing.T) {
	s := newSample(t)
	h, _ := s.site()
	base := "/docket/" + s.Docket.String()
	in := func(language, path string) string {
		r := httptest.NewRequest("GET", path, nil)
		r.Header.Set("Accept-Language", language)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Body.String()
	}
	for language, want := range map[string][]string{
		"es": {`<html lang="es" dir="ltr"`, "14 de 19 aportaciones están pendientes de respuesta.", "En qué punto está"},
		"fr": {`<html lang="fr" dir="ltr"`, "Personne ne peut déclarer le résultat définitif avant que chacune ait sa réponse.", "Où il en est"},
		"ar": {`<html lang="ar" dir="rtl"`, "14 مساهمة من 19 تستحق ردًا.", "أين وصل"},
	} {
		p := in(language, base)
		for _, w := range want {
			if !strings.Contains(p, w) {
				t.Errorf("%s: the page does not say %q", language, w)
			}
		}
		for _, path := range []string{"/text", "/comments", "/ideas", "/responses", "/rules", "/debt"} {
			if p := in(language, base+path); !strings.Contains(p, `lang="en"`) || strings.Contains(p, "What became of it") {
				t.Errorf("%s %s: people's text has no language, or the page speaks English", language, path)
			}
		}
	}
	if p := in("ar", base+"/comments"); !strings.Contains(p, "تعليقان") && !strings.Contains(p, "رد واحد") {
		t.Error("plurals of Arabic are not used")
	}
}
