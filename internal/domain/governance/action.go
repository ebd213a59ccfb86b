package governance

import (
	"bytes"
	"slices"
	"strconv"

	"publica"
	"publica/internal/domain/identity"
	"publica/internal/machine"
)

// Action is what a proposal would do: exactly one of these.
type Action struct {
	AdmitBody       *AdmitBody          `json:"admit_body,omitzero"`
	AdmitValidator  *machine.Validator  `json:"admit_validator,omitzero"`  // run by a member
	ChangeValidator *ChangeValidator    `json:"change_validator,omitzero"` // other keys, address, power
	RemoveBody      *RemoveBody         `json:"remove_body,omitzero"`
	RemoveValidator *RemoveValidator    `json:"remove_validator,omitzero"`
	SetParameters   *machine.Parameters `json:"set_parameters,omitzero"` // all of them
	Upgrade         *machine.Upgrade    `json:"upgrade,omitzero"`
}

// AdmitBody registers a body by name and type, with the id of the proposal, or
// takes one that is registered.
type AdmitBody struct {
	Body      publica.BodyID    `json:"body,omitzero"` // registered already; else name and type
	Governors []publica.KeyID   `json:"governors"`     // keys that speak for it
	Member    bool              `json:"member"`        // it takes part in governance
	Name      string            `json:"name,omitzero"`
	Type      identity.BodyType `json:"type,omitzero"`
}

// RemoveBody ends a membership. The validators the body runs leave with it; the
// body stays registered.
type RemoveBody struct {
	Body publica.BodyID `json:"body"`
}

// RemoveValidator has a node no longer decide blocks.
type RemoveValidator struct {
	Consensus []byte `json:"consensus"` // its key, base64
}

// ChangeValidator replaces all that is said of a validator but its name and its
// body.
type ChangeValidator struct {
	Consensus []byte            `json:"consensus"` // its key until now, base64
	Validator machine.Validator `json:"validator"`
}

// MinUpgradeNotice is how many blocks there are at least between the decision
// on an upgrade and its height: time to install it.
const MinUpgradeNotice = 10

const maxBuilds = 16

const at = "body/action"

// named returns the names of the actions that are there.
func (a *Action) named() (names []string) {
	for _, n := range []struct {
		name  string
		there bool
	}{
		{"admit_body", a.AdmitBody != nil}, {"admit_validator", a.AdmitValidator != nil}, {"change_validator", a.ChangeValidator != nil},
		{"remove_body", a.RemoveBody != nil}, {"remove_validator", a.RemoveValidator != nil},
		{"set_parameters", a.SetParameters != nil}, {"upgrade", a.Upgrade != nil},
	} {
		if n.there {
			names = append(names, n.name)
		}
	}
	return names
}

// Name returns the name of the action, for example "admit_body".
func (a *Action) Name() string { return a.named()[0] }

// check refuses an action that could never be taken.
func (a *Action) check(register string) error {
	names := a.named()
	if len(names) != 1 {
		return publica.Problem(publica.Invalid, at, "holds "+strconv.Itoa(len(names))+" actions, not one").
			WithHint("one of admit_body, admit_validator, change_validator, remove_body, remove_validator, set_parameters, upgrade")
	}
	field := at + "/" + names[0]
	switch {
	case a.AdmitBody != nil:
		return a.AdmitBody.check(field)
	case a.AdmitValidator != nil:
		return a.AdmitValidator.Check(register, field)
	case a.ChangeValidator != nil:
		return machine.First(checkConsensus(field, a.ChangeValidator.Consensus), a.ChangeValidator.Validator.Check(register, field+"/validator"))
	case a.RemoveBody != nil && a.RemoveBody.Body == publica.BodyID{}:
		return publica.Problem(publica.Invalid, field+"/body", "is missing")
	case a.RemoveValidator != nil:
		return checkConsensus(field, a.RemoveValidator.Consensus)
	case a.SetParameters != nil:
		return a.SetParameters.Check(field)
	case a.Upgrade != nil:
		return checkUpgrade(field, a.Upgrade)
	}
	return nil
}

func (b *AdmitBody) check(field string) error {
	if b.Body != (publica.BodyID{}) {
		if b.Name != "" || b.Type != "" {
			return publica.Problem(publica.Invalid, field+"/name", "and type are those of the body that is registered already").
				WithHint("leave them out, or leave body out to register another")
		}
		return identity.CheckGovernors(field, b.Governors)
	}
	body := identity.Body{Name: b.Name, Type: b.Type}
	return machine.First(body.Check(field), identity.CheckGovernors(field, b.Governors))
}

func checkConsensus(field string, key []byte) error {
	if len(key) != 32 {
		return publica.Problem(publica.Invalid, field+"/consensus", "is not the consensus key of a validator: 32 bytes in base64")
	}
	return nil
}

func checkUpgrade(field string, u *machine.Upgrade) error {
	if len(u.Code) == 0 || len(u.Code) > maxBuilds {
		return publica.Problem(publica.Invalid, field+"/code", "is missing, or more than "+strconv.Itoa(maxBuilds)).
			WithHint("the SHA-256 of the executable, one for each platform it is built for")
	}
	for i, c := range u.Code {
		if c == (publica.Hash{}) || slices.Contains(u.Code[:i], c) {
			return publica.Problem(publica.Invalid, field+"/code/"+strconv.Itoa(i), "is absent or stands twice")
		}
	}
	if u.Height < 1 {
		return publica.Problem(publica.Invalid, field+"/height", "is missing: the height of the first block that the new code executes")
	}
	return identity.CheckLabel(field+"/version", u.Version, 64)
}

