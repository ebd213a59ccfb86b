package ledger

import (
	"os"
	"runtime/debug"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"
)

// The engine's latest tag by number, v1.0.1, lacks security fixes that v0.40.0
// has, and v0.40.0 calls itself 0.39.0 in its version string: so what is built
// in is read from the build.
func TestEngineVersion(t *testing.T) {
	const engine = "github.com/cometbft/cometbft"
	info, ok := debug.ReadBuildInfo()
	if !ok {
		t.Fatal("no build information")
	}
	version := ""
	for _, m := range info.Deps {
		if m.Path == engine {
			version = m.Version
			if m.Replace != nil {
				t.Fatalf("the engine is replaced by %s %s", m.Replace.Path, m.Replace.Version)
			}
		}
	}
	if version == "" {
		// A test binary may carry no list of modules; then go.mod decides.
		text, err := os.ReadFile("../../go.mod")
		if err != nil {
			t.Fatal(err)
		}
		mod, err := modfile.ParseLax("go.mod", text, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range mod.Require {
			if r.Mod.Path == engine {
				version = r.Mod.Version
			}
		}
		if strings.Contains(string(text), engine+" =>") {
			t.Fatal("the engine is replaced")
		}
	}
	t.Log("engine ", version)
	if !fitEngine(version) {
		t.Errorf("engine %s, want v0.40.0 or a later v0.40 or v0.41", version)
	}
	for version, fit := range map[string]bool{"v1.0.1": false, "v0.38.17": false, "v0.39.9": false, "v0.40.0-rc1": false,
		"v0.40.0": true, "v0.40.3": true, "v0.41.0": true, "": false} {
		if fitEngine(version) != fit {
			t.Errorf("%q: fit %v, want %v", version, !fit, fit)
		}
	}
}

func fitEngine(v string) bool {
	line := semver.MajorMinor(v)
	return semver.Compare(v, "v0.40.0") >= 0 && (line == "v0.40" || line == "v0.41")
}
