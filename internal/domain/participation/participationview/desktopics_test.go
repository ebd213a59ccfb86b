package participationview

import (
	"fmt"
	"html"
	"regexp"
	"strings"
	"testing"

	"publica"
	"publica/internal/domain/identity"
	"publica/internal/domain/moderation"
	"publica/internal/domain/participation"
	"publica/internal/registertest"
)

var topicLink = regexp.MustCompile(`<li><a href="([^"]*[?&;]topic=[^"]*)"[^>]*><bdi>([^<]*)</bdi></a> \((\d+)\)`)

// What waits is sorted by topic; a link narrows the queue to one, other choices
// kept; what is erased names no topic any more.
func TestDeskTopics(t *testing.T) {
	d := newDesk(t)
	d.Shown()
	carol := d.Enter("coordinator")
	var ferries, bins []publica.EntryID
	for i := range 12 {
		ferries = append(ferries, d.Do(fmt.Sprint("rider-", i), "participation/comment", participation.Comment{Stance: participation.Support},
			part("text", fmt.Sprintf("The ferry timetable at pier %d misses the school boat; more ferry crossings at rush hour, timetable number %d.", i, i*7))))
		bins = append(bins, d.Do(fmt.Sprint("tenant-", i), "participation/comment", participation.Comment{Stance: participation.Oppose},
			part("text", fmt.Sprintf("Rubbish bins overflow in yard %d; collect rubbish weekly and wash the bins, says tenant %d.", i, i*5))))
	}
	d.Shown()
	of := func(page, word string) (href string) {
		t.Helper()
		for _, m := range topicLink.FindAllStringSubmatch(page, -1) {
			if strings.Contains(m[2], word) {
				return html.UnescapeString(m[1])
			}
		}
		return ""
	}
	page := carol.Get(d.at(""))
	says(t, page, "By topic", "It is a suggestion for this desk, and on no record.")
	ferry, bin := of(page, "ferry"), of(page, "bins")
	if ferry == "" || bin == "" || ferry == bin {
		t.Fatalf("no topic of ferries and one of bins: %v", topicLink.FindAllString(page, -1))
	}
	narrowed := carol.Get(ferry)
	says(t, narrowed, "Show all that waits")
	if !strings.Contains(narrowed, ferries[0].String()) || strings.Contains(narrowed, bins[0].String()) || !strings.Contains(narrowed, `aria-current="true"`) {
		t.Error("the queue of one topic shows another's")
	}
	if both := carol.Get(ferry + "&stance=oppose"); strings.Contains(both, ferries[0].String()) {
		t.Error("the stance does not narrow the topic")
	}
	first := carol.Get(ferry + "&limit=5")
	seen := strings.Count(first, `name="target"`)
	if seen != 5 {
		t.Errorf("%d on a page of 5", seen)
	}
	lost := carol.Get(d.at("") + "?topic=gardens")
	says(t, lost, "That topic is no longer there")
	if !strings.Contains(lost, ferries[0].String()) || !strings.Contains(lost, bins[0].String()) {
		t.Error("a topic that is none hides what waits")
	}

	d.Do("founder", "identity/grant", identity.Grant{Key: registertest.Key("mona").ID(), Role: identity.Moderator}, forBody)
	for _, id := range ferries {
		d.Do("mona", "moderation/redact", moderation.Redact{Asked: moderation.BySubject, Basis: moderation.PersonalData, Entry: d.Raw[id]}, forBody, part("reason", "asked"))
	}
	d.Shown()
	if page := carol.Get(d.at("")); of(page, "ferry") != "" || of(page, "timetable") != "" {
		t.Error("a topic is named by words that were erased")
	}
}
