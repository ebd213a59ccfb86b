package procurementview

import (
	"context"
	"net/http"
	"slices"

	"publica"
	"publica/internal/domain/identity"
	"publica/internal/domain/identity/identityview"
	"publica/internal/readmodel"
	"publica/internal/web"
	"publica/tender"
)

// The desks of a tender: of the buyer's contracting officer, of its evaluators, and
// of those who decide protests. A session gives sight of them, the roles that its
// key holds on the register, and the tender's own terms, say of what; what is
// signed here, act.js and scores.js sign in the browser.

func (p *pages) mountDesk(site *web.Site, v *web.Views) {
	site.AtDesk(web.Link{Text: web.Msg("Tenders"), Href: "/desk/tenders"})
	site.Staff(p.evaluates)
	v.Page("GET /desk/tenders", "desktenders.html", p.deskTenders)
	v.Page("GET /desk/tenders/new", "deskopen.html", p.deskOpen)
	v.Page("POST /desk/tenders/new", "deskopen.html", p.deskOpen)
	v.Page("GET /desk/docket/{id}/tender", "desktender.html", p.deskTender)
	v.Page("POST /desk/docket/{id}/tender", "desktender.html", p.deskTender)
	v.Page("GET /desk/docket/{id}/scores", "deskscores.html", p.deskScores)
	v.Page("GET /desk/docket/{id}/protests", "deskprotests.html", p.deskProtests)
	v.Page("POST /desk/docket/{id}/protests", "deskprotests.html", p.deskProtests)
	site.Samples(p.deskSamples)
}

// A part is what a key may do in a tender.
type part struct {
	key     publica.KeyID
	buys    bool           // runs dockets of the buyer
	reviews publica.BodyID // for which it decides protests, zero if for none
	scores  int            // its number among the evaluators, from 1
	keeps   int            // its number among the trustees, from 1
}

// none reports whether a key has nothing to do in the tender.
func (x *part) none() bool { return !x.buys && x.reviews.IsZero() && x.scores == 0 && x.keeps == 0 }

// partOf returns what a key that holds roles may do in a tender.
func (t *tenderView) partOf(key publica.KeyID, held []identityview.Held) part {
	x := part{key: key, buys: !identityview.Speaker(held, []publica.BodyID{t.Buyer}, identity.Coordinator, identity.Importer).IsZero()}
	x.reviews = identityview.Speaker(held, t.About.Charter.Reviewers, identity.Reviewer)
	if terms := t.Terms(); terms != nil {
		x.scores, x.keeps = terms.Evaluator(key), terms.Trustee(key)
	}
	return x
}

// evaluates reports whether a key scores bids of some tender: it may sign in though
// it holds no role.
func (p *pages) evaluates(ctx context.Context, key publica.KeyID) (yes bool, err error) {
	err = p.model.Read(ctx, func(s *readmodel.Snapshot) (err error) {
		var tender int64
		yes, err = s.One("SELECT tender FROM tender_key WHERE key = ? AND scores = 1 LIMIT 1", readmodel.Args{key}, &tender)
		return err
	})
	return yes, err
}

// now is the time by which the desk says what is due: that of the node, or of the
// last block if that is later.
func (p *pages) now(t *told) publica.Time { return max(p.site.Now(), t.Until) }

// deskFrame is what the pages of a tender's desk show around their content.
type deskFrame struct {
	web.Desk
	T       *tenderView
	Form    web.Form
	Waits   []wait
	Now     publica.Time
	Written []web.Field // what was written for an act that can no longer be done
	part    part
}

