package node

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"publica"
	"publica/internal/machine"
)

// four makes the folders of four operators and returns them with the paths of
// their cards.
func four(t *testing.T) (folders []*Folder, cards []string) {
	t.Helper()
	for i, body := range []machine.GenesisBody{{Name: "City of X", Type: "agency"}, {Name: "Court of Audit", Type: "oversight"},
		{Name: "University of Y", Type: "university"}, {Name: "Civic Forum", Type: "civil-society"}} {
		dir := filepath.Join(t.TempDir(), "home")
		name := "node" + string(rune('1'+i))
		port := string(rune('1' + i))
		f, _, err := Init(dir, Config{Register: "four.example", Name: name, Listen: "127.0.0.1:0", URL: "https://" + name + ".example"}, body, "127.0.0.1:2665"+port)
		if err != nil {
			t.Fatal(err)
		}
		folders, cards = append(folders, f), append(cards, filepath.Join(dir, "validator.json"))
	}
	return folders, cards
}

func readCards(t *testing.T, paths []string) (cards []*Card) {
	t.Helper()
	for _, p := range paths {
		c, err := ReadCard(p)
		if err != nil {
			t.Fatal(err)
		}
		cards = append(cards, c)
	}
	return cards
}

// faults returns the faults a check finds, advice left out.
func faults(t *testing.T, dir string, now time.Time) (found []string) {
	t.Helper()
	f, err := OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range CheckConfig(t.Context(), f, false, func() time.Time { return now }) {
		if x.Fault {
			found = append(found, strings.TrimPrefix(x.Field, dir+"/")+" "+x.Said)
			if x.Cure == "" {
				t.Errorf("%s %s: no cure is named", x.Field, x.Said)
			}
		}
	}
	return found
}

// Four operators found a register: each makes a node, one gathers the cards,
// all get the same bytes, and every node finds itself in them.
func TestFoundedByFour(t *testing.T) {
	now := time.Now()
	folders, paths := four(t)
	g, err := Gather(readCards(t, paths), nil, DefaultSilence, now)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := EncodeGenesis(g)
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(paths)
	again, err := Gather(readCards(t, paths), nil, DefaultSilence, now)
	if err != nil {
		t.Fatal(err)
	}
	if other, err := EncodeGenesis(again); err != nil || !bytes.Equal(raw, other) {
		t.Errorf("the order of the cards matters: %v\n%s%s", err, raw, other)
	}
	for _, f := range folders {
		if err := os.WriteFile(f.path("genesis.json"), raw, 0o644); err != nil {
			t.Fatal(err)
		}
		if found := faults(t, f.dir, now); len(found) > 0 {
			t.Errorf("%s: %q", f.Config.Name, found)
		}
		v, ok := f.Self(g)
		if !ok || v.Name != f.Config.Name+".four.example" || v.Power != DefaultPower {
			t.Errorf("%s is in the genesis as %+v", f.Config.Name, v)
		}
		if peers := f.peers(g.Validators); len(peers) != 3 || slices.Contains(peers, v.Peer+"@"+v.Address) {
			t.Errorf("%s has the peers %q", f.Config.Name, peers)
		}
		if governor, err := f.Key("governor"); err != nil || !slices.ContainsFunc(g.Bodies, func(b machine.GenesisBody) bool {
			return slices.Equal(b.Governors, []publica.KeyID{governor.ID()})
		}) {
			t.Errorf("%s's governor speaks for no body: %v", f.Config.Name, err)
		}
	}
	if len(g.Bodies) != 4 || g.Validators[0].Body != machine.GenesisBodyID("four.example", "City of X") {
		t.Errorf("bodies %+v", g.Bodies)
	}
}

// What cannot be one register is refused, naming the card and the field.
func TestGatherRefuses(t *testing.T) {
	_, paths := four(t)
	for _, c := range []struct {
		name  string
		spoil func(cards []*Card)
		want  string
	}{
		{"another register", func(c []*Card) { c[1].Register = "other.example" }, "node2.four.example/register"},
		{"a name twice", func(c []*Card) { c[1].Validator.Name = c[0].Validator.Name }, "node1.four.example"},
		{"a vote twice", func(c []*Card) { c[1].Validator.Consensus = c[0].Validator.Consensus }, "consensus"},
		{"an address twice", func(c []*Card) { c[1].Validator.Address = c[0].Validator.Address }, "address"},
		{"a peer twice", func(c []*Card) { c[1].Validator.Peer = c[0].Validator.Peer }, "peer"},
		{"a key of another", func(c []*Card) { c[1].Validator.Node = c[0].Validator.Node }, "node1.four.example"},
		{"a log key of another register", func(c []*Card) { c[1].Validator.Log = c[0].Validator.Node }, "node2.four.example/log"},
		{"no key at all", func(c []*Card) { c[1].Validator.Log = "node2.four.example+abc" }, "node2.four.example"},
		{"a body of two kinds", func(c []*Card) { c[1].Body.Name = c[0].Body.Name }, "body/type"},
		{"no cards", func(c []*Card) { clear(c) }, "cards"},
	} {
		cards := readCards(t, paths)
		c.spoil(cards)
		cards = slices.DeleteFunc(cards, func(c *Card) bool { return c == nil })
		if _, err := Gather(cards, nil, DefaultSilence, time.Now()); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s named", c.name, err, c.want)
		}
	}
}

// A register founded alone is one body with one validator.
func TestFoundAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "home")
	f, err := Found(dir, Config{Register: "alone.example", Listen: "127.0.0.1:0", Operator: "Ministry of Records"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	g, err := f.Genesis()
	if err != nil {
		t.Fatal(err)
	}
	if len(g.Bodies) != 1 || g.Bodies[0].Name != "Ministry of Records" || len(g.Validators) != 1 || len(g.Founders) != 1 {
		t.Errorf("the genesis is %+v", g)
	}
	if found := faults(t, dir, time.Now()); len(found) > 0 {
		t.Errorf("%q", found)
	}
	if _, err := Found(dir, Config{Register: "alone.example"}, time.Now()); publica.CodeOf(err) != publica.Conflict {
		t.Errorf("founding again: %v, want a conflict", err)
	}
	for _, bad := range []Config{{Register: "Not A Name"}, {Register: "alone.example", Name: "a.b"}, {Register: "alone.example", Name: "a b"}} {
		if _, err := Found(filepath.Join(t.TempDir(), "x"), bad, time.Now()); publica.CodeOf(err) != publica.Invalid {
			t.Errorf("%+v: %v, want it refused", bad, err)
		}
	}
}
