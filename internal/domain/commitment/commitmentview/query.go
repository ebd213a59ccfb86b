package commitmentview

import (
	"cmp"
	"encoding/json/v2"
	"fmt"
	"slices"
	"strings"

	"publica"
	"publica/internal/domain/commitment"
	"publica/internal/domain/docket/docketview"
	"publica/internal/readmodel"
	"publica/ogp"
)

// A record is an entry about a commitment with its texts.
type record struct {
	ogp.Record
	Index  int64
	Author publica.KeyID
	texts  map[string]string
}

// A promise is a commitment with the records it was told by.
type promise struct {
	*ogp.Promise
	Index   int64
	Docket  *docketview.Docket
	records map[publica.EntryID]*record
}

// plans reads the commitments of every docket that has some, or of one, in the
// order of their adoption in each; texts says whether those of all records are
// read, or only what is promised.
func plans(s *readmodel.Snapshot, in publica.DocketID, texts bool) ([]*promise, error) {
	ids := []publica.DocketID{in}
	if in.IsZero() {
		var err error
		if ids, err = readmodel.Collect(s, func(scan readmodel.Scan, id *publica.DocketID) error { return scan(id) },
			"SELECT d.id FROM docket d WHERE d.idx IN (SELECT docket FROM commitment) ORDER BY d.idx"); err != nil {
			return nil, err
		}
	}
	var all []*promise
	for _, id := range ids {
		d, err := docketview.Get(s, id)
		if err != nil {
			return nil, err
		}
		of, err := plan(s, d, texts)
		if err != nil {
			return nil, err
		}
		all = append(all, of...)
	}
	return all, nil
}

// plan reads the commitments of one docket.
func plan(s *readmodel.Snapshot, d *docketview.Docket, texts bool) ([]*promise, error) {
	records, err := readmodel.Collect(s, scanRecord, `SELECT e.id, e.idx, e.kind, e.time, e.author, r.body, r.parts FROM commitment_record r
		JOIN entry e ON e.idx = r.idx WHERE r.docket = ? ORDER BY r.idx`, d.Index)
	if err != nil {
		return nil, err
	}
	byIndex, byID := map[int64]*record{}, map[publica.EntryID]*record{}
	told := make([]ogp.Record, len(records))
	for i := range records {
		r := &records[i]
		byIndex[r.Index], byID[r.ID], told[i] = r, r, r.Record
	}
	promised := " AND e.kind IN ('commitment/adopt', 'commitment/amend')"
	if texts {
		promised = ""
	}
	if err := s.Each(func(scan readmodel.Scan) error {
		var at int64
		var part, text string
		err := scan(&at, &part, &text)
		byIndex[at].texts[part] = text
		return err
	}, "SELECT t.record, t.part, t.text FROM commitment_text t JOIN commitment_record r ON r.idx = t.record JOIN entry e ON e.idx = t.record WHERE r.docket = ?"+promised, d.Index); err != nil {
		return nil, err
	}
	promises, err := ogp.Promises(told)
	if err != nil {
		return nil, err
	}
	all := make([]*promise, len(promises))
	for i, p := range promises {
		all[i] = &promise{p, byID[p.Adopted.ID].Index, d, byID}
	}
	return all, nil
}

func scanRecord(scan readmodel.Scan, r *record) error {
	var parts string
	if err := scan(&r.ID, &r.Index, &r.Kind, &r.Time, &r.Author, &r.Body, &parts); err != nil {
		return err
	}
	r.texts = map[string]string{}
	if err := json.Unmarshal([]byte(parts), &r.Parts); err != nil {
		return fmt.Errorf("read names of parts: %w", err)
	}
	return nil
}

// one reads a commitment with all its texts, or NotFound.
func one(s *readmodel.Snapshot, id publica.EntryID) (*promise, []*promise, error) {
	var in publica.DocketID
	found, err := s.One("SELECT d.id FROM entry e JOIN commitment c ON c.idx = e.idx JOIN docket d ON d.idx = c.docket WHERE e.id = ?", readmodel.Args{id}, &in)
	if err != nil {
		return nil, nil, err
	}
	if !found {
		return nil, nil, publica.Problem(publica.NotFound, "id", "is not a commitment of this register").
			WithHint("/commitments lists them; one that was just adopted appears with the next block")
	}
	all, err := plans(s, in, true)
	if err != nil {
		return nil, nil, err
	}
	at := slices.IndexFunc(all, func(p *promise) bool { return p.Adopted.ID == id })
	return all[at], all, nil
}

// text returns a content part of a record of the promise.
func (p *promise) text(step *ogp.Step, part string) string { return p.records[step.ID].texts[part] }

