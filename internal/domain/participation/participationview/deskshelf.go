package participationview

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"publica"
	"publica/internal/readmodel"
	"publica/internal/web"
)

// Work at the desks that takes long is done in the background: who opens a desk
// begins it, waits for it a moment, and is shown how far it is if it takes longer. It
// goes on without them, one piece at a time on this node.

const (
	// onShelf bounds for how many dockets results are kept.
	onShelf = 8
	// workTime bounds one piece of work.
	workTime = 15 * time.Minute
	// readAtOnce is how many contributions one snapshot is read for: a snapshot
	// holds back the journal while it is open.
	readAtOnce = 1000
)

// patience is how long a person waits before they are shown how far it is.
const patience = time.Second

// A shelf keeps for some dockets the latest result of one kind of work.
type shelf[T any] struct {
	room chan struct{} // holds one value while work is done; shared by all shelves of a node

	mu  sync.Mutex // guards all and what is in it
	all []*onePiece[T]
}

// onePiece is the work on one docket.
type onePiece[T any] struct {
	docket publica.DocketID
	latest *T            // nil until it was done once
	asOf   int64         // log size that latest rests on
	going  chan struct{} // closed when the run in progress ends; nil if there is none
	far    *progress
	err    error // with which the last run ended
}

// progress is how far work in the background is, for who waits.
type progress struct{ done, total atomic.Int64 }

// of returns the latest result for a docket, and how far the next is if it rests on
// less than the log had at asOf. The work is begun if need be; it says what log size
// its result rests on.
func (s *shelf[T]) of(ctx context.Context, docket publica.DocketID, asOf int64, do func(context.Context, *progress) (T, int64, error)) (latest *T, restsOn int64, far *progress, err error) {
	s.mu.Lock()
	piece := s.piece(docket)
	if piece.latest != nil && piece.asOf >= asOf {
		defer s.mu.Unlock()
		return piece.latest, piece.asOf, nil, nil
	}
	if piece.going == nil {
		piece.going, piece.far, piece.err = make(chan struct{}), new(progress), nil
		// It ends by itself, and with the model: when that is closed, every read fails.
		background, cancel := context.WithTimeout(context.WithoutCancel(ctx), workTime)
		go func() {
			defer cancel()
			s.run(background, piece, do)
		}()
	}
	going := piece.going
	s.mu.Unlock()
	wait := time.NewTimer(patience)
	defer wait.Stop()
	select {
	case <-going:
	case <-wait.C:
	case <-ctx.Done():
		return nil, 0, nil, ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if piece.going == going {
		return piece.latest, piece.asOf, piece.far, nil
	}
	return piece.latest, piece.asOf, nil, piece.err
}

// run does the work on a docket when it is its turn.
func (s *shelf[T]) run(ctx context.Context, piece *onePiece[T], do func(context.Context, *progress) (T, int64, error)) {
	var made T
	var asOf int64
	var err error
	select {
	case s.room <- struct{}{}:
		made, asOf, err = do(ctx, piece.far)
		<-s.room
	case <-ctx.Done():
		err = ctx.Err()
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = publica.Problem(publica.Busy, "", "the work on this docket took too long").WithHint("try again when less is going on")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil {
		piece.latest, piece.asOf = &made, asOf
	}
	close(piece.going)
	piece.going, piece.err = nil, err
}

// piece returns the work on a docket as the last of all; what was looked at longest
// ago is forgotten. The caller holds mu.
func (s *shelf[T]) piece(docket publica.DocketID) *onePiece[T] {
	i := slices.IndexFunc(s.all, func(p *onePiece[T]) bool { return p.docket == docket })
	if i < 0 {
		if len(s.all) >= onShelf {
			s.all = slices.Delete(s.all, 0, 1)
		}
		s.all = append(s.all, &onePiece[T]{docket: docket})
		return s.all[len(s.all)-1]
	}
	p := s.all[i]
	s.all = append(slices.Delete(s.all, i, i+1), p)
	return p
}

// shown is the progress for a page, nil if nothing is under way.
func (p *progress) shown(l *web.Locale) *web.Progress {
	if p == nil {
		return nil
	}
	total := p.total.Load()
	return &web.Progress{Label: l.T("A program is at work on it"), Done: min(p.done.Load(), total), Total: total, Note: l.T("It goes on in the background. Load this page again to see the result.")}
}

// inParts reads contributions of a docket in the order of their positions, at most so
// many, a part at a time: no snapshot is open for long. The query takes the docket, the
// position to go on after, and how many; each scans the position with the rest. It
// returns how large the log was at the beginning.
func inParts(ctx context.Context, model Reader, docket int64, most int, query string, each func(scan readmodel.Scan, at *int64) error) (asOf int64, err error) {
	after, asOf := int64(-1), int64(-1)
	for most > 0 {
		n, limit := 0, min(most, readAtOnce)
		err := model.Read(ctx, func(s *readmodel.Snapshot) error {
			if asOf < 0 {
				asOf = s.Next
			}
			return s.Each(func(scan readmodel.Scan) error {
				n++
				return each(scan, &after)
			}, query, docket, after, limit)
		})
		if err != nil || n < limit {
			return asOf, err
		}
		most -= n
	}
	return asOf, nil
}

// unchanged reports whether no contribution that stood in a docket at a log size was
// hidden, erased, shown again, withdrawn or disavowed since.
func unchanged(s *readmodel.Snapshot, docket, asOf int64) (bool, error) {
	changed, err := s.One("SELECT 1 FROM contribution WHERE docket = ? AND modified >= ? AND idx < ? LIMIT 1", readmodel.Args{docket, asOf, asOf}, new(int))
	return !changed, err
}
