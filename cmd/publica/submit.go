package main

import (
	"context"
	"encoding/json/jsontext"
	"encoding/json/v2"
	"fmt"
	"mime"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"publica"
)

// A draft is an entry as the flags of submit and check describe it.
type draft struct {
	body, docket, forBody string
	sets, parts           []string
	register              string // name, "" to ask the register
	offline               bool   // ask nobody what the docket's charter demands
}

func (d *draft) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&d.body, "body", "", "body as JSON, instead of FILE")
	f.StringArrayVar(&d.sets, "set", nil, "one member of the body, NAME=VALUE; VALUE is JSON, or else a string")
	f.StringVar(&d.docket, "docket", "", "docket the entry belongs to")
	f.StringVar(&d.forBody, "for", "", "public body you act for")
	f.StringArrayVar(&d.parts, "part", nil, "content part, NAME[:MEDIA]=FILE or NAME[:MEDIA]=@TEXT")
}

const partHelp = `The body is the JSON object in FILE ("-" is stdin) or --body; --set adds to it.
Free text, names and files are content parts, never in the body:
  --part text=letter.md             the file letter.md
  --part title=@"A shorter form"    these words
  --part attachment-1:application/pdf=plan.pdf`

func (a *app) submitCommand() *cobra.Command {
	var d draft
	var file string
	var noWait bool
	var wait time.Duration
	cmd := &cobra.Command{
		Use:   "submit KIND [FILE|-]",
		Short: "sign an entry of any kind and send it",
		Long: `submit signs an entry with --key, sends it with its content, waits until it is in the
log, checks the receipt, and prints the entry's id. It works for every kind the
register knows; "publica get kinds" lists them.

` + partHelp + `

The exit status is 1 if the register refuses the entry, also when its rules
refuse it after it was logged: then the record stands, with the reason, and
counts for nothing.`,
		Example: `  publica submit participation/comment --docket ID --set stance=support --part text=@"Yes, please." --key me.key
  publica submit participation/idea --docket ID --part title=@"Open timetables" --part proposal=idea.md --key me.key -o receipt.json
  publica submit docket/period period.json --docket ID --for BODY --key office.key`,
		Args: wants(1, 2, "a kind, for example participation/comment"),
		RunE: func(cmd *cobra.Command, args []string) error {
			key, err := a.readKey(cmd)
			if err != nil {
				return err
			}
			client, err := a.connect(cmd.Context())
			if err != nil {
				return err
			}
			d.register = client.Policy().Register()
			s, err := a.sign(cmd, &d, args, key)
			if err != nil {
				return err
			}
			if noWait {
				wait = 0
			}
			return a.deliver(cmd.Context(), client, s, wait, file)
		},
	}
	d.flags(cmd)
	a.signs(cmd)
	a.answersData(cmd)
	f := cmd.Flags()
	f.StringVarP(&file, "output", "o", "", "write the receipt to this file")
	f.BoolVar(&noWait, "no-wait", false, "be content with the node's promise")
	f.DurationVar(&wait, "wait", 30*time.Second, "wait this long for the log")
	return cmd
}

// sign makes a submission of what the command line describes.
func (a *app) sign(cmd *cobra.Command, d *draft, args []string, key *publica.PrivateKey) (*publica.Submission, error) {
	kind := publica.Kind(args[0])
	if !kind.Valid() {
		return nil, usagef(cmd, "%q is not a kind", args[0]).withHint("a kind looks like participation/comment; publica get kinds lists them")
	}
	body, err := a.readBody(cmd, d, args[1:])
	if err != nil {
		return nil, err
	}
	e := publica.Entry{
		Body: body, Kind: kind, Made: publica.TimeOf(a.now()), Nonce: publica.NewNonce(nil), Register: d.register,
	}
	if d.docket != "" {
		id, err := parseID(cmd, "--docket", d.docket)
		if err != nil {
			return nil, err
		}
		e.Docket = publica.DocketID(id)
	}
	if d.forBody != "" {
		id, err := parseID(cmd, "--for", d.forBody)
		if err != nil {
			return nil, err
		}
		e.For = publica.BodyID(id)
	}
	var content []publica.Content
	for _, p := range d.parts {
		c, part, err := readPart(cmd, p)
		if err != nil {
			return nil, err
		}
		content = append(content, c)
		e.Content = append(e.Content, part)
	}
	if d.offline {
		return publica.NewSubmission(key, e, content...)
	}
	return a.submission(cmd.Context(), key, e, content)
}

// submission signs an entry, after the work that its docket asks for.
func (a *app) submission(ctx context.Context, key *publica.PrivateKey, e publica.Entry, content []publica.Content) (*publica.Submission, error) {
	if work := a.workFor(ctx, e.Docket); work > 0 {
		a.note("the docket asks for %d bits of work", work)
		var err error
		if e, err = publica.Grind(ctx, key, e, work); err != nil {
			return nil, err
		}
	}
	return publica.NewSubmission(key, e, content...)
}

// workFor asks how many bits of work a docket's charter demands. If there is no
// answer it is none: the register will say what is wrong with the docket.
func (a *app) workFor(ctx context.Context, docket publica.DocketID) int {
	if docket.IsZero() {
		return 0
	}
	answer, err := a.ask(ctx, http.MethodGet, docketList+"/"+docket.String(), nil)
	if err != nil {
		return 0
	}
	var d struct {
		Charter struct {
			Work int `json:"work"`
		} `json:"charter"`
	}
	if err := json.Unmarshal(answer, &d); err != nil {
		return 0
	}
	return d.Charter.Work
}

