package faulttest

import (
	"bytes"
	"context"
	"encoding/json/v2"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"publica"
	"publica/internal/machine"
	"publica/internal/node"
)

const (
	registerName = "faults.example"
	// healing is how long nodes may take, after a fault is gone, until they
	// agree and can prove it.
	healing = time.Minute
	// patience is for steps that end at once, on a machine with other things to
	// do.
	patience = time.Minute
)

// Options are what a test wants of its register.
type Options struct {
	Validators int
	Disk       map[int]int64 // bytes of the disks of their own that these nodes have
	Age        time.Duration // since the genesis: a clock that goes slow must not show a time before it
}

// A Register is nodes that run as processes, each with a network stack and a
// folder of its own, people who use them, and observers who believe nothing.
type Register struct {
	t       testing.TB
	net     *network
	nodes   []*Node
	genesis *machine.Genesis
	policy  *publica.Policy // of the quorum
	docket  publica.DocketID
	crowd   *crowd
	log     *observed
	ballots *ballots
	begun   time.Time

	liar     string // node that is meant to vote twice
	lateness bool   // promises may be kept late

	mu      sync.Mutex    // guards all below
	notes   []string      // for the report
	settled time.Duration // the longest that healing took
}

// A Node is one of them.
type Node struct {
	*process // nil until it has been started
	r        *Register
	i        int
	home     string
	disk     *disk  // nil: a folder like any other
	journal  string // what it says, in a file beside its folder
	build    string // program to run
	env      []string
	base     string
	own      *publica.Policy // that believes this node's log key
}

// Start founds a register as its operators would, with the public commands,
// starts its nodes and lets people use it. When the test ends, all nodes are
// ended.
func Start(t testing.TB, o Options) *Register {
	t.Helper()
	r := &Register{t: &teller{TB: t}, net: newNetwork(t, o.Validators), ballots: newBallots(), log: newObserved(), begun: time.Now()}
	// A short path: the name of a socket in it must fit into 100 bytes.
	dir, err := os.MkdirTemp("", "faults-*")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	t.Cleanup(r.end)
	for i := range o.Validators {
		home := filepath.Join(dir, fmt.Sprintf("n%d", i+1))
		n := &Node{r: r, i: i, home: home, journal: home + ".log", build: "plain", base: "http://" + address(i) + ":8080"}
		r.nodes = append(r.nodes, n)
		if size := o.Disk[i]; size > 0 {
			n.disk = newDisk(t, size)
			n.home = filepath.Join(n.disk.dir, "home")
		}
	}
	r.found(dir, o.Age)
	for _, n := range r.nodes {
		n.Start()
	}
	for _, n := range r.nodes {
		n.awaitReady()
	}
	r.openDocket()
	r.crowd = newCrowd(r)
	r.log.follow(r)
	return r
}

// found makes the nodes' folders.
func (r *Register) found(dir string, age time.Duration) {
	r.t.Helper()
	genesis := filepath.Join(dir, "genesis.json")
	var cards []string
	for i, n := range r.nodes {
		r.must(run(r.t, r.net.hosts[i], "init", "--home", n.home, "--register", registerName, "--name", fmt.Sprintf("node%d", i+1),
			"--body", fmt.Sprintf("Body %d", i+1), "--type", "agency", "--address", address(i)+":26656", "--url", n.base, "--listen", address(i)+":8080"))
		cards = append(cards, filepath.Join(n.home, "validator.json"))
	}
	founder := r.governor().ID().String()
	r.must(run(r.t, r.net.hosts[0], append([]string{"genesis", "--out", genesis, "--founder", founder}, cards...)...))
	raw, err := aged(genesis, age)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, n := range r.nodes {
		if err := os.WriteFile(filepath.Join(n.home, "genesis.json"), raw, 0o644); err != nil {
			r.t.Fatal(err)
		}
	}
	unix.Sync() // an operator takes longer than that to start a node
	r.trust()
}

// aged returns a genesis as it would be if it had been gathered earlier.
func aged(path string, age time.Duration) ([]byte, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	g := new(machine.Genesis)
	if err := publica.DecodeStrict(raw, g, "genesis"); err != nil {
		return nil, err
	}
	g.Time = g.Time.Add(-age)
	return node.EncodeGenesis(g)
}

