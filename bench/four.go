package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"publica"
	"publica/internal/machine"
	"publica/internal/node"
	"publica/internal/web"
)

// validators is how many run the register of the second table.
const validators = 4

// together is a register that several nodes of this process run.
type together struct {
	regs    []web.Register
	bases   []string
	folders []*node.Folder
	founder *publica.PrivateKey
	stop    func() error
}

// four measures a register run by four validators beside the kvstore run by
// four, then how soon a receipt is cosigned and durable, then how fast a new
// node joins.
func four(ctx context.Context, n, rounds int) error {
	fmt.Printf("\n%d validators on one machine, loopback\n", validators)
	w := tabwriter.NewWriter(os.Stdout, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "content\tround\tkvstore tx/s\tthis register entries/s\tratio\t")
	for _, size := range []int{250, 1000} {
		for round := range rounds {
			peer, err := kvstorePeer(ctx, n, size, validators)
			if err != nil {
				return fmt.Errorf("kvstore: %w", err)
			}
			last := size == 1000 && round == rounds-1
			rate, err := fourRegister(ctx, n, size, last, w)
			if err != nil {
				return err
			}
			fmt.Fprintf(w, "%d\t%d\t%.0f\t%.0f\t%.2f\t\n", size, round+1, peer, rate, rate/peer)
		}
	}
	return w.Flush()
}

// fourRegister returns the entries per second that four validators have all
// committed.
func fourRegister(ctx context.Context, n, size int, more bool, w *tabwriter.Writer) (rate float64, err error) {
	dir, err := os.MkdirTemp("", "bench-four-*")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	t, err := runTogether(ctx, dir)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, t.stop()) }()
	docket, err := openDocket(ctx, t.regs[0], t.founder)
	if err != nil {
		return 0, err
	}
	all, _ := comments(n, size, docket)
	before := t.regs[0].Status().Size
	began := time.Now()
	each(n, 2000, func(i int) { submit(ctx, t.regs[i%validators], all[i]) })
	for _, r := range t.regs {
		for r.Status().Size < before+int64(n) && ctx.Err() == nil {
			time.Sleep(time.Millisecond)
		}
	}
	rate = perSecond(n, began)
	if !more || ctx.Err() != nil {
		return rate, ctx.Err()
	}
	if err := w.Flush(); err != nil {
		return rate, err
	}
	few, _ := comments(100, size, docket)
	c50, c99, d50, d99, err := vouchLatency(ctx, t, few)
	if err != nil {
		return rate, err
	}
	fmt.Printf("\nsubmit to a receipt that 3 of %d have cosigned: p50 %v, p99 %v; whose content 3 hold too: p50 %v, p99 %v\n", validators, c50, c99, d50, d99)
	return rate, join(ctx, t, dir)
}

