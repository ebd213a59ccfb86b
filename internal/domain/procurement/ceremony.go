package procurement

import (
	"slices"
	"time"

	"publica"
	"publica/internal/machine"
	"publica/sealed"
)

// Step is how far a ceremony has come.
type Step string

const (
	AnnounceStep Step = "announce"
	CommitStep   Step = "commit"
	DealStep     Step = "deal"
	ComplainStep Step = "complain"
)

// steps follow each other: each ends when everyone has taken it for every key, or
// when its clock runs out. Without all announcements there is no ceremony; who
// misses a later step is left out of the keys.
var steps = []Step{AnnounceStep, CommitStep, DealStep, ComplainStep}

// Turned is the body of the system record procurement/ceremony.
type Turned struct {
	Attempt int64        `json:"attempt"`
	Ends    publica.Time `json:"ends"` // of the step, at the latest
	Step    Step         `json:"step"`
}

// CeremonyFailed is the body of the system record procurement/ceremony-failed.
type CeremonyFailed struct {
	Attempt int64           `json:"attempt"`
	Faults  []SlotFaults    `json:"faults,omitempty"`
	Missing []publica.KeyID `json:"missing,omitempty"` // trustees and evaluators who announced nothing
	Record  publica.EntryID `json:"record"`            // the publish that took no effect
	Step    Step            `json:"step"`
}

// SlotFaults is what went wrong at the trustees with one key.
type SlotFaults struct {
	Envelope string         `json:"envelope"`
	Faults   []sealed.Fault `json:"faults"`
	Lot      string         `json:"lot,omitzero"`
}

// Published is the body of the system record procurement/published.
type Published struct {
	Attempt   int64           `json:"attempt"`
	Deadline  publica.Time    `json:"deadline,omitzero"`  // if the rules moved it: the keys came late, for blocks had stopped
	Embedded  bool            `json:"embedded,omitzero"`  // the buyer's own trustees: not independent
	Enquiries publica.Time    `json:"enquiries,omitzero"` // moved with it
	Keys      []PublishedKey  `json:"keys"`
	Record    publica.EntryID `json:"record"` // the publish that takes effect
	Text      sealed.Hash     `json:"text"`   // what bids are bound to
}

// PublishedKey is what bids to one envelope of a lot are sealed to.
type PublishedKey struct {
	Ceremony  sealed.Hash    `json:"ceremony"`
	Envelope  string         `json:"envelope"`
	Faults    []sealed.Fault `json:"faults,omitempty"`
	Lot       string         `json:"lot,omitzero"`
	Public    sealed.Point   `json:"public"`
	Qualified []int          `json:"qualified"`
}

const (
	ceremonyKind       publica.Kind = "procurement/ceremony"
	ceremonyFailedKind publica.Kind = "procurement/ceremony-failed"
	publishedKind      publica.Kind = "procurement/published"
)

// begin goes on to a step.
func (s *State) begin(tx *machine.Tx, in publica.DocketID, t *Publish, step Step) {
	if step == AnnounceStep {
		for _, w := range s.Slots(t) {
			keys.Put(tx, w.key(in), newKeys(t))
		}
	}
	s.Step = step
	ends := tx.Time().Add(time.Duration(t.Ceremony) * time.Hour)
	s.start(tx, in, Clock{Ends: ends, Name: CeremonyClock, Record: s.Published})
	tx.Emit(ceremonyKind, in, Turned{s.Attempt, ends, step})
}

// proceed goes on if everyone has taken the step for every key.
func (s *State) proceed(tx *machine.Tx, in publica.DocketID) {
	t, _ := TermsOf(tx, in)
	for _, w := range s.Slots(&t) {
		if k, _ := KeysOf(tx, in, w); !k.took(s.Step) {
			return
		}
	}
	s.endStep(tx, in)
}

// took reports whether everyone has taken the step. Who did not commit does not
// deal, and who did neither may still say that its shares are right.
func (k *Keys) took(step Step) bool {
	switch step {
	case AnnounceStep:
		silent := func(a sealed.Announcement) bool { return len(a.Boxes) == 0 }
		return !slices.ContainsFunc(k.Announced, silent) && !slices.ContainsFunc(k.Board, silent)
	case CommitStep:
		return !slices.Contains(k.Commitments, sealed.Hash{})
	case DealStep:
		for i, dealt := range k.Dealt {
			if !dealt && k.Commitments[i] != (sealed.Hash{}) {
				return false
			}
		}
		return true
	}
	return !slices.Contains(k.Checked, false)
}

