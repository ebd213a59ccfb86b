package web_test

import (
	"embed"
	"flag"
	"fmt"
	"net"
	"net/http"
	"testing"
	"time"

	"publica"
	"publica/internal/web"
)

var serve = flag.String("serve", "", "address to serve the gallery on, for looking at it, instead of testing")

//go:embed testdata/views/*.html
var galleryFiles embed.FS

// galleryPage shows every component with the data of a sample docket.
type galleryPage struct {
	web.Head
	Steps    web.Steps
	Stats    web.Stats
	Nav2     web.SubNav
	Alert    web.Alert
	Progress web.Progress
	Plot     web.Plot
	Line     web.Plot
	Table    web.Table
	Nothing  web.Empty
	Facts    web.Facts
	Pager    web.Pager
	Text     string
	Author   publica.KeyID
	Time     publica.Time
}

func gallery(s *sample) web.PageHandler {
	return func(r *http.Request) (web.Page, error) {
		at, err := web.ReadCursor(r, 25)
		if err != nil {
			return nil, err
		}
		days := []web.Point{{Label: "1 Sep", Value: 3}, {Label: "2 Sep", Value: 18}, {Label: "3 Sep", Value: 41}, {Label: "4 Sep", Value: 7}, {Label: "5 Sep", Value: 0}, {Label: "6 Sep", Value: 12}}
		return &galleryPage{
			Head: web.Head{Title: "Sixth Open Government Action Plan", Kicker: "Action plan", Lead: "What government will do to be more open, drafted with the public.",
				Entry: publica.EntryID(s.docket), Nav: "/gallery", Crumbs: []web.Link{{Text: "Gallery", Href: "/gallery"}}},
			Steps: web.Steps{Label: "Where it stands", Steps: []web.Step{{Text: "Ideas", Note: "until 14 Oct", State: web.Done},
				{Text: "Draft and comments", Note: "until 30 Nov", State: web.Current}, {Text: "Answers", State: web.Ahead}, {Text: "Final plan", State: web.Ahead}}},
			Stats:    web.Stats{{Value: "1,204", Label: "Contributions"}, {Value: "312", Label: "Answers owed", Kind: "warning", Note: "12 overdue"}, {Value: "4", Label: "Vanished without a reason", Kind: "error", Href: "/gallery"}},
			Nav2:     web.SubNav{Label: "Docket", Items: []web.SubNavItem{{Link: web.Link{Text: "Text", Href: "/gallery"}, Current: true}, {Link: web.Link{Text: "Comments", Href: "/gallery"}, Count: "812"}, {Link: web.Link{Text: "Answers", Href: "/gallery"}, Count: "500"}}},
			Alert:    web.Alert{Kind: "warning", Title: "312 contributions are owed an answer", Text: "The plan cannot be declared final before each has one.", Link: web.Link{Text: "See who is waiting", Href: "/gallery"}},
			Progress: web.Progress{Label: "Answered", Done: 892, Total: 1204, Note: "Answers are due by 30 November."},
			Plot:     web.Plot{ID: "perday", Title: "Comments a day", Desc: "Most came on 3 September, two days after the draft.", Kind: "bars", XName: "Day", YName: "Comments", Points: days},
			Line:     web.Plot{ID: "debt", Title: "Answers owed", Desc: "Rises with the comments.", Kind: "line", XName: "Day", YName: "Owed", Points: days, CSV: "/gallery"},
			Table: web.Table{Caption: "Periods", Columns: []web.Column{{Name: "Period"}, {Name: "Comments", Numeric: true}, {Name: "State"}},
				Rows: [][]web.Cell{{{Text: "Ideas"}, {Text: "140"}, {Tag: web.Tag{Kind: "success", Text: "Closed"}}}, {{Text: "Comments", Href: "/gallery"}, {Text: "1,064"}, {Tag: web.Tag{Kind: "info", Text: "Open"}}}}},
			Nothing: web.Empty{Title: "No answer yet", Text: "Nobody has answered a comment in this docket.", Next: web.Link{Text: "Read the comments", Href: "/gallery"}},
			Facts:   web.Facts{{Name: "Lead body", Value: "Office of Public Records"}, {Name: "Opened", Time: fakeEpoch}},
			Pager:   at.Pager(r, 77, 25, "comments"), Text: hostile, Author: publica.KeyFromSeed([32]byte{2}).ID(), Time: fakeEpoch,
		}, nil
	}
}

// newSite makes a site with the sample register and the gallery's view.
func newSite(t testing.TB, f *fakeRegister, s *sample, c web.Config) *web.Site {
	t.Helper()
	c.Register = f
	if c.Title == "" {
		c.Title = "Register of Open Government"
	}
	if c.Now == nil {
		c.Now = func() time.Time { return f.time.Std().Add(90 * time.Second) }
	}
	site, err := web.New(c)
	must(t, err)
	files, err := subFS(galleryFiles)
	must(t, err)
	v, err := site.Views(files, nil)
	must(t, err)
	site.Nav(web.Link{Text: "Gallery", Href: "/gallery"})
	site.Search("/search")
	v.Page("GET /gallery", "gallery.html", gallery(s))
	v.Form("POST /gallery/say", func(r *http.Request) (string, error) {
		if r.PostForm.Get("text") == "" {
			return "", publica.Problem(publica.Invalid, "text", "is missing").WithHint("write something")
		}
		return "/gallery", nil
	})
	return site
}

// TestGallery renders every component; with -serve it serves them instead.
func TestGallery(t *testing.T) {
	f := newFake(t)
	s := f.fill(t)
	h := newSite(t, f, s, web.Config{Operator: "Office of Public Records", Contact: "mailto:register@example.org"}).Handler()
	if *serve != "" {
		f.runBy = fourValidators(f)
		ln, err := net.Listen("tcp", *serve)
		must(t, err)
		for name, id := range map[string]publica.EntryID{"docket": publica.EntryID(s.docket), "comment": s.comment, "refused": s.refused, "erased": s.erased, "seal": s.seal, "waiting": s.waiting} {
			fmt.Printf("%s http://%s/entry/%s\n", name, ln.Addr(), id)
		}
		t.Fatal(web.NewServer(h, nil).Serve(ln))
	}
	get(t, h, "/gallery").wants(t, 200, `usa-step-indicator`, `pub-plot`, `<bdi>Sixth Open Government Action Plan</bdi>`, `rel="next"`)
}
