package governance

import (
	"slices"
	"strconv"
	"time"

	"publica"
	"publica/internal/domain/identity"
	"publica/internal/machine"
)

// Propose is the body of governance/propose. Parts: title (required), text
// (required), the reason.
type Propose struct {
	Action  Action       `json:"action"`
	Expires publica.Time `json:"expires,omitzero"` // the proposal stands until then; absent: for [UsualTime]
}

// Limits of a proposal.
const (
	UsualTime = 30 * 24 * time.Hour // a proposal stands if it does not say
	MaxTime   = 90 * 24 * time.Hour
	MaxOpen   = 16 // proposals of one body
)

// Status says what became of a proposal.
type Status string

const (
	Open    Status = "open"
	Decided Status = "decided" // and took effect
	Failed  Status = "failed"  // decided, but it could no longer take effect
	Expired Status = "expired"
)

// Proposal is a proposal as it stands.
type Proposal struct {
	Action     Action           `json:"action"`
	Approvals  []publica.BodyID `json:"approvals"` // in the order they were given
	By         publica.BodyID   `json:"by"`
	Expires    publica.Time     `json:"expires"`
	Rejections []publica.BodyID `json:"rejections,omitempty"`
	Status     Status           `json:"status"`
}

var (
	proposals = machine.NewTable[Proposal]("governance-proposal")   // the entry
	standing  = machine.NewTable[publica.BodyID]("governance-open") // the entry of each open one: who proposed it
)

// Get returns a proposal as it stands.
func Get(tx *machine.Tx, id publica.EntryID) (Proposal, bool) { return proposals.Get(tx, id[:]) }

var proposeParts = []machine.PartRule{
	{Name: "title", Media: machine.PlainText, Required: true, Max: 1000},
	{Name: "text", Media: machine.Text, Required: true},
}

func checkPropose(e *machine.Entry, b *Propose) error {
	if b.Expires < 0 {
		return publica.Problem(publica.Invalid, "body/expires", "is out of range")
	}
	return machine.First(machine.NoDocket(e), machine.ForBody(e), b.Action.check(e.Register), machine.CheckParts(e, proposeParts...))
}

func applyPropose(tx *machine.Tx, e *machine.Entry, b *Propose) error {
	if err := requireGovernor(tx, e); err != nil {
		return err
	}
	p := Proposal{Action: b.Action, Approvals: []publica.BodyID{e.For}, By: e.For, Expires: b.Expires, Status: Open}
	switch now := tx.Time(); {
	case p.Expires == 0:
		p.Expires = now.Add(UsualTime)
	case p.Expires <= now || p.Expires > now.Add(MaxTime):
		return publica.Problem(publica.Invalid, "body/expires", "is not between the block time "+now.String()+" and 90 days after it")
	}
	if openOf(tx, e.For) >= MaxOpen {
		return publica.Problem(publica.Conflict, "for", "has "+strconv.Itoa(MaxOpen)+" open proposals, which is the most a body may have").
			WithHint("wait until one is decided or expires")
	}
	if _, err := b.Action.prepare(tx, e.ID); err != nil {
		return err
	}
	proposals.Put(tx, e.ID[:], p)
	standing.Put(tx, e.ID[:], e.For)
	tx.Schedule(p.Expires, expired, publica.DocketID{}, Expiry{e.ID})
	settle(tx, e.ID)
	return nil
}

func openOf(tx *machine.Tx, body publica.BodyID) (n int) {
	for _, by := range standing.Scan(tx, nil) {
		if by == body {
			n++
		}
	}
	return n
}

// Decision is the body of the system record governance/decided.
type Decision struct {
	Approvals []publica.BodyID `json:"approvals"`       // members that approved
	Failed    *publica.Refusal `json:"failed,omitzero"` // why it could not take effect, if so
	Members   int64            `json:"members"`         // how many there were
	Proposal  publica.EntryID  `json:"proposal"`
}

// settle decides a proposal if more than two thirds of the members approve.
// Where a body leaves by it, so do its voices, and others may follow: what two
// thirds are has changed.
func settle(tx *machine.Tx, id publica.EntryID) {
	p, _ := Get(tx, id)
	members := len(identity.Members(tx))
	if p.Status != Open || 3*len(p.Approvals) <= 2*members {
		return
	}
	d := Decision{Approvals: p.Approvals, Members: int64(members), Proposal: id}
	take, err := p.Action.prepare(tx, id)
	if p.Status = Decided; err != nil {
		p.Status, d.Failed = Failed, machine.RefusalOf(err)
	}
	proposals.Put(tx, id[:], p)
	standing.Delete(tx, id[:])
	tx.Emit(decided, publica.DocketID{}, d)
	if err != nil {
		return
	}
	take()
	if p.Action.RemoveBody != nil {
		forget(tx, p.Action.RemoveBody.Body)
		for other := range standing.Scan(tx, nil) {
			settle(tx, publica.EntryID(other))
		}
	}
}

// forget takes a body's voices out of the open proposals: should it become a
// member again, it is asked anew.
func forget(tx *machine.Tx, body publica.BodyID) {
	its := func(b publica.BodyID) bool { return b == body }
	for id := range standing.Scan(tx, nil) {
		p, _ := Get(tx, publica.EntryID(id))
		if slices.ContainsFunc(p.Approvals, its) || slices.ContainsFunc(p.Rejections, its) {
			p.Approvals = slices.DeleteFunc(slices.Clone(p.Approvals), its)
			p.Rejections = slices.DeleteFunc(slices.Clone(p.Rejections), its)
			proposals.Put(tx, id, p)
		}
	}
}

// Expiry is the body of the system record governance/expired.
type Expiry struct {
	Proposal publica.EntryID `json:"proposal"`
}

// expire runs when a proposal's time is over. What was decided meanwhile stays
// decided.
func expire(tx *machine.Tx, d *machine.Due) bool {
	var x Expiry
	if err := publica.DecodeStrict(d.Body, &x, "body"); err != nil {
		return false // cannot happen: applyPropose wrote it
	}
	p, _ := Get(tx, x.Proposal)
	if p.Status != Open {
		return false
	}
	p.Status = Expired
	proposals.Put(tx, x.Proposal[:], p)
	standing.Delete(tx, x.Proposal[:])
	return true
}
