package main

import (
	"crypto/rand"
	"fmt"

	"github.com/spf13/cobra"

	"publica"
	"publica/sealed"
	"publica/tender"
	"publica/trustee"
)

// evaluatorSecrets are what an evaluator keeps of one tender, apart from the key that
// signs: scores before they are revealed, and in a confidential tender what opens the
// bids and letters that are sent to it.
type evaluatorSecrets struct {
	Docket    publica.DocketID `json:"docket"`
	Evaluator publica.KeyID    `json:"evaluator"` // its public key
	Keys      []*evaluatorKey  `json:"keys,omitempty"`
	Register  string           `json:"register"`
	Scores    []*keptScores    `json:"scores,omitempty"`
}

// evaluatorKey is what it keeps of one key of the tender.
type evaluatorKey struct {
	Attempt  int64               `json:"attempt"`
	Envelope string              `json:"envelope"`
	Lot      string              `json:"lot,omitzero"`
	Secrets  tender.BoardSecrets `json:"secrets"`
}

// keptScores are scores to which a commitment was signed; of several of one lot and
// round only one stands on record, and which that is the commitment says.
type keptScores struct {
	Lot     string         `json:"lot,omitzero"`
	Reasons string         `json:"reasons"` // Markdown
	Round   int64          `json:"round"`
	Salt    string         `json:"salt"`
	Scores  []tender.Score `json:"scores"`
}

func (a *app) evaluateCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "evaluate",
		Short: "score the bids of a tender; open those of a confidential one",
		Long: `evaluate is for those whom a tender names as its evaluators. Each commits to scores
and reasons, alone, before prices open, and reveals them when all have committed.

In a confidential tender bids are opened to the evaluators and to nobody else: each
announces keys while the trustees make theirs, and later opens what they sent.

What an evaluator must keep stands in a file, --secrets, which only its owner can
read; the key that signs stands in another. Use one file for each tender.`,
		Example: `  publica evaluate commit ID scores.json --key me.key --secrets salt.scores
  publica evaluate reveal ID --key me.key --secrets salt.scores
  publica evaluate announce ID --key me.key --secrets salt.scores
  publica evaluate open ID --key me.key --secrets salt.scores -o board`,
		Args: a.noSuchVerb,
		RunE: func(cmd *cobra.Command, _ []string) error { return usagef(cmd, "evaluate what?") },

		SuggestionsMinimumDistance: 2,
	}
	cmd.AddCommand(a.evaluateCommitCommand(), a.evaluateRevealCommand(), a.evaluateAnnounceCommand(), a.evaluateOpenCommand())
	return cmd
}

// An evaluator is one who acts.
type evaluator struct {
	*speaker
	number  int // from 1
	file    *trustee.File
	secrets evaluatorSecrets
}

func (a *app) evaluator(cmd *cobra.Command, docket, file string) (*evaluator, error) {
	if file == "" {
		return nil, usagef(cmd, "where are the secrets kept?").withHint("pass --secrets FILE; it is made when there is something to keep")
	}
	s, err := a.speaker(cmd, docket)
	if err != nil {
		return nil, err
	}
	if s.Terms() == nil {
		return nil, publica.Problem(publica.Early, "docket", "is not published: it names no evaluators")
	}
	e := &evaluator{speaker: s, number: s.Terms().Evaluator(s.key.ID()), file: &trustee.File{Path: file},
		secrets: evaluatorSecrets{Docket: s.docket, Evaluator: s.key.ID(), Register: s.Register}}
	if e.number == 0 {
		return nil, publica.Problem(publica.Forbidden, "author", "is no evaluator of this tender: "+s.key.ID().String()).WithHint("publish names the evaluators by their keys")
	}
	if _, err := e.file.Read(&e.secrets); err != nil {
		return nil, err
	}
	if e.secrets.Docket != s.docket || e.secrets.Register != s.Register || e.secrets.Evaluator != s.key.ID() {
		return nil, publica.Problem(publica.Conflict, "", file+" is of another tender, or of another evaluator").WithHint("use one file for each tender and evaluator")
	}
	return e, nil
}

func (a *app) evaluatorFlags(cmd *cobra.Command, file *string) {
	cmd.Flags().StringVar(file, "secrets", "", "file with what this evaluator keeps of this tender")
	a.signs(cmd)
}

func (e *evaluator) keep() error { return e.file.Write(&e.secrets) }

// kept returns what is kept of a key, nil if nothing is.
func (e *evaluator) kept(lot, envelope string) *tender.BoardSecrets {
	for _, x := range e.secrets.Keys {
		if x.Attempt == e.Ceremony().Attempt && x.Envelope == envelope && x.Lot == lot {
			return &x.Secrets
		}
	}
	return nil
}

func (a *app) evaluateAnnounceCommand() *cobra.Command {
	file := ""
	cmd := &cobra.Command{
		Use:   "announce DOCKET",
		Short: "announce the keys to which a confidential tender's bids are opened",
		Long: `announce draws keys for everything that will be sent to this evaluator, and puts their
public halves on record: for each key of the tender one for each trustee, and one for
letters. The tender takes no bids before every evaluator has announced. It is safe to
run again: what is on record is not repeated. Without the file --secrets this
evaluator can open nothing.`,
		Example: "  publica evaluate announce ID --key me.key --secrets salt.scores",
		Args:    wants(1, 1, "the docket of a tender"),
		RunE: func(cmd *cobra.Command, args []string) error {
			e, err := a.evaluator(cmd, args[0], file)
			if err != nil {
				return err
			}
			return e.announce()
		},
	}
	a.evaluatorFlags(cmd, &file)
	return cmd
}

func (e *evaluator) announce() error {
	if e.Terms().Mode != tender.Confidential {
		e.app.note("nothing is due: the bids of this tender open to everyone")
		return nil
	}
	due := e.Stage == tender.InCeremony && e.Step == "announce"
	for _, k := range e.Ceremony().Keys {
		if !due || !k.Board[e.number-1].IsZero() {
			continue
		}
		if err := e.announceFor(k); err != nil {
			return err
		}
	}
	if !due {
		e.app.note("nothing is due: the tender is in the stage %s", stageWords(e.Process))
	}
	return nil
}

// announceFor keeps the secrets of a key before anyone has the public halves.
func (e *evaluator) announceFor(k *tender.Key) error {
	mine := e.kept(k.Lot, k.Envelope)
	if mine == nil {
		boxes, _, err := sealed.Announce(len(e.Terms().Trustees), rand.Reader)
		if err != nil {
			return err
		}
		letters, err := sealed.NewLetterKey(rand.Reader)
		if err != nil {
			return err
		}
		mine = &tender.BoardSecrets{Boxes: boxes, Letters: letters}
		e.secrets.Keys = append(e.secrets.Keys, &evaluatorKey{e.Ceremony().Attempt, k.Envelope, k.Lot, *mine})
		if err := e.keep(); err != nil {
			return err
		}
	}
	body := tender.Announce{Envelope: k.Envelope, Letters: mine.Letters.Public(), Lot: k.Lot}
	for _, s := range mine.Boxes {
		body.Boxes = append(body.Boxes, s.Public())
	}
	id, err := e.say("procurement/trustee-announce", body)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.app.out, "%s trustee-announce %s%s\n", id, k.Envelope, lotWords(k.Lot))
	return err
}
