package procurement

import (
	"publica"
	"publica/internal/machine"
	"publica/tender/currency"
)

// Plan is the body of procurement/plan: what is to be bought and what it may cost.
// A later plan replaces it until the tender is published. Parts: text (required),
// attachment-1 ….
type Plan struct {
	Budget   *Money   `json:"budget,omitzero"` // what is set aside
	Category Category `json:"category"`
}

// Category is what is bought (OCDS procurementCategory).
type Category string

const (
	Goods    Category = "goods"
	Works    Category = "works"
	Services Category = "services"
)

// Money is an amount in minor units, cents for example, of an ISO 4217 currency.
type Money struct {
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"` // three capital letters
}

const maxAmount = 1_000_000_000_000_000 // integers that every reader of JSON keeps whole

var (
	textParts      = []machine.PartRule{{Name: "text", Media: machine.Text, Required: true}, {Name: "attachment", Numbered: true}}
	reasonRequired = []machine.PartRule{{Name: "reason", Media: machine.Text, Required: true}, {Name: "attachment", Numbered: true}}
)

// check refuses an amount that is none; lowest is 0 or 1.
func (m *Money) check(field string, lowest int64) error {
	switch {
	case m.Amount < lowest || m.Amount > maxAmount:
		return publica.Problem(publica.Invalid, field+"/amount", "is missing or not an amount").
			WithHint("a whole number of minor units: 12500 for 125.00")
	case !currency.Known(m.Currency):
		return publica.Problem(publica.Invalid, field+"/currency", "is missing or not a currency").
			WithHint("a code of ISO 4217 that open contracting data knows, for example USD")
	}
	return nil
}

// in refuses an amount of another currency than the tender's.
func (m *Money) in(t *Publish, field string) error {
	if m.Currency != t.Currency {
		return publica.Problem(publica.Invalid, field+"/currency", "is not the tender's, "+t.Currency).WithHint("every amount of a tender is in one currency")
	}
	return nil
}

func checkPlan(e *machine.Entry, b *Plan) error {
	switch b.Category {
	case Goods, Works, Services:
	default:
		return publica.Problem(publica.Invalid, "body/category", "is missing or not what can be bought").WithHint("one of goods, works, services")
	}
	if b.Budget != nil {
		if err := b.Budget.check("body/budget", 1); err != nil {
			return err
		}
	}
	return machine.First(machine.InDocket(e), machine.ForBody(e), machine.CheckParts(e, textParts...))
}

func applyPlan(tx *machine.Tx, e *machine.Entry, _ *Plan) error {
	_, s, err := officer(tx, e, Draft)
	if err != nil {
		return err
	}
	s.Plan = e.ID
	put(tx, e.Docket, s)
	return nil
}
