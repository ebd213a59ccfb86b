package compliance

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"publica"
)

// smallSet is a rule set around one rule.
func smallSet(rule string) string {
	return `{"name":"small","version":1,"about":"","language":"publica-cel-1","limits":{"rule":2000,"set":3000},
"records":[{"name":"Item","members":[{"name":"id","type":"string"},{"name":"price","type":"Money"},{"name":"tags","type":"list(string)"}]}],
"inputs":[{"name":"n","type":"int"},{"name":"s","type":"string"},{"name":"ok","type":"bool"},{"name":"day","type":"date"},{"name":"items","type":"list(Item)"},{"name":"item","type":"Item"},{"name":"nums","type":"list(int)"}],
"rules":[` + rule + `]}`
}

// asking is a rule that has nothing but a test.
func asking(test string) string {
	return fmt.Sprintf(`{"id":"r","title":"t","law":["l"],"test":%q,"pass":"p","fail":"f"}`, test)
}

var smallInput = `{"n":7,"s":"abc","ok":true,"day":"2026-11-23","items":[{"id":"b","price":{"amount":5,"currency":"USD"}},
{"id":"a","price":{"amount":3,"currency":"USD"},"tags":["y","x"]}],"nums":[3,1,2]}`

func TestParseRefuses(t *testing.T) {
	tests := []struct{ name, set, field, says, hint string }{
		{"not JSON", `{`, "", "is not valid JSON", ""},
		{"unknown member", `{"nome":1}`, "nome", "is not a member known here", "spelling"},
		{"syntax", smallSet(asking("n >")), "rules/0/test", "line 1, column 4: Syntax error", "expression of CEL"},
		{"position on a later line", smallSet(asking("n > 1 &&\n m < 2")), "rules/0/test", "line 2, column 2: undeclared reference to 'm'", "known here: day, item, items, least"},
		{"type", smallSet(asking("n > s")), "rules/0/test", "line 1, column 3: found no matching overload", "same type"},
		{"unknown member of a record", smallSet(asking("item.cost > 1")), "rules/0/test", "undefined field 'cost'", "members"},
		{"no test", smallSet(asking("n + 1")), "rules/0/test", "gives int, not true or false", "compare"},
		{"map", smallSet(asking("{'a': 1}['a'] == 1")), "rules/0/test", "found no matching overload", "no maps"},
		{"map literal", smallSet(asking("{'a': 1} == {'a': 1}")), "rules/0/test", "map(string, int), which rules do not hold", ""},
		{"fraction", smallSet(asking("1.5 == 1.5")), "rules/0/test", "double, which rules do not hold", ""},
		{"fractions multiplied", smallSet(asking("1.5 * 2.0 > 1.0")), "rules/0/test", "found no matching overload", "no fractions"},
		{"unsigned", smallSet(asking("1u == 1u")), "rules/0/test", "uint, which rules do not hold", ""},
		{"bytes", smallSet(asking("b'a' == b'a'")), "rules/0/test", "bytes, which rules do not hold", ""},
		{"null", smallSet(asking("null == null")), "rules/0/test", "null, which rules do not hold", ""},
		{"time", smallSet(asking("timestamp('2026-11-23T00:00:00Z') == timestamp('2026-11-23T00:00:00Z')")), "rules/0/test", "undeclared reference to 'timestamp'", ""},
		{"regular expression", smallSet(asking("s.matches('a*')")), "rules/0/test", "undeclared reference to 'matches'", ""},
		{"conversion", smallSet(asking("string(n) == 'a'")), "rules/0/test", "undeclared reference to 'string'", ""},
		{"type as a value", smallSet(asking("type(n) == int")), "rules/0/test", "undeclared reference to 'type'", ""},
		{"dynamic", smallSet(asking("dyn(n) == 1")), "rules/0/test", "undeclared reference to 'dyn'", ""},
		{"mixed list", smallSet(asking("[1, 'a'][0] == 1")), "rules/0/test", "which rules do not hold", ""},
		{"strings joined", smallSet(asking("s + s == s")), "rules/0/test", "found no matching overload", ""},
		{"lists joined", smallSet(asking("nums + nums == nums")), "rules/0/test", "joins lists", ""},
		{"name hidden", smallSet(asking("nums.all(n, n > 1)")), "rules/0/test", "n is the name of an input", ""},
		{"too long", smallSet(asking("n > " + strings.Repeat("1", maxExpression))), "rules/0/test", "", ""},
		{"too deep", smallSet(asking(strings.Repeat("(", 200) + "ok" + strings.Repeat(")", 200))), "rules/0/test", "", ""},
		{"words name nothing", smallSet(`{"id":"r","title":"t","law":["l"],"test":"ok","pass":"{m}","fail":"f"}`), "rules/0/pass", "{m} names nothing", "known here"},
		{"words name a record", smallSet(`{"id":"r","title":"t","law":["l"],"test":"ok","pass":"p","fail":"{item}"}`), "rules/0/fail", "{item} is Item, which has no words", "members"},
		{"words do not end", smallSet(`{"id":"r","title":"t","law":["l"],"test":"ok","pass":"{n","fail":"f"}`), "rules/0/pass", "has a { without }", ""},
		{"form of a string", smallSet(`{"id":"r","title":"t","law":["l"],"test":"ok","pass":"{s:ratio}","fail":"f"}`), "rules/0/pass", "{s:ratio} asks for a form of string", ""},
		{"unknown form", smallSet(`{"id":"r","title":"t","law":["l"],"test":"ok","pass":"{n:money}","fail":"f"}`), "rules/0/pass", "asks for the form", "ratio or percent"},
		{"a value in words of a rule that does not apply", smallSet(`{"id":"r","title":"t","law":["l"],"when":"ok","values":[{"name":"v","is":"1"}],"test":"ok","pass":"p","fail":"f","else":"{v}"}`), "rules/0/else", "{v} names nothing", ""},
		{"value before it is there", smallSet(`{"id":"r","title":"t","law":["l"],"values":[{"name":"v","is":"w"},{"name":"w","is":"1"}],"test":"ok","pass":"p","fail":"f"}`), "rules/0/values/0/is", "undeclared reference to 'w'", ""},
		{"value twice", smallSet(`{"id":"r","title":"t","law":["l"],"values":[{"name":"n","is":"1"}],"test":"ok","pass":"p","fail":"f"}`), "rules/0/values/0/name", "stands twice", ""},
		{"value hides a function", smallSet(`{"id":"r","title":"t","law":["l"],"values":[{"name":"sum","is":"1"}],"test":"ok","pass":"p","fail":"f"}`), "rules/0/values/0/name", "has a meaning", ""},
		{"no law", smallSet(`{"id":"r","title":"t","law":[],"test":"ok","pass":"p","fail":"f"}`), "rules/0/law", "is empty", "cite"},
		{"rule twice", smallSet(asking("ok") + "," + asking("ok")), "rules/1/id", "stands twice", ""},
		{"when without else", smallSet(`{"id":"r","title":"t","law":["l"],"when":"ok","test":"ok","pass":"p","fail":"f"}`), "rules/0/else", "is missing", ""},
		{"no rules", smallSet(""), "rules", "are 0", ""},
		{"language", strings.Replace(smallSet(asking("ok")), "publica-cel-1", "publica-cel-2", 1), "language", "is not what this program evaluates", "publica-cel-1"},
		{"limit", strings.Replace(smallSet(asking("ok")), `"rule":2000`, `"rule":1000001`, 1), "limits/rule", "is 1000001", ""},
		{"type of a member", strings.Replace(smallSet(asking("ok")), `"list(string)"`, `"map"`, 1), "records/0/members/2/type", `"map" is not a type`, "no maps"},
		{"list of lists", strings.Replace(smallSet(asking("ok")), `"list(string)"`, `"list(list(int))"`, 1), "records/0/members/2/type", "list of lists", "record"},
		{"record of itself", strings.Replace(smallSet(asking("ok")), `"list(string)"`, `"list(Item)"`, 1), "records/0/members/2/type", `"Item" is not a type`, "before"},
		{"reserved name", strings.Replace(smallSet(asking("ok")), `"name":"tags"`, `"name":"in"`, 1), "records/0/members/2/name", "has a meaning", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := Parse([]byte(test.set))
			e, ok := errors.AsType[*publica.Error](err)
			if !ok {
				t.Fatalf("got %v, want it refused", err)
			}
			if e.Field != test.field || !strings.Contains(e.Error(), test.says) || !strings.Contains(e.Hint, test.hint) {
				t.Errorf("got %v (hint: %s)\nwant %s: %s (hint: %s)", e, e.Hint, test.field, test.says, test.hint)
			}
		})
	}
}

