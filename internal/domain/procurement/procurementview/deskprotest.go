package procurementview

import (
	"net/http"
	"net/url"
	"slices"

	"publica"
	"publica/internal/domain/procurement"
	"publica/internal/web"
	"publica/tender"
)

// protestChoices are the protests that are open, to choose from.
func (t *tenderView) protestChoices(l *web.Locale) (all []web.Choice) {
	for _, x := range t.openProtests() {
		all = append(all, web.Option(x.ID.String(), t.protestTitle(l, x)))
	}
	return all
}

// protestTitle names a protest: what it is about, by whom, and since when.
func (t *tenderView) protestTitle(l *web.Locale, x *tender.Protest) string {
	return l.T("{ground}, by {who}, {time}", "ground", groundWords(l, x.Ground), "who", t.actor(l, x.Author, publica.BodyID{}), "time", l.Moment(x.Time))
}

// stepForm lets the buyer answer a protest.
func (d *tenderDesk) stepForm(l *web.Locale) {
	d.pick(l, "protest", l.T("Which protest?"), "", d.T.protestChoices(l), d.asks("protest"))
	d.write("text", l.T("Your answer"), l.T("Everyone reads it beside the protest."))
}

func (d *tenderDesk) step(l *web.Locale) *web.Act { return d.protestStep(l) }

// protestStep reads a step of a protest.
func (d *deskFrame) protestStep(l *web.Locale) *web.Act {
	f := &d.Form
	f.Want(l, "text")
	b := procurement.ProtestStep{Protest: d.pickedEntry(l, "protest")}
	return &web.Act{Kind: "procurement/protest-step", Body: b, Says: web.Facts{{Name: l.T("Protest"), Value: f.Chosen("protest")}}, Parts: []web.ActPart{web.Part("text", "text/markdown", f.Get("text"), l.T("Your answer"))}}
}

// protestDesk is deskprotests.html: the protests that wait for a review body.
type protestDesk struct {
	deskFrame
	Open    []readProtest
	Decided []readProtest
	Acts    web.SubNav
	Answer  string // where the buyer answers, "" for reviewers
	Nothing web.Empty
	chosen  *tender.Protest
}

// A readProtest is a protest as its reviewers read it.
type readProtest struct {
	*tender.Protest
	Title string
	Text  string
	About web.Link // the record that is protested
	Steps []readStep
	Ended string // what was decided, "" while it is open
}

// A readStep is a step of a protest.
type readStep struct {
	tender.Mark
	Who, Text string
}

func (p *pages) deskProtests(r *http.Request) (web.Page, error) {
	l := web.LocaleOf(r)
	f, err := p.deskAt(r, l.T("Protests"), func(x *part) bool { return x.buys || !x.reviews.IsZero() })
	if err != nil {
		return nil, err
	}
	page := &protestDesk{deskFrame: f}
	page.Script = []string{"act.js"}
	for _, x := range page.T.Protests {
		if x.Decision == nil {
			page.Open = append(page.Open, page.T.readProtest(l, x))
		} else {
			page.Decided = append(page.Decided, page.T.readProtest(l, x))
		}
	}
	if len(page.Open) == 0 {
		if len(r.PostForm) > 0 {
			page.Form.Took(r.PostForm)
			what := l.T("Decide")
			if page.Form.Sent("do") == "step" {
				what = l.T("Ask or note something")
			}
			page.gone(l, what, l.T("Meanwhile the protest was decided or withdrawn."))
		}
		page.Nothing = web.Empty{Title: l.T("No protest is open"), Text: l.T("When somebody protests, it waits here for your decision, and nothing is awarded until then."), Next: web.Link{Text: l.T("The tender as the public sees it"), Href: page.T.Base() + "/tender"}}
		return page, nil
	}
	if page.part.reviews.IsZero() {
		page.Answer = page.Base + "/tender?do=protest"
		return page, nil
	}
	return page, page.fill(r, l)
}

