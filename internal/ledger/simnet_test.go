package ledger

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"time"

	cmtlog "github.com/cometbft/cometbft/libs/log"
	"github.com/cometbft/cometbft/libs/service"
	"github.com/cometbft/cometbft/p2p"

	abci "github.com/cometbft/cometbft/abci/types"
)

// simNet is the network of a simulation. A connection on it behaves like TCP
// does under the engine's: messages come late and in order; while the link is
// down they wait, and after it is up again until the sender's system tries once
// more; the end of a connection is a message too, so the other side may not
// hear of it for long. What was under way on a connection that ends is lost,
// and the next connection has nothing to do with it.
type simNet struct {
	fault func(format string, args ...any) // something happened that must not

	mu    sync.Mutex            // guards all below
	hosts map[p2p.ID]*simSwitch // who listens
	links [][]simLink           // from, to
}

// simLink is one direction between two nodes.
type simLink struct {
	rng     *rand.Rand
	latency time.Duration // at least
	cuts    int           // faults that keep it down
	since   time.Time     // when it went down
	up      chan struct{} // closed while it is up
}

func newSimNet(n int, rng *rand.Rand, fault func(string, ...any)) *simNet {
	w := &simNet{fault: fault, hosts: map[p2p.ID]*simSwitch{}, links: make([][]simLink, n)}
	for from := range w.links {
		w.links[from] = make([]simLink, n)
		for to := range w.links[from] {
			l := &w.links[from][to]
			l.rng = rand.New(rand.NewPCG(rng.Uint64(), rng.Uint64()))
			l.latency = time.Millisecond + rng.N(60*time.Millisecond)
			l.up = make(chan struct{})
			close(l.up)
		}
	}
	return w
}

// cut takes links down, and heal up again, for those from whom to whom it says
// so. Cuts add up: a link is up when all are healed.
func (w *simNet) cut(which func(from, to int) bool) {
	w.each(which, func(l *simLink) {
		if l.cuts++; l.cuts == 1 {
			l.since, l.up = time.Now(), make(chan struct{})
		}
	})
}

func (w *simNet) heal(which func(from, to int) bool) {
	w.each(which, func(l *simLink) {
		if l.cuts--; l.cuts == 0 {
			close(l.up)
		}
	})
}

// slow makes links slower by that much, or faster.
func (w *simNet) slow(which func(from, to int) bool, by time.Duration) {
	w.each(which, func(l *simLink) { l.latency += by })
}

func (w *simNet) each(which func(from, to int) bool, f func(*simLink)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for from := range w.links {
		for to := range w.links[from] {
			if from != to && which(from, to) {
				f(&w.links[from][to])
			}
		}
	}
}

// lag is how long a message takes.
func (w *simNet) lag(from, to int) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	l := &w.links[from][to]
	return l.latency + l.rng.N(l.latency/4+1)
}

func (w *simNet) isUp(from, to int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.links[from][to].cuts == 0
}

func (w *simNet) host(id p2p.ID) *simSwitch {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.hosts[id]
}

// carry waits until what should arrive at that time has arrived. It returns
// false if the connection ended before.
func (w *simNet) carry(from, to int, at time.Time, quit <-chan struct{}) bool {
	if !sleep(time.Until(at), quit) {
		return false
	}
	for {
		w.mu.Lock()
		l := &w.links[from][to]
		up, since := l.up, l.since
		w.mu.Unlock()
		select {
		case <-up:
			return true
		default:
		}
		select {
		case <-up:
		case <-quit:
			return false
		}
		// The pauses between tries double.
		most := min(time.Since(since), 10*time.Second)
		w.mu.Lock()
		pause := l.rng.N(most + 1)
		w.mu.Unlock()
		if !sleep(pause, quit) {
			return false
		}
	}
}

// sleep returns false if quit was closed before.
func sleep(d time.Duration, quit <-chan struct{}) bool {
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-quit:
		return false
	}
}

