package ogp

import (
	"strconv"

	"publica"
)

// Terms is what makes a promise checkable: anybody can tell what was promised, by
// whom, and later whether it is there. The law of commitments asks for all of it;
// this file is held to the law's purity.
type Terms struct {
	Agency     bool // somebody leads it
	Contact    bool // a role answers for it
	Problem    bool
	Action     bool
	Indicator  bool // says what is measured
	Unit       bool
	Baseline   *Point
	Target     *Point
	Milestones []Deliverable
	Values     int // of open government that it serves
}

// A Point is a value of the indicator at a time.
type Point struct {
	At    publica.Time `json:"at"`
	Value int64        `json:"value"`
}

// A Deliverable is a milestone.
type Deliverable struct {
	ID          string
	Due         publica.Time
	Deliverable bool // says what is to be there
}

// A Lack is one thing that a promise does not say.
type Lack struct {
	Field   string `json:"field"`   // as in the entry: body/target; of a content part content/problem
	Says    string `json:"says"`    // what is missing, in words
	Example string `json:"example"` // how it could read
}

var (
	lacksAgency    = Lack{"body/agency", "the agency that leads it", "the id of the entry that registered the body"}
	lacksContact   = Lack{"content/contact", "the role that answers for it", "Deputy Director for Open Data, Digital Agency"}
	lacksProblem   = Lack{"content/problem", "the problem that it is to solve", "Residents cannot see what road repairs cost"}
	lacksAction    = Lack{"content/action", "what will be done", "Publish every road contract within 30 days of its signature"}
	lacksIndicator = Lack{"content/indicator", "what is measured", "Road contracts published within 30 days of their signature"}
	lacksUnit      = Lack{"body/indicator", "the unit in which it is measured", `{"unit":"%"}`}
	lacksBaseline  = Lack{"body/baseline", "the baseline: where it started, and when", `{"at":"2026-01-01T00:00:00.000Z","value":12}`}
	lacksTarget    = Lack{"body/target", "the target: what is promised, and by when", exampleTarget}
	lacksWay       = Lack{"body/target", "a target that is not the baseline: nothing would change", exampleTarget}
	lacksTime      = Lack{"body/target", "a target that comes after the baseline", exampleTarget}
	lacksMilestone = Lack{"body/milestones", "a milestone with a due date and a deliverable", `[{"due":"2026-06-30T00:00:00.000Z","id":"portal","part":"portal"}], and a content part named portal that says what will be there`}
	lacksValue     = Lack{"body/values", "a value of open government that it serves", `["access-to-information"]`}
)

const exampleTarget = `{"at":"2027-12-31T00:00:00.000Z","value":95}`

// Lacks returns what keeps the promise from being checkable, in a fixed order;
// none: it is. The source is what the Open Government Partnership asks of
// commitments (IRM Guidebook, verifiability) and this register's kind
// commitment/adopt.
func (t *Terms) Lacks() []Lack {
	var lacks []Lack
	for _, has := range []struct {
		it   bool
		lack Lack
	}{
		{t.Agency, lacksAgency}, {t.Contact, lacksContact}, {t.Problem, lacksProblem}, {t.Action, lacksAction},
		{t.Indicator, lacksIndicator}, {t.Unit, lacksUnit}, {t.Baseline.dated(), lacksBaseline}, {t.Target.dated(), lacksTarget},
	} {
		if !has.it {
			lacks = append(lacks, has.lack)
		}
	}
	lacks = append(lacks, t.lacksWay()...)
	lacks = append(lacks, t.lacksMilestones()...)
	if t.Values == 0 {
		lacks = append(lacks, lacksValue)
	}
	return lacks
}

func (p *Point) dated() bool { return p != nil && p.At > 0 }

// lacksWay says what is missing between a baseline and a target that are there.
func (t *Terms) lacksWay() []Lack {
	switch {
	case !t.Baseline.dated() || !t.Target.dated():
		return nil
	case t.Target.Value == t.Baseline.Value:
		return []Lack{lacksWay}
	case t.Target.At <= t.Baseline.At:
		return []Lack{lacksTime}
	}
	return nil
}

func (t *Terms) lacksMilestones() (lacks []Lack) {
	if len(t.Milestones) == 0 {
		return []Lack{lacksMilestone}
	}
	for i, m := range t.Milestones {
		at := "body/milestones/" + strconv.Itoa(i)
		if m.Due <= 0 {
			lacks = append(lacks, Lack{at + "/due", "the date for which the milestone " + m.ID + " is promised", "2026-06-30T00:00:00.000Z"})
		}
		if !m.Deliverable {
			lacks = append(lacks, Lack{at + "/part", "the deliverable of the milestone " + m.ID, "the name of a content part that says what will be there, where anyone can look for it"})
		}
	}
	return lacks
}

// Reached reports whether a value has come to the target, in the direction from
// the baseline to it; without a baseline, whether it is not below the target.
func Reached(baseline, target *Point, value int64) bool {
	if target == nil {
		return false
	}
	if baseline != nil && target.Value < baseline.Value {
		return value <= target.Value
	}
	return value >= target.Value
}
