package sealed

import (
	"io"
	"slices"
	"strconv"

	"github.com/cloudflare/circl/group"

	"publica"
)

// MaxMembers is how many an evaluation board may have.
const MaxMembers = 15

// partialSize is a partial decryption with its proof, in bytes.
const partialSize = 32 + 64

// A Partial is what a trustee publishes to open one envelope for the board and
// for nobody else: its share times R, with the proof that it is, encrypted to
// each member. The public sees who sent, for which envelope, and when; whether it
// is right each member sees, and proves otherwise by a [PartialComplaint].
type Partial struct {
	Boxes   []Box `json:"boxes"`   // by member
	Trustee int   `json:"trustee"` // who sent it
}

// NewPartial makes it. board are the members' announcements, with a key for each
// trustee. It refuses an envelope whose proof fails: a share must touch no point
// of which nobody knows the logarithm.
func (k *Key) NewPartial(s Share, x *Context, e *Envelope, board []Announcement, random io.Reader) (*Partial, error) {
	if err := k.CheckShare(s); err != nil {
		return nil, under("share", err)
	}
	if err := k.CheckEnvelope(x, e); err != nil {
		return nil, err
	}
	if err := k.CheckBoard(board); err != nil {
		return nil, err
	}
	plain, err := k.partial(s, x, e, random)
	if err != nil {
		return nil, err
	}
	p := &Partial{Trustee: s.Trustee}
	for i, member := range board {
		box, err := member.Boxes[s.Trustee-1].seal(partialInfo(x.id(k), s.Trustee, i+1), plain, random)
		if err != nil {
			return nil, err
		}
		p.Boxes = append(p.Boxes, box)
	}
	return p, nil
}

// partial returns x_i·R and the proof.
func (k *Key) partial(s Share, x *Context, e *Envelope, random io.Reader) ([]byte, error) {
	share, err := s.Value.number("share/value")
	if err != nil {
		return nil, err
	}
	point, err := e.Point.element("point")
	if err != nil {
		return nil, err
	}
	proof, err := proveEquality(share, point, x.id(k), random)
	if err != nil {
		return nil, err
	}
	return append(encoded(times(point, share)), proof[:]...), nil
}

// partialInfo binds an encrypted partial to its envelope, trustee and member.
func partialInfo(id Hash, trustee, member int) []byte {
	info := append([]byte("publica sealed v1 partial\n"), id[:]...)
	return append(info, byte(trustee), byte(member))
}

// CheckBoard checks the announcements of a board: a key for each trustee.
func (k *Key) CheckBoard(board []Announcement) error {
	if len(board) < 1 || len(board) > MaxMembers {
		return publica.Problem(publica.Invalid, "board", "does not have 1 to "+strconv.Itoa(MaxMembers)+" members")
	}
	for i, member := range board {
		if err := member.Check(len(k.Shares)); err != nil {
			return under("board/"+strconv.Itoa(i), err)
		}
	}
	return nil
}

// CheckPartial checks what everyone can see of a partial for a board of that many.
func (k *Key) CheckPartial(p *Partial, members int) error {
	if err := checkIndex(p.Trustee, len(k.Shares), "trustee"); err != nil {
		return err
	}
	if len(p.Boxes) != members {
		return publica.Problem(publica.Invalid, "boxes", "are "+strconv.Itoa(len(p.Boxes))+", want one for each of the "+strconv.Itoa(members)+" members")
	}
	for i, b := range p.Boxes {
		if len(b) != partialSize+boxOverhead {
			return publica.Problem(publica.Malformed, "boxes/"+strconv.Itoa(i), "is not "+strconv.Itoa(partialSize+boxOverhead)+" bytes")
		}
	}
	return nil
}

// A Decryption is a partial that a member of the board has opened and checked. With
// its proof it can be handed on: whoever has it checks it again, by
// [Key.CheckDecryption], and needs to believe nobody.
type Decryption struct {
	Point   Point `json:"point"`          // x_i·R
	Proof   Proof `json:"proof,omitzero"` // that it is
	Trustee int   `json:"trustee"`
}

