package participationview

import (
	"strconv"

	"publica"
	"publica/internal/domain/docket/docketview"
	"publica/internal/domain/participation"
	"publica/internal/web"
)

// Counts are what a docket counts. Refused entries count nowhere.
type Counts struct {
	Ideas     int64 `json:"ideas"`
	Comments  int64 `json:"comments"`
	Owed      int64 `json:"owed" doc:"contributions that were ever owed a response"`
	Answered  int64 `json:"answered" doc:"of these, answered"`
	Open      int64 `json:"open" doc:"of these, still owed a response"`
	Responses int64 `json:"responses"`
	Drafts    int64 `json:"drafts" doc:"version of the latest draft"`
	Ghosts    int64 `json:"ghosts" doc:"changes of a draft that were published without a reason"`
	Haunting  int64 `json:"unexplained" doc:"of these, still without one"`
	Endorsed  int64 `json:"endorsements"`
	Withdrawn int64 `json:"withdrawn" doc:"contributions that their authors took back; they count"`
	Disavowed int64 `json:"disavowed" doc:"contributions made in the name of somebody who says they did not make them; they count no more"`
	Groups    int64 `json:"groups" doc:"groups of contributions that say the same thing"`
	Acts      int64 `json:"moderation" doc:"records of the moderation log"`
	Refused   int64 `json:"refused" doc:"entries the rules refused; they are on the log without effect"`
}

// Contributions is ideas and comments together.
func (c Counts) Contributions() int64 { return c.Ideas + c.Comments }

// DocketStanding is a docket and where it stands.
type DocketStanding struct {
	docketview.Docket
	Counts   Counts        `json:"counts"`
	Draft    *DraftHead    `json:"latest_draft,omitempty"`
	Codified *Codification `json:"codified,omitempty" doc:"set once the outcome is final"`
	Timeline *Timeline     `json:"timeline,omitempty" doc:"as last published"`
}

// Timeline is a published timeline.
type Timeline struct {
	Entry  publica.EntryID               `json:"entry"`
	Index  int64                         `json:"index"`
	Time   publica.Time                  `json:"time" doc:"block time"`
	Stages []participation.TimelineStage `json:"stages"`
	Reason string                        `json:"reason,omitzero" doc:"required for every timeline after the first"`
}

// Codification is the record that declared an outcome final.
type Codification struct {
	Entry   publica.EntryID        `json:"entry" doc:"entry by which the lead body declared it"`
	Index   int64                  `json:"index"`
	Time    publica.Time           `json:"time" doc:"block time"`
	Version int64                  `json:"version"`
	Record  publica.EntryID        `json:"record" doc:"system record with the counts and the docket's root"`
	Counts  participation.Codified `json:"counts"`
	Reason  string                 `json:"reason,omitzero"`
}

// Origin says where a record comes from.
type Origin struct {
	Channel string        `json:"channel" doc:"key: signed with the author's own key; passkey: the same, with a passkey; intake: signed by a node on the author's behalf; imported: brought from elsewhere and signed by the importer"`
	Author  publica.KeyID `json:"author" doc:"key that signed"`
	Name    string        `json:"name,omitzero" doc:"what the author, or for imports the source, calls the author; not verified"`
	Source  string        `json:"source,omitzero" doc:"collection it was imported from, as claimed by the importer"`
	Claimed publica.Time  `json:"claimed,omitzero" doc:"when it was made, as claimed by the importer"`
	URL     string        `json:"url,omitzero" doc:"where it stood, as claimed by the importer"`
	Label   string        `json:"label,omitzero" doc:"how the source names it, as claimed by the importer"`
}

// Imported reports whether the record was brought from elsewhere.
func (o *Origin) Imported() bool { return o.Channel == "imported" }

// ByIntake reports whether a node signed for the author.
func (o *Origin) ByIntake() bool { return o.Channel == "intake" }

