#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A request to a party: checked, held, signed, sent, answered, bounced, through
# a real mail server and stock gpg.

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
	api POST /incidents '{"title":"A phishing site","rsit":"fraud/phishing"}' >/dev/null
	inc=/incidents/INC-$(date +%Y)-00001
}

teardown() {
	[ -n "${MTA_MISSING:-}" ] || server_stop
}

setting() {
	while [ $# -gt 0 ]; do
		python3 - "$TOBIGUCHI_DATA/tobiguchi.db" "$1" "$2" <<-'P'
			import sqlite3, sys
			db = sqlite3.connect(sys.argv[1])
			db.execute("INSERT INTO setting (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", sys.argv[2:4])
			db.commit()
		P
		shift 2
	done
}

# api METHOD PATH [JSON]
api() {
	curl -s -X "$1" -H "Authorization: Bearer $token" -H 'Accept: application/json' \
	    ${3:+-H 'Content-Type: application/json' -d "$3"} "$base$2"
}

# until_true COMMAND...: at most fifteen seconds
until_true() {
	local i
	for i in $(seq 150); do
		"$@" >/dev/null 2>&1 && return 0
		sleep 0.1
	done
	echo "not within fifteen seconds: $*"
	tail -n 5 "$dir/log"
	return 1
}

state_is() { [ "$(api GET "$inc/threads/$1" | jq -r .data.state)" = "$2" ]; }
mail_for() { cat "$MTA/vmail/$1/new/"* 2>/dev/null; }
has_mail() { [ -n "$(ls "$MTA/vmail/$1/new" 2>/dev/null)" ]; }
party() { api POST "$inc/parties" "{\"role\":\"source-host\",\"org\":\"Example Hosting\",\"email\":\"$1\",\"cc\":\"US\"}" | jq -r .data.id; }
letter() { # PARTY [MORE JSON]
	api POST "$inc/letters" "{\"party\":$1,\"act\":\"send\",\"kind\":\"takedown\",\"tlp\":\"AMBER\",\"subject\":\"Phishing site\",\"text\":\"Please stop hxxp://evil[.]example/ soon.\",\"confirm\":[\"clear\"]${2:-}}"
}
receive() { "$tobiguchi" mail receive; }
header() { python3 -c 'import email,sys; print(email.message_from_binary_file(sys.stdin.buffer)[sys.argv[1]] or "")' "$1"; }

@test "a letter waits, leaves signed, and stock gpg says the signature is good" {
	api POST /admin/keys '{"act":"make"}' >/dev/null
	p=$(party rep@partner.test)
	# The gate: in clear is a thing to confirm.
	api POST "$inc/letters" "{\"party\":$p,\"act\":\"send\",\"kind\":\"takedown\",\"tlp\":\"AMBER\",\"subject\":\"x\",\"text\":\"y\"}" | jq -e '.errors[0].field == "confirm"'
	letter "$p" | jq -e .data.message
	state_is 1 queued
	until_true has_mail rep
	state_is 1 sent
	mail_for rep >"$dir/mail"
	[[ $(header Subject <"$dir/mail") == "[INC-"*"-00001] [TLP:AMBER] Phishing site" ]]
	[[ $(header Reply-To <"$dir/mail") == *"<csirt+"*"@csirt.test>" ]]
	curl -s "$base/openpgp-key.asc" >"$dir/key.asc"
	export GNUPGHOME=$dir/gnupg
	mkdir -m 700 "$GNUPGHOME"
	gpg -q --import "$dir/key.asc"
	python3 - "$dir" <<-'P'
		import re, sys
		raw = open(sys.argv[1] + "/mail", "rb").read().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
		boundary = re.search(rb'boundary="([^"]+)"', raw).group(1)
		parts = raw.split(b"\r\n--" + boundary)
		open(sys.argv[1] + "/signed", "wb").write(parts[1][2:])
		open(sys.argv[1] + "/sig", "wb").write(parts[2].split(b"\r\n\r\n", 1)[1])
	P
	gpg --verify "$dir/sig" "$dir/signed" 2>&1 | grep -q "Good signature"
	grep -q '^TLP:AMBER' "$dir/signed"
	# The first request makes the incident a coordinated one.
	api GET "$inc" | jq -e '.data.notified_at != null'
	gpgconf --kill all
}

@test "answers come back to the thread by token, by reference and by tag" {
	p=$(party rep@partner.test)
	letter "$p" >/dev/null
	until_true has_mail rep
	id=$(mail_for rep | header Message-ID)
	to=$(mail_for rep | header Reply-To)
	printf 'From: other@elsewhere.test\nTo: %s\nSubject: done\nMessage-ID: <a1@elsewhere.test>\nDate: Sat, 1 Aug 2026 10:00:00 +0000\n\nStopped.\n' "$to" | receive
	until_true state_is 1 acknowledged
	printf 'From: rep@partner.test\nTo: csirt@csirt.test\nSubject: another subject\nIn-Reply-To: %s\nMessage-ID: <a2@partner.test>\nDate: Sat, 1 Aug 2026 10:01:00 +0000\n\nStopped.\n' "$id" | receive
	printf 'From: rep@partner.test\nTo: csirt@csirt.test\nSubject: AW: [INC-%s-00001] stopped\nMessage-ID: <a3@partner.test>\nDate: Sat, 1 Aug 2026 10:02:00 +0000\n\nStopped.\n' "$(date +%Y)" | receive
	# A stranger who copies the tag does not get into the thread.
	printf 'From: eve@evil.test\nTo: csirt@csirt.test\nSubject: [INC-%s-00001] hello\nMessage-ID: <a4@evil.test>\nDate: Sat, 1 Aug 2026 10:03:00 +0000\n\nHello.\n' "$(date +%Y)" | receive
	until_true eval 'api GET "$inc/threads/1" | jq -e ".data.unread == 3"'
	until_true eval 'api GET /inbox | jq -e ".data.total == 1"'
	api GET "$inc/threads/1" | jq -e '.data.due_at == null and (.data.messages | length) == 4'
	# Our answer follows theirs.
	version=$(api GET "$inc/threads/1" | jq .data.version)
	rm -f "$MTA"/vmail/rep/new/*
	api POST "$inc/letters" '{"thread":1,"act":"send","tlp":"AMBER","subject":"Re: [INC-2020-00009] Phishing site","text":"Thank you.","confirm":["clear"]}' | jq -e .data.message
	until_true has_mail rep
	[[ $(mail_for rep | header In-Reply-To) == "<a3@partner.test>" ]]
	[[ $(mail_for rep | header References) == *"<a1@elsewhere.test>"* ]]
	api POST "$inc/threads/1" "{\"state\":\"actioned\",\"version\":$version}" | jq -e '.status == 409'
	api POST "$inc/threads/1" '{"state":"actioned"}' >/dev/null
	state_is 1 actioned
}

@test "a letter can be taken back while it is held, and its words come again" {
	setting mail.hold_seconds 60
	p=$(party rep@partner.test)
	id=$(letter "$p" | jq .data.message)
	api POST "$inc/letters/$id/cancel" '{}' >/dev/null
	api GET "$inc/letters/new?party=$p&again=$id" | jq -e '.data.text == "Please stop hxxp://evil[.]example/ soon." and .data.subject == "Phishing site"'
	api GET "$inc" | jq -e '.data.notifications == []'
	api POST "$inc/letters/$id/cancel" '{}' | jq -e '.status == 404'
	sleep 1
	! has_mail rep
}

@test "refused for good: the thread says so, the incident gets a task" {
	p=$(party nobody@unknown.test)
	letter "$p" >/dev/null
	until_true state_is 1 bounced
	api GET "$inc/threads/1" | jq -e '.data.messages[0].error | test("Relay access denied")'
	api GET "$inc" | jq -e '.data.tasks[0].title | test("nobody@unknown.test")'
}

@test "a bounce that comes later is shown on the thread" {
	p=$(party rep@partner.test)
	letter "$p" >/dev/null
	until_true has_mail rep
	id=$(mail_for rep | header Message-ID)
	printf 'From: MAILER-DAEMON@partner.test\nTo: csirt@csirt.test\nSubject: Undelivered Mail Returned to Sender\nAuto-Submitted: auto-replied\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n--b\nContent-Type: text/plain\n\nI am sorry.\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; partner.test\n\nFinal-Recipient: rfc822; rep@partner.test\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 no such user\n\n--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: %s\n\n--b--\n' "$id" | receive
	until_true state_is 1 bounced
	curl -s -H "Authorization: Bearer $token" -H 'Accept: text/html' "$base$inc/threads/1" | grep -q '/parties/1/edit'
}

@test "with a key the letter is encrypted, and only its owner reads it" {
	export GNUPGHOME=$dir/theirs
	mkdir -m 700 "$GNUPGHOME"
	gpg -q --batch --pinentry-mode loopback --passphrase '' --quick-gen-key 'Rep <rep@partner.test>' ed25519 sign never
	fpr=$(gpg --list-keys --with-colons | awk -F: '/^fpr/ {print $10; exit}')
	gpg -q --batch --pinentry-mode loopback --passphrase '' --quick-add-key "$fpr" cv25519 encr never
	key=$(gpg --armor --export "$fpr" | jq -Rs .)
	# a key that only signs would hold every letter for ever
	gpg -q --batch --pinentry-mode loopback --passphrase '' --quick-gen-key 'Signs <signs@partner.test>' ed25519 sign never
	api POST /admin/keys "{\"act\":\"add\",\"armored\":$(gpg --armor --export signs@partner.test | jq -Rs .)}" |
	    jq -e '.errors[0].field == "armored"'
	api POST "$inc/parties" "{\"role\":\"isp\",\"org\":\"Partner\",\"email\":\"rep@partner.test\",\"lang\":\"ja\",\"pgp_key\":$key}" | jq -e .data.id
	api POST "$inc/parties" '{"role":"isp","org":"P2","pgp_key":"nonsense"}' | jq -e '.errors[0].field == "pgp_key"'
	# Nothing to confirm any more.
	api POST "$inc/letters" '{"party":1,"act":"send","kind":"takedown","tlp":"RED","subject":"件名","text":"本文の秘密","confirm":["label"]}' | jq -e .data.message
	until_true has_mail rep
	mail_for rep >"$dir/mail"
	! grep -q '秘密' "$dir/mail"
	sed -n '/BEGIN PGP MESSAGE/,/END PGP MESSAGE/p' "$dir/mail" | tr -d '\r' | gpg -q -d >"$dir/plain" 2>/dev/null
	python3 -c 'import email,sys; sys.stdout.write(email.message_from_binary_file(sys.stdin.buffer).get_payload(decode=True).decode())' <"$dir/plain" | grep -q '本文の秘密'
	gpgconf --kill all
}

@test "without a server set mail waits, says why, and leaves later" {
	setting smtp.url ""
	p=$(party rep@partner.test)
	letter "$p" >/dev/null
	until_true eval 'api GET "$inc/threads/1" | jq -e ".data.messages[0].error | test(\"smtp.url\")"'
	state_is 1 queued
	api GET /admin/jobs | jq -e '[.data.items[]? | select(.state == "dead")] | length == 0'
}

@test "after a crash while sending, the second copy is marked as one" {
	# A server that takes the mail and never answers, then one that does.
	cat >"$dir/slow.py" <<-'P'
		import socket, sys
		s = socket.create_server(("127.0.0.1", 0))
		open(sys.argv[1] + "/port", "w").write(str(s.getsockname()[1]))
		for n in (1, 2):
		    c, _ = s.accept()
		    f = c.makefile("rwb")
		    say = lambda t: (f.write(t + b"\r\n"), f.flush())
		    say(b"220 slow")
		    mail = None
		    while line := f.readline():
		        if mail is not None:
		            if line != b".\r\n":
		                mail += line
		                continue
		            open("%s/copy%d" % (sys.argv[1], n), "wb").write(mail)
		            mail = None
		            if n == 1:
		                continue
		            say(b"250 ok")
		        elif line.upper().startswith(b"DATA"):
		            mail = b""
		            say(b"354 go")
		        elif line.upper().startswith(b"QUIT"):
		            say(b"221 bye")
		            break
		        else:
		            say(b"250 ok")
	P
	python3 "$dir/slow.py" "$dir" 3>&- &
	slow=$!
	until_true test -s "$dir/port"
	setting smtp.url "smtp://127.0.0.1:$(cat "$dir/port")"
	p=$(party rep@partner.test)
	letter "$p" >/dev/null
	until_true test -s "$dir/copy1"
	kill -KILL "$(pgrep -P "$server_pid" -f '^tobiguchi: work')"
	until_true test -s "$dir/copy2"
	until_true state_is 1 sent
	kill "$slow" 2>/dev/null || :
	[ -z "$(header X-Tobiguchi-Repeat <"$dir/copy1")" ]
	[ "$(header X-Tobiguchi-Repeat <"$dir/copy2")" = yes ]
	[ "$(header Message-ID <"$dir/copy1")" = "$(header Message-ID <"$dir/copy2")" ]
	python3 -c 'import sqlite3,sys; print(sqlite3.connect(sys.argv[1]).execute(sys.argv[2]).fetchone()[0])' \
	    "$TOBIGUCHI_DATA/tobiguchi.db" "SELECT payload FROM journal WHERE action = 'notification.send'" | jq -e .repeat
}
