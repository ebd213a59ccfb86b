package ledger

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"
	"time"

	"github.com/cometbft/cometbft/config"
	cmtlog "github.com/cometbft/cometbft/libs/log"
	"github.com/cometbft/cometbft/p2p"
	"github.com/cometbft/cometbft/privval"
	cmtcons "github.com/cometbft/cometbft/proto/tendermint/consensus"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/cometbft/cometbft/version"
	"github.com/cosmos/gogoproto/types"

	"publica"
)

const voteChannel = 0x22 // the engine's

// byzantine is a node's identity with a mind of its own: it speaks to one
// honest node and says what the test tells it to.
type byzantine struct {
	p2p.BaseReactor
	t   testing.TB
	w   *network
	sw  *p2p.Switch
	key *privval.FilePV
	got chan p2p.Envelope // on the exchange's channels

	deaf chan struct{} // if it is not nil, nothing is read until it is closed
}

func newByzantine(t testing.TB, w *network, which int) *byzantine {
	t.Helper()
	e := engineConfig(w.nodes[which].Config)
	pv, key, err := loadKeys(w.nodes[which].Dir, e)
	if err != nil {
		t.Fatal(err)
	}
	b := &byzantine{t: t, w: w, key: pv, got: make(chan p2p.Envelope, 1000)}
	b.BaseReactor = *p2p.NewBaseReactor("Byzantine", b)
	info := p2p.DefaultNodeInfo{
		ProtocolVersion: p2p.NewProtocolVersion(version.P2PProtocol, version.BlockProtocol, 0),
		DefaultNodeID:   key.ID(), ListenAddr: "127.0.0.1:1", Network: chainID(w.nodes[0].Config), Version: "1",
		Channels: []byte{voteChannel, entryChannel, wordChannel, contentChannel}, Moniker: "byzantine",
		Other: p2p.DefaultNodeInfoOther{TxIndex: "off"},
	}
	c := config.DefaultP2PConfig()
	c.AllowDuplicateIP = true
	c.SendRate, c.RecvRate = 50<<20, 50<<20
	b.sw = p2p.NewSwitch(c, p2p.NewMultiplexTransport(info, *key, p2p.MConnConfig(c)))
	b.sw.SetLogger(cmtlog.NewNopLogger())
	b.sw.SetNodeInfo(info)
	b.sw.SetNodeKey(key)
	b.sw.AddReactor("BYZANTINE", b)
	if err := b.sw.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.sw.Stop() })
	return b
}

func (b *byzantine) GetChannels() []*p2p.ChannelDescriptor {
	return append((*exchange)(nil).GetChannels(),
		&p2p.ChannelDescriptor{ID: voteChannel, Priority: 7, SendQueueCapacity: 100, RecvMessageCapacity: 1 << 20, MessageType: &cmtcons.Message{}})
}

func (b *byzantine) Receive(e p2p.Envelope) {
	if b.deaf != nil {
		<-b.deaf
	}
	if e.ChannelID != voteChannel {
		select {
		case b.got <- e:
		default:
		}
	}
}

// to returns the connection to a node, and makes it if need be.
func (b *byzantine) to(which int) p2p.Peer {
	b.t.Helper()
	node := b.w.nodes[which]
	id := p2p.ID(node.id.Peer)
	eventually(b.t, "a connection", func() bool {
		if !b.sw.Peers().Has(id) {
			at, err := p2p.NewNetAddressString(node.address)
			if err != nil {
				b.t.Fatal(err)
			}
			b.sw.DialPeerWithAddress(at)
		}
		return b.sw.Peers().Has(id)
	})
	return b.sw.Peers().Get(id)
}

func (b *byzantine) send(which int, channel byte, message []byte) {
	b.t.Helper()
	if !b.to(which).Send(p2p.Envelope{ChannelID: channel, Message: &types.BytesValue{Value: message}}) {
		b.t.Fatal("not sent")
	}
}

// await returns the next message on a channel that f likes.
func (b *byzantine) await(channel byte, f func([]byte) bool) []byte {
	b.t.Helper()
	end := time.After(2 * time.Minute)
	for {
		select {
		case e := <-b.got:
			if m := e.Message.(*types.BytesValue).Value; e.ChannelID == channel && f(m) {
				return m
			}
		case <-end:
			b.t.Fatal("waited in vain for a message")
		}
	}
}

// entries is a message of entries without regard for what travels.
func entries(all ...*submission) []byte {
	var b []byte
	for _, s := range all {
		p := appendPayload(nil, s)
		b = append(binary.BigEndian.AppendUint32(b, uint32(len(p))), p...)
	}
	return b
}

