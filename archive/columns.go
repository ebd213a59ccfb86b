package archive

import (
	"slices"
	"strings"

	"publica"
)

// layout is what the CSV file of a kind has beyond the columns of all records:
// members of the body, and parts that are shown as text. What a body has beyond
// its members stands in the column "more", so that nothing is left out.
type layout struct {
	members []string
	texts   []string
}

// layouts are those of the kinds that dockets hold (spec/kinds). A kind that is
// not here has its whole body in "more" and its parts in parts.csv.
var layouts = map[publica.Kind]layout{
	"docket/open":             {words("type languages charter"), words("title summary")},
	"docket/amend-charter":    {words("charter"), words("reason")},
	"docket/period":           {words("name opens closes"), words("reason")},
	"docket/period-opened":    {words("name period"), nil},
	"docket/period-closed":    {words("name period"), nil},
	"docket/retention-ended":  {words("codified"), nil},
	"docket/hidden":           {words("entry act parts"), nil},
	"docket/shown":            {words("entry act parts"), nil},
	"docket/erased":           {words("entry act parts"), nil},
	"participation/timeline":  {words("stages"), words("reason")},
	"participation/outreach":  {words("channel held imported"), words("text")},
	"participation/meeting":   {words("held purpose period attendance imported"), words("minutes")},
	"participation/evidence":  {words("topic held imported"), words("text")},
	"participation/idea":      {words("imported"), words("title text problem proposal metric author")},
	"participation/draft":     {words("version sections changes imported"), words("title author")},
	"participation/comment":   {words("stance target version section range imported"), words("text author")},
	"participation/endorse":   {words("target"), nil},
	"participation/unendorse": {words("target"), nil},
	"participation/group":     {words("members ranges method letter replaces extends"), words("reason")},
	"participation/withdraw":  {words("entry erase"), words("reason")},
	"participation/disavow":   {words("entry erase"), words("reason")},
	"participation/reinstate": {words("entry"), words("reason")},
	"participation/response":  {words("outcome targets ranges groups sections drafted"), words("reason")},
	"participation/explain":   {words("version sections ideas causes"), words("reason")},
	"participation/codify":    {words("version"), words("reason")},
	"participation/codified": {words("version draft docket_size docket_root ideas comments responses drafts ghosts_explained"),
		nil},
	"moderation/hide":    {words("entry code parts"), words("reason")},
	"moderation/restore": {words("act entry"), words("reason")},
	"moderation/redact":  {words("entry basis asked parts"), words("reason")},
	"moderation/confirm": {words("act entry"), words("reason")},
	"moderation/appeal":  {words("act"), words("text author")},
	"moderation/decide":  {words("appeal outcome entry"), words("reason")},
	"moderation/hold":    {nil, words("reason")},
	"moderation/release": {words("hold"), words("reason")},
}

func words(s string) []string { return strings.Fields(s) }

// ofRecord are the columns of every record, ofEntry those that only what somebody
// signed has.
var (
	ofRecord = words("position id time")
	ofEntry  = words("author for made refused_code refused_field refused_message")
)

// columns returns the header of the file of a kind.
func columns(kind publica.Kind, signed bool) []string {
	l := layouts[kind]
	all := append([]string{}, ofRecord...)
	if signed {
		all = append(all, ofEntry...)
	}
	all = append(append(all, l.members...), "more")
	for _, t := range l.texts {
		all = append(all, textColumn(l, t))
	}
	return all
}

// textColumn names the column of a text part: apart from the other columns.
func textColumn(l layout, part string) string {
	if slices.Contains(l.members, part) || slices.Contains(ofEntry, part) {
		return part + "_text"
	}
	return part
}

// meanings say what each column holds.
var meanings = map[string]string{
	"position":         "place in the docket, from 0; the line of docket.jsonl after its first that proves the record",
	"id":               "tracking number of the record: SHA-256 of the entry's bytes; of a record of the register itself, of its leaf",
	"time":             "block time: when the record took its place, UTC",
	"author":           "fingerprint of the key that signed it",
	"author_text":      "text: the name its author gave",
	"for":              "body that the author acts for",
	"made":             "when the author says it was made",
	"refused_code":     "empty if the record took effect; else which rule kept it from that",
	"refused_field":    "which field the refusal is about",
	"refused_message":  "the refusal in words",
	"more":             "members of the record that have no column of their own, as JSON",
	"type":             "of the docket: action-plan, consultation, petition, tender",
	"languages":        "of the docket, BCP 47",
	"charter":          "the policy of the docket, as JSON",
	"name":             "of the period",
	"opens":            "when the period opens",
	"closes":           "when the period closes",
	"period":           "of a record of the register itself, the entry that set the time; of a meeting, the period in which the public comments on it",
	"entry":            "the record it is about",
	"act":              "the act of moderation it is about, or that had it done",
	"parts":            "parts of the record that it is about; empty: all",
	"stages":           "of the timeline: name, from, to",
	"channel":          "how people were told",
	"held":             "when it was held, or was so",
	"purpose":          "of the meeting: dialogue or implementation",
	"attendance":       "people by sector",
	"topic":            "what it is evidence of",
	"imported":         "where it was brought from: source, label, made, url; claims of the importer",
	"version":          "of the draft",
	"sections":         "sections of the draft: all of a version, or those a response changed or an explanation is about",
	"changes":          "of the draft: what changed, the part with the reason, and the contributions that moved it",
	"stance":           "of the author: support, oppose, neutral",
	"target":           "the idea or comment it is about",
	"section":          "the section it is about",
	"range":            "characters quoted of the section, from and up to",
	"members":          "contributions of the group, by id",
	"ranges":           "positions of contributions, first and last of each range",
	"method":           "how the group was found",
	"letter":           "the contribution whose text stands for the group",
	"replaces":         "the group that ended with it",
	"extends":          "the group that it adds to",
	"erase":            "whether the content has to go, too",
	"outcome":          "what became of it",
	"drafted":          "language model that wrote a draft of the reason, and the SHA-256 of what it was asked",
	"targets":          "contributions it answers, by id",
	"groups":           "groups it answers",
	"ideas":            "ideas it is about; of participation/codified, how many there were",
	"causes":           "contributions that moved it",
	"draft":            "the entry of the version that was codified",
	"docket_size":      "records before the codification",
	"docket_root":      "RFC 6962 root over them",
	"comments":         "how many comments there were",
	"responses":        "how many responses there were",
	"drafts":           "how many versions there were",
	"ghosts_explained": "changes of the text that lacked a reason, and were explained",
	"codified":         "the codification since which the time counts",
	"code":             "reason code of the act",
	"basis":            "reason code of the redaction",
	"asked":            "who asked for it",
	"appeal":           "the appeal it decides",
	"hold":             "the legal hold it ends",
	"title":            "text",
	"summary":          "text",
	"reason":           "text: why",
	"text":             "text",
	"minutes":          "text of the minutes",
	"problem":          "text: the problem",
	"proposal":         "text: what is proposed",
	"metric":           "text: how success is measured",
	"kind":             "of the record",
	"part":             "name of the part",
	"media":            "media type of the part",
	"size":             "of the part, in bytes",
	"commitment":       "SHA-256 of its salt and bytes, which the record was signed with",
	"state":            "of a part: here, or not held (erased, hidden, or not at hand). Of a contribution: stands, withdrawn, disavowed",
	"file":             "its name in this archive; the text parts of a record stand in the file of its kind instead",
	"group":            "the group it is in",
	"response":         "the response that answered it",
	"answered":         "when it was answered",
	"hidden":           "parts that are out of sight now",
	"erased":           "parts that were erased",
}
