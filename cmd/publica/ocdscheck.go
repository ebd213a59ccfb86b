package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"publica"
	"publica/ocds"
)

// An ocdsReport is what ocds check prints as JSON.
type ocdsReport struct {
	Documents int            `json:"documents"`
	Releases  int            `json:"releases"` // compiled ones with the others
	Records   int            `json:"records"`
	Errors    int            `json:"errors"`
	Warnings  int            `json:"warnings"`
	Unread    []string       `json:"unread,omitempty"` // text that is no JSON
	Problems  []ocds.Problem `json:"problems"`
}

func (a *app) ocdsCheckCommand() *cobra.Command {
	var dir string
	var prefixes, extensions []string
	list := false
	cmd := &cobra.Command{
		Use:   "check FILE|-",
		Short: "say what is wrong with open contracting data, by line and path",
		Long: `check says everything that is wrong with a file: as JSON, by the standard's schema,
formats and codelists, and where what it says does not fit together, for example a
contract of an award that is not there. Errors are against the standard or against
sense: such data must not be published. Warnings are allowed, and may mislead.

A package is checked with the extensions that it names; releases that stand in
none with all that are known, or with those of --extensions. An ocid may have
any registered prefix, or only those of --prefix. --list prints what is checked.

The exit status is 1 if there are errors.`,
		Example: `  publica ocds check releases.json
  publica ocds check releases.jsonl --extensions bids,lots --prefix ocds-213czf
  publica ocds check record.json --schemas standard/ --json
  publica ocds check --list`,
		Args: func(cmd *cobra.Command, args []string) error {
			if list {
				return wants(0, 0, "")(cmd, args)
			}
			return wants(1, 1, "a file of open contracting data")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if list {
				return a.listChecks()
			}
			schemas, err := schemasIn(dir)
			if err != nil {
				return err
			}
			c := ocds.Checker{Schemas: schemas, Prefixes: prefixes, Extensions: extensions}
			if _, unknown, err := schemas.Profile(extensions...); err != nil {
				return err
			} else if len(unknown) > 0 {
				return usagef(cmd, "the extension %s is not known", unknown[0]).withHint("put its folder into the one of --schemas")
			}
			raw, err := a.input(args[0])
			if err != nil {
				return err
			}
			r, err := a.checkOCDS(c, ocds.Read(raw))
			if err != nil {
				return err
			}
			return a.printReport(r)
		},
	}
	takesSchemas(cmd, &dir)
	cmd.Flags().StringSliceVar(&prefixes, "prefix", nil, "ocid prefixes that are the publisher's own")
	cmd.Flags().StringSliceVar(&extensions, "extensions", nil, "extensions of releases that stand in no package")
	cmd.Flags().BoolVar(&list, "list", false, "print every check and what it asks")
	a.answersData(cmd)
	return cmd
}

func (a *app) listChecks() error {
	if a.json {
		return a.printJSON(ocds.Checks())
	}
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	for _, c := range ocds.Checks() {
		fmt.Fprintf(w, "%s\t%s\n", c.ID, c.Means)
	}
	return w.Flush()
}

// checkOCDS checks document by document, for the bar.
func (a *app) checkOCDS(c ocds.Checker, in *ocds.Import) (*ocdsReport, error) {
	r := &ocdsReport{Documents: len(in.Documents), Unread: in.Unread, Problems: append([]ocds.Problem{}, in.Problems...)}
	bar := a.bar(int64(len(in.Documents)), "checking")
	defer bar.done()
	for _, d := range in.Documents {
		problems, err := c.Document(d)
		if err != nil {
			return nil, err
		}
		r.Problems = append(r.Problems, problems...)
		for _, f := range d.Found() {
			if f.Form == ocds.Record {
				r.Records++
			} else {
				r.Releases++
			}
		}
		bar.add(1)
	}
	for _, p := range r.Problems {
		if p.Level == ocds.Error {
			r.Errors++
		} else {
			r.Warnings++
		}
	}
	return r, nil
}

func (a *app) printReport(r *ocdsReport) error {
	if a.json {
		if err := a.printJSON(r); err != nil {
			return err
		}
	} else if err := a.printProblems(r.Problems); err != nil {
		return err
	}
	a.note("%d releases and %d records read: %d errors, %d warnings", r.Releases, r.Records, r.Errors, r.Warnings)
	if r.Errors > 0 {
		return publica.Problem(publica.Invalid, "", "the data must not be published so").WithHint("each line says where, and what to do")
	}
	return nil
}

func (a *app) printProblems(problems []ocds.Problem) error {
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	if len(problems) > 0 {
		fmt.Fprintln(w, "LINE\tLEVEL\tCHECK\tPATH")
	}
	for _, p := range problems {
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\n", p.Line, p.Level, p.Check, or(string(p.Path), "/"))
		fmt.Fprintf(w, "\t\t  %s\n", p.Message)
		if p.Hint != "" {
			fmt.Fprintf(w, "\t\t  hint: %s\n", p.Hint)
		}
	}
	return w.Flush()
}
