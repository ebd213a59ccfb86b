package main

import (
	"bytes"
	"encoding/json/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/cobra"

	"publica"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"publica": main})
}

type commands = map[string]func(*testscript.TestScript, bool, []string)

// TestScript runs the scripts that need no register, only files.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script", Setup: setup, Condition: hasData(t),
		Cmds: commands{"vector": vector, "keep": keep},
	})
}

// hasData is the condition of scripts that a folder of the data is there.
func hasData(t *testing.T) func(string) (bool, error) {
	return func(data string) (bool, error) {
		_, err := os.Stat(filepath.Join(dataFolder, data))
		if err != nil {
			t.Logf("SKIPPED: ../shared/data/%s is not beside the project", data)
		}
		return err == nil, nil
	}
}

// dataFolder is ../shared/data, seen from the project's root.
var dataFolder = filepath.Join("..", "..", "..", "shared", "data")

func setup(env *testscript.Env) error {
	data, err := filepath.Abs(dataFolder)
	if err != nil {
		return err
	}
	env.Setenv("DATA", data)
	env.Setenv("XDG_CACHE_HOME", filepath.Join(env.WorkDir, "cache"))
	return nil
}

// vector FILE CASE POLICY OUT writes a case of testdata/vectors and its policy.
func vector(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 4 {
		ts.Fatalf("usage: vector receipts|exports|forks CASE POLICY OUT")
	}
	for _, c := range readVectors(ts.Fatalf, args[0]) {
		if c.Name == args[1] {
			ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(c.Policy), 0o644))
			ts.Check(os.WriteFile(ts.MkAbs(args[3]), []byte(c.Receipt+c.Export+c.Fork), 0o644))
			return
		}
	}
	ts.Fatalf("no case %q in %s", args[1], args[0])
}

type vectorCase struct {
	Name       string `json:"name"`
	Policy     string `json:"policy"`
	ID         string `json:"id"`
	Checkpoint string `json:"checkpoint"`
	Receipt    string `json:"receipt"`
	Export     string `json:"export"`
	Fork       string `json:"fork"`
	Valid      bool   `json:"valid"`
}

func readVectors(fatalf func(string, ...any), file string) []vectorCase {
	raw, err := os.ReadFile(filepath.Join("..", "..", "testdata", "vectors", file+".json"))
	if err != nil {
		fatalf("%v", err)
	}
	var v struct {
		Cases []vectorCase `json:"cases"`
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		fatalf("%v", err)
	}
	return v.Cases
}

// keep VAR sets VAR to the last stdout, without the newline.
func keep(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: keep VAR")
	}
	ts.Setenv(args[0], strings.TrimSpace(ts.ReadFile("stdout")))
}

// Every verdict of the shared vectors is the verdict of the program.
func TestVerifyVectors(t *testing.T) {
	for _, file := range []string{"receipts", "exports", "forks"} {
		for _, c := range readVectors(t.Fatalf, file) {
			t.Run(file+"/"+c.Name, func(t *testing.T) {
				dir := t.TempDir()
				policy, name := filepath.Join(dir, "policy.txt"), filepath.Join(dir, "file")
				if err := os.WriteFile(policy, []byte(c.Policy), 0o644); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(name, []byte(c.Receipt+c.Export+c.Fork), 0o644); err != nil {
					t.Fatal(err)
				}
				var out, errs bytes.Buffer
				got := run(t.Context(), []string{"verify", name, "--policy", policy}, strings.NewReader(""), &out, &errs)
				want := 1
				if c.Valid {
					want = 0
				}
				if got != want {
					t.Errorf("exit %d, want %d\n%s%s", got, want, &out, &errs)
				}
				if !c.Valid && !strings.Contains(errs.String(), "refused: ") {
					t.Errorf("no reason: %s", &errs)
				}
			})
		}
	}
}

// A receipt with any one bit flipped is refused.
func TestVerifyFlips(t *testing.T) {
	cases := readVectors(t.Fatalf, "receipts")
	i := slices.IndexFunc(cases, func(c vectorCase) bool { return c.Name == "logged" })
	if i < 0 {
		t.Fatal("no vector is called logged")
	}
	policy, err := publica.ParsePolicy([]byte(cases[i].Policy))
	if err != nil {
		t.Fatal(err)
	}
	text := []byte(strings.TrimSuffix(cases[i].Receipt, "\n"))
	if v := verifyReceipt(text, policy, ""); !v.OK {
		t.Fatal(v.Why)
	}
	for at := range text {
		text[at] ^= 1
		if v := verifyReceipt(text, policy, ""); v.OK {
			t.Errorf("byte %d altered, and the receipt is accepted: …%s…", at, text[max(0, at-20):min(len(text), at+20)])
		} else if v.Why == "" {
			t.Errorf("byte %d altered: no reason is given", at)
		}
		text[at] ^= 1
	}
}

// Every verb says what it does, how, and by example.
func TestHelp(t *testing.T) {
	a := &app{getenv: func(string) string { return "" }}
	var visit func(cmd *cobra.Command)
	visit = func(cmd *cobra.Command) {
		if cmd.Name() == "help" || cmd.Name() == "completion" {
			return
		}
		if cmd.Short == "" || !strings.HasPrefix(cmd.Example, "  publica ") {
			t.Errorf("%s lacks a short help or an example", cmd.CommandPath())
		}
		for line := range strings.Lines(cmd.Example) {
			a.exampleParses(t, strings.TrimSpace(line))
		}
		for _, c := range cmd.Commands() {
			visit(c)
		}
	}
	visit(a.command())
}

// exampleParses checks that the verb and the flags of an example exist.
func (a *app) exampleParses(t *testing.T, line string) {
	t.Helper()
	line, _, _ = strings.Cut(line, " > ")
	line, _, _ = strings.Cut(line, " && ")
	args := strings.Fields(strings.NewReplacer("$(publica id me.key)", "id", `"Yes, please."`, "yes", `"A shorter form"`, "x").Replace(line))
	cmd, rest, err := a.command().Find(args[1:])
	if err != nil {
		t.Errorf("%s: %v", line, err)
		return
	}
	for _, arg := range rest {
		name, _, _ := strings.Cut(arg, "=")
		name = strings.TrimLeft(name, "-")
		switch {
		case strings.HasPrefix(arg, "--") && cmd.Flag(name) == nil,
			strings.HasPrefix(arg, "-") && !strings.HasPrefix(arg, "--") && cmd.Flags().ShorthandLookup(name) == nil:
			t.Errorf("%s: %s has no flag %s", line, cmd.CommandPath(), arg)
		}
	}
}
