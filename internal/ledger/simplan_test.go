package ledger

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

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
		p.killAll(0, who)
	case k < 94:
		// What is promised meanwhile is on few disks, and must outlive all.
		p.partition(0, 3*time.Second, a, b)
		p.load(p.between(500, 1000), a)
		p.killAll(p.between(500, 2000), who)
	case k < 96:
		p.restart(0, p.between(0, 5000), a)
	case k < 98:
		p.slow(0, p.between(5000, 20_000), a)
		p.isolate(p.between(0, 4000), p.between(1000, 5000), b)
	default:
		p.skew(0, p.between(10_000, 30_000), a)
		p.isolate(p.between(0, 5000), p.between(1000, 10_000), b)
	}
	return p.done()
}

// done adds what is submitted meanwhile.
func (p *planner) done() []event {
	end := slices.MaxFunc(p.events, byTime).at
	for range p.r.IntN(3) {
		p.load(p.r.N(end+1), p.r.IntN(simNodes))
	}
	slices.SortStableFunc(p.events, byTime)
	return p.events
}

func byTime(a, b event) int { return int(a.at - b.at) }

// load submits some entries.
func (p *planner) load(at time.Duration, node int) {
	for range 1 + p.r.IntN(6) {
		e, content := p.entry(p.r)
		p.add(at, fmt.Sprint("submit ", e.ID), func() { p.submit(node, e, content, 3) })
	}
}

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
		if l := p.nodes[node].process().up(); l != nil && hangUp {
			for _, peer := range l.engine.Switch().Peers().Copy() {
				l.engine.Switch().StopPeerGracefully(peer)
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
		life := n.process()
		life.mu.Lock()
		defer life.mu.Unlock()
		life.left, life.power = steps, power
	})
	patience := p.between(0, 500) // it may not have so many steps to make
	p.add(at+patience, "", func() { n.process().kill() })
	if p.r.IntN(3) == 0 {
		steps, patience := p.r.IntN(60), p.between(500, 5000)
		p.add(at+long, fmt.Sprintf("start %d and kill it after %d steps", node, steps), func() { p.begin(n, steps) })
		p.add(at+long+patience, "", func() { n.process().kill() })
		long += patience + p.between(0, 3000)
	}
	p.add(at+long, fmt.Sprint("start ", node), func() { p.begin(n, -1) })
}

func (p *planner) killAll(at time.Duration, who []int) {
	for _, i := range who {
		p.kill(at+p.between(0, 1000), p.between(1500, 10_000), i)
	}
}

// restart stops a process in order and starts it again.
func (p *planner) restart(at, long time.Duration, node int) {
	n := p.nodes[node]
	p.add(at, fmt.Sprint("stop ", node), func() {
		p.count(func(c *simCounts) { c.restarts++ })
		n.process().stop()
	})
	p.add(at+long, fmt.Sprint("start ", node), func() { p.begin(n, -1) })
}

func (p *planner) begin(n *simNode, left int) {
	n.process().stop()
	if err := n.start(left); err != nil {
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
