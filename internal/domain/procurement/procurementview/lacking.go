package procurementview

import (
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
}

// watch begins to watch.
func (p *pages) watch() *watch { return &watch{until: p.site.Now().Add(lackingFor)} }

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
	named := map[publica.EntryID][]publica.Part{}
	for i := range records {
		named[records[i].ID] = records[i].Parts
	}
	return func(id publica.EntryID, part string) ([]byte, bool) {
		raw, ok := content(id, part)
		for i := range named[id] {
			if !ok && named[id][i].Name == part {
				w.lacking.Store(true)
			}
		}
		return raw, ok
	}
}
