#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# How reports arrive over HTTP: the public form, its status, quick entry, mails.

bats_require_minimum_version 1.5.0

setup_file() {
	export tobiguchi=${TOBIGUCHI:-$BATS_TEST_DIRNAME/../../build/tobiguchi}
	home=$(mktemp -d /tmp/tobi.XXXXXX)
	export home data=$home/data
	if [ "$(id -u)" -eq 0 ]; then
		getent passwd tobiguchi >/dev/null || skip "as root the system user tobiguchi is needed"
		chmod 755 "$home"
	fi
	echo 'a long enough passphrase' >"$home/password"
	"$tobiguchi" init --data "$data" --name 'Test CSIRT' --admin-email admin@example.jp \
	    --admin-password-file "$home/password" >/dev/null
	token=$("$tobiguchi" token create --data "$data" --user admin@example.jp --scope all)
	export token
	"$tobiguchi" serve --data "$data" --listen 127.0.0.1:0 >"$home/out" 2>"$home/err" 3>&- &
	echo $! >"$home/pid"
	for _ in $(seq 200); do
		grep -q "the server is ready" "$home/err" && break
		sleep 0.05
	done
	url=$(grep -oE 'https?://[^/]*' "$home/out" | head -n 1)
	export url
}

teardown_file() {
	kill -TERM "$(cat "$home/pid")" 2>/dev/null || :
	for _ in $(seq 100); do
		kill -0 "$(cat "$home/pid")" 2>/dev/null || break
		sleep 0.05
	done
	rm -rf "$home"
}

sql() {
	python3 -c 'import sqlite3, sys
for row in sqlite3.connect(sys.argv[1] + "/tobiguchi.db").execute(sys.argv[2]): print(*row, sep="|")' "$data" "$1"
}

# form STATUS CURL-ARGUMENTS...: the page in $home/page
form() {
	local want=$1 got
	shift
	got=$(curl -s -o "$home/page" -w '%{http_code}' "$@")
	[ "$got" = "$want" ] || { echo "status $got"; cat "$home/page"; return 1; }
}

hidden() {
	grep -oE "name=\"$1\" value=\"[^\"]*\"" "$home/page" | sed 's/.*value="//; s/"$//' | head -n 1
}

api() {
	curl -s -H "Authorization: Bearer $token" -H 'Content-Type: application/json' "$@"
}

