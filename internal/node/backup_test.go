package node

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"publica"
)

// A running node and a stopped one are backed up; what is restored is the
// register as it was, without anything to vote with but the key that was kept
// apart.
func TestBackupAndRestore(t *testing.T) {
	ctx, dir := context.Background(), filepath.Join(t.TempDir(), "home")
	base, stop := start(t, dir)
	f, err := OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	policy := policyOf(t, f)
	docket := openDocket(t, f, base, policy)
	first := filepath.Join(t.TempDir(), "first")
	m, err := Backup(ctx, f, first, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if !m.Alone || m.Size == 0 || m.Node != "node1.test.example" {
		t.Errorf("the manifest is %+v", m)
	}
	noVotingKey(t, first)
	if r, err := Check(ctx, &Folder{dir: first, Config: f.Config}, nil); err != nil || len(r.Wrong) > 0 || r.Missing > 0 || r.Leaves != m.Size {
		t.Errorf("check of the backup: %+v, %v", r, err)
	}
	if _, err := Backup(ctx, f, first, time.Now()); publica.CodeOf(err) != publica.Conflict {
		t.Errorf("a second backup to the same place: %v, want a conflict", err)
	}

	later := comments(t, base, policy, docket, 3)
	stop()
	second := filepath.Join(t.TempDir(), "second")
	after, err := Backup(ctx, f, second, time.Now())
	if err != nil || after.Size < m.Size+3 {
		t.Fatalf("backup of the stopped node: %+v, %v", after, err)
	}
	noVotingKey(t, second)

	home := filepath.Join(t.TempDir(), "restored")
	key := f.path("engine", "config", "priv_validator_key.json")
	for _, r := range []Restoration{{AcceptLoss: true}, {SigningKey: key}} {
		if _, _, err := Restore(first, home, r); publica.CodeOf(err) != publica.Forbidden {
			t.Errorf("restoring a lone register with %+v: %v, want it refused", r, err)
		}
	}
	back, got, err := Restore(second, home, Restoration{SigningKey: key, AcceptLoss: true, Now: time.Now()})
	if err != nil || *got != *after {
		t.Fatalf("restored %+v, %v", got, err)
	}
	if was, is := mustRead(t, key), mustRead(t, back.path("engine", "config", "priv_validator_key.json")); was != is {
		t.Errorf("the voting key was %s, is %s", was, is)
	}
	if _, _, err := Restore(second, home, Restoration{SigningKey: key, AcceptLoss: true, Now: time.Now()}); publica.CodeOf(err) != publica.Conflict {
		t.Errorf("restoring over a node: %v, want a conflict", err)
	}
	if found := faults(t, home, time.Now()); len(found) > 0 {
		t.Errorf("the restored node: %q", found)
	}
	base, stop = start(t, home)
	defer stop()
	w := &watcher{seen: map[publica.EntryID]int64{}}
	if err := w.look(base, policy); err != nil {
		t.Fatal(err)
	}
	for _, id := range append(later, comments(t, base, policy, docket, 1)...) {
		if err := w.look(base, policy); err != nil {
			t.Fatal(err)
		}
		if _, ok := w.seen[id]; !ok {
			t.Errorf("%s is not on the restored register", id)
		}
	}
}

// A backup that is not what it says is refused, and nothing of it stays.
func TestRestoreRefusesDamage(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "home")
	_, stop := start(t, dir)
	stop()
	f, err := OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "backup")
	if _, err := Backup(context.Background(), f, to, time.Now()); err != nil {
		t.Fatal(err)
	}
	home := filepath.Join(t.TempDir(), "restored")
	edit(t, filepath.Join(to, "backup.json"), `"alone":true`, `"alone":false`) // so that no key is asked for
	edit(t, filepath.Join(to, "backup.json"), `"size":`, `"size":9`)
	if _, _, err := Restore(to, home, Restoration{Now: time.Now()}); publica.CodeOf(err) != publica.Unverified {
		t.Errorf("%v, want it unverified", err)
	}
	remove(t, filepath.Join(to, "backup.json"))
	if _, _, err := Restore(to, home, Restoration{Now: time.Now()}); publica.CodeOf(err) != publica.NotFound {
		t.Errorf("%v, want it not found", err)
	}
	if _, err := os.Stat(home); err == nil {
		t.Error("something of a refused backup stays")
	}
}

// Without the voting key the node gets a new one and says so on its card.
func TestRestoreWithoutTheVotingKey(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "home")
	_, stop := start(t, dir)
	stop()
	f, err := OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "backup")
	if _, err := Backup(context.Background(), f, to, time.Now()); err != nil {
		t.Fatal(err)
	}
	edit(t, filepath.Join(to, "backup.json"), `"alone":true`, `"alone":false`)
	home := filepath.Join(t.TempDir(), "restored")
	back, _, err := Restore(to, home, Restoration{Now: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	was, err := ReadCard(f.path("validator.json"))
	if err != nil {
		t.Fatal(err)
	}
	is, err := ReadCard(back.path("validator.json"))
	if err != nil {
		t.Fatal(err)
	}
	if string(was.Validator.Consensus) == string(is.Validator.Consensus) || was.Validator.Peer != is.Validator.Peer {
		t.Errorf("the card was %+v, is %+v", was.Validator, is.Validator)
	}
}

// comments submits so many and waits until they are on the log.
func comments(t *testing.T, base string, policy *publica.Policy, docket publica.DocketID, n int) (ids []publica.EntryID) {
	t.Helper()
	key, err := publica.GenerateKey(publica.Ed25519)
	if err != nil {
		t.Fatal(err)
	}
	client, err := publica.NewClient(base, policy)
	if err != nil {
		t.Fatal(err)
	}
	for range n {
		s, err := comment(key, docket)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.Submit(context.Background(), s); err != nil {
			t.Fatal(err)
		}
		if _, _, err := client.Receipt(context.Background(), s.Signed.ID(), time.Minute); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, s.Signed.ID())
	}
	return ids
}

// noVotingKey looks through a backup for what must not be in it, and for keys
// that others can read.
func noVotingKey(t *testing.T, dir string) {
	t.Helper()
	keys := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if strings.HasPrefix(d.Name(), "priv_validator") {
			t.Errorf("the backup holds %s", path)
		}
		info, err := d.Info()
		if err == nil && strings.HasSuffix(path, ".key") {
			keys++
			if info.Mode().Perm() != 0o600 {
				t.Errorf("%s has the mode %v", path, info.Mode())
			}
		}
		return err
	})
	if err != nil || keys < 6 {
		t.Errorf("%d keys in the backup, %v", keys, err)
	}
}

func mustRead(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
