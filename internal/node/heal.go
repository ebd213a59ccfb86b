package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"publica"
	"publica/internal/content"
	"publica/internal/domain/docket"
	"publica/internal/ledger"
	"publica/internal/tilelog"
)

// Heal checks a stopped node's folder and mends what is wrong with the help of
// others, at the addresses from. Log and state are made anew, by executing what
// is still good of the log and what the others have of the rest, under a
// checkpoint that the policy believes, up to where this node was. Content is
// fetched again. What was damaged is kept, in a folder damaged-… in the home.
//
// The first report says what was found, the second what is left of it: content
// that nobody has. An error of code conflict says that the others have another
// history than this node had; then nothing is changed.
func Heal(ctx context.Context, f *Folder, from []string, policy *publica.Policy, progress func(done, total int64)) (found, left *Report, err error) {
	all, err := askOthers(from, policy)
	if err != nil {
		return nil, nil, err
	}
	if found, err = Check(ctx, f, progress); err != nil {
		return nil, nil, err
	}
	if !found.register && !found.content && found.Missing == 0 {
		return found, found, nil
	}
	h := healing{folder: f, all: all, progress: progress}
	if found.register {
		if err := h.registerAnew(ctx); err != nil {
			return found, nil, fmt.Errorf("make log and state anew: %w", err)
		}
	}
	if err := h.refetch(ctx, found.broken); err != nil {
		return found, nil, fmt.Errorf("mend content: %w", err)
	}
	left, err = Check(ctx, f, nil)
	return found, left, err
}

type healing struct {
	folder   *Folder
	all      []*other
	progress func(done, total int64)
	aside    string // where damaged stores are kept, "" if there are none yet
}

// room returns an empty folder in the home for a store that is made anew.
func (h *healing) room() (*Folder, error) {
	anew := &Folder{dir: h.folder.path("healing"), Config: h.folder.Config}
	return anew, errors.Join(os.RemoveAll(anew.dir), os.MkdirAll(anew.dir, 0o700))
}

// replace puts a store made anew in the place of the damaged one.
func (h *healing) replace(anew *Folder, name string) (err error) {
	f := h.folder
	if h.aside == "" {
		if h.aside, err = os.MkdirTemp(f.dir, "damaged-*"); err != nil {
			return err
		}
	}
	if err := os.Rename(f.path(name), filepath.Join(h.aside, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := os.Rename(anew.path(name), f.path(name)); err != nil {
		return err
	}
	return errors.Join(syncDir(f.dir), os.RemoveAll(anew.dir))
}

// registerAnew makes log and state anew.
func (h *healing) registerAnew(ctx context.Context) (err error) {
	anew, err := h.room()
	if err != nil {
		return err
	}
	key, err := h.folder.logKey("log")
	if err != nil {
		return err
	}
	law, err := lawAgain(h.folder.Config.Register)
	if err != nil {
		return err
	}
	c, err := openChain(law, anew, key)
	if err != nil {
		return err
	}
	u := &catchUp{chain: c, begin: h.folder.agreeOn, progress: h.progress}
	err = h.asFar(ctx, u)
	if err := errors.Join(err, c.close()); err != nil {
		return err
	}
	return h.replace(anew, "register")
}

// asFar executes as much as this node had.
func (h *healing) asFar(ctx context.Context, u *catchUp) (err error) {
	old, err := openDamaged(h.folder)
	if err != nil {
		return h.asFarAsEngine(ctx, u)
	}
	defer func() { err = errors.Join(err, old.db.Close()) }()
	u.own = old.log
	at, founded, err := old.readPosition()
	if err != nil || !founded || cutOff(h.folder, at) != nil {
		return h.asFarAsEngine(ctx, u)
	}
	u.enough = func(*publica.Leaf) bool { return u.chain.head.Load().Seals == at.Seals }
	if err := u.run(ctx, h.all); err != nil {
		return err
	}
	switch now := u.chain.head.Load(); {
	case now.Seals < at.Seals:
		return publica.Problem(publica.Unverified, "", fmt.Sprintf("the others have %d blocks with records, this node had %d", now.Seals, at.Seals)).WithHint("ask other nodes, or later")
	case now.Root != at.Root:
		return publica.Problem(publica.Conflict, "", fmt.Sprintf("the others' log has the root %s after %d blocks with records, this node's had %s", now.Root, at.Seals, at.Root)).
			WithHint("one of the two histories is a lie: keep both, and ask the other operators")
	}
	return u.chain.resettle(old, at)
}

// resettle puts the chain where it was, and what was counted and signed there.
func (c *chain) resettle(old *chain, at position) error {
	t, err := old.readTurnout()
	if err != nil {
		t = &turnout{}
	}
	if raw, err := old.position.Get(vouchesKey); err == nil && raw != nil {
		c.vouches = func() []byte { return raw }
	}
	return c.settle(at, t)
}

// asFarAsEngine executes what the engine's blocks continue: it replays those
// that it has and the chain has not, but not the other way round.
func (h *healing) asFarAsEngine(ctx context.Context, u *catchUp) error {
	height, _, err := ledger.Reached(h.folder.dir)
	if err != nil {
		return err
	}
	u.enough = func(seal *publica.Leaf) bool { return seal.Height > height }
	return u.run(ctx, h.all)
}

// refetch gets the content that entries commit to and this node has not, or not
// as it should be. A store that cannot be read through is made anew.
func (h *healing) refetch(ctx context.Context, broken bool) (err error) {
	c, err := openDamaged(h.folder)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.db.Close()) }()
	law, err := lawAgain(h.folder.Config.Register)
	if err != nil {
		return err
	}
	orders := func(parts *content.Store) error { // what has to be gone is not looked for
		return carryOut(ctx, law, c.state, parts, func(context.Context) error { return nil }, func(docket.Erasure) {})
	}
	if !broken {
		parts, err := content.Open(h.folder.path("content"))
		if err != nil {
			return err
		}
		err = orders(parts)
		if err == nil {
			err = h.gather(ctx, c.log, parts, nil)
		}
		return errors.Join(err, parts.Close())
	}
	anew, err := h.room()
	if err != nil {
		return err
	}
	parts, err := content.Open(anew.path("content"))
	if err != nil {
		return err
	}
	closeAll := parts.Close
	old, err := content.OpenReadOnly(h.folder.path("content"))
	if err != nil {
		old = nil // then everything is fetched
	} else {
		closeAll = func() error { return errors.Join(parts.Close(), old.Close()) }
	}
	err = orders(parts)
	if err == nil {
		err = h.gather(ctx, c.log, parts, old)
	}
	if err := errors.Join(err, closeAll()); err != nil {
		return err
	}
	return h.replace(anew, "content")
}

