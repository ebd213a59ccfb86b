package main

import (
	"bytes"
	"encoding/json/v2"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"publica"
)

// served runs the program against a node that answers GET from a table and
// POST by post, and returns the exit status and what was printed. The policy is
// in the folder, where the program's files are.
func served(t *testing.T, answers map[string]string, post http.HandlerFunc, policy, dir string, args ...string) (status int, out, errs string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			post(w, r)
			return
		}
		answer, ok := answers[r.URL.Path]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
		}
		io.WriteString(w, answer)
	}))
	defer server.Close()
	file := filepath.Join(dir, "policy.txt")
	if err := os.WriteFile(file, []byte(policy), 0o644); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	status = run(t.Context(), append(args, "--url", server.URL, "--policy", file), strings.NewReader(""), &stdout, &stderr)
	return status, stdout.String(), stderr.String()
}

func vectorNamed(t *testing.T, file, name string) vectorCase {
	cases := readVectors(t.Fatalf, file)
	i := slices.IndexFunc(cases, func(c vectorCase) bool { return c.Name == name })
	if i < 0 {
		t.Fatalf("no vector is called %s", name)
	}
	return cases[i]
}

// A log with two histories leaves evidence beside the checkpoint seen before,
// also if too few signed the second one.
func TestLogKeepsAFork(t *testing.T) {
	for _, name := range []string{"one size, by the log's key", "one size, by two dishonest validators"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, dir := vectorNamed(t, "forks", name), t.TempDir()
			f, err := publica.ParseFork([]byte(c.Fork))
			if err != nil {
				t.Fatal(err)
			}
			state := filepath.Join(dir, "demo.checkpoint")
			if err := os.WriteFile(state, f.Older, 0o644); err != nil {
				t.Fatal(err)
			}
			status, _, errs := served(t, map[string]string{"/checkpoint": string(f.Newer)}, nil, c.Policy, dir, "log", "--state", state)
			if status != 1 || !strings.Contains(errs, "history was rewritten") {
				t.Errorf("status %d: %s", status, errs)
			}
			if kept, err := os.ReadFile(state); err != nil || !bytes.Equal(kept, f.Older) {
				t.Errorf("the checkpoint seen before is gone: %v", err)
			}
			found, err := filepath.Glob(filepath.Join(dir, "demo.fork-*.json"))
			if err != nil || len(found) != 1 || !strings.Contains(errs, found[0]) {
				t.Fatalf("evidence %v (%v) in: %s", found, err, errs)
			}
			if kept, err := os.ReadFile(found[0]); err != nil || string(kept) != c.Fork {
				t.Errorf("evidence %s, want %s (%v)", kept, c.Fork, err)
			}
		})
	}
}

// receipt --wait asks until the stage is reached, and says so if it is not.
func TestReceiptWaits(t *testing.T) {
	cosigned, durable := vectorNamed(t, "receipts", "cosigned by three of four validators"), vectorNamed(t, "receipts", "durable")
	id := cosigned.ID
	dir := t.TempDir()
	file := filepath.Join(dir, "receipt.json")
	for _, c := range []struct {
		receipt string
		wait    string
		status  int
		says    string
	}{
		{cosigned.Receipt, "cosigned", 0, ""},
		{cosigned.Receipt, "durable", 1, "has reached cosigned, not durable"},
		{durable.Receipt, "cosigned", 0, ""},
		{durable.Receipt, "durable", 0, ""},
		{durable.Receipt, "promised", 2, "no stage to wait for"},
	} {
		os.Remove(file)
		status, _, errs := served(t, map[string]string{"/api/v1/entries/" + id + "/receipt": c.receipt}, nil, cosigned.Policy, dir,
			"receipt", id, "--wait", c.wait, "--timeout", "10ms", "-o", file)
		if status != c.status || !strings.Contains(errs, c.says) {
			t.Errorf("--wait %s: status %d, %s", c.wait, status, errs)
		}
		if got, err := os.ReadFile(file); status != 2 && string(got) != c.receipt {
			t.Errorf("--wait %s wrote %q (%v)", c.wait, got, err)
		}
	}
}

// trust prints what the register suggests, and says what believing it means.
func TestTrustExplains(t *testing.T) {
	c := vectorNamed(t, "checkpoints", "three of four validators with both keys, and the witness")
	raw, err := json.Marshal(map[string]string{"register": "demo.publica.example", "policy": c.Policy, "checkpoint": c.Checkpoint})
	if err != nil {
		t.Fatal(err)
	}
	status, out, errs := served(t, map[string]string{"/api/v1/register": string(raw)}, nil, "", t.TempDir(), "trust")
	if status != 0 || out != c.Policy {
		t.Errorf("status %d: %s%s", status, out, errs)
	}
	for _, want := range []string{"once signed by: 3 of node1, node2, node3, node4; and by w1\n", "so many must lie together", "durable once 3 of the nodes"} {
		if !strings.Contains(errs, want) {
			t.Errorf("does not say %q: %s", want, errs)
		}
	}
}

// submit does the work that the docket's charter asks for.
func TestSubmitWorks(t *testing.T) {
	const work = 9
	c, dir := vectorNamed(t, "receipts", "logged"), t.TempDir()
	key := filepath.Join(dir, "me.key")
	if status, _, errs := served(t, nil, nil, "", dir, "keygen", "-o", key); status != 0 {
		t.Fatal(errs)
	}
	docket := strings.Repeat("ab", 32)
	var got []publica.EntryID
	post := func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		s := new(publica.Submission)
		if err == nil {
			err = s.UnmarshalJSON(raw)
		}
		if err != nil {
			t.Error(err)
		}
		got = append(got, s.Signed.ID())
		w.WriteHeader(http.StatusUnprocessableEntity)
	}
	answers := map[string]string{"/api/v1/dockets/" + docket: `{"charter":{"contribute":"anyone","work":9},"title":"x"}`}
	served(t, answers, post, c.Policy, dir, "submit", "participation/comment", "--docket", docket, "--key", key)
	served(t, answers, post, c.Policy, dir, "check", "participation/comment", "--docket", docket, "--key", key)
	if len(got) != 2 || got[0].Work() < work || got[1].Work() < work {
		t.Errorf("sent %v, want %d bits of work", got, work)
	}
}
