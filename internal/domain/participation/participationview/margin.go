package participationview

import (
	"html/template"

	"publica/internal/readmodel"
	"publica/internal/web"
)

// A margin is a section of the text with the comments that stand beside it.
type margin struct {
	Section
	HTML  template.HTML
	Notes []note
}

// A note is a comment beside a section.
type note struct {
	*Contribution
	Quote  string // the words it is about, "" if about the whole section
	Shown  bool   // they are marked in the text
	Number int    // of the mark
	same   bool   // it was written about this very text
}

// notesShown is how many comments stand beside a section, the newest first; the
// page of comments has all of them.
const notesShown = 5

// margins gathers the comments beside each section of a version.
func margins(s *readmodel.Snapshot, docket int64, d *Draft) ([]margin, error) {
	all := make([]margin, len(d.Text))
	for i := range d.Text {
		m := &all[i]
		m.Section = d.Text[i]
		if m.Comments == 0 {
			continue
		}
		list, err := readmodel.Collect(s, scanContribution, listColumns+"WHERE c.docket = ? AND c.section = ? ORDER BY c.seq DESC LIMIT ?", docket, m.ID, notesShown)
		if err != nil {
			return nil, err
		}
		for j := range list {
			n := note{Contribution: &list[j], same: m.Since <= list[j].Version && list[j].Version <= d.Version}
			if n.Quote, err = quoted(s, docket, n.Contribution); err != nil {
				return nil, err
			}
			m.Notes = append(m.Notes, n)
		}
	}
	return all, nil
}

// mark renders the section, with the words marked that its notes are about. A
// quote of another version's words is shown with the note alone.
func (m *margin) mark(l *web.Locale, site *web.Site) {
	var quotes []web.Quote
	var of []int
	for i := range m.Notes {
		n := &m.Notes[i]
		if n.Quote == "" || !n.same {
			continue
		}
		id := n.Entry.String()
		quotes = append(quotes, web.Quote{From: n.Range[0], To: n.Range[1], ID: "q-" + id, Href: "#c-" + id, Number: len(quotes) + 1, Label: l.T("Comment {k} on these words", "k", len(quotes)+1)})
		of = append(of, i)
	}
	var shown []bool
	m.HTML, shown = site.Quoted(m.Text, quotes)
	for k, i := range of {
		m.Notes[i].Shown, m.Notes[i].Number = shown[k], quotes[k].Number
	}
}
