package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// A themeColour is a colour of the default theme and the variable that takes
// its place.
type themeColour struct{ hex, name string }

// The colours a register sets; internal/web/theme.go computes each from ten.
var theme = []themeColour{
	{"#ffffff", "paper"},
	{"#1b1b1b", "ink"},
	{"#3d4551", "base-darker"},
	{"#565c65", "base-dark"},
	{"#71767a", "base"},
	{"#a9aeb1", "base-light"},
	{"#dfe1e2", "base-lighter"},
	{"#f0f0f0", "base-lightest"},
	{"#d9e8f6", "primary-lighter"},
	{"#73b3e7", "primary-light"},
	{"#005ea2", "primary"},
	{"#0050d8", "primary-vivid"},
	{"#1a4480", "primary-dark"},
	{"#162e51", "primary-darker"},
	{"#54278f", "visited"},
	{"#2491ff", "focus"},
	{"#e7f6f8", "info-lighter"},
	{"#99deea", "info-light"},
	{"#00bde3", "info"},
	{"#009ec1", "info-dark"},
	{"#2e6276", "info-darker"},
	{"#ecf3ec", "success-lighter"},
	{"#70e17b", "success-light"},
	{"#00a91c", "success"},
	{"#008817", "success-dark"},
	{"#216e1f", "success-darker"},
	{"#faf3d1", "warning-lighter"},
	{"#fee685", "warning-light"},
	{"#ffbe2e", "warning"},
	{"#e5a000", "warning-dark"},
	{"#936f38", "warning-darker"},
	{"#f4e3db", "error-lighter"},
	{"#f39268", "error-light"},
	{"#d54309", "error"},
	{"#b50909", "error-dark"},
	{"#6f3331", "error-darker"},
	{"#c9c9c9", "disabled-light"},
	{"#757575", "disabled"},
	{"#454545", "disabled-dark"},
}

// links are what the primary colours are called where text has them: a register
// may set links apart from buttons.
var links = map[string]string{"primary": "link", "primary-dark": "link-dark", "primary-darker": "link-darker"}

// themed replaces theme colours by variables whose default values stand at the
// top of the sheet. It fails if a colour is not found: then the design system's
// theme has changed and the list above must follow.
func themed(sheet []byte) ([]byte, error) {
	text := string(sheet)
	if i := strings.LastIndex(text, "/*# sourceMappingURL"); i >= 0 {
		text = text[:i]
	}
	var root strings.Builder
	for _, c := range theme {
		hex := c.hex
		if hex == "#ffffff" {
			hex = "#fff(?:fff)?"
		}
		pattern := regexp.MustCompile(`(?i)` + hex + `\b`)
		if !pattern.MatchString(text) {
			return nil, fmt.Errorf("theme colour %s (%s) is not in the style sheet", c.name, c.hex)
		}
		if link := links[c.name]; link != "" {
			text = regexp.MustCompile(`(?i)([{;]color:)`+hex+`\b`).ReplaceAllString(text, "${1}var(--theme-"+link+")")
			fmt.Fprintf(&root, "--theme-%s:%s;", link, c.hex)
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

// mirrored returns the sheet for right-to-left pages, as rtlcss makes it.
func mirrored(ctx context.Context, modules string, sheet []byte) ([]byte, error) {
	in, out := filepath.Join(modules, "ltr.css"), filepath.Join(modules, "rtl.css")
	if err := os.WriteFile(in, sheet, 0o644); err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, "node", filepath.Join(modules, "rtlcss", "bin", "rtlcss.js"), "--silent", in, out)
	if said, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("rtlcss: %w: %s", err, said)
	}
	mirror, err := os.ReadFile(out)
	if err == nil && bytes.Equal(mirror, sheet) {
		return nil, fmt.Errorf("rtlcss mirrored nothing")
	}
	return mirror, err
}
