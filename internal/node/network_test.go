package node

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"publica"
	"publica/internal/machine"
	"publica/internal/web"
)

// running is a node of a test's network.
type running struct {
	folder *Folder
	base   string
	reg    web.Register // nil while it is stopped
	stop   func()
	now    func() time.Time // its clock; time.Now if nil
}

// network founds a register that several bodies run, and runs it.
func network(t *testing.T, n int) []*running {
	t.Helper()
	dir := t.TempDir()
	var all []*running
	var cards []*Card
	for i := range n {
		cfg := Config{Register: "test.example", Name: fmt.Sprintf("node%d", i+1), Listen: "127.0.0.1:0"}
		cfg.Peers.Listen = freeAddress(t)
		f, card, err := Init(filepath.Join(dir, cfg.Name), cfg, machine.GenesisBody{Name: "Body " + cfg.Name, Type: "other"}, cfg.Peers.Listen)
		if err != nil {
			t.Fatal(err)
		}
		all, cards = append(all, &running{folder: f}), append(cards, card)
	}
	g, err := Gather(cards, nil, DefaultSilence, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		raw, err := EncodeGenesis(g)
		if err == nil {
			err = writeNew(r.folder.path("genesis.json"), raw, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
		r.start(t)
	}
	return all
}

// addresses counts those given to tests of this process.
var addresses atomic.Int64

// freeAddress returns a loopback address for a node to listen on later. Nobody
// else gets it meanwhile: its host is this process' own, and its port is below
// those that the system gives to connections.
func freeAddress(t *testing.T) string {
	t.Helper()
	pid := os.Getpid()
	for range 100 {
		at := fmt.Sprintf("127.%d.%d.%d:%d", pid>>14&255, pid>>7&127, pid&127+1, 10_000+addresses.Add(1)%20_000)
		if l, err := net.Listen("tcp", at); err == nil {
			l.Close()
			return at
		}
	}
	t.Fatal("no loopback address can be had")
	return ""
}

func (r *running) start(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	type up struct {
		base string
		reg  web.Register
	}
	ready, ended := make(chan up, 1), make(chan error, 1)
	go func() {
		ended <- Run(ctx, r.folder, Options{Now: r.now, Ready: func(b string, reg web.Register) { ready <- up{b, reg} }})
	}()
	select {
	case u := <-ready:
		r.base, r.reg = u.base, u.reg
	case err := <-ended:
		t.Fatalf("%s ended at once: %v", r.folder.Config.Name, err)
	case <-time.After(time.Minute):
		t.Fatalf("%s did not start", r.folder.Config.Name)
	}
	r.stop = func() {
		if r.reg == nil {
			return
		}
		r.reg = nil
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("%s ended with %v", r.folder.Config.Name, err)
		}
	}
	t.Cleanup(r.stop)
}

// speak submits a statement of the body that runs node i, trying again while
// the node says that it is busy.
func speak(t *testing.T, r *running, kind publica.Kind, body string, content ...publica.Content) publica.EntryID {
	t.Helper()
	key, err := r.folder.Key("governor")
	if err != nil {
		t.Fatal(err)
	}
	e := publica.Entry{Register: "test.example", Kind: kind, Made: publica.TimeOf(time.Now()), Nonce: publica.NewNonce(nil), Body: []byte(body)}
	for _, c := range content {
		e.Content = append(e.Content, publica.Part{Name: c.Name, Media: "text/plain", Size: int64(len(c.Data)), Commitment: c.Commitment()})
	}
	s, err := publica.NewSubmission(key, e, content...)
	if err != nil {
		t.Fatal(err)
	}
	within(t, time.Minute, "the entry is taken in", func() bool {
		_, err := r.reg.Submit(t.Context(), s)
		if err != nil && publica.CodeOf(err) != publica.Busy {
			t.Fatal(err)
		}
		return err == nil
	})
	return s.Signed.ID()
}

func within(t *testing.T, limit time.Duration, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(limit); !done(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within %v: %s", limit, what)
		}
	}
}

// stage asks a node for a receipt and returns how far the policy believes it.
func stage(t *testing.T, r *running, policy *publica.Policy, id publica.EntryID) publica.Stage {
	receipt, err := r.reg.Receipt(t.Context(), id)
	if err != nil {
		return ""
	}
	v, err := receipt.Verify(policy, "")
	if err != nil {
		return ""
	}
	return v.Stage
}

// Four bodies run one register: a receipt grows until three have cosigned it
// and hold its content; one node may be away; one that lost its content gets
// it back from the others.
func TestFourBodiesRunARegister(t *testing.T) {
	nodes := network(t, 4)
	policy, err := publica.ParsePolicy([]byte(nodes[0].reg.Policy()))
	if err != nil {
		t.Fatal(err)
	}
	if !policy.Quorum() {
		t.Fatalf("the policy demands no quorum:\n%s", policy)
	}
	name := publica.Content{Name: "name", Salt: bytes.Repeat([]byte{7}, publica.SaltSize), Data: []byte("Ada")}
	first := speak(t, nodes[0], "identity/account", `{}`, name)
	for i, n := range nodes {
		within(t, time.Minute, fmt.Sprintf("node %d has a durable receipt", i+1), func() bool { return stage(t, n, policy, first) == publica.Durable })
	}

	nodes[3].stop()
	second := speak(t, nodes[1], "identity/account", `{}`)
	within(t, time.Minute, "three go on", func() bool { return stage(t, nodes[2], policy, second) == publica.Durable })

	if err := os.RemoveAll(nodes[3].folder.path("content")); err != nil {
		t.Fatal(err)
	}
	nodes[3].start(t)
	within(t, time.Minute, "the fourth has caught up", func() bool { return stage(t, nodes[3], policy, second) == publica.Durable })
	within(t, time.Minute, "the fourth has the content again", func() bool {
		got, err := nodes[3].reg.Content(t.Context(), name.Commitment())
		return err == nil && string(got.Data) == "Ada"
	})
	all := nodes[0].reg.Validators()
	if len(all) != 4 {
		t.Errorf("%d validators", len(all))
	}
	for _, v := range all {
		if !(v.Online || v.Self) || v.Signed+v.Missed == 0 || v.Owner == "" {
			t.Errorf("%s, run by %q: online %v, votes %d of %d", v.Name, v.Owner, v.Online, v.Signed, v.Signed+v.Missed)
		}
	}
}
