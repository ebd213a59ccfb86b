-- What was promised, and every record about it. How a promise stands is computed
-- from these by ogp when it is asked for; nothing of that is kept.
CREATE TABLE commitment (
	idx    INTEGER PRIMARY KEY, -- the entry that adopted it
	docket INTEGER NOT NULL,
	name   TEXT NOT NULL
);
CREATE INDEX commitment_docket ON commitment (docket, idx);

-- The adoption and all that followed.
CREATE TABLE commitment_record (
	idx        INTEGER PRIMARY KEY,
	docket     INTEGER NOT NULL,
	commitment INTEGER NOT NULL,
	body       BLOB NOT NULL, -- canonical JSON
	parts      TEXT NOT NULL  -- JSON: content parts that are not empty
);
CREATE INDEX commitment_record_docket ON commitment_record (docket, idx);
CREATE INDEX commitment_record_commitment ON commitment_record (commitment, idx);

-- The text of content parts, as far as this node holds and shows it.
CREATE TABLE commitment_text (
	record INTEGER NOT NULL,
	part   TEXT NOT NULL,
	text   TEXT NOT NULL,
	PRIMARY KEY (record, part)
) WITHOUT ROWID;

-- What a commitment takes up again, and what goes on with it.
CREATE TABLE commitment_link (
	commitment INTEGER NOT NULL,
	target     BLOB NOT NULL, -- entry
	how        TEXT NOT NULL, -- follows, next
	PRIMARY KEY (commitment, target, how)
) WITHOUT ROWID;
CREATE INDEX commitment_link_target ON commitment_link (target);
