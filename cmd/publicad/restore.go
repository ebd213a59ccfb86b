package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"publica"
	"publica/internal/node"
)

func restore() *cobra.Command {
	var from, policy string
	var others []string
	r := node.Restoration{}
	cmd := &cobra.Command{
		Use:   "restore --from DIR",
		Short: "Make a node of a backup",
		Long: "Restore copies a backup into a new data folder and compares log and state with what the backup says of\n" +
			"itself. Be certain that the former node is dead before you start this: two nodes with one voting key are\n" +
			"proof of a crime. The restored node votes for nothing until it has seen a block that is younger than this\n" +
			"command. Without --signing-key it has a new voting key, and follows until the register admits that.\n" +
			"With --join it is brought to where the others are; else do that with publicad join before you start it.",
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
			if r.SigningKey == "" && f.Config.Signer == "" {
				fmt.Fprintf(cmd.ErrOrStderr(), "publicad: the voting key is new: the bodies must put it in the old one's place (%s/validator.json)\n", home)
			}
			if !m.Alone && len(others) == 0 {
				fmt.Fprintf(cmd.ErrOrStderr(), "hint: publicad join --home %[1]s --from URL brings it to where the others are; then publicad serve --home %[1]s\n", home)
				return nil
			}
			if !m.Alone {
				if err := catchUp(cmd, f, others, policy); err != nil {
					return err
				}
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "hint: publicad check --home %[1]s, then publicad serve --home %[1]s\n", home)
			return nil
		},
	}
	cmd.Flags().StringVar(&from, "from", "", "the backup's folder")
	cmd.Flags().StringVar(&r.SigningKey, "signing-key", "", "file of the node's voting key, kept apart from backups")
	cmd.Flags().BoolVar(&r.AcceptLoss, "accept-loss", false, "a register run by one node: what came after the backup is lost")
	cmd.Flags().StringArrayVar(&others, "join", nil, "address of another node, https://host, from which the log is brought up to date; may be repeated")
	cmd.Flags().StringVar(&policy, "policy", "", "file that says whom to believe of the others (default: the validators that the backup's log names)")
	require(cmd, "from")
	return cmd
}

// catchUp brings a restored node to where the others are.
func catchUp(cmd *cobra.Command, f *node.Folder, others []string, path string) error {
	var p *publica.Policy
	var err error
	if path == "" {
		p, err = node.KnownPolicy(f)
	} else {
		p, err = policyFor(f, path)
	}
	if err != nil {
		return err
	}
	return node.Join(cmd.Context(), f, others, p, progress(cmd, "join"))
}
