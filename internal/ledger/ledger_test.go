package ledger

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"publica"
)

// submitAll submits n entries from 50 goroutines and returns their ids.
func submitAll(t testing.TB, l *Ledger[testPromise], from, n int) []publica.EntryID {
	t.Helper()
	ids := make([]publica.EntryID, n)
	eachOf(n, 50, func(i int) {
		e, c := makeEntry(t, testKey, from+i, 100)
		ids[i] = e.ID
		if _, err := l.Submit(e, c); err != nil {
			t.Errorf("entry %d: %v", from+i, err)
		}
	})
	return ids
}

// An entry on an idle chain is decided at once, in a block of a fresh time.
func TestOneEntryOnAnIdleChain(t *testing.T) {
	l, app := startFresh(t)
	eventually(t, "the first block", func() bool { return l.Status().Height >= 1 })
	for i := range 3 {
		time.Sleep(staleAfter + 200*time.Millisecond)
		before := l.Status().Height
		e, c := makeEntry(t, testKey, i, 100)
		start := time.Now()
		if _, err := l.Submit(e, c); err != nil {
			t.Fatal(err)
		}
		promised := time.Since(start)
		eventually(t, "the entry", func() bool { return app.decided(e.ID) })
		t.Logf("promised after %v, decided after %v, blocks %d to %d", promised, time.Since(start), before, l.Status().Height)
	}
	// After that nothing more happens.
	eventually(t, "the blocks to end", func() bool {
		height := l.Status().Height
		time.Sleep(time.Second)
		return l.Status().Height == height
	})
	with, blocks := 0, app.history()
	for _, b := range blocks {
		if b.entries == 0 {
			continue
		}
		with++
		if age := b.time.Std().Sub(blocks[0].time.Std()); age < time.Hour {
			t.Errorf("block %d holds an entry and has a stale time, %v", b.height, b.time)
		}
	}
	// The first block; then three times a stale one, the entry's, the proof.
	if with != 3 || len(blocks) > 12 {
		t.Errorf("%d blocks, %d with entries: %v", len(blocks), with, blocks)
	}
}

func TestManyEntriesAndRestart(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "app.json")
	app := newFakeApp(t, file)
	l := startLedger(t, testConfig(t, dir), app)
	start := time.Now()
	ids := submitAll(t, l, 0, 5000)
	eventually(t, "5,000 entries", func() bool { return app.count() == len(ids) })
	t.Logf("5,000 entries in %v, height %d", time.Since(start), l.Status().Height)
	height := l.Status().Height
	if err := l.Stop(); err != nil {
		t.Fatal(err)
	}
	if app.content != len(ids) {
		t.Errorf("%d parts of content were handed over, want %d", app.content, len(ids))
	}
	if n := l.intake.Undecided(); n != 0 {
		t.Errorf("%d decided entries are still in the intake", n)
	}

	again := newFakeApp(t, file)
	l = startLedger(t, testConfig(t, dir), again)
	if n := l.pool.waiting(); n != 0 {
		t.Errorf("%d entries came back that are decided", n)
	}
	more := submitAll(t, l, 5000, 10)
	eventually(t, "ten more entries", func() bool { return again.count() == len(ids)+len(more) })
	if l.Status().Height <= height {
		t.Errorf("height %d after restart at %d", l.Status().Height, height)
	}
}

// An application that lost its last blocks is handed them again, with the
// content the intake still has or without.
func TestApplicationBehindTheEngine(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "app.json")
	app := newFakeApp(t, file)
	l := startLedger(t, testConfig(t, dir), app)
	first := submitAll(t, l, 0, 20)
	eventually(t, "the first entries", func() bool { return app.count() == len(first) })
	time.Sleep(500 * time.Millisecond)
	old, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	second := submitAll(t, l, 100, 20)
	eventually(t, "the second entries", func() bool { return app.count() == len(first)+len(second) })
	if err := l.Stop(); err != nil {
		t.Fatal(err)
	}
	_, root, _ := app.Position()
	if err := os.WriteFile(file, old, 0o600); err != nil {
		t.Fatal(err)
	}
	again := newFakeApp(t, file)
	startLedger(t, testConfig(t, dir), again)
	if _, now, _ := again.Position(); again.count() != 40 || string(now) != string(root) {
		t.Errorf("%d entries after replay, same root: %v", again.count(), string(now) == string(root))
	}
}

