package ogp

import (
	"encoding/json/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"publica"
)

// story is a docket told in days since its opening.
type story struct {
	t *testing.T
	Input
}

var opening = publica.TimeOf(time.Date(2026, 1, 10, 12, 0, 0, 0, time.UTC))

func at(d int) publica.Time { return opening.Add(time.Duration(d) * day) }

// tell adds a record on a day; a $N in the body stands for the time of day N.
func (s *story) tell(d int, kind publica.Kind, body string) {
	for {
		i := strings.IndexByte(body, '$')
		if i < 0 {
			break
		}
		j := i + 1
		n, sign := 0, 1
		if body[j] == '-' {
			sign, j = -1, j+1
		}
		for ; j < len(body) && '0' <= body[j] && body[j] <= '9'; j++ {
			n = 10*n + int(body[j]-'0')
		}
		body = body[:i] + at(sign*n).String() + body[j:]
	}
	s.Records = append(s.Records, Record{ID: publica.EntryID{1, byte(len(s.Records))}, Kind: kind, Body: []byte(body), Time: at(d)})
}

func (s *story) judge(d int) map[string]Finding {
	s.t.Helper()
	s.At, s.Sealed = at(d), at(d)
	c, err := Evaluate(&s.Input)
	if err != nil {
		s.t.Fatal(err)
	}
	all := map[string]Finding{}
	for _, f := range append(c.Requirements, c.Contrary...) {
		all[f.ID] = f
		if f.Title == "" || f.Why == "" {
			s.t.Errorf("%s says nothing", f.ID)
		}
	}
	if len(all) != 11 {
		s.t.Errorf("%d findings", len(all))
	}
	return all
}

func (s *story) wants(all map[string]Finding, want string) {
	s.t.Helper()
	for _, w := range strings.Fields(want) {
		id, state, _ := strings.Cut(w, "=")
		if f := all[id]; string(f.State) != state {
			s.t.Errorf("%s is %s, not %s: %s", id, f.State, state, f.Why)
		}
	}
}

const (
	charterJSON = `{"charter":{"contribute":"anyone","respond":true,"min_days":14,"periods":["input"]}}`
	metBoth     = `"attendance":[{"sector":"government","people":3},{"sector":"civil-society","people":5}]}`
)

func plan(t *testing.T) *story {
	s := &story{t: t}
	s.tell(0, "docket/open", charterJSON)
	return s
}

// whole is a plan that meets everything.
func whole(t *testing.T) *story {
	s := plan(t)
	s.tell(0, "participation/evidence", `{"topic":"previous-plan-ended","held":"$-30"}`)
	s.tell(0, "participation/evidence", `{"topic":"dialogue-rules"}`)
	s.tell(1, "participation/timeline", `{"stages":[]}`)
	s.tell(1, "docket/period", `{"name":"input","opens":"$20","closes":"$50"}`)
	s.tell(5, "participation/outreach", `{"channel":"radio","held":"$4"}`)
	s.tell(10, "participation/meeting", `{"purpose":"dialogue","held":"$9",`+metBoth)
	s.tell(20, "docket/period-opened", `{"name":"input"}`)
	s.tell(50, "docket/period-closed", `{"name":"input"}`)
	s.tell(80, "participation/codify", `{"version":2}`)
	for d := 180; d <= 720; d += 170 {
		s.tell(d+1, "participation/meeting", `{"purpose":"dialogue","held":"$`+itoa(d)+`",`+metBoth)
	}
	s.tell(380, "docket/period", `{"name":"first","opens":"$381","closes":"$400"}`)
	s.tell(381, "docket/period-opened", `{"name":"first"}`)
	s.tell(390, "participation/meeting", `{"purpose":"implementation","held":"$389","period":"first",`+metBoth)
	s.tell(500, "participation/meeting", `{"purpose":"implementation","held":"$499","period":"first",`+metBoth)
	slices.SortStableFunc(s.Records, func(a, b Record) int { return int(a.Time-b.Time) / int(day/time.Millisecond) })
	return s
}

func itoa(n int) string { return number(n, "", "")[:len(number(n, "", ""))-1] }

func TestEverythingMet(t *testing.T) {
	s := whole(t)
	s.wants(s.judge(725), "1.1=met 2.1=met 2.2=met 3.1=met 3.2=met 3.3=met 4.1=met 5.1=met no-plan=clear requirement-unmet=clear no-progress=unknown")
	for id, f := range s.judge(725) {
		if len(f.Records) == 0 && f.State != Clear && f.State != Unknown {
			t.Errorf("%s cites nothing", id)
		}
	}
}

// A plan that is final while something is owed is no plan of this register, and
// the certificate says what it finds.
func TestFinalWhileOwed(t *testing.T) {
	s := whole(t)
	s.Owed = 1
	s.wants(s.judge(725), "4.1=unmet requirement-unmet=triggered")
}

// without drops records that f names.
func (s *story) without(f func(r Record) bool) *story {
	s.Records = slices.DeleteFunc(s.Records, f)
	return s
}

