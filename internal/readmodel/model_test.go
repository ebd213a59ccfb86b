package readmodel

import (
	"bytes"
	"context"
	"encoding/json/jsontext"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"publica"
)

// testLog is a log of made-up leaves; nothing here checks signatures.
type testLog struct {
	mu   sync.Mutex
	rows []Row
}

func (l *testLog) Size() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return int64(len(l.rows))
}

func (l *testLog) Rows(_ context.Context, from int64, limit int) ([]Row, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	rows := l.rows[from:min(int64(len(l.rows)), from+int64(limit))]
	fresh := make([]Row, len(rows))
	for i := range rows {
		fresh[i] = rows[i]
		fresh[i].Seq = -1
	}
	return fresh, nil
}

func (l *testLog) add(tb testing.TB, leaf publica.Leaf, text string) publica.EntryID {
	tb.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	n := int64(len(l.rows))
	leaf.Height, leaf.Time = n/100+1, publica.Time(1700000000000+n)
	raw, err := leaf.Bytes()
	if err != nil {
		tb.Fatal(err)
	}
	r, err := NewRow(n, raw, func(publica.Commitment) ([]byte, bool) { return []byte(text), true })
	if err != nil {
		tb.Fatal(err)
	}
	l.rows = append(l.rows, r)
	return r.ID
}

func (l *testLog) entry(tb testing.TB, kind publica.Kind, docket publica.DocketID, text string, refused *publica.Refusal) publica.EntryID {
	tb.Helper()
	n := l.Size()
	var nonce publica.Nonce
	copy(nonce[:], fmt.Sprintf("%016d", n))
	e := publica.Entry{Author: publica.KeyID{1, byte(n), byte(n >> 8), byte(n >> 16)}, Body: jsontext.Value(`{}`), Docket: docket, Kind: kind, Made: publica.Time(1700000000000 + n), Nonce: nonce, Register: "test.example",
		Content: []publica.Part{{Commitment: publica.Commitment{1}, Media: "text/plain", Name: "text", Size: int64(len(text))}}}
	raw, err := e.Canonical()
	if err != nil {
		tb.Fatal(err)
	}
	return l.add(tb, publica.Leaf{Entry: raw, Signature: &publica.Signature{Algorithm: publica.Ed25519}, Refused: refused}, text)
}

// noteView keeps the text of every record of two kinds.
var noteView = View{
	Name:   "note",
	Schema: "CREATE TABLE note (idx INTEGER PRIMARY KEY, docket INTEGER, seq INTEGER, target INTEGER, stance TEXT, answered INTEGER); CREATE INDEX note_docket ON note (docket, seq); CREATE INDEX note_owed ON note (docket, seq) WHERE answered IS NULL;",
	Project: func(_ context.Context, tx *Tx, r *Row) error {
		if r.Kind() != "note/add" {
			return nil
		}
		docket, err := tx.DocketIndex(r.Docket)
		if err != nil {
			return err
		}
		if err := tx.Document(r, "", r.Text("text")); err != nil {
			return err
		}
		return tx.Exec("INSERT INTO note (idx, docket, seq, stance) VALUES (?, ?, ?, 'support')", r.Index, docket, r.Seq)
	},
}

func sampleLog(tb testing.TB, n int) (*testLog, publica.DocketID) {
	l := new(testLog)
	l.add(tb, publica.Leaf{System: &publica.SystemRecord{Kind: "register/genesis", Body: jsontext.Value(`{}`)}}, "")
	d := publica.DocketID(l.entry(tb, "docket/open", publica.DocketID{}, "A docket", nil))
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range n {
		l.entry(tb, "note/add", d, prose(rng, 60), nil)
		if i%500 == 499 {
			l.add(tb, publica.Leaf{Seal: &publica.Seal{}}, "")
		}
	}
	return l, d
}

// prose makes text whose words are as unevenly common as in real text.
func prose(rng *rand.Rand, words int) string {
	zipf := rand.NewZipf(rng, 1.1, 3, 20000)
	var b strings.Builder
	for range words {
		fmt.Fprintf(&b, "w%x ", zipf.Uint64()*2654435761%1000003)
	}
	return b.String()
}

func openModel(tb testing.TB, path string, views ...View) *Model {
	tb.Helper()
	m, err := Open(path, views)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { m.Close() })
	return m
}

func dump(tb testing.TB, m *Model) string {
	tb.Helper()
	var b bytes.Buffer
	if err := m.Dump(tb.Context(), &b); err != nil {
		tb.Fatal(err)
	}
	return b.String()
}

