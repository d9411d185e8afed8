#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What strangers and colleagues can fill the disk with is bounded.

bats_require_minimum_version 1.5.0
load ../tools/server.bash

setup() { server_init; }
teardown() { server_stop; }

sql() {
	python3 -c 'import sqlite3, sys
for row in sqlite3.connect(sys.argv[1] + "/tobiguchi.db").execute(sys.argv[2]): print(*row, sep="|")' "$TOBIGUCHI_DATA" "$1"
}

public() { # DOOR STORY: a report over the API; its answer
	curl -s -H 'Content-Type: application/json' -H 'Accept: application/json' \
	    -d "{\"door\":\"dos\",\"story\":\"$1\",\"reply\":\"anonymous\"}" "$base/report"
}

@test "files of forms from one address are counted; the report still comes in" {
	server_start
	files=()
	for _ in $(seq 20); do files+=(-F "files=@$dir/password"); done
	for _ in 1 2 3 4 5; do # forms that are never finished
		[ "$(http a -F step=3 -F door=leak -F story=s -F reply=mail -F email=nobody "${files[@]}" "$base/report")" = 422 ]
	done
	[ "$(sql 'SELECT COUNT(*) FROM attachment')" = 100 ]
	[ "$(http a -F step=3 -F door=leak -F story=typed -F reply=mail -F email=nobody "${files[@]}" "$base/report")" = 429 ]
	grep -q 'id="files-e"' "$dir/page"
	grep -q 'value="typed"' "$dir/page"
	[ "$(sql 'SELECT COUNT(*) FROM attachment')" = 100 ]
	[ "$(http a -F step=3 -F door=leak -F story=typed -F reply=anonymous "$base/report")" = 201 ]
}

@test "bodies with files are refused unread when very many came" {
	server_start
	head -c 180000000 /dev/zero >"$dir/large"
	for n in $(seq 12); do
		status=$(http a -F step=3 -F door=leak -F story=s -F reply=anonymous -F "files=@$dir/large" "$base/report")
		[ "$n" -ge 12 ] || [ "$status" = 422 ] || { echo "$n: $status"; false; }
	done
	[ "$status" = 413 ]
	[ "$(http a -d step=1 -d door=leak "$base/report")" = 200 ]
}

@test "words on the status page are bounded in size and number" {
	server_start
	answer=$(public flood)
	ref=$(jq -r .data.ref <<<"$answer") pass=$(jq -r .data.passphrase <<<"$answer")
	head -c 33000 /dev/zero | tr '\0' x >"$dir/long"
	[ "$(http a -F "ref=$ref" -F "passphrase=$pass" -F act=write -F "text=<$dir/long" "$base/report/status")" = 422 ]
	grep -q 'id="text-e"' "$dir/page"
	for n in $(seq 50); do
		[ "$(http a -F "ref=$ref" -F "passphrase=$pass" -F act=write -F "text=words $n" "$base/report/status")" = 200 ]
	done
	[ "$(http a -F "ref=$ref" -F "passphrase=$pass" -F act=write -F "text=one more" "$base/report/status")" = 429 ]
	grep -q 'one more' "$dir/page"
	[ "$(sql "SELECT COUNT(*) FROM message WHERE direction = 'in'")" = 50 ]
}

@test "drafts of one person are bounded; the newest stay" {
	server_start
	server_sign_in a admin@example.jp
	token=$(csrf a)
	for n in $(seq 203); do
		[ "$(http a -d csrf="$token" -d key="k$n" -d body='{"a":"b"}' "$base/drafts")" = 200 ]
	done
	# The page tells: the answer has how many gave way.
	[ "$(jq .data.dropped "$dir/page")" = 1 ]
	[ "$(sql 'SELECT COUNT(*) FROM draft')" = 200 ]
	[ "$(sql "SELECT COUNT(*) FROM draft WHERE key IN ('k1', 'k2', 'k3')")" = 0 ]
	head -c 1000000 /dev/zero | tr '\0' x >"$dir/long"
	for n in $(seq 9); do
		[ "$(http a -d csrf="$token" -d key="big$n" --data-urlencode "body@$dir/long" "$base/drafts")" = 200 ]
	done
	[ "$(sql 'SELECT COUNT(*) FROM draft')" = 8 ]
	[ "$(sql "SELECT COUNT(*) FROM draft WHERE key = 'big9'")" = 1 ]
}

