package participationview

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"publica"
	"publica/internal/domain/docket"
	"publica/internal/domain/participation"
	"publica/internal/registertest/viewtest"
	"publica/internal/web"
)

// newRealPlan replays the fourth U.S. action plan at the level of the law:
// suggestions with their comments, the workshop ideas, every version of the
// draft page. It skips where the data is not.
func newRealPlan(t *testing.T) *register {
	t.Helper()
	suggestions := readLines[planIdea](t, "suggestions.jsonl")
	workshop := readLines[struct{ Topic, Text string }](t, "emerging-tech-atlas-ideas.jsonl")
	versions := readLines[struct {
		Text string
		Made string `json:"committed_at"`
	}](t, "draft-page-versions.jsonl")
	r := newRegister(t)
	r.Open(docket.Charter{Contribute: docket.Anyone, Respond: true}, "Fourth national action plan", "Replayed from the public record.")
	byNumber := map[string]publica.EntryID{}
	imported := func(label, url, made string) *docket.Imported {
		m := &docket.Imported{Label: label, URL: url, Source: "us-nap4"}
		if at, err := time.Parse("2006-01-02", made); err == nil {
			m.Made = publica.TimeOf(at)
		} else if at, err := time.Parse(time.RFC3339, made); err == nil {
			m.Made = publica.TimeOf(at)
		}
		return m
	}
	for _, s := range suggestions {
		parts := []viewtest.Part{forBody, part("title", s.Title)}
		if s.Body != "" {
			parts = append(parts, part("text", s.Body))
		}
		n := fmt.Sprint(s.Number)
		byNumber[n] = r.Do("importer", "participation/idea", participation.Idea{Imported: imported("#"+n, s.URL, "")}, parts...)
		for _, c := range s.Comments {
			if c.Body == "" {
				continue
			}
			r.Do("importer", "participation/comment", participation.Comment{Stance: participation.Neutral, Target: byNumber[n], Imported: imported("#"+n, s.URL, c.Date)},
				forBody, part("text", c.Body), part("author", c.Author))
		}
	}
	for i, w := range workshop {
		r.Do("importer", "participation/idea", participation.Idea{Imported: imported(fmt.Sprintf("%s %d", w.Topic, i+1), "", "2017-09-08")},
			forBody, part("title", web.Excerpt(w.Text, 80)), part("text", w.Text))
	}
	before := map[string]string{}
	for i, v := range versions {
		b := participation.Draft{Version: int64(i + 1), Imported: imported(fmt.Sprint(i+1), "", v.Made)}
		parts := []viewtest.Part{forBody}
		after := map[string]string{}
		carried := map[string]bool{}
		for j, s := range splitHeadings(v.Text) {
			section := participation.Section{ID: s.id}
			for _, n := range issueNumber.FindAllStringSubmatch(s.text, -1) {
				if _, known := byNumber[n[1]]; known && !carried[n[1]] {
					carried[n[1]] = true
					section.Ideas = append(section.Ideas, byNumber[n[1]])
				}
			}
			after[s.id] = s.text
			if before[s.id] != s.text {
				section.Part = fmt.Sprintf("s%d", j)
				parts = append(parts, part(section.Part, s.text))
			}
			b.Sections = append(b.Sections, section)
		}
		before = after
		r.Do("importer", "participation/draft", b, parts...)
	}
	return r
}

var (
	issueNumber = regexp.MustCompile(`participate-nap4/issues/(\d+)`)
	notID       = regexp.MustCompile(`[^a-z0-9]+`)
)

type headed struct{ id, text string }

// splitHeadings cuts Markdown at its headings; equal ones are numbered.
func splitHeadings(text string) []headed {
	var out []headed
	seen := map[string]int{}
	start := func(line string) {
		id := strings.Trim(notID.ReplaceAllString(strings.ToLower(line), "-"), "-")
		id = "s-" + id[:min(len(id), 50)]
		if seen[id]++; seen[id] > 1 {
			id += fmt.Sprintf("-%d", seen[id])
		}
		out = append(out, headed{id: id})
	}
	start("opening")
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "#") {
			start(line)
		}
		out[len(out)-1].text += line
	}
	var full []headed
	for _, h := range out {
		if strings.TrimSpace(h.text) != "" {
			full = append(full, h)
		}
	}
	return full
}

func TestRealPlan(t *testing.T) {
	r := newRealPlan(t)
	m := r.Model()
	asTheLaw(t, r, m)
	h, _ := r.site()
	base := "/docket/" + r.Docket.String()
	says(t, page(t, h, base), "242 of 242 contributions are owed a response.", "version 20")
	says(t, page(t, h, base+"/ghosts?limit=1000"), "Blockchain", "Machine Learning", "8 June 2018", "No reason on record")
	says(t, page(t, h, base+"/debt"), "242 of 242 contributions are owed a response.")
	if !strings.Contains(page(t, h, base+"/ideas"), "rel=\"next\"") {
		t.Error("217 ideas on one page")
	}
	for _, path := range []string{"/text", "/text?version=10", "/redline?from=18&to=19", "/comments", "/responses", "/rules"} {
		page(t, h, base+path)
	}
	if _, err := r.Try("coordinator", "participation/codify", participation.Codify{Version: 20}, forBody); publica.CodeOf(err) != publica.Owed {
		t.Errorf("codify: %v", err)
	}
}
