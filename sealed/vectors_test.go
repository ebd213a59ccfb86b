package sealed

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json/jsontext"
	"errors"
	"io"
	"slices"
	"testing"

	"publica"
	"publica/internal/golden"
)

const vectorPath = "../testdata/vectors/sealed.json"

// A vector is one case for other implementations; which members it has depends
// on its type. What a record would hold stands as JSON.
type vector struct {
	Name string `json:"name"`
	Type string `json:"type"`

	Trustees     int            `json:"trustees,omitzero"`
	Announcement jsontext.Value `json:"announcement,omitzero"`
	Ceremony     jsontext.Value `json:"ceremony,omitzero"`

	Dealer      int              `json:"dealer,omitzero"`
	Commitment  Hash             `json:"commitment,omitzero"`
	Deal        jsontext.Value   `json:"deal,omitzero"`
	Complaint   jsontext.Value   `json:"complaint,omitzero"`
	Commitments []Hash           `json:"commitments,omitempty"` // zero: none
	Deals       []jsontext.Value `json:"deals,omitempty"`       // null: none
	Complaints  []jsontext.Value `json:"complaints,omitempty"`

	Key      jsontext.Value   `json:"key,omitzero"`
	Share    jsontext.Value   `json:"share,omitzero"`
	Shares   []jsontext.Value `json:"shares,omitempty"`
	Context  jsontext.Value   `json:"context,omitzero"`
	Envelope jsontext.Value   `json:"envelope,omitzero"`
	Secret   string           `json:"secret,omitzero"`  // r, or that of a box
	Random   []byte           `json:"random,omitempty"` // what is drawn from, in order

	Partial     jsontext.Value   `json:"partial,omitzero"`
	Member      int              `json:"member,omitzero"`
	Board       []jsontext.Value `json:"board,omitempty"`
	Decryptions []Decryption     `json:"decryptions,omitempty"`
	Blob        jsontext.Value   `json:"blob,omitzero"`

	Bytes   []byte `json:"bytes,omitempty"`   // the bucket, or the blob's ciphertext
	BytesOf string `json:"bytes_of,omitzero"` // the case whose bytes are meant
	Alter   int    `json:"alter,omitzero"`    // then flip the lowest bit of this one
	Cut     int    `json:"cut,omitzero"`      // then keep so many

	ID        Hash    `json:"id,omitzero"`    // of the ceremony, or of the context under the key
	Made      *Key    `json:"made,omitempty"` // the key of a ceremony
	Faults    []Fault `json:"faults,omitempty"`
	Bid       []byte  `json:"bid,omitempty"`
	Shared    Point   `json:"shared,omitzero"`     // x·R = r·Y, for the reader
	BucketKey Hash    `json:"bucket_key,omitzero"` // for the reader
	Point     Point   `json:"point,omitzero"`
	Document  Hash    `json:"document,omitzero"` // SHA-256 of it

	Valid  bool         `json:"valid"`
	Code   publica.Code `json:"code,omitzero"`
	Field  string       `json:"field,omitzero"`
	Reason string       `json:"reason,omitzero"`
}

// decoded reads a member strictly.
func decoded[T any](raw jsontext.Value) (*T, error) {
	v := new(T)
	return v, publica.DecodeStrict(raw, v, "")
}

func decodedAll[T any](raws []jsontext.Value) (all []*T, err error) {
	for _, raw := range raws {
		var v *T
		if raw.Kind() != 'n' {
			if v, err = decoded[T](raw); err != nil {
				return nil, err
			}
		}
		all = append(all, v)
	}
	return all, nil
}

func values[T any](pointers []*T) (all []T) {
	for _, p := range pointers {
		all = append(all, *p)
	}
	return all
}

// solve runs the case as anybody would and fills in what it gives.
func (v *vector) solve(all []*vector) error {
	switch v.Type {
	case "announcement":
		a, err := decoded[Announcement](v.Announcement)
		if err != nil {
			return err
		}
		return a.Check(v.Trustees)
	case "blob":
		return v.solveBlob(all)
	case "seal-blob":
		return v.sealBlob(all)
	case "ceremony", "deal", "complaint", "finish":
		return v.solveCeremony()
	}
	k, err := decoded[Key](v.Key)
	if err != nil {
		return err
	}
	switch v.Type {
	case "seal":
		return v.seal(k, all)
	case "key":
		return k.Check()
	case "share":
		s, err := decoded[Share](v.Share)
		if err != nil {
			return err
		}
		return k.CheckShare(*s)
	}
	return v.solveEnvelope(k, all)
}

func (v *vector) solveCeremony() error {
	c, err := decoded[Ceremony](v.Ceremony)
	if err != nil {
		return err
	}
	if err := c.Check(); err != nil {
		return err
	}
	switch v.Type {
	case "ceremony":
		v.ID = c.ID()
		return nil
	case "finish":
		return v.finish(c)
	}
	d, err := decoded[Deal](v.Deal)
	if err != nil {
		return err
	}
	if v.Type == "deal" {
		return c.CheckDeal(v.Dealer, v.Commitment, d)
	}
	x, err := decoded[Complaint](v.Complaint)
	if err != nil {
		return err
	}
	return c.CheckComplaint(d, *x)
}

