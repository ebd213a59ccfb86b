package node

import (
	"encoding/json/v2"
	"fmt"
	"maps"

	"publica"
	"publica/internal/ledger"
)

// recentVotes is how many blocks the strip of a validator's votes shows.
const recentVotes = 120

// turnout counts who took part in deciding blocks, as this node has executed
// them since it began to count. It is stored beside the position, in the same
// batch. A turnout is immutable: counting a block makes the next one.
type turnout struct {
	Since publica.Time     `json:"since"`
	By    map[string]taken `json:"by"` // validator's address
}

// taken is the part one validator took.
type taken struct {
	Proposed  int64        `json:"proposed"`
	Signed    int64        `json:"signed"`
	Missed    int64        `json:"missed"`
	Conflicts int64        `json:"conflicts,omitzero"` // double votes the engine has proven
	Last      publica.Time `json:"last,omitzero"`      // block time of its last vote
	Recent    string       `json:"recent,omitzero"`    // "1" voted, "0" missed, oldest first
}

var turnoutKey = []byte("turnout")

// count returns the turnout after a block.
func (t *turnout) count(b *ledger.Block) *turnout {
	next := &turnout{Since: t.Since, By: maps.Clone(t.By)}
	if next.Since == 0 {
		next.Since = b.Time
	}
	if next.By == nil {
		next.By = map[string]taken{}
	}
	for _, v := range b.Votes {
		k := next.By[v.Validator]
		mark := "1"
		if v.Signed {
			k.Signed, k.Last = k.Signed+1, b.Time
		} else {
			k.Missed++
			mark = "0"
		}
		k.Recent += mark
		k.Recent = k.Recent[max(0, len(k.Recent)-recentVotes):]
		next.By[v.Validator] = k
	}
	if b.Proposer != "" {
		k := next.By[b.Proposer]
		k.Proposed++
		next.By[b.Proposer] = k
	}
	for _, m := range b.Misbehaved {
		k := next.By[m.Validator]
		k.Conflicts++
		next.By[m.Validator] = k
	}
	return next
}

func (c *chain) readTurnout() (*turnout, error) {
	t := &turnout{}
	raw, err := c.position.Get(turnoutKey)
	if err != nil || raw == nil {
		return t, err
	}
	if err := json.Unmarshal(raw, t); err != nil {
		return nil, fmt.Errorf("read turnout: %w", err)
	}
	return t, nil
}
