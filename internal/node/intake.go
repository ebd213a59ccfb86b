package node

import (
	"bytes"
	"context"
	"encoding/json/v2"
	"fmt"
	"log/slog"
	"time"

	"publica"
	"publica/internal/domain"
)

// intake signs for people who have no key, with a key the genesis names, so
// that the record says by itself that the node signed. It implements
// [domain.Intake].
type intake struct {
	key *publica.PrivateKey
	reg *register
	now func() time.Time
	log *slog.Logger
}

// Contribute implements [domain.Intake].
func (i *intake) Contribute(ctx context.Context, docket publica.DocketID, kind publica.Kind, body any, parts []domain.Part) (*publica.Receipt, error) {
	return i.sign(ctx, docket, publica.BodyID{}, kind, body, parts)
}

// Keeper implements [domain.Intake]. A node that alone decides, by a genesis that
// names no validators, keeps for nobody but itself.
func (i *intake) Keeper() (body publica.BodyID, keeps bool) {
	validators := i.reg.head.Load().validators
	if len(validators) == 0 {
		return body, true
	}
	for v := range validators {
		if bytes.Equal(validators[v].Consensus, i.reg.self) {
			return validators[v].Body, true
		}
	}
	return body, false
}

// Keep implements [domain.Intake].
func (i *intake) Keep(ctx context.Context, docket publica.DocketID, kind publica.Kind, body any) error {
	of, keeps := i.Keeper()
	if !keeps {
		return nil
	}
	_, err := i.sign(ctx, docket, of, kind, body, nil)
	if err != nil {
		i.log.WarnContext(ctx, "a bid is held, and the register was not told", "docket", docket, "err", err)
	}
	return err
}

func (i *intake) sign(ctx context.Context, docket publica.DocketID, of publica.BodyID, kind publica.Kind, body any, parts []domain.Part) (*publica.Receipt, error) {
	raw, err := json.Marshal(body, json.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("encode contribution: %w", err)
	}
	e := publica.Entry{Register: i.reg.founding.Name, Docket: docket, For: of, Kind: kind, Made: publica.TimeOf(i.now()), Nonce: publica.NewNonce(nil), Body: raw}
	var content []publica.Content
	for _, p := range parts {
		c, part := publica.NewContent(p.Name, p.Media, p.Data)
		content, e.Content = append(content, c), append(e.Content, part)
	}
	s, err := publica.NewSubmission(i.key, e, content...)
	if err != nil {
		return nil, err
	}
	return i.reg.Submit(ctx, s)
}
