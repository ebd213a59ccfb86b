// Package content keeps what entries commit to: bytes and salts, by
// commitment, verified on every read.
//
// It has a store of its own, apart from log and state: content is what may have
// to go one day, and nothing else may stand in its files. The package must not know entries, rules,
// or who may see what.
package content

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"

	"publica"
	"publica/internal/store"
)

// Store keeps content parts. It is safe for concurrent use.
type Store struct {
	db    *store.DB
	parts store.Space
	notes store.Space // about the store itself
	scars store.Space // commitments to what was erased

	mu     sync.RWMutex                // guards all below, and that nothing is kept while it is erased
	erased map[publica.Commitment]bool // what scars holds
}

// Open opens or creates the content store in dir.
func Open(dir string) (*Store, error) { return open(store.Open(dir)) }

// OpenReadOnly opens an existing store and changes nothing in dir.
func OpenReadOnly(dir string) (*Store, error) { return open(store.OpenReadOnly(dir)) }

func open(db *store.DB, err error) (*Store, error) {
	if err != nil {
		return nil, fmt.Errorf("content: %w", err)
	}
	s := &Store{db: db, parts: db.Space('c'), notes: db.Space('n'), scars: db.Space('e'), erased: map[publica.Commitment]bool{}}
	if err := s.scars.Scan(nil, func(key, _ []byte) bool { s.erased[publica.Commitment(key)] = true; return true }); err != nil {
		return nil, fmt.Errorf("content: %w", errors.Join(err, db.Close()))
	}
	return s, nil
}

// Close closes the store.
func (s *Store) Close() error { return s.db.Close() }

// Checkpoint copies the store, as it is at one moment, to dir, which must not
// exist.
func (s *Store) Checkpoint(dir string) error { return s.db.Checkpoint(dir) }

// Keep stores parts under their commitments, but for those that were erased.
// When it returns nil they survive a crash.
func (s *Store) Keep(parts []publica.Content) error {
	if len(parts) == 0 {
		return nil
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	b := s.db.Batch()
	for i := range parts {
		c := parts[i].Commitment()
		if s.erased[c] {
			continue
		}
		if err := b.Set(s.parts, c[:], append(append(make([]byte, 0, len(parts[i].Salt)+len(parts[i].Data)), parts[i].Salt...), parts[i].Data...)); err != nil {
			return fmt.Errorf("keep content: %w", err)
		}
	}
	return b.Commit()
}

// Get returns the content of a commitment, verified. The error is NotFound if
// the node does not hold it.
func (s *Store) Get(c publica.Commitment) (publica.Content, error) {
	raw, err := s.parts.Get(c[:])
	if err != nil {
		return publica.Content{}, err
	}
	if raw == nil && s.Erased(c) {
		return publica.Content{}, publica.Problem(publica.NotFound, "commitment", "is to content that was erased")
	}
	if raw == nil {
		return publica.Content{}, publica.Problem(publica.NotFound, "commitment", "is not held by this node")
	}
	if len(raw) < publica.SaltSize || publica.Commit(raw[:publica.SaltSize], raw[publica.SaltSize:]) != c {
		return publica.Content{}, fmt.Errorf("content %s on disk does not fit its commitment", c)
	}
	return publica.Content{Salt: raw[:publica.SaltSize], Data: raw[publica.SaltSize:]}, nil
}

// Has reports whether the node has nothing to look for under a commitment: it
// holds the content, or has erased it.
func (s *Store) Has(c publica.Commitment) (bool, error) {
	if s.Erased(c) {
		return true, nil
	}
	raw, err := s.parts.Get(c[:])
	return raw != nil, err
}

// Erased reports whether the content of a commitment was erased here.
func (s *Store) Erased(c publica.Commitment) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.erased[c]
}

// Erase carries out the order of that number: bytes and salts of these parts
// are destroyed in all files of the store, and not kept again if they come back.
// If it is cut off it has to be called again.
func (s *Store) Erase(ctx context.Context, number int64, all []publica.Commitment) error {
	if err := s.scar(all); err != nil {
		return err
	}
	keys := make([][]byte, len(all))
	for i := range all {
		keys[i] = all[i][:]
	}
	if err := s.parts.Purge(ctx, keys); err != nil {
		return err
	}
	b := s.db.Batch()
	if err := b.Set(s.notes, carriedKey, binary.BigEndian.AppendUint64(nil, uint64(number+1))); err != nil {
		return fmt.Errorf("note what was erased: %w", err)
	}
	return b.Commit()
}

// scar deletes parts and notes that they were erased.
func (s *Store) scar(all []publica.Commitment) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.db.Batch()
	for _, c := range all {
		s.erased[c] = true
		if err := errors.Join(b.Delete(s.parts, c[:]), b.Set(s.scars, c[:], nil)); err != nil {
			return fmt.Errorf("erase content: %w", err)
		}
	}
	return b.Commit()
}

var carriedKey = []byte("erasures")

// Carried returns how many orders to erase were carried out, 0 for a new store.
func (s *Store) Carried() (int64, error) { return s.number(carriedKey) }

func (s *Store) number(key []byte) (int64, error) {
	raw, err := s.notes.Get(key)
	if err != nil || len(raw) != 8 {
		return 0, err
	}
	return int64(binary.BigEndian.Uint64(raw)), nil
}

var heldKey = []byte("held")

// Held returns the log size that [Store.SetHeld] noted last, 0 for a new store:
// up to there everything was here.
func (s *Store) Held() (int64, error) { return s.number(heldKey) }

// SetHeld notes the log size up to which all content is in the store. The note
// goes with the store: who loses the content loses it too.
func (s *Store) SetHeld(size int64) error {
	b := s.db.Batch()
	if err := b.Set(s.notes, heldKey, binary.BigEndian.AppendUint64(nil, uint64(size))); err != nil {
		return fmt.Errorf("note what content is held: %w", err)
	}
	return b.Commit()
}

// Check reads every part and counts those that do not fit their commitment.
func (s *Store) Check(bad func(publica.Commitment)) (held int64, err error) {
	err = s.parts.Scan(nil, func(key, raw []byte) bool {
		held++
		c := publica.Commitment(key)
		if len(raw) < publica.SaltSize || publica.Commit(raw[:publica.SaltSize], raw[publica.SaltSize:]) != c {
			bad(c)
		}
		return true
	})
	return held, err
}
