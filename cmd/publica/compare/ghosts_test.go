package compare

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

const (
	pier  = "The city mends the old pier before the summer begins, and pays for it."
	lamps = "Lamps along the path are lit from dusk until the last ferry has left."
	ferry = "A ferry runs every hour between the two towns on working days."
	boats = "Motor boats keep one hundred metres from the shore at all times."
)

func TestFollow(t *testing.T) {
	for _, c := range []struct {
		name          string
		before, after []Section
		want          []string // fate, section, section it is in, kept, anywhere
		fresh         []string
	}{
		{"the same", []Section{{"a", pier}}, []Section{{"a", "THE city mends the\nold pier, before the summer begins and pays for it"}}, []string{"unchanged a a 100 100"}, nil},
		{"a word changed", []Section{{"a", pier}}, []Section{{"a", strings.Replace(pier, "old", "new", 1)}}, []string{"changed a a 75 75"}, nil},
		{"another name", []Section{{"a", pier}}, []Section{{"z", pier}, {"y", ferry}}, []string{"moved a z 100 100"}, []string{"y"}},
		{"another name and a word", []Section{{"a", pier}}, []Section{{"z", strings.Replace(pier, "old", "new", 1)}}, []string{"moved a z 75 75"}, nil},
		{"two in one", []Section{{"a", pier}, {"b", lamps}, {"c", ferry}}, []Section{{"z", pier + " " + lamps}, {"c", ferry}}, []string{"merged a z 100 100", "merged b z 100 100", "unchanged c c 100 100"}, nil},
		{"gone", []Section{{"a", pier}, {"b", lamps}}, []Section{{"b", lamps}}, []string{"vanished a  0 0", "unchanged b b 100 100"}, nil},
		{"the name stays, the words go", []Section{{"a", pier}}, []Section{{"a", boats}}, []string{"changed a a 0 0"}, nil},
		{"the name stays, the words move", []Section{{"a", pier}}, []Section{{"a", boats}, {"b", pier}}, []string{"moved a b 100 100"}, []string{"a"}},
		{"scattered", []Section{{"a", pier + " " + lamps + " " + ferry}}, []Section{{"x", pier}, {"y", lamps}, {"z", ferry}}, []string{"vanished a  0 89"}, []string{"x", "y", "z"}},
		{"nothing in it", []Section{{"a", ""}, {"b", "\n"}}, []Section{{"a", ""}, {"c", ""}}, []string{"unchanged a a 100 100", "vanished b  0 100"}, []string{"c"}},
		{"into nothing", []Section{{"a", "Yes."}}, nil, []string{"vanished a  0 0"}, nil},
	} {
		g := Follow(c.before, c.after, 50)
		var got []string
		counts := map[Standing]int{}
		for _, s := range g.Sections {
			got = append(got, fmt.Sprintf("%s %s %s %d %d", s.Fate, s.Section, s.Into, s.Kept, s.Anywhere))
			counts[s.Fate]++
		}
		if !slices.Equal(got, c.want) || !slices.Equal(g.New, c.fresh) {
			t.Errorf("%s: %q and new %q, want %q and %q", c.name, got, g.New, c.want, c.fresh)
		}
		if fmt.Sprint(counts) != fmt.Sprint(g.Counts) {
			t.Errorf("%s: counts %v", c.name, g.Counts)
		}
	}
}

// What is enough decides between moved and vanished, to the percent.
func TestFollowEnough(t *testing.T) {
	before, after := []Section{{"a", pier}}, []Section{{"z", strings.Replace(pier, "old", "new", 1)}}
	for enough, want := range map[int]Standing{75: Moved, 76: Gone} {
		if g := Follow(before, after, enough); g.Sections[0].Fate != want {
			t.Errorf("%d percent: %s, want %s", enough, g.Sections[0].Fate, want)
		}
	}
}
