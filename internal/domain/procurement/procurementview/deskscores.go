package procurementview

import (
	"bytes"
	"encoding/json/jsontext"
	"net/http"
	"slices"

	"publica"
	"publica/internal/web"
	"publica/tender"
)

// scoresDesk is deskscores.html: where an evaluator reads the offers of a lot and
// scores them. Scores, salt and reasons are made and kept in the evaluator's browser
// until they are revealed: scores.js sends this node a commitment and nothing else.
type scoresDesk struct {
	deskFrame
	Lot      string
	Lots     web.SubNav
	Phase    string // early, look (the buyer's), score, wait, reveal, done, missed
	Criteria []tender.Criterion
	Offers   []offerColumn
	Board    web.Facts
	Mine     *tender.Scoring
	Again    bool // a decision had the scores given anew
	Open     bool // prices are open
	Command  string
	Note     web.Alert
	Sent     []sentScores
	Nothing  web.Empty
}

// An offerColumn is what an evaluator reads of a bid.
type offerColumn struct {
	Bid       *tender.Bid
	Title     string
	Documents []tender.OfferDocument
	Facts     string // indented JSON
	Items     []tender.Item
	Price     string // "" while it is sealed
	Why       string // it cannot be read here
	Fault     string // the error of that, as the program says it
}

// sentScores are an evaluator's own scores that are on record.
type sentScores struct {
	Title  string
	Points web.Facts
}

func (p *pages) deskScores(r *http.Request) (web.Page, error) {
	l := web.LocaleOf(r)
	f, err := p.deskAt(r, l.T("Scores"), func(x *part) bool { return x.scores > 0 || x.buys })
	if err != nil {
		return nil, err
	}
	page := &scoresDesk{deskFrame: f, Again: f.T.Round > 1, Phase: "early"}
	if f.T.Terms() == nil {
		page.Nothing = web.Empty{Title: l.T("Nothing to score now"), Text: l.T("Nothing is published yet: the tender says then what is scored, and by whom.")}
		return page, nil
	}
	page.Criteria = f.T.Terms().Scored()
	page.Script = []string{"scores.js"}
	page.Lead = l.T("You score alone. Until you reveal them, your scores stay in this browser: the register gets a commitment that says nothing of them.")
	page.pickLot(l, r.URL.Query().Get("lot"))
	page.Mine = page.T.Scoring(page.Lot, page.part.key)
	page.Phase, page.Open = page.phase(), page.T.Lot(page.Lot) != nil && page.T.pricesOpen(page.Lot)
	page.board(l)
	page.commands(l)
	switch {
	case page.Phase != "early":
		page.offers(l)
	case len(page.Criteria) == 0:
		page.Nothing = web.Empty{Title: l.T("Nothing to score"), Text: l.T("No criterion of this tender is scored: the price decides.")}
	default:
		page.Nothing = web.Empty{Title: l.T("Nothing to score now"), Text: l.T("Offers are scored when they are open and meet the rules, and before prices open.")}
	}
	if page.Phase == "done" && page.Mine.Revealed != nil {
		page.sent(l)
	}
	return page, nil
}

// pickLot chooses the lot that is asked for, or the first that has bids.
func (d *scoresDesk) pickLot(l *web.Locale, asked string) {
	lots := d.T.Terms().LotNames()
	d.Lot = lots[0]
	for _, lot := range lots {
		if lot == asked || len(d.T.Live(d.Lot)) == 0 && !slices.Contains(lots, asked) {
			d.Lot = lot
		}
	}
	if len(lots) < 2 {
		return
	}
	d.Lots.Label = l.T("Lots")
	for _, lot := range lots {
		d.Lots.Items = append(d.Lots.Items, web.SubNavItem{Link: web.Link{Text: lotWords(l, lot), Href: d.Base + "/scores?lot=" + lot}, Current: lot == d.Lot})
	}
}

// phase says how far the evaluator has come with the lot.
func (d *scoresDesk) phase() string {
	switch {
	case len(d.Criteria) == 0 || d.T.Stage != tender.Evaluating && d.Mine == nil || len(d.T.Live(d.Lot)) == 0:
		return "early"
	case d.part.scores == 0:
		return "look"
	case d.T.Committed && d.Mine == nil, d.T.Disclosed && d.Mine != nil && d.Mine.Revealed == nil:
		return "missed"
	case d.Mine == nil:
		return "score"
	case d.Mine.Revealed != nil || d.T.Stage != tender.Evaluating:
		return "done"
	case d.T.AllCommitted():
		return "reveal"
	}
	return "wait"
}

