// Package private keeps what belongs to this node alone and must never reach
// the register: who is signed in, drafts that nobody has signed, addresses that
// digests go to. Every value is a file of its own, so that a deleted one is
// gone from the folder at once and no compaction keeps a copy; the folder is
// mode 0700, its files 0600, and no backup takes them.
//
// The package must not know what the values mean.
package private

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json/v2"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// A Store is an open folder. It is safe for concurrent use, and implements
// web.Vault.
type Store struct {
	dir string
	now func() time.Time

	mu    sync.RWMutex // guards known, and the folder against two writers of a name
	known map[string]time.Time
}

// kept is a value's file.
type kept struct {
	Name  string    `json:"name"`
	Until time.Time `json:"until"`
	Value []byte    `json:"value"`
}

// Open opens or creates the folder, and deletes what has expired. now is the
// clock that values expire by.
func Open(dir string, now func() time.Time) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open private store: %w", err)
	}
	s := &Store{dir: dir, now: now, known: map[string]time.Time{}}
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("open private store: %w", err)
	}
	for _, f := range files {
		path := filepath.Join(dir, f.Name())
		if !strings.HasSuffix(f.Name(), ".json") {
			// A write that a crash cut short: what it held may never come again.
			if err := os.Remove(path); err != nil {
				return nil, fmt.Errorf("open private store: %w", err)
			}
			continue
		}
		k, err := read(path)
		if err != nil {
			return nil, err
		}
		if !k.Until.After(now()) {
			err = os.Remove(path)
		} else {
			s.known[k.Name] = k.Until
		}
		if err != nil {
			return nil, fmt.Errorf("open private store: %w", err)
		}
	}
	return s, nil
}

func read(path string) (k kept, err error) {
	raw, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(raw, &k)
	}
	if err != nil {
		return k, fmt.Errorf("read private value %s: %w", path, err)
	}
	return k, nil
}

// path keeps names out of the folder's listing.
func (s *Store) path(name string) string {
	h := sha256.Sum256([]byte(name))
	return filepath.Join(s.dir, hex.EncodeToString(h[:])+".json")
}

// Get returns the value of a name, unless it has expired.
func (s *Store) Get(name string) (value []byte, ok bool, err error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if until, known := s.known[name]; !known || !until.After(s.now()) {
		return nil, false, nil
	}
	k, err := read(s.path(name))
	return k.Value, err == nil, err
}

// Put keeps a value until a time. When it returns nil the value survives a
// crash; after an error the value before it is still there.
func (s *Store) Put(name string, value []byte, until time.Time) error {
	raw, err := json.Marshal(kept{name, until, value})
	if err != nil {
		return fmt.Errorf("keep private value: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.write(s.path(name), raw); err != nil {
		return fmt.Errorf("keep private value: %w", err)
	}
	s.known[name] = until
	return nil
}

func (s *Store) write(path string, raw []byte) error {
	f, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(raw)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	return s.sync()
}

// sync makes names in the folder durable.
func (s *Store) sync() error {
	d, err := os.Open(s.dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Delete removes a name; nothing happens if it is not there.
func (s *Store) Delete(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.known[name]; !known {
		return nil
	}
	if err := os.Remove(s.path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("delete private value: %w", err)
	}
	delete(s.known, name)
	if err := s.sync(); err != nil {
		return fmt.Errorf("delete private value: %w", err)
	}
	return nil
}

// Each calls f with every name of a prefix and its value, in the order of
// names, until f returns false. f may change the store.
func (s *Store) Each(prefix string, f func(name string, value []byte) bool) error {
	s.mu.RLock()
	var names []string
	for name := range s.known {
		if strings.HasPrefix(name, prefix) {
			names = append(names, name)
		}
	}
	s.mu.RUnlock()
	slices.Sort(names)
	for _, name := range names {
		value, ok, err := s.Get(name)
		if err != nil {
			return err
		}
		if ok && !f(name, value) {
			return nil
		}
	}
	return nil
}

// Sweep deletes what has expired. The node calls it now and then.
func (s *Store) Sweep() error {
	s.mu.RLock()
	var gone []string
	for name, until := range s.known {
		if !until.After(s.now()) {
			gone = append(gone, name)
		}
	}
	s.mu.RUnlock()
	for _, name := range gone {
		if err := s.Delete(name); err != nil {
			return err
		}
	}
	return nil
}
