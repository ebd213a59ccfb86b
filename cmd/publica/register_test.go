package main

import (
	"archive/zip"
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"publica"
	"publica/internal/node"
	"publica/internal/web"
)

// TestRegister runs the scripts that drive a real node.
func TestRegister(t *testing.T) {
	if testing.Short() {
		t.Skip("starts nodes")
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/register", Setup: setupNode,
		Cmds:      commands{"register": register, "keep": keep, "flip": flip, "cutline": cutline, "pack": pack},
		Condition: hasData(t),
	})
}

func setupNode(env *testscript.Env) error {
	r := new(running)
	env.Values[runningKey{}] = r
	env.Defer(func() {
		if err := r.stop(); err != nil {
			env.T().Log("the node ended with ", err)
		}
	})
	return setup(env)
}

// A running is the node a script has started.
type running struct {
	cancel func()
	ended  chan error
}

// runningKey finds the running of a script.
type runningKey struct{}

func (r *running) stop() error {
	if r.cancel == nil {
		return nil
	}
	r.cancel()
	r.cancel = nil
	return <-r.ended
}

// register start HOME founds a register (if HOME has none) and serves it until
// register stop. It sets PUBLICA_URL and FOUNDER, the founder's key file.
func register(ts *testscript.TestScript, _ bool, args []string) {
	r := ts.Value(runningKey{}).(*running)
	if len(args) == 1 && args[0] == "stop" {
		ts.Check(r.stop())
		return
	}
	if len(args) != 2 || args[0] != "start" {
		ts.Fatalf("usage: register start HOME | register stop")
	}
	home := ts.MkAbs(args[1])
	f, err := node.OpenFolder(home)
	if publica.CodeOf(err) == publica.NotFound {
		f, err = node.Found(home, node.Config{Register: "test.publica.example", Listen: "127.0.0.1:0"}, time.Now())
	}
	ts.Check(err)
	f.Config.Listen = "127.0.0.1:0"
	var ctx context.Context
	ctx, r.cancel = context.WithCancel(context.Background())
	r.ended = make(chan error, 1)
	ready := make(chan string, 1)
	go func() {
		r.ended <- node.Run(ctx, f, node.Options{Ready: func(b string, _ web.Register) { ready <- b }})
	}()
	select {
	case base := <-ready:
		ts.Setenv("PUBLICA_URL", base)
		ts.Setenv("FOUNDER", filepath.Join(home, "keys", "founder.key"))
	case err := <-r.ended:
		ts.Fatalf("the node ended at once: %v", err)
	}
}

// flip OLD NEW FILE OUT replaces the first OLD of a file by NEW.
func flip(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 4 {
		ts.Fatalf("usage: flip OLD NEW FILE OUT")
	}
	text := ts.ReadFile(args[2])
	if !strings.Contains(text, args[0]) {
		ts.Fatalf("%s does not hold %q", args[2], args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[3]), []byte(strings.Replace(text, args[0], args[1], 1)), 0o644))
}

// pack OUT PART FILE … writes an archive of files under the names of its parts.
func pack(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 3 || len(args)%2 == 0 {
		ts.Fatalf("usage: pack OUT PART FILE ...")
	}
	f, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	z := zip.NewWriter(f)
	for i := 1; i < len(args); i += 2 {
		w, err := z.Create(args[i])
		ts.Check(err)
		_, err = io.WriteString(w, ts.ReadFile(args[i+1]))
		ts.Check(err)
	}
	ts.Check(z.Close())
	ts.Check(f.Close())
}

// cutline N FILE OUT takes the n-th line (from 1) out of a file.
func cutline(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: cutline N FILE OUT")
	}
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	lines := strings.SplitAfter(ts.ReadFile(args[1]), "\n")
	if n < 1 || n > len(lines) {
		ts.Fatalf("%s has %d lines", args[1], len(lines))
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(strings.Join(slices.Delete(lines, n-1, n), "")), 0o644))
}
