package sealed

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"publica"
)

func TestCeremony(t *testing.T) {
	for _, c := range []struct{ n, t int }{{2, 1}, {3, 1}, {5, 2}, {7, 3}, {15, 14}} {
		s := newScene(c.n, c.t, chance("ceremony"))
		if len(s.shares) != c.n || len(s.key.Qualified) != c.n {
			t.Fatalf("%d of %d: %d shares, %d dealers", c.t+1, c.n, len(s.shares), len(s.key.Qualified))
		}
		if o, err := s.key.Combine(s.shares[c.n-c.t-1:]); err != nil || pointOf(timesBase(o.secret)) != s.key.Public {
			t.Errorf("%d of %d: the last trustees do not open: %v", c.t+1, c.n, err)
		}
	}
}

func TestCeremonyRefusals(t *testing.T) {
	s := newScene(3, 1, chance("refusals"))
	for _, c := range []struct {
		what   string
		change func(*Ceremony)
		code   publica.Code
		field  string
	}{
		{"no register", func(c *Ceremony) { c.Register = "" }, publica.Invalid, "register"},
		{"no tender", func(c *Ceremony) { c.Tender = publica.DocketID{} }, publica.Invalid, "tender"},
		{"a lot with a space", func(c *Ceremony) { c.Lot = "lot 1" }, publica.Invalid, "lot"},
		{"no envelope", func(c *Ceremony) { c.Envelope = "" }, publica.Invalid, "envelope"},
		{"attempt zero", func(c *Ceremony) { c.Attempt = 0 }, publica.Invalid, "attempt"},
		{"attempt too high", func(c *Ceremony) { c.Attempt = 1 << 60 }, publica.Invalid, "attempt"},
		{"one trustee", func(c *Ceremony) { c.Trustees = c.Trustees[:1] }, publica.Invalid, "trustees"},
		{"sixteen trustees", func(c *Ceremony) { c.Trustees = slices.Repeat(c.Trustees[:1], 16) }, publica.Invalid, "trustees"},
		{"one opens alone", func(c *Ceremony) { c.Threshold = 0 }, publica.Invalid, "threshold"},
		{"nobody opens", func(c *Ceremony) { c.Threshold = 3 }, publica.Invalid, "threshold"},
		{"a trustee without a key", func(c *Ceremony) { c.Trustees[1].Key = publica.KeyID{} }, publica.Invalid, "trustees/1/key"},
		{"a trustee twice", func(c *Ceremony) { c.Trustees[2].Key = c.Trustees[0].Key }, publica.Invalid, "trustees/2/key"},
		{"too few boxes", func(c *Ceremony) { c.Trustees[2].Boxes = c.Trustees[2].Boxes[:2] }, publica.Invalid, "trustees/2/boxes"},
	} {
		x := *s.ceremony
		x.Trustees = slices.Clone(x.Trustees)
		c.change(&x)
		wants(t, c.what, x.Check(), c.code, c.field)
		if _, err := x.NewDeal(1, chance("deal")); err == nil {
			t.Errorf("%s: a deal is made", c.what)
		}
	}
}

func TestAnnouncementRefusals(t *testing.T) {
	_, good, err := Announce(3, chance("announce"))
	if err != nil {
		t.Fatal(err)
	}
	with := func(k BoxKey) Announcement {
		return Announcement{[]BoxKey{good.Boxes[0], k, good.Boxes[2]}}
	}
	wants(t, "too few", good.Check(4), publica.Invalid, "boxes")
	wants(t, "twice", with(good.Boxes[0]).Check(3), publica.Invalid, "boxes/1")
	wants(t, "zero", with(BoxKey{}).Check(3), publica.Malformed, "boxes/1")
	wants(t, "of order four", with(BoxKey{1}).Check(3), publica.Malformed, "boxes/1")
	for what, last := range map[string]byte{"the prime": 0xed, "above the prime": 0xf6} {
		k := BoxKey(bytes.Repeat([]byte{0xff}, 32))
		k[0], k[31] = last, 0x7f
		wants(t, what, with(k).Check(3), publica.Malformed, "boxes/1")
	}
	high := good.Boxes[1]
	high[31] |= 0x80
	wants(t, "second form", with(high).Check(3), publica.Malformed, "boxes/1")
}

