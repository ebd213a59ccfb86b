package grouping

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// A Grouper collects texts and says which belong together. Texts may be added
// after groups were asked for: [Grouper.Groups] depends on the set of texts
// alone, so the groups are those that all at once would give. One goroutine at
// a time may use it, except that many may call [Grouper.Sketch].
type Grouper struct {
	method  Method
	hashes  []hash
	texts   []*Sketch                    // distinct ones
	byHash  map[[sha256.Size]byte]uint32 // index in texts
	members []member
	ids     map[string]struct{}
}

type member struct {
	id   string
	text uint32 // index in texts
}

// New returns an empty grouper, or why there is none for the method.
func New(m Method) (*Grouper, error) {
	if err := m.Check(); err != nil {
		return nil, err
	}
	return &Grouper{
		method: m,
		hashes: hashes(m.Bands * m.Rows),
		byHash: map[[sha256.Size]byte]uint32{},
		ids:    map[string]struct{}{},
	}, nil
}

// Method returns what the groups are computed by.
func (g *Grouper) Method() Method { return g.method }

// Len returns how many texts were added, and how many of them are distinct.
func (g *Grouper) Len() (members, texts int) { return len(g.members), len(g.texts) }

// Add adds a text by its sketch, under an id that is its own. An exact
// duplicate costs no more than its id.
func (g *Grouper) Add(id string, s *Sketch) error {
	if _, ok := g.ids[id]; ok {
		return fmt.Errorf("the id %q stands twice", id)
	}
	g.ids[id] = struct{}{}
	text, ok := g.byHash[s.hash]
	if !ok {
		text = uint32(len(g.texts))
		g.byHash[s.hash] = text
		g.texts = append(g.texts, s)
	}
	g.members = append(g.members, member{id, text})
	return nil
}

// A Group is two or more members that say the same thing.
type Group struct {
	Name   string     // the smallest id of its members
	Size   int        // members
	Letter string     // id of the text that stands for all; see [Grouper.Groups]
	Texts  [][]string // ids of members by exact text: each list ascending, lists by their first

	common []uint32 // slots of the shingles that belong to the letter, ascending
}

// Groups returns the groups by name. Its letter is the text that is most like
// all of the group: of which the shingles it shares with the members' texts are
// the largest part of all that they and it have, each member counted.
func (g *Grouper) Groups() []Group {
	ids := make([][]string, len(g.texts))
	for _, m := range g.members {
		ids[m.text] = append(ids[m.text], m.id)
	}
	for _, same := range ids {
		slices.Sort(same)
	}
	roots := g.link()
	texts := make([]uint32, len(g.texts)) // by group, then by first id
	for i := range texts {
		texts[i] = uint32(i)
	}
	slices.SortFunc(texts, func(a, b uint32) int {
		return cmp.Or(cmp.Compare(roots[a], roots[b]), cmp.Compare(ids[a][0], ids[b][0]))
	})
	var groups []Group
	counts := newCounts()
	for len(texts) > 0 {
		n := 1
		for n < len(texts) && roots[texts[n]] == roots[texts[0]] {
			n++
		}
		if n > 1 || len(ids[texts[0]]) > 1 {
			groups = append(groups, g.group(texts[:n], ids, counts))
		}
		texts = texts[n:]
	}
	slices.SortFunc(groups, func(a, b Group) int { return cmp.Compare(a.Name, b.Name) })
	return groups
}

func (g *Grouper) group(texts []uint32, ids [][]string, counts *counts) Group {
	group := Group{Name: ids[texts[0]][0]}
	for _, t := range texts {
		group.Texts = append(group.Texts, ids[t])
		group.Size += len(ids[t])
	}
	letter, common := g.letter(texts, ids, counts)
	group.Letter, group.common = ids[letter][0], common
	return group
}

// link returns for each text the smallest index of a text of its group.
//
// Which pairs are compared is set by the texts alone: in each band, texts of
// equal rows stand in the order of their next values and their hash, and each is
// compared with the next few of them. Any order of work gives the same groups,
// and a pair that is connected already need not be compared.
func (g *Grouper) link() []uint32 {
	sets := newSets(len(g.texts))
	var band atomic.Int64
	var work sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), g.method.Bands) {
		work.Go(func() {
			var order []place
			for {
				b := int(band.Add(1)) - 1
				if b >= g.method.Bands {
					return
				}
				order = g.order(b, order[:0])
				g.compare(order, sets)
			}
		})
	}
	work.Wait()
	return sets.roots()
}

// orderRows is how many MinHash values order the texts of a band: the band's
// own, and those that follow. Texts that are more alike stand closer.
const orderRows = 4

// A place is where a text stands in a band.
type place struct {
	rows [orderRows]uint32
	text uint32
}

func (g *Grouper) order(band int, order []place) []place {
	for i, s := range g.texts {
		if s.minima == nil {
			continue
		}
		p := place{text: uint32(i)}
		for r := range p.rows {
			p.rows[r] = s.minima[(band*g.method.Rows+r)%len(s.minima)]
		}
		order = append(order, p)
	}
	slices.SortFunc(order, func(a, b place) int {
		for r := range a.rows {
			if a.rows[r] != b.rows[r] {
				return cmp.Compare(a.rows[r], b.rows[r])
			}
		}
		return bytes.Compare(g.texts[a.text].hash[:], g.texts[b.text].hash[:])
	})
	return order
}

// compare connects what is near among neighbours of a band.
func (g *Grouper) compare(order []place, sets *sets) {
	rows := g.method.Rows
	for i := range order {
		a := &order[i]
		for j := i + 1; j < len(order) && j <= i+g.method.Near; j++ {
			b := &order[j]
			if !slices.Equal(a.rows[:rows], b.rows[:rows]) {
				break
			}
			if sets.root(a.text) != sets.root(b.text) && g.method.near(g.texts[a.text], g.texts[b.text]) {
				sets.join(a.text, b.text)
			}
		}
	}
}

// sets are disjoint sets of texts, each named by its smallest index. Many
// goroutines may use them: a parent only ever becomes smaller.
type sets struct{ parents []atomic.Uint32 }

func newSets(n int) *sets {
	s := &sets{make([]atomic.Uint32, n)}
	for i := range s.parents {
		s.parents[i].Store(uint32(i))
	}
	return s
}

func (s *sets) root(x uint32) uint32 {
	for {
		p := s.parents[x].Load()
		if p == x {
			return x
		}
		up := s.parents[p].Load()
		s.parents[x].CompareAndSwap(p, up)
		x = up
	}
}

func (s *sets) join(a, b uint32) {
	for {
		a, b = s.root(a), s.root(b)
		if a == b {
			return
		}
		if a > b {
			a, b = b, a
		}
		if s.parents[b].CompareAndSwap(b, a) {
			return
		}
	}
}

func (s *sets) roots() []uint32 {
	roots := make([]uint32, len(s.parents))
	for i := range roots {
		roots[i] = s.root(uint32(i))
	}
	return roots
}
