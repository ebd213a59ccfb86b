package ledger

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json/jsontext"
	"fmt"
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
// Each seed is an hour by default. PUBLICA_SIM_HOURS says how many there are,
// PUBLICA_SIM_SEED which is the first; with PUBLICA_SIM_SEED alone it is the
// only one. The seed decides keys, entries, faults and when they come, delays,
// and all that is drawn at random. It does not decide in which order goroutines
// run that wake at the same instant, or what a select takes of several: so the
// same seed runs the same faults and entries, on a history that may differ in
// its blocks.
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
		if err := n.start(); err != nil {
			s.t.Fatal(err)
		}
	}
	s.recovered(s.rng(1), nil)
	for i := uint64(2); time.Since(began) < length && !s.failed(); i++ {
		r := s.rng(i)
		plan := s.plan(r)
		time.Sleep(time.Duration(r.IntN(2)) * r.N(25*time.Second)) // silence
		s.play(plan)
		s.recovered(r, plan)
		s.count(func(c *simCounts) { c.episodes++ })
	}
	for _, n := range s.nodes {
		n.stop()
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
	healed := time.Now()
	probe, content := s.entry(r)
	s.submit(r.IntN(simNodes), probe, content, 60)
	word := fmt.Sprint("word ", healed.UnixNano())
	for _, n := range s.nodes {
		n.Say([]byte(word))
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
		s.t.Logf("node %d: %+v", n.index, n.Status())
		for _, line := range n.said.lines {
			s.t.Logf("node %d: %s", n.index, line)
		}
	}
}

// simLines keeps the last lines of a log.
type simLines struct {
	mu    sync.Mutex
	lines []string
}

