package sealed

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json/jsontext"
	"io"
	"slices"
	"strings"

	"publica"
)

// text is what a record would hold.
func text(v any) jsontext.Value { return canonical(v) }

func texts[T any](all []T) (out []jsontext.Value) {
	for _, v := range all {
		out = append(out, text(v))
	}
	return out
}

// A caseList collects vectors: each begins as its base.
type caseList []*vector

func (l *caseList) accept(name string, base vector, change ...func(*vector)) {
	v := base
	v.Name, v.Valid = name, true
	for _, c := range change {
		c(&v)
	}
	*l = append(*l, &v)
}

func (l *caseList) refuse(name string, code publica.Code, field string, base vector, change ...func(*vector)) {
	l.accept(name, base, change...)
	v := (*l)[len(*l)-1]
	v.Valid, v.Code, v.Field = false, code, field
}

// vectors are all cases, from two scenes that come out the same on every run.
func vectors() []*vector {
	var l caseList
	s := newScene(5, 2, chance("vectors"))
	l.ceremonies(s)
	l.deals(s)
	l.complaints()
	l.finishes()
	l.keys(s)
	b, other := s.seal("bidder", "a bid", chance("bid")), s.seal("other", "another bid", chance("other"))
	l.envelopes(s, b, other)
	l.openings(s, b, other)
	l.seals(s, b)
	l.partials(s, b, other)
	l.blobs()
	return l
}

func (l *caseList) ceremonies(s *scene) {
	a := vector{Type: "announcement", Trustees: 5, Announcement: text(s.board[0])}
	with := func(k BoxKey) func(*vector) {
		return func(v *vector) {
			x := Announcement{slices.Clone(s.board[0].Boxes)}
			x.Boxes[1] = k
			v.Announcement = text(x)
		}
	}
	high := s.board[0].Boxes[1]
	high[31] |= 0x80
	above := BoxKey(bytes.Repeat([]byte{0xff}, 32))
	above[0], above[31] = 0xf6, 0x7f
	l.accept("an announcement", a)
	l.refuse("of too few keys", publica.Invalid, "boxes", a, func(v *vector) { v.Trustees = 6 })
	l.refuse("with a key twice", publica.Invalid, "boxes/1", a, with(s.board[0].Boxes[0]))
	l.refuse("with a key of small order", publica.Malformed, "boxes/1", a, with(BoxKey{1}))
	l.refuse("with the second form of a key", publica.Malformed, "boxes/1", a, with(high))
	l.refuse("with a key above the prime", publica.Malformed, "boxes/1", a, with(above))
	l.refuse("with a key in capitals", publica.Malformed, "boxes/0", a, func(v *vector) {
		v.Announcement = jsontext.Value(strings.Replace(string(v.Announcement), s.board[0].Boxes[0].String(), strings.ToUpper(s.board[0].Boxes[0].String()), 1))
	})
	l.refuse("with an unknown member", publica.Malformed, "more", a, func(v *vector) { v.Announcement = jsontext.Value(`{"boxes":[],"more":1}`) })

	c := vector{Type: "ceremony", Ceremony: text(s.ceremony)}
	change := func(f func(*Ceremony)) func(*vector) {
		return func(v *vector) {
			x := *s.ceremony
			x.Trustees = slices.Clone(x.Trustees)
			f(&x)
			v.Ceremony = text(x)
		}
	}
	l.accept("a ceremony", c)
	l.accept("a ceremony without lots", c, change(func(c *Ceremony) { c.Lot = "" }))
	l.refuse("one opens alone", publica.Invalid, "threshold", c, change(func(c *Ceremony) { c.Threshold = 0 }))
	l.refuse("nobody opens", publica.Invalid, "threshold", c, change(func(c *Ceremony) { c.Threshold = 5 }))
	l.refuse("attempt zero", publica.Invalid, "attempt", c, change(func(c *Ceremony) { c.Attempt = 0 }))
	l.refuse("a lot with a space", publica.Invalid, "lot", c, change(func(c *Ceremony) { c.Lot = "lot 1" }))
	l.refuse("a trustee twice", publica.Invalid, "trustees/1/key", c, change(func(c *Ceremony) { c.Trustees[1].Key = c.Trustees[0].Key }))
	l.refuse("a trustee too few", publica.Invalid, "trustees/0/boxes", c, change(func(c *Ceremony) { c.Trustees = c.Trustees[:4] }))
}

