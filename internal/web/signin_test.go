package web_test

import (
	"bytes"
	"context"
	"encoding/json/v2"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"publica"
	"publica/internal/registertest"
	"publica/internal/web"
)

// memory is a vault that lasts as long as the test. Tests of the desk ask one
// thing at a time.
type memory struct {
	now  func() time.Time
	kept map[string]keptValue
}

type keptValue struct {
	value []byte
	until time.Time
}

func (m *memory) Get(name string) ([]byte, bool, error) {
	k, ok := m.kept[name]
	return k.value, ok && k.until.After(m.now()), nil
}

func (m *memory) Put(name string, value []byte, until time.Time) error {
	m.kept[name] = keptValue{bytes.Clone(value), until}
	return nil
}

func (m *memory) Delete(name string) error {
	delete(m.kept, name)
	return nil
}

func (m *memory) Each(prefix string, f func(string, []byte) bool) error {
	for _, name := range slices.Sorted(maps.Keys(m.kept)) {
		if strings.HasPrefix(name, prefix) && !f(name, m.kept[name].value) {
			break
		}
	}
	return nil
}

// office is a site with a desk, and a clock the test moves.
type office struct {
	t     *testing.T
	host  string // of the requests
	at    time.Time
	vault *memory
	staff map[publica.KeyID]bool
	site  http.Handler
}

func newOffice(t *testing.T, services ...web.SignInService) *office {
	t.Helper()
	o := &office{t: t, host: "register.example", at: fakeEpoch.Std(), staff: map[publica.KeyID]bool{}}
	now := func() time.Time { return o.at }
	o.vault = &memory{now: now, kept: map[string]keptValue{}}
	o.site = o.start(services...)
	return o
}

// start is the process begun anew, with the vault as it was left.
func (o *office) start(services ...web.SignInService) http.Handler {
	f := newFake(o.t)
	f.founding.Passkeys = "register.example"
	s, err := web.New(web.Config{Register: f, Now: o.vault.now, Vault: o.vault, SignIn: services, PostRate: -1})
	must(o.t, err)
	s.Staff(func(_ context.Context, key publica.KeyID) (bool, error) { return o.staff[key], nil })
	s.Handle("GET /who", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s := web.SessionOf(r); s != nil {
			_, _ = io.WriteString(w, s.Key.String()+" "+s.Name)
		}
	}))
	return s.Handler()
}

func (o *office) ask(method, path, body string, cookies ...*http.Cookie) answer {
	o.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Host = o.host
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for _, c := range cookies {
		r.AddCookie(c)
	}
	return do(o.t, o.site, r)
}

var challengeInPage = regexp.MustCompile(`data-challenge="([^"]+)"`)

func (o *office) challenge() string {
	o.t.Helper()
	m := challengeInPage.FindStringSubmatch(o.ask("GET", "/desk/sign-in", "").wants(o.t, 200).Body.String())
	if m == nil {
		o.t.Fatal("the page has no challenge")
	}
	return m[1]
}

// A signer signs what a page asks a key to sign to sign in.
type signer func(challenge []byte) publica.Signature

func (o *office) form(challenge, next string, sign signer, fields ...string) url.Values {
	o.t.Helper()
	sig, err := json.Marshal(sign(web.SignInBytes(fakeName, challenge)))
	must(o.t, err)
	f := url.Values{"challenge": {challenge}, "next": {next}, "signature": {string(sig)}}
	for i := 0; i < len(fields); i += 2 {
		f.Set(fields[i], fields[i+1])
	}
	return f
}

// enter signs in and returns the session's cookie.
func (o *office) enter(sign signer, fields ...string) *http.Cookie {
	o.t.Helper()
	a := o.ask("POST", "/desk/sign-in", o.form(o.challenge(), "/desk", sign, fields...).Encode()).wants(o.t, 303)
	for _, c := range a.Result().Cookies() {
		if strings.HasSuffix(c.Name, "publica_session") {
			return c
		}
	}
	o.t.Fatal("no session was opened")
	return nil
}

func (o *office) who(c *http.Cookie) string { return o.ask("GET", "/who", "", c).Body.String() }

func withKey(t *testing.T, key *publica.PrivateKey) (publica.KeyID, signer) {
	return key.ID(), func(b []byte) publica.Signature {
		sig, err := key.SignBytes(b)
		must(t, err)
		return *sig
	}
}

func withEd25519(t *testing.T, seed byte) (publica.KeyID, signer) {
	return withKey(t, publica.KeyFromSeed([32]byte{seed}))
}

func withPasskey(t *testing.T, p *registertest.Passkey) signer {
	return func(b []byte) publica.Signature {
		sig, err := p.Answer(publica.PasskeyChallenge(fakeName, b))
		must(t, err)
		return sig
	}
}

