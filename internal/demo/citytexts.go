package demo

import (
	"publica/tender"
)

// The words and figures of the city's tenders; vendors and prices are invented.

const plantingTitle = "Planting and three years' care of 120 street trees"

const plantingSummary = "The first planting season of the tree plan. Bids are taken until the deadline, sealed to a key that opens after it; " +
	"you can ask, run the rules over an offer of your own, and bid. "

// Who keeps the keys is told as it is.
const (
	plantingEmbedded = "The trustees are run by this register's node, for the city: that is not independent, and the tender says so."
	plantingPlayed   = "The trustees were played by the sample, which keeps nothing: when the deadline comes, each bidder has to open its own bid."
)

const plantingPlan = "120 trees in eleven streets, as the tree plan of Port Linden orders them: planted in the coming season, watered and tied for three summers. Estimated at 800 for each tree."

const plantingText = `## What is bought

120 street trees of the species that the plan lists for each street, planted with their stakes and root barriers, then three years of care: sixteen watering rounds a summer, ties loosened, dead trees replaced.

## How it is judged

Four rules first: a certificate of the nursery, insurance until the care ends, experience with street trees, and planting inside the season. You can run them over your offer before you seal it.

Two gardeners of the Parks Office score how the care is planned (40 per cent), and commit to their scores before they see each other's. The price counts 60. Prices are in US dollars.
`

// plantingRules are small, so that a visitor can bid.
const plantingRules = `{
  "name": "street-trees",
  "version": 1,
  "about": "Whether an offer to plant and care for street trees can be considered at all.",
  "language": "publica-cel-1",
  "limits": {"rule": 10000, "set": 40000},
  "records": [],
  "inputs": [
    {"name": "nursery_certificate", "type": "bool", "about": "whether the nursery certifies origin and health of every tree"},
    {"name": "insured_until", "type": "date", "about": "last day of the liability insurance"},
    {"name": "trees_planted", "type": "int", "about": "street trees planted in the last three years"},
    {"name": "planted_by", "type": "date", "about": "day by which all trees stand"},
    {"name": "care_ends", "type": "date", "about": "by the buyer, with the tender"},
    {"name": "season_ends", "type": "date", "about": "by the buyer, with the tender"},
    {"name": "least_trees", "type": "int", "about": "by the buyer, with the tender"}
  ],
  "rules": [
    {"id": "certified", "title": "The nursery certifies every tree", "law": ["Tree plan, section species"], "test": "nursery_certificate",
      "pass": "A certificate of origin and health is promised for every tree.", "fail": "No certificate is promised."},
    {"id": "insured", "title": "The insurance covers the care", "law": ["Terms of the city, 4"], "test": "insured_until >= care_ends",
      "pass": "Insured until {insured_until}; the care ends on {care_ends}.", "fail": "Insured until {insured_until} only; the care ends on {care_ends}."},
    {"id": "experienced", "title": "The bidder has planted street trees", "law": ["Terms of the city, 2"], "test": "trees_planted >= least_trees",
      "pass": "{trees_planted} street trees planted in three years; {least_trees} are asked for.", "fail": "{trees_planted} street trees planted in three years; {least_trees} are asked for."},
    {"id": "in-season", "title": "All trees stand before the season ends", "law": ["Tree plan, section streets"], "test": "planted_by <= season_ends",
      "pass": "All trees stand by {planted_by}; the season ends on {season_ends}.", "fail": "All trees stand by {planted_by}, after the season ends on {season_ends}."}
  ]
}
`

// plantingInputs are what the city gives the rules.
func plantingInputs() member {
	return member{"care_ends": date(1200), "season_ends": date(130), "least_trees": 60}
}

func planting(name string, planted int, tree, round int64) func() *tender.Offer {
	return func() *tender.Offer {
		items := []tender.Item{
			{ID: "tree", Description: "Tree, planted, with stakes and root barrier", Quantity: 120, Price: tree, Unit: "tree"},
			{ID: "watering", Description: "Watering round through all streets", Quantity: 48, Price: round, Unit: "round"},
		}
		price := tender.Money{Amount: 120*tree + 48*round, Currency: "USD"}
		return &tender.Offer{Bidder: &tender.Bidder{Name: name}, Format: tender.OfferFormat, Items: items, Price: &price,
			Facts: facts(member{"nursery_certificate": true, "insured_until": date(1400), "trees_planted": planted, "planted_by": date(110)})}
	}
}

var plantingVendors = []vendor{
	{key: "alder", offer: planting("Alder & Daughters Tree Care", 410, 51_000, 62_000)},
	{key: "greenkeel", offer: planting("Greenkeel Gardens", 95, 46_500, 71_000)},
}

var fountainVendor = vendor{key: "foundry", offer: func() *tender.Offer {
	price := tender.Money{Amount: 1_840_000, Currency: "USD"}
	return &tender.Offer{Bidder: &tender.Bidder{Name: "Foundry at the Old Lock"}, Format: tender.OfferFormat, Price: &price}
}}
