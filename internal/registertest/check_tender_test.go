package registertest_test

import (
	"publica"
	"publica/internal/domain/procurement"
	"publica/internal/machine"
)

// checkTenders compares what is counted of each tender with its rows, and holds it
// to what must never be: an award over a protest, a payment over a contract, a clock
// that nobody will stop.
func (s *story) checkTenders() {
	s.law.View(func(tx *machine.Tx) {
		for _, in := range s.tenders {
			state, _ := procurement.Get(tx, in)
			var protests, running int64
			for _, id := range s.play.protests[in] {
				if d, _ := procurement.DisputeOf(tx, in, id); d.Outcome == "" {
					protests++
				}
			}
			for _, id := range s.play.contracts[in] {
				a, _ := procurement.AgreementOf(tx, in, id)
				if a.Over == "" {
					running++
				}
				var value, paid int64
				for _, m := range a.Milestones {
					value, paid = value+m.Value, paid+m.Paid
				}
				if value != a.Value || paid != a.Paid || a.Paid > a.Value {
					s.law.T.Fatalf("contract %s: %+v", id, a)
				}
			}
			if protests != state.Protests || running != state.Running {
				s.law.T.Fatalf("tender %s: %d protests are open, %d contracts run: %+v", in, protests, running, state)
			}
			for _, c := range state.Clocks {
				if c.Ends <= s.law.Now {
					s.law.T.Fatalf("tender %s: at %s the clock %+v runs", in, s.law.Now, c)
				}
			}
			s.checkLots(tx, in, &state)
		}
	})
}

func (s *story) checkLots(tx *machine.Tx, in publica.DocketID, state *procurement.State) {
	for i, l := range state.Lots {
		var all, left, passed int64
		for _, b := range procurement.Bids(tx, in, func(b *procurement.Bid) bool { return b.Lot == i && counts(b) }) {
			all++
			if live(&b) {
				left++
			}
			if live(&b) && b.Passed {
				passed++
			}
			if b.Entry == l.Winner && !live(&b) {
				s.law.T.Fatalf("tender %s: a bid that is rejected is to win: %+v", in, b)
			}
		}
		if all != l.Bids || left != l.Live || passed != l.Passed {
			s.law.T.Fatalf("tender %s, lot %d: %d bids, %d live, %d pass: %+v", in, i, all, left, passed, l)
		}
	}
}
