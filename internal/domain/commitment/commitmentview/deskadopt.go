package commitmentview

import (
	"net/http"
	"regexp"
	"strconv"

	"publica"
	"publica/internal/domain/commitment"
	"publica/internal/domain/docket/docketview"
	"publica/internal/domain/identity/identityview"
	"publica/internal/readmodel"
	"publica/internal/web"
	"publica/ogp"
)

// adoptPage is deskadopt.html: the promises of a plan, and the form for one more.
type adoptPage struct {
	deskFrame
	Items []Item
	Final bool
}

func (p *pages) deskAdopt(r *http.Request) (web.Page, error) {
	id, err := web.PathDocket(r, "id")
	if err != nil {
		return nil, err
	}
	l := web.LocaleOf(r)
	page := &adoptPage{}
	var body publica.BodyID
	err = p.model.Read(r.Context(), func(s *readmodel.Snapshot) (err error) {
		if page.deskFrame, body, err = p.frame(r, s, id, l.T("Commitments of this plan"), func(held []identityview.Held, d *docketview.Docket) publica.BodyID { return leader(held, d.Lead) }); err != nil {
			return err
		}
		if page.Final, err = isFinal(s, page.Docket); err != nil {
			return err
		}
		b, err := boardOf(s, filter{docket: id, at: p.now(s), whole: true})
		if err != nil {
			return err
		}
		page.Items = b.all
		if len(r.PostForm) > 0 {
			page.Form.Took(r.PostForm)
		}
		bodies, err := allBodies(s)
		if err != nil {
			return err
		}
		sections, err := sectionsOf(s, page.Docket)
		page.Form.adopt(l, bodies, sections, b.all)
		return err
	})
	if err != nil || r.PostForm.Get("act") != "check" {
		return page, err
	}
	return page, page.ready(r, page.Form.adoption(l, page.Docket, body))
}

// allBodies are the public bodies of the register, to choose from.
func allBodies(s *readmodel.Snapshot) ([]web.Choice, error) {
	return readmodel.Collect(s, func(scan readmodel.Scan, c *web.Choice) error {
		var id publica.BodyID
		err := scan(&id, &c.Text)
		c.Value = id.String()
		return err
	}, "SELECT id, name FROM body ORDER BY name LIMIT 1000")
}

// sectionsOf are the sections of the final text.
func sectionsOf(s *readmodel.Snapshot, d *docketview.Docket) ([]web.Choice, error) {
	return readmodel.Collect(s, func(scan readmodel.Scan, c *web.Choice) error { return scan(&c.Value, &c.Text) },
		`SELECT s.section, t.heading FROM draft v JOIN draft_section s ON s.draft = v.idx JOIN section_text t ON t.draft = s.since AND t.section = s.section
		WHERE v.docket = ?1 AND v.version = (SELECT max(version) FROM draft WHERE docket = ?1) ORDER BY s.pos`, d.Index)
}

// adopt makes the form of an adoption: every field of what makes a promise
// checkable.
func (f *form) adopt(l *web.Locale, bodies, sections []web.Choice, others []Item) {
	f.Add(web.FormField{Name: "name", Kind: "text", Label: l.T("Short name"), Hint: l.T("Letters, digits, dots and hyphens, unique in this plan, for example XY0105.1.")}, "")
	f.Add(web.FormField{Name: "agency", Kind: "select", Label: l.T("Lead agency"), Options: append([]web.Choice{web.Option("", l.T("Choose"))}, bodies...)}, "")
	f.Add(web.FormField{Name: "supporting", Kind: "checks", Label: l.T("Supporting bodies"), Options: bodies}, "")
	f.terms(l, &Terms{})
	f.milestones(l, l.T("At least one: a day, and what anyone will be able to look at then. Leave lines empty that you do not need."), nil)
	whole := []web.Choice{web.Option("", l.T("none"))}
	for _, it := range others {
		whole = append(whole, web.Option(it.Entry.String(), it.Name+" · "+web.Excerpt(it.Title, 60)))
	}
	f.Add(web.FormField{Name: "parent", Kind: "select", Label: l.T("A part of"), Options: whole}, "")
	f.Add(web.FormField{Name: "section", Kind: "checks", Label: l.T("Sections of the plan it comes from"), Options: sections}, "")
	f.Add(web.FormField{Name: "follows", Kind: "area", Label: l.T("Commitments or ideas it takes up again"), Hint: l.T("Their addresses or ids, one a line; of this plan or of any other.")}, "")
}

