package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"publica/ocds"
)

func (a *app) ocdsFlagsCommand() *cobra.Command {
	var dir, settings string
	all := false
	cmd := &cobra.Command{
		Use:   "flags FILE...|-",
		Short: "compute red flags over contracting processes",
		Long: `flags computes eleven red flags over all processes of the files, as the Open
Contracting Partnership's Cardinal defines them: R003 little time to bid, R018 a
single bid, R024 a losing price close to the winning one, R025 a tenderer who
seldom wins, R028 the same price twice, R030 a late bid won, R035 everybody but the
winner disqualified, R036 the lowest bid disqualified, R038 many bids disqualified,
R048 a supplier of everything, R058 a winning price far below the next. Most need
the extension bids. A flag is a reason to look closer, no finding of wrongdoing.

Values are computed exactly; each flag says its definition and, with --all, every
place that it rests on. Some compare with all processes of the files, so that the
same process may be flagged among some and not among others: the bounds and how
many values they are from are printed too.

Where bids name lots, each lot is looked at by itself. What cannot be computed,
because no process says what it is computed of, is named too.

--settings is a settings file of Cardinal; least = 4 takes no bound from fewer
values, self_declared = true counts what bids say of their tenderers only where they
meet what is required. Releases are merged first, unless the
files have compiled ones.

The exit status is 0 whatever is flagged.`,
		Example: `  publica ocds flags compiled.jsonl
  publica ocds flags packages-*.json --settings settings.ini --json`,
		Args: wants(1, -1, "files of open contracting data"),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := a.flagSettings(settings)
			if err != nil {
				return err
			}
			in, by, err := a.readToMerge(args, dir)
			if err != nil {
				return err
			}
			processes, problems := in.Processes(by)
			for _, p := range problems {
				a.note("%s", p.Message)
				a.hint("%s", p.Hint)
			}
			r := ocds.Flags(processes, s)
			if a.json {
				return a.printJSON(r)
			}
			return a.printFlags(r, all)
		},
	}
	takesSchemas(cmd, &dir)
	cmd.Flags().StringVar(&settings, "settings", "", "settings file of Cardinal")
	cmd.Flags().BoolVar(&all, "all", false, "print every place that a flag rests on, not the first three")
	a.answersData(cmd)
	return cmd
}

func (a *app) flagSettings(name string) (ocds.Settings, error) {
	if name == "" {
		return ocds.DefaultSettings(), nil
	}
	raw, err := a.input(name)
	if err != nil {
		return ocds.Settings{}, fmt.Errorf("read the settings: %w", err)
	}
	return ocds.ParseSettings(raw)
}

func (a *app) printFlags(r *ocds.FlagReport, all bool) error {
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	if len(r.Flags) > 0 {
		fmt.Fprintln(w, "FLAG\tOF\tID\tVALUE\tWHAT")
	}
	for _, f := range r.Flags {
		id := f.ID
		if f.Lot != "" {
			id += ", lot " + f.Lot
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", f.Code, f.Group, id, f.Decimal, f.Title)
		for i, in := range f.Inputs {
			if i == 3 && !all {
				fmt.Fprintf(w, "\t\t  and %d more places; --all prints them\n", len(f.Inputs)-i)
				break
			}
			fmt.Fprintf(w, "\t\t  %s %s\n", in.OCID, in.Path)
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, f := range r.Fences {
		a.note("%s: the bound is %s, from %d values (%s)", f.Code, f.Bound.FloatString(4), f.Values, f.Group)
	}
	for _, m := range r.Missing {
		a.note("%s cannot be computed: nothing here says %s", m.Code, m.Field)
	}
	a.note("%d flags over %d processes, %d of them left out", len(r.Flags), r.Processes, r.Excluded)
	return nil
}