// What an expression gives, and what becomes of one that gives nothing.
func TestEvaluate(t *testing.T) {
	tests := []struct {
		test    string
		verdict Verdict
		words   string
	}{
		{"true", Pass, "p"},
		{"false", Fail, "f"},
		{"items.map(i, i.id) == ['a', 'b']", Pass, "p"}, // lists are sorted
		{"nums == [1, 2, 3] && nums[0] == 1", Pass, "p"},
		{"item == Item{}", Pass, "p"},
		{"!has(item.id)", Pass, "p"},
		{"Item{id: 'a'} == Item{id: 'a'} && Item{id: 'a'} != Item{id: 'b'}", Pass, "p"},
		{"items[0].tags.exists_one(x, x == 'x') && items.exists(i, !has(i.tags))", Pass, "p"},
		{"'a' in items.map(i, i.id) && !('c' in items.map(i, i.id))", Pass, "p"},
		{"sum(nums) == 6 && least(nums) == 1 && most(nums) == 3 && median(nums) == 2", Pass, "p"},
		{"median([1, 2]) == 1 && median([-1, -2]) == -2 && median([9223372036854775807, 9223372036854775806]) == 9223372036854775806", Pass, "p"},
		{"permille(1, 3) == 333 && permille(-1, 3) == -334 && permille(9223372036854775807, 9223372036854775807) == 1000", Pass, "p"},
		{"-7 / 2 == -3 && -7 % 2 == -1", Pass, "p"}, // as CEL has it: towards zero
		{"day >= '2026-01-01' && size(s) == 3 && s.startsWith('a') && s.endsWith('c') && s.contains('b')", Pass, "p"},
		{"false && 1 / 0 == 1", Fail, "f"},
		{"1 / 0 == 1 && false", Fail, "f"},
		{"1 / (n - 7) == 1", Errored, "Not decided (the test): it divides by zero."},
		{"1 % (n - 7) == 1", Errored, "Not decided (the test): it divides by zero."},
		{"n * 9223372036854775807 > 1", Errored, "Not decided (the test): a number leaves the range of 64 bits."},
		{"n - 9223372036854775807 - 10 > 1", Errored, "Not decided (the test): a number leaves the range of 64 bits."},
		{"sum([9223372036854775807, n]) > 1", Errored, "Not decided (the test): a number leaves the range of 64 bits."},
		{"permille(9223372036854775807, n) > 1", Errored, "Not decided (the test): a number leaves the range of 64 bits."},
		{"permille(1, n - 7) > 1", Errored, "Not decided (the test): it asks for a share of zero or less."},
		{"median(nums.filter(x, x > 9)) > 1", Errored, "Not decided (the test): it asks for a number of an empty list."},
		{"nums[n] > 1", Errored, "Not decided (the test): it asks for an element that a list does not have."},
		{"nums[-n] > 1", Errored, "Not decided (the test): it asks for an element that a list does not have."},
		{"item.price.amount > 1", Errored, "Not decided (the test): price of Item is not given."},
		{"items.all(i, size(i.tags) > 0)", Errored, "Not decided (the test): tags of Item is not given."},
		{"nums.all(a, nums.all(b, nums.all(c, nums.all(d, nums.all(e, nums.all(f, a + b + c + d + e + f > 0))))))", OverLimit, "Not decided: the rule costs more than it may (the test)."},
		{strings.Repeat("[1,1,1,1,1,1,1,1,1,1].all(x, ", 9) + "true" + strings.Repeat(")", 9), OverLimit, "Not decided: the rule costs more than it may (the test)."},
	}
	for _, test := range tests {
		t.Run(test.test, func(t *testing.T) {
			f := evaluate(t, smallSet(asking(test.test)), smallInput).Rules[0]
			if f.Verdict != test.verdict || f.Words != test.words {
				t.Errorf("got %s: %s, want %s: %s", f.Verdict, f.Words, test.verdict, test.words)
			}
			if f.Cost > 2*2000 {
				t.Errorf("costs %d, twice its limit or more", f.Cost)
			}
		})
	}
}

