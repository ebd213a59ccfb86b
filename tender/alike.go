package tender

import (
	"encoding/json/jsontext"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"publica"
	"publica/ocds"
)

// A Likeness is a published package held against the records of its tender.
type Likeness struct {
	Publication Publication  // as the package says of itself
	Indexes     int          // log indexes that were taken from it
	Later       int          // releases that follow from the records and are later than its last
	Differs     []Difference // at most [MaxDifferences]
}

// MaxDifferences bounds how many differences are told.
const MaxDifferences = 50

// A Difference is a place at which a published package says otherwise than what
// follows from the records.
type Difference struct {
	Path      jsontext.Pointer // in the package
	Published string           // JSON, shortened; "" if it says nothing there
	Follows   string           // the same, of what follows
}

// Alike holds a package that a node published, of releases or records of one tender,
// against the tender's records. What these do not say it takes from the package: the
// names of bodies, the indexes of records in the register's log, which it gives to
// the records, and what the package says of itself, as its address. Of these it can
// hold only that they do not contradict each other; everything else follows, or
// differs. It fails with a [publica.Error] if it is no package of the tender.
func Alike(in *Input, content Content, published []byte) (*Likeness, error) {
	root, err := ocds.Parse(published)
	if err != nil {
		return nil, publica.Problem(publica.Malformed, "like", "is no JSON: "+err.Error())
	}
	about, releases := "releases", root.Get("releases")
	if r := root.Get("records"); r != nil && len(r.Items) == 1 {
		about, releases = "records", r.Items[0].Get("releases")
	}
	if releases == nil || len(releases.Items) == 0 {
		return nil, publica.Problem(publica.Invalid, "like", "is no package of the releases or the record of a tender").WithHint("fetch /ocds/releases/OCID or /ocds/records/OCID of a node")
	}
	x := &Likeness{}
	if err := x.about(in, root, about, releases.Items); err != nil {
		return nil, err
	}
	x.take(in, releases.Items)
	follows, err := Releases(in, content, &x.Publication)
	if err != nil {
		return nil, err
	}
	last := releases.Items[len(releases.Items)-1].Get("id").Str()
	if i := slices.IndexFunc(follows, func(r *ocds.Node) bool { return r.Get("id").Str() == last }); i >= 0 {
		x.Later = len(follows) - i - 1
		follows = follows[:i+1]
	}
	pack := x.Publication.Pack
	if about == "records" {
		pack = x.Publication.Record
	}
	made, err := pack(follows)
	if err != nil {
		return nil, err
	}
	x.compare("", root, made)
	return x, nil
}

// about takes what the package says of itself.
func (x *Likeness) about(in *Input, root *ocds.Node, about string, releases []*ocds.Node) error {
	prefix, ok := strings.CutSuffix(releases[0].Get("ocid").Str(), "-"+in.Docket.String())
	if !ok {
		return publica.Problem(publica.Invalid, "like", "is of another tender: "+releases[0].Get("ocid").Str())
	}
	base, ok := strings.CutSuffix(root.Get("uri").Str(), "/ocds/"+about+"/"+releases[0].Get("ocid").Str())
	if !ok {
		return publica.Problem(publica.Invalid, "like", "has a uri that is not that of a tender's "+about+": "+root.Get("uri").Str()).WithHint("fetch /ocds/" + about + "/OCID of a node")
	}
	x.Publication = Publication{Prefix: prefix, Base: base, Names: map[publica.BodyID]string{}, License: root.Get("license").Str(), Policy: root.Get("publicationPolicy").Str(), Name: root.At("publisher", "name").Str()}
	return nil
}

