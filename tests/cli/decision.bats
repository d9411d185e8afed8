#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Vectors are scored; tables decide; past decisions become a tree.

bats_require_minimum_version 1.5.0
load kit.bash
many_starts=1

table() {
	cat >"$dir/table.csv" <<-'END'
		row,Attacks v1.0.0,Exposure v1.0.0,Outcome v1.0.0
		0,none,small,wait
		1,none,open,soon
		2,active,small,now
		3,active,open,now
	END
}

history() {
	python3 - "$1" <<-'END' >"$dir/history.csv"
		import sys
		print("case,vector,team,decided")
		for i in range(int(sys.argv[1])):
		    remote = i % 3 == 0
		    odd = i % 29 == 0
		    print(f"C-{i},V:1/AV:{'N' if remote else 'L'}/UI:{'NR'[i % 2]},t{i % 4},{'Yes' if remote != odd else 'no'}")
	END
}

@test "vectors of every version, one a line; a bad one is told and the next goes on" {
	run --separate-stderr "$tobiguchi" cvss <<-'END'
		AV:N/AC:L/Au:N/C:N/I:N/A:C
		CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N
		CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:X
		CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:P
		CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N
	END
	[ "$status" -eq 65 ]
	[ "${lines[0]}" = "$(printf 'vector\tversion\tbase\ttemporal_or_threat\tenvironmental_or_final\tseverity\terror')" ]
	[ "${lines[1]}" = "$(printf 'AV:N/AC:L/Au:N/C:N/I:N/A:C\t2.0\t7.8\t7.8\t7.8\tHigh\t')" ]
	[ "${lines[2]#*$'\t'}" = "$(printf '3.0\t6.1\t6.1\t6.1\tMedium\t')" ]
	[ "${lines[3]#*$'\t'}" = "$(printf '\t\t\t\t\tcolumn 42: the metric has no such value')" ]
	[ "${lines[4]#*$'\t'}" = "$(printf '3.1\t9.8\t9.3\t9.3\tCritical\t')" ]
	[ "${lines[5]#*$'\t'}" = "$(printf '4.0\t\t\t9.3\tCritical\t')" ]
}

@test "a table is imported, checked, run and exported again" {
	table
	"$tobiguchi" decision import "$dir/table.csv" --out "$dir/table.json"
	run "$tobiguchi" decision check --json "$dir/table.json"
	[ "$status" -eq 0 ]
	[ "$(jq -c '[.kind,.rows,.complete,.monotone,.leaves]' <<<"$output")" = '["table",4,true,true,3]' ]
	"$tobiguchi" decision export "$dir/table.json" --format csv --out "$dir/again.csv"
	[ "$(tr -d '"\r' <"$dir/again.csv")" = "$(cat "$dir/table.csv")" ]
	printf 'case,Exposure,Attacks\n=1+1,open,!active\nx,?,Active\n"a,b",small,?\n' >"$dir/cases.csv"
	run --separate-stderr "$tobiguchi" decision run --model "$dir/table.json" --more "$dir/cases.csv"
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = "case,Exposure,Attacks,outcome,confidence,support,leaf,possible,ask" ]
	[ "${lines[1]}" = "\"'=1+1\",open,!active,soon,1.0000,,2,S," ]
	[ "${lines[2]}" = "x,?,Active,now,1.0000,,3,N," ]
	[ "${lines[3]}" = "\"a,b\",small,?,now,0.5000,,,W|N,Attacks" ]
}

@test "past decisions become a tree that decides new ones" {
	history 400
	run --separate-stderr "$tobiguchi" decision learn --json --history "$dir/history.csv" --outcome decided --expand-cvss vector --out "$dir/model.json"
	[ "$status" -eq 0 ]
	[ "$(jq -c '[.decisions,.leaves]' <<<"$output")" = '[400,2]' ]
	run --separate-stderr "$tobiguchi" decision run --model "$dir/model.json" "$dir/history.csv"
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = "case,vector,team,decided,outcome,confidence,support,leaf" ]
	[[ ${lines[4]} == C-3,*,yes,0.*,*\ of\ *,* ]]
	shuf --random-source=<(yes) <(tail -n +2 "$dir/history.csv") | sed '1i case,vector,team,decided' >"$dir/shuffled.csv"
	"$tobiguchi" decision learn --history "$dir/shuffled.csv" --outcome decided --expand-cvss vector --out "$dir/again.json" >/dev/null
	cmp "$dir/model.json" "$dir/again.json"
	"$tobiguchi" decision export "$dir/model.json" --format csv | grep -q decided
}

@test "what is wrong is told with its place, and nothing is written" {
	table
	sed -i '$d' "$dir/table.csv"
	run "$tobiguchi" decision import "$dir/table.csv" --out "$dir/table.json"
	[ "$status" -eq 65 ]
	[[ $output == *"table.csv: /mapping: the table is not complete: 1 of 4 combinations have no row, the first is Attacks: active, Exposure: open"* ]]
	[ ! -e "$dir/table.json" ]
	printf '{"namespace":"test",\n "key":}' >"$dir/bad.json"
	run "$tobiguchi" decision check "$dir/bad.json"
	[ "$status" -eq 65 ]
	[[ $output == *"bad.json:2:8: this is no JSON"* ]]
	python3 -c 'print("[" * 10000)' >"$dir/deep.json"
	run "$tobiguchi" decision check "$dir/deep.json"
	[ "$status" -eq 65 ]
	[[ $output == *"32 deep"* ]]
	truncate -s 100M "$dir/large.json"
	run "$tobiguchi" decision import "$dir/large.json"
	[ "$status" -eq 65 ]
	[[ $output == *"larger than the 16 MiB"* ]]
	printf 'a,b\n1,2\n3\n' >"$dir/history.csv"
	run "$tobiguchi" decision learn --history "$dir/history.csv" --outcome b
	[ "$status" -eq 65 ]
	[[ $output == *"history.csv:3: the line does not have as many columns"* ]]
	run "$tobiguchi" decision learn --history "$dir/history.csv"
	[ "$status" -eq 64 ]
	run "$tobiguchi" decision run --model "$dir/none.json" "$dir/history.csv"
	[ "$status" -eq 66 ]
}

