package ledger

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cometbft/cometbft/p2p"
	"github.com/cometbft/cometbft/p2p/conn"
	"github.com/cosmos/gogoproto/types"

	"publica"
)

const (
	// forwardAfter is when an entry that came from a peer goes on to peers that
	// have not said that they hold it. Where every node is connected to every
	// other, they have said so long before.
	forwardAfter = 400 * time.Millisecond

	// againAfter is when an entry is sent again to a peer that has not said
	// that it holds it: its pool was full, or a message was lost.
	againAfter = 2 * time.Second

	beatEvery   = 2 * time.Second
	silentAfter = 20 * time.Second // without a beat the connection counts as dead
	muteFor     = time.Minute      // a peer that sent junk is not listened to
	pieceWithin = 30 * time.Second // a piece of content must have come
	slowestPull = 256 << 10        // bytes a second, from the time of the first piece on

	inboxSize = 4 // messages of entries that wait to be taken in, for each peer
	askedSize = 8 // requests for content that wait to be answered, for each peer
	pullsSize = 4 // entries of one peer whose content is being pulled, and requests to it at a time
)

// exchange carries between nodes what consensus does not: entries, with their
// content, before they are decided; word that they are durable; statements;
// content that is missing. It is a reactor of the engine, which calls Receive
// on the goroutine that reads a peer's connection, votes and all: there nothing
// may wait.
//
// An entry that was submitted here goes to every peer at once, one that a peer
// sent goes on after forwardAfter, in both cases to those only that have not
// said that they hold it. A peer that sends what no honest one sends is not
// listened to for a while; it stays connected, since its votes are not for this
// package to judge.
type exchange struct {
	p2p.BaseReactor

	app      App
	pool     *pool
	verifier *verifier
	keep     func([]Item) []error                // on this node's disk
	forget   func([]publica.EntryID)             // what is on it
	decided  func(publica.EntryID) bool          // whether an entry is on the log
	heard    func(peer string, statement []byte) // nil: nobody listens
	arrived  func()                              // an entry came that waits for a block
	kept     func() (base, height int64)         // the blocks that this node keeps
	silent   time.Duration                       // silentAfter, shorter in tests
	log      *slog.Logger

	work sync.WaitGroup // all goroutines
	quit chan struct{}  // closed by OnStop, before it waits: the engine's own Quit is closed after it

	mu      sync.Mutex // guards all below
	stopped bool
	peers   map[p2p.ID]*peer
	muted   map[p2p.ID]time.Time // until when a peer is not listened to
	late    map[p2p.ID]time.Time // when a peer last did not answer in time
	last    []byte               // the statement said last, nil if none
	said    uint64               // how many were said
}

var _ p2p.Reactor = (*exchange)(nil)

// peer is a connection to another node. It ends with its connection.
type peer struct {
	p2p.Peer
	id    string
	seat  *seat // in the pool
	log   *slog.Logger
	added chan struct{} // closed when the above is set

	inbox chan []byte   // messages of entries
	asked chan ask      // requests for content
	asks  chan struct{} // a token for each request under way
	wake  chan struct{} // holds one: there is something to send

	alive atomic.Int64 // when it was heard last, Unix nanoseconds

	mu       sync.Mutex // guards all below
	now      []due      // entries to send, each list in the order of its times
	later    []due
	again    []due
	requests map[uint32]chan piece
	number   uint32 // of the last request
	told     uint64 // the number of the statement told last
	pulls    int    // entries whose content is being pulled
	spilt    bool   // the lists have grown too long and were dropped
	blocks   span   // that it keeps, as it says
}

// span is which blocks a node keeps; both are 0 if none.
type span struct{ base, height int64 }

// due is an entry and when it should be sent.
type due struct {
	id publica.EntryID
	at time.Time
}

const peerKey = "publica"

func newExchange(app App, pool *pool, verifier *verifier, log *slog.Logger) *exchange {
	x := &exchange{app: app, pool: pool, verifier: verifier, log: log, silent: silentAfter, quit: make(chan struct{}),
		peers: map[p2p.ID]*peer{}, muted: map[p2p.ID]time.Time{}, late: map[p2p.ID]time.Time{}}
	x.BaseReactor = *p2p.NewBaseReactor("Exchange", x)
	return x
}

