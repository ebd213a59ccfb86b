package main

import (
	"encoding/base64"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"publica"
	"publica/internal/machine"
	"publica/internal/node"
)

func initialise() *cobra.Command {
	var cfg node.Config
	var body machine.GenesisBody
	var governors []string
	var address, votingKey, bodyID string
	cmd := &cobra.Command{
		Use:   "init --register NAME --name NODE --body BODY --type TYPE --address HOST:PORT",
		Short: "Make a node: keys, configuration, and the card others know it by",
		Long: "Init makes the keys and the configuration of a node that is to take part in a register which several\n" +
			"bodies run. Its card, validator.json, holds names and public keys: hand it to those who found the\n" +
			"register (publicad genesis), or to the bodies that are to admit the node.",
		Example: "  publicad init --home data --register register.example.org --name node1 --body \"City of X\" --type agency --address node1.example.org:26656 --url https://node1.example.org",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			dir, err := cmd.Flags().GetString("home")
			if err != nil {
				return err
			}
			var id publica.EntryID
			if bodyID != "" {
				if id, err = publica.ParseEntryID(bodyID); err != nil {
					return publica.Problem(publica.Invalid, "--body-id", "is not the id of a body, 64 hexadecimal digits")
				}
			}
			if body.Governors, err = keyIDs("governor", governors); err != nil {
				return err
			}
			if cfg.Operator == "" {
				cfg.Operator = body.Name
			}
			key, err := base64.StdEncoding.DecodeString(votingKey)
			if err != nil || (votingKey == "") != (cfg.Signer == "") {
				return publica.Problem(publica.Invalid, "--voting-key", "belongs to --signer: the key that the remote signer prints").
					WithHint("publicad sign --home SIGNER --identity")
			}
			f, _, err := node.Init(dir, cfg, body, address)
			if err != nil {
				return err
			}
			if err := f.AmendCard(func(c *node.Card) {
				if len(key) > 0 {
					c.Validator.Consensus = key
				}
				if id != (publica.EntryID{}) {
					c.Validator.Body = publica.BodyID(id)
				}
			}); err != nil {
				return err
			}
			card := filepath.Join(dir, "validator.json")
			fmt.Fprintln(cmd.OutOrStdout(), card)
			fmt.Fprintf(cmd.ErrOrStderr(), "publicad: made %s.%s in %s\nhint: hand %s to whoever gathers the genesis; keep %s safe\n", cfg.Name, cfg.Register, dir, card, filepath.Join(dir, "keys"))
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&cfg.Register, "register", "", "the register's name, for example register.example.org")
	f.StringVar(&cfg.Name, "name", "node1", "this node's name in the register, one word")
	f.StringVar(&body.Name, "body", "", "the body that runs this node, as it calls itself")
	f.StringVar(&body.Type, "type", "", "what it is: agency, oversight, university, civil-society, other")
	f.StringVar(&bodyID, "body-id", "", "the body's id, if it is on the register already (default: that of a body in the genesis)")
	f.StringArrayVar(&governors, "governor", nil, "key id that speaks for the body in governance, may be repeated (default: a key made here)")
	f.StringVar(&address, "address", "", "where other nodes reach this one, host:port")
	f.StringVar(&cfg.Peers.Listen, "peers-listen", "", "where this node listens for others (default: the port of --address, everywhere)")
	f.StringVar(&cfg.Signer, "signer", "", "remote signer: its id, and where this node waits for it, ID@host:port")
	f.StringVar(&votingKey, "voting-key", "", "the remote signer's voting key, base64")
	serveFlags(cmd, &cfg)
	require(cmd, "register", "body", "type", "address")
	return cmd
}

// serveFlags are those that every new configuration may set.
func serveFlags(cmd *cobra.Command, cfg *node.Config) {
	f := cmd.Flags()
	f.StringVar(&cfg.Listen, "listen", "127.0.0.1:8080", "address of the web server")
	f.StringVar(&cfg.URL, "url", "", "where the public reaches this node, https://host")
	f.StringVar(&cfg.Title, "title", "", "what pages call the register (default: its name)")
	f.StringVar(&cfg.Operator, "operator", "", "who runs this node, as its pages say")
}

// require marks flags, which the command has defined, as required.
func require(cmd *cobra.Command, names ...string) {
	for _, name := range names {
		if err := cmd.MarkFlagRequired(name); err != nil {
			panic(err)
		}
	}
}

// keyIDs parses the values of a flag that names keys.
func keyIDs(flag string, texts []string) (ids []publica.KeyID, err error) {
	for _, text := range texts {
		var id publica.KeyID
		if err := id.UnmarshalText([]byte(text)); err != nil {
			return nil, publica.Problem(publica.Invalid, "--"+flag, text+" is not a key id").WithHint("publica id KEYFILE prints it: 64 hexadecimal digits")
		}
		ids = append(ids, id)
	}
	return ids, nil
}
