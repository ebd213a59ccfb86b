package participationview

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"

	"publica"
	"publica/grouping"
	"publica/internal/domain/participation"
	"publica/internal/readmodel"
	"publica/internal/web"
)

// deskGroupsPage is deskgroups.html: what may say the same, and the groups that
// wait for an answer.
type deskGroupsPage struct {
	deskFrame
	Standing  []CampaignGroup // with members that are owed a response
	Suggested []suggestedGroup
	More      int           // suggestions that are not shown
	Far       *web.Progress // of the next comparison, nil if none is under way
	TooMany   string        // why nothing is suggested here
}

// A suggestion is a group that nobody has signed, or members for one that stands. It
// holds no word of any text.
type suggestion struct {
	letter  publica.EntryID
	joins   publica.EntryID // group that stands and says the same
	members []int64         // log indexes in order, without the letter of the group it joins
	texts   int             // different ones
}

// A suggestedGroup is a suggestion as it stands now: without those that are in a group
// by now, or say nothing any more.
type suggestedGroup struct {
	Letter  publica.EntryID
	Joins   publica.EntryID
	Text    string // of the letter
	Members []publica.EntryID
	Count   int // of all members, of which some are named
	Texts   int
	all     []int64
}

const (
	// comparedMost bounds how many contributions a node compares for its desk: some
	// hundred MB while it is at it. Above it there is the program publica.
	comparedMost   = 100_000
	shownSuggested = 20
	shownMembers   = 100
	// perGroup is how many ranges one entry names beside its method.
	perGroup = 500
)

