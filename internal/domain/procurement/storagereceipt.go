package procurement

import (
	"slices"

	"publica"
	"publica/internal/domain/identity"
	"publica/internal/machine"
)

// Receipt is the body of procurement/storage-receipt: a body that runs a validator
// holds all documents of a bid, and has compared them with their hashes. More than
// two thirds of the voting power are a quorum; where one node decides alone, its
// intake key is.
type Receipt struct {
	Bid publica.EntryID `json:"bid"`
}

func checkReceipt(e *machine.Entry, b *Receipt) error {
	return machine.First(machine.InDocket(e), checkOne("body/bid", b.Bid), machine.CheckParts(e))
}

func applyReceipt(tx *machine.Tx, e *machine.Entry, b *Receipt) error {
	if _, err := participant(tx, e, Bidding); err != nil {
		return err
	}
	bid, ok := BidOf(tx, e.Docket, b.Bid)
	switch {
	case !ok:
		return publica.Problem(publica.NotFound, "body/bid", "is not a bid of this tender").WithHint("name it by the entry id of its procurement/bid")
	case bid.Documents == 0:
		return publica.Problem(publica.Invalid, "body/bid", "has no documents beside its envelopes")
	}
	all := tx.Validators()
	if len(all) == 0 {
		return storedAlone(tx, e, bid)
	}
	if err := holds(tx, e, all); err != nil {
		return err
	}
	if slices.Contains(bid.Holders, e.For) {
		return publica.Problem(publica.Conflict, "for", "has given its receipt already")
	}
	bid.Holders = append(slices.Clone(bid.Holders), e.For)
	bid.Stored = quorum(all, bid.Holders)
	putBid(tx, e.Docket, bid)
	return nil
}

func storedAlone(tx *machine.Tx, e *machine.Entry, b Bid) error {
	if !identity.IsIntake(tx, e.Author) {
		return publica.Problem(publica.Forbidden, "author", "is not the intake of the node that decides alone").WithHint("the node signs it when it holds the documents")
	}
	b.Stored = true
	putBid(tx, e.Docket, b)
	return nil
}

// holds refuses who does not speak for a body that runs a validator.
func holds(tx *machine.Tx, e *machine.Entry, all []machine.Validator) error {
	if !slices.ContainsFunc(all, func(v machine.Validator) bool { return v.Body == e.For }) {
		return publica.Problem(publica.Forbidden, "for", "is not a body that runs a validator").WithHint("name the body whose node holds the documents")
	}
	return identity.RequireRole(tx, e, identity.Governor, identity.Admin, identity.Intake)
}

func quorum(all []machine.Validator, holders []publica.BodyID) bool {
	var sum, held int64
	for i := range all {
		sum += all[i].Power
		if slices.Contains(holders, all[i].Body) {
			held += all[i].Power
		}
	}
	return 3*held > 2*sum
}
