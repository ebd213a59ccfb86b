package tender

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"publica"
	"publica/compliance"
	"publica/ocds"
)

// Publication says how a tender is published as open contracting data.
type Publication struct {
	Prefix  string                    // of the ocid, as the standard registers it
	Base    string                    // address of the register, without a slash at the end: of packages and our own extensions
	Names   map[publica.BodyID]string // of bodies; one that is not there is named by its id
	License string                    // an address, "" for none
	Policy  string                    // address of the publication policy, "" for none
	Name    string                    // of the publisher
}

// moments are the kinds of records after which something else is to be published,
// with the tag of the release.
var moments = map[publica.Kind]string{
	"procurement/plan":         "planning",
	"procurement/published":    "tender",
	"procurement/amend":        "tenderAmendment",
	"procurement/answer":       "tenderUpdate",
	"procurement/clock-moved":  "tenderUpdate",
	"procurement/closed":       "tenderUpdate",
	"procurement/opened":       "tenderUpdate",
	"procurement/reject":       "tenderUpdate",
	"procurement/score-reveal": "tenderUpdate",
	"procurement/protest":      "tenderUpdate",
	"procurement/decide":       "tenderUpdate",
	"procurement/intent":       "award",
	"procurement/award":        "awardUpdate",
	"procurement/contract":     "contract",
	"procurement/modify":       "contractAmendment",
	"procurement/terminate":    "contractTermination",
	"procurement/milestone":    "implementation",
	"procurement/accept":       "implementationUpdate",
	"procurement/payment":      "implementationUpdate",
	"procurement/ended":        "tenderUpdate",
}

// OCID is the process's id in open contracting data.
func (p *Process) OCID(prefix string) string { return prefix + "-" + p.Docket.String() }

// Moments are the kinds of records after which a release is published, sorted. Not
// each of them has one: before a tender is published only a plan that says
// something has.
func Moments() []publica.Kind { return slices.Sorted(maps.Keys(moments)) }

// Releases returns a release for each record after which something else is to be
// published, in their order: its id is the record's. Each says everything that was
// known then, so the last one alone tells the whole. The same records and content
// give the same bytes, and more records add releases without changing any that are
// there. Releases share nodes: they must not be changed.
func Releases(in *Input, content Content, pub *Publication) ([]*ocds.Node, error) {
	var all []*ocds.Node
	p := newProcess(in)
	x := newPublisher(p, content, pub)
	for i := range in.Records {
		r := &in.Records[i]
		if err := p.take(r); err != nil {
			return nil, err
		}
		if r.Refused != nil {
			continue
		}
		x.add(r)
		tag := moments[r.Kind]
		if tag == "" || tag != "planning" && p.Versions == nil {
			continue
		}
		release, err := x.release(r, tag)
		if err != nil {
			return nil, err
		}
		if tag != "planning" || release.Get("planning") != nil { // a plan whose text is erased, and that has no budget, says nothing
			all = append(all, release)
		}
	}
	if len(all) == 0 {
		return nil, publica.Problem(publica.Early, "docket", "has nothing to publish: not even a plan")
	}
	return all, nil
}

// publisher writes the releases of a process as it grows. What does not change from
// one release to the next it makes once.
type publisher struct {
	*Publication
	process *Process
	content Content
	proofs  []proof                 // of the records so far
	papers  map[string][]*ocds.Node // documents so far, by where they belong
}

func newPublisher(p *Process, content Content, pub *Publication) *publisher {
	return &publisher{Publication: pub, process: p, content: content, papers: map[string][]*ocds.Node{}}
}

// add takes a record that the process has taken.
func (x *publisher) add(r *Record) {
	if handlers[r.Kind] == nil {
		return
	}
	x.proofs = append(x.proofs, x.prove(r))
	x.file(r)
}

// release writes one release.
func (x *publisher) release(r *Record, tag string) (*ocds.Node, error) {
	p := x.process
	w := &writer{Process: p, publisher: x, at: r.Time}
	var err error
	if w.open, err = p.Open(x.content); err != nil {
		return nil, err
	}
	w.set, _ = p.Rules(x.content) // without them the criteria are named by their hash alone
	out := ocds.Object("ocid", p.OCID(x.Prefix), "id", r.ID.String(), "date", r.Time.String(), "tag", []string{w.tag(r, tag)}, "initiationType", "tender")
	if len(p.Languages) > 0 {
		out.Set("language", ocds.Value(p.Languages[0]))
	}
	w.references(out)
	setSome(out, "planning", w.planning())
	if len(p.Versions) > 0 {
		out.Set("tender", w.tender())
	}
	setSome(out, "bids", w.bids())
	setList(out, "awards", w.awards())
	setList(out, "contracts", w.contracts())
	setList(out, "complaints", w.complaints())
	setList(out, "evaluations", w.evaluations())
	setList(out, "withheldInformation", w.withheld())
	out.Set("ledgerProof", w.proof(out))
	w.parties(out)
	return out, nil
}

// tag returns the tag of a release: what the record is, or as much of it as there
// is to tell.
func (w *writer) tag(r *Record, tag string) string {
	switch {
	case r.Kind == "procurement/ended" && w.Stage == Cancelled:
		return "tenderCancellation"
	case len(w.Versions) == 0:
		return "planning"
	case strings.HasPrefix(tag, "award") && len(w.awards()) == 0:
		return "tenderUpdate"
	}
	return tag
}

