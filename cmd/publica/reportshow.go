package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"publica"
	"publica/cmd/publica/promises"
)

func (a *app) printPromises(r *promises.Report) error {
	fmt.Fprintf(a.out, "as of %s\n\n", r.At)
	if err := a.printStates(r); err != nil {
		return err
	}
	c := &r.Counts
	standing := c.Promises - c.Gone
	fmt.Fprintf(a.out, "\n%d commitments with %d promises: %d stand, %d are gone (marked -)\n", c.Commitments, c.Promises, standing, c.Gone)
	fmt.Fprintf(a.out, "state, computed:         %s\n", sorts(c.States))
	fmt.Fprintf(a.out, "claimed by government:   %s\n", sorts(c.Claims))
	fmt.Fprintf(a.out, "reworded:                %d of %d, in %d amendments, %d of them unexplained\n", c.Reworded, standing, c.Rewordings, c.Unexplained)
	fmt.Fprintf(a.out, "  reads otherwise now:   %d of %d\n", c.Differ, standing)
	fmt.Fprintf(a.out, "typography alone:        %d of %d\n", c.Typography, standing)
	fmt.Fprintf(a.out, "who leads changed:       %d of %d\n", c.Reassigned, standing)
	fmt.Fprintf(a.out, "went backwards:          %d of %d\n", c.Backwards, standing)
	fmt.Fprintf(a.out, "anyone could check:      %d of %d commitments\n", r.Checkable.Pass, r.Checkable.Of)
	a.printRewordings(r)
	a.printBackwards(r)
	return a.printLacks(&r.Checkable)
}

func (a *app) printStates(r *promises.Report) error {
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "PROMISE\tSTATE\tCLAIM\tREPORTED\tREWORDED\tTITLE")
	for i := range r.Promises {
		p := &r.Promises[i]
		if p.Whole {
			continue
		}
		name, reported := p.Name, "never"
		if p.State == "gone" {
			name += " -"
		}
		if !p.Updated.IsZero() {
			reported = day(p.Updated)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%s\n", name, p.State, said(p.Claim), reported, p.Amendments, clip(strings.Join(strings.Fields(p.Title), " "), 60))
	}
	return w.Flush()
}

// printRewordings shows what became of the words of promises. Those of who leads
// them are left to --json, and so are those of wholes, which repeat their parts.
func (a *app) printRewordings(r *promises.Report) {
	fmt.Fprint(a.out, "\nReworded after they were published\n")
	others := 0
	for i := range r.Reworded {
		w := &r.Reworded[i]
		if w.Whole || !w.OfWords() {
			others++
			continue
		}
		fmt.Fprintf(a.out, "\n%s%s  %s  %s  %s\n", w.Promise, marked(w.Gone, " -"), day(w.When), explained(w.Unexplained), origin(w.From, w.Record))
		a.printTexts(w.Texts)
		for _, f := range w.Fields {
			if !w.Shows(f) {
				fmt.Fprintf(a.out, "  %s: changed\n", f)
			}
		}
		if w.Weakens {
			fmt.Fprintln(a.out, "  less is promised than before")
		}
	}
	if others > 0 {
		fmt.Fprintf(a.out, "\n%d more amendments changed who leads a promise, or the summary of several: see --json\n", others)
	}
}

// printTexts shows each redline once: a title often is the text itself.
func (a *app) printTexts(texts []promises.Change) {
	for i, t := range texts {
		switch {
		case t.Part == "author":
		case t.Missing:
			fmt.Fprintf(a.out, "  %s: the words are not in the file\n", t.Part)
		case i > 0 && texts[i-1].Redline == t.Redline:
			fmt.Fprintf(a.out, "  %s: the same\n", t.Part)
		default:
			fmt.Fprintf(a.out, "  %s: %s\n", t.Part, t.Redline)
		}
	}
}

func (a *app) printBackwards(r *promises.Report) {
	fmt.Fprint(a.out, "\nWent backwards\n\n")
	for i := range r.Backwards {
		b := &r.Backwards[i]
		fmt.Fprintf(a.out, "%s  %s  from %s to %s  %s  %s\n", b.Promise, b.When, said(b.Before), said(b.After), explained(b.Unexplained), origin(b.From, b.Record))
	}
}

func (a *app) printLacks(c *promises.Checkable) error {
	fmt.Fprintf(a.out, "\nWhat keeps %d commitments from being checkable\n\n", c.Of-c.Pass)
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "LACKING\tFIELD\tWHAT")
	for _, l := range c.Lacks {
		fmt.Fprintf(w, "%d of %d\t%s\t%s\n", l.Count, c.Of, l.Field, l.Says)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for i := 0; i < len(c.Commitments); {
		lacks, names := c.Commitments[i].Lacks, []string{}
		for ; i < len(c.Commitments) && slices.Equal(c.Commitments[i].Lacks, lacks); i++ {
			names = append(names, c.Commitments[i].Name)
		}
		fmt.Fprintf(a.out, "\n%s\n  lacks %s\n", strings.Join(names, " "), or(strings.Join(lacks, ", "), "nothing"))
	}
	return nil
}

func sorts(list []promises.Count) string {
	var out []string
	for _, c := range list {
		out = append(out, strconv.Itoa(c.Count)+" "+said(c.Name))
	}
	return strings.Join(out, ", ")
}

// said is a claim in words.
func said(claim string) string { return or(claim, "nothing") }

func day(t publica.Time) string { return t.Std().Format("2006-01-02") }

func explained(not bool) string { return marked(not, "UNEXPLAINED") + marked(!not, "explained") }

func marked(is bool, mark string) string {
	if is {
		return mark
	}
	return ""
}

// origin is where a record is from, or which it is.
func origin(from string, id publica.EntryID) string {
	if from == "" && !id.IsZero() {
		return id.String()
	}
	return from
}
