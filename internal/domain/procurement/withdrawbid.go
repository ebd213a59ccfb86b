package procurement

import (
	"publica"
	"publica/internal/machine"
)

// Withdraw is the body of procurement/withdraw-bid.
type Withdraw struct {
	Bid publica.EntryID `json:"bid"`
}

func checkWithdraw(e *machine.Entry, b *Withdraw) error {
	return machine.First(machine.InDocket(e), checkOne("body/bid", b.Bid), machine.CheckParts(e))
}

func applyWithdraw(tx *machine.Tx, e *machine.Entry, b *Withdraw) error {
	if _, err := participant(tx, e, Bidding); err != nil {
		return err
	}
	bid, ok := BidOf(tx, e.Docket, b.Bid)
	switch {
	case !ok:
		return publica.Problem(publica.NotFound, "body/bid", "is not a bid of this tender").WithHint("name it by the entry id of its procurement/bid")
	case bid.Author != e.Author:
		return publica.Problem(publica.Forbidden, "author", "did not make this bid").WithHint("sign with the key that sealed it")
	case bid.Status != Sealed:
		return publica.Problem(publica.Conflict, "body/bid", "is "+string(bid.Status)+" already")
	}
	bid.Status = Withdrawn
	putBid(tx, e.Docket, bid)
	return nil
}
