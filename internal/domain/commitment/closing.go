package commitment

import "publica"

// Close is the body of commitment/close: nothing more is reported on it. By the
// lead body. Refused before an end-of-term self-assessment and a final
// end-of-term review, except for what is withdrawn. Parts: reason (required).
type Close struct {
	Commitment publica.EntryID `json:"commitment"`
	How        Ending          `json:"how"`
	Next       publica.EntryID `json:"next,omitzero"` // of what is carried over: the commitment that goes on
}

// Ending says why a commitment is closed. Whether the promise was kept is not
// said here: the records tell.
type Ending string

const (
	Ended       Ending = "ended"        // its time is over
	CarriedOver Ending = "carried-over" // another commitment goes on with it
	Dropped     Ending = "withdrawn"    // promised no more
)

// Closed is the body of the system record commitment/closed, which follows a
// close: what the rules counted.
type Closed struct {
	Amendments  int64           `json:"amendments"`
	Claim       Claim           `json:"claim,omitzero"` // the last one
	Commitment  publica.EntryID `json:"commitment"`
	Done        int64           `json:"milestones_done"`
	Milestones  int64           `json:"milestones"`
	Reached     bool            `json:"target_reached"` // by the last value
	Reviews     int64           `json:"reviews"`        // final ones
	Unexplained int64           `json:"unexplained"`    // amendments without a reason
	Updates     int64           `json:"updates"`
}
