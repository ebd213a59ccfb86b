package procurementview

import (
	"encoding/json/v2"
	"slices"
	"strconv"

	"publica"
	"publica/internal/web"
	"publica/tender"
)

// counting reports whether bids may still come.
func (t *told) counting() bool {
	return t.Stage == tender.Draft || t.Stage == tender.InCeremony || t.Stage == tender.Bidding
}

// confidential reports whether losing bids are never public.
func (t *told) confidential() bool { return t.Terms() != nil && t.Terms().Mode == tender.Confidential }

// short is how a key is shown to people.
func short(key publica.KeyID) string { return key.String()[:8] }

// longestName is how much of a bidder's name is shown, in characters. An offer holds
// names of any length.
const longestName = 80

// longestWhy is how much is shown of what the program says of an offer or an error, in
// characters: it may quote them.
const longestWhy = 400

// faultWords is what an error says, for pages that show it behind words of the reader's
// language.
func faultWords(err error) string { return web.Excerpt(err.Error(), longestWhy) }

// bidder names who stands behind a bid: by name once that is open to all, before
// that by the key that was made for this tender.
func (t *tenderView) bidder(l *web.Locale, b *tender.Bid) string {
	if name := t.openName(b.ID); name != "" {
		return web.Apart(web.Excerpt(name, longestName))
	}
	return l.T("Bidder {key}", "key", short(b.Author))
}

// openName is the name in an offer that anyone can read, "" if none can.
func (t *tenderView) openName(id publica.EntryID) string {
	all, err := t.bids()
	if err != nil {
		return "" // the page of bids says what is wrong
	}
	for _, b := range all {
		if b.ID == id {
			return b.Name()
		}
	}
	return ""
}

// bidderOf names the bidder of a bid's id.
func (t *tenderView) bidderOf(l *web.Locale, id publica.EntryID) string {
	if b := t.Process.Bid(id); b != nil {
		return t.bidder(l, b)
	}
	return id.String()[:8]
}

// actor names who made a step.
func (t *tenderView) actor(l *web.Locale, key publica.KeyID, body publica.BodyID) string {
	terms := t.Terms()
	switch {
	case key.IsZero():
		return l.T("the rules, by themselves")
	case !body.IsZero():
		return web.Apart(t.body(body))
	case terms != nil && terms.Trustee(key) > 0:
		return t.trustee(l, terms.Trustee(key))
	case terms != nil && terms.Evaluator(key) > 0:
		return l.T("evaluator {n}", "n", terms.Evaluator(key))
	}
	for _, b := range t.BidsTold() {
		if b.Author == key {
			return t.bidder(l, b)
		}
	}
	return l.T("key {key}", "key", short(key))
}

// trustee names a trustee by its number, from 1, and its body.
func (t *tenderView) trustee(l *web.Locale, n int) string {
	terms := t.Terms()
	if terms == nil || n < 1 || n > len(terms.Trustees) {
		return strconv.Itoa(n)
	}
	return l.T("trustee {n}, {body}", "n", n, "body", web.Apart(t.body(terms.Trustees[n-1].Body)))
}

// lotWords names a lot, "" if the tender has none.
func lotWords(l *web.Locale, name string) string {
	if name == "" {
		return ""
	}
	return l.T("Lot {name}", "name", web.Apart(name))
}

// envelopeWords names an envelope.
func envelopeWords(l *web.Locale, name string) string {
	switch name {
	case "technical":
		return l.T("technical envelope")
	case "price":
		return l.T("price envelope")
	}
	return l.T("bid envelope")
}

// slotWords names an envelope of a lot.
func slotWords(l *web.Locale, lot, envelope string) string {
	if lot == "" {
		return envelopeWords(l, envelope)
	}
	return l.T("{envelope} of lot {name}", "envelope", envelopeWords(l, envelope), "name", web.Apart(lot))
}

// position is where a record stands among the steps, −1 if it is none.
func (t *told) position(id publica.EntryID) int {
	for i := range t.Process.Steps {
		if t.Process.Steps[i].ID == id {
			return i
		}
	}
	return -1
}

// record is a record of the tender, nil if there is none of that id.
func (t *told) record(id publica.EntryID) *tender.Record {
	i := slices.IndexFunc(t.input.Records, func(r tender.Record) bool { return r.ID == id })
	if i < 0 {
		return nil
	}
	return &t.input.Records[i]
}

// parts are the parts of a record.
func (t *told) parts(id publica.EntryID) []publica.Part {
	if r := t.record(id); r != nil {
		return r.Parts
	}
	return nil
}

// decode reads what the body of a record says beside what the process keeps of it.
func (t *told) decode(id publica.EntryID, body any) {
	if r := t.record(id); r != nil {
		_ = json.Unmarshal(r.Body, body) // the process was read from the same bytes
	}
}
