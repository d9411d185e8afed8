-- Decisions: what a team decides by, what was answered, proposed and decided.
-- Nothing here is about vulnerabilities: a subject is any object of the program.
-- The rules of 0001 hold here.

-- A question of the team, by SSVC's names. A new version is a new row.
CREATE TABLE decision_fact (
	id {{PK}},
	name TEXT NOT NULL,		-- "ssvc:E:1.1.0"
	body TEXT NOT NULL,		-- JSON as in a model: names, question, values, weight
	created_by {{INT}},		-- NULL = the program
	created_at {{INT}} NOT NULL,
	UNIQUE (name)
) {{STRICT}};

-- A model never changes: another text is another version.
CREATE TABLE decision_model (
	id {{PK}},
	topic TEXT NOT NULL,		-- what is decided: "vulnerability" …
	name TEXT NOT NULL,		-- "ssvc:DT_DP"
	version {{INT}} NOT NULL,
	state TEXT NOT NULL,		-- draft shadow active retired
	origin TEXT NOT NULL,		-- shipped imported written learned
	title TEXT NOT NULL,
	title_ja TEXT NOT NULL,		-- "" = none
	body TEXT NOT NULL,		-- JSON, docs/schema/decision.md
	based_on {{INT}} REFERENCES decision_model (id), -- a learned one: the policy it began with
	created_by {{INT}},
	created_at {{INT}} NOT NULL,
	state_by {{INT}},
	state_at {{INT}} NOT NULL,
	UNIQUE (topic, name, version)
) {{STRICT}};
CREATE UNIQUE INDEX decision_model_active ON decision_model (topic) WHERE state = 'active';
CREATE INDEX decision_model_state ON decision_model (topic, state);

-- What is to be decided about.
CREATE TABLE decision_subject (
	id {{PK}},
	topic TEXT NOT NULL,
	object TEXT NOT NULL,		-- its object elsewhere: "vulnerability", "report" …
	object_id {{INT}} NOT NULL,
	title TEXT NOT NULL,
	exposure {{INT}} NOT NULL DEFAULT 0, -- 0 to 255
	likely {{INT}} NOT NULL DEFAULT 0,   -- EPSS, ten-thousandths
	state TEXT NOT NULL,		-- open decided
	created_at {{INT}} NOT NULL,
	UNIQUE (topic, object, object_id)
) {{STRICT}};
CREATE INDEX decision_subject_open ON decision_subject (topic, id) WHERE state = 'open';

-- Append-only: an answer stands until another replaces it.
CREATE TABLE decision_answer (
	id {{PK}},
	subject_id {{INT}} NOT NULL REFERENCES decision_subject (id),
	fact TEXT NOT NULL,		-- id of the fact
	possible TEXT NOT NULL,		-- keys of the values that are left: "P|A"
	source TEXT NOT NULL,		-- analyst feed derived
	badge TEXT NOT NULL,		-- where from, in a word: "KEV"; "" = the analyst
	evidence TEXT NOT NULL,		-- a link, or ""
	person_id {{INT}},
	at {{INT}} NOT NULL,
	replaced_at {{INT}}
) {{STRICT}};
CREATE UNIQUE INDEX decision_answer_now ON decision_answer (subject_id, fact) WHERE replaced_at IS NULL;

CREATE TABLE decision_proposal (
	id {{PK}},
	subject_id {{INT}} NOT NULL REFERENCES decision_subject (id),
	model_id {{INT}} NOT NULL REFERENCES decision_model (id),
	shadow {{INT}} NOT NULL,
	outcome TEXT NOT NULL,		-- key
	possible TEXT NOT NULL,		-- keys
	confidence {{INT}} NOT NULL,	-- ten-thousandths
	support {{INT}} NOT NULL,	-- decisions alike; 0 = a table
	agree {{INT}} NOT NULL,
	leaf {{INT}} NOT NULL,		-- 0 = facts are missing
	facts TEXT NOT NULL,		-- JSON {fact: keys} as they were
	at {{INT}} NOT NULL
) {{STRICT}};
CREATE INDEX decision_proposal_subject ON decision_proposal (subject_id, id);
CREATE INDEX decision_proposal_model ON decision_proposal (model_id, id);

