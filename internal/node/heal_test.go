package node

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"publica"
	"publica/internal/ledger"
	"publica/internal/store"
)

// dump reads everything in the node's two stores, nil if that is not possible.
func dump(f *Folder) map[string]string {
	all := map[string]string{}
	for _, name := range []string{"register", "content"} {
		db, err := store.OpenReadOnly(f.path(name))
		if err != nil {
			return nil
		}
		defer db.Close()
		for _, space := range []byte("slpcn") {
			if db.Space(space).Scan(nil, func(k, v []byte) bool { all[name+string(space)+string(k)] = string(v); return true }) != nil {
				return nil
			}
		}
	}
	return all
}

// twoNodes is a register of two nodes with some hundred records: the first
// runs, the second is stopped with all its stores on disk, not only in the
// write-ahead log.
func twoNodes(t *testing.T) (server *running, damaged *Folder, policy *publica.Policy) {
	t.Helper()
	nodes := network(t, 2)
	policy, err := publica.ParsePolicy([]byte(nodes[0].reg.Policy()))
	if err != nil {
		t.Fatal(err)
	}
	last, _ := accounts(t, nodes[0], 400)
	within(t, time.Minute, "both hold everything", func() bool {
		return stage(t, nodes[0], policy, last) == publica.Durable && stage(t, nodes[1], policy, last) == publica.Durable
	})
	for i := range 10 {
		if i%5 == 0 { // what the log began with comes into tables, then more of it
			nodes[1].stop()
			nodes[1].start(t)
		}
		last, _ = accounts(t, nodes[1], 8)
		within(t, time.Minute, "both hold everything", func() bool {
			return stage(t, nodes[0], policy, last) == publica.Durable && stage(t, nodes[1], policy, last) == publica.Durable
		})
	}
	nodes[1].stop()
	return nodes[0], nodes[1].folder, policy
}

// TestHeal damages a stopped node in every way, and has it mended with the help
// of another.
func TestHeal(t *testing.T) {
	server, f, policy := twoNodes(t)
	t.Run("files", func(t *testing.T) { healsEveryFile(t, server, f, policy) })
	t.Run("keys", func(t *testing.T) { healsEveryKey(t, server, f, policy) })
	t.Run("another history", func(t *testing.T) { keepsAnotherHistory(t, server, f, policy) })
}

