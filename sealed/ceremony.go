package sealed

import (
	"strconv"

	"publica"
)

// Bounds of a ceremony.
const (
	MinTrustees = 2
	MaxTrustees = 15
	maxAttempts = 1_000_000
)

// A Ceremony is what a key is made for, by whom, and what they announced. Its
// [Ceremony.ID] is bound into every deal and proof: nothing of one ceremony,
// or of an earlier attempt, counts in another.
type Ceremony struct {
	Attempt   int64            `json:"attempt"`      // from 1; one more whenever it had to be begun anew
	Envelope  string           `json:"envelope"`     // which of a bid's envelopes, for example "technical" or "price"
	Lot       string           `json:"lot,omitzero"` // "" if the tender has no lots
	Register  string           `json:"register"`
	Tender    publica.DocketID `json:"tender"`
	Threshold int              `json:"threshold"` // t: so many learn nothing, t+1 open
	Trustees  []Trustee        `json:"trustees"`  // the first is trustee 1
}

// A Trustee is one place in a ceremony.
type Trustee struct {
	Boxes []BoxKey      `json:"boxes"` // what it announced
	Key   publica.KeyID `json:"key"`   // who signs its records
}

// Check checks the ceremony's form and every announcement.
func (c *Ceremony) Check() error {
	if err := checkScope(c.Register, c.Tender, c.Lot, c.Envelope); err != nil {
		return err
	}
	n := len(c.Trustees)
	switch {
	case c.Attempt < 1 || c.Attempt > maxAttempts:
		return publica.Problem(publica.Invalid, "attempt", "is not between 1 and "+strconv.Itoa(maxAttempts))
	case n < MinTrustees || n > MaxTrustees:
		return publica.Problem(publica.Invalid, "trustees", "are "+strconv.Itoa(n)+", want 2 to 15")
	case c.Threshold < 1 || c.Threshold >= n:
		return publica.Problem(publica.Invalid, "threshold", "is not between 1 and "+strconv.Itoa(n-1)).
			WithHint("threshold trustees learn nothing, one more can open: nobody opens alone, and all together can")
	}
	for i, t := range c.Trustees {
		if err := c.checkTrustee(i, t); err != nil {
			return err
		}
	}
	return nil
}

func (c *Ceremony) checkTrustee(i int, t Trustee) error {
	field := "trustees/" + strconv.Itoa(i)
	if t.Key.IsZero() {
		return publica.Problem(publica.Invalid, field+"/key", "is missing")
	}
	for _, other := range c.Trustees[:i] {
		if other.Key == t.Key {
			return publica.Problem(publica.Invalid, field+"/key", "is a trustee already")
		}
	}
	return under(field, Announcement{t.Boxes}.Check(len(c.Trustees)))
}

// ID names the ceremony: SHA-256 over its canonical JSON.
func (c *Ceremony) ID() Hash { return hashOf("publica sealed v1 ceremony", c) }

// checkIndex refuses what is no trustee's number.
func checkIndex(i, n int, field string) error {
	if i < 1 || i > n {
		return publica.Problem(publica.Invalid, field, "is not between 1 and "+strconv.Itoa(n))
	}
	return nil
}

// checkScope checks what a ceremony and an envelope are about.
func checkScope(register string, tender publica.DocketID, lot, envelope string) error {
	switch {
	case !publica.ValidRegister(register):
		return publica.Problem(publica.Invalid, "register", "is missing or not a register name")
	case tender == publica.DocketID{}:
		return publica.Problem(publica.Invalid, "tender", "is missing")
	case !printable(lot, 0, 64):
		return publica.Problem(publica.Invalid, "lot", "is not at most 64 printable ASCII characters without spaces")
	case !printable(envelope, 1, 32):
		return publica.Problem(publica.Invalid, "envelope", "is not 1 to 32 printable ASCII characters without spaces").
			WithHint(`the usual envelopes are "technical" and "price"`)
	}
	return nil
}

func printable(s string, lo, hi int) bool {
	if len(s) < lo || len(s) > hi {
		return false
	}
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// under puts a path before the field of a refusal.
func under(at string, err error) error {
	e, ok := err.(*publica.Error)
	if !ok {
		return err
	}
	c := *e
	c.Field = at
	if e.Field != "" {
		c.Field += "/" + e.Field
	}
	return &c
}
