package main

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json/v2"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"publica"
	"publica/internal/node"
	"publica/internal/web"
)

// serveEnv names the folder of a node that this program, started again, runs: a
// process of its own, to be killed.
const serveEnv = "PUBLICA_BENCH_SERVE"

func serveOnly(dir string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	f, err := node.OpenFolder(dir)
	if err != nil {
		return err
	}
	return node.Run(ctx, f, node.Options{})
}

// senders is how many submissions are under way at once.
const senders = 96

// A docketRun is one run of many comments into one docket, by a node that is a
// process of its own.
type docketRun struct {
	dir, base string
	docket    publica.DocketID
	client    *publica.Client
	process   *exec.Cmd
	grammar   *campaignGrammar

	promised sync.Map // entry id
	refused  atomic.Int64
	peak     int64 // kB, over all processes
}

// million takes n comments in, each with a key of its own, kills the node once
// in the middle, and measures what a docket of that size costs.
func million(ctx context.Context, n int) (err error) {
	r := &docketRun{}
	if r.grammar, err = readCampaign(); err != nil {
		return err
	}
	if r.dir, err = os.MkdirTemp("", "bench-million-*"); err != nil {
		return err
	}
	defer os.RemoveAll(r.dir)
	if err := r.found(ctx); err != nil {
		return err
	}
	if err := r.start(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.stop()) }()
	fmt.Printf("%d comments, %s, %d cores; three in five are letters of one campaign, no two equal\n\n", n, runtime.Version(), runtime.NumCPU())
	few := min(1000, n/10)
	if err := r.fill(ctx, 0, few); err != nil {
		return err
	}
	if err := r.shown(ctx, few); err != nil {
		return err
	}
	if err := r.look(ctx, few); err != nil {
		return err
	}
	began := time.Now()
	if err := r.fill(ctx, few, n/2); err != nil {
		return err
	}
	fmt.Printf("| taken in before the kill | %.0f per second |\n", float64(n/2-few)/time.Since(began).Seconds())
	if err := r.kill(ctx); err != nil {
		return err
	}
	began = time.Now()
	if err := r.fill(ctx, n/2, n); err != nil {
		return err
	}
	fmt.Printf("| taken in after the kill | %.0f per second |\n", float64(n-n/2)/time.Since(began).Seconds())
	if err := r.lost(ctx); err != nil {
		return err
	}
	began = time.Now()
	if err := r.shown(ctx, n); err != nil {
		return err
	}
	fmt.Printf("| until pages showed the rest | %s |\n", time.Since(began).Round(time.Second))
	if err := r.look(ctx, n); err != nil {
		return err
	}
	r.memory()
	fmt.Printf("| memory at its highest, of all processes | %d MB |\n", r.peak>>10)
	for _, name := range []string{"register", "content", "engine", "intake", "readmodel.db"} {
		fmt.Printf("| disk, %s | %.0f bytes for each comment |\n", name, float64(diskBytes(filepath.Join(r.dir, name)))/float64(n))
	}
	return nil
}

// found makes a register with an open docket.
func (r *docketRun) found(ctx context.Context) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	at := l.Addr().String()
	if err := l.Close(); err != nil {
		return err
	}
	cfg := node.Config{Register: name, Listen: at}
	cfg.Limits.PostsPerSecond = -1 // all come from one address
	f, err := node.Found(r.dir, cfg, time.Now())
	if err != nil {
		return err
	}
	founder, err := f.Key("founder")
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	ready, ended := make(chan web.Register, 1), make(chan error, 1)
	go func() {
		ended <- node.Run(ctx, f, node.Options{Ready: func(_ string, reg web.Register) { ready <- reg }})
	}()
	select {
	case reg := <-ready:
		r.docket, err = openDocket(ctx, reg, founder)
	case err = <-ended:
		cancel()
		return err
	}
	r.base = "http://" + at
	cancel()
	return errors.Join(err, <-ended)
}

