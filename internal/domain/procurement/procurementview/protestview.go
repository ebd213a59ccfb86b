package procurementview

import (
	"encoding/json/v2"

	"publica"
	"publica/internal/web"
	"publica/tender"
)

// A protestView is a protest in words.
type protestView struct {
	*tender.Protest
	Who    string
	Ground string
	Text   string
	Steps  []protestStep
	Tag    web.Tag
	Ended  *decidedView
}

type protestStep struct {
	said
	Who      string
	Withdraw bool
}

// A decidedView is the decision of a protest in words.
type decidedView struct {
	*tender.Decision
	Who    string
	Words  string
	Reason string
	Then   string
	Cites  []publica.EntryID
}

// disputes are the protests, as they came.
func (t *tenderView) disputes(l *web.Locale) (all []protestView) {
	for _, x := range t.Protests {
		v := protestView{Protest: x, Who: t.actor(l, x.Author, publica.BodyID{}), Ground: groundWords(l, x.Ground), Text: t.text(x.ID, "text"), Tag: web.Tag{Kind: "warning", Text: l.T("Open: nothing is awarded")}}
		for _, s := range x.Steps {
			v.Steps = append(v.Steps, protestStep{said{s.Mark, t.text(s.ID, "text")}, t.actor(l, s.Author, s.For), s.Withdraw})
		}
		if d := x.Decision; d != nil {
			v.Tag = web.Tag{Kind: "info", Text: outcomeWords(l, d.Outcome)}
			if d.Outcome != "withdrawn" {
				v.Ended = &decidedView{d, t.actor(l, publica.KeyID{1}, d.By), outcomeWords(l, d.Outcome), t.text(d.ID, "reason"), reopenWords(l, d.Reopen), d.Cites}
			}
		}
		all = append(all, v)
	}
	return all
}

// An ownProtest is a protest for the script that shows whoever made it what can be
// done about it.
type ownProtest struct {
	ID     publica.EntryID `json:"id"`
	Author publica.KeyID   `json:"author"`
	Time   publica.Time    `json:"time"`
	Title  string          `json:"title"`
	Words  string          `json:"words"`
	Open   bool            `json:"open"`
}

// ownProtests are the protests as JSON, for the script.
func (t *tenderView) ownProtests(l *web.Locale) (string, error) {
	all := []ownProtest{}
	for _, x := range t.disputes(l) {
		all = append(all, ownProtest{x.ID, x.Author, x.Time, x.Ground, x.Tag.Text, x.Decision == nil})
	}
	raw, err := json.Marshal(all, json.Deterministic(true))
	return string(raw), err
}
