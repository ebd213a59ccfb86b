-- What people said in a docket, and what became of it.

-- An idea or a comment. Its text is in document.
CREATE TABLE contribution (
	idx      INTEGER PRIMARY KEY,
	docket   INTEGER NOT NULL,
	seq      INTEGER NOT NULL,  -- position in the docket
	kind     TEXT NOT NULL,     -- idea, comment
	target   INTEGER,           -- what a comment is a comment on
	about    INTEGER,           -- the idea, commitment or review its thread belongs to
	root     INTEGER NOT NULL,  -- the first comment of its thread, itself for that and for ideas
	depth    INTEGER NOT NULL,  -- 0, or how deep a reply stands
	section  TEXT,
	version  INTEGER,
	quote_from INTEGER,         -- quoted characters of the section
	quote_to INTEGER,
	stance   TEXT NOT NULL,     -- '' for ideas
	channel  TEXT NOT NULL,     -- key, passkey, intake, imported
	name     TEXT NOT NULL,     -- what the author, or the source, calls the author
	claimed  INTEGER,           -- when the source says it was made
	source   TEXT NOT NULL,
	url      TEXT NOT NULL,
	label    TEXT NOT NULL,
	owed     INTEGER NOT NULL,  -- 1: the charter owed it a response when it came in
	answered INTEGER,           -- the first response
	files    INTEGER NOT NULL,  -- attachments
	replies  INTEGER NOT NULL DEFAULT 0,
	endorsed INTEGER NOT NULL DEFAULT 0,
	hidden   INTEGER,           -- the last act by which some of it is hidden
	erased   INTEGER,           -- the last act by which some of it was erased
	withdrawn INTEGER,          -- by this record
	disavowed INTEGER,          -- by this record
	grp      INTEGER,           -- the group it is a member of
	void     INTEGER NOT NULL DEFAULT 0, -- 1: a response was owed, until it was withdrawn or disavowed
	modified INTEGER NOT NULL   -- the last record that changed what is shown of it; itself at first
);
CREATE INDEX contribution_docket ON contribution (docket, seq, modified);
CREATE INDEX contribution_idea ON contribution (docket, seq) WHERE kind = 'idea';
CREATE INDEX contribution_owed ON contribution (docket, seq) WHERE owed = 1 AND answered IS NULL;
CREATE INDEX contribution_first ON contribution (docket, seq) WHERE kind = 'comment' AND depth = 0;
-- What a list may be narrowed by stands in these too, so that what does not fit
-- is passed over without being fetched.
CREATE INDEX contribution_stance ON contribution (docket, stance, seq, channel, files, owed, answered, kind, depth) WHERE kind = 'comment';
CREATE INDEX contribution_channel ON contribution (docket, channel, seq, stance, files, owed, answered, kind, depth);
CREATE INDEX contribution_answered ON contribution (docket, seq) WHERE answered IS NOT NULL;
CREATE INDEX contribution_files ON contribution (docket, seq) WHERE files > 0;
CREATE INDEX contribution_claimed ON contribution (docket) WHERE claimed IS NOT NULL;
CREATE INDEX contribution_section ON contribution (docket, section, seq, stance, channel, files, owed, answered, kind, depth) WHERE section IS NOT NULL;
CREATE INDEX contribution_thread ON contribution (root, seq) WHERE depth > 0;
CREATE INDEX contribution_group ON contribution (grp, seq) WHERE grp IS NOT NULL;
CREATE INDEX contribution_about ON contribution (about, seq) WHERE about IS NOT NULL;
-- For readers who count pages (v4): what they skip is skipped in an index alone.
CREATE INDEX contribution_posted ON contribution (idx, docket, modified);
CREATE INDEX contribution_changed ON contribution (modified, docket);
CREATE INDEX contribution_modified ON contribution (docket, modified, version, target);
CREATE INDEX contribution_version ON contribution (docket, version, seq) WHERE version IS NOT NULL;
CREATE INDEX contribution_whole ON contribution (docket, seq, version, target) WHERE version IS NULL AND target IS NULL;
CREATE INDEX contribution_target ON contribution (target, seq) WHERE target IS NOT NULL;

CREATE TABLE attachment (
	contribution INTEGER NOT NULL,
	pos   INTEGER NOT NULL, -- the number in its name
	name  TEXT NOT NULL,    -- of the part
	media TEXT NOT NULL,
	size  INTEGER NOT NULL, -- bytes
	PRIMARY KEY (contribution, pos)
) WITHOUT ROWID;

CREATE TABLE endorsement (
	idx    INTEGER PRIMARY KEY,
	target INTEGER NOT NULL,
	author BLOB NOT NULL,
	given  INTEGER NOT NULL -- 1, or 0 for a withdrawal
);

