package participationview

import (
	"encoding/json/jsontext"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"publica"
	"publica/internal/domain/moderation"
	"publica/internal/readmodel"
	"publica/internal/web"
)

// deskModerationPage is deskmoderation.html: what waits for a moderator or
// reviewer, and the legal hold.
type deskModerationPage struct {
	deskFrame
	Waiting []Act // appeals, and redactions that want a second person
	Hidden  []Act // that hide something now, the newest first
	Hold    *Act
	Found   []personalHit // the newest first
	Search  *web.Progress // for personal data, nil if nothing is left to look through
	More    moreOfActs
	Record  string
	Reason  string
}

// moreOfActs are the addresses of what follows each list, "" if nothing does.
type moreOfActs struct{ Waiting, Hidden, Found string }

// personalHit is a contribution that may hold personal data.
type personalHit struct {
	Entry publica.EntryID
	Time  publica.Time
	Found []warning
}

// shownActs bounds each list of the moderators' desk; the next page goes on.
const shownActs = 50

// moderates opens a page of the moderators' desk.
func (p *pages) moderates(r *http.Request, at, title string, f func(s *readmodel.Snapshot, d *DocketStanding) error) (deskFrame, error) {
	return p.openDesk(r, at, title, func(l *web.Locale, may rights) error {
		if !may.Any() {
			return publica.Problem(publica.Forbidden, "key", l.T("your key neither moderates this docket nor reviews it")).
				WithHint(l.T("ask the administrator of a body that its charter names for the role of moderator or reviewer"))
		}
		return nil
	}, f)
}

func (p *pages) deskModeration(r *http.Request) (web.Page, error) {
	l, f := web.LocaleOf(r), r.PostForm
	page := &deskModerationPage{Record: strings.TrimSpace(r.URL.Query().Get("record")), Reason: strings.TrimSpace(f.Get("reason"))}
	var err error
	page.deskFrame, err = p.moderates(r, "/moderation", l.T("Moderation"), func(s *readmodel.Snapshot, d *DocketStanding) error {
		if err := page.read(r, s, d); err != nil {
			return err
		}
		return page.search(r, s, d, &p.personal)
	})
	if err != nil {
		return nil, err
	}
	if page.Record != "" {
		id, err := linkedEntry(page.Record)
		if err == nil {
			return nil, web.SeeOther(page.Base + "/moderation/" + id.String())
		}
		page.refuseID(l, page.Record)
		return page, nil
	}
	act := f.Get("act")
	switch {
	case act != "hold" && act != "release":
		return page, nil
	case page.May.Moderates.IsZero():
		page.Refuse(l, l.T("Only a moderator does that."), "")
		return page, nil
	case page.Reason == "":
		page.Refuse(l, l.T("There is no reason."), l.T("Everyone can read it, in the moderation log."))
		return page, nil
	case act == "release" && page.Hold == nil:
		page.Refuse(l, l.T("There is no hold."), "")
		return page, nil
	}
	page.Act = page.moderation("moderation/hold", page.May.Moderates, moderation.Hold{}, page.Reason, l)
	if act == "release" {
		page.Act = page.moderation("moderation/release", page.May.Moderates, moderation.Release{Hold: page.Hold.Entry}, page.Reason, l)
	}
	return page, page.Act.Prepare(r)
}

// read gathers what waits.
func (p *deskModerationPage) read(r *http.Request, s *readmodel.Snapshot, d *DocketStanding) (err error) {
	waits := "a.kind = 'moderation/appeal' AND a.outcome = ''"
	if d.Charter.TwoPersons {
		waits += " OR a.kind = 'moderation/redact' AND a.answered IS NULL AND a.reversed IS NULL AND NOT EXISTS (SELECT 1 FROM scar x WHERE x.act = a.idx AND x.erased = 1)"
	}
	if p.Waiting, p.More.Waiting, err = actsFrom(r, s, "waiting", "WHERE a.docket = ? AND ("+waits+") AND a.idx >= ? ORDER BY a.idx LIMIT ?", d.Index, 0); err != nil {
		return err
	}
	if p.Hidden, p.More.Hidden, err = actsFrom(r, s, "hidden", "WHERE a.docket = ? AND a.kind = 'moderation/hide' AND a.answered IS NULL AND a.reversed IS NULL AND a.idx <= ? ORDER BY a.idx DESC LIMIT ?", d.Index, math.MaxInt64); err != nil {
		return err
	}
	hold, err := readmodel.Collect(s, scanAct, actColumns+"WHERE a.docket = ? AND a.kind = 'moderation/hold' AND a.answered IS NULL ORDER BY a.idx DESC LIMIT 1", d.Index)
	if len(hold) > 0 {
		p.Hold = &hold[0]
	}
	return err
}