// take takes names and indexes. Indexes grow with the docket, as the log did; one
// that does not is a difference.
func (x *Likeness) take(in *Input, releases []*ocds.Node) {
	index := map[string]int64{}
	for i, r := range releases {
		for _, p := range items(r.Get("parties")) {
			var body publica.BodyID
			if body.UnmarshalText([]byte(p.Get("id").Str())) == nil && in.names(body) {
				x.Publication.Names[body] = p.Get("name").Str()
			}
		}
		for k, proof := range items(r.At("ledgerProof", "records")) {
			id, n := proof.Get("id").Str(), proof.Get("index").ID()
			at, err := strconv.ParseInt(n, 10, 64)
			if was, seen := index[id]; n != "" && (err != nil || at < 1 || seen && was != at) {
				x.differ(jsontext.Pointer(fmt.Sprint("/releases/", i, "/ledgerProof/records/", k, "/index")), proof.Get("index"), nil)
			} else if n != "" {
				index[id] = at
			}
		}
	}
	before := int64(0)
	for i := range in.Records {
		r := &in.Records[i]
		if at, has := index[r.ID.String()]; has {
			if r.Index = at; at <= before && len(x.Differs) < MaxDifferences {
				x.Differs = append(x.Differs, Difference{"/releases", fmt.Sprint("record ", r.ID, " at log index ", at), fmt.Sprint("after the record at ", before)})
			}
			before = at
			x.Indexes++
		}
	}
}

// names reports whether records of a tender name a body: an id that a bidder has is
// none of a body.
func (in *Input) names(body publica.BodyID) bool {
	id := body.String()
	return slices.ContainsFunc(in.Records, func(r Record) bool { return r.For == body || strings.Contains(string(r.Body), id) })
}

func items(n *ocds.Node) []*ocds.Node {
	if n == nil {
		return nil
	}
	return n.Items
}

// differ notes that a place is not what follows.
func (x *Likeness) differ(path jsontext.Pointer, published, follows *ocds.Node) {
	if len(x.Differs) < MaxDifferences {
		x.Differs = append(x.Differs, Difference{path, shortened(published), shortened(follows)})
	}
}

// shortened is a node in at most 120 bytes and a bit.
func shortened(n *ocds.Node) string {
	if n == nil {
		return ""
	}
	text := string(ocds.Line(n))
	if len(text) > 120 {
		text = strings.ToValidUTF8(text[:120], "") + " …"
	}
	return text
}

// compare notes where a node is not what follows, as deep as it can be told. Items
// that have ids are compared by them.
func (x *Likeness) compare(path jsontext.Pointer, published, follows *ocds.Node) {
	switch {
	case ocds.Equal(published, follows):
	case published == nil || follows == nil || published.Kind != follows.Kind:
		x.differ(path, published, follows)
	case published.Kind == '{':
		for _, m := range published.Members {
			x.compare(path.AppendToken(m.Name), m.Value, follows.Get(m.Name))
		}
		for _, m := range follows.Members {
			if published.Get(m.Name) == nil {
				x.differ(path.AppendToken(m.Name), nil, m.Value)
			}
		}
	case published.Kind == '[' && named(published) && named(follows):
		x.compareNamed(path, published, follows)
	case published.Kind == '[' && len(published.Items) == len(follows.Items):
		for i := range published.Items {
			x.compare(path.AppendToken(strconv.Itoa(i)), published.Items[i], follows.Items[i])
		}
	default:
		x.differ(path, published, follows)
	}
}

func (x *Likeness) compareNamed(path jsontext.Pointer, published, follows *ocds.Node) {
	before := len(x.Differs)
	for i, n := range published.Items {
		x.compare(path.AppendToken(strconv.Itoa(i)), n, itemNamed(follows, n.Get("id").ID()))
	}
	for _, n := range follows.Items {
		if itemNamed(published, n.Get("id").ID()) == nil {
			x.differ(path, nil, n)
		}
	}
	if len(x.Differs) == before { // the same items in another order
		x.differ(path, published, follows)
	}
}

// named reports whether each item of a list has an id that no other has.
func named(list *ocds.Node) bool {
	for i, n := range list.Items {
		id := n.Get("id").ID()
		if id == "" || slices.ContainsFunc(list.Items[:i], func(o *ocds.Node) bool { return o.Get("id").ID() == id }) {
			return false
		}
	}
	return true
}

func itemNamed(list *ocds.Node, id string) *ocds.Node {
	for _, n := range list.Items {
		if n.Get("id").ID() == id {
			return n
		}
	}
	return nil
}
