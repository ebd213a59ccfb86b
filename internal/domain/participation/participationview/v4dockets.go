package participationview

import (
	"encoding/json/v2"

	"publica"
	"publica/internal/domain/docket"
	"publica/internal/readmodel"
)

// v4Docket is what a list says of a docket.
type v4Docket struct {
	AgencyID           string  `json:"agencyId"`
	DocketType         string  `json:"docketType"`
	HighlightedContent string  `json:"highlightedContent"`
	LastModifiedDate   *string `json:"lastModifiedDate"`
	ObjectID           string  `json:"objectId"`
	Title              string  `json:"title"`
}

// v4DocketDetail is what its own address says.
type v4DocketDetail struct {
	AgencyID          string      `json:"agencyId"`
	Category          *string     `json:"category"`
	DisplayProperties []v4Display `json:"displayProperties"`
	DkAbstract        *string     `json:"dkAbstract"`
	DocketType        string      `json:"docketType"`
	EffectiveDate     *string     `json:"effectiveDate"`
	Field1            *string     `json:"field1"`
	Field2            *string     `json:"field2"`
	Generic           *string     `json:"generic"`
	Keywords          []string    `json:"keywords"`
	LegacyID          *string     `json:"legacyId"`
	ModifyDate        *string     `json:"modifyDate"`
	ObjectID          string      `json:"objectId"`
	Organization      string      `json:"organization"`
	PetitionNbr       *string     `json:"petitionNbr"`
	Program           *string     `json:"program"`
	Rin               *string     `json:"rin"`
	ShortTitle        *string     `json:"shortTitle"`
	SubType           string      `json:"subType"`
	SubType2          *string     `json:"subType2"`
	Title             string      `json:"title"`
}

// v4Last is the last record of a docket.
const v4Last = "(SELECT x.idx FROM entry x WHERE x.docket = d.idx ORDER BY x.idx DESC LIMIT 1)"

func v4Dockets(_ *pages, s *readmodel.Snapshot, q *v4Query) (any, error) {
	v := &v4Select{idx: "d.idx", from: "docket d", known: -1, each: []string{"d.idx"}, sorts: map[string]string{"": "d.idx", "docketId": "d.idx", "title": "d.title", "lastModifiedDate": v4Last}}
	for filter, condition := range map[string]string{"docketId": "d.id = ?", "agencyId": "d.lead = ?"} {
		if value, ok := q.filters[filter]; ok {
			id, _ := wholeID(value)
			v.and(condition, id)
		}
	}
	if t, ok := q.filters["docketType"]; ok {
		v.and("(d.type = ?) = ?", string(docket.Consultation), t == v4Rulemaking)
	}
	if _, ok := q.filters["searchTerm"]; ok {
		v.search(q, "d.idx", "d.idx", "docket/open")
	}
	if err := v.within(s, v4Last, q.modified); err != nil {
		return nil, err
	}
	found, total, err := v.page(s, q)
	if err != nil {
		return nil, err
	}
	marked, err := q.highlights(s, found)
	if err != nil {
		return nil, err
	}
	data, err := q.dockets(s, found, marked)
	if err != nil {
		return nil, err
	}
	return q.listed(data, total), nil
}

// dockets returns dockets in the order of their log indexes given.
func (q *v4Query) dockets(s *readmodel.Snapshot, found []int64, marked map[int64]string) ([]*v4Resource, error) {
	raw, err := json.Marshal(found)
	if err != nil {
		return nil, err
	}
	by := map[int64]*v4Resource{}
	err = s.Each(func(scan readmodel.Scan) error {
		var idx int64
		var id publica.EntryID
		var lead publica.BodyID
		var title, kind string
		var last publica.Time
		if err := scan(&idx, &id, &lead, &title, &kind, &last); err != nil {
			return err
		}
		by[idx] = q.resource("dockets", id, v4Docket{AgencyID: publica.EntryID(lead).String(), DocketType: v4DocketType(docket.Type(kind)), HighlightedContent: marked[idx],
			LastModifiedDate: v4Date(last), ObjectID: id.String(), Title: title})
		return nil
	}, "SELECT d.idx, d.id, d.lead, d.title, d.type, m.time FROM docket d JOIN entry m ON m.idx = "+v4Last+" WHERE d.idx IN (SELECT value FROM json_each(?))", string(raw))
	data := make([]*v4Resource, 0, len(found))
	for _, idx := range found {
		data = append(data, by[idx])
	}
	return data, err
}

func v4DocketRead(_ *pages, s *readmodel.Snapshot, q *v4Query) (any, error) {
	idx, err := q.index(s, "docket", "is not a docket of this register", "GET /v4/dockets lists them")
	if err != nil {
		return nil, err
	}
	id, _ := wholeID(q.id)
	d, err := standing(s, publica.DocketID(id))
	if err != nil {
		return nil, err
	}
	var last publica.Time
	if _, err := s.One("SELECT m.time FROM docket d JOIN entry m ON m.idx = "+v4Last+" WHERE d.idx = ?", readmodel.Args{idx}, &last); err != nil {
		return nil, err
	}
	return &v4One{Data: q.resource("dockets", id, v4DocketDetail{AgencyID: publica.EntryID(d.Lead).String(), DkAbstract: v4Text(d.Summary), DocketType: v4DocketType(d.Type),
		ModifyDate: v4Date(last), ObjectID: id.String(), Organization: d.LeadName, SubType: string(d.Type), Title: d.Title})}, nil
}
