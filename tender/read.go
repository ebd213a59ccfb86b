package tender

import (
	"slices"

	"publica"
)

// Read tells a tender from the records of its docket. It fails with a
// [publica.Error] if they are not those of one whole docket of type tender.
func Read(in *Input) (*Process, error) {
	p := newProcess(in)
	for i := range in.Records {
		if err := p.take(&in.Records[i]); err != nil {
			return nil, err
		}
	}
	if p.Began.IsZero() {
		return nil, publica.Problem(publica.Invalid, "records", "hold no docket/open: this is no whole docket").
			WithHint("give all records of the docket, from the first")
	}
	return p, nil
}

// newProcess is a process of which no record is taken yet.
func newProcess(in *Input) *Process {
	return &Process{Register: in.Register, Docket: in.Docket, seen: newSeen()}
}

// handlers are what each kind does to a process.
var handlers = map[publica.Kind]func(p *Process, r *Record, s *Step) error{
	"docket/open":          (*Process).open,
	"docket/amend-charter": (*Process).charter,

	"procurement/plan":    (*Process).plan,
	"procurement/publish": (*Process).publish,
	"procurement/amend":   (*Process).amend,
	"procurement/cancel":  (*Process).cancel,
	"procurement/ask":     (*Process).ask,
	"procurement/answer":  (*Process).answer,

	"procurement/ceremony":         (*Process).turned,
	"procurement/ceremony-failed":  (*Process).failed,
	"procurement/published":        (*Process).published,
	"procurement/trustee-announce": (*Process).announced,
	"procurement/trustee-commit":   (*Process).committed,
	"procurement/trustee-deal":     (*Process).dealt,
	"procurement/trustee-complain": (*Process).complained,
	"procurement/trustee-destroy":  (*Process).destroy,
	"procurement/shares-destroyed": (*Process).sharesDestroyed,

	"procurement/bid":              (*Process).bid,
	"procurement/withdraw-bid":     (*Process).withdraw,
	"procurement/storage-receipt":  (*Process).stored,
	"procurement/unstored":         (*Process).unstored,
	"procurement/closed":           (*Process).closed,
	"procurement/open-share":       (*Process).share,
	"procurement/partial-complain": (*Process).strike,
	"procurement/reveal":           (*Process).reveal,
	"procurement/opened":           (*Process).openedLot,
	"procurement/reclosed":         (*Process).reclosed,
	"procurement/breach":           (*Process).breach,

	"procurement/compliance-result": (*Process).result,
	"procurement/cure-request":      (*Process).request,
	"procurement/cure":              (*Process).cure,
	"procurement/reject":            (*Process).reject,
	"procurement/score-commit":      (*Process).scoreCommit,
	"procurement/score-reveal":      (*Process).scoreReveal,
	"procurement/missed":            (*Process).missed,
	"procurement/memo":              (*Process).memo,
	"procurement/intent":            (*Process).intent,
	"procurement/protest":           (*Process).protest,
	"procurement/protest-step":      (*Process).protestStep,
	"procurement/decide":            (*Process).decide,
	"procurement/award":             (*Process).award,
	"procurement/debrief":           (*Process).debrief,

	"procurement/contract":  (*Process).contract,
	"procurement/milestone": (*Process).milestone,
	"procurement/accept":    (*Process).accept,
	"procurement/payment":   (*Process).payment,
	"procurement/modify":    (*Process).modify,
	"procurement/terminate": (*Process).terminate,

	"procurement/clock-ended": (*Process).clockEnded,
	"procurement/clock-moved": (*Process).clockMoved,
	"procurement/ended":       (*Process).ended,
}

// take takes a record. Kinds that are not about tenders are left alone.
func (p *Process) take(r *Record) error {
	p.Until = max(p.Until, r.Time)
	if r.Kind == "docket/erased" { // no step of the tender's: dockets tell of moderation
		return p.erase(r)
	}
	f, known := handlers[r.Kind]
	if r.Refused != nil {
		if known || about(r.Kind) {
			p.refuse(r)
		}
		return nil
	}
	if !known {
		return nil
	}
	if p.Began.IsZero() && r.Kind != "docket/open" {
		return publica.Problem(publica.Invalid, "records", "begin with "+string(r.Kind)+", not with docket/open").
			WithHint("give all records of the docket, from the first")
	}
	if p.Versions == nil && about(r.Kind) && !slices.Contains(beforePublish, r.Kind) {
		return r.unknown("a tender")
	}
	s := Step{Mark: r.mark(), Author: r.Author, For: r.For, Kind: r.Kind}
	if err := f(p, r, &s); err != nil {
		return err
	}
	s.Stage = p.Stage
	p.Steps = append(p.Steps, s)
	return nil
}

// beforePublish are the kinds that may come before a tender is published.
var beforePublish = []publica.Kind{"procurement/plan", "procurement/publish", "procurement/cancel", "procurement/ended"}

func (p *Process) refuse(r *Record) {
	p.Refused = append(p.Refused, &Refused{r.mark(), r.Author, r.Kind, r.Refused})
	p.Steps = append(p.Steps, Step{Mark: r.mark(), Author: r.Author, For: r.For, Kind: r.Kind, Refused: r.Refused.Code, Stage: p.Stage})
}

func (p *Process) open(r *Record, s *Step) error {
	var b struct {
		Languages []string `json:"languages"`
		Type      string   `json:"type"`
	}
	if err := r.decode(&b); err != nil {
		return err
	}
	if b.Type != "tender" {
		return publica.Problem(publica.Invalid, "docket", "is not a tender, but of type "+b.Type)
	}
	p.Began, p.Buyer, p.Languages, p.Stage = r.mark(), r.For, b.Languages, Draft
	return p.charter(r, s)
}

