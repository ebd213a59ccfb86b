package participationview

import (
	"context"
	"encoding/json/v2"
	"net/http"

	"publica"
	"publica/internal/domain/participation"
	"publica/internal/readmodel"
	"publica/internal/web"
	"publica/ogp"
)

// projectProcess keeps the body of a record that certificates rest on, and makes
// what was written in it searchable.
func projectProcess(tx *readmodel.Tx, r *readmodel.Row) error {
	in := r.Index
	if r.Kind() != "docket/open" {
		var err error
		if in, err = tx.DocketIndex(r.Docket); err != nil {
			return err
		}
	}
	var body []byte
	if r.Entry != nil {
		body = r.Entry.Body
	} else {
		body = r.Leaf.System.Body
	}
	text := ""
	switch r.Kind() {
	case "participation/meeting":
		text = r.Text("minutes")
	case "participation/outreach", "participation/evidence":
		text = r.Text("text")
	}
	if text != "" {
		if err := tx.Document(r, "", text); err != nil {
			return err
		}
	}
	return tx.Exec("INSERT INTO process (idx, docket, body, text) VALUES (?, ?, ?, ?)", r.Index, in, body, text)
}

// A processStep is a record of the process that people wrote: outreach, a meeting, a
// piece of evidence.
type processStep struct {
	ogp.Record
	Text string

	Outreach *participation.Outreach
	Meeting  *participation.Meeting
	Evidence *participation.Evidence
}

// decode reads the body of what people wrote; system records and the rest stay
// as they are.
func (s *processStep) decode() error {
	switch s.Kind {
	case "participation/outreach":
		s.Outreach = new(participation.Outreach)
		return json.Unmarshal(s.Body, s.Outreach)
	case "participation/meeting":
		s.Meeting = new(participation.Meeting)
		return json.Unmarshal(s.Body, s.Meeting)
	case "participation/evidence":
		s.Evidence = new(participation.Evidence)
		return json.Unmarshal(s.Body, s.Evidence)
	}
	return nil
}

// processSteps returns the records of the process, in order.
func processSteps(s *readmodel.Snapshot, docket int64) ([]processStep, error) {
	return readmodel.Collect(s, func(scan readmodel.Scan, r *processStep) error {
		if err := scan(&r.ID, &r.Kind, &r.Time, &r.Body, &r.Text); err != nil {
			return err
		}
		return r.decode()
	}, "SELECT e.id, e.kind, e.time, p.body, p.text FROM process p JOIN entry e ON e.idx = p.idx WHERE p.docket = ? ORDER BY p.idx", docket)
}

// certificate evaluates the requirements from what the pages know.
func (p *pages) certificate(s *readmodel.Snapshot, d *DocketStanding, steps []processStep) (*ogp.Certificate, error) {
	in := &ogp.Input{Register: p.site.Register(), Docket: d.ID, Owed: d.Counts.Open, At: p.site.Now()}
	if d.Codified != nil { // what came in later keeps nobody from having answered before
		if _, err := s.One("SELECT count(*) FROM contribution WHERE docket = ? AND owed = 1 AND answered IS NULL AND idx < ?", readmodel.Args{d.Index, d.Codified.Index}, &in.Owed); err != nil {
			return nil, err
		}
	}
	if _, err := s.One("SELECT time FROM entry ORDER BY idx DESC LIMIT 1", nil, &in.Sealed); err != nil {
		return nil, err
	}
	in.At = max(in.At, in.Sealed) // a node's clock may run behind block time
	for _, r := range steps {
		in.Records = append(in.Records, r.Record)
	}
	return ogp.Evaluate(in)
}

// requirementsPage is requirements.html: how the docket stands to the minimum
// requirements of the Open Government Partnership, and what that rests on.
type requirementsPage struct {
	web.Head
	about
	Certificate *ogp.Certificate
	Steps       []processStep // what people recorded
	JSON        string
	At          string // of the certificate, for who recomputes it
}

