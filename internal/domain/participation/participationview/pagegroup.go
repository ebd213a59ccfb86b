package participationview

import (
	"context"
	"encoding/json/v2"
	"net/http"
	"time"

	"publica"
	"publica/grouping"
	"publica/internal/domain/participation"
	"publica/internal/readmodel"
	"publica/internal/web"
)

// A CampaignGroup is contributions that say the same thing, as the lead body says.
type CampaignGroup struct {
	Entry    publica.EntryID       `json:"entry"`
	Index    int64                 `json:"index" doc:"log index"`
	Time     publica.Time          `json:"time" doc:"block time"`
	Members  int64                 `json:"members" doc:"contributions in it; each counts, and has its receipt"`
	Disowned int64                 `json:"disavowed" doc:"of these, disavowed"`
	Texts    int64                 `json:"texts" doc:"different texts among them"`
	Open     int64                 `json:"open" doc:"of these, owed a response still"`
	Letter   publica.EntryID       `json:"letter,omitzero" doc:"member whose text stands for all"`
	Text     string                `json:"text,omitzero" doc:"its text, Markdown"`
	Method   *participation.Method `json:"method" doc:"how they were found"`
	Reason   string                `json:"reason,omitzero" doc:"Markdown"`
	Ended    publica.EntryID       `json:"ended,omitzero" doc:"entry that replaced or ended it"`
}

// Title is what to call a group: how its letter begins.
func (g *CampaignGroup) Title() string { return web.Excerpt(g.Text, 90) }

// A campaign is what a list that shows each once says of it.
type campaign struct{ Members, Disowned int64 }

// standFor finds the campaigns for which contributions of a list stand.
func standFor(s *readmodel.Snapshot, list []Contribution) error {
	for i := range list {
		if list[i].Group.IsZero() {
			continue
		}
		var c campaign
		found, err := s.One(`SELECT g.members, (SELECT count(*) FROM contribution c WHERE c.grp = g.idx AND c.disavowed IS NOT NULL) FROM grp g WHERE g.idx = (SELECT grp FROM contribution WHERE idx = ?1) AND g.face = ?1`,
			readmodel.Args{list[i].Index}, &c.Members, &c.Disowned)
		if err != nil {
			return err
		}
		if found {
			list[i].Campaign = &c
		}
	}
	return nil
}

const groupColumns = `SELECT e.id, e.idx, e.time, g.members,
	(SELECT count(*) FROM contribution c WHERE c.grp = g.idx AND c.disavowed IS NOT NULL),
	g.texts,
	(SELECT count(*) FROM contribution c WHERE c.grp = g.idx AND c.owed = 1 AND c.answered IS NULL),
	l.id, lt.text, g.method, t.text, x.id
	FROM grp g JOIN entry e ON e.idx = g.idx JOIN document t ON t.idx = g.idx LEFT JOIN entry l ON l.idx = g.letter LEFT JOIN document lt ON lt.idx = g.letter LEFT JOIN entry x ON x.idx = g.ended `

func scanGroup(scan readmodel.Scan, g *CampaignGroup) error {
	var method string
	if err := scan(&g.Entry, &g.Index, &g.Time, &g.Members, &g.Disowned, &g.Texts, &g.Open, &g.Letter, &g.Text, &method, &g.Reason, &g.Ended); err != nil {
		return err
	}
	g.Method = new(participation.Method)
	return json.Unmarshal([]byte(method), g.Method)
}

// groups lists the groups of a docket that stand, from a log index on.
func groups(s *readmodel.Snapshot, docket, since int64, limit int) (list []CampaignGroup, next int64, err error) {
	list, err = readmodel.Collect(s, scanGroup, groupColumns+"WHERE g.docket = ? AND g.ended IS NULL AND g.idx >= ? ORDER BY g.idx LIMIT ?", docket, since, limit+1)
	if err != nil {
		return nil, 0, err
	}
	next = -1
	if len(list) > limit {
		next, list = list[limit].Index, list[:limit]
	}
	return list, next, nil
}

