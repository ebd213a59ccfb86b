package faulttest

import (
	"encoding/json/v2"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// An edit changes a source file for one build. What is built is the program
// with this one fault; the source stays as it is.
type edit struct {
	pkg     string // import path
	file    string // "*.go" for all but tests
	find    string // regular expression
	replace string
}

// buildWith builds the programs with edits into programs/name and returns that
// name. A pattern that matches nothing is an error: the fault would not be in
// the build.
func buildWith(t testing.TB, name string, edits ...edit) string {
	t.Helper()
	needRoot(t)
	if _, err := os.Stat(program(name, "publicad")); err == nil {
		return name
	}
	if err := buildOverlay(filepath.Join(programs, name), edits); err != nil {
		t.Fatal(err)
	}
	return name
}

func buildOverlay(dir string, edits []edit) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	texts := map[string]string{} // changed sources, by their path
	for _, e := range edits {
		if err := e.apply(texts); err != nil {
			return err
		}
	}
	var overlay struct{ Replace map[string]string }
	overlay.Replace = map[string]string{}
	for path, text := range texts {
		overlay.Replace[path] = filepath.Join(dir, fmt.Sprintf("%d-%s", len(overlay.Replace), filepath.Base(path)))
		if err := os.WriteFile(overlay.Replace[path], []byte(text), 0o600); err != nil {
			return err
		}
	}
	raw, err := json.Marshal(overlay)
	if err != nil {
		return err
	}
	file := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		return err
	}
	return build(dir, "-overlay", file)
}

// apply changes the texts, reading those that are not among them yet.
func (e edit) apply(texts map[string]string) error {
	out, err := exec.Command("go", "list", "-f", `{{.Dir}}{{range .GoFiles}} {{.}}{{end}}`, e.pkg).Output()
	if err != nil {
		return fmt.Errorf("find the source of %s: %w", e.pkg, err)
	}
	names := strings.Fields(string(out))
	find, found := regexp.MustCompile(e.find), false
	for _, name := range names[1:] {
		path := filepath.Join(names[0], name)
		if ok, err := filepath.Match(e.file, name); !ok || err != nil {
			continue
		}
		text, ok := texts[path]
		if !ok {
			raw, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			text = string(raw)
		}
		if find.MatchString(text) {
			found, texts[path] = true, find.ReplaceAllString(text, e.replace)
		}
	}
	if !found {
		return fmt.Errorf("%s %s has nothing like %q: the fault must be put elsewhere", e.pkg, e.file, e.find)
	}
	return nil
}

// TestEditsMustMatch shows that a fault is not left out of a build in silence.
func TestEditsMustMatch(t *testing.T) {
	texts := map[string]string{}
	clock := edit{"time", "time.go", `func Now\(\) Time`, "func Now() (never Time)"}
	if err := clock.apply(texts); err != nil || len(texts) != 1 {
		t.Fatalf("%d sources changed: %v", len(texts), err)
	}
	if err := clock.apply(texts); err == nil {
		t.Error("an edit that matches nothing was taken for made")
	}
}
