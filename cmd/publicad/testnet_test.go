package main

import (
	"bufio"
	"bytes"
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"publica"
)

// A testNetwork is a running publicad testnet.
type testNetwork struct {
	cmd  *exec.Cmd
	urls []string
	pids []int

	mu   sync.Mutex // guards said
	said bytes.Buffer
}

func (n *testNetwork) Write(b []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.said.Write(b)
}

func (n *testNetwork) hasSaid(words string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return strings.Contains(n.said.String(), words)
}

// startTestnet runs publicad testnet and waits until all of its nodes take
// submissions.
func startTestnet(t *testing.T, args ...string) *testNetwork {
	t.Helper()
	n := &testNetwork{cmd: exec.Command("publicad", append([]string{"testnet"}, args...)...)}
	n.cmd.Stderr = n
	out, err := n.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := n.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		n.cmd.Process.Kill()
		n.cmd.Wait()
		if t.Failed() {
			t.Logf("the network said:\n%s", &n.said)
		}
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() && len(n.urls) < 4 {
		f := strings.Fields(lines.Text())
		if len(f) != 3 || f[0] == "node" {
			continue
		}
		pid, err := strconv.Atoi(f[2])
		if err != nil {
			t.Fatal(err)
		}
		n.urls, n.pids = append(n.urls, f[1]), append(n.pids, pid)
		if len(n.urls) == 4 {
			break
		}
	}
	for _, url := range n.urls {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := ready(ctx, url); err != nil {
			t.Fatalf("%s is not ready: %v", url, err)
		}
	}
	if len(n.urls) != 4 {
		t.Fatalf("%d nodes in the table", len(n.urls))
	}
	return n
}

func awaitTrue(t *testing.T, what string, f func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !f(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

func answers(url string) bool {
	res, err := http.Get(url + "/healthz")
	if err == nil {
		res.Body.Close()
	}
	return err == nil
}

// Four nodes run; one that is killed comes back; a running one is backed up,
// and the backup brought to where the others are; none outlives the network's own process; a second start goes on.
func TestTestnet(t *testing.T) {
	if testing.Short() {
		t.Skip("starts four nodes")
	}
	home := filepath.Join(t.TempDir(), "net")
	n := startTestnet(t, "--home", home, "--base-port", "0")

	if err := syscall.Kill(n.pids[2], syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	awaitTrue(t, "node3 comes back", func() bool { return n.hasSaid("node3 is back, pid ") })
	if err := ready(t.Context(), n.urls[2]); err != nil {
		t.Fatal(err)
	}
	do := func(args ...string) {
		t.Helper()
		if out, err := exec.Command("publicad", args...).CombinedOutput(); err != nil {
			t.Errorf("publicad %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	backup, restored := filepath.Join(home, "backup"), filepath.Join(home, "restored")
	do("config", "check", "--home", nodeDir(home, 0), "--dial")
	do("backup", "--home", nodeDir(home, 0), "--to", backup)
	do("check", "--home", backup)
	if got := speak(t, n.urls[1], time.Minute); got == publica.Promised {
		t.Error("nothing was decided after the backup")
	}
	do("restore", "--from", backup, "--home", restored, "--join", n.urls[1], "--join", n.urls[2])
	do("check", "--home", restored)
	before := size(t, n.urls[0])

	if err := n.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for _, url := range n.urls {
		awaitTrue(t, url+" ends with the process that started it", func() bool { return !answers(url) })
	}
	n = startTestnet(t, "--home", home)
	if after := size(t, n.urls[3]); after < before {
		t.Errorf("the log had %d leaves, after the second start %d", before, after)
	}
	if err := n.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := n.cmd.Wait(); err != nil {
		t.Errorf("stopped with Ctrl-C: %v", err)
	}
	for _, url := range n.urls {
		if answers(url) {
			t.Errorf("%s has outlived its network", url)
		}
	}
}

// size returns how many leaves a node's log has.
func size(t *testing.T, url string) int64 {
	t.Helper()
	c := believing(t, url)
	at, err := c.Checkpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return at.Tree.N
}
