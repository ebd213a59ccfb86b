package main

import (
	"bytes"
	"cmp"
	"encoding/json/v2"
	"fmt"
	"maps"
	"slices"
	"strings"

	"publica"
	"publica/ogp"
)

// A docketDebt is what a docket's lead body still owes, computed from the
// docket's records alone.
type docketDebt struct {
	docket  publica.DocketID
	lead    publica.BodyID
	version int64   // of the latest draft
	owed    []int64 // positions of contributions not answered, ascending
	ghosts  []ghost // what lacks a reason, by version

	texts   map[string]string            // sections of the latest draft, where the export holds the text
	carried map[string][]publica.EntryID // ideas that its sections carry
}

// A ghost is a section changed or removed, or an idea dropped, without a
// reason.
type ghost struct {
	version int64
	section string
	idea    publica.EntryID
}

// The members of bodies that decide what is owed.
type (
	draftBody struct {
		Version  int64 `json:"version"`
		Sections []struct {
			ID    string            `json:"id"`
			Ideas []publica.EntryID `json:"ideas"`
			Part  string            `json:"part"`
		} `json:"sections"`
		Changes []struct {
			Section string          `json:"section"`
			Idea    publica.EntryID `json:"idea"`
		} `json:"changes"`
	}
	explainBody struct {
		Version  int64             `json:"version"`
		Sections []string          `json:"sections"`
		Ideas    []publica.EntryID `json:"ideas"`
	}
)

// A ledger follows a docket record by record.
type ledger struct {
	debt      docketDebt
	collector ogp.Collector                 // keeps what is owed
	texts     map[string]publica.Commitment // last known text of each section
	standing  map[ghost]bool                // sections and ideas of the latest version; version unset
	lost      map[ghost]int64               // which version removed it silently; version unset
	ghosts    map[ghost]bool
}

// debtOf computes what is owed from a docket's records, in order.
func debtOf(docket publica.DocketID, records []record) (*docketDebt, error) {
	l := &ledger{
		texts: map[string]publica.Commitment{}, ghosts: map[ghost]bool{}, lost: map[ghost]int64{},
	}
	l.debt.docket = docket
	for i := range records {
		r := &records[i]
		if r.entry == nil || r.leaf.Refused != nil {
			continue
		}
		if err := l.collector.Take(r.position, ogp.Record{ID: r.id, Kind: r.entry.Kind, Body: r.entry.Body}); err != nil {
			return nil, err
		}
		if err := l.take(r); err != nil {
			return nil, fmt.Errorf("record %d of the docket, %s: %w", r.position, r.entry.Kind, err)
		}
	}
	l.debt.owed = l.collector.Open()
	l.debt.ghosts = slices.SortedFunc(maps.Keys(l.ghosts), compareGhosts)
	return &l.debt, nil
}

func (l *ledger) take(r *record) error {
	switch r.entry.Kind {
	case "docket/open":
		l.debt.lead = r.entry.For
	case "participation/draft":
		return l.draft(r)
	case "participation/explain":
		var b explainBody
		if err := json.Unmarshal(r.entry.Body, &b); err != nil {
			return err
		}
		for _, id := range b.Sections {
			delete(l.ghosts, ghost{version: b.Version, section: id})
		}
		for _, id := range b.Ideas {
			delete(l.ghosts, ghost{version: b.Version, idea: id})
		}
	}
	return nil
}

// draft takes a version: what it changes, removes or drops without a reason
// haunts; what was removed silently and is back no longer does.
func (l *ledger) draft(r *record) error {
	var b draftBody
	if err := json.Unmarshal(r.entry.Body, &b); err != nil {
		return err
	}
	reasons := map[ghost]bool{}
	for _, c := range b.Changes {
		reasons[ghost{section: c.Section, idea: c.Idea}] = true
	}
	now := map[ghost]bool{}
	words, carried := map[string]string{}, map[string][]publica.EntryID{}
	for _, s := range b.Sections {
		on := ghost{section: s.ID}
		now[on] = true
		if len(s.Ideas) > 0 {
			carried[s.ID] = s.Ideas
		}
		text, held := l.debt.texts[s.ID]
		for _, id := range s.Ideas {
			now[ghost{idea: id}] = true
		}
		if p, ok := r.entry.Part(s.Part); ok {
			if before, known := l.texts[s.ID]; known && before != p.Commitment && !reasons[on] {
				l.ghosts[on.in(b.Version)] = true
			}
			l.texts[s.ID] = p.Commitment
			text, held = r.text(s.Part)
		}
		if held {
			words[s.ID] = text
		}
	}
	for on, version := range l.lost {
		if now[on] {
			delete(l.ghosts, on.in(version))
			delete(l.lost, on)
		}
	}
	for on := range l.standing {
		if !now[on] && !reasons[on] {
			l.ghosts[on.in(b.Version)] = true
			l.lost[on] = b.Version
		}
	}
	l.debt.version, l.debt.texts, l.debt.carried, l.standing = b.Version, words, carried, now
	return nil
}

// in returns the ghost of the same section or idea in a version.
func (g ghost) in(version int64) ghost {
	g.version = version
	return g
}

func compareGhosts(a, b ghost) int {
	return cmp.Or(cmp.Compare(a.version, b.version), strings.Compare(a.section, b.section), bytes.Compare(a.idea[:], b.idea[:]))
}

// ranges joins ascending positions into ranges, both ends included.
func ranges(positions []int64) (out [][2]int64) {
	for _, p := range positions {
		if n := len(out); n > 0 && out[n-1][1] == p-1 {
			out[n-1][1] = p
			continue
		}
		out = append(out, [2]int64{p, p})
	}
	return out
}
