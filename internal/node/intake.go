package node

import (
	"context"
	"encoding/json/v2"
	"fmt"
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
}

// Contribute implements [domain.Intake].
func (i *intake) Contribute(ctx context.Context, docket publica.DocketID, kind publica.Kind, body any, parts []domain.Part) (*publica.Receipt, error) {
	raw, err := json.Marshal(body, json.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("encode contribution: %w", err)
	}
	e := publica.Entry{Register: i.reg.founding.Name, Docket: docket, Kind: kind, Made: publica.TimeOf(i.now()), Nonce: publica.NewNonce(nil), Body: raw}
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
