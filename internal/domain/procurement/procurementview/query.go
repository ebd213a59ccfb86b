package procurementview

import (
	"cmp"
	"context"
	"encoding/json/v2"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"

	"publica"
	"publica/internal/domain/docket/docketview"
	"publica/internal/domain/identity/identityview"
	"publica/internal/readmodel"
	"publica/internal/web"
	"publica/tender"
)

// A told is a tender as its records tell it. What package tender returns is shared
// by all who read it: it must not be changed.
type told struct {
	*tender.Process
	input *tender.Input
	size  int64 // of the docket's tree when it was told
	fault error // why it cannot be told, nil if it can

	opening sync.Mutex // guards what follows, held while bids are opened
	open    []*tender.OpenBid
	opened  *watch   // over their opening, nil before it
	audited *audited // nil until it is asked for
}

// A tenderView is a tender for the pages of one request.
type tenderView struct {
	*told
	About   *docketview.Docket
	Menu    web.SubNav
	content tender.Content
	watch   func() *watch
	now     publica.Time              // of the request, by the node's clock
	names   map[publica.BodyID]string // of the bodies it names
	speak   map[publica.KeyID]string  // of the bodies for which its evaluators hold roles now
	asked   bool                      // whether the bids were asked for, which gave read
	read    []*tender.OpenBid
}

// A shelf tells tenders, and keeps those that were told, each until its docket grows.
type shelf struct {
	recent[*told]
	register string // its name
	log      *slog.Logger
}

// most is how many tenders a shelf keeps.
const most = 64

func newShelf(register string, log *slog.Logger) *shelf {
	return &shelf{recent: recent[*told]{most: most}, register: register, log: log}
}

// tell reads a tender as it stands, or NotFound if the docket is none.
func (x *shelf) tell(s *readmodel.Snapshot, id publica.DocketID) (*told, error) {
	var in, size int64
	found, err := s.One("SELECT t.idx, z.size FROM docket d JOIN tender t ON t.idx = d.idx JOIN docket_size z ON z.docket = d.idx WHERE d.id = ?", readmodel.Args{id}, &in, &size)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, publica.Problem(publica.NotFound, "docket", "is not a tender of this register").WithHint("/tenders lists them")
	}
	t := x.get(id)
	if t == nil || t.size != size {
		if t, err = x.read(s, id, in, size); err != nil {
			return nil, err
		}
		x.put(id, t, 0)
	}
	if t.fault != nil {
		return nil, t.fault
	}
	return t, nil
}

// read tells a tender from its records; in is the log index of its docket. One that
// cannot be told has its fault and nothing else.
func (x *shelf) read(s *readmodel.Snapshot, id publica.DocketID, in, size int64) (*told, error) {
	records, err := recordsOf(s, in)
	if err != nil {
		return nil, err
	}
	t := &told{input: &tender.Input{Register: x.register, Docket: id, Records: records}, size: size}
	if t.Process, err = tender.Read(t.input); err != nil {
		t.fault = faultOf(x.log, id, "read", err)
	}
	return t, nil
}

func (p *pages) tell(s *readmodel.Snapshot, id publica.DocketID) (*told, error) {
	return p.shelf.tell(s, id)
}

// recordsOf returns the records of a tender by the log index of its docket, those
// that the rules refused among them.
func recordsOf(s *readmodel.Snapshot, in int64) ([]tender.Record, error) {
	all, err := readmodel.Collect(s, scanRecord, "SELECT r.record, e.seq, r.idx FROM tender_record r JOIN entry e ON e.idx = r.idx WHERE r.docket = ? ORDER BY r.idx", in)
	if err != nil {
		return nil, err
	}
	refused, err := readmodel.Collect(s, scanRefused, `SELECT e.id, e.kind, e.seq, e.idx, e.height, e.time, e.author, e.body, f.code, f.field, f.message FROM refused f JOIN entry e ON e.idx = f.idx
		WHERE f.docket = ? AND e.kind LIKE 'procurement/%' ORDER BY e.idx`, in)
	if err != nil || len(refused) == 0 {
		return all, err
	}
	all = append(all, refused...)
	slices.SortStableFunc(all, func(a, b tender.Record) int { return cmp.Compare(a.Position, b.Position) })
	return all, nil
}

// scanRefused reads a refused record: views are not shown it, and it changed
// nothing, so the log's own tables have all that is told of it.
func scanRefused(scan readmodel.Scan, r *tender.Record) error {
	var code string
	f := new(publica.Refusal)
	if err := scan(&r.ID, &r.Kind, &r.Position, &r.Index, &r.Height, &r.Time, &r.Author, &r.For, &code, &f.Field, &f.Message); err != nil {
		return err
	}
	f.Code, r.Refused = publica.Code(code), f
	return nil
}

func scanRecord(scan readmodel.Scan, r *tender.Record) error {
	var raw []byte
	var position, index int64
	if err := scan(&raw, &position, &index); err != nil {
		return err
	}
	if err := json.Unmarshal(raw, r); err != nil {
		return fmt.Errorf("read a record of a tender: %w", err)
	}
	r.Position, r.Index = position, index
	return nil
}

// viewAt is view for the tender that a request's path names.
func (p *pages) viewAt(r *http.Request, at string) (*tenderView, error) {
	id, err := web.PathDocket(r, "id")
	if err != nil {
		return nil, err
	}
	return p.view(r.Context(), id, at)
}

