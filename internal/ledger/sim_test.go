package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json/jsontext"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/cryptotest"
	"testing/synctest"
	"time"

	cmtrand "github.com/cometbft/cometbft/libs/rand"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"

	"publica"
	"publica/internal/machine"
)

// TestSimulation runs four nodes, as they are but for sockets and files, in
// virtual time, cuts them off from each other, kills them, and lets them
// recover, again and again. At every step:
//
//   - no two nodes decide different blocks of one height, and none an entry twice;
//   - no validator signs two different things at one height, round and step;
//   - a promise is given only for what two nodes hold or a block has decided;
//   - what was promised is decided by all, and all nodes take part again, within
//     sixty seconds after the last fault was healed.
//
// Each seed is an hour. PUBLICA_SIM_HOURS says how many there are, 20 by
// default, PUBLICA_SIM_SEED which is the first, and, alone, the only one.
//
// The same seed has the same keys, entries, faults, and delays of each link. It
// does not have the same blocks: in which order goroutines run that wake at the
// same instant, what a select takes of several, and in which order a map is
// walked is not for a test to decide. So a seed that fails may have to run a
// few times until it fails again.
//
// What is simulated besides time: connections (simNet, simPeer), the engine's
// stores and write-ahead log (simDisk), the register itself (simApp), and one
// node's wrong clock, as far as its votes and this package see it. Keys, the
// signing state and the intake are files. A node is killed between two steps
// that it makes durable; the loss of what was written and not yet synced is for
// tests of whole machines.
func TestSimulation(t *testing.T) {
	first, hours := uint64(1), 20
	if testing.Short() {
		hours = 1
	}
	if s := os.Getenv("PUBLICA_SIM_SEED"); s != "" {
		hours = 1
		first = setting(t, s)
	}
	if s := os.Getenv("PUBLICA_SIM_HOURS"); s != "" {
		hours = int(setting(t, s))
	}
	// Nothing is gained by more processors: all wait for each other.
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	began := time.Now()
	var all simCounts
	for seed := first; seed < first+uint64(hours) && !t.Failed(); seed++ {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { all.add(simulate(t, seed, time.Hour)) })
	}
	t.Logf("in all: %v; %v of real time", &all, time.Since(began).Round(time.Second))
}

// The same seed draws the same faults and entries, another one others.
func TestSimulationSeed(t *testing.T) {
	draw := func(seed uint64) string {
		s := &simulation{t: t, seed: seed}
		for range simNodes {
			s.nodes = append(s.nodes, new(simNode))
		}
		var all []string
		for i := range uint64(200) {
			for _, e := range s.plan(s.rng(i)) {
				all = append(all, fmt.Sprint(e.at, e.what))
			}
		}
		return strings.Join(all, "\n")
	}
	if once, again := draw(1), draw(1); once != again {
		t.Error("the same seed draws differently")
	}
	if draw(1) == draw(2) {
		t.Error("the seed does not matter")
	}
}

