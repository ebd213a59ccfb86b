package procurementview

import (
	"bytes"
	"context"
	"crypto/rand"
	"maps"
	"strings"
	"sync"

	"publica"
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
	first    int64         // log index of the record of the first release
	updated  publica.Time  // of the record of the last
	weights  []int64       // of releases, in bytes as they are written
	pub      *tender.Publication
	audit    func() (*tender.Audit, error)
	compiled func() (*ocds.Node, error)     // what the releases merge to, nil if there are none
	problems func() ([]ocds.Problem, error) // of the record package, which embeds all releases

	*watch
	of    *told
	fault error // why there is none, nil if there is
}

// A dataShelf keeps what was published of tenders, and what was computed over all.
type dataShelf struct {
	recent[*dataSlot] // by bytes of releases as they are written
	all               flagShelf
	waiting           waiting

	// origin stands where the address of the site goes: readers come by several
	// addresses, and say by which, and nothing is made again for that. Nobody can
	// know it, so nothing that people wrote has it.
	origin string
}

// A dataSlot is the place of one tender.
type dataSlot struct {
	mu   sync.Mutex // guards made, held while it is made
	made *published
}

// heaviest is how much a shelf keeps, in bytes of releases as they are written: a
// release says everything that was known, so those of a busy tender weigh.
const heaviest = 32 << 20

func newDataShelf() *dataShelf {
	return &dataShelf{recent: recent[*dataSlot]{most: most, heaviest: heaviest}, all: flagShelf{compiled: map[publica.DocketID]compiledTender{}},
		origin: "https://" + strings.ToLower(rand.Text()) + ".invalid"}
}

// keep takes what was made of a tender into its slot, whose lock is held.
func (s *dataShelf) keep(id publica.DocketID, slot *dataSlot, x *published) {
	var weight int64
	for _, w := range x.weights {
		weight += w
	}
	slot.made = x
	s.put(id, slot, weight)
}

// at puts the address of the site into what is served.
func (s *dataShelf) at(base string, raw []byte) []byte {
	return bytes.ReplaceAll(raw, []byte(s.origin), []byte(base))
}

// stands reports whether what was made is still what would be made.
func (x *published) stands(t *tenderView) bool {
	return x != nil && x.of.size == t.size && maps.Equal(x.pub.Names, t.names) && x.watch.stands(t.now)
}

// publication says how this node publishes, under the origin of the shelf.
func (p *pages) publication(names map[publica.BodyID]string) *tender.Publication {
	return &tender.Publication{Prefix: ocidPrefix, Base: p.data.origin, Names: names, License: p.terms.License, Policy: p.terms.Policy, Name: p.register}
}

// publish makes open contracting data of a tender, under the origin of the shelf. It
// is made once for as long as the docket does not grow; if something that it takes
// was not at hand, again after a moment.
func (p *pages) publish(ctx context.Context, t *tenderView) (*published, error) {
	slot := p.data.has(t.Docket, func() *dataSlot { return &dataSlot{} })
	slot.mu.Lock()
	defer slot.mu.Unlock()
	if !slot.made.stands(t) {
		p.data.keep(t.Docket, slot, p.make(ctx, t))
	}
	if slot.made.fault != nil {
		return nil, slot.made.fault
	}
	return slot.made, nil
}

// make makes what is published of a tender as it stands.
func (p *pages) make(ctx context.Context, t *tenderView) *published {
	x := &published{ocid: t.OCID(ocidPrefix), at: map[int64]int{}, of: t.told, watch: p.watch(),
		pub: p.publication(t.names)}
	content := x.over(t.input.Records, p.contentOf(context.WithoutCancel(ctx), t.input.Records))
	var err error
	x.releases, err = tender.Releases(t.input, content, x.pub)
	if err != nil && publica.CodeOf(err) != publica.Early {
		x.releases, x.fault = nil, faultOf(p.site.Log(), t.Docket, "publish", err)
		return x
	}
	x.place()
	x.compiled = sync.OnceValues(x.merge)
	x.audit = sync.OnceValues(func() (*tender.Audit, error) { return t.Process.Audit(content) })
	x.problems = sync.OnceValues(x.check)
	return x
}

// place finds the log index of the record of each release, and weighs it.
func (x *published) place() {
	records := map[string]*tender.Record{}
	for i := range x.of.input.Records {
		records[x.of.input.Records[i].ID.String()] = &x.of.input.Records[i]
	}
	for i, release := range x.releases {
		r := records[release.Get("id").Str()]
		if x.at[r.Index], x.updated = i, r.Time; i == 0 {
			x.first = r.Index
		}
		x.weights = append(x.weights, int64(len(ocds.Line(release))))
	}
}

func (x *published) merge() (*ocds.Node, error) {
	if len(x.releases) == 0 {
		return nil, nil
	}
	return tender.Compile(x.releases)
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
func (p *pages) publishedOf(ctx context.Context, id publica.DocketID, at string) (*tenderView, *published, error) {
	t, err := p.view(ctx, id, at)
	if err != nil {
		return nil, nil, err
	}
	x, err := p.publish(ctx, t)
	return t, x, err
}
