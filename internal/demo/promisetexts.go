package demo

const firstPlanText = `## What Maravel promised

Six promises for two years: an open land register, answers to requests for information in time, a register of who owns companies, budget hearings in every district, one place for consultations, and staff who know how to publish data.
`

var firstPromises = []promise{
	{name: "1.1", agency: "ministry", unit: "municipalities", from: point{-715, 0}, to: point{-20, 48},
		values: []string{"access-to-information", "technology-innovation"},
		texts: parts{
			"title":     "Publish the land register as open data",
			"problem":   "Who wants to know where a parcel ends pays for an extract and waits three weeks.",
			"action":    "The Ministry publishes the parcels of every municipality, free and in an open format, and keeps them current.",
			"contact":   "Head of the Land Register Office",
			"indicator": "Municipalities whose parcels are published and not older than a month",
		},
		milestones: []milestone{
			{id: "licence", due: -600, done: -612, text: "An open licence for parcel data, in the official gazette", evidence: "Official gazette, number 14, page 3."},
			{id: "interface", due: -300, done: -291, text: "A public interface that answers for any parcel, with its documentation", evidence: "The documentation, and the record of its first public test."},
		},
		reports: []report{
			{-540, 6, "in-progress", "Six municipalities of the pilot are published."},
			{-360, 19, "in-progress", "Nineteen municipalities; the mountain districts wait for a survey."},
			{-180, 37, "in-progress", "Thirty-seven municipalities. The survey of the mountain districts is done."},
			{-24, 48, "complete", "All 48 municipalities are published."},
		}},
	{name: "1.2", agency: "ministry", unit: "%", from: point{-715, 41}, to: point{60, 90},
		values: []string{"access-to-information"},
		texts: parts{
			"title":     "Answer requests for information within twenty days",
			"problem":   "Six in ten requests are answered late, one in ten never.",
			"action":    "Every agency names an officer who answers, and the Ministry publishes how long each request took.",
			"contact":   "Information Officer of the Ministry",
			"indicator": "Requests of a quarter that were answered within twenty days",
		},
		milestones: []milestone{
			{id: "officers", due: -540, done: -548, text: "An officer named for each of the 31 agencies, in a public list", evidence: "The list, with the day of each appointment."},
			{id: "times", due: 45, text: "The time that each request took, published every quarter as a table"},
		},
		reports: []report{
			{-450, 55, "in-progress", "55 % in the first quarter with officers everywhere."},
			{-270, 72, "in-progress", "72 %. Three agencies answer all requests in time."},
			{-90, 64, "in-progress", "64 %. Two agencies lost their officers and have not replaced them."},
		}},
	{name: "1.3", agency: "ministry", unit: "%", from: point{-715, 0}, to: point{-45, 100},
		values: []string{"access-to-information", "public-accountability"},
		texts: parts{
			"title":     "Publish who owns companies",
			"problem":   "Contracts go to companies whose owners nobody knows.",
			"action":    "A public register of the people who own or control every company, open to anybody without a fee.",
			"contact":   "Director of the Commercial Register",
			"indicator": "Active companies whose owners are in the register",
		},
		milestones: []milestone{
			{id: "law", due: -500, done: -470, text: "A law that obliges companies to name their owners, in force", evidence: "Act 88, in force since the first of the month."},
			{id: "opening", due: -100, text: "The register open to the public, searchable by company and by person"},
		},
		reports: []report{
			{-400, 4, "in-progress", "The register is built. Entry of data has begun."},
			{-150, 38, "in-progress", "38 % of companies are entered. The register is used inside the administration."},
		}},
	{name: "1.4", agency: "city", unit: "hearings", from: point{-715, 1}, to: point{200, 6},
		values: []string{"civic-participation"},
		texts: parts{
			"title":     "Hold a budget hearing in every district",
			"problem":   "The budget is read out once, in the capital, on a weekday morning.",
			"action":    "Each of the six districts hears its residents on the budget before the council votes, in the evening.",
			"contact":   "Treasurer of the City of Port Linden",
			"indicator": "Districts with a hearing before the vote",
		},
		milestones: []milestone{
			{id: "rules", due: -360, done: -365, text: "Rules for hearings, adopted by the council", evidence: "Minutes of the council, item 7."},
			{id: "all", due: 190, text: "Minutes of a hearing in each of the six districts"},
		},
		reports: []report{
			{-330, 2, "in-progress", "Hearings in Harbour and Upper Town, 164 people."},
			{-40, 4, "in-progress", "Hearings in four districts; two wait for their new councils."},
		}},
	{name: "1.5", agency: "ministry", unit: "agencies", from: point{-715, 3}, to: point{300, 31},
		values: []string{"civic-participation", "technology-innovation"},
		texts: parts{
			"title":     "One place for all consultations",
			"problem":   "Consultations stand on thirty-one websites, some for a week, some without an end.",
			"action":    "All agencies consult in one place, with the same rules and a reasoned answer to everybody.",
			"contact":   "Head of the Participation Unit",
			"indicator": "Agencies that hold all their consultations there",
		},
		milestones: []milestone{
			{id: "rules", due: -480, done: -482, text: "Common rules for consultations, published", evidence: "Circular 5 to all agencies."},
			{id: "half", due: 120, text: "A list of the first sixteen agencies with their consultations"},
		},
		reports: []report{{-240, 7, "in-progress", "Seven agencies have moved."}}},
	{name: "1.6", agency: "ministry",
		texts: parts{
			"title":  "Teach staff how to publish data",
			"action": "Courses on open data for public servants.",
		},
		reports: []report{
			{-420, 0, "in-progress", "Courses have begun."},
			{-60, 0, "complete", "The courses were held."},
		}},
}
