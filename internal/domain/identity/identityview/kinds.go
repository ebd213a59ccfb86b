package identityview

import (
	"context"
	"encoding/json/v2"

	"publica"
	"publica/internal/domain/identity"
	"publica/internal/web"
)

// renderBody names a body on the page of the record that put it on the register.
func renderBody(ctx context.Context, rec *web.Record, e *publica.Entry) (*web.EntryView, error) {
	if rec.Leaf.Refused != nil || e == nil {
		return nil, nil
	}
	var b identity.Body
	if err := json.Unmarshal(e.Body, &b); err != nil {
		return nil, err
	}
	l := web.LocaleIn(ctx)
	return &web.EntryView{Headline: b.Name, Summary: l.T("A public body, registered."),
		Links: []web.Link{{Text: l.T("Public bodies"), Href: "/bodies"}}}, nil
}