func (l *simLines) Write(b []byte) (int, error) {
	const most = 50
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, strings.TrimSpace(string(b)))
	l.lines = l.lines[max(0, len(l.lines)-most):]
	return len(b), nil
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
		status := n.Status()
		switch err := n.Err(); {
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
		if height, _, _ := n.app.Position(); height < top {
			return fmt.Sprintf("node %d is at height %d of %d", n.index, height, top)
		}
		for id := range s.promised {
			if !n.app.decided(id) {
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
	lives := func(try int) *simLife { return s.nodes[(first+try)%simNodes].simLife }
	life := lives(0)
	s.work.Go(func() {
		for try := range tries {
			if try > 0 {
				time.Sleep(time.Second)
				life = lives(try)
			}
			if life.isDead() {
				continue
			}
			if life.app.decided(e.ID) { // who calls Submit asks first
				s.promise(e.ID)
				return
			}
			_, err := life.Submit(e, content)
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
		if _, durable := n.pool.get(id); durable {
			holders++
		}
		decided = decided || n.app.decided(id)
	}
	if holders < 2 && !decided {
		s.fault("entry %v was promised and is held by %d nodes", id, holders)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.promised[id] = true
	s.counts.promised++
}

// event is something that happens in an episode.
type event struct {
	at   time.Duration
	what string
	do   func()
}

// play lets a plan happen.
func (s *simulation) play(plan []event) {
	began := time.Now()
	for _, e := range plan {
		time.Sleep(time.Until(began.Add(e.at)))
		e.do()
	}
}

// plan draws the faults of an episode, each with its end, and what is submitted
// meanwhile.
func (s *simulation) plan(r *rand.Rand) []event {
	p := &planner{simulation: s, r: r}
	who := r.Perm(simNodes)
	a, b := who[0], who[1]
	switch k := r.IntN(100); {
	case k < 40:
		long := p.between(500, 10_000)
		if r.IntN(12) == 0 {
			long = p.between(15_000, 35_000) // peers give up on the connection
		}
		p.isolate(0, long, a)
	case k < 55:
		at := time.Duration(0)
		for range 3 + r.IntN(4) {
			long := p.between(300, 2500)
			p.isolate(at, long, who[r.IntN(2)])
			at += long + p.between(300, 3000)
		}
	case k < 65:
		p.isolate(0, p.between(1000, 10_000), a)
		p.isolate(p.between(0, 3000), p.between(1000, 10_000), b)
	case k < 75:
		p.partition(0, p.between(1000, 12_000), a, b)
	case k < 80:
		p.oneWay(0, p.between(1000, 10_000), a, r.IntN(2) == 0)
	case k < 87:
		p.kill(0, p.between(500, 15_000), a)
	case k < 90:
		p.kill(p.between(0, 2000), p.between(500, 15_000), a)
		p.isolate(0, p.between(1000, 10_000), b)
	case k < 92:
		for _, i := range who {
			p.kill(p.between(0, 1000), p.between(1500, 10_000), i)
		}
	case k < 94:
		p.restart(0, p.between(0, 5000), a)
	case k < 97:
		p.slow(0, p.between(5000, 20_000), a)
		p.isolate(p.between(0, 4000), p.between(1000, 5000), b)
	default:
		p.skew(0, p.between(10_000, 30_000), a)
		p.isolate(p.between(0, 5000), p.between(1000, 10_000), b)
	}
	end := slices.MaxFunc(p.events, byTime).at
	for range r.IntN(3) {
		at, first := r.N(end+1), r.IntN(simNodes)
		for range 1 + r.IntN(6) {
			e, content := s.entry(r)
			p.add(at, "", func() { s.submit(first, e, content, 3) })
		}
	}
	slices.SortStableFunc(p.events, byTime)
	return p.events
}

func byTime(a, b event) int { return int(a.at - b.at) }

type planner struct {
	*simulation
	r      *rand.Rand
	events []event
}

func (p *planner) add(at time.Duration, what string, do func()) {
	p.events = append(p.events, event{at, what, do})
}

func (p *planner) between(from, to int) time.Duration {
	return time.Duration(from+p.r.IntN(to-from)) * time.Millisecond
}

// cut takes links down for a while.
func (p *planner) cut(at, long time.Duration, what string, which func(from, to int) bool) {
	p.add(at, what, func() { p.net.cut(which) })
	p.add(at+long, "end of: "+what, func() { p.net.heal(which) })
}

// isolate cuts a node off. Sometimes it notices at once.
func (p *planner) isolate(at, long time.Duration, node int) {
	p.cut(at, long, fmt.Sprint("isolate ", node), func(from, to int) bool { return from == node || to == node })
	hangUp := p.r.IntN(3) == 0
	p.add(at, "", func() {
		p.count(func(c *simCounts) { c.isolations++ })
		if sw := p.nodes[node].sw; hangUp && !p.nodes[node].isDead() {
			for _, peer := range sw.Peers().Copy() {
				sw.StopPeerGracefully(peer)
			}
		}
	})
}

func (p *planner) partition(at, long time.Duration, a, b int) {
	side := func(i int) bool { return i == a || i == b }
	p.cut(at, long, fmt.Sprintf("partition %d and %d from the others", a, b), func(from, to int) bool { return side(from) != side(to) })
	p.add(at, "", func() { p.count(func(c *simCounts) { c.partitions++ }) })
}

// oneWay cuts off what a node says, or what it would hear.
func (p *planner) oneWay(at, long time.Duration, node int, says bool) {
	p.cut(at, long, fmt.Sprintf("isolate %d, one way: %v", node, says), func(from, to int) bool { return says && from == node || !says && to == node })
	p.add(at, "", func() { p.count(func(c *simCounts) { c.isolations++ }) })
}

// kill ends a process, or the power of its machine, between two steps that it
// makes durable, and starts it again.
func (p *planner) kill(at, long time.Duration, node int) {
	n, steps, power := p.nodes[node], p.r.IntN(40), p.r.IntN(2) == 0
	p.add(at, fmt.Sprintf("kill %d after %d steps, power: %v", node, steps, power), func() {
		p.count(func(c *simCounts) { c.kills++ })
		n.simLife.mu.Lock()
		defer n.simLife.mu.Unlock()
		n.left, n.power = steps, power
	})
	p.add(at+long, fmt.Sprint("start ", node), func() {
		n.simLife.mu.Lock()
		if !n.dead {
			n.die() // it had not so many steps to make
		}
		n.simLife.mu.Unlock()
		p.begin(n)
	})
}

// restart stops a process in order and starts it again.
func (p *planner) restart(at, long time.Duration, node int) {
	n := p.nodes[node]
	p.add(at, fmt.Sprint("stop ", node), func() {
		p.count(func(c *simCounts) { c.restarts++ })
		n.stop()
	})
	p.add(at+long, fmt.Sprint("start ", node), func() { p.begin(n) })
}

func (p *planner) begin(n *simNode) {
	n.stop()
	if err := n.start(); err != nil {
		p.fault("start node %d: %v", n.index, err)
	}
}

func (p *planner) slow(at, long time.Duration, node int) {
	which := func(from, to int) bool { return from == node || to == node }
	by := p.between(100, 1500)
	p.add(at, fmt.Sprintf("slow %d by %v", node, by), func() {
		p.count(func(c *simCounts) { c.slowed++ })
		p.net.slow(which, by)
	})
	p.add(at+long, fmt.Sprintf("end of: slow %d", node), func() { p.net.slow(which, -by) })
}

// skew sets a node's clock wrong for a while.
func (p *planner) skew(at, long time.Duration, node int) {
	n, by := p.nodes[node], p.between(-120_000, 120_000)
	set := func(by time.Duration) {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.skew = by
	}
	p.add(at, fmt.Sprintf("clock of %d is wrong by %v", node, by), func() {
		p.count(func(c *simCounts) { c.skewed++ })
		set(by)
	})
	p.add(at+long, fmt.Sprintf("clock of %d is right", node), func() { set(0) })
}
