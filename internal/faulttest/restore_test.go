package faulttest

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"publica"
)

// TestRestore puts an old backup in a dead validator's place, again and again.
// It may know less than the others; it must not vote twice.
func TestRestore(t *testing.T) {
	r := Start(t, Options{Validators: 4})
	for i := range r.often("RESTORES", 5, "old backups restored") {
		n := r.nodes[i%4]
		backup := filepath.Join(t.TempDir(), "backup")
		r.must(run(t, r.net.hosts[n.i], "backup", "--home", n.home, "--to", backup))
		r.awaitGrowth() // it votes for what the backup does not know
		n.Kill()
		if err := r.ballots.read(n.home); err != nil {
			t.Fatal(err)
		}
		// The voting key is kept apart from backups.
		vote, err := os.ReadFile(n.engineFile("config", "priv_validator_key.json"))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.RemoveAll(n.home); err != nil {
			t.Fatal(err)
		}
		key := filepath.Join(t.TempDir(), "vote.json")
		if err := os.WriteFile(key, vote, 0o600); err != nil {
			t.Fatal(err)
		}
		r.must(run(t, r.net.hosts[n.i], "restore", "--home", n.home, "--from", backup, "--signing-key", key))
		r.must(run(t, r.net.hosts[n.i], n.fromOthers("join", "--home", n.home)...))
		n.Start()
		n.awaitReady()
		r.awaitGrowth()
		r.awaitVote(n)
	}
	r.Finish()
}

// awaitVote waits until another node counts a vote of this one that was given
// after now: a restored validator holds back at first, and until it votes again
// no other may be missing.
func (r *Register) awaitVote(n *Node) {
	r.t.Helper()
	now := publica.TimeOf(time.Now())
	other := r.nodes[(n.i+1)%len(r.nodes)]
	r.await(fmt.Sprintf("node %d to vote", n.i+1), healing, func() string {
		s, err := other.standing()
		if err != nil {
			return err.Error()
		}
		if v := s.Validators[n.i]; v.LastVote <= now {
			return v.Name + " voted last at " + v.LastVote.String()
		}
		return ""
	})
}
