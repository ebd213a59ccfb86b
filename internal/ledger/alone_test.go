package ledger

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"publica"
)

// A lone validator whose engine has lost its blocks goes on from the register,
// and recovers as any other when it dies between block and register.
func TestBootstrapAlone(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "app.json")
	app := newFakeApp(t, file)
	c := testConfig(t, dir)
	id, err := LoadIdentity(dir)
	if err != nil {
		t.Fatal(err)
	}
	c.Validators = []Validator{{Name: "self", Key: id.Validator, Power: 1}}
	run := func(first, want int) {
		t.Helper()
		l := startLedger(t, c, app)
		submitAll(t, l, first, 5)
		eventually(t, "five more entries", func() bool { return app.count() == want })
		if err := l.Stop(); err != nil {
			t.Fatal(err)
		}
	}
	run(0, 5)
	if err := BootstrapAlone(c, 1, nil, 0); publica.CodeOf(err) != publica.Conflict {
		t.Errorf("an engine with blocks: %v, want a conflict", err)
	}

	if err := os.RemoveAll(filepath.Join(dir, "engine", "data")); err != nil {
		t.Fatal(err)
	}
	if err := MarkRestored(dir, publica.TimeOf(time.Now())); err != nil {
		t.Fatal(err)
	}
	height, root, err := app.Position()
	if err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := BootstrapAlone(c, height, root, 0); err != nil {
		t.Fatal(err)
	}
	run(1000, 10)
	if first := app.history()[len(app.history())-1]; first.height <= height {
		t.Errorf("the chain went on at height %d, the register stood at %d", first.height, height)
	}
	run(2000, 15)

	if err := os.WriteFile(file, before, 0o600); err != nil {
		t.Fatal(err)
	}
	app = newFakeApp(t, file)
	run(3000, 20)
}
