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
// with what it is tagged.
var moments = map[publica.Kind]string{
	"procurement/plan":              "planning",
	"procurement/published":         "tender",
	"procurement/amend":             "tenderAmendment",
	"procurement/answer":            "tenderUpdate",
	"procurement/clock-moved":       "tenderUpdate",
	"procurement/closed":            "tenderUpdate",
	"procurement/opened":            "tenderUpdate",
	"procurement/compliance-result": "tenderUpdate",
	"procurement/reject":            "tenderUpdate",
	"procurement/score-reveal":      "tenderUpdate",
	"procurement/protest":           "tenderUpdate",
	"procurement/protest-step":      "tenderUpdate",
	"procurement/decide":            "tenderUpdate",
	"procurement/debrief":           "tenderUpdate",
	"procurement/intent":            "award",
	"procurement/clock-ended":       "awardUpdate", // of the standstill alone
	"procurement/award":             "awardUpdate",
	"procurement/contract":          "contract",
	"procurement/modify":            "contractAmendment",
	"procurement/terminate":         "contractTermination",
	"procurement/milestone":         "implementation",
	"procurement/accept":            "implementationUpdate",
	"procurement/payment":           "implementationUpdate",
	"procurement/ended":             "tenderUpdate",
}

// OCID is the process's id in open contracting data.
func (p *Process) OCID(prefix string) string { return prefix + "-" + p.Docket.String() }

// Moments are the kinds of records after which a release is published, sorted. Not
// each record of them has one: a block has one release, after the last of them, and
// before a tender is published only a plan that says something has one, and the end
// of what was planned.
func Moments() []publica.Kind { return slices.Sorted(maps.Keys(moments)) }

// Releases returns a release for each block after which something else is to be
// published, in their order: its id is that of the block's last record that makes it
// due, and it says how the tender stands after the block. Releases have an order by
// their dates alone, and those of one block would have one date. The first says
// everything that is known; each later one as well, except for what never changes
// once it is said ([since]). Merged they tell the whole. The same records and content
// give the same bytes, and more blocks add releases without changing any that are
// there. Releases share nodes: they must not be changed.
func Releases(in *Input, content Content, pub *Publication) ([]*ocds.Node, error) {
	all, _, err := releases(in, content, pub)
	return all, err
}

// releases returns also what the last release would be if it told everything.
func releases(in *Input, content Content, pub *Publication) (all []*ocds.Node, whole *ocds.Node, err error) {
	p := newProcess(in)
	x := newPublisher(p, content, pub)
	for i := range in.Records {
		r := &in.Records[i]
		if err := p.take(r); err != nil {
			return nil, nil, err
		}
		if r.Refused == nil {
			x.add(r)
		}
		if i+1 < len(in.Records) && in.Records[i+1].Height == r.Height {
			continue // of the same block
		}
		release, err := x.next()
		if err != nil {
			return nil, nil, err
		}
		if release != nil {
			all = append(all, release)
		}
	}
	if len(all) == 0 {
		return nil, nil, publica.Problem(publica.Early, "docket", "has nothing to publish: not even a plan")
	}
	return all, x.told, nil
}

// publisher writes the releases of a process as it grows. What does not change from
// one release to the next it makes once.
type publisher struct {
	*Publication
	process *Process
	content Content
	proofs  []proof                 // of the records so far
	papers  map[string][]*ocds.Node // documents so far, by where they belong

	due  *Record    // the last record of the block that makes a release due, if one does
	tags []string   // of that release
	told *ocds.Node // all that was told until the last release
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
	tags := x.tagsOf(r)
	for _, tag := range tags {
		if !slices.Contains(x.tags, tag) {
			x.tags = append(x.tags, tag)
		}
	}
	if len(tags) > 0 {
		x.due = r
	}
}

// tagsOf are the tags of what a record makes known, none if it makes no release due.
func (x *publisher) tagsOf(r *Record) (tags []string) {
	p, tag := x.process, moments[r.Kind]
	standstill := func(c *Clock) bool { return c.Name == StandstillClock && c.Ran.ID == r.ID }
	switch {
	case tag == "", r.Kind == "procurement/clock-ended" && !slices.ContainsFunc(p.Clocks, standstill):
		return nil
	case tag == "planning" && x.told.Get("planning") != nil:
		tag = "planningUpdate"
	case r.Kind == "procurement/ended" && p.Stage == Cancelled:
		tag = "tenderCancellation"
	}
	tags = []string{tag}
	if slices.ContainsFunc(p.Intents, func(i *Intent) bool { return i.Void.ID == r.ID }) {
		tags = append(tags, "awardCancellation")
	}
	return tags
}

