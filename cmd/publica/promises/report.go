package promises

import (
	"slices"
	"strings"

	"publica"
	"publica/cmd/publica/compare"
	"publica/ogp"
)

// A Report is how the promises of a docket stood at a time.
type Report struct {
	At        publica.Time `json:"at"`
	Counts    Counts       `json:"counts"`
	Promises  []Promise    `json:"promises"`
	Reworded  []Rewording  `json:"reworded"`
	Backwards []Backwards  `json:"backwards"`
	Checkable Checkable    `json:"checkable"`
}

// Counts are of promises: what was adopted and has no parts of its own. They
// leave out those that are gone, withdrawn or no longer shown, unless they say
// otherwise.
type Counts struct {
	Commitments int     `json:"commitments"` // that are no part of another, gone or not
	Promises    int     `json:"promises"`
	Gone        int     `json:"gone"` // promises that are
	States      []Count `json:"states"`
	Claims      []Count `json:"claims"`      // what the government said last
	Reworded    int     `json:"reworded"`    // whose title, or whose words otherwise than by who leads it, changed
	Rewordings  int     `json:"rewordings"`  // of these
	Unexplained int     `json:"unexplained"` // of these, without a reason on record
	Differ      int     `json:"differ"`      // whose action says something else than when it was adopted
	Reassigned  int     `json:"reassigned"`  // whose agency changed, or the words for it
	Typography  int     `json:"typography"`  // not reworded, but with other white space, quotes or dots
	Backwards   int     `json:"backwards"`   // by claim or by value
}

// Count is how many there are of one sort.
type Count struct {
	Name  string `json:"name"`
	Count int    `json:"count"`
}

// A Promise is one line of the report.
type Promise struct {
	Name   string          `json:"name"`
	Record publica.EntryID `json:"record,omitzero"`
	Whole  bool            `json:"whole,omitzero"` // has parts, which are promises of their own
	Title  string          `json:"title"`
	Leads  string          `json:"leads,omitzero"` // in words, where the source has no more
	ogp.Standing
}

// A Rewording is an amendment, with the words that changed.
type Rewording struct {
	Promise     string          `json:"promise"`
	Record      publica.EntryID `json:"record,omitzero"`
	When        publica.Time    `json:"when"`
	From        string          `json:"from,omitzero"` // where it was imported from
	Fields      []string        `json:"fields"`
	Texts       []Change        `json:"texts,omitempty"`
	Unexplained bool            `json:"unexplained"`
	Weakens     bool            `json:"weakens,omitzero"`
	Whole       bool            `json:"whole,omitzero"`
	Gone        bool            `json:"gone,omitzero"`
}

// A Change is one text before and after.
type Change struct {
	Part    string `json:"part"`
	Before  string `json:"before"`
	After   string `json:"after"`
	Redline string `json:"redline"`
	Missing bool   `json:"missing,omitzero"` // one of the two is not at hand
}

// Backwards is an update by which a promise went back.
type Backwards struct {
	Promise     string          `json:"promise"`
	Record      publica.EntryID `json:"record,omitzero"`
	When        publica.Time    `json:"when"`
	From        string          `json:"from,omitzero"` // where it was imported from
	Before      string          `json:"before"`        // what was claimed until then
	After       string          `json:"after"`
	Unexplained bool            `json:"unexplained"` // nothing on record says why: an update has no reason
}

// Report says how the promises stood at a time. Without ids, the entries have no
// names that anybody could look up.
func (b *Book) Report(at publica.Time, ids bool) *Report {
	r := &Report{At: at}
	for _, p := range b.promises {
		s, ok := p.At(at)
		if !ok {
			continue
		}
		line := Promise{Name: p.Name, Record: p.Adopted.ID, Whole: whole(p, at), Title: b.words(p, "title", at), Leads: b.words(p, "author", at), Standing: s}
		if p.Parent.IsZero() {
			r.Counts.Commitments++
		}
		r.Promises = append(r.Promises, line)
		reworded, back := b.rewordings(p, &line, at), b.backwards(p, &line)
		r.Reworded, r.Backwards = append(r.Reworded, reworded...), append(r.Backwards, back...)
		if !line.Whole {
			r.Counts.take(&line, reworded, len(back), b.typography(p, at))
			if before := b.Text(p.Adopted.ID, "action"); !line.gone() && compare.Letters(before) != compare.Letters(b.words(p, "action", at)) {
				r.Counts.Differ++
			}
		}
	}
	r.Checkable = b.checkable(at)
	if !ids {
		r.forgetIDs()
	}
	return r
}

