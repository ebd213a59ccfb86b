package main

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"mime"
	"os"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"

	"publica"
	"publica/sealed"
	"publica/tender"
	"publica/trustee"
)

// bidSecrets are what a bidder keeps: the secret of each envelope opens it, should
// the trustees be silent.
type bidSecrets struct {
	Author    publica.KeyID    `json:"author"`
	Bid       publica.EntryID  `json:"bid"`
	Docket    publica.DocketID `json:"docket"`
	Envelopes []envelopeSecret `json:"envelopes"`
	Lot       string           `json:"lot,omitzero"`
	Letters   sealed.BoxSecret `json:"letters,omitzero"` // in confidential mode: opens what the buyer writes to the bidder alone
	Register  string           `json:"register"`
	Text      sealed.Hash      `json:"text"` // of the tender that it was sealed for
}

type envelopeSecret struct {
	Envelope string        `json:"envelope"`
	Secret   sealed.Scalar `json:"secret"`
}

// bidding is what the flags of bid say.
type bidding struct {
	lot, secrets string
	documents    []string
	anyway       bool
}

func (a *app) bidCommand() *cobra.Command {
	var b bidding
	cmd := &cobra.Command{
		Use:   "bid DOCKET OFFER|-",
		Short: "seal an offer for a tender and send it",
		Long: `bid seals an offer to the keys of a tender, which no trustee holds alone, and sends it.
OFFER is JSON: "bidder" (name; scheme and id), "price" (amount in minor units and
currency), "items", "facts" (inputs of the tender's rules). What belongs into which
envelope bid knows from the tender. Documents go beside it, encrypted.

First the rules that the tender pins are run over the offer, as the buyer will; an
offer that would fail is not sealed, unless --anyway.

Sign with a key that you made for this tender and use for nothing else: it is your
pseudonym, and until bids are open nobody sees more. --secrets names a file, which
only you can read, for what opens your own envelopes if the trustees stay silent, and,
in a confidential tender, what the buyer writes to you alone.`,
		Example: `  publica keygen -o salt.key
  publica bid ID offer.json --key salt.key --secrets salt.bid
  publica bid reveal salt.bid --key salt.key
  publica bid cure salt.bid --key salt.key --part text=page.md`,
		Args: wants(2, 2, "the docket of a tender and an offer"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if b.secrets == "" {
				return usagef(cmd, "where shall the secrets be kept?").withHint("pass --secrets FILE")
			}
			if _, err := os.Stat(b.secrets); err == nil {
				return publica.Problem(publica.Conflict, "", b.secrets+" exists and is not overwritten").WithHint("each bid has secrets of its own: choose another name")
			}
			s, err := a.speaker(cmd, args[0])
			if err != nil {
				return err
			}
			return a.bid(s, &b, args[1])
		},
	}
	f := cmd.Flags()
	f.StringVar(&b.lot, "lot", "", "lot that is bid for; none if the tender has none")
	f.StringVar(&b.secrets, "secrets", "", "file to write; it must not exist")
	f.StringArrayVar(&b.documents, "document", nil, "document to send beside the bid")
	f.BoolVar(&b.anyway, "anyway", false, "seal an offer that fails the tender's rules")
	a.signs(cmd)
	cmd.AddCommand(a.bidRevealCommand(), a.bidCureCommand(), a.bidDebriefCommand())
	return cmd
}

func (a *app) bid(s *speaker, b *bidding, file string) error {
	if s.Stage != tender.Bidding {
		return publica.Problem(publica.Late, "docket", "takes no bids: it is in the stage "+string(s.Stage))
	}
	offer, err := a.readOffer(s, file)
	if err != nil {
		return err
	}
	if err := a.preflightOffer(s, offer, b.anyway); err != nil {
		return err
	}
	sealing := &sealing{speaker: s, bidding: b, body: tender.SealedBid{Lot: b.lot, Text: s.Text()},
		secrets: bidSecrets{Author: s.key.ID(), Docket: s.docket, Lot: b.lot, Register: s.Register, Text: s.Text()}}
	if err := sealing.addLetters(offer); err != nil {
		return err
	}
	if err := sealing.addDocuments(offer); err != nil {
		return err
	}
	for i, name := range s.Terms().EnvelopeNames() {
		if err := sealing.seal(i, name, offer); err != nil {
			return err
		}
	}
	return sealing.send()
}

func (a *app) readOffer(s *speaker, file string) (*tender.Offer, error) {
	text, err := a.input(file)
	if err != nil {
		return nil, fmt.Errorf("read the offer: %w", err)
	}
	o := new(tender.Offer)
	if err := publica.DecodeStrict(text, o, "offer"); err != nil {
		return nil, err
	}
	if o.Letters != nil {
		return nil, publica.Problem(publica.Invalid, "offer/letters", "is drawn when the offer is sealed").WithHint("leave it out: its secret goes to --secrets")
	}
	if len(o.Documents) > 0 {
		return nil, publica.Problem(publica.Invalid, "offer/documents", "are sealed from files").WithHint("pass each with --document FILE")
	}
	if o.Format == "" {
		o.Format = tender.OfferFormat
	}
	for _, name := range s.Terms().EnvelopeNames() {
		raw, err := o.For(name).Canonical()
		if err != nil {
			return nil, err
		}
		if _, err := tender.ParseOffer(s.Terms(), name, raw); err != nil {
			return nil, err
		}
	}
	return o, nil
}

