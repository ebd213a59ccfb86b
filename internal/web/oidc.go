package web

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json/v2"
	"net/http"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"publica"
)

// A SignInService is an OpenID Connect provider that members of staff may come
// from. It says who they are, never what they may do.
type SignInService struct {
	Name     string // shown on the button
	ID       string // in addresses: letters, digits, hyphens
	Issuer   string // https URL
	Client   string
	Secret   string
	Redirect string // this service's callback as registered there: https://HOST/desk/from/ID/back
}

// service is one of them while the site runs.
type service struct {
	SignInService
	site *Site

	mu       sync.Mutex // guards provider
	provider *oidc.Provider
}

func (o *service) path(end string) string { return deskPath + "/from/" + o.ID + end }

func (o *service) mount(s *Site) {
	s.handle("GET "+o.path("/start"), http.HandlerFunc(o.start))
	s.handle("GET "+o.path("/back"), http.HandlerFunc(o.back))
}

// discover asks the service for its addresses and keys, once; it may be down
// when the node starts.
func (o *service) discover(ctx context.Context) (*oidc.Provider, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.provider != nil {
		return o.provider, nil
	}
	// Its keys are fetched again later, with this context.
	p, err := oidc.NewProvider(context.WithoutCancel(ctx), o.Issuer)
	if err != nil {
		return nil, &publica.Error{Code: publica.Busy, Message: o.Name + " does not answer", Hint: "try again in a moment, or sign in with your key", Err: err}
	}
	o.provider = p
	return p, nil
}

func (o *service) config(p *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{ClientID: o.Client, ClientSecret: o.Secret, Endpoint: p.Endpoint(), RedirectURL: o.Redirect, Scopes: []string{oidc.ScopeOpenID, "email"}}
}

// journey is what a sign-in remembers while the person is away: in their
// browser, so that beginning many fills no disk.
type journey struct {
	Service  string       `json:"service"`
	State    string       `json:"state"`
	Nonce    string       `json:"nonce"`
	Verifier string       `json:"verifier"` // PKCE, RFC 7636
	Next     string       `json:"next"`
	Until    publica.Time `json:"until"`
}

const journeyCookie = "publica_journey"

func randomText() string {
	b := make([]byte, 24)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

// patience is how long a service may take to answer.
const patience = 10 * time.Second

// calls returns a context in which a service is called.
func calls(r *http.Request) context.Context {
	return oidc.ClientContext(r.Context(), &http.Client{Timeout: patience})
}

// start sends the person to the service.
func (o *service) start(w http.ResponseWriter, r *http.Request) {
	p, err := o.discover(calls(r))
	if err != nil {
		o.site.fail(w, r, err)
		return
	}
	j := journey{Service: o.ID, State: randomText(), Nonce: randomText(), Verifier: oauth2.GenerateVerifier(),
		Next: r.URL.Query().Get("next"), Until: publica.TimeOf(o.site.now().Add(challengeFor))}
	if !localPath(j.Next) || len(j.Next) > 1000 {
		j.Next = deskPath
	}
	raw, err := json.Marshal(j)
	if err != nil {
		o.site.fail(w, r, err)
		return
	}
	setCookie(w, r, journeyCookie, o.site.sessions.seal("journey", raw), challengeFor)
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, o.config(p).AuthCodeURL(j.State, oidc.Nonce(j.Nonce), oauth2.S256ChallengeOption(j.Verifier)), http.StatusSeeOther)
}

// back takes the person's return.
func (o *service) back(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	setCookie(w, r, journeyCookie, "", 0)
	session, next, err := o.arrive(r)
	if err == nil {
		err = o.site.sessions.open(w, r, *session)
	}
	if err != nil {
		o.site.fail(w, r, err)
		return
	}
	if session.Key.IsZero() {
		next = signInPath(next)
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
}

func (o *service) arrive(r *http.Request) (*Session, string, error) {
	refuse := func(message string, err error) (*Session, string, error) {
		return nil, "", &publica.Error{Code: publica.Forbidden, Message: message, Hint: "begin again at the sign-in page", Err: err}
	}
	// The cookie ties the answer to the browser that asked.
	var j journey
	c, err := r.Cookie(cookieName(r, journeyCookie))
	if err != nil {
		return refuse("this sign-in was not begun in this browser", nil)
	}
	raw, ok := o.site.sessions.unseal("journey", c.Value)
	if !ok || json.Unmarshal(raw, &j) != nil || j.Service != o.ID || j.State != r.URL.Query().Get("state") {
		return refuse("this sign-in was not begun in this browser", nil)
	}
	if !o.site.now().Before(j.Until.Std()) {
		return refuse("this sign-in took too long", nil)
	}
	ctx := calls(r)
	p, err := o.discover(ctx)
	if err != nil {
		return nil, "", err
	}
	token, err := o.config(p).Exchange(ctx, r.URL.Query().Get("code"), oauth2.VerifierOption(j.Verifier))
	if err != nil {
		return refuse(o.Name+" does not confirm the sign-in", err)
	}
	rawID, _ := token.Extra("id_token").(string)
	id, err := p.Verifier(&oidc.Config{ClientID: o.Client, Now: o.site.now}).Verify(ctx, rawID)
	if err != nil || id.Nonce != j.Nonce {
		return refuse(o.Name+" does not confirm the sign-in", err)
	}
	var claims struct {
		Email string `json:"email"`
	}
	if err := id.Claims(&claims); err != nil {
		return refuse(o.Name+" does not say who you are", err)
	}
	h := sha256.Sum256([]byte(id.Issuer + "\n" + id.Subject))
	session := &Session{Name: orElse(claims.Email, id.Subject), Subject: hex.EncodeToString(h[:])}
	session.Key, err = o.site.linked(r.Context(), session.Subject)
	return session, j.Next, err
}

// linked returns the key that an account of a service opens the desk for; zero
// if there is none that may still sign in.
func (s *Site) linked(ctx context.Context, subject string) (key publica.KeyID, err error) {
	raw, ok, err := s.sessions.vault.Get("oidc/" + subject)
	if err == nil && ok {
		if err = key.UnmarshalText(raw); err == nil {
			ok, err = s.staff(ctx, key)
		}
	}
	if err != nil || !ok {
		return publica.KeyID{}, err
	}
	return key, nil
}
