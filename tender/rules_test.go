package tender_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"publica"
	"publica/internal/domain/procurement"
	"publica/internal/machine"
	"publica/internal/registertest"
	"publica/ocds"
	"publica/tender"
)

// TestReadsAsTheRules plays the scenarios of the rules and holds what the records
// tell, after every block, against the state of the rules: a reader without a
// register must come to the same stage, clocks and counts.
func TestReadsAsTheRules(t *testing.T) {
	blocks := 0
	registertest.WatchScenarios(t, "../internal/domain/procurement/testdata/*.txtar", registertest.Domains(), func(t *testing.T, l *registertest.Law) {
		for _, in := range dockets(l) {
			var s procurement.State
			l.View(func(tx *machine.Tx) { s, _ = procurement.Get(tx, in) })
			if s.Stage == "" {
				continue
			}
			p, err := tender.Read(input(t, l, in))
			if err != nil {
				t.Fatalf("block %d: %v", l.Height, err)
			}
			same(t, l, in, &s, p)
			blocks++
		}
	})
	if blocks < 100 {
		t.Errorf("only %d blocks with tenders were looked at", blocks)
	}
}

// TestPublishesScenarios publishes every tender of the scenarios as it stands when
// its stage changes, and checks the packages as strictly as anyone will.
func TestPublishesScenarios(t *testing.T) {
	last, packages := map[publica.DocketID]tender.Stage{}, 0
	registertest.WatchScenarios(t, "../internal/domain/procurement/testdata/*.txtar", registertest.Domains(), func(t *testing.T, l *registertest.Law) {
		for _, in := range dockets(l) {
			var s procurement.State
			l.View(func(tx *machine.Tx) { s, _ = procurement.Get(tx, in) })
			if s.Plan.IsZero() || last[in] == tender.Stage(s.Stage) {
				continue
			}
			last[in] = tender.Stage(s.Stage)
			packages++
			valid(t, timed(t, l, in), contentOf(l))
		}
	})
	if packages < 30 {
		t.Errorf("only %d packages were made", packages)
	}
}

// contentOf is the content of what was signed.
func contentOf(l *registertest.Law) tender.Content {
	return func(id publica.EntryID, part string) ([]byte, bool) {
		for _, x := range l.Texts[id] {
			if x.Name == part {
				return []byte(x.Data), true
			}
		}
		return nil, false
	}
}

var publication = &tender.Publication{Prefix: ocds.FictionalPrefix, Base: "https://demo.publica.example", Name: "Demo"}

// valid checks both packages of a tender, and that they are the same bytes again.
func valid(t *testing.T, in *tender.Input, content tender.Content) {
	t.Helper()
	for _, write := range []func(*tender.Input, tender.Content, *tender.Publication) (*ocds.Node, error){tender.ReleasePackage, tender.RecordPackage} {
		pkg, err := write(in, content, publication)
		if err != nil {
			t.Fatal(err)
		}
		problems, err := tender.CheckPackage(pkg, publication.Prefix)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range problems {
			t.Errorf("%s: %s: %s", p.Path, p.Check, p.Message)
		}
		if again, err := write(in, content, publication); err != nil || !bytes.Equal(ocds.Text(again), ocds.Text(pkg)) {
			t.Errorf("the same records give other bytes: %v", err)
		}
		if t.Failed() {
			t.Fatalf("%s", ocds.Text(pkg))
		}
	}
}

// dockets are those of the log, in order.
func dockets(l *registertest.Law) (all []publica.DocketID) {
	for _, leaf := range l.Log {
		if leaf.Docket != (publica.DocketID{}) && !slices.Contains(all, leaf.Docket) {
			all = append(all, leaf.Docket)
		}
	}
	return all
}

