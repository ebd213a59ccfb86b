package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"publica"
	"publica/internal/demo"
	"publica/internal/machine"
	"publica/internal/node"
)

// testnetRegister names the register of test networks.
const testnetRegister = "testnet.publica.example"

// testnetBodies run the nodes of a test network: different in kind, as those of
// a real register should be.
var testnetBodies = []machine.GenesisBody{
	{Name: "Records Office", Type: "agency"}, {Name: "Court of Audit", Type: "oversight"},
	{Name: "Polytechnic University", Type: "university"}, {Name: "Civic Forum", Type: "civil-society"},
}

func testnet() *cobra.Command {
	var validators, base int
	var sample, leaveDead bool
	cmd := &cobra.Command{
		Use:   "testnet",
		Short: "Run a register of several validators on this machine",
		Long: "Testnet founds a register of several validators on loopback, each with a folder of its own below --home,\n" +
			"and runs each as a process of its own. One that dies is started again after two seconds: kill any of\n" +
			"them and see the register go on. A second start goes on with what is there.",
		Example: "  publicad testnet --sample",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			dir := ".testnet"
			if f := cmd.Flags().Lookup("home"); f.Changed {
				dir = f.Value.String()
			}
			folders, err := openTestnet(dir)
			if err == nil && len(folders) == 0 {
				folders, err = foundTestnet(dir, validators, base)
			}
			if err != nil {
				return err
			}
			n := &network{out: cmd.ErrOrStderr(), restart: !leaveDead}
			for i, f := range folders {
				n.children = append(n.children, &child{name: f.Config.Name, dir: nodeDir(dir, i), url: f.Config.URL, pid: make(chan int, 1)})
			}
			var extra func(context.Context) error
			if sample {
				extra = func(ctx context.Context) error { return n.sample(ctx, folders) }
			}
			return n.run(cmd.Context(), cmd.OutOrStdout(), extra)
		},
	}
	f := cmd.Flags()
	f.IntVar(&validators, "validators", 4, "how many validators a new network has")
	f.IntVar(&base, "base-port", 8080, "first port of a new network: pages of all nodes, then their peers' ports; 0: any free ones")
	f.BoolVar(&sample, "sample", false, "fill the register with the lively sample dockets")
	f.BoolVar(&leaveDead, "no-restart", false, "leave a node dead that dies")
	return cmd
}

func nodeDir(dir string, i int) string { return filepath.Join(dir, "node"+strconv.Itoa(i+1)) }

// openTestnet opens the nodes of an existing network, none if there is none.
func openTestnet(dir string) (folders []*node.Folder, err error) {
	for i := 0; ; i++ {
		f, err := node.OpenFolder(nodeDir(dir, i))
		if publica.CodeOf(err) == publica.NotFound {
			return folders, nil
		}
		if err != nil {
			return nil, err
		}
		folders = append(folders, f)
	}
}

// foundTestnet founds a register as its operators would: each makes a node, the
// cards are gathered, the genesis is copied to each.
func foundTestnet(dir string, validators, base int) (folders []*node.Folder, err error) {
	if validators < 1 {
		return nil, publica.Problem(publica.Invalid, "--validators", "must be at least 1")
	}
	ports, err := choosePorts(2*validators, base)
	if err != nil {
		return nil, err
	}
	var cards []*node.Card
	for i := range validators {
		body := machine.GenesisBody{Name: "Body " + strconv.Itoa(i+1), Type: "other"}
		if i < len(testnetBodies) {
			body = testnetBodies[i]
		}
		peers := net.JoinHostPort("127.0.0.1", ports[validators+i])
		f, card, err := node.Init(nodeDir(dir, i), node.Config{
			Register: testnetRegister, Name: "node" + strconv.Itoa(i+1), Title: "Publica test network", Operator: body.Name,
			Listen: net.JoinHostPort("127.0.0.1", ports[i]), URL: "http://localhost:" + ports[i],
			Peers: node.Peers{Listen: peers}, Trustees: node.EmbeddedTrustees(trusteesOf(i, validators)),
		}, body, peers)
		if err != nil {
			return nil, err
		}
		if _, err := f.EmbedTrustees(len(f.Config.Trustees)); err != nil { // makes their keys
			return nil, err
		}
		folders, cards = append(folders, f), append(cards, card)
	}
	g, err := node.Gather(cards, cards[0].Body.Governors, node.DefaultSilence, time.Now(), node.Passkeys("localhost")) // for the sample
	if err != nil {
		return nil, err
	}
	raw, err := node.EncodeGenesis(g)
	if err != nil {
		return nil, err
	}
	for i := range folders {
		if err := os.WriteFile(filepath.Join(nodeDir(dir, i), "genesis.json"), raw, 0o644); err != nil {
			return nil, fmt.Errorf("hand out the genesis: %w", err)
		}
	}
	return folders, nil
}

// trusteesOf is how many of the trustees of a tender the i-th of n nodes runs.
func trusteesOf(i, n int) int { return (demo.ApartTrustees - i + n - 1) / n }

