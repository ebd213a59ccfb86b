package registertest

import (
	"encoding/json/jsontext"
	"encoding/json/v2"
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"publica"
	"publica/internal/machine"
)

// RunScenarios runs each txtar archive that glob matches as a subtest: its
// comment is the script, in the language of the package doc, its files are what
// the script refers to. After every block the whole register is checked.
func RunScenarios(t *testing.T, glob string, domains []machine.Domain) {
	t.Helper()
	WatchScenarios(t, glob, domains, func(*testing.T, *Law) {})
}

// WatchScenarios is RunScenarios with something to do after every block.
func WatchScenarios(t *testing.T, glob string, domains []machine.Domain, watch func(t *testing.T, l *Law)) {
	t.Helper()
	files, err := filepath.Glob(glob)
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios at %s: %v", glob, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s := &script{t: t, watch: watch, law: NewLaw(t, domains), named: map[string]*publica.Signed{}, secrets: newSecrets(), files: map[string]string{}}
			for _, f := range a.Files {
				s.files[f.Name] = string(f.Data)
			}
			s.law.CheckRegister()
			for _, line := range logicalLines(string(a.Comment)) {
				s.where = fmt.Sprintf("%s:%d", filepath.Base(file), line.number)
				if err := s.run(line.text); err != nil {
					t.Fatalf("%s: %v\n\t%s", s.where, err, line.text)
				}
			}
			if s.blocking {
				t.Fatal("the script ends in a block")
			}
		})
	}
}

type numbered struct {
	number int
	text   string
}

// logicalLines joins continuation lines and drops comments.
func logicalLines(text string) []numbered {
	var out []numbered
	for i, line := range strings.Split(text, "\n") {
		trimmed := strings.TrimSpace(line)
		switch {
		case trimmed == "" || trimmed[0] == '#':
		case line[0] == ' ' || line[0] == '\t':
			if len(out) > 0 {
				out[len(out)-1].text += " " + trimmed
			}
		default:
			out = append(out, numbered{i + 1, trimmed})
		}
	}
	return out
}

// script is one scenario being run.
type script struct {
	t     *testing.T
	watch func(t *testing.T, l *Law)
	law   *Law
	named map[string]*publica.Signed
	files map[string]string
	where string
	actor string // of the entry that is being read

	secrets *secrets

	blocking bool
	queue    []pending
	last     []machine.Leaf // of the last block
}

// pending is an entry with what must become of it.
type pending struct {
	where   string
	entry   *machine.Entry
	want    *refusal // nil: accepted
	already bool     // a duplicate
}

// refusal is what follows "!" in a script.
type refusal struct {
	code         publica.Code
	field, words string
}

func (s *script) run(line string) error {
	words, err := tokens(line)
	if err != nil {
		return err
	}
	switch words[0] {
	case "at":
		return s.at(words[1:])
	case "until":
		return s.until(words[1:])
	case "block":
		s.blocking = true
		return nil
	case "end":
		s.blocking = false
		return s.flush()
	case "restart":
		s.law.Restart()
		return nil
	case "again":
		return s.again(words[1:])
	case "expect":
		return s.expect(words[1:])
	case "ceremony":
		return s.ceremony(words[1:])
	case "governed":
		return s.governed(words[1:])
	case "held":
		return s.held(words[1:])
	}
	return s.entry(words)
}

// governed begins anew with a register that so many bodies govern.
func (s *script) governed(words []string) error {
	if len(words) != 1 || s.law.Height > 0 {
		return fmt.Errorf("governed wants a number, before anything else")
	}
	n, err := strconv.Atoi(words[0])
	s.law = Found(s.t, s.law.Domains, Governed(n))
	return err
}

func (s *script) at(words []string) error {
	if len(words) != 1 {
		return fmt.Errorf("at wants one time")
	}
	now, err := s.time(words[0])
	if err != nil {
		return err
	}
	if now < s.law.Now {
		return fmt.Errorf("the clock never goes back, it is %s", s.law.Now)
	}
	s.law.Now = now
	return s.flush()
}

// until is at for a time before which there were blocks: no clock is moved.
func (s *script) until(words []string) error {
	if len(words) != 1 {
		return fmt.Errorf("until wants one time")
	}
	then, err := s.time(words[0])
	if err != nil {
		return err
	}
	if err := s.at([]string{then.Add(-time.Minute).String()}); err != nil {
		return err
	}
	return s.at([]string{then.String()})
}

var offset = regexp.MustCompile(`^([+-]\d+)(d|h|m|s|ms)$`)

