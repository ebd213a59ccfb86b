package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"publica/internal/node"
	"publica/internal/web"
)

func serve() *cobra.Command {
	return &cobra.Command{
		Use:     "serve",
		Short:   "Run the node of a data folder",
		Example: "  publicad serve --home data",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f, err := home(cmd)
			if err != nil {
				return err
			}
			return node.Run(cmd.Context(), f, node.Options{Log: logger(cmd), Ready: func(base string, _ web.Register) {
				fmt.Fprintf(cmd.ErrOrStderr(), "publicad: %s at %s\n", f.Config.Register, base)
			}})
		},
	}
}
