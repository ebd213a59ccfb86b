package registertest_test

import (
	"encoding/json/jsontext"
	"encoding/json/v2"
	"fmt"
	"slices"
	"strings"
	"time"

	"publica"
	"publica/internal/domain/docket"
	"publica/internal/domain/governance"
	"publica/internal/domain/identity"
	"publica/internal/domain/moderation"
	"publica/internal/domain/participation"
	"publica/internal/machine"
	"publica/internal/registertest"
)

// story makes up the history of a register: entries of all kinds, most of them
// sound, some not, by whoever, in blocks of any size. It draws its choices from
// pick, which returns a number in [0, n).
type story struct {
	law  *registertest.Law
	pick func(n int) int

	bodies        []publica.BodyID
	dockets       []publica.DocketID
	contributions map[publica.DocketID][]publica.EntryID
	accounts      []publica.EntryID
	invited       []identity.AddKey
	proposals     []publica.EntryID
	groups        map[publica.DocketID][]publica.EntryID
	acts          map[publica.DocketID][]publica.EntryID
	appeals       map[publica.DocketID][]publica.EntryID
	raw           map[publica.EntryID][]byte // of contributions and acts
	all           []publica.EntryID
	tenders       []publica.DocketID
	play          play
	accepted      map[publica.Kind]int
	refused       map[publica.Code]int
}

func newStory(t registertest.TB, pick func(n int) int) *story {
	s := &story{
		law: registertest.Found(t, registertest.Domains(), registertest.Governed(4)), pick: pick,
		contributions: map[publica.DocketID][]publica.EntryID{}, raw: map[publica.EntryID][]byte{},
		groups: map[publica.DocketID][]publica.EntryID{},
		acts:   map[publica.DocketID][]publica.EntryID{}, appeals: map[publica.DocketID][]publica.EntryID{},
		accepted: map[publica.Kind]int{}, refused: map[publica.Code]int{},
	}
	s.law.Code = thisCode
	s.law.Restart()
	s.stage()
	return s
}

// thisCode stands in every upgrade: the story goes on.
var thisCode = publica.Hash{1}

var people = []string{"founder", "carol", "ivan", "alice", "bob", "intake"}

// draft is an entry to be signed.
type draft struct {
	actor string
	entry publica.Entry
	parts []registertest.Text
}

// block lets time pass and runs one block of up to max entries.
func (s *story) block(max int) {
	if s.pick(3) == 0 {
		s.tenderBlock(max)
		return
	}
	steps := []time.Duration{0, 0, time.Second, time.Hour, 24 * time.Hour, 9 * 24 * time.Hour}
	s.law.Now = s.law.Now.Add(steps[s.pick(len(steps))])
	if s.pick(10) == 0 {
		s.law.Restart()
	}
	s.run(s.pick(max+1), s.draft)
}

// run runs one block of so many entries.
func (s *story) run(n int, draft func() draft) {
	var entries []*machine.Entry
	for range n {
		if e := s.entry(draft()); e != nil {
			entries = append(entries, e)
		}
	}
	if len(entries) > 0 && s.pick(8) == 0 {
		entries = append(entries, entries[s.pick(len(entries))]) // twice in one block
	}
	for i, d := range s.law.Block(entries...) {
		s.note(entries[i], d)
	}
}

// entry returns a signed entry that passed the stateless check, or nil.
func (s *story) entry(d draft) *machine.Entry {
	signed, err := s.law.TrySign(d.actor, d.entry, d.parts...)
	if err != nil {
		s.refused[publica.CodeOf(err)]++
		return nil
	}
	e, err := s.law.Check(signed)
	if err != nil {
		s.refused[publica.CodeOf(err)]++
		return nil
	}
	return e
}

