package ledger

import (
	"fmt"

	"github.com/cometbft/cometbft/config"
	"github.com/cometbft/cometbft/crypto/ed25519"
	sm "github.com/cometbft/cometbft/state"

	"publica"
)

// BootstrapAlone prepares a node whose register it runs alone to go on after a
// block though the engine has no blocks: nobody has them, since its folder was
// restored from a backup. After is the time of the last block. The engine then
// begins its chain above that height, from the register as it stands.
//
// The error has code conflict if the engine has blocks, or the genesis names
// several validators: then [Bootstrap] gets the engine's state from the others.
func BootstrapAlone(c Config, height int64, root []byte, after publica.Time) error {
	if err := c.fill(); err != nil {
		return err
	}
	e := &engine{config: engineConfig(c)}
	defer e.closeStores()
	pv, _, err := loadKeys(c.Dir, e.config)
	if err != nil {
		return err
	}
	doc, err := genesisDoc(c, ed25519.PubKey(pv.Key.PubKey.Bytes()))
	if err != nil {
		return err
	}
	if len(doc.Validators) > 1 {
		return publica.Problem(publica.Conflict, "", "several validators run this register").WithHint("get the engine's state from the others: publicad join")
	}
	if _, err := e.openStore(&config.DBContext{ID: "blockstore", Config: e.config}); err != nil {
		return fmt.Errorf("open the engine's blocks: %w", err)
	}
	if _, err := e.openStore(&config.DBContext{ID: "state", Config: e.config}); err != nil {
		return fmt.Errorf("open the engine's state: %w", err)
	}
	if old, err := e.state().Load(); err != nil || !old.IsEmpty() {
		return publica.Problem(publica.Conflict, "", "the engine in "+c.Dir+" has blocks already")
	}
	doc.InitialHeight, doc.AppHash = height+1, root
	doc.GenesisTime = max(publica.TimeOf(c.Now()), after+1).Std() // of the first block
	state, err := sm.MakeGenesisState(doc)
	if err != nil {
		return fmt.Errorf("make the engine's state: %w", err)
	}
	if err := e.state().Save(state); err != nil {
		return fmt.Errorf("write the engine's state: %w", err)
	}
	return nil
}
