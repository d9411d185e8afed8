-- The foundation: people, journal, jobs, blobs, mail, reports, incidents,
-- coordination.  The common subset of SQLite (STRICT) and PostgreSQL; these
-- words are replaced for each: {{PK}} key made by the database, {{INT}} 64-bit
-- integer, {{BLOB}} bytes, {{STRICT}} end of a table.
-- Times: integer milliseconds UTC. Booleans: 0 or 1. JSON: opaque text.

CREATE TABLE setting (
	key TEXT PRIMARY KEY,
	value TEXT NOT NULL
) {{STRICT}};

CREATE TABLE counter ( -- numbers of references: one row a kind and year
	kind TEXT NOT NULL,
	year {{INT}} NOT NULL,
	value {{INT}} NOT NULL,
	PRIMARY KEY (kind, year)
) {{STRICT}};

CREATE TABLE person ( -- a user of the program
	id {{PK}},
	name TEXT NOT NULL,
	email TEXT NOT NULL,
	email_folded TEXT NOT NULL UNIQUE,
	password_hash TEXT NOT NULL,
	role TEXT NOT NULL,
	lang TEXT NOT NULL,
	zone TEXT NOT NULL,
	active {{INT}} NOT NULL DEFAULT 1,
	totp_secret {{BLOB}},		-- encrypted; NULL = none
	totp_step {{INT}} NOT NULL DEFAULT 0, -- last accepted, against replay
	single_keys {{INT}} NOT NULL DEFAULT 1,
	theme TEXT NOT NULL DEFAULT 'system',
	density TEXT NOT NULL DEFAULT 'comfortable',
	must_change {{INT}} NOT NULL DEFAULT 0,
	failures {{INT}} NOT NULL DEFAULT 0,
	locked_until {{INT}} NOT NULL DEFAULT 0,
	created_at {{INT}} NOT NULL,
	signed_in_at {{INT}},
	version {{INT}} NOT NULL DEFAULT 1
) {{STRICT}};

CREATE TABLE session (
	id {{PK}},
	token_hash TEXT NOT NULL UNIQUE,
	person_id {{INT}} NOT NULL REFERENCES person (id),
	csrf TEXT NOT NULL,
	second_factor {{INT}} NOT NULL DEFAULT 0, -- passed, or not needed
	created_at {{INT}} NOT NULL,
	seen_at {{INT}} NOT NULL,
	expires_at {{INT}} NOT NULL
) {{STRICT}};
CREATE INDEX session_person ON session (person_id);

CREATE TABLE api_token (
	id {{PK}},
	token_hash TEXT NOT NULL UNIQUE,
	person_id {{INT}} NOT NULL REFERENCES person (id),
	name TEXT NOT NULL,
	scope TEXT NOT NULL,
	created_at {{INT}} NOT NULL,
	used_at {{INT}},
	revoked_at {{INT}}
) {{STRICT}};

CREATE TABLE link ( -- one-time links
	token_hash TEXT PRIMARY KEY,
	kind TEXT NOT NULL,		-- set-up reset invite
	person_id {{INT}},
	created_at {{INT}} NOT NULL,
	expires_at {{INT}} NOT NULL,
	used_at {{INT}}
) {{STRICT}};

CREATE TABLE journal (
	id {{PK}},
	at {{INT}} NOT NULL,
	actor_id {{INT}} NOT NULL,	-- 0 the program or an outsider
	actor_name TEXT NOT NULL,
	action TEXT NOT NULL,
	object TEXT NOT NULL,
	object_id {{INT}} NOT NULL,
	also TEXT,			-- second object it concerns
	also_id {{INT}},
	payload TEXT,			-- JSON; NULL = none or erased
	salt {{BLOB}},			-- key of the payload's digest; erased with it
	erased {{BLOB}},		-- the payload's digest, once it was erased
	digest {{BLOB}} NOT NULL,	-- BLAKE2b of at … payload: docs/schema/journal.md
	seal {{INT}} UNIQUE,		-- gapless number; NULL = not yet sealed
	head {{BLOB}}			-- BLAKE2b(head before, seal, id, digest)
) {{STRICT}};
CREATE INDEX journal_object ON journal (object, object_id, id);
CREATE INDEX journal_also ON journal (also, also_id, id) WHERE also IS NOT NULL;
CREATE INDEX journal_actor ON journal (actor_id, id) WHERE actor_id > 0;
CREATE INDEX journal_unsealed ON journal (id) WHERE seal IS NULL;