// Terms are what is promised, as amended so far.
type Terms struct {
	Texts      map[string]string      `json:"texts" doc:"title, problem, action, indicator, contact, and the deliverables of milestones, by content part"`
	Agency     publica.BodyID         `json:"agency" doc:"leads it"`
	Supporting []publica.BodyID       `json:"supporting,omitempty"`
	Indicator  *commitment.Indicator  `json:"indicator,omitempty"`
	Baseline   *commitment.Measure    `json:"baseline,omitempty"`
	Target     *commitment.Measure    `json:"target,omitempty"`
	Milestones []commitment.Milestone `json:"milestones,omitempty"`
	Values     []commitment.Value     `json:"values,omitempty"`
	Follows    []publica.EntryID      `json:"follows,omitempty" doc:"commitments and ideas that it takes up again"`
	Sections   []string               `json:"sections,omitempty" doc:"of the plan it comes from"`
}

// Title is what the commitment is called.
func (t *Terms) Title() string { return t.Texts["title"] }

// Unit and Decimals say how values are to be read.
func (t *Terms) Unit() string {
	if t.Indicator == nil {
		return ""
	}
	return t.Indicator.Unit
}

// Decimals are those of values.
func (t *Terms) Decimals() int64 {
	if t.Indicator == nil {
		return 0
	}
	return t.Indicator.Decimals
}

// Milestone returns the one of an id, nil if there is none.
func (t *Terms) Milestone(id string) *commitment.Milestone {
	i := slices.IndexFunc(t.Milestones, func(m commitment.Milestone) bool { return m.ID == id })
	if i < 0 {
		return nil
	}
	return &t.Milestones[i]
}

// amendments returns the rewordings that count at a time, in that order.
func (p *promise) amendments(at publica.Time) []ogp.Rewording {
	all := slices.DeleteFunc(p.Rewordings(), func(r ogp.Rewording) bool { return r.When > at })
	slices.SortStableFunc(all, func(a, b ogp.Rewording) int { return cmp.Compare(a.When, b.When) })
	return all
}

