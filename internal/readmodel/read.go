package readmodel

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"publica"
)

// A Snapshot is the register as the tables have it at one log index. All its
// reads see the same state. It is valid inside the function it was given to.
type Snapshot struct {
	Next   int64 // log index of the next row: everything before it is in
	Height int64
	Time   publica.Time // block time of the last row

	ctx context.Context
	tx  *sql.Tx
}

// Read calls f with a snapshot, for at most a few seconds. It does not block,
// and is not blocked by, the writer. An overlong read returns an error with
// code Busy.
func (m *Model) Read(ctx context.Context, f func(*Snapshot) error) error {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	tx, err := m.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return busy(ctx, err)
	}
	defer tx.Rollback()
	s := &Snapshot{ctx: ctx, tx: tx}
	if _, err := s.One("SELECT next, height, time FROM model", nil, &s.Next, &s.Height, &s.Time); err != nil {
		return busy(ctx, err)
	}
	return busy(ctx, f(s))
}

func busy(ctx context.Context, err error) error {
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return &publica.Error{Code: publica.Busy, Message: "this took too long to look up", Hint: "narrow the question, or ask again", Err: err}
	}
	return err
}

// DB returns the read-only pool, for those who bring their own SQL. Give every
// query a context with a deadline.
func (m *Model) DB() *sql.DB { return m.read }

func (s *Snapshot) query(query string, args []any) (*sql.Rows, error) {
	rows, err := s.tx.QueryContext(s.ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", query, err)
	}
	return rows, nil
}

// One reads the first result row into dest and reports whether there was one.
func (s *Snapshot) One(query string, args Args, dest ...any) (bool, error) {
	return one(s, query, args, dest)
}

// Each calls f for every result row.
func (s *Snapshot) Each(f func(Scan) error, query string, args ...any) error {
	return each(s, f, query, args)
}

// Collect returns a value per result row.
func Collect[T any](s *Snapshot, f func(Scan, *T) error, query string, args ...any) ([]T, error) {
	all := []T{}
	err := s.Each(func(scan Scan) error {
		var v T
		if err := f(scan, &v); err != nil {
			return err
		}
		all = append(all, v)
		return nil
	}, query, args...)
	return all, err
}
