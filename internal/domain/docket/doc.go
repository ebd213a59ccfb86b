// Package docket keeps case files: what they are about, who leads them, the
// charter that later rules read, and periods that open and close by block
// time.
//
// A docket is opened by one entry, whose id names it. Its charter changes only
// by record, with a reason, for what comes after; while contributions are
// welcome it may widen what people may do but never narrow it.
//
// The package must not know what is contributed: participation asks it whether
// a docket takes contributions now ([State.Contributing]), who leads it
// ([RequireLead]) and what its charter says, and tells it when the docket is
// codified.
package docket