// terms adds the fields of what a promise says, filled in with what it says.
func (f *form) terms(l *web.Locale, t *Terms) {
	value := func(m *commitment.Measure) (string, string) {
		if m == nil {
			return "", ""
		}
		return decimal(m.Value, t.Decimals()), dateOf(m.At)
	}
	base, since := value(t.Baseline)
	target, by := value(t.Target)
	f.Add(web.FormField{Name: "title", Kind: "text", Label: l.T("Title")}, t.Title())
	f.Add(web.FormField{Name: "problem", Kind: "area", Label: l.T("Problem"), Hint: l.T("What is wrong, for whom.")}, t.Texts["problem"])
	f.Add(web.FormField{Name: "doing", Kind: "area", Label: l.T("What will be done")}, t.Texts["action"])
	f.Add(web.FormField{Name: "contact", Kind: "text", Label: l.T("Who answers for it"), Hint: l.T("A role, not a person: for example Deputy Director for Open Data.")}, t.Texts["contact"])
	f.Add(web.FormField{Name: "indicator", Kind: "area", Label: l.T("What is measured"), Hint: l.T("So that two people who count come to the same number.")}, t.Texts["indicator"])
	f.Add(web.FormField{Name: "unit", Kind: "text", Label: l.T("Unit"), Hint: l.T("For example datasets, or %.")}, t.Unit())
	f.Add(web.FormField{Name: "decimals", Kind: "select", Label: l.T("Digits after the point"), Options: []web.Choice{web.Option("0", "0"), web.Option("1", "1"), web.Option("2", "2"), web.Option("3", "3")}}, strconv.FormatInt(t.Decimals(), 10))
	f.Add(web.FormField{Name: "baseline", Kind: "text", Label: l.T("Baseline: the value at the start")}, base)
	f.Add(web.FormField{Name: "since", Kind: "date", Label: l.T("Day of the baseline")}, since)
	f.Add(web.FormField{Name: "target", Kind: "text", Label: l.T("Target: the value that is promised")}, target)
	f.Add(web.FormField{Name: "by", Kind: "date", Label: l.T("Day of the target")}, by)
	ticked := make([]string, len(t.Values))
	for i, v := range t.Values {
		ticked[i] = string(v)
	}
	var all []web.Choice
	for _, v := range values {
		all = append(all, web.Option(string(v), valueWords(l, v)))
	}
	f.Add(web.FormField{Name: "values", Kind: "checks", Label: l.T("Values of open government it serves"), Options: all, Ticked: ticked}, "")
}

// measures reads indicator, baseline and target.
func (f *form) measures(l *web.Locale) (indicator *commitment.Indicator, baseline, target *commitment.Measure) {
	decimals, _ := strconv.ParseInt(f.Get("decimals"), 10, 64) // 0 to 3, by the select
	decimals = min(max(decimals, 0), 6)
	if unit := f.Get("unit"); unit != "" {
		indicator = &commitment.Indicator{Unit: unit, Decimals: decimals}
	}
	measure := func(name, at string, last bool) *commitment.Measure {
		v, ok := f.Number(l, name, decimals)
		day := f.Day(l, at, last)
		if !ok || day == 0 {
			return nil
		}
		return &commitment.Measure{At: day, Value: v}
	}
	return indicator, measure("baseline", "since", false), measure("target", "by", true)
}

// values reads the values of open government that are ticked.
func (f *form) values() (all []commitment.Value) {
	for _, v := range f.Field("values").Ticked {
		all = append(all, commitment.Value(v))
	}
	return all
}

// parts returns the texts of a promise that are filled in.
func (f *form) parts(l *web.Locale) (parts []web.ActPart) {
	for _, p := range []struct{ name, field, media string }{
		{"title", "title", "text/plain"}, {"problem", "problem", "text/markdown"}, {"action", "doing", "text/markdown"},
		{"indicator", "indicator", "text/markdown"}, {"contact", "contact", "text/plain"},
	} {
		if text := f.Get(p.field); text != "" {
			parts = append(parts, web.Part(p.name, p.media, text, fieldWords(l, &Terms{}, p.name)))
		}
	}
	return parts
}

