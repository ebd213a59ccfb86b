package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"publica"
)

func (a *app) logCommand() *cobra.Command {
	var state string
	var from int64
	var limit int
	var list, follow bool
	var every time.Duration
	cmd := &cobra.Command{
		Use:   "log",
		Short: "check the log's head, and list what stands in it",
		Long: `log fetches the register's checkpoint, verifies it, and proves that it continues the
one seen the last time: a register that rewrites its history is found out. The
newest checkpoint is kept in --state. If what is served contradicts it, both are
written to a file beside it, which convicts whoever signed both.

With --list it prints the records from --from on, each proven to be in the log
and its signature verified; --follow goes on with what comes.`,
		Example: `  publica log
  publica log --list --from 100 --limit 20
  publica log --follow --json`,
		Args: wants(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, err := a.connect(cmd.Context())
			if err != nil {
				return err
			}
			if state == "" {
				state = defaultState(client.Policy().Register())
			}
			last, err := os.ReadFile(state)
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("read the checkpoint seen last: %w", err)
			}
			client.Last = last
			w := &watcher{app: a, client: client, state: state, seen: treeSize(last)}
			if !list && !follow {
				return w.head(cmd.Context())
			}
			return w.list(cmd.Context(), from, limit, follow, every)
		},
	}
	a.answersData(cmd)
	f := cmd.Flags()
	f.BoolVar(&list, "list", false, "list the records")
	f.Int64Var(&from, "from", 0, "index to begin with; negative counts from the end")
	f.IntVar(&limit, "limit", 0, "stop after this many records")
	f.BoolVar(&follow, "follow", false, "list, and go on with what comes")
	f.DurationVar(&every, "every", 2*time.Second, "how often to look for more")
	f.StringVar(&state, "state", a.getenv("PUBLICA_STATE"), "file that keeps the newest checkpoint seen")
	return cmd
}

// defaultState names the state file of a register in the user's cache, "" if
// there is none.
func defaultState(register string) string {
	dir, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "publica", strings.ReplaceAll(register, "/", "_")+".checkpoint")
}

func treeSize(checkpoint []byte) int64 {
	c, err := publica.ParseCheckpoint(checkpoint)
	if err != nil {
		return 0
	}
	return c.Tree.N
}

// A watcher follows one log and remembers its head.
type watcher struct {
	app    *app
	client *publica.Client
	state  string
	seen   int64 // size at the last visit, 0 if none
}

// checkpoint fetches the head, proven to continue the last one, and keeps it.
func (w *watcher) checkpoint(ctx context.Context) (*publica.Checkpoint, error) {
	at, err := w.client.Checkpoint(ctx)
	if err != nil {
		return nil, w.keepFork(err)
	}
	if w.state == "" {
		return at, nil
	}
	if err := os.MkdirAll(filepath.Dir(w.state), 0o755); err != nil {
		return nil, fmt.Errorf("keep the checkpoint: %w", err)
	}
	if err := os.WriteFile(w.state, w.client.Seen(), 0o644); err != nil {
		return nil, fmt.Errorf("keep the checkpoint: %w", err)
	}
	return at, nil
}

// keepFork writes the evidence of two histories beside the state, if err has
// any, and returns err.
func (w *watcher) keepFork(err error) error {
	f, ok := errors.AsType[*publica.Fork](err)
	if !ok {
		return err
	}
	text, bad := f.Bytes()
	if bad != nil {
		return errors.Join(err, bad)
	}
	sum := sha256.Sum256(text)
	name := or(strings.TrimSuffix(w.state, ".checkpoint"), "publica") + ".fork-" + hex.EncodeToString(sum[:4]) + ".json"
	if bad := os.WriteFile(name, text, 0o644); bad != nil {
		return errors.Join(err, fmt.Errorf("keep the evidence: %w", bad))
	}
	w.app.note("two histories of %s: the evidence is in %s", w.client.Policy().Register(), name)
	w.app.hint("keep it and publish it; publica verify says who signed both")
	return err
}

