package tilelog

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/torchwood"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
	"golang.org/x/mod/sumdb/tlog"

	"publica"
)

// litewitness runs torchwood's witness, a program of others that follows C2SP
// tlog-witness, with a register whose log keys it knows.
func litewitness(t *testing.T, logKeys ...string) Witness {
	t.Helper()
	if testing.Short() {
		t.Skip("builds and runs another program")
	}
	bin := t.TempDir()
	build := exec.Command("go", "build", "-C", "../../tools", "-o", bin+"/", "./witnesslog", "filippo.io/torchwood/cmd/litewitness")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the witness: %v\n%s", err, out)
	}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	const name = "witness.example/w1"
	db := filepath.Join(bin, "witness.db")
	sshKey, err := ssh.NewPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(bin, "litewitness"), "-name="+name, "-db="+db, "-listen="+address,
		"-ssh-agent="+sshAgent(t, key), "-key="+ssh.FingerprintSHA256(sshKey))
	cmd.Stderr = t.Output()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	w := Witness{Name: "w1", URL: "http://" + address}
	if w.Verifier, err = torchwood.NewCosignatureVerifierFromKey(name, key.Public()); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		res, err := http.Get(w.URL + "/")
		if err == nil {
			res.Body.Close()
			break
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command(filepath.Join(bin, "witnesslog"), append([]string{db, register}, logKeys...)...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return w
}

// sshAgent serves a key as ssh-agent does, the only way litewitness takes one.
func sshAgent(t *testing.T, key ed25519.PrivateKey) (socket string) {
	t.Helper()
	keys := agent.NewKeyring()
	if err := keys.Add(agent.AddedKey{PrivateKey: key}); err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "agent") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	socket = filepath.Join(dir, "s")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go agent.ServeAgent(keys, conn)
		}
	}()
	return socket
}

// quorumOf has operators say a head, and returns the checkpoint they signed.
func (c *council) quorumOf(tree tlog.Tree, all ...*operator) signed {
	c.t.Helper()
	for _, o := range all {
		c.hear(o, tree)
	}
	note, at := c.Quorum()
	if at != tree {
		c.t.Fatalf("no quorum on %d", tree.N)
	}
	return signed{tree, note}
}

// TestRealWitness has a witness of others cosign the log of four operators. A
// receipt under it verifies where three of four and the witness are demanded.
// When two of the four fork the log, the witness refuses, and so does an honest
// node, which keeps both histories.
func TestRealWitness(t *testing.T) {
	c := newCouncil(t)
	var keys []string
	for _, o := range c.all {
		keys = append(keys, o.log.VKey())
	}
	w := litewitness(t, keys...)
	policy := quorumPolicy(t, c.all, []publica.PolicyMember{{Name: "w1", Cosign: []string{w.Verifier.(*torchwood.CosignatureVerifier).String()}}})

	ctx, cancel := context.WithCancel(t.Context())
	told, ended := make(chan error, 16), make(chan struct{})
	go func() {
		defer close(ended)
		c.AskWitnesses(ctx, http.DefaultClient, []Witness{w}, func(_ *Witness, err error) { told <- err })
	}()
	defer func() { cancel(); <-ended }()
	for _, more := range []int64{300, 1, 500} {
		c.grow(more)
		tree := c.own()
		c.quorumOf(tree, c.all[:3]...)
		if err := <-told; err != nil {
			t.Fatal(err)
		}
		checkpoint, at := c.Witnessed()
		if at != tree {
			t.Fatalf("witnessed at %d, want %d", at.N, tree.N)
		}
		path, err := c.log.Prove(tree, tree.N-1)
		if err != nil {
			t.Fatal(err)
		}
		proof, err := publica.ParseProof(publica.FormatProof(tree.N-1, path, checkpoint))
		if err != nil {
			t.Fatal(err)
		}
		cp, err := proof.Verify(policy, tlog.RecordHash(leavesFrom(tree.N-1, 1)[0].Bytes))
		if err != nil || len(cp.CosignedBy) != 4 {
			t.Fatalf("a receipt under the witnessed checkpoint: %v", err)
		}
		if quorum, _ := c.Quorum(); publica.CodeOf(second(publica.VerifyCheckpoint(quorum, policy))) != publica.Unverified {
			t.Error("the policy does not demand the witness")
		}
	}
	tree := c.log.Tree()

	// A node that does not know what the witness has seen learns it.
	quorum, _ := c.Quorum()
	cosigned, size, err := w.cosign(ctx, http.DefaultClient, c.log, signed{tree, quorum}, 0)
	if err != nil || size != tree.N || cosigned.note == nil {
		t.Fatalf("asked from nothing: %v, %d", err, size)
	}
	// One that is behind leaves it to the others.
	older := tlog.Tree{N: 300}
	older.Hash, _ = c.log.Root(300)
	cosigned, size, err = w.cosign(ctx, http.DefaultClient, c.log, signed{older, c.all[0].checkpoint(t, older)}, 0)
	if err != nil || cosigned.note != nil || size != tree.N {
		t.Fatalf("asked from behind: %v, %d", err, size)
	}

	// Two operators make another history, of the same size and of a larger one.
	db, s, forged := open(t, t.TempDir())
	defer db.Close()
	appendTo(t, db, s, forged, leavesFrom(1_000_000, tree.N))
	for range 2 {
		for _, o := range c.all[1:3] {
			lie := signed{forged.Tree(), o.checkpoint(t, forged.Tree())}
			_, _, err := w.cosign(ctx, http.DefaultClient, forged, lie, 0)
			if publica.CodeOf(err) != publica.Conflict {
				t.Fatalf("the witness, asked to cosign another history of size %d: %v", lie.tree.N, err)
			}
			c.clock++
			_, err = c.Hear(o.says(t, lie.tree, 0, c.clock))
			if lie.tree.N == tree.N && publica.CodeOf(err) != publica.Conflict {
				t.Fatalf("an honest node, told of another history: %v", err)
			}
		}
		appendTo(t, db, s, forged, leavesFrom(2_000_000, 10))
	}
	convicted := map[string]bool{}
	for _, f := range c.forks {
		signers, err := f.Verify(c.policy)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range signers {
			convicted[s] = true
		}
	}
	if !convicted[c.all[1].member.Name] || !convicted[c.all[2].member.Name] || convicted[c.all[0].member.Name] {
		t.Errorf("the evidence of %d forks convicts %v", len(c.forks), convicted)
	}

	// What it does not know, it says.
	stranger := newOperator(t, "stranger.example")
	if _, _, err := w.cosign(ctx, http.DefaultClient, c.log, signed{tree, stranger.checkpoint(t, tree)}, tree.N); publica.CodeOf(err) != publica.Forbidden {
		t.Errorf("a log key it does not know: %v", err)
	}
	other, err := stranger.node.SignCheckpoint(tree)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.cosign(ctx, http.DefaultClient, c.log, signed{tree, other}, tree.N); publica.CodeOf(err) != publica.NotFound {
		t.Errorf("a register it does not know: %v", err)
	}
}