// groupsPage is groups.html.
type groupsPage struct {
	web.Head
	about
	Groups  []CampaignGroup
	Pager   web.Pager
	Nothing web.Empty
	Base    string
}

func (p *pages) groups(r *http.Request) (web.Page, error) {
	l := web.LocaleOf(r)
	page := &groupsPage{Base: "/docket/" + r.PathValue("id")}
	err := p.list(r, "/groups", 20, &page.about, func(s *readmodel.Snapshot, d *DocketStanding, at web.Cursor) (err error) {
		var next int64
		page.Groups, next, err = groups(s, d.Index, at.Since, at.Limit)
		page.Pager = at.Pager(r, next, len(page.Groups), l.T("campaigns"))
		return err
	})
	if err != nil {
		return nil, err
	}
	page.Head = head(l, page.Docket, l.T("Campaigns"))
	page.Lead = l.T("Contributions that say the same thing. Each counts and has its receipt; they are read once and can be answered as one.")
	page.Nothing = web.Empty{Title: l.T("No campaigns here"), Text: l.T("Nobody has said that contributions of this docket say the same thing.")}
	return page, nil
}

type groupsIn struct {
	DocketPath
	ListQuery
}

func (p *pages) readGroups(ctx context.Context, in *groupsIn) (*listOut[CampaignGroup], error) {
	out := &listOut[CampaignGroup]{}
	err := p.inDocket(ctx, in.ID, func(s *readmodel.Snapshot, d *DocketStanding) (err error) {
		out.AsOf = s.Next
		out.Items, out.Next, err = groups(s, d.Index, in.Since, in.Limit)
		return err
	})
	return out, err
}

// groupPage is group.html: a letter, who sent it when, and what each added.
type groupPage struct {
	web.Head
	about
	Group     *CampaignGroup
	Responses []Response
	Plot      web.Plot
	Members   []groupMember
	Pager     web.Pager
	Base      string
	Compared  string // that not all were compared to find what was added
}

// A groupMember is a contribution of a group with the sentences that the letter
// does not have.
type groupMember struct {
	Contribution
	Added []string
}

// maxCompared is how many texts of a group are compared to find what members
// added: a page must come soon.
const maxCompared = 400

func (p *pages) group(r *http.Request) (web.Page, error) {
	l := web.LocaleOf(r)
	id, err := web.PathEntry(r, "group")
	if err != nil {
		return nil, err
	}
	page := &groupPage{Base: "/docket/" + r.PathValue("id")}
	err = p.list(r, "/groups", 25, &page.about, func(s *readmodel.Snapshot, d *DocketStanding, at web.Cursor) error {
		if page.Group, err = campaignGroup(s, d.Index, id); err != nil {
			return err
		}
		return page.fill(s, l, r, at)
	})
	if err != nil {
		return nil, err
	}
	page.Head = head(l, page.Docket, page.Group.Title())
	page.Head.Kicker = l.T("Campaign")
	page.Head.Crumbs = append(page.Head.Crumbs, web.Link{Text: l.T("Campaigns"), Href: page.Base + "/groups"})
	page.Head.Entry = page.Group.Entry
	return page, nil
}

