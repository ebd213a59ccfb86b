package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// rotations bounds how often the journal is changed in one [Space.Purge]: more
// often than there are old journals kept for use again.
const rotations = 32

// Purge makes sure that no file of the database holds a value of these keys any
// more: they have to be deleted already. Tables that held them are written anew
// without them, journals that did are removed, not used again. What a file system
// or a disk keeps of removed files is not ours to say.
func (s Space) Purge(ctx context.Context, keys [][]byte) error {
	if err := s.db.p.Flush(); err != nil {
		return fmt.Errorf("purge store: %w", err)
	}
	for _, key := range keys {
		k := s.key(key)
		if err := s.db.p.Compact(ctx, k, append(k[:len(k):len(k)], 0), false); err != nil {
			return fmt.Errorf("purge store: %w", err)
		}
	}
	if err := s.changeJournals(ctx); err != nil {
		return err
	}
	return s.db.await(ctx, "tables without use", func() (bool, error) {
		live, err := s.db.tables()
		if err != nil {
			return false, err
		}
		return s.db.gone(".sst", func(n uint64) bool { return !live[n] })
	})
}

// newFiles is a file system that begins every journal as a new file. Pebble would
// write over an old one, behind whose new end the old values stand.
type newFiles struct{ vfs.FS }

func (f newFiles) ReuseForWrite(old, name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	if err := f.Remove(old); err != nil {
		return nil, err
	}
	return f.Create(name, category)
}

// changeJournals begins new journals until all that were there are gone: old ones
// wait in a queue to be written over, with all that stands in them.
func (s Space) changeJournals(ctx context.Context) error {
	last, err := s.db.newest(".log")
	if err != nil {
		return err
	}
	old := func(n uint64) bool { return n <= last }
	for i := range rotations {
		if gone, err := s.db.gone(".log", old); gone || err != nil {
			return err
		}
		// A journal is changed only if something stands in it. No space has this key.
		if err := s.db.p.Set([]byte{0}, []byte(strconv.Itoa(i)), pebble.Sync); err != nil {
			return fmt.Errorf("purge store: %w", err)
		}
		if err := s.db.p.Flush(); err != nil {
			return fmt.Errorf("purge store: %w", err)
		}
	}
	return s.db.await(ctx, "journals", func() (bool, error) { return s.db.gone(".log", old) })
}

// await asks until done says yes, for as long as files take to be removed in the
// background.
func (db *DB) await(ctx context.Context, what string, done func() (bool, error)) error {
	for range 1000 {
		if ok, err := done(); ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
	return fmt.Errorf("purge store %s: old %s are still there", db.dir, what)
}

// gone reports whether no file of that ending has a number that old says yes to.
func (db *DB) gone(ending string, old func(uint64) bool) (bool, error) {
	gone := true
	err := db.files(ending, func(n uint64) { gone = gone && !old(n) })
	return gone, err
}

func (db *DB) newest(ending string) (n uint64, err error) {
	err = db.files(ending, func(is uint64) { n = max(n, is) })
	return n, err
}

// files calls f with the number of each file of that ending.
func (db *DB) files(ending string, f func(n uint64)) error {
	all, err := os.ReadDir(db.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("purge store: %w", err)
	}
	for _, e := range all {
		if name, ok := strings.CutSuffix(filepath.Base(e.Name()), ending); ok {
			if n, err := strconv.ParseUint(name, 10, 64); err == nil {
				f(n)
			}
		}
	}
	return nil
}

// tables returns the numbers of the tables in use.
func (db *DB) tables() (map[uint64]bool, error) {
	levels, err := db.p.SSTables()
	if err != nil {
		return nil, fmt.Errorf("purge store: %w", err)
	}
	live := map[uint64]bool{}
	for _, level := range levels {
		for i := range level {
			live[uint64(level[i].BackingSSTNum)] = true
			live[uint64(level[i].FileNum)] = true
		}
	}
	return live, nil
}
