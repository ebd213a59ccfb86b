package ledger

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cometbft/cometbft/p2p"
	"github.com/cometbft/cometbft/p2p/conn"
	"github.com/cometbft/cometbft/p2p/mock"
	"github.com/cosmos/gogoproto/types"

	"publica"
)

// scripted is a peer that answers what it is asked as a test says.
type scripted struct {
	*mock.Peer
	x      *exchange
	asked  int
	answer func(ask) *piece // nil: silence
	after  time.Duration
}

func (s *scripted) Send(e p2p.Envelope) bool {
	b := e.Message.(*types.BytesValue).Value
	if len(b) == 0 || b[0] != wordAsk {
		return true
	}
	s.asked++
	a, _ := parseAsk(b[1:])
	if p := s.answer(a); p != nil {
		time.AfterFunc(s.after, func() {
			p.number = a.number
			s.x.Receive(p2p.Envelope{Src: s, ChannelID: contentChannel, Message: &types.BytesValue{Value: p.bytes()}})
		})
	}
	return true
}

func newTestExchange(t *testing.T) *exchange {
	x := newExchange(newFakeApp(t, ""), newPool(1000, 1<<30), nil, slog.New(slog.DiscardHandler))
	x.silent = time.Hour // its peers do not beat
	return x
}

// meet connects a peer that answers so.
func (x *exchange) meet(after time.Duration, answer func(ask) *piece) *scripted {
	s := &scripted{Peer: mock.NewPeer(nil), x: x, answer: answer, after: after}
	x.InitPeer(s)
	x.AddPeer(s)
	return s
}

// honest answers as a node does that holds the content.
func honest(c publica.Content) func(ask) *piece {
	return func(a ask) *piece {
		rest := c.Data[a.from:]
		return &piece{held: true, size: uint32(len(c.Data)), salt: c.Salt, data: rest[:min(len(rest), pieceSize)]}
	}
}

// A piece is taken only if it is exactly the one asked for. Who sends another
// is muted; who is slow, silent, or does not hold the content is not.
func TestPieces(t *testing.T) {
	c, part := publica.NewContent("text", "text/plain", make([]byte, 2*pieceSize+100))
	good := honest(c)
	bent := func(f func(ask, *piece)) func(ask) *piece {
		return func(a ask) *piece { p := good(a); f(a, p); return p }
	}
	for name, k := range map[string]struct {
		answer func(ask) *piece
		after  time.Duration
		muted  bool
		takes  time.Duration // until it is given up; 0: not at all
	}{
		"honest":            {answer: good},
		"honest and slow":   {answer: good, after: 10 * time.Second},
		"too slow":          {answer: good, after: pieceWithin - time.Second, takes: partWithin(part.Size)},
		"silent":            {answer: func(ask) *piece { return nil }, takes: pieceWithin},
		"without it":        {answer: func(ask) *piece { return new(piece) }},
		"short pieces":      {answer: bent(func(_ ask, p *piece) { p.data = p.data[:len(p.data)-1] }), muted: true},
		"nothing at all":    {answer: bent(func(_ ask, p *piece) { p.data = nil }), muted: true},
		"another size":      {answer: bent(func(_ ask, p *piece) { p.size++ }), muted: true},
		"a size that grows": {answer: bent(func(a ask, p *piece) { p.size += a.from }), muted: true},
		"a salt that turns": {answer: bent(func(a ask, p *piece) {
			if a.from > 0 {
				p.salt = make([]byte, publica.SaltSize)
			}
		}), muted: true},
		"other data": {answer: bent(func(_ ask, p *piece) { p.data = slices.Repeat([]byte{1}, len(p.data)) }), muted: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				x := newTestExchange(t)
				s := x.meet(k.after, k.answer)
				began := time.Now()
				got, err := x.get(t.Context(), x.connected(), part.Commitment, part.Size)
				took := time.Since(began)
				if honest := name == "honest" || name == "honest and slow"; honest != (err == nil) || honest && got.Commitment() != part.Commitment {
					t.Error(err)
				}
				if k.takes != 0 && took != k.takes {
					t.Errorf("took %v, want %v", took, k.takes)
				}
				p := x.connected()[0]
				if x.isMuted(p) != k.muted {
					t.Errorf("muted: %v", x.isMuted(p))
				}
				if late := !x.late[s.ID()].IsZero(); late != (k.takes != 0) {
					t.Errorf("noted as late: %v", late)
				}
				x.OnStop()
			})
		})
	}
}