// deskAt opens a page of a tender's desk. need says whether a key has business on
// it; held are its roles.
func (p *pages) deskAt(r *http.Request, title string, need func(*part) bool) (f deskFrame, err error) {
	id, err := web.PathDocket(r, "id")
	if err != nil {
		return f, err
	}
	session, err := web.SignedIn(r)
	if err != nil {
		return f, err
	}
	err = p.model.Read(r.Context(), func(s *readmodel.Snapshot) error {
		if f.T, err = p.viewIn(r.Context(), s, id, ""); err != nil {
			return err
		}
		held, err := identityview.HeldBy(s, session.Key)
		f.part = f.T.partOf(session.Key, held)
		return err
	})
	if err != nil {
		return f, err
	}
	l := web.LocaleOf(r)
	if !need(&f.part) {
		return f, publica.Problem(publica.Forbidden, "key", l.T("your key has no part in this desk of the tender")).
			WithHint(l.T("the buyer’s coordinators run a tender, its evaluators score it, and the review body decides protests"))
	}
	f.Now, f.Waits = p.now(f.T.told), f.T.waits(l, &f.part)
	f.Desk = web.Desk{Session: session, Base: "/desk/docket/" + id.String(), Head: web.Head{Title: title, Kicker: f.T.About.Title, Nav: "/desk", Fresh: true,
		Crumbs: []web.Link{{Text: l.T("Desk"), Href: "/desk"}, {Text: l.T("Tenders"), Href: "/desk/tenders"}}}}
	f.menu(l, r.URL.Path)
	return f, nil
}

// menu links the desks of the tender that a key has business at.
func (f *deskFrame) menu(l *web.Locale, at string) {
	f.Menu = web.SubNav{Label: l.T("This tender at the desk")}
	for _, m := range []struct {
		text, path string
		may        bool
	}{
		{l.T("Buyer"), "/tender", f.part.buys},
		{l.T("Scores"), "/scores", f.part.scores > 0 || f.part.buys},
		{l.T("Protests"), "/protests", !f.part.reviews.IsZero() || f.part.buys},
	} {
		if m.may {
			f.Menu.Items = append(f.Menu.Items, web.SubNavItem{Link: web.Link{Text: m.text, Href: f.Base + m.path}, Current: at == f.Base+m.path})
		}
	}
}

// ready completes an act of the desk for its page, or shows the form again with
// what is wrong.
func (f *deskFrame) ready(r *http.Request, act *web.Act) error {
	if !f.Form.Ready(&f.Desk, web.LocaleOf(r)) {
		return nil
	}
	if act.Docket.IsZero() {
		act.Docket = f.T.Docket
	}
	f.Act = act
	return act.Prepare(r)
}

// gone says that what was sent can no longer be done, and keeps what was written for
// it on the page.
func (f *deskFrame) gone(l *web.Locale, what, why string) {
	f.Problem = web.Alert{Kind: "error", Title: l.T("“{what}” can no longer be done", "what", what), Text: why + " " + l.T("Nothing was signed.")}
	f.Status = http.StatusConflict
	for _, x := range []web.Field{{Name: "text", Value: l.T("Text")}, {Name: "reason", Value: l.T("Reason")}, {Name: "why", Value: l.T("Reason")},
		{Name: "own", Value: l.T("Rules of your own (optional)")}, {Name: "inputs", Value: l.T("What you give the rules (optional)")}} {
		if text := f.Form.Sent(x.Name); text != "" {
			f.Written = append(f.Written, web.Field{Name: x.Value, Value: text})
		}
	}
}

// deskTendersPage is desktenders.html: the tenders that one's key has to do with.
type deskTendersPage struct {
	web.Desk
	Tenders []deskCard
	MayOpen bool
	Lost    []web.Alert // that some are left out
	Pager   web.Pager
	Nothing web.Empty
}

// A deskCard is a tender with what waits in it.
type deskCard struct {
	*tenderView
	Buyer string
	Desk  string // where to begin
	Waits []wait
}

