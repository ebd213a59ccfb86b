package ledger

import (
	"runtime"
	"sync"

	"github.com/oasisprotocol/curve25519-voi/primitives/ed25519"
	"github.com/oasisprotocol/curve25519-voi/primitives/ed25519/extra/cache"

	"publica"
	"publica/internal/machine"
)

// maxBatch is where the gain of checking ed25519 signatures together levels
// off: one batched check costs about half of a single one.
const maxBatch = 256

// Keys that sign often (importers, bodies) are kept in expanded form.
const expandedKeys = 1024

// ZIP 215, as everywhere in the register, so that a batch and a single check
// accept the same signatures.
var zip215 = &ed25519.Options{Verify: ed25519.VerifyOptionsZIP_215}

// verifier checks signatures on all processors. A worker takes whatever waits,
// up to maxBatch: alone, an entry is checked at once; under load, batches grow
// by themselves.
type verifier struct {
	work chan check
	keys *cache.Verifier
	wait sync.WaitGroup
	stop chan struct{}
}

type check struct {
	entry *machine.Entry
	reply chan<- error
}

func newVerifier() *verifier {
	n := runtime.GOMAXPROCS(0)
	v := &verifier{
		work: make(chan check, n*maxBatch),
		keys: cache.NewVerifier(cache.NewLRUCache(expandedKeys)),
		stop: make(chan struct{}),
	}
	for range n {
		v.wait.Go(v.run)
	}
	return v
}

// close stops the workers. Checks that wait are answered with an error.
func (v *verifier) close() {
	close(v.stop)
	v.wait.Wait()
}

// BatchVerifier returns a function that checks the signatures of many entries,
// which passed [App.Open], in batches on all processors, and reports for each
// whether it is valid. It must not be called twice at once.
func BatchVerifier() func(entries []*machine.Entry) []bool {
	v := &verifier{keys: cache.NewVerifier(cache.NewLRUCache(expandedKeys))}
	return v.verifyAll
}

// verify checks the signature of an entry that passed [App.Open]. It returns
// nil or an [publica.Error].
func (v *verifier) verify(e *machine.Entry) error {
	if err := e.Signed.Signature.CheckForm(e.Author); err != nil {
		return err
	}
	if e.Signed.Signature.Algorithm != publica.Ed25519 {
		return e.Signed.Signature.Verify(e.Author, e.Signed.Raw)
	}
	reply := make(chan error, 1)
	select {
	case v.work <- check{e, reply}:
	case <-v.stop:
		return errStopped
	}
	select {
	case err := <-reply:
		return err
	case <-v.stop:
		return errStopped
	}
}

// verifyAll checks many entries and reports for each whether its signature is
// valid. It runs outside the workers' queue: a decided block waits for nobody.
func (v *verifier) verifyAll(entries []*machine.Entry) []bool {
	valid := make([]bool, len(entries))
	parallel(len(entries), maxBatch, func(from, to int) {
		v.checkBatch(entries[from:to], valid[from:to])
	})
	var single []int
	for i, e := range entries {
		if e.Signed.Signature.Algorithm != publica.Ed25519 {
			single = append(single, i)
		}
	}
	parallel(len(single), 1, func(from, _ int) {
		i := single[from]
		valid[i] = entries[i].Signed.Signature.Verify(entries[i].Author, entries[i].Signed.Raw) == nil
	})
	return valid
}

func (v *verifier) run() {
	var (
		waiting = make([]check, 0, maxBatch)
		entries = make([]*machine.Entry, 0, maxBatch)
		valid   = make([]bool, maxBatch)
	)
	for {
		waiting, entries = waiting[:0], entries[:0]
		select {
		case c := <-v.work:
			waiting = append(waiting, c)
		case <-v.stop:
			return
		}
		runtime.Gosched() // whoever is about to ask does it now
	drain:
		for len(waiting) < maxBatch {
			select {
			case c := <-v.work:
				waiting = append(waiting, c)
			default:
				break drain
			}
		}
		for _, c := range waiting {
			entries = append(entries, c.entry)
		}
		v.checkBatch(entries, valid[:len(entries)])
		for i, c := range waiting {
			if valid[i] {
				c.reply <- nil
			} else {
				c.reply <- publica.Problem(publica.BadSignature, "signature/sig", "does not verify over this entry").
					WithHint("sign the canonical bytes of the entry, exactly as sent")
			}
		}
		clear(waiting)
		clear(entries)
	}
}

// checkBatch checks up to maxBatch entries together and leaves out those whose
// algorithm has no batches. If the batch fails, each is checked alone to find
// the bad ones.
func (v *verifier) checkBatch(entries []*machine.Entry, valid []bool) {
	batch := ed25519.NewBatchVerifierWithCapacity(len(entries))
	var batched []int
	for i, e := range entries {
		s := &e.Signed.Signature
		if valid[i] = false; s.Algorithm == publica.Ed25519 && s.CheckForm(e.Author) == nil {
			batched = append(batched, i)
			v.keys.AddWithOptions(batch, s.Key, e.Signed.Raw, s.Sig, zip215)
		}
	}
	switch len(batched) {
	case 0:
	case 1:
		i := batched[0]
		s := &entries[i].Signed.Signature
		valid[i] = v.keys.VerifyWithOptions(s.Key, entries[i].Signed.Raw, s.Sig, zip215)
	default:
		_, each := batch.Verify(nil)
		for j, i := range batched {
			valid[i] = each[j]
		}
	}
}

// parallel calls f for consecutive ranges of at most step that cover [0, n),
// on all processors, and returns when all are done.
func parallel(n, step int, f func(from, to int)) {
	if n <= step {
		if n > 0 {
			f(0, n)
		}
		return
	}
	ranges := make(chan int, (n+step-1)/step)
	for from := 0; from < n; from += step {
		ranges <- from
	}
	close(ranges)
	var wait sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), cap(ranges)) {
		wait.Go(func() {
			for from := range ranges {
				f(from, min(from+step, n))
			}
		})
	}
	wait.Wait()
}
