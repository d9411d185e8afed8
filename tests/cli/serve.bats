#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A server is started, loses its roles one by one, and is stopped.

bats_require_minimum_version 1.5.0

setup() {
	tobiguchi=${TOBIGUCHI:-$BATS_TEST_DIRNAME/../../build/tobiguchi}
	home=$(mktemp -d /tmp/tobi.XXXXXX)
	data=$home/data
	if [ "$(id -u)" -eq 0 ]; then
		getent passwd tobiguchi >/dev/null || skip "as root the system user tobiguchi is needed"
		chmod 755 "$home"
	fi
	parent=
}

teardown() {
	if [ -n "$parent" ]; then
		kill -TERM "$parent" 2>/dev/null || :
		wait "$parent" 2>/dev/null || :
	fi
	rm -rf "$home"
}

# until_true COMMAND...: at most ten seconds
until_true() {
	local i
	for i in $(seq 200); do
		"$@" >/dev/null 2>&1 && return 0
		sleep 0.05
	done
	echo "not within ten seconds: $*"
	cat "$home/err"
	return 1
}

start() {
	"$tobiguchi" serve --data "$data" --listen 127.0.0.1:0 "$@" >"$home/out" 2>"$home/err" 3>&- &
	parent=$!
	until_true grep -q "the server is ready" "$home/err"
	url=$(grep -oE 'https?://[^/]*' "$home/out" | head -n 1)
}

role() {
	pgrep -P "$parent" -f "^tobiguchi: $1"
}

answers() {
	curl -sf --max-time 5 "$url/healthz"
}

@test "without a data folder serve says what is missing" {
	run -64 env -u TOBIGUCHI_DATA "$tobiguchi" serve
	[[ $output == *--data* ]]
}

@test "a folder of something else is left alone" {
	mkdir "$data"
	echo mine >"$data/thesis.txt"
	run -73 "$tobiguchi" serve --data "$data" --listen 127.0.0.1:0
	[[ $output == *"neither empty"* ]]
	[ "$(ls "$data")" = thesis.txt ]
}

@test "an empty folder: a set-up link, private files, an answer" {
	start
	grep -qE '^http://127\.0\.0\.1:[0-9]+/set-up\?token=.{20,}' "$home/out"
	[ "$(stat -c %a "$data")" = 700 ]
	[ "$(stat -c '%a %s' "$data/secret.key")" = "600 32" ]
	answers
}

@test "after init no set-up link is printed, and init refuses a second time" {
	echo "a long enough pass phrase" >"$home/password"
	"$tobiguchi" init --data "$data" --name "Example CSIRT" \
		--admin-email admin@example.jp --admin-password-file "$home/password"
	run -73 "$tobiguchi" init --data "$data" --name Again \
		--admin-email other@example.jp --admin-password-file "$home/password"
	start
	! grep -q set-up "$home/out"
}

@test "two servers cannot use one folder" {
	start
	run -75 "$tobiguchi" serve --data "$data" --listen 127.0.0.1:0
	[[ $output == *"another server"* ]]
	answers
}

@test "each role that is killed comes back, at the same address" {
	start
	for name in check parse crypt work web; do
		until_true role $name
		before=$(role $name)
		kill -KILL "$before"
		until_true eval "new=\$(pgrep -P $parent -f '^tobiguchi: $name') && [ \"\$new\" != $before ]"
	done
	until_true answers
	# All five, and no one twice.
	until_true eval '[ "$(pgrep -c -P '"$parent"')" = 5 ]'
}

@test "the roles end with their parent" {
	start
	pids=$(pgrep -P "$parent")
	kill -KILL "$parent"
	wait "$parent" || :
	for pid in $pids; do
		until_true eval "! kill -0 $pid"
	done
	parent=
	start
	answers
}

@test "SIGTERM stops everything, with exit code 0" {
	start
	pids=$(pgrep -P "$parent")
	kill -TERM "$parent"
	rc=0
	wait "$parent" || rc=$?
	parent=
	[ "$rc" -eq 0 ]
	for pid in $pids; do
		! kill -0 "$pid" 2>/dev/null
	done
}

@test "an address that is taken stops the start" {
	start
	taken=${url#http://}
	data=$home/other
	run ! "$tobiguchi" serve --data "$data" --listen "$taken"
	[[ $output == *"cannot listen"* ]]
}

@test "root does not serve as root" {
	[ "$(id -u)" -eq 0 ] || skip "not root"
	start
	[ "$(ps -o user:20= -p "$parent")" = tobiguchi ]
	[ "$(stat -c %U "$data/tobiguchi.db")" = tobiguchi ]
}
