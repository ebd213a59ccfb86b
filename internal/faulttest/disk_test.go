package faulttest

import (
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// A disk is an ext4 file system in a file, mounted at dir.
type disk struct {
	image string
	dir   string
}

// newDisk makes and mounts a disk of that many bytes.
func newDisk(t testing.TB, size int64) *disk {
	t.Helper()
	needRoot(t)
	d := &disk{image: filepath.Join(t.TempDir(), "image"), dir: filepath.Join(t.TempDir(), "disk")}
	file, err := os.Create(d.image)
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(file.Truncate(size), file.Close(), os.Mkdir(d.dir, 0o700))
	if err != nil {
		t.Fatal(err)
	}
	err = firstError(
		// No share of the disk kept for root, and a journal that a small disk
		// can afford. Inode tables are written now, not by a thread later.
		func() error {
			return command("mkfs.ext4", "-q", "-F", "-m", "0", "-J", "size=4", "-E", "lazy_itable_init=0,lazy_journal_init=0", d.image)
		},
		d.mount,
		func() error { return os.Remove(filepath.Join(d.dir, "lost+found")) },
	)
	if err != nil {
		skip(t, "no disk can be mounted from a file here: "+err.Error())
	}
	t.Cleanup(func() {
		if err := command("umount", "-l", d.dir); err != nil {
			t.Error(err)
		}
	})
	return d
}

// mount mounts the disk. The loop device goes by itself when it is unmounted.
func (d *disk) mount() error {
	return command("mount", "-o", "loop,errors=remount-ro", d.image, d.dir)
}

// cut does what a power cut does: from now on nothing reaches the disk, and
// what was written and not synced is gone. Processes that use it go on and get
// errors; kill them, then call repair.
func (d *disk) cut() error {
	dir, err := os.Open(d.dir)
	if err != nil {
		return err
	}
	defer dir.Close()
	const (
		shutdown   = 0x8004587d // EXT4_IOC_SHUTDOWN of linux/fs/ext4: _IOR('X', 125, __u32)
		noLogFlush = 2          // EXT4_GOING_FLAGS_NOLOGFLUSH
	)
	if err := unix.IoctlSetPointerInt(int(dir.Fd()), shutdown, noLogFlush); err != nil {
		return fmt.Errorf("shut the file system down: %w", err)
	}
	return nil
}

// repair brings a disk back as a machine does when it starts after a power cut:
// check, replay the journal, mount. No process may have files open on it.
func (d *disk) repair() error {
	if err := command("umount", d.dir); err != nil {
		return err
	}
	err := command("e2fsck", "-p", d.image)
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() == 1 {
		err = nil // errors were found and corrected
	}
	if err != nil {
		return err
	}
	return d.mount()
}

// breakdown reports an error of the device to the file system, which turns
// read-only, as Linux does by default in most distributions. Repair cures it.
func (d *disk) breakdown() error {
	var st unix.Stat_t
	if err := unix.Stat(d.dir, &st); err != nil {
		return err
	}
	device, err := filepath.EvalSymlinks(fmt.Sprintf("/sys/dev/block/%d:%d", unix.Major(st.Dev), unix.Minor(st.Dev)))
	if err != nil {
		return err
	}
	return os.WriteFile("/sys/fs/ext4/"+filepath.Base(device)+"/trigger_fs_error", []byte("tested"), 0)
}

// free returns how many bytes can still be written.
func (d *disk) free() (int64, error) {
	var st unix.Statfs_t
	err := unix.Statfs(d.dir, &st)
	return int64(st.Bavail) * st.Bsize, err
}

// fill leaves about that many bytes free; release gives the rest back.
func (d *disk) fill(leave int64) error {
	f, err := os.OpenFile(d.ballast(), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	for most := int64(math.MaxInt64); ; {
		free, err := d.free()
		if err != nil || free <= leave {
			return err
		}
		info, err := f.Stat()
		if err != nil {
			return err
		}
		size := min(free-leave, most)
		err = unix.Fallocate(int(f.Fd()), 0, info.Size(), size)
		if err != nil && !errors.Is(err, unix.ENOSPC) {
			return err
		}
		if err != nil {
			// What is left is in pieces, or was taken meanwhile.
			if most = size / 2; most == 0 {
				return nil
			}
		}
	}
}

func (d *disk) release() error { return os.Remove(d.ballast()) }

func (d *disk) ballast() string { return filepath.Join(d.dir, "ballast") }
