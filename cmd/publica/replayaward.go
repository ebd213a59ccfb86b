package main

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"publica"
	"publica/evaluation"
)

// whatIf are the changes that a command line asks for.
type whatIf struct {
	scores, prices, weights, exclude, admit []string
}

func (a *app) replayAwardCommand() *cobra.Command {
	var w whatIf
	lot, opened := "", ""
	cmd := &cobra.Command{
		Use:   "replay-award FILE|EXPORT|DOCKET",
		Short: "rank the bids of an evaluation again, as it is or with something changed",
		Long: `replay-award computes the ranking of an evaluation from its record: criteria and
weights, what each evaluator gave, prices, exclusions. With changes it says whether
the award would be another and shows both rankings side by side. Without, it says
how little would have to be otherwise: the smallest change of one score, of one
price, and the exclusion of one other bid, that flips the award.

FILE is JSON, as spec/evaluation.md describes it; or an export of a tender, which is
proven complete first, against --policy: criteria, scores and prices are then those
on record, and bids and evaluators are named by their ids. Of a file it asks nobody.`,
		Example: `  publica replay-award evaluation.json
  publica replay-award evaluation.json --set A/quality/ana=9
  publica replay-award evaluation.json --exclude B --weight price=30 --weight quality=50 --json
  publica replay-award tender.jsonl --policy policy.txt --exclude BID`,
		Args: wants(1, 1, "a record of an evaluation, or an export of a tender"),
		RunE: func(cmd *cobra.Command, args []string) error {
			changes, err := w.changes(cmd)
			if err != nil {
				return err
			}
			r, err := a.evaluationIn(cmd, args[0], lot, opened)
			if err != nil {
				return err
			}
			if len(changes) == 0 {
				return a.showAward(r)
			}
			return a.replayAward(r, changes)
		},
	}
	f := cmd.Flags()
	f.StringVar(&lot, "lot", "", "lot of a tender; none if it has none")
	f.StringVar(&opened, "opened", "", openedHelp)
	f.StringArrayVar(&w.scores, "set", nil, "another score: bid/criterion/evaluator=7")
	f.StringArrayVar(&w.prices, "price", nil, "another price in minor units: bid=120000")
	f.StringArrayVar(&w.weights, "weight", nil, "another weight: criterion=40, or price=30")
	f.StringArrayVar(&w.exclude, "exclude", nil, "leave out this bid")
	f.StringArrayVar(&w.admit, "admit", nil, "let this bid take part that was excluded")
	a.answersData(cmd)
	return cmd
}

// evaluationIn reads the record of an evaluation, or makes it from a tender's records.
func (a *app) evaluationIn(cmd *cobra.Command, arg, lot, opened string) (*evaluation.Record, error) {
	if _, err := publica.ParseEntryID(arg); err == nil || a.isExport(arg) {
		t, err := a.readTender(cmd, arg)
		if err != nil {
			return nil, err
		}
		open, err := t.openBids(opened)
		if err != nil {
			return nil, err
		}
		return t.Evaluation(lot, open)
	}
	text, err := a.input(arg)
	if err != nil {
		return nil, fmt.Errorf("read the evaluation: %w", err)
	}
	r, err := evaluation.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", arg, err)
	}
	return r, nil
}

// isExport reports whether a file is a docket's export, or an archive with one.
func (a *app) isExport(name string) bool {
	if name == "-" {
		return false
	}
	f, err := a.seekable(name)
	if err != nil {
		return false
	}
	defer f.Close()
	start := make([]byte, 4096)
	n, _ := f.ReadAt(start, 0)
	line, _, _ := bytes.Cut(start[:n], []byte("\n"))
	return bytes.Contains(line, []byte(`"format":"`+publica.ExportFormat+`"`))
}

// changes are those of the flags, by kind.
func (w *whatIf) changes(cmd *cobra.Command) (all []evaluation.Change, err error) {
	for _, flag := range []struct {
		name, want string
		values     []string
		change     func(place string, to int64) (evaluation.Change, bool)
	}{
		{"set", "bid/criterion/evaluator=7", w.scores, scoreChange},
		{"price", "bid=120000", w.prices, func(place string, to int64) (evaluation.Change, bool) {
			return evaluation.Change{Kind: evaluation.SetPrice, Bid: place, To: to}, true
		}},
		{"weight", "criterion=40", w.weights, weightChange},
	} {
		for _, value := range flag.values {
			place, number, ok := strings.Cut(value, "=")
			to, failed := strconv.ParseInt(number, 10, 64)
			c, known := flag.change(place, to)
			if !ok || failed != nil || !known {
				return nil, usagef(cmd, "--%s %q is no change", flag.name, value).withHint("want --" + flag.name + " " + flag.want)
			}
			all = append(all, c)
		}
	}
	for _, bid := range w.exclude {
		all = append(all, evaluation.Change{Kind: evaluation.Exclude, Bid: bid})
	}
	for _, bid := range w.admit {
		all = append(all, evaluation.Change{Kind: evaluation.Admit, Bid: bid})
	}
	return all, nil
}

func scoreChange(place string, to int64) (c evaluation.Change, ok bool) {
	parts := strings.Split(place, "/")
	if len(parts) != 3 {
		return c, false
	}
	return evaluation.Change{Kind: evaluation.SetScore, Bid: parts[0], Criterion: parts[1], Evaluator: parts[2], To: to}, true
}

