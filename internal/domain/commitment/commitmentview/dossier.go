package commitmentview

import (
	"cmp"
	"encoding/json/v2"
	"fmt"
	"slices"
	"strings"

	"publica"
	"publica/internal/domain/commitment"
	"publica/internal/readmodel"
	"publica/internal/web"
	"publica/ogp"
)

// A dossier is a commitment with everything that its page shows, in the page's
// language.
type dossier struct {
	Item
	Reports    []report
	Steps      []dueMilestone
	Rewordings []rewording
	Reviews    []codedReview
	Assessed   []assessment
	Comments   []remark // on the commitment itself
	Closed     *closing
	Records    []entryLine
	Whole      *Item  // that it is a part of
	Of         []Item // its parts
	Follows    []kin  // what it takes up again
	Followed   []kin  // what takes it up, or goes on with it
	Lacks      []string

	lacks []ogp.Lack
	names *names
	then  bool // shown as of an earlier day
}

// A report is what the government says of the commitment at a time.
type report struct {
	ID       publica.EntryID `json:"entry"`
	At       publica.Time    `json:"at" doc:"as of when it is true, as its author says"`
	When     publica.Time    `json:"when" doc:"when it counts: block time; of what is imported, as its source claims"`
	Claimed  bool            `json:"claimed" doc:"imported: that time is a claim"`
	Claim    string          `json:"claim" doc:"what the government says: not-started, in-progress, complete, removed or unstated"`
	Value    *int64          `json:"value,omitempty" doc:"of the indicator"`
	Text     string          `json:"text" doc:"Markdown"`
	Evidence string          `json:"evidence,omitzero"`
	Note     string          `json:"note,omitzero" doc:"what the importer says of the source"`
	Back     bool            `json:"back" doc:"claim or value went backwards"`
}

// A dueMilestone is a milestone as it is promised now.
type dueMilestone struct {
	ID       string          `json:"milestone"`
	Due      publica.Time    `json:"due,omitzero"`
	Says     string          `json:"deliverable"`
	Done     publica.Time    `json:"done,omitzero" doc:"when, as its author says"`
	Record   publica.EntryID `json:"done_entry,omitzero" doc:"the entry that says so"`
	Evidence string          `json:"evidence,omitzero"`
	Late     bool            `json:"overdue"`
}

func (m *dueMilestone) words(l *web.Locale) string {
	due := l.T("no day")
	if m.Due != 0 {
		due = l.Day(m.Due)
	}
	switch {
	case m.Done != 0:
		return l.T("{id}: due {day}, done {done}", "id", web.Apart(m.ID), "day", due, "done", l.Day(m.Done))
	case m.Late:
		return l.T("{id}: due {day}, overdue", "id", web.Apart(m.ID), "day", due)
	}
	return l.T("{id}: due {day}", "id", web.Apart(m.ID), "day", due)
}

// A rewording is an amendment, with old and new beside each other.
type rewording struct {
	ID      publica.EntryID `json:"entry"`
	When    publica.Time    `json:"when"`
	Claimed bool            `json:"claimed" doc:"imported: that time is a claim"`
	Changes []change        `json:"changes"`
	Reason  string          `json:"reason,omitzero"`
	Given   bool            `json:"explained" doc:"a reason is on record"`
	Weakens bool            `json:"weakens" doc:"the target is nearer to the baseline or later, or a milestone is dropped or later"`
}

// A change is one thing that an amendment changed.
type change struct {
	What string    `json:"what"`
	Runs []web.Run `json:"redline"`
}

// A codedReview is the reviewer's coding, with what followed.
type codedReview struct {
	commitment.Review
	ID       publica.EntryID `json:"entry"`
	Time     publica.Time    `json:"time" doc:"block time"`
	Body     string          `json:"reviewer"`
	Text     string          `json:"text" doc:"Markdown"`
	Final    bool            `json:"final"`
	Replaced bool            `json:"replaced" doc:"a draft that a final review follows"`
	Self     string          `json:"self_assessed,omitzero" doc:"completion of this phase as the government assessed it"`
	Claim    string          `json:"claimed,omitzero" doc:"what the government claimed when it was recorded"`
	Differs  bool            `json:"differs" doc:"from what the government says"`
	Replies  []reply         `json:"replies,omitempty"`
	Comments []remark        `json:"comments,omitempty"`
}

// An assessment is the government's own.
type assessment struct {
	commitment.SelfAssess
	ID   publica.EntryID `json:"entry"`
	Time publica.Time    `json:"time"`
	Text string          `json:"text"`
}

