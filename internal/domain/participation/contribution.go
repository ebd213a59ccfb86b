package participation

import (
	"slices"
	"strconv"
	"strings"

	"publica"
	"publica/internal/domain/docket"
	"publica/internal/domain/identity"
	"publica/internal/machine"
)

// admit holds a contribution, or an endorsement, to the docket: it takes
// contributions now, from this author, who has not sent too many.
func admit(tx *machine.Tx, e *machine.Entry, m *docket.Imported) (docket.State, error) {
	s, err := docket.Require(tx, e)
	if err != nil {
		return s, err
	}
	if err := s.Contributing(); err != nil {
		return s, err
	}
	if m != nil {
		_, err := docket.RequireImporter(tx, e)
		return s, err
	}
	if e.For != (publica.BodyID{}) {
		if err := identity.RequireBody(tx, "for", e.For); err != nil {
			return s, err
		}
		if len(identity.RolesOf(tx, e.For, e.Author)) == 0 {
			return s, publica.Problem(publica.Forbidden, "for", "the author holds no role for this body").
				WithHint("leave for out to speak for yourself")
		}
	}
	switch {
	case s.Charter.Contribute == docket.Verified && !identity.Verified(tx, e.Author):
		return s, publica.Problem(publica.Forbidden, "author", "is not a verified key, and this docket's charter admits verified keys only").
			WithHint("a body of the register can vouch for the key with identity/grant, role verified")
	case s.Charter.Contribute == docket.Members && !identity.HasRole(tx, s.Lead, e.Author, identity.Member):
		return s, publica.Problem(publica.Forbidden, "author", "is not a member of the lead body, and this docket's charter admits members only")
	}
	return s, s.Spend(tx, e)
}

// sized holds the content of a contribution to the charter's sizes.
func sized(e *machine.Entry, c *docket.Charter) error {
	files := int64(0)
	for i := range e.Content {
		p := &e.Content[i]
		switch {
		case strings.HasPrefix(p.Name, "attachment-"):
			if files++; files > c.MaxAttachments {
				return publica.Problem(publica.TooLarge, "content/"+strconv.Itoa(i), "is one attachment too many: this docket allows "+strconv.FormatInt(c.MaxAttachments, 10))
			}
		case p.Name == "title" || p.Name == "author":
		case c.MaxBytes > 0 && p.Size > c.MaxBytes:
			return wrongSize(publica.TooLarge, i, p, "allows "+strconv.FormatInt(c.MaxBytes, 10))
		case p.Name == "text" && p.Size < c.MinBytes:
			return wrongSize(publica.Invalid, i, p, "asks for at least "+strconv.FormatInt(c.MinBytes, 10))
		}
	}
	return nil
}

func wrongSize(code publica.Code, i int, p *publica.Part, limit string) error {
	return publica.Problem(code, "content/"+strconv.Itoa(i)+"/size", "the part "+p.Name+" has "+strconv.FormatInt(p.Size, 10)+" bytes, this docket "+limit)
}

// received counts a contribution and, by the charter, makes it an obligation.
func received(tx *machine.Tx, e *machine.Entry, s *docket.State, t *Tally) {
	s.Retain(tx, e)
	contributions.Set(tx, e.Docket[:], e.Seq, true)
	if s.Charter.Respond {
		openDebts.Set(tx, e.Docket[:], e.Seq, true)
		t.Owed++
		t.Open++
	}
	putTally(tx, e.Docket, *t)
}

const (
	ideaKind       publica.Kind = "participation/idea"
	commentKind    publica.Kind = "participation/comment"
	commitmentKind publica.Kind = "commitment/adopt"
	reviewKind     publica.Kind = "commitment/review"
)

// contribution returns where an idea or comment of the docket stands, or
// refuses the id in field.
func contribution(tx *machine.Tx, in publica.DocketID, field string, id publica.EntryID) (machine.Record, error) {
	return record(tx, in, field, id, "an idea or a comment", ideaKind, commentKind)
}

// commented is contribution for all that a comment may be about.
func commented(tx *machine.Tx, in publica.DocketID, field string, id publica.EntryID) (machine.Record, error) {
	return record(tx, in, field, id, "an idea, a comment, a commitment or a review of one", ideaKind, commentKind, commitmentKind, reviewKind)
}

func record(tx *machine.Tx, in publica.DocketID, field string, id publica.EntryID, what string, kinds ...publica.Kind) (machine.Record, error) {
	r, ok := tx.Record(id)
	switch {
	case !ok:
		return r, publica.Problem(publica.NotFound, field, "is not on this register")
	case r.Docket != in:
		return r, publica.Problem(publica.NotFound, field, "is not in this docket")
	case !slices.Contains(kinds, r.Kind):
		return r, publica.Problem(publica.Invalid, field, "is a "+string(r.Kind)+", not "+what)
	case r.Refused:
		return r, publica.Problem(publica.Invalid, field, "was refused and counts for nothing")
	}
	return r, nil
}

// isIdea is contribution for ideas only.
func isIdea(tx *machine.Tx, in publica.DocketID, field string, id publica.EntryID) error {
	r, err := contribution(tx, in, field, id)
	if err == nil && r.Kind != ideaKind {
		return publica.Problem(publica.Invalid, field, "is a comment, not an idea")
	}
	return err
}

// checkIDs refuses absent and repeated ids.
func checkIDs(field string, ids []publica.EntryID) error {
	seen := make(map[publica.EntryID]bool, len(ids))
	for i, id := range ids {
		if id.IsZero() || seen[id] {
			return publica.Problem(publica.Invalid, field+"/"+strconv.Itoa(i), "is absent or stands twice")
		}
		seen[id] = true
	}
	return nil
}

// causes refuses causes that are not contributions of the docket.
func causes(tx *machine.Tx, in publica.DocketID, field string, ids []publica.EntryID) error {
	for i, id := range ids {
		if _, err := contribution(tx, in, field+"/"+strconv.Itoa(i), id); err != nil {
			return err
		}
	}
	return nil
}
