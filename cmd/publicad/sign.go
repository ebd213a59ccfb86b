package main

import (
	"encoding/base64"
	"fmt"

	"github.com/spf13/cobra"

	"publica"
	"publica/internal/node"
)

func sign() *cobra.Command {
	var identity bool
	var genesis, connect string
	cmd := &cobra.Command{
		Use:   "sign --genesis FILE --connect ID@HOST:PORT",
		Short: "Keep a node's voting key on another machine and sign for it",
		Long: "Sign holds the voting key of a validator, and what it has signed, apart from the node that the world can\n" +
			"reach. It connects to the node, which knows it by its id; the node is known by the id on its card.\n" +
			"With --identity it prints its id and its voting key, which it makes at the first call.",
		Example: "  publicad sign --home signer --identity\n" +
			"  publicad sign --home signer --genesis genesis.json --connect 0123456789abcdef0123456789abcdef01234567@10.0.0.2:26659",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			dir, err := cmd.Flags().GetString("home")
			if err != nil {
				return err
			}
			if identity {
				key, id, err := node.Identity(dir)
				if err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "id %s\nvoting-key %s\n", id, base64.StdEncoding.EncodeToString(key))
				return nil
			}
			if genesis == "" || connect == "" {
				return publica.Problem(publica.Invalid, "", "--genesis and --connect are needed").WithHint("publicad sign --help")
			}
			return node.Sign(cmd.Context(), dir, genesis, connect, logger(cmd))
		},
	}
	cmd.Flags().BoolVar(&identity, "identity", false, "print the signer's id and voting key")
	cmd.Flags().StringVar(&genesis, "genesis", "", "the register's genesis.json")
	cmd.Flags().StringVar(&connect, "connect", "", "the node's id, and where it waits for its signer")
	return cmd
}
