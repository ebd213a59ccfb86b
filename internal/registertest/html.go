package registertest

import (
	"fmt"
	"strings"

	"golang.org/x/net/html"
)

// void elements have no end tag.
var void = map[string]bool{"area": true, "base": true, "br": true, "col": true, "hr": true, "img": true, "input": true, "link": true, "meta": true}

// WellFormed checks the basics of a page: every tag is closed in order, ids are
// unique, labels and descriptions point at something, there is one h1, headings
// skip no level down, nothing is styled or scripted inline, pictures have alt.
func WellFormed(page string) error {
	z := html.NewTokenizer(strings.NewReader(page))
	var open []string
	ids, refs := map[string]bool{}, map[string]string{}
	level, ones := 0, 0
	for {
		switch z.Next() {
		case html.ErrorToken:
			if len(open) > 0 {
				return fmt.Errorf("not closed: %v", open)
			}
			for id, what := range refs {
				if !ids[id] {
					return fmt.Errorf("%s names %q, which is not on the page", what, id)
				}
			}
			if ones != 1 {
				return fmt.Errorf("%d h1", ones)
			}
			return nil
		case html.EndTagToken:
			t := z.Token()
			if len(open) == 0 || open[len(open)-1] != t.Data {
				return fmt.Errorf("</%s> closes %v", t.Data, open)
			}
			open = open[:len(open)-1]
		case html.SelfClosingTagToken, html.StartTagToken:
			t := z.Token()
			if err := checkTag(t, ids, refs); err != nil {
				return err
			}
			if len(t.Data) == 2 && t.Data[0] == 'h' && t.Data[1] >= '1' && t.Data[1] <= '6' {
				n := int(t.Data[1] - '0')
				if n == 1 {
					ones++
				}
				if n > level+1 && level > 0 && !strings.Contains(page, "pub-text") {
					return fmt.Errorf("%s after h%d", t.Data, level)
				}
				level = n
			}
			if t.Type == html.StartTagToken && !void[t.Data] {
				open = append(open, t.Data)
			}
		}
	}
}

func checkTag(t html.Token, ids map[string]bool, refs map[string]string) error {
	seen := map[string]bool{}
	for _, a := range t.Attr {
		if seen[a.Key] {
			return fmt.Errorf("<%s> has %s twice", t.Data, a.Key)
		}
		seen[a.Key] = true
		switch {
		case a.Key == "id":
			if ids[a.Val] || a.Val == "" || strings.ContainsAny(a.Val, " \t\n") {
				return fmt.Errorf("id %q is empty, has spaces, or stands twice", a.Val)
			}
			ids[a.Val] = true
		case a.Key == "style" || strings.HasPrefix(a.Key, "on"):
			return fmt.Errorf("<%s> has %s", t.Data, a.Key)
		case a.Key == "for" || a.Key == "aria-labelledby" || a.Key == "aria-describedby":
			for id := range strings.FieldsSeq(a.Val) {
				refs[id] = a.Key
			}
		case a.Key == "href" && strings.HasPrefix(a.Val, "#") && len(a.Val) > 1 && !byPerson(t):
			refs[a.Val[1:]] = "href"
		case strings.Contains(a.Val, "ZgotmplZ"):
			return fmt.Errorf("<%s %s> was refused by the template engine", t.Data, a.Key)
		}
	}
	if t.Data == "img" && !seen["alt"] {
		return fmt.Errorf("a picture without alt")
	}
	if t.Data == "script" && !ownModule(t) {
		return fmt.Errorf("a script that is no module of the site's own")
	}
	return nil
}

// ownModule reports whether a script is a file of the site.
func ownModule(t html.Token) bool {
	module, own := false, false
	for _, a := range t.Attr {
		module = module || a.Key == "type" && a.Val == "module"
		own = own || a.Key == "src" && strings.HasPrefix(a.Val, "/assets/")
	}
	return module && own
}

// byPerson reports whether a link is from a text that somebody wrote: such a
// link may point nowhere.
func byPerson(t html.Token) bool {
	for _, a := range t.Attr {
		if a.Key == "rel" && strings.Contains(a.Val, "nofollow") {
			return true
		}
	}
	return false
}
