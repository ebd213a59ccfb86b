package faulttest

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// ballots are the votes that engines have written into their write-ahead logs,
// their own and those they received: what a network has seen said, whether or
// not anybody objected.
type ballots struct {
	block map[ballot]string // that was voted for, in hexadecimal; "" for none
	wrong []string          // two votes where one was due
	liar  string            // address of one that is meant to vote twice
}

// A ballot is one occasion to vote.
type ballot struct {
	height, round, kind uint64 // kind: 1 prevote, 2 precommit
	validator           string // address, in hexadecimal
}

func newBallots() *ballots { return &ballots{block: map[ballot]string{}} }

// read adds the votes of a node's folder. A log that ends within a record, as a
// kill leaves it, is read up to there.
func (b *ballots) read(home string) error {
	files, err := filepath.Glob(filepath.Join(home, "engine", "data", "cs.wal", "wal*"))
	if err != nil {
		return err
	}
	for _, path := range files {
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for message := range walRecords(raw) {
			if err := b.message(message); err != nil {
				return fmt.Errorf("read votes in %s: %w", path, err)
			}
		}
	}
	return nil
}

// walRecords yields the records of a write-ahead log: CRC-32C and length, four
// bytes each, big-endian, then a TimedWALMessage.
func walRecords(raw []byte) func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for len(raw) >= 8 {
			sum, n := binary.BigEndian.Uint32(raw), int(binary.BigEndian.Uint32(raw[4:]))
			if n > len(raw)-8 || crc32.Checksum(raw[8:8+n], crc32.MakeTable(crc32.Castagnoli)) != sum {
				return
			}
			if !yield(raw[8 : 8+n]) {
				return
			}
			raw = raw[8+n:]
		}
	}
}

// message counts the vote in a TimedWALMessage, if it is one:
//
//	TimedWALMessage.msg(2).msg_info(2).msg(1).vote(6).vote(1)
func (b *ballots) message(raw []byte) error {
	for _, number := range []protowire.Number{2, 2, 1, 6, 1} {
		f, err := fields(raw)
		if err != nil {
			return err
		}
		if f[number].bytes == nil {
			return nil
		}
		raw = f[number].bytes
	}
	vote, err := fields(raw)
	if err != nil {
		return err
	}
	id, err := fields(vote[4].bytes) // BlockID; its hash is field 1
	if err != nil {
		return err
	}
	b.count(ballot{vote[2].number, vote[3].number, vote[1].number, hex.EncodeToString(vote[6].bytes)}, hex.EncodeToString(id[1].bytes))
	return nil
}

func (b *ballots) count(on ballot, block string) {
	if on.validator == b.liar {
		return
	}
	if other, voted := b.block[on]; voted && other != block {
		b.wrong = append(b.wrong, fmt.Sprintf("validator %s voted for %q and %q at height %d, round %d, kind %d", on.validator, other, block, on.height, on.round, on.kind))
		return
	}
	b.block[on] = block
}

// A field is the last value of a field in a protobuf message.
type field struct {
	number uint64
	bytes  []byte
}

func fields(raw []byte) (map[protowire.Number]field, error) {
	all := map[protowire.Number]field{}
	for len(raw) > 0 {
		number, kind, n := protowire.ConsumeTag(raw)
		if n < 0 {
			return nil, protowire.ParseError(n)
		}
		raw = raw[n:]
		var f field
		switch kind {
		case protowire.VarintType:
			f.number, n = protowire.ConsumeVarint(raw)
		case protowire.BytesType:
			f.bytes, n = protowire.ConsumeBytes(raw)
		default:
			n = protowire.ConsumeFieldValue(number, kind, raw)
		}
		if n < 0 {
			return nil, errors.Join(errors.New("not a protobuf message"), protowire.ParseError(n))
		}
		raw = raw[n:]
		all[number] = f
	}
	return all, nil
}

// TestBallotsNoticeTwoVotes shows that the observer sees what it is for.
func TestBallotsNoticeTwoVotes(t *testing.T) {
	vote := func(height uint64, block string) []byte {
		raw := protowire.AppendTag(nil, 1, protowire.VarintType)
		raw = protowire.AppendVarint(raw, 2)
		raw = protowire.AppendTag(raw, 2, protowire.VarintType)
		raw = protowire.AppendVarint(raw, height)
		id := protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), []byte(block))
		raw = protowire.AppendBytes(protowire.AppendTag(raw, 4, protowire.BytesType), id)
		raw = protowire.AppendBytes(protowire.AppendTag(raw, 6, protowire.BytesType), []byte("somebody"))
		for _, number := range []protowire.Number{1, 6, 1, 2, 2} {
			raw = protowire.AppendBytes(protowire.AppendTag(nil, number, protowire.BytesType), raw)
		}
		head := binary.BigEndian.AppendUint32(nil, crc32.Checksum(raw, crc32.MakeTable(crc32.Castagnoli)))
		return append(binary.BigEndian.AppendUint32(head, uint32(len(raw))), raw...)
	}
	home := t.TempDir()
	dir := filepath.Join(home, "engine", "data", "cs.wal")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	wal := append(append(vote(7, "a"), vote(7, "a")...), vote(8, "b")...)
	b := newBallots()
	for _, step := range []struct {
		add   []byte
		wrong int
	}{{wal, 0}, {[]byte("torn"), 0}} {
		write(t, filepath.Join(dir, "wal"), step.add, false)
		if err := b.read(home); err != nil || len(b.wrong) != step.wrong {
			t.Fatalf("%v, %v", b.wrong, err)
		}
	}
	write(t, filepath.Join(dir, "wal.000"), vote(8, "c"), false)
	if err := b.read(home); err != nil || len(b.wrong) != 1 {
		t.Fatalf("two votes at height 8 were not noticed: %v, %v", b.wrong, err)
	}
}
