package identity

import (
	"slices"
	"strconv"
	"time"

	"publica"
	"publica/internal/machine"
)

// Quota counts what one person has sent within some time.
type Quota struct {
	From publica.Time `json:"from"` // when counting began
	Used int64        `json:"used"`
}

// Spend counts one more entry of author, of at most entries within hours of
// block time, in table under prefix. The time runs from the first that is
// counted, and then begins anew. It returns an [publica.Error] with code Early
// when all are used, saying of what. It counts for the person and for the key:
// a key that changes accounts does not begin anew.
func Spend(tx *machine.Tx, table machine.Table[Quota], prefix []byte, author publica.KeyID, entries, hours int64, of string) error {
	holders := []Holder{HolderOf(tx, author), Holder(author)}
	for _, h := range slices.Compact(holders) {
		key := machine.Key(prefix, h[:])
		q, _ := table.Get(tx, key)
		if end := q.From.Add(time.Duration(hours) * time.Hour); tx.Time() >= end {
			q = Quota{From: tx.Time()}
		} else if q.Used >= entries {
			return publica.Problem(publica.Early, "author", "has used up the "+strconv.FormatInt(entries, 10)+" "+of+" that one person has in "+strconv.FormatInt(hours, 10)+" hours").
				WithHint("send it again at " + end.String() + " or later")
		}
		q.Used++
		table.Put(tx, key, q)
	}
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
	return Spend(tx, quotas, nil, e.Author, p.QuotaEntries, p.QuotaHours, "entries")
}

// ActsForBody reports whether the entry says for which body its author acts,
// and the body gave the author something to do. That somebody is verified or a
// member gives them nothing to do.
func ActsForBody(tx *machine.Tx, e *machine.Entry) bool {
	return e.For != (publica.BodyID{}) && slices.ContainsFunc(RolesOf(tx, e.For, e.Author), func(r Role) bool { return r != VerifiedBy && r != Member })
}
