package ledger

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/cometbft/cometbft/config"
	"github.com/cometbft/cometbft/store"
)

// Forget drops the blocks and the state of a stopped node's engine, so that
// [Bootstrap] can set it to another height. The keys stay, and what they signed
// last. Cut off, it must be called again.
func Forget(dir string) error {
	e := engineConfig(Config{Dir: dir})
	var errs []error
	for _, name := range []string{filepath.Dir(e.Consensus.WalFile()), filepath.Join(e.DBDir(), "evidence.db"),
		filepath.Join(e.DBDir(), "blockstore.db"), filepath.Join(e.DBDir(), "state.db")} { // until the last, Reached says that it has begun
		errs = append(errs, os.RemoveAll(name))
	}
	return errors.Join(append(errs, syncDir(e.DBDir()))...)
}

// Reached returns how far the engine of the stopped node in dir has come: the
// height of its last block, or where [Bootstrap] has set it, and the root of the
// log on which that block was decided. The height is 0 if it has not begun.
func Reached(dir string) (height int64, root []byte, err error) {
	e := &engine{config: engineConfig(Config{Dir: dir})}
	if _, err := os.Stat(filepath.Join(e.config.DBDir(), "state.db")); os.IsNotExist(err) {
		return 0, nil, nil
	}
	defer e.closeStores()
	for _, id := range []string{"blockstore", "state"} {
		if _, err := e.openStore(&config.DBContext{ID: id, Config: e.config}); err != nil {
			return 0, nil, fmt.Errorf("open the engine's stores: %w", err)
		}
	}
	state, err := e.state().Load()
	if err != nil {
		return 0, nil, fmt.Errorf("read the engine's state: %w", err)
	}
	blocks := store.NewBlockStore(e.stores["blockstore"])
	last := blocks.LoadBlockMeta(blocks.Height())
	if last == nil {
		return state.LastBlockHeight, state.AppHash, nil
	}
	return last.Header.Height, last.Header.AppHash, nil
}
