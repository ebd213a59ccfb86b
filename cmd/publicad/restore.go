package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"publica/internal/node"
)

func restore() *cobra.Command {
	var from string
	r := node.Restoration{}
	cmd := &cobra.Command{
		Use:   "restore --from DIR",
		Short: "Make a node of a backup",
		Long: "Restore copies a backup into a new data folder and compares log and state with what the backup says of\n" +
			"itself. Be certain that the former node is dead before you start this: two nodes with one voting key are\n" +
			"proof of a crime. The restored node votes for nothing until it has seen a block that is younger than this\n" +
			"command. Without --signing-key it has a new voting key, and follows until the register admits that.",
		Example: "  publicad restore --from /backup/monday --home data --signing-key /safe/priv_validator_key.json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			home, err := cmd.Flags().GetString("home")
			if err != nil {
				return err
			}
			r.Now = time.Now()
			f, m, err := node.Restore(from, home, r)
			if err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), home)
			fmt.Fprintf(cmd.ErrOrStderr(), "publicad: %s is at height %d with %d leaves, as of %s\n", m.Node, m.Height, m.Size, m.Time)
			switch {
			case m.Alone:
				fmt.Fprintf(cmd.ErrOrStderr(), "hint: publicad check --home %[1]s, then publicad serve --home %[1]s\n", home)
			case r.SigningKey == "" && f.Config.Signer == "":
				fmt.Fprintf(cmd.ErrOrStderr(), "publicad: the voting key is new: the bodies must admit it (%s/validator.json)\n", home)
				fallthrough
			default:
				fmt.Fprintf(cmd.ErrOrStderr(), "hint: publicad join --home %[1]s --from URL brings it to where the others are; then publicad serve --home %[1]s\n", home)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&from, "from", "", "the backup's folder")
	cmd.Flags().StringVar(&r.SigningKey, "signing-key", "", "file of the node's voting key, kept apart from backups")
	cmd.Flags().BoolVar(&r.AcceptLoss, "accept-loss", false, "a register run by one node: what came after the backup is lost")
	require(cmd, "from")
	return cmd
}
