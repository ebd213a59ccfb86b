package faulttest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json/v2"
	"testing"
	"time"

	"publica"
	"publica/internal/domain/governance"
)

// TestByzantine runs a validator that lies, in one way after the other. The
// register goes on, the lies are noticed or come to nothing, and what it
// promised and did not do is proven against it on the register itself.
func TestByzantine(t *testing.T) {
	build := faulty(t)
	r := Start(t, Options{Validators: 4})
	n := r.nodes[3]
	r.mayLie(n)
	r.lateness = true // five seconds are soon over, also for what it does not drop
	lie := func(env ...string) {
		n.Kill()
		n.build, n.env = build, env
		n.Start()
		n.awaitReady()
	}
	lie("PUBLICA_FAULT_DROP=1")
	r.await("broken promises", patience, func() string {
		if len(r.droppedBy(n)) >= 3 {
			return ""
		}
		return "too few comments were dropped"
	})

	lie("PUBLICA_FAULT_JUNK=1")
	for range 4 { // each node proposes every fourth block, or oftener
		r.awaitGrowth()
	}
	r.note("a proposer of junk stopped nobody")

	lie("PUBLICA_FAULT_TWOFACED=" + n.engineFile("config", "priv_validator_key.json"))
	r.awaitConflicts()

	lie("PUBLICA_FAULT_WITHHOLD=1")
	r.withheld(n)

	n.Kill()
	n.build, n.env = "plain", nil
	n.Start()
	n.awaitReady()
	r.claim(n)
	r.Finish()
}

// mayLie lets a node break promises and vote twice: that is no fault of the
// register.
func (r *Register) mayLie(n *Node) {
	v := r.genesis.Validators[n.i]
	sum := sha256.Sum256(v.Consensus)
	r.liar, r.ballots.liar = v.Name, hex.EncodeToString(sum[:20])
}

// awaitConflicts waits until an honest node says that it saw the liar vote
// twice.
func (r *Register) awaitConflicts() {
	r.t.Helper()
	r.await("somebody to notice that a validator votes twice", patience, func() string {
		for _, other := range r.nodes[:3] {
			s, err := other.standing()
			if err != nil {
				continue
			}
			for _, v := range s.Validators {
				if v.Name == r.liar && v.Conflicts > 0 {
					r.note("a validator that votes twice was noticed")
					return ""
				}
			}
		}
		return "nobody has"
	})
	r.awaitGrowth()
}

// withheld hands the node an entry and has it keep the content from all others.
// They must not say that they hold it, and must go on. Nothing after it counts
// as durable until they do hold it: a size is all that a node attests.
func (r *Register) withheld(n *Node) {
	r.t.Helper()
	key, err := publica.GenerateKey(publica.Ed25519)
	if err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(r.t.Context(), 2*patience)
	defer cancel()
	s := r.comment(key, make([]byte, 100<<10))
	if _, err := n.client(r.policy).Submit(ctx, s); err != nil {
		r.t.Fatal(err) // it lies, and promises
	}
	_, v, err := r.nodes[0].client(r.policy).Await(ctx, s.Signed.ID(), publica.Cosigned, patience)
	if err != nil || v.Stage != publica.Cosigned || len(v.HeldBy) > 1 {
		r.t.Fatalf("an entry whose content is withheld: %+v, %v", v, err)
	}
	r.awaitGrowth()
	r.note("content withheld: nobody else says it is held")
}

// droppedBy returns the promises of a node that drops entries which it did not
// mean to keep. They name a time that is soon over. Where somebody had handed
// the entry to another node before, whose answer came too late, it is on the log
// all the same, and nothing is broken.
func (r *Register) droppedBy(n *Node) (ids []publica.EntryID) {
	r.crowd.mu.Lock()
	defer r.crowd.mu.Unlock()
	r.log.mu.Lock()
	defer r.log.mu.Unlock()
	for id, p := range r.crowd.promises {
		if _, kept := r.log.entries[id]; kept {
			continue
		}
		by, _, err := p.receipt.Promise.PromisedBy()
		if p.node == n.i && id[0] < 51 && err == nil && by.Std().Before(p.given.Add(30*time.Second)) {
			ids = append(ids, id)
		}
	}
	return ids
}

// claim waits until the node's promises are broken and enters that on the
// register: the promise is the proof, anybody can do it.
func (r *Register) claim(n *Node) {
	r.t.Helper()
	key, err := publica.GenerateKey(publica.Ed25519)
	if err != nil {
		r.t.Fatal(err)
	}
	c := r.nodes[0].client(r.policy)
	var claimed int64
	for _, id := range r.droppedBy(n) {
		r.crowd.mu.Lock()
		p := r.crowd.promises[id]
		r.crowd.mu.Unlock()
		by, _, err := p.receipt.Promise.PromisedBy()
		if err != nil {
			r.t.Fatal(err)
		}
		time.Sleep(time.Until(by.Std().Add(governance.Grace)))
		body, err := json.Marshal(map[string]any{"entry": id, "promise": p.receipt.Promise}, json.Deterministic(true))
		if err != nil {
			r.t.Fatal(err)
		}
		s, err := publica.NewSubmission(key, publica.Entry{Register: registerName, Kind: "governance/claim",
			Made: publica.TimeOf(time.Now()), Nonce: publica.NewNonce(nil), Body: body})
		if err != nil {
			r.t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(r.t.Context(), patience)
		for {
			_, err := c.Submit(ctx, s)
			if err == nil {
				break
			}
			if publica.CodeOf(err) != publica.Early { // no block that late is sealed yet
				r.t.Fatal(err)
			}
			pauseFor(ctx, pause)
		}
		_, v, err := c.Await(ctx, s.Signed.ID(), publica.Durable, patience)
		cancel()
		if err != nil || v.Leaf.Refused != nil {
			r.t.Fatalf("the claim that %s was broken: %+v, %v", id, v, err)
		}
		r.crowd.settled(id)
		claimed++
	}
	st, err := r.nodes[0].standing()
	if err != nil {
		r.t.Fatal(err)
	}
	for _, v := range st.Validators {
		if want := map[bool]int64{true: claimed}[v.Name == r.liar]; v.Broken != want {
			r.t.Errorf("the register says that %s broke %d promises, want %d", v.Name, v.Broken, want)
		}
	}
	r.note("%d promises broken by a node that drops every fifth, all proven on the register", claimed)
}

// settled forgets a promise: it is proven broken.
func (c *crowd) settled(id publica.EntryID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.promises, id)
}
