package procurementview

import (
	"encoding/json/jsontext"
	"encoding/json/v2"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"publica"
	"publica/compliance"
	"publica/internal/web"
	"publica/sealed"
	"publica/tender"
)

// bidRoomPage is bidroom.html: an offer is written, sealed and sent from a
// bidder's own browser, and what became of the bids that it keeps. The node that
// serves it sees sealed envelopes, and nothing before.
type bidRoomPage struct {
	web.Head
	*tenderView
	Closed    web.Alert // why no bid is taken now; none if bids are
	Data      string    // what the script works from: a bidRoom as JSON
	Holders   string    // bodies that hold the keys
	Needed    int64     // of them open
	Deadline  publica.Time
	Documents int64 // that go beside a bid at most
	Facts     []factInput
	NoFacts   string // why there is no form for facts; "" if there is, or need be none
	Rules     bidRules
	Commands  []string // the same by command line
	Preflight string
	Protests  string // of this tender, for the script: as JSON
}

// bidRules name the rule set that an offer is judged by.
type bidRules struct {
	Name string `json:"-"`
	Hash string `json:"hash"` // "" if the set is not at hand
	Href string `json:"href"` // of the set; "" for the one that every program has
}

// A bidRoom is what the script of the page works from.
type bidRoom struct {
	Docket       publica.DocketID `json:"docket"`
	Title        string           `json:"title"`
	Open         bool             `json:"open"` // bids are taken
	Mode         tender.Mode      `json:"mode"`
	Currency     string           `json:"currency"`
	Digits       map[string]int   `json:"digits"` // of minor units, where they are not two: a browser's own list may differ
	Text         sealed.Hash      `json:"text"`
	Envelopes    []string         `json:"envelopes"`
	Keys         []bidKey         `json:"keys"`
	Work         int64            `json:"work"`         // bits that the charter asks for
	Documents    int              `json:"documents"`    // at most
	DocumentSize int64            `json:"documentSize"` // of all together, sealed, in bytes
	Gives        jsontext.Value   `json:"gives"`        // inputs of the rules that the buyer gives
	Rules        bidRules         `json:"rules"`
	Bids         []bidStanding    `json:"bids"`
	Ask          bool             `json:"ask"` // for each bid by its id: nobody is told how many there are
}

// bidKey is what an envelope of a lot is sealed to, as this node computed it from
// the ceremony's records.
type bidKey struct {
	Lot      string      `json:"lot"`
	Envelope string      `json:"envelope"`
	Key      *sealed.Key `json:"key"`
}

// bidStanding is how a bid stands, for whoever made it.
type bidStanding struct {
	ID      publica.EntryID `json:"id"`
	Words   string          `json:"words" doc:"how it stands"`
	Told    string          `json:"told,omitempty" doc:"page that tells it, and what decided it"`
	Counts  bool            `json:"counts" doc:"so far"`
	Papers  int             `json:"documents,omitempty" doc:"that go beside it"`
	Amended bool            `json:"amended" doc:"it is void, and was not sealed anew"`
	Cure    publica.Time    `json:"cure,omitzero" doc:"until when it can be cured"`
	Readers []sealed.BoxKey `json:"readers,omitempty" doc:"of a cure, where it is for the evaluators alone"`
	Reveal  string          `json:"reveal,omitempty" doc:"envelope that its bidder may open"`
	Debrief *debriefed      `json:"debrief,omitempty" doc:"the record that says why it was decided so"`

	Contract *runningContract `json:"contract,omitempty" doc:"that its bidder carries out"`
}

// runningContract is a contract of which its supplier reports milestones.
type runningContract struct {
	ID         publica.EntryID  `json:"id"`
	Milestones []milestoneAhead `json:"milestones" doc:"not yet said to be reached"`
}

// milestoneAhead is a milestone that is not reached.
type milestoneAhead struct {
	ID    string `json:"id"`
	Words string `json:"words" doc:"its id, and when it is due"`
}

// debriefed is the record that says why it was decided so.
type debriefed struct {
	ID     publica.EntryID `json:"id"`
	Author publica.KeyID   `json:"author"`
}

const maxBidDocuments = 16 // as the rules have it

func (p *pages) bidRoom(r *http.Request) (web.Page, error) {
	t, err := p.viewAt(r, "/tender")
	if err != nil {
		return nil, err
	}
	l := web.LocaleOf(r)
	page := &bidRoomPage{Head: t.head(l, l.T("Seal a bid")), tenderView: t, Documents: maxBidDocuments}
	page.Fresh, page.Script, page.Wasm = true, []string{"bidroom.js"}, true
	page.Closed = t.noBids(l)
	terms := t.Terms()
	if terms == nil {
		return page, nil
	}
	page.Needed = terms.Threshold + 1
	page.Holders, page.Deadline = t.holders(), terms.Deadline
	if c := t.Clock(tender.DeadlineClock, publica.EntryID{}); c != nil {
		page.Deadline = c.Ends // it may have moved, with blocks that had stopped
	}
	if err := page.rules(l); err != nil {
		return nil, err
	}
	page.Commands = t.bidCommands(web.BaseURL(r))
	if page.Protests, err = t.ownProtests(l); err != nil {
		return nil, err
	}
	return page, page.data(l, &p.made)
}

