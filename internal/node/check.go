package node

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"publica"
	"publica/internal/domain"
	"publica/internal/machine"
	"publica/internal/readmodel"
	"publica/internal/store"
)

// Replay empties the read model of a stopped node and refills it from the log.
// It returns how many leaves there are.
func Replay(ctx context.Context, f *Folder, progress func(done, total int64)) (int64, error) {
	var size int64
	err := offline(f, func(c *chain) (err error) {
		model, err := readmodel.Open(f.path("readmodel.db"), domain.Views())
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, model.Close()) }()
		size = c.log.Size()
		return model.Rebuild(ctx, source{c}, progress)
	})
	return size, err
}

// DumpReadModel prints every row of a stopped node's read model, in key order.
func DumpReadModel(ctx context.Context, f *Folder, w io.Writer) (err error) {
	model, err := readmodel.Open(f.path("readmodel.db"), domain.Views())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, model.Close()) }()
	return model.Dump(ctx, w)
}

// source is a stopped node's log as the read model reads it.
type source struct{ *chain }

func (s source) Size() int64 { return s.log.Size() }
func (s source) Rows(_ context.Context, from int64, limit int) ([]readmodel.Row, error) {
	return rows(s.chain, from, limit)
}

// offline opens the chain of a stopped node and closes it after use.
func offline(f *Folder, use func(*chain) error) error {
	key, err := f.logKey("log")
	if err != nil {
		return err
	}
	law, err := machine.New(f.Config.Register, domain.All())
	if err != nil {
		return err
	}
	c, err := openChain(law, f, key)
	if err != nil {
		return err
	}
	return errors.Join(use(c), c.close())
}

// A Report says what a check has seen.
type Report struct {
	Leaves, Seals, Entries, Refused int64
	Held, Missing                   int64    // content parts
	Wrong                           []string // every fault found, in plain words
}

// Check re-verifies a stopped node's folder: tiles against leaves, signatures,
// content against commitments, and, by executing the law again on the logged
// entries, every leaf, root and state hash.
func Check(ctx context.Context, f *Folder, progress func(done, total int64)) (*Report, error) {
	r := &Report{}
	err := offline(f, func(c *chain) error {
		if err := c.log.Check(progress); err != nil {
			r.wrong("log: %v", err)
		}
		if _, err := c.content.Check(func(p publica.Commitment) { r.wrong("content %s does not fit its commitment", p) }); err != nil {
			return err
		}
		return r.reenact(ctx, f, c)
	})
	return r, err
}

func (r *Report) wrong(format string, args ...any) {
	if len(r.Wrong) < 100 { // enough to know that the folder is damaged, and where
		r.Wrong = append(r.Wrong, fmt.Sprintf(format, args...))
	}
}

// reenact executes the law again, from nothing, on what the log says was
// decided, block by block, and compares what it makes with what is stored.
func (r *Report) reenact(ctx context.Context, f *Folder, c *chain) (err error) {
	law, err := machine.New(f.Config.Register, domain.All())
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "publica-check-*")
	if err != nil {
		return fmt.Errorf("make room for the state made again: %w", err)
	}
	defer os.RemoveAll(dir)
	db, err := store.Open(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	a := &reenactment{report: r, law: law, db: db, state: db.Space('s')}
	var bad error
	err = c.log.Leaves(0, func(index int64, raw []byte) bool {
		r.Leaves++
		if bad = ctx.Err(); bad == nil {
			bad = a.leaf(c, index, slices.Clone(raw))
		}
		return bad == nil && !a.lost
	})
	if err := errors.Join(err, bad); err != nil {
		return err
	}
	if a.lost {
		return nil
	}
	return a.compareState(c)
}

// reenactment holds the block being read and the state so far.
type reenactment struct {
	report *Report
	law    *machine.Machine
	db     *store.DB
	state  store.Space // made again, in a folder that is removed afterwards
	stored [][]byte    // leaves of the block as stored
	first  int64       // index of its first leaf
	lost   bool        // what follows could only repeat the fault
}

