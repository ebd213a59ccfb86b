// Package compliance judges an offer by a set of rules that anyone can run
// again: the buyer's register, every other node, the vendor before sealing, a
// court years later. A rule set is data, canonical JSON pinned by its hash; its
// rules are expressions of the Common Expression Language (CEL, cel.dev) over
// records and sorted lists of declared types:
//
//	rule set + input → per rule a [Verdict], the words with the numbers it
//	saw, what it cost → canonical JSON with both hashes, compared as bytes
//
// What a machine computes is a finding. Rejection and award stay with people,
// who cite it.
//
// The package must not know the register, procurement or the law of a country:
// [FASTLane] is a rule set like any other. It sees no clock, chance, disk, net,
// map order or floating-point number: a rule that would need "today" gets a date
// as input, money is an integer of minor units with its currency, and a ratio is
// permille. An expression that fails, or costs more than its limit, is a named
// verdict, never an accident.
//
// The format is specified in spec/compliance.md; vectors are in
// testdata/vectors/compliance.json. Only this package imports the engine.
package compliance
