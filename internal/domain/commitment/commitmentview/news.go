package commitmentview

import (
	"publica"
	"publica/internal/readmodel"
	"publica/internal/web"
)

// Topic is the news of commitments: its name, a message, and the kinds.
var Topic = struct {
	Name, Label string
	Kinds       []publica.Kind
}{"commitments", web.Msg("Commitments: adopted, reported on, reworded, reviewed, closed"), []publica.Kind{"commitment/"}}

// A Date is a day for which something is promised.
type Date struct {
	Name  string // stays, however the date moves
	Title string
	Text  string
	Href  string
	Start publica.Time
	Set   publica.Time // block time of the record that set it
	Index int64        // of that record
}

// Dates returns the days of the targets and milestones that a docket's
// commitments promise, as they read now.
func Dates(s *readmodel.Snapshot, l *web.Locale, id publica.DocketID) ([]Date, error) {
	all, err := plans(s, id, false)
	if err != nil {
		return nil, err
	}
	var dates []Date
	for _, p := range all {
		t, err := p.terms(s.Time)
		if err != nil {
			return nil, err
		}
		set := p.records[p.Adopted.ID]
		for _, a := range p.amendments(s.Time) {
			set = p.records[a.ID]
		}
		href := "/commitment/" + p.Adopted.ID.String()
		add := func(name, title, text string, at publica.Time) {
			if at != 0 {
				dates = append(dates, Date{Name: name + "." + p.Adopted.ID.String(), Title: title + " · " + web.Excerpt(t.Title(), 80), Text: text, Href: href, Start: at, Set: set.Time, Index: set.Index})
			}
		}
		if t.Target != nil {
			add("target", l.T("Target of {name}", "name", p.Name), measureWords(l, t, t.Target.Value), t.Target.At)
		}
		for _, m := range t.Milestones {
			add("milestone."+m.ID, l.T("Milestone {id} of {name}", "id", m.ID, "name", p.Name), web.Excerpt(t.Texts[m.Part], 300), m.Due)
		}
	}
	return dates, nil
}
