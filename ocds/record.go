package ocds

import (
	"fmt"
	"strings"

	"publica"
)

// Publisher is who publishes.
type Publisher struct {
	Name   string
	Scheme string // of UID, "" for none
	UID    string
	URI    string
}

// PackageInfo is what a package says of itself.
type PackageInfo struct {
	URI               string // of the package; required
	Publisher         Publisher
	PublishedDate     string   // RFC 3339; required
	License           string   // an address, "" for none
	PublicationPolicy string   // an address, "" for none
	Extensions        []string // addresses of extension.json
}

// start makes the package's own fields. It fails with a [publica.Error] if
// one is missing.
func (i PackageInfo) start() (*Node, error) {
	for _, f := range [][2]string{{"uri", i.URI}, {"publisher/name", i.Publisher.Name}, {"publishedDate", i.PublishedDate}} {
		if f[1] == "" {
			return nil, publica.Problem(publica.Invalid, f[0], "is missing; a package says it of itself")
		}
	}
	publisher := Object("name", i.Publisher.Name)
	setUnlessEmpty(publisher, "scheme", i.Publisher.Scheme)
	setUnlessEmpty(publisher, "uid", i.Publisher.UID)
	setUnlessEmpty(publisher, "uri", i.Publisher.URI)
	p := Object("uri", i.URI, "version", "1.1", "publishedDate", i.PublishedDate, "publisher", publisher)
	setUnlessEmpty(p, "license", i.License)
	setUnlessEmpty(p, "publicationPolicy", i.PublicationPolicy)
	if len(i.Extensions) > 0 {
		p.Set("extensions", Value(i.Extensions))
	}
	return p, nil
}

func setUnlessEmpty(n *Node, name, value string) {
	if value != "" {
		n.Set(name, Value(value))
	}
}

// NewReleasePackage packs releases, in their order. It fails with a
// [publica.Error] if there are none or the package says too little of itself.
func NewReleasePackage(info PackageInfo, releases []*Node) (*Node, error) {
	p, err := info.start()
	if err != nil {
		return nil, err
	}
	if len(releases) == 0 {
		return nil, publica.Problem(publica.Invalid, "releases", "there are none to pack")
	}
	p.Set("releases", &Node{Kind: array, Items: releases})
	return p, nil
}

// Records says what records hold.
type Records struct {
	Info      PackageInfo
	Merge     Merge
	Versioned bool                       // each record has a versioned release too
	Packages  []string                   // addresses of the release packages that the releases are from
	Link      func(release *Node) string // the address of a release; nil embeds releases
}

// New makes a record package of releases: a record for each process, in the
// order of first appearance, with its releases by date, embedded or linked to,
// and its compiled release.
func (r Records) New(releases []*Node) (*Node, error) {
	p, err := r.Info.start()
	if err != nil {
		return nil, err
	}
	if len(releases) == 0 {
		return nil, publica.Problem(publica.Invalid, "releases", "there are none to make records of")
	}
	if len(r.Packages) > 0 {
		p.Set("packages", Value(r.Packages))
	}
	records := List()
	for _, group := range ByProcess(releases) {
		record, err := r.record(group)
		if err != nil {
			return nil, err
		}
		records.Items = append(records.Items, record)
	}
	p.Set("records", records)
	return p, nil
}

func (r Records) record(releases []*Node) (*Node, error) {
	sorted, err := sortReleases(releases)
	if err != nil {
		return nil, err
	}
	list := List()
	for _, release := range sorted {
		if r.Link == nil {
			list.Items = append(list.Items, release)
			continue
		}
		url := r.Link(release)
		if !strings.Contains(url, ":") {
			return nil, publica.Problem(publica.Invalid, "releases/url", fmt.Sprintf("%q is no address of the release %s", url, release.Get("id").ID()))
		}
		list.Items = append(list.Items, Object("url", url, "date", release.Get("date"), "tag", release.Get("tag")))
	}
	out := Object("ocid", sorted[0].Get("ocid"), "releases", list)
	compiled, err := r.Merge.Compiled(sorted)
	if err != nil {
		return nil, err
	}
	out.Set("compiledRelease", compiled)
	if r.Versioned {
		versioned, err := r.Merge.Versioned(sorted)
		if err != nil {
			return nil, err
		}
		out.Set("versionedRelease", versioned)
	}
	return out, nil
}
