package main

import (
	"bufio"
	"encoding/json/jsontext"
	"encoding/json/v2"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"publica"
	"publica/ogp"
)

func (a *app) ogpCommand() *cobra.Command {
	var at string
	cmd := &cobra.Command{
		Use:   "ogp FILE",
		Short: "evaluate the Open Government Partnership's requirements from an export, offline",
		Long: `ogp evaluates the eight minimum requirements of the Open Government Partnership
and its triggers of acting contrary to process, from a docket export alone. The
export is proven complete first. Each line cites the records it rests on, and
what record would settle what is not met; as JSON it is the certificate that
the docket's page shows. It is evaluated as of now; --at names another moment,
for example that of a certificate to recompute: what came later is left out.

The exit status is 0 whatever the findings are.`,
		Example: `  publica export docket ID -o docket.jsonl
  publica ogp docket.jsonl --policy policy.txt
  publica ogp docket.jsonl --policy policy.txt --at 2026-11-23T12:00:00.000Z --json`,
		Args: wants(1, 1, "a docket export"),
		RunE: func(cmd *cobra.Command, args []string) error {
			moment := publica.TimeOf(a.now())
			if at != "" {
				t, err := time.Parse(time.RFC3339, at)
				if err != nil {
					return usagef(cmd, "--at %q is no moment", at).withHint("for example 2026-11-23T12:00:00Z")
				}
				moment = publica.TimeOf(t)
			}
			policy, err := a.offlinePolicy(cmd, "")
			if err != nil {
				return err
			}
			f, err := a.seekable(args[0])
			if err != nil {
				return err
			}
			defer f.Close()
			c, err := certify(f, policy, moment)
			if err != nil {
				return err
			}
			if a.json {
				return a.printJSON(c)
			}
			return a.printCertificate(c)
		},
	}
	cmd.Flags().StringVar(&at, "at", "", "moment to evaluate at, RFC 3339; without it now")
	a.answersData(cmd)
	return cmd
}

// certify proves an export complete and evaluates it.
func certify(f io.ReadSeeker, policy *publica.Policy, at publica.Time) (*ogp.Certificate, error) {
	sum, err := publica.VerifyExport(f, policy, nil)
	if err != nil {
		return nil, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	var c ogp.Collector
	in := bufio.NewReaderSize(f, 1<<20)
	var header publica.ExportHeader
	for n := int64(-1); ; n++ {
		raw, err := in.ReadBytes('\n')
		if err == io.EOF && len(raw) == 0 {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read the export: %w", err)
		}
		if n < 0 {
			if err := json.Unmarshal(raw, &header); err != nil {
				return nil, err
			}
			continue
		}
		var line struct { // of a publica.ExportLine, without its content
			Leaf     jsontext.Value `json:"leaf"`
			Position int64          `json:"position"`
		}
		if err := json.Unmarshal(raw, &line); err != nil {
			return nil, err
		}
		leaf, err := publica.ParseLeaf(line.Leaf)
		if err != nil {
			return nil, err
		}
		if leaf.Time > at {
			continue // it came after the moment that is asked about
		}
		if err := c.Add(line.Position, leaf); err != nil {
			return nil, err
		}
	}
	return ogp.Evaluate(&ogp.Input{Register: header.Register, Docket: sum.Docket, Records: c.Records, Owed: c.Owed(), Sealed: min(sum.Seal.Time, at), At: at})
}

func (a *app) printCertificate(c *ogp.Certificate) error {
	fmt.Fprintf(a.out, "docket %s of %s, records up to %s, evaluated at %s\n\n", c.Docket, c.Register, c.Sealed, c.At)
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	for _, list := range [][]ogp.Finding{c.Requirements, c.Contrary} {
		for _, f := range list {
			fmt.Fprintf(w, "%s\t%s\t%s\n", f.ID, strings.ToUpper(string(f.State)), f.Title)
			fmt.Fprintf(w, "\t\t  %s\n", f.Why)
			if f.Missing != "" {
				fmt.Fprintf(w, "\t\t  missing: %s\n", f.Missing)
			}
			for i, id := range f.Records {
				if i == 3 {
					fmt.Fprintf(w, "\t\t  and %d more records\n", len(f.Records)-i)
					break
				}
				fmt.Fprintf(w, "\t\t  %s\n", id)
			}
		}
		fmt.Fprintln(w, "\t\t")
	}
	return w.Flush()
}
