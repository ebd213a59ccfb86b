package demo

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json/v2"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"

	"publica"
)

// A stage is where the sample is played: a register, and what was said so far.
type stage struct {
	client   *publica.Client
	founder  *publica.PrivateKey
	given    map[string]*publica.PrivateKey // keys of actors that are not the sample's own
	embedded []*publica.PrivateKey          // trustees that the node runs
	apart    []*publica.PrivateKey          // trustees that nodes of several operators run
	out      io.Writer
	take     int                 // how many earlier runs were cut off
	count    int                 // records sent
	slowest  time.Duration       // of the acts so far: how fast this machine is
	waited   time.Duration       // for a deadline, which says nothing of the machine
	drafting publica.Time        // when the plan's comment period opens
	reviewed publica.Time        // when the period for comments on reviews of the first plan closes
	drafts   map[string][]*draft // published so far, by docket
	brought  map[string]int      // records imported so far, by where from
	cases    *tendering          // the tender for a case management system
	planting *tendering          // the tender that stays open

	mu      sync.Mutex    // guards what follows while a scene runs
	longest time.Duration // that a line took to reach the log
	ids     map[string]publica.EntryID
	logged  map[publica.Nonce]publica.EntryID // what earlier runs said
}

// A line is one statement by one actor.
type line struct {
	name    string // unique in the sample
	by      string // actor
	kind    publica.Kind
	forBody string // key of a body
	docket  string // name of the line that opened it
	body    any    // a member, or a record's own type
	parts   parts
	files   []file
	lasting bool // said once, whatever becomes of the rest
	refused bool // the rules are expected to refuse it
}

// member is the body of an entry; parts are its content by name. Titles and
// names are plain text, everything else is Markdown. Files come beside them, as
// attachments if they have no name of their own.
type (
	member map[string]any
	parts  map[string]string
	file   struct {
		media string
		bytes []byte
		name  string
	}
)

func (s *stage) tell(words string) error {
	_, err := fmt.Fprintf(s.out, "publicad: %s\n", words)
	return err
}

// key returns the key of an actor: one that was given, or derived from the founder's,
// the same in every run and known to nobody else.
func (s *stage) key(actor string) *publica.PrivateKey {
	if actor == "founder" {
		return s.founder
	}
	if k, ok := s.given[actor]; ok {
		return k
	}
	return publica.KeyFromSeed([32]byte(s.derive("key " + actor)))
}

func (s *stage) derive(what string) []byte {
	secret, err := s.founder.MarshalText()
	if err != nil {
		panic(err) // cannot happen: the key is in memory
	}
	h := hmac.New(sha256.New, secret)
	h.Write([]byte("publica demo " + what))
	return h.Sum(nil)
}

// nonce names a line of this take: an entry with this nonce was said by an
// earlier run.
func (s *stage) nonce(l *line) publica.Nonce {
	take := s.take
	if l.lasting {
		take = 0
	}
	return publica.Nonce(s.derive(fmt.Sprintf("nonce %d %s", take, l.name))[:publica.NonceSize])
}

// lookAround reads what the log holds of earlier runs. A take that was begun
// and not ended is given up.
func (s *stage) lookAround(ctx context.Context) error {
	at, err := s.client.Checkpoint(ctx)
	if err != nil {
		return err
	}
	for l, err := range s.client.Leaves(ctx, at, 0) {
		if err != nil {
			return err
		}
		if l.Entry != nil {
			s.logged[l.Entry.Nonce] = l.Leaf.ID()
		}
	}
	for s.done("begin") && !s.done("end") {
		s.take++
	}
	return nil
}

// done reports whether the line of that name was said in this take. The first
// and the last line of the sample are known as "begin" and "end".
func (s *stage) done(name string) bool {
	l := line{name: map[string]string{"begin": firstLine, "end": lastLine}[name]}
	_, ok := s.logged[s.nonce(&l)]
	return ok
}

// say sends lines in any order and returns when all are in the log.
func (s *stage) say(ctx context.Context, lines ...line) error {
	errs := make([]error, len(lines))
	var wg sync.WaitGroup
	slots := make(chan struct{}, 16)
	for i := range lines {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			if errs[i] = s.one(ctx, &lines[i]); errs[i] != nil {
				errs[i] = fmt.Errorf("%s: %w", lines[i].name, errs[i])
			}
		})
	}
	wg.Wait()
	s.count += len(lines)
	if i := slices.IndexFunc(errs, func(err error) bool { return err != nil }); i >= 0 {
		return errs[i]
	}
	return nil
}

// patience is how long a line may take to reach the log.
const patience = time.Minute

func (s *stage) one(ctx context.Context, l *line) error {
	start := time.Now()
	sub, err := s.hand(ctx, l)
	if err != nil || sub == nil {
		return err
	}
	if err := s.await(ctx, l, sub); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.longest = max(s.longest, time.Since(start))
	return nil
}

// soon is the earliest that something may begin which a record announces that is
// still to be sent, after at most so many others: on this machine, as it is now, the
// announcement is on the log before.
func (s *stage) soon(after int) publica.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return publica.TimeOf(time.Now().Add(max(2*time.Second, time.Duration(after+1)*2*s.longest)))
}

