package procurementview

import (
	"context"
	"encoding/json/jsontext"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"publica"
	"publica/internal/readmodel"
	"publica/internal/web"
	"publica/ocds"
	"publica/tender"
)

// mountData adds the pages of open data, their files, and what packages name.
func (p *pages) mountData(site *web.Site, v *web.Views) {
	v.Page("GET /docket/{id}/tender/data", "data.html", p.dataPage)
	v.Page("GET /flags", "flags.html", p.flagsPage)
	p.mountDataFiles(site)
	p.mountOCDS(site)
	site.Samples(p.dataSamples)
	site.Foot(web.Link{Text: web.Msg("Red flags"), Href: "/flags"})
}

// dataView is data.html: a tender for programs, and how to compute it again.
type dataView struct {
	web.Head
	*tenderView
	Facts    web.Facts
	OCID     string
	Origin   string // address of the site
	Releases int
	Clean    bool
	Problems []ocds.Problem
	Flags    []flagShown
	Audit    *tender.Audit // nil if it cannot be made
	Fault    string        // why, as the program says it
	Checks   web.Table
	Commands []string
	Hidden   bool // the tender is confidential
}

func (p *pages) dataPage(r *http.Request) (web.Page, error) {
	id, err := web.PathDocket(r, "id")
	if err != nil {
		return nil, err
	}
	base := web.BaseURL(r)
	t, x, err := p.publishedOf(r.Context(), id, "/tender/data")
	if err != nil {
		return nil, err
	}
	l := web.LocaleOf(r)
	page := &dataView{Head: t.head(l, l.T("Open data")), tenderView: t, OCID: x.ocid, Origin: base, Releases: len(x.releases)}
	page.Lead = l.T("What this tender’s records say, in forms that programs read, and how to compute all of it again.")
	if page.Problems, err = x.problems(); err != nil {
		return nil, err
	}
	page.Problems = slices.Clone(page.Problems)
	for i := range page.Problems {
		page.Problems[i].Message = string(p.data.at(base, []byte(page.Problems[i].Message)))
	}
	page.Clean = len(page.Problems) == 0 && page.Releases > 0
	page.Hidden = t.Terms() != nil && t.Terms().Mode == tender.Confidential
	page.Facts = web.Facts{{Name: l.T("Process id (ocid)"), Value: x.ocid, Code: true}, {Name: l.T("Data standard"), Value: "OCDS 1.1.5"}, {Name: l.T("Releases so far"), Value: l.Number(int64(len(x.releases)))}}
	page.audit(l, x)
	page.Commands = dataCommands(t, base)
	return page, nil
}

// audit adds what was computed again. An audit that cannot be made is said to be so:
// the page is not the worse for it.
func (d *dataView) audit(l *web.Locale, x *published) {
	a, err := x.audit()
	if err != nil {
		d.Fault = faultWords(err)
		return
	}
	compiled, err := x.compiled()
	if err != nil {
		d.Fault = faultWords(err)
		return
	}
	d.Audit = a
	d.Flags = shownFlags(l, a.Flags, func(ocds.Input) (*ocds.Node, string) { return compiled, d.Base() + "/tender" })
	d.Checks = checkTable(l, a)
}