// promised reads the lines of milestones. used holds names that are taken.
func (f *form) promised(l *web.Locale, used map[string]bool) (all []commitment.Milestone, parts []web.ActPart) {
	n := 0
	for i := range f.rows {
		row := &f.rows[i]
		if row.Done || row.Gone || row.Due == "" && row.Says == "" {
			continue
		}
		due, err := endOfDay(row.Due)
		if err != nil || row.Says == "" {
			f.Refuse("milestones", l.T("A milestone lacks its day, or what will be there then."))
			continue
		}
		id, name := row.ID, row.Part
		for ; id == "" || name == ""; n++ {
			if fresh := "m" + strconv.Itoa(n+1); !used[fresh] {
				used[fresh] = true
				if id == "" {
					id = fresh
				}
				name = fresh
			}
		}
		all = append(all, commitment.Milestone{ID: id, Due: due, Part: name})
		parts = append(parts, web.Part(name, "text/plain", row.Says, l.T("Milestone {id}, due {day}", "id", id, "day", l.Day(due))))
	}
	return all, parts
}

var nameForm = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]{0,62}[A-Za-z0-9])?$`)

// lackFields are the fields of the form that say what a promise lacks.
var lackFields = map[string]string{"body/agency": "agency", "content/contact": "contact", "content/problem": "problem", "content/action": "doing", "content/indicator": "indicator",
	"body/indicator": "unit", "body/baseline": "baseline", "body/target": "target", "body/milestones": "milestones", "body/values": "values"}

// checkable refuses at its field everything that keeps the promise from being
// checkable.
func (f *form) checkable(l *web.Locale, t *ogp.Terms) {
	for _, lack := range t.Lacks() {
		name, ok := lackFields[lack.Field]
		if !ok {
			name = "milestones"
		}
		f.Refuse(name, l.T("Nobody could check the promise without it: {what}. For example: {example}", "what", lackWords(l, &lack), "example", lack.Example))
	}
}

// point is a measure as the rule of checkable promises reads it.
func point(m *commitment.Measure) *ogp.Point {
	if m == nil {
		return nil
	}
	return &ogp.Point{At: m.At, Value: m.Value}
}

// adoption reads the form of an adoption; what is wrong is said at its fields.
func (f *form) adoption(l *web.Locale, d *docketview.Docket, by publica.BodyID) *web.Act {
	b := commitment.Adopt{Name: f.Get("name"), Values: f.values(), Sections: f.Field("section").Ticked}
	b.Indicator, b.Baseline, b.Target = f.measures(l)
	if !nameForm.MatchString(b.Name) {
		f.Refuse("name", l.T("This is no short name: letters, digits, dots and hyphens, up to 64, beginning and ending with a letter or digit."))
	}
	f.Want(l, "title")
	var err error
	if text := f.Get("agency"); text != "" {
		if err = b.Agency.UnmarshalText([]byte(text)); err != nil {
			f.Refuse("agency", l.T("This is no body of the register."))
		}
	}
	for _, text := range f.Field("supporting").Ticked {
		var id publica.BodyID
		if err := id.UnmarshalText([]byte(text)); err == nil && id != b.Agency {
			b.Supporting = append(b.Supporting, id)
		}
	}
	if text := f.Get("parent"); text != "" {
		if b.Parent, err = publica.ParseEntryID(text); err != nil {
			f.Refuse("parent", l.T("This is no commitment of the plan."))
		}
	}
	var unread string
	if b.Follows, unread = readIDs(f.Get("follows")); unread != "" {
		f.Refuse("follows", l.T("“{what}” is neither an address nor an id.", "what", web.Excerpt(unread, 80)))
	}
	parts := f.parts(l)
	var milestones []web.ActPart
	b.Milestones, milestones = f.promised(l, map[string]bool{})
	terms := ogp.Terms{Agency: !b.Agency.IsZero(), Contact: f.Get("contact") != "", Problem: f.Get("problem") != "", Action: f.Get("doing") != "", Indicator: f.Get("indicator") != "",
		Unit: b.Indicator != nil, Baseline: point(b.Baseline), Target: point(b.Target), Values: len(b.Values)}
	for _, m := range b.Milestones {
		terms.Milestones = append(terms.Milestones, ogp.Deliverable{ID: m.ID, Due: m.Due, Deliverable: true})
	}
	f.checkable(l, &terms)
	t := &Terms{Indicator: b.Indicator}
	says := web.Facts{{Name: l.T("Short name"), Value: b.Name}, {Name: l.T("Lead agency"), Value: f.Chosen("agency")}, {Name: l.T("Baseline"), Value: atWords(l, t, b.Baseline)}, {Name: l.T("Target"), Value: atWords(l, t, b.Target)}}
	return &web.Act{Kind: "commitment/adopt", For: by, Docket: d.ID, Body: b, Parts: append(parts, milestones...), Says: says, Next: "/desk/docket/" + d.ID.String() + "/commitments"}
}