// time reads a time, absolute or from now.
func (s *script) time(text string) (t publica.Time, err error) {
	m := offset.FindStringSubmatch(text)
	if m == nil {
		return t, t.UnmarshalText([]byte(text))
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	unit := map[string]time.Duration{"d": 24 * time.Hour, "h": time.Hour, "m": time.Minute, "s": time.Second, "ms": time.Millisecond}[m[2]]
	return s.law.Now.Add(time.Duration(n) * unit), err
}

func (s *script) again(words []string) error {
	if len(words) != 1 || s.named[words[0]] == nil {
		return fmt.Errorf("again wants the name of an entry")
	}
	e, err := s.law.Check(s.named[words[0]])
	if err != nil {
		return err
	}
	s.queue = append(s.queue, pending{where: s.where, entry: e, already: true})
	return s.settle()
}

func (s *script) settle() error {
	if s.blocking {
		return nil
	}
	return s.flush()
}

// flush runs what is queued as one block and checks what became of it.
func (s *script) flush() error {
	queue := s.queue
	s.queue = nil
	entries := make([]*machine.Entry, len(queue))
	for i, p := range queue {
		entries[i] = p.entry
	}
	before := len(s.law.Log)
	decisions := s.law.Block(entries...)
	s.last = s.law.Log[before:]
	s.law.CheckRegister()
	s.watch(s.t, s.law)
	for i, p := range queue {
		if err := p.judge(decisions[i]); err != nil {
			return fmt.Errorf("entry of %s: %w", p.where, err)
		}
	}
	return nil
}

func (p *pending) judge(d Decision) error {
	switch {
	case p.already != (d.Outcome == machine.Duplicate):
		return fmt.Errorf("outcome %d, duplicate expected: %t", d.Outcome, p.already)
	case p.already:
		return nil
	case d.Refusal == nil && p.want == nil:
		return nil
	case d.Refusal == nil:
		return fmt.Errorf("accepted, want %s", p.want.code)
	}
	err := &publica.Error{Code: d.Refusal.Code, Field: d.Refusal.Field, Message: d.Refusal.Message}
	if p.want == nil {
		return fmt.Errorf("refused: %s: %w", err.Code, err)
	}
	return p.want.matches(err)
}

func (r *refusal) matches(err *publica.Error) error {
	if err.Code != r.code || r.field != "" && err.Field != r.field || !strings.Contains(err.Message, r.words) {
		return fmt.Errorf("refused with %s %s %q, want %s %s %q", err.Code, err.Field, err.Message, r.code, r.field, r.words)
	}
	return nil
}

// entry runs "[NAME =] ACTOR KIND …".
func (s *script) entry(words []string) error {
	name := ""
	if len(words) > 2 && words[1] == "=" {
		name, words = words[0], words[2:]
		if s.named[name] != nil {
			return fmt.Errorf("the name %s is taken", name)
		}
	}
	if len(words) < 2 {
		return fmt.Errorf("want [NAME =] ACTOR KIND …")
	}
	e := publica.Entry{Kind: publica.Kind(words[1])}
	s.law.Work, s.actor = 0, words[0]
	parts, want, err := s.details(&e, words[2:])
	if err != nil {
		return err
	}
	signed, err := s.law.TrySign(words[0], e, parts...)
	if err != nil {
		return stateless(err, want)
	}
	if s.secrets.named(name); name != "" {
		s.named[name] = signed
	}
	checked, err := s.law.Check(signed)
	if err != nil {
		return stateless(err, want)
	}
	s.queue = append(s.queue, pending{where: s.where, entry: checked, want: want})
	return s.settle()
}

// stateless judges a refusal before the log.
func stateless(err error, want *refusal) error {
	e, ok := err.(*publica.Error)
	if want == nil || !ok {
		return fmt.Errorf("refused before the log: %w", err)
	}
	return want.matches(e)
}

func (s *script) details(e *publica.Entry, words []string) (parts []Text, want *refusal, err error) {
	for len(words) > 0 {
		w := words[0]
		words = words[1:]
		switch {
		case w == "!":
			want, err = refusalOf(words)
			words = nil
		case (w == "in" || w == "for") && len(words) > 0:
			var id publica.EntryID
			if id, err = s.id(words[0]); w == "in" {
				e.Docket = publica.DocketID(id)
			} else {
				e.For = publica.BodyID(id)
			}
			words = words[1:]
		case w == "work" && len(words) > 0:
			s.law.Work, err = strconv.Atoi(words[0])
			words = words[1:]
		case makers[w] != nil:
			words, err = makers[w](s, e, &parts, words)
		case w[0] == '{':
			e.Body, err = s.json(w)
		case w[0] == '<':
			file, ok := s.files[w[1:]]
			if !ok {
				return nil, nil, fmt.Errorf("no file %s in the archive", w[1:])
			}
			e.Body, err = s.json(file)
		case strings.Contains(w, "="):
			var p Text
			p, err = s.part(w)
			parts = append(parts, p)
		default:
			err = fmt.Errorf("unexpected %q", w)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	return parts, want, nil
}

func refusalOf(words []string) (*refusal, error) {
	if len(words) == 0 {
		return nil, fmt.Errorf("! wants a code")
	}
	r := &refusal{code: publica.Code(words[0])}
	for _, w := range words[1:] {
		if w[0] != '"' {
			r.field = w
			continue
		}
		text, err := strconv.Unquote(w)
		if err != nil {
			return nil, err
		}
		r.words = text
	}
	return r, nil
}

var partMedia = map[string]string{"title": "text/plain", "contact": "text/plain", "author": "text/plain", "name": "text/plain"}

// part reads PART="text"[:media] or PART=~SIZE[:media].
func (s *script) part(w string) (Text, error) {
	name, value, _ := strings.Cut(w, "=")
	p := Text{Name: name, Media: "text/markdown"}
	if m, ok := partMedia[name]; ok {
		p.Media = m
	}
	if i := strings.LastIndexByte(value, ':'); i > strings.LastIndexByte(value, '"') {
		value, p.Media = value[:i], value[i+1:]
	}
	var err error
	if size, ok := strings.CutPrefix(value, "~"); ok {
		n, err := strconv.Atoi(size)
		if err != nil {
			return p, err
		}
		p.Data = strings.Repeat("x", n)
		return p, nil
	}
	p.Data, err = strconv.Unquote(value)
	return p, err
}

// id returns the id of a named entry, or reads 64 digits.
func (s *script) id(name string) (publica.EntryID, error) {
	if e := s.named[name]; e != nil {
		return e.ID(), nil
	}
	if id, err := publica.ParseEntryID(name); err == nil {
		return id, nil
	}
	if n, err := strconv.Atoi(strings.TrimPrefix(name, "body")); err == nil && n <= len(s.law.Genesis.Bodies) {
		return publica.EntryID(MemberID(n)), nil
	}
	return publica.EntryID{}, fmt.Errorf("no entry is named %s", name)
}

// json puts what is referred to into JSON text.
func (s *script) json(text string) (jsontext.Value, error) {
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		return nil, err
	}
	v, err := s.resolve(v)
	if err != nil {
		return nil, err
	}
	return json.Marshal(v, json.Deterministic(true))
}

func (s *script) resolve(v any) (any, error) {
	var err error
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			if v[k], err = s.resolve(v[k]); err != nil {
				return nil, err
			}
		}
	case []any:
		for i := range v {
			if v[i], err = s.resolve(v[i]); err != nil {
				return nil, err
			}
		}
	case string:
		return s.reference(v)
	}
	return v, nil
}

