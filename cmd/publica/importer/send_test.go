package importer

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"publica"
)

// A fakeRegister logs what it is given at once, is busy at first, and refuses
// what refuse says.
type fakeRegister struct {
	mu     sync.Mutex
	busy   int // how many submissions to put off
	order  []publica.EntryID
	refuse func(e *publica.Entry) *publica.Refusal
}

func (f *fakeRegister) Submit(_ context.Context, s *publica.Submission) (*publica.Receipt, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.busy > 0 {
		f.busy--
		return nil, publica.Problem(publica.Busy, "", "over capacity")
	}
	e, err := publica.ParseEntry(s.Signed.Raw)
	if err != nil {
		return nil, err
	}
	l := &publica.Leaf{Entry: s.Signed.Raw, Signature: &s.Signed.Signature, Height: 1, Time: 1}
	if f.refuse != nil {
		l.Refused = f.refuse(e)
	}
	raw, err := l.Bytes()
	if err != nil {
		return nil, err
	}
	f.order = append(f.order, s.Signed.ID())
	return publica.LoggedReceipt(e.Register, raw, nil, nil), nil
}

func (f *fakeRegister) Receipt(context.Context, publica.EntryID, time.Duration) (*publica.Receipt, *publica.Verified, error) {
	return nil, nil, publica.Problem(publica.NotFound, "", "not asked for: everything is logged at once")
}

func statements(t *testing.T, n int) (subs []*publica.Submission) {
	t.Helper()
	g := signer(t)
	for i := range n {
		s, err := g.Sign(Statement{Source: fmt.Sprint(i), Kind: "participation/idea", Body: ideaBody{}, Made: publica.Time(i + 1),
			Parts: []Part{{Name: "title", Media: "text/plain", Text: fmt.Sprint("idea ", i)}}})
		if err != nil {
			t.Fatal(err)
		}
		subs = append(subs, s)
	}
	return subs
}

func TestUpload(t *testing.T) {
	subs := statements(t, 50)
	f, sent := &fakeRegister{busy: 2}, 0
	var mu sync.Mutex
	up := &Upload{To: f, Workers: 8, Patience: time.Minute, Progress: func(n int) { mu.Lock(); sent += n; mu.Unlock() }}
	if err := up.All(t.Context(), subs); err != nil {
		t.Fatal(err)
	}
	if len(f.order) != 50 || sent != 50 {
		t.Errorf("%d statements arrived, progress says %d", len(f.order), sent)
	}
	f.order = nil
	if err := up.InOrder(t.Context(), subs); err != nil {
		t.Fatal(err)
	}
	for i, s := range subs {
		if f.order[i] != s.Signed.ID() {
			t.Fatalf("statement %d is out of order", i)
		}
	}
}

func TestUploadRefused(t *testing.T) {
	f := &fakeRegister{refuse: func(e *publica.Entry) *publica.Refusal {
		if e.Made == 7 {
			return &publica.Refusal{Code: publica.Late, Field: "docket", Message: "is codified"}
		}
		return nil
	}}
	up := &Upload{To: f, Workers: 4, Patience: time.Minute}
	for _, send := range []func(context.Context, []*publica.Submission) error{up.All, up.InOrder} {
		err := send(t.Context(), statements(t, 20))
		if publica.CodeOf(err) != publica.Late || !strings.Contains(err.Error(), "the rules refuse participation/idea") {
			t.Errorf("%v, want the refusal", err)
		}
	}
	f.busy = 1 << 30
	up.Patience = 0
	if err := up.All(t.Context(), statements(t, 3)); publica.CodeOf(err) != publica.Busy {
		t.Errorf("%v, want busy once patience is over", err)
	}
}