// Who did not answer in time is asked after all others, until it answers.
func TestTheLateAreAskedLast(t *testing.T) {
	c, part := publica.NewContent("text", "text/plain", []byte("short"))
	synctest.Test(t, func(t *testing.T) {
		x := newTestExchange(t)
		lost := x.meet(0, func(ask) *piece { return nil })
		if _, err := x.fetch(t.Context(), part.Commitment); publica.CodeOf(err) != publica.NotFound {
			t.Error(err)
		}
		x.meet(0, honest(c))
		for range 20 {
			if _, err := x.fetch(t.Context(), part.Commitment); err != nil {
				t.Error(err)
			}
		}
		if lost.asked != 1 {
			t.Errorf("who does not answer was asked %d times", lost.asked)
		}
		lost.answer = honest(c)
		if _, err := x.request(t.Context(), lost.Get(peerKey).(*peer), part.Commitment, part.Size); err != nil || len(x.late) != 0 {
			t.Errorf("%v, late: %v", err, x.late)
		}
		x.OnStop()
	})
}

// A peer that the engine did not know of when it stopped the others does not
// keep the exchange from stopping.
func TestExchangeStopsBesideAPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newTestExchange(t)
		s := x.meet(0, nil)
		x.OnStop()
		if s.IsRunning() || len(x.connected()) != 0 {
			t.Error("the peer is still there")
		}
	})
}

// The lists of a peer that takes nothing are dropped when they grow too long,
// and made again of what waits then.
func TestListsOfAPeerAreBounded(t *testing.T) {
	x := newTestExchange(t)
	most := 2*x.pool.maxCount + entriesInMessage
	p := new(peer)
	p.wake = make(chan struct{}, 1)
	x.peers["p"] = p
	for range most/100 + 1 {
		x.added(make([]publica.EntryID, 100), true)
		if n := len(p.now) + len(p.later) + len(p.again); n > most {
			t.Fatalf("%d entries are listed", n)
		}
	}
	if !p.hasSpilt() || p.hasSpilt() {
		t.Error("not told once that the lists are dropped")
	}
}

// Nothing taken for a while counts only while something waits.
func TestStuck(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	status := func(queue int, sent int64) (s p2p.ConnectionStatus) {
		s.Channels = []conn.ChannelStatus{{}, {SendQueueSize: queue}}
		s.SendMonitor.Bytes = sent
		return s
	}
	var k taking
	for i, step := range []struct {
		queue int
		sent  int64
		want  time.Duration
	}{{1, 10, 0}, {1, 10, time.Minute}, {1, 11, 0}, {1, 11, time.Minute}, {1, 11, 2 * time.Minute}, {0, 11, 0}, {0, 11, 0}, {3, 11, time.Minute}} {
		if got := k.stuck(status(step.queue, step.sent), now); got != step.want {
			t.Errorf("step %d: stuck for %v, want %v", i, got, step.want)
		}
		now = now.Add(time.Minute)
	}
}

// A peer that beats and does not read is given up.
func TestDeafPeer(t *testing.T) {
	w := newNetwork(t, 2)
	w.nodes[0].silent, w.nodes[0].Confirm, w.nodes[0].Pace = time.Second, time.Millisecond, time.Hour
	w.start(0)
	b := newByzantine(t, w, 1)
	b.deaf = make(chan struct{})
	defer close(b.deaf)
	p := b.to(0)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		for ctx.Err() == nil && p.IsRunning() {
			p.TrySend(p2p.Envelope{ChannelID: wordChannel, Message: &types.BytesValue{Value: []byte{wordBeat}}})
			time.Sleep(100 * time.Millisecond)
		}
	}()
	for i := range 400 { // more than the sockets' buffers take
		e, c := makeEntry(t, testKey, i, inlinePart)
		if _, err := w.nodes[0].Submit(e, c); err != nil && publica.CodeOf(err) != publica.Busy {
			t.Fatal(err)
		}
	}
	eventually(t, "the end of the connection", func() bool { return !p.IsRunning() })
}

// Somebody who submits an entry whose content is being pulled from a peer does
// not wait for that peer.
func TestSubmitWhilePulled(t *testing.T) {
	w := newNetwork(t, 2)
	w.nodes[0].Confirm = 50 * time.Millisecond
	w.start(0)
	b := newByzantine(t, w, 1)
	e, c := makeEntry(t, testKey, 1, inlinePart+1)
	b.send(0, entryChannel, entries(&submission{e.Signed, nil}))
	b.await(wordChannel, func(m []byte) bool { return len(m) > 0 && m[0] == wordAsk })
	if _, err := w.nodes[0].Submit(e, c); publica.CodeOf(err) != publica.Busy {
		t.Errorf("submit: %v", err)
	}
	w.nodes[0].Confirm = time.Hour // it is read by Submit alone
	w.nodes[0].config.Confirm = time.Hour
	ended := make(chan error, 1)
	go func() { _, err := w.nodes[0].Submit(e, c); ended <- err }()
	w.stop(0)
	if err := <-ended; publica.CodeOf(err) != publica.Busy {
		t.Errorf("submit while it stops: %v", err)
	}
}
