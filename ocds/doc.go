// Package ocds reads, checks, merges and publishes data of the Open Contracting
// Data Standard, version 1.1.5 (https://standard.open-contracting.org/1.1/en/),
// and computes red flags over it.
//
//	{"ocid":"ocds-213czf-1","id":"1","date":"2026-11-29T14:00:00Z",
//	 "tag":["planning"],"initiationType":"tender","planning":{}}      a release
//
// [Read] takes any file and says what is wrong with it, by line and path: what
// others publish is seldom right, and is imported as far as it goes. What it
// does not know it keeps; numbers stay as they were written. [Checker] is
// strict, for what is to be published: the schema, codelists, and whether what
// is said fits together. [Merge] makes compiled and versioned releases of
// releases, [Records] packages of them, [Flags] a list of what deserves a
// closer look.
//
// The standard's structure is described in our own notation (shape/), so that
// data is checked without fetching anything; [LoadSchemas] takes the standard's
// own files instead, and tests hold the two to the same findings.
//
// The package must not know a register: it sees JSON and gives JSON. It sees no
// clock, net or floating-point number either.
package ocds
