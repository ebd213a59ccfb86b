package faulttest

import (
	"context"
	"testing"
	"time"

	"publica"
)

// TestLatency measures what a person waits for on four nodes that work: from
// the click to the promise, and to a receipt that a quorum has signed and whose
// content a quorum holds. It asserts no time.
func TestLatency(t *testing.T) {
	r := Start(t, Options{Validators: 4})
	r.crowd.leave() // one person alone, then the crowd as well
	var promised, complete []time.Duration
	key, err := publica.GenerateKey(publica.Ed25519)
	if err != nil {
		t.Fatal(err)
	}
	for i := range r.often("RECEIPTS", 50, "receipts, one after the other") {
		c := r.nodes[i%len(r.nodes)].client(r.policy)
		s := r.comment(key, nil)
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		clicked := time.Now()
		if _, err := c.Submit(ctx, s); err != nil {
			t.Fatal(err)
		}
		promised = append(promised, time.Since(clicked))
		_, v, err := c.Await(ctx, s.Signed.ID(), publica.Durable, patience)
		if err != nil || !v.Stage.Reached(publica.Durable) {
			t.Fatalf("no complete receipt: %+v, %v", v, err)
		}
		complete = append(complete, time.Since(clicked))
		cancel()
	}
	r.note("promise p50 %.3fs p99 %.3fs, receipt complete p50 %.3fs p99 %.3fs",
		percentile(promised, 50).Seconds(), percentile(promised, 99).Seconds(), percentile(complete, 50).Seconds(), percentile(complete, 99).Seconds())
	r.crowd = newCrowd(r)
	time.Sleep(5 * time.Second)
	r.Finish()
}