// next writes the release that the block made due, nil if there is none or nothing to
// tell in it: a plan whose text is erased, and that has no budget, says nothing.
func (x *publisher) next() (*ocds.Node, error) {
	r, tags := x.due, x.tags
	x.due, x.tags = nil, nil
	if r == nil {
		return nil, nil
	}
	whole, err := x.whole(r, tags)
	if err != nil {
		return nil, err
	}
	tags = slices.DeleteFunc(tags, func(tag string) bool { return whole.Get(announced(tag)) == nil })
	if len(tags) == 0 {
		return nil, nil
	}
	whole.Set("tag", ocds.Value(tags))
	release := since(whole, x.told)
	x.told = whole
	return release, nil
}

// announced is the part of a release that a tag says is in it.
func announced(tag string) string {
	switch {
	case strings.HasPrefix(tag, "planning"):
		return "planning"
	case strings.HasPrefix(tag, "tender"):
		return "tender"
	case strings.HasPrefix(tag, "award"):
		return "awards"
	}
	return "contracts"
}

// whole writes a release that says everything.
func (x *publisher) whole(r *Record, tags []string) (*ocds.Node, error) {
	p := x.process
	w := &writer{Process: p, publisher: x, at: r.Time}
	var err error
	if w.open, err = p.Open(x.content); err != nil {
		return nil, err
	}
	w.set, _ = p.Rules(x.content) // without them the criteria are named by their hash alone
	out := ocds.Object("ocid", p.OCID(x.Prefix), "id", r.ID.String(), "date", r.Time.String(), "tag", tags, "initiationType", "tender")
	if len(p.Languages) > 0 {
		out.Set("language", ocds.Value(p.Languages[0]))
	}
	w.references(out)
	setSome(out, "planning", w.planning())
	switch {
	case p.invites():
		w.invited(out)
	case !p.Ended.IsZero() && p.Plan() != nil:
		out.Set("tender", w.ended())
	}
	out.Set("ledgerProof", w.proof(out))
	w.parties(out)
	return out, nil
}

// invites reports whether the tender was published: its keys are made and bids are
// taken, or were. A text whose ceremony fails invites nobody; the next may be another.
func (p *Process) invites() bool { c := p.Ceremony(); return c != nil && !c.Published.IsZero() }

// invited writes what is told of a tender that was published.
func (w *writer) invited(out *ocds.Node) {
	out.Set("tender", w.tender())
	setSome(out, "bids", w.bids())
	setList(out, "awards", w.awards())
	setList(out, "contracts", w.contracts())
	setList(out, "complaints", w.complaints())
	setList(out, "evaluations", w.evaluations())
	setList(out, "withheldInformation", w.withheld())
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

// bidder refers to who bids: by the id and the name that it gives itself, once they
// are known, else by its pseudonym. Nobody has checked them but whoever judged the bid.
func (w *writer) bidder(b *Bid, as string) *ocds.Node {
	x := w.named(b)
	if x == nil {
		return w.refer(b.Author.String(), "bidder "+b.Author.String()[:16], as)
	}
	return w.refer(partyID(x), x.Name(), as)
}

// named is the open bid in which a bidder names itself: the one given, or another by
// the same key. It is nil if there is none.
func (w *writer) named(b *Bid) (found *OpenBid) {
	for _, x := range w.open {
		if x.Author == b.Author && x.Name() != "" && (found == nil || x.Bid == b) {
			found = x
		}
	}
	return found
}

// partyID is the id of an organization that names itself: by its identifier, as is the
// custom of the standard, so that it is the same in every tender; else by its key.
func partyID(x *OpenBid) string {
	if k := x.Offer.Bidder; k.Scheme != "" && k.ID != "" {
		return k.Scheme + "-" + k.ID
	}
	return x.Author.String()
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
		w.identify(party)
		list.Items = append(list.Items, party)
	}
	out.Set("parties", list)
}

// keyScheme is the scheme of identifiers that are keys of this register: it is in no
// list of schemes.
const keyScheme = "X-PUBLICA-KEY"

// identify gives a bidder the identifier that it gives itself, and the keys that it
// bids by.
func (w *writer) identify(party *ocds.Node) {
	id := party.Get("id").Str()
	var keys []*ocds.Node
	seen := map[publica.KeyID]bool{}
	for _, b := range w.open {
		if x := w.named(b.Bid); x == nil || seen[b.Author] || partyID(x) != id || id == b.Author.String() {
			continue
		}
		seen[b.Author] = true
		if k := w.named(b.Bid).Offer.Bidder; len(keys) == 0 {
			party.Set("identifier", ocds.Object("scheme", k.Scheme, "id", k.ID, "legalName", k.Name))
		}
		keys = append(keys, ocds.Object("scheme", keyScheme, "id", b.Author.String()))
	}
	setList(party, "additionalIdentifiers", keys)
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
