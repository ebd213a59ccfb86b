package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"publica/compliance"
	"publica/tender"
)

// tenderComplyCommand is how the buyer says what the pinned rules give.
func (a *app) tenderComplyCommand() *cobra.Command {
	var forBody, opened string
	cmd := &cobra.Command{
		Use:   "comply DOCKET",
		Short: "run the pinned rules over open bids and put the results on record",
		Long: `comply opens the bids of a tender, runs the rules that it pins over each that has no
result, and sends a compliance result for it, signed by --key for the body --for.
Whoever reads the records computes the same; a wrong result is seen by all. Of a
confidential tender the evaluators see it: its bids are read from what one of them
handed over, --opened, which proves itself.`,
		Example: `  publica tender comply ID --for BODY --key office.key
  publica tender comply ID --for BODY --key office.key --opened board/opening.json`,
		Args: wants(1, 1, "the docket of a tender"),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := a.officer(cmd, args[0], forBody)
			if err != nil {
				return err
			}
			return a.comply(s, opened)
		},
	}
	cmd.Flags().StringVar(&forBody, "for", "", "the buyer, for whom you act")
	cmd.Flags().StringVar(&opened, "opened", "", openedHelp)
	a.signs(cmd)
	return cmd
}

func (a *app) comply(s *speaker, opened string) error {
	set, err := s.Rules(s.content)
	if err != nil {
		return err
	}
	open, err := s.openBids(opened)
	if err != nil {
		return err
	}
	return a.complyAll(s, set, open)
}

// complyAll puts a result on record for each bid that has none. One that cannot be
// judged, for nobody opened it, does not keep the others from theirs.
func (a *app) complyAll(s *speaker, set *compliance.Set, open []*tender.OpenBid) (waits error) {
	judged := 0
	for _, b := range open {
		if b.Judged || b.Rejected != nil {
			continue
		}
		j, err := s.Judge(set, b, s.content)
		if err != nil {
			a.note("%v", err)
			waits = err
			continue
		}
		if err := a.complyOne(s, j, b); err != nil {
			return err
		}
		judged++
	}
	if judged > 0 {
		return nil
	}
	return waits
}

func (a *app) complyOne(s *speaker, j *tender.Judgement, b *tender.OpenBid) error {
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
