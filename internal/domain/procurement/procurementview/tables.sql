-- Every record of a tender that was accepted, as package tender reads it; refused
-- ones stand in the tables of the log. How a tender stands is told by that package
-- when it is asked for; nothing of that is kept.
CREATE TABLE tender_record (
	idx    INTEGER PRIMARY KEY,
	docket INTEGER NOT NULL,
	record BLOB NOT NULL -- JSON of tender.Record, which has the height of its block
);
CREATE INDEX tender_record_docket ON tender_record (docket, idx);

-- Keys that take part in a tender, as it was published last.
CREATE TABLE tender_key (
	key    BLOB NOT NULL,
	tender INTEGER NOT NULL,
	scores INTEGER NOT NULL, -- 1 if it scores the bids, or reads them; else it keeps shares
	PRIMARY KEY (key, tender, scores)
) WITHOUT ROWID;
CREATE INDEX tender_key_tender ON tender_key (tender);

-- The dockets that are tenders.
CREATE TABLE tender (
	idx INTEGER PRIMARY KEY -- the entry that opened it
);
