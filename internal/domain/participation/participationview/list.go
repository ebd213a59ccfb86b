package participationview

import (
	"encoding/json/v2"
	"fmt"
	"strings"

	"publica"
	"publica/internal/readmodel"
)

// A filter narrows a list of contributions. Zero values do not.
type filter struct {
	docket  int64
	kind    string           // idea, comment
	text    string           // words that must be in it
	in      publica.DocketID // the docket, for text
	stance  string
	section string
	state   string // owed, answered
	channel string
	files   bool    // with attachments
	about   int64   // comments of this idea
	first   bool    // no replies
	among   []int64 // log indexes; nil: any
	since   int64   // log index to continue from
	from    int64   // docket position to continue from
	limit   int
}

const contributionColumns = `SELECT e.id, e.idx, d.id, d.languages, c.seq, e.time, c.kind, c.channel, e.author, c.name, c.source, c.claimed, c.url, c.label,
	t.title, t.text, c.stance, target.id, idea.id, ideatext.title, idea.kind, c.depth, c.section, heading.heading, c.version, c.quote_from, c.quote_to,
	c.owed, answer.id, r.outcome, c.replies, c.endorsed, c.files, c.root, c.about,
	(SELECT id FROM entry x WHERE x.idx = c.hidden), (SELECT id FROM entry x WHERE x.idx = c.erased), (SELECT id FROM entry x WHERE x.idx = c.withdrawn), (SELECT id FROM entry x WHERE x.idx = c.disavowed), (SELECT id FROM entry x WHERE x.idx = c.grp)
	FROM contribution c JOIN entry e ON e.idx = c.idx JOIN document t ON t.idx = c.idx JOIN docket d ON d.idx = c.docket
	LEFT JOIN entry target ON target.idx = c.target LEFT JOIN entry idea ON idea.idx = c.about LEFT JOIN document ideatext ON ideatext.idx = c.about
	LEFT JOIN entry answer ON answer.idx = c.answered LEFT JOIN response r ON r.idx = c.answered LEFT JOIN section_state heading ON heading.docket = c.docket AND heading.section = c.section `

// listColumns are the same with the text cut: a page of a thousand long texts
// would be gigabytes. The whole text is at the contribution's own page.
var listColumns = strings.Replace(contributionColumns, "t.text,", "CASE WHEN length(t.text) > 65536 THEN substr(t.text, 1, 65536) || ' …' ELSE t.text END,", 1)

func scanContribution(scan readmodel.Scan, c *Contribution) error {
	var from, to int64
	var languages string
	o := &c.Origin
	if err := scan(&c.Entry, &c.Index, &c.Docket, &languages, &c.Position, &c.Time, &c.Kind, &o.Channel, &o.Author, &o.Name, &o.Source, &o.Claimed, &o.URL, &o.Label,
		&c.Title, &c.Text, &c.Stance, &c.Target, &c.Idea, &c.IdeaName, &c.AboutKind, &c.Depth, &c.Section, &c.Heading, &c.Version, &from, &to,
		&c.Owed, &c.Response, &c.outcome, &c.Replies, &c.Endorsed, &c.Files, &c.root, &c.about,
		&c.Hidden, &c.Erased, &c.Withdrawn, &c.Disavowed, &c.Group); err != nil {
		return err
	}
	if c.AboutKind == "participation/idea" {
		c.AboutKind = ""
	} else {
		c.About, c.Idea, c.IdeaName = c.Idea, publica.EntryID{}, ""
	}
	if to > from {
		c.Range = &[2]int64{from, to}
	}
	var tags []string
	if err := json.Unmarshal([]byte(languages), &tags); err != nil {
		return fmt.Errorf("read languages: %w", err)
	}
	c.Lang = soleLanguage(tags)
	return nil
}

// looked bounds how many contributions one page looks through for those that
// fit several choices at once; the next page goes on from there.
const looked = 5000

// A search is the SQL of a filter: an index that holds what fits its most
// telling choice in order, and the choices that are left.
type search struct {
	index string // conditions that one index answers
	args  readmodel.Args
	rest  []string
	extra readmodel.Args
}

// narrowing are the columns that conditions are about.
const narrowing = "idx, docket, seq, kind, stance, section, channel, files, owed, answered, depth"

