package main

import (
	"encoding/json/v2"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"publica"
	"publica/cmd/publica/compare"
)

// An editVerdict is what became of the line edits of one comment.
type editVerdict struct {
	compare.Verdict
	Before  compare.Fate    `json:"before,omitzero"` // in the version that the comment is about: taken, if it was merged early
	ID      publica.EntryID `json:"id"`              // of the comment
	Label   string          `json:"label,omitzero"`
	Section string          `json:"section,omitzero"`
	URL     string          `json:"url,omitzero"`
	Version int             `json:"version"` // that is judged
}

func (a *app) lineEditsCommand() *cobra.Command {
	version, all := 0, false
	cmd := &cobra.Command{
		Use:   "line-edits EXPORT|DOCKET",
		Short: "say which line edits of comments a draft took, from the texts alone",
		Long: `line-edits judges every comment of a docket that carries a line edit: a unified
diff in a block fenced by three backticks and the word diff. It says whether the
latest version of the draft (or --version) took it. EXPORT is a docket export,
checked against --policy; DOCKET is an id, fetched from the register.

The test: each run of removed and added lines is compared word by word. A word is
what stands between white space; HTML tags and footnote numbers (<sup>) are left
out. Every difference, with the three unchanged words before and after it, is a
change; differences with less than three words between them are one change. It is
looked for in the section that the diff's file name means (pages/oss.md means
oss) if the version has it, else in the comment's section, else in every section.

  of a change                                    of a line edit
  taken          its new words stand there and   all its changes are taken
                 its old words no longer do
  taken in part  both stand there                some changes are taken, or in part
  not taken      the old words stand there,      no change is taken
                 the new do not
  rewritten      neither stands there            (does not count as taken)

Lines that were only removed are taken if they stand there no more. An edit that
changes no words has "no words". BEFORE is the same test on the version that
the comment is about, or that was the latest then. Each change is cited with the
section and the line of its text where the new words stand, or else the old.`,
		Example: `  publica line-edits docket.jsonl --policy policy.txt
  publica line-edits docket.jsonl --policy policy.txt --all
  publica line-edits ID --version 2 --json`,
		Args: wants(1, 1, "an export, or the id of a docket"),
		RunE: func(cmd *cobra.Command, args []string) error {
			records, err := a.provenRecords(cmd, args[0])
			if err != nil {
				return err
			}
			verdicts, err := a.judgeEdits(records, version)
			if err != nil {
				return err
			}
			if a.json {
				return a.printJSON(verdicts)
			}
			return a.printEdits(verdicts, all)
		},
	}
	cmd.Flags().IntVar(&version, "version", 0, "version of the draft to judge; the latest if unset")
	cmd.Flags().BoolVar(&all, "all", false, "print every change, not the first three of each edit")
	a.answersData(cmd)
	return cmd
}

// judgeEdits judges the line edits among the comments of a docket, in order.
func (a *app) judgeEdits(records []record, version int) ([]editVerdict, error) {
	versions, missing, err := drafts(records)
	if err != nil {
		return nil, err
	}
	if missing > 0 {
		a.note("the text of %d sections is not in the export: what stood there is not found", missing)
	}
	if version == 0 {
		version = len(versions)
	}
	text, err := versionOf(versions, version)
	if err != nil {
		return nil, err
	}
	out, published := []editVerdict{}, 0
	for i := range records {
		if r := &records[i]; r.entry != nil && r.entry.Kind == "participation/draft" && r.leaf.Refused == nil {
			published++
		}
		v, edits, err := a.editsOf(&records[i])
		if err != nil {
			return nil, err
		}
		if len(edits) == 0 {
			continue
		}
		if v.Version == 0 {
			v.Version = published
		}
		if v.Version > 0 {
			v.Before = compare.Judge(edits, versions[v.Version-1], v.Section).Fate
		}
		v.Verdict, v.Version = compare.Judge(edits, text, v.Section), version
		out = append(out, v)
	}
	return out, nil
}

// editsOf returns the line edits in a comment. A block that is no unified diff
// is noted and left out: anyone may write one.
func (a *app) editsOf(r *record) (v editVerdict, edits []compare.LineEdit, err error) {
	if r.entry == nil || r.entry.Kind != "participation/comment" || r.leaf.Refused != nil {
		return v, nil, nil
	}
	text, ok := r.text("text")
	if !ok {
		return v, nil, nil
	}
	for _, diff := range compare.DiffsIn(text) {
		e, err := compare.ParseDiff(diff)
		if err != nil {
			a.note("comment %s: %v", r.id, err)
			continue
		}
		edits = append(edits, e...)
	}
	var b struct {
		Imported struct {
			Label string `json:"label"`
			URL   string `json:"url"`
		} `json:"imported"`
		Section string `json:"section"`
		Version int    `json:"version"`
	}
	if err := json.Unmarshal(r.entry.Body, &b); err != nil {
		return v, nil, fmt.Errorf("read the comment %s: %w", r.id, err)
	}
	return editVerdict{ID: r.id, Label: b.Imported.Label, Section: b.Section, URL: b.Imported.URL, Version: b.Version}, edits, nil
}

func (a *app) printEdits(verdicts []editVerdict, all bool) error {
	counts := map[compare.Fate]int{}
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "VERDICT\tCHANGES\tBEFORE\tEDIT")
	for _, v := range verdicts {
		counts[v.Fate]++
		fmt.Fprintf(w, "%s\t%d of %d\t%s\t%s %s\n", v.Fate, v.Taken, len(v.Changes), v.Before, short(v.ID), v.Label)
		for i, c := range v.Changes {
			if i == 3 && !all {
				fmt.Fprintf(w, "\t\t\t  and %d more changes; --all prints them\n", len(v.Changes)-i)
				break
			}
			fmt.Fprintf(w, "\t\t\t  %s%s\n", c.Fate, where(c.Place))
			printChange(w, c.Change)
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	a.note("of %d line edits %d are taken, %d in part, %d not, %d change no words", len(verdicts),
		counts[compare.Taken], counts[compare.InPart], counts[compare.NotTaken], counts[compare.NoWords])
	return nil
}

func where(p *compare.Place) string {
	if p == nil {
		return ""
	}
	return fmt.Sprintf(", %s line %d", p.Section, p.Line)
}

func printChange(w *tabwriter.Writer, c compare.Change) {
	if c.Old != "" {
		fmt.Fprintf(w, "\t\t\t    - %s\n", clip(c.Old, 160))
	}
	if c.New != "" {
		fmt.Fprintf(w, "\t\t\t    + %s\n", clip(c.New, 160))
	}
}

// clip cuts text to at most n characters, and says so.
func clip(text string, n int) string {
	if r := []rune(text); len(r) > n {
		return string(r[:n-2]) + " …"
	}
	return text
}
