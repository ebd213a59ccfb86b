// Package promises reports on the commitments of a docket from its records and
// their texts: where each stood at a time, what was reworded and what went
// backwards, and what keeps promises from being checkable. All of it is computed
// by package ogp; nothing is judged here.
//
// The package must not know where records come from: an export, or a folder with
// what is to be imported. It knows no files and no terminal.
package promises

import (
	"cmp"
	"encoding/json/v2"
	"maps"
	"regexp"
	"slices"
	"strings"

	"publica"
	"publica/ogp"
)

// A Record is an accepted record of the docket with the texts that are at hand.
type Record struct {
	ogp.Record
	Texts map[string]string // content parts, by name
}

// A Book is what the records of one docket say of its commitments.
type Book struct {
	promises []*ogp.Promise
	records  map[publica.EntryID]*Record
	origins  map[publica.EntryID]origin
	last     publica.Time
}

// origin is where a record was imported from.
type origin struct {
	Label string `json:"label"`
	URL   string `json:"url"`
}

// Read reads the records of a docket, in order; those of other kinds are left
// out. It fails with a [publica.Error] if they are not those of one docket.
func Read(records []Record) (*Book, error) {
	b := &Book{records: map[publica.EntryID]*Record{}, origins: map[publica.EntryID]origin{}}
	var plain []ogp.Record
	for i := range records {
		r := &records[i]
		if !slices.Contains(ogp.PromiseKinds, r.Kind) {
			continue
		}
		plain = append(plain, r.Record)
		b.records[r.ID] = r
		var body struct {
			Imported *origin `json:"imported"`
		}
		if err := json.Unmarshal(r.Body, &body); err != nil {
			return nil, err
		}
		if body.Imported != nil {
			b.origins[r.ID] = *body.Imported
		}
	}
	var err error
	if b.promises, err = ogp.Promises(plain); err != nil {
		return nil, err
	}
	slices.SortStableFunc(b.promises, func(x, y *ogp.Promise) int { return byNumbers(x.Name, y.Name) })
	for _, p := range b.promises {
		for _, s := range append([]ogp.Step{p.Adopted}, p.Steps...) {
			b.last = max(b.last, s.When)
		}
	}
	return b, nil
}

var runs = regexp.MustCompile(`[0-9]+|[^0-9]+`)

// byNumbers compares names so that R2 stands before R10.
func byNumbers(a, b string) int {
	return slices.CompareFunc(runs.FindAllString(a, -1), runs.FindAllString(b, -1), func(x, y string) int {
		if c := cmp.Compare(len(x), len(y)); c != 0 && isNumber(x) && isNumber(y) {
			return c
		}
		return strings.Compare(x, y)
	})
}

func isNumber(s string) bool { return s[0] >= '0' && s[0] <= '9' }

// Last is the time as of which the last record counts.
func (b *Book) Last() publica.Time { return b.last }

// Promises returns what ogp reads from the records.
func (b *Book) Promises() []*ogp.Promise { return b.promises }

// Imported returns how many events of how many places the records were imported
// from, by their labels and addresses.
func (b *Book) Imported() (events, places int) {
	labels, urls := map[origin]bool{}, map[string]bool{}
	for o := range maps.Values(b.origins) {
		labels[o], urls[o.URL] = true, true
	}
	return len(labels), len(urls)
}

// Text returns the content part of a record, "" if it is not at hand.
func (b *Book) Text(id publica.EntryID, part string) string {
	r := b.records[id]
	if r == nil {
		return ""
	}
	return r.Texts[part]
}

// words returns a text of a promise as it was at a time.
func (b *Book) words(p *ogp.Promise, part string, at publica.Time) string {
	text := b.Text(p.Adopted.ID, part)
	for _, r := range p.Rewordings() {
		if r.When <= at && slices.Contains(r.Fields, part) {
			text = b.Text(r.ID, part)
		}
	}
	return text
}
