package trustee

import (
	"context"
	"encoding/json/v2"
	"errors"
	"slices"

	"publica"
	"publica/tender"
)

// follow reads what the log gained: it meets the tenders that name the key, and
// notes which of those it knows have changed.
func (s *Service) follow(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	size := s.state.Size
	var all []met
	err := s.readOn(ctx, func(l *publica.LogLeaf) {
		size = l.Index + 1
		if m, ok := s.meet(l); ok {
			all = append(all, m)
		}
	})
	if err != nil && ctx.Err() == context.Canceled {
		return // told to stop
	}
	if errors.Is(err, context.DeadlineExceeded) && size > s.state.Size {
		err = nil // a long log: the next round reads on
	}
	if err == nil && size == s.state.Size && s.state.Error == "" {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.state.Reached = s.Now()
		return
	}
	s.change(func(f *following) {
		f.Size, s.least = size, max(s.least, size)
		for _, m := range all {
			f.note(m)
		}
		if err == nil {
			f.Checkpoint, f.Error, f.Failures, f.Again, f.Reached = string(s.client.Seen()), "", 0, 0, s.Now()
			return
		}
		f.Failures++
		f.Failed++
		f.Error, f.Again = err.Error(), s.Now().Add(pauseAfter(f.Failures))
		s.Log.Error("a trustee cannot follow the register", "trustee", f.Trustee, "err", err, "failures", f.Failures, "again", f.Again)
	})
}

// readOn reads the leaves that the service has not read yet, each proven.
func (s *Service) readOn(ctx context.Context, see func(*publica.LogLeaf)) error {
	if err := s.believe(); err != nil {
		return err
	}
	at, leaves, err := s.client.Changes(ctx, s.state.Size)
	if err != nil {
		return err
	}
	if at.Tree.N < s.least {
		return publica.Problem(publica.Unverified, "checkpoint", "is older than what this node, or another, has shown before").WithHint("the node may be behind: wait, or ask another node")
	}
	for l, err := range leaves {
		if err != nil {
			return err
		}
		see(&l)
	}
	return nil
}

// met is a tender of which a leaf tells.
type met struct {
	docket publica.DocketID
	names  bool // the key as a trustee
}

// note takes what was met into the state.
func (f *following) note(m met) {
	i := slices.IndexFunc(f.Tenders, func(t Standing) bool { return t.Docket == m.docket })
	if i < 0 && m.names {
		i, f.Tenders = len(f.Tenders), append(f.Tenders, Standing{Docket: m.docket})
	}
	if i >= 0 {
		f.Tenders[i].Changed = true
	}
}

// meet looks whether a leaf can make an act due: by its kind alone, or because it
// publishes a tender that names the key.
func (s *Service) meet(l *publica.LogLeaf) (met, bool) {
	if l.Leaf.Refused != nil {
		return met{}, false
	}
	if system := l.Leaf.System; system != nil {
		return met{docket: system.Docket}, !system.Docket.IsZero()
	}
	if l.Entry == nil || l.Entry.Docket.IsZero() || slices.Contains(idle, l.Entry.Kind) {
		return met{}, false
	}
	m := met{docket: l.Entry.Docket}
	if l.Entry.Kind == "procurement/publish" {
		var t tender.Terms
		m.names = json.Unmarshal(l.Entry.Body, &t) == nil && t.Trustee(s.Key.ID()) > 0
	}
	return m, true
}

// idle are the kinds of which a tender has many and which never make an act due by
// themselves: reading it again for each would be for nothing. Not one of them is
// procurement/compliance-result: where nobody scores, the last of them lets prices open,
// and no other record says so. Nor procurement/protest-step: a protest that is withdrawn
// may have been the last that could reopen a tender.
var idle = []publica.Kind{
	"procurement/plan", "procurement/ask", "procurement/answer", "procurement/bid", "procurement/withdraw-bid", "procurement/storage-receipt",
	"procurement/memo", "procurement/protest", "procurement/milestone", "procurement/accept", "procurement/payment",
}
