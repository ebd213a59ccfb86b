package web

import (
	"context"

	"publica"
)

// A logFilter selects leaves of the log. The zero value selects all.
type logFilter struct {
	Docket  publica.DocketID
	Kind    publica.Kind
	Entries bool // entries only: neither system records nor seals
}

// scanStep is how many leaves are read at once, scanMost how many one request
// may look at. A filtered page can be short because of it; its cursor goes on.
const (
	scanStep = 256
	scanMost = 8192
)

func (f logFilter) takes(r *Record) bool {
	if f.Entries && r.Leaf.Entry == nil {
		return false
	}
	if !f.Docket.IsZero() && r.Docket != f.Docket {
		return false
	}
	return f.Kind == "" || kindOf(r.Leaf) == f.Kind
}

// scan returns up to limit leaves that f takes, from index from on and before
// end, and the index to continue from.
func (s *Site) scan(ctx context.Context, f logFilter, from, end int64, limit int) (found []Record, next int64, err error) {
	for at := from; at < end && at < from+scanMost; {
		step := min(scanStep, end-at)
		if f == (logFilter{}) {
			step = min(step, int64(limit-len(found)))
		}
		recs, err := s.register.Records(ctx, at, int(step))
		if err != nil || len(recs) == 0 {
			return found, at, err
		}
		for i := range recs {
			if f.takes(&recs[i]) {
				found = append(found, recs[i])
			}
			if len(found) == limit {
				return found, recs[i].Index + 1, nil
			}
		}
		at = recs[len(recs)-1].Index + 1
		next = at
	}
	return found, max(next, from), nil
}

// scanBack is scan from before downwards: newest first. next is the index
// below which to continue, 0 at the beginning of the log.
func (s *Site) scanBack(ctx context.Context, f logFilter, before int64, limit int) (found []Record, next int64, err error) {
	lowest := max(0, before-scanMost)
	for at := before; at > lowest; {
		start := max(lowest, at-scanStep)
		recs, err := s.register.Records(ctx, start, int(at-start))
		if err != nil {
			return found, at, err
		}
		for i := len(recs) - 1; i >= 0; i-- {
			if f.takes(&recs[i]) {
				found = append(found, recs[i])
			}
			if len(found) == limit {
				return found, recs[i].Index, nil
			}
		}
		at, next = start, start
	}
	return found, next, nil
}