func setting(t *testing.T, s string) uint64 {
	t.Helper()
	n, err := strconv.ParseUint(s, 10, 63)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// simCounts is what a simulation did.
type simCounts struct {
	hours                                           float64
	isolations, partitions, kills, restarts, slowed int
	skewed, episodes                                int
	heights, entries, promised                      int
	slowest                                         time.Duration // recovery
}

func (c *simCounts) add(o simCounts) {
	c.hours += o.hours
	c.isolations += o.isolations
	c.partitions += o.partitions
	c.kills += o.kills
	c.restarts += o.restarts
	c.slowed += o.slowed
	c.skewed += o.skewed
	c.episodes += o.episodes
	c.heights += o.heights
	c.entries += o.entries
	c.promised += o.promised
	c.slowest = max(c.slowest, o.slowest)
}

func (c *simCounts) String() string {
	return fmt.Sprintf("%.1f virtual hours, %d episodes, %d isolations, %d partitions, %d kills, %d restarts, %d slow spells, %d wrong clocks; %d heights, %d entries, %d promised; slowest recovery %v",
		c.hours, c.episodes, c.isolations, c.partitions, c.kills, c.restarts, c.slowed, c.skewed, c.heights, c.entries, c.promised, c.slowest)
}

// simulate runs one seed for that long.
func simulate(t *testing.T, seed uint64, length time.Duration) simCounts {
	dir := simFolder(t)
	cryptotest.SetGlobalRandom(t, seed)
	cmtrand.Seed(int64(seed))
	s := &simulation{seed: seed, votes: map[signature]string{}, blocks: map[int64]publica.Hash{}, promised: map[publica.EntryID]bool{}}
	synctest.Test(t, func(t *testing.T) {
		s.t = t
		s.run(dir, length)
	})
	if t.Failed() {
		t.Logf("again: PUBLICA_SIM_SEED=%d go test ./internal/ledger -run Simulation", seed)
	}
	t.Logf("seed %d: %v; history %x", seed, &s.counts, s.history())
	return s.counts
}

// simFolder is in memory if there is such a place.
func simFolder(t *testing.T) string {
	dir, err := os.MkdirTemp("/dev/shm", "publica-simulation")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// simulation is a register of four, and who watches over it.
type simulation struct {
	t     *testing.T
	seed  uint64
	net   *simNet
	nodes []*simNode
	made  int            // entries
	work  sync.WaitGroup // submissions under way

	mu       sync.Mutex // guards all below
	faults   []string   // what must not happen and did
	counts   simCounts
	votes    map[signature]string
	blocks   map[int64]publica.Hash
	promised map[publica.EntryID]bool // and not yet decided by all
}

// signature is what a validator must not give twice, for different blocks.
type signature struct {
	node   int
	height int64
	round  int32
	kind   cmtproto.SignedMsgType
}

func (s *simulation) fault(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, fmt.Sprintf(format, args...))
}

// signed notes a signature.
func (s *simulation) signed(what signature, block string) {
	s.mu.Lock()
	before, twice := s.votes[what]
	s.votes[what] = block
	s.mu.Unlock()
	if twice && before != block {
		s.fault("conflicting signatures: %+v for %s and %s", what, before, block)
	}
}

// executed notes a decided block.
func (s *simulation) executed(node int, b *Block, root publica.Hash) {
	h := sha256.Sum256(fmt.Append(nil, b.Height, b.Time, b.Proposer, b.Votes, root))
	s.mu.Lock()
	before, known := s.blocks[b.Height]
	s.blocks[b.Height] = h
	s.counts.heights = max(s.counts.heights, int(b.Height))
	s.mu.Unlock()
	if known && before != h {
		s.fault("node %d decided another block %d than others", node, b.Height)
	}
}

// history is a hash over all blocks.
func (s *simulation) history() []byte {
	h := sha256.New()
	for height := int64(1); ; height++ {
		b, ok := s.blocks[height]
		if !ok {
			return h.Sum(nil)[:8]
		}
		h.Write(b[:])
	}
}

func (s *simulation) failed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.faults {
		s.t.Error(f)
	}
	s.faults = nil
	return s.t.Failed()
}

func (s *simulation) count(f func(c *simCounts)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(&s.counts)
}

const simNodes = 4

