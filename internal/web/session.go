package web

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json/v2"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"publica"
)

// A Vault keeps what is private to this node and never reaches the register:
// who is signed in, drafts that nobody has signed. All methods are safe for
// concurrent use; a value survives a crash once Put has returned.
type Vault interface {
	// Get returns the value of a name that has not expired.
	Get(name string) (value []byte, ok bool, err error)
	// Put keeps a value until a time.
	Put(name string, value []byte, until time.Time) error
	// Delete removes a name; nothing happens if it is not there.
	Delete(name string) error
	// Each calls f with every name of that prefix and its value, in the order of
	// names, until f returns false.
	Each(prefix string, f func(name string, value []byte) bool) error
}

// A Session is a signed-in member of staff. It gives sight of the desk and of
// drafts kept there. It gives no authority: every act is an entry that the
// person's own key signs, and the register knows what that key may do.
type Session struct {
	Key     publica.KeyID `json:"key,omitzero"`     // that signed in; zero until a key did
	Name    string        `json:"name,omitzero"`    // as a sign-in service says it
	Subject string        `json:"subject,omitzero"` // of that service
	Until   publica.Time  `json:"until"`
}

// How long a session lasts, however busy; and one from a service that waits for
// its key, so that nobody's key is tied by chance to the account of whoever sat
// there before.
const (
	sessionFor = 12 * time.Hour
	waitsFor   = 15 * time.Minute
)

const sessionCookie = "publica_session"

type sessionKey struct{}

// SessionOf returns the session of a request, nil if nobody is signed in.
func SessionOf(r *http.Request) *Session {
	s, _ := r.Context().Value(sessionKey{}).(*Session)
	return s
}

// sessions opens, finds and ends sessions.
type sessions struct {
	vault  Vault
	now    func() time.Time
	secret [32]byte // of the challenges of this process

	mu   sync.Mutex // guards used
	used map[string]time.Time
}

func newSessions(v Vault, now func() time.Time) *sessions {
	s := &sessions{vault: v, now: now, used: map[string]time.Time{}}
	rand.Read(s.secret[:])
	return s
}

// handleOf is the name under which a session is kept: who reads the vault
// learns no token.
func handleOf(token string) string {
	h := sha256.Sum256([]byte(token))
	return "session/" + hex.EncodeToString(h[:])
}

// open begins a session, ending the one before.
func (s *sessions) open(w http.ResponseWriter, r *http.Request, with Session) error {
	s.end(r)
	raw := make([]byte, 32)
	rand.Read(raw)
	token := base64.RawURLEncoding.EncodeToString(raw)
	lasts := sessionFor
	if with.Key.IsZero() {
		lasts = waitsFor
	}
	until := s.now().Add(lasts)
	with.Until = publica.TimeOf(until)
	value, err := json.Marshal(with)
	if err != nil {
		return err
	}
	if err := s.vault.Put(handleOf(token), value, until); err != nil {
		return err
	}
	// Lax, not Strict: who comes back from a sign-in service must arrive signed
	// in. What acts is POST and refused from other sites.
	setCookie(w, r, sessionCookie, token, lasts)
	return nil
}

// setCookie sets a cookie that only this host reads and no script; lasts 0
// takes it away.
func setCookie(w http.ResponseWriter, r *http.Request, name, value string, lasts time.Duration) {
	age := int(lasts / time.Second)
	if age == 0 {
		age = -1
	}
	http.SetCookie(w, &http.Cookie{Name: cookieName(r, name), Value: value, Path: "/", MaxAge: age,
		HttpOnly: true, Secure: !onLoopback(r), SameSite: http.SameSiteLaxMode})
}

// cookieName gives a cookie the prefix by which browsers refuse one that a
// neighbouring host has set (RFC 6265bis, section 4.1.3.2).
func cookieName(r *http.Request, name string) string {
	if onLoopback(r) {
		return name
	}
	return "__Host-" + name
}

// onLoopback reports whether the page is read on this machine, where there is
// no TLS and nobody to listen. A proxy may call this node by such a name, but
// says for whom.
func onLoopback(r *http.Request) bool {
	if r.Header.Get("X-Forwarded-For") != "" || r.Header.Get("X-Forwarded-Proto") != "" || r.Header.Get("Forwarded") != "" {
		return false
	}
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// end ends the session of a request.
func (s *sessions) end(r *http.Request) {
	if c, err := r.Cookie(cookieName(r, sessionCookie)); err == nil {
		// What cannot be deleted now expires by itself.
		_ = s.vault.Delete(handleOf(c.Value))
	}
}

// with puts the session of a request into its context.
func (s *sessions) with(next http.Handler, log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, err := r.Cookie(cookieName(r, sessionCookie)); err == nil {
			raw, ok, err := s.vault.Get(handleOf(c.Value))
			session := &Session{}
			if err == nil && ok {
				err = json.Unmarshal(raw, session)
			}
			switch {
			case err != nil:
				log.LogAttrs(r.Context(), slog.LevelError, "a session cannot be read", slog.Any("err", err))
			case ok && session.Until.Std().After(s.now()):
				r = r.WithContext(context.WithValue(r.Context(), sessionKey{}, session))
			}
		}
		next.ServeHTTP(w, r)
	})
}

// challengeFor is how long a sign-in may take.
const challengeFor = 5 * time.Minute

// challenge returns a text that a key signs to sign in: its end, and a mark that
// this process made it.
func (s *sessions) challenge() string {
	b := make([]byte, 24)
	rand.Read(b[8:])
	binary.BigEndian.PutUint64(b, uint64(s.now().Add(challengeFor).UnixMilli()))
	return s.seal("challenge", b)
}

// seal returns b as text, with a mark that this process made it for a purpose.
func (s *sessions) seal(purpose string, b []byte) string {
	return base64.RawURLEncoding.EncodeToString(append(s.mark(purpose, b), b...))
}

// unseal returns what seal was given for that purpose.
func (s *sessions) unseal(purpose, text string) (b []byte, ok bool) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(raw) < sha256.Size {
		return nil, false
	}
	b = raw[sha256.Size:]
	return b, hmac.Equal(raw[:sha256.Size], s.mark(purpose, b))
}

func (s *sessions) mark(purpose string, b []byte) []byte {
	m := hmac.New(sha256.New, s.secret[:])
	m.Write([]byte(purpose + "\n"))
	m.Write(b)
	return m.Sum(nil)
}

var errChallenge = publica.Problem(publica.Late, "challenge", "this sign-in took too long, or was used before").WithHint("load the page again and sign in once more")

// redeem accepts a challenge once.
func (s *sessions) redeem(challenge string) error {
	b, ok := s.unseal("challenge", challenge)
	if !ok {
		return errChallenge
	}
	now, until := s.now(), time.UnixMilli(int64(binary.BigEndian.Uint64(b)))
	if !now.Before(until) {
		return errChallenge
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for c, end := range s.used {
		if !now.Before(end) {
			delete(s.used, c)
		}
	}
	if _, twice := s.used[challenge]; twice {
		return errChallenge
	}
	s.used[challenge] = until
	return nil
}
