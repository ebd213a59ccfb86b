package commitmentview

import (
	"encoding/csv"
	"io"
	"net/http"
	"strconv"
	"strings"

	"publica"
	"publica/archive"
	"publica/internal/readmodel"
	"publica/internal/web"
	"publica/ogp"
)

// mountFiles adds the downloads of boards and plots. Columns have the names of
// the API's fields, in English: programs read them.
func (p *pages) mountFiles(site *web.Site) {
	site.Stream("GET /commitments.csv", p.boardFile)
	site.Stream("GET /docket/{id}/commitments.csv", p.boardFile)
	site.Stream("GET /commitments/history.csv", p.historyFile)
	site.Stream("GET /docket/{id}/commitments/history.csv", p.historyFile)
	site.Stream("GET /commitment/{id}/progress.csv", p.progressFile)
	site.Stream("GET /docket/{id}/commitments/ogp.csv", p.ogpFile("text/csv; charset=utf-8; header=present", ogp.WriteCommitmentsCSV))
	site.Stream("GET /docket/{id}/commitments/ogp.json", p.ogpFile("application/json", ogp.WriteCommitmentsJSON))
}

func startTable(w http.ResponseWriter, name string, columns ...string) (*csv.Writer, error) {
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8; header=present")
	h.Set("Content-Disposition", `attachment; filename="`+name+`.csv"`)
	h.Set("Cache-Control", "no-store") // what is on the register grows
	t := csv.NewWriter(w)
	return t, t.Write(columns)
}

// narrowed evaluates the board that a download is asked for.
func (p *pages) narrowed(r *http.Request) (b *board, at publica.Time, err error) {
	form := formOf(r)
	if id := r.PathValue("id"); id != "" {
		form.Docket = id
	}
	err = p.model.Read(r.Context(), func(s *readmodel.Snapshot) error {
		f, err := form.filter(p.now(s))
		if err != nil {
			return err
		}
		at = f.at
		b, err = boardOf(s, f)
		return err
	})
	return b, at, err
}

func (p *pages) boardFile(w http.ResponseWriter, r *http.Request) error {
	b, at, err := p.narrowed(r)
	if err != nil {
		return err
	}
	t, err := startTable(w, "commitments", "commitment", "docket", "plan", "name", "title", "agency", "parent", "adopted", "claimed", "at", "state", "marks", "claim", "value", "unit", "permille_of_the_way",
		"milestones", "milestones_done", "overdue", "next", "updated", "amendments", "unexplained")
	if err != nil {
		return err
	}
	for i := range b.shown {
		if err := t.Write(boardRow(&b.shown[i], at)); err != nil {
			return err
		}
	}
	t.Flush()
	return t.Error()
}

func boardRow(it *Item, at publica.Time) []string {
	s, marks := &it.Standing, make([]string, len(it.Standing.Marks))
	for i, m := range s.Marks {
		marks[i] = string(m)
	}
	value := ""
	if s.Value != nil {
		value = decimal(*s.Value, it.terms.Decimals())
	}
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	way := ""
	if s.Permille != nil {
		way = number(*s.Permille)
	}
	return []string{it.Entry.String(), it.Docket.String(), archive.Cell(it.Plan), archive.Cell(it.Name), archive.Cell(it.Title), archive.Cell(it.AgencyName), archive.IDCell(it.Parent), archive.TimeCell(it.Adopted),
		strconv.FormatBool(it.Claimed), at.String(), string(s.State), strings.Join(marks, " "), s.Claim, value, archive.Cell(it.terms.Unit()), way,
		number(s.Milestones), number(s.Done), archive.Cell(strings.Join(s.Overdue, " ")), archive.TimeCell(s.Next), archive.TimeCell(s.Updated), number(s.Amendments), number(s.Unexplained)}
}

