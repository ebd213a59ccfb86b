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

// journey is what a sign-in remembers while the person is away.
type journey struct {
	Nonce    string `json:"nonce"`
	Verifier string `json:"verifier"` // PKCE, RFC 7636
	Next     string `json:"next"`
}

const journeyCookie = "publica_journey"

func randomText() string {
	b := make([]byte, 24)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

// start sends the person to the service.
func (o *service) start(w http.ResponseWriter, r *http.Request) {
	p, err := o.discover(r.Context())
	if err != nil {
		o.site.fail(w, r, err)
		return
	}
	state, j := randomText(), journey{Nonce: randomText(), Verifier: oauth2.GenerateVerifier(), Next: r.URL.Query().Get("next")}
	raw, err := json.Marshal(j)
	if err == nil {
		err = o.site.sessions.vault.Put("journey/"+state, raw, o.site.now().Add(challengeFor))
	}
	if err != nil {
		o.site.fail(w, r, err)
		return
	}
	// The cookie ties the answer to the browser that asked.
	http.SetCookie(w, &http.Cookie{Name: journeyCookie, Value: state, Path: deskPath, MaxAge: int(challengeFor / time.Second), HttpOnly: true, Secure: !onLoopback(r), SameSite: http.SameSiteLaxMode})
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, o.config(p).AuthCodeURL(state, oidc.Nonce(j.Nonce), oauth2.S256ChallengeOption(j.Verifier)), http.StatusSeeOther)
}

// back takes the person's return.
func (o *service) back(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	session, next, err := o.arrive(r)
	if err == nil {
		err = o.site.sessions.open(w, r, *session)
	}
	if err != nil {
		o.site.fail(w, r, err)
		return
	}
	if session.Key.IsZero() {
		next = deskPath + "/sign-in?next=" + next
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
}

func (o *service) arrive(r *http.Request) (*Session, string, error) {
	refuse := func(message string, err error) (*Session, string, error) {
		return nil, "", &publica.Error{Code: publica.Forbidden, Message: message, Hint: "begin again at the sign-in page", Err: err}
	}
	state := r.URL.Query().Get("state")
	if c, err := r.Cookie(journeyCookie); err != nil || c.Value != state || state == "" {
		return refuse("this sign-in was not begun in this browser", nil)
	}
	vault := o.site.sessions.vault
	raw, ok, err := vault.Get("journey/" + state)
	if err != nil {
		return nil, "", err
	}
	var j journey
	if !ok || json.Unmarshal(raw, &j) != nil {
		return refuse("this sign-in took too long, or was used before", nil)
	}
	if err := vault.Delete("journey/" + state); err != nil {
		return nil, "", err
	}
	p, err := o.discover(r.Context())
	if err != nil {
		return nil, "", err
	}
	token, err := o.config(p).Exchange(r.Context(), r.URL.Query().Get("code"), oauth2.VerifierOption(j.Verifier))
	if err != nil {
		return refuse(o.Name+" does not confirm the sign-in", err)
	}
	rawID, _ := token.Extra("id_token").(string)
	id, err := p.Verifier(&oidc.Config{ClientID: o.Client}).Verify(r.Context(), rawID)
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
	key, ok, err := vault.Get("oidc/" + session.Subject)
	if err != nil {
		return nil, "", err
	}
	if ok {
		if err := session.Key.UnmarshalText(key); err != nil {
			return nil, "", err
		}
	}
	if !localPath(j.Next) {
		j.Next = deskPath
	}
	return session, j.Next, nil
}