// input is what an export of a docket would give.
func input(t testing.TB, l *registertest.Law, in publica.DocketID) *tender.Input {
	t.Helper()
	var c tender.Collector
	for _, leaf := range l.Log {
		if leaf.Docket != in {
			continue
		}
		parsed, err := publica.ParseLeaf(leaf.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Add(leaf.Seq, parsed); err != nil {
			t.Fatal(err)
		}
	}
	return &tender.Input{Register: registertest.Genesis().Register, Docket: in, Records: c.Records}
}

// timed is input, where each block has a time of its own, as those of a register have:
// in a scenario time stands still until the script moves it.
func timed(t testing.TB, l *registertest.Law, in publica.DocketID) *tender.Input {
	t.Helper()
	out, times, last := input(t, l, in), map[publica.EntryID]publica.Time{}, int64(0)
	var now publica.Time
	for _, leaf := range l.Log {
		parsed, err := publica.ParseLeaf(leaf.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		if parsed.Height != last {
			now, last = max(now+1, parsed.Time), parsed.Height
		}
		times[parsed.ID()] = now
	}
	for i := range out.Records {
		out.Records[i].Time = times[out.Records[i].ID]
	}
	return out
}

func same(t *testing.T, l *registertest.Law, in publica.DocketID, s *procurement.State, p *tender.Process) {
	t.Helper()
	check := func(what string, want, got any) {
		t.Helper()
		if w, g := fmt.Sprint(want), fmt.Sprint(got); w != g {
			t.Fatalf("height %d: the rules have %s %s, the records tell %s", l.Height, what, w, g)
		}
	}
	check("stage", s.Stage, p.Stage)
	check("step", s.Step, p.Step)
	check("cause", s.Cause, p.Cause)
	check("clocks", ruleClocks(s), toldClocks(p))
	check("questions", s.Asked, len(p.Questions))
	check("breaches", s.Breaches, len(p.Breaches))
	check("declarations", len(s.Destroyed), len(p.Destroyed))
	check("revealing", s.Revealing, p.Revealing)
	if s.Stage == procurement.Draft {
		return
	}
	check("round", s.Round, p.Round)
	check("text", s.Text, p.Text())
	check("lots", len(s.Lots), len(p.Lots))
	for i, lot := range p.Lots {
		x := s.Lots[i]
		check("live bids", x.Live, len(p.Live(lot.Name)))
		check("opened", x.Opened, lot.Opened)
		check("winner", x.Winner, lot.Winner)
	}
	l.View(func(tx *machine.Tx) {
		for _, b := range procurement.Bids(tx, in, func(*procurement.Bid) bool { return true }) {
			told := p.Bid(b.Entry)
			if b.Status == procurement.Sealed && b.Text != s.Text {
				b.Status = procurement.Superseded // the rules say so at the deadline
			}
			check("status of "+b.Entry.String(), b.Status, told.Status)
			check("passing of "+b.Entry.String(), b.Passed && !b.Result.IsZero(), told.Passes())
			check("rejection of "+b.Entry.String(), !b.Rejected.IsZero(), told.Rejected != nil)
		}
		for _, c := range p.Contracts {
			a, _ := procurement.AgreementOf(tx, in, c.ID)
			check("value", a.Value, c.Value.Amount)
			check("paid", a.Paid, c.Paid())
			check("supplier", a.Supplier, c.Supplier)
			check("carried out", a.Over == procurement.CarriedOut, !c.Completed.IsZero())
		}
	})
}

func ruleClocks(s *procurement.State) string {
	var all []string
	for _, c := range s.Clocks {
		all = append(all, fmt.Sprint(c.Name, " ", c.Ends, " ", c.Record, " ", c.Subject))
	}
	slices.Sort(all)
	return strings.Join(all, "\n")
}

func toldClocks(p *tender.Process) string {
	var all []string
	for _, c := range p.Clocks {
		if c.Runs() {
			all = append(all, fmt.Sprint(c.Name, " ", c.Ends, " ", c.Record, " ", c.Subject))
		}
	}
	slices.Sort(all)
	return strings.Join(all, "\n")
}
