package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"publica"
	"publica/internal/machine"
	"publica/internal/node"
)

// A node whose voting key is in another process decides blocks, and none while
// that process is away.
func TestRemoteSigner(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a node")
	}
	dir := t.TempDir()
	home, signer, genesis := filepath.Join(dir, "home"), filepath.Join(dir, "signer"), filepath.Join(dir, "home", "genesis.json")
	ports, err := choosePorts(3, 0)
	if err != nil {
		t.Fatal(err)
	}
	vote, id, err := node.Identity(signer)
	if err != nil {
		t.Fatal(err)
	}
	at := "127.0.0.1:" + ports[2]
	f, card, err := node.Init(home, node.Config{Register: "signed.example", Listen: "127.0.0.1:" + ports[0], Signer: id + "@" + at},
		machine.GenesisBody{Name: "Records Office", Type: "agency"}, "127.0.0.1:"+ports[1])
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(card.Validator.Consensus, vote) {
		t.Fatal("the node and its signer have one key")
	}
	card.Validator.Consensus = vote
	if err := f.AmendCard(func(c *node.Card) { c.Validator.Consensus = vote }); err != nil {
		t.Fatal(err)
	}
	g, err := node.Gather([]*node.Card{card}, nil, node.DefaultSilence, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	raw, err := node.EncodeGenesis(g)
	if err == nil {
		err = os.WriteFile(genesis, raw, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, found := range node.CheckConfig(t.Context(), f, false, time.Now) {
		if found.Fault {
			t.Errorf("%s %s", found.Field, found.Said)
		}
	}
	background(t, "serve", "--home", home)
	stop := background(t, "sign", "--home", signer, "--genesis", genesis, "--connect", card.Validator.Peer+"@"+at)
	base := "http://127.0.0.1:" + ports[0]
	if err := ready(t.Context(), base); err != nil {
		t.Fatal(err)
	}
	if got := speak(t, base, time.Minute); got == publica.Promised {
		t.Errorf("with the signer an entry is %s only", got)
	}
	stop()
	if got := speak(t, base, 2*time.Second); got != publica.Promised {
		t.Errorf("without the signer an entry is %s", got)
	}
}

// speak opens an account on a register and returns how far its receipt came
// within the time.
func speak(t *testing.T, base string, wait time.Duration) publica.Stage {
	t.Helper()
	client := believing(t, base)
	key, err := publica.GenerateKey(publica.Ed25519)
	if err != nil {
		t.Fatal(err)
	}
	s, err := publica.NewSubmission(key, publica.Entry{Register: client.Policy().Register(), Kind: "identity/account", Made: publica.TimeOf(time.Now()),
		Nonce: publica.NewNonce(nil), Body: []byte(`{}`)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Submit(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	_, v, err := client.Receipt(t.Context(), s.Signed.ID(), wait)
	if err != nil {
		t.Fatal(err)
	}
	return v.Stage
}

// believing returns a client that believes what the node says of itself.
func believing(t *testing.T, base string) *publica.Client {
	t.Helper()
	info, err := publica.Discover(t.Context(), nil, base)
	if err != nil {
		t.Fatal(err)
	}
	policy, err := publica.ParsePolicy([]byte(info.PolicyText()))
	if err != nil {
		t.Fatal(err)
	}
	c, err := publica.NewClient(base, policy)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// background runs publicad until the test ends or stop is called.
func background(t *testing.T, args ...string) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, "publicad", args...)
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := false
	stop = func() {
		if ended {
			return
		}
		ended = true
		cancel()
		_ = cmd.Wait() // it was killed
		if t.Failed() {
			t.Logf("publicad %s said:\n%s", args[0], &said)
		}
	}
	t.Cleanup(stop)
	return stop
}
