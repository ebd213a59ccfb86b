package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"publica"
	"publica/trustee"
)

func (a *app) trusteeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "trustee",
		Short: "keep a share of a tender's keys, and open bids after the deadline",
		Long: `trustee is for those whom a tender names to keep its keys. Each takes the steps of a
ceremony that makes the keys, and after the deadline publishes its share: with enough
of them all bids open, with fewer none. When a tender is cancelled, or has no outcome,
it destroys what it keeps and declares so.

What a trustee must keep stands in a file of its own, --secrets, which only its
owner can read; the key that signs stands in another. Keep both on a machine that the
buyer does not run. The verbs need nothing but the address of some node.`,
		Example: `  publica trustee step ID --key trustee.key --secrets salt.secrets
  publica trustee open ID --key trustee.key --secrets salt.secrets
  publica trustee destroy ID --key trustee.key --secrets salt.secrets`,
		Args: a.noSuchVerb,
		RunE: func(cmd *cobra.Command, _ []string) error { return usagef(cmd, "trustee what?") },

		SuggestionsMinimumDistance: 2,
	}
	cmd.AddCommand(a.trusteeVerb("step", "take the step of the ceremony that is due", `step looks how far the ceremony of a tender has come and takes the step that is due, for
every key: announce, commit, deal, or complain, which says which shares it was dealt
are wrong, with the evidence, or that none is. It is safe to run again: what is on
record is not repeated. Run it until the keys stand, or have "publicad trustee" do all
of it by itself.`, func(step string) bool { return step != trustee.Open && step != trustee.Destroy }),
		a.trusteeVerb("open", "publish the share that opens bids, after the deadline", `open publishes what opens the bids: the share of each key whose time has come; in a
confidential tender partial decryptions for its evaluators. It sends nothing before
that time: an early share is a breach, and aborts the tender.`, func(step string) bool { return step == trustee.Open }),
		a.trusteeVerb("destroy", "destroy the secrets of a tender that is over, and declare it", `destroy empties the file of secrets and then declares on the register that this trustee
keeps nothing of the tender's keys any more: once the tender is cancelled or
unsuccessful, and no protest can reopen it. Destroy your copies first. Nobody can prove
it; a share that comes to light all the same stands on record as a breach.`, func(step string) bool { return step == trustee.Destroy }))
	return cmd
}

func (a *app) trusteeVerb(name, short, long string, takes func(step string) bool) *cobra.Command {
	file := ""
	cmd := &cobra.Command{
		Use: name + " DOCKET", Short: short, Long: long,
		Example: "  publica trustee " + name + " ID --key trustee.key --secrets salt.secrets",
		Args:    wants(1, 1, "the docket of a tender"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if file == "" {
				return usagef(cmd, "where are the secrets kept?").withHint("pass --secrets FILE; it is made by the first step")
			}
			s, err := a.speaker(cmd, args[0])
			if err != nil {
				return err
			}
			n, err := a.actAsTrustee(s, &trustee.File{Path: file}, takes)
			if err == nil && n == 0 {
				a.note("nothing is due: the tender is in the stage %s", stageWords(s.Process))
			}
			return err
		},
	}
	cmd.Flags().StringVar(&file, "secrets", "", "file with what this trustee keeps of this tender")
	a.signs(cmd)
	return cmd
}

// actAsTrustee takes the acts that are due of the steps that a verb takes, and returns
// how many it took.
func (a *app) actAsTrustee(s *speaker, file *trustee.File, takes func(step string) bool) (n int, err error) {
	secrets, err := trustee.ReadSecrets(file, s.Process, s.key.ID())
	if err != nil {
		return 0, err
	}
	t, err := trustee.New(s.Process, s.key, secrets, trustee.World{
		Now:  func() publica.Time { return publica.TimeOf(a.now()) },
		Keep: func(x *trustee.Secrets) error { return file.Write(x) },
		Send: s.sendSigned,
	})
	if err != nil {
		return 0, err
	}
	for _, act := range t.Due() {
		if !takes(act.Step) {
			continue
		}
		done, err := t.Take(act)
		if err != nil {
			return n, err
		}
		for _, w := range done.Wrong {
			a.note("trustee %d dealt a wrong share of the key %s%s: %v", w.Dealer, act.Envelope, lotWords(act.Lot), w.Err)
		}
		line := fmt.Sprintf("%s %s %s%s", done.ID, act.Words(), act.Envelope, lotWords(act.Lot))
		if _, err := fmt.Fprintln(a.out, strings.TrimSpace(line)); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}