func TestSignIn(t *testing.T) {
	o := newOffice(t)
	ed, signEd := withEd25519(t, 1)
	key, err := publica.GenerateKey(publica.P256)
	must(t, err)
	p256, signP256 := withKey(t, key)
	passkey := registertest.NewPasskey("ada", "register.example")
	for name, k := range map[string]struct {
		id   publica.KeyID
		sign signer
	}{"ed25519": {ed, signEd}, "p256": {p256, signP256}, "passkey": {passkey.ID(), withPasskey(t, passkey)}} {
		o.staff[k.id] = true
		c := o.enter(k.sign)
		if c.Name != "__Host-publica_session" || !c.HttpOnly || !c.Secure || c.Path != "/" || c.Domain != "" || c.SameSite != http.SameSiteLaxMode || c.MaxAge != 12*60*60 {
			t.Errorf("%s: cookie %v", name, c)
		}
		if got := o.who(c); got != k.id.String()+" " {
			t.Errorf("%s is signed in as %q", name, got)
		}
		for kept, v := range o.vault.kept {
			if strings.Contains(kept, c.Value) || strings.Contains(string(v.value), c.Value) {
				t.Errorf("the vault holds the token, in %s", kept)
			}
		}
	}
	for host, secure := range map[string]bool{"localhost:8080": false, "127.0.0.1:8080": false, "[::1]:80": false, "localhost.example": true} {
		o.host = host
		if c := o.enter(signEd); c.Secure != secure || strings.HasPrefix(c.Name, "__Host-") != secure {
			t.Errorf("at %s: %v", host, c)
		}
	}
}

