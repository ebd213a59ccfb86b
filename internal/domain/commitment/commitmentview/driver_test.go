package commitmentview

import (
	"net/http"
	"testing"

	"publica/internal/domain/docket/docketview"
	"publica/internal/domain/identity/identityview"
	"publica/internal/domain/participation/participationview"
	"publica/internal/readmodel"
	"publica/internal/registertest/viewtest"
	"publica/internal/web"
)

// What tests of views say to the house they share.
var (
	forBody, forThe, said = viewtest.ForBody, viewtest.ForThe, viewtest.Said
	get, page, read       = viewtest.Get, viewtest.Page, viewtest.Read
)

// register is one that these views show.
type register struct{ *viewtest.Register }

func newRegister(tb testing.TB) *register {
	return &register{viewtest.New(tb, identityview.View(), docketview.View(), participationview.View(), View())}
}

// site serves the pages of a register.
func (r *register) site() (http.Handler, *readmodel.Model) {
	r.TB.Helper()
	return r.Site(func(s *web.Site, m *readmodel.Model) error {
		if err := participationview.Mount(s, m, nil, nil, nil); err != nil {
			return err
		}
		if err := Mount(s, m, participationview.Menu, true); err != nil {
			return err
		}
		return identityview.Mount(s, m)
	})
}
