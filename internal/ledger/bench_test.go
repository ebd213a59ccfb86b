package ledger

import (
	"fmt"
	"sync"
	"syscall"
	"testing"
	"time"

	"publica"
	"publica/internal/machine"
)

// BenchmarkDecide measures entries per second through this ledger (signature
// checked, intake on disk, promise, block, no law behind it). The whole node beside
// its peers is measured in bench/. Run it with a fixed count:
//
//	go test -run - -bench Decide -benchtime 40000x ./internal/ledger
func BenchmarkDecide(b *testing.B) {
	for _, size := range []int{250, 1000} {
		b.Run(fmt.Sprintf("ledger/content=%d", size), func(b *testing.B) { benchLedger(b, size) })
	}
}

// BenchmarkDecideFour measures entries per second through four nodes that hold
// them all: each checks every signature, keeps every entry and its content on
// its disk, and executes every block.
func BenchmarkDecideFour(b *testing.B) {
	for _, size := range []int{250, 1000} {
		b.Run(fmt.Sprintf("content=%d", size), func(b *testing.B) { benchFour(b, size) })
	}
}

func benchFour(b *testing.B, size int) {
	w := newNetwork(b, 4)
	for _, node := range w.nodes {
		node.app.file = "" // what is measured is the way to it
	}
	w.startAll()
	for i := range w.nodes {
		w.connected(i, 3)
	}
	entries := make([]*machine.Entry, b.N)
	content := make([][]publica.Content, b.N)
	eachOf(b.N, 2, func(i int) {
		entries[i], content[i] = makeEntry(b, publica.KeyFromSeed([32]byte{byte(i), byte(i >> 8 & 3), 7}), i, size)
	})
	cpu := cpuTime(b)
	b.ResetTimer()
	eachOf(b.N, 2000, func(i int) {
		for {
			_, err := w.nodes[i%4].Submit(entries[i], content[i])
			if err == nil {
				return
			}
			if publica.CodeOf(err) != publica.Busy {
				b.Error(err)
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "promised/s")
	for _, node := range w.nodes {
		for node.app.count() < b.N {
			time.Sleep(time.Millisecond)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "entries/s")
	b.ReportMetric(float64((cpuTime(b)-cpu).Nanoseconds())/float64(b.N), "cpu-ns/entry")
	b.ReportMetric(float64(w.nodes[0].Status().Height), "blocks")
	with := 0
	for _, node := range w.nodes {
		with += node.app.content
	}
	b.ReportMetric(float64(with)/float64(4*b.N), "with-content")
	rounds := int32(0) // more than one for a block: somebody was too slow
	for h := range w.nodes[0].Status().Height {
		if c := w.nodes[0].engine.BlockStore().LoadBlockCommit(h); c != nil {
			rounds += c.Round
		}
	}
	b.ReportMetric(float64(rounds), "rounds-lost")
}

// BenchmarkVerify measures signature checks alone, the limit of the above.
func BenchmarkVerify(b *testing.B) {
	v := newVerifier()
	defer v.close()
	keys := make([]*publica.PrivateKey, 4096)
	for i := range keys {
		keys[i] = publica.KeyFromSeed([32]byte{byte(i), byte(i >> 8), 9})
	}
	for _, authors := range []int{1, len(keys)} {
		entries := make([]*machine.Entry, 4096)
		for i := range entries {
			entries[i], _ = makeEntry(b, keys[i%authors], i, 0)
		}
		b.Run(fmt.Sprintf("authors=%d", authors), func(b *testing.B) {
			for done := 0; done < b.N; done += len(entries) {
				v.verifyAll(entries[:min(len(entries), b.N-done)])
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "checks/s")
		})
	}
}

func benchLedger(b *testing.B, size int) {
	dir := b.TempDir()
	app := newFakeApp(b, "")
	l := startLedger(b, testConfig(b, dir), app)
	entries := make([]*machine.Entry, b.N)
	content := make([][]publica.Content, b.N)
	keys := make([]*publica.PrivateKey, 1000)
	for i := range keys {
		keys[i] = publica.KeyFromSeed([32]byte{byte(i), byte(i >> 8), 7})
	}
	var sign sync.WaitGroup
	for w := range 8 {
		sign.Go(func() {
			for i := w; i < b.N; i += 8 {
				entries[i], content[i] = makeEntry(b, keys[i%len(keys)], i, size)
			}
		})
	}
	sign.Wait()
	cpu := cpuTime(b)
	b.ResetTimer()
	eachOf(b.N, 2000, func(i int) {
		for {
			_, err := l.Submit(entries[i], content[i])
			if err == nil {
				return
			}
			if publica.CodeOf(err) != publica.Busy {
				b.Error(err)
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "promised/s")
	for app.count() < b.N {
		time.Sleep(time.Millisecond)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "entries/s")
	b.ReportMetric(float64((cpuTime(b)-cpu).Nanoseconds())/float64(b.N), "cpu-ns/entry")
	b.ReportMetric(float64(l.Status().Height), "blocks")
}

// cpuTime returns the processor time the process has used. On a machine that
// does other things too it says more than the clock.
func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// eachOf calls f for 0 to n-1 from that many goroutines.
func eachOf(n, goroutines int, f func(i int)) {
	var wait sync.WaitGroup
	for w := range goroutines {
		wait.Go(func() {
			for i := w; i < n; i += goroutines {
				f(i)
			}
		})
	}
	wait.Wait()
}