// GetChannels implements p2p.Reactor.
func (x *exchange) GetChannels() []*p2p.ChannelDescriptor {
	return []*p2p.ChannelDescriptor{
		{ID: entryChannel, Priority: 5, SendQueueCapacity: 4, RecvBufferCapacity: 64 << 10, RecvMessageCapacity: maxEntryMessage + envelope, MessageType: &types.BytesValue{}},
		{ID: wordChannel, Priority: 8, SendQueueCapacity: 128, RecvBufferCapacity: 4 << 10, RecvMessageCapacity: maxWord + envelope, MessageType: &types.BytesValue{}},
		{ID: contentChannel, Priority: 1, SendQueueCapacity: 2, RecvBufferCapacity: 64 << 10, RecvMessageCapacity: maxPiece + envelope, MessageType: &types.BytesValue{}},
	}
}

// OnStop implements service.Service. The engine has stopped the peers that it
// knew of; one that connected at that moment is still there.
func (x *exchange) OnStop() {
	x.mu.Lock()
	x.stopped = true
	close(x.quit)
	x.mu.Unlock()
	for _, p := range x.connected() {
		_ = p.Stop() // somebody else may have done it
	}
	x.work.Wait()
}

// InitPeer implements p2p.Reactor.
func (x *exchange) InitPeer(p p2p.Peer) p2p.Peer {
	p.Set(peerKey, &peer{
		Peer: p, id: string(p.ID()), log: x.log.With("peer", p.ID()), added: make(chan struct{}),
		inbox: make(chan []byte, inboxSize), asked: make(chan ask, askedSize),
		asks: make(chan struct{}, pullsSize), wake: make(chan struct{}, 1), requests: map[uint32]chan piece{},
	})
	return p
}

// AddPeer implements p2p.Reactor. It may be called after the peer has gone
// again, so its goroutines look at the connection itself and clean up.
func (x *exchange) AddPeer(src p2p.Peer) {
	p := src.Get(peerKey).(*peer)
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.stopped {
		go x.Switch.StopPeerGracefully(src) // it is being added on this goroutine
		return
	}
	if p.seat = x.pool.meet(); p.seat == nil {
		p.log.Error("too many peers: this one is turned away", "most", maxPeers)
		go x.Switch.StopPeerGracefully(src)
		return
	}
	p.alive.Store(time.Now().UnixNano())
	x.peers[src.ID()] = p
	close(p.added)
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	for _, f := range []func(context.Context, *peer){x.feed, x.beat, x.serve, x.receive} {
		work.Go(func() { f(ctx, p) })
	}
	x.work.Go(func() {
		select {
		case <-p.Quit():
		case <-x.quit:
		}
		cancel()
		work.Wait()
		x.mu.Lock()
		if x.peers[src.ID()] == p {
			delete(x.peers, src.ID())
		}
		x.mu.Unlock()
		x.pool.leave(p.seat)
	})
}

// Receive implements p2p.Reactor.
func (x *exchange) Receive(e p2p.Envelope) {
	p, known := e.Src.Get(peerKey).(*peer)
	message, ok := e.Message.(*types.BytesValue)
	if !known || !ok {
		return
	}
	select {
	case <-p.added: // the engine reads from a peer before it adds it
	case <-e.Src.Quit():
		return
	case <-x.quit:
		return
	}
	p.alive.Store(time.Now().UnixNano())
	if x.isMuted(p) {
		return
	}
	switch b := message.Value; e.ChannelID {
	case entryChannel:
		select {
		case p.inbox <- b:
		default: // the peer sends them again
		}
	case wordChannel:
		x.word(p, b)
	case contentChannel:
		if answer, ok := parsePiece(b); !ok {
			x.mute(p, "a piece of content that is none")
		} else {
			p.answered(answer)
		}
	}
}

