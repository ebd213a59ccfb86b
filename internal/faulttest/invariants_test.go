package faulttest

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"
)

// mustHold fails the test if anything was seen that must never happen.
func (r *Register) mustHold() {
	r.t.Helper()
	if r.crowd == nil {
		return
	}
	r.log.mu.Lock()
	wrong := strings.Join(r.log.wrong, "\n")
	r.log.mu.Unlock()
	if wrong != "" {
		r.t.Fatal(wrong)
	}
	r.crowd.mu.Lock()
	defer r.crowd.mu.Unlock()
	if r.crowd.sealed != nil {
		r.t.Fatal(r.crowd.sealed)
	}
}

// Settle waits until no node is stuck: all are ready, all show the same log,
// signed by the quorum, with all content held by the quorum and by each itself,
// and everything promised is on it.
func (r *Register) Settle() {
	r.t.Helper()
	begun := time.Now()
	r.await("all nodes to agree and to prove it", healing, func() string {
		var lacks []string
		size := int64(-1)
		for _, n := range r.nodes {
			if n.ended() {
				r.t.Fatalf("node %d has ended: %s", n.i+1, n.cmd.ProcessState)
			}
			if what := r.unsettled(n, &size); what != "" {
				lacks = append(lacks, fmt.Sprintf("node %d: %s", n.i+1, what))
			}
		}
		if lost := r.notLogged(); lost > 0 {
			lacks = append(lacks, fmt.Sprintf("%d promised entries are not on the log", lost))
		}
		return strings.Join(lacks, "; ")
	})
	r.mustHold()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.settled = max(r.settled, time.Since(begun))
}

// unsettled says what a node lacks. Size is that of the nodes before it, or -1.
func (r *Register) unsettled(n *Node, size *int64) string {
	if ready, why := n.readiness(); !ready {
		return why
	}
	s, err := n.standing()
	if err != nil {
		return err.Error()
	}
	for _, v := range s.Validators {
		if v.Conflicts > 0 && v.Name != r.liar {
			r.t.Fatalf("node %d has seen %d conflicting votes of %s", n.i+1, v.Conflicts, v.Name)
		}
	}
	if *size < 0 {
		*size = s.Size
	}
	r.log.mu.Lock()
	v := r.log.seen[n.i]
	shown, trouble := v.shown, v.trouble
	r.log.mu.Unlock()
	switch {
	case trouble != nil:
		return "cannot be believed: " + trouble.Error()
	case s.Size != *size:
		return fmt.Sprintf("has %d leaves, another has %d", s.Size, *size)
	case shown != s.Size:
		return fmt.Sprintf("has %d leaves and has shown %d", s.Size, shown)
	case s.Cosigned != s.Size:
		return fmt.Sprintf("a quorum has signed %d leaves of %d", s.Cosigned, s.Size)
	case s.Durable != s.Size:
		return fmt.Sprintf("a quorum holds the content of %d leaves of %d", s.Durable, s.Size)
	case s.Validators[n.i].Holds != s.Size:
		return fmt.Sprintf("holds the content of %d leaves of %d itself", s.Validators[n.i].Holds, s.Size)
	case s.Missing > 0:
		return fmt.Sprintf("%d parts of content are missing", s.Missing)
	}
	return ""
}

// notLogged counts promised entries that no log has shown yet.
func (r *Register) notLogged() (lost int) {
	r.crowd.mu.Lock()
	defer r.crowd.mu.Unlock()
	r.log.mu.Lock()
	defer r.log.mu.Unlock()
	for id := range r.crowd.promises {
		if _, ok := r.log.entries[id]; !ok {
			lost++
		}
	}
	return lost
}

// Finish ends a scenario: people leave, the nodes settle and end, and
// everything is looked at once more, by people who have the promises, by one
// who counts votes, and by the nodes' own check of their folders.
func (r *Register) Finish() {
	r.t.Helper()
	r.crowd.leave()
	r.Settle()
	r.log.stop()
	r.promises()
	for _, n := range r.nodes {
		n.Shut()
	}
	for _, n := range r.nodes {
		if err := r.ballots.read(n.home); err != nil {
			r.t.Fatal(err)
		}
		n.mustBeSound()
	}
	for _, w := range r.ballots.wrong {
		r.t.Errorf("conflicting votes: %s", w)
	}
	r.note("%d votes compared, %d conflicting", len(r.ballots.block), len(r.ballots.wrong))
	if r.log.older > 0 {
		r.note("%d times a node showed an older checkpoint than before", r.log.older)
	}
	r.note("slowest healing %.1fs; took %.0fs", r.settled.Seconds(), time.Since(r.begun).Seconds())
	report(r.t, "%s", strings.Join(r.notes, "; "))
}

// promises looks what became of each.
func (r *Register) promises() {
	r.t.Helper()
	r.crowd.mu.Lock()
	defer r.crowd.mu.Unlock()
	r.log.mu.Lock()
	defer r.log.mu.Unlock()
	var took []time.Duration
	late := 0
	for id, p := range r.crowd.promises {
		s := r.log.entries[id] // there, or the nodes had not settled
		took = append(took, s.when.Sub(p.given))
		by, signer, err := p.receipt.Promise.PromisedBy()
		if err != nil {
			r.t.Fatal(err)
		}
		if s.at > by {
			late++
			if !r.lateness {
				r.t.Errorf("%s promised %s by %s, its block has %s", signer, id, by, s.at)
			}
		}
	}
	if len(took) == 0 {
		r.t.Fatal("nothing was promised: this was no test")
	}
	r.note("%d promised, 0 lost, 0 twice, %d late; on the log p50 %.2fs p99 %.2fs after the promise; receipts complete p50 %.2fs p99 %.2fs of %d; %d attempts without promise",
		len(took), late, percentile(took, 50).Seconds(), percentile(took, 99).Seconds(),
		percentile(r.crowd.followed, 50).Seconds(), percentile(r.crowd.followed, 99).Seconds(), len(r.crowd.followed), r.crowd.refused)
}

// mustBeSound has the stopped node check its folder.
func (n *Node) mustBeSound() {
	n.r.t.Helper()
	out, err := run(n.r.t, n.r.net.hosts[n.i], "check", "--home", n.home)
	if err == nil && !strings.Contains(out, " 0 missing") {
		err = errors.New(out)
	}
	if err != nil {
		n.r.t.Errorf("node %d is not sound: %v", n.i+1, err)
	}
}

// engineFile is a file of the node's engine.
func (n *Node) engineFile(elem ...string) string {
	return filepath.Join(append([]string{n.home, "engine"}, elem...)...)
}