@test "three steps carry everything to one report" {
	form 200 "$url/report?lang=en"
	mark=$(hidden mark)
	[ ${#mark} = 22 ]
	form 200 --data-urlencode "mark=$mark" -d step=1 -d door=phishing -d purpose=contact -d urgent=1 "$url/report?lang=en"
	[ "$(hidden door)" = phishing ]
	form 200 --data-urlencode "mark=$mark" -d step=2 -d door=phishing -d purpose=contact -d urgent=1 \
	    --data-urlencode 'story=A fake bank wrote to me.' --data-urlencode 'urls=hxxps://login[.]example/x' \
	    -d entered=id -d entered=card -d found_date=2026-09-18 -d found_time=14:05 -d zone=UTC "$url/report?lang=en"
	grep -q '2026-09-18 14:05 (UTC)' "$home/page"
	grep -q 'hxxps://login\[.\]example/x' "$home/page"
	[ "$(grep -c 'name="entered"' "$home/page")" = 2 ]
	# "Back" asks nothing: the browser keeps a step, not what answers with the passphrase
	curl -s -D - -o /dev/null -d step=1 -d door=phishing "$url/report" | grep -qi '^cache-control: private, no-cache'
	echo evidence >"$home/evidence.txt"
	form 201 -F "mark=$mark" -F step=3 -F door=phishing -F purpose=contact -F urgent=1 \
	    -F 'story=A fake bank wrote to me.' -F 'urls=hxxps://login[.]example/x' -F entered=id -F entered=card \
	    -F found_date=2026-09-18 -F found_time=14:05 -F zone=UTC -F reply=mail -F email=a@example.jp \
	    -F name=A -F cc=JP -F reply_lang=en -F "files=@$home/evidence.txt" "$url/report?lang=en"
	ref=$(grep -oE 'RPT-[0-9]+-[0-9]+' "$home/page" | head -n 1)
	[ "$(sql "SELECT door, purpose, urgent, domestic, lang, reporter_email FROM report WHERE ref = '$ref'")" = \
	    'phishing|contact|1|1|en|a@example.jp' ]
	[[ $(sql "SELECT details FROM report WHERE ref = '$ref'") == *'"found_at":"2026-09-18T14:05:00Z"'* ]]
	[ "$(sql "SELECT value FROM observable WHERE type = 'url'")" = https://login.example/x ]
	[ "$(sql "SELECT name, size FROM attachment")" = 'evidence.txt|9' ]
	[[ $(sql "SELECT subject FROM message WHERE direction = 'out'") == "[$ref] "* ]]
}

@test "the same form sent again is the same report" {
	body='{"door":"unknown","story":"twice","reply":"anonymous","mark":"abcdefghijklmnopqrstuv"}'
	first=$(curl -s -H 'Content-Type: application/json' -H 'Accept: application/json' -d "$body" "$url/report")
	[ "$(curl -s -H 'Content-Type: application/json' -H 'Accept: application/json' -d "$body" "$url/report")" = "$first" ]
	[ "$(sql "SELECT COUNT(*) FROM report WHERE title = 'twice'")" = 1 ]
}

@test "all that is wrong is said at once, nothing typed is lost" {
	form 422 -d step=1 "$url/report"
	form 422 -d step=2 -d door=malware --data-urlencode 'why=because' -d found_date=1/2/3/4 \
	    -d started=2026-09-19T00:00 -d ended=2026-09-18T00:00 -d zone=Moon/Base "$url/report"
	for id in story found_date ended zone; do grep -q "id=\"$id-e\"" "$home/page"; done
	grep -q '>because</textarea>' "$home/page"
	echo data >"$home/kept.txt"
	form 422 -F step=3 -F door=malware -F story=s -F reply=mail -F email=nobody -F cc=XX \
	    -F 'name=半角 太郎' -F "files=@$home/kept.txt" "$url/report"
	grep -q 'id="email-e"' "$home/page"
	grep -q 'id="cc-e"' "$home/page"
	grep -q 'value="半角 太郎"' "$home/page"
	kept=$(hidden kept)
	[ -n "$kept" ]
	# … and the file is there when the form is right at last.
	form 201 -F step=3 -F door=malware -F story=s -F reply=anonymous -F "kept=$kept" "$url/report"
	[ "$(sql "SELECT COUNT(*) FROM attachment WHERE name = 'kept.txt' AND report_id IS NOT NULL")" = 1 ]
	# A file of somebody else cannot be named.
	form 201 -F step=3 -F door=malware -F story=t -F reply=anonymous -F "kept=${kept%.*}.1" "$url/report"
	[ "$(sql "SELECT COUNT(*) FROM attachment t JOIN report r ON r.id = t.report_id WHERE r.title = 't'")" = 0 ]
}

@test "no country is chosen for anybody" {
	form 200 -d step=2 -d door=leak -d story=s "$url/report?lang=ja"
	grep -q 'name="cc"' "$home/page"
	[ "$(grep -c 'value="JP" selected' "$home/page")" = 0 ]
}

@test "back keeps what is unfinished" {
	form 200 -d step=3 -d door=leak -d story=s -d email=half -d go=back "$url/report"
	[ "$(hidden email)" = half ]
	grep -q 'name="leaked"' "$home/page"
	form 200 -d step=2 -d door=leak -d story= -d go=back "$url/report"
	grep -q 'value="leak" checked' "$home/page"
}

@test "an anonymous report keeps no name" {
	form 201 -d step=3 -d door=leak -d story=secret -d reply=anonymous -d name=Taro -d email=taro@example.jp \
	    -d org=Org -d phone=1 "$url/report"
	[ "$(sql "SELECT anonymous, reporter_name, reporter_email, reporter_org, reporter_phone FROM report WHERE title = 'secret'")" = \
	    '1|None|None|None|None' ]
	! sql "SELECT details FROM report WHERE title = 'secret'" | grep -q 'Taro\|taro'
	! grep -q 127.0.0.1.*report "$home/err"
}

@test "number and passphrase show the state; words come back" {
	answer=$(curl -s -H 'Content-Type: application/json' -H 'Accept: application/json' \
	    -d '{"door":"dos","story":"flood","reply":"anonymous"}' "$url/report")
	ref=$(jq -r .data.ref <<<"$answer")
	pass=$(jq -r .data.passphrase <<<"$answer")
	form 422 -d "ref=$ref" -d passphrase=wrong "$url/report/status"
	form 422 -d "ref=RPT-2026-999999" -d "passphrase=$pass" "$url/report/status"
	form 200 -d "ref=$ref" --data-urlencode "passphrase=${pass^^}" "$url/report/status"
	proof=$(hidden token)
	form 200 -F "ref=$ref" -F "token=$proof" -F act=write -F 'text=more words' -F "files=@$home/password" "$url/report/status"
	grep -q 'more words' "$home/page"
	form 422 -F "ref=$ref" -F "token=$proof" -F act=write -F 'text= ' "$url/report/status"
	form 422 -F ref=RPT-2026-000001 -F "token=$proof" -F act=write -F text=x "$url/report/status"
	form 200 -F "ref=$ref" -F "token=$proof" -F act=write -F 'text=more words' "$url/report/status"
	[ "$(sql "SELECT COUNT(*) FROM message m JOIN report r ON r.id = m.report_id WHERE r.ref = '$ref' AND m.direction = 'in'")" = 1 ]
	[ "$(sql "SELECT COUNT(*) FROM attachment t JOIN report r ON r.id = t.report_id WHERE r.ref = '$ref'")" = 1 ]
}

@test "the text template comes in both languages" {
	curl -s "$url/report/template.txt?lang=ja" | grep -q 発見日時
	curl -s "$url/report/template.txt?lang=en" | grep -q 'Found on'
}

@test "too many and too large files are refused at their field" {
	args=()
	for _ in $(seq 21); do args+=(-F "files=@$home/password"); done
	status=$(curl -s -o "$home/page" -w '%{http_code}' "${args[@]}" -F step=3 -F door=leak -F story=many -F reply=anonymous "$url/report")
	[ "$status" = 413 ] || [ "$status" = 422 ]
	head -c 53000000 /dev/zero >"$home/large"
	form 422 -F step=3 -F door=leak -F story=large -F reply=anonymous -F "files=@$home/large" "$url/report"
	grep -q 'id="files-e"' "$home/page"
	[ "$(sql "SELECT COUNT(*) FROM report WHERE title IN ('many', 'large')")" = 0 ]
}

@test "staff and programs record reports" {
	ref=$(api -d '{"title":"A call","text":"They see 192.0.2.9","email":"x@example.jp","channel":"phone"}' "$url/inbox" | jq -r .data.ref)
	[ "$(sql "SELECT channel, title, reporter_email FROM report WHERE ref = '$ref'")" = 'phone|A call|x@example.jp' ]
	[ "$(sql "SELECT actor_name FROM journal WHERE action = 'report.receive' ORDER BY id DESC LIMIT 1")" != reporter ]
	[ "$(api -d '{"channel":"pigeon","email":"x","cc":"??"}' "$url/inbox" | jq -c '[.errors[].field] | sort')" = \
	    '["cc","channel","email","text","title"]' ]
	[ "$(curl -s -o /dev/null -w '%{http_code}' -d title=x "$url/inbox")" = 401 ]
	form 200 -H "Authorization: Bearer $token" -H 'Accept: text/html' "$url/inbox/new"
}

@test "mails over HTTP are durable at 202 and read" {
	for f in "${TOBIGUCHI_CONFORMANCE:-/nonexistent}"/mail/*.eml; do
		[ -e "$f" ] || skip "TOBIGUCHI_CONFORMANCE is not set"
		[ "$(curl -s -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $token" \
		    -H 'Content-Type: message/rfc822' --data-binary "@$f" "$url/intake/mail")" = 202 ]
	done
	for _ in $(seq 300); do
		[ "$(sql "SELECT COUNT(*) FROM message WHERE channel = 'mail' AND direction = 'in' AND state = 'stored'")" = 0 ] && break
		sleep 0.1
	done
	[ "$(sql "SELECT COUNT(*) FROM message WHERE channel = 'mail' AND direction = 'in' AND report_id IS NULL")" = 0 ]
	[ "$(sql "SELECT COUNT(*) FROM job WHERE kind = 'mail.read' AND state <> 'done'")" = 0 ]
	# Byte for byte.
	id=$(sql "SELECT MIN(id) FROM message WHERE channel = 'mail' AND direction = 'in'")
	ref=$(sql "SELECT ref FROM report r JOIN message m ON m.report_id = r.id WHERE m.id = $id")
	curl -s -H "Authorization: Bearer $token" "$url/inbox/$ref/raw/$id" | cmp - "$(ls "$TOBIGUCHI_CONFORMANCE"/mail/*.eml | head -n 1)"
}
