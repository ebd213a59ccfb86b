package tender_test

import (
	"bytes"
	"encoding/json/jsontext"
	"encoding/json/v2"
	"math/rand/v2"
	"testing"

	"publica"
	"publica/internal/domain/procurement"
	"publica/internal/machine"
	"publica/internal/registertest"
	"publica/sealed"
	"publica/tender"
)

// A board is a confidential tender with what its evaluators keep.
type board struct {
	t      *testing.T
	law    *registertest.Law
	docket publica.DocketID
}

func boardOf(t *testing.T) *board {
	t.Helper()
	b := &board{t: t}
	registertest.WatchScenarios(t, "testdata/board.txtar", registertest.Domains(), func(_ *testing.T, l *registertest.Law) { b.law = l })
	all := dockets(b.law)
	b.docket, b.law.T = all[len(all)-1], t
	return b
}

func (b *board) read() *tender.Process {
	b.t.Helper()
	p, err := tender.Read(input(b.t, b.law, b.docket))
	if err != nil {
		b.t.Fatal(err)
	}
	return p
}

// keep is what an evaluator keeps; there is one key.
func (b *board) keep(actor string) func(lot, envelope string) *tender.BoardSecrets {
	k := b.law.Tender(b.docket)
	boxes, _ := k.Boxes(actor, 0)
	return func(_, _ string) *tender.BoardSecrets {
		return &tender.BoardSecrets{Boxes: boxes, Letters: k.Letters(actor, 0)}
	}
}

func (b *board) open(p *tender.Process, member int, actor string) (*tender.BoardOpening, []tender.WrongBox) {
	b.t.Helper()
	o, wrong, err := p.OpenBoxes(member, b.keep(actor), contentOf(b.law))
	if err != nil {
		b.t.Fatal(err)
	}
	return o, wrong
}

// do has an actor put a record on the docket.
func (b *board) do(actor string, kind publica.Kind, body any, parts ...registertest.Text) publica.EntryID {
	b.t.Helper()
	raw, err := json.Marshal(body, json.Deterministic(true))
	if err != nil {
		b.t.Fatal(err)
	}
	return b.law.Do(actor, publica.Entry{Kind: kind, Body: jsontext.Value(raw), Docket: b.docket}, parts...)
}

// TestOpenConfidential: an evaluator opens what was proven, names what was not, and the
// evidence stands before the rules; another trustee opens the rest. What it hands over
// proves itself.
func TestOpenConfidential(t *testing.T) {
	b := boardOf(t)
	p := b.read()
	o, wrong := b.open(p, 1, "e1")
	if len(wrong) != 1 || wrong[0].Complaint.Trustee != 2 || wrong[0].Complaint.Bid != p.Bids[0].ID || wrong[0].Why == "" {
		t.Fatalf("wrong: %+v", wrong)
	}
	b.names(p, o, "", "Two")
	b.do("e1", "procurement/partial-complain", wrong[0].Complaint)
	for i := range 2 {
		bid := b.law.Tender(b.docket)
		counted := bidsOf(b.law, b.docket)
		body, err := bid.Partial("t3", 0, &counted[i])
		if err != nil {
			t.Fatal(err)
		}
		b.do("t3", "procurement/open-share", body)
	}
	p = b.read()
	for i, actor := range []string{"e1", "e2"} {
		if o, wrong = b.open(p, i+1, actor); len(wrong) > 0 {
			t.Errorf("%s finds wrong what is not: %+v", actor, wrong)
		}
		b.names(p, o, "One", "Two")
	}
	b.forged(p, o)
	if open, err := p.Open(contentOf(b.law)); err != nil || open[0].Offer != nil || open[0].Opened[0].Access != tender.Withheld {
		t.Errorf("the public reads %+v, %v", open[0].Opened, err)
	}
	if _, wrong, err := p.OpenBoxes(1, b.keep("e2"), contentOf(b.law)); err != nil || len(wrong) == 0 {
		t.Errorf("with another's secrets everything is right: %v", err)
	}
}

// bidsOf are the bids as the rules have them.
func bidsOf(l *registertest.Law, in publica.DocketID) (all []procurement.Bid) {
	l.View(func(tx *machine.Tx) { all = procurement.Bids(tx, in, func(*procurement.Bid) bool { return true }) })
	return all
}

// names opens by what was handed over and compares who bids; "" if that stays unknown.
func (b *board) names(p *tender.Process, o *tender.BoardOpening, want ...string) {
	b.t.Helper()
	raw, err := json.Marshal(o)
	if err != nil {
		b.t.Fatal(err)
	}
	again := new(tender.BoardOpening) // as the buyer reads it from a file
	if err := json.Unmarshal(raw, again); err != nil {
		b.t.Fatal(err)
	}
	bids, err := p.OpenConfidential(again, contentOf(b.law))
	if err != nil {
		b.t.Fatal(err)
	}
	for i, x := range bids {
		if x.Name() != want[i] {
			b.t.Errorf("bid %d is of %q, want %q: %s", i+1, x.Name(), want[i], x.Opened[0].Access)
		}
	}
}

