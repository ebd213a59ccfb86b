package ogp

import (
	"encoding/csv"
	"encoding/json/jsontext"
	"io"
	"slices"
	"strconv"
	"strings"

	"publica"
)

// Plan says of whose plan commitments are, and gives the texts and names that no
// record holds. Functions may be nil: what they would give is unknown then.
type Plan struct {
	Country string // or locality
	Number  string // of the action plan, as the OGP counts them
	Text    func(record publica.EntryID, part string) string
	Body    func(publica.BodyID) string             // name of a body
	URL     func(commitment publica.EntryID) string // of its page
}

// column is one of the table of commitments.
type column struct {
	name string
	of   func(*commitmentRow) string
}

// commitmentRow is a promise at a time, for the columns to read.
type commitmentRow struct {
	*Promise
	*Plan
	Standing
	terms        terms
	midterm, end *said // the last final review of each phase
	supporting   []publica.BodyID
	first, last  publica.Time
	words        func(part string) string
}

// The OGP's data set marks what is not coded ND, no data.
const noData = "ND"

// columns are those of the OGP's public data set of commitments that a register
// can fill (opengovpartnership.org, "OGP commitments data and documents"), under
// its names and in its order and codes; after them, in the same manner, what a
// register knows and the data set has no column for.
var columns = []column{
	{"Commitment Unique Identifier", func(r *commitmentRow) string { return r.Adopted.ID.String() }},
	{"Country/Locality", func(r *commitmentRow) string { return r.Country }},
	{"Action Plan Number", func(r *commitmentRow) string { return r.Number }},
	{"Commitment Number", func(r *commitmentRow) string { return r.Name }},
	{"Year Of Submission", func(r *commitmentRow) string { return year4(r.Adopted.When) }},
	{"Action Plan End Year", func(r *commitmentRow) string { return year4(r.last) }},
	{"Commitment Title", func(r *commitmentRow) string { return r.words("title") }},
	{"Full Text", (*commitmentRow).full},
	{"Start Date", func(r *commitmentRow) string { return date(r.first) }},
	{"End Date", func(r *commitmentRow) string { return date(r.last) }},
	{"Lead Institution", (*commitmentRow).lead},
	{"Supporting Institution(s)", func(r *commitmentRow) string { return r.bodies(r.supporting) }},
	{"Verifiable", (*commitmentRow).verifiable},
	{"OGP Value Access To Information", serves("access-to-information")},
	{"OGP Value Civic Participation", serves("civic-participation")},
	{"OGP Value Public Accountability", serves("public-accountability")},
	{"OGP Value Technology", serves("technology-innovation")},
	{"Completion (Progress Report)", func(r *commitmentRow) string { return completion(r.midterm) }},
	{"Potential for Results", (*commitmentRow).potential},
	{"Completion (End Of Term)", func(r *commitmentRow) string { return completion(r.end) }},
	{"Early Results", (*commitmentRow).results},
	{"URL", func(r *commitmentRow) string { return called(r.URL, r.Adopted.ID) }},

	{"Open Government Lens", (*commitmentRow).lens},
	{"Part Of", (*commitmentRow).partOf},
	{"Indicator", func(r *commitmentRow) string { return r.words("indicator") }},
	{"Unit", func(r *commitmentRow) string { return r.terms.unit }},
	{"Baseline", func(r *commitmentRow) string { return point(r.terms.baseline) }},
	{"Target", func(r *commitmentRow) string { return point(r.terms.target) }},
	{"Last Value", func(r *commitmentRow) string { return optional(r.Value) }},
	{"Permille Of The Way", func(r *commitmentRow) string { return optional(r.Permille) }},
	{"Milestones", func(r *commitmentRow) string { return strconv.FormatInt(r.Milestones, 10) }},
	{"Milestones Done", func(r *commitmentRow) string { return strconv.FormatInt(r.Done, 10) }},
	{"Claimed By Government", func(r *commitmentRow) string { return r.Claim }},
	{"Computed State", func(r *commitmentRow) string { return string(r.State) }},
	{"Amendments", func(r *commitmentRow) string { return strconv.FormatInt(r.Amendments, 10) }},
	{"Amendments Unexplained", func(r *commitmentRow) string { return strconv.FormatInt(r.Unexplained, 10) }},
	{"As Of", func(r *commitmentRow) string { return r.Standing.At.String() }},
}

// CommitmentColumns returns the names of the columns of a table of commitments.
func CommitmentColumns() (names []string) {
	for _, c := range columns {
		names = append(names, c.name)
	}
	return names
}

// CommitmentRows returns a row for each commitment adopted by a time, as it stood
// then: cells in the order of [CommitmentColumns].
func CommitmentRows(promises []*Promise, plan *Plan, at publica.Time) (rows [][]string) {
	for _, p := range promises {
		r, ok := rowOf(p, plan, at)
		if !ok {
			continue
		}
		var cells []string
		for _, c := range columns {
			cells = append(cells, c.of(r))
		}
		rows = append(rows, cells)
	}
	return rows
}

