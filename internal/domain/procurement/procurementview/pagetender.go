package procurementview

import (
	"net/http"
	"slices"
	"strings"

	"publica"
	"publica/compliance"
	"publica/internal/domain/docket"
	"publica/internal/web"
	"publica/tender"
)

// tenderPage is tender.html: where a tender stands.
type tenderPage struct {
	web.Head
	*tenderView
	Alerts    []web.Alert
	Way       web.Steps
	Running   []clockView
	Bidding   bool
	Facts     web.Facts
	PlanText  string
	Words     string          // the text as it stands
	WordsOf   publica.EntryID // the record it is of
	Changes   []change        // the latest first
	Criteria  []tender.Criterion
	Evaluated string // how the award follows
	Rules     *ruleSet
	Files     []file
	Asked     []question
	Pager     web.Pager // of the questions
	Who       string    // who may ask
	CanAsk    bool
	Nothing   web.Empty
}

// A change is an amendment of the text.
type change struct {
	tender.Mark
	Reason string
	Runs   []web.Run // of the text, none if it reads as before
	Facts  []moved   // what else reads otherwise
}

// moved is a term that an amendment changed.
type moved struct{ Name, Before, After string }

// A ruleSet is what bids are checked by.
type ruleSet struct {
	Name    string
	Hash    string
	Problem string
	Rules   []compliance.Rule
}

// A file is an attachment of a record.
type file struct {
	Of   string // what the record is
	Href string
	Name string
	Size int64
}

// A question with its answers.
type question struct {
	tender.Mark
	Text    string
	Answers []said
}

// said is a text on record.
type said struct {
	tender.Mark
	Text string
}

func (p *pages) tender(r *http.Request) (web.Page, error) {
	t, err := p.viewAt(r, "/tender")
	if err != nil {
		return nil, err
	}
	l := web.LocaleOf(r)
	page := &tenderPage{Head: t.head(l, web.Tame(t.About.Title)), tenderView: t, Bidding: t.Stage == tender.Bidding}
	page.Kicker, page.Crumbs, page.Entry = l.T("Tender of {body}", "body", web.Apart(t.body(t.Buyer))), page.Crumbs[:1], publica.EntryID(t.Docket)
	page.Alerts, page.Way, page.Running = t.alerts(l), t.way(l), t.clocks(l, max(p.site.Now(), t.Until))
	page.Facts = t.facts(l)
	page.texts(l)
	page.rules(l)
	asked, pager, err := paged(r, t.Process.Questions, 50, l.T("questions"))
	if err != nil {
		return nil, err
	}
	page.Files, page.Asked, page.Pager = t.files(l), t.questions(asked), pager
	page.CanAsk, page.Who = t.mayAsk(), askerWords(l, t.About.Charter.Contribute)
	page.Nothing = web.Empty{Title: l.T("Nothing is published yet"), Text: l.T("The buyer says first what is to be bought, then publishes the text, the criteria and who keeps the keys. All of it will stand here.")}
	return page, nil
}

// facts say what the tender asks, and by which clocks.
func (t *tenderView) facts(l *web.Locale) (f web.Facts) {
	if plan := t.Plan(); plan != nil {
		f = append(f, web.Fact{Name: l.T("What is bought"), Value: categoryWords(l, plan.Category)})
		if plan.Budget != nil {
			f = append(f, web.Fact{Name: l.T("Budget"), Value: moneyWords(l, plan.Budget)})
		}
	}
	reviewers := web.Fact{Name: l.T("Who decides protests"), Value: t.reviewers(l)}
	terms := t.Terms()
	if terms == nil {
		return append(f, reviewers)
	}
	f = append(f, web.Fact{Name: l.T("How it is held"), Value: profileWords(l, terms.Profile)},
		web.Fact{Name: l.T("Questions until"), Time: t.endsOr(tender.EnquiriesClock, terms.Enquiries)}, web.Fact{Name: l.T("Bids until"), Time: t.endsOr(tender.DeadlineClock, terms.Deadline)},
		web.Fact{Name: l.T("Envelopes"), Value: t.envelopesWords(l)})
	if len(terms.Lots) > 0 {
		f = append(f, web.Fact{Name: l.T("Lots"), Value: strings.Join(terms.Lots, ", ")})
	}
	return append(f, web.Fact{Name: l.T("Who keeps the bids shut"), Value: t.threshold(l), Href: t.Base() + "/tender/keys"}, reviewers)
}

// reviewers names who decides protests.
func (t *tenderView) reviewers(l *web.Locale) string {
	if len(t.Reviewers) == 0 {
		return l.T("not yet named")
	}
	names := make([]string, len(t.Reviewers))
	for i, b := range t.Reviewers {
		names[i] = web.Apart(t.body(b))
	}
	return strings.Join(names, ", ")
}

// endsOr is when a clock ends or ended, if the rules moved it; as the terms say if it
// never ran, or was stopped.
func (t *told) endsOr(clock string, said publica.Time) publica.Time {
	for _, c := range slices.Backward(t.Process.Clocks) {
		if c.Name == clock && c.Stopped.IsZero() {
			return c.Ends
		}
	}
	return said
}

// categoryWords says what a tender buys.
func categoryWords(l *web.Locale, category string) string {
	switch category {
	case "goods":
		return l.T("Goods")
	case "works":
		return l.T("Works")
	case "services":
		return l.T("Services")
	}
	return category
}

