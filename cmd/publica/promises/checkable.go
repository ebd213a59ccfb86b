package promises

import (
	"slices"

	"publica"
	"publica/ogp"
)

// Checkable says which commitments of a plan anyone could check, by the rule that
// a register holds its own to. Parts of commitments are not asked.
type Checkable struct {
	Of          int       `json:"of"`
	Pass        int       `json:"pass"`
	Lacks       []Lacking `json:"lacks"` // how many lack what
	Commitments []Lacks   `json:"commitments"`
}

// Lacking is how many commitments lack one thing.
type Lacking struct {
	ogp.Lack
	Count int `json:"count"`
}

// Lacks is what one commitment does not say.
type Lacks struct {
	Name  string   `json:"name"`
	Title string   `json:"title"`
	Lacks []string `json:"lacks"` // fields
}

func (b *Book) checkable(at publica.Time) (c Checkable) {
	for _, p := range b.promises {
		terms, ok := p.Terms(at)
		if !ok || !p.Parent.IsZero() {
			continue
		}
		c.Of++
		lacks := terms.Lacks()
		if len(lacks) == 0 {
			c.Pass++
		}
		one := Lacks{Name: p.Name, Title: b.words(p, "title", at)}
		for _, l := range lacks {
			one.Lacks = append(one.Lacks, l.Field)
			c.count(l)
		}
		c.Commitments = append(c.Commitments, one)
	}
	return c
}

func (c *Checkable) count(l ogp.Lack) {
	i := slices.IndexFunc(c.Lacks, func(k Lacking) bool { return k.Lack == l })
	if i < 0 {
		c.Lacks = append(c.Lacks, Lacking{Lack: l})
		i = len(c.Lacks) - 1
	}
	c.Lacks[i].Count++
}