-- Counts of a docket.
CREATE TABLE tally (
	docket    INTEGER PRIMARY KEY,
	ideas     INTEGER NOT NULL DEFAULT 0,
	comments  INTEGER NOT NULL DEFAULT 0,
	owed      INTEGER NOT NULL DEFAULT 0, -- obligations that ever arose
	open      INTEGER NOT NULL DEFAULT 0, -- of these, not answered
	responses INTEGER NOT NULL DEFAULT 0,
	drafts    INTEGER NOT NULL DEFAULT 0,
	ghosts    INTEGER NOT NULL DEFAULT 0, -- that ever arose
	haunting  INTEGER NOT NULL DEFAULT 0, -- of these, without a reason still
	endorsed  INTEGER NOT NULL DEFAULT 0,
	withdrawn INTEGER NOT NULL DEFAULT 0,
	disavowed INTEGER NOT NULL DEFAULT 0, -- not in ideas and comments any more
	void      INTEGER NOT NULL DEFAULT 0  -- obligations that ended without an answer
);

CREATE TABLE section_tally (
	docket   INTEGER NOT NULL,
	section  TEXT NOT NULL,
	comments INTEGER NOT NULL,
	PRIMARY KEY (docket, section)
) WITHOUT ROWID;

-- What happened when, by the minute, hour, day and month: contributions at the
-- time their source claims, else at block time; answers at block time.
CREATE TABLE activity (
	docket   INTEGER NOT NULL,
	grain    INTEGER NOT NULL, -- 0 minute, 1 hour, 2 day, 3 month
	slot     INTEGER NOT NULL, -- since 1970; months since year 0
	ideas    INTEGER NOT NULL DEFAULT 0,
	comments INTEGER NOT NULL DEFAULT 0,
	owed     INTEGER NOT NULL DEFAULT 0,
	answered INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (docket, grain, slot)
) WITHOUT ROWID;

CREATE TABLE response (
	idx      INTEGER PRIMARY KEY,
	docket   INTEGER NOT NULL,
	outcome  TEXT NOT NULL,
	covers   INTEGER NOT NULL, -- contributions it answers
	settles  INTEGER NOT NULL, -- of these, obligations it was the first to answer
	model    TEXT NOT NULL DEFAULT '', -- that wrote a draft of the reason
	prompt   TEXT NOT NULL DEFAULT ''  -- SHA-256 of what it was asked
);
CREATE INDEX response_docket ON response (docket, idx);
CREATE TABLE response_target (
	target   INTEGER NOT NULL,
	response INTEGER NOT NULL,
	PRIMARY KEY (target, response)
) WITHOUT ROWID;
CREATE INDEX response_target_response ON response_target (response);
CREATE TABLE response_range (
	docket   INTEGER NOT NULL,
	first    INTEGER NOT NULL, -- positions in the docket, both ends included
	last     INTEGER NOT NULL,
	response INTEGER NOT NULL,
	PRIMARY KEY (docket, first, response)
) WITHOUT ROWID;
CREATE INDEX response_range_response ON response_range (response);
CREATE TABLE response_section (
	response INTEGER NOT NULL,
	section  TEXT NOT NULL,
	PRIMARY KEY (response, section)
) WITHOUT ROWID;

CREATE TABLE draft (
	idx      INTEGER PRIMARY KEY,
	docket   INTEGER NOT NULL,
	version  INTEGER NOT NULL,
	title    TEXT NOT NULL,
	sections INTEGER NOT NULL,
	ghosts   INTEGER NOT NULL,
	channel  TEXT NOT NULL,
	name     TEXT NOT NULL,
	claimed  INTEGER,
	source   TEXT NOT NULL,
	url      TEXT NOT NULL,
	label    TEXT NOT NULL
);
CREATE UNIQUE INDEX draft_version ON draft (docket, version);
CREATE TABLE draft_section (
	draft   INTEGER NOT NULL,
	pos     INTEGER NOT NULL,
	section TEXT NOT NULL,
	since   INTEGER NOT NULL, -- the draft that has its text
	PRIMARY KEY (draft, pos)
) WITHOUT ROWID;
CREATE INDEX draft_section_section ON draft_section (draft, section);
CREATE TABLE draft_idea (
	draft   INTEGER NOT NULL,
	section TEXT NOT NULL,
	pos     INTEGER NOT NULL,
	idea    INTEGER NOT NULL,
	PRIMARY KEY (draft, section, pos)
) WITHOUT ROWID;
CREATE INDEX draft_idea_idea ON draft_idea (idea, draft);
CREATE TABLE section_text (
	draft   INTEGER NOT NULL,
	section TEXT NOT NULL,
	heading TEXT NOT NULL,
	text    TEXT NOT NULL,
	PRIMARY KEY (draft, section)
);

-- The last state of each section and idea of a docket's draft, to compare the
-- next version with.
CREATE TABLE section_state (
	docket     INTEGER NOT NULL,
	section    TEXT NOT NULL,
	commitment BLOB NOT NULL,
	heading    TEXT NOT NULL,
	since      INTEGER NOT NULL, -- the draft that has its text
	latest     INTEGER NOT NULL, -- the version it last stood in
	ghost      INTEGER NOT NULL, -- the version that removed it without a reason, until it is back
	PRIMARY KEY (docket, section)
) WITHOUT ROWID;
CREATE TABLE idea_state (
	docket  INTEGER NOT NULL,
	idea    INTEGER NOT NULL,
	carried INTEGER NOT NULL,
	ghost   INTEGER NOT NULL,
	PRIMARY KEY (docket, idea)
) WITHOUT ROWID;

