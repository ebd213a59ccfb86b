package alerts

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json/v2"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"publica"
	"publica/internal/web"
)

// A Hook is an address that the operator has records sent to. Readers cannot
// name one: the node would then call, from inside its network, whatever they
// like.
type Hook struct {
	Name    string             // one word; the hook's place in the log is kept under it
	URL     string             // https, or http on loopback
	Secret  string             // "whsec_" and base64 of 24 to 64 bytes
	Dockets []publica.DocketID // none: all
	Kinds   []publica.Kind     // none: all
}

// A hook delivers records one by one in log order, as Standard Webhooks 1.0 has
// it (https://www.standardwebhooks.com):
//
//	POST /what/the/operator/named
//	content-type: application/json
//	webhook-id: 5f1c…            the record's id, the same on every attempt
//	webhook-timestamp: 1796162400
//	webhook-signature: v1,base64(HMAC-SHA256(secret, id "." timestamp "." body))
//
//	{"type":"participation/draft","timestamp":"2026-12-01T22:00:00Z","data":{"index":17,…}}
//
// The record after it is sent once this one was answered with 2xx; until then it
// is tried again. A record that was answered when the node stopped may come twice.
type hook struct {
	*Alerts
	Hook
	key    []byte
	client *http.Client
	at     int64 // log index of the next record to deliver
	failed int   // attempts in a row
}

// The pauses between attempts double from the first to the last.
const (
	firstPause = 5 * time.Second
	lastPause  = time.Hour
	// hookPatience is how long the other side may take to answer.
	hookPatience = 20 * time.Second
	// forever is how long a place in the log is kept.
	forever = 100 * 365 * 24 * time.Hour
)

// Check says what is wrong with the settings; at is the place of its fields in
// publica.toml.
func (h *Hook) Check(at string) error {
	u, err := url.Parse(h.URL)
	switch {
	case h.Name == "" || strings.Trim(h.Name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "":
		return publica.Problem(publica.Invalid, at+"name", "is not one word of lower-case letters, digits and hyphens")
	case err != nil || u.Host == "":
		return publica.Problem(publica.Invalid, at+"url", "is not an address")
	case u.Scheme != "https" && (u.Scheme != "http" || u.Hostname() != "localhost" && u.Hostname() != "127.0.0.1" && u.Hostname() != "::1"):
		return publica.Problem(publica.Invalid, at+"url", "is not https").WithHint("http is for this machine alone")
	}
	if _, err := h.secret(); err != nil {
		return publica.Problem(publica.Invalid, at+"secret_file", "holds no secret: whsec_ and base64 of 24 to 64 bytes are wanted").
			WithHint(`printf 'whsec_%s\n' "$(openssl rand -base64 32)" makes one`)
	}
	return nil
}

func (h *Hook) secret() ([]byte, error) {
	text, ok := strings.CutPrefix(h.Secret, "whsec_")
	key, err := base64.StdEncoding.DecodeString(text)
	if err != nil || !ok || len(key) < 24 || len(key) > 64 {
		return nil, errors.New("not a secret of a webhook")
	}
	return key, nil
}

// newHook goes on where the hook stood; a new one begins with what comes next.
func newHook(a *Alerts, c *Hook) (*hook, error) {
	if err := c.Check("webhooks."); err != nil {
		return nil, err
	}
	key, err := c.secret()
	if err != nil {
		return nil, err
	}
	h := &hook{Alerts: a, Hook: *c, key: key, client: &http.Client{Timeout: hookPatience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	raw, known, err := a.Vault.Get(h.place())
	if err != nil {
		return nil, fmt.Errorf("place of webhook %s: %w", c.Name, err)
	}
	if !known {
		h.at = a.Source.Next()
		return h, h.keep()
	}
	if h.at, err = strconv.ParseInt(string(raw), 10, 64); err != nil {
		return nil, fmt.Errorf("place of webhook %s: %w", c.Name, err)
	}
	return h, nil
}

func (h *hook) place() string { return "alerts/hook/" + h.Name }

// keep makes the place durable.
func (h *hook) keep() error {
	return h.Vault.Put(h.place(), strconv.AppendInt(nil, h.at, 10), h.Now().Add(forever))
}

func (h *hook) run(ctx context.Context) {
	pause := time.Duration(0)
	for wait(ctx, pause) {
		more, err := h.round(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			pause = min(firstPause<<min(h.failed, 20), lastPause)
			h.failed++
			h.Log.Warn("webhook waits", "name", h.Name, "err", err, "at", h.at, "next", pause)
		case more:
			h.failed, pause = 0, 0
		default:
			h.failed, pause = 0, look
		}
	}
}

// atOnceHooked is how many records are read at once.
const atOnceHooked = 50

// round delivers what there is, in order, up to the first failure.
func (h *hook) round(ctx context.Context) (more bool, err error) {
	next := h.Source.Next()
	if next <= h.at {
		return false, nil
	}
	ctx = web.WithLocale(ctx, "en")
	items, err := h.Source.Items(ctx, Query{Kinds: h.Kinds, From: h.at, Before: next, Limit: atOnceHooked})
	if err != nil {
		return false, err
	}
	for i := range items {
		it := &items[i]
		if len(h.Dockets) > 0 && !slices.Contains(h.Dockets, it.Docket) {
			h.at = it.Index + 1
			continue
		}
		if err := h.deliver(ctx, it); err != nil {
			return false, err
		}
		h.failed, h.at = 0, it.Index+1
		if err := h.keep(); err != nil {
			return false, err
		}
	}
	if len(items) == atOnceHooked {
		return true, nil
	}
	h.at = next // what lies between is not wanted; after a crash it is looked at again
	return false, nil
}

// A delivery is the body of a call.
type delivery struct {
	Type      publica.Kind `json:"type"`
	Timestamp string       `json:"timestamp"` // block time
	Data      delivered    `json:"data"`
}

type delivered struct {
	Register string           `json:"register"`
	Index    int64            `json:"index"`
	ID       publica.EntryID  `json:"id"`
	Docket   publica.DocketID `json:"docket,omitzero"`
	In       string           `json:"docket_title,omitzero"`
	Title    string           `json:"title"`
	Text     string           `json:"summary,omitzero"`
	URL      string           `json:"url,omitzero"`
}

func (h *hook) deliver(ctx context.Context, it *Item) error {
	d := delivery{it.Kind, stamp(it.Time), delivered{Register: h.Register, Index: it.Index, ID: it.ID, Docket: it.Docket, In: it.In, Title: it.Title, Text: it.Text}}
	if h.Alerts.URL != "" {
		d.Data.URL = h.Alerts.URL + it.Href()
	}
	body, err := json.Marshal(d)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, h.Hook.URL, bytes.NewReader(body))
	if err != nil {
		return err
	}
	id, at := it.ID.String(), strconv.FormatInt(h.Now().Unix(), 10)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "publica-webhook/1")
	r.Header.Set("Webhook-Id", id)
	r.Header.Set("Webhook-Timestamp", at)
	r.Header.Set("Webhook-Signature", sign(h.key, id, at, body))
	res, err := h.client.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	// A short answer that is read to its end leaves the connection open.
	if _, err := io.CopyN(io.Discard, res.Body, 4<<10); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("the other side answered %s", res.Status)
	}
	return nil
}

func sign(key []byte, id, at string, body []byte) string {
	m := hmac.New(sha256.New, key)
	fmt.Fprintf(m, "%s.%s.%s", id, at, body)
	return "v1," + base64.StdEncoding.EncodeToString(m.Sum(nil))
}
