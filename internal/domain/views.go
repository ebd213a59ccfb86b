package domain

import (
	"fmt"

	"publica/internal/assist"
	"publica/internal/domain/commitment/commitmentview"
	"publica/internal/domain/docket/docketview"
	"publica/internal/domain/governance/governanceview"
	"publica/internal/domain/identity/identityview"
	"publica/internal/domain/participation/participationview"
	"publica/internal/domain/procurement/procurementview"
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
		commitmentview.View(),
		procurementview.View(),
		governanceview.View(),
	}
}

// Intake signs in the node's name: for people who have no key, and that documents of
// bids are held.
type Intake interface {
	participationview.Intake
	procurementview.Keeper
}

// DataTerms say on what terms a node publishes open contracting data.
type DataTerms = procurementview.DataTerms

// Part is one text of a contribution.
type Part = participationview.Part

// Mount adds the pages and reads of every domain to the site of a register, which
// is given by its name. intake may be nil: then the node signs for nobody; drafter,
// too: then the desk offers no drafts.
func Mount(site *web.Site, model *readmodel.Model, register string, terms DataTerms, intake Intake, vault web.Vault, drafter *assist.Drafter) error {
	if err := participationview.Mount(site, model, intake, vault, drafter); err != nil {
		return fmt.Errorf("pages of participation: %w", err)
	}
	if err := commitmentview.Mount(site, model, participationview.Menu, vault != nil); err != nil {
		return fmt.Errorf("pages of commitments: %w", err)
	}
	if err := procurementview.Mount(site, model, register, terms, participationview.Menu, vault != nil); err != nil {
		return fmt.Errorf("pages of procurement: %w", err)
	}
	if intake != nil {
		procurementview.KeepBids(site, model, register, intake)
	}
	if err := identityview.Mount(site, model); err != nil {
		return fmt.Errorf("pages of identity: %w", err)
	}
	if err := governanceview.Mount(site, model); err != nil {
		return fmt.Errorf("pages of governance: %w", err)
	}
	return nil
}
