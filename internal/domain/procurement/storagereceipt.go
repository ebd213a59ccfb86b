package procurement

import (
	"slices"

	"publica"
	"publica/internal/domain/identity"
	"publica/internal/machine"
)

// Receipt is the body of procurement/storage-receipt: a body that runs a validator
// holds all of a bid, its buckets and its documents, and has compared them with what
// the bid says. Entries are decided without their content: a bid whose buckets its
// bidder alone has could still be held back when others are open. More than two
// thirds of the voting power are a quorum. Where one node decides alone, it has all
// content itself, and its intake key says so of documents.
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
	if !ok {
		return publica.Problem(publica.NotFound, "body/bid", "is not a bid of this tender").WithHint("name it by the entry id of its procurement/bid")
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
	putBid(tx, e.Docket, bid)
	return nil
}

func storedAlone(tx *machine.Tx, e *machine.Entry, b Bid) error {
	if b.Documents == 0 {
		return publica.Problem(publica.Invalid, "body/bid", "has no documents beside its envelopes").WithHint("where one node decides alone, such a bid counts without a receipt")
	}
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
		return publica.Problem(publica.Forbidden, "for", "is not a body that runs a validator").WithHint("name the body whose node holds the bid")
	}
	return identity.RequireRole(tx, e, identity.Governor, identity.Admin, identity.Intake)
}

// heldBy reports whether a quorum of those who are validators now holds the bid.
func (b *Bid) heldBy(validators []machine.Validator) bool {
	if len(validators) == 0 {
		return b.Stored
	}
	var sum, held int64
	for i := range validators {
		sum += validators[i].Power
		if slices.Contains(b.Holders, validators[i].Body) {
			held += validators[i].Power
		}
	}
	return 3*held > 2*sum
}
