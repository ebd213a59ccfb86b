package governanceview

import (
	"context"
	"embed"
	"html/template"
	"net/http"

	"publica"
	"publica/internal/domain/governance"
	"publica/internal/machine"
	"publica/internal/readmodel"
	"publica/internal/web"
)

//go:embed *.html
var templates embed.FS

// Reader reads snapshots of the read model.
type Reader interface {
	Read(ctx context.Context, f func(*readmodel.Snapshot) error) error
}

type pages struct{ model Reader }

// Mount adds the pages and reads of governance to the site.
func Mount(site *web.Site, model Reader) error {
	p := &pages{model}
	v, err := site.Views(templates, func(l *web.Locale) template.FuncMap {
		return template.FuncMap{
			"statetag":   func(s governance.Status) web.Tag { return stateTag(l, s) },
			"parameters": func(s Setting) string { return parameterWords(l, &s.Parameters) },
			"words":      func(p *Proposal) string { return p.words(l) },
			"nothing":    func(title, text string) web.Empty { return web.Empty{Title: title, Text: text} },
		}
	})
	if err != nil {
		return err
	}
	site.Nav(web.Link{Text: web.Msg("Governance"), Href: "/governance"})
	v.Page("GET /governance", "governance.html", p.governance)
	v.Page("GET /governance/proposal/{id}", "proposal.html", p.proposal)
	site.Samples(p.samples)
	op := func(path, name, summary, doc string) web.Op {
		return web.Op{Path: path, Name: name, Summary: summary, Doc: doc, Tag: "Governance"}
	}
	web.Read(site, op("/governance", "get-governance", "Members, validators, parameters and upgrades, with their history", "What validators do is in /validators."), p.readGovernance)
	web.Read(site, op("/proposals", "list-proposals", "Proposals", "All open ones with the first page; those that are closed, the newest first."), p.readProposals)
	web.Read(site, op("/proposals/{id}", "get-proposal", "One proposal, and what each body said of it", ""), p.readProposal)
	web.Read(site, op("/claims", "list-claims", "Broken promises, proven", "The newest first."), p.readClaims)
	p.mountKinds(site)
	return nil
}

// samples are links for the gallery: the newest proposals.
func (p *pages) samples(ctx context.Context) (links []web.Link, err error) {
	err = p.model.Read(ctx, func(s *readmodel.Snapshot) error {
		open, err := Open(s)
		if err != nil {
			return err
		}
		closed, _, err := Closed(s, 0, 3)
		for _, q := range append(open, closed...) {
			links = append(links, web.Link{Text: "A proposal, " + string(q.Status), Href: "/governance/proposal/" + q.ID.String()})
		}
		return err
	})
	return links, err
}

// governancePage is governance.html.
type governancePage struct {
	web.Head
	Stats    web.Stats
	Members  []Member
	Open     []Proposal
	Closed   []Proposal
	Pager    web.Pager
	Now      Setting
	Settings []Setting
	Upgrades []Proposal
	Terms    []Term
	Claims   []Claim
	More     bool // claims that are not shown
	Nothing  web.Empty
}

// claimsShown is how many claims the page lists; the API has them all.
const claimsShown = 100

