package importer

import (
	"maps"
	"slices"

	"publica"
)

// DraftBody is the body of "participation/draft".
type DraftBody struct {
	Changes  []DraftChange  `json:"changes,omitempty"`
	Imported *Claim         `json:"imported,omitzero"`
	Sections []DraftSection `json:"sections"`
	Version  int64          `json:"version"`

	moved []string // sections that are new, changed or removed
}

// A DraftSection names a section of a version. Without Part its text is that of
// the version before.
type DraftSection struct {
	ID    string            `json:"id"`
	Ideas []publica.EntryID `json:"ideas,omitempty"`
	Part  string            `json:"part,omitzero"`
}

// A DraftChange gives the reason, in a content part, for one section that is
// not what it was.
type DraftChange struct {
	Part    string `json:"part"`
	Section string `json:"section"`
}

// Changed returns how many sections have new text.
func (b *DraftBody) Changed() (n int) {
	for _, s := range b.Sections {
		if s.Part != "" {
			n++
		}
	}
	return n
}

// Explain gives one reason for every section that is new, changed or removed,
// and returns the content part that holds it.
func (b *DraftBody) Explain(reason string) []Part {
	for _, id := range b.moved {
		b.Changes = append(b.Changes, DraftChange{Part: "reason", Section: id})
	}
	if len(b.Changes) == 0 {
		return nil
	}
	return []Part{{Name: "reason", Media: "text/markdown", Text: reason}}
}

// A Drafter makes versions of one document. The zero value stands before
// version 1. An imported draft gives no reasons that its source did not give.
type Drafter struct {
	Version int64                        // of the last draft made
	Texts   map[string]string            // section id → text in that version
	Carried map[string][]publica.EntryID // ideas a section carries on, by section id
	IdeaOf  func(issue int) (publica.EntryID, bool)
}

// Next returns the body and the content parts of the version made of sections:
// only new and changed texts are carried.
func (d *Drafter) Next(sections []Section) (DraftBody, []Part) {
	d.Version++
	body := DraftBody{Version: d.Version}
	var parts []Part
	texts := make(map[string]string, len(sections))
	carried := map[publica.EntryID]bool{} // the first of several sections on one idea carries it
	for _, s := range sections {
		ds := DraftSection{ID: s.ID, Ideas: d.Carried[s.ID]}
		if before, ok := d.Texts[s.ID]; !ok || before != s.Text {
			ds.Part = "section:" + s.ID
			parts = append(parts, Part{Name: ds.Part, Media: "text/markdown", Text: s.Text, Stable: true})
			body.moved = append(body.moved, s.ID)
		}
		if s.Issue > 0 && d.IdeaOf != nil {
			if id, ok := d.IdeaOf(s.Issue); ok && !carried[id] {
				carried[id] = true
				ds.Ideas = []publica.EntryID{id}
			}
		}
		texts[s.ID] = s.Text
		body.Sections = append(body.Sections, ds)
	}
	for _, id := range slices.Sorted(maps.Keys(d.Texts)) {
		if _, stays := texts[id]; !stays {
			body.moved = append(body.moved, id)
		}
	}
	d.Texts = texts
	return body, parts
}
