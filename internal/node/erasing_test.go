package node

import (
	"bytes"
	"crypto/rand"
	"encoding/json/v2"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"publica"
	"publica/internal/domain/identity"
	"publica/internal/machine"
)

// saying signs and submits statements to a node of a test's network.
type saying struct {
	t      *testing.T
	at     *running
	docket publica.DocketID
	body   publica.BodyID
}

func (s *saying) sign(key *publica.PrivateKey, kind publica.Kind, body any, content ...publica.Content) *publica.Submission {
	s.t.Helper()
	raw, err := json.Marshal(body, json.Deterministic(true))
	if err != nil {
		s.t.Fatal(err)
	}
	e := publica.Entry{Register: "test.example", Kind: kind, Docket: s.docket, For: s.body, Made: publica.TimeOf(time.Now()), Nonce: publica.NewNonce(nil), Body: raw}
	for _, c := range content {
		e.Content = append(e.Content, publica.Part{Name: c.Name, Media: "text/plain", Size: int64(len(c.Data)), Commitment: c.Commitment()})
	}
	sub, err := publica.NewSubmission(key, e, content...)
	if err != nil {
		s.t.Fatal(err)
	}
	return sub
}

func (s *saying) say(key *publica.PrivateKey, kind publica.Kind, body any, content ...publica.Content) *publica.Submission {
	s.t.Helper()
	sub := s.sign(key, kind, body, content...)
	within(s.t, time.Minute, string(kind)+" is taken in", func() bool {
		_, err := s.at.reg.Submit(s.t.Context(), sub)
		if err != nil && publica.CodeOf(err) != publica.Busy {
			s.t.Fatalf("%s: %v", kind, err)
		}
		return err == nil
	})
	within(s.t, time.Minute, string(kind)+" is logged", func() bool {
		rec, err := s.at.reg.Record(s.t.Context(), sub.Signed.ID())
		if err == nil && rec.Leaf.Refused != nil {
			s.t.Fatalf("%s: refused: %+v", kind, rec.Leaf.Refused)
		}
		return err == nil
	})
	return sub
}

func words(name, text string) publica.Content {
	c, _ := publica.NewContent(name, "text/plain", []byte(text))
	return c
}

// holds reports which files of a folder hold any of the byte strings.
func holds(t *testing.T, dir string, what ...[]byte) (where []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		raw, err := os.ReadFile(path)
		if os.IsNotExist(err) {
			return nil
		}
		for i, w := range what {
			if bytes.Contains(raw, w) || bytes.Contains(bytes.ToLower(raw), bytes.ToLower(w)) {
				where = append(where, fmt.Sprintf("%s (%d)", strings.TrimPrefix(path, dir), i))
			}
		}
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return where
}

