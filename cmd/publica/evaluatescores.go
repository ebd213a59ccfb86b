package main

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"publica"
	"publica/sealed"
	"publica/tender"
)

// scoresFile is what an evaluator writes: points by the ids of the criteria.
type scoresFile struct {
	Reasons string `json:"reasons"` // Markdown
	Scores  []struct {
		Bid    publica.EntryID  `json:"bid"`
		Points map[string]int64 `json:"points"`
	} `json:"scores"`
}

func (a *app) evaluateCommitCommand() *cobra.Command {
	var file, lot string
	cmd := &cobra.Command{
		Use:   "commit DOCKET SCORES|-",
		Short: "commit to scores and reasons, which stay secret",
		Long: `commit takes the scores of a lot, keeps them in the file --secrets, and puts a
commitment on record that says nothing of them. They cannot be changed from then on.
When every evaluator has committed, prices open and scores are revealed. Who does not
commit in time is left out.

SCORES is JSON: "reasons", a text that everyone will read, and "scores", for each bid
of the lot that is not rejected its "points" on each criterion that is scored:
  {"reasons": "…", "scores": [{"bid": "ID", "points": {"quality": 7}}]}`,
		Example: `  publica evaluate commit ID scores.json --key me.key --secrets salt.scores
  publica evaluate commit ID scores.json --lot north --key me.key --secrets salt.scores`,
		Args: wants(2, 2, "the docket of a tender and scores"),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := a.input(args[1])
			if err != nil {
				return fmt.Errorf("read the scores: %w", err)
			}
			var in scoresFile
			if err := publica.DecodeStrict(text, &in, "scores"); err != nil {
				return err
			}
			e, err := a.evaluator(cmd, args[0], file)
			if err != nil {
				return err
			}
			return e.commit(lot, &in)
		},
	}
	cmd.Flags().StringVar(&lot, "lot", "", "lot that is scored; none if the tender has none")
	a.evaluatorFlags(cmd, &file)
	return cmd
}

// commit keeps the scores before anyone has the commitment.
func (e *evaluator) commit(lot string, in *scoresFile) error {
	if err := scoresWanted(e.Stage); err != nil {
		return err
	}
	if e.Scoring(lot, e.key.ID()) != nil {
		return publica.Problem(publica.Conflict, "lot", "has your commitment already, which stands").WithHint("reveal it with: publica evaluate reveal")
	}
	if e.Committed {
		return publica.Problem(publica.Late, "docket", "takes no more scores in this round: the time to commit to them has run out").WithHint("those who committed go on; publica tender names who did not")
	}
	scores, err := e.scores(lot, in)
	if err != nil {
		return err
	}
	if e.Terms().Mode == tender.Confidential {
		e.app.note("the reasons will be read by everyone when scores are revealed: name no bidder, no price, nothing of what was offered")
	}
	mine, err := e.secrets.keepScores(lot, e.Round, in.Reasons, scores)
	if err != nil {
		return err
	}
	hash, err := tender.Commitment(e.Docket, e.Round, e.key.ID(), lot, mine.revealed())
	if err != nil {
		return err
	}
	if err := e.keep(); err != nil {
		return err
	}
	id, err := e.say("procurement/score-commit", tender.ScoreCommit{Commitment: hash, Lot: lot, Round: e.Round})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(e.app.out, id)
	return err
}

// scoresWanted refuses scores of a tender that is not being evaluated.
func scoresWanted(at tender.Stage) error {
	switch at {
	case tender.Evaluating:
		return nil
	case tender.Draft, tender.InCeremony, tender.Bidding, tender.Closed, tender.Opened, tender.Compliance, tender.Curing:
		return publica.Problem(publica.Early, "docket", "is not being evaluated: it is in the stage "+string(at)).
			WithHint("wait until every bid that is not rejected has met the rules; publica tender shows where it stands")
	}
	return publica.Problem(publica.Late, "docket", "is not being evaluated any more: it is in the stage "+string(at)).
		WithHint("nothing is to be done, unless a decision on a protest has it evaluated anew")
}

