package faulttest

import (
	"errors"
	"fmt"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// programs is where TestMain has built publicad and publica; set in the inner
// process.
var programs = os.Getenv("FAULTS_PROGRAMS")

// powerless says why no fault can be injected here, empty if all can.
var powerless string

// TestMain runs twice. The outer process builds the programs and starts itself
// again with mounts and a network of its own; the inner one runs the tests.
// What they mount, loop back or bridge is gone when the inner process is,
// killed or not.
func TestMain(m *testing.M) {
	if programs != "" {
		if err := enter(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(m.Run())
	}
	if os.Getuid() != 0 {
		powerless = "faults are injected by root only"
		os.Exit(m.Run())
	}
	status, err := again()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		status = 1
	}
	os.Exit(status)
}

// again builds the programs and runs this test in new namespaces.
func again() (status int, err error) {
	dir, err := os.MkdirTemp("", "faults-*")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	if err := build(filepath.Join(dir, "plain")); err != nil {
		return 0, err
	}
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
	cmd.Env = append(os.Environ(), "FAULTS_PROGRAMS="+dir, "TMPDIR="+dir) // so that all of it goes with dir
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	err = cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return max(exit.ExitCode(), 1), nil
	}
	return 0, err
}

// enter makes the new namespaces usable: mounts stay in here, the loopback
// interface is up.
func enter() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("keep mounts to ourselves: %w", err)
	}
	return ip("link", "set", "lo", "up")
}

// build builds both programs into dir, with these flags more.
func build(dir string, flags ...string) error {
	args := append([]string{"build", "-trimpath", "-o", dir + "/"}, flags...)
	if os.Getenv("FAULTS_RACE") != "" {
		args = append(args, "-race")
	}
	cmd := exec.Command("go", append(args, "publica/cmd/...")...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go %s: %w\n%s", strings.Join(cmd.Args[1:], " "), err, out)
	}
	return nil
}

// needRoot skips a test that cannot inject its fault here.
func needRoot(t testing.TB) {
	t.Helper()
	if powerless != "" {
		skip(t, powerless)
	}
}

// skip skips a test and puts the reason into the report: a fault that was not
// injected must not look survived.
func skip(t testing.TB, reason string) {
	t.Helper()
	report(t, "skipped: %s", reason)
	t.Skip(reason)
}

// report adds a line to the report.
func report(t testing.TB, format string, args ...any) {
	t.Helper()
	line := fmt.Sprintf(format, args...)
	t.Log(line)
	path := os.Getenv("FAULTS_REPORT")
	if path == "" {
		return
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	fmt.Fprintf(f, "%s: %s\n", t.Name(), line)
}

// often yields so many rounds of a fault: FAULTS_name of them, else as usual, a
// tenth of that with -short. FAULTS_MINUTES ends them early. The report says
// how many there were.
func (r *Register) often(name string, usual int, what string) iter.Seq[int] {
	r.t.Helper()
	most := usual
	if testing.Short() {
		most = max(usual/10, 1)
	}
	most = int(setting(r.t, "FAULTS_"+name, int64(most)))
	until := time.Now().Add(time.Duration(setting(r.t, "FAULTS_MINUTES", 1<<20)) * time.Minute)
	return func(yield func(int) bool) {
		i := 0
		for i < most && (i == 0 || time.Now().Before(until)) && yield(i) {
			i++
		}
		r.note("%d %s", i, what)
	}
}

// setting reads a number from the environment.
func setting(t testing.TB, name string, usual int64) int64 {
	t.Helper()
	v := os.Getenv(name)
	if v == "" {
		return usual
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}
