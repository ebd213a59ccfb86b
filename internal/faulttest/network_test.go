package faulttest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// A namespace is a network stack of its own. It lives as long as its file is
// open or a process runs in it.
type namespace struct{ file *os.File }

// newNamespace makes a network stack with nothing but a loopback interface.
func newNamespace() (ns *namespace, err error) {
	err = onThread(func() (err error) {
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("new network namespace: %w", err)
		}
		ns = new(namespace)
		ns.file, err = os.Open("/proc/thread-self/ns/net")
		return err
	})
	if err != nil {
		return nil, err
	}
	return ns, ns.do(func() error { return ip("link", "set", "lo", "up") })
}

// do runs f in the namespace: the sockets it makes stay there, and so do the
// processes it starts.
func (ns *namespace) do(f func() error) error {
	if ns == nil {
		return f() // where the test is
	}
	return onThread(func() error {
		if err := unix.Setns(int(ns.file.Fd()), unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("enter network namespace: %w", err)
		}
		return f()
	})
}

// path names the namespace for other programs.
func (ns *namespace) path() string { return fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), ns.file.Fd()) }

// onThread runs f, which may change the thread's network namespace, and brings
// the thread back home after it. The thread must live on: the processes it has
// started die with it.
func onThread(f func() error) (err error) {
	runtime.LockOSThread()
	home, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		runtime.UnlockOSThread()
		return err
	}
	defer func() {
		if e := unix.Setns(int(home.Fd()), unix.CLONE_NEWNET); e != nil {
			err = errors.Join(err, e) // the thread stays locked, and ends with its goroutine
		} else {
			runtime.UnlockOSThread()
		}
		home.Close()
	}()
	return f()
}

// ip runs iproute2.
func ip(args ...string) error { return command("ip", args...) }

// command runs a program; its error has what it printed.
func command(name string, args ...string) error {
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}

// A network is the hosts of a register, each with a network stack of its own,
// and as many switches as hosts. Each host's cable is in one of them; the
// network is whole when all are in the same.
type network struct {
	hosts []*namespace
	name  string // begins the names of its links
}

// networks counts, since links of two networks must differ in name.
var networks int

// newNetwork returns a network of n hosts with the addresses address(0…n-1).
func newNetwork(t testing.TB, n int) *network {
	t.Helper()
	needRoot(t)
	networks++
	w := &network{name: fmt.Sprintf("f%d-", networks)}
	t.Cleanup(w.close)
	for i := range n {
		if err := w.add(i); err != nil {
			skip(t, "this kernel gives no network to test with: "+err.Error())
		}
	}
	if err := w.heal(); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *network) add(i int) error {
	ns, err := newNamespace()
	if err != nil {
		return err
	}
	w.hosts = append(w.hosts, ns)
	cable, plug := w.cable(i), "eth0"
	return firstError(
		func() error { return ip("link", "add", w.hub(i), "type", "bridge") },
		func() error { return ip("link", "set", w.hub(i), "up") },
		func() error {
			return ip("link", "add", cable, "type", "veth", "peer", "name", plug, "netns", ns.path())
		},
		func() error {
			return ns.do(func() error {
				return errors.Join(ip("addr", "add", address(i)+"/24", "dev", plug), ip("link", "set", plug, "up"))
			})
		},
	)
}

func firstError(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (w *network) hub(i int) string   { return fmt.Sprintf("%ssw%d", w.name, i) }
func (w *network) cable(i int) string { return fmt.Sprintf("%shost%d", w.name, i) }

// address is a host's address in its network.
func address(i int) string { return fmt.Sprintf("10.77.0.%d", i+1) }

// partition cuts the network into groups of hosts; a host that is in none is
// alone. Packets under way are lost, connections are not closed.
func (w *network) partition(groups ...[]int) error {
	hub := make([]int, len(w.hosts))
	for i := range hub {
		hub[i] = i
	}
	for _, group := range groups {
		for _, i := range group {
			hub[i] = group[0]
		}
	}
	for i := range w.hosts {
		if err := ip("link", "set", w.cable(i), "master", w.hub(hub[i]), "up"); err != nil {
			return err
		}
	}
	return nil
}

// heal joins all hosts again.
func (w *network) heal() error {
	all := make([]int, len(w.hosts))
	for i := range all {
		all[i] = i
	}
	return w.partition(all)
}

func (w *network) close() {
	for i, ns := range w.hosts {
		ip("link", "del", w.cable(i)) // the other end goes with it
		ip("link", "del", w.hub(i))
		ns.file.Close()
	}
}

// client returns an HTTP client that speaks from host i, and so reaches its
// node however the network is cut.
func (w *network) client(i int) *http.Client {
	return &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (c net.Conn, err error) {
			err = w.hosts[i].do(func() (err error) {
				c, err = new(net.Dialer).DialContext(ctx, network, address)
				return err
			})
			return c, err
		},
		MaxIdleConnsPerHost: 64,
	}}
}
