package demo

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"publica"
)

// An idea, a comment and a draft as the sample's texts have them.
type (
	idea struct {
		key     string
		by      int // person
		title   string
		problem string
		propose string
		metric  string
	}
	comment struct {
		key     string // to be named by replies and causes, "" if by none
		by      int
		on      string // idea or comment, "" for a section or the docket
		section string
		version int
		stance  string
		text    string
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
func (c scene) official(name string, kind publica.Kind, body member, p parts) line {
	l := c.line(name, kind)
	l.by, l.forBody, l.body, l.parts = c.lead, c.lead, body, p
	return l
}

func (c scene) ideas(ctx context.Context, ideas []idea) error {
	var lines []line
	for _, i := range ideas {
		l := c.line("idea/"+i.key, "idea")
		l.by, l.body, l.parts = person(i.by), member{}, parts{"title": i.title}
		for name, text := range map[string]string{"problem": i.problem, "proposal": i.propose, "metric": i.metric} {
			if text != "" {
				l.parts[name] = text
			}
		}
		lines = append(lines, l)
	}
	return c.say(ctx, lines...)
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
				body["section"] = m.section
			}
			if m.version > 0 {
				body["version"] = m.version
			}
			l := c.line("comment/"+m.name(), "comment")
			l.by, l.body, l.parts = person(m.by), body, parts{"text": m.text}
			now = append(now, l)
		}
		if len(now) == 0 {
			panic("demo: a reply to no comment") // a mistake in the sample itself
		}
		if err := c.say(ctx, now...); err != nil {
			return err
		}
		comments = later
	}
	return nil
}

// name returns the name of a comment: its key, or who says it on what.
func (m *comment) name() string {
	if m.key != "" {
		return m.key
	}
	return fmt.Sprintf("%s/%s/%d/%d", m.on, m.section, m.version, m.by)
}

func (c scene) said(name string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, ok := c.ids[c.docket+"/"+name]
	return ok
}

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
	return c.say(ctx, c.official(fmt.Sprintf("draft/%d", n), "draft", body, p))
}

func prefixed(prefix string, names []string) (out []string) {
	for _, n := range names {
		out = append(out, prefix+n)
	}
	return out
}