// fill adds the form that is asked for, and reads what was sent.
func (d *protestDesk) fill(r *http.Request, l *web.Locale) error {
	asked := r.URL.Query()
	do := asked.Get("do")
	if len(r.PostForm) > 0 {
		do = r.PostForm.Get("do")
		d.Form.Took(r.PostForm)
	}
	if do != "step" {
		do = "decide"
	}
	d.Form.Do = do
	d.Acts = web.SubNav{Label: l.T("What do you want to do?"), Items: []web.SubNavItem{
		{Link: web.Link{Text: l.T("Decide"), Href: d.Base + "/protests?do=decide"}, Current: do == "decide"},
		{Link: web.Link{Text: l.T("Ask or note something"), Href: d.Base + "/protests?do=step"}, Current: do == "step"}}}
	d.choose(asked)
	d.pick(l, "protest", l.T("Which protest?"), "", d.T.protestChoices(l), asked.Get("protest"))
	if do == "step" {
		d.write("text", l.T("What do you ask or note?"), l.T("Everyone reads it beside the protest."))
	} else {
		d.decideForm(l)
	}
	if r.PostForm.Get("act") != "check" {
		return nil
	}
	act := (*web.Act)(nil)
	if do == "step" {
		act = d.protestStep(l)
		act.Parts[0].Label = l.T("What do you ask or note?")
	} else {
		act = d.decide(l)
	}
	act.For, act.Next, act.Files = d.part.reviews, d.Base+"/protests", web.MostFiles
	return d.ready(r, act)
}

// choose notes which protest is decided about.
func (d *protestDesk) choose(asked url.Values) {
	want := asked.Get("protest")
	if d.Form.WasSent() {
		want = d.Form.Sent("protest")
	}
	for _, x := range d.T.openProtests() {
		if x.ID.String() == want || len(d.Open) == 1 {
			d.chosen = x
		}
	}
}

func (t *tenderView) readProtest(l *web.Locale, x *tender.Protest) readProtest {
	out := readProtest{Protest: x, Title: t.protestTitle(l, x), Text: t.text(x.ID, "text"), About: web.Link{Text: x.About.String()[:8], Href: "/entry/" + x.About.String()}}
	for i := range t.Process.Steps {
		if s := &t.Process.Steps[i]; s.ID == x.About {
			out.About.Text = t.recordWords(l, s)
		}
	}
	for _, s := range x.Steps {
		out.Steps = append(out.Steps, readStep{s.Mark, t.actor(l, s.Author, s.For), t.text(s.ID, "text")})
	}
	if x.Decision != nil {
		out.Ended = outcomeWords(l, x.Decision.Outcome)
		if x.Decision.Reopen != "" {
			out.Ended += ". " + reopenWords(l, x.Decision.Reopen)
		}
	}
	return out
}

// reopenable are the stages to which a decision can take the tender back now.
func (t *told) reopenable() (all []tender.Stage) {
	past := []struct {
		to   tender.Stage
		from []tender.Stage
	}{
		{tender.Bidding, []tender.Stage{tender.Bidding, tender.Closed}},
		{tender.Compliance, []tender.Stage{tender.Compliance, tender.Curing, tender.Evaluating, tender.Intended, tender.Standstill, tender.Awarding, tender.Contracting, tender.Cancelled, tender.Unsuccessful}},
		{tender.Evaluating, []tender.Stage{tender.Evaluating, tender.Intended, tender.Standstill, tender.Awarding, tender.Contracting}},
		{tender.Intended, []tender.Stage{tender.Intended, tender.Standstill, tender.Awarding, tender.Contracting}},
	}
	if len(t.Contracts) > 0 {
		return nil
	}
	for _, x := range past {
		if may := t.judgeable(); slices.Contains(x.from, t.Stage) && (x.to == tender.Bidding && !t.sharesOut() || x.to != tender.Bidding && may) {
			all = append(all, x.to)
		}
	}
	return all
}

// judgeable reports whether bids counted, and the first envelopes of them all are open.
func (t *told) judgeable() (some bool) {
	for _, lot := range t.Process.Lots {
		if len(t.Counted(lot.Name)) == 0 {
			continue
		}
		if some = true; lot.Opened == 0 {
			return false
		}
	}
	return some
}

// sharesOut reports whether anything on record helps to open a bid.
func (t *told) sharesOut() bool {
	if c := t.Ceremony(); c != nil {
		for _, k := range c.Keys {
			if len(k.Shares) > 0 {
				return true
			}
		}
	}
	return slices.ContainsFunc(t.Bids, func(b *tender.Bid) bool { return len(b.Partials) > 0 || len(b.Revealed) > 0 })
}