// preflightOffer runs the pinned rules over the offer, as the buyer will.
func (a *app) preflightOffer(s *speaker, o *tender.Offer, anyway bool) error {
	set, err := s.Rules(s.content)
	if err != nil {
		return err
	}
	text, err := s.Input(nil, o.Facts, s.content)
	if err != nil {
		return err
	}
	in, err := set.Read(text)
	if err != nil {
		return err
	}
	err = wouldFail(set.Evaluate(in))
	if err != nil && anyway {
		a.note("sealed anyway: %v", err)
		return nil
	}
	return err
}

// A sealing is a bid in the making.
type sealing struct {
	*speaker
	bidding *bidding
	body    tender.SealedBid
	secrets bidSecrets
	parts   []publica.Part
	content []publica.Content
}

const octets = "application/octet-stream"

func (s *sealing) add(name string, data []byte) {
	c, p := publica.NewContent(name, octets, data)
	s.content, s.parts = append(s.content, c), append(s.parts, p)
}

// addLetters has a confidential offer name the key to which the buyer writes.
func (s *sealing) addLetters(o *tender.Offer) (err error) {
	if s.Terms().Mode != tender.Confidential {
		return nil
	}
	if s.secrets.Letters, err = sealed.NewLetterKey(rand.Reader); err == nil {
		to := s.secrets.Letters.Public()
		o.Letters = &to
	}
	return err
}

func (s *sealing) addDocuments(o *tender.Offer) error {
	for i, name := range s.bidding.documents {
		plain, err := os.ReadFile(name)
		if err != nil {
			return fmt.Errorf("read the document: %w", err)
		}
		var cipher bytes.Buffer
		blob, err := sealed.SealBlob(&cipher, bytes.NewReader(plain), rand.Reader)
		if err != nil {
			return err
		}
		media, _, err := mime.ParseMediaType(mime.TypeByExtension(filepath.Ext(name)))
		if err != nil {
			media = octets
		}
		o.Documents = append(o.Documents, tender.OfferDocument{Blob: *blob, Media: media, Name: filepath.Base(name)})
		s.body.Documents = append(s.body.Documents, tender.Document{Hash: blob.Hash, Size: int64(cipher.Len())})
		s.add("document-"+strconv.Itoa(i+1), cipher.Bytes())
	}
	return nil
}

func (s *sealing) seal(i int, name string, o *tender.Offer) error {
	k := s.Key(s.bidding.lot, name)
	if k == nil {
		return publica.Problem(publica.NotFound, "lot", strconv.Quote(s.bidding.lot)+" is not a lot of this tender").WithHint("pass --lot with one that publish names")
	}
	made, err := s.Make(k)
	if err != nil {
		return err
	}
	text, err := o.For(name).Canonical()
	if err != nil {
		return err
	}
	x := s.Context(&tender.Bid{Author: s.key.ID(), Lot: s.bidding.lot, Text: s.Text()}, i)
	envelope, bucket, r, err := made.Seal(x, text, rand.Reader)
	if err != nil {
		return err
	}
	s.body.Envelopes = append(s.body.Envelopes, *envelope)
	s.secrets.Envelopes = append(s.secrets.Envelopes, envelopeSecret{name, r})
	s.add(name, bucket)
	return nil
}

// send keeps the secrets before anyone has the bid.
func (s *sealing) send() error {
	e, err := s.entry("procurement/bid", &s.body)
	if err != nil {
		return err
	}
	e.Content = s.parts
	sub, err := s.app.submission(s.ctx, s.key, e, s.content)
	if err != nil {
		return err
	}
	s.secrets.Bid = sub.Signed.ID()
	if err := (&trustee.File{Path: s.bidding.secrets}).Write(&s.secrets); err != nil {
		return err
	}
	if err := s.sendSigned(sub); err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.app.out, s.secrets.Bid)
	return err
}

func (a *app) bidRevealCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "reveal SECRETS",
		Short: "open one's own envelopes when the trustees are silent",
		Long: `reveal publishes the secret of the next envelope of a bid, from the file that bid
wrote. It opens this envelope alone, for everyone. The rules take it when the trustees
have been silent for 72 hours after the deadline.`,
		Example: "  publica bid reveal salt.bid --key salt.key",
		Args:    wants(1, 1, "the secrets of a bid"),
		RunE: func(cmd *cobra.Command, args []string) error {
			secrets, err := readBid(args[0])
			if err != nil {
				return err
			}
			s, err := a.speaker(cmd, secrets.Docket.String())
			if err != nil {
				return err
			}
			return a.reveal(s, secrets)
		},
	}
	a.signs(cmd)
	return cmd
}

// readBid reads what a bidder keeps.
func readBid(file string) (*bidSecrets, error) {
	secrets := new(bidSecrets)
	found, err := (&trustee.File{Path: file}).Read(secrets)
	if err == nil && !found {
		err = fmt.Errorf("read the secrets: %s: %w", file, os.ErrNotExist)
	}
	return secrets, err
}

func (a *app) reveal(s *speaker, secrets *bidSecrets) error {
	if !s.Revealing {
		return publica.Problem(publica.Early, "docket", "waits for its trustees").WithHint("they have 72 hours; then it is for the bidders")
	}
	b := s.Bid(secrets.Bid)
	if b == nil {
		return publica.Problem(publica.NotFound, "bid", secrets.Bid.String()+" is not on record")
	}
	for _, x := range secrets.Envelopes {
		if !s.MayReveal(b, x.Envelope) {
			continue
		}
		id, err := s.say("procurement/reveal", tender.RevealBody{Bid: b.ID, Envelope: x.Envelope, Secret: x.Secret})
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(a.out, "%s %s\n", id, x.Envelope)
		return err
	}
	a.note("nothing is due: what could be revealed is")
	return nil
}
