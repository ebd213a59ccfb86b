package procurementview

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"publica"
	"publica/internal/readmodel"
	"publica/internal/web"
	"publica/ocds"
	"publica/tender"
)

// registerFlags are the red flags over all processes of the register.
type registerFlags struct {
	*ocds.FlagReport
	releases map[string]*ocds.Node // compiled, by ocid
	left     []string              // dockets that no data can be made of
	last     int64                 // log index of the last record of any tender
	turn     int64                 // of the shelf, when they were computed
}

// A flagShelf keeps the flags until a tender grows, and what they are computed of.
type flagShelf struct {
	mu       sync.Mutex // guards what follows, held while flags are computed
	made     *registerFlags
	turn     int64 // grows with every tender that is compiled
	compiled map[publica.DocketID]compiledTender
}

// compiledTender is how a tender stood when its docket had a size.
type compiledTender struct {
	size    int64
	watch   *watch       // over what it was compiled of
	release *ocds.Node   // nil: nothing is published
	first   int64        // log index of the record after which it published first
	updated publica.Time // when it published last
	fault   error        // why nothing can be
}

// stands reports whether it would be compiled the same.
func (c *compiledTender) stands(size int64, now publica.Time) bool {
	return c.size == size && c.watch.stands(now)
}

// A staleTender is one whose docket has a size that it was not compiled at.
type staleTender struct {
	docket publica.DocketID
	size   int64
}

func (f *registerFlags) release(ocid string) *ocds.Node { return f.releases[ocid] }

// flagReport computes the flags over all tenders. It is computed once for as long as
// no tender has a new record.
func (p *pages) flagReport(ctx context.Context) (*registerFlags, error) {
	shelf := &p.data.all
	shelf.mu.Lock()
	defer shelf.mu.Unlock()
	now, err := p.compileStale(ctx)
	if err != nil {
		return nil, err
	}
	if shelf.made != nil && shelf.made.last == now.last && shelf.made.turn == shelf.turn {
		return shelf.made, nil
	}
	out := &registerFlags{releases: map[string]*ocds.Node{}, last: now.last, turn: shelf.turn}
	var all []*ocds.Node
	for _, id := range now.order {
		if shelf.compiled[id].fault != nil {
			out.left = append(out.left, id.String())
		}
		if n := shelf.compiled[id].release; n != nil {
			all = append(all, n)
			out.releases[n.Get("ocid").Str()] = n
		}
	}
	out.FlagReport = ocds.Flags(all, tender.FlagSettings())
	shelf.made = out
	return out, nil
}

// allTenders are the tenders of a register at one moment.
type allTenders struct {
	order []publica.DocketID // of the log
	stale []staleTender
	last  int64 // log index of the last record of any
	next  int64 // log index of the first record that is not shown yet
}

// compileStale compiles what is not compiled as it stands. The lock of what is
// compiled is held.
func (p *pages) compileStale(ctx context.Context) (*allTenders, error) {
	now, err := p.staleTenders(ctx)
	if err != nil {
		return nil, err
	}
	for _, x := range now.stale {
		if err := p.compile(ctx, x); err != nil {
			return nil, err
		}
		p.data.all.turn++
	}
	return now, nil
}

// staleTenders lists all tenders in the order of the log, and those that grew since
// they were compiled, or of which more may be at hand by now.
func (p *pages) staleTenders(ctx context.Context) (all *allTenders, err error) {
	now := p.site.Now()
	all = &allTenders{}
	err = p.model.Read(ctx, func(s *readmodel.Snapshot) error {
		all.next = s.Next
		if _, err := s.One("SELECT COALESCE(MAX(idx), 0) FROM tender_record", nil, &all.last); err != nil {
			return err
		}
		return s.Each(func(scan readmodel.Scan) error {
			var id publica.DocketID
			var size int64
			if err := scan(&id, &size); err != nil {
				return err
			}
			if c, ok := p.data.all.compiled[id]; !ok || !c.stands(size, now) {
				all.stale = append(all.stale, staleTender{id, size})
			}
			all.order = append(all.order, id)
			return nil
		}, "SELECT d.id, z.size FROM docket d JOIN tender t ON t.idx = d.idx JOIN docket_size z ON z.docket = d.idx ORDER BY d.idx")
	})
	return all, err
}

// compile merges the releases of a tender.
func (p *pages) compile(ctx context.Context, id staleTender) error {
	_, x, err := p.publishedOf(ctx, id.docket, "")
	if faulty(err) {
		p.data.all.compiled[id.docket] = compiledTender{size: id.size, watch: p.retry(), fault: err}
		return nil
	}
	if err != nil {
		return err
	}
	c := compiledTender{size: x.of.size, watch: x.watch, first: x.first, updated: x.updated}
	if c.release, err = x.compiled(); err != nil {
		c.fault = faultOf(p.site.Log(), id.docket, "compile", err)
	}
	p.data.all.compiled[id.docket] = c
	return nil
}

// A flagFilter narrows the list of flags.
type flagFilter struct{ Code, Buyer string }

func flagFilterOf(r *http.Request) (flagFilter, error) {
	f := flagFilter{r.URL.Query().Get("code"), r.URL.Query().Get("buyer")}
	return f, f.check()
}

func (f flagFilter) check() error {
	if f.Code != "" && !slices.ContainsFunc(ocds.FlagInfos, func(i ocds.FlagInfo) bool { return i.Code == f.Code }) {
		return publica.Problem(publica.Malformed, "code", "is none of the flags that are computed").WithHint("as R003; /flags explains each")
	}
	return nil
}