func (d *protestDesk) decideForm(l *web.Locale) {
	d.Form.Add(web.FormField{Name: "outcome", Kind: "select", Label: l.T("What do you decide?"), Options: []web.Choice{web.Option("", l.T("Choose")), web.Option("dismissed", l.T("The protest is dismissed")), web.Option("sustained", l.T("The protest is sustained"))}}, "")
	stages := d.T.reopenable()
	if len(stages) > 0 {
		all := []web.Choice{web.Option("", l.T("Nothing: it goes on where it is"))}
		for _, s := range stages {
			all = append(all, web.Option(string(s), stageWords(l, s)+": "+reopenMeans(l, s)))
		}
		d.Form.Add(web.FormField{Name: "reopen", Kind: "select", Label: l.T("If it is sustained: what is done again?"), Hint: l.T("What was intended or awarded counts no more then."), Options: all}, "")
	}
	if slices.Contains(stages, tender.Bidding) {
		first := d.extended()
		d.Form.Add(web.FormField{Name: "deadline", Kind: "moment", Label: l.T("If bids are taken again: until (UTC)"), Hint: l.T("Not before {time}.", "time", l.Moment(first))}, "")
	}
	d.write("reason", l.T("Reason"), l.T("It is public, with your signature."))
	var first []publica.EntryID
	if d.chosen != nil {
		first = append(first, d.chosen.ID, d.chosen.About)
		for _, s := range d.chosen.Steps {
			first = append(first, s.ID)
		}
	}
	d.addCites(l, first...)
}

// reopenMeans says what it means that a tender is taken back to a stage.
func reopenMeans(l *web.Locale, s tender.Stage) string {
	switch s {
	case tender.Bidding:
		return l.T("bidders have more time; what was sealed counts, and can be sealed anew")
	case tender.Compliance:
		return l.T("every bid that counted is held against the rules again, also those that were rejected, and scored anew")
	case tender.Evaluating:
		return l.T("the evaluators score anew; prices that are open stay open, and the record says that it is another round")
	case tender.Intended:
		return l.T("memos stand, and the buyer says anew to whom the award is to go")
	}
	return ""
}

func (d *protestDesk) decide(l *web.Locale) *web.Act {
	f := &d.Form
	f.Want(l, "reason")
	b := procurement.Decide{Protest: d.pickedEntry(l, "protest"), Outcome: procurement.Outcome(d.picked(l, "outcome")), Reopen: procurement.Stage(f.Get("reopen")), Cites: d.cites(l), Deadline: f.Moment(l, "deadline")}
	if b.Reopen != "" && !slices.Contains(d.T.reopenable(), tender.Stage(b.Reopen)) {
		f.Refuse("reopen", l.T("The tender cannot be taken back there now."))
	}
	if b.Reopen != "" && b.Outcome == procurement.Dismissed {
		f.Refuse("reopen", l.T("You dismiss it: then nothing is done again."))
	}
	switch first := d.extended(); {
	case b.Reopen == procurement.Bidding && b.Deadline == 0:
		f.Refuse("deadline", l.T("This is missing."))
	case b.Reopen == procurement.Bidding && b.Deadline < first:
		f.Refuse("deadline", l.T("Too soon: not before {time}.", "time", l.Moment(first)))
	case b.Reopen != procurement.Bidding && b.Deadline != 0:
		f.Refuse("deadline", l.T("Bids are not taken again, you say: leave this empty."))
	}
	says := web.Facts{{Name: l.T("Protest"), Value: f.Chosen("protest")}, {Name: l.T("What do you decide?"), Value: f.Chosen("outcome")}}
	if b.Reopen != "" {
		says = append(says, web.Fact{Name: l.T("What is done again"), Value: f.Chosen("reopen")})
	}
	if b.Deadline != 0 {
		says = append(says, web.Fact{Name: l.T("Bids until"), Time: b.Deadline})
	}
	return &web.Act{Kind: "procurement/decide", Body: b, Says: append(says, web.Fact{Name: l.T("Rests on"), Value: d.citesWords()}), Parts: []web.ActPart{web.Part("reason", "text/markdown", f.Get("reason"), l.T("Reason"))}}
}