// What is redacted is on no disk of any node, not even of one that was away, and
// every proof still verifies.
func TestErasedEverywhere(t *testing.T) {
	nodes := network(t, 4)
	policy, err := publica.ParsePolicy([]byte(nodes[0].reg.Policy()))
	if err != nil {
		t.Fatal(err)
	}
	office, err := nodes[0].folder.Key("governor")
	if err != nil {
		t.Fatal(err)
	}
	s := &saying{t: t, at: nodes[0]}
	chain := nodes[0].reg.(*register).chain
	if err := chain.machine.View(chain.state, 0, func(tx *machine.Tx) {
		for _, b := range identity.Members(tx) {
			if slices.Contains(identity.Governors(tx, b), office.ID()) {
				s.body = b
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
	for _, role := range []string{"coordinator", "moderator"} {
		s.say(office, "identity/grant", map[string]any{"key": office.ID(), "role": role})
	}
	opened := s.say(office, "docket/open", map[string]any{"type": "consultation", "languages": []string{"en"},
		"charter": map[string]any{"contribute": "anyone", "respond": true, "max_attachments": 1}}, words("title", "A consultation"))
	s.docket = publica.DocketID(opened.Signed.ID())
	within(t, time.Minute, "another node knows the docket", func() bool {
		_, err := nodes[1].reg.Record(t.Context(), opened.Signed.ID())
		return err == nil
	})

	person, err := publica.GenerateKey(publica.Ed25519)
	if err != nil {
		t.Fatal(err)
	}
	phone, name, inFile := rand.Text(), rand.Text(), rand.Text()
	text, author := words("text", "My neighbour's number is "+phone), words("author", name)
	file := words("attachment-1", strings.Repeat(rand.Text(), 3000)+inFile+strings.Repeat(rand.Text(), 3000))
	people := &saying{t: t, at: nodes[1], docket: s.docket}
	people.say(person, "participation/comment", map[string]any{"stance": "support"}, words("text", "A neighbour in the log, who stays"))
	said := people.say(person, "participation/comment", map[string]any{"stance": "oppose"}, text, author, file)
	id := said.Signed.ID()
	for _, n := range nodes {
		within(t, time.Minute, "all hold it and show it", func() bool {
			rec, err := n.reg.Record(t.Context(), id)
			return err == nil && n.reg.(*register).holding.held() > rec.Index && n.reg.Status().Shown > rec.Index
		})
	}
	secrets := [][]byte{[]byte(phone), []byte(name), []byte(inFile), text.Salt, author.Salt, file.Salt}
	for i, n := range nodes {
		if where := holds(t, n.folder.dir, secrets...); len(where) < len(secrets) {
			t.Fatalf("node %d has it only in %v: this is no test", i+1, where)
		}
	}
	whole := receiptOf(t, nodes[0], id)

	nodes[3].stop()
	s.at = nodes[0]
	act := s.say(office, "moderation/redact", map[string]any{"asked": "subject", "basis": "personal-data", "entry": asObject(said.Signed.Raw)}, words("reason", "She asked for it"))
	nodes[3].start(t)
	for _, n := range nodes {
		within(t, time.Minute, "all have erased it", func() bool {
			rec, err := n.reg.Record(t.Context(), act.Signed.ID())
			return err == nil && n.reg.(*register).holding.held() > rec.Index+1 && n.reg.Status().Shown > rec.Index+1
		})
	}
	for i, n := range nodes {
		if where := holds(t, n.folder.dir, secrets...); len(where) > 0 {
			t.Errorf("node %d still has it in %v", i+1, where)
		}
	}

	// The record and its proof stay.
	if v, err := whole.Verify(policy, ""); err != nil || v.Leaf == nil {
		t.Errorf("the receipt from before: %v", err)
	}
	after := receiptOf(t, nodes[0], id)
	if v, err := after.Verify(policy, ""); err != nil || v.Leaf == nil || len(after.Content) > 0 {
		t.Errorf("the receipt from after: %v, with %d parts", err, len(after.Content))
	}
	var export bytes.Buffer
	if err := nodes[2].reg.Export(t.Context(), s.docket, &export); err != nil {
		t.Fatal(err)
	}
	if _, err := publica.VerifyExport(&export, policy, nil); err != nil {
		t.Errorf("the export: %v", err)
	}

	// Who has a copy cannot bring it back.
	again := people.sign(person, "participation/comment", map[string]any{"stance": "oppose"}, text)
	if _, err := nodes[1].reg.Submit(t.Context(), again); publica.CodeOf(err) != publica.Conflict {
		t.Errorf("erased content came again: %v, want a conflict", err)
	}

	// What the read model has is what a new one would have.
	nodes[2].stop()
	var before, anew bytes.Buffer
	if err := DumpReadModel(t.Context(), nodes[2].folder, &before); err != nil {
		t.Fatal(err)
	}
	if _, err := Replay(t.Context(), nodes[2].folder, nil); err != nil {
		t.Fatal(err)
	}
	if err := DumpReadModel(t.Context(), nodes[2].folder, &anew); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(before.Bytes(), anew.Bytes()) {
		t.Error("a read model filled anew is another")
	}
	report, err := Check(t.Context(), nodes[2].folder, nil)
	if err != nil || len(report.Wrong) > 0 || report.Missing > 0 {
		t.Errorf("the check says %v, %d parts missing: %v", report.Wrong, report.Missing, err)
	}
}

// asObject is an entry as acts of moderation carry it.
func asObject(raw []byte) any {
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		panic(err)
	}
	return v
}

func receiptOf(t *testing.T, r *running, id publica.EntryID) *publica.Receipt {
	t.Helper()
	receipt, err := r.reg.Receipt(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return receipt
}
