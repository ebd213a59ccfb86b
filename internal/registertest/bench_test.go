package registertest_test

import (
	"fmt"
	"testing"

	"publica"
	"publica/internal/machine"
	"publica/internal/registertest"
)

// comments returns a register with an open docket, and n comments on it from
// as many people.
func comments(b *testing.B, n int) (*registertest.Law, []*publica.Signed) {
	b.Helper()
	l := registertest.NewLaw(b, registertest.Domains())
	body := l.Do("founder", publica.Entry{Kind: "identity/body", Body: []byte(`{"name":"Agency","type":"agency"}`)})
	l.Do("founder", publica.Entry{Kind: "identity/grant", For: publica.BodyID(body),
		Body: fmt.Appendf(nil, `{"key":%q,"role":"coordinator"}`, registertest.Key("carol").ID())})
	docket := l.Do("carol", publica.Entry{Kind: "docket/open", For: publica.BodyID(body),
		Body: []byte(`{"charter":{"contribute":"anyone","max_attachments":20,"max_bytes":5000,"respond":true},"languages":["en"],"type":"consultation"}`)},
		registertest.Text{Name: "title", Media: "text/plain", Data: "A docket"})
	signed := make([]*publica.Signed, n)
	for i := range signed {
		signed[i] = l.Sign(fmt.Sprintf("person %d", i%64), publica.Entry{Kind: "participation/comment", Docket: publica.DocketID(docket),
			Body: []byte(`{"stance":"support"}`)}, registertest.Text{Name: "text", Media: "text/plain", Data: "A comment of some length."})
	}
	return l, signed
}

func BenchmarkCheck(b *testing.B) {
	l, signed := comments(b, 1000)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := l.Check(signed[i%len(signed)]); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkApply takes comments through their rule, a thousand to a block,
// beginning and sealing of the blocks included.
func BenchmarkApply(b *testing.B) {
	l, signed := comments(b, 1000)
	entries := make([]*machine.Entry, len(signed))
	for i, s := range signed {
		var err error
		if entries[i], err = l.Check(s); err != nil {
			b.Fatal(err)
		}
	}
	m := l.Machine()
	b.ReportAllocs()
	b.ResetTimer()
	for done := 0; done < b.N; done += len(entries) {
		block, err := m.Begin(l.State, l.Height+1, l.Now)
		if err != nil {
			b.Fatal(err)
		}
		for _, e := range entries[:min(len(entries), b.N-done)] {
			if _, err := block.Apply(e); err != nil {
				b.Fatal(err)
			}
		}
		if _, err := block.Finish(); err != nil {
			b.Fatal(err)
		}
	}
}
