package ocds

import (
	"encoding/json/jsontext"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A coherenceCheck asks whether what a release says in one place fits what it
// says in another.
type coherenceCheck struct {
	id    string
	means string
	level Level
	find  func(*coherence)
}

// A coherence is one check at work on one release.
type coherence struct {
	Checker
	spot             // the release
	all      []visit // the release and what is within it
	check    coherenceCheck
	form     Form
	problems []Problem
}

// A spot is a value and where it stands.
type spot struct {
	*Node
	path jsontext.Pointer
}

func (s spot) at(names ...string) spot {
	for _, name := range names {
		s = spot{s.Get(name), s.path.AppendToken(name)}
	}
	return s
}

func (s spot) each(names ...string) (items []spot) {
	s = s.at(names...)
	for i, n := range s.list() {
		items = append(items, spot{n, s.path.AppendToken(strconv.Itoa(i))})
	}
	return items
}

// A visit is a value that the schema describes, and the name of the field that it, or its list, is in.
type visit struct {
	spot
	name string
}

// visits are all values from s down that the schema describes, in order. What
// is in fields that nobody knows is kept, and not judged.
func (s spot) visits(r rule) (all []visit) {
	var down func(string, spot, rule)
	down = func(name string, s spot, r rule) {
		all = append(all, visit{s, name})
		for _, m := range s.Members {
			if field := r.of(m.Name); field.schema != nil {
				down(m.Name, spot{m.Value, s.path.AppendToken(m.Name)}, field)
			}
		}
		for i, n := range s.Items {
			down(name, spot{n, s.path.AppendToken(strconv.Itoa(i))}, r.item())
		}
	}
	down("", s, r)
	return all
}

// walk calls f for every value of the release.
func (c *coherence) walk(f func(name string, s spot)) {
	for _, v := range c.all {
		f(v.name, v.spot)
	}
}

// say reports a problem at s, or at the release where s is missing.
func (c *coherence) say(s spot, hint, format string, args ...any) {
	line := c.Line
	if s.Node != nil {
		line = s.Line
	}
	c.problems = append(c.problems, Problem{Check: c.check.id, Path: s.path, Line: line, Level: c.check.level, Message: fmt.Sprintf(format, args...), Hint: hint})
}

// coherence runs the checks on a release.
func (c Checker) coherence(f Found, p *Profile) (problems []Problem) {
	release := spot{f.Node, f.Path}
	all := release.visits(rulesOf(p.schema))
	for _, list := range [][]coherenceCheck{releaseChecks, extensionChecks} {
		for _, check := range list {
			at := &coherence{Checker: c, spot: release, all: all, check: check, form: f.Form}
			check.find(at)
			problems = append(problems, at.problems...)
		}
	}
	return problems
}

// releaseChecks are those that need the standard alone.
var releaseChecks = []coherenceCheck{
	{"ocid-prefix", "The ocid begins with a prefix that is registered, or the publisher's own.", Error, ocidPrefix},
	{"id-unique", "No two objects of a list have the same id.", Error, idUnique},
	{"tag-content", "A release has what its tag announces.", Error, tagContent},
	{"tag-compiled", "The tag compiled stands alone.", Error, tagCompiled},
	{"period-order", "A period ends after it starts, and not after its utmost end.", Error, periodOrder},
	{"period-duration", "A period's days are what lies between its start and end.", Warning, periodDuration},
	{"award-exists", "The award of a contract is in the release.", Error, awardExists},
	{"party-exists", "Every organization that is referred to is among the parties.", Error, partyExists},
	{"party-role", "An organization has the role among the parties that it is referred to in.", Error, partyRole},
	{"role-used", "An organization is referred to in each role that it has.", Warning, roleUsed},
	{"tender-before-award", "Nothing is awarded before bids are due.", Error, tenderBeforeAward},
	{"award-before-contract", "A contract is signed after its award.", Error, awardBeforeContract},
	{"signed-before-end", "A contract is signed before it ends.", Error, signedBeforeEnd},
	{"amount-not-negative", "Amounts are not below zero.", Error, amountNotNegative},
	{"amount-currency", "An amount has a currency.", Error, amountCurrency},
	{"award-complete", "An award that is in force has suppliers and a value.", Warning, awardComplete},
	{"tenderers-count", "The number of tenderers is how many are listed.", Error, tenderersCount},
	{"milestone-met", "A milestone that is met says when, and only then.", Error, milestoneMet},
	{"date-order", "What is modified was published before; the release is not older than what it tells of.", Warning, dateOrder},
}

var registeredPrefix = regexp.MustCompile(`^ocds-[a-z0-9]{6}-.`)

func ocidPrefix(c *coherence) {
	ocid := c.at("ocid")
	if !ocid.is(text) {
		return
	}
	if c.Prefixes == nil {
		if !registeredPrefix.MatchString(ocid.Text) {
			c.say(ocid, "ocds-, six small letters or digits, -, then your own name of the process", "%q does not begin with a registered prefix.", ocid.Text)
		}
		return
	}
	for _, p := range c.Prefixes {
		if strings.HasPrefix(ocid.Text, p+"-") {
			return
		}
	}
	c.say(ocid, "ours: "+strings.Join(c.Prefixes, ", "), "%q does not begin with a prefix of ours.", ocid.Text)
}

// idUnique looks at lists of objects. Lists of references, in which one
// organization may stand with two names, are no different: an id means one.
func idUnique(c *coherence) {
	c.walk(func(_ string, s spot) {
		seen := map[string]int{}
		for i, item := range s.list() {
			id := item.Get("id").ID()
			if key := id + string(rune(kindOf(item.Get("id")))); id == "" {
				continue
			} else if first, ok := seen[key]; !ok {
				seen[key] = i
			} else if !sameClassification(item, s.Items[first]) {
				c.say(spot{item, s.path.AppendToken(strconv.Itoa(i))}, "merging would make one object of the two", "The id %q is that of item %d too.", id, first)
			}
		}
	})
}

func kindOf(n *Node) jsontext.Kind {
	if n == nil {
		return 0
	}
	return n.Kind
}

// sameClassification allows what has a scheme, in which alone its id means
// anything, as identifiers and classifications do.
func sameClassification(a, b *Node) bool {
	return a.Get("scheme") != nil && a.Get("scheme").Str() != b.Get("scheme").Str()
}

// announced is what a tag says the release has.
var announced = map[string]string{
	"planning": "planning", "planningUpdate": "planning",
	"tender": "tender", "tenderAmendment": "tender", "tenderUpdate": "tender", "tenderCancellation": "tender",
	"award": "awards", "awardUpdate": "awards", "awardCancellation": "awards",
	"contract": "contracts", "contractUpdate": "contracts", "contractAmendment": "contracts", "contractTermination": "contracts",
	"implementation": "contracts", "implementationUpdate": "contracts",
}

func tagContent(c *coherence) {
	for _, tag := range c.each("tag") {
		field := announced[tag.Str()]
		switch n := c.Get(field); {
		case field == "":
		case n == nil || n.is(null) || n.is(array) && len(n.Items) == 0 || n.is(object) && len(n.Members) == 0:
			c.say(tag, "give "+field+", or another tag", "The tag is %s, and the release has no %s.", tag.Text, field)
		case strings.HasPrefix(tag.Text, "implementation") && !slices.ContainsFunc(n.list(), func(k *Node) bool { return k.Get("implementation") != nil }):
			c.say(tag, "give contracts/implementation, or another tag", "The tag is %s, and no contract has an implementation.", tag.Text)
		case tag.Text == "tenderCancellation" && n.Get("status").Str() != "cancelled":
			c.say(tag, `tender/status should be "cancelled"`, "The tag is tenderCancellation, and the tender is not cancelled.")
		}
	}
}

func tagCompiled(c *coherence) {
	if tag := c.at("tag"); tag.holds("compiled") && len(tag.list()) > 1 {
		c.say(tag, `the tag of a compiled release is ["compiled"]`, "The tag compiled stands among others.")
	}
}

func periodOrder(c *coherence) {
	c.walk(func(_ string, s spot) {
		start, end, most := s.at("startDate"), s.at("endDate"), s.at("maxExtentDate")
		c.inOrder(start, end, "The period ends %s, before it starts.")
		c.inOrder(end, most, "The utmost end %s is before the end.")
		c.inOrder(start, most, "The utmost end %s is before the start.")
	})
}

// inOrder says so if the second of two moments is before the first.
func (c *coherence) inOrder(first, second spot, format string) {
	a, b := moment(first.Node), moment(second.Node)
	if !a.IsZero() && !b.IsZero() && b.Before(a) {
		c.say(second, "compare it with "+string(first.path), format, second.Text)
	}
}

func periodDuration(c *coherence) {
	c.walk(func(_ string, s spot) {
		days := s.at("durationInDays")
		start, end := moment(s.Get("startDate")), moment(s.Get("endDate"))
		if most := moment(s.Get("maxExtentDate")); !most.IsZero() {
			end = most
		}
		n, err := strconv.Atoi(days.ID())
		if err != nil || start.IsZero() || end.IsZero() {
			return
		}
		between := int(end.Sub(start) / (24 * time.Hour))
		if n < between-1 || n > between+1 {
			c.say(days, "count from startDate to endDate, or to maxExtentDate if that is there", "The duration is %d days; from start to end are %d.", n, between)
		}
	})
}

func awardExists(c *coherence) {
	if c.form == Release && c.Get("awards") == nil {
		return // a release may tell of the contract alone; the compiled one has both
	}
	ids := idsOf(c.each("awards"))
	for _, k := range c.each("contracts") {
		if id := k.at("awardID"); id.ID() != "" && !ids[id.ID()] {
			c.say(id, "one of the ids in awards", "There is no award %q.", id.ID())
		}
	}
}

func idsOf(list []spot) map[string]bool {
	ids := map[string]bool{}
	for _, s := range list {
		if id := s.Get("id").ID(); id != "" {
			ids[id] = true
		}
	}
	return ids
}

func tenderBeforeAward(c *coherence) {
	due := c.at("tender", "tenderPeriod", "endDate")
	for _, a := range c.each("awards") {
		c.inOrder(due, a.at("date"), "It was awarded %s, before bids were due.")
	}
}

func awardBeforeContract(c *coherence) {
	awards := map[string]spot{}
	for _, a := range c.each("awards") {
		awards[a.Get("id").ID()] = a
	}
	for _, k := range c.each("contracts") {
		if a := awards[k.Get("awardID").ID()]; a.Node != nil {
			c.inOrder(a.at("date"), k.at("dateSigned"), "The contract was signed %s, before its award.")
		}
	}
}

func signedBeforeEnd(c *coherence) {
	for _, k := range c.each("contracts") {
		signed, end := k.at("dateSigned"), k.at("period", "endDate")
		c.inOrder(signed, end, "The contract ended %s, before it was signed.")
	}
}

func amountNotNegative(c *coherence) {
	c.walk(func(name string, s spot) {
		if name != "amount" || !s.is(number) {
			return
		}
		if r, ok := s.Rat(); ok && r.Sign() < 0 {
			c.say(s, "what is taken back is an amendment or a payment the other way", "The amount %s is below zero.", s.Text)
		}
	})
}

func amountCurrency(c *coherence) {
	c.walk(func(_ string, s spot) {
		if a := s.at("amount"); a.is(number) && s.Get("currency").Str() == "" {
			c.say(a, "give currency beside it, for example USD", "The amount %s has no currency.", a.Text)
		}
	})
}

func awardComplete(c *coherence) {
	for _, a := range c.each("awards") {
		if a.Get("status").Str() != "active" {
			continue
		}
		if len(a.Get("suppliers").list()) == 0 {
			c.say(a, "give suppliers", "The award is in force, and nobody says to whom.")
		}
		if a.At("value", "amount") == nil {
			c.say(a, "give value", "The award is in force, and has no value.")
		}
	}
}

func tenderersCount(c *coherence) {
	n, list := c.at("tender", "numberOfTenderers"), c.at("tender", "tenderers")
	if n.is(number) && list.is(array) && n.Text != strconv.Itoa(len(list.Items)) {
		c.say(n, "count tender/tenderers", "The number of tenderers is %s, and %d are listed.", n.Text, len(list.Items))
	}
}

func milestoneMet(c *coherence) {
	c.walk(func(name string, s spot) {
		if name != "milestones" || !s.is(object) {
			return
		}
		met, status := s.at("dateMet"), s.Get("status").Str()
		switch {
		case status == "met" && !met.is(text):
			c.say(s, "give dateMet", "The milestone is met, and does not say when.")
		case met.is(text) && (status == "scheduled" || status == "notMet"):
			c.say(met, `the status should be "met" or "partiallyMet"`, "The milestone was met %s, and its status is %s.", met.Text, status)
		}
	})
}

func dateOrder(c *coherence) {
	date := c.at("date")
	c.walk(func(_ string, s spot) {
		c.inOrder(s.at("datePublished"), s.at("dateModified"), "It was modified %s, before it was published.")
	})
	for _, a := range c.each("awards") {
		c.inOrder(a.at("date"), date, "The release is of %s, before an award it tells of.")
	}
	for _, k := range c.each("contracts") {
		c.inOrder(k.at("dateSigned"), date, "The release is of %s, before a contract it tells of.")
	}
}
