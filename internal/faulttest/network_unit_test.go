package faulttest

import (
	"context"
	"io"
	"net"
	"testing"
	"time"
)

// TestPartitionLetsNothingThrough asks each host to reach each other.
func TestPartitionLetsNothingThrough(t *testing.T) {
	w := newNetwork(t, 4)
	for i := range 4 {
		var l net.Listener
		err := w.hosts[i].do(func() (err error) {
			l, err = net.Listen("tcp", address(i)+":7")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				go io.Copy(c, c)
			}
		}()
	}
	expect := func(reach func(from, to int) bool) {
		t.Helper()
		for from := range 4 {
			for to := range 4 {
				patience := 100 * time.Millisecond // an unreachable host says nothing
				if reach(from, to) {
					patience = 10 * time.Second
				}
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				err := w.hosts[from].do(func() error {
					c, err := new(net.Dialer).DialContext(ctx, "tcp", address(to)+":7")
					if err == nil {
						c.Close()
					}
					return err
				})
				cancel()
				if (err == nil) != reach(from, to) {
					t.Errorf("from %d to %d: %v", from, to, err)
				}
			}
		}
	}
	expect(func(_, _ int) bool { return true })
	if err := w.partition([]int{0, 1}, []int{2, 3}); err != nil {
		t.Fatal(err)
	}
	expect(func(from, to int) bool { return from/2 == to/2 })
	if err := w.partition([]int{0, 1, 3}); err != nil {
		t.Fatal(err)
	}
	expect(func(from, to int) bool { return from == to || (from != 2 && to != 2) })

	// A connection that stands outlives the cut.
	if err := w.heal(); err != nil {
		t.Fatal(err)
	}
	var c net.Conn
	err := w.hosts[0].do(func() (err error) {
		c, err = net.Dial("tcp", address(3)+":7")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := w.partition(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Write([]byte("still there?")); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 12)
	c.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	if n, err := c.Read(buf); err == nil {
		t.Fatalf("%d bytes came through a cut", n)
	}
	if err := w.heal(); err != nil {
		t.Fatal(err)
	}
	c.SetReadDeadline(time.Now().Add(30 * time.Second))
	if _, err := io.ReadFull(c, buf); err != nil {
		t.Fatal(err)
	}
}
