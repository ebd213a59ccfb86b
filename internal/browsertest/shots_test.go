package browsertest

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

var shots = flag.String("shots", "", "folder to write the pictures of docs/screens to, instead of testing")

// TestShots takes the pictures of docs/screens.md.
func TestShots(t *testing.T) {
	if *shots == "" {
		t.Skip("takes pictures for the documentation; asked for with -shots")
	}
	chromium := browser(t)
	h := lively(t)
	citizen, staff := open(t, chromium, h), open(t, chromium, h).withAuthenticator()
	staff.employEverywhere(h)
	take := func(b *tab, name string, width, height int64) {
		b.do(chromedp.EmulateViewport(width, height))
		png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
		must(t, err)
		must(t, os.WriteFile(filepath.Join(*shots, name+".png"), png, 0o644))
	}
	href := func(b *tab, page, selector, text string) string {
		return eval[string](b.visit(page), `Promise.resolve([...document.querySelectorAll("main `+selector+`")].find(a => a.textContent.includes("`+text+`")).getAttribute("href"))`)
	}
	plan := href(citizen, "/dockets", `a[href^='/docket/']`, "Action Plan")
	city := href(citizen, "/dockets", `a[href^='/docket/']`, "tree plan")

	take(citizen.visit("/"), "home", 1280, 1100)
	take(citizen.visit(city), "docket", 1280, 1500)
	take(citizen.visit(plan+"/text"), "text", 1280, 1200)
	take(citizen.visit(plan+"/redline"), "redline", 1280, 1100)
	answered := href(citizen, plan+"/responses", `a[href^='/contribution/']`, "")
	take(citizen.visit(answered), "became", 1280, 1100)
	take(citizen.visit("/entry/"+answered[len("/contribution/"):]), "record", 1280, 1500)
	take(citizen.visit("/verify"), "verify", 1280, 900)
	take(citizen.visit("/commitments"), "board", 1280, 1400)
	take(citizen.visit(href(citizen, "/commitments", `a[href^='/commitment/']`, "who owns")), "commitment", 1280, 1700)
	bought := href(citizen, "/tenders", `a[href$='/tender']`, "Case management")
	take(citizen.visit(bought), "tender", 1280, 1300)
	take(citizen.visit(bought+"/bids"), "bids", 1280, 1300)
	take(citizen.visit(bought+"/keys"), "keys", 1280, 1500)
	take(citizen.visit(href(citizen, "/tenders", `a[href$='/tender']`, "Planting")+"/bid"), "bidroom", 1280, 1500)
	citizen.visit(plan + "/contribute").do(chromedp.Click("label[for=st-o]"))
	citizen.fill("#text", "Please write to ada.lovelace@example.org about the second section.")
	citizen.click("#pub-write button[value=check]", "#pub-sign")
	take(citizen, "check", 1280, 1300)
	citizen.click("#pub-sign button[value=send]", ".pub-file")
	take(citizen, "received", 1280, 1100)
	take(citizen.visit(plan), "phone", 320, 900)
	take(citizen.speak("ar").visit(plan), "arabic", 1280, 1100)

	take(staff.visit("/desk"+plan), "desk-queue", 1280, 1100)
	staff.do(chromedp.Click("[data-act=all]"))
	staff.click("#pub-queue button:not([formaction]):not([data-act])", "#reason")
	staff.fill("#reason", "Thank you. We have read all of it, and the next version says what follows from it.")
	take(staff, "desk-answer", 1280, 1100)
	staff.visit("/desk" + plan + "/text")
	eval[bool](staff, `(() => { document.querySelector("#x-2").value += "\n\nThe register is searched by word and by amount."; return Promise.resolve(true); })()`)
	staff.click("form button[value=save]", "#changes")
	staff.do(chromedp.ScrollIntoView("#changes"))
	take(staff, "desk-text", 1280, 1100)
}
