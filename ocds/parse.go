package ocds

import (
	"bytes"
	"encoding/json/jsontext"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// A parser turns bytes into nodes and goes on where it can: what it passes
// over it says.
type parser struct {
	text     []byte
	dec      *jsontext.Decoder
	base     int // offset of the decoder's first byte in text
	counted  int // bytes of text whose lines are counted
	line     int // of the byte at counted
	problems []Problem
}

// A piece is text that is no JSON, kept as it stands.
type piece struct {
	Line int
	Text []byte
}

func newParser(raw []byte) *parser {
	p := &parser{line: 1}
	p.text = p.decode(raw)
	return p
}

// from begins to read text[base:end].
func (p *parser) from(base, end int) {
	p.base = base
	p.dec = jsontext.NewDecoder(bytes.NewReader(p.text[base:end]), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// here returns the line up to which the decoder has read.
func (p *parser) here() int { return p.lineAt(p.base + int(p.dec.InputOffset())) }

func (p *parser) lineAt(offset int) int {
	if offset > p.counted {
		p.line += bytes.Count(p.text[p.counted:offset], []byte("\n"))
		p.counted = offset
	}
	return p.line
}

func (p *parser) say(check string, path jsontext.Pointer, line int, level Level, message, hint string) {
	p.problems = append(p.problems, Problem{Check: check, Path: path, Line: line, Level: level, Message: message, Hint: hint})
}

// decode returns the text in UTF-8. What is not UTF-8 is read byte by byte as
// ISO 8859-1, which has a character for each.
func (p *parser) decode(raw []byte) []byte {
	switch {
	case bytes.HasPrefix(raw, []byte("\xef\xbb\xbf")):
		p.say("encoding", "", 1, Warning, "The file begins with a byte order mark.", "write UTF-8 without it; RFC 8259 says so")
		raw = raw[3:]
	case bytes.HasPrefix(raw, []byte("\xff\xfe")), bytes.HasPrefix(raw, []byte("\xfe\xff")):
		p.say("encoding", "", 1, Error, "The file is in UTF-16.", "write UTF-8")
		raw = fromUTF16(raw)
	}
	if utf8.Valid(raw) {
		return raw
	}
	var out []byte
	first := 0
	for i := 0; i < len(raw); {
		r, size := utf8.DecodeRune(raw[i:])
		if r == utf8.RuneError && size == 1 {
			if first == 0 {
				first = 1 + bytes.Count(raw[:i], []byte("\n"))
			}
			r = rune(raw[i])
		}
		out, i = utf8.AppendRune(out, r), i+size
	}
	p.say("encoding", "", first, Error, "The file is not UTF-8 from this line on.", "its bytes were read as ISO 8859-1; convert it, for example with iconv -f iso-8859-1 -t utf-8")
	return out
}

func fromUTF16(raw []byte) []byte {
	big, raw := raw[0] == 0xfe, raw[2:]
	units := make([]uint16, 0, len(raw)/2)
	for i := 0; i+1 < len(raw); i += 2 {
		a, b := uint16(raw[i]), uint16(raw[i+1])
		if big {
			a, b = b, a
		}
		units = append(units, a|b<<8)
	}
	return []byte(string(utf16.Decode(units)))
}

// values reads everything: values one after the other, or one on each line.
// unread is what is no JSON.
func (p *parser) values() (values []*Node, unread []piece) {
	if inLines(p.text) {
		return p.eachLine()
	}
	p.from(0, len(p.text))
	for p.dec.PeekKind() != 0 {
		n, err := p.value()
		if n != nil {
			values = append(values, n)
		}
		if err != nil {
			return values, append(unread, p.stopped(err, p.text))
		}
	}
	if _, err := p.dec.ReadToken(); !errors.Is(err, io.EOF) {
		return values, append(unread, p.stopped(err, p.text))
	}
	return values, unread
}

// inLines reports whether text is JSON lines: one of the first two lines is
// an object, there is more than one, and they are no value together, of which such
// a line can be a part.
func inLines(text []byte) bool {
	whole, seen := false, 0
	for line := range bytes.Lines(text) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			continue
		}
		if seen++; seen > 2 {
			break
		}
		whole = whole || line[0] == '{' && valid(line)
	}
	return whole && seen > 1 && !valid(text)
}

// valid reports whether text is one value, however badly its strings are written.
func valid(text jsontext.Value) bool {
	return text.IsValid(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

func (p *parser) eachLine() (values []*Node, unread []piece) {
	start := 0
	for line := range bytes.Lines(p.text) {
		end := start + len(line)
		if len(bytes.TrimSpace(line)) > 0 {
			p.from(start, start+len(bytes.TrimRight(line, "\r\n")))
			n, err := p.value()
			if err == nil {
				if _, more := p.dec.ReadToken(); !errors.Is(more, io.EOF) {
					err = more
					if err == nil {
						err = errors.New("the line goes on after its value")
					}
				}
			}
			if err != nil {
				unread = append(unread, p.stopped(err, line))
			} else {
				values = append(values, n)
			}
		}
		start = end
	}
	return values, unread
}

// stopped says where reading came to an end, and keeps the text.
func (p *parser) stopped(err error, kept []byte) piece {
	path, cause := p.dec.StackPointer(), err.Error()
	if s, ok := errors.AsType[*jsontext.SyntacticError](err); ok && s.Err != nil {
		path, cause = s.JSONPointer, s.Err.Error()
		if i := int(s.ByteOffset); p.base+i <= len(p.text) {
			p.lineAt(p.base + i)
		}
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		cause = "it ends too early"
	}
	line := p.here()
	p.say("syntax", path, line, Error, "This is not JSON: "+cause+".", "what stands before it was imported; correct it and import the file again")
	return piece{line, kept}
}

// value reads one value. On an error it returns as much as there is.
func (p *parser) value() (*Node, error) {
	t, err := p.dec.ReadToken()
	if err != nil {
		return nil, err
	}
	n := &Node{Kind: t.Kind(), Line: p.here()}
	switch n.Kind {
	case text:
		n.Text = t.String()
		p.replaced(n)
	case number:
		n.Text = t.String()
		if wide(n.Text) {
			p.say("number", p.dec.StackPointer(), n.Line, Error, "The number "+n.Text+" is beyond all use.", fmt.Sprintf("exponents go to ±%d", widest))
		}
	case object:
		return n, p.members(n)
	case array:
		return n, p.items(n)
	}
	return n, nil
}

// replaced says that a string has half a character in it, which nothing can
// keep.
func (p *parser) replaced(n *Node) {
	if !strings.ContainsRune(n.Text, utf8.RuneError) {
		return
	}
	end := p.base + int(p.dec.InputOffset())
	raw := p.text[max(p.base, end-6*len(n.Text)-2):end]
	if bytes.Contains(raw, []byte(`\ud`)) || bytes.Contains(raw, []byte(`\uD`)) {
		p.say("encoding", p.dec.StackPointer(), n.Line, Warning, "The string has half of a surrogate pair in it, which was replaced.", `write characters themselves instead of \u escapes`)
	}
}

func (p *parser) members(n *Node) error {
	seen := map[string]bool{}
	for p.dec.PeekKind() != '}' {
		t, err := p.dec.ReadToken()
		if err != nil {
			return err
		}
		name := t.String()
		if seen[name] {
			p.say("duplicate-name", p.dec.StackPointer(), p.here(), Error, fmt.Sprintf("The name %q stands twice in its object.", name), "keep one; readers differ in which they take, here the last counts")
		}
		seen[name] = true
		v, err := p.value()
		if v != nil {
			n.Members = append(n.Members, Member{name, v})
		}
		if err != nil {
			return err
		}
	}
	_, err := p.dec.ReadToken()
	return err
}

func (p *parser) items(n *Node) error {
	for p.dec.PeekKind() != ']' {
		v, err := p.value()
		if v != nil {
			n.Items = append(n.Items, v)
		}
		if err != nil {
			return err
		}
	}
	_, err := p.dec.ReadToken()
	return err
}

// Parse reads one JSON value, strictly: the first thing wrong with it is an
// error.
func Parse(raw []byte) (*Node, error) {
	p := newParser(raw)
	p.from(0, len(p.text))
	n, err := p.value()
	if err == nil {
		if _, more := p.dec.ReadToken(); !errors.Is(more, io.EOF) {
			err = errors.New("there is more after the value")
		}
	}
	if err != nil {
		p.stopped(err, nil)
	}
	if len(p.problems) > 0 {
		f := p.problems[0]
		return nil, fmt.Errorf("line %d, %s: %s", f.Line, f.Path, f.Message)
	}
	return n, nil
}
