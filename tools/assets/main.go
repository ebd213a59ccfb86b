// Assets fetches the design system and lays what our pages use of it into a
// folder that internal/web embeds. It takes the prebuilt style sheet, the
// icons and fonts that the style sheet names, and nothing else: no script, for
// the pages need none. Theme colours become CSS variables on the way, so that
// a register is themed without building the design system again.
//
//	go run ./assets ../internal/web/assets/uswds
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
	"strings"
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
	if len(args) != 1 {
		return errors.New("want the folder to fill; hint: go run ./assets ../internal/web/assets/uswds")
	}
	out := args[0]
	tmp, err := os.MkdirTemp("", "assets-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	dist, err := fetch(ctx, tmp)
	if err != nil {
		return err
	}
	taken, err := take(os.DirFS(dist))
	if err != nil {
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
// and returns the folder with the prebuilt files.
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
	return filepath.Join(dir, "node_modules", "@uswds", "uswds", "dist"), nil
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

// A themeColour is a colour of the default theme and the variable that takes
// its place.
type themeColour struct{ hex, name string }

// The colours a register may set; see internal/web/assets/own/publica.css.
var theme = []themeColour{
	{"#d9e8f6", "primary-lighter"},
	{"#73b3e7", "primary-light"},
	{"#005ea2", "primary"},
	{"#0050d8", "primary-vivid"},
	{"#1a4480", "primary-dark"},
	{"#162e51", "primary-darker"},
	{"#1b1b1b", "ink"},
	{"#3d4551", "base-darkest"},
	{"#565c65", "base-darker"},
	{"#71767a", "base-dark"},
	{"#a9aeb1", "base"},
	{"#dfe1e2", "base-lighter"},
	{"#f0f0f0", "base-lightest"},
}

// themed replaces theme colours by variables whose values stand at the top of
// the sheet. It fails if a colour is not found: then the design system's theme
// has changed and the list above must follow.
func themed(sheet []byte) ([]byte, error) {
	text := string(sheet)
	if i := strings.LastIndex(text, "/*# sourceMappingURL"); i >= 0 {
		text = text[:i]
	}
	var root strings.Builder
	for _, c := range theme {
		pattern := regexp.MustCompile(`(?i)` + c.hex + `\b`)
		if !pattern.MatchString(text) {
			return nil, fmt.Errorf("theme colour %s (%s) is not in the style sheet", c.name, c.hex)
		}
		text = pattern.ReplaceAllString(text, "var(--theme-"+c.name+")")
		fmt.Fprintf(&root, "--theme-%s:%s;", c.name, c.hex)
	}
	// The byte-order mark or @charset must stay first.
	head := ""
	if rest, ok := strings.CutPrefix(text, "\ufeff"); ok {
		text = rest
	}
	if rest, ok := strings.CutPrefix(text, `@charset "UTF-8";`); ok {
		head, text = `@charset "UTF-8";`, rest
	}
	return []byte(head + ":root{" + root.String() + "}" + text), nil
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
