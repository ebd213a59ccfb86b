package participationview

import (
	"cmp"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"publica"
	"publica/internal/domain/participation"
	"publica/internal/readmodel"
	"publica/internal/web"
)

// editorPage is desktext.html: the editor of the draft. The next version is
// written here in private, section by section; each section that changes, goes,
// or drops an idea asks why, and which contributions moved it, before the
// version can be signed.
type editorPage struct {
	deskFrame
	Latest  *Draft // nil before the first version
	Form    textDraft
	Changes []change
	Ideas   []IdeaLink // of the docket, to be carried
	Same    bool       // nothing differs from the latest version

	unread string // a word of the form that should be a tracking number
	twice  string // an idea that two sections carry
}

// textDraft is the next version as it is being written.
type textDraft struct {
	On       int64                  `json:"on"` // version it started from
	Title    string                 `json:"title,omitzero"`
	Sections []sectionDraft         `json:"sections"`
	Reasons  map[string]reasonDraft `json:"reasons,omitempty"` // by section, or "idea " and its id
	Saved    publica.Time           `json:"saved"`
}

type sectionDraft struct {
	ID    string            `json:"id"`
	Text  string            `json:"text"`
	Ideas []publica.EntryID `json:"ideas,omitempty"`
	Gone  bool              `json:"gone,omitzero"`
}

type reasonDraft struct {
	Why    string            `json:"why,omitzero"`
	Causes []publica.EntryID `json:"causes,omitempty"`
}

// change is one difference that wants a reason.
type change struct {
	Field    string // of its reason in the form
	Section  string
	Idea     publica.EntryID
	What     string // changed, removed, dropped
	Heading  string
	Redline  []web.Run
	Form     reasonDraft
	Possible []IdeaLink // contributions that may have moved it
	Others   string     // ids beyond these, one a line
}

// Caused reports whether a contribution is named as a cause.
func (c *change) Caused(id publica.EntryID) bool { return slices.Contains(c.Form.Causes, id) }

// Carries reports whether a section of the form carries an idea.
func (s *sectionDraft) Carries(id publica.EntryID) bool { return slices.Contains(s.Ideas, id) }

// Heading is what the section is called.
func (s *sectionDraft) Heading() string { return headingOf(s.Text, s.ID) }

// Limits of what the editor offers.
const (
	maxEdited    = 200 // sections
	maxOffered   = 200 // ideas to carry, causes to choose from
	maxTextParts = 62  // of one entry, title aside
)

func (p *pages) deskText(r *http.Request) (web.Page, error) {
	l := web.LocaleOf(r)
	page := &editorPage{}
	var possible map[string][]IdeaLink
	frame, err := p.docketDesk(r, "/text", l.T("The next version of the text"), func(s *readmodel.Snapshot, d *DocketStanding) (err error) {
		if d.Counts.Drafts > 0 {
			if page.Latest, err = draft(s, d.Index, d.Counts.Drafts); err != nil {
				return err
			}
		}
		if page.Ideas, err = ideaLinks(s, d.Index); err != nil {
			return err
		}
		possible, err = aboutSections(s, d.Index)
		return err
	})
	if err != nil {
		return nil, err
	}
	page.deskFrame, page.Wide = frame, true
	shared := inVault[textDraft]{p.vault, "desk/text/" + frame.Docket.ID.String()}
	if page.Form, err = page.open(shared); err != nil {
		return nil, err
	}
	act := r.PostForm.Get("act")
	if r.Method == http.MethodPost && r.PostForm.Has("sections") {
		if act == "drop" {
			return nil, firstError(shared.drop(), web.SeeOther(page.Base+"/text"))
		}
		kept := page.Form.Saved
		page.take(r.PostForm, act)
		if was, ok := readTime(r.PostForm.Get("was")); !ok || was != kept {
			// Those who run the docket write one version together: the form was
			// opened before somebody else kept theirs.
			page.Form.Saved = kept
			page.compare(possible)
			page.Refuse(l, l.T("Somebody else has kept or signed a version since you opened this page."),
				l.T("Yours stands below and is not kept yet. Keep it to replace theirs, or open this page anew to see theirs."))
			return page, nil
		}
		page.Form.Saved = publica.TimeOf(time.Now())
		if err := shared.save(page.Form); err != nil {
			return nil, err
		}
		r.PostForm.Set("was", strconv.FormatInt(int64(page.Form.Saved), 10)) // the form comes back with "Change it"
	}
	page.compare(possible)
	if act == "check" {
		return page, page.ready(r)
	}
	return page, nil
}

