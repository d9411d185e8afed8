#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The journal is verified by itself; its result shows, and a change is loud.

load ../tools/server.bash

setup() {
	server_init
	server_start
	token=$("$tobiguchi" token create --user admin@example.jp --name test --scope all)
	server_sign_in a admin@example.jp
}
teardown() { server_stop; }

sql() { python3 -c 'import sqlite3, sys
db = sqlite3.connect(sys.argv[1], timeout=30)
for row in db.execute(sys.argv[2]): print(*row, sep="|")
db.commit()' "$TOBIGUCHI_DATA/tobiguchi.db" "$1"; }
get() { curl -s -H "Authorization: Bearer $token" -H 'Accept: application/json' "$base$1"; }

until_true() {
	for _ in $(seq 300); do
		"$@" >/dev/null 2>&1 && return 0
		sleep 0.1
	done
	echo "not within thirty seconds: $*"
	tail -n 5 "$dir/log"
	return 1
}

sealed() { [ "$(sql 'SELECT COUNT(*) FROM journal WHERE seal IS NULL')" = 0 ] && [ -s "$TOBIGUCHI_DATA/journal.heads" ]; }
nightly() { sql "UPDATE job SET run_at = 1 WHERE kind = 'journal.nightly' AND state = 'waiting'"; }
chain_is() { nightly; get /admin | jq -e --arg s "$1" '.data.checks[] | select(.check == "chain" and .state == $s)'; }
home_alert() { http a "$base/home" >/dev/null && grep -q 'role="alert"' "$dir/page"; }

@test "the nightly verification shows its time, and a changed entry is loud" {
	until_true sealed
	until_true chain_is good
	get /admin | jq -e '.data.journal_verified_at != null and .data.journal_verified.heads > 0'
	! home_alert
	# Not twice in a night.
	nightly
	sleep 2
	[ "$(sql "SELECT COUNT(*) FROM journal WHERE action = 'journal.verify'")" = 1 ]
	until_true sealed
	sql "UPDATE journal SET at = at - 110000000 WHERE action = 'journal.verify'"
	until_true chain_is late
	until_true home_alert
	http a "$base/admin/journal" >/dev/null
	grep -q 'role="alert"' "$dir/page"
	grep -q 'the journal was changed' "$dir/log"
}

@test "signed heads that are away are a fault, not a quiet failure" {
	until_true sealed
	rm "$TOBIGUCHI_DATA/journal.heads"
	until_true chain_is late
	get /admin | grep -q 'journal.heads'
	[ "$(get '/admin/jobs?state=dead' | jq .data.total)" = 0 ]
}
