package procurementview

import (
	"context"
	"maps"
	"sync"
	"sync/atomic"

	"publica"
	"publica/internal/readmodel"
	"publica/ocds"
	"publica/tender"
)

// ocidPrefix begins the id of every process in open contracting data. It is the one
// that the standard keeps for examples; a register that has registered its own
// says so here.
const ocidPrefix = ocds.FictionalPrefix

// published is a tender as open contracting data, as it stood when it was made. It
// is shared by all who read it: nothing in it must be changed.
type published struct {
	ocid     string
	releases []*ocds.Node  // none before there is anything to publish
	at       map[int64]int // of the log index of a record, its release
	pub      *tender.Publication
	audit    func() (*tender.Audit, error)
	problems func() ([]ocds.Problem, error) // of the record package, which embeds all releases

	of      *told
	lacking atomic.Bool // something was not at hand that may come yet
	next    int64       // of the log then
	weight  int64       // bytes of all releases, as they are written
}

// A dataShelf keeps what was published of tenders, and what was computed over all.
type dataShelf struct {
	mu    sync.Mutex // guards slots and held
	slots map[publica.DocketID]*dataSlot
	held  int64 // weight of what the slots keep
	all   flagShelf
}

// A dataSlot is the place of one tender.
type dataSlot struct {
	mu   sync.Mutex // guards made, held while it is made
	made *published
}

func newDataShelf() dataShelf {
	return dataShelf{slots: map[publica.DocketID]*dataSlot{}, all: flagShelf{compiled: map[publica.DocketID]compiledTender{}}}
}

// heaviest is how much a shelf keeps, in bytes of releases as they are written: a
// release says everything that was known, so those of a busy tender weigh.
const heaviest = 32 << 20

// keep takes what was made of a tender into its slot, whose lock is held, and lets go
// of all others when the shelf is too heavy.
func (s *dataShelf) keep(id publica.DocketID, slot *dataSlot, x *published) {
	for _, r := range x.releases {
		x.weight += int64(len(ocds.Line(r)))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if slot.made != nil && s.slots[id] == slot {
		s.held -= slot.made.weight
	}
	slot.made = x
	if s.held+x.weight > heaviest || s.slots[id] != slot {
		clear(s.slots)
		s.held, s.slots[id] = 0, slot
	}
	s.held += x.weight
}

func (s *dataShelf) slot(id publica.DocketID) *dataSlot {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.slots[id] == nil {
		if len(s.slots) >= most {
			clear(s.slots)
			s.held = 0
		}
		s.slots[id] = &dataSlot{}
	}
	return s.slots[id]
}

// anyBase asks for what was published under whatever address: flags and audits have
// none.
const anyBase = ""

// stands reports whether what was made is still what would be made.
func (x *published) stands(t *tenderView, next int64, base string) bool {
	return x != nil && x.of == t.told && (base == anyBase || x.pub.Base == base) && maps.Equal(x.pub.Names, t.names) && (!x.lacking.Load() || x.next == next)
}

// publish makes open contracting data of a tender, under the addresses of a site at
// base. It is made once for as long as the docket does not grow.
func (p *pages) publish(ctx context.Context, t *tenderView, next int64, base string) (*published, error) {
	slot := p.data.slot(t.Docket)
	slot.mu.Lock()
	defer slot.mu.Unlock()
	if slot.made.stands(t, next, base) {
		return slot.made, nil
	}
	x := &published{ocid: t.OCID(ocidPrefix), at: map[int64]int{}, of: t.told, next: next,
		pub: &tender.Publication{Prefix: ocidPrefix, Base: base, Names: t.names, Name: p.register}}
	content := x.watched(p.contentOf(context.WithoutCancel(ctx), t.input.Records))
	var err error
	x.releases, err = tender.Releases(t.input, content, x.pub)
	if err != nil && publica.CodeOf(err) != publica.Early {
		return nil, err
	}
	x.place()
	x.audit = sync.OnceValues(func() (*tender.Audit, error) { return t.Process.Audit(content) })
	x.problems = sync.OnceValues(x.check)
	p.data.keep(t.Docket, slot, x)
	return x, nil
}

// watched notes when a part that a record names is not at hand: content comes later
// than entries, and then there is more to publish.
func (x *published) watched(content tender.Content) tender.Content {
	named := map[publica.EntryID][]publica.Part{}
	for i := range x.of.input.Records {
		named[x.of.input.Records[i].ID] = x.of.input.Records[i].Parts
	}
	return func(id publica.EntryID, part string) ([]byte, bool) {
		raw, ok := content(id, part)
		for i := range named[id] {
			if !ok && named[id][i].Name == part {
				x.lacking.Store(true)
			}
		}
		return raw, ok
	}
}

// place finds the log index of the record of each release.
func (x *published) place() {
	index := map[string]int64{}
	for i := range x.of.input.Records {
		index[x.of.input.Records[i].ID.String()] = x.of.input.Records[i].Index
	}
	for i, r := range x.releases {
		x.at[index[r.Get("id").Str()]] = i
	}
}

// check checks what is published as strictly as anyone will.
func (x *published) check() ([]ocds.Problem, error) {
	if len(x.releases) == 0 {
		return nil, nil
	}
	pkg, err := x.pub.Record(x.releases)
	if err != nil {
		return nil, err
	}
	return tender.CheckPackage(pkg, ocidPrefix)
}

// errUnpublished is the answer to whoever asks too early.
var errUnpublished = publica.Problem(publica.NotFound, "ocid", "has nothing published yet: its buyer has said nothing of what is to be bought").
	WithHint("/ocds/records lists what is published")

// publishedOf reads and publishes the tender of a docket, for the page at a path
// below its docket's.
func (p *pages) publishedOf(ctx context.Context, id publica.DocketID, at, base string) (t *tenderView, x *published, err error) {
	var next int64
	err = p.model.Read(ctx, func(s *readmodel.Snapshot) error {
		next = s.Next
		t, err = p.viewIn(ctx, s, id, at)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	x, err = p.publish(ctx, t, next, base)
	return t, x, err
}
