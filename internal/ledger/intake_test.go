package ledger

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"publica"
)

func openTestIntake(t testing.TB, dir string, decided map[publica.EntryID]bool) (*Intake[testPromise], []publica.EntryID, []Damage) {
	t.Helper()
	var ids []publica.EntryID
	q, damage, err := OpenIntake(dir, testPromises, func(id publica.EntryID) bool { return decided[id] },
		func(s *publica.Signed, _ []publica.Content) { ids = append(ids, s.ID()) }, dropped)
	if err != nil {
		t.Fatal(err)
	}
	return q, ids, damage
}

func dropped([]publica.Content) error { return nil }

// appendAll appends n entries one after the other and returns their ids.
func appendAll(t testing.TB, q *Intake[testPromise], from, n int) []publica.EntryID {
	t.Helper()
	var ids []publica.EntryID
	for i := range n {
		e, c := makeEntry(t, testKey, from+i, 50)
		if _, err := q.Append(e.Signed, c); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, e.ID)
	}
	return ids
}

func segments(t testing.TB, dir string) []string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(dir, "*.seg*"))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func sameIDs(t *testing.T, got, want []publica.EntryID) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d entries came back, want %d", len(got), len(want))
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("entry %d differs", i)
		}
	}
}

func TestIntakeReadsBack(t *testing.T) {
	dir := t.TempDir()
	q, ids, _ := openTestIntake(t, dir, nil)
	if len(ids) != 0 {
		t.Fatal("a new queue holds entries")
	}
	want := appendAll(t, q, 0, 20)
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := q.Append(&publica.Signed{Raw: []byte("x")}, nil); publica.CodeOf(err) != publica.Busy {
		t.Errorf("append to a closed queue: %v", err)
	}
	decided := map[publica.EntryID]bool{want[0]: true, want[7]: true}
	q, got, damage := openTestIntake(t, dir, decided)
	if damage != nil {
		t.Errorf("damage in a good queue: %v", damage)
	}
	sameIDs(t, got, append(append([]publica.EntryID(nil), want[1:7]...), want[8:]...))
	q.Decided(got)
	q.Close()
	if left := segments(t, dir); len(left) != 0 {
		t.Errorf("segments are left though all is decided: %v", left)
	}
}

func TestIntakeKeepsContent(t *testing.T) {
	dir := t.TempDir()
	q, _, _ := openTestIntake(t, dir, nil)
	key, err := publica.GenerateKey(publica.P256)
	if err != nil {
		t.Fatal(err)
	}
	e, c := makeEntry(t, key, 1, 100_000)
	if _, err := q.Append(e.Signed, c); err != nil {
		t.Fatal(err)
	}
	q.Close()
	n := 0
	q, _, err = OpenIntake(dir, testPromises, func(publica.EntryID) bool { return false }, func(s *publica.Signed, content []publica.Content) {
		n++
		opened, err := s.Open()
		if err != nil {
			t.Error(err)
			return
		}
		if err := publica.CheckContent(opened, content); err != nil || len(content) != 1 {
			t.Errorf("%d parts: %v", len(content), err)
		}
	}, dropped)
	if err != nil || n != 1 {
		t.Fatalf("%d entries, %v", n, err)
	}
	q.Close()
}

func TestIntakeIsLocked(t *testing.T) {
	dir := t.TempDir()
	q, _, _ := openTestIntake(t, dir, nil)
	defer q.Close()
	_, _, err := OpenIntake(dir, testPromises, func(publica.EntryID) bool { return false }, func(*publica.Signed, []publica.Content) {}, dropped)
	if publica.CodeOf(err) != publica.Conflict {
		t.Errorf("second opening: %v", err)
	}
}

