package participationview

import (
	"encoding/csv"
	"net/http"
	"strconv"
	"strings"

	"publica"
	"publica/archive"
	"publica/internal/readmodel"
	"publica/internal/web"
)

// mountFiles adds a docket's downloads: what its pages list, as CSV, whole.
func (p *pages) mountFiles(site *web.Site) {
	contributions := func(f func(*http.Request, *DocketStanding) filter) func(http.ResponseWriter, *http.Request) error {
		return func(w http.ResponseWriter, r *http.Request) error { return p.contributionsFile(w, r, f) }
	}
	site.Stream("GET /docket/{id}/comments.csv", contributions(func(r *http.Request, d *DocketStanding) filter {
		f := commentFilterOf(r).query(d)
		f.first = false // replies too
		return f
	}))
	site.Stream("GET /docket/{id}/ideas.csv", contributions(func(_ *http.Request, d *DocketStanding) filter { return filter{docket: d.Index, kind: "idea"} }))
	site.Stream("GET /docket/{id}/owed.csv", contributions(func(_ *http.Request, d *DocketStanding) filter { return filter{docket: d.Index, state: "owed"} }))
	site.Stream("GET /docket/{id}/responses.csv", p.responsesFile)
	site.Stream("GET /docket/{id}/moderation.csv", p.moderationFile)
	site.Stream("GET /docket/{id}/history.csv", p.historyFile)
}

// A table is a CSV file being written. Its columns have the names of the API's
// fields, in English: programs read them.
type table struct {
	*csv.Writer
	flush func() error
}

func newTable(w http.ResponseWriter, d *DocketStanding, name string, columns ...string) (*table, error) {
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8; header=present")
	h.Set("Content-Disposition", `attachment; filename="docket-`+d.ID.String()[:8]+"-"+name+`.csv"`)
	h.Set("Cache-Control", "no-store") // what is on the register grows
	t := &table{csv.NewWriter(w), http.NewResponseController(w).Flush}
	return t, t.Write(columns)
}

// page sends on what has been written.
func (t *table) page() error {
	if t.Flush(); t.Error() != nil {
		return t.Error()
	}
	_ = t.flush() // where it cannot, the server does when its buffer is full
	return nil
}

// rowsAtOnce is how many records a download reads at a time: each such read is a
// snapshot of its own, so that a slow reader holds nobody up.
const rowsAtOnce = 500

// contributionsFile writes contributions up to what was on the register when it
// began.
func (p *pages) contributionsFile(w http.ResponseWriter, r *http.Request, f func(*http.Request, *DocketStanding) filter) error {
	var t *table
	var q filter
	end := int64(0)
	for next := int64(0); next >= 0; {
		var list []Contribution
		err := p.inDocket(r.Context(), r.PathValue("id"), func(s *readmodel.Snapshot, d *DocketStanding) (err error) {
			if t == nil {
				end, q = s.Next, f(r, d)
				q.limit = rowsAtOnce
				name := strings.TrimSuffix(r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:], ".csv")
				if t, err = newTable(w, d, name, "position", "entry", "time", "kind", "channel", "author_key", "author_name", "source", "claimed", "stance", "target", "idea", "section", "version",
					"title", "text", "attachments", "endorsements", "owed", "response", "outcome", "hidden_by", "erased_by", "withdrawn_by", "disavowed_by"); err != nil {
					return err
				}
			}
			q.since = next
			list, next, err = contributions(s, q)
			return err
		})
		if err != nil {
			return err
		}
		for i := range list {
			c := &list[i]
			if c.Index >= end {
				next = -1
				break
			}
			if err := t.Write(contributionRow(c)); err != nil {
				return err
			}
		}
		if err := t.page(); err != nil {
			return err
		}
	}
	return nil
}

// contributionRow is a line of the file. A text of over 65,536 characters is cut, as
// in lists; the entry has all of it.
func contributionRow(c *Contribution) []string {
	number := func(n int64) string {
		if n == 0 {
			return ""
		}
		return strconv.FormatInt(n, 10)
	}
	o := &c.Origin
	return []string{strconv.FormatInt(c.Position, 10), c.Entry.String(), c.Time.String(), c.Kind, o.Channel, o.Author.String(), archive.Cell(o.Name), archive.Cell(o.Source), archive.TimeCell(o.Claimed), c.Stance,
		archive.IDCell(c.Target), archive.IDCell(c.Idea), c.Section, number(c.Version), archive.Cell(c.Title), archive.Cell(c.Text), number(c.Files), number(c.Endorsed), strconv.FormatBool(c.Owed), archive.IDCell(c.Response), c.outcome,
		archive.IDCell(c.Hidden), archive.IDCell(c.Erased), archive.IDCell(c.Withdrawn), archive.IDCell(c.Disavowed)}
}

func (p *pages) responsesFile(w http.ResponseWriter, r *http.Request) error {
	var t *table
	end := int64(0)
	for next := int64(0); next >= 0; {
		var list []Response
		err := p.inDocket(r.Context(), r.PathValue("id"), func(s *readmodel.Snapshot, d *DocketStanding) (err error) {
			if t == nil {
				end = s.Next
				if t, err = newTable(w, d, "responses", "entry", "time", "outcome", "answers", "first_answers", "sections", "reason", "model", "prompt"); err != nil {
					return err
				}
			}
			list, next, err = responses(s, d.Index, next, rowsAtOnce)
			return err
		})
		if err != nil {
			return err
		}
		for _, v := range list {
			if v.Index >= end {
				next = -1
				break
			}
			var sections []string
			for _, s := range v.Sections {
				sections = append(sections, s.ID)
			}
			if err := t.Write([]string{v.Entry.String(), v.Time.String(), v.Outcome, strconv.FormatInt(v.Answers, 10), strconv.FormatInt(v.Settles, 10), strings.Join(sections, " "), archive.Cell(v.Reason), archive.Cell(v.Model), v.Prompt}); err != nil {
				return err
			}
		}
		if err := t.page(); err != nil {
			return err
		}
	}
	return nil
}

// historyFile has the numbers of the plots.
func (p *pages) historyFile(w http.ResponseWriter, r *http.Request) error {
	var h *history
	var t *table
	err := p.inDocket(r.Context(), r.PathValue("id"), func(s *readmodel.Snapshot, d *DocketStanding) (err error) {
		if h, err = historyOf(s, d.Index); err != nil {
			return err
		}
		t, err = newTable(w, d, "history", "from", "received", "became_owed", "answered", "owed_at_end")
		return err
	})
	if err != nil {
		return err
	}
	if h != nil {
		for _, m := range h.points {
			if err := t.Write([]string{publica.TimeOf(m.start).String(), strconv.FormatInt(m.received, 10), strconv.FormatInt(m.owed, 10), strconv.FormatInt(m.answered, 10), strconv.FormatInt(m.due, 10)}); err != nil {
				return err
			}
		}
	}
	return t.page()
}
