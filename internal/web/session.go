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

	handle string
}

// sessionFor is how long a session lasts, however busy.
const sessionFor = 12 * time.Hour

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
	until := s.now().Add(sessionFor)
	with.Until = publica.TimeOf(until)
	value, err := json.Marshal(with)
	if err != nil {
		return err
	}
	if err := s.vault.Put(handleOf(token), value, until); err != nil {
		return err
	}
	http.SetCookie(w, &http.Cookie{Name: sessionCookie, Value: token, Path: "/", MaxAge: int(sessionFor / time.Second),
		HttpOnly: true, Secure: !onLoopback(r), SameSite: http.SameSiteLaxMode})
	return nil
}

// onLoopback reports whether the page is read on this machine, where there is
// no TLS and nobody to listen.
func onLoopback(r *http.Request) bool {
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// end ends the session of a request.
func (s *sessions) end(r *http.Request) {
	if c, err := r.Cookie(sessionCookie); err == nil {
		// What cannot be deleted now expires by itself.
		_ = s.vault.Delete(handleOf(c.Value))
	}
}

// with puts the session of a request into its context.
func (s *sessions) with(next http.Handler, log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, err := r.Cookie(sessionCookie); err == nil {
			raw, ok, err := s.vault.Get(handleOf(c.Value))
			session := &Session{handle: handleOf(c.Value)}
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
	b := make([]byte, 24, 56)
	rand.Read(b[8:])
	binary.BigEndian.PutUint64(b, uint64(s.now().Add(challengeFor).UnixMilli()))
	return base64.RawURLEncoding.EncodeToString(s.mark(b))
}

func (s *sessions) mark(b []byte) []byte {
	m := hmac.New(sha256.New, s.secret[:])
	m.Write(b)
	return m.Sum(b)
}

var errChallenge = publica.Problem(publica.Late, "challenge", "this sign-in took too long, or was used before").WithHint("load the page again and sign in once more")

// redeem accepts a challenge once.
func (s *sessions) redeem(challenge string) error {
	b, err := base64.RawURLEncoding.DecodeString(challenge)
	if err != nil || len(b) != 56 || !hmac.Equal(s.mark(b[:24:24]), b) {
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