// start runs the node as a process of its own and waits until it answers.
func (r *docketRun) start(ctx context.Context) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	r.process = exec.Command(self)
	r.process.Env = append(os.Environ(), serveEnv+"="+r.dir)
	r.process.Stderr = os.Stderr
	if err := r.process.Start(); err != nil {
		return err
	}
	for ctx.Err() == nil {
		info, err := publica.Discover(ctx, nil, r.base)
		if err != nil {
			time.Sleep(50 * time.Millisecond)
			continue
		}
		policy, err := publica.ParsePolicy([]byte(info.PolicyText()))
		if err != nil {
			return err
		}
		if r.client, err = publica.NewClient(r.base, policy); err != nil {
			return err
		}
		r.client.HTTP = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: senders}}
		return nil
	}
	return ctx.Err()
}

func (r *docketRun) stop() error {
	if err := r.process.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return r.process.Wait()
}

// kill ends the node with no warning, and starts it again.
func (r *docketRun) kill(ctx context.Context) error {
	r.memory()
	began := time.Now()
	if err := r.process.Process.Kill(); err != nil {
		return err
	}
	_ = r.process.Wait() // killed
	if err := r.start(ctx); err != nil {
		return err
	}
	fmt.Printf("| killed with SIGKILL and back | %s |\n", time.Since(began).Round(100*time.Millisecond))
	return nil
}

// fill has comments number from to up to be taken in.
func (r *docketRun) fill(ctx context.Context, from, to int) error {
	var failed atomic.Pointer[error]
	var wait sync.WaitGroup
	var next atomic.Int64
	next.Store(int64(from))
	for range senders {
		wait.Go(func() {
			for i := int(next.Add(1)) - 1; i < to && ctx.Err() == nil && failed.Load() == nil; i = int(next.Add(1)) - 1 {
				if err := r.send(ctx, i); err != nil {
					failed.Store(&err)
				}
			}
		})
	}
	wait.Wait()
	if err := failed.Load(); err != nil {
		return *err
	}
	return ctx.Err()
}

func (r *docketRun) send(ctx context.Context, i int) error {
	seed := sha256.Sum256(binary.BigEndian.AppendUint64([]byte("bench million "), uint64(i)))
	key := publica.KeyFromSeed(seed)
	c, p := publica.NewContent("text", "text/plain", []byte(r.grammar.comment(i)))
	s, err := publica.NewSubmission(key, publica.Entry{Register: name, Docket: r.docket, Kind: "participation/comment", Made: publica.TimeOf(time.Now()),
		Nonce: publica.NewNonce(nil), Body: []byte(`{"stance":"oppose"}`), Content: []publica.Part{p}}, c)
	if err != nil {
		return err
	}
	for ctx.Err() == nil {
		_, err := r.client.Submit(ctx, s)
		if err == nil {
			r.promised.Store(s.Signed.ID(), true)
			return nil
		}
		if code := publica.CodeOf(err); code != publica.Busy && code != publica.Internal {
			var op *net.OpError
			if !errors.As(err, &op) && code != "" {
				return fmt.Errorf("comment %d: %w", i, err)
			}
		}
		r.refused.Add(1)
		time.Sleep(20 * time.Millisecond)
	}
	return ctx.Err()
}

// lost reads the whole log and counts what was promised and is not there, or is
// there twice.
func (r *docketRun) lost(ctx context.Context) error {
	var lost, twice int
	for range 60 {
		seen := map[publica.EntryID]bool{}
		twice = 0
		at, err := r.client.Checkpoint(ctx)
		if err != nil {
			return err
		}
		for l, err := range r.client.Leaves(ctx, at, 0) {
			if err != nil {
				return err
			}
			if l.Entry != nil {
				if id := l.Leaf.ID(); seen[id] {
					twice++
				} else {
					seen[id] = true
				}
			}
		}
		lost = 0
		r.promised.Range(func(id, _ any) bool {
			if !seen[id.(publica.EntryID)] {
				lost++
			}
			return true
		})
		if lost == 0 {
			break
		}
		time.Sleep(time.Second)
	}
	n := 0
	r.promised.Range(func(any, any) bool { n++; return true })
	fmt.Printf("| promised, lost, twice; attempts without a promise | %d, %d, %d; %d |\n", n, lost, twice, r.refused.Load())
	if lost > 0 || twice > 0 {
		return errors.New("the register lost what it promised")
	}
	return nil
}