// holders names the bodies whose trustees hold the keys.
func (t *tenderView) holders() string {
	var names []string
	for _, x := range t.Terms().Trustees {
		if name := web.Apart(t.body(x.Body)); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// noBids says why no bid is taken, nothing if bids are.
func (t *tenderView) noBids(l *web.Locale) web.Alert {
	say := func(kind, title, text string) web.Alert {
		return web.Alert{Kind: kind, Title: title, Text: text, Link: web.Link{Text: l.T("Where the tender stands"), Href: t.Base() + "/tender"}}
	}
	switch t.Stage {
	case tender.Bidding:
		return web.Alert{}
	case tender.Draft:
		return say("info", l.T("Not published yet"), l.T("Bids are taken once the tender is published and its keys are made."))
	case tender.InCeremony:
		return say("info", l.T("The keys are being made"), l.T("Bids are taken once the trustees have made the keys that they are sealed to."))
	case tender.Cancelled, tender.Unsuccessful:
		return say("info", l.T("The tender is over"), l.T("No bid is taken any more."))
	}
	return say("warning", l.T("The deadline has passed"), l.T("A bid that comes now is late, and the rules refuse it: whoever sends it, and for whatever reason."))
}

// rules makes the form of facts, and names the rules.
func (p *bidRoomPage) rules(l *web.Locale) error {
	set, err := p.Process.Rules(p.content)
	if err != nil {
		p.NoFacts = l.T("The rule set that the tender pins is not at hand here, so there is no form for what it asks.")
		return nil
	}
	given, err := p.Input(nil, nil, p.content)
	if err != nil {
		return err
	}
	p.Rules.Name, _ = set.Name()
	p.Rules.Hash = set.Hash()
	for _, v := range p.Versions {
		if _, ok := p.content(v.ID, "rules"); ok {
			p.Rules.Href = "/entry/" + v.ID.String() + "/part/rules"
		}
	}
	named := "rules.json"
	if p.Rules.Href == "" {
		named = p.Rules.Name
	}
	p.Preflight = "publica preflight " + named + " inputs.json --pin " + p.Rules.Hash
	if p.Facts, err = factInputs(set.Definition(), given); err != nil {
		p.NoFacts = l.T("The rules ask for more than fits a form. Write the offer in a file, and bid by command line.")
	}
	return nil
}

// bidCommands are the commands that do what the page does; for the first lot, if
// there are several.
func (t *tenderView) bidCommands(base string) []string {
	option, secrets := "", "offer.bid"
	if lot := t.Terms().LotNames()[0]; lot != "" {
		option, secrets = " --lot "+lot, lot+".bid"
	}
	return []string{"publica trust " + base + " > policy.txt", "publica keygen -o bid.key",
		fmt.Sprintf("publica bid %s offer.json%s --key bid.key --secrets %s --url %s --policy policy.txt", t.Docket, option, secrets, base)}
}

// data hands the script what it works from.
func (p *bidRoomPage) data(l *web.Locale, shelf *keyShelf) error {
	t := p.Terms()
	given, err := p.Input(nil, nil, p.content)
	if err != nil {
		return err
	}
	room := bidRoom{Docket: p.Docket, Title: p.About.Title, Open: p.Closed.Title == "", Mode: t.Mode, Currency: t.Currency, Digits: compliance.OtherMinorDigits(), Text: p.Text(), Envelopes: t.EnvelopeNames(),
		Work: p.About.Charter.Work, Documents: maxBidDocuments, DocumentSize: publica.MaxPartSize, Gives: given, Rules: p.Rules, Keys: []bidKey{}, Bids: []bidStanding{}, Ask: p.Untold()}
	if room.Open {
		if room.Keys, err = shelf.of(p.Process); err != nil {
			return err
		}
	}
	for _, b := range p.BidsTold() {
		room.Bids = append(room.Bids, p.standing(l, b))
	}
	raw, err := json.Marshal(&room, json.Deterministic(true))
	p.Data = string(raw)
	return err
}

func (t *tenderView) standing(l *web.Locale, b *tender.Bid) bidStanding {
	s := bidStanding{ID: b.ID, Counts: b.Status == tender.Sealed && t.Stage == tender.Bidding, Papers: len(b.Documents), Contract: t.carries(l, b)}
	s.Amended = b.Status == tender.Superseded && b.Text != t.Text() && t.latest(b)
	if c := t.Clock(tender.CureClock, b.ID); c != nil {
		s.Cure = c.Ends
		s.Readers, _ = t.LetterReaders(b.Lot) // none in a public tender
	}
	if i := slices.IndexFunc(t.input.Records, func(r tender.Record) bool { return r.ID == b.Debriefed.ID }); i >= 0 && !b.Debriefed.IsZero() {
		s.Debrief = &debriefed{b.Debriefed.ID, t.input.Records[i].Author}
	}
	for _, envelope := range t.Terms().EnvelopeNames() {
		if t.Terms().Mode == tender.Public && t.MayReveal(b, envelope) {
			s.Reveal = envelope
		}
	}
	words, about := t.standingWords(l, b, &s)
	s.Words = words
	if !t.Untold() {
		s.Told = t.Base() + "/tender/bids#r-" + about.String()
	}
	return s
}

// carries is the contract that the bidder of a bid carries out, nil if there is none,
// or nothing left to report of it.
func (t *tenderView) carries(l *web.Locale, b *tender.Bid) *runningContract {
	lot := t.Process.Lot(b.Lot)
	if lot == nil || lot.Contract == nil || lot.Award == nil || lot.Award.Bid != b.ID {
		return nil
	}
	c := lot.Contract
	if c.Terminated != nil || !c.Completed.IsZero() {
		return nil
	}
	out := &runningContract{ID: c.ID}
	for _, m := range c.Milestones {
		if m.Reached.IsZero() && m.Accepted.IsZero() {
			out.Milestones = append(out.Milestones, milestoneAhead{m.ID, l.T("{milestone}, due {day}", "milestone", m.ID, "day", l.Day(m.Due))})
		}
	}
	if len(out.Milestones) == 0 {
		return nil
	}
	return out
}

// standingWords says how a bid stands, and which record says so: the bid, or what
// gave its lot to another.
func (t *tenderView) standingWords(l *web.Locale, b *tender.Bid, s *bidStanding) (words string, about publica.EntryID) {
	switch {
	case s.Amended:
		return l.T("Void: the tender was amended after it"), b.ID
	case b.Status == tender.Superseded:
		return l.T("Replaced by a later bid"), b.ID
	case b.Status == tender.Withdrawn:
		return l.T("Withdrawn"), b.ID
	case b.Status == tender.Unstored:
		return l.T("It does not count: too few held it at the deadline"), b.ID
	case b.Rejected != nil:
		return l.T("Rejected, for a reason on record"), b.ID
	case t.Stage == tender.Cancelled:
		return l.T("The tender is cancelled: no bid gets an award"), b.ID
	case t.Stage == tender.Unsuccessful:
		return l.T("The tender is unsuccessful: no bid gets an award"), b.ID
	case !s.Cure.IsZero():
		return l.T("It can be cured"), b.ID
	}
	if lot := t.Process.Lot(b.Lot); lot != nil && b.Status == tender.Counted {
		switch {
		case lot.Award != nil && lot.Award.Bid == b.ID:
			return l.T("It got the award"), lot.Award.ID
		case lot.Award != nil:
			return l.T("The award went to another bid"), lot.Award.ID
		case lot.Intent != nil && lot.Winner == b.ID:
			return l.T("It is to get the award"), lot.Intent.ID
		case lot.Intent != nil:
			return l.T("The award is to go to another bid"), lot.Intent.ID
		}
		return l.T("It counted at the deadline"), b.ID
	}
	if len(b.Documents) > 0 || len(b.Receipts) > 0 {
		return l.N(len(b.Receipts), "Sealed; {n} body says that it holds it", "Sealed; {n} bodies say that they hold it"), b.ID
	}
	return l.T("Sealed; where several nodes decide, they have yet to say that they hold it"), b.ID
}

// latest reports whether a bid is the last of its author for the lot.
func (t *tenderView) latest(b *tender.Bid) bool {
	for _, x := range t.Bids {
		if x.Author == b.Author && x.Lot == b.Lot && x.Time > b.Time {
			return false
		}
	}
	return true
}

// A keyShelf keeps the keys of tenders that take bids: to make one, each of its
// deals is checked.
type keyShelf struct {
	mu   sync.Mutex // guards kept
	kept map[publica.EntryID][]bidKey
}

// of returns the keys of the ceremony that counts.
func (s *keyShelf) of(p *tender.Process) ([]bidKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	published := p.Ceremony().Published.ID
	if keys, ok := s.kept[published]; ok {
		return keys, nil
	}
	keys := []bidKey{}
	for _, k := range p.Ceremony().Keys {
		made, err := p.Make(k)
		if err != nil {
			return nil, fmt.Errorf("make the key of %s for a bid: %w", k.Envelope, err)
		}
		keys = append(keys, bidKey{k.Lot, k.Envelope, made})
	}
	if s.kept == nil || len(s.kept) >= most {
		s.kept = map[publica.EntryID][]bidKey{}
	}
	s.kept[published] = keys
	return keys, nil
}
