package participationview

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"publica"
	"publica/archive"
	"publica/internal/readmodel"
	"publica/internal/web"
)

// An Act is a line of the moderation log.
type Act struct {
	Entry    publica.EntryID `json:"entry"`
	Index    int64           `json:"index" doc:"log index"`
	Time     publica.Time    `json:"time" doc:"block time"`
	Kind     publica.Kind    `json:"kind"`
	About    publica.EntryID `json:"about,omitzero" doc:"record it is about"`
	AboutIs  publica.Kind    `json:"about_kind,omitzero"`
	ActedOn  publica.EntryID `json:"acted_on,omitzero" doc:"act that it restores, confirms, appeals against or decides"`
	Code     string          `json:"code,omitzero" doc:"why, in a word"`
	Asked    string          `json:"asked,omitzero" doc:"who asked for a redaction"`
	Outcome  string          `json:"outcome,omitzero" doc:"of a decision, or of the appeal it decides: upheld or reversed"`
	Reason   string          `json:"reason" doc:"Markdown"`
	Author   publica.KeyID   `json:"author" doc:"key that signed"`
	Body     publica.BodyID  `json:"for,omitzero" doc:"body it acts for"`
	BodyName string          `json:"for_name,omitzero"`
	Answered publica.EntryID `json:"answered,omitzero" doc:"what restored, confirmed, decided or released it"`
	Reversed publica.EntryID `json:"reversed,omitzero" doc:"decision that found it wrong"`
}

// actFilter is what the reader of a moderation log chose.
type actFilter struct{ Kind, Code, By string }

// Any reports whether the reader chose anything.
func (f actFilter) Any() bool { return f != actFilter{} }

// actKinds are the records of a moderation log, in the order they are offered.
var actKinds = []string{"moderation/hide", "moderation/restore", "moderation/redact", "moderation/confirm", "moderation/appeal", "moderation/decide",
	"moderation/hold", "moderation/release", "participation/withdraw", "participation/disavow", "participation/reinstate"}

// actCodes are the reasons of acts, in a word.
var actCodes = []string{"abuse", "spam", "personal-data", "off-topic", "unlawful", "impersonation", "copyright", "other"}

func actFilterOf(r *http.Request) (actFilter, error) {
	f := actFilter{Kind: oneOf(r, "kind", actKinds...), Code: oneOf(r, "code", actCodes...), By: r.URL.Query().Get("by")}
	if f.By == "" {
		return f, nil
	}
	_, err := f.key()
	return f, err
}

// key is whose acts are asked for, zero for everybody's.
func (f actFilter) key() (key publica.KeyID, err error) {
	if f.By != "" && key.UnmarshalText([]byte(f.By)) != nil {
		return key, publica.Problem(publica.Malformed, "by", "is not a key").WithHint("64 hexadecimal digits, as on the record's page")
	}
	return key, nil
}

const actColumns = `SELECT e.id, e.idx, e.time, a.kind, about.id, about.kind, acted.id, a.code, a.asked, a.outcome, t.text, e.author, e.body, b.name, answer.id, wrong.id
	FROM act a JOIN entry e ON e.idx = a.idx JOIN document t ON t.idx = a.idx LEFT JOIN entry about ON about.idx = a.target
	LEFT JOIN entry acted ON acted.idx = a.acted_on LEFT JOIN body b ON b.id = e.body LEFT JOIN entry answer ON answer.idx = a.answered LEFT JOIN entry wrong ON wrong.idx = a.reversed `

func scanAct(scan readmodel.Scan, a *Act) error {
	return scan(&a.Entry, &a.Index, &a.Time, &a.Kind, &a.About, &a.AboutIs, &a.ActedOn, &a.Code, &a.Asked, &a.Outcome, &a.Reason, &a.Author, &a.Body, &a.BodyName, &a.Answered, &a.Reversed)
}

// acts lists the moderation log of a docket from a log index on.
func acts(s *readmodel.Snapshot, docket int64, f actFilter, since int64, limit int) (list []Act, next int64, err error) {
	where, args := "WHERE a.docket = ? AND a.idx >= ?", readmodel.Args{docket, since}
	for _, c := range []struct{ column, value string }{{"a.kind", f.Kind}, {"a.code", f.Code}} {
		if c.value != "" {
			where, args = where+" AND "+c.column+" = ?", append(args, c.value)
		}
	}
	key, err := f.key()
	if err != nil {
		return nil, 0, err
	}
	if !key.IsZero() {
		where, args = where+" AND a.author = ?", append(args, key)
	}
	list, err = readmodel.Collect(s, scanAct, actColumns+where+" ORDER BY a.idx LIMIT ?", append(args, limit+1)...)
	if err != nil {
		return nil, 0, err
	}
	next = -1
	if len(list) > limit {
		next, list = list[limit].Index, list[:limit]
	}
	return list, next, nil
}