func (s *story) note(e *machine.Entry, d registertest.Decision) {
	s.all = append(s.all, e.ID)
	if d.Outcome == machine.Duplicate {
		s.refused["duplicate"]++
		return
	}
	if d.Refusal != nil {
		s.refused[d.Refusal.Code]++
		return
	}
	s.accepted[e.Kind]++
	switch e.Kind {
	case "identity/body":
		s.bodies = append(s.bodies, publica.BodyID(e.ID))
	case "identity/account":
		s.accounts = append(s.accounts, e.ID)
	case "identity/add-key":
		s.invited = append(s.invited, *e.Body.(*identity.AddKey))
	case "governance/propose":
		s.proposals = append(s.proposals, e.ID)
	case "docket/open":
		if e.Body.(*docket.Open).Type == docket.Tender {
			s.play.running = append(s.play.running, len(s.tenders))
			s.tenders = append(s.tenders, publica.DocketID(e.ID))
			return
		}
		s.dockets = append(s.dockets, publica.DocketID(e.ID))
	case "participation/idea", "participation/comment":
		s.contributions[e.Docket] = append(s.contributions[e.Docket], e.ID)
		s.raw[e.ID] = e.Signed.Raw
	case "participation/group":
		s.groups[e.Docket] = append(s.groups[e.Docket], e.ID)
	case "moderation/hide", "moderation/redact", "moderation/hold":
		s.acts[e.Docket] = append(s.acts[e.Docket], e.ID)
	case "moderation/appeal":
		s.appeals[e.Docket] = append(s.appeals[e.Docket], e.ID)
	}
	s.play.note(e)
}

// one returns an element, or the zero value of an empty slice.
func one[T any](s *story, from []T) (v T) {
	if len(from) > 0 {
		v = from[s.pick(len(from))]
	}
	return v
}

func text(name, data string) registertest.Text {
	return registertest.Text{Name: name, Media: "text/markdown", Data: data}
}

var title = registertest.Text{Name: "title", Media: "text/plain", Data: "A title"}

func (s *story) draft() draft {
	d := draft{actor: one(s, people)}
	if len(s.bodies) > 0 && s.pick(3) > 0 {
		d.entry.For = one(s, s.bodies)
	}
	switch k := s.pick(14); {
	case len(s.bodies) == 0 || k == 0:
		s.identity(&d)
	case k == 2:
		s.governance(&d)
	case len(s.dockets) == 0 || k == 1:
		s.docket(&d)
	case k == 3 || k == 4:
		s.moderation(&d)
	default:
		s.participation(&d)
	}
	if s.pick(20) == 0 { // broken on the way
		switch s.pick(4) {
		case 0:
			d.parts = nil
		case 1:
			d.entry.Docket = publica.DocketID(one(s, s.all))
		case 2:
			d.actor = "stranger"
		case 3:
			d.entry.Body = []byte(`{}`)
		}
	}
	return d
}

func (s *story) set(d *draft, kind publica.Kind, body any, parts ...registertest.Text) {
	raw, err := json.Marshal(body, json.Deterministic(true))
	if err != nil {
		s.law.T.Fatal(err)
	}
	d.entry.Kind, d.entry.Body, d.parts = kind, raw, parts
}

func (s *story) identity(d *draft) {
	key := registertest.Key(one(s, people)).ID()
	roles := []identity.Role{identity.Coordinator, identity.Coordinator, identity.Importer, identity.Admin, identity.VerifiedBy, identity.Member, identity.Moderator, identity.Moderator}
	if len(s.bodies) == 0 || s.pick(20) == 0 {
		d.actor = "founder"
		s.set(d, "identity/body", identity.Body{Name: fmt.Sprintf("Body %d", len(s.bodies)), Type: identity.Agency})
		return
	}
	switch s.pick(11) {
	case 0, 1, 2:
		d.actor = "founder"
		s.set(d, "identity/grant", identity.Grant{Key: key, Role: one(s, roles)})
	case 3, 4:
		d.actor = one(s, []string{"founder", d.actor})
		s.set(d, "identity/revoke", identity.Revoke{Key: key, Role: one(s, roles)}, text("reason", "because"))
	case 5:
		s.set(d, "identity/account", identity.Account{})
	case 6, 7:
		who, account := s.owner()
		d.actor = who
		s.set(d, "identity/add-key", identity.AddKey{Account: account, Key: key})
	case 8, 9:
		d.entry.For = publica.BodyID{}
		invited := one(s, s.invited)
		for _, who := range people {
			if registertest.Key(who).ID() == invited.Key {
				d.actor = who
			}
		}
		s.set(d, "identity/join", identity.JoinAccount{Account: invited.Account})
	case 10:
		who, account := s.owner()
		d.actor = who
		s.set(d, "identity/drop-key", identity.DropKey{Account: account, Key: key})
	}
}

