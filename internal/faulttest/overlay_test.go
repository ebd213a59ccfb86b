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

// An edit changes the source for one build. What is built is the program with
// this one fault; the source stays as it is.
type edit struct {
	pkg     string // import path
	file    string // in its folder
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
	dir := filepath.Join(programs, name)
	e, err := newEdition(dir)
	for _, change := range edits {
		if err == nil {
			err = e.apply(change)
		}
	}
	var flags []string
	if err == nil {
		flags, err = e.flags()
	}
	if err == nil {
		err = build(dir, flags...)
	}
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// engineModule is the one module of others that is edited.
const engineModule = "github.com/cometbft/cometbft"

// An edition is changed sources. Files of this module are replaced by an
// overlay; the engine, whose files in the module cache cannot be, is copied as
// a whole.
type edition struct {
	dir     string
	engine  string            // folder of the copy
	overlay map[string]string // by the path of the original
}

func newEdition(dir string) (*edition, error) {
	e := &edition{dir: dir, engine: filepath.Join(dir, "engine"), overlay: map[string]string{}}
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", engineModule).Output()
	if err != nil {
		return nil, fmt.Errorf("find the engine's source: %w", err)
	}
	return e, firstError(
		func() error { return os.CopyFS(e.engine, os.DirFS(strings.TrimSpace(string(out)))) },
		func() error { return command("chmod", "-R", "u+w", e.engine) }, // the module cache is read-only
	)
}

// apply makes one edit.
func (e *edition) apply(c edit) error {
	at := ""
	if rest, ok := strings.CutPrefix(c.pkg, engineModule); ok {
		at = filepath.Join(e.engine, rest, c.file)
	} else {
		out, err := exec.Command("go", "list", "-f", "{{.Dir}}", c.pkg).Output()
		if err != nil {
			return fmt.Errorf("find the source of %s: %w", c.pkg, err)
		}
		original := filepath.Join(strings.TrimSpace(string(out)), c.file)
		if at = e.overlay[original]; at == "" {
			at = filepath.Join(e.dir, fmt.Sprintf("%d-%s", len(e.overlay), c.file))
			if err := command("cp", original, at); err != nil {
				return err
			}
			e.overlay[original] = at
		}
	}
	text, err := os.ReadFile(at)
	if err != nil {
		return err
	}
	find := regexp.MustCompile(c.find)
	if !find.Match(text) {
		return fmt.Errorf("%s in %s has nothing like %q: the fault must be put elsewhere", c.file, c.pkg, c.find)
	}
	return os.WriteFile(at, find.ReplaceAll(text, []byte(c.replace)), 0o600)
}

// flags are those by which the go command builds the edition.
func (e *edition) flags() ([]string, error) {
	overlay, modfile := filepath.Join(e.dir, "overlay.json"), filepath.Join(e.dir, "go.mod")
	raw, err := json.Marshal(map[string]any{"Replace": e.overlay})
	if err != nil {
		return nil, err
	}
	own, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return nil, err
	}
	path := strings.TrimSpace(string(own))
	return []string{"-overlay", overlay, "-modfile", modfile}, firstError(
		func() error { return os.WriteFile(overlay, raw, 0o600) },
		func() error { return command("cp", path, modfile) },
		func() error {
			return command("cp", strings.TrimSuffix(path, "mod")+"sum", strings.TrimSuffix(modfile, "mod")+"sum")
		},
		func() error {
			return command("go", "mod", "edit", "-replace", engineModule+"="+e.engine, modfile)
		},
	)
}

// TestEditsMustMatch shows that a fault is not left out of a build in silence.
func TestEditsMustMatch(t *testing.T) {
	e, err := newEdition(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []edit{
		{engineModule + "/types/time", "time.go", `func Now\(\)`, "func Never()"},
		{"publica", "time.go", `func TimeOf\(`, "func TimeNever("},
	} {
		if err := e.apply(c); err != nil {
			t.Error(err)
		}
		if err := e.apply(c); err == nil {
			t.Errorf("an edit of %s that matches nothing was taken for made", c.pkg)
		}
	}
}
