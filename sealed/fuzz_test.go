package sealed

import (
	"bytes"
	"encoding/binary"
	"encoding/json/jsontext"
	"encoding/json/v2"
	"os"
	"testing"

	"publica"
)

// typed fails t if err is not an *Error that says what is wrong with the input.
func typed(t *testing.T, err error) {
	t.Helper()
	if e, ok := err.(*publica.Error); !ok || e.Code == "" || e.Code == publica.Internal {
		t.Fatalf("error is %T %v, not an *Error that says what is wrong", err, err)
	}
}

// reread decodes text strictly, and fails t unless what was read is written and
// read again as the same. It returns nil for what is refused.
func reread[T any](t *testing.T, raw []byte) *T {
	t.Helper()
	v, err := decoded[T](raw)
	if err != nil {
		typed(t, err)
		return nil
	}
	once := canonical(v)
	again, err := decoded[T](once)
	if err != nil || !bytes.Equal(once, canonical(again)) {
		t.Fatalf("%q became %q, then %v (%v)", raw, once, again, err)
	}
	return v
}

// seed adds what vectors of a type have in a member. They are read, not made:
// under a fuzzer, arithmetic is slow.
func seed(f *testing.F, kind string, member func(*vector) jsontext.Value) {
	for _, v := range storedVectors(f) {
		if raw := member(v); v.Type == kind && raw != nil {
			f.Add([]byte(raw))
		}
	}
}

func storedVectors(f *testing.F) []*vector {
	raw, err := os.ReadFile(vectorPath)
	if err != nil {
		f.Fatal(err)
	}
	var file struct {
		About string    `json:"about"`
		Cases []*vector `json:"cases"`
	}
	if err := json.Unmarshal(raw, &file, json.RejectUnknownMembers(true)); err != nil {
		f.Fatal(err)
	}
	return file.Cases
}

