package participationview

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"publica"
	"publica/internal/domain/docket"
	"publica/internal/domain/docket/docketview"
	"publica/internal/domain/identity"
	"publica/internal/domain/identity/identityview"
	"publica/internal/domain/participation"
	"publica/internal/readmodel"
	"publica/internal/web"
)

// explainPage is deskexplain.html: the reason, given later, for what changed or
// vanished without one.
type explainPage struct {
	deskFrame
	Ghosts []Ghost
	ticked []string
	Reason string
	Causes string
}

// Ticked reports whether a ghost was chosen.
func (p *explainPage) Ticked(field string) bool { return slices.Contains(p.ticked, field) }

func (p *pages) deskExplain(r *http.Request) (web.Page, error) {
	l, f := web.LocaleOf(r), r.PostForm
	page := &explainPage{ticked: f["ghost"], Reason: strings.TrimSpace(f.Get("reason")), Causes: f.Get("causes")}
	var err error
	page.deskFrame, err = p.docketDesk(r, "/explain", l.T("Reasons that are owed"), func(s *readmodel.Snapshot, d *DocketStanding) error {
		list, _, err := ghosts(s, d.Index, 0, maxOffered)
		for _, g := range list {
			if g.Unexplained() {
				page.Ghosts = append(page.Ghosts, g)
			}
		}
		return err
	})
	if err != nil || f.Get("act") != "check" {
		return page, err
	}
	causes, unread := readIDs(page.Causes)
	body := participation.Explain{Causes: causes}
	var what []string
	for i := range page.Ghosts {
		g := &page.Ghosts[i]
		if !page.Ticked(g.Field()) {
			continue
		}
		if body.Version != 0 && body.Version != g.Version {
			page.Refuse(l, l.T("These changes are of two versions."), l.T("One act explains those of one version: tick them apart."))
			return page, nil
		}
		body.Version = g.Version
		if g.Section != "" {
			body.Sections, what = append(body.Sections, g.Section), append(what, g.Heading)
		} else {
			body.Ideas, what = append(body.Ideas, g.Idea), append(what, g.IdeaTitle)
		}
	}
	switch {
	case body.Version == 0:
		page.Refuse(l, l.T("Nothing was chosen."), l.T("Tick what the reason is for."))
	case unread != "":
		page.refuseID(l, unread)
	case page.Reason == "":
		page.Refuse(l, l.T("There is no reason."), l.T("Say in words why: everyone who wrote is owed that."))
	default:
		page.Act = &web.Act{Kind: "participation/explain", For: page.Docket.Lead, Docket: page.Docket.ID, Body: body,
			Parts: []web.ActPart{{Name: "reason", Media: "text/markdown", Text: page.Reason, Label: l.T("Reason")}},
			Says:  web.Facts{{Name: l.T("Version"), Value: l.Number(body.Version)}, {Name: l.T("Explains"), Value: strings.Join(what, ", ")}}, Next: page.Base + "/explain"}
		return page, page.Act.Prepare(r)
	}
	return page, nil
}

// Field names a ghost in a form: what changed, and in which version, for it may
// have changed in several.
func (g *Ghost) Field() string {
	what := g.Section
	if what == "" {
		what = g.Idea.String()
	}
	return strconv.FormatInt(g.Version, 10) + "-" + what
}

// refuseID says that a word is no tracking number.
func (f *deskFrame) refuseID(l *web.Locale, word string) {
	f.Refuse(l, l.T("“{what}” is no tracking number.", "what", web.Excerpt(word, 80)), l.T("It has 64 hexadecimal digits; the page of each contribution shows it."))
}

// periodsPage is deskperiods.html: when contributions are taken, and the
// timeline of the whole process.
type periodsPage struct {
	deskFrame
	Periods []docketview.Period
	Stages  []stageForm
	Form    periodForm
}

type periodForm struct{ Name, Opens, Closes, Reason string }

type stageForm struct{ Name, From, To string }

