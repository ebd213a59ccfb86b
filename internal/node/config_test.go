package node

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"publica"
)

// Every setting is explained in the file that a new node gets, can be read
// back, and stands in the manual.
func TestConfigExplainsItself(t *testing.T) {
	c := Config{Register: "test.example", Proxies: []string{"192.0.2.1"}, Peers: Peers{Followers: []string{"a@b:1"}},
		Witnesses: []Witness{{Name: "w1", URL: "https://w1.example", VKey: "w1+00000000+AAAA"}}}.withDefaults()
	path := filepath.Join(t.TempDir(), "publica.toml")
	if err := writeConfig(path, c); err != nil {
		t.Fatal(err)
	}
	back, err := readConfig(path, func(string) string { return "" })
	if err != nil || !reflect.DeepEqual(back, c) {
		t.Errorf("read back: %v\n%+v\n%+v", err, back, c)
	}
	manual, err := os.ReadFile(filepath.Join("..", "..", "docs", "operating.md"))
	if err != nil {
		t.Fatal(err)
	}
	var visit func(prefix string, table reflect.Type)
	visit = func(prefix string, table reflect.Type) {
		for field := range table.Fields() {
			name := prefix + strings.TrimSuffix(field.Tag.Get("toml"), ",omitempty")
			if field.Type.Kind() == reflect.Struct {
				visit(name+".", field.Type)
			}
			if field.Tag.Get("comment") == "" && !strings.HasSuffix(field.Tag.Get("toml"), ",omitempty") {
				t.Errorf("%s is not explained", name)
			}
			if field.Type.Kind() != reflect.Struct && !strings.Contains(string(manual), "`"+name+"`") {
				t.Errorf("docs/operating.md does not name %s", name)
			}
		}
	}
	visit("", reflect.TypeFor[Config]())
}

func TestConfigRefusesWhatItDoesNotKnow(t *testing.T) {
	path := filepath.Join(t.TempDir(), "publica.toml")
	for text, want := range map[string]string{
		"register = 'test.example'\n[limits]\nclock_scew_seconds = 3\n": "limits.clock_scew_seconds",
		"register = 'test.example'\nlisten = 8080\n":                    "line 2",
		"register = \n": "line 1",
	} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := readConfig(path, func(string) string { return "" }); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s named", text, err, want)
		}
	}
}

func TestConfigFromTheEnvironment(t *testing.T) {
	path := filepath.Join(t.TempDir(), "publica.toml")
	if err := writeConfig(path, Config{Register: "test.example"}.withDefaults()); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"PUBLICA_LISTEN": "127.0.0.1:9", "PUBLICA_PEERS_LISTEN": "10.0.0.1:26656", "PUBLICA_PEERS_FOLLOWERS": "a@b:1,c@d:2", "PUBLICA_LIMITS_POSTS_PER_SECOND": "-1"}
	c, err := readConfig(path, func(k string) string { return env[k] })
	if err != nil {
		t.Fatal(err)
	}
	if c.Listen != "127.0.0.1:9" || c.Peers.Listen != "10.0.0.1:26656" || !slices.Equal(c.Peers.Followers, []string{"a@b:1", "c@d:2"}) ||
		c.Limits.PostsPerSecond != -1 || c.Name != "node1" {
		t.Errorf("%+v", c)
	}
	env["PUBLICA_LIMITS_POSTS_PER_SECOND"] = "many"
	if _, err := readConfig(path, func(k string) string { return env[k] }); err == nil || !strings.Contains(err.Error(), "PUBLICA_LIMITS_POSTS_PER_SECOND") {
		t.Errorf("%v, want the variable named", err)
	}
}

