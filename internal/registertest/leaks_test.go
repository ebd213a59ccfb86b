package registertest_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/hex"
	"encoding/json/v2"
	"html"
	"net/url"
	"strings"
	"testing"
	"unicode/utf16"

	"publica/internal/registertest"
)

// TestLeaks hides a marker in every form, and finds it: a scan that finds nothing
// says something.
func TestLeaks(t *testing.T) {
	const marker = "Größe & Söhne <7351928461>"
	raw := "before " + marker + " after"
	wide := []byte{}
	for _, u := range utf16.Encode([]rune(raw)) {
		wide = append(wide, byte(u), byte(u>>8))
	}
	quoted, err := json.Marshal(raw)
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string][]byte{
		"text": []byte(raw), "wide": wide, "json": quoted, "html": []byte(html.EscapeString(raw)), "query": []byte(url.QueryEscape(raw)),
		"hex": []byte(hex.EncodeToString([]byte(raw))), "HEX": []byte(strings.ToUpper(hex.EncodeToString([]byte(raw)))), "base64 of wide": []byte(base64.StdEncoding.EncodeToString(wide)),
		"base64 url": []byte(base64.URLEncoding.EncodeToString([]byte(raw))), "zip": zipped(t, "a.txt", []byte(raw)), "name in a zip": zipped(t, marker, nil),
		"base64 in a zip in a zip": zipped(t, "b.zip", zipped(t, "a.txt", []byte(base64.StdEncoding.EncodeToString([]byte(raw))))), "gzip": gzipped(t, []byte(raw)),
	}
	for i := range 3 { // wherever it stands among others
		cases["base64 "+strings.Repeat("x", i)] = []byte(base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", i) + raw)))
	}
	for name, data := range cases {
		found, err := registertest.Leaks([]string{"not there", marker}, registertest.Stream{Name: name, Data: data})
		if err != nil || len(found) == 0 {
			t.Errorf("%s: nothing is found, %v", name, err)
		}
		for _, l := range found {
			if l.Marker != marker || !strings.HasPrefix(l.Stream, name) {
				t.Errorf("%s: %s", name, l)
			}
		}
	}
	found, err := registertest.Leaks([]string{marker}, registertest.Stream{Name: "clean", Data: []byte(strings.Repeat("Größe & Sohn <735192846> ", 1000))})
	if err != nil || len(found) > 0 {
		t.Errorf("found what is not there: %v, %v", found, err)
	}
	if _, err := registertest.Leaks([]string{"short"}, registertest.Stream{}); err == nil {
		t.Error("a marker that chance makes is taken")
	}
}

func zipped(t *testing.T, name string, data []byte) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create(name)
	if err == nil {
		_, err = w.Write(data)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gzipped(t *testing.T, data []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
