package main

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/evanw/esbuild/pkg/api"
)

// cryptography is what the verifier takes of the libraries, and all it takes.
const cryptography = `
export { sha256, sha512 } from "@noble/hashes/sha2.js";
export { ed25519 } from "@noble/curves/ed25519.js";
export { p256 } from "@noble/curves/nist.js";
export { ml_dsa44 } from "@noble/post-quantum/ml-dsa.js";
`

// scripts bundles the libraries of the verifier into one module that exports
// the object noble, and writes it to the folder out.
func scripts(modules, out string) error {
	built := api.Build(api.BuildOptions{
		Stdin:  &api.StdinOptions{Contents: cryptography, ResolveDir: filepath.Dir(modules)},
		Bundle: true, TreeShaking: api.TreeShakingTrue, Target: api.ES2022, Charset: api.CharsetUTF8, LegalComments: api.LegalCommentsInline,
		Format: api.FormatIIFE, GlobalName: "noble", Footer: map[string]string{"js": "export { noble };"},
		MinifyWhitespace: true, MinifyIdentifiers: true, MinifySyntax: true,
	})
	for _, e := range built.Errors {
		return errors.New("bundle the verifier's libraries: " + e.Text)
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(out, "noble.js"), built.OutputFiles[0].Contents, 0o644)
}
