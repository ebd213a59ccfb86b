package faulttest

import (
	"math/rand/v2"
	"testing"
)

// TestPartitions cuts the network in every way. Where more than two thirds are
// together they go on; elsewhere nothing is decided, and no two parts decide
// different things.
func TestPartitions(t *testing.T) {
	r := Start(t, Options{Validators: 4})
	for i := range r.often("PARTITIONS", 20, "partitions") {
		p := rand.Perm(4)
		switch i % 4 {
		case 0, 1:
			r.Partition(p[:3])
			r.crowd.awaitPromise(patience)
		case 2:
			r.Partition(p[:2], p[2:])
		case 3:
			r.Partition()
		}
		someTime(2000)
		r.Heal()
		r.awaitGrowth()
	}
	r.Finish()
}
