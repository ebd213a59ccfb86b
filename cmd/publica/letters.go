package main

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"publica"
	"publica/sealed"
	"publica/tender"
	"publica/trustee"
)

const wordsHelp = `In a public tender the parts are for everyone. In a confidential one they become a
letter, encrypted to %s, and the register keeps nothing else.`

// words are what a record says beside its body: parts for everyone, or, where the
// tender is confidential, a letter to some.
type words struct {
	about *sealed.LetterContext
	to    func() ([]sealed.BoxKey, error)
	parts []tender.LetterPart
}

// readWords reads the flags --part of a verb.
func readWords(cmd *cobra.Command, parts []string) (all []tender.LetterPart, err error) {
	for _, arg := range parts {
		c, p, err := readPart(cmd, arg)
		if err != nil {
			return nil, err
		}
		all = append(all, tender.LetterPart{Data: c.Data, Media: p.Media, Name: p.Name})
	}
	return all, nil
}

// write signs and sends a record with its words.
func (s *speaker) write(kind publica.Kind, body any, w words) (publica.EntryID, error) {
	e, err := s.entry(kind, body)
	if err != nil {
		return publica.EntryID{}, err
	}
	parts := w.parts
	if s.Terms().Mode == tender.Confidential {
		letter, err := s.letter(&w)
		if err != nil {
			return publica.EntryID{}, err
		}
		parts = []tender.LetterPart{{Data: letter, Media: sealed.LetterMedia, Name: "sealed"}}
	}
	var content []publica.Content
	for _, x := range parts {
		c, p := publica.NewContent(x.Name, x.Media, x.Data)
		content, e.Content = append(content, c), append(e.Content, p)
	}
	return s.send(e, content)
}

func (s *speaker) letter(w *words) ([]byte, error) {
	to, err := w.to()
	if err != nil {
		return nil, err
	}
	l := tender.Letter{Format: tender.LetterFormat, Parts: w.parts}
	return l.Seal(w.about, to, rand.Reader)
}

// writeLetter writes the parts of a letter to a folder that only its owner can read, by
// their names.
func writeLetter(folder string, l *tender.Letter) error {
	if err := privateFolder(folder); err != nil {
		return err
	}
	for _, x := range l.Parts { // names are those that a letter may have
		if err := trustee.WritePrivate(filepath.Join(folder, x.Name), x.Data); err != nil {
			return fmt.Errorf("write the letter: %w", err)
		}
	}
	return nil
}

func (a *app) bidCureCommand() *cobra.Command {
	var parts []string
	cmd := &cobra.Command{
		Use:   "cure SECRETS",
		Short: "cure a bid, when the buyer asked for it",
		Long: `cure adds to a bid what the buyer found missing, signed with the key that sealed it.
An attachment of the type ` + tender.InputMedia + ` gives the
tender's rules facts in place of those of the offer.

` + fmt.Sprintf(wordsHelp, "the evaluators"),
		Example: `  publica bid cure salt.bid --key salt.key --part text=page.md
  publica bid cure salt.bid --key salt.key --part text=@"As asked." --part attachment-1:` + tender.InputMedia + `=facts.json`,
		Args: wants(1, 1, "the secrets of a bid"),
		RunE: func(cmd *cobra.Command, args []string) error {
			secrets, err := readBid(args[0])
			if err != nil {
				return err
			}
			w := words{}
			if w.parts, err = readWords(cmd, parts); err != nil {
				return err
			}
			s, err := a.speaker(cmd, secrets.Docket.String())
			if err != nil {
				return err
			}
			w.about = s.LetterContext(tender.CureKind, s.key.ID(), secrets.Bid, "")
			w.to = func() ([]sealed.BoxKey, error) { return s.LetterReaders(secrets.Lot) }
			id, err := s.write(tender.CureKind, tender.AboutBid{Bid: secrets.Bid}, w)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(a.out, id)
			return err
		},
	}
	cmd.Flags().StringArrayVar(&parts, "part", nil, "text=FILE, attachment-1=FILE …; NAME[:MEDIA]=FILE or NAME[:MEDIA]=@TEXT")
	a.signs(cmd)
	return cmd
}

func (a *app) bidDebriefCommand() *cobra.Command {
	folder := ""
	cmd := &cobra.Command{
		Use:   "debrief SECRETS",
		Short: "read why one's own bid did not win, from the buyer's letter",
		Long: `debrief reads the letter that the buyer of a confidential tender wrote to the bidder,
with what bid kept in the file SECRETS. It prints the text, and with --output writes
every part of the letter to a folder that only its owner can read. In a public tender the debrief is for everyone.`,
		Example: `  publica bid debrief salt.bid
  publica bid debrief salt.bid -o debrief`,
		Args: wants(1, 1, "the secrets of a bid"),
		RunE: func(cmd *cobra.Command, args []string) error {
			secrets, err := readBid(args[0])
			if err != nil {
				return err
			}
			t, err := a.readTender(cmd, secrets.Docket.String())
			if err != nil {
				return err
			}
			l, err := t.debrief(secrets)
			if err != nil {
				return err
			}
			if folder != "" {
				if err := writeLetter(folder, l); err != nil {
					return err
				}
			}
			_, err = fmt.Fprintf(a.out, "%s\n", l.Parts[0].Data)
			return err
		},
	}
	cmd.Flags().StringVarP(&folder, "output", "o", "", "folder to write the parts of the letter to")
	return cmd
}