// actsAbout lists what moderators and others did about one record.
func actsAbout(s *readmodel.Snapshot, index int64) ([]Act, error) {
	return readmodel.Collect(s, scanAct, actColumns+"WHERE a.target = ? ORDER BY a.idx", index)
}

// Href is where the record that an act is about is shown, "" if it is about none.
func (a *Act) Href() string {
	switch {
	case a.About.IsZero():
		return ""
	case a.AboutIs == "participation/idea" || a.AboutIs == "participation/comment":
		return "/contribution/" + a.About.String()
	}
	return "/entry/" + a.About.String()
}

// actTag says where an act stands.
func actTag(l *web.Locale, a *Act) web.Tag {
	switch {
	case !a.Reversed.IsZero():
		return web.Tag{Kind: "error", Text: l.T("Found wrong on appeal")}
	case a.Kind == "moderation/appeal" && a.Outcome == "":
		return web.Tag{Kind: "warning", Text: l.T("Waits for a decision")}
	case a.Outcome == "upheld":
		return web.Tag{Text: l.T("The act stands")}
	case a.Outcome == "reversed":
		return web.Tag{Kind: "success", Text: l.T("The act was wrong")}
	case a.Kind == "moderation/hide" && !a.Answered.IsZero():
		return web.Tag{Kind: "success", Text: l.T("Shown again")}
	case a.Kind == "moderation/redact" && !a.Answered.IsZero():
		return web.Tag{Text: l.T("Confirmed by a second person")}
	case a.Kind == "moderation/hold" && !a.Answered.IsZero():
		return web.Tag{Text: l.T("Ended")}
	}
	return web.Tag{}
}

// codeWords says why, in a word.
func codeWords(l *web.Locale, code string) string {
	switch code {
	case "abuse":
		return l.T("Abuse")
	case "spam":
		return l.T("Spam")
	case "personal-data":
		return l.T("Personal data")
	case "off-topic":
		return l.T("Off topic")
	case "unlawful":
		return l.T("Unlawful")
	case "impersonation":
		return l.T("Impersonation")
	case "copyright":
		return l.T("Copyright")
	case "other":
		return l.T("Another reason")
	}
	return ""
}

// askedWords says who asked for a redaction.
func askedWords(l *web.Locale, asked string) string {
	switch asked {
	case "subject":
		return l.T("asked for by the person it is about")
	case "author":
		return l.T("asked for by its author")
	case "court":
		return l.T("ordered by a court")
	case "authority":
		return l.T("ordered by another authority")
	case "moderator":
		return l.T("found by a moderator")
	}
	return ""
}

// moderationPage is moderation.html: what was done about what people said, by
// whom, and why.
type moderationPage struct {
	web.Head
	about
	Acts    []Act
	Filter  actFilter
	Kinds   []web.Link
	Codes   []web.Link
	Hold    bool
	Pager   web.Pager
	Nothing web.Empty
	Base    string
	CSV     string
}

func (p *pages) moderation(r *http.Request) (web.Page, error) {
	l := web.LocaleOf(r)
	page := &moderationPage{Base: "/docket/" + r.PathValue("id")}
	var err error
	if page.Filter, err = actFilterOf(r); err != nil {
		return nil, err
	}
	err = p.list(r, "/moderation", 50, &page.about, func(s *readmodel.Snapshot, d *DocketStanding, at web.Cursor) (err error) {
		var next int64
		if page.Acts, next, err = acts(s, d.Index, page.Filter, at.Since, at.Limit); err != nil {
			return err
		}
		page.Pager = at.Pager(r, next, len(page.Acts), l.T("acts"))
		page.Hold, err = s.One("SELECT 1 FROM act WHERE docket = ? AND kind = 'moderation/hold' AND answered IS NULL", readmodel.Args{d.Index}, new(int64))
		return err
	})
	if err != nil {
		return nil, err
	}
	page.Head = head(l, page.Docket, l.T("Moderation"))
	page.Lead = l.T("What was hidden, erased, withdrawn or disavowed here, by whom, and why. The records stay; only text goes.")
	for _, k := range actKinds {
		page.Kinds = append(page.Kinds, web.Link{Text: kindWords(l, publica.Kind(k)), Href: k})
	}
	for _, c := range actCodes {
		page.Codes = append(page.Codes, web.Link{Text: codeWords(l, c), Href: c})
	}
	page.CSV = withoutQuery(page.Base+"/moderation.csv", r.URL.Query(), "since", "limit")
	page.Nothing = web.Empty{Title: l.T("Nothing was moderated"), Text: l.T("Nobody has hidden or erased anything here, and nobody has taken anything back.")}
	if page.Filter.Any() {
		page.Nothing = web.Empty{Title: l.T("No act fits"), Text: l.T("Try another choice."), Next: web.Link{Text: l.T("The whole log"), Href: page.Base + "/moderation"}}
	}
	return page, nil
}

