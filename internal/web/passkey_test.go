package web_test

import (
	"context"
	"encoding/json/v2"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"publica"
)

// TestPasskeyOfABrowser has a real browser, with an authenticator of its own,
// sign an entry by the pages' script.
func TestPasskeyOfABrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("opens a browser")
	}
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("SKIPPED: no chromium on this machine; install it to try its passkeys")
	}
	mux := http.NewServeMux()
	mux.Handle("/own/", http.StripPrefix("/own/", http.FileServer(http.Dir("assets/own"))))
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Type", "text/html") })
	srv := httptest.NewServer(mux)
	defer srv.Close()
	alloc, stop := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.Flag("disable-background-networking", true))...)
	defer stop()
	tab, stop := chromedp.NewContext(alloc)
	defer stop()
	tab, stop = context.WithTimeout(tab, time.Minute)
	defer stop()

	const entry = `{"author":"AUTHOR","body":{},"kind":"test/say","made":"2026-01-01T00:00:00.000Z","nonce":"000102030405060708090a0b0c0d0e0f","register":"demo.publica.example"}`
	const script = `(async () => {
		const keys = await import("/own/keys.js");
		const key = await keys.newPasskey("localhost", "Test", "");
		const entry = ENTRY.replace("AUTHOR", key.id);
		return JSON.stringify({ entry, signature: await keys.sign(key, "demo.publica.example", new TextEncoder().encode(entry)) });
	})()`
	quoted, err := json.Marshal(entry)
	if err != nil {
		t.Fatal(err)
	}
	device := webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
		HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
	}
	if err := chromedp.Do(tab, chromedp.Navigate(strings.Replace(srv.URL, "127.0.0.1", "localhost", 1)+"/")); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(tab, webauthn.Enable, webauthn.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(tab, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &device}); err != nil {
		t.Fatal(err)
	}
	out, err := chromedp.Run(tab, chromedp.Evaluate[string](strings.Replace(script, "ENTRY", string(quoted), 1), chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal(err)
	}
	var made struct {
		Entry     string            `json:"entry"`
		Signature publica.Signature `json:"signature"`
	}
	if err := json.Unmarshal([]byte(out), &made); err != nil {
		t.Fatal(err)
	}
	t.Logf("%s %s", made.Signature.Algorithm, made.Signature.Client)
	e, err := publica.ParseEntry([]byte(made.Entry))
	if err != nil {
		t.Fatal(err)
	}
	if err := made.Signature.Verify(e.Author, []byte(made.Entry)); err != nil {
		t.Error(err)
	}
	if domain, err := made.Signature.RelyingParty(); err != nil || domain != "localhost" {
		t.Errorf("of %q: %v", domain, err)
	}
}
