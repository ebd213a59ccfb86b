-- Every record of a tender that was accepted, as package tender reads it; refused
-- ones stand in the tables of the log. How a tender stands is told by that package
-- when it is asked for; nothing of that is kept.
CREATE TABLE tender_record (
	idx    INTEGER PRIMARY KEY,
	docket INTEGER NOT NULL,
	record BLOB NOT NULL -- JSON of tender.Record, which has the height of its block
);
CREATE INDEX tender_record_docket ON tender_record (docket, idx);

-- Keys that score the bids of a tender, or read them, as it was published last.
CREATE TABLE tender_evaluator (
	key    BLOB NOT NULL,
	tender INTEGER NOT NULL,
	PRIMARY KEY (key, tender)
) WITHOUT ROWID;
CREATE INDEX tender_evaluator_tender ON tender_evaluator (tender);

-- The dockets that are tenders.
CREATE TABLE tender (
	idx INTEGER PRIMARY KEY -- the entry that opened it
);