// A process may die at any byte of a write.
func TestIntakeTornTail(t *testing.T) {
	dir := t.TempDir()
	q, _, _ := openTestIntake(t, dir, nil)
	want := appendAll(t, q, 0, 3)
	q.Close()
	path := segments(t, dir)[0]
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// Where each frame ends.
	var ends []int
	for rest := whole; len(rest) > 0; {
		_, next, ok := parseFrame(rest)
		if !ok {
			t.Fatal("bad frame in a good file")
		}
		rest = next
		ends = append(ends, len(whole)-len(rest))
	}
	for cut := 0; cut <= len(whole); cut++ {
		if cut%7 != 0 && !slices.Contains(ends, cut) {
			continue
		}
		complete := 0
		for _, end := range ends {
			if cut >= end {
				complete++
			}
		}
		for _, tail := range []string{"", strings.Repeat("\xff", 16), strings.Repeat("\x00", 16)} {
			if strings.HasPrefix(tail, "\x00") && !slices.Contains(ends, cut) {
				continue // the content of the entries is zeros: they would be completed
			}
			os.RemoveAll(dir)
			os.MkdirAll(dir, 0o700)
			if err := os.WriteFile(path, append(append([]byte(nil), whole[:cut]...), tail...), 0o600); err != nil {
				t.Fatal(err)
			}
			q, got, damage := openTestIntake(t, dir, nil)
			if damage != nil {
				t.Fatalf("cut at %d: %v", cut, damage)
			}
			sameIDs(t, got, want[:complete])
			q.Close()
			if complete > 0 {
				if info, err := os.Stat(path); err != nil || info.Size() != int64(ends[complete-1]) {
					t.Fatalf("cut at %d: the tail is still there", cut)
				}
			}
		}
	}
}

func TestIntakeDamageInTheMiddle(t *testing.T) {
	dir := t.TempDir()
	q, _, _ := openTestIntake(t, dir, nil)
	want := appendAll(t, q, 0, 5)
	q.Close()
	path := segments(t, dir)[0]
	data, _ := os.ReadFile(path)
	_, rest, _ := parseFrame(data)
	at := len(data) - len(rest) + 40 // in the second frame
	data[at] ^= 1
	os.WriteFile(path, data, 0o600)
	q, got, damage := openTestIntake(t, dir, nil)
	sameIDs(t, got, append(append([]publica.EntryID(nil), want[0]), want[2:]...))
	if len(damage) != 1 || damage[0].File != path || damage[0].From > int64(at) || damage[0].To <= int64(at) {
		t.Errorf("damage at %d reported as %v", at, damage)
	}
	q.Decided(got)
	q.Close()
	if left := segments(t, dir); len(left) != 1 || !strings.HasSuffix(left[0], ".damaged") {
		t.Errorf("a damaged segment must be put aside: %v", left)
	}
}

// faultyFile breaks on demand and counts syncs.
type faultyFile struct {
	segmentFile
	faults *faults
}

type faults struct {
	write, sync, truncate atomic.Pointer[error]
	short                 atomic.Bool // a failing write still writes half
	syncs                 atomic.Int64
	gate                  chan struct{} // if set, a sync waits for it to be closed
}

func (f *faultyFile) Write(b []byte) (int, error) {
	if err := f.faults.write.Load(); err != nil {
		if f.faults.short.Load() {
			n, _ := f.segmentFile.Write(b[:len(b)/2])
			return n, *err
		}
		return 0, *err
	}
	return f.segmentFile.Write(b)
}

func (f *faultyFile) Sync() error {
	f.faults.syncs.Add(1)
	if f.faults.gate != nil {
		<-f.faults.gate
	}
	if err := f.faults.sync.Load(); err != nil {
		return *err
	}
	return f.segmentFile.Sync()
}

func (f *faultyFile) Truncate(n int64) error {
	if err := f.faults.truncate.Load(); err != nil {
		return *err
	}
	return f.segmentFile.Truncate(n)
}

func breakable(q *Intake[testPromise]) *faults {
	f := new(faults)
	q.create = func(path string) (segmentFile, error) {
		file, err := createSegment(path)
		return &faultyFile{file, f}, err
	}
	return f
}

