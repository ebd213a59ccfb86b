package commitmentview

import (
	"net/http"
	"slices"
	"strings"

	"publica"
	"publica/internal/domain/docket"
	"publica/internal/domain/docket/docketview"
	"publica/internal/domain/identity"
	"publica/internal/domain/identity/identityview"
	"publica/internal/readmodel"
	"publica/internal/web"
)

// The desk of those who promise, report and review. A session gives sight of it,
// the roles that its key holds on the register say of what; what is signed here,
// act.js signs in the browser.

func (p *pages) mountDesk(site *web.Site, v *web.Views) {
	site.AtDesk(web.Link{Text: web.Msg("Promises and reviews"), Href: "/desk/commitments"})
	v.Page("GET /desk/commitments", "desk.html", p.desk)
	v.Page("GET /desk/docket/{id}/commitments", "deskadopt.html", p.deskAdopt)
	v.Page("POST /desk/docket/{id}/commitments", "deskadopt.html", p.deskAdopt)
	v.Page("GET /desk/commitment/{id}", "deskcommitment.html", p.deskCommitment)
	v.Page("POST /desk/commitment/{id}", "deskcommitment.html", p.deskCommitment)
	v.Page("GET /desk/docket/{id}/reviews", "deskreview.html", p.deskReview)
	v.Page("POST /desk/docket/{id}/reviews", "deskreview.html", p.deskReview)
}

// reporter returns the body for which a key may report on a commitment, its own
// before that which leads the plan.
func reporter(held []identityview.Held, it *Item) publica.BodyID {
	bodies := append([]publica.BodyID{it.Agency}, it.terms.Supporting...)
	return identityview.Speaker(held, append(bodies, it.Lead), identity.Coordinator, identity.Importer)
}

// leader returns the lead body of a docket if a key runs its dockets.
func leader(held []identityview.Held, lead publica.BodyID) publica.BodyID {
	return identityview.Speaker(held, []publica.BodyID{lead}, identity.Coordinator, identity.Importer)
}

// reviewer returns the body for which a key reviews a docket.
func reviewer(held []identityview.Held, d *docketview.Docket) publica.BodyID {
	return identityview.Speaker(held, d.Charter.Reviewers, identity.Reviewer)
}

// isFinal reports whether the outcome of a docket is final: before that nothing
// is promised.
func isFinal(s *readmodel.Snapshot, d *docketview.Docket) (final bool, err error) {
	_, err = s.One("SELECT 1 FROM codification WHERE docket = ? AND record IS NOT NULL", readmodel.Args{d.Index}, &final)
	return final, err
}

// deskPage is desk.html: the plans and the promises that one's key has to do with.
type deskPage struct {
	web.Desk
	Plans   []deskPlan
	Nothing web.Empty
}

// A deskPlan is a docket with what there is to do in it.
type deskPlan struct {
	Title   string
	Href    string
	Leads   bool // may adopt
	Reviews bool
	Items   []Item // to report on
}

func (p *pages) desk(r *http.Request) (web.Page, error) {
	session, err := web.SignedIn(r)
	if err != nil {
		return nil, err
	}
	l := web.LocaleOf(r)
	page := &deskPage{Desk: web.Desk{Session: session, Head: web.Head{Title: l.T("Promises and reviews"), Nav: "/desk", Fresh: true,
		Lead: l.T("What your public body has promised, and what it reviews."), Crumbs: []web.Link{{Text: l.T("Desk"), Href: "/desk"}}}}}
	err = p.model.Read(r.Context(), func(s *readmodel.Snapshot) error {
		held, err := identityview.HeldBy(s, session.Key)
		if err != nil {
			return err
		}
		dockets, err := docketview.List(s, 0, web.MaxLimit)
		if err != nil {
			return err
		}
		for i := range dockets {
			plan, err := p.deskPlan(s, &dockets[i], held)
			if err != nil {
				return err
			}
			if plan.Leads || plan.Reviews || len(plan.Items) > 0 {
				page.Plans = append(page.Plans, plan)
			}
		}
		return nil
	})
	slices.Reverse(page.Plans)
	if len(page.Plans) == 0 {
		page.Nothing = web.Empty{Title: l.T("No promise to report on"), Text: l.T("Your key speaks for no body that leads a final plan, has promised something, or reviews one.")}
	}
	return page, err
}

