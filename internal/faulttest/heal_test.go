package faulttest

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFlippedBytes flips bits in what a stopped node has on disk. Its check
// finds them and, with the help of its peers, heals the folder.
func TestFlippedBytes(t *testing.T) {
	r := Start(t, Options{Validators: 4})
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	chance := rand.New(rand.NewPCG(seed, 0))
	n := r.nodes[3]
	places := []string{"register", "content"}
	for i := range r.often("FLIPS", 4, "bits flipped, found and healed") {
		r.awaitGrowth()
		n.Shut()
		place := places[i%len(places)]
		path, at := flip(t, chance, filepath.Join(n.home, place), "*.sst", "*.log")
		t.Logf("flipped a bit of byte %d of %s", at, path)
		out, err := run(t, r.net.hosts[n.i], "check", "--home", n.home)
		// Damage at the very end of a journal looks as if the node had crashed before
		// its last block: nothing is wrong, and the block is executed again.
		if err == nil && strings.Contains(out, " 0 missing") && !(place == "register" && strings.HasSuffix(path, ".log")) {
			t.Errorf("check does not notice a bit flipped in byte %d of %s:\n%s", at, path, out)
		}
		r.must(run(t, r.net.hosts[n.i], n.fromOthers("check", "--home", n.home, "--heal")...))
		n.mustBeSound()
		n.Start()
		n.awaitReady()
	}
	r.Finish()
}

// TestLostContent deletes the content folder of a node. It gets everything back
// from its peers.
func TestLostContent(t *testing.T) {
	r := Start(t, Options{Validators: 4})
	r.awaitGrowth()
	n := r.nodes[1]
	n.Shut()
	if err := os.RemoveAll(filepath.Join(n.home, "content")); err != nil {
		t.Fatal(err)
	}
	n.Start()
	n.awaitReady()
	r.note("content folder of a node deleted: filled again by its peers")
	r.Finish()
}

// fromOthers appends to a command the addresses of the nodes but this one.
func (n *Node) fromOthers(args ...string) []string {
	for _, other := range n.r.nodes {
		if other != n {
			args = append(args, "--from", other.base)
		}
	}
	return args
}
