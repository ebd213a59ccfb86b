package ledger

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/cometbft/cometbft/config"
	"github.com/cometbft/cometbft/crypto/ed25519"
	cmtmath "github.com/cometbft/cometbft/libs/math"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	sm "github.com/cometbft/cometbft/state"
	"github.com/cometbft/cometbft/store"
	"github.com/cometbft/cometbft/types"

	"publica"
)

// maxLightBlock is how many bytes a light block may have.
const maxLightBlock = 1 << 20

// An Anchor is where the register stands after the block at a height, as the
// log says.
type Anchor struct {
	Height     int64
	Root       []byte  // of the log after that block
	Validators []Power // as the law has them after that block
}

// LightBlock returns what [Bootstrap] needs of the block at a height: its
// header, the votes for it, and the validators of that height and of the next.
// The error is NotFound if the block is not there yet, or not kept any more
// ([Config.Keep]).
//
// The bytes are the length (4 bytes, big endian) of the engine's protobuf
// LightBlock, that, and its protobuf ValidatorSet for the next height.
func (l *Ledger[P]) LightBlock(height int64) ([]byte, error) {
	if l.stopping.Load() {
		return nil, errStopped
	}
	blocks, states := l.engine.BlockStore(), l.engine.state()
	meta := blocks.LoadBlockMeta(height)
	commit := blocks.LoadBlockCommit(height)
	if commit == nil && height == blocks.Height() {
		commit = blocks.LoadSeenCommit(height)
	}
	validators, err := states.LoadValidators(height)
	next, err2 := states.LoadValidators(height + 1)
	if meta == nil || commit == nil || err != nil || err2 != nil {
		return nil, publica.Problem(publica.NotFound, "height", fmt.Sprintf("%d is not among the blocks kept, %d to %d", height, blocks.Base(), blocks.Height())).
			WithHint("ask for a later block, or again in a second if it is the next one")
	}
	block, err := (&types.LightBlock{SignedHeader: &types.SignedHeader{Header: &meta.Header, Commit: commit}, ValidatorSet: validators}).ToProto()
	if err != nil {
		return nil, fmt.Errorf("light block %d: %w", height, err)
	}
	first, err := block.Marshal()
	if err != nil {
		return nil, fmt.Errorf("light block %d: %w", height, err)
	}
	set, err := next.ToProto()
	if err != nil {
		return nil, fmt.Errorf("light block %d: %w", height, err)
	}
	second, err := set.Marshal()
	if err != nil {
		return nil, fmt.Errorf("light block %d: %w", height, err)
	}
	return append(append(binary.BigEndian.AppendUint32(nil, uint32(len(first))), first...), second...), nil
}

// lightBlock is a parsed light block.
type lightBlock struct {
	*types.LightBlock
	next *types.ValidatorSet // validators of the next height
}

// parseLightBlock parses a light block and checks that its parts belong
// together. Whether its validators are to be believed is left to the caller.
func parseLightBlock(b []byte, chain string, height int64) (*lightBlock, error) {
	if len(b) < 4 || len(b) > maxLightBlock {
		return nil, errors.New("too short or too long")
	}
	n := int64(binary.BigEndian.Uint32(b))
	b = b[4:]
	if n > int64(len(b)) {
		return nil, errors.New("cut off")
	}
	var (
		block cmtproto.LightBlock
		set   cmtproto.ValidatorSet
	)
	if err := errors.Join(block.Unmarshal(b[:n]), set.Unmarshal(b[n:])); err != nil {
		return nil, err
	}
	parsed, err := types.LightBlockFromProto(&block)
	if err != nil {
		return nil, err
	}
	if err := parsed.ValidateBasic(chain); err != nil { // the validators' hash too
		return nil, err
	}
	next, err := types.ValidatorSetFromProto(&set)
	if err != nil {
		return nil, err
	}
	switch {
	case parsed.Height != height:
		return nil, fmt.Errorf("it is of height %d", parsed.Height)
	case !bytes.Equal(next.Hash(), parsed.NextValidatorsHash):
		return nil, errors.New("the next validators are not those of the header")
	}
	if err := parsed.ValidatorSet.VerifyCommitLight(chain, parsed.Commit.BlockID, height, parsed.Commit); err != nil {
		return nil, err
	}
	return &lightBlock{parsed, next}, nil
}

