package node

import (
	"crypto/rand"
	"encoding/json/v2"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/pelletier/go-toml/v2"

	"publica"
	"publica/internal/machine"
)

// A Folder is where a node keeps all it has. Below it:
//
//	publica.toml     configuration
//	genesis.json     what the register starts from
//	keys/            log.key node.key intake.key founder.key, mode 0600
//	register/        log and state
//	content/         what entries commit to
//	intake/          what was promised and is not decided yet
//	engine/          consensus
//	readmodel.db     disposable; refilled from the log
type Folder struct {
	dir    string
	Config Config
}

// Config is publica.toml. Every field can be overridden by an environment
// variable PUBLICA_<FIELD> in upper case.
type Config struct {
	Register string `toml:"register" comment:"the register's name; part of every signed byte"`
	Listen   string `toml:"listen" comment:"address of the web server"`
	Title    string `toml:"title" comment:"what pages call this register"`
	Operator string `toml:"operator" comment:"who runs this node, as shown on the validators page"`
}

func (f *Folder) path(elem ...string) string {
	return filepath.Join(append([]string{f.dir}, elem...)...)
}

// DefaultSilence is how long a register may be silent before it seals anyway.
const DefaultSilence = 5 * time.Minute

// Found makes a folder for a new register: configuration, keys, genesis. It
// refuses a folder that has one.
func Found(dir string, cfg Config, now time.Time) (*Folder, error) {
	f := &Folder{dir: dir, Config: cfg}
	if !publica.ValidRegister(cfg.Register) {
		return nil, publica.Problem(publica.Invalid, "register", "is not a register name").
			WithHint(`a register name looks like "register.example.org"`)
	}
	if _, err := os.Stat(f.path("genesis.json")); err == nil {
		return nil, publica.Problem(publica.Conflict, "", dir+" holds a register already").
			WithHint("serve it with: publicad serve --home " + dir)
	}
	if err := os.MkdirAll(f.path("keys"), 0o700); err != nil {
		return nil, fmt.Errorf("found register: %w", err)
	}
	for _, name := range []string{"log", "node"} {
		signer := cfg.Register
		if name == "node" {
			signer = "node1." + cfg.Register
		}
		text, err := publica.NewLogKey(signer, rand.Reader)
		if err != nil {
			return nil, err
		}
		if err := writeNew(f.path("keys", name+".key"), []byte(text+"\n"), 0o600); err != nil {
			return nil, err
		}
	}
	g := machine.Genesis{Register: cfg.Register, Silence: DefaultSilence.Milliseconds(), Time: publica.TimeOf(now), Version: machine.RulesVersion}
	for name, ids := range map[string]*[]publica.KeyID{"founder": &g.Founders, "intake": &g.Intake} {
		k, err := publica.GenerateKey(publica.Ed25519)
		if err != nil {
			return nil, err
		}
		text, err := k.MarshalText()
		if err != nil {
			return nil, err
		}
		if err := writeNew(f.path("keys", name+".key"), text, 0o600); err != nil {
			return nil, err
		}
		*ids = append(*ids, k.ID())
	}
	text, err := toml.Marshal(cfg)
	if err != nil {
		return nil, fmt.Errorf("write configuration: %w", err)
	}
	if err := writeNew(f.path("publica.toml"), text, 0o644); err != nil {
		return nil, err
	}
	raw, err := json.Marshal(&g, json.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("write genesis: %w", err)
	}
	return f, writeNew(f.path("genesis.json"), append(raw, '\n'), 0o644)
}

// writeNew writes a file that must not exist and makes it durable.
func writeNew(path string, data []byte, mode fs.FileMode) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return fmt.Errorf("found register: %w", err)
	}
	_, err = file.Write(data)
	return errors.Join(err, file.Sync(), file.Close())
}

// OpenFolder reads the configuration of an existing folder.
func OpenFolder(dir string) (*Folder, error) {
	f := &Folder{dir: dir}
	raw, err := os.ReadFile(f.path("publica.toml"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, publica.Problem(publica.NotFound, "home", dir+" holds no register").
			WithHint("found one with: publicad found --home " + dir + " --register register.example.org")
	}
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	if err := toml.Unmarshal(raw, &f.Config); err != nil {
		return nil, fmt.Errorf("read %s: %w", f.path("publica.toml"), err)
	}
	for name, field := range map[string]*string{"PUBLICA_LISTEN": &f.Config.Listen, "PUBLICA_TITLE": &f.Config.Title, "PUBLICA_OPERATOR": &f.Config.Operator} {
		if v := os.Getenv(name); v != "" {
			*field = v
		}
	}
	return f, nil
}

// genesis reads genesis.json.
func (f *Folder) genesis() (*machine.Genesis, []byte, error) {
	raw, err := os.ReadFile(f.path("genesis.json"))
	if err != nil {
		return nil, nil, fmt.Errorf("read genesis: %w", err)
	}
	g := new(machine.Genesis)
	return g, raw, publica.DecodeStrict(raw, g, "genesis")
}

// Key reads the private key of that name ("founder", "intake") from keys/.
func (f *Folder) Key(name string) (*publica.PrivateKey, error) {
	text, err := f.secret(name)
	if err != nil {
		return nil, err
	}
	return publica.ParsePrivateKey(text)
}

// logKey reads the note key of that name ("log", "node") from keys/.
func (f *Folder) logKey(name string) (*publica.LogSigner, error) {
	text, err := f.secret(name)
	if err != nil {
		return nil, err
	}
	return publica.ParseLogKey(string(text))
}

// secret reads a key file and refuses one that others may read.
func (f *Folder) secret(name string) ([]byte, error) {
	path := f.path("keys", name+".key")
	info, err := os.Stat(path)
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
