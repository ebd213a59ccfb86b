package web

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"publica"
)

// A Form is what people fill in at the desk: fields that say what they want, and
// what was wrong with what they got. Template "fields" draws it; what it leads to
// is an [Act].
type Form struct {
	Do     string // which act it is
	Fields []FormField
	sent   url.Values // nil: shown for the first time
}

// A FormField is one of a form.
type FormField struct {
	Name    string
	Kind    string // text, find (a text that is searched for: the form comes again), area, short (an area of few lines), date, moment, select, checks, rows, hidden
	Label   string
	Hint    string
	Value   string
	Options []Choice
	Ticked  []string
	Rows    []FormRow
	Wrong   string
}

// A Choice is an option of a select, or one to tick. Choices of one group stand
// together under its name; "" is none.
type Choice struct{ Value, Text, Group string }

// Option is a choice of no group.
func Option(value, text string) Choice { return Choice{Value: value, Text: text} }

// A FormRow is a line of a field of several: fields of its own, or a note alone.
type FormRow struct {
	Legend string
	Note   string
	Fields []FormField
}

// Has reports whether an option is ticked.
func (f *FormField) Has(value string) bool { return slices.Contains(f.Ticked, value) }

// Starts reports whether an option is the first of its group.
func (f *FormField) Starts(i int) bool {
	return f.Options[i].Group != "" && (i == 0 || f.Options[i-1].Group != f.Options[i].Group)
}

// Took gives the form what was sent: fields that are added from then on hold it.
func (f *Form) Took(sent url.Values) { f.sent = sent }

// WasSent reports whether the form was sent.
func (f *Form) WasSent() bool { return f.sent != nil }

// Sent returns what was sent under a name, without white space around it.
func (f *Form) Sent(name string) string {
	return strings.TrimSpace(strings.ReplaceAll(f.sent.Get(name), "\r\n", "\n"))
}

// SentAll returns all that was sent under a name, as what is ticked is.
func (f *Form) SentAll(name string) []string { return f.sent[name] }

// Add puts a field into the form, with what was sent or, before that, with a value.
func (f *Form) Add(one FormField, value string) {
	f.fill(&one, value)
	f.Fields = append(f.Fields, one)
}

func (f *Form) fill(one *FormField, value string) {
	one.Value = value
	if f.sent != nil {
		one.Value, one.Ticked = f.Sent(one.Name), f.sent[one.Name]
	}
}

// AddRows adds a field of n rows, each with the fields that row gives it and their
// values. The fields of row i are named with a hyphen and i behind.
func (f *Form) AddRows(one FormField, n int, row func(i int) FormRow) {
	one.Kind = "rows"
	for i := range n {
		r := row(i)
		for j := range r.Fields {
			c := &r.Fields[j]
			c.Name += "-" + strconv.Itoa(i)
			f.fill(c, c.Value)
		}
		one.Rows = append(one.Rows, r)
	}
	f.Fields = append(f.Fields, one)
}

// Cell returns what stands in a column of a row of a field.
func (f *Form) Cell(name, column string, i int) string {
	at := f.Field(name)
	if i >= len(at.Rows) {
		return ""
	}
	for j := range at.Rows[i].Fields {
		if c := &at.Rows[i].Fields[j]; c.Name == column+"-"+strconv.Itoa(i) {
			return c.Value
		}
	}
	return ""
}

// RefuseCell says at a column of a row what is wrong with it.
func (f *Form) RefuseCell(name, column string, i int, words string) {
	at := f.Field(name)
	if i >= len(at.Rows) {
		return
	}
	for j := range at.Rows[i].Fields {
		if c := &at.Rows[i].Fields[j]; c.Name == column+"-"+strconv.Itoa(i) && c.Wrong == "" {
			c.Wrong = words
		}
	}
}

// Field returns a field by its name.
func (f *Form) Field(name string) *FormField {
	i := slices.IndexFunc(f.Fields, func(x FormField) bool { return x.Name == name })
	if i < 0 {
		return &FormField{}
	}
	return &f.Fields[i]
}

// Get returns what a field holds.
func (f *Form) Get(name string) string { return f.Field(name).Value }

// Chosen returns the text of the option that a select holds.
func (f *Form) Chosen(name string) string {
	at := f.Field(name)
	for _, o := range at.Options {
		if o.Value == at.Value {
			return strings.TrimSpace(o.Text)
		}
	}
	return ""
}