func TestDealRefusals(t *testing.T) {
	s := newScene(5, 2, chance("deals"))
	other := must(s.ceremony.NewDeal(1, chance("other")))
	for _, c := range []struct {
		what   string
		change func(*Deal)
		code   publica.Code
		field  string
	}{
		{"a commitment less", func(d *Deal) { d.Commitments = d.Commitments[:2] }, publica.Invalid, "commitments"},
		{"a commitment more", func(d *Deal) { d.Commitments = append(d.Commitments, d.Commitments[0]) }, publica.Invalid, "commitments"},
		{"identity", func(d *Deal) { d.Commitments[2] = Point{} }, publica.Malformed, "commitments/2"},
		{"no point", func(d *Deal) { d.Commitments[1] = Point{1} }, publica.Malformed, "commitments/1"},
		{"another's constant", func(d *Deal) { d.Commitments[0] = s.records.Deals[1].Commitments[0] }, publica.Unverified, "proof"},
		{"another's proof", func(d *Deal) { d.Proof = other.Proof }, publica.Unverified, "proof"},
		{"a proof of another dealer", func(d *Deal) { *d = *s.records.Deals[1] }, publica.Unverified, "proof"},
		{"proof with a number too large", func(d *Deal) { copy(d.Proof[32:], bytes.Repeat([]byte{0xff}, 32)) }, publica.Malformed, "proof"},
		{"proof with the identity", func(d *Deal) { clear(d.Proof[:32]) }, publica.Malformed, "proof"},
		{"a share less", func(d *Deal) { d.Shares = d.Shares[:4] }, publica.Invalid, "shares"},
		{"a short share", func(d *Deal) { d.Shares[3] = d.Shares[3][:79] }, publica.Malformed, "shares/3"},
	} {
		broken := *s
		broken.redeal(1, c.change)
		err := s.ceremony.CheckDeal(1, broken.records.Commitments[0], broken.records.Deals[0])
		wants(t, c.what, err, c.code, c.field)
	}
	wants(t, "not committed to", s.ceremony.CheckDeal(1, s.records.Commitments[0], other), publica.Unverified, "")
	wants(t, "no such dealer", s.ceremony.CheckDeal(6, s.records.Commitments[0], other), publica.Invalid, "dealer")
	again := *s.ceremony
	again.Attempt = 2
	if again.CheckDeal(1, again.Commitment(1, other), other) == nil {
		t.Error("a deal counts in another attempt")
	}
	if _, err := s.ceremony.NewDeal(0, chance("x")); publica.CodeOf(err) != publica.Invalid {
		t.Error(err)
	}
}

// garble has a dealer send what is not the trustee's share, well encrypted or not.
func (s *scene) garble(dealer, trustee int, encrypted bool) {
	s.redeal(dealer, func(d *Deal) {
		if !encrypted {
			d.Shares[trustee-1] = altered(d.Shares[trustee-1], 50)
			return
		}
		wrong := must(s.key.wrongShare())
		d.Shares[trustee-1] = must(s.ceremony.Trustees[trustee-1].Boxes[dealer-1].seal(shareInfo(s.ceremony.ID(), dealer, trustee), wrong[:], chance("garble")))
	})
}

// wrongShare is a number, and nobody's share.
func (k *Key) wrongShare() (Scalar, error) {
	s, err := draw(chance("wrong"))
	return scalarOf(s), err
}

