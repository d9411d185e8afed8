#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Letters about many sites: grouped, looked at, sent together through a real mail
# server, answered by reply and by link, reminded, passed on.

bats_require_minimum_version 1.5.0
load ../tools/server
load ../tools/mail

setup() {
	mta_ready
	server_init
	TMPDIR=/tmp
	token=$("$tobiguchi" token create --user admin@example.jp --name test --scope all)
	setting smtp.url "smtp://127.0.0.1:$smtp" smtp.tls none team.email csirt@csirt.test mail.hold_seconds 1
	server_start
	setting team.url "$base"
	year=$(date +%Y)
	for title in One Two Three; do
		api POST /incidents "{\"title\":\"$title\",\"rsit\":\"fraud/phishing\"}" >/dev/null
	done
	people
}

teardown() {
	[ -n "${MTA_MISSING:-}" ] || server_stop
}

setting() {
	while [ $# -gt 0 ]; do
		sql "INSERT INTO setting (key, value) VALUES ('$1', '$2') ON CONFLICT (key) DO UPDATE SET value = excluded.value"
		shift 2
	done
}

sql() { server_sql "$1"; }

# A provider that reads its mail, one whose mailbox is not there, a national CSIRT.
people() {
	sql "INSERT INTO organisation (id, name, folded, kind, cc, lang, max_tlp, formats, source, created_at, updated_at) VALUES
		(101, 'Example Hosting', 'example hosting', 'hosting', 'US', 'en', 'AMBER', 'table,csv,iodef,xarf', 'manual', 1, 1),
		(102, 'Nowhere Net', 'nowhere net', 'isp', 'US', 'en', 'AMBER', 'table', 'manual', 1, 1),
		(103, 'CERT-XA', 'cert-xa', 'csirt', 'US', 'en', 'AMBER', 'table', 'manual', 1, 1);
	INSERT INTO contact (id, organisation_id, purpose, email, source, source_at) VALUES
		(101, 101, 'abuse', 'rep@partner.test', 'manual', 1), (102, 102, 'abuse', 'nobody@partner.test', 'manual', 1),
		(103, 103, 'csirt', 'rep+cert@partner.test', 'manual', 1);
	INSERT INTO organisation_scope (organisation_id, kind, value) VALUES
		(101, 'prefix', '192.0.2.0/24'), (102, 'prefix', '198.51.100.0/24'), (103, 'country', 'US')"
}

site() { # ID INCIDENT URL HOST ADDRESS CC
	sql "INSERT INTO site (id, incident_id, url, host, domain, tld, address, cc, reported_at, updated_at)
	    VALUES ($1, $2, '$3', '$4', '$4', 'example', $5, $6, 1700000000000, 1700000000000)"
}

# api METHOD PATH [JSON]
api() {
	curl -s -X "$1" -H "Authorization: Bearer $token" -H 'Accept: application/json' -H 'Accept-Language: en' \
	    ${3:+-H 'Content-Type: application/json' -d "$3"} "$base$2"
}

until_true() {
	local i
	for i in $(seq 300); do
		"$@" >/dev/null 2>&1 && return 0
		sleep 0.1
	done
	echo "not within thirty seconds: $*"
	tail -n 5 "$dir/log"
	return 1
}

is() { [ "$(api GET "$1" | jq -r "$2")" = "$3" ]; }
sql_is() { [ "$(sql "$1")" = "$2" ]; }
mail_for() { cat "$MTA/vmail/$1/new/"* 2>/dev/null; }
has_mail() { [ -n "$(ls "$MTA/vmail/$1/new" 2>/dev/null)" ]; }
decoded() { python3 -c '
import email, email.policy, sys
m = email.message_from_binary_file(sys.stdin.buffer, policy=email.policy.default)
print("Subject:", m["Subject"])
for p in m.walk():
	if p.get_content_maintype() != "multipart":
		print("== ", p.get_content_type(), p.get_filename() or "")
		print(p.get_content() if p.get_content_maintype() == "text" else p.get_payload(decode=True).decode())'; }

# Three sites of two incidents at one provider, one elsewhere, one of nobody.
five_sites() {
	site 1 1 http://login.bank.example/ja/ login.bank.example "'192.0.2.44'" "'US'"
	site 2 1 'https://pay.example/?a={id}' pay.example "'192.0.2.45'" "'US'"
	site 3 2 http://three.example/ three.example "'192.0.2.46'" NULL
	site 4 2 http://four.example/ four.example "'198.51.100.9'" "'US'"
	site 5 3 http://five.example/ five.example NULL NULL
}

prepared() { api POST /takedowns/notify '{"site":[1,2,3,4,5]}' | jq -r .data.id; }
send() { api POST "/takedowns/notify/$1" '{"act":"send","confirm":["clear"]}'; }
link_in() { decoded | tr -d '\n' | grep -oE "/answer/[A-Za-z0-9_-]{43}" | head -n 1; }

@test "sites are grouped by contact; nothing leaves before its time; all leave together" {
	five_sites
	m=$(prepared)
	run api GET "/takedowns/notify/$m"
	[ "$(jq -r '.data.total' <<<"$output")" = 2 ]
	[ "$(jq -r '.data.letters[0] | "\(.organisation) \(.sites) \(.route)"' <<<"$output")" = 'Example Hosting 3 isp' ]
	[ "$(jq -r '[.data.unknown.items[].site] | join(",")' <<<"$output")" = 5 ]
	text=$(jq -r .data.letter.text <<<"$output")
	[[ $text == *'hxxp://login[.]bank[.]example/ja/'* ]]
	[[ $text != *'http://login'* ]]
	[ "$(jq -r '[.data.letter.files[].name] | join(" ")' <<<"$output")" = 'sites.csv sites.iodef.xml sites.xarf.1.json sites.xarf.2.json sites.xarf.3.json' ]
	[ "$(jq -r '.data.letter.gates[] | select(.result == "stop")' <<<"$output")" = '' ]

	run api POST "/takedowns/notify/$m" '{"act":"send"}'
	[ "$(jq -r '.errors[0].field' <<<"$output")" = confirm ]
	sql_is 'SELECT COUNT(*) FROM message' 0

	setting mail.hold_seconds 8
	send "$m"
	is "/takedowns/notify/$m" .data.state held
	sql_is 'SELECT COUNT(*) FROM notification' 0
	until_true is "/takedowns/notify/$m" .data.state sent
	until_true has_mail rep
	mail_for rep | decoded >"$dir/mail"
	grep -E "^Subject: \[NTF-$year-00001\] \[TLP:AMBER\] Phishing sites: 3" "$dir/mail"
	grep -F 'hxxps://pay[.]example/?a={id}' "$dir/mail"
	grep -F "NTF-$year-00001.csv" "$dir/mail"
	grep -F '"SourceUrl":"http://three.example/"' "$dir/mail"
	[ -n "$(mail_for rep | link_in)" ]
	# Each incident has it in a thread of its own; the sites know it when it left.
	is /incidents/INC-$year-00001 '.data.notifications | length' 1
	is /incidents/INC-$year-00002 '.data.notifications | length' 2
	until_true sql_is "SELECT state, route, step, contact_id FROM site WHERE id IN (1, 3) ORDER BY id" $'notified|isp|1|101\nnotified|isp|1|101'
	sql_is 'SELECT state FROM site WHERE id = 5' reported
	sql_is 'SELECT asked FROM contact WHERE id = 101' 1
	n=$(sql 'SELECT id FROM notification WHERE incident_id = 2 ORDER BY id LIMIT 1')
	is "/incidents/INC-$year-00002/threads/$n" '.data.messages | length' 1
}

@test "IODEF and X-ARF files are what their schemas ask for" {
	five_sites
	m=$(prepared)
	send "$m"
	until_true has_mail rep
	mail_for rep | python3 -c '
import email, sys
m = email.message_from_binary_file(sys.stdin.buffer)
for p in m.walk():
	if p.get_filename(): open(sys.argv[1] + "/" + p.get_filename(), "wb").write(p.get_payload(decode=True))' "$dir"
	xmllint --noout "$dir/NTF-$year-00001.iodef.xml"
	[ "$(grep -c '<EventData>' "$dir/NTF-$year-00001.iodef.xml")" = 3 ]
	xsd=${TOBIGUCHI_CONFORMANCE:-}/iodef/schemata/iodef-2.0.xsd
	if [ -f "$xsd" ]; then
		"$BATS_TEST_DIRNAME/../tools/iodef-schema" "$xsd" "$dir"
		xmllint --nonet --noout --schema "$dir/iodef.xsd" "$dir/NTF-$year-00001.iodef.xml"
		# It does refuse what is none.
		sed 's/<EventData>/<EventDate>/; s/<.EventData>/<\/EventDate>/' "$dir/NTF-$year-00001.iodef.xml" >"$dir/wrong.xml"
		run ! xmllint --nonet --noout --schema "$dir/iodef.xsd" "$dir/wrong.xml"
	else
		echo "# the IODEF schema is not there: TOBIGUCHI_CONFORMANCE" >&3
	fi
	jq -e '.Version == "3" and .Report.ReportClass == "Content" and .Report.ReportType == "Phishing"
	    and .Report.SourceIp == "192.0.2.44" and (.Report.Date | test("Z$|[+]00:00$"))' "$dir/NTF-$year-00001.xarf.1.json"
}

@test "all are taken back together while they are held" {
	five_sites
	setting mail.hold_seconds 600
	m=$(prepared)
	send "$m"
	is "/takedowns/notify/$m" .data.state held
	api POST "/takedowns/notify/$m" '{"act":"cancel"}'
	is "/takedowns/notify/$m" .data.state draft
	sql_is 'SELECT COUNT(*) FROM message' 0
	sql_is "SELECT state FROM job WHERE kind = 'mailing.send'" cancelled
}

@test "letters and sites are taken out, the words changed once for a language" {
	five_sites
	m=$(prepared)
	second=$(api GET "/takedowns/notify/$m" | jq -r '.data.letters[1].id')
	first=$(api GET "/takedowns/notify/$m" | jq -r '.data.letters[0].id')
	api POST "/takedowns/notify/$m" "{\"act\":\"letter-out\",\"letter\":$second}"
	api POST "/takedowns/notify/$m" '{"act":"site-out","site":2}'
	run api POST "/takedowns/notify/$m" '{"act":"words","words_lang":"en","subject":"Ours","text":"No table"}'
	[[ $output == *'{sites}'* ]]
	api POST "/takedowns/notify/$m" '{"act":"words","words_lang":"en","subject":"Ours: {n}","text":"Hello {org}\n\n{sites}\n\n{link}"}'
	run api GET "/takedowns/notify/$m?letter=$first"
	[[ $(jq -r .data.letter.subject <<<"$output") == *'Ours: 2' ]]
	[[ $(jq -r .data.letter.text <<<"$output") == *'Hello Example Hosting'* ]]
	send "$m"
	until_true is "/takedowns/notify/$m" .data.state sent
	sql_is "SELECT COUNT(*) FROM message WHERE direction = 'out'" 1
	sql_is 'SELECT site_id FROM notification_site ORDER BY site_id' $'1\n3'
}

@test "what is stricter than the directory allows stays, and says why" {
	five_sites
	sql "UPDATE organisation SET max_tlp = 'GREEN' WHERE id = 101"
	m=$(prepared)
	run api GET "/takedowns/notify/$m"
	[ "$(jq -r '.data.letter.gates[] | select(.result == "stop") | .name' <<<"$output")" = ceiling ]
	[ "$(jq -r '"\(.data.ready) \(.data.over)"' <<<"$output")" = '1 1' ]
	send "$m"
	until_true is "/takedowns/notify/$m" .data.state sent
	run api GET "/takedowns/notify/$m"
	[[ $(jq -r '.data.letters[0].blocked' <<<"$output") == *'TLP:AMBER > TLP:GREEN'* ]]
	sql_is "SELECT to_addrs FROM message WHERE direction = 'out'" nobody@partner.test
}

@test "a restricted incident has its letter alone" {
	five_sites
	sql 'UPDATE incident SET restricted = 1 WHERE id = 1'
	m=$(prepared)
	run api GET "/takedowns/notify/$m"
	[ "$(jq -r '[.data.letters[] | "\(.organisation) \(.sites)"] | join(", ")' <<<"$output")" = 'Example Hosting 2, Example Hosting 1, Nowhere Net 1' ]
	server_add handler
	server_sign_in h handler@example.jp
	[ "$(http h -H 'Accept: application/json' "$base/takedowns/notify/$m")" = 200 ]
	[ "$(jq -r '[.data.letters[].sites] | join(",")' "$dir/page")" = 1,1 ]
	! grep -q 'login.bank' "$dir/page"
}

@test "what stopped, went, or was asked for by somebody else since is not asked for" {
	five_sites
	m=$(prepared)
	second=$(prepared)
	third=$(prepared)
	sql "UPDATE site SET state = 'stopped', stopped_at = 1 WHERE id = 1"
	sql 'UPDATE site SET removed_at = 1, incident_id = NULL WHERE id = 4'
	send "$m"
	until_true has_mail rep
	run decoded <<<"$(mail_for rep)"
	[[ $output == *'hxxps://pay[.]example/'* ]]
	[[ $output != *'login[.]bank'* ]]
	until_true is "/takedowns/notify/$m" .data.state sent
	# Two people at once: the second letter says the same to the same contact.
	send "$second"
	until_true is "/takedowns/notify/$second" .data.state sent
	sql_is "SELECT COUNT(*) FROM message WHERE direction = 'out'" 1
	api GET "/takedowns/notify/$second" | grep -q 'Nothing is left to ask'
	server_sign_in a admin@example.jp
	http a -H 'Accept-Language: ja' "$base/takedowns/notify/$second?lang=ja" >/dev/null
	grep -q '依頼するサイトが残っていません' "$dir/page"
	# Restricted in the meantime: not in a letter with others.
	sql 'UPDATE incident SET restricted = 1 WHERE id = 1'
	sql 'UPDATE message SET received_at = 1'
	send "$third"
	until_true is "/takedowns/notify/$third" .data.state sent
	sql_is "SELECT s.site_id FROM notification_site s JOIN mailing_letter l ON l.lead_id = s.notification_id
	    WHERE l.mailing_id = $third" 3
}

@test "a letter that one may not see is not taken out" {
	five_sites
	sql 'UPDATE incident SET restricted = 1 WHERE id = 1'
	m=$(prepared)
	hidden=$(sql "SELECT id FROM mailing_letter WHERE mailing_id = $m AND restricted_id = 1")
	server_add handler
	server_sign_in h handler@example.jp
	c=$(csrf h)
	[ "$(http h -d csrf="$c" -d act=letter-out -d letter="$hidden" "$base/takedowns/notify/$m")" = 404 ]
	[ "$(http h -d csrf="$c" -d act=site-out -d site=1 "$base/takedowns/notify/$m")" = 404 ]
	sql_is "SELECT COUNT(*) FROM mailing_letter WHERE taken_out = 1" 0
	sql_is "SELECT COUNT(*) FROM mailing_site WHERE taken_out = 1" 0
}

@test "a reply is an answer in every incident's thread, and counts for the contact" {
	five_sites
	m=$(prepared)
	send "$m"
	until_true has_mail rep
	n=$(sql "SELECT id FROM notification WHERE lead_id IS NULL AND contact_id = 101")
	key=$(sql "SELECT message_key FROM message WHERE notification_id = $n")
	printf 'From: rep@partner.test\r\nTo: csirt@csirt.test\r\nSubject: Re: done\r\nMessage-ID: <a1@partner.test>\r\nIn-Reply-To: <%s>\r\n\r\nWe stopped all three.\r\n' "$key" |
	    "$tobiguchi" mail receive
	until_true sql_is "SELECT state FROM notification WHERE contact_id = 101 ORDER BY id" $'acknowledged\nacknowledged'
	other=$(sql "SELECT id FROM notification WHERE lead_id = $n")
	is "/incidents/INC-$year-00002/threads/$other" '.data.messages | length' 2
	sql_is 'SELECT asked, answered, CASE WHEN answer_ms > 0 THEN 1 ELSE 0 END FROM contact WHERE id = 101' '1|1|1'
	# By its tag alone, from the very address.
	printf 'From: rep@partner.test\r\nTo: csirt@csirt.test\r\nSubject: AW: [NTF-%s-00001] more\r\nMessage-ID: <a2@partner.test>\r\n\r\nMore.\r\n' "$year" |
	    "$tobiguchi" mail receive
	until_true is "/incidents/INC-$year-00002/threads/$other" '.data.messages | length' 3
	# Nowhere Net's mailbox is not there.
	until_true sql_is 'SELECT bounces FROM contact WHERE id = 102' 1
	is "/takedowns/notify" '[.data.waiting[] | "\(.organisation) \(.proposal)"] | join(",")' 'Nowhere Net escalation'
}

@test "the link opens its letter's sites, takes one answer, and is closed then" {
	five_sites
	m=$(prepared)
	send "$m"
	until_true has_mail rep
	link=$(mail_for rep | link_in)
	run curl -s "$base$link"
	[[ $output == *'hxxp://login[.]bank[.]example/ja/'* ]]
	[[ $output != *'four[.]example'* ]]
	[ "$(curl -s -o /dev/null -w '%{http_code}' "$base${link%??}AA")" = 404 ]
	[ "$(curl -s -o /dev/null -w '%{http_code}' "$base/answer/x")" = 404 ]
	# No secret in the database, none in the log.
	! sql "SELECT token_hash FROM mailing_letter" | grep -qF "${link#/answer/}"

	http anyone -H "Accept-Language: en" "$base$link" >/dev/null
	page_csrf=$(grep -oE 'name="csrf" value="[^"]+"' "$dir/page" | head -n 1 | sed 's/.*value="//; s/"//')
	[ "$(http anyone -d csrf="$page_csrf" "$base$link")" = 422 ]
	[ "$(http anyone -d csrf="$page_csrf" -d answer-1=done -d answer-3=not-ours -d 'note-3=sold in May' -d all=told \
	    -d answer-4=done "$base$link")" = 200 ]
	sql_is 'SELECT site_id, answer FROM notification_site ORDER BY site_id' $'1|done\n2|told\n3|not-ours\n4|None'
	# Said, not believed: a check is due now.
	sql_is 'SELECT state, CASE WHEN next_check_at > 0 THEN 1 ELSE 0 END FROM site WHERE id = 1' 'notified|1'
	sql_is 'SELECT contact_id FROM site WHERE id = 3' None
	sql_is "SELECT value, wrong FROM contact_choice WHERE contact_id = 101" 'three.example|1'
	sql_is 'SELECT answered FROM contact WHERE id = 101' 1
	sql_is "SELECT state FROM notification WHERE contact_id = 101 ORDER BY incident_id" $'acknowledged\ndeclined'

	[ "$(http anyone -d csrf="$page_csrf" -d answer-1=told "$base$link")" = 409 ]
	sql_is 'SELECT answer FROM notification_site WHERE site_id = 1' done
	l=$(api GET "/takedowns/notify/$m" | jq -r '.data.letters[0].id')
	api POST "/takedowns/notify/$m" "{\"act\":\"reopen\",\"letter\":$l}"
	[ "$(http anyone -d csrf="$page_csrf" -d answer-2=done "$base$link")" = 200 ]
	sql_is 'SELECT answer FROM notification_site WHERE site_id = 2' done
	grep -q "$link" "$dir/log" && return 1
	sql "UPDATE mailing_letter SET token_until = 1"
	[ "$(curl -s -o /dev/null -w '%{http_code}' "$base$link")" = 404 ]
}

@test "who is silent is reminded, then the next on the way is asked" {
	five_sites
	m=$(prepared)
	send "$m"
	until_true has_mail rep
	until_true is "/takedowns/notify/$m" .data.state sent
	until_true sql_is 'SELECT bounces FROM contact WHERE id = 102' 1
	is /takedowns/notify '.data.waiting | length' 1
	rm -rf "$MTA"/vmail/rep/new/*
	sql "UPDATE notification SET due_at = 1000, sent_at = sent_at - 90000000 WHERE contact_id = 101"
	is /takedowns/notify '[.data.waiting[] | "\(.organisation) \(.proposal) \(.sites)"] | join(", ")' 'Example Hosting reminder 3, Nowhere Net escalation 1'
	n=$(sql "SELECT id FROM notification WHERE lead_id IS NULL AND contact_id = 101")
	r=$(api POST /takedowns/notify "{\"act\":\"remind\",\"lead\":[$n]}" | jq -r .data.id)
	run api GET "/takedowns/notify/$r"
	text=$(jq -r .data.letter.text <<<"$output")
	[[ $text == *'This is a reminder: we wrote on'* ]]
	[[ $text == *'> We are'* ]]
	send "$r"
	until_true has_mail rep
	mail_for rep | decoded >"$dir/mail"
	grep -E "^Subject: \[NTF-$year-00001\].*second request" "$dir/mail"
	sql_is "SELECT reminders, CASE WHEN due_at > 1000 THEN 1 ELSE 0 END FROM notification WHERE id = $n" '1|1'
	sql_is 'SELECT step FROM site WHERE id = 1' 1
	sql_is 'SELECT COUNT(*) FROM notification_site' 4

	# Silent again: the national CSIRT, which reads who was asked before. The
	# site whose country nobody knows has no next contact.
	sql "UPDATE notification SET due_at = 1000 WHERE contact_id = 101"
	is /takedowns/notify '[.data.waiting[] | .proposal] | unique | join(",")' escalation
	leads=$(api GET /takedowns/notify | jq -c '[.data.waiting[].lead]')
	e=$(api POST /takedowns/notify "{\"act\":\"escalate\",\"lead\":$leads}" | jq -r .data.id)
	run api GET "/takedowns/notify/$e"
	[ "$(jq -r '[.data.letters[] | "\(.organisation) \(.route) \(.sites)"] | join(", ")' <<<"$output")" = 'CERT-XA csirt 3' ]
	[ "$(jq -r '[.data.unknown.items[].site] | join(",")' <<<"$output")" = 3 ]
	[[ $(jq -r .data.letter.text <<<"$output") == *'We wrote to Example Hosting on'* ]]
	send "$e"
	until_true sql_is "SELECT route, step FROM site WHERE id = 1" 'csirt|2'
	is /takedowns/notify '[.data.waiting[] | "\(.organisation) \(.sites)"] | join(", ")' 'Example Hosting 1'
}

@test "the owner of a brand is told of new sites in one mail, and nothing else starts by it" {
	setting notify.owner_wait 0
	id=$(api POST /takedowns/brands '{"name":"Example Bank"}' | jq -r .data.id)
	# Nobody to write to: the switch is refused.
	[ "$(api POST "/takedowns/brands/$id" '{"watched":"1"}' | jq -r '.errors[0].field')" = watched ]
	[ "$(api POST "/takedowns/brands/$id" '{"organisation":"Nowhere Net","watched":"1","notice":"weekly"}' | jq -r '.errors[0].field')" = notice ]
	run api POST "/takedowns/brands/$id" '{"organisation":"Example Hosting","watched":"1","contact_id":"102"}'
	is "/takedowns/brands/$id" '"\(.data.watched) \(.data.contact_id) \(.data.notice)"' 'true null at-once'

	# TLP:AMBER without a key waits for a person.
	api POST /takedowns "{\"urls\":\"http://one.example/\",\"brand\":\"Example Bank\",\"incident\":\"INC-$year-00001\"}"
	until_true is "/takedowns/brands/$id" '[.data.told[].state] | join(",")' draft
	api POST "/takedowns/brands/$id" '{"clear":"1"}'
	setting mail.hold_seconds 8
	api POST /takedowns "{\"urls\":\"http://two.example/\\nhttp://three.example/\",\"brand\":\"example bank\",\"incident\":\"INC-$year-00002\"}"
	until_true is "/takedowns/brands/$id" '.data.told[0] | "\(.state) \(.sites)"' 'held 2'
	m=$(api GET "/takedowns/brands/$id" | jq -r '.data.told[0].id')
	is "/takedowns/notify/$m" .data.purpose owner
	api POST "/takedowns/notify/$m" '{"act":"cancel"}'
	is "/takedowns/notify/$m" .data.state draft
	sql_is 'SELECT COUNT(*) FROM message' 0
	send "$m"
	until_true has_mail rep
	mail_for rep | decoded >"$dir/mail"
	grep -E "^Subject: \[NTF-$year-00001\] \[TLP:AMBER\] Phishing sites that imitate Example Bank: 2" "$dir/mail"
	grep -F 'hxxp://three[.]example/' "$dir/mail"
	[ -z "$(mail_for rep | link_in)" ]

	# Shown on site, brand and incident; no request: no clock, no figure of the contact.
	site=$(sql "SELECT id FROM site WHERE url = 'http://two.example/'")
	until_true is "/takedowns/$site" '.data.told[0] | "\(.state) \(.email)"' 'sent rep@partner.test'
	is "/takedowns/$site" '"\(.data.state) \(.data.requests | length) \(.data.notified_at)"' 'reported 0 null'
	is "/incidents/INC-$year-00002" '.data.notifications[0] | "\(.kind) \(.state)"' 'owner sent'
	sql_is "SELECT kind, COALESCE(due_at, 0), (SELECT asked FROM contact WHERE id = 101) FROM notification" 'owner|0|0'
	is /takedowns/notify '.data.waiting | length' 0

	# Off: nothing is made of new ones.
	api POST "/takedowns/brands/$id" '{"watched":"0"}'
	api POST /takedowns "{\"urls\":\"http://four.example/\",\"brand\":\"Example Bank\",\"incident\":\"INC-$year-00002\"}"
	sql_is 'SELECT COUNT(*) FROM owner_due' 0
	[ "$(curl -s -H "Authorization: Bearer $token" -H 'Accept: text/html' "$base/takedowns/brands/$id" -o /dev/null -w '%{http_code}')" = 200 ]
	[ "$(curl -s -H "Authorization: Bearer $token" -H 'Accept: text/html' "$base/takedowns/$site" -o /dev/null -w '%{http_code}')" = 200 ]
}

@test "candidates for a site come best first, with reasons; a choice is remembered" {
	five_sites
	run api GET '/directory/find?q=http://login.bank.example/ja/&site=1'
	[ "$(jq -r '[.data.items[] | "\(.email) \(.source)"] | join(", ")' <<<"$output")" = 'rep@partner.test directory, rep+cert@partner.test national' ]
	[ "$(jq -r .data.may_ask <<<"$output")" = false ]
	api POST /directory/find '{"act":"wrong","contact":101,"q":"http://login.bank.example/ja/","site":1}'
	run api GET '/directory/find?q=http://login.bank.example/ja/&site=1'
	[ "$(jq -r '.data.items[0].email' <<<"$output")" = rep+cert@partner.test ]
	[ "$(jq -r '.data.items[] | select(.contact == 101) | .wrong' <<<"$output")" = true ]
	# Another host of the same network still has it first.
	[ "$(api GET '/directory/find?q=three.example&site=3' | jq -r '.data.items[0].email')" = rep@partner.test ]

	# For a site that nobody is known for: chosen in the letters' page, remembered for the domain.
	m=$(prepared)
	api POST /directory/find "{\"act\":\"choose\",\"contact\":103,\"q\":\"http://five.example/\",\"site\":5,\"mailing\":$m,\"remember\":\"domain five.example\"}"
	sql_is 'SELECT contact_id FROM site WHERE id = 5' 103
	run api GET "/takedowns/notify/$m"
	[ "$(jq -r '.data.unknown.items | length' <<<"$output")" = 0 ]
	[ "$(api GET '/directory/find?q=www.five.example' | jq -r '.data.items[0] | "\(.email) \(.chosen)"')" = 'rep+cert@partner.test true' ]
	[ "$(api GET "/directory/find?q=%3F%3F" | jq -r .errors[0].field)" = q ]
}

@test "who is known from outside only is taken into the directory and used at once" {
	five_sites
	sql "INSERT INTO lookup_answer (object, kind, server, question, state, error, error_value, hop, fetched_at, expires_at, parsed)
	    VALUES ('domain five.example', 'rdap', '127.0.0.1:1', 'x', 'found', '', '', 0, 1700000000000, 9900000000000,
	    '{\"kind\":\"rdap\",\"state\":\"found\",\"country\":\"DE\",\"contacts\":[{\"role\":\"abuse\",\"email\":\"abuse@registry.example\",\"organisation\":\"Five Host\"}]}')"
	run api GET '/directory/find?q=http://five.example/&site=5'
	[ "$(jq -r '.data.items[0] | "\(.email) \(.source) \(.contact)"' <<<"$output")" = 'abuse@registry.example rdap 0' ]
	[ "$(jq -r '.data.items[0].warnings | length' <<<"$output")" = 1 ]
	api POST /directory/find '{"act":"take","email":"abuse@registry.example","q":"http://five.example/","site":5}'
	sql_is "SELECT o.name, c.source, c.purpose FROM site s JOIN contact c ON c.id = s.contact_id JOIN organisation o ON o.id = c.organisation_id WHERE s.id = 5" 'Five Host|rdap|abuse'
	# PAP:RED and the switch forbid asking.
	[ "$(api POST /directory/find '{"act":"ask","q":"five.example"}' | jq -r .status)" = 422 ]
	setting lookup.reach loopback
	[ "$(api GET '/directory/find?q=five.example' | jq -r .data.may_ask)" = true ]
	sql "UPDATE incident SET pap = 'RED'"
	[ "$(api GET '/directory/find?q=five.example&site=5' | jq -r .data.may_ask)" = false ]
}
