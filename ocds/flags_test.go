package ocds

import (
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"publica"
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

// A process that is as it should be has no flag, alone or among others like it:
// where nothing differs nothing stands out.
func TestNoFlags(t *testing.T) {
	for _, n := range []int{1, 2, 40} {
		var processes []*Node
		for i := range n {
			in := Read(samplePackage(t))
			p, problems := in.Processes(Merge{Profile: core(t)})
			if len(p) != 1 || len(problems) > 0 {
				t.Fatalf("%d processes, %v", len(p), problems)
			}
			p[0].Set("ocid", Value(fmt.Sprint("ocds-213czf-", i)))
			processes = append(processes, p[0])
		}
		for _, f := range Flags(processes, DefaultSettings()).Flags {
			t.Errorf("among %d: %s of %s, %s", n, f.Code, f.ID, f.Decimal)
		}
	}
}

// Quartiles are exact, and those that Cardinal's documentation prints.
func TestQuantile(t *testing.T) {
	values := []*big.Rat{}
	for _, v := range []int64{0, 0, 100, 100, 100, 100, 100, 100, 100} {
		values = append(values, big.NewRat(v, 1))
	}
	q1, q3 := quantile(values, big.NewRat(1, 4)), quantile(values, big.NewRat(3, 4))
	if q1.RatString() != "200/3" || q3.RatString() != "100" {
		t.Errorf("%s, %s", q1.RatString(), q3.RatString())
	}
	if q := quantile(values[:1], big.NewRat(1, 2)); q.Sign() != 0 {
		t.Errorf("%s", q.RatString())
	}
}

func TestSettings(t *testing.T) {
	s, err := ParseSettings([]byte("currency = EUR\n; a comment\n[R038]\nthreshold = 0.5\nminimum_submitted_bids = 3\n[defaults]\nanything = goes\n[R003.procurement_method_details]\nquick = 4\n"))
	if err != nil || s.Currency != "EUR" || s.R038.Threshold.RatString() != "1/2" || s.R038.MinimumBids != 3 || s.R003.ByDetails["quick"] != 4 || len(s.Codes) != 1 {
		t.Errorf("%+v, %v", s, err)
	}
	for text, line := range map[string]string{
		"\n[R003]\nthreshold": "line 3", "[R003]\nthreshold = -1": "line 2", "[R024]\nthreshold = much": "line 2",
		"[R024]\nthreshold = 1e9999": "line 2", "[R048]\ndigit = 2": "line 2", "curency = USD": "line 1",
	} {
		_, err := ParseSettings([]byte(text))
		if e, ok := err.(*publica.Error); !ok || e.Field != line || e.Hint == "" {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// Whatever the text, settings are read or refused, and flags can be computed
// by them.
func FuzzParseSettings(f *testing.F) {
	f.Add([]byte("currency = USD\n[R003]\nthreshold = 10\n[R048]\ndigits = 3\n[R025]\npercentile = 101\n"))
	processes := market(8)
	f.Fuzz(func(t *testing.T, text []byte) {
		if s, err := ParseSettings(text); err == nil {
			Flags(processes, s)
		}
	})
}

// inLots is a process with two bids to each of two lots: in the north the cheap one is
// disqualified, in the south both ask the same.
func inLots(t *testing.T, named bool) *Node {
	t.Helper()
	bid := func(id, by, lot, status, price string) string {
		lots := ""
		if named {
			lots = fmt.Sprintf(`,"relatedLots":[%q]`, lot)
		}
		return fmt.Sprintf(`{"id":%q,"status":%q,"tenderers":[{"id":%q}],"value":{"amount":%s,"currency":"USD"}%s}`, id, status, by, price, lots)
	}
	award := func(id, to, lot string) string {
		return fmt.Sprintf(`{"id":%q,"status":"active","suppliers":[{"id":%q}],"relatedLots":[%q]}`, id, to, lot)
	}
	n, err := Parse([]byte(`{"ocid":"ocds-213czf-1","bids":{"details":[` + strings.Join([]string{
		bid("n1", "A", "north", "valid", "10"), bid("n2", "B", "north", "disqualified", "5"),
		bid("s1", "C", "south", "valid", "4"), bid("s2", "D", "south", "valid", "8"), bid("s3", "E", "south", "valid", "10"),
	}, ",") + `]},"awards":[` + award("an", "A", "north") + "," + award("as", "C", "south") + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Bids to different lots compete for nothing: their prices are no coincidence, and who
// is out of one lot was not in the way in another. Within a lot everything counts.
func TestFlagsWithinLots(t *testing.T) {
	said := func(named bool) (all []string) {
		r := Flags([]*Node{inLots(t, named)}, DefaultSettings())
		for _, f := range r.Flags {
			if f.Group == Process {
				all = append(all, strings.Join(strings.Fields(f.Code+" "+f.Lot+" "+f.Decimal), " "))
			}
			if info := r.Missing; len(info) != 1 || info[0] != (Lack{"R048", "awards/items/classification"}) {
				t.Errorf("missing: %+v", info)
			}
		}
		return all
	}
	if got := strings.Join(said(true), ", "); got != "R035 north 1.0000, R036 north 1.0000" {
		t.Errorf("in lots: %s", got)
	}
	if got := strings.Join(said(false), ", "); got != "R028 1.0000" {
		t.Errorf("in one: %s", got)
	}
	s := DefaultSettings()
	s.R058.Threshold = big.NewRat(1, 2)
	for _, f := range Flags([]*Node{inLots(t, true)}, s).Flags {
		if f.Code == "R058" && f.Group == Process && (f.Lot != "south" || f.Value.RatString() != "1" || !strings.HasSuffix(f.Definition, LotsApart)) {
			t.Errorf("%+v", f)
		}
	}
}

// Whoever bids in another's name and meets nothing that is required raises no flag
// about it.
func TestFlagsOfSelfDeclared(t *testing.T) {
	n := inLots(t, false)
	for _, b := range n.At("bids", "details").Items {
		b.Set("tenderers", List(Object("id", "A")))
		b.Set("status", Value("disqualified"))
	}
	n.At("bids", "details").Items[0].Set("requirementResponses", List(Object("id", "r", "value", true)))
	s := DefaultSettings()
	s.R038.Threshold, s.R038.MinimumBids = big.NewRat(1, 2), 1
	for _, declared := range []bool{false, true} {
		s.SelfDeclared = declared
		var got []string
		for _, f := range Flags([]*Node{n}, s).Flags {
			if f.Code == "R038" && f.Group == Tenderer {
				got = append(got, fmt.Sprint(f.ID, len(f.Inputs)))
			}
		}
		if want := map[bool]string{false: "A5", true: "A1"}[declared]; strings.Join(got, " ") != want {
			t.Errorf("declared %v: %q, want %s", declared, got, want)
		}
	}
}
