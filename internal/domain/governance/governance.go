package governance

import (
	"publica"
	"publica/internal/domain/identity"
	"publica/internal/machine"
)

// Domain lists the kinds of governance and its system records.
func Domain() machine.Domain {
	return machine.Domain{
		Name: "governance",
		Kinds: []machine.Kind{
			machine.Define("governance/propose", "Proposes to change the register: its members, validators, parameters or code. By a governor of a member body.", checkPropose, applyPropose),
			machine.Define("governance/approve", "Approves a proposal in the name of a body. By a governor of a member body.", checkApprove, applyApprove),
			machine.Define("governance/reject", "Rejects a proposal in the name of a body, with a reason. By a governor of a member body.", checkReject, applyReject),
			machine.Define("governance/claim", "Proves that a node broke its promise. By anyone.", checkClaim, applyClaim),
		},
		Systems: []machine.System{
			{Name: decided, Doc: "More than two thirds of the member bodies approved a proposal.", Apply: neverDue},
			{Name: expired, Doc: "A proposal ran out of time.", Apply: expire},
		},
		Genesis: genesis,
	}
}

const (
	decided publica.Kind = "governance/decided"
	expired publica.Kind = "governance/expired"
)

// neverDue is for records that follow an entry at once and are not scheduled.
func neverDue(*machine.Tx, *machine.Due) bool { return false }

func genesis(tx *machine.Tx, g *machine.Genesis) error {
	for i := range g.Validators {
		remember(tx, &g.Validators[i])
	}
	return nil
}

// requireGovernor refuses an entry whose author does not speak for a member
// body.
func requireGovernor(tx *machine.Tx, e *machine.Entry) error {
	if err := identity.RequireRole(tx, e, identity.Governor); err != nil {
		return err
	}
	if !identity.IsMember(tx, e.For) {
		return publica.Problem(publica.Forbidden, "for", "is not a member: only member bodies govern the register").
			WithHint("a member can propose to admit it")
	}
	return nil
}
