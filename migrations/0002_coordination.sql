-- Coordination: the directory, sites that must stop, what was checked of them.
-- The rules of 0001 hold here.

-- The handler's day.

-- Told to one person: the bell. What it is about is read when it is shown, so
-- that nothing of a restricted incident stays behind.
CREATE TABLE notice (
	id {{PK}},
	person_id {{INT}} NOT NULL REFERENCES person (id),
	at {{INT}} NOT NULL,
	kind TEXT NOT NULL,		-- mention watch on-call handover
	object TEXT NOT NULL,		-- report incident handover
	object_id {{INT}} NOT NULL,
	from_id {{INT}},		-- who mentioned; NULL = the program
	text TEXT NOT NULL,		-- the words around the name; what matched
	watch_id {{INT}},
	read_at {{INT}},
	UNIQUE (person_id, kind, object, object_id, text)
) {{STRICT}};
ALTER TABLE person ADD COLUMN mention_mail {{INT}} NOT NULL DEFAULT 0;
CREATE INDEX notice_person ON notice (person_id, id);
CREATE INDEX notice_unread ON notice (person_id) WHERE read_at IS NULL;

-- "Tell me when this appears again."
CREATE TABLE watch (
	id {{PK}},
	person_id {{INT}},		-- NULL = the team's: everybody who triages is told
	kind TEXT NOT NULL,		-- watch_kinds[] of incident/watch.h
	value TEXT NOT NULL,		-- canonical, as observables are
	note TEXT,
	created_by {{INT}} NOT NULL REFERENCES person (id),
	created_at {{INT}} NOT NULL,
	until {{INT}},			-- NULL = without an end
	mail {{INT}} NOT NULL DEFAULT 0,
	hits {{INT}} NOT NULL DEFAULT 0,
	hit_at {{INT}}
) {{STRICT}};
CREATE UNIQUE INDEX watch_value ON watch (value, kind, COALESCE(person_id, 0));
CREATE INDEX watch_person ON watch (person_id) WHERE person_id IS NOT NULL;

-- Short pieces of text with places, put into what one writes.
CREATE TABLE snippet (
	id {{PK}},
	person_id {{INT}} REFERENCES person (id), -- NULL = the team's
	name TEXT NOT NULL,
	folded TEXT NOT NULL,		-- name, for finding
	text_ja TEXT NOT NULL,		-- "" = none in this language
	text_en TEXT NOT NULL,
	position {{INT}} NOT NULL,
	changed_by {{INT}} NOT NULL REFERENCES person (id),
	changed_at {{INT}} NOT NULL,
	version {{INT}} NOT NULL DEFAULT 1
) {{STRICT}};
CREATE UNIQUE INDEX snippet_name ON snippet (COALESCE(person_id, 0), folded);

-- Who answers when. A cover stands above the turn that it takes over.
CREATE TABLE on_call (
	id {{PK}},
	person_id {{INT}} NOT NULL REFERENCES person (id),
	from_at {{INT}} NOT NULL,
	until_at {{INT}} NOT NULL,
	cover {{INT}} NOT NULL DEFAULT 0,
	reach TEXT,			-- how to reach: a number, a place
	changed_by {{INT}} NOT NULL REFERENCES person (id),
	changed_at {{INT}} NOT NULL
) {{STRICT}};
CREATE INDEX on_call_until ON on_call (until_at, from_at);

-- What the leaving one tells the coming one. A given note stays as it is.
CREATE TABLE handover (
	id {{PK}},
	from_id {{INT}} NOT NULL REFERENCES person (id),
	to_id {{INT}} REFERENCES person (id), -- NULL = whoever comes
	since {{INT}} NOT NULL,		-- the shift that it tells of
	written_at {{INT}} NOT NULL,
	body TEXT NOT NULL,		-- names nothing restricted by itself
	folded TEXT NOT NULL,		-- of it, for finding
	state TEXT NOT NULL,		-- draft given taken
	given_at {{INT}},
	taken_at {{INT}},
	taken_by {{INT}} REFERENCES person (id),
	remark TEXT,			-- of the coming one
	version {{INT}} NOT NULL DEFAULT 1
) {{STRICT}};
CREATE INDEX handover_waiting ON handover (given_at) WHERE state = 'given';
CREATE INDEX handover_from ON handover (from_id, state);