func (p *pages) governance(r *http.Request) (web.Page, error) {
	at, err := web.ReadCursor(r, 25)
	if err != nil {
		return nil, err
	}
	l := web.LocaleOf(r)
	page := &governancePage{
		Head: web.Head{Title: l.T("Governance"), Nav: "/governance", Lead: l.T("Who runs this register, and how that changes: by records that more than two thirds of its members approve.")},
		Nothing: web.Empty{Title: l.T("No body governs this register"), Text: l.T("It was founded by keys alone: nothing of what is on this page can change."),
			Next: web.Link{Text: l.T("Who runs it"), Href: "/validators"}},
	}
	err = p.model.Read(r.Context(), func(s *readmodel.Snapshot) (err error) {
		if page.Members, err = Members(s); err != nil {
			return err
		}
		if page.Open, err = Open(s); err != nil {
			return err
		}
		var next int64
		if page.Closed, next, err = Closed(s, at.Since, at.Limit); err != nil {
			return err
		}
		page.Pager = at.Pager(r, next, len(page.Closed), l.T("closed proposals"))
		if page.Settings, err = Settings(s); err != nil {
			return err
		}
		if page.Upgrades, err = Upgrades(s); err != nil {
			return err
		}
		if page.Terms, err = Terms(s); err != nil {
			return err
		}
		page.Claims, next, err = Claims(s, 0, claimsShown)
		page.More = next >= 0
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(page.Settings) > 0 {
		page.Now = page.Settings[0]
	}
	page.stats(l)
	return page, nil
}

func (p *governancePage) stats(l *web.Locale) {
	running := 0
	for i := range p.Terms {
		if p.Terms[i].Until.IsZero() {
			running++
		}
	}
	p.Stats = web.Stats{
		{Value: l.Number(int64(len(p.Members))), Label: l.T("members")},
		{Value: l.Number(int64(running)), Label: l.T("validators"), Href: "/validators"},
		{Value: l.Number(int64(len(p.Open))), Label: l.T("open proposals")},
	}
	broken := web.Stat{Value: l.Number(int64(len(p.Claims))), Label: l.T("promises proven broken"), Href: "#claims"}
	if p.More {
		broken.Value = l.T("{n} and more", "n", len(p.Claims))
	}
	if len(p.Claims) > 0 {
		broken.Kind = "error"
	}
	p.Stats = append(p.Stats, broken)
}

// proposalPage is proposal.html.
type proposalPage struct {
	web.Head
	Proposal *Proposal
	Progress web.Progress
}

func (p *pages) proposal(r *http.Request) (web.Page, error) {
	id, err := web.PathEntry(r, "id")
	if err != nil {
		return nil, err
	}
	page := &proposalPage{}
	err = p.model.Read(r.Context(), func(s *readmodel.Snapshot) (err error) {
		page.Proposal, err = Get(s, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	q, l := page.Proposal, web.LocaleOf(r)
	page.Head = web.Head{Title: q.Title, Kicker: l.T("Proposal of {body}", "body", q.By.Name), Lead: q.words(l) + ".", Entry: id, Nav: "/governance",
		Crumbs: []web.Link{{Text: l.T("Governance"), Href: "/governance"}}}
	page.Progress = web.Progress{Label: l.T("Members that approve"), Done: q.Approve, Total: q.Members, Note: standing(l, q)}
	return page, nil
}

// standing says what a proposal waits for, or what became of it.
func standing(l *web.Locale, p *Proposal) string {
	switch p.Status {
	case governance.Open:
		return l.N(p.Lacks(), "It takes effect when {n} more member approves: more than two thirds of all.", "It takes effect when {n} more members approve: more than two thirds of all.")
	case governance.Decided:
		return l.T("It took effect in the block in which more than two thirds approved.")
	case governance.Failed:
		return l.T("More than two thirds approved, but it could no longer take effect: {reason}.", "reason", l.T(p.Failed))
	}
	return l.T("It ran out of time before more than two thirds approved.")
}

func stateTag(l *web.Locale, s governance.Status) web.Tag {
	return map[governance.Status]web.Tag{
		governance.Open: {Text: l.T("Open"), Kind: "info"}, governance.Decided: {Text: l.T("In effect"), Kind: "success"},
		governance.Failed: {Text: l.T("Failed"), Kind: "error"}, governance.Expired: {Text: l.T("Expired"), Kind: "warning"},
	}[s]
}

func (p *pages) renderProposal(ctx context.Context, rec *web.Record, _ *publica.Entry) (*web.EntryView, error) {
	var v *web.EntryView
	l := web.LocaleIn(ctx)
	err := p.model.Read(ctx, func(s *readmodel.Snapshot) error {
		q, err := Get(s, rec.ID)
		if publica.CodeOf(err) == publica.NotFound {
			return nil // refused, or not projected yet
		}
		if err == nil {
			v = &web.EntryView{Headline: q.Title, Summary: q.words(l) + ".", Marks: []web.Tag{stateTag(l, q.Status)},
				Links: []web.Link{{Text: l.T("What the members say of it"), Href: "/governance/proposal/" + q.ID.String()}}}
		}
		return err
	})
	return v, err
}

type governanceOut struct {
	Members    []Member           `json:"members"`
	Parameters machine.Parameters `json:"parameters" doc:"in force now"`
	Settings   []Setting          `json:"settings" doc:"every set of parameters there was, the newest first"`
	Terms      []Term             `json:"terms" doc:"every validator there was, the newest first"`
	Upgrades   []Proposal         `json:"upgrades" doc:"that were decided, the newest first"`
	AsOf       int64              `json:"as_of" doc:"log size that this answer rests on"`
}

func (p *pages) readGovernance(ctx context.Context, _ *struct{}) (*governanceOut, error) {
	out := &governanceOut{}
	err := p.model.Read(ctx, func(s *readmodel.Snapshot) (err error) {
		out.AsOf = s.Next
		if out.Members, err = Members(s); err != nil {
			return err
		}
		if out.Settings, err = Settings(s); err != nil {
			return err
		}
		if len(out.Settings) > 0 {
			out.Parameters = out.Settings[0].Parameters
		}
		if out.Terms, err = Terms(s); err != nil {
			return err
		}
		out.Upgrades, err = Upgrades(s)
		return err
	})
	return out, err
}

// listIn asks for a list, the newest first.
type listIn struct {
	Before int64 `query:"before" minimum:"0" doc:"next of the list before"`
	Limit  int   `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"how many items at most"`
}

type proposalsOut struct {
	Open   []Proposal `json:"open" doc:"all that are open; only with the first page"`
	Closed []Proposal `json:"closed"`
	Next   int64      `json:"next" doc:"before, to continue; -1: this is the end"`
	AsOf   int64      `json:"as_of" doc:"log size that this answer rests on"`
}

func (p *pages) readProposals(ctx context.Context, in *listIn) (*proposalsOut, error) {
	out := &proposalsOut{Open: []Proposal{}}
	err := p.model.Read(ctx, func(s *readmodel.Snapshot) (err error) {
		out.AsOf = s.Next
		if in.Before == 0 {
			if out.Open, err = Open(s); err != nil {
				return err
			}
		}
		out.Closed, out.Next, err = Closed(s, in.Before, in.Limit)
		return err
	})
	return out, err
}

type proposalIn struct {
	ID string `path:"id" doc:"id of the entry that proposed it, 64 hexadecimal digits"`
}

func (p *pages) readProposal(ctx context.Context, in *proposalIn) (out *Proposal, err error) {
	id, err := web.ParseEntry("id", in.ID)
	if err != nil {
		return nil, err
	}
	err = p.model.Read(ctx, func(s *readmodel.Snapshot) (err error) {
		out, err = Get(s, id)
		return err
	})
	return out, err
}

type claimsOut struct {
	Items []Claim `json:"items"`
	Next  int64   `json:"next" doc:"before, to continue; -1: this is the end"`
	AsOf  int64   `json:"as_of" doc:"log size that this answer rests on"`
}

func (p *pages) readClaims(ctx context.Context, in *listIn) (*claimsOut, error) {
	out := &claimsOut{}
	err := p.model.Read(ctx, func(s *readmodel.Snapshot) (err error) {
		out.AsOf = s.Next
		out.Items, out.Next, err = Claims(s, in.Before, in.Limit)
		return err
	})
	return out, err
}