// terms returns what is promised at a time.
func (p *promise) terms(at publica.Time) (*Terms, error) {
	t, err := p.adopted()
	if err != nil {
		return nil, err
	}
	for _, a := range p.amendments(at) {
		if err := t.amend(p.records[a.ID]); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// adopted returns what was promised at first.
func (p *promise) adopted() (*Terms, error) {
	r := p.records[p.Adopted.ID]
	var b commitment.Adopt
	if err := json.Unmarshal(r.Body, &b); err != nil {
		return nil, fmt.Errorf("read %s: %w", r.ID, err)
	}
	t := &Terms{Texts: map[string]string{}, Agency: b.Agency, Supporting: b.Supporting, Indicator: b.Indicator, Baseline: b.Baseline, Target: b.Target,
		Milestones: slices.Clone(b.Milestones), Values: b.Values, Follows: b.Follows, Sections: b.Sections}
	t.say(r)
	return t, nil
}

// say takes over the texts of a record.
func (t *Terms) say(r *record) {
	for part, text := range r.texts {
		if part != "reason" {
			t.Texts[part] = text
		}
	}
}

// amend replaces what an amendment names.
func (t *Terms) amend(r *record) error {
	var b commitment.Amend
	if err := json.Unmarshal(r.Body, &b); err != nil {
		return fmt.Errorf("read %s: %w", r.ID, err)
	}
	t.say(r)
	if !b.Agency.IsZero() {
		t.Agency = b.Agency
	}
	if b.Supporting != nil {
		t.Supporting = b.Supporting
	}
	if b.Values != nil {
		t.Values = b.Values
	}
	if b.Indicator != nil {
		t.Indicator = b.Indicator
	}
	if b.Baseline != nil {
		t.Baseline = b.Baseline
	}
	if b.Target != nil {
		t.Target = b.Target
	}
	t.Follows = append(slices.Clone(t.Follows), b.Follows...)
	t.Milestones = slices.DeleteFunc(slices.Clone(t.Milestones), func(m commitment.Milestone) bool { return slices.Contains(b.Dropped, m.ID) })
	for _, m := range b.Milestones {
		if old := t.Milestone(m.ID); old != nil {
			*old = m
		} else {
			t.Milestones = append(t.Milestones, m)
		}
	}
	return nil
}

// An Item is a commitment as lists show it.
type Item struct {
	Entry      publica.EntryID  `json:"commitment" doc:"the entry that adopted it"`
	Index      int64            `json:"index" doc:"log index of that entry"`
	Docket     publica.DocketID `json:"docket"`
	Plan       string           `json:"plan" doc:"title of the docket"`
	Name       string           `json:"name" doc:"short, unique in the docket"`
	Title      string           `json:"title"`
	Agency     publica.BodyID   `json:"agency"`
	AgencyName string           `json:"agency_name"`
	Lead       publica.BodyID   `json:"lead" doc:"body that leads the docket"`
	Parent     publica.EntryID  `json:"parent,omitzero" doc:"the commitment that it is a part of"`
	Parts      int64            `json:"parts" doc:"commitments that are a part of it"`
	Adopted    publica.Time     `json:"adopted" doc:"block time; of what is imported, as its source claims"`
	Claimed    bool             `json:"claimed" doc:"imported: that time, and those of what is told of it, are claims"`
	Standing   ogp.Standing     `json:"standing" doc:"as computed from the records by publica's package ogp"`

	terms *Terms
}

// heading reports whether a commitment promises nothing itself: its parts do.
func (it *Item) heading() bool {
	return it.Parts > 0 && it.terms.Target == nil && len(it.terms.Milestones) == 0
}

// item evaluates a commitment at a time; ok is false if it was not adopted yet.
func (p *promise) item(names *names, at publica.Time) (it Item, ok bool, err error) {
	standing, ok := p.At(at)
	if !ok {
		return it, false, nil
	}
	t, err := p.terms(at)
	if err != nil {
		return it, false, err
	}
	agency, err := names.leading(t)
	return Item{Entry: p.Adopted.ID, Index: p.Index, Docket: p.Docket.ID, Plan: p.Docket.Title, Name: p.Name, Title: t.Title(), Agency: t.Agency, AgencyName: agency, Lead: p.Docket.Lead,
		Parent: p.Parent, Parts: int64(len(p.Parts)), Adopted: p.Adopted.When, Claimed: p.Adopted.When != p.Adopted.Time, Standing: standing, terms: t}, true, err
}

// names are those of bodies, read once each.
type names struct {
	s     *readmodel.Snapshot
	known map[publica.BodyID]string
}

func namesIn(s *readmodel.Snapshot) *names { return &names{s, map[publica.BodyID]string{}} }

func (n *names) of(id publica.BodyID) (string, error) {
	name, ok := n.known[id]
	if !ok && !id.IsZero() {
		if _, err := n.s.One("SELECT name FROM body WHERE id = ?", readmodel.Args{id}, &name); err != nil {
			return "", err
		}
		n.known[id] = name
	}
	return name, nil
}

// leading names who leads a commitment: a body of the register, or who the source
// of an import names.
func (n *names) leading(t *Terms) (string, error) {
	if t.Agency.IsZero() {
		return t.Texts["author"], nil
	}
	return n.of(t.Agency)
}

// A filter narrows a board. Zero values do not.
type filter struct {
	docket publica.DocketID
	body   publica.BodyID // agency, or lead body of the docket
	state  ogp.PromiseState
	text   string // words that must be in it
	at     publica.Time
	whole  bool // headings too, whose parts promise
}

// fits reports whether a commitment is wanted, whatever its state.
func (f *filter) fits(it *Item) bool {
	if !f.body.IsZero() && it.Agency != f.body && it.Lead != f.body {
		return false
	}
	text := strings.ToLower(it.Name + " " + it.AgencyName + " " + strings.Join(sortedTexts(it.terms.Texts), " "))
	for _, word := range strings.Fields(strings.ToLower(f.text)) {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

func sortedTexts(texts map[string]string) (all []string) {
	for _, t := range texts {
		all = append(all, t)
	}
	slices.Sort(all)
	return all
}

// A board is every commitment that fits a filter, in any state, and those of the
// state it asks for.
type board struct {
	promises []*promise
	all      []Item // in any state
	shown    []Item // of the state
	claimed  bool   // some of it is imported

	names map[publica.EntryID]string // of all commitments, headings included
}

// boardOf evaluates the commitments of the register.
func boardOf(s *readmodel.Snapshot, f filter) (*board, error) {
	promises, err := plans(s, f.docket, false)
	if err != nil {
		return nil, err
	}
	b, bodies := &board{names: map[publica.EntryID]string{}}, namesIn(s)
	for _, p := range promises {
		b.names[p.Adopted.ID] = p.Name
		it, ok, err := p.item(bodies, f.at)
		if err != nil {
			return nil, err
		}
		if !ok || !f.whole && it.heading() || !f.fits(&it) {
			continue
		}
		b.promises, b.all, b.claimed = append(b.promises, p), append(b.all, it), b.claimed || it.Claimed
		if f.state == "" || it.Standing.State == f.state {
			b.shown = append(b.shown, it)
		}
	}
	slices.SortStableFunc(b.shown, func(x, y Item) int { return cmp.Compare(x.Index, y.Index) })
	return b, nil
}