func (s *simulation) run(dir string, length time.Duration) {
	began := time.Now()
	s.net = newSimNet(simNodes, s.rng(0), s.fault)
	var validators []Validator
	for i := range simNodes {
		n, err := newSimNode(s, i, filepath.Join(dir, strconv.Itoa(i)))
		if err != nil {
			s.t.Fatal(err)
		}
		s.nodes = append(s.nodes, n)
		validators = append(validators, Validator{Name: strconv.Itoa(i), Key: n.id.Validator, Power: 10})
	}
	for _, n := range s.nodes {
		n.conf.Validators = validators
		for _, o := range s.nodes {
			if o != n {
				n.conf.Peers = append(n.conf.Peers, o.address())
			}
		}
		if err := n.start(-1); err != nil {
			s.t.Fatal(err)
		}
	}
	s.recovered(s.rng(1), nil)
	for i := uint64(2); time.Since(began) < length && !s.failed(); i++ {
		r := s.rng(i)
		plan := s.plan(r)
		time.Sleep(r.N(20 * time.Second)) // silence
		s.play(plan)
		s.recovered(r, plan)
		s.count(func(c *simCounts) { c.episodes++ })
	}
	for _, n := range s.nodes {
		n.process().stop()
	}
	s.work.Wait()
	s.failed()
	s.counts.hours = time.Since(began).Hours()
	time.Sleep(time.Minute) // until the engine's goroutines have noticed
}

// rng is the source of chance of one part of the simulation.
func (s *simulation) rng(part uint64) *rand.Rand { return rand.New(rand.NewPCG(s.seed, part)) }

// recovered waits until all nodes take part again and have decided what was
// promised.
func (s *simulation) recovered(r *rand.Rand, plan []event) {
	if s.failed() {
		s.tell(plan)
		return
	}
	healed := time.Now()
	probe, content := s.entry(r)
	s.submit(r.IntN(simNodes), probe, content, 60)
	word := fmt.Sprint("word ", healed.UnixNano())
	for _, n := range s.nodes {
		n.process().ledger.Say([]byte(word))
	}
	for time.Since(healed) < time.Minute {
		if s.failed() {
			s.tell(plan)
			return
		}
		if why := s.lacks(word, probe.ID); why == "" {
			s.count(func(c *simCounts) { c.slowest = max(c.slowest, time.Since(healed)) })
			s.forget()
			return
		}
		time.Sleep(200 * time.Millisecond)
	}
	s.t.Errorf("not recovered after a minute: %s", s.lacks(word, probe.ID))
	s.tell(plan)
}

// tell says what happened last.
func (s *simulation) tell(plan []event) {
	for _, e := range plan {
		if e.what != "" {
			s.t.Logf("%6.2fs %s", e.at.Seconds(), e.what)
		}
	}
	for _, n := range s.nodes {
		if l := n.process().up(); l != nil {
			s.t.Logf("node %d: %+v", n.index, l.Status())
		}
		for _, line := range n.said.last {
			s.t.Logf("node %d: %v", n.index, line)
		}
	}
}

// simLines is a log that keeps its last warnings, and renders none before they
// are wanted: they are many.
type simLines struct {
	mu   sync.Mutex
	last []simLine
}

type simLine struct {
	*simLines
	record slog.Record
	attrs  []slog.Attr
}

func (l simLine) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelWarn }
func (l simLine) WithGroup(string) slog.Handler                    { return l }

func (l simLine) WithAttrs(attrs []slog.Attr) slog.Handler {
	l.attrs = slices.Concat(l.attrs, attrs)
	return l
}

func (l simLine) Handle(_ context.Context, r slog.Record) error {
	const most = 50
	l.mu.Lock()
	defer l.mu.Unlock()
	l.record = r
	l.last = append(l.last, l)
	l.last = l.last[max(0, len(l.last)-most):]
	return nil
}

func (l simLine) String() string {
	s := fmt.Sprint(l.record.Time.Format("15:04:05.000 "), l.record.Message)
	l.record.Attrs(func(a slog.Attr) bool { l.attrs = append(l.attrs, a); return true })
	return fmt.Sprint(s, " ", l.attrs)
}