func (s *story) charter() docket.Charter {
	c := docket.Charter{Contribute: docket.Anyone, Respond: s.pick(2) == 0, MaxAttachments: int64(s.pick(3)), NoticeDays: int64(s.pick(3)), MinDays: int64(s.pick(3))}
	if s.pick(3) > 0 {
		c.RetentionDays = int64(1 + s.pick(20))
	}
	switch s.pick(6) {
	case 0:
		c.Contribute = docket.Verified
	case 1:
		c.Contribute = docket.Members
	}
	c.Periods = append(c.Periods, []string{"input", "final"}[:s.pick(3)]...)
	if s.pick(4) == 0 {
		c.QuotaEntries, c.QuotaHours = int64(1+s.pick(20)), int64(1+s.pick(48))
	}
	c.Work = int64(max(0, s.pick(12)-10))
	c.TwoPersons = s.pick(4) == 0
	if s.pick(12) == 0 {
		c.Reviewers = []publica.BodyID{one(s, s.bodies)}
	}
	return c
}

func (s *story) docket(d *draft) {
	if len(s.dockets) == 0 || s.pick(6) == 0 {
		s.set(d, "docket/open", docket.Open{Charter: s.charter(), Languages: []string{"en"}, Type: docket.ActionPlan}, title)
		return
	}
	s.inDocket(d)
	if s.pick(3) == 0 {
		c := s.charter()
		s.law.View(func(tx *machine.Tx) { // what may not change, mostly does not
			if was, ok := docket.Get(tx, d.entry.Docket); ok && s.pick(8) > 0 {
				c.RetentionDays = was.Charter.RetentionDays
			}
		})
		s.set(d, "docket/amend-charter", docket.Amend{Charter: c}, text("reason", "because"))
		return
	}
	opens := s.law.Now.Add(time.Duration(s.pick(5)) * 24 * time.Hour)
	b := docket.Announce{Name: one(s, []string{"input", "final", "extra"}), Opens: opens, Closes: opens.Add(time.Duration(1+s.pick(30)) * 24 * time.Hour)}
	s.law.View(func(tx *machine.Tx) {
		if state, _ := docket.Get(tx, d.entry.Docket); s.pick(2) == 0 {
			if p := state.Period(b.Name); p != nil {
				b.Opens, b.Closes = p.Opens, p.Closes.Add(24*time.Hour)
			}
		}
	})
	s.set(d, "docket/period", b, text("reason", "because"))
}

// inDocket puts the entry into a docket, mostly for its lead body.
func (s *story) inDocket(d *draft) {
	d.entry.Docket = one(s, s.dockets)
	if s.pick(8) > 0 {
		s.law.View(func(tx *machine.Tx) {
			state, _ := docket.Get(tx, d.entry.Docket)
			d.entry.For = state.Lead
			for _, who := range people {
				roles := identity.RolesOf(tx, state.Lead, registertest.Key(who).ID())
				if slices.Contains(roles, identity.Coordinator) && s.pick(2) == 0 {
					d.actor = who
				}
			}
		})
	}
}

// owner returns an account, and an actor who has a key of it.
func (s *story) owner() (actor string, account publica.EntryID) {
	account = one(s, s.accounts)
	actor = one(s, people)
	s.law.View(func(tx *machine.Tx) {
		a, _ := identity.GetAccount(tx, account)
		for _, who := range people {
			if slices.Contains(a.Keys, registertest.Key(who).ID()) {
				actor = who
			}
		}
	})
	return actor, account
}

func (s *story) participation(d *draft) {
	s.inDocket(d)
	in := d.entry.Docket
	target := one(s, s.contributions[in])
	var latest participation.DraftState
	var tally participation.Tally
	s.law.View(func(tx *machine.Tx) {
		tally = participation.Counts(tx, in)
		latest, _ = participation.Latest(tx, in)
	})
	switch s.pick(19) {
	case 18:
		s.group(d)
	case 16:
		s.process(d)
	case 0:
		s.set(d, "participation/timeline", participation.Timeline{Stages: []participation.TimelineStage{{From: s.law.Now, Name: "input", To: s.law.Now + 1}}}, text("reason", "because"))
	case 1, 2, 3:
		s.voice(d)
		s.set(d, "participation/idea", participation.Idea{Imported: s.imported()}, title, text("text", "An idea"))
	case 4, 5, 6, 7:
		s.voice(d)
		b := participation.Comment{Imported: s.imported(), Stance: participation.Support}
		if s.pick(2) == 0 {
			b.Target = target
		}
		if s.pick(2) == 0 {
			b.Section, b.Version = one(s, ids), int64(s.pick(int(latest.Version)+2))
		}
		s.set(d, "participation/comment", b, text("text", "A comment"))
	case 8:
		s.voice(d)
		s.set(d, "participation/endorse", participation.Endorse{Target: target})
	case 9, 17:
		s.voice(d)
		s.set(d, "participation/unendorse", participation.Unendorse{Target: target})
	case 10, 11:
		s.newDraft(d, latest)
	case 12, 13:
		s.response(d, target)
	case 14:
		s.explain(d)
	case 15:
		s.set(d, "participation/codify", participation.Codify{Version: tally.Drafts})
	}
}

