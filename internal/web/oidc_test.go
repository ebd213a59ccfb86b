package web_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json/v2"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"publica/internal/web"
)

// provider is an OpenID Connect provider whose users need no password: whoever
// comes is the user it has.
type provider struct {
	*httptest.Server
	t    *testing.T
	now  func() time.Time
	key  *ecdsa.PrivateKey
	user string
	// What goes wrong.
	nonce string // said instead of the one that was asked
	aud   string // instead of the client
	stale bool   // its tokens are of yesterday

	asked map[string]url.Values // by code
}

func newProvider(t *testing.T) *provider {
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), []byte(strings.Repeat("p", 32)))
	must(t, err)
	p := &provider{t: t, key: key, user: "ada", asked: map[string]url.Values{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		p.say(w, map[string]any{"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
			"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": []string{"ES256"}})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		raw, err := jose.JSONWebKey{Key: key.Public(), KeyID: "1", Algorithm: "ES256", Use: "sig"}.MarshalJSON()
		must(t, err)
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"keys":[` + string(raw) + `]}`))
	})
	mux.HandleFunc("GET /authorize", func(w http.ResponseWriter, r *http.Request) {
		code := "code-" + r.URL.Query().Get("state")
		p.asked[code] = r.URL.Query()
		http.Redirect(w, r, r.URL.Query().Get("redirect_uri")+"?"+url.Values{"code": {code}, "state": {r.URL.Query().Get("state")}}.Encode(), http.StatusFound)
	})
	mux.HandleFunc("POST /token", p.token)
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func (p *provider) say(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	must(p.t, json.MarshalWrite(w, v))
}

// token gives the identity for a code, once, to whoever has its verifier.
func (p *provider) token(w http.ResponseWriter, r *http.Request) {
	code := r.FormValue("code")
	asked, ok := p.asked[code]
	delete(p.asked, code)
	client, secret, _ := r.BasicAuth()
	verifier := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	if !ok || asked.Get("code_challenge") != base64.RawURLEncoding.EncodeToString(verifier[:]) || client != "publica" || secret != "hush" {
		w.WriteHeader(http.StatusBadRequest)
		p.say(w, map[string]any{"error": "invalid_grant"})
		return
	}
	at := p.now()
	if p.stale {
		at = at.Add(-24 * time.Hour)
	}
	claims := map[string]any{"iss": p.URL, "sub": p.user, "aud": "publica", "iat": at.Unix(), "exp": at.Add(time.Hour).Unix(), "nonce": asked.Get("nonce"), "email": p.user + "@agency.example"}
	if p.nonce != "" {
		claims["nonce"] = p.nonce
	}
	if p.aud != "" {
		claims["aud"] = p.aud
	}
	raw, err := json.Marshal(claims)
	must(p.t, err)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: p.key, KeyID: "1"}}, nil)
	must(p.t, err)
	signed, err := signer.Sign(raw)
	must(p.t, err)
	id, err := signed.CompactSerialize()
	must(p.t, err)
	p.say(w, map[string]any{"access_token": "none", "token_type": "Bearer", "id_token": id})
}

// visitor is a browser at an office with a service.
type visitor struct {
	*http.Client
	t    *testing.T
	base string
}

func newVisitor(t *testing.T, base string) *visitor {
	jar, err := cookiejar.New(nil)
	must(t, err)
	return &visitor{t: t, base: base, Client: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// step asks for a page and returns its status, where it leads, and its text.
func (v *visitor) step(r *http.Request) (status int, leads, text string) {
	v.t.Helper()
	res, err := v.Do(r)
	must(v.t, err)
	defer res.Body.Close()
	var b strings.Builder
	_, err = io.Copy(&b, res.Body)
	must(v.t, err)
	return res.StatusCode, res.Header.Get("Location"), b.String()
}

func (v *visitor) get(address string) (status int, leads, text string) {
	v.t.Helper()
	if strings.HasPrefix(address, "/") {
		address = v.base + address
	}
	r, err := http.NewRequest("GET", address, nil)
	must(v.t, err)
	return v.step(r)
}

// away begins at the desk, goes to the provider and returns the address by
// which it sends the person back.
func (v *visitor) away() string {
	v.t.Helper()
	_, to, _ := v.get("/desk/from/staff/start?next=" + url.QueryEscape("/desk/docket/1?a=b&c=d"))
	_, back, _ := v.get(to)
	return back
}

// newService is an office with a provider, and its address.
func newService(t *testing.T) (*office, *provider, string) {
	t.Helper()
	p := newProvider(t)
	o := newOffice(t)
	var handler http.Handler
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(srv.Close)
	o.host = strings.TrimPrefix(srv.URL, "http://")
	service := web.SignInService{Name: "Staff account", ID: "staff", Issuer: p.URL, Client: "publica", Secret: "hush", Redirect: srv.URL + "/desk/from/staff/back"}
	other := service
	other.ID = "other"
	o.site = o.start(service, other)
	handler, p.now = o.site, o.vault.now
	return o, p, srv.URL
}

// A person comes from the service, shows a key once, and is known by the
// service alone from then on.
func TestService(t *testing.T) {
	o, p, base := newService(t)
	ada, sign := withEd25519(t, 1)
	o.staff[ada] = true
	v := newVisitor(t, base)
	if _, _, text := v.get("/desk/sign-in?next=" + url.QueryEscape("/desk/docket/1?a=b&c=d")); !strings.Contains(text, "/desk/from/staff/start?next=%2Fdesk%2Fdocket%2F1%3Fa%3Db%26c%3Dd") {
		t.Errorf("the service's link loses the way:\n%s", text)
	}
	status, leads, _ := v.get(v.away())
	if want := "/desk/sign-in?next=%2Fdesk%2Fdocket%2F1%3Fa%3Db%26c%3Dd"; status != 303 || leads != want {
		t.Fatalf("%d to %q, want %q", status, leads, want)
	}
	_, _, text := v.get(leads)
	if !strings.Contains(text, "ada@agency.example") {
		t.Errorf("the page does not say whose account it is:\n%s", text)
	}
	m := challengeInPage.FindStringSubmatch(text)
	r, err := http.NewRequest("POST", base+"/desk/sign-in", strings.NewReader(o.form(m[1], "/desk/docket/1?a=b&c=d", sign).Encode()))
	must(t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", base)
	if status, leads, text := v.step(r); status != 303 || leads != "/desk/docket/1?a=b&c=d" {
		t.Fatalf("%d to %q: %s", status, leads, text)
	}
	again := newVisitor(t, base)
	if status, leads, text := again.get(again.away()); status != 303 || leads != "/desk/docket/1?a=b&c=d" {
		t.Fatalf("%d to %q: %s", status, leads, text)
	}
	if _, _, who := again.get("/who"); who != ada.String()+" ada@agency.example" {
		t.Errorf("signed in as %q", who)
	}
	// Of another person the service says something else.
	p.user = "bob"
	bob := newVisitor(t, base)
	if _, leads, _ := bob.get(bob.away()); !strings.HasPrefix(leads, "/desk/sign-in") {
		t.Errorf("a stranger is led to %q", leads)
	}
	// Who waits for a key does not wait long: the next person there is another.
	o.at = o.at.Add(15 * time.Minute)
	if _, _, text := bob.get("/desk/sign-in"); strings.Contains(text, "bob@agency.example") {
		t.Error("the account waits for a key too long")
	}
	// Whose key lost its roles shows another.
	p.user, o.staff[ada] = "ada", false
	late := newVisitor(t, base)
	if _, leads, _ := late.get(late.away()); !strings.HasPrefix(leads, "/desk/sign-in") {
		t.Errorf("without a role, one is led to %q", leads)
	}
}

// What a service or a stranger could get wrong opens no session.
func TestServiceRefused(t *testing.T) {
	o, p, base := newService(t)
	refused := func(name string, v *visitor, back, why string) {
		t.Helper()
		status, _, text := v.get(back)
		if status != http.StatusForbidden || !strings.Contains(text, why) {
			t.Errorf("%s: %d\n%s", name, status, text)
		}
		if _, _, who := v.get("/who"); who != "" {
			t.Errorf("%s: signed in as %q", name, who)
		}
	}
	v := newVisitor(t, base)
	refused("another browser", newVisitor(t, base), v.away(), "not begun in this browser")
	v = newVisitor(t, base)
	refused("another state", v, strings.Replace(v.away(), "state=", "state=x", 1), "not begun in this browser")
	v = newVisitor(t, base)
	refused("another service's answer", v, strings.Replace(v.away(), "/from/staff/", "/from/other/", 1), "not begun in this browser")
	v = newVisitor(t, base)
	back := v.away()
	p.asked = map[string]url.Values{}
	refused("a code that has expired", v, back, "does not confirm")
	v = newVisitor(t, base)
	back = v.away()
	if status, _, text := v.get(back); status != 303 {
		t.Fatalf("%d: %s", status, text)
	}
	if status, _, _ := v.get(back); status != http.StatusForbidden {
		t.Errorf("the same answer twice: %d", status)
	}
	v = newVisitor(t, base)
	back = v.away()
	o.at = o.at.Add(5 * time.Minute)
	refused("too late", v, back, "took too long")
	for name, wrong := range map[string]func(){
		"another nonce":                  func() { p.nonce, p.aud, p.stale = "x", "", false },
		"a token for another client":     func() { p.nonce, p.aud, p.stale = "", "elsewhere", false },
		"a token that is a day too late": func() { p.nonce, p.aud, p.stale = "", "", true },
	} {
		wrong()
		v = newVisitor(t, base)
		refused(name, v, v.away(), "does not confirm")
	}
	// Nothing is kept for those who only begin.
	o.vault.kept = map[string]keptValue{}
	for range 10 {
		newVisitor(t, base).away()
	}
	if len(o.vault.kept) != 0 {
		t.Errorf("the vault keeps %d values of sign-ins that were only begun", len(o.vault.kept))
	}
	p.Close()
	fresh := o.start(web.SignInService{Name: "Staff account", ID: "staff", Issuer: p.URL, Client: "publica", Redirect: base})
	r := httptest.NewRequest("GET", "/desk/from/staff/start", nil)
	do(t, fresh, r).wants(t, 503, "Staff account does not answer")
}
