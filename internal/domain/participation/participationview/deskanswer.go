package participationview

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"publica"
	"publica/internal/domain/participation"
	"publica/internal/readmodel"
	"publica/internal/web"
)

// answerPage is deskanswer.html: one answer to one or many contributions.
type answerPage struct {
	deskFrame
	Chosen   []Contribution
	More     int // chosen beyond those that are shown
	IDs      []publica.EntryID
	Groups   []publica.EntryID
	Count    int64 // contributions that it answers
	Form     answerDraft
	Texts    []Section
	Outcomes []choice
	Saved    bool
	Helps    bool   // a draft can be asked for
	Asked    string // what a model was asked just now
}

type choice struct {
	Value, Text, Hint string
}

// answerDraft is an answer that nobody has signed; it is kept at this desk, for
// its writer alone.
type answerDraft struct {
	Targets  []publica.EntryID `json:"targets"`
	Groups   []publica.EntryID `json:"groups,omitempty"`
	Outcome  string            `json:"outcome,omitzero"`
	Sections []string          `json:"sections,omitempty"`
	Reason   string            `json:"reason,omitzero"`
	Saved    publica.Time      `json:"saved"`
	Model    string            `json:"model,omitzero"`  // that wrote a draft of the reason
	Prompt   publica.Hash      `json:"prompt,omitzero"` // of what it was asked
}

// First names the draft: there is one for each first contribution or group.
func (a *answerDraft) First() publica.EntryID { return slices.Concat(a.Targets, a.Groups)[0] }

// Excerpt is how it begins.
func (a *answerDraft) Excerpt() string { return web.Excerpt(a.Reason, 90) }

func answersAt(d *DocketStanding, key publica.KeyID) string {
	return "desk/answer/" + d.ID.String() + "/" + key.String() + "/"
}

// answerDrafts lists the answers that a key has begun. What has been answered
// since goes out of them, and a draft with nothing left to answer is deleted.
func (p *pages) answerDrafts(s *readmodel.Snapshot, d *DocketStanding, key publica.KeyID) ([]answerDraft, error) {
	var all []answerDraft
	var failed error
	err := p.vault.Each(answersAt(d, key), func(name string, _ []byte) bool {
		begun := inVault[answerDraft]{p.vault, name}
		a, ok, err := begun.load()
		if err == nil && ok {
			a.Targets, err = waiting(s, d.Index, a.Targets)
		}
		if err == nil && ok {
			a.Groups, err = openGroups(s, d.Index, a.Groups)
		}
		switch {
		case err == nil && len(a.Targets)+len(a.Groups) > 0:
			all = append(all, a)
		case err == nil:
			err = begun.drop()
		}
		failed = err
		return err == nil
	})
	slices.SortFunc(all, func(a, b answerDraft) int { return int(b.Saved - a.Saved) })
	if err == nil {
		err = failed
	}
	return all, err
}

// waiting returns those of the contributions that the docket owes a response
// still.
func waiting(s *readmodel.Snapshot, docket int64, ids []publica.EntryID) (left []publica.EntryID, err error) {
	for _, id := range ids {
		var seq int64
		ok, err := s.One("SELECT c.seq FROM entry e JOIN contribution c ON c.idx = e.idx WHERE e.id = ? AND c.docket = ? AND c.owed = 1 AND c.answered IS NULL",
			readmodel.Args{id, docket}, &seq)
		if err != nil {
			return nil, err
		}
		if ok {
			left = append(left, id)
		}
	}
	return left, nil
}

// inHalfAYear is when private notes of the desk end.
func inHalfAYear() time.Time { return time.Now().Add(draftsFor) }

// shownChosen bounds how many of the chosen are shown with their text.
const shownChosen = 20

// perResponse is how many contributions one entry answers: their ids must fit
// into it. More are answered by several entries with the same words.
const perResponse = 200

func outcomes(l *web.Locale) []choice {
	return []choice{
		{"accepted", l.T("Accepted"), l.T("The text says it now.")},
		{"accepted-in-part", l.T("Accepted in part"), l.T("Some of it is in the text now.")},
		{"noted", l.T("Noted"), l.T("Taken into account without a change of the text.")},
		{"declined", l.T("Declined"), l.T("Considered and not followed; say why.")},
		{"out-of-scope", l.T("Out of scope"), l.T("Not for this docket; say where it belongs.")},
		{"duplicate", l.T("Said elsewhere"), l.T("Answered with another contribution; say which.")},
	}
}

