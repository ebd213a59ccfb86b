package procurementview

import (
	"cmp"
	"encoding/hex"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"publica"
	"publica/compliance"
	"publica/internal/domain/procurement"
	"publica/internal/web"
	"publica/sealed"
	"publica/tender"
	"publica/tender/currency"
)

var idForm = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,31}$`)

// profiles are the families of rules that a tender can be held under, as far as
// this register's rules know them.
func profiles() (all []procurement.Profile) {
	for _, p := range []procurement.Profile{procurement.SealedBidding, procurement.Negotiated, procurement.Open, "practice"} {
		if _, err := p.Policy(); err == nil {
			all = append(all, p)
		}
	}
	return all
}

// stepsOfCeremony are the steps of a key ceremony.
const stepsOfCeremony = 4

func (d *tenderDesk) publishForm(l *web.Locale) {
	f := &d.Form
	d.About = web.Alert{Kind: "info", Title: l.T("Everything the evaluation will rest on"),
		Text: l.T("It takes effect when the trustees have made the keys. From then on it changes only by an amendment that everyone can read, and bids made before that must be sealed again.")}
	if len(d.T.About.Charter.Reviewers) == 0 {
		d.About = web.Alert{Kind: "error", Title: l.T("Nobody is named who decides protests"), Text: l.T("The charter of this docket names no review body, so the rules will refuse the tender. Name one with: publica submit docket/amend-charter.")}
	}
	was := d.attempt()
	if was.Profile != "" {
		d.About.Text = l.T("The form holds what was published when the making of keys failed: change what has to change, the trustees for example.") + " " + d.About.Text
	}
	d.pick(l, "profile", l.T("Under which rules?"), d.earliestWords(l), profileChoices(l), was.Profile)
	d.pick(l, "mode", l.T("Who may read bids once they are open?"), "", []web.Choice{web.Option("public", l.T("Everyone")), web.Option("confidential", l.T("The evaluators alone; losing bids are never public"))}, string(was.Mode))
	d.pick(l, "envelopes", l.T("Envelopes of a bid"), "", []web.Choice{web.Option("1", l.T("One: everything opens together")), web.Option("2", l.T("Two: first the technical offer, then the price"))}, numberText(was.Envelopes))
	f.Add(web.FormField{Name: "lots", Kind: "text", Label: l.T("Lots (optional)"), Hint: l.T("Up to {n} ids, separated by commas, for example north, south. Each has keys of its own.", "n", procurement.MaxLots)}, strings.Join(was.Lots, ", "))
	d.addCriteria(l, stands(was.Criteria))
	d.addSearch(l)
	d.addKeys(l, "evaluators", l.T("Evaluators"), l.T("Those who score, or in confidential mode read, the bids. None where the price alone decides."), func(h *holder) bool { return slices.Contains(was.Evaluators, h.Key) })
	d.addKeys(l, "trustees", l.T("Trustees"), l.T("2 to {n} keys that open the bids together. Most belong to other bodies than the buyer.", "n", sealed.MaxTrustees), func(h *holder) bool { return slices.Contains(was.Trustees, tender.Trustee{Body: h.Body, Key: h.Key}) })
	f.Add(web.FormField{Name: "threshold", Kind: "text", Label: l.T("Threshold"), Hint: l.T("So many trustees together learn nothing; one more opens the bids.")}, cmp.Or(numberText(was.Threshold), "2"))
	f.Add(web.FormField{Name: "embedded", Kind: "checks", Ticked: ticks(was.Embedded), Label: l.T("Independence"), Options: []web.Choice{web.Option("yes", l.T("The buyer’s own trustees may open: the tender’s page then says that it is not independent"))}}, "")
	f.Add(web.FormField{Name: "ceremony", Kind: "text", Label: l.T("Hours for each of the four steps of the key ceremony, at most"), Hint: l.T("1 to 720. A step ends sooner when every trustee has taken it.")}, cmp.Or(numberText(was.Ceremony), "24"))
	f.Add(web.FormField{Name: "currency", Kind: "text", Label: l.T("Currency"), Hint: l.T("Three capital letters of ISO 4217, for example USD.")}, cmp.Or(was.Currency, d.planned()))
	f.Add(web.FormField{Name: "enquiries", Kind: "moment", Label: l.T("Questions until (UTC)"), Hint: l.T("The first moment at which no question is taken; after the ceremony’s last hour.")}, d.ahead(was.Enquiries))
	f.Add(web.FormField{Name: "deadline", Kind: "moment", Label: l.T("Bids until (UTC)"), Hint: l.T("The first moment at which no bid is taken. Late is late.")}, d.ahead(was.Deadline))
	d.addRules(l, false)
	f.Add(web.FormField{Name: "text", Kind: "area", Label: l.T("The text of the tender"), Hint: l.T("Markdown: what is asked for, how it is delivered, what a bid must hold.")}, was.text)
	d.holdRules(&was)
}

// An attempt is what was published before its keys were made, and they were not.
type attempt struct {
	tender.Terms
	text, rules, inputs string // "" what is not at hand
}

// attempt returns the one before, the zero value if there is none.
func (d *tenderDesk) attempt() (was attempt) {
	if terms := d.T.Terms(); terms != nil {
		at := d.T.Versions[len(d.T.Versions)-1].ID
		was = attempt{Terms: *terms, text: d.T.text(at, "text"), rules: d.T.text(at, "rules")}
		if slices.ContainsFunc(d.T.parts(at), func(x publica.Part) bool { return x.Name == "attachment-1" && x.Media == tender.InputMedia }) {
			was.inputs = d.T.text(at, "attachment-1")
		}
	}
	return was
}

// holdRules fills in the rules of the attempt before and what it gave them, unless the
// form was sent: what was sent counts.
func (d *tenderDesk) holdRules(was *attempt) {
	f := &d.Form
	if f.WasSent() || was.rules == "" {
		return
	}
	f.Field("inputs").Value = was.inputs
	if set := compliance.FASTLane(); was.Rules != rulesHash(set) {
		f.Field("rules").Value, f.Field("own").Value = "own", was.rules
	}
}

// ahead is a time as the form holds it, "" if it has passed.
func (d *tenderDesk) ahead(t publica.Time) string {
	if t <= d.Now {
		return ""
	}
	return web.MomentOf(t)
}

// numberText is a number as a form holds it, "" for 0.
func numberText(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// ticks are what is ticked of a field that has yes alone.
func ticks(yes bool) []string {
	if yes {
		return []string{"yes"}
	}
	return nil
}

// earliestWords say by profile how soon bids can end, if each step of the ceremony
// has a day.
func (d *tenderDesk) earliestWords(l *web.Locale) string {
	var all []string
	for _, p := range profiles() {
		policy, err := p.Policy()
		if err != nil {
			continue
		}
		all = append(all, l.T("{profile}: bids at least until {time}, with 24 hours for each step of the ceremony.", "profile", profileWords(l, string(p)), "time", l.Moment(earliest(d.Now, policy.BidDays, 24))))
	}
	return strings.Join(all, " ")
}

// earliest is the first deadline that leaves a number of days after a ceremony of
// which every step takes so many hours.
func earliest(now publica.Time, days, hours int64) publica.Time {
	if days == 0 { // no law's periods apply, nor must there be time for a slow ceremony
		return now
	}
	return lastHour(now, hours).Add(time.Duration(days) * 24 * time.Hour)
}

func lastHour(now publica.Time, hours int64) publica.Time {
	return now.Add(time.Duration(stepsOfCeremony*hours) * time.Hour)
}

func profileChoices(l *web.Locale) (all []web.Choice) {
	for _, p := range profiles() {
		all = append(all, web.Option(string(p), profileWords(l, string(p))))
	}
	return all
}

// planned is the currency of the plan.
func (d *tenderDesk) planned() string {
	if plan := d.T.Plan(); plan != nil && plan.Budget != nil {
		return plan.Budget.Currency
	}
	return "USD"
}

// addRules adds the fields of a rule set; keep says that those that stand may stay.
func (d *tenderDesk) addRules(l *web.Locale, keep bool) {
	set := compliance.FASTLane()
	name, version := set.Name()
	all := []web.Choice{web.Option("fastlane", l.T("{name}, version {v}: the built-in rules after FASt Lane ({hash}…)", "name", name, "v", version, "hash", set.Hash()[:8])), web.Option("own", l.T("Rules of your own, below"))}
	value := "fastlane"
	if keep {
		all, value = append([]web.Choice{web.Option("keep", l.T("They stay as they are"))}, all...), "keep"
	}
	d.Form.Add(web.FormField{Name: "rules", Kind: "select", Label: l.T("Rules that every bid is held against"), Hint: l.T("Bidders run them before they seal; anyone runs them again afterwards."), Options: all}, value)
	d.Form.Add(web.FormField{Name: "own", Kind: "area", Label: l.T("Rules of your own (optional)"), Hint: l.T("A rule set as JSON. The page checks it before you sign.")}, "")
	d.Form.Add(web.FormField{Name: "inputs", Kind: "area", Label: l.T("What you give the rules (optional)"), Hint: l.T("A JSON object with inputs of the rules that the buyer gives, for example policy and benchmarks.")}, "")
}

// ruleSet reads the rules, nil if they stay, and adds what goes with them.
func (d *tenderDesk) ruleSet(l *web.Locale, parts []web.ActPart) (set *compliance.Set, all []web.ActPart) {
	f := &d.Form
	switch f.Get("rules") {
	case "fastlane":
		set = compliance.FASTLane()
		if f.Get("own") != "" {
			f.Refuse("own", l.T("You chose the built-in rules: leave this empty, or choose rules of your own."))
		}
	case "own":
		f.Want(l, "own")
		var err error
		if set, err = compliance.Parse([]byte(f.Get("own"))); err != nil {
			f.Refuse("own", l.T("This is no rule set that can be run: {problem}", "problem", err.Error()))
			return nil, parts
		}
	}
	if set != nil {
		name, version := set.Name()
		parts = append(parts, web.Part("rules", "application/json", string(set.Canonical()), l.T("Rules: {name}, version {v}", "name", name, "v", version)))
	}
	if text := f.Get("inputs"); text != "" {
		if _, err := (&tender.Process{}).Input(nil, []byte(text), nil); err != nil {
			f.Refuse("inputs", l.T("This is no JSON object: {problem}", "problem", err.Error()))
		}
		parts = append(parts, web.Part("attachment-1", tender.InputMedia, text, l.T("What you give the rules")))
	}
	return set, parts
}

// rulesHash is the hash by which a tender pins rules.
func rulesHash(set *compliance.Set) (h sealed.Hash) {
	if raw, err := hex.DecodeString(set.Hash()); err == nil {
		copy(h[:], raw)
	}
	return h
}

func (d *tenderDesk) publish(l *web.Locale) *web.Act {
	f := &d.Form
	f.Want(l, "text", "threshold", "ceremony", "enquiries", "deadline", "currency")
	b := procurement.Publish{Profile: procurement.Profile(d.picked(l, "profile")), Mode: procurement.Mode(d.picked(l, "mode")), Currency: f.Get("currency"),
		Embedded: f.Field("embedded").Has("yes"), Enquiries: f.Moment(l, "enquiries"), Deadline: f.Moment(l, "deadline")}
	b.Envelopes, _ = strconv.ParseInt(d.picked(l, "envelopes"), 10, 64) // 1 or 2, by the select
	b.Threshold, _ = f.Number(l, "threshold", 0)
	b.Ceremony, _ = f.Number(l, "ceremony", 0)
	b.Lots = strings.FieldsFunc(f.Get("lots"), func(r rune) bool { return r == ',' || r == ' ' || r == '\n' })
	b.Criteria, b.Evaluators, b.Trustees = d.criteria(l), d.evaluators(), d.trustees(l)
	set, parts := d.ruleSet(l, []web.ActPart{web.Part("text", "text/markdown", f.Get("text"), l.T("The text of the tender"))})
	if set != nil {
		b.Rules = rulesHash(set)
	}
	if policy, err := b.Profile.Policy(); err == nil {
		d.foreseeProfile(l, &b, policy.Modes, int64(policy.Maximum), policy.Scored, policy.Embedded)
		d.foreseeTimes(l, &b, policy.BidDays)
	}
	d.foreseeTerms(l, &b)
	d.foreseeBoard(l, &b)
	d.foreseeTrustees(l, &b)
	return &web.Act{Kind: "procurement/publish", Body: b, Parts: parts, Says: d.publishWords(l, &b, set)}
}

// foreseeProfile says at the fields what the profile does not know.
func (d *tenderDesk) foreseeProfile(l *web.Locale, b *procurement.Publish, modes []procurement.Mode, envelopes int64, scored, embedded bool) {
	f, name := &d.Form, profileWords(l, string(b.Profile))
	if b.Mode != "" && !slices.Contains(modes, b.Mode) {
		f.Refuse("mode", l.T("“{profile}” does not allow this.", "profile", name))
	}
	if b.Envelopes > envelopes {
		f.Refuse("envelopes", l.T("“{profile}” has one envelope.", "profile", name))
	}
	if b.Embedded && !embedded {
		f.Refuse("embedded", l.T("“{profile}” wants trustees who are for the most part outside the buyer.", "profile", name))
	}
	if !scored && len(b.Evaluators) > 0 {
		f.Refuse("evaluators", l.T("In “{profile}” the price decides: leave evaluators out.", "profile", name))
	}
	if !scored && slices.ContainsFunc(b.Criteria, func(c procurement.Criterion) bool { return c.Method == procurement.Points }) {
		f.Refuse("criteria", l.T("In “{profile}” the price decides: one criterion, computed from the price, of weight 100.", "profile", name))
	}
}

// foreseeTimes says at the fields which dates leave too little time.
func (d *tenderDesk) foreseeTimes(l *web.Locale, b *procurement.Publish, days int64) {
	f := &d.Form
	if first := earliest(d.Now, days, b.Ceremony); b.Deadline != 0 && b.Deadline <= first {
		f.Refuse("deadline", l.T("Too soon: after the ceremony’s last hour this profile wants {n} days, so not before {time}.", "n", days, "time", l.Moment(first)))
	}
	if keys := lastHour(d.Now, b.Ceremony); days > 0 && b.Enquiries != 0 && b.Enquiries <= keys {
		f.Refuse("enquiries", l.T("Too soon: the key ceremony may last until {time}, and nobody could ask before.", "time", l.Moment(keys)))
	}
	if b.Enquiries > b.Deadline && b.Deadline != 0 {
		f.Refuse("enquiries", l.T("Questions end before bids do, so that answers can still be read."))
	}
}

func (d *tenderDesk) foreseeTerms(l *web.Locale, b *procurement.Publish) {
	f := &d.Form
	if b.Currency != "" && !currency.Known(b.Currency) {
		f.Refuse("currency", l.T("This is no currency: three capital letters."))
	}
	if b.Ceremony < 1 || b.Ceremony > 720 {
		f.Refuse("ceremony", l.T("This is not between 1 and 720."))
	}
	if len(b.Lots) > procurement.MaxLots {
		f.Refuse("lots", l.T("At most {n} lots: publish the others as another tender.", "n", procurement.MaxLots))
	}
	for i, lot := range b.Lots {
		if !idForm.MatchString(lot) || slices.Contains(b.Lots[:i], lot) {
			f.Refuse("lots", l.T("“{what}” is no id, or stands twice: 1 to 32 of a-z, 0-9, dot, hyphen and underscore.", "what", web.Excerpt(lot, 40)))
		}
	}
}

func (d *tenderDesk) foreseeBoard(l *web.Locale, b *procurement.Publish) {
	f := &d.Form
	scored := slices.ContainsFunc(b.Criteria, func(c procurement.Criterion) bool { return c.Method == procurement.Points })
	switch {
	case len(b.Evaluators) > sealed.MaxMembers:
		f.Refuse("evaluators", l.T("At most {n} evaluators.", "n", sealed.MaxMembers))
	case len(b.Evaluators) == 0 && (scored || b.Mode == procurement.Confidential):
		f.Refuse("evaluators", l.T("Tick those who score, or in confidential mode read, the bids."))
	case len(b.Evaluators) > 0 && !scored && b.Mode == procurement.Public:
		f.Refuse("evaluators", l.T("They have nothing to score: add a criterion that is scored, or leave them out."))
	}
	for _, k := range b.Evaluators {
		if !b.Embedded && slices.ContainsFunc(b.Trustees, func(t procurement.Trustee) bool { return t.Key == k }) {
			f.Refuse("evaluators", l.T("Key {key} is a trustee too: who opens does not judge.", "key", short(k)))
		}
	}
}

func (d *tenderDesk) foreseeTrustees(l *web.Locale, b *procurement.Publish) {
	f, n := &d.Form, len(b.Trustees)
	if n < sealed.MinTrustees || n > sealed.MaxTrustees {
		f.Refuse("trustees", l.T("{n} are ticked: tick {least} to {most}.", "n", n, "least", sealed.MinTrustees, "most", sealed.MaxTrustees))
		return
	}
	if b.Threshold < 1 || b.Threshold >= int64(n) {
		f.Refuse("threshold", l.N(n, "With {n} trustee it lies between 1 and {most}.", "With {n} trustees it lies between 1 and {most}.", "most", n-1))
	}
	held, own := map[publica.BodyID]int64{}, 0
	for _, t := range b.Trustees {
		held[t.Body]++
		if t.Body == d.T.Buyer {
			own++
		}
		if held[t.Body] > b.Threshold && !b.Embedded {
			f.Refuse("trustees", l.T("One body has more trustees than the threshold: it could open the bids alone."))
		}
	}
	if !b.Embedded && 2*own >= n {
		f.Refuse("trustees", l.T("Half of them or more are the buyer’s own: most must be of other bodies."))
	}
}

// publishWords say the terms of a tender that is about to be signed.
func (d *tenderDesk) publishWords(l *web.Locale, b *procurement.Publish, set *compliance.Set) web.Facts {
	f := &d.Form
	says := web.Facts{{Name: l.T("Rules"), Value: f.Chosen("profile")}, {Name: l.T("Who may read bids once they are open?"), Value: f.Chosen("mode")}, {Name: l.T("Envelopes of a bid"), Value: f.Chosen("envelopes")}}
	if len(b.Lots) > 0 {
		says = append(says, web.Fact{Name: l.T("Lots"), Value: strings.Join(b.Lots, ", ")})
	}
	says = append(says, web.Fact{Name: l.T("Criteria"), Value: criteriaWords(l, b.Criteria)})
	if names := d.keyWords("evaluators", l); names != "" {
		says = append(says, web.Fact{Name: l.T("Evaluators"), Value: names})
	}
	says = append(says, web.Fact{Name: l.T("Trustees"), Value: d.keyWords("trustees", l)},
		web.Fact{Name: l.T("To open"), Value: l.T("{k} of {n} trustees together", "k", b.Threshold+1, "n", len(b.Trustees))},
		web.Fact{Name: l.T("Hours for each of the four steps of the key ceremony, at most"), Value: l.Number(b.Ceremony)},
		web.Fact{Name: l.T("Currency"), Value: b.Currency},
		web.Fact{Name: l.T("Questions until"), Time: b.Enquiries}, web.Fact{Name: l.T("Bids until"), Time: b.Deadline})
	if b.Embedded {
		says = append(says, web.Fact{Name: l.T("Independence"), Value: l.T("None: the buyer’s own trustees may open")})
	}
	if set != nil {
		says = append(says, web.Fact{Name: l.T("Hash of the rules that every bid is held against"), Value: set.Hash(), Code: true})
	}
	return says
}

// keyWords name the keys that are ticked, with their bodies.
func (d *tenderDesk) keyWords(name string, l *web.Locale) string {
	var all []string
	for _, h := range d.ticked(name) {
		all = append(all, web.Apart(h.Of)+" ("+h.words(l)+")")
	}
	return strings.Join(all, "; ")
}
