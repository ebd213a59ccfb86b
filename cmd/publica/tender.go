package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"publica"
	"publica/tender"
)

func (a *app) tenderCommand() *cobra.Command {
	folder, opened := "", ""
	cmd := &cobra.Command{
		Use:   "tender EXPORT|DOCKET",
		Short: "tell a tender from its records, and compute everything again",
		Long: `tender tells a tender from its export, which is proven complete first, or from the
records of a docket that it fetches. It makes the keys again from what the trustees
put on record, opens the bids, runs the pinned rules over them, ranks them by the
published formula, computes red flags, and says what agrees with the records and
what does not. From an export it asks nobody.

What the public cannot know stays unknown: sealed bids, bids of a confidential
tender, content that was erased. Who has what an evaluator handed over, --opened,
computes as much of a confidential tender as of a public one.

The exit status is 1 if something differs from what a record says.`,
		Example: `  publica export docket ID -o tender.jsonl
  publica tender tender.jsonl --policy policy.txt
  publica tender tender.jsonl --policy policy.txt --json
  publica tender memo tender.jsonl --policy policy.txt
  publica tender ocds tender.jsonl --policy policy.txt --records`,
		Args: wants(1, 1, "an export of a tender, or its docket"),
		RunE: func(cmd *cobra.Command, args []string) error {
			t, err := a.readTender(cmd, args[0])
			if err != nil {
				return err
			}
			open, err := t.openBids(opened)
			if err != nil {
				return err
			}
			audit, err := t.AuditOf(open, t.content)
			if err != nil {
				return err
			}
			if a.json {
				err = a.printJSON(audit)
			} else {
				err = a.printTender(t.Process, audit)
			}
			if err == nil && folder != "" {
				err = a.writeDocuments(t, audit.Bids, folder)
			}
			if err != nil || audit.Agrees {
				return err
			}
			return publica.Problem(publica.Unverified, "", "what was computed differs from what is on record")
		},
	}
	a.answersData(cmd)
	cmd.Flags().StringVar(&folder, "documents", "", "folder to write the documents of open bids to; it must not exist")
	cmd.Flags().StringVar(&opened, "opened", "", openedHelp)
	cmd.AddCommand(a.tenderOCDSCommand(), a.tenderComplyCommand(), a.tenderMemoCommand(), a.tenderDebriefCommand())
	return cmd
}

// A readTender is a tender with what it was read from.
type readTender struct {
	*tender.Process
	in    *tender.Input
	parts map[publica.EntryID][]publica.Content
}

// content returns a part that the export holds.
func (t *readTender) content(id publica.EntryID, part string) ([]byte, bool) {
	for i := range t.parts[id] {
		if t.parts[id][i].Name == part {
			return t.parts[id][i].Data, true
		}
	}
	return nil, false
}

// readTender reads a tender from an export, or from the register by its docket.
func (a *app) readTender(cmd *cobra.Command, arg string) (*readTender, error) {
	records, err := a.provenRecords(cmd, arg)
	if err != nil {
		return nil, err
	}
	t := &readTender{in: new(tender.Input), parts: map[publica.EntryID][]publica.Content{}}
	var c tender.Collector
	for i := range records {
		r := &records[i]
		if err := c.Add(r.position, r.leaf); err != nil {
			return nil, err
		}
		t.parts[r.id] = r.content
		if r.entry != nil && t.in.Register == "" {
			t.in.Register, t.in.Docket = r.entry.Register, publica.DocketID(r.id) // a docket is named by the entry that opens it
		}
	}
	t.in.Records = c.Records
	t.Process, err = tender.Read(t.in)
	return t, err
}

