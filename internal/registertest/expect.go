package registertest

import (
	"encoding/json/v2"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"publica"
	"publica/internal/domain/docket"
	"publica/internal/domain/participation"
	"publica/internal/machine"
)

// expect runs the "expect …" statements of a script.
func (s *script) expect(words []string) error {
	if len(words) == 0 {
		return fmt.Errorf("expect what?")
	}
	if words[0] == "system" {
		return s.expectSystem(words[1:])
	}
	if words[0] == "silence" || words[0] == "nothing" || words[0] == "seal" {
		n := len(s.last)
		sealed := n == 1 && strings.Contains(string(s.last[0].Bytes), `"seal"`)
		if sealed && words[0] != "nothing" || n == 0 && words[0] != "seal" {
			return nil
		}
		return fmt.Errorf("the last block logged %d leaves", n)
	}
	if words[0] == "validators" {
		return s.expectValidators(words[1:])
	}
	if len(words) < 3 {
		return fmt.Errorf("expect %s wants more", words[0])
	}
	id, err := s.id(words[1])
	if err != nil {
		return err
	}
	in := publica.DocketID(id)
	switch words[0] {
	case "debt", "tally":
		return s.expectCounts(in, words[0], words[2:])
	case "tender":
		return s.expectTender(in, words[2:])
	case "open":
		return s.expectOpen(in, words[2])
	case "ghosts":
		return s.expectGhosts(in, words[2:])
	case "content":
		return s.expectContent(s.named[words[1]], words[2:])
	case "refused":
		return s.expectRefused(id, publica.Code(words[2]))
	}
	return fmt.Errorf("cannot expect %s", words[0])
}

func (s *script) expectCounts(in publica.DocketID, what string, words []string) error {
	var counts any
	s.law.View(func(tx *machine.Tx) {
		if what == "debt" {
			counts = participation.Debt(tx, in)
		} else {
			counts = participation.Counts(tx, in)
		}
	})
	raw, err := json.Marshal(counts)
	if err != nil {
		return err
	}
	got := map[string]int64{}
	if err := json.Unmarshal(raw, &got); err != nil {
		return err
	}
	for _, w := range words {
		name, n, _ := strings.Cut(w, "=")
		if want, err := strconv.ParseInt(n, 10, 64); err != nil || got[name] != want {
			return fmt.Errorf("%s is %d, all: %s", name, got[name], raw)
		}
	}
	return nil
}

// expectTender compares members of a tender's state, 0 and "" where absent.
func (s *script) expectTender(in publica.DocketID, words []string) error {
	t := s.law.Tender(in)
	raw, err := json.Marshal(t.State)
	if err != nil {
		return err
	}
	got := map[string]any{}
	if err := json.Unmarshal(raw, &got); err != nil {
		return err
	}
	var clocks []string
	for _, c := range t.State.Clocks {
		clocks = append(clocks, string(c.Name))
	}
	got["clocks"] = strings.Join(clocks, ",")
	for _, w := range words {
		name, want, _ := strings.Cut(w, "=")
		value, ok := got[name]
		if is := fmt.Sprint(value); is != want && (ok || want != "0" && want != "") {
			return fmt.Errorf("%s is %s, all: %s", name, is, raw)
		}
	}
	return nil
}

func (s *script) expectValidators(want []string) error {
	all, err := machine.Validators(s.law.State)
	if err != nil {
		return err
	}
	var words []string
	for i := range all {
		word := strings.TrimSuffix(all[i].Name, "."+Register)
		if all[i].Power != 1 {
			word += ":" + strconv.FormatInt(all[i].Power, 10)
		}
		words = append(words, word)
	}
	slices.Sort(words)
	if !slices.Equal(words, want) {
		return fmt.Errorf("validators are %s", orNone(words, " "))
	}
	return nil
}

