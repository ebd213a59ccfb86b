package node

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"sync"

	"publica"
	"publica/internal/domain"
	"publica/internal/ledger"
	"publica/internal/machine"
)

// The log is executed again when a folder is checked, when a node joins, and
// when a damaged folder is healed.

// lawAgain returns a law that executes what is on the log already, whatever
// code did so before: every leaf is compared.
func lawAgain(register string) (*machine.Machine, error) {
	law, err := machine.New(register, domain.All())
	if err != nil {
		return nil, err
	}
	law.AnyCode()
	return law, nil
}

// leaves yields the leaves of a log, from where a block begins, until yield
// returns false. The bytes are valid only during the call.
type leaves func(ctx context.Context, yield func(index int64, raw []byte) bool) error

// logged is a leaf as the log has it.
type logged struct {
	index int64
	raw   []byte
	leaf  *publica.Leaf
	entry *machine.Entry // nil for system records and seals
	valid bool           // the entry's signature verifies
	err   error          // why it cannot be on this log
}

// readAhead is how many leaves are parsed, and their signatures checked, at
// once: enough for every processor to have full batches.
const readAhead = 4096

// errEnough ends a replay before the next block.
var errEnough = errors.New("enough")

// replay hands on what the log says was decided, block by block: its leaves, of
// which the last is the seal. They are parsed and their signatures checked ahead
// of that, on all processors. An error of code unverified names the leaf at
// fault.
func replay(ctx context.Context, law *machine.Machine, source leaves, block func([]logged) error) error {
	ctx, cancel := context.WithCancel(ctx)
	ready := make(chan []logged, 1)
	var end error // of the source; set before ready is closed
	go func() {
		defer close(ready)
		end = readAll(ctx, law, source, ready)
	}()
	defer func() {
		cancel()
		for range ready { // the source must be left alone when we return
		}
	}()
	var open []logged
	for part := range ready {
		for i := range part {
			l := &part[i]
			if l.err != nil {
				return &publica.Error{Code: publica.Unverified, Field: "leaf " + strconv.FormatInt(l.index, 10), Message: "cannot be on this log", Err: l.err}
			}
			open = append(open, *l)
			if l.leaf.Seal == nil {
				continue
			}
			if err := block(open); err != nil {
				return err
			}
			open = nil
		}
	}
	if err := errors.Join(end, ctx.Err()); err != nil {
		return err
	}
	if len(open) > 0 {
		return publica.Problem(publica.Unverified, "leaf "+strconv.FormatInt(open[0].index, 10), "and what follows it has no seal: the log ends within a block")
	}
	return nil
}

// readAll reads and prepares all leaves.
func readAll(ctx context.Context, law *machine.Machine, source leaves, ready chan<- []logged) error {
	verify := ledger.BatchVerifier()
	var part []logged
	hand := func() bool {
		prepare(law, verify, part)
		select {
		case ready <- part:
			part = nil
			return true
		case <-ctx.Done():
			return false
		}
	}
	err := source(ctx, func(index int64, raw []byte) bool {
		part = append(part, logged{index: index, raw: bytes.Clone(raw)})
		return len(part) < readAhead || hand()
	})
	if err == nil && len(part) > 0 {
		hand()
	}
	return err
}

// prepare parses leaves and checks their signatures.
func prepare(law *machine.Machine, verify func([]*machine.Entry) []bool, part []logged) {
	var wait sync.WaitGroup
	for some := range slices.Chunk(part, 1+len(part)/runtime.GOMAXPROCS(0)) {
		wait.Go(func() {
			for i := range some {
				some[i].parse(law)
			}
		})
	}
	wait.Wait()
	var entries []*machine.Entry
	var of []*logged
	for i := range part {
		if part[i].entry != nil {
			entries, of = append(entries, part[i].entry), append(of, &part[i])
		}
	}
	for i, valid := range verify(entries) {
		of[i].valid = valid
	}
}

func (l *logged) parse(law *machine.Machine) {
	if l.leaf, l.err = publica.ParseLeaf(l.raw); l.err == nil && l.leaf.Entry != nil {
		l.entry, l.err = law.Check(&publica.Signed{Raw: l.leaf.Entry, Signature: *l.leaf.Signature})
	}
}

// execute has the law make a block again, and compares every leaf. An error of
// code unverified names the one that is not as it should be.
func execute(law *machine.Machine, state machine.Reader, block []logged) (*machine.Result, error) {
	res, err := decide(law, state, block)
	if err != nil {
		return nil, fmt.Errorf("block %d cannot be executed again: %w", block[0].leaf.Height, err)
	}
	for i := range max(len(block), len(res.Leaves)) {
		if i >= len(block) || i >= len(res.Leaves) || !bytes.Equal(block[i].raw, res.Leaves[i].Bytes) {
			return nil, publica.Problem(publica.Unverified, "leaf "+strconv.FormatInt(block[0].index+int64(i), 10),
				fmt.Sprintf("is not what the rules make of block %d", block[0].leaf.Height))
		}
	}
	return res, nil
}

func decide(law *machine.Machine, state machine.Reader, block []logged) (*machine.Result, error) {
	seal := block[len(block)-1].leaf
	if seal.Height == 0 {
		g, err := genesisOf(block[0].leaf)
		if err != nil {
			return nil, err
		}
		return law.Found(state, g)
	}
	b, err := law.Begin(state, seal.Height, seal.Time)
	if err != nil {
		return nil, err
	}
	for i := range block {
		if block[i].entry == nil {
			continue
		}
		if _, err := b.Apply(block[i].entry); err != nil {
			return nil, err
		}
	}
	return b.Finish()
}

// genesisOf reads what a register started from off its first leaf.
func genesisOf(first *publica.Leaf) (*machine.Genesis, error) {
	g := new(machine.Genesis)
	if first.System == nil {
		return nil, publica.Problem(publica.Unverified, "leaf 0", "is no genesis")
	}
	return g, publica.DecodeStrict(first.System.Body, g, "genesis")
}
