package node

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"publica"
	"publica/internal/content"
	"publica/internal/domain"
	"publica/internal/ledger"
	"publica/internal/machine"
	"publica/internal/readmodel"
	"publica/internal/store"
	"publica/internal/tilelog"
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

	register, content bool // which store has faults
	broken            bool // content cannot be read through
}

func (r *Report) wrong(store *bool, format string, args ...any) {
	*store = true
	if len(r.Wrong) < 100 { // enough to know that the folder is damaged, and where
		r.Wrong = append(r.Wrong, fmt.Sprintf(format, args...))
	}
}

// Check re-verifies a stopped node's folder: tiles and indexes against leaves,
// signatures, content against commitments, and, by executing the law again on
// the logged entries, every leaf, root and state hash. It changes nothing.
func Check(ctx context.Context, f *Folder, progress func(done, total int64)) (r *Report, err error) {
	r = &Report{}
	parts, err := content.OpenReadOnly(f.path("content"))
	switch {
	case publica.CodeOf(err) == publica.Conflict:
		return nil, err // the node runs
	case err != nil:
		r.wrong(&r.content, "content: %v", err)
		r.broken = true
	default:
		defer func() { err = errors.Join(err, parts.Close()) }()
		r.checkContent(parts)
	}
	c, err := openDamaged(f)
	if publica.CodeOf(err) == publica.Conflict {
		return nil, err
	}
	if err != nil {
		r.wrong(&r.register, "register: %v", err)
		return r, nil
	}
	defer func() { err = errors.Join(err, c.db.Close()) }()
	if err := c.log.Check(progress); err != nil {
		r.wrong(&r.register, "log: %v", err)
	}
	c.content = parts
	return r, r.reenact(ctx, f, c)
}

// openDamaged opens log and state to read them, whatever is wrong with them.
func openDamaged(f *Folder) (*chain, error) {
	db, err := store.OpenReadOnly(f.path("register"))
	if err != nil {
		return nil, err
	}
	c := &chain{db: db, state: db.Space('s'), logs: db.Space('l'), position: db.Space('p')}
	if c.log, err = tilelog.Open(c.logs); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return c, nil
}

func (r *Report) checkContent(parts *content.Store) {
	_, err := parts.Check(func(p publica.Commitment) { r.wrong(&r.content, "content %s does not fit its commitment", p) })
	if err == nil {
		_, err = parts.Held()
	}
	if err != nil {
		r.wrong(&r.content, "content: %v", err)
		r.broken = true
	}
}

// reenact executes the law again, from nothing, on what the log says was
// decided, block by block, and compares what it makes with what is stored.
func (r *Report) reenact(ctx context.Context, f *Folder, c *chain) (err error) {
	law, err := lawAgain(f.Config.Register)
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
	a := &reenactment{report: r, law: law, db: db, state: db.Space('s'), audit: c.log.Audit()}
	source := func(_ context.Context, yield func(int64, []byte) bool) error { return c.log.Leaves(0, yield) }
	if err := replay(ctx, law, source, func(b []logged) error { return a.block(c, b) }); err != nil {
		if err := cmp.Or(ctx.Err(), a.failed); err != nil {
			return err
		}
		r.wrong(&r.register, "%v", err)
		return nil // what follows could only repeat the fault
	}
	if err := a.audit.Close(); err != nil {
		r.wrong(&r.register, "log: %v", err)
	}
	a.compareState(c)
	a.comparePosition(f, c)
	return nil
}

// reenactment holds the state so far.
type reenactment struct {
	report *Report
	law    *machine.Machine
	db     *store.DB
	state  store.Space // made again, in a folder that is removed afterwards
	audit  *tilelog.Audit
	sealed position // after the last seal
	failed error    // of the folder, not of what is checked
}

