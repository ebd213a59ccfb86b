package ocds

import "slices"

// A mention is a place that refers to an organization, and the roles of which
// it needs one.
type mention struct {
	spot
	roles []string
}

// mentions are all places of a release that refer to organizations.
func (c *coherence) mentions() (all []mention) {
	add := func(s spot, roles ...string) {
		if s.is(object) {
			all = append(all, mention{s, roles})
		}
	}
	add(c.at("buyer"), "buyer")
	add(c.at("tender", "procuringEntity"), "procuringEntity")
	for _, s := range c.each("tender", "tenderers") {
		add(s, "tenderer")
	}
	for _, e := range c.each("tender", "enquiries") {
		add(e.at("author"), "enquirer")
	}
	for _, b := range c.each("bids", "details") {
		for _, s := range b.each("tenderers") {
			add(s, "tenderer")
		}
	}
	for _, a := range c.each("awards") {
		for _, s := range a.each("suppliers") {
			add(s, "supplier")
		}
	}
	for _, k := range c.each("contracts") {
		for _, t := range k.each("implementation", "transactions") {
			add(t.at("payer"), "payer")
			add(t.at("payee"), "payee")
		}
	}
	for _, o := range c.each("complaints") {
		add(o.at("complainant"))
		add(o.at("reviewBody"), "reviewBody")
	}
	return all
}

// parties are the organizations by their ids.
func (c *coherence) parties() map[string]spot {
	parties := map[string]spot{}
	for _, p := range c.each("parties") {
		parties[p.Get("id").ID()] = p
	}
	return parties
}

func partyExists(c *coherence) {
	parties := c.parties()
	for _, m := range c.mentions() {
		id := m.at("id")
		switch {
		case id.ID() == "":
			c.say(m.spot, "give id, and an object with that id in parties", "The organization has no id.")
		case parties[id.ID()].Node == nil:
			c.say(id, "add it to parties", "No party has the id %q.", id.ID())
		}
	}
}

func partyRole(c *coherence) {
	parties := c.parties()
	for _, m := range c.mentions() {
		p := parties[m.Get("id").ID()]
		if p.Node == nil || len(m.roles) == 0 {
			continue
		}
		if !slices.ContainsFunc(m.roles, p.Get("roles").holds) {
			c.say(m.spot, "add the role to "+string(p.path)+"/roles", "The organization is referred to as %s, a role that it does not have.", m.roles[0])
		}
	}
}

// referred are the roles that places of the standard refer to.
var referred = []string{"buyer", "procuringEntity", "tenderer", "supplier", "payer", "payee", "enquirer"}

func roleUsed(c *coherence) {
	used := map[string]bool{}
	for _, m := range c.mentions() {
		for _, role := range m.roles {
			used[m.Get("id").ID()+" "+role] = true
		}
	}
	for _, p := range c.each("parties") {
		for _, role := range p.each("roles") {
			if slices.Contains(referred, role.Str()) && !used[p.Get("id").ID()+" "+role.Text] {
				c.say(role, "take the role away, or refer to the organization where it has it", "Nothing refers to the organization as %s.", role.Text)
			}
		}
	}
}
