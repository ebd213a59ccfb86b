package participationview

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"

	"publica"
	"publica/internal/readmodel"
	"publica/topics"
)

// maxSorted bounds how many contributions of a queue are sorted by topic: the ones
// that wait longest. sortedText bounds what is read of each, in characters.
const (
	maxSorted  = 5000
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
	asOf   int64 // log size of what it rests on
	Topics []queueTopic
	Rest   int // that fit no topic
	Of     int // sorted
}

// topicShelf keeps the latest sorting of each docket. It is shown only as long as
// the register has not changed at all: so no word of a text is shown longer than
// the text.
type topicShelf struct {
	mu  sync.Mutex // held while one is made: the second visitor waits for the first
	all map[publica.DocketID]*sorting
}

// of returns the topics of what waits in a docket.
func (t *topicShelf) of(ctx context.Context, s *readmodel.Snapshot, d *DocketStanding) (*sorting, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if got := t.all[d.ID]; got != nil && got.asOf == s.Next {
		return got, nil
	}
	made, err := sortQueue(ctx, s, d)
	if err != nil {
		return nil, err
	}
	if t.all == nil {
		t.all = map[publica.DocketID]*sorting{}
	}
	t.all[d.ID] = made
	return made, nil
}

func sortQueue(ctx context.Context, s *readmodel.Snapshot, d *DocketStanding) (*sorting, error) {
	var index []int64
	var texts []string
	err := s.Each(func(scan readmodel.Scan) error {
		var at int64
		var text string
		if err := scan(&at, &text); err != nil {
			return err
		}
		index, texts = append(index, at), append(texts, text)
		return nil
	}, `SELECT c.idx, substr(t.title || ' ' || t.text, 1, ?) FROM contribution c JOIN document t ON t.idx = c.idx
		WHERE c.docket = ? AND c.owed = 1 AND c.answered IS NULL ORDER BY c.seq LIMIT ?`, sortedText, d.Index, maxSorted)
	if err != nil {
		return nil, err
	}
	found, err := topics.Learn(ctx, texts, topics.Options{})
	if err != nil {
		return nil, fmt.Errorf("sort the queue: %w", err)
	}
	out := &sorting{asOf: s.Next, Rest: len(found.None), Of: len(texts)}
	for _, t := range found.Topics {
		q := queueTopic{Name: strings.Join(t.Words, ", "), Count: len(t.Members)}
		for _, m := range t.Members {
			q.index = append(q.index, index[m])
		}
		slices.Sort(q.index)
		out.Topics = append(out.Topics, q)
	}
	return out, nil
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
