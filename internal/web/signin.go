package web

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json/v2"
	"errors"
	"net/http"
	"net/url"
	"time"

	"publica"
)

// deskPath begins the addresses of the staff desk.
const deskPath = "/desk"

// signInPage is signin.html: a member of staff shows a key, or comes from a
// sign-in service.
type signInPage struct {
	Head
	Challenge string
	Next      string
	Problem   Alert
	Session   *Session // of a service, waiting for its key
	Services  []Link
}

// mountDesk registers signing in and out. Without a vault there is no desk.
func (s *Site) mountDesk(own *Views) {
	own.Page("GET "+deskPath+"/sign-in", "signin.html", s.signInPage)
	own.Page("POST "+deskPath+"/sign-in", "signin.html", s.signIn)
	own.Form("POST "+deskPath+"/sign-out", s.signOut)
	s.handle("POST "+deskPath+"/passkey", http.HandlerFunc(s.passkey))
	for i := range s.services {
		s.services[i].mount(s)
	}
}

// Staff says who may sign in to the desk, besides those whom it was told of before:
// keys that hold a role on the register, or have a task by one of its records. The
// views that bring desks call it; without it nobody may.
func (s *Site) Staff(may func(ctx context.Context, key publica.KeyID) (bool, error)) {
	before := s.staff
	s.staff = func(ctx context.Context, key publica.KeyID) (bool, error) {
		if yes, err := before(ctx, key); yes || err != nil {
			return yes, err
		}
		return may(ctx, key)
	}
}

// signInPath is where to sign in, to come back to a page of this site.
func signInPath(next string) string { return deskPath + "/sign-in?next=" + url.QueryEscape(next) }

func (s *Site) signInPage(r *http.Request) (Page, error) {
	return s.signInWith(r, r.URL.Query().Get("next"), nil), nil
}

func (s *Site) signInWith(r *http.Request, next string, problem *publica.Error) *signInPage {
	l := LocaleOf(r)
	if !localPath(next) {
		next = deskPath
	}
	p := &signInPage{Head: Head{Title: l.T("Sign in to the desk"), Nav: deskPath, Fresh: true, Script: []string{"signin.js"},
		Lead: l.T("For members of staff of the public bodies here. A key shows who you are; what it may do stands on the register.")},
		Challenge: s.sessions.challenge(), Next: next, Session: SessionOf(r)}
	for _, o := range s.services {
		p.Services = append(p.Services, Link{o.Name, o.path("/start") + "?next=" + url.QueryEscape(next)})
	}
	if problem != nil {
		p.Problem = Alert{Kind: "error", Title: l.T("You are not signed in"), Text: sentence(l.T(problem.Message)) + ". " + sentence(l.T(problem.Hint)) + "."}
		p.Status = http.StatusForbidden
	}
	return p
}

// SignInBytes is what a key signs to sign in: no entry, so the signature is good
// for nothing else.
func SignInBytes(register, challenge string) []byte {
	return []byte("publica sign-in v1\n" + register + "\n" + challenge)
}

// signIn is the form that signin.js fills: {alg, key, sig, …} over the challenge.
func (s *Site) signIn(r *http.Request) (Page, error) {
	next, challenge := r.PostForm.Get("next"), r.PostForm.Get("challenge")
	var sig publica.Signature
	if err := json.Unmarshal([]byte(r.PostForm.Get("signature")), &sig); err != nil {
		return s.signInWith(r, next, publica.Problem(publica.Malformed, "signature", "no key has signed").
			WithHint("switch script on: signing in needs it")), nil
	}
	with := Session{Key: sig.KeyID()}
	err := s.sessions.redeem(challenge) // first: no challenge has anything looked up twice
	if err == nil {
		err = s.verifySignIn(&sig, challenge)
	}
	if err == nil {
		err = s.admit(r.Context(), with.Key)
	}
	if err != nil {
		e, ok := errors.AsType[*publica.Error](err)
		if !ok {
			return nil, err
		}
		return s.signInWith(r, next, e), nil
	}
	if before := SessionOf(r); before.Waits() {
		with.Name, with.Subject = before.Name, before.Subject
		err = s.sessions.vault.Put("oidc/"+before.Subject, []byte(with.Key.String()), farAway(s.now()))
	}
	if err == nil {
		err = s.remember(r.PostForm.Get("credential"), &sig)
	}
	if err != nil {
		return nil, err
	}
	if !localPath(next) {
		next = deskPath
	}
	return nil, &redirect{to: next, with: func(w http.ResponseWriter) error { return s.sessions.open(w, r, with) }}
}