// Contribution is an idea or a comment.
type Contribution struct {
	Entry     publica.EntryID  `json:"entry" doc:"entry id: its tracking number"`
	Index     int64            `json:"index" doc:"log index"`
	Docket    publica.DocketID `json:"docket"`
	Position  int64            `json:"position" doc:"position in the docket's tree"`
	Time      publica.Time     `json:"time" doc:"block time"`
	Kind      string           `json:"kind" doc:"idea or comment"`
	Origin    Origin           `json:"origin"`
	Title     string           `json:"title,omitzero"`
	Text      string           `json:"text" doc:"Markdown"`
	Stance    string           `json:"stance,omitzero" doc:"support, oppose or neutral, as the author says"`
	Target    publica.EntryID  `json:"target,omitzero" doc:"idea, comment, commitment or review it is about"`
	Idea      publica.EntryID  `json:"idea,omitzero" doc:"idea its thread is about"`
	IdeaName  string           `json:"idea_title,omitzero"`
	About     publica.EntryID  `json:"about,omitzero" doc:"commitment, or review of one, its thread is about"`
	AboutKind publica.Kind     `json:"about_kind,omitzero" doc:"kind of that record"`
	Depth     int              `json:"depth,omitzero" doc:"how deep a reply stands"`
	Section   string           `json:"section,omitzero" doc:"section of the draft it is about"`
	Heading   string           `json:"heading,omitzero" doc:"heading of that section, as it was last"`
	Version   int64            `json:"version,omitzero" doc:"version of the draft it is about"`
	Range     *[2]int64        `json:"range,omitempty" doc:"quoted characters of the section"`
	Owed      bool             `json:"owed" doc:"a response was owed when it came in"`
	Response  publica.EntryID  `json:"response,omitzero" doc:"the first response to it"`
	Replies   int64            `json:"replies,omitzero"`
	Endorsed  int64            `json:"endorsements,omitzero"`
	Files     int64            `json:"attachments,omitzero"`
	Group     publica.EntryID  `json:"group,omitzero" doc:"group of contributions that say the same thing, of which it is a member"`
	Hidden    publica.EntryID  `json:"hidden,omitzero" doc:"the last act of moderation that hides some of it, for now"`
	Erased    publica.EntryID  `json:"erased,omitzero" doc:"the last act by which some of it was erased, for good"`
	Withdrawn publica.EntryID  `json:"withdrawn,omitzero" doc:"record by which its author took it back"`
	Disavowed publica.EntryID  `json:"disavowed,omitzero" doc:"record that says it was not made by whose name it bears"`
	Lang      string           `json:"-"` // of the text, "" if not known

	root, about int64 // about: the idea, commitment or review
	outcome     string
	Thread      []Contribution `json:"-"`
}

// Waiting reports whether the contribution is owed a response still.
func (c *Contribution) Waiting() bool { return c.Owed && c.Response.IsZero() }

// Name is what to call the contribution in a list.
func (c *Contribution) Name() string {
	if c.Title != "" {
		return c.Title
	}
	if c.Text == "" {
		return "№ " + strconv.FormatInt(c.Position, 10)
	}
	return web.Excerpt(c.Text, 90)
}

// Gone reports whether text is not shown that was there.
func (c *Contribution) Gone() bool { return !c.Hidden.IsZero() || !c.Erased.IsZero() }

// Date is when it was made: as claimed for imports, else block time.
func (c *Contribution) Date() publica.Time {
	if !c.Origin.Claimed.IsZero() {
		return c.Origin.Claimed
	}
	return c.Time
}

// DraftHead is a version of the text, without it.
type DraftHead struct {
	Entry    publica.EntryID `json:"entry"`
	Index    int64           `json:"index"`
	Time     publica.Time    `json:"time" doc:"block time"`
	Version  int64           `json:"version"`
	Title    string          `json:"title,omitzero"`
	Sections int64           `json:"sections"`
	Ghosts   int64           `json:"ghosts" doc:"changes in it that were published without a reason"`
	Origin   Origin          `json:"origin"`
}

// Date is when it was published: as claimed for imports, else block time.
func (d *DraftHead) Date() publica.Time {
	if !d.Origin.Claimed.IsZero() {
		return d.Origin.Claimed
	}
	return d.Time
}

// Draft is a version with its text and what changed in it.
type Draft struct {
	DraftHead
	Text    []Section `json:"text"`
	Changes []Step    `json:"changes" doc:"differences from the version before"`
}

