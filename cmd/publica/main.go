// Command publica speaks to a Publica register and checks what it says. It
// makes keys, signs and sends statements, fetches receipts and exports, and
// verifies them from files alone.
//
// It must not know the node: it imports the root package, which is all an
// outsider needs, and nothing of internal. What a register answers is shown
// as proven only when it is.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is the program: it returns the exit status, 0 for done, 1 for refused
// or failed, 2 for wrong usage.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	a := &app{in: stdin, out: stdout, err: stderr, getenv: os.Getenv, now: time.Now}
	cmd := a.command()
	cmd.SetArgs(args)
	cmd.SetIn(stdin)
	cmd.SetOut(stdout)
	cmd.SetErr(stderr)
	return a.report(cmd.ExecuteContext(ctx))
}
