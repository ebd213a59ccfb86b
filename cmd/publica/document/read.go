package document

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"unicode/utf8"

	"publica"
)

// Markdown returns the text of a document, and what of it was left out or
// changed, in words. A file that is neither ODT nor DOCX is taken for Markdown or
// plain text and returned as it is. It fails with a [publica.Error] whose field is
// name.
func Markdown(name string, data []byte) (text string, left []string, err error) {
	if len(data) > MaxFile {
		return "", nil, publica.Problem(publica.TooLarge, name, "is larger than "+strconv.Itoa(MaxFile>>20)+" MiB")
	}
	if !bytes.HasPrefix(data, []byte("PK\x03\x04")) {
		if !utf8.Valid(data) {
			return "", nil, publica.Problem(publica.Malformed, name, "is not UTF-8 text, and neither ODT nor DOCX").
				WithHint("save it as ODT, DOCX or Markdown")
		}
		return string(data), nil, nil
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return "", nil, &publica.Error{Code: publica.Malformed, Field: name, Message: "is a damaged archive", Err: err}
	}
	if len(z.File) > maxParts {
		return "", nil, publica.Problem(publica.TooLarge, name, "has more than "+strconv.Itoa(maxParts)+" parts")
	}
	p := &pack{name: name, zip: z}
	r := reading{left: map[string]int{}}
	switch {
	case p.has("word/document.xml"):
		err = r.docx(p)
	case p.has("content.xml"):
		err = r.odt(p)
	default:
		err = publica.Problem(publica.Malformed, name, "is an archive, but neither ODT nor DOCX").WithHint("save it as ODT, DOCX or Markdown")
	}
	if err != nil {
		return "", nil, err
	}
	return render(r.blocks), r.leftOut(), nil
}

// A reading collects the blocks of a document, and what it leaves out.
type reading struct {
	blocks []block
	left   map[string]int
}

func (r *reading) leftOut() (out []string) {
	for _, what := range slices.Sorted(maps.Keys(r.left)) {
		out = append(out, what+": "+strconv.Itoa(r.left[what]))
	}
	return out
}

// A pack is the archive that a document is.
type pack struct {
	name string
	zip  *zip.Reader
}

func (p *pack) find(part string) *zip.File {
	i := slices.IndexFunc(p.zip.File, func(f *zip.File) bool { return f.Name == part })
	if i < 0 {
		return nil
	}
	return p.zip.File[i]
}

func (p *pack) has(part string) bool { return p.find(part) != nil }

// tree reads a part as elements; nil if the archive has no such part.
func (p *pack) tree(part string) (*element, error) {
	f := p.find(part)
	if f == nil {
		return nil, nil
	}
	at := p.name + "/" + part
	in, err := f.Open()
	if err != nil {
		return nil, &publica.Error{Code: publica.Malformed, Field: at, Message: "cannot be unpacked", Err: err}
	}
	defer in.Close()
	// The size that the archive announces may be a lie: what counts is what comes.
	raw, err := io.ReadAll(io.LimitReader(in, MaxPart+1))
	if err != nil {
		return nil, &publica.Error{Code: publica.Malformed, Field: at, Message: "cannot be unpacked", Err: err}
	}
	if len(raw) > MaxPart {
		return nil, publica.Problem(publica.TooLarge, at, "unpacks to more than "+strconv.Itoa(MaxPart>>20)+" MiB")
	}
	root, err := parse(raw)
	if err != nil {
		return nil, &publica.Error{Code: publica.Malformed, Field: at, Message: "is no XML that can be read", Err: err}
	}
	return root, nil
}

// An element of XML. Names are local: the two formats use no name twice for
// different things where it matters here. Text stands in elements without a name.
type element struct {
	name     string
	attr     map[string]string
	children []*element
	text     string
}

func (e *element) child(name string) *element {
	if e == nil {
		return nil
	}
	for _, c := range e.children {
		if c.name == name {
			return c
		}
	}
	return nil
}

// at follows names down; nil if one is missing.
func (e *element) at(names ...string) *element {
	for _, n := range names {
		e = e.child(n)
	}
	return e
}

func (e *element) get(attr string) string {
	if e == nil {
		return ""
	}
	return e.attr[attr]
}

func parse(raw []byte) (*element, error) {
	in := xml.NewDecoder(bytes.NewReader(raw))
	root := &element{}
	stack := []*element{root}
	for n := 0; ; n++ {
		if n > maxCount {
			return nil, fmt.Errorf("there are more than %d elements", maxCount)
		}
		token, err := in.Token()
		if errors.Is(err, io.EOF) {
			if len(root.children) == 0 {
				return nil, errors.New("there is no element in it")
			}
			return root.children[0], nil
		}
		if err != nil {
			return nil, err
		}
		top := stack[len(stack)-1]
		switch t := token.(type) {
		case xml.StartElement:
			if len(stack) > maxDepth {
				return nil, fmt.Errorf("elements stand more than %d deep", maxDepth)
			}
			e := &element{name: t.Name.Local}
			for _, a := range t.Attr {
				if e.attr == nil {
					e.attr = map[string]string{}
				}
				e.attr[a.Name.Local] = a.Value
			}
			top.children = append(top.children, e)
			stack = append(stack, e)
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		case xml.CharData:
			if len(stack) > 1 {
				top.children = append(top.children, &element{text: string(t)})
			}
		}
	}
}