// checkTable counts the checks of an audit by what they are about.
func checkTable(l *web.Locale, a *tender.Audit) web.Table {
	t := web.Table{Caption: l.T("What was computed again, and how it came out"), Columns: []web.Column{{Name: l.T("What")}, {Name: l.T("Agrees"), Numeric: true}, {Name: l.T("Differs"), Numeric: true}, {Name: l.T("Not known"), Numeric: true}}}
	t.Empty = web.Empty{Title: l.T("Nothing to compute yet"), Text: l.T("Once keys are made and bids are in, what they rest on is computed again here.")}
	var order []string
	counts := map[string]map[tender.State]int64{}
	for _, c := range a.Checks {
		if counts[c.What] == nil {
			order = append(order, c.What)
			counts[c.What] = map[tender.State]int64{}
		}
		counts[c.What][c.State]++
	}
	for _, what := range order {
		row := []web.Cell{{Text: computedWords(l, what)}}
		for _, s := range []tender.State{tender.Agrees, tender.Differs, tender.Unknown} {
			row = append(row, web.Cell{Text: l.Number(counts[what][s])})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// Differences are the checks that came out otherwise than the records say.
func (d *dataView) Differences() []tender.Check {
	if d.Audit == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(d.Audit.Checks), func(c tender.Check) bool { return c.State != tender.Differs })
}

// dataCommands are those by which anyone computes the tender again.
func dataCommands(t *tenderView, base string) []string {
	all := []string{
		"publica export docket " + t.Docket.String() + " --url " + base + " -o tender.jsonl",
		"publica tender tender.jsonl --policy policy.txt",
		"curl -o published.json " + base + "/ocds/records/" + t.OCID(ocidPrefix),
		"publica tender ocds tender.jsonl --policy policy.txt --records --like published.json > record.json",
		"publica ocds check record.json",
		"publica ocds flags record.json",
	}
	for _, lot := range t.Lots {
		if lot.Memo == nil {
			continue
		}
		replay := "publica replay-award tender.jsonl --policy policy.txt"
		if lot.Name != "" {
			replay += " --lot " + lot.Name
		}
		all = append(all, replay)
		first := lot.Winner
		if first.IsZero() && len(lot.Memo.Ranking) > 0 {
			first = lot.Memo.Ranking[0]
		}
		if !first.IsZero() {
			all = append(all, replay+" --exclude "+first.String())
		}
	}
	return all
}

// A flagShown is a flag in words; those that say the same of several are one.
type flagShown struct {
	ocds.Flag
	Words   flagWord
	Found   string // the number, in words
	About   []flagAbout
	Records []flagRecord
}

// A flagAbout is a tender or an organization that a flag is raised about.
type flagAbout struct{ Group, Name, Href string }

// A flagRecord is a place that a flag rests on: the record that says it, or the page
// of the tender.
type flagRecord struct {
	Text, Href string
	Code       bool
}

// entryID is an entry at the beginning of the id of something in a release.
var entryID = regexp.MustCompile("^[0-9a-f]{64}")

// shownFlags puts flags in words. of gives for an input the release it is a place
// in, and the page of its tender.
func shownFlags(l *web.Locale, flags []ocds.Flag, of func(ocds.Input) (*ocds.Node, string)) (all []flagShown) {
	for _, f := range flags {
		s := flagShown{Flag: f, Words: flagWords(l, f.Code), Found: foundWords(l, &f)}
		seen := map[string]bool{}
		for _, in := range f.Inputs {
			release, page := of(in)
			r := flagRecord{Text: placeWords(l, string(in.Path)), Href: page}
			if id := recordAt(release, string(in.Path)); id != "" {
				r.Href = "/entry/" + id
			}
			if s.About == nil {
				s.About = []flagAbout{aboutOf(l, &f, release)}
			}
			if !seen[r.Text+r.Href] {
				seen[r.Text+r.Href] = true
				s.Records = append(s.Records, r)
			}
		}
		if n := len(all) - 1; n >= 0 && all[n].Code == s.Code && all[n].Found == s.Found && slices.Equal(all[n].Records, s.Records) {
			all[n].About = append(all[n].About, s.About...)
			continue
		}
		all = append(all, s)
	}
	return all
}

// aboutOf names what a flag is raised about, by the words of a release.
func aboutOf(l *web.Locale, f *ocds.Flag, release *ocds.Node) flagAbout {
	a := flagAbout{Group: groupWords(l, f.Group), Name: nameIn(release, f.ID)}
	if f.Group == ocds.Process {
		a.Name, a.Href = release.At("tender", "title").Str(), "/docket/"+strings.TrimPrefix(f.ID, ocidPrefix+"-")+"/tender"
	}
	if a.Name == "" {
		a.Name = f.ID
	}
	if f.Lot != "" {
		a.Name += ", " + lotWords(l, f.Lot)
	}
	return a
}

// recordAt finds the record that says what stands at a place of a release: that of
// the innermost thing that is named by one, else the one that published the tender.
func recordAt(release *ocds.Node, path string) string {
	n, found := release, ""
	for name := range strings.SplitSeq(strings.TrimPrefix(path, "/"), "/") {
		n = n.Find(jsontext.Pointer("/" + name))
		if id := entryID.FindString(n.Get("id").Str()); id != "" && name != "tender" {
			found = id
		}
	}
	if found != "" || release == nil {
		return found
	}
	for _, k := range release.At("ledgerProof", "records").Items {
		if kind := k.Get("kind").Str(); kind == "procurement/published" || kind == "procurement/amend" {
			found = k.Get("id").Str()
		}
	}
	return found
}

// nameIn is how a release calls an organization.
func nameIn(release *ocds.Node, id string) string {
	if parties := release.Get("parties"); parties != nil {
		for _, p := range parties.Items {
			if p.Get("id").Str() == id {
				return p.Get("name").Str()
			}
		}
	}
	return ""
}

// First is the record that a difference is about.
func (d *dataView) First(c tender.Check) (id publica.EntryID) {
	if len(c.Records) > 0 {
		id = c.Records[0]
	}
	return id
}

// dataSamples names the pages of open data, for the gallery.
func (p *pages) dataSamples(ctx context.Context) (all []web.Link, err error) {
	all = append(all, web.Link{Text: "Red flags", Href: "/flags"})
	err = p.model.Read(ctx, func(s *readmodel.Snapshot) error {
		ids, err := tenderIDs(s)
		for _, id := range ids {
			all = append(all, web.Link{Text: "Open data", Href: "/docket/" + id.String() + "/tender/data"})
		}
		return err
	})
	return all, err
}
