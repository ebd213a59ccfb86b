package docketview

import (
	"encoding/json/v2"
	"fmt"

	"publica"
	"publica/internal/domain/docket"
	"publica/internal/readmodel"
	"publica/internal/web"
)

// Docket is a case file as it stands.
type Docket struct {
	ID         publica.DocketID `json:"docket" doc:"docket id: the id of the entry that opened it"`
	Index      int64            `json:"index" doc:"log index of that entry"`
	Type       docket.Type      `json:"type" doc:"action-plan, consultation, petition or tender"`
	Title      string           `json:"title"`
	Summary    string           `json:"summary,omitzero" doc:"Markdown"`
	Lead       publica.BodyID   `json:"lead" doc:"body that leads the docket"`
	LeadName   string           `json:"lead_name"`
	Languages  []string         `json:"languages" doc:"language tags, the main one first"`
	Opened     publica.Time     `json:"opened" doc:"block time at which it was opened"`
	Charter    docket.Charter   `json:"charter" doc:"policy in force now"`
	CharterSet publica.EntryID  `json:"charter_entry" doc:"entry that set the charter"`
	Periods    []Period         `json:"periods" doc:"as they stand, by opening time"`
	Pages      []Page           `json:"-"` // of other domains
}

// Period is a period as it stands.
type Period struct {
	Name   string          `json:"name"`
	Opens  publica.Time    `json:"opens"`
	Closes publica.Time    `json:"closes" doc:"first instant after the period"`
	Stage  docket.Stage    `json:"stage" doc:"announced, open or closed, by block time"`
	Entry  publica.EntryID `json:"entry" doc:"entry that set these times"`
	Index  int64           `json:"index" doc:"log index of that entry"`
	Opened publica.EntryID `json:"opened_record,omitzero" doc:"system record of the opening"`
	Closed publica.EntryID `json:"closed_record,omitzero" doc:"system record of the closing"`
}

// PeriodChange is one record that set a period's times.
type PeriodChange struct {
	Entry  publica.EntryID `json:"entry"`
	Index  int64           `json:"index"`
	Time   publica.Time    `json:"time" doc:"block time"`
	Name   string          `json:"name"`
	Opens  publica.Time    `json:"opens"`
	Closes publica.Time    `json:"closes"`
	Reason string          `json:"reason,omitzero" doc:"required for every change after the first"`
}

// CharterVersion is one record that set the charter.
type CharterVersion struct {
	Entry   publica.EntryID `json:"entry"`
	Index   int64           `json:"index"`
	Time    publica.Time    `json:"time" doc:"block time"`
	Charter docket.Charter  `json:"charter"`
	Reason  string          `json:"reason,omitzero" doc:"empty for the first"`
}

const columns = `SELECT d.id, d.idx, d.type, d.title, d.summary, d.lead, coalesce(b.name, ''), d.languages, d.opened, d.charter, c.id
	FROM docket d JOIN entry c ON c.idx = d.charter_set LEFT JOIN body b ON b.id = d.lead `

func scanDocket(scan readmodel.Scan, d *Docket) error {
	var languages, charter string
	var kind string
	if err := scan(&d.ID, &d.Index, &kind, &d.Title, &d.Summary, &d.Lead, &d.LeadName, &languages, &d.Opened, &charter, &d.CharterSet); err != nil {
		return err
	}
	d.Type = docket.Type(kind)
	if err := json.Unmarshal([]byte(languages), &d.Languages); err != nil {
		return fmt.Errorf("read languages: %w", err)
	}
	if err := json.Unmarshal([]byte(charter), &d.Charter); err != nil {
		return fmt.Errorf("read charter: %w", err)
	}
	return nil
}

// Get returns a docket, or NotFound.
func Get(s *readmodel.Snapshot, id publica.DocketID) (*Docket, error) {
	found, err := readmodel.Collect(s, scanDocket, columns+"WHERE d.id = ?", id)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, publica.Problem(publica.NotFound, "docket", "is not a docket of this register").
			WithHint("GET /api/v1/dockets lists them; a docket that was just opened appears with the next block")
	}
	return &found[0], found[0].fill(s)
}