// healsEveryFile damages every file of log, state and content, in every place
// that matters, and deletes it. Whatever that changes is found and mended.
func healsEveryFile(t *testing.T, server *running, f *Folder, policy *publica.Policy) {
	pristine := t.TempDir()
	for _, name := range []string{"register", "content"} {
		if err := copyTree(f.path(name), filepath.Join(pristine, name)); err != nil {
			t.Fatal(err)
		}
	}
	before := dump(f)
	if r, err := Check(t.Context(), f, nil); err != nil || len(r.Wrong) > 0 || r.Missing > 0 || len(before) == 0 {
		t.Fatalf("before any damage: %+v, %v", r, err)
	}
	var files []string
	err := filepath.WalkDir(pristine, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && d.Name() != "LOCK" {
			files = append(files, strings.TrimPrefix(path, pristine+"/"))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	damages := map[string]func(path string) error{"deleted": os.Remove, "emptied": func(path string) error { return os.Truncate(path, 0) }}
	for i, at := range []string{"first byte", "first quarter", "middle", "third quarter", "last byte"} {
		damages["flipped, "+at] = func(path string) error {
			raw, err := os.ReadFile(path)
			if err != nil || len(raw) == 0 {
				return err
			}
			raw[min(len(raw)-1, i*len(raw)/4)] ^= 0x10
			return os.WriteFile(path, raw, 0o600)
		}
	}
	if testing.Short() {
		maps.DeleteFunc(damages, func(how string, _ func(string) error) bool { return how != "deleted" && how != "flipped, middle" })
	}
	mended, harmless, short := 0, 0, 0
	for _, file := range files {
		for _, how := range slices.Sorted(maps.Keys(damages)) {
			for _, name := range []string{"register", "content"} {
				if err := os.RemoveAll(f.path(name)); err != nil {
					t.Fatal(err)
				}
				if err := copyTree(filepath.Join(pristine, name), f.path(name)); err != nil {
					t.Fatal(err)
				}
			}
			if err := damages[how](f.path(file)); err != nil {
				t.Fatal(err)
			}
			changed := !maps.Equal(dump(f), before)
			if changed && oneShort(t, f) {
				short++
				continue
			}
			found, left, err := Heal(t.Context(), f, []string{server.base}, policy, nil)
			if err != nil {
				t.Errorf("%s, %s: %v (found %+v)", file, how, err, found)
				continue
			}
			if seen := len(found.Wrong) > 0 || found.Missing > 0; changed && !seen {
				t.Errorf("%s, %s: not found", file, how)
			} else if seen {
				mended++
			} else {
				harmless++
			}
			if len(left.Wrong) > 0 || left.Missing > 0 || left.Entries != 480 {
				t.Errorf("%s, %s: not mended: %+v", file, how, left)
			}
			if d := difference(dump(f), before); d != "" {
				t.Errorf("%s, %s: something else came out: %s", file, how, d)
			}
			c, err := openAgain(f) // as a node does, to write
			if err != nil {
				t.Errorf("%s, %s: the node would not start: %v", file, how, err)
				continue
			}
			if err := c.close(); err != nil {
				t.Error(err)
			}
			clearAside(t, f)
		}
	}
	t.Logf("%d files: damage mended %d times, without effect %d times, %d times left to the engine", len(files), mended, harmless, short)
}

// oneShort reports whether the node has lost its last block and nothing else.
// The engine has it, and executes it again at the next start, as after a crash.
func oneShort(t *testing.T, f *Folder) bool {
	t.Helper()
	r, err := Check(t.Context(), f, nil)
	if err != nil || len(r.Wrong) > 0 || r.Missing > 0 {
		return false
	}
	c, err := openDamaged(f)
	if err != nil {
		return false
	}
	defer c.db.Close()
	at, _, err := c.readPosition()
	height, _, err2 := ledger.Reached(f.dir)
	return err == nil && err2 == nil && at.Height == height-1
}

// difference names a key that is not the same in both dumps. What others had
// signed may be forgotten, they say it again, and so may what was counted of
// votes.
func difference(got, want map[string]string) string {
	for _, pair := range [][2]map[string]string{{got, want}, {want, got}} {
		for k, v := range pair[0] {
			if strings.HasPrefix(k, "registerp") {
				continue
			}
			if pair[1][k] != v {
				return fmt.Sprintf("%q", k)
			}
		}
	}
	return ""
}

func clearAside(t *testing.T, f *Folder) {
	t.Helper()
	aside, err := filepath.Glob(f.path("damaged-*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range aside {
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}
}

// healsEveryKey changes and deletes single values under the checksums of the
// store, as no disk does but a person would.
func healsEveryKey(t *testing.T, server *running, f *Folder, policy *publica.Policy) {
	before := dump(f)
	samples := map[string]string{} // one of each kind
	for _, k := range slices.Sorted(maps.Keys(before)) {
		kind := k[:min(len(k), len("registerl")+1)]
		if strings.HasPrefix(k, "registers") {
			kind = k[:min(len(k), len("registers")+4)]
		}
		if strings.HasPrefix(k, "content") {
			kind = k[:len("contentc")]
		}
		if samples[kind] == "" || len(k)%2 == 0 {
			samples[kind] = k
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(samples)) {
		k := samples[kind]
		if strings.HasPrefix(k, "registerp") && k != "registerp"+string(positionKey) {
			continue // what others had signed, and what was counted
		}
		name := strings.TrimRight(k[:len("register")], "cn")
		for how, value := range map[string][]byte{"deleted": nil, "changed": append(bytes.Clone([]byte(before[k])), '!')} {
			db, err := store.Open(f.path(name))
			if err != nil {
				t.Fatal(err)
			}
			b, space := db.Batch(), db.Space(k[len(name)])
			if value == nil {
				err = b.Delete(space, []byte(k[len(name)+1:]))
			} else {
				err = b.Set(space, []byte(k[len(name)+1:]), value)
			}
			if err == nil {
				err = b.Commit()
			}
			if err != nil {
				t.Fatal(err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			found, left, err := Heal(t.Context(), f, []string{server.base}, policy, nil)
			if err != nil {
				t.Errorf("%q %s: %v", k, how, err)
				continue
			}
			if len(found.Wrong) == 0 && found.Missing == 0 && !strings.HasPrefix(k, "contentn") {
				t.Errorf("%q %s: not found", k, how)
			}
			if len(left.Wrong) > 0 || left.Missing > 0 {
				t.Errorf("%q %s: not mended: %+v", k, how, left)
			}
			if d := difference(dump(f), before); d != "" && !strings.HasPrefix(k, "contentn") {
				t.Errorf("%q %s: %s is not as it was", k, how, d)
			}
			clearAside(t, f)
		}
	}
}

// keepsAnotherHistory has a node whose log is whole, but another than that of
// the others: that is no damage to be mended.
func keepsAnotherHistory(t *testing.T, server *running, f *Folder, policy *publica.Policy) {
	c, err := openDamaged(f)
	if err != nil {
		t.Fatal(err)
	}
	at, _, err := c.readPosition()
	if err != nil {
		t.Fatal(err)
	}
	c.db.Close()
	at.Root[0] ^= 1 // it says it was elsewhere
	db, err := store.Open(f.path("register"))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := encode(at)
	if err != nil {
		t.Fatal(err)
	}
	b := db.Batch()
	if err := b.Set(db.Space('p'), positionKey, raw); err != nil {
		t.Fatal(err)
	}
	if err := b.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	before := dump(f)
	if _, _, err := Heal(t.Context(), f, []string{server.base}, policy, nil); publica.CodeOf(err) != publica.Conflict {
		t.Errorf("healed: %v", err)
	}
	if !maps.Equal(dump(f), before) {
		t.Error("the node's own history was touched")
	}
	if _, _, err := Heal(t.Context(), f, []string{"http://127.0.0.1:1"}, policy, nil); err == nil {
		t.Error("healed by nobody")
	}
}

// TestHealedNodeGoesOn deletes log, state and content of a node of four while
// the others go on. Healed and started, it catches up and holds everything.
func TestHealedNodeGoesOn(t *testing.T) {
	nodes := network(t, 4)
	policy, err := publica.ParsePolicy([]byte(nodes[0].reg.Policy()))
	if err != nil {
		t.Fatal(err)
	}
	accounts(t, nodes[3], 50)
	nodes[3].stop()
	accounts(t, nodes[0], 50)
	for _, name := range []string{"register", "content", "readmodel.db"} {
		if err := os.RemoveAll(nodes[3].folder.path(name)); err != nil {
			t.Fatal(err)
		}
	}
	found, left, err := Heal(t.Context(), nodes[3].folder, []string{nodes[0].base, nodes[1].base}, policy, nil)
	if err != nil || len(left.Wrong) > 0 || left.Missing > 0 {
		t.Fatalf("%v; found %+v, left %+v", err, found, left)
	}
	nodes[3].start(t)
	last, _ := accounts(t, nodes[3], 1)
	within(t, time.Minute, "the node takes part again", func() bool { return stage(t, nodes[3], policy, last) == publica.Durable })
	if _, err := Check(t.Context(), nodes[3].folder, nil); publica.CodeOf(err) != publica.Conflict {
		t.Errorf("check of a node that runs: %v", err)
	}
}
