package main

import (
	"context"
	"fmt"
	"iter"
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

// take signs and sends what sign makes for the docket, less what an earlier import
// brought; opened is when the docket was, by its own words.
func (a *app) take(cmd *cobra.Command, in *intake, sign func(g importer.Signer, opened publica.Time) (importer.Stage, error)) error {
	if in.docket == "" {
		return usagef(cmd, "which docket?").withHint("pass --docket ID; publica get docket lists them")
	}
	client, g, err := a.importAs(cmd, in.docket, in.forBody)
	if err != nil {
		return err
	}
	opening, since, err := openingOf(cmd.Context(), client, g.Docket)
	if err != nil {
		return err
	}
	if in.forBody == "" {
		g.For = opening.For
	}
	stage, err := sign(g, opening.Made)
	if err != nil {
		return err
	}
	if err := a.leaveOut(cmd.Context(), client, g, since, &stage); err != nil {
		return err
	}
	up := &importer.Upload{To: client, Workers: in.workers, Patience: patience}
	return a.replay(cmd.Context(), up, []importer.Stage{stage}, g.Docket)
}

// shownChanged bounds how many changed originals are named.
const shownChanged = 20

// leaveOut takes out of a stage what the log has of it since an index, and says so.
func (a *app) leaveOut(ctx context.Context, client *publica.Client, g importer.Signer, since int64, stage *importer.Stage) error {
	at, err := client.Checkpoint(ctx)
	if err != nil {
		return err
	}
	b := a.bar(at.Tree.N-since, "looking for an earlier import")
	defer b.done()
	same, changed, err := g.New(stage, counting(client.Leaves(ctx, at, since), b.add))
	if err != nil {
		return err
	}
	b.done()
	if same > 0 {
		a.note("left out: %d that an earlier import brought", same)
	}
	for i, c := range changed {
		if i == shownChanged {
			a.note("and %d more have changed", len(changed)-i)
			break
		}
		a.note("%s has changed since it was imported as %s", c.Source, c.Before)
	}
	if len(changed) > 0 {
		a.note("left out: %d that changed since; the register keeps what was brought first", len(changed))
		a.hint("see what changed in the source with: publica compare regulations-gov OLD.csv NEW.csv")
	}
	return nil
}

// counting tells of each leaf that passes.
func counting(leaves iter.Seq2[publica.LogLeaf, error], add func(n int)) iter.Seq2[publica.LogLeaf, error] {
	return func(yield func(publica.LogLeaf, error) bool) {
		for l, err := range leaves {
			if add(1); !yield(l, err) {
				return
			}
		}
	}
}

// openingOf returns the entry that opened a docket, and its log index.
func openingOf(ctx context.Context, client *publica.Client, docket publica.DocketID) (opening *publica.Entry, index int64, err error) {
	r, v, err := client.Receipt(ctx, publica.EntryID(docket), 0)
	if err != nil {
		return nil, 0, fmt.Errorf("find the docket: %w", err)
	}
	if r.Stage() == publica.Promised {
		return nil, 0, publica.Problem(publica.Early, "--docket", "is promised, but not in the log yet").WithHint("try again in a moment")
	}
	leaf, err := publica.ParseLeaf(r.Leaf)
	if err != nil {
		return nil, 0, err
	}
	e, err := publica.ParseEntry(leaf.Entry)
	if err != nil {
		return nil, 0, err
	}
	if e.Kind != "docket/open" || leaf.Refused != nil {
		return nil, 0, publica.Problem(publica.Invalid, "--docket", "is a "+string(e.Kind)+", not the opening of a docket").WithHint("publica get docket lists dockets")
	}
	return e, v.Index, nil
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
docket give the same entries; run it again to go on after a break. A line whose id
was imported before is not imported again; if it says something else now, it is named.

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
			return a.take(cmd, &in, func(g importer.Signer, opened publica.Time) (importer.Stage, error) {
				return importer.SignComments(g, or(source, filepath.Base(args[0])), opened, comments)
			})
		},
	}
	a.takesIn(cmd, &in)
	cmd.Flags().StringVar(&source, "source", "", "where the comments are from; the file's name if unset")
	return cmd
}
