package main

import (
	"errors"
	"os"
	"time"

	"github.com/spf13/cobra"

	"publica"
	"publica/cmd/publica/importer"
	"publica/cmd/publica/promises"
	"publica/ogp"
)

func (a *app) reportCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "report",
		Short: "say where promises stand, and which were reworded, offline",
		Example: `  publica report us-nap5 ../shared/data/us-nap5
  publica report commitments docket.jsonl --policy policy.txt --at 2027-06-30`,
		Args: a.noSuchVerb,
		RunE: func(cmd *cobra.Command, _ []string) error { return usagef(cmd, "report what?") },
	}
	cmd.AddCommand(a.reportTrackerCommand(), a.reportCommitmentsCommand())
	return cmd
}

const reportLong = `Every promise is listed with its state, computed from the records, beside what the
government claims; then every rewording as a redline, [-what went-] {+what came+},
every report that is behind an earlier one, and, of the commitments that are no
part of another, how many anyone could check and what each lacks. A promise here
is what has no parts of its own. Those that are gone (withdrawn, or no longer shown
by their source) are listed and counted apart. What is imported counts as of the
time that its source claims.

--at is a moment (RFC 3339) or a day, to its end in UTC; records that count later
are left out. The exit status is 0 whatever is found.`

func (a *app) reportTrackerCommand() *cobra.Command {
	at := ""
	cmd := &cobra.Command{
		Use:   "us-nap5 DIR|EXPORT",
		Short: "report on the tracker of the fifth U.S. National Action Plan",
		Long: `report us-nap5 reports on the promises of the fifth U.S. plan, from the folder that
"publica import us-nap5" takes or from an export of the docket that it made, proven
complete first. Both give the same report; only from an export records have ids.
Without --at it is as of the tracker's last change.

` + reportLong,
		Example: `  publica report us-nap5 ../shared/data/us-nap5
  publica report us-nap5 docket.jsonl --policy policy.txt --at 2023-12-31 --json`,
		Args: wants(1, 1, "the folder with the data, or a docket export"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.reportOn(cmd, args[0], at, func(b *promises.Book) publica.Time { return b.Last() })
		},
	}
	a.reports(cmd, &at, "without it that of the last change")
	return cmd
}

func (a *app) reportCommitmentsCommand() *cobra.Command {
	at, csv := "", false
	var plan ogp.Plan
	cmd := &cobra.Command{
		Use:   "commitments EXPORT",
		Short: "report on the commitments of a docket",
		Long: `report commitments reports on the commitments of a docket from an export of it, which
is proven complete first, or from the register if EXPORT is an id. Without --at it
is as of now: what is due falls due without a record.

` + reportLong + `

--csv prints the commitments as a table in the columns of the Open Government
Partnership's own data set of commitments instead, with what this register adds
after them; --csv --json the same rows as JSON.`,
		Example: `  publica report commitments docket.jsonl --policy policy.txt
  publica report commitments docket.jsonl --policy policy.txt --csv --country "United States" --plan 5`,
		Args: wants(1, 1, "a docket export"),
		RunE: func(cmd *cobra.Command, args []string) error {
			now := func(*promises.Book) publica.Time { return publica.TimeOf(a.now()) }
			if !csv {
				return a.reportOn(cmd, args[0], at, now)
			}
			return a.tabulate(cmd, args[0], at, plan)
		},
	}
	a.reports(cmd, &at, "without it now")
	f := cmd.Flags()
	f.BoolVar(&csv, "csv", false, "the table of the Open Government Partnership")
	f.StringVar(&plan.Country, "country", "", "with --csv: whose plan it is")
	f.StringVar(&plan.Number, "plan", "", "with --csv: number of the action plan")
	return cmd
}

func (a *app) reports(cmd *cobra.Command, at *string, without string) {
	cmd.Flags().StringVar(at, "at", "", "moment or day to report on; "+without)
	a.answersData(cmd)
}

