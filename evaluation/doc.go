// Package evaluation ranks bids by what a tender published beforehand: criteria
// with integer weights, what each evaluator gave, and a price formula. It names
// the award that follows, says whether it would change if something had been
// otherwise, and how little would have to be:
//
//	record + changes → ranking, award → side by side ([Replay])
//	record → the smallest single change that flips the award ([Robust])
//
// The award itself is a person's; this says what the published formula gives.
//
// The package must not know the register or procurement: it sees ids and
// numbers. It sees no clock, chance, disk, net, map order or floating-point
// number, and its results are canonical JSON, the same bytes on every machine.
//
// Formulas, rounding and ties are specified in spec/evaluation.md; vectors are in
// testdata/vectors/evaluation.json.
package evaluation
