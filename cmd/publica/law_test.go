package main

import (
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"publica"
	"publica/internal/registertest"
)

// TestLaw runs the scripts whose register is the true rules with a clock that the
// script moves: what takes months on a node is over in a moment.
func TestLaw(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/law", Setup: setup,
		Cmds: commands{"law": law, "actor": actor, "fill": fill, "flip": flip, "leaks": leaks},
	})
}

// fatal ends a script as a test is ended.
type fatal struct{ *testscript.TestScript }

func (fatal) Helper()                        {}
func (f fatal) Fatal(args ...any)            { f.Fatalf("%s", fmt.Sprintln(args...)) }
func (f fatal) Errorf(s string, args ...any) { f.Fatalf(s, args...) }
func (f fatal) Error(args ...any)            { f.Fatal(args...) }

// registers are those of scripts, by their folder.
var registers sync.Map

func registerOf(ts *testscript.TestScript) *registertest.Server {
	s, ok := registers.Load(ts.Getenv("WORK"))
	if !ok {
		ts.Fatalf("law start comes first")
	}
	return s.(*registertest.Server)
}

// law start serves a register; law +30d moves its clock.
func law(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: law start | law +30d")
	}
	if args[0] == "start" {
		s, err := registertest.NewServer(registertest.NewLaw(fatal{ts}, registertest.Domains()))
		ts.Check(err)
		server := httptest.NewServer(s)
		ts.Defer(server.Close)
		registers.Store(ts.Getenv("WORK"), s)
		ts.Setenv("PUBLICA_URL", server.URL)
		ts.Check(os.WriteFile(ts.MkAbs("policy.txt"), []byte(s.PolicyText()), 0o644))
		ts.Setenv("PUBLICA_POLICY", ts.MkAbs("policy.txt"))
		return
	}
	ts.Check(registerOf(ts).Until(moment(ts, args[0])))
}

var offsets = regexp.MustCompile(`^\+(\d+)([dh])$`)

// moment is a time from the register's now.
func moment(ts *testscript.TestScript, text string) publica.Time {
	m := offsets.FindStringSubmatch(text)
	if m == nil {
		ts.Fatalf("%q is no time like +30d or +24h", text)
	}
	d, err := time.ParseDuration(m[1] + "h")
	ts.Check(err)
	if m[2] == "d" {
		d *= 24
	}
	return registerOf(ts).Now().Add(d)
}

// actor NAME... writes the key files of actors of tests, and sets the fingerprints
// as environment variables.
func actor(ts *testscript.TestScript, _ bool, args []string) {
	for _, name := range args {
		key := registertest.Key(name)
		text, err := key.MarshalText()
		ts.Check(err)
		ts.Check(os.WriteFile(ts.MkAbs(name+".key"), text, 0o600))
		ts.Setenv(name, key.ID().String())
	}
}

var holes = regexp.MustCompile(`\{([^{}"\s]+)\}`)

// fill FILE OUT replaces {NAME} by an environment variable and {+30d} by a time;
// fill NAME=FILE sets a variable to what a file holds, on its first line.
func fill(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) == 1 {
		name, file, _ := strings.Cut(args[0], "=")
		line, _, _ := strings.Cut(ts.ReadFile(file), "\n")
		ts.Setenv(name, strings.Fields(line)[0])
		return
	}
	text := holes.ReplaceAllStringFunc(ts.ReadFile(args[0]), func(hole string) string {
		name := hole[1 : len(hole)-1]
		if strings.HasPrefix(name, "+") {
			return moment(ts, name).String()
		}
		return ts.Getenv(name)
	})
	ts.Check(os.WriteFile(filepath.Join(ts.Getenv("WORK"), args[1]), []byte(text), 0o644))
}
