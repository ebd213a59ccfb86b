package demo

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"publica"
)

// An idea, a comment and a draft as the sample's texts have them. One that
// comes from somewhere else is imported: the lead body signs, and says on which
// day of its paper it was made and by whom.
type (
	idea struct {
		key     string
		by      int // person
		from    string
		day     int
		name    string
		title   string
		problem string
		propose string
		metric  string
	}
	comment struct {
		key     string // to be named by replies and causes, "" if by none
		by      int
		from    string
		day     int
		name    string
		on      string // idea or comment, "" for a section or the docket
		section string
		version int    // of the draft, 0 for the latest
		quote   string // words of the section
		stance  string
		text    string
		files   []file
	}
	section struct {
		id    string
		ideas []string
		text  string
	}
	change struct {
		section, idea string
		reason        string
		causes        []string
	}
	draft struct {
		from     string
		day      int
		title    string
		sections []section
		changes  []change
	}
)

// A scene is one docket: who leads it, and the names of its lines.
type scene struct {
	*stage
	docket string // name of the line that opens it
	lead   string // key of the lead body
}

func (c scene) line(name string, kind publica.Kind) line {
	return line{name: c.docket + "/" + name, kind: "participation/" + kind, docket: c.docket}
}

// official returns a line of the lead body.
func (c scene) official(name string, kind publica.Kind, body any, p parts) line {
	l := c.line(name, kind)
	l.by, l.forBody, l.body, l.parts = c.lead, c.lead, body, p
	return l
}

// imported makes a line one that was brought from elsewhere.
func (c scene) imported(l *line, from string, day int, name string) {
	c.brought[from]++
	l.by, l.forBody = c.lead, c.lead
	l.body.(member)["imported"] = member{"source": from, "label": fmt.Sprintf("no. %d", c.brought[from]), "made": dated(day)}
	if name != "" {
		l.parts["author"] = name
	}
}

// contributed says whose words they are: those of a person, who may give a
// name, or of paper that is imported.
func (c scene) contributed(l *line, by int, from string, day int, name string) {
	if from != "" {
		c.imported(l, from, day, name)
		return
	}
	l.by = person(by)
	if by < len(accountNames) {
		l.parts["author"] = accountNames[by]
	}
}

func (c scene) ideas(ctx context.Context, ideas []idea) error {
	var lines []line
	for _, i := range ideas {
		l := c.line("idea/"+i.key, "idea")
		l.body, l.parts = member{}, parts{"title": i.title}
		c.contributed(&l, i.by, i.from, i.day, i.name)
		for name, text := range map[string]string{"problem": i.problem, "proposal": i.propose, "metric": i.metric} {
			if text != "" {
				l.parts[name] = text
			}
		}
		lines = append(lines, l)
	}
	return c.oneAfterTheOther(ctx, lines...)
}

// comments says what stands in no thread first, then the replies, depth by
// depth.
func (c scene) comments(ctx context.Context, comments []comment) error {
	for len(comments) > 0 {
		var now []line
		var later []comment
		for _, m := range comments {
			if strings.HasPrefix(m.on, "comment/") && !c.said(m.on) {
				later = append(later, m)
				continue
			}
			body := member{"stance": m.stance}
			if m.on != "" {
				body["target"] = c.id(c.docket + "/" + m.on)
			}
			if m.section != "" {
				c.place(&m, body)
			}
			l := c.line("comment/"+m.called(), "comment")
			l.body, l.parts, l.files = body, parts{"text": m.text}, m.files
			c.contributed(&l, m.by, m.from, m.day, m.name)
			now = append(now, l)
		}
		if len(now) == 0 {
			panic("demo: a reply to no comment") // a mistake in the sample itself
		}
		if err := c.oneAfterTheOther(ctx, now...); err != nil {
			return err
		}
		comments = later
	}
	return nil
}

// place says which section of which version a comment is about, and which words
// of it.
func (c scene) place(m *comment, body member) {
	drafts := c.drafts[c.docket]
	version := m.version
	if version == 0 {
		version = len(drafts)
	}
	body["section"], body["version"] = m.section, version
	if m.quote == "" {
		return
	}
	i := slices.IndexFunc(drafts[version-1].sections, func(s section) bool { return s.id == m.section })
	before, _, ok := strings.Cut(drafts[version-1].sections[i].text, m.quote)
	if !ok {
		panic("demo: nobody wrote " + m.quote) // a mistake in the sample itself
	}
	from := utf8.RuneCountInString(before)
	body["range"] = []int{from, from + utf8.RuneCountInString(m.quote)}
}

// called returns the name of a comment's line: its key, or else its words.
func (m *comment) called() string {
	if m.key != "" {
		return m.key
	}
	return m.text
}

func (c scene) said(name string) bool { return c.has(c.docket + "/" + name) }

// endorse lets people endorse ideas and comments.
func (c scene) endorse(ctx context.Context, by map[string][]int) error {
	var lines []line
	for _, on := range slices.Sorted(maps.Keys(by)) {
		for _, p := range by[on] {
			l := c.line(fmt.Sprintf("endorse/%s/%d", on, p), "endorse")
			l.by, l.body = person(p), member{"target": c.id(c.docket + "/" + on)}
			lines = append(lines, l)
		}
	}
	return c.say(ctx, lines...)
}

// draft publishes version n: sections whose text is that of before are carried.
func (c scene) draft(ctx context.Context, n int, before, d *draft) error {
	was := map[string]string{}
	if before != nil {
		for _, s := range before.sections {
			was[s.id] = s.text
		}
	}
	p := parts{"title": d.title}
	var sections, changes []member
	for _, s := range d.sections {
		m := member{"id": s.id}
		if was[s.id] != s.text {
			m["part"] = "section:" + s.id
			p["section:"+s.id] = s.text
		}
		if len(s.ideas) > 0 {
			m["ideas"] = c.idsOf(prefixed(c.docket+"/idea/", s.ideas)...)
		}
		sections = append(sections, m)
	}
	for i, ch := range d.changes {
		part := fmt.Sprintf("reason-%d", i+1)
		m := member{"part": part}
		if ch.section != "" {
			m["section"] = ch.section
		} else {
			m["idea"] = c.id(c.docket + "/idea/" + ch.idea)
		}
		if len(ch.causes) > 0 {
			m["causes"] = c.idsOf(prefixed(c.docket+"/", ch.causes)...)
		}
		p[part] = ch.reason
		changes = append(changes, m)
	}
	body := member{"version": n, "sections": sections}
	if len(changes) > 0 {
		body["changes"] = changes
	}
	c.drafts[c.docket] = append(c.drafts[c.docket], d)
	l := c.official(fmt.Sprintf("draft/%d", n), "draft", body, p)
	if d.from != "" {
		c.imported(&l, d.from, d.day, "")
	}
	return c.say(ctx, l)
}

func prefixed(prefix string, names []string) (out []string) {
	for _, n := range names {
		out = append(out, prefix+n)
	}
	return out
}
