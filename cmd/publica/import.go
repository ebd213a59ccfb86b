package main

import (
	"encoding/json/v2"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"publica"
	"publica/cmd/publica/document"
	"publica/cmd/publica/importer"
)

func (a *app) importCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "import",
		Short: "bring records from elsewhere",
		Long: `import signs records made elsewhere and sends them. Each keeps its author's label, its
date and its source as claims, and is shown as imported.`,
		Example: `  publica import us-nap4 ../shared/data/us-nap4 --key founder.key
  publica import document draft.odt --docket ID --key office.key`,
		Args: a.noSuchVerb,
		RunE: func(cmd *cobra.Command, _ []string) error { return usagef(cmd, "import what?") },
	}
	for _, r := range replays {
		cmd.AddCommand(a.replayCommand(r))
	}
	cmd.AddCommand(a.importDocumentCommand(), a.importRegulationsCommand(), a.importCommentsCommand())
	return cmd
}

// patience is how long an import waits for one statement to be logged.
const patience = 2 * time.Minute

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

func (a *app) importDocumentCommand() *cobra.Command {
	var docket, forBody, source, url, title, reason string
	cmd := &cobra.Command{
		Use:     "document FILE",
		Aliases: []string{"markdown"},
		Short:   "publish a Markdown, ODT or DOCX file as the next version of a docket's draft",
		Long: `import document makes the next version of a docket's draft from a file: Markdown, ODT
(OpenDocument) or DOCX. Of the latter two headings, paragraphs, lists, tables, bold,
italics and links become Markdown; whatever else they hold is counted and left out.
Every heading starts a section, whose id is made of its words. Sections that did not
change since the version before are carried over. Of those that did, --reason
gives the reason; without one they are on record as changed silently.

With --source the version is marked as imported from there (this needs the role
importer); without, it is the lead body's own draft.`,
		Example: `  publica import document plan.odt --docket ID --key office.key
  publica import markdown plan-v2.md --docket ID --reason changes.md --key office.key`,
		Args: wants(1, 1, "a file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := a.documentText(args[0])
			if err != nil {
				return err
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
			body, parts := d.Next(importer.Split(text, nil))
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

// documentText reads a file as Markdown and notes what of it was left out.
func (a *app) documentText(name string) (string, error) {
	data, err := a.input(name)
	if err != nil {
		return "", err
	}
	text, left, err := document.Markdown(name, data)
	for _, what := range left {
		a.note("%s: left out or changed: %s", name, what)
	}
	return text, err
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