@test "a forged sender is not flooded by acknowledgements, and it shows" {
	server_start
	for n in $(seq 12); do
		[ "$(http a -d step=3 -d door=dos -d "story=flood $n" -d reply=mail -d email=victim@example.jp "$base/report")" = 201 ]
	done
	[ "$(sql "SELECT COUNT(*) FROM message WHERE direction = 'out'")" = 10 ]
	[ "$(sql "SELECT COUNT(*) FROM journal WHERE action = 'report.not-acknowledged'")" = 2 ]
	server_sign_in a admin@example.jp
	http a -H 'Accept: application/json' "$base/admin"
	[ "$(jq .data.not_acknowledged "$dir/page")" = 2 ]
	[ "$(jq .data.acknowledged "$dir/page")" = 10 ]
}

@test "metrics need a token, or the setting and a request of this machine" {
	server_start
	[ "$(http x "$base/metrics")" = 403 ]
	server_sign_in a admin@example.jp
	http a -d csrf="$(csrf a)" -d act=add -d token_name=p -d scope=read "$base/me/tokens"
	key=$(grep -oE 'tbg_[A-Za-z0-9_-]{43}' "$dir/page" | head -n 1)
	[ "$(http x -H "Authorization: Bearer $key" "$base/metrics")" = 200 ]
	grep -q '^tobiguchi_jobs' "$dir/page"
	# The page has each setting there is.
	http a -H 'Accept: application/json' "$base/admin/settings" >/dev/null
	jq -r '.data.items[].key' "$dir/page" | sort -u >"$dir/keys"
	[ "$(wc -l <"$dir/keys")" -gt 90 ]
	http a "$base/admin/settings" >/dev/null
	for setting in $(cat "$dir/keys"); do grep -q "name=\"$setting\"" "$dir/page" || { echo "$setting is not on the page"; return 1; }; done
	[ "$(http a -d csrf="$(csrf a)" -d metrics.local=1 -d team.name.ja=T -d team.name.en=T "$base/admin/settings")" = 303 ]
	[ "$(http x "$base/metrics")" = 200 ]
	# Who comes through a proxy comes from elsewhere, whatever it claims.
	[ "$(http x -H 'X-Forwarded-For: 127.0.0.1' "$base/metrics")" = 403 ]
	[ "$(http x -H 'Via: 1.1 proxy' "$base/metrics")" = 403 ]
}

@test "a wrong length is refused, the connection closed, what follows not answered" {
	server_start
	for length in x -1 '' 3,3 99999999999999999999; do
		printf 'GET / HTTP/1.1\r\nHost: x\r\nContent-Length: %s\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n' "$length" |
		    timeout 10 python3 -c 'import socket, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
s.sendall(sys.stdin.buffer.read())
while d := s.recv(65536): sys.stdout.buffer.write(d)' "${base##*:}" >"$dir/raw" # ends: it is closed
		head -n 1 "$dir/raw" | grep -q '^HTTP/1.1 4[01][03] '
		grep -q '^Connection: close' "$dir/raw"
		! grep -q '"status":"ok"\|HTTP/1.1 200' "$dir/raw" || false
	done
}

@test "who gave no mail address is told to look at the status page" {
	server_start
	answer=$(public anonymous)
	ref=$(jq -r .data.ref <<<"$answer") pass=$(jq -r .data.passphrase <<<"$answer")
	server_sign_in a admin@example.jp
	http a "$base/inbox/$ref/triage?lang=en"
	grep -q 'Publish it on the status page' "$dir/page"
	[ "$(http a -d csrf="$(csrf a)" -d verdict=new -d priority=high -d owner=me -d rsit=fraud/phishing -d answer=1 "$base/inbox/$ref/triage")" = 303 ]
	[ "$(sql "SELECT COUNT(*) FROM message WHERE direction = 'out' AND channel = 'mail'")" = 0 ]
	http a "$base/inbox/$ref?lang=en"
	grep -q 'published on the status page' "$dir/page"
	! grep -q 'todo-note">Mail<\|reply and keep the number' "$dir/page"
	http x -d ref="$ref" -d passphrase="$pass" "$base/report/status?lang=ja"
	! grep -q '返信' "$dir/page"
	grep -q 'このページ' "$dir/page"
}

@test "the log of SQLite stays while the server runs, whoever looks in from outside" {
	server_start
	ls "$TOBIGUCHI_DATA/tobiguchi.db-wal" "$TOBIGUCHI_DATA/tobiguchi.db-shm"
	[ "$(sql 'SELECT COUNT(*) FROM person')" = 1 ] # closes as if it were the last
	ls "$TOBIGUCHI_DATA/tobiguchi.db-wal" "$TOBIGUCHI_DATA/tobiguchi.db-shm"
	server_sign_in a admin@example.jp
	[ "$(sql 'SELECT COUNT(*) FROM session')" = 1 ]
}
