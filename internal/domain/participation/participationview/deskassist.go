package participationview

import (
	"errors"
	"net/http"

	"publica"
	"publica/internal/assist"
	"publica/internal/domain/participation"
	"publica/internal/web"
)

// suggest asks a language model for a draft of an answer, and keeps it at the desk.
// It is sent what the page shows of the contributions, and the writer's notes. What
// goes wrong is said on the page; nothing that was written is lost.
func (p *pages) suggest(r *http.Request, page *answerPage, draft inVault[answerDraft]) error {
	l, f := web.LocaleOf(r), &page.Form
	if p.drafter == nil {
		return publica.Problem(publica.Unsupported, "act", l.T("asks for a draft, which this node does not offer"))
	}
	q := assist.Question{Docket: page.Docket.Title, Language: page.Docket.Languages[0], Notes: f.Reason, Outcome: f.Outcome}
	for i := range page.Chosen {
		if c := &page.Chosen[i]; !c.Gone() { // text of it was hidden or erased: what is left may not be sense
			q.Texts = append(q.Texts, c.Title+"\n"+c.Text)
		}
	}
	got, err := p.drafter.Draft(r.Context(), q)
	if e, ok := errors.AsType[*publica.Error](err); ok {
		why := l.T("The model cannot be asked, or what it answered is of no use. Whoever runs this node has to look at it, if it stays so.")
		if e.Code == publica.Busy {
			why = l.T("The model did not answer. Try again in a minute, or write the answer yourself.")
		}
		page.Refuse(l, l.T("There is no draft."), why+" ("+e.Message+"; "+e.Hint+")")
		return nil
	}
	if err != nil {
		return err
	}
	f.Reason, f.Model, f.Prompt = got.Text, got.Model, got.Prompt
	page.Asked, page.Saved = got.Asked, true
	return draft.save(*f)
}

// drafted is what the record says of a model's help; nil if there was none.
func (a *answerDraft) drafted() *participation.Drafted {
	if a.Model == "" {
		return nil
	}
	return &participation.Drafted{Model: a.Model, Prompt: a.Prompt}
}
