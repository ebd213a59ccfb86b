package participationview

import (
	"html"
	"slices"
	"strings"

	"publica"
	"publica/internal/readmodel"
)

// A v4Select is the SQL of a list: what it is about, in which order.
type v4Select struct {
	idx   string // the column with the log index of each
	from  string
	where []string
	args  readmodel.Args
	sorts map[string]string // column of each key, and of none
	each  []string          // columns by which no two are equal
	known int64             // how many there are, if that is counted already; else -1
}

func (v *v4Select) and(condition string, args ...any) {
	v.where, v.args = append(v.where, condition), append(v.args, args...)
}

func (v *v4Select) body() string {
	s := " FROM " + v.from
	if len(v.where) > 0 {
		s += " WHERE " + strings.Join(v.where, " AND ")
	}
	return s
}

// order returns ORDER BY; what is equal by every key stands in log order. other
// is the other way round.
func (v *v4Select) order(keys []v4Order, other bool) string {
	down := len(keys) > 0 && keys[0].down
	var terms, by []string
	for _, k := range append(slices.Clone(keys), v4Order{"", down}) {
		column := v.sorts[k.key]
		if slices.Contains(by, column) {
			continue
		}
		by = append(by, column)
		if k.down != other {
			column += " DESC"
		}
		terms = append(terms, column)
		if slices.Contains(v.each, by[len(by)-1]) {
			break
		}
	}
	return " ORDER BY " + strings.Join(terms, ", ")
}

// page returns the log indexes of one page, and how many there are in all. What
// stands before the page is skipped by OFFSET: where an index has all the columns
// in question, nothing else is read; and it is skipped from the nearer end.
func (v *v4Select) page(s *readmodel.Snapshot, q *v4Query) (found []int64, total int64, err error) {
	if total = v.known; total < 0 {
		if _, err := s.One("SELECT count(*)"+v.body(), v.args, &total); err != nil {
			return nil, 0, err
		}
	}
	skip := (q.number - 1) * q.size
	n := min(q.size, total-skip)
	if n <= 0 {
		return []int64{}, total, nil
	}
	other := skip > total/2
	if other {
		skip = total - skip - n
	}
	found, err = readmodel.Collect(s, func(scan readmodel.Scan, idx *int64) error { return scan(idx) },
		"SELECT "+v.idx+v.body()+v.order(q.sort, other)+" LIMIT ? OFFSET ?", append(slices.Clone(v.args), n, skip)...)
	if other {
		slices.Reverse(found)
	}
	return found, total, err
}

// v4Since returns the index of the first record of the log at a time or later.
// Block time never goes back, so it is found by halving.
func v4Since(s *readmodel.Snapshot, t publica.Time) (int64, error) {
	low, high := int64(0), s.Next
	for low < high {
		middle := (low + high) / 2
		at, is := high, publica.Time(0)
		found, err := s.One("SELECT idx, time FROM entry WHERE idx >= ? ORDER BY idx LIMIT 1", readmodel.Args{middle}, &at, &is)
		if err != nil {
			return 0, err
		}
		if found && is < t {
			low = at + 1
		} else {
			high = middle
		}
	}
	return low, nil
}

// indexes turns a span of time into one of the log.
func (v v4Span) indexes(s *readmodel.Snapshot) (from, to int64, err error) {
	to = s.Next
	if v.from != 0 {
		if from, err = v4Since(s, v.from); err != nil {
			return 0, 0, err
		}
	}
	if v.to != 0 {
		to, err = v4Since(s, v.to)
	}
	return from, to, err
}

// within adds a span of time to the conditions; column has a log index.
func (v *v4Select) within(s *readmodel.Snapshot, column string, span v4Span) error {
	if span.open() {
		return nil
	}
	from, to, err := span.indexes(s)
	v.and(column+" >= ?", from)
	v.and(column+" < ?", to)
	return err
}

// match returns the expression that finds the search term, or the id that the
// term is.
func (q *v4Query) match(kind publica.Kind) (match string, id publica.EntryID) {
	term := q.filters["searchTerm"]
	if id, ok := wholeID(term); ok {
		return "", id
	}
	in, _ := wholeID(q.filters["docketId"])
	return readmodel.Search{Text: term, Kind: kind, Docket: publica.DocketID(in)}.Match(), id
}

// highlights returns what was found in each of the records, as HTML in which
// everything but <mark> is escaped.
func (q *v4Query) highlights(s *readmodel.Snapshot, found []int64) (map[int64]string, error) {
	all := map[int64]string{}
	match := readmodel.Search{Text: q.filters["searchTerm"]}.Match()
	if match == "" || len(found) == 0 {
		return all, nil
	}
	for _, idx := range found {
		var text string
		if _, err := s.One("SELECT snippet(document_search, -1, char(2), char(3), ' … ', 28) FROM document_search WHERE document_search MATCH ? AND rowid = ?",
			readmodel.Args{match, idx}, &text); err != nil {
			return nil, err
		}
		all[idx] = strings.NewReplacer("\x02", "<mark>", "\x03", "</mark>").Replace(html.EscapeString(text))
	}
	return all, nil
}
