package main

import (
	"io"
	"os"

	"github.com/schollz/progressbar/v3"
)

// A bar shows how far long work has come. The zero value shows nothing.
type bar struct{ p *progressbar.ProgressBar }

// bar starts a progress bar on stderr, if that is a terminal or --progress is
// set. A negative total means that nobody knows.
func (a *app) bar(total int64, what string) bar {
	if !a.progress && !isTerminal(a.err) {
		return bar{}
	}
	return bar{progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(a.err),
		progressbar.OptionSetDescription(what),
		progressbar.OptionSetWidth(30),
		progressbar.OptionShowCount(),
		progressbar.OptionSetPredictTime(total > 0),
		progressbar.OptionThrottle(100e6), // nanoseconds
		progressbar.OptionClearOnFinish(),
	)}
}

// add is safe for concurrent use.
func (b bar) add(n int) {
	if b.p != nil {
		_ = b.p.Add(n) // the bar is a courtesy: what it cannot show is no fault of the work
	}
}

func (b bar) done() {
	if b.p != nil {
		_ = b.p.Finish() // as above
	}
}

// isTerminal reports whether w is a character device.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
