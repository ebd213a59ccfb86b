package verifier_test

import (
	"context"
	"encoding/json/jsontext"
	"encoding/json/v2"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"publica/verifier"
)

// strict is no wider than what the site's pages allow.
const strict = "default-src 'none'; script-src 'self'; connect-src 'self'"

// TestVectors runs every shared vector in a browser, under the content policy
// of the site: with the modules as they are, in a browser without cryptography
// of its own (as on a page over http), and with all modules in one script.
func TestVectors(t *testing.T) {
	if testing.Short() {
		t.Skip("opens a browser")
	}
	script, err := verifier.Script()
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(serve(script + offered(t)))
	defer srv.Close()
	for _, way := range []struct{ name, verifier string }{
		{"modules", `await import("/verifier.js")`},
		{"without WebCrypto", `(Object.defineProperty(globalThis, "crypto", { value: {} }), await import("/verifier.js"))`},
		{"one script", `(await import("/script.js"), globalThis.verifier)`},
	} {
		t.Run(way.name, func(t *testing.T) {
			tab := open(t, srv.URL+"/")
			for _, file := range vectorFiles(t) {
				t.Run(file, func(t *testing.T) {
					out, err := chromedp.Run(tab, chromedp.Evaluate[string](`(async () => {
						const verifier = globalThis.tested ??= `+way.verifier+`;
						const { run } = await import("/vectors.js");
						return run(verifier, "`+file+`");
					})()`, chromedp.EvalAwaitPromise))
					if err != nil {
						t.Fatal(err)
					}
					compare(t, file, out)
				})
			}
		})
	}
}

// TestClassical checks that a code of which a policy demands more than it has
// room for is proven by what it has, under that part of the policy alone.
func TestClassical(t *testing.T) {
	if testing.Short() {
		t.Skip("opens a browser")
	}
	srv := httptest.NewServer(serve(""))
	defer srv.Close()
	out, err := chromedp.Run(open(t, srv.URL+"/"), chromedp.Evaluate[string](`(async () => {
		const { Policy, parseCompact, verifyReceipt } = await import("/verifier.js");
		const { cases } = await (await fetch("/vectors/compact.json")).json();
		const c = cases.find(c => c.name === "under a policy that demands ML-DSA-44 too");
		const policy = new Policy(c.policy);
		const { stage, cosignedBy } = await verifyReceipt(await parseCompact(c.compact), policy.classical());
		return [policy.demands(), policy.classical().demands(), stage, cosignedBy.length].join("; ");
	})()`, chromedp.EvalAwaitPromise))
	if err != nil || !strings.Contains(out, "3 of node1, node2, node3, node4; cosigned; 3") {
		t.Errorf("%s, %v", out, err)
	}
}

// serve serves the verifier's files, the vectors and what runs them.
func serve(script string) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", http.FileServerFS(verifier.Files()))
	mux.Handle("/vectors/", http.StripPrefix("/vectors/", http.FileServerFS(os.DirFS("../testdata/vectors"))))
	mux.HandleFunc("/vectors.js", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, "testdata/vectors.js") })
	mux.HandleFunc("/script.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		_, _ = w.Write([]byte(script))
	})
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Type", "text/html") })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", strict)
		mux.ServeHTTP(w, r)
	})
}

// offered puts what verifier.js exports where the test finds it: the one script
// must have all of it.
func offered(t *testing.T) string {
	raw, err := fs.ReadFile(verifier.Files(), "verifier.js")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, m := range regexp.MustCompile(`(?m)^export \{ (.*) \} from`).FindAllStringSubmatch(string(raw), -1) {
		names = append(names, m[1])
	}
	return "\nglobalThis.verifier = { " + strings.Join(names, ", ") + " };\n"
}

// vectorFiles are those of formats that a browser verifies: it groups no texts.
func vectorFiles(t *testing.T) (names []string) {
	paths, err := filepath.Glob("../testdata/vectors/*.json")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no vectors: %v", err)
	}
	for _, p := range paths {
		name := strings.TrimSuffix(filepath.Base(p), ".json")
		if !slices.Contains([]string{"grouping", "compliance", "evaluation", "letters"}, name) { // which only programs compute
			names = append(names, name)
		}
	}
	return names
}

// compare holds what the browser found against the vectors.
func compare(t *testing.T, file, out string) {
	raw, err := os.ReadFile(filepath.Join("../testdata/vectors", file+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		About string                      `json:"about"`
		Cases []map[string]jsontext.Value `json:"cases"`
	}
	var got []struct {
		Name, Code, Field, Message string
		Found                      map[string]jsontext.Value
	}
	if err := json.Unmarshal(raw, &want); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(out), &got, json.MatchCaseInsensitiveNames(true)); err != nil {
		t.Fatal(err)
	}
	if len(got) != len(want.Cases) {
		t.Fatalf("ran %d of %d cases", len(got), len(want.Cases))
	}
	text := func(v jsontext.Value) (s string) {
		_ = json.Unmarshal(v, &s) // "" where the vector has none
		return s
	}
	for i, c := range want.Cases {
		g, code, field := got[i], text(c["code"]), text(c["field"])
		switch {
		case g.Code != code:
			t.Errorf("%s: %q (%s: %s), want %q (%s)", g.Name, g.Code, g.Field, g.Message, code, text(c["reason"]))
		case !below(g.Field, field):
			t.Errorf("%s: refuses %q, want %q", g.Name, g.Field, field)
		}
		for name, found := range g.Found {
			if !same(found, c[name]) {
				t.Errorf("%s: %s is %s, want %s", g.Name, name, found, c[name])
			}
		}
	}
}

// below reports whether one path is the other or leads to it: readers may
// notice at different depths.
func below(a, b string) bool {
	return strings.HasPrefix(a+"/", b+"/") || strings.HasPrefix(b+"/", a+"/") || a == "" || b == ""
}

// same reports whether two values are equal; vectors leave zeros and what is
// empty out.
func same(found, want jsontext.Value) bool {
	if want == nil {
		return strings.Contains(`|0|""|[]|false|`, "|"+string(found)+"|")
	}
	if found.Canonicalize() != nil || want.Canonicalize() != nil {
		return false
	}
	return string(found) == string(want)
}

// open opens a page in a browser of its own.
func open(t *testing.T, url string) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("no chromium on this machine; hint: scripts/need-chromium installs it")
	}
	alloc, stop := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.Flag("disable-background-networking", true))...)
	t.Cleanup(stop)
	tab, stop := chromedp.NewContext(alloc)
	t.Cleanup(stop)
	tab, stop = context.WithTimeout(tab, 3*time.Minute)
	t.Cleanup(stop)
	if err := chromedp.Do(tab, chromedp.Navigate(url)); err != nil {
		t.Fatal(err)
	}
	return tab
}