// readTime reads the time of a draft as its form carries it: milliseconds.
func readTime(s string) (publica.Time, bool) {
	ms, err := strconv.ParseInt(s, 10, 64)
	return publica.Time(ms), err == nil
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// open returns the draft that is being written, or the latest version to start
// from. One that started from an older version is started anew: what it changed
// may have changed since.
func (p *editorPage) open(mine inVault[textDraft]) (textDraft, error) {
	f, ok, err := mine.load()
	if err != nil || ok && f.On == p.Docket.Counts.Drafts {
		return f, err
	}
	f = textDraft{On: p.Docket.Counts.Drafts}
	if p.Latest != nil {
		f.Title = p.Latest.Title
		for _, s := range p.Latest.Text {
			f.Sections = append(f.Sections, sectionDraft{ID: s.ID, Text: s.Text, Ideas: entriesOf(s.Ideas)})
		}
	}
	return f, nil
}

func entriesOf(links []IdeaLink) (ids []publica.EntryID) {
	for _, i := range links {
		ids = append(ids, i.Entry)
	}
	return ids
}

// take reads the form: the fields of each section by its place, then what the
// pressed button does to their order.
func (p *editorPage) take(form url.Values, act string) {
	n := min(number(form.Get("sections")), maxEdited)
	f := textDraft{On: p.Form.On, Title: strings.TrimSpace(form.Get("title")), Reasons: map[string]reasonDraft{}}
	for i := range n {
		at := strconv.Itoa(i)
		f.Sections = append(f.Sections, sectionDraft{ID: form.Get("id-" + at), Text: clean(form.Get("text-" + at)), Ideas: parseIDs(form["ideas-"+at]), Gone: form.Get("gone-"+at) != ""})
	}
	for name := range form {
		if field, ok := strings.CutPrefix(name, "why-"); ok {
			causes := parseIDs(form["cause-"+field])
			others, unread := readIDs(form.Get("others-" + field))
			p.unread = cmp.Or(p.unread, unread)
			for _, id := range others {
				if !slices.Contains(causes, id) {
					causes = append(causes, id)
				}
			}
			f.Reasons[field] = reasonDraft{clean(form.Get(name)), causes}
		}
	}
	switch what, at, _ := strings.Cut(act, "-"); what {
	case "up":
		if i := number(at); i > 0 && i < len(f.Sections) {
			f.Sections[i-1], f.Sections[i] = f.Sections[i], f.Sections[i-1]
		}
	case "add":
		if len(f.Sections) < maxEdited {
			f.Sections = append(f.Sections, sectionDraft{})
		}
	}
	p.Form = f
	p.name()
}

var unfit = regexp.MustCompile(`[^a-z0-9]+`)

// name gives new sections an id from their heading, which stays theirs for good,
// and lets those go that never had any text.
func (p *editorPage) name() {
	used := map[string]bool{}
	for _, s := range p.Form.Sections {
		used[s.ID] = true
	}
	for i := range p.Form.Sections {
		s := &p.Form.Sections[i]
		if s.ID != "" || s.Text == "" {
			continue
		}
		id := strings.Trim(unfit.ReplaceAllString(strings.ToLower(headingOf(s.Text, "section")), "-"), "-")
		id = strings.Trim(id[:min(len(id), 50)], "-")
		if id == "" {
			id = "section"
		}
		s.ID = id
		for n := 2; used[s.ID]; n++ {
			s.ID = id + "-" + strconv.Itoa(n)
		}
		used[s.ID] = true
	}
}

// clean makes the ends of lines and of the text what they are everywhere here.
func clean(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")) }

// readIDs parses tracking numbers between spaces; unread is the first that is
// none.
func readIDs(text string) (ids []publica.EntryID, unread string) {
	for word := range strings.FieldsSeq(text) {
		id, err := publica.ParseEntryID(word)
		if err != nil {
			unread = cmp.Or(unread, word)
		} else if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids, unread
}

func parseIDs(list []string) (ids []publica.EntryID) {
	for _, s := range list {
		if id, err := publica.ParseEntryID(strings.TrimSpace(s)); err == nil {
			ids = append(ids, id)
		}
	}
	return ids
}

// ideaLinks lists the ideas of a docket, to be carried by sections.
func ideaLinks(s *readmodel.Snapshot, docket int64) ([]IdeaLink, error) {
	return readmodel.Collect(s, scanIdeaLink, `SELECT e.id, t.title, t.text FROM contribution c JOIN entry e ON e.idx = c.idx JOIN document t ON t.idx = c.idx
		WHERE c.docket = ? AND c.kind = 'idea' ORDER BY c.seq LIMIT ?`, docket, maxOffered)
}

// aboutSections lists, for each section, the comments on it, newest first: they
// may have moved it.
func aboutSections(s *readmodel.Snapshot, docket int64) (map[string][]IdeaLink, error) {
	all := map[string][]IdeaLink{}
	type about struct {
		IdeaLink
		section string
	}
	list, err := readmodel.Collect(s, func(scan readmodel.Scan, v *about) error {
		var text string
		err := scan(&v.section, &v.Entry, &text)
		v.Title = web.Excerpt(text, 90)
		return err
	}, `SELECT c.section, e.id, t.text FROM contribution c JOIN entry e ON e.idx = c.idx JOIN document t ON t.idx = c.idx
		WHERE c.docket = ? AND c.section IS NOT NULL ORDER BY c.seq DESC LIMIT ?`, docket, 20*maxOffered)
	for _, v := range list {
		if len(all[v.section]) < maxOffered {
			all[v.section] = append(all[v.section], v.IdeaLink)
		}
	}
	return all, err
}

// compare finds what differs from the latest version and wants a reason.
func (p *editorPage) compare(possible map[string][]IdeaLink) {
	p.Same = true
	stands, carried := map[string]*sectionDraft{}, map[publica.EntryID]bool{}
	var order []string
	for i := range p.Form.Sections {
		if s := &p.Form.Sections[i]; !s.Gone && s.Text != "" {
			stands[s.ID], order = s, append(order, s.ID)
			for _, id := range s.Ideas {
				if carried[id] {
					p.twice = p.ideaTitle(id)
				}
				carried[id] = true
			}
		}
	}
	if p.Latest == nil {
		p.Same = len(stands) == 0
		return
	}
	var before []string
	for _, old := range p.Latest.Text {
		before = append(before, old.ID)
		now := stands[old.ID]
		switch {
		case now == nil:
			p.wants(change{Section: old.ID, What: "removed", Heading: old.Heading}, possible[old.ID])
		case now.Text != clean(old.Text):
			p.wants(change{Section: old.ID, What: "changed", Heading: now.Heading(), Redline: web.Redline(web.Tame(old.Text), web.Tame(now.Text))}, possible[old.ID])
		case !slices.Equal(now.Ideas, entriesOf(old.Ideas)):
			p.Same = false
		}
		for _, idea := range old.Ideas {
			if !carried[idea.Entry] {
				p.wants(change{Idea: idea.Entry, What: "dropped", Heading: idea.Title}, []IdeaLink{idea})
			}
		}
	}
	if !slices.Equal(order, before) || p.Form.Title != strings.TrimSpace(p.Latest.Title) {
		p.Same = false
	}
}

func (p *editorPage) ideaTitle(id publica.EntryID) string {
	for _, i := range p.Ideas {
		if i.Entry == id {
			return i.Title
		}
	}
	return id.String()
}

func (p *editorPage) wants(c change, possible []IdeaLink) {
	p.Same = false
	c.Field = c.Section
	if c.Section == "" {
		c.Field = "idea:" + c.Idea.String()
	}
	c.Possible, c.Form = possible, p.Form.Reasons[c.Field]
	var others []string
	for _, id := range c.Form.Causes {
		if !slices.ContainsFunc(possible, func(l IdeaLink) bool { return l.Entry == id }) {
			others = append(others, id.String())
		}
	}
	c.Others = strings.Join(others, "\n")
	p.Changes = append(p.Changes, c)
}

// ready makes the version's entry for its signature, or says what it lacks.
func (p *editorPage) ready(r *http.Request) error {
	l := web.LocaleOf(r)
	for i := range p.Changes {
		if c := &p.Changes[i]; c.Form.Why == "" {
			p.Refuse(l, l.T("“{what}” has no reason.", "what", c.Heading), l.T("Say why it changes, and tick the contributions that moved it: they learn what became of them."))
			return nil
		}
	}
	switch {
	case p.unread != "":
		p.refuseID(l, p.unread)
		return nil
	case p.twice != "":
		p.Refuse(l, l.T("Two sections carry the idea “{what}”.", "what", p.twice), l.T("Let the one carry it that answers it best."))
		return nil
	case p.Same:
		p.Refuse(l, l.T("Nothing differs from the latest version."), l.T("Change the text first."))
		return nil
	}
	body, parts := p.entry(l)
	if len(parts) > maxTextParts {
		p.Refuse(l, l.T("One version takes {most} changed sections and reasons at most, and this one has {n}.", "most", maxTextParts, "n", len(parts)), l.T("Publish it in two versions."))
		return nil
	}
	p.Act = &web.Act{Kind: "participation/draft", For: p.Docket.Lead, Docket: p.Docket.ID, Body: body, Parts: parts,
		Says: web.Facts{{Name: l.T("Version"), Value: l.Number(body.Version)}, {Name: l.T("Sections"), Value: l.Number(int64(len(body.Sections)))},
			{Name: l.T("Changes with a reason"), Value: l.Number(int64(len(body.Changes)))}},
		Next: "/docket/" + p.Docket.ID.String() + "/redline"}
	return p.Act.Prepare(r)
}

// entry makes the body and the parts of the version.
func (p *editorPage) entry(l *web.Locale) (participation.Draft, []web.ActPart) {
	body := participation.Draft{Version: p.Form.On + 1}
	var parts []web.ActPart
	if p.Form.Title != "" {
		parts = append(parts, web.ActPart{Name: "title", Media: "text/plain", Text: p.Form.Title, Label: l.T("Title")})
	}
	old := map[string]string{}
	if p.Latest != nil {
		for _, s := range p.Latest.Text {
			old[s.ID] = clean(s.Text)
		}
	}
	for _, s := range p.Form.Sections {
		if s.Gone || s.Text == "" {
			continue
		}
		section := participation.Section{ID: s.ID, Ideas: s.Ideas}
		if was, stood := old[s.ID]; !stood || was != s.Text {
			section.Part = "text:" + strconv.Itoa(len(body.Sections)+1)
			parts = append(parts, web.ActPart{Name: section.Part, Media: "text/markdown", Text: s.Text, Label: s.Heading()})
		}
		body.Sections = append(body.Sections, section)
	}
	why := map[string]string{} // changes with one reason share its part
	for _, c := range p.Changes {
		part, known := why[c.Form.Why]
		if !known {
			part = "why:" + strconv.Itoa(len(why)+1)
			why[c.Form.Why] = part
			parts = append(parts, web.ActPart{Name: part, Media: "text/markdown", Text: c.Form.Why, Label: l.T("Reason for “{what}”", "what", c.Heading)})
		}
		body.Changes = append(body.Changes, participation.Change{Section: c.Section, Idea: c.Idea, Part: part, Causes: c.Form.Causes})
	}
	return body, parts
}

// Reasons lists the fields of reasons in a fixed order, for the form.
func (f *textDraft) ReasonFields() []string { return slices.Sorted(maps.Keys(f.Reasons)) }
