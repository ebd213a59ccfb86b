package participation

import (
	"strconv"

	"publica"
	"publica/internal/domain/docket"
	"publica/internal/machine"
)

// Group is the body of participation/group: contributions that say the same thing,
// such as the letters of a campaign. Each of them stays, counts, and has its
// receipt; they can be answered as one. Parts: reason (optional).
//
// A group that one entry cannot name grows by others that extend it. One that
// was wrong is replaced, or ends with nothing in its place.
type Group struct {
	Extends  publica.EntryID   `json:"extends,omitzero"`  // the group these members are added to
	Letter   publica.EntryID   `json:"letter,omitzero"`   // member whose text stands for all
	Members  []publica.EntryID `json:"members,omitempty"` // by id
	Method   *Method           `json:"method,omitzero"`   // how they were found; absent with extends
	Ranges   [][2]int64        `json:"ranges,omitempty"`  // by position in the docket, both ends included; what is no contribution is skipped
	Replaces publica.EntryID   `json:"replaces,omitzero"` // a group that ends with this
}

// Method names how a group was found, so that anyone can find it again. The rules
// hold it to its form alone; spec/grouping.md says what it computes.
type Method struct {
	Algorithm string `json:"algorithm"`
	Bands     int64  `json:"bands"`
	Common    int64  `json:"common"`
	Near      int64  `json:"near"`
	Rows      int64  `json:"rows"`
	Shared    int64  `json:"shared"`
	Threshold int64  `json:"threshold"`
	Unicode   string `json:"unicode"`
	Version   int64  `json:"version"`
	Words     int64  `json:"words"`
}

// GroupState is a group as it stands.
type GroupState struct {
	Ended   publica.EntryID `json:"ended,omitzero"` // the entry that replaced it
	Members int64           `json:"members"`
}

const (
	maxGroupRanges = 700 // as many as an entry has room for
	maxGroups      = 32  // answered by one response
)

var (
	groupStates = machine.NewTable[GroupState]("participation-group") // docket ‖ group
	groupBits   = machine.NewBitset("participation-group-member")     // docket ‖ group
	grouped     = machine.NewBitset("participation-grouped")          // docket: members of any group
)

func groupKey(docket publica.DocketID, id publica.EntryID) []byte {
	return machine.Key(docket[:], id[:])
}

// GroupOf returns a group as it stands.
func GroupOf(tx *machine.Tx, docket publica.DocketID, id publica.EntryID) (GroupState, bool) {
	return groupStates.Get(tx, groupKey(docket, id))
}

// maxMethod is more than any parameter of a method is.
const maxMethod = 1 << 20

func (m *Method) check() error {
	const at = "body/method"
	if m == nil {
		return publica.Problem(publica.Invalid, at, "is missing").WithHint("say how the group was found, as publica group prints it")
	}
	for _, p := range []struct {
		name string
		is   int64
	}{{"bands", m.Bands}, {"common", m.Common}, {"near", m.Near}, {"rows", m.Rows}, {"shared", m.Shared}, {"threshold", m.Threshold}, {"version", m.Version}, {"words", m.Words}} {
		if p.is < 0 || p.is > maxMethod {
			return publica.Problem(publica.Invalid, at+"/"+p.name, "is not between 0 and "+strconv.Itoa(maxMethod))
		}
	}
	if !methodName(m.Algorithm) {
		return publica.Problem(publica.Invalid, at+"/algorithm", "is missing or not a name").WithHint(`for example minhash-jaccard; "by-hand" if somebody read them`)
	}
	if len(m.Unicode) > 20 {
		return publica.Problem(publica.Invalid, at+"/unicode", "is not a version")
	}
	return nil
}

// methodName allows short names of lower-case letters, digits and hyphens: a
// method is no place for free text.
func methodName(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return s != "" && len(s) <= 40
}

func checkGroup(e *machine.Entry, b *Group) error {
	if err := machine.First(machine.InDocket(e), machine.ForBody(e), machine.CheckParts(e, reasonOptional...)); err != nil {
		return err
	}
	named := len(b.Members) + len(b.Ranges)
	switch {
	case !b.Extends.IsZero() && !b.Replaces.IsZero():
		return publica.Problem(publica.Invalid, "body/extends", "stands beside replaces: extend a group, or replace it")
	case !b.Extends.IsZero() && (b.Method != nil || !b.Letter.IsZero()):
		return publica.Problem(publica.Invalid, "body/extends", "stands beside a method or letter: those are of the group that is extended")
	case named == 0 && b.Replaces.IsZero():
		return publica.Problem(publica.Invalid, "body/members", "is missing: a group names its members, by members or ranges")
	case named == 0 && (b.Method != nil || !b.Letter.IsZero()):
		return publica.Problem(publica.Invalid, "body/members", "is missing: a method and a letter belong to a group with members")
	case len(b.Ranges) > maxGroupRanges:
		return publica.Problem(publica.TooLarge, "body/ranges", "has more than "+strconv.Itoa(maxGroupRanges)+" ranges").
			WithHint("add the others by entries that extend the group")
	}
	if named > 0 && b.Extends.IsZero() {
		if err := b.Method.check(); err != nil {
			return err
		}
	}
	return machine.First(checkRanges(b.Ranges), checkIDs("body/members", b.Members))
}

