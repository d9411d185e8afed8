#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The demonstration set, and the counts that are proved by it.

load kit.bash
many_starts=1

demo() {
	"$tobiguchi" demo load >"$dir/out"
}

stop() {
	[ -z "${server:-}" ] || kill -TERM "$server" 2>/dev/null || :
	[ -z "${server:-}" ] || wait "$server" 2>/dev/null || :
	server=
}

# fetch PATH [TYPE]: from a server with this data, as a token's owner
fetch() {
	curl -s -H "Authorization: Bearer $token" -H "Accept: ${2:-application/json}" "$url$1"
}

serve() {
	if [ "$(id -u)" -eq 0 ]; then
		getent passwd tobiguchi >/dev/null || skip "as root the system user tobiguchi is needed"
	fi
	token=$("$tobiguchi" token create --user sato@example.jp --scope all)
	"$tobiguchi" serve --listen 127.0.0.1:0 >"$dir/serve" 2>/dev/null 3>&- &
	server=$!
	for _ in $(seq 200); do
		url=$(sed -n 's,.*\(http://127[^/ "]*\).*,\1,p' "$dir/serve" | head -n 1)
		[ -n "$url" ] && curl -s -o /dev/null "$url/healthz" && return
		sleep 0.05
	done
	return 1
}

@test "the demonstration says who can sign in and is whole" {
	demo
	grep -q '^  password  [a-z-]*[0-9]*$' "$dir/out"
	grep -q 'sato@example.jp .*handler' "$dir/out"
	cmp "$dir/out" "$TOBIGUCHI_DATA/demo-sign-in.txt"
	[ "$(stat -c %a "$TOBIGUCHI_DATA/demo-sign-in.txt")" = 600 ]
	run "$tobiguchi" journal verify --json
	[ "$status" -eq 0 ]
	[[ $output == *'"whole":true'* ]]
	run "$tobiguchi" statistics check --json
	[ "$status" -eq 0 ]
	[[ $output == *'"differences":0'* ]]
}

@test "it has reports and incidents in every state, and sends nothing" {
	demo
	[ "$(sql "SELECT COUNT(*) FROM report")" -ge 350 ]
	[ "$(sql "SELECT COUNT(DISTINCT state) FROM report")" -ge 5 ]
	[ "$(sql "SELECT COUNT(DISTINCT state || phase) FROM incident")" -ge 4 ]
	[ "$(sql "SELECT COUNT(*) FROM incident WHERE merged_into IS NOT NULL")" -eq 1 ]
	[ "$(sql "SELECT COUNT(*) FROM incident WHERE ics = 1 AND restricted = 1")" -eq 1 ]
	[ "$(sql "SELECT COUNT(*) FROM report WHERE urgent = 1 AND state = 'new'")" -eq 1 ]
	[ "$(sql "SELECT COUNT(*) > 0 FROM notification WHERE state = 'bounced'")" -eq 1 ]
	[ "$(sql "SELECT COUNT(*) > 0 FROM notification WHERE unread > 0")" -eq 1 ]
	[ "$(sql "SELECT COUNT(*) FROM job WHERE kind = 'mail.send'")" -eq 0 ]
	[ "$(sql "SELECT COUNT(*) FROM report WHERE received_at > CAST(strftime('%s') AS INTEGER) * 1000")" -eq 0 ]
}

@test "its telescope has packets of sixty days, and the rules find what was put there" {
	demo
	run "$tobiguchi" telescope verify
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(sql "SELECT COUNT(*) FROM sensor WHERE state = 'active'")" -eq 4 ]
	for rule in wave slow heavy victim; do
		[ "$(sql "SELECT COUNT(*) > 0 FROM sighting WHERE rule = '$rule'")" -eq 1 ]
	done
	[ "$(sql "SELECT COUNT(*) > 0 FROM sighting WHERE rule = 'wave' AND series = '37215/tcp'")" -eq 1 ]
	run "$tobiguchi" telescope query --group-by country --top 20
	[[ $output == *JP* && $output == *CN* ]]
}

@test "it refuses a folder that holds records" {
	init
	run "$tobiguchi" demo load
	[ "$status" -eq 73 ]
	[ "$(sql "SELECT COUNT(*) FROM report")" -eq 0 ]
}

@test "wrong counts are found, named and put right" {
	demo
	sql "UPDATE tally SET n = n + 1 WHERE what = 'coordinated' AND day = (SELECT MIN(day) FROM tally WHERE what = 'coordinated')"
	sql "DELETE FROM gauge WHERE name = 'report/new'"
	run "$tobiguchi" statistics check
	[ "$status" -eq 65 ]
	[[ $output == *coordinated/* ]]
	[[ $output == *report/new* ]]
	run "$tobiguchi" statistics rebuild --json
	[ "$status" -eq 0 ]
	"$tobiguchi" statistics check
	run sql "SELECT COUNT(*) FROM journal WHERE action = 'statistics.rebuild'"
	[ "$output" = 1 ]
}

@test "home and statistics tell the same numbers as page, JSON and CSV" {
	demo
	serve
	fetch /home >"$dir/home"
	fetch '/statistics?unit=year' >"$dir/json"
	fetch '/statistics/years.csv' >"$dir/csv"
	fetch '/statistics?unit=year' text/html >"$dir/html"
	fetch /home text/html >"$dir/page"
	stop
	python3 - "$dir" <<'PY'
import csv, json, sys
d = sys.argv[1]
home = json.load(open(d + "/home"))["data"]
assert home["numbers"]["incidents_open"] > 0 and home["urgent"] and home["work"] and home["answers"] and home["silent"]
s = json.load(open(d + "/json"))["data"]
rows = list(csv.DictReader(open(d + "/csv", encoding="utf-8-sig")))
for c in s["counters"]:
    assert c["total"] == c["domestic"] + c["overseas"] == sum(p["total"] for p in c["periods"]) == sum(k["total"] for k in c["categories"]), c
    assert c["total"] == sum(int(r[c["name"] + "_domestic"]) + int(r[c["name"] + "_overseas"]) for r in rows), c
assert [c["name"] for c in s["counters"]] == ["reports", "incidents", "coordinated"]
page = open(d + "/html").read()
assert page.count("<svg class=\"c\"") >= 8 and page.count("<table") >= 8
assert "style=" not in page and "style=" not in open(d + "/page").read()
PY
}

teardown() {
	stop
	rm -rf "$dir"
}
