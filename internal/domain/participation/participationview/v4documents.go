package participationview

import (
	"encoding/json/v2"
	"strings"

	"publica"
	"publica/internal/domain/docket"
	"publica/internal/domain/docket/docketview"
	"publica/internal/readmodel"
)

// What documents and dockets are here, in the words of Regulations.gov: a draft
// is a proposed rule until its version is declared final, and a consultation is
// where rules are made.
const (
	v4Draft      = "Proposed Rule"
	v4Final      = "Rule"
	v4Rulemaking = "Rulemaking"
	v4Other      = "Nonrulemaking"
)

// v4Document is what a list says of a version of the draft.
type v4Document struct {
	AgencyID           string  `json:"agencyId"`
	CommentEndDate     *string `json:"commentEndDate"`
	CommentStartDate   *string `json:"commentStartDate"`
	DocketID           string  `json:"docketId"`
	DocumentType       string  `json:"documentType"`
	FRDocNum           *string `json:"frDocNum"`
	HighlightedContent string  `json:"highlightedContent"`
	LastModifiedDate   *string `json:"lastModifiedDate"`
	ObjectID           string  `json:"objectId"`
	OpenForComment     bool    `json:"openForComment"`
	PostedDate         *string `json:"postedDate"`
	Subtype            *string `json:"subtype"`
	Title              string  `json:"title"`
	Withdrawn          bool    `json:"withdrawn"`
}

// v4DocumentDetail is what its own address says.
type v4DocumentDetail struct {
	v4Document
	v4UnaskedOfDocument
	Content     string  `json:"content"` // the text, Markdown
	LegacyID    *string `json:"legacyId"`
	ModifyDate  *string `json:"modifyDate"`
	ReceiveDate *string `json:"receiveDate"`
	TrackingNbr string  `json:"trackingNbr"`
}

// v4UnaskedOfDocument is what no version of a draft has.
type v4UnaskedOfDocument struct {
	AdditionalRins     []string `json:"additionalRins"`
	AllowLateComments  bool     `json:"allowLateComments"` // nothing late is admitted
	AuthorDate         *string  `json:"authorDate"`
	Authors            []string `json:"authors"`
	CFRPart            *string  `json:"cfrPart"`
	DocAbstract        *string  `json:"docAbstract"`
	EffectiveDate      *string  `json:"effectiveDate"`
	FileFormats        []v4File `json:"fileFormats"`
	FRVolNum           *string  `json:"frVolNum"`
	ImplementationDate *string  `json:"implementationDate"`
	PageCount          *int64   `json:"pageCount"`
	ReasonWithdrawn    *string  `json:"reasonWithdrawn"`
	RestrictReason     *string  `json:"restrictReason"`
	RestrictReasonType *string  `json:"restrictReasonType"`
	StartEndPage       *string  `json:"startEndPage"`
	Topics             []string `json:"topics"`
}

// v4Version is a version of a draft with its docket.
type v4Version struct {
	DraftHead
	docket   publica.DocketID
	in       int64
	final    bool
	modified publica.Time
}

func v4Documents(_ *pages, s *readmodel.Snapshot, q *v4Query) (any, error) {
	const modified = "max(r.idx, coalesce(k.entry, 0))"
	v := &v4Select{idx: "r.idx", from: "draft r JOIN docket d ON d.idx = r.docket LEFT JOIN codification k ON k.docket = r.docket AND k.version = r.version", known: -1, each: []string{"r.idx"},
		sorts: map[string]string{"": "r.idx", "postedDate": "r.idx", "documentId": "r.idx", "title": "r.title", "lastModifiedDate": modified,
			"commentEndDate": "(SELECT max(p.closes) FROM period p WHERE p.docket = r.docket)"}}
	for filter, condition := range map[string]string{"docketId": "d.id = ?", "agencyId": "d.lead = ?"} {
		if value, ok := q.filters[filter]; ok {
			id, _ := wholeID(value)
			v.and(condition, id)
		}
	}
	if t, ok := q.filters["documentType"]; ok {
		v.and("(k.entry IS NOT NULL) = ?", t == v4Final)
	}
	if _, ok := q.filters["searchTerm"]; ok {
		v.search(q, "r.idx", "r.docket", "participation/draft")
	}
	if err := v.within(s, "r.idx", q.posted); err != nil {
		return nil, err
	}
	if err := v.within(s, modified, q.modified); err != nil {
		return nil, err
	}
	found, total, err := v.page(s, q)
	if err != nil {
		return nil, err
	}
	list, err := v4VersionsAt(s, found)
	if err != nil {
		return nil, err
	}
	marked, err := q.highlights(s, found)
	if err != nil {
		return nil, err
	}
	data := make([]*v4Resource, len(list))
	dockets := map[int64]*DocketStanding{}
	for i, x := range list {
		if dockets[x.in] == nil {
			if dockets[x.in], err = standing(s, x.docket); err != nil {
				return nil, err
			}
		}
		a := v4DocumentOf(x, dockets[x.in])
		a.HighlightedContent = marked[x.Index]
		data[i] = q.resource("documents", x.Entry, a)
	}
	return q.listed(data, total), nil
}

