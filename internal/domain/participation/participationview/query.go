package participationview

import (
	"encoding/json/v2"
	"fmt"
	"slices"

	"publica"
	"publica/internal/domain/docket/docketview"
	"publica/internal/readmodel"
)

// standing returns a docket with where it stands.
func standing(s *readmodel.Snapshot, id publica.DocketID) (*DocketStanding, error) {
	d, err := docketview.Get(s, id)
	if err != nil {
		return nil, err
	}
	return standingOf(s, *d)
}

// standings returns up to limit dockets from a log index on.
func standings(s *readmodel.Snapshot, since int64, limit int) ([]DocketStanding, error) {
	all, err := docketview.List(s, since, limit)
	if err != nil {
		return nil, err
	}
	out := make([]DocketStanding, 0, len(all))
	for _, d := range all {
		st, err := standingOf(s, d)
		if err != nil {
			return nil, err
		}
		out = append(out, *st)
	}
	return out, nil
}

func standingOf(s *readmodel.Snapshot, d docketview.Docket) (*DocketStanding, error) {
	out := &DocketStanding{Docket: d}
	c := &out.Counts
	if _, err := s.One(`SELECT ideas, comments, owed, owed - open - void, open, responses, drafts, ghosts, haunting, endorsed, withdrawn, disavowed, (SELECT count(*) FROM grp g WHERE g.docket = t.docket AND g.ended IS NULL),
		(SELECT count(*) FROM act a WHERE a.docket = t.docket),
		(SELECT count(*) FROM refused r WHERE r.docket = t.docket) FROM tally t WHERE t.docket = ?`, readmodel.Args{d.Index},
		&c.Ideas, &c.Comments, &c.Owed, &c.Answered, &c.Open, &c.Responses, &c.Drafts, &c.Ghosts, &c.Haunting, &c.Endorsed, &c.Withdrawn, &c.Disavowed, &c.Groups, &c.Acts, &c.Refused); err != nil {
		return nil, err
	}
	heads, err := drafts(s, d.Index, c.Drafts, 1)
	if err != nil {
		return nil, err
	}
	if len(heads) > 0 {
		out.Draft = &heads[0]
	}
	if out.Codified, err = codification(s, d.Index); err != nil {
		return nil, err
	}
	timelines, err := timelines(s, d.Index)
	if err != nil {
		return nil, err
	}
	if n := len(timelines); n > 0 {
		out.Timeline = &timelines[n-1]
	}
	return out, nil
}

func codification(s *readmodel.Snapshot, docket int64) (*Codification, error) {
	var c Codification
	var counts string
	found, err := s.One(`SELECT e.id, e.idx, e.time, c.version, r.id, c.counts, t.text FROM codification c JOIN entry e ON e.idx = c.entry
		LEFT JOIN entry r ON r.idx = c.record LEFT JOIN document t ON t.idx = c.entry WHERE c.docket = ?`,
		readmodel.Args{docket}, &c.Entry, &c.Index, &c.Time, &c.Version, &c.Record, &counts, &c.Reason)
	if err != nil || !found {
		return nil, err
	}
	if counts != "" {
		if err := json.Unmarshal([]byte(counts), &c.Counts); err != nil {
			return nil, fmt.Errorf("read codification: %w", err)
		}
	}
	return &c, nil
}

func timelines(s *readmodel.Snapshot, docket int64) ([]Timeline, error) {
	return readmodel.Collect(s, func(scan readmodel.Scan, t *Timeline) error {
		var stages string
		if err := scan(&t.Entry, &t.Index, &t.Time, &stages, &t.Reason); err != nil {
			return err
		}
		return json.Unmarshal([]byte(stages), &t.Stages)
	}, "SELECT e.id, e.idx, e.time, t.stages, t.reason FROM timeline t JOIN entry e ON e.idx = t.idx WHERE t.docket = ? ORDER BY t.idx", docket)
}

// contribution returns one, or NotFound.
func contribution(s *readmodel.Snapshot, id publica.EntryID) (*Contribution, error) {
	found, err := readmodel.Collect(s, scanContribution, contributionColumns+"WHERE e.id = ?", id)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, publica.Problem(publica.NotFound, "entry", "is not an idea or comment of this register").
			WithHint("a new contribution is shown with the next block; what the rules refused is not shown here, /entry/ and its id has it")
	}
	return &found[0], nil
}

// maxThread bounds the replies shown below one comment.
const maxThread = 200

// thread puts the replies below each comment.
func thread(s *readmodel.Snapshot, list []Contribution) error {
	for i := range list {
		if list[i].Kind != "comment" || list[i].Depth > 0 || list[i].Replies == 0 {
			continue
		}
		replies, err := readmodel.Collect(s, scanContribution, contributionColumns+"WHERE c.root = ? AND c.depth > 0 ORDER BY c.seq LIMIT ?", list[i].Index, maxThread)
		if err != nil {
			return err
		}
		list[i].Thread = nest(list[i].Entry, replies)
	}
	return nil
}

// nest orders replies so that each stands below what it replies to.
func nest(parent publica.EntryID, replies []Contribution) []Contribution {
	var out []Contribution
	for _, r := range replies {
		if r.Target == parent {
			out = append(append(out, r), nest(r.Entry, replies)...)
		}
	}
	return out
}

