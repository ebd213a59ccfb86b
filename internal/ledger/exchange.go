package ledger

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cometbft/cometbft/p2p"
	"github.com/cosmos/gogoproto/types"

	"publica"
	"publica/internal/machine"
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
	pullWithin  = 5 * time.Minute  // an entry's content must have come
	pieceWithin = 30 * time.Second // a piece of content must have come

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
	silent   time.Duration                       // silentAfter, shorter in tests
	log      *slog.Logger

	work sync.WaitGroup // all goroutines

	mu      sync.Mutex // guards all below
	stopped bool
	peers   map[p2p.ID]*peer
	muted   map[p2p.ID]time.Time // until when a peer is not listened to
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
	pulling  int64  // their bytes
}

// due is an entry and when it should be sent.
type due struct {
	id publica.EntryID
	at time.Time
}

const peerKey = "publica"

func newExchange(app App, pool *pool, verifier *verifier, log *slog.Logger) *exchange {
	x := &exchange{app: app, pool: pool, verifier: verifier, log: log, silent: silentAfter, peers: map[p2p.ID]*peer{}, muted: map[p2p.ID]time.Time{}}
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

// OnStop implements service.Service.
func (x *exchange) OnStop() {
	x.mu.Lock()
	x.stopped = true
	x.mu.Unlock()
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
	if p.seat = x.pool.meet(); p.seat == nil {
		p.log.Error("too many peers: this one is turned away", "most", maxPeers)
		go x.Switch.StopPeerGracefully(src) // it is being added on this goroutine
		return
	}
	p.alive.Store(time.Now().UnixNano())
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.stopped {
		return
	}
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
		case <-x.Quit():
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
	case <-x.Quit():
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
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		p.trySend(wordChannel, []byte{wordBeat})
		x.tell(p)
		if silent := time.Since(time.Unix(0, p.alive.Load())); silent > x.silent {
			// On a goroutine of its own: stopping a peer waits for its reader.
			go x.Switch.StopPeerForError(p.Peer, fmt.Errorf("nothing heard for %v", silent.Round(time.Second)))
			return
		}
	}
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

// added says that entries are durable here and wait for a block.
func (x *exchange) added(ids []publica.EntryID, own bool) {
	now := time.Now()
	for _, p := range x.connected() {
		p.mu.Lock()
		for _, id := range ids {
			if own {
				p.now = append(p.now, due{id, now})
			} else {
				p.later = append(p.later, due{id, now.Add(forwardAfter)})
			}
		}
		p.mu.Unlock()
		select {
		case p.wake <- struct{}{}:
		default:
		}
	}
}

// feed sends a peer the entries that it should have. At first it tells what is
// here, and gives the peer time to do the same: after an outage both hold much
// of the same.
func (x *exchange) feed(ctx context.Context, p *peer) {
	ids := x.pool.durable()
	for part := range slices.Chunk(ids, idsInWord) {
		p.send(wordChannel, haveWord(part))
	}
	at := time.Now().Add(forwardAfter)
	p.mu.Lock()
	for _, id := range ids {
		p.later = append(p.later, due{id, at})
	}
	p.mu.Unlock()
	for {
		ids, own, next := p.due(time.Now())
		if len(ids) == 0 {
			select {
			case <-ctx.Done():
				return
			case <-p.wake:
			case <-time.After(next):
			}
			continue
		}
		// A peer may have sent us what was submitted here too; it does not know
		// that we hold it.
		items, held := x.pool.lacking(p.seat, ids[:own])
		p.have(held)
		others, _ := x.pool.lacking(p.seat, ids[own:])
		for items = append(items, others...); len(items) > 0; {
			message, n := appendEntries(nil, items)
			p.send(entryChannel, message) // waits while the peer's queue is full
			p.sent(items[:n])
			items = items[n:]
			if ctx.Err() != nil {
				return
			}
		}
	}
}

// due returns some entries whose turn it is, first those that were submitted
// here just now, and how many these are; without any, in how long the next
// one's turn comes.
func (p *peer) due(now time.Time) (ids []publica.EntryID, own int, next time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	next = time.Hour
	for _, list := range []*[]due{&p.now, &p.later, &p.again} {
		for len(*list) > 0 && len(ids) < entriesInMessage {
			first := (*list)[0]
			if wait := first.at.Sub(now); wait > 0 {
				next = min(next, wait)
				break
			}
			ids, *list = append(ids, first.id), (*list)[1:]
		}
		if list == &p.now {
			own = len(ids)
		}
	}
	return ids, own, next
}

// sent notes that entries should be sent again if the peer does not say that
// it holds them.
func (p *peer) sent(items []Item) {
	at := time.Now().Add(againAfter)
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, it := range items {
		p.again = append(p.again, due{it.ID, at})
	}
}

// have tells a peer that entries are on this node's disk, or on the log. If it
// does not fit into the peer's queue, the peer sends the entries again, and is
// told then.
func (p *peer) have(ids []publica.EntryID) {
	for part := range slices.Chunk(ids, idsInWord) {
		p.trySend(wordChannel, haveWord(part))
	}
}

// receive takes in what a peer sends.
func (x *exchange) receive(ctx context.Context, p *peer) {
	for {
		select {
		case <-ctx.Done():
			return
		case message := <-p.inbox:
			x.takeIn(ctx, p, message)
		}
	}
}

// takeIn takes in a message of entries: those that are new here are opened,
// verified, and made durable together.
func (x *exchange) takeIn(ctx context.Context, p *peer, message []byte) {
	payloads, ok := parseEntries(message)
	if !ok {
		x.mute(p, "a message of entries that is none")
		return
	}
	var (
		known, all []publica.EntryID
		fresh      []*submission
	)
	for _, payload := range payloads {
		s, ok := parsePayload(payload)
		if !ok {
			x.mute(p, "an entry that is none")
			return
		}
		id := s.signed.ID()
		all = append(all, id)
		switch e, durable := x.pool.get(id); {
		case durable:
			known = append(known, id)
		case e != nil: // under way; the peer hears when it is durable
		case x.decided(id):
			known = append(known, id)
		default:
			// The message would live as long as any of its entries.
			s, _ = parsePayload(slices.Clone(payload))
			fresh = append(fresh, s)
		}
	}
	x.pool.confirmed(p.seat, all) // who sends an entry holds it
	p.have(known)

	var whole []*pooled
	for _, it := range x.verified(p, fresh) {
		lacks := len(it.Content) < len(it.Entry.Content)
		if lacks && !p.mayPull(itemSize(it), x.pool.share()) {
			continue // the peer sends it again
		}
		e, isNew, err := x.pool.receive(it)
		fresh := err == nil && isNew // else the pool is full, and the peer sends it again; or another peer was quicker
		if fresh && x.decided(it.ID) {
			x.pool.fail(e, errDecided) // a block was quicker
			p.have([]publica.EntryID{it.ID})
			fresh = false
		}
		switch {
		case !lacks && fresh:
			whole = append(whole, e)
		case lacks && fresh:
			x.work.Go(func() { x.pull(ctx, p, e) })
		case lacks:
			p.pulled(itemSize(it))
		}
	}
	x.store(whole)
}

var errDecided = publica.Problem(publica.Conflict, "", "the entry has been decided meanwhile")

// verified returns those of the submissions that are what a submission must
// be, though large parts may be missing.
func (x *exchange) verified(p *peer, all []*submission) []Item {
	items := make([]Item, len(all))
	errs := make([]error, len(all))
	const step = 32
	parallel(len(all), step, func(from, to int) {
		for i := from; i < to; i++ {
			items[i].Content = all[i].content
			items[i].Entry, errs[i] = x.app.Open(all[i].signed)
			if errs[i] == nil {
				errs[i] = publica.CheckContent(items[i].Entry.Entry, items[i].Content)
			}
		}
	})
	var (
		good    []Item
		entries []*machine.Entry
	)
	for i := range items {
		switch {
		case errs[i] == nil:
			good, entries = append(good, items[i]), append(entries, items[i].Entry)
		case publica.CodeOf(errs[i]) == publica.Unsupported: // of rules that this node does not know yet
			p.log.Warn("an entry of an unknown kind is left to other nodes", "entry", all[i].signed.ID(), "err", errs[i])
		default:
			x.mute(p, "an entry that cannot be taken: "+errs[i].Error())
		}
	}
	valid := x.verifier.verifyAll(entries)
	items = good[:0]
	for i := range good {
		if !valid[i] {
			x.mute(p, "an entry whose signature does not verify")
			continue
		}
		items = append(items, good[i])
	}
	return items
}

// store makes whole entries durable, tells all peers so, and lets them wait
// for a block.
func (x *exchange) store(all []*pooled) {
	if len(all) == 0 {
		return
	}
	items := make([]Item, len(all))
	for i, e := range all {
		items[i] = e.item
	}
	var (
		held, gone []publica.EntryID
		late       []publica.Content
	)
	for i, err := range x.keep(items) {
		id := items[i].ID
		if err != nil {
			x.pool.fail(all[i], err) // no disk, no word; the peer sends it again
			continue
		}
		if held = append(held, id); !x.pool.admit(all[i], nil) {
			gone = append(gone, id) // a block decided it while the disk worked
			late = append(late, items[i].Content...)
		}
	}
	if err := x.app.Keep(late); err != nil {
		x.log.Error("content that came after its entry's block cannot be kept", "err", err)
		gone = nil // it stays in the intake
	}
	for _, p := range x.connected() {
		p.have(held)
	}
	x.forget(gone)
	x.added(held, false)
	x.arrived()
}

// mayPull reports whether content of that size may be pulled from a peer now:
// not more at a time than the peer's share of the pool.
func (p *peer) mayPull(size, share int64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.pulls == pullsSize || p.pulling+size > share {
		return false
	}
	p.pulls++
	p.pulling += size
	return true
}

func (p *peer) pulled(size int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pulls--
	p.pulling -= size
}

// pull gets the parts of an entry that did not travel with it from the peer
// that sent it.
func (x *exchange) pull(ctx context.Context, p *peer, e *pooled) {
	defer p.pulled(e.size)
	ctx, cancel := context.WithTimeout(ctx, pullWithin)
	defer cancel()
	content := slices.Clone(e.item.Content)
	for i := range e.item.Entry.Content {
		part := &e.item.Entry.Content[i]
		if slices.ContainsFunc(content, func(c publica.Content) bool { return c.Name == part.Name }) {
			continue
		}
		c, err := x.request(ctx, p, part.Commitment)
		if err != nil {
			x.pool.fail(e, errLater)
			if p.IsRunning() {
				x.mute(p, "an entry without its content, "+err.Error())
			}
			return
		}
		c.Name = part.Name
		content = append(content, c)
	}
	x.pool.complete(e, content)
	x.store([]*pooled{e})
}

var errLater = publica.Problem(publica.Busy, "", "the entry's content is on its way from another node and has not come yet").
	WithHint("send the entry again in a few seconds")

// request asks one peer for content, piece by piece, and verifies it. The error
// is NotFound if the peer does not hold it.
func (x *exchange) request(ctx context.Context, p *peer, want publica.Commitment) (c publica.Content, err error) {
	select {
	case p.asks <- struct{}{}:
		defer func() { <-p.asks }()
	case <-ctx.Done():
		return c, ctx.Err()
	}
	number, answers := p.ask()
	defer p.forget(number)
	for {
		a := ask{number: number, commitment: want, from: uint32(len(c.Data))}
		if !p.send(wordChannel, a.word()) {
			return c, errGone
		}
		var got piece
		select {
		case got = <-answers:
		case <-time.After(pieceWithin):
			return c, errGone
		case <-p.Quit():
			return c, errGone
		case <-ctx.Done():
			return c, ctx.Err()
		}
		if !got.held {
			return c, errNotHeld
		}
		if c.Salt == nil {
			c.Salt, c.Data = slices.Clone(got.salt), make([]byte, 0, min(got.size, pieceSize))
		}
		c.Data = append(c.Data, got.data...)
		switch {
		case len(c.Data) < int(got.size) && len(got.data) > 0:
			continue
		case len(c.Data) == int(got.size) && c.Commitment() == want:
			return c, nil
		}
		x.mute(p, "content that does not fit its commitment")
		return c, errNotHeld
	}
}

var (
	errNotHeld = publica.Problem(publica.NotFound, "commitment", "is held by no connected node")
	errGone    = publica.Problem(publica.NotFound, "commitment", "was asked for, and no answer came")
)

// ask begins a request.
func (p *peer) ask() (number uint32, answers <-chan piece) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.number++
	c := make(chan piece, 1)
	p.requests[p.number] = c
	return p.number, c
}

