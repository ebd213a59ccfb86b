package procurementview

import (
	"context"

	"publica"
	"publica/internal/readmodel"
	"publica/internal/web"
	"publica/ocds"
	"publica/tender"
)

// mountReads registers the reads of tenders.
func (p *pages) mountReads(site *web.Site) {
	op := func(path, name, summary, doc string) web.Op {
		return web.Op{Path: path, Name: name, Summary: summary, Doc: doc, Tag: "Tenders"}
	}
	web.Read(site, op("/tenders", "list-tenders", "Tenders, and where each stands", "In the order of the log. Every parameter narrows the list; a page that narrows may hold fewer than it could, or none: go on while next is not -1."), p.readTenders)
	web.Read(site, op("/tenders/{id}", "get-tender", "One tender, with all that is on record of it", "As the program tells it from the records, with bids as far as they are open. In confidential mode nothing of an offer is. Where the profile has the number of bids need-to-know, none is there before the deadline."), p.readTender)
	web.Read(site, op("/tenders/{id}/bids/{bid}", "get-tender-bid", "How one bid stands", "For whoever made it, in words of the reader’s language. It takes the bid’s id: where the number of bids is need-to-know, no list has it before the deadline."), p.readBid)
	web.Read(site, op("/tenders/{id}/flags", "get-tender-flags", "Red flags that a tender raises by itself", "Places are JSON Pointers into its compiled release. A flag is a question, not a finding."), p.readTenderFlags)
	web.Read(site, op("/tenders/{id}/audit", "get-tender-audit", "A tender computed again, beside what its records say", "What publica tender prints of an export, computed by this node."), p.readAudit)
	web.Read(site, op("/flags", "list-flags", "Red flags over all tenders", "With the bounds that follow from all of them together. Every parameter narrows the list."), p.readFlags)
}

type tendersIn struct {
	Since  int64  `query:"since" minimum:"0" doc:"log index to continue from: next of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"how many tenders are looked at, at most"`
	Stage  string `query:"stage" maxLength:"20" doc:"only at this stage, as bidding"`
	Buyer  string `query:"buyer" doc:"only of this buyer: its body id"`
	After  string `query:"deadline_after" doc:"only with a deadline at this time or later, as 2026-11-29T14:00:00.000Z"`
	Before string `query:"deadline_before" doc:"only with a deadline before this time"`
}

// tenderItem is a tender in a list.
type tenderItem struct {
	Docket    publica.DocketID `json:"docket"`
	Index     int64            `json:"index" doc:"log index of the entry that opened it"`
	OCID      string           `json:"ocid" doc:"its id in open contracting data"`
	Title     string           `json:"title"`
	Buyer     publica.BodyID   `json:"buyer"`
	BuyerName string           `json:"buyer_name"`
	Stage     tender.Stage     `json:"stage"`
	Cause     string           `json:"cause,omitzero" doc:"why it is cancelled or unsuccessful"`
	Profile   string           `json:"profile,omitzero"`
	Mode      tender.Mode      `json:"mode,omitzero"`
	Deadline  publica.Time     `json:"deadline,omitzero" doc:"for bids, as it stands or stood"`
	Next      *tender.Clock    `json:"next_clock,omitempty" doc:"the clock that runs out first"`
	Updated   publica.Time     `json:"updated" doc:"of its last record"`
}

type tendersOut struct {
	Items []tenderItem `json:"items"`
	Left  []string     `json:"left_out,omitempty" doc:"ids of dockets whose records this node cannot make sense of: a fault of its program"`
	Next  int64        `json:"next" doc:"log index to continue from; -1: this is the end"`
	AsOf  int64        `json:"as_of" doc:"log size that this answer rests on"`
}

// A tenderFilter narrows a list of tenders.
type tenderFilter struct {
	stage         tender.Stage
	buyer         publica.BodyID
	after, before publica.Time
}

func (in *tendersIn) filter() (f tenderFilter, err error) {
	f.stage = tender.Stage(in.Stage)
	if in.Buyer != "" {
		id, err := web.ParseEntry("buyer", in.Buyer)
		if err != nil {
			return f, err
		}
		f.buyer = publica.BodyID(id)
	}
	for _, x := range []struct {
		name, text string
		to         *publica.Time
	}{{"deadline_after", in.After, &f.after}, {"deadline_before", in.Before, &f.before}} {
		if x.text == "" {
			continue
		}
		if err := x.to.UnmarshalText([]byte(x.text)); err != nil {
			return f, publica.Problem(publica.Malformed, x.name, "is no time").WithHint("as 2026-11-29T14:00:00.000Z")
		}
	}
	return f, nil
}

func (f *tenderFilter) takes(it *tenderItem) bool {
	return (f.stage == "" || it.Stage == f.stage) && (f.buyer.IsZero() || it.Buyer == f.buyer) &&
		(f.after.IsZero() || it.Deadline >= f.after) && (f.before.IsZero() || !it.Deadline.IsZero() && it.Deadline < f.before)
}