func TestComplaint(t *testing.T) {
	for _, encrypted := range []bool{false, true} {
		s := newScene(5, 2, chance("complaint"))
		s.garble(2, 4, encrypted)
		deal := s.records.Deals[1]
		if _, err := s.ceremony.OpenShare(2, 4, deal, s.secrets[3][1]); publica.CodeOf(err) != publica.Unverified {
			t.Fatalf("the trustee does not notice: %v", err)
		}
		x := Complaint{Dealer: 2, Trustee: 4, Secret: s.secrets[3][1]}
		if err := s.ceremony.CheckComplaint(deal, x); err != nil {
			t.Errorf("a justified complaint is refused: %v", err)
		}
		s.records.Complaints = []Complaint{x, x}
		key, faults, err := s.ceremony.Finish(s.records)
		if err != nil || !slices.Equal(key.Qualified, []int{1, 3, 4, 5}) || !slices.Equal(faults, []Fault{{BadShare, 2}}) {
			t.Errorf("%+v %v %v", key, faults, err)
		}
		s.finish()
		if _, err := s.key.Combine(s.shares[2:]); err != nil || len(s.shares) != 5 {
			t.Errorf("the others' shares do not open: %v", err)
		}
	}
}

func TestFalseComplaint(t *testing.T) {
	s := newScene(5, 2, chance("false"))
	deal := s.records.Deals[1]
	wants(t, "the share is right", s.ceremony.CheckComplaint(deal, Complaint{2, s.secrets[3][1], 4}), publica.Unverified, "")
	wants(t, "another secret", s.ceremony.CheckComplaint(deal, Complaint{2, s.secrets[3][2], 4}), publica.Unverified, "secret")
	wants(t, "no such dealer", s.ceremony.CheckComplaint(deal, Complaint{0, s.secrets[3][1], 4}), publica.Invalid, "dealer")
	wants(t, "no such trustee", s.ceremony.CheckComplaint(deal, Complaint{2, s.secrets[3][1], 6}), publica.Invalid, "trustee")
	s.records.Complaints = []Complaint{{2, s.secrets[3][1], 4}, {9, s.secrets[3][1], 4}, {1, s.secrets[3][0], 0}}
	key, faults, err := s.ceremony.Finish(s.records)
	if err != nil || len(key.Qualified) != 5 || key.Public != s.key.Public || !slices.Equal(faults, []Fault{{FalseComplaint, 4}}) {
		t.Errorf("%+v %v %v", key, faults, err)
	}
}

func TestFaults(t *testing.T) {
	s := newScene(7, 3, chance("faults"))
	s.garble(5, 1, true)
	s.redeal(4, func(d *Deal) { d.Proof[40] ^= 1 })
	s.records.Commitments[2] = Hash{}
	s.records.Complaints = []Complaint{{5, s.secrets[0][4], 1}, {4, s.secrets[0][3], 1}, {6, s.secrets[1][5], 2}}
	_, faults, err := s.ceremony.Finish(s.records)
	want := []Fault{{FalseComplaint, 2}, {NoCommitment, 3}, {BadDeal, 4}, {BadShare, 5}}
	if err != nil || !slices.Equal(faults, want) {
		t.Errorf("got %v, %v", faults, err)
	}
	s.records.Deals[0] = nil
	key, faults, err := s.ceremony.Finish(s.records)
	if key != nil || len(faults) != 5 || faults[0] != (Fault{NoDeal, 1}) {
		t.Errorf("%v %v", key, faults)
	}
	wants(t, "three dealers, who may all conspire", err, publica.Conflict, "")
	s.records.Deals = s.records.Deals[1:]
	_, _, err = s.ceremony.Finish(s.records)
	wants(t, "records of six", err, publica.Invalid, "")
}

func TestKeyCheck(t *testing.T) {
	s := newScene(5, 2, chance("key"))
	for _, c := range []struct {
		what   string
		change func(*Key)
		code   publica.Code
		field  string
	}{
		{"threshold too high", func(k *Key) { k.Threshold = 5 }, publica.Invalid, "threshold"},
		{"threshold too low", func(k *Key) { k.Threshold = 1 }, publica.Unverified, "public"},
		{"public identity", func(k *Key) { k.Public = Point{} }, publica.Malformed, "public"},
		{"another public", func(k *Key) { k.Public = k.Shares[0] }, publica.Unverified, "public"},
		{"share off the polynomial", func(k *Key) { k.Shares[4] = k.Shares[0] }, publica.Unverified, "shares/4"},
		{"share no point", func(k *Key) { k.Shares[1] = Point{7} }, publica.Malformed, "shares/1"},
		{"dealers out of order", func(k *Key) { k.Qualified = []int{1, 3, 2} }, publica.Invalid, "qualified"},
		{"too few dealers", func(k *Key) { k.Qualified = []int{1, 2} }, publica.Invalid, "qualified"},
	} {
		k := *s.key
		k.Shares = slices.Clone(k.Shares)
		c.change(&k)
		wants(t, c.what, k.Check(), c.code, c.field)
	}
}