// Whoever is refused gets no session, and reads why.
func TestSignInRefused(t *testing.T) {
	o := newOffice(t)
	ada, sign := withEd25519(t, 1)
	_, eve := withEd25519(t, 2)
	passkey := registertest.NewPasskey("ada", "register.example")
	elsewhere := registertest.NewPasskey("ada", "other.example")
	lured := registertest.NewPasskey("ada", "register.example")
	lured.Origin = "https://register.example.evil.example"
	o.staff[ada], o.staff[passkey.ID()] = true, true
	other := newOffice(t).challenge()
	forged := strings.Repeat("A", len(other))
	stolen := func(b []byte) publica.Signature { s := sign(b); s.Sig = eve(b).Sig; return s }
	entry := func([]byte) publica.Signature { return sign([]byte(`{"kind":"identity/grant"}`)) }
	for name, f := range map[string]url.Values{
		"a key without a role":              o.form(o.challenge(), "/desk", eve),
		"the signature of another key":      o.form(o.challenge(), "/desk", stolen),
		"the signature of something else":   o.form(o.challenge(), "/desk", entry),
		"a forged challenge":                o.form(forged, "/desk", sign),
		"no challenge":                      o.form("", "/desk", sign),
		"the challenge of another node":     o.form(other, "/desk", sign),
		"a passkey of another site":         o.form(o.challenge(), "/desk", withPasskey(t, elsewhere)),
		"a passkey that another page asked": o.form(o.challenge(), "/desk", withPasskey(t, lured)),
		"no signature":                      {"challenge": {o.challenge()}},
	} {
		a := o.ask("POST", "/desk/sign-in", f.Encode())
		if a.Code != http.StatusForbidden || len(a.Result().Cookies()) != 0 || !strings.Contains(a.Body.String(), "You are not signed in") {
			t.Errorf("%s: %d, %v", name, a.Code, a.Result().Cookies())
		}
	}
	once := o.form(o.challenge(), "/desk", sign).Encode()
	o.ask("POST", "/desk/sign-in", once).wants(t, 303)
	o.ask("POST", "/desk/sign-in", once).wants(t, 403, "used before")
	spent := o.form(o.challenge(), "/desk", eve).Encode() // by a key that is refused, it is spent too
	o.ask("POST", "/desk/sign-in", spent).wants(t, 403, "holds no role")
	o.ask("POST", "/desk/sign-in", spent).wants(t, 403, "used before")
	late := o.form(o.challenge(), "/desk", sign).Encode()
	o.at = o.at.Add(5 * time.Minute)
	o.ask("POST", "/desk/sign-in", late).wants(t, 403, "took too long")
	// Of two sites in one browser, none signs a person in to the other.
	r := httptest.NewRequest("POST", "/desk/sign-in", strings.NewReader(o.form(o.challenge(), "/desk", sign).Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	do(t, o.site, r).wants(t, 403, "from another site")
}

func TestSessionsEnd(t *testing.T) {
	o := newOffice(t)
	ada, sign := withEd25519(t, 1)
	o.staff[ada] = true
	first := o.enter(sign)
	// A token that somebody set beforehand is never the one that is opened.
	planted := &http.Cookie{Name: first.Name, Value: "planted"}
	a := o.ask("POST", "/desk/sign-in", o.form(o.challenge(), "/desk", sign).Encode(), planted).wants(t, 303)
	if got := a.Result().Cookies()[0].Value; got == planted.Value || got == first.Value || o.who(planted) != "" {
		t.Errorf("the token is %q", got)
	}
	// Signing in anew ends the session before.
	a = o.ask("POST", "/desk/sign-in", o.form(o.challenge(), "/desk", sign).Encode(), first).wants(t, 303)
	second := a.Result().Cookies()[0]
	if o.who(first) != "" || o.who(second) == "" {
		t.Error("the first session outlives the second")
	}
	// A restart ends no session, and time does.
	o.site = o.start()
	if o.who(second) == "" {
		t.Error("a restart ended a session")
	}
	o.at = o.at.Add(12*time.Hour - time.Second)
	if o.who(second) == "" {
		t.Error("it ended before its time")
	}
	o.at = o.at.Add(time.Second)
	if o.who(second) != "" {
		t.Error("it outlived its time")
	}
	third := o.enter(sign)
	out := o.ask("POST", "/desk/sign-out", "", third).wants(t, 303)
	if c := out.Result().Cookies(); len(c) != 1 || c[0].MaxAge >= 0 || c[0].Value != "" {
		t.Errorf("the cookie stays: %v", c)
	}
	if o.who(third) != "" {
		t.Error("signed out, and still known")
	}
}

// Where a person goes after signing in is a page of this site.
func TestSignInLeadsNowhereElse(t *testing.T) {
	o := newOffice(t)
	ada, sign := withEd25519(t, 1)
	o.staff[ada] = true
	for next, want := range map[string]string{
		"/desk/docket/1?a=b&c=d": "/desk/docket/1?a=b&c=d", "//evil.example/": "/desk", "https://evil.example/": "/desk",
		`/\evil.example`: "/desk", "/\t/evil.example": "/desk", "javascript:alert(1)": "/desk", "": "/desk",
	} {
		a := o.ask("POST", "/desk/sign-in", o.form(o.challenge(), next, sign).Encode()).wants(t, 303)
		if got := a.Header().Get("Location"); got != want {
			t.Errorf("next %q leads to %q", next, got)
		}
	}
}

// The name of a passkey stands for the key that first signed in with it; nobody
// else can put theirs in its place.
func TestPasskeyNames(t *testing.T) {
	o := newOffice(t)
	ada, sign := withEd25519(t, 1)
	mine, theirs := registertest.NewPasskey("ada", "register.example"), registertest.NewPasskey("eve", "register.example")
	o.staff[ada], o.staff[mine.ID()], o.staff[theirs.ID()] = true, true, true
	known := func(status int) string {
		return o.ask("POST", "/desk/passkey", `{"credential":"Y3JlZGVudGlhbA"}`).wants(t, status).Body.String()
	}
	known(404)
	o.enter(sign, "credential", "Y3JlZGVudGlhbA")
	known(404) // no passkey
	o.enter(withPasskey(t, mine), "credential", "Y3JlZGVudGlhbA")
	first := known(200)
	o.enter(withPasskey(t, theirs), "credential", "Y3JlZGVudGlhbA")
	var sig publica.Signature
	must(t, json.Unmarshal([]byte(first), &sig))
	if known(200) != first || sig.KeyID() != mine.ID() {
		t.Errorf("the passkey's name stands for %s, then %s", first, known(200))
	}
	before := len(o.vault.kept)
	o.enter(withPasskey(t, theirs), "credential", "../../etc/passwd")
	o.enter(withPasskey(t, theirs), "credential", strings.Repeat("A", 4000))
	for name := range o.vault.kept {
		if strings.HasPrefix(name, "passkey/") && name != "passkey/Y3JlZGVudGlhbA" {
			t.Errorf("%s was kept; %d names before", name, before)
		}
	}
	o.ask("POST", "/desk/passkey", `{"credential":`).wants(t, 400)
	r := httptest.NewRequest("POST", "/desk/passkey", strings.NewReader(`{"credential":"Y3JlZGVudGlhbA"}`))
	r.Header.Set("Origin", "https://evil.example")
	do(t, o.site, r).wants(t, 403)
}

// Without a vault there is no desk.
func TestNoDesk(t *testing.T) {
	f := newFake(t)
	s, err := web.New(web.Config{Register: f})
	must(t, err)
	get(t, s.Handler(), "/desk/sign-in").wants(t, 404)
}