func (p *pages) deskGroups(r *http.Request) (web.Page, error) {
	l, f := web.LocaleOf(r), r.PostForm
	page := &deskGroupsPage{}
	var ranges [][2]int64
	var chosen *suggestedGroup
	var err error
	page.deskFrame, err = p.docketDesk(r, "/groups", l.T("Letters that say the same"), func(s *readmodel.Snapshot, d *DocketStanding) (err error) {
		standing, _, err := groups(s, d.Index, 0, maxOffered)
		if err != nil {
			return err
		}
		page.Standing = slices.DeleteFunc(standing, func(g CampaignGroup) bool { return g.Open == 0 })
		all, err := p.suggested(r, s, d, page)
		if err != nil {
			return err
		}
		if err := page.offer(s, all); err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(s suggestion) bool { return s.letter.String() == f.Get("letter") })
		if i < 0 {
			return nil
		}
		if chosen, err = all[i].asOf(s); err == nil && chosen != nil {
			ranges, err = rangesOf(s, d.Index, chosen.all)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	switch f.Get("act") {
	case "check":
		return page, page.sign(r, chosen, ranges)
	case "end":
		return page, page.end(r)
	}
	return page, nil
}

// suggested returns the latest suggestions for a docket; the page is told how far the
// next are, or why there are none.
func (p *pages) suggested(r *http.Request, s *readmodel.Snapshot, d *DocketStanding, page *deskGroupsPage) ([]suggestion, error) {
	l := web.LocaleOf(r)
	var free int64
	if _, err := s.One("SELECT count(*) FROM (SELECT 1 FROM contribution WHERE docket = ? AND grp IS NULL LIMIT ?)", readmodel.Args{d.Index, comparedMost + 1}, &free); err != nil {
		return nil, err
	}
	if free > comparedMost {
		page.TooMany = l.T("More than {n} contributions are in no group: too many for this node to compare. The program publica finds and signs groups among any number.", "n", comparedMost)
		return nil, nil
	}
	in := d.Index
	made, _, far, err := p.letters.of(r.Context(), d.ID, s.Next, func(ctx context.Context, far *progress) ([]suggestion, int64, error) {
		far.total.Store(free)
		return compareLetters(ctx, p.model, in, far)
	})
	page.Far = far.shown(l)
	if err != nil || made == nil {
		return nil, err
	}
	return *made, nil
}

// offer shows the first suggestions that stand still.
func (p *deskGroupsPage) offer(s *readmodel.Snapshot, all []suggestion) error {
	for i := range all {
		if len(p.Suggested) == shownSuggested {
			p.More = len(all) - i
			return nil
		}
		g, err := all[i].asOf(s)
		if err != nil {
			return err
		}
		if g != nil {
			p.Suggested = append(p.Suggested, *g)
		}
	}
	return nil
}

// asOf returns what of a suggestion stands in a snapshot, nil if nothing does.
func (g *suggestion) asOf(s *readmodel.Snapshot) (*suggestedGroup, error) {
	out := &suggestedGroup{Letter: g.letter, Joins: g.joins, Texts: g.texts}
	var title, text string
	var free, stands bool
	if _, err := s.One("SELECT t.title, substr(t.text, 1, 1000), c.grp IS NULL, (SELECT ended IS NULL FROM grp WHERE idx = c.grp) FROM entry e JOIN contribution c ON c.idx = e.idx JOIN document t ON t.idx = e.idx WHERE e.id = ?",
		readmodel.Args{g.letter}, &title, &text, &free, &stands); err != nil {
		return nil, err
	}
	out.Text = web.Excerpt(wordsOf(title, text), 240)
	if out.Text == "" || free != g.joins.IsZero() || !free && !stands {
		return nil, nil
	}
	err := s.Each(func(scan readmodel.Scan) error {
		var idx int64
		var id publica.EntryID
		if err := scan(&idx, &id); err != nil {
			return err
		}
		if out.all = append(out.all, idx); len(out.Members) < shownMembers {
			out.Members = append(out.Members, id)
		}
		return nil
	}, "SELECT c.idx, e.id FROM contribution c JOIN entry e ON e.idx = c.idx JOIN document t ON t.idx = c.idx WHERE c.idx IN (SELECT value FROM json_each(?)) AND c.grp IS NULL AND (t.title <> '' OR t.text <> '') ORDER BY c.idx", indexes(g.members))
	if err != nil {
		return nil, err
	}
	if out.Count = len(out.all); out.Count == 0 || out.Count == 1 && g.joins.IsZero() {
		return nil, nil
	}
	return out, nil
}

// sign makes the record of a suggestion for its signature.
func (p *deskGroupsPage) sign(r *http.Request, chosen *suggestedGroup, ranges [][2]int64) error {
	l := web.LocaleOf(r)
	if chosen == nil {
		p.Refuse(l, l.T("That is not suggested any more."), l.T("Somebody has signed it, or more was said since. Look at the list as it is now."))
		return nil
	}
	m := grouping.Default()
	body := participation.Group{Letter: chosen.Letter, Ranges: ranges[:min(len(ranges), perGroup)],
		Method: &participation.Method{Algorithm: m.Algorithm, Bands: int64(m.Bands), Common: int64(m.Common), Near: int64(m.Near),
			Rows: int64(m.Rows), Shared: int64(m.Shared), Threshold: int64(m.Threshold), Unicode: m.Unicode, Version: int64(m.Version), Words: int64(m.Words)}}
	if !chosen.Joins.IsZero() {
		body = participation.Group{Extends: chosen.Joins, Ranges: body.Ranges}
	}
	p.Act = p.act(r, body, web.Facts{{Name: l.T("Members"), Value: l.N(chosen.Count, "{n} contribution", "{n} contributions")},
		{Name: l.T("Letter"), Value: chosen.Letter.String(), Href: "/contribution/" + chosen.Letter.String()}})
	if len(ranges) > perGroup {
		p.Act.Says = append(p.Act.Says, web.Fact{Name: l.T("One record has no room for all"), Value: l.T("The others are suggested again once this is signed.")})
	}
	return p.Act.Prepare(r)
}

// end makes the record that a group's members do not say the same.
func (p *deskGroupsPage) end(r *http.Request) error {
	l := web.LocaleOf(r)
	id, err := web.ParseEntry("group", r.PostForm.Get("group"))
	if err != nil {
		return err
	}
	if strings.TrimSpace(r.PostForm.Get("reason")) == "" {
		p.Refuse(l, l.T("There is no reason."), l.T("Say why these contributions do not belong together."))
		return nil
	}
	p.Act = p.act(r, participation.Group{Replaces: id}, web.Facts{{Name: l.T("Ends"), Value: id.String(), Href: "/docket/" + p.Docket.ID.String() + "/groups/" + id.String()}})
	return p.Act.Prepare(r)
}

func (p *deskGroupsPage) act(r *http.Request, body participation.Group, says web.Facts) *web.Act {
	act := &web.Act{Kind: "participation/group", For: p.Docket.Lead, Docket: p.Docket.ID, Body: body, Says: says, Next: p.Base + "/groups"}
	if reason := strings.TrimSpace(r.PostForm.Get("reason")); reason != "" {
		act.Parts = []web.ActPart{{Name: "reason", Media: "text/markdown", Text: reason, Label: web.LocaleOf(r).T("Reason")}}
	}
	return act
}

// compareLetters groups what is in no group of a docket yet, by the usual method, the
// most members first. Letters of the groups that stand are compared too: what came
// after a group was signed is suggested for it. Nothing of it has an effect before
// somebody signs it.
func compareLetters(ctx context.Context, model Reader, docket int64, far *progress) (all []suggestion, asOf int64, err error) {
	g, err := grouping.New(grouping.Default())
	if err != nil {
		return nil, 0, err
	}
	c := comparison{grouper: g, index: map[string]int64{}, groupOf: map[string]publica.EntryID{}}
	if err := model.Read(ctx, func(s *readmodel.Snapshot) error { return c.addStanding(s, docket) }); err != nil {
		return nil, 0, err
	}
	asOf, err = inParts(ctx, model, docket, comparedMost, "SELECT c.seq, c.idx, e.id, t.title, t.text FROM contribution c JOIN document t ON t.idx = c.idx JOIN entry e ON e.idx = c.idx WHERE c.docket = ? AND c.seq > ? AND c.grp IS NULL ORDER BY c.seq LIMIT ?", func(scan readmodel.Scan, at *int64) error {
		var idx int64
		var id publica.EntryID
		var title, text string
		if err := scan(at, &idx, &id, &title, &text); err != nil {
			return err
		}
		far.done.Add(1)
		return c.add(idx, id, wordsOf(title, text))
	})
	if err != nil {
		return nil, 0, err
	}
	found := g.Groups()
	slices.SortStableFunc(found, func(a, b grouping.Group) int { return cmp.Compare(b.Size, a.Size) })
	for i := range found {
		one, err := c.suggestion(&found[i])
		if err != nil {
			return nil, 0, err
		}
		if len(one.members) > 0 {
			all = append(all, one)
		}
	}
	return all, asOf, nil
}

// comparison is the contributions that are compared.
type comparison struct {
	grouper *grouping.Grouper
	index   map[string]int64           // log indexes by id
	groupOf map[string]publica.EntryID // groups that stand, by their letter
}

func (c *comparison) add(index int64, id publica.EntryID, text string) error {
	if text == "" {
		return nil // hidden or erased: it says nothing that could be the same
	}
	name := id.String()
	c.index[name] = index
	return c.grouper.Add(name, c.grouper.Sketch(text))
}

// addStanding adds the letters of the groups that stand.
func (c *comparison) addStanding(s *readmodel.Snapshot, docket int64) error {
	return s.Each(func(scan readmodel.Scan) error {
		var group, letter publica.EntryID
		var idx int64
		var title, text string
		if err := scan(&group, &idx, &letter, &title, &text); err != nil {
			return err
		}
		c.groupOf[letter.String()] = group
		return c.add(idx, letter, wordsOf(title, text))
	}, `SELECT e.id, g.letter, l.id, t.title, t.text FROM grp g JOIN entry e ON e.idx = g.idx JOIN entry l ON l.idx = g.letter JOIN document t ON t.idx = g.letter
		WHERE g.docket = ? AND g.ended IS NULL ORDER BY g.idx LIMIT ?`, docket, maxOffered)
}

// suggestion says what a group that was found would be on the register. What has a
// letter of a group that stands joins that one.
func (c *comparison) suggestion(g *grouping.Group) (out suggestion, err error) {
	out = suggestion{texts: len(g.Texts)}
	letter := g.Letter
	for _, same := range g.Texts {
		for _, id := range same {
			group, stands := c.groupOf[id]
			if !stands {
				out.members = append(out.members, c.index[id])
				continue
			}
			if out.joins.IsZero() {
				out.joins, letter = group, id
			}
		}
	}
	slices.Sort(out.members)
	out.letter, err = publica.ParseEntryID(letter)
	return out, err
}

// Hidden counts the members that are not named.
func (g *suggestedGroup) Hidden() int { return g.Count - len(g.Members) }

// rangesOf returns ranges of positions that hold these contributions of a docket, by
// log indexes in order, and no other.
func rangesOf(s *readmodel.Snapshot, docket int64, members []int64) (out [][2]int64, err error) {
	left, joined := members, false // joined: the contribution before is the last range's end
	err = s.Each(func(scan readmodel.Scan) error {
		var idx, seq int64
		if err := scan(&idx, &seq); err != nil {
			return err
		}
		switch {
		case len(left) == 0 || idx != left[0]:
			joined = false
			return nil
		case joined:
			out[len(out)-1][1] = seq
		default:
			out, joined = append(out, [2]int64{seq, seq}), true
		}
		left = left[1:]
		return nil
	}, "SELECT idx, seq FROM contribution WHERE docket = ? AND seq >= (SELECT seq FROM contribution WHERE idx = ?) AND seq <= (SELECT seq FROM contribution WHERE idx = ?) ORDER BY seq", docket, members[0], members[len(members)-1])
	return out, err
}

// wordsOf is what grouping reads of a contribution: its words without the
// headings that this view puts between the parts of an idea.
func wordsOf(title, text string) string {
	text = strings.NewReplacer("### Problem\n\n", "", "### Proposal\n\n", "", "### Metric\n\n", "").Replace(text)
	if title == "" {
		return text
	}
	return title + "\n\n" + text
}

// maxAnsweredGroups is how many groups one response names.
const maxAnsweredGroups = 32

// selectedGroups parses the groups that a form names.
func selectedGroups(names []string) (ids []publica.EntryID, err error) {
	if len(names) > maxAnsweredGroups {
		return nil, publica.Problem(publica.TooLarge, "group", "are more than 32 groups at once").WithHint("choose fewer")
	}
	for _, name := range names {
		id, err := web.ParseEntry("group", name)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// campaignGroup returns a group of a docket.
func campaignGroup(s *readmodel.Snapshot, docket int64, id publica.EntryID) (*CampaignGroup, error) {
	found, err := readmodel.Collect(s, scanGroup, groupColumns+"WHERE g.docket = ? AND e.id = ?", docket, id)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, publica.Problem(publica.NotFound, "group", "is not a group of this docket")
	}
	return &found[0], nil
}

// openGroups returns those of the groups that stand and have members who are owed
// a response still.
func openGroups(s *readmodel.Snapshot, docket int64, ids []publica.EntryID) (left []publica.EntryID, err error) {
	for _, id := range ids {
		g, err := campaignGroup(s, docket, id)
		if publica.CodeOf(err) == publica.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		if g.Open > 0 && g.Ended.IsZero() {
			left = append(left, id)
		}
	}
	return left, nil
}
