package ledger

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"

	"publica"
)

// A segment of the intake queue is a file of frames. A frame is
//
//	magic      4 bytes, "PbIn"
//	length     4 bytes, big endian: bytes of the payload
//	checksum   4 bytes, big endian: CRC-32C of length and payload
//	payload
//
// A payload is a submission: the byte 1, a record as in a pack, then for each
// content part: length of the name (1 byte), name, 32 bytes of salt, length of
// the data (4 bytes, big endian), data.
const (
	frameMagic      = "PbIn"
	frameHeader     = 12
	payloadVersion  = 1
	maxPayload      = publica.MaxParts*(publica.MaxPartSize+128) + maxRecord
	segmentFileForm = "%016d.seg"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// A submission is what the intake keeps: a signed entry and its content.
type submission struct {
	signed  *publica.Signed
	content []publica.Content
}

// appendFrame appends the frame of a submission.
func appendFrame(b []byte, s *submission) []byte {
	start := len(b)
	b = append(b, frameMagic...)
	b = append(b, 0, 0, 0, 0, 0, 0, 0, 0)
	b = appendPayload(b, s)
	frame := b[start:]
	binary.BigEndian.PutUint32(frame[4:], uint32(len(frame)-frameHeader))
	binary.BigEndian.PutUint32(frame[8:], frameSum(frame))
	return b
}

// appendPayload appends the payload of a submission.
func appendPayload(b []byte, s *submission) []byte {
	b = append(b, payloadVersion)
	b = appendRecord(b, s.signed)
	for i := range s.content {
		c := &s.content[i]
		b = append(b, byte(len(c.Name)))
		b = append(b, c.Name...)
		b = append(b, c.Salt...)
		b = binary.BigEndian.AppendUint32(b, uint32(len(c.Data)))
		b = append(b, c.Data...)
	}
	return b
}

// frameSum covers the length too: else a damaged length could find a payload
// that fits by chance, and a run of zeros would be an empty frame.
func frameSum(frame []byte) uint32 {
	return crc32.Update(crc32.Checksum(frame[4:8], castagnoli), castagnoli, frame[frameHeader:])
}

// parseFrame returns the payload of the frame at the start of b and what
// follows it.
func parseFrame(b []byte) (payload, rest []byte, ok bool) {
	if len(b) < frameHeader || string(b[:4]) != frameMagic {
		return nil, nil, false
	}
	n := int64(binary.BigEndian.Uint32(b[4:]))
	if n == 0 || n > maxPayload || n > int64(len(b)-frameHeader) {
		return nil, nil, false
	}
	frame := b[:frameHeader+n]
	if frameSum(frame) != binary.BigEndian.Uint32(b[8:]) {
		return nil, nil, false
	}
	return frame[frameHeader:], b[len(frame):], true
}

// parsePayload parses a payload. The result shares memory with b.
func parsePayload(b []byte) (*submission, bool) {
	if len(b) == 0 || b[0] != payloadVersion {
		return nil, false
	}
	signed, b, ok := parseRecord(b[1:])
	if !ok {
		return nil, false
	}
	s := &submission{signed: signed}
	for len(b) > 0 {
		n := int(b[0])
		if len(b) < 1+n+publica.SaltSize+4 || len(s.content) == publica.MaxParts {
			return nil, false
		}
		c := publica.Content{Name: string(b[1 : 1+n])}
		b = b[1+n:]
		c.Salt, b = b[:publica.SaltSize:publica.SaltSize], b[publica.SaltSize:]
		size := int64(binary.BigEndian.Uint32(b))
		b = b[4:]
		if size > int64(len(b)) || size > publica.MaxPartSize {
			return nil, false
		}
		c.Data, b = b[:size:size], b[size:]
		s.content = append(s.content, c)
	}
	return s, true
}

// Damage is a stretch of a segment that does not read back although good
// frames follow it: not the end of an interrupted write, but a fault of the
// disk or a hand.
type Damage struct {
	File     string
	From, To int64 // bytes
}

// readSegment calls each for every submission in data, in order. It returns
// the damaged stretches before the last good frame, and where that frame ends:
// what follows is the torn tail of an interrupted write.
func readSegment(data []byte, each func(*submission)) (damage []Damage, end int64) {
	rest := data
	for len(rest) > 0 {
		if payload, next, ok := parseFrame(rest); ok {
			if s, ok := parsePayload(payload); ok {
				each(s)
				rest = next
				end = int64(len(data) - len(rest))
				continue
			}
		}
		from := int64(len(data) - len(rest))
		next := nextFrame(rest[1:])
		if next == nil {
			break
		}
		damage = append(damage, Damage{From: from, To: int64(len(data) - len(next))})
		rest = next
	}
	return damage, end
}

// nextFrame returns b from its first good frame on, or nil.
func nextFrame(b []byte) []byte {
	for {
		at := bytes.Index(b, []byte(frameMagic))
		if at < 0 {
			return nil
		}
		b = b[at:]
		if payload, _, ok := parseFrame(b); ok {
			if _, ok := parsePayload(payload); ok {
				return b
			}
		}
		b = b[1:]
	}
}
