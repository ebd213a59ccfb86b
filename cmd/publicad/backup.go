package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"publica/internal/node"
)

func backup() *cobra.Command {
	var to string
	cmd := &cobra.Command{
		Use:   "backup --to DIR",
		Short: "Copy a node, running or stopped, to a new folder",
		Long: "Backup copies log, state, content, promises not yet kept, configuration and keys to a new folder. A node\n" +
			"that runs goes on meanwhile. The voting key and what it has signed are left out, always: a validator\n" +
			"that goes on from an old state of them can vote twice. Keep a copy of the voting key apart.\n" +
			"On the same disk files are shared with the node: copy the folder to another machine.",
		Example: "  publicad backup --home data --to /backup/monday",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f, err := home(cmd)
			if err != nil {
				return err
			}
			m, err := node.Backup(cmd.Context(), f, to, time.Now())
			if err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), to)
			fmt.Fprintf(cmd.ErrOrStderr(), "publicad: %s at height %d, %d leaves, root %s\nhint: the folder holds keys: keep it as safe as the node\n", m.Node, m.Height, m.Size, m.Root)
			return nil
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "folder to make; it must be empty or not exist")
	require(cmd, "to")
	return cmd
}