func (a *app) printTender(p *tender.Process, audit *tender.Audit) error {
	fmt.Fprintf(a.out, "tender %s of %s, records up to %s\nstage: %s\n\n", p.Docket, p.Register, p.Until, stageWords(p))
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	if len(audit.Bids) > 0 {
		fmt.Fprintln(w, "BID\tLOT\tBIDDER\tPRICE\tENVELOPES\t")
	}
	for _, b := range audit.Bids {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", b.ID, or(b.Lot, "-"), or(b.Name(), "-"), priceWords(b), accessWords(b), rejectedWords(b))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, r := range audit.Rankings {
		fmt.Fprintf(a.out, "\nby the published formula, evaluation %s%s: %s\n", r.Record, lotWords(r.Lot), awardWords(r.Ranking))
	}
	return a.printChecks(audit)
}

func (a *app) printChecks(audit *tender.Audit) error {
	agreed := map[string]int{}
	var order []string
	for _, c := range audit.Checks {
		if c.State == tender.Agrees {
			if agreed[c.What] == 0 {
				order = append(order, c.What)
			}
			agreed[c.What]++
		}
	}
	fmt.Fprintln(a.out)
	for _, what := range order {
		fmt.Fprintf(a.out, "agrees: %s (%d)\n", what, agreed[what])
	}
	for _, c := range audit.Checks {
		switch c.State {
		case tender.Unknown:
			fmt.Fprintf(a.out, "unknown: %s of %s: %s\n", c.What, idWords(c.Records), c.Found)
		case tender.Differs:
			fmt.Fprintf(a.out, "DIFFERS: %s of %s\n  the record says %s\n  computed is     %s\n", c.What, idWords(c.Records), c.Said, c.Found)
		}
	}
	for _, f := range audit.Flags {
		fmt.Fprintf(a.out, "red flag %s: %s\n", f.Code, f.Title)
	}
	return nil
}

// writeDocuments writes what stands beside the open bids, decrypted: a folder for
// each bid, files by their number, for names are the bidders' and may be anything.
func (a *app) writeDocuments(t *readTender, bids []*tender.OpenBid, folder string) error {
	if err := os.Mkdir(folder, 0o755); err != nil {
		return fmt.Errorf("write the documents: %w", err)
	}
	for _, b := range bids {
		if b.Offer == nil || len(b.Offer.Documents) == 0 {
			continue
		}
		dir := filepath.Join(folder, b.ID.String())
		if err := os.Mkdir(dir, 0o755); err != nil {
			return fmt.Errorf("write the documents: %w", err)
		}
		for i := range b.Offer.Documents {
			plain, err := b.Document(i+1, t.content)
			if err != nil {
				return err
			}
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprint("document-", i+1)), plain, 0o644); err != nil {
				return fmt.Errorf("write the documents: %w", err)
			}
		}
	}
	return nil
}

func stageWords(p *tender.Process) string {
	words := string(p.Stage)
	if p.Step != "" {
		words += ", step " + p.Step
	}
	if p.Cause != "" {
		words += " (" + p.Cause + ")"
	}
	for _, c := range p.Clocks {
		if c.Runs() {
			words += "; the clock " + c.Name + " runs until " + c.Ends.String()
		}
	}
	return words
}

func priceWords(b *tender.OpenBid) string {
	if b.Offer == nil || b.Offer.Price == nil {
		return "-"
	}
	return fmt.Sprint(b.Offer.Price.Amount, " ", b.Offer.Price.Currency)
}

func accessWords(b *tender.OpenBid) string {
	var words []string
	for _, x := range b.Opened {
		words = append(words, x.Name+" "+string(x.Access))
	}
	return strings.Join(words, ", ")
}

func rejectedWords(b *tender.OpenBid) string {
	if b.Rejected == nil {
		return ""
	}
	return "rejected: " + b.Rejected.Code
}

func lotWords(lot string) string {
	if lot == "" {
		return ""
	}
	return " of lot " + lot
}

func idWords(ids []publica.EntryID) string {
	words := make([]string, len(ids))
	for i, id := range ids {
		words[i] = id.String()
	}
	return listed(words)
}
