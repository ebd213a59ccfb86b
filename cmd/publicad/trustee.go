package main

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/spf13/cobra"

	"publica"
	"publica/internal/node"
	"publica/trustee"
)

func runTrustee() *cobra.Command {
	var key, secrets, url, policy string
	var stale time.Duration
	cmd := &cobra.Command{
		Use:   "trustee --key FILE --secrets DIR --node URL --policy FILE",
		Short: "Keep shares of tenders' keys and open bids when their time has come, without being told to",
		Long: "Trustee follows a register through any of its nodes, finds the tenders that name its key as a trustee, takes each\n" +
			"step of their ceremonies when it is due, and opens bids when the log says that their time has come. It believes\n" +
			"what verifies under the policy and nothing else; get that from elsewhere than from the node (publica trust prints\n" +
			"one to compare). The key is made with publica keygen.\n\n" +
			"Run it on a machine that neither the buyer nor the node's operator runs, once for each key. What it keeps of each\n" +
			"tender stands in a file of its own in --secrets, which only its owner can read: without that it can open nothing,\n" +
			"so keep a copy, as safe as the key. Stopped at any moment it goes on where it was. What fails stands in its log\n" +
			"and in DIR/following.json, and is tried again.",
		Example: "  publicad trustee --key trustee.key --secrets secrets --node https://register.example.org --policy policy.txt",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			k, err := node.ReadKeyFile(key)
			if err != nil {
				return err
			}
			text, err := os.ReadFile(policy)
			if err != nil {
				return fmt.Errorf("read policy: %w", err)
			}
			believed, err := publica.ParsePolicy(text)
			if err != nil {
				return err
			}
			s, err := trustee.NewService(trustee.Config{
				Node: url, Key: k, Folder: secrets, Stale: stale,
				Policy: func() (*publica.Policy, error) { return believed, nil },
				Log:    slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil)), // what it does is told without --verbose too
			})
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "publicad: trustee %s follows %s through %s\n", k.ID(), believed.Register(), url)
			return errors.Join(s.Run(cmd.Context()), s.Close())
		},
	}
	f := cmd.Flags()
	f.StringVar(&key, "key", "", "file with the key that signs, mode 0600")
	f.StringVar(&secrets, "secrets", "", "folder for what is kept of each tender, mode 0700; made if it is missing")
	f.StringVar(&url, "node", "", "address of a node of the register, https://host")
	f.StringVar(&policy, "policy", "", "file that says whom to believe")
	f.DurationVar(&stale, "stale", time.Hour, "age of the register's last seal from which on nothing is opened; longer than its silence interval")
	require(cmd, "key", "secrets", "node", "policy")
	return cmd
}
