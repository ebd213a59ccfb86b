package readmodel

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"publica"
)

// forgetful keeps texts, and forgets those that a later row names.
func forgetful(refills *int) View {
	return View{Name: "forgetful", Schema: "CREATE TABLE forgetful (idx INTEGER PRIMARY KEY)", Project: func(_ context.Context, tx *Tx, r *Row) error {
		var body struct {
			Forget int64 `json:"forget"`
			Refill bool  `json:"refill"`
		}
		if err := r.Body(&body); err != nil {
			return err
		}
		switch {
		case body.Forget > 0:
			tx.Wipe()
			return tx.Rewrite(body.Forget, "", "")
		case body.Refill:
			*refills++
			return tx.Refill(r)
		}
		return tx.Document(r, "", r.Text("text"))
	}}
}

// noted is a log of rows whose content may go.
type noted struct {
	rows []Row
	gone map[int64]bool
}

func (n *noted) Size() int64 { return int64(len(n.rows)) }
func (n *noted) Rows(_ context.Context, from int64, limit int) ([]Row, error) {
	return n.rows[from:min(int64(len(n.rows)), from+int64(limit))], nil
}

func (n *noted) add(body, text string) {
	i := n.Size()
	e := &publica.Entry{Kind: "test/note", Body: []byte(body)}
	n.rows = append(n.rows, Row{Index: i, Time: 1, ID: publica.EntryID{byte(i >> 8), byte(i), 1}, Seq: -1, Leaf: &publica.Leaf{}, Entry: e,
		Content: func(string) ([]byte, bool) {
			if n.gone[i] {
				return nil, false
			}
			return []byte(text), true
		}})
}

func TestForget(t *testing.T) {
	ctx, path := t.Context(), filepath.Join(t.TempDir(), "model.db")
	refills := 0
	m, err := Open(path, []View{forgetful(&refills)})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	log := &noted{gone: map[int64]bool{}}
	fill := func() {
		t.Helper()
		for m.Next() < log.Size() {
			if err := m.Fill(ctx, log, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	onDisk := func(what string) (where []string) {
		t.Helper()
		files, err := filepath.Glob(path + "*")
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			raw, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(bytes.ToLower(raw), []byte(strings.ToLower(what))) {
				where = append(where, filepath.Base(f))
			}
		}
		return where
	}
	found := func(word string) (n int64) {
		t.Helper()
		if err := m.Read(ctx, func(s *Snapshot) error {
			f, err := s.Search(Search{Text: word, Limit: 10})
			n = f.Total
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return n
	}
	// Random words do not share beginnings, so the index has them whole.
	words := make([]string, 300)
	for i := range words {
		words[i] = rand.Text()
		log.add("{}", fmt.Sprintf("%s %s at number %d", strings.Repeat(rand.Text()+" ", 200), words[i], i))
		if i%20 == 0 {
			fill()
		}
	}
	fill()
	if len(onDisk(words[100])) == 0 || found(words[100]) != 1 {
		t.Fatal("the words were never there: this is no test")
	}

	log.add(`{"forget":100}`, "")
	log.add(`{"forget":7}`, "")
	fill()
	for _, i := range []int{100, 7} {
		if where := onDisk(words[i]); len(where) > 0 || found(words[i]) != 0 {
			t.Errorf("what was forgotten stands in %v, and is found %d times", where, found(words[i]))
		}
	}
	if found(words[101]) != 1 {
		t.Error("a neighbour is not found any more")
	}

	log.gone[200] = true
	log.add(`{"refill":true}`, "")
	fill()
	if where := onDisk(words[200]); len(where) > 0 || refills != 2 {
		t.Errorf("after a refill it stands in %v; asked %d times, want twice", where, refills)
	}
	if found(words[201]) != 1 {
		t.Error("a neighbour is not found after a refill")
	}
}