// plan chooses the index: the one that holds the fewest, as a rule.
func (f *filter) plan() search {
	s := search{}
	choose := func(chosen bool, index string, args ...any) {
		switch {
		case !chosen:
		case s.index == "":
			s.index, s.args = index, args
		default:
			s.rest, s.extra = append(s.rest, index), append(s.extra, args...)
		}
	}
	if f.text != "" {
		// Searching is by the index of words; everything else is left.
		s.index = "text"
	}
	choose(f.about > 0, "about = ?", f.about)
	if f.among != nil {
		choose(true, "docket = ? AND idx IN (SELECT value FROM json_each(?))", f.docket, indexes(f.among))
	}
	choose(f.section != "", "docket = ? AND section = ?", f.docket, f.section)
	choose(f.files, "docket = ? AND files > 0", f.docket)
	choose(f.state == "owed", "docket = ? AND owed = 1 AND answered IS NULL", f.docket)
	choose(f.kind == "idea", "docket = ? AND kind = 'idea'", f.docket)
	choose(f.channel != "", "docket = ? AND channel = ?", f.docket, f.channel)
	choose(f.stance != "", "docket = ? AND stance = ? AND kind = 'comment'", f.docket, f.stance)
	choose(f.state == "answered", "docket = ? AND answered IS NOT NULL", f.docket)
	choose(f.first, "docket = ? AND depth = 0 AND kind = 'comment'", f.docket)
	choose(s.index == "", "docket = ?", f.docket)
	choose(f.kind == "comment" && f.text == "" && !strings.Contains(s.index, "kind ="), "kind = 'comment'")
	return s
}

// narrowed returns the query for the log indexes of what fits, in order: it
// looks through one index from a place on, and stops when it has enough. The
// inner LIMIT keeps SQLite from reading more than it is asked to.
func (s *search) narrowed(f *filter, at int64) (string, readmodel.Args) {
	from, args := "SELECT "+narrowing+" FROM contribution WHERE "+s.index+" AND seq >= ? ORDER BY seq LIMIT ?", append(append(readmodel.Args{}, s.args...), at, looked)
	if f.text != "" {
		words := "SELECT rowid AS idx FROM document_search WHERE document_search MATCH ? AND rowid >= ? ORDER BY rowid LIMIT ?"
		if len(s.rest) == 0 {
			return words, readmodel.Args{f.match(), f.since, f.limit + 1}
		}
		from, args = "SELECT c.* FROM ("+words+") f CROSS JOIN contribution c ON c.idx = f.idx", readmodel.Args{f.match(), f.since, looked}
	}
	query := "SELECT idx FROM (" + from + ")"
	if len(s.rest) > 0 {
		query += " WHERE " + strings.Join(s.rest, " AND ")
	}
	return query + " LIMIT ?", append(append(args, s.extra...), f.limit+1)
}

func (f *filter) match() string {
	kind := publica.Kind("")
	if f.kind != "" {
		kind = "participation/" + publica.Kind(f.kind)
	}
	return readmodel.Search{Text: f.text, Docket: f.in, Kind: kind}.Match()
}

// beyond returns the log index from which a page goes on that has looked
// through all it may, -1 if there is nothing more.
func (s *search) beyond(m *readmodel.Snapshot, f *filter, at int64) (next int64, err error) {
	next = -1
	if f.text != "" {
		_, err = m.One("SELECT rowid FROM document_search WHERE document_search MATCH ? AND rowid >= ? ORDER BY rowid LIMIT 1 OFFSET ?", readmodel.Args{f.match(), f.since, looked}, &next)
		return next, err
	}
	_, err = m.One("SELECT idx FROM contribution WHERE "+s.index+" AND seq >= ? ORDER BY seq LIMIT 1 OFFSET ?", append(append(readmodel.Args{}, s.args...), at, looked), &next)
	return next, err
}

// contributions lists by docket position, and says at which log index to
// continue; -1 at the end.
func contributions(s *readmodel.Snapshot, f filter) (list []Contribution, next int64, err error) {
	if f.text != "" && f.match() == "" {
		return []Contribution{}, -1, nil
	}
	at := f.from
	if f.since > 0 {
		// The same order by either name: the indexes are by position.
		at = 1 << 62
		if _, err := s.One("SELECT seq FROM entry WHERE docket = ? AND idx >= ? ORDER BY idx LIMIT 1", readmodel.Args{f.docket, f.since}, &at); err != nil {
			return nil, 0, err
		}
	}
	plan := f.plan()
	query, args := plan.narrowed(&f, at)
	found, err := readmodel.Collect(s, func(scan readmodel.Scan, idx *int64) error { return scan(idx) }, query, args...)
	if err != nil {
		return nil, 0, err
	}
	if len(found) > f.limit {
		next, found = found[f.limit], found[:f.limit]
	} else if next, err = plan.beyond(s, &f, at); err != nil {
		return nil, 0, err
	}
	list, err = contributionsAt(s, found)
	return list, next, err
}

// contributionsAt returns contributions by their log indexes.
func contributionsAt(s *readmodel.Snapshot, idx []int64) ([]Contribution, error) {
	return readmodel.Collect(s, scanContribution, listColumns+"WHERE c.idx IN (SELECT value FROM json_each(?)) ORDER BY c.seq", indexes(idx))
}

// indexes are log indexes as json_each takes them.
func indexes(all []int64) string {
	raw, err := json.Marshal(all)
	if err != nil {
		panic(err) // numbers have a form
	}
	return string(raw)
}
