// Assets fetches the design system and lays what our pages use of it into a
// folder that internal/web embeds. It takes the prebuilt style sheet, the
// icons and fonts that the style sheet names, and no script, for the pages need
// none. Theme colours become CSS variables on the way, so that
// a register is themed without building the design system again; and a second
// sheet is the mirror of the first, for languages written from right to left.
// A second folder gets the cryptography of the verifier, as two scripts; a third
// what tests of the pages look with.
//
//	go run ./assets ../internal/web/assets/uswds ../verifier/js/lib ../internal/browsertest/axe
//
// The version is pinned, with its hash, in package.json and package-lock.json;
// where packages come from is npm's configuration. The program knows nothing of
// the register.
package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path"
	"path/filepath"
	"regexp"
	"slices"
)

//go:embed package.json package-lock.json
var pinned embed.FS

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "assets:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) != 3 {
		return errors.New("want the folders to fill; hint: go run ./assets ../internal/web/assets/uswds ../verifier/js/lib ../internal/browsertest/axe")
	}
	out := args[0]
	tmp, err := os.MkdirTemp("", "assets-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	modules, err := fetch(ctx, tmp)
	if err != nil {
		return err
	}
	taken, err := take(os.DirFS(filepath.Join(modules, "@uswds", "uswds", "dist")))
	if err != nil {
		return err
	}
	if taken["css/uswds-rtl.css"], err = mirrored(ctx, modules, taken["css/uswds.css"]); err != nil {
		return err
	}
	if err := scripts(modules, args[1]); err != nil {
		return err
	}
	if err := inspector(modules, args[2]); err != nil {
		return err
	}
	size, err := write(out, taken)
	if err != nil {
		return err
	}
	fmt.Printf("%d files, %.2f MB in %s\n", len(taken), float64(size)/1e6, out)
	return nil
}

// fetch installs the pinned packages into dir, without running their scripts,
// and returns the folder they are in.
func fetch(ctx context.Context, dir string) (string, error) {
	if err := os.CopyFS(dir, pinned); err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	if err := cmd.Run(); err != nil {
		if errors.Is(err, exec.ErrNotFound) {
			return "", errors.New("npm is not installed; hint: install Node.js with npm, it is needed only to fetch the design system")
		}
		return "", fmt.Errorf("npm ci: %w; hint: npm must reach its registry once", err)
	}
	return filepath.Join(dir, "node_modules"), nil
}

var reference = regexp.MustCompile(`url\(["']?(\.\./[^)"'?#]+)[^)]*\)`)

// unused are named by the style sheet only for components our pages do not
// have: a photograph, and the light cuts of fonts.
var unused = regexp.MustCompile(`hero\.jpg|(?i)light`)

// take returns the style sheet and the files it names, by their path below the
// folder.
func take(dist fs.FS) (map[string][]byte, error) {
	sheet, err := fs.ReadFile(dist, "css/uswds.min.css")
	if err != nil {
		return nil, err
	}
	taken := map[string][]byte{}
	for _, m := range reference.FindAllSubmatch(sheet, -1) {
		name := path.Join("css", string(m[1]))
		if unused.MatchString(path.Base(name)) {
			continue
		}
		if taken[name], err = fs.ReadFile(dist, name); err != nil {
			return nil, err
		}
	}
	if taken["css/uswds.css"], err = themed(sheet); err != nil {
		return nil, err
	}
	return taken, nil
}

// write replaces what is in the folder and returns the bytes written.
func write(out string, taken map[string][]byte) (int64, error) {
	for _, sub := range []string{"css", "fonts", "img"} {
		if err := os.RemoveAll(filepath.Join(out, sub)); err != nil {
			return 0, err
		}
	}
	var names []string
	for name := range taken {
		names = append(names, name)
	}
	slices.Sort(names)
	var size int64
	for _, name := range names {
		to := filepath.Join(out, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return size, err
		}
		if err := os.WriteFile(to, taken[name], 0o644); err != nil {
			return size, err
		}
		size += int64(len(taken[name]))
	}
	// Written last: make takes its date for that of the whole folder.
	return size, os.WriteFile(filepath.Join(out, ".made"), nil, 0o644)
}
