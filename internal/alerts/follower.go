package alerts

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json/v2"
	"fmt"
	"net/mail"
	"strings"
	"sync"
	"time"

	"publica"
	"publica/internal/web"
)

// A follower is an address that wants letters: until confirmed, only one that
// asks whether it does.
type follower struct {
	Token     string           `json:"token"` // who has it may confirm and end; it stands in letters alone
	Address   string           `json:"address"`
	Docket    publica.DocketID `json:"docket,omitzero"` // zero: the whole register
	Topics    string           `json:"topics"`          // as in ?kinds=
	Often     often            `json:"often"`
	Lang      string           `json:"lang"`
	Confirmed bool             `json:"confirmed,omitzero"`
	Asked     bool             `json:"asked,omitzero"`   // the letter that asks has left
	Since     int64            `json:"since"`            // log index of the next record to tell
	Due       publica.Time     `json:"due,omitzero"`     // of the next letter
	Until     publica.Time     `json:"until"`            // when the address is deleted
	Refused   int              `json:"refused,omitzero"` // letters in a row that its server refused
}

// often says when letters leave.
type often string

const (
	atOnce often = "once"
	daily  often = "daily"
	weekly often = "weekly"
)

const (
	// confirmWithin is how long an address that is not confirmed is kept.
	confirmWithin = 48 * time.Hour
	// gather is the least time between two letters to one who wants them at once.
	gather = 10 * time.Minute
	// maxAsked bounds letters that ask one address for confirmation within that.
	maxAsked = 3
	// maxRefused is after how many refused letters an address is deleted.
	maxRefused = 5
	// confirmationsAnHour and AtOnce keep the form from flooding mailboxes.
	confirmationsAnHour = 200
	confirmationsAtOnce = 50
)

// next returns when the letter after now leaves; hour is that of digests, UTC.
func (o often) next(now time.Time, hour int) time.Time {
	if o == atOnce {
		return now.Add(gather)
	}
	at := time.Date(now.Year(), now.Month(), now.Day(), hour, 0, 0, 0, time.UTC)
	for !at.After(now) || o == weekly && at.Weekday() != time.Monday {
		at = at.AddDate(0, 0, 1)
	}
	return at
}

// followers are kept in memory as they stand in the vault, each under a name of
// its own.
type followers struct {
	vault web.Vault

	mu  sync.Mutex // guards all, and the vault against two changes of one
	all map[string]follower
}

const followerPrefix = "alerts/follower/"

func openFollowers(v web.Vault) (*followers, error) {
	f := &followers{vault: v, all: map[string]follower{}}
	var bad error
	err := v.Each(followerPrefix, func(_ string, value []byte) bool {
		var one follower
		if bad = json.Unmarshal(value, &one); bad == nil {
			f.all[one.Token] = one
		}
		return bad == nil
	})
	if err == nil {
		err = bad
	}
	if err != nil {
		return nil, fmt.Errorf("read who follows: %w", err)
	}
	return f, nil
}

// put keeps a follower until its time is over.
func (f *followers) put(one follower) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.write(one)
}

func (f *followers) write(one follower) error {
	raw, err := json.Marshal(one)
	if err != nil {
		return err
	}
	if err := f.vault.Put(followerPrefix+one.Token, raw, one.Until.Std()); err != nil {
		return err
	}
	f.all[one.Token] = one
	return nil
}

// update changes a follower that still is one: who has ended meanwhile does not
// come back.
func (f *followers) update(token string, change func(*follower)) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	one, ok := f.all[token]
	if !ok {
		return nil
	}
	change(&one)
	return f.write(one)
}

// remember changes a follower in memory alone.
func (f *followers) remember(token string, change func(*follower)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if one, ok := f.all[token]; ok {
		change(&one)
		f.all[token] = one
	}
}

// get returns a follower whose time is not over.
func (f *followers) get(token string, now time.Time) (follower, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	one, ok := f.all[token]
	return one, ok && one.Until.Std().After(now)
}

// remove deletes a follower: when it returns nil, address and all are gone from
// the disk.
func (f *followers) remove(token string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.vault.Delete(followerPrefix + token); err != nil {
		return err
	}
	delete(f.all, token)
	return nil
}

// list returns all followers of which pick is true.
func (f *followers) list(pick func(*follower) bool) (all []follower) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, one := range f.all {
		if pick(&one) {
			all = append(all, one)
		}
	}
	return all
}

// newToken is what only the owner of a mailbox learns: 32 random bytes.
func newToken() string {
	var b [32]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// parseAddress takes one plain address.
func parseAddress(text string) (string, error) {
	text = strings.TrimSpace(text)
	a, err := mail.ParseAddress(text)
	if err != nil || a.Address != text || len(text) > 254 || !strings.Contains(domainOf(text), ".") ||
		strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`"<>()[],;:\`, r) }) {
		return "", errAddress
	}
	return text, nil
}

var errAddress = publica.Problem(publica.Invalid, "address", "is not an e-mail address that letters can be sent to")

func domainOf(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }
