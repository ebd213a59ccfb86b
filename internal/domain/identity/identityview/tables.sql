-- Who may speak: what the identity records have said so far.
CREATE TABLE body (
	n      INTEGER PRIMARY KEY,  -- in the order they were registered
	idx    INTEGER NOT NULL,     -- the record that registered it: an entry, the genesis, or a decision of the members
	id     BLOB NOT NULL UNIQUE,
	name   TEXT NOT NULL,
	type   TEXT NOT NULL,
	member INTEGER NOT NULL DEFAULT 0 -- 1 while it governs the register
);

-- Every grant there was; one that was taken back says when and why.
CREATE TABLE body_role (
	n       INTEGER PRIMARY KEY,
	idx     INTEGER NOT NULL,    -- the grant, the genesis, or a decision of the members
	body    BLOB NOT NULL,
	key     BLOB NOT NULL,
	role    TEXT NOT NULL,
	revoked INTEGER,             -- the revocation, or such a decision
	reason  TEXT NOT NULL DEFAULT ''
);
CREATE INDEX body_role_holder ON body_role (body, key, role);
CREATE INDEX body_role_key ON body_role (key);

-- Keys the genesis names.
CREATE TABLE founding_key (
	key     BLOB PRIMARY KEY,
	founder INTEGER NOT NULL DEFAULT 0,
	intake  INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

CREATE TABLE account (
	idx  INTEGER PRIMARY KEY,
	id   BLOB NOT NULL UNIQUE,
	name TEXT NOT NULL
);

CREATE TABLE account_key (
	account INTEGER NOT NULL,
	key     BLOB NOT NULL,
	added   INTEGER NOT NULL,
	dropped INTEGER,
	PRIMARY KEY (account, key, added)
) WITHOUT ROWID;
CREATE INDEX account_key_key ON account_key (key);
