package node

import (
	"bufio"
	"context"
	"encoding/json/v2"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"publica"
	"publica/internal/web"
)

// TestMain lets this binary be the node that the tests kill.
func TestMain(m *testing.M) {
	dir := os.Getenv("PUBLICA_TEST_NODE")
	if dir == "" {
		os.Exit(m.Run())
	}
	f, err := OpenFolder(dir)
	if err == nil {
		f.Config.Listen = "127.0.0.1:0"
		err = Run(context.Background(), f, Options{Ready: func(base string, _ web.Register) { fmt.Println(base) }})
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// A process is a node that runs apart from the test, so that it can be killed.
type process struct {
	cmd  *exec.Cmd
	base string
}

func spawn(t *testing.T, dir string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(os.Args[0])}
	p.cmd.Env = append(os.Environ(), "PUBLICA_TEST_NODE="+dir)
	p.cmd.Stderr = os.Stderr
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the node did not start: %v", err)
	}
	p.base = strings.TrimSpace(line)
	return p
}

// kill ends the process as a power switch would, as far as its memory goes.
func (p *process) kill() {
	p.cmd.Process.Kill()
	p.cmd.Wait()
}

// crowd submits comments until stopped and remembers what was promised.
type crowd struct {
	docket publica.DocketID
	policy *publica.Policy

	mu       sync.Mutex
	promised map[publica.EntryID]bool
}