func (w *watcher) head(ctx context.Context) error {
	at, err := w.checkpoint(ctx)
	if err != nil {
		return err
	}
	a := w.app
	if a.json {
		return a.printJSON(struct {
			Register string `json:"register"`
			Size     int64  `json:"size"`
			Root     string `json:"root"`
			Seen     int64  `json:"seen,omitzero"` // size at the last visit
		}{at.Register, at.Tree.N, at.Tree.Hash.String(), w.seen})
	}
	if _, err := fmt.Fprintf(a.out, "register %s\nsize     %d\nroot     %s\n", at.Register, at.Tree.N, at.Tree.Hash); err != nil {
		return err
	}
	if w.seen > 0 {
		_, err = fmt.Fprintf(a.out, "history  continues the %d records seen before, %d are new\n", w.seen, at.Tree.N-w.seen)
	} else {
		_, err = fmt.Fprintf(a.out, "history  first visit: nothing to compare with yet\n")
	}
	return err
}

func (w *watcher) list(ctx context.Context, from int64, limit int, follow bool, every time.Duration) error {
	shown := 0
	for {
		at, err := w.checkpoint(ctx)
		if err != nil {
			return err
		}
		if from < 0 {
			from = max(0, at.Tree.N+from)
		}
		n, err := w.print(w.client.Leaves(ctx, at, from), limit-shown)
		if err != nil {
			return err
		}
		shown += n
		from += int64(n)
		if !follow || (limit > 0 && shown >= limit) {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil // stopped by the person who watches
		case <-time.After(every):
		}
	}
}

// A leafView is a record of the log as a line of JSON.
type leafView struct {
	Index   int64            `json:"index"`
	Height  int64            `json:"height"`
	Time    publica.Time     `json:"time"`
	What    string           `json:"what"` // entry, system or seal
	ID      publica.EntryID  `json:"id"`
	Kind    publica.Kind     `json:"kind,omitzero"`
	Author  publica.KeyID    `json:"author,omitzero"`
	Docket  publica.DocketID `json:"docket,omitzero"`
	Refused *publica.Refusal `json:"refused,omitzero"`
}

// print prints up to limit leaves (all if limit is not positive) and returns
// how many.
func (w *watcher) print(leaves iter.Seq2[publica.LogLeaf, error], limit int) (n int, err error) {
	for l, err := range leaves {
		if err != nil {
			return n, err
		}
		v := leafView{Index: l.Index, Height: l.Leaf.Height, Time: l.Leaf.Time, ID: l.Leaf.ID(), Refused: l.Leaf.Refused}
		switch {
		case l.Entry != nil:
			v.What, v.Kind, v.Author, v.Docket = "entry", l.Entry.Kind, l.Entry.Author, l.Entry.Docket
		case l.Leaf.System != nil:
			v.What, v.Kind, v.Docket = "system", l.Leaf.System.Kind, l.Leaf.System.Docket
		default:
			v.What = "seal"
		}
		if err := w.app.printLeaf(&v); err != nil {
			return n, err
		}
		if n++; n == limit {
			break
		}
	}
	return n, nil
}

func (a *app) printLeaf(v *leafView) error {
	if a.json {
		return a.printLine(v)
	}
	line := fmt.Sprintf("%d  %s  block %d  ", v.Index, v.Time, v.Height)
	switch v.What {
	case "entry":
		line += fmt.Sprintf("%s  %s  by %s", v.ID, v.Kind, short(v.Author))
	case "system":
		line += fmt.Sprintf("%s  %s  by the register", v.ID, v.Kind)
	default:
		line += "seal"
	}
	if v.Refused != nil {
		line += "  refused: " + refusedWords(v.Refused)
	}
	_, err := fmt.Fprintln(a.out, line)
	return err
}