func rowOf(p *Promise, plan *Plan, at publica.Time) (*commitmentRow, bool) {
	s, ok := p.At(at)
	if !ok {
		return nil, false
	}
	r := &commitmentRow{Promise: p, Plan: plan, Standing: s, terms: p.account(at).terms, first: p.Adopted.When, supporting: p.Adopted.said.Supporting}
	source := map[string]publica.EntryID{}
	note := func(s Step) {
		for _, part := range s.Parts {
			source[part] = s.ID
		}
	}
	note(p.Adopted)
	for _, s := range p.until(at) {
		switch {
		case s.Kind == "commitment/amend":
			note(s)
			if len(s.said.Supporting) > 0 {
				r.supporting = s.said.Supporting
			}
		case s.Kind != "commitment/review" || s.said.Draft.IsZero(): // not a final review
		case s.said.Phase == "mid-term":
			r.midterm = &s.said
		default:
			r.end = &s.said
		}
	}
	for _, m := range r.terms.milestones {
		r.last = max(r.last, m.Due)
	}
	if r.terms.target != nil {
		r.last = max(r.last, r.terms.target.At)
	}
	r.words = func(part string) string {
		if id, ok := source[part]; ok && plan.Text != nil {
			return plan.Text(id, part)
		}
		return ""
	}
	return r, true
}

// full is the text of a commitment as the data set has it: all of it, one part
// after the other.
func (r *commitmentRow) full() string {
	parts := []string{"problem", "action"}
	for _, m := range r.terms.milestones {
		parts = append(parts, m.Part)
	}
	var out []string
	for _, p := range parts {
		if text := r.words(p); text != "" {
			out = append(out, text)
		}
	}
	return strings.Join(out, "\n\n")
}

func (r *commitmentRow) lead() string {
	if r.terms.agency.IsZero() && r.Adopted.imported() {
		return r.words("author")
	}
	return r.bodies([]publica.BodyID{r.terms.agency})
}

func (r *commitmentRow) bodies(ids []publica.BodyID) string {
	var names []string
	for _, id := range ids {
		switch {
		case id.IsZero():
		case r.Body == nil:
			names = append(names, id.String())
		default:
			names = append(names, r.Body(id))
		}
	}
	return strings.Join(names, "; ")
}

// judged is the last final review, whatever its phase.
func (r *commitmentRow) judged() *said {
	if r.end != nil {
		return r.end
	}
	return r.midterm
}

func (r *commitmentRow) verifiable() string {
	if j := r.judged(); j != nil {
		return yesNo(j.Coding.Verifiable)
	}
	return noData
}

func (r *commitmentRow) lens() string {
	if j := r.judged(); j != nil {
		return yesNo(j.Coding.Lens)
	}
	return noData
}

func (r *commitmentRow) potential() string {
	if j := r.judged(); j != nil {
		return coded(j.Coding.Potential)
	}
	return noData
}

func (r *commitmentRow) results() string {
	switch {
	case r.end == nil:
		return noData
	case r.end.Coding.Results == "no-notable":
		return "No Notable Results"
	}
	return coded(r.end.Coding.Results)
}

func (r *commitmentRow) partOf() string {
	if r.Parent.IsZero() {
		return ""
	}
	return r.Parent.String()
}

func completion(review *said) string {
	switch {
	case review == nil:
		return noData
	case review.Coding.Completion == "no-evidence":
		return "No Evidence Available"
	}
	return coded(review.Coding.Completion)
}

// coded is a code in the manner of the data set: "not-started" is "Not Started".
func coded(code string) string {
	if code == "" {
		return noData
	}
	words := strings.Split(code, "-")
	for i, w := range words {
		words[i] = strings.ToUpper(w[:1]) + w[1:]
	}
	return strings.Join(words, " ")
}

// serves is 1 if the commitment serves a value of open government, else 0.
func serves(value string) func(*commitmentRow) string {
	return func(r *commitmentRow) string {
		if slices.Contains(r.terms.values, value) {
			return "1"
		}
		return "0"
	}
}

func yesNo(is bool) string {
	if is {
		return "Yes"
	}
	return "No"
}

func date(t publica.Time) string {
	if t.IsZero() {
		return "NA" // as the data set marks what a plan does not say
	}
	return t.Std().Format("2006-01-02")
}

func year4(t publica.Time) string { return strings.Split(date(t), "-")[0] }

func point(p *Point) string {
	if p == nil {
		return ""
	}
	return strconv.FormatInt(p.Value, 10) + " on " + date(p.At)
}

func optional(n *int64) string {
	if n == nil {
		return ""
	}
	return strconv.FormatInt(*n, 10)
}

func called(f func(publica.EntryID) string, id publica.EntryID) string {
	if f == nil {
		return ""
	}
	return f(id)
}

// WriteCommitmentsCSV writes rows as CSV under the names of their columns.
func WriteCommitmentsCSV(to io.Writer, rows [][]string) error {
	w := csv.NewWriter(to)
	if err := w.Write(CommitmentColumns()); err != nil {
		return err
	}
	if err := w.WriteAll(rows); err != nil {
		return err
	}
	return w.Error()
}

// WriteCommitmentsJSON writes rows as a JSON array of objects, whose members are
// the columns.
func WriteCommitmentsJSON(to io.Writer, rows [][]string) error {
	e := jsontext.NewEncoder(to, jsontext.WithIndent("  "))
	names := CommitmentColumns()
	tokens := []jsontext.Token{jsontext.BeginArray}
	for _, cells := range rows {
		tokens = append(tokens, jsontext.BeginObject)
		for i, cell := range cells {
			tokens = append(tokens, jsontext.String(names[i]), jsontext.String(cell))
		}
		tokens = append(tokens, jsontext.EndObject)
	}
	for _, t := range append(tokens, jsontext.EndArray) {
		if err := e.WriteToken(t); err != nil {
			return err
		}
	}
	return nil
}