// board says how far each evaluator has come.
func (d *scoresDesk) board(l *web.Locale) {
	if len(d.Criteria) == 0 {
		return
	}
	for i, key := range d.T.Terms().Evaluators {
		name := l.T("Evaluator {n}, key {key}", "n", i+1, "key", short(key))
		if key == d.part.key {
			name = l.T("You")
		}
		said := l.T("not committed yet")
		if x := d.T.Scoring(d.Lot, key); x != nil && x.Revealed != nil {
			said = l.T("revealed, {time}", "time", l.Moment(x.Revealed.Time))
		} else if x != nil {
			said = l.T("committed, {time}", "time", l.Moment(x.Time))
		}
		if !slices.Contains(d.T.Scorers(d.Lot), key) {
			said = l.T("missed the time for it")
		}
		d.Board = append(d.Board, web.Fact{Name: name, Value: said})
	}
}

// commands give what only the program can do.
func (d *scoresDesk) commands(l *web.Locale) {
	id := d.T.Docket.String()
	switch {
	case !d.T.confidential() || d.part.scores == 0:
	case d.T.Stage == tender.InCeremony:
		d.Note = web.Alert{Kind: "info", Text: l.T("In this tender bids open to the evaluators alone, so you announce keys while the trustees make theirs. This browser cannot; the program does:")}
		d.Command = "publica evaluate announce " + id + " --key me.key --secrets tender.scores"
	case d.T.handsOver():
		d.Note = web.Alert{Kind: "info", Text: l.T("In this tender the offers open to the evaluators alone, and this browser cannot open them. The program writes them to a folder; run it again when prices open. Hand the file opening.json in it to the buyer, and to nobody else: the buyer runs the rules and writes the memo with it.")}
		if d.Phase == "score" {
			d.Note.Text += " " + l.T("Score them here, or with the program. Your reasons will be public: name no bidder and no price in them.")
		}
		d.Command = "publica evaluate open " + id + " --key me.key --secrets tender.scores -o board"
	}
}

// offers reads the offers of the lot, as far as they are open to everyone.
func (d *scoresDesk) offers(l *web.Locale) {
	open, err := d.T.bids()
	for _, b := range d.T.Live(d.Lot) {
		c := offerColumn{Bid: b, Title: d.T.bidder(l, b)}
		i := slices.IndexFunc(open, func(o *tender.OpenBid) bool { return o.ID == b.ID })
		switch {
		case err != nil:
			c.Why, c.Fault = l.T("It cannot be read here."), faultWords(err)
		case i < 0 || open[i].Offer == nil:
			c.Why = l.T("It cannot be read here.")
		default:
			c.read(l, open[i].Offer)
		}
		d.Offers = append(d.Offers, c)
	}
}

func (c *offerColumn) read(l *web.Locale, o *tender.Offer) {
	c.Documents, c.Items = o.Documents, o.Items
	if o.Price != nil {
		c.Price = moneyWords(l, o.Price)
	}
	if len(o.Facts) > 0 {
		facts := jsontext.Value(bytes.Clone(o.Facts))
		if err := facts.Indent(jsontext.WithIndent("  ")); err == nil {
			c.Facts = string(facts)
		}
	}
}

// sent shows the evaluator's own scores as they stand on record.
func (d *scoresDesk) sent(l *web.Locale) {
	for _, s := range d.Mine.Revealed.Scores {
		one := sentScores{Title: d.T.bidderOf(l, s.Bid)}
		for i, n := range s.Points {
			if i < len(d.Criteria) {
				one.Points = append(one.Points, web.Fact{Name: d.Criteria[i].ID, Value: l.T("{n} of {max}", "n", n, "max", d.Criteria[i].Max)})
			}
		}
		d.Sent = append(d.Sent, one)
	}
}

// Key is that of the evaluator.
func (d *scoresDesk) Key() publica.KeyID { return d.part.key }
