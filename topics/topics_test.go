package topics_test

import (
	"bufio"
	"context"
	"encoding/json/v2"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"publica/grouping"
	"publica/topics"
)

var themes = [][]string{
	strings.Fields("cycle lane helmet pedal bicycle kerb rider parking"),
	strings.Fields("école élève cantine professeur classe cahier lecture récréation"),
	strings.Fields("مياه نهر سد شرب أنابيب خزان تلوث صرف"),
	strings.Fields("噪音夜间 机场飞机 航班跑道 起飞降落 居民睡眠 窗户隔音"),
}

// made returns n texts, the i-th of theme i mod 4, with words that all share.
func made(n int) []string {
	r := rand.New(rand.NewPCG(7, 7))
	texts := make([]string, n)
	for i := range texts {
		words := []string{"please", "the", "council", fmt.Sprintf("unique%d", i)}
		for range 12 {
			theme := themes[i%len(themes)]
			words = append(words, theme[r.IntN(len(theme))])
		}
		r.Shuffle(len(words), func(a, b int) { words[a], words[b] = words[b], words[a] })
		texts[i] = strings.Join(words, " ")
	}
	return texts
}

func learn(t testing.TB, texts []string, o topics.Options) *topics.Topics {
	t.Helper()
	found, err := topics.Learn(t.Context(), texts, o)
	if err != nil {
		t.Fatal(err)
	}
	var all []int
	all = append(all, found.None...)
	for _, topic := range found.Topics {
		all = append(all, topic.Members...)
		if len(topic.Words) == 0 || len(topic.Members) < 2 || len(topic.Examples) == 0 {
			t.Errorf("topic %v has %d texts and %d examples", topic.Words, len(topic.Members), len(topic.Examples))
		}
		for _, e := range topic.Examples {
			if !slices.Contains(topic.Members, e) {
				t.Errorf("example %d of %v is not a member", e, topic.Words)
			}
		}
	}
	slices.Sort(all)
	for i, at := range all {
		if i != at {
			t.Fatalf("text %d is in no topic or in two", i)
		}
	}
	if len(all) != len(texts) {
		t.Fatalf("%d texts of %d are sorted", len(all), len(texts))
	}
	return found
}

func TestThemesOfFourScripts(t *testing.T) {
	for _, o := range []topics.Options{{Topics: 4}, {Topics: 4, Sample: 80}} {
		found := learn(t, made(400), o)
		if len(found.Topics) != 4 || len(found.None) != 0 {
			t.Fatalf("%d topics, %d texts in none; want 4 and 0", len(found.Topics), len(found.None))
		}
		for _, topic := range found.Topics {
			for _, m := range topic.Members {
				if m%4 != topic.Members[0]%4 {
					t.Fatalf("%v mixes themes", topic.Words)
				}
			}
			theme := strings.Join(themes[topic.Members[0]%4], " ")
			for _, w := range topic.Words {
				// A pair of letters may span two words of the theme.
				if !strings.Contains(theme, w) && topic.Members[0]%4 != 3 {
					t.Errorf("%q names the topic of %q", w, theme)
				}
			}
		}
	}
}

func TestSameTextsSameTopics(t *testing.T) {
	texts := made(200)
	first := learn(t, texts, topics.Options{})
	if again := learn(t, texts, topics.Options{}); !reflect.DeepEqual(first, again) {
		t.Error("the same texts gave other topics")
	}
	slices.Reverse(texts)
	turned := learn(t, texts, topics.Options{})
	for i, topic := range turned.Topics {
		for j := range topic.Members {
			topic.Members[j] = len(texts) - 1 - topic.Members[j]
		}
		slices.Sort(topic.Members)
		if !slices.Equal(topic.Members, first.Topics[i].Members) || !slices.Equal(topic.Words, first.Topics[i].Words) {
			t.Errorf("topic %v depends on the order of the texts", topic.Words)
		}
	}
}

func TestFewAndEmptyTexts(t *testing.T) {
	for name, texts := range map[string][]string{
		"none": nil, "one": {"more trees"}, "nine": made(9),
		"empty": make([]string, 50), "copies": slices.Repeat([]string{"more trees"}, 50), "emoji": slices.Repeat([]string{"👍", "1 2 3"}, 20),
	} {
		if found := learn(t, texts, topics.Options{}); len(found.Topics) != 0 {
			t.Errorf("%s: %d topics, want none", name, len(found.Topics))
		}
	}
	texts := append(made(40), "", "👍")
	if found := learn(t, texts, topics.Options{}); !slices.Equal(found.None, []int{40, 41}) {
		t.Errorf("texts without a word: %v are in no topic, want 40 and 41", found.None)
	}
}

