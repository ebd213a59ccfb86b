package machine

import (
	"strconv"
	"time"

	"publica"
)

// Parameters are what the members of a register may change of how it runs.
// There are none but those that the law itself enforces.
type Parameters struct {
	Passkeys     string `json:"passkeys,omitempty"` // domain whose passkeys may sign (their rpId), "": no passkeys
	QuotaEntries int64  `json:"quota_entries"`      // one person may have accepted in quota_hours, 0: no limit
	QuotaHours   int64  `json:"quota_hours"`        // of block time, counted from the first entry
	Silence      int64  `json:"silence_ms"`         // a seal at least this often, in milliseconds
}

// Limits of the parameters.
const (
	MaxQuota      = 1_000_000
	MaxQuotaHours = 366 * 24
	maxSilence    = 24 * time.Hour
)

var (
	parameters    = NewTable[Parameters]("parameters")
	parametersKey = []byte("now")
)

// ParametersOf returns the parameters of the committed state.
func ParametersOf(r Reader) (Parameters, error) {
	b := &Block{reader: r}
	p := (&Tx{block: b}).Parameters()
	return p, b.err
}

// Parameters returns what holds now.
func (tx *Tx) Parameters() Parameters {
	p, _ := parameters.Get(tx, parametersKey)
	return p
}

// SetParameters changes what holds from here on; p has passed Check.
func (tx *Tx) SetParameters(p Parameters) { parameters.Put(tx, parametersKey, p) }

// Check refuses parameters that are out of bounds, naming the field under at.
func (p *Parameters) Check(at string) error {
	if p.Silence <= 0 || p.Silence > maxSilence.Milliseconds() {
		return publica.Problem(publica.Invalid, at+"/silence_ms", "is not between 1 and "+strconv.FormatInt(maxSilence.Milliseconds(), 10)+", a day")
	}
	if p.Passkeys != "" && !publica.ValidHost(p.Passkeys) {
		return publica.Problem(publica.Invalid, at+"/passkeys", "is not a host name").
			WithHint(`the domain of the register's pages, like "example.org", without scheme and port`)
	}
	return CheckQuota(at, p.QuotaEntries, p.QuotaHours)
}

// CheckQuota refuses a quota that is out of bounds or has one of its halves
// only, naming the field under at.
func CheckQuota(at string, entries, hours int64) error {
	switch {
	case entries < 0 || entries > MaxQuota:
		return publica.Problem(publica.Invalid, at+"/quota_entries", "is not between 0 and "+strconv.Itoa(MaxQuota))
	case hours < 0 || hours > MaxQuotaHours:
		return publica.Problem(publica.Invalid, at+"/quota_hours", "is not between 0 and "+strconv.Itoa(MaxQuotaHours))
	case (entries == 0) != (hours == 0):
		return publica.Problem(publica.Invalid, at+"/quota_hours", "and quota_entries belong together: both or none")
	}
	return nil
}