func evaluate(t testing.TB, set, input string) *Result {
	t.Helper()
	s, err := Parse([]byte(set))
	if err != nil {
		t.Fatal(err)
	}
	in, err := s.Read([]byte(input))
	if err != nil {
		t.Fatal(err)
	}
	return s.Evaluate(in)
}

// A set that has spent all it may evaluates no more.
func TestSetLimit(t *testing.T) {
	var rules []string
	for i := range 6 {
		rules = append(rules, strings.Replace(asking("items.all(i, nums.all(a, nums.all(b, nums.all(c, a + b + c > 0))))"), `"id":"r"`, fmt.Sprintf(`"id":"r%d"`, i), 1))
	}
	r := evaluate(t, smallSet(strings.Join(rules, ",")), smallInput)
	var verdicts []Verdict
	for _, f := range r.Rules {
		verdicts = append(verdicts, f.Verdict)
	}
	if r.Passed || verdicts[0] != Pass || verdicts[4] != OverLimit || verdicts[5] != OverLimit || r.Rules[5].Cost != 0 {
		t.Errorf("got %v at cost %d", verdicts, r.Cost)
	}
}

func TestWords(t *testing.T) {
	rule := `{"id":"r","title":"t","law":["l"],"values":[{"name":"eur","is":"Money{currency: 'EUR', amount: -5}"},{"name":"yen","is":"Money{currency: 'JPY', amount: 1200}"},{"name":"dinar","is":"Money{currency: 'KWD', amount: 1}"},{"name":"many","is":"[1,2,3,4,5,6,7,8,9,10,11,12]"},{"name":"none","is":"nums.filter(x, x > 9)"},{"name":"share","is":"-7"}],
"test":"ok","pass":"{eur} {yen} {dinar} | {many} | {none} | {share:ratio} {share:percent} {n} | {ok} {day} {s} | {item.price}","fail":"f"}`
	got := evaluate(t, smallSet(rule), smallInput).Rules[0]
	if want := "-0.05 EUR 1200 JPY 0.001 KWD | 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 2 more | none | -0.007 -0.7 % 7 | yes 2026-11-23 abc | (not given)"; got.Words != want {
		t.Errorf("got  %s\nwant %s", got.Words, want)
	}
	if len(got.Values) != 6 || got.Values[0] != (Seen{"eur", "-0.05 EUR"}) {
		t.Errorf("got %v", got.Values)
	}
	if want := []string{"day", "item.price", "n", "nums", "ok", "s"}; fmt.Sprint(got.Inputs) != fmt.Sprint(want) {
		t.Errorf("reads %v, want %v", got.Inputs, want)
	}
}

