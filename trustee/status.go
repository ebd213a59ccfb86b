package trustee

import (
	"slices"

	"publica"
	"publica/tender"
)

// Status says how a service fares.
type Status struct {
	Trustee  publica.KeyID `json:"trustee"`
	Size     int64         `json:"size"`           // leaves of the log that it has read
	Reached  publica.Time  `json:"reached"`        // when it last heard from the register, by its own clock
	Error    string        `json:"error,omitzero"` // why it cannot follow the register; "" if it can
	Failures int64         `json:"failures"`       // to follow it, one after the other; 0 if the last try succeeded
	Failed   int64         `json:"failed"`         // to follow it, of all
	Tenders  []Standing    `json:"tenders"`        // that name the key, in the order in which it met them
}

// Standing is how a service fares with one tender.
type Standing struct {
	Docket   publica.DocketID `json:"docket"`
	Changed  bool             `json:"changed"` // since its records were last acted upon
	Stage    tender.Stage     `json:"stage,omitzero"`
	Last     Act              `json:"last,omitzero"` // that was taken
	Record   publica.EntryID  `json:"record,omitzero"`
	At       publica.Time     `json:"at,omitzero"` // when, by the service's clock
	Acts     int64            `json:"acts"`        // taken, of all
	Error    string           `json:"error,omitzero"`
	Failures int64            `json:"failures"` // one after the other; 0 if the last try succeeded
	Failed   int64            `json:"failed"`   // of all
	Again    publica.Time     `json:"again,omitzero"`
}

// Failing reports whether something was tried last and failed.
func (s *Status) Failing() bool {
	return s.Error != "" || slices.ContainsFunc(s.Tenders, func(t Standing) bool { return t.Error != "" })
}

// Taken returns how many acts were taken.
func (s *Status) Taken() (n int64) {
	for i := range s.Tenders {
		n += s.Tenders[i].Acts
	}
	return n
}

// FailedTries returns how many tries failed, to act or to follow.
func (s *Status) FailedTries() (n int64) {
	for i := range s.Tenders {
		n += s.Tenders[i].Failed
	}
	return n + s.Failed
}
