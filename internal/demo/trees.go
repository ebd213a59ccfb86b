package demo

import (
	"context"
	"slices"
	"time"

	"publica"
)

// Where the contributions to the tree plan came from before the city had this
// register: they are imported, and their dates and names are its claims.
const (
	card   = "Town hall cards on the tree plan"
	letter = "Letters to the Parks Office"
	walk   = "Notes of the tree walks"
)

// heard is how many days the tree plan was talked about before the register.
const heard = 70

// treePlan replays ten weeks of a city's paper: what people wrote on cards and
// in letters, three drafts, and answers to most of it. Then come the first who
// speak for themselves.
func (s *stage) treePlan(ctx context.Context) error {
	c := scene{stage: s, docket: "open/trees", lead: "city"}
	open := line{
		name: c.docket, by: c.lead, forBody: c.lead, kind: "docket/open",
		body: member{
			"type": "consultation", "languages": []string{"en", "es", "ar"},
			"charter": member{"contribute": "anyone", "respond": true, "max_bytes": 5000, "max_attachments": 3, "retention": "permanent"},
		},
		parts: parts{
			"title": "A tree for every street: the tree plan of Port Linden",
			"summary": "Port Linden loses more trees than it plants. For ten weeks the Parks Office asked on cards, in letters and on walks under the trees what should change. " +
				"All of it stands here, with three drafts and what moved them. Every contribution is owed an answer, old paper and new words alike.",
		},
	}
	if err := c.say(ctx, open); err != nil {
		return err
	}
	stage := func(name string, from, to int) member {
		return member{"name": name, "from": dated(from), "to": dated(to)}
	}
	timeline := c.official("timeline", "timeline", member{"stages": []member{
		stage("Cards and the town hall evening", 0, 11),
		stage("Walks under the trees", 12, 56),
		stage("Letters on the drafts", 31, heard),
		stage("Answers, and comments on this register", heard, heard+35),
		stage("The council decides", heard+42, heard+43),
		stage("First planting season", heard+49, heard+140),
	}}, nil)
	if err := c.say(ctx, timeline); err != nil {
		return err
	}
	if err := c.ideas(ctx, treeIdeas); err != nil {
		return err
	}
	var before *draft
	for i := range treeDrafts {
		if err := c.draft(ctx, i+1, before, &treeDrafts[i]); err != nil {
			return err
		}
		if err := c.comments(ctx, treeComments[i]); err != nil {
			return err
		}
		before = &treeDrafts[i]
	}
	if err := c.endorse(ctx, treeEndorsements); err != nil {
		return err
	}
	for _, r := range treeAnswers {
		if err := c.respond(ctx, r); err != nil {
			return err
		}
	}
	return c.comments(ctx, treeLive)
}

// dated is the midnight that began a day of the paper: day 0 is a Monday, and
// the last day is over.
func dated(day int) publica.Time {
	const week = 7 * 24 * time.Hour
	return publica.TimeOf(time.Now().UTC().Truncate(week).AddDate(0, 0, day-heard)) // the zero time was a Monday
}

// about returns those comments on a section that have no key, "" for those on
// the whole docket.
func about(section string, comments []comment) []comment {
	return slices.DeleteFunc(slices.Clone(comments), func(m comment) bool { return m.key != "" || m.on != "" || m.section != section })
}