// v4VersionsAt returns versions in the order of their log indexes given.
func v4VersionsAt(s *readmodel.Snapshot, found []int64) ([]*v4Version, error) {
	raw, err := json.Marshal(found)
	if err != nil {
		return nil, err
	}
	by := map[int64]*v4Version{}
	err = s.Each(func(scan readmodel.Scan) error {
		x, o := &v4Version{}, &Origin{}
		err := scan(&x.Entry, &x.Index, &x.Time, &x.Version, &x.Title, &x.docket, &x.in, &x.final, &x.modified, &o.Claimed, &o.Label)
		x.Origin, by[x.Index] = *o, x
		return err
	}, `SELECT e.id, e.idx, e.time, r.version, r.title, d.id, d.idx, k.entry IS NOT NULL, coalesce(m.time, e.time), r.claimed, r.label
		FROM draft r JOIN entry e ON e.idx = r.idx JOIN docket d ON d.idx = r.docket LEFT JOIN codification k ON k.docket = r.docket AND k.version = r.version
		LEFT JOIN entry m ON m.idx = k.entry WHERE r.idx IN (SELECT value FROM json_each(?))`, string(raw))
	list := make([]*v4Version, 0, len(found))
	for _, idx := range found {
		list = append(list, by[idx])
	}
	return list, err
}

func v4DocumentOf(x *v4Version, d *DocketStanding) v4Document {
	a := v4Document{AgencyID: publica.EntryID(d.Lead).String(), DocketID: d.ID.String(), DocumentType: v4Draft, LastModifiedDate: v4Date(x.modified), ObjectID: x.Entry.String(),
		OpenForComment: cardOf(nil, d).Open && x.Version == d.Counts.Drafts, PostedDate: v4Date(x.Time), Title: x.Title}
	if x.final {
		a.DocumentType = v4Final
	}
	if a.Title == "" {
		a.Title = d.Title
	}
	a.CommentStartDate, a.CommentEndDate = v4Periods(d.Periods)
	return a
}

// v4Periods is when the first period opens and when the last one closes.
func v4Periods(all []docketview.Period) (opens, closes *string) {
	var first, last publica.Time
	for _, p := range all {
		if first == 0 || p.Opens < first {
			first = p.Opens
		}
		last = max(last, p.Closes)
	}
	return v4Date(first), v4Date(last)
}

func v4DocumentRead(_ *pages, s *readmodel.Snapshot, q *v4Query) (any, error) {
	x, err := q.version(s)
	if err != nil {
		return nil, err
	}
	d, err := standing(s, x.docket)
	if err != nil {
		return nil, err
	}
	text, err := sections(s, x.in, x.Index)
	if err != nil {
		return nil, err
	}
	a := &v4DocumentDetail{v4Document: v4DocumentOf(x, d), LegacyID: v4Text(x.Origin.Label), ModifyDate: v4Date(x.modified), ReceiveDate: v4Date(x.Date()), TrackingNbr: x.Entry.String()}
	var parts []string
	for _, t := range text {
		parts = append(parts, strings.TrimSpace(t.Text))
	}
	a.Content = strings.Join(parts, "\n\n")
	out := &v4One{Data: q.resource("documents", x.Entry, a)}
	out.Data.relate("documents", q.base, nil)
	return out, nil
}

// version reads the version that a path names.
func (q *v4Query) version(s *readmodel.Snapshot) (*v4Version, error) {
	idx, err := q.index(s, "draft", "is not a document of this register", "GET /v4/documents lists them")
	if err != nil {
		return nil, err
	}
	list, err := v4VersionsAt(s, []int64{idx})
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// index returns the log index of the record that a path names, which must stand in
// a table.
func (q *v4Query) index(s *readmodel.Snapshot, table, message, hint string) (idx int64, err error) {
	id, ok := wholeID(q.id)
	if ok {
		ok, err = s.One("SELECT t.idx FROM entry e JOIN "+table+" t ON t.idx = e.idx WHERE e.id = ?", readmodel.Args{id}, &idx)
	}
	if err == nil && !ok {
		err = publica.Problem(publica.NotFound, "id", message).WithHint(hint)
	}
	return idx, err
}

// v4DocumentAttachments answers that there are none, of a version that there is.
func v4DocumentAttachments(_ *pages, s *readmodel.Snapshot, q *v4Query) (any, error) {
	_, err := q.version(s)
	return &v4List{Data: []*v4Resource{}}, err
}

// v4DocketType says what a docket is in their words.
func v4DocketType(t docket.Type) string {
	if t == docket.Consultation {
		return v4Rulemaking
	}
	return v4Other
}
