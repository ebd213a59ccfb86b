package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"publica"
)

// recordsOf makes the records of a docket from lines "kind body [part=text]…";
// a "!" before the kind marks a refused entry. Only what debtOf reads is set.
func recordsOf(lines ...string) (records []record) {
	for i, line := range lines {
		f := strings.Fields(line)
		leaf := &publica.Leaf{}
		kind, refused := strings.CutPrefix(f[0], "!")
		if refused {
			leaf.Refused = &publica.Refusal{Code: publica.Late}
		}
		e := &publica.Entry{Kind: publica.Kind(kind), Body: []byte(f[1])}
		for _, p := range f[2:] {
			name, text, _ := strings.Cut(p, "=")
			e.Content = append(e.Content, publica.Part{Name: name, Commitment: publica.Commit(nil, []byte(text))})
		}
		records = append(records, record{id: publica.EntryID{byte(i + 1)}, position: int64(i), leaf: leaf, entry: e})
	}
	return records
}

func id(position int) string { return publica.EntryID{byte(position + 1)}.String() }

func TestDebt(t *testing.T) {
	const open = `docket/open {"charter":{"respond":true}}`
	draft := func(version int, sections string, more string) string {
		return fmt.Sprintf(`participation/draft {"version":%d,"sections":[%s]%s}`, version, sections, more)
	}
	one, two := `{"id":"one","part":"s1"}`, `{"id":"two","part":"s2"}`
	for _, c := range []struct {
		name   string
		lines  []string
		owed   []int64
		ghosts []string
	}{
		{"nothing owed without a charter that says so", []string{`docket/open {"charter":{}}`, `participation/idea {}`}, nil, nil},
		{"ideas and comments are owed, refused ones are not", []string{open, `participation/idea {}`, `!participation/idea {}`, `participation/comment {}`, `participation/endorse {}`}, []int64{1, 3}, nil},
		{"answered by id and by range", []string{open, `participation/idea {}`, `participation/comment {}`, `participation/comment {}`, `participation/comment {}`,
			`participation/response {"targets":["` + id(1) + `"],"ranges":[[3,9]]}`}, []int64{2}, nil},
		{"an amended charter counts from then on", []string{`docket/open {"charter":{}}`, `participation/idea {}`, `docket/amend-charter {"charter":{"respond":true}}`, `participation/idea {}`}, []int64{3}, nil},
		{"changed and removed silently", []string{open, draft(1, one+","+two, "") + " s1=a s2=b", draft(2, one, "") + " s1=c"}, nil, []string{"2 one", "2 two"}},
		{"carried unchanged", []string{open, draft(1, one, "") + " s1=a", draft(2, `{"id":"one"}`, "")}, nil, nil},
		{"with a reason", []string{open, draft(1, one+","+two, "") + " s1=a s2=b",
			draft(2, one, `,"changes":[{"section":"one"},{"section":"two"}]`) + " s1=c"}, nil, nil},
		{"explained later", []string{open, draft(1, one+","+two, "") + " s1=a s2=b", draft(2, one, "") + " s1=c",
			`participation/explain {"version":2,"sections":["two"]}`}, nil, []string{"2 one"}},
		{"back as it was", []string{open, draft(1, one+","+two, "") + " s1=a s2=b", draft(2, `{"id":"one"}`, ""), draft(3, `{"id":"one"},`+two, "") + " s2=b"}, nil, nil},
		{"back with other words", []string{open, draft(1, one+","+two, "") + " s1=a s2=b", draft(2, `{"id":"one"}`, ""), draft(3, `{"id":"one"},`+two, "") + " s2=z"}, nil, []string{"3 two"}},
		{"idea dropped", []string{open, `participation/idea {}`, draft(1, `{"id":"one","part":"s1","ideas":["`+id(1)+`"]}`, "") + " s1=a", draft(2, `{"id":"one"}`, "")}, []int64{1}, []string{"2 idea " + id(1)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, err := debtOf(publica.DocketID{}, recordsOf(c.lines...))
			if err != nil {
				t.Fatal(err)
			}
			var ghosts []string
			for _, g := range d.ghosts {
				if g.section == "" {
					ghosts = append(ghosts, fmt.Sprintf("%d idea %s", g.version, g.idea))
				} else {
					ghosts = append(ghosts, fmt.Sprintf("%d %s", g.version, g.section))
				}
			}
			if !slices.Equal(d.owed, c.owed) || !slices.Equal(ghosts, c.ghosts) {
				t.Errorf("owed %v, ghosts %q, want %v, %q", d.owed, ghosts, c.owed, c.ghosts)
			}
		})
	}
}

func TestRanges(t *testing.T) {
	got := ranges([]int64{1, 2, 3, 7, 9, 10})
	if want := [][2]int64{{1, 3}, {7, 7}, {9, 10}}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
