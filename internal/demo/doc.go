// Package demo is the sample register: a fictional republic's action plan, a
// city's finished consultation and its tree plan, imported from ten weeks of
// paper, and tenders of both, with the people who take part in them. It drives a
// running register from outside, through publica.Client, as anybody could; all of
// its words are ours and none of its people and firms exist.
//
// The package must not know the node: no rule, no store, no page.
package demo
