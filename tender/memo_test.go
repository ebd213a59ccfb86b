package tender_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"publica"
	"publica/internal/golden"
	"publica/tender"
)

// drafting is a tender that waits for its memo, or has one that is drafted anew.
type drafting struct {
	*tender.Process
	open    []*tender.OpenBid
	content tender.Content
}

func drafted(t *testing.T, scenario string) *drafting {
	t.Helper()
	in, content := played(t, scenario)
	p, err := tender.Read(in)
	if err != nil {
		t.Fatal(err)
	}
	open, err := p.Open(content)
	if err != nil {
		t.Fatal(err)
	}
	return &drafting{p, open, content}
}

// draft drafts the memo twice: the same records give the same bytes.
func (d *drafting) draft(t *testing.T, proposal tender.Proposal) *tender.MemoDraft {
	t.Helper()
	m, err := d.DraftMemo("", d.open, d.content, proposal)
	if err != nil {
		t.Fatal(err)
	}
	again, err := d.DraftMemo("", d.open, d.content, proposal)
	if err != nil || !reflect.DeepEqual(m, again) {
		t.Fatalf("the same records give another memo: %v", err)
	}
	return m
}

// ids are those of bids by their number.
func (d *drafting) ids(numbers ...int) (ids []publica.EntryID) {
	for _, n := range numbers {
		ids = append(ids, d.Bids[n-1].ID)
	}
	return ids
}

func TestMemo(t *testing.T) {
	d := drafted(t, "audit")
	m := d.draft(t, tender.Proposal{})
	golden.Compare(t, "testdata/audit-memo.md", []byte(m.Text), "it is the memo of the scenario audit")
	if len(m.Blanks) > 0 || !slices.Equal(m.Body.Ranking, d.ids(2, 1, 3)) {
		t.Errorf("ranked %v, %v; want the formula's order", m.Body.Ranking, m.Blanks)
	}
	for i, id := range m.Body.Cites {
		at := slices.IndexFunc(d.Steps, func(s tender.Step) bool { return s.ID == id })
		if at < 0 || d.Steps[at].Author.IsZero() || slices.Contains(m.Body.Cites[:i], id) {
			t.Errorf("cites %s, which is no signed record of the docket, or stands twice", id)
		}
		if !strings.Contains(m.Text, id.String()) {
			t.Errorf("the text does not name %s", id)
		}
	}
}

// Where the buyer ranks otherwise a person has to say why.
func TestMemoThatDiffers(t *testing.T) {
	d := drafted(t, "audit")
	m := d.draft(t, tender.Proposal{Ranking: d.ids(1, 2, 3)})
	if len(m.Blanks) != 1 || !strings.Contains(m.Text, "**It differs from the formula.**") || !strings.Contains(m.Text, tender.MemoBlank) {
		t.Errorf("no place for a reason: %v\n%s", m.Blanks, m.Text)
	}
	m = d.draft(t, tender.Proposal{Ranking: d.ids(1, 2, 3), Reason: "Salt of the first is finer."})
	if len(m.Blanks) != 0 || strings.Contains(m.Text, tender.MemoBlank) || !strings.Contains(m.Text, "Salt of the first is finer.") {
		t.Errorf("the reason is not there: %v\n%s", m.Blanks, m.Text)
	}
	for name, ranking := range map[string][]publica.EntryID{"short": d.ids(1, 2), "twice": d.ids(1, 1, 2), "rejected": d.ids(1, 2, 3, 4)} {
		if _, err := d.DraftMemo("", d.open, d.content, tender.Proposal{Ranking: ranking}); err == nil {
			t.Errorf("a ranking that is %s is taken", name)
		}
	}
}

// Bids that are tied are said to be, with that no record decides; one below the least
// mean, and one that is no offer, take no part.
func TestMemoOfTiedBids(t *testing.T) {
	d := drafted(t, "tied")
	m := d.draft(t, tender.Proposal{})
	golden.Compare(t, "testdata/tied-memo.md", []byte(m.Text), "it is the memo of the scenario tied")
	if len(m.Blanks) != 1 || !slices.Equal(m.Body.Ranking, d.ids(1, 2, 3, 4)) {
		t.Errorf("ranked %v, to be written: %v", m.Body.Ranking, m.Blanks)
	}
	for _, want := range []string{"Tied: bid 1 (One \\| \\<b\\>) and bid 2 (Two)", "no record by which a lot is drawn", "**No bid is first by the formula**", "below the least acceptable mean of quality", "takes no part: an envelope is no offer"} {
		if !strings.Contains(m.Text, want) {
			t.Errorf("it does not say %q", want)
		}
	}
	if m = d.draft(t, tender.Proposal{Ranking: d.ids(2, 1, 3, 4), Reason: "A lot was drawn before both."}); len(m.Blanks) > 0 {
		t.Errorf("tied bids in another order, with a reason: %v", m.Blanks)
	}
}

// Each lot has its memo, of its own bids; where price alone decides nobody scores.
func TestMemoOfLots(t *testing.T) {
	d := drafted(t, "lots")
	north, err := d.DraftMemo("north", d.open, d.content, tender.Proposal{})
	if err != nil {
		t.Fatal(err)
	}
	golden.Compare(t, "testdata/north-memo.md", []byte(north.Text), "it is the memo of the north in the scenario lots")
	south, err := d.DraftMemo("south", d.open, d.content, tender.Proposal{})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(north.Body.Ranking, d.ids(2, 1)) || !slices.Equal(south.Body.Ranking, d.ids(3)) || south.Body.Lot != "south" {
		t.Errorf("ranked %v and %v", north.Body, south.Body)
	}
	if slices.Contains(south.Body.Cites, d.Bids[0].ID) || strings.Contains(north.Text, "40.00 USD") {
		t.Error("a memo speaks of another lot's bids")
	}
	if _, err := d.DraftMemo("", d.open, d.content, tender.Proposal{}); publica.CodeOf(err) != publica.NotFound {
		t.Errorf("a memo of no lot: %v", err)
	}
}

// There is no memo before there is something to rank by.
func TestMemoTooEarly(t *testing.T) {
	in, content := played(t, "audit")
	codes := map[publica.Code]int{}
	for i := range in.Records {
		then := *in
		then.Records = in.Records[:i+1]
		p, err := tender.Read(&then)
		if err != nil {
			t.Fatal(err)
		}
		open, err := p.Open(content)
		if err != nil {
			t.Fatal(err)
		}
		_, err = p.DraftMemo("", open, content, tender.Proposal{})
		codes[publica.CodeOf(err)]++
	}
	if codes[publica.Internal] > 0 || codes[publica.Early] == 0 || codes[publica.Owed] == 0 {
		t.Errorf("refusals %v", codes)
	}
}
