package ocds

import (
	"bytes"
	"embed"
	"encoding/csv"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

// own are the extensions that the registry of extensions has not: each a
// folder with extension.json, a merge patch of the release schema, codelists
// and a README.
//
//go:embed extensions
var own embed.FS

// An Extension adds fields to the standard.
type Extension struct {
	Name   string // as the standard's registry calls it
	folder string // by which addresses of its extension.json are known
	needs  []string
	patch  *Node // merge patch of the release schema
	codes  codeLists
}

// OwnExtensions returns the folder of our own extensions, complaints,
// evaluations, ledgerProof and standstill, to be served where packages say
// that they are: at BASE/ocds/extensions/NAME/extension.json.
func OwnExtensions() fs.FS {
	sub, err := fs.Sub(own, "extensions")
	if err != nil {
		panic(err) // only an invalid path could fail, and this one is a constant
	}
	return sub
}

// registered are the extensions of the registry that we use, with the folder
// in their address and what they need.
var registered = []Extension{
	{Name: "bids", folder: "ocds_bid_extension"},
	{Name: "lots", folder: "ocds_lots_extension"},
	{Name: "enquiries", folder: "ocds_enquiry_extension"},
	{Name: "requirements", folder: "ocds_requirements_extension"},
	{Name: "awardCriteria", folder: "ocds_awardCriteria_extension"},
	{Name: "selectionCriteria", folder: "ocds_selectionCriteria_extension", needs: []string{"awardCriteria"}},
	{Name: "submissionTerms", folder: "ocds_submissionTerms_extension"},
	{Name: "bidOpening", folder: "ocds_bidOpening_extension"},
	{Name: "withheldInformation", folder: "ocds_withheldInformation_extension"},
	{Name: "performance_failures", folder: "ocds_performance_failures_extension"},
	{Name: "transactions_relatedMilestone", folder: "ocds_transactions_relatedMilestone_extension"},
}

// described returns the registered extensions in our own description.
func described(codes codeLists) (all []*Extension, err error) {
	for _, e := range registered {
		if e.patch, e.codes, err = readShape(e.Name, codes); err != nil {
			return nil, err
		}
		all = append(all, &e)
	}
	return all, nil
}

// readExtension reads an extension from its folder.
func readExtension(fsys fs.FS, dir, name, folder string) (*Extension, error) {
	patch, err := parseFile(fsys, path.Join(dir, "release-schema.json"))
	if err != nil {
		return nil, err
	}
	about, err := parseFile(fsys, path.Join(dir, "extension.json"))
	if err != nil {
		return nil, err
	}
	e := &Extension{Name: name, folder: folder, patch: patch}
	for _, d := range about.Get("dependencies").list() {
		e.needs = append(e.needs, path.Base(path.Dir(path.Dir(d.Str()))))
	}
	e.codes, err = readCodelists(fsys, path.Join(dir, "codelists"))
	return e, err
}

// readOwn reads our own extensions.
func readOwn() (all []*Extension, err error) {
	dirs, err := own.ReadDir("extensions")
	if err != nil {
		return nil, err
	}
	for _, d := range dirs {
		e, err := readExtension(own, "extensions/"+d.Name(), d.Name(), "ocds/extensions/"+d.Name())
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, nil
}

func parseFile(fsys fs.FS, name string) (*Node, error) {
	raw, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, err
	}
	n, err := Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return n, nil
}

// readCodelists reads the column Code of every list in a folder, which may be
// missing.
func readCodelists(fsys fs.FS, dir string) (codeLists, error) {
	names, err := fs.Glob(fsys, path.Join(dir, "*.csv"))
	if err != nil {
		return nil, err
	}
	lists := codeLists{}
	for _, name := range names {
		raw, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf")))).ReadAll()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if len(rows) == 0 || !slices.Contains(rows[0], "Code") {
			return nil, fmt.Errorf("%s: has no column Code", name)
		}
		column := slices.Index(rows[0], "Code")
		for _, row := range rows[1:] {
			list := strings.TrimSuffix(path.Base(name), ".csv")
			lists[list] = append(lists[list], row[column])
		}
	}
	return lists, nil
}

// with returns lists as an extension changes them: it replaces a list, adds
// to it (+NAME), or takes away (-NAME).
func (c codeLists) with(changes codeLists) codeLists {
	out := maps.Clone(c)
	for name, codes := range changes {
		switch {
		case strings.HasPrefix(name, "+"):
			out[name[1:]] = append(slices.Clone(out[name[1:]]), codes...)
		case strings.HasPrefix(name, "-"):
			out[name[1:]] = slices.DeleteFunc(slices.Clone(out[name[1:]]), func(code string) bool { return slices.Contains(codes, code) })
		default:
			out[name] = codes
		}
	}
	return out
}

// at reports whether an address is that of the extension.
func (e *Extension) at(url string) bool { return strings.Contains(url, "/"+e.folder+"/") }
