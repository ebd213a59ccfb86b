package procurement

import (
	"testing"

	"publica"
	"publica/internal/machine"
)

// TestHeldBy asks at the deadline whether a quorum of those who are validators then
// holds a bid, whoever they were when they said so.
func TestHeldBy(t *testing.T) {
	id := func(n byte) publica.BodyID { return publica.BodyID{n} }
	of := func(powers ...int64) (all []machine.Validator) {
		for i, p := range powers {
			all = append(all, machine.Validator{Body: id(byte(i + 1)), Power: p})
		}
		return all
	}
	for _, x := range []struct {
		what       string
		bid        Bid
		validators []machine.Validator
		want       bool
	}{
		{"three of four", Bid{Holders: []publica.BodyID{id(1), id(2), id(3)}}, of(1, 1, 1, 1), true},
		{"two of three is no quorum", Bid{Holders: []publica.BodyID{id(1), id(2)}}, of(1, 1, 1), false},
		{"by power", Bid{Holders: []publica.BodyID{id(1)}}, of(7, 1, 1), true},
		{"nobody", Bid{}, of(1), false},
		{"the only one", Bid{Holders: []publica.BodyID{id(1)}}, of(1), true},
		{"some of whom are validators no more", Bid{Holders: []publica.BodyID{id(1), id(2), id(9)}}, of(1, 1, 1, 1), false},
		{"more are validators than were", Bid{Holders: []publica.BodyID{id(1)}}, of(1, 1), false},
		{"one that decided alone said so", Bid{Stored: true}, of(1, 1, 1, 1), false},
		{"one that decides alone says so", Bid{Stored: true}, nil, true},
		{"one that decides alone does not", Bid{}, nil, false},
	} {
		if got := x.bid.heldBy(x.validators); got != x.want {
			t.Errorf("%s: %v", x.what, got)
		}
	}
}
