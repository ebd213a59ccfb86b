package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"publica"
	"publica/compliance"
)

func (a *app) preflightCommand() *cobra.Command {
	pinned := ""
	cmd := &cobra.Command{
		Use:   "preflight RULES [OFFER|-]",
		Short: "say which rules of a tender an offer would fail, before it is sealed",
		Long: `preflight evaluates the rules of a tender over an offer, as the register will. It
asks nobody and sends nothing. RULES is a file, or fast-lane, the rule set that
comes with the register: completeness, registration and exclusions, financial
ratios against the buyer's benchmarks, prices beside comparable ones. OFFER is a
JSON object with the inputs that the rules declare; what the buyer gives
(benchmarks, comparable prices, policy) stands in the tender.

Whoever evaluates the same rules over the same offer gets the same bytes: --json
prints them, with the hashes of both. --pin refuses rules that are not those of the
tender. Without an offer, preflight says what the rules ask and which inputs they
want.

The exit status is 0 if every rule passes or does not apply, else 1.`,
		Example: `  publica preflight fast-lane
  publica preflight fast-lane offer.json
  publica preflight rules.json offer.json --json > result.json`,
		Args: wants(1, 2, "a rule set, or fast-lane, and an offer"),
		RunE: func(cmd *cobra.Command, args []string) error {
			set, err := a.ruleSet(args[0], pinned)
			if err != nil {
				return err
			}
			if len(args) == 1 {
				return a.printRules(set)
			}
			return a.preflight(set, args[1])
		},
	}
	cmd.Flags().StringVar(&pinned, "pin", "", "hash that the rule set must have")
	a.answersData(cmd)
	return cmd
}

// ruleSet reads a rule set, or takes the one that comes with the register.
func (a *app) ruleSet(name, pinned string) (*compliance.Set, error) {
	set := compliance.FASTLane()
	if builtIn, _ := set.Name(); name != builtIn {
		text, err := a.input(name)
		if err != nil {
			return nil, fmt.Errorf("read the rules: %w", err)
		}
		if set, err = compliance.Parse(text); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	if pinned != "" && pinned != set.Hash() {
		return nil, publica.Problem(publica.Unverified, "", "the rules have the hash "+set.Hash()+", not "+pinned).WithHint("take the rule set that the tender names")
	}
	return set, nil
}

func (a *app) printRules(set *compliance.Set) error {
	d := set.Definition()
	if a.json {
		_, err := fmt.Fprintf(a.out, "%s\n", set.Canonical())
		return err
	}
	fmt.Fprintf(a.out, "%s version %d\nhash %s\n\n%s\n\n", d.Name, d.Version, set.Hash(), d.About)
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	for i, r := range d.Rules {
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\n", i+1, r.ID, r.Title, strings.Join(r.Law, "; "))
	}
	fmt.Fprintln(w)
	printMembers(w, "inputs", d.Inputs)
	for _, r := range d.Records {
		printMembers(w, r.Name, r.Members)
	}
	return w.Flush()
}

func printMembers(w *tabwriter.Writer, title string, members []compliance.Member) {
	fmt.Fprintf(w, "%s\n", title)
	for _, m := range members {
		fmt.Fprintf(w, "\t%s\t%s\t%s\n", m.Name, m.Type, m.About)
	}
}

func (a *app) preflight(set *compliance.Set, name string) error {
	text, err := a.input(name)
	if err != nil {
		return fmt.Errorf("read the offer: %w", err)
	}
	in, err := set.Read(text)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	result := set.Evaluate(in)
	if a.json {
		raw, err := result.Canonical()
		if err != nil {
			return err
		}
		fmt.Fprintf(a.out, "%s\n", raw)
	} else if err := a.printFindings(result); err != nil {
		return err
	}
	return wouldFail(result)
}

func (a *app) printFindings(r *compliance.Result) error {
	fmt.Fprintf(a.out, "rules %s version %d, hash %s\noffer %s\n\n", r.Set.Name, r.Set.Version, r.Set.Hash, r.Input)
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	for i, f := range r.Rules {
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\n", i+1, f.Rule, strings.ToUpper(string(f.Verdict)), f.Words)
	}
	return w.Flush()
}

// wouldFail is nil if the offer passes, else each rule that stops it.
func wouldFail(r *compliance.Result) error {
	if r.Passed {
		return nil
	}
	var lines []string
	for i, f := range r.Rules {
		switch f.Verdict {
		case compliance.Fail:
			lines = append(lines, fmt.Sprintf("you would fail rule %d, %s (%s): %s", i+1, f.Rule, strings.Join(f.Law, "; "), f.Words))
		case compliance.Errored, compliance.OverLimit:
			lines = append(lines, fmt.Sprintf("rule %d, %s, could not be decided: %s", i+1, f.Rule, f.Words))
		}
	}
	return publica.Problem(publica.Invalid, "", strings.Join(lines, "\n"))
}