// simSwitch connects a node's reactors to peers, as the engine's switch does.
type simSwitch struct {
	service.BaseService
	net   *simNet
	index int
	info  p2p.DefaultNodeInfo
	allow func(p2p.ID) bool

	names    []string // of the reactors, in the order in which they were added
	reactors map[string]p2p.Reactor
	channels map[byte]*p2p.ChannelDescriptor
	readers  map[byte]p2p.Reactor
	peers    *p2p.PeerSet

	mu      sync.Mutex // guards all below
	dialing map[p2p.ID]bool
	dead    bool // the process was killed: nothing comes from it any more
}

var _ p2p.Switcher = (*simSwitch)(nil)

func newSimSwitch(w *simNet, index int, info p2p.DefaultNodeInfo, allow func(p2p.ID) bool) *simSwitch {
	sw := &simSwitch{net: w, index: index, info: info, allow: allow, reactors: map[string]p2p.Reactor{},
		channels: map[byte]*p2p.ChannelDescriptor{}, readers: map[byte]p2p.Reactor{}, peers: p2p.NewPeerSet(), dialing: map[p2p.ID]bool{}}
	sw.BaseService = *service.NewBaseService(nil, "Switch", sw)
	return sw
}

func (sw *simSwitch) AddReactor(name string, r p2p.Reactor) p2p.Reactor {
	sw.names = append(sw.names, name)
	sw.reactors[name] = r
	for _, c := range r.GetChannels() {
		filled := c.FillDefaults()
		sw.channels[c.ID], sw.readers[c.ID] = &filled, r
	}
	r.SetSwitch(sw)
	return r
}

func (sw *simSwitch) Reactor(name string) (p2p.Reactor, bool) {
	r, ok := sw.reactors[name]
	return r, ok
}
func (sw *simSwitch) Peers() p2p.IPeerSet    { return sw.peers }
func (sw *simSwitch) NodeInfo() p2p.NodeInfo { return sw.info }
func (sw *simSwitch) Log() cmtlog.Logger     { return sw.Logger }

func (sw *simSwitch) NumPeers() (outbound, inbound, dialing int) {
	for _, p := range sw.peers.Copy() {
		if p.IsOutbound() {
			outbound++
		} else {
			inbound++
		}
	}
	return outbound, inbound, 0
}

// What the ledger and the reactors it has do not use.
func (sw *simSwitch) RemoveReactor(string, p2p.Reactor)      { panic("not in the simulation") }
func (sw *simSwitch) MaxNumOutboundPeers() int               { return 0 }
func (sw *simSwitch) AddPersistentPeers([]string) error      { return nil }
func (sw *simSwitch) AddPrivatePeerIDs([]string) error       { return nil }
func (sw *simSwitch) AddUnconditionalPeerIDs([]string) error { return nil }
func (sw *simSwitch) DialPeersAsync([]string) error          { return nil }
func (sw *simSwitch) IsPeerPersistent(*p2p.NetAddress) bool  { return false }
func (sw *simSwitch) IsPeerUnconditional(p2p.ID) bool        { return false }
func (sw *simSwitch) MarkPeerAsGood(p2p.Peer)                {}

func (sw *simSwitch) OnStart() error {
	for _, name := range sw.names {
		if err := sw.reactors[name].Start(); err != nil {
			return fmt.Errorf("start %s: %w", name, err)
		}
	}
	sw.net.mu.Lock()
	defer sw.net.mu.Unlock()
	sw.net.hosts[sw.info.ID()] = sw
	return nil
}

func (sw *simSwitch) OnStop() {
	sw.leave()
	for _, p := range sw.peers.Copy() {
		sw.drop(p, nil)
	}
	for _, name := range sw.names {
		if err := sw.reactors[name].Stop(); err != nil {
			sw.net.fault("stop %s of node %d: %v", name, sw.index, err)
		}
	}
}

func (sw *simSwitch) leave() {
	sw.net.mu.Lock()
	defer sw.net.mu.Unlock()
	if id := sw.info.ID(); sw.net.hosts[id] == sw {
		delete(sw.net.hosts, id)
	}
}