func (p *pages) readTenders(ctx context.Context, in *tendersIn) (*tendersOut, error) {
	f, err := in.filter()
	if err != nil {
		return nil, err
	}
	out := &tendersOut{Items: []tenderItem{}, Next: -1}
	err = p.model.Read(ctx, func(s *readmodel.Snapshot) error {
		out.AsOf = s.Next
		all, err := p.summaries(s, in.Since, in.Limit)
		if err != nil {
			return err
		}
		for _, x := range all {
			out.Next = x.Index + 1
			if x.fault != nil {
				out.Left = append(out.Left, x.Docket.String())
			} else if it := x.item(); f.takes(&it) {
				if err := it.name(s); err != nil {
					return err
				}
				out.Items = append(out.Items, it)
			}
		}
		if len(all) < in.Limit {
			out.Next = -1
		}
		return nil
	})
	return out, err
}

func (x *summary) item() tenderItem {
	it := tenderItem{Docket: x.Docket, Index: x.Index, OCID: ocidPrefix + "-" + x.Docket.String(), Buyer: x.Buyer,
		Stage: x.Stage, Cause: x.Cause, Next: x.Next, Deadline: x.Deadline, Updated: x.Updated}
	if x.Terms != nil {
		it.Profile, it.Mode = x.Terms.Profile, x.Terms.Mode
	}
	return it
}

// name adds the names of the tender and its buyer.
func (it *tenderItem) name(s *readmodel.Snapshot) error {
	_, err := s.One("SELECT d.title, COALESCE((SELECT name FROM body WHERE id = ?), '') FROM docket d WHERE d.id = ?", readmodel.Args{it.Buyer, it.Docket}, &it.Title, &it.BuyerName)
	return err
}

type tenderIn struct {
	ID string `path:"id" doc:"id of the tender's docket, 64 hexadecimal digits"`
}

type tenderOut struct {
	Tender *tender.Process   `json:"tender" doc:"as its records tell it; without bids while their number is need-to-know"`
	OCID   string            `json:"ocid"`
	Title  string            `json:"title"`
	Bids   []*tender.OpenBid `json:"bids" doc:"those that counted, as far as they are open"`
}

func (p *pages) readTender(ctx context.Context, in *tenderIn) (*tenderOut, error) {
	id, err := web.ParseDocket("id", in.ID)
	if err != nil {
		return nil, err
	}
	t, err := p.view(ctx, id, "")
	if err != nil {
		return nil, err
	}
	out := &tenderOut{Tender: t.Process.Told(), OCID: t.OCID(ocidPrefix), Title: t.About.Title}
	out.Bids, err = t.bids()
	return out, err
}

type bidIn struct {
	ID  string `path:"id" doc:"id of the tender's docket, 64 hexadecimal digits"`
	Bid string `path:"bid" doc:"id of the bid, 64 hexadecimal digits"`
}

func (p *pages) readBid(ctx context.Context, in *bidIn) (*bidStanding, error) {
	id, err := web.ParseDocket("id", in.ID)
	if err != nil {
		return nil, err
	}
	at, err := web.ParseEntry("bid", in.Bid)
	if err != nil {
		return nil, err
	}
	t, err := p.view(ctx, id, "")
	if err != nil {
		return nil, err
	}
	b := t.Process.Bid(at)
	if b == nil {
		return nil, publica.Problem(publica.NotFound, "bid", "is none of this tender").WithHint("the register shows a bid some seconds after it promised to take it")
	}
	out := t.standing(web.LocaleIn(ctx), b)
	return &out, nil
}

// auditOf reads what this node computed again of a tender.
func (p *pages) auditOf(ctx context.Context, text string) (*tender.Audit, error) {
	id, err := web.ParseDocket("id", text)
	if err != nil {
		return nil, err
	}
	_, x, err := p.publishedOf(ctx, id, "")
	if err != nil {
		return nil, err
	}
	return x.audit()
}

type tenderFlagsOut struct {
	Flags []ocds.Flag `json:"flags"`
}

func (p *pages) readTenderFlags(ctx context.Context, in *tenderIn) (*tenderFlagsOut, error) {
	a, err := p.auditOf(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &tenderFlagsOut{a.Flags}, nil
}

func (p *pages) readAudit(ctx context.Context, in *tenderIn) (*tender.Audit, error) {
	return p.auditOf(ctx, in.ID)
}

type flagsIn struct {
	Code  string `query:"code" maxLength:"10" doc:"only this flag, as R003"`
	Buyer string `query:"buyer" maxLength:"64" doc:"only of tenders of this buyer: its body id"`
}

type flagsOut struct {
	Processes int          `json:"processes" doc:"tenders that were looked at"`
	Excluded  int          `json:"excluded" doc:"of them, cancelled or held for practice"`
	Flags     []ocds.Flag  `json:"flags"`
	Fences    []ocds.Fence `json:"fences"`
	Missing   []ocds.Lack  `json:"missing,omitempty" doc:"flags that cannot be computed, each with the field that no tender has"`
	Left      []string     `json:"left_out,omitempty" doc:"ids of dockets of tenders that this node cannot publish, by a fault of its program: nothing was computed of them"`
	AsOf      int64        `json:"as_of" doc:"log index of the last record of any tender"`
}

func (p *pages) readFlags(ctx context.Context, in *flagsIn) (*flagsOut, error) {
	f := flagFilter{in.Code, in.Buyer}
	if err := f.check(); err != nil {
		return nil, err
	}
	r, err := p.flagReport(ctx)
	if err != nil {
		return nil, err
	}
	return &flagsOut{r.Processes, r.Excluded, r.narrowed(f), r.Fences, r.Missing, r.left, r.last}, nil
}