func (p *Process) charter(r *Record, _ *Step) error {
	var b struct {
		Charter struct {
			Reviewers []publica.BodyID `json:"reviewers"`
		} `json:"charter"`
	}
	if err := r.decode(&b); err != nil {
		return err
	}
	p.Reviewers = b.Charter.Reviewers
	return nil
}

func (p *Process) erase(r *Record) error {
	x := &Erasure{Mark: r.mark()}
	p.Erased = append(p.Erased, x)
	return r.decode(x)
}

// erasure returns what erased a part of a record, nil if nothing did.
func (p *Process) erasure(id publica.EntryID, part string) *Erasure {
	for _, x := range p.Erased {
		if x.Entry == id && slices.Contains(x.Parts, part) {
			return x
		}
	}
	return nil
}

func (p *Process) plan(r *Record, s *Step) error {
	x := &Plan{Mark: r.mark()}
	p.Plans = append(p.Plans, x)
	return r.decode(x)
}

func (p *Process) publish(r *Record, s *Step) error {
	v := &Version{Mark: r.mark(), parts: r.Parts}
	if err := r.decode(&v.Terms); err != nil {
		return err
	}
	if p.Stage != Draft || len(p.Bids) > 0 {
		return publica.Problem(publica.Invalid, "record "+r.ID.String(), "publishes a tender that is published").
			WithHint("give all records of the docket, in its order")
	}
	v.Text = textHash(v.Text, r.ID)
	p.Versions, p.Lots, p.Stage, p.Round = []*Version{v}, nil, InCeremony, 1
	for _, name := range v.Terms.LotNames() {
		p.Lots = append(p.Lots, &Lot{Name: name})
	}
	p.Ceremonies = append(p.Ceremonies, newCeremony(int64(len(p.Ceremonies))+1, r, &v.Terms))
	return nil
}

func (p *Process) amend(r *Record, s *Step) error {
	var b struct {
		Criteria  []Criterion  `json:"criteria"`
		Deadline  publica.Time `json:"deadline"`
		Enquiries publica.Time `json:"enquiries"`
		Rules     *rulesHash   `json:"rules"`
	}
	if err := r.decode(&b); err != nil {
		return err
	}
	v := &Version{Mark: r.mark(), Terms: *p.Terms(), Text: textHash(p.Text(), r.ID), parts: r.Parts}
	v.Terms.Deadline, v.Terms.Enquiries = b.Deadline, b.Enquiries
	if b.Rules != nil {
		v.Terms.Rules = *b.Rules
	}
	if len(b.Criteria) > 0 {
		v.Terms.Criteria = b.Criteria
	}
	p.Versions = append(p.Versions, v)
	for _, bid := range p.Bids {
		if bid.Status == Sealed {
			bid.Status, bid.Replaced = Superseded, r.mark()
		}
	}
	p.dates(r, r.ID)
	return nil
}

// dates starts the clocks of questions and bids.
func (p *Process) dates(r *Record, record publica.EntryID) {
	t := p.Terms()
	p.stop(r, EnquiriesClock, none)
	if t.Enquiries > r.Time {
		p.start(r, EnquiriesClock, record, none, t.Enquiries)
	}
	p.start(r, DeadlineClock, record, none, t.Deadline)
}

func (p *Process) cancel(r *Record, s *Step) error {
	var b struct {
		Code string `json:"code"`
	}
	p.Cancelled = r.mark()
	err := r.decode(&b)
	s.Text = b.Code
	return err
}

func (p *Process) ask(r *Record, _ *Step) error {
	p.Questions = append(p.Questions, &Question{Mark: r.mark(), Author: r.Author})
	return nil
}

func (p *Process) answer(r *Record, s *Step) error {
	a := &Answer{Mark: r.mark()}
	if err := r.decode(a); err != nil {
		return err
	}
	for _, id := range a.Asks {
		q := p.question(id)
		if q == nil {
			return r.unknown("the question " + id.String())
		}
		q.Answers = append(q.Answers, a)
		s.Subject = id
	}
	p.Answers = append(p.Answers, a)
	return nil
}

func (p *Process) question(id publica.EntryID) *Question {
	for _, q := range p.Questions {
		if q.ID == id {
			return q
		}
	}
	return nil
}

func (p *Process) ended(r *Record, s *Step) error {
	var b struct {
		Cause string `json:"cause"`
		Stage Stage  `json:"stage"`
	}
	if err := r.decode(&b); err != nil {
		return err
	}
	by := p.endedBy(b.Cause)
	p.stopAll(r)
	p.Stage, p.Cause, p.Step, p.Revealing, p.Ended = b.Stage, b.Cause, "", false, r.mark()
	s.Text = b.Cause
	if b.Stage == Unsuccessful || b.Stage == Cancelled && slices.ContainsFunc(p.Lots, func(l *Lot) bool { return l.Opened > 0 }) {
		p.protestable(r, by)
	}
	return nil
}

// endedBy is the record that brought an end about: the one whose clock ran out, or
// else the last entry.
func (p *Process) endedBy(cause string) publica.EntryID {
	ran := map[string]string{"no-bids": DeadlineClock, "not-opened": RevealClock}[cause]
	for _, c := range slices.Backward(p.Clocks) {
		if c.Name == ran {
			return c.Record
		}
	}
	return p.lastEntry()
}

// lastEntry is the entry before a system record that follows from it.
func (p *Process) lastEntry() publica.EntryID {
	for i := len(p.Steps) - 1; i >= 0; i-- {
		if !p.Steps[i].Author.IsZero() && p.Steps[i].Refused == "" {
			return p.Steps[i].ID
		}
	}
	return none
}
