package docket

import (
	"strconv"

	"publica"
	"publica/internal/domain/identity"
	"publica/internal/machine"
)

var quotas = machine.NewTable[identity.Quota]("docket-quota") // docket ‖ holder

// Spend holds what anyone may send to what the charter asks of them: work in
// every entry, and no more of them than the quota. Who acts for the lead body
// is asked for neither. Nor is a node that signs for people without a key:
// behind its key are many, whom it limits by their addresses.
func (s *State) Spend(tx *machine.Tx, e *machine.Entry) error {
	if e.For == s.Lead && identity.ActsForBody(tx, e) || identity.IsIntake(tx, e.Author) {
		return nil
	}
	c := &s.Charter
	if done := int64(e.ID.Work()); done < c.Work {
		return publica.Problem(publica.Invalid, "nonce", "gives the entry an id with "+strconv.FormatInt(done, 10)+" bits of work, this docket asks for "+strconv.FormatInt(c.Work, 10)).
			WithHint("try nonces until the entry's id begins with so many zero bits, then sign; publica submit does")
	}
	if c.QuotaEntries == 0 {
		return nil
	}
	return identity.Spend(tx, quotas, e.Docket[:], e.Author, c.QuotaEntries, c.QuotaHours, "contributions and endorsements to this docket")
}
