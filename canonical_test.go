package publica

import (
	"bytes"
	"encoding/json/jsontext"
	"encoding/json/v2"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// The rules for names as regular expressions, as spec/entry.md gives them. The
// checks by hand must accept the same.
var (
	kindPattern     = regexp.MustCompile(`^[a-z]+/[a-z]+(-[a-z]+)*$`)
	registerPattern = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]{0,98}[a-z0-9])?(/[a-z0-9-]{1,64})?$`)
	partPattern     = regexp.MustCompile(`^[a-z0-9][a-z0-9:._-]{0,63}$`)
	mediaPattern    = regexp.MustCompile(`^[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,80}(; ?charset=utf-8)?$`)
)

func checkNames(t interface{ Errorf(string, ...any) }, s string) {
	for _, c := range []struct {
		what      string
		got, want bool
	}{
		{"kind", Kind(s).Valid(), len(s) <= 64 && kindPattern.MatchString(s)},
		{"register", ValidRegister(s), registerPattern.MatchString(s)},
		{"part", validPart(s), partPattern.MatchString(s)},
		{"media", validMedia(s), mediaPattern.MatchString(s)},
	} {
		if c.got != c.want {
			t.Errorf("%s %q: %v by hand, %v by the pattern", c.what, s, c.got, c.want)
		}
	}
}

func TestNames(t *testing.T) {
	piece := rapid.SampledFrom([]string{"a", "b0", "-", "--", ".", "/", ":", "_", "+", "!", "; charset=utf-8", ";charset=utf-8", ";  charset=utf-8",
		"text", "A", " ", "\n", "é", strings.Repeat("a", 31), strings.Repeat("b", 60), strings.Repeat("c", 80), "9"})
	rapid.Check(t, func(t *rapid.T) {
		checkNames(t, strings.Join(rapid.SliceOfN(piece, 0, 6).Draw(t, "pieces"), ""))
	})
}

func FuzzNames(f *testing.F) {
	for _, s := range []string{"participation/comment", "register.example.org/plan", "attachment-1", "text/plain; charset=utf-8", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { checkNames(t, s) })
}

// slowEntry is ParseEntry without its fast path.
func slowEntry(raw []byte) (*Entry, error) {
	if len(raw) > MaxEntrySize {
		return ParseEntry(raw)
	}
	e := new(Entry)
	if err := e.parse(raw); err != nil {
		return nil, err
	}
	if err := e.validate(); err != nil {
		return nil, err
	}
	return e, nil
}

// checkEntry holds the fast path to the slow one, and what is accepted to its
// only form.
func checkEntry(t *testing.T, raw []byte) {
	before := bytes.Clone(raw)
	got, err := ParseEntry(raw)
	want, slowErr := slowEntry(raw)
	if (err == nil) != (slowErr == nil) || (err != nil && err.Error() != slowErr.Error()) {
		t.Fatalf("%q: fast path %v, slow path %v", raw, err, slowErr)
	}
	if !bytes.Equal(before, raw) {
		t.Fatalf("%q: the parser changed its input", before)
	}
	if err != nil {
		if _, ok := err.(*Error); !ok {
			t.Fatalf("%q: error is a %T, not an *Error", raw, err)
		}
		return
	}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("%q: fast path %+v, slow path %+v", raw, got, want)
	}
	again, err := got.Canonical()
	if err != nil || !bytes.Equal(again, raw) {
		t.Fatalf("%q: accepted, but its canonical form is %q (%v)", raw, again, err)
	}
}

func FuzzParseEntry(f *testing.F) {
	for _, c := range entryCases() {
		if len(c.Bytes) < 4096 {
			f.Add(c.Bytes)
		}
	}
	f.Fuzz(checkEntry)
}

// FuzzCanonicalValue holds the scanner to jsontext: what it accepts is its own
// canonical form.
func FuzzCanonicalValue(f *testing.F) {
	for _, s := range []string{`{}`, `[1,-2,true,"é\n\u0001"]`, `{"a":{"b":[]},"c":"\\"}`, `-0`, `9007199254740991`, `9007199254740992`, `"\u000a"`, `{"b":1,"a":2}`, `{"a":1,"a":2}`, "\"\x7f\"", `"\ud800"`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		fast := canonicalValue(raw)
		v := jsontext.Value(bytes.Clone(raw))
		canonical := v.Canonicalize() == nil && bytes.Equal(v, raw)
		if fast && (!canonical || checkCanonical(raw) != nil) {
			t.Fatalf("%q: scanned as canonical, but is not", raw)
		}
		if !fast && checkCanonical(raw) == nil && plainNames(raw) {
			t.Fatalf("%q: canonical with plain names, but not scanned", raw)
		}
	})
}

// plainNames reports whether all member names are ASCII without escapes: only
// other ones may take the slow path.
func plainNames(raw []byte) bool {
	dec := jsontext.NewDecoder(bytes.NewReader(raw))
	for {
		t, err := dec.ReadToken()
		if err != nil {
			return true
		}
		kind, n := dec.StackIndex(dec.StackDepth())
		if kind == '{' && n%2 == 1 && t.Kind() == '"' {
			for _, c := range []byte(t.String()) {
				if !plainByte[c] {
					return false
				}
			}
		}
	}
}

// slowLeafBytes is the canonical form by way of the JSON packages.
func slowLeafBytes(l *Leaf) ([]byte, error) {
	raw, err := json.Marshal(l, json.Deterministic(true))
	if err != nil {
		return nil, err
	}
	v := jsontext.Value(raw)
	err = v.Canonicalize()
	return v, err
}

func checkLeaf(t *testing.T, raw []byte) {
	got, err := ParseLeaf(raw)
	if len(raw) > MaxLeafSize {
		if err == nil {
			t.Fatal("a leaf over the limit was accepted")
		}
		return
	}
	want, slowErr := parseLeaf(raw)
	if (err == nil) != (slowErr == nil) || (err != nil && err.Error() != slowErr.Error()) {
		t.Fatalf("%q: fast path %v, slow path %v", raw, err, slowErr)
	}
	if err != nil {
		if _, ok := err.(*Error); !ok {
			t.Fatalf("%q: error is a %T, not an *Error", raw, err)
		}
		return
	}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("%q: fast path %+v, slow path %+v", raw, got, want)
	}
	for what, encode := range map[string]func(*Leaf) ([]byte, error){"Bytes": (*Leaf).Bytes, "json": slowLeafBytes} {
		if again, err := encode(got); err != nil || !bytes.Equal(again, raw) {
			t.Fatalf("%q: accepted, but %s gives %q (%v)", raw, what, again, err)
		}
	}
}

func FuzzParseLeaf(f *testing.F) {
	for _, c := range leafCases() {
		if len(c.Bytes) < 4096 {
			f.Add(c.Bytes)
		}
	}
	f.Fuzz(checkLeaf)
}

// TestLeafBytes holds the append-based encoder to the JSON packages, for leaves
// with any strings in them.
func TestLeafBytes(t *testing.T) {
	signed, _ := benchSigned(t)
	rapid.Check(t, func(t *rapid.T) {
		l := Leaf{Height: rapid.Int64Range(0, 1<<53-1).Draw(t, "height"), Time: Time(rapid.Int64Range(0, 253402300799999).Draw(t, "time"))}
		docket := DocketID(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "docket"))
		switch rapid.IntRange(0, 3).Draw(t, "which") {
		case 0:
			l.Entry, l.Signature = signed.Raw, &signed.Signature
		case 1:
			l.Entry, l.Signature = signed.Raw, &signed.Signature
			l.Refused = &Refusal{Code: Code(rapid.String().Draw(t, "code")), Field: rapid.String().Draw(t, "field"), Message: rapid.String().Draw(t, "message")}
		case 2:
			body, err := json.Marshal(rapid.MapOf(rapid.String(), rapid.String()).Draw(t, "body"))
			if err != nil {
				t.Skip("not UTF-8")
			}
			l.System = &SystemRecord{Body: body, Kind: Kind(rapid.String().Draw(t, "kind"))}
			if rapid.Bool().Draw(t, "with docket") {
				l.System.Docket = docket
			}
		case 3:
			l.Seal = &Seal{DocketCount: rapid.Int64Range(0, 1<<53-1).Draw(t, "count"), Dockets: Hash(docket), State: Hash(docket)}
		}
		got, err := l.Bytes()
		want, slowErr := slowLeafBytes(&l)
		if (err == nil) != (slowErr == nil) || !bytes.Equal(got, want) {
			t.Fatalf("Bytes gives %q (%v), the JSON packages %q (%v)", got, err, want, slowErr)
		}
		if err != nil || len(got) > MaxLeafSize {
			return
		}
		if _, err := ParseLeaf(got); err != nil {
			t.Fatalf("%q does not parse: %v", got, err)
		}
	})
}

func FuzzSubmission(f *testing.F) {
	signed, content := benchSigned(f)
	s := Submission{Signed: *signed, Content: content}
	raw, err := s.MarshalJSON()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add([]byte(`{"entry":{"b":1,"a":[]},"signature":{"alg":"p256","key":"","sig":"AA=="}}`))
	f.Add([]byte(`{"entry":{"a":1.5},"signature":{"alg":"","key":"","sig":""}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var s Submission
		if err := s.UnmarshalJSON(raw); err != nil {
			if _, ok := err.(*Error); !ok {
				t.Fatalf("error is a %T, not an *Error", err)
			}
			return
		}
		again, err := s.MarshalJSON()
		if err != nil {
			t.Fatalf("%q: accepted, but cannot be written: %v", raw, err)
		}
		var s2, fast Submission
		if err := s2.UnmarshalJSON(again); err != nil || !sameSubmission(&s, &s2) {
			t.Fatalf("%q became %q (%v)", raw, again, err)
		}
		if fast.scan(raw) && !sameSubmission(&fast, slowSubmission(t, raw)) {
			t.Fatalf("%q: fast and slow path differ", raw)
		}
	})
}

