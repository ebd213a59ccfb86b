package registertest_test

import (
	"encoding/json/v2"
	"testing"

	"publica"
	"publica/internal/domain/governance"
	"publica/internal/machine"
	"publica/internal/registertest"
)

// TestPasskeys: a passkey is an author like any key, on the register that takes
// those of its domain, and as long as it does.
func TestPasskeys(t *testing.T) {
	g := registertest.Governed(1)
	g.Passkeys = "pages.example"
	l := registertest.Found(t, registertest.Domains(), g)
	here, elsewhere := registertest.NewPasskey("alice", g.Passkeys), registertest.NewPasskey("alice", "elsewhere.example")
	below := registertest.NewPasskey("bob", g.Passkeys)
	below.Origin = "https://desk.pages.example:8443"

	sent := byte(0)
	send := func(p *registertest.Passkey, want publica.Code) {
		t.Helper()
		sent++
		s, err := p.Sign(publica.Entry{Register: registertest.Register, Kind: "identity/account", Made: l.Now, Nonce: publica.Nonce{sent}, Body: []byte("{}")})
		if err != nil {
			t.Fatal(err)
		}
		e, err := l.Check(s)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Signature.Verify(e.Author, s.Raw); err != nil {
			t.Fatalf("does not verify by itself: %v", err)
		}
		advice := l.Machine().Preview(l.State, l.Height+1, l.Now, e)
		if publica.CodeOf(advice) != want {
			t.Errorf("the advice is %v, want %q", advice, want)
		}
		d := l.Block(e)[0]
		if got := d.Refusal; (got == nil) != (want == "") || got != nil && got.Code != want {
			t.Errorf("refused with %+v, want %q", got, want)
		}
		leaf, err := publica.ParseLeaf(d.Leaf.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		if err := leaf.Signature.Verify(p.ID(), leaf.Entry); err != nil {
			t.Errorf("does not verify from its leaf: %v", err)
		}
	}
	send(here, "")
	send(below, "")
	send(elsewhere, publica.Forbidden)

	set := func(domain string) {
		t.Helper()
		p := machine.Parameters{Passkeys: domain, Silence: g.Silence}
		body, err := json.Marshal(governance.Propose{Action: governance.Action{SetParameters: &p}})
		if err != nil {
			t.Fatal(err)
		}
		e, err := l.Check(l.Sign("governor1", publica.Entry{Kind: "governance/propose", For: machine.GenesisBodyID(registertest.Register, g.Bodies[0].Name), Body: body},
			registertest.Text{"title", "text/plain", "Passkeys"}, registertest.Text{"text", "text/plain", "Their domain."}))
		if err != nil {
			t.Fatal(err)
		}
		if d := l.Block(e)[0]; d.Refusal != nil {
			t.Fatalf("%+v", d.Refusal)
		}
	}
	set("elsewhere.example")
	send(registertest.NewPasskey("carol", "elsewhere.example"), "")
	send(registertest.NewPasskey("dan", "pages.example"), publica.Forbidden)
	set("")
	send(registertest.NewPasskey("eve", "elsewhere.example"), publica.Unsupported)
	l.CheckRegister()
}

// TestPasskeysGenesis: a register begins with a domain that can be one.
func TestPasskeysGenesis(t *testing.T) {
	for _, bad := range []string{"https://pages.example", "pages.example:8080", "Pages.example", "192.0.2.1", "pages.example."} {
		g := registertest.Genesis()
		g.Passkeys = bad
		m, err := machine.New(registertest.Register, registertest.Domains())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.Found(registertest.NewState(), g); publica.CodeOf(err) != publica.Invalid {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
