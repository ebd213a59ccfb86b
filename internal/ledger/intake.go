package ledger

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"time"

	"publica"
)

const (
	segmentSize = 64 << 20 // bytes after which a new segment is begun
	recycleSize = 4 << 20  // bytes after which a segment without undecided entries is given up early
	batchSize   = 16 << 20 // bytes written before one fsync
)

// Intake is the durable queue of entries that are promised and not yet decided.
// It survives the death of the process and of the machine: an entry is on disk,
// with its content, before anybody is told so.
//
// Appends that come while the disk syncs share the next sync, and one promise:
// P is what the node gives for an entry, made for a whole batch at once.
// A failed fsync is final, since the kernel may have dropped the data and say
// nothing the next time; after one every Append fails. A full disk is not: what
// was half written is cut off, and later Appends try again.
//
// The queue is a folder of append-only segments (their form is described beside
// frameMagic). A segment is deleted when all its entries are decided. All
// methods are safe for concurrent use.
type Intake[P any] struct {
	dir     string
	promise func([]publica.EntryID) ([]P, error)
	create  func(path string) (segmentFile, error)
	limit   int64 // segmentSize, smaller in tests
	lock    *os.File

	mu      sync.Mutex // guards all below; never held while the disk works
	ready   *sync.Cond // pending or closed changed
	pending []*appending[P]
	closed  bool
	failed  error // final
	where   map[publica.EntryID]*segment
	active  *segment // being written
	next    int64    // number of the next segment

	work sync.WaitGroup
}

// segmentFile is what the intake asks of a file. Tests replace it by one that
// fails.
type segmentFile interface {
	Write(b []byte) (int, error)
	Sync() error
	Truncate(size int64) error
	Close() error
}

// segment is one file. Its fields are guarded by the intake's mutex, except
// file and size, which only the writer uses.
type segment struct {
	path      string
	undecided int
	damaged   bool // put aside when done with, not deleted

	file segmentFile
	size int64
}

// appending is an Append that waits.
type appending[P any] struct {
	id    publica.EntryID
	frame []byte
	mute  bool          // no promise is wanted
	turn  bool          // nothing to write: a new segment is to be begun
	done  chan struct{} // closed when the rest is set

	promise P
	err     error
}

// errUnsigned wraps an error of making a promise for an entry that is durable
// all the same.
var errUnsigned = errors.New("the entry is taken in, but its promise could not be made")

// errSync wraps a failed fsync of the folder.
var errSync = errors.New("sync the intake folder")

// OpenIntake opens the queue in dir, which it makes if need be. It calls
// recovered for every entry on disk that decided does not say is on the log,
// in the order in which they came. Signatures are not checked. The content of
// the others is handed to kept before their files go: the process may have died
// when the block was durable and content that came late was not. The damage it
// reports does not keep the queue from working, but tells that entries may be
// missing; see [Damage].
//
// The promise function is called from several goroutines; it returns as many
// promises as it is given ids.
func OpenIntake[P any](dir string, promise func([]publica.EntryID) ([]P, error), decided func(publica.EntryID) bool,
	recovered func(*publica.Signed, []publica.Content), kept func([]publica.Content) error) (*Intake[P], []Damage, error) {
	q := &Intake[P]{
		dir:     dir,
		promise: promise,
		limit:   segmentSize,
		where:   map[publica.EntryID]*segment{},
		create:  func(path string) (segmentFile, error) { return createSegment(path) },
	}
	q.ready = sync.NewCond(&q.mu)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, nil, fmt.Errorf("make intake folder: %w", err)
	}
	if err := q.takeLock(); err != nil {
		return nil, nil, err
	}
	damage, err := q.recover(decided, recovered, kept)
	if err != nil {
		q.lock.Close()
		return nil, damage, err
	}
	q.work.Go(q.write)
	return q, damage, nil
}

