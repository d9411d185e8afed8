#!/usr/bin/env bats
# What the rules tell of made weeks whose events are known: in time, and hardly anything else.

setup() {
	tobiguchi=${TOBIGUCHI_RELEASE:-${TOBIGUCHI:-$BATS_TEST_DIRNAME/../../build/tobiguchi}}
	dir=$(mktemp -d "${TMPDIR:-/tmp}/tobiguchi-notice-XXXXXX")
}
teardown() { rm -rf "$dir"; }

@test "a wave is told within 65 minutes, a slow start within 48 hours, one false alert a day at most" {
	read -r wave slow days < <(python3 "$BATS_TEST_DIRNAME/../tools/telescope_weeks.py" "$dir/weeks.pcap" "$dir/map.csv")
	"$tobiguchi" telescope import --store "$dir/store" --sensors "$dir/map.csv" --no-places "$dir/weeks.pcap" >/dev/null
	"$tobiguchi" telescope notice --store "$dir/store" --json >"$dir/told"
	# Waves are looked for every five minutes; the digest is made 20 minutes after midnight.
	[ "$(jq "[.[] | select(.rule == \"wave\" and .series == \"9530/tcp\" and .told + 300 - $wave <= 3900)] | length" "$dir/told")" = 1 ]
	[ "$(jq "[.[] | select(.rule == \"slow\" and .series == \"8728/tcp\") | .told - .told % 86400 + 86400 + 1200 - $slow | select(. > 0 and . <= 172800)] | length" "$dir/told")" = 1 ]
	[ "$(jq "[.[] | select(.rule == \"wave\" and .series != \"9530/tcp\")] | length" "$dir/told")" -le "$days" ]
	# One busy source is told as such, not as a wave.
	[ "$(jq '[.[] | select(.series == "5038/tcp")] | length' "$dir/told")" = 0 ]
	# Other thresholds tell less.
	[ "$("$tobiguchi" telescope notice --store "$dir/store" --json --z 100 | jq '[.[] | select(.rule == "wave")] | length')" = 0 ]
}

@test "the report of a quarter: tables, what was noticed, no address of a sensor; both languages" {
	python3 "$BATS_TEST_DIRNAME/../tools/telescope_weeks.py" "$dir/weeks.pcap" "$dir/map.csv"
	"$tobiguchi" telescope import --store "$dir/store" --sensors "$dir/map.csv" --no-places "$dir/weeks.pcap" >/dev/null
	"$tobiguchi" telescope report --store "$dir/store" --quarter 2026Q3 >"$dir/en"
	grep -q '^# Internet observation, July–September 2026' "$dir/en"
	grep -q '^| 1 | — | 9530/tcp |' "$dir/en"
	grep -q '^- \*\*9530/tcp\*\* (2026-09-10)' "$dir/en"
	"$tobiguchi" telescope report --store "$dir/store" --quarter 2026Q3 --language ja >"$dir/ja"
	grep -q '^## 注目される現象' "$dir/ja"
	! grep -qF 203.0.113. "$dir/en" "$dir/ja"
	run "$tobiguchi" telescope report --store "$dir/store" --quarter 2026Q1
	[ "$status" -ne 0 ]
	run "$tobiguchi" telescope report --store "$dir/store" --quarter 2026-3
	[ "$status" -eq 64 ]
}
