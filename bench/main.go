// Command bench measures this register beside its peers and the physical
// limits, all in one run on one machine, and prints a table. A number alone
// says little on a shared machine; a ratio to a neighbour in the same run does.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"runtime/pprof"
	"text/tabwriter"
	"time"
)

var commentsOfPages = flag.Int("comments", 100_000, "comments in one docket when pages are timed the second time")

func main() {
	entries := flag.Int("n", 40_000, "entries of each size")
	profile := flag.String("profile", "", "write a CPU profile of this register's part to FILE")
	only := flag.String("only", "", "measure this part alone: memo, pages, or million (-comments of them in one docket, the node killed in the middle)")
	rounds := flag.Int("rounds", 2, "times everything is measured; the table shows each")
	flag.Parse()
	if dir := os.Getenv(serveEnv); dir != "" {
		if err := serveOnly(dir); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if part, ok := map[string]func() error{
		"memo":    func() error { return memo(*rounds) },
		"pages":   func() error { return pages(ctx, 1000, *commentsOfPages) },
		"million": func() error { return million(ctx, *commentsOfPages) },
	}[*only]; ok {
		if err := part(); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	if err := run(ctx, *entries, *rounds, *profile); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, n, rounds int, profile string) error {
	fmt.Printf("%s, %s/%s, %d cores\n\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.GOMAXPROCS(0))
	w := tabwriter.NewWriter(os.Stdout, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "content\tround\tkvstore tx/s\tthis register entries/s\tratio\tshown/s\ted25519 batch limit/s\tbytes on disk/entry\tof raw\t")
	var last *result
	for _, size := range []int{250, 1000} {
		for round := range rounds {
			limit := signatureLimit()
			peer, err := kvstorePeer(ctx, n, size, 1)
			if err != nil {
				return fmt.Errorf("kvstore: %w", err)
			}
			r, err := register(ctx, n, size, profile)
			if err != nil {
				return fmt.Errorf("register: %w", err)
			}
			last = r
			fmt.Fprintf(w, "%d\t%d\t%.0f\t%.0f\t%.2f\t%.0f\t%.0f\t%.0f\t%.2f\t\n", size, round+1, peer, r.committed, r.committed/peer,
				r.shown, limit, r.diskPerEntry, r.diskPerEntry/r.rawPerEntry)
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Printf("\nsubmit to proof, one at a time, register otherwise idle: p50 %v, p99 %v\n", last.idle50, last.idle99)
	fmt.Printf("submit to proof, while %.0f entries/s come in:           p50 %v, p99 %v\n", last.loadRate, last.load50, last.load99)
	if err := four(ctx, n/4, rounds); err != nil {
		return fmt.Errorf("four validators: %w", err)
	}
	if err := pages(ctx, 1000, *commentsOfPages); err != nil {
		return fmt.Errorf("pages: %w", err)
	}
	if err := memo(rounds); err != nil {
		return fmt.Errorf("memo: %w", err)
	}
	fmt.Printf("\nverifying a receipt offline: %v, one ed25519 signature: %v, ratio %.1f\n", last.verify, last.signature, float64(last.verify)/float64(last.signature))
	return nil
}

// startProfile starts a CPU profile if a file is named; the last one started
// stays.
func startProfile(path string) (stop func(), err error) {
	if path == "" {
		return func() {}, nil
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, err
	}
	return func() { pprof.StopCPUProfile(); f.Close() }, nil
}

func perSecond(n int, since time.Time) float64 { return float64(n) / time.Since(since).Seconds() }
