package web

import (
	"context"
	"io"
	"time"

	"publica"
)

// A Register is what the pages and the API need of a node. All methods are
// safe for concurrent use, answer from committed state only, and return
// [publica.Error] for what the caller can act on; any other error is a fault
// of the node, which is logged and shown as a 500 without its text.
type Register interface {
	Intake
	Log
	Store
	// Founding says what never changes while the process runs.
	Founding() *Founding
	// Policy returns the C2SP policy that accepts this register's checkpoints,
	// promises and attestations as it is run now.
	Policy() string
	// Status says where the register stands. It is called for every request
	// and must not block; the result must not be modified.
	Status() *Status
	// Validators says who runs the register, and what this node has seen of
	// each.
	Validators() []Validator
}

// Intake takes statements in.
type Intake interface {
	// Submit checks a submission and stages it durably. It returns once the
	// promise survives a crash, with a receipt in the stage reached; the same
	// entry again returns the receipt as it stands now. Busy, with no effect,
	// when the register is over capacity.
	Submit(ctx context.Context, s *publica.Submission) (*publica.Receipt, error)
	// Check says whether the register would take the submission as things stand,
	// and takes nothing. nil is advice, not a promise.
	Check(ctx context.Context, s *publica.Submission) error
	// Receipt returns the receipt of an entry as far as it has grown, its proof
	// verified before it is handed out; NotFound if the entry is not known.
	Receipt(ctx context.Context, id publica.EntryID) (*publica.Receipt, error)
}

// Log reads the transparency log.
type Log interface {
	// Record returns the leaf of an entry, or of a system record or seal by the
	// SHA-256 of its leaf; NotFound if it is not on the log.
	Record(ctx context.Context, id publica.EntryID) (*Record, error)
	// Records returns up to limit leaves from index from on, in log order, and
	// fewer only at the end of the log.
	Records(ctx context.Context, from int64, limit int) ([]Record, error)
	// Checkpoint returns the latest signed checkpoint, a C2SP signed note.
	Checkpoint(ctx context.Context) ([]byte, error)
	// Tile returns the bytes under a C2SP tlog-tiles path such as
	// "tile/0/x001/067" or "tile/entries/000.p/5"; NotFound beyond the log.
	Tile(ctx context.Context, path string) ([]byte, error)
	// LightBlock returns what a joining node needs of the engine's block at a
	// height: header, votes, validators, in the engine's own form. NotFound if
	// the node does not keep it (any more).
	LightBlock(ctx context.Context, height int64) ([]byte, error)
}

// Store reads what entries commit to, and whole dockets.
type Store interface {
	// Content returns the content of a commitment, verified against it.
	// NotFound if the register does not hold it (any more).
	Content(ctx context.Context, c publica.Commitment) (*publica.Content, error)
	// Withheld is Content for those who moderate: it returns what they have
	// hidden from the public too. What was erased is NotFound here as well.
	Withheld(ctx context.Context, c publica.Commitment) (*publica.Content, error)
	// Export writes the JSON-lines export of a docket. An error before the
	// first byte is answered as a problem; a later one cuts the response off.
	Export(ctx context.Context, docket publica.DocketID, w io.Writer) error
}

// A Record is one leaf of the log with its places.
type Record struct {
	ID     publica.EntryID  // of the entry; SHA-256 of the leaf for others
	Index  int64            // position in the log, from 0
	Docket publica.DocketID // zero if in no docket's tree
	Seq    int64            // position in the docket's tree
	Raw    []byte           // the leaf's bytes, as hashed
	Leaf   *publica.Leaf
}

// Founding is what a register started from.
type Founding struct {
	Name     string          // register name = log origin
	LogKey   string          // verifier key of the log, C2SP vkey
	NodeKey  string          // verifier key of this node's promises, C2SP vkey
	Founders []publica.KeyID // keys that may register bodies
	Founded  publica.Time    // time of the genesis
	Passkeys string          // domain whose passkeys may sign now, their rpId; "" if none may
	Kinds    []KindInfo      // the kinds of this register, by name
}

// A KindInfo describes a record type.
type KindInfo struct {
	Name publica.Kind `json:"kind"`
	Doc  string       `json:"doc"`
}

// Status is where the register stands at one moment.
type Status struct {
	Size      int64         // leaves in the log, as signed by this node
	Root      publica.Hash  // root of the log at Size
	Height    int64         // of the last block
	Time      publica.Time  // block time of the last seal
	Silence   time.Duration // a seal at least this often
	Cosigned  int64         // log size that a quorum of validators has signed
	Witnessed int64         // log size that outside witnesses have signed too; 0 without any
	Witnesses []string      // names of the witnesses this node asks
	Durable   int64         // log size up to which a quorum holds all content
	Held      int64         // log size up to which this node holds all content that was not erased
	Missing   int64         // content parts that this node lacks and looks for
	Shown     int64         // log size up to which pages and reads are projected
	Pool      int           // submissions promised and not yet on the log
	Ready     bool          // takes submissions and has caught up
	NotReady  string        // why not, in plain words
	Counted   publica.Time  // since when this node counts blocks and votes
}

// A Validator is one of those who run the register. What is counted is counted
// by this node.
type Validator struct {
	Name       string       `json:"name"`
	Owner      string       `json:"owner"` // the body that runs it
	URL        string       `json:"url,omitempty"`
	Key        string       `json:"key"`      // consensus key, ed25519, hexadecimal
	VKeys      []string     `json:"vkeys"`    // C2SP verifier keys: log, node, cosignatures
	Power      int64        `json:"power"`    // of its vote
	Self       bool         `json:"self"`     // serves this answer
	Online     bool         `json:"online"`   // connected to this node
	Proposed   int64        `json:"proposed"` // blocks it proposed
	Signed     int64        `json:"signed"`   // blocks it voted for
	Missed     int64        `json:"missed"`   // blocks decided without its vote
	Recent     string       `json:"recent"`   // the last blocks, oldest first: "1" voted, "0" missed
	LastVote   publica.Time `json:"last_vote"`
	Cosigned   int64        `json:"cosigned"` // log size of its last cosignature
	CosignedAt publica.Time `json:"cosigned_at"`
	Holds      int64        `json:"holds"` // log size up to which it says it holds all content
	HoldsAt    publica.Time `json:"holds_at"`
	Promised   int64        `json:"promised"`  // promises it gave since it started; known of this node only
	Kept       int64        `json:"kept"`      // of them, kept in time
	Broken     int64        `json:"broken"`    // promises proven broken on the register
	Conflicts  int64        `json:"conflicts"` // conflicting votes or histories it signed
}
