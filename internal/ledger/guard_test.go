package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/cometbft/cometbft/crypto/ed25519"
	"github.com/cometbft/cometbft/p2p"
	cmttypes "github.com/cometbft/cometbft/types"

	"publica"
)

// ballot collects the votes a node has cast, over all its lives.
type ballot struct {
	mu     sync.Mutex
	cast   map[string]string // height, round, step: block
	double []string
	top    int64 // greatest height
	stop   context.CancelFunc
}

// watch notes the votes that a node casts from now on.
func (b *ballot) watch(t testing.TB, n *testNode) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	bus := n.engine.EventBus()
	sub, err := bus.SubscribeUnbuffered(ctx, "ballot", cmttypes.EventQueryVote)
	if err != nil {
		t.Fatal(err)
	}
	b.stop = stop
	go func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-sub.Canceled():
				return
			case m := <-sub.Out():
				b.note(m.Data().(cmttypes.EventDataVote).Vote, Address(n.id.Validator))
			}
		}
	}()
}

func (b *ballot) note(v *cmttypes.Vote, own string) {
	if fmt.Sprintf("%x", []byte(v.ValidatorAddress)) != own {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	at, block := fmt.Sprint(v.Height, v.Round, v.Type), v.BlockID.String()
	if before, ok := b.cast[at]; ok && before != block {
		b.double = append(b.double, at)
	}
	b.cast[at], b.top = block, max(b.top, v.Height)
}

func (b *ballot) greatest() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.top
}

// A validator that is restored from an old backup, signing state and all, in
// the middle of a height that cannot be decided without it, signs nothing that
// its former self may have signed.
func TestRestoreLoops(t *testing.T) {
	w := newNetwork(t, 4)
	w.startAll()
	votes := &ballot{cast: map[string]string{}}
	subject := w.nodes[3]
	votes.watch(t, subject)
	number := 0
	next := func(i int) []publica.EntryID {
		number++
		return w.submit(i, number, 1)
	}
	// The backup.
	w.decided(next(0))
	w.stop(3)
	backup := t.TempDir()
	if err := os.CopyFS(backup, os.DirFS(subject.Dir)); err != nil {
		t.Fatal(err)
	}
	w.start(3)
	votes.watch(t, subject)
	for loop := range 5 {
		w.decided(next(0))
		// Three of four: nothing is decided without the subject.
		w.stop(2)
		w.decided(next(0))
		waiting := next(1)
		time.Sleep(time.Duration(loop) * 40 * time.Millisecond) // somewhere in a height
		w.stop(3)
		votes.stop()
		last := votes.greatest()

		// The machine is gone; the backup takes its place.
		if err := os.RemoveAll(subject.Dir); err != nil {
			t.Fatal(err)
		}
		if err := os.CopyFS(subject.Dir, os.DirFS(backup)); err != nil {
			t.Fatal(err)
		}
		// All clocks here are one, so a second is as good as ten.
		if err := MarkRestored(subject.Dir, publica.TimeOf(time.Now().Add(-clockDoubt+time.Second))); err != nil {
			t.Fatal(err)
		}
		subject.app = newFakeApp(t, subject.app.file)
		w.start(3)
		votes.watch(t, subject)
		if !subject.Status().Restored {
			t.Fatal("not marked")
		}
		if loop == 0 {
			time.Sleep(3 * time.Second) // if it voted, the others would go on
			if decided := w.nodes[0].app.decided(waiting[0]); decided && votes.greatest() <= last {
				t.Log("decided before it died")
			} else if n := votes.greatest(); n > last {
				t.Fatalf("it has voted at height %d", n)
			}
		}
		w.start(2)
		w.decided(waiting)
		eventually(t, "the mark to go", func() bool { return !subject.Status().Restored })
		eventually(t, "votes again", func() bool { next(0); return votes.greatest() > last })
		if len(votes.double) > 0 {
			t.Fatalf("two votes at %v", votes.double)
		}
		w.agree()
	}
	for i, node := range w.nodes {
		if m := node.app.misbehaved(); len(m) > 0 {
			t.Errorf("node %d was told of %+v", i, m)
		}
	}
	if _, err := os.Stat(filepath.Join(subject.Dir, "engine", restoredFile)); !os.IsNotExist(err) {
		t.Errorf("the mark is still there: %v", err)
	}
	t.Logf("%d votes in all its lives", len(votes.cast))
}