// decimal writes an integer with its decimals, for programs.
func decimal(v, decimals int64) string {
	digits := strconv.FormatInt(v, 10)
	if decimals == 0 {
		return digits
	}
	sign := ""
	if v < 0 {
		sign, digits = "-", digits[1:]
	}
	if short := int(decimals) + 1 - len(digits); short > 0 {
		digits = strings.Repeat("0", short) + digits
	}
	point := len(digits) - int(decimals)
	return sign + digits[:point] + "." + digits[point:]
}

// ogpFile writes a plan's commitments in the shape of the data set of the Open
// Government Partnership, as they stand at the end of the day ?at=, or now.
func (p *pages) ogpFile(media string, write func(io.Writer, [][]string) error) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		id, err := web.PathDocket(r, "id")
		if err != nil {
			return err
		}
		var rows [][]string
		if err := p.model.Read(r.Context(), func(s *readmodel.Snapshot) error {
			f, err := (&boardForm{At: r.URL.Query().Get("at")}).filter(p.now(s))
			if err != nil {
				return err
			}
			rows, err = ogpRows(s, id, f.at)
			return err
		}); err != nil {
			return err
		}
		w.Header().Set("Content-Type", media)
		w.Header().Set("Cache-Control", "no-store")
		return write(w, rows)
	}
}

func ogpRows(s *readmodel.Snapshot, id publica.DocketID, at publica.Time) ([][]string, error) {
	all, err := plans(s, id, true)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	bodies, promises := namesIn(s), make([]*ogp.Promise, len(all))
	for i, q := range all {
		promises[i] = q.Promise
		t, err := q.terms(at)
		if err != nil {
			return nil, err
		}
		for _, b := range append([]publica.BodyID{t.Agency}, t.Supporting...) {
			if _, err := bodies.of(b); err != nil {
				return nil, err
			}
		}
	}
	plan := &ogp.Plan{Text: func(record publica.EntryID, part string) string { return all[0].records[record].texts[part] },
		Body: func(b publica.BodyID) string { return bodies.known[b] },
		URL:  func(c publica.EntryID) string { return "/commitment/" + c.String() }}
	return ogp.CommitmentRows(promises, plan, at), nil
}

// historyFile has the numbers of the board's plots.
func (p *pages) historyFile(w http.ResponseWriter, r *http.Request) error {
	b, at, err := p.narrowed(r)
	if err != nil {
		return err
	}
	t, err := startTable(w, "promises", "at", "promises", "kept", "overdue_or_not_kept")
	if err != nil {
		return err
	}
	for _, m := range talliesOf(b.promises, at) {
		if err := t.Write([]string{m.At.String(), strconv.FormatInt(m.Promises, 10), strconv.FormatInt(m.Kept, 10), strconv.FormatInt(m.Behind, 10)}); err != nil {
			return err
		}
	}
	t.Flush()
	return t.Error()
}

// progressFile has the numbers of a commitment's plot.
func (p *pages) progressFile(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathEntry(r, "id")
	if err != nil {
		return err
	}
	var d *dossier
	if err := p.model.Read(r.Context(), func(s *readmodel.Snapshot) (err error) {
		d, err = dossierOf(s, nil, id, p.now(s))
		return err
	}); err != nil {
		return err
	}
	t, err := startTable(w, "progress", "what", "at", "value", "unit", "claim", "entry")
	if err != nil {
		return err
	}
	unit := archive.Cell(d.terms.Unit())
	if m := d.terms.Baseline; m != nil {
		err = t.Write([]string{"baseline", archive.TimeCell(m.At), decimal(m.Value, d.terms.Decimals()), unit, "", ""})
	}
	for i := range d.Reports {
		u, value := &d.Reports[i], ""
		if u.Value != nil {
			value = decimal(*u.Value, d.terms.Decimals())
		}
		if err == nil {
			err = t.Write([]string{"report", archive.TimeCell(u.At), value, unit, u.Claim, u.ID.String()})
		}
	}
	if m := d.terms.Target; m != nil && err == nil {
		err = t.Write([]string{"target", archive.TimeCell(m.At), decimal(m.Value, d.terms.Decimals()), unit, "", ""})
	}
	if t.Flush(); err == nil {
		err = t.Error()
	}
	return err
}
