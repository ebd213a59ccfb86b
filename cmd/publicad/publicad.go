package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/spf13/cobra"

	"publica"
	"publica/internal/node"
)

// run is the program: results go to out, everything else to errs. It returns
// the exit status: 0 done, 1 refused or failed, 2 used wrongly.
func run(ctx context.Context, args []string, out, errs io.Writer) int {
	root := command()
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(errs)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	fmt.Fprintln(errs, "publicad:", err)
	if e, ok := errors.AsType[*publica.Error](err); ok {
		if e.Hint != "" {
			fmt.Fprintln(errs, "hint:", e.Hint)
		}
		return 1
	}
	// cobra gives its usage errors no type of their own.
	for _, usage := range []string{"unknown command", "unknown flag", "unknown shorthand", "accepts ", "requires ", "required flag", "invalid argument", "flag needs an argument"} {
		if strings.HasPrefix(err.Error(), usage) {
			fmt.Fprintln(errs, "hint: publicad --help")
			return 2
		}
	}
	return 1
}

// command returns the program's verbs.
func command() *cobra.Command {
	root := &cobra.Command{
		Use:           "publicad",
		Short:         "Run a node of a Publica register",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.PersistentFlags().String("home", "publica-data", "the node's data folder")
	root.PersistentFlags().Bool("verbose", false, "log more")
	root.AddCommand(found(), initialise(), genesis(), config(), serve(), testnet(), demonstrate(), replay(), check(), join(), backup(), restore(), sign(), runTrustee())
	return root
}

// home opens the data folder named by --home.
func home(cmd *cobra.Command) (*node.Folder, error) {
	dir, err := cmd.Flags().GetString("home")
	if err != nil {
		return nil, err
	}
	return node.OpenFolder(dir)
}

// logger logs to the command's error stream.
func logger(cmd *cobra.Command) *slog.Logger {
	level := slog.LevelWarn
	if v, err := cmd.Flags().GetBool("verbose"); err == nil && v {
		level = slog.LevelInfo
	}
	return slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: level}))
}
