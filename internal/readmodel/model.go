package readmodel

import (
	"context"
	"crypto/sha256"
	"database/sql"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"modernc.org/sqlite"

	"publica"
)

//go:embed core.sql
var coreSchema string

// batchRows is how many rows share a transaction, at most: enough to spread
// the cost of a commit, few enough that a page sees fresh rows soon.
const batchRows = 2000

// readTimeout is the longest a read may take. A reader also holds back the
// write-ahead log, so this bounds its size.
const readTimeout = 5 * time.Second

// Model is the read model of one register.
type Model struct {
	path  string
	views []View
	read  *sql.DB

	// writing is held while a batch is written, and by Dump and Reset. It
	// guards conn, tx, and dockets.
	writing sync.Mutex
	write   *sql.DB
	conn    *sql.Conn
	tx      *Tx
	dockets map[publica.DocketID]*docketSize
	source  Source
	wipe    bool // something was forgotten and may stand in the file still

	// mu guards the position; moved is closed and replaced when it changes.
	mu    sync.Mutex
	pos   position
	moved chan struct{}
}

// position is how far the model has come. It is stored with each batch.
type position struct {
	next   int64           // log index of the next row
	last   publica.EntryID // of the row before it: the model belongs to this log
	height int64
	time   publica.Time
}

// docketSize is a docket's record and how many leaves its tree holds.
type docketSize struct {
	idx, size int64
	dirty     bool
}

// Open opens the model at path, creating it if need be. If the views' schemas
// are not those it was filled with, or the file is damaged, it starts empty:
// the next [Model.Follow] refills it.
func Open(path string, views []View) (*Model, error) {
	m := &Model{path: path, views: views, moved: make(chan struct{})}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("read model: %w", err)
	}
	err := m.open()
	if err == nil {
		return m, nil
	}
	// A file that cannot be opened is worth nothing: the log is the register.
	_ = m.Close()
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(path + suffix); err != nil && !os.IsNotExist(err) {
			return nil, fmt.Errorf("read model: %w", err)
		}
	}
	if err := m.open(); err != nil {
		return nil, fmt.Errorf("read model %s: %w", path, errors.Join(err, m.Close()))
	}
	return m, nil
}

