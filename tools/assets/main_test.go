package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

// sheet is a style sheet with every theme colour, two files that are taken and
// two that are not.
func sheet() string {
	var b strings.Builder
	b.WriteString("\ufeff@charset \"UTF-8\";")
	for _, c := range theme {
		b.WriteString(".x{border-color:" + c.hex + "}")
	}
	b.WriteString(".t{background-color:#005ea2;color:#fff}.t a{color:#005ea2;fill:#005ea2}.u{color:#fffe}")
	b.WriteString(`.a{background:url(../img/usa-icons/add.svg)}.b{src:url("../fonts/s/bold.woff2")}` +
		`.hero{background:url(../img/hero.jpg)}.l{src:url(../fonts/s/light.woff2)}.d{background:url(data:image/png;base64,AA)}` +
		"\n/*# sourceMappingURL=uswds.min.css.map */")
	return b.String()
}

func TestTake(t *testing.T) {
	dist := fstest.MapFS{
		"css/uswds.min.css":      {Data: []byte(sheet())},
		"img/usa-icons/add.svg":  {Data: []byte("<svg/>")},
		"img/usa-icons/more.svg": {Data: []byte("<svg/>")},
		"fonts/s/bold.woff2":     {Data: []byte("font")},
	}
	taken, err := take(dist)
	if err != nil {
		t.Fatal(err)
	}
	if len(taken) != 3 || taken["img/usa-icons/add.svg"] == nil || taken["fonts/s/bold.woff2"] == nil {
		t.Errorf("taken: %v", taken)
	}
	css := string(taken["css/uswds.css"])
	if !strings.HasPrefix(css, `@charset "UTF-8";:root{--theme-`) || !strings.Contains(css, "--theme-primary:#005ea2;") ||
		!strings.Contains(css, "{border-color:var(--theme-primary)}") ||
		!strings.Contains(css, ".t{background-color:var(--theme-primary);color:var(--theme-paper)}") ||
		!strings.Contains(css, ".t a{color:var(--theme-link);fill:var(--theme-primary)}.u{color:#fffe}") || strings.Contains(css, "sourceMappingURL") {
		t.Errorf("style sheet: %s", css)
	}
	delete(dist, "fonts/s/bold.woff2")
	if _, err := take(dist); err == nil {
		t.Error("a file the style sheet names is missing, and nobody is told")
	}
	if _, err := themed([]byte(".x{}")); err == nil || !strings.Contains(err.Error(), "theme colour") {
		t.Errorf("a sheet with another theme: %v", err)
	}
}

// The mirror is made by the pinned program, or, without it, not at all.
func TestMirrored(t *testing.T) {
	if _, err := mirrored(t.Context(), t.TempDir(), []byte("a{left:0}")); err == nil {
		t.Error("a mirror without the program that makes it")
	}
}

func TestWrite(t *testing.T) {
	out := t.TempDir()
	stale := filepath.Join(out, "img", "old.svg")
	if err := os.MkdirAll(filepath.Dir(stale), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(stale, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	size, err := write(out, map[string][]byte{"css/uswds.css": []byte("abc"), "fonts/s/x.woff2": []byte("de")})
	if err != nil || size != 5 {
		t.Fatalf("%d bytes, %v", size, err)
	}
	if _, err := os.Stat(stale); err == nil {
		t.Error("what an older version left is still there")
	}
	if _, err := os.Stat(filepath.Join(out, ".made")); err != nil {
		t.Error(err)
	}
}

func TestPinned(t *testing.T) {
	lock, err := pinned.ReadFile("package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(lock), `"resolved"`) || !strings.Contains(string(lock), `"integrity": "sha512-`) {
		t.Error("the lock file names a host, or no hash")
	}
	if err := run(t.Context(), nil); err == nil {
		t.Error("no folder is taken for one")
	}
}
