package ledger

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cometbft/cometbft/p2p"

	"publica"
)

// A Peer is another node that this one is told to be connected to.
type Peer struct {
	ID        string // 40 hexadecimal digits
	Address   string // host:port
	Connected bool
	Validator string // [Address] of the key it votes with, as it says itself; "" while it is not connected
}

// peerList says who may connect. It is safe for concurrent use.
type peerList struct {
	own p2p.ID // never in it; set before the list is used

	mu      sync.RWMutex
	address map[p2p.ID]string // id@host:port
}

// set replaces the list and returns what is not an address.
func (l *peerList) set(peers []string) (bad []string) {
	address := map[p2p.ID]string{}
	for _, s := range peers {
		id, at, ok := strings.Cut(s, "@")
		if id = strings.ToLower(id); !ok || len(id) != 2*p2p.IDByteLength {
			bad = append(bad, s)
		} else if p2p.ID(id) != l.own {
			address[p2p.ID(id)] = id + "@" + at
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.address = address
	return bad
}

func (l *peerList) has(id p2p.ID) bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.address[id] != ""
}

// all returns the list; it must not be changed.
func (l *peerList) all() map[p2p.ID]string {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.address
}

// SetPeers replaces [Config.Peers]: those who may connect and are dialled, as
// id@host:port. Who is connected and not in the list is disconnected. The
// node's own address may be in it.
func (l *Ledger[P]) SetPeers(peers []string) {
	for _, s := range l.peers.set(peers) {
		l.config.Log.Error("not the address of a peer, want id@host:port", "address", s)
	}
	for _, p := range l.engine.Switch().Peers().Copy() {
		if !l.peers.has(p.ID()) {
			l.engine.Switch().StopPeerGracefully(p)
		}
	}
}

// dial keeps the node connected to its peers. The engine would do so too, but
// waits for hours in the end; and two nodes that dial each other at once lose
// both connections. So the one with the smaller id dials every second; the
// other one joins in when that has not helped, since it may be the only one
// that can reach the other.
func (l *Ledger[P]) dial() {
	const patience = 5 // seconds
	var (
		dialing sync.Map
		alone   = map[p2p.ID]int{} // for how many seconds not connected
		tick    = time.NewTicker(time.Second)
	)
	defer tick.Stop()
	for {
		peers := l.peers.all()
		maps.DeleteFunc(alone, func(id p2p.ID, _ int) bool { return peers[id] == "" })
		for id, address := range peers {
			if l.engine.Switch().Peers().Has(id) {
				alone[id] = 0
				continue
			}
			if alone[id]++; id < l.peers.own && alone[id]%patience != 0 {
				continue
			}
			if _, already := dialing.LoadOrStore(id, true); already {
				continue
			}
			go func() { // a few seconds; Stop does not wait for it
				defer dialing.Delete(id)
				na, err := p2p.NewNetAddressString(address)
				if err == nil {
					err = l.engine.Switch().DialPeerWithAddress(na)
				}
				if err != nil {
					l.config.Log.Debug("peer not reached", "peer", address, "err", err)
				}
			}()
		}
		select {
		case <-l.quit:
			return
		case <-tick.C:
		}
	}
}

// standing returns the peers, by id, and whether validators with more than two
// thirds of the power are among them and this node.
func (l *Ledger[P]) standing() (peers []Peer, quorum bool) {
	here := map[string]bool{l.engine.address: true}
	for id, address := range l.peers.all() {
		_, at, _ := strings.Cut(address, "@")
		p := Peer{ID: string(id), Address: at}
		if c := l.engine.Switch().Peers().Get(id); c != nil {
			p.Connected = true
			if info, ok := c.NodeInfo().(p2p.DefaultNodeInfo); ok {
				p.Validator = info.Moniker
				here[p.Validator] = true
			}
		}
		peers = append(peers, p)
	}
	slices.SortFunc(peers, func(a, b Peer) int { return strings.Compare(a.ID, b.ID) })
	state, err := l.engine.state().Load()
	if err != nil || state.Validators == nil {
		return peers, false
	}
	var sum, total int64
	for _, v := range state.Validators.Validators {
		if total += v.VotingPower; here[Address(v.PubKey.Bytes())] {
			sum += v.VotingPower
		}
	}
	return peers, 3*sum > 2*total
}

// Say tells all peers a statement, at most 64 KiB, and tells it those that
// connect later, until the next one. It returns at once. What is said may get
// lost with a connection; the last statement is said again when it is back.
func (l *Ledger[P]) Say(statement []byte) {
	if len(statement) > maxStatement {
		l.config.Log.Error("a statement is too long to be said", "bytes", len(statement), "most", maxStatement)
		return
	}
	l.exchange.say(statement)
}

// Fetch gets content from any connected peer that holds it, verified. The
// content has no name: the caller knows of which part it is. The error is
// NotFound if no peer gave it; that may change.
func (l *Ledger[P]) Fetch(ctx context.Context, c publica.Commitment) (publica.Content, error) {
	return l.exchange.fetch(ctx, c)
}
