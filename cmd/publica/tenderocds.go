package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"publica"
	"publica/ocds"
	"publica/tender"
)

func (a *app) tenderOCDSCommand() *cobra.Command {
	records, like := false, ""
	pub := tender.Publication{}
	cmd := &cobra.Command{
		Use:   "ocds EXPORT|DOCKET",
		Short: "write a tender as open contracting data (OCDS 1.1.5)",
		Long: `ocds writes a tender as a release package: a release for each record after which
something else was to be published. With --records it is a record package, with what
the releases merge to and every version of every field.

What it writes is checked strictly first, and not written if the standard does not
allow it. The same records give the same bytes.

--like holds a package that a node published, /ocds/releases/OCID or
/ocds/records/OCID, against the records. What an export does not say is taken from
the package and not proven by it: names of bodies, indexes of records in the log,
the address of the node, license and policy. Everything else must follow; where it
does not is told, and the exit status is 1. The index of a record is proven by its
receipt.`,
		Example: `  publica tender ocds tender.jsonl --policy policy.txt > releases.json
  publica tender ocds tender.jsonl --policy policy.txt --records > records.json
  publica ocds check records.json
  curl https://register.example.org/ocds/releases/OCID > published.json
  publica tender ocds tender.jsonl --policy policy.txt --like published.json`,
		Args: wants(1, 1, "an export of a tender, or its docket"),
		RunE: func(cmd *cobra.Command, args []string) error {
			t, err := a.readTender(cmd, args[0])
			if err != nil {
				return err
			}
			var alike *tender.Likeness
			if like != "" {
				if alike, err = a.heldAgainst(t, like); err != nil {
					return err
				}
				pub = alike.Publication
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
			if err := a.writePackage(pkg, pub.Prefix); err != nil || alike == nil {
				return err
			}
			return a.tellLikeness(alike)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&records, "records", false, "a record package instead of a release package")
	f.StringVar(&pub.Prefix, "prefix", ocds.FictionalPrefix, "prefix of the ocid that the publisher registered")
	f.StringVar(&pub.Base, "base", "", "address of the register in the data; https:// and its name if unset")
	f.StringVar(&pub.Name, "publisher", "", "name of the publisher; the register's if unset")
	f.StringVar(&pub.License, "license", "", "address of the license")
	f.StringVar(&pub.Policy, "publication-policy", "", "address of the publication policy")
	f.StringVar(&like, "like", "", "a published package to hold against the records")
	for _, said := range []string{"prefix", "base", "publisher", "license", "publication-policy"} {
		cmd.MarkFlagsMutuallyExclusive("like", said) // the package says it
	}
	return cmd
}

// heldAgainst holds a published package against the records of its tender.
func (a *app) heldAgainst(t *readTender, file string) (*tender.Likeness, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the published package: %w", err)
	}
	return tender.Alike(t.in, t.content, raw)
}

// tellLikeness says what was taken from a published package, and what differs.
func (a *app) tellLikeness(x *tender.Likeness) error {
	a.note("taken from the package, and not proven by the export: names of bodies (%d), log indexes (%d), what the package says of itself", len(x.Publication.Names), x.Indexes)
	if x.Later > 0 {
		a.note("later than the package: %d of the releases written here", x.Later)
	}
	for _, d := range x.Differs {
		a.note("DIFFERS: %s\n  published is %s\n  follows is   %s", d.Path, or(d.Published, "nothing"), or(d.Follows, "nothing"))
	}
	if len(x.Differs) > 0 {
		return publica.Problem(publica.Unverified, "", "the published package differs from what follows from the records")
	}
	a.note("everything else that the package says follows from the records")
	return nil
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
