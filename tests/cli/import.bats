#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Lists of phishing URLs become reports, each once.

bats_require_minimum_version 1.5.0
load kit.bash

import() {
	"$tobiguchi" report import --format jpcert-phishurl "$@"
}

list() {
	cat >"$dir/list.csv" <<-'END'
		date,URL,description
		2026/09/18 00:05:00,https://login.example/a,みなと例示銀行
		2026/09/18 00:05:00,https://login.example/a,みなと例示銀行
		2026/09/18 00:06:00,hxxp://192.0.2.1/b?x=http://other.example/,"Shop, Ltd."
		2026/09/18 00:07:00,https://login.example/a,みなと例示銀行
	END
}

@test "each row is one report with one URL, received at its date in Japan" {
	init
	list
	run --separate-stderr import --json "$dir/list.csv"
	[ "$status" -eq 0 ]
	[ "$output" = '{"rows":4,"added":3,"known":1,"bad":0}' ]
	[ "$(sql "SELECT COUNT(*), MIN(received_at), COUNT(DISTINCT brand) FROM report")" = "3|1789657500000|2" ]
	[ "$(sql "SELECT ref FROM report ORDER BY id LIMIT 1")" = RPT-2026-000001 ]
	[ "$(sql "SELECT COUNT(*) FROM report_observable ro JOIN observable o ON o.id = observable_id WHERE type = 'url'")" = 3 ]
	[ "$(sql "SELECT value FROM observable WHERE type = 'ipv4'")" = 192.0.2.1 ]
	[ "$(sql "SELECT COUNT(*) FROM incident")" = 0 ]
	[ "$(sql "SELECT n FROM gauge WHERE name = 'report/new'")" = 3 ]
	[ "$(sql "SELECT SUM(n) FROM tally WHERE what = 'report'")" = 3 ]
}

@test "the same list again adds nothing" {
	init
	list
	import "$dir/list.csv"
	run --separate-stderr import --json "$dir/list.csv"
	[ "$status" -eq 0 ]
	[ "$output" = '{"rows":4,"added":0,"known":4,"bad":0}' ]
	[ "$(sql "SELECT COUNT(*) FROM journal WHERE action = 'report.import'")" = 1 ]
	"$tobiguchi" journal verify
}

@test "bad rows are told with their line and passed over" {
	init
	printf 'date,URL,description\n2026/09/18,,x\n2026/13/18,http://a.example/,x\nx\n2026/09/18,http://b.example/,x\n' >"$dir/bad.csv"
	run --separate-stderr import --json "$dir/bad.csv"
	[ "$status" -eq 65 ]
	[ "$output" = '{"rows":4,"added":1,"known":0,"bad":3}' ]
	[[ $stderr == *"bad.csv:2: The URL is missing."* ]]
	[[ $stderr == *"bad.csv:3: The date cannot be read."* ]]
}

@test "what cannot be imported says why" {
	init
	list
	run import
	[ "$status" -eq 64 ]
	run "$tobiguchi" report import --format csv "$dir/list.csv"
	[ "$status" -eq 64 ]
	[[ $output == *jpcert-phishurl* ]]
	run import "$dir/list.csv" "$dir/none.csv"
	[ "$status" -eq 66 ]
	[[ $output == *"nothing was imported"* ]]
	[ "$(sql "SELECT COUNT(*) FROM report")" = 0 ]
	echo 'other,header' >"$dir/other.csv"
	run --separate-stderr import "$dir/other.csv" "$dir/list.csv"
	[ "$status" -eq 65 ]
	[ "$(sql "SELECT COUNT(*) FROM report")" = 3 ]
}

@test "all that JPCERT/CC published: 169,195 rows, 169,035 reports" {
	[ -n "$TOBIGUCHI_CONFORMANCE" ] || skip "TOBIGUCHI_CONFORMANCE is not set"
	[ -n "$TOBIGUCHI_LONG" ] || skip "long: script/test --long"
	init
	run --separate-stderr import --json "$TOBIGUCHI_CONFORMANCE"/jpcert-phishurl/*/*.csv
	[ "$status" -eq 0 ]
	[ "$output" = '{"rows":169195,"added":169035,"known":160,"bad":0}' ]
	[ "$(sql "SELECT COUNT(*) FROM report_observable ro JOIN observable o ON o.id = observable_id WHERE type = 'url'")" = 169035 ]
}
