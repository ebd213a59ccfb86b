package procurementview

import (
	"math/big"
	"slices"
	"strconv"
	"strings"

	"publica/internal/web"
	"publica/ocds"
)

// A flagWord says in words what a flag is.
type flagWord struct{ Code, Title, Definition, Why string }

// flagTexts are those of [ocds.FlagInfos], as messages; a test holds them the same.
var flagTexts = map[string]flagWord{
	"R003": {Title: web.Msg("Little time to bid"),
		Definition: web.Msg("The time between start and end of the tender period is less than the threshold, 15 days unless settings say otherwise."),
		Why:        web.Msg("Who knew before can bid in time; others cannot.")},
	"R018": {Title: web.Msg("A single bid"),
		Definition: web.Msg("The number of tenderers is 1, and the procurement method is open or selective."),
		Why:        web.Msg("Competition was asked for and did not come.")},
	"R024": {Title: web.Msg("A losing price close to the winning one"),
		Definition: web.Msg("The lowest valid losing bid minus the winning bid, divided by the winning bid, is below Q1 and not above the lower fence Q1 - 1.5 (Q3 - Q1) of this ratio over all processes. Left out: processes with awards that are not final, with more than one award in force or more than one supplier, with bids of several tenderers together, without all prices in one currency, and those where the lowest bid did not win."),
		Why:        web.Msg("A companion's bid may have been made only to look like competition.")},
	"R025": {Title: web.Msg("A tenderer who seldom wins"),
		Definition: web.Msg("Of the processes in which a tenderer made valid bids, it won a share that is below Q1 and not above the lower fence Q1 - 1.5 (Q3 - Q1) of this share over all tenderers, and it took part in as many processes as the upper quarter of tenderers. Each process counts once. Left out: processes as in R024, but for prices."),
		Why:        web.Msg("Bids may have been made to lose.")},
	"R028": {Title: web.Msg("The same price twice"),
		Definition: web.Msg("Two submitted bids by different tenderers have the same amount and currency."),
		Why:        web.Msg("Prices may have been agreed upon, or leaked.")},
	"R030": {Title: web.Msg("A late bid won"),
		Definition: web.Msg("A valid bid is dated after the end of the tender period, and one of its tenderers is a supplier of an award in force."),
		Why:        web.Msg("The deadline did not hold for everybody.")},
	"R035": {Title: web.Msg("Everybody but the winner disqualified"),
		Definition: web.Msg("All valid bids are of one tenderer, who is the only supplier of the awards in force, and bids of at least one other tenderer, or as many as settings say, were disqualified. The value is the number of those others. Left out: processes with awards that are not final."),
		Why:        web.Msg("Disqualification may have been the way to choose the winner.")},
	"R036": {Title: web.Msg("The lowest bid disqualified"),
		Definition: web.Msg("An award is in force, and no submitted bid is lower than one that was disqualified. Left out: processes in which a submitted bid has no price in the main currency."),
		Why:        web.Msg("Disqualification may have been the way around the lowest price.")},
	"R038": {Title: web.Msg("Many bids disqualified"),
		Definition: web.Msg("Of the bids submitted to a buyer or a procuring entity, or by a tenderer, the share that was disqualified is above zero and not below the upper fence Q3 + 1.5 (Q3 - Q1) of this share over all of them. Left out: those with fewer than two bids, or as many as settings say."),
		Why:        web.Msg("A buyer may choose winners by disqualifying others; a tenderer may bid to be disqualified.")},
	"R048": {Title: web.Msg("A supplier of everything"),
		Definition: web.Msg("The number of kinds of things that were awarded to a supplier, by the first two digits of their classification, is above Q3 and not below the upper fence Q3 + 1.5 (Q3 - Q1), rounded up, of this number over all suppliers. Left out: awards to several suppliers together, and suppliers with awards in fewer than 20 processes, or as many as settings say."),
		Why:        web.Msg("Who supplies everything may be no supplier of anything.")},
	"R058": {Title: web.Msg("A winning price far below the next"),
		Definition: web.Msg("The lowest valid losing bid minus the winning bid, divided by the winning bid, is above Q3 and not below the upper fence Q3 + 1.5 (Q3 - Q1) of this ratio over all processes. Left out: processes as in R024."),
		Why:        web.Msg("What was bought may not be what was asked for.")},
}

func flagWords(l *web.Locale, code string) flagWord {
	w := flagTexts[code]
	if w.Title == "" {
		return flagWord{Code: code, Title: code}
	}
	w = flagWord{code, l.T(w.Title), l.T(w.Definition), l.T(w.Why)}
	if slices.ContainsFunc(ocds.FlagInfos, func(i ocds.FlagInfo) bool { return i.Code == code && i.Apart() }) {
		w.Definition += " " + l.T("Where bids name lots, each lot is looked at by itself, as if it were a process.")
	}
	return w
}

