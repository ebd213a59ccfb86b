package participationview

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"publica"
	"publica/internal/domain/identity/identityview"
	"publica/internal/readmodel"
	"publica/internal/web"
)

// queuePage is deskqueue.html: what is owed a response, oldest first.
type queuePage struct {
	deskFrame
	Items   []queued
	Filter  queueFilter
	Texts   []Section   // to filter by
	Staff   []colleague // to assign to
	Drafts  []answerDraft
	Topics  []queueTopic
	Sorted  *sorting      // nil if there are none
	Far     *web.Progress // of the next sorting, nil if none is under way
	Lost    bool          // the topic that was asked for is none any more
	Pager   web.Pager
	Nothing web.Empty
}

type queued struct {
	Contribution
	Assigned string // short fingerprint, "" for nobody
	Mine     bool
}

// colleague is a key that runs the body's dockets.
type colleague struct {
	Key  publica.KeyID
	Name string
}

type queueFilter struct{ Section, Stance, Kind, Assigned, Topic string }

func assignedAt(d *DocketStanding, id publica.EntryID) string {
	return "desk/assign/" + d.ID.String() + "/" + id.String()
}

// assignments returns who answers what of a docket, as agreed at this desk.
func (p *pages) assignments(d *DocketStanding) (map[publica.EntryID]publica.KeyID, error) {
	all := map[publica.EntryID]publica.KeyID{}
	prefix := "desk/assign/" + d.ID.String() + "/"
	err := p.vault.Each(prefix, func(name string, value []byte) bool {
		id, err := publica.ParseEntryID(strings.TrimPrefix(name, prefix))
		var key publica.KeyID
		if err == nil && key.UnmarshalText(value) == nil {
			all[id] = key
		}
		return true
	})
	return all, err
}

func (p *pages) deskQueue(r *http.Request) (web.Page, error) {
	at, err := web.ReadCursor(r, 50)
	if err != nil {
		return nil, err
	}
	l, q := web.LocaleOf(r), r.URL.Query()
	page := &queuePage{Filter: queueFilter{q.Get("section"), q.Get("stance"), q.Get("kind"), q.Get("assigned"), q.Get("topic")}}
	frame, err := p.docketDesk(r, "", l.T("To answer"), func(s *readmodel.Snapshot, d *DocketStanding) error {
		assigned, err := p.assignments(d)
		if err != nil {
			return err
		}
		sorted, far, err := p.sorted(r.Context(), s, d)
		if err != nil {
			return err
		}
		page.Far = far.shown(l)
		if sorted != nil && len(sorted.Topics) > 0 {
			page.Sorted, page.Topics = sorted, sorted.links("/desk/docket/"+d.ID.String(), q, page.Filter.Topic)
		}
		next, shown, err := page.fill(s, d, assigned, web.SessionOf(r).Key, at)
		if err != nil {
			return err
		}
		page.Pager = at.Pager(r, next, shown, l.T("contributions"))
		page.Pager.Total = l.Number(d.Counts.Open)
		if d.Draft != nil {
			if page.Texts, err = sections(s, d.Index, d.Draft.Index); err != nil {
				return err
			}
		}
		if page.Staff, err = staffOf(s, d.Lead); err != nil {
			return err
		}
		page.Drafts, err = p.answerDrafts(s, d, web.SessionOf(r).Key)
		return err
	})
	if err != nil {
		return nil, err
	}
	page.deskFrame = frame
	page.Wide, page.Script = true, []string{"queue.js"}
	page.Nothing = web.Empty{Title: l.T("Nothing is owed here"), Text: l.T("Every contribution that was owed a response and fits this choice has one.")}
	return page, nil
}

// fill reads a page of the queue. What is assigned is known to this node alone,
// so a list by assignment goes over the queue, or over what is assigned.
func (p *queuePage) fill(s *readmodel.Snapshot, d *DocketStanding, assigned map[publica.EntryID]publica.KeyID, me publica.KeyID, at web.Cursor) (next int64, shown int, err error) {
	f := filter{docket: d.Index, state: "owed", section: p.Filter.Section, stance: p.Filter.Stance, kind: p.Filter.Kind, since: at.Since, limit: at.Limit}
	index, sorted := p.Sorted.members(p.Filter.Topic)
	f.among, p.Lost = index, p.Filter.Topic != "" && !sorted
	list, next, err := contributions(s, f)
	if err != nil {
		return 0, 0, err
	}
	if p.Filter.Assigned == "me" {
		list, next = list[:0], -1
		for id, key := range assigned {
			if key != me {
				continue
			}
			c, err := contribution(s, id)
			if err != nil {
				return 0, 0, err
			}
			if c.Waiting() && c.Docket == d.ID && (!sorted || slices.Contains(index, c.Index)) {
				list = append(list, *c)
			}
		}
		slices.SortFunc(list, func(a, b Contribution) int { return int(a.Position - b.Position) })
	}
	for _, c := range list {
		key, any := assigned[c.Entry]
		if p.Filter.Assigned == "nobody" && any {
			continue
		}
		item := queued{Contribution: c, Mine: any && key == me}
		if any {
			item.Assigned = key.String()[:8]
		}
		p.Items = append(p.Items, item)
	}
	return next, len(p.Items), nil
}

// staffOf lists the keys that run a body's dockets.
func staffOf(s *readmodel.Snapshot, body publica.BodyID) ([]colleague, error) {
	b, err := identityview.HoldersOf(s, body)
	if err != nil {
		return nil, err
	}
	var out []colleague
	for _, h := range b {
		if runs(h.Role) && !slices.ContainsFunc(out, func(c colleague) bool { return c.Key == h.Key }) {
			out = append(out, colleague{h.Key, h.Name})
		}
	}
	return out, nil
}

// maxSelected bounds how many contributions one act of the desk takes.
const maxSelected = 2000

// selected parses the contributions that a form names.
func selected(form url.Values) ([]publica.EntryID, error) {
	if len(form["target"]) > maxSelected {
		return nil, publica.Problem(publica.TooLarge, "target", "are more than 2000 contributions at once").WithHint("choose fewer")
	}
	var ids []publica.EntryID
	for _, t := range form["target"] {
		id, err := web.ParseEntry("target", t)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// deskAssign says within the body who answers what. The register does not know.
func (p *pages) deskAssign(r *http.Request) (string, error) {
	l, to := web.LocaleOf(r), r.PostForm.Get("to")
	ids, err := selected(r.PostForm)
	if err != nil {
		return "", err
	}
	frame, err := p.docketDesk(r, "", "", func(s *readmodel.Snapshot, d *DocketStanding) error {
		staff, err := staffOf(s, d.Lead)
		if err != nil {
			return err
		}
		if to != "" && !slices.ContainsFunc(staff, func(c colleague) bool { return c.Key.String() == to }) {
			return publica.Problem(publica.Invalid, "to", l.T("is not a key")).WithHint(l.T("choose one of your colleagues"))
		}
		ids, err = waiting(s, d.Index, ids)
		return err
	})
	if err != nil {
		return "", err
	}
	if len(ids) == 0 {
		return "", publica.Problem(publica.Invalid, "target", l.T("nothing was chosen")).WithHint(l.T("tick what should be assigned"))
	}
	for _, id := range ids {
		name := assignedAt(frame.Docket, id)
		if to == "" {
			err = p.vault.Delete(name)
		} else {
			err = p.vault.Put(name, []byte(to), inHalfAYear())
		}
		if err != nil {
			return "", err
		}
	}
	return frame.Base, nil
}
