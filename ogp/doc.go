// Package ogp evaluates the eight minimum requirements of the Open Government
// Partnership's Participation and Co-Creation Standards (2021, in force since
// 2022), and its triggers of acting contrary to process, from the records of
// one docket alone. Each finding names the records it rests on, so anyone with
// an export of the docket comes to the same certificate.
//
// The package must not know where records come from: a node's page and the
// offline command give it the same ones. It judges what is on record, not what
// happened: a meeting that nobody recorded does not count.
package ogp