// What was promised and not decided comes back at the next start.
func TestPromisedEntriesComeBack(t *testing.T) {
	dir := t.TempDir()
	q, _, err := OpenIntake(dir+"/intake", testPromises, func(publica.EntryID) bool { return false }, func(*publica.Signed, []publica.Content) {}, dropped)
	if err != nil {
		t.Fatal(err)
	}
	ids := appendAll(t, q, 0, 50)
	forged := forge(pooledItem(t, 99).Entry)
	if _, err := q.Append(forged.Signed, nil); err != nil { // as a damaged disk might show it
		t.Fatal(err)
	}
	q.Close()
	c := testConfig(t, dir)
	c.Entries = 10 // what was promised is kept even over capacity
	app := newFakeApp(t, filepath.Join(dir, "app.json"))
	l := startLedger(t, c, app)
	eventually(t, "the promised entries", func() bool { return app.count() == len(ids) })
	for _, id := range ids {
		if !app.decided(id) {
			t.Errorf("entry %v is lost", id)
		}
	}
	if app.decided(forged.ID) {
		t.Error("an entry with a bad signature was decided")
	}
	eventually(t, "an empty pool", func() bool { return l.Status().Waiting == 0 })
}

// Content that a crash kept from following its block is there after the next
// start.
func TestContentOfALoggedEntryComesBack(t *testing.T) {
	dir := t.TempDir()
	q, _, err := OpenIntake(dir+"/intake", testPromises, func(publica.EntryID) bool { return false }, func(*publica.Signed, []publica.Content) {}, dropped)
	if err != nil {
		t.Fatal(err)
	}
	e, c := makeEntry(t, testKey, 1, 100)
	if _, err := q.Append(e.Signed, c); err != nil {
		t.Fatal(err)
	}
	q.Close()
	app := newFakeApp(t, "")
	app.kept.IDs[e.ID] = 1 // and the content is not kept
	startLedger(t, testConfig(t, dir), app)
	if _, err := app.Content(c[0].Commitment()); err != nil {
		t.Error(err)
	}
	if len(segments(t, dir+"/intake")) != 0 {
		t.Error("the intake still has it")
	}
}

func TestSubmitSameEntryTogether(t *testing.T) {
	l, app := startFresh(t)
	e, c := makeEntry(t, testKey, 1, 100)
	var wait sync.WaitGroup
	for range 20 {
		wait.Go(func() {
			if p, err := l.Submit(e, c); err != nil || p.batch != 1 {
				t.Errorf("%v, %v", p, err)
			}
		})
	}
	wait.Wait()
	eventually(t, "the entry", func() bool { return app.decided(e.ID) })
	for _, b := range app.history() {
		if b.entries > 1 {
			t.Errorf("the same entry stands %d times in block %d", b.entries, b.height)
		}
	}
}