// oneAfterTheOther hands in lines in order without waiting for the log between
// them: the node cannot know yet what becomes of the first when it takes the
// next.
func (s *stage) oneAfterTheOther(ctx context.Context, lines ...line) error {
	subs := make([]*publica.Submission, len(lines))
	for i := range lines {
		var err error
		if subs[i], err = s.hand(ctx, &lines[i]); err != nil && !lines[i].refused {
			return fmt.Errorf("%s: %w", lines[i].name, err)
		}
	}
	for i, sub := range subs {
		if sub == nil {
			continue
		}
		if err := s.await(ctx, &lines[i], sub); err != nil && !errors.Is(err, errTaken) { // what is late may be in time by the clock of blocks
			return fmt.Errorf("%s: %w", lines[i].name, err)
		}
		s.count++
	}
	return nil
}

// errTaken says of a line that the rules have not refused it.
var errTaken = errors.New("was taken, although the rules were to refuse it")

// refused hands in a line that the rules refuse: with this code the node does at its
// door, or the register on record if the node took it before the reason was there.
func (s *stage) refused(ctx context.Context, l line, code publica.Code) error {
	l.refused = true
	sub, err := s.hand(ctx, &l)
	if publica.CodeOf(err) == code {
		return nil
	}
	if err == nil && sub != nil {
		err = s.await(ctx, &l, sub)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", l.name, err)
	}
	return nil
}

// hand signs and submits a line. It returns nil for one that was said before.
func (s *stage) hand(ctx context.Context, l *line) (*publica.Submission, error) {
	nonce := s.nonce(l)
	if id, ok := s.logged[nonce]; ok {
		s.remember(l.name, id)
		return nil, nil
	}
	sub, err := s.sign(l, nonce)
	if err != nil {
		return nil, err
	}
	if err := s.submit(ctx, sub); err != nil {
		return nil, err
	}
	return sub, nil
}

// submit hands in an entry. What is too early is so for a moment only, on a machine
// that is slower with its blocks than the sample is with its words.
func (s *stage) submit(ctx context.Context, sub *publica.Submission) error {
	for begun := time.Now(); ; {
		_, err := s.client.Submit(ctx, sub)
		if publica.CodeOf(err) != publica.Early || time.Since(begun) > patience {
			return err
		}
		if err := until(ctx, publica.TimeOf(time.Now().Add(-400*time.Millisecond))); err != nil {
			return err
		}
	}
}

// await waits until what was handed in is in the log.
func (s *stage) await(ctx context.Context, l *line, sub *publica.Submission) error {
	id := sub.Signed.ID()
	_, v, err := s.client.Receipt(ctx, id, patience)
	switch {
	case err != nil:
		return err
	case v.Stage == publica.Promised:
		return publica.Problem(publica.Busy, "", "is not in the log after "+patience.String())
	case v.Leaf.Refused != nil && !l.refused:
		return publica.Problem(v.Leaf.Refused.Code, v.Leaf.Refused.Field, v.Leaf.Refused.Message)
	}
	s.remember(l.name, id)
	if l.refused && v.Leaf.Refused == nil {
		return errTaken
	}
	return nil
}

func (s *stage) remember(name string, id publica.EntryID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ids[name] = id
}

// id returns the entry of a line that was said.
func (s *stage) id(name string) publica.EntryID {
	s.mu.Lock()
	defer s.mu.Unlock()
	id, ok := s.ids[name]
	if !ok {
		panic("demo: no line is named " + name) // a mistake in the sample itself
	}
	return id
}

// has reports whether a line of that name was said.
func (s *stage) has(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.ids[name]
	return ok
}

func (s *stage) idsOf(names ...string) (out []publica.EntryID) {
	for _, n := range names {
		out = append(out, s.id(n))
	}
	return out
}

func (s *stage) sign(l *line, nonce publica.Nonce) (*publica.Submission, error) {
	body, err := json.Marshal(l.body, json.Deterministic(true))
	if err != nil {
		return nil, err
	}
	e := publica.Entry{
		Body: body, Kind: l.kind, Made: publica.TimeOf(time.Now()), Nonce: nonce,
		Register: s.client.Policy().Register(),
	}
	if l.docket != "" {
		e.Docket = publica.DocketID(s.id(l.docket))
	}
	if l.forBody != "" {
		e.For = publica.BodyID(s.id("body/" + l.forBody))
	}
	var content []publica.Content
	for _, name := range slices.Sorted(maps.Keys(l.parts)) {
		media := "text/markdown"
		if name == "title" || name == "name" || name == "author" || name == "contact" {
			media = "text/plain"
		}
		c, p := publica.NewContent(name, media, []byte(l.parts[name]))
		content, e.Content = append(content, c), append(e.Content, p)
	}
	for i, f := range l.files {
		if f.name == "" {
			f.name = fmt.Sprintf("attachment-%d", i+1)
		}
		c, p := publica.NewContent(f.name, f.media, f.bytes)
		content, e.Content = append(content, c), append(e.Content, p)
	}
	return publica.NewSubmission(s.key(l.by), e, content...)
}

// until waits for a time, and a moment more for block time to pass it.
func until(ctx context.Context, t publica.Time) error {
	timer := time.NewTimer(time.Until(t.Std()) + 700*time.Millisecond)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
