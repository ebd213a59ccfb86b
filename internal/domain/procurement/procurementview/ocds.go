package procurementview

import (
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
		"A release package of OCDS 1.1.5 with the member next beside. Each release belongs to the log index of the record after which it was published, so a reader who continues from next misses nothing and sees nothing twice. next is always given; a page may have no releases. leftOut, if it is there, has the ids of processes whose releases this node should give here and cannot, by a fault of its program."),
		[]web.Param{since, limit}, p.feed)
	p.program(site, op("/ocds/records", "list-ocds-records", "All tenders as open contracting data", "In the order in which they published first, with the addresses of their packages."), []web.Param{since, limit}, p.recordList)
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

// publishing is the condition on records after which something may be published, of
// the tables tender_record r and entry e, with its arguments.
func publishing() (string, []any) {
	var kinds []any
	for _, k := range tender.Moments() {
		kinds = append(kinds, string(k))
	}
	return "e.kind IN (?" + strings.Repeat(", ?", len(kinds)-1) + ") AND NOT EXISTS (SELECT 1 FROM refused f WHERE f.idx = r.idx)", kinds
}

// moments lists those from a log index on, and where to continue.
func moments(s *readmodel.Snapshot, at web.Cursor) (all []dataMoment, next int64, err error) {
	when, kinds := publishing()
	all, err = readmodel.Collect(s, func(scan readmodel.Scan, m *dataMoment) error { return scan(&m.index, &m.docket) },
		"SELECT r.idx, d.id FROM tender_record r JOIN entry e ON e.idx = r.idx JOIN docket d ON d.idx = r.docket WHERE "+when+" AND r.idx >= ? ORDER BY r.idx LIMIT ?",
		append(kinds, at.Since, at.Limit)...)
	next = max(at.Since, s.Next)
	if len(all) == at.Limit {
		next = all[len(all)-1].index + 1
	}
	return all, next, err
}

// feed answers with the releases of all tenders, in the order of the log.
func (p *pages) feed(r *http.Request) ([]byte, error) {
	at, err := web.ReadCursor(r, 100)
	if err != nil {
		return nil, err
	}
	releases, left, next, err := p.releasesFrom(r.Context(), at)
	if err != nil {
		return nil, err
	}
	base := p.data.origin
	ask := func(from int64) string {
		return base + "/ocds/releases?since=" + strconv.FormatInt(from, 10) + "&limit=" + strconv.Itoa(at.Limit)
	}
	date := p.site.Now().String()
	if len(releases) > 0 {
		date = releases[len(releases)-1].Get("date").Str()
	}
	pub := &tender.Publication{Prefix: ocidPrefix, Base: base, Name: p.register}
	pkg, err := pub.Page(ask(at.Since), date, releases)
	if err != nil {
		return nil, err
	}
	pkg.Set("links", ocds.Object("next", ask(next)))
	pkg.Set("next", ocds.Number(strconv.FormatInt(next, 10)))
	if len(left) > 0 {
		pkg.Set("leftOut", ocds.Value(left))
	}
	return p.data.at(web.BaseURL(r), append(ocds.Line(pkg), '\n')), nil
}

// releasesFrom returns the releases of a page of the feed, the ids of processes that
// are left out because of a fault, and where to continue.
func (p *pages) releasesFrom(ctx context.Context, at web.Cursor) (releases []*ocds.Node, left []string, next int64, err error) {
	var all []dataMoment
	made := map[publica.DocketID]*published{}
	views := map[publica.DocketID]*tenderView{}
	err = p.model.Read(ctx, func(s *readmodel.Snapshot) error {
		if all, next, err = moments(s, at); err != nil {
			return err
		}
		for _, m := range all {
			if _, seen := views[m.docket]; seen {
				continue
			}
			if views[m.docket], err = p.viewIn(ctx, s, m.docket, ""); err != nil && !faulty(err) {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, nil, 0, err
	}
	for _, m := range all {
		x, seen := made[m.docket]
		if t := views[m.docket]; t != nil && !seen {
			if x, err = p.publish(ctx, t); err != nil && !faulty(err) {
				return nil, nil, 0, err
			}
		}
		made[m.docket] = x
		if x == nil && !seen {
			left = append(left, ocidPrefix+"-"+m.docket.String())
		} else if x != nil {
			if i, ok := x.at[m.index]; ok {
				releases = append(releases, x.releases[i])
			}
		}
	}
	return releases, left, next, nil
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
	}{Records: []recordLink{}}
	when, args := publishing()
	err = p.model.Read(r.Context(), func(s *readmodel.Snapshot) error {
		found, err := readmodel.Collect(s, func(scan readmodel.Scan, k *recordLink) error { return scan(&k.Index, &k.Docket, &k.Updated) },
			"SELECT MIN(r.idx) AS first, d.id, MAX(e.time) FROM tender_record r JOIN entry e ON e.idx = r.idx JOIN docket d ON d.idx = r.docket WHERE "+when+
				" GROUP BY r.docket HAVING first >= ? ORDER BY first LIMIT ?", append(args, at.Since, at.Limit)...)
		out.Records, out.Next = slices.Concat(out.Records, found), max(at.Since, s.Next)
		if len(found) == at.Limit {
			out.Next = found[len(found)-1].Index + 1
		}
		return err
	})
	base := web.BaseURL(r)
	for i := range out.Records {
		k := &out.Records[i]
		k.OCID = ocidPrefix + "-" + k.Docket.String()
		k.Records, k.Releases, k.Page = base+"/ocds/records/"+k.OCID, base+"/ocds/releases/"+k.OCID, base+"/docket/"+k.Docket.String()+"/tender"
	}
	if err != nil {
		return nil, err
	}
	raw, err := json.Marshal(&out, json.Deterministic(true))
	return append(raw, '\n'), err
}
