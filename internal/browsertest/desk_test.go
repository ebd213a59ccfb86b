package browsertest

import (
	"encoding/json/v2"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"publica"
	"publica/cmd/publica/importer"
)

type obj = map[string]any

var rivers = importer.Setup{Body: "Office of Open Rivers", Type: "agency", Docket: "action-plan", Title: "Open rivers plan", Summary: "What will be done for the rivers."}

// employ makes a passkey in the tab, has its key made coordinator, signs in, and
// returns the key's fingerprint.
func (b *tab) employ(h *house, g importer.Signer) string {
	b.t.Helper()
	b.visit("/desk").click("[data-act=passkey]", "#pub-have code")
	key, err := chromedp.Run(b.ctx, chromedp.Text("#pub-have code"))
	must(b.t, err)
	b.click("#pub-have button", ".usa-alert--error")
	b.says("This key holds no role yet")
	key = strings.TrimSpace(key)
	h.grant(g, key, "coordinator")
	b.see("#pub-have button").click("#pub-have button", ".pub-card a")
	return key
}

// TestDesk follows a comment from the browser of a citizen over the desk of a
// coordinator back to the citizen.
func TestDesk(t *testing.T) {
	chromium := browser(t)
	h := newHouse(t)
	g := h.found(rivers)
	desk := "/desk/docket/" + g.Docket.String()
	h.say(g, importer.Statement{Source: "v1", Kind: "participation/draft", Body: obj{"version": 1, "sections": []obj{{"id": "water", "part": "t1"}, {"id": "paths", "part": "t2"}}},
		Parts: []importer.Part{{Name: "t1", Media: "text/markdown", Text: "## Water\n\nReadings are published every day."}, {Name: "t2", Media: "text/markdown", Text: "## Paths\n\nThree rivers get paths."}}})
	var said []publica.EntryID
	for i := range 39 {
		who := importer.Signer{Key: person(fmt.Sprint(i)), Register: g.Register, Docket: g.Docket}
		said = append(said, h.say(who, importer.Statement{Source: "1", Kind: "participation/comment", Body: obj{"stance": "support", "section": "water", "version": 1},
			Parts: []importer.Part{{Name: "text", Media: "text/markdown", Text: fmt.Sprintf("Comment %d: a day is too late for swimmers.", i)}}})...)
	}
	citizen := open(t, chromium, h)
	citizen.commentOnSection(g, "water", "Publish within the hour, please.")
	citizen.click("#pub-sign button[value=send]", ".pub-file")
	mine := citizen.records()[0].ID
	_, _, err := h.client.Receipt(t.Context(), mine, time.Minute)
	must(t, err)

	b := open(t, chromium, h).withAuthenticator()
	b.employ(h, g)
	b.says("40 contributions are owed a response")

	// All at once.
	b.click(".pub-card a", "#pub-queue")
	b.do(chromedp.Click("[data-act=all]"))
	b.click("#pub-queue button:not([formaction]):not([data-act])", "#reason")
	b.says("You answer 40 contributions")
	b.do(chromedp.Click("label[for=o-accepted]"), chromedp.Click("label[for=s-water]"))
	b.fill("#reason", "You are right: a day is too late. The next version says within the hour.")
	b.click("form button[value=save]", ".usa-alert--success").click("form button[value=check]", "#pub-do")
	b.click("#pub-do", ".pub-empty")
	b.says("Nothing is owed here")

	// The text, and three of the comments as its causes.
	b.visit(desk + "/text").see("#x-0")
	b.fill("#x-0", "\n\nFrom July, readings are published within the hour.")
	b.click("form button[value=save]", "#changes")
	b.fill("#w-water", "Forty of you asked for it.")
	for _, id := range said[:3] {
		b.do(chromedp.Click(fmt.Sprintf(`label[for="c-water-%s"]`, id)))
	}
	b.click("form button[value=check]", "#pub-do")
	b.do(chromedp.Click("#pub-do"))
	b.says("What changed from version 1 to version 2", "within the hour", "Forty of you asked for it.")

	b.visit(desk + "/codify").says("The latest version can be declared final.")
	b.click("form button[value=check]", "#pub-do").click("#pub-do", ".pub-kicker")
	b.says("Final since", "version 2 of the text")

	// The citizen finds in two clicks what became of it.
	citizen.visit("/").click(`.pub-nav a[href="/mine"]`, "#pub-records article")
	citizen.says("It has been answered.")
	citizen.click("#pub-records h3 a", ".pub-record")
	citizen.says("You are right: a day is too late.", "Accepted")
}

// TestDeskRefusedShare answers more contributions than one entry takes, of which
// one is not the docket's: what can be answered is, and the page says what
// cannot.
func TestDeskRefusedShare(t *testing.T) {
	chromium := browser(t)
	h := newHouse(t)
	g := thePlan(t, h)
	other := h.found(rivers)
	stray := h.say(importer.Signer{Key: person("stray"), Register: g.Register, Docket: other.Docket}, importer.Statement{Source: "1", Kind: "participation/comment",
		Body: obj{"stance": "neutral"}, Parts: []importer.Part{{Name: "text", Media: "text/markdown", Text: "Of another docket."}}})[0]
	var owed struct {
		Items []struct {
			ID publica.EntryID `json:"entry"`
		} `json:"items"`
	}
	res, err := http.Get(h.base + "/api/v1/dockets/" + g.Docket.String() + "/ideas?limit=1000")
	must(t, err)
	defer res.Body.Close()
	must(t, json.UnmarshalRead(res.Body, &owed))
	var ids []string
	for _, c := range owed.Items {
		ids = append(ids, c.ID.String())
	}
	if len(ids) < 205 {
		t.Fatalf("the plan has %d ideas", len(ids))
	}
	ids = append(ids[:205], stray.String())
	list, err := json.Marshal(ids)
	must(t, err)

	b := open(t, chromium, h).withAuthenticator()
	b.employ(h, g)
	b.visit("/desk/docket/" + g.Docket.String()).see("#pub-queue")
	eval[bool](b, `new Promise(yes => { const f = document.getElementById("pub-queue"); for (const c of f.querySelectorAll("[name=target]")) c.remove();
		for (const id of `+string(list)+`) { const i = document.createElement("input"); i.type = "hidden"; i.name = "target"; i.value = id; f.append(i); } yes(true); })`)
	b.click("#pub-queue button:not([formaction]):not([data-act])", "#reason")
	b.do(chromedp.Click("label[for=o-noted]"))
	b.fill("#reason", "Thank you. We have read all of it.")
	b.click("form button[value=check]", "#pub-do").click("#pub-do", "#pub-results .pub-result--refused")
	b.says("200: Taken", "6: ", "Some were not taken.")
	b.visit("/desk").says("42 contributions are owed a response") // of 242
	b.visit("/desk/docket/"+g.Docket.String()).says("Answers you have begun", "5 contributions")
}
