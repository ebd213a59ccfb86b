package procurementview

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strings"

	"publica"
	"publica/internal/domain/identity/identityview"
	"publica/internal/domain/procurement"
	"publica/internal/readmodel"
	"publica/internal/web"
)

// A holder is a key that holds a role for a body: it may be made trustee or
// evaluator of a tender.
type holder struct {
	Key   publica.KeyID
	Body  publica.BodyID
	Of    string // name of the body
	Name  string // of the account the key belongs to, "" if none
	Roles []string
}

// mostRoles is how many roles the keys are shown of that may be chosen from.
const mostRoles = 200

// holders lists keys with roles on the register, by body: those that are chosen, then
// the buyer's and others that a search finds. more says that not all are there.
func (p *pages) holders(ctx context.Context, buyer publica.BodyID, find string, chosen []publica.KeyID) (all []holder, more bool, err error) {
	l := web.LocaleIn(ctx)
	err = p.model.Read(ctx, func(s *readmodel.Snapshot) error {
		found, err := identityview.FindHolders(s, strings.TrimSpace(find), buyer, chosen, mostRoles+1)
		if more = len(found) > mostRoles; more {
			found = found[:mostRoles]
		}
		for i := range found {
			all = addHolder(l, all, &found[i])
		}
		slices.SortStableFunc(all, func(a, b holder) int {
			return cmp.Or(boolRank(a.Body == buyer)-boolRank(b.Body == buyer), cmp.Compare(a.Of, b.Of), slices.Compare(a.Body[:], b.Body[:]))
		})
		return err
	})
	return all, more, err
}

// addHolder adds a role, each key once for a body.
func addHolder(l *web.Locale, all []holder, h *identityview.BodyHolder) []holder {
	i := slices.IndexFunc(all, func(x holder) bool { return x.Key == h.Key && x.Body == h.Body })
	if i < 0 {
		i, all = len(all), append(all, holder{Key: h.Key, Body: h.Body, Of: h.Of, Name: h.Name})
	}
	all[i].Roles = append(all[i].Roles, identityview.RoleWords(l, h.Role))
	return all
}

// loadKeys loads the keys that may be chosen as trustees and evaluators: by the search
// that was sent, and those that were ticked or stood in an attempt before.
func (d *tenderDesk) loadKeys(ctx context.Context, p *pages, sent url.Values) (err error) {
	var chosen []publica.KeyID
	for _, v := range slices.Concat(sent["evaluators"], sent["trustees"]) {
		var key publica.KeyID
		if _, text, ok := strings.Cut(v, "-"); ok && len(chosen) < mostRoles && key.UnmarshalText([]byte(text)) == nil {
			chosen = append(chosen, key)
		}
	}
	if terms := d.T.Terms(); terms != nil && !d.Form.WasSent() {
		chosen = slices.Clone(terms.Evaluators)
		for _, t := range terms.Trustees {
			chosen = append(chosen, t.Key)
		}
	}
	d.keys, d.moreKeys, err = p.holders(ctx, d.T.Buyer, sent.Get("find"), chosen)
	return err
}

// words say which key it is.
func (h *holder) words(l *web.Locale) string {
	text := l.T("key {key}", "key", short(h.Key))
	if h.Name != "" {
		text = web.Apart(h.Name) + ", " + text
	}
	for i, r := range h.Roles {
		if i == 0 {
			text += ": " + r
		} else {
			text += ", " + r
		}
	}
	return text
}

// value names a key of a body in a form.
func (h *holder) value() string { return h.Body.String() + "-" + h.Key.String() }

// addSearch adds a search over keys, if there are more than are shown.
func (d *tenderDesk) addSearch(l *web.Locale) {
	if d.moreKeys || d.Form.Sent("find") != "" {
		d.Form.Add(web.FormField{Name: "find", Kind: "find", Label: l.T("Find evaluators and trustees"), Hint: l.T("A part of the name of a body or a person, or the first digits of a key. Not all keys are shown below; what is ticked stays.")}, "")
	}
}

// addKeys adds the keys of the register to tick, grouped by their bodies; was are
// those that stood in an attempt before.
func (d *tenderDesk) addKeys(l *web.Locale, name, label, hint string, was func(*holder) bool) {
	one := web.FormField{Name: name, Kind: "checks", Label: label, Hint: hint}
	for i := range d.keys {
		h := &d.keys[i]
		one.Options = append(one.Options, web.Choice{Value: h.value(), Text: h.words(l), Group: h.Of})
		if was(h) {
			one.Ticked = append(one.Ticked, h.value())
		}
	}
	d.Form.Add(one, "")
}

// ticked are the keys of the register that are ticked.
func (d *tenderDesk) ticked(name string) (all []*holder) {
	at := d.Form.Field(name)
	for i := range d.keys {
		if at.Has(d.keys[i].value()) {
			all = append(all, &d.keys[i])
		}
	}
	return all
}

// evaluators reads the keys that are to score.
func (d *tenderDesk) evaluators() (all []publica.KeyID) {
	for _, h := range d.ticked("evaluators") {
		if !slices.Contains(all, h.Key) {
			all = append(all, h.Key)
		}
	}
	return all
}

// trustees reads the keys that are to keep shares, each for one body.
func (d *tenderDesk) trustees(l *web.Locale) (all []procurement.Trustee) {
	for _, h := range d.ticked("trustees") {
		if slices.ContainsFunc(all, func(x procurement.Trustee) bool { return x.Key == h.Key }) {
			d.Form.Refuse("trustees", l.T("A key is ticked for two bodies: tick it once."))
			continue
		}
		all = append(all, procurement.Trustee{Body: h.Body, Key: h.Key})
	}
	return all
}
