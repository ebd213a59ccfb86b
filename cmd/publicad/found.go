package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"publica/internal/node"
)

func found() *cobra.Command {
	var cfg node.Config
	var passkeys string
	cmd := &cobra.Command{
		Use:   "found --register NAME",
		Short: "Found a register that one node runs: keys, genesis, configuration",
		Long: "Found makes a node and a register that it runs alone. Where several bodies run a register together,\n" +
			"each makes its node with publicad init, and they found it with publicad genesis.",
		Example: "  publicad found --home data --register register.example.org --passkeys register.example.org",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			dir, err := cmd.Flags().GetString("home")
			if err != nil {
				return err
			}
			if _, err := node.Found(dir, cfg, time.Now(), node.Passkeys(passkeys)); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s\n", dir)
			fmt.Fprintf(cmd.ErrOrStderr(), "publicad: founded %s in %s\nhint: keep %s/keys safe, then run: publicad serve --home %s\n", cfg.Register, dir, dir, dir)
			return nil
		},
	}
	cmd.Flags().StringVar(&cfg.Register, "register", "", "the register's name, for example register.example.org")
	serveFlags(cmd, &cfg)
	passkeysFlag(cmd, &passkeys)
	require(cmd, "register")
	return cmd
}