-- What a person decided; with a reason when it is not what was proposed.
CREATE TABLE decision (
	id {{PK}},
	subject_id {{INT}} NOT NULL REFERENCES decision_subject (id),
	topic TEXT NOT NULL,
	proposal_id {{INT}} REFERENCES decision_proposal (id),
	model_id {{INT}} REFERENCES decision_model (id),
	leaf {{INT}} NOT NULL,
	proposed TEXT NOT NULL,		-- key, "" = nothing was
	outcome TEXT NOT NULL,		-- key
	overridden {{INT}} NOT NULL,
	reason TEXT NOT NULL,
	facts TEXT NOT NULL,		-- JSON {fact: keys} as they were
	left_out {{INT}} NOT NULL DEFAULT 0, -- 1 = nothing is learned from it (practice, a slip)
	weight {{INT}} NOT NULL DEFAULT 1, -- of so many decisions it counts for: a precedent has more
	was TEXT NOT NULL DEFAULT '',	-- what was decided first, when a person changed it since; "" = never
	analyst TEXT NOT NULL DEFAULT '', -- who decided, as a file says who is no user
	import_id {{INT}},		-- it came with that file
	person_id {{INT}},
	at {{INT}} NOT NULL
) {{STRICT}};
CREATE INDEX decision_topic ON decision (topic, id);
CREATE INDEX decision_subject_id ON decision (subject_id, id);
CREATE INDEX decision_leaf ON decision (model_id, leaf);

CREATE TABLE decision_task (
	id {{PK}},
	decision_id {{INT}} NOT NULL REFERENCES decision (id),
	subject_id {{INT}} NOT NULL REFERENCES decision_subject (id),
	outcome {{INT}} NOT NULL,	-- its place among the outcomes: higher is more urgent
	text TEXT NOT NULL,
	text_ja TEXT NOT NULL,
	due_at {{INT}},			-- NULL = no date
	since {{INT}} NOT NULL,
	pin {{INT}} NOT NULL DEFAULT 0,
	pin_reason TEXT NOT NULL DEFAULT '',
	pin_by {{INT}},
	done_at {{INT}},
	done_by {{INT}}
) {{STRICT}};
CREATE INDEX decision_task_open ON decision_task (subject_id) WHERE done_at IS NULL;

-- Past decisions from a file, with what its columns mean.
CREATE TABLE decision_import (
	id {{PK}},
	topic TEXT NOT NULL,
	name TEXT NOT NULL,		-- of the file
	digest TEXT NOT NULL,		-- SHA-256, hexadecimal: the same file again is noticed
	blob_id {{INT}},		-- NULL = taken in, or thrown away
	mapping TEXT NOT NULL,		-- JSON, docs/schema/decision.md
	state TEXT NOT NULL,		-- open waiting done failed
	decisions {{INT}} NOT NULL DEFAULT 0,
	error TEXT NOT NULL DEFAULT '',
	created_by {{INT}},
	created_at {{INT}} NOT NULL,
	done_at {{INT}}
) {{STRICT}};
CREATE INDEX decision_import_digest ON decision_import (topic, digest);
CREATE INDEX decision_import_blob ON decision_import (blob_id);
CREATE INDEX decision_import_id ON decision (import_id) WHERE import_id IS NOT NULL;

-- Blind practice: one person's round through past cases.
CREATE TABLE decision_round (
	id {{PK}},
	topic TEXT NOT NULL,
	person_id {{INT}} NOT NULL,
	started_at {{INT}} NOT NULL,
	finished_at {{INT}}
) {{STRICT}};
CREATE INDEX decision_round_person ON decision_round (person_id, id);

CREATE TABLE decision_practice (
	id {{PK}},
	round_id {{INT}} NOT NULL REFERENCES decision_round (id),
	decision_id {{INT}} NOT NULL REFERENCES decision (id),
	outcome TEXT NOT NULL,		-- key; "" = not answered yet
	at {{INT}},
	UNIQUE (round_id, decision_id)
) {{STRICT}};

-- What a talk with the analysts gave: text until a draft is made of it.
CREATE TABLE decision_worksheet (
	id {{PK}},
	topic TEXT NOT NULL,
	title TEXT NOT NULL,
	body TEXT NOT NULL,		-- JSON, docs/schema/decision.md
	model_id {{INT}} REFERENCES decision_model (id), -- the last draft made of it
	version {{INT}} NOT NULL,	-- one more with each save
	created_by {{INT}},
	created_at {{INT}} NOT NULL,
	changed_at {{INT}} NOT NULL
) {{STRICT}};
