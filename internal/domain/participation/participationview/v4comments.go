package participationview

import (
	"encoding/json/v2"
	"strings"

	"publica"
	"publica/internal/readmodel"
)

// v4Comment is what a list says of a comment or idea.
type v4Comment struct {
	AgencyID           string  `json:"agencyId"`
	DocketID           string  `json:"docketId"`
	DocumentType       string  `json:"documentType"`
	HighlightedContent string  `json:"highlightedContent"`
	LastModifiedDate   *string `json:"lastModifiedDate"`
	ObjectID           string  `json:"objectId"`
	PostedDate         *string `json:"postedDate"`
	Title              string  `json:"title"`
	Withdrawn          bool    `json:"withdrawn"`
}

// v4CommentDetail is what its own address says. Of a person the register knows
// the name they gave, whole: it stands in lastName.
type v4CommentDetail struct {
	v4Unasked
	AgencyID            string      `json:"agencyId"`
	Category            string      `json:"category"` // Comment, Idea
	Comment             *string     `json:"comment"`
	CommentOn           string      `json:"commentOn"` // a document, idea, comment, or else the docket
	CommentOnDocumentID *string     `json:"commentOnDocumentId"`
	DisplayProperties   []v4Display `json:"displayProperties"`
	DocketID            string      `json:"docketId"`
	DocumentType        string      `json:"documentType"`
	DuplicateComments   int         `json:"duplicateComments"`
	Field1              *string     `json:"field1"` // stance
	Field2              *string     `json:"field2"` // section
	LastName            *string     `json:"lastName"`
	LegacyID            *string     `json:"legacyId"`
	ModifyDate          *string     `json:"modifyDate"`
	ObjectID            string      `json:"objectId"`
	OpenForComment      bool        `json:"openForComment"`
	OriginalDocumentID  *string     `json:"originalDocumentId"`
	PostedDate          *string     `json:"postedDate"`
	ReasonWithdrawn     *string     `json:"reasonWithdrawn"`
	ReceiveDate         *string     `json:"receiveDate"`
	RestrictReason      *string     `json:"restrictReason"`
	RestrictReasonType  *string     `json:"restrictReasonType"`
	Title               string      `json:"title"`
	TrackingNbr         string      `json:"trackingNbr"`
	Withdrawn           bool        `json:"withdrawn"`
}

// v4Unasked is what this register never asks people for.
type v4Unasked struct {
	Address1              *string `json:"address1"`
	Address2              *string `json:"address2"`
	City                  *string `json:"city"`
	Country               *string `json:"country"`
	DocAbstract           *string `json:"docAbstract"`
	Email                 *string `json:"email"`
	Fax                   *string `json:"fax"`
	FileFormats           []any   `json:"fileFormats"`
	FirstName             *string `json:"firstName"`
	GovAgency             *string `json:"govAgency"`
	GovAgencyType         *string `json:"govAgencyType"`
	Organization          *string `json:"organization"`
	PageCount             *int64  `json:"pageCount"`
	Phone                 *string `json:"phone"`
	PostmarkDate          *string `json:"postmarkDate"`
	StateProvinceRegion   *string `json:"stateProvinceRegion"`
	SubmitterRep          *string `json:"submitterRep"`
	SubmitterRepAddress   *string `json:"submitterRepAddress"`
	SubmitterRepCityState *string `json:"submitterRepCityState"`
	Subtype               *string `json:"subtype"`
	Zip                   *string `json:"zip"`
}

// A v4Display says what an attribute of the body's own choosing means.
type v4Display struct {
	Name    string `json:"name"`
	Label   string `json:"label"`
	Tooltip string `json:"tooltip"`
}

var v4CommentFields = []v4Display{
	{"field1", "Stance", "What the author says of what the comment is on: support, oppose or neutral"},
	{"field2", "Section", "The section of the document that the comment is on"},
}

const v4Submission = "Public Submission"

// v4Attachment is a file that came with a comment.
type v4Attachment struct {
	AgencyNote         *string  `json:"agencyNote"`
	Authors            *string  `json:"authors"`
	DocAbstract        *string  `json:"docAbstract"`
	DocOrder           int64    `json:"docOrder"`
	FileFormats        []v4File `json:"fileFormats"`
	ModifyDate         *string  `json:"modifyDate"`
	Publication        *string  `json:"publication"`
	RestrictReason     *string  `json:"restrictReason"`
	RestrictReasonType *string  `json:"restrictReasonType"`
	Title              string   `json:"title"`
}

type v4File struct {
	FileURL string `json:"fileUrl"`
	Format  string `json:"format"`
	Size    int64  `json:"size"`
}

// v4About is what the answer needs beside a contribution.
type v4About struct {
	lead     publica.BodyID
	modified publica.Time
	draft    publica.EntryID // the version it is about
}

