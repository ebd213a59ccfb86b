package docket

import (
	"regexp"
	"slices"
	"strconv"

	"publica"
	"publica/internal/domain/identity"
	"publica/internal/machine"
)

// Charter is the policy of a docket: what the rules of contributions,
// responses and codification read. Days are 24 hours of block time; sizes are
// bytes.
type Charter struct {
	Contribute     Audience         `json:"contribute"`               // who may contribute
	MaxAttachments int64            `json:"max_attachments,omitzero"` // files with one contribution, 0: none
	MaxBytes       int64            `json:"max_bytes,omitzero"`       // of each text part, 0: no limit of the charter's own
	MinBytes       int64            `json:"min_bytes,omitzero"`       // of the part text
	MinDays        int64            `json:"min_days,omitzero"`        // a period lasts at least this long
	Moderators     []publica.BodyID `json:"moderators,omitempty"`     // bodies whose moderators act here; none in a tender, where those of reviewers do
	NoticeDays     int64            `json:"notice_days,omitzero"`     // a period is announced at least this long before it opens
	Periods        []string         `json:"periods,omitempty"`        // must have closed before codification; none: contributions are always welcome until then
	QuotaEntries   int64            `json:"quota_entries,omitzero"`   // contributions and endorsements of one person in quota_hours, 0: no limit
	QuotaHours     int64            `json:"quota_hours,omitzero"`     // of block time, counted from the first of them
	Respond        bool             `json:"respond,omitzero"`         // every contribution is owed a response
	Retention      string           `json:"retention,omitzero"`       // retention class of its content, a lower-case name
	RetentionDays  int64            `json:"retention_days,omitzero"`  // from codification until the content of contributions is erased on every node, 0: never
	Reviewers      []publica.BodyID `json:"reviewers,omitempty"`      // bodies whose reviewers act here
	TwoPersons     bool             `json:"two_persons,omitzero"`     // a redaction takes effect when a second moderator confirms it
	Work           int64            `json:"work,omitzero"`            // bits of work in each of them; see [publica.EntryID.Work]
}

// Audience says who may contribute.
type Audience string

const (
	Anyone   Audience = "anyone"
	Verified Audience = "verified" // keys that a body vouches for
	Members  Audience = "members"  // members of the lead body
)

// Limits of a charter.
const (
	MaxPeriods     = 16
	MaxDays        = 3660 // ten years
	MaxAttachments = 50
	MaxWork        = 30 // hours of one core
	maxBodies      = 32
	maxRetention   = 36600 // days: a hundred years
)