// takeLock keeps a second process from writing into the same queue.
func (q *Intake[P]) takeLock() error {
	f, err := os.OpenFile(filepath.Join(q.dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("open intake lock: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return &publica.Error{Code: publica.Conflict, Message: "the intake in " + q.dir + " is in use by another process", Err: err}
	}
	q.lock = f
	return nil
}

// Append writes an entry and its content to disk and returns the promise made
// for it after the fsync. It blocks until then. Without a promise nothing is
// kept, unless the error wraps errUnsigned. The signature must have passed
// CheckForm and the content CheckContent.
//
// A full disk is answered with code busy.
func (q *Intake[P]) Append(s *publica.Signed, content []publica.Content) (P, error) {
	return q.append(s.ID(), s, content)
}

// append is Append for those who know the id already.
func (q *Intake[P]) append(id publica.EntryID, s *publica.Signed, content []publica.Content) (P, error) {
	a := newAppending[P](id, s, content)
	if err := q.enqueue(a); err != nil {
		return a.promise, err
	}
	<-a.done
	return a.promise, a.err
}

// keepAll writes entries of peers, which get no promise, and their content to
// disk. They share fsyncs. It returns an error for each, all nil if all went
// well.
func (q *Intake[P]) keepAll(items []Item) []error {
	errs := make([]error, len(items))
	all := make([]*appending[P], len(items))
	for i, it := range items {
		all[i] = newAppending[P](it.ID, it.Signed, it.Content)
		all[i].mute = true
	}
	if err := q.enqueue(all...); err != nil {
		for i := range errs {
			errs[i] = err
		}
		return errs
	}
	for i, a := range all {
		<-a.done
		errs[i] = a.err
	}
	return errs
}

func newAppending[P any](id publica.EntryID, s *publica.Signed, content []publica.Content) *appending[P] {
	return &appending[P]{id: id, done: make(chan struct{}),
		frame: appendFrame(make([]byte, 0, frameSize(s, content)), &submission{s, content})}
}

// enqueue hands Appends to the writer.
func (q *Intake[P]) enqueue(all ...*appending[P]) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.failed != nil:
		return q.failed
	case q.closed:
		return errStopped
	}
	q.pending = append(q.pending, all...)
	q.ready.Signal()
	return nil
}

// Decided forgets entries that are on the log. Ids the queue does not hold are
// ignored.
func (q *Intake[P]) Decided(ids []publica.EntryID) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, id := range ids {
		seg := q.where[id]
		if seg == nil {
			continue
		}
		delete(q.where, id)
		seg.undecided--
		if seg.undecided == 0 && seg != q.active {
			q.remove(seg)
		}
	}
}

// Purge returns when no file of the queue holds an entry any more that is decided
// now: content of such entries has to go. It waits until those that stand beside
// them in a file are decided too.
func (q *Intake[P]) Purge(ctx context.Context) error {
	a := &appending[P]{mute: true, turn: true, done: make(chan struct{})}
	if err := q.enqueue(a); err != nil {
		return err
	}
	<-a.done
	if a.err != nil {
		return a.err
	}
	q.mu.Lock()
	first := q.next - 1 // of the segment begun for this, or one after it
	q.mu.Unlock()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		old, err := q.segmentsBefore(first)
		if err != nil || old == 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// segmentsBefore counts the segments with lower numbers than n. One that was put
// aside because it is damaged is none: its operator has to look at it.
func (q *Intake[P]) segmentsBefore(n int64) (count int, err error) {
	all, err := os.ReadDir(q.dir)
	if err != nil {
		return 0, fmt.Errorf("purge the intake: %w", err)
	}
	for _, e := range all {
		var number int64
		if _, err := fmt.Sscanf(e.Name(), segmentFileForm, &number); err == nil && e.Name() == fmt.Sprintf(segmentFileForm, number) && number < n {
			count++
		}
	}
	return count, nil
}

// Undecided returns how many entries the queue holds.
func (q *Intake[P]) Undecided() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.where)
}

// Close waits for the Appends under way and closes the queue.
func (q *Intake[P]) Close() error {
	q.mu.Lock()
	q.closed = true
	q.ready.Broadcast()
	q.mu.Unlock()
	q.work.Wait()
	err := q.lock.Close()
	if q.active != nil {
		err = errors.Join(q.active.file.Close(), err)
	}
	return err
}

// remove deletes a segment; the mutex is held. If that fails, its entries are
// found at the next start, and found to be decided.
func (q *Intake[P]) remove(seg *segment) {
	if q.closed { // Close may be waiting for the work already
		_ = seg.discard()
		return
	}
	q.work.Go(func() { _ = seg.discard() })
}

// discard deletes the file, or renames it if somebody should look at it.
func (s *segment) discard() error {
	if s.damaged {
		return os.Rename(s.path, s.path+".damaged")
	}
	return os.Remove(s.path)
}

// write is the only writer: it takes what waits, writes and syncs it at once.
func (q *Intake[P]) write() {
	var buf []byte
	for {
		q.await()
		// Whoever is about to append does it now: else each of a crowd that
		// became runnable together would get an fsync of its own. On an idle
		// node this costs nothing.
		runtime.Gosched()
		batch := q.take()
		if batch == nil {
			return
		}
		buf = buf[:0]
		for _, a := range batch {
			buf = append(buf, a.frame...)
		}
		if err := q.store(batch, buf); err != nil {
			q.forget(batch)
			finish(batch, nil, err)
			continue
		}
		if cap(buf) > 2*batchSize {
			buf = nil
		}
		// The disk need not wait for the signature of the promise.
		if batch = finishMute(batch); len(batch) > 0 {
			q.work.Go(func() { q.keep(batch) })
		}
	}
}

// await returns when an Append waits or the queue is closed.
func (q *Intake[P]) await() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.pending) == 0 && !q.closed {
		q.ready.Wait()
	}
}