func second[T any](_ T, err error) error { return err }

// TestWitnessesThatFail asks witnesses that do everything but what they should,
// and then, once, that.
func TestWitnessesThatFail(t *testing.T) {
	c := newCouncil(t)
	c.grow(10)
	tree := c.own()
	quorum := c.quorumOf(tree, c.all...)
	good := newOperator(t, "witness.example").cosign[0]
	lines := func(checkpoint []byte, by *publica.Cosigner) string {
		cosigned, err := by.Cosign(checkpoint)
		if err != nil {
			t.Fatal(err)
		}
		_, after, _ := strings.Cut(string(cosigned), "\n\n")
		return after[strings.Index(after, "— "+by.Name()):]
	}
	type reply struct {
		status int
		body   string
	}
	forged := lines(c.all[0].checkpoint(t, tlog.Tree{N: 10, Hash: tlog.Hash{1}}), good)
	for name, k := range map[string]struct {
		reply
		code publica.Code
	}{
		"nothing":             {reply{200, ""}, publica.Unverified},
		"no lines":            {reply{200, "thank you\n"}, publica.Unverified},
		"another's line":      {reply{200, lines(quorum.note, newOperator(t, "witness.example").cosign[0])}, publica.Unverified},
		"a line for another":  {reply{200, forged}, publica.Unverified},
		"its size is ours":    {reply{409, "0\n"}, publica.Conflict},
		"no size":             {reply{409, "later\n"}, publica.Conflict},
		"proof does not lead": {reply{422, "no"}, publica.Conflict},
		"broken":              {reply{500, strings.Repeat("x", 1<<20)}, publica.Busy},
		"moved":               {reply{301, ""}, publica.Busy},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(k.status)
			io.WriteString(w, k.body)
		}))
		w := Witness{Name: "w1", URL: server.URL + "/", Verifier: good.Verifier()}
		if _, _, err := w.cosign(t.Context(), server.Client(), c.log, quorum, 0); publica.CodeOf(err) != k.code {
			t.Errorf("%s: %v", name, err)
		}
		server.Close()
		if _, _, err := w.cosign(t.Context(), server.Client(), c.log, quorum, 0); err == nil {
			t.Errorf("%s: gone, and no error", name)
		}
	}

	// Sizes that always change are not chased for ever.
	n := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n++
		w.WriteHeader(409)
		fmt.Fprintln(w, n)
	}))
	defer server.Close()
	w := Witness{Name: "w1", URL: server.URL, Verifier: good.Verifier()}
	if _, _, err := w.cosign(t.Context(), server.Client(), c.log, quorum, 0); publica.CodeOf(err) != publica.Busy || n != askRetries {
		t.Errorf("a witness that moves on all the time: %v after %d requests", err, n)
	}

	// A witness that was broken is asked again, and what it takes is small.
	broken := true
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if broken {
			broken = false
			w.WriteHeader(503)
			return
		}
		body, _ := io.ReadAll(r.Body)
		_, checkpoint, ok := strings.Cut(string(body), "\n\n")
		if !ok || r.URL.Path != "/add-checkpoint" || !strings.HasPrefix(string(body), "old 0\n") || len(body) > 2048 {
			t.Errorf("asked at %s with %q", r.URL.Path, body)
		}
		io.WriteString(w, lines([]byte(checkpoint), good))
	}))
	defer server.Close()
	ctx, cancel := context.WithCancelCause(t.Context())
	var heard []error
	c.AskWitnesses(ctx, server.Client(), []Witness{{Name: "w1", URL: server.URL, Verifier: good.Verifier()}}, func(_ *Witness, err error) {
		if heard = append(heard, err); err == nil {
			cancel(errors.New("cosigned"))
		}
	})
	if _, at := c.Witnessed(); len(heard) != 2 || publica.CodeOf(heard[0]) != publica.Busy || at != tree {
		t.Errorf("told %v, witnessed at %d", heard, at.N)
	}
}
