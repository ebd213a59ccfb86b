package alerts

import (
	"strings"

	"publica/internal/web"
)

// ask writes the letter that asks whether an address wants to follow.
func (p *post) ask(l *web.Locale, to *letter, f *follower, what string) {
	to.subject = l.T("Please confirm: news of {title}", "title", what)
	to.text = paragraphs(
		l.T("Someone, most likely you, asked {site} to send news of “{title}” to this address.", "site", web.OneLine(p.Title), "title", what),
		l.T("If you want them, open this link and press the button. It is good for 48 hours:"),
		p.URL+"/follow/confirm/"+f.Token,
		l.T("If you do not, do nothing: you get no further message, and the address is deleted after 48 hours."))
}

// tell writes a digest.
func (p *post) tell(l *web.Locale, to *letter, f *follower, what string, items []Item) {
	more := len(items) > maxTold
	if more {
		items = items[:maxTold]
	}
	to.subject = l.N(len(items), "{n} new record: {title}", "{n} new records: {title}", "title", what)
	if len(items) == 1 {
		to.subject = items[0].Title + " · " + what
	}
	if more {
		to.subject = l.T("Many new records: {title}", "title", what)
	}
	lines := []string{l.T("New on “{title}”:", "title", what)}
	for i := range items {
		it := &items[i]
		told := "• " + it.Title
		if f.Docket.IsZero() && it.In != "" && it.In != it.Title {
			told += " · " + it.In
		}
		told += "\n  " + it.Sort + ", " + l.Moment(it.Time)
		if it.Text != "" {
			told += "\n  " + it.Text
		}
		lines = append(lines, told+"\n  "+p.URL+it.Href())
	}
	page := p.URL + "/log"
	if !f.Docket.IsZero() {
		page = p.URL + "/docket/" + f.Docket.String()
	}
	if more {
		lines = append(lines, l.T("There is more. See all of it:")+"\n"+page)
	}
	lines = append(lines, l.T("You asked for these messages; they end by themselves on {day}, when the address is deleted. To end them now, open:", "day", l.Day(f.Until))+
		"\n"+to.end)
	to.text = paragraphs(lines...)
}

func paragraphs(p ...string) string { return strings.Join(p, "\n\n") + "\n" }
