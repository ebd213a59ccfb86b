// Package verifier holds the register's second verifier, which runs in a
// browser: plain ES modules that read the formats of spec/ and share no line
// with package publica. Both pass the same vectors (testdata/vectors).
//
// The modules are in js; verifier.js names what they offer, and sealed.js what
// they offer for sealed bids, which seal.js, offer.js and letter.js make. Their one dependency, js/lib/noble.js (sealing.js
// for sealed bids), is cryptography that browsers lack or do differently; `make
// assets` fetches it. The package must not know the node, nor verify anything
// itself: it hands out files.
package verifier

import (
	"embed"
	"errors"
	"io/fs"
	"regexp"
	"strings"
)

//go:embed js
var embedded embed.FS

// Files are the modules; verifier.js is the one to import.
func Files() fs.FS {
	files, err := fs.Sub(embedded, "js")
	if err != nil {
		panic(err) // embedded: a mistake in the program
	}
	return files
}

// modules are the files of the verifier, each after those it imports. Those of
// sealed bids are not among them: no page that can load no file needs them.
var modules = []string{"lib/noble.js", "bytes.js", "json.js", "entry.js", "signature.js", "tree.js", "note.js", "policy.js", "receipt.js", "evidence.js", "export.js", "compact.js"}

// linkage are the lines and words by which modules refer to each other. They
// share no name, so that one script can hold them all without.
var linkage = regexp.MustCompile(`(?m)^(?:import \{.*\} from ".*";|export \{ noble \};|export )`)

// Script returns all modules as one script, for pages that can load no file. It
// declares what verifier.js offers, and exports nothing. Modules given as more
// follow; they may import from these and from each other. It fails if the
// program was built without the cryptography.
func Script(more ...[]byte) (string, error) {
	var b strings.Builder
	for _, name := range modules {
		raw, err := fs.ReadFile(Files(), name)
		if errors.Is(err, fs.ErrNotExist) {
			return "", errors.New("the verifier's " + name + " is not in this program; hint: run `make assets` and build again")
		}
		if err != nil {
			return "", err
		}
		b.Write(linkage.ReplaceAll(raw, nil))
	}
	for _, raw := range more {
		b.Write(linkage.ReplaceAll(raw, nil))
	}
	return b.String(), nil
}