// deskTenders shows first what takes bids, then what goes on otherwise, then what is
// over.
func (p *pages) deskTenders(r *http.Request) (web.Page, error) {
	session, err := web.SignedIn(r)
	if err != nil {
		return nil, err
	}
	l := web.LocaleOf(r)
	page := &deskTendersPage{Desk: web.Desk{Session: session, Head: web.Head{Title: l.T("Tenders"), Nav: "/desk", Fresh: true,
		Lead: l.T("Tenders that your key has to do with, and what waits in each for whom."), Crumbs: []web.Link{{Text: l.T("Desk"), Href: "/desk"}}}}}
	err = p.model.Read(r.Context(), func(s *readmodel.Snapshot) error {
		held, err := identityview.HeldBy(s, session.Key)
		if err != nil {
			return err
		}
		page.MayOpen = slices.ContainsFunc(held, func(h identityview.Held) bool { return runs(h.Role) })
		of, err := p.summariesOf(s, session.Key)
		if err != nil {
			return err
		}
		all, lost := deskOrder(of)
		if all, page.Pager, err = paged(r, all, 25, l.T("tenders")); err != nil {
			return err
		}
		page.Lost = lostAlert(l, lost)
		for _, c := range all {
			t, err := p.viewIn(r.Context(), s, c.Docket, "")
			if err != nil {
				return err
			}
			x := t.partOf(session.Key, held)
			if !x.none() {
				page.Tenders = append(page.Tenders, deskCard{t, t.body(t.Process.Buyer), t.deskOf(&x), t.waits(l, &x)})
			}
		}
		return nil
	})
	page.Nothing = web.Empty{Title: l.T("No tender yet"), Text: l.T("Your key has nothing to do with a tender: it runs none for a buyer, scores none, and decides no protests.")}
	if page.MayOpen {
		page.Nothing.Text = l.T("Open one: what is to be bought, who may ask about it, and who decides protests.")
	}
	return page, err
}

// deskOrder puts tenders in the order of the desk's list. lost is how many cannot be
// told.
func deskOrder(all []*summary) (ordered []*summary, lost int) {
	open, others, lost := arrange(all)
	slices.SortStableFunc(others, func(a, b *summary) int { return boolRank(!over(a.Stage)) - boolRank(!over(b.Stage)) })
	return append(open, others...), lost
}

// over reports whether a tender has come to its end.
func over(s tender.Stage) bool {
	return s == tender.Completed || s == tender.Cancelled || s == tender.Unsuccessful
}

// runs reports whether a role runs the dockets of its body.
func runs(role identity.Role) bool { return role == identity.Coordinator || role == identity.Importer }

// deskOf is where a key's work in a tender begins.
func (t *tenderView) deskOf(x *part) string {
	base := "/desk/docket/" + t.Docket.String()
	switch {
	case x.buys:
		return base + "/tender"
	case x.scores > 0:
		return base + "/scores"
	case !x.reviews.IsZero():
		return base + "/protests"
	}
	return t.Base() + "/tender/keys"
}

// deskSamples names pages of the desk for the gallery.
func (p *pages) deskSamples(ctx context.Context) (all []web.Link, err error) {
	err = p.model.Read(ctx, func(s *readmodel.Snapshot) error {
		ids, err := tenderIDs(s)
		for _, id := range ids {
			t, err := p.tell(s, id)
			if err != nil {
				return err
			}
			base := "/desk/docket/" + id.String()
			all = append(all, web.Link{Text: "Desk of a tender, " + string(t.Stage), Href: base + "/tender"}, web.Link{Text: "Scores", Href: base + "/scores"}, web.Link{Text: "Protests at the desk", Href: base + "/protests"})
			for _, do := range deskDoings(t.Stage) {
				all = append(all, web.Link{Text: "Desk of a tender: " + do, Href: base + "/tender?do=" + do})
			}
		}
		return err
	})
	return all, err
}

// deskDoings are acts whose forms are worth looking at in a stage.
func deskDoings(s tender.Stage) []string {
	switch s {
	case tender.Draft:
		return []string{"publish"}
	case tender.Bidding:
		return []string{"amend"}
	case tender.Implementation:
		return []string{"payment", "modify"}
	}
	return nil
}

// bodiesOf are the bodies of the register, by name.
func bodiesOf(s *readmodel.Snapshot) ([]web.Choice, error) {
	return readmodel.Collect(s, func(scan readmodel.Scan, c *web.Choice) error {
		var id publica.BodyID
		err := scan(&id, &c.Text)
		c.Value = id.String()
		return err
	}, "SELECT id, name FROM body ORDER BY name LIMIT 1000")
}