func weightChange(place string, to int64) (evaluation.Change, bool) {
	if place == "price" {
		return evaluation.Change{Kind: evaluation.SetPriceWeight, To: to}, true
	}
	return evaluation.Change{Kind: evaluation.SetWeight, Criterion: place, To: to}, true
}

// awardShown is what replay-award prints without changes.
type awardShown struct {
	Record     string                 `json:"record"` // SHA-256 of the canonical record
	Ranking    *evaluation.Ranking    `json:"ranking"`
	Robustness *evaluation.Robustness `json:"robustness,omitempty"` // none without an award
}

func (a *app) showAward(r *evaluation.Record) error {
	hash, err := r.Hash()
	if err != nil {
		return err
	}
	shown := awardShown{Record: hash, Ranking: r.Rank()}
	if shown.Ranking.Award != "" {
		if shown.Robustness, err = r.Robust(); err != nil {
			return err
		}
	}
	if a.json {
		return a.printJSON(shown)
	}
	fmt.Fprintf(a.out, "evaluation %s\naward: %s\n\n", hash, awardWords(shown.Ranking))
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "RANK\tBID\tPRICE\tCRITERIA\tFOR THE PRICE\tTOTAL\t\n")
	for _, rank := range shown.Ranking.Ranks {
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%s\t%s\t%s\n", rankWords(rank), rank.Bid, rank.Price, points(r, rank.Technical), points(r, rank.PricePoints), points(r, rank.Total), aside(rank))
	}
	if err := w.Flush(); err != nil || shown.Robustness == nil {
		return err
	}
	return a.printRobustness(shown.Robustness)
}

func (a *app) printRobustness(r *evaluation.Robustness) error {
	fmt.Fprintf(a.out, "\nthe award of %s would change by\n", r.Award)
	if f := r.Score; f != nil {
		fmt.Fprintf(a.out, "  a score: %s/%s/%s %d instead of %d (by %+d): %s\n", f.Bid, f.Criterion, f.Evaluator, f.To, f.From, f.By, outcome(f.Award, f.Tied))
	} else {
		fmt.Fprintln(a.out, "  a score: no single one")
	}
	if f := r.Price; f != nil {
		fmt.Fprintf(a.out, "  a price: %s %d instead of %d (by %+d, %d permille): %s\n", f.Bid, f.To, f.From, f.By, f.Permille, outcome(f.Award, f.Tied))
	} else if r.Complete {
		fmt.Fprintln(a.out, "  a price: no single one")
	}
	if !r.Complete {
		a.note("not all prices were tried: the record has too many at which points change")
	}
	for _, e := range r.Exclusions {
		fmt.Fprintf(a.out, "  the exclusion of %s: %s\n", e.Bid, outcome(e.Award, e.Tied))
	}
	if len(r.Exclusions) == 0 {
		fmt.Fprintln(a.out, "  the exclusion of another bid: no single one")
	}
	return nil
}

func (a *app) replayAward(r *evaluation.Record, changes []evaluation.Change) error {
	c, err := r.Replay(changes)
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(c)
	}
	fmt.Fprintf(a.out, "evaluation %s\nchanged: %s\n", c.Record, strings.Join(c.Changes, ", "))
	if c.Changed {
		fmt.Fprintf(a.out, "the award would change: %s instead of %s\n\n", awardWords(c.After), awardWords(c.Before))
	} else {
		fmt.Fprintf(a.out, "the award would not change: %s\n\n", awardWords(c.Before))
	}
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "BID\tRANK\tTHEN\tPRICE\tTHEN\tTOTAL\tTHEN\t\n")
	for _, row := range c.Rows {
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\t%s\t%s\t%s\n", row.Bid, rankWords(row.Before), rankWords(row.After), row.Before.Price, row.After.Price,
			points(r, row.Before.Total), points(r, row.After.Total), aside(row.After))
	}
	return w.Flush()
}

func awardWords(r *evaluation.Ranking) string { return outcome(r.Award, r.Tied) }

func outcome(award string, tied []string) string {
	switch {
	case award != "":
		return award
	case len(tied) > 0:
		return "none, " + strings.Join(tied, " and ") + " are tied"
	}
	return "none, no bid is acceptable"
}

func rankWords(r evaluation.Rank) string {
	if r.Rank == 0 {
		return "-"
	}
	return strconv.FormatInt(r.Rank, 10)
}

// aside is why a bid does not take part.
func aside(r evaluation.Rank) string {
	switch {
	case r.Excluded != "":
		return "excluded: " + r.Excluded
	case len(r.Below) > 0:
		return "not acceptable: " + strings.Join(r.Below, ", ")
	}
	return ""
}

// points writes parts of points as a decimal fraction.
func points(r *evaluation.Record, parts int64) string {
	if r.Method.Kind == evaluation.LowestPrice {
		return "-"
	}
	unit := r.Method.Unit
	if unit == 1 {
		return strconv.FormatInt(parts, 10)
	}
	return fmt.Sprintf("%d.%0*d", parts/unit, len(strconv.FormatInt(unit, 10))-1, parts%unit)
}
