package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"publica"
	"publica/internal/demo"
	"publica/internal/node"
	"publica/internal/web"
)

// demoRegister names the register of the demonstration.
const demoRegister = "demo.publica.example"

// demoTrustees is how many trustees of tenders the demonstration runs.
const demoTrustees = 5

func demonstrate() *cobra.Command {
	var listen string
	cmd := &cobra.Command{
		Use:     "demo",
		Short:   "Run a register with lively sample dockets",
		Example: "  publicad demo",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			dir := ".demo"
			if f := cmd.Flags().Lookup("home"); f.Changed {
				dir = f.Value.String()
			}
			f, err := node.OpenFolder(dir)
			if publica.CodeOf(err) == publica.NotFound {
				f, err = node.Found(dir, node.Config{Register: demoRegister, Listen: listen, Title: "Publica demonstration", Operator: "You, on this machine"}, time.Now(), node.Passkeys("localhost"))
			}
			if err != nil {
				return err
			}
			f.Config.Listen = listen
			trustees, err := f.EmbedTrustees(demoTrustees)
			if err != nil {
				return err
			}
			out := cmd.ErrOrStderr()
			ready := func(base string, _ web.Register) {
				go func() {
					leads, err := sample(cmd.Context(), f, trustees, base, out)
					if err != nil {
						fmt.Fprintln(out, "publicad: the sample dockets are incomplete:", err)
						return
					}
					next(cmd, dir, base, leads)
				}()
			}
			return node.Run(cmd.Context(), f, node.Options{Log: logger(cmd), Ready: ready, Gallery: true})
		},
	}
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:8080", "address of the web server")
	return cmd
}

// sample fills the register of a folder with the sample dockets.
func sample(ctx context.Context, f *node.Folder, trustees []*publica.PrivateKey, base string, out io.Writer) ([]demo.Lead, error) {
	founder, err := f.Key("founder")
	if err != nil {
		return nil, err
	}
	return demo.Run(ctx, base, demo.Cast{Founder: founder, Trustees: trustees}, out)
}

// next prints what to try once the sample dockets are there.
func next(cmd *cobra.Command, dir, base string, leads []demo.Lead) {
	base = strings.Replace(base, "127.0.0.1", "localhost", 1) // what people type
	client := "publica"
	if self, err := os.Executable(); err == nil {
		client = filepath.Join(filepath.Dir(self), "publica")
		if here, err := os.Getwd(); err == nil {
			if rel, err := filepath.Rel(here, client); err == nil {
				client = rel
			}
		}
	}
	var desks strings.Builder
	for _, l := range leads {
		fmt.Fprintf(&desks, "\n          for %s:\n          %s submit identity/grant --url %s --for %s --set key=FINGERPRINT --set role=coordinator --key %s/keys/founder.key", l.Docket, client, base, l.Body, dir)
	}
	fmt.Fprintf(cmd.OutOrStdout(), `
The register runs at %[2]s

Look:     %[2]s                     what is open, what is owed
          %[2]s/log                 every record, in order, with its proof
Comment:  open a docket, pick a section, write; you get a tracking number
Staff:    open %[2]s/desk, make a key there, and give its fingerprint a role:%[4]s
Prove:    %[1]s trust %[2]s > policy.txt
          %[1]s log --url %[2]s --policy policy.txt
          %[1]s receipt ID --url %[2]s --policy policy.txt -o receipt.json
          stop this program, then: %[1]s verify receipt.json --policy policy.txt
Replay:   %[1]s import us-nap4 DIRECTORY --url %[2]s --key %[3]s/keys/founder.key

Stop with Ctrl-C. The data stays in %[3]s; remove that folder to start anew.
`, client, base, dir, &desks)
}
