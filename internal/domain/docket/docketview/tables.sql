-- Case files as they stand, and every charter and period record there was.
CREATE TABLE docket (
	idx       INTEGER PRIMARY KEY, -- the entry that opened it
	id        BLOB NOT NULL UNIQUE,
	type      TEXT NOT NULL,
	lead      BLOB NOT NULL,       -- body
	title     TEXT NOT NULL,
	summary   TEXT NOT NULL,
	languages TEXT NOT NULL,       -- JSON
	charter   TEXT NOT NULL,       -- JSON, in force now
	charter_set INTEGER NOT NULL,  -- the entry that set it
	respond   INTEGER NOT NULL,    -- 1 if that charter owes every contribution a response
	opened    INTEGER NOT NULL     -- block time
);

CREATE TABLE charter (
	idx     INTEGER PRIMARY KEY,
	docket  INTEGER NOT NULL,
	charter TEXT NOT NULL,
	reason  TEXT NOT NULL
);
CREATE INDEX charter_docket ON charter (docket, idx);

CREATE TABLE period (
	docket INTEGER NOT NULL,
	name   TEXT NOT NULL,
	first  INTEGER NOT NULL, -- the entry that first announced it
	last   INTEGER NOT NULL, -- the entry that set its times
	opens  INTEGER NOT NULL,
	closes INTEGER NOT NULL,
	stage  TEXT NOT NULL,
	opened INTEGER,          -- the system record
	closed INTEGER,
	PRIMARY KEY (docket, name)
) WITHOUT ROWID;
CREATE INDEX period_stage ON period (stage, closes);

CREATE TABLE period_change (
	idx    INTEGER PRIMARY KEY,
	docket INTEGER NOT NULL,
	name   TEXT NOT NULL,
	opens  INTEGER NOT NULL,
	closes INTEGER NOT NULL,
	reason TEXT NOT NULL
);
CREATE INDEX period_change_docket ON period_change (docket, idx);

-- What other domains keep in a docket and show on a page of their own, for the
-- docket's menu. Their projections count here.
CREATE TABLE docket_page (
	docket INTEGER NOT NULL,
	path   TEXT NOT NULL,    -- below the docket's
	label  TEXT NOT NULL,    -- a message
	n      INTEGER NOT NULL, -- how much there is; 0: not said
	PRIMARY KEY (docket, path)
) WITHOUT ROWID;
