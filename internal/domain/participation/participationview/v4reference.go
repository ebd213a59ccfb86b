package participationview

import (
	"maps"
	"slices"
	"strings"

	"publica/internal/web"
)

// A v4Collection is one kind of resource: where it is, how a list of it is
// narrowed and sorted.
type v4Collection struct {
	name, noun, doc        string
	filters                []string // dates are taken with [ge] and [le] too
	sorts                  map[string]bool
	includes               bool
	list, one, attachments v4Read
}

var v4Collections = []*v4Collection{
	{name: "dockets", noun: "docket", doc: "agencyId is the id of the lead body; subType the type of the docket here.",
		filters: []string{"agencyId", "docketId", "docketType", "lastModifiedDate", "searchTerm"}, sorts: keys("docketId", "lastModifiedDate", "title"),
		list: v4Dockets, one: v4DocketRead},
	{name: "documents", noun: "document", doc: "A document is a version of a docket's draft: a Proposed Rule, or a Rule once it is declared final.", includes: true,
		filters: []string{"agencyId", "docketId", "documentType", "lastModifiedDate", "postedDate", "searchTerm"}, sorts: keys("commentEndDate", "documentId", "lastModifiedDate", "postedDate", "title"),
		list: v4Documents, one: v4DocumentRead, attachments: v4DocumentAttachments},
	{name: "comments", noun: "comment", doc: "Comments, replies and ideas. commentOnId is the id of a document, of an idea or comment, or of a docket for what is about it as a whole. withdrawn is true of what was withdrawn or disavowed; it stays in the list.", includes: true,
		filters: []string{"agencyId", "commentOnId", "docketId", "lastModifiedDate", "postedDate", "searchTerm"}, sorts: keys("documentId", "lastModifiedDate", "postedDate"),
		list: v4Comments, one: v4CommentRead, attachments: v4CommentAttachments},
}

func keys(names ...string) map[string]bool {
	all := map[string]bool{}
	for _, n := range names {
		all[n] = true
	}
	return all
}

func (c *v4Collection) sortKeys() []string { return slices.Sorted(maps.Keys(c.sorts)) }

// parameters are those of the list, in the order of the reference.
func (c *v4Collection) parameters() (all []string) {
	for _, f := range c.filters {
		all = append(all, "filter["+f+"]")
		if f == "postedDate" || f == "lastModifiedDate" {
			all = append(all, "filter["+f+"][ge]", "filter["+f+"][le]")
		}
	}
	if c.name == "comments" {
		all = append(all, "include")
	}
	return append(all, "sort", "page[size]", "page[number]")
}

// details are the parameters of one record.
func (c *v4Collection) details() []string {
	if c.includes {
		return []string{"include"}
	}
	return nil
}

var v4ParameterDocs = map[string]string{
	"filter[agencyId]":             "id of the lead body",
	"filter[commentOnId]":          "id of what it is on",
	"filter[docketId]":             "id of the docket",
	"filter[docketType]":           "Rulemaking (a consultation) or Nonrulemaking",
	"filter[documentType]":         "Proposed Rule or Rule",
	"filter[searchTerm]":           "words, all required, or an id",
	"filter[postedDate]":           "that day: 2026-03-01, Eastern time",
	"filter[postedDate][ge]":       "from that day on",
	"filter[postedDate][le]":       "up to and with that day",
	"filter[lastModifiedDate]":     "that second: 2026-03-01 13:45:00, Eastern time, or 2026-03-01T18:45:00Z",
	"filter[lastModifiedDate][ge]": "from that second on",
	"filter[lastModifiedDate][le]": "up to and with that second",
	"include":                      "attachments",
	"page[size]":                   "5 to 250; 25 if not given",
	"page[number]":                 "from 1, without a ceiling",
}

// A v4Address is one address of a collection.
type v4Address struct {
	path, name, summary, doc string
	takes                    []string
	read                     v4Read
	list                     *v4Collection
}

// addresses are those of the collection.
func (c *v4Collection) addresses() []v4Address {
	base := "/v4/" + c.name
	all := []v4Address{
		{base, "v4-list-" + c.name, "The " + c.name + ", as version 4 of Regulations.gov lists them", c.doc + " The oldest first, unless sorted. Keys (X-Api-Key, api_key) are taken and not needed; no list ends at 5,000.", c.parameters(), c.list, c},
		{base + "/{id}", "v4-get-" + c.noun, "One " + c.noun + ", the same way", "", c.details(), c.one, nil},
	}
	if c.attachments != nil {
		all = append(all, v4Address{base + "/{id}/attachments", "v4-list-" + c.noun + "-attachments", "The attachments of one " + c.noun, "", nil, c.attachments, nil})
	}
	return all
}

// params are the parameters of an address as the reference shows them.
func (c *v4Collection) params(a *v4Address) (all []web.Param) {
	if a.list == nil {
		all = append(all, web.Param{Name: "id", In: "path", Doc: "entry id, 64 hexadecimal digits"})
	}
	for _, name := range a.takes {
		doc := v4ParameterDocs[name]
		if name == "sort" {
			doc = "by " + strings.Join(c.sortKeys(), ", ") + "; with - before a name the other way round"
		}
		all = append(all, web.Param{Name: name, In: "query", Doc: doc})
	}
	return all
}
