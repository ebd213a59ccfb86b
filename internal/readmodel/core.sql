-- Every entry and system record of the log; seals are left out.
CREATE TABLE entry (
	idx     INTEGER PRIMARY KEY, -- log index: the name of a record in all tables
	id      BLOB NOT NULL,       -- 32 bytes; SHA-256 of the leaf for system records
	kind    TEXT NOT NULL,
	docket  INTEGER,             -- idx of the record that opened it
	seq     INTEGER,             -- position in the docket's tree
	height  INTEGER NOT NULL,
	time    INTEGER NOT NULL,    -- block time, ms
	made    INTEGER,             -- when the author says it was made, ms
	author  BLOB,                -- key; NULL for system records
	body    BLOB                 -- the body the author acts for
);
CREATE UNIQUE INDEX entry_id ON entry (id);
CREATE INDEX entry_docket ON entry (docket, idx) WHERE docket IS NOT NULL;
-- What is new of some kinds, however many records of others lie between.
CREATE INDEX entry_kind ON entry (kind, idx);
CREATE INDEX entry_docket_kind ON entry (docket, kind, idx) WHERE docket IS NOT NULL;
CREATE INDEX entry_author ON entry (author) WHERE author IS NOT NULL;

-- Entries the rules refused: on the log with the reason, without effect.
CREATE TABLE refused (
	idx     INTEGER PRIMARY KEY,
	docket  INTEGER,
	code    TEXT NOT NULL,
	field   TEXT NOT NULL,
	message TEXT NOT NULL
);
CREATE INDEX refused_docket ON refused (docket, idx) WHERE docket IS NOT NULL;

-- How many leaves each docket's own tree holds.
CREATE TABLE docket_size (
	docket INTEGER PRIMARY KEY,
	id     BLOB NOT NULL UNIQUE,
	size   INTEGER NOT NULL
);

-- Text that people may search for. Written once, here; views join it.
CREATE TABLE document (
	idx   INTEGER PRIMARY KEY,
	scope TEXT NOT NULL,   -- tokens that narrow a search: docket and kind
	title TEXT NOT NULL,
	text  TEXT NOT NULL
);
CREATE VIRTUAL TABLE document_search USING fts5 (
	scope, title, text,
	content = 'document', content_rowid = 'idx',
	tokenize = "unicode61 remove_diacritics 2"
);
-- A batch's words are gathered in memory before they become a segment, and
-- segments are merged later: filling the index is most of the model's work.
INSERT INTO document_search (document_search, rank) VALUES ('hashsize', 16777216);
INSERT INTO document_search (document_search, rank) VALUES ('automerge', 8);
-- What is forgotten leaves the index at once, not when segments are merged.
INSERT INTO document_search (document_search, rank) VALUES ('secure-delete', 1);