func (l *caseList) deals(s *scene) {
	base := vector{Type: "deal", Ceremony: text(s.ceremony), Dealer: 1, Commitment: s.records.Commitments[0], Deal: text(s.records.Deals[0])}
	change := func(f func(*Deal)) func(*vector) {
		return func(v *vector) {
			x := *s
			x.redeal(1, f)
			v.Commitment, v.Deal = x.records.Commitments[0], text(x.records.Deals[0])
		}
	}
	l.accept("a deal", base)
	l.refuse("not what was committed to", publica.Unverified, "", base, func(v *vector) { v.Commitment[0] ^= 1 })
	l.refuse("by no dealer", publica.Invalid, "dealer", base, func(v *vector) { v.Dealer = 6 })
	l.refuse("another dealer's deal", publica.Unverified, "proof", base, change(func(d *Deal) { *d = *s.records.Deals[1] }))
	l.refuse("a commitment less", publica.Invalid, "commitments", base, change(func(d *Deal) { d.Commitments = d.Commitments[1:] }))
	l.refuse("commits to the identity", publica.Malformed, "commitments/2", base, change(func(d *Deal) { d.Commitments[2] = Point{} }))
	l.refuse("commits to no point", publica.Malformed, "commitments/1", base, change(func(d *Deal) { d.Commitments[1] = Point{1} }))
	l.refuse("commits to the second form of a point", publica.Malformed, "commitments/1", base, change(func(d *Deal) { d.Commitments[1] = secondForm(d.Commitments[1]) }))
	l.refuse("the constant of another", publica.Unverified, "proof", base, change(func(d *Deal) { d.Commitments[0] = s.records.Deals[1].Commitments[0] }))
	l.refuse("a proof with a number that is not reduced", publica.Malformed, "proof", base, change(func(d *Deal) { copy(d.Proof[32:], bytes.Repeat([]byte{0xff}, 32)) }))
	l.refuse("a share less", publica.Invalid, "shares", base, change(func(d *Deal) { d.Shares = d.Shares[1:] }))
	l.refuse("a share of half a byte", publica.Malformed, "shares/4", base, func(v *vector) {
		v.Deal = jsontext.Value(strings.TrimSuffix(string(v.Deal), `"]}`) + `0"]}`)
	})
	l.refuse("a share too short", publica.Malformed, "shares/4", base, change(func(d *Deal) { d.Shares[4] = d.Shares[4][1:] }))
}

func (l *caseList) complaints() {
	for i, how := range []string{"badly encrypted", "not the value"} {
		s := newScene(5, 2, chance("vectors"))
		s.garble(2, 4, i == 1)
		l.accept("a justified complaint: "+how, vector{
			Type: "complaint", Ceremony: text(s.ceremony), Deal: text(s.records.Deals[1]),
			Complaint: text(Complaint{2, s.secrets[3][1], 4}),
		})
	}
	s := newScene(5, 2, chance("vectors"))
	base := vector{Type: "complaint", Ceremony: text(s.ceremony), Deal: text(s.records.Deals[1])}
	with := func(x Complaint) func(*vector) { return func(v *vector) { v.Complaint = text(x) } }
	l.refuse("a false complaint", publica.Unverified, "", base, with(Complaint{2, s.secrets[3][1], 4}))
	l.refuse("a complaint with another secret", publica.Unverified, "secret", base, with(Complaint{2, s.secrets[3][2], 4}))
	l.refuse("a complaint about nobody", publica.Invalid, "dealer", base, with(Complaint{6, s.secrets[3][1], 4}))
	l.refuse("a complaint by nobody", publica.Invalid, "trustee", base, with(Complaint{2, s.secrets[3][1], 0}))
}

func (l *caseList) finishes() {
	add := func(s *scene) vector {
		return vector{Type: "finish", Ceremony: text(s.ceremony), Commitments: s.records.Commitments, Deals: texts(s.records.Deals), Complaints: texts(s.records.Complaints)}
	}
	s := newScene(5, 2, chance("vectors"))
	l.accept("all deals are good", add(s))
	s.records.Complaints = []Complaint{{1, s.secrets[2][0], 3}, {1, s.secrets[2][0], 3}}
	l.accept("a false complaint changes nothing", add(s))
	s.garble(5, 1, true)
	s.records.Deals[3] = nil
	s.records.Complaints = append(s.records.Complaints, Complaint{5, s.secrets[0][4], 1}, Complaint{4, s.secrets[0][3], 1})
	l.accept("three dealers of five qualify", add(s))
	s.records.Commitments = slices.Clone(s.records.Commitments)
	s.records.Commitments[0] = Hash{}
	l.refuse("two dealers qualify, and three open", publica.Conflict, "", add(s))
}