func (p *peer) forget(number uint32) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.requests, number)
}

// answered hands a piece to whoever asked for it; what nobody asked for is
// dropped.
func (p *peer) answered(got piece) {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case p.requests[got.number] <- got:
	default:
	}
}

// fetch asks the peers for content, one after the other, in random order.
func (x *exchange) fetch(ctx context.Context, want publica.Commitment) (publica.Content, error) {
	peers := x.connected()
	rand.Shuffle(len(peers), func(i, j int) { peers[i], peers[j] = peers[j], peers[i] })
	for _, p := range peers {
		if x.isMuted(p) {
			continue
		}
		c, err := x.request(ctx, p, want)
		if err == nil {
			return c, nil
		}
		if ctx.Err() != nil {
			return publica.Content{}, ctx.Err()
		}
	}
	return publica.Content{}, errNotHeld
}

// serve answers a peer's requests for content, one at a time.
func (x *exchange) serve(ctx context.Context, p *peer) {
	var (
		at   publica.Commitment
		held publica.Content // what was asked for last, if more of it may be
	)
	for {
		var a ask
		select {
		case <-ctx.Done():
			return
		case a = <-p.asked:
		}
		if held.Salt == nil || a.commitment != at {
			c, err := x.content(a.commitment)
			if err != nil && publica.CodeOf(err) != publica.NotFound {
				x.log.Error("content that a peer asked for cannot be read", "commitment", a.commitment, "err", err)
			}
			if err != nil {
				c = publica.Content{}
			}
			at, held = a.commitment, c
		}
		answer := piece{number: a.number}
		if held.Salt != nil && int(a.from) <= len(held.Data) {
			rest := held.Data[a.from:]
			answer.held, answer.size, answer.salt, answer.data = true, uint32(len(held.Data)), held.Salt, rest[:min(len(rest), pieceSize)]
			if len(rest) <= pieceSize {
				held = publica.Content{}
			}
		}
		p.send(contentChannel, answer.bytes())
	}
}

// content returns content that waits beside its entry, or that the register
// holds.
func (x *exchange) content(c publica.Commitment) (publica.Content, error) {
	if part, ok := x.pool.committed(c); ok {
		return part, nil
	}
	return x.app.Content(c)
}