func (p *pages) deskPlan(s *readmodel.Snapshot, d *docketview.Docket, held []identityview.Held) (plan deskPlan, err error) {
	plan = deskPlan{Title: d.Title, Href: "/desk/docket/" + d.ID.String()}
	final, err := isFinal(s, d)
	if err != nil || !final {
		return plan, err
	}
	plan.Leads, plan.Reviews = !leader(held, d.Lead).IsZero(), !reviewer(held, d).IsZero()
	b, err := boardOf(s, filter{docket: d.ID, at: p.now(s), whole: true})
	if err != nil {
		return plan, err
	}
	for _, it := range b.all {
		if !reporter(held, &it).IsZero() {
			plan.Items = append(plan.Items, it)
		}
	}
	return plan, nil
}

// deskFrame is what the pages of a plan's desk show around their content.
type deskFrame struct {
	web.Desk
	Docket *docketview.Docket
	Form   form
}

// frame opens a page of a docket's desk. need says for which body the key acts
// there; zero: it has no business there.
func (p *pages) frame(r *http.Request, s *readmodel.Snapshot, id publica.DocketID, title string, need func([]identityview.Held, *docketview.Docket) publica.BodyID) (f deskFrame, body publica.BodyID, err error) {
	session, err := web.SignedIn(r)
	if err != nil {
		return f, body, err
	}
	l := web.LocaleOf(r)
	if f.Docket, err = docketview.Get(s, id); err != nil {
		return f, body, err
	}
	held, err := identityview.HeldBy(s, session.Key)
	if err != nil {
		return f, body, err
	}
	if body = need(held, f.Docket); body.IsZero() {
		return f, body, publica.Problem(publica.Forbidden, "key", l.T("your key has no role for this")).
			WithHint(l.T("ask the administrator of the public body for the role of coordinator, or of reviewer"))
	}
	f.Desk = web.Desk{Session: session, Base: "/desk/docket/" + id.String(), Head: web.Head{Title: title, Kicker: f.Docket.Title, Nav: "/desk", Fresh: true, Script: []string{"act.js"},
		Crumbs: []web.Link{{Text: l.T("Desk"), Href: "/desk"}, {Text: l.T("Promises and reviews"), Href: "/desk/commitments"}}}}
	f.Menu = web.SubNav{Label: l.T("This plan at the desk")}
	for _, m := range []struct {
		text, path string
		may        bool
	}{
		{l.T("Commitments"), "/commitments", !leader(held, f.Docket.Lead).IsZero()},
		{l.T("Periods"), "/periods", !leader(held, f.Docket.Lead).IsZero()},
		{l.T("Reviews"), "/reviews", !reviewer(held, f.Docket).IsZero()},
	} {
		if m.may {
			f.Menu.Items = append(f.Menu.Items, web.SubNavItem{Link: web.Link{Text: m.text, Href: f.Base + m.path}, Current: r.URL.Path == f.Base+m.path})
		}
	}
	return f, body, nil
}

// ready completes an act for its page, or shows the form again with what is wrong.
func (f *deskFrame) ready(r *http.Request, act *web.Act) error {
	if !f.Form.Ready(&f.Desk, web.LocaleOf(r)) {
		return nil
	}
	f.Act = act
	return act.Prepare(r)
}

// openPeriods are those in which the public may comment on what is recorded now.
func openPeriods(d *docketview.Docket) (all []docketview.Period) {
	for _, p := range d.Periods {
		if p.Stage != docket.Closed {
			all = append(all, p)
		}
	}
	return all
}

// readIDs reads entry ids, or addresses that end in one, one a line; unread is the
// first word that is neither.
func readIDs(text string) (ids []publica.EntryID, unread string) {
	for word := range strings.FieldsSeq(text) {
		tail := word
		if i := strings.LastIndexAny(tail, "/#"); i >= 0 {
			tail = strings.TrimPrefix(tail[i+1:], "r-")
		}
		id, err := publica.ParseEntryID(strings.ToLower(tail))
		if err != nil {
			return nil, word
		}
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids, ""
}

// options are those of a select, with a first one that chooses nothing.
func options[T ~string](l *web.Locale, all []T, words func(*web.Locale, T) string) []web.Choice {
	out := []web.Choice{web.Option("", l.T("Choose"))}
	for _, v := range all {
		out = append(out, web.Option(string(v), words(l, v)))
	}
	return out
}
