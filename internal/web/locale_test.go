package web

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/template/parse"

	"github.com/pelletier/go-toml/v2"

	"publica"
)

// saidIn collects the ids of all messages of the pages, with a place of each:
// t, n, tl in templates; T, N, Rich and Msg in Go, and the kinds of the rules.
// What is wrong may be said in other languages, and need not be: what
// publica.Problem and WithHint get is there as loose.
func saidIn(t *testing.T, root string) map[string]saidAt {
	all := map[string]saidAt{}
	add := func(id, where string, how saying) {
		m, ok := all[id]
		all[id] = saidAt{where, m.plural || how == plural, (m.loose || !ok) && how == loose}
	}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || d.IsDir() || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "testdata") || strings.Contains(path, "/assets/"):
			return err
		case strings.HasSuffix(path, ".go"):
			return saidInGo(path, add)
		case strings.HasSuffix(path, ".html"):
			return saidInTemplate(path, add)
		}
		return nil
	})
	problems, _ := filepath.Glob(filepath.Join(root, "../*.go")) // of the package publica
	for _, path := range problems {
		err = errors.Join(err, saidInGo(path, add))
	}
	if err != nil {
		t.Fatal(err)
	}
	return all
}

type saidAt struct {
	where  string
	plural bool
	loose  bool // it may do without a translation
}

// A saying is how a message is said.
type saying int

const (
	plain saying = iota
	plural
	loose
)

func saidInGo(path string, add func(id, where string, how saying)) error {
	files := token.NewFileSet()
	f, err := parser.ParseFile(files, path, nil, 0)
	if err != nil {
		return err
	}
	say := func(e ast.Expr, how saying, as func(string) string) {
		if id, ok := literal(e); ok {
			add(as(id), files.Position(e.Pos()).String(), how)
		}
	}
	same := func(id string) string { return id }
	kind := func(id string) string { return kindWords(publica.Kind(id)) }
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ValueSpec: // const decided publica.Kind = "governance/decided"
			if name, ok := n.Type.(*ast.SelectorExpr); ok && name.Sel.Name == "Kind" {
				for _, v := range n.Values {
					say(v, plain, kind)
				}
			}
		case *ast.CompositeLit: // []machine.System{{Name: …, Doc: …}}
			list, ok := n.Type.(*ast.ArrayType)
			if !ok || calledName(list.Elt) != "System" {
				return true
			}
			for _, e := range n.Elts {
				for _, field := range e.(*ast.CompositeLit).Elts {
					kv := field.(*ast.KeyValueExpr)
					say(kv.Value, plain, map[string]func(string) string{"Name": kind, "Doc": same}[kv.Key.(*ast.Ident).Name])
				}
			}
		case *ast.CallExpr:
			name, at, how := calledName(n.Fun), 0, plain
			switch name {
			case "T", "Rich", "Msg":
			case "WithHint":
				how = loose
			case "N":
				at, how = 2, plural
			case "Problem":
				at, how = 2, loose
			case "Define":
				at = 1
			default:
				return true
			}
			if len(n.Args) <= at {
				return true
			}
			say(n.Args[at], how, same)
			if name == "Define" {
				say(n.Args[0], plain, kind)
			}
		}
		return true
	})
	return nil
}

// calledName returns the last part of a name.
func calledName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	case *ast.IndexExpr: // of a generic function
		return calledName(e.X)
	}
	return ""
}

// literal returns a string literal's value, or that of a sum of them.
func literal(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(e.Value)
		return s, err == nil && e.Kind == token.STRING
	case *ast.BinaryExpr:
		x, ok := literal(e.X)
		y, also := literal(e.Y)
		return x + y, ok && also
	}
	return "", false
}

