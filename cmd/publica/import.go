package main

import (
	"context"
	"encoding/json/v2"
	"fmt"
	"os"
	"path/filepath"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"publica"
	"publica/cmd/publica/importer"
)

func (a *app) importCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "import",
		Short: "bring records from elsewhere",
		Long: `import signs records made elsewhere and sends them. Each keeps its author's label, its
date and its source as claims, and is shown as imported.`,
		Example: `  publica import us-nap4 ../shared/data/us-nap4 --key founder.key
  publica import markdown draft.md --docket ID --key office.key`,
		Args: a.noSuchVerb,
		RunE: func(cmd *cobra.Command, _ []string) error { return usagef(cmd, "import what?") },
	}
	cmd.AddCommand(a.importNAP4Command(), a.importMarkdownCommand())
	return cmd
}

// patience is how long an import waits for one statement to be logged.
const patience = 2 * time.Minute

func (a *app) importNAP4Command() *cobra.Command {
	var docket, forBody string
	workers := 16
	cmd := &cobra.Command{
		Use:   "us-nap4 DIR",
		Short: "replay the fourth U.S. National Action Plan, 2017 to 2018",
		Long: `import us-nap4 replays the public record of the fourth U.S. National Action Plan from
the JSON lines in DIR: suggestions and their comments, workshop ideas, and the
versions of the draft page in order, section by section.

Without --docket it registers a body, takes the role of importer for it and opens
a docket, for which --key must be a founder's key (with --for: a key that holds
the role importer for that body). Run it again to go on after a break: what is
there already is not repeated.`,
		Example: `  publica import us-nap4 ../shared/data/us-nap4 --key founder.key
  publica import us-nap4 ../shared/data/us-nap4 --key office.key --docket ID --for BODY`,
		Args: wants(1, 1, "the folder with the data"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if docket != "" && forBody == "" {
				return usagef(cmd, "which body leads the docket?").withHint("pass --for BODY")
			}
			data, err := importer.ReadNAP4(os.DirFS(args[0]))
			if err != nil {
				return err
			}
			client, signer, err := a.importAs(cmd, docket, forBody)
			if err != nil {
				return err
			}
			up := &importer.Upload{To: client, Workers: workers, Patience: patience}
			if signer.Docket.IsZero() {
				if signer, err = a.setUp(cmd.Context(), client, up, signer); err != nil {
					return err
				}
			}
			plan, err := data.Plan(signer)
			if err != nil {
				return err
			}
			return a.replay(cmd.Context(), up, plan, signer.Docket)
		},
	}
	a.signs(cmd)
	f := cmd.Flags()
	f.StringVar(&docket, "docket", "", "docket to import into; a new one if unset")
	f.StringVar(&forBody, "for", "", "public body you act for; a new one if unset")
	f.IntVar(&workers, "workers", workers, "how many statements are under way at once")
	return cmd
}

// importAs returns who imports, and where to.
func (a *app) importAs(cmd *cobra.Command, docket, forBody string) (*publica.Client, importer.Signer, error) {
	var g importer.Signer
	if docket != "" {
		id, err := parseID(cmd, "--docket", docket)
		if err != nil {
			return nil, g, err
		}
		g.Docket = publica.DocketID(id)
	}
	if forBody != "" {
		id, err := parseID(cmd, "--for", forBody)
		if err != nil {
			return nil, g, err
		}
		g.For = publica.BodyID(id)
	}
	var err error
	if g.Key, err = a.readKey(cmd); err != nil {
		return nil, g, err
	}
	client, err := a.connect(cmd.Context())
	if err != nil {
		return nil, g, err
	}
	g.Register = client.Policy().Register()
	return client, g, nil
}

// setUp finds or makes the docket of an import without --docket.
func (a *app) setUp(ctx context.Context, client *publica.Client, up *importer.Upload, g importer.Signer) (importer.Signer, error) {
	at, err := client.Checkpoint(ctx)
	if err != nil {
		return g, err
	}
	given := g.For
	g.For = publica.BodyID{}
	found, err := g.Find(client.Leaves(ctx, at, 0))
	if err != nil {
		return g, err
	}
	if given != (publica.BodyID{}) {
		found.Body, found.Entitled = given, true
	}
	if found, err = g.Make(ctx, up, importer.NAP4Setup, found, publica.TimeOf(a.now())); err != nil {
		return g, err
	}
	g.Docket, g.For = found.Docket, found.Body
	return g, nil
}

