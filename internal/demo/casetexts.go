package demo

import (
	"publica/tender"
)

// The words and figures of the tender for a case management system. Vendors, offers,
// prices and benchmarks are invented; an identifier with the letter O cannot be a
// unique entity identifier of the United States.

const caseTitle = "Case management system for information requests"

const caseSummary = "The Ministry buys a system in which 61 offices receive, track and answer requests for information. " +
	"This tender is held for practice, within minutes: no law's periods apply to it, and nothing is bought. Everything else is as it would be: bids were sealed to a key that no one person held, " +
	"rules judged every offer, scores were fixed before a price was known, and a person signed each rejection and the award."

const casePlan = "Offices answer about 90,000 requests for information a year, most of them in spreadsheets. The plan asks for one system with deadlines, redaction and publication of answers. Estimated on three comparable systems at 450,000 for purchase, migration and two years of support."

const caseText = `## What is bought

A system in which offices receive requests for information, watch their deadlines, redact and publish answers: set-up, migration of 140,000 open and closed cases, and 24 months of support.

## How it is judged

Rules first: every offer is run through the rule set that this tender pins, FASt Lane. Bidders can run it themselves before they seal. What fails waits for a person, who asks for a cure or rejects with a signed reason.

Then three evaluators score usability (25 per cent), delivery (20) and support (15), each alone, and commit to their scores before prices open. The price counts 40.

## Two envelopes

The first holds who bids, the facts for the rules and the hourly rates of the published price list. The second holds the price of this order, and nothing else does. Prices are in US dollars, for the crown of Maravel has no code that machines know.
`

const (
	caseQuestion = "Must the offer contain an accessibility statement, as the public bodies' website rules ask of every system that citizens see?"
	caseAnswer   = "Yes, and the text did not say so. We amend it: the statement joins the parts that must be handed in. Bids that were sealed before count no more; please seal anew."
	caseReason   = "A bidder's question showed that the accessibility statement was missing from the parts that must be handed in. Offers without it would not be comparable, so it is asked of everybody, and everybody gets more time."
	caseAmended  = caseText + `
## What must be handed in

A data protection plan, the price list, the technical proposal, and an accessibility statement: which success criteria of WCAG 2.2 level AA the system meets, which it does not, and by when it will.
`
)

var caseParts = []string{"data-protection-plan", "price-list", "technical-proposal"}

const accessibility = "accessibility-statement"

const caseCode = "541511" // NAICS 2022: custom computer programming services

// rates are what the buyer compares hourly rates with, in cents.
var rates = map[string][]int{
	"analyst-hour":   {11800, 12400, 13100, 12900},
	"developer-hour": {10900, 11500, 12200, 11900},
	"trainer-hour":   {7400, 8100, 7900},
}

// caseInputs are what the buyer gives the rules.
func caseInputs(parts ...string) member {
	var comparable []member
	for _, item := range []string{"analyst-hour", "developer-hour", "trainer-hour"} {
		for i, price := range rates[item] {
			comparable = append(comparable, member{"item": item, "price": member{"amount": price, "currency": "USD"}, "paid": date(-60 - 40*i), "source": "invented for this sample"})
		}
	}
	bench := func(ratio, end string, permille int) member {
		return member{"naics": caseCode, "ratio": ratio, end: permille, "source": "invented for this sample"}
	}
	return member{
		"policy":      member{"parts": parts, "currency": "USD", "statements_since": date(-550), "comparables_least": 3, "price_tolerance": 200},
		"benchmarks":  []member{bench("current", "least", 1200), bench("quick", "least", 900), bench("debt-to-equity", "most", 2500), bench("net-margin", "least", 15)},
		"comparables": comparable,
		"award":       date(14),
	}
}

// A firm is a vendor's figures: in cents, those of its statements in thousands of
// dollars.
type firm struct {
	name, uei                                 string
	analyst, developer, trainer               int
	assets, current, liabilities, equity, net int
	sales                                     int
	setup, migration, month                   int64
}

// facts are what the rules are run on.
func (f *firm) facts(parts ...string) member {
	rate := func(id string, hours, price int) member {
		return member{"id": id, "description": "one hour, by the published price list", "quantity": hours, "price": member{"amount": price, "currency": "USD"}}
	}
	const thousand = 100_000 // dollars, in cents
	return member{"offer": member{
		"vendor": f.name, "naics": caseCode, "submitted": date(0), "parts": parts,
		"items":        []member{rate("analyst-hour", 400, f.analyst), rate("developer-hour", 1800, f.developer), rate("trainer-hour", 300, f.trainer)},
		"registration": member{"uei": f.uei, "since": date(-300), "until": date(65), "excluded": false, "checked": date(0)},
		"finance": member{
			"year_end": date(-330), "currency": "USD", "inventory": 0, "current_assets": f.assets * thousand, "current_liabilities": f.current * thousand,
			"liabilities": f.liabilities * thousand, "equity": f.equity * thousand, "sales": f.sales * thousand, "net_income": f.net * thousand,
		},
	}}
}

