package commitmentview

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"publica"
	"publica/internal/web"
)

// A form is what people fill in at the desk: fields that say what they want, and
// what was wrong with what they got.
type form struct {
	Do     string // which act it is
	Fields []field
	sent   url.Values // nil: shown for the first time
}

// A field is one of a form.
type field struct {
	Name    string
	Kind    string // text, area, date, select, checks, milestones
	Label   string
	Hint    string
	Value   string
	Options []choice
	Ticked  []string
	Rows    []milestoneRow
	Wrong   string
}

// A milestoneRow is a milestone to fill in.
type milestoneRow struct {
	ID, Due, Says string
	Part          string
	Done          bool // it stands
	Gone          bool // promised no more
}

// Has reports whether an option is ticked.
func (f *field) Has(value string) bool { return slices.Contains(f.Ticked, value) }

// add puts a field into the form, with what was sent or, before that, with a value.
func (f *form) add(one field, value string) {
	one.Value = value
	if f.sent != nil {
		one.Value = strings.TrimSpace(strings.ReplaceAll(f.sent.Get(one.Name), "\r\n", "\n"))
		one.Ticked = f.sent[one.Name]
	}
	f.Fields = append(f.Fields, one)
}

// field returns a field by its name.
func (f *form) field(name string) *field {
	i := slices.IndexFunc(f.Fields, func(x field) bool { return x.Name == name })
	if i < 0 {
		return &field{}
	}
	return &f.Fields[i]
}

func (f *form) get(name string) string { return f.field(name).Value }

// refuse says at a field what is wrong with it, unless something is said there.
func (f *form) refuse(name, words string) {
	if at := f.field(name); at.Wrong == "" {
		at.Wrong = words
	}
}

// want refuses a field that is empty.
func (f *form) want(l *web.Locale, names ...string) {
	for _, n := range names {
		if f.get(n) == "" {
			f.refuse(n, l.T("This is missing."))
		}
	}
}

// wrong counts the fields that want something.
func (f *form) wrong() (n int) {
	for i := range f.Fields {
		if f.Fields[i].Wrong != "" {
			n++
		}
	}
	return n
}

// day reads a field's date: its first moment in UTC, or its last. Zero if there is
// none.
func (f *form) day(l *web.Locale, name string, last bool) publica.Time {
	text := f.get(name)
	if text == "" {
		return 0
	}
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		f.refuse(name, l.T("This is no day. Write it as 2026-03-31."))
		return 0
	}
	if last {
		return publica.TimeOf(t.AddDate(0, 0, 1)) - 1
	}
	return publica.TimeOf(t)
}

// number reads a field's value, which has at most so many digits after the point.
func (f *form) number(l *web.Locale, name string, decimals int64) (v int64, ok bool) {
	text := f.get(name)
	if text == "" {
		return 0, false
	}
	v, ok = parseDecimal(text, decimals)
	if !ok {
		f.refuse(name, l.N(decimals, "This is no number with at most {n} digit after the point.", "This is no number with at most {n} digits after the point."))
	}
	return v, ok
}

// parseDecimal reads a number as an integer: text times ten to the power of
// decimals.
func parseDecimal(text string, decimals int64) (int64, bool) {
	whole, part, _ := strings.Cut(text, ".")
	if int64(len(part)) > decimals || len(text) > 18 || strings.ContainsAny(part, "+-") {
		return 0, false
	}
	v, err := strconv.ParseInt(whole+part+strings.Repeat("0", int(decimals)-len(part)), 10, 64)
	return v, err == nil
}

// dateOf writes a time as a form's date.
func dateOf(t publica.Time) string {
	if t == 0 {
		return ""
	}
	return t.Std().UTC().Format(time.DateOnly)
}

// roomFor is how many new milestones a form has lines for.
const roomFor = 4

// milestones adds lines for milestones: those that stand, and room for more.
func (f *form) milestones(label, hint string, stand []milestoneRow) {
	one := field{Name: "milestones", Kind: "milestones", Label: label, Hint: hint, Rows: stand}
	for range roomFor {
		one.Rows = append(one.Rows, milestoneRow{})
	}
	for i := range one.Rows {
		if row, at := &one.Rows[i], strconv.Itoa(i); f.sent != nil && !row.Done {
			row.Due, row.Says = strings.TrimSpace(f.sent.Get("due-"+at)), strings.TrimSpace(f.sent.Get("says-"+at))
			row.Gone = f.sent.Get("gone-"+at) != ""
		}
	}
	f.Fields = append(f.Fields, one)
}

// part returns a text as a part of an act, for what is to be signed.
func part(name, media, text, label string) web.ActPart {
	return web.ActPart{Name: name, Media: media, Text: text, Label: label}
}
