package main

import (
	"context"
	"encoding/json/v2"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"

	"publica"
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
	if v.Leaf != nil && v.Leaf.Refused != nil {
		return &publica.Error{Code: v.Leaf.Refused.Code, Field: v.Leaf.Refused.Field, Message: "the rules refuse the entry, which is on record and counts for nothing: " + v.Leaf.Refused.Message}
	}
	return nil
}

// writeSecret writes what nobody else may read, whole or not at all.
func writeSecret(file string, v any) error {
	raw, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return err
	}
	f, err := os.OpenFile(file+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("keep the secrets: %w", err)
	}
	_, err = f.Write(append(raw, '\n'))
	if err == nil {
		err = f.Sync()
	}
	if failed := f.Close(); err == nil {
		err = failed
	}
	if err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		return fmt.Errorf("keep the secrets: %w", err)
	}
	return nil
}

// readSecret reads it again. It refuses a file that others may read.
func readSecret(file string, v any) (found bool, err error) {
	info, err := os.Stat(file)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read the secrets: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return false, publica.Problem(publica.Forbidden, "", file+" can be read by others").WithHint("chmod 600 " + file + "; think about who may have read it")
	}
	raw, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(raw, v)
	}
	if err != nil {
		return false, fmt.Errorf("read the secrets: %w", err)
	}
	return true, nil
}