func (a *app) readBody(cmd *cobra.Command, d *draft, file []string) (jsontext.Value, error) {
	text := []byte("{}")
	switch {
	case d.body != "" && len(file) > 0:
		return nil, usagef(cmd, "the body is given twice, as --body and as %s", file[0])
	case d.body != "":
		text = []byte(d.body)
	case len(file) > 0:
		var err error
		if text, err = a.input(file[0]); err != nil {
			return nil, fmt.Errorf("read the body: %w", err)
		}
	}
	v := jsontext.Value(text)
	if !v.IsValid() || v.Kind() != '{' {
		return nil, publica.Problem(publica.Malformed, "body", "is not a JSON object")
	}
	if len(d.sets) == 0 {
		return v, nil
	}
	var members map[string]jsontext.Value
	if err := json.Unmarshal(v, &members); err != nil {
		return nil, publica.Problem(publica.Malformed, "body", "is not a JSON object")
	}
	for _, set := range d.sets {
		name, value, ok := strings.Cut(set, "=")
		if !ok || name == "" {
			return nil, usagef(cmd, "--set %q is not of the form NAME=VALUE", set)
		}
		if members[name] = jsontext.Value(value); !members[name].IsValid() {
			quoted, err := json.Marshal(value)
			if err != nil {
				return nil, publica.Problem(publica.Malformed, "body/"+name, "is not text")
			}
			members[name] = quoted
		}
	}
	return json.Marshal(members, json.Deterministic(true))
}

// readPart reads "NAME[:MEDIA]=FILE" or "NAME[:MEDIA]=@TEXT". A part's name may
// hold colons, but no slash, and a media type always has one.
func readPart(cmd *cobra.Command, arg string) (publica.Content, publica.Part, error) {
	name, value, ok := strings.Cut(arg, "=")
	if !ok {
		return publica.Content{}, publica.Part{}, usagef(cmd, "--part %q is not of the form NAME=FILE or NAME=@TEXT", arg)
	}
	media := ""
	if slash := strings.IndexByte(name, '/'); slash >= 0 {
		if colon := strings.LastIndexByte(name[:slash], ':'); colon >= 0 {
			name, media = name[:colon], name[colon+1:]
		}
	}
	text, literal := strings.CutPrefix(value, "@")
	data := []byte(text)
	if !literal {
		var err error
		if data, err = os.ReadFile(value); err != nil {
			return publica.Content{}, publica.Part{}, fmt.Errorf("read the part %s: %w", name, err)
		}
	}
	if media == "" {
		media = mediaOf(name, value, literal)
	}
	c, p := publica.NewContent(name, media, data)
	return c, p, nil
}

// mediaOf guesses the media type of a part that names none.
func mediaOf(name, file string, literal bool) string {
	switch name {
	case "title", "author", "name", "contact":
		return "text/plain"
	}
	if literal {
		return "text/markdown"
	}
	switch ext := strings.ToLower(filepath.Ext(file)); ext {
	case ".md", ".markdown":
		return "text/markdown"
	case ".txt", "":
		return "text/plain"
	default:
		if media, _, err := mime.ParseMediaType(mime.TypeByExtension(ext)); err == nil {
			return media
		}
	}
	return "application/octet-stream"
}

// deliver sends s, waits for the log, keeps the receipt and prints the id.
func (a *app) deliver(ctx context.Context, client *publica.Client, s *publica.Submission, wait time.Duration, file string) error {
	id := s.Signed.ID()
	r, err := client.Submit(ctx, s)
	if err != nil {
		return err
	}
	v, err := r.Verify(client.Policy(), "")
	if err != nil {
		return err
	}
	if wait > 0 && v.Stage == publica.Promised {
		again, w, err := client.Receipt(ctx, id, wait)
		if err != nil {
			return fmt.Errorf("entry %s is promised, but its receipt cannot be had: %w", id, err)
		}
		again.Promise = r.Promise // the node's word stays provable beside the proof
		r, v = again, w
	}
	if file != "" {
		text, err := r.Bytes()
		if err != nil {
			return err
		}
		if err := a.output(file, text); err != nil {
			return fmt.Errorf("entry %s is sent, but its receipt is not written: %w", id, err)
		}
	}
	if file != "-" {
		if err := a.printDelivered(v); err != nil {
			return err
		}
	}
	switch {
	case v.Stage == publica.Promised:
		a.note("promised, to be in the log by %s", v.By)
		a.hint("fetch the full receipt later with: publica receipt %s", id)
	case v.Leaf.Refused != nil:
		return &publica.Error{Code: v.Leaf.Refused.Code, Field: v.Leaf.Refused.Field, Message: "the rules refuse the entry, which is on record and counts for nothing: " + v.Leaf.Refused.Message}
	}
	return nil
}

func (a *app) printDelivered(v *publica.Verified) error {
	if !a.json {
		_, err := fmt.Fprintln(a.out, v.ID)
		return err
	}
	out := struct {
		ID      publica.EntryID  `json:"id"`
		Stage   publica.Stage    `json:"stage"`
		Index   *int64           `json:"index,omitzero"`
		Time    publica.Time     `json:"time,omitzero"`
		By      publica.Time     `json:"by,omitzero"`
		Refused *publica.Refusal `json:"refused,omitzero"`
	}{ID: v.ID, Stage: v.Stage, By: v.By}
	if v.Leaf != nil {
		out.Index, out.Time, out.Refused = &v.Index, v.Leaf.Time, v.Leaf.Refused
	}
	return a.printJSON(out)
}
