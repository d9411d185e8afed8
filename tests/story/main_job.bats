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
	api_ok POST "/incidents/$incident/parties" '{"role": "incident-site", "org": "Partner Hosting",
		"name": "Abuse desk", "email": "rep@partner.test", "cc": "US", "lang": "en"}'
	party=$(value .data.id)
	request
	until_ok 30 mail_to_operator
	mail_part Subject | tee "$dir/subject"
	grep -q "$incident" "$dir/subject"
	grep -qi 'TLP:AMBER' "$dir/subject"
	mail_part text | grep -q 'bank-example'
	mail_verify

	step 'the answer threads back'
	reply 'The page is gone. We removed the account.'
	until_ok 40 answer_came
	api_ok GET "/incidents/$incident/threads/$thread"
	grep -q 'The page is gone' "$dir/answer"
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
	counted

	step 'the journal verifies'
	until_ok 20 "$tobiguchi" journal verify
}

# The ready letter with its places filled in, checked, then sent.
request() {
	api_ok GET "/incidents/$incident/letters/new?party=$party&template=takedown"
	jq -n --argjson p "$party" --slurpfile l "$dir/answer" '{party: $p, kind: "takedown",
		subject: $l[0].data.subject, text: $l[0].data.text}' >"$dir/letter"
	# No address is known yet: it stops until a person wrote one.
	api_ok POST "/incidents/$incident/letters" "$(jq '. + {act: "preview"}' "$dir/letter")"
	is '[.data.gates[] | select(.result == "stop") | .name] | join(" ")' places
	jq '.text |= gsub("[{]ip[}]"; "192.0.2.10")' "$dir/letter" >"$dir/filled"
	api_ok POST "/incidents/$incident/letters" "$(jq '. + {act: "preview"}' "$dir/filled")"
	is .data.blocked false
	# In clear although it is AMBER: only with a word that this is wanted.
	api POST "/incidents/$incident/letters" "$(jq '. + {act: "send"}' "$dir/filled")"
	[ "$code" = 422 ]
	api_ok POST "/incidents/$incident/letters" "$(jq '. + {act: "send", confirm: ["clear"]}' "$dir/filled")"
	thread=$(value .data.thread)
}

# The newest mail of the partner that is about the incident.
mail_to_operator() {
	local n
	for n in $(seq 9 -1 1); do
		mail_of_partner "$n" && mail_part Subject | grep -q "$incident" && return
	done
	return 1
}

answer_came() {
	api_ok GET "/incidents/$incident/threads/$thread"
	jq -e '.data.unread > 0' "$dir/answer"
}

# What was asked for was done: the thread comes to its end.
end_thread() {
	api_ok POST "/incidents/$incident/threads/$thread" '{"state": "actioned"}'
}

# counter NAME TOTAL
counter() {
	is ".data.counters[] | select(.name == \"$1\") | .total" "$2"
}

counted() {
	counter reports 2
	counter incidents 1
	counter coordinated 1
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