// keepScores adds scores to those that are kept. It never takes any away: a
// commitment of which nobody heard may be on its way to the log still. The same scores
// keep their salt, so that it does not matter which commitment to them arrives.
func (s *evaluatorSecrets) keepScores(lot string, round int64, reasons string, scores []tender.Score) (*keptScores, error) {
	for _, k := range s.Scores {
		if k.Lot == lot && k.Round == round && k.Reasons == reasons && reflect.DeepEqual(k.Scores, scores) {
			return k, nil
		}
	}
	salt := make([]byte, 16)
	if _, err := rand.Read(salt); err != nil {
		return nil, &publica.Error{Code: publica.Internal, Message: "no randomness", Err: err}
	}
	mine := &keptScores{Lot: lot, Reasons: reasons, Round: round, Salt: hex.EncodeToString(salt), Scores: scores}
	s.Scores = append(s.Scores, mine)
	return mine, nil
}

// committed returns those of the scores that are kept of a lot and round to which a
// commitment binds, nil if none are; some says whether any are kept.
func (s *evaluatorSecrets) committed(lot string, round int64, to sealed.Hash) (mine *keptScores, some bool) {
	for _, k := range s.Scores {
		if k.Lot != lot || k.Round != round {
			continue
		}
		some = true
		if hash, err := tender.Commitment(s.Docket, round, s.Evaluator, lot, k.revealed()); err == nil && hash == to {
			return k, true
		}
	}
	return nil, some
}

func (k *keptScores) revealed() *tender.Scores {
	return &tender.Scores{Reasons: sha256.Sum256([]byte(k.Reasons)), Salt: k.Salt, Scores: k.Scores}
}

// scores checks what the file says against the tender, in the order of the bids.
func (e *evaluator) scores(lot string, in *scoresFile) (all []tender.Score, err error) {
	criteria := e.Terms().Scored()
	if len(criteria) == 0 {
		return nil, publica.Problem(publica.Invalid, "docket", "has no criterion that evaluators score").WithHint("the price decides")
	}
	if e.Lot(lot) == nil {
		return nil, publica.Problem(publica.NotFound, "lot", strconv.Quote(lot)+" is not a lot of this tender").WithHint("pass --lot with one that publish names")
	}
	if strings.TrimSpace(in.Reasons) == "" {
		return nil, publica.Problem(publica.Invalid, "scores/reasons", "are missing").WithHint("say why: it is what a protest will ask for")
	}
	live := e.Live(lot)
	for i, x := range in.Scores {
		at := "scores/scores/" + strconv.Itoa(i)
		if !slices.ContainsFunc(live, func(b *tender.Bid) bool { return b.ID == x.Bid }) {
			return nil, publica.Problem(publica.Invalid, at+"/bid", "is no bid of the lot that is not rejected: "+x.Bid.String()).
				WithHint("publica tender lists the bids; score those of the lot that count and are not rejected")
		}
		for id := range x.Points {
			if !slices.ContainsFunc(criteria, func(c tender.Criterion) bool { return c.ID == id }) {
				return nil, publica.Problem(publica.Invalid, at+"/points", strconv.Quote(id)+" is no criterion that evaluators score").
					WithHint("they score: " + strings.Join(criterionIDs(criteria), ", "))
			}
		}
	}
	for _, b := range live {
		points, err := in.pointsOf(b.ID, criteria)
		if err != nil {
			return nil, err
		}
		all = append(all, tender.Score{Bid: b.ID, Points: points})
	}
	return all, nil
}

func criterionIDs(criteria []tender.Criterion) (ids []string) {
	for _, c := range criteria {
		ids = append(ids, c.ID)
	}
	return ids
}