func FuzzAnnouncement(f *testing.F) {
	seed(f, "announcement", func(v *vector) jsontext.Value { return v.Announcement })
	f.Fuzz(func(t *testing.T, raw []byte) {
		a := reread[Announcement](t, raw)
		if a == nil {
			return
		}
		if err := a.Check(len(a.Boxes)); err != nil {
			typed(t, err)
			return
		}
		for _, k := range a.Boxes { // to a key that passes, one can encrypt
			if _, err := k.seal(nil, []byte("plain"), chance("fuzz")); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func FuzzCeremony(f *testing.F) {
	seed(f, "ceremony", func(v *vector) jsontext.Value { return v.Ceremony })
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := decoded[Ceremony](raw)
		if err != nil {
			typed(t, err)
			return
		}
		if err := c.Check(); err != nil {
			typed(t, err)
			return
		}
		again, err := decoded[Ceremony](canonical(c))
		if err != nil || again.ID() != c.ID() {
			t.Fatalf("%q has two ids (%v)", raw, err)
		}
		d, err := c.NewDeal(1, chance("fuzz"))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.CheckDeal(1, c.Commitment(1, d), d); err != nil {
			t.Fatal(err)
		}
	})
}

func FuzzDeal(f *testing.F) {
	seed(f, "deal", func(v *vector) jsontext.Value { return v.Deal })
	s := newScene(5, 2, chance("vectors"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		d := reread[Deal](t, raw)
		if d == nil {
			return
		}
		committed := s.ceremony.Commitment(1, d)
		err := s.ceremony.CheckDeal(1, committed, d)
		if err != nil {
			typed(t, err)
		} else if d.Commitments[0] != s.records.Deals[0].Commitments[0] {
			t.Fatalf("a proof without the secret: %q", raw)
		}
		if _, err := s.ceremony.OpenShare(1, 1, d, s.secrets[0][0]); err != nil {
			typed(t, err)
		}
	})
}

func FuzzComplaint(f *testing.F) {
	seed(f, "complaint", func(v *vector) jsontext.Value { return v.Complaint })
	s := newScene(5, 2, chance("vectors"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		x := reread[Complaint](t, raw)
		if x == nil {
			return
		}
		deal := s.records.Deals[max(0, min(x.Dealer-1, 4))]
		err := s.ceremony.CheckComplaint(deal, *x)
		if err == nil {
			t.Fatalf("a complaint about an honest dealer is justified: %q", raw)
		}
		typed(t, err)
	})
}

func FuzzKey(f *testing.F) {
	seed(f, "key", func(v *vector) jsontext.Value { return v.Key })
	f.Fuzz(func(t *testing.T, raw []byte) {
		k := reread[Key](t, raw)
		if k == nil {
			return
		}
		if err := k.Check(); err != nil {
			typed(t, err)
			return
		}
		x := &Context{Bidder: keyID("b"), Envelope: "price", Register: "a.example", Tender: publica.DocketID(keyID("t")), Text: Hash(keyID("x"))}
		e, bucket, r, err := k.Seal(x, []byte("bid"), chance("fuzz"))
		if err != nil {
			t.Fatal(err)
		}
		if bid, err := k.OpenRevealed(r, x, e, bucket); err != nil || string(bid) != "bid" {
			t.Fatalf("%q %v", bid, err)
		}
	})
}

func FuzzShare(f *testing.F) {
	seed(f, "share", func(v *vector) jsontext.Value { return v.Share })
	s := newScene(5, 2, chance("vectors"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		x := reread[Share](t, raw)
		if x == nil {
			return
		}
		if err := s.key.CheckShare(*x); err != nil {
			typed(t, err)
		} else if *x != s.shares[x.Trustee-1] {
			t.Fatalf("a forged share passes: %q", raw)
		}
		if _, err := s.key.Combine([]Share{s.shares[4], s.shares[3], *x}); err != nil {
			typed(t, err)
		}
	})
}

func FuzzEnvelope(f *testing.F) {
	for _, v := range storedVectors(f) {
		if v.Type == "envelope" {
			f.Add([]byte(v.Context), []byte(v.Envelope))
		}
	}
	s := newScene(5, 2, chance("vectors"))
	b := s.seal("bidder", "a bid", chance("bid"))
	f.Fuzz(func(t *testing.T, context, envelope []byte) {
		x, e := reread[Context](t, context), reread[Envelope](t, envelope)
		if x == nil || e == nil {
			return
		}
		if err := s.key.CheckEnvelope(x, e); err != nil {
			typed(t, err)
		} else if *e != *b.envelope || *x != *b.context {
			t.Fatalf("an envelope without the secret, or for another: %q %q", context, envelope)
		}
	})
}

func FuzzPartial(f *testing.F) {
	for _, v := range storedVectors(f) {
		if v.Type == "partial-complaint" {
			f.Add([]byte(v.Partial), []byte(v.Complaint))
		}
	}
	s := newScene(5, 2, chance("vectors"))
	b := s.seal("bidder", "a bid", chance("bid"))
	f.Fuzz(func(t *testing.T, partial, complaint []byte) {
		p, c := reread[Partial](t, partial), reread[PartialComplaint](t, complaint)
		if p == nil || c == nil {
			return
		}
		if err := s.key.CheckPartialComplaint(*c, p, b.context, b.envelope, s.board); err != nil {
			typed(t, err)
		}
		if p.Trustee < 1 || p.Trustee > 5 {
			return
		}
		d, err := s.key.OpenPartial(p, b.context, b.envelope, 1, s.boardSecrets[0][p.Trustee-1])
		if err != nil {
			typed(t, err)
			return
		}
		want := times(must(b.envelope.Point.element("")), must(s.shares[p.Trustee-1].Value.number("")))
		if d.Point != pointOf(want) {
			t.Fatalf("a wrong decryption is proven: %q", partial)
		}
	})
}

func FuzzBid(f *testing.F) {
	f.Add([]byte{0, 0, 0, 1, 'x'}, 0)
	f.Add([]byte{0, 0, 0xff, 0xec}, 65519)
	f.Add([]byte{0xff, 0xff, 0xff, 0xff}, 5)
	f.Fuzz(func(t *testing.T, begin []byte, mark int) {
		plain := make([]byte, BucketSize-16)
		copy(plain, begin)
		if mark > len(begin) && mark < len(plain) {
			plain[mark] = 1
		}
		bid, err := bidIn(plain)
		if err != nil {
			typed(t, err)
			return
		}
		again := binary.BigEndian.AppendUint32(nil, uint32(len(bid)))
		again = append(append(again, bid...), make([]byte, MaxBid-len(bid))...)
		if !bytes.Equal(again, plain) {
			t.Fatal("two buckets hold one bid")
		}
	})
}

func FuzzBlob(f *testing.F) {
	var sealed bytes.Buffer
	b := must(SealBlob(&sealed, bytes.NewReader([]byte("document")), chance("blob")))
	raw := sealed.Bytes()
	f.Add(canonical(b), 0, byte(0), sealedSize)
	f.Add(canonical(b), 9, byte(1), 100)
	f.Fuzz(func(t *testing.T, blob []byte, at int, flip byte, cut int) {
		x := reread[Blob](t, blob)
		if x == nil {
			return
		}
		data := append(bytes.Clone(raw), raw...)
		if at >= 0 && at < len(data) {
			data[at] ^= flip
		}
		if cut >= 0 && cut < len(data) {
			data = data[:cut]
		}
		var out bytes.Buffer
		if err := OpenBlob(&out, bytes.NewReader(data), x); err != nil {
			typed(t, err)
		} else if *x != *b || out.String() != "document" || !bytes.Equal(data, raw) {
			t.Fatalf("another blob opens: %q", out.Bytes())
		}
	})
}