// envelopesWords says in how many envelopes a bid comes.
func (t *told) envelopesWords(l *web.Locale) string {
	if t.Terms().Envelopes == 2 {
		return l.T("Two: the technical part first. Prices are opened only when every evaluator has committed to scores.")
	}
	return l.T("One, with everything in it.")
}

// threshold says how many trustees open.
func (t *told) threshold(l *web.Locale) string {
	terms := t.Terms()
	return l.N(terms.Threshold, "Any {open} of these {all} trustees open all bids; {n} alone learns nothing.", "Any {open} of these {all} trustees open all bids; {n} learn nothing.", "open", terms.Threshold+1, "all", len(terms.Trustees))
}

// texts shows the text as it stands and what each amendment changed.
func (p *tenderPage) texts(l *web.Locale) {
	if plan := p.Plan(); plan != nil {
		p.PlanText = p.text(plan.ID, "text")
	}
	var before *tender.Version
	for _, v := range p.Versions {
		text := p.text(v.ID, "text")
		if before != nil {
			c := change{Mark: v.Mark, Reason: p.text(v.ID, "reason"), Facts: movedTerms(l, &before.Terms, &v.Terms)}
			if text != "" && p.Words != "" {
				c.Runs = web.Redline(p.Words, text)
			}
			p.Changes = slices.Insert(p.Changes, 0, c)
		}
		if text != "" {
			p.Words, p.WordsOf = text, v.ID
		}
		before = v
	}
	if terms := p.Terms(); terms != nil {
		p.Criteria = terms.Criteria
		p.Evaluated = l.T("The bid with the lowest price wins, among those that pass every rule and are not rejected.")
		if len(terms.Scored()) > 0 {
			p.Evaluated = l.N(len(terms.Evaluators), "{n} evaluator scores every bid.", "{n} evaluators score every bid, each alone.") + " " +
				l.T("The scores are weighted and added up, and the most points lead. For the price, the lowest gets all points, others the share that it is of theirs.")
		}
	}
}

// movedTerms compares the terms before and after an amendment.
func movedTerms(l *web.Locale, a, b *tender.Terms) (all []moved) {
	if a.Deadline != b.Deadline {
		all = append(all, moved{l.T("Bids until"), l.Moment(a.Deadline), l.Moment(b.Deadline)})
	}
	if a.Enquiries != b.Enquiries {
		all = append(all, moved{l.T("Questions until"), l.Moment(a.Enquiries), l.Moment(b.Enquiries)})
	}
	if !slices.Equal(a.Criteria, b.Criteria) {
		all = append(all, moved{l.T("Criteria"), criteriaLine(l, a.Criteria), criteriaLine(l, b.Criteria)})
	}
	if a.Rules != b.Rules {
		all = append(all, moved{l.T("Rules"), a.Rules.String()[:16], b.Rules.String()[:16]})
	}
	return all
}

func criteriaLine(l *web.Locale, all []tender.Criterion) string {
	words := make([]string, len(all))
	for i, c := range all {
		words[i] = c.ID + " " + l.Percent(c.Weight)
	}
	return strings.Join(words, ", ")
}

// rules says the pinned rule set in words.
func (p *tenderPage) rules(l *web.Locale) {
	if p.Terms() == nil {
		return
	}
	p.Rules = &ruleSet{Hash: p.Terms().Rules.String()}
	set, err := p.Process.Rules(p.content)
	if err != nil {
		p.Rules.Problem = l.T("The rule set is pinned by its hash, but its words are not at hand here.")
		return
	}
	d := set.Definition()
	p.Rules.Name, p.Rules.Rules = d.Name, d.Rules
}

// files are the attachments of plan, text, amendments and answers.
func (t *tenderView) files(l *web.Locale) (all []file) {
	add := func(of string, id publica.EntryID) {
		for _, part := range t.parts(id) {
			if strings.HasPrefix(part.Name, "attachment-") || part.Name == "rules" {
				all = append(all, file{Of: of, Href: "/entry/" + id.String() + "/part/" + part.Name, Name: part.Name, Size: part.Size})
			}
		}
	}
	if plan := t.Plan(); plan != nil {
		add(l.T("Plan"), plan.ID)
	}
	for i, v := range t.Versions {
		if i == 0 {
			add(l.T("The text as published"), v.ID)
		} else {
			add(l.T("Amendment"), v.ID)
		}
	}
	for _, a := range t.Process.Answers {
		add(l.T("Answer"), a.ID)
	}
	return all
}

// questions are some of those on record, as they came, with their words.
func (t *tenderView) questions(of []*tender.Question) (all []question) {
	for _, q := range of {
		v := question{Mark: q.Mark, Text: t.text(q.ID, "text")}
		for _, a := range q.Answers {
			v.Answers = append(v.Answers, said{a.Mark, t.text(a.ID, "text")})
		}
		all = append(all, v)
	}
	return all
}

// mayAsk reports whether questions are taken.
func (t *told) mayAsk() bool {
	return t.Stage == tender.Bidding && t.Process.Clock(tender.EnquiriesClock, publica.EntryID{}) != nil
}

// askerWords says who may ask.
func askerWords(l *web.Locale, a docket.Audience) string {
	switch a {
	case docket.Anyone:
		return l.T("Anyone may ask, without an account. Question and answer are public, so that every bidder knows the same.")
	case docket.Verified:
		return l.T("Whoever has a key that some body vouches for may ask. Question and answer are public, so that every bidder knows the same.")
	}
	return l.T("Members of the buyer’s body may ask. Question and answer are public, so that every bidder knows the same.")
}