// debrief opens the letter to a bidder.
func (t *readTender) debrief(secrets *bidSecrets) (*tender.Letter, error) {
	b := t.Bid(secrets.Bid)
	if b == nil || b.Debriefed.IsZero() {
		return nil, publica.Problem(publica.NotFound, "bid", "was not debriefed").WithHint("the buyer does, once everything is awarded or the tender has failed")
	}
	if t.Terms().Mode != tender.Confidential {
		text, ok := t.content(b.Debriefed.ID, "text")
		if !ok {
			return nil, publica.Problem(publica.NotFound, "content", "of the debrief "+b.Debriefed.ID.String()+" is not at hand")
		}
		return &tender.Letter{Format: tender.LetterFormat, Parts: []tender.LetterPart{{Data: text, Media: "text/markdown", Name: "text"}}}, nil
	}
	raw, ok := t.content(b.Debriefed.ID, "sealed")
	if !ok {
		return nil, publica.Problem(publica.NotFound, "content", "of the debrief "+b.Debriefed.ID.String()+" is not at hand")
	}
	if secrets.Letters == (sealed.BoxSecret{}) {
		return nil, publica.Problem(publica.NotFound, "", "the secrets of this bid have no key for letters").WithHint("ask the buyer: nobody else can open the letter")
	}
	var author publica.KeyID
	for i := range t.in.Records {
		if t.in.Records[i].ID == b.Debriefed.ID {
			author = t.in.Records[i].Author
		}
	}
	x, to := t.LetterContext(tender.DebriefKind, author, b.ID, ""), []sealed.BoxKey{secrets.Letters.Public()}
	key, err := sealed.LetterKeyOf(x, raw, to, 1, secrets.Letters)
	if err != nil {
		return nil, err
	}
	plain, err := sealed.OpenLetter(x, raw, to, key)
	if err != nil {
		return nil, err
	}
	return tender.ParseLetter(plain)
}

func (a *app) tenderDebriefCommand() *cobra.Command {
	var parts []string
	var forBody, opened string
	cmd := &cobra.Command{
		Use:   "debrief DOCKET BID",
		Short: "tell a bidder why its bid did not win",
		Long: `debrief tells a bidder why its bid did not win, signed by --key for the body --for.

` + fmt.Sprintf(wordsHelp, "the bidder, by the key that its offer names") + ` The
offer is read from what an evaluator handed over, --opened.`,
		Example: `  publica tender debrief ID BID --for BODY --key office.key --part text=why.md
  publica tender debrief ID BID --for BODY --key office.key --part text=why.md --opened board/opening.json`,
		Args: wants(2, 2, "the docket of a tender and a bid"),
		RunE: func(cmd *cobra.Command, args []string) error {
			bid, err := parseID(cmd, "the bid", args[1])
			if err != nil {
				return err
			}
			w := words{}
			if w.parts, err = readWords(cmd, parts); err != nil {
				return err
			}
			s, err := a.officer(cmd, args[0], forBody)
			if err != nil {
				return err
			}
			w.about = s.LetterContext(tender.DebriefKind, s.key.ID(), bid, "")
			w.to = func() ([]sealed.BoxKey, error) { return s.bidderKey(bid, opened) }
			id, err := s.write(tender.DebriefKind, tender.AboutBid{Bid: bid}, w)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(a.out, id)
			return err
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&parts, "part", nil, "text=FILE, attachment-1=FILE …; NAME[:MEDIA]=FILE or NAME[:MEDIA]=@TEXT")
	f.StringVar(&forBody, "for", "", "the buyer, for whom you act")
	f.StringVar(&opened, "opened", "", openedHelp)
	a.signs(cmd)
	return cmd
}

// bidderKey is the key for letters that an offer names.
func (t *readTender) bidderKey(bid publica.EntryID, opened string) ([]sealed.BoxKey, error) {
	all, err := t.openBids(opened)
	if err != nil {
		return nil, err
	}
	for _, b := range all {
		if b.ID != bid {
			continue
		}
		if b.Offer == nil {
			return nil, publica.Problem(publica.Early, "bid", "was not opened: it is "+string(b.Opened[0].Access)).WithHint("pass --opened with what an evaluator handed over")
		}
		if b.Offer.Letters == nil {
			return nil, publica.Problem(publica.NotFound, "bid", "names no key for letters: nothing can be encrypted to its bidder").
				WithHint("what cannot be encrypted must not be put on record; tell the bidder otherwise")
		}
		return []sealed.BoxKey{*b.Offer.Letters}, nil
	}
	return nil, publica.Problem(publica.NotFound, "bid", bid.String()+" is not a bid that counted")
}

const openedHelp = "what an evaluator handed over of a confidential tender: opening.json of publica evaluate open"

// openBids opens the bids: those of a confidential tender with what an evaluator
// handed over, which is checked.
func (t *readTender) openBids(opened string) ([]*tender.OpenBid, error) {
	if opened == "" {
		return t.Open(t.content)
	}
	o := new(tender.BoardOpening)
	found, err := (&trustee.File{Path: opened}).Read(o)
	if err == nil && !found {
		err = fmt.Errorf("read what was handed over: %s: %w", opened, os.ErrNotExist)
	}
	if err != nil {
		return nil, err
	}
	return t.OpenConfidential(o, t.content)
}

// officer is a speaker who acts for the buyer.
func (a *app) officer(cmd *cobra.Command, docket, forBody string) (*speaker, error) {
	id, err := parseID(cmd, "--for", forBody)
	if err != nil {
		return nil, err
	}
	s, err := a.speaker(cmd, docket)
	if err != nil {
		return nil, err
	}
	s.forBody = publica.BodyID(id)
	if s.Terms() == nil {
		return nil, publica.Problem(publica.Early, "docket", "is not published")
	}
	return s, nil
}
