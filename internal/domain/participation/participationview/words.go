package participationview

import (
	"errors"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"publica"
	"publica/internal/domain/docket/docketview"
	"publica/internal/web"
)

// bare drops the signs of Markdown from a stretch of text, which may begin and
// end anywhere.
func bare(s string) string {
	return strings.NewReplacer("#", "", "**", "", "__", "", "`", "").Replace(web.Tame(s))
}

// sectionHref leads to what a comment is about.
func sectionHref(c *Contribution) string {
	return versionHref("/docket/"+c.Docket.String(), c.Version, c.Section)
}

// versionHref leads to a section of a version; base is the docket's path.
func versionHref(base string, version int64, section string) string {
	href := base + "/text?version=" + strconv.FormatInt(version, 10)
	if section != "" {
		href += "#s-" + section
	}
	return href
}

// outcomeWords says an outcome.
func outcomeWords(l *web.Locale, outcome string) string {
	switch outcome {
	case "accepted":
		return l.T("Accepted")
	case "accepted-in-part":
		return l.T("Accepted in part")
	case "declined":
		return l.T("Declined")
	case "noted":
		return l.T("Noted")
	case "out-of-scope":
		return l.T("Out of scope")
	case "duplicate":
		return l.T("Said elsewhere")
	}
	return docketview.Words(l, outcome)
}

// outcomeTag marks an outcome.
func outcomeTag(l *web.Locale, outcome string) web.Tag {
	t := web.Tag{Text: outcomeWords(l, outcome), Kind: "info"}
	switch outcome {
	case "accepted", "accepted-in-part":
		t.Kind = "success"
	case "declined":
		t.Kind = "warning"
	}
	return t
}

// stanceTag marks what an author says of what they comment on.
func stanceTag(l *web.Locale, stance string) web.Tag {
	switch stance {
	case "support":
		return web.Tag{Kind: "success", Text: l.T("Supports")}
	case "oppose":
		return web.Tag{Kind: "warning", Text: l.T("Opposes")}
	case "neutral":
		return web.Tag{Text: l.T("Neutral")}
	}
	return web.Tag{}
}

// stateTag marks whether a contribution has its answer.
func stateTag(l *web.Locale, c *Contribution) web.Tag {
	switch {
	case !c.Response.IsZero():
		t := outcomeTag(l, c.outcome)
		t.Text = l.T("Answered: {outcome}", "outcome", t.Text)
		return t
	case c.Owed:
		return web.Tag{Kind: "error", Text: l.T("Owed a response")}
	}
	return web.Tag{}
}

// stepWords says what a version did.
func stepWords(l *web.Locale, what string, idea bool) string {
	switch what {
	case "new":
		return l.T("New section")
	case "changed":
		return l.T("Text changed")
	case "removed":
		if idea {
			return l.T("Idea dropped")
		}
		return l.T("Section removed")
	case "returned":
		return l.T("Section is back")
	case "carried":
		return l.T("Idea taken up")
	}
	return docketview.Words(l, what)
}

// stepIn says what a version did, with the version.
func stepIn(l *web.Locale, what string, version int64) string {
	return l.T("{change} in version {v}", "change", stepWords(l, what, false), "v", version)
}

// kindWords says what sort of record an entry is.
func kindWords(l *web.Locale, k publica.Kind) string {
	switch k {
	case "participation/idea":
		return l.T("Idea")
	case "participation/comment":
		return l.T("Comment")
	case "participation/response":
		return l.T("Response")
	case "participation/draft":
		return l.T("Draft")
	case "participation/explain":
		return l.T("Explanation")
	case "participation/codify":
		return l.T("Declared final")
	case "participation/endorse":
		return l.T("Endorsement")
	case "participation/unendorse":
		return l.T("Endorsement withdrawn")
	case "participation/timeline":
		return l.T("Timeline")
	case "participation/outreach":
		return l.T("Outreach")
	case "participation/meeting":
		return l.T("Meeting")
	case "participation/evidence":
		return l.T("Evidence")
	case "participation/group":
		return l.T("Campaign")
	case "participation/withdraw":
		return l.T("Contribution withdrawn")
	case "participation/disavow":
		return l.T("Contribution disavowed")
	case "participation/reinstate":
		return l.T("Disavowal ended")
	case "moderation/hide":
		return l.T("Text hidden")
	case "moderation/restore":
		return l.T("Text shown again")
	case "moderation/redact":
		return l.T("Redaction")
	case "moderation/confirm":
		return l.T("Redaction confirmed")
	case "moderation/appeal":
		return l.T("Appeal")
	case "moderation/decide":
		return l.T("Decision on an appeal")
	case "moderation/hold":
		return l.T("Legal hold")
	case "moderation/release":
		return l.T("Legal hold ended")
	case "docket/open":
		return l.T("Docket")
	case "docket/period":
		return l.T("Period")
	case "docket/amend-charter":
		return l.T("Change of the charter")
	case "commitment/adopt":
		return l.T("Promise")
	case "commitment/update":
		return l.T("Progress reported")
	case "commitment/review":
		return l.T("Independent review")
	case "identity/body":
		return l.T("Public body")
	case "governance/propose":
		return l.T("Proposal about the register")
	}
	_, name, _ := strings.Cut(string(k), "/")
	return docketview.Words(l, name)
}

// sentence makes a sentence of an error's words.
func sentence(s string) string {
	s = strings.TrimSpace(s)
	if s == "" {
		return ""
	}
	r, n := utf8.DecodeRuneInString(s)
	s = string(unicode.ToUpper(r)) + s[n:]
	if !strings.HasSuffix(s, ".") {
		s += "."
	}
	return s
}

// publicaError returns the error people can act on.
func publicaError(err error) (*publica.Error, bool) {
	if err == nil {
		return nil, false
	}
	return errors.AsType[*publica.Error](err)
}

// trackingNumber returns the id of the entry a receipt is for.
func trackingNumber(r *publica.Receipt) (publica.EntryID, error) {
	switch {
	case r.Submission != nil:
		return publica.ID(r.Submission.Entry), nil
	case r.Leaf != nil:
		l, err := publica.ParseLeaf(r.Leaf)
		if err != nil {
			return publica.EntryID{}, err
		}
		return l.ID(), nil
	}
	return publica.EntryID{}, errors.New("the receipt names no entry")
}

// importWords says where an imported record comes from, as a claim.
func importWords(l *web.Locale, o Origin) string {
	source, name := web.Apart(o.Source), web.Apart(o.Name)
	switch {
	case o.Name != "" && o.Claimed != 0:
		return l.T("Brought here from {source} and signed by the importer, who claims that the author was {name} and that it was made on {day}. Nobody here has checked that.", "source", source, "name", name, "day", l.Day(o.Claimed))
	case o.Name != "":
		return l.T("Brought here from {source} and signed by the importer, who claims that the author was {name}. Nobody here has checked that.", "source", source, "name", name)
	case o.Claimed != 0:
		return l.T("Brought here from {source} and signed by the importer, who claims that it was made on {day}; the author is not known. Nobody here has checked that.", "source", source, "day", l.Day(o.Claimed))
	}
	return l.T("Brought here from {source} and signed by the importer; the author is not known. Nobody here has checked that.", "source", source)
}
