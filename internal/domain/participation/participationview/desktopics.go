package participationview

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"publica/internal/readmodel"
	"publica/topics"
)

// maxSorted bounds how many contributions of a queue are sorted by topic: the ones
// that wait longest. sortedText bounds what is read of each, in characters.
const (
	maxSorted  = 20_000
	sortedText = 4000
)

// A queueTopic is a topic of what waits for an answer, as a machine sorted it.
type queueTopic struct {
	Name  string // its words, which also name it in links
	Href  string
	Count int
	Now   bool // the list shows it
	index []int64
}

// sorting is what the queue of a docket was sorted into.
type sorting struct {
	Topics []queueTopic
	Rest   int // that fit no topic
	Of     int // sorted
}

// sorted returns the topics of what waits in a docket, nil if there are none to show
// yet, and how far the sorting is. What was sorted is shown only as long as no
// contribution was changed since: so no word of a text is shown longer than the text.
func (p *pages) sorted(ctx context.Context, s *readmodel.Snapshot, d *DocketStanding) (*sorting, *progress, error) {
	in := d.Index
	made, asOf, far, err := p.topics.of(ctx, d.ID, s.Next, func(ctx context.Context, far *progress) (sorting, int64, error) {
		return sortQueue(ctx, p.model, in, far)
	})
	if err != nil || made == nil {
		return nil, far, err
	}
	if holds, err := unchanged(s, in, asOf); err != nil || !holds {
		return nil, far, err
	}
	return made, far, nil
}

func sortQueue(ctx context.Context, model Reader, docket int64, far *progress) (out sorting, asOf int64, err error) {
	var index []int64
	var texts []string
	if err := model.Read(ctx, func(s *readmodel.Snapshot) error {
		var waiting int64
		_, err := s.One("SELECT open FROM tally WHERE docket = ?", readmodel.Args{docket}, &waiting)
		far.total.Store(min(waiting, maxSorted))
		return err
	}); err != nil {
		return out, 0, err
	}
	asOf, err = inParts(ctx, model, docket, maxSorted, `SELECT c.seq, c.idx, substr(t.title || ' ' || t.text, 1, `+strconv.Itoa(sortedText)+`) FROM contribution c JOIN document t ON t.idx = c.idx
		WHERE c.docket = ? AND c.owed = 1 AND c.answered IS NULL AND c.seq > ? ORDER BY c.seq LIMIT ?`, func(scan readmodel.Scan, at *int64) error {
		var idx int64
		var text string
		if err := scan(at, &idx, &text); err != nil {
			return err
		}
		index, texts = append(index, idx), append(texts, text)
		far.done.Add(1)
		return nil
	})
	if err != nil {
		return out, 0, err
	}
	found, err := topics.Learn(ctx, texts, topics.Options{})
	if err != nil {
		return out, 0, fmt.Errorf("sort the queue: %w", err)
	}
	out.Rest, out.Of = len(found.None), len(texts)
	for _, t := range found.Topics {
		q := queueTopic{Name: strings.Join(t.Words, ", "), Count: len(t.Members)}
		for _, m := range t.Members {
			q.index = append(q.index, index[m])
		}
		slices.Sort(q.index)
		out.Topics = append(out.Topics, q)
	}
	return out, asOf, nil
}

// links returns the topics as links that keep the other choices of a query.
func (g *sorting) links(base string, q url.Values, now string) (list []queueTopic) {
	for _, t := range g.Topics {
		to := url.Values{"topic": {t.Name}}
		for _, kept := range []string{"section", "stance", "kind", "assigned"} {
			if v := q.Get(kept); v != "" {
				to.Set(kept, v)
			}
		}
		t.Href, t.Now = base+"?"+to.Encode(), t.Name == now
		list = append(list, t)
	}
	return list
}

// members returns the contributions of a topic, by log index; false if the queue is
// not sorted so any more.
func (g *sorting) members(name string) ([]int64, bool) {
	if g == nil {
		return nil, false
	}
	for _, t := range g.Topics {
		if t.Name == name {
			return t.index, true
		}
	}
	return nil, false
}
