package node

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"slices"
	"time"

	"publica"
	"publica/internal/domain"
	"publica/internal/ledger"
	"publica/internal/machine"
	"publica/internal/private"
	"publica/internal/readmodel"
	"publica/internal/web"
)

// PromiseWithin is how soon a node promises an entry to be in the log.
const PromiseWithin = time.Minute

// Options are what a node is given by the world.
type Options struct {
	Log *slog.Logger
	Now func() time.Time // default time.Now
	// Gallery adds a page that shows all pages, for those who work on them.
	Gallery bool
	// Ready is called once pages are served, with their address and the
	// register behind them.
	Ready func(base string, r web.Register)
}

// Run assembles the node of a folder and runs it until ctx ends or it can no
// longer do its work. What it acknowledged is on disk when it returns, however
// it ends.
func Run(ctx context.Context, f *Folder, o Options) (err error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	closeLast := func(c func() error) { err = errors.Join(err, c()) }

	// 1. Who this node is, and what the register started from.
	keys, err := f.noteKeys()
	if err != nil {
		return err
	}
	genesis, rawGenesis, err := f.genesis()
	if err != nil {
		return err
	}

	// 2. The law, and the state and log it has made so far.
	law, err := machine.New(f.Config.Register, domain.All())
	if err != nil {
		return err
	}
	if err := runThisCode(law); err != nil {
		return err
	}
	chain, err := openChain(law, f, keys.log)
	if err != nil {
		return err
	}
	defer closeLast(chain.close)

	// 3. The read model: disposable, refilled from the log.
	model, err := readmodel.Open(f.path("readmodel.db"), domain.Views())
	if err != nil {
		return err
	}
	defer closeLast(model.Close)

	// 4. Who vouches for what: this node's signatures and those it hears.
	reg := &register{chain: chain, model: model, operator: f.Config.Operator, witness: f.Config.Witnesses, now: o.Now}
	if reg.vouching, err = newVouching(chain, f, keys, o); err != nil {
		return err
	}

	// 5. Consensus: replays into the chain what it misses, then decides.
	promise := func(ids []publica.EntryID) ([]publica.Promise, error) {
		by := publica.TimeOf(o.Now().Add(PromiseWithin))
		reg.promises.gave(ids, by)
		return publica.PromiseBatch(keys.node, f.Config.Register, ids, by)
	}
	chain.onEntry = reg.promises.logged
	if reg.holding, err = newHolding(chain, o.Log); err != nil {
		return err
	}
	chain.onCommit, reg.vouching.holds = reg.holding.committed, reg.holding
	led, err := ledger.Start(ctx, ledger.Config{
		Dir: f.dir, Register: f.Config.Register, Genesis: rawGenesis, GenesisTime: genesis.Time, Log: o.Log, Now: o.Now,
		Validators: founding(genesis), Listen: f.Config.Peers.Listen, Peers: f.peers(genesis.Validators), Signer: f.Config.Signer,
		Heard: reg.vouching.hear,
	}, chain, promise, chain.decided)
	if err != nil {
		return err
	}
	defer closeLast(led.Stop)
	reg.ledger, reg.vouching.say = led, led.Say
	if err := reg.found(law, genesis, f, keys); err != nil {
		return err
	}
	reg.holding.fetch, reg.holding.purge = led.Fetch, led.Purge

	// 6. The public face over all of it.
	vault, err := private.Open(f.path("private"), o.Now)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", f.Config.Listen)
	if err != nil {
		return fmt.Errorf("listen for pages: %w", err)
	}
	defer closeLast(func() error { // the server has closed it, unless it never came to serve
		if err := listener.Close(); !errors.Is(err, net.ErrClosed) {
			return err
		}
		return nil
	})
	base := "http://" + listener.Addr().String()
	trustees, err := embedTrustees(f, reg, base, o)
	for _, t := range trustees {
		defer closeLast(t.Close)
	}
	if err != nil {
		return err
	}
	handler, behind, err := face(f, reg, model, vault, trustees, o)
	if err != nil {
		return err
	}
	server := web.NewServer(handler, o.Log)

	// 7. Those who work until the end: the read model follows the log, content
	// is gathered, signatures are made and heard, witnesses are asked, the clock
	// asks for blocks when something falls due, the server answers, and behind its
	// pages news is told, contributions are looked through, and trustees act.
	work := []func(context.Context) error{
		func(ctx context.Context) error { return model.Follow(ctx, reg, chain.signals(ctx)) },
		reg.holding.run, reg.vouching.run, reg.vouching.askWitnesses, reg.keepPeers(f), reg.keepTime, reg.watch.run, chain.serveControl(f, o.Now), sweep(vault),
		func(context.Context) error { return serve(server, listener) },
	}
	work = append(work, behind...)
	for _, t := range trustees {
		work = append(work, t.Run)
	}
	ended := make(chan error, len(work))
	for _, w := range work {
		go func() { ended <- w(ctx) }()
	}
	if o.Ready != nil {
		o.Ready(base, reg)
	}

	// 8. Until told to stop, or one of them cannot go on.
	working := len(work)
	select {
	case <-ctx.Done():
	case <-led.Done():
		err = fmt.Errorf("consensus has stopped: %w", led.Err())
	case err = <-ended:
		working--
	}
	cancel(err)
	shut, done := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer done()
	if e := server.Shutdown(shut); e != nil {
		server.Close()
	}
	for range working {
		if e := <-ended; err == nil {
			err = e
		}
	}
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	return err
}

