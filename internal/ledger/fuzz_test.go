package ledger

import (
	"bytes"
	"encoding/binary"
	"testing"

	"publica"
)

func FuzzPack(f *testing.F) {
	p256, err := publica.GenerateKey(publica.P256)
	if err != nil {
		f.Fatal(err)
	}
	a, _ := makeEntry(f, testKey, 1, 10)
	b, _ := makeEntry(f, p256, 2, 10)
	tx := appendRecord(appendRecord([]byte{tagPack}, a.Signed), b.Signed)
	f.Add(tx)
	f.Add(tx[:len(tx)-1])
	passkey := *b.Signed
	passkey.Signature.Algorithm, passkey.Signature.Auth, passkey.Signature.Client = publica.WebauthnP256, make([]byte, publica.PasskeyAuthSize), []byte("{}")
	f.Add(appendRecord(tx, &passkey))
	f.Add([]byte{tagPack, 0, 0})
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, tx []byte) {
		signed, ok := parsePack(tx)
		if !ok {
			if signed != nil {
				t.Fatal("entries from a bad pack")
			}
			return
		}
		if _, isWake := wakeNumber(tx); len(signed) == 0 || isWake {
			t.Fatal("a pack without entries, or a wake-up")
		}
		again := []byte{tagPack}
		for _, s := range signed {
			again = appendRecord(again, s)
		}
		if !bytes.Equal(again, tx) {
			t.Fatal("one list of entries has two packs")
		}
	})
}

func FuzzWake(f *testing.F) {
	f.Add(wake(0))
	f.Add(wake(1 << 63))
	f.Add([]byte{tagWake})
	f.Add([]byte{tagPack, 1, 2, 3, 4, 5, 6, 7, 8})
	f.Fuzz(func(t *testing.T, tx []byte) {
		n, isWake := wakeNumber(tx)
		if isWake && !bytes.Equal(wake(n), tx) {
			t.Fatal("took something else for a wake-up")
		}
		if _, ok := parsePack(tx); ok && isWake {
			t.Fatal("a wake-up that is a pack")
		}
	})
}

func FuzzSegment(f *testing.F) {
	a, ca := makeEntry(f, testKey, 1, 10)
	b, cb := makeEntry(f, testKey, 2, 0)
	one := appendFrame(nil, &submission{a.Signed, ca})
	two := appendFrame(one, &submission{b.Signed, append(cb, cb...)})
	f.Add(two, uint(0), byte(0))
	f.Add(two, uint(30), byte(1))
	f.Add(two[:len(two)-3], uint(0), byte(0))
	f.Add(append([]byte("PbInPbIn"), two...), uint(0), byte(0))
	f.Fuzz(func(t *testing.T, data []byte, at uint, flip byte) {
		if len(data) > 0 {
			data = bytes.Clone(data)
			data[at%uint(len(data))] ^= flip
		}
		var got []*submission
		damage, end := readSegment(data, func(s *submission) { got = append(got, s) })
		if end < 0 || end > int64(len(data)) || (end == 0) != (len(got) == 0) {
			t.Fatalf("%d entries, good up to %d of %d", len(got), end, len(data))
		}
		// What was read, written again, reads the same.
		var again []byte
		for _, s := range got {
			again = appendFrame(again, s)
		}
		var same []*submission
		if damage, end := readSegment(again, func(s *submission) { same = append(same, s) }); damage != nil || end != int64(len(again)) || len(same) != len(got) {
			t.Fatal("what was read does not read back")
		}
		covered := int64(len(again))
		for _, d := range damage {
			if d.From >= d.To || d.To > end {
				t.Fatalf("damage %v, good up to %d", d, end)
			}
			covered += d.To - d.From
		}
		if covered != end {
			t.Fatalf("%d bytes are neither read nor reported", end-covered)
		}
	})
}

// What parses as a message between nodes, written again, is the same bytes.
func FuzzMessages(f *testing.F) {
	a, ca := makeEntry(f, testKey, 1, 10)
	b, cb := makeEntry(f, testKey, 2, inlinePart+1)
	both, n := appendEntries(nil, []Item{{a, ca}, {b, cb}})
	if n != 2 {
		f.Fatal(n)
	}
	f.Add(both)
	f.Add(both[:len(both)-1])
	f.Add(haveWord([]publica.EntryID{a.ID, b.ID}))
	f.Add((&ask{number: 1, commitment: cb[0].Commitment(), from: 7}).word())
	f.Add((&piece{number: 1}).bytes())
	f.Add((&piece{number: 1, held: true, size: 9, salt: make([]byte, 32), data: []byte("text")}).bytes())
	f.Add([]byte{wordBeat})
	f.Fuzz(func(t *testing.T, m []byte) {
		if payloads, ok := parseEntries(m); ok {
			var again []byte
			for _, p := range payloads {
				again = append(binary.BigEndian.AppendUint32(again, uint32(len(p))), p...)
				if s, ok := parsePayload(p); ok && !bytes.Equal(appendPayload(nil, s), p) {
					t.Fatal("one submission has two payloads")
				}
			}
			if !bytes.Equal(again, m) || len(payloads) == 0 || len(payloads) > entriesInMessage {
				t.Fatal("one list of entries has two messages")
			}
		}
		if p, ok := parsePiece(m); ok {
			if !bytes.Equal(p.bytes(), m) || p.size > publica.MaxPartSize || len(p.data) > int(p.size) {
				t.Fatalf("a crooked piece: %d of %d bytes", len(p.data), p.size)
			}
		}
		if len(m) == 0 {
			return
		}
		if ids, ok := parseHave(m[1:]); ok && m[0] == wordHave && !bytes.Equal(haveWord(ids), m) {
			t.Fatal("one list of ids has two words")
		}
		if a, ok := parseAsk(m[1:]); ok && m[0] == wordAsk && !bytes.Equal(a.word(), m) {
			t.Fatal("one request has two words")
		}
	})
}

// A light block that is accepted holds what a node may begin from: headers and
// validators that belong together, and enough votes.
func FuzzLightBlock(f *testing.F) {
	l, app := startFresh(f)
	submitAll(f, l, 0, 1)
	eventually(f, "an entry", func() bool { return app.count() == 1 })
	good, err := l.LightBlock(1)
	if err != nil {
		f.Fatal(err)
	}
	chain := l.engine.GenesisDoc().ChainID
	if _, err := parseLightBlock(good, chain, 1); err != nil {
		f.Fatal(err)
	}
	f.Add(good, uint(0), byte(0))
	f.Add(good, uint(100), byte(1))
	f.Add(good[:len(good)-1], uint(0), byte(0))
	f.Add([]byte{0, 0, 0, 0}, uint(0), byte(0))
	f.Fuzz(func(t *testing.T, b []byte, at uint, flip byte) {
		if len(b) > 0 {
			b = bytes.Clone(b)
			b[at%uint(len(b))] ^= flip
		}
		block, err := parseLightBlock(b, chain, 1)
		if err != nil {
			return
		}
		if block.Height != 1 || block.ChainID != chain || !bytes.Equal(block.next.Hash(), block.NextValidatorsHash) ||
			!bytes.Equal(block.Commit.BlockID.Hash, block.Hash()) {
			t.Fatal("the parts do not belong together")
		}
	})
}