CREATE TABLE job (
	id {{PK}},
	kind TEXT NOT NULL,
	payload TEXT NOT NULL,
	key TEXT,			-- one waiting job a key, and one running
	state TEXT NOT NULL,		-- waiting running done dead cancelled
	run_at {{INT}} NOT NULL,
	tries {{INT}} NOT NULL DEFAULT 0,
	again {{INT}} NOT NULL DEFAULT 0,
	ended {{INT}} NOT NULL DEFAULT 0, -- workers that ended while it ran
	started_at {{INT}},
	finished_at {{INT}},
	error TEXT,
	created_at {{INT}} NOT NULL
) {{STRICT}};
CREATE INDEX job_waiting ON job (run_at, id) WHERE state = 'waiting';
CREATE INDEX job_running ON job (id) WHERE state = 'running';
CREATE INDEX job_dead ON job (id) WHERE state = 'dead';
CREATE UNIQUE INDEX job_key ON job (key) WHERE key IS NOT NULL AND state = 'waiting';
CREATE INDEX job_finished ON job (finished_at) WHERE state IN ('done', 'cancelled');

CREATE TABLE blob (
	id {{PK}},
	name {{BLOB}} NOT NULL UNIQUE,	-- keyed BLAKE2b of the plaintext
	size {{INT}} NOT NULL,		-- plaintext
	stored {{INT}} NOT NULL,	-- compressed and encrypted
	bytes {{BLOB}},			-- NULL: a file or chunks
	created_at {{INT}} NOT NULL
) {{STRICT}};
CREATE TABLE blob_chunk ( -- large blobs on PostgreSQL
	blob_id {{INT}} NOT NULL REFERENCES blob (id),
	seq {{INT}} NOT NULL,
	bytes {{BLOB}} NOT NULL,
	PRIMARY KEY (blob_id, seq)
) {{STRICT}};

-- What arrived or left: mails, form posts, calls. Never edited.
CREATE TABLE message (
	id {{PK}},
	direction TEXT NOT NULL,	-- in out
	channel TEXT NOT NULL,		-- mail form phone fax api import
	state TEXT NOT NULL,		-- in: stored read broken; out: held sending sent failed cancelled bounced
	report_id {{INT}},
	incident_id {{INT}},
	notification_id {{INT}},
	message_key TEXT,		-- Message-ID without <>
	reply_key TEXT,			-- In-Reply-To
	reference_keys TEXT,		-- References, one a line
	from_name TEXT,
	from_addr TEXT,
	to_addrs TEXT,			-- one a line
	to_name TEXT,
	cc_addrs TEXT,
	reply_to TEXT,
	subject TEXT,
	sent_at {{INT}},		-- Date field, or when it left
	received_at {{INT}} NOT NULL,
	raw_blob {{INT}} REFERENCES blob (id),
	text_blob {{INT}} REFERENCES blob (id), -- the text read from it, UTF-8
	lang TEXT,
	tlp TEXT,
	crypto TEXT,			-- none signed encrypted both
	signature TEXT,			-- none good bad unknown-key expired
	signer TEXT,			-- fingerprint or subject
	auth TEXT,			-- JSON: spf dkim dmarc, received path
	automatic TEXT,			-- none bounce reply loop list generated
	bounce_of {{INT}},
	faults TEXT,			-- JSON list: what could not be read and why
	send_at {{INT}},		-- out: not before
	person_id {{INT}},		-- out: who wrote it
	error TEXT,			-- out: what the server said
	token TEXT,			-- out: stands in our Message-ID and Reply-To
	purpose TEXT			-- out, to a party: request reply reminder
) {{STRICT}};
CREATE INDEX message_key_index ON message (message_key) WHERE message_key IS NOT NULL;
CREATE INDEX message_report ON message (report_id, id) WHERE report_id IS NOT NULL;
CREATE INDEX message_incident ON message (incident_id, id) WHERE incident_id IS NOT NULL;
CREATE INDEX message_notification ON message (notification_id, id) WHERE notification_id IS NOT NULL;
CREATE INDEX message_raw ON message (raw_blob) WHERE raw_blob IS NOT NULL;
CREATE INDEX message_text ON message (text_blob) WHERE text_blob IS NOT NULL;
CREATE INDEX message_held ON message (id) WHERE state = 'held';
CREATE INDEX message_token ON message (token) WHERE token IS NOT NULL;

