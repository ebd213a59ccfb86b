# Eight targets, no more. Everything a fresh machine needs beyond Go, npm and
# git is installed by the scripts they call.
export GOTOOLCHAIN := auto

ASSETS := internal/web/assets/uswds/.made
RULES := internal/web/assets/rules/compliance.wasm.gz

.PHONY: demo testnet test check bench soak build assets

demo: build          ## run a register with lively sample dockets at http://localhost:8080
	bin/publicad demo

testnet: build       ## four validators on this machine, pages at http://localhost:8080 to 8083
	bin/publicad testnet --sample

test: assets         ## every test, faults last and alone; installs Chromium on Debian if it is missing
	scripts/need-chromium
	go test -timeout 50m $$(go list ./... | grep -v /faulttest)
	scripts/two-architectures
	go test -timeout 40m -v ./internal/faulttest

check: assets        ## formatting, floors, known vulnerabilities of form, then every test
	scripts/check-format
	go vet ./...
	go tool -modfile=tools/go.mod golangci-lint run
	$(MAKE) test

bench: assets        ## this register beside its peers and the physical limits, in one run
	cd bench && go run .

soak: assets         ## the faults of a night, then every fuzzer for FUZZTIME (default 30s) each
	scripts/soak
	scripts/fuzz $(or $(FUZZTIME),30s)

build: assets        ## bin/publicad and bin/publica
	go build -trimpath -o bin/ ./cmd/...

assets: $(ASSETS) $(RULES) ## the design system and the verifier's cryptography, from npm; the rules of tenders, for browsers
$(ASSETS): tools/assets/package.json tools/assets/package-lock.json $(wildcard tools/assets/*.go)
	cd tools && go run ./assets ../internal/web/assets/uswds ../verifier/js/lib ../internal/browsertest/axe
$(RULES): go.mod go.sum scripts/build-rules $(wildcard compliance/*.go compliance/*.json compliance/browser/*.go)
	scripts/build-rules $(@D)