// choosePorts returns n ports that are free now: those from base on, or any. Any
// means below those that the system gives to connections, since the nodes listen
// there only later, and again after each restart.
func choosePorts(n, base int) (ports []string, err error) {
	for i, failed := 0, 0; i < n; i++ {
		port := base + i
		if base == 0 {
			port = 10_000 + rand.N(20_000)
		}
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil && base == 0 && failed < 100 {
			i, failed = i-1, failed+1
			continue
		}
		if err != nil {
			return nil, &publica.Error{Code: publica.Conflict, Field: "--base-port", Message: "port " + strconv.Itoa(port) + " cannot be had", Err: err,
				Hint: "choose another first port, or --base-port 0 for any free ones"}
		}
		defer func() { _ = l.Close() }() // when all are chosen
		ports = append(ports, strconv.Itoa(port))
	}
	return ports, nil
}

// A network is the processes of a test network.
type network struct {
	children []*child
	restart  bool

	mu  sync.Mutex // guards out
	out io.Writer
}

// A child is one node's process, and those that follow when it dies.
type child struct {
	name, dir, url string
	pid            chan int // of the first process; 0 if it could not be started
}

func (n *network) say(format string, args ...any) {
	n.mu.Lock()
	defer n.mu.Unlock()
	fmt.Fprintf(n.out, "publicad: "+format+"\n", args...)
}

// run keeps the children running until ctx ends, and prints a table of them
// once they are started. Extra runs beside them, if it is not nil.
func (n *network) run(ctx context.Context, table io.Writer, extra func(context.Context) error) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find the running program: %w", err)
	}
	var all sync.WaitGroup
	for _, c := range n.children {
		all.Go(func() { n.keep(ctx, c, self) })
	}
	w := tabwriter.NewWriter(table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "node\tpages\tpid")
	for _, c := range n.children {
		fmt.Fprintf(w, "%s\t%s\t%d\n", c.name, c.url, <-c.pid)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if extra != nil {
		if err := extra(ctx); err != nil && ctx.Err() == nil {
			n.say("the sample dockets are incomplete: %v", err)
		}
	}
	all.Wait()
	if ctx.Err() == nil {
		return publica.Problem(publica.Internal, "", "every node has died").WithHint("their last words stand above")
	}
	return nil
}

// again is how long a node that died stays dead.
const again = 2 * time.Second

// keep runs a node's process, and another one whenever it dies, until ctx ends.
// The thread is its own: the system ends the child with the thread that started
// it.
func (n *network) keep(ctx context.Context, c *child, self string) {
	runtime.LockOSThread()
	for first := true; ; first = false {
		cmd := exec.CommandContext(ctx, self, "serve", "--home", c.dir)
		cmd.Args[0] = os.Args[0]
		cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
		cmd.WaitDelay = 20 * time.Second
		cmd.SysProcAttr = ofThisProcess()
		said := &lines{network: n, prefix: c.name + " | "}
		cmd.Stdout, cmd.Stderr = said, said
		err := cmd.Start()
		switch {
		case err != nil && first:
			c.pid <- 0
		case err != nil:
		case first:
			c.pid <- cmd.Process.Pid
		default:
			n.say("%s is back, pid %d", c.name, cmd.Process.Pid)
		}
		if err == nil {
			err = cmd.Wait()
		}
		if ctx.Err() != nil {
			return
		}
		n.say("%s has died: %v", c.name, err)
		if !n.restart {
			return
		}
		select {
		case <-time.After(again):
		case <-ctx.Done():
			return
		}
	}
}

// lines puts a prefix before each line of what a child says.
type lines struct {
	network *network
	prefix  string
	rest    []byte
}

func (l *lines) Write(b []byte) (int, error) {
	l.rest = append(l.rest, b...)
	l.network.mu.Lock()
	defer l.network.mu.Unlock()
	for {
		line, rest, ok := bytes.Cut(l.rest, []byte("\n"))
		if !ok {
			return len(b), nil
		}
		fmt.Fprintf(l.network.out, "%s%s\n", l.prefix, line)
		l.rest = rest
	}
}

// sample fills the register with the sample dockets through its first node, whose
// governor is among the founders. The trustees of a tender are those of the nodes.
func (n *network) sample(ctx context.Context, folders []*node.Folder) error {
	key, err := folders[0].Key("governor")
	if err != nil {
		return err
	}
	cast := demo.Cast{Founder: key}
	for _, f := range folders {
		keys, err := f.EmbedTrustees(len(f.Config.Trustees)) // as it was founded with
		if err != nil {
			return err
		}
		cast.Apart = append(cast.Apart, keys...)
	}
	if err := ready(ctx, folders[0].Config.URL); err != nil {
		return err
	}
	_, err = demo.Run(ctx, folders[0].Config.URL, cast, says{n})
	return err
}

// says hands what the sample prints to the network's output.
type says struct{ *network }

func (s says) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.out.Write(b)
}

// ready waits until a node takes submissions.
func ready(ctx context.Context, url string) error {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/readyz", nil)
		if err != nil {
			return err
		}
		res, err := http.DefaultClient.Do(r)
		if err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return nil
			}
		} else if errors.Is(err, context.Canceled) {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
