package main

import (
	"context"
	"encoding/json/jsontext"
	"encoding/json/v2"
	"time"

	"github.com/spf13/cobra"

	"publica"
)

// An actBody is what the bodies of acts of moderation have between them.
type actBody struct {
	Act     publica.EntryID `json:"act,omitzero"`
	Appeal  publica.EntryID `json:"appeal,omitzero"`
	Asked   string          `json:"asked,omitzero"`
	Basis   string          `json:"basis,omitzero"`
	Code    string          `json:"code,omitzero"`
	Entry   jsontext.Value  `json:"entry,omitzero"`
	Erase   bool            `json:"erase,omitzero"`
	Hold    publica.EntryID `json:"hold,omitzero"`
	Outcome string          `json:"outcome,omitzero"`
	Parts   []string        `json:"parts,omitempty"`
}

// A moderation is what all its verbs share: about what, why, and for which body.
type moderation struct {
	forBody, reason string
	body            actBody

	client *publica.Client
	docket publica.DocketID
	lead   publica.BodyID // of the docket
}

// A moderateVerb is one act on one record.
type moderateVerb struct {
	use, short, long string
	kind             publica.Kind
	part             string // with the reason
	with             string // flags of its example
	free             bool   // the reason may be left out
	person           bool   // people act for themselves
	flags            func(*cobra.Command, *actBody)
	// about fills in the body from the record that was named.
	about func(ctx context.Context, a *app, m *moderation, id publica.EntryID, e *publica.Entry, raw []byte) error
}

func codeFlag(cmd *cobra.Command, b *string, name string) {
	cmd.Flags().StringVar(b, name, "", "why, in a word: abuse, spam, personal-data, off-topic, unlawful, impersonation, copyright, other")
}

func partsFlag(cmd *cobra.Command, b *actBody) {
	cmd.Flags().StringArrayVar(&b.Parts, "part", nil, "only this content part, for example text; all if unset; may be repeated")
}

func eraseFlag(cmd *cobra.Command, b *actBody) {
	cmd.Flags().BoolVar(&b.Erase, "erase", false, "have its text erased on every node")
}

// theEntry is for acts on a record: they carry it whole.
func theEntry(_ context.Context, _ *app, m *moderation, _ publica.EntryID, _ *publica.Entry, raw []byte) error {
	m.body.Entry = raw
	return nil
}

// theAct is for acts on an act, which carries the record it is about.
func theAct(_ context.Context, _ *app, m *moderation, id publica.EntryID, e *publica.Entry, _ []byte) error {
	m.body.Act = id
	return m.carried(e)
}

func (m *moderation) carried(e *publica.Entry) error {
	var b actBody
	if err := json.Unmarshal(e.Body, &b); err != nil || len(b.Entry) == 0 {
		return publica.Problem(publica.Invalid, "ID", "is a "+string(e.Kind)+", not an act of moderation that hides or erases something")
	}
	m.body.Entry = b.Entry
	return nil
}

var moderateVerbs = []moderateVerb{
	{use: "hide ID", with: "--code abuse ", short: "take content of a record out of sight, for now", kind: "moderation/hide",
		flags: func(cmd *cobra.Command, b *actBody) { codeFlag(cmd, &b.Code, "code"); partsFlag(cmd, b) }, about: theEntry},
	{use: "restore ACT", short: "show again what was hidden", kind: "moderation/restore", about: theAct},
	{use: "redact ID", with: "--basis personal-data --asked subject ", short: "have content of a record erased on every node", kind: "moderation/redact",
		long: "The record, its place, its proof and its claim to a response stay; the text is gone for good. Where the\ncharter wants two persons, another moderator has to confirm it.",
		flags: func(cmd *cobra.Command, b *actBody) {
			codeFlag(cmd, &b.Basis, "basis")
			partsFlag(cmd, b)
			cmd.Flags().StringVar(&b.Asked, "asked", "moderator", "who asked for it: subject, author, court, authority, moderator")
		}, about: theEntry},
	{use: "confirm ACT", short: "confirm a redaction as the second person", kind: "moderation/confirm", about: theAct},
	{use: "appeal ACT", short: "object to an act of moderation", kind: "moderation/appeal", part: "text", person: true,
		about: func(_ context.Context, _ *app, m *moderation, id publica.EntryID, _ *publica.Entry, _ []byte) error {
			m.body.Act = id
			return nil
		}},
	{use: "decide APPEAL", with: "--outcome upheld ", short: "decide an appeal", kind: "moderation/decide",
		flags: func(cmd *cobra.Command, b *actBody) {
			cmd.Flags().StringVar(&b.Outcome, "outcome", "", "upheld: the act stands; reversed: it was wrong")
		},
		about: func(ctx context.Context, a *app, m *moderation, id publica.EntryID, e *publica.Entry, _ []byte) error {
			m.body.Appeal = id
			var appeal actBody
			if err := json.Unmarshal(e.Body, &appeal); err != nil || e.Kind != "moderation/appeal" {
				return publica.Problem(publica.Invalid, "APPEAL", "is a "+string(e.Kind)+", not an appeal")
			}
			act, _, err := a.logged(ctx, m.client, appeal.Act)
			if err != nil || m.body.Outcome != "reversed" {
				return err
			}
			return m.carried(act)
		}},
	{use: "hold DOCKET", short: "put a docket under a legal hold: nothing of it may be erased", kind: "moderation/hold",
		about: func(context.Context, *app, *moderation, publica.EntryID, *publica.Entry, []byte) error { return nil }},
	{use: "release HOLD", short: "end a legal hold", kind: "moderation/release",
		about: func(_ context.Context, _ *app, m *moderation, id publica.EntryID, _ *publica.Entry, _ []byte) error {
			m.body.Hold = id
			return nil
		}},
	{use: "withdraw ID", short: "take back an idea or comment of your own", kind: "participation/withdraw", person: true, free: true, flags: eraseFlag, about: theEntry},
	{use: "disavow ID", short: "say that you did not make what bears your name", kind: "participation/disavow", person: true, flags: eraseFlag, about: theEntry,
		long: "For this your key has to be verified: a body of the register vouches for the person behind it. A\nmoderator to whom you show who you are can do it for you, with --for."},
	{use: "reinstate ID", short: "end a disavowal that was wrong", kind: "participation/reinstate",
		about: func(_ context.Context, _ *app, m *moderation, id publica.EntryID, _ *publica.Entry, _ []byte) error {
			raw, err := json.Marshal(id)
			m.body.Entry = raw
			return err
		}},
}

