package tender

import (
	"strings"

	"publica"
	"publica/ocds"
	"publica/tender/profile"
)

// extensions are those that releases use, by the folders of the standard's registry
// and their versions: the three that have one for OCDS 1.1.5 are of it.
var extensions = []string{
	"ocds_bid_extension/v1.1.5", "ocds_lots_extension/v1.1.5", "ocds_enquiry_extension/v1.1.5", "ocds_requirements_extension/master",
	"ocds_awardCriteria_extension/master", "ocds_selectionCriteria_extension/master", "ocds_submissionTerms_extension/master",
	"ocds_bidOpening_extension/master", "ocds_withheldInformation_extension/master", "ocds_performance_failures_extension/master",
	"ocds_transactions_relatedMilestone_extension/master",
}

// ownExtensions stand at the register itself.
var ownExtensions = []string{"complaints", "evaluations", "ledgerProof", "standstill"}

// info is what packages say of themselves. They are dated as the last release: a
// package of the same records is the same bytes.
func (pub *Publication) info(uri, date string) ocds.PackageInfo {
	base := strings.TrimSuffix(pub.Base, "/")
	i := ocds.PackageInfo{URI: uri, Publisher: ocds.Publisher{Name: pub.Name}, License: pub.License, PublicationPolicy: pub.Policy, PublishedDate: date}
	for _, folder := range extensions {
		i.Extensions = append(i.Extensions, "https://raw.githubusercontent.com/open-contracting-extensions/"+folder+"/extension.json")
	}
	for _, name := range ownExtensions {
		i.Extensions = append(i.Extensions, base+"/ocds/extensions/"+name+"/extension.json")
	}
	return i
}

// about is info of the packages of one tender: releases or records.
func (pub *Publication) about(what string, releases []*ocds.Node) ocds.PackageInfo {
	return pub.info(strings.TrimSuffix(pub.Base, "/")+"/ocds/"+what+"/"+releases[0].Get("ocid").Str(), releases[len(releases)-1].Get("date").Str())
}

// Page packs some releases of any tenders as a page at an address, dated as is said.
// A page without releases is an object of the same form that the standard does not
// call a package.
func (pub *Publication) Page(uri, date string, releases []*ocds.Node) (*ocds.Node, error) {
	if len(releases) == 0 {
		return ocds.Object("uri", uri, "version", "1.1", "publishedDate", date, "publisher", ocds.Object("name", pub.Name), "releases", ocds.List()), nil
	}
	return ocds.NewReleasePackage(pub.info(uri, date), releases)
}

// ReleasePackage packs all releases of a tender.
func ReleasePackage(in *Input, content Content, pub *Publication) (*ocds.Node, error) {
	releases, err := Releases(in, content, pub)
	if err != nil {
		return nil, err
	}
	return pub.Pack(releases)
}

// Pack packs the releases of one tender.
func (pub *Publication) Pack(releases []*ocds.Node) (*ocds.Node, error) {
	if len(releases) == 0 {
		return nil, publica.Problem(publica.Early, "docket", "has nothing to publish")
	}
	return ocds.NewReleasePackage(pub.about("releases", releases), releases)
}

// RecordPackage makes the record of a tender: its releases, what they merge to, and
// with every version of every field.
func RecordPackage(in *Input, content Content, pub *Publication) (*ocds.Node, error) {
	releases, err := Releases(in, content, pub)
	if err != nil {
		return nil, err
	}
	return pub.Record(releases)
}

// Record makes the record of the releases of one tender.
func (pub *Publication) Record(releases []*ocds.Node) (*ocds.Node, error) {
	if len(releases) == 0 {
		return nil, publica.Problem(publica.Early, "docket", "has nothing to publish")
	}
	m, err := merging()
	if err != nil {
		return nil, err
	}
	r := ocds.Records{Info: pub.about("records", releases), Merge: m, Versioned: true}
	return r.New(releases)
}

// Compile returns the compiled release of a tender: what its releases merge to, as it
// stands in its record.
func Compile(releases []*ocds.Node) (*ocds.Node, error) {
	m, err := merging()
	if err != nil {
		return nil, err
	}
	return m.Compiled(releases)
}

func merging() (ocds.Merge, error) {
	s, err := ocds.Builtin()
	if err != nil {
		return ocds.Merge{}, err
	}
	p, _, err := s.Profile(s.Extensions()...)
	return ocds.Merge{Profile: p}, err
}

// CheckPackage checks a package as strictly as anyone will: what it returns must be empty
// before it is published.
func CheckPackage(pkg *ocds.Node, prefix string) ([]ocds.Problem, error) {
	s, err := ocds.Builtin()
	if err != nil {
		return nil, err
	}
	return ocds.Checker{Schemas: s, Prefixes: []string{prefix}}.Check(ocds.Read(ocds.Text(pkg)))
}

// leastValues is without how many values no bound is taken from them: a quartile of
// fewer than four says nothing, and of a single value it is that value.
const leastValues = 4

// FlagSettings are those by which red flags of tenders are computed: Cardinal's, but
// for the values that a bound takes; bidders name themselves; and what is held for
// practice is compared with nothing.
func FlagSettings() ocds.Settings {
	s := ocds.DefaultSettings()
	s.Least, s.SelfDeclared, s.Excluded = leastValues, true, []string{string(profile.Practice)}
	return s
}

// Flags computes the red flags that a process raises by itself, as it stands: none
// that is held for practice.
func (p *Process) Flags(content Content) ([]ocds.Flag, error) {
	if !p.invites() {
		return []ocds.Flag{}, nil
	}
	last := &Record{ID: p.Steps[len(p.Steps)-1].ID, Time: p.Until}
	release, err := newPublisher(p, content, &Publication{Prefix: ocds.FictionalPrefix}).whole(last, []string{"tenderUpdate"})
	if err != nil {
		return nil, err
	}
	compiled, err := Compile([]*ocds.Node{release})
	if err != nil {
		return nil, err
	}
	flags := ocds.Flags([]*ocds.Node{compiled}, FlagSettings()).Flags
	if flags == nil {
		flags = []ocds.Flag{}
	}
	return flags, nil
}
