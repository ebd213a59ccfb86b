package registertest_test

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"publica"
	"publica/internal/domain/governance"
	"publica/internal/domain/identity"
	"publica/internal/domain/participation"
	"publica/internal/machine"
)

var update = flag.Bool("update", false, "write testdata/golden.txt")

// TestTwoMachines feeds random blocks to a machine that runs on and to one made
// anew from stored state for each block: [registertest.Law] fails unless leaves
// and writes are the same.
func TestTwoMachines(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newStory(t, func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "choice") })
		for range rapid.IntRange(1, 60).Draw(t, "blocks") {
			s.block(6)
		}
		s.law.CheckRegister()
		s.checkCounts()
		s.checkCommitments()
		s.checkGovernance()
		s.checkTenders()
	})
}

// checkCounts compares each docket's counters with its bits and rows.
func (s *story) checkCounts() {
	s.law.View(func(tx *machine.Tx) {
		for _, id := range s.dockets {
			tally := participation.Counts(tx, id)
			open := int64(len(participation.OpenPositions(tx, id, 0, 1<<20)))
			var ghosts, haunting int64
			for _, g := range participation.Ghosts(tx, id) {
				if ghosts++; g.Unexplained() {
					haunting++
				}
			}
			if open != tally.Open || ghosts != tally.GhostCount || haunting != tally.Haunting ||
				tally.Ideas+tally.Comments+tally.Disavowed != int64(len(s.contributions[id])) || tally.Answered() < 0 {
				s.law.T.Fatalf("docket %s: %+v, but %d open, %d ghosts, %d unexplained, %d contributions",
					id, tally, open, ghosts, haunting, len(s.contributions[id]))
			}
		}
	})
}

// checkGovernance: someone can always decide, and govern, and nobody decides
// who does not govern.
func (s *story) checkGovernance() {
	s.law.View(func(tx *machine.Tx) {
		members, all := identity.Members(tx), tx.Validators()
		if len(members) == 0 || len(all) == 0 {
			s.law.T.Fatalf("%d members, %d validators", len(members), len(all))
		}
		for i := range all {
			if r, ok := governance.RecordOf(tx, all[i].Name); !slices.Contains(members, all[i].Body) || !ok || r.Body != all[i].Body {
				s.law.T.Fatalf("validator %s is run by %s, which is no member, or was another's: %+v", all[i].Name, all[i].Body, r)
			}
		}
		for _, m := range members {
			if len(identity.Governors(tx, m)) == 0 {
				s.law.T.Fatalf("member %s has no governor", m)
			}
		}
		for _, id := range s.proposals {
			p, _ := governance.Get(tx, id)
			stranger := func(b publica.BodyID) bool { return !slices.Contains(members, b) }
			if p.Status == governance.Open && (p.Expires <= s.law.Now || 3*len(p.Approvals) > 2*len(members) ||
				slices.ContainsFunc(p.Approvals, stranger) || slices.ContainsFunc(p.Rejections, stranger)) {
				s.law.T.Fatalf("proposal %s is open: %v approve of members %v, %v reject, it expires at %s", id, p.Approvals, members, p.Rejections, p.Expires)
			}
		}
	})
}

// TestGolden replays a fixed history and compares the roots with those on file:
// every architecture, and GOAMD64=v1 as v3, must reach the same.
func TestGolden(t *testing.T) {
	chance := rand.New(rand.NewPCG(1806, 1998))
	s := newStory(t, chance.IntN)
	for range 2200 {
		s.block(12)
	}
	s.law.CheckRegister()
	s.checkCounts()
	s.checkCommitments()
	s.checkGovernance()
	s.checkTenders()
	for _, k := range s.law.Machine().Kinds() {
		if s.accepted[k.Name] == 0 {
			t.Errorf("no %s was accepted: the story is not rich enough", k.Name)
		}
	}
	if !slices.ContainsFunc(s.law.Log, func(l machine.Leaf) bool {
		return !l.IsEntry && bytes.Contains(l.Bytes, []byte(`"docket/retention-ended"`))
	}) {
		t.Error("no retention ended: the story is not rich enough")
	}
	got := fmt.Sprintf("leaves %d\nroot %s\nstate %s\n", len(s.law.Log), s.law.Root(), s.law.StateHash())
	if *update {
		if err := os.WriteFile("testdata/golden.txt", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/golden.txt")
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	t.Logf("accepted %v", s.accepted)
	t.Logf("refused %v", s.refused)
}