func TestSubmitRefuses(t *testing.T) {
	dir := t.TempDir()
	c := testConfig(t, dir)
	c.Entries = 3
	c.Pace = time.Hour // so that nothing is decided after the first block
	app := newFakeApp(t, "")
	l := startLedger(t, c, app)
	bad, content := makeEntry(t, testKey, 1, 10)
	if _, err := l.Submit(forge(bad), content); publica.CodeOf(err) != publica.BadSignature {
		t.Errorf("forged: %v", err)
	}
	busy := 0
	for i := range 20 {
		e, content := makeEntry(t, testKey, i, 10)
		switch _, err := l.Submit(e, content); {
		case err == nil:
		case publica.CodeOf(err) == publica.Busy:
			busy++
		default:
			t.Error(err)
		}
	}
	if busy == 0 {
		t.Error("a pool of three took twenty entries")
	}
	if err := l.Stop(); err != nil {
		t.Fatal(err)
	}
	e, content := makeEntry(t, testKey, 50, 10)
	if _, err := l.Submit(e, content); publica.CodeOf(err) != publica.Busy {
		t.Errorf("after Stop: %v", err)
	}
	if l.Err() != nil {
		t.Errorf("an orderly stop counts as death: %v", l.Err())
	}
}

// Silence is sealed when the node asks, once, and not by any empty block.
func TestWakeSealsSilence(t *testing.T) {
	dir := t.TempDir()
	app := newFakeApp(t, "")
	app.silence = 2 * time.Second
	c := testConfig(t, dir)
	c.GenesisTime = publica.TimeOf(time.Now())
	l := startLedger(t, c, app)
	eventually(t, "the first block", func() bool { return l.Status().Height >= 1 })
	time.Sleep(2500 * time.Millisecond)
	before := l.Status()
	start := publica.TimeOf(time.Now())
	l.Wake()
	sealed := func() (n int) {
		for _, b := range app.history() {
			if b.changed {
				n++
			}
		}
		return n
	}
	eventually(t, "a seal", func() bool { return sealed() == 1 })
	time.Sleep(500 * time.Millisecond)
	after := l.Status()
	if after.Height-before.Height > 4 {
		t.Errorf("%d blocks for one seal", after.Height-before.Height)
	}
	for _, b := range app.history() {
		if b.changed && b.time < start {
			t.Errorf("sealed at %v, asked at %v", b.time, start)
		}
	}
	if sealed() != 1 {
		t.Errorf("%d seals", sealed())
	}
}

// When the application fails consensus dies in silence; the ledger says so.
func TestDeathOfConsensus(t *testing.T) {
	l, app := startFresh(t)
	eventually(t, "the first block", func() bool { return l.Status().Height >= 1 })
	app.fail.Store(true)
	l.Wake()
	select {
	case <-l.Done():
		t.Log(l.Err())
	case <-time.After(2 * time.Minute):
		t.Fatal("nobody noticed")
	}
	e, c := makeEntry(t, testKey, 1, 10)
	if _, err := l.Submit(e, c); publica.CodeOf(err) != publica.Busy {
		t.Errorf("submit: %v", err)
	}
}

// The height stands still although entries wait.
func TestStalledHeight(t *testing.T) {
	dir := t.TempDir()
	c := testConfig(t, dir)
	c.Stall = 2 * time.Second
	c.Pace = time.Hour
	app := newFakeApp(t, "")
	l := startLedger(t, c, app)
	submitAll(t, l, 0, 1)
	eventually(t, "the first entry", func() bool { return app.count() == 1 })
	submitAll(t, l, 1, 1)
	select {
	case <-l.Done():
		t.Log(l.Err())
	case <-time.After(2 * time.Minute):
		t.Fatalf("nobody noticed: %+v, %v, %v", l.Status(), l.wanted(), app.history())
	}
}

func TestStartRefuses(t *testing.T) {
	dir := t.TempDir()
	app := newFakeApp(t, "")
	c := testConfig(t, dir)
	c.GenesisTime = publica.TimeOf(time.Now().Add(time.Hour))
	start := func(c Config) error {
		l, err := Start(context.Background(), c, app, testPromises, app.decided)
		if err == nil {
			l.Stop()
		}
		return err
	}
	if err := start(c); publica.CodeOf(err) != publica.Invalid {
		t.Errorf("genesis in the future: %v", err)
	}
	c = testConfig(t, dir)
	c.Validators = []Validator{{Name: "short", Key: []byte{1}, Power: 1}}
	if err := start(c); publica.CodeOf(err) != publica.Invalid {
		t.Errorf("bad validator key: %v", err)
	}
	c.Validators = nil
	if err := start(c); err != nil {
		t.Fatal(err)
	}
	c.Genesis = []byte(`{"register":"other"}`)
	if err := start(c); publica.CodeOf(err) != publica.Conflict {
		t.Errorf("another genesis: %v", err)
	}
}

