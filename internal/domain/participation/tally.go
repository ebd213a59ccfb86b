package participation

import (
	"publica"
	"publica/internal/machine"
)

// Tally is what a docket counts. Refused entries count nowhere.
type Tally struct {
	Ideas      int64 `json:"ideas,omitzero"`
	Comments   int64 `json:"comments,omitzero"`
	Owed       int64 `json:"owed,omitzero"` // obligations that ever arose
	Open       int64 `json:"open,omitzero"` // of these, not answered yet
	Responses  int64 `json:"responses,omitzero"`
	Drafts     int64 `json:"drafts,omitzero"`    // the version of the latest draft
	GhostCount int64 `json:"ghosts,omitzero"`    // ghosts that ever arose
	Haunting   int64 `json:"haunting,omitzero"`  // of these, not explained yet
	Timelines  int64 `json:"timelines,omitzero"` // timeline records
	Endorsed   int64 `json:"endorsed,omitzero"`  // endorsements that stand
	Explained  int64 `json:"explained,omitzero"` // explain records
	Returned   int64 `json:"returned,omitzero"`  // ghosts explained by a return
	Withdrawn  int64 `json:"withdrawn,omitzero"` // contributions their authors took back; they count
	Disavowed  int64 `json:"disavowed,omitzero"` // contributions in a name that was not the author's; they count no more
	Groups     int64 `json:"groups,omitzero"`    // that have not ended
	Void       int64 `json:"void,omitzero"`      // obligations that ended without an answer by these two
}

// Answered is how many obligations a response has discharged.
func (t Tally) Answered() int64 { return t.Owed - t.Open - t.Void }

// Per docket: counters, and one bit per position of the docket's tree.
var (
	tallies       = machine.NewTable[Tally]("participation-tally")
	contributions = machine.NewBitset("participation-contribution") // accepted ideas and comments
	openDebts     = machine.NewBitset("participation-open")         // obligations not answered yet
	depthLow      = machine.NewBitset("participation-depth-low")    // reply depth of comments, 0 to 3
	depthHigh     = machine.NewBitset("participation-depth-high")
)

// Counts returns what a docket counts.
func Counts(tx *machine.Tx, docket publica.DocketID) Tally {
	t, _ := tallies.Get(tx, docket[:])
	return t
}

func putTally(tx *machine.Tx, docket publica.DocketID, t Tally) { tallies.Put(tx, docket[:], t) }
