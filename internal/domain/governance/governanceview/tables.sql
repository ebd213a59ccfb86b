-- What members proposed, what became of it, and what the register is by it.
CREATE TABLE proposal (
	idx     INTEGER PRIMARY KEY, -- the entry
	id      BLOB NOT NULL UNIQUE,
	body    BLOB NOT NULL,       -- that proposed it
	action  TEXT NOT NULL,       -- its name
	detail  TEXT NOT NULL,       -- the action, JSON
	title   TEXT NOT NULL,
	text    TEXT NOT NULL,
	expires INTEGER NOT NULL,
	status  TEXT NOT NULL,       -- open, decided, failed, expired
	closed  INTEGER,             -- the record of it
	members INTEGER,             -- how many there were when it was decided
	approve INTEGER,             -- and how many of them approved
	failed  TEXT NOT NULL DEFAULT ''
);
CREATE INDEX proposal_status ON proposal (status, idx);
CREATE INDEX proposal_action ON proposal (action, status, idx);

-- What each body said of a proposal. The last of it counts, unless it is void.
CREATE TABLE voice (
	idx      INTEGER PRIMARY KEY, -- the entry; the proposal itself, which approves
	proposal INTEGER NOT NULL,
	body     BLOB NOT NULL,
	approves INTEGER NOT NULL,
	reason   TEXT NOT NULL,
	void     INTEGER NOT NULL DEFAULT 0 -- 1: the body left while the proposal was open
);
CREATE INDEX voice_proposal ON voice (proposal, body, idx);

-- Validators: one row for each time that one began with some keys.
CREATE TABLE validator_term (
	n         INTEGER PRIMARY KEY,
	consensus BLOB NOT NULL,
	name      TEXT NOT NULL,
	body      BLOB NOT NULL,
	power     INTEGER NOT NULL,
	detail    TEXT NOT NULL,    -- JSON
	since     INTEGER NOT NULL, -- the record
	until     INTEGER           -- the record that ended it
);
CREATE INDEX validator_term_now ON validator_term (until, consensus);

CREATE TABLE parameters (
	n      INTEGER PRIMARY KEY,
	idx    INTEGER NOT NULL, -- the record that set them
	detail TEXT NOT NULL     -- JSON
);

CREATE TABLE broken_promise (
	idx     INTEGER PRIMARY KEY, -- the claim
	node    TEXT NOT NULL,
	entry   BLOB NOT NULL,       -- that was promised
	promised INTEGER NOT NULL    -- by when
);
CREATE INDEX broken_promise_node ON broken_promise (node, idx);
