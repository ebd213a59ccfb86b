// Package content keeps what entries commit to: bytes and salts, by
// commitment, verified on every read.
//
// It has a store of its own, apart from log and state: content is what may have
// to go one day, and nothing else may stand in its files. The package must not know entries, rules,
// or who may see what.
package content

import (
	"encoding/binary"
	"fmt"

	"publica"
	"publica/internal/store"
)

// Store keeps content parts. It is safe for concurrent use.
type Store struct {
	db    *store.DB
	parts store.Space
	notes store.Space // about the store itself
}

// Open opens or creates the content store in dir.
func Open(dir string) (*Store, error) { return open(store.Open(dir)) }

// OpenReadOnly opens an existing store and changes nothing in dir.
func OpenReadOnly(dir string) (*Store, error) { return open(store.OpenReadOnly(dir)) }

func open(db *store.DB, err error) (*Store, error) {
	if err != nil {
		return nil, fmt.Errorf("content: %w", err)
	}
	return &Store{db: db, parts: db.Space('c'), notes: db.Space('n')}, nil
}

// Close closes the store.
func (s *Store) Close() error { return s.db.Close() }

// Checkpoint copies the store, as it is at one moment, to dir, which must not
// exist.
func (s *Store) Checkpoint(dir string) error { return s.db.Checkpoint(dir) }

// Keep stores parts under their commitments. When it returns nil they survive
// a crash.
func (s *Store) Keep(parts []publica.Content) error {
	if len(parts) == 0 {
		return nil
	}
	b := s.db.Batch()
	for i := range parts {
		c := parts[i].Commitment()
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
	if raw == nil {
		return publica.Content{}, publica.Problem(publica.NotFound, "commitment", "is not held by this node")
	}
	if len(raw) < publica.SaltSize || publica.Commit(raw[:publica.SaltSize], raw[publica.SaltSize:]) != c {
		return publica.Content{}, fmt.Errorf("content %s on disk does not fit its commitment", c)
	}
	return publica.Content{Salt: raw[:publica.SaltSize], Data: raw[publica.SaltSize:]}, nil
}

// Has reports whether the node holds the content of a commitment.
func (s *Store) Has(c publica.Commitment) (bool, error) {
	raw, err := s.parts.Get(c[:])
	return raw != nil, err
}

var heldKey = []byte("held")

// Held returns the log size that [Store.SetHeld] noted last, 0 for a new store:
// up to there everything was here.
func (s *Store) Held() (int64, error) {
	raw, err := s.notes.Get(heldKey)
	if err != nil || len(raw) != 8 {
		return 0, err
	}
	return int64(binary.BigEndian.Uint64(raw)), nil
}

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
