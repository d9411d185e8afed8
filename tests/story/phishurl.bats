#!/usr/bin/env bats
# The public lists of phishing URLs of 2023: imported, put on the board, counted;
# month, top-level domain and brand are what an independent script counts in the
# files. PHISHURL_MONTHS (the first three if not given) says which, with at
# most 20,000 reports, as one act takes.

bats_require_minimum_version 1.5.0
load ../tools/server.bash

lists=${TOBIGUCHI_CONFORMANCE:-}/jpcert-phishurl/2023

setup() {
	[ -d "$lists" ] || skip 'TOBIGUCHI_CONFORMANCE is not set'
	server_init
}

teardown() {
	[ -z "${dir:-}" ] || server_stop
}

api() { # METHOD PATH [JSON]
	curl -s -X "$1" -H "Authorization: Bearer $token" -H 'Accept: application/json' \
	    ${3:+-H 'Content-Type: application/json' -d "$3"} "$base$2"
}

@test "months, top-level domains and brands are those of the files" {
	files=()
	for month in ${PHISHURL_MONTHS:-202301 202302 202303}; do files+=("$lists/$month.csv"); done
	"$BATS_TEST_DIRNAME/phishurl_count.py" "${files[@]}" >"$dir/want"
	"$tobiguchi" report import --format jpcert-phishurl "${files[@]}" >/dev/null
	token=$("$tobiguchi" token create --user admin@example.jp --scope all --name count | tail -n 1)
	server_start
	total=$(jq .total "$dir/want")
	[ "$(api GET '/statistics?unit=month&from=2023-01-01&to=2023-12-31' |
	    jq '.data.counters[] | select(.name == "reports") | .total')" = "$(jq .reports "$dir/want")" ]
	api POST /takedowns/reports '{"all": "1", "query": "", "as": "site"}' >/dev/null
	for _ in $(seq 240); do
		[ "$(api GET '/takedowns?state=all&limit=1' | jq .data.total)" -lt "$total" ] || break
		sleep 0.5
	done
	api GET '/statistics/phishing?unit=month&from=2023-01-01&to=2023-12-31' >"$dir/year"
	jq -S '.data.origins | map(select(.total > 0) | {(.start[0:7]): .total}) | add' "$dir/year" >"$dir/months"
	diff <(jq -S .months "$dir/want") "$dir/months"
	jq -S '.data.brands | map({(.brand // ""): .total}) | add' "$dir/year" >"$dir/brands"
	diff <(jq -S .brands "$dir/want") "$dir/brands"
	# The table of top-level domains is of three months: those of the files.
	last=${files[-1]##*/}
	[ "${#files[@]}" -gt 3 ] ||
	    diff <(jq -S .tlds "$dir/want") <(api GET "/statistics/phishing?unit=month&from=2023-01-01&to=2023-${last:4:2}-01" |
		jq -S '.data.tlds | map({(.tld // ""): .total}) | add')
}
