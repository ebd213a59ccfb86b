package publica

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"net/http"
	"strconv"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/tlog"
)

// Checkpoint fetches the head of the log, verifies it under the policy, and
// checks that it continues the newest one seen (see [Client.Last]). If both are
// signed and contradict each other, the [Unverified] error has a [Fork] in its
// chain, also if too few signed the new one: keep it, it proves misconduct.
func (c *Client) Checkpoint(ctx context.Context) (*Checkpoint, error) {
	signed, now, unsigned := c.head(ctx)
	if signed == nil {
		return nil, unsigned
	}
	seen := c.Seen()
	if len(seen) > 0 {
		err := c.continues(ctx, seen, signed)
		if _, forked := errors.AsType[*Fork](err); forked || (err != nil && unsigned == nil) {
			return nil, err
		}
	}
	if unsigned != nil {
		return nil, unsigned
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if bytes.Equal(c.Last, seen) { // else another call moved it meanwhile
		c.Last = bytes.Clone(signed)
	}
	return now, nil
}

// head fetches the checkpoint, again for a moment while cosigners are missing:
// they sign just after the log. The note is nil on every error but [Unsigned].
func (c *Client) head(ctx context.Context) ([]byte, *Checkpoint, error) {
	for attempt := 1; ; attempt++ {
		signed, _, err := c.call(ctx, http.MethodGet, "/checkpoint", nil)
		if err != nil {
			return nil, nil, err
		}
		now, err := VerifyCheckpoint(signed, c.policy)
		if err == nil {
			return signed, now, nil
		}
		if _, unsigned := errors.AsType[*Unsigned](err); !unsigned {
			return nil, nil, err
		}
		if !c.young(err) || attempt == maxAttempts || sleep(ctx, pollInterval) != nil {
			return signed, nil, err
		}
	}
}

// continues checks that the log under the checkpoint now is the one seen
// before, with tiles of the larger of the two trees.
func (c *Client) continues(ctx context.Context, seen, now []byte) error {
	last, err := ParseCheckpoint(seen) // verified when it was kept, perhaps under the keys of that time
	if err != nil {
		return under("last", err)
	}
	if last.Register != c.policy.Register() {
		return Problem(Unverified, "last", "is of the log "+strconv.Quote(last.Register)+", not of "+c.policy.Register())
	}
	next, err := ParseCheckpoint(now)
	if err != nil {
		return err
	}
	behind := next.Tree.N < last.Tree.N
	older, newer := last, next
	if behind {
		older, newer = next, last
	}
	f := &Fork{Older: older.Note, Newer: newer.Note}
	switch {
	case older.Tree == newer.Tree:
		return nil
	case older.Tree.N == newer.Tree.N:
	case older.Tree.N == 0:
		return CheckConsistency(nil, next.Tree, last.Tree)
	default:
		err = f.prove(ctx, c, newer.Tree, older.Tree.N)
		if err != nil && !behind {
			return err
		}
		if err != nil || f.Prefix == older.Tree.Hash {
			return CheckConsistency(f.Path, next.Tree, last.Tree)
		}
	}
	contradiction := CheckConsistency(f.Path, newer.Tree, older.Tree)
	if _, err := f.Verify(c.policy); err != nil {
		return contradiction
	}
	e, _ := errors.AsType[*Error](contradiction)
	return &Error{Code: e.Code, Field: e.Field, Message: e.Message, Hint: e.Hint, Err: f}
}

// prove fills in what the newer tree begins with, read from the node's tiles,
// which must fit that tree.
func (f *Fork) prove(ctx context.Context, c *Client, newer tlog.Tree, size int64) error {
	tiles, err := c.tiles()
	if err != nil {
		return err
	}
	reader := torchwood.TileHashReaderWithContext(ctx, newer, tiles)
	if f.Prefix, err = tlog.TreeHash(size, reader); err != nil {
		return tileError(err)
	}
	if f.Path, err = tlog.ProveTree(newer.N, size, reader); err != nil {
		return tileError(err)
	}
	return nil
}

// tiles returns a fetcher of the node's tiles.
func (c *Client) tiles() (*torchwood.TileFetcher, error) {
	return torchwood.NewTileFetcher(c.base, torchwood.WithHTTPClient(c.client()),
		torchwood.WithUserAgent("publica"), torchwood.WithConcurrencyLimit(8))
}

func tileError(err error) error {
	return &Error{Code: Unverified, Field: "tiles", Message: "the node's tiles could not be read or do not fit its checkpoint", Err: err}
}

// A LogLeaf is a leaf at its place in the log.
type LogLeaf struct {
	Index int64
	Bytes []byte // canonical
	Leaf  *Leaf
	Entry *Entry // parsed, its signature verified; nil for system records and seals
}

// Leaves yields the leaves of the log under a verified checkpoint, beginning
// with index from. Each is proven to be in the tree, and each entry's signature
// is verified. The first error ends the sequence.
func (c *Client) Leaves(ctx context.Context, at *Checkpoint, from int64) iter.Seq2[LogLeaf, error] {
	return func(yield func(LogLeaf, error) bool) {
		if from >= at.Tree.N {
			return
		}
		if from < 0 {
			yield(LogLeaf{}, Problem(Invalid, "from", "is negative"))
			return
		}
		tiles, err := c.tiles()
		if err != nil {
			yield(LogLeaf{}, tileError(err))
			return
		}
		log, err := torchwood.NewClient(tiles)
		if err != nil {
			yield(LogLeaf{}, tileError(err))
			return
		}
		for i, raw := range log.AllEntries(ctx, at.Tree, from) {
			leaf, err := c.openLeaf(i, bytes.Clone(raw))
			if !yield(leaf, err) || err != nil {
				return
			}
		}
		if err := log.Err(); err != nil {
			yield(LogLeaf{}, tileError(err))
		}
	}
}

func (c *Client) openLeaf(index int64, raw []byte) (LogLeaf, error) {
	at := "leaf " + strconv.FormatInt(index, 10)
	leaf, err := ParseLeaf(raw)
	if err != nil {
		return LogLeaf{}, under(at, err)
	}
	l := LogLeaf{Index: index, Bytes: raw, Leaf: leaf}
	if leaf.Entry != nil {
		v := Verified{Signature: leaf.Signature}
		if err := v.entry(c.policy.Register(), at, leaf.Entry, nil); err != nil {
			return LogLeaf{}, err
		}
		l.Entry = v.Entry
	}
	return l, nil
}

// Changes yields what the log gained since index: the leaves from since up to a
// checkpoint fetched now, which it returns. Calling it again with the size of
// that checkpoint continues.
func (c *Client) Changes(ctx context.Context, since int64) (*Checkpoint, iter.Seq2[LogLeaf, error], error) {
	at, err := c.Checkpoint(ctx)
	if err != nil {
		return nil, nil, err
	}
	return at, c.Leaves(ctx, at, since), nil
}