// A backup without signing state does too.
func TestRestoreWithoutSigningState(t *testing.T) {
	w := newNetwork(t, 4)
	w.startAll()
	w.decided(w.submit(0, 0, 1))
	w.stop(3)
	state := engineConfig(w.nodes[3].Config).PrivValidatorStateFile()
	if err := os.Remove(state); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadIdentity(w.nodes[3].Dir); publica.CodeOf(err) != publica.Conflict {
		t.Errorf("without the mark: %v", err)
	}
	if err := MarkRestored(w.nodes[3].Dir, publica.TimeOf(time.Now().Add(-clockDoubt))); err != nil {
		t.Fatal(err)
	}
	w.start(3)
	eventually(t, "the mark to go", func() bool { w.submit(0, 1, 1); return !w.nodes[3].Status().Restored })
	w.stop(2)
	w.decided(w.submit(0, 100, 1)) // needs its vote
}

func TestGuard(t *testing.T) {
	dir := t.TempDir()
	pv, _, err := loadKeys(dir, engineConfig(Config{Dir: dir}))
	if err != nil {
		t.Fatal(err)
	}
	c := testConfig(t, dir)
	open := func() *guard {
		t.Helper()
		pv, _, err = loadKeys(dir, engineConfig(Config{Dir: dir}))
		if err != nil {
			t.Fatal(err)
		}
		g, err := newGuard(dir, pv, c.Log)
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	vote := func(g *guard, height int64) error {
		v := &cmttypes.Vote{Type: 2, Height: height, Timestamp: time.Now(), ValidatorAddress: pv.GetAddress()}
		return g.SignVote("chain", v.ToProto())
	}
	own := []Vote{{Validator: Address(pv.Key.PubKey.Bytes()), Signed: true}}
	tell := func(g *guard, height int64, at publica.Time, votes []Vote) {
		t.Helper()
		if err := g.committed(height, at, votes); err != nil {
			t.Fatal(err)
		}
	}
	g := open()
	if err := vote(g, 5); err != nil {
		t.Fatal(err)
	}
	tell(g, 6, 1000, own) // our vote for block 5
	if err := vote(g, 6); err != nil {
		t.Errorf("after our own vote: %v", err)
	}
	tell(g, 9, 1000, own) // a vote for block 8 that we did not cast
	if vote(g, 8) == nil {
		t.Error("contradicted a vote with our key")
	}
	if vote(open(), 8) == nil {
		t.Error("forgot it at a restart")
	}
	if err := vote(g, 9); err != nil {
		t.Error(err)
	}

	at := publica.Time(1_000_000)
	if err := MarkRestored(dir, at); err != nil {
		t.Fatal(err)
	}
	g = open()
	tell(g, 20, at.Add(clockDoubt), own)
	if _, waits := g.waits(); !waits || vote(g, 30) == nil || g.SignProposal("chain", (&cmttypes.Proposal{Height: 30}).ToProto()) == nil {
		t.Error("signed though it was restored")
	}
	g = open()
	tell(g, 21, at.Add(clockDoubt)+1, nil)
	if _, waits := g.waits(); waits || vote(g, 21) == nil || vote(open(), 21) == nil {
		t.Error("signed at the height of the block it saw")
	}
	if err := vote(open(), 22); err != nil {
		t.Error(err)
	}
	os.WriteFile(filepath.Join(dir, "engine", restoredFile), []byte("{"), 0o600)
	if _, err := newGuard(dir, pv, c.Log); err == nil {
		t.Error("a mark that cannot be read passed")
	}
}

// A key that another process keeps signs as one in the folder does; that
// process may go and come back.
func TestRemoteSigner(t *testing.T) {
	dir, away := t.TempDir(), t.TempDir()
	node, err := LoadIdentity(dir)
	if err != nil {
		t.Fatal(err)
	}
	key, err := LoadIdentity(away)
	if err != nil {
		t.Fatal(err)
	}
	address := freeAddress(t)
	c := testConfig(t, dir)
	c.Validators = []Validator{{Name: "remote", Key: key.Validator, Power: 10}}
	c.Signer = key.Peer + "@" + address
	theirs := testConfig(t, away)
	theirs.Log = nil
	serve := func(node string) (stop func()) {
		theirs.Signer = node + "@" + address
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- ServeSigner(ctx, theirs) }()
		return func() {
			cancel()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
	}
	// Somebody who thinks the node is another one, and a node that thinks the
	// signer is: neither speaks to the other.
	stop := serve(key.Peer)
	short, cancel := context.WithTimeout(t.Context(), 4*time.Second)
	defer cancel()
	app := newFakeApp(t, filepath.Join(dir, "app.json"))
	if _, err := Start(short, c, app, testPromises, app.decided); err == nil {
		t.Fatal("started without its key")
	}
	stop()

	stop = serve(node.Peer)
	l := startLedger(t, c, app)
	first := submitAll(t, l, 0, 5)
	eventually(t, "the entries", func() bool { return app.count() == len(first) })
	stop()
	if err := func() error { _, err := os.Stat(engineConfig(c).PrivValidatorStateFile()); return err }(); err != nil {
		t.Log("the node has no key of its own: ", err)
	}
	second := submitAll(t, l, 100, 5)
	if app.count() != len(first) {
		t.Error("decided without the key")
	}
	stop = serve(node.Peer)
	defer stop()
	eventually(t, "the entries after the signer is back", func() bool { return app.count() == len(first)+len(second) })

	if err := MarkRestored(away, 1); err != nil {
		t.Fatal(err)
	}
	if err := ServeSigner(t.Context(), theirs); publica.CodeOf(err) != publica.Conflict {
		t.Errorf("a signer's folder that was restored: %v", err)
	}
	for _, bad := range []string{"", "127.0.0.1:1", "tcp://127.0.0.1:1"} {
		theirs.Signer = bad
		if err := ServeSigner(t.Context(), theirs); err == nil {
			t.Errorf("signer for %q", bad)
		}
	}
}

// Who connects to the signer's door and says nothing does not keep the signer
// out; who has another key is refused.
func TestSlowStrangersAtTheSignersDoor(t *testing.T) {
	node, signer := &p2p.NodeKey{PrivKey: ed25519.GenPrivKey()}, &p2p.NodeKey{PrivKey: ed25519.GenPrivKey()}
	door, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := newSignerListener(door, node, string(signer.ID()))
	defer l.Close()
	dial := func() net.Conn {
		c, err := net.Dial("tcp", door.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c
	}
	for range strangers - 1 {
		dial()
	}
	go secure(dial(), signer, string(node.ID()))
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	l.Close()
	if _, err := l.Accept(); err == nil {
		t.Error("accepted after the door was closed")
	}
}

// A peer that ends normally is no news.
func TestEndOfAPeerIsNoError(t *testing.T) {
	var said bytes.Buffer
	log := newEngineLog(slog.New(slog.NewTextHandler(&said, &slog.HandlerOptions{Level: slog.LevelInfo})))
	log.Error("Connection failed @ recvRoutine", "conn", "c", "err", io.EOF)
	log.Error("Stopping peer for error", "peer", "p", "err", io.EOF)
	if said.Len() != 0 {
		t.Error(said.String())
	}
	if log.Error("Connection failed @ recvRoutine", "err", errors.New("bad packet")); said.Len() == 0 {
		t.Error("an error is not said")
	}
}
