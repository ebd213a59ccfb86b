package procurementview

import (
	"slices"

	"publica"
	"publica/internal/web"
	"publica/tender"
)

// mostCites is how many records are offered to be cited, beside those that are ticked.
const mostCites = 300

// maxCites is how many records a decision may cite, by the rules.
const maxCites = 100

// citedKinds are those of records that decisions rest on.
var citedKinds = []publica.Kind{"procurement/plan", "procurement/publish", "procurement/amend", "procurement/bid", "procurement/open-share", "procurement/reveal", "procurement/compliance-result", "procurement/cure-request", "procurement/cure",
	"procurement/score-commit", "procurement/score-reveal", "procurement/reject", "procurement/memo", "procurement/intent", "procurement/protest", "procurement/protest-step", "procurement/decide", "procurement/award", "procurement/answer"}

// addCites adds the records of the tender that may be told of to choose from, the
// latest first, those of first ticked.
func (d *deskFrame) addCites(l *web.Locale, first ...publica.EntryID) {
	one := web.FormField{Name: "cites", Kind: "checks", Label: l.T("On which records does it rest?"), Hint: l.T("One at least. Everyone can follow them from the decision.")}
	left := 0
	for i := len(d.T.Process.Steps) - 1; i >= 0; i-- {
		s := &d.T.Process.Steps[i]
		if s.Refused != "" || !d.T.Tells(s.Kind) || !slices.Contains(citedKinds, s.Kind) {
			continue
		}
		if len(one.Options) >= mostCites && !slices.Contains(first, s.ID) && !slices.Contains(d.Form.SentAll("cites"), s.ID.String()) {
			left++
			continue
		}
		one.Options = append(one.Options, web.Option(s.ID.String(), d.T.recordWords(l, s)))
		if slices.Contains(first, s.ID) {
			one.Ticked = append(one.Ticked, s.ID.String())
		}
	}
	if left > 0 {
		one.Hint += " " + l.N(left, "{n} older record is not listed; it can be cited with: publica submit.", "{n} older records are not listed; they can be cited with: publica submit.")
	}
	d.Form.Add(one, "")
}

// recordWords names a record of the tender: what it is, by whom, about whose bid,
// and when.
func (t *tenderView) recordWords(l *web.Locale, s *tender.Step) string {
	text := stepWords(l, s.Kind)
	if b := t.Process.Bid(s.Subject); b != nil && s.Kind != "procurement/bid" {
		text += ", " + t.bidder(l, b)
	} else if !s.Author.IsZero() {
		text += ", " + t.actor(l, s.Author, s.For)
	}
	return text + ", " + l.Moment(s.Time)
}

// cites reads the records that are ticked, among which the rules want those of must.
func (d *deskFrame) cites(l *web.Locale, must ...publica.EntryID) (all []publica.EntryID) {
	at := d.Form.Field("cites")
	for _, o := range at.Options {
		if !at.Has(o.Value) {
			continue
		}
		if id, err := publica.ParseEntryID(o.Value); err == nil {
			all = append(all, id)
		}
	}
	switch {
	case len(all) == 0:
		d.Form.Refuse("cites", l.T("Tick the records that this rests on."))
	case len(all) > maxCites:
		d.Form.Refuse("cites", l.T("At most {n} records can be cited.", "n", maxCites))
	}
	for _, o := range at.Options {
		if id, err := publica.ParseEntryID(o.Value); err == nil && len(all) > 0 && slices.Contains(must, id) && !slices.Contains(all, id) {
			d.Form.Refuse("cites", l.T("Tick “{record}” too: the rules want it.", "record", o.Text))
		}
	}
	return all
}

// citesWords says which records are cited.
func (d *deskFrame) citesWords() string {
	at, out := d.Form.Field("cites"), ""
	for _, o := range at.Options {
		if at.Has(o.Value) {
			if out != "" {
				out += "; "
			}
			out += o.Text
		}
	}
	return out
}

// about are the records about a bid, from the bid on.
func (t *told) about(b *tender.Bid) []publica.EntryID {
	all := []publica.EntryID{b.ID}
	for i := range t.Process.Steps {
		s := &t.Process.Steps[i]
		if s.Subject == b.ID && s.Refused == "" && !s.Author.IsZero() {
			all = append(all, s.ID)
		}
	}
	return all
}

// stepWords names a kind of record in a sentence.
func stepWords(l *web.Locale, k publica.Kind) string {
	switch k {
	case "procurement/plan":
		return l.T("Plan")
	case "procurement/publish":
		return l.T("Text and terms")
	case "procurement/amend":
		return l.T("Amendment")
	case "procurement/answer":
		return l.T("Answer")
	case "procurement/bid":
		return l.T("Bid")
	case "procurement/open-share":
		return l.T("Share of a trustee")
	case "procurement/reveal":
		return l.T("Bid opened by its bidder")
	case "procurement/compliance-result":
		return l.T("Result under the rules")
	case "procurement/cure-request":
		return l.T("Request to cure")
	case "procurement/cure":
		return l.T("Cure")
	case "procurement/score-commit":
		return l.T("Commitment to scores")
	case "procurement/score-reveal":
		return l.T("Scores")
	case "procurement/reject":
		return l.T("Rejection")
	case "procurement/memo":
		return l.T("Memo")
	case "procurement/intent":
		return l.T("Intent to award")
	case "procurement/protest":
		return l.T("Protest")
	case "procurement/protest-step":
		return l.T("Step of a protest")
	case "procurement/decide":
		return l.T("Decision of a protest")
	case "procurement/award":
		return l.T("Award")
	}
	return string(k)
}
