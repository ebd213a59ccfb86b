package faulttest

import (
	"strings"
	"testing"
	"time"
)

// TestWrongClocks runs one node, then two, with clocks five minutes slow or
// fast. One stops nobody, and says what is wrong with it. Of two and two nobody
// can tell which are right; put right, the register goes on. Promises made by a
// slow clock name a time that is over, and are kept late.
func TestWrongClocks(t *testing.T) {
	build := faulty(t)
	r := Start(t, Options{Validators: 4, Age: time.Hour})
	r.lateness = true
	restart := func(skew time.Duration, nodes ...*Node) {
		for _, n := range nodes {
			n.Kill()
			n.build, n.env = build, []string{"PUBLICA_FAULT_SKEW=" + skew.String()}
			n.Start()
		}
	}
	for _, skew := range []time.Duration{-5 * time.Minute, 5 * time.Minute} {
		one, two := r.nodes[3], r.nodes[2]
		restart(skew, one)
		r.await("/readyz to name the clock", healing, func() string {
			if _, why := one.readiness(); !strings.Contains(why, "clock") {
				return why
			}
			return ""
		})
		r.awaitGrowth()
		r.note("one of 4 clocks off by %v: named, nobody stopped", skew)

		restart(skew, two)
		time.Sleep(3 * time.Second)
		restart(0, one, two)
		r.allReady()
		r.awaitGrowth()
		r.note("two of 4 off by %v: put right, all go on", skew)
	}
	r.Finish()
}
