package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"publica"
	"publica/internal/node"
)

func check() *cobra.Command {
	var heal bool
	var from []string
	var policy string
	cmd := &cobra.Command{
		Use:   "check [--heal --from URL]",
		Short: "Re-verify everything the node has on disk, and mend it",
		Long: "Check reads every leaf, tile, index and content part and re-executes the law on the log: roots, state hashes,\n" +
			"docket heads and signatures must come out as they stand. The node must be stopped.\n\n" +
			"With --heal, what is damaged or missing is fetched from other nodes, verified, and made anew. What was damaged\n" +
			"is kept in a folder damaged-… in the home. Keys and what the node has signed are never touched.",
		Example: "  publicad check --home data\n  publicad check --home data --heal --from https://node2.example.org",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f, err := home(cmd)
			if err != nil {
				return err
			}
			if !heal && len(from) > 0 {
				return publica.Problem(publica.Invalid, "--heal", "is missing: nothing is fetched from others unless the node is to be mended")
			}
			if !heal {
				r, err := node.Check(cmd.Context(), f, progress(cmd, "check"))
				if err != nil {
					return err
				}
				report(cmd, r)
				return faults(cmd, r, "mend it from other nodes: publicad check --heal --from URL; or restore a backup")
			}
			p, err := policyFor(f, policy)
			if err != nil {
				return err
			}
			found, left, err := node.Heal(cmd.Context(), f, from, p, progress(cmd, "check"))
			if found != nil {
				report(cmd, found)
			}
			if err != nil {
				return err
			}
			if left != found {
				fmt.Fprintln(cmd.ErrOrStderr(), "publicad: after mending")
				report(cmd, left)
			}
			return faults(cmd, left, "ask other nodes, or restore a backup")
		},
	}
	cmd.Flags().BoolVar(&heal, "heal", false, "mend what is wrong with what other nodes have")
	fromFlags(cmd, &from, &policy)
	return cmd
}

func report(cmd *cobra.Command, r *node.Report) {
	fmt.Fprintf(cmd.OutOrStdout(), "leaves %d, blocks %d, entries %d, refused %d, content parts %d held, %d missing\n",
		r.Leaves, r.Seals, r.Entries, r.Refused, r.Held, r.Missing)
	for _, w := range r.Wrong {
		fmt.Fprintln(cmd.ErrOrStderr(), "publicad:", strings.TrimSpace(w))
	}
}

func faults(cmd *cobra.Command, r *node.Report, hint string) error {
	if len(r.Wrong) == 0 {
		return nil
	}
	return publica.Problem(publica.Unverified, "", fmt.Sprintf("%d faults found in %s", len(r.Wrong), cmd.Flag("home").Value)).WithHint(hint)
}
