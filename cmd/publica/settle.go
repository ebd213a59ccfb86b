package main

import (
	"encoding/json/v2"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"publica"
)

// maxRanges is how many ranges one response may name (spec/kinds).
const maxRanges = 256

// An office is what the verbs of a lead body share: a docket, what is owed in
// it, and who signs.
type office struct {
	docket, forBody, reason string

	key    *publica.PrivateKey
	client *publica.Client
	debt   *docketDebt
}

func (a *app) officeFlags(cmd *cobra.Command, o *office, reason string) {
	f := cmd.Flags()
	f.StringVar(&o.docket, "docket", "", "the docket")
	f.StringVar(&o.forBody, "for", "", "public body you act for; the docket's lead body if unset")
	f.StringVar(&o.reason, "reason", "", reason)
	a.signs(cmd)
	a.answersData(cmd)
}

// enter connects and computes what is owed from the docket's proven export.
func (a *app) enter(cmd *cobra.Command, o *office) error {
	if o.docket == "" {
		return usagef(cmd, "which docket?").withHint("pass --docket ID; publica get docket lists them")
	}
	id, err := parseID(cmd, "--docket", o.docket)
	if err != nil {
		return err
	}
	if o.key, err = a.readKey(cmd); err != nil {
		return err
	}
	if o.client, err = a.connect(cmd.Context()); err != nil {
		return err
	}
	records, err := a.docketRecords(cmd.Context(), o.client, publica.DocketID(id))
	if err != nil {
		return err
	}
	if o.debt, err = debtOf(publica.DocketID(id), records); err != nil {
		return err
	}
	if o.forBody != "" {
		lead, err := parseID(cmd, "--for", o.forBody)
		if err != nil {
			return err
		}
		o.debt.lead = publica.BodyID(lead)
	}
	return nil
}

// say signs and sends one statement of the lead body.
func (a *app) say(cmd *cobra.Command, o *office, kind publica.Kind, body any, reason string) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	e := publica.Entry{
		Body: raw, Docket: o.debt.docket, For: o.debt.lead, Kind: kind,
		Made: publica.TimeOf(a.now()), Nonce: publica.NewNonce(nil), Register: o.client.Policy().Register(),
	}
	var content []publica.Content
	if reason != "" {
		c, p := publica.NewContent("reason", "text/markdown", []byte(reason))
		content, e.Content = append(content, c), append(e.Content, p)
	}
	s, err := a.submission(cmd.Context(), o.key, e, content)
	if err != nil {
		return err
	}
	return a.deliver(cmd.Context(), o.client, s, 30*time.Second, "")
}

// readReason reads a file, "-" for stdin, or "@TEXT".
func (a *app) readReason(cmd *cobra.Command, reason string) (string, error) {
	if text, ok := strings.CutPrefix(reason, "@"); ok && text != "" {
		return text, nil
	}
	if reason == "" || reason == "@" {
		return "", usagef(cmd, "what is the reason?").withHint(`pass --reason FILE or --reason @"words"`)
	}
	text, err := a.input(reason)
	if err == nil && strings.TrimSpace(string(text)) == "" {
		return "", publica.Problem(publica.Invalid, "reason", reason+" is empty")
	}
	return string(text), err
}

func (a *app) respondCommand() *cobra.Command {
	var o office
	var outcome string
	var all bool
	var targets, sections []string
	cmd := &cobra.Command{
		Use:   "respond",
		Short: "answer contributions of a docket, one or many at once",
		Long: `respond answers contributions (ideas and comments) of a docket with one outcome and
reason: those that --target names, or with --owed all that no response has
answered yet. What is owed is computed here from the docket's proven export.

Outcomes: accepted, accepted-in-part (both need --section), noted, declined,
out-of-scope, duplicate.`,
		Example: `  publica respond --docket ID --target ID --outcome declined --reason why.md --key office.key
  publica respond --docket ID --owed --outcome noted --reason @"Read and weighed." --key office.key`,
		Args: wants(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if all == (len(targets) > 0) {
				return usagef(cmd, "what is answered?").withHint("pass either --owed or --target ID")
			}
			if outcome == "" {
				return usagef(cmd, "what became of it?").withHint("pass --outcome, for example --outcome noted")
			}
			reason, err := a.readReason(cmd, o.reason)
			if err != nil {
				return err
			}
			if err := a.enter(cmd, &o); err != nil {
				return err
			}
			return a.respond(cmd, &o, response{Outcome: outcome, Targets: targets, Sections: sections}, reason)
		},
	}
	a.officeFlags(cmd, &o, "the answer in words: FILE or @TEXT")
	f := cmd.Flags()
	f.BoolVar(&all, "owed", false, "answer everything that is owed an answer")
	f.StringArrayVar(&targets, "target", nil, "idea or comment to answer")
	f.StringVar(&outcome, "outcome", "", "what became of it")
	f.StringArrayVar(&sections, "section", nil, "section of the draft that it changed")
	return cmd
}

// A response is the body of participation/response.
type response struct {
	Outcome  string     `json:"outcome"`
	Ranges   [][2]int64 `json:"ranges,omitempty"`
	Sections []string   `json:"sections,omitempty"`
	Targets  []string   `json:"targets,omitempty"`
}

