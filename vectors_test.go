package publica

import (
	"bytes"
	"encoding/json/jsontext"
	"encoding/json/v2"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"unicode/utf8"
)

var update = flag.Bool("update", false, "write testdata/vectors anew")

// A verdict is what every vector expects: valid, or the code and field of the
// error, with its words for the reader.
type verdict struct {
	Valid  bool   `json:"valid"`
	Code   Code   `json:"code,omitzero"`
	Field  string `json:"field,omitzero"`
	Reason string `json:"reason,omitzero"`
}

var valid = verdict{Valid: true}

func refused(code Code, field string) verdict { return verdict{Code: code, Field: field} }

// check compares an outcome with the verdict.
func (v verdict) check(t *testing.T, err error) {
	t.Helper()
	if v.Valid {
		if err != nil {
			t.Errorf("refused, want it accepted: %v", err)
		}
		return
	}
	e, ok := errors.AsType[*Error](err)
	if !ok {
		t.Errorf("got %v, want an *Error with code %s", err, v.Code)
		return
	}
	if e.Code != v.Code || e.Field != v.Field {
		t.Errorf("got code %q, field %q (%v); want code %q, field %q", e.Code, e.Field, err, v.Code, v.Field)
	}
}

// withReason fills in the words of the error.
func (v verdict) withReason(err error) verdict {
	if err != nil {
		v.Reason = err.Error()
	}
	return v
}

// A vectorFile is one file of testdata/vectors.
type vectorFile[C vectorCase] struct {
	About string `json:"about"`
	Cases []C    `json:"cases"`
}

type vectorCase interface {
	name() string
	// run checks the case as an outsider would; it returns the error that the
	// package gave, and fails t where an accepted case has other values than
	// the vector says.
	run(t *testing.T) error
	expect() *verdict
}

// TestVectors checks that the files of testdata/vectors are those the
// generators below make, and that this package agrees with each. With -update
// it writes them.
func TestVectors(t *testing.T) {
	vectors(t, "entries", "Canonical bytes of entries. The id is SHA-256 of the bytes.", entryCases())
	vectors(t, "leaves", "Canonical bytes of leaves. The hash is the RFC 6962 leaf hash.", leafCases())
	vectors(t, "signatures", "Signatures over a message. Ed25519 is accepted as in ZIP 215; P-256 wants a low s. Passkeys sign a challenge made of the message, an entry; auth and client stand beside the signature.", signatureCases())
	vectors(t, "policies", "Policy files.", policyCases())
	vectors(t, "checkpoints", "Signed checkpoints under a policy.", checkpointCases())
	vectors(t, "trees", "RFC 6962 roots, inclusion and consistency proofs, and docket heads in a seal. Hashes are in hexadecimal.", treeCases())
	vectors(t, "proofs", "C2SP tlog-proofs of a leaf under a policy.", proofCases())
	vectors(t, "promises", "Promises for an entry id, by the nodes of a policy.", promiseCases())
	vectors(t, "receipts", "Receipt files under a policy.", receiptCases())
	vectors(t, "compact", "Receipts in their compact form under a policy.", compactCases())
	vectors(t, "holds", "Notes of what nodes hold, by the nodes of a policy.", holdsCases())
	vectors(t, "statements", "What validators say to each other.", statementCases())
	vectors(t, "forks", "Evidence of two histories of one log under a policy.", forkCases())
	vectors(t, "exports", "Docket exports under a policy.", exportCases())
	vectors(t, "submissions", "Bodies of POST /api/v1/entries.", submissionCases())
	sampleReceipt(t)
}

func vectors[C vectorCase](t *testing.T, file, about string, cases []C) {
	path := filepath.Join("testdata", "vectors", file+".json")
	if *update {
		for i := range cases {
			v := cases[i].expect()
			*v = v.withReason(cases[i].run(t))
		}
		raw, err := json.Marshal(vectorFile[C]{about, cases}, json.Deterministic(true), jsontext.WithIndent("  "))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, append(raw, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Run(file, func(t *testing.T) {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var stored vectorFile[C]
		if err := json.Unmarshal(raw, &stored, json.RejectUnknownMembers(true)); err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, c := range stored.Cases {
			if slices.Contains(names, c.name()) {
				t.Errorf("the case %q stands twice", c.name())
			}
			names = append(names, c.name())
			t.Run(c.name(), func(t *testing.T) { c.expect().check(t, c.run(t)) })
		}
		if *update {
			return
		}
		for i := range cases {
			v := cases[i].expect()
			*v = v.withReason(cases[i].run(t))
		}
		again, err := json.Marshal(vectorFile[C]{about, cases}, json.Deterministic(true), jsontext.WithIndent("  "))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(append(again, '\n'), raw) {
			t.Errorf("%s is not what the generator makes; go test -run TestVectors -update writes it", path)
		}
	})
}

// sampleReceipt keeps testdata/receipt.json, the file of the package's example,
// equal to the first vector.
func sampleReceipt(t *testing.T) {
	want := receiptCases()[0].Receipt
	path := filepath.Join("testdata", "receipt.json")
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != want {
		t.Errorf("%s is not the first receipt vector: %v", path, err)
	}
}

// readable returns bytes as text for the reader of a vector, if they are short
// UTF-8.
func readable(b []byte) string {
	if len(b) > 2048 || !utf8.Valid(b) {
		return ""
	}
	return string(b)
}

// equal fails t where an accepted vector has another value.
func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}
