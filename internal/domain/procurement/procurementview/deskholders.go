package procurementview

import (
	"context"
	"slices"

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

// holders lists the keys with roles on the register, by body.
func (p *pages) holders(ctx context.Context) (all []holder, err error) {
	l := web.LocaleIn(ctx)
	err = p.model.Read(ctx, func(s *readmodel.Snapshot) error {
		bodies, err := bodiesOf(s)
		if err != nil {
			return err
		}
		for _, c := range bodies {
			var body publica.BodyID
			if err := body.UnmarshalText([]byte(c.Value)); err != nil {
				return err
			}
			held, err := identityview.HoldersOf(s, body)
			if err != nil {
				return err
			}
			all = addHolders(l, all, body, c.Text, held)
		}
		return nil
	})
	return all, err
}

// addHolders adds who holds roles for a body, each key once.
func addHolders(l *web.Locale, all []holder, body publica.BodyID, name string, held []identityview.Holder) []holder {
	first := len(all)
	for _, h := range held {
		i := slices.IndexFunc(all[first:], func(x holder) bool { return x.Key == h.Key })
		if i < 0 {
			all = append(all, holder{Key: h.Key, Body: body, Of: name, Name: h.Name})
			i = len(all) - first - 1
		}
		all[first+i].Roles = append(all[first+i].Roles, identityview.RoleWords(l, h.Role))
	}
	return all
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

// addKeys adds the keys of the register to tick, grouped by their bodies.
func (d *tenderDesk) addKeys(l *web.Locale, name, label, hint string) {
	one := web.FormField{Name: name, Kind: "checks", Label: label, Hint: hint}
	for i := range d.keys {
		h := &d.keys[i]
		one.Options = append(one.Options, web.Choice{Value: h.value(), Text: h.words(l), Group: h.Of})
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