// actsFrom lists acts from the log index on that a parameter of the request names, and
// says where the rest is.
func actsFrom(r *http.Request, s *readmodel.Snapshot, parameter, where string, docket, start int64) (list []Act, more string, err error) {
	if from := int64(number(r.URL.Query().Get(parameter))); from > 0 {
		start = from
	}
	list, err = readmodel.Collect(s, scanAct, actColumns+where, docket, start, shownActs+1)
	if len(list) > shownActs {
		more, list = onwards(r, parameter, list[shownActs].Index), list[:shownActs]
	}
	return list, more, err
}

// onwards is the address of a page from where one of its lists goes on.
func onwards(r *http.Request, parameter string, at int64) string {
	q := r.URL.Query()
	q.Del("record")
	q.Set(parameter, strconv.FormatInt(at, 10))
	return r.URL.Path + "?" + q.Encode() + "#" + parameter
}

// search lists the contributions that may hold personal data, among those that nobody
// has hidden. It finds what the page for contributing warned of, and no more.
func (p *deskModerationPage) search(r *http.Request, s *readmodel.Snapshot, d *DocketStanding, all *personalSearch) error {
	if _, _, err := all.step(r.Context()); err != nil { // what came just now is seen at once
		return err
	}
	before := int64(number(r.URL.Query().Get("personal")))
	if before <= 0 {
		before = math.MaxInt64
	}
	l := web.LocaleOf(r)
	list, done, size := all.before(d.Index, before, shownActs+1)
	if done < size {
		p.Search = &web.Progress{Label: l.T("Records looked through"), Done: done, Total: size, Note: l.T("It goes on in the background. Load this page again to see the result.")}
	}
	if len(list) > shownActs {
		p.More.Found, list = onwards(r, "personal", list[shownActs-1]), list[:shownActs]
	}
	return s.Each(func(scan readmodel.Scan) error {
		var c searched
		if err := scanSearched(scan, &c, new(int64)); err != nil {
			return err
		}
		hit := personalHit{Entry: c.entry, Time: c.time}
		for _, f := range all.look(r.Context(), &c) {
			hit.Found = append(hit.Found, warning{personalWords(l, f.Sort), f.Text})
		}
		if len(hit.Found) > 0 {
			p.Found = append(p.Found, hit)
		}
		return nil
	}, searchedColumns+"WHERE c.idx IN (SELECT value FROM json_each(?)) ORDER BY c.idx DESC", indexes(list))
}

// linkedEntry returns the entry that a tracking number names, or the address of a page
// about it: the last one in its path, or the record that its fragment points to.
func linkedEntry(text string) (publica.EntryID, error) {
	at, err := url.Parse(text)
	if err != nil {
		return publica.ParseEntryID(text)
	}
	if id, err := publica.ParseEntryID(strings.TrimPrefix(at.Fragment, "r-")); err == nil {
		return id, nil
	}
	names := strings.Split(strings.TrimRight(at.Path, "/"), "/")
	for _, name := range slices.Backward(names) {
		if id, err := publica.ParseEntryID(name); err == nil {
			return id, nil
		}
	}
	return publica.ParseEntryID(text)
}

// moderation makes an act for its signature.
func (f *deskFrame) moderation(kind publica.Kind, by publica.BodyID, body any, reason string, l *web.Locale) *web.Act {
	return &web.Act{Kind: kind, For: by, Docket: f.Docket.ID, Body: body, Next: f.Base + "/moderation",
		Says:  web.Facts{{Name: l.T("What you do"), Value: kindWords(l, kind)}},
		Parts: []web.ActPart{{Name: "reason", Media: "text/markdown", Text: reason, Label: l.T("Reason")}}}
}

// deskRecordPage is deskrecord.html: one record with what is hidden of it, and what
// can be done about it.
type deskRecordPage struct {
	deskFrame
	Entry publica.EntryID
	Kind  publica.Kind
	Parts []recordPart
	Acts  []deskAct
	Codes []web.Link
	Asked []web.Link
	Form  recordForm
	raw   jsontext.Value
}

// recordPart is content as it stands, for who moderates.
type recordPart struct {
	Name, Media, Text string
	Size              int64
	Hidden, Gone      bool
}

