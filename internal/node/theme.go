package node

import (
	"fmt"
	"os"
	"path/filepath"

	"publica"
	"publica/internal/web"
)

// Theme is how the pages look. Paths are below the node's folder, or absolute.
type Theme struct {
	Primary   string `toml:"primary" comment:"Buttons, the step one is at, bars of plots."`
	Accent    string `toml:"accent" comment:"The ring around what has the focus, and hints."`
	Link      string `toml:"link" comment:"Links."`
	Ink       string `toml:"ink" comment:"Text."`
	Paper     string `toml:"paper" comment:"What text stands on."`
	Header    string `toml:"header" comment:"Behind the register's name and navigation, and the foot of pages."`
	HeaderInk string `toml:"header_ink" comment:"Text there."`
	Success   string `toml:"success" comment:"Edges of messages and marks: it went well."`
	Warning   string `toml:"warning" comment:"The same: mind this."`
	Error     string `toml:"error" comment:"The same: it went wrong."`
	Logo      string `toml:"logo" comment:"An image that stands before the register's name, PNG or SVG: its path. It is read at start."`
	Banner    string `toml:"banner" comment:"A line above every page that says whose site it is; empty: none."`
	Flag      string `toml:"flag" comment:"An image before that line, PNG or SVG: its path."`
}

// look reads the images and returns what the pages need.
func (f *Folder) look() (web.Look, error) {
	t := &f.Config.Theme
	l := web.Look{Banner: t.Banner, Theme: web.Theme{
		Primary: t.Primary, Accent: t.Accent, Link: t.Link, Ink: t.Ink, Paper: t.Paper, Header: t.Header,
		HeaderInk: t.HeaderInk, Success: t.Success, Warning: t.Warning, Error: t.Error,
	}}
	var err error
	if l.Logo, err = f.image("theme.logo", t.Logo); err == nil {
		l.Flag, err = f.image("theme.flag", t.Flag)
	}
	return l, err
}

// image reads an image that a setting names; nil if it names none.
func (f *Folder) image(field, path string) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	if !filepath.IsAbs(path) {
		path = f.path(path)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, &publica.Error{Code: publica.NotFound, Field: field, Message: "cannot be read", Err: err,
			Hint: fmt.Sprintf("put the image at %s, or leave %s empty", path, field)}
	}
	return raw, nil
}
