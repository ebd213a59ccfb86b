package faulttest

import (
	"strings"
	"testing"
	"time"
)

// TestWrongClocks runs one node, then two, with clocks five minutes slow or
// fast. One stops nobody. Two of four may stop the register; put right, it goes
// on. Promises made by a wrong clock may name a time too early.
func TestWrongClocks(t *testing.T) {
	build := faulty(t)
	r := Start(t, Options{Validators: 4, Age: time.Hour})
	r.lateness = true
	restart := func(n *Node, skew time.Duration) {
		n.Kill()
		n.build, n.env = build, []string{"PUBLICA_FAULT_SKEW=" + skew.String()}
		n.Start()
	}
	for _, skew := range []time.Duration{-300 * time.Second, 300 * time.Second} {
		for _, wrong := range [][]*Node{r.nodes[3:], r.nodes[2:]} {
			for _, n := range wrong {
				restart(n, skew)
			}
			r.await("/readyz to name the clock", healing, func() string {
				if _, why := wrong[0].readiness(); !strings.Contains(why, "clock") {
					for _, n := range r.nodes { st, err := n.standing(); _, w := n.readiness(); t.Log(n.i, st.Size, st.Cosigned, err, w, r.crowd.count()) }
					time.Sleep(time.Second)
					return why
				}
				return ""
			})
			if len(wrong) == 1 {
				r.awaitGrowth()
			}
			time.Sleep(2 * time.Second)
			for _, n := range wrong {
				restart(n, 0)
			}
			r.allReady()
			r.awaitGrowth()
			r.note("%d of 4 clocks %+.0fs: named, and back", len(wrong), skew.Seconds())
		}
	}
	r.Finish()
}