// block executes the entries of a stored block and compares the leaves.
func (a *reenactment) block(c *chain, block []logged) error {
	r := a.report
	for i := range block {
		r.Leaves++
		if err := a.leaf(c, &block[i]); err != nil {
			return err
		}
	}
	r.Seals++
	res, err := execute(a.law, a.state, block)
	if err != nil {
		return err
	}
	if err := a.audit.Add(res.Leaves); err != nil {
		r.wrong(&r.register, "log: %v", err)
	}
	b := a.db.Batch()
	for _, w := range res.Writes {
		a.failed = errors.Join(a.failed, set(b, a.state, w))
	}
	a.failed = errors.Join(a.failed, b.CommitLater())
	a.law.Committed(res)
	seal := block[len(block)-1].leaf
	a.sealed = position{Height: seal.Height, Time: seal.Time, Sealed: seal.Time, Seals: r.Seals}
	return a.failed
}

// leaf checks the signature and counts the content of a logged entry.
func (a *reenactment) leaf(c *chain, l *logged) error {
	if l.entry == nil {
		return nil
	}
	r := a.report
	r.Entries++
	if l.leaf.Refused != nil {
		r.Refused++
	}
	if !l.valid {
		r.wrong(&r.register, "leaf %d: the signature does not verify", l.index)
	}
	for _, p := range l.entry.Entry.Content {
		has := false
		if c.content != nil {
			has, _ = c.content.Has(p.Commitment) // what cannot be read was found before
		}
		if has {
			r.Held++
		} else {
			r.Missing++
		}
	}
	return nil
}

// compareState compares the state made again with the state stored.
func (a *reenactment) compareState(c *chain) {
	stored, made := 0, 0
	var bad error
	err := c.state.Scan(nil, func(k, v []byte) bool {
		stored++
		var want []byte
		if want, bad = a.state.Get(k); bad == nil && !bytes.Equal(want, v) {
			a.report.wrong(&a.report.register, "state: key %q is not what the rules make of the log", k)
		}
		return bad == nil
	})
	if err == nil && bad == nil {
		bad = a.state.Scan(nil, func(_, _ []byte) bool { made++; return true })
	}
	if err := errors.Join(err, bad); err != nil {
		a.report.wrong(&a.report.register, "state: %v", err)
		return
	}
	if stored < made {
		a.report.wrong(&a.report.register, "state: %d keys are missing", made-stored)
	}
}

// comparePosition compares where the chain says it stands with the log. Blocks
// that left no leaf may have come after the last seal.
func (a *reenactment) comparePosition(f *Folder, c *chain) {
	wrong := func(err error) { a.report.wrong(&a.report.register, "position: %v", err) }
	p, founded, err := c.readPosition()
	if err == nil {
		_, err = c.readTurnout()
	}
	if err == nil {
		err = c.position.Scan(nil, func(_, _ []byte) bool { return true })
	}
	s := a.sealed
	switch {
	case err != nil:
		wrong(err)
	case !founded && a.report.Leaves > 0:
		wrong(errors.New("is missing"))
	case founded && (p.Root != publica.Hash(c.log.Tree().Hash) || p.Seals != s.Seals || p.Sealed != s.Sealed || p.Height < s.Height || p.Time < s.Time):
		wrong(fmt.Errorf("height %d, %d seals, root %s is not where the log stands: height %d, %d seals, root %s",
			p.Height, p.Seals, p.Root, s.Height, s.Seals, publica.Hash(c.log.Tree().Hash)))
	default:
		if err := cutOff(f, p); err != nil {
			wrong(err)
		}
	}
}

// cutOff returns an error if the engine has seen log and state at a later point
// than they are at: the end of them is lost. The engine may be one block ahead,
// and more if those blocks left no leaf.
func cutOff(f *Folder, p position) error {
	height, root, err := ledger.Reached(f.dir)
	if err == nil && p.Height < height-1 && !bytes.Equal(p.Root[:], root) {
		err = fmt.Errorf("height %d: the engine has decided %d blocks more, and they left leaves", p.Height, height-p.Height)
	}
	return err
}
