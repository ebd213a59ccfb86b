package web

import (
	"bytes"
	"context"
	"encoding/json/jsontext"
	"fmt"
	"html/template"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"publica"
)

// entryPage is entry.html: the permanent page of one record, or of a promise
// that is not kept yet.
type entryPage struct {
	Head
	ID       publica.EntryID
	Rec      *Record        // nil while only promised
	Entry    *publica.Entry // nil for a system record or seal
	Kind     publica.Kind
	KindDoc  string
	View     *EntryView
	Refused  *publica.Refusal
	Alg      publica.Algorithm
	Promise  publica.Time // by when it will be logged, while promised
	Parts    []partView
	Body     string
	Facts    Facts
	Tree     *merklePicture
	Founding *Founding
	Base     string
	Policy   string // that the register suggests
	Leaf     string // the leaf, indented
	Seal     *publica.Seal
}

// A partView is a content part as shown.
type partView struct {
	publica.Part
	Held  bool
	Text  template.HTML // shown if it is text
	Plain string        // one line, for short parts such as titles
	Href  string
}

func (s *Site) entryPage(r *http.Request) (Page, error) {
	id, err := PathEntry(r, "id")
	if err != nil {
		return nil, err
	}
	rec, err := s.register.Record(r.Context(), id)
	if publica.CodeOf(err) == publica.NotFound {
		return s.promisedPage(r, id, err)
	}
	if err != nil {
		return nil, err
	}
	p := &entryPage{ID: id, Rec: rec, Kind: kindOf(rec.Leaf), Refused: rec.Leaf.Refused, Founding: s.register.Founding(),
		Base: BaseURL(r), Seal: rec.Leaf.Seal, Leaf: indented(rec.Raw)}
	l := LocaleOf(r)
	p.Head = Head{Title: kindTitle(l, p.Kind, rec.Leaf), Kicker: leafKicker(l, rec.Leaf), Crumbs: []Link{{l.T("The log"), "/log"}}, Nav: "/log", Script: []string{"check.js"}}
	p.Policy = s.register.Policy()
	p.KindDoc = l.T(s.kindDoc(p.Kind))
	switch {
	case rec.Leaf.Entry != nil:
		if p.Entry, err = publica.ParseEntry(rec.Leaf.Entry); err != nil {
			return nil, err
		}
		// Say nothing unverified: this page claims who signed.
		if err := rec.Leaf.Signature.Verify(p.Entry.Author, rec.Leaf.Entry); err != nil {
			return nil, fmt.Errorf("verify leaf %d: %s", rec.Index, err)
		}
		p.Alg = rec.Leaf.Signature.Algorithm
		if err := s.describeEntry(r, p); err != nil {
			return nil, err
		}
	case rec.Leaf.System != nil:
		p.Body = indented(rec.Leaf.System.Body)
	}
	p.Facts = append(p.Facts, recordFacts(l, rec)...)
	if p.Tree, err = s.drawPath(r.Context(), rec); err != nil {
		return nil, err
	}
	return p, nil
}

// promisedPage shows an entry that the node has promised to log; notFound if it
// knows none.
func (s *Site) promisedPage(r *http.Request, id publica.EntryID, notFound error) (Page, error) {
	receipt, err := s.register.Receipt(r.Context(), id)
	if err != nil {
		if publica.CodeOf(err) == publica.NotFound {
			return nil, notFound
		}
		return nil, err
	}
	if receipt.Submission == nil {
		return nil, publica.Problem(publica.Busy, "", "this record is being added at this moment").WithHint("load the page again")
	}
	e, err := publica.ParseEntry(receipt.Submission.Entry)
	if err != nil {
		return nil, err
	}
	if err := receipt.Submission.Signature.Verify(e.Author, receipt.Submission.Entry); err != nil {
		return nil, fmt.Errorf("verify promised entry: %s", err)
	}
	p := &entryPage{ID: id, Entry: e, Kind: e.Kind, Alg: receipt.Submission.Signature.Algorithm, Founding: s.register.Founding(), Base: BaseURL(r)}
	l := LocaleOf(r)
	p.Head = Head{Title: kindTitle(l, e.Kind, nil), Kicker: l.T("Promised"), Crumbs: []Link{{l.T("The log"), "/log"}}, Nav: "/log", Fresh: true}
	p.KindDoc = l.T(s.kindDoc(e.Kind))
	if receipt.Promise != nil {
		if by, _, err := receipt.Promise.PromisedBy(); err == nil {
			p.Promise = by
		}
	}
	return p, s.describeEntry(r, p)
}

