package main

import (
	"crypto/rand"
	"fmt"

	"github.com/spf13/cobra"

	"publica"
	"publica/sealed"
	"publica/tender"
)

// trusteeSecrets are what a trustee keeps of one tender, apart from the key that
// signs: who reads them can open its part of all bids.
type trusteeSecrets struct {
	Docket   publica.DocketID `json:"docket"`
	Register string           `json:"register"`
	Trustee  publica.KeyID    `json:"trustee"`
	Keys     []*trusteeKey    `json:"keys"`
}

// trusteeKey is what it keeps of one key.
type trusteeKey struct {
	Attempt  int64              `json:"attempt"`
	Envelope string             `json:"envelope"`
	Lot      string             `json:"lot,omitzero"`
	Boxes    []sealed.BoxSecret `json:"boxes"`
	Deal     *sealed.Deal       `json:"deal,omitzero"` // drawn, not yet revealed
}

func (a *app) trusteeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "trustee",
		Short: "keep a share of a tender's keys, and open bids after the deadline",
		Long: `trustee is for those whom a tender names to keep its keys. Each takes the steps of a
ceremony that makes the keys, and after the deadline publishes its share: with enough
of them all bids open, with fewer none.

What a trustee must keep stands in a file of its own, --secrets, which only its
owner can read; the key that signs stands in another. Keep both on a machine that the
buyer does not run. The verbs need nothing but the address of some node.`,
		Example: `  publica trustee step ID --key trustee.key --secrets salt.secrets
  publica trustee open ID --key trustee.key --secrets salt.secrets`,
		Args: a.noSuchVerb,
		RunE: func(cmd *cobra.Command, _ []string) error { return usagef(cmd, "trustee what?") },

		SuggestionsMinimumDistance: 2,
	}
	cmd.AddCommand(a.trusteeVerb("step", "take the step of the ceremony that is due", `step looks how far the ceremony of a tender has come and takes the step that is due, for
every key: announce, commit, deal, or complain, which says which shares it was dealt
are wrong, with the evidence, or that none is. It is safe to run again: what is on
record is not repeated. Run it until the keys stand.`, (*trustee).step),
		a.trusteeVerb("open", "publish the share that opens bids, after the deadline", `open publishes what opens the bids: the share of each key whose time has come; in a
confidential tender partial decryptions for its evaluators. It sends nothing before
that time: an early share is a breach, and aborts the tender.`, (*trustee).open))
	return cmd
}

func (a *app) trusteeVerb(name, short, long string, do func(*trustee) (int, error)) *cobra.Command {
	file := ""
	cmd := &cobra.Command{
		Use: name + " DOCKET", Short: short, Long: long,
		Example: "  publica trustee " + name + " ID --key trustee.key --secrets salt.secrets",
		Args:    wants(1, 1, "the docket of a tender"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if file == "" {
				return usagef(cmd, "where are the secrets kept?").withHint("pass --secrets FILE; it is made by the first step")
			}
			t, err := a.trustee(cmd, args[0], file)
			if err != nil {
				return err
			}
			n, err := do(t)
			if err == nil && n == 0 {
				a.note("nothing is due: the tender is in the stage %s", stageWords(t.Process))
			}
			return err
		},
	}
	cmd.Flags().StringVar(&file, "secrets", "", "file with what this trustee keeps of this tender")
	a.signs(cmd)
	return cmd
}

// A trustee is one who acts.
type trustee struct {
	*speaker
	number  int // from 1
	file    string
	secrets trusteeSecrets
}

func (a *app) trustee(cmd *cobra.Command, docket, file string) (*trustee, error) {
	s, err := a.speaker(cmd, docket)
	if err != nil {
		return nil, err
	}
	if s.Terms() == nil {
		return nil, publica.Problem(publica.Early, "docket", "is not published: it names no trustees")
	}
	t := &trustee{speaker: s, number: s.Terms().Trustee(s.key.ID()), file: file,
		secrets: trusteeSecrets{Docket: s.docket, Register: s.Register, Trustee: s.key.ID()}}
	if t.number == 0 {
		return nil, publica.Problem(publica.Forbidden, "author", "is no trustee of this tender: "+s.key.ID().String()).WithHint("publish names the trustees by their keys")
	}
	found, err := readSecret(file, &t.secrets)
	if err != nil {
		return nil, err
	}
	if found && (t.secrets.Docket != s.docket || t.secrets.Register != s.Register || t.secrets.Trustee != s.key.ID()) {
		return nil, publica.Problem(publica.Conflict, "", file+" is of another tender, or of another trustee").WithHint("use one file for each tender and trustee")
	}
	return t, nil
}

// kept returns what is kept of a key, nil if nothing is.
func (t *trustee) kept(k *tender.Key) *trusteeKey {
	for _, x := range t.secrets.Keys {
		if x.Attempt == t.Ceremony().Attempt && x.Envelope == k.Envelope && x.Lot == k.Lot {
			return x
		}
	}
	return nil
}

// step takes the step that is due for every key, and returns for how many.
func (t *trustee) step() (n int, err error) {
	if t.Stage != tender.InCeremony {
		return 0, nil
	}
	steps := map[string]func(*tender.Key) (bool, error){"announce": t.announce, "commit": t.commit, "deal": t.deal, "complain": t.complain}
	for _, k := range t.Ceremony().Keys {
		did, err := steps[t.Step](k)
		if err != nil {
			return n, err
		}
		if did {
			n++
		}
	}
	return n, nil
}

