package ledger

import (
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/cometbft/cometbft/libs/service"
	"github.com/cometbft/cometbft/p2p"
	"github.com/cosmos/gogoproto/proto"
)

// simPeer is one end of a connection.
type simPeer struct {
	service.BaseService
	sw       *simSwitch // whose peer it is
	far      *simPeer   // the other end
	outbound bool
	slots    map[byte]chan struct{} // a token for each message under way, by channel
	came     chan struct{}          // holds one: queue has something
	reset    sync.Once

	mu     sync.Mutex // guards all below
	data   map[string]any
	queue  []parcel // on the way here
	ended  bool
	failed bool
}

// parcel is a message on its way.
type parcel struct {
	channel byte
	message []byte // nil: the connection ended
	at      time.Time
	slot    chan struct{}
}

func newSimPeers(a, b *simSwitch) (*simPeer, *simPeer) {
	ends := [2]*simPeer{{sw: a, outbound: true}, {sw: b}}
	for i, p := range ends {
		p.far = ends[1-i]
		p.BaseService = *service.NewBaseService(nil, "Peer", p)
		p.data, p.slots, p.came = map[string]any{}, map[byte]chan struct{}{}, make(chan struct{}, 1)
		for id, c := range p.sw.channels {
			p.slots[id] = make(chan struct{}, c.SendQueueCapacity)
		}
	}
	return ends[0], ends[1]
}

func (p *simPeer) OnStart() error { go p.read(); return nil }

// OnStop tells the other end, unless the process is dead.
func (p *simPeer) OnStop() { p.end() }

func (p *simPeer) FlushStop() { p.Stop() }

// end closes this end.
func (p *simPeer) end() {
	p.mu.Lock()
	first := !p.ended
	p.ended = true
	p.mu.Unlock()
	if first && !p.sw.isDead() {
		p.bye()
	}
}

// bye sends word that the connection has ended.
func (p *simPeer) bye() {
	p.far.push(parcel{at: time.Now().Add(p.sw.net.lag(p.sw.index, p.far.sw.index))})
}

func (p *simPeer) Send(e p2p.Envelope) bool    { return p.send(e, true) }
func (p *simPeer) TrySend(e p2p.Envelope) bool { return p.send(e, false) }

func (p *simPeer) send(e p2p.Envelope, wait bool) bool {
	slot := p.slots[e.ChannelID]
	if slot == nil || !p.IsRunning() {
		return false
	}
	m := e.Message
	if w, ok := m.(p2p.Wrapper); ok {
		m = w.Wrap()
	}
	b, err := proto.Marshal(m)
	if err != nil {
		p.sw.net.fault("marshal %T: %v", e.Message, err)
		return false
	}
	if b == nil {
		b = []byte{}
	}
	select {
	case slot <- struct{}{}:
	default:
		if !wait {
			return false
		}
		late := time.NewTimer(10 * time.Second)
		defer late.Stop()
		select {
		case slot <- struct{}{}:
		case <-late.C:
			return false
		case <-p.Quit():
			return false
		}
	}
	if p.sw.isDead() {
		return true
	}
	if !p.far.push(parcel{e.ChannelID, b, time.Now().Add(p.sw.net.lag(p.sw.index, p.far.sw.index)), slot}) {
		p.refuse()
	}
	return true
}

// push takes a parcel, unless this end is gone.
func (p *simPeer) push(c parcel) bool {
	p.mu.Lock()
	if p.ended && c.message != nil || p.sw.isDead() {
		p.mu.Unlock()
		return false
	}
	p.queue = append(p.queue, c)
	p.mu.Unlock()
	select {
	case p.came <- struct{}{}:
	default:
	}
	return true
}

