package ledger

import (
	"bytes"
	"errors"
	"io"
	"sync"

	dbm "github.com/cometbft/cometbft-db"
	"github.com/cometbft/cometbft/consensus"
	cmttime "github.com/cometbft/cometbft/types/time"

	"publica"
)

// simDisk is what survives of a node, besides the small files in its folder:
// the engine's stores, what is flushed of its write-ahead log, and the
// register.
type simDisk struct {
	stores map[string]*dbm.MemDB

	mu  sync.Mutex // guards all below
	log []byte     // the write-ahead log from the end of some height on
	app simRegister
}

// simRegister is a register whose root is a hash chain over its blocks.
type simRegister struct {
	height int64
	time   publica.Time
	root   publica.Hash
	ids    map[publica.EntryID]int64 // height of each
	parts  map[publica.Commitment]publica.Content
}

// simStore is a store to which a dead process writes no more.
type simStore struct {
	dbm.DB
	life *simLife
}

func (s *simStore) Set(k, v []byte) error {
	return s.write(func() error { return s.DB.Set(k, v) })
}
func (s *simStore) SetSync(k, v []byte) error { return s.Set(k, v) }
func (s *simStore) Delete(k []byte) error     { return s.write(func() error { return s.DB.Delete(k) }) }
func (s *simStore) DeleteSync(k []byte) error { return s.Delete(k) }
func (s *simStore) NewBatch() dbm.Batch       { return &simBatch{s.DB.NewBatch(), s} }
func (s *simStore) write(f func() error) (err error) {
	s.life.write(func() { err = f() })
	return err
}

type simBatch struct {
	dbm.Batch
	store *simStore
}

func (b *simBatch) Write() error     { return b.store.write(b.Batch.Write) }
func (b *simBatch) WriteSync() error { return b.store.write(b.Batch.WriteSync) }

// simLog is the engine's write-ahead log. What is not flushed dies with the
// process. What is older than the last height but one is forgotten.
type simLog struct {
	life   *simLife
	buffer bytes.Buffer
}

var _ consensus.WAL = (*simLog)(nil)

func (w *simLog) Start() error { return nil }
func (w *simLog) Stop() error  { return w.FlushAndSync() }
func (w *simLog) Wait()        {}

func (w *simLog) Write(m consensus.WALMessage) error {
	return consensus.NewWALEncoder(&w.buffer).Encode(&consensus.TimedWALMessage{Time: cmttime.Now(), Msg: m})
}

func (w *simLog) WriteSync(m consensus.WALMessage) error {
	if end, ok := m.(consensus.EndHeightMessage); ok && end.Height > 0 {
		defer w.forget(end.Height - 1)
	}
	return errors.Join(w.Write(m), w.FlushAndSync())
}

func (w *simLog) FlushAndSync() error {
	d := &w.life.node.disk
	w.life.write(func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.log = append(d.log, w.buffer.Bytes()...)
	})
	w.buffer.Reset()
	return nil
}

// forget drops what stands before the end of that height.
func (w *simLog) forget(height int64) {
	d := &w.life.node.disk
	d.mu.Lock()
	defer d.mu.Unlock()
	if from, _ := findEnd(d.log, height); from >= 0 {
		d.log = bytes.Clone(d.log[from:])
	}
}

// findEnd returns where the mark of that height's end begins and ends,
// negative if there is none.
func findEnd(log []byte, height int64) (from, to int) {
	rest := bytes.NewReader(log)
	d := consensus.NewWALDecoder(rest)
	for {
		from = len(log) - rest.Len()
		m, err := d.Decode()
		if err != nil {
			return -1, -1
		}
		if end, ok := m.Msg.(consensus.EndHeightMessage); ok && end.Height == height {
			return from, len(log) - rest.Len()
		}
	}
}

func (w *simLog) SearchForEndHeight(height int64, _ *consensus.WALSearchOptions) (io.ReadCloser, bool, error) {
	d := &w.life.node.disk
	d.mu.Lock()
	defer d.mu.Unlock()
	_, to := findEnd(d.log, height)
	if to < 0 {
		return nil, false, nil
	}
	return io.NopCloser(bytes.NewReader(d.log[to:])), true, nil
}