// A key without its signing state could sign two blocks of one height.
func TestIdentity(t *testing.T) {
	dir := t.TempDir()
	id, err := LoadIdentity(dir)
	if err != nil || len(id.Validator) != 32 || len(id.Peer) != 40 {
		t.Fatalf("%v, %v", id, err)
	}
	again, err := LoadIdentity(dir)
	if err != nil || string(again.Validator) != string(id.Validator) || again.Peer != id.Peer {
		t.Fatalf("another identity the second time: %v, %v", again, err)
	}
	e := engineConfig(Config{Dir: dir})
	for _, path := range []string{e.PrivValidatorKeyFile(), e.PrivValidatorStateFile(), e.NodeKeyFile()} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
	state, err := os.ReadFile(e.PrivValidatorStateFile())
	if err != nil {
		t.Fatal(err)
	}
	os.WriteFile(e.PrivValidatorStateFile(), []byte("{"), 0o600)
	if _, err := LoadIdentity(dir); err == nil {
		t.Error("a broken signing state passed")
	}
	os.Remove(e.PrivValidatorStateFile())
	if _, err := LoadIdentity(dir); publica.CodeOf(err) != publica.Conflict {
		t.Errorf("a key without its signing state: %v", err)
	}
	// The first start died between the two files: nothing was signed yet.
	os.WriteFile(e.PrivValidatorStateFile(), state, 0o600)
	os.Remove(e.PrivValidatorKeyFile())
	if _, err := LoadIdentity(dir); err != nil {
		t.Errorf("a state in which nothing was signed: %v", err)
	}
}

// Old blocks go; the chain starts again without them.
func TestBlocksArePruned(t *testing.T) {
	dir := t.TempDir()
	c := testConfig(t, dir)
	c.Keep = 20
	c.Pace = -1
	file := filepath.Join(dir, "app.json")
	app := newFakeApp(t, file)
	l := startLedger(t, c, app)
	for i := 0; l.Status().Height < 120; i++ {
		submitAll(t, l, i, 1)
		time.Sleep(5 * time.Millisecond)
	}
	eventually(t, "a pruned store", func() bool { return l.engine.BlockStore().Base() >= 80 })
	if err := l.Stop(); err != nil {
		t.Fatal(err)
	}
	again := newFakeApp(t, file)
	l = startLedger(t, c, again)
	n := again.count()
	submitAll(t, l, 1_000_000, 1)
	eventually(t, "an entry after the restart", func() bool { return again.count() > n })
}

func TestPending(t *testing.T) {
	dir := t.TempDir()
	c := testConfig(t, dir)
	c.Pace = time.Hour
	app := newFakeApp(t, "")
	l := startLedger(t, c, app)
	submitAll(t, l, 0, 1)
	eventually(t, "the first entry", func() bool { return app.count() == 1 })
	e, content := makeEntry(t, testKey, 1, 10)
	p, err := l.Submit(e, content)
	if err != nil {
		t.Fatal(err)
	}
	it, again, ok := l.Pending(e.ID)
	if !ok || it.ID != e.ID || len(it.Content) != 1 || again != p {
		t.Errorf("pending: %v, %v, want %v", ok, again, p)
	}
	if _, _, ok := l.Pending(publica.EntryID{}); ok {
		t.Error("an unknown entry is pending")
	}
	if _, err := l.promised(&pooled{item: it, settled: closed(), err: errStopped}); !errors.Is(err, errStopped) {
		t.Error(err)
	}
}

func closed() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}
