package node

import (
	"context"
	"encoding/json/v2"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"publica"
)

// A Manifest says what a backup holds. It is backup.json in it, written last:
// a folder without one is no backup.
//
// A backup has the form of a node's folder: what the operator wrote, all keys
// but the voting key, log and state, content, what was promised and not decided.
// Signing state is never in it: a validator that went on from an old one could
// vote twice at one height.
type Manifest struct {
	Register string       `json:"register"`
	Node     string       `json:"node"`   // full name
	Height   int64        `json:"height"` // of the last block in it
	Block    publica.Time `json:"block"`  // time of that block
	Size     int64        `json:"size"`   // leaves of the log
	Root     publica.Hash `json:"root"`   // of the log
	Time     publica.Time `json:"time"`   // when it was made, by the node's clock
	Alone    bool         `json:"alone"`  // this node decided alone: nobody else has what came later
}

// copied lists what of a folder a backup takes file by file. The node's key
// among peers goes with it, its voting key does not.
var copied = []string{"publica.toml", "genesis.json", "validator.json", "keys/*.key", "evidence/*", "engine/config/node_key.json", "intake/*.seg"}

// Backup copies a node, stopped or running, to a folder that is empty or does
// not exist. A running node makes the copy itself, and goes on meanwhile.
func Backup(ctx context.Context, f *Folder, to string, now time.Time) (m *Manifest, err error) {
	if to, err = filepath.Abs(to); err != nil {
		return nil, fmt.Errorf("name the backup's folder: %w", err)
	}
	if m, running, err := f.askForBackup(ctx, to); running {
		return m, err
	}
	err = offline(f, func(c *chain) (err error) {
		m, err = c.backup(f, to, now)
		return err
	})
	return m, err
}

// backup makes the copy. What moves from one store to the next is copied from
// the former first: an entry is in the intake until it is on the log, and
// content stays once the log counts on it. So whatever was promised before the
// backup began is in it.
func (c *chain) backup(f *Folder, to string, now time.Time) (*Manifest, error) {
	if err := makeEmpty(to); err != nil {
		return nil, err
	}
	for _, pattern := range copied {
		if err := copyMatching(f.dir, to, pattern); err != nil {
			return nil, fmt.Errorf("back up: %w", err)
		}
	}
	if err := c.db.Checkpoint(filepath.Join(to, "register")); err != nil {
		return nil, err
	}
	if err := c.content.Checkpoint(filepath.Join(to, "content")); err != nil {
		return nil, err
	}
	m, err := look(&Folder{dir: to, Config: f.Config})
	if err != nil {
		return nil, fmt.Errorf("read the backup that was made: %w", err)
	}
	m.Time = publica.TimeOf(now)
	raw, err := encode(m)
	if err != nil {
		return nil, err
	}
	return m, errors.Join(writeNew(filepath.Join(to, "backup.json"), raw, 0o644), syncDir(to))
}

// look opens log and state of a stopped folder and says what they hold.
func look(f *Folder) (m *Manifest, err error) {
	err = offline(f, func(c *chain) error {
		h := c.head.Load()
		m = &Manifest{Register: f.Config.Register, Node: f.Config.NodeName(), Height: h.Height, Block: h.Time, Size: h.tree.N, Root: publica.Hash(h.tree.Hash), Alone: h.alone()}
		return nil
	})
	return m, err
}

// makeEmpty makes a folder for this node's eyes only, and refuses one that
// holds anything.
func makeEmpty(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	inside, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("look into folder: %w", err)
	}
	if len(inside) > 0 {
		return publica.Problem(publica.Conflict, dir, "is not empty").WithHint("name a new folder; nothing is overwritten")
	}
	return nil
}

// copyMatching copies files from one folder to the same place in another, with
// their modes. One that vanishes meanwhile was a segment of the intake, and all
// in it is on the log.
func copyMatching(from, to, pattern string) error {
	paths, err := filepath.Glob(filepath.Join(from, pattern))
	if err != nil {
		return err
	}
	for _, path := range paths {
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if err := copyFile(path, filepath.Join(to, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// copyFile copies a file with its mode to a place where there is none, durably.
func copyFile(from, to string) error {
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	info, err := src.Stat()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	dst, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, info.Mode().Perm())
	if err != nil {
		return err
	}
	_, err = io.Copy(dst, src)
	return errors.Join(err, dst.Sync(), dst.Close())
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// readManifest reads what a backup says it holds.
func readManifest(dir string) (*Manifest, error) {
	raw, err := os.ReadFile(filepath.Join(dir, "backup.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, publica.Problem(publica.NotFound, dir, "is no backup, or one that was cut off: backup.json is missing").
			WithHint("make one with: publicad backup --home DIR --to DIR")
	}
	if err != nil {
		return nil, fmt.Errorf("read backup: %w", err)
	}
	m := new(Manifest)
	return m, json.Unmarshal(raw, m)
}

// copyTree copies a folder into an empty one.
func copyTree(from, to string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		return copyFile(path, filepath.Join(to, strings.TrimPrefix(path, from)))
	})
}
