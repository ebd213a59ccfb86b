package node

import (
	"sync"
	"sync/atomic"

	"publica/internal/store"
)

// remembered reads committed state and remembers, until the next commit, what
// it found. Every submission to a docket asks for the same few values: its
// charter, its counts. It is safe for concurrent use.
type remembered struct {
	space store.Space
	found sync.Map // key to value
	size  atomic.Int64
}

// mostRemembered bounds the values kept at one head.
const mostRemembered = 4096

// Get implements [machine.Reader].
func (r *remembered) Get(key []byte) ([]byte, error) {
	if v, ok := r.found.Load(string(key)); ok {
		return v.([]byte), nil
	}
	v, err := r.space.Get(key)
	if err == nil && v != nil && r.size.Add(1) <= mostRemembered {
		r.found.Store(string(key), v)
	}
	return v, err
}

// Scan implements [machine.Reader].
func (r *remembered) Scan(prefix []byte, yield func(key, value []byte) bool) error {
	return r.space.Scan(prefix, yield)
}
