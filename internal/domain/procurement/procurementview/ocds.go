package procurementview

import (
	"cmp"
	"context"
	"encoding/json/v2"
	"errors"
	"io/fs"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"publica"
	"publica/internal/readmodel"
	"publica/internal/web"
	"publica/ocds"
	"publica/tender"
)

const jsonMedia = "application/json"

// mountOCDS adds the addresses that open contracting data names. They are no reads
// of the API: their form is the standard's.
func (p *pages) mountOCDS(site *web.Site) {
	op := func(path, name, summary, doc string) web.Op {
		return web.Op{Path: path, Name: name, Summary: summary, Doc: doc, Tag: "Open contracting data"}
	}
	ocid := web.Param{Name: "ocid", In: "path", Doc: "id of the process: " + ocidPrefix + ", a hyphen, and the id of its docket"}
	since := web.Param{Name: "since", In: "query", Doc: "log index to continue from: next of the page before"}
	limit := web.Param{Name: "limit", In: "query", Doc: "how many at most, 1 to 1000; 100 if it is left out"}
	p.program(site, op("/ocds/releases", "list-ocds-releases", "Everything that was published, in the order of the log",
		"A release package of OCDS 1.1.5 with the member next beside. Each release belongs to the log index of the record after which it was published, so a reader who continues from next misses nothing and sees nothing twice. next is always given, links only if more is there already; a page without them may have no releases. A page ends before its limit when it has 8 MiB, and before releases whose content this node still looks for, for five minutes at most. leftOut, if it is there, has the ids of processes whose releases this node should give here and cannot, by a fault of its program."),
		[]web.Param{since, limit}, p.feed)
	p.program(site, op("/ocds/records", "list-ocds-records", "All tenders as open contracting data", "In the order in which they published first, with the addresses of their packages. leftOut is as in the feed."), []web.Param{since, limit}, p.recordList)
	p.program(site, op("/ocds/releases/{ocid}", "get-ocds-releases", "All releases of a tender", "A release package of OCDS 1.1.5: what was published, and when."), []web.Param{ocid}, p.packed((*tender.Publication).Pack))
	p.program(site, op("/ocds/records/{ocid}", "get-ocds-record", "The record of a tender", "A record package of OCDS 1.1.5: the releases, what they merge to, and every version of every field."), []web.Param{ocid}, p.packed((*tender.Publication).Record))
	name, file := web.Param{Name: "name", In: "path", Doc: "complaints, evaluations, ledgerProof or standstill"}, web.Param{Name: "file", In: "path", Doc: "extension.json, or what it names"}
	for _, path := range []string{"/ocds/extensions/{name}/{file}", "/ocds/extensions/{name}/codelists/{file}"} {
		id := "get-ocds-extension"
		if strings.Contains(path, "codelists") {
			id += "-codelist"
		}
		site.Program(op(path, id, "An extension of the standard that packages name", ""), []web.Param{name, file}, jsonMedia, p.extension)
	}
}

// program registers an address that answers with JSON.
func (p *pages) program(site *web.Site, op web.Op, params []web.Param, f func(*http.Request) ([]byte, error)) {
	site.Program(op, params, jsonMedia, func(w http.ResponseWriter, r *http.Request) {
		raw, err := f(r)
		if err != nil {
			p.problem(w, r, op.Name, err)
			return
		}
		w.Header().Set("Content-Type", jsonMedia)
		_, _ = w.Write(raw) // who left need not be told
	})
}

// problem answers with what is wrong, as reads of the API do.
func (p *pages) problem(w http.ResponseWriter, r *http.Request, name string, err error) {
	b, ok := errors.AsType[*web.ProblemBody](p.site.APIError(r.Context(), name, err))
	if !ok {
		panic(err) // the site answers with a fault
	}
	raw, err := json.Marshal(b)
	if err != nil {
		panic(err)
	}
	w.Header().Del("ETag")
	maps.Copy(w.Header(), b.GetHeaders())
	w.Header().Set("Content-Type", b.ContentType(""))
	w.WriteHeader(b.Status)
	_, _ = w.Write(raw)
}

// docketOf reads the id of a process.
func docketOf(ocid string) (publica.DocketID, error) {
	id, ok := strings.CutPrefix(ocid, ocidPrefix+"-")
	if !ok {
		return publica.DocketID{}, publica.Problem(publica.NotFound, "ocid", "is of no process of this register").WithHint("/ocds/records lists them")
	}
	return web.ParseDocket("ocid", id)
}

