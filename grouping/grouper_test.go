package grouping

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// add makes a grouper of texts under the ids a, b, c …
func add(t testing.TB, m Method, texts ...string) *Grouper {
	t.Helper()
	g, err := New(m)
	if err != nil {
		t.Fatal(err)
	}
	for i, text := range texts {
		if err := g.Add(string(rune('a'+i)), g.Sketch(text)); err != nil {
			t.Fatal(err)
		}
	}
	return g
}

// told says which ids are grouped: "a+b c" is one group of two texts, the first
// sent by a and b.
func told(groups []Group) string {
	var all []string
	for _, g := range groups {
		var texts []string
		for _, same := range g.Texts {
			texts = append(texts, strings.Join(same, "+"))
		}
		all = append(all, strings.Join(texts, " "))
	}
	return strings.Join(all, " / ")
}

const (
	letterText  = "The evening bus on line seven must run until midnight, because the hospital changes its shifts at eleven and nobody gets home."
	nearText    = "The evening bus on line seven should run until midnight, because the hospital changes its shifts at eleven and my sister walks home."
	otherText   = "Please publish every contract of the port authority with its annexes, in a format that a machine can read, within thirty days."
	farText     = "My daughter would like more trees in front of the school, and benches where one can sit when the sun is high in summer."
	cjkText     = "公共汽车应该运行到午夜，因为医院十一点换班，护士没有办法回家。"
	cjkNear     = "公共汽车必须运行到午夜，因为医院十一点换班，我姐姐没有办法回家。"
	arabicText  = "يجب أن تعمل الحافلة المسائية حتى منتصف الليل لأن المستشفى يبدل المناوبات في الحادية عشرة ولا أحد يصل إلى بيته"
	arabicVocal = "يَجِبُ أن تعمل الحافلة المسائية حتى منتصف الليل، لأن المستشفى يبدل المناوبات في الحادية عشرة. ولا أحد يصل إلى بيته!"
)

func TestGroups(t *testing.T) {
	for _, c := range []struct {
		name  string
		texts []string
		want  string
	}{
		{"nothing", nil, ""},
		{"one", []string{letterText}, ""},
		{"exact", []string{letterText, otherText, letterText}, "a+c"},
		{"exact but for case, marks and space", []string{"Run the bus!", "  run   THE bus", "Run the\u00adbus", "Run the b\u00adus."}, "a+b+d"},
		{"short ones are grouped only if exact", []string{"No.", "no", "No way", "yes"}, "a+b"},
		{"near", []string{letterText, nearText, otherText}, "a b"},
		{"exact within near", []string{letterText, nearText, otherText, letterText}, "a+d b"},
		{"two groups", []string{letterText, otherText, nearText, otherText, farText}, "a c / b+d"},
		{"distinct", []string{letterText, otherText, farText}, ""},
		{"empty ones are exact duplicates", []string{"", " \n", letterText}, "a+b"},
		{"without a word", []string{"👍", "👎", " 👍 "}, "a+c"},
		{"no spaces between words", []string{cjkText, otherText, cjkNear}, "a c"},
		{"Arabic", []string{arabicText, letterText, arabicText + "!"}, "a+c"},
		{"Arabic with vowel marks is near, not exact", []string{arabicText, arabicVocal}, "a b"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := told(add(t, Default(), c.texts...).Groups()); got != c.want {
				t.Errorf("groups are %q, want %q", got, c.want)
			}
		})
	}
}

// TestThreshold moves the share at which two texts are near past what they share.
func TestThreshold(t *testing.T) {
	m := Default()
	m.Threshold = 900
	if got := told(add(t, m, letterText, nearText).Groups()); got != "" {
		t.Errorf("at 900 permille they are grouped: %q", got)
	}
	m.Threshold, m.Shared = 200, 1000
	if got := told(add(t, m, letterText, nearText).Groups()); got != "" {
		t.Errorf("without a thousand shingles they are grouped: %q", got)
	}
}

// chain makes texts each of which is near the next, the first not near the last.
func chain(n int) (texts []string) {
	for i := range n {
		var words []string
		for j := range 40 {
			words = append(words, fmt.Sprintf("word%d", i*15+j))
		}
		texts = append(texts, strings.Join(words, " "))
	}
	return texts
}

