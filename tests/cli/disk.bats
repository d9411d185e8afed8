#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A full disk and a database that somebody else holds: the sender is told to
# try again, nothing is lost, and it goes on when there is room.

bats_require_minimum_version 1.5.0
load kit

mail() {
	printf 'From: r@example.jp\nTo: csirt@example.jp\nSubject: %s\nMessage-ID: <%s@example.jp>\n\nhttp://a.example.com/%s\n' "$1" "$1" "$1"
	[ -z "${2:-}" ] || head -c "$2" /dev/urandom | base64
}

teardown() {
	[ -z "${parent:-}" ] || { kill -TERM "$parent" 2>/dev/null && wait "$parent"; } || :
	[ ! -d "$dir/disk" ] || umount "$dir/disk" 2>/dev/null || :
	rm -rf "$dir"
}

small_disk() {
	[ "$(id -u)" -eq 0 ] || skip "only root can mount a small disk"
	mkdir "$dir/disk"
	mount -t tmpfs -o size=6m,mode=755 none "$dir/disk" || skip "no disk can be mounted here"
	export TOBIGUCHI_DATA=$dir/disk/data
}

serve() {
	getent passwd tobiguchi >/dev/null || skip "as root the system user tobiguchi is needed"
	"$tobiguchi" serve --listen 127.0.0.1:0 >"$dir/out" 2>"$dir/err" 3>&- &
	parent=$!
	for _ in $(seq 200); do
		grep -q "^Tobiguchi:" "$dir/out" && break
		sleep 0.05
	done
	url=$(grep -oE 'http://[^/]*' "$dir/out" | head -n 1)
	token=$("$tobiguchi" token create --user admin@example.jp --scope all --json | jq -r .token)
}

post() {
	curl -s -o "$dir/answer" -w '%{http_code}' --max-time 60 -H "Authorization: Bearer $token" -H 'Content-Type: message/rfc822' \
	    --data-binary @- "$url/intake/mail"
}

@test "a full disk: 75 and 503, then all goes on" {
	small_disk
	init
	serve
	[ "$(mail before | post)" = 202 ]
	head -c 20M /dev/zero >"$dir/disk/filler" 2>/dev/null || :
	# What still fits in the log's own space may be taken; then no more.
	code=202
	for i in $(seq 40); do
		[ "$code" = 202 ] || break
		code=$(mail "large$i" 100000 | post)
		[ "$code" != 202 ] || accepted=$i
	done
	[ "$code" = 503 ]
	grep -q '"status":503' "$dir/answer"
	mail refused 100000 >"$dir/m"
	run -75 "$tobiguchi" mail receive <"$dir/m"
	[ -n "$output" ]
	run "$tobiguchi" backup "$dir/disk/b"
	[ "$status" -ne 0 ]
	[ -z "$(ls "$dir/disk" | grep '^b')" ]
	rm "$dir/disk/filler"
	for _ in $(seq 100); do
		code=$(mail after | post)
		[ "$code" != 202 ] || break
		sleep 0.2
	done
	[ "$code" = 202 ]
	"$tobiguchi" mail receive <"$dir/m"
	for _ in $(seq 300); do
		[ "$(sql "SELECT count(*) FROM report WHERE title IN ('before', 'after', 'refused')")" != 3 ] || break
		sleep 0.2
	done
	[ "$(sql "SELECT count(*) FROM report WHERE title IN ('before', 'after', 'refused')")" = 3 ]
	"$tobiguchi" journal verify
}

@test "a full disk without a server: 75, and the mail is taken later" {
	small_disk
	init
	head -c 20M /dev/zero >"$dir/disk/filler" 2>/dev/null || :
	mail one 200000 >"$dir/m"
	run -75 "$tobiguchi" mail receive <"$dir/m"
	rm "$dir/disk/filler"
	"$tobiguchi" mail receive <"$dir/m"
	[ "$(sql "SELECT count(*) FROM message")" = 1 ]
}

@test "a database that another process holds: 75 after a while" {
	init
	mail one >"$dir/m"
	exec 8>"$TOBIGUCHI_DATA/write.lock"
	flock 8
	run -75 "$tobiguchi" mail receive <"$dir/m"
	[[ $output == *"writing"* || $output == *"again"* ]]
	flock -u 8
	"$tobiguchi" mail receive <"$dir/m"
	[ "$(sql "SELECT count(*) FROM message")" = 1 ]
}