// runTogether founds and runs a register of several validators.
func runTogether(ctx context.Context, dir string) (_ *together, err error) {
	t := &together{}
	ctx, cancel := context.WithCancel(ctx)
	var wait sync.WaitGroup
	var failed error
	var mu sync.Mutex
	t.stop = func() error { cancel(); wait.Wait(); return failed }
	defer func() {
		if err != nil {
			err = errors.Join(err, t.stop())
		}
	}()
	var cards []*node.Card
	for i := range validators {
		address, err := freeAddress()
		if err != nil {
			return nil, err
		}
		cfg := node.Config{Register: name, Name: fmt.Sprintf("node%d", i+1), Listen: "127.0.0.1:0", Peers: node.Peers{Listen: address}}
		f, card, err := node.Init(filepath.Join(dir, cfg.Name), cfg, machine.GenesisBody{Name: "Body " + cfg.Name, Type: "other"}, address)
		if err != nil {
			return nil, err
		}
		t.folders, cards = append(t.folders, f), append(cards, card)
	}
	if t.founder, err = publica.GenerateKey(publica.Ed25519); err != nil {
		return nil, err
	}
	g, err := node.Gather(cards, []publica.KeyID{t.founder.ID()}, node.DefaultSilence, time.Now())
	if err != nil {
		return nil, err
	}
	raw, err := node.EncodeGenesis(g)
	if err != nil {
		return nil, err
	}
	for _, c := range cards {
		first, _, _ := strings.Cut(c.Validator.Name, ".")
		if err := os.WriteFile(filepath.Join(dir, first, "genesis.json"), raw, 0o644); err != nil {
			return nil, err
		}
	}
	type up struct {
		base string
		reg  web.Register
		at   int
	}
	ready := make(chan up, validators)
	for i, f := range t.folders {
		wait.Go(func() {
			err := node.Run(ctx, f, node.Options{Ready: func(base string, r web.Register) { ready <- up{base, r, i} }})
			mu.Lock()
			defer mu.Unlock()
			failed = errors.Join(failed, err)
			cancel()
		})
	}
	t.regs, t.bases = make([]web.Register, validators), make([]string, validators)
	for range validators {
		select {
		case u := <-ready:
			t.regs[u.at], t.bases[u.at] = u.reg, u.base
		case <-ctx.Done():
			return nil, errors.New("a node has stopped at its start")
		}
	}
	return t, nil
}

// vouchLatency submits one entry at a time to a register that is idle
// otherwise, and waits for its receipt to be cosigned, and durable.
func vouchLatency(ctx context.Context, t *together, all []*publica.Submission) (c50, c99, d50, d99 time.Duration, err error) {
	policy, err := publica.ParsePolicy([]byte(t.regs[0].Policy()))
	if err != nil {
		return 0, 0, 0, 0, err
	}
	var cosigned, durable []time.Duration
	for i, s := range all {
		reg := t.regs[i%validators]
		began := time.Now()
		submit(ctx, reg, s)
		seen := false
		for ctx.Err() == nil {
			var v *publica.Verified
			r, err := reg.Receipt(ctx, s.Signed.ID())
			if err == nil {
				v, err = r.Verify(policy, "")
			}
			if err == nil && v.Stage != publica.Promised {
				if !seen {
					seen = true
					cosigned = append(cosigned, time.Since(began))
				}
				if v.Stage == publica.Durable {
					durable = append(durable, time.Since(began))
					break
				}
			}
			time.Sleep(time.Millisecond)
		}
		time.Sleep(300 * time.Millisecond)
	}
	c50, c99 = percentiles(cosigned)
	d50, d99 = percentiles(durable)
	return c50, c99, d50, d99, ctx.Err()
}

func percentiles(took []time.Duration) (p50, p99 time.Duration) {
	if len(took) == 0 {
		return 0, 0
	}
	slices.Sort(took)
	return took[len(took)/2].Round(100 * time.Microsecond), took[len(took)*99/100].Round(100 * time.Microsecond)
}

// join measures how fast a new node takes over the log from its tiles, beside
// how many signatures this machine can check.
func join(ctx context.Context, t *together, dir string) error {
	size := t.regs[0].Status().Size
	policy, err := publica.ParsePolicy([]byte(t.regs[0].Policy()))
	if err != nil {
		return err
	}
	address, err := freeAddress()
	if err != nil {
		return err
	}
	cfg := node.Config{Register: name, Name: "joiner", Listen: "127.0.0.1:0", Peers: node.Peers{Listen: address}}
	f, _, err := node.Init(filepath.Join(dir, cfg.Name), cfg, machine.GenesisBody{Name: "Joiner", Type: "other"}, address)
	if err != nil {
		return err
	}
	began := time.Now()
	if err := node.Join(ctx, f, t.bases, policy, nil); err != nil {
		return err
	}
	rate := perSecond(int(size), began)
	limit := signatureLimit()
	fmt.Printf("a new node joins from tiles: %d records at %.0f/s; signatures alone %.0f/s, ratio %.2f (four nodes run beside it)\n", size, rate, limit, rate/limit)
	return nil
}
