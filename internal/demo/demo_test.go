package demo_test

import (
	"bytes"
	"context"
	"slices"
	"testing"
	"time"

	"publica"
	"publica/internal/demo"
	"publica/internal/node"
	"publica/internal/web"
)

// The sample plays on a fresh register, and a second run adds nothing.
func TestSample(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for the sample's periods")
	}
	dir := t.TempDir()
	f, err := node.Found(dir, node.Config{Register: "demo.example", Listen: "127.0.0.1:0"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	founder, err := f.Key("founder")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ready, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- node.Run(ctx, f, node.Options{Ready: func(b string, _ web.Register) { ready <- b }}) }()
	defer func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the node ended with %v", err)
		}
	}()
	base := <-ready

	var out bytes.Buffer
	leads, err := demo.Run(ctx, base, founder, &out)
	if err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	// The last records may be logged before the checkpoint that everybody follows
	// covers them.
	var count map[publica.Kind]int
	var refused int
	last := -1
	for wait := time.Now().Add(time.Minute); ; time.Sleep(time.Second) {
		count, refused = kinds(t, base)
		comments := count["participation/comment"]
		if comments == 215+refused && comments == last || time.Now().After(wait) {
			break
		}
		last = comments
	}
	for kind, want := range map[publica.Kind]int{
		"identity/body": 5, "docket/open": 3, "docket/period": 2, "participation/timeline": 2,
		"participation/outreach": 2, "participation/meeting": 1, "participation/evidence": 1,
		"participation/idea": 29, "participation/comment": 215 + refused, "participation/draft": 8,
		"participation/group": 1, "participation/response": 30, "participation/explain": 1, "participation/codify": 1,
		"moderation/redact": 1, "moderation/hide": 1, "moderation/appeal": 1, "moderation/decide": 1, "participation/disavow": 1,
	} {
		if count[kind] != want {
			t.Errorf("%d records of kind %s, want %d", count[kind], kind, want)
		}
	}
	// The late comment is refused on record if the node took it in before the
	// codification was decided, else at the door.
	if refused > 1 {
		t.Errorf("%d entries are refused, want the late comment only", refused)
	}
	recalled, err := demo.Run(ctx, base, founder, &out)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(leads, recalled) {
		t.Errorf("the second run says that %v lead, the first said %v", recalled, leads)
	}
	again, _ := kinds(t, base)
	for kind, n := range again {
		if n != count[kind] {
			t.Errorf("a second run made %d more of %s", n-count[kind], kind)
		}
	}
}

func kinds(t *testing.T, base string) (count map[publica.Kind]int, refused int) {
	t.Helper()
	info, err := publica.Discover(t.Context(), nil, base)
	if err != nil {
		t.Fatal(err)
	}
	policy, err := publica.ParsePolicy([]byte(info.PolicyText()))
	if err != nil {
		t.Fatal(err)
	}
	c, err := publica.NewClient(base, policy)
	if err != nil {
		t.Fatal(err)
	}
	_, leaves, err := c.Changes(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	count = map[publica.Kind]int{}
	for l, err := range leaves {
		if err != nil {
			t.Fatal(err)
		}
		if l.Leaf.Refused != nil {
			refused++
		}
		if l.Entry != nil {
			count[l.Entry.Kind]++
		}
	}
	return count, refused
}