func v4Comments(_ *pages, s *readmodel.Snapshot, q *v4Query) (any, error) {
	plan, err := v4CommentsPlan(s, q)
	if err != nil || plan == nil {
		return q.listed([]*v4Resource{}, 0), err
	}
	found, total, err := plan.page(s, q)
	if err != nil {
		return nil, err
	}
	list, about, err := v4CommentsAt(s, found)
	if err != nil {
		return nil, err
	}
	marked, err := q.highlights(s, found)
	if err != nil {
		return nil, err
	}
	data := make([]*v4Resource, len(list))
	var included []*v4Resource
	for i, c := range list {
		a := about[c.Index]
		data[i] = q.resource("comments", c.Entry, v4Comment{AgencyID: publica.EntryID(a.lead).String(), DocketID: c.Docket.String(), DocumentType: v4Submission,
			HighlightedContent: marked[c.Index], LastModifiedDate: v4Date(a.modified), ObjectID: c.Entry.String(), PostedDate: v4Date(c.Time), Title: c.Name(), Withdrawn: c.retracted()})
		if !q.include {
			continue
		}
		if err := q.attach(s, data[i], c, &included); err != nil {
			return nil, err
		}
	}
	out := q.listed(data, total)
	out.Included = included
	return out, nil
}

// retracted reports whether it was taken back, by its author or by whose name it
// bears.
func (c *Contribution) retracted() bool { return !c.Withdrawn.IsZero() || !c.Disavowed.IsZero() }

// v4CommentsPlan turns the filters into SQL; nil if they name what is not on the
// register.
func v4CommentsPlan(s *readmodel.Snapshot, q *v4Query) (*v4Select, error) {
	v := &v4Select{idx: "c.idx", from: "contribution c", known: -1, each: []string{"c.idx", "c.seq", "c.modified"}, sorts: map[string]string{"": "c.idx", "postedDate": "c.idx", "documentId": "c.idx", "lastModifiedDate": "c.modified"}}
	in, ok, err := v.scope(s, q)
	if err != nil || !ok {
		return nil, err
	}
	if agency, ok := q.filters["agencyId"]; ok {
		id, _ := wholeID(agency)
		// The plus keeps to the order of the list: to sort what many dockets hold costs more.
		v.and("+c.docket IN (SELECT d.idx FROM docket d WHERE d.lead = ?)", id)
	}
	if _, ok := q.filters["searchTerm"]; ok {
		v.search(q, "c.idx", "c.docket", "")
	}
	if err := v.posted(s, q, in); err != nil {
		return nil, err
	}
	if err := v.within(s, "c.modified", q.modified); err != nil {
		return nil, err
	}
	return v, v.count(s, q, in)
}

// scope narrows to a docket, and to what is on a document, an idea, a comment, or
// the docket as a whole. in is the docket, 0 for all.
func (v *v4Select) scope(s *readmodel.Snapshot, q *v4Query) (in int64, ok bool, err error) {
	if docket, given := q.filters["docketId"]; given {
		id, _ := wholeID(docket)
		if ok, err = s.One("SELECT idx FROM docket WHERE id = ?", readmodel.Args{id}, &in); err != nil || !ok {
			return 0, false, err
		}
		v.and("c.docket = ?", in)
	}
	on, given := q.filters["commentOnId"]
	if !given {
		return in, true, nil
	}
	id, _ := wholeID(on)
	var docket, version, target int64
	var whole bool
	if ok, err = s.One(`SELECT coalesce(e.docket, 0), coalesce(r.version, 0), coalesce(c.idx, 0), e.idx = e.docket FROM entry e
		LEFT JOIN draft r ON r.idx = e.idx LEFT JOIN contribution c ON c.idx = e.idx WHERE e.id = ?`, readmodel.Args{id}, &docket, &version, &target, &whole); err != nil || !ok {
		return 0, false, err
	}
	if in != 0 && in != docket {
		return 0, false, nil
	}
	if in == 0 {
		v.and("c.docket = ?", docket)
	}
	switch {
	case version > 0:
		v.and("c.version = ?", version)
	case target > 0:
		v.and("c.target = ?", target)
	case whole:
		v.and("c.version IS NULL AND c.target IS NULL")
	default:
		return 0, false, nil
	}
	return docket, true, nil
}

// search narrows to what has the words, or is, or is in the docket of, the id.
func (v *v4Select) search(q *v4Query, idx, docket string, kind publica.Kind) {
	match, id := q.match(kind)
	if match == "" {
		v.and("("+idx+" = (SELECT x.idx FROM entry x WHERE x.id = ?) OR "+docket+" = (SELECT x.idx FROM docket x WHERE x.id = ?))", id, id)
		return
	}
	v.from = "document_search f CROSS JOIN " + v.from
	v.and("f.document_search MATCH ? AND "+idx+" = f.rowid", match)
}

