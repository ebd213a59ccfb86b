package participationview

import (
	"context"
	"encoding/json/v2"
	"net/http"
	"slices"
	"strconv"
	"time"

	"publica"
	"publica/internal/domain/docket"
	"publica/internal/domain/docket/docketview"
	"publica/internal/domain/identity"
	"publica/internal/domain/identity/identityview"
	"publica/internal/readmodel"
	"publica/internal/web"
)

// The staff desk: what a public body owes, and the forms to do it. A session
// gives sight of it, the roles that its key holds on the register say what of;
// drafts and assignments are kept on this node and never reach the register.
// What is signed here, act.js signs in the browser.

// mountDesk adds the desk, if this node has one.
func (p *pages) mountDesk(site *web.Site, v *web.Views) {
	if p.vault == nil {
		return
	}
	site.Nav(web.Link{Text: web.Msg("Desk"), Href: "/desk"})
	site.Staff(p.holdsRole)
	v.Page("GET /desk", "desk.html", p.desk)
	v.Page("GET /desk/docket/{id}", "deskqueue.html", p.deskQueue)
	v.Form("POST /desk/docket/{id}/assign", p.deskAssign)
	v.Page("GET /desk/docket/{id}/answer", "deskanswer.html", p.deskAnswer)
	v.Page("POST /desk/docket/{id}/answer", "deskanswer.html", p.deskAnswer)
	v.Page("GET /desk/docket/{id}/groups", "deskgroups.html", p.deskGroups)
	v.Page("POST /desk/docket/{id}/groups", "deskgroups.html", p.deskGroups)
	v.Page("GET /desk/docket/{id}/text", "desktext.html", p.deskText)
	v.Page("POST /desk/docket/{id}/text", "desktext.html", p.deskText)
	v.Page("GET /desk/docket/{id}/explain", "deskexplain.html", p.deskExplain)
	v.Page("POST /desk/docket/{id}/explain", "deskexplain.html", p.deskExplain)
	v.Page("GET /desk/docket/{id}/periods", "deskperiods.html", p.deskPeriods)
	v.Page("POST /desk/docket/{id}/periods", "deskperiods.html", p.deskPeriods)
	v.Page("GET /desk/docket/{id}/codify", "deskcodify.html", p.deskCodify)
	v.Page("POST /desk/docket/{id}/codify", "deskcodify.html", p.deskCodify)
	v.Page("GET /desk/docket/{id}/moderation", "deskmoderation.html", p.deskModeration)
	v.Page("POST /desk/docket/{id}/moderation", "deskmoderation.html", p.deskModeration)
	v.Page("GET /desk/docket/{id}/moderation/{entry}", "deskrecord.html", p.deskRecord)
	v.Page("POST /desk/docket/{id}/moderation/{entry}", "deskrecord.html", p.deskRecord)
	v.Page("GET /desk/body/{id}", "deskroles.html", p.deskRoles)
	v.Page("POST /desk/body/{id}", "deskroles.html", p.deskRoles)
}

// holdsRole reports whether a key speaks for any body here.
func (p *pages) holdsRole(ctx context.Context, key publica.KeyID) (holds bool, err error) {
	err = p.model.Read(ctx, func(s *readmodel.Snapshot) error {
		held, err := identityview.HeldBy(s, key)
		holds = len(held) > 0
		return err
	})
	return holds, err
}

// runs reports whether a role runs the dockets of its body.
func runs(role identity.Role) bool { return role == identity.Coordinator || role == identity.Importer }

// governs reports whether a role says who speaks for its body.
func governs(role identity.Role) bool { return role == identity.Admin || role == identity.Governor }

// deskPage is desk.html: the dockets of the bodies one speaks for.
type deskPage struct {
	web.Head
	Session *web.Session
	Roles   []deskRole
	Links   []web.Link // to what other domains have at the desk
	Dockets []deskDocket
	Nothing web.Empty
}

// deskDocket is a docket with where one's work in it begins.
type deskDocket struct {
	DocketStanding
	Href string
}

