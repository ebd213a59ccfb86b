package registertest

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"html"
	"io"
	"net/url"
	"slices"
	"strings"
	"unicode/utf16"
)

// A Stream is something that a reader can come by, under a name that says where: an
// export, a page, a package.
type Stream struct {
	Name string
	Data []byte
}

// A Leak is a marker that stands in a stream, and in which form.
type Leak struct{ Stream, Marker, Form string }

func (l Leak) String() string { return fmt.Sprintf("%s holds %q as %s", l.Stream, l.Marker, l.Form) }

// Leaks looks for markers in every byte of the streams, in the forms in which text
// and bytes stand in files: themselves, UTF-16, escaped for JSON, HTML and addresses,
// and each of these in hexadecimal and base64 at any place. ZIP files and what is
// compressed with gzip are looked into. A marker must be long enough that chance does
// not make it: eight bytes or more.
func Leaks(markers []string, streams ...Stream) (found []Leak, err error) {
	patterns := patterns{}
	for _, m := range markers {
		if len(m) < 8 {
			return nil, fmt.Errorf("the marker %q is too short", m)
		}
		for _, f := range forms(m) {
			patterns.add(f, m)
		}
	}
	for _, s := range streams {
		inner, err := opened(s)
		if err != nil {
			return nil, err
		}
		for _, s := range inner {
			found = append(found, patterns.in(s)...)
		}
	}
	return found, nil
}

// patterns are what is looked for, by their first eight bytes.
type patterns map[uint64][]pattern

type pattern struct{ text, marker, form string }

func (p patterns) add(f form, marker string) {
	at := binary.LittleEndian.Uint64([]byte(f.text))
	for _, x := range p[at] {
		if x.text == f.text {
			return
		}
	}
	p[at] = append(p[at], pattern{f.text, marker, f.name})
}

// in finds each pattern once in a stream.
func (p patterns) in(s Stream) (found []Leak) {
	seen := map[string]bool{}
	for i := 0; i+8 <= len(s.Data); i++ {
		for _, x := range p[binary.LittleEndian.Uint64(s.Data[i:])] {
			if !seen[x.text] && len(s.Data)-i >= len(x.text) && string(s.Data[i:i+len(x.text)]) == x.text {
				seen[x.text] = true
				found = append(found, Leak{s.Name, x.marker, x.form})
			}
		}
	}
	return found
}

// opened returns a stream with all that stands in it compressed.
func opened(s Stream) (all []Stream, err error) {
	all = []Stream{s}
	switch {
	case bytes.HasPrefix(s.Data, []byte("PK\x03\x04")):
		z, err := zip.NewReader(bytes.NewReader(s.Data), int64(len(s.Data)))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.Name, err)
		}
		for _, f := range z.File {
			r, err := f.Open()
			if err != nil {
				return nil, fmt.Errorf("%s/%s: %w", s.Name, f.Name, err)
			}
			data, err := io.ReadAll(r)
			if err != nil {
				return nil, fmt.Errorf("%s/%s: %w", s.Name, f.Name, err)
			}
			all = append(all, Stream{s.Name + " (names)", []byte(f.Name)})
			more, err := opened(Stream{s.Name + "/" + f.Name, data})
			if err != nil {
				return nil, err
			}
			all = append(all, more...)
		}
	case bytes.HasPrefix(s.Data, []byte{0x1f, 0x8b}):
		r, err := gzip.NewReader(bytes.NewReader(s.Data))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.Name, err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.Name, err)
		}
		more, err := opened(Stream{s.Name + " (unpacked)", data})
		return append(all, more...), err
	}
	return all, nil
}

// A form is a way in which a marker may stand in bytes.
type form struct{ name, text string }

func forms(m string) (all []form) {
	for _, f := range []form{
		{"text", m},
		{"UTF-16", wide(m, binary.LittleEndian)}, {"UTF-16", wide(m, binary.BigEndian)},
		{"escaped JSON", eachRune(m, `\u%04x`)}, {"escaped JSON", eachRune(m, `\u%04X`)}, {"escaped JSON", notASCII(m, `\u%04x`)}, {"escaped JSON", notASCII(m, `\u%04X`)},
		{"escaped HTML", html.EscapeString(m)}, {"escaped HTML", eachRune(m, "&#%d;")}, {"escaped HTML", eachRune(m, "&#x%x;")}, {"escaped HTML", notASCII(m, "&#%d;")},
		{"an address", url.QueryEscape(m)}, {"an address", url.PathEscape(m)}, {"an address", eachByte(m, "%%%02X")}, {"an address", eachByte(m, "%%%02x")},
		{"text in reverse", reversed(m)},
	} {
		all = append(all, f, form{f.name + ", hexadecimal", hex.EncodeToString([]byte(f.text))}, form{f.name + ", hexadecimal", strings.ToUpper(hex.EncodeToString([]byte(f.text)))})
		for _, text := range base64Forms(f.text) {
			all = append(all, form{f.name + ", base64", text})
		}
	}
	return all
}

// base64Forms are what base64 makes of a text wherever it stands among others: the
// digits that depend on it alone, for each of three places.
func base64Forms(text string) (all []string) {
	for _, e := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for before := range 3 {
			digits := e.EncodeToString(append(make([]byte, before), text...))
			all = append(all, digits[(before*8+5)/6:(before+len(text))*8/6])
		}
	}
	return all
}

func wide(m string, order binary.ByteOrder) string {
	var out []byte
	for _, u := range utf16.Encode([]rune(m)) {
		out = append(out, 0, 0)
		order.PutUint16(out[len(out)-2:], u)
	}
	return string(out)
}

func eachRune(m, format string) string {
	var out strings.Builder
	for _, u := range utf16.Encode([]rune(m)) {
		fmt.Fprintf(&out, format, u)
	}
	return out.String()
}

func notASCII(m, format string) string {
	var out strings.Builder
	for _, u := range utf16.Encode([]rune(m)) {
		if u < 0x80 {
			out.WriteByte(byte(u))
			continue
		}
		fmt.Fprintf(&out, format, u)
	}
	return out.String()
}

func eachByte(m, format string) string {
	var out strings.Builder
	for i := range len(m) {
		fmt.Fprintf(&out, format, m[i])
	}
	return out.String()
}

func reversed(m string) string {
	r := []rune(m)
	slices.Reverse(r)
	return string(r)
}