const responseColumns = `SELECT e.id, e.idx, e.time, r.outcome, t.text, r.covers, r.settles, r.model, r.prompt FROM response r JOIN entry e ON e.idx = r.idx JOIN document t ON t.idx = r.idx `

func scanResponse(scan readmodel.Scan, r *Response) error {
	return scan(&r.Entry, &r.Index, &r.Time, &r.Outcome, &r.Reason, &r.Answers, &r.Settles, &r.Model, &r.Prompt)
}

// responses lists the answers of a docket from a log index on.
func responses(s *readmodel.Snapshot, docket, since int64, limit int) (list []Response, next int64, err error) {
	list, err = readmodel.Collect(s, scanResponse, responseColumns+"WHERE r.docket = ? AND r.idx >= ? ORDER BY r.idx LIMIT ?", docket, since, limit+1)
	if err != nil {
		return nil, 0, err
	}
	next = -1
	if len(list) > limit {
		next, list = list[limit].Index, list[:limit]
	}
	return list, next, completeResponses(s, list)
}

// responsesTo lists the answers to one contribution.
func responsesTo(s *readmodel.Snapshot, c *Contribution) ([]Response, error) {
	list, err := readmodel.Collect(s, scanResponse, responseColumns+`WHERE r.idx IN (
		SELECT response FROM response_target WHERE target = ?1
		UNION SELECT response FROM response_member WHERE target = ?1
		UNION SELECT g.response FROM response_range g JOIN docket d ON d.idx = g.docket WHERE d.id = ? AND g.first <= ? AND g.last >= ?) ORDER BY r.idx`,
		c.Index, c.Docket, c.Position, c.Position)
	if err != nil {
		return nil, err
	}
	return list, completeResponses(s, list)
}

func completeResponses(s *readmodel.Snapshot, list []Response) (err error) {
	for i := range list {
		r := &list[i]
		if r.Sections, err = readmodel.Collect(s, func(scan readmodel.Scan, v *SectionName) error { return scan(&v.ID, &v.Heading) },
			"SELECT s.section, coalesce(t.heading, s.section) FROM response_section s JOIN response r ON r.idx = s.response LEFT JOIN section_state t ON t.docket = r.docket AND t.section = s.section WHERE s.response = ? ORDER BY s.section", r.Index); err != nil {
			return err
		}
		if r.Targets, err = readmodel.Collect(s, func(scan readmodel.Scan, v *publica.EntryID) error { return scan(v) },
			"SELECT e.id FROM response_target t JOIN entry e ON e.idx = t.target WHERE t.response = ? ORDER BY t.target LIMIT 100", r.Index); err != nil {
			return err
		}
		if r.Ranges, err = readmodel.Collect(s, func(scan readmodel.Scan, v *[2]int64) error { return scan(&v[0], &v[1]) },
			"SELECT first, last FROM response_range WHERE response = ? ORDER BY first", r.Index); err != nil {
			return err
		}
	}
	return nil
}

// heard returns the first contributions a response answers. A range may cover a
// whole docket, so each is cut before they meet.
func heard(s *readmodel.Snapshot, docket int64, r *Response, limit int) ([]Contribution, error) {
	index := func(scan readmodel.Scan, idx *int64) error { return scan(idx) }
	found, err := readmodel.Collect(s, index, "SELECT target FROM response_target WHERE response = ? ORDER BY target LIMIT ?", r.Index, limit)
	if err != nil {
		return nil, err
	}
	for _, span := range r.Ranges[:min(len(r.Ranges), limit)] {
		more, err := readmodel.Collect(s, index, "SELECT idx FROM contribution WHERE docket = ? AND seq BETWEEN ? AND ? ORDER BY seq LIMIT ?", docket, span[0], span[1], limit)
		if err != nil {
			return nil, err
		}
		found = append(found, more...)
	}
	more, err := readmodel.Collect(s, index, "SELECT target FROM response_member WHERE response = ? ORDER BY target LIMIT ?", r.Index, limit)
	if err != nil {
		return nil, err
	}
	found = append(found, more...)
	slices.Sort(found)
	found = slices.Compact(found)
	return contributionsAt(s, found[:min(len(found), limit)])
}

// refused lists what the rules refused in a docket.
func refused(s *readmodel.Snapshot, docket, since int64, limit int) (list []RefusedEntry, next int64, err error) {
	list, err = readmodel.Collect(s, func(scan readmodel.Scan, r *RefusedEntry) error {
		return scan(&r.Entry, &r.Index, &r.Time, &r.Kind, &r.Author, &r.Code, &r.Field, &r.Message)
	}, `SELECT e.id, e.idx, e.time, e.kind, e.author, r.code, r.field, r.message FROM refused r JOIN entry e ON e.idx = r.idx
		WHERE r.docket = ? AND r.idx >= ? ORDER BY r.idx LIMIT ?`, docket, since, limit+1)
	if err != nil {
		return nil, 0, err
	}
	next = -1
	if len(list) > limit {
		next, list = list[limit].Index, list[:limit]
	}
	return list, next, nil
}
