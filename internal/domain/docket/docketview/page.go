package docketview

import (
	"publica/internal/readmodel"
	"publica/internal/web"
)

// A Page is one that another domain gives a docket: its menu links it.
type Page struct {
	Path  string // below the docket's, for example "/commitments"
	Label string // a message
	Count int64  // 0: it is not said
}

// CountPage counts one more thing that a page of the docket shows; the first one
// puts the page into the docket's menu.
func CountPage(tx *readmodel.Tx, docketIndex int64, path, label string) error {
	return tx.Exec(`INSERT INTO docket_page (docket, path, label, n) VALUES (?, ?, ?, 1)
		ON CONFLICT (docket, path) DO UPDATE SET n = n + 1`, docketIndex, path, label)
}

// AddPage puts a page into the docket's menu, without a count.
func AddPage(tx *readmodel.Tx, docketIndex int64, path, label string) error {
	return tx.Exec("INSERT INTO docket_page (docket, path, label, n) VALUES (?, ?, ?, 0)", docketIndex, path, label)
}

// pagesOf lists the pages that other domains give a docket.
func pagesOf(s *readmodel.Snapshot, docketIndex int64) ([]Page, error) {
	return readmodel.Collect(s, func(scan readmodel.Scan, p *Page) error { return scan(&p.Path, &p.Label, &p.Count) },
		"SELECT path, label, n FROM docket_page WHERE docket = ? ORDER BY path", docketIndex)
}

// Items are the links of a docket's menu to pages that other domains give it; at
// is the path of the page that is shown.
func (d *Docket) Items(l *web.Locale, at string) (items []web.SubNavItem) {
	for _, p := range d.Pages {
		item := web.SubNavItem{Link: web.Link{Text: l.T(p.Label), Href: "/docket/" + d.ID.String() + p.Path}, Current: at == p.Path}
		if p.Count > 0 {
			item.Count = l.Number(p.Count)
		}
		items = append(items, item)
	}
	return items
}
