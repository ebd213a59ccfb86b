package browsertest

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"publica/cmd/publica/importer"
)

// TestModerators hides a citizen's comment at the desk; the citizen appeals on its
// page, another moderator decides, and in the end the citizen takes it back and has
// its text erased.
func TestModerators(t *testing.T) {
	chromium := browser(t)
	h := newHouse(t)
	g := h.found(rivers)
	h.say(g, importer.Statement{Source: "v1", Kind: "participation/draft", Body: obj{"version": 1, "sections": []obj{{"id": "water", "part": "t1"}}},
		Parts: []importer.Part{{Name: "t1", Media: "text/markdown", Text: "## Water\n\nReadings are published every day."}}})
	citizen := open(t, chromium, h)
	citizen.watch()
	const words = "The mayor sleeps while the river rots."
	citizen.commentOnSection(g, "water", words)
	citizen.click("#pub-sign button[value=send]", ".pub-file")
	mine := citizen.records()[0].ID
	_, _, err := h.client.Receipt(t.Context(), mine, time.Minute)
	must(t, err)
	first, second := open(t, chromium, h).withAuthenticator(), open(t, chromium, h).withAuthenticator()
	for _, b := range []*tab{first, second} {
		b.watch()
		h.grant(g, b.employ(h, g), "moderator")
	}
	desk := "/desk/docket/" + g.Docket.String() + "/moderation"

	for first.visit(desk); eval[int](first, `Promise.resolve(document.querySelectorAll("#record").length)`) == 0; first.visit(desk) {
		if t.Context().Err() != nil {
			t.Fatal("the desk does not know the role")
		}
	}
	first.inspect("the moderators' desk", aDesk, aPhone, dark)
	first.fill("#record", mine.String()).turn("form[method=get].pub-filter button")
	first.says(words)
	first.inspect("a record to moderate", aDesk, aPhone, dark)
	first.walk("a record to moderate")
	first.do(chromedp.SetValue("#code", "abuse"))
	first.fill("#why", "It insults a person.").click("button[value=hide]", "#pub-do")
	first.inspect("hiding it", aDesk, aPhone)
	first.turn("#pub-do").says("Hidden now", "It insults a person.")

	citizen.visit("/contribution/" + mine.String()).see("#pub-own")
	if eval[bool](citizen, `Promise.resolve(document.body.innerText.includes("river rots"))`) {
		t.Error("what was hidden is shown")
	}
	citizen.do(chromedp.Click("#pub-own details:has([data-do=appeal]) summary"))
	citizen.inspect("appealing", aDesk, aPhone, dark)
	citizen.fill("[data-do=appeal] textarea", "He does sleep.")
	citizen.turn("[data-do=appeal] button").says("Waits for a decision")

	second.visit(desk).says("He does sleep.")
	second.turn("#waiting ~ article a")
	second.says(words, "What do you decide?")
	second.do(chromedp.Click("label[for^=w-]"))
	second.fill("textarea[id^=r-]", "It is an opinion.").click("button[value=decide]", "#pub-do")
	second.turn("#pub-do").says("No appeal and no redaction waits")

	citizen.visit("/contribution/"+mine.String()).says(words, "Found wrong on appeal")
	citizen.do(chromedp.Click("#pub-own details:has([data-do=withdraw]) summary"), chromedp.Click("label[for=own-erase]"))
	citizen.turn("[data-do=withdraw] button").says("Withdrawn by its author", "Erased")
	if eval[bool](citizen, `Promise.resolve(document.body.innerText.includes("river rots"))`) {
		t.Error("what was erased is shown")
	}
	citizen.inspect("a comment that was taken back", aDesk)
}