func serve(s *http.Server, l net.Listener) error {
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve pages: %w", err)
	}
	return nil
}

// decided says whether an entry is on the log.
func (c *chain) decided(id publica.EntryID) bool {
	_, ok, err := c.record(id)
	return ok && err == nil
}

// signals returns a channel that holds a value whenever the log has moved
// since it was last received from.
func (c *chain) signals(ctx context.Context) <-chan struct{} {
	out := make(chan struct{}, 1)
	go func() {
		for {
			moved := c.moved()
			select {
			case out <- struct{}{}:
			default:
			}
			select {
			case <-moved:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

// keepTime asks for a block when something falls due by the node's clock and
// block time has not passed it yet, and when the log has been silent for the
// silence interval. The law decides by block time alone what then happens.
func (r *register) keepTime(ctx context.Context) error {
	var next, pause publica.Time // when to ask again, if that did not help
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		h, now := r.head.Load(), publica.TimeOf(r.now())
		due := !h.due.IsZero() && h.due <= now && h.Time < h.due
		silent := now-h.Sealed > publica.Time(h.silence.Milliseconds())
		switch {
		case !due && !silent:
			next, pause = 0, 0
		case now >= next:
			// If blocks come and do not help, this clock is ahead of the others':
			// to go on asking would have everybody make blocks of nothing.
			pause = min(max(2*pause, askAgain), publica.Time(h.silence.Milliseconds()/10))
			next = now + pause
			r.ledger.Wake()
		}
	}
}

// askAgain is, in milliseconds, how soon a node asks for another block if the
// first did not reach the time it wants. The pause doubles each time.
const askAgain = 2000

// found fills in what never changes while the process runs.
func (r *register) found(law *machine.Machine, g *machine.Genesis, f *Folder, keys *noteKeys) (err error) {
	r.founding = &web.Founding{
		Name: g.Register, LogKey: keys.log.VKey(), NodeKey: keys.node.VKey(), Founders: g.Founders, Founded: g.Time,
	}
	for _, k := range law.Kinds() {
		r.founding.Kinds = append(r.founding.Kinds, web.KindInfo{Name: k.Name, Doc: k.Doc})
	}
	if r.self, err = f.votingKey(); err != nil {
		return err
	}
	r.vouching.self = hex.EncodeToString(r.self)
	r.watch = &watchdog{reg: r, dir: f.dir, least: f.Config.Limits.PromiseFree, skew: f.Config.Limits.ClockSkew()}
	r.own, err = publica.SingleLogPolicy(keys.log.VKey(), keys.node.VKey())
	return err
}

// keepPeers tells the ledger who may connect whenever the validators change.
func (r *register) keepPeers(f *Folder) func(context.Context) error {
	return func(ctx context.Context) error {
		var last []string
		for {
			moved := r.moved()
			if peers := f.peers(r.head.Load().validators); !slices.Equal(peers, last) {
				r.ledger.SetPeers(peers)
				last = peers
			}
			select {
			case <-moved:
			case <-ctx.Done():
				return nil
			}
		}
	}
}

// founding returns the validators that the genesis names, as the engine wants
// them.
func founding(g *machine.Genesis) []ledger.Validator {
	var all []ledger.Validator
	for i := range g.Validators {
		v := &g.Validators[i]
		all = append(all, ledger.Validator{Name: v.Name, Key: v.Consensus, Power: v.Power})
	}
	return all
}

// runThisCode tells the law which code runs it: an upgrade names the code that
// may go on.
func runThisCode(law *machine.Machine) error {
	path, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find the running program: %w", err)
	}
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("read the running program: %w", err)
	}
	defer file.Close()
	h := sha256.New()
	if _, err := io.Copy(h, file); err != nil {
		return fmt.Errorf("read the running program: %w", err)
	}
	law.SetCode(publica.Hash(h.Sum(nil)))
	return nil
}