func (m *Model) open() (err error) {
	ctx := context.Background()
	// synchronous=NORMAL: a power cut may lose the last batches, which are
	// refilled, but never tears the file; with OFF it could, and a torn file
	// may still answer, wrongly. In WAL mode NORMAL syncs only at checkpoints.
	// auto_vacuum and secure_delete: what is forgotten leaves the file, see forget.go.
	if m.write, err = open(m.path, "mode=rwc", "page_size(8192)", "auto_vacuum(INCREMENTAL)", "secure_delete(FAST)", "journal_mode(WAL)", "synchronous(NORMAL)",
		"cache_size(-65536)", "temp_store(MEMORY)", "wal_autocheckpoint(4000)", "busy_timeout(10000)"); err != nil {
		return err
	}
	if m.conn, err = m.write.Conn(ctx); err != nil {
		return err
	}
	m.tx = &Tx{conn: m.conn, stmts: map[string]*sql.Stmt{}, model: m}
	m.dockets = map[publica.DocketID]*docketSize{}
	if _, err = m.conn.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS model (
		one INTEGER PRIMARY KEY CHECK (one = 1), schema TEXT NOT NULL, next INTEGER NOT NULL, last BLOB, height INTEGER NOT NULL, time INTEGER,
		forgotten INTEGER NOT NULL DEFAULT 0)`); err != nil {
		return err
	}
	if err := m.canForget(); err != nil {
		return err
	}
	var schema string
	found, err := m.tx.One("SELECT schema, next, last, height, time FROM model", nil, &schema, &m.pos.next, &m.pos.last, &m.pos.height, &m.pos.time)
	if err != nil {
		return err
	}
	if !found || schema != m.schemaHash() {
		if err := m.reset(); err != nil {
			return err
		}
	}
	m.read, err = open(m.path, "mode=ro", "query_only(1)", "busy_timeout(5000)", "cache_size(-16384)", "temp_store(MEMORY)")
	if err != nil {
		return err
	}
	n := max(4, runtime.NumCPU())
	m.read.SetMaxOpenConns(n)
	m.read.SetMaxIdleConns(n)
	return nil
}

// open opens a pool without the driver's global name.
func open(path, mode string, pragmas ...string) (*sql.DB, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	q := url.Values{"_pragma": pragmas}
	u := url.URL{Scheme: "file", Path: abs, RawQuery: mode + "&" + q.Encode()}
	c, err := sqlite.NewConnector(u.String())
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(c), nil
}

// Close closes the model. Reads in progress fail.
func (m *Model) Close() error {
	var first error
	if m.tx != nil {
		for _, s := range m.tx.stmts {
			s.Close()
		}
	}
	if m.read != nil {
		first = m.read.Close()
	}
	if m.conn != nil {
		m.conn.Close()
	}
	if m.write != nil {
		if err := m.write.Close(); first == nil {
			first = err
		}
	}
	return first
}

// schemaHash names the tables and the order of views. What a projection does
// with a row is not in it: a view that fills its tables differently says so by
// a comment in its schema, or the operator runs replay.
func (m *Model) schemaHash() string {
	h := sha256.New()
	fmt.Fprintf(h, "%d\n%s", len(coreSchema), coreSchema)
	for _, v := range m.views {
		fmt.Fprintf(h, "%s\n%d\n%s", v.Name, len(v.Schema), v.Schema)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Reset empties the model. Readers see the old tables until it is done.
func (m *Model) Reset() error {
	m.writing.Lock()
	defer m.writing.Unlock()
	return m.reset()
}

func (m *Model) reset() error {
	for q, s := range m.tx.stmts {
		s.Close()
		delete(m.tx.stmts, q)
	}
	err := m.transaction(func() error {
		if err := m.dropTables(); err != nil {
			return err
		}
		for _, script := range append([]string{coreSchema}, m.schemas()...) {
			if _, err := m.conn.ExecContext(context.Background(), script); err != nil {
				return fmt.Errorf("create tables: %w", err)
			}
		}
		_, err := m.conn.ExecContext(context.Background(), `INSERT OR REPLACE INTO model (one, schema, next, height, forgotten)
			VALUES (1, ?, 0, 0, coalesce((SELECT forgotten FROM model), 0))`, m.schemaHash())
		return err
	})
	if err != nil {
		return fmt.Errorf("reset read model: %w", err)
	}
	m.dockets = map[publica.DocketID]*docketSize{}
	m.move(position{})
	return nil
}

func (m *Model) schemas() []string {
	var all []string
	for _, v := range m.views {
		all = append(all, v.Schema)
	}
	return all
}

func (m *Model) dropTables() error {
	tables, err := tables(m.tx)
	if err != nil {
		return err
	}
	// Views and virtual tables first: the latter take their shadow tables along.
	for _, t := range tables {
		if t.name == "model" {
			continue
		}
		if _, err := m.conn.ExecContext(context.Background(), "DROP "+t.what+" IF EXISTS "+quote(t.name)); err != nil {
			return fmt.Errorf("drop %s: %w", t.name, err)
		}
	}
	for q, s := range m.tx.stmts {
		s.Close()
		delete(m.tx.stmts, q)
	}
	return nil
}

// table is a table or SQL view of the model.
type table struct {
	what    string // TABLE or VIEW
	name    string
	virtual bool
}

// tables lists what the schemas made: SQL views, then virtual tables, then
// plain ones; without the shadow tables of virtual ones.
func tables(q querier) ([]table, error) {
	var all []table
	err := each(q, func(scan Scan) error {
		var t table
		var kind string
		if err := scan(&t.name, &kind); err != nil {
			return err
		}
		t.what, t.virtual = "TABLE", kind == "virtual"
		if kind == "view" {
			t.what = "VIEW"
		}
		all = append(all, t)
		return nil
	}, `SELECT name, type FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'virtual', 'view')
		AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY CASE type WHEN 'view' THEN 0 WHEN 'virtual' THEN 1 ELSE 2 END, name`, nil)
	return all, err
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// transaction runs f in a write transaction of the one write connection.
func (m *Model) transaction(f func() error) error {
	ctx := context.Background()
	if _, err := m.conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	err := f()
	if err == nil {
		if _, err = m.conn.ExecContext(ctx, "COMMIT"); err == nil {
			return nil
		}
	}
	_, undone := m.conn.ExecContext(ctx, "ROLLBACK")
	return errors.Join(err, undone)
}

// move publishes a new position.
func (m *Model) move(p position) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pos = p
	close(m.moved)
	m.moved = make(chan struct{})
}

func (m *Model) position() (position, <-chan struct{}) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.pos, m.moved
}

// Next returns the log index of the next row the model will take: everything
// before it is projected.
func (m *Model) Next() int64 {
	p, _ := m.position()
	return p.next
}

// Wait returns when the row at index is projected, or the context ends.
func (m *Model) Wait(ctx context.Context, index int64) error {
	for {
		p, moved := m.position()
		if p.next > index {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-moved:
		}
	}
}
