package participationview

import (
	"publica"
	"publica/internal/readmodel"
	"publica/internal/web"
)

func scanDraft(scan readmodel.Scan, d *DraftHead) error {
	o := &d.Origin
	return scan(&d.Entry, &d.Index, &d.Time, &d.Version, &d.Title, &d.Sections, &d.Ghosts, &o.Channel, &o.Author, &o.Name, &o.Source, &o.Claimed, &o.URL, &o.Label)
}

// drafts lists versions from one on, in order.
func drafts(s *readmodel.Snapshot, docket, from int64, limit int) ([]DraftHead, error) {
	return readmodel.Collect(s, scanDraft, `SELECT e.id, e.idx, e.time, d.version, d.title, d.sections, d.ghosts, d.channel, e.author, d.name, d.source, d.claimed, d.url, d.label
		FROM draft d JOIN entry e ON e.idx = d.idx WHERE d.docket = ? AND d.version >= ? ORDER BY d.version LIMIT ?`, docket, from, limit)
}

// draft returns a version with its text and changes, or NotFound.
func draft(s *readmodel.Snapshot, docket, version int64) (*Draft, error) {
	heads, err := drafts(s, docket, version, 1)
	if err != nil {
		return nil, err
	}
	if len(heads) == 0 || heads[0].Version != version {
		return nil, publica.Problem(publica.NotFound, "version", "is not a version of this docket's draft").
			WithHint("versions are numbered from 1; the docket's page says which is the latest")
	}
	d := &Draft{DraftHead: heads[0]}
	if d.Text, err = sections(s, docket, d.Index); err != nil {
		return nil, err
	}
	d.Changes, err = steps(s, docket, version, version)
	return d, err
}

