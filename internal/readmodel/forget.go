package readmodel

import (
	"context"
	"errors"
	"fmt"
)

// Some of what the model shows has to go one day, from the file too: what a
// deletion leaves in its free pages and in its journal is given back to the file
// system, after each batch that forgot something.

// Rewrite replaces the text of a record, in the search too.
func (tx *Tx) Rewrite(index int64, title, text string) error {
	if err := tx.search(index, "'delete'"); err != nil {
		return err
	}
	if err := tx.Exec("UPDATE document SET title = ?, text = ? WHERE idx = ?", title, text, index); err != nil {
		return err
	}
	return tx.search(index, "NULL")
}

// search adds a record to the index, or deletes it from there.
func (tx *Tx) search(index int64, command string) error {
	return tx.Exec("INSERT INTO document_search (document_search, rowid, scope, title, text) SELECT "+command+
		", idx, scope, title, text FROM document WHERE idx = ?", index)
}

// Again reads a row of the log once more, with the content that may be shown now.
func (tx *Tx) Again(ctx context.Context, index int64) (*Row, error) {
	rows, err := tx.model.source.Rows(ctx, index, 1)
	if err != nil {
		return nil, fmt.Errorf("read the log again at %d: %w", index, err)
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("the log gave no row %d again", index)
	}
	return &rows[0], nil
}

// Wipe has what this batch deletes leave the file, once the batch is committed.
func (tx *Tx) Wipe() { tx.model.wipe = true }

// Refill empties the model and fills it again from a log whose content is gone,
// unless that was done for this row already. It is for what is forgotten too
// seldom to be worth another way.
func (tx *Tx) Refill(r *Row) error {
	var done int64
	if _, err := tx.One("SELECT forgotten FROM model", nil, &done); err != nil || r.Index < done {
		return err
	}
	return &refill{r.Index + 1}
}

type refill struct{ from int64 }

func (r *refill) Error() string { return "the read model has to be filled again" }

// refill empties the model and notes up to where that is enough: what the log says
// by now of content is heeded from the first row on. The caller holds writing.
func (m *Model) refill(from int64) error {
	from = max(from, m.source.Size())
	if _, err := m.conn.ExecContext(context.Background(), "UPDATE model SET forgotten = ?", from); err != nil {
		return fmt.Errorf("forget: %w", err)
	}
	m.wipe = true
	if err := m.reset(); err != nil {
		return err
	}
	return m.wipeOut()
}

// wipeOut gives free pages and the journal back to the file system, if something
// was forgotten.
func (m *Model) wipeOut() error {
	if !m.wipe {
		return nil
	}
	for _, q := range []string{"PRAGMA incremental_vacuum", "PRAGMA wal_checkpoint(TRUNCATE)"} {
		rows, err := m.conn.QueryContext(context.Background(), q)
		if err != nil {
			return fmt.Errorf("forget: %w", err)
		}
		for rows.Next() { // the pages are freed one by one, as results are read
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return fmt.Errorf("forget: %w", err)
		}
	}
	var busy, left int
	if err := m.conn.QueryRowContext(context.Background(), "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &left, new(int)); err != nil {
		return fmt.Errorf("forget: %w", err)
	}
	m.wipe = busy != 0 // somebody reads: after the next batch then
	return nil
}

// canForget refuses a file that was made without room for that; the caller makes
// another.
func (m *Model) canForget() error {
	var mode int
	if err := m.conn.QueryRowContext(context.Background(), "PRAGMA auto_vacuum").Scan(&mode); err != nil {
		return err
	}
	if mode != 2 {
		return errors.New("the file cannot forget")
	}
	return nil
}
