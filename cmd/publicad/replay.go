package main

import (
	"fmt"
	"os"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"publica/internal/node"
)

func replay() *cobra.Command {
	var dump bool
	cmd := &cobra.Command{
		Use:     "replay",
		Short:   "Empty the read model and refill it from the log",
		Long:    "Replay empties the read model, the database behind pages and searches, and refills it from the log.\nNothing is lost: no fact lives in it alone. The node must be stopped.",
		Example: "  publicad replay --home data",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f, err := home(cmd)
			if err != nil {
				return err
			}
			n, err := node.Replay(cmd.Context(), f, progress(cmd, "replay"))
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "publicad: %d leaves replayed\n", n)
			if dump {
				return node.DumpReadModel(cmd.Context(), f, cmd.OutOrStdout())
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&dump, "dump", false, "print every row of every table afterwards")
	return cmd
}

// progress returns a callback that draws a bar on a terminal and nothing
// elsewhere.
func progress(cmd *cobra.Command, what string) func(done, total int64) {
	if file, ok := cmd.ErrOrStderr().(*os.File); !ok || !term.IsTerminal(int(file.Fd())) {
		return nil
	}
	var bar *progressbar.ProgressBar
	return func(done, total int64) {
		if bar == nil {
			bar = progressbar.NewOptions64(total, progressbar.OptionSetDescription(what), progressbar.OptionSetWriter(cmd.ErrOrStderr()), progressbar.OptionClearOnFinish())
		}
		if err := bar.Set64(done); err != nil {
			return // a bar is decoration
		}
	}
}
