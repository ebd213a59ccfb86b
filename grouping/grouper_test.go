package grouping

import (
	"sync"
	"testing"
)

func group(t testing.TB, m Method, texts []sample) *Grouper {
	g, err := New(m)
	if err != nil {
		t.Fatal(err)
	}
	const batch = 1 << 12
	sketches := make([]*Sketch, batch)
	for len(texts) > 0 {
		now := texts[:min(batch, len(texts))]
		texts = texts[len(now):]
		var work sync.WaitGroup
		for half := range 2 {
			work.Go(func() {
				for i := half; i < len(now); i += 2 {
					sketches[i] = g.Sketch(now[i].text)
				}
			})
		}
		work.Wait()
		for i, s := range now {
			if err := g.Add(s.id, sketches[i]); err != nil {
				t.Fatal(err)
			}
		}
	}
	return g
}

// A quality says how well groups meet the truth, in counts.
type quality struct {
	found, sent   int // of campaigns: members in the group with most of theirs, all
	right, listed int // of groups: members of the campaign that has most of it, all
}

func judge(groups []Group, truth []sample) (q quality) {
	of := map[string]int{}
	sent := map[int]int{}
	for _, s := range truth {
		of[s.id] = s.campaign
		if s.campaign != 0 {
			sent[s.campaign]++
		}
	}
	best := map[int]int{}
	for _, g := range groups {
		in := map[int]int{}
		for _, same := range g.Texts {
			for _, id := range same {
				in[of[id]]++
			}
		}
		most := 0
		for c, n := range in {
			if c != 0 {
				best[c] = max(best[c], n)
				most = max(most, n)
			}
		}
		q.right += most
		q.listed += g.Size
	}
	for c, n := range sent {
		if n > 1 {
			q.sent += n
			q.found += best[c]
		}
	}
	return q
}

func TestTune(t *testing.T) {
	texts := samples(t, 20000)
	for i := range 4 {
		t.Log(texts[i].campaign, texts[i].text)
	}
	for _, w := range []int{1, 2, 3} {
		for _, th := range []int{100, 150, 200, 250, 300} {
			for _, sh := range []int{6, 10} {
				m := Default()
				m.Words, m.Threshold, m.Shared = w, th, sh
				g := group(t, m, texts)
				gs := g.Groups()
				q := judge(gs, texts)
				big := 0
				for _, x := range gs {
					big = max(big, x.Size)
				}
				t.Logf("w %d th %d sh %d: %+v groups %d biggest %d recall %d precision %d", w, th, sh, q, len(gs), big, q.found*10000/q.sent, q.right*10000/q.listed)
			}
		}
	}
}
