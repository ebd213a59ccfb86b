package importer

import (
	"regexp"
	"slices"
	"strings"

	"publica"
	"publica/cmd/publica/compare"
)

// A TrackerRecord is a statement that an event of the tracker becomes.
type TrackerRecord struct {
	Event   int    // index of the event
	Promise string // name of the commitment, for example US0113.1
	Kind    publica.Kind
	Claim   string // of an update
	Parts   []Part
}

// The kinds that events of the tracker become.
const (
	adoptKind  publica.Kind = "commitment/adopt"
	updateKind publica.Kind = "commitment/update"
	amendKind  publica.Kind = "commitment/amend"
)

const (
	unstated = "unstated"
	removed  = "removed"
)

// wording names the texts of a promise: the content part, and the field of the
// source that it holds.
var wording = []struct{ part, media, field string }{
	{"title", "text/plain", "title"},
	{"action", "text/markdown", "commitment_detail_sub"},
	{"author", "text/plain", "commitment_agency"},
}

// typographyAlone begins the sentence by which an update says that texts of the
// promise changed, and no letter or digit of them.
const typographyAlone = "Typography alone changed in: "

// Records returns what the events become, in their order: at least one record
// each. A promise is adopted where it first appears. Letters or digits of its
// texts that change are an amendment, without a reason, for the source gives
// none. What is said anew of its progress, the end of its file and its return
// are updates. An event that does none of this is an update that says so.
func (t *Tracker) Records() []TrackerRecord {
	var out []TrackerRecord
	promises := map[string]*tracked{}
	for i := range t.Events {
		e := &t.Events[i]
		name := promiseOf(e.Path)
		p := promises[name]
		if p == nil {
			p = &tracked{}
			promises[name] = p
		}
		for _, r := range p.take(e) {
			r.Event, r.Promise = i, name
			out = append(out, r)
		}
	}
	return out
}

// tracked is one promise of the tracker.
type tracked struct {
	last  *page    // as it was last shown; nil before
	files []string // that show it now
}

func (p *tracked) take(e *TrackerEvent) []TrackerRecord {
	if e.Op == "D" {
		return p.deleted(e.Path)
	}
	now, before, back := readPage(e.Text), p.last, len(p.files) == 0
	if !slices.Contains(p.files, e.Path) {
		p.files = append(p.files, e.Path)
	}
	p.last = now
	if before == nil {
		return adoption(now)
	}
	return now.after(before, back, e.Path)
}

func (p *tracked) deleted(path string) []TrackerRecord {
	p.files = slices.DeleteFunc(p.files, func(f string) bool { return f == path })
	if len(p.files) > 0 {
		return []TrackerRecord{update(unstated, "", "", "Nothing that is promised or claimed changed. The source deleted the file "+path+"; it shows the promise in "+strings.Join(p.files, ", ")+".")}
	}
	return []TrackerRecord{update(removed, "", "", "The source deleted the file "+path+": it no longer shows the promise.")}
}

// update is one with what the source says of progress, its evidence, and what is
// to be noted of the source; any may be "".
func update(claim, text, evidence, note string) TrackerRecord {
	r := TrackerRecord{Kind: updateKind, Claim: claim}
	for _, p := range []Part{{Name: "text", Text: text}, {Name: "evidence", Text: evidence}, {Name: "note", Text: note}} {
		if p.Media = "text/markdown"; p.Text != "" {
			r.Parts = append(r.Parts, p)
		}
	}
	return r
}

func adoption(now *page) []TrackerRecord {
	words, _, _ := now.changes(&page{})
	out := []TrackerRecord{{Kind: adoptKind, Parts: words}}
	if text := now.progress(); text != "" {
		out = append(out, update(now.claim(), text, now.evidence(), ""))
	}
	return out
}

// after returns what a page becomes that stands where before stood; back says
// that it was not shown in between.
func (now *page) after(before *page, back bool, path string) (out []TrackerRecord) {
	words, typography, lost := now.changes(before)
	if len(words) > 0 {
		out = append(out, TrackerRecord{Kind: amendKind, Parts: words})
	}
	var notes []string
	claim, says, evidence := unstated, "", ""
	if back {
		notes = append(notes, "The source shows the promise again, in the file "+path+".")
		claim = now.claim()
	}
	if len(lost) > 0 {
		notes = append(notes, "The source no longer says: "+strings.Join(lost, ", ")+".")
	}
	switch text := now.progress(); {
	case sameProgress(text, before.progress()):
	case text == "":
		notes = append(notes, "The source no longer says how far the promise has come.")
	default:
		claim, says, evidence = now.claim(), text, now.evidence()
	}
	switch {
	case len(words) == 0 && len(notes) == 0 && says == "":
		notes = append(notes, "Nothing that is promised or claimed changed. "+now.differences(before, typography))
	case len(typography) > 0:
		notes = append(notes, typographyAlone+strings.Join(typography, ", ")+".")
	}
	if len(notes) > 0 || says != "" {
		out = append(out, update(claim, says, evidence, strings.Join(notes, "\n\n")))
	}
	return out
}

// changes returns the texts of a promise that are new, the fields of those in
// which typography alone changed, and of those that say nothing any more.
func (now *page) changes(before *page) (words []Part, typography, lost []string) {
	for _, w := range wording {
		old, text := before.fields[w.field], now.fields[w.field]
		switch same := compare.Letters(old) == compare.Letters(text); {
		case same && old != text:
			typography = append(typography, w.field)
		case same:
		case compare.Letters(text) == "":
			lost = append(lost, w.field)
		default:
			if w.media == "text/plain" {
				text = lineBreaks.ReplaceAllString(text, "\n")
			}
			words = append(words, Part{Name: w.part, Media: w.media, Text: text})
		}
	}
	return words, typography, lost
}

var (
	lineBreaks = regexp.MustCompile(`(?i)\s*<br\s*/?>\s*`)
	linkTag    = regexp.MustCompile(`(?i)<a\s[^<>]*?href="([^"]*)"[^<>]*>`)
)

// sameProgress reports whether two texts have the same letters, addresses of
// links included.
func sameProgress(a, b string) bool {
	return compare.Letters(linkTag.ReplaceAllString(a, " $1 ")) == compare.Letters(linkTag.ReplaceAllString(b, " $1 "))
}

// differences says in words in which fields two pages differ, of which no text
// and no progress does in its letters.
func (now *page) differences(before *page, typography []string) string {
	if now.progress() != before.progress() {
		typography = append(typography, "the text on its progress")
	}
	var others []string
	for _, f := range pageFields {
		if now.fields[f] != before.fields[f] && !slices.Contains(typography, f) && !slices.Contains(progressFields, f) {
			others = append(others, f)
		}
	}
	var says []string
	if len(typography) > 0 {
		says = append(says, typographyAlone+strings.Join(typography, ", ")+".")
	}
	if len(others) > 0 {
		says = append(says, "The source changed: "+strings.Join(others, ", ")+".")
	}
	if len(says) == 0 {
		return "What the source says is as it was."
	}
	return strings.Join(says, " ")
}
