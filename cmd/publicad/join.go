package main

import (
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"publica"
	"publica/internal/node"
)

func join() *cobra.Command {
	var from []string
	var policy string
	var anew bool
	cmd := &cobra.Command{
		Use:   "join --from URL",
		Short: "Have a node take part in a register from where it stands",
		Long: "Join reads the log from any nodes of the register, or copies of its tiles, and believes of it what a cosigned\n" +
			"checkpoint proves. It executes all of it, compares every leaf and state hash, and prepares the node to go on\n" +
			"from there; serve then gets what comes later, and the content, from the other nodes. Cut off, join goes on\n" +
			"where it was. The node follows the register; it votes once the bodies have admitted it.\n\n" +
			"With --anew it is a node that has run and was away for longer than the others keep blocks. Its log and state\n" +
			"go on from theirs, which must continue its own; its keys, configuration, content, and what its voting key has\n" +
			"signed stay.\n\n" +
			"Whom to believe, --policy says, or else the validators named in genesis.json, if that lies in the home.",
		Example: "  publicad init --home data --register register.example.org --name node5 --body \"City of Y\" --type agency --address node5.example.org:26656\n" +
			"  publicad join --home data --from https://node1.example.org --from https://node2.example.org --policy policy.txt",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f, err := home(cmd)
			if err != nil {
				return err
			}
			p, err := policyFor(f, policy)
			if err != nil {
				return err
			}
			var leaves int64
			bar, began := progress(cmd, "join"), time.Now()
			run := node.Join
			if anew {
				run = node.JoinAnew
			}
			err = run(cmd.Context(), f, from, p, func(done, total int64) {
				if leaves = done; bar != nil {
					bar(done, total)
				}
			})
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "publicad: %d leaves executed in %v\nhint: see that other nodes let this one connect (validator.json has its id), then run: publicad serve --home %s\n",
				leaves, time.Since(began).Round(time.Millisecond), cmd.Flag("home").Value)
			return nil
		},
	}
	fromFlags(cmd, &from, &policy)
	cmd.Flags().BoolVar(&anew, "anew", false, "for a node that was away for too long: drop the engine's blocks")
	require(cmd, "from")
	return cmd
}

// fromFlags are those of commands that read the register from other nodes.
func fromFlags(cmd *cobra.Command, from *[]string, policy *string) {
	cmd.Flags().StringArrayVar(from, "from", nil, "address of a node of the register, https://host; may be repeated")
	cmd.Flags().StringVar(policy, "policy", "", "file that says whom to believe (default: the validators of genesis.json)")
}

// policyFor reads a policy file, or makes one of the folder's genesis.
func policyFor(f *node.Folder, path string) (*publica.Policy, error) {
	if path == "" {
		g, err := f.Genesis()
		if publica.CodeOf(err) == publica.NotFound {
			return nil, publica.Problem(publica.Invalid, "--policy", "is missing, and so is genesis.json: nothing says whom to believe").
				WithHint("get one of the two from an operator you trust, not from the node you read from")
		}
		if err != nil {
			return nil, err
		}
		return node.GenesisPolicy(g)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read policy: %w", err)
	}
	return publica.ParsePolicy(text)
}
