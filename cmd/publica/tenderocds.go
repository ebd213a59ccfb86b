package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"publica"
	"publica/ocds"
	"publica/tender"
)

func (a *app) tenderOCDSCommand() *cobra.Command {
	records := false
	pub := tender.Publication{}
	cmd := &cobra.Command{
		Use:   "ocds EXPORT|DOCKET",
		Short: "write a tender as open contracting data (OCDS 1.1.5)",
		Long: `ocds writes a tender as a release package: a release for each record after which
something else was to be published. With --records it is a record package, with what
the releases merge to and every version of every field.

What it writes is checked strictly first, and not written if the standard does not
allow it. The same records give the same bytes.`,
		Example: `  publica tender ocds tender.jsonl --policy policy.txt > releases.json
  publica tender ocds tender.jsonl --policy policy.txt --records > records.json
  publica ocds check records.json`,
		Args: wants(1, 1, "an export of a tender, or its docket"),
		RunE: func(cmd *cobra.Command, args []string) error {
			t, err := a.readTender(cmd, args[0])
			if err != nil {
				return err
			}
			if pub.Name == "" {
				pub.Name = t.Register
			}
			if pub.Base == "" {
				pub.Base = "https://" + t.Register
			}
			write := tender.ReleasePackage
			if records {
				write = tender.RecordPackage
			}
			pkg, err := write(t.in, t.content, &pub)
			if err != nil {
				return err
			}
			return a.writePackage(pkg, pub.Prefix)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&records, "records", false, "a record package instead of a release package")
	f.StringVar(&pub.Prefix, "prefix", ocds.FictionalPrefix, "prefix of the ocid that the publisher registered")
	f.StringVar(&pub.Base, "base", "", "address of the register in the data; https:// and its name if unset")
	f.StringVar(&pub.Name, "publisher", "", "name of the publisher; the register's if unset")
	f.StringVar(&pub.License, "license", "", "address of the license")
	return cmd
}

// writePackage writes a package that is as the standard wants it.
func (a *app) writePackage(pkg *ocds.Node, prefix string) error {
	problems, err := tender.CheckPackage(pkg, prefix)
	if err != nil {
		return err
	}
	for _, p := range problems {
		a.note("%s: %s", p.Path, p.Message)
	}
	if ocds.Errors(problems) {
		return publica.Problem(publica.Internal, "", "the package is not as the standard wants it").WithHint("this is a fault of the program: report it with what stands above")
	}
	_, err = fmt.Fprintf(a.out, "%s\n", ocds.Text(pkg))
	return err
}