// By is the query that asks for all acts of one key.
func (p *moderationPage) By(key publica.KeyID) string {
	return p.Base + "/moderation?" + url.Values{"by": {key.String()}}.Encode()
}

type moderationIn struct {
	DocketPath
	ListQuery
	Kind string `query:"kind" doc:"only records of this kind"`
	Code string `query:"code" doc:"only acts for this reason"`
	By   string `query:"by" doc:"only records signed with this key"`
}

func (p *pages) readModeration(ctx context.Context, in *moderationIn) (*listOut[Act], error) {
	out := &listOut[Act]{}
	err := p.inDocket(ctx, in.ID, func(s *readmodel.Snapshot, d *DocketStanding) (err error) {
		out.AsOf = s.Next
		out.Items, out.Next, err = acts(s, d.Index, actFilter{in.Kind, in.Code, in.By}, in.Since, in.Limit)
		return err
	})
	return out, err
}

// moderationFile is the moderation log as CSV, as the reader filtered it.
func (p *pages) moderationFile(w http.ResponseWriter, r *http.Request) error {
	f, err := actFilterOf(r)
	if err != nil {
		return err
	}
	var t *table
	end := int64(0)
	for next := int64(0); next >= 0; {
		var list []Act
		err := p.inDocket(r.Context(), r.PathValue("id"), func(s *readmodel.Snapshot, d *DocketStanding) (err error) {
			if t == nil {
				end = s.Next
				if t, err = newTable(w, d, "moderation", "index", "entry", "time", "kind", "about", "about_kind", "acted_on", "code", "asked", "outcome", "author_key", "for", "for_name", "answered", "reversed", "reason"); err != nil {
					return err
				}
			}
			list, next, err = acts(s, d.Index, f, next, rowsAtOnce)
			return err
		})
		if err != nil {
			return err
		}
		for i := range list {
			if list[i].Index >= end {
				next = -1
				break
			}
			if err := t.Write(actRow(&list[i])); err != nil {
				return err
			}
		}
		if err := t.page(); err != nil {
			return err
		}
	}
	return nil
}

func actRow(a *Act) []string {
	body := ""
	if !a.Body.IsZero() {
		body = a.Body.String()
	}
	return []string{strconv.FormatInt(a.Index, 10), a.Entry.String(), a.Time.String(), string(a.Kind), archive.IDCell(a.About), string(a.AboutIs), archive.IDCell(a.ActedOn), a.Code, a.Asked, a.Outcome,
		a.Author.String(), body, archive.Cell(a.BodyName), archive.IDCell(a.Answered), archive.IDCell(a.Reversed), archive.Cell(a.Reason)}
}

// scarWords says why text of a contribution is not shown.
func scarWords(l *web.Locale, c *Contribution) string {
	switch {
	case !c.Erased.IsZero():
		return l.T("Text of this record was erased on every node. That it was made, when, where it stands and what it committed to stays, and so does its claim to a response.")
	case !c.Hidden.IsZero():
		return l.T("Moderators have hidden text of this record, for now. It counts, and is owed a response, like any other.")
	}
	return ""
}

// retractedTag marks what was withdrawn or disavowed.
func retractedTag(l *web.Locale, c *Contribution) web.Tag {
	switch {
	case !c.Disavowed.IsZero():
		return web.Tag{Kind: "error", Text: l.T("Disavowed: not by whose name it bears")}
	case !c.Withdrawn.IsZero():
		return web.Tag{Kind: "warning", Text: l.T("Withdrawn by its author")}
	}
	return web.Tag{}
}

func goneTag(l *web.Locale, c *Contribution) web.Tag {
	switch {
	case !c.Erased.IsZero():
		return web.Tag{Kind: "warning", Text: l.T("Erased")}
	case !c.Hidden.IsZero():
		return web.Tag{Kind: "warning", Text: l.T("Hidden")}
	}
	return web.Tag{}
}
