package compliance

import (
	_ "embed"
	"sync"
)

//go:embed fastlane.json
var fastLaneText []byte

// FASTLane returns the rule set that comes with the register, after the FASt
// Lane prototype of the U.S. General Services Administration (2017): whether an
// offer is complete, its offeror registered and not excluded, its finances sound
// by the buyer's benchmarks, its prices reasonable. Benchmarks, comparable prices
// and tolerances are inputs; the set knows none.
func FASTLane() *Set { return fastLane() }

var fastLane = sync.OnceValue(func() *Set {
	s, err := Parse(fastLaneText)
	if err != nil {
		panic(err) // a test parses it
	}
	return s
})