func (a *reenactment) leaf(c *chain, index int64, raw []byte) error {
	l, err := publica.ParseLeaf(raw)
	if err != nil {
		a.report.wrong("leaf %d: %v", index, err)
		a.lost = true
		return nil
	}
	if len(a.stored) == 0 {
		a.first = index
	}
	a.stored = append(a.stored, raw)
	if l.Entry != nil {
		a.report.Entries++
		if l.Refused != nil {
			a.report.Refused++
		}
		if err := a.entry(c, index, l); err != nil {
			return err
		}
	}
	if l.Seal == nil {
		return nil
	}
	a.report.Seals++
	return a.block(l)
}

// entry checks the signature and counts the content of a logged entry.
func (a *reenactment) entry(c *chain, index int64, l *publica.Leaf) error {
	e, err := publica.ParseEntry(l.Entry)
	if err == nil {
		err = l.Signature.Verify(e.Author, l.Entry)
	}
	if err != nil {
		a.report.wrong("leaf %d: %v", index, err)
		return nil
	}
	for _, p := range e.Content {
		has, err := c.content.Has(p.Commitment)
		if err != nil {
			return err
		}
		if has {
			a.report.Held++
		} else {
			a.report.Missing++
		}
	}
	return nil
}

// block executes the entries of a stored block and compares the leaves.
func (a *reenactment) block(seal *publica.Leaf) error {
	stored := a.stored
	a.stored = nil
	res, err := a.execute(stored, seal)
	if err != nil {
		a.report.wrong("block %d cannot be executed again: %v", seal.Height, err)
		a.lost = true
		return nil
	}
	for i := range stored {
		if i >= len(res.Leaves) || !bytes.Equal(stored[i], res.Leaves[i].Bytes) {
			a.report.wrong("leaf %d is not what the rules make of block %d", a.first+int64(i), seal.Height)
			a.lost = true
			return nil
		}
	}
	b := a.db.Batch()
	for _, w := range res.Writes {
		if err := set(b, a.state, w); err != nil {
			return err
		}
	}
	a.law.Committed(res)
	return b.Commit()
}

func (a *reenactment) execute(stored [][]byte, seal *publica.Leaf) (*machine.Result, error) {
	first, err := publica.ParseLeaf(stored[0])
	if err != nil {
		return nil, err
	}
	if seal.Height == 0 {
		g := new(machine.Genesis)
		if first.System == nil {
			return nil, errors.New("the log does not begin with a genesis")
		}
		if err := publica.DecodeStrict(first.System.Body, g, "genesis"); err != nil {
			return nil, err
		}
		return a.law.Found(a.state, g)
	}
	b, err := a.law.Begin(a.state, seal.Height, seal.Time)
	if err != nil {
		return nil, err
	}
	for _, raw := range stored {
		l, err := publica.ParseLeaf(raw)
		if err != nil {
			return nil, err
		}
		if l.Entry == nil {
			continue
		}
		e, err := a.law.Check(&publica.Signed{Raw: l.Entry, Signature: *l.Signature})
		if err != nil {
			return nil, err
		}
		if _, err := b.Apply(e); err != nil {
			return nil, err
		}
	}
	return b.Finish()
}

// compareState compares the state made again with the state stored.
func (a *reenactment) compareState(c *chain) error {
	stored, made := 0, 0
	var bad error
	err := c.state.Scan(nil, func(k, v []byte) bool {
		stored++
		want, err := a.state.Get(k)
		if err != nil || !bytes.Equal(want, v) {
			bad = err
			a.report.wrong("state: key %q is not what the rules make of the log", k)
		}
		return bad == nil
	})
	if err := errors.Join(err, bad); err != nil {
		return err
	}
	if err := a.state.Scan(nil, func(_, _ []byte) bool { made++; return true }); err != nil {
		return err
	}
	if stored < made {
		a.report.wrong("state: %d keys are missing", made-stored)
	}
	return nil
}
