package browsertest

import (
	"encoding/json/jsontext"
	"encoding/json/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"publica"
	"publica/cmd/publica/importer"
)

// thePlan imports the fourth U.S. National Action Plan, or skips the test where
// its record is not.
func thePlan(t *testing.T, h *house) importer.Signer {
	t.Helper()
	dir := filepath.Join("..", "..", "..", "shared", "data", "us-nap4")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("SKIPPED: the data of the fourth U.S. plan is not at ../shared/data/us-nap4 beside the project: %v", err)
	}
	data, err := importer.ReadNAP4(os.DirFS(dir))
	must(t, err)
	g := h.found(importer.NAP4Setup)
	plan, err := data.Plan(g)
	must(t, err)
	must(t, h.upload().All(t.Context(), plan.Ideas))
	must(t, h.upload().All(t.Context(), plan.Comments))
	must(t, h.upload().InOrder(t.Context(), plan.Drafts))
	return g
}

// commentOnSection begins a comment on a section of the latest version, as far
// as the page that asks to look once more.
func (b *tab) commentOnSection(g importer.Signer, section, text string) {
	b.t.Helper()
	b.writeOnSection(g, section)
	b.do(chromedp.Click("label[for=st-o]"))
	b.fill("#text", text)
	b.click("#pub-write button[value=check]", "#pub-sign")
}

func (b *tab) writeOnSection(g importer.Signer, section string) {
	b.t.Helper()
	b.visit("/docket/" + g.Docket.String() + "/text")
	b.click(`a[href*="/contribute?"][href*="section=`+section+`&"], a[href*="/contribute?"][href$="section=`+section+`"]`, "#pub-write")
}

type record struct {
	ID         publica.EntryID `json:"id"`
	Receipt    jsontext.Value  `json:"receipt"`
	Submission jsontext.Value  `json:"submission"`
	Title      string          `json:"title"`
}

func (b *tab) records() (all []record) {
	b.t.Helper()
	must(b.t, json.Unmarshal([]byte(b.kept("records")), &all))
	return all
}

