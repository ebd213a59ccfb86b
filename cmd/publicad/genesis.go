package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"publica/internal/node"
)

func genesis() *cobra.Command {
	var out, passkeys string
	var silence time.Duration
	var founders []string
	cmd := &cobra.Command{
		Use:   "genesis --out genesis.json CARD...",
		Short: "Gather operators' cards into what the register starts from",
		Long: "Genesis checks the cards that operators have sent (validator.json of each) and writes the genesis: bodies,\n" +
			"validators, their keys. It prints the SHA-256 of the file. Every operator puts the same file into the\n" +
			"node's folder as genesis.json, and compares the SHA-256 with the others by voice.",
		Example: "  publicad genesis --out genesis.json --silence 5m city.json court.json university.json coalition.json",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var cards []*node.Card
			for _, path := range args {
				c, err := node.ReadCard(path)
				if err != nil {
					return err
				}
				cards = append(cards, c)
			}
			ids, err := keyIDs("founder", founders)
			if err != nil {
				return err
			}
			g, err := node.Gather(cards, ids, silence, time.Now(), node.Passkeys(passkeys))
			if err != nil {
				return err
			}
			raw, err := node.EncodeGenesis(g)
			if err != nil {
				return err
			}
			if err := os.WriteFile(out, raw, 0o644); err != nil {
				return fmt.Errorf("write genesis: %w", err)
			}
			for _, v := range g.Validators {
				fmt.Fprintf(cmd.ErrOrStderr(), "publicad: %s at %s, %s\n", v.Name, v.Address, v.URL)
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "hint: every operator copies %s to the node's folder and runs publicad config check\n", out)
			fmt.Fprintf(cmd.OutOrStdout(), "%x  %s\n", sha256.Sum256(raw), out)
			return nil
		},
	}
	cmd.Flags().StringVar(&out, "out", "genesis.json", "file to write")
	cmd.Flags().DurationVar(&silence, "silence", node.DefaultSilence, "the log is sealed at least this often, though nothing is said")
	cmd.Flags().StringArrayVar(&founders, "founder", nil, "key id that may register public bodies by itself, may be repeated (default: none; the members admit bodies)")
	passkeysFlag(cmd, &passkeys)
	return cmd
}

// passkeysFlag is for those who found a register.
func passkeysFlag(cmd *cobra.Command, domain *string) {
	cmd.Flags().StringVar(domain, "passkeys", "", "domain whose passkeys may sign: the host of the register's pages, or a domain above those of all its nodes (default: no passkeys)")
}