func TestShareRefusals(t *testing.T) {
	s := newScene(3, 1, chance("share refusals"))
	share := func(k *Key, trustee int, deals []*Deal, secrets []BoxSecret) error {
		return second(s.ceremony.Share(k, trustee, deals, secrets))
	}
	other := newScene(3, 1, chance("another"))
	wants(t, "nobody's", share(s.key, 4, s.records.Deals, s.secrets[0]), publica.Invalid, "trustee")
	wants(t, "too few deals", share(s.key, 1, s.records.Deals[1:], s.secrets[0]), publica.Invalid, "")
	wants(t, "another key", share(other.key, 1, s.records.Deals, s.secrets[0]), publica.Invalid, "ceremony")
	wants(t, "another's secrets", share(s.key, 1, s.records.Deals, s.secrets[1]), publica.Unverified, "deals/0/shares/0")
	wants(t, "no deal", share(s.key, 1, []*Deal{nil, s.records.Deals[1], s.records.Deals[2]}, s.secrets[0]), publica.Invalid, "deals/0")
	fewer := *s.key
	fewer.Qualified = []int{1, 2}
	wants(t, "another key's dealers", share(&fewer, 1, s.records.Deals, s.secrets[0]), publica.Unverified, "value")
	fewer.Qualified = []int{1, 9}
	wants(t, "no dealer", share(&fewer, 1, s.records.Deals, s.secrets[0]), publica.Invalid, "deals/8")
	x := *s.ceremony
	x.Threshold = 0
	wants(t, "no ceremony", third(x.Finish(s.records)), publica.Invalid, "ceremony/threshold")
	wants(t, "no ceremony for a complaint", x.CheckComplaint(s.records.Deals[0], Complaint{}), publica.Invalid, "ceremony/threshold")
}

func TestNoRandomness(t *testing.T) {
	s := newScene(3, 1, chance("none"))
	b := s.seal("bidder", "bid", chance("bid"))
	none := strings.NewReader("too short")
	for what, err := range map[string]error{
		"announce": third(Announce(3, none)),
		"deal":     second(s.ceremony.NewDeal(1, none)),
		"seal":     func() error { _, _, _, err := s.key.Seal(b.context, nil, none); return err }(),
		"partial":  second(s.key.NewPartial(s.shares[0], b.context, b.envelope, s.board, none)),
		"blob":     second(SealBlob(new(bytes.Buffer), strings.NewReader("x"), none)),
	} {
		if _, ok := errors.AsType[*publica.Error](err); !ok {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func second[T any](_ T, err error) error        { return err }
func third[A, B any](_ A, _ B, err error) error { return err }

// TestFitsAnEntry holds that the largest ceremony's records fit into entries.
func TestFitsAnEntry(t *testing.T) {
	s := newScene(15, 14, chance("large"))
	b := s.seal("bidder", "bid", chance("bid"))
	board := make([]Announcement, MaxMembers)
	for i := range board {
		board[i] = s.board[0]
	}
	for what, record := range map[string]any{
		"announcement": s.board[0],
		"deal":         s.records.Deals[0],
		"key":          s.key,
		"envelope":     b.envelope,
		"partial":      must(s.key.NewPartial(s.shares[0], b.context, b.envelope, board, chance("partial"))),
	} {
		e := publica.Entry{
			Author: keyID("author"), Body: text(record), Docket: s.ceremony.Tender, Kind: "test/sealed", Made: 1, Nonce: publica.Nonce{1},
			Register: s.ceremony.Register,
		}
		if raw, err := e.Canonical(); err != nil || len(raw) > publica.MaxEntrySize/2 {
			t.Errorf("%s: %d bytes, %v", what, len(raw), err)
		}
	}
}