type reply struct {
	ID   publica.EntryID `json:"entry"`
	Time publica.Time    `json:"time"`
	Text string          `json:"text"`
}

// A remark is a public comment on a commitment or a review.
type remark struct {
	ID     publica.EntryID `json:"entry"`
	Time   publica.Time    `json:"time"`
	Stance string          `json:"stance"`
	Text   string          `json:"text"`
}

type closing struct {
	commitment.Close
	ID     publica.EntryID `json:"entry"`
	Time   publica.Time    `json:"time"`
	Reason string          `json:"reason"`
}

// An entryLine is a record of the commitment.
type entryLine struct {
	ID      publica.EntryID `json:"entry"`
	Kind    publica.Kind    `json:"kind"`
	Time    publica.Time    `json:"time" doc:"block time"`
	When    publica.Time    `json:"when"`
	Claimed bool            `json:"claimed"`
}

// kin is a commitment or an idea that this one is linked with.
type kin struct {
	Title, Href, In string
	Tag             web.Tag
}

// dossierOf puts together what is on record of a commitment at a time.
func dossierOf(s *readmodel.Snapshot, l *web.Locale, id publica.EntryID, at publica.Time) (*dossier, error) {
	p, all, err := one(s, id)
	if err != nil {
		return nil, err
	}
	d := &dossier{names: namesIn(s)}
	var ok bool
	if d.Item, ok, err = p.item(d.names, at); err != nil {
		return nil, err
	}
	if !ok {
		return nil, publica.Problem(publica.NotFound, "at", "is before this commitment was adopted").WithHint("ask for a later day, or for none")
	}
	for _, f := range []func(*readmodel.Snapshot, *web.Locale, *promise) error{d.tell, d.reword, d.remark, d.kindred} {
		if err := f(s, l, p); err != nil {
			return nil, err
		}
	}
	d.milestones()
	if err := d.parts(p, all); err != nil {
		return nil, err
	}
	if terms, ok := p.Terms(at); ok {
		d.lacks = terms.Lacks()
		for _, lack := range d.lacks {
			if words := lackWords(l, &lack); !slices.Contains(d.Lacks, words) {
				d.Lacks = append(d.Lacks, words)
			}
		}
	}
	return d, nil
}

// tell reads the records in the order in which they count.
func (d *dossier) tell(s *readmodel.Snapshot, _ *web.Locale, p *promise) error {
	steps := slices.DeleteFunc(append([]ogp.Step{p.Adopted}, p.Promise.Steps...), func(st ogp.Step) bool { return st.When > d.Standing.At })
	slices.SortStableFunc(steps, func(a, b ogp.Step) int { return cmp.Compare(a.When, b.When) })
	for i := range steps {
		st := &steps[i]
		d.Records = append(d.Records, entryLine{st.ID, st.Kind, st.Time, st.When, st.When != st.Time})
		if err := d.take(p, st); err != nil {
			return fmt.Errorf("read %s: %w", st.ID, err)
		}
	}
	for i := range d.Reviews {
		if err := d.review(s, &d.Reviews[i]); err != nil {
			return err
		}
	}
	return nil
}

func (d *dossier) take(p *promise, st *ogp.Step) error {
	switch st.Kind {
	case "commitment/update":
		var b commitment.Update
		if err := json.Unmarshal(st.Body, &b); err != nil {
			return err
		}
		d.Reports = append(d.Reports, report{ID: st.ID, At: st.As, When: st.When, Claimed: st.When != st.Time, Claim: string(b.Claim), Value: b.Value,
			Text: p.text(st, "text"), Evidence: p.text(st, "evidence"), Note: p.text(st, "note"), Back: slices.Contains(d.Standing.Back, st.ID)})
	case "commitment/milestone-done":
		var b commitment.MilestoneDone
		if err := json.Unmarshal(st.Body, &b); err != nil {
			return err
		}
		d.Steps = append(d.Steps, dueMilestone{ID: b.Milestone, Done: st.As, Record: st.ID, Evidence: p.text(st, "evidence")})
	case "commitment/self-assess":
		a := assessment{ID: st.ID, Time: st.Time, Text: p.text(st, "text")}
		if err := json.Unmarshal(st.Body, &a.SelfAssess); err != nil {
			return err
		}
		d.Assessed = append(d.Assessed, a)
	case "commitment/review":
		r := codedReview{ID: st.ID, Time: st.Time, Text: p.text(st, "text")}
		if err := json.Unmarshal(st.Body, &r.Review); err != nil {
			return err
		}
		if r.Final = !r.Draft.IsZero(); r.Final {
			for i := range d.Reviews {
				d.Reviews[i].Replaced = d.Reviews[i].Replaced || d.Reviews[i].ID == r.Draft
			}
		}
		d.Reviews = append(d.Reviews, r)
	case "commitment/reply":
		var b commitment.Reply
		if err := json.Unmarshal(st.Body, &b); err != nil {
			return err
		}
		for i := range d.Reviews {
			if d.Reviews[i].ID == b.Review {
				d.Reviews[i].Replies = append(d.Reviews[i].Replies, reply{st.ID, st.Time, p.text(st, "text")})
			}
		}
	case "commitment/close":
		c := &closing{ID: st.ID, Time: st.Time, Reason: p.text(st, "reason")}
		if err := json.Unmarshal(st.Body, &c.Close); err != nil {
			return err
		}
		d.Closed = c
	}
	return nil
}

