package procurementview

import (
	"net/http"
	"testing"

	"publica"
	"publica/internal/domain/commitment/commitmentview"
	"publica/internal/domain/docket"
	"publica/internal/domain/docket/docketview"
	"publica/internal/domain/identity/identityview"
	"publica/internal/domain/participation/participationview"
	"publica/internal/domain/procurement"
	"publica/internal/readmodel"
	"publica/internal/registertest"
	"publica/internal/registertest/viewtest"
	"publica/internal/web"
)

// register is one that these views show.
type register struct{ *viewtest.Register }

func newRegister(tb testing.TB) *register {
	return &register{viewtest.New(tb, identityview.View(), docketview.View(), participationview.View(), commitmentview.View(), View())}
}

// site serves the pages of a register.
func (r *register) site() (http.Handler, *readmodel.Model) {
	r.TB.Helper()
	return r.Site(func(s *web.Site, m *readmodel.Model) error {
		if err := participationview.Mount(s, m, nil, nil, nil); err != nil {
			return err
		}
		if err := Mount(s, m, registertest.Register, DataTerms{}, participationview.Menu, true); err != nil {
			return err
		}
		return identityview.Mount(s, m)
	})
}

// openTender opens a docket of type tender, to which later records go.
func (r *register) openTender(title string) publica.DocketID {
	r.Docket = publica.DocketID{} // a docket is opened outside of any
	id := r.Do("coordinator", "docket/open", docket.Open{Type: docket.Tender, Languages: []string{"en"}, Charter: docket.Charter{Contribute: docket.Anyone}},
		viewtest.ForBody, viewtest.Said("title", title), viewtest.Said("summary", "What is bought."))
	r.Docket = publica.DocketID(id)
	return r.Docket
}

// A tender stands in the list with its stage; its docket's page is the tender's.
func TestTenders(t *testing.T) {
	r := newRegister(t)
	id := r.openTender("A new well")
	r.Do("coordinator", "procurement/plan", procurement.Plan{Category: procurement.Works, Budget: &procurement.Money{Amount: 1250000, Currency: "USD"}}, viewtest.ForBody, viewtest.Said("text", "A well of 80 metres."))
	h, _ := r.site()
	viewtest.Says(t, viewtest.Page(t, h, "/tenders"), "A new well", "In preparation")
	viewtest.Says(t, viewtest.Page(t, h, "/docket/"+id.String()+"/tender"), "A new well", "12,500.00 USD", "Timeline")
	if code, _ := viewtest.Get(t, h, "/docket/"+id.String()); code != http.StatusSeeOther {
		t.Errorf("a tender's docket answers %d", code)
	}
}