// deskAct is an act with what can be done about it now.
type deskAct struct {
	Act
	Restorable, Confirmable, Decidable bool
}

// recordForm is what was chosen.
type recordForm struct {
	Parts                    []string
	Code, Asked, Outcome, Of string
	Reason                   string
}

// Ticked reports whether a part was chosen.
func (f *recordForm) Ticked(part string) bool { return slices.Contains(f.Parts, part) }

// maxShownText bounds how much of a part the moderators' desk shows.
const maxShownText = 64 << 10

func (p *pages) deskRecord(r *http.Request) (web.Page, error) {
	l, f := web.LocaleOf(r), r.PostForm
	id, err := web.PathEntry(r, "entry")
	if err != nil {
		return nil, err
	}
	page := &deskRecordPage{Entry: id, Form: recordForm{Parts: f["part"], Code: f.Get("code"), Asked: f.Get("asked"), Outcome: f.Get("outcome"), Of: f.Get("of"), Reason: strings.TrimSpace(f.Get("reason"))}}
	var acted []Act
	page.deskFrame, err = p.moderates(r, "/moderation", l.T("Moderate a record"), func(s *readmodel.Snapshot, _ *DocketStanding) error {
		index, err := indexOf(s, id)
		if err == nil {
			acted, err = actsAbout(s, index)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := page.look(r, p.site); err != nil {
		return nil, err
	}
	page.open(acted)
	page.Crumbs = append(page.Crumbs, web.Link{Text: l.T("Moderation"), Href: page.Base + "/moderation"})
	for _, c := range actCodes {
		page.Codes = append(page.Codes, web.Link{Text: codeWords(l, c), Href: c})
	}
	for _, a := range moderation.Askers {
		page.Asked = append(page.Asked, web.Link{Text: askedWords(l, string(a)), Href: string(a)})
	}
	if act := f.Get("act"); act != "" && act != "change" {
		return page, page.ready(r, act)
	}
	return page, nil
}

// indexOf returns where a record stands in the log.
func indexOf(s *readmodel.Snapshot, id publica.EntryID) (index int64, err error) {
	found, err := s.One("SELECT idx FROM entry WHERE id = ?", readmodel.Args{id}, &index)
	if err == nil && !found {
		err = publica.Problem(publica.NotFound, "entry", "is not on this register, or not shown yet")
	}
	return index, err
}

// look reads the record with all of its content that is left.
func (p *deskRecordPage) look(r *http.Request, site *web.Site) error {
	raw, err := site.Raw(r.Context(), p.Entry)
	if err != nil {
		return err
	}
	e, err := publica.ParseEntry(raw)
	if err != nil {
		return err
	}
	if e.Docket != p.Docket.ID {
		return publica.Problem(publica.NotFound, "entry", "is not in this docket")
	}
	p.raw, p.Kind = raw, e.Kind
	for i := range e.Content {
		c := &e.Content[i]
		part := recordPart{Name: c.Name, Media: c.Media, Size: c.Size}
		held, hidden, err := site.ForModerators(r.Context(), c.Commitment)
		switch {
		case publica.CodeOf(err) == publica.NotFound:
			part.Gone = true
		case err != nil:
			return err
		case strings.HasPrefix(c.Media, "text/"):
			part.Text = strings.ToValidUTF8(string(held.Data[:min(len(held.Data), maxShownText)]), "")
		}
		part.Hidden = hidden
		p.Parts = append(p.Parts, part)
	}
	return nil
}

// open says what can be done about each act now, by this key.
func (p *deskRecordPage) open(acted []Act) {
	for _, a := range acted {
		d := deskAct{Act: a}
		stands := a.Answered.IsZero() && a.Reversed.IsZero()
		moderator := !p.May.Moderates.IsZero()
		d.Restorable = moderator && stands && a.Kind == "moderation/hide"
		d.Confirmable = moderator && stands && a.Kind == "moderation/redact" && p.Docket.Charter.TwoPersons && a.Author != p.Session.Key && !p.allGone()
		d.Decidable = !p.May.Reviews.IsZero() && a.Kind == "moderation/appeal" && a.Outcome == "" && !tookPart(acted, &a, p.Session.Key)
		p.Acts = append(p.Acts, d)
	}
}

// tookPart reports whether a key signed an appeal, the act that it is against, or
// what confirmed that: somebody else decides.
func tookPart(acted []Act, appeal *Act, key publica.KeyID) bool {
	return slices.ContainsFunc(acted, func(a Act) bool {
		return a.Author == key && (a.Entry == appeal.Entry || a.Entry == appeal.ActedOn || a.Kind == "moderation/confirm" && a.ActedOn == appeal.ActedOn)
	})
}

// allGone reports whether nothing is left to erase.
func (p *deskRecordPage) allGone() bool {
	return !slices.ContainsFunc(p.Parts, func(part recordPart) bool { return !part.Gone })
}

// ready makes the entry for its signature, or says what it lacks.
func (p *deskRecordPage) ready(r *http.Request, act string) error {
	l, f := web.LocaleOf(r), &p.Form
	of := slices.IndexFunc(p.Acts, func(a deskAct) bool { return a.Entry.String() == f.Of })
	may := func(allowed func(*deskAct) bool) bool { return of >= 0 && allowed(&p.Acts[of]) }
	known := func(list []web.Link, value string) bool {
		return slices.ContainsFunc(list, func(w web.Link) bool { return w.Href == value })
	}
	switch {
	case f.Reason == "":
		p.Refuse(l, l.T("There is no reason."), l.T("Everyone can read it, in the moderation log."))
		return nil
	case (act == "hide" || act == "redact") && !known(p.Codes, f.Code):
		p.Refuse(l, l.T("You have not said why, in a word."), l.T("Choose one from the list."))
		return nil
	case act == "redact" && !known(p.Asked, f.Asked):
		p.Refuse(l, l.T("You have not said who asked for it."), l.T("Choose one from the list."))
		return nil
	}
	var a *web.Act
	switch {
	case act == "hide" && !p.May.Moderates.IsZero():
		a = p.moderation("moderation/hide", p.May.Moderates, moderation.Hide{Code: moderation.Code(f.Code), Entry: p.raw, Parts: f.Parts}, f.Reason, l)
	case act == "redact" && !p.May.Moderates.IsZero():
		a = p.moderation("moderation/redact", p.May.Moderates, moderation.Redact{Asked: moderation.Asker(f.Asked), Basis: moderation.Code(f.Code), Entry: p.raw, Parts: f.Parts}, f.Reason, l)
		a.Says = append(a.Says, web.Fact{Name: l.T("For good"), Value: l.T("Every node erases it, and nobody can bring it back. The record, its place and its proof stay.")},
			web.Fact{Name: l.T("Who asked"), Value: askedWords(l, f.Asked)})
	case act == "restore" && may(func(d *deskAct) bool { return d.Restorable }):
		a = p.moderation("moderation/restore", p.May.Moderates, moderation.Restore{Act: p.Acts[of].Entry, Entry: p.raw}, f.Reason, l)
	case act == "confirm" && may(func(d *deskAct) bool { return d.Confirmable }):
		a = p.moderation("moderation/confirm", p.May.Moderates, moderation.Confirm{Act: p.Acts[of].Entry, Entry: p.raw}, f.Reason, l)
		a.Says = append(a.Says, web.Fact{Name: l.T("For good"), Value: l.T("Every node erases it, and nobody can bring it back. The record, its place and its proof stay.")})
	case act == "decide" && may(func(d *deskAct) bool { return d.Decidable }):
		b := moderation.Decide{Appeal: p.Acts[of].Entry, Outcome: moderation.Outcome(f.Outcome)}
		words := l.T("The act stands")
		switch b.Outcome {
		case moderation.Upheld:
		case moderation.Overturned:
			b.Entry, words = p.raw, l.T("The act was wrong")
		default:
			p.Refuse(l, l.T("You have not said what the decision is."), l.T("The act stands, or it was wrong."))
			return nil
		}
		a = p.moderation("moderation/decide", p.May.Reviews, b, f.Reason, l)
		a.Says = append(a.Says, web.Fact{Name: l.T("Decision"), Value: words})
	default:
		p.Refuse(l, l.T("That cannot be done about this record now."), l.T("Somebody may have acted meanwhile: look at the acts below."))
		return nil
	}
	if act == "hide" || act == "redact" {
		which := l.T("all of it")
		if len(f.Parts) > 0 {
			which = strings.Join(f.Parts, ", ")
		}
		a.Says = append(a.Says, web.Fact{Name: l.T("Why"), Value: codeWords(l, f.Code)}, web.Fact{Name: l.T("Content"), Value: which})
	}
	a.Says = append(a.Says, web.Fact{Name: l.T("Record"), Value: p.Entry.String(), Href: "/entry/" + p.Entry.String()})
	p.Act = a
	return a.Prepare(r)
}