func saidInTemplate(path string, add func(id, where string, how saying)) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	tree := parse.New(filepath.Base(path))
	tree.Mode = parse.SkipFuncCheck
	set := map[string]*parse.Tree{}
	if _, err := tree.Parse(string(raw), "", "", set); err != nil {
		return err
	}
	var walk func(n parse.Node)
	walk = func(n parse.Node) {
		switch n := n.(type) {
		case *parse.ListNode:
			if n != nil {
				for _, c := range n.Nodes {
					walk(c)
				}
			}
		case *parse.ActionNode:
			walk(n.Pipe)
		case *parse.TemplateNode:
			if n.Pipe != nil {
				walk(n.Pipe)
			}
		case *parse.IfNode:
			walk(n.Pipe)
			walk(n.List)
			walk(n.ElseList)
		case *parse.RangeNode:
			walk(n.Pipe)
			walk(n.List)
			walk(n.ElseList)
		case *parse.WithNode:
			walk(n.Pipe)
			walk(n.List)
			walk(n.ElseList)
		case *parse.PipeNode:
			for _, c := range n.Cmds {
				walk(c)
			}
		case *parse.CommandNode:
			for _, a := range n.Args {
				walk(a)
			}
			f, ok := n.Args[0].(*parse.IdentifierNode)
			if !ok {
				return
			}
			at := map[string]int{"t": 1, "tl": 1, "n": 3}[f.Ident]
			if at > 0 && len(n.Args) > at {
				if s, ok := n.Args[at].(*parse.StringNode); ok {
					add(s.Text, path, map[string]saying{"n": plural}[f.Ident])
				}
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(set)) {
		walk(set[name].Root)
	}
	return nil
}

var placeholder = regexp.MustCompile(`\{[a-z]+\}|[\[\]` + "`]")

func marks(s string) []string {
	all := placeholder.FindAllString(s, -1)
	slices.Sort(all)
	return all
}

// Every message of the interface is there in every language, with the same
// values, links and plural forms; and no catalog keeps what nothing says.
func TestCatalogs(t *testing.T) {
	said := saidIn(t, "..")
	forms := map[string][]string{"es": {"one", "many", "other"}, "fr": {"one", "many", "other"}, "ar": {"zero", "one", "two", "few", "many", "other"}}
	languages := map[string]int{} // that have a message which may do without
	for lang, plurals := range forms {
		have := map[string]map[string]string{}
		files, err := filepath.Glob("languages/" + lang + ".*.toml")
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			raw, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			var catalog map[string]any
			if err := toml.Unmarshal(raw, &catalog); err != nil {
				t.Errorf("%s: %v", f, err)
				continue
			}
			for id, v := range catalog {
				if have[id] != nil {
					t.Errorf("%s: %q stands in another catalog too", f, id)
				}
				have[id] = map[string]string{}
				switch v := v.(type) {
				case string:
					have[id]["other"] = v
				case map[string]any:
					for form, s := range v {
						have[id][form], _ = s.(string)
					}
				}
				if _, ok := said[id]; !ok {
					t.Errorf("%s: nothing says %q", f, id)
				}
			}
		}
		for id, m := range said {
			if m.loose && have[id] == nil {
				continue
			}
			if m.loose {
				languages[id]++
			}
			if have[id] == nil {
				t.Errorf("%s: %s: no translation of %q", lang, m.where, id)
				continue
			}
			want := []string{"other"}
			if m.plural {
				want = plurals
			}
			if got := slices.Sorted(maps.Keys(have[id])); !slices.Equal(got, slices.Sorted(slices.Values(want))) {
				t.Errorf("%s: %q has the forms %v, want %v", lang, id, got, want)
			}
			if text := have[id]["other"]; !slices.Equal(marks(text), marks(id)) {
				t.Errorf("%s: %q keeps not the values and links of %q", lang, text, id)
			}
		}
	}
	for id, n := range languages {
		if n != len(forms) {
			t.Errorf("%q is translated into %d of %d languages", id, n, len(forms))
		}
	}
}

func TestLocale(t *testing.T) {
	es, ar := localeNamed("es"), localeNamed("ar")
	var none *Locale
	day := publica.Time(1505779200000) // 19 September 2017
	for _, k := range []struct{ got, want string }{
		{none.N(1, "{n} day", "{n} days"), "1 day"},
		{none.N(1234, "{n} day", "{n} days"), "1,234 days"},
		{es.N(1, "{n} day", "{n} days"), "1 día"},
		{es.N(12345, "{n} day", "{n} days"), "12.345 días"},
		{es.N(2_000_000, "{n} day", "{n} days"), "2.000.000 de días"},
		{ar.N(2, "{n} day", "{n} days"), "يومان"},
		{ar.N(5, "{n} day", "{n} days"), "5 أيام"},
		{ar.N(11, "{n} day", "{n} days"), "11 يومًا"},
		{none.Day(day), "19 September 2017"},
		{es.Day(day), "19 de septiembre de 2017"},
		{none.T("a message without a translation, {x}", "x", 1), "a message without a translation, 1"},
		{string(none.Rich("See [the <log>] of `{x}` & more", "/log?a&b", "x", "<[y]>")), `See <a href="/log?a&amp;b">the &lt;log&gt;</a> of <code>&lt;[y]&gt;</code> &amp; more`},
		{string(none.Rich("[no]", "javascript:alert(1)")), `<a href="#">no</a>`},
	} {
		if k.got != k.want {
			t.Errorf("said %q, want %q", k.got, k.want)
		}
	}
}

// The language comes from the reader's choice, the browser, the register, in
// this order, and a choice never leads off the site.
func TestChooseLanguage(t *testing.T) {
	s := &Site{data: siteData{Lang: "fr"}}
	said := func(header, cookie string) string {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Accept-Language", header)
		if cookie != "" {
			r.AddCookie(&http.Cookie{Name: languageCookie, Value: cookie})
		}
		tag := ""
		s.withLocale(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { tag = LocaleOf(r).Tag })).ServeHTTP(httptest.NewRecorder(), r)
		return tag
	}
	for _, k := range []struct{ header, cookie, want string }{
		{"", "", "fr"}, {"de", "", "fr"}, {"es-MX,en;q=0.5", "", "es"}, {"ar-EG", "", "ar"}, {"es", "en", "en"}, {"es", "xx", "es"}, {"en-US", "", "en"},
	} {
		if got := said(k.header, k.cookie); got != k.want {
			t.Errorf("asked for %q with cookie %q: %s, want %s", k.header, k.cookie, got, k.want)
		}
	}
	for back, want := range map[string]string{"/log?a=1": "/log?a=1", "//evil.example": "/", "/\\evil.example": "/", "https://evil.example": "/", "": "/"} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest("GET", "/language", nil)
		q := r.URL.Query()
		q.Set("to", "es")
		q.Set("back", back)
		r.URL.RawQuery = q.Encode()
		s.chooseLanguage(w, r)
		if got := w.Header().Get("Location"); got != want {
			t.Errorf("back to %q leads to %q", back, got)
		}
	}
}
