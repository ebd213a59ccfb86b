//go:build unix

package trustee

import (
	"fmt"
	"os"
	"syscall"

	"publica"
)

// syncFolder makes a rename in a folder durable.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// lockFolder holds a folder for this process until unlock, and fails with code
// Conflict while another process holds it. The lock ends with the process.
func lockFolder(dir string) (unlock func() error, err error) {
	d, err := os.Open(dir)
	if err != nil {
		return nil, fmt.Errorf("open the folder of secrets: %w", err)
	}
	if err := syscall.Flock(int(d.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		d.Close()
		return nil, publica.Problem(publica.Conflict, "secrets", dir+" is used by another trustee that runs").WithHint("give each trustee a folder of its own, and run it once")
	}
	return d.Close, nil
}

// lockFile waits until no other program holds a file, which it makes, and holds it
// until unlock.
func lockFile(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		f.Close()
		return nil, err
	}
	return func() { f.Close() }, nil
}
