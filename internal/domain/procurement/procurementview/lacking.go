package procurementview

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"publica"
	"publica/tender"
)

// lackingFor is for how long what was made without all of its content stands as it
// is: content comes later than entries, and then more can be made. What was hidden
// never comes, and must not have everything made again for every reader.
const lackingFor = 30 * time.Second

// A watch notes whether something that a record names was not at hand while
// something was made of it.
type watch struct {
	lacking atomic.Bool
	until   publica.Time // when it may be made again, by the node's clock
	held    int64        // log size up to which the node held all content when the watch began

	mu      sync.Mutex // guards awaited
	awaited []int64    // log indexes of the records whose content may yet come, each once
}

// watch begins to watch.
func (p *pages) watch() *watch {
	return &watch{until: p.site.Now().Add(lackingFor), held: p.site.Held()}
}

// retry is the watch over what could not be made: it may be for want of content.
func (p *pages) retry() *watch {
	w := p.watch()
	w.lacking.Store(true)
	return w
}

// stands reports whether what was made is good enough: it lacks nothing, or was made
// a moment ago. It is nil if nothing was made.
func (w *watch) stands(now publica.Time) bool {
	return w != nil && (!w.lacking.Load() || now < w.until)
}

// over watches the content of records.
func (w *watch) over(records []tender.Record, content tender.Content) tender.Content {
	named := make(map[publica.EntryID]*tender.Record, len(records))
	for i := range records {
		named[records[i].ID] = &records[i]
	}
	return func(id publica.EntryID, part string) ([]byte, bool) {
		raw, ok := content(id, part)
		if r := named[id]; !ok && r != nil && slices.ContainsFunc(r.Parts, func(p publica.Part) bool { return p.Name == part }) {
			w.lack(r.Index)
		}
		return raw, ok
	}
}

// lack notes that content of a record is not at hand. Of what the node said it holds
// it is hidden, and nobody waits for it.
func (w *watch) lack(index int64) {
	w.lacking.Store(true)
	if index < w.held {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if !slices.Contains(w.awaited, index) {
		w.awaited = append(w.awaited, index)
	}
}

// patience is for how long what is published waits for content that the node does
// not hold, from when it was missed first. What no node has must not keep readers
// from all that came after it.
const patience = 5 * time.Minute

// A waiting knows since when content is waited for.
type waiting struct {
	mu    sync.Mutex             // guards since
	since map[int64]publica.Time // by log index of the record it belongs to
}

// first returns the log index of the first record whose content is still waited for,
// false if there is none.
func (x *waiting) first(w *watch, now publica.Time) (index int64, is bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	x.mu.Lock()
	defer x.mu.Unlock()
	for i := range x.since {
		if i < w.held {
			delete(x.since, i) // it has come
		}
	}
	for _, i := range w.awaited {
		if x.since == nil {
			x.since = map[int64]publica.Time{}
		}
		if x.since[i] == 0 {
			x.since[i] = now
		}
		if now < x.since[i].Add(patience) && (!is || i < index) {
			index, is = i, true
		}
	}
	return index, is
}