@test "a folder of CVE records is decided, with the catalogue of known attacks" {
	mkdir -p "$dir/records/2026"
	sed 's/CVE-2026-12345/CVE-2026-0001/' "$BATS_TEST_DIRNAME/../fuzz/corpus/record/cve.json" >"$dir/records/a.json"
	cp "$BATS_TEST_DIRNAME/../fuzz/corpus/record/cve.json" "$dir/records/2026/b.json"
	echo '{' >"$dir/records/bad.json"
	run --separate-stderr "$tobiguchi" decision run --model ssvc-deployer --kev "$BATS_TEST_DIRNAME/../fuzz/corpus/record/kev.json" \
	    --epss "$BATS_TEST_DIRNAME/../fuzz/corpus/record/epss.csv" "$dir/records"
	[ "$status" -eq 65 ]
	[[ $stderr == *"bad.json:2: this is no JSON"* ]]
	[ "${#lines[@]}" -eq 3 ]
	[[ ${lines[1]} == CVE-2026-12345,*,active,*,2026-10-01,0.01234,* ]]
	[[ ${lines[2]} == CVE-2026-0001,*,poc,*,2024-03-25,,* ]]
	rm "$dir/records/bad.json"
	echo 'pkg:npm/p' >"$dir/ours"
	run --separate-stderr "$tobiguchi" decision run --model blank --products "$dir/ours" "$dir/records"
	[ "$status" -eq 0 ]
	[[ ${lines[1]} == *,yes,should,1.0000,,2 ]]
	echo 'pkg:npm/q' >"$dir/ours"
	run --separate-stderr "$tobiguchi" decision run --model blank --products "$dir/ours" "$dir/records"
	[[ ${lines[1]} == *",no,won't,1.0000,,1" ]]
}

@test "the shipped models are whole" {
	for m in response ssvc-deployer ssvc-coordinator-triage ssvc-supplier blank; do
		run "$tobiguchi" decision check --json "$m"
		[ "$status" -eq 0 ]
		[ "$(jq -c '[.complete,.monotone]' <<<"$output")" = '[true,true]' ]
	done
}

@test "a table becomes a draft of a topic; the same table is the same version" {
	init
	table
	run "$tobiguchi" decision import --json --topic vulnerability "$dir/table.csv"
	[ "$status" -eq 0 ]
	[ "$output" = '{"model":"ssvc:DT_O","version":1,"state":"draft"}' ]
	"$tobiguchi" decision import --topic vulnerability "$dir/table.csv"
	sed -i 's/soon/later/' "$dir/table.csv"
	run "$tobiguchi" decision import --json --topic vulnerability "$dir/table.csv"
	[ "$output" = '{"model":"ssvc:DT_O","version":2,"state":"draft"}' ]
	[ "$(sql "SELECT COUNT(*) FROM journal WHERE action = 'decision.model.add'")" = 2 ]
	run "$tobiguchi" decision export --topic vulnerability
	[ "$status" -ne 0 ]
	sql "UPDATE decision_model SET state = 'active' WHERE version = 2"
	run "$tobiguchi" decision export --topic vulnerability --format csv
	[ "$status" -eq 0 ]
	[[ $output == *later* ]]
}

@test "past decisions are taken in whole, once, and learned from" {
	data=$dir/data
	printf 'a long enough passphrase\n' >"$dir/password"
	"$tobiguchi" init --data "$data" --name Test --admin-email admin@example.jp --admin-name Admin --admin-password-file "$dir/password" >/dev/null
	table
	"$tobiguchi" decision import "$dir/table.csv" --topic vulnerability --data "$data" >/dev/null
	printf 'Exposure,Attacks,Outcome,date\nsmall,none,wait,2025-01-02\nopen,odd,soon,2025-01-03\n' >"$dir/past.csv"
	run "$tobiguchi" decision take "$dir/past.csv" --data "$data"
	[ "$status" -ne 0 ] # no model is active
	sqlite3 "$data/tobiguchi.db" "UPDATE decision_model SET state = 'active'"
	run "$tobiguchi" decision take "$dir/past.csv" --data "$data"
	[ "$status" -eq 65 ]
	[[ "$output" == *"past.csv:3: Attacks: “odd” is no value of this fact."* ]]
	[ "$(sqlite3 "$data/tobiguchi.db" 'SELECT COUNT(*) FROM decision')" = 0 ]
	"$tobiguchi" decision take "$dir/past.csv" --unknown --dry-run --data "$data"
	[ "$(sqlite3 "$data/tobiguchi.db" 'SELECT COUNT(*) FROM decision')" = 0 ]
	run "$tobiguchi" decision take "$dir/past.csv" --unknown --json --data "$data"
	[ "$(jq -c '[.decisions,."cells not known",."taken in"]' <<<"$output")" = '[2,1,true]' ]
	run "$tobiguchi" decision take "$dir/past.csv" --unknown --data "$data"
	[ "$status" -eq 65 ]
	[[ "$output" == *"this very file was taken in before"* ]]
	"$tobiguchi" decision take "$dir/past.csv" --unknown --again --fact Exposure= --data "$data"
	[ "$(sqlite3 "$data/tobiguchi.db" 'SELECT COUNT(*), COUNT(DISTINCT facts) FROM decision')" = '4|4' ]
}
