package trustee

import (
	"publica"
	"publica/sealed"
	"publica/tender"
)

// Secrets are what a trustee keeps of one tender, apart from the key that signs:
// who reads them can open its part of all bids.
type Secrets struct {
	Docket   publica.DocketID `json:"docket"`
	Register string           `json:"register"`
	Trustee  publica.KeyID    `json:"trustee"` // its public key
	Keys     []*KeySecrets    `json:"keys"`
	Sending  *Sending         `json:"sending,omitzero"` // what was signed last
}

// KeySecrets are what it keeps of one key of the tender.
type KeySecrets struct {
	Attempt  int64              `json:"attempt"`
	Envelope string             `json:"envelope"`
	Lot      string             `json:"lot,omitzero"`
	Boxes    []sealed.BoxSecret `json:"boxes"`
	Deal     *sealed.Deal       `json:"deal,omitzero"` // drawn, not yet revealed
}

// Sending is an act with the entry that carries it, kept before it is sent: who
// does not know whether it arrived sends the same again, and never a second.
type Sending struct {
	Act   Act                 `json:"act"`
	Entry *publica.Submission `json:"entry"`
}

// NewSecrets returns the secrets of a trustee who has none yet.
func NewSecrets(p *tender.Process, key publica.KeyID) *Secrets {
	return &Secrets{Docket: p.Docket, Register: p.Register, Trustee: key}
}

// ReadSecrets reads what a trustee kept of a tender, or begins it if there is no
// file. A file of another tender or trustee is refused with code Conflict.
func ReadSecrets(f *File, p *tender.Process, key publica.KeyID) (*Secrets, error) {
	s := NewSecrets(p, key)
	if _, err := f.Read(s); err != nil {
		return nil, err
	}
	if s.Docket != p.Docket || s.Register != p.Register || s.Trustee != key {
		return nil, publica.Problem(publica.Conflict, "", f.Path+" is of another tender, or of another trustee").WithHint("use one file for each tender and trustee")
	}
	return s, nil
}

// of returns what is kept of a key, nil if nothing is.
func (s *Secrets) of(attempt int64, envelope, lot string) *KeySecrets {
	for _, x := range s.Keys {
		if x.Attempt == attempt && x.Envelope == envelope && x.Lot == lot {
			return x
		}
	}
	return nil
}

// forget drops what nothing will ask for any more.
func (s *Secrets) forget(f *File) error {
	if len(s.Keys) == 0 && s.Sending == nil {
		return nil
	}
	s.Keys, s.Sending = nil, nil
	return f.Write(s)
}
