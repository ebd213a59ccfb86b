package domain

import (
	"publica"
	"publica/internal/domain/commitment/commitmentview"
	"publica/internal/domain/participation/participationview"
	"publica/internal/domain/procurement/procurementview"
	"publica/internal/readmodel"
	"publica/internal/web"
)

// A Topic is a sort of news that people may follow.
type Topic struct {
	Name  string
	Label string         // message
	Kinds []publica.Kind // one that ends in "/" stands for a whole domain
	Quiet bool           // told only to those who ask for it
	Whole bool           // of no docket
}

// Topics returns what people may follow.
func Topics() []Topic {
	var all []Topic
	for _, t := range participationview.Topics {
		all = append(all, Topic{Name: t.Name, Label: t.Label, Kinds: t.Kinds, Quiet: t.Name == "comments"})
	}
	c := commitmentview.Topic
	all = append(all, Topic{Name: c.Name, Label: c.Label, Kinds: c.Kinds})
	x := procurementview.Topic
	all = append(all, Topic{Name: x.Name, Label: x.Label, Kinds: x.Kinds})
	return append(all, Topic{Name: "governance", Label: web.Msg("How the register itself is run"), Kinds: []publica.Kind{"governance/"}, Whole: true})
}

// A Date is a time that a docket names.
type Date = participationview.Date

// A Calendar tells the times that dockets name.
type Calendar struct{ clocks *procurementview.Clocks }

// NewCalendar makes the calendar of one register.
func NewCalendar() *Calendar { return &Calendar{procurementview.NewClocks()} }

// Dates returns the times that a docket names, or NotFound.
func (c *Calendar) Dates(s *readmodel.Snapshot, l *web.Locale, id publica.DocketID) ([]Date, error) {
	all, err := participationview.Dates(s, l, id)
	if err != nil {
		return nil, err
	}
	promised, err := commitmentview.Dates(s, l, id)
	if err != nil {
		return nil, err
	}
	for _, d := range promised {
		all = append(all, Date{Name: d.Name, Title: d.Title, Text: d.Text, Href: d.Href, Start: d.Start, Set: d.Set, Index: d.Index})
	}
	clocks, err := c.clocks.Dates(s, l, id)
	for _, d := range clocks {
		all = append(all, Date{Name: d.Name, Title: d.Title, Text: d.Text, Href: d.Href, Start: d.Start, Set: d.Set, Index: d.Index})
	}
	return all, err
}

// DocketName returns a docket's title and when it was opened, or NotFound.
func DocketName(s *readmodel.Snapshot, id publica.DocketID) (title string, opened publica.Time, err error) {
	return participationview.Name(s, id)
}