// narrowed are the flags of a code, and of processes of a buyer.
func (f *registerFlags) narrowed(by flagFilter) (all []ocds.Flag) {
	for _, x := range f.Flags {
		if by.Code != "" && x.Code != by.Code {
			continue
		}
		of := func(in ocds.Input) bool { return f.release(in.OCID).At("buyer", "id").Str() == by.Buyer }
		if by.Buyer == "" || slices.ContainsFunc(x.Inputs, of) {
			all = append(all, x)
		}
	}
	return all
}

// A flagChoice is one value of a filter.
type flagChoice struct{ Value, Text string }

// flagsView is flags.html: the red flags over all tenders.
type flagsView struct {
	web.Head
	Lost    []web.Alert // that some tenders are left out, or a flag cannot be computed
	Stats   web.Stats
	Form    flagFilter
	Codes   []flagChoice
	Buyers  []flagChoice
	Groups  []flagGroup // with flags
	Pager   web.Pager
	Fences  web.Table
	Nothing web.Empty
	Query   string // of the form, for downloads
	Infos   []flagWord
}

// A flagGroup is a code with the flags of it.
type flagGroup struct {
	Words flagWord
	Flags []flagShown
}

func (p *pages) flagsPage(r *http.Request) (web.Page, error) {
	report, err := p.flagReport(r.Context())
	if err != nil {
		return nil, err
	}
	f, err := flagFilterOf(r)
	if err != nil {
		return nil, err
	}
	l := web.LocaleOf(r)
	page := &flagsView{Head: web.Head{Title: l.T("Red flags"), Nav: "/tenders", Crumbs: []web.Link{{Text: l.T("Tenders"), Href: "/tenders"}}}, Form: f}
	page.Lead = l.T("What deserves a closer look, computed over all tenders of this register by published definitions. A flag is a question, not a finding of wrongdoing.")
	shown := report.narrowed(f)
	page.Lost = append(lostAlert(l, len(report.left)), missingAlerts(l, report)...)
	page.Stats = web.Stats{{Value: l.Number(int64(report.Processes)), Label: l.T("Tenders looked at"), Note: l.T("cancelled or for practice, left out: {n}", "n", l.Number(int64(report.Excluded)))}, {Value: l.Number(int64(len(shown))), Label: l.T("Flags shown")}}
	page.Nothing = web.Empty{Title: l.T("No flag is raised"), Text: l.T("None of the definitions below is met by what is on record, as far as it is narrowed here."), Next: web.Link{Text: l.T("All flags"), Href: "/flags"}}
	if f == (flagFilter{}) {
		page.Nothing.Next = web.Link{Text: l.T("All tenders"), Href: "/tenders"}
	}
	if shown, page.Pager, err = paged(r, shown, 100, l.T("flags")); err != nil {
		return nil, err
	}
	page.groups(l, report, shown)
	page.choices(l, report)
	if f != (flagFilter{}) {
		page.Query = "?" + url.Values{"code": {f.Code}, "buyer": {f.Buyer}}.Encode()
	}
	page.Fences = fenceTable(l, report)
	return page, nil
}

func (v *flagsView) groups(l *web.Locale, report *registerFlags, shown []ocds.Flag) {
	of := func(in ocds.Input) (*ocds.Node, string) {
		return report.release(in.OCID), "/docket/" + strings.TrimPrefix(in.OCID, ocidPrefix+"-") + "/tender/data"
	}
	for _, s := range shownFlags(l, shown, of) {
		if n := len(v.Groups); n == 0 || v.Groups[n-1].Words.Code != s.Code {
			v.Groups = append(v.Groups, flagGroup{Words: s.Words})
		}
		g := &v.Groups[len(v.Groups)-1]
		g.Flags = append(g.Flags, s)
	}
	for _, info := range ocds.FlagInfos {
		v.Infos = append(v.Infos, flagWords(l, info.Code))
	}
}

// missingAlerts say which flags cannot be computed, and why.
func missingAlerts(l *web.Locale, report *registerFlags) (all []web.Alert) {
	for _, m := range report.Missing {
		all = append(all, web.Alert{Kind: "info", Text: l.T("{code} cannot be computed: no tender here says what it is computed of, {field}. That it is not raised means nothing.", "code", m.Code, "field", m.Field)})
	}
	return all
}

// choices are what the form offers.
func (v *flagsView) choices(l *web.Locale, report *registerFlags) {
	for _, info := range ocds.FlagInfos {
		v.Codes = append(v.Codes, flagChoice{info.Code, info.Code + " · " + flagWords(l, info.Code).Title})
	}
	for _, n := range report.releases {
		c := flagChoice{n.At("buyer", "id").Str(), n.At("buyer", "name").Str()}
		if !slices.Contains(v.Buyers, c) {
			v.Buyers = append(v.Buyers, c)
		}
	}
	slices.SortFunc(v.Buyers, func(a, b flagChoice) int { return strings.Compare(a.Text+a.Value, b.Text+b.Value) })
}

// fenceTable are the bounds that follow from all processes together.
func fenceTable(l *web.Locale, report *registerFlags) web.Table {
	t := web.Table{Caption: l.T("Bounds that follow from all tenders together"),
		Columns: []web.Column{{Name: l.T("Flag")}, {Name: l.T("About")}, {Name: l.T("Values"), Numeric: true}, {Name: "Q1", Numeric: true}, {Name: "Q3", Numeric: true}, {Name: l.T("Bound"), Numeric: true}}}
	for _, f := range report.Fences {
		t.Rows = append(t.Rows, []web.Cell{{Text: f.Code}, {Text: groupWords(l, f.Group)}, {Text: l.Number(int64(f.Values))}, {Text: ratio(f.Q1)}, {Text: ratio(f.Q3)}, {Text: ratio(f.Bound)}})
	}
	return t
}
