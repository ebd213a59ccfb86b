package participationview

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json/v2"
	"slices"

	"publica"
	"publica/internal/domain/docket"
	"publica/internal/domain/docket/docketview"
	"publica/internal/domain/participation"
	"publica/internal/readmodel"
	"publica/internal/web"
	"publica/ogp"
)

// Topics are the sorts of news of a docket: a name, a message and the kinds of
// each. The last one, what people contribute, is for those who ask for it.
var Topics = []struct {
	Name, Label string
	Kinds       []publica.Kind
}{
	{"drafts", web.Msg("New versions of the text, and why they changed"), []publica.Kind{"participation/draft", "participation/explain"}},
	{"responses", web.Msg("Responses to what people said"), []publica.Kind{"participation/response"}},
	{"periods", web.Msg("Periods and the timeline: announced, moved, open, over"), []publica.Kind{"docket/period", "docket/period-opened", "docket/period-closed", "participation/timeline"}},
	{"rules", web.Msg("Opened dockets, and changes of their rules"), []publica.Kind{"docket/open", "docket/amend-charter"}},
	{"moderation", web.Msg("Moderation: what was hidden or erased, and appeals"), []publica.Kind{"moderation/hide", "moderation/restore", "moderation/redact", "moderation/confirm", "moderation/appeal", "moderation/decide", "moderation/hold", "moderation/release"}},
	{"codification", web.Msg("The final outcome"), []publica.Kind{"participation/codify", "participation/codified"}},
	{"comments", web.Msg("Every single idea and comment"), []publica.Kind{"participation/idea", "participation/comment"}},
}

// A Date is a time that a docket names.
type Date struct {
	Name  string // stays, however the date moves
	Title string
	Text  string
	Href  string
	Start publica.Time
	End   publica.Time // zero: a moment
	Set   publica.Time // block time of the record that set it
	Index int64        // of that record
}

// Dates returns the opening of a docket, its periods with the closing of each, the
// stages of its timeline, and when its outcome became final.
func Dates(s *readmodel.Snapshot, l *web.Locale, id publica.DocketID) ([]Date, error) {
	d, err := standing(s, id)
	if err != nil {
		return nil, err
	}
	base := "/docket/" + id.String()
	dates := []Date{{Name: "opened." + id.String(), Title: l.T("Opened") + " · " + d.Title, Href: base, Start: d.Opened, Set: d.Opened, Index: d.Index}}
	if c := d.Codified; c != nil {
		dates = append(dates, Date{Name: "final." + id.String(), Title: l.T("Final") + " · " + d.Title, Href: base, Start: c.Time, Set: c.Time, Index: c.Index})
	}
	for i := range d.Periods {
		p := &d.Periods[i]
		var set publica.Time
		if _, err := s.One("SELECT time FROM entry WHERE idx = ?", readmodel.Args{p.Index}, &set); err != nil {
			return nil, err
		}
		name := docketview.Words(l, p.Name)
		date := Date{Set: set, Index: p.Index, Href: base}
		whole, closing := date, date
		whole.Name, whole.Title, whole.Start, whole.End = "period."+p.Name+"."+id.String(), name+" · "+d.Title, p.Opens, p.Closes
		whole.Text = l.T("Contributions are open from {from} until {to}.", "from", l.Moment(p.Opens), "to", l.Moment(p.Closes))
		closing.Name, closing.Title, closing.Start = "closing."+p.Name+"."+id.String(), l.T("Closes: {name}", "name", name)+" · "+d.Title, p.Closes
		closing.Text = l.T("After this moment nothing more is taken in.")
		dates = append(dates, whole, closing)
	}
	if d.Timeline == nil {
		return dates, nil
	}
	for _, st := range d.Timeline.Stages {
		h := sha256.Sum256([]byte(st.Name)) // a stage is known by its name, which is free text
		dates = append(dates, Date{Name: "stage." + hex.EncodeToString(h[:8]) + "." + id.String(), Title: st.Name + " · " + d.Title,
			Text: l.T("A stage of the timeline, as published by the lead body."), Href: base + "/rules", Start: st.From, End: st.To, Set: d.Timeline.Time, Index: d.Timeline.Index})
	}
	return dates, nil
}

// Name returns a docket's title and the block time of its opening, or NotFound.
func Name(s *readmodel.Snapshot, id publica.DocketID) (title string, opened publica.Time, err error) {
	d, err := docketview.Get(s, id)
	if err != nil {
		return "", 0, err
	}
	return d.Title, d.Opened, nil
}

// headlineOf says in a line what a record did that is shown only as a part of
// its docket; "" if its kind says enough.
func headlineOf(ctx context.Context, rec *web.Record, e *publica.Entry) (string, error) {
	l := web.LocaleIn(ctx)
	switch {
	case e == nil && rec.Leaf.System.Kind == "participation/codified":
		return l.T("The final outcome is on record"), nil
	case e == nil && rec.Leaf.System.Kind == "docket/hidden":
		return l.T("Text of a record is hidden, for now"), nil
	case e == nil && rec.Leaf.System.Kind == "docket/shown":
		return l.T("Text of a record is shown again"), nil
	case e == nil && rec.Leaf.System.Kind == "docket/erased":
		return l.T("Text of a record has to be erased, on every node"), nil
	case e == nil && rec.Leaf.System.Kind == "docket/retention-ended":
		return l.T("What the public wrote has to be erased: its time is over"), nil
	case e != nil && slices.Contains(actKinds, string(e.Kind)):
		return kindWords(l, e.Kind), nil
	case e == nil:
		var t docket.Turn
		if err := json.Unmarshal(rec.Leaf.System.Body, &t); err != nil {
			return "", err
		}
		if rec.Leaf.System.Kind == "docket/period-opened" {
			return l.T("Open now: {name}", "name", docketview.Words(l, t.Name)), nil
		}
		return l.T("Over: {name}", "name", docketview.Words(l, t.Name)), nil
	case e.Kind == "docket/period":
		var p docket.Announce
		if err := json.Unmarshal(e.Body, &p); err != nil {
			return "", err
		}
		return l.T("{name}: {from} to {to}", "name", docketview.Words(l, p.Name), "from", l.Day(p.Opens), "to", l.Day(p.Closes)), nil
	case e.Kind == "docket/amend-charter":
		return l.T("The rules of this docket have changed"), nil
	case e.Kind == "participation/timeline":
		return l.T("A timeline is published"), nil
	case e.Kind == "participation/outreach", e.Kind == "participation/meeting", e.Kind == "participation/evidence":
		step := processStep{Record: ogp.Record{Kind: e.Kind, Body: e.Body}}
		if err := step.decode(); err != nil {
			return "", err
		}
		return processWords(l, &step), nil
	case e.Kind == "participation/group":
		return l.T("Contributions that say the same thing"), nil
	case e.Kind == "participation/explain":
		var x participation.Explain
		if err := json.Unmarshal(e.Body, &x); err != nil {
			return "", err
		}
		return l.T("Reasons given later for version {v} of the text", "v", x.Version), nil
	case e.Kind == "participation/codify":
		var c participation.Codify
		if err := json.Unmarshal(e.Body, &c); err != nil {
			return "", err
		}
		return l.T("Version {v} of the text is declared final", "v", c.Version), nil
	}
	return "", nil
}