// endStep goes on to the next step, to bidding, or back to the draft.
func (s *State) endStep(tx *machine.Tx, in publica.DocketID) {
	t, _ := TermsOf(tx, in)
	if s.Step == AnnounceStep {
		if missing := s.missing(tx, in, &t); len(missing) > 0 {
			s.fail(tx, in, CeremonyFailed{Missing: missing})
			return
		}
	}
	if s.Step != ComplainStep {
		s.begin(tx, in, &t, steps[slices.Index(steps, s.Step)+1])
		return
	}
	made, faults := s.finish(tx, in, &t)
	if len(made) < len(s.Slots(&t)) {
		s.fail(tx, in, CeremonyFailed{Faults: faults})
		return
	}
	s.stop(CeremonyClock, publica.EntryID{})
	s.Stage, s.Step = Bidding, ""
	body := Published{Attempt: s.Attempt, Embedded: t.Embedded, Keys: made, Record: s.Published, Text: s.Text}
	if t.leaveTime(tx) {
		body.Deadline, body.Enquiries = t.Deadline, t.Enquiries
		terms.Put(tx, in[:], t)
	}
	s.dates(tx, in, &t, s.Published)
	tx.Emit(publishedKind, in, body)
}

// leaveTime moves the dates of a tender whose keys came so late that bidders would
// have less time than the profile gives them. publish left time for the slowest
// ceremony, so only blocks that stopped make it late.
func (b *Publish) leaveTime(tx *machine.Tx) bool {
	policy, _ := b.Profile.Policy() // publish checked it
	late := tx.Time().Add(days(policy.BidDays)) - b.Deadline
	if !policy.Lawful || late <= 0 {
		return false
	}
	b.Deadline, b.Enquiries = b.Deadline+late, b.Enquiries+late
	return true
}

// missing returns who announced no keys.
func (s *State) missing(tx *machine.Tx, in publica.DocketID, t *Publish) (who []publica.KeyID) {
	note := func(key publica.KeyID, a sealed.Announcement) {
		if len(a.Boxes) == 0 && !slices.Contains(who, key) {
			who = append(who, key)
		}
	}
	for _, w := range s.Slots(t) {
		k, _ := KeysOf(tx, in, w)
		for i, a := range k.Announced {
			note(t.Trustees[i].Key, a)
		}
		for i, a := range k.Board {
			note(t.Evaluators[i], a)
		}
	}
	return who
}

// fail ends the ceremony without keys. The buyer publishes anew, with others.
func (s *State) fail(tx *machine.Tx, in publica.DocketID, f CeremonyFailed) {
	f.Attempt, f.Record, f.Step = s.Attempt, s.Published, s.Step
	s.stop(CeremonyClock, publica.EntryID{})
	s.Stage, s.Step = Draft, ""
	tx.Emit(ceremonyFailedKind, in, f)
}

// finish computes the keys, as many as can be made, and what everyone did wrong.
func (s *State) finish(tx *machine.Tx, in publica.DocketID, t *Publish) (made []PublishedKey, all []SlotFaults) {
	for _, w := range s.Slots(t) {
		k, _ := KeysOf(tx, in, w)
		c := s.CeremonyOf(in, t, w, &k)
		key, faults, err := c.Finish(sealed.Records{Commitments: k.Commitments, Deals: DealsOf(tx, in, w, len(t.Trustees)), Complaints: k.Complaints})
		if len(faults) > 0 {
			all = append(all, SlotFaults{c.Envelope, faults, c.Lot})
		}
		if err != nil {
			continue
		}
		k.Key = key
		keys.Put(tx, w.key(in), k)
		made = append(made, PublishedKey{key.Ceremony, c.Envelope, faults, c.Lot, key.Public, key.Qualified})
	}
	return made, all
}

// atStep is participant for who takes a step of the ceremony for one key.
func atStep(tx *machine.Tx, e *machine.Entry, step Step, lot, envelope string) (State, Publish, Slot, Keys, error) {
	s, err := participant(tx, e, Ceremony)
	if err != nil {
		return s, Publish{}, Slot{}, Keys{}, err
	}
	t, _ := TermsOf(tx, e.Docket)
	if s.Step != step {
		return s, t, Slot{}, Keys{}, wrongStep(s.Step, step)
	}
	w, err := s.slot(&t, lot, envelope)
	if err != nil {
		return s, t, w, Keys{}, err
	}
	k, _ := KeysOf(tx, e.Docket, w)
	return s, t, w, k.copied(), nil
}

func wrongStep(at, step Step) error {
	code, when := publica.Early, "does not come yet"
	if slices.Index(steps, at) > slices.Index(steps, step) {
		code, when = publica.Late, "is over"
	}
	return publica.Problem(code, "docket", "is at the step "+string(at)+" of its ceremony: the step "+string(step)+" "+when).
		WithHint("each step ends when everyone took it, or when its clock runs out")
}

// took puts a step on record and goes on if it was the last one awaited.
func took(tx *machine.Tx, e *machine.Entry, s *State, w Slot, k Keys) error {
	keys.Put(tx, w.key(e.Docket), k)
	s.proceed(tx, e.Docket)
	put(tx, e.Docket, *s)
	return nil
}

func again(what string) error {
	return publica.Problem(publica.Conflict, "author", what+" for this key already, which stands")
}