// posted narrows by time. Within a docket the order of the log is that of
// positions, by which the indexes are.
func (v *v4Select) posted(s *readmodel.Snapshot, q *v4Query, in int64) error {
	if in == 0 || strings.Contains(v.from, "document_search") {
		return v.within(s, "c.idx", q.posted)
	}
	for _, key := range []string{"", "postedDate", "documentId"} {
		v.sorts[key] = "c.seq"
	}
	if q.posted.open() {
		return nil
	}
	from, to, err := q.posted.indexes(s)
	if err != nil {
		return err
	}
	for _, bound := range []struct {
		condition string
		at        int64
	}{{"c.seq >= ?", from}, {"c.seq < ?", to}} {
		seq := int64(1) << 62
		if _, err := s.One("SELECT seq FROM entry WHERE docket = ? AND idx >= ? ORDER BY idx LIMIT 1", readmodel.Args{in, bound.at}, &seq); err != nil {
			return err
		}
		v.and(bound.condition, seq)
	}
	return nil
}

// count takes from the tallies how many there are, where these count the same.
func (v *v4Select) count(s *readmodel.Snapshot, q *v4Query, in int64) error {
	_, on := q.filters["commentOnId"]
	_, search := q.filters["searchTerm"]
	if on || search || !q.posted.open() || !q.modified.open() {
		return nil
	}
	agency, led := q.filters["agencyId"]
	id, _ := wholeID(agency)
	_, err := s.One(`SELECT coalesce(sum(t.ideas + t.comments + t.disavowed), 0) FROM tally t JOIN docket d ON d.idx = t.docket
		WHERE (?1 = 0 OR d.idx = ?1) AND (?2 = 0 OR d.lead = ?3)`, readmodel.Args{in, led, id}, &v.known)
	return err
}

// v4CommentsAt returns contributions in the order of their log indexes given, and
// what else the answer says of them.
func v4CommentsAt(s *readmodel.Snapshot, found []int64) ([]*Contribution, map[int64]v4About, error) {
	all, err := contributionsAt(s, found)
	if err != nil {
		return nil, nil, err
	}
	by := map[int64]*Contribution{}
	for i := range all {
		by[all[i].Index] = &all[i]
	}
	list := make([]*Contribution, 0, len(found))
	for _, idx := range found {
		list = append(list, by[idx])
	}
	raw, err := json.Marshal(found)
	if err != nil {
		return nil, nil, err
	}
	about := map[int64]v4About{}
	err = s.Each(func(scan readmodel.Scan) error {
		var idx int64
		var a v4About
		err := scan(&idx, &a.lead, &a.modified, &a.draft)
		about[idx] = a
		return err
	}, `SELECT c.idx, d.lead, m.time, w.id FROM contribution c JOIN docket d ON d.idx = c.docket JOIN entry m ON m.idx = c.modified
		LEFT JOIN draft r ON r.docket = c.docket AND r.version = c.version LEFT JOIN entry w ON w.idx = r.idx WHERE c.idx IN (SELECT value FROM json_each(?))`, string(raw))
	return list, about, err
}

// v4Named reads the contribution that a path names.
func (q *v4Query) contribution(s *readmodel.Snapshot) (*Contribution, error) {
	id, ok := wholeID(q.id)
	if !ok {
		return nil, publica.Problem(publica.NotFound, "id", "is not an id: 64 hexadecimal digits are wanted").WithHint("copy the whole id from the list")
	}
	return contribution(s, id)
}

func v4CommentRead(p *pages, s *readmodel.Snapshot, q *v4Query) (any, error) {
	c, err := q.contribution(s)
	if err != nil {
		return nil, err
	}
	_, about, err := v4CommentsAt(s, []int64{c.Index})
	if err != nil {
		return nil, err
	}
	d, err := standing(s, c.Docket)
	if err != nil {
		return nil, err
	}
	a := about[c.Index]
	v := &v4CommentDetail{AgencyID: publica.EntryID(a.lead).String(), Category: "Comment", Comment: v4Text(c.Text), CommentOn: c.Docket.String(), CommentOnDocumentID: v4ID(a.draft),
		DisplayProperties: v4CommentFields, DocketID: c.Docket.String(), DocumentType: v4Submission, DuplicateComments: 0, Field1: v4Text(c.Stance), Field2: v4Text(c.Section),
		LastName: v4Text(c.Origin.Name), LegacyID: v4Text(c.Origin.Label), ModifyDate: v4Date(a.modified), ObjectID: c.Entry.String(), OpenForComment: cardOf(nil, d).Open,
		OriginalDocumentID: v4Text(c.Origin.URL), PostedDate: v4Date(c.Time), ReceiveDate: v4Date(c.Date()), Title: c.Name(), TrackingNbr: c.Entry.String(), Withdrawn: c.retracted()}
	if c.Kind == "idea" {
		v.Category = "Idea"
	}
	switch {
	case !c.Target.IsZero():
		v.CommentOn = c.Target.String()
	case !a.draft.IsZero():
		v.CommentOn = a.draft.String()
	}
	if err := v.restrict(s, c); err != nil {
		return nil, err
	}
	out := &v4One{Data: q.resource("comments", c.Entry, v)}
	if !q.include {
		return out, q.attach(s, out.Data, c, new([]*v4Resource))
	}
	return out, q.attach(s, out.Data, c, &out.Included)
}