func TestChain(t *testing.T) {
	texts := chain(5)
	if got := told(add(t, Default(), texts[0], texts[4]).Groups()); got != "" {
		t.Fatalf("the ends are near by themselves: %q", got)
	}
	if got := told(add(t, Default(), texts...).Groups()); got != "a b c d e" {
		t.Errorf("what is near by others in between makes %q, want one group", got)
	}
}

func TestOrderDoesNotMatter(t *testing.T) {
	texts := append(chain(5), letterText, nearText, otherText, letterText, otherText, "", farText, cjkText, cjkNear)
	ids := make([]int, len(texts))
	for i := range ids {
		ids[i] = i
	}
	var want []Group
	r := rand.New(rand.NewPCG(1, 2))
	for round := range 30 {
		g, err := New(Default())
		if err != nil {
			t.Fatal(err)
		}
		for at, i := range ids {
			if err := g.Add(fmt.Sprint("t", 10+i), g.Sketch(texts[i])); err != nil {
				t.Fatal(err)
			}
			if at == round%len(ids) {
				g.Groups() // asking in between changes nothing
			}
		}
		got := g.Groups()
		if want == nil {
			want = got
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("in the order %v the groups are %s, want %s", ids, told(got), told(want))
		}
		r.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	}
}

func TestLetter(t *testing.T) {
	for _, c := range []struct {
		name  string
		texts []string
		want  string
	}{
		{"what most sent", []string{nearText, letterText, letterText, letterText}, "b"},
		{"of one text, the first id", []string{letterText, letterText}, "a"},
		{"the shortest of what all have", []string{letterText + " And the fare must fall by half for pupils and for pensioners.", letterText, letterText + " I write this as a nurse of the second ward of our hospital."}, "b"},
		{"the middle of a chain", chain(3), "b"},
	} {
		t.Run(c.name, func(t *testing.T) {
			groups := add(t, Default(), c.texts...).Groups()
			if len(groups) != 1 {
				t.Fatalf("%d groups: %s", len(groups), told(groups))
			}
			if g := groups[0]; g.Letter != c.want || g.Size != len(c.texts) || g.Name != "a" {
				t.Errorf("the letter of %s (%d members) is %s, want %s", g.Name, g.Size, g.Letter, c.want)
			}
		})
	}
}

func TestAdded(t *testing.T) {
	own := "I am a nurse and last week I walked home through the rain for two hours."
	texts := []string{letterText, letterText + " " + own, own + "\n\n" + letterText, strings.ToUpper(letterText)}
	g := add(t, Default(), texts...)
	groups := g.Groups()
	if len(groups) != 1 {
		t.Fatalf("groups: %s", told(groups))
	}
	// The sentence stands in two texts of three: it is of the letter by the
	// usual share; by a share of nearly all it is not.
	if added := g.Added(&groups[0], texts[1]); len(added) != 0 {
		t.Errorf("what two of three texts have was added: %q", added)
	}
	m := Default()
	m.Common = 900
	g = add(t, m, texts...)
	groups = g.Groups()
	for i, want := range [][]string{nil, {own}, {own}, nil} {
		if added := g.Added(&groups[0], texts[i]); !slices.Equal(added, want) {
			t.Errorf("%d added %q, want %q", i, added, want)
		}
	}
	same := add(t, Default(), letterText, letterText)
	one := same.Groups()[0]
	if added := same.Added(&one, letterText); added != nil {
		t.Errorf("an exact duplicate added %q", added)
	}
}

func TestNormal(t *testing.T) {
	for text, want := range map[string]string{
		"":                       "",
		"  Don’t  PANIC! ":       "dont panic",
		"don't":                  "dont",
		"e-mail me: a@b.org":     "e mail me a b org",
		"Straße 12, Haus Nr. 4½": "straße 12 haus nr 4½",
		"公共汽车 7 路":               "公 共 汽 车 7 路",
		"ไทย":                    "ไ ท ย",
		"न\u0940ति":              "नीति",
		"zero\u200bwidth":        "zerowidth",
		"é is e\u0301":           "é is e\u0301",
		"\u0301 alone":           "alone",
		" ☂  ☂ ":                 "☂ ☂",
		"bad \xff byte":          "bad byte",
	} {
		if got := Normal(text); got != want {
			t.Errorf("the normal form of %q is %q, want %q", text, got, want)
		}
	}
}