func applyGroup(tx *machine.Tx, e *machine.Entry, b *Group) error {
	if _, err := docket.RequireLead(tx, e); err != nil {
		return err
	}
	t := Counts(tx, e.Docket)
	id := e.ID
	if !b.Extends.IsZero() {
		if _, err := liveGroup(tx, e, "body/extends", b.Extends); err != nil {
			return err
		}
		id = b.Extends
	}
	if !b.Replaces.IsZero() {
		if err := endGroup(tx, e, b.Replaces, &t); err != nil {
			return err
		}
	}
	if len(b.Members)+len(b.Ranges) == 0 {
		putTally(tx, e.Docket, t)
		return nil
	}
	s, _ := GroupOf(tx, e.Docket, id)
	n, err := joinGroup(tx, e, b, groupKey(e.Docket, id))
	if err != nil {
		return err
	}
	if s.Members += n; s.Members < 2 {
		return publica.Problem(publica.Invalid, "body/members", "names one contribution: a group has two at least")
	}
	if !b.Letter.IsZero() {
		r, err := contribution(tx, e.Docket, "body/letter", b.Letter)
		if err != nil {
			return err
		}
		if !groupBits.Get(tx, groupKey(e.Docket, id), r.Seq) {
			return publica.Problem(publica.Invalid, "body/letter", "is not a member of the group")
		}
	}
	groupStates.Put(tx, groupKey(e.Docket, id), s)
	if b.Extends.IsZero() {
		t.Groups++
	}
	putTally(tx, e.Docket, t)
	return nil
}

// joinGroup makes members of what the body names, and says how many they are.
func joinGroup(tx *machine.Tx, e *machine.Entry, b *Group, key []byte) (n int64, err error) {
	join := func(field string, seq int64) error {
		if !grouped.Set(tx, e.Docket[:], seq, true) {
			return publica.Problem(publica.Conflict, field, "names position "+strconv.FormatInt(seq, 10)+", which is in a group already").
				WithHint("replace that group, or leave this one out")
		}
		groupBits.Set(tx, key, seq, true)
		n++
		return nil
	}
	for i, id := range b.Members {
		field := "body/members/" + strconv.Itoa(i)
		r, err := contribution(tx, e.Docket, field, id)
		if err != nil {
			return n, err
		}
		if err := join(field, r.Seq); err != nil {
			return n, err
		}
	}
	for i, r := range b.Ranges {
		if err := inRange(tx, e, i, r); err != nil {
			return n, err
		}
		for seq := range contributions.Range(tx, e.Docket[:], r[0], r[1]) {
			if err := join("body/ranges/"+strconv.Itoa(i), seq); err != nil {
				return n, err
			}
		}
	}
	return n, nil
}

// liveGroup returns a group that has not ended.
func liveGroup(tx *machine.Tx, e *machine.Entry, field string, id publica.EntryID) (GroupState, error) {
	s, ok := GroupOf(tx, e.Docket, id)
	switch {
	case !ok:
		return s, publica.Problem(publica.NotFound, field, "is not a group of this docket").WithHint("the id of a participation/group that extends no other")
	case !s.Ended.IsZero():
		return s, publica.Problem(publica.Conflict, field, "has ended, by "+s.Ended.String())
	}
	return s, nil
}

func endGroup(tx *machine.Tx, e *machine.Entry, id publica.EntryID, t *Tally) error {
	s, err := liveGroup(tx, e, "body/replaces", id)
	if err != nil {
		return err
	}
	key := groupKey(e.Docket, id)
	for seq := range groupBits.Range(tx, key, 0, e.Seq) {
		grouped.Set(tx, e.Docket[:], seq, false)
	}
	s.Ended = e.ID
	groupStates.Put(tx, key, s)
	t.Groups--
	return nil
}

// answerGroup ends what is owed to the members of a group.
func answerGroup(tx *machine.Tx, e *machine.Entry, field string, id publica.EntryID, t *Tally) error {
	if _, err := liveGroup(tx, e, field, id); err != nil {
		return err
	}
	for seq := range groupBits.Range(tx, groupKey(e.Docket, id), 0, e.Seq) {
		if openDebts.Set(tx, e.Docket[:], seq, false) {
			t.Open--
		}
	}
	return nil
}