func (p *pages) deskAnswer(r *http.Request) (web.Page, error) {
	l := web.LocaleOf(r)
	f := r.PostForm
	if r.Method != http.MethodPost {
		f = url.Values{"target": r.URL.Query()["target"], "group": r.URL.Query()["group"]} // a link says what to answer and nothing else: others make links too
	}
	ids, err := selected(f)
	if err != nil {
		return nil, err
	}
	chosen, err := selectedGroups(f["group"])
	if err != nil {
		return nil, err
	}
	page := &answerPage{IDs: ids, Groups: chosen, Count: int64(len(ids)), Outcomes: outcomes(l)}
	frame, err := p.docketDesk(r, "", l.T("Answer"), func(s *readmodel.Snapshot, d *DocketStanding) error {
		for _, id := range ids[:min(len(ids), shownChosen)] {
			c, err := contribution(s, id)
			if err != nil {
				return err
			}
			if c.Docket != d.ID {
				return publica.Problem(publica.NotFound, "target", "is not in this docket")
			}
			page.Chosen = append(page.Chosen, *c)
		}
		if err := page.letters(s, d.Index); err != nil || d.Draft == nil {
			return err
		}
		page.Texts, err = sections(s, d.Index, d.Draft.Index)
		return err
	})
	if err != nil {
		return nil, err
	}
	page.deskFrame, page.More = frame, int(page.Count)-len(page.Chosen)
	if len(ids)+len(chosen) == 0 {
		page.Refuse(l, l.T("Nothing was chosen."), l.T("Go back to the list and tick what you want to answer."))
		return page, nil
	}
	draft := inVault[answerDraft]{p.vault, answersAt(frame.Docket, frame.Session.Key) + slices.Concat(ids, chosen)[0].String()}
	page.Form = answerDraft{Targets: ids, Groups: chosen, Outcome: f.Get("outcome"), Sections: f["section"], Reason: strings.TrimSpace(strings.ReplaceAll(f.Get("reason"), "\r\n", "\n")), Saved: publica.TimeOf(time.Now())}
	old, begun, err := draft.load()
	if err != nil {
		return nil, err
	}
	if f.Get("own") == "" { // else nothing of the model's draft is left, says the writer
		page.Form.Model, page.Form.Prompt = old.Model, old.Prompt
	}
	page.Helps = p.drafter != nil
	switch act := f.Get("act"); act {
	case "draft":
		return page, p.suggest(r, page, draft)
	case "save", "check":
		if err := draft.save(page.Form); err != nil {
			return nil, err
		}
		page.Saved = true
		if act == "check" {
			return page, page.ready(r)
		}
	case "drop":
		if err := draft.drop(); err != nil {
			return nil, err
		}
		return nil, web.SeeOther(page.Base)
	case "change":
	default:
		if begun {
			old.Targets, old.Groups, page.Form = ids, chosen, old
		}
	}
	return page, nil
}

// letters shows what stands for each of the groups.
func (p *answerPage) letters(s *readmodel.Snapshot, docket int64) error {
	for _, id := range p.Groups {
		g, err := campaignGroup(s, docket, id)
		if err != nil {
			return err
		}
		p.Count += g.Members
		if len(p.Chosen) == shownChosen {
			continue
		}
		c, err := contribution(s, g.Letter)
		if err != nil {
			return err
		}
		p.Chosen = append(p.Chosen, *c)
	}
	return nil
}

// ready makes the answer's entry for its signature, or says what it lacks.
func (p *answerPage) ready(r *http.Request) error {
	l, f := web.LocaleOf(r), &p.Form
	accepted := f.Outcome == "accepted" || f.Outcome == "accepted-in-part"
	switch {
	case !slices.ContainsFunc(p.Outcomes, func(c choice) bool { return c.Value == f.Outcome }):
		p.Refuse(l, l.T("You have not said what became of it."), l.T("Choose an outcome."))
	case f.Reason == "":
		p.Refuse(l, l.T("There is no reason."), l.T("Say in words why: everyone who wrote is owed that."))
	case accepted && len(f.Sections) == 0:
		p.Refuse(l, l.T("What is accepted names the sections of the text that changed by it."), l.T("Tick them."))
	default:
		if !accepted {
			f.Sections = nil
		}
		p.Act = &web.Act{Kind: "participation/response", For: p.Docket.Lead, Docket: p.Docket.ID,
			Body:  participation.Response{Drafted: f.drafted(), Groups: p.Groups, Outcome: participation.Outcome(f.Outcome), Sections: f.Sections, Targets: p.IDs},
			Parts: []web.ActPart{{Name: "reason", Media: "text/markdown", Text: f.Reason, Label: l.T("Reason")}},
			Says: web.Facts{{Name: l.T("Answers"), Value: l.N(p.Count, "{n} contribution", "{n} contributions")},
				{Name: l.T("Outcome"), Value: p.Outcomes[slices.IndexFunc(p.Outcomes, func(c choice) bool { return c.Value == f.Outcome })].Text},
				{Name: l.T("Changed sections"), Value: strings.Join(p.headings(f.Sections), ", ")}},
			Next: p.Base, Split: "targets", PerPart: perResponse}
		if len(p.IDs) == 0 {
			p.Act.Split, p.Act.PerPart = "", 0
		}
		if len(f.Sections) == 0 {
			p.Act.Says = p.Act.Says[:2]
		}
		if f.Model != "" {
			p.Act.Says = append(p.Act.Says, web.Fact{Name: l.T("Draft by a language model"), Value: f.Model})
		}
		return p.Act.Prepare(r)
	}
	return nil
}

func (p *answerPage) headings(ids []string) (all []string) {
	for _, s := range p.Texts {
		if slices.Contains(ids, s.ID) {
			all = append(all, s.Heading)
		}
	}
	return all
}

// Ticked reports whether a section is named in the form.
func (p *answerPage) Ticked(section string) bool { return slices.Contains(p.Form.Sections, section) }
