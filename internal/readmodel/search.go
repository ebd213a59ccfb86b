package readmodel

import (
	"strings"
	"unicode"

	"publica"
)

// rankedHits bounds the work of ranking: with more hits than this, the newest
// come first instead, because scoring a common word over millions of rows
// would take seconds and say little.
const rankedHits = 5000

// Limits of a search, so that nobody's query is anybody's burden.
const (
	maxTerms   = 12
	maxTermLen = 48 // runes
)

// A Search is a question to the text of the register.
type Search struct {
	Text   string           // what a person typed
	Docket publica.DocketID // zero: all
	Kind   publica.Kind     // "": all
	Cursor int64            // of the page before; 0: the first
	Limit  int
}

// A Found is one page of answers.
type Found struct {
	Hits   []Hit
	Next   int64 // cursor of the next page; 0: this is the last
	Total  int64 // all hits, counted up to a bound
	More   bool  // there are more hits than Total
	Ranked bool  // by relevance; otherwise newest first
}

// A Hit is one record that answers a search.
type Hit struct {
	Index   int64
	ID      publica.EntryID
	Kind    publica.Kind
	Docket  publica.DocketID // zero: none
	Time    publica.Time
	Title   []Span
	Snippet []Span
}

// A Span is a run of text that matched, or did not. It is text, never HTML:
// a template escapes it.
type Span struct {
	Text  string
	Match bool
}

// The characters FTS5 puts around a match. They are not text, and are taken
// out of it should an author have put them there.
const (
	matchStart = "\x02"
	matchEnd   = "\x03"
)

// Search finds text. A question without a word in it finds nothing. Results
// come by relevance as long as there are few enough to score.
func (s *Snapshot) Search(q Search) (*Found, error) {
	found := &Found{Hits: []Hit{}}
	match := matchExpression(q)
	if match == "" {
		return found, nil
	}
	if _, err := s.One("SELECT count(*) FROM (SELECT 1 FROM document_search WHERE document_search MATCH ? LIMIT ?)",
		Args{match, rankedHits + 1}, &found.Total); err != nil {
		return nil, err
	}
	if found.Total > rankedHits {
		found.Total, found.More = rankedHits, true
	}
	found.Ranked = !found.More
	limit := q.Limit
	if limit <= 0 || limit > 100 {
		limit = 20
	}
	// A ranked page is told by how many hits came before it, an unranked one
	// by the log index it ended at: that list has no ceiling.
	where, order, args := "", "bm25(document_search, 0.0, 6.0, 1.0), f.rowid LIMIT ? OFFSET ?", Args{match, limit + 1, q.Cursor}
	if found.More {
		order, args = "f.rowid DESC LIMIT ?", Args{match, limit + 1}
		if q.Cursor > 0 {
			where, args = " AND f.rowid < ?", Args{match, q.Cursor, limit + 1}
		}
	}
	err := s.Each(func(scan Scan) error {
		var h Hit
		var title, snippet string
		if err := scan(&h.Index, &h.ID, &h.Kind, &h.Docket, &h.Time, &title, &snippet); err != nil {
			return err
		}
		h.Title, h.Snippet = spans(title), spans(snippet)
		found.Hits = append(found.Hits, h)
		return nil
	}, `SELECT e.idx, e.id, e.kind, d.id, e.time,
			highlight(document_search, 1, char(2), char(3)),
			snippet(document_search, 2, char(2), char(3), ' … ', 28)
		FROM document_search f JOIN entry e ON e.idx = f.rowid LEFT JOIN docket_size d ON d.docket = e.docket
		WHERE document_search MATCH ?`+where+` ORDER BY `+order, args...)
	if err != nil {
		return nil, err
	}
	if len(found.Hits) > limit {
		found.Hits = found.Hits[:limit]
		found.Next = q.Cursor + int64(limit)
		if found.More {
			found.Next = found.Hits[limit-1].Index
		}
	}
	return found, nil
}

// Match returns the expression that finds the question in document_search, for
// views that narrow it by tables of their own; "" if there is no word in it.
func (q Search) Match() string { return matchExpression(q) }

// matchExpression turns what a person typed into FTS5's language. Every term
// is a quoted string of letters and digits, so nothing typed is syntax: words
// are all required, "quoted words" stand together, a word ending in * is a
// prefix, and -word is left out.
func matchExpression(q Search) string {
	var want, avoid []string
	for _, t := range terms(q.Text) {
		if t.not {
			avoid = append(avoid, t.expression())
		} else {
			want = append(want, t.expression())
		}
	}
	if len(want) == 0 {
		return ""
	}
	if q.Kind != "" {
		want = append(want, `scope : "`+scopeToken('k', string(q.Kind))+`"`)
	}
	if !q.Docket.IsZero() {
		want = append(want, `scope : "`+scopeToken('d', q.Docket.String())+`"`)
	}
	match := "(" + strings.Join(want, " AND ") + ")"
	for _, a := range avoid {
		match += " NOT " + a
	}
	return match
}

// term is a word or a quoted phrase.
type term struct {
	words  []string
	not    bool
	prefix bool
}

func (t term) expression() string {
	e := `"` + strings.Join(t.words, " ") + `"`
	if t.prefix {
		e += "*"
	}
	return "{title text} : " + e
}

func terms(text string) []term {
	var all []term
	not := false
	for i, quoted := range strings.Split(text, `"`) {
		if i%2 == 1 {
			if t := (term{words: words(quoted), not: not}); len(t.words) > 0 {
				all = append(all, t)
			}
			not = false
			continue
		}
		fields := strings.FieldsFunc(quoted, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",;:/|", r) })
		for j, f := range fields {
			if f == "-" && j == len(fields)-1 && !strings.HasSuffix(quoted, " ") {
				not = true // -"quoted words"
				continue
			}
			t := term{words: words(f), not: len(f) > 1 && f[0] == '-', prefix: strings.HasSuffix(f, "*")}
			if len(t.words) > 0 {
				all = append(all, t)
			}
		}
	}
	return all[:min(len(all), maxTerms)]
}

// words splits as the tokenizer does: at all that is no letter, digit or mark.
func words(s string) []string {
	all := strings.FieldsFunc(s, func(r rune) bool {
		return r == unicode.ReplacementChar || !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r)
	})
	var kept []string
	for _, w := range all {
		if !strings.ContainsFunc(w, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }) {
			continue // marks alone are no word
		}
		if r := []rune(w); len(r) > maxTermLen {
			w = string(r[:maxTermLen])
		}
		kept = append(kept, w)
	}
	return kept[:min(len(kept), maxTerms)]
}

// spans splits marked text into runs.
func spans(marked string) []Span {
	var all []Span
	add := func(text string, match bool) {
		if text = strings.NewReplacer(matchStart, "", matchEnd, "").Replace(text); text != "" {
			all = append(all, Span{text, match})
		}
	}
	for {
		before, rest, ok := strings.Cut(marked, matchStart)
		add(before, false)
		if !ok {
			return all
		}
		var inside string
		if inside, marked, ok = strings.Cut(rest, matchEnd); !ok {
			add(inside, false)
			return all
		}
		add(inside, true)
	}
}