// Section is a section as one version has it.
type Section struct {
	ID       string     `json:"section" doc:"the same in every version"`
	Heading  string     `json:"heading"`
	Text     string     `json:"text" doc:"Markdown"`
	Since    int64      `json:"since" doc:"version that brought this text"`
	Ideas    []IdeaLink `json:"ideas,omitempty" doc:"ideas it carries"`
	Comments int64      `json:"comments" doc:"comments on this section, in all versions"`
}

// IdeaLink names an idea.
type IdeaLink struct {
	Entry publica.EntryID `json:"entry"`
	Title string          `json:"title"`
}

// Step is one difference between a version and the one before.
type Step struct {
	Version   int64           `json:"version" doc:"the version that made it"`
	Section   string          `json:"section,omitzero"`
	Idea      publica.EntryID `json:"idea,omitzero"`
	Heading   string          `json:"heading,omitzero" doc:"heading of the section"`
	IdeaTitle string          `json:"idea_title,omitzero"`
	What      string          `json:"what" doc:"new, changed, removed, returned, or carried (an idea)"`
	Reason    string          `json:"reason,omitzero" doc:"Markdown; empty: no reason on record"`
	Causes    []IdeaLink      `json:"causes,omitempty" doc:"contributions that moved it, as the lead body says"`
	Ghost     bool            `json:"ghost" doc:"published without a reason"`
	Ended     publica.EntryID `json:"ended,omitzero" doc:"entry that gave the reason later, or brought it back"`
	How       string          `json:"how,omitzero" doc:"reason or return"`
	idea      int64
}

// Response is one answer.
type Response struct {
	Entry    publica.EntryID   `json:"entry"`
	Index    int64             `json:"index"`
	Time     publica.Time      `json:"time" doc:"block time"`
	Outcome  string            `json:"outcome" doc:"accepted, accepted-in-part, noted, declined, out-of-scope or duplicate"`
	Reason   string            `json:"reason" doc:"Markdown"`
	Sections []SectionName     `json:"sections,omitempty" doc:"sections of the draft that changed by it"`
	Answers  int64             `json:"answers" doc:"contributions it answers"`
	Settles  int64             `json:"settles" doc:"of these, owed ones it was the first to answer"`
	Model    string            `json:"model,omitzero" doc:"language model that wrote a draft of the reason, as the person who signed says"`
	Prompt   string            `json:"prompt,omitzero" doc:"SHA-256 of what it was asked"`
	Targets  []publica.EntryID `json:"targets,omitempty" doc:"contributions it names, at most 100 here; the entry has all"`
	Ranges   [][2]int64        `json:"ranges,omitempty" doc:"positions it names, both ends included"`

	Heard []Contribution `json:"-"`
}

// Ghost is something that changed or vanished without a reason.
type Ghost struct {
	Step
	LastText  string          `json:"last_text,omitzero" doc:"what it said last, Markdown"`
	NextText  string          `json:"next_text,omitzero" doc:"what it says instead, if it was changed, Markdown"`
	LastSeen  int64           `json:"last_version" doc:"version it last stood in, as it was"`
	LastDate  publica.Time    `json:"last_date" doc:"date of that version, as claimed if imported"`
	Date      publica.Time    `json:"date" doc:"date of the version that made the change, as claimed if imported"`
	Draft     publica.EntryID `json:"draft" doc:"entry of that version"`
	Index     int64           `json:"index" doc:"log index of that entry"`
	Imported  bool            `json:"imported,omitzero" doc:"the dates are claims of the importer"`
	EndedTime publica.Time    `json:"ended_time,omitzero"`
}

// Redline compares what it said with what it says instead.
func (g *Ghost) Redline() []web.Run { return web.Redline(web.Tame(g.LastText), web.Tame(g.NextText)) }

// Unexplained reports whether no reason is on record.
func (g *Ghost) Unexplained() bool { return g.Ended.IsZero() }

// RefusedEntry is an entry the rules refused.
type RefusedEntry struct {
	Entry   publica.EntryID `json:"entry"`
	Index   int64           `json:"index"`
	Time    publica.Time    `json:"time"`
	Kind    publica.Kind    `json:"kind"`
	Author  publica.KeyID   `json:"author"`
	Code    string          `json:"code"`
	Field   string          `json:"field,omitzero"`
	Message string          `json:"message"`
}

// SectionName names a section.
type SectionName struct {
	ID      string `json:"section"`
	Heading string `json:"heading" doc:"as it was last"`
}
