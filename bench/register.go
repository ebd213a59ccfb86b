package main

import (
	"context"
	"encoding/json/v2"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"publica"
	"publica/internal/node"
	"publica/internal/web"
)

// name is the register that is measured.
const name = "bench.publica.example"

// result is what one run of this register has shown.
type result struct {
	committed    float64 // entries per second from the first submission to the last commit
	shown        float64 // the same until pages and searches show them
	diskPerEntry float64 // bytes below the data folder
	rawPerEntry  float64 // bytes of entry, signature and content

	idle50, idle99 time.Duration
	load50, load99 time.Duration
	loadRate       float64

	verify, signature time.Duration
}

// register measures a whole node: signatures checked, rules applied, log and
// content durable, promise signed, pages following.
func register(ctx context.Context, n, size int, profile string) (*result, error) {
	dir, err := os.MkdirTemp("", "bench-register-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	f, err := node.Found(dir, node.Config{Register: name, Listen: "127.0.0.1:0"}, time.Now())
	if err != nil {
		return nil, err
	}
	founder, err := f.Key("founder")
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	ready, ended := make(chan web.Register, 1), make(chan error, 1)
	go func() {
		ended <- node.Run(ctx, f, node.Options{Ready: func(_ string, r web.Register) { ready <- r }})
	}()
	var reg web.Register
	select {
	case reg = <-ready:
	case err := <-ended:
		cancel()
		return nil, err
	}
	r, err := measure(ctx, reg, founder, dir, n, size, profile)
	cancel()
	return r, errors.Join(err, <-ended)
}

func measure(ctx context.Context, reg web.Register, founder *publica.PrivateKey, dir string, n, size int, profile string) (*result, error) {
	docket, err := openDocket(ctx, reg, founder)
	if err != nil {
		return nil, err
	}
	all, raw := comments(n, size, docket)
	r := &result{rawPerEntry: float64(raw) / float64(n)}
	before := reg.Status().Size

	stopProfile, err := startProfile(profile)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	each(n, 8000, func(i int) { submit(ctx, reg, all[i]) })
	for reg.Status().Size < before+int64(n) && ctx.Err() == nil {
		time.Sleep(time.Millisecond)
	}
	r.committed = perSecond(n, began)
	stopProfile()
	for s := reg.Status(); s.Shown < s.Size && ctx.Err() == nil; s = reg.Status() {
		time.Sleep(time.Millisecond)
	}
	r.shown = perSecond(n, began)
	r.diskPerEntry = float64(diskBytes(dir)) / float64(n)

	few, _ := comments(100, size, docket)
	r.idle50, r.idle99 = latency(ctx, reg, few, 400*time.Millisecond)
	r.loadRate = r.committed / 4
	background, _ := comments(int(r.loadRate*8), size, docket)
	some, _ := comments(200, size, docket)
	loading, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() { drip(loading, reg, background, r.loadRate) })
	time.Sleep(time.Second)
	r.load50, r.load99 = latency(ctx, reg, some, 10*time.Millisecond)
	stop()
	wg.Wait()
	return r, offline(ctx, reg, all[0], r)
}

