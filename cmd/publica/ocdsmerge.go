package main

import (
	"fmt"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"publica"
	"publica/ocds"
)

// An ocdsMerge is how ocds merge was asked to merge.
type ocdsMerge struct {
	versioned, records bool
	info               ocds.PackageInfo
	link               string // address that the ids of releases are appended to
}

func (a *app) ocdsMergeCommand() *cobra.Command {
	var m ocdsMerge
	var dir string
	cmd := &cobra.Command{
		Use:   "merge FILE...|-",
		Short: "merge releases into how each process stands",
		Long: `merge merges the releases of each process, by the standard's routine, into its
compiled release, and prints one on each line; with --versioned the versioned
release, which says of every value what set it when. With --records it prints a
record package: each process with its releases, its compiled release and, with
--versioned, its versioned one. Releases are embedded, or linked to at --link
followed by their id.

What is printed is canonical: the same releases give the same bytes. Releases
without a date or ocid are refused; compiled releases in the files are left out.`,
		Example: `  publica ocds merge releases-2026-*.json > compiled.jsonl
  publica ocds merge releases.jsonl --records --versioned --uri https://example.org/records.json --publisher City`,
		Args: wants(1, -1, "files of releases"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !m.records && (m.link != "" || m.info.URI != "" || m.info.Publisher.Name != "") {
				return usagef(cmd, "--uri, --publisher and --link are of records").withHint("add --records")
			}
			in, by, err := a.readToMerge(args, dir)
			if err != nil {
				return err
			}
			if m.info.PublishedDate == "" {
				m.info.PublishedDate = a.now().UTC().Format(time.RFC3339)
			}
			return a.mergeOCDS(in, by, m)
		},
	}
	takesSchemas(cmd, &dir)
	f := cmd.Flags()
	f.BoolVar(&m.versioned, "versioned", false, "versioned releases")
	f.BoolVar(&m.records, "records", false, "a record package")
	f.StringVar(&m.link, "link", "", "link to releases at this address and their id, instead of embedding them")
	f.StringVar(&m.info.URI, "uri", "", "address of the record package")
	f.StringVar(&m.info.Publisher.Name, "publisher", "", "name of who publishes it")
	f.StringVar(&m.info.License, "license", "", "address of its licence")
	f.StringVar(&m.info.PublishedDate, "published", "", "when it is published (RFC 3339); now if unset")
	return cmd
}

func (a *app) mergeOCDS(in *ocds.Import, by ocds.Merge, m ocdsMerge) error {
	releases := in.Releases()
	if len(releases) == 0 {
		return publica.Problem(publica.NotFound, "releases", "none are in what was read").WithHint("records that only link to releases have none")
	}
	if m.records {
		m.info.Extensions = extensionsOf(in)
		r := ocds.Records{Info: m.info, Merge: by, Versioned: m.versioned}
		if m.link != "" {
			r.Link = func(release *ocds.Node) string { return m.link + url.PathEscape(release.Get("id").ID()) }
		}
		p, err := r.New(releases)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(a.out, "%s\n", ocds.Canonical(p))
		return err
	}
	how := by.Compiled
	if m.versioned {
		how = by.Versioned
	}
	groups := ocds.ByProcess(releases)
	bar := a.bar(int64(len(groups)), "merging")
	defer bar.done()
	for _, group := range groups {
		merged, err := how(group)
		if err != nil {
			return fmt.Errorf("merge %s: %w", or(group[0].Get("ocid").Str(), "releases without an ocid"), err)
		}
		if _, err := fmt.Fprintf(a.out, "%s\n", ocds.Canonical(merged)); err != nil {
			return err
		}
		bar.add(1)
	}
	a.note("%d releases of %d processes", len(releases), len(groups))
	return nil
}

// extensionsOf are those that the packages read name, each once.
func extensionsOf(in *ocds.Import) (urls []string) {
	seen := map[string]bool{}
	for _, d := range in.Documents {
		for _, u := range d.ExtensionsOf() {
			if u != "" && !seen[u] {
				seen[u] = true
				urls = append(urls, u)
			}
		}
	}
	return urls
}