func (l *caseList) keys(s *scene) {
	base := vector{Type: "key", Key: text(s.key)}
	change := func(f func(*Key)) func(*vector) {
		return func(v *vector) {
			k := *s.key
			k.Shares = slices.Clone(k.Shares)
			f(&k)
			v.Key = text(k)
		}
	}
	l.accept("a key", base)
	l.refuse("with another threshold", publica.Unverified, "public", base, change(func(k *Key) { k.Threshold = 1 }))
	l.refuse("with another public point", publica.Unverified, "public", base, change(func(k *Key) { k.Public = k.Shares[2] }))
	l.refuse("with a share off the polynomial", publica.Unverified, "shares/4", base, change(func(k *Key) { k.Shares[4] = k.Shares[1] }))
	l.refuse("with the identity", publica.Malformed, "public", base, change(func(k *Key) { k.Public = Point{} }))
	l.refuse("of too few dealers", publica.Invalid, "qualified", base, change(func(k *Key) { k.Qualified = []int{1, 2} }))

	share := vector{Type: "share", Key: text(s.key), Share: text(s.shares[1])}
	with := func(x Share) func(*vector) { return func(v *vector) { v.Share = text(x) } }
	l.accept("a share", share)
	l.refuse("a forged share", publica.Unverified, "value", share, with(Share{2, must(s.key.wrongShare())}))
	l.refuse("another's share", publica.Unverified, "value", share, with(Share{3, s.shares[1].Value}))
	l.refuse("a share of nobody", publica.Invalid, "trustee", share, with(Share{6, s.shares[1].Value}))
	l.refuse("a share of zero", publica.Malformed, "value", share, with(Share{2, Scalar{}}))
	l.refuse("a share that is not reduced", publica.Malformed, "value", share, with(Share{2, Scalar(bytes.Repeat([]byte{0xff}, 32))}))
}

// on is the base of cases about a bid.
func (s *scene) on(kind string, b *sealedBid) vector {
	return vector{Type: kind, Key: text(s.key), Context: text(b.context), Envelope: text(b.envelope)}
}

func (l *caseList) envelopes(s *scene, b, other *sealedBid) {
	base := s.on("envelope", b)
	l.accept("an envelope", base)
	for _, c := range []struct {
		name   string
		change func(*Context)
	}{
		{"copied to another bidder", func(x *Context) { x.Bidder = other.context.Bidder }},
		{"under an amended text", func(x *Context) { x.Text[0] ^= 1 }},
		{"for another lot", func(x *Context) { x.Lot = "lot-2" }},
		{"for another of the bid's envelopes", func(x *Context) { x.Envelope = "technical" }},
		{"for another tender", func(x *Context) { x.Tender[0] ^= 1 }},
		{"on another register", func(x *Context) { x.Register = "other.publica.example" }},
	} {
		x := *b.context
		c.change(&x)
		l.refuse(c.name, publica.Unverified, "proof", base, func(v *vector) { v.Context = text(x) })
	}
	with := func(f func(*Envelope)) func(*vector) {
		return func(v *vector) {
			e := *b.envelope
			f(&e)
			v.Envelope = text(e)
		}
	}
	l.refuse("without a bidder", publica.Invalid, "context/bidder", base, func(v *vector) {
		x := *b.context
		x.Bidder = publica.KeyID{}
		v.Context = text(x)
	})
	l.refuse("with another bucket", publica.Unverified, "proof", base, with(func(e *Envelope) { e.Bucket[0] ^= 1 }))
	l.refuse("with another's point", publica.Unverified, "proof", base, with(func(e *Envelope) { e.Point = other.envelope.Point }))
	l.refuse("with the identity for a point", publica.Malformed, "point", base, with(func(e *Envelope) { e.Point = Point{} }))
	l.refuse("with the second form of its point", publica.Malformed, "point", base, with(func(e *Envelope) { e.Point = secondForm(e.Point) }))
	l.refuse("with a proof whose point is the identity", publica.Malformed, "proof", base, with(func(e *Envelope) { clear(e.Proof[:32]) }))
	l.refuse("with another's proof", publica.Unverified, "proof", base, with(func(e *Envelope) { e.Proof = other.envelope.Proof }))
}

