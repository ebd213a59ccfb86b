package trustee

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"publica"
	"publica/tender"
)

// attend reads a tender that has changed and takes every act that is due.
func (s *Service) attend(ctx context.Context, t *Standing) {
	within, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	act, p, err := s.act(within, t)
	if err != nil && ctx.Err() != nil {
		return // told to stop
	}
	s.change(func(*following) {
		if p != nil {
			t.tell(p, s.state.Trustee)
		}
		if err == nil {
			t.Changed, t.Error, t.Failures, t.Again = false, "", 0, 0
			return
		}
		t.Failures++
		t.Failed++
		t.Error, t.Again = err.Error(), s.Now().Add(pauseAfter(t.Failures))
		s.Log.Error("a trustee's step failed", "trustee", s.state.Trustee, "docket", t.Docket, "step", act.Step, "envelope", act.Envelope, "lot", act.Lot,
			"err", err, "hint", hintOf(err), "failures", t.Failures, "again", t.Again)
	})
}

func hintOf(err error) string {
	if e, ok := errors.AsType[*publica.Error](err); ok {
		return e.Hint
	}
	return ""
}

// act does the work of attend, and returns at which act it failed, and the tender as
// it was before.
func (s *Service) act(ctx context.Context, t *Standing) (at Act, p *tender.Process, err error) {
	at.Step = "read"
	p, sum, err := Read(ctx, s.client, t.Docket)
	if err != nil {
		return at, nil, err
	}
	if sum.Checkpoint.Tree.N < s.least {
		return at, nil, publica.Problem(publica.Unverified, "export", "is older than what the register has shown before").WithHint("the node may be behind: wait, or ask another node")
	}
	acts := Due(p, s.Key.ID())
	if len(acts) > 0 {
		at = acts[0]
	} else if !p.Over() {
		return at, p, nil
	}
	file := &File{Path: filepath.Join(s.Folder, t.Docket.String()+".secrets")}
	secrets, err := ReadSecrets(file, p, s.Key.ID())
	if err != nil {
		return at, p, err
	}
	if len(acts) == 0 {
		return at, p, secrets.forget(file)
	}
	who, err := New(p, s.Key, secrets, World{Random: s.Random, Now: s.Now,
		Keep: func(x *Secrets) error { return file.Write(x) },
		Send: func(x *publica.Submission) error { return s.send(ctx, x) },
	})
	if err != nil {
		return at, p, err
	}
	for _, at = range acts {
		if at.Step == Open {
			if err := s.fresh(sum.Seal.Time); err != nil {
				return at, p, err
			}
		}
		done, err := who.Take(at)
		if err != nil {
			return at, p, err
		}
		s.took(t, done)
	}
	return at, p, nil
}

// fresh refuses to open by what may be an old state of the register: a node that
// hides a cancellation shows nothing false, but nothing new either.
func (s *Service) fresh(sealed publica.Time) error {
	if age := time.Duration(s.Now()-sealed) * time.Millisecond; age > s.Stale {
		return publica.Problem(publica.Early, "seal", "the node shows the register as it was "+age.Round(time.Second).String()+" ago: nothing is opened by an old state").
			WithHint("is the register running, and this machine's clock right? else ask another node")
	}
	return nil
}

// took notes an act that is on record.
func (s *Service) took(t *Standing, done *Taken) {
	for _, w := range done.Wrong {
		s.Log.Error("a trustee dealt a wrong share; the complaint is on record", "docket", t.Docket, "dealer", w.Dealer, "envelope", done.Envelope, "lot", done.Lot, "err", w.Err)
	}
	s.Log.Info("a trustee's step is on record", "trustee", s.state.Trustee, "docket", t.Docket, "step", done.Step, "envelope", done.Envelope, "lot", done.Lot, "record", done.ID)
}

// patienceOfLog is how long an entry may take to reach the log.
const patienceOfLog = 2 * time.Minute

// send hands an entry in and waits until it is on the log.
func (s *Service) send(ctx context.Context, x *publica.Submission) error {
	id := x.Signed.ID()
	r, err := s.client.Submit(ctx, x)
	if err != nil {
		return err
	}
	v, err := r.Verify(s.client.Policy(), "")
	if err == nil && v.Stage == publica.Promised {
		_, v, err = s.client.Receipt(ctx, id, patienceOfLog)
	}
	switch {
	case err != nil:
		return &publica.Error{Code: publica.Unverified, Message: "the node took entry " + id.String() + ", but its receipt cannot be had", Err: err}
	case v.Leaf == nil:
		return publica.Problem(publica.Busy, "", "entry "+id.String()+" is promised, and not on the log yet")
	}
	s.least = max(s.least, v.Index+1)
	return Refused(v.Leaf)
}