// shown waits until pages show n comments.
func (r *docketRun) shown(ctx context.Context, n int) error {
	for ctx.Err() == nil {
		var d struct {
			Counts struct {
				Comments int `json:"comments"`
			} `json:"counts"`
		}
		if err := r.get("/api/v1/dockets/"+r.docket.String(), &d); err != nil {
			return err
		}
		if d.Counts.Comments >= n {
			return nil
		}
		time.Sleep(200 * time.Millisecond)
	}
	return ctx.Err()
}

func (r *docketRun) get(path string, into any) error {
	res, err := http.Get(r.base + path)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		return errors.Join(err, fmt.Errorf("%s: %s", path, res.Status))
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(raw, into)
}

// look measures proofs and pages as they are with n comments.
func (r *docketRun) look(ctx context.Context, n int) error {
	var id publica.EntryID
	r.promised.Range(func(k, _ any) bool { id = k.(publica.EntryID); return false })
	receipt, _, err := r.client.Receipt(ctx, id, time.Minute)
	if err != nil {
		return err
	}
	raw, err := json.Marshal(receipt)
	if err != nil {
		return err
	}
	var took []time.Duration
	for range 200 {
		began := time.Now()
		if _, err := receipt.Verify(r.client.Policy(), ""); err != nil {
			return err
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	fmt.Printf("| with %d comments: receipt, its proof, time to verify it | %d bytes, %d bytes, %v |\n", n, len(raw), len(receipt.Proof), took[100].Round(time.Microsecond))
	at := "/docket/" + r.docket.String()
	for _, p := range []struct{ what, path string }{
		{"docket page", at}, {"comments", at + "/comments"}, {"comments in the middle", at + "/comments?since=" + strconv.Itoa(n/2)},
		{"search for a rare word", "/search?q=zebra" + strconv.Itoa(n/2/5*5+4)}, {"search for a common word", "/search?q=internet"},
	} {
		took = took[:0]
		for range 51 {
			began := time.Now()
			if err := r.get(p.path, nil); err != nil {
				return err
			}
			took = append(took, time.Since(began))
		}
		took = took[1:]
		slices.Sort(took)
		fmt.Printf("| with %d comments: %s, p50 and p99 | %v, %v |\n", n, p.what, took[25].Round(10*time.Microsecond), took[49].Round(10*time.Microsecond))
	}
	return nil
}

// memory notes the most that the process has used, and has it at rest.
func (r *docketRun) memory() {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", r.process.Process.Pid))
	if err != nil {
		return // no Linux: then it is not told
	}
	for _, line := range strings.Split(string(raw), "\n") {
		if kb, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			n, _ := strconv.ParseInt(strings.Fields(kb)[0], 10, 64) // the kernel wrote it
			r.peak = max(r.peak, n)
		}
	}
}

// A campaignGrammar makes the letters of a campaign: one option of each segment.
type campaignGrammar struct {
	Segments [][]string  `json:"segments"`
	Repeat   map[int]int `json:"repeat"`
}

func readCampaign() (*campaignGrammar, error) {
	path := filepath.Join("..", "..", "shared", "data", "fcc-17-108", "campaign-grammar.json")
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("the grammar of the campaign is not at %s: %w", path, err)
	}
	g := new(campaignGrammar)
	return g, json.Unmarshal(raw, g)
}

// comment is the i-th text: a letter, or one of two in five that say something
// else.
func (g *campaignGrammar) comment(i int) string {
	chance := rand.New(rand.NewPCG(17, uint64(i)))
	var b strings.Builder
	if i%5 > 2 {
		fmt.Fprintf(&b, "zebra%d ", i)
		for range 20 + chance.IntN(120) {
			fmt.Fprintf(&b, "word%d ", chance.IntN(20_000))
		}
		return b.String()
	}
	choice := make([]int, len(g.Segments))
	for j, options := range g.Segments {
		choice[j] = chance.IntN(len(options))
		if k, ok := g.Repeat[j]; ok {
			choice[j] = choice[k]
		}
		b.WriteString(options[choice[j]])
	}
	return b.String()
}
