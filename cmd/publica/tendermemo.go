package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"publica"
	"publica/sealed"
	"publica/tender"
)

// memoFlags are what the flags of tender memo say.
type memoFlags struct {
	lot, reason, opened, forBody string
	ranking                      []string
	send                         bool
}

func (a *app) tenderMemoCommand() *cobra.Command {
	var m memoFlags
	cmd := &cobra.Command{
		Use:   "memo EXPORT|DOCKET",
		Short: "write the pre-negotiation memo of a lot from the records, and send it",
		Long: `memo writes the pre-negotiation memo of a lot, in Markdown, from the records of a
tender alone, and cites them: what was asked, who bid, how each bid stands to the
pinned rules, cures, scores, what the published formula gives and how firm that is,
prices, red flags, rejections. It recommends nothing beyond the formula. The same
records give the same bytes.

Without --ranking the bids stand as the formula has them. Where the ranking differs,
or bids are tied, the memo has a marked place for the reason, which a person writes:
--reason. With --json it prints the body of procurement/memo and what it cites, too.

--send signs the memo with --key for the body --for and puts it on record; not with a
place that is still to be written. In a confidential tender it becomes a letter to the
evaluators; bids are then read from what one of them handed over, --opened.`,
		Example: `  publica tender memo ID --lot north
  publica tender memo tender.jsonl --policy policy.txt --json
  publica tender memo ID --send --for BODY --key office.key
  publica tender memo ID --ranking BID,BID --reason why.md --send --for BODY --key office.key`,
		Args: wants(1, 1, "an export of a tender, or its docket"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if m.send {
				s, err := a.officer(cmd, args[0], m.forBody)
				if err != nil {
					return err
				}
				return a.sendMemo(cmd, s, &m)
			}
			t, err := a.readTender(cmd, args[0])
			if err != nil {
				return err
			}
			draft, err := t.draftMemo(cmd, &m)
			if err != nil {
				return err
			}
			if a.json {
				return a.printJSON(draft)
			}
			if _, err := fmt.Fprint(a.out, draft.Text); err != nil {
				return err
			}
			for _, b := range draft.Blanks {
				a.note("to be written: %s", b)
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&m.lot, "lot", "", "lot that is ranked; none if the tender has none")
	f.StringSliceVar(&m.ranking, "ranking", nil, "bids of the lot, the best first; those of the formula if unset")
	f.StringVar(&m.reason, "reason", "", "file with why the ranking differs from the formula, or why tied bids stand so")
	f.StringVar(&m.opened, "opened", "", openedHelp)
	f.BoolVar(&m.send, "send", false, "sign the memo and put it on record")
	f.StringVar(&m.forBody, "for", "", "the buyer, for whom you act, with --send")
	a.answersData(cmd)
	a.signs(cmd)
	return cmd
}

func (t *readTender) draftMemo(cmd *cobra.Command, m *memoFlags) (*tender.MemoDraft, error) {
	var proposal tender.Proposal
	for _, word := range m.ranking {
		id, err := parseID(cmd, "--ranking", word)
		if err != nil {
			return nil, err
		}
		proposal.Ranking = append(proposal.Ranking, id)
	}
	if m.reason != "" {
		raw, err := os.ReadFile(m.reason)
		if err != nil {
			return nil, fmt.Errorf("read the reason: %w", err)
		}
		proposal.Reason = string(raw)
	}
	open, err := t.openBids(m.opened)
	if err != nil {
		return nil, err
	}
	return t.DraftMemo(m.lot, open, t.content, proposal)
}

func (a *app) sendMemo(cmd *cobra.Command, s *speaker, m *memoFlags) error {
	draft, err := s.draftMemo(cmd, m)
	if err != nil {
		return err
	}
	if len(draft.Blanks) > 0 {
		return publica.Problem(publica.Owed, "reason", "is to be written: "+strings.Join(draft.Blanks, "; ")).WithHint("pass --reason FILE")
	}
	w := words{
		about: s.LetterContext(tender.MemoKind, s.key.ID(), publica.EntryID{}, m.lot),
		to:    func() ([]sealed.BoxKey, error) { return s.LetterReaders(m.lot) },
		parts: []tender.LetterPart{{Data: []byte(draft.Text), Media: "text/markdown", Name: "text"}},
	}
	id, err := s.write(tender.MemoKind, draft.Body, w)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(a.out, id)
	return err
}