// lacks says what is missing to health, "" if nothing is.
func (s *simulation) lacks(word string, probe publica.EntryID) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.promised[probe] {
		return "no promise for a new entry"
	}
	top := int64(s.counts.heights)
	for _, n := range s.nodes {
		life := n.process()
		status := life.ledger.Status()
		switch err := life.ledger.Err(); {
		case err != nil:
			return fmt.Sprintf("node %d is dead: %v", n.index, err)
		case !status.Quorum:
			return fmt.Sprintf("node %d has no quorum", n.index)
		case status.Stalled:
			return fmt.Sprintf("node %d says that it is stalled: %s", n.index, status.Why)
		}
		for _, p := range status.Peers {
			if !p.Connected {
				return fmt.Sprintf("node %d is not connected to %s", n.index, p.Address)
			}
		}
		if height, _, _ := life.app.Position(); height < top {
			return fmt.Sprintf("node %d is at height %d of %d", n.index, height, top)
		}
		for id := range s.promised {
			if !life.app.decided(id) {
				return fmt.Sprintf("node %d has not decided the promised entry %v", n.index, id)
			}
		}
		n.mu.Lock()
		for _, o := range s.nodes {
			if o != n && n.heard[o.id.Peer] != word {
				n.mu.Unlock()
				return fmt.Sprintf("node %d has not heard the statement of node %d", n.index, o.index)
			}
		}
		n.mu.Unlock()
	}
	return ""
}

// forget drops what need not be looked at again.
func (s *simulation) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.promised)
	for what := range s.votes {
		if what.height < int64(s.counts.heights)-20 {
			delete(s.votes, what)
		}
	}
}

// entry makes the next entry. Now and then its content is too large to travel
// with it.
func (s *simulation) entry(r *rand.Rand) (*machine.Entry, []publica.Content) {
	s.made++
	size := 20 + r.IntN(200)
	if r.IntN(100) == 0 {
		size = inlinePart + 1 + r.IntN(2*inlinePart)
	}
	c := publica.Content{Name: "text", Salt: make([]byte, publica.SaltSize), Data: make([]byte, size)}
	binary.BigEndian.PutUint64(c.Salt, r.Uint64())
	var nonce publica.Nonce
	binary.BigEndian.PutUint64(nonce[:], r.Uint64())
	signed, err := testKey.Sign(publica.Entry{
		Body:     jsontext.Value(fmt.Sprintf(`{"n":%d}`, s.made)),
		Content:  []publica.Part{{Commitment: c.Commitment(), Media: "text/plain", Name: c.Name, Size: int64(size)}},
		Kind:     "test/note",
		Made:     publica.Time(1_700_000_000_000 + s.made),
		Nonce:    nonce,
		Register: testRegister,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	e, err := openEntry(signed)
	if err != nil {
		s.t.Fatal(err)
	}
	s.count(func(c *simCounts) { c.entries++ })
	return e, []publica.Content{c}
}

// submit gives an entry to a node, or, if that does not promise it, to the
// others in turn.
func (s *simulation) submit(first int, e *machine.Entry, content []publica.Content, tries int) {
	s.work.Go(func() {
		for try := range tries {
			if try > 0 {
				time.Sleep(time.Second)
			}
			life := s.nodes[(first+try)%simNodes].process()
			l := life.up()
			if l == nil {
				continue
			}
			if life.app.decided(e.ID) { // who calls Submit asks first
				s.promise(e.ID)
				return
			}
			_, err := l.Submit(e, content)
			switch code := publica.CodeOf(err); {
			case life.isDead(): // nobody has got the answer
			case err == nil:
				s.promise(e.ID)
				return
			case code != publica.Busy:
				s.fault("submit %v: %v", e.ID, err)
				return
			}
		}
	})
}

// promise notes a promise that a client has got. A block that any node has
// decided is locked at more than two thirds of them.
func (s *simulation) promise(id publica.EntryID) {
	holders, decided := 0, false
	for _, n := range s.nodes {
		life := n.process()
		if life.holds(id) {
			holders++
		}
		decided = decided || life.app.decided(id)
	}
	if holders < 2 && !decided {
		s.fault("entry %v was promised and is held by %d nodes", id, holders)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.promised[id] = true
	s.counts.promised++
}
