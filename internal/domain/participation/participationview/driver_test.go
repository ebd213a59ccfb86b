package participationview

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"testing"

	"publica"
	"publica/internal/domain/docket/docketview"
	"publica/internal/domain/identity/identityview"
	"publica/internal/readmodel"
	"publica/internal/registertest/viewtest"
	"publica/internal/web"
)

// What tests of views say to the house they share.
var (
	forBody, part                     = viewtest.ForBody, viewtest.Said
	get, page, post, read, says, text = viewtest.Get, viewtest.Page, viewtest.Post, viewtest.Read, viewtest.Says, viewtest.Text
)

var views = []readmodel.View{identityview.View(), docketview.View(), View()}

// register is one that these views show.
type register struct{ *viewtest.Register }

func newRegister(tb testing.TB) *register { return &register{viewtest.New(tb, views...)} }

// site serves the pages of a register.
func (r *register) site() (http.Handler, *readmodel.Model) {
	r.TB.Helper()
	return r.Site(func(s *web.Site, m *readmodel.Model) error {
		if err := Mount(s, m, intake{r.Face(m)}, nil, nil); err != nil {
			return err
		}
		return identityview.Mount(s, m)
	})
}

// intake takes contributions as a node does: by its intake key.
type intake struct{ viewtest.Face }

func (in intake) Contribute(ctx context.Context, docket publica.DocketID, kind publica.Kind, body any, parts []Part) (*publica.Receipt, error) {
	var texts []viewtest.Part
	for _, p := range parts {
		texts = append(texts, part(p.Name, string(p.Data)))
	}
	id, err := in.Try("intake", kind, body, texts...)
	if err != nil {
		return nil, err
	}
	if err := in.Model.Fill(ctx, in, nil); err != nil {
		return nil, err
	}
	rec, err := in.Record(ctx, id)
	if err != nil {
		return nil, err
	}
	return &publica.Receipt{Leaf: rec.Raw}, nil
}

func dump(tb testing.TB, m *readmodel.Model) string {
	tb.Helper()
	var b bytes.Buffer
	if err := m.Dump(tb.Context(), &b); err != nil {
		tb.Fatal(err)
	}
	return b.String()
}

// differ returns the first line in which two dumps differ.
func differ(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range x {
		if i >= len(y) || x[i] != y[i] {
			other := "(end)"
			if i < len(y) {
				other = y[i]
			}
			return x[i] + "\nagainst\n" + other
		}
	}
	return ""
}
