package commitmentview

import (
	"context"

	"publica"
	"publica/internal/readmodel"
	"publica/internal/web"
	"publica/ogp"
)

// mountReads registers the reads of commitments.
func (p *pages) mountReads(site *web.Site) {
	op := func(path, name, summary, doc string) web.Op {
		return web.Op{Path: path, Name: name, Summary: summary, Doc: doc, Tag: "Commitments"}
	}
	web.Read(site, op("/commitments", "list-commitments", "Commitments, and how each stands",
		"In the order of the log. Every parameter narrows the list; at asks how they stood at the end of a day. How one stands is computed from the records; what is imported counts at the time that its source claims."), p.readList)
	web.Read(site, op("/commitments/{id}", "get-commitment", "One commitment, with all that is on record of it",
		"Its terms as amended, what the government reported, its milestones, every rewording as a redline, and the independent reviewer's coding."), p.readOne)
}

type listIn struct {
	Since  int64  `query:"since" minimum:"0" doc:"log index to continue from: next of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"how many items at most"`
	Docket string `query:"docket" doc:"only of this plan: its docket id"`
	By     string `query:"body" doc:"only led by this body, as agency or as lead body of the plan: its id"`
	State  string `query:"state" enum:"kept,overdue,regressed,stalled,due-soon,on-time,unverifiable,unmeasured,not-kept,gone" doc:"only in this state"`
	Text   string `query:"q" maxLength:"500" doc:"only with these words"`
	At     string `query:"at" doc:"how they stood at the end of this day (UTC), as 2026-03-31; now if it is left out"`
}

type listOut struct {
	Items []Item       `json:"items"`
	Next  int64        `json:"next" doc:"log index to continue from; -1: this is the end"`
	AsOf  int64        `json:"as_of" doc:"log size that this answer rests on"`
	At    publica.Time `json:"at" doc:"the time of which it tells"`
}

func (p *pages) readList(ctx context.Context, in *listIn) (*listOut, error) {
	out := &listOut{}
	form := boardForm{in.Text, in.By, in.Docket, in.State, in.At}
	err := p.model.Read(ctx, func(s *readmodel.Snapshot) error {
		f, err := form.filter(p.now(s))
		if err != nil {
			return err
		}
		f.whole = true
		b, err := boardOf(s, f)
		if err != nil {
			return err
		}
		out.AsOf, out.At = s.Next, f.at
		out.Items, out.Next = pageOf(b.shown, in.Since, in.Limit)
		return nil
	})
	return out, err
}

type oneIn struct {
	ID string `path:"id" doc:"id of the entry that adopted it, 64 hexadecimal digits"`
	At string `query:"at" doc:"how it stood at the end of this day (UTC), as 2026-03-31; now if it is left out"`
}

type oneOut struct {
	Item
	Terms       *Terms         `json:"terms" doc:"as amended"`
	Lacks       []ogp.Lack     `json:"lacks" doc:"what keeps it from being checkable"`
	Reports     []report       `json:"reports"`
	Milestones  []dueMilestone `json:"milestones"`
	Rewordings  []rewording    `json:"rewordings"`
	Assessments []assessment   `json:"self_assessments"`
	Reviews     []codedReview  `json:"reviews"`
	Closed      *closing       `json:"closed,omitempty"`
	Records     []entryLine    `json:"records" doc:"all of it, in the order in which it counts"`
	AsOf        int64          `json:"as_of" doc:"log size that this answer rests on"`
}

func (p *pages) readOne(ctx context.Context, in *oneIn) (*oneOut, error) {
	id, err := web.ParseEntry("id", in.ID)
	if err != nil {
		return nil, err
	}
	var out *oneOut
	err = p.model.Read(ctx, func(s *readmodel.Snapshot) error {
		at := p.now(s)
		if in.At != "" {
			if at, err = endOfDay(in.At); err != nil {
				return err
			}
		}
		d, err := dossierOf(s, nil, id, at)
		if err != nil {
			return err
		}
		out = &oneOut{Item: d.Item, Terms: d.terms, Lacks: d.lacks, Reports: d.Reports, Milestones: d.Steps, Rewordings: d.Rewordings,
			Assessments: d.Assessed, Reviews: d.Reviews, Closed: d.Closed, Records: d.Records, AsOf: s.Next}
		return nil
	})
	return out, err
}