func (v *vector) finish(c *Ceremony) error {
	deals, err := decodedAll[Deal](v.Deals)
	if err != nil {
		return err
	}
	complaints, err := decodedAll[Complaint](v.Complaints)
	if err != nil {
		return err
	}
	v.Made, v.Faults, err = c.Finish(Records{v.Commitments, deals, values(complaints)})
	return err
}

// seal seals the case's bid, or else its bytes, drawing from what it names.
func (v *vector) seal(k *Key, all []*vector) error {
	x, err := decoded[Context](v.Context)
	if err != nil {
		return err
	}
	bid := v.Bid
	if v.BytesOf != "" {
		bid = v.bytes(all)
	}
	e, _, r, err := k.Seal(x, bid, bytes.NewReader(v.Random))
	if err == nil {
		v.Envelope, v.Secret = text(e), hex.EncodeToString(r[:])
	}
	return err
}

func (v *vector) sealBlob(all []*vector) error {
	b, err := SealBlob(io.Discard, bytes.NewReader(v.bytes(all)), bytes.NewReader(v.Random))
	if err == nil {
		v.Blob = text(b)
	}
	return err
}

func (v *vector) solveEnvelope(k *Key, all []*vector) error {
	x, err := decoded[Context](v.Context)
	if err != nil {
		return err
	}
	e, err := decoded[Envelope](v.Envelope)
	if err != nil {
		return err
	}
	switch v.Type {
	case "envelope":
		if err := k.CheckEnvelope(x, e); err != nil {
			return err
		}
		v.ID = x.id(k)
		return nil
	case "open":
		shares, err := decodedAll[Share](v.Shares)
		if err != nil {
			return err
		}
		o, err := k.Combine(values(shares))
		if err != nil {
			return err
		}
		v.Bid, err = o.Open(x, e, v.bytes(all))
		return err
	case "reveal":
		r := Scalar(must(hex.DecodeString(v.Secret)))
		if v.Bid, err = k.OpenRevealed(r, x, e, v.bytes(all)); err == nil {
			shared := times(must(k.Public.element("")), must(r.number("")))
			v.Shared, v.BucketKey = pointOf(shared), Hash(bucketKey(shared, e.Point, x.id(k)))
		}
		return err
	case "board":
		v.Bid, err = k.OpenPartials(v.Decryptions, x, e, v.bytes(all))
		return err
	}
	return v.solvePartial(k, x, e)
}

func (v *vector) solvePartial(k *Key, x *Context, e *Envelope) error {
	p, err := decoded[Partial](v.Partial)
	if err != nil {
		return err
	}
	if v.Type == "partial" {
		d, err := k.OpenPartial(p, x, e, v.Member, BoxSecret(must(hex.DecodeString(v.Secret))))
		if err == nil {
			v.Point = d.Point
		}
		return err
	}
	c, err := decoded[PartialComplaint](v.Complaint)
	if err != nil {
		return err
	}
	board, err := decodedAll[Announcement](v.Board)
	if err != nil {
		return err
	}
	return k.CheckPartialComplaint(*c, p, x, e, values(board))
}

func (v *vector) solveBlob(all []*vector) error {
	b, err := decoded[Blob](v.Blob)
	if err != nil {
		return err
	}
	var document bytes.Buffer
	if err := OpenBlob(&document, bytes.NewReader(v.bytes(all)), b); err != nil {
		return err
	}
	v.Document = sha256.Sum256(document.Bytes())
	return nil
}

// bytes are the case's own, or those of another with its change.
func (v *vector) bytes(all []*vector) []byte {
	b := v.Bytes
	for _, other := range all {
		if v.BytesOf != "" && other.Name == v.BytesOf {
			b = other.Bytes
		}
	}
	if v.Alter > 0 {
		b = altered(b, v.Alter)
	}
	if v.Cut > 0 {
		b = b[:v.Cut]
	}
	return b
}

// TestVectors checks that testdata/vectors/sealed.json is what the generator
// makes, and that each case gives what it says. With -update it writes it.
func TestVectors(t *testing.T) {
	cases := vectors()
	for _, v := range cases {
		v.judge(t, v.solve(cases))
	}
	golden.Vectors(t, vectorPath, "Key ceremonies, envelopes, openings and blobs of sealed bids.", cases, "a meant change is one of spec/sealed.md")
}

// judge holds the outcome against the verdict the generator wrote down.
func (v *vector) judge(t *testing.T, err error) {
	t.Helper()
	if v.Valid {
		if err != nil {
			t.Errorf("%s: %v", v.Name, err)
		}
		return
	}
	e, ok := errors.AsType[*publica.Error](err)
	if !ok || e.Code != v.Code || e.Field != v.Field {
		t.Errorf("%s: got %v (%+v), want %s, %q", v.Name, err, e, v.Code, v.Field)
		return
	}
	v.Reason = e.Error()
}

// TestNames holds that every vector is named once and that those it refers to are there.
func TestNames(t *testing.T) {
	var names []string
	for _, v := range vectors() {
		if slices.Contains(names, v.Name) || v.BytesOf != "" && !slices.Contains(names, v.BytesOf) {
			t.Errorf("%q stands twice, or refers to what does not stand before it", v.Name)
		}
		names = append(names, v.Name)
	}
}
