package archive

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/json/v2"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"publica"
)

type vector struct {
	Name   string `json:"name"`
	Policy string `json:"policy"`
	Export string `json:"export"`
	Valid  bool   `json:"valid"`
}

// exports are the docket exports among the shared vectors that verify.
func exports(t *testing.T) (valid []vector) {
	t.Helper()
	raw, err := os.ReadFile("../testdata/vectors/exports.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Cases []vector `json:"cases"`
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	for _, v := range file.Cases {
		if v.Valid {
			valid = append(valid, v)
		}
	}
	if len(valid) < 3 {
		t.Fatalf("%d exports", len(valid))
	}
	return valid
}

func written(t *testing.T, export string) []byte {
	t.Helper()
	var b bytes.Buffer
	scratch := t.TempDir()
	if err := Write(&b, scratch, func(w io.Writer) error { return inPieces(w, export) }); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(scratch); err != nil || len(left) > 0 {
		t.Errorf("left in the scratch folder: %v %v", left, err)
	}
	return b.Bytes()
}

// inPieces writes as a network does: lines are cut anywhere.
func inPieces(w io.Writer, export string) error {
	for piece := range slices.Chunk([]byte(export), 777) {
		if _, err := w.Write(piece); err != nil {
			return err
		}
	}
	return nil
}

func policy(t *testing.T, v vector) *publica.Policy {
	t.Helper()
	p, err := publica.ParsePolicy([]byte(v.Policy))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// unpacked returns the files of an archive; packed makes one of them, in any order.
func unpacked(t *testing.T, raw []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(data)
	}
	return files
}

type file struct{ name, data string }

func packed(t *testing.T, files ...file) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range files {
		w, err := z.Create(f.name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, f.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func rows(t *testing.T, text string) [][]string {
	t.Helper()
	all, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Every valid export gives an archive that verifies and says of every record and
// part what the export says.
func TestArchive(t *testing.T) {
	for _, v := range exports(t) {
		t.Run(v.Name, func(t *testing.T) {
			raw := written(t, v.Export)
			if again := written(t, v.Export); !bytes.Equal(raw, again) {
				t.Error("the same export gave two archives")
			}
			sum, err := Verify(bytes.NewReader(raw), int64(len(raw)), policy(t, v), nil)
			if err != nil {
				t.Fatal(err)
			}
			files := unpacked(t, raw)
			if sum.Files != len(files)-1 {
				t.Errorf("%d files, the archive has %d beside the export", sum.Files, len(files)-1)
			}
			if files[ExportName] != v.Export {
				t.Error("the export in it is another")
			}
			records, held, gone := int64(0), int64(0), int64(0)
			for name, text := range files {
				switch {
				case strings.HasPrefix(name, "records/"):
					all := rows(t, text)
					records += int64(len(all)) - 1
				case name == PartsName:
					for _, row := range rows(t, text)[1:] {
						if row[7] == "here" {
							held++
						} else {
							gone++
						}
						if _, there := files[row[8]]; there != (row[8] != "") {
							t.Errorf("part %v names a file that is not there", row)
						}
					}
				}
			}
			if records != sum.Size || held != sum.ContentPresent || gone != sum.ContentMissing {
				t.Errorf("%d records, %d parts, %d gone; the export has %d, %d, %d", records, held, gone, sum.Size, sum.ContentPresent, sum.ContentMissing)
			}
			if !strings.Contains(files[ReadmeName], v.Name) && !strings.Contains(files[ReadmeName], sum.Docket.String()) {
				t.Error("the README does not name the docket")
			}
		})
	}
}

// An archive in which anything was changed is refused, and the file is named.
func TestAltered(t *testing.T) {
	v := exports(t)[0]
	var all []file
	for name, data := range unpacked(t, written(t, v.Export)) {
		all = append(all, file{name, data})
	}
	with := func(f ...file) []byte { return packed(t, append(slices.Clone(all), f...)...) }
	without := func(name string) []byte {
		return packed(t, slices.DeleteFunc(slices.Clone(all), func(f file) bool { return f.name == name })...)
	}
	changed := func(name string, change func(string) string) []byte {
		files := slices.Clone(all)
		for i := range files {
			if files[i].name == name {
				files[i].data = change(files[i].data)
			}
		}
		return packed(t, files...)
	}
	flip := func(s string) string { b := []byte(s); b[len(b)/2] ^= 1; return string(b) }
	// A byte of a file, in the archive as it lies on disk.
	whole := with()
	if _, err := Verify(bytes.NewReader(whole), int64(len(whole)), policy(t, v), nil); err != nil {
		t.Fatalf("packed in another order: %v", err)
	}
	comments := fileOf("participation/comment")
	for _, c := range []struct {
		name string
		raw  []byte
		code publica.Code
		at   string
	}{
		{"nothing", nil, publica.Malformed, "archive"},
		{"cut", whole[:len(whole)-30], publica.Malformed, "archive"},
		{"no export", without(ExportName), publica.Malformed, ExportName},
		{"a table is missing", without(comments), publica.Unverified, comments},
		{"no README", without(ReadmeName), publica.Unverified, ReadmeName},
		{"a cell changed", changed(comments, flip), publica.Unverified, comments},
		{"a row more", changed(comments, func(s string) string { return s + "x\r\n" }), publica.Unverified, comments},
		{"a row less", changed(comments, func(s string) string { return s[:strings.LastIndex(s[:len(s)-2], "\r\n")+2] }), publica.Unverified, comments},
		{"the README says otherwise", changed(ReadmeName, flip), publica.Unverified, ReadmeName},
		{"a file more", with(file{"READ ME FIRST.html", "<script>"}), publica.Unverified, "READ ME FIRST.html"},
		{"a path out of it", with(file{"../../etc/cron.d/x", "x"}), publica.Unverified, "../../etc/cron.d/x"},
		{"twice", with(file{comments, "position\r\n"}), publica.Malformed, comments},
		{"the export cut", changed(ExportName, func(s string) string { return s[:strings.LastIndex(s[:len(s)-1], "\n")+1] }), publica.Unverified, "export"},
		{"much of nothing", with(file{"files/0-1.bin", strings.Repeat("\x00", 64<<20)}), publica.Unverified, "files/0-1.bin"},
	} {
		_, err := Verify(bytes.NewReader(c.raw), int64(len(c.raw)), policy(t, v), nil)
		var e *publica.Error
		if p, ok := err.(*publica.Error); ok {
			e = p
		}
		if e == nil || e.Code != c.code || e.Field != c.at {
			t.Errorf("%s: %v, want %s at %s", c.name, err, c.code, c.at)
		}
	}
	for i := range whole { // bytes on disk: of the directory some mean nothing
		if i%97 != 0 {
			continue
		}
		broken := slices.Clone(whole)
		broken[i] ^= 0x10
		sum, err := Verify(bytes.NewReader(broken), int64(len(broken)), policy(t, v), nil)
		if err == nil && sum.Files != len(all)-1 {
			t.Errorf("byte %d changed: verified with %d files", i, sum.Files)
		}
	}
}

// What every column means is said.
func TestColumns(t *testing.T) {
	for kind := range layouts {
		seen := map[string]bool{}
		for _, c := range columns(kind, true) {
			if meaning(c) == "" {
				t.Errorf("%s: nothing says what %q holds", kind, c)
			}
			if seen[c] {
				t.Errorf("%s has two columns %q", kind, c)
			}
			seen[c] = true
		}
	}
	for _, c := range contributionColumns {
		if meaning(c) == "" {
			t.Errorf("nothing says what %q holds", c)
		}
	}
}

// A docket's story, told in records, and what became of its contributions.
func TestFates(t *testing.T) {
	var f fates
	var ids []publica.EntryID
	tell := func(kind publica.Kind, body string) publica.EntryID {
		t.Helper()
		n := int64(len(ids))
		id := publica.EntryID{byte(n + 1)}
		for i := range ids {
			body = strings.ReplaceAll(body, "$"+string(rune('a'+i)), `"`+ids[i].String()+`"`)
		}
		ids = append(ids, id)
		if err := f.take(&record{position: n, id: id, kind: kind, body: []byte(body), leaf: &publica.Leaf{Time: publica.Time(n)}}); err != nil {
			t.Fatal(err)
		}
		return id
	}
	for range 5 { // a to e
		tell("participation/comment", `{"stance":"neutral"}`)
	}
	old := tell("participation/group", `{"members":[$a,$b],"letter":$a}`)            // f
	first := tell("participation/response", `{"outcome":"noted","groups":[$f]}`)     // g
	group := tell("participation/group", `{"replaces":$f,"ranges":[[1,2]]}`)         // h
	tell("participation/group", `{"extends":$h,"members":[$d]}`)                     // i
	second := tell("participation/response", `{"outcome":"declined","groups":[$h]}`) // j
	tell("participation/response", `{"outcome":"accepted","ranges":[[0,3]]}`)        // k
	tell("docket/hidden", `{"act":$a,"entry":$d,"parts":["text","author"]}`)         // l
	tell("docket/erased", `{"act":$a,"entry":$d,"parts":["author"]}`)                // m
	tell("docket/shown", `{"act":$a,"entry":$d,"parts":["text"]}`)                   // n
	tell("participation/disavow", `{"entry":`+`$e`+`,"erase":true}`)                 // o
	tell("participation/comment", `{"stance":"neutral"}`)                            // p
	tell("participation/disavow", `{"entry":$p}`)                                    // q
	tell("participation/reinstate", `{"entry":$p}`)                                  // r
	tell("moderation/hold", `{}`)                                                    // s
	if err := f.take(&record{kind: "participation/response", body: []byte(`{"ranges":"all"}`)}); publica.CodeOf(err) != publica.Malformed {
		t.Errorf("a body that its kind does not allow: %v", err)
	}
	var b strings.Builder
	out := &table{Writer: csv.NewWriter(&b)}
	if err := f.write(out); err != nil {
		t.Fatal(err)
	}
	out.Flush()
	want := [][]string{ // state, hidden, erased, group, response, outcome
		{"stands", "", "", "", first.String(), "noted"},
		{"stands", "", "", group.String(), first.String(), "noted"},
		{"stands", "", "", group.String(), second.String(), "declined"},
		{"stands", "", "author", group.String(), second.String(), "declined"},
		{"disavowed", "", "", "", "", ""},
		{"stands", "", "", "", "", ""},
	}
	got := rows(t, b.String())
	if len(got) != len(want) {
		t.Fatalf("%d contributions, want %d", len(got), len(want))
	}
	for i, row := range got {
		if !slices.Equal(row[4:10], want[i]) {
			t.Errorf("contribution %d: %q, want %q", i, row[4:10], want[i])
		}
	}
	if old == group {
		t.Error("one id for two groups")
	}
}

func FuzzVerify(f *testing.F) {
	raw, err := os.ReadFile("../testdata/vectors/exports.json")
	if err != nil {
		f.Fatal(err)
	}
	var file struct {
		Cases []vector `json:"cases"`
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		f.Fatal(err)
	}
	v := file.Cases[0]
	p, err := publica.ParsePolicy([]byte(v.Policy))
	if err != nil {
		f.Fatal(err)
	}
	var b bytes.Buffer
	if err := Write(&b, f.TempDir(), func(w io.Writer) error { return inPieces(w, v.Export) }); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	want, err := Verify(bytes.NewReader(b.Bytes()), int64(b.Len()), p, nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		sum, err := Verify(bytes.NewReader(raw), int64(len(raw)), p, nil)
		if err == nil && (sum.Files != want.Files || sum.Docket != want.Docket) {
			t.Errorf("verified as %v with %d files", sum.Docket, sum.Files)
		}
	})
}