func (p *pages) deskPeriods(r *http.Request) (web.Page, error) {
	l, f := web.LocaleOf(r), r.PostForm
	page := &periodsPage{Form: periodForm{strings.TrimSpace(f.Get("name")), f.Get("opens"), f.Get("closes"), strings.TrimSpace(f.Get("reason"))}}
	var err error
	page.deskFrame, err = p.docketDesk(r, "/periods", l.T("Periods and timeline"), func(_ *readmodel.Snapshot, d *DocketStanding) error {
		page.Periods = d.Periods
		if d.Timeline != nil {
			for _, s := range d.Timeline.Stages {
				page.Stages = append(page.Stages, stageForm{s.Name, s.From.Std().Format(web.FormTime), s.To.Std().Format(web.FormTime)})
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	switch f.Get("act") {
	case "period":
		return page, page.period(r)
	case "timeline":
		return page, page.timeline(r)
	}
	for range 3 { // room for more
		page.Stages = append(page.Stages, stageForm{})
	}
	return page, nil
}

func (p *periodsPage) period(r *http.Request) error {
	l := web.LocaleOf(r)
	opens, ok := web.ParseFormTime(p.Form.Opens)
	closes, also := web.ParseFormTime(p.Form.Closes)
	known := slices.ContainsFunc(p.Periods, func(x docketview.Period) bool { return x.Name == p.Form.Name })
	switch {
	case p.Form.Name == "":
		p.Refuse(l, l.T("The period has no name."), l.T("A short name of lower-case letters and hyphens, such as public-input."))
	case !ok || !also || closes <= opens:
		p.Refuse(l, l.T("The times are missing, or the end is not after the beginning."), l.T("Give both, in UTC."))
	case known && p.Form.Reason == "":
		p.Refuse(l, l.T("This period is announced already, and a change needs a reason."), l.T("Say why it moves."))
	default:
		p.Act = &web.Act{Kind: "docket/period", For: p.Docket.Lead, Docket: p.Docket.ID, Body: docket.Announce{Name: p.Form.Name, Opens: opens, Closes: closes},
			Says: web.Facts{{Name: l.T("Period"), Value: p.Form.Name}, {Name: l.T("Opens"), Time: opens}, {Name: l.T("Closes"), Time: closes}}, Next: p.Base + "/periods"}
		if p.Form.Reason != "" {
			p.Act.Parts = []web.ActPart{{Name: "reason", Media: "text/plain", Text: p.Form.Reason, Label: l.T("Reason")}}
		}
		return p.Act.Prepare(r)
	}
	return nil
}

func (p *periodsPage) timeline(r *http.Request) error {
	l, f := web.LocaleOf(r), r.PostForm
	before := p.Docket.Timeline != nil
	reason := p.Form.Reason
	p.Stages = nil
	var body participation.Timeline
	for i := range min(len(f["stage"]), len(f["from"]), len(f["to"])) {
		s := stageForm{strings.TrimSpace(f["stage"][i]), f["from"][i], f["to"][i]}
		p.Stages = append(p.Stages, s)
		if s == (stageForm{}) {
			continue
		}
		from, ok := web.ParseFormTime(s.From)
		to, also := web.ParseFormTime(s.To)
		if s.Name == "" || !ok || !also || to < from {
			p.Refuse(l, l.T("A stage lacks its name or its times, or ends before it begins."), l.T("Complete it, or empty the whole line."))
			return nil
		}
		body.Stages = append(body.Stages, participation.TimelineStage{Name: s.Name, From: from, To: to})
	}
	switch {
	case len(body.Stages) == 0:
		p.Refuse(l, l.T("There are no stages."), l.T("Give each its name and its times, in UTC."))
	case before && reason == "":
		p.Refuse(l, l.T("A timeline is published already, and a change needs a reason."), l.T("Say why it changes."))
	default:
		says := web.Facts{}
		for _, s := range body.Stages {
			says = append(says, web.Fact{Name: s.Name, Value: l.T("{from} to {to}", "from", l.Day(s.From), "to", l.Day(s.To))})
		}
		p.Act = &web.Act{Kind: "participation/timeline", For: p.Docket.Lead, Docket: p.Docket.ID, Body: body, Says: says, Next: p.Base + "/periods"}
		if reason != "" {
			p.Act.Parts = []web.ActPart{{Name: "reason", Media: "text/plain", Text: reason, Label: l.T("Reason")}}
		}
		return p.Act.Prepare(r)
	}
	return nil
}

// codifyPage is deskcodify.html: the outcome is declared final, or what stands
// in the way.
type codifyPage struct {
	deskFrame
	InTheWay []web.Link
	Reason   string
}

func (p *pages) deskCodify(r *http.Request) (web.Page, error) {
	l, f := web.LocaleOf(r), r.PostForm
	page := &codifyPage{Reason: strings.TrimSpace(f.Get("reason"))}
	var err error
	page.deskFrame, err = p.docketDesk(r, "/codify", l.T("Declare it final"), func(*readmodel.Snapshot, *DocketStanding) error { return nil })
	if err != nil {
		return nil, err
	}
	d := page.Docket
	stands := func(text, href string) { page.InTheWay = append(page.InTheWay, web.Link{Text: text, Href: href}) }
	if d.Counts.Drafts == 0 {
		stands(l.T("There is no text yet"), page.Base+"/text")
	}
	if d.Counts.Open > 0 {
		stands(l.N(d.Counts.Open, "{n} contribution is owed a response", "{n} contributions are owed a response"), page.Base)
	}
	if d.Counts.Haunting > 0 {
		stands(l.N(d.Counts.Haunting, "{n} change of the text lacks a reason", "{n} changes of the text lack a reason"), page.Base+"/explain")
	}
	for _, name := range d.Charter.Periods {
		if !slices.ContainsFunc(d.Periods, func(x docketview.Period) bool { return x.Name == name && x.Stage == docket.Closed }) {
			stands(l.T("The period “{name}” has not been served", "name", name), page.Base+"/periods")
		}
	}
	for _, x := range d.Periods {
		if x.Stage != docket.Closed && !slices.Contains(d.Charter.Periods, x.Name) {
			stands(l.T("The period “{name}” has not been served", "name", x.Name), page.Base+"/periods")
		}
	}
	if f.Get("act") != "check" || d.Codified != nil {
		return page, nil
	}
	if len(page.InTheWay) > 0 {
		page.Refuse(l, l.T("Something stands in the way."), l.T("The register would refuse it; see the list."))
		return page, nil
	}
	page.Act = &web.Act{Kind: "participation/codify", For: d.Lead, Docket: d.ID, Body: participation.Codify{Version: d.Counts.Drafts},
		Says: web.Facts{{Name: l.T("Version"), Value: l.Number(d.Counts.Drafts)}, {Name: l.T("Contributions"), Value: l.Number(d.Counts.Contributions())}, {Name: l.T("Responses"), Value: l.Number(d.Counts.Responses)}},
		Next: "/docket/" + d.ID.String()}
	if page.Reason != "" {
		page.Act.Parts = []web.ActPart{{Name: "reason", Media: "text/markdown", Text: page.Reason, Label: l.T("Reason")}}
	}
	return page, page.Act.Prepare(r)
}

// rolesPage is deskroles.html: who speaks for a body.
type rolesPage struct {
	web.Head
	Problem web.Alert
	Act     *web.Act
	Body    publica.BodyID
	Holders []holderRow
	Roles   []choice
	Key     string
	Role    string
	Reason  string
	May     bool // the session's key says who speaks for the body
}

type holderRow struct {
	identityview.Holder
	Word string
	Me   bool
}

func (p *pages) deskRoles(r *http.Request) (web.Page, error) {
	raw, err := web.ParseEntry("id", r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	session, err := web.SignedIn(r)
	if err != nil {
		return nil, err
	}
	l, f := web.LocaleOf(r), r.PostForm
	page := &rolesPage{Body: publica.BodyID(raw), Key: strings.TrimSpace(f.Get("key")), Role: f.Get("role"), Reason: strings.TrimSpace(f.Get("reason"))}
	name := ""
	err = p.model.Read(r.Context(), func(s *readmodel.Snapshot) error {
		held, err := identityview.HeldBy(s, session.Key)
		if err != nil {
			return err
		}
		for _, h := range held {
			if h.Body == page.Body {
				name, page.May = h.Name, page.May || governs(h.Role)
			}
		}
		holders, err := identityview.HoldersOf(s, page.Body)
		for _, h := range holders {
			page.Holders = append(page.Holders, holderRow{h, identityview.RoleWords(l, h.Role), h.Key == session.Key})
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if name == "" {
		return nil, publica.Problem(publica.Forbidden, "key", l.T("your key holds no role of this body")).WithHint(l.T("sign in with the key that does"))
	}
	for _, role := range []identity.Role{identity.Coordinator, identity.Importer, identity.Moderator, identity.Reviewer, identity.Intake, identity.VerifiedBy, identity.Member, identity.Admin, identity.Governor} {
		page.Roles = append(page.Roles, choice{Value: string(role), Text: identityview.RoleWords(l, role)})
	}
	page.Head = web.Head{Title: l.T("Who speaks for {body}", "body", name), Nav: "/desk", Fresh: true, Script: []string{"act.js"}, Crumbs: []web.Link{{Text: l.T("Desk"), Href: "/desk"}}}
	act := f.Get("act")
	if act != "grant" && act != "revoke" {
		return page, nil
	}
	return page, page.ready(r, act)
}

func (p *rolesPage) ready(r *http.Request, act string) error {
	l := web.LocaleOf(r)
	var key publica.KeyID
	refuse := func(message, hint string) error {
		p.Problem = web.Alert{Kind: "error", Title: l.T("It is not ready to be signed"), Text: message + " " + hint}
		p.Status = http.StatusUnprocessableEntity
		return nil
	}
	if err := key.UnmarshalText([]byte(p.Key)); err != nil {
		return refuse(l.T("That is no fingerprint of a key."), l.T("It has 64 hexadecimal digits; the person finds it on the sign-in page."))
	}
	at := slices.IndexFunc(p.Roles, func(c choice) bool { return c.Value == p.Role })
	if at < 0 {
		return refuse(l.T("No role was chosen."), l.T("Choose one."))
	}
	p.Act = &web.Act{Kind: "identity/grant", For: p.Body, Body: identity.Grant{Key: key, Role: identity.Role(p.Role)},
		Says: web.Facts{{Name: l.T("Gives the role"), Value: p.Roles[at].Text}, {Name: l.T("To the key"), Value: p.Key, Code: true}}, Next: r.URL.Path}
	if act == "revoke" {
		if p.Reason == "" {
			return refuse(l.T("Taking a role back needs a reason."), l.T("Say why."))
		}
		p.Act.Kind, p.Act.Body = "identity/revoke", identity.Revoke{Key: key, Role: identity.Role(p.Role)}
		p.Act.Says[0].Name, p.Act.Says[1].Name = l.T("Takes back the role"), l.T("From the key")
		p.Act.Parts = []web.ActPart{{Name: "reason", Media: "text/plain", Text: p.Reason, Label: l.T("Reason")}}
	}
	return p.Act.Prepare(r)
}
