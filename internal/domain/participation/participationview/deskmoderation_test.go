package participationview

import (
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"publica"
	"publica/internal/domain/docket"
	"publica/internal/domain/identity"
	"publica/internal/domain/moderation"
	"publica/internal/domain/participation"
	"publica/internal/machine"
	"publica/internal/registertest/viewtest"
)

// TestDeskModeration hides a comment at the desk, where alone it can be read then,
// has its author's appeal decided by somebody else, and what must go erased.
func TestDeskModeration(t *testing.T) {
	d := newDesk(t)
	for _, who := range []string{"moderator", "second"} {
		d.Grant(who, identity.Moderator)
	}
	d.Shown()
	coordinator, moderator, second := d.Enter("coordinator"), d.Enter("moderator"), d.Enter("second")
	comment := d.comments[5]
	const words = "Is there a version of the draft in Spanish"
	at, on := d.at("/moderation"), d.at("/moderation/"+comment.String())

	for _, path := range []string{at, on} {
		if page := coordinator.Page("GET", path, nil, 403); strings.Contains(page, words) {
			t.Errorf("%s shows it to who does not moderate", path)
		}
	}
	moderator.Page("GET", d.at(""), nil, 403)
	if page := moderator.Get("/desk"); !strings.Contains(page, `href="`+at+`"`) {
		t.Error("the desk does not lead a moderator to the docket")
	}
	says(t, moderator.Page("GET", at+"?record=12", nil, 422), "is no tracking number")
	if w := moderator.Ask("GET", at+"?record="+comment.String(), nil); w.Code != 303 || w.Header().Get("Location") != on {
		t.Errorf("a tracking number leads to %d %s", w.Code, w.Header().Get("Location"))
	}

	moderator.Refused(on, url.Values{"act": {"hide"}, "code": {"off-topic"}}, "There is no reason")
	moderator.Refused(on, url.Values{"act": {"hide"}, "reason": {"Not about the plan."}}, "You have not said why")
	hide := moderator.Signed(moderator.Press(on, url.Values{"act": {"hide"}, "code": {"off-topic"}, "part": {"text"}, "reason": {"Not about the plan."}}))
	d.Shown()
	if _, page := get(t, d.Site, "/contribution/"+comment.String()); strings.Contains(page, words) {
		t.Error("it is shown to the public")
	}
	says(t, moderator.Get(on), words, "Hidden")
	says(t, moderator.Get(at), "No appeal and no redaction waits", "Not about the plan.", "Nothing was found.")
	found := d.Do("neighbour-8", "participation/comment", participation.Comment{Stance: participation.Neutral}, part("text", "Write to me at ada@example.org about it."))
	d.Shown()
	says(t, moderator.Get(at), "ada@example.org")
	if page := moderator.Get(at + "?personal=3"); strings.Contains(page, "ada@example.org") || !strings.Contains(moderator.Get(at), at+"/"+found.String()) {
		t.Error("what may hold personal data is not where it should be")
	}

	for _, link := range []string{"https://rivers.publica.example/contribution/" + comment.String(), "/entry/" + comment.String() + "?lang=fr", "https://rivers.publica.example/docket/" + d.Docket.String() + "/comments?since=3#r-" + comment.String()} {
		if w := moderator.Ask("GET", at+"?record="+url.QueryEscape(link), nil); w.Code != 303 || w.Header().Get("Location") != on {
			t.Errorf("%s leads to %d %s", link, w.Code, w.Header().Get("Location"))
		}
	}

	appeal := d.Do("neighbour-5", "moderation/appeal", moderation.Appeal{Act: hide}, part("text", "It is about the draft."))
	d.Shown()
	says(t, second.Get(at), "It is about the draft.")
	decide := url.Values{"act": {"decide"}, "of": {appeal.String()}, "reason": {"It is about the draft."}}
	moderator.Refused(on, decide, "That cannot be done") // who hid it
	if strings.Contains(moderator.Get(on), "Decide the appeal") {
		t.Error("who hid it is asked to decide")
	}
	second.Refused(on, decide, "You have not said what the decision is")
	decide.Set("outcome", "reversed")
	second.Signed(second.Press(on, decide))
	d.Shown()
	if _, page := get(t, d.Site, "/contribution/"+comment.String()); !strings.Contains(page, words) {
		t.Error("it is not shown again")
	}
	second.Refused(on, decide, "That cannot be done about this record now")

	again := moderator.Signed(moderator.Press(on, url.Values{"act": {"hide"}, "code": {"abuse"}, "reason": {"An insult."}}))
	d.Shown()
	second.Signed(second.Press(on, url.Values{"act": {"restore"}, "of": {again.String()}, "reason": {"It is none."}}))
	d.Shown()

	moderator.Refused(on, url.Values{"act": {"redact"}, "code": {"personal-data"}, "reason": {"She asked for it."}}, "You have not said who asked for it")
	hold := moderator.Signed(moderator.Press(at, url.Values{"act": {"hold"}, "reason": {"A court wants the files."}}))
	d.Shown()
	redact := url.Values{"act": {"redact"}, "code": {"personal-data"}, "asked": {"author"}, "reason": {"She asked for it."}}
	if _, err := moderator.Sign(moderator.Press(on, redact)); publica.CodeOf(err) != publica.Conflict {
		t.Errorf("erased under a legal hold %s: %v", hold, err)
	}
	moderator.Signed(moderator.Press(at, url.Values{"act": {"release"}, "reason": {"They have them."}}))
	d.Shown()
	moderator.Signed(moderator.Press(on, redact))
	d.Shown()
	if page := moderator.Get(on); strings.Contains(page, words) || !strings.Contains(page, "Erased") {
		t.Error("what was erased can be read at the desk")
	}
	asTheLaw(t, d.register, d.Model)
}

