package archive

import (
	"bytes"
	"encoding/csv"
	"encoding/json/jsontext"
	"encoding/json/v2"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"publica"
)

// A sink takes the files that are derived from an export: those that grow with it,
// and those that are known whole.
type sink interface {
	open(name string) (io.Writer, error)
	whole(name string, data []byte) error
}

// deriver turns the lines of an export into files. What it does depends on the
// lines alone, so that everybody comes to the same bytes.
type deriver struct {
	sink   sink
	header *publica.ExportHeader
	seal   *publica.Leaf
	tables map[string]*table
	fates  fates
	parts  *table
	next   int64
}

// table is a CSV file that is being written.
type table struct {
	*csv.Writer
	columns []string
	rows    int64
}

func newDeriver(to sink) *deriver { return &deriver{sink: to, tables: map[string]*table{}} }

// line takes a line of the export without its newline.
func (d *deriver) line(raw []byte) error {
	if d.header == nil {
		return d.begin(raw)
	}
	var l publica.ExportLine
	if err := publica.DecodeStrict(raw, &l, "line "+strconv.FormatInt(d.next+2, 10)); err != nil {
		return err
	}
	leaf, err := publica.ParseLeaf(l.Leaf)
	if err != nil {
		return err
	}
	if l.Position != d.next {
		return publica.Problem(publica.Malformed, ExportName, "line "+strconv.FormatInt(d.next+2, 10)+" says another position")
	}
	d.next++
	return d.record(&l, leaf)
}

func (d *deriver) begin(raw []byte) error {
	h := new(publica.ExportHeader)
	if err := publica.DecodeStrict(raw, h, "header"); err != nil {
		return err
	}
	seal, err := publica.ParseLeaf(h.Seal)
	if err != nil {
		return err
	}
	d.header, d.seal = h, seal
	d.parts, err = d.table(PartsName, words("position id kind part media size commitment state file"))
	return err
}

// table begins a table.
func (d *deriver) table(name string, columns []string) (*table, error) {
	w, err := d.sink.open(name)
	if err != nil {
		return nil, err
	}
	t := &table{Writer: csv.NewWriter(w), columns: columns}
	t.UseCRLF = true // RFC 4180
	d.tables[name] = t
	return t, t.Write(columns)
}

func (t *table) row(cells ...string) error {
	t.rows++
	return t.Write(cells)
}

// fileOf names the CSV file of a kind.
func fileOf(kind publica.Kind) string {
	return "records/" + strings.ReplaceAll(string(kind), "/", "-") + ".csv"
}

// record writes the row of one leaf.
func (d *deriver) record(l *publica.ExportLine, leaf *publica.Leaf) error {
	r := record{position: l.Position, id: leaf.ID(), leaf: leaf, content: l.Content}
	if leaf.Entry != nil {
		e, err := publica.ParseEntry(leaf.Entry)
		if err != nil {
			return err
		}
		r.entry, r.kind, r.body = e, e.Kind, e.Body
	} else if leaf.System != nil {
		r.kind, r.body = leaf.System.Kind, leaf.System.Body
	} else {
		return publica.Problem(publica.Malformed, ExportName, "holds a seal, which belongs to no docket")
	}
	name := fileOf(r.kind)
	t := d.tables[name]
	if t == nil {
		var err error
		if t, err = d.table(name, columns(r.kind, r.entry != nil)); err != nil {
			return err
		}
	}
	cells, err := r.cells()
	if err != nil {
		return fmt.Errorf("record %s: %w", r.id, err)
	}
	if err := t.row(cells...); err != nil {
		return err
	}
	if err := d.content(&r); err != nil {
		return err
	}
	if leaf.Refused != nil {
		return nil
	}
	return d.fates.take(&r)
}

// content lists the parts of a record, and puts those that are no column of it
// into files.
func (d *deriver) content(r *record) error {
	if r.entry == nil {
		return nil
	}
	texts := layouts[r.kind].texts
	for i := range r.entry.Content {
		p := &r.entry.Content[i]
		state, file := "not held", ""
		if c := r.part(p.Name); c != nil {
			state = "here"
			if !slices.Contains(texts, p.Name) {
				file = fmt.Sprintf("files/%d-%d%s", r.position, i+1, extension(p.Media))
				if err := d.sink.whole(file, c.Data); err != nil {
					return err
				}
			}
		}
		if err := d.parts.row(strconv.FormatInt(r.position, 10), r.id.String(), string(r.kind), p.Name, p.Media,
			strconv.FormatInt(p.Size, 10), p.Commitment.String(), state, file); err != nil {
			return err
		}
	}
	return nil
}

// extension is how the name of a file of a media type ends. The list is fixed: what
// a machine says of media types differs from machine to machine.
func extension(media string) string {
	media, _, _ = strings.Cut(media, ";")
	if e, ok := extensions[media]; ok {
		return e
	}
	return ".bin"
}