// whole reports whether a promise has parts at a time.
func whole(p *ogp.Promise, at publica.Time) bool {
	return slices.ContainsFunc(p.Parts, func(part *ogp.Promise) bool { return part.Adopted.When <= at })
}

func (l *Promise) gone() bool { return slices.Contains(l.Marks, ogp.Gone) }

func (c *Counts) take(l *Promise, reworded []Rewording, back int, typography bool) {
	c.Promises++
	if l.gone() {
		c.Gone++
		return
	}
	c.States = counted(c.States, string(l.State))
	c.Claims = counted(c.Claims, l.Claim)
	words, leads := 0, 0
	for _, w := range reworded {
		if w.OfWords() {
			words++
			if w.Unexplained {
				c.Unexplained++
			}
		}
		if w.reassigns() {
			leads = 1
		}
	}
	c.Rewordings += words
	c.Reworded += min(words, 1)
	c.Reassigned += leads
	c.Backwards += min(back, 1)
	if typography && words == 0 {
		c.Typography++
	}
}

// OfWords reports whether more changed than who leads the promise.
func (w *Rewording) OfWords() bool {
	return slices.ContainsFunc(w.Fields, func(f string) bool { return f != "author" && f != "agency" })
}

// Shows reports whether the text of a field stands in Texts.
func (w *Rewording) Shows(field string) bool {
	return slices.ContainsFunc(w.Texts, func(c Change) bool { return c.Part == field })
}

func (w *Rewording) reassigns() bool {
	return slices.Contains(w.Fields, "author") || slices.Contains(w.Fields, "agency")
}

// counted adds one of a sort, in the order in which sorts appear.
func counted(list []Count, name string) []Count {
	i := slices.IndexFunc(list, func(c Count) bool { return c.Name == name })
	if i < 0 {
		return append(list, Count{name, 1})
	}
	list[i].Count++
	return list
}

func (b *Book) rewordings(p *ogp.Promise, l *Promise, at publica.Time) (out []Rewording) {
	last := map[string]string{}
	for _, part := range p.Adopted.Parts {
		last[part] = b.Text(p.Adopted.ID, part)
	}
	for _, r := range p.Rewordings() {
		if r.When > at {
			continue
		}
		w := Rewording{
			Promise: p.Name, Record: r.ID, When: r.When, From: b.origins[r.ID].Label, Fields: r.Fields,
			Unexplained: !r.Reason, Weakens: r.Weakens, Whole: l.Whole, Gone: l.gone(),
		}
		for _, f := range r.Fields {
			if !slices.Contains(r.Parts, f) {
				continue
			}
			c := Change{Part: f, Before: last[f], After: b.Text(r.ID, f)}
			c.Redline, c.Missing = compare.Redline(c.Before, c.After), c.Before == "" || c.After == ""
			last[f] = c.After
			w.Texts = append(w.Texts, c)
		}
		out = append(out, w)
	}
	return out
}

func (b *Book) backwards(p *ogp.Promise, l *Promise) (out []Backwards) {
	for _, id := range l.Back {
		i := slices.IndexFunc(p.Steps, func(s ogp.Step) bool { return s.ID == id })
		when := p.Steps[i].When
		before, _ := p.At(when - 1)
		after, _ := p.At(when)
		out = append(out, Backwards{
			Promise: p.Name, Record: id, When: when, From: b.origins[id].Label, Before: before.Claim, After: after.Claim, Unexplained: true,
		})
	}
	return out
}

// typographyAlone is how an importer says that the words of a promise stayed.
const typographyAlone = "Typography alone changed in: "

// typography reports whether an update says that texts of the promise changed in
// their typography alone.
func (b *Book) typography(p *ogp.Promise, at publica.Time) bool {
	return slices.ContainsFunc(p.Steps, func(s ogp.Step) bool {
		_, which, _ := strings.Cut(b.Text(s.ID, "note"), typographyAlone)
		which, _, _ = strings.Cut(which, ".")
		return s.When <= at && s.Kind == "commitment/update" && strings.ReplaceAll(which, "the text on its progress", "") != ""
	})
}

func (r *Report) forgetIDs() {
	for i := range r.Promises {
		r.Promises[i].Record, r.Promises[i].Back = publica.EntryID{}, nil
	}
	for i := range r.Reworded {
		r.Reworded[i].Record = publica.EntryID{}
	}
	for i := range r.Backwards {
		r.Backwards[i].Record = publica.EntryID{}
	}
}
