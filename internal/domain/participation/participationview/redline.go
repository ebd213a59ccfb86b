package participationview

import "publica/internal/web"

// A SectionRedline is one section in two versions.
type SectionRedline struct {
	ID      string
	Heading string
	State   string // same, changed, new, removed
	Runs    []web.Run
	Steps   []Step // what versions between did to it, with reasons
}

// redlineOf compares two versions section by section: in the order of the
// later one, with what is gone where it stood.
func redlineOf(before, after []Section, between []Step) []SectionRedline {
	now := map[string]bool{}
	for _, s := range after {
		now[s.ID] = true
	}
	was := map[string]int{}
	for i, s := range before {
		was[s.ID] = i
	}
	var out []SectionRedline
	shown := 0
	goneUpTo := func(end int) {
		for ; shown < end; shown++ {
			if s := before[shown]; !now[s.ID] {
				out = append(out, SectionRedline{ID: s.ID, Heading: s.Heading, State: "removed", Runs: []web.Run{{Text: web.Tame(s.Text), Op: "delete"}}})
			}
		}
	}
	for _, s := range after {
		i, stood := was[s.ID]
		if stood {
			goneUpTo(i)
		}
		r := SectionRedline{ID: s.ID, Heading: s.Heading}
		switch {
		case !stood:
			r.State, r.Runs = "new", []web.Run{{Text: web.Tame(s.Text), Op: "insert"}}
		case before[i].Text == s.Text:
			r.State = "same"
		default:
			r.State, r.Runs = "changed", web.Redline(web.Tame(before[i].Text), web.Tame(s.Text))
		}
		out = append(out, r)
	}
	goneUpTo(len(before))
	for i := range out {
		for _, st := range between {
			if st.Section == out[i].ID {
				out[i].Steps = append(out[i].Steps, st)
			}
		}
	}
	return out
}