// group says that some contributions say the same, or no longer.
func (s *story) group(d *draft) {
	in := d.entry.Docket
	b := participation.Group{Method: &participation.Method{Algorithm: "by-hand", Version: 1}, Members: []publica.EntryID{one(s, s.contributions[in])}}
	if other := one(s, s.contributions[in]); other != b.Members[0] {
		b.Members = append(b.Members, other)
	}
	switch old := one(s, s.groups[in]); s.pick(4) {
	case 0:
		b.Replaces = old
	case 1:
		b.Extends, b.Method = old, nil
	case 2:
		b = participation.Group{Replaces: old}
	}
	s.set(d, "participation/group", b, text("reason", "because"))
}

// moderation hides, restores and erases, and takes contributions back.
func (s *story) moderation(d *draft) {
	s.inDocket(d)
	for range 8 { // most dockets have little to moderate
		if len(s.contributions[d.entry.Docket]) == 0 {
			d.entry.Docket = one(s, s.dockets)
		}
	}
	in := d.entry.Docket
	target, act := one(s, s.contributions[in]), one(s, s.acts[in])
	if !s.moderator(d) {
		d.actor, d.entry.Docket = "founder", publica.DocketID{}
		s.set(d, "identity/grant", identity.Grant{Key: registertest.Key(one(s, people)).ID(), Role: identity.Moderator})
		return
	}
	whole := jsontext.Value(s.raw[target])
	if len(whole) == 0 {
		whole = jsontext.Value(`{}`)
	}
	var hold docket.Hold
	about := func() jsontext.Value { // the entry that the act is about
		var a moderation.Act
		s.law.View(func(tx *machine.Tx) { a, _ = moderation.ActOf(tx, act); hold, _ = docket.Held(tx, in) })
		if raw := s.raw[a.Entry]; len(raw) > 0 {
			return raw
		}
		return whole
	}()
	because := text("reason", "because")
	switch s.pick(16) {
	case 0, 1, 2:
		s.set(d, "moderation/hide", moderation.Hide{Code: moderation.Abuse, Entry: whole}, because)
	case 3:
		s.set(d, "moderation/restore", moderation.Restore{Act: act, Entry: about}, because)
	case 4, 5:
		s.set(d, "moderation/redact", moderation.Redact{Asked: moderation.BySubject, Basis: moderation.PersonalData, Entry: whole}, because)
	case 6, 7:
		s.set(d, "moderation/confirm", moderation.Confirm{Act: act, Entry: about}, because)
	case 8, 9:
		s.voice(d)
		s.set(d, "moderation/appeal", moderation.Appeal{Act: act}, text("text", "not so"))
	case 10, 11:
		b := moderation.Decide{Appeal: one(s, s.appeals[in]), Entry: about, Outcome: moderation.Upheld}
		if s.pick(2) == 0 {
			b.Outcome = moderation.Overturned
		}
		s.set(d, "moderation/decide", b, because)
	case 12:
		s.set(d, "moderation/hold", moderation.Hold{}, because)
		if !hold.By.IsZero() {
			s.set(d, "moderation/release", moderation.Release{Hold: hold.By}, because)
		}
	case 13:
		if e, err := publica.ParseEntry(whole); err == nil {
			for _, who := range people {
				if registertest.Key(who).ID() == e.Author {
					d.actor = who
				}
			}
		}
		s.set(d, "participation/withdraw", participation.Withdraw{Entry: whole, Erase: s.pick(2) == 0})
	case 14:
		s.voice(d)
		s.set(d, "participation/disavow", participation.Disavow{Entry: whole, Erase: s.pick(2) == 0}, because)
	case 15:
		s.set(d, "participation/reinstate", participation.Reinstate{Entry: target}, because)
	}
}