// view reads a tender for the page at a path below its docket's.
func (p *pages) view(ctx context.Context, id publica.DocketID, at string) (t *tenderView, err error) {
	err = p.model.Read(ctx, func(s *readmodel.Snapshot) error {
		t, err = p.viewIn(ctx, s, id, at)
		return err
	})
	return t, err
}

func (p *pages) viewIn(ctx context.Context, s *readmodel.Snapshot, id publica.DocketID, at string) (*tenderView, error) {
	t := &tenderView{names: map[publica.BodyID]string{}, speak: map[publica.KeyID]string{}, watch: p.watch, now: p.site.Now()}
	var err error
	if t.told, err = p.tell(s, id); err != nil {
		return nil, err
	}
	if t.About, err = docketview.Get(s, id); err != nil {
		return nil, err
	}
	if t.Menu, err = p.menu(s, web.LocaleIn(ctx), id, at); err != nil {
		return nil, err
	}
	// What is made of it is kept for others: a reader who leaves must not be what it lacks.
	t.content = p.contentOf(context.WithoutCancel(ctx), t.input.Records)
	for _, b := range t.bodies() {
		var name string
		if _, err := s.One("SELECT name FROM body WHERE id = ?", readmodel.Args{b}, &name); err != nil {
			return nil, err
		}
		t.names[b] = name
	}
	return t, t.held(s)
}

// held reads for which bodies the evaluators' keys hold roles.
func (t *tenderView) held(s *readmodel.Snapshot) error {
	if t.Terms() == nil {
		return nil
	}
	for _, key := range t.Terms().Evaluators {
		held, err := identityview.HeldBy(s, key)
		if err != nil {
			return err
		}
		var names []string
		for _, h := range held {
			names = append(names, web.Apart(h.Name))
		}
		t.speak[key] = strings.Join(slices.Compact(names), ", ")
	}
	return nil
}

// bodies are those that the tender names.
func (t *told) bodies() []publica.BodyID {
	all := append([]publica.BodyID{t.Buyer}, t.Reviewers...)
	if terms := t.Terms(); terms != nil {
		for _, x := range terms.Trustees {
			all = append(all, x.Body)
		}
	}
	for i := range t.Steps {
		if !t.Steps[i].For.IsZero() {
			all = append(all, t.Steps[i].For)
		}
	}
	for _, b := range t.Bids {
		for _, r := range b.Receipts {
			all = append(all, r.Body)
		}
	}
	slices.SortFunc(all, func(a, b publica.BodyID) int { return slices.Compare(a[:], b[:]) })
	return slices.Compact(all)
}

// contentOf gives the content of a tender's records as this node holds and shows
// it: what is hidden or erased is not at hand.
func (p *pages) contentOf(ctx context.Context, records []tender.Record) tender.Content {
	parts := make(map[publica.EntryID][]publica.Part, len(records))
	for i := range records {
		if len(records[i].Parts) > 0 {
			parts[records[i].ID] = records[i].Parts
		}
	}
	return func(id publica.EntryID, name string) ([]byte, bool) {
		for i := range parts[id] {
			if parts[id][i].Name != name {
				continue
			}
			c, err := p.site.Content(ctx, parts[id][i].Commitment)
			if err != nil {
				return nil, false
			}
			return c.Data, true
		}
		return nil, false
	}
}

// bids opens the bids that counted, as far as the records open them. They are
// opened once for as long as the docket does not grow; if something that it takes
// was not at hand, again after a moment.
func (t *tenderView) bids() ([]*tender.OpenBid, error) {
	if t.asked {
		return t.read, nil
	}
	t.opening.Lock()
	defer t.opening.Unlock()
	err := t.openBids()
	t.read, t.asked = t.open, err == nil
	return t.read, err
}

// openBids opens the bids, unless they are. The lock is held.
func (t *tenderView) openBids() error {
	if t.opened.stands(t.now) {
		return nil
	}
	w := t.watch()
	open, err := t.Process.Open(w.over(t.input.Records, t.content))
	if err != nil {
		return fmt.Errorf("open the bids of %s: %w", t.Docket, err)
	}
	t.open, t.opened = open, w
	return nil
}

// text returns a content part of a record as text, "" if it is not at hand.
func (t *tenderView) text(id publica.EntryID, part string) string {
	raw, _ := t.content(id, part)
	return string(raw)
}

// body names a body of the register; one that is not known by its id.
func (t *tenderView) body(id publica.BodyID) string {
	if name := t.names[id]; name != "" {
		return name
	}
	return id.String()[:8]
}

// BuyerName names who buys, and signs what is decided.
func (t *tenderView) BuyerName() string { return t.body(t.Buyer) }

// Lang is the language of what people wrote, if the docket has only one.
func (t *tenderView) Lang() string { return langOf(t.About) }

func langOf(d *docketview.Docket) string {
	if len(d.Languages) == 1 {
		return d.Languages[0]
	}
	return ""
}

// Base is where the docket's pages are.
func (t *tenderView) Base() string { return "/docket/" + t.About.ID.String() }

// head is the head of a page of the tender.
func (t *tenderView) head(l *web.Locale, title string) web.Head {
	return web.Head{Title: title, Kicker: t.About.Title, Nav: "/tenders", Feed: t.Base() + "/feed.atom",
		Crumbs: []web.Link{{Text: l.T("Tenders"), Href: "/tenders"}, {Text: web.Excerpt(t.About.Title, 60), Href: t.Base() + "/tender"}}}
}