func (a *app) moderateCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "moderate",
		Short: "hide, erase, take back and appeal, each with a reason on record",
		Long: `moderate signs acts of moderation, and what people do about their own contributions.
Text may go; that it was there, by which key, when, and why it went stays on record.`,
		Example: `  publica moderate redact ID --part text --basis personal-data --asked subject --reason @"She asked for it." --for BODY --key office.key
  publica moderate appeal ACT --reason @"It is no insult." --key me.key
  publica moderate withdraw ID --erase --key me.key`,
		Args: a.noSuchVerb,
		RunE: func(cmd *cobra.Command, _ []string) error { return usagef(cmd, "moderate how?") },
	}
	for i := range moderateVerbs {
		cmd.AddCommand(a.moderateVerb(&moderateVerbs[i]))
	}
	return cmd
}

func (a *app) moderateVerb(v *moderateVerb) *cobra.Command {
	m := &moderation{}
	cmd := &cobra.Command{Use: v.use, Short: v.short, Long: v.long,
		Example: "  publica moderate " + v.use + " " + v.with + `--reason @"in words" --key me.key`,
		Args:    wants(1, 1, "the id of the record it is about"),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.moderate(cmd, v, m, args[0]) }}
	f := cmd.Flags()
	f.StringVar(&m.reason, "reason", "", "why, in words: FILE or @TEXT")
	f.StringVar(&m.forBody, "for", "", "public body you act for; the docket's lead body if unset")
	if v.person {
		f.Lookup("for").Usage = "public body you act for; yourself if unset"
	}
	if v.flags != nil {
		v.flags(cmd, &m.body)
	}
	a.signs(cmd)
	a.answersData(cmd)
	return cmd
}

func (a *app) moderate(cmd *cobra.Command, v *moderateVerb, m *moderation, arg string) error {
	id, err := parseID(cmd, "ID", arg)
	if err != nil {
		return err
	}
	reason := ""
	if !v.free || m.reason != "" {
		if reason, err = a.readReason(cmd, m.reason); err != nil {
			return err
		}
	}
	key, err := a.readKey(cmd)
	if err != nil {
		return err
	}
	if m.client, err = a.connect(cmd.Context()); err != nil {
		return err
	}
	target, raw, err := a.logged(cmd.Context(), m.client, id)
	if err != nil {
		return err
	}
	if err := m.place(cmd, a, v, id, target); err != nil {
		return err
	}
	if err := v.about(cmd.Context(), a, m, id, target, raw); err != nil {
		return err
	}
	body, err := json.Marshal(&m.body)
	if err != nil {
		return err
	}
	e := publica.Entry{Body: body, Docket: m.docket, For: m.lead, Kind: v.kind,
		Made: publica.TimeOf(a.now()), Nonce: publica.NewNonce(nil), Register: m.client.Policy().Register()}
	var content []publica.Content
	if reason != "" {
		part := v.part
		if part == "" {
			part = "reason"
		}
		c, p := publica.NewContent(part, "text/markdown", []byte(reason))
		content, e.Content = append(content, c), append(e.Content, p)
	}
	s, err := a.submission(cmd.Context(), key, e, content)
	if err != nil {
		return err
	}
	return a.deliver(cmd.Context(), m.client, s, 30*time.Second, "")
}

// place finds the docket of the record that was named, and for which body the act
// is.
func (m *moderation) place(cmd *cobra.Command, a *app, v *moderateVerb, id publica.EntryID, target *publica.Entry) error {
	m.docket = target.Docket
	if target.Kind == "docket/open" {
		m.docket = publica.DocketID(id)
	}
	if m.docket.IsZero() {
		return publica.Problem(publica.Invalid, "ID", "is a "+string(target.Kind)+", which is in no docket")
	}
	if m.forBody != "" {
		body, err := parseID(cmd, "--for", m.forBody)
		m.lead = publica.BodyID(body)
		return err
	}
	if v.person {
		return nil
	}
	opened, _, err := a.logged(cmd.Context(), m.client, publica.EntryID(m.docket))
	if err != nil {
		return err
	}
	m.lead = opened.For
	return nil
}

// logged returns an entry of the log with its bytes, proven.
func (a *app) logged(ctx context.Context, client *publica.Client, id publica.EntryID) (*publica.Entry, []byte, error) {
	_, v, err := client.Receipt(ctx, id, 10*time.Second)
	if err != nil {
		return nil, nil, err
	}
	if v.Leaf == nil {
		return nil, nil, publica.Problem(publica.Early, "ID", "is not in the log yet").WithHint("try again in a moment")
	}
	e, err := publica.ParseEntry(v.Leaf.Entry)
	return e, v.Leaf.Entry, err
}
