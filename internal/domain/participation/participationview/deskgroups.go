package participationview

import (
	"cmp"
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
	Suggested []suggestion
	More      int    // suggestions that are not shown
	TooMany   string // why nothing is suggested here
}

// A suggestion is a group that nobody has signed, or members for one that stands.
type suggestion struct {
	Letter  publica.EntryID
	Joins   publica.EntryID // group that stands and says the same
	Text    string          // of the letter
	Members []string        // ids, without the letter of the group it joins
	Texts   int             // different ones
}

const (
	// suggestedFrom bounds how many texts are compared while a person waits:
	// about a second's work. Above it there is the program publica.
	suggestedFrom  = 5000
	shownSuggested = 20
	shownMembers   = 100
	// perGroup is how many ranges one entry names beside its method.
	perGroup = 500
)

func (p *pages) deskGroups(r *http.Request) (web.Page, error) {
	l, f := web.LocaleOf(r), r.PostForm
	page := &deskGroupsPage{}
	var ranges [][2]int64
	var chosen *suggestion
	var err error
	page.deskFrame, err = p.docketDesk(r, "/groups", l.T("Letters that say the same"), func(s *readmodel.Snapshot, d *DocketStanding) (err error) {
		standing, _, err := groups(s, d.Index, 0, maxOffered)
		if err != nil {
			return err
		}
		all, err := page.suggest(s, l, d, standing)
		if err != nil {
			return err
		}
		page.Suggested = all[:min(len(all), shownSuggested)]
		page.More = len(all) - len(page.Suggested)
		page.Standing = slices.DeleteFunc(standing, func(g CampaignGroup) bool { return g.Open == 0 })
		if i := slices.IndexFunc(all, func(s suggestion) bool { return s.Letter.String() == f.Get("letter") }); i >= 0 {
			chosen = &all[i]
			ranges, err = rangesOf(s, d.Index, chosen.Members)
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

// sign makes the record of a suggestion for its signature.
func (p *deskGroupsPage) sign(r *http.Request, chosen *suggestion, ranges [][2]int64) error {
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
	p.Act = p.act(r, body, web.Facts{{Name: l.T("Members"), Value: l.N(len(chosen.Members), "{n} contribution", "{n} contributions")},
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

// suggest groups what is in no group yet, by the usual method, the most members
// first. Letters of the groups that stand are compared too: what came after a
// group was signed is suggested for it. Nothing of it has an effect before
// somebody signs it.
func (p *deskGroupsPage) suggest(s *readmodel.Snapshot, l *web.Locale, d *DocketStanding, standing []CampaignGroup) (all []suggestion, err error) {
	var free int
	if _, err := s.One("SELECT count(*) FROM (SELECT 1 FROM contribution WHERE docket = ? AND grp IS NULL LIMIT ?)", readmodel.Args{d.Index, suggestedFrom + 1}, &free); err != nil {
		return nil, err
	}
	if free > suggestedFrom {
		p.TooMany = l.T("More than {n} contributions are in no group: too many to compare while you wait. The program publica finds and signs groups among any number.", "n", suggestedFrom)
		return nil, nil
	}
	g, err := grouping.New(grouping.Default())
	if err != nil {
		return nil, err
	}
	texts, groupOf := map[string]string{}, map[string]publica.EntryID{}
	add := func(scan readmodel.Scan) error {
		var id publica.EntryID
		var title, text string
		if err := scan(&id, &title, &text); err != nil {
			return err
		}
		if text = wordsOf(title, text); text == "" {
			return nil // hidden or erased: it says nothing that could be the same
		}
		texts[id.String()] = web.Excerpt(text, 240)
		return g.Add(id.String(), g.Sketch(text))
	}
	const columns = "SELECT e.id, t.title, t.text FROM contribution c JOIN document t ON t.idx = c.idx JOIN entry e ON e.idx = c.idx "
	if err := s.Each(add, columns+"WHERE c.docket = ? AND c.grp IS NULL ORDER BY c.seq", d.Index); err != nil {
		return nil, err
	}
	for i := range standing {
		letter := standing[i].Letter
		if letter.IsZero() {
			continue
		}
		groupOf[letter.String()] = standing[i].Entry
		if err := s.Each(add, columns+"WHERE e.id = ?", letter); err != nil {
			return nil, err
		}
	}
	found := g.Groups()
	slices.SortStableFunc(found, func(a, b grouping.Group) int { return cmp.Compare(b.Size, a.Size) })
	for i := range found {
		one, err := suggestionOf(&found[i], texts, groupOf)
		if err != nil {
			return nil, err
		}
		if len(one.Members) > 0 {
			all = append(all, one)
		}
	}
	return all, nil
}

// suggestionOf says what a group that was found would be on the register. What
// has a letter of a group that stands joins that one.
func suggestionOf(g *grouping.Group, texts map[string]string, groupOf map[string]publica.EntryID) (out suggestion, err error) {
	out = suggestion{Texts: len(g.Texts)}
	letter := g.Letter
	for _, same := range g.Texts {
		for _, id := range same {
			group, stands := groupOf[id]
			if !stands {
				out.Members = append(out.Members, id)
				continue
			}
			if out.Joins.IsZero() {
				out.Joins, letter = group, id
			}
		}
	}
	out.Text = texts[letter]
	out.Letter, err = publica.ParseEntryID(letter)
	return out, err
}

// Shown are the members that the page names.
func (s *suggestion) Shown() []string { return s.Members[:min(len(s.Members), shownMembers)] }

// Hidden counts the others.
func (s *suggestion) Hidden() int { return len(s.Members) - len(s.Shown()) }

// rangesOf returns ranges of positions that hold these contributions of a docket
// and no other.
func rangesOf(s *readmodel.Snapshot, docket int64, members []string) (out [][2]int64, err error) {
	mine := make(map[string]bool, len(members))
	for _, id := range members {
		mine[id] = true
	}
	joined := false // the contribution before is the last range's end
	err = s.Each(func(scan readmodel.Scan) error {
		var id publica.EntryID
		var seq int64
		if err := scan(&id, &seq); err != nil {
			return err
		}
		switch {
		case !mine[id.String()]:
			joined = false
		case joined:
			out[len(out)-1][1] = seq
		default:
			out, joined = append(out, [2]int64{seq, seq}), true
		}
		return nil
	}, "SELECT e.id, c.seq FROM contribution c JOIN entry e ON e.idx = c.idx WHERE c.docket = ? ORDER BY c.seq", docket)
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
