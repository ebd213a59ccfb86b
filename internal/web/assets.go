package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"

	"publica"
)

// The style sheets, fonts, icons and scripts. assets/own is ours and tracked;
// assets/uswds is filled by `make assets`; without it the program builds all the
// same, and [CheckAssets] says at start what is missing.
//
//go:embed assets
var assets embed.FS

// assetKinds are the files that are served; anything else is not there.
var assetKinds = map[string]string{
	".css":   "text/css; charset=utf-8",
	".js":    "text/javascript; charset=utf-8",
	".svg":   "image/svg+xml",
	".woff2": "font/woff2",
	".png":   "image/png",
}

// CheckAssets reports whether the design system was embedded. A program that
// serves calls it at start; without it pages are complete but bare.
func CheckAssets() error {
	if _, err := fs.Stat(assets, "assets/uswds/css/uswds.css"); err != nil {
		return publica.Problem(publica.NotFound, "assets", "the design system is not in this program").
			WithHint("run `make assets` and build again")
	}
	return nil
}

// mountAssets serves /assets/. File names do not change with their content, so
// the URLs pages use carry a fingerprint and may be kept for a year.
func (s *Site) mountAssets() error {
	print, err := fingerprint(assets)
	if err != nil {
		return fmt.Errorf("read assets: %w", err)
	}
	s.data.Assets = print
	s.handle("GET /assets/{file...}", http.HandlerFunc(s.asset))
	return nil
}

func (s *Site) asset(w http.ResponseWriter, r *http.Request) {
	file, printed := strings.CutPrefix(r.PathValue("file"), s.data.Assets+"/") // so modules import one another under it
	name := path.Clean("assets/" + file)
	kind, ok := assetKinds[path.Ext(name)]
	raw, err := fs.ReadFile(assets, name)
	if !ok || err != nil || !strings.HasPrefix(name, "assets/") {
		s.fail(w, r, errNotFound)
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "public, max-age=3600")
	if printed || r.URL.Query().Get("v") == s.data.Assets {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	w.Header().Set("ETag", `"`+s.data.Assets+`"`)
	if matches(r.Header.Get("If-None-Match"), `"`+s.data.Assets+`"`) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.Header().Add("Vary", "Accept-Encoding")
	if small := compressed()[name]; small != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		w.Header().Set("Content-Encoding", "gzip")
		raw = small
	}
	send(w, raw)
}

// compressed returns the assets that shrink, compressed once for all sites of
// the process: the style sheet is half a megabyte of text.
var compressed = sync.OnceValue(func() map[string][]byte {
	all := map[string][]byte{}
	err := fs.WalkDir(assets, "assets", func(name string, d fs.DirEntry, err error) error {
		if kind := path.Ext(name); err != nil || d.IsDir() || (kind != ".css" && kind != ".js" && kind != ".svg") {
			return err
		}
		raw, err := fs.ReadFile(assets, name)
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, writeErr := z.Write(raw)
		if err = errors.Join(err, writeErr, z.Close()); err == nil {
			all[name] = b.Bytes()
		}
		return err
	})
	if err != nil {
		return nil // they are served as they are
	}
	return all
})

// fingerprint hashes names and bytes of all assets.
func fingerprint(fsys fs.FS) (string, error) {
	h := sha256.New()
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := fs.ReadFile(fsys, name)
		h.Write(fmt.Appendf(nil, "%s %d\n", name, len(raw)))
		h.Write(raw)
		return err
	})
	return hex.EncodeToString(h.Sum(nil)[:6]), err
}
