package web_test

import (
	"context"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"publica"
	"publica/internal/web"
)

// TestReceiptPage keeps a receipt as a page, stops the node, and opens the file
// from disk: whole, and with one byte altered here and there.
func TestReceiptPage(t *testing.T) {
	tab := browser(t)
	f := newFake(t)
	s := f.fill(t)
	srv := httptest.NewServer(newSite(t, f, s, web.Config{}).Handler())
	pages := map[string]string{}
	for name, id := range map[string]publica.EntryID{"comment": s.comment, "refused": s.refused, "erased": s.erased, "seal": s.seal, "waiting": s.waiting} {
		pages[name] = fetch(t, srv.URL+"/entry/"+id.String()+"/receipt.html", "en")
	}
	arabic := fetch(t, srv.URL+"/entry/"+s.comment.String()+"/receipt.html", "ar")
	srv.Close()

	for name, want := range map[string]string{"comment": "Verified", "refused": "counts for nothing", "erased": "Content that is not in the file", "seal": "Verified", "waiting": "A node has signed"} {
		if state, text := opened(t, tab, pages[name], false); state != "verified" || !strings.Contains(text, want) {
			t.Errorf("%s: %s: %s", name, state, text)
		}
	}
	if state, _ := opened(t, tab, arabic, false); state != "verified" || !strings.Contains(arabic, `dir="rtl"`) {
		t.Errorf("in Arabic: %s", state)
	}
	page := pages["comment"]
	for _, c := range []struct {
		name, at   string
		skip       int
		state, why string
	}{
		{"entry", `"stance":"`, 0, "refused", "leaf/signature/sig: does not verify over this entry"},
		{"signature", `"sig":"`, 9, "refused", "leaf/signature/sig: does not verify over this entry"},
		{"content", `"data":"`, 0, "refused", "content/0/data: does not fit the entry's commitment"},
		{"block height", `"height":`, 0, "refused", "proof: does not lead from the leaf to the root of the tree"},
		{"checkpoint", `— test.publica.example `, 9, "refused", "checkpoint: has a signature"},
		{"policy", `<pre id="policy" dir="ltr">`, 0, "refused", "policy/line 1"},
		{"program", `class `, 0, "unchecked", "Not checked"},
	} {
		i := strings.Index(page, c.at) + len(c.at) + c.skip
		altered := page[:i] + string(neighbour(page[i])) + page[i+1:]
		if state, text := opened(t, tab, altered, c.state == "unchecked"); state != c.state || !strings.Contains(text, c.why) {
			t.Errorf("%s altered: %s: %s", c.name, state, text)
		}
	}
}

// neighbour returns another character that may stand where c does.
func neighbour(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return '0' + (c-'0'+1)%10
	case c == '+' || c == '/':
		return c ^ '+' ^ '/'
	}
	return c ^ 0x20 // the other case
}

// TestCheckHere has the pages of a node check a record: the record's own, and
// the page to verify with a file, with a code's text, and with one altered.
func TestCheckHere(t *testing.T) {
	tab := browser(t)
	f := newFake(t)
	s := f.fill(t)
	srv := httptest.NewServer(newSite(t, f, s, web.Config{}).Handler())
	defer srv.Close()
	verdict := func(path, act, want string) {
		t.Helper()
		if err := chromedp.Do(tab, chromedp.Navigate("about:blank"), chromedp.Navigate(srv.URL+path)); err != nil {
			t.Fatal(err)
		}
		text, err := chromedp.Run(tab, chromedp.Evaluate[string](`new Promise(done => {
			const here = document.getElementById("pub-judged");
			const look = () => here.firstChild && done(here.textContent);
			new MutationObserver(look).observe(here, { childList: true });
			look();
			`+act+`
		})`, chromedp.EvalAwaitPromise))
		if err != nil || !strings.Contains(text, want) {
			t.Errorf("%s: %q, %v, want %q", path, text, err, want)
		}
	}
	verdict("/entry/"+s.comment.String(), `document.getElementById("pub-check").click();`, "Verified")

	receipt, err := f.Receipt(t.Context(), s.comment)
	must(t, err)
	raw, err := receipt.Bytes()
	must(t, err)
	policy, err := publica.ParsePolicy([]byte(f.Policy()))
	must(t, err)
	compact, err := receipt.Compact(policy, publica.MaxCompact)
	must(t, err)
	t.Logf("compact form: %d characters", len(compact))
	choose := func(text string) string {
		return `const files = new DataTransfer(); files.items.add(new File([atob("` + base64.StdEncoding.EncodeToString([]byte(text)) + `")], "file"));
			const { file } = document.getElementById("pub-drop").elements; file.files = files.files; file.dispatchEvent(new Event("change"));`
	}
	ascii := func(text string) string { return strings.ReplaceAll(text, "—", `\u2014`) }
	verdict("/verify", choose(ascii(string(raw))), "Verified")
	verdict("/verify", choose(ascii(strings.Replace(string(raw), `"height":`, `"height":1`, 1))), "does not lead from the leaf to the root")
	verdict("/verify", choose(compact), "Verified")
	verdict("/verify#"+compact, "", "Verified")
	verdict("/verify#"+compact[:len(compact)-4]+"AAAA", "", "Refused")
	if web.CheckAssets() == nil && *shots != "" {
		shot, err := chromedp.Run(tab, chromedp.FullScreenshot(100))
		must(t, err)
		must(t, os.WriteFile(filepath.Join(*shots, "verify-refused.png"), shot, 0o644))
	}
}

// browser opens a tab that is closed with the test.
func browser(t *testing.T) context.Context {
	t.Helper()
	if testing.Short() {
		t.Skip("opens a browser")
	}
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("no chromium on this machine; hint: scripts/need-chromium installs it")
	}
	alloc, stop := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.Flag("disable-background-networking", true))...)
	t.Cleanup(stop)
	tab, stop := chromedp.NewContext(alloc)
	t.Cleanup(stop)
	tab, stop = context.WithTimeout(tab, 2*time.Minute)
	t.Cleanup(stop)
	return tab
}

func fetch(t *testing.T, url, lang string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	must(t, err)
	r.Header.Set("Accept-Language", lang)
	res, err := http.DefaultClient.Do(r)
	must(t, err)
	defer res.Body.Close()
	page, err := io.ReadAll(res.Body)
	must(t, err)
	return string(page)
}

// opened saves a page, opens it from disk and returns what it says of itself.
// If its script is blocked, it says so from the start.
func opened(t *testing.T, tab context.Context, page string, blocked bool) (state, text string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "receipt.html")
	must(t, os.WriteFile(path, []byte(page), 0o600))
	must(t, chromedp.Do(tab, chromedp.Navigate("file://"+path)))
	type said struct{ State, Text string }
	got, err := chromedp.Run(tab, chromedp.Evaluate[said](`new Promise(done => {
		const say = () => (document.body.dataset.state !== "unchecked" || `+strconv.FormatBool(blocked)+`) &&
			done({ State: document.body.dataset.state, Text: document.getElementById("result").innerText });
		new MutationObserver(say).observe(document.body, { attributes: true });
		say();
	})`, chromedp.EvalAwaitPromise))
	must(t, err)
	if *shots != "" {
		shot, err := chromedp.Run(tab, chromedp.FullScreenshot(100))
		must(t, err)
		must(t, os.WriteFile(filepath.Join(*shots, "receipt-"+got.State+".png"), shot, 0o644))
	}
	return got.State, got.Text
}