var treeIdeas = []idea{
	{key: "street", day: 1, from: card, name: "Edda Fromm", title: "One tree for every street that has none",
		problem: "On Tanner Street there is not one tree between the tram stop and the school. My mother is 84 and walks it in July.",
		propose: "Begin with the streets that have no tree at all. The rest can wait a year.",
		metric:  "Streets without a tree: we counted 212."},
	{key: "barrels", day: 1, from: card, title: "Rain barrels at the town hall's gutters",
		problem: "In August the water cart drives past a hundred gutters that were full in June."},
	{key: "fruit", day: 1, from: card, name: "Class 4b, Harbour School", title: "Apple trees we may pick from",
		propose: "Plant apples, pears and a walnut where children pass. We will pick them up from the ground too."},
	{key: "felling-notice", day: 2, from: letter, name: "Corvin Adeyemi", title: "Tell us before you fell, not after",
		problem: "On a Tuesday in March the plane tree in front of our house was gone before I had found my shoes.",
		propose: "A notice on the trunk, four weeks before, with the reason and a number to call.",
		metric:  "Share of felled trees that carried a notice for four weeks."},
	{key: "shade", day: 2, from: card, title: "Shade at every bus stop",
		propose: "Plant on the south side. A roof of glass is a cooker."},
	{key: "roots", day: 3, from: letter, name: "Pietra Solberg, pipe fitter", title: "Room for roots before the pavement closes",
		problem: "I dig up the same three streets every other year. Roots go where the water is, and the water is in our pipes.",
		propose: "When a street is open anyway, lay root cells and a barrier, then close it. Afterwards it costs six times as much."},
	{key: "bees", day: 3, from: letter, name: "Beekeepers of the Lower Quay", title: "Something in flower from March to October",
		propose: "Willow first, then cherry and lime, then honey locust and ivy. Our bees starve in July, in a city full of leaves."},
	{key: "benches", day: 4, from: walk, title: "A bench under every big crown"},
	{key: "map", day: 4, from: card, name: "J. Whitlock", title: "A map of all trees, with their age and next check",
		propose: "The Parks Office has the list. Publish it, and let people report a dry tree by its number."},
	{key: "godparents", day: 5, from: card, title: "Let us look after a tree",
		propose: "Two buckets in the evening cost me nothing. Give each young tree a name tag and a neighbour."},
	{key: "wheelchairs", day: 5, from: walk, name: "Group in wheelchairs, walk of Fenn Hill", title: "A metre and a half beside every trunk",
		problem: "On Rope Walk a chair does not pass between the trunk and the parked cars. We cross the road twice for one tree."},
	{key: "parking", day: 6, from: letter, name: "Traders of Mill Road", title: "Do not pay for trees with our parking spaces",
		problem: "Customers who come for a sack of flour do not come by tram. We lost eleven spaces to bicycles already."},
	{key: "old-ones", day: 6, from: letter, name: "H. Castellan", title: "Keep the old limes of the Parade",
		problem: "A young tree gives in forty years what an old one gives tonight.",
		propose: "Prop them, prune them, close the lane in storms. But keep them standing."},
	{key: "plums", day: 6, from: card, title: "No more plums over pavements, please",
		problem: "Every September I scrape jam from my shoes, and my neighbour slipped and broke her wrist."},
}

var treeEndorsements = map[string][]int{
	"idea/street":           {2, 4, 6, 7, 12, 20, 24},
	"idea/felling-notice":   {0, 3, 10, 19},
	"idea/map":              {5, 14, 23},
	"idea/godparents":       {7, 8, 20},
	"idea/wheelchairs":      {3, 26},
	"comment/white-stick":   {4, 6, 26},
	"comment/three-for-one": {0, 10},
}

// What stays the same in all three drafts.
var treePurpose = section{id: "purpose", text: "# Tree plan of Port Linden\n\nPort Linden has 31,400 street trees. Each year it fells about 900 and plants about 600. In five years we want to plant more than we lose, where people need shade most, and keep alive what we plant.\n"}

