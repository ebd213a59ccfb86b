package trustee

import (
	"slices"
	"strings"

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
	Acts     int64            `json:"acts"`            // of the key, on record
	Last     publica.Kind     `json:"last,omitzero"`   // of the last of them
	Record   publica.EntryID  `json:"record,omitzero"` // its id
	At       publica.Time     `json:"at,omitzero"`     // its block time
	Error    string           `json:"error,omitzero"`
	Failures int64            `json:"failures"` // one after the other; 0 if the last try succeeded
	Failed   int64            `json:"failed"`   // of all
	Again    publica.Time     `json:"again,omitzero"`
}

// Failing reports whether something was tried last and failed.
func (s *Status) Failing() bool {
	return s.Error != "" || slices.ContainsFunc(s.Tenders, func(t Standing) bool { return t.Error != "" })
}

// tell says what is on record of a key's acts.
func (t *Standing) tell(p *tender.Process, key publica.KeyID) {
	t.Stage, t.Acts = p.Stage, 0
	for i := range p.Steps {
		if x := &p.Steps[i]; x.Author == key && x.Refused == "" && (x.Kind == "procurement/open-share" || strings.HasPrefix(string(x.Kind), "procurement/trustee-")) {
			t.Acts, t.Last, t.Record, t.At = t.Acts+1, x.Kind, x.ID, x.Time
		}
	}
}

// Taken returns how many acts are on record.
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
