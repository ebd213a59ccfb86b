package identityview

import (
	"context"
	"embed"
	"html/template"
	"net/http"

	"publica"
	"publica/internal/domain/identity"
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

// Mount adds the pages and reads of identity to the site.
func Mount(site *web.Site, model Reader) error {
	p := &pages{model}
	v, err := site.Views(templates, func(l *web.Locale) template.FuncMap {
		return template.FuncMap{
			"typeword": func(t string) string { return l.T(typeWords[identity.BodyType(t)]) },
			"roleword": func(r string) string { return RoleWords(l, identity.Role(r)) },
			"why":      func(reason string) string { return why(l, reason) },
		}
	})
	if err != nil {
		return err
	}
	site.Nav(web.Link{Text: web.Msg("Public bodies"), Href: "/bodies"})
	v.Page("GET /bodies", "bodies.html", p.bodies)
	web.Read(site, web.Op{Path: "/bodies", Name: "list-bodies", Summary: "Public bodies, and who speaks for them", Tag: "Identity"}, p.readBodies)
	site.RenderKind("identity/body", renderBody)
	return nil
}

// Body is a public body with everyone who ever held a role for it.
type Body struct {
	ID     publica.BodyID  `json:"body" doc:"body id"`
	Record publica.EntryID `json:"record" doc:"that registered it: an entry, the genesis, or a decision of the members"`
	Index  int64           `json:"index" doc:"log index of that record"`
	Time   publica.Time    `json:"time" doc:"block time"`
	Name   string          `json:"name"`
	Type   string          `json:"type" doc:"agency, oversight, university, civil-society or other"`
	Member bool            `json:"member" doc:"it governs the register"`
	Roles  []Role          `json:"roles" doc:"every grant there was"`

	at int64
}

// Role is what a key may do for a body.
type Role struct {
	Key     publica.KeyID   `json:"key"`
	Role    string          `json:"role"`
	Entry   publica.EntryID `json:"entry" doc:"the grant"`
	Index   int64           `json:"index"`
	Time    publica.Time    `json:"time" doc:"block time of the grant"`
	Revoked publica.EntryID `json:"revoked,omitzero" doc:"the revocation"`
	Ended   publica.Time    `json:"ended,omitzero" doc:"block time of the revocation"`
	Reason  string          `json:"reason,omitzero" doc:"of the revocation"`
}

// Bodies lists bodies from a cursor on, and says where to continue; -1 at
// the end.
func Bodies(s *readmodel.Snapshot, since int64, limit int) (list []Body, next int64, err error) {
	list, err = readmodel.Collect(s, func(scan readmodel.Scan, b *Body) error {
		return scan(&b.at, &b.ID, &b.Record, &b.Index, &b.Time, &b.Name, &b.Type, &b.Member)
	}, "SELECT b.n, b.id, e.id, b.idx, e.time, b.name, b.type, b.member FROM body b JOIN entry e ON e.idx = b.idx WHERE b.n >= ? ORDER BY b.n LIMIT ?", since, limit+1)
	if err != nil {
		return nil, 0, err
	}
	next = -1
	if len(list) > limit {
		next, list = list[limit].at, list[:limit]
	}
	for i := range list {
		if list[i].Roles, err = rolesOf(s, list[i].ID); err != nil {
			return nil, 0, err
		}
	}
	return list, next, nil
}

func rolesOf(s *readmodel.Snapshot, id publica.BodyID) ([]Role, error) {
	return readmodel.Collect(s, func(scan readmodel.Scan, r *Role) error {
		return scan(&r.Key, &r.Role, &r.Entry, &r.Index, &r.Time, &r.Revoked, &r.Ended, &r.Reason)
	}, `SELECT g.key, g.role, e.id, e.idx, e.time, x.id, x.time, g.reason FROM body_role g JOIN entry e ON e.idx = g.idx
		LEFT JOIN entry x ON x.idx = g.revoked WHERE g.body = ? ORDER BY g.n LIMIT 1000`, id)
}

type bodiesPage struct {
	web.Head
	Bodies  []Body
	Pager   web.Pager
	Nothing web.Empty
}

func (p *pages) bodies(r *http.Request) (web.Page, error) {
	at, err := web.ReadCursor(r, 50)
	if err != nil {
		return nil, err
	}
	l := web.LocaleOf(r)
	page := &bodiesPage{
		Head:    web.Head{Title: l.T("Public bodies"), Nav: "/bodies", Lead: l.T("Who takes part in this register, and which keys speak for them.")},
		Nothing: web.Empty{Title: l.T("No body is registered yet"), Text: l.T("A founder registers one with publica submit identity/body.")},
	}
	err = p.model.Read(r.Context(), func(s *readmodel.Snapshot) error {
		list, next, err := Bodies(s, at.Since, at.Limit)
		page.Bodies, page.Pager = list, at.Pager(r, next, len(list), l.T("bodies"))
		return err
	})
	return page, err
}

type bodiesIn struct {
	Since int64 `query:"since" minimum:"0" doc:"next of the list before"`
	Limit int   `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"how many items at most"`
}

type bodiesOut struct {
	Items []Body `json:"items"`
	Next  int64  `json:"next" doc:"where to continue; -1: this is the end"`
}

func (p *pages) readBodies(ctx context.Context, in *bodiesIn) (*bodiesOut, error) {
	out := &bodiesOut{}
	err := p.model.Read(ctx, func(s *readmodel.Snapshot) (err error) {
		out.Items, out.Next, err = Bodies(s, in.Since, in.Limit)
		return err
	})
	return out, err
}

var typeWords = map[identity.BodyType]string{
	identity.Agency: web.Msg("Agency"), identity.Oversight: web.Msg("Oversight body"), identity.University: web.Msg("University"),
	identity.CivilSociety: web.Msg("Civil society"), identity.OtherBody: web.Msg("Other body"),
}

// why is the reason of a revocation: the rules' own in the page's language,
// people's as they gave it.
func why(l *web.Locale, reason string) string {
	switch reason {
	case appointed:
		return l.T("others were appointed")
	case joined:
		return l.T("the body became a member")
	}
	return reason
}