func (s *script) reference(v string) (any, error) {
	switch {
	case strings.HasPrefix(v, "$"):
		return s.id(v[1:])
	case strings.HasPrefix(v, "%") && s.named[v[1:]] != nil:
		return jsontext.Value(s.named[v[1:]].Raw), nil
	case strings.HasPrefix(v, "@"):
		return Key(v[1:]).ID(), nil
	case strings.HasPrefix(v, "&"):
		name, body, run := strings.Cut(v[1:], ":")
		if !run {
			return Key(name).Public(), nil
		}
		id, err := s.id(body)
		return Validator(name, publica.BodyID(id)), err
	case strings.HasPrefix(v, "#") && s.named[v[1:]] != nil:
		id, err := s.id(v[1:])
		if err != nil {
			return nil, err
		}
		var rec machine.Record
		s.law.View(func(tx *machine.Tx) { rec, _ = tx.Record(id) })
		return rec.Seq, nil
	case offset.MatchString(v):
		return s.time(v)
	}
	return v, nil
}

// tokens splits a line at white space, keeping quoted strings and JSON objects
// whole.
func tokens(line string) ([]string, error) {
	var out []string
	for line = strings.TrimSpace(line); line != ""; line = strings.TrimSpace(line) {
		if line[0] == '{' {
			dec := jsontext.NewDecoder(strings.NewReader(line))
			v, err := dec.ReadValue()
			if err != nil {
				return nil, fmt.Errorf("body: %w", err)
			}
			out, line = append(out, string(v)), line[len(v):]
			continue
		}
		n, quoted := 0, false
		for ; n < len(line) && (quoted || line[n] != ' ' && line[n] != '\t'); n++ {
			switch {
			case line[n] == '"':
				quoted = !quoted
			case quoted && line[n] == '\\':
				n++
			}
		}
		if quoted || n > len(line) {
			return nil, fmt.Errorf("a quote is not closed")
		}
		out, line = append(out, line[:n]), line[n:]
	}
	return out, nil
}