// take returns the waiting Appends that fit into one batch, nil when there are
// none because the queue is closed.
func (q *Intake[P]) take() []*appending[P] {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.pending) == 0 {
		return nil
	}
	n, size := 0, 0
	for n < len(q.pending) && (n == 0 || size+len(q.pending[n].frame) <= batchSize) {
		size += len(q.pending[n].frame)
		n++
	}
	batch := q.pending[:n:n]
	q.pending = q.pending[n:]
	return batch
}

// store makes a batch durable in the active segment.
func (q *Intake[P]) store(batch []*appending[P], data []byte) error {
	if q.failed != nil { // only the writer sets it
		return q.failed
	}
	seg, err := q.segmentFor(batch)
	if errors.Is(err, errSync) {
		return q.fail(err)
	}
	if err != nil {
		return diskError("open an intake segment", err)
	}
	if _, err := seg.file.Write(data); err != nil {
		if cut := seg.file.Truncate(seg.size); cut != nil {
			return q.fail(fmt.Errorf("cut off a failed write: %w", errors.Join(cut, err)))
		}
		return diskError("write to the intake", err)
	}
	seg.size += int64(len(data))
	if err := seg.file.Sync(); err != nil {
		return q.fail(fmt.Errorf("sync the intake: %w", err))
	}
	return nil
}

// segmentFor returns the segment to write a batch to and counts the batch in,
// before it is written: a peer's block may decide an entry sooner than our disk
// has it.
func (q *Intake[P]) segmentFor(batch []*appending[P]) (*segment, error) {
	q.mu.Lock()
	old := q.active
	turn := slices.ContainsFunc(batch, func(a *appending[P]) bool { return a.turn })
	full := turn || old == nil || old.size >= q.limit || (old.size >= min(recycleSize, q.limit) && old.undecided == 0)
	n := q.next
	q.mu.Unlock()
	seg := old
	if full {
		seg = &segment{path: filepath.Join(q.dir, fmt.Sprintf(segmentFileForm, n))}
		file, err := q.create(seg.path)
		if err != nil {
			return nil, err
		}
		seg.file = file
		if old != nil {
			_ = old.file.Close() // synced after every write
		}
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if full {
		q.next, q.active = n+1, seg
		if old != nil && old.undecided == 0 {
			q.remove(old)
		}
	}
	for _, a := range batch {
		if !a.turn && q.where[a.id] == nil {
			q.where[a.id] = seg
			seg.undecided++
		}
	}
	return seg, nil
}

// forget takes a batch that could not be written out of the count.
func (q *Intake[P]) forget(batch []*appending[P]) {
	ids := make([]publica.EntryID, len(batch))
	for i, a := range batch {
		ids[i] = a.id
	}
	q.Decided(ids)
}

// fail ends the queue.
func (q *Intake[P]) fail(err error) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.failed = &publica.Error{Code: publica.Internal, Message: "the intake queue has failed and takes no more entries", Err: err,
		Hint: "check the node's disk, then restart the node; everything promised is safe on it"}
	return q.failed
}

// Err returns why the queue has ended, nil while it works.
func (q *Intake[P]) Err() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.failed
}

// keep makes the promises of a durable batch.
func (q *Intake[P]) keep(batch []*appending[P]) {
	ids := make([]publica.EntryID, len(batch))
	for i, a := range batch {
		ids[i] = a.id
	}
	promises, err := q.promise(ids)
	if err == nil && len(promises) != len(batch) {
		err = fmt.Errorf("%d promises for %d entries", len(promises), len(batch))
	}
	if err != nil {
		err = fmt.Errorf("%w: %w", errUnsigned, err)
	}
	finish(batch, promises, err)
}

// finishMute ends the Appends that want no promise and returns the others.
func finishMute[P any](batch []*appending[P]) []*appending[P] {
	var rest []*appending[P]
	for _, a := range batch {
		if a.mute {
			a.frame = nil
			close(a.done)
		} else {
			rest = append(rest, a)
		}
	}
	return rest
}

func finish[P any](batch []*appending[P], promises []P, err error) {
	for i, a := range batch {
		a.frame, a.err = nil, err
		if err == nil {
			a.promise = promises[i]
		}
		close(a.done)
	}
}

// diskError tells a full disk, which passes, from other errors.
func diskError(doing string, err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return &publica.Error{Code: publica.Busy, Message: "the node's disk is full", Err: err,
			Hint: "send the entry again later, or to another node"}
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// createSegment makes a new file and syncs its folder, so that the name is as
// durable as the data.
func createSegment(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		f.Close()
		os.Remove(path)
		return nil, err
	}
	defer dir.Close()
	if err := dir.Sync(); err != nil {
		f.Close()
		return nil, fmt.Errorf("%w: %w", errSync, err)
	}
	return f, nil
}

func frameSize(s *publica.Signed, content []publica.Content) int {
	n := frameHeader + 1 + recordSize(s)
	for i := range content {
		n += 1 + len(content[i].Name) + len(content[i].Salt) + 4 + len(content[i].Data)
	}
	return n
}