func (a *app) respond(cmd *cobra.Command, o *office, b response, reason string) error {
	if len(b.Targets) > 0 {
		return a.say(cmd, o, "participation/response", b, reason)
	}
	if len(o.debt.owed) == 0 {
		a.note("nothing is owed: every contribution of docket %s is answered", short(o.debt.docket))
		return nil
	}
	for some := range slices.Chunk(ranges(o.debt.owed), maxRanges) {
		b.Ranges = some
		if err := a.say(cmd, o, "participation/response", b, reason); err != nil {
			return err
		}
	}
	a.note("answered %d contributions", len(o.debt.owed))
	return nil
}

func (a *app) explainCommand() *cobra.Command {
	var o office
	var all bool
	var version int64
	var sections, ideas, causes []string
	cmd := &cobra.Command{
		Use:   "explain",
		Short: "give the reason for what a draft changed or dropped silently",
		Long: `explain gives the reason, later, for sections that a version of the draft changed or
removed, or ideas it dropped, without saying why: its ghosts. With --all it gives
one reason for every ghost of the docket, or of --version; what they are is
computed here from the docket's proven export.`,
		Example: `  publica explain --docket ID --version 3 --section item-10 --reason why.md --key office.key
  publica explain --docket ID --all --reason @"The list was withdrawn as a whole." --key office.key`,
		Args: wants(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			named := len(sections) + len(ideas)
			if all == (named > 0) {
				return usagef(cmd, "what is explained?").withHint("pass either --all, or --version with --section or --idea")
			}
			if named > 0 && version == 0 {
				return usagef(cmd, "which version changed them?").withHint("pass --version N")
			}
			reason, err := a.readReason(cmd, o.reason)
			if err != nil {
				return err
			}
			if err := a.enter(cmd, &o); err != nil {
				return err
			}
			if named > 0 {
				return a.say(cmd, &o, "participation/explain", explanation{causes, ideas, sections, version}, reason)
			}
			return a.explainAll(cmd, &o, version, causes, reason)
		},
	}
	a.officeFlags(cmd, &o, "the reason in words: FILE or @TEXT")
	f := cmd.Flags()
	f.BoolVar(&all, "all", false, "everything that lacks a reason")
	f.Int64Var(&version, "version", 0, "version of the draft that changed or dropped it")
	f.StringArrayVar(&sections, "section", nil, "section that was changed or removed")
	f.StringArrayVar(&ideas, "idea", nil, "idea that was dropped")
	f.StringArrayVar(&causes, "cause", nil, "comment or idea that moved it")
	return cmd
}

// An explanation is the body of participation/explain.
type explanation struct {
	Causes   []string `json:"causes,omitempty"`
	Ideas    []string `json:"ideas,omitempty"`
	Sections []string `json:"sections,omitempty"`
	Version  int64    `json:"version"`
}

// maxExplained keeps an explanation within the size of an entry.
const maxExplained = 150

func (a *app) explainAll(cmd *cobra.Command, o *office, version int64, causes []string, reason string) error {
	n := 0
	var b explanation
	flush := func() error {
		if len(b.Sections)+len(b.Ideas) == 0 {
			return nil
		}
		slices.Sort(b.Sections)
		slices.Sort(b.Ideas)
		return a.say(cmd, o, "participation/explain", b, reason)
	}
	for _, g := range o.debt.ghosts {
		if version != 0 && g.version != version {
			continue
		}
		if g.version != b.Version || len(b.Sections)+len(b.Ideas) == maxExplained {
			if err := flush(); err != nil {
				return err
			}
			b = explanation{Causes: causes, Version: g.version}
		}
		if g.section != "" {
			b.Sections = append(b.Sections, g.section)
		} else {
			b.Ideas = append(b.Ideas, g.idea.String())
		}
		n++
	}
	if err := flush(); err != nil {
		return err
	}
	if n == 0 {
		a.note("nothing lacks a reason in docket %s", short(o.debt.docket))
		return nil
	}
	a.note("explained %d changes", n)
	return nil
}

func (a *app) codifyCommand() *cobra.Command {
	var o office
	var version int64
	cmd := &cobra.Command{
		Use:   "codify",
		Short: "declare a version of the draft final",
		Long: `codify declares a version of the draft final. The rules refuse it while any
contribution is unanswered, any change lacks a reason, or a period of the charter
is still to come; the refusal names what is open.`,
		Example: "  publica codify --docket ID --version 3 --key office.key",
		Args:    wants(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			reason := ""
			if o.reason != "" {
				var err error
				if reason, err = a.readReason(cmd, o.reason); err != nil {
					return err
				}
			}
			if err := a.enter(cmd, &o); err != nil {
				return err
			}
			if version == 0 {
				version = o.debt.version
			}
			a.note("owed: %d answers; without a reason: %d changes", len(o.debt.owed), len(o.debt.ghosts))
			return a.say(cmd, &o, "participation/codify", struct {
				Version int64 `json:"version"`
			}{version}, reason)
		},
	}
	a.officeFlags(cmd, &o, "words beside it, if any: FILE or @TEXT")
	cmd.Flags().Int64Var(&version, "version", 0, "version of the draft; the latest if unset")
	return cmd
}
