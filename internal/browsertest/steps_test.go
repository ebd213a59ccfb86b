package browsertest

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// steps looks at the pages that no address leads to: what comes after a form.
func steps(t *testing.T, citizen, staff *tab) {
	docket := eval[string](citizen.visit("/dockets"), `Promise.resolve([...document.querySelectorAll('main a[href^="/docket/"]')].find(a => a.textContent.includes("Action Plan")).getAttribute("href"))`)
	look := func(b *tab, name string) { b.inspect(name, aDesk, aPhone, dark) }

	citizen.visit(docket + "/contribute")
	eval[bool](citizen, `Promise.resolve(document.querySelector("#pub-write").noValidate = true)`) // or the browser itself asks for words
	citizen.click("#pub-write button[value=check]", ".usa-alert--error")
	look(citizen, "a comment without words")
	citizen.visit(docket + "/contribute").do(chromedp.Click("label[for=st-o]"))
	citizen.fill("#text", "Please write to ada.lovelace@example.org about the second section.")
	citizen.click("#pub-write button[value=check]", "#pub-sign")
	look(citizen, "a comment that holds personal data")
	citizen.walk("a comment that holds personal data")
	citizen.click("#pub-sign button[value=send]", ".pub-file")
	look(citizen, "received")
	citizen.visit("/mine").see("#pub-records article")
	look(citizen, "my records")
	citizen.walk("my records")

	desk := "/desk" + docket
	staff.visit(desk)
	staff.do(chromedp.Click("[data-act=all]"))
	staff.click("#pub-queue button:not([formaction]):not([data-act])", "#reason")
	look(staff, "an answer to many")
	staff.walk("an answer to many")
	staff.click("form button[value=check]", ".usa-alert--error")
	look(staff, "an answer without a reason")
	staff.do(chromedp.Click("label[for=o-noted]"))
	staff.fill("#reason", "Thank you. We have read all of it.").click("form button[value=check]", "#pub-do")
	look(staff, "an answer to sign")

	staff.visit(desk+"/text").fill("#x-0", "\n\nAnd one sentence more.")
	staff.click("form button[value=save]", "#changes")
	look(staff, "a text that wants reasons")
	staff.walk("a text that wants reasons")

	staff.visit(desk + "/codify")
	if eval[bool](staff, `Promise.resolve(document.querySelector("form button[value=check]") !== null)`) {
		staff.turn("form button[value=check]")
	}
	look(staff, "declaring it final")
}
