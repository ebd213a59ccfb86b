package demo_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json/v2"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"publica"
	"publica/archive"
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
	embedded, err := f.EmbedTrustees(3)
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
	cast := demo.Cast{Founder: founder, Trustees: embedded}

	var out bytes.Buffer
	leads, err := demo.Run(ctx, base, cast, &out)
	if err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	// The last records may be logged before the checkpoint that everybody follows
	// covers them.
	var count, refused map[publica.Kind]int
	last := -1
	for wait := time.Now().Add(time.Minute); ; time.Sleep(time.Second) {
		count, refused = kinds(t, base)
		comments := count["participation/comment"]
		if comments == 216+refused["participation/comment"] && comments == last || time.Now().After(wait) {
			break
		}
		last = comments
	}
	for kind, want := range map[publica.Kind]int{
		"identity/body": 5, "docket/open": 7, "docket/period": 3, "participation/timeline": 2,
		"participation/outreach": 2, "participation/meeting": 1, "participation/evidence": 1,
		"participation/idea": 29, "participation/comment": 216 + refused["participation/comment"], "participation/draft": 9,
		"participation/group": 1, "participation/response": 31, "participation/explain": 1, "participation/codify": 2,
		"moderation/redact": 1, "moderation/hide": 1, "moderation/appeal": 1, "moderation/decide": 1, "participation/disavow": 1,
		"commitment/adopt": 6, "commitment/update": 14, "commitment/milestone-done": 6, "commitment/amend": 2,
		"commitment/self-assess": 2, "commitment/review": 4, "commitment/reply": 1, "commitment/close": 1,
		"procurement/plan": 3, "procurement/publish": 3, "procurement/ask": 3, "procurement/answer": 2, "procurement/amend": 1, "procurement/cancel": 1,
		"procurement/trustee-announce": 16, "procurement/trustee-commit": 16, "procurement/trustee-deal": 16, "procurement/trustee-complain": 16, "procurement/trustee-destroy": 3,
		"procurement/bid": 10 + refused["procurement/bid"], "procurement/open-share": 6,
		"procurement/compliance-result": 7, "procurement/cure-request": 1, "procurement/cure": 1, "procurement/reject": 2,
		"procurement/score-commit": 3, "procurement/score-reveal": 3, "procurement/memo": 1, "procurement/intent": 2,
		"procurement/protest": 2, "procurement/protest-step": 2, "procurement/decide": 2, "procurement/award": 1, "procurement/debrief": 1,
		"procurement/contract": 1, "procurement/milestone": 2, "procurement/accept": 2, "procurement/payment": 2,
	} {
		if count[kind] != want {
			t.Errorf("%d records of kind %s, want %d", count[kind], kind, want)
		}
	}
	// The node says of each bid that counts that it holds it; of one that was soon
	// replaced, or cancelled with its tender, if there was time.
	if n := count["procurement/storage-receipt"]; n < 8 || n > 10 {
		t.Errorf("%d storage receipts, want those of 8 bids, and of two more at most", n)
	}
	// The late comment and the late bid are refused on record if the node took them
	// in before what they are too late for was decided, else at the door.
	for kind, n := range refused {
		if n > 1 || kind != "participation/comment" && kind != "procurement/bid" {
			t.Errorf("%d entries of kind %s are refused, want a late comment and a late bid only", n, kind)
		}
	}
	archives(t, base)
	tenders(t, base)
	recalled, err := demo.Run(ctx, base, cast, &out)
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

func policyOf(t *testing.T, base string) *publica.Policy {
	t.Helper()
	info, err := publica.Discover(t.Context(), nil, base)
	if err != nil {
		t.Fatal(err)
	}
	policy, err := publica.ParsePolicy([]byte(info.PolicyText()))
	if err != nil {
		t.Fatal(err)
	}
	return policy
}

func kinds(t *testing.T, base string) (count, refused map[publica.Kind]int) {
	t.Helper()
	policy := policyOf(t, base)
	c, err := publica.NewClient(base, policy)
	if err != nil {
		t.Fatal(err)
	}
	_, leaves, err := c.Changes(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	count, refused = map[publica.Kind]int{}, map[publica.Kind]int{}
	for l, err := range leaves {
		if err != nil {
			t.Fatal(err)
		}
		if l.Leaf.Refused != nil {
			refused[l.Entry.Kind]++
		}
		if l.Entry != nil {
			count[l.Entry.Kind]++
		}
	}
	return count, refused
}

// archives takes every docket's archive and verifies it. No member of a record is
// without a column, and the contributions are those of the pages.
func archives(t *testing.T, base string) {
	t.Helper()
	policy := policyOf(t, base)
	var list struct {
		Items []struct {
			ID     string `json:"docket"`
			Counts struct {
				Ideas    int `json:"ideas"`
				Comments int `json:"comments"`
			} `json:"counts"`
		} `json:"items"`
	}
	if err := json.Unmarshal(fetch(t, base+"/api/v1/dockets"), &list); err != nil {
		t.Fatal(err)
	}
	if len(list.Items) != 7 {
		t.Fatalf("%d dockets", len(list.Items))
	}
	for _, d := range list.Items {
		raw := fetch(t, base+"/api/v1/dockets/"+d.ID+"/archive")
		if _, err := archive.Verify(bytes.NewReader(raw), int64(len(raw)), policy, nil); err != nil {
			t.Fatal(err)
		}
		z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
		if err != nil {
			t.Fatal(err)
		}
		counted := 0
		for _, f := range z.File {
			if !strings.HasPrefix(f.Name, "records/") && f.Name != archive.ContributionsName {
				continue
			}
			r, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			rows, err := csv.NewReader(r).ReadAll()
			if err != nil {
				t.Fatalf("%s: %v", f.Name, err)
			}
			more, state := slices.Index(rows[0], "more"), slices.Index(rows[0], "state")
			for _, row := range rows[1:] {
				if more >= 0 && row[more] != "" {
					t.Errorf("%s lacks columns for %s", f.Name, row[more])
				}
				if f.Name == archive.ContributionsName && row[state] != "disavowed" {
					counted++
				}
			}
		}
		if want := d.Counts.Ideas + d.Counts.Comments; counted != want {
			t.Errorf("docket %s: %d contributions in its archive, %d on its page", d.ID, counted, want)
		}
	}
}

func fetch(t *testing.T, url string) []byte {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %s %v", url, res.Status, err)
	}
	return raw
}
