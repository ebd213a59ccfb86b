package publica

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json/jsontext"
	"encoding/json/v2"
	"strconv"
)

// SaltSize is the size in bytes of the salt of a content part.
const SaltSize = 32

// Content is what one part of an entry commits to. It travels beside the
// entry, never in it, and can be erased: without the salt, the commitment that
// stays says nothing about the bytes.
type Content struct {
	Data []byte `json:"data"` // base64
	Name string `json:"part"`
	Salt []byte `json:"salt"` // 32 bytes, base64
}

// Commit returns the commitment to data under salt.
func Commit(salt, data []byte) (c Commitment) {
	h := sha256.New()
	h.Write(salt)
	h.Write(data)
	h.Sum(c[:0])
	return c
}

// NewContent draws a salt for data and returns the content with the part that
// commits to it.
func NewContent(name, media string, data []byte) (Content, Part) {
	salt := make([]byte, SaltSize)
	rand.Read(salt)
	return Content{Name: name, Salt: salt, Data: data},
		Part{Commitment: Commit(salt, data), Media: media, Name: name, Size: int64(len(data))}
}

// Commitment returns what a part must commit to for this content.
func (c *Content) Commitment() Commitment { return Commit(c.Salt, c.Data) }

// CheckContent checks that each content belongs to a part of the entry, fits
// its commitment and size, and stands once. Parts without content are left to
// the caller: a receipt may lack them, a submission may not.
func CheckContent(e *Entry, content []Content) error {
	var seen [(MaxParts + 63) / 64]uint64 // by index of the part
	for i := range content {
		c := &content[i]
		at := "content/" + strconv.Itoa(i)
		part := e.partIndex(c.Name)
		if part < 0 || part >= MaxParts {
			return Problem(Invalid, at+"/part", "is not a part of the entry")
		}
		p := &e.Content[part]
		switch {
		case seen[part/64]>>(part%64)&1 == 1:
			return Problem(Invalid, at+"/part", "stands twice")
		case len(c.Salt) != SaltSize:
			return Problem(Malformed, at+"/salt", "is not 32 bytes")
		case int64(len(c.Data)) != p.Size:
			return Problem(Unverified, at+"/data", "has "+strconv.Itoa(len(c.Data))+" bytes, the entry says that its part "+p.Name+" has "+strconv.FormatInt(p.Size, 10))
		case c.Commitment() != p.Commitment:
			return Problem(Unverified, at+"/data", "does not fit the entry's commitment to its part "+p.Name).
				WithHint("the commitment is SHA-256 of the 32 salt bytes followed by the data")
		}
		seen[part/64] |= 1 << (part % 64)
	}
	return nil
}

// A Submission is what an author hands to a node: a signed entry and the
// content it commits to. Its JSON form is the body of POST /api/v1/entries:
//
//	{"content":[{"data":"…","part":"text","salt":"…"}],"entry":{…},"signature":{…}}
type Submission struct {
	Signed  Signed
	Content []Content
}

type submissionJSON struct {
	Content   []Content      `json:"content,omitempty"`
	Entry     jsontext.Value `json:"entry"`
	Signature Signature      `json:"signature"`
}

// MarshalJSON returns the JSON form.
func (s *Submission) MarshalJSON() ([]byte, error) {
	return json.Marshal(submissionJSON{s.Content, s.Signed.Raw, s.Signed.Signature}, json.Deterministic(true))
}

// UnmarshalJSON parses the JSON form strictly. The entry is brought into
// canonical form first: white space may differ in transit, the signature is
// over canonical bytes.
func (s *Submission) UnmarshalJSON(text []byte) error {
	if t := (Submission{}); t.scan(text) {
		*s = t
		return nil
	}
	var w submissionJSON
	if err := DecodeStrict(text, &w, ""); err != nil {
		return err
	}
	if w.Entry.Kind() != '{' {
		return Problem(Malformed, "entry", "is missing or not an object")
	}
	if !canonicalValue(w.Entry) {
		if at, bad := notInteger(w.Entry); bad {
			return Problem(Malformed, "entry/"+fieldAt(w.Entry, at), "is a number that is not an integer below 2^53")
		}
		if err := w.Entry.Canonicalize(); err != nil {
			return jsonError(err)
		}
	}
	*s = Submission{Signed: Signed{Raw: w.Entry, Signature: w.Signature}, Content: w.Content}
	return nil
}

// scan is the fast path of UnmarshalJSON, for text that is canonical already.
func (s *Submission) scan(text []byte) bool {
	in := scanner{b: text}
	if !in.next('{') {
		return false
	}
	if in.lit(`"content":[`) {
		for {
			c, ok := in.content()
			if !ok {
				return false
			}
			s.Content = append(s.Content, c)
			if in.lit(`],`) {
				break
			}
			if !in.next(',') {
				return false
			}
		}
	}
	if !in.lit(`"entry":`) {
		return false
	}
	start := in.i
	if !in.object() {
		return false
	}
	s.Signed.Raw = bytes.Clone(text[start:in.i])
	signature, ok := in.signature()
	s.Signed.Signature = signature
	return ok && in.next('}') && in.end()
}

// content passes over one content part in canonical form.
func (s *scanner) content() (c Content, ok bool) {
	if !s.lit(`{"data":`) {
		return c, false
	}
	if c.Data, ok = s.base64(); !ok {
		return c, false
	}
	name, ok := s.member(`,"part":`)
	if !ok || !s.lit(`,"salt":`) {
		return c, false
	}
	c.Name = string(name)
	c.Salt, ok = s.base64()
	return c, ok && s.next('}')
}

// NewSubmission signs e with key and bundles the content.
func NewSubmission(key *PrivateKey, e Entry, content ...Content) (*Submission, error) {
	signed, err := key.Sign(e)
	if err != nil {
		return nil, err
	}
	return &Submission{Signed: *signed, Content: content}, nil
}
