package faulttest

import (
	"encoding/json/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A tender is bought on four nodes that run five trustees: an amendment, seven
// bids, one of them late and one that is no offer, a copied envelope, a forged share, a
// cured offer, a protest that is sustained, an award, two milestones paid. From the
// bids to the award one node with its trustee is frozen. When it is back, an outsider
// who has the two programs and one policy takes the tender from each node, computes all
// of it again offline, and gets the same from each.
func TestTender(t *testing.T) {
	needRoot(t)
	if testing.Short() {
		t.Skip("plays the sample dockets on four nodes")
	}
	n := playSample(t)
	frozen := n.pids[3]
	n.await("seven bids, one of them late", 5*time.Minute)
	signal(t, frozen, syscall.SIGSTOP)
	n.await("an intent, a protest, the award and its contract", 5*time.Minute)
	signal(t, frozen, syscall.SIGCONT)
	n.await("the sample dockets are ready", 10*time.Minute)

	policy := filepath.Join(t.TempDir(), "policy.txt")
	if err := os.WriteFile(policy, []byte(publicaSays(t, "trust", n.urls[0])), 0o600); err != nil {
		t.Fatal(err)
	}
	docket := n.tenderIn("implementation")
	var first outsider
	for i, url := range n.urls {
		o := takeOut(t, url, docket, policy)
		if i == 0 {
			first = o
			o.holds(t)
		} else if o != first {
			t.Errorf("node %d tells another story of the tender than node 1:\n%+v\n%+v", i+1, o, first)
		}
	}
	report(t, "a tender on 4 nodes with 5 trustees, one node frozen from the bids to the award: %d releases, the same from each node", strings.Count(first.releases, `"ocid"`))
}

// sampleNet is a running publicad testnet that plays the sample dockets.
type sampleNet struct {
	t    *testing.T
	log  string // file
	urls []string
	pids []int
}

func playSample(t *testing.T) *sampleNet {
	t.Helper()
	dir := t.TempDir()
	n := &sampleNet{t: t, log: filepath.Join(dir, "log")}
	p, err := spawn(nil, n.log, nil, program("plain", "publicad"), "testnet", "--sample", "--home", filepath.Join(dir, "net"), "--base-port", "0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the network said:\n%s", tail(n.log, 60))
		}
		for _, pid := range n.pids { // what is frozen takes no other signal
			_ = syscall.Kill(pid, syscall.SIGCONT)
		}
		p.kill()
	})
	n.await("node4  ", time.Minute) // the last row of its table
	for _, m := range regexp.MustCompile(`(?m)^node\d+ +(http\S+) +(\d+)$`).FindAllStringSubmatch(n.said(), -1) {
		pid, err := strconv.Atoi(m[2])
		if err != nil {
			t.Fatal(err)
		}
		n.urls, n.pids = append(n.urls, m[1]), append(n.pids, pid)
	}
	if len(n.urls) != 4 {
		t.Fatalf("the network says %d nodes, not 4", len(n.urls))
	}
	return n
}

func (n *sampleNet) said() string {
	raw, err := os.ReadFile(n.log)
	if err != nil {
		n.t.Fatal(err)
	}
	return string(raw)
}

// await waits until the network says these words.
func (n *sampleNet) await(words string, most time.Duration) {
	n.t.Helper()
	for end := time.Now().Add(most); !strings.Contains(n.said(), words); time.Sleep(20 * time.Millisecond) {
		if strings.Contains(n.said(), "the sample dockets are incomplete") {
			n.t.Fatal("the sample is incomplete")
		}
		if time.Now().After(end) {
			n.t.Fatalf("%s without %q", most, words)
		}
	}
}

// tenderIn returns the docket of the tender that is in a stage.
func (n *sampleNet) tenderIn(stage string) string {
	n.t.Helper()
	var list struct {
		Items []struct {
			Docket string `json:"docket"`
			Stage  string `json:"stage"`
		} `json:"items"`
	}
	res, err := http.Get(n.urls[0] + "/api/v1/tenders")
	if err != nil {
		n.t.Fatal(err)
	}
	defer res.Body.Close()
	if err := json.UnmarshalRead(res.Body, &list); err != nil {
		n.t.Fatal(err)
	}
	for _, x := range list.Items {
		if x.Stage == stage {
			return x.Docket
		}
	}
	n.t.Fatalf("no tender is in the stage %s: %v", stage, list)
	return ""
}

func signal(t *testing.T, pid int, s syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(pid, s); err != nil {
		t.Fatal(err)
	}
}

// An outsider is what somebody learns of a tender from one node, offline once it has
// the export.
type outsider struct{ audit, award, releases, records, flags string }

// takeOut exports a tender from a node and computes everything again.
func takeOut(t *testing.T, url, docket, policy string) (o outsider) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "tender.jsonl")
	for end := time.Now().Add(time.Minute); ; time.Sleep(time.Second) { // one that was frozen catches up
		publicaSays(t, "export", "docket", docket, "--url", url, "--policy", policy, "-o", file)
		o.audit = publicaSays(t, "tender", file, "--policy", policy)
		if strings.Contains(o.audit, "stage: implementation") || time.Now().After(end) {
			break
		}
		_ = os.Remove(file)
	}
	_, o.audit, _ = strings.Cut(o.audit, "\n") // the first line says up to when
	o.award = publicaSays(t, "replay-award", file, "--policy", policy)
	o.releases = publicaSays(t, "tender", "ocds", file, "--policy", policy, "--base", "https://register.example")
	o.records = publicaSays(t, "tender", "ocds", file, "--policy", policy, "--base", "https://register.example", "--records")
	for name, text := range map[string]string{"releases": o.releases, "records": o.records} {
		path := filepath.Join(filepath.Dir(file), name+".json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		publicaSays(t, "ocds", "check", path) // fails if it finds an error
		o.flags = publicaSays(t, "ocds", "flags", path)
	}
	return o
}

// holds looks whether the tender went as it was to go.
func (o *outsider) holds(t *testing.T) {
	t.Helper()
	if strings.Contains(o.audit, "DIFFERS") {
		t.Errorf("the audit differs from the records:\n%s", o.audit)
	}
	for _, words := range []string{"rejected: non-responsive", "rejected: non-responsible", "agrees: "} {
		if !strings.Contains(o.audit, words) {
			t.Errorf("the audit does not say %q:\n%s", words, o.audit)
		}
	}
	if !strings.Contains(o.award, "the award of ") {
		t.Errorf("no award can be replayed:\n%s", o.award)
	}
	for words, least := range map[string]int{`"planning"`: 1, `"tenderAmendment"`: 1, `"award"`: 1, `"contract"`: 1, `"implementation"`: 2, `"upheld"`: 1, `"dismissed"`: 1} {
		if n := strings.Count(o.releases, words); n < least {
			t.Errorf("%s stands %d times in the releases, want at least %d", words, n, least)
		}
	}
}

// publicaSays runs publica, which has to succeed, and returns what it prints.
func publicaSays(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command(program("plain", "publica"), args...)
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("publica %s: %v\n%s%s", strings.Join(args, " "), err, out, &errs)
	}
	return string(out)
}