// reportOn prints the report on what name holds.
func (a *app) reportOn(cmd *cobra.Command, name, at string, without func(*promises.Book) publica.Time) error {
	moment, err := momentOf(cmd, at)
	if err != nil {
		return err
	}
	book, proven, err := a.promiseBook(cmd, name)
	if err != nil {
		return err
	}
	if moment.IsZero() {
		moment = without(book)
	}
	r := book.Report(moment, proven)
	if a.json {
		return a.printJSON(r)
	}
	events, places := book.Imported()
	if events > 0 {
		a.note("the records were imported from %d events of %d commits; their times are claims of that source", events, places)
	}
	return a.printPromises(r)
}

// momentOf reads --at, zero if there is none.
func momentOf(cmd *cobra.Command, at string) (publica.Time, error) {
	if at == "" {
		return 0, nil
	}
	if t, err := time.Parse(time.RFC3339, at); err == nil {
		return publica.TimeOf(t), nil
	}
	t, err := time.Parse(time.DateOnly, at)
	if err != nil {
		return 0, usagef(cmd, "--at %q is neither a moment nor a day", at).withHint("for example 2024-03-31T12:00:00Z or 2024-03-31")
	}
	return publica.TimeOf(t.Add(24*time.Hour - time.Millisecond)), nil
}

// promiseBook reads the commitments of a docket, proven, or of a folder that is
// to be imported.
func (a *app) promiseBook(cmd *cobra.Command, name string) (b *promises.Book, proven bool, err error) {
	info, err := os.Stat(name)
	if err == nil && info.IsDir() {
		b, err = trackerBook(name)
		return b, false, err
	}
	records, err := a.provenRecords(cmd, name)
	if err != nil {
		return nil, false, err
	}
	var of []promises.Record
	for i := range records {
		r := &records[i]
		if r.entry == nil || r.leaf.Refused != nil {
			continue
		}
		of = append(of, recordOf(r.id, r.entry, r.content, r.leaf.Time))
	}
	b, err = promises.Read(of)
	if err == nil && len(b.Promises()) == 0 {
		err = publica.Problem(publica.NotFound, name, "holds no commitment").WithHint("commitments stand in the docket of their plan")
	}
	return b, true, err
}

func recordOf(id publica.EntryID, e *publica.Entry, content []publica.Content, at publica.Time) promises.Record {
	r := promises.Record{Record: ogp.Record{ID: id, Kind: e.Kind, Body: e.Body, Time: at, Parts: ogp.PartsOf(e)}, Texts: map[string]string{}}
	for _, c := range content {
		r.Texts[c.Name] = string(c.Data)
	}
	return r
}

// trackerBook reads the commitments of the folder as an import would record them:
// signed with a key that is thrown away, so that their ids mean nothing.
func trackerBook(folder string) (*promises.Book, error) {
	tracker, err := importer.ReadTracker(os.DirFS(folder))
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			err = &publica.Error{Code: publica.NotFound, Field: folder, Message: "holds no tracker-history.jsonl", Hint: "name the folder that publica import us-nap5 takes", Err: err}
		}
		return nil, err
	}
	stages, err := tracker.Stages(importer.Signer{Key: publica.KeyFromSeed([32]byte{}), Register: "offline.invalid"})
	if err != nil {
		return nil, err
	}
	var of []promises.Record
	for _, s := range stages {
		for _, sub := range s.Submissions {
			e, err := sub.Signed.Open()
			if err != nil {
				return nil, err
			}
			of = append(of, recordOf(sub.Signed.ID(), e, sub.Content, e.Made))
		}
	}
	return promises.Read(of)
}

// tabulate prints the commitments as the table of the OGP.
func (a *app) tabulate(cmd *cobra.Command, name, at string, plan ogp.Plan) error {
	moment, err := momentOf(cmd, at)
	if err != nil {
		return err
	}
	book, _, err := a.promiseBook(cmd, name)
	if err != nil {
		return err
	}
	if moment.IsZero() {
		moment = publica.TimeOf(a.now())
	}
	plan.Text = book.Text
	rows := ogp.CommitmentRows(book.Promises(), &plan, moment)
	if a.json {
		return ogp.WriteCommitmentsJSON(a.out, rows)
	}
	return ogp.WriteCommitmentsCSV(a.out, rows)
}
