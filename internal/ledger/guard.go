package ledger

import (
	"encoding/json/v2"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cometbft/cometbft/crypto"
	"github.com/cometbft/cometbft/privval"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	"github.com/cometbft/cometbft/types"

	"publica"
)

// restoredFile marks, in the engine's folder, a node that was restored.
const restoredFile = "restored.json"

// clockDoubt is how far clocks of honest validators may be apart.
const clockDoubt = 10 * time.Second

type restoredMark struct {
	At publica.Time `json:"at"`
}

// MarkRestored says that the node in dir was restored from a backup at that
// time, by this machine's clock: its former self, which is dead by then, may
// have voted since the backup was made. While the mark stands the node follows
// the chain and signs nothing. It goes, by itself, when a block has been
// committed whose time is more than ten seconds later; nothing at or below that
// block's height is ever signed.
//
// The reason: a block's time is the median of the votes for the block before
// it, so those were cast after the former self had died. It had seen no block
// of that height, and can have voted for one of that height, in an early round,
// but for none above.
//
// If more than a third of the power is restored at once nobody is left to make
// that block. Then the operators must make sure that every former self is dead
// and that none of them knows of a later block, and delete engine/restored.json
// on all of them.
func MarkRestored(dir string, at publica.Time) error {
	folder := filepath.Join(dir, "engine")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("make engine folder: %w", err)
	}
	b, err := json.Marshal(restoredMark{at})
	if err != nil {
		return err
	}
	path := filepath.Join(folder, restoredFile)
	if err := writeSynced(path+".new", b); err != nil {
		return fmt.Errorf("mark the node as restored: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("mark the node as restored: %w", err)
	}
	return syncDir(folder)
}

// restoredAt returns when the node was restored, zero if it was not.
func restoredAt(dir string) (at publica.Time, err error) {
	b, err := os.ReadFile(filepath.Join(dir, "engine", restoredFile))
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	var m restoredMark
	if err == nil {
		err = json.Unmarshal(b, &m)
	}
	if err != nil {
		return 0, fmt.Errorf("read the mark of a restored node: %w", err)
	}
	return m.At, nil
}

func writeSynced(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}

// guard stands between consensus and the validator's key. The key file keeps
// what was signed last, and by that alone a node that merely died and came back
// is safe. The guard adds what the file cannot know: that it is an old one.
type guard struct {
	key     types.PrivValidator
	file    *privval.FilePV // nil if the key is elsewhere
	address string          // of the key
	dir     string          // the node's folder
	log     *slog.Logger

	// When the node was restored, a [publica.Time], 0 if it was not or has seen
	// what it waited for. Changed under mu and read without it: a signature may
	// be long in coming from a signer elsewhere.
	restored atomic.Int64

	mu     sync.Mutex // guards all below
	floor  int64      // nothing at or below that height is signed
	signed int64      // height signed last
}

var errRestored = errors.New("this node was restored from a backup and signs nothing until it has seen a block that is younger")

func newGuard(dir string, key types.PrivValidator, log *slog.Logger) (*guard, error) {
	g := &guard{key: key, dir: dir, log: log, signed: math.MaxInt64}
	if g.file, _ = key.(*privval.FilePV); g.file != nil {
		g.signed = g.file.LastSignState.Height
	}
	pub, err := key.GetPubKey()
	if err != nil {
		return nil, fmt.Errorf("ask for the validator's key: %w", err)
	}
	g.address = Address(pub.Bytes())
	at, err := restoredAt(dir)
	g.restored.Store(int64(at))
	return g, err
}

// alone says that this node is the only validator: nobody else could make the
// block that a restored node waits for, or be misled by a second vote.
func (g *guard) alone(height int64) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.restored.Load() == 0 {
		return nil
	}
	return g.release(height)
}

// release lets a restored node sign above that height.
func (g *guard) release(height int64) error {
	if err := g.raise(height); err != nil {
		return err
	}
	if err := os.Remove(filepath.Join(g.dir, "engine", restoredFile)); err != nil {
		return fmt.Errorf("remove the mark of a restored node: %w", err)
	}
	g.restored.Store(0)
	g.log.Warn("the restored node votes again", "above", height)
	return nil
}

// waits reports whether nothing is signed because the node was restored, and
// the block time it waits for.
func (g *guard) waits() (until publica.Time, waits bool) {
	at := publica.Time(g.restored.Load())
	return at.Add(clockDoubt), at != 0
}

// committed hears of every committed block, before the engine asks for a
// signature at a greater height, and of the votes for the block before it.
func (g *guard) committed(height int64, at publica.Time, votes []Vote) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if until, waits := g.waits(); waits && at > until {
		return g.release(height)
	}
	// A vote of ours that we know nothing of: another node has our key, or our
	// signing state is older than it seems. What it may have signed besides,
	// at that height, must not be contradicted.
	for _, v := range votes {
		if v.Validator == g.address && v.Signed && height-1 > max(g.signed, g.floor) && g.restored.Load() == 0 {
			g.log.Error("a block carries a vote with this validator's key that this node did not cast; does another node use the key?", "height", height-1)
			return g.raise(height - 1)
		}
	}
	return nil
}

// raise makes sure, durably, that nothing at or below that height is signed.
func (g *guard) raise(height int64) error {
	g.floor = max(g.floor, height)
	if g.file == nil || g.file.LastSignState.Height > height {
		return nil
	}
	last := &g.file.LastSignState
	last.Height, last.Round, last.Step, last.Signature, last.SignBytes = height, math.MaxInt32, 3, nil, nil
	last.Save()
	return syncDir(filepath.Join(g.dir, "engine", "data"))
}

// may reports why nothing may be signed at that height.
func (g *guard) may(height int64) error {
	switch {
	case g.restored.Load() != 0:
		return errRestored
	case height <= g.floor:
		return fmt.Errorf("nothing is signed up to height %d: it may have been signed before", g.floor)
	}
	return nil
}

// done makes the signing state as durable as a rename is not by itself.
func (g *guard) done(height int64, err error) error {
	if err != nil || g.file == nil {
		return err
	}
	g.signed = max(g.signed, height)
	return syncDir(filepath.Join(g.dir, "engine", "data"))
}

func (g *guard) GetPubKey() (crypto.PubKey, error) { return g.key.GetPubKey() }

func (g *guard) SignVote(chain string, v *cmtproto.Vote) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.may(v.Height); err != nil {
		return err
	}
	return g.done(v.Height, g.key.SignVote(chain, v))
}

func (g *guard) SignProposal(chain string, p *cmtproto.Proposal) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.may(p.Height); err != nil {
		return err
	}
	return g.done(p.Height, g.key.SignProposal(chain, p))
}

// Close ends a remote signer's connection; the engine calls it.
func (g *guard) Close() error {
	if c, ok := g.key.(io.Closer); ok {
		return c.Close()
	}
	return nil
}
