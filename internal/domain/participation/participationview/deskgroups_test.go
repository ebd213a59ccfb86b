package participationview

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"publica"
	"publica/internal/domain/participation"
)

var letterInPage = regexp.MustCompile(`name="letter" value="([0-9a-f]{64})"`)

// TestDeskGroups takes a campaign from a suggestion to one answer, adds a letter
// that comes late, and ends a group that was wrong.
func TestDeskGroups(t *testing.T) {
	d := newDesk(t)
	const letter = "Please keep the ferry at the old mill running through the winter, because the bridge is closed and the school is on the other bank."
	send := func(who, text string) string {
		return d.Do(who, "participation/comment", participation.Comment{Stance: participation.Support}, part("text", text)).String()
	}
	ids := []string{send("rider-a", letter), send("walker", "A fence along the mill race would be enough for me."),
		send("rider-b", letter+" My two boys walk an hour each morning."), send("rider-c", strings.ReplaceAll(letter, ",", " –"))}
	d.Shown()
	carol := d.Enter("coordinator")
	at := d.at("/groups")
	page := carol.Get(at)
	says(t, page, "Please keep the ferry", "3 contributions", "2 different texts", ids[2][:12])
	if strings.Contains(page, "wait for an answer") {
		t.Error("a campaign waits before one is signed")
	}
	if strings.Contains(page, ids[1]) {
		t.Error("what says something else is suggested")
	}
	carol.Refused(at, url.Values{"act": {"check"}, "letter": {d.comments[0].String()}}, "That is not suggested any more")
	first := letterInPage.FindStringSubmatch(page)[1] // the most members, and of what they wrote most alike the smallest id
	group := carol.Signed(carol.Press(at, url.Values{"act": {"check"}, "letter": {first}, "reason": {"The ferry letter"}}))
	d.Shown()
	page = carol.Get(at)
	says(t, page, "Campaigns that wait for an answer", "3 contributions", "3 owed a response")
	if !strings.Contains(page, "/answer?group="+group.String()) {
		t.Error("no link leads to the answer")
	}
	if _, suggested, _ := strings.Cut(page, `id="suggested"`); strings.Contains(suggested, ids[2]) {
		t.Error("what is in a group is suggested again")
	}
	says(t, carol.Get(d.at("")), "Answer the whole campaign")

	late := send("rider-d", letter)
	d.Shown()
	page = carol.Get(at)
	says(t, page, "for a campaign that stands", late[:12])
	carol.Signed(carol.Press(at, url.Values{"act": {"check"}, "letter": {first}}))
	d.Shown()
	says(t, carol.Get(at), "4 contributions", "4 owed a response")

	answer := d.at("/answer")
	page = carol.Get(answer + "?group=" + group.String())
	says(t, page, "You answer 4 contributions", "the bridge is closed", "and 3 more")
	form := url.Values{"group": {group.String()}, "outcome": {"noted"}, "reason": {"The ferry runs."}, "act": {"save"}}
	carol.Press(answer, form)
	if page = carol.Get(d.at("")); !strings.Contains(page, "group="+group.String()) || !strings.Contains(page, "1 campaign") {
		t.Error("the answer that was begun is not listed")
	}
	form.Set("act", "check")
	carol.Signed(carol.Press(answer, form))
	d.Shown()
	asTheLaw(t, d.register, d.Model)
	if page = carol.Get(at); strings.Contains(page, "wait for an answer") {
		t.Error("the campaign waits after it was answered")
	}
	if page = carol.Get(d.at("")); strings.Contains(page, "group="+group.String()) {
		t.Error("the answer that was begun is still listed")
	}
	if code := carol.Ask("GET", answer+"?group="+publica.EntryID{1}.String(), nil).Code; code != 404 {
		t.Errorf("a group that is not there: %d", code)
	}

	carol.Refused(at, url.Values{"act": {"end"}, "group": {group.String()}}, "There is no reason")
	carol.Signed(carol.Press(at, url.Values{"act": {"end"}, "group": {group.String()}, "reason": {"Two of them ask for something else."}}))
	d.Shown()
	asTheLaw(t, d.register, d.Model)
	says(t, carol.Get(at), ids[2][:12], "4 contributions")
}