var treeDrafts = [3]draft{
	{day: 7, from: "Parks Office, drafts of the tree plan", title: "First draft, handed out at the town hall", sections: []section{
		treePurpose,
		{id: "streets", ideas: []string{"street", "shade"}, text: "## Street trees\n\nThe city plants 1,000 trees a year along streets. The Parks Office chooses where. Where there is no room on the pavement, a tree may take the place of a parked car.\n"},
		{id: "squares", ideas: []string{"benches"}, text: "## Squares and school yards\n\nEvery square gets shade over one third of its ground. Every school yard gets four large trees. Asphalt is opened in the summer holidays.\n"},
		{id: "species", ideas: []string{"bees", "fruit"}, text: "## Which trees\n\nNo species makes up more than a third of the trees of a district. Lime remains the tree of the city.\n"},
		{id: "water", ideas: []string{"godparents"}, text: "## Water\n\nYoung trees are watered in their first two summers, by water cart.\n"},
		{id: "felling", ideas: []string{"felling-notice", "old-ones"}, text: "## Felling and replacement\n\nA tree is felled if it is a danger or if building work needs its place. For each felled tree one is planted in the same district.\n"},
		{id: "roots", ideas: []string{"roots", "wheelchairs"}, text: "## Roots, pavements and pipes\n\nPavements lifted by roots are repaired within a year. When a street is opened for pipes, the Parks Office is asked whether trees can be planted.\n"},
		{id: "money", text: "## Money\n\nThe plan costs 2.1 million crowns a year: 1.2 million for planting, 0.6 million for care, 0.3 million for opening asphalt.\n"},
	}},
	{day: 30, from: "Parks Office, drafts of the tree plan", title: "Second draft, after the town hall and the first walks", sections: []section{
		treePurpose,
		{id: "streets", ideas: []string{"street", "shade"}, text: "## Street trees\n\nThe city plants 1,000 trees a year along streets. The 212 streets without a tree come first, then bus stops, on their south side. Where there is no room on the pavement, a tree may take the place of a parked car, but not of more than one space in ten.\n"},
		{id: "squares", ideas: []string{"benches"}, text: "## Squares and school yards\n\nEvery square gets shade over one third of its ground. Every school yard gets four large trees. Asphalt is opened in the summer holidays.\n"},
		{id: "species", ideas: []string{"bees", "fruit"}, text: "## Which trees\n\nNo species makes up more than a tenth of the trees of a district. Something is in flower from March to October. Fruit is planted in parks and school yards, and not over pavements.\n\nNot planted near schools and clinics: birch and hazel, because of their pollen.\n"},
		{id: "water", ideas: []string{"godparents"}, text: "## Water in the first five summers\n\nYoung trees are watered in their first five summers: by water cart, from rain tanks at 40 public roofs, and with a bag of 75 litres at each trunk.\n"},
		{id: "neighbours", text: "## Neighbours who help\n\nWhoever looks after a tree gets its number, a bucket, and a telephone number that is answered.\n"},
		{id: "felling", ideas: []string{"felling-notice", "old-ones"}, text: "## Felling and replacement\n\nA tree is felled only if it is a danger that pruning cannot end, or if building work needs its place. A notice with the reason hangs on the trunk for two weeks. For each felled tree two are planted in the same district.\n"},
		{id: "roots", ideas: []string{"roots", "wheelchairs"}, text: "## Roots, pavements and pipes\n\nPavements lifted by roots are repaired within a year. When a street is opened for pipes, the Parks Office is asked whether trees can be planted.\n"},
		{id: "count", ideas: []string{"map"}, text: "## How we count\n\nThe list of all trees is published with species, age and the date of the next check. Each autumn the city says how many it planted, how many it lost, and how many of the young ones live.\n"},
		{id: "money", text: "## Money\n\nThe plan costs 2.6 million crowns a year: 1.2 million for planting, 1.1 million for care, 0.3 million for opening asphalt.\n"},
	}, changes: []change{
		{section: "streets", reason: "Streets without a tree come first, as the card with most supporters asked. The traders' worry is met by a limit: one parking space in ten.", causes: []string{"idea/street", "idea/shade", "idea/parking", "comment/flour", "comment/tanner"}},
		{section: "species", reason: "A third was too much: a single beetle would empty a street. Birch and hazel stay away from schools, fruit from pavements.", causes: []string{"idea/bees", "idea/plums", "comment/beetle", "comment/pollen"}},
		{section: "water", reason: "Two summers are not enough: of the trees planted four years ago one in three is dead. Rain tanks were asked for at the town hall.", causes: []string{"idea/barrels", "comment/dead-third", "comment/bags"}},
		{section: "neighbours", reason: "New: 64 cards offered help with watering.", causes: []string{"idea/godparents", "comment/bucket"}},
		{section: "felling", reason: "Two for one, and a notice before. Four weeks, as asked, would delay urgent work; the draft says two.", causes: []string{"idea/felling-notice", "comment/two-for-one"}},
		{section: "count", reason: "New: the map was asked for in three places, and a promise to count belongs beside it.", causes: []string{"idea/map", "comment/honest"}},
		{section: "money", reason: "Five summers of water cost 0.5 million more than two.", causes: []string{"comment/dead-third"}},
		{idea: "map", reason: "Taken up in the section on how we count.", causes: []string{"idea/map"}},
	}},
	{day: 58, from: "Parks Office, drafts of the tree plan", title: "Third draft, after the storm and the letters", sections: []section{
		treePurpose,
		{id: "streets", ideas: []string{"street", "shade"}, text: "## Street trees\n\nThe city plants 1,000 trees a year along streets. The 212 streets without a tree come first, then bus stops, on their south side. Where there is no room on the pavement, a tree may take the place of a parked car, but not of more than one space in ten.\n"},
		{id: "squares", ideas: []string{"benches"}, text: "## Squares and school yards\n\nEvery square gets shade over one third of its ground, and a bench under each large crown, every second one with a back and arms. Every school yard gets four large trees, chosen with the pupils. Asphalt is opened in the summer holidays.\n"},
		{id: "species", ideas: []string{"bees", "fruit"}, text: "## Which trees\n\nNo species makes up more than a tenth of the trees of a district. Something is in flower from March to October. Fruit is planted in parks and school yards, and not over pavements.\n\nNot planted near schools and clinics: birch and hazel, because of their pollen.\n"},
		{id: "water", ideas: []string{"godparents"}, text: "## Water in the first five summers\n\nYoung trees are watered in their first five summers: by water cart, from rain tanks at 40 public roofs, and with a bag of 75 litres at each trunk. Neighbours who look after a tree get its number, a bucket, and a telephone number that is answered. No tree depends on them.\n"},
		{id: "felling", ideas: []string{"felling-notice", "old-ones"}, text: "## Felling and replacement\n\nA tree is felled only if it is a danger that pruning cannot end, or if building work needs its place. A notice with the reason and the expert's finding hangs on the trunk for four weeks. Only if a tree may fall sooner is it felled at once, and the finding is published the same day.\n\nFor a trunk of up to 30 cm two trees are planted, for a larger one three, in the same street or the next.\n"},
		{id: "roots", ideas: []string{"roots", "wheelchairs"}, text: "## Roots, pavements and pipes\n\nBeside every trunk 1.5 metres stay free to pass, and the edge of its bed can be felt with a stick. Pavements lifted by roots are repaired within three months. A street that is opened for pipes is not closed without room for roots, or a published reason why not.\n"},
		{id: "count", ideas: []string{"map"}, text: "## How we count\n\nThe list of all trees is published with species, age and the date of the next check. Each autumn the city says how many it planted, how many it lost, and how many of the young ones live.\n"},
		{id: "money", text: "## Money\n\nThe plan costs 2.9 million crowns a year: 1.2 million for planting, 1.3 million for care, 0.4 million for opening asphalt. Who builds and fells pays for what replaces the tree, and for five summers of its water.\n"},
	}, changes: []change{
		{section: "squares", reason: "Benches with arms, for those who need them to rise; and the pupils choose, because they will sit there.", causes: []string{"idea/benches", "comment/arms", "comment/pupils"}},
		{section: "water", reason: "The section on neighbours is merged into this one. That no tree depends on them answers those who feared the city would save on its own gardeners.", causes: []string{"comment/gardeners"}},
		{section: "neighbours", reason: "Moved into the section on water; nothing of it is lost.", causes: []string{"comment/gardeners"}},
		{section: "felling", reason: "After the night on the Parade 19 letters asked for the finding to be published and for four weeks of notice. Replacement now depends on size: three for a large tree.", causes: []string{"idea/felling-notice", "comment/parade", "comment/finding", "comment/three-for-one"}},
		{section: "roots", reason: "Passing room and the felt edge come from the walk on Rope Walk. Pipes: room for roots is the rule now, and leaving it out needs a reason.", causes: []string{"idea/roots", "idea/wheelchairs", "comment/white-stick", "comment/pram"}},
		{section: "money", reason: "Three months instead of a year for pavements, and three trees for a large one, cost 0.3 million more. Builders pay their part.", causes: []string{"comment/builders"}},
	}},
}
