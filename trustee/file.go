package trustee

import (
	"bytes"
	"encoding/json/v2"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"publica"
)

// A File keeps what nobody else may read, as JSON, mode 0600. It is written whole
// or not at all, and only as long as nobody else has written it meanwhile: programs
// that write it take turns by a lock on Path.lock, which is empty and stays. It is not
// safe for concurrent use.
type File struct {
	Path string

	last []byte // what stood there when it was read or written; nil: nothing
}

// Read reads the file into v, and reports whether there is one. It refuses a file
// that others may read, with code Forbidden.
func (f *File) Read(v any) (found bool, err error) {
	info, err := os.Stat(f.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read the secrets: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return false, publica.Problem(publica.Forbidden, "", f.Path+" can be read by others").WithHint("chmod 600 " + f.Path + "; think about who may have read it")
	}
	raw, err := os.ReadFile(f.Path)
	if err == nil {
		err = json.Unmarshal(raw, v)
	}
	if err != nil {
		return false, fmt.Errorf("read the secrets in %s: %w", f.Path, err)
	}
	f.last = raw
	return true, nil
}

// Write replaces the file by v; when it returns nil, v survives a crash. It fails
// with code Conflict if the file is not what was read or written here before: two
// programs that draw secrets for one trustee would lose those of one of them.
func (f *File) Write(v any) error {
	raw, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return fmt.Errorf("keep the secrets: %w", err)
	}
	raw = append(raw, '\n')
	unlock, err := lockFile(f.Path + ".lock")
	if err != nil {
		return fmt.Errorf("keep the secrets: %w", err)
	}
	defer unlock()
	now, err := os.ReadFile(f.Path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("keep the secrets: %w", err)
	}
	if !bytes.Equal(now, f.last) {
		return publica.Problem(publica.Conflict, "", f.Path+" was written by another program meanwhile").WithHint("see that one program alone acts for this trustee, then go on: nothing is lost")
	}
	if err := WritePrivate(f.Path, raw); err != nil {
		return fmt.Errorf("keep the secrets: %w", err)
	}
	f.last = raw
	return nil
}

// WritePrivate puts data in the place of a file, mode 0600, whole or not at all; when it
// returns nil, they survive a crash. What stood there does not matter: neither its mode,
// nor where it leads, if it is a link.
func WritePrivate(path string, data []byte) error {
	next := path + ".new"
	if err := os.Remove(next); err != nil && !errors.Is(err, fs.ErrNotExist) { // of a crash; its mode may be another
		return err
	}
	f, err := os.OpenFile(next, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(next, path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}