// submit waits and tries again when the node says that it is busy.
func submit(ctx context.Context, reg web.Register, s *publica.Submission) {
	for ctx.Err() == nil {
		_, err := reg.Submit(ctx, s)
		if publica.CodeOf(err) != publica.Busy {
			if err != nil {
				fmt.Fprintln(os.Stderr, "bench: refused:", err)
			}
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// drip submits at a steady rate until ctx ends.
func drip(ctx context.Context, reg web.Register, all []*publica.Submission, perSecond float64) {
	began := time.Now()
	each(len(all), 64, func(i int) {
		if wait := time.Until(began.Add(time.Duration(float64(i) / perSecond * float64(time.Second)))); wait > 0 {
			select {
			case <-time.After(wait):
			case <-ctx.Done():
			}
		}
		if ctx.Err() == nil {
			submit(ctx, reg, all[i])
		}
	})
}

// latency returns the median and 99th percentile from submission to a receipt
// that proves the entry to be in the log.
func latency(ctx context.Context, reg web.Register, all []*publica.Submission, pause time.Duration) (p50, p99 time.Duration) {
	var took []time.Duration
	for _, s := range all {
		if ctx.Err() != nil {
			return 0, 0
		}
		began := time.Now()
		submit(ctx, reg, s)
		for ctx.Err() == nil {
			if r, err := reg.Receipt(ctx, s.Signed.ID()); err == nil && r.Stage() == publica.Logged {
				break
			}
			time.Sleep(500 * time.Microsecond)
		}
		took = append(took, time.Since(began))
		time.Sleep(pause)
	}
	slices.Sort(took)
	return took[len(took)/2].Round(100 * time.Microsecond), took[len(took)*99/100].Round(100 * time.Microsecond)
}

// offline measures a receipt's verification beside one signature check.
func offline(ctx context.Context, reg web.Register, s *publica.Submission, r *result) error {
	policy, err := publica.ParsePolicy([]byte(reg.Policy()))
	if err != nil {
		return err
	}
	receipt, err := reg.Receipt(ctx, s.Signed.ID())
	if err != nil {
		return err
	}
	entry, err := publica.ParseEntry(s.Signed.Raw)
	if err != nil {
		return err
	}
	const times = 500
	began := time.Now()
	for range times {
		if _, err := receipt.Verify(policy, name); err != nil {
			return err
		}
	}
	r.verify = time.Since(began) / times
	began = time.Now()
	for range times {
		if err := s.Signed.Signature.Verify(entry.Author, s.Signed.Raw); err != nil {
			return err
		}
	}
	r.signature = time.Since(began) / times
	return nil
}

// comments signs n comments of that much text by a thousand people.
func comments(n, size int, docket publica.DocketID) (all []*publica.Submission, raw int64) {
	keys := make([]*publica.PrivateKey, 1000)
	for i := range keys {
		keys[i] = publica.KeyFromSeed([32]byte{byte(i), byte(i >> 8), 1})
	}
	all = make([]*publica.Submission, n)
	each(n, runtime.GOMAXPROCS(0), func(i int) {
		text := make([]byte, size)
		for j := range text {
			text[j] = "abcdefghijklmnopqrstuvwxyz     "[rand.IntN(31)]
		}
		c, p := publica.NewContent("text", "text/plain", text)
		s, err := publica.NewSubmission(keys[i%len(keys)], publica.Entry{Register: name, Docket: docket, Kind: "participation/comment",
			Made: publica.TimeOf(time.Now()), Nonce: publica.NewNonce(nil), Body: []byte(`{"stance":"support"}`), Content: []publica.Part{p}}, c)
		if err != nil {
			panic(err) // the entry is well formed
		}
		all[i] = s
	})
	for _, s := range all {
		raw += int64(len(s.Signed.Raw)+len(s.Signed.Signature.Key)+len(s.Signed.Signature.Sig)) + int64(size+publica.SaltSize)
	}
	return all, raw
}

// openDocket founds a body that runs a consultation anyone may comment on.
func openDocket(ctx context.Context, reg web.Register, founder *publica.PrivateKey) (publica.DocketID, error) {
	say := func(kind publica.Kind, by publica.BodyID, body any, content ...publica.Content) (publica.EntryID, error) {
		raw, err := json.Marshal(body)
		if err != nil {
			return publica.EntryID{}, err
		}
		e := publica.Entry{Register: name, Kind: kind, For: by, Made: publica.TimeOf(time.Now()), Nonce: publica.NewNonce(nil), Body: raw}
		for _, c := range content {
			e.Content = append(e.Content, publica.Part{Name: c.Name, Media: "text/plain", Size: int64(len(c.Data)), Commitment: c.Commitment()})
		}
		s, err := publica.NewSubmission(founder, e, content...)
		if err != nil {
			return publica.EntryID{}, err
		}
		for ctx.Err() == nil {
			_, err := reg.Submit(ctx, s)
			if err == nil {
				break
			}
			if publica.CodeOf(err) != publica.Busy { // else the validators are still meeting
				return publica.EntryID{}, fmt.Errorf("%s: %w", kind, err)
			}
			time.Sleep(100 * time.Millisecond)
		}
		for {
			if r, err := reg.Receipt(ctx, s.Signed.ID()); err == nil && r.Stage() == publica.Logged {
				return s.Signed.ID(), nil
			}
			time.Sleep(time.Millisecond)
		}
	}
	body, err := say("identity/body", publica.BodyID{}, map[string]string{"name": "Ministry of Measures", "type": "agency"})
	if err != nil {
		return publica.DocketID{}, err
	}
	by := publica.BodyID(body)
	if _, err := say("identity/grant", by, map[string]string{"key": founder.ID().String(), "role": "coordinator"}); err != nil {
		return publica.DocketID{}, err
	}
	title, _ := publica.NewContent("title", "text/plain", []byte("A plan under load"))
	id, err := say("docket/open", by, map[string]any{
		"type": "consultation", "languages": []string{"en"},
		"charter": map[string]any{"contribute": "anyone", "periods": []string{}, "respond": true, "notice_days": 0, "min_days": 0,
			"min_bytes": 1, "max_bytes": 5000, "max_attachments": 0, "moderators": []string{}, "reviewers": []string{}, "retention": "permanent"},
	}, title)
	return publica.DocketID(id), err
}

// diskBytes returns the bytes of all files below dir, as allocated length.
func diskBytes(dir string) (sum int64) {
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil // a file that went away while we looked is no longer on disk
		}
		if info, err := d.Info(); err == nil {
			sum += info.Size()
		}
		return nil
	})
	if err != nil {
		return 0
	}
	return sum
}
