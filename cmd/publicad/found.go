package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"publica/internal/node"
)

func found() *cobra.Command {
	var cfg node.Config
	cmd := &cobra.Command{
		Use:     "found --register NAME",
		Short:   "Found a new register: keys, genesis, configuration",
		Example: "  publicad found --home data --register register.example.org",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			dir, err := cmd.Flags().GetString("home")
			if err != nil {
				return err
			}
			if _, err := node.Found(dir, cfg, time.Now()); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s\n", dir)
			fmt.Fprintf(cmd.ErrOrStderr(), "publicad: founded %s in %s\nhint: keep %s/keys safe, then run: publicad serve --home %s\n", cfg.Register, dir, dir, dir)
			return nil
		},
	}
	cmd.Flags().StringVar(&cfg.Register, "register", "", "the register's name, for example register.example.org")
	cmd.Flags().StringVar(&cfg.Listen, "listen", "127.0.0.1:8080", "address of the web server")
	cmd.Flags().StringVar(&cfg.Title, "title", "", "what pages call the register (default: its name)")
	cmd.Flags().StringVar(&cfg.Operator, "operator", "", "who runs this node")
	if err := cmd.MarkFlagRequired("register"); err != nil {
		panic(err) // the flag is defined above
	}
	return cmd
}
