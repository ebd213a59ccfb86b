package importer

import (
	"context"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"publica"
	"publica/ogp"
)

// A keeping register logs everything it is given, and keeps the leaves.
type keeping struct {
	fakeRegister
	at     publica.Time
	mu     sync.Mutex
	leaves []*publica.Leaf
}

func (k *keeping) Submit(ctx context.Context, s *publica.Submission) (*publica.Receipt, error) {
	r, err := k.fakeRegister.Submit(ctx, s)
	if err != nil {
		return nil, err
	}
	l, err := publica.ParseLeaf(r.Leaf)
	if err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	l.Time = k.at
	k.leaves = append(k.leaves, l)
	return r, nil
}

func theFifth(t *testing.T) *NAP5 {
	t.Helper()
	n, err := ReadNAP5(os.DirFS(dataFolder(t, "us-nap5")))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// certificate is what the requirements say of the imported docket at a moment.
func certificate(t *testing.T, k *keeping, docket publica.DocketID, at publica.Time) map[string]ogp.Finding {
	t.Helper()
	var c ogp.Collector
	position := int64(0)
	for _, l := range k.leaves {
		if e, err := publica.ParseEntry(l.Entry); err != nil || e.Docket != docket && publica.DocketID(l.ID()) != docket {
			continue
		}
		if err := c.Add(position, l); err != nil {
			t.Fatal(err)
		}
		position++
	}
	cert, err := ogp.Evaluate(&ogp.Input{Register: "test.example", Docket: docket, Records: c.Records, Owed: c.Owed(), Sealed: k.at, At: at})
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]ogp.Finding{}
	for _, f := range slices.Concat(cert.Requirements, cert.Contrary) {
		all[f.ID] = f
	}
	return all
}

// The imported plan, held to the eight requirements and the three triggers: at
// once, and two years on.
func TestNAP5Requirements(t *testing.T) {
	n := theFifth(t)
	k := &keeping{at: publica.TimeOf(time.Date(2027, time.March, 1, 0, 0, 0, 0, time.UTC))}
	up := &Upload{To: k, Workers: 4, Patience: time.Minute}
	g := Signer{Key: publica.KeyFromSeed([32]byte{1}), Register: "test.example"}
	found, err := g.Make(t.Context(), up, NAP5Setup, &Found{grants: map[string]bool{}}, k.at)
	if err != nil {
		t.Fatal(err)
	}
	g.Docket, g.For = found.Docket, found.Body
	stages, err := n.Stages(g)
	if err != nil {
		t.Fatal(err)
	}
	if err := up.Stages(t.Context(), stages); err != nil {
		t.Fatal(err)
	}
	var counts []int
	for _, s := range stages[:6] { // the tracker follows
		counts = append(counts, len(s.Submissions))
	}
	if !slices.Equal(counts, []int{1, 1, 8, 18, 18, 1}) {
		t.Errorf("statements by stage: %v", counts)
	}
	type verdict struct {
		state   ogp.State
		missing string // a piece of it; "" for none
	}
	for _, c := range []struct {
		after time.Duration
		want  map[string]verdict
	}{
		{0, map[string]verdict{
			"1.1": {ogp.Pending, "participation/meeting with purpose dialogue"}, "2.1": {ogp.Met, ""}, "2.2": {ogp.Met, ""},
			"3.1": {ogp.Unmet, "participation/timeline"}, "3.2": {ogp.Met, ""}, "3.3": {ogp.Unmet, "docket/amend-charter that names a period"},
			"4.1": {ogp.Met, ""}, "5.1": {ogp.Pending, ""},
			"no-plan": {ogp.Unknown, "topic previous-plan-ended"}, "requirement-unmet": {ogp.Triggered, ""}, "no-progress": {ogp.Clear, ""},
		}},
		{2 * 366 * 24 * time.Hour, map[string]verdict{
			"1.1": {ogp.Unmet, "participation/meeting with purpose dialogue"}, "2.1": {ogp.Unmet, "a fresh export"},
			"2.2": {ogp.Unmet, "participation/evidence"}, "5.1": {ogp.Unmet, "purpose implementation and a period"},
		}},
	} {
		all := certificate(t, k, g.Docket, k.at.Add(c.after))
		for id, want := range c.want {
			f := all[id]
			if f.State != want.state || (want.missing == "") != (f.Missing == "") || !strings.Contains(f.Missing, want.missing) {
				t.Errorf("after %s, %s is %s and misses %q, want %s and %q: %s", c.after, id, f.State, f.Missing, want.state, want.missing, f.Why)
			}
		}
		for id, f := range all {
			if f.State == ogp.Unmet && f.Missing == "" {
				t.Errorf("%s is unmet and does not say what is missing", id)
			}
		}
	}
}

// No person's name or words stand in a body, and every comment says that it is
// a summary.
func TestNAP5SaysWhatItIs(t *testing.T) {
	n := theFifth(t)
	stages, err := n.Stages(signer(t))
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range stages[3].Submissions {
		e, err := s.Signed.Open()
		if err != nil {
			t.Fatal(err)
		}
		if body := string(e.Body); !strings.Contains(body, "not a person's comment") || strings.Contains(body, n.Pairs[i].Heard) {
			t.Errorf("summary %s: %s", n.Pairs[i].ID, body)
		}
		if string(s.Content[0].Data) != n.Pairs[i].Heard {
			t.Errorf("summary %s is not the source's words", n.Pairs[i].ID)
		}
	}
}
