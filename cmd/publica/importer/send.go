package importer

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"publica"
)

// A Register is what an import is sent to. *publica.Client is one.
type Register interface {
	// Submit hands in a submission; the same one again is safe. It returns a
	// receipt that verifies, in the stage reached; Busy if the register is over
	// capacity.
	Submit(ctx context.Context, s *publica.Submission) (*publica.Receipt, error)
	// Receipt returns what the register proves of an entry, waiting until it is
	// logged or the time is over.
	Receipt(ctx context.Context, id publica.EntryID, wait time.Duration) (*publica.Receipt, *publica.Verified, error)
}

// An Upload sends statements to a register.
type Upload struct {
	To       Register
	Workers  int           // how many are under way at once
	Patience time.Duration // how long one statement is offered to a busy register, and waited for
	Progress func(n int)   // called after each statement; nil is allowed
}

// All sends subs in any order and returns when all of them are in the log. The
// first that is refused, by the node or by the rules, is the error.
func (u *Upload) All(ctx context.Context, subs []*publica.Submission) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	work := make(chan *publica.Submission)
	var wg sync.WaitGroup
	for range max(1, u.Workers) {
		wg.Go(func() {
			for s := range work {
				if err := u.one(ctx, s); err != nil {
					cancel(err)
				} else if u.Progress != nil {
					u.Progress(1)
				}
			}
		})
	}
feed:
	for _, s := range subs {
		select {
		case work <- s:
		case <-ctx.Done():
			break feed
		}
	}
	close(work)
	wg.Wait()
	return context.Cause(ctx)
}

// InOrder sends subs one after the other, each after the one before is logged.
func (u *Upload) InOrder(ctx context.Context, subs []*publica.Submission) error {
	for _, s := range subs {
		if err := u.one(ctx, s); err != nil {
			return err
		}
		if u.Progress != nil {
			u.Progress(1)
		}
	}
	return nil
}

// one sends a statement and waits for the log. A statement that is there
// already is found, not repeated.
func (u *Upload) one(ctx context.Context, s *publica.Submission) error {
	id := s.Signed.ID()
	e, err := publica.ParseEntry(s.Signed.Raw)
	if err != nil {
		return err
	}
	r, err := u.offer(ctx, s)
	if err != nil {
		return fmt.Errorf("send %s %s: %w", e.Kind, id, err)
	}
	if r.Stage() == publica.Promised {
		if r, _, err = u.To.Receipt(ctx, id, u.Patience); err != nil {
			return fmt.Errorf("wait for %s %s: %w", e.Kind, id, err)
		}
	}
	if r.Stage() == publica.Promised {
		return publica.Problem(publica.Busy, "", string(e.Kind)+" "+id.String()+" is promised, but not logged after "+u.Patience.String()).
			WithHint("run the import again: what is there already is not repeated")
	}
	leaf, err := publica.ParseLeaf(r.Leaf)
	if err != nil {
		return err
	}
	if why := leaf.Refused; why != nil {
		return fmt.Errorf("the rules refuse %s %s: %w", e.Kind, id, publica.Problem(why.Code, why.Field, why.Message))
	}
	return nil
}

// offer submits s, and again while the register is busy and patience lasts.
func (u *Upload) offer(ctx context.Context, s *publica.Submission) (*publica.Receipt, error) {
	deadline := time.Now().Add(u.Patience)
	for {
		r, err := u.To.Submit(ctx, s)
		if publica.CodeOf(err) != publica.Busy || !time.Now().Before(deadline) {
			return r, err
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(err, context.Cause(ctx))
		case <-time.After(time.Second):
		}
	}
}