// Bootstrap prepares a node that has the register's state and log after a
// block, but none of the engine's blocks, to go on from there: Start then gets
// the blocks above from peers. The engine's stores must be empty; keys in the
// folder stay.
//
// Light is asked for the light blocks at the anchor's height and the next one,
// and again each second while it says NotFound, until ctx is done. After a
// block that changed the log the next one always comes at once, so an anchor at
// a seal is a good one. Nothing is believed that the log does not say: the next
// block must carry the anchor's root, be signed by more than two thirds of the
// power of the anchor's validators, and name exactly these as the validators
// of the block after it. If validators changed just there the first of these
// may fail; then another anchor will do. Only the order in which validators
// take turns at proposing is taken on trust: a wrong one delays this node and
// misleads nobody.
//
// Errors have code conflict (the stores are not empty), unverified, or those of
// light.
func Bootstrap(ctx context.Context, c Config, a Anchor, light func(ctx context.Context, height int64) ([]byte, error)) error {
	if err := c.fill(); err != nil {
		return err
	}
	e := &engine{config: engineConfig(c)}
	pv, _, err := loadKeys(c.Dir, e.config)
	if err != nil {
		return err
	}
	doc, err := genesisDoc(c, ed25519.PubKey(pv.Key.PubKey.Bytes()))
	if err != nil {
		return err
	}
	last, err := askLight(ctx, light, doc.ChainID, a.Height)
	if err != nil {
		return err
	}
	current, err := askLight(ctx, light, doc.ChainID, a.Height+1)
	if err != nil {
		return err
	}
	if err := a.verify(doc, last, current); err != nil {
		return &publica.Error{Code: publica.Unverified, Message: fmt.Sprintf("the engine's blocks at height %d do not belong to this log", a.Height), Err: err,
			Hint: "ask another node, or take a later point of the log"}
	}
	defer e.closeStores()
	return e.found(c.Dir, doc, last, current)
}

// askLight gets and checks a light block.
func askLight(ctx context.Context, light func(context.Context, int64) ([]byte, error), chain string, height int64) (*lightBlock, error) {
	b, err := light(ctx, height)
	for ; publica.CodeOf(err) == publica.NotFound && ctx.Err() == nil; b, err = light(ctx, height) {
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(time.Second):
		}
	}
	if err != nil {
		return nil, fmt.Errorf("get light block %d: %w", height, err)
	}
	block, err := parseLightBlock(b, chain, height)
	if err != nil {
		return nil, &publica.Error{Code: publica.Unverified, Message: fmt.Sprintf("light block %d does not verify", height), Err: err, Hint: "ask another node"}
	}
	return block, nil
}

// verify checks that the log says what the light blocks do.
func (a *Anchor) verify(doc *types.GenesisDoc, last, current *lightBlock) error {
	var validators []*types.Validator
	for _, p := range a.Validators {
		if len(p.Key) != ed25519.PubKeySize || p.Power <= 0 {
			return fmt.Errorf("the log names a validator with a key of %d bytes and power %d", len(p.Key), p.Power)
		}
		validators = append(validators, types.NewValidator(ed25519.PubKey(p.Key), p.Power))
	}
	if len(validators) == 0 {
		return errors.New("the log names no validators")
	}
	named := types.NewValidatorSet(validators)
	switch {
	case !bytes.Equal(current.AppHash, a.Root):
		return fmt.Errorf("block %d follows another root", current.Height)
	case !bytes.Equal(current.ConsensusHash, doc.ConsensusParams.Hash()):
		return errors.New("the chain has other parameters than this node's configuration")
	case !bytes.Equal(current.NextValidatorsHash, named.Hash()):
		return errors.New("the validators are not those that the log names")
	case !current.LastBlockID.Equals(last.Commit.BlockID):
		return errors.New("the blocks do not follow each other")
	case !bytes.Equal(current.ValidatorsHash, last.NextValidatorsHash):
		return errors.New("the validators do not follow each other")
	}
	twoThirds := cmtmath.Fraction{Numerator: 2, Denominator: 3}
	return named.VerifyCommitLightTrusting(doc.ChainID, current.Commit, twoThirds)
}

// found fills the engine's stores.
func (e *engine) found(dir string, doc *types.GenesisDoc, last, current *lightBlock) error {
	blockDB, err := e.openStore(&config.DBContext{ID: "blockstore", Config: e.config})
	if err != nil {
		return fmt.Errorf("open the engine's blocks: %w", err)
	}
	blocks := store.NewBlockStore(blockDB)
	if _, err := e.openStore(&config.DBContext{ID: "state", Config: e.config}); err != nil {
		return fmt.Errorf("open the engine's state: %w", err)
	}
	states := e.state()
	old, err := states.Load()
	if err != nil {
		return fmt.Errorf("read the engine's state: %w", err)
	}
	if !blocks.IsEmpty() || !old.IsEmpty() {
		return publica.Problem(publica.Conflict, "", "the engine in "+dir+" has blocks already").
			WithHint("start the node: it gets what it misses from its peers")
	}
	state := sm.State{
		ChainID:       doc.ChainID,
		InitialHeight: doc.InitialHeight,

		LastBlockHeight: last.Height,
		LastBlockID:     last.Commit.BlockID,
		LastBlockTime:   last.Time,

		LastValidators:              last.ValidatorSet,
		Validators:                  current.ValidatorSet,
		NextValidators:              current.next,
		LastHeightValidatorsChanged: current.Height + 1,

		ConsensusParams:                  *doc.ConsensusParams,
		LastHeightConsensusParamsChanged: current.Height,

		AppHash:         current.AppHash,
		LastResultsHash: current.LastResultsHash,
	}
	state.Version = sm.InitStateVersion
	state.Version.Consensus = current.Version
	if err := states.Bootstrap(state); err != nil {
		return fmt.Errorf("write the engine's state: %w", err)
	}
	if err := blocks.SaveSeenCommit(last.Height, last.Commit); err != nil {
		return fmt.Errorf("write the votes for block %d: %w", last.Height, err)
	}
	return nil
}
