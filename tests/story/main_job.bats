#!/usr/bin/env bats
# The main job from end to end, over HTTP with JSON and with real mail: a report
# by form and one by mail, triage, an incident, a signed request to the site's
# operator, the answer threads back, closed with evidence, counted.

load story.bash

teardown() { story_stop; }

step() { echo "# $*"; }

settings() {
	api_ok POST /admin/settings "$(jq -n --arg s "$SMTP" --arg i "$IMAP" '{
		"team.name.en": "Test CSIRT", "team.email": "csirt@csirt.test",
		"smtp.url": "smtp://127.0.0.1:\($s)", "smtp.tls": "none",
		"imap.url": "imap://127.0.0.1:\($i)", "imap.tls": "none",
		"imap.user": "csirt", "imap.password": "test", "imap.poll_seconds": "5",
		"mail.hold_seconds": "1"}')"
	api_ok POST /admin/keys '{"act": "make"}'
	until_ok 30 curl -sf -o /dev/null "$base/openpgp-key.asc"
}

story() {
	step 'mail servers and a signing key'
	settings

	step 'the report by form'
	api_ok POST /report '{"door": "phishing", "purpose": "contact", "urgent": "1",
		"story": "偽のログイン画面です。hxxps://login[.]bank-example[.]test/ja/ にパスワードを入れました。",
		"urls": "hxxps://login[.]bank-example[.]test/ja/", "brand": "Example Bank",
		"reply": "mail", "email": "rep@partner.test", "name": "報告 花子", "reply_lang": "ja"}'
	[ "$code" = 201 ]
	form=$(value .data.ref)
	pass=$(value .data.passphrase)

	step 'its receipt comes by mail, signed'
	until_ok 30 mail_of_partner 1
	mail_part Subject | grep -q "$form"
	mail_part Auto-Submitted | grep -q auto-
	mail_verify

	step 'the reporter sees the state'
	api_ok POST /report/status "$(jq -n --arg r "$form" --arg p "$pass" '{ref: $r, passphrase: $p}')"
	is .data.ref "$form"

	step 'the report by mail'
	printf '%s\r\n' 'From: Kenji <rep@partner.test>' 'To: csirt@csirt.test' \
	    'Subject: Phishing of Example Bank' 'Message-ID: <first@partner.test>' \
	    "Date: $(date -R)" 'Content-Type: text/plain; charset=utf-8' '' \
	    'Hello, https://login.bank-example.test/ja/ asks for passwords. Please stop it.' |
	    send_mail rep@partner.test
	until_ok 40 inbox_has 2

	step 'the inbox, a search for a Japanese word of two characters'
	api_ok GET '/inbox?state=new'
	is .data.total 2
	mail=$(value ".data.items[] | select(.ref != \"$form\") | .ref")
	until_ok 10 search_finds "$(jq -rn '"偽の"|@uri')" "$form"
	until_ok 10 search_finds 'login.bank-example.test' "$mail"
	api_ok GET "/inbox/$form"
	is .data.ref "$form"

	step 'triage makes an incident of the first, the second is attached'
	api_ok POST "/inbox/$form/triage" '{"verdict": "new", "priority": "high", "owner": "me",
		"known": "unknown", "rsit": "fraud/phishing", "tlp": "amber", "title": "Phishing of Example Bank"}'
	incident=$(value .data.incident)
	api_ok GET "/inbox/$mail/triage"
	grep -q "$form" "$dir/answer" # the same address: found as similar
	api_ok POST "/inbox/$mail/triage" "$(jq -n --arg i "$incident" '{verdict: "attach", incident: $i,
		priority: "high", owner: "me", known: "known"}')"
	api_ok GET '/inbox?state=new'
	is .data.total 0
	api_ok GET "/incidents/$incident"
	is .data.ref "$incident"
	is .data.state open
	is '.data.reports | length' 2
	jq -e '[.data.indicators[].value] | any(test("bank-example"))' "$dir/answer"
	api_ok GET '/incidents?state=open'
	is .data.total 1

	step "a party and a signed request to it"
	api_ok POST "/incidents/$incident/parties" '{"role": "hosting", "org": "Partner Hosting",
		"name": "Abuse desk", "email": "rep@partner.test", "cc": "US", "lang": "en"}'
	party=$(value .data.id)
	request
	until_ok 30 request_came
	mail_part Subject | tee "$dir/subject"
	grep -q "$incident" "$dir/subject"
	grep -qi 'TLP' "$dir/subject"
	mail_part text | grep -q 'bank-example'
	mail_verify

	step 'the answer threads back'
	reply 'The page is gone. We removed the account.'
	until_ok 40 answer_came
	api_ok GET '/inbox?state=new'
	is .data.total 0

	step 'closing wants evidence; the thread comes to its end'
	api POST "/incidents/$incident/state" '{"act": "close", "resolution": "resolved"}'
	[ "$code" = 422 ]
	end_thread
	api_ok POST "/incidents/$incident/state" '{"act": "close", "resolution": "resolved",
		"evidence": "The address answers 404, seen by two of us; the operator confirmed."}'
	api_ok GET "/incidents/$incident"
	is .data.state closed

	step 'it is counted'
	api_ok GET '/statistics?unit=day'
	cp "$dir/answer" "$dir/statistics"
	counted

	step 'the journal verifies'
	until_ok 20 "$tobiguchi" journal verify
}

inbox_has() {
	api_ok GET /inbox
	is .data.total "$1"
}

search_finds() {
	api_ok GET "/search?q=$1"
	jq -e --arg r "$2" '[.data.items[].ref] | index($r) != null' "$dir/answer"
}

@test "the main job, on SQLite" {
	story_start
	story
}

@test "the main job, on PostgreSQL" {
	story_start postgresql
	story
}