var extensions = map[string]string{
	"text/plain": ".txt", "text/markdown": ".md", "text/csv": ".csv", "application/json": ".json", "application/pdf": ".pdf",
	"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp", "application/zip": ".zip",
	"application/vnd.oasis.opendocument.text":                                 ".odt",
	"application/vnd.oasis.opendocument.spreadsheet":                          ".ods",
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":       ".xlsx",
}

// finish writes what can be said only when all lines are there.
func (d *deriver) finish() error {
	if d.header == nil {
		return publica.Problem(publica.Malformed, ExportName, "is empty")
	}
	if d.next != d.header.Head.Size {
		return publica.Problem(publica.Malformed, ExportName, fmt.Sprintf("holds %d records of a docket that has %d", d.next, d.header.Head.Size))
	}
	t, err := d.table(ContributionsName, contributionColumns)
	if err != nil {
		return err
	}
	if err := d.fates.write(t); err != nil {
		return err
	}
	for _, t := range d.tables { // each by itself: the order is no matter
		if t.Flush(); t.Error() != nil {
			return t.Error()
		}
	}
	return d.sink.whole(ReadmeName, d.readme())
}

// record is a leaf that is read.
type record struct {
	position int64
	id       publica.EntryID
	kind     publica.Kind
	leaf     *publica.Leaf
	entry    *publica.Entry // nil of a system record
	body     jsontext.Value
	content  []publica.Content
}

func (r *record) part(name string) *publica.Content {
	for i := range r.content {
		if r.content[i].Name == name {
			return &r.content[i]
		}
	}
	return nil
}

// cells are those of a record's row, in the order of columns.
func (r *record) cells() ([]string, error) {
	cells := []string{strconv.FormatInt(r.position, 10), r.id.String(), r.leaf.Time.String()}
	if e := r.entry; e != nil {
		refused := publica.Refusal{}
		if r.leaf.Refused != nil {
			refused = *r.leaf.Refused
		}
		body := ""
		if !e.For.IsZero() {
			body = e.For.String()
		}
		cells = append(cells, e.Author.String(), body, e.Made.String(), string(refused.Code), Cell(refused.Field), Cell(refused.Message))
	}
	members := map[string]jsontext.Value{}
	if err := json.Unmarshal(r.body, &members); err != nil {
		return nil, err
	}
	l := layouts[r.kind]
	for _, m := range l.members {
		cells = append(cells, value(m, members[m]))
		delete(members, m)
	}
	more := ""
	if len(members) > 0 {
		raw, err := json.Marshal(members, json.Deterministic(true))
		if err != nil {
			return nil, err
		}
		more = string(raw)
	}
	cells = append(cells, more)
	for _, t := range l.texts {
		text := ""
		if c := r.part(t); c != nil {
			text = Cell(strings.ToValidUTF8(string(c.Data), "\uFFFD"))
		}
		cells = append(cells, text)
	}
	return cells, nil
}

// value is a member's cell: a string as it is, a whole entry by its id, anything
// else as JSON.
func value(member string, v jsontext.Value) string {
	switch {
	case v == nil:
		return ""
	case v.Kind() == '"':
		raw, err := jsontext.AppendUnquote(nil, v)
		if err != nil {
			return Cell(string(v))
		}
		return Cell(string(raw))
	case member == "entry" && v.Kind() == '{':
		return publica.ID(v).String()
	}
	return Cell(string(v))
}

// Cell keeps a person's words from being a formula to a spreadsheet: a text that
// begins as one gets an apostrophe before it.
func Cell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

// IDCell is a record's id, empty if there is none.
func IDCell(id publica.EntryID) string {
	if id.IsZero() {
		return ""
	}
	return id.String()
}

// TimeCell is a time, empty if there is none.
func TimeCell(t publica.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.String()
}

// readme explains the archive and every column of its files.
func (d *deriver) readme() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `Docket %s
of the register %s, whole, as of %s.

This archive holds all %d records of the docket in their order. docket.jsonl
proves it: that none is missing, added or altered, and who signed each. All other
files are derived from it, for people and spreadsheets. Check everything, offline,
with a policy that says whom you believe:

    publica verify this-file.zip --policy policy.txt

It derives all files from docket.jsonl again and compares them byte for byte.

All times are UTC. Files are UTF-8, CSV as RFC 4180 has it. A text that begins with
one of = + - @ has an apostrophe before it, so that no spreadsheet takes it for a
formula; docket.jsonl has it as it was written. What was erased, or is out of sight,
is in no file; the record that it belongs to stays. A text may be longer than the
32767 characters that some spreadsheets show in one cell.
`, d.header.Docket, d.header.Register, d.seal.Time, d.header.Head.Size)
	for _, name := range slices.Sorted(maps.Keys(d.tables)) {
		t := d.tables[name]
		fmt.Fprintf(&b, "\n%s (%d rows)\n", name, t.rows)
		for _, c := range t.columns {
			fmt.Fprintf(&b, "  %-17s %s\n", c, meaning(c))
		}
	}
	return b.Bytes()
}

func meaning(column string) string {
	if m, ok := meanings[column]; ok {
		return m
	}
	return meanings[strings.TrimSuffix(column, "_text")]
}