// did sends a step and says so.
func (t *trustee) did(step string, k *tender.Key, body any) (bool, error) {
	id, err := t.say(publica.Kind("procurement/"+step), body)
	if err != nil {
		return false, err
	}
	_, err = fmt.Fprintf(t.app.out, "%s %s %s%s\n", id, step, k.Envelope, lotWords(k.Lot))
	return true, err
}

func (t *trustee) announce(k *tender.Key) (bool, error) {
	if !k.Announced[t.number-1].IsZero() {
		return false, nil
	}
	mine := t.kept(k)
	if mine == nil {
		secrets, _, err := sealed.Announce(len(t.Terms().Trustees), rand.Reader)
		if err != nil {
			return false, err
		}
		mine = &trusteeKey{Attempt: t.Ceremony().Attempt, Envelope: k.Envelope, Lot: k.Lot, Boxes: secrets}
		t.secrets.Keys = append(t.secrets.Keys, mine)
		if err := writeSecret(t.file, &t.secrets); err != nil {
			return false, err
		}
	}
	body := tender.Announce{Envelope: k.Envelope, Lot: k.Lot}
	for _, s := range mine.Boxes {
		body.Boxes = append(body.Boxes, s.Public())
	}
	return t.did("trustee-announce", k, body)
}

// mustKeep is kept for what cannot be made again.
func (t *trustee) mustKeep(k *tender.Key) (*trusteeKey, error) {
	if mine := t.kept(k); mine != nil {
		return mine, nil
	}
	return nil, publica.Problem(publica.NotFound, "", t.file+" has nothing of the key "+k.Envelope+lotWords(k.Lot)).
		WithHint("use the file that the step announce wrote; without it this trustee can neither deal nor open")
}

func (t *trustee) commit(k *tender.Key) (bool, error) {
	if !k.Committed[t.number-1].IsZero() {
		return false, nil
	}
	mine, err := t.mustKeep(k)
	if err != nil {
		return false, err
	}
	c := t.CeremonyOf(k)
	if mine.Deal == nil {
		if mine.Deal, err = c.NewDeal(t.number, rand.Reader); err != nil {
			return false, err
		}
		if err := writeSecret(t.file, &t.secrets); err != nil {
			return false, err
		}
	}
	return t.did("trustee-commit", k, tender.Commit{Commitment: c.Commitment(t.number, mine.Deal), Envelope: k.Envelope, Lot: k.Lot})
}

func (t *trustee) deal(k *tender.Key) (bool, error) {
	if !k.Dealt[t.number-1].IsZero() || k.Committed[t.number-1].IsZero() {
		return false, nil
	}
	mine, err := t.mustKeep(k)
	if err != nil {
		return false, err
	}
	if mine.Deal == nil {
		return false, publica.Problem(publica.NotFound, "", t.file+" has not the deal that was committed to")
	}
	return t.did("trustee-deal", k, tender.Deal{Deal: *mine.Deal, Envelope: k.Envelope, Lot: k.Lot})
}

// complain says which of the shares that it was dealt are wrong.
func (t *trustee) complain(k *tender.Key) (bool, error) {
	if !k.Checked[t.number-1].IsZero() {
		return false, nil
	}
	mine, err := t.mustKeep(k)
	if err != nil {
		return false, err
	}
	body, c := tender.Complain{Complaints: []tender.Complaint{}, Envelope: k.Envelope, Lot: k.Lot}, t.CeremonyOf(k)
	for i, d := range k.Records().Deals {
		if d == nil {
			continue
		}
		if _, err := c.OpenShare(i+1, t.number, d, mine.Boxes[i]); err != nil {
			t.app.note("trustee %d dealt a wrong share of the key %s: %v", i+1, k.Envelope, err)
			body.Complaints = append(body.Complaints, tender.Complaint{Dealer: i + 1, Secret: mine.Boxes[i]})
		}
	}
	return t.did("trustee-complain", k, body)
}

// open opens every key whose time has come, and returns how much was sent.
func (t *trustee) open() (n int, err error) {
	for _, k := range t.Ceremony().Keys {
		if !t.MayOpen(k) {
			continue
		}
		sent, err := t.openKey(k)
		if n += sent; err != nil {
			return n, err
		}
	}
	return n, nil
}

func (t *trustee) openKey(k *tender.Key) (int, error) {
	for _, s := range k.Shares {
		if s.Trustee == t.number {
			return 0, nil
		}
	}
	mine, err := t.mustKeep(k)
	if err != nil {
		return 0, err
	}
	made, err := t.Make(k)
	if err != nil {
		return 0, err
	}
	share, err := t.CeremonyOf(k).Share(made, t.number, k.Records().Deals, mine.Boxes)
	if err != nil {
		return 0, err
	}
	if t.Terms().Mode == tender.Confidential {
		return t.openToBoard(k, made, share)
	}
	_, err = t.did("open-share", k, tender.OpenShare{Envelope: k.Envelope, Lot: k.Lot, Share: &share.Value, Trustee: t.number})
	return 1, err
}

// openToBoard sends the evaluators a partial decryption of each bid.
func (t *trustee) openToBoard(k *tender.Key, made *sealed.Key, share sealed.Share) (n int, err error) {
	place := 0
	if k.Envelope == "price" {
		place = 1
	}
	for _, b := range t.Counted(k.Lot) {
		if b.SentBy(t.number, k.Envelope) {
			continue
		}
		p, err := made.NewPartial(share, t.Context(b, place), &b.Envelopes[place], k.BoardKeys(), rand.Reader)
		if err != nil {
			return n, err
		}
		if _, err := t.did("open-share", k, tender.OpenShare{Bid: b.ID, Boxes: p.Boxes, Envelope: k.Envelope, Lot: k.Lot, Trustee: t.number}); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}
