package alerts

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"time"

	"publica"
	"publica/internal/web"
)

// post writes to those who follow: one letter that asks, then digests. A letter
// that the mail server took and the node did not note, because it stopped just
// then, is sent again under the same Message-ID.
type post struct {
	*Alerts
	mail      *Mail
	followers *followers
}

func newPost(a *Alerts, m *Mail) (*post, error) {
	if err := m.Check(); err != nil {
		return nil, err
	}
	f, err := openFollowers(a.Vault)
	if err != nil {
		return nil, err
	}
	return &post{Alerts: a, mail: m, followers: f}, nil
}

const (
	// oneRound is how many letters leave over one connection.
	oneRound = 100
	// longestPause is how long a mail server that fails is left alone at most.
	longestPause = 10 * time.Minute
)

func (p *post) run(ctx context.Context) {
	pause := look
	for wait(ctx, pause) {
		more, err := p.round(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			pause = min(2*max(pause, look), longestPause)
			p.Log.Warn("letters wait", "err", err, "next", pause)
		case more:
			pause = 0
		default:
			pause = look
		}
	}
}

// An envelope is a letter and what is noted once it has left.
type envelope struct {
	letter
	token string
	sent  func(*follower)
}

// round sends what is due, and says whether there is more.
func (p *post) round(ctx context.Context) (more bool, err error) {
	now, next := p.Now(), p.Source.Next()
	for _, f := range p.followers.list(func(f *follower) bool { return !f.Until.Std().After(now) }) {
		if err := p.followers.remove(f.Token); err != nil {
			return false, err
		}
	}
	due := p.followers.list(func(f *follower) bool {
		return !f.Due.Std().After(now) && (!f.Confirmed && !f.Asked || f.Confirmed && f.Since < next)
	})
	slices.SortFunc(due, func(a, b follower) int { return cmp.Or(cmp.Compare(a.Due, b.Due), cmp.Compare(a.Token, b.Token)) })
	if more = len(due) > oneRound; more {
		due = due[:oneRound]
	}
	var out []envelope
	latest := map[string]int64{} // of what many follow alike
	for i := range due {
		e, err := p.write(ctx, &due[i], next, now, latest)
		if err != nil {
			return false, err
		}
		if e != nil {
			out = append(out, *e)
		}
	}
	if len(out) == 0 {
		return more, nil
	}
	letters := make([]letter, len(out))
	for i := range out {
		letters[i] = out[i].letter
	}
	return more, p.mail.send(ctx, letters, func(i int, err error) error { return p.note(&out[i], err) })
}

// note notes what became of a letter. Its error means that the server takes
// none now.
func (p *post) note(e *envelope, err error) error {
	switch refusedBy(err) {
	case nobody:
		return p.followers.update(e.token, func(f *follower) { e.sent(f); f.Refused = 0 })
	case connection:
		return err
	case server:
		return p.followers.update(e.token, func(f *follower) { f.Due = publica.TimeOf(p.Now().Add(time.Hour)) })
	}
	gone := false
	if err := p.followers.update(e.token, func(f *follower) {
		f.Refused++
		gone = !f.Confirmed || f.Refused >= maxRefused
		f.Due = publica.TimeOf(p.Now().Add(24 * time.Hour))
	}); err != nil || !gone {
		return err
	}
	return p.followers.remove(e.token)
}

// maxTold is how many records a letter lists; the rest it counts.
const maxTold = 40

// write writes what is due to a follower. Without news nothing is written; that
// is remembered, and after a crash looked up again.
func (p *post) write(ctx context.Context, f *follower, next int64, now time.Time, latest map[string]int64) (*envelope, error) {
	ctx = web.WithLocale(ctx, f.Lang)
	in, err := p.what(ctx, f)
	if isNotFound(err) { // the pages are being made anew
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	e := &envelope{token: f.Token, letter: letter{to: f.Address, lang: f.Lang, end: p.URL + "/follow/end/" + f.Token, at: now}}
	if !f.Confirmed {
		e.id = mark(f.Token, "asks")
		p.ask(web.LocaleIn(ctx), &e.letter, f, in)
		e.sent = func(f *follower) { f.Asked, f.Due = true, 0 }
		return e, nil
	}
	items, err := p.news(ctx, f, next, latest)
	if err != nil {
		return nil, err
	}
	due := publica.TimeOf(f.Often.next(now.UTC(), p.mail.Hour))
	if len(items) == 0 {
		p.followers.remember(f.Token, func(f *follower) {
			// Who wants news at once does not wait again for the first of it.
			if f.Since = next; f.Often != atOnce {
				f.Due = due
			}
		})
		return nil, nil
	}
	e.id = mark(f.Token, strconv.FormatInt(items[0].Index, 10))
	e.sent = func(f *follower) { f.Since, f.Due = next, due }
	p.tell(web.LocaleIn(ctx), &e.letter, f, in, items)
	return e, nil
}

// news returns what a follower has not been told; latest remembers, for one
// round, the newest record of what many follow alike.
func (p *post) news(ctx context.Context, f *follower, next int64, latest map[string]int64) ([]Item, error) {
	kinds, err := p.kinds(f.Topics)
	if err != nil {
		return nil, err
	}
	q := Query{Docket: f.Docket, Kinds: kinds, Before: next, Limit: maxTold + 1}
	alike := f.Docket.String() + f.Topics
	if _, known := latest[alike]; !known {
		if latest[alike], err = p.Source.Latest(ctx, q); err != nil {
			return nil, err
		}
	}
	if latest[alike] < f.Since {
		return nil, nil
	}
	q.From = f.Since
	return p.Source.Items(ctx, q)
}

// what names what is followed.
func (p *post) what(ctx context.Context, f *follower) (string, error) {
	if f.Docket.IsZero() {
		return web.OneLine(p.Title), nil
	}
	d, err := p.Source.Docket(ctx, f.Docket)
	if err != nil {
		return "", err
	}
	return web.OneLine(d.Title), nil
}

// mark names a letter, and tells nothing about the token.
func mark(token, which string) string {
	h := sha256.Sum256([]byte("publica letter\n" + token + "\n" + which))
	return hex.EncodeToString(h[:16])
}
