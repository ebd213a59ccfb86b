package participationview

import (
	"strings"

	"publica"
	"publica/internal/domain/docket/docketview"
	"publica/internal/domain/participation"
	"publica/internal/readmodel"
	"publica/internal/web"
)

// drafting is a version being compared with the one before.
type drafting struct {
	*row
	b       *participation.Draft
	before  int64 // the draft before, 0 for the first
	reasons map[string]participation.Change
	pos     int
	ghosts  int
}

func projectDraft(r *row) error {
	var b participation.Draft
	if err := r.Body(&b); err != nil {
		return err
	}
	d := &drafting{row: r, b: &b, reasons: map[string]participation.Change{}}
	if _, err := r.tx.One("SELECT idx FROM draft WHERE docket = ? AND version = ?", readmodel.Args{r.in, b.Version - 1}, &d.before); err != nil {
		return err
	}
	for _, c := range b.Changes {
		d.reasons[subject(c.Section, c.Idea)] = c
	}
	text, err := d.sections()
	if err != nil {
		return err
	}
	if err := d.removedSections(); err != nil {
		return err
	}
	if err := d.ideas(); err != nil {
		return err
	}
	title := strings.TrimSpace(r.Text("title"))
	if err := r.tx.Document(r.Row, title, text); err != nil {
		return err
	}
	o, err := r.origin(b.Imported)
	if err != nil {
		return err
	}
	if err := r.tx.Exec(`INSERT INTO draft (idx, docket, version, title, sections, ghosts, channel, name, claimed, source, url, label) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		r.Index, r.in, b.Version, title, len(b.Sections), d.ghosts, string(o.channel), o.name, o.made, o.source, o.url, o.label); err != nil {
		return err
	}
	return r.tx.Exec("UPDATE tally SET drafts = ?, ghosts = ghosts + ?, haunting = haunting + ? WHERE docket = ?", b.Version, d.ghosts, d.ghosts, r.in)
}

// subject keys a reason by what it is about.
func subject(section string, idea publica.EntryID) string {
	if section != "" {
		return section
	}
	return "idea " + idea.String()
}

// sections stores the version's sections and what is new or changed in them,
// and returns the text that is.
func (d *drafting) sections() (string, error) {
	var text strings.Builder
	for pos, s := range d.b.Sections {
		var commitment publica.Hash
		var since, latest, ghost int64
		var heading string
		known, err := d.tx.One("SELECT commitment, heading, since, latest, ghost FROM section_state WHERE docket = ? AND section = ?",
			readmodel.Args{d.in, s.ID}, &commitment, &heading, &since, &latest, &ghost)
		if err != nil {
			return "", err
		}
		stood := known && latest == d.b.Version-1
		now := commitment
		if s.Part != "" {
			p, _ := d.Entry.Part(s.Part)
			now = publica.Hash(p.Commitment)
		}
		changed := known && now != commitment
		if !known || changed {
			since = d.Index
			t := d.Text(s.Part)
			heading = headingOf(t, s.ID)
			text.WriteString(t + "\n\n")
			if err := d.tx.Exec("INSERT INTO section_text (draft, section, heading, text) VALUES (?, ?, ?, ?)", d.Index, s.ID, heading, t); err != nil {
				return "", err
			}
		}
		if err := d.tx.Exec("INSERT INTO draft_section (draft, pos, section, since) VALUES (?, ?, ?, ?)", d.Index, pos, s.ID, since); err != nil {
			return "", err
		}
		if !stood && ghost != 0 {
			if err := d.comeBack(ghost, s.ID, 0); err != nil {
				return "", err
			}
		}
		switch {
		case !known:
			err = d.step(s.ID, heading, publica.EntryID{}, 0, "new", false)
		case changed:
			err = d.step(s.ID, heading, publica.EntryID{}, 0, "changed", true)
		case !stood:
			err = d.step(s.ID, heading, publica.EntryID{}, 0, "returned", false)
		}
		if err != nil {
			return "", err
		}
		if err := d.tx.Exec(`INSERT INTO section_state (docket, section, commitment, heading, since, latest, ghost) VALUES (?, ?, ?, ?, ?, ?, 0)
			ON CONFLICT (docket, section) DO UPDATE SET commitment = excluded.commitment, heading = excluded.heading, since = excluded.since, latest = excluded.latest, ghost = 0`,
			d.in, s.ID, now, heading, since, d.b.Version); err != nil {
			return "", err
		}
	}
	return text.String(), nil
}

// headingOf returns the first Markdown heading of a section's text, or its id.
func headingOf(text, id string) string {
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		if h := strings.TrimLeft(line, "#"); h != line {
			if h = strings.Trim(strings.TrimSpace(h), "#*_ "); h != "" {
				return web.Tame(h)
			}
		}
		break
	}
	return docketview.Words(nil, id)
}

func (d *drafting) removedSections() error {
	type gone struct{ section, heading string }
	var all []gone
	err := d.tx.Each(func(scan readmodel.Scan) error {
		var g gone
		if err := scan(&g.section, &g.heading); err != nil {
			return err
		}
		all = append(all, g)
		return nil
	}, `SELECT s.section, t.heading FROM draft_section s JOIN section_state t ON t.docket = ? AND t.section = s.section WHERE s.draft = ? AND NOT EXISTS (
		SELECT 1 FROM draft_section n WHERE n.draft = ? AND n.section = s.section) ORDER BY s.pos`, d.in, d.before, d.Index)
	if err != nil {
		return err
	}
	for _, g := range all {
		ghost := int64(0)
		if _, ok := d.reasons[g.section]; !ok {
			ghost = d.b.Version
		}
		if err := d.tx.Exec("UPDATE section_state SET ghost = ? WHERE docket = ? AND section = ?", ghost, d.in, g.section); err != nil {
			return err
		}
		if err := d.step(g.section, g.heading, publica.EntryID{}, 0, "removed", true); err != nil {
			return err
		}
	}
	return nil
}

// ideas stores which ideas the version carries, and compares.
func (d *drafting) ideas() error {
	for _, s := range d.b.Sections {
		for pos, id := range s.Ideas {
			idea, err := d.tx.Index(id)
			if err != nil {
				return err
			}
			if err := d.tx.Exec("INSERT INTO draft_idea (draft, section, pos, idea) VALUES (?, ?, ?, ?)", d.Index, s.ID, pos, idea); err != nil {
				return err
			}
			var carried, ghost int64
			if _, err := d.tx.One("SELECT carried, ghost FROM idea_state WHERE docket = ? AND idea = ?", readmodel.Args{d.in, idea}, &carried, &ghost); err != nil {
				return err
			}
			if carried != 0 {
				continue
			}
			if ghost != 0 {
				if err := d.comeBack(ghost, "", idea); err != nil {
					return err
				}
			}
			if err := d.step("", "", id, idea, "carried", false); err != nil {
				return err
			}
			if err := d.tx.Exec(`INSERT INTO idea_state (docket, idea, carried, ghost) VALUES (?, ?, 1, 0)
				ON CONFLICT (docket, idea) DO UPDATE SET carried = 1, ghost = 0`, d.in, idea); err != nil {
				return err
			}
		}
	}
	return d.droppedIdeas()
}

func (d *drafting) droppedIdeas() error {
	type gone struct {
		idea int64
		id   publica.EntryID
	}
	var all []gone
	err := d.tx.Each(func(scan readmodel.Scan) error {
		var g gone
		if err := scan(&g.idea, &g.id); err != nil {
			return err
		}
		all = append(all, g)
		return nil
	}, `SELECT i.idea, e.id FROM draft_idea i JOIN entry e ON e.idx = i.idea JOIN draft_section s ON s.draft = i.draft AND s.section = i.section
		WHERE i.draft = ? AND NOT EXISTS (SELECT 1 FROM draft_idea n WHERE n.idea = i.idea AND n.draft = ?) ORDER BY s.pos, i.pos`, d.before, d.Index)
	if err != nil {
		return err
	}
	for _, g := range all {
		ghost := int64(0)
		if _, ok := d.reasons[subject("", g.id)]; !ok {
			ghost = d.b.Version
		}
		if err := d.tx.Exec("UPDATE idea_state SET carried = 0, ghost = ? WHERE docket = ? AND idea = ?", ghost, d.in, g.idea); err != nil {
			return err
		}
		if err := d.step("", "", g.id, g.idea, "removed", true); err != nil {
			return err
		}
	}
	return nil
}

// step stores one difference with its reason and causes; one that needs a
// reason and has none is a ghost.
func (d *drafting) step(section, heading string, id publica.EntryID, idea int64, what string, needsReason bool) error {
	c, given := d.reasons[subject(section, id)]
	var reason any
	if given {
		reason = d.Text(c.Part)
	}
	ghost := 0
	if needsReason && !given {
		ghost = 1
		d.ghosts++
	}
	d.pos++
	if err := d.tx.Exec("INSERT INTO step (docket, version, pos, draft, section, heading, idea, what, reason, ghost) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		d.in, d.b.Version, d.pos, d.Index, section, heading, idea, what, reason, ghost); err != nil {
		return err
	}
	return d.causes(d.b.Version, section, idea, c.Causes)
}

func (r *row) causes(version int64, section string, idea int64, ids []publica.EntryID) error {
	for _, id := range ids {
		c, err := r.tx.Index(id)
		if err != nil {
			return err
		}
		if err := r.tx.Exec("INSERT OR IGNORE INTO cause (docket, version, section, idea, contribution, said) VALUES (?, ?, ?, ?, ?, ?)",
			r.in, version, section, idea, c, r.Index); err != nil {
			return err
		}
	}
	return nil
}

// comeBack ends a removal without reason whose subject is in the draft again.
func (d *drafting) comeBack(version int64, section string, idea int64) error {
	n, err := d.tx.Change("UPDATE step SET ended = ?, how = 'return' WHERE docket = ? AND version = ? AND section = ? AND idea = ? AND ghost = 1 AND ended IS NULL",
		d.Index, d.in, version, section, idea)
	if err != nil {
		return err
	}
	return d.tx.Exec("UPDATE tally SET haunting = haunting - ? WHERE docket = ?", n, d.in)
}

func projectExplain(r *row) error {
	var b participation.Explain
	if err := r.Body(&b); err != nil {
		return err
	}
	reason := r.Text("reason")
	if err := r.tx.Document(r.Row, "", reason); err != nil {
		return err
	}
	if err := r.tx.Exec("INSERT INTO explanation (idx, docket, version) VALUES (?, ?, ?)", r.Index, r.in, b.Version); err != nil {
		return err
	}
	for _, section := range b.Sections {
		if err := r.explain(&b, reason, section, 0); err != nil {
			return err
		}
	}
	for _, id := range b.Ideas {
		idea, err := r.tx.Index(id)
		if err != nil {
			return err
		}
		if err := r.explain(&b, reason, "", idea); err != nil {
			return err
		}
	}
	return nil
}

// explain gives a ghost its reason. A later reason replaces an earlier one on
// the page; both stay on the register.
func (r *row) explain(b *participation.Explain, reason, section string, idea int64) error {
	where := " WHERE docket = ? AND version = ? AND section = ? AND idea = ? AND ghost = 1"
	var ended int64
	if _, err := r.tx.One("SELECT ended FROM step"+where, readmodel.Args{r.in, b.Version, section, idea}, &ended); err != nil {
		return err
	}
	if ended == 0 {
		if err := r.tx.Exec("UPDATE tally SET haunting = haunting - 1 WHERE docket = ?", r.in); err != nil {
			return err
		}
	}
	if err := r.tx.Exec("UPDATE step SET reason = ?, ended = ?, how = 'reason'"+where, reason, r.Index, r.in, b.Version, section, idea); err != nil {
		return err
	}
	return r.causes(b.Version, section, idea, b.Causes)
}
