package main

import (
	"encoding/json/jsontext"
	"encoding/json/v2"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"publica"
)

// An app is the program's world: what the verbs read, where they write, and
// the settings that all of them share.
type app struct {
	in       io.Reader
	out, err io.Writer
	getenv   func(string) string
	now      func() time.Time

	url      string // of the register
	policy   string // policy file, "" to take the log key from the register
	key      string // key file
	json     bool   // data as JSON
	progress bool   // bars even if stderr is no terminal
}

// defaultURL is where "publicad demo" listens.
const defaultURL = "http://localhost:8080"

func (a *app) command() *cobra.Command {
	root := &cobra.Command{
		Use:   "publica",
		Short: "sign, send, fetch and verify the records of a Publica register",
		Long: `publica speaks to a Publica register and checks what it says.

Results go to stdout, everything else to stderr. The exit status is 0 for done,
1 for refused or failed, 2 for wrong usage.

Settings come from flags, else from the environment:
  --url     PUBLICA_URL     the register, ` + defaultURL + ` if unset
  --key     PUBLICA_KEY     the key file that signs
  --policy  PUBLICA_POLICY  whom to believe; see "publica trust"`,
		Example: `  publica keygen -o me.key
  publica get docket --url http://localhost:8080
  publica verify receipt.json --policy policy.txt`,
		Args:          a.noSuchVerb,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		SilenceErrors: true,
		SilenceUsage:  true,

		SuggestionsMinimumDistance: 2,
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return usagef(cmd, "%v", err) })
	f := root.PersistentFlags()
	f.StringVar(&a.url, "url", or(a.getenv("PUBLICA_URL"), defaultURL), "address of the register")
	f.StringVar(&a.policy, "policy", a.getenv("PUBLICA_POLICY"), "policy file: whom to believe")
	f.BoolVar(&a.progress, "progress", false, "show progress even if stderr is no terminal")
	// The list of verbs, in the order in which a newcomer needs them.
	root.AddCommand(
		a.keygenCommand(),
		a.idCommand(),
		a.trustCommand(),
		a.checkCommand(),
		a.profileCommand(),
		a.submitCommand(),
		a.getCommand(),
		a.receiptCommand(),
		a.verifyCommand(),
		a.exportCommand(),
		a.ogpCommand(),
		a.reportCommand(),
		a.ocdsCommand(),
		a.preflightCommand(),
		a.replayAwardCommand(),
		a.tenderCommand(),
		a.bidCommand(),
		a.trusteeCommand(),
		a.evaluateCommand(),
		a.lineEditsCommand(),
		a.compareCommand(),
		a.ghostsCommand(),
		a.logCommand(),
		a.respondCommand(),
		a.moderateCommand(),
		a.groupCommand(),
		a.explainCommand(),
		a.codifyCommand(),
		a.importCommand(),
		a.manCommand(root),
	)
	return root
}

// signs adds the flag of verbs that sign.
func (a *app) signs(cmd *cobra.Command) {
	cmd.Flags().StringVar(&a.key, "key", a.getenv("PUBLICA_KEY"), "key file that signs")
}

// answersData adds the flag of verbs whose output is data.
func (a *app) answersData(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&a.json, "json", false, "print JSON")
}

// readKey reads the key file that --key names.
func (a *app) readKey(cmd *cobra.Command) (*publica.PrivateKey, error) {
	if a.key == "" {
		return nil, usagef(cmd, "no key to sign with").withHint("make one with: publica keygen -o me.key; then pass --key me.key or set PUBLICA_KEY")
	}
	return readKeyFile(a.key)
}

func readKeyFile(name string) (*publica.PrivateKey, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read the key: %w", err)
	}
	return publica.ParsePrivateKey(text)
}

// note tells the person something beside the result.
func (a *app) note(format string, args ...any) {
	fmt.Fprintf(a.err, "publica: "+format+"\n", args...)
}

func (a *app) hint(format string, args ...any) {
	fmt.Fprintf(a.err, "hint: "+format+"\n", args...)
}

// report prints err for a person and returns the exit status.
func (a *app) report(err error) int {
	if err == nil {
		return 0
	}
	status, hint := 1, ""
	if u, ok := errors.AsType[*usageError](err); ok {
		status, hint = 2, u.hint
	} else if e, ok := errors.AsType[*publica.Error](err); ok {
		hint = e.Hint
	}
	for line := range strings.Lines(err.Error()) {
		a.note("%s", strings.TrimSuffix(line, "\n"))
	}
	if hint != "" {
		a.hint("%s", hint)
	}
	return status
}

// A usageError says that the command line is wrong.
type usageError struct {
	message, hint string
}

func (e *usageError) Error() string { return e.message }

func (e *usageError) withHint(hint string) *usageError {
	return &usageError{e.message, hint}
}

func usagef(cmd *cobra.Command, format string, args ...any) *usageError {
	return &usageError{fmt.Sprintf(format, args...), "see: " + cmd.CommandPath() + " --help"}
}

func (a *app) noSuchVerb(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	u := usagef(cmd, "%s is not a verb of %s", args[0], cmd.CommandPath())
	if s := cmd.SuggestionsFor(args[0]); len(s) > 0 {
		return u.withHint("did you mean: " + cmd.CommandPath() + " " + s[0])
	}
	return u
}

// wants returns the check that a verb has between least and most arguments (no
// upper bound if most is negative), named as in its usage line.
func wants(least, most int, names string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return usagef(cmd, "%s wants %s", cmd.CommandPath(), names)
		case most >= 0 && len(args) > most:
			return usagef(cmd, "%s does not know what to do with %q", cmd.CommandPath(), args[most])
		}
		return nil
	}
}

// printJSON writes v as indented JSON.
func (a *app) printJSON(v any) error {
	raw, err := json.Marshal(v, json.Deterministic(true), jsontext.WithIndent("  "))
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.out, "%s\n", raw)
	return err
}

// printLine writes v as one line of JSON.
func (a *app) printLine(v any) error {
	raw, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.out, "%s\n", raw)
	return err
}

// open opens a file, or stdin for "-".
func (a *app) open(name string) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(a.in), nil
	}
	return os.Open(name)
}

// input reads what open opens.
func (a *app) input(name string) ([]byte, error) {
	f, err := a.open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}

// output writes a file, or stdout for "" and "-".
func (a *app) output(name string, data []byte) error {
	if name == "" || name == "-" {
		_, err := a.out.Write(data)
		return err
	}
	return os.WriteFile(name, data, 0o644)
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
