package tilelog

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"

	"publica"
)

// A Witness is an outsider who cosigns checkpoints of which each continues the
// one before, whatever its log says, and so sees to it that there is one history
// only. It is asked over HTTP (C2SP tlog-witness).
type Witness struct {
	Name     string // as people and policies call it
	URL      string // submission prefix
	Verifier note.Verifier
}

// How witnesses are asked.
const (
	askEach    = time.Second // at most so often
	askTimeout = 10 * time.Second
	askPause   = time.Minute // at most, after a witness could not be asked
	askReply   = 64 << 10    // bytes
	askRetries = 3           // of one question, as others move the witness on
)

// AskWitnesses asks witnesses to cosign the checkpoint that has a quorum, each
// time there is a larger one, until ctx ends. It calls told, from several
// goroutines, with every answer: nil when a witness has cosigned.
func (v *Vouch) AskWitnesses(ctx context.Context, client *http.Client, all []Witness, told func(w *Witness, err error)) {
	var wait sync.WaitGroup
	defer wait.Wait()
	next := make([]chan signed, len(all))
	for i := range all {
		next[i] = make(chan signed, 1)
		wait.Go(func() { v.keepAsking(ctx, client, &all[i], next[i], told) })
	}
	var last int64
	for {
		quorum, moved := v.latest()
		if quorum.tree.N > last {
			last = quorum.tree.N
			for _, n := range next { // all are asked for the same size, so that a policy may demand several
				replace(n, quorum)
			}
			pause(ctx, askEach)
		}
		select {
		case <-ctx.Done():
			return
		case <-moved:
		}
	}
}

// latest returns the checkpoint that has a quorum, and a channel that is closed
// when another has.
func (v *Vouch) latest() (signed, <-chan struct{}) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.quorum, v.moved
}

// replace puts the newest question in place of one not taken up yet.
func replace(c chan signed, s signed) {
	select {
	case <-c:
	default:
	}
	c <- s
}

// keepAsking asks one witness for what comes. After a fault it waits, longer
// each time, and asks again for the newest.
func (v *Vouch) keepAsking(ctx context.Context, client *http.Client, w *Witness, next <-chan signed, told func(*Witness, error)) {
	var known int64 // what the witness has seen, as far as we know
	for {
		var s signed
		select {
		case <-ctx.Done():
			return
		case s = <-next:
		}
		for wait := askEach; ; wait = min(2*wait, askPause) {
			cosigned, size, err := w.cosign(ctx, client, v.log, s, known)
			known = size
			if err == nil && cosigned.note != nil {
				err = v.witness(cosigned)
			}
			if ctx.Err() != nil {
				return
			}
			if err != nil || cosigned.note != nil {
				told(w, err)
			}
			if err == nil {
				break
			}
			pause(ctx, wait)
			select {
			case s = <-next:
			default:
			}
		}
	}
}

// cosign asks the witness for its cosignature on a checkpoint and returns the
// checkpoint with it; nothing if the witness has seen a larger one, which
// another node has shown it. Size is what the witness has seen then.
func (w *Witness) cosign(ctx context.Context, client *http.Client, log *Log, s signed, known int64) (cosigned signed, size int64, err error) {
	ctx, done := context.WithTimeout(ctx, askTimeout)
	defer done()
	for range askRetries {
		if known > s.tree.N {
			return signed{}, known, nil
		}
		status, reply, err := w.ask(ctx, client, log, s, known)
		switch {
		case err != nil:
			return signed{}, known, err
		case status == http.StatusOK:
			cosigned, err = w.accept(s, reply)
			return cosigned, s.tree.N, err
		case status != http.StatusConflict:
			return signed{}, known, w.refused(status, reply)
		}
		size, err := strconv.ParseInt(strings.TrimSpace(string(reply)), 10, 64)
		if err != nil || size < 0 || size == known {
			return signed{}, known, w.refused(status, reply)
		}
		known = size
	}
	return signed{}, known, publica.Problem(publica.Busy, w.field(), "is asked by others all the time")
}

