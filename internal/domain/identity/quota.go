package identity

import (
	"slices"
	"strconv"
	"time"

	"publica"
	"publica/internal/machine"
)

// Quota counts what one person has done within some time.
type Quota struct {
	From publica.Time `json:"from"` // when counting began
	Used int64        `json:"used"`
}

// Spend counts one more, of at most entries within hours of block time. The
// time runs from the first that is counted, and then begins anew. It returns
// an [publica.Error] with code Early when all are used, saying of what.
func (q *Quota) Spend(now publica.Time, entries, hours int64, of string) error {
	if end := q.From.Add(time.Duration(hours) * time.Hour); now >= end {
		*q = Quota{From: now}
	} else if q.Used >= entries {
		return publica.Problem(publica.Early, "author", "has used up the "+strconv.FormatInt(entries, 10)+" "+of+" that one person has in "+strconv.FormatInt(hours, 10)+" hours").
			WithHint("send it again at " + end.String() + " or later")
	}
	q.Used++
	return nil
}

var quotas = machine.NewTable[Quota]("identity-quota") // holder

// withinQuota holds every entry to the register's quota for one person. Who
// acts for a body is not held to it, nor a node that signs for people without a
// key: behind its key are many, whom it limits by their addresses.
func withinQuota(tx *machine.Tx, e *machine.Entry) error {
	p := tx.Parameters()
	if p.QuotaEntries == 0 || ActsForBody(tx, e) || IsIntake(tx, e.Author) || IsFounder(tx, e.Author) {
		return nil
	}
	h := HolderOf(tx, e.Author)
	q, _ := quotas.Get(tx, h[:])
	if err := q.Spend(tx.Time(), p.QuotaEntries, p.QuotaHours, "entries"); err != nil {
		return err
	}
	quotas.Put(tx, h[:], q)
	return nil
}

// ActsForBody reports whether the entry says for which body its author acts,
// and the body gave the author something to do. That somebody is verified or a
// member gives them nothing to do.
func ActsForBody(tx *machine.Tx, e *machine.Entry) bool {
	return e.For != (publica.BodyID{}) && slices.ContainsFunc(RolesOf(tx, e.For, e.Author), func(r Role) bool { return r != VerifiedBy && r != Member })
}