// restrict says why something of it is not there.
func (v *v4CommentDetail) restrict(s *readmodel.Snapshot, c *Contribution) error {
	why := func(act publica.EntryID, dest **string) error {
		var code, reason string
		if _, err := s.One("SELECT a.code, t.text FROM entry e JOIN act a ON a.idx = e.idx JOIN document t ON t.idx = e.idx WHERE e.id = ?", readmodel.Args{act}, &code, &reason); err != nil {
			return err
		}
		*dest = v4Text(strings.Trim(code+": "+reason, ": "))
		return nil
	}
	if act := either2(c.Withdrawn, c.Disavowed); !act.IsZero() {
		if err := why(act, &v.ReasonWithdrawn); err != nil {
			return err
		}
	}
	switch {
	case !c.Erased.IsZero():
		v.RestrictReasonType = v4Text("Erased")
		return why(c.Erased, &v.RestrictReason)
	case !c.Hidden.IsZero():
		v.RestrictReasonType = v4Text("Hidden")
		return why(c.Hidden, &v.RestrictReason)
	}
	return nil
}

func either2(a, b publica.EntryID) publica.EntryID {
	if a.IsZero() {
		return b
	}
	return a
}

// attach puts the attachments of a comment into the answer.
func (q *v4Query) attach(s *readmodel.Snapshot, r *v4Resource, c *Contribution, included *[]*v4Resource) error {
	all, err := q.attachments(s, c)
	if err != nil {
		return err
	}
	r.relate("comments", q.base, all)
	*included = append(*included, all...)
	return nil
}

// relate names the attachments of a record.
func (r *v4Resource) relate(collection, base string, all []*v4Resource) {
	rel := &v4Relations{}
	rel.Attachments.Links.Related = base + "/v4/" + collection + "/" + r.ID + "/attachments"
	rel.Attachments.Data = []v4Ref{}
	for _, a := range all {
		rel.Attachments.Data = append(rel.Attachments.Data, v4Ref{a.Type, a.ID})
	}
	r.Relationships = rel
}

func (q *v4Query) attachments(s *readmodel.Snapshot, c *Contribution) ([]*v4Resource, error) {
	if c.Files == 0 {
		return []*v4Resource{}, nil
	}
	return readmodel.Collect(s, func(scan readmodel.Scan, r **v4Resource) error {
		var name, media, code string
		var pos, size int64
		var gone, erased bool
		if err := scan(&pos, &name, &media, &size, &gone, &erased, &code); err != nil {
			return err
		}
		a := v4Attachment{DocOrder: pos, ModifyDate: v4Date(c.Time), Title: name}
		switch {
		case !gone:
			a.FileFormats = []v4File{{q.base + "/entry/" + c.Entry.String() + "/part/" + name, v4Format(media), size}}
		case erased:
			a.RestrictReasonType, a.RestrictReason = v4Text("Erased"), v4Text(code)
		default:
			a.RestrictReasonType, a.RestrictReason = v4Text("Hidden"), v4Text(code)
		}
		*r = &v4Resource{ID: c.Entry.String() + "-" + name, Type: "attachments", Attributes: a}
		return nil
	}, `SELECT f.pos, f.name, f.media, f.size, x.act IS NOT NULL, coalesce(x.erased, 0), coalesce(a.code, '') FROM attachment f
		LEFT JOIN scar x ON x.target = f.contribution AND x.part = f.name LEFT JOIN act a ON a.idx = x.act WHERE f.contribution = ? ORDER BY f.pos`, c.Index)
}

// v4Format is the last word of a media type: pdf, plain, png.
func v4Format(media string) string { return media[strings.LastIndexByte(media, '/')+1:] }

func v4CommentAttachments(_ *pages, s *readmodel.Snapshot, q *v4Query) (any, error) {
	c, err := q.contribution(s)
	if err != nil {
		return nil, err
	}
	all, err := q.attachments(s, c)
	return &v4List{Data: all}, err
}