// offer is what a firm seals.
func (f *firm) offer(parts ...string) *tender.Offer {
	items := []tender.Item{
		{ID: "setup", Description: "Set-up and configuration", Quantity: 1, Price: f.setup},
		{ID: "migration", Description: "Migration of 140,000 cases", Quantity: 1, Price: f.migration},
		{ID: "support", Description: "Support", Quantity: 24, Price: f.month, Unit: "month"},
	}
	price := tender.Money{Currency: "USD"}
	for _, x := range items {
		price.Amount += x.Quantity * x.Price
	}
	return &tender.Offer{Bidder: &tender.Bidder{ID: f.uei, Name: f.name, Scheme: "US-SAM"}, Facts: facts(f.facts(parts...)), Format: tender.OfferFormat, Items: items, Price: &price}
}

var (
	lindenware = firm{name: "Lindenware Cooperative", uei: "LO1DENWARE77", analyst: 12100, developer: 11200, trainer: 7600,
		assets: 940, current: 520, liabilities: 890, equity: 610, net: 96, sales: 2_840, setup: 14_500_000, migration: 6_300_000, month: 850_000}
	harbour = firm{name: "Harbour Ledger Systems", uei: "HO1LEDGER412", analyst: 11500, developer: 10400, trainer: 7100,
		assets: 1_310, current: 1_020, liabilities: 2_050, equity: 990, net: 61, sales: 3_900, setup: 12_200_000, migration: 5_000_000, month: 820_000}
	fenwick = firm{name: "Fenwick & Oru Informatics", uei: "FO1ORUINFO38", analyst: 12700, developer: 11800, trainer: 8000,
		assets: 410, current: 560, liabilities: 1_480, equity: 300, net: -45, sales: 1_620, setup: 13_100_000, migration: 5_650_000, month: 840_000}
	saltmarsh = firm{name: "Saltmarsh Software", uei: "SO1MARSH5629", analyst: 12900, developer: 12000, trainer: 8300,
		assets: 720, current: 450, liabilities: 700, equity: 480, net: 72, sales: 1_980, setup: 15_200_000, migration: 6_700_000, month: 880_000}
	northgate = firm{name: "Northgate Systems", uei: "NO1GATESYS05", analyst: 14100, developer: 13200, trainer: 8900,
		assets: 5_600, current: 2_300, liabilities: 3_900, equity: 4_150, net: 610, sales: 12_700, setup: 18_900_000, migration: 7_700_000, month: 970_000}
	upperfenn = firm{name: "Upper Fenn Data", uei: "UO1FENNDATA6", analyst: 11900, developer: 11000, trainer: 7500,
		assets: 330, current: 210, liabilities: 300, equity: 190, net: 21, sales: 870, setup: 13_900_000, migration: 5_900_000, month: 830_000}
)

var allParts = append([]string{accessibility}, caseParts...)

// caseVendors bid in time; the last of them seals what is no offer.
var caseVendors = []vendor{
	{key: "lindenware", offer: func() *tender.Offer { return lindenware.offer(allParts...) },
		documents: []file{{media: "application/pdf", name: "technical-proposal.pdf", bytes: sheet("Lindenware Cooperative: technical proposal",
			"1. One inbox for all 61 offices, deadlines by statute", "2. Redaction in the browser, with the reason beside it", "3. Answers published with the days they took", "4. Migration in three waves, each with a way back")}},
		points: [][]int{{9, 8, 9}, {9, 8, 8}, {8, 8, 9}}, why: "The only demonstration in which a clerk of ours answered a request without help. Migration in waves, with a way back."},
	{key: "harbour", offer: func() *tender.Offer { return harbour.offer(allParts...) },
		points: [][]int{{6, 6, 5}, {5, 6, 6}, {6, 7, 5}}, why: "Works, and needs a training day for each office. Support answers within two days only."},
	{key: "fenwick", offer: func() *tender.Offer { return fenwick.offer(allParts...) },
		points: [][]int{{7, 6, 6}, {7, 7, 6}, {7, 6, 7}}, why: "A good form, little on migration."},
	{key: "saltmarsh", offer: func() *tender.Offer { return saltmarsh.offer(caseParts...) },
		points: [][]int{{7, 8, 7}, {7, 7, 7}, {8, 7, 7}}, why: "Sound, and plain about what it cannot do yet."},
	{key: "northgate", offer: func() *tender.Offer { return northgate.offer(allParts...) },
		points: [][]int{{8, 7, 9}, {8, 8, 9}, {7, 7, 9}}, why: "Mature, and built for a ministry larger than ours."},
	{key: "attachment", garbage: "Dear Sir or Madam, please find our offer in the attached spreadsheet.\n"},
}

