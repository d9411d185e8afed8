-- The network telescope: sensors, and what is known of them. Packets are not here but
-- in DATA/telescope (docs/telescope-store.md). The rules of 0001 hold here.

CREATE TABLE sensor (
	id {{PK}},			-- its number in batches
	name TEXT NOT NULL,		-- letters, digits, hyphens: stands in files and filters
	area TEXT NOT NULL DEFAULT '',	-- the group that it is counted with: same alphabet
	place TEXT NOT NULL DEFAULT '',
	region TEXT NOT NULL DEFAULT '', -- ISO 3166, two letters
	organisation_id {{INT}} REFERENCES organisation (id), -- its host
	addresses TEXT NOT NULL DEFAULT '', -- networks that it listens on, one a line: never leave the team
	note TEXT NOT NULL DEFAULT '',
	state TEXT NOT NULL,		-- waiting active revoked
	public_key TEXT,		-- Ed25519, hexadecimal; NULL = never enrolled
	token_hash TEXT,		-- of the one-time token that waits
	token_until {{INT}},
	created_by {{INT}} NOT NULL REFERENCES person (id),
	created_at {{INT}} NOT NULL,
	enrolled_at {{INT}},
	revoked_at {{INT}},
	version {{INT}} NOT NULL DEFAULT 1
) {{STRICT}};
CREATE UNIQUE INDEX sensor_name ON sensor (name);
CREATE UNIQUE INDEX sensor_key ON sensor (public_key) WHERE public_key IS NOT NULL;
CREATE UNIQUE INDEX sensor_token ON sensor (token_hash) WHERE token_hash IS NOT NULL;

-- Its last sealed batch; the collector knows newer ones.
CREATE TABLE sensor_health (
	sensor_id {{INT}} PRIMARY KEY REFERENCES sensor (id),
	received_at {{INT}} NOT NULL,	-- by our clock
	packet_at {{INT}},		-- its newest packet
	batches {{INT}} NOT NULL,
	records {{INT}} NOT NULL,
	lost {{INT}} NOT NULL,		-- records that its spool threw away
	packets {{INT}} NOT NULL,	-- that its capture gave it
	dropped {{INT}} NOT NULL,	-- by kernel and interface
	unclean {{INT}} NOT NULL,	-- runs that ended by a kill
	skew {{INT}},			-- our clock less its, microseconds
	program TEXT NOT NULL		-- its version
) {{STRICT}};

-- For averages: what each sensor did in each hour (of receipt, UTC).
CREATE TABLE sensor_hour (
	sensor_id {{INT}} NOT NULL REFERENCES sensor (id),
	hour {{INT}} NOT NULL,		-- its beginning
	batches {{INT}} NOT NULL,
	records {{INT}} NOT NULL,
	lost {{INT}} NOT NULL,
	dropped {{INT}} NOT NULL,
	PRIMARY KEY (sensor_id, hour)
) {{STRICT}};
CREATE INDEX sensor_hour_hour ON sensor_hour (hour);

-- Up to which file of the write-ahead log sensor_hour is counted.
CREATE TABLE sensor_counted (
	name TEXT PRIMARY KEY,		-- of the data folder's log
	number {{INT}} NOT NULL
) {{STRICT}};

-- What is shown often and counted seldom: the graphs (observation/graph.h), by name; and
-- when the daily digest was made.
CREATE TABLE observation (
	name TEXT PRIMARY KEY,
	at {{INT}} NOT NULL,
	data TEXT NOT NULL		-- JSON
) {{STRICT}};

-- What the rules noticed (telescope/sighting.h).
CREATE TABLE sighting (
	id {{PK}},
	rule TEXT NOT NULL,		-- wave slow heavy fingerprint victim
	series TEXT NOT NULL,		-- "9530/tcp"
	filter TEXT NOT NULL,		-- the question that shows it
	from_at {{INT}} NOT NULL,
	to_at {{INT}} NOT NULL,
	told_at {{INT}} NOT NULL,
	numbers TEXT NOT NULL,		-- JSON: what fired it, by which thresholds
	state TEXT NOT NULL DEFAULT 'new', -- new incident note dismissed
	note TEXT NOT NULL DEFAULT '',
	incident_id {{INT}} REFERENCES incident (id),
	person_id {{INT}} REFERENCES person (id),
	decided_at {{INT}},
	version {{INT}} NOT NULL DEFAULT 1
) {{STRICT}};
CREATE UNIQUE INDEX sighting_once ON sighting (rule, series, from_at);
CREATE INDEX sighting_state ON sighting (state, told_at);
CREATE INDEX sighting_told ON sighting (told_at);
CREATE INDEX sighting_incident ON sighting (incident_id) WHERE incident_id IS NOT NULL;