// TestDeskTwoPersons erases where the charter wants two to agree.
func TestDeskTwoPersons(t *testing.T) {
	d := newDesk(t)
	for _, who := range []string{"moderator", "second"} {
		d.Grant(who, identity.Moderator)
	}
	var charter docket.Charter
	d.View(func(tx *machine.Tx) {
		s, _ := docket.Get(tx, d.Docket)
		charter = s.Charter
	})
	charter.TwoPersons = true
	d.Do("coordinator", "docket/amend-charter", docket.Amend{Charter: charter}, forBody, part("reason", "No single person erases."))
	d.Shown()
	moderator, second := d.Enter("moderator"), d.Enter("second")
	comment := d.comments[5]
	at, on := d.at("/moderation"), d.at("/moderation/"+comment.String())
	const words = "Is there a version of the draft in Spanish"
	redaction := moderator.Signed(moderator.Press(on, url.Values{"act": {"redact"}, "code": {"personal-data"}, "asked": {"author"}, "part": {"text"}, "reason": {"She asked for it."}}))
	d.Shown()
	if page := moderator.Get(on); strings.Contains(page, "Confirm the redaction") {
		t.Error("the first person is asked to confirm")
	}
	says(t, second.Get(at), "She asked for it.")
	says(t, second.Get(on), words, "Confirm the redaction")
	second.Signed(second.Press(on, url.Values{"act": {"confirm"}, "of": {redaction.String()}, "reason": {"I agree."}}))
	d.Shown()
	if page := second.Get(on); strings.Contains(page, words) {
		t.Error("what was erased can be read at the desk")
	}
	says(t, second.Get(at), "No appeal and no redaction waits")
}

