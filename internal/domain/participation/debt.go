package participation

import (
	"strconv"
	"strings"

	"publica"
	"publica/internal/machine"
)

// DebtState is a docket's answer debt: contributions, and how many of those
// that are owed a response have one.
type DebtState struct {
	Ideas    int64 `json:"ideas"`
	Comments int64 `json:"comments"`
	Owed     int64 `json:"owed"`
	Answered int64 `json:"answered"`
	Open     int64 `json:"open"`
}

// Debt returns the answer debt of a docket.
func Debt(tx *machine.Tx, docket publica.DocketID) DebtState {
	t := Counts(tx, docket)
	return DebtState{Ideas: t.Ideas, Comments: t.Comments, Owed: t.Owed, Answered: t.Answered(), Open: t.Open}
}

// OpenPositions returns up to limit positions of the docket's tree, from the
// given one on, whose contributions are owed a response.
func OpenPositions(tx *machine.Tx, docket publica.DocketID, from int64, limit int) []int64 {
	head, ok := tx.Head(docket)
	if !ok || limit <= 0 {
		return nil
	}
	var at []int64
	for n := range openDebts.Range(tx, docket[:], from, head.Size-1) {
		if at = append(at, n); len(at) == limit {
			break
		}
	}
	return at
}

// IsOpen reports whether the contribution at a position of the docket's tree
// is owed a response.
func IsOpen(tx *machine.Tx, docket publica.DocketID, position int64) bool {
	return position >= 0 && openDebts.Get(tx, docket[:], position)
}

// owed says in words what a docket owes, "" for nothing.
func owedWords(tx *machine.Tx, docket publica.DocketID, t Tally) string {
	if t.Open == 0 {
		return ""
	}
	if t.Open == 1 {
		return "1 contribution is owed a response, at position " + positions(OpenPositions(tx, docket, 0, 1))
	}
	first := OpenPositions(tx, docket, 0, 3)
	words := strconv.FormatInt(t.Open, 10) + " contributions are owed a response; first at positions " + positions(first)
	if t.Open > int64(len(first)) {
		words += " …"
	}
	return words
}

func positions(ns []int64) string {
	words := make([]string, len(ns))
	for i, n := range ns {
		words[i] = strconv.FormatInt(n, 10)
	}
	return strings.Join(words, ", ")
}
