package tender

import (
	"publica"
)

// A Clock of the tender runs from a record until a block time.
type Clock struct {
	Name    string          `json:"clock"`
	Record  publica.EntryID `json:"record"`           // that started it
	Started publica.Time    `json:"started"`          // block time
	Subject publica.EntryID `json:"subject,omitzero"` // the bid it is about
	Set     publica.Time    `json:"set"`              // its end as it was set
	Ends    publica.Time    `json:"ends"`             // its end as it stands: the first instant after it
	Moved   []Move          `json:"moved,omitempty"`  // blocks had stopped
	Ran     Mark            `json:"ran,omitzero"`     // out: the record that says so
	Stopped Mark            `json:"stopped,omitzero"` // by which record before it ran out
}

// Move is a clock that the rules moved because blocks had stopped.
type Move struct {
	Mark
	Before publica.Time `json:"before"`
	Ends   publica.Time `json:"ends"`
	Last   publica.Time `json:"last"` // of the last sealed block before they stopped
}

// The clocks.
const (
	CeremonyClock    = "ceremony"
	EnquiriesClock   = "enquiries"
	DeadlineClock    = "deadline"
	SilenceClock     = "silence"
	RevealClock      = "reveal"
	CureClock        = "cure"
	ScoreCommitClock = "score-commit"
	ScoreRevealClock = "score-reveal"
	StandstillClock  = "standstill"
	ProtestClock     = "protest"
)

// Runs reports whether the clock runs.
func (c *Clock) Runs() bool { return c.Ran.IsZero() && c.Stopped.IsZero() }

// Clock returns the clock of that name and subject that runs, nil if none does.
func (p *Process) Clock(name string, subject publica.EntryID) *Clock {
	for _, c := range p.Clocks {
		if c.Name == name && c.Subject == subject && c.Runs() {
			return c
		}
	}
	return nil
}

// start starts a clock in place of one of the same name and subject.
func (p *Process) start(r *Record, name string, record, subject publica.EntryID, ends publica.Time) {
	p.stop(r, name, subject)
	p.Clocks = append(p.Clocks, &Clock{Name: name, Record: record, Started: r.Time, Subject: subject, Set: ends, Ends: ends})
}

func (p *Process) stop(r *Record, name string, subject publica.EntryID) {
	if c := p.Clock(name, subject); c != nil {
		c.Stopped = r.mark()
	}
}

func (p *Process) stopAll(r *Record) {
	for _, c := range p.Clocks {
		if c.Runs() {
			c.Stopped = r.mark()
		}
	}
}
