package ocds

import (
	"encoding/json/jsontext"
	"strconv"
)

// extensionChecks are those that need an extension: without its fields they
// find nothing.
var extensionChecks = []coherenceCheck{
	{"lot-exists", "Every lot that is referred to is among the tender's lots.", Error, lotExists},
	{"bid-exists", "Every bid that is referred to is among the bids.", Error, bidExists},
	{"bid-in-time", "A bid that counts came before bids were due.", Error, bidInTime},
	{"bid-opened-late", "Bids are opened after they were due.", Error, openedLate},
	{"milestone-exists", "The milestone that a payment is for is in its contract.", Error, milestoneExists},
	{"requirement-exists", "Every requirement that a bid responds to is among the tender's.", Error, requirementExists},
	{"complaint-related", "What a complaint is about is in the release; one that is decided says how.", Error, complaintRelated},
	{"evaluation-order", "Scores are revealed after they were fixed, and are not above their maximum.", Error, evaluationOrder},
	{"standstill-kept", "No contract is signed before its award's standstill is over.", Error, standstillKept},
	{"ledger-fields", "What records stand for is in the release; records of a release are in the order of the log.", Error, ledgerFields},
}

// refers says so if a list of ids names something that is not there.
func (c *coherence) refers(ids []spot, there map[string]bool, what string) {
	for _, id := range ids {
		if id.ID() != "" && !there[id.ID()] {
			c.say(id, "one of the ids in the release", "There is no %s %q.", what, id.ID())
		}
	}
}

func lotExists(c *coherence) {
	if c.form == Release && c.At("tender", "lots") == nil {
		return // the release may tell of something else
	}
	lots := idsOf(append(c.each("tender", "lots"), c.each("tender", "lotGroups")...))
	c.walk(func(name string, s spot) {
		if s.is(text) && (name == "relatedLot" || name == "relatedLots") {
			c.refers([]spot{s}, lots, "lot")
		}
	})
}

func bidExists(c *coherence) {
	if c.form == Release && c.At("bids", "details") == nil {
		return
	}
	bids := idsOf(c.each("bids", "details"))
	c.walk(func(name string, s spot) {
		if s.is(text) && (name == "relatedBid" || name == "relatedBids") {
			c.refers([]spot{s}, bids, "bid")
		}
	})
}

func bidInTime(c *coherence) {
	due := moment(c.At("tender", "tenderPeriod", "endDate"))
	for _, b := range c.each("bids", "details") {
		date := b.at("date")
		if at := moment(date.Node); b.Get("status").Str() == "valid" && !due.IsZero() && at.After(due) {
			c.say(date, "compare it with tender/tenderPeriod/endDate", "The valid bid came %s, after bids were due.", date.Text)
		}
	}
}

func openedLate(c *coherence) {
	due := c.at("tender", "tenderPeriod", "endDate")
	c.inOrder(due, c.at("tender", "bidOpening", "date"), "Bids were opened %s, before they were due.")
}

func milestoneExists(c *coherence) {
	for _, k := range c.each("contracts") {
		there := idsOf(append(k.each("implementation", "milestones"), k.each("milestones")...))
		for _, t := range k.each("implementation", "transactions") {
			c.refers([]spot{t.at("relatedImplementationMilestone", "id")}, there, "milestone")
		}
	}
}

func requirementExists(c *coherence) {
	var all []spot
	for _, criterion := range c.each("tender", "criteria") {
		for _, group := range criterion.each("requirementGroups") {
			all = append(all, group.each("requirements")...)
		}
	}
	if c.form == Release && len(all) == 0 {
		return
	}
	there := idsOf(all)
	for _, b := range c.each("bids", "details") {
		for _, r := range b.each("requirementResponses") {
			c.refers([]spot{r.at("requirement", "id")}, there, "requirement")
		}
	}
}

func complaintRelated(c *coherence) {
	awards := idsOf(c.each("awards"))
	for _, o := range c.each("complaints") {
		if c.form != Release || len(awards) > 0 {
			c.refers(o.each("relatedAwards"), awards, "award")
		}
		decided := o.Get("status").Str() == "decided"
		switch d := o.at("decision"); {
		case decided && d.Get("outcome").Str() == "":
			c.say(o, "give decision/outcome", "The complaint is decided, and does not say how.")
		case !decided && d.Node != nil && d.Get("outcome").Str() != "":
			c.say(d, `the status should be "decided"`, "The complaint has a decision, and is not decided.")
		default:
			c.inOrder(o.at("date"), d.at("date"), "It was decided %s, before it was handed in.")
		}
	}
}

func evaluationOrder(c *coherence) {
	for _, e := range c.each("evaluations") {
		c.inOrder(e.at("dateCommitted"), e.at("dateRevealed"), "Scores were revealed %s, before they were fixed.")
		for _, s := range e.each("scores") {
			v, ok := s.Get("value").Rat()
			most, bounded := s.Get("maximum").Rat()
			if ok && bounded && v.Cmp(most) > 0 {
				c.say(s.at("value"), "at most "+s.Get("maximum").Text, "The score %s is above the maximum.", s.Get("value").Text)
			}
		}
	}
}

func standstillKept(c *coherence) {
	over := map[string]spot{}
	for _, a := range c.each("awards") {
		still := a.at("standstill")
		if still.Node == nil || still.Get("status").Str() == "waived" {
			continue
		}
		end := still.at("dateEnded")
		if !end.is(text) {
			end = still.at("period", "endDate")
		}
		over[a.Get("id").ID()] = end
	}
	for _, k := range c.each("contracts") {
		if end := over[k.Get("awardID").ID()]; end.Node != nil {
			c.inOrder(end, k.at("dateSigned"), "The contract was signed %s, before the standstill was over.")
		}
	}
}

// ledgerFields checks the records that a release rests on. Merged, they stand in the
// order in which releases first named them: one that could not be told of at first
// stands after later ones.
func ledgerFields(c *coherence) {
	last := -1
	for _, r := range c.each("ledgerProof", "records") {
		for _, f := range r.each("fields") {
			if f.is(text) && c.Find(jsontext.Pointer(f.Text)) == nil {
				c.say(f, "a JSON Pointer from the release, as /tender", "The release has no %s.", f.Text)
			}
		}
		if index, err := strconv.Atoi(r.Get("index").ID()); err == nil && c.form == Release {
			if index <= last {
				c.say(r.at("index"), "in the order of the log", "The record stands at %d of the log, after one at %d.", index, last)
			}
			last = index
		}
	}
}
