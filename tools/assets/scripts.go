package main

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/evanw/esbuild/pkg/api"
)

// bundles are what the verifier takes of the libraries, and all it takes. Only
// tenders need the second; receipts that verify themselves carry the first.
var bundles = []struct{ name, exports string }{
	{"noble", `
export { sha256, sha512 } from "@noble/hashes/sha2.js";
export { ed25519 } from "@noble/curves/ed25519.js";
export { p256 } from "@noble/curves/nist.js";
export { ml_dsa44 } from "@noble/post-quantum/ml-dsa.js";
`},
	{"sealing", `
export { sha256, sha512 } from "@noble/hashes/sha2.js";
export { expand, extract, hkdf } from "@noble/hashes/hkdf.js";
export { ristretto255, ristretto255_hasher, x25519 } from "@noble/curves/ed25519.js";
export { chacha20poly1305 } from "@noble/ciphers/chacha.js";
`},
}

// scripts bundles the libraries of the verifier into modules that each export
// one object of their name, and writes them to the folder out.
func scripts(modules, out string) error {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	for _, b := range bundles {
		built := api.Build(api.BuildOptions{
			Stdin:  &api.StdinOptions{Contents: b.exports, ResolveDir: filepath.Dir(modules)},
			Bundle: true, TreeShaking: api.TreeShakingTrue, Target: api.ES2022, Charset: api.CharsetUTF8, LegalComments: api.LegalCommentsInline,
			Format: api.FormatIIFE, GlobalName: b.name, Footer: map[string]string{"js": "export { " + b.name + " };"},
			MinifyWhitespace: true, MinifyIdentifiers: true, MinifySyntax: true,
		})
		for _, e := range built.Errors {
			return errors.New("bundle the verifier's libraries: " + e.Text)
		}
		if err := os.WriteFile(filepath.Join(out, b.name+".js"), built.OutputFiles[0].Contents, 0o644); err != nil {
			return err
		}
	}
	return nil
}
