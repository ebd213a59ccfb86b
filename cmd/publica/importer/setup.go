package importer

import (
	"context"
	"iter"

	"publica"
)

// A Setup is a docket to open, and the body that leads it.
type Setup struct {
	Name    string // tells the statements of one setup from those of another; "" for the first there was
	Body    string // name of the body
	Type    string // of the body
	Docket  string // type of the docket
	Title   string // of the docket
	Summary string
}

// NAP4Setup says where the fourth U.S. plan goes on a register that has no
// place for it yet. The names say that it is an imported record: the agency
// itself has no part in it.
var NAP4Setup = Setup{
	Body:   "U.S. General Services Administration (imported record)",
	Type:   "agency",
	Docket: "action-plan",
	Title:  "Fourth U.S. National Action Plan for Open Government, 2017 to 2018 (imported record)",
	Summary: `The public record of how the fourth U.S. National Action Plan was drafted: the suggestions and comments made on the public tracker, the ideas of the 2017 workshops, and every version of the draft page.

Imported from public sources. Authors, dates and sources are claims of those sources; the importer's key signs for all of them.`,
}

// Statements of a setup, in order. Each is named, so that a second run finds
// what the first one made.
const (
	setupBody   = "body"
	setupGrant  = "grant/" // and the role
	setupDocket = "docket"
)

// statement is the source of one of them.
func (s *Setup) statement(name string) string {
	if s.Name == "" {
		return "setup/" + name
	}
	return "setup/" + s.Name + "/" + name
}

var setupRoles = []string{"importer", "coordinator"}

// Found is what of a setup a register has already.
type Found struct {
	Body     publica.BodyID
	Docket   publica.DocketID
	Entitled bool // the key holds a role for the body, given by somebody else

	grants map[string]bool // names of the grants made
}

// Find looks among the leaves of a log for what of s an earlier run by the same
// key set up.
func (g Signer) Find(s Setup, leaves iter.Seq2[publica.LogLeaf, error]) (*Found, error) {
	names := map[publica.Nonce]string{}
	for _, name := range append([]string{setupBody, setupDocket}, grantNames()...) {
		n, err := g.Nonce(s.statement(name))
		if err != nil {
			return nil, err
		}
		names[n] = name
	}
	f := &Found{grants: map[string]bool{}}
	for l, err := range leaves {
		if err != nil {
			return nil, err
		}
		if l.Entry == nil || l.Entry.Author != g.Key.ID() || l.Leaf.Refused != nil {
			continue
		}
		switch name := names[l.Entry.Nonce]; name {
		case "":
		case setupBody:
			f.Body = publica.BodyID(l.Leaf.ID())
		case setupDocket:
			f.Docket = publica.DocketID(l.Leaf.ID())
		default:
			f.grants[name] = true
		}
	}
	return f, nil
}

func grantNames() (names []string) {
	for _, role := range setupRoles {
		names = append(names, setupGrant+role)
	}
	return names
}

type bodyBody struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

type grantBody struct {
	Key  publica.KeyID `json:"key"`
	Role string        `json:"role"`
}

type charter struct {
	Contribute     string `json:"contribute"`
	MaxAttachments int    `json:"max_attachments,omitzero"`
	Respond        bool   `json:"respond"`
}

type openBody struct {
	Charter   charter  `json:"charter"`
	Languages []string `json:"languages"`
	Type      string   `json:"type"`
}

// Make registers what f lacks of s and returns f completed. The signer's
// docket must be unset. A body given in f is not registered anew.
func (g Signer) Make(ctx context.Context, u *Upload, s Setup, f *Found, now publica.Time) (*Found, error) {
	send := func(st Statement) (publica.EntryID, error) {
		sub, err := g.Sign(st)
		if err != nil {
			return publica.EntryID{}, err
		}
		return sub.Signed.ID(), u.InOrder(ctx, []*publica.Submission{sub})
	}
	if f.Body == (publica.BodyID{}) {
		id, err := send(Statement{Source: s.statement(setupBody), Kind: "identity/body", Made: now, Body: bodyBody{s.Body, s.Type}})
		if err != nil {
			return nil, err
		}
		f.Body = publica.BodyID(id)
	}
	g.For = f.Body
	for _, role := range setupRoles {
		if f.Entitled || f.grants[setupGrant+role] {
			continue
		}
		st := Statement{Source: s.statement(setupGrant + role), Kind: "identity/grant", Made: now, Body: grantBody{g.Key.ID(), role}}
		if _, err := send(st); err != nil {
			return nil, err
		}
	}
	if f.Docket.IsZero() {
		id, err := send(Statement{
			Source: s.statement(setupDocket), Kind: "docket/open", Made: now,
			Body: openBody{
				Charter:   charter{Contribute: "anyone", MaxAttachments: 20, Respond: true},
				Languages: []string{"en"}, Type: s.Docket,
			},
			Parts: []Part{
				{Name: "title", Media: "text/plain", Text: s.Title},
				{Name: "summary", Media: "text/markdown", Text: s.Summary},
			},
		})
		if err != nil {
			return nil, err
		}
		f.Docket = publica.DocketID(id)
	}
	return f, nil
}