// List returns up to limit dockets from a log index on, in the order they were
// opened.
func List(s *readmodel.Snapshot, since int64, limit int) ([]Docket, error) {
	all, err := readmodel.Collect(s, scanDocket, columns+"WHERE d.idx >= ? ORDER BY d.idx LIMIT ?", since, limit)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if err := all[i].fill(s); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// fill adds what other tables have of a docket.
func (d *Docket) fill(s *readmodel.Snapshot) (err error) {
	if d.Periods, err = Periods(s, d.Index); err != nil {
		return err
	}
	d.Pages, err = pagesOf(s, d.Index)
	return err
}

// Periods returns the periods of a docket as they stand.
func Periods(s *readmodel.Snapshot, docketIndex int64) ([]Period, error) {
	return readmodel.Collect(s, func(scan readmodel.Scan, p *Period) error {
		var stage string
		err := scan(&p.Name, &p.Opens, &p.Closes, &stage, &p.Entry, &p.Index, &p.Opened, &p.Closed)
		p.Stage = docket.Stage(stage)
		return err
	}, `SELECT p.name, p.opens, p.closes, p.stage, e.id, e.idx, o.id, c.id FROM period p JOIN entry e ON e.idx = p.last
		LEFT JOIN entry o ON o.idx = p.opened LEFT JOIN entry c ON c.idx = p.closed
		WHERE p.docket = ? ORDER BY p.opens, p.first`, docketIndex)
}

// Charters returns every charter the docket has had, the first one first.
func Charters(s *readmodel.Snapshot, docketIndex int64) ([]CharterVersion, error) {
	return readmodel.Collect(s, func(scan readmodel.Scan, v *CharterVersion) error {
		var charter string
		if err := scan(&v.Entry, &v.Index, &v.Time, &charter, &v.Reason); err != nil {
			return err
		}
		return json.Unmarshal([]byte(charter), &v.Charter)
	}, "SELECT e.id, e.idx, e.time, c.charter, c.reason FROM charter c JOIN entry e ON e.idx = c.idx WHERE c.docket = ? ORDER BY c.idx", docketIndex)
}

// PeriodChanges returns every record that set a period, in order.
func PeriodChanges(s *readmodel.Snapshot, docketIndex int64) ([]PeriodChange, error) {
	return readmodel.Collect(s, func(scan readmodel.Scan, c *PeriodChange) error {
		return scan(&c.Entry, &c.Index, &c.Time, &c.Name, &c.Opens, &c.Closes, &c.Reason)
	}, "SELECT e.id, e.idx, e.time, c.name, c.opens, c.closes, c.reason FROM period_change c JOIN entry e ON e.idx = c.idx WHERE c.docket = ? ORDER BY c.idx", docketIndex)
}

// Contributing says in words whether the docket takes contributions, as far as
// periods go: what the rules decide by the same facts.
func (d *Docket) Contributing(l *web.Locale) (open bool, words string) {
	if len(d.Charter.Periods) == 0 {
		return true, l.T("Contributions are welcome until the outcome is declared final.")
	}
	for _, p := range d.Periods {
		if p.Stage == docket.Opened {
			return true, l.T("Contributions are open until {moment}.", "moment", l.Moment(p.Closes))
		}
	}
	for _, p := range d.Periods {
		if p.Stage == docket.Announced {
			return false, l.T("Contributions open on {moment}.", "moment", l.Moment(p.Opens))
		}
	}
	for _, name := range d.Charter.Periods {
		if !d.served(name) {
			return false, l.T("Contributions open once the period {name} is announced.", "name", Words(l, name))
		}
	}
	return false, l.T("Contributions are closed: every period is over.")
}

// Commenting says whether a docket whose outcome is final takes comments on how it
// is carried out, in a further period; "" if none is announced.
func (d *Docket) Commenting(l *web.Locale) (open bool, words string) {
	for _, p := range d.Periods {
		if p.Stage == docket.Opened {
			return true, l.T("Comments on how it is carried out are open until {moment}.", "moment", l.Moment(p.Closes))
		}
	}
	for _, p := range d.Periods {
		if p.Stage == docket.Announced {
			return false, l.T("Comments on how it is carried out open on {moment}.", "moment", l.Moment(p.Opens))
		}
	}
	return false, ""
}

func (d *Docket) served(name string) bool {
	for _, p := range d.Periods {
		if p.Name == name && p.Stage == docket.Closed {
			return true
		}
	}
	return false
}

// Concerning lists the dockets that a body leads, or in which it moderates or
// reviews by their charters, the newest first.
func Concerning(s *readmodel.Snapshot, body publica.BodyID) ([]Docket, error) {
	all, err := readmodel.Collect(s, scanDocket, columns+`WHERE d.lead = ? OR EXISTS (SELECT 1 FROM json_each(d.charter, '$.moderators') WHERE value = ?)
		OR EXISTS (SELECT 1 FROM json_each(d.charter, '$.reviewers') WHERE value = ?) ORDER BY d.idx DESC`, body, body.String(), body.String())
	for i := range all {
		if err == nil {
			err = all[i].fill(s)
		}
	}
	return all, err
}