func (c *crowd) run(ctx context.Context, base string, people int) {
	var wg sync.WaitGroup
	for range people {
		wg.Go(func() {
			key, err := publica.GenerateKey(publica.Ed25519)
			if err != nil {
				return
			}
			client, err := publica.NewClient(base, c.policy)
			if err != nil {
				return
			}
			for ctx.Err() == nil {
				s, err := comment(key, c.docket)
				if err != nil {
					return
				}
				if _, err := client.Submit(ctx, s); err == nil { // Submit verifies the promise
					c.mu.Lock()
					c.promised[s.Signed.ID()] = true
					c.mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
}

func comment(key *publica.PrivateKey, docket publica.DocketID) (*publica.Submission, error) {
	text, part := publica.NewContent("text", "text/plain", fmt.Appendf(nil, "A comment, one of many: %d", rand.Uint64()))
	return publica.NewSubmission(key, publica.Entry{Register: "test.example", Docket: docket, Kind: "participation/comment",
		Made: publica.TimeOf(time.Now()), Nonce: publica.NewNonce(nil), Body: []byte(`{"stance":"support"}`), Content: []publica.Part{part}}, text)
}

// TestKilledAtAnyMoment is the promise of a node put to the test: killed again
// and again while people comment, it loses nothing that it promised, takes
// nothing twice, and its log verifies and only grows.
func TestKilledAtAnyMoment(t *testing.T) {
	kills := 50
	if testing.Short() {
		kills = 5
	}
	dir := t.TempDir()
	f, err := Found(dir, Config{Register: "test.example", Listen: "127.0.0.1:0"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	c := &crowd{policy: policyOf(t, f), promised: map[publica.EntryID]bool{}}
	p := spawn(t, dir)
	c.docket = openDocket(t, f, p.base, c.policy)
	w := &watcher{seen: map[publica.EntryID]int64{}}
	for i := range kills {
		ctx, stop := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() { c.run(ctx, p.base, 8); close(done) }()
		time.Sleep(time.Duration(50+rand.IntN(450)) * time.Millisecond)
		p.kill()
		stop()
		<-done
		p = spawn(t, dir)
		if err := w.look(p.base, c.policy); err != nil {
			t.Fatalf("after kill %d: %v", i+1, err)
		}
	}
	deadline := time.Now().Add(PromiseWithin)
	for missing := 1; missing > 0; time.Sleep(50 * time.Millisecond) {
		if err := w.look(p.base, c.policy); err != nil {
			t.Fatal(err)
		}
		missing = 0
		for id := range c.promised {
			if _, ok := w.seen[id]; !ok {
				missing++
			}
		}
		if missing > 0 && time.Now().After(deadline) {
			t.Fatalf("%d of %d promised entries are not in the log", missing, len(c.promised))
		}
	}
	client, err := publica.NewClient(p.base, c.policy)
	if err != nil {
		t.Fatal(err)
	}
	for id := range c.promised { // a few, in map order: any will do
		_, v, err := client.Receipt(context.Background(), id, 0)
		if err != nil || len(v.Missing) > 0 {
			t.Fatalf("receipt of %s: %v, content missing: %v", id, err, v)
		}
		if rand.IntN(20) == 0 {
			break
		}
	}
	p.kill()
	r, err := Check(context.Background(), f, nil)
	if err != nil || len(r.Wrong) > 0 || r.Missing > 0 {
		t.Fatalf("check: %+v, %v", r, err)
	}
	t.Logf("%d kills, %d promised, %d on the log, 0 lost, 0 twice", kills, len(c.promised), r.Entries)
}

// watcher reads the log like an outsider and notices anything that changed.
type watcher struct {
	state []byte // the last checkpoint seen
	next  int64
	seen  map[publica.EntryID]int64
}

// look fetches the checkpoint, which must be consistent with the last one, and
// all new leaves, which must verify and be new.
func (w *watcher) look(base string, policy *publica.Policy) error {
	client, err := publica.NewClient(base, policy)
	if err != nil {
		return err
	}
	client.Last = w.state
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	at, err := client.Checkpoint(ctx)
	if err != nil {
		return err
	}
	w.state = client.Seen()
	for leaf, err := range client.Leaves(ctx, at, w.next) {
		if err != nil {
			return err
		}
		w.next = leaf.Index + 1
		if leaf.Leaf.Entry == nil {
			continue
		}
		if before, ok := w.seen[leaf.Leaf.ID()]; ok {
			return fmt.Errorf("entry %s is at %d and again at %d", leaf.Leaf.ID(), before, leaf.Index)
		}
		w.seen[leaf.Leaf.ID()] = leaf.Index
	}
	return nil
}

func policyOf(t *testing.T, f *Folder) *publica.Policy {
	t.Helper()
	log, err := f.logKey("log")
	if err != nil {
		t.Fatal(err)
	}
	node, err := f.logKey("node")
	if err != nil {
		t.Fatal(err)
	}
	p, err := publica.SingleLogPolicy(log.VKey(), node.VKey())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// openDocket founds a body that runs an action plan anyone may comment on.
func openDocket(t *testing.T, f *Folder, base string, policy *publica.Policy) publica.DocketID {
	t.Helper()
	founder, err := f.Key("founder")
	if err != nil {
		t.Fatal(err)
	}
	client, err := publica.NewClient(base, policy)
	if err != nil {
		t.Fatal(err)
	}
	say := func(kind publica.Kind, by publica.BodyID, body any, content ...publica.Content) publica.EntryID {
		t.Helper()
		raw, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		e := publica.Entry{Register: "test.example", Kind: kind, For: by, Made: publica.TimeOf(time.Now()), Nonce: publica.NewNonce(nil), Body: raw}
		for _, c := range content {
			e.Content = append(e.Content, publica.Part{Name: c.Name, Media: "text/plain", Size: int64(len(c.Data)), Commitment: c.Commitment()})
		}
		s, err := publica.NewSubmission(founder, e, content...)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.Submit(context.Background(), s); err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		if _, _, err := client.Receipt(context.Background(), s.Signed.ID(), 10*time.Second); err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		return s.Signed.ID()
	}
	agency := publica.BodyID(say("identity/body", publica.BodyID{}, map[string]string{"name": "Ministry of Tests", "type": "agency"}))
	say("identity/grant", agency, map[string]string{"key": founder.ID().String(), "role": "coordinator"})
	title, _ := publica.NewContent("title", "text/plain", []byte("A plan under load"))
	return publica.DocketID(say("docket/open", agency, map[string]any{
		"type": "action-plan", "languages": []string{"en"},
		"charter": map[string]any{"contribute": "anyone", "periods": []string{}, "respond": true, "notice_days": 0, "min_days": 0,
			"min_bytes": 1, "max_bytes": 5000, "max_attachments": 0, "moderators": []string{}, "reviewers": []string{}, "retention": "permanent"},
	}, title))
}