// TestContribute follows people who are no members of staff, at the real draft
// of a real plan.
func TestContribute(t *testing.T) {
	chromium := browser(t)
	h := newHouse(t)
	g := thePlan(t, h)
	section := eval[string](open(t, chromium, h).visit("/docket/"+g.Docket.String()+"/text"),
		`Promise.resolve(new URL([...document.querySelectorAll('a[href*="/contribute?"]')].find(a => a.href.includes("section=")).href).searchParams.get("section"))`)

	t.Run("personal data is named before it is sent", func(t *testing.T) {
		b := open(t, chromium, h)
		b.commentOnSection(g, section, "Write to me at ada.lovelace@example.org, or call +44 20 7946 0958.")
		b.says("This looks personal", "an e-mail address: ", "ada.lovelace@example.org", "a telephone number", "+44 20 7946 0958")
	})

	t.Run("what was written comes back", func(t *testing.T) {
		b := open(t, chromium, h)
		b.writeOnSection(g, section)
		b.fill("#text", "A thought that wants time.")
		for !strings.Contains(b.kept("drafts"), "A thought that wants time.") { // the page says nothing of it: nobody waits for it
			if t.Context().Err() != nil {
				t.Fatal("the draft is not kept")
			}
		}
		b.visit("/dockets")
		b.writeOnSection(g, section)
		b.see("#pub-draft")
		if got := eval[string](b, `Promise.resolve(document.getElementById("text").value)`); got != "A thought that wants time." {
			t.Errorf("what came back is %q", got)
		}
		b.do(chromedp.Click("[data-act=discard]"))
		b.until(`document.getElementById("text").value === ""`)
		b.writeOnSection(g, section)
		if got := eval[string](b, `Promise.resolve(document.getElementById("text").value)`); got != "" {
			t.Errorf("discarded, and there is %q", got)
		}
	})

	t.Run("without script", func(t *testing.T) {
		b := open(t, chromium, h)
		_, err := chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		must(t, err)
		b.commentOnSection(g, section, "No script runs here, and the node signs for me.")
		b.see("#pub-sign [data-noscript]")
		b.click("#pub-sign button[value=change]", "#pub-write")
		b.click("#pub-write button[value=check]", "#pub-sign")
		b.click("#pub-sign button[value=send]", ".pub-file")
		at, err := chromedp.Run(b.ctx, chromedp.Location())
		must(t, err)
		id, err := publica.ParseEntryID(at[strings.LastIndex(at, "/")+1:])
		must(t, err)
		_, _, err = h.client.Receipt(t.Context(), id, time.Minute)
		must(t, err)
		b.visit("/contribution/" + id.String()).see("main")
		b.says("No script runs here")
	})

	t.Run("a node that is away loses nothing", func(t *testing.T) {
		b := open(t, chromium, h)
		b.commentOnSection(g, section, "Sent while the node sleeps.")
		h.stop()
		b.click("#pub-sign button[value=send]", "#pub-refused")
		b.says("The node did not answer.")
		h.start()
		b.visit("/mine").see("[data-act=again]")
		b.says("Not sent yet", "Sent while the node sleeps.")
		all := b.records()
		if len(all) != 1 || all[0].Receipt != nil || all[0].Submission == nil {
			t.Fatalf("kept: %+v", all)
		}
		b.do(chromedp.Click("[data-act=again]"))
		b.see("[data-act=receipt]")
		_, v, err := h.client.Receipt(t.Context(), all[0].ID, time.Minute)
		must(t, err)
		if v.Leaf.Refused != nil {
			t.Errorf("it is on the log as refused: %v", v.Leaf.Refused)
		}
		b.visit("/mine").says("It waits for its answer.")
	})

	t.Run("a receipt that needs no node", func(t *testing.T) {
		b := open(t, chromium, h)
		b.commentOnSection(g, section, "The text should say how it will be measured.")
		b.click("#pub-sign button[value=send]", ".pub-file")
		b.says("We have your contribution", "Your tracking number")
		id := b.records()[0].ID
		_, _, err := h.client.Receipt(t.Context(), id, time.Minute)
		must(t, err)
		b.visit("/mine").until(`["In the log", "Vouched for", "Kept by most"].includes(document.querySelector("[data-slot=stage]")?.textContent)`)
		h.stop()
		defer h.start()
		policy, err := publica.ParsePolicy([]byte(h.policy))
		must(t, err)
		r, err := publica.ParseReceipt(b.records()[0].Receipt)
		must(t, err)
		v, err := r.Verify(policy, "rivers.publica.example")
		must(t, err)
		if v.ID != id || !v.Stage.Reached(publica.Logged) {
			t.Errorf("verified: %+v", v)
		}
	})

	t.Run("an export that needs no node", func(t *testing.T) {
		b := open(t, chromium, h)
		b.visit("/verify").see("#pub-drop")
		file, err := os.Create(filepath.Join(t.TempDir(), "docket.jsonl"))
		must(t, err)
		_, err = h.client.Export(t.Context(), g.Docket, file, nil)
		must(t, err)
		must(t, file.Close())
		h.stop()
		defer h.start()
		b.do(chromedp.SetUploadFiles("#file", []string{file.Name()}))
		b.until(`document.querySelector("#pub-judged .usa-alert--success")`)
		b.says("This is the whole docket", "none missing, none added, none altered")
		lines, err := os.ReadFile(file.Name())
		must(t, err)
		all := strings.SplitAfter(string(lines), "\n")
		less, err := json.Marshal(strings.Join(append(all[:10:10], all[11:]...), ""))
		must(t, err)
		eval[bool](b, `(() => { const d = new DataTransfer(); d.items.add(new File([`+string(less)+`], "docket.jsonl"));
			return Promise.resolve(document.getElementById("pub-drop").dispatchEvent(new DragEvent("drop", { dataTransfer: d, cancelable: true }))); })()`)
		b.until(`document.querySelector("#pub-judged .usa-alert--error")`)
		b.says("Refused: it does not prove what it claims")
	})
}
