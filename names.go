package publica

import "strings"

// ValidRegister reports whether name can name a register: a lower-case host
// name with an optional path segment, for example "register.example.org/plan".
// The host part has at most 100 bytes, the segment at most 64.
func ValidRegister(name string) bool {
	host, segment, cut := strings.Cut(name, "/")
	if cut && !allBytes(segment, 1, 64, lowerDigit|hyphen) {
		return false
	}
	return allBytes(host, 1, 100, lowerDigit|hyphen|dot) &&
		byteClass[host[0]] == lowerDigit && byteClass[host[len(host)-1]] == lowerDigit
}

// ValidHost reports whether name is a host name in lower case, without a final
// dot: labels of letters, digits and hyphens, the last begun by a letter, so
// that it is no address. At most 253 bytes.
func ValidHost(name string) bool {
	last := name
	for label := range strings.SplitSeq(name, ".") {
		if !allBytes(label, 1, 63, lowerDigit|hyphen) || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		last = label
	}
	return len(name) <= 253 && last[0] >= 'a'
}

// validPart reports whether name can name a content part.
func validPart(name string) bool {
	return allBytes(name, 1, 64, lowerDigit|hyphen|dot|colonUnderscore) && byteClass[name[0]] == lowerDigit
}

// validMedia reports whether media is a media type in lower case, with no
// parameter but "; charset=utf-8" (the space may be missing).
func validMedia(media string) bool {
	top, sub, cut := strings.Cut(media, "/")
	if i := strings.IndexByte(sub, ';'); i >= 0 {
		if sub[i:] != "; charset=utf-8" && sub[i:] != ";charset=utf-8" {
			return false
		}
		sub = sub[:i]
	}
	const token = lowerDigit | hyphen | dot | colonUnderscore | tokenMark
	return cut && allBytes(top, 1, 61, token) && allBytes(sub, 1, 81, token) &&
		byteClass[top[0]] == lowerDigit && byteClass[sub[0]] == lowerDigit &&
		strings.IndexByte(media, ':') < 0
}

// Classes of the bytes that names are made of.
const (
	lowerDigit      = 1 << iota // a-z 0-9
	hyphen                      // -
	dot                         // .
	colonUnderscore             // : _
	tokenMark                   // ! # $ & ^ +
)

var byteClass = func() (t [256]uint8) {
	for c := range t {
		switch c := byte(c); {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
			t[c] = lowerDigit
		case c == '-':
			t[c] = hyphen
		case c == '.':
			t[c] = dot
		case c == ':', c == '_':
			t[c] = colonUnderscore
		case strings.IndexByte("!#$&^+", c) >= 0:
			t[c] = tokenMark
		}
	}
	return t
}()

// allBytes reports whether s has between lo and hi bytes, all of the classes.
func allBytes(s string, lo, hi int, classes uint8) bool {
	if len(s) < lo || len(s) > hi {
		return false
	}
	for i := range len(s) {
		if byteClass[s[i]]&classes == 0 {
			return false
		}
	}
	return true
}
