package ocds

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// byGroup is a report in the form that Cardinal prints.
func (r *FlagReport) byGroup() *Node {
	out := Object()
	for _, f := range r.Flags {
		group := out.Get(string(f.Group))
		if group == nil {
			group = Object()
			out.Set(string(f.Group), group)
		}
		id := group.Get(f.ID)
		if id == nil {
			id = Object()
			group.Set(f.ID, id)
		}
		id.Set(f.Code, Number(strings.TrimRight(strings.TrimRight(f.Value.FloatString(16), "0"), ".")))
	}
	return out
}

func lines(t testing.TB, name string) []*Node {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	in := Read(raw)
	for _, p := range in.Problems {
		if p.Check != "form" {
			t.Fatalf("%s: %+v", name, p)
		}
	}
	var all []*Node
	for _, d := range in.Documents {
		all = append(all, d.Root)
	}
	return all
}

// Every vector of Cardinal: a flag alone, with the settings of its test.
func TestFlagVectors(t *testing.T) {
	needData(t)
	names, _ := filepath.Glob(filepath.Join(dataFolder, "red-flags", "vectors", "*.jsonl"))
	if len(names) < 11 {
		t.Fatalf("only %d vectors", len(names))
	}
	for _, name := range names {
		stem := strings.TrimSuffix(name, ".jsonl")
		base := filepath.Base(stem)
		t.Run(base, func(t *testing.T) {
			s, err := ParseSettings([]byte(vectorSettings(base)))
			if err != nil {
				t.Fatal(err)
			}
			r := Flags(lines(t, name), s)
			same(t, r.byGroup(), readNode(t, stem+".expected"))
			checkFlags(t, r, lines(t, name))
		})
	}
}

// vectorSettings are the settings of a vector: they stand in its name and in
// its processes.
func vectorSettings(base string) string {
	s := "no_price_comparison_procurement_methods = NPC\n[exclusions]\nprocurement_method_details = EXC\n"
	code, rest, _ := strings.Cut(base, "-")
	s += "[" + code + "]\n"
	switch rest {
	case "threshold-10":
		s += "threshold = 10\n"
	case "procurement_method_details-x-5-y-10":
		s += "[R003.procurement_method_details]\nx = 5\ny = 10\n"
	}
	return s
}

// checkFlags holds what every flag owes: words, and inputs that are there.
func checkFlags(t *testing.T, r *FlagReport, processes []*Node) {
	t.Helper()
	by := map[string]*Node{}
	for _, p := range processes {
		by[p.Get("ocid").Str()] = p
	}
	for _, f := range r.Flags {
		if f.Definition == "" || f.Title == "" || len(f.Inputs) == 0 || f.Decimal == "" {
			t.Errorf("%s of %s says too little: %+v", f.Code, f.ID, f)
		}
		for _, in := range f.Inputs {
			if by[in.OCID].Find(in.Path) == nil {
				t.Errorf("%s rests on %s of %s, which is not there", f.Code, in.Path, in.OCID)
			}
		}
	}
}

// The demonstrations of Cardinal's documentation give what it prints for them.
func TestFlagExamples(t *testing.T) {
	needData(t)
	for code, want := range map[string]string{
		"R018": `{"OCID":{"F":{"R018":1}}}`,
		"R024": `{"OCID":{"F":{"R024":1}},"Tenderer":{"L":{"R024":0},"W":{"R024":0}}}`,
		"R025": `{"Tenderer":{"F":{"R025":0.1666666666666667}}}`,
		"R028": `{"OCID":{"F":{"R028":1}},"Tenderer":{"D":{"R028":1},"V":{"R028":1}}}`,
		"R030": `{"OCID":{"F":{"R030":1}},"Tenderer":{"W":{"R030":1}}}`,
		"R035": `{"OCID":{"F":{"R035":1}},"Tenderer":{"V":{"R035":0}}}`,
		"R036": `{"OCID":{"F":{"R036":1}}}`,
		"R038": `{"Buyer":{"B":{"R038":0.5}}}`,
		"R048": `{"Tenderer":{"F":{"R048":2}}}`,
		"R058": `{"OCID":{"F":{"R058":99}},"Tenderer":{"W":{"R058":0}}}`,
		"R003": `{"OCID":{"F":{"R003":1}}}`,
	} {
		t.Run(code, func(t *testing.T) {
			file := filepath.Join(dataFolder, "red-flags", "examples", "R", code[1:])
			settings, err := os.ReadFile(file + ".ini")
			if err != nil {
				settings = fmt.Appendf(nil, "[%s]\n", code)
			}
			s, err := ParseSettings(settings)
			if err != nil {
				t.Fatal(err)
			}
			got := Flags(lines(t, file+".jsonl"), s)
			expected, err := Parse([]byte(want))
			if err != nil {
				t.Fatal(err)
			}
			same(t, got.byGroup(), expected)
			checkFlags(t, got, lines(t, file+".jsonl"))
		})
	}
}