// pointsOf are a bid's points in the order of the tender's criteria.
func (f *scoresFile) pointsOf(bid publica.EntryID, criteria []tender.Criterion) (points []int64, err error) {
	found := -1
	for i, x := range f.Scores {
		if x.Bid == bid && found >= 0 {
			return nil, publica.Problem(publica.Invalid, "scores/scores/"+strconv.Itoa(i), "scores a bid twice: "+bid.String()).WithHint("leave one of them out")
		}
		if x.Bid == bid {
			found = i
		}
	}
	if found < 0 {
		return nil, publica.Problem(publica.Invalid, "scores/scores", "leave out the bid "+bid.String()).WithHint("score every bid of the lot that is not rejected")
	}
	for _, c := range criteria {
		n, ok := f.Scores[found].Points[c.ID]
		if !ok || n < 0 || n > c.Max {
			return nil, publica.Problem(publica.Invalid, "scores/scores/"+strconv.Itoa(found)+"/points", "has nothing from 0 to "+strconv.FormatInt(c.Max, 10)+" for the criterion "+c.ID).
				WithHint("give it a whole number of points")
		}
		points = append(points, n)
	}
	return points, nil
}

func (a *app) evaluateRevealCommand() *cobra.Command {
	file := ""
	cmd := &cobra.Command{
		Use:   "reveal DOCKET",
		Short: "reveal the scores that were committed to",
		Long: `reveal puts on record what commit kept, for every lot: scores and reasons. Everyone
sees that they are those that were committed to. The rules take them when every
evaluator has committed, or the time for it has run out, and for some days: whose are
not revealed by then are left out. It is safe to run again.`,
		Example: "  publica evaluate reveal ID --key me.key --secrets salt.scores",
		Args:    wants(1, 1, "the docket of a tender"),
		RunE: func(cmd *cobra.Command, args []string) error {
			e, err := a.evaluator(cmd, args[0], file)
			if err != nil {
				return err
			}
			return e.reveal()
		},
	}
	a.evaluatorFlags(cmd, &file)
	return cmd
}

func (e *evaluator) reveal() error {
	if !e.AllCommitted() {
		return publica.Problem(publica.Early, "docket", "does not have every evaluator's commitment").WithHint("scores are revealed when all are committed to, so that nobody writes to another's")
	}
	n := 0
	for _, lot := range e.Terms().LotNames() {
		if e.Disclosed {
			break // the time to reveal has run out
		}
		x := e.Scoring(lot, e.key.ID())
		if x == nil || x.Revealed != nil {
			continue
		}
		if err := e.revealLot(lot, x); err != nil {
			return err
		}
		n++
	}
	if n == 0 {
		e.app.note("nothing is due: the tender is in the stage %s", stageWords(e.Process))
	}
	return nil
}

func (e *evaluator) revealLot(lot string, x *tender.Scoring) error {
	mine, some := e.secrets.committed(lot, x.Round, x.Commitment)
	switch {
	case !some:
		return publica.Problem(publica.NotFound, "", e.file.Path+" has no scores"+lotWords(lot)).WithHint("use the file that commit wrote; without it nobody knows what was committed to")
	case mine == nil:
		return publica.Problem(publica.Unverified, "", e.file.Path+" has other scores"+lotWords(lot)+" than were committed to").WithHint("use the file that commit wrote, or a copy of it")
	}
	scores := mine.revealed()
	entry, err := e.entry("procurement/score-reveal", tender.ScoreReveal{Commit: x.ID, Lot: lot, Reasons: scores.Reasons, Salt: scores.Salt, Scores: scores.Scores})
	if err != nil {
		return err
	}
	c, p := publica.NewContent("reasons", "text/markdown", []byte(mine.Reasons))
	entry.Content = []publica.Part{p}
	id, err := e.send(entry, []publica.Content{c})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.app.out, "%s score-reveal%s\n", id, lotWords(lot))
	return err
}
