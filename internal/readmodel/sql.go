package readmodel

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"unicode/utf8"

	"publica"
)

// clean makes text of bytes that may be anything: SQLite text must be UTF-8
// without NUL.
func clean(data []byte) string {
	s := string(data)
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", "\uFFFD")
	}
	return s
}

// bind turns the register's types into SQLite's: ids into blobs, times into
// integers, and their zero values into NULL.
func bind(args []any) []any {
	out := make([]any, len(args))
	for i, a := range args {
		switch v := a.(type) {
		case publica.EntryID:
			out[i] = blob(v)
		case publica.DocketID:
			out[i] = blob(v)
		case publica.BodyID:
			out[i] = blob(v)
		case publica.KeyID:
			out[i] = blob(v)
		case publica.Hash:
			out[i] = blob(v)
		case publica.Time:
			out[i] = nil
			if v != 0 {
				out[i] = int64(v)
			}
		case publica.Kind:
			out[i] = string(v)
		case string:
			out[i] = v
			if !utf8.ValidString(v) || strings.IndexByte(v, 0) >= 0 {
				out[i] = clean([]byte(v))
			}
		default:
			out[i] = a
		}
	}
	return out
}

func blob(v [publica.HashSize]byte) any {
	if v == [publica.HashSize]byte{} {
		return nil
	}
	return v[:]
}

// A Scan reads the columns of the current result row into destinations.
// Pointers to the register's types are understood; NULL leaves the zero value.
type Scan func(dest ...any) error

func scanner(rows *sql.Rows) Scan {
	return func(dest ...any) error {
		wrapped := make([]any, len(dest))
		for i, d := range dest {
			wrapped[i] = &column{d}
		}
		return rows.Scan(wrapped...)
	}
}

// column scans one value, NULL as zero.
type column struct{ dest any }

func (c *column) Scan(src any) error {
	switch d := c.dest.(type) {
	case *publica.EntryID:
		return scanID(d[:], src)
	case *publica.DocketID:
		return scanID(d[:], src)
	case *publica.BodyID:
		return scanID(d[:], src)
	case *publica.KeyID:
		return scanID(d[:], src)
	case *publica.Hash:
		return scanID(d[:], src)
	case *publica.Time:
		n, err := scanInt(src)
		*d = publica.Time(n)
		return err
	case *int64:
		n, err := scanInt(src)
		*d = n
		return err
	case *int:
		n, err := scanInt(src)
		*d = int(n)
		return err
	case *bool:
		n, err := scanInt(src)
		*d = n != 0
		return err
	case *string:
		*d = scanText(src)
	case *publica.Kind:
		*d = publica.Kind(scanText(src))
	case *[]byte:
		*d = []byte(scanText(src))
	case *any:
		*d = src
	default:
		return fmt.Errorf("no column type for %T", c.dest)
	}
	return nil
}

func scanID(dst []byte, src any) error {
	clear(dst)
	switch v := src.(type) {
	case nil:
		return nil
	case []byte:
		if len(v) == len(dst) {
			copy(dst, v)
			return nil
		}
	}
	return fmt.Errorf("%T is not an id", src)
}

func scanInt(src any) (int64, error) {
	switch v := src.(type) {
	case nil:
		return 0, nil
	case int64:
		return v, nil
	case float64:
		return int64(v), nil
	case bool:
		if v {
			return 1, nil
		}
		return 0, nil
	}
	return 0, fmt.Errorf("%T is not a number", src)
}

func scanText(src any) string {
	switch v := src.(type) {
	case nil:
		return ""
	case string:
		return v
	case []byte:
		return string(v)
	}
	return fmt.Sprint(src)
}

// querier is what reads and writes have in common.
type querier interface {
	query(query string, args []any) (*sql.Rows, error)
}

