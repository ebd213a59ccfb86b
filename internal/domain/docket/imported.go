package docket

import (
	"strings"

	"publica"
	"publica/internal/domain/identity"
	"publica/internal/machine"
)

// Imported says where a record was brought from. All of it is the importer's
// claim. What the source called its author is the content part "author".
type Imported struct {
	Label  string       `json:"label,omitzero"` // how the source names it, for example "#10"
	Made   publica.Time `json:"made,omitzero"`  // when the source says it was made
	Source string       `json:"source"`         // the collection it is from, for example "us-nap4"
	URL    string       `json:"url,omitzero"`   // where it stood, http or https
}

// Year10000 is the first time that no record can name: its text form ends there.
const Year10000 publica.Time = 253402300800000

// Check refuses claims that are out of form; nil is no claim.
func (m *Imported) Check(e *machine.Entry) error {
	if m == nil {
		return nil
	}
	const at = "body/imported"
	if err := machine.First(machine.ForBody(e), identity.CheckLabel(at+"/source", m.Source, 200)); err != nil {
		return err
	}
	switch {
	case m.Label != "" && identity.CheckLabel(at+"/label", m.Label, 200) != nil:
		return identity.CheckLabel(at+"/label", m.Label, 200)
	case len(m.URL) > 1000 || m.URL != "" && !strings.HasPrefix(m.URL, "https://") && !strings.HasPrefix(m.URL, "http://"):
		return publica.Problem(publica.Invalid, at+"/url", "is not an http or https address of at most 1000 bytes")
	case m.Made < 0 || m.Made >= Year10000:
		return publica.Problem(publica.Invalid, at+"/made", "is out of range")
	}
	return nil
}
