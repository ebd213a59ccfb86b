package web_test

import (
	"context"
	"testing"

	"publica"
	"publica/internal/web"
)

// TestRenderKind has a domain describe its entries.
func TestRenderKind(t *testing.T) {
	f := newFake(t)
	s := f.fill(t)
	site := newSite(t, f, s, web.Config{})
	site.RenderKind("sample/say", func(_ context.Context, rec *web.Record, e *publica.Entry) (*web.EntryView, error) {
		return &web.EntryView{Headline: "Comment <1>", Summary: "Said in support.", Facts: web.Facts{{Name: "Stance", Value: "support"}},
			Links: []web.Link{{Text: "Where it stands", Href: "/docket/" + e.Docket.String()}}, Marks: []web.Tag{{Kind: "info", Text: "Imported"}}}, nil
	})
	h := site.Handler()
	get(t, h, "/entry/"+s.comment.String()).wants(t, 200, `<h1><bdi>Comment &lt;1&gt;</bdi></h1>`, "Said in support", "Where it stands", "Imported", "Say \\(sample\\)")
	get(t, h, "/entry/"+s.docket.String()).wants(t, 200, "Open \\(sample\\)")
	defer func() {
		if recover() == nil {
			t.Error("a second renderer was taken")
		}
	}()
	site.RenderKind("sample/say", nil)
}
