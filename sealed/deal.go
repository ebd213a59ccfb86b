package sealed

import (
	"io"
	"strconv"

	"github.com/cloudflare/circl/group"
	"github.com/cloudflare/circl/math/polynomial"
	"github.com/cloudflare/circl/secretsharing"

	"publica"
)

// A Deal is a dealer's part of the key: a polynomial of degree t of which the
// register sees commitments and each trustee one value. Every trustee deals.
type Deal struct {
	Commitments []Point `json:"commitments"` // to the coefficients, from the constant term: t+1
	Proof       Proof   `json:"proof"`       // that the dealer knows the constant term
	Shares      []Box   `json:"shares"`      // the value at i for trustee i, 32 bytes encrypted
}

// NewDeal draws a polynomial and deals it. Publish its [Ceremony.Commitment]
// first and the deal itself when all have committed. The polynomial is kept by
// nobody; the dealer's own value is dealt like the others'.
func (c *Ceremony) NewDeal(dealer int, random io.Reader) (*Deal, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	if err := checkIndex(dealer, len(c.Trustees), "dealer"); err != nil {
		return nil, err
	}
	coefficients := make([]group.Scalar, c.Threshold+1)
	for i := range coefficients {
		var err error
		if coefficients[i], err = draw(random); err != nil {
			return nil, err
		}
	}
	return c.deal(dealer, coefficients, random)
}

func (c *Ceremony) deal(dealer int, coefficients []group.Scalar, random io.Reader) (*Deal, error) {
	d := new(Deal)
	for _, a := range coefficients {
		d.Commitments = append(d.Commitments, pointOf(timesBase(a)))
	}
	id := c.ID()
	var err error
	if d.Proof, err = proveKnowledge(coefficients[0], dealProof, dealContext(id, dealer), random); err != nil {
		return nil, err
	}
	f := polynomial.New(coefficients)
	for i, t := range c.Trustees {
		value := scalarOf(f.Evaluate(small(i + 1)))
		box, err := t.Boxes[dealer-1].seal(shareInfo(id, dealer, i+1), value[:], random)
		if err != nil {
			return nil, err
		}
		d.Shares = append(d.Shares, box)
	}
	return d, nil
}

// dealContext binds a proof to a ceremony and a dealer in it.
func dealContext(ceremony Hash, dealer int) []byte { return append(ceremony[:], byte(dealer)) }

// shareInfo binds an encrypted share to a ceremony, its dealer and its trustee.
func shareInfo(ceremony Hash, dealer, trustee int) []byte {
	info := append([]byte("publica sealed v1 share\n"), ceremony[:]...)
	return append(info, byte(dealer), byte(trustee))
}

// Commitment is what a dealer publishes before anyone reveals: a hash that binds
// it to the deal. The deal is unpredictable, so the hash says nothing of it.
func (c *Ceremony) Commitment(dealer int, d *Deal) Hash {
	id := c.ID()
	return hashOf("publica sealed v1 commitment", d, dealContext(id, dealer))
}

// CheckDeal checks all of a revealed deal that everyone can see: that it is what
// its dealer committed to, its form, its points and its proof. Whether the
// encrypted shares are right only their trustees can see; see [Complaint].
func (c *Ceremony) CheckDeal(dealer int, committed Hash, d *Deal) error {
	if err := checkIndex(dealer, len(c.Trustees), "dealer"); err != nil {
		return err
	}
	if c.Commitment(dealer, d) != committed {
		return publica.Problem(publica.Unverified, "", "is not the deal that its dealer committed to")
	}
	points, err := c.points(d)
	if err != nil {
		return err
	}
	if len(d.Shares) != len(c.Trustees) {
		return publica.Problem(publica.Invalid, "shares", "are "+strconv.Itoa(len(d.Shares))+", want one for each of the "+strconv.Itoa(len(c.Trustees))+" trustees")
	}
	for i, box := range d.Shares {
		if len(box) != 32+boxOverhead {
			return publica.Problem(publica.Malformed, "shares/"+strconv.Itoa(i), "is not "+strconv.Itoa(32+boxOverhead)+" bytes")
		}
	}
	return d.Proof.checkKnowledge(points[0], "proof", dealProof, dealContext(c.ID(), dealer))
}

// points decodes the commitments of a deal, t+1 of them.
func (c *Ceremony) points(d *Deal) ([]group.Element, error) {
	if len(d.Commitments) != c.Threshold+1 {
		return nil, publica.Problem(publica.Invalid, "commitments", "are "+strconv.Itoa(len(d.Commitments))+", want one more than the threshold: "+strconv.Itoa(c.Threshold+1))
	}
	points := make([]group.Element, len(d.Commitments))
	for i, p := range d.Commitments {
		var err error
		if points[i], err = p.element("commitments/" + strconv.Itoa(i)); err != nil {
			return nil, err
		}
	}
	return points, nil
}

// OpenShare decrypts what a dealer sent to a trustee and checks it against the
// deal's commitments. If it is refused, the trustee publishes a [Complaint].
// The deal must have passed [Ceremony.CheckDeal].
func (c *Ceremony) OpenShare(dealer, trustee int, d *Deal, secret BoxSecret) (Scalar, error) {
	if err := checkIndex(dealer, len(c.Trustees), "dealer"); err != nil {
		return Scalar{}, err
	}
	if err := checkIndex(trustee, len(d.Shares), "trustee"); err != nil {
		return Scalar{}, err
	}
	points, err := c.points(d)
	if err != nil {
		return Scalar{}, err
	}
	field := "shares/" + strconv.Itoa(trustee-1)
	plain, err := secret.open(shareInfo(c.ID(), dealer, trustee), d.Shares[trustee-1], 32, field)
	if err != nil {
		return Scalar{}, err
	}
	value, err := Scalar(plain).number(field)
	if err != nil {
		return Scalar{}, err
	}
	share := secretsharing.Share{ID: small(trustee), Value: value}
	if !secretsharing.Verify(uint(c.Threshold), share, points) {
		return Scalar{}, publica.Problem(publica.Unverified, field, "is not the value that the deal's commitments commit to")
	}
	return Scalar(plain), nil
}
