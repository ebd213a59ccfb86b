package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"publica"
	"publica/tender"
	"publica/trustee"
)

func (a *app) evaluateOpenCommand() *cobra.Command {
	var file, folder string
	var complain bool
	cmd := &cobra.Command{
		Use:   "open DOCKET",
		Short: "open the bids of a confidential tender, and the letters to its evaluators",
		Long: `open takes what the trustees put on record for this evaluator, checks the proof of
each part, and opens the bids of which there is enough. It writes a folder that only
its owner can read: for each bid what its envelopes say and its documents, and the
letters to the evaluators. It is safe to run again, for example when prices open.

opening.json in it opens the bids for whom it is given to, and proves itself: the
buyer runs the rules and writes the memo with it, --opened. It is as secret as the
bids.

What a trustee sent that is not proven is named. With --complain the evidence is put
on record: the secret of the one key that this trustee encrypted to. What it sent
counts no more, and another trustee opens. Without --complain the exit status is 1.`,
		Example: `  publica evaluate open ID --key me.key --secrets salt.scores -o board
  publica evaluate open ID --key me.key --secrets salt.scores -o board --complain`,
		Args: wants(1, 1, "the docket of a tender"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if folder == "" {
				return usagef(cmd, "where shall the bids be written?").withHint("pass -o FOLDER, one that only you can read")
			}
			e, err := a.evaluator(cmd, args[0], file)
			if err != nil {
				return err
			}
			return e.open(folder, complain)
		},
	}
	cmd.Flags().StringVarP(&folder, "output", "o", "", "folder to write to")
	cmd.Flags().BoolVar(&complain, "complain", false, "put on record what is not proven, with the evidence")
	a.evaluatorFlags(cmd, &file)
	return cmd
}

func (e *evaluator) open(folder string, complain bool) error {
	if len(e.secrets.Keys) == 0 && e.Terms().Mode == tender.Confidential {
		return publica.Problem(publica.NotFound, "", e.file.Path+" has no keys of this tender").WithHint("use the file that announce wrote; without it this evaluator can open nothing")
	}
	opening, wrong, err := e.OpenBoxes(e.number, e.kept, e.content)
	if err != nil {
		return err
	}
	bids, err := e.OpenConfidential(opening, e.content)
	if err != nil {
		return err
	}
	letters, err := e.Letters(opening, e.content)
	if err != nil {
		return err
	}
	if err := privateFolder(folder); err != nil {
		return err
	}
	file := &trustee.File{Path: filepath.Join(folder, "opening.json")}
	if _, err := file.Read(new(tender.BoardOpening)); err != nil { // an earlier one, which this takes the place of
		return err
	}
	if err := file.Write(opening); err != nil {
		return err
	}
	if err := e.writeBids(folder, bids); err != nil {
		return err
	}
	for _, l := range letters {
		if err := e.writeLetter(folder, &l); err != nil {
			return err
		}
	}
	return e.complainAbout(wrong, complain)
}

// privateFolder makes a folder that only its owner can read, or refuses one that
// others can.
func privateFolder(folder string) error {
	if err := os.Mkdir(folder, 0o700); err != nil && !os.IsExist(err) {
		return fmt.Errorf("make a folder: %w", err)
	}
	info, err := os.Stat(folder)
	if err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	if !info.IsDir() || info.Mode().Perm()&0o077 != 0 {
		return publica.Problem(publica.Forbidden, "", folder+" is no folder that only its owner can read").WithHint("chmod 700 " + folder + "; think about who may have read it")
	}
	return nil
}

func (e *evaluator) writeBids(folder string, bids []*tender.OpenBid) error {
	for _, b := range bids {
		dir := filepath.Join(folder, b.ID.String())
		if err := privateFolder(dir); err != nil {
			return err
		}
		for _, x := range b.Opened {
			where := ""
			if x.Text != nil {
				where = filepath.Join(dir, x.Name+".json")
				if err := trustee.WritePrivate(where, x.Text); err != nil {
					return fmt.Errorf("write the bids: %w", err)
				}
			}
			fmt.Fprintf(e.app.out, "bid %s%s %s %s %s\n", b.ID, lotWords(b.Lot), x.Name, x.Access, or(where, "-"))
		}
		if b.Offer == nil {
			continue
		}
		for i := range b.Offer.Documents {
			plain, err := b.Document(i+1, e.content)
			if err != nil {
				e.app.note("bid %s: %v", b.ID, err)
				continue
			}
			if err := trustee.WritePrivate(filepath.Join(dir, fmt.Sprint("document-", i+1)), plain); err != nil {
				return fmt.Errorf("write the bids: %w", err)
			}
		}
	}
	return nil
}

func (e *evaluator) writeLetter(folder string, l *tender.OpenLetter) error {
	if l.Letter == nil {
		e.app.note("the letter of %s says nothing: %s", l.Record, l.Why)
		return nil
	}
	dir := filepath.Join(folder, "letter-"+l.Record.String())
	if err := writeLetter(dir, l.Letter); err != nil {
		return err
	}
	_, err := fmt.Fprintf(e.app.out, "letter %s %s\n", l.Record, dir)
	return err
}

// complainAbout names what is not proven, and with complain puts the evidence on
// record: once for each trustee and key, for then everything it sent is struck.
func (e *evaluator) complainAbout(wrong []tender.WrongBox, complain bool) error {
	type place struct {
		lot, envelope string
		trustee       int
	}
	done := map[place]bool{}
	for _, x := range wrong {
		c := x.Complaint
		e.app.note("what trustee %d sent of the envelope %s of bid %s is not proven (record %s): %s", c.Trustee, c.Envelope, c.Bid, x.Record, x.Why)
		at := place{x.Lot, c.Envelope, c.Trustee}
		if !complain || done[at] {
			continue
		}
		done[at] = true
		id, err := e.say("procurement/partial-complain", c)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(e.app.out, "%s partial-complain trustee %d %s%s\n", id, c.Trustee, c.Envelope, lotWords(x.Lot)); err != nil {
			return err
		}
	}
	if len(wrong) > 0 && !complain {
		return publica.Problem(publica.Unverified, "", "a trustee sent what opens nothing").WithHint("prove it to everyone, so that another trustee opens: --complain")
	}
	return nil
}