// moderator lets a moderator of the docket act, mostly, if it has two.
func (s *story) moderator(d *draft) bool {
	var all []string
	s.law.View(func(tx *machine.Tx) {
		state, _ := docket.Get(tx, d.entry.Docket)
		d.entry.For = state.Moderators()[0]
		for _, who := range people {
			if identity.HasRole(tx, d.entry.For, registertest.Key(who).ID(), identity.Moderator) {
				all = append(all, who)
			}
		}
	})
	if s.pick(12) > 0 && len(all) > 0 {
		d.actor = one(s, all)
	}
	return len(all) > 1
}

// process records what a plan's process leaves behind, now and then of tomorrow.
func (s *story) process(d *draft) {
	held := s.law.Now + publica.Time(1-s.pick(4))
	switch s.pick(3) {
	case 0:
		s.set(d, "participation/outreach", participation.Outreach{Channel: "radio", Held: held, Imported: s.imported()}, text("text", "Four spots a day"))
	case 1:
		s.set(d, "participation/meeting", participation.Meeting{Attendance: []participation.Attendance{{People: 3, Sector: participation.Government}},
			Held: held, Imported: s.imported(), Purpose: participation.Dialogue}, text("minutes", "They met"))
	case 2:
		s.set(d, "participation/evidence", participation.Evidence{Topic: participation.DialogueRules, Imported: s.imported()}, text("text", "The rules"))
	}
}

// voice lets most contributors speak for themselves.
func (s *story) voice(d *draft) {
	if s.pick(4) > 0 {
		d.entry.For = publica.BodyID{}
	}
}

func (s *story) imported() *docket.Imported {
	if s.pick(6) > 0 {
		return nil
	}
	return &docket.Imported{Source: "elsewhere", Made: 1}
}

var ids = []string{"a", "b", "c", "d"}

func (s *story) newDraft(d *draft, latest participation.DraftState) {
	b := participation.Draft{Version: latest.Version + 1, Imported: s.imported()}
	var parts []registertest.Text
	stood := map[string]bool{}
	for _, sec := range latest.Sections {
		stood[sec.ID] = true
	}
	for _, id := range ids {
		sec := participation.Section{ID: id}
		if s.pick(3) == 0 {
			continue
		}
		if !stood[id] || s.pick(2) == 0 {
			sec.Part = id
			parts = append(parts, text(id, "text of "+id))
		}
		if c := one(s, s.contributions[d.entry.Docket]); s.pick(3) == 0 && !c.IsZero() {
			sec.Ideas = []publica.EntryID{c}
		}
		b.Sections = append(b.Sections, sec)
		if sec.Part != "" && s.pick(2) == 0 {
			b.Changes = append(b.Changes, participation.Change{Section: id, Part: "why", Causes: sec.Ideas})
		}
	}
	if len(b.Changes) > 0 {
		parts = append(parts, text("why", "because"))
	}
	s.set(d, "participation/draft", b, parts...)
}

func (s *story) response(d *draft, target publica.EntryID) {
	b := participation.Response{Outcome: participation.Noted}
	if s.pick(2) == 0 {
		b.Targets = []publica.EntryID{target}
	}
	if s.pick(2) == 0 || len(b.Targets) == 0 {
		from := int64(s.pick(20))
		b.Ranges = [][2]int64{{from, from + int64(s.pick(40))}}
	}
	if g := one(s, s.groups[d.entry.Docket]); !g.IsZero() && s.pick(3) == 0 {
		b.Groups = []publica.EntryID{g}
	}
	if s.pick(3) == 0 {
		b.Outcome, b.Sections = participation.AcceptedOutcome, []string{one(s, ids)}
	}
	s.set(d, "participation/response", b, text("reason", "because"))
}

func (s *story) explain(d *draft) {
	b := participation.Explain{Version: 1, Sections: []string{one(s, ids)}}
	s.law.View(func(tx *machine.Tx) {
		if g := one(s, participation.Ghosts(tx, d.entry.Docket)); g.Section != "" {
			b = participation.Explain{Version: g.Version, Sections: []string{g.Section}}
		} else if !g.Idea.IsZero() {
			b = participation.Explain{Version: g.Version, Ideas: []publica.EntryID{g.Idea}}
		}
	})
	s.set(d, "participation/explain", b, text("reason", "because"))
}

var (
	governors = []string{"governor1", "governor2", "governor3", "governor4", "governor5", "governor6"}
	nodes     = []string{"node1", "node2", "node3", "node4", "node5", "node6", "node7"}
)