func (s *script) expectOpen(in publica.DocketID, want string) error {
	var words []string
	s.law.View(func(tx *machine.Tx) {
		for _, n := range participation.OpenPositions(tx, in, 0, 1000) {
			words = append(words, strconv.FormatInt(n, 10))
		}
	})
	if got := orNone(words, ","); got != want {
		return fmt.Errorf("open are %s", got)
	}
	return nil
}

func (s *script) expectGhosts(in publica.DocketID, want []string) error {
	var words []string
	s.law.View(func(tx *machine.Tx) {
		for _, g := range participation.Ghosts(tx, in) {
			words = append(words, s.ghost(g))
		}
	})
	slices.Sort(words) // ideas are in order of their ids, which say nothing to a reader
	if got := orNone(words, " "); got != strings.Join(slices.Sorted(slices.Values(want)), " ") {
		return fmt.Errorf("ghosts are %s", got)
	}
	return nil
}

// ghost writes a ghost as VERSION/SUBJECT:what[:how], an idea by its name.
func (s *script) ghost(g participation.Ghost) string {
	subject := g.Section
	for name, e := range s.named {
		if subject == "" && e.ID() == g.Idea {
			subject = "$" + name
		}
	}
	word := strconv.FormatInt(g.Version, 10) + "/" + subject + ":" + string(g.What)
	if !g.Unexplained() {
		word += ":" + string(g.How)
	}
	return word
}

// expectContent holds parts of an entry to PART=shown, hidden or erased.
func (s *script) expectContent(signed *publica.Signed, words []string) error {
	if signed == nil {
		return fmt.Errorf("expect content wants the name of an entry")
	}
	e, err := publica.ParseEntry(signed.Raw)
	if err != nil {
		return err
	}
	for _, w := range words {
		name, want, _ := strings.Cut(w, "=")
		p, ok := e.Part(name)
		if !ok {
			return fmt.Errorf("no part %s", name)
		}
		got := "shown"
		s.law.View(func(tx *machine.Tx) {
			if _, hidden := docket.IsHidden(tx, p.Commitment); hidden {
				got = "hidden"
			}
			if _, erased := docket.IsErased(tx, p.Commitment); erased {
				got = "erased"
			}
		})
		if got != want {
			return fmt.Errorf("%s is %s", name, got)
		}
	}
	return nil
}

func orNone(words []string, sep string) string {
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, sep)
}

// expectSystem looks for a system record in the last block whose body has the
// members given.
func (s *script) expectSystem(words []string) error {
	if len(words) == 0 {
		return fmt.Errorf("expect system wants a kind")
	}
	want := map[string]any{}
	if len(words) > 1 {
		raw, err := s.json(words[1])
		if err != nil {
			return err
		}
		if err := json.Unmarshal(raw, &want); err != nil {
			return err
		}
	}
	var seen []string
	for _, l := range s.last {
		leaf, err := publica.ParseLeaf(l.Bytes)
		if err != nil {
			return err
		}
		if leaf.System == nil || string(leaf.System.Kind) != words[0] {
			continue
		}
		got := map[string]any{}
		if err := json.Unmarshal(leaf.System.Body, &got); err != nil {
			return err
		}
		if !slices.ContainsFunc(keysOf(want), func(k string) bool { return !reflect.DeepEqual(got[k], want[k]) }) {
			return nil
		}
		seen = append(seen, string(leaf.System.Body))
	}
	return fmt.Errorf("no such %s in the last block: %q", words[0], seen)
}

func keysOf(m map[string]any) (keys []string) {
	for k := range m {
		keys = append(keys, k)
	}
	return keys
}

func (s *script) expectRefused(id publica.EntryID, code publica.Code) error {
	for i := range s.law.Log {
		if s.law.Log[i].ID != id {
			continue
		}
		leaf, err := publica.ParseLeaf(s.law.Log[i].Bytes)
		if err != nil {
			return err
		}
		if leaf.Refused == nil || leaf.Refused.Code != code {
			return fmt.Errorf("its refusal is %+v", leaf.Refused)
		}
		return nil
	}
	return fmt.Errorf("is not on the log")
}
