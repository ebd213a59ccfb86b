package identity

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"publica"
	"publica/internal/machine"
)

// Body is the body of identity/body. Names of public bodies are public and
// stand in the entry. The entry's id is the [publica.BodyID].
type Body struct {
	Name string   `json:"name"` // as the body calls itself, 1 to 200 characters
	Type BodyType `json:"type"`
}

// BodyType says what a public body is.
type BodyType string

const (
	Agency       BodyType = "agency"
	Oversight    BodyType = "oversight"
	University   BodyType = "university"
	CivilSociety BodyType = "civil-society"
	OtherBody    BodyType = "other"
)

var bodies = machine.NewTable[Body]("identity-body")

func checkBody(e *machine.Entry, b *Body) error {
	return machine.First(machine.NoDocket(e), b.Check("body"), machine.CheckParts(e))
}

// Check refuses a body without a name or type, naming the field under at.
func (b *Body) Check(at string) error {
	switch b.Type {
	case Agency, Oversight, University, CivilSociety, OtherBody:
	default:
		return publica.Problem(publica.Invalid, at+"/type", "is not a type of body").
			WithHint("one of agency, oversight, university, civil-society, other")
	}
	return CheckLabel(at+"/name", b.Name, 200)
}

func applyBody(tx *machine.Tx, e *machine.Entry, b *Body) error {
	if !IsFounder(tx, e.Author) {
		return publica.Problem(publica.Forbidden, "author", "is not a founder key of this register").
			WithHint("bodies are registered by the founders the genesis names, or admitted by the members with governance/propose")
	}
	RegisterBody(tx, publica.BodyID(e.ID), *b)
	return nil
}

// RegisterBody adds a body to the register.
func RegisterBody(tx *machine.Tx, id publica.BodyID, b Body) { bodies.Put(tx, id[:], b) }

// GetBody returns what a body registered as.
func GetBody(tx *machine.Tx, id publica.BodyID) (Body, bool) { return bodies.Get(tx, id[:]) }

// RequireBody refuses an id that names no body, naming the field it stands in.
func RequireBody(tx *machine.Tx, field string, id publica.BodyID) error {
	if !bodies.Has(tx, id[:]) {
		return publica.Problem(publica.NotFound, field, "is not a body of this register").
			WithHint("a body is named by the id of the entry that registered it")
	}
	return nil
}

// CheckLabel refuses a public name that is empty, longer than max characters,
// padded with white space, or holds control characters.
func CheckLabel(field, s string, max int) error {
	switch n := utf8.RuneCountInString(s); {
	case n == 0:
		return publica.Problem(publica.Invalid, field, "is missing")
	case n > max:
		return publica.Problem(publica.TooLarge, field, "is too long")
	case strings.TrimSpace(s) != s || strings.ContainsFunc(s, unicode.IsControl):
		return publica.Problem(publica.Invalid, field, "has white space around it or control characters in it")
	}
	return nil
}