// describeEntry fills in what is the same for every entry, and what its domain
// says.
func (s *Site) describeEntry(r *http.Request, p *entryPage) error {
	e, l := p.Entry, LocaleOf(r)
	p.Body = indented(e.Body)
	p.Facts = Facts{
		{Name: l.T("Signed by"), Value: e.Author.String(), Code: true},
		{Name: l.T("Signature"), Value: l.T("{algorithm}, verified again for this page", "algorithm", p.Alg)},
	}
	if !e.For.IsZero() {
		p.Facts = append(p.Facts, Fact{Name: l.T("Acting for"), Value: e.For.String(), Href: "/entry/" + e.For.String(), Code: true})
	}
	if !e.Docket.IsZero() {
		p.Facts = append(p.Facts, Fact{Name: l.T("Docket"), Value: e.Docket.String(), Href: "/docket/" + e.Docket.String(), Code: true})
	}
	p.Facts = append(p.Facts, Fact{Name: l.T("Made (the author’s claim)"), Time: e.Made})
	for i := range e.Content {
		part, err := s.partView(r, p.ID, &e.Content[i])
		if err != nil {
			return err
		}
		p.Parts = append(p.Parts, part)
	}
	render := s.renderers[e.Kind]
	if render == nil || p.Rec == nil {
		return nil
	}
	view, err := render(r.Context(), p.Rec, e)
	if err != nil {
		return err
	}
	if p.View = view; view != nil && view.Headline != "" {
		p.Title = view.Headline
		p.Kicker = strings.TrimSpace(p.Kicker + " · " + l.T(kindWords(e.Kind)))
	}
	return nil
}

// recordFacts says where a leaf stands.
func recordFacts(l *Locale, rec *Record) Facts {
	f := Facts{
		{Name: l.T("Decided (block time)"), Time: rec.Leaf.Time},
		{Name: l.T("Block"), Value: l.Number(rec.Leaf.Height)},
		{Name: l.T("Place in the log"), Value: l.T("leaf {leaf}", "leaf", rec.Index), Href: "/log?at=" + itoa(rec.Index)},
	}
	if !rec.Docket.IsZero() {
		f = append(f, Fact{Name: l.T("Place in its docket"), Value: l.T("number {number}", "number", rec.Seq+1), Href: "/docket/" + rec.Docket.String()})
	}
	return f
}

// partView fetches a part and prepares what may be shown of it.
func (s *Site) partView(r *http.Request, id publica.EntryID, part *publica.Part) (partView, error) {
	v := partView{Part: *part, Href: "/entry/" + id.String() + "/part/" + part.Name}
	c, err := s.register.Content(r.Context(), part.Commitment)
	if publica.CodeOf(err) == publica.NotFound {
		return v, nil
	}
	if err != nil {
		return v, err
	}
	v.Held = true
	media, _, _ := mime.ParseMediaType(part.Media)
	text := string(c.Data)
	switch {
	case !strings.HasPrefix(media, "text/") || !utf8.ValidString(text):
	case media == "text/markdown":
		v.Text = s.text.Markdown(text)
	case len(text) <= 200 && !strings.ContainsAny(text, "\r\n"):
		v.Plain = text
	default:
		v.Text = s.text.Plain(text)
	}
	return v, nil
}

