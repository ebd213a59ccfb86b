package participationview

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"publica"
	"publica/internal/domain/docket/docketview"
	"publica/internal/readmodel"
	"publica/internal/web"
)

// searchPage is search.html.
type searchPage struct {
	web.Head
	Query   string
	Kind    string
	In      string // docket, "" for all
	Kinds   []web.Link
	Dockets []docketName
	Hits    []hit
	Total   string
	Pager   web.Pager
	Nothing web.Empty
}

// A hit is one answer, with the title of its docket.
type hit struct {
	readmodel.Hit
	In string
}

// docketName is a docket to choose.
type docketName struct{ ID, Title string }

// searchKinds are the kinds people may narrow a search to.
var searchKinds = []string{"participation/idea", "participation/comment", "participation/response", "participation/draft", "participation/explain", "commitment/adopt", "commitment/update", "commitment/review", "docket/open", "identity/body", "governance/propose"}

// docketsOffered bounds the dockets to choose from, the newest first; within
// others one searches from their own pages.
const docketsOffered = 100

func (p *pages) search(r *http.Request) (web.Page, error) {
	at, err := web.ReadCursor(r, 20)
	if err != nil {
		return nil, err
	}
	l := web.LocaleOf(r)
	page := &searchPage{Head: web.Head{Title: l.T("Search the register")}, Query: strings.TrimSpace(r.URL.Query().Get("q")), Kind: oneOf(r, "kind", searchKinds...)}
	var in publica.DocketID
	if page.In = r.URL.Query().Get("docket"); page.In != "" {
		if in, err = web.ParseDocket("docket", page.In); err != nil {
			return nil, err
		}
	}
	if id, ok := wholeID(page.Query); ok {
		return nil, web.SeeOther("/entry/" + id.String())
	}
	found := &readmodel.Found{}
	err = p.model.Read(r.Context(), func(s *readmodel.Snapshot) (err error) {
		if page.Dockets, err = docketNames(s, in); err != nil {
			return err
		}
		if found, err = s.Search(readmodel.Search{Text: page.Query, Docket: in, Kind: publica.Kind(page.Kind), Cursor: at.Since, Limit: at.Limit}); err != nil {
			return err
		}
		page.Hits, err = inDockets(s, found.Hits)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, k := range searchKinds {
		page.Kinds = append(page.Kinds, web.Link{Text: kindWords(l, publica.Kind(k)), Href: k})
	}
	page.Total = l.N(found.Total, "{n} record found", "{n} records found")
	if found.More {
		page.Total = l.N(found.Total, "More than {n} record found, the newest first", "More than {n} records found, the newest first")
	}
	page.Pager = at.Pager(r, orEnd(found.Next), len(found.Hits), l.T("results"))
	if page.Query != "" {
		page.Nothing = web.Empty{Title: l.T("Nothing found"), Text: l.T("Try fewer or other words. A word that ends in * finds every word that begins so; \"quoted words\" stand together.")}
	}
	return page, nil
}

// docketNames offers the newest dockets, and the chosen one.
func docketNames(s *readmodel.Snapshot, chosen publica.DocketID) ([]docketName, error) {
	known := false
	all, err := readmodel.Collect(s, func(scan readmodel.Scan, d *docketName) error {
		var id publica.DocketID
		err := scan(&id, &d.Title)
		known = known || id == chosen
		d.ID, d.Title = id.String(), web.Excerpt(d.Title, 80)
		return err
	}, "SELECT id, title FROM docket ORDER BY idx DESC LIMIT ?", docketsOffered)
	if err != nil || known || chosen.IsZero() {
		return all, err
	}
	d, err := docketview.Get(s, chosen)
	if err != nil {
		return nil, err
	}
	return append(all, docketName{chosen.String(), web.Excerpt(d.Title, 80)}), nil
}

// inDockets adds to each hit the title of its docket.
func inDockets(s *readmodel.Snapshot, found []readmodel.Hit) ([]hit, error) {
	titles := map[publica.DocketID]string{}
	all := make([]hit, len(found))
	for i, h := range found {
		title, known := titles[h.Docket]
		if !known && !h.Docket.IsZero() {
			if _, err := s.One("SELECT title FROM docket WHERE id = ?", readmodel.Args{h.Docket}, &title); err != nil {
				return nil, err
			}
			title = web.Excerpt(title, 80)
			titles[h.Docket] = title
		}
		all[i] = hit{h, title}
	}
	return all, nil
}

// wholeID recognises a tracking number in the search box.
func wholeID(q string) (publica.EntryID, bool) {
	id, err := publica.ParseEntryID(strings.ToLower(q))
	return id, err == nil
}

// orEnd turns the end of a search, 0, into the end of a list, -1.
func orEnd(next int64) int64 {
	if next == 0 {
		return -1
	}
	return next
}

func hitHref(h readmodel.Hit) string {
	switch h.Kind {
	case "participation/idea", "participation/comment":
		return "/contribution/" + h.ID.String()
	case "commitment/adopt":
		return "/commitment/" + h.ID.String()
	case "docket/open":
		return "/docket/" + h.ID.String()
	case "participation/response":
		return "/docket/" + h.Docket.String() + "/responses?" + url.Values{"since": {strconv.FormatInt(h.Index, 10)}, "limit": {"1"}}.Encode()
	}
	return "/entry/" + h.ID.String()
}