func (x *exchange) word(p *peer, b []byte) {
	if len(b) == 0 {
		x.mute(p, "an empty word")
		return
	}
	ok := true
	switch what, b := b[0], b[1:]; what {
	case wordBeat:
		var blocks span
		if blocks, ok = parseBeat(b); ok {
			p.mu.Lock()
			p.blocks = blocks
			p.mu.Unlock()
		}
	case wordHave:
		var ids []publica.EntryID
		if ids, ok = parseHave(b); ok {
			x.pool.confirmed(p.seat, ids)
		}
	case wordStatement:
		if x.heard != nil {
			x.heard(p.id, b)
		}
	case wordAsk:
		var a ask
		if a, ok = parseAsk(b); ok {
			select {
			case p.asked <- a:
			default: // it asks somebody else, or again
			}
		}
	default:
		ok = false
	}
	if !ok {
		x.mute(p, "a word that is none")
	}
}

// mute stops listening to a peer for a while, even if it connects anew.
func (x *exchange) mute(p *peer, sent string) {
	p.log.Warn("a peer sent what no honest node sends; it is not listened to for a while", "sent", sent, "while", muteFor)
	x.mu.Lock()
	defer x.mu.Unlock()
	x.muted[p.ID()] = time.Now().Add(muteFor)
}

func (x *exchange) isMuted(p *peer) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return time.Now().Before(x.muted[p.ID()])
}

func (p *peer) send(channel byte, b []byte) bool {
	return p.Send(p2p.Envelope{ChannelID: channel, Message: &types.BytesValue{Value: b}})
}

func (p *peer) trySend(channel byte, b []byte) bool {
	return p.TrySend(p2p.Envelope{ChannelID: channel, Message: &types.BytesValue{Value: b}})
}

// connected returns the peers of now.
func (x *exchange) connected() []*peer {
	x.mu.Lock()
	defer x.mu.Unlock()
	all := make([]*peer, 0, len(x.peers))
	for _, p := range x.peers {
		all = append(all, p)
	}
	return all
}

// beat keeps the connection from looking dead, and ends it when it is. The
// engine itself would notice only after minutes.
func (x *exchange) beat(ctx context.Context, p *peer) {
	x.tell(p)
	var progress taking
	for tick := time.NewTicker(beatEvery); ; {
		p.trySend(wordChannel, span.beat(x.blocks()))
		select {
		case <-ctx.Done():
			tick.Stop()
			return
		case <-tick.C:
		}
		x.tell(p)
		var fault error
		if silent := time.Since(time.Unix(0, p.alive.Load())); silent > x.silent {
			fault = fmt.Errorf("nothing heard for %v", silent.Round(time.Second))
		} else if stuck := progress.stuck(p.Status(), time.Now()); stuck > x.silent {
			fault = fmt.Errorf("nothing taken for %v", stuck.Round(time.Second))
		}
		if fault != nil {
			// On a goroutine of its own: stopping a peer waits for its reader.
			go x.Switch.StopPeerForError(p.Peer, fault)
			tick.Stop()
			return
		}
	}
}

// blocks is what this node keeps.
func (x *exchange) blocks() (s span) {
	if x.kept != nil {
		s.base, s.height = x.kept()
	}
	return s
}

// keeps is what a peer keeps.
func (p *peer) keeps() span {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.blocks
}

// taking follows whether a peer takes what is sent to it.
type taking struct {
	bytes int64
	since time.Time
}

// stuck returns for how long something has waited and nothing was taken.
func (t *taking) stuck(s p2p.ConnectionStatus, now time.Time) time.Duration {
	waits := slices.ContainsFunc(s.Channels, func(c conn.ChannelStatus) bool { return c.SendQueueSize > 0 })
	if !waits || t.since.IsZero() || s.SendMonitor.Bytes != t.bytes {
		t.bytes, t.since = s.SendMonitor.Bytes, now
	}
	return now.Sub(t.since)
}

// say tells every peer a statement, and those that connect later too, until
// the next one.
func (x *exchange) say(statement []byte) {
	x.mu.Lock()
	x.last = slices.Concat([]byte{wordStatement}, statement)
	x.said++
	x.mu.Unlock()
	for _, p := range x.connected() {
		x.tell(p)
	}
}

// tell sends the last statement to a peer that has not got it. What does not
// fit into the peer's queue goes with the next beat.
func (x *exchange) tell(p *peer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	x.mu.Lock()
	last, said := x.last, x.said
	x.mu.Unlock()
	if said != p.told && p.trySend(wordChannel, last) {
		p.told = said
	}
}