// Whatever a peer sends, nothing of it is taken in that should not be, the node
// lives, and good entries of other nodes are.
func TestJunkOfAPeer(t *testing.T) {
	good, content := makeEntry(t, testKey, 1, 100)
	large, largeContent := makeEntry(t, testKey, 2, inlinePart+1)
	other, otherContent := makeEntry(t, testKey, 3, 100)
	wrong := slices.Clone(content)
	wrong[0].Data = bytes.Repeat([]byte{7}, 100)
	surplus := append(slices.Clone(content), otherContent...)
	surplus[1].Name = "more"
	unreadable := &publica.Signed{Raw: []byte(`{"no":"entry"}`), Signature: good.Signed.Signature}
	whole := entries(&submission{good.Signed, content})
	for name, c := range map[string]struct {
		channel byte
		message []byte
	}{
		"noise for entries":   {entryChannel, bytes.Repeat([]byte{0xa5}, 999)},
		"no entries":          {entryChannel, nil},
		"cut entries":         {entryChannel, whole[:len(whole)-1]},
		"too many":            {entryChannel, bytes.Repeat([]byte{0, 0, 0, 0}, entriesInMessage+1)},
		"unreadable":          {entryChannel, entries(&submission{unreadable, nil})},
		"bad signature":       {entryChannel, entries(&submission{forge(good).Signed, content})},
		"wrong content":       {entryChannel, entries(&submission{good.Signed, wrong})},
		"surplus content":     {entryChannel, entries(&submission{good.Signed, surplus})},
		"empty word":          {wordChannel, nil},
		"unknown word":        {wordChannel, []byte{99, 1, 2, 3}},
		"crooked have":        {wordChannel, []byte{wordHave, 1, 2, 3}},
		"crooked ask":         {wordChannel, []byte{wordAsk, 1}},
		"crooked piece":       {contentChannel, []byte{1}},
		"piece of 4 GiB":      {contentChannel, slices.Concat([]byte{0, 0, 0, 1, 255, 255, 255, 255}, make([]byte, 32))},
		"more than the piece": {contentChannel, slices.Concat([]byte{0, 0, 0, 1, 0, 0, 0, 1}, make([]byte, 40))},
	} {
		t.Run(name, func(t *testing.T) {
			w := newNetwork(t, 2)
			w.start(0)
			b := newByzantine(t, w, 1)
			b.send(0, c.channel, c.message)
			x := w.nodes[0].exchange
			eventually(t, "the peer to be muted", func() bool {
				x.mu.Lock()
				defer x.mu.Unlock()
				return len(x.muted) == 1
			})
			// Nor is it listened to if it comes again.
			b.sw.StopPeerGracefully(b.to(0))
			b.send(0, entryChannel, entries(&submission{other.Signed, otherContent}))
			eventually(t, "the connection", func() bool { return len(x.connected()) == 1 })
			if n := w.nodes[0].Status().Waiting; n != 0 {
				t.Errorf("%d entries were taken in", n)
			}
			if err := w.nodes[0].Err(); err != nil {
				t.Error(err)
			}
		})
	}

	t.Run("not junk", func(t *testing.T) {
		w := newNetwork(t, 2)
		w.start(0)
		b := newByzantine(t, w, 1)
		// Pieces that nobody asked for, words about what nobody knows, an ask
		// beyond the end.
		b.send(0, contentChannel, (&piece{number: 7, held: true, size: 3, salt: make([]byte, 32), data: []byte("abc")}).bytes())
		b.send(0, wordChannel, haveWord([]publica.EntryID{{1}, {2}}))
		b.send(0, wordChannel, (&ask{number: 1, commitment: publica.Commitment{9}}).word())
		b.await(contentChannel, func(m []byte) bool { p, ok := parsePiece(m); return ok && p.number == 1 && !p.held })
		b.send(0, entryChannel, entries(&submission{good.Signed, content}, &submission{good.Signed, content}))
		b.await(wordChannel, func(m []byte) bool { return bytes.Equal(m, haveWord([]publica.EntryID{good.ID})) })
		b.send(0, entryChannel, entries(&submission{large.Signed, largeContent})) // larger than it need be
		b.await(wordChannel, func(m []byte) bool { return bytes.Equal(m, haveWord([]publica.EntryID{large.ID})) })
		at := largeContent[0].Commitment()
		b.send(0, wordChannel, (&ask{number: 2, commitment: at, from: 1 << 31}).word())
		b.await(contentChannel, func(m []byte) bool { p, ok := parsePiece(m); return ok && p.number == 2 && !p.held })
		b.send(0, wordChannel, (&ask{number: 3, commitment: at, from: inlinePart}).word())
		b.await(contentChannel, func(m []byte) bool {
			p, ok := parsePiece(m)
			return ok && p.number == 3 && p.size == inlinePart+1 && len(p.data) == 1
		})
		// An entry that was sent is held by its sender: the promise may go out.
		if _, err := w.nodes[0].Submit(good, content); err != nil {
			t.Error(err)
		}
		if n := w.nodes[0].Status().Waiting; n != 2 {
			t.Errorf("%d entries wait", n)
		}
	})

	t.Run("withheld content", func(t *testing.T) {
		w := newNetwork(t, 2)
		w.start(0)
		b := newByzantine(t, w, 1)
		b.send(0, entryChannel, entries(&submission{large.Signed, nil}))
		asked := b.await(wordChannel, func(m []byte) bool { return len(m) > 0 && m[0] == wordAsk })
		a, _ := parseAsk(asked[1:])
		if a.commitment != largeContent[0].Commitment() {
			t.Error("asked for something else")
		}
		b.send(0, contentChannel, (&piece{number: a.number, held: true, size: 3, salt: make([]byte, 32), data: []byte("abc")}).bytes())
		eventually(t, "the room to be free again", func() bool { n, _ := w.nodes[0].pool.load(); return n == 0 })
		if w.nodes[0].intake.Undecided() != 0 {
			t.Error("taken in")
		}
	})

	t.Run("too long for the engine", func(t *testing.T) {
		w := newNetwork(t, 2)
		w.start(0)
		b := newByzantine(t, w, 1)
		peer := b.to(0)
		b.send(0, wordChannel, append([]byte{wordStatement}, make([]byte, maxWord+1000)...))
		eventually(t, "the end of the connection", func() bool { return !peer.IsRunning() })
		if err := w.nodes[0].Err(); err != nil {
			t.Error(err)
		}
	})
}

