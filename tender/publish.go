package tender

import (
	"slices"
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

// Releases returns a release for each record after which something else is to be
// published, in their order. Each says everything that was known then, so the last
// one alone tells the whole. The same records and content give the same bytes.
func Releases(in *Input, content Content, pub *Publication) ([]*ocds.Node, error) {
	var all []*ocds.Node
	was := newSeen()
	for i := range in.Records {
		r := &in.Records[i]
		tag := moments[r.Kind]
		if tag == "" || r.Refused != nil {
			continue
		}
		then := *in
		then.Records = in.Records[:i+1]
		p, err := read(&then, was)
		if err != nil {
			return nil, err
		}
		if tag != "planning" && p.Versions == nil {
			continue
		}
		release, err := p.release(r, tag, content, pub)
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

// release writes one release.
func (p *Process) release(r *Record, tag string, content Content, pub *Publication) (*ocds.Node, error) {
	w := &writer{Process: p, Publication: pub, content: content, at: r.Time}
	var err error
	if w.open, err = p.Open(content); err != nil {
		return nil, err
	}
	w.set, _ = p.Rules(content) // without them the criteria are named by their hash alone
	out := ocds.Object("ocid", p.OCID(pub.Prefix), "id", r.ID.String(), "date", r.Time.String(), "tag", []string{w.tag(r, tag)}, "initiationType", "tender")
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
	*Publication
	content Content
	at      publica.Time
	open    []*OpenBid
	set     *compliance.Set // the pinned rules, nil if they are not at hand
	roles   []role          // of organizations that were referred to, in order
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

// proof lists the records that the release rests on.
func (w *writer) proof(out *ocds.Node) *ocds.Node {
	list := ocds.List()
	for _, s := range w.Steps {
		if s.Refused != "" {
			continue
		}
		item := ocds.Object("id", s.ID.String(), "kind", string(s.Kind), "date", s.Time.String())
		if field := fieldOf(s.Kind); out.Get(strings.TrimPrefix(field, "/")) != nil {
			item.Set("fields", ocds.Value([]string{field}))
		}
		list.Items = append(list.Items, item)
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