// Lists of the moderators' desk go on where a page ends.
func TestDeskModerationPages(t *testing.T) {
	d := newDesk(t)
	d.Grant("moderator", identity.Moderator)
	var hides []publica.EntryID
	for i := range 2*shownActs + 1 {
		id := d.Do(fmt.Sprint("writer-", i), "participation/comment", participation.Comment{Stance: participation.Neutral}, part("text", fmt.Sprintf("Call me at 202-555-%04d.", i)))
		d.Do(fmt.Sprint("other-", i), "participation/comment", participation.Comment{Stance: participation.Neutral}, part("text", fmt.Sprintf("Spam %d", i)))
		hides = append(hides, d.Do("moderator", "moderation/hide", moderation.Hide{Code: moderation.Spam, Entry: d.Raw[id]}, forBody, part("reason", "Spam.")))
	}
	for i, hide := range hides {
		d.Do(fmt.Sprint("writer-", i), "moderation/appeal", moderation.Appeal{Act: hide}, part("text", "It is none."))
	}
	for i := range 2*shownActs + 1 {
		d.Do(fmt.Sprint("caller-", i), "participation/comment", participation.Comment{Stance: participation.Neutral}, part("text", fmt.Sprintf("Call me at 303-555-%04d.", i)))
	}
	d.Shown()
	moderator := d.Enter("moderator")
	for _, list := range []struct{ name, item string }{{"waiting", "It is none."}, {"hidden", "Spam."}, {"personal", "303-555-"}} {
		seen, pages := 0, 0
		for next := d.at("/moderation"); next != ""; pages++ {
			page := moderator.Get(next)
			_, section, _ := strings.Cut(page, `<section aria-labelledby="`+list.name+`">`)
			section, _, _ = strings.Cut(section, "</section>")
			seen += strings.Count(section, list.item)
			next = ""
			if m := regexp.MustCompile(`<a href="([^"]*[?&;]` + list.name + `=[^"]*)#` + list.name + `"`).FindStringSubmatch(section); m != nil {
				next = html.UnescapeString(m[1])
			}
			if strings.Contains(section, "202-555-") {
				t.Errorf("%s: the desk points to what is hidden", list.name)
			}
		}
		if seen != len(hides) || pages != 3 {
			t.Errorf("%s: %d of %d on %d pages", list.name, seen, len(hides), pages)
		}
	}
}

// Personal data is looked for in every contribution, in its author's name, in what its
// source calls it and in attached texts; not in what is hidden, until it is shown again.
func TestPersonalSearch(t *testing.T) {
	d := newDesk(t)
	d.Grant("moderator", identity.Moderator)
	claim := docket.Imported{Source: "Paper", Label: "letter of 303-555-0101"}
	add := func(who string, c participation.Comment, parts ...viewtest.Part) publica.EntryID {
		return d.Do(who, "participation/comment", c, parts...)
	}
	old := add("writer-0", participation.Comment{Stance: participation.Neutral}, part("text", "Call me at 303-555-0100."))
	for i := range searchedAtOnce {
		add(fmt.Sprint("crowd-", i), participation.Comment{Stance: participation.Neutral}, part("text", fmt.Sprint("Yes ", i)))
	}
	add("importer", participation.Comment{Stance: participation.Neutral, Imported: &claim}, forBody, part("text", "I agree."))
	add("importer", participation.Comment{Stance: participation.Neutral, Imported: &docket.Imported{Source: "Paper"}}, forBody, part("text", "So do I."), part("author", "Ada, ada@example.org"))
	add("writer-1", participation.Comment{Stance: participation.Neutral}, part("text", "See the file."), part("attachment-1", "phone 303-555-0102"))
	d.Shown()
	moderator := d.Enter("moderator")
	// The page looks through a part; the rest would be done behind it, here by the second.
	says(t, moderator.Get(d.at("/moderation")), "303-555-0100", "Records looked through")
	page := moderator.Get(d.at("/moderation"))
	says(t, page, "303-555-0100", "303-555-0101", "ada@example.org", "303-555-0102")
	if strings.Contains(page, "Records looked through") {
		t.Error("there is more to look through")
	}
	hide := d.Do("moderator", "moderation/hide", moderation.Hide{Code: moderation.PersonalData, Entry: d.Raw[old]}, forBody, part("reason", "A number."))
	d.Shown()
	if page := moderator.Get(d.at("/moderation")); strings.Contains(page, "303-555-0100") {
		t.Error("the desk points to what is hidden")
	}
	d.Do("moderator", "moderation/restore", moderation.Restore{Act: hide, Entry: d.Raw[old]}, forBody, part("reason", "It is an office's."))
	d.Shown()
	says(t, moderator.Get(d.at("/moderation")), "303-555-0100")
}