func TestFollowEqualsRebuild(t *testing.T) {
	l, d := sampleLog(t, 700)
	m := openModel(t, filepath.Join(t.TempDir(), "model.db"), noteView)
	ctx, cancel := context.WithCancel(t.Context())
	changed := make(chan struct{}, 1)
	done := make(chan error, 1)
	go func() { done <- m.Follow(ctx, l, changed) }()
	for i := range 50 {
		var refused *publica.Refusal
		if i%7 == 0 {
			refused = &publica.Refusal{Code: publica.Late, Message: "the period is over"}
		}
		l.entry(t, "note/add", d, "one more", refused)
		select {
		case changed <- struct{}{}:
		default:
		}
	}
	if err := m.Wait(ctx, l.Size()-1); err != nil {
		t.Fatal(err)
	}
	live := dump(t, m)
	cancel()
	if err := <-done; err != context.Canceled {
		t.Fatalf("follow ended with %v", err)
	}
	if strings.Count(live, "\nrefused\t") != 8 {
		t.Errorf("want 8 refused rows in:\n%.300s", live)
	}
	if strings.Count(live, "\nnote\t") != 742 {
		t.Errorf("notes: %d", strings.Count(live, "\nnote\t"))
	}
	var last int64
	if err := m.Rebuild(t.Context(), l, func(n, total int64) { last = n }); err != nil {
		t.Fatal(err)
	}
	if last != l.Size() {
		t.Errorf("progress ended at %d of %d", last, l.Size())
	}
	if again := dump(t, m); again != live {
		t.Error("a rebuilt model differs from the one that followed")
	}
}

func TestReopenResumesAndSchemaChangeRefills(t *testing.T) {
	l, d := sampleLog(t, 20)
	path := filepath.Join(t.TempDir(), "sub", "model.db")
	m := openModel(t, path, noteView)
	if err := m.Fill(t.Context(), l, nil); err != nil {
		t.Fatal(err)
	}
	before := dump(t, m)
	m.Close()

	m = openModel(t, path, noteView)
	if m.Next() != l.Size() || dump(t, m) != before {
		t.Fatalf("reopened at %d of %d", m.Next(), l.Size())
	}
	l.entry(t, "note/add", d, "after the restart", nil)
	if err := m.Fill(t.Context(), l, nil); err != nil {
		t.Fatal(err)
	}
	after := dump(t, m)
	m.Close()

	changed := noteView
	changed.Schema += " -- another way"
	m = openModel(t, path, changed)
	if m.Next() != 0 {
		t.Fatalf("another schema kept the rows: next is %d", m.Next())
	}
	if err := m.Fill(t.Context(), l, nil); err != nil {
		t.Fatal(err)
	}
	cut := func(s string) string { return s[:strings.Index(s, "\nmodel\t")] + s[strings.Index(s, "\nnote\t"):] }
	if cut(dump(t, m)) != cut(after) {
		t.Error("refilled tables differ")
	}
}

func TestAnotherLogRefills(t *testing.T) {
	a, _ := sampleLog(t, 20)
	m := openModel(t, filepath.Join(t.TempDir(), "model.db"), noteView)
	if err := m.Fill(t.Context(), a, nil); err != nil {
		t.Fatal(err)
	}
	b := new(testLog)
	for range 40 {
		b.entry(t, "note/add", publica.DocketID{}, "other", nil)
	}
	if err := m.Fill(t.Context(), b, nil); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(dump(t, m), "\nnote\t"); n != 40 {
		t.Errorf("%d notes, want the 40 of the other log", n)
	}
}

func TestFailedProjectionChangesNothing(t *testing.T) {
	l, d := sampleLog(t, 20)
	fail := true
	v := noteView
	v.Project = func(ctx context.Context, tx *Tx, r *Row) error {
		if fail && r.Index == 15 {
			return fmt.Errorf("broken")
		}
		return noteView.Project(ctx, tx, r)
	}
	m := openModel(t, filepath.Join(t.TempDir(), "model.db"), v)
	if err := m.Fill(t.Context(), l, nil); err == nil || m.Next() != 0 {
		t.Fatalf("err %v, next %d", err, m.Next())
	}
	fail = false
	l.entry(t, "note/add", d, "later", nil)
	if err := m.Fill(t.Context(), l, nil); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(dump(t, m), "\nnote\t"); n != 21 {
		t.Errorf("%d notes", n)
	}
}

func TestReadTimesOut(t *testing.T) {
	l, _ := sampleLog(t, 5)
	m := openModel(t, filepath.Join(t.TempDir(), "model.db"), noteView)
	if err := m.Fill(t.Context(), l, nil); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err := m.Read(ctx, func(s *Snapshot) error {
		var n int64
		_, err := s.One("WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM c) SELECT count(*) FROM c", nil, &n)
		return err
	})
	if publica.CodeOf(err) != publica.Busy {
		t.Errorf("an endless query gave %v", err)
	}
	if err := m.Read(t.Context(), func(s *Snapshot) error {
		_, err := s.One("DELETE FROM note RETURNING 1", nil)
		return err
	}); err == nil {
		t.Error("a read could write")
	}
}

func BenchmarkProject(b *testing.B) {
	l, _ := sampleLog(b, 30000)
	for b.Loop() {
		m := openModel(b, filepath.Join(b.TempDir(), "model.db"), noteView)
		start := time.Now()
		if err := m.Fill(b.Context(), l, nil); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(l.Size())/time.Since(start).Seconds(), "rows/s")
	}
}