func (l *caseList) openings(s *scene, b, other *sealedBid) {
	base := s.on("open", b)
	base.Shares, base.BytesOf = texts(s.shares[:3]), "opened by three of five"
	l.accept("opened by three of five", base, func(v *vector) { v.Bytes, v.BytesOf = b.bucket, "" })
	l.accept("opened by the last three", base, func(v *vector) { v.Shares = texts(s.shares[2:]) })
	l.refuse("two of three shares", publica.Unverified, "shares", base, func(v *vector) { v.Shares = texts(s.shares[:2]) })
	l.refuse("a share twice", publica.Conflict, "shares/2/trustee", base, func(v *vector) {
		v.Shares = texts([]Share{s.shares[0], s.shares[1], s.shares[1]})
	})
	l.refuse("a forged share among three", publica.Unverified, "shares/2/value", base, func(v *vector) {
		v.Shares = texts([]Share{s.shares[0], s.shares[1], {3, must(s.key.wrongShare())}})
	})
	l.refuse("another bucket", publica.Unverified, "bucket", base, func(v *vector) { v.Alter = 5 })
	l.refuse("part of a bucket", publica.Malformed, "bucket", base, func(v *vector) { v.Cut = 1000 })
	noise := s.committed(b, altered(b.bucket, 5))
	l.refuse("a bucket that was noise from the start", publica.Unverified, "bucket", base, func(v *vector) {
		v.Envelope, v.Alter = text(noise.envelope), 5
	})
	plain := make([]byte, BucketSize-16)
	long, dirty := slices.Clone(plain), slices.Clone(plain)
	binary.BigEndian.PutUint32(long, MaxBid+1)
	dirty[4] = 1
	for _, c := range []struct {
		name string
		bid  *sealedBid
	}{{"a bid said to be longer than the bucket", s.resealed(b, long)}, {"a bucket not filled with zeros", s.resealed(b, dirty)}} {
		l.refuse(c.name, publica.Malformed, "bucket", base, func(v *vector) {
			v.Envelope, v.Bytes, v.BytesOf = text(c.bid.envelope), c.bid.bucket, ""
		})
	}

	reveal := s.on("reveal", b)
	reveal.Secret, reveal.BytesOf = hex.EncodeToString(b.secret[:]), base.BytesOf
	l.accept("opened by its bidder", reveal)
	l.refuse("opened by another bidder", publica.Unverified, "secret", reveal, func(v *vector) { v.Secret = hex.EncodeToString(other.secret[:]) })
	l.refuse("a bucket that was noise, opened by its bidder", publica.Unverified, "bucket", reveal, func(v *vector) {
		v.Envelope, v.Alter = text(noise.envelope), 5
	})
}

// seals are bids and documents with the randomness that they are sealed with.
func (l *caseList) seals(s *scene, b *sealedBid) {
	random := func(name string, n int) []byte {
		all := make([]byte, n)
		_ = must(io.ReadFull(chance(name), all))
		return all
	}
	base := vector{Type: "seal", Key: text(s.key), Context: text(b.context), Bid: b.bid, Random: random("bid", 128)}
	long := base
	long.Bid, long.BytesOf = nil, "opened by three of five"
	with := func(f func(*Context)) func(*vector) {
		return func(v *vector) {
			x := *b.context
			f(&x)
			v.Context = text(x)
		}
	}
	l.accept("sealed with this randomness", base)
	l.accept("sealed with other randomness", base, func(v *vector) { v.Random = random("another seal", 128) })
	l.accept("sealed without lots", base, with(func(x *Context) { x.Lot = "" }))
	l.accept("an empty bid, sealed", base, func(v *vector) { v.Bid = nil })
	l.accept("the longest bid, sealed", long, func(v *vector) { v.Cut = MaxBid })
	l.refuse("sealed, and a byte too long", publica.TooLarge, "bid", long, func(v *vector) { v.Cut = MaxBid + 1 })
	l.refuse("sealed for nobody", publica.Invalid, "context/bidder", base, with(func(x *Context) { x.Bidder = publica.KeyID{} }))
	l.refuse("sealed for no text", publica.Invalid, "context/text", base, with(func(x *Context) { x.Text = Hash{} }))

	document := vector{Type: "seal-blob", BytesOf: long.BytesOf, Random: random("document", 32)}
	l.accept("a document of one byte less than a chunk, sealed", document, func(v *vector) { v.Cut = chunkSize - 1 })
	l.accept("a document of one chunk, sealed", document)
	l.accept("an empty document, sealed", document, func(v *vector) { v.BytesOf = "" })
}