func TestSentences(t *testing.T) {
	for text, want := range map[string][]string{
		"":                                    nil,
		"Hello.":                              {"Hello."},
		"One two three. Four five six!":       {"One two three.", "Four five six!"},
		"Dear Mr. Smith, we ask you. Thanks!": {"Dear Mr. Smith, we ask you. Thanks!"},
		"We ask for the bus. Thanks!":         {"We ask for the bus. Thanks!"},
		"He said “run the bus.” We agree with it": {"He said “run the bus.”", "We agree with it"},
		"Version 1.5 of the plan is good":         {"Version 1.5 of the plan is good"},
		"No end here at all\n\nBut a new one":     {"No end here at all", "But a new one"},
		"应该运行到午夜。医院十一点换班。":                        {"应该运行到午夜。", "医院十一点换班。"},
		"هل تعمل الحافلة ليلا؟ نعم نريد ذلك جدا":  {"هل تعمل الحافلة ليلا؟", "نعم نريد ذلك جدا"},
	} {
		if got := Sentences(text); !slices.Equal(got, want) {
			t.Errorf("the sentences of %q are %q, want %q", text, got, want)
		}
	}
}

func TestMethodCheck(t *testing.T) {
	if err := Default().Check(); err != nil {
		t.Errorf("the usual method: %v", err)
	}
	for name, change := range map[string]func(*Method){
		"algorithm": func(m *Method) { m.Algorithm = "simhash" },
		"version":   func(m *Method) { m.Version = 2 },
		"bands":     func(m *Method) { m.Bands = 257 },
		"rows":      func(m *Method) { m.Rows = 5 },
		"near":      func(m *Method) { m.Near = 0 },
		"threshold": func(m *Method) { m.Threshold = 1001 },
		"words":     func(m *Method) { m.Words = 0 },
		"shared":    func(m *Method) { m.Shared = 0 },
		"common":    func(m *Method) { m.Common = -1 },
	} {
		m := Default()
		change(&m)
		if _, err := New(m); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("a wrong %s: %v", name, err)
		}
	}
}

func TestIDsAreTheirOwn(t *testing.T) {
	g := add(t, Default(), letterText)
	if err := g.Add("a", g.Sketch(otherText)); err == nil {
		t.Error("the id a was taken twice")
	}
	if members, texts := g.Len(); members != 1 || texts != 1 {
		t.Errorf("%d members, %d texts", members, texts)
	}
}

func TestBursts(t *testing.T) {
	const minute = 60_000
	windows := Count([]int64{minute + 5, 3*minute + 1, minute, 3 * minute, 3*minute + 59_999, -1}, minute)
	if want := []Window{{-minute, 1}, {minute, 2}, {3 * minute, 3}}; !slices.Equal(windows, want) {
		t.Fatalf("windows are %v, want %v", windows, want)
	}
	if got, want := Highest(windows, 2), []Window{{3 * minute, 3}, {minute, 2}}; !slices.Equal(got, want) {
		t.Errorf("the highest are %v, want %v", got, want)
	}
	if got := Highest(windows, 9); len(got) != 3 || got[2].Start != -minute {
		t.Errorf("of three windows, nine are %v", got)
	}
}

// TestCampaign tells a machine's campaign, no two of whose texts are equal, and
// letters that people varied, from distinct texts that speak of the same.
func TestCampaign(t *testing.T) {
	g, truth := group(t, Default(), samples(t, 4000))
	groups := g.Groups()
	q := truth.judge(groups)
	t.Logf("recall %d‰, precision %d‰, %d groups", q.recall(), q.precision(), len(groups))
	if q.sent < 2000 || q.recall() < 980 || q.precision() < 990 {
		t.Errorf("of %d texts of campaigns %d‰ were found, %d‰ of what was found is right", q.sent, q.recall(), q.precision())
	}
}

func TestTogether(t *testing.T) {
	if g := add(t, Default()).Together(); g.Size != 0 {
		t.Errorf("nothing together is %+v", g)
	}
	g := add(t, Default(), farText, letterText, nearText, letterText)
	if got := told([]Group{g.Together()}); got != "a b+d c" {
		t.Errorf("together: %q", got)
	}
	near := add(t, Default(), letterText, nearText, letterText)
	if got, want := near.Together(), near.Groups()[0]; !reflect.DeepEqual(got, want) {
		t.Errorf("what is near is %+v together, want %+v", got, want)
	}
}
