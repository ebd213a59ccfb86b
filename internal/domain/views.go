package domain

import (
	"publica/internal/domain/docket/docketview"
	"publica/internal/domain/identity/identityview"
	"publica/internal/domain/participation/participationview"
	"publica/internal/readmodel"
	"publica/internal/web"
)

// Views returns the tables of every domain, in the order they are filled: a
// view reads those before it.
func Views() []readmodel.View {
	return []readmodel.View{
		identityview.View(),
		docketview.View(),
		participationview.View(),
	}
}

// What the pages need of a node that takes contributions from people without a
// key.
type (
	Intake = participationview.Intake
	Part   = participationview.Part
)

// Mount adds the pages and reads of every domain to the site. The intake may
// be nil: then nobody without a key can contribute.
func Mount(site *web.Site, model *readmodel.Model, intake Intake) error {
	if err := identityview.Mount(site, model); err != nil {
		return err
	}
	return participationview.Mount(site, model, intake)
}