-- Who gets the sources of a country every day (docs/schema/telescope.md).
CREATE TABLE exchange (
	id {{PK}},
	organisation_id {{INT}} NOT NULL REFERENCES organisation (id),
	country TEXT NOT NULL,		-- ISO 3166, two letters; AA = those of every country
	form TEXT NOT NULL,		-- iodef2 iodef1 csv
	together {{INT}} NOT NULL,	-- 1 = packets of one source to one port are one entry
	channel TEXT NOT NULL,		-- mail fetch
	contact_id {{INT}} REFERENCES contact (id), -- whom mails go to
	encrypt {{INT}} NOT NULL,	-- 1 = a mail leaves encrypted or not at all
	tlp TEXT NOT NULL,		-- label of what it gets
	token_hash TEXT,		-- of what it fetches with
	token_at {{INT}},
	active_from {{INT}},		-- the first day (since 1970) that it gets; NULL = switched off
	created_at {{INT}} NOT NULL,
	version {{INT}} NOT NULL DEFAULT 1
) {{STRICT}};
CREATE UNIQUE INDEX exchange_once ON exchange (organisation_id, country);
CREATE UNIQUE INDEX exchange_token ON exchange (token_hash) WHERE token_hash IS NOT NULL;
CREATE INDEX exchange_contact ON exchange (contact_id) WHERE contact_id IS NOT NULL;

CREATE TABLE exchange_file ( -- of one day for one of them
	id {{PK}},
	exchange_id {{INT}} NOT NULL REFERENCES exchange (id),
	day {{INT}} NOT NULL,		-- since 1970, UTC
	state TEXT NOT NULL,		-- waiting failed empty ready mailed
	form TEXT NOT NULL,		-- as it was made
	together {{INT}} NOT NULL,
	records {{INT}} NOT NULL DEFAULT 0,
	events {{INT}} NOT NULL DEFAULT 0,
	left_out {{INT}} NOT NULL DEFAULT 0, -- segments that could not be read
	bytes {{INT}} NOT NULL DEFAULT 0,
	blob_id {{INT}} REFERENCES blob (id), -- NULL = not made, or forgotten
	message_id {{INT}},		-- the mail
	error TEXT,
	made_at {{INT}},
	fetched_at {{INT}},		-- first time
	fetches {{INT}} NOT NULL DEFAULT 0,
	feedback TEXT NOT NULL DEFAULT '', -- what the recipient made of it
	incident_id {{INT}} REFERENCES incident (id), -- that came of it
	version {{INT}} NOT NULL DEFAULT 1
) {{STRICT}};
CREATE UNIQUE INDEX exchange_file_once ON exchange_file (exchange_id, day);
CREATE INDEX exchange_file_day ON exchange_file (day);
CREATE INDEX exchange_file_blob ON exchange_file (blob_id) WHERE blob_id IS NOT NULL;
CREATE INDEX exchange_file_incident ON exchange_file (incident_id) WHERE incident_id IS NOT NULL;

-- The quarterly reports of the telescope: documents that people edit (observation/quarterly.h).
CREATE TABLE observation_report (
	id {{PK}},
	quarter TEXT NOT NULL,		-- "2026Q3"
	lang TEXT NOT NULL,		-- "en" "ja"
	title TEXT NOT NULL,
	body TEXT NOT NULL,		-- Markdown (text/markdown.h)
	state TEXT NOT NULL DEFAULT 'draft', -- draft published
	published_at {{INT}},
	person_id {{INT}} REFERENCES person (id), -- who changed it last; NULL: the machine made it
	changed_at {{INT}} NOT NULL,
	version {{INT}} NOT NULL DEFAULT 1
) {{STRICT}};
CREATE UNIQUE INDEX observation_report_once ON observation_report (quarter, lang);
CREATE INDEX observation_report_person ON observation_report (person_id) WHERE person_id IS NOT NULL;

-- Networks of those who scan openly (observation/scanner.h).
CREATE TABLE scanner_list (
	id {{PK}},
	name TEXT NOT NULL,
	networks {{INT}} NOT NULL,
	list TEXT NOT NULL,		-- a network a line
	changed_at {{INT}} NOT NULL
) {{STRICT}};
CREATE UNIQUE INDEX scanner_list_name ON scanner_list (name);

-- Days that everybody may fetch, masked (telescope/open_data.h).
CREATE TABLE open_data (
	day {{INT}} PRIMARY KEY,	-- since 1970, UTC
	blob_id {{INT}} NOT NULL REFERENCES blob (id),
	bytes {{INT}} NOT NULL,
	lines {{INT}} NOT NULL,
	packets {{INT}} NOT NULL,
	made_at {{INT}} NOT NULL
) {{STRICT}};
CREATE INDEX open_data_blob ON open_data (blob_id);