func slowSubmission(t *testing.T, raw []byte) *Submission {
	var s Submission
	if err := s.UnmarshalJSON(append([]byte(" "), raw...)); err != nil { // white space keeps it off the fast path
		t.Fatalf("%q: only the fast path accepts it: %v", raw, err)
	}
	return &s
}

func sameSubmission(a, b *Submission) bool {
	if !bytes.Equal(a.Signed.Raw, b.Signed.Raw) || a.Signed.Signature.Algorithm != b.Signed.Signature.Algorithm ||
		!bytes.Equal(a.Signed.Signature.Key, b.Signed.Signature.Key) || !bytes.Equal(a.Signed.Signature.Sig, b.Signed.Signature.Sig) || len(a.Content) != len(b.Content) {
		return false
	}
	for i := range a.Content {
		if a.Content[i].Name != b.Content[i].Name || !bytes.Equal(a.Content[i].Salt, b.Content[i].Salt) || !bytes.Equal(a.Content[i].Data, b.Content[i].Data) {
			return false
		}
	}
	return true
}

// slowTime parses TimeLayout by way of the time package.
func slowTime(s string) (Time, bool) {
	v, err := time.Parse(TimeLayout, s)
	if err != nil || v.UTC().Format(TimeLayout) != s {
		return 0, false
	}
	return TimeOf(v), true
}