// Refuse says at a field what is wrong with it, unless something is said there.
func (f *Form) Refuse(name, words string) {
	if at := f.Field(name); at.Wrong == "" {
		at.Wrong = words
	}
}

// Want refuses fields that are empty.
func (f *Form) Want(l *Locale, names ...string) {
	for _, n := range names {
		if at := f.Field(n); at.Value == "" && (at.Kind != "checks" || len(at.Ticked) == 0) {
			f.Refuse(n, l.T("This is missing."))
		}
	}
}

// Wrong counts the fields that want something.
func (f *Form) Wrong() (n int) {
	for i := range f.Fields {
		if f.Fields[i].Wrong != "" {
			n++
		}
		for _, r := range f.Fields[i].Rows {
			for _, c := range r.Fields {
				if c.Wrong != "" {
					n++
				}
			}
		}
	}
	return n
}

// Ready completes an act for its page, or shows the form again with what is wrong.
func (f *Form) Ready(d *Desk, l *Locale) bool {
	n := f.Wrong()
	if n > 0 {
		d.Refuse(l, l.N(n, "{n} field wants something.", "{n} fields want something."), l.T("Each says what."))
	}
	return n == 0
}

// Day reads a field's date: its first moment in UTC, or its last. Zero if there is
// none.
func (f *Form) Day(l *Locale, name string, last bool) publica.Time {
	t, wrong := ReadDay(l, f.Get(name), last)
	if wrong != "" {
		f.Refuse(name, wrong)
	}
	return t
}

// ReadDay reads a form's date, "" as zero; wrong says what is wrong with it.
func ReadDay(l *Locale, text string, last bool) (t publica.Time, wrong string) {
	if text == "" {
		return 0, ""
	}
	day, err := time.Parse(time.DateOnly, text)
	switch {
	case err != nil:
		return 0, l.T("This is no day. Write it as 2026-03-31.")
	case last:
		return publica.TimeOf(day.AddDate(0, 0, 1)) - 1, ""
	}
	return publica.TimeOf(day), ""
}

// Moment reads a field's date and time, in UTC. Zero if there is none.
func (f *Form) Moment(l *Locale, name string) publica.Time {
	text := f.Get(name)
	if text == "" {
		return 0
	}
	t, ok := ParseFormTime(text)
	if !ok {
		f.Refuse(name, l.T("This is no day and time. Write it as 2026-03-31T12:00."))
		return 0
	}
	return t
}

// MomentOf writes a time as a form's date and time, "" for none.
func MomentOf(t publica.Time) string {
	if t == 0 {
		return ""
	}
	return t.Std().UTC().Format(FormTime)
}

// Number reads a field's value, which has at most so many digits after the point.
func (f *Form) Number(l *Locale, name string, decimals int64) (v int64, ok bool) {
	text := f.Get(name)
	if text == "" {
		return 0, false
	}
	v, wrong := ReadNumber(l, text, decimals)
	if wrong != "" {
		f.Refuse(name, wrong)
	}
	return v, wrong == ""
}

// ReadNumber reads a number with at most so many digits after the point as an
// integer; wrong says what is wrong with it.
func ReadNumber(l *Locale, text string, decimals int64) (v int64, wrong string) {
	v, ok := ParseDecimal(text, decimals)
	if !ok {
		return 0, l.N(decimals, "This is no number with at most {n} digit after the point.", "This is no number with at most {n} digits after the point.")
	}
	return v, ""
}

// ParseDecimal reads a number as an integer: text times ten to the power of
// decimals.
func ParseDecimal(text string, decimals int64) (int64, bool) {
	whole, part, _ := strings.Cut(text, ".")
	if int64(len(part)) > decimals || len(text) > 18 || strings.ContainsAny(part, "+-") {
		return 0, false
	}
	v, err := strconv.ParseInt(whole+part+strings.Repeat("0", int(decimals)-len(part)), 10, 64)
	return v, err == nil
}

// FormDecimal writes an integer as [ParseDecimal] reads it.
func FormDecimal(v, decimals int64) string {
	if decimals <= 0 {
		return strconv.FormatInt(v, 10)
	}
	one := int64(1)
	for range decimals {
		one *= 10
	}
	return fmt.Sprintf("%d.%0*d", v/one, int(decimals), v%one)
}

// Part returns a text as a part of an act, for what is to be signed.
func Part(name, media, text, label string) ActPart {
	return ActPart{Name: name, Media: media, Text: text, Label: label}
}