// refuse ends this end because the other machine knows nothing of the
// connection any more, if it is there to say so.
func (p *simPeer) refuse() {
	from, to := p.sw.index, p.far.sw.index
	if p.sw.net.host(p.far.sw.info.ID()) == nil || !p.sw.net.isUp(from, to) || !p.sw.net.isUp(to, from) {
		return
	}
	p.reset.Do(func() {
		go func() {
			if sleep(p.sw.net.lag(from, to)+p.sw.net.lag(to, from), p.Quit()) {
				p.sw.StopPeerForError(p, errors.New("connection reset"))
			}
		}()
	})
}

// read hands what comes to the reactors.
func (p *simPeer) read() {
	defer func() {
		// The engine takes it for the peer's fault.
		if r := recover(); r != nil {
			p.sw.net.fault("a reactor of node %d panicked: %v", p.sw.index, r)
			p.sw.StopPeerForError(p, r)
		}
	}()
	for {
		c, ok := p.next()
		if !ok || !p.sw.net.carry(p.far.sw.index, p.sw.index, c.at, p.Quit()) {
			return
		}
		if c.message == nil {
			p.sw.StopPeerForError(p, io.EOF)
			return
		}
		<-c.slot
		if p.sw.isDead() {
			continue
		}
		if err := p.deliver(c); err != nil {
			p.sw.StopPeerForError(p, err)
			return
		}
	}
}

func (p *simPeer) next() (c parcel, ok bool) {
	for {
		p.mu.Lock()
		if len(p.queue) > 0 {
			c, p.queue = p.queue[0], p.queue[1:]
			p.mu.Unlock()
			return c, true
		}
		p.mu.Unlock()
		select {
		case <-p.came:
		case <-p.Quit():
			return c, false
		}
	}
}

func (p *simPeer) deliver(c parcel) error {
	channel, reader := p.sw.channels[c.channel], p.sw.readers[c.channel]
	if channel == nil || len(c.message) > channel.RecvMessageCapacity {
		panic(fmt.Sprintf("%d bytes on channel %#x", len(c.message), c.channel))
	}
	// Honest nodes run into it too: an answer may come when it is not waited
	// for any more.
	if f, ok := reader.(p2p.MsgBytesFilter); ok {
		if err := f.FilterMsgBytes(c.channel, p, c.message); err != nil {
			return err
		}
	}
	m := proto.Clone(channel.MessageType)
	if err := proto.Unmarshal(c.message, m); err != nil {
		panic(err)
	}
	if w, ok := m.(p2p.Unwrapper); ok {
		var err error
		if m, err = w.Unwrap(); err != nil {
			panic(err)
		}
	}
	reader.Receive(p2p.Envelope{ChannelID: c.channel, Src: p, Message: m})
	return nil
}

func (p *simPeer) ID() p2p.ID                   { return p.far.sw.info.ID() }
func (p *simPeer) String() string               { return fmt.Sprintf("Peer{%d of %d}", p.far.sw.index, p.sw.index) }
func (p *simPeer) RemoteIP() net.IP             { return simIP(p.far.sw.index) }
func (p *simPeer) RemoteAddr() net.Addr         { return &net.TCPAddr{IP: p.RemoteIP(), Port: simPort} }
func (p *simPeer) IsOutbound() bool             { return p.outbound }
func (p *simPeer) IsPersistent() bool           { return false }
func (p *simPeer) CloseConn() error             { return nil }
func (p *simPeer) NodeInfo() p2p.NodeInfo       { return p.far.sw.info }
func (p *simPeer) Status() p2p.ConnectionStatus { return p2p.ConnectionStatus{} }

func (p *simPeer) SocketAddr() *p2p.NetAddress {
	return &p2p.NetAddress{ID: p.ID(), IP: p.RemoteIP(), Port: simPort}
}

func (p *simPeer) Set(key string, v any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.data[key] = v
}

func (p *simPeer) Get(key string) any {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.data[key]
}

func (p *simPeer) SetRemovalFailed() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failed = true
}

func (p *simPeer) GetRemovalFailed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.failed
}
