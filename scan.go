package publica

import (
	"encoding/base64"
	"encoding/hex"
	"unicode/utf8"
)

// A scanner walks JSON that is already in the canonical form of the register
// (RFC 8785 without null, fractions and numbers of 2^53 and more), in one pass
// and without allocating. It is the fast path of the parsers: where it says no,
// the text may still be valid (member names beyond plain ASCII), and the slow
// path decides and finds the words. Where it says yes, the slow path would too;
// a fuzzer holds the two together.
type scanner struct {
	b     []byte
	i     int
	depth int // of nested values
}

// scanDepth bounds the recursion; deeper text takes the slow path, which has a
// limit of its own.
const scanDepth = 200

// canonicalValue reports whether b is exactly one canonical value.
func canonicalValue(b []byte) bool {
	s := scanner{b: b}
	return s.value() && s.end()
}

func (s *scanner) end() bool { return s.i == len(s.b) }

// lit passes over text if it is next.
func (s *scanner) lit(text string) bool {
	if len(s.b)-s.i < len(text) || string(s.b[s.i:s.i+len(text)]) != text {
		return false
	}
	s.i += len(text)
	return true
}

func (s *scanner) next(c byte) bool {
	if s.i < len(s.b) && s.b[s.i] == c {
		s.i++
		return true
	}
	return false
}

// value passes over any value.
func (s *scanner) value() bool {
	if s.i == len(s.b) || s.depth == scanDepth {
		return false
	}
	s.depth++
	defer func() { s.depth-- }()
	switch s.b[s.i] {
	case '{':
		return s.object()
	case '[':
		return s.array()
	case '"':
		return s.text()
	case 't':
		return s.lit("true")
	case 'f':
		return s.lit("false")
	}
	_, ok := s.integer()
	return ok
}

// object passes over an object whose member names are plain ASCII in strictly
// ascending order, so that none stands twice.
func (s *scanner) object() bool {
	if !s.next('{') {
		return false
	}
	if s.next('}') {
		return true
	}
	var last []byte
	for first := true; ; first = false {
		name, ok := s.plain()
		if !ok || (!first && string(name) <= string(last)) || !s.next(':') || !s.value() {
			return false
		}
		last = name
		if s.next('}') {
			return true
		}
		if !s.next(',') {
			return false
		}
	}
}

func (s *scanner) array() bool {
	if !s.next('[') {
		return false
	}
	if s.next(']') {
		return true
	}
	for {
		if !s.value() {
			return false
		}
		if s.next(']') {
			return true
		}
		if !s.next(',') {
			return false
		}
	}
}

// plainByte marks the bytes that stand for themselves in a JSON string.
var plainByte = func() (t [256]bool) {
	for c := 0x20; c < 0x80; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()

// plain passes over a string of plain ASCII without escapes and returns what
// stands between its quotes.
func (s *scanner) plain() ([]byte, bool) {
	if !s.next('"') {
		return nil, false
	}
	start := s.i
	for s.i < len(s.b) && plainByte[s.b[s.i]] {
		s.i++
	}
	return s.b[start:s.i], s.next('"')
}

// member passes over a member's comma, name and colon as given, and its plain
// string.
func (s *scanner) member(prefix string) ([]byte, bool) {
	if !s.lit(prefix) {
		return nil, false
	}
	return s.plain()
}

// text passes over any string in minimal form: valid UTF-8, escaped where it
// must be and in the shortest way.
func (s *scanner) text() bool {
	if !s.next('"') {
		return false
	}
	for s.i < len(s.b) {
		c := s.b[s.i]
		switch {
		case plainByte[c]:
			s.i++
		case c == '"':
			s.i++
			return true
		case c == '\\':
			if !s.escape() {
				return false
			}
		case c < utf8.RuneSelf:
			return false
		default:
			r, n := utf8.DecodeRune(s.b[s.i:])
			if r == utf8.RuneError && n == 1 {
				return false
			}
			s.i += n
		}
	}
	return false
}

// escape passes over an escape that the canonical form uses: seven short ones,
// and \u00xx in lower case for the other control characters.
func (s *scanner) escape() bool {
	if len(s.b)-s.i < 2 {
		return false
	}
	switch s.b[s.i+1] {
	case '"', '\\', 'b', 'f', 'n', 'r', 't':
		s.i += 2
		return true
	case 'u':
		if len(s.b)-s.i < 6 || string(s.b[s.i+2:s.i+4]) != "00" {
			return false
		}
		hi, lo := unhexDigit(s.b[s.i+4]), unhexDigit(s.b[s.i+5])
		if hi > 1 || lo > 15 {
			return false
		}
		switch hi<<4 | lo {
		case '\b', '\t', '\n', '\f', '\r':
			return false
		}
		s.i += 6
		return true
	}
	return false
}

// unhexDigit returns the value of a lower-case hexadecimal digit, or 255.
func unhexDigit(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	}
	return 255
}

// integer passes over an integer of magnitude below 2^53.
func (s *scanner) integer() (int64, bool) {
	negative := s.next('-')
	start, n := s.i, int64(0)
	for s.i < len(s.b) && s.b[s.i] >= '0' && s.b[s.i] <= '9' {
		if s.i-start == 16 {
			return 0, false
		}
		n = n*10 + int64(s.b[s.i]-'0')
		s.i++
	}
	digits := s.i - start
	if digits == 0 || n >= 1<<53 || (s.b[start] == '0' && (digits > 1 || negative)) {
		return 0, false
	}
	if negative {
		n = -n
	}
	return n, true
}

// hex passes over a string that is the lower-case hexadecimal of dst.
func (s *scanner) hex(dst []byte) bool {
	n := hex.EncodedLen(len(dst))
	if len(s.b)-s.i < n+2 || s.b[s.i] != '"' || s.b[s.i+1+n] != '"' {
		return false
	}
	digits := s.b[s.i+1 : s.i+1+n]
	for i := range dst {
		hi, lo := unhexDigit(digits[2*i]), unhexDigit(digits[2*i+1])
		if hi > 15 || lo > 15 {
			return false
		}
		dst[i] = hi<<4 | lo
	}
	s.i += n + 2
	return true
}

// base64 passes over a string of strict base64.
func (s *scanner) base64() ([]byte, bool) {
	text, ok := s.plain()
	if !ok {
		return nil, false
	}
	b, err := strictEncoding.AppendDecode(make([]byte, 0, base64.StdEncoding.DecodedLen(len(text))), text)
	return b, err == nil
}

var strictEncoding = base64.StdEncoding.Strict()

// time passes over a string in [TimeLayout].
func (s *scanner) time() (Time, bool) {
	text, ok := s.plain()
	if !ok {
		return 0, false
	}
	return parseTime(text)
}