// kill ends the process, or, if the power fails, the machine: then nobody says
// good-bye to its peers.
func (sw *simSwitch) kill(power bool) {
	sw.mu.Lock()
	sw.dead = true
	sw.mu.Unlock()
	sw.leave()
	for _, p := range sw.peers.Copy() {
		if p := p.(*simPeer); !power {
			p.bye()
		}
	}
}

func (sw *simSwitch) isDead() bool {
	sw.mu.Lock()
	defer sw.mu.Unlock()
	return sw.dead
}

func (sw *simSwitch) IsDialingOrExistingAddress(a *p2p.NetAddress) bool {
	sw.mu.Lock()
	defer sw.mu.Unlock()
	return sw.dialing[a.ID] || sw.peers.Has(a.ID)
}

// DialPeerWithAddress takes four ways for the handshakes, or a second of
// silence.
func (sw *simSwitch) DialPeerWithAddress(a *p2p.NetAddress) error {
	if sw.IsDialingOrExistingAddress(a) {
		return p2p.ErrCurrentlyDialingOrExistingAddress{Addr: a.String()}
	}
	sw.mu.Lock()
	sw.dialing[a.ID] = true
	sw.mu.Unlock()
	defer func() {
		sw.mu.Lock()
		delete(sw.dialing, a.ID)
		sw.mu.Unlock()
	}()
	to := int(a.IP.To4()[3])
	for range 2 {
		if !sw.net.isUp(sw.index, to) || !sw.net.isUp(to, sw.index) {
			sleep(time.Second, sw.Quit())
			return errors.New("no answer")
		}
		if !sleep(sw.net.lag(sw.index, to)+sw.net.lag(to, sw.index), sw.Quit()) {
			return errors.New("stopping")
		}
	}
	far := sw.net.host(a.ID)
	if far == nil || sw.isDead() {
		return errors.New("connection refused")
	}
	near, remote := newSimPeers(sw, far)
	go func() {
		if err := far.add(remote); err != nil {
			remote.end()
		}
	}()
	err := sw.add(near)
	if err != nil {
		near.end()
	}
	return err
}

// add does what the engine's switch does with a connection that stands.
func (sw *simSwitch) add(p *simPeer) error {
	switch {
	case sw.peers.Has(p.ID()):
		return errors.New("connected already")
	case !sw.allow(p.ID()):
		return errors.New("a stranger")
	case !sw.IsRunning():
		return errors.New("stopping")
	}
	for _, name := range sw.names {
		sw.reactors[name].InitPeer(p)
	}
	if err := p.Start(); err != nil {
		return err
	}
	if err := sw.peers.Add(p); err != nil {
		p.Stop()
		return err
	}
	for _, name := range sw.names {
		sw.reactors[name].AddPeer(p)
	}
	if !sw.IsRunning() { // OnStop may have missed it
		sw.drop(p, nil)
	}
	return nil
}

func (sw *simSwitch) StopPeerForError(p p2p.Peer, reason any) {
	if p.IsRunning() {
		sw.drop(p, reason)
	}
}

func (sw *simSwitch) StopPeerGracefully(p p2p.Peer) { sw.drop(p, nil) }

func (sw *simSwitch) drop(p p2p.Peer, reason any) {
	if err := p.Stop(); err != nil {
		return // somebody else does it
	}
	for _, name := range sw.names {
		sw.reactors[name].RemovePeer(p, reason)
	}
	sw.peers.Remove(p)
}

func (sw *simSwitch) BroadcastAsync(e p2p.Envelope) {
	for _, p := range sw.peers.Copy() {
		go p.Send(e)
	}
}

func (sw *simSwitch) TryBroadcast(e p2p.Envelope) {
	for _, p := range sw.peers.Copy() {
		p.TrySend(e)
	}
}

// Where nodes are. The last number of the address is the node's.
const simPort = 26656

func simIP(index int) net.IP { return net.IPv4(10, 0, 0, byte(index)) }

// allowed asks the bridge, as the engine does, whether a peer may connect.
func allowed(app *bridge) func(p2p.ID) bool {
	return func(id p2p.ID) bool {
		res, err := app.Query(context.Background(), &abci.RequestQuery{Path: "/p2p/filter/id/" + string(id)})
		return err == nil && res.IsOK()
	}
}
