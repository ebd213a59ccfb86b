package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/json/jsontext"
	"encoding/json/v2"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"publica"
	"publica/internal/machine"
)

const testRegister = "test.publica.example"

var testKey = publica.KeyFromSeed([32]byte{1})

// makePower is an entry that gives a validator that power.
func makePower(t testing.TB, key []byte, power int64) (*machine.Entry, []publica.Content) {
	t.Helper()
	body, err := json.Marshal(Power{Key: key, Power: power})
	if err != nil {
		t.Fatal(err)
	}
	s, err := testKey.Sign(publica.Entry{Body: body, Kind: "test/power", Made: 1_700_000_000_000, Nonce: publica.NewNonce(nil), Register: testRegister})
	if err != nil {
		t.Fatal(err)
	}
	e, err := openEntry(s)
	if err != nil {
		t.Fatal(err)
	}
	return e, nil
}

// makeEntry signs the n-th entry of a test, with a text of that many bytes.
func makeEntry(t testing.TB, key *publica.PrivateKey, n int, text int) (*machine.Entry, []publica.Content) {
	t.Helper()
	c, p := publica.NewContent("text", "text/plain", make([]byte, text))
	s, err := key.Sign(publica.Entry{
		Body:     jsontext.Value(fmt.Sprintf(`{"n":%d}`, n)),
		Content:  []publica.Part{p},
		Kind:     "test/note",
		Made:     publica.Time(1_700_000_000_000 + n),
		Nonce:    publica.NewNonce(nil),
		Register: testRegister,
	})
	if err != nil {
		t.Fatal(err)
	}
	e, err := openEntry(s)
	if err != nil {
		t.Fatal(err)
	}
	return e, []publica.Content{c}
}

func openEntry(s *publica.Signed) (*machine.Entry, error) {
	e, err := publica.ParseEntry(s.Raw)
	if err != nil {
		return nil, err
	}
	if err := s.Signature.CheckForm(e.Author); err != nil {
		return nil, err
	}
	return &machine.Entry{Entry: e, ID: s.ID(), Signed: s}, nil
}

// fakeApp is a register whose log is a hash chain over entry ids. It seals
// silence like the real one, and changes validators' power when an entry says
// so (see makePower).
type fakeApp struct {
	file    string        // where Commit keeps the state; "": in memory
	silence time.Duration // 0: never
	fail    atomic.Bool   // Execute fails

	mu      sync.Mutex
	kept    fakeState
	next    fakeState
	blocks  []fakeBlock
	faults  []Misbehaviour
	content int // parts handed over
	parts   map[publica.Commitment]publica.Content
}

type fakeState struct {
	Height int64                     `json:"height"`
	Root   publica.Hash              `json:"root"`
	Sealed publica.Time              `json:"sealed"`
	IDs    map[publica.EntryID]int64 `json:"ids"` // height of each
}

type fakeBlock struct {
	height   int64
	time     publica.Time
	entries  int
	changed  bool
	proposer string
	signed   map[string]bool // votes for the block before
}