// A long string does not make long words.
func TestLongWords(t *testing.T) {
	rule := strings.Replace(asking("ok"), `"pass":"p"`, `"pass":"{s}"`, 1)
	got := evaluate(t, smallSet(rule), strings.Replace(smallInput, "abc", strings.Repeat("é", 201), 1)).Rules[0].Words
	if got != strings.Repeat("é", 200)+"…" {
		t.Errorf("got %d bytes: %s", len(got), got)
	}
}

func TestReadRefuses(t *testing.T) {
	s, err := Parse([]byte(smallSet(asking("ok"))))
	if err != nil {
		t.Fatal(err)
	}
	rest := `"s":"","ok":true,"day":"2026-11-23"`
	tests := []struct{ name, input, field, says, hint string }{
		{"not JSON", `{`, "", "is not valid JSON", ""},
		{"no object", `[]`, "", "is not an object", ""},
		{"goes on", smallInput + `{}`, "", "goes on after its end", ""},
		{"missing", `{` + rest + `}`, "n", "is missing", "want int"},
		{"unknown", `{"m":1}`, "m", "is not a member known here", "want one of n, s"},
		{"twice", `{"n":1,"n":1}`, "n", "stands twice", ""},
		{"fraction", `{"n":1.0}`, "n", "is not an integer below 2^53", "minor units"},
		{"exponent", `{"n":1e3}`, "n", "is not an integer below 2^53", ""},
		{"large", `{"n":9007199254740992}`, "n", "is not an integer below 2^53", ""},
		{"minus zero", `{"n":-0}`, "n", "is not an integer below 2^53", ""},
		{"number as string", `{"n":"1"}`, "n", "is not an integer", ""},
		{"null", `{"s":null}`, "s", "is not a string", ""},
		{"no bool", `{"ok":1}`, "ok", "is not true or false", ""},
		{"no day", `{"day":"2026-02-30"}`, "day", "is not a date", "YYYY-MM-DD"},
		{"no list", `{"nums":1}`, "nums", "is not a list", ""},
		{"nums does not end", `{"nums":[1`, "nums/0", "is not valid JSON", ""},
		{"element", `{"items":[{"id":"a"},{"id":1}]}`, "items/1/id", "is not a string", ""},
		{"money without currency", `{"item":{"price":{"amount":1}}}`, "item/price", "is money without a currency", "ISO 4217"},
		{"money without amount", `{"item":{"price":{"currency":"USD"}}}`, "item/price", "is money without an amount", ""},
		{"not UTF-8", "{\"s\":\"\xff\"}", "s", "is not valid JSON", ""},
		{"too large", `{"s":"` + strings.Repeat("a", maxInput) + `"}`, "", "at most 1048576 bytes", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := s.Read([]byte(test.input))
			e, ok := errors.AsType[*publica.Error](err)
			if !ok {
				t.Fatalf("got %v, want it refused", err)
			}
			if e.Field != test.field || !strings.Contains(e.Error(), test.says) || !strings.Contains(e.Hint, test.hint) {
				t.Errorf("got %v (hint: %s)\nwant %s: %s (hint: %s)", e, e.Hint, test.field, test.says, test.hint)
			}
		})
	}
}