// OpenPartial decrypts a partial as one member and checks its proof; secret is
// that of the member's key for this trustee. If it is refused, the member
// publishes a [PartialComplaint].
func (k *Key) OpenPartial(p *Partial, x *Context, e *Envelope, member int, secret BoxSecret) (d Decryption, err error) {
	if err := k.CheckEnvelope(x, e); err != nil {
		return d, err
	}
	if err := k.CheckPartial(p, len(p.Boxes)); err != nil {
		return d, err
	}
	if err := checkIndex(member, len(p.Boxes), "member"); err != nil {
		return d, err
	}
	field := "boxes/" + strconv.Itoa(member-1)
	plain, err := secret.open(partialInfo(x.id(k), p.Trustee, member), p.Boxes[member-1], partialSize, field)
	if err != nil {
		return d, err
	}
	d = Decryption{Point: Point(plain[:32]), Proof: Proof(plain[32:]), Trustee: p.Trustee}
	return d, k.checkDecryption(d, x, e, field)
}

// CheckDecryption checks a decryption that was handed on with its proof.
func (k *Key) CheckDecryption(d Decryption, x *Context, e *Envelope) error {
	if err := k.CheckEnvelope(x, e); err != nil {
		return err
	}
	if err := checkIndex(d.Trustee, len(k.Shares), "trustee"); err != nil {
		return err
	}
	return k.checkDecryption(d, x, e, "point")
}

func (k *Key) checkDecryption(d Decryption, x *Context, e *Envelope, field string) error {
	public, err := k.Shares[d.Trustee-1].element("shares/" + strconv.Itoa(d.Trustee-1))
	if err != nil {
		return err
	}
	base, err := e.Point.element("point")
	if err != nil {
		return err
	}
	power, err := d.Point.element(field)
	if err != nil {
		return err
	}
	return d.Proof.checkEquality(public, base, power, field, x.id(k))
}

// OpenPartials opens an envelope from the decryptions of t+1 trustees or more,
// as [Key.OpenPartial] gave them to a member.
func (k *Key) OpenPartials(decryptions []Decryption, x *Context, e *Envelope, bucket []byte) ([]byte, error) {
	if _, err := k.checkBucket(x, e, bucket); err != nil {
		return nil, err
	}
	var places []int
	var values []group.Element
	for i, d := range decryptions {
		field := "decryptions/" + strconv.Itoa(i)
		if err := checkIndex(d.Trustee, len(k.Shares), field); err != nil {
			return nil, err
		}
		if slices.Contains(places, d.Trustee) {
			return nil, publica.Problem(publica.Conflict, field, "is of a trustee that stands twice")
		}
		v, err := d.Point.element(field)
		if err != nil {
			return nil, err
		}
		places, values = append(places, d.Trustee), append(values, v)
	}
	if len(places) <= k.Threshold {
		return nil, tooFew(len(places), k.Threshold)
	}
	first := k.Threshold + 1
	return openBucket(bucketKey(interpolate(places[:first], values[:first], 0), e.Point, x.id(k)), bucket)
}

// A PartialComplaint is a member's word that what a trustee sent it is not a
// proven partial decryption, with the evidence: the secret of the one key that
// this trustee encrypts to. It opens what this trustee sent this member, for all
// envelopes: one part of the t+1 that a bid needs.
type PartialComplaint struct {
	Member  int       `json:"member"` // who complains
	Secret  BoxSecret `json:"secret"`
	Trustee int       `json:"trustee"`
}

// CheckPartialComplaint returns nil if the complaint about p is justified.
func (k *Key) CheckPartialComplaint(c PartialComplaint, p *Partial, x *Context, e *Envelope, board []Announcement) error {
	if err := k.CheckBoard(board); err != nil {
		return err
	}
	if err := checkIndex(c.Member, len(board), "member"); err != nil {
		return err
	}
	if c.Trustee != p.Trustee {
		return publica.Problem(publica.Invalid, "trustee", "did not send this partial")
	}
	if err := k.CheckPartial(p, len(board)); err != nil {
		return err
	}
	if c.Secret.Public() != board[c.Member-1].Boxes[c.Trustee-1] {
		return publica.Problem(publica.Unverified, "secret", "is not that of the key which the member announced for this trustee")
	}
	if _, err := k.OpenPartial(p, x, e, c.Member, c.Secret); err == nil {
		return publica.Problem(publica.Unverified, "", "is false: what the trustee sent is proven")
	}
	return nil
}