-- Routing rules, tried in their order at intake.
CREATE TABLE rule (
	id {{PK}},
	position {{INT}} NOT NULL,
	name TEXT NOT NULL,
	state TEXT NOT NULL DEFAULT 'draft', -- draft live off
	body TEXT NOT NULL,		-- JSON, docs/schema/rule.md
	version {{INT}} NOT NULL DEFAULT 1,
	changed_by {{INT}} NOT NULL,
	changed_at {{INT}} NOT NULL,
	tried_version {{INT}} NOT NULL DEFAULT 0, -- that was tried on past reports
	hits {{INT}} NOT NULL DEFAULT 0,
	hit_at {{INT}}
) {{STRICT}};
CREATE INDEX rule_order ON rule (position, id);

-- What rules said of a report besides its queue.
CREATE TABLE report_route (
	report_id {{INT}} PRIMARY KEY REFERENCES report (id),
	tags TEXT NOT NULL DEFAULT '',	-- with commas between
	acknowledge {{INT}} NOT NULL DEFAULT 1
) {{STRICT}};

-- Organisations of every kind: members of the constituency, ISPs, CSIRTs,
-- communities, brand owners, authorities …
CREATE TABLE organisation (
	id {{PK}},
	name TEXT NOT NULL,		-- as it calls itself
	name_en TEXT,
	kana TEXT,			-- furigana, for the order of Japanese names
	folded TEXT NOT NULL,		-- all names folded (text_fold), for LIKE
	search TEXT NOT NULL DEFAULT '', -- those, its contacts' names and addresses, its ranges: folded, for LIKE
	kind TEXT NOT NULL,		-- organisation_kinds[] of directory.h
	cc TEXT,			-- ISO 3166
	sector TEXT,			-- sectors[] of directory.h
	lang TEXT NOT NULL,
	zone TEXT,
	parent_id {{INT}} REFERENCES organisation (id),
	url TEXT,
	address TEXT,
	member {{INT}} NOT NULL DEFAULT 0, -- of our constituency
	authority TEXT NOT NULL DEFAULT 'none', -- I-15: ours over a member: full shared none
	trust TEXT NOT NULL DEFAULT 'unknown', -- unknown low usual high
	max_tlp TEXT NOT NULL DEFAULT 'GREEN', -- the highest label that we may send
	formats TEXT NOT NULL DEFAULT 'table,csv', -- what it takes: table csv iodef xarf
	business_days {{INT}} NOT NULL DEFAULT 0, -- answers on business days only
	scope TEXT,			-- whom it serves, in words (I-14)
	mission TEXT,			-- I-20
	capabilities TEXT,		-- what it can do for us (I-22)
	offers TEXT,			-- what we can do for it (I-22)
	legal TEXT,			-- C-18: legal framework
	note TEXT,
	source TEXT NOT NULL,		-- manual import demonstration rdap whois
	historical {{INT}} NOT NULL DEFAULT 0, -- kept for the record, asked no more
	verified_at {{INT}},
	removed_at {{INT}},
	created_at {{INT}} NOT NULL,
	updated_at {{INT}} NOT NULL,
	version {{INT}} NOT NULL DEFAULT 1
) {{STRICT}};
CREATE INDEX organisation_kind ON organisation (kind, cc, id);
CREATE INDEX organisation_cc ON organisation (cc, kind);
CREATE INDEX organisation_member ON organisation (id) WHERE member = 1;
CREATE INDEX organisation_parent ON organisation (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX organisation_order ON organisation (COALESCE(kana, folded), id);

-- One row: counts the changes of the directory, so that what a process keeps of
-- it is known to be old.
CREATE TABLE directory_state (
	id {{INT}} PRIMARY KEY,
	version {{INT}} NOT NULL
) {{STRICT}};

-- A way to reach it: a person, or a mailbox that a function answers.
CREATE TABLE contact (
	id {{PK}},
	organisation_id {{INT}} NOT NULL REFERENCES organisation (id),
	purpose TEXT NOT NULL,		-- contact_purposes[] of directory.h
	name TEXT,			-- of the person, as written
	kana TEXT,			-- furigana
	romaji TEXT,
	title TEXT,			-- post
	email TEXT,
	phone TEXT,
	fax TEXT,
	url TEXT,			-- a form, when that is the way
	lang TEXT,			-- NULL = the organisation's
	hours TEXT,			-- when it answers, in words
	key_id {{INT}} REFERENCES pgp_key (id),
	smime TEXT,			-- certificate, PEM
	smime_expires_at {{INT}},
	source TEXT NOT NULL,		-- manual import rdap whois security.txt soa abuse-mailbox
	source_at {{INT}} NOT NULL,
	verified_at {{INT}},		-- last time it was proved that it works
	valid_until {{INT}},
	test_days {{INT}} NOT NULL DEFAULT 0, -- K-08: test every so many days; 0 = never
	test_due_at {{INT}},
	tested_at {{INT}},		-- when the last test began
	test_result TEXT,		-- of it: contact_test_results[]
	read_at {{INT}},		-- K-09: the contact confirmed the list
	asked {{INT}} NOT NULL DEFAULT 0, -- requests sent to it
	answered {{INT}} NOT NULL DEFAULT 0, -- of them answered
	answer_ms {{INT}} NOT NULL DEFAULT 0, -- sum over the answered, sent to answer
	bounces {{INT}} NOT NULL DEFAULT 0, -- since the last answer
	do_not_contact {{INT}} NOT NULL DEFAULT 0,
	note TEXT,
	position {{INT}} NOT NULL DEFAULT 0, -- first is asked first
	removed_at {{INT}},
	version {{INT}} NOT NULL DEFAULT 1
) {{STRICT}};
CREATE INDEX contact_organisation ON contact (organisation_id, position, id);
CREATE INDEX contact_email ON contact (email) WHERE email IS NOT NULL;
CREATE INDEX contact_test_due ON contact (test_due_at) WHERE test_due_at IS NOT NULL;
CREATE INDEX contact_tested ON contact (test_result, test_due_at) WHERE test_days > 0;
CREATE INDEX contact_key ON contact (key_id) WHERE key_id IS NOT NULL;

-- What an organisation is responsible for: longest match finds it.
CREATE TABLE organisation_scope (
	id {{PK}},
	organisation_id {{INT}} NOT NULL REFERENCES organisation (id),
	kind TEXT NOT NULL,		-- prefix asn domain country brand
	value TEXT NOT NULL,		-- canonical: 192.0.2.0/24, 64496, example.jp, KR, a brand's name folded
	note TEXT,
	UNIQUE (kind, value, organisation_id)
) {{STRICT}};
CREATE INDEX organisation_scope_back ON organisation_scope (organisation_id);

CREATE TABLE membership ( -- N-01…N-05: of an organisation in a community
	id {{PK}},
	organisation_id {{INT}} NOT NULL REFERENCES organisation (id),
	community_id {{INT}} NOT NULL REFERENCES organisation (id),
	role TEXT NOT NULL,		-- member board secretariat liaison sponsor observer
	since {{INT}},			-- day number (zone_day); NULL unknown
	until {{INT}},
	note TEXT
) {{STRICT}};
CREATE INDEX membership_organisation ON membership (organisation_id);
CREATE INDEX membership_community ON membership (community_id);

CREATE TABLE agreement ( -- N-07
	id {{PK}},
	organisation_id {{INT}} NOT NULL REFERENCES organisation (id),
	kind TEXT NOT NULL,		-- mou nda contract other
	title TEXT NOT NULL,
	scope TEXT,
	signed_on {{INT}},		-- day number
	expires_on {{INT}},
	renewal TEXT,
	note TEXT,
	removed_at {{INT}}
) {{STRICT}};
CREATE INDEX agreement_organisation ON agreement (organisation_id);
CREATE INDEX agreement_expires ON agreement (expires_on) WHERE expires_on IS NOT NULL;

CREATE TABLE relation ( -- N-12: between two organisations, or ours (0) and one
	id {{PK}},
	from_id {{INT}} NOT NULL,	-- 0 = our team
	to_id {{INT}} NOT NULL REFERENCES organisation (id),
	kind TEXT NOT NULL,		-- cooperates reports-to national-csirt upstream supplies supervises sponsors
	trust TEXT NOT NULL,		-- unknown low usual high
	flows TEXT NOT NULL DEFAULT '',	-- collect analyse send share, with commas between
	note TEXT,
	UNIQUE (from_id, to_id, kind)
) {{STRICT}};
CREATE INDEX relation_to ON relation (to_id);

CREATE TABLE contact_test ( -- 疎通確認
	id {{PK}},
	contact_id {{INT}} NOT NULL REFERENCES contact (id),
	channel TEXT NOT NULL,		-- mail phone
	started_at {{INT}} NOT NULL,
	person_id {{INT}},		-- NULL = by the schedule
	message_id {{INT}},
	token_hash TEXT UNIQUE,		-- of the link that the contact presses
	result TEXT NOT NULL,		-- waiting answered bounced failed silent
	ended_at {{INT}},
	note TEXT
) {{STRICT}};
CREATE INDEX contact_test_contact ON contact_test (contact_id, id);
CREATE INDEX contact_test_message ON contact_test (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX contact_test_waiting ON contact_test (started_at) WHERE result = 'waiting';

-- What a person chose for a key, so that it is proposed first the next time.
CREATE TABLE contact_choice (
	kind TEXT NOT NULL,		-- host domain prefix asn country
	value TEXT NOT NULL,
	contact_id {{INT}} NOT NULL REFERENCES contact (id),
	chosen_at {{INT}} NOT NULL,
	chosen_by {{INT}} NOT NULL,
	times {{INT}} NOT NULL DEFAULT 1,
	wrong {{INT}} NOT NULL DEFAULT 0, -- a person said: not this one
	PRIMARY KEY (kind, value, contact_id)
) {{STRICT}};

-- Pictures of pages, for comparison. What a browser shows is the one that the
-- parse role made of what was uploaded.
CREATE TABLE picture (
	id {{PK}},
	state TEXT NOT NULL,		-- waiting ready refused
	name TEXT NOT NULL,		-- of the file
	sha256 TEXT NOT NULL,		-- of the file as uploaded
	raw_blob {{INT}} NOT NULL REFERENCES blob (id),
	blob_id {{INT}} REFERENCES blob (id), -- JPEG, ready to be shown
	width {{INT}} NOT NULL DEFAULT 0,
	height {{INT}} NOT NULL DEFAULT 0,
	alt TEXT,			-- what is to be seen, in words; NULL = not said
	error TEXT,			-- English: why it was refused
	created_at {{INT}} NOT NULL,
	person_id {{INT}} NOT NULL
) {{STRICT}};
CREATE INDEX picture_raw ON picture (raw_blob);
CREATE INDEX picture_blob ON picture (blob_id) WHERE blob_id IS NOT NULL;

CREATE TABLE brand ( -- what phishing imitates
	id {{PK}},
	name TEXT NOT NULL,
	folded TEXT NOT NULL UNIQUE,
	organisation_id {{INT}} REFERENCES organisation (id),
	origin TEXT NOT NULL DEFAULT 'unknown', -- domestic overseas unknown
	sector TEXT,			-- sectors[]
	reference_id {{INT}} REFERENCES picture (id), -- C-24: of the genuine page
	watched {{INT}} NOT NULL DEFAULT 0, -- C-17: the owner wants to be told
	contact_id {{INT}} REFERENCES contact (id), -- who of it; NULL: the first that has a mail address
	notice TEXT NOT NULL DEFAULT 'at-once', -- at-once daily
	notice_hour {{INT}} NOT NULL DEFAULT 9, -- daily: at this hour of the team's zone
	clear {{INT}} NOT NULL DEFAULT 0, -- TLP:AMBER may go to it without encryption
	note TEXT,
	version {{INT}} NOT NULL DEFAULT 1
) {{STRICT}};
CREATE TABLE brand_alias (
	folded TEXT PRIMARY KEY,
	brand_id {{INT}} NOT NULL REFERENCES brand (id),
	name TEXT NOT NULL
) {{STRICT}};
CREATE INDEX brand_alias_back ON brand_alias (brand_id);

-- The thing that must stop: one URL (or host) of one incident.
CREATE TABLE site (
	id {{PK}},
	incident_id {{INT}} REFERENCES incident (id), -- NULL: removed, and its incident was withdrawn
	report_id {{INT}} REFERENCES report (id), -- that told of it first
	url TEXT NOT NULL,		-- canonical, never shown but defanged
	host TEXT NOT NULL,		-- ASCII
	domain TEXT NOT NULL,		-- registrable; the host when there is none
	tld TEXT NOT NULL,		-- "" for an address
	address TEXT,			-- where it was last seen
	cc TEXT,			-- hosting country
	asn {{INT}},
	as_name TEXT,
	brand_id {{INT}} REFERENCES brand (id),
	origin TEXT NOT NULL DEFAULT 'unknown', -- of the brand: domestic overseas unknown
	sector TEXT NOT NULL DEFAULT 'unclassified',
	contact_id {{INT}} REFERENCES contact (id), -- chosen to be asked
	route TEXT NOT NULL DEFAULT 'none', -- none direct isp registrar csirt community police
	step {{INT}} NOT NULL DEFAULT 0, -- on the route: 0 not asked, 1 first contact …
	state TEXT NOT NULL DEFAULT 'reported', -- site_states[] of site.h
	prior TEXT,			-- C-14: what the reporter tried before
	lure TEXT,			-- C-22: mail sms search ad other
	asked_for TEXT,			-- C-22: id password card otp, with commas between
	victims {{INT}},		-- C-23
	page_title TEXT,
	page_hash TEXT,			-- C-25: of the last page seen alive
	form_targets TEXT,		-- one a line
	redirects TEXT,			-- one a line
	picture_id {{INT}} REFERENCES picture (id), -- of the site
	reported_at {{INT}} NOT NULL,
	notified_at {{INT}},		-- first request
	checked_at {{INT}},		-- last check
	result TEXT,			-- of it: site_results[]
	http_status {{INT}},
	gone_since {{INT}},		-- first of the agreeing checks that found it gone
	stopped_at {{INT}},
	stopped_by TEXT,		-- check person answer
	days {{INT}},			-- business days from first request (else report) to stop
	reopened_at {{INT}},
	reopened {{INT}} NOT NULL DEFAULT 0,
	next_check_at {{INT}},		-- NULL = not checked by itself
	owner_id {{INT}} REFERENCES person (id),
	note TEXT,
	removed_at {{INT}},
	version {{INT}} NOT NULL DEFAULT 1,
	updated_at {{INT}} NOT NULL,
	change {{INT}} NOT NULL DEFAULT 0, -- grows with every change of any site; the board reads what is new
	UNIQUE (incident_id, url)
) {{STRICT}};
CREATE INDEX site_check_due ON site (next_check_at) WHERE next_check_at IS NOT NULL;
CREATE INDEX site_change ON site (change, id);
CREATE INDEX site_host ON site (host, id);
CREATE INDEX site_domain ON site (domain, id);
CREATE INDEX site_url ON site (url);
CREATE INDEX site_page_hash ON site (page_hash) WHERE page_hash IS NOT NULL;
CREATE INDEX site_doubtful ON site (updated_at) WHERE state IN ('reopened', 'unreachable');
CREATE INDEX site_report ON site (report_id) WHERE report_id IS NOT NULL;

CREATE TABLE site_check ( -- evidence; never edited
	id {{PK}},
	site_id {{INT}} NOT NULL REFERENCES site (id),
	at {{INT}} NOT NULL,
	vantage TEXT NOT NULL,		-- direct, or the proxy's or resolver's name
	method TEXT NOT NULL,		-- http person answer
	result TEXT NOT NULL,		-- site_results[]
	http_status {{INT}},
	address TEXT,
	page_hash TEXT,
	page_title TEXT,
	bytes {{INT}},
	millis {{INT}},
	redirects TEXT,			-- one a line
	form_targets TEXT,
	error TEXT,			-- what was wrong, in words
	evidence_blob {{INT}} REFERENCES blob (id), -- head and page as received
	person_id {{INT}}
) {{STRICT}};
CREATE INDEX site_check_site ON site_check (site_id, id);
CREATE INDEX site_check_evidence ON site_check (evidence_blob) WHERE evidence_blob IS NOT NULL;
CREATE INDEX site_check_kept ON site_check (at, id) WHERE evidence_blob IS NOT NULL;

-- Sites that a person chose on the board, for the page that asks for their stop.
CREATE TABLE site_selection (
	id {{PK}},
	person_id {{INT}} NOT NULL,
	at {{INT}} NOT NULL,
	sites TEXT NOT NULL,		-- their ids, with commas between
	n {{INT}} NOT NULL
) {{STRICT}};
CREATE INDEX site_selection_at ON site_selection (at);

-- Which sites a request is about; one letter may ask for many.
CREATE TABLE notification_site (
	notification_id {{INT}} NOT NULL REFERENCES notification (id),
	site_id {{INT}} NOT NULL REFERENCES site (id),
	answer TEXT,			-- done told not-ours; NULL = none yet
	answered_at {{INT}},
	PRIMARY KEY (notification_id, site_id)
) {{STRICT}};
CREATE INDEX notification_site_back ON notification_site (site_id, notification_id);

-- One letter may tell of several incidents: each has a notification of its own,
-- so that its thread shows the letter and its answers. Mails belong to the
-- first of them, the lead; the others point to it.
ALTER TABLE notification ADD COLUMN lead_id {{INT}} REFERENCES notification (id); -- NULL: leads itself
ALTER TABLE notification ADD COLUMN ref TEXT;		-- of a lead: NTF-2026-00012
ALTER TABLE notification ADD COLUMN contact_id {{INT}} REFERENCES contact (id);
ALTER TABLE notification ADD COLUMN silence_hours {{INT}}; -- NULL: mail.silence_days
ALTER TABLE notification ADD COLUMN route TEXT;		-- site_routes[]: as whom it was asked
CREATE INDEX notification_lead ON notification (lead_id) WHERE lead_id IS NOT NULL;
CREATE INDEX notification_contact ON notification (contact_id) WHERE contact_id IS NOT NULL;
CREATE INDEX notification_sent ON notification (sent_at, kind, lead_id, party_id, contact_id, route, answered_at, reminders) WHERE sent_at IS NOT NULL;
CREATE INDEX notification_site_not_ours ON notification_site (notification_id) WHERE answer = 'not-ours';
CREATE UNIQUE INDEX notification_ref ON notification (ref) WHERE ref IS NOT NULL;

-- Sites of a watched brand that its owner was not told of yet.
CREATE TABLE owner_due (
	site_id {{INT}} PRIMARY KEY REFERENCES site (id),
	brand_id {{INT}} NOT NULL REFERENCES brand (id),
	at {{INT}} NOT NULL
) {{STRICT}};
CREATE INDEX owner_due_brand ON owner_due (brand_id, site_id);

-- Letters about many sites, prepared together and sent together.
CREATE TABLE mailing (
	id {{PK}},
	person_id {{INT}} NOT NULL,
	at {{INT}} NOT NULL,
	purpose TEXT NOT NULL,		-- request reminder escalation owner
	brand_id {{INT}} REFERENCES brand (id), -- owner: whose sites
	state TEXT NOT NULL,		-- preparing draft held sending sent cancelled
	selection_id {{INT}} UNIQUE,	-- made from this choice of the board
	tlp TEXT,			-- NULL: of each letter the strictest in it
	subject_ja TEXT,		-- NULL: the ready words
	text_ja TEXT,
	subject_en TEXT,
	text_en TEXT,
	send_at {{INT}},		-- held: leaves then
	confirmed TEXT,			-- names of gates, with commas between
	ended_at {{INT}},
	version {{INT}} NOT NULL DEFAULT 1
) {{STRICT}};
CREATE INDEX mailing_person ON mailing (person_id, id);
CREATE INDEX mailing_brand ON mailing (brand_id, id) WHERE brand_id IS NOT NULL;

-- One mail of it.
CREATE TABLE mailing_letter (
	id {{PK}},
	mailing_id {{INT}} NOT NULL REFERENCES mailing (id),
	contact_id {{INT}} NOT NULL REFERENCES contact (id),
	route TEXT NOT NULL,
	restricted_id {{INT}},		-- the restricted incident that it is about alone; NULL = none
	part {{INT}} NOT NULL,		-- 1 …: a contact with very many sites gets several
	taken_out {{INT}} NOT NULL DEFAULT 0,
	first_id {{INT}} REFERENCES notification (id), -- reminder: the lead that it reminds of
	lead_id {{INT}} REFERENCES notification (id), -- once it is queued
	message_id {{INT}},
	blocked TEXT,			-- why it was not sent
	token_hash TEXT UNIQUE,		-- of its link
	token_until {{INT}},
	answered_at {{INT}}		-- by the link: closed
) {{STRICT}};
CREATE INDEX mailing_letter_mailing ON mailing_letter (mailing_id, id);
CREATE INDEX mailing_letter_lead ON mailing_letter (lead_id) WHERE lead_id IS NOT NULL;

CREATE TABLE mailing_site (
	mailing_id {{INT}} NOT NULL REFERENCES mailing (id),
	site_id {{INT}} NOT NULL REFERENCES site (id),
	letter_id {{INT}} REFERENCES mailing_letter (id), -- NULL: nobody is known to write to
	tried {{INT}} NOT NULL DEFAULT 0, -- 1: a contact was looked for
	taken_out {{INT}} NOT NULL DEFAULT 0,
	answer TEXT,			-- by the link: done told not-ours
	note TEXT,
	answered_at {{INT}},
	PRIMARY KEY (mailing_id, site_id)
) {{STRICT}};
CREATE INDEX mailing_site_letter ON mailing_site (letter_id) WHERE letter_id IS NOT NULL;
CREATE INDEX mailing_site_back ON mailing_site (site_id, mailing_id);

-- What other servers said of an address or a name; each answer is kept.
CREATE TABLE lookup_answer (
	id {{PK}},
	object TEXT NOT NULL,		-- ip 192.0.2.1, as 64500, domain example.jp, host www.example.jp
	kind TEXT NOT NULL,		-- whois rdap security.txt soa address bootstrap
	server TEXT NOT NULL,		-- host[:port]
	question TEXT NOT NULL,		-- the query or the URL
	state TEXT NOT NULL,		-- found none limited unreadable referral failed
	error TEXT NOT NULL,		-- in words, when it failed
	error_value TEXT NOT NULL,	-- for {value} in it
	hop {{INT}} NOT NULL,		-- 0 the first server, 1 whom it named, …
	fetched_at {{INT}} NOT NULL,
	expires_at {{INT}} NOT NULL,
	parsed TEXT NOT NULL,		-- docs/schema/lookup.md
	raw_blob {{INT}} REFERENCES blob (id)
) {{STRICT}};
CREATE INDEX lookup_answer_object ON lookup_answer (object, kind, id);
CREATE INDEX lookup_answer_at ON lookup_answer (fetched_at, server);
CREATE INDEX lookup_answer_raw ON lookup_answer (raw_blob) WHERE raw_blob IS NOT NULL;