// speaker returns a member body, mostly, and an actor who speaks for it.
func (s *story) speaker() (actor string, body publica.BodyID) {
	actor = one(s, governors)
	s.law.View(func(tx *machine.Tx) {
		body = one(s, identity.Members(tx))
		keys := identity.Governors(tx, body)
		for _, who := range governors {
			if slices.Contains(keys, registertest.Key(who).ID()) {
				actor = who
			}
		}
	})
	if s.pick(20) == 0 {
		body = one(s, s.bodies)
	}
	return actor, body
}

func (s *story) governance(d *draft) {
	d.actor, d.entry.For = s.speaker()
	switch s.pick(12) {
	case 0, 1, 2:
		s.set(d, "governance/propose", governance.Propose{Action: s.action(), Expires: s.law.Now.Add(time.Duration(s.pick(40)) * 24 * time.Hour)}, title, text("text", "because"))
	case 3:
		s.set(d, "governance/reject", governance.Reject{Proposal: s.open()}, text("reason", "because"))
	case 4:
		s.claim(d)
	default:
		s.set(d, "governance/approve", governance.Approve{Proposal: s.open()})
	}
}

// open returns a proposal that is open, if the last few have one.
func (s *story) open() (id publica.EntryID) {
	id = one(s, s.proposals)
	s.law.View(func(tx *machine.Tx) {
		for _, late := range s.proposals[max(0, len(s.proposals)-4):] {
			if p, _ := governance.Get(tx, late); p.Status == governance.Open && s.pick(2) == 0 {
				id = late
			}
		}
	})
	return id
}

func (s *story) action() (a governance.Action) {
	var members []publica.BodyID
	var all []machine.Validator
	s.law.View(func(tx *machine.Tx) { members, all = identity.Members(tx), tx.Validators() })
	key := func(who string) []publica.KeyID { return []publica.KeyID{registertest.Key(who).ID()} }
	next := registertest.Validator(one(s, nodes), one(s, members))
	next.Power = int64(1 + s.pick(3))
	switch s.pick(9) {
	case 0:
		a.AdmitBody = &governance.AdmitBody{Name: "A body", Type: identity.University, Governors: key(one(s, governors)), Member: s.pick(4) > 0}
	case 1:
		a.AdmitBody = &governance.AdmitBody{Body: one(s, s.bodies), Governors: key(one(s, governors)), Member: s.pick(4) > 0}
	case 2, 3:
		a.AdmitValidator = &next
	case 4:
		old := one(s, all)
		next.Name, next.Log, next.Node, next.Cosign, next.Body = old.Name, old.Log, old.Node, old.Cosign, old.Body
		a.ChangeValidator = &governance.ChangeValidator{Consensus: old.Consensus, Validator: next}
	case 5:
		a.RemoveBody = &governance.RemoveBody{Body: one(s, members)}
	case 6:
		a.RemoveValidator = &governance.RemoveValidator{Consensus: one(s, all).Consensus}
	case 7:
		a.SetParameters = &machine.Parameters{Silence: int64(1 + s.pick(600_000))}
		if s.pick(2) == 0 {
			a.SetParameters.QuotaEntries, a.SetParameters.QuotaHours = int64(10+s.pick(40)), int64(1+s.pick(24))
		}
	case 8:
		a.Upgrade = &machine.Upgrade{Code: []publica.Hash{thisCode, {byte(2 + s.pick(8))}}, Height: s.law.Height + int64(s.pick(60)), Version: "next"}
	}
	return a
}

// claim claims a promise of an entry that was never sent, or that was.
func (s *story) claim(d *draft) {
	id := publica.EntryID{byte(1 + s.pick(40))}
	if s.pick(4) == 0 {
		id = one(s, s.all)
	}
	node := one(s, nodes[:3])
	register := registertest.Register
	if s.pick(8) == 0 {
		register = strings.Repeat("\x7f", 14_000) // grows when it is quoted
	}
	promises, err := publica.PromiseBatch(registertest.NodeKey(node), register, []publica.EntryID{id}, s.law.Now.Add(-time.Duration(s.pick(4))*time.Minute))
	if err != nil {
		s.law.T.Fatal(err)
	}
	d.entry.For = publica.BodyID{}
	s.set(d, "governance/claim", governance.Claim{Entry: id, Promise: promises[0]})
}
