package node

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"publica"
	"publica/internal/ledger"
	"publica/internal/machine"
)

// A Folder is where a node keeps all it has. Below it:
//
//	publica.toml     configuration
//	genesis.json     what the register starts from
//	validator.json   this node's card, for those who found or govern the register
//	keys/            one key for each purpose, mode 0600; see below
//	register/        log and state
//	content/         what entries commit to
//	intake/          what was promised and is not decided yet
//	engine/          consensus: the voting key, what it signed, recent blocks
//	evidence/        proof of what others did wrong
//	trustees/        keys and secrets of trustees, if the node makes them
//	readmodel.db     disposable; refilled from the log
//	control.sock     while the node runs: for publicad backup
//
// Its keys are
//
//	log.key          signs checkpoints as the log, in the register's name
//	cosign.key       cosigns checkpoints, Ed25519, in the node's name
//	cosign-pq.key    the same, ML-DSA-44
//	node.key         signs promises, and what content is held
//	intake.key       signs for people without a key
//	governor.key     speaks for the body in governance; need not stay here
//	founder.key      registers bodies; where the register was founded alone
type Folder struct {
	dir    string
	Config Config
}

func (f *Folder) path(elem ...string) string {
	return filepath.Join(append([]string{f.dir}, elem...)...)
}

// cosigners returns the node's cosigners: Ed25519, then ML-DSA-44.
func (f *Folder) cosigners() ([]*publica.Cosigner, error) {
	var all []*publica.Cosigner
	for _, name := range []string{"cosign", "cosign-pq"} {
		text, err := f.secret(name)
		if err != nil {
			return nil, err
		}
		c, err := publica.ParseCosignKey(string(text))
		if err != nil {
			return nil, fmt.Errorf("read %s.key: %w", name, err)
		}
		all = append(all, c)
	}
	return all, nil
}

// logKey reads the note key of that name ("log", "node") from keys/.
func (f *Folder) logKey(name string) (*publica.LogSigner, error) {
	text, err := f.secret(name)
	if err != nil {
		return nil, err
	}
	return publica.ParseLogKey(string(text))
}

// Key reads the private key of that name ("founder", "governor", "intake")
// from keys/.
func (f *Folder) Key(name string) (*publica.PrivateKey, error) {
	text, err := f.secret(name)
	if err != nil {
		return nil, err
	}
	return publica.ParsePrivateKey(text)
}

// secret reads a key file and refuses one that others may read.
func (f *Folder) secret(name string) ([]byte, error) {
	return readPrivate(f.path("keys", name+".key"))
}

// readPrivate reads a file and refuses one that others may read.
func readPrivate(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, publica.Problem(publica.NotFound, path, "is missing").WithHint("put the key back from a backup: nothing else signs in its place")
	}
	if err != nil {
		return nil, fmt.Errorf("read key: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, publica.Problem(publica.Forbidden, path, "can be read by others").WithHint("chmod 600 " + path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read key: %w", err)
	}
	return text, nil
}

// genesis reads genesis.json.
func (f *Folder) genesis() (*machine.Genesis, []byte, error) {
	raw, err := os.ReadFile(f.path("genesis.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, publica.Problem(publica.NotFound, f.path("genesis.json"), "is missing: this node does not know what the register starts from").
			WithHint("copy the genesis all operators agreed on to that place")
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read genesis: %w", err)
	}
	g := new(machine.Genesis)
	return g, raw, publica.DecodeStrict(raw, g, "genesis")
}

// Genesis returns what the register starts from.
func (f *Folder) Genesis() (*machine.Genesis, error) {
	g, _, err := f.genesis()
	return g, err
}

// Self returns the validator that a genesis lists under this node's name.
func (f *Folder) Self(g *machine.Genesis) (v machine.Validator, ok bool) {
	for i := range g.Validators {
		if g.Validators[i].Name == f.Config.NodeName() {
			return g.Validators[i], true
		}
	}
	return v, false
}

// peers returns who may connect to this node, and is dialled: the other
// validators, and the followers of the configuration.
func (f *Folder) peers(all []machine.Validator) []string {
	var peers []string
	for i := range all {
		if all[i].Name != f.Config.NodeName() {
			peers = append(peers, all[i].Peer+"@"+all[i].Address)
		}
	}
	return append(peers, f.Config.Peers.Followers...)
}

// public returns the public halves of the node's keys as the register knows
// them. Address, body, power and URL are not among them.
func (f *Folder) public() (v machine.Validator, err error) {
	keys, err := f.noteKeys()
	if err != nil {
		return v, err
	}
	id, err := ledger.LoadIdentity(f.dir)
	if err != nil {
		return v, err
	}
	v = f.named(keys)
	v.Consensus, v.Peer = id.Validator, id.Peer
	return v, nil
}

// votingKey returns the public key of this node's votes: the one in its folder,
// or the one that its card says a remote signer holds.
func (f *Folder) votingKey() ([]byte, error) {
	if f.Config.Signer == "" {
		id, err := ledger.LoadIdentity(f.dir)
		return id.Validator, err
	}
	card, err := ReadCard(f.path("validator.json"))
	if err != nil {
		return nil, err
	}
	return card.Validator.Consensus, nil
}

// named is public for the keys that sign notes.
func (f *Folder) named(keys *noteKeys) machine.Validator {
	v := machine.Validator{Name: f.Config.NodeName(), Log: keys.log.VKey(), Node: keys.node.VKey()}
	for _, c := range keys.cosign {
		v.Cosign = append(v.Cosign, c.VKey())
	}
	return v
}

// writeNew writes a file that must not exist and makes it durable.
func writeNew(path string, data []byte, mode fs.FileMode) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if errors.Is(err, fs.ErrExist) {
		return publica.Problem(publica.Conflict, path, "exists already").WithHint("nothing is overwritten: move it away, or use another folder")
	}
	if err != nil {
		return fmt.Errorf("write file: %w", err)
	}
	_, err = file.Write(data)
	return errors.Join(err, file.Sync(), file.Close())
}