func (p *pages) requirements(r *http.Request) (web.Page, error) {
	l := web.LocaleOf(r)
	page := &requirementsPage{}
	err := p.list(r, "/requirements", 1, &page.about, func(s *readmodel.Snapshot, d *DocketStanding, _ web.Cursor) error {
		steps, err := processSteps(s, d.Index)
		if err != nil {
			return err
		}
		for _, step := range steps {
			if step.Outreach != nil || step.Meeting != nil || step.Evidence != nil {
				page.Steps = append(page.Steps, step)
			}
		}
		page.Certificate, err = p.certificate(s, d, steps)
		return err
	})
	if err != nil {
		return nil, err
	}
	page.Head = head(l, page.Docket, l.T("Minimum requirements"))
	page.Lead = l.T("Those of the Open Government Partnership, evaluated from the records of this docket alone. Anyone with its export comes to the same result.")
	page.JSON, page.At = "/api/v1/dockets/"+page.Docket.ID.String()+"/certificate", page.Certificate.At.String()
	return page, nil
}

func (p *pages) readCertificate(ctx context.Context, in *DocketPath) (out *ogp.Certificate, err error) {
	err = p.inDocket(ctx, in.ID, func(s *readmodel.Snapshot, d *DocketStanding) error {
		steps, err := processSteps(s, d.Index)
		if err == nil {
			out, err = p.certificate(s, d, steps)
		}
		return err
	})
	return out, err
}

// requirementTitles are the titles of findings as messages.
var requirementTitles = map[string]string{
	"1.1":               web.Msg("A space for dialogue between government and civil society meets at least every six months, under public rules"),
	"2.1":               web.Msg("A public website shows the process"),
	"2.2":               web.Msg("A public repository of evidence is updated at least twice a year"),
	"3.1":               web.Msg("The timeline is published at least two weeks before the process starts"),
	"3.2":               web.Msg("People are told that they can take part"),
	"3.3":               web.Msg("A mechanism gathers input for an appropriate time"),
	"4.1":               web.Msg("The public gets a reasoned response to its input"),
	"5.1":               web.Msg("Two meetings a year tell the public how the plan is carried out, and take comments"),
	"no-plan":           web.Msg("No plan within twelve months after the last one ended"),
	"requirement-unmet": web.Msg("A minimum requirement is not met"),
	"no-progress":       web.Msg("No progress on any commitment"),
}

func findingTag(l *web.Locale, s ogp.State) web.Tag {
	switch s {
	case ogp.Met:
		return web.Tag{Kind: "success", Text: l.T("Met")}
	case ogp.Unmet:
		return web.Tag{Kind: "error", Text: l.T("Not met")}
	case ogp.Pending:
		return web.Tag{Kind: "info", Text: l.T("Not due yet")}
	case ogp.Triggered:
		return web.Tag{Kind: "error", Text: l.T("The case")}
	case ogp.Clear:
		return web.Tag{Kind: "success", Text: l.T("Not the case")}
	}
	return web.Tag{Kind: "warning", Text: l.T("Nobody can tell")}
}

func sectorWords(l *web.Locale, s participation.Sector) string {
	switch s {
	case participation.Government:
		return l.T("government")
	case participation.CivilSociety:
		return l.T("civil society")
	case participation.Academia:
		return l.T("academia")
	case participation.PrivateSector:
		return l.T("private sector")
	}
	return l.T("others")
}

func topicWords(l *web.Locale, t participation.Topic) string {
	switch t {
	case participation.DialogueRules:
		return l.T("Rules of the space for dialogue")
	case participation.PreviousPlanEnded:
		return l.T("End of the previous plan")
	case participation.ImplementationEvidence:
		return l.T("Evidence of how the plan is carried out")
	}
	return l.T("Evidence of the process")
}

// processWords says what a record of the process is.
func processWords(l *web.Locale, s *processStep) string {
	switch {
	case s.Outreach != nil:
		return l.T("Outreach: {channel}", "channel", web.Apart(s.Outreach.Channel))
	case s.Meeting != nil && s.Meeting.Purpose == participation.Dialogue:
		return l.T("Meeting of the space for dialogue")
	case s.Meeting != nil:
		return l.T("Meeting on how the plan is carried out")
	case s.Evidence != nil:
		return topicWords(l, s.Evidence.Topic)
	}
	return ""
}

// Held is when it was, zero if the record does not say.
func (s *processStep) Held() publica.Time {
	switch {
	case s.Outreach != nil:
		return s.Outreach.Held
	case s.Meeting != nil:
		return s.Meeting.Held
	case s.Evidence != nil:
		return s.Evidence.Held
	}
	return 0
}