func (r *Register) must(_ string, err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// trust makes the policies: one that demands more than two thirds, and for each
// node one that believes its own log key, to see what it would have us believe.
func (r *Register) trust() {
	r.t.Helper()
	f, err := node.OpenFolder(r.nodes[0].home)
	if err == nil {
		r.genesis, err = f.Genesis()
	}
	if err != nil {
		r.t.Fatal(err)
	}
	var members []publica.PolicyMember
	for i, v := range r.genesis.Validators {
		members = append(members, publica.PolicyMember{Name: fmt.Sprintf("node%d", i+1), Cosign: v.Cosign, Node: v.Node})
		if r.nodes[i].own, err = publica.SingleLogPolicy(v.Log, v.Node); err != nil {
			r.t.Fatal(err)
		}
	}
	text := publica.QuorumPolicyText(registerName, members, len(members)*2/3+1, nil, 0)
	if r.policy, err = publica.ParsePolicy([]byte(text)); err != nil {
		r.t.Fatal(err)
	}
}

// governor is the key that speaks for the first body.
func (r *Register) governor() *publica.PrivateKey {
	r.t.Helper()
	f, err := node.OpenFolder(r.nodes[0].home)
	if err != nil {
		r.t.Fatal(err)
	}
	key, err := f.Key("governor")
	if err != nil {
		r.t.Fatal(err)
	}
	return key
}

// openDocket has the governor of the first body found an agency and open an
// action plan that anyone may comment on.
func (r *Register) openDocket() {
	r.t.Helper()
	governor := r.governor()
	say := func(kind publica.Kind, by publica.BodyID, body any, content ...publica.Content) publica.EntryID {
		r.t.Helper()
		raw, err := json.Marshal(body)
		if err != nil {
			r.t.Fatal(err)
		}
		e := publica.Entry{Register: registerName, Kind: kind, For: by, Made: publica.TimeOf(time.Now()), Nonce: publica.NewNonce(nil), Body: raw}
		for _, c := range content {
			e.Content = append(e.Content, publica.Part{Name: c.Name, Media: "text/plain", Size: int64(len(c.Data)), Commitment: c.Commitment()})
		}
		s, err := publica.NewSubmission(governor, e, content...)
		if err != nil {
			r.t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(r.t.Context(), patience)
		defer cancel()
		c := r.nodes[0].client(r.policy)
		if _, err := c.Submit(ctx, s); err != nil {
			r.t.Fatalf("%s: %v", kind, err)
		}
		_, v, err := c.Await(ctx, s.Signed.ID(), publica.Durable, patience)
		if err != nil {
			r.t.Fatalf("%s: %v", kind, err)
		}
		if v.Leaf.Refused != nil {
			r.t.Fatalf("%s was refused: %+v", kind, v.Leaf.Refused)
		}
		return s.Signed.ID()
	}
	agency := publica.BodyID(say("identity/body", publica.BodyID{}, map[string]string{"name": "Ministry of Faults", "type": "agency"}))
	say("identity/grant", agency, map[string]string{"key": governor.ID().String(), "role": "coordinator"})
	title, _ := publica.NewContent("title", "text/plain", []byte("A plan under attack"))
	r.docket = publica.DocketID(say("docket/open", agency, map[string]any{
		"type": "action-plan", "languages": []string{"en"},
		"charter": map[string]any{"contribute": "anyone", "periods": []string{}, "respond": true, "notice_days": 0, "min_days": 0,
			"min_bytes": 1, "max_bytes": 5000, "max_attachments": 2, "moderators": []string{}, "reviewers": []string{}, "retention": "permanent"},
	}, title))
}

// end ends all nodes and shows their last words if the test has failed.
func (r *Register) end() {
	if r.crowd != nil {
		r.crowd.leave()
		r.log.stop()
	}
	for _, n := range r.nodes {
		if n.process == nil {
			continue
		}
		n.process.kill()
		if raw, err := os.ReadFile(n.journal); err != nil || bytes.Contains(raw, []byte("DATA RACE")) {
			r.t.Errorf("node %d: %v, or a data race:\n%s", n.i+1, err, raw)
		}
		if r.t.Failed() {
			r.t.Logf("node %d, at the end:\n%s", n.i+1, tail(n.journal, 40))
		}
	}
	r.t.(*teller).repeat()
}

// A teller says again at the end what failed a test, below all that the nodes
// say: who sees only the end of the output sees why.
type teller struct {
	testing.TB
	mu  sync.Mutex
	why []string
}

func (t *teller) tell(what string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.why = append(t.why, what)
}

func (t *teller) repeat() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, what := range t.why {
		t.TB.Log("failed: " + what)
	}
}

func (t *teller) Error(args ...any) { t.Helper(); t.tell(fmt.Sprint(args...)); t.TB.Error(args...) }
func (t *teller) Fatal(args ...any) { t.Helper(); t.tell(fmt.Sprint(args...)); t.TB.Fatal(args...) }

func (t *teller) Errorf(format string, args ...any) {
	t.Helper()
	t.Error(fmt.Sprintf(format, args...))
}
func (t *teller) Fatalf(format string, args ...any) {
	t.Helper()
	t.Fatal(fmt.Sprintf(format, args...))
}

// Partition cuts the network; see [network.partition].
func (r *Register) Partition(groups ...[]int) {
	r.t.Helper()
	if err := r.net.partition(groups...); err != nil {
		r.t.Fatal(err)
	}
}

// Heal joins the network again.
func (r *Register) Heal() {
	r.t.Helper()
	if err := r.net.heal(); err != nil {
		r.t.Fatal(err)
	}
}

// Start starts a node that does not run.
func (n *Node) Start() {
	n.r.t.Helper()
	var err error
	n.process, err = spawn(n.r.net.hosts[n.i], n.journal, n.env, program(n.build, "publicad"), "serve", "--verbose", "--home", n.home)
	if err != nil {
		n.r.t.Fatal(err)
	}
}

// Kill ends the node with no warning.
func (n *Node) Kill() { n.process.kill() }

// Shut ends the node in good order.
func (n *Node) Shut() {
	n.r.t.Helper()
	n.signal(syscall.SIGTERM)
	select {
	case <-n.done:
	case <-time.After(patience):
		n.signal(syscall.SIGABRT) // its goroutines are in the log
		<-n.done
		n.r.t.Fatalf("node %d does not end when told to", n.i+1)
	}
	if !n.cmd.ProcessState.Success() {
		n.r.t.Errorf("node %d did not end in good order: %s", n.i+1, n.cmd.ProcessState)
	}
}

// client returns a client of the node that believes a policy.
func (n *Node) client(p *publica.Policy) *publica.Client {
	c, err := publica.NewClient(n.base, p)
	if err != nil {
		panic(err)
	}
	c.HTTP = n.r.net.client(n.i)
	return c
}

// readiness asks the node whether it works, and why not.
func (n *Node) readiness() (ready bool, why string) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	status, body, err := n.get(ctx, "/readyz")
	if err != nil {
		return false, err.Error()
	}
	return status == 200, strings.TrimSpace(body)
}

// awaitReady waits until the node works again.
func (n *Node) awaitReady() {
	n.r.t.Helper()
	n.r.await(fmt.Sprintf("node %d to be ready", n.i+1), healing, func() string {
		if n.ended() {
			n.r.t.Fatalf("node %d has ended: %s", n.i+1, n.cmd.ProcessState)
		}
		if ready, why := n.readiness(); !ready {
			return why
		}
		return ""
	})
}

// await asks again until nothing is missing, and fails the test with what is
// after within.
func (r *Register) await(what string, within time.Duration, missing func() string) {
	r.t.Helper()
	for deadline := time.Now().Add(within); ; time.Sleep(50 * time.Millisecond) {
		lacks := missing()
		if lacks == "" {
			return
		}
		if time.Now().After(deadline) {
			r.t.Fatalf("waited %v for %s: %s", within, what, lacks)
		}
		r.mustHold()
	}
}

// note adds to what the report says of this test.
func (r *Register) note(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.notes = append(r.notes, fmt.Sprintf(format, args...))
}
