package procurementview

import (
	"cmp"
	"slices"
	"sync"

	"publica"
	"publica/internal/domain/docket/docketview"
	"publica/internal/readmodel"
	"publica/tender"
)

// A summary is what lists say of a tender. It is shared by all who read it: it must
// not be changed.
type summary struct {
	Docket   publica.DocketID
	Index    int64 // log index of the entry that opened it
	Buyer    publica.BodyID
	Stage    tender.Stage
	Cause    string
	Terms    *tender.Terms // nil until it is published
	Next     *tender.Clock // that runs out first, nil if none runs
	Deadline publica.Time  // for bids, as it stands or stood
	Updated  publica.Time  // of its last record
	size     int64         // of the docket's tree when it was told
	fault    error         // why it cannot be told: then it has no more than its docket
}

// summaries keep a summary of every tender, each until its docket grows: a list must
// not have to tell all that is in it.
type summaries struct {
	mu   sync.Mutex // guards kept, held while tenders are told
	kept map[publica.DocketID]*summary
}

// everything is how many tenders are asked for by who wants all.
const everything = -1

// summaries lists up to limit tenders from a log index on, in the order of the log,
// those that cannot be told among them.
func (p *pages) summaries(s *readmodel.Snapshot, since int64, limit int) ([]*summary, error) {
	return p.summariesWhere(s, "d.idx >= ? ORDER BY d.idx LIMIT ?", since, limit)
}

// summariesOf lists the tenders that a key has to do with, in the order of the log: it
// runs them for their buyer, decides their protests, scores their bids or keeps their
// shares.
func (p *pages) summariesOf(s *readmodel.Snapshot, key publica.KeyID) ([]*summary, error) {
	return p.summariesWhere(s, `d.lead IN (SELECT body FROM body_role WHERE key = ?1 AND revoked IS NULL AND role IN ('coordinator', 'importer'))
		OR d.idx IN (SELECT tender FROM tender_key WHERE key = ?1)
		OR EXISTS (SELECT 1 FROM json_each(d.charter, '$.reviewers') c JOIN body_role r ON lower(hex(r.body)) = c.value WHERE r.key = ?1 AND r.revoked IS NULL AND r.role = 'reviewer')
		ORDER BY d.idx`, key)
}

// summariesWhere lists tenders by a condition on docket d, with its order.
func (p *pages) summariesWhere(s *readmodel.Snapshot, where string, args ...any) ([]*summary, error) {
	all, err := readmodel.Collect(s, func(scan readmodel.Scan, x *summary) error { return scan(&x.Docket, &x.Index, &x.size) },
		"SELECT d.id, d.idx, z.size FROM docket d JOIN tender t ON t.idx = d.idx JOIN docket_size z ON z.docket = d.idx WHERE "+where, args...)
	if err != nil {
		return nil, err
	}
	p.list.mu.Lock()
	defer p.list.mu.Unlock()
	if p.list.kept == nil {
		p.list.kept = map[publica.DocketID]*summary{}
	}
	out := make([]*summary, len(all))
	for i := range all {
		out[i] = p.list.kept[all[i].Docket]
		if out[i] != nil && out[i].size == all[i].size {
			continue
		}
		out[i] = &all[i]
		if err := p.sum(s, out[i]); err != nil {
			return nil, err
		}
		p.list.kept[out[i].Docket] = out[i]
	}
	return out, nil
}

// sum sums a tender up. One that is not on the shelf is not put there: whoever reads
// a list reads few of the tenders in it.
func (p *pages) sum(s *readmodel.Snapshot, x *summary) error {
	t := p.shelf.get(x.Docket)
	if t == nil || t.size != x.size {
		var err error
		if t, err = p.shelf.read(s, x.Docket, x.Index, x.size); err != nil {
			return err
		}
	}
	if x.fault = t.fault; x.fault != nil {
		return nil
	}
	x.Buyer, x.Stage, x.Cause, x.Terms, x.Next, x.Updated = t.Process.Buyer, t.Stage, t.Cause, t.Terms(), t.next(), t.Until
	if x.Terms != nil {
		x.Deadline = x.Terms.Deadline
	}
	for _, c := range t.Clocks {
		if c.Name == tender.DeadlineClock && (c.Runs() || !c.Ran.IsZero()) {
			x.Deadline = c.Ends
		}
	}
	return nil
}

// arrange parts summaries into those that take bids, first the one that closes
// first, and the others, the newest first. lost is how many cannot be told.
func arrange(all []*summary) (open, others []*summary, lost int) {
	for _, x := range all {
		switch {
		case x.fault != nil:
			lost++
		case x.Stage == tender.Bidding:
			open = append(open, x)
		default:
			others = append(others, x)
		}
	}
	slices.SortStableFunc(open, func(a, b *summary) int { return cmp.Compare(a.Deadline, b.Deadline) })
	slices.Reverse(others)
	return open, others, lost
}

// A card is a tender in a list.
type card struct {
	*summary
	About *docketview.Docket
	Buyer string
}

// Base is where the docket's pages are.
func (c *card) Base() string { return "/docket/" + c.Docket.String() }

// Lang is the language of what people wrote, if the docket has only one.
func (c *card) Lang() string { return langOf(c.About) }

// cards reads what else a list shows of tenders.
func cards(s *readmodel.Snapshot, of []*summary) (all []card, err error) {
	for _, x := range of {
		c := card{summary: x}
		if c.About, err = docketview.Get(s, x.Docket); err != nil {
			return nil, err
		}
		if _, err := s.One("SELECT name FROM body WHERE id = ?", readmodel.Args{x.Buyer}, &c.Buyer); err != nil {
			return nil, err
		}
		if c.Buyer == "" {
			c.Buyer = x.Buyer.String()[:8]
		}
		all = append(all, c)
	}
	return all, nil
}