// fill reads a page of members, the answers, and the arrivals.
func (p *groupPage) fill(s *readmodel.Snapshot, l *web.Locale, r *http.Request, at web.Cursor) error {
	index := func(scan readmodel.Scan, idx *int64) error { return scan(idx) }
	found, err := readmodel.Collect(s, index, "SELECT idx FROM contribution WHERE grp = ? AND idx >= ? ORDER BY seq LIMIT ?", p.Group.Index, at.Since, at.Limit+1)
	if err != nil {
		return err
	}
	next := int64(-1)
	if len(found) > at.Limit {
		next, found = found[at.Limit], found[:at.Limit]
	}
	list, err := contributionsAt(s, found)
	if err != nil {
		return err
	}
	for _, c := range list {
		p.Members = append(p.Members, groupMember{Contribution: c})
	}
	p.Pager = at.Pager(r, next, len(list), l.T("contributions"))
	p.Pager.Total = l.Number(p.Group.Members)
	if p.Responses, err = readmodel.Collect(s, scanResponse, responseColumns+"WHERE r.idx IN (SELECT response FROM response_group WHERE grp = ?) ORDER BY r.idx", p.Group.Index); err != nil {
		return err
	}
	if err := completeResponses(s, p.Responses); err != nil {
		return err
	}
	if p.Plot, err = arrivals(s, l, p.Group.Index); err != nil {
		return err
	}
	return p.compare(s, l)
}

// compare finds what the members on the page added to the letter, by the method of
// the record, if this program knows it.
func (p *groupPage) compare(s *readmodel.Snapshot, l *web.Locale) error {
	m := p.Group.Method
	g, err := grouping.New(grouping.Method{Algorithm: m.Algorithm, Version: int(m.Version), Bands: int(m.Bands), Common: int(m.Common), Near: int(m.Near),
		Rows: int(m.Rows), Shared: int(m.Shared), Threshold: int(m.Threshold), Unicode: m.Unicode, Words: int(m.Words)})
	if err != nil {
		return nil // found by hand, or by something newer: the texts speak for themselves
	}
	texts := map[string]string{}
	err = s.Each(func(scan readmodel.Scan) error {
		var id publica.EntryID
		var text string
		if err := scan(&id, &text); err != nil {
			return err
		}
		texts[id.String()] = text
		return nil
	}, "SELECT e.id, t.text FROM contribution c JOIN entry e ON e.idx = c.idx JOIN document t ON t.idx = c.idx WHERE c.grp = ? ORDER BY c.seq LIMIT ?", p.Group.Index, maxCompared)
	if err != nil {
		return err
	}
	for i := range p.Members {
		texts[p.Members[i].Entry.String()] = p.Members[i].Text
	}
	for id, text := range texts {
		if err := g.Add(id, g.Sketch(text)); err != nil {
			return err
		}
	}
	group := g.Together()
	for i := range p.Members {
		if c := &p.Members[i]; c.Entry != p.Group.Letter {
			c.Added = g.Added(&group, c.Text)
		}
	}
	if p.Group.Members > maxCompared {
		p.Compared = l.T("What each added was found by comparing {n} of them.", "n", len(texts))
	}
	return nil
}

// arrivals draws when the members of a group came: a burst stands out.
func arrivals(s *readmodel.Snapshot, l *web.Locale, group int64) (plot web.Plot, err error) {
	type arrival struct{ minute, n int64 }
	came, err := readmodel.Collect(s, func(scan readmodel.Scan, a *arrival) error { return scan(&a.minute, &a.n) },
		"SELECT minute, n FROM group_arrival WHERE grp = ? ORDER BY minute", group)
	if err != nil || len(came) == 0 {
		return plot, err
	}
	at := func(a arrival) time.Time { return time.Unix(a.minute*60, 0).UTC() }
	g := grainFor(at(came[0]), at(came[len(came)-1]))
	name := l.T(g.name)
	plot = web.Plot{ID: "arrivals", Title: l.T("When they came"), Desc: l.T("Received per {grain}.", "grain", name), Kind: "bars", XName: name, YName: l.T("Contributions")}
	i := 0
	for t := g.floor(at(came[0])); i < len(came); t = g.next(t) {
		n := int64(0)
		for ; i < len(came) && at(came[i]).Before(g.next(t)); i++ {
			n += came[i].n
		}
		plot.Points = append(plot.Points, web.Point{Label: g.label(l, t), Value: n})
	}
	if len(plot.Points) < 2 {
		return web.Plot{}, nil // one bar shows nothing over time
	}
	return plot, nil
}
