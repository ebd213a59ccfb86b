package importer

import (
	"fmt"
	"strings"

	"publica"
)

const trackerSource = "GSA/open.usa.gov"

type (
	adoptBody struct {
		Imported Claim           `json:"imported"`
		Name     string          `json:"name"`
		Parent   publica.EntryID `json:"parent,omitzero"`
	}
	updateBody struct {
		At         publica.Time    `json:"at"`
		Claim      string          `json:"claim"`
		Commitment publica.EntryID `json:"commitment"`
		Imported   Claim           `json:"imported"`
	}
	amendBody struct {
		Commitment publica.EntryID `json:"commitment"`
		Imported   Claim           `json:"imported"`
	}
)

// trackerStages are the kinds of statements of one commit, in the order in which
// they must be sent: what is a part names the whole, what changes names what was
// adopted.
var trackerStages = []struct {
	name string
	of   func(r *TrackerRecord) bool
}{
	{"commitments", func(r *TrackerRecord) bool { return r.Kind == adoptKind && r.parent() == "" }},
	{"parts of commitments", func(r *TrackerRecord) bool { return r.Kind == adoptKind && r.parent() != "" }},
	{"rewordings", func(r *TrackerRecord) bool { return r.Kind == amendKind }},
	{"updates", func(r *TrackerRecord) bool { return r.Kind == updateKind }},
}

// parent is the name of the commitment that the promise is a part of, "" for
// none.
func (r *TrackerRecord) parent() string {
	whole, _, part := strings.Cut(r.Promise, ".")
	if !part {
		return ""
	}
	return whole
}

// Stages signs every statement, commit by commit: those of one commit may stand
// in any order, for their source gives them none, but after those of the commit
// before.
func (t *Tracker) Stages(g Signer) (stages []Stage, err error) {
	s := trackerSigner{Signer: g, tracker: t, ids: map[string]publica.EntryID{}}
	records := t.Records()
	for len(records) > 0 {
		n, commit := 1, t.Events[records[0].Event].Commit
		for n < len(records) && t.Events[records[n].Event].Commit == commit {
			n++
		}
		for _, kind := range trackerStages {
			stage := Stage{Name: kind.name}
			for i := range records[:n] {
				if r := &records[i]; kind.of(r) {
					if err := s.add(&stage, r); err != nil {
						return nil, err
					}
				}
			}
			if len(stage.Submissions) > 0 {
				stages = append(stages, stage)
			}
		}
		records = records[n:]
	}
	return stages, nil
}

// trackerSigner signs records and remembers by which entry a promise was adopted.
type trackerSigner struct {
	Signer
	tracker *Tracker
	ids     map[string]publica.EntryID
}

func (s *trackerSigner) add(stage *Stage, r *TrackerRecord) error {
	e := &s.tracker.Events[r.Event]
	st := Statement{Source: "tracker/" + e.Commit + "/" + e.Path + "/" + string(r.Kind), Kind: r.Kind, Made: publica.TimeOf(e.Committed), Parts: r.Parts}
	claim := e.origin()
	switch id := s.ids[r.Promise]; r.Kind {
	case adoptKind:
		st.Body = adoptBody{Imported: claim, Name: r.Promise, Parent: s.ids[r.parent()]}
	case amendKind:
		st.Body = amendBody{Commitment: id, Imported: claim}
	default:
		st.Body = updateBody{At: st.Made, Claim: r.Claim, Commitment: id, Imported: claim}
	}
	sub, err := s.Sign(st)
	if err != nil {
		return fmt.Errorf("%s: %w", st.Source, err)
	}
	if r.Kind == adoptKind {
		s.ids[r.Promise] = sub.Signed.ID()
	}
	stage.Submissions = append(stage.Submissions, sub)
	return nil
}

// origin is what a record says of the event that it was.
func (e *TrackerEvent) origin() Claim {
	return Claim{
		Label: clipLabel(e.Commit[:7] + " " + e.Path + ": " + strings.Join(strings.Fields(e.Message), " ")),
		Made:  publica.TimeOf(e.Committed), Source: trackerSource, URL: "https://github.com/" + trackerSource + "/commit/" + e.Commit,
	}
}