// review sets a coding beside what the government said when it was recorded.
func (d *dossier) review(s *readmodel.Snapshot, r *codedReview) (err error) {
	for i := range d.Assessed {
		if a := &d.Assessed[i]; a.Phase == r.Phase && a.Time <= r.Time {
			r.Self = string(a.Completion)
			r.Differs = a.Completion != r.Coding.Completion
		}
	}
	for i := range d.Reports {
		if u := &d.Reports[i]; u.When <= r.Time && u.Claim != string(commitment.Unstated) {
			r.Claim = u.Claim
		}
	}
	r.Differs = r.Differs || claimDiffers(r.Claim, r.Coding.Completion)
	var body publica.BodyID
	if _, err := s.One("SELECT body FROM entry WHERE id = ?", readmodel.Args{r.ID}, &body); err != nil {
		return err
	}
	if r.Body, err = d.names.of(body); err != nil {
		return err
	}
	r.Comments, err = remarks(s, r.ID)
	return err
}

// remarks lists public comments on a record, in the order they came in.
func remarks(s *readmodel.Snapshot, on publica.EntryID) ([]remark, error) {
	return readmodel.Collect(s, func(scan readmodel.Scan, m *remark) error {
		return scan(&m.ID, &m.Time, &m.Stance, &m.Text)
	}, `SELECT e.id, e.time, c.stance, t.text FROM contribution c JOIN entry e ON e.idx = c.idx JOIN document t ON t.idx = c.idx
		WHERE c.target = (SELECT idx FROM entry WHERE id = ?) ORDER BY c.idx LIMIT 200`, on)
}

func (d *dossier) remark(s *readmodel.Snapshot, _ *web.Locale, _ *promise) (err error) {
	d.Comments, err = remarks(s, d.Entry)
	return err
}

// milestones joins what is promised with what is done.
func (d *dossier) milestones() {
	done := d.Steps
	d.Steps = nil
	for _, m := range d.terms.Milestones {
		step := dueMilestone{ID: m.ID}
		if i := slices.IndexFunc(done, func(x dueMilestone) bool { return x.ID == m.ID }); i >= 0 {
			step = done[i]
		}
		step.Due, step.Says = m.Due, d.terms.Texts[m.Part]
		step.Late = slices.Contains(d.Standing.Overdue, m.ID)
		d.Steps = append(d.Steps, step)
	}
}

// reword sets the old wording of each amendment beside the new one.
func (d *dossier) reword(_ *readmodel.Snapshot, l *web.Locale, p *promise) error {
	t, err := p.adopted()
	if err != nil {
		return err
	}
	for _, a := range p.amendments(d.Standing.At) {
		before := *t
		before.Texts = map[string]string{}
		for part, text := range t.Texts {
			before.Texts[part] = text
		}
		if err := t.amend(p.records[a.ID]); err != nil {
			return err
		}
		w := rewording{ID: a.ID, When: a.When, Claimed: a.When != a.Time, Reason: p.text(&a.Step, "reason"), Given: a.Reason, Weakens: a.Weakens}
		for _, field := range a.Fields {
			if field == "dropped" && slices.Contains(a.Fields, "milestones") {
				continue // the list of milestones shows both
			}
			was, is, err := d.compare(l, &before, t, field)
			if err != nil {
				return err
			}
			if was != is {
				w.Changes = append(w.Changes, change{fieldWords(l, t, field), web.Redline(web.Tame(was), web.Tame(is))})
			}
		}
		d.Rewordings = append(d.Rewordings, w)
	}
	return nil
}