// foundWords says what was found.
func foundWords(l *web.Locale, f *ocds.Flag) string {
	value, bound := ratioWords(l, f.Value), ratioWords(l, f.Against)
	switch f.Code {
	case "R003":
		return l.T("The time to bid was less than {n} days.", "n", bigWords(l, f.Against))
	case "R018":
		return l.T("One tenderer only.")
	case "R028":
		return l.T("Bids of different tenderers have the same price.")
	case "R030":
		return l.T("A bid after the deadline won.")
	case "R036":
		return l.T("The lowest bid of all was disqualified.")
	}
	if f.Value.Sign() == 0 {
		return l.T("It bid in a tender that is flagged.")
	}
	switch f.Code {
	case "R024", "R058":
		return l.T("The lowest losing price is {value} above the winning one; the bound is {bound}.", "value", value, "bound", bound)
	case "R025":
		return l.T("It won {value} of its tenders; the bound is {bound}.", "value", value, "bound", bound)
	case "R035":
		return l.T("Others who were disqualified: {n}.", "n", bigWords(l, f.Value))
	case "R038":
		return l.T("{value} of the bids were disqualified; the bound is {bound}.", "value", value, "bound", bound)
	case "R048":
		return l.T("Kinds of things: {n}; the bound is {bound}.", "n", bigWords(l, f.Value), "bound", bigWords(l, f.Against))
	}
	return f.Decimal
}

// ratioWords writes a ratio in per cent, with one digit after the point.
func ratioWords(l *web.Locale, r *big.Rat) string {
	if r == nil {
		return "–"
	}
	n, err := strconv.ParseInt(new(big.Rat).Mul(r, big.NewRat(1000, 1)).FloatString(0), 10, 64)
	if err != nil {
		return r.FloatString(4)
	}
	return l.Fixed(n, 1) + "\u00a0%"
}

// bigWords writes a whole number.
func bigWords(l *web.Locale, r *big.Rat) string {
	if r == nil || !r.IsInt() || !r.Num().IsInt64() {
		return "–"
	}
	return l.Number(r.Num().Int64())
}

// ratio writes a bound for a table: exactly to four places.
func ratio(r *big.Rat) string {
	if r == nil {
		return "–"
	}
	return r.FloatString(4)
}

// groupWords says what a flag is about.
func groupWords(l *web.Locale, g ocds.Group) string {
	switch g {
	case ocds.Process:
		return l.T("Tender")
	case ocds.Buyer:
		return l.T("Buyer")
	case ocds.ProcuringEntity:
		return l.T("Procuring entity")
	case ocds.Tenderer:
		return l.T("Tenderer")
	}
	return string(g)
}

// placeWords says in words what stands at a place of a release.
func placeWords(l *web.Locale, path string) string {
	switch path {
	case "/tender/tenderPeriod/startDate":
		return l.T("When bids could first be made")
	case "/tender/tenderPeriod/endDate":
		return l.T("The deadline for bids")
	case "/tender/numberOfTenderers":
		return l.T("How many bid")
	case "/tender/procurementMethod":
		return l.T("The procurement method")
	}
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	switch {
	case len(parts) >= 3 && parts[0] == "bids" && parts[len(parts)-1] == "value":
		return l.T("Price of bid {n}", "n", nextNumber(parts[2]))
	case len(parts) >= 3 && parts[0] == "bids" && parts[len(parts)-1] == "date":
		return l.T("Time of bid {n}", "n", nextNumber(parts[2]))
	case len(parts) >= 3 && parts[0] == "bids":
		return l.T("Bid {n}", "n", nextNumber(parts[2]))
	case len(parts) >= 2 && parts[0] == "awards":
		return l.T("Award {n}", "n", nextNumber(parts[1]))
	}
	return path
}

// nextNumber counts from 1 what a path counts from 0.
func nextNumber(s string) string {
	n, err := strconv.Atoi(s)
	if err != nil {
		return s
	}
	return strconv.Itoa(n + 1)
}

// computedWords says what was computed again.
func computedWords(l *web.Locale, what string) string {
	switch what {
	case "key":
		return l.T("Keys of the envelopes")
	case "share":
		return l.T("Shares that opened them")
	case "bucket":
		return l.T("Sealed envelopes")
	case "opening":
		return l.T("The set of bids that was opened")
	case "compliance":
		return l.T("Verdicts of the rules")
	case "score":
		return l.T("Scores, against what was committed to")
	case "memo":
		return l.T("Ranking")
	case "intent":
		return l.T("Who is to win")
	case "award":
		return l.T("Value of the award")
	}
	return what
}