// sections returns the text of a version.
func sections(s *readmodel.Snapshot, docket, draft int64) ([]Section, error) {
	all, err := readmodel.Collect(s, func(scan readmodel.Scan, v *Section) error {
		return scan(&v.ID, &v.Heading, &v.Text, &v.Since, &v.Comments)
	}, `SELECT s.section, t.heading, t.text, o.version, coalesce(n.comments, 0) FROM draft_section s
		JOIN section_text t ON t.draft = s.since AND t.section = s.section JOIN draft o ON o.idx = s.since
		LEFT JOIN section_tally n ON n.docket = ? AND n.section = s.section WHERE s.draft = ? ORDER BY s.pos`, docket, draft)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if all[i].Ideas, err = readmodel.Collect(s, scanIdeaLink, `SELECT e.id, t.title, t.text FROM draft_idea d JOIN entry e ON e.idx = d.idea JOIN document t ON t.idx = d.idea
			WHERE d.draft = ? AND d.section = ? ORDER BY d.pos`, draft, all[i].ID); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// headings returns the sections of a version without their text.
func headings(s *readmodel.Snapshot, docket, draft int64) ([]Section, error) {
	return readmodel.Collect(s, func(scan readmodel.Scan, v *Section) error { return scan(&v.ID, &v.Heading, &v.Comments) },
		`SELECT s.section, t.heading, coalesce(n.comments, 0) FROM draft_section s JOIN section_text t ON t.draft = s.since AND t.section = s.section
		LEFT JOIN section_tally n ON n.docket = ? AND n.section = s.section WHERE s.draft = ? ORDER BY s.pos`, docket, draft)
}

// scanIdeaLink names a contribution: an idea by its title, a comment by how it
// begins.
func scanIdeaLink(scan readmodel.Scan, v *IdeaLink) error {
	var text string
	if err := scan(&v.Entry, &v.Title, &text); err != nil {
		return err
	}
	if v.Title == "" {
		v.Title = web.Excerpt(text, 90)
	}
	return nil
}

const stepColumns = `SELECT s.version, s.section, s.heading, i.id, s.idea, t.title, s.what, s.reason, s.ghost, e.id, s.how FROM step s
	LEFT JOIN entry i ON i.idx = s.idea AND s.idea > 0 LEFT JOIN document t ON t.idx = s.idea AND s.idea > 0 LEFT JOIN entry e ON e.idx = s.ended `

func scanStep(scan readmodel.Scan, v *Step) error {
	return scan(&v.Version, &v.Section, &v.Heading, &v.Idea, &v.idea, &v.IdeaTitle, &v.What, &v.Reason, &v.Ghost, &v.Ended, &v.How)
}

// steps returns the differences made by versions from one up to another.
func steps(s *readmodel.Snapshot, docket, from, to int64) ([]Step, error) {
	all, err := readmodel.Collect(s, scanStep, stepColumns+"WHERE s.docket = ? AND s.version BETWEEN ? AND ? ORDER BY s.version, s.pos", docket, from, to)
	if err != nil {
		return nil, err
	}
	return all, addCauses(s, docket, all)
}

func addCauses(s *readmodel.Snapshot, docket int64, all []Step) (err error) {
	for i := range all {
		v := &all[i]
		if v.Causes, err = readmodel.Collect(s, scanIdeaLink, `SELECT e.id, t.title, t.text FROM cause c JOIN entry e ON e.idx = c.contribution JOIN document t ON t.idx = c.contribution
			WHERE c.docket = ? AND c.version = ? AND c.section = ? AND c.idea = ? ORDER BY c.contribution`, docket, v.Version, v.Section, v.idea); err != nil {
			return err
		}
	}
	return nil
}

// ghosts lists what changed or vanished without a reason, by version, from a
// version on.
func ghosts(s *readmodel.Snapshot, docket, from int64, limit int) (list []Ghost, next int64, err error) {
	// A page ends with a whole version, so that a version can be its cursor.
	if _, err := s.One("SELECT version FROM step WHERE docket = ? AND version >= ? AND ghost = 1 ORDER BY version LIMIT 1",
		readmodel.Args{docket, from}, &from); err != nil {
		return nil, 0, err
	}
	last := int64(1) << 62
	if _, err := s.One("SELECT version FROM step WHERE docket = ? AND version >= ? AND ghost = 1 ORDER BY version LIMIT 1 OFFSET ?",
		readmodel.Args{docket, from, limit}, &last); err != nil {
		return nil, 0, err
	}
	if last < 1<<62 && last == from {
		last = from + 1 // more of one version than a page holds: all of it
	}
	list, err = readmodel.Collect(s, func(scan readmodel.Scan, g *Ghost) error {
		var claimed, made, lastClaimed, lastMade publica.Time
		var channel string
		v := &g.Step
		if err := scan(&v.Version, &v.Section, &v.Heading, &v.Idea, &v.idea, &v.IdeaTitle, &v.What, &v.Reason, &v.Ghost, &v.Ended, &v.How, &g.EndedTime,
			&g.LastText, &g.NextText, &g.Draft, &g.Index, &made, &claimed, &channel, &lastMade, &lastClaimed); err != nil {
			return err
		}
		g.LastSeen, g.Imported = v.Version-1, channel == "imported"
		g.Date, g.LastDate = either(claimed, made), either(lastClaimed, lastMade)
		return nil
	}, `SELECT s.version, s.section, s.heading, i.id, s.idea, t.title, s.what, s.reason, s.ghost, e.id, s.how, e.time,
			x.text, y.text, de.id, de.idx, de.time, d.claimed, d.channel, pe.time, p.claimed
		FROM step s JOIN draft d ON d.idx = s.draft JOIN entry de ON de.idx = d.idx
		LEFT JOIN draft p ON p.docket = s.docket AND p.version = s.version - 1 LEFT JOIN entry pe ON pe.idx = p.idx
		LEFT JOIN draft_section ps ON ps.draft = p.idx AND ps.section = s.section AND s.section != ''
		LEFT JOIN section_text x ON x.draft = ps.since AND x.section = s.section
		LEFT JOIN section_text y ON y.draft = s.draft AND y.section = s.section AND s.what = 'changed'
		LEFT JOIN entry i ON i.idx = s.idea AND s.idea > 0 LEFT JOIN document t ON t.idx = s.idea AND s.idea > 0 LEFT JOIN entry e ON e.idx = s.ended
		WHERE s.docket = ? AND s.version >= ? AND s.version < ? AND s.ghost = 1 ORDER BY s.version, s.pos`, docket, from, last)
	if err != nil {
		return nil, 0, err
	}
	for i := range list {
		step := []Step{list[i].Step}
		if err := addCauses(s, docket, step); err != nil {
			return nil, 0, err
		}
		list[i].Step = step[0]
	}
	next = -1
	if last < 1<<62 {
		next = last
	}
	return list, next, nil
}

func either(a, b publica.Time) publica.Time {
	if a != 0 {
		return a
	}
	return b
}

// A Cause is a change of the draft that names a contribution as what moved it.
type Cause struct {
	Version int64           `json:"version"`
	Section string          `json:"section,omitzero"`
	Heading string          `json:"heading,omitzero"`
	Idea    string          `json:"idea_title,omitzero"`
	What    string          `json:"what"`
	Reason  string          `json:"reason,omitzero"`
	Said    publica.EntryID `json:"entry" doc:"the draft or explanation that says so"`
}

// causedBy lists the changes that name a contribution.
func causedBy(s *readmodel.Snapshot, c *Contribution) ([]Cause, error) {
	return readmodel.Collect(s, func(scan readmodel.Scan, v *Cause) error {
		return scan(&v.Version, &v.Section, &v.Heading, &v.Idea, &v.What, &v.Reason, &v.Said)
	}, `SELECT c.version, c.section, s.heading, t.title, coalesce(s.what, ''), s.reason, e.id FROM cause c JOIN entry e ON e.idx = c.said
		LEFT JOIN step s ON s.docket = c.docket AND s.version = c.version AND s.section = c.section AND s.idea = c.idea
		LEFT JOIN document t ON t.idx = c.idea AND c.idea > 0 WHERE c.contribution = ? ORDER BY c.version, c.section`, c.Index)
}

// A Carriage is a section that carries an idea, and in which versions.
type Carriage struct {
	Section string `json:"section"`
	Heading string `json:"heading"`
	First   int64  `json:"first"`
	Last    int64  `json:"last"`
	Count   int64  `json:"versions"`
}

// carriedIn lists the sections that carry an idea.
func carriedIn(s *readmodel.Snapshot, idea int64) ([]Carriage, error) {
	return readmodel.Collect(s, func(scan readmodel.Scan, v *Carriage) error {
		return scan(&v.Section, &v.Heading, &v.First, &v.Last, &v.Count)
	},
		`SELECT i.section, max(t.heading), min(d.version), max(d.version), count(*) FROM draft_idea i JOIN draft d ON d.idx = i.draft
			JOIN section_state t ON t.docket = d.docket AND t.section = i.section WHERE i.idea = ? GROUP BY i.section ORDER BY 3, 1`, idea)
}

// ideaSteps lists what drafts did with an idea.
func ideaSteps(s *readmodel.Snapshot, docket, idea int64) ([]Step, error) {
	all, err := readmodel.Collect(s, scanStep, stepColumns+"WHERE s.docket = ? AND s.idea = ? ORDER BY s.version", docket, idea)
	if err != nil {
		return nil, err
	}
	return all, addCauses(s, docket, all)
}
