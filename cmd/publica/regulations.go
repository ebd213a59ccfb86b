package main

import (
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"publica"
	"publica/cmd/publica/compare"
	"publica/cmd/publica/importer"
)

func (a *app) importRegulationsCommand() *cobra.Command {
	in := intake{workers: 16}
	cmd := &cobra.Command{
		Use:   "regulations-gov CSV...",
		Short: "bring the comments of a Regulations.gov docket",
		Long: `import regulations-gov brings the comments of a Regulations.gov bulk download (CSV)
into a docket. Columns are found by name, whatever their case and order; needed are
"Document ID" and "Comment", others that are known are used, the rest is ignored.
Rows whose Document Type is not Public Submission are left out, and counted.

The author's name, organization and place become the content part author; Received
Date, else Posted Date, is when it was made. Line breaks and signs that the file
keeps as HTML become what the site shows. A comment without text keeps its title.
Attachments are named, not fetched. The same file gives the same entries: run it
again to go on after a break, or with a later download to bring what is new. A row
that was imported before is not imported again; if it has changed since, it is named.

This needs the role importer for the body that leads the docket.`,
		Example: `  publica import regulations-gov EPA-HQ-OAR-2020-0001.csv --docket ID --key office.key`,
		Args:    wants(1, -1, "one CSV file or more"),
		RunE: func(cmd *cobra.Command, args []string) error {
			data, err := a.readRegulations(args)
			if err != nil {
				return err
			}
			return a.take(cmd, &in, func(g importer.Signer, opened publica.Time) (importer.Stage, error) {
				stage, others, empty, err := data.Comments(g, opened)
				if others > 0 {
					a.note("left out: %d documents that are no comments", others)
				}
				if empty > 0 {
					a.note("left out: %d comments with neither text nor title", empty)
				}
				return stage, err
			})
		},
	}
	a.takesIn(cmd, &in)
	return cmd
}

func (a *app) readRegulations(names []string) (*importer.Regulations, error) {
	var data importer.Regulations
	for _, name := range names {
		f, err := a.open(name)
		if err != nil {
			return nil, err
		}
		err = data.Add(name, f)
		f.Close()
		if err != nil {
			return nil, err
		}
	}
	return &data, nil
}

func (a *app) compareCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "compare",
		Short:   "say what two exports of one public docket do not agree on",
		Example: "  publica compare regulations-gov monday.csv friday.csv",
		Args:    a.noSuchVerb,
		RunE:    func(cmd *cobra.Command, _ []string) error { return usagef(cmd, "compare what?") },
	}
	cmd.AddCommand(a.compareRegulationsCommand())
	return cmd
}

func (a *app) compareRegulationsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "regulations-gov OLD.csv NEW.csv",
		Short: "compare two bulk downloads of one Regulations.gov docket",
		Long: `compare regulations-gov reads two bulk downloads (CSV) of one docket, taken on different
days, and says of each Document ID, the first that applies:

  vanished   it stands in OLD only
  withdrawn  "Is Withdrawn?" is true now and was not
  blanked    it had a Comment, and has none now
  changed    some other field differs
  new        it stands in NEW only

with every field that differs, before and after. A column that only one of the
files has is named and not compared. The exit status is 0 whatever is found; a row
is never more than a claim of the site, of which no proof exists.`,
		Example: `  publica compare regulations-gov monday.csv friday.csv
  publica compare regulations-gov monday.csv friday.csv --json`,
		Args: wants(2, 2, "two CSV files, the older first"),
		RunE: func(_ *cobra.Command, args []string) error {
			before, err := a.readRegulations(args[:1])
			if err != nil {
				return err
			}
			after, err := a.readRegulations(args[1:])
			if err != nil {
				return err
			}
			d := compare.Exports(before.Table(), after.Table())
			if a.json {
				return a.printJSON(d)
			}
			return a.printDifferences(d)
		},
	}
	a.answersData(cmd)
	return cmd
}

func (a *app) printDifferences(d *compare.Differences) error {
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	if len(d.Records) > 0 {
		fmt.Fprintln(w, "EVENT\tDOCUMENT\tCOLUMN\tBEFORE\tAFTER")
	}
	for _, r := range d.Records {
		if len(r.Fields) == 0 {
			fmt.Fprintf(w, "%s\t%s\t\t\t\n", r.Event, r.ID)
		}
		for i, f := range r.Fields {
			event, id := string(r.Event), r.ID
			if i > 0 {
				event, id = "", ""
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", event, id, f.Column, oneLine(f.Before), oneLine(f.After))
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, c := range d.ColumnsGone {
		a.note("only the older file has the column %q: not compared", c)
	}
	for _, c := range d.ColumnsNew {
		a.note("only the newer file has the column %q: not compared", c)
	}
	what := []string{strconv.Itoa(d.Same) + " the same"}
	for _, e := range d.Events() {
		what = append(what, strconv.Itoa(d.Counts[e])+" "+string(e))
	}
	a.note("%s", listed(what))
	return nil
}

func oneLine(s string) string { return clip(strings.Join(strings.Fields(s), " "), 60) }
