package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"publica"
	"publica/internal/node"
)

func config() *cobra.Command {
	cmd := &cobra.Command{Use: "config", Short: "Look at a node's configuration"}
	var dial bool
	check := &cobra.Command{
		Use:   "check",
		Short: "Check settings, keys, genesis, disk and clock before a node is started",
		Long: "Check reads all that the node reads when it starts and says what is wrong and what to do about it.\n" +
			"It changes nothing. With --dial it also tries to reach validators and witnesses, and compares clocks.",
		Example: "  publicad config check --home data --dial",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f, err := home(cmd)
			if err != nil {
				return err
			}
			faults := 0
			for _, found := range node.CheckConfig(cmd.Context(), f, dial, time.Now) {
				kind := "advice"
				if found.Fault {
					kind = "fault"
					faults++
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s: %s %s\n", kind, found.Field, found.Said)
				if found.Cure != "" {
					fmt.Fprintf(cmd.OutOrStdout(), "  %s\n", found.Cure)
				}
			}
			if faults > 0 {
				return publica.Problem(publica.Invalid, "", fmt.Sprintf("%d faults in the configuration of %s", faults, cmd.Flag("home").Value)).
					WithHint("docs/operating.md explains every setting")
			}
			fmt.Fprintln(cmd.ErrOrStderr(), "publicad: this node can start")
			return nil
		},
	}
	check.Flags().BoolVar(&dial, "dial", false, "try to reach the other nodes and the witnesses")
	cmd.AddCommand(check)
	return cmd
}
