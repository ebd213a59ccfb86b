package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"publica"
)

func (a *app) keygenCommand() *cobra.Command {
	var file, alg string
	cmd := &cobra.Command{
		Use:   "keygen",
		Short: "make a key that signs entries",
		Long: `keygen makes a key and writes it to a file that only you can read, or to stdout.
The key's fingerprint, the author of all it signs, is printed to stderr.

Whoever has the file can sign as you. Keep a copy where you will find it: a lost
key cannot be made again.`,
		Example: `  publica keygen -o me.key
  publica keygen -o office.key --alg p256`,
		Args: wants(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			key, err := publica.GenerateKey(publica.Algorithm(alg))
			if err != nil {
				if publica.CodeOf(err) == publica.Unsupported {
					return usagef(cmd, "%q is not an algorithm of this program", alg).withHint("use --alg ed25519 or --alg p256")
				}
				return err
			}
			text, err := key.MarshalText()
			if err != nil {
				return err
			}
			if err := a.writeKey(file, text); err != nil {
				return err
			}
			a.note("fingerprint %s", key.ID())
			return nil
		},
	}
	cmd.Flags().StringVarP(&file, "output", "o", "", "file to write; it must not exist")
	cmd.Flags().StringVar(&alg, "alg", string(publica.Ed25519), "ed25519 or p256")
	return cmd
}

// writeKey never overwrites: a key that is gone is gone for good.
func (a *app) writeKey(file string, text []byte) error {
	if file == "" || file == "-" {
		_, err := a.out.Write(text)
		return err
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return publica.Problem(publica.Conflict, "", file+" exists and is not overwritten").WithHint("choose another name, or move the old key away")
	}
	if err != nil {
		return fmt.Errorf("write the key: %w", err)
	}
	if _, err := f.Write(text); err != nil {
		f.Close()
		return fmt.Errorf("write the key: %w", err)
	}
	return f.Close()
}

func (a *app) idCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "id [KEYFILE]",
		Short: "print the fingerprint of a key",
		Long: `id prints the fingerprint of the key in KEYFILE, or of the one that --key or
PUBLICA_KEY names: 64 hexadecimal digits, what stands as "author" in the entries
it signs and as "key" in the roles it is given.`,
		Example: `  publica id me.key
  publica submit identity/grant --body '{"key":"'$(publica id me.key)'","role":"coordinator"}' --for BODY --key founder.key`,
		Args: wants(0, 1, "a key file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				a.key = args[0]
			}
			key, err := a.readKey(cmd)
			if err != nil {
				return err
			}
			if a.json {
				return a.printJSON(struct {
					ID        publica.KeyID     `json:"id"`
					Algorithm publica.Algorithm `json:"alg"`
					Public    []byte            `json:"key"`
				}{key.ID(), key.Algorithm(), key.Public()})
			}
			_, err = fmt.Fprintln(a.out, key.ID())
			return err
		},
	}
	a.signs(cmd)
	a.answersData(cmd)
	return cmd
}