type deskRole struct {
	identityview.Held
	Word  string
	Admin bool
}

func (p *pages) desk(r *http.Request) (web.Page, error) {
	session, err := web.SignedIn(r)
	if err != nil {
		return nil, err
	}
	l := web.LocaleOf(r)
	page := &deskPage{Session: session, Links: p.site.DeskLinks(l), Head: web.Head{Title: l.T("Desk"), Nav: "/desk", Fresh: true,
		Lead: l.T("What your public body owes, and the tools to do it. Drafts here are private; what you sign is public at once.")}}
	err = p.model.Read(r.Context(), func(s *readmodel.Snapshot) error {
		held, err := identityview.HeldBy(s, session.Key)
		if err != nil {
			return err
		}
		var bodies []publica.BodyID
		for _, h := range held {
			page.Roles = append(page.Roles, deskRole{h, identityview.RoleWords(l, h.Role), governs(h.Role)})
			if !slices.Contains(bodies, h.Body) {
				bodies = append(bodies, h.Body)
			}
		}
		return page.dockets(s, held, bodies)
	})
	if len(page.Roles) == 0 {
		page.Nothing = web.Empty{Title: l.T("Your key holds no role yet"),
			Text: l.T("Give its fingerprint to the administrator of your public body, who grants a role on the register. Then load this page again.")}
	} else if len(page.Dockets) == 0 {
		page.Nothing = web.Empty{Title: l.T("No docket to run"), Text: l.T("Your public body leads no docket, or your role is another one.")}
	}
	return page, err
}

// dockets lists those in which one of the bodies, by these roles, has work to do.
func (p *deskPage) dockets(s *readmodel.Snapshot, held []identityview.Held, bodies []publica.BodyID) error {
	for _, b := range bodies {
		concerned, err := docketview.Concerning(s, b)
		if err != nil {
			return err
		}
		for _, d := range concerned {
			if slices.ContainsFunc(p.Dockets, func(known deskDocket) bool { return known.ID == d.ID }) {
				continue
			}
			st, err := standingOf(s, d)
			if err != nil {
				return err
			}
			switch may := rightsIn(st, held); {
			case may.Runs:
				p.Dockets = append(p.Dockets, deskDocket{*st, "/desk/docket/" + d.ID.String()})
			case may.Any():
				p.Dockets = append(p.Dockets, deskDocket{*st, "/desk/docket/" + d.ID.String() + "/moderation"})
			}
		}
	}
	return nil
}

// rights are what a key may do in a docket, by the roles it holds.
type rights struct {
	Runs      bool
	Moderates publica.BodyID // for which it hides, restores and redacts; zero if for none
	Reviews   publica.BodyID // for which it decides appeals
}

// Any reports whether it moderates or reviews.
func (r rights) Any() bool { return !r.Moderates.IsZero() || !r.Reviews.IsZero() }

// rightsIn says what the rules would let the holder of these roles do.
func rightsIn(d *DocketStanding, held []identityview.Held) (may rights) {
	stands := docket.State{Charter: d.Charter, Lead: d.Lead, Type: d.Type}
	moderators, reviewers, reviewing := stands.Moderators(), d.Charter.Reviewers, identity.Reviewer
	if len(reviewers) == 0 {
		reviewers, reviewing = moderators, identity.Moderator
	}
	for _, h := range held {
		if h.Body == d.Lead && runs(h.Role) {
			may.Runs = true
		}
		if h.Role == identity.Moderator && may.Moderates.IsZero() && slices.Contains(moderators, h.Body) {
			may.Moderates = h.Body
		}
		if h.Role == reviewing && may.Reviews.IsZero() && slices.Contains(reviewers, h.Body) {
			may.Reviews = h.Body
		}
	}
	return may
}

// deskFrame is what every page of a docket's desk shows around its content.
type deskFrame struct {
	web.Desk
	Docket *DocketStanding
	May    rights
}