// writer writes the parts of one release.
type writer struct {
	*Process
	*publisher
	at    publica.Time
	open  []*OpenBid
	set   *compliance.Set // the pinned rules, nil if they are not at hand
	roles []role          // of organizations that were referred to, in order
}

type role struct{ id, name, role string }

// refer returns a reference to an organization in a role.
func (w *writer) refer(id, name, as string) *ocds.Node {
	if x := (role{id, name, as}); !slices.Contains(w.roles, x) {
		w.roles = append(w.roles, x)
	}
	return ocds.Object("id", id, "name", name)
}

func (w *writer) body(id publica.BodyID, as string) *ocds.Node {
	name := w.Names[id]
	if name == "" {
		name = "body " + id.String()[:16]
	}
	return w.refer(id.String(), name, as)
}

// bidder refers to who bids: by its name once it is known, else by its pseudonym.
func (w *writer) bidder(b *Bid, as string) *ocds.Node {
	name := "bidder " + b.Author.String()[:16]
	for _, x := range w.open {
		if x.Bid == b && x.Name() != "" {
			name = x.Name()
		}
	}
	return w.refer(b.Author.String(), name, as)
}

func (w *writer) references(out *ocds.Node) { out.Set("buyer", w.body(w.Buyer, "buyer")) }

// parties writes every organization that was referred to, with its roles.
func (w *writer) parties(out *ocds.Node) {
	list := ocds.List()
	for i, x := range w.roles {
		if slices.ContainsFunc(w.roles[:i], func(o role) bool { return o.id == x.id }) {
			continue
		}
		var roles []string
		for _, o := range w.roles {
			if o.id == x.id && !slices.Contains(roles, o.role) {
				roles = append(roles, o.role)
			}
		}
		party := ocds.Object("id", x.id, "name", x.name, "roles", roles)
		if k := w.identifier(x.id); k != nil {
			party.Set("identifier", k)
		}
		list.Items = append(list.Items, party)
	}
	out.Set("parties", list)
}

func (w *writer) identifier(id string) *ocds.Node {
	for _, b := range w.open {
		if b.Author.String() == id && b.Offer != nil && b.Offer.Bidder != nil && b.Offer.Bidder.Scheme != "" {
			return ocds.Object("scheme", b.Offer.Bidder.Scheme, "id", b.Offer.Bidder.ID, "legalName", b.Offer.Bidder.Name)
		}
	}
	return nil
}

// text returns a content part, "" if it is not at hand.
func (w *writer) text(id publica.EntryID, part string) string {
	raw, _ := w.content(id, part)
	return strings.TrimSpace(string(raw))
}

func setText(n *ocds.Node, name, text string) {
	if text != "" {
		n.Set(name, ocds.Value(text))
	}
}

func setSome(n *ocds.Node, name string, value *ocds.Node) {
	if value != nil && len(value.Members) > 0 {
		n.Set(name, value)
	}
}

func setList(n *ocds.Node, name string, items []*ocds.Node) {
	if len(items) > 0 {
		n.Set(name, &ocds.Node{Kind: '[', Items: items})
	}
}

// proof is a record as releases name it: with the field that rests on it, if the
// release has that.
type proof struct {
	kind        publica.Kind
	field       string
	plain, with *ocds.Node
}

func (x *publisher) prove(r *Record) proof {
	n := ocds.Object("id", r.ID.String(), "kind", string(r.Kind))
	if r.Index > 0 {
		n.Set("index", ocds.Number(strconv.FormatInt(r.Index, 10)))
	}
	n.Set("date", ocds.Value(r.Time.String()))
	if x.Base != "" {
		n.Set("receipt", ocds.Value(x.entry(r.ID)+"/receipt.json"))
	}
	k := proof{kind: r.Kind, field: fieldOf(r.Kind), plain: n, with: ocds.Object()}
	k.with.Members = append(slices.Clone(n.Members), ocds.Member{Name: "fields", Value: ocds.Value([]string{k.field})})
	return k
}

// entry is the address of a record.
func (x *publisher) entry(id publica.EntryID) string {
	return strings.TrimSuffix(x.Base, "/") + "/entry/" + id.String()
}

// proof lists the records that the release rests on. No bid is among them while
// nobody is told of any: the next release after the deadline has them.
func (w *writer) proof(out *ocds.Node) *ocds.Node {
	list := ocds.List()
	for _, k := range w.proofs {
		if !w.Tells(k.kind) {
			continue
		}
		if out.Get(strings.TrimPrefix(k.field, "/")) != nil {
			list.Items = append(list.Items, k.with)
		} else {
			list.Items = append(list.Items, k.plain)
		}
	}
	return ocds.Object("origin", w.Register, "records", list)
}

// fieldOf is the part of a release that rests on records of a kind.
func fieldOf(k publica.Kind) string {
	switch strings.TrimPrefix(string(k), "procurement/") {
	case "plan":
		return "/planning"
	case "bid", "open-share", "opened", "reveal", "compliance-result", "reject":
		return "/bids"
	case "intent", "award":
		return "/awards"
	case "contract", "milestone", "accept", "payment", "modify", "terminate":
		return "/contracts"
	case "protest", "protest-step", "decide":
		return "/complaints"
	case "score-commit", "score-reveal":
		return "/evaluations"
	}
	return "/tender"
}
