package participationview

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"publica"
	"publica/internal/domain/participation"
	"publica/internal/readmodel"
)

// everyFilter is each choice of the comments page alone, and some together.
var everyFilter = []struct{ query, index string }{
	{"", "contribution_once"},
	{"stance=oppose", "contribution_stance"},
	{"section=water-data", "contribution_section"},
	{"state=owed", "contribution_owed"},
	{"state=answered", "contribution_answered"},
	{"channel=key", "contribution_channel"},
	{"channel=passkey", "contribution_channel"},
	{"files=yes", "contribution_files"},
	{"stance=oppose&section=water-data", "contribution_section"},
	{"stance=support&state=owed&channel=key", "contribution_owed"},
	{"stance=support&channel=intake&state=answered", "contribution_channel"},
	{"q=data", "document_search"},
	{"q=data&stance=oppose&channel=key", "document_search"},
}

func TestCommentFilters(t *testing.T) {
	s := newSample(t)
	m := s.Model()
	err := m.Read(t.Context(), func(v *readmodel.Snapshot) error {
		d, err := standing(v, s.Docket)
		if err != nil {
			return err
		}
		all, _, err := contributions(v, filter{docket: d.Index, kind: "comment", limit: 1000})
		if err != nil {
			return err
		}
		for _, k := range everyFilter {
			q, err := url.ParseQuery(k.query)
			if err != nil {
				return err
			}
			f := commentFilter{q.Get("q"), q.Get("stance"), q.Get("section"), q.Get("state"), q.Get("channel"), q.Get("files") == "yes"}.query(d)
			var want, got []int64
			for i := range all {
				if c := &all[i]; fits(c, &f) && (!f.once || c.Group.IsZero() || c.Entry == standsFor(all, c.Group, s.comments[8])) {
					want = append(want, all[i].Index)
				}
			}
			f.limit = 2
			for next := int64(0); next >= 0; {
				f.since = next
				var list []Contribution
				if list, next, err = contributions(v, f); err != nil {
					return err
				}
				for _, c := range list {
					got = append(got, c.Index)
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%q: %v, want %v", k.query, got, want)
			}
			planOf(t, v, &f, k.index)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// standsFor is what stands for a group: its letter if that is no reply, else the earliest
// that is none.
func standsFor(all []Contribution, group, letter publica.EntryID) (face publica.EntryID) {
	for _, c := range all {
		if c.Group == group && c.Depth == 0 && (face.IsZero() || c.Entry == letter) {
			face = c.Entry
		}
	}
	return face
}

// fits says the same as a filter, one contribution at a time.
func fits(c *Contribution, f *filter) bool {
	return (f.text == "" || strings.Contains(strings.ToLower(c.Text), f.text)) && (f.stance == "" || c.Stance == f.stance) && (f.section == "" || c.Section == f.section) &&
		(f.state != "owed" || c.Waiting()) && (f.state != "answered" || !c.Response.IsZero()) && (f.channel == "" || c.Origin.Channel == f.channel) && (!f.files || c.Files > 0) && (!f.first || c.Depth == 0)
}

// planOf checks that a list reads one index in its order: no scan, no sort.
func planOf(t *testing.T, v *readmodel.Snapshot, f *filter, index string) {
	t.Helper()
	p := f.plan()
	query, args := p.narrowed(f, 1)
	steps, err := readmodel.Collect(v, func(scan readmodel.Scan, step *string) error {
		var id, parent, unused int64
		return scan(&id, &parent, &unused, step)
	}, "EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		t.Fatal(err)
	}
	plan := strings.Join(steps, "\n")
	if !strings.Contains(plan, index) || strings.Contains(plan, "SCAN contribution") || strings.Contains(plan, "TEMP B-TREE") {
		t.Errorf("%+v is answered by\n%s\nnot by %s", *f, plan, index)
	}
}

func TestCommentsPage(t *testing.T) {
	s := newSample(t)
	s.Do("reader-3", "participation/comment", participation.Comment{Stance: participation.Oppose}, part("text", "=SUM(A1:A9) is no formula here"), part("attachment-1", "a,b"))
	h, _ := s.site()
	base := "/docket/" + s.Docket.String()
	p := page(t, h, base+"/comments?stance=oppose&section=water-data&q=late&since=")
	says(t, p, "24 hours is too late", "Only these: “late” × Opposes × Water quality data ×")
	if !strings.Contains(p, "/comments?q=late&amp;section=water-data\"") || !strings.Contains(p, "/comments.csv?q=late&amp;section=water-data&amp;stance=oppose") {
		t.Error("a choice cannot be taken away, or the download has not the same choices")
	}
	p = page(t, h, base+"/comments?files=yes")
	says(t, p, "1 attachment", "is no formula here")
	for i, want := range []string{"SUM(A1", "Thank you for asking", "Is there a version"} {
		if strings.Contains(text(p), want) != (i == 0) {
			t.Errorf("%q is there, or not", want)
		}
	}
	seen := 0
	for next := base + "/comments?limit=2&stance=support"; next != ""; {
		p := page(t, h, next)
		seen += strings.Count(p, "<article")
		_, after, found := strings.Cut(p, `href="`+base+"/comments?limit=2&amp;since=")
		if !found {
			break
		}
		since, _, _ := strings.Cut(after, "&")
		next = fmt.Sprintf("%s/comments?limit=2&stance=support&since=%s", base, since)
	}
	if want := strings.Count(page(t, h, base+"/comments?stance=support"), "<article"); seen != want {
		t.Errorf("paging saw %d of %d", seen, want)
	}
}