// forged alters what was handed over: nothing of it is believed.
func (b *board) forged(p *tender.Process, o *tender.BoardOpening) {
	b.t.Helper()
	raw, err := json.Marshal(o)
	if err != nil {
		b.t.Fatal(err)
	}
	for name, change := range map[string]func(*tender.BoardOpening){
		"of another tender":      func(o *tender.BoardOpening) { o.Docket[0] ^= 1 },
		"of another register":    func(o *tender.BoardOpening) { o.Register = "other.example" },
		"with another point":     func(o *tender.BoardOpening) { o.Bids[0].Decryptions[0].Point = o.Bids[1].Decryptions[0].Point },
		"without a proof":        func(o *tender.BoardOpening) { o.Bids[0].Decryptions[0].Proof = sealed.Proof{} },
		"with one twice":         func(o *tender.BoardOpening) { o.Bids[0].Decryptions[1] = o.Bids[0].Decryptions[0] },
		"with bids in exchange":  func(o *tender.BoardOpening) { o.Bids[0].Bid, o.Bids[1].Bid = o.Bids[1].Bid, o.Bids[0].Bid },
		"of a trustee too many":  func(o *tender.BoardOpening) { o.Bids[0].Decryptions[0].Trustee = 4 },
		"of a trustee below one": func(o *tender.BoardOpening) { o.Bids[0].Decryptions[0].Trustee = 0 },
	} {
		bad := new(tender.BoardOpening)
		if err := json.Unmarshal(raw, bad); err != nil {
			b.t.Fatal(err)
		}
		change(bad)
		if _, err := p.OpenConfidential(bad, contentOf(b.law)); err == nil || publica.CodeOf(err) == publica.Internal {
			b.t.Errorf("an opening %s is taken, or refused without a cause: %v", name, err)
		}
	}
}

// TestCureByLetter: what a bidder cures in a letter counts for the rules when an
// evaluator has read it; a letter to nobody counts as saying nothing.
func TestCureByLetter(t *testing.T) {
	for _, c := range []struct {
		name   string
		letter func(p *tender.Process, x *sealed.LetterContext) []byte
		passes bool
	}{
		{"a letter", func(p *tender.Process, x *sealed.LetterContext) []byte { return letterOf(t, p, x, `{"days":10}`) }, true},
		{"noise", func(*tender.Process, *sealed.LetterContext) []byte { return bytes.Repeat([]byte("x"), 5000) }, false},
		{"another's letter", func(p *tender.Process, x *sealed.LetterContext) []byte {
			other := *x
			other.Author = registertest.Key("v1").ID()
			return letterOf(t, p, &other, `{"days":10}`)
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := boardOf(t)
			p := b.read()
			bid := p.Bids[1]
			letter := c.letter(p, p.LetterContext(tender.CureKind, bid.Author, bid.ID, ""))
			before, _ := b.open(p, 2, "e2")
			b.do("v2", tender.CureKind, tender.AboutBid{Bid: bid.ID}, registertest.Text{Name: "sealed", Media: sealed.LetterMedia, Data: string(letter)})
			p = b.read()
			if _, err := b.judge(p, before); err == nil {
				t.Error("a bid is judged without its cure")
			}
			after, _ := b.open(p, 2, "e2")
			j, err := b.judge(p, after)
			if err != nil || j.Passed() != c.passes {
				t.Errorf("judged %+v, %v; want %v", j, err, c.passes)
			}
		})
	}
}

func letterOf(t *testing.T, p *tender.Process, x *sealed.LetterContext, facts string) []byte {
	t.Helper()
	to, err := p.LetterReaders("")
	if err != nil {
		t.Fatal(err)
	}
	l := tender.Letter{Format: tender.LetterFormat, Parts: []tender.LetterPart{{Data: []byte("Ten days."), Media: "text/markdown", Name: "text"}, {Data: []byte(facts), Media: tender.InputMedia, Name: "attachment-1"}}}
	raw, err := l.Seal(x, to, rand.NewChaCha8([32]byte{1}))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// judge runs the rules over the second bid.
func (b *board) judge(p *tender.Process, o *tender.BoardOpening) (*tender.Judgement, error) {
	b.t.Helper()
	bids, err := p.OpenConfidential(o, contentOf(b.law))
	if err != nil {
		b.t.Fatal(err)
	}
	set, err := p.Rules(contentOf(b.law))
	if err != nil {
		b.t.Fatal(err)
	}
	return p.Judge(set, bids[1], contentOf(b.law))
}

func FuzzLetterText(f *testing.F) {
	f.Add([]byte(`{"format":"publica-letter/v1","parts":[{"data":"d29yZHM=","media":"text/plain","name":"text"}]}`))
	f.Add([]byte(`{"format":"publica-letter/v1","parts":[{"data":"","media":"text/plain","name":"../x"}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		l, err := tender.ParseLetter(raw)
		if err != nil {
			if publica.CodeOf(err) == publica.Internal {
				t.Fatalf("refused without a cause: %v", err)
			}
			return
		}
		text, err := l.Canonical()
		if err != nil {
			t.Fatal(err)
		}
		again, err := tender.ParseLetter(text)
		if err != nil {
			t.Fatalf("%q became %q: %v", raw, text, err)
		}
		for i, x := range again.Parts { // they become names of files
			if x.Name != "text" && (i == 0 || x.Name[:11] != "attachment-") {
				t.Fatalf("a part is named %q", x.Name)
			}
		}
	})
}
