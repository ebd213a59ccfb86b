// Package topics sorts texts by what they speak of, so that staff can read a
// long queue in an order that makes sense. What it finds is a suggestion. It
// never says for or against: stance is the author's to state. Nothing of it may
// enter a record, for it computes with floating-point numbers, whose last bits
// may differ between kinds of machines.
//
//	words of each text → those too common or seen once are left out → TF-IDF
//	→ spherical k-means (k-means++, a fixed generator) → each text to its nearest
//	topic → names by c-TF-IDF
//
// The same texts give the same topics on the same kind of machine, in whatever
// order they come. No language is presumed: what stands in too many texts says
// nothing, in each language.
//
// The package must not know the register: it sees strings. It keeps none of
// them: a topic has the words of its name and the places of its texts, so who
// forgets a text learns anew and drops the old topics.
//
// TF-IDF: Salton and Buckley, Term-weighting approaches in automatic text
// retrieval (1988). Spherical k-means: Dhillon and Modha, Concept decompositions
// for large sparse text data (2001). k-means++: Arthur and Vassilvitskii (2007).
// c-TF-IDF: Grootendorst, BERTopic (2022).
package topics
