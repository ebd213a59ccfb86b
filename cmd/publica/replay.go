package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"publica"
	"publica/cmd/publica/importer"
)

// A replay brings the whole public record of one process onto a register.
type replay struct {
	use, short, long string

	setup importer.Setup
	read  func(folder fs.FS) (staged, error)
}

// staged is a record that was read.
type staged interface {
	// Stages signs every statement of the record. The same record and signer
	// give the same statements.
	Stages(g importer.Signer) ([]importer.Stage, error)
}

// replays are the verbs of import that replay.
var replays = []replay{
	{
		use: "us-nap4", short: "replay the fourth U.S. National Action Plan, 2017 to 2018",
		long: `import us-nap4 replays the public record of the fourth U.S. National Action Plan from
the JSON lines in DIR: suggestions and their comments, workshop ideas, and the
versions of the draft page in order, section by section.`,
		setup: importer.NAP4Setup,
		read:  func(folder fs.FS) (staged, error) { return importer.ReadNAP4(folder) },
	},
	{
		use: "us-nap5", short: "replay the fifth U.S. National Action Plan, 2022",
		long: `import us-nap5 replays the public record of the fifth U.S. National Action Plan from
DIR: the plan as version 1; the pairs of its reasoned response, each as a comment
that says that it is the government's summary, and a response; the outreach and
the sessions that its self-assessment names with a day; and the self-assessment
itself. It then declares the plan final, as the source did, and replays the public
tracker of its promises commit by commit: each promise where it first appears, each
change of its words as an amendment without a reason (the tracker gives none), each
report and each disappearance as an update. What the source does not say is not
made up: "publica ogp" and "publica report us-nap5" on an export name what is missing.`,
		setup: importer.NAP5Setup,
		read:  func(folder fs.FS) (staged, error) { return importer.ReadNAP5(folder) },
	},
	{
		use: "us-source-code-policy", short: "replay the U.S. Federal Source Code Policy, 2016",
		long: `import us-source-code-policy replays how the Federal Source Code Policy of 2016 came to
be, from DIR: the pages of the draft as version 1, the public line edits as
comments that quote what they edit, and the pages of the final text as version 2.
"publica line-edits" then says which edits the final text took.`,
		setup: importer.SourceCodePolicySetup,
		read:  func(folder fs.FS) (staged, error) { return importer.ReadSourceCodePolicy(folder) },
	},
}

func (a *app) replayCommand(r replay) *cobra.Command {
	var docket, forBody string
	workers := 16
	cmd := &cobra.Command{
		Use:   r.use + " DIR",
		Short: r.short,
		Long: r.long + `

Without --docket it registers a body, takes the role of importer for it and opens
a docket, for which --key must be a founder's key (with --for: a key that holds
the role importer for that body). Run it again to go on after a break: what is
there already is not repeated.`,
		Example: fmt.Sprintf(`  publica import %[1]s ../shared/data/%[1]s --key founder.key
  publica import %[1]s ../shared/data/%[1]s --key office.key --docket ID --for BODY`, r.use),
		Args: wants(1, 1, "the folder with the data"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if docket != "" && forBody == "" {
				return usagef(cmd, "which body leads the docket?").withHint("pass --for BODY")
			}
			data, err := r.read(os.DirFS(args[0]))
			if err != nil {
				return err
			}
			client, signer, err := a.importAs(cmd, docket, forBody)
			if err != nil {
				return err
			}
			up := &importer.Upload{To: client, Workers: workers, Patience: patience}
			if signer.Docket.IsZero() {
				if signer, err = a.setUp(cmd.Context(), client, up, r.setup, signer); err != nil {
					return err
				}
			}
			stages, err := data.Stages(signer)
			if err != nil {
				return err
			}
			return a.replay(cmd.Context(), up, stages, signer.Docket)
		},
	}
	a.signs(cmd)
	f := cmd.Flags()
	f.StringVar(&docket, "docket", "", "docket to import into; a new one if unset")
	f.StringVar(&forBody, "for", "", "public body you act for; a new one if unset")
	f.IntVar(&workers, "workers", workers, "how many statements are under way at once")
	return cmd
}

// setUp finds or makes the docket of an import without --docket.
func (a *app) setUp(ctx context.Context, client *publica.Client, up *importer.Upload, setup importer.Setup, g importer.Signer) (importer.Signer, error) {
	at, err := client.Checkpoint(ctx)
	if err != nil {
		return g, err
	}
	given := g.For
	g.For = publica.BodyID{}
	found, err := g.Find(setup, client.Leaves(ctx, at, 0))
	if err != nil {
		return g, err
	}
	if given != (publica.BodyID{}) {
		found.Body, found.Entitled = given, true
	}
	if found, err = g.Make(ctx, up, setup, found, publica.TimeOf(a.now())); err != nil {
		return g, err
	}
	g.Docket, g.For = found.Docket, found.Body
	return g, nil
}

func (a *app) replay(ctx context.Context, up *importer.Upload, stages []importer.Stage, docket publica.DocketID) error {
	total, owed := 0, 0
	for _, s := range stages {
		total, owed = total+len(s.Submissions), owed+s.Owes
	}
	b := a.bar(int64(total), "importing")
	up.Progress = b.add
	defer b.done()
	if err := up.Stages(ctx, stages); err != nil {
		return err
	}
	b.done()
	a.note("imported %s; %d contributions are owed a response", listed(contents(stages)), owed)
	a.hint("see what is owed, and what vanished, with: publica get docket %s/debt; publica get docket %s/ghosts", docket, docket)
	_, err := fmt.Fprintln(a.out, docket)
	return err
}

// contents says how many statements of each name the stages hold.
func contents(stages []importer.Stage) (what []string) {
	var names []string
	counts := map[string]int{}
	for _, s := range stages {
		if _, known := counts[s.Name]; !known {
			names = append(names, s.Name)
		}
		counts[s.Name] += len(s.Submissions)
	}
	for _, name := range names {
		what = append(what, fmt.Sprint(counts[name], " ", name))
	}
	return what
}

// listed joins words as a sentence lists them.
func listed(words []string) string {
	if n := len(words); n > 1 {
		return strings.Join(words[:n-1], ", ") + " and " + words[n-1]
	}
	return strings.Join(words, "")
}