func newFakeApp(t testing.TB, file string) *fakeApp {
	a := &fakeApp{file: file, parts: map[publica.Commitment]publica.Content{}}
	a.kept.IDs = map[publica.EntryID]int64{}
	if b, err := os.ReadFile(file); err == nil {
		if err := json.Unmarshal(b, &a.kept); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

func (a *fakeApp) Position() (int64, []byte, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	root := a.kept.Root
	return a.kept.Height, root[:], nil
}

func (a *fakeApp) Found(genesis []byte, at publica.Time) ([]byte, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.kept.Root = sha256.Sum256(genesis)
	a.kept.Sealed = at
	root := a.kept.Root
	return root[:], nil
}

func (a *fakeApp) Open(s *publica.Signed) (*machine.Entry, error) { return openEntry(s) }

func (a *fakeApp) Execute(b *Block) (*Executed, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.fail.Load() {
		return nil, fmt.Errorf("store is gone")
	}
	done := new(Executed)
	a.next = a.kept
	a.next.Height = b.Height
	changed := a.silence > 0 && b.Time.Std().Sub(a.kept.Sealed.Std()) >= a.silence
	h := sha256.New()
	h.Write(a.kept.Root[:])
	for i := range b.Items {
		it := &b.Items[i]
		if _, twice := a.kept.IDs[it.ID]; twice {
			continue
		}
		changed = true
		h.Write(it.ID[:])
		a.kept.IDs[it.ID] = b.Height
		a.content += len(it.Content)
		for _, c := range it.Content {
			a.parts[c.Commitment()] = c
		}
		var p Power
		if it.Kind == "test/power" {
			if err := json.Unmarshal(it.Entry.Entry.Body, &p); err != nil {
				return nil, err
			}
			done.Powers = append(done.Powers, p)
		}
	}
	if changed {
		fmt.Fprint(h, b.Height, b.Time)
		a.next.Root = publica.Hash(h.Sum(nil))
		a.next.Sealed = b.Time
	}
	signed := map[string]bool{}
	for _, v := range b.Votes {
		signed[v.Validator] = v.Signed
	}
	a.blocks = append(a.blocks, fakeBlock{b.Height, b.Time, len(b.Items), changed, b.Proposer, signed})
	a.faults = append(a.faults, b.Misbehaved...)
	root := a.next.Root
	done.Root = root[:]
	return done, nil
}

func (a *fakeApp) Keep(parts []publica.Content) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, c := range parts {
		a.parts[c.Commitment()] = c
	}
	return nil
}

// Keep is here because a simulated process keeps late content as the other
// fakes do, on the disk that outlives it.
func (a *simApp) Keep(parts []publica.Content) error {
	if len(parts) == 0 {
		return nil
	}
	n := a.life.node
	if !a.life.write(func() {
		n.disk.mu.Lock()
		defer n.disk.mu.Unlock()
		for _, c := range parts {
			n.disk.app.parts[c.Commitment()] = c
		}
	}) {
		return errKilled
	}
	return nil
}

func (a *fakeApp) Content(c publica.Commitment) (publica.Content, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if part, ok := a.parts[c]; ok {
		return part, nil
	}
	return publica.Content{}, publica.Problem(publica.NotFound, "commitment", "is not held")
}

// copyOf is what a node that joins has made from the log: state and no blocks.
func (a *fakeApp) copyOf() *fakeApp {
	a.mu.Lock()
	defer a.mu.Unlock()
	c := &fakeApp{parts: map[publica.Commitment]publica.Content{}, kept: a.kept}
	c.kept.IDs = maps.Clone(a.kept.IDs)
	return c
}

func (a *fakeApp) Commit() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.kept = a.next
	if a.file == "" {
		return nil
	}
	b, err := json.Marshal(&a.kept)
	if err != nil {
		return err
	}
	if err := os.WriteFile(a.file+".new", b, 0o600); err != nil {
		return err
	}
	return os.Rename(a.file+".new", a.file)
}

func (a *fakeApp) decided(id publica.EntryID) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	_, ok := a.kept.IDs[id]
	return ok
}

func (a *fakeApp) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.kept.IDs)
}

func (a *fakeApp) history() []fakeBlock {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]fakeBlock(nil), a.blocks...)
}

func (a *fakeApp) misbehaved() []Misbehaviour {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]Misbehaviour(nil), a.faults...)
}

// testPromise is what the tests' node promises: the entry's place in the batch
// that shared its fsync.
type testPromise struct{ index, batch int }

func testPromises(ids []publica.EntryID) ([]testPromise, error) {
	p := make([]testPromise, len(ids))
	for i := range p {
		p[i] = testPromise{i, len(ids)}
	}
	return p, nil
}

func testConfig(t testing.TB, dir string) Config {
	return Config{
		Dir:         dir,
		Register:    testRegister,
		Genesis:     []byte(`{"register":"test"}`),
		GenesisTime: publica.TimeOf(time.Now().Add(-time.Hour)),
		Log:         slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
}

func startLedger(t testing.TB, c Config, app *fakeApp) *Ledger[testPromise] {
	t.Helper()
	l, err := Start(context.Background(), c, app, testPromises, app.decided)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Stop(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func startFresh(t testing.TB) (*Ledger[testPromise], *fakeApp) {
	dir := t.TempDir()
	app := newFakeApp(t, filepath.Join(dir, "app.json"))
	return startLedger(t, testConfig(t, dir), app), app
}

// eventually waits until f holds.
func eventually(t testing.TB, what string, f func() bool) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if f() {
			return
		}
	}
	t.Fatalf("waited in vain: %s", what)
}
