package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"publica"
	"publica/internal/node"
)

func check() *cobra.Command {
	return &cobra.Command{
		Use:     "check",
		Short:   "Re-verify everything the node has on disk",
		Long:    "Check reads every leaf, tile and content part and re-executes the law on the log:\nroots, state hashes, docket heads and signatures must come out as they stand. The node must be stopped.",
		Example: "  publicad check --home data",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f, err := home(cmd)
			if err != nil {
				return err
			}
			r, err := node.Check(cmd.Context(), f, progress(cmd, "check"))
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "leaves %d, blocks %d, entries %d, refused %d, content parts %d held, %d missing\n",
				r.Leaves, r.Seals, r.Entries, r.Refused, r.Held, r.Missing)
			for _, w := range r.Wrong {
				fmt.Fprintln(cmd.ErrOrStderr(), "publicad:", w)
			}
			if len(r.Wrong) > 0 {
				return publica.Problem(publica.Unverified, "", fmt.Sprintf("%d faults found in %s", len(r.Wrong), cmd.Flag("home").Value)).
					WithHint("restore the folder from a backup, or from another node")
			}
			return nil
		},
	}
}
