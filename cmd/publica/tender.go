package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"publica"
	"publica/compliance"
	"publica/tender"
)

func (a *app) tenderCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "tender EXPORT|DOCKET",
		Short: "tell a tender from its records, and compute everything again",
		Long: `tender tells a tender from its export, which is proven complete first, or from the
records of a docket that it fetches. It makes the keys again from what the trustees
put on record, opens the bids, runs the pinned rules over them, ranks them by the
published formula, computes red flags, and says what agrees with the records and
what does not. From an export it asks nobody.

What the public cannot know stays unknown: sealed bids, bids of a confidential
tender, content that was erased.

The exit status is 1 if something differs from what a record says.`,
		Example: `  publica export docket ID -o tender.jsonl
  publica tender tender.jsonl --policy policy.txt
  publica tender tender.jsonl --policy policy.txt --json
  publica tender ocds tender.jsonl --policy policy.txt --records`,
		Args: wants(1, 1, "an export of a tender, or its docket"),
		RunE: func(cmd *cobra.Command, args []string) error {
			t, err := a.readTender(cmd, args[0])
			if err != nil {
				return err
			}
			audit, err := t.Audit(t.content)
			if err != nil {
				return err
			}
			if a.json {
				err = a.printJSON(audit)
			} else {
				err = a.printTender(t.Process, audit)
			}
			if err != nil || audit.Agrees {
				return err
			}
			return publica.Problem(publica.Unverified, "", "what was computed differs from what is on record")
		},
	}
	a.answersData(cmd)
	cmd.AddCommand(a.tenderOCDSCommand(), a.tenderComplyCommand())
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

// tenderComplyCommand is how the buyer says what the pinned rules give.
func (a *app) tenderComplyCommand() *cobra.Command {
	var forBody string
	cmd := &cobra.Command{
		Use:   "comply DOCKET",
		Short: "run the pinned rules over open bids and put the results on record",
		Long: `comply opens the bids of a tender, runs the rules that it pins over each that has no
result, and sends a compliance result for it, signed by --key for the body --for.
Whoever reads the records computes the same; a wrong result is seen by all.`,
		Example: `  publica tender comply ID --for BODY --key office.key`,
		Args:    wants(1, 1, "the docket of a tender"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := parseID(cmd, "--for", forBody)
			if err != nil {
				return err
			}
			s, err := a.speaker(cmd, args[0])
			if err != nil {
				return err
			}
			s.forBody = publica.BodyID(id)
			return a.comply(s)
		},
	}
	cmd.Flags().StringVar(&forBody, "for", "", "the buyer, for whom you act")
	a.signs(cmd)
	return cmd
}

func (a *app) comply(s *speaker) error {
	set, err := s.Rules(s.content)
	if err != nil {
		return err
	}
	open, err := s.Open(s.content)
	if err != nil {
		return err
	}
	for _, b := range open {
		if b.Judged || b.Rejected != nil {
			continue
		}
		if err := a.complyOne(s, set, b); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) complyOne(s *speaker, set *compliance.Set, b *tender.OpenBid) error {
	j, err := s.Judge(set, b, s.content)
	if err != nil {
		return err
	}
	id, err := s.say("procurement/compliance-result", j.Body())
	if err != nil {
		return err
	}
	verdict := "passes"
	if !j.Passed() {
		verdict = "fails"
	}
	_, err = fmt.Fprintf(a.out, "%s bid %s %s\n", id, b.ID, verdict)
	return err
}
