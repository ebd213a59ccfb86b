package main

import (
	"fmt"
	"strconv"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"publica/cmd/publica/compare"
	"publica/cmd/publica/importer"
)

func (a *app) ghostsCommand() *cobra.Command {
	docket, enough := "", 50
	cmd := &cobra.Command{
		Use:   "ghosts OLD NEW",
		Short: "say which sections of one text stand in another, and which vanished",
		Long: `ghosts follows every section of OLD into NEW. OLD and NEW are files (Markdown, ODT,
DOCX, or plain text) or, with --docket, two versions of a docket's draft; --docket
takes an export, checked against --policy, or an id.

Sections of files begin at headings; in a text without Markdown headings, at lines
that begin with a number and a dot or bracket. Sections go by the words of their
heading without its number; those of a docket by their ids. The test: words are in
lower case, without punctuation, tags and web addresses; a run is three of them in a row; the share of
a section in another is how many of its different runs stand there too, in
percent, rounded down. The first that applies:

  unchanged  the section of the same name has the same words
  moved      another section has the same words; or it has the largest share, which
             is --enough or more, and is not the section of the same name
  merged     as moved, and another section went there too
  changed    the section of the same name is still there
  vanished   none of these: a ghost

KEPT is its share in the section INTO, ANYWHERE how many of its runs stand in any
section of NEW. The exit status is 0 whatever is found.`,
		Example: `  publica ghosts plan-2016.txt plan-2019.txt
  publica ghosts draft.odt final.md --json
  publica ghosts 18 19 --docket docket.jsonl --policy policy.txt`,
		Args: wants(2, 2, "two texts, the older first"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if enough < 1 || enough > 100 {
				return usagef(cmd, "--enough %d is not between 1 and 100 percent", enough)
			}
			texts, err := a.texts(cmd, docket, args)
			if err != nil {
				return err
			}
			g := compare.Follow(texts[0], texts[1], enough)
			if a.json {
				return a.printJSON(g)
			}
			return a.printGhosts(g)
		},
	}
	cmd.Flags().StringVar(&docket, "docket", "", "export or id of a docket; OLD and NEW are versions of its draft")
	cmd.Flags().IntVar(&enough, "enough", enough, "percent of a section from which on another is taken for it")
	a.answersData(cmd)
	return cmd
}

// texts reads files, or versions of a docket's draft.
func (a *app) texts(cmd *cobra.Command, docket string, names []string) (out [][]compare.Section, err error) {
	if docket == "" {
		for _, name := range names {
			text, err := a.documentText(name)
			if err != nil {
				return nil, err
			}
			out = append(out, importer.Outline(text))
		}
		return out, nil
	}
	numbers := make([]int, len(names))
	for i, name := range names {
		if numbers[i], err = strconv.Atoi(name); err != nil || numbers[i] < 1 {
			return nil, usagef(cmd, "%q is no version of a draft", name).withHint("with --docket, OLD and NEW are numbers such as 18 and 19")
		}
	}
	records, err := a.provenRecords(cmd, docket)
	if err != nil {
		return nil, err
	}
	versions, missing, err := drafts(records)
	if err != nil {
		return nil, err
	}
	if missing > 0 {
		a.note("the text of %d sections is not in the export: what stood there is not found", missing)
	}
	for _, n := range numbers {
		v, err := versionOf(versions, n)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

func (a *app) printGhosts(g *compare.Ghosts) error {
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "FATE\tKEPT\tANYWHERE\tWORDS\tSECTION\tINTO")
	for _, s := range g.Sections {
		into := s.Into
		if into == s.Section {
			into = ""
		}
		fmt.Fprintf(w, "%s\t%d%%\t%d%%\t%d\t%s\t%s\n", s.Fate, s.Kept, s.Anywhere, s.Words, s.Section, into)
	}
	for _, id := range g.New {
		fmt.Fprintf(w, "new\t\t\t\t%s\t\n", id)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	a.note("of %d sections %d are unchanged, %d changed, %d moved, %d merged, %d vanished; %d are new", len(g.Sections),
		g.Counts[compare.Unchanged], g.Counts[compare.Reworded], g.Counts[compare.Moved], g.Counts[compare.Merged], g.Counts[compare.Gone], len(g.New))
	return nil
}
