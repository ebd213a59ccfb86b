package importer

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json/v2"

	"publica"
)

// A Claim is what an imported statement says about its original: the member
// "imported" of its body.
type Claim struct {
	Label  string       `json:"label,omitzero"` // what the source calls it
	Made   publica.Time `json:"made,omitzero"`  // when the source says it was made
	Source string       `json:"source"`
	URL    string       `json:"url,omitzero"`
}

// A Statement is an entry that is not signed yet.
type Statement struct {
	Source string // names the original, unique within an import: the nonce is drawn from it
	Kind   publica.Kind
	Body   any
	Made   publica.Time
	Parts  []Part
}

// A Part is one piece of a statement's content.
type Part struct {
	Name, Media, Text string
	// Stable says that the same words under the same name give the same
	// commitment in every statement of the docket: a section that comes back
	// unchanged is seen to be unchanged. Not for what people wrote: there, the
	// salt of one would reveal the other.
	Stable bool
}

// A Signer turns statements into submissions of one author to one docket. Nonce
// and salts are derived from the key and the source instead of drawn, so that
// the same statement signed again is the same entry. Who lacks the key can
// derive none of them: erased content stays beyond guessing.
type Signer struct {
	Key      *publica.PrivateKey
	Register string
	Docket   publica.DocketID // zero for statements about the register
	For      publica.BodyID   // the body the importer acts for
}

// Sign returns the submission of s.
func (g Signer) Sign(s Statement) (*publica.Submission, error) {
	body, err := json.Marshal(s.Body, json.Deterministic(true))
	if err != nil {
		return nil, err
	}
	nonce, err := g.Nonce(s.Source)
	if err != nil {
		return nil, err
	}
	e := publica.Entry{
		Body: body, Docket: g.Docket, For: g.For, Kind: s.Kind, Made: s.Made,
		Nonce: nonce, Register: g.Register,
	}
	var content []publica.Content
	for _, p := range s.Parts {
		source := s.Source
		if p.Stable {
			source = ""
		}
		salt, err := g.derive("salt", source+"\x00"+p.Name+"\x00"+p.Text)
		if err != nil {
			return nil, err
		}
		c := publica.Content{Name: p.Name, Salt: salt, Data: []byte(p.Text)}
		content = append(content, c)
		e.Content = append(e.Content, publica.Part{
			Commitment: c.Commitment(), Media: p.Media, Name: p.Name, Size: int64(len(p.Text)),
		})
	}
	return publica.NewSubmission(g.Key, e, content...)
}

// Nonce returns the nonce of the statement drawn from source: an entry by this
// key with this nonce is an earlier import of the same thing.
func (g Signer) Nonce(source string) (n publica.Nonce, err error) {
	sum, err := g.derive("nonce", source)
	copy(n[:], sum)
	return n, err
}

// derive returns HMAC-SHA-256 under the private key of what, the register, the
// docket and source.
func (g Signer) derive(what, source string) ([]byte, error) {
	secret, err := g.Key.MarshalText()
	if err != nil {
		return nil, err
	}
	h := hmac.New(sha256.New, secret)
	h.Write([]byte("publica import " + what + "\n" + g.Register + "\n" + g.Docket.String() + "\n" + source))
	return h.Sum(nil), nil
}