// prepare returns what takes the action, or an [publica.Error] if it cannot be
// taken as things stand now. Of is the proposal.
func (a *Action) prepare(tx *machine.Tx, of publica.EntryID) (take func(), err error) {
	field := at + "/" + a.Name()
	switch {
	case a.AdmitBody != nil:
		return a.AdmitBody.prepare(tx, field, of)
	case a.AdmitValidator != nil:
		return prepareValidator(tx, field, nil, a.AdmitValidator)
	case a.ChangeValidator != nil:
		return prepareValidator(tx, field, a.ChangeValidator.Consensus, &a.ChangeValidator.Validator)
	case a.RemoveBody != nil:
		return a.RemoveBody.prepare(tx, field)
	case a.RemoveValidator != nil:
		return prepareValidator(tx, field, a.RemoveValidator.Consensus, nil)
	case a.SetParameters != nil:
		if *a.SetParameters == tx.Parameters() {
			return nil, publica.Problem(publica.Conflict, field, "are what holds already")
		}
		return func() { tx.SetParameters(*a.SetParameters) }, nil
	default:
		if earliest := tx.Height() + MinUpgradeNotice; a.Upgrade.Height < earliest {
			return nil, publica.Problem(publica.Late, field+"/height", "is too soon: the nodes need "+strconv.Itoa(MinUpgradeNotice)+" blocks to install it").
				WithHint("name height " + strconv.FormatInt(earliest, 10) + " or later")
		}
		return func() { tx.SetUpgrade(*a.Upgrade) }, nil
	}
}

func (b *AdmitBody) prepare(tx *machine.Tx, field string, of publica.EntryID) (take func(), err error) {
	id := b.Body
	if id != (publica.BodyID{}) {
		if err := identity.RequireBody(tx, field+"/body", id); err != nil {
			return nil, err
		}
		if identity.IsMember(tx, id) {
			return nil, publica.Problem(publica.Conflict, field+"/body", "is a member already")
		}
	}
	if b.Member && len(identity.Members(tx)) >= identity.MaxMembers {
		return nil, publica.Problem(publica.TooLarge, field, "would be one member too many: a register has at most "+strconv.Itoa(identity.MaxMembers))
	}
	return func() {
		if id == (publica.BodyID{}) {
			id = publica.BodyID(of)
			identity.RegisterBody(tx, id, identity.Body{Name: b.Name, Type: b.Type})
		}
		identity.Appoint(tx, id, b.Governors)
		if b.Member {
			identity.Join(tx, id)
		}
	}, nil
}

func (b *RemoveBody) prepare(tx *machine.Tx, field string) (take func(), err error) {
	if !identity.IsMember(tx, b.Body) {
		return nil, publica.Problem(publica.NotFound, field+"/body", "is not a member of this register")
	}
	if len(identity.Members(tx)) == 1 {
		return nil, publica.Problem(publica.Conflict, field+"/body", "is the last member: nobody would be left to govern the register")
	}
	all := tx.Validators()
	next := slices.DeleteFunc(slices.Clone(all), func(v machine.Validator) bool { return v.Body == b.Body })
	if len(next) == len(all) {
		return func() { identity.Leave(tx, b.Body) }, nil
	}
	if err := tx.CheckValidators(field+"/body", next); err != nil {
		return nil, err
	}
	return func() {
		identity.Leave(tx, b.Body)
		tx.SetValidators(next)
	}, nil
}

// prepareValidator puts next in the place of the validator that has the key
// old; without old it is added, without next the old one leaves.
func prepareValidator(tx *machine.Tx, field string, old []byte, next *machine.Validator) (take func(), err error) {
	all := tx.Validators()
	if old != nil {
		i := slices.IndexFunc(all, func(v machine.Validator) bool { return bytes.Equal(v.Consensus, old) })
		if i < 0 {
			return nil, publica.Problem(publica.NotFound, field+"/consensus", "is not the key of a validator of this register")
		}
		if next != nil && (next.Name != all[i].Name || next.Body != all[i].Body) {
			return nil, publica.Problem(publica.Conflict, field+"/validator/name", "and body stay what they are, "+all[i].Name+" of "+all[i].Body.String()).
				WithHint("remove it and admit another instead")
		}
		all = slices.Delete(all, i, i+1)
	}
	if next != nil {
		if !identity.IsMember(tx, next.Body) {
			return nil, publica.Problem(publica.NotFound, field+"/body", "is not a member of this register").
				WithHint("validators are run by member bodies: admit the body first")
		}
		if r, ok := RecordOf(tx, next.Name); ok && r.Body != next.Body {
			return nil, publica.Problem(publica.Conflict, field+"/name", "was that of a validator of another body, and stays so: promises are kept or broken in a name").
				WithHint("give the node a new name, and keys in that name")
		}
		if ambiguous(tx, next.Node) {
			return nil, publica.Problem(publica.Conflict, field+"/node", "has the hash of a key by which this node promised before").
				WithHint("make another key")
		}
		all = append(all, *next)
	}
	if err := tx.CheckValidators(field, all); err != nil {
		return nil, err
	}
	return func() {
		tx.SetValidators(all)
		if next != nil {
			remember(tx, next)
		}
	}, nil
}