// packed answers with a package of all releases of a tender.
func (p *pages) packed(pack func(*tender.Publication, []*ocds.Node) (*ocds.Node, error)) func(*http.Request) ([]byte, error) {
	return func(r *http.Request) ([]byte, error) {
		id, err := docketOf(r.PathValue("ocid"))
		if err != nil {
			return nil, err
		}
		_, x, err := p.publishedOf(r.Context(), id, "")
		if err != nil {
			return nil, err
		}
		if len(x.releases) == 0 {
			return nil, errUnpublished
		}
		pkg, err := pack(x.pub, x.releases)
		if err != nil {
			return nil, err
		}
		return p.data.at(web.BaseURL(r), ocds.Text(pkg)), nil
	}
}

// extension serves a file of our own extensions.
func (p *pages) extension(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name") + "/" + r.PathValue("file")
	if strings.Contains(r.URL.Path, "/codelists/") {
		name = r.PathValue("name") + "/codelists/" + r.PathValue("file")
	}
	raw, err := fs.ReadFile(ocds.OwnExtensions(), name)
	if err != nil {
		p.problem(w, r, "extension", publica.Problem(publica.NotFound, "file", "is none of this register's extensions").WithHint("/ocds/extensions/complaints/extension.json is one"))
		return
	}
	media := map[string]string{".json": jsonMedia, ".csv": "text/csv; charset=utf-8; header=present", ".md": "text/markdown; charset=utf-8"}
	w.Header().Set("Content-Type", media[name[strings.LastIndexByte(name, '.'):]])
	_, _ = w.Write(raw)
}

// A dataMoment is a record after which something may have been published.
type dataMoment struct {
	index  int64
	docket publica.DocketID
}

// momentsAtOnce is how many moments are read from the model at once.
const momentsAtOnce = 1000

// moments lists some from a log index on, and where the next may be; end says that
// there are no more.
func (p *pages) moments(ctx context.Context, since int64) (all []dataMoment, next int64, end bool, err error) {
	var args []any
	for _, k := range tender.Moments() {
		args = append(args, string(k))
	}
	kinds := "?" + strings.Repeat(", ?", len(args)-1)
	err = p.model.Read(ctx, func(s *readmodel.Snapshot) error {
		all, err = readmodel.Collect(s, func(scan readmodel.Scan, m *dataMoment) error { return scan(&m.index, &m.docket) },
			"SELECT r.idx, d.id FROM tender_record r JOIN entry e ON e.idx = r.idx JOIN docket d ON d.idx = r.docket WHERE e.kind IN ("+kinds+
				") AND NOT EXISTS (SELECT 1 FROM refused f WHERE f.idx = r.idx) AND r.idx >= ? ORDER BY r.idx LIMIT ?", append(args, since, momentsAtOnce)...)
		next = max(since, s.Next)
		return err
	})
	if len(all) == momentsAtOnce {
		return all, all[momentsAtOnce-1].index + 1, false, err
	}
	return all, next, true, err
}

// feed answers with the releases of all tenders, in the order of the log.
func (p *pages) feed(r *http.Request) ([]byte, error) {
	at, err := web.ReadCursor(r, 100)
	if err != nil {
		return nil, err
	}
	f, err := p.releasesFrom(r.Context(), at)
	if err != nil {
		return nil, err
	}
	base := p.data.origin
	ask := func(from int64) string {
		return base + "/ocds/releases?since=" + strconv.FormatInt(from, 10) + "&limit=" + strconv.Itoa(at.Limit)
	}
	date := p.site.Now().String()
	if n := len(f.releases); n > 0 {
		date = f.releases[n-1].Get("date").Str()
	}
	pkg, err := p.publication(nil).Page(ask(at.Since), date, f.releases)
	if err != nil {
		return nil, err
	}
	if f.more {
		pkg.Set("links", ocds.Object("next", ask(f.next)))
	}
	pkg.Set("next", ocds.Number(strconv.FormatInt(f.next, 10)))
	if len(f.left) > 0 {
		pkg.Set("leftOut", ocds.Value(f.left))
	}
	return p.data.at(web.BaseURL(r), append(ocds.Line(pkg), '\n')), nil
}

// heaviestPage is how much a page of the feed has, in bytes of releases as they are
// written, unless its only release has more: each tells all that was known, and a
// reader must be able to take the page in.
const heaviestPage = 8 << 20

// A feedPage is a page of the feed.
type feedPage struct {
	releases []*ocds.Node
	left     []string // ids of processes that are left out because of a fault
	next     int64    // log index to continue from
	more     bool     // a release is known to be there
	weight   int64    // of releases, in bytes as they are written
}