// Each thing that can be wrong is found, and nothing else.
func TestConfigCheckFinds(t *testing.T) {
	now := time.Now()
	for _, c := range []struct {
		name  string
		spoil func(t *testing.T, f *Folder)
		want  string // how the finding starts
	}{
		{"nothing wrong", func(*testing.T, *Folder) {}, ""},
		{"an open key", func(t *testing.T, f *Folder) { chmod(t, f.path("keys", "node.key"), 0o644) }, "keys/node.key can be read by others"},
		{"an open folder", func(t *testing.T, f *Folder) { chmod(t, f.path("keys"), 0o755) }, "keys can be read by others"},
		{"a key lost", func(t *testing.T, f *Folder) { remove(t, f.path("keys", "cosign-pq.key")) }, "keys/cosign-pq.key is missing"},
		{"a key of another node", func(t *testing.T, f *Folder) { replaceKey(t, f, "node", "node9.test.example") }, "keys/node.key signs in the name of node9.test.example|genesis.json names another node key"},
		{"another key", func(t *testing.T, f *Folder) { replaceKey(t, f, "log", "test.example") }, "genesis.json names another log key"},
		{"no genesis", func(t *testing.T, f *Folder) { remove(t, f.path("genesis.json")) }, "genesis.json is missing"},
		{"a genesis edited", func(t *testing.T, f *Folder) {
			edit(t, f.path("genesis.json"), `"silence_ms":300000`, `"silence_ms": 1`)
		}, "genesis.json was changed"},
		{"another's genesis", func(t *testing.T, f *Folder) {
			edit(t, f.path("genesis.json"), `"register":"test.example"`, `"register":"that.example"`)
		}, "genesis.json is of that.example"},
		{"no engine", func(t *testing.T, f *Folder) { remove(t, f.path("engine")) }, "engine/config/node_key.json is missing"},
		{"a voting key lost", func(t *testing.T, f *Folder) { remove(t, f.path("engine", "config", "priv_validator_key.json")) }, "engine/config/priv_validator_key.json is missing"},
		{"listen", func(t *testing.T, f *Folder) { setting(t, f, "listen = '127.0.0.1:0'", "listen = '127.0.0.1'") }, "listen 127.0.0.1 is not host:port"},
		{"public_url", func(t *testing.T, f *Folder) { setting(t, f, "public_url = ''", "public_url = 'node.example'") }, "public_url is not the address of a site"},
		{"proxies", func(t *testing.T, f *Folder) { setting(t, f, "proxies = []", "proxies = ['proxy']") }, "proxies proxy is neither"},
		{"signer", func(t *testing.T, f *Folder) { setting(t, f, "signer = ''", "signer = '10.0.0.1:1'") }, "signer 10.0.0.1:1 does not start with the id"},
		{"peers", func(t *testing.T, f *Folder) { setting(t, f, "[peers]\n", "[peers]\n#") }, "peers.listen"},
		{"followers", func(t *testing.T, f *Folder) { setting(t, f, "followers = []", "followers = ['x@host:1']") }, "peers.followers x@host:1 does not start"},
		{"limits", func(t *testing.T, f *Folder) {
			setting(t, f, "clock_skew_seconds = 10", "clock_skew_seconds = -10")
		}, "limits.clock_skew_seconds is negative"},
		{"disk", func(t *testing.T, f *Folder) {
			setting(t, f, "promise_free_bytes = 536870912", "promise_free_bytes = 4611686018427387904")
		}, "limits.promise_free_bytes"},
		{"theme", func(t *testing.T, f *Folder) {
			setting(t, f, "link = ''", "link = '#7fb3e0'")
			setting(t, f, "header = ''", "header = 'navy'")
		}, "theme.header \"navy\" is not a colour"},
		{"contrast", func(t *testing.T, f *Folder) {
			setting(t, f, "link = ''", "link = '#7fb3e0'")
			setting(t, f, "accent = ''", "accent = '#ffff00'")
		}, "theme.accent #ffff00 on theme.paper (#ffffff) has a contrast of 1.07:1, the ring of the focus needs 3:1|theme.link #7fb3e0 on"},
		{"logo", func(t *testing.T, f *Folder) { setting(t, f, "logo = ''", "logo = 'arms.svg'") }, "theme.logo cannot be read"},
		{"license", func(t *testing.T, f *Folder) { setting(t, f, "license = ''", "license = 'CC0'") }, "data.license is not an https URL"},
		{"publication policy", func(t *testing.T, f *Folder) {
			setting(t, f, "publication_policy = ''", "publication_policy = 'http://node.example/policy'")
		}, "data.publication_policy is not an https URL"},
		{"mail", func(t *testing.T, f *Folder) {
			setting(t, f, "public_url = ''", "public_url = 'https://node.example'")
			setting(t, f, "server = ''", "server = 'mail.example'")
		}, "mail.from is not an address"},
		{"mail in the open", func(t *testing.T, f *Folder) {
			setting(t, f, "public_url = ''", "public_url = 'https://node.example'")
			setting(t, f, "server = ''", "server = 'mail.example'")
			setting(t, f, "tls = 'starttls'", "tls = 'none'")
			setting(t, f, "from = ''", "from = 'Node <node@node.example>'")
			setting(t, f, "password_file = ''", "password_file = 'keys/node.key'")
		}, "mail.tls would send the password in the open"},
		{"webhook", func(t *testing.T, f *Folder) {
			setting(t, f, "# [[webhooks]]", "[[webhooks]]\nname='w'\nurl='https://w.example'\nsecret_file='keys/node.key'\n")
		}, "webhooks.0.secret_file holds no secret"},
		{"witness", func(t *testing.T, f *Folder) {
			setting(t, f, "# [[witnesses]]", "[[witnesses]]\nname='w'\nurl='https://w.example'\nvkey='x'\n")
		}, "witnesses[0].vkey is not"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "home")
			f, err := Found(dir, Config{Register: "test.example", Listen: "127.0.0.1:0", Peers: Peers{Listen: "nowhere"}}, now)
			if err != nil {
				t.Fatal(err)
			}
			if c.want != "peers.listen" {
				setting(t, f, "listen = 'nowhere'", "listen = ''")
			}
			c.spoil(t, f)
			found, want := faults(t, dir, now), strings.FieldsFunc(c.want, func(r rune) bool { return r == '|' })
			if !slices.EqualFunc(found, want, strings.HasPrefix) {
				t.Errorf("found %q, want %q", found, want)
			}
		})
	}
	t.Run("clock", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "home")
		if _, err := Found(dir, Config{Register: "test.example"}, now); err != nil {
			t.Fatal(err)
		}
		if found := faults(t, dir, now.Add(-time.Hour)); len(found) != 1 || !strings.HasPrefix(found[0], "clock") {
			t.Errorf("found %q", found)
		}
	})
}

func chmod(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
}

func edit(t *testing.T, path, old, with string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), old) {
		t.Fatalf("%s does not hold %q:\n%s", path, old, text)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(text), old, with, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
}

func setting(t *testing.T, f *Folder, old, with string) {
	t.Helper()
	edit(t, f.path("publica.toml"), old, with)
}

func replaceKey(t *testing.T, f *Folder, name, owner string) {
	t.Helper()
	text, err := publica.NewLogKey(owner, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(f.path("keys", name+".key"), []byte(text+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}