// docketDesk opens a page of a docket's desk: who may run it, and where it
// stands. f reads what else the page shows.
func (p *pages) docketDesk(r *http.Request, at, title string, f func(s *readmodel.Snapshot, d *DocketStanding) error) (deskFrame, error) {
	return p.openDesk(r, at, title, func(l *web.Locale, may rights) error {
		if !may.Runs {
			return publica.Problem(publica.Forbidden, "key", l.T("your key does not run this docket")).
				WithHint(l.T("ask the administrator of its public body for the role of coordinator"))
		}
		return nil
	}, f)
}

// openDesk is docketDesk for all who have work there; need says who may see the
// page.
func (p *pages) openDesk(r *http.Request, at, title string, need func(*web.Locale, rights) error, f func(s *readmodel.Snapshot, d *DocketStanding) error) (deskFrame, error) {
	id, err := web.PathDocket(r, "id")
	if err != nil {
		return deskFrame{}, err
	}
	session, err := web.SignedIn(r)
	if err != nil {
		return deskFrame{}, err
	}
	l := web.LocaleOf(r)
	out := deskFrame{Desk: web.Desk{Session: session, Base: "/desk/docket/" + id.String()}}
	var appeals int64 // that wait for a decision
	err = p.model.Read(r.Context(), func(s *readmodel.Snapshot) error {
		if out.Docket, err = standing(s, id); err != nil {
			return err
		}
		held, err := identityview.HeldBy(s, session.Key)
		if err != nil {
			return err
		}
		out.May = rightsIn(out.Docket, held)
		if err := need(l, out.May); err != nil {
			return err
		}
		if _, err := s.One("SELECT count(*) FROM act WHERE docket = ? AND kind = 'moderation/appeal' AND outcome = ''", readmodel.Args{out.Docket.Index}, &appeals); err != nil {
			return err
		}
		return f(s, out.Docket)
	})
	if err != nil {
		return out, err
	}
	out.menu(l, at, appeals)
	out.Head = web.Head{Title: title, Kicker: out.Docket.Title, Nav: "/desk", Fresh: true, Script: []string{"act.js"},
		Crumbs: []web.Link{{Text: l.T("Desk"), Href: "/desk"}, {Text: web.Excerpt(out.Docket.Title, 60), Href: out.Base}}}
	if !out.May.Runs {
		out.Crumbs[1].Href += "/moderation"
	}
	return out, nil
}

// menu lists the pages of the docket's desk that the key may see.
func (out *deskFrame) menu(l *web.Locale, at string, appeals int64) {
	d := out.Docket
	item := func(text, path string, count int64) web.SubNavItem {
		i := web.SubNavItem{Link: web.Link{Text: text, Href: out.Base + path}, Current: at == path}
		if count > 0 {
			i.Count = l.Number(count)
		}
		return i
	}
	out.Menu = web.SubNav{Label: l.T("This docket at the desk")}
	if out.May.Runs {
		out.Menu.Items = []web.SubNavItem{item(l.T("To answer"), "", d.Counts.Open), item(l.T("Campaigns"), "/groups", 0), item(l.T("Text"), "/text", 0),
			item(l.T("Reasons owed"), "/explain", d.Counts.Haunting), item(l.T("Periods"), "/periods", 0), item(l.T("Declare final"), "/codify", 0)}
	}
	if out.May.Any() {
		out.Menu.Items = append(out.Menu.Items, item(l.T("Moderation"), "/moderation", appeals))
	}
}

// inVault is a value of the desk in the vault.
type inVault[T any] struct {
	vault web.Vault
	name  string
}

// draftsFor is how long a private draft is kept after its last change.
const draftsFor = 180 * 24 * time.Hour

func (k inVault[T]) load() (value T, ok bool, err error) {
	raw, ok, err := k.vault.Get(k.name)
	if err == nil && ok {
		err = json.Unmarshal(raw, &value)
	}
	return value, ok, err
}

func (k inVault[T]) save(value T) error {
	raw, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return k.vault.Put(k.name, raw, time.Now().Add(draftsFor))
}

func (k inVault[T]) drop() error { return k.vault.Delete(k.name) }

// number parses a form's number; 0 if it is none.
func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}