// releasesFrom returns a page of the feed. It ends before what would be published
// anew once content has come that the node looks for: who has read on would not see it.
func (p *pages) releasesFrom(ctx context.Context, at web.Cursor) (*feedPage, error) {
	f, made := &feedPage{next: at.Since}, map[publica.DocketID]*published{}
	for end := false; !end; {
		var all []dataMoment
		var next int64
		var err error
		if all, next, end, err = p.moments(ctx, f.next); err != nil {
			return nil, err
		}
		for _, m := range all {
			f.next = m.index
			x, seen := made[m.docket]
			if !seen {
				if x, err = f.publish(ctx, p, m.docket); err != nil {
					return nil, err
				}
				made[m.docket] = x
			}
			if x == nil {
				continue
			}
			if from, is := p.data.waiting.first(x.watch, p.site.Now()); is && m.index >= from || !f.take(x, m.index, at.Limit) {
				return f, nil
			}
		}
		f.next = next
	}
	return f, nil
}

// publish publishes a tender that has a moment on the page; it is nil if a fault
// leaves it out.
func (f *feedPage) publish(ctx context.Context, p *pages, id publica.DocketID) (*published, error) {
	_, x, err := p.publishedOf(ctx, id, "")
	if faulty(err) {
		f.left = append(f.left, ocidPrefix+"-"+id.String())
		return nil, nil
	}
	return x, err
}

// take adds the release of a record if it has one; false if the page is full.
func (f *feedPage) take(x *published, index int64, limit int) bool {
	i, has := x.at[index]
	if !has {
		return true
	}
	n := len(f.releases)
	if f.more = n == limit || n > 0 && f.weight+x.weights[i] > heaviestPage; f.more {
		return false
	}
	f.releases, f.weight = append(f.releases, x.releases[i]), f.weight+x.weights[i]
	return true
}

// A recordLink says where a tender's packages are.
type recordLink struct {
	OCID     string           `json:"ocid"`
	Docket   publica.DocketID `json:"docket"`
	Index    int64            `json:"index"`   // of the record after which it published first
	Updated  publica.Time     `json:"updated"` // when it published last
	Records  string           `json:"records"`
	Releases string           `json:"releases"`
	Page     string           `json:"page"`
}

// recordList answers with all tenders that published something.
func (p *pages) recordList(r *http.Request) ([]byte, error) {
	at, err := web.ReadCursor(r, 100)
	if err != nil {
		return nil, err
	}
	out := struct {
		Records []recordLink `json:"records"`
		Next    int64        `json:"next"`
		Left    []string     `json:"leftOut,omitempty"`
	}{Records: []recordLink{}}
	if out.Records, out.Left, out.Next, err = p.recordsFrom(r.Context(), at); err != nil {
		return nil, err
	}
	base := web.BaseURL(r)
	for i := range out.Records {
		k := &out.Records[i]
		k.Records, k.Releases, k.Page = base+"/ocds/records/"+k.OCID, base+"/ocds/releases/"+k.OCID, base+"/docket/"+k.Docket.String()+"/tender"
	}
	raw, err := json.Marshal(&out, json.Deterministic(true))
	return append(raw, '\n'), err
}

// recordsFrom lists the tenders of which something is published, in the order in
// which they published first, from a log index on. It ends before what may yet have
// been published by a tender whose content the node looks for.
func (p *pages) recordsFrom(ctx context.Context, at web.Cursor) (all []recordLink, left []string, next int64, err error) {
	shelf := &p.data.all
	shelf.mu.Lock()
	defer shelf.mu.Unlock()
	now, err := p.compileStale(ctx)
	if err != nil {
		return nil, nil, 0, err
	}
	next = max(at.Since, now.next)
	for _, id := range now.order {
		c, ocid := shelf.compiled[id], ocidPrefix+"-"+id.String()
		if c.fault != nil {
			left = append(left, ocid)
		}
		if i, is := p.data.waiting.first(c.watch, p.site.Now()); is && (c.release == nil || i < c.first) {
			next = min(next, max(at.Since, i))
		}
		if c.release != nil && c.first >= at.Since {
			all = append(all, recordLink{OCID: ocid, Docket: id, Index: c.first, Updated: c.updated})
		}
	}
	slices.SortFunc(all, func(a, b recordLink) int { return cmp.Compare(a.Index, b.Index) })
	if i := slices.IndexFunc(all, func(k recordLink) bool { return k.Index >= next }); i >= 0 {
		all = all[:i]
	}
	if len(all) > at.Limit {
		all, next = all[:at.Limit], all[at.Limit].Index
	}
	return all, left, next, nil
}