// A connection over which nothing comes is given up: it may be the remains of
// one that a power cut has ended at the other side.
func TestSilentPeer(t *testing.T) {
	w := newNetwork(t, 2)
	w.nodes[0].silent = time.Second
	w.start(0)
	b := newByzantine(t, w, 1) // says nothing
	peer := b.to(0)
	eventually(t, "the end of the connection", func() bool { return !peer.IsRunning() })
}

// A full pool takes nothing more and gives no word for it; the rest is sent
// again when there is room.
func TestPoolOfAPeerIsFull(t *testing.T) {
	w := newNetwork(t, 4)
	w.nodes[1].Entries = 5
	for _, node := range w.nodes {
		node.Pace = time.Second
	}
	w.startAll()
	for i := range w.nodes {
		w.connected(i, 3)
	}
	ids := w.submit(0, 0, 200)
	w.decided(ids)
	w.agree()
}

// The signatures of a validator that votes for two blocks are evidence, and
// every node's app is told.
func TestDoubleVoteIsTold(t *testing.T) {
	w := newNetwork(t, 4)
	w.start(0, 1, 2)
	w.decided(w.submit(0, 0, 1))
	b := newByzantine(t, w, 3)
	b.to(0)
	told := func() bool {
		return !slices.ContainsFunc(w.nodes[:3], func(n *testNode) bool { return len(n.app.misbehaved()) == 0 })
	}
	for i := 0; !told(); i++ {
		if i > 200 {
			t.Fatal("nobody noticed")
		}
		state, err := w.nodes[0].engine.state().Load()
		if err != nil {
			t.Fatal(err)
		}
		index, _ := state.Validators.GetByAddress(b.key.GetAddress())
		for n := range byte(2) {
			id := cmttypes.BlockID{Hash: bytes.Repeat([]byte{n + 1}, 32), PartSetHeader: cmttypes.PartSetHeader{Total: 1, Hash: bytes.Repeat([]byte{n + 9}, 32)}}
			v := &cmttypes.Vote{Type: cmtproto.PrecommitType, Height: state.LastBlockHeight + 1, BlockID: id, Timestamp: time.Now(),
				ValidatorAddress: b.key.GetAddress(), ValidatorIndex: index}
			sig, err := b.key.Key.PrivKey.Sign(cmttypes.VoteSignBytes(state.ChainID, v.ToProto()))
			if err != nil {
				t.Fatal(err)
			}
			v.Signature = sig
			b.to(0).Send(p2p.Envelope{ChannelID: voteChannel, Message: &cmtcons.Vote{Vote: v.ToProto()}})
		}
		w.decided(w.submit(1, 100+i, 1))
	}
	for _, node := range w.nodes[:3] {
		m := node.app.misbehaved()[0]
		if m.Validator != Address(w.nodes[3].id.Validator) || m.Kind != DoubleVote || m.Height < 2 {
			t.Errorf("%+v", m)
		}
	}
	w.agree()
}
