package web

import (
	"context"
	"net/http"
	"slices"
	"strings"
)

// Samples adds links to pages worth looking at: one or more of every page whose
// address holds an id, and states such as an empty list or a refusal. They are
// asked for whenever the gallery is, and show what is in the register then.
func (s *Site) Samples(f func(ctx context.Context) ([]Link, error)) { s.samples = append(s.samples, f) }

// galleryPage is samples.html: every page of the site, with samples. It is for
// those who work on the pages, and in English.
type galleryPage struct {
	Head
	Groups []sampleGroup
}

// A sampleGroup is one page pattern. No samples: nothing can be seen of it yet.
type sampleGroup struct {
	Pattern string
	Samples []Link
}

// mountGallery adds the gallery. Pages registered later are in it too.
func (s *Site) mountGallery(own *Views) {
	own.Page("GET /gallery", "samples.html", s.galleryPage)
	s.Samples(s.ownSamples)
}

func (s *Site) galleryPage(r *http.Request) (Page, error) {
	p := &galleryPage{Head: Head{Title: "Gallery", Lead: "Every page of this site, with samples from the register.", Fresh: true}}
	for _, pattern := range slices.Sorted(slices.Values(s.pages)) {
		g := sampleGroup{Pattern: pattern}
		if path := strings.TrimSuffix(strings.TrimPrefix(pattern, "GET "), "{$}"); !strings.Contains(path, "{") {
			g.Samples = []Link{{Text: "As it is", Href: path}}
		}
		p.Groups = append(p.Groups, g)
	}
	nowhere := sampleGroup{Pattern: "no page"}
	for _, f := range s.samples {
		links, err := f(r.Context())
		if err != nil {
			return nil, err
		}
		for _, l := range links {
			pattern, err := s.patternOf(l.Href)
			if err != nil {
				return nil, err
			}
			i := slices.IndexFunc(p.Groups, func(g sampleGroup) bool { return g.Pattern == pattern })
			if i < 0 {
				nowhere.Samples = append(nowhere.Samples, l)
				continue
			}
			p.Groups[i].Samples = append(p.Groups[i].Samples, l)
		}
	}
	p.Groups = append(p.Groups, nowhere)
	return p, nil
}

func (s *Site) patternOf(href string) (string, error) {
	r, err := http.NewRequest(http.MethodGet, href, nil)
	if err != nil {
		return "", err
	}
	_, pattern := s.mux.Handler(r)
	return pattern, nil
}

// ownSamples are those of the pages that know no domain: the newest records, one
// of each kind, and what can go wrong.
func (s *Site) ownSamples(ctx context.Context) ([]Link, error) {
	links := []Link{
		{"An address that is none", "/nothing-here"},
		{"A record that is not there", "/entry/" + strings.Repeat("0", 64)},
		{"An id that is none", "/entry/xyz"},
		{"A position that is none", "/log?at=x"},
		{"The beginning", "/log?at=0"},
		{"One kind of record", "/log?kind=docket/open"},
		{"An id that is none", "/verify?id=xyz"},
	}
	recs, err := s.register.Records(ctx, max(0, s.register.Status().Size-1000), 1000)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, rec := range slices.Backward(recs) {
		what := "A seal"
		if rec.Leaf.Seal == nil {
			what = "A record of kind " + string(kindOf(rec.Leaf))
		}
		if rec.Leaf.Refused != nil {
			what = "A refused record"
		}
		if !seen[what] {
			seen[what] = true
			links = append(links, Link{what, "/entry/" + rec.ID.String()})
		}
	}
	return links, nil
}