func TestCopiesDoNotName(t *testing.T) {
	texts := append(made(40), slices.Repeat([]string{"zebra zeppelin cycle lane"}, 100)...)
	for _, topic := range learn(t, texts, topics.Options{}).Topics {
		if slices.Contains(topic.Words, "zebra") {
			t.Errorf("%v has a word of one text alone", topic.Words)
		}
	}
}

func TestRefuses(t *testing.T) {
	for _, o := range []topics.Options{{Topics: -1}, {Topics: 1}, {Topics: 65}, {Sample: -1}, {Sample: 9}} {
		if _, err := topics.Learn(t.Context(), nil, o); err == nil {
			t.Errorf("%+v was taken", o)
		}
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := topics.Learn(ended, made(20), topics.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("an ended context: %v", err)
	}
}

// realTexts reads public ideas and the theme under which they were filed.
func realTexts[T any](t *testing.T, name string, read func(T) (text, theme string)) (texts, filed []string) {
	f, err := os.Open(filepath.Join("..", "..", "shared", "data", "us-nap4", name))
	if err != nil {
		t.Skipf("SKIPPED: %s is not at ../shared/data/us-nap4 beside the project: %v", name, err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var line T
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		text, theme := read(line)
		texts, filed = append(texts, text), append(filed, theme)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return texts, filed
}

type idea struct {
	Topic string `json:"topic"`
	Text  string `json:"text"`
}

// Short ideas in one language: every name is made of words that its topic's
// texts share. How well topics agree with the two themes under which people
// filed the ideas is logged, not asserted: they are broader than topics, and
// the agreement is weak.
func TestIdeasOfAWorkshop(t *testing.T) {
	texts, filed := realTexts(t, "emerging-tech-atlas-ideas.jsonl", func(i idea) (string, string) { return i.Text, i.Topic })
	found := learn(t, texts, topics.Options{})
	if len(found.Topics) < 2 || len(found.None) > len(texts)/4 {
		t.Errorf("%d topics, %d of %d texts in none", len(found.Topics), len(found.None), len(texts))
	}
	for _, topic := range found.Topics {
		t.Log(len(topic.Members), topic.Words)
		for _, w := range topic.Words {
			in, all := 0, 0
			for i, text := range texts {
				if slices.Contains(strings.Fields(grouping.Normal(text)), w) {
					all++
					if slices.Contains(topic.Members, i) {
						in++
					}
				}
			}
			if in < 2 || in*len(texts) <= all*len(topic.Members) {
				t.Errorf("%q names %v: it is in %d of its %d texts, %d of all", w, topic.Words, in, len(topic.Members), all)
			}
		}
	}
	got, as := filedAlike(found, filed), 0
	r := rand.New(rand.NewPCG(3, 3))
	for range 1000 {
		r.Shuffle(len(filed), func(a, b int) { filed[a], filed[b] = filed[b], filed[a] })
		if filedAlike(found, filed) >= got {
			as++
		}
	}
	t.Logf("%d pairs of a topic were filed alike; chance does as well in %d of 1000", got, as)
}

// filedAlike counts the pairs of texts of one topic that people filed alike.
func filedAlike(found *topics.Topics, filed []string) (pairs int) {
	for _, topic := range found.Topics {
		for i, a := range topic.Members {
			for _, b := range topic.Members[:i] {
				if filed[a] == filed[b] {
					pairs++
				}
			}
		}
	}
	return pairs
}

type suggestion struct {
	Title string `json:"title"`
	Body  string `json:"body"`
}

func TestSuggestions(t *testing.T) {
	texts, _ := realTexts(t, "suggestions.jsonl", func(s suggestion) (string, string) { return s.Title + "\n" + s.Body, "" })
	found := learn(t, texts, topics.Options{})
	if len(found.Topics) < 2 || len(found.None) > len(texts)/4 {
		t.Errorf("%d topics, %d of %d texts in none", len(found.Topics), len(found.None), len(texts))
	}
	for _, topic := range found.Topics {
		t.Log(len(topic.Members), topic.Words)
		for _, stop := range []string{"the", "and", "of", "to"} {
			if slices.Contains(topic.Words, stop) {
				t.Errorf("%q names topic %v", stop, topic.Words)
			}
		}
	}
}

func BenchmarkLearn20000(b *testing.B) {
	texts := made(20000)
	b.ReportAllocs()
	for b.Loop() {
		learn(b, texts, topics.Options{})
	}
}