CREATE TABLE attachment (
	id {{PK}},
	message_id {{INT}},
	report_id {{INT}},
	incident_id {{INT}},
	blob_id {{INT}} NOT NULL REFERENCES blob (id),
	name TEXT NOT NULL,
	media_type TEXT NOT NULL,
	size {{INT}} NOT NULL,
	sha256 TEXT NOT NULL,
	created_at {{INT}} NOT NULL,
	person_id {{INT}}		-- who added it; NULL = from outside
) {{STRICT}};
CREATE INDEX attachment_report ON attachment (report_id) WHERE report_id IS NOT NULL;
CREATE INDEX attachment_incident ON attachment (incident_id) WHERE incident_id IS NOT NULL;
CREATE INDEX attachment_message ON attachment (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX attachment_sha256 ON attachment (sha256);
CREATE INDEX attachment_blob ON attachment (blob_id);
CREATE INDEX attachment_waiting ON attachment (created_at) -- of forms that are not sent yet
	WHERE message_id IS NULL AND report_id IS NULL AND incident_id IS NULL;

-- A report is what arrived; it never changes but for what we decide about it.
CREATE TABLE report (
	id {{PK}},
	ref TEXT NOT NULL UNIQUE,	-- RPT-2026-000042
	received_at {{INT}} NOT NULL,
	channel TEXT NOT NULL,		-- form mail phone fax api import other
	purpose TEXT NOT NULL,		-- information question contact other
	door TEXT NOT NULL,		-- phishing defacement malware intrusion leak dos scan targeted ics other unknown
	title TEXT NOT NULL,
	text_blob {{INT}} REFERENCES blob (id), -- what was reported, as text
	details TEXT,			-- JSON of the form's answers, docs/schema/report.md
	lang TEXT NOT NULL,
	cc TEXT,			-- reporter's country, ISO 3166; NULL unknown
	domestic {{INT}} NOT NULL,	-- 1 from the team's own country
	anonymous {{INT}} NOT NULL DEFAULT 0,
	reporter_name TEXT,
	reporter_org TEXT,
	reporter_role TEXT,		-- victim responder vendor finder isp csirt other
	reporter_email TEXT,
	reporter_phone TEXT,
	pass_name TEXT,			-- may we pass the name on: yes no ask
	secret_hash TEXT,		-- of the passphrase for /report/status
	urgent {{INT}} NOT NULL DEFAULT 0,
	tlp TEXT NOT NULL DEFAULT 'AMBER',
	state TEXT NOT NULL DEFAULT 'new', -- new accepted duplicate declined answered closed
	known TEXT,			-- known unknown; NULL = not yet said
	priority TEXT,			-- low normal high urgent
	rsit TEXT,			-- proposed at triage, "fraud/phishing"
	owner_id {{INT}} REFERENCES person (id),
	due_at {{INT}},			-- first answer promised by
	answered_at {{INT}},
	decided_at {{INT}},
	decided_by {{INT}},
	reason TEXT,			-- why declined
	duplicate_of {{INT}} REFERENCES report (id), -- state duplicate without an incident
	import_key TEXT UNIQUE,		-- identity in its source; NULL = none
	brand TEXT,			-- phishing: imitated brand
	queue TEXT,			-- a name of the team's, by a routing rule; NULL = none
	simhash {{INT}} NOT NULL DEFAULT 0, -- near-same text
	alike {{INT}} NOT NULL DEFAULT 0, -- how many looked alike at receipt
	version {{INT}} NOT NULL DEFAULT 1,
	updated_at {{INT}} NOT NULL,
	erased_at {{INT}}		-- by retention: what was reported is gone
) {{STRICT}};
-- The two orders of the inbox; what it filters by stands in the index, so that
-- several common filters together read no rows.
CREATE INDEX report_received ON report (received_at, id, state, door, channel, purpose, domestic, priority, owner_id, anonymous, urgent, alike);
CREATE INDEX report_state ON report (state, received_at, id, door, channel, purpose, domestic, priority, owner_id, anonymous, urgent, alike);
-- One index a filter of the inbox, each in the order of the list.
CREATE INDEX report_channel ON report (channel, received_at, id, state);
CREATE INDEX report_purpose ON report (purpose, received_at, id, state);
CREATE INDEX report_door ON report (door, received_at, id, state);
CREATE INDEX report_domestic ON report (domestic, received_at, id, state);
CREATE INDEX report_priority ON report (priority, received_at, id, state) WHERE priority IS NOT NULL;
CREATE INDEX report_owner ON report (owner_id, received_at, id, state) WHERE owner_id IS NOT NULL;
CREATE INDEX report_queue ON report (queue, received_at, id, state) WHERE queue IS NOT NULL;
CREATE INDEX report_anonymous ON report (received_at, id, state, anonymous) WHERE anonymous = 1;
CREATE INDEX report_urgent ON report (received_at, id, state, urgent) WHERE urgent = 1;
CREATE INDEX report_alarm ON report (urgent, state, received_at) WHERE urgent = 1;
CREATE INDEX report_alike ON report (received_at, id, state, alike) WHERE alike > 0;
CREATE INDEX report_duplicate ON report (duplicate_of) WHERE duplicate_of IS NOT NULL;
CREATE INDEX report_due ON report (state, due_at, id, answered_at) WHERE due_at IS NOT NULL;
CREATE INDEX report_email ON report (reporter_email) WHERE reporter_email IS NOT NULL;
CREATE INDEX report_text ON report (text_blob) WHERE text_blob IS NOT NULL;
CREATE INDEX report_decided ON report (decided_at, id) WHERE decided_at IS NOT NULL AND erased_at IS NULL;

CREATE TABLE observable ( -- one row a canonical value
	id {{PK}},
	type TEXT NOT NULL,		-- url host ipv4 ipv6 asn email md5 sha1 sha256 cve
	value TEXT NOT NULL,
	ignored {{INT}} NOT NULL DEFAULT 0, -- not used for similarity
	seen {{INT}} NOT NULL DEFAULT 0, -- how many reports name it
	UNIQUE (value, type)
) {{STRICT}};
CREATE TABLE report_observable (
	report_id {{INT}} NOT NULL REFERENCES report (id),
	observable_id {{INT}} NOT NULL REFERENCES observable (id),
	PRIMARY KEY (report_id, observable_id)
) {{STRICT}};
CREATE INDEX report_observable_back ON report_observable (observable_id, report_id);

CREATE TABLE incident (
	id {{PK}},
	ref TEXT NOT NULL UNIQUE,	-- INC-2026-00042
	title TEXT NOT NULL,
	state TEXT NOT NULL DEFAULT 'open', -- open closed
	phase TEXT NOT NULL DEFAULT 'analysis', -- analysis coordination monitoring
	resolution TEXT,		-- resolved no-response no-action out-of-scope false-positive duplicate
	rsit TEXT NOT NULL,		-- "fraud/phishing"
	rsit_version TEXT NOT NULL,
	category TEXT NOT NULL,		-- present label: phishing defacement malware scan dos ics targeted other
	category_2007 TEXT NOT NULL,	-- scan abuse forged intrusion dos other
	category_fixed {{INT}} NOT NULL DEFAULT 0, -- a person overrode the labels
	ics {{INT}} NOT NULL DEFAULT 0,
	targeted {{INT}} NOT NULL DEFAULT 0,
	content_changed {{INT}} NOT NULL DEFAULT 0,
	tlp TEXT NOT NULL,
	pap TEXT NOT NULL,
	priority TEXT NOT NULL,
	owner_id {{INT}} REFERENCES person (id),
	detected_at {{INT}},
	started_at {{INT}},
	ended_at {{INT}},
	reported_at {{INT}},		-- of the first report
	created_at {{INT}} NOT NULL,
	notified_at {{INT}},		-- first notification sent
	closed_at {{INT}},
	impact TEXT,
	scale TEXT,			-- K-48
	scope TEXT,
	cause TEXT,			-- K-65, K-66
	strategy TEXT,			-- K-73: remove investigate
	sharing TEXT,			-- K-17: how far information is shared
	method TEXT,			-- A-04
	advice TEXT,			-- A-05
	motive TEXT,			-- A-38
	cia TEXT,			-- M-06: letters of C I A
	evidence TEXT,			-- at closing: what shows that it is over
	close_reason TEXT,		-- why closed with open threads
	reopened {{INT}} NOT NULL DEFAULT 0,
	domestic {{INT}} NOT NULL DEFAULT 1,
	restricted {{INT}} NOT NULL DEFAULT 0,
	merged_into {{INT}} REFERENCES incident (id),
	due_at {{INT}},			-- next action
	next_action TEXT,
	indexed TEXT NOT NULL DEFAULT '', -- what the search index holds of it
	version {{INT}} NOT NULL DEFAULT 1,
	updated_at {{INT}} NOT NULL
) {{STRICT}};
CREATE INDEX incident_state ON incident (state, id);
-- What statistics read of it stands in the index.
CREATE INDEX incident_created ON incident (created_at, category, rsit, notified_at, closed_at, reported_at, resolution, merged_into);
CREATE INDEX incident_open ON incident (category, phase) WHERE state = 'open' AND merged_into IS NULL;
CREATE INDEX incident_urgent ON incident (priority, state) WHERE priority = 'urgent';
CREATE INDEX incident_closed ON incident (closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX incident_changed ON incident (state, updated_at, id);
CREATE INDEX incident_due ON incident (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX incident_restricted ON incident (id) WHERE restricted = 1;
CREATE INDEX incident_merged ON incident (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX incident_owner ON incident (owner_id, state) WHERE owner_id IS NOT NULL;

CREATE TABLE incident_grant ( -- who may see a restricted one
	incident_id {{INT}} NOT NULL REFERENCES incident (id),
	person_id {{INT}} NOT NULL REFERENCES person (id),
	merged_from {{INT}},		-- seen through this one, while it is merged
	PRIMARY KEY (incident_id, person_id)
) {{STRICT}};
CREATE INDEX incident_grant_person ON incident_grant (person_id, incident_id);

CREATE TABLE incident_hold ( -- legal hold: retention erases nothing of it
	incident_id {{INT}} PRIMARY KEY REFERENCES incident (id),
	at {{INT}} NOT NULL,
	person_id {{INT}} NOT NULL,
	reason TEXT NOT NULL
) {{STRICT}};
CREATE TABLE incident_erased ( -- what retention took out of it, and when
	incident_id {{INT}} NOT NULL REFERENCES incident (id),
	kind TEXT NOT NULL,		-- retention_kinds[] of team/retention.h
	at {{INT}} NOT NULL,
	PRIMARY KEY (incident_id, kind)
) {{STRICT}};

CREATE TABLE report_incident (
	report_id {{INT}} NOT NULL REFERENCES report (id),
	incident_id {{INT}} NOT NULL REFERENCES incident (id),
	relation TEXT NOT NULL,		-- original additional duplicate
	linked_at {{INT}} NOT NULL,
	linked_by {{INT}} NOT NULL,
	PRIMARY KEY (report_id, incident_id)
) {{STRICT}};
CREATE INDEX report_incident_back ON report_incident (incident_id, report_id);

CREATE TABLE incident_observable (
	incident_id {{INT}} NOT NULL REFERENCES incident (id),
	observable_id {{INT}} NOT NULL REFERENCES observable (id),
	role TEXT NOT NULL,		-- source target infrastructure victim related
	confirmed {{INT}} NOT NULL DEFAULT 0, -- a person said it is an indicator
	note TEXT,
	added_at {{INT}} NOT NULL,
	added_by {{INT}} NOT NULL,
	PRIMARY KEY (incident_id, observable_id)
) {{STRICT}};
CREATE INDEX incident_observable_back ON incident_observable (observable_id, incident_id);

CREATE TABLE party (
	id {{PK}},
	incident_id {{INT}} NOT NULL REFERENCES incident (id),
	role TEXT NOT NULL,		-- A-26: incident-site source-host reporter brand peer-csirt isp downstream-victim law-enforcement other
	org TEXT NOT NULL,
	name TEXT,			-- contact person
	email TEXT,
	phone TEXT,
	cc TEXT,			-- country of the organisation
	asset_cc TEXT,			-- where the asset is
	lang TEXT NOT NULL,
	zone TEXT,
	note TEXT,			-- legal notes, how found
	known {{INT}} NOT NULL DEFAULT 0, -- we have written before
	key_id {{INT}},			-- pgp_key
	removed_at {{INT}},
	version {{INT}} NOT NULL DEFAULT 1
) {{STRICT}};
CREATE INDEX party_incident ON party (incident_id);
CREATE INDEX party_email ON party (email) WHERE email IS NOT NULL;

CREATE TABLE pgp_key ( -- public keys of others
	id {{PK}},
	fingerprint TEXT NOT NULL UNIQUE,
	email TEXT NOT NULL,
	armored TEXT NOT NULL,
	created_at {{INT}} NOT NULL,
	expires_at {{INT}},
	added_by {{INT}} NOT NULL,
	added_at {{INT}} NOT NULL
) {{STRICT}};
CREATE INDEX pgp_key_email ON pgp_key (email);

CREATE TABLE notification ( -- a request to one party; its thread belongs to it
	id {{PK}},
	incident_id {{INT}} NOT NULL REFERENCES incident (id),
	party_id {{INT}} NOT NULL REFERENCES party (id),
	kind TEXT NOT NULL,		-- takedown investigation information warning forward thanks owner
	state TEXT NOT NULL,		-- draft queued sent bounced acknowledged actioned declined no-response closed
	token TEXT NOT NULL UNIQUE,	-- in our Message-IDs and Reply-To
	subject TEXT NOT NULL,		-- without tags
	tlp TEXT NOT NULL,
	lang TEXT NOT NULL,
	created_at {{INT}} NOT NULL,
	created_by {{INT}} NOT NULL,
	sent_at {{INT}},		-- first
	answered_at {{INT}},		-- first answer
	acted_at {{INT}},
	last_in_at {{INT}},
	last_out_at {{INT}},
	due_at {{INT}},			-- silence ends here
	reminders {{INT}} NOT NULL DEFAULT 0,
	unread {{INT}} NOT NULL DEFAULT 0, -- answers nobody has read
	version {{INT}} NOT NULL DEFAULT 1
) {{STRICT}};
CREATE INDEX notification_incident ON notification (incident_id);
CREATE INDEX notification_party ON notification (party_id);
CREATE INDEX notification_unread ON notification (incident_id) WHERE unread > 0;
CREATE INDEX notification_bounced ON notification (last_in_at) WHERE state = 'bounced';
CREATE INDEX notification_due ON notification (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE task (
	id {{PK}},
	incident_id {{INT}} NOT NULL REFERENCES incident (id),
	title TEXT NOT NULL,
	kind TEXT,			-- isolate block preserve suppress notify … (K-49…)
	owner_id {{INT}} REFERENCES person (id),
	due_at {{INT}},
	done_at {{INT}},
	done_by {{INT}},
	position {{INT}} NOT NULL DEFAULT 0,
	created_at {{INT}} NOT NULL,
	created_by {{INT}} NOT NULL
) {{STRICT}};
CREATE INDEX task_incident ON task (incident_id);
CREATE INDEX task_owner ON task (owner_id, due_at) WHERE done_at IS NULL;

CREATE TABLE note (
	id {{PK}},
	object TEXT NOT NULL,		-- report incident
	object_id {{INT}} NOT NULL,
	kind TEXT NOT NULL,		-- note decision
	person_id {{INT}} NOT NULL,
	at {{INT}} NOT NULL,
	body TEXT NOT NULL,
	shared TEXT NOT NULL DEFAULT 'internal' -- internal reporter
) {{STRICT}};
CREATE INDEX note_object ON note (object, object_id, id);

CREATE TABLE recovery_code ( -- for who lost the device of the second step; used up by deletion
	code_hash TEXT PRIMARY KEY,
	person_id {{INT}} NOT NULL REFERENCES person (id),
	created_at {{INT}} NOT NULL
) {{STRICT}};
CREATE INDEX recovery_code_person ON recovery_code (person_id);

CREATE TABLE acknowledgement ( -- who was answered by the program: forged senders get few
	id {{PK}},
	at {{INT}} NOT NULL,
	address TEXT NOT NULL,		-- folded
	report_id {{INT}} NOT NULL,
	sent {{INT}} NOT NULL		-- 0 held back: too many within the hour
) {{STRICT}};
CREATE INDEX acknowledgement_at ON acknowledgement (at);

CREATE TABLE draft (
	id {{PK}},
	person_id {{INT}} NOT NULL REFERENCES person (id),
	key TEXT NOT NULL,		-- "incident/42/reply/7"
	body TEXT NOT NULL,		-- JSON of the form's fields
	saved_at {{INT}} NOT NULL,
	size {{INT}} NOT NULL DEFAULT 0, -- bytes of body
	UNIQUE (person_id, key)
) {{STRICT}};

CREATE TABLE template ( -- letters; the shipped ones come from data/
	id {{PK}},
	name TEXT NOT NULL,
	lang TEXT NOT NULL,
	subject TEXT NOT NULL,
	body TEXT NOT NULL,
	version {{INT}} NOT NULL DEFAULT 1,
	updated_at {{INT}} NOT NULL,
	UNIQUE (name, lang)
) {{STRICT}};

CREATE TABLE saved_view (
	id {{PK}},
	person_id {{INT}},		-- NULL = the team's
	page TEXT NOT NULL,		-- inbox incidents
	name TEXT NOT NULL,
	query TEXT NOT NULL,
	position {{INT}} NOT NULL DEFAULT 0
) {{STRICT}};

CREATE TABLE undo ( -- how to take back a recent act
	id {{PK}},
	person_id {{INT}} NOT NULL,
	at {{INT}} NOT NULL,
	kind TEXT NOT NULL,
	payload TEXT NOT NULL,		-- JSON
	used_at {{INT}}
) {{STRICT}};

-- One act on many reports: what was wanted, and what each of them was before.
CREATE TABLE bulk (
	id {{PK}},
	person_id {{INT}} NOT NULL,
	at {{INT}} NOT NULL,
	act TEXT NOT NULL,
	params TEXT NOT NULL,		-- JSON
	reports TEXT NOT NULL,		-- their ids, with commas between
	state TEXT NOT NULL,		-- running done undoing undone
	total {{INT}} NOT NULL,
	done {{INT}} NOT NULL DEFAULT 0, -- looked at so far, there or back
	skipped {{INT}} NOT NULL DEFAULT 0 -- of them left as they were
) {{STRICT}};
CREATE TABLE bulk_item ( -- those that were changed and not taken back
	bulk_id {{INT}} NOT NULL REFERENCES bulk (id),
	seq {{INT}} NOT NULL,		-- place in bulk.reports, from 1
	before TEXT NOT NULL,		-- JSON for decide_undo()
	PRIMARY KEY (bulk_id, seq)
) {{STRICT}};

-- Counts that pages show at once, kept in the transaction of the change.
-- what: report incident coordinated closed; day: local day number of the team.
-- "report/month" …: the same by month, day being its first.
CREATE TABLE tally (
	what TEXT NOT NULL,
	day {{INT}} NOT NULL,
	category TEXT NOT NULL,
	domestic {{INT}} NOT NULL,
	n {{INT}} NOT NULL,
	PRIMARY KEY (what, day, category, domestic)
) {{STRICT}};
-- Present sizes: report/state, incident/state, …
CREATE TABLE gauge (
	name TEXT PRIMARY KEY,
	n {{INT}} NOT NULL
) {{STRICT}};
