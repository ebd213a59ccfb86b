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
	"maps"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"publica"
	"publica/verifier"
)

// The style sheets, fonts, icons and scripts. assets/own is ours and tracked;
// assets/uswds and assets/rules are filled by `make assets`; without them the program
// builds all the same, and [CheckAssets] says at start what is missing.
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
	".wasm":  "application/wasm",
}

// CheckAssets reports whether the design system and the verifier were embedded. A program that
// serves calls it at start; without it pages are complete but bare.
func CheckAssets() error {
	if _, err := fs.Stat(assets, "assets/uswds/css/uswds.css"); err != nil {
		return publica.Problem(publica.NotFound, "assets", "the design system is not in this program").
			WithHint("run `make assets` and build again")
	}
	if _, err := fs.Stat(assets, "assets/rules/compliance.wasm.gz"); err != nil {
		return publica.Problem(publica.NotFound, "assets", "the rules of tenders for browsers are not in this program").
			WithHint("run `make assets` and build again")
	}
	if _, err := verifier.Script(); err != nil {
		return &publica.Error{Code: publica.NotFound, Field: "assets", Message: "the verifier is not whole", Err: err}
	}
	return nil
}

// An asset is a file as it is served.
type asset struct {
	raw    []byte // nil if it is there packed only
	packed []byte // compressed with gzip; nil if that is not worth it
}

// mountAssets serves /assets/. File names do not change with their content, so
// the URLs pages use carry a fingerprint of all files and may be kept for a
// year; what a style sheet or a script names beside itself has it too.
func (s *Site) mountAssets(look *Look) error {
	made, err := look.files()
	if err != nil {
		return err
	}
	all := maps.Clone(embedded())
	for name, raw := range made {
		all[name] = newAsset(name, raw)
	}
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		a := all[name]
		h.Write(fmt.Appendf(nil, "%s %d\n", name, len(a.raw)))
		h.Write(a.raw)
		if a.raw == nil {
			h.Write(a.packed)
		}
	}
	s.data.Assets = hex.EncodeToString(h.Sum(nil)[:6])
	s.data.Logo, s.data.Banner, s.data.Flag = orElse(image(made, "logo"), "mark.svg"), look.Banner, image(made, "flag")
	s.handle("GET /assets/{file...}", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.asset(w, r, all) }))
	return nil
}

// fingerprint stands before a file's name. One of another version, as pages
// from before an upgrade have it, leads to the file of this one.
var fingerprint = regexp.MustCompile(`^[0-9a-f]{12}/`)

func (s *Site) asset(w http.ResponseWriter, r *http.Request, all map[string]*asset) {
	file := r.PathValue("file")
	printed := fingerprint.FindString(file)
	name := strings.TrimPrefix(file, printed)
	a, kind := all[name], assetKinds[path.Ext(name)]
	if a == nil || kind == "" {
		s.fail(w, r, errNotFound)
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "public, max-age=3600")
	if printed == s.data.Assets+"/" {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	w.Header().Set("ETag", `"`+s.data.Assets+`"`)
	if matches(r.Header.Get("If-None-Match"), `"`+s.data.Assets+`"`) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.Header().Add("Vary", "Accept-Encoding")
	packed := strings.Contains(r.Header.Get("Accept-Encoding"), "gzip")
	switch {
	case a.packed != nil && packed:
		w.Header().Set("Content-Encoding", "gzip")
		send(w, a.packed)
	case a.raw == nil:
		w.WriteHeader(http.StatusNotAcceptable) // every browser that can run it takes gzip
	default:
		send(w, a.raw)
	}
}

// embedded are the files of the program, read and compressed once for all sites
// of the process: the style sheet is half a megabyte of text.
var embedded = sync.OnceValue(func() map[string]*asset {
	all := map[string]*asset{}
	err := fs.WalkDir(assets, "assets", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := fs.ReadFile(assets, name)
		name = strings.TrimPrefix(name, "assets/")
		if plain, ok := strings.CutSuffix(name, ".gz"); ok { // packed as it was made, for it is large
			all[plain] = &asset{packed: raw}
			return err
		}
		all[name] = newAsset(name, raw)
		return err
	})
	err = errors.Join(err, fs.WalkDir(verifier.Files(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := fs.ReadFile(verifier.Files(), name)
		all["verifier/"+name] = newAsset(name, raw)
		return err
	}))
	if err != nil {
		panic(err) // embedded: a mistake in the program
	}
	return all
})

func newAsset(name string, raw []byte) *asset {
	a := &asset{raw: raw}
	if kind := path.Ext(name); kind != ".css" && kind != ".js" && kind != ".svg" {
		return a
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write(raw)
	if err = errors.Join(err, z.Close()); err == nil && b.Len() < len(raw) {
		a.packed = b.Bytes()
	}
	return a
}
