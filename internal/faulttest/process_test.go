package faulttest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A process is a program that runs in a namespace and is killed with the test.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
}

// spawn starts a program in a namespace. Its output is appended to the file
// log.
func spawn(ns *namespace, log string, env []string, name string, args ...string) (*process, error) {
	out, err := os.OpenFile(log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	p := &process{cmd: exec.Command(name, args...), done: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = out, out
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := ns.do(p.cmd.Start); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go func() {
		p.cmd.Wait() // how it ended is in cmd.ProcessState
		close(p.done)
	}()
	return p, nil
}

// kill ends the process as a power switch would, as far as its memory goes.
func (p *process) kill() {
	p.signal(syscall.SIGKILL)
	<-p.done
}

// stop freezes the process: its connections stand, and nothing answers.
func (p *process) stop()   { p.signal(syscall.SIGSTOP) }
func (p *process) resume() { p.signal(syscall.SIGCONT) }

func (p *process) signal(s syscall.Signal) {
	if err := p.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		panic(err) // a child can always be signalled
	}
}

// ended reports whether the process has ended.
func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// tail returns the last lines of a file, each as far as it is of interest.
func tail(path string, lines int) string {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	all := strings.Split(strings.TrimSuffix(string(raw), "\n"), "\n")
	all = all[max(0, len(all)-lines):]
	for i := range all {
		all[i] = all[i][:min(len(all[i]), 300)]
	}
	return strings.Join(all, "\n")
}

// program returns the path of publica or publicad in one of the builds.
func program(build, name string) string { return filepath.Join(programs, build, name) }

// run runs publicad to its end and returns what it printed.
func run(t testing.TB, ns *namespace, args ...string) (string, error) {
	t.Helper()
	cmd := exec.Command(program("plain", "publicad"), args...)
	var out []byte
	err := ns.do(func() (err error) { out, err = cmd.CombinedOutput(); return err })
	if err != nil {
		err = fmt.Errorf("publicad %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return string(out), err
}