// compare returns a field in words before and after an amendment.
func (d *dossier) compare(l *web.Locale, before, after *Terms, field string) (was, is string, err error) {
	if before.Texts[field] != "" || after.Texts[field] != "" {
		return before.Texts[field], after.Texts[field], nil
	}
	if was, err = d.say(l, before, field); err != nil {
		return "", "", err
	}
	is, err = d.say(l, after, field)
	return was, is, err
}

// say says a field of the body in words.
func (d *dossier) say(l *web.Locale, t *Terms, field string) (string, error) {
	switch field {
	case "agency":
		return d.names.leading(t)
	case "baseline":
		return atWords(l, t, t.Baseline), nil
	case "target":
		return atWords(l, t, t.Target), nil
	case "unit":
		return t.Unit(), nil
	case "supporting":
		return d.namesOf(t.Supporting)
	case "values":
		var words []string
		for _, v := range t.Values {
			words = append(words, valueWords(l, v))
		}
		return strings.Join(words, ", "), nil
	case "follows":
		var ids []string
		for _, id := range t.Follows {
			ids = append(ids, id.String())
		}
		return strings.Join(ids, "\n"), nil
	case "milestones", "dropped":
		var lines []string
		for _, m := range t.Milestones {
			day := l.T("no day")
			if m.Due != 0 {
				day = l.Day(m.Due)
			}
			lines = append(lines, m.ID+": "+day)
		}
		return strings.Join(lines, "\n"), nil
	}
	return "", nil
}

func (d *dossier) namesOf(ids []publica.BodyID) (string, error) {
	var all []string
	for _, id := range ids {
		name, err := d.names.of(id)
		if err != nil {
			return "", err
		}
		all = append(all, name)
	}
	return strings.Join(all, ", "), nil
}

// parts finds the commitment that it is a part of, and its own parts.
func (d *dossier) parts(p *promise, all []*promise) error {
	for _, q := range all {
		if q.Adopted.ID != p.Parent && q.Parent != p.Adopted.ID {
			continue
		}
		it, ok, err := q.item(d.names, d.Standing.At)
		switch {
		case err != nil:
			return err
		case !ok:
		case q.Adopted.ID == p.Parent:
			d.Whole = &it
		default:
			d.Of = append(d.Of, it)
		}
	}
	return nil
}

// kindred finds what it takes up again, and what takes it up.
func (d *dossier) kindred(s *readmodel.Snapshot, l *web.Locale, p *promise) (err error) {
	scan := func(scan readmodel.Scan, k *kin) error {
		var id publica.EntryID
		var kind publica.Kind
		var how string
		if err := scan(&id, &kind, &how, &k.Title, &k.In); err != nil {
			return err
		}
		switch kind {
		case "commitment/adopt":
			k.Href, k.Tag = "/commitment/"+id.String(), web.Tag{Text: l.T("Promise")}
		case "participation/idea":
			k.Href, k.Tag = "/contribution/"+id.String(), web.Tag{Text: l.T("Idea")}
		default:
			k.Href = "/entry/" + id.String()
		}
		if how == "next" {
			k.Tag = web.Tag{Kind: "info", Text: l.T("Goes on with it")}
		}
		if k.Title == "" {
			k.Title = id.String()[:8]
		}
		return nil
	}
	if d.Follows, err = readmodel.Collect(s, scan, `SELECT e.id, e.kind, k.how, coalesce(t.title, ''), coalesce(o.title, '') FROM commitment_link k JOIN entry e ON e.id = k.target
		LEFT JOIN document t ON t.idx = e.idx LEFT JOIN docket o ON o.idx = e.docket WHERE k.commitment = ? AND k.how = 'follows' ORDER BY e.idx`, p.Index); err != nil {
		return err
	}
	d.Followed, err = readmodel.Collect(s, scan, `SELECT e.id, e.kind, k.how, coalesce(t.title, ''), coalesce(o.title, '') FROM commitment_link k JOIN entry e ON e.idx = k.commitment
		LEFT JOIN document t ON t.idx = e.idx LEFT JOIN docket o ON o.idx = e.docket WHERE k.target = ?1 AND k.how = 'follows'
		UNION ALL SELECT e.id, e.kind, k.how, coalesce(t.title, ''), coalesce(o.title, '') FROM commitment_link k JOIN entry e ON e.id = k.target
		LEFT JOIN document t ON t.idx = e.idx LEFT JOIN docket o ON o.idx = e.docket WHERE k.commitment = ?2 AND k.how = 'next'`, d.Entry, p.Index)
	return err
}

// sortedByTime orders the points of a series.
func sortedByTime(s web.Series) web.Series {
	slices.SortStableFunc(s.Points, func(a, b web.TimePoint) int { return cmp.Compare(a.At, b.At) })
	return s
}
