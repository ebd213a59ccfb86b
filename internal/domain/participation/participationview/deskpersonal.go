package participationview

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"publica"
	"publica/internal/personal"
	"publica/internal/readmodel"
	"publica/internal/web"
)

const (
	// searchedAtOnce is how many contributions are looked through in one go: a part of
	// a second's work.
	searchedAtOnce = 500
	// searchedBytes bounds how much of one attached text is looked through.
	searchedBytes = 64 << 10
	// searchPause is how long the search lets new contributions gather.
	searchPause = time.Second
)

// A personalSearch looks through every contribution for what may be personal data, in
// the background, for the moderators' desk. It keeps which ones it found, and none of
// their words: a desk looks at the text again before it shows any.
type personalSearch struct {
	site  *web.Site
	model Reader

	mu    sync.Mutex        // guards the rest; held while some are looked through
	next  int64             // whatever was changed before this log index was looked through
	size  int64             // of the log, when it was last looked at
	found map[int64][]int64 // by docket: log indexes of contributions, in order
}

// A searched is what of a contribution is looked through.
type searched struct {
	index, docket int64
	entry         publica.EntryID
	time          publica.Time
	files         int64
	text          string // with title, name of the author, and what its source calls it
}

const searchedColumns = `SELECT c.idx, c.docket, e.id, e.time, c.files, t.title, t.text, c.name, c.label, c.modified
	FROM contribution c JOIN entry e ON e.idx = c.idx JOIN document t ON t.idx = c.idx `

func scanSearched(scan readmodel.Scan, c *searched, modified *int64) error {
	var title, text, name, label string
	if err := scan(&c.index, &c.docket, &c.entry, &c.time, &c.files, &title, &text, &name, &label, modified); err != nil {
		return err
	}
	c.text = strings.Join([]string{title, text, name, label}, "\n")
	return nil
}

// run looks through what there is and what comes, with half of one processor at most.
func (p *personalSearch) run(ctx context.Context) error {
	for {
		start := time.Now()
		more, size, err := p.step(ctx)
		pause := time.Since(start)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case publica.CodeOf(err) == publica.Busy:
			pause = searchPause
		case err != nil:
			return err
		case !more:
			if err := p.model.Wait(ctx, size); err != nil {
				return err
			}
			pause = searchPause
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

// step looks through the next contributions, in the order in which they came or were
// last hidden, shown again or erased, and reports whether there are more, and how
// large the log was.
func (p *personalSearch) step(ctx context.Context) (more bool, size int64, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var batch []searched
	next := p.next
	if err := p.model.Read(ctx, func(s *readmodel.Snapshot) error {
		size = s.Next
		return s.Each(func(scan readmodel.Scan) error {
			var c searched
			if err := scanSearched(scan, &c, &next); err != nil {
				return err
			}
			batch = append(batch, c)
			return nil
		}, searchedColumns+"WHERE c.modified >= ? ORDER BY c.modified LIMIT ?", p.next, searchedAtOnce)
	}); err != nil {
		return false, 0, err
	}
	for i := range batch {
		if err := ctx.Err(); err != nil {
			return false, 0, err
		}
		p.note(&batch[i], len(p.look(ctx, &batch[i])) > 0)
	}
	p.size = max(p.size, size)
	if more = len(batch) == searchedAtOnce; more {
		p.next = next + 1
	} else {
		p.next = max(p.next, size) // a model that is being filled again is behind
	}
	return more, size, nil
}

// note keeps whether something was found in a contribution. The caller holds mu.
func (p *personalSearch) note(c *searched, found bool) {
	if p.found == nil {
		p.found = map[int64][]int64{}
	}
	at, known := slices.BinarySearch(p.found[c.docket], c.index)
	switch {
	case found && !known:
		p.found[c.docket] = slices.Insert(p.found[c.docket], at, c.index)
	case !found && known:
		p.found[c.docket] = slices.Delete(p.found[c.docket], at, at+1)
	}
}

// look returns what in a contribution and its attached texts looks like personal data.
func (p *personalSearch) look(ctx context.Context, c *searched) []personal.Finding {
	found := personal.Find(c.text)
	if c.files == 0 {
		return found
	}
	raw, err := p.site.Raw(ctx, c.entry)
	if err != nil {
		return found
	}
	e, err := publica.ParseEntry(raw)
	if err != nil {
		return found
	}
	for i := range e.Content {
		part := &e.Content[i]
		if !strings.HasPrefix(part.Name, "attachment-") || !strings.HasPrefix(part.Media, "text/") {
			continue
		}
		// What is hidden, erased, or cannot be read is not shown to anybody either.
		if held, hidden, err := p.site.ForModerators(ctx, part.Commitment); err == nil && !hidden {
			found = append(found, personal.Find(strings.ToValidUTF8(string(held.Data[:min(len(held.Data), searchedBytes)]), ""))...)
		}
	}
	return found
}

// before returns the contributions of a docket in which something was found, before a
// log index, the newest first, and how far the search is.
func (p *personalSearch) before(docket, index int64, limit int) (list []int64, done, size int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := p.found[docket]
	at, _ := slices.BinarySearch(all, index)
	list = slices.Clone(all[max(0, at-limit):at])
	slices.Reverse(list)
	return list, p.next, p.size
}
