package ledger

import (
	"encoding/binary"

	"publica"
)

// Channels between nodes, and what a message on each is. Numbers are big
// endian. The engine wraps every message as a protobuf BytesValue.
const (
	// Entries: for each entry its length (4 bytes) and, as in a frame of the
	// intake, its payload, with those parts of its content that have at most
	// inlinePart bytes.
	entryChannel = 0x70

	// Words: one byte that says what follows.
	wordChannel = 0x71

	// Pieces of content: the number of the request (4 bytes), then, if the
	// node holds it, the size of the content (4 bytes), its salt (32 bytes)
	// and its data from where it was asked for, at most pieceSize bytes.
	contentChannel = 0x72
)

// The first byte of a word.
const (
	wordBeat      = 0 // first and last block that the sender keeps (8 bytes each, 0 if none); or nothing
	wordHave      = 1 // ids of entries that are on the sender's disk, 32 bytes each
	wordStatement = 2 // a statement
	wordAsk       = 3 // number of the request (4 bytes), commitment (32), from which byte (4)
)

const (
	entriesInMessage = 512
	softMessage      = 1 << 20  // bytes after which a message of entries takes no more
	inlinePart       = 64 << 10 // bytes of a part that travels with its entry
	pieceSize        = 1 << 20
	idsInWord        = 1000
	maxStatement     = 64 << 10

	maxEntryMessage = softMessage + maxRecord + publica.MaxParts*(inlinePart+512) + 64
	maxWord         = 1 + maxStatement
	maxPiece        = 4 + 4 + publica.SaltSize + pieceSize
	envelope        = 16 // bytes of the protobuf around a message, at most
)

// appendEntries appends as many of the items as one message takes, at least
// one, and returns how many.
func appendEntries(b []byte, items []Item) (message []byte, n int) {
	for _, it := range items {
		if n == entriesInMessage || n > 0 && len(b)+travelSize(it) > softMessage {
			break
		}
		s := &submission{signed: it.Signed}
		for i := range it.Content {
			if len(it.Content[i].Data) <= inlinePart {
				s.content = append(s.content, it.Content[i])
			}
		}
		at := len(b)
		b = appendPayload(append(b, 0, 0, 0, 0), s)
		binary.BigEndian.PutUint32(b[at:], uint32(len(b)-at-4))
		n++
	}
	return b, n
}

// travelSize is how many bytes an item takes in a message.
func travelSize(it Item) int {
	n := 4 + 1 + recordSize(it.Signed)
	for i := range it.Content {
		if c := &it.Content[i]; len(c.Data) <= inlinePart {
			n += 1 + len(c.Name) + publica.SaltSize + 4 + len(c.Data)
		}
	}
	return n
}

// parseEntries returns the payloads of a message of entries.
func parseEntries(b []byte) (payloads [][]byte, ok bool) {
	if len(b) > maxEntryMessage {
		return nil, false
	}
	for len(b) > 0 {
		if len(b) < 4 || len(payloads) == entriesInMessage {
			return nil, false
		}
		n := int64(binary.BigEndian.Uint32(b))
		if n > int64(len(b)-4) {
			return nil, false
		}
		payloads, b = append(payloads, b[4:4+n]), b[4+n:]
	}
	return payloads, len(payloads) > 0
}

func (s span) beat() []byte {
	b := binary.BigEndian.AppendUint64([]byte{wordBeat}, uint64(s.base))
	return binary.BigEndian.AppendUint64(b, uint64(s.height))
}

// parseBeat parses what follows wordBeat.
func parseBeat(b []byte) (s span, ok bool) {
	if len(b) == 0 {
		return s, true
	}
	if len(b) != 16 {
		return s, false
	}
	s.base, s.height = int64(binary.BigEndian.Uint64(b)), int64(binary.BigEndian.Uint64(b[8:]))
	return s, 0 <= s.base && s.base <= s.height
}

func haveWord(ids []publica.EntryID) []byte {
	b := append(make([]byte, 0, 1+len(ids)*publica.HashSize), wordHave)
	for i := range ids {
		b = append(b, ids[i][:]...)
	}
	return b
}

// parseHave parses what follows wordHave.
func parseHave(b []byte) (ids []publica.EntryID, ok bool) {
	if len(b)%publica.HashSize != 0 || len(b) > idsInWord*publica.HashSize {
		return nil, false
	}
	for ; len(b) > 0; b = b[publica.HashSize:] {
		ids = append(ids, publica.EntryID(b[:publica.HashSize]))
	}
	return ids, true
}

// An ask is a request for content.
type ask struct {
	number     uint32
	commitment publica.Commitment
	from       uint32 // byte
}

func (a *ask) word() []byte {
	b := binary.BigEndian.AppendUint32([]byte{wordAsk}, a.number)
	b = append(b, a.commitment[:]...)
	return binary.BigEndian.AppendUint32(b, a.from)
}

// parseAsk parses what follows wordAsk.
func parseAsk(b []byte) (a ask, ok bool) {
	if len(b) != 4+publica.HashSize+4 {
		return a, false
	}
	a.number = binary.BigEndian.Uint32(b)
	a.commitment = publica.Commitment(b[4 : 4+publica.HashSize])
	a.from = binary.BigEndian.Uint32(b[4+publica.HashSize:])
	return a, true
}

// A piece answers an ask.
type piece struct {
	number uint32
	held   bool
	size   uint32 // of the whole content
	salt   []byte
	data   []byte
}

func (p *piece) bytes() []byte {
	b := binary.BigEndian.AppendUint32(make([]byte, 0, 8+publica.SaltSize+len(p.data)), p.number)
	if !p.held {
		return b
	}
	b = binary.BigEndian.AppendUint32(b, p.size)
	return append(append(b, p.salt...), p.data...)
}

// parsePiece parses a message of the content channel. The result shares memory
// with b.
func parsePiece(b []byte) (p piece, ok bool) {
	if len(b) < 4 || len(b) > maxPiece {
		return p, false
	}
	p.number, b = binary.BigEndian.Uint32(b), b[4:]
	if len(b) == 0 {
		return p, true
	}
	if len(b) < 4+publica.SaltSize {
		return p, false
	}
	p.held = true
	p.size, b = binary.BigEndian.Uint32(b), b[4:]
	p.salt, p.data = b[:publica.SaltSize:publica.SaltSize], b[publica.SaltSize:]
	return p, p.size <= publica.MaxPartSize && int64(len(p.data)) <= int64(p.size)
}
