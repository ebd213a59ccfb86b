package main

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"publica"
	"publica/cmd/publica/importer"
)

// An intake is an import into a docket that is there.
type intake struct {
	docket, forBody string
	workers         int
}

func (a *app) takesIn(cmd *cobra.Command, in *intake) {
	a.signs(cmd)
	f := cmd.Flags()
	f.StringVar(&in.docket, "docket", "", "the docket")
	f.StringVar(&in.forBody, "for", "", "public body you act for; the docket's lead body if unset")
	f.IntVar(&in.workers, "workers", in.workers, "how many statements are under way at once")
}

// take signs and sends what sign makes for the docket; opened is when the docket
// was, by its own words.
func (a *app) take(cmd *cobra.Command, in *intake, sign func(g importer.Signer, opened publica.Time) ([]importer.Stage, error)) error {
	if in.docket == "" {
		return usagef(cmd, "which docket?").withHint("pass --docket ID; publica get docket lists them")
	}
	client, g, err := a.importAs(cmd, in.docket, in.forBody)
	if err != nil {
		return err
	}
	opening, err := openingOf(cmd.Context(), client, g.Docket)
	if err != nil {
		return err
	}
	if in.forBody == "" {
		g.For = opening.For
	}
	stages, err := sign(g, opening.Made)
	if err != nil {
		return err
	}
	up := &importer.Upload{To: client, Workers: in.workers, Patience: patience}
	return a.replay(cmd.Context(), up, stages, g.Docket)
}

// openingOf returns the entry that opened a docket.
func openingOf(ctx context.Context, client *publica.Client, docket publica.DocketID) (*publica.Entry, error) {
	r, _, err := client.Receipt(ctx, publica.EntryID(docket), 0)
	if err != nil {
		return nil, fmt.Errorf("find the docket: %w", err)
	}
	if r.Stage() == publica.Promised {
		return nil, publica.Problem(publica.Early, "--docket", "is promised, but not in the log yet").WithHint("try again in a moment")
	}
	leaf, err := publica.ParseLeaf(r.Leaf)
	if err != nil {
		return nil, err
	}
	e, err := publica.ParseEntry(leaf.Entry)
	if err != nil {
		return nil, err
	}
	if e.Kind != "docket/open" || leaf.Refused != nil {
		return nil, publica.Problem(publica.Invalid, "--docket", "is a "+string(e.Kind)+", not the opening of a docket").WithHint("publica get docket lists dockets")
	}
	return e, nil
}

func (a *app) importCommentsCommand() *cobra.Command {
	in, source := intake{workers: 16}, ""
	cmd := &cobra.Command{
		Use:   "comments FILE.jsonl",
		Short: "bring comments from anywhere, as JSON lines",
		Long: `import comments brings comments from anywhere into a docket. FILE has one JSON object
a line:

  id       needed  what the source calls it; unique in the file
  text     needed  Markdown
  author           what the source calls its author; kept apart from the record,
                   so that it can be erased
  made             when, 2031-02-03 or 2031-02-03T10:00:00Z
  section, version the section of the docket's draft that it is about, and the
                   version that has it
  stance           support, oppose or neutral; neutral if the source does not say
  url              where it stood

Other fields are refused: what would be lost is told. The same file, source and
docket give the same entries; run it again to go on after a break.

This needs the role importer for the body that leads the docket.`,
		Example: `  publica import comments survey.jsonl --docket ID --source "City survey, spring 2031" --key office.key`,
		Args:    wants(1, 1, "a file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			f, err := a.open(args[0])
			if err != nil {
				return err
			}
			defer f.Close()
			comments, err := importer.ReadComments(args[0], f)
			if err != nil {
				return err
			}
			return a.take(cmd, &in, func(g importer.Signer, opened publica.Time) ([]importer.Stage, error) {
				stage, err := importer.SignComments(g, or(source, filepath.Base(args[0])), opened, comments)
				return []importer.Stage{stage}, err
			})
		},
	}
	a.takesIn(cmd, &in)
	cmd.Flags().StringVar(&source, "source", "", "where the comments are from; the file's name if unset")
	return cmd
}
