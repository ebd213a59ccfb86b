package trustee_test

import (
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"testing"

	"publica"
	"publica/internal/registertest"
	"publica/tender"
	"publica/trustee"
)

var errCut = errors.New("cut off")

// A cut loses every entry or every answer to one, by turns.
type cut struct{ after, lost, unheard int }

func (c *cut) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodPost {
		return http.DefaultTransport.RoundTrip(r)
	}
	c.after++
	switch c.after % 3 {
	case 1:
		c.lost++
		return nil, errCut
	case 2:
		res, err := http.DefaultTransport.RoundTrip(r)
		if err == nil {
			_, err = io.Copy(io.Discard, res.Body)
			res.Body.Close()
		}
		c.unheard++
		return nil, errors.Join(errCut, err)
	}
	return http.DefaultTransport.RoundTrip(r)
}

// A trustee that dies between storing and sending, or between sending and hearing,
// at every step, and is started again, says everything once.
func TestCrashes(t *testing.T) {
	s := newScene(t, func(terms map[string]any) { terms["envelopes"] = 2 })
	c := new(cut)
	for _, actor := range five[1:] {
		s.start(actor, s.url, nil)
	}
	crash := func(want tender.Stage) {
		t.Helper()
		for range 60 {
			s.start("t1", s.url, c).Round(t.Context())
			s.stop("t1")
			s.settle()
			if s.read().Stage == want {
				return
			}
		}
		t.Fatalf("%s is never reached", want)
	}
	crash(tender.Bidding)
	s.bid("v1")
	s.stop("t4")
	s.stop("t5") // so that the first is needed
	s.close()
	crash(tender.Opened)
	s.once("t1", 2, 2, 2, 2, 1)
	if c.lost < 5 || c.unheard < 5 { // one of each at each step
		t.Errorf("only %d entries and %d answers were lost", c.lost, c.unheard)
	}
}

// What an entry rests on is on the disk, with the entry, before anyone has it; what
// cannot be stored is not sent.
func TestStoredBeforeSent(t *testing.T) {
	s := newScene(t, nil)
	key := registertest.Key("t1")
	path := filepath.Join(t.TempDir(), "secrets")
	full := errors.New("the disk is full")
	var keep, reply error
	sent := map[publica.EntryID]int{}
	act := func() error {
		t.Helper()
		p, f := s.read(), &trustee.File{Path: path}
		secrets, err := trustee.ReadSecrets(f, p, key.ID())
		if err != nil {
			t.Fatal(err)
		}
		who, err := trustee.New(p, key, secrets, trustee.World{Now: s.now,
			Keep: func(x *trustee.Secrets) error {
				if keep != nil {
					return keep
				}
				return f.Write(x)
			},
			Send: func(x *publica.Submission) error {
				stored := new(trustee.Secrets)
				if _, err := (&trustee.File{Path: path}).Read(stored); err != nil || stored.Sending == nil || stored.Sending.Entry.Signed.ID() != x.Signed.ID() {
					t.Errorf("an entry is sent that is not stored: %v", err)
				}
				if len(stored.Keys) != 1 || len(stored.Keys[0].Boxes) != 5 || stored.Sending.Act.Step == trustee.Commit && stored.Keys[0].Deal == nil {
					t.Errorf("%s is sent, and the secrets are %+v", stored.Sending.Act.Step, stored.Keys)
				}
				sent[x.Signed.ID()]++
				return reply
			}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = who.Take(who.Due()[0])
		return err
	}
	lost := errors.New("nobody knows whether it arrived")
	for _, step := range []string{"announce", "commit"} {
		clear(sent)
		keep = full
		if err := act(); !errors.Is(err, full) || len(sent) > 0 {
			t.Errorf("%s: the disk is full, and the error is %v, sent is %v", step, err, sent)
		}
		keep, reply = nil, lost
		for range 2 {
			if err := act(); !errors.Is(err, lost) {
				t.Errorf("%s: the error is %v", step, err)
			}
		}
		if len(sent) != 1 {
			t.Errorf("%s was sent as %d entries", step, len(sent))
		}
		reply = &trustee.RefusedError{Why: publica.Problem(publica.Late, "docket", "is over")}
		if err := act(); publica.CodeOf(err) != publica.Late {
			t.Errorf("%s: the error is %v", step, err)
		}
		reply = lost
		if err := act(); !errors.Is(err, lost) || len(sent) != 2 {
			t.Errorf("%s: after a refusal sent are %d entries, %v", step, len(sent), err)
		}
		s.step("t1", step)
		for _, other := range five[1:] {
			s.step(other, step)
		}
	}
}

// An act that is not due is not taken, whoever asks for it.
func TestTakesOnlyWhatIsDue(t *testing.T) {
	s := newScene(t, nil)
	for _, actor := range five {
		s.start(actor, s.url, nil)
	}
	s.settle()
	s.bid("v1")
	p, f := s.read(), &trustee.File{Path: filepath.Join(s.folder, "t1", s.docket.String()+".secrets")}
	secrets, err := trustee.ReadSecrets(f, p, registertest.Key("t1").ID())
	if err != nil {
		t.Fatal(err)
	}
	who, err := trustee.New(p, registertest.Key("t1"), secrets, trustee.World{Now: s.now,
		Keep: func(*trustee.Secrets) error { t.Error("it was kept"); return nil },
		Send: func(*publica.Submission) error { t.Error("it was sent"); return nil }})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := who.Take(trustee.Act{Step: trustee.Open, Attempt: 1, Envelope: "bid"}); publica.CodeOf(err) != publica.Early {
		t.Errorf("to open before the deadline gives %v", err)
	}
}
