package main

import (
	"context"
	"encoding/json/v2"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"publica"
	"publica/trustee"
)

// A speaker takes part in a tender: it reads it from the register, proven, and
// signs what its part asks for.
type speaker struct {
	*readTender
	app     *app
	ctx     context.Context
	client  *publica.Client
	key     *publica.PrivateKey
	docket  publica.DocketID
	forBody publica.BodyID
}

func (a *app) speaker(cmd *cobra.Command, docket string) (*speaker, error) {
	id, err := parseID(cmd, "the docket", docket)
	if err != nil {
		return nil, err
	}
	s := &speaker{app: a, ctx: cmd.Context(), docket: publica.DocketID(id)}
	if s.key, err = a.readKey(cmd); err != nil {
		return nil, err
	}
	if s.client, err = a.connect(cmd.Context()); err != nil {
		return nil, err
	}
	s.readTender, err = a.readTender(cmd, docket)
	return s, err
}

// entry is what the speaker is about to sign.
func (s *speaker) entry(kind publica.Kind, body any) (publica.Entry, error) {
	raw, err := json.Marshal(body, json.Deterministic(true))
	return publica.Entry{Body: raw, Docket: s.docket, For: s.forBody, Kind: kind, Made: publica.TimeOf(s.app.now()),
		Nonce: publica.NewNonce(nil), Register: s.client.Policy().Register()}, err
}

// say signs a statement, sends it, and waits until it is on the log.
func (s *speaker) say(kind publica.Kind, body any) (publica.EntryID, error) {
	e, err := s.entry(kind, body)
	if err != nil {
		return publica.EntryID{}, err
	}
	return s.send(e, nil)
}

func (s *speaker) send(e publica.Entry, content []publica.Content) (publica.EntryID, error) {
	sub, err := s.app.submission(s.ctx, s.key, e, content)
	if err != nil {
		return publica.EntryID{}, err
	}
	return sub.Signed.ID(), s.sendSigned(sub)
}

// patienceOfLog is how long a statement may take to reach the log.
const patienceOfLog = 2 * time.Minute

func (s *speaker) sendSigned(sub *publica.Submission) error {
	id := sub.Signed.ID()
	r, err := s.client.Submit(s.ctx, sub)
	if err != nil {
		return err
	}
	v, err := r.Verify(s.client.Policy(), "")
	if err != nil {
		return err
	}
	if v.Stage == publica.Promised {
		if _, v, err = s.client.Receipt(s.ctx, id, patienceOfLog); err != nil {
			return fmt.Errorf("entry %s is promised, but its receipt cannot be had: %w", id, err)
		}
	}
	return trustee.Refused(v.Leaf)
}
