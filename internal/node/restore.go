package node

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"publica"
	"publica/internal/ledger"
)

// Restoration says how a backup becomes a node again.
type Restoration struct {
	// SigningKey is the file of the voting key, kept apart from backups; "" if
	// it is lost or with a remote signer. Then the node follows until the
	// register admits its new key.
	SigningKey string
	// AcceptLoss says that the operator of a register that one node runs knows
	// that what came after the backup is lost, and receipts for it will
	// contradict the log.
	AcceptLoss bool
	Now        time.Time // when the former node was dead for certain
}

// Restore makes a node's folder of a backup. The folder must be empty or not
// exist. Log and state are compared with what the backup says of itself;
// everything else is for [Check]. The engine starts empty and votes for nothing
// until it has seen a block that is younger than Now: the former node may have
// voted after the backup was made.
func Restore(from, home string, r Restoration) (f *Folder, m *Manifest, err error) {
	if m, err = readManifest(from); err != nil {
		return nil, nil, err
	}
	cfg, err := readConfig(filepath.Join(from, "publica.toml"), os.Getenv)
	if err != nil {
		return nil, nil, err
	}
	if m.Alone && r.SigningKey == "" && cfg.Signer == "" {
		return nil, nil, publica.Problem(publica.Forbidden, "--signing-key", "is missing: no other key decides blocks of "+m.Register).
			WithHint("it is the file engine/config/priv_validator_key.json of the former node")
	}
	if m.Alone && !r.AcceptLoss {
		return nil, nil, publica.Problem(publica.Forbidden, "", "no other node has what "+m.Register+" recorded after "+m.Time.String()+
			": it would be lost, and every receipt for it would prove that this log was cut off").
			WithHint("if nothing newer can be found: --accept-loss, and say so in the open")
	}
	if err := makeEmpty(home); err != nil {
		return nil, nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(home)) // it was empty
		}
	}()
	if err := copyTree(from, home); err != nil {
		return nil, nil, fmt.Errorf("restore: %w", err)
	}
	if err := os.Remove(filepath.Join(home, "backup.json")); err != nil {
		return nil, nil, fmt.Errorf("restore: %w", err)
	}
	if f, err = OpenFolder(home); err != nil {
		return nil, nil, err
	}
	found, err := look(f)
	if err != nil {
		return nil, nil, err
	}
	if found.Register != m.Register || found.Node != m.Node || found.Height != m.Height || found.Size != m.Size || found.Root != m.Root {
		return nil, nil, publica.Problem(publica.Unverified, "backup.json",
			fmt.Sprintf("says %s at height %d with %d leaves and the root %s; what lies beside it is %s at height %d with %d leaves and the root %s",
				m.Node, m.Height, m.Size, m.Root, found.Node, found.Height, found.Size, found.Root)).
			WithHint("the backup is damaged or mixed: use another one")
	}
	if err := f.restoreEngine(r); err != nil || !m.Alone {
		return f, m, err
	}
	return f, m, f.goOnAlone(m)
}

// restoreEngine marks the node before there is a key to vote with, then puts
// the key in place, or makes one and says so on the node's card.
func (f *Folder) restoreEngine(r Restoration) error {
	if err := ledger.MarkRestored(f.dir, publica.TimeOf(r.Now)); err != nil {
		return err
	}
	if r.SigningKey != "" {
		place := f.path("engine", "config", "priv_validator_key.json")
		if err := errors.Join(copyFile(r.SigningKey, place), os.Chmod(place, 0o600)); err != nil {
			return fmt.Errorf("put the voting key in place: %w", err)
		}
	}
	if f.Config.Signer != "" {
		return nil
	}
	id, err := ledger.LoadIdentity(f.dir)
	if err != nil {
		return err
	}
	return f.AmendCard(func(c *Card) { c.Validator.Consensus = id.Validator })
}

// goOnAlone prepares the engine of a register that nobody else has blocks of.
func (f *Folder) goOnAlone(m *Manifest) error {
	g, raw, err := f.genesis()
	if err != nil {
		return err
	}
	return ledger.BootstrapAlone(ledger.Config{Dir: f.dir, Register: f.Config.Register, Genesis: raw, GenesisTime: g.Time, Validators: founding(g)},
		m.Height, m.Root[:], m.Block)
}

// KnownPolicy believes the validators that a stopped node's own log names.
func KnownPolicy(f *Folder) (p *publica.Policy, err error) {
	keys, err := f.noteKeys()
	if err != nil {
		return nil, err
	}
	err = offline(f, func(c *chain) (err error) {
		p, err = publica.ParsePolicy([]byte(suggestedPolicy(f.Config.Register, keys.log.VKey(), keys.node.VKey(), c.head.Load().validators, nil)))
		return err
	})
	return p, err
}
