package tender_test

import (
	"slices"
	"strings"
	"testing"

	"publica"
	"publica/ocds"
	"publica/tender"
)

// A published package is held against records that know neither names nor indexes:
// what follows agrees, and what somebody changed is named with its place.
func TestAlike(t *testing.T) {
	in, content := played(t, "audit")
	pub := &tender.Publication{Prefix: ocds.FictionalPrefix, Base: "https://node.example", Name: "Demo", License: "https://license.example/zero", Policy: "https://node.example/policy", Names: map[publica.BodyID]string{}}
	bare := *in
	bare.Records = slices.Clone(in.Records)
	for i := range in.Records {
		in.Records[i].Index, bare.Records[i].Index = int64(100+i), 0
		if b := in.Records[i].For; !b.IsZero() {
			pub.Names[b] = "Office of Salt"
		}
	}
	for _, write := range []func(*tender.Input, tender.Content, *tender.Publication) (*ocds.Node, error){tender.ReleasePackage, tender.RecordPackage} {
		pkg, err := write(in, content, pub)
		if err != nil {
			t.Fatal(err)
		}
		x := alike(t, &bare, content, ocds.Text(pkg))
		if len(x.Differs) > 0 || x.Later != 0 || x.Indexes == 0 || len(x.Publication.Names) == 0 || x.Publication.License != pub.License || x.Publication.Base != pub.Base {
			t.Errorf("%+v", x)
		}
		if again, err := write(&bare, content, &x.Publication); err != nil || !ocds.Equal(again, pkg) {
			t.Errorf("what was taken does not make the same package: %v", err)
		}
	}
	pkg, err := tender.ReleasePackage(in, content, pub)
	if err != nil {
		t.Fatal(err)
	}
	n := len(pkg.Get("releases").Items)
	for what, c := range map[string]struct {
		spoil func(*ocds.Node)
		want  string
	}{
		"a title": {func(p *ocds.Node) {
			last := p.Get("releases").Items[n-1]
			last.Get("tender").Set("title", ocds.Value("Other salt"))
		}, "/tender/title"},
		"a release left out": {func(p *ocds.Node) { p.Get("releases").Items = slices.Delete(p.Get("releases").Items, 1, 2) }, "/releases"},
		"a date":             {func(p *ocds.Node) { p.Set("publishedDate", ocds.Value("2020-01-01T00:00:00Z")) }, "/publishedDate"},
		"an index": {func(p *ocds.Node) {
			proofs := p.Get("releases").Items[n-1].At("ledgerProof", "records").Items
			proofs[len(proofs)-1].Set("index", ocds.Number("1"))
		}, "/releases"},
		"a name": {func(p *ocds.Node) { p.Get("releases").Items[0].Get("buyer").Set("name", ocds.Value("Mallory")) }, "/releases/0/buyer/name"},
	} {
		spoilt := pkg.Clone()
		c.spoil(spoilt)
		x := alike(t, &bare, content, ocds.Text(spoilt))
		if !slices.ContainsFunc(x.Differs, func(d tender.Difference) bool { return strings.Contains(string(d.Path), c.want) }) {
			t.Errorf("%s: %+v", what, x.Differs)
		}
	}
	early := pkg.Clone()
	early.Get("releases").Items = early.Get("releases").Items[:n-1]
	early.Set("publishedDate", early.Get("releases").Items[n-2].Get("date"))
	if x := alike(t, &bare, content, ocds.Text(early)); x.Later != 1 || len(x.Differs) > 0 {
		t.Errorf("a package of yesterday: %+v", x)
	}
	for _, text := range []string{"{", "{}", `{"releases":[]}`, `{"releases":[{"ocid":"x"}]}`} {
		if _, err := tender.Alike(&bare, content, []byte(text)); publica.CodeOf(err) != publica.Malformed && publica.CodeOf(err) != publica.Invalid {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func alike(t *testing.T, in *tender.Input, content tender.Content, raw []byte) *tender.Likeness {
	t.Helper()
	for i := range in.Records {
		in.Records[i].Index = 0
	}
	x, err := tender.Alike(in, content, raw)
	if err != nil {
		t.Fatal(err)
	}
	return x
}