// lateVendor comes when the deadline has passed.
var lateVendor = vendor{key: "upperfenn", offer: func() *tender.Offer { return upperfenn.offer(allParts...) },
	points: [][]int{{6, 6, 6}, {6, 6, 6}, {6, 6, 6}}, why: "A small firm with a clear proposal."}

const (
	caseCureAsked  = "Your offer lacks the accessibility statement that the amendment asks for. You may hand it in; nothing else of the offer can change."
	caseCured      = "Our statement stands below; it was ready and forgotten. All success criteria of WCAG 2.2 level AA are met but two: 1.2.5, because the help videos have no audio description yet, by June; and 2.5.7 in the redaction view, by April."
	caseNotOffer   = "The envelope opens and holds a letter, not an offer: no bidder, no facts, no price in the form that the tender asks for. The result says so by the rule \"opens\". What it speaks of as attached is not there."
	caseUnsound    = "The rules find a current ratio of 0.73 where the benchmark asks for 1.20, liabilities of nearly five times the equity where two and a half are allowed, and a loss for the year. We looked at the firm's register entry and at its bank's reference of this month: neither names a guarantor. A supplier who may not last the two years of support cannot be held responsible under FAR 9.104-1(a). This is my determination; the figures are those of the offer."
	caseAwardWords = "As intended. The offer is first by the published formula, its price lies 8 per cent under the estimate, and the protest against this intent is dismissed."
	caseCheapest   = "The budget of next year is not passed yet. We intend to award the lowest price, although the memo ranks it last."
	caseContract   = "Set-up, a pilot in the office with the oldest files, migration in three waves, and 24 months of support, as offered. Source code and data belong to the Ministry; whoever follows gets both in a documented form."
	caseDebrief    = "Your price was the lowest and got all 40 points. In usability two evaluators could not finish a redaction without the manual; in support you offer an answer within two days, others within four hours. With the highest scores anyone got in support you would have been second. The scores and reasons of all three evaluators stand on record."
)

// caseRejections are whom a person rejects, and why; the code is procurement's.
var caseRejections = []struct{ vendor, code, reason string }{
	{"attachment", "non-responsive", caseNotOffer},
	{"fenwick", "non-responsible", caseUnsound},
}

// casePassedOver is the protest of the firm that the memo ranks first, and that the
// first intent passes over.
var casePassedOver = protest{
	of:       "/cheapest",
	text:     "The memo ranks us first by the formula that was published. The intent gives the contract to the bid that is last in it, for its price alone. Price was to weigh forty per cent, and we would have bid otherwise if it had been said to weigh everything.",
	step:     "The reason stands in the intent: a budget that is not passed. The Ministry leaves it to the court.",
	outcome:  "sustained",
	reopen:   "intent",
	decision: "Sustained. A buyer may depart from the ranking for a reason that lies in the bids. A budget that is not passed is no such reason: it would be the same whoever wins, and it changes the weight of the price after the prices are known. The estimate on record covers all four bids. The intent falls; the scores and the memo stand.",
}

// caseLowest is the protest of the firm with the lowest price against the second
// intent.
var caseLowest = protest{
	text:     "Our price is the lowest, 43,200 below that of the offer that is to win. In the memo we are last of four. Forty per cent for the price must weigh more than that.",
	step:     "The formula was published with the tender: the lowest price gets all 40 points, others in proportion. The protester has them. It lost 25 points on usability, delivery and support, scored by three people who had each committed to their scores before any price was open; the commitments and the opening stand on record, in this order.",
	outcome:  "dismissed",
	decision: "Dismissed. We ran the published formula on the scores and prices on record and come to the same ranking as the memo. Every commitment precedes the first share that opened prices. That other weights would give another winner is true of any tender; they were known when the protester sealed its bid.",
}

var (
	caseSetup = delivery{id: "setup", reached: "The system runs on the Ministry's machines, with the roles of all 61 offices. The acceptance protocol lists 42 test cases and their results.",
		accepted: "All 42 test cases were repeated by two clerks; 41 passed at once, one after a correction on the same day.",
		paid:     "Invoice 1 of 3: set-up."}
	casePilot = delivery{id: "pilot", reached: "The office in Upper Fenn has worked with the system for its oldest 2,300 cases. Nothing was lost; eleven duplicates of the old system came to light.",
		accepted: "The office's count of cases and ours agree. It asks for the eleven duplicates to be shown side by side, which is part of the first wave.",
		paid:     "Invoice 2 of 3: pilot."}
)