// ask sends a checkpoint, with a proof that it continues the one of the size
// the witness has seen. Of the signatures only those of the log go with it:
// witnesses need no others, and some take but a few kilobytes.
func (w *Witness) ask(ctx context.Context, client *http.Client, log *Log, s signed, known int64) (status int, reply []byte, err error) {
	var body bytes.Buffer
	fmt.Fprintf(&body, "old %d\n", known)
	if known > 0 {
		proof, err := log.ProveTree(s.tree, known)
		if err != nil {
			return 0, nil, fmt.Errorf("prove to witness %s that the log has only grown: %w", w.Name, err)
		}
		for _, h := range proof {
			fmt.Fprintf(&body, "%s\n", h)
		}
	}
	checkpoint, err := bare(s.note)
	if err != nil {
		return 0, nil, err
	}
	fmt.Fprintf(&body, "\n%s", checkpoint)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(w.URL, "/")+"/add-checkpoint", &body)
	if err != nil {
		return 0, nil, publica.Problem(publica.Invalid, w.field(), "has an address that is none: "+strconv.Quote(w.URL))
	}
	req.Header.Set("User-Agent", "publica")
	res, err := client.Do(req)
	if err != nil {
		return 0, nil, fmt.Errorf("ask witness %s: %w", w.Name, err)
	}
	defer res.Body.Close()
	reply, err = io.ReadAll(io.LimitReader(res.Body, askReply))
	if err != nil {
		return 0, nil, fmt.Errorf("hear witness %s: %w", w.Name, err)
	}
	return res.StatusCode, reply, nil
}

// bare returns a checkpoint with the signatures of its log alone.
func bare(checkpoint []byte) ([]byte, error) {
	all, err := publica.SignaturesOf(checkpoint)
	if err != nil {
		return nil, err
	}
	text := string(checkpoint[:bytes.LastIndex(checkpoint, []byte("\n\n"))+1])
	origin, _, _ := strings.Cut(text, "\n")
	logs := slices.DeleteFunc(all, func(s note.Signature) bool { return s.Name != origin })
	return note.Sign(&note.Note{Text: text, UnverifiedSigs: logs})
}

// accept verifies a witness's cosignature and adds it to the checkpoint.
func (w *Witness) accept(s signed, lines []byte) (signed, error) {
	text := s.note[:bytes.LastIndex(s.note, []byte("\n\n"))+2]
	n, err := note.Open(append(bytes.Clone(text), lines...), note.VerifierList(w.Verifier))
	if err != nil {
		return signed{}, &publica.Error{Code: publica.Unverified, Field: w.field(), Message: "answered with no cosignature of its own", Err: err,
			Hint: "compare its verifier key in the configuration with the one it publishes"}
	}
	cosignature, err := note.Sign(&note.Note{Text: n.Text, Sigs: n.Sigs})
	if err != nil {
		return signed{}, err
	}
	merged, err := publica.MergeCheckpoints(s.note, cosignature)
	return signed{s.tree, merged}, err
}

// refused says why a witness does not cosign.
func (w *Witness) refused(status int, reply []byte) error {
	answer := strconv.Quote(strings.TrimSpace(string(reply[:min(len(reply), 200)])))
	switch status {
	case http.StatusNotFound:
		return publica.Problem(publica.NotFound, w.field(), "does not know this register: "+answer).
			WithHint("ask its operator to add the register's name and the log keys of all validators; check the address")
	case http.StatusForbidden:
		return publica.Problem(publica.Forbidden, w.field(), "knows none of the log keys that have signed: "+answer).
			WithHint("give its operator the log keys of all validators")
	case http.StatusConflict, http.StatusUnprocessableEntity:
		return publica.Problem(publica.Conflict, w.field(), "has cosigned another history of this register: "+answer).
			WithHint("compare its last checkpoint with this log: one of the two is a lie, or the register was restored from a backup")
	}
	return publica.Problem(publica.Busy, w.field(), "answered with status "+strconv.Itoa(status)+": "+answer)
}

func (w *Witness) field() string { return "witness " + w.Name }

// pause waits, or less if ctx ends.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