func TestWhatIsMissing(t *testing.T) {
	kind := func(k publica.Kind) func(Record) bool { return func(r Record) bool { return r.Kind == k } }
	says := func(k publica.Kind, words string) func(Record) bool {
		return func(r Record) bool { return r.Kind == k && strings.Contains(string(r.Body), words) }
	}
	for _, c := range []struct {
		drop func(Record) bool
		want string
	}{
		{kind("participation/timeline"), "3.1=unmet 3.2=met requirement-unmet=triggered"},
		{kind("participation/outreach"), "3.2=unmet requirement-unmet=triggered"},
		{kind("participation/meeting"), "1.1=unmet 5.1=unmet 2.2=unmet"},
		{says("participation/meeting", "implementation"), "5.1=unmet 1.1=met"},
		{says("participation/meeting", "dialogue"), "1.1=unmet 5.1=met"},
		{says("participation/meeting", at(350).String()), "1.1=unmet"},
		{says("participation/evidence", "rules"), "1.1=unmet"},
		{says("participation/evidence", "previous"), "no-plan=unknown"},
		{kind("participation/codify"), "4.1=pending 5.1=pending no-plan=triggered"},
		{says("docket/period-closed", "input"), "3.3=pending"},
	} {
		s := whole(t).without(c.drop)
		s.wants(s.judge(725), c.want)
	}
}

func TestOnTheWay(t *testing.T) {
	s := plan(t)
	s.wants(s.judge(3), "1.1=pending 2.1=met 2.2=pending 3.1=pending 3.2=pending 3.3=pending 4.1=pending 5.1=pending requirement-unmet=clear no-plan=unknown")
	s.wants(s.judge(200), "1.1=unmet 2.2=pending requirement-unmet=triggered")
	s.wants(s.judge(400), "2.2=unmet")

	late := plan(t)
	late.tell(10, "participation/timeline", `{"stages":[]}`)
	late.tell(10, "docket/period", `{"name":"input","opens":"$20","closes":"$40"}`)
	late.tell(10, "docket/period", `{"name":"more","opens":"$25","closes":"$45"}`)
	late.tell(25, "docket/period-opened", `{"name":"more"}`)
	late.tell(20, "docket/period-opened", `{"name":"input"}`)
	late.tell(30, "docket/period-closed", `{"name":"input"}`)
	late.Owed = 2
	all := late.judge(50)
	if !strings.Contains(all["3.1"].Why, at(20).String()) {
		t.Error(all["3.1"].Why)
	}
	late.wants(all, "3.1=unmet 3.2=unmet 3.3=unmet 4.1=pending")
	if !strings.Contains(all["3.3"].Why, "was announced until") || !strings.HasPrefix(all["4.1"].Why, "2 contributions are owed") {
		t.Error(all["3.3"].Why, all["4.1"].Why)
	}

	hasty := plan(t)
	hasty.tell(10, "participation/codify", `{"version":1}`)
	hasty.wants(hasty.judge(11), "3.1=unmet 3.2=unmet 4.1=met 5.1=pending")

	s = plan(t)
	s.At, s.Sealed = at(10), at(5)
	c, err := Evaluate(&s.Input)
	if err != nil || c.Requirements[1].State != Unmet {
		t.Errorf("a register silent for five days: %v, %v", c, err)
	}
	s.At = at(4)
	if _, err := Evaluate(&s.Input); publica.CodeOf(err) != publica.Invalid {
		t.Errorf("evaluated before its records: %v", err)
	}
	if _, err := Evaluate(&Input{}); publica.CodeOf(err) != publica.Invalid {
		t.Errorf("of nothing: %v", err)
	}
}

func TestOrderDoesNotMatterToTheCertificate(t *testing.T) {
	s := whole(t)
	s.At, s.Sealed = at(725), at(725)
	one, err := Evaluate(&s.Input)
	if err != nil {
		t.Fatal(err)
	}
	two, err := Evaluate(&s.Input)
	if err != nil {
		t.Fatal(err)
	}
	a, _ := json.Marshal(one)
	b, _ := json.Marshal(two)
	if string(a) != string(b) {
		t.Error("two certificates of the same records differ")
	}
}

// The answer debt is counted as the register counts it.
func TestOwed(t *testing.T) {
	var c Collector
	add := func(position int64, kind publica.Kind, body string) publica.EntryID {
		t.Helper()
		r := Record{ID: publica.EntryID{byte(position), 7}, Kind: kind, Body: []byte(body)}
		if err := c.count(position, r); err != nil {
			t.Fatal(err)
		}
		return r.ID
	}
	add(0, "docket/open", `{"charter":{}}`)
	add(1, "participation/idea", `{}`)
	add(2, "docket/amend-charter", `{"charter":{"respond":true}}`)
	second := add(3, "participation/comment", `{}`)
	for i := range int64(5) {
		add(4+i, "participation/comment", `{}`)
	}
	if c.Owed() != 6 {
		t.Errorf("%d owed", c.Owed())
	}
	add(9, "participation/response", `{"targets":["`+second.String()+`"],"ranges":[[5,6]]}`)
	if c.Owed() != 3 {
		t.Errorf("%d owed", c.Owed())
	}
	if err := c.count(10, Record{Kind: "participation/response", Body: []byte(`{"targets":3}`)}); publica.CodeOf(err) != publica.Malformed {
		t.Error(err)
	}
}