// A full disk refuses entries, loses none, and works again when there is room.
func TestIntakeFullDisk(t *testing.T) {
	dir := t.TempDir()
	q, _, _ := openTestIntake(t, dir, nil)
	f := breakable(q)
	want := appendAll(t, q, 0, 3)
	full := error(&os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC})
	f.write.Store(&full)
	f.short.Store(true)
	e, c := makeEntry(t, testKey, 100, 5000)
	for range 3 {
		if p, err := q.Append(e.Signed, c); publica.CodeOf(err) != publica.Busy {
			t.Fatalf("append to a full disk: %v, %v", p, err)
		}
	}
	if n := q.Undecided(); n != 3 {
		t.Errorf("%d entries counted, want 3", n)
	}
	f.write.Store(nil)
	want = append(want, appendAll(t, q, 200, 2)...)
	q.Close()
	_, got, damage := openTestIntake(t, dir, nil)
	sameIDs(t, got, want)
	if damage != nil {
		t.Error(damage)
	}
}

// On a real file system that is full, where the tests may mount one.
func TestIntakeFullTmpfs(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skip("cannot mount a small tmpfs: ", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	q, _, _ := openTestIntake(t, dir, nil)
	var want []publica.EntryID
	refused := 0
	for i := range 200 {
		e, c := makeEntry(t, testKey, i, 300)
		_, err := q.Append(e.Signed, c)
		switch {
		case err == nil:
			want = append(want, e.ID)
		case publica.CodeOf(err) == publica.Busy:
			refused++
		default:
			t.Fatal(err)
		}
	}
	q.Close()
	if len(want) == 0 || refused == 0 {
		t.Fatalf("%d taken, %d refused", len(want), refused)
	}
	q, got, _ := openTestIntake(t, dir, nil)
	q.Close()
	sameIDs(t, got, want)
}

// After a failed sync nobody knows what is on disk: the queue ends.
func TestIntakeFailedSyncIsFinal(t *testing.T) {
	for _, what := range []string{"sync", "truncate"} {
		t.Run(what, func(t *testing.T) {
			dir := t.TempDir()
			q, _, _ := openTestIntake(t, dir, nil)
			f := breakable(q)
			want := appendAll(t, q, 0, 2)
			bad := errors.New("input/output error")
			if what == "sync" {
				f.sync.Store(&bad)
			} else {
				f.write.Store(&bad)
				f.truncate.Store(&bad)
			}
			e, c := makeEntry(t, testKey, 10, 10)
			if _, err := q.Append(e.Signed, c); publica.CodeOf(err) != publica.Internal {
				t.Fatalf("append: %v", err)
			}
			f.sync.Store(nil)
			f.write.Store(nil)
			f.truncate.Store(nil)
			if _, err := q.Append(e.Signed, c); publica.CodeOf(err) != publica.Internal {
				t.Errorf("append after a failed sync: %v", err)
			}
			q.Close()
			_, got, _ := openTestIntake(t, dir, nil)
			if len(got) < len(want) {
				t.Errorf("%d promised entries came back, want %d", len(got), len(want))
			}
		})
	}
}

// Appends that come while the disk syncs share the next sync, and every one
// gets its own promise of the batch.
func TestIntakeGroupCommit(t *testing.T) {
	dir := t.TempDir()
	q, _, _ := openTestIntake(t, dir, nil)
	f := breakable(q)
	gate := make(chan struct{})
	f.gate = gate
	const n = 300
	var (
		wait   sync.WaitGroup
		mu     sync.Mutex
		places = map[testPromise]bool{}
	)
	for i := range n {
		e, c := makeEntry(t, testKey, i, 10)
		wait.Go(func() {
			p, err := q.Append(e.Signed, c)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			places[p] = true
			if i%2 == 0 {
				q.Decided([]publica.EntryID{e.ID})
			}
		})
		if i == 0 {
			eventually(t, "the first sync", func() bool { return f.syncs.Load() == 1 })
		}
	}
	eventually(t, "everybody to wait", func() bool {
		q.mu.Lock()
		defer q.mu.Unlock()
		return len(q.pending) == n-1
	})
	close(gate)
	wait.Wait()
	if f.syncs.Load() != 2 {
		t.Errorf("%d syncs for %d entries, want 2", f.syncs.Load(), n)
	}
	if len(places) != n || !places[testPromise{n - 2, n - 1}] {
		t.Errorf("%d different promises", len(places))
	}
	if q.Undecided() != n/2 {
		t.Errorf("%d undecided, want %d", q.Undecided(), n/2)
	}
	q.Close()
	_, got, _ := openTestIntake(t, dir, nil)
	if len(got) != n {
		t.Errorf("%d entries on disk, want %d", len(got), n)
	}
}

func TestIntakeSegments(t *testing.T) {
	dir := t.TempDir()
	q, _, _ := openTestIntake(t, dir, nil)
	q.limit = 4000
	ids := appendAll(t, q, 0, 40)
	before := len(segments(t, dir))
	if before < 4 {
		t.Fatalf("%d segments for 40 entries", before)
	}
	q.Decided(ids[:20])
	q.Decided(ids[:20]) // again: nothing
	q.Decided(ids[21:])
	ids = append(ids[20:21:21], appendAll(t, q, 100, 1)...)
	q.Close()
	if after := len(segments(t, dir)); after > 2 {
		t.Errorf("%d segments are left for 2 entries", after)
	}
	q, got, _ := openTestIntake(t, dir, nil)
	defer q.Close()
	for _, id := range ids {
		if q.where[id] == nil {
			t.Errorf("entry %v is lost", id)
		}
	}
	t.Logf("%d segments, then %d; %d entries read back", before, len(segments(t, dir)), len(got))
}

// An entry whose promise cannot be made is durable all the same.
func TestIntakeWithoutPromise(t *testing.T) {
	dir := t.TempDir()
	broken := func([]publica.EntryID) ([]testPromise, error) { return nil, errors.New("no key") }
	q, _, err := OpenIntake(dir, broken, func(publica.EntryID) bool { return false }, func(*publica.Signed, []publica.Content) {}, dropped)
	if err != nil {
		t.Fatal(err)
	}
	e, c := makeEntry(t, testKey, 0, 10)
	if _, err := q.Append(e.Signed, c); !errors.Is(err, errUnsigned) {
		t.Errorf("append: %v", err)
	}
	q.Close()
	_, got, _ := openTestIntake(t, dir, nil)
	sameIDs(t, got, []publica.EntryID{e.ID})
}

// Purge leaves no file that holds what was decided, and nothing that was not is
// lost by it.
func TestIntakePurge(t *testing.T) {
	dir := t.TempDir()
	q, _, _ := openTestIntake(t, dir, nil)
	ids := appendAll(t, q, 0, 6)
	q.Decided(ids[:5])
	before := segments(t, dir)
	ended := make(chan error, 1)
	go func() { ended <- q.Purge(t.Context()) }()
	for len(segments(t, dir)) < 2 { // until it has begun another
		time.Sleep(time.Millisecond)
	}
	late := appendAll(t, q, 6, 2)
	select {
	case err := <-ended:
		t.Fatalf("purged while an entry beside the others waits: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	q.Decided(ids[5:])
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	for _, path := range before {
		if _, err := os.Stat(path); !os.IsNotExist(err) {
			t.Errorf("%s is there still: %v", path, err)
		}
	}
	if q.Undecided() != 2 {
		t.Errorf("%d entries wait, want 2", q.Undecided())
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	q, back, _ := openTestIntake(t, dir, nil)
	sameIDs(t, back, late)
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if err := q.Purge(stopped); !errors.Is(err, context.Canceled) {
		t.Errorf("a purge that was stopped: %v", err)
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	if err := q.Purge(t.Context()); publica.CodeOf(err) != publica.Busy {
		t.Errorf("a purge of a closed queue: %v", err)
	}
}
