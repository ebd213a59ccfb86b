// Package archive writes a whole docket as one ZIP file that people open with
// what they have, and proves such a file, offline.
//
// The archive holds the docket's export (docket.jsonl, see spec/proof.md), which
// proves itself, and what follows from it: a CSV file for each kind of record, one
// that says what became of each contribution, the files that were attached, and a
// README that names every column. Nothing in it has to be believed: whoever
// verifies it derives all other files from docket.jsonl again and compares them,
// byte for byte. See spec/proof.md, "The archive of a docket".
//
// It must not know the register's rules, pages or storage: only the export.
package archive

// Names of the files that every archive has.
const (
	ExportName        = "docket.jsonl"
	ReadmeName        = "README.txt"
	ContributionsName = "contributions.csv"
	PartsName         = "parts.csv"
)

// MaxFiles is how many files an archive may hold: one for each part that is no
// text, and one for each kind. A docket that has more is verified from its export.
const MaxFiles = 1 << 20