func (l *caseList) partials(s *scene, b, other *sealedBid) {
	right := must(s.key.partial(s.shares[0], b.context, b.envelope, chance("right")))
	secret := s.boardSecrets[0][0]
	partial := func(plain []byte) jsontext.Value { return text(s.cheat(b, s.shares[0], plain)) }
	base := s.on("partial", b)
	base.Member, base.Secret, base.Partial = 1, hex.EncodeToString(secret[:]), partial(right)
	complaint := s.on("partial-complaint", b)
	complaint.Board, complaint.Partial, complaint.Complaint = texts(s.board), base.Partial, text(PartialComplaint{1, secret, 1})
	l.accept("a partial decryption", base)
	l.refuse("a complaint about a good partial", publica.Unverified, "", complaint)
	for _, c := range []struct {
		name  string
		plain []byte
		code  publica.Code
	}{
		{"another point", append(bytes.Clone(b.envelope.Point[:]), right[32:]...), publica.Unverified},
		{"the identity", append(make([]byte, 32), right[32:]...), publica.Malformed},
		{"an altered proof", altered(right, 33), publica.Unverified},
		{"a proof that is not reduced", append(bytes.Clone(right[:64]), bytes.Repeat([]byte{0xff}, 32)...), publica.Malformed},
		{"another trustee's share", must(s.key.partial(s.shares[1], b.context, b.envelope, chance("x"))), publica.Unverified},
		{"another envelope's", must(s.key.partial(s.shares[0], other.context, other.envelope, chance("x"))), publica.Unverified},
	} {
		l.refuse("partial with "+c.name, c.code, "boxes/0", base, func(v *vector) { v.Partial = partial(c.plain) })
		l.accept("a complaint about a partial with "+c.name, complaint, func(v *vector) { v.Partial = partial(c.plain) })
	}
	l.refuse("a partial for another member", publica.Unverified, "boxes/1", base, func(v *vector) { v.Member = 2 })
	l.refuse("a partial for another envelope", publica.Unverified, "boxes/0", base, func(v *vector) {
		v.Context, v.Envelope = text(other.context), text(other.envelope)
	})
	l.refuse("a complaint with another key's secret", publica.Unverified, "secret", complaint, func(v *vector) {
		v.Complaint = text(PartialComplaint{1, s.boardSecrets[0][1], 1})
	})
	l.board(s, b)
}

func (l *caseList) board(s *scene, b *sealedBid) {
	base := s.on("board", b)
	base.BytesOf = "opened by three of five"
	for _, share := range s.shares[1:4] {
		plain := must(s.key.partial(share, b.context, b.envelope, chance("board")))
		base.Decryptions = append(base.Decryptions, Decryption{Point: Point(plain[:32]), Trustee: share.Trustee})
	}
	l.accept("opened for the board", base)
	l.refuse("two of three decryptions", publica.Unverified, "shares", base, func(v *vector) { v.Decryptions = v.Decryptions[:2] })
	l.refuse("a decryption twice", publica.Conflict, "decryptions/2", base, func(v *vector) {
		v.Decryptions = []Decryption{v.Decryptions[0], v.Decryptions[1], v.Decryptions[0]}
	})
	l.refuse("a wrong decryption that nobody checked", publica.Unverified, "bucket", base, func(v *vector) {
		v.Decryptions = slices.Clone(v.Decryptions)
		v.Decryptions[0].Point = v.Decryptions[1].Point
	})
}

func (l *caseList) blobs() {
	var sealed bytes.Buffer
	b := must(SealBlob(&sealed, bytes.NewReader(make([]byte, chunkSize+5)), chance("blob")))
	base := vector{Type: "blob", Blob: text(b), BytesOf: "a blob of two chunks"}
	l.accept("a blob of two chunks", base, func(v *vector) { v.Bytes, v.BytesOf = sealed.Bytes(), "" })
	l.refuse("a blob altered", publica.Unverified, "blob", base, func(v *vector) { v.Alter = 70000 })
	l.refuse("a blob cut off", publica.Malformed, "blob", base, func(v *vector) { v.Cut = sealedSize })
	change := func(f func(*Blob)) func(*vector) {
		return func(v *vector) {
			c := *b
			f(&c)
			v.Blob = text(c)
		}
	}
	l.refuse("a blob cut off, and said to be so", publica.Unverified, "blob", base, change(func(b *Blob) { b.Size = 5 }), func(v *vector) { v.Cut = sealedSize })
	l.refuse("a blob longer than its document", publica.Unverified, "blob", base, change(func(b *Blob) { b.Size = 5 }))
	l.refuse("a blob with another hash", publica.Unverified, "hash", base, change(func(b *Blob) { b.Hash[0] ^= 1 }))
	l.refuse("a blob with another key", publica.Unverified, "blob", base, change(func(b *Blob) { b.Key[0] ^= 1 }))
	l.refuse("a document one byte longer", publica.Malformed, "size", base, change(func(b *Blob) { b.Size++ }))
}
