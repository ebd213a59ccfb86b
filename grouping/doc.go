// Package grouping finds which texts of a docket say the same thing: exact
// duplicates, and near duplicates such as a campaign whose letters a machine
// varied. What it finds is a suggestion that a person signs; nothing is deleted
// or counted twice for it. The groups depend on the texts alone, never on their
// order or on the machine, so whoever holds the texts and the [Method] of a
// record computes the same groups:
//
//	words of each text → shingles → 128 MinHash values → 64 bands of 2
//	→ neighbours in a band, verified by Jaccard → connected → a group
//
// It also says what each member adds to the letter its group shares
// ([Grouper.Added]) and when texts came in bursts ([Count]).
//
// The package must not know the register: it sees strings and times. It sees no
// clock, chance or floating-point number either: shares are fractions of whole
// numbers, in permille.
//
// The algorithm is specified, with a worked example, in spec/grouping.md;
// vectors are in testdata/vectors/grouping.json.
package grouping
