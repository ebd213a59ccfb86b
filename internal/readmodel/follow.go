package readmodel

import (
	"context"
	"errors"
	"fmt"

	"publica"
)

// Follow takes every row of src into the model, then waits for more: a receive
// from changed says that src has grown. It returns the context's error when
// that ends, any other error as it comes. Only one call may run at a time.
//
// If the model belongs to another log, or is ahead of this one, it is emptied
// and refilled.
func (m *Model) Follow(ctx context.Context, src Source, changed <-chan struct{}) error {
	if err := m.belong(ctx, src); err != nil {
		return err
	}
	for {
		if err := m.fill(ctx, src, src.Size(), nil); err != nil {
			return err
		}
		if m.Next() < src.Size() {
			continue
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		}
	}
}

// Fill takes what src holds now, once. progress, if not nil, is told after
// each batch.
func (m *Model) Fill(ctx context.Context, src Source, progress func(done, total int64)) error {
	if err := m.belong(ctx, src); err != nil {
		return err
	}
	return m.fill(ctx, src, src.Size(), progress)
}

// Rebuild empties the model and fills it again: what publicad replay does.
func (m *Model) Rebuild(ctx context.Context, src Source, progress func(done, total int64)) error {
	if err := m.Reset(); err != nil {
		return err
	}
	return m.fill(ctx, src, src.Size(), progress)
}

// belong empties the model unless its last row is in src.
func (m *Model) belong(ctx context.Context, src Source) error {
	p, _ := m.position()
	if p.next == 0 {
		return nil
	}
	if p.next <= src.Size() {
		rows, err := src.Rows(ctx, p.next-1, 1)
		if err != nil {
			return fmt.Errorf("read the log: %w", err)
		}
		if len(rows) > 0 && rows[0].ID == p.last {
			return nil
		}
	}
	return m.Reset()
}

func (m *Model) fill(ctx context.Context, src Source, size int64, progress func(done, total int64)) error {
	m.source = src
	for m.Next() < size {
		if err := ctx.Err(); err != nil {
			return err
		}
		next := m.Next()
		rows, err := src.Rows(ctx, next, int(min(batchRows, size-next)))
		if err != nil {
			return fmt.Errorf("read the log from %d: %w", next, err)
		}
		if len(rows) == 0 {
			return fmt.Errorf("the log gave no rows from %d, of %d", next, size)
		}
		if err := m.take(ctx, rows); err != nil {
			return err
		}
		if progress != nil {
			progress(m.Next(), size)
		}
	}
	return nil
}

// take projects a batch in one transaction, together with its position.
func (m *Model) take(ctx context.Context, rows []Row) error {
	m.writing.Lock()
	defer m.writing.Unlock()
	p, _ := m.position()
	err := m.transaction(func() error {
		for i := range rows {
			r := &rows[i]
			if r.Index != p.next {
				return fmt.Errorf("the log gave row %d where %d was asked for", r.Index, p.next)
			}
			if err := m.project(ctx, r); err != nil {
				return fmt.Errorf("project %s at %d: %w", r.Kind(), r.Index, err)
			}
			p = position{next: r.Index + 1, last: r.ID, height: r.Height, time: r.Time}
		}
		if err := m.saveDockets(); err != nil {
			return err
		}
		return m.tx.Exec("UPDATE model SET next = ?, last = ?, height = ?, time = ?", p.next, p.last, p.height, p.time)
	})
	if err != nil {
		// What was counted for rows that are not committed must be read again.
		m.dockets = map[publica.DocketID]*docketSize{}
		if again, ok := errors.AsType[*refill](err); ok {
			return m.refill(again.from)
		}
		return err
	}
	m.move(p)
	return m.wipeOut()
}

func (m *Model) project(ctx context.Context, r *Row) error {
	if r.Leaf.Seal != nil {
		return nil
	}
	docket, err := m.place(r)
	if err != nil {
		return err
	}
	var author publica.KeyID
	var body publica.BodyID
	var made publica.Time
	if r.Entry != nil {
		author, body, made = r.Entry.Author, r.Entry.For, r.Entry.Made
	}
	var inDocket, seq any
	if docket != nil {
		inDocket, seq = docket.idx, r.Seq
	}
	if err := m.tx.Exec("INSERT INTO entry (idx, id, kind, docket, seq, height, time, made, author, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		r.Index, r.ID, r.Kind(), inDocket, seq, r.Height, r.Time, made, author, body); err != nil {
		return err
	}
	if f := r.Leaf.Refused; f != nil {
		return m.tx.Exec("INSERT INTO refused (idx, docket, code, field, message) VALUES (?, ?, ?, ?, ?)",
			r.Index, inDocket, string(f.Code), f.Field, f.Message)
	}
	for i := range m.views {
		if err := m.views[i].Project(ctx, m.tx, r); err != nil {
			return fmt.Errorf("%s: %w", m.views[i].Name, err)
		}
	}
	return nil
}

// place finds the docket a row stands in and counts its position there. A row
// that names no docket of the register, as a refused entry may, stands in none.
func (m *Model) place(r *Row) (*docketSize, error) {
	if r.Docket.IsZero() {
		return nil, nil
	}
	d, err := m.docket(m.tx, r.Docket)
	if err != nil {
		return nil, err
	}
	if d == nil {
		if r.ID != publica.EntryID(r.Docket) {
			r.Docket = publica.DocketID{}
			return nil, nil
		}
		d = &docketSize{idx: r.Index}
		m.dockets[r.Docket] = d
		if err := m.tx.Exec("INSERT INTO docket_size (docket, id, size) VALUES (?, ?, 0)", d.idx, r.Docket); err != nil {
			return nil, err
		}
	}
	if r.Seq < 0 {
		r.Seq = d.size
	}
	if r.Seq != d.size {
		return nil, fmt.Errorf("row %d is said to be number %d of its docket, of which %d are known", r.Index, r.Seq, d.size)
	}
	d.size, d.dirty = d.size+1, true
	return d, nil
}

func (m *Model) docket(tx *Tx, id publica.DocketID) (*docketSize, error) {
	if d := m.dockets[id]; d != nil {
		return d, nil
	}
	d := new(docketSize)
	found, err := tx.One("SELECT docket, size FROM docket_size WHERE id = ?", Args{id}, &d.idx, &d.size)
	if err != nil || !found {
		return nil, err
	}
	m.dockets[id] = d
	return d, nil
}

func (m *Model) saveDockets() error {
	for _, d := range m.dockets {
		if !d.dirty {
			continue
		}
		if err := m.tx.Exec("UPDATE docket_size SET size = ? WHERE docket = ?", d.size, d.idx); err != nil {
			return err
		}
		d.dirty = false
	}
	return nil
}