// receiptFile serves the receipt as a file to keep.
func (s *Site) receiptFile(w http.ResponseWriter, r *http.Request) {
	id, err := PathEntry(r, "id")
	if err != nil {
		s.fail(w, r, err)
		return
	}
	receipt, err := s.register.Receipt(r.Context(), id)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	raw, err := receipt.Bytes()
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Disposition", `attachment; filename="receipt-`+id.String()[:16]+`.json"`)
	w.Header().Set("Cache-Control", "no-store")
	send(w, raw)
}

// partFile serves one content part as a file. What people sent never runs on
// this site: it is a download, of a type that browsers do not interpret.
func (s *Site) partFile(w http.ResponseWriter, r *http.Request) {
	part, err := s.findPart(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	c, err := s.register.Content(r.Context(), part.Commitment)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	kind, ext := "application/octet-stream", ".bin"
	if strings.HasPrefix(part.Media, "text/") {
		kind, ext = "text/plain; charset=utf-8", ".txt"
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{
		"filename": "entry-" + r.PathValue("id")[:8] + "-" + strings.ReplaceAll(part.Name, ":", "-") + ext}))
	w.Header().Set("Content-Security-Policy", "default-src 'none'; sandbox")
	w.Header().Set("Cache-Control", "no-cache")
	send(w, c.Data)
}

// findPart returns the part that a request's path names.
func (s *Site) findPart(r *http.Request) (publica.Part, error) {
	id, err := PathEntry(r, "id")
	if err != nil {
		return publica.Part{}, err
	}
	raw, err := s.entryBytes(r.Context(), id)
	if err != nil {
		return publica.Part{}, err
	}
	e, err := publica.ParseEntry(raw)
	if err != nil {
		return publica.Part{}, err
	}
	part, ok := e.Part(r.PathValue("part"))
	if !ok {
		return publica.Part{}, publica.Problem(publica.NotFound, "part", "is not a part of this entry").
			WithHint("the entry's page lists its parts")
	}
	return part, nil
}

// entryBytes returns the canonical bytes of an entry that is on the log or
// promised to be.
func (s *Site) entryBytes(ctx context.Context, id publica.EntryID) ([]byte, error) {
	rec, err := s.register.Record(ctx, id)
	if publica.CodeOf(err) == publica.NotFound {
		receipt, receiptErr := s.register.Receipt(ctx, id)
		if receiptErr == nil && receipt.Submission != nil {
			return receipt.Submission.Entry, nil
		}
	}
	if err != nil {
		return nil, err
	}
	if rec.Leaf.Entry == nil {
		return nil, publica.Problem(publica.NotFound, "part", "this record has no parts")
	}
	return rec.Leaf.Entry, nil
}

func (s *Site) kindDoc(kind publica.Kind) string {
	for _, k := range s.register.Founding().Kinds {
		if k.Name == kind {
			return k.Doc
		}
	}
	return ""
}

// kindTitle names a leaf without knowing its domain.
func kindTitle(l *Locale, kind publica.Kind, leaf *publica.Leaf) string {
	if leaf != nil && leaf.Seal != nil {
		return l.T("Seal of block {height}", "height", leaf.Height)
	}
	return l.T(kindWords(kind))
}

// kindWords turns "docket/amend-charter" into "Amend charter (docket)", the id
// of a message.
func kindWords(kind publica.Kind) string {
	name := strings.ReplaceAll(strings.TrimPrefix(string(kind), kind.Domain()+"/"), "-", " ")
	if name == "" {
		return string(kind)
	}
	return strings.ToUpper(name[:1]) + name[1:] + " (" + kind.Domain() + ")"
}

// The genesis is the one record that no kind declares.
var _ = Msg("Genesis (register)")

func leafKicker(l *Locale, leaf *publica.Leaf) string {
	switch {
	case leaf.Seal != nil:
		return l.T("Seal")
	case leaf.System != nil:
		return l.T("System record")
	case leaf.Refused != nil:
		return l.T("Refused entry")
	}
	return l.T("Entry")
}

// indented lays JSON out for reading.
func indented(raw []byte) string {
	v := jsontext.Value(bytes.Clone(raw))
	if err := v.Indent(jsontext.WithIndent("  ")); err != nil {
		return string(raw)
	}
	return string(v)
}
