package document

import (
	"archive/zip"
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"

	"publica"
)

// packed is an archive of parts: name, text, name, text.
func packed(t testing.TB, parts ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(parts); i += 2 {
		w, err := z.Create(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(parts[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const (
	wordOpen = `<?xml version="1.0"?><w:document xmlns:w="w" xmlns:r="r"><w:body>`
	wordBody = `<w:p><w:pPr><w:pStyle w:val="Kop1"/></w:pPr><w:r><w:t>Boats on the lake</w:t></w:r></w:p>
<w:p><w:r><w:t xml:space="preserve">No </w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t>motor</w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t xml:space="preserve"> boats </w:t></w:r><w:r><w:rPr><w:b w:val="0"/><w:i/></w:rPr><w:t>at night</w:t></w:r><w:r><w:t xml:space="preserve">, see </w:t></w:r><w:hyperlink r:id="rId7"><w:r><w:t>the map</w:t></w:r></w:hyperlink><w:r><w:t>. 5 * 3 &lt; 20_000 [sic]</w:t></w:r></w:p>
<w:p/>
<w:p><w:pPr><w:pStyle w:val="Kop2"/></w:pPr><w:r><w:t>1. Rules</w:t></w:r></w:p>
<w:p><w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="2"/></w:numPr></w:pPr><w:r><w:t>Row</w:t></w:r></w:p>
<w:p><w:pPr><w:numPr><w:ilvl w:val="1"/><w:numId w:val="1"/></w:numPr></w:pPr><w:r><w:t>slowly</w:t></w:r></w:p>
<w:p><w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="2"/></w:numPr></w:pPr><w:r><w:t>Sail</w:t></w:r></w:p>
<w:p><w:r><w:t>- not a list</w:t></w:r></w:p>
<w:tbl><w:tr><w:tc><w:p><w:r><w:t>Boat</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>Hours</w:t></w:r></w:p></w:tc></w:tr>
<w:tr><w:tc><w:p><w:r><w:t>Row|ing</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:rPr><w:b/></w:rPr><w:t>6-22</w:t></w:r></w:p></w:tc></w:tr></w:tbl>
<w:sectPr/>`
	wordClose  = `</w:body></w:document>`
	wordStyles = `<w:styles xmlns:w="w"><w:style w:styleId="Kop1"><w:name w:val="heading 1"/></w:style><w:style w:styleId="Kop2"><w:name w:val="Eigen"/><w:basedOn w:val="Basis"/></w:style><w:style w:styleId="Basis"><w:name w:val="Heading 2"/><w:basedOn w:val="Kop2"/></w:style></w:styles>`
	wordLists  = `<w:numbering xmlns:w="w"><w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/></w:lvl><w:lvl w:ilvl="1"><w:numFmt w:val="bullet"/></w:lvl></w:abstractNum><w:abstractNum w:abstractNumId="5"><w:lvl w:ilvl="0"><w:numFmt w:val="decimal"/></w:lvl></w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="5"/></w:num></w:numbering>`
	wordLinks  = `<Relationships><Relationship Id="rId7" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink" Target="https://example.org/map?a=1&amp;b=2"/></Relationships>`

	openOpen = `<office:document-content xmlns:office="o" xmlns:text="t" xmlns:style="s" xmlns:fo="f" xmlns:xlink="x" xmlns:table="tb" xmlns:draw="d"><office:automatic-styles>
<style:style style:name="B"><style:text-properties fo:font-weight="bold"/></style:style><style:style style:name="I"><style:text-properties fo:font-style="italic"/></style:style>
<text:list-style style:name="L"><text:list-level-style-number text:level="1"/><text:list-level-style-bullet text:level="2"/></text:list-style></office:automatic-styles><office:body><office:text>`
	openBody = `<text:sequence-decls/><text:h text:outline-level="1">Boats on the lake</text:h>
<text:p>No <text:span text:style-name="B">motor</text:span><text:span text:style-name="B"> boats </text:span><text:span text:style-name="I">at
   night</text:span>, see <text:a xlink:href="https://example.org/map?a=1&amp;b=2">the map</text:a>. 5<text:s/>* 3 &lt; 20_000 [sic]</text:p>
<text:p/>
<text:section><text:h text:outline-level="2">1. Rules</text:h></text:section>
<text:list text:style-name="L"><text:list-item><text:p>Row</text:p><text:list><text:list-item><text:p>slowly</text:p></text:list-item></text:list></text:list-item><text:list-item><text:p>Sail</text:p></text:list-item></text:list>
<text:p>- not a list</text:p>
<table:table><table:table-column/><table:table-header-rows><table:table-row><table:table-cell><text:p>Boat</text:p></table:table-cell><table:table-cell><text:p>Hours</text:p></table:table-cell></table:table-row></table:table-header-rows>
<table:table-row><table:table-cell><text:p>Row|ing</text:p></table:table-cell><table:table-cell><text:p><text:span text:style-name="B">6-22</text:span></text:p></table:table-cell></table:table-row></table:table>`
	openClose = `</office:text></office:body></office:document-content>`

	lakeText = `# Boats on the lake

No **motor boats** *at night*, see [the map](<https://example.org/map?a=1&b=2>). 5 \* 3 \< 20\_000 \[sic\]

## 1\. Rules

1. Row
   - slowly
2. Sail

\- not a list

| Boat | Hours |
| --- | --- |
| Row\|ing | **6-22** |
`
	lakePage = `<h1>Boats on the lake</h1>
<p>No <strong>motor boats</strong> <em>at night</em>, see <a href="https://example.org/map?a=1&amp;b=2">the map</a>. 5 * 3 &lt; 20_000 [sic]</p>
<h2>1. Rules</h2>
<ol>
<li>Row
<ul>
<li>slowly</li>
</ul>
</li>
<li>Sail</li>
</ol>
<p>- not a list</p>
<table>
<thead>
<tr>
<th>Boat</th>
<th>Hours</th>
</tr>
</thead>
<tbody>
<tr>
<td>Row|ing</td>
<td><strong>6-22</strong></td>
</tr>
</tbody>
</table>
`
)

func word(t testing.TB, body string) []byte {
	return packed(t, "word/document.xml", wordOpen+body+wordClose, "word/styles.xml", wordStyles, "word/numbering.xml", wordLists, "word/_rels/document.xml.rels", wordLinks)
}

func open(t testing.TB, body string) []byte {
	return packed(t, "mimetype", "application/vnd.oasis.opendocument.text", "content.xml", openOpen+body+openClose)
}

// One document as ODT and as DOCX gives one Markdown text, which a Markdown
// reader shows as the document was.
func TestMarkdown(t *testing.T) {
	for name, data := range map[string][]byte{"lake.docx": word(t, wordBody), "lake.odt": open(t, openBody)} {
		got, left, err := Markdown(name, data)
		if err != nil || len(left) > 0 {
			t.Fatalf("%s: %v, left out %q", name, err, left)
		}
		if got != lakeText {
			t.Errorf("%s:\n%s\nwant:\n%s", name, got, lakeText)
		}
		var page bytes.Buffer
		if err := goldmark.New(goldmark.WithExtensions(extension.Table)).Convert([]byte(got), &page); err != nil {
			t.Fatal(err)
		}
		if page.String() != lakePage {
			t.Errorf("%s is shown as\n%s\nwant\n%s", name, &page, lakePage)
		}
	}
}

func TestMarkdownLeftOut(t *testing.T) {
	for name, c := range map[string]struct {
		data []byte
		text string
		left []string
	}{
		"a.docx": {word(t, `<w:p><w:ins><w:r><w:t>new</w:t></w:r></w:ins><w:del><w:r><w:delText>old</w:delText></w:r></w:del><w:r><w:drawing/><w:footnoteReference/></w:r><w:r><w:drawing/></w:r></w:p><w:altChunk/>`),
			"new\n", []string{"element altChunk: 1", "notes: 1", "pictures and other objects: 2", "text that a tracked change takes out: 1"}},
		"b.docx": {word(t, `<w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan w:val="2"/></w:tcPr><w:p><w:r><w:t>a</w:t><w:br/><w:t>b</w:t></w:r></w:p><w:p><w:r><w:t>c</w:t></w:r></w:p></w:tc></w:tr></w:tbl>`),
			"| a b c |\n| --- |\n", []string{"cells with several paragraphs, which stand on one line: 1", "merged cells of a table, which stand once: 1"}},
		"c.odt": {open(t, `<text:p>a<text:line-break/>b<text:note>n</text:note><draw:frame/><text:date>Monday</text:date></text:p><text:table-of-content/><draw:page/>`),
			"a\\\nbMonday\n", []string{"element page: 1", "indexes: 1", "notes: 1", "pictures and other objects: 1"}},
	} {
		text, left, err := Markdown(name, c.data)
		if err != nil || text != c.text || !slices.Equal(left, c.left) {
			t.Errorf("%s: %q, left out %q, %v", name, text, left, err)
		}
	}
	if text, left, err := Markdown("a.md", []byte("# As *it* is\r\n")); err != nil || text != "# As *it* is\r\n" || left != nil {
		t.Errorf("%q, %q, %v", text, left, err)
	}
}

func TestMarkdownRefuses(t *testing.T) {
	bomb := packed(t, "word/document.xml", wordOpen+strings.Repeat(" ", MaxPart)+wordClose)
	if len(bomb) > MaxPart/100 {
		t.Fatalf("the bomb has %d bytes", len(bomb))
	}
	for name, c := range map[string]struct {
		data []byte
		code publica.Code
		says string
	}{
		"bomb.docx":    {bomb, publica.TooLarge, "bomb.docx/word/document.xml: unpacks to more than 32 MiB"},
		"many.docx":    {packed(t, "word/document.xml", wordOpen+strings.Repeat("<a/>", maxCount/2+1)+wordClose), publica.Malformed, "more than 2000000 elements"},
		"deep.odt":     {packed(t, "content.xml", strings.Repeat("<a>", maxDepth+1)), publica.Malformed, "more than 200 deep"},
		"cut.docx":     {word(t, wordBody)[:300], publica.Malformed, "damaged archive"},
		"broken.docx":  {packed(t, "word/document.xml", "<w:document"), publica.Malformed, "is no XML"},
		"empty.docx":   {packed(t, "word/document.xml", "<w:document/>"), publica.Malformed, "has no body"},
		"sheet.ods":    {packed(t, "content.xml", "<a><body><spreadsheet/></body></a>"), publica.Malformed, "has no text"},
		"some.zip":     {packed(t, "a.txt", "a"), publica.Malformed, "neither ODT nor DOCX"},
		"picture.jpeg": {[]byte("\xff\xd8\xff"), publica.Malformed, "is not UTF-8 text"},
	} {
		_, _, err := Markdown(name, c.data)
		if publica.CodeOf(err) != c.code || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %s", name, err, c.says)
		}
	}
}

func FuzzMarkdown(f *testing.F) {
	f.Add(wordOpen+wordBody+wordClose, openOpen+openBody+openClose)
	f.Fuzz(func(t *testing.T, document, content string) {
		for _, data := range [][]byte{packed(t, "word/document.xml", document, "word/styles.xml", content), packed(t, "content.xml", content, "styles.xml", document)} {
			if _, _, err := Markdown("x", data); err != nil && publica.CodeOf(err) == "" {
				t.Fatal(err)
			}
		}
	})
}
