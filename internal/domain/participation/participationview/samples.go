package participationview

import (
	"context"
	"strconv"
	"strings"

	"publica"
	"publica/internal/readmodel"
	"publica/internal/web"
)

// samples are links for the gallery: the pages of dockets in their different
// states, of contributions that differ in what became of them, and their empty
// lists.
func (p *pages) samples(ctx context.Context) (links []web.Link, err error) {
	add := func(text, href string) { links = append(links, web.Link{Text: text, Href: href}) }
	err = p.model.Read(ctx, func(s *readmodel.Snapshot) error {
		add("What is closed and open", "/dockets")
		add("Found", "/search?q=the")
		add("Nothing found", "/search?q=zyzzyva")
		list, err := standings(s, 0, 20)
		if err != nil {
			return err
		}
		seen := map[string]bool{}
		for i := range list {
			if what := stateOf(&list[i]); !seen[what] {
				seen[what] = true
				p.docketSamples(&list[i], what, add)
			}
		}
		for _, c := range []struct{ what, where string }{
			{"An idea", "c.kind = 'idea'"}, {"A comment on a section", "c.section IS NOT NULL"}, {"A reply", "c.depth > 0"},
			{"Answered", "c.answered IS NOT NULL"}, {"Owed an answer", "c.owed = 1 AND c.answered IS NULL"},
			{"Hidden", "c.hidden IS NOT NULL"}, {"Erased", "c.erased IS NOT NULL"}, {"Withdrawn", "c.withdrawn IS NOT NULL"}, {"Disavowed", "c.disavowed IS NOT NULL"},
			{"The cause of a change", "c.idx IN (SELECT contribution FROM cause)"},
		} {
			var id publica.EntryID
			found, err := s.One("SELECT e.id FROM contribution c JOIN entry e ON e.idx = c.idx WHERE "+c.where+" ORDER BY c.idx LIMIT 1", nil, &id)
			if err != nil {
				return err
			}
			if found {
				add(c.what, "/contribution/"+id.String())
			}
		}
		var logged publica.EntryID
		if found, err := s.One("SELECT e.id FROM contribution c JOIN entry e ON e.idx = c.idx ORDER BY c.idx DESC LIMIT 1", nil, &logged); err != nil {
			return err
		} else if found {
			add("In the log", "/received/"+logged.String())
		}
		var docket publica.DocketID
		var group publica.EntryID
		if found, err := s.One("SELECT d.id, e.id FROM grp g JOIN entry e ON e.idx = g.idx JOIN docket d ON d.idx = g.docket ORDER BY g.idx LIMIT 1", nil, &docket, &group); err != nil {
			return err
		} else if found {
			add("A campaign", "/docket/"+docket.String()+"/groups/"+group.String())
		}
		var moderated publica.EntryID
		if found, err := s.One("SELECT d.id, e.id FROM act a JOIN entry e ON e.idx = a.target JOIN docket d ON d.idx = a.docket ORDER BY a.idx LIMIT 1", nil, &docket, &moderated); err != nil {
			return err
		} else if found && p.vault != nil {
			add("A record that was moderated", "/desk/docket/"+docket.String()+"/moderation/"+moderated.String())
		}
		add("A contribution that is not there", "/contribution/"+strings.Repeat("0", 64))
		add("Promised, not in the log", "/received/"+strings.Repeat("0", 64))
		var refused publica.EntryID
		found, err := s.One("SELECT e.id FROM refused r JOIN entry e ON e.idx = r.idx ORDER BY r.idx DESC LIMIT 1", nil, &refused)
		if found {
			add("Refused by the rules", "/received/"+refused.String())
		}
		return err
	})
	return links, err
}

func stateOf(d *DocketStanding) string {
	switch {
	case d.Codified != nil:
		return "A docket that is final"
	case d.Counts.Contributions() == 0 && d.Draft == nil:
		return "A docket where nothing was said"
	}
	return "An open docket"
}

func (p *pages) docketSamples(d *DocketStanding, what string, add func(text, href string)) {
	at := "/docket/" + d.ID.String()
	for _, page := range []string{"", "/text", "/redline", "/ideas", "/comments", "/responses", "/debt", "/ghosts", "/rules", "/requirements", "/groups", "/moderation", "/refused", "/contribute", "/contribute?kind=idea", "/follow"} {
		add(what, at+page)
	}
	add("None of this stance", at+"/comments?stance=neutral&state=answered")
	if n := d.Counts.Drafts; n > 1 {
		add("The first version", at+"/text?version=1")
		add("From the first to the last version", at+"/redline?from=1&to="+strconv.FormatInt(n, 10))
	}
	if p.vault == nil {
		return
	}
	for _, page := range []string{"", "/answer", "/groups", "/text", "/explain", "/periods", "/codify", "/moderation"} {
		add(what, "/desk/docket/"+d.ID.String()+page)
	}
	add("The body that leads it", "/desk/body/"+d.Lead.String())
}
