// Package browsertest tries what people do on a whole running register in
// Chromium: contributing, the staff desk, every page of the gallery under
// axe-core. It is not part of `make test` yet, because its pages have not all
// been mended; run it with
//
//	go test -tags browser -v ./internal/browsertest
package browsertest