// Waits reports whether a session came from a service and has no key yet.
func (s *Session) Waits() bool { return s != nil && s.Subject != "" && s.Key.IsZero() }

// admit refuses keys without a role: whoever can make a key could fill the
// vault otherwise.
func (s *Site) admit(ctx context.Context, key publica.KeyID) error {
	ok, err := s.staff(ctx, key)
	if err == nil && !ok {
		err = publica.Problem(publica.Forbidden, "key", "this key holds no role yet").
			WithHint("give its fingerprint to the administrator of your public body, who grants a role on the register; then sign in again")
	}
	return err
}

// remember keeps the public key of a passkey under its name, for [Site.passkey].
// The name is nothing that the passkey signs, so the first to use it has it.
func (s *Site) remember(credential string, sig *publica.Signature) error {
	if !sig.Algorithm.Passkey() || !cleanCredential(credential) {
		return nil
	}
	known, err := json.Marshal(publica.Signature{Algorithm: sig.Algorithm, Key: sig.Key})
	if err != nil {
		return err
	}
	old, taken, err := s.sessions.vault.Get("passkey/" + credential)
	if err != nil || taken && !bytes.Equal(old, known) {
		return err
	}
	return s.sessions.vault.Put("passkey/"+credential, known, farAway(s.now()))
}

func (s *Site) verifySignIn(sig *publica.Signature, challenge string) error {
	signed := SignInBytes(s.data.Register, challenge)
	if !sig.Algorithm.Passkey() {
		return sig.Verify(sig.KeyID(), signed)
	}
	if err := sig.CheckForm(sig.KeyID()); err != nil {
		return err
	}
	if domain, err := sig.RelyingParty(); err != nil || domain != s.register.Founding().Passkeys {
		return publica.Problem(publica.BadSignature, "signature/auth", "this passkey belongs to another site").WithHint("make one for this register")
	}
	return sig.VerifyChallenge(publica.PasskeyChallenge(s.data.Register, signed))
}

// farAway is when what is kept of a member of staff ends, unless they come back.
func farAway(now time.Time) time.Time { return now.AddDate(1, 0, 0) }

// passkey answers which public key a passkey has that signed in here before: a
// device that got the passkey by synchronisation knows its name only.
func (s *Site) passkey(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Credential string `json:"credential"`
	}
	if err := json.UnmarshalRead(http.MaxBytesReader(w, r.Body, 4096), &asked); err != nil {
		s.fail(w, r, publica.Problem(publica.Malformed, "credential", "is missing"))
		return
	}
	raw, ok, err := s.sessions.vault.Get("passkey/" + asked.Credential)
	if err == nil && !ok {
		err = publica.Problem(publica.NotFound, "credential", "has not signed in here").WithHint("sign in once from the browser that made it")
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	send(w, raw)
}

func (s *Site) signOut(r *http.Request) (string, error) {
	s.sessions.end(r)
	return "", &redirect{to: "/", with: func(w http.ResponseWriter) error {
		setCookie(w, r, sessionCookie, "", 0)
		return nil
	}}
}

// cleanCredential keeps names of passkeys to what base64url has.
func cleanCredential(c string) bool {
	_, err := base64.RawURLEncoding.DecodeString(c)
	return err == nil && c != "" && len(c) <= 2048
}