// gather fills parts with all content the log commits to, from the old store
// where that has it, and else from others.
func (h *healing) gather(ctx context.Context, log *tilelog.Log, parts, old *content.Store) error {
	held, lack := log.Size(), map[publica.Commitment]int64{}
	var bad error
	var keep []publica.Content
	size := 0
	flush := func() error {
		err := parts.Keep(keep)
		keep, size = nil, 0
		return err
	}
	err := log.Leaves(0, func(index int64, raw []byte) bool {
		bad = eachPart(raw, func(c publica.Commitment) error {
			if _, err := parts.Get(c); err == nil || parts.Erased(c) {
				return nil
			}
			if old != nil {
				if part, err := old.Get(c); err == nil {
					keep, size = append(keep, part), size+len(part.Data)
					if size > 4<<20 || len(keep) == 1000 {
						return flush()
					}
					return nil
				}
			}
			if _, again := lack[c]; !again {
				lack[c] = index
			}
			return nil
		})
		return bad == nil
	})
	if err := errors.Join(err, bad, flush()); err != nil {
		return err
	}
	var mu sync.Mutex
	var wait sync.WaitGroup
	todo := make(chan publica.Commitment)
	for range fetchers {
		wait.Go(func() {
			for c := range todo {
				part, err := fetch(ctx, h.all, c)
				if err == nil {
					err = parts.Keep([]publica.Content{part})
				}
				mu.Lock()
				if err != nil {
					held = min(held, lack[c]) // the running node goes on looking from there
				}
				mu.Unlock()
			}
		})
	}
	for c := range lack {
		todo <- c
	}
	close(todo)
	wait.Wait()
	return errors.Join(ctx.Err(), parts.SetHeld(held))
}

// eachPart calls f for each commitment of a leaf's entry.
func eachPart(raw []byte, f func(publica.Commitment) error) error {
	l, err := publica.ParseLeaf(raw)
	if err != nil || l.Entry == nil {
		return err
	}
	e, err := publica.ParseEntry(l.Entry)
	if err != nil {
		return err
	}
	for _, p := range e.Content {
		if err := f(p.Commitment); err != nil {
			return err
		}
	}
	return nil
}