var namePattern = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$`)

// check refuses a charter that no docket could have.
func (c *Charter) check(at string) error {
	if err := c.checkLimits(at); err != nil {
		return err
	}
	if len(c.Periods) > MaxPeriods {
		return publica.Problem(publica.TooLarge, at+"/periods", "names more than "+strconv.Itoa(MaxPeriods)+" periods")
	}
	for i, name := range c.Periods {
		field := at + "/periods/" + strconv.Itoa(i)
		if err := checkName(field, name); err != nil {
			return err
		}
		if slices.Contains(c.Periods[:i], name) {
			return publica.Problem(publica.Invalid, field, "names the period "+name+" twice")
		}
	}
	if c.Retention != "" {
		if err := checkName(at+"/retention", c.Retention); err != nil {
			return err
		}
	}
	return machine.First(checkBodies(at+"/moderators", c.Moderators), checkBodies(at+"/reviewers", c.Reviewers))
}

// suits refuses what a docket of that type has no use for.
func (c *Charter) suits(t Type) error {
	if t == Tender && len(c.Moderators) > 0 {
		return publica.Problem(publica.Invalid, "body/charter/moderators", "are not for a tender: the bodies that review it moderate it").
			WithHint("leave it out, and name them under reviewers")
	}
	return nil
}

func (c *Charter) checkLimits(at string) error {
	switch c.Contribute {
	case Anyone, Verified, Members:
	default:
		return publica.Problem(publica.Invalid, at+"/contribute", "does not say who may contribute").WithHint("one of anyone, verified, members")
	}
	max := int64(publica.MaxPartSize)
	switch {
	case c.NoticeDays < 0 || c.NoticeDays > MaxDays:
		return publica.Problem(publica.Invalid, at+"/notice_days", "is not between 0 and "+strconv.Itoa(MaxDays))
	case c.MinDays < 0 || c.MinDays > MaxDays:
		return publica.Problem(publica.Invalid, at+"/min_days", "is not between 0 and "+strconv.Itoa(MaxDays))
	case c.MinBytes < 0 || c.MinBytes > max:
		return publica.Problem(publica.Invalid, at+"/min_bytes", "is not between 0 and "+strconv.FormatInt(max, 10))
	case c.MaxBytes < 0 || c.MaxBytes > max:
		return publica.Problem(publica.Invalid, at+"/max_bytes", "is not between 0 and "+strconv.FormatInt(max, 10))
	case c.MaxBytes > 0 && c.MaxBytes < c.MinBytes:
		return publica.Problem(publica.Invalid, at+"/max_bytes", "is below min_bytes: nobody could contribute")
	case c.MaxAttachments < 0 || c.MaxAttachments > MaxAttachments:
		return publica.Problem(publica.Invalid, at+"/max_attachments", "is not between 0 and "+strconv.Itoa(MaxAttachments))
	case c.RetentionDays < 0 || c.RetentionDays > maxRetention:
		return publica.Problem(publica.Invalid, at+"/retention_days", "is not between 0 and "+strconv.Itoa(maxRetention))
	case c.Work < 0 || c.Work > MaxWork:
		return publica.Problem(publica.Invalid, at+"/work", "is not between 0 and "+strconv.Itoa(MaxWork))
	}
	return machine.CheckQuota(at, c.QuotaEntries, c.QuotaHours)
}

func checkName(field, name string) error {
	if !namePattern.MatchString(name) {
		return publica.Problem(publica.Invalid, field, "is missing or not a name").
			WithHint("a name has 1 to 64 lower-case letters, digits and hyphens, for example public-input")
	}
	return nil
}

func checkBodies(field string, ids []publica.BodyID) error {
	if len(ids) > maxBodies {
		return publica.Problem(publica.TooLarge, field, "names more than "+strconv.Itoa(maxBodies)+" bodies")
	}
	for i, id := range ids {
		if slices.Contains(ids[:i], id) {
			return publica.Problem(publica.Invalid, field+"/"+strconv.Itoa(i), "names a body twice")
		}
	}
	return nil
}

// requireBodies refuses a charter that names bodies the register does not have.
func (c *Charter) requireBodies(tx *machine.Tx, at string) error {
	for i, id := range c.Moderators {
		if err := identity.RequireBody(tx, at+"/moderators/"+strconv.Itoa(i), id); err != nil {
			return err
		}
	}
	for i, id := range c.Reviewers {
		if err := identity.RequireBody(tx, at+"/reviewers/"+strconv.Itoa(i), id); err != nil {
			return err
		}
	}
	return nil
}

// narrows names the first field in which next lets people do less than c.
func (c *Charter) narrows(next *Charter) (field string, ok bool) {
	maxOf := func(n int64) int64 {
		if n == 0 {
			return publica.MaxPartSize
		}
		return n
	}
	switch {
	case next.Contribute != c.Contribute && next.Contribute != Anyone:
		return "contribute", true
	case next.MinBytes > c.MinBytes:
		return "min_bytes", true
	case maxOf(next.MaxBytes) < maxOf(c.MaxBytes):
		return "max_bytes", true
	case next.MaxAttachments < c.MaxAttachments:
		return "max_attachments", true
	case c.Respond && !next.Respond:
		return "respond", true
	case next.MinDays < c.MinDays:
		return "min_days", true
	case next.NoticeDays < c.NoticeDays:
		return "notice_days", true
	case next.QuotaEntries > 0 && (c.QuotaEntries == 0 || next.QuotaEntries < c.QuotaEntries):
		return "quota_entries", true
	case next.QuotaEntries > 0 && next.QuotaHours > c.QuotaHours:
		return "quota_hours", true
	case next.Work > c.Work:
		return "work", true
	case c.TwoPersons && !next.TwoPersons:
		return "two_persons", true
	}
	return "", false
}
