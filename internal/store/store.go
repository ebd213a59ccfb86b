// Package store keeps keys and values on disk: a thin door to Pebble, and the
// only package that knows it.
//
// A [DB] is divided into [Space]s by a one-byte prefix, so that state and log
// share one atomic batch and one fsync. The package must not know what the
// bytes mean.
package store

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"syscall"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/vfs"

	"publica"
)

// DB is an open database. It is safe for concurrent use.
type DB struct {
	p   *pebble.DB
	dir string
}

// Open opens or creates the database in dir.
func Open(dir string) (*DB, error) { return open(dir, false) }

// OpenReadOnly opens an existing database and changes nothing in dir: a damaged
// one is looked at so.
func OpenReadOnly(dir string) (*DB, error) { return open(dir, true) }

func open(dir string, readOnly bool) (*DB, error) {
	options := &pebble.Options{
		ReadOnly: readOnly,
		FS:       newFiles{vfs.Default},
		// Journals of this format say how far they were synced: damage in the
		// middle is told from an end that was torn off by a crash. Tables have a
		// checksum in their footer.
		FormatMajorVersion: pebble.FormatTableFormatV6,
		// Whoever reads a damaged file gets an error; by itself Pebble would end
		// the process.
		EventListener: &pebble.EventListener{DataCorruption: func(info pebble.DataCorruptionInfo) {
			if !readOnly {
				slog.Error("store: a file is damaged; stop the node and run publicad check --heal", "file", info.Path, "err", info.Details)
			}
		}},
		Logger:       quiet{},
		CacheSize:    64 << 20,
		MemTableSize: 32 << 20,
		// Two cores are shared with consensus and signatures; a deeper queue of
		// memtables keeps a burst from stalling a block's commit.
		MemTableStopWritesThreshold: 4,
		L0CompactionThreshold:       4,
		L0StopWritesThreshold:       24,
	}
	// Most questions about an entry are "is it here already?", and the answer
	// is no: a filter spares the look into every level.
	for i := range options.Levels {
		options.Levels[i].FilterPolicy = bloom.FilterPolicy(10)
	}
	p, err := pebble.Open(dir, options)
	if err != nil && (errors.Is(err, syscall.EAGAIN) || strings.Contains(err.Error(), "lock held")) {
		return nil, publica.Problem(publica.Conflict, "", "the folder "+dir+" is in use by another process").
			WithHint("stop the node that runs in it first")
	}
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", dir, err)
	}
	return &DB{p, dir}, nil
}

// Close flushes and closes the database. Open readers must be done.
func (db *DB) Close() error { return db.p.Close() }

// Checkpoint copies the database, as it is at one moment, to dir, which must not
// exist. The database can be used meanwhile. Files are linked, not copied, where
// the file system allows: then a damaged disk damages the copy too.
func (db *DB) Checkpoint(dir string) error {
	if err := db.p.Checkpoint(dir); err != nil {
		return fmt.Errorf("copy store to %s: %w", dir, err)
	}
	return nil
}

// Space returns the part of the database under a one-byte prefix.
func (db *DB) Space(prefix byte) Space { return Space{db, prefix} }

// Space is a part of a DB with keys of its own.
type Space struct {
	db     *DB
	prefix byte
}

func (s Space) key(key []byte) []byte {
	return append(append(make([]byte, 0, 1+len(key)), s.prefix), key...)
}

// Get returns the value of key, or nil if there is none.
func (s Space) Get(key []byte) ([]byte, error) {
	v, closer, err := s.db.p.Get(s.key(key))
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read store: %w", err)
	}
	defer closer.Close()
	if len(v) == 0 {
		return []byte{}, nil
	}
	return bytes.Clone(v), nil
}

// Scan yields keys with the prefix in ascending order until yield returns
// false. Key and value are valid only during the call.
func (s Space) Scan(prefix []byte, yield func(key, value []byte) bool) error {
	return s.ScanFrom(prefix, nil, yield)
}

// ScanFrom is [Space.Scan] that starts at prefix ‖ from.
func (s Space) ScanFrom(prefix, from []byte, yield func(key, value []byte) bool) (err error) {
	lower := s.key(prefix)
	it, err := s.db.p.NewIter(&pebble.IterOptions{LowerBound: append(bytes.Clone(lower), from...), UpperBound: after(lower)})
	if err != nil {
		return fmt.Errorf("scan store: %w", err)
	}
	defer func() {
		if e := it.Close(); err == nil && e != nil {
			err = fmt.Errorf("scan store: %w", e)
		}
	}()
	for ok := it.First(); ok; ok = it.Next() {
		v, err := it.ValueAndErr()
		if err != nil {
			return fmt.Errorf("scan store: %w", err)
		}
		if !yield(it.Key()[1:], v) {
			return nil
		}
	}
	return it.Error()
}

// after returns the first key that does not start with prefix.
func after(prefix []byte) []byte {
	end := bytes.Clone(prefix)
	for i := len(end) - 1; i >= 0; i-- {
		if end[i] != 0xff {
			end[i]++
			return end[:i+1]
		}
	}
	return nil
}

// Batch collects writes that take effect together or not at all.
type Batch struct{ b *pebble.Batch }

// Batch returns an empty batch.
func (db *DB) Batch() *Batch { return &Batch{db.p.NewBatch()} }

// Set puts a value in a space.
func (b *Batch) Set(s Space, key, value []byte) error {
	return b.b.Set(s.key(key), value, nil)
}

// Delete removes a key from a space.
func (b *Batch) Delete(s Space, key []byte) error { return b.b.Delete(s.key(key), nil) }

// Commit makes the batch durable: when it returns nil the writes survive a
// crash of process and machine.
func (b *Batch) Commit() error {
	if err := b.b.Commit(pebble.Sync); err != nil {
		return fmt.Errorf("commit to store: %w", err)
	}
	return nil
}

// CommitLater applies the batch and leaves it to the next Commit to make it
// durable. If the machine stops before, it may be gone, but then so is all that
// came after it.
func (b *Batch) CommitLater() error {
	if err := b.b.Commit(pebble.NoSync); err != nil {
		return fmt.Errorf("commit to store: %w", err)
	}
	return nil
}

// quiet passes Pebble's errors to slog and drops its chatter.
type quiet struct{}

func (quiet) Infof(string, ...any) {}
func (quiet) Errorf(format string, args ...any) {
	slog.Error("store: " + fmt.Sprintf(format, args...))
}
func (quiet) Fatalf(format string, args ...any) {
	// Pebble calls this when going on would corrupt data; the process must end.
	panic("store: " + fmt.Sprintf(format, args...))
}
