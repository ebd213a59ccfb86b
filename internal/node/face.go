package node

import (
	"context"
	"net/http"

	"golang.org/x/time/rate"

	"publica/internal/domain"
	"publica/internal/private"
	"publica/internal/readmodel"
	"publica/internal/web"
	"publica/trustee"
)

// face makes the pages and the API: those that know no domain, then those of
// each domain, then what tells of both. They also have work to do until the end.
func face(f *Folder, reg *register, model *readmodel.Model, vault *private.Store, trustees []*trustee.Service, o Options) (http.Handler, []func(context.Context) error, error) {
	if err := web.CheckAssets(); err != nil {
		o.Log.Warn("pages will look bare", "err", err)
	}
	proxies, err := f.Config.proxies()
	if err != nil {
		return nil, nil, err
	}
	services, err := f.signIn()
	if err != nil {
		return nil, nil, err
	}
	look, err := f.look()
	if err != nil {
		return nil, nil, err
	}
	site, err := web.New(web.Config{
		Look:     look,
		Register: reg, Title: f.Config.Title, Operator: f.Config.Operator, Contact: f.Config.Contact, Log: o.Log, Now: o.Now,
		PostRate: rate.Limit(f.Config.Limits.PostsPerSecond), Proxies: proxies,
		Vault: vault, SignIn: services, Gallery: o.Gallery, Scratch: f.dir,
	})
	if err != nil {
		return nil, nil, err
	}
	measureTrustees(site, trustees)
	drafter, err := f.drafter()
	if err != nil {
		return nil, nil, err
	}
	terms, err := f.Config.Data.terms()
	if err != nil {
		return nil, nil, err
	}
	key, err := f.Key("intake")
	if err != nil {
		return nil, nil, err
	}
	if err := domain.Mount(site, model, reg.Founding().Name, terms, &intake{key: key, reg: reg, now: o.Now, log: o.Log}, vault, drafter); err != nil {
		return nil, nil, err
	}
	tell, err := alerting(f, site, model, reg.Founding(), vault, o)
	if err != nil {
		return nil, nil, err
	}
	return site.Handler(), append(site.Background(), tell.Run), nil
}
