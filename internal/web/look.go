package web

import (
	"bytes"
	"io/fs"
	"net/http"
	"strings"

	"publica"
)

// A Look is what an operator gives the pages: colours, a mark, and the line
// that says whose site this is. All may be empty.
type Look struct {
	Theme  Theme
	Logo   []byte // PNG or SVG that stands for the register; a mark in the theme's colours if empty
	Banner string // a sentence above every page, as "An official website of …"; none if empty
	Flag   []byte // PNG or SVG before the sentence; none if empty
}

// maxImage bounds an image in bytes: it comes with the first page one opens.
const maxImage = 256_000

// imageKind returns the extension of an image: ".png" or ".svg".
func imageKind(field string, raw []byte) (string, *publica.Error) {
	switch {
	case len(raw) > maxImage:
		return "", publica.Problem(publica.TooLarge, field, "is over "+english.Bytes(maxImage)).WithHint("every reader fetches it: make it smaller")
	case http.DetectContentType(raw) == "image/png":
		return ".png", nil
	case bytes.Contains(raw[:min(len(raw), 4096)], []byte("<svg")):
		return ".svg", nil
	}
	return "", publica.Problem(publica.Unsupported, field, "is neither PNG nor SVG").WithHint("save it as one of the two")
}

// Check says all that is wrong with colours and images.
func (l *Look) Check() []*publica.Error {
	_, wrong := l.images()
	return append(l.Theme.Check(), wrong...)
}

// images returns the operator's own, by the name under which they are served.
func (l *Look) images() (map[string][]byte, []*publica.Error) {
	images, wrong := map[string][]byte{}, []*publica.Error(nil)
	for _, i := range []struct {
		name string
		raw  []byte
	}{{"logo", l.Logo}, {"flag", l.Flag}} {
		if i.raw == nil {
			continue
		}
		kind, err := imageKind("theme."+i.name, i.raw)
		if err != nil {
			wrong = append(wrong, err)
			continue
		}
		images[i.name+kind] = i.raw
	}
	return images, wrong
}

// files makes the look's files, by their path below /assets/: the theme's style
// sheet, the mark, the operator's images. It returns the first thing that
// [Look.Check] finds.
func (l *Look) files() (map[string][]byte, error) {
	if wrong := l.Check(); len(wrong) > 0 {
		return nil, wrong[0]
	}
	p, _ := l.Theme.palette()
	made, _ := l.images()
	made["theme.css"] = []byte(p.sheet())
	mark, err := fs.ReadFile(assets, "assets/own/mark.svg")
	if err != nil {
		return nil, err
	}
	var swap []string
	for _, i := range []int{cHeader, cHeaderInk, cAccent} {
		swap = append(swap, themeColours[i].hex, p[i].String())
	}
	made["mark.svg"] = []byte(strings.NewReplacer(swap...).Replace(string(mark)))
	return made, nil
}

// image returns the path of an image among files, "" if there is none.
func image(files map[string][]byte, name string) string {
	for _, kind := range []string{".png", ".svg"} {
		if files[name+kind] != nil {
			return name + kind
		}
	}
	return ""
}
