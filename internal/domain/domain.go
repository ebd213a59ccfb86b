// Package domain lists the domains of the register. It must not know more than
// their names; they refer to each other by entry id, except that every rule may
// ask identity who speaks and docket in which case.
package domain

import (
	"publica/internal/domain/commitment"
	"publica/internal/domain/docket"
	"publica/internal/domain/governance"
	"publica/internal/domain/identity"
	"publica/internal/domain/moderation"
	"publica/internal/domain/participation"
	"publica/internal/domain/procurement"
	"publica/internal/machine"
)

// All returns the domains of the register, in the order their genesis runs.
func All() []machine.Domain {
	return []machine.Domain{
		identity.Domain(),
		docket.Domain(),
		participation.Domain(),
		commitment.Domain(),
		procurement.Domain(),
		moderation.Domain(),
		governance.Domain(),
	}
}