-- Every difference between a version and the one before. A ghost is one that
-- had no reason when it was published.
CREATE TABLE step (
	docket  INTEGER NOT NULL,
	version INTEGER NOT NULL,
	pos     INTEGER NOT NULL, -- order within the version
	draft   INTEGER NOT NULL,
	section TEXT NOT NULL,    -- '' if about an idea
	heading TEXT NOT NULL,    -- of the section, as the reader knew it
	idea    INTEGER NOT NULL, -- 0 if about a section
	what    TEXT NOT NULL,    -- new, changed, removed, returned, carried
	reason  TEXT,
	ghost   INTEGER NOT NULL,
	ended   INTEGER,          -- the entry that gave the reason later, or brought it back
	how     TEXT,             -- reason, return
	PRIMARY KEY (docket, version, pos)
) WITHOUT ROWID;
CREATE INDEX step_ghost ON step (docket, version) WHERE ghost = 1;
CREATE INDEX step_subject ON step (docket, version, section, idea);

-- Contributions that moved a change, as the lead body says.
CREATE TABLE cause (
	docket       INTEGER NOT NULL,
	version      INTEGER NOT NULL,
	section      TEXT NOT NULL,
	idea         INTEGER NOT NULL,
	contribution INTEGER NOT NULL,
	said         INTEGER NOT NULL, -- the draft or explanation that names it
	PRIMARY KEY (docket, version, section, idea, contribution)
) WITHOUT ROWID;
CREATE INDEX cause_contribution ON cause (contribution);

CREATE TABLE explanation (
	idx     INTEGER PRIMARY KEY,
	docket  INTEGER NOT NULL,
	version INTEGER NOT NULL
);

CREATE TABLE timeline (
	idx    INTEGER PRIMARY KEY,
	docket INTEGER NOT NULL,
	stages TEXT NOT NULL, -- JSON
	reason TEXT NOT NULL
);
CREATE INDEX timeline_docket ON timeline (docket, idx);

-- The records that a certificate of requirements rests on, with their bodies;
-- text is what people wrote in them.
CREATE TABLE process (
	idx    INTEGER PRIMARY KEY,
	docket INTEGER NOT NULL,
	body   BLOB NOT NULL, -- canonical JSON
	text   TEXT NOT NULL
);
CREATE INDEX process_docket ON process (docket, idx);

CREATE TABLE codification (
	docket INTEGER PRIMARY KEY,
	entry  INTEGER NOT NULL, -- participation/codify
	record INTEGER,          -- the system record with the counts
	version INTEGER NOT NULL,
	counts TEXT              -- JSON of the record
);

-- Acts of moderation, and of people who take contributions back. The reason is in
-- document.
CREATE TABLE act (
	idx      INTEGER PRIMARY KEY,
	docket   INTEGER NOT NULL,
	kind     TEXT NOT NULL,
	target   INTEGER,          -- the record it is about
	acted_on INTEGER,          -- the act it restores, confirms, appeals against or decides
	code     TEXT NOT NULL,
	asked    TEXT NOT NULL,
	outcome  TEXT NOT NULL,    -- of a decision, and of the appeal it decides
	author   BLOB NOT NULL,
	answered INTEGER,          -- what restored, confirmed, decided or released it
	reversed INTEGER           -- the decision that found it wrong
);
CREATE INDEX act_docket ON act (docket, idx);
CREATE INDEX act_target ON act (target, idx) WHERE target IS NOT NULL;

-- Parts of contributions that are not shown.
CREATE TABLE scar (
	target INTEGER NOT NULL,
	part   TEXT NOT NULL,
	act    INTEGER NOT NULL,
	erased INTEGER NOT NULL,
	PRIMARY KEY (target, part)
) WITHOUT ROWID;

-- Contributions that say the same thing, as the lead body says.
CREATE TABLE grp (
	idx     INTEGER PRIMARY KEY,
	docket  INTEGER NOT NULL,
	letter  INTEGER,          -- the contribution whose text stands for all
	method  TEXT NOT NULL,    -- JSON
	members INTEGER NOT NULL,
	ended   INTEGER           -- the entry that replaced it
);
CREATE INDEX grp_docket ON grp (docket, idx);
CREATE TABLE response_group (
	grp      INTEGER NOT NULL,
	response INTEGER NOT NULL,
	PRIMARY KEY (grp, response)
) WITHOUT ROWID;
CREATE INDEX response_group_response ON response_group (response);
-- Who was in a group when it was answered: the group may change or end later.
CREATE TABLE response_member (
	target   INTEGER NOT NULL,
	response INTEGER NOT NULL,
	PRIMARY KEY (target, response)
) WITHOUT ROWID;
CREATE INDEX response_member_response ON response_member (response);