func (a *app) replay(ctx context.Context, up *importer.Upload, p *importer.Plan, docket publica.DocketID) error {
	b := a.bar(int64(len(p.Ideas)+len(p.Comments)+len(p.Drafts)), "importing")
	up.Progress = b.add
	defer b.done()
	if err := up.All(ctx, p.Ideas); err != nil {
		return err
	}
	if err := up.All(ctx, p.Comments); err != nil {
		return err
	}
	if err := up.InOrder(ctx, p.Drafts); err != nil {
		return err
	}
	b.done()
	a.note("imported %d ideas, %d comments and %d versions of the draft; %d contributions are owed a response",
		len(p.Ideas), len(p.Comments), len(p.Drafts), len(p.Ideas)+len(p.Comments))
	a.hint("see what is owed, and what vanished, with: publica get docket %s/debt; publica get docket %s/ghosts", docket, docket)
	_, err := fmt.Fprintln(a.out, docket)
	return err
}

func (a *app) importMarkdownCommand() *cobra.Command {
	var docket, forBody, source, url, title, reason string
	cmd := &cobra.Command{
		Use:   "markdown FILE",
		Short: "publish a Markdown file as the next version of a docket's draft",
		Long: `import markdown makes the next version of a docket's draft from a Markdown file: every
heading starts a section, whose id is made of its words. Sections that did not
change since the version before are carried over. Of those that did, --reason
gives the reason; without one they are on record as changed silently.

With --source the version is marked as imported from there (this needs the role
importer); without, it is the lead body's own draft.`,
		Example: `  publica import markdown plan.md --docket ID --key office.key
  publica import markdown plan-v2.md --docket ID --reason changes.md --key office.key`,
		Args: wants(1, 1, "a file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := a.input(args[0])
			if err != nil {
				return err
			}
			if !utf8.Valid(text) {
				return publica.Problem(publica.Malformed, args[0], "is not UTF-8 text")
			}
			why := ""
			if reason != "" {
				if why, err = a.readReason(cmd, reason); err != nil {
					return err
				}
			}
			var claim *importer.Claim
			if source != "" {
				claim = &importer.Claim{Source: source, URL: url, Label: filepath.Base(args[0])}
			}
			o := office{docket: docket, forBody: forBody}
			if err := a.enter(cmd, &o); err != nil {
				return err
			}
			d := importer.Drafter{Version: o.debt.version, Texts: o.debt.texts, Carried: o.debt.carried}
			body, parts := d.Next(importer.Split(string(text), nil))
			body.Imported = claim
			if why != "" && body.Version > 1 {
				parts = append(parts, body.Explain(why)...)
			}
			if title != "" {
				parts = append(parts, importer.Part{Name: "title", Media: "text/plain", Text: title})
			}
			return a.publish(cmd, &o, body, parts)
		},
	}
	a.signs(cmd)
	f := cmd.Flags()
	f.StringVar(&docket, "docket", "", "the docket")
	f.StringVar(&forBody, "for", "", "public body you act for; the docket's lead body if unset")
	f.StringVar(&title, "title", "", "title of the version")
	f.StringVar(&reason, "reason", "", "why it changed: FILE or @TEXT")
	f.StringVar(&source, "source", "", "where the file is from, if it was made elsewhere")
	f.StringVar(&url, "source-url", "", "address of the source")
	return cmd
}

// publish signs and sends a version of a draft, with salts drawn by chance.
func (a *app) publish(cmd *cobra.Command, o *office, body importer.DraftBody, parts []importer.Part) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	e := publica.Entry{
		Body: raw, Docket: o.debt.docket, For: o.debt.lead, Kind: "participation/draft",
		Made: publica.TimeOf(a.now()), Nonce: publica.NewNonce(nil), Register: o.client.Policy().Register(),
	}
	var content []publica.Content
	for _, p := range parts {
		c, part := publica.NewContent(p.Name, p.Media, []byte(p.Text))
		content, e.Content = append(content, c), append(e.Content, part)
	}
	s, err := a.submission(cmd.Context(), o.key, e, content)
	if err != nil {
		return err
	}
	if err := a.deliver(cmd.Context(), o.client, s, patience, ""); err != nil {
		return err
	}
	a.note("version %d: %d sections, %d with new text, %d changes with a reason", body.Version, len(body.Sections), body.Changed(), len(body.Changes))
	return nil
}
