package grouping

import (
	"encoding/json/v2"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the vectors anew")

const lime = "Please keep all of the old lime trees along the river, since they give shade to the children on their way to school."

// found adds texts under the ids 0, 1, … and returns the groups as lists of ids.
func found(t *testing.T, m Method, texts ...string) (g *Grouper, groups []Group) {
	t.Helper()
	g, err := New(m)
	if err != nil {
		t.Fatal(err)
	}
	for i, text := range texts {
		if err := g.Add(fmt.Sprint(i), g.Sketch(text)); err != nil {
			t.Fatal(err)
		}
	}
	return g, g.Groups()
}

func members(g Group) (all []string) {
	for _, same := range g.Texts {
		all = append(all, same...)
	}
	slices.Sort(all)
	return all
}

func TestGroups(t *testing.T) {
	near := "We ask you to keep all of the old lime trees along the river, since they give shade to the children on their way to school!"
	other := "The budget table in annex two does not add up: the third column is short by four million, and nobody has said where the rest went."
	for _, c := range []struct {
		name  string
		texts []string
		want  [][]string
	}{
		{"none", nil, nil},
		{"one", []string{lime}, nil},
		{"strangers", []string{lime, other}, nil},
		{"exact", []string{lime, other, lime}, [][]string{{"0", "2"}}},
		{"exact but for case, marks and spaces", []string{lime, strings.ToUpper(lime), "  " + strings.ReplaceAll(lime, " ", "\n") + "!!"}, [][]string{{"0", "1", "2"}}},
		{"near", []string{lime, other, near}, [][]string{{"0", "2"}}},
		{"two groups", []string{lime, other, near, other}, [][]string{{"0", "2"}, {"1", "3"}}},
		{"short texts are only exact", []string{"No!", "No, never", "no"}, [][]string{{"0", "2"}}},
		{"empty", []string{"", " \n", lime}, [][]string{{"0", "1"}}},
		{"emoji differ", []string{"👍", "👎", "👍"}, [][]string{{"0", "2"}}},
		{"script without spaces", []string{"我们请求保留河边所有的老椴树因为它们为上学路上的孩子们遮荫", "我们恳请保留河边所有的老椴树因为它们为上学路上的孩子们遮荫", "附件二的预算表加起来不对第三列少了四百万没有人说明其余的去了哪里"}, [][]string{{"0", "1"}}},
		{"marks of another script", []string{"نرجو الإبقاء على جميع أشجار الزيزفون القديمة على ضفة النهر لأنها تظلل الأطفال في طريقهم إلى المدرسة", "نطلب الإبقاء على جميع أشجار الزيزفون القديمة على ضفة النهر لأنها تظلل الأطفال في طريقهم إلى المدرسة"}, [][]string{{"0", "1"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, groups := found(t, Default(), c.texts...)
			var got [][]string
			for _, g := range groups {
				got = append(got, members(g))
				if g.Size != len(members(g)) || !slices.Contains(members(g), g.Letter) || g.Name != members(g)[0] {
					t.Errorf("%+v does not agree with itself", g)
				}
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("groups %v, want %v", got, c.want)
			}
		})
	}
}

// The groups are the same whatever the order of the texts.
func TestOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	texts := map[string]string{}
	letters := []string{lime, "Our school has four hundred pupils and one gym, so build the second gym beside the old one before the winter of next year begins, as promised."}
	for i := range 60 {
		words := strings.Fields(letters[i%2])
		for range 1 + r.IntN(5) {
			words[r.IntN(len(words))] = fmt.Sprintf("word%d", r.IntN(1000))
		}
		texts[fmt.Sprintf("%02d", i)] = strings.Join(words, " ")
	}
	ids := make([]string, 0, len(texts))
	for id := range texts {
		ids = append(ids, id)
	}
	var first []Group
	for range 5 {
		r.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
		g, err := New(Default())
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range ids {
			if err := g.Add(id, g.Sketch(texts[id])); err != nil {
				t.Fatal(err)
			}
		}
		groups := g.Groups()
		if first == nil {
			first = groups
			if len(groups) != 2 || groups[0].Size+groups[1].Size < 55 {
				t.Fatalf("two letters, sixty texts, and %d groups: %+v", len(groups), groups)
			}
		}
		if !reflect.DeepEqual(groups, first) {
			t.Fatal("another order gives other groups")
		}
	}
}

// Texts that are near one after the other are one group, though the ends share
// little.
func TestChain(t *testing.T) {
	words := strings.Fields("one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty")
	texts := make([]string, 4)
	for i := range texts {
		mine := slices.Clone(words)
		for j := range 4 * i {
			mine[j] = fmt.Sprintf("other%d", j)
		}
		texts[i] = strings.Join(mine, " ")
	}
	m := Default()
	m.Threshold = 400
	if _, groups := found(t, m, texts[0], texts[3]); len(groups) != 0 {
		t.Fatal("the ends are near by themselves: this is no test")
	}
	if _, groups := found(t, m, texts...); len(groups) != 1 || groups[0].Size != 4 {
		t.Errorf("the chain is %+v", groups)
	}
}

func TestAdded(t *testing.T) {
	own := "I walk there every day with my dog, and he would miss them. "
	g, groups := found(t, Default(), lime, own+lime, strings.Replace(lime, "Please", "Do", 1), lime)
	if len(groups) != 1 {
		t.Fatalf("%d groups", len(groups))
	}
	if added := g.Added(&groups[0], own+lime); len(added) != 1 || added[0] != strings.TrimSpace(own) {
		t.Errorf("added %q", added)
	}
	if added := g.Added(&groups[0], lime); len(added) != 0 {
		t.Errorf("the letter adds %q to itself", added)
	}
	if l := groups[0].Letter; l != "0" && l != "3" {
		t.Errorf("the letter is %s, not what most sent", l)
	}
}

func TestRefusesTwice(t *testing.T) {
	g, err := New(Default())
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Add("a", g.Sketch("x")); err != nil {
		t.Fatal(err)
	}
	if g.Add("a", g.Sketch("y")) == nil {
		t.Error("an id stands twice")
	}
	for _, change := range []func(*Method){
		func(m *Method) { m.Algorithm = "other" }, func(m *Method) { m.Version = 2 }, func(m *Method) { m.Bands = 0 }, func(m *Method) { m.Rows = 5 },
		func(m *Method) { m.Threshold = 1001 }, func(m *Method) { m.Words = 10 }, func(m *Method) { m.Near = 0 }, func(m *Method) { m.Shared = 0 }, func(m *Method) { m.Common = -1 },
	} {
		m := Default()
		change(&m)
		if _, err := New(m); err == nil {
			t.Errorf("%+v is computed", m)
		}
	}
}

func TestCount(t *testing.T) {
	w := Count([]int64{-1, 0, 999, 1000, 5000, 5001}, 1000)
	want := []Window{{-1000, 1}, {0, 2}, {1000, 1}, {5000, 2}}
	if !reflect.DeepEqual(w, want) {
		t.Errorf("%v, want %v", w, want)
	}
	if top := Highest(w, 2); !reflect.DeepEqual(top, []Window{{0, 2}, {5000, 2}}) {
		t.Errorf("highest %v", top)
	}
}

// A vector is a step of the method for one text, or the groups of several.
type vectors struct {
	Method Method       `json:"method"`
	Texts  []textVector `json:"texts"`
	Groups [][]string   `json:"groups"` // ids, "0" for the first text
	Letter []string     `json:"letters"`
}

type textVector struct {
	Text      string   `json:"text"`
	Normal    string   `json:"normal"`
	Sentences []string `json:"sentences"`
	Shingles  []uint32 `json:"shingles"` // ascending, each once
	Minima    []uint32 `json:"minima"`   // the first eight values; empty if there are too few shingles
}

// TestVectors holds the package to testdata/vectors.json, which other
// implementations read too. Run it with -update after a change that is meant: it
// is a new version of the method.
func TestVectors(t *testing.T) {
	v := vectors{Method: Default()}
	v.Method.Unicode = "" // the texts use old characters only
	texts := []string{
		lime,
		"We ask you to KEEP all of the old lime trees along the river — since they give shade to the children on their way to school!",
		"Don't cut it. It's ours… Really?\n\nYes, it is ours; no, nobody asked us about it at all.",
		"我们请求保留河边所有的老椴树，因为它们为上学路上的孩子们遮荫。谢谢！",
		"نرجو الإبقاء على جميع أشجار الزيزفون القديمة على ضفة النهر.",
		"👍", "",
		lime,
	}
	g, groups := found(t, v.Method, texts...)
	for _, text := range texts {
		s := g.Sketch(text)
		one := textVector{Text: text, Normal: Normal(text), Sentences: Sentences(text), Shingles: s.shingles, Minima: s.minima[:min(8, len(s.minima))]}
		v.Texts = append(v.Texts, one)
	}
	for _, group := range groups {
		v.Groups, v.Letter = append(v.Groups, members(group)), append(v.Letter, group.Letter)
	}
	raw, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", "vectors.json")
	if *update {
		if err := os.WriteFile(path, append(raw, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if strings.TrimSpace(string(want)) != string(raw) {
		t.Errorf("the vectors on file are others:\n%s", raw)
	}
}
