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
	"commitment/adopt": {words("name parent agency supporting indicator baseline target milestones values sections follows imported"),
		words("title problem action indicator contact author")},
	"commitment/update":         {words("commitment at claim value imported"), words("text evidence author note")},
	"commitment/milestone-done": {words("commitment milestone at imported"), words("evidence")},
	"commitment/amend": {words("commitment agency supporting indicator baseline target milestones dropped values follows imported"),
		words("title problem action indicator contact author reason")},
	"commitment/self-assess": {words("commitment phase completion"), words("text")},
	"commitment/review":      {words("commitment phase coding draft period cites"), words("text")},
	"commitment/reply":       {words("review"), words("text")},
	"commitment/close":       {words("commitment how next"), words("reason")},
	"commitment/closed":      {words("commitment claim target_reached milestones milestones_done reviews updates amendments unexplained"), nil},
	"moderation/hide":        {words("entry code parts"), words("reason")},
	"moderation/restore":     {words("act entry"), words("reason")},
	"moderation/redact":      {words("entry basis asked parts"), words("reason")},
	"moderation/confirm":     {words("act entry"), words("reason")},
	"moderation/appeal":      {words("act"), words("text author")},
	"moderation/decide":      {words("appeal outcome entry"), words("reason")},
	"moderation/hold":        {nil, words("reason")},
	"moderation/release":     {words("hold"), words("reason")},
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
	"name":             "of the period, or of the commitment",
	"opens":            "when the period opens",
	"closes":           "when the period closes",
	"period":           "of a record of the register itself, the entry that set the time; of a meeting or the draft of a review, the period in which the public comments on it",
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
	"sections":         "sections of the draft: all of a version, those a response changed or an explanation is about, or those a commitment comes from",
	"changes":          "of the draft: what changed, the part with the reason, and the contributions that moved it",
	"stance":           "of the author: support, oppose, neutral",
	"target":           "the idea, comment, commitment or review it is about; of a commitment what is promised: value of the indicator, and when",
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
	"draft":            "the entry of the version that was codified; of a final review, the draft it follows",
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
	"parent":           "the commitment it is a part of",
	"agency":           "body that leads the commitment",
	"supporting":       "bodies that may report on the commitment too",
	"indicator":        "how values are to be read: unit, and decimals that they leave out",
	"indicator_text":   "text: what is measured",
	"baseline":         "value of the indicator where it started, and when",
	"milestones":       "steps with a deliverable: id, due, and the part that says what will be there; of commitment/closed, how many there were",
	"milestones_done":  "how many of them were there",
	"values":           "values of open government that it serves",
	"follows":          "commitments and ideas that it takes up again",
	"at":               "as of when it is true",
	"claim":            "what the government says: not-started, in-progress, complete; of imports also unstated and removed",
	"value":            "of the indicator",
	"milestone":        "id of the milestone that is there",
	"dropped":          "milestones that are promised no more",
	"phase":            "mid-term or end-of-term",
	"completion":       "how far the government says it was carried out",
	"coding":           "of the reviewer: completion, open-government lens, potential for results, early results, verifiable",
	"cites":            "records that the review rests on",
	"review":           "the review it answers",
	"how":              "it was closed: ended, carried-over, withdrawn",
	"next":             "the commitment that goes on with it",
	"target_reached":   "by the last value",
	"reviews":          "how many final reviews there were",
	"updates":          "how many updates there were",
	"amendments":       "how many amendments there were",
	"unexplained":      "how many of them had no reason",
	"contact":          "text: the role that answers for it",
	"action":           "text: what will be done",
	"evidence":         "text: where it can be seen",
	"note":             "text: what the importer says of the source",
	"problem":          "text: the problem",
	"proposal":         "text: what is proposed",
	"metric":           "text: how success is measured",
	"kind":             "of the record",
	"part":             "name of the part",
	"media":            "media type of the part",
	"size":             "of the part, in bytes",
	"commitment":       "in parts.csv, SHA-256 of the part's salt and bytes, which the record was signed with; elsewhere the promise it is about, by the entry that adopted it",
	"state":            "of a part: here, or not held (erased, hidden, or not at hand). Of a contribution: stands, withdrawn, disavowed",
	"file":             "its name in this archive; the text parts of a record stand in the file of its kind instead",
	"group":            "the group it is in",
	"response":         "the response that answered it",
	"answered":         "when it was answered",
	"hidden":           "parts that are out of sight now",
	"erased":           "parts that were erased",
}