func each(q querier, f func(Scan) error, query string, args []any) error {
	rows, err := q.query(query, bind(args))
	if err != nil {
		return fmt.Errorf("query: %w", err)
	}
	defer rows.Close()
	scan := scanner(rows)
	for rows.Next() {
		if err := f(scan); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("query: %w", err)
	}
	return nil
}

func one(q querier, query string, args, dest []any) (found bool, err error) {
	rows, err := q.query(query, bind(args))
	if err != nil {
		return false, fmt.Errorf("query: %w", err)
	}
	defer rows.Close()
	if !rows.Next() {
		return false, rows.Err()
	}
	return true, scanner(rows)(dest...)
}

// Args are the parameters of a query, in order.
type Args []any

// Tx is the write transaction of a batch of rows, for projections. It keeps
// its statements prepared from one batch to the next. Not for concurrent use.
type Tx struct {
	conn  *sql.Conn
	stmts map[string]*sql.Stmt
	model *Model
}

func (tx *Tx) stmt(query string) (*sql.Stmt, error) {
	if s := tx.stmts[query]; s != nil {
		return s, nil
	}
	s, err := tx.conn.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, fmt.Errorf("prepare %q: %w", query, err)
	}
	tx.stmts[query] = s
	return s, nil
}

// Exec runs one statement. Its text should be constant: it stays prepared.
func (tx *Tx) Exec(query string, args ...any) error {
	_, err := tx.Change(query, args...)
	return err
}

// Change runs one statement and returns how many rows it changed.
func (tx *Tx) Change(query string, args ...any) (int64, error) {
	s, err := tx.stmt(query)
	if err != nil {
		return 0, err
	}
	// No context: a batch is committed whole or not at all, and the driver
	// starts a goroutine per statement to watch one.
	res, err := s.Exec(bind(args)...)
	if err != nil {
		return 0, fmt.Errorf("%q: %w", query, err)
	}
	return res.RowsAffected()
}

func (tx *Tx) query(query string, args []any) (*sql.Rows, error) {
	s, err := tx.stmt(query)
	if err != nil {
		return nil, err
	}
	return s.Query(args...)
}

// One reads the first result row into dest and reports whether there was one.
func (tx *Tx) One(query string, args Args, dest ...any) (bool, error) {
	return one(tx, query, args, dest)
}

// Each calls f for every result row. f must not use tx.
func (tx *Tx) Each(f func(Scan) error, query string, args ...any) error {
	return each(tx, f, query, args)
}

// Index returns the log index of an entry, 0 if the register has none.
// (Index 0 is the genesis, which is no entry.)
func (tx *Tx) Index(id publica.EntryID) (int64, error) {
	var idx int64
	if id.IsZero() {
		return 0, nil
	}
	_, err := tx.One("SELECT idx FROM entry WHERE id = ?", Args{id}, &idx)
	return idx, err
}

// DocketIndex returns the log index of the record that opened a docket, 0 if
// there is none.
func (tx *Tx) DocketIndex(id publica.DocketID) (int64, error) {
	d, err := tx.model.docket(tx, id)
	if d == nil {
		return 0, err
	}
	return d.idx, err
}

// Document makes the text of a row searchable, and keeps it.
func (tx *Tx) Document(r *Row, title, text string) error {
	scope := scopeToken('k', string(r.Kind()))
	if !r.Docket.IsZero() {
		scope += " " + scopeToken('d', r.Docket.String())
	}
	if err := tx.Exec("INSERT INTO document (idx, scope, title, text) VALUES (?, ?, ?, ?)", r.Index, scope, title, text); err != nil {
		return err
	}
	return tx.Exec("INSERT INTO document_search (rowid, scope, title, text) VALUES (?, ?, ?, ?)", r.Index, scope, title, text)
}

// scopeToken is one word to the tokenizer: letters and digits only.
func scopeToken(what byte, name string) string {
	b := []byte{what}
	for i := 0; i < len(name) && i < 40; i++ {
		if c := name[i]; c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
			b = append(b, c)
		}
	}
	return string(b)
}
