#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The daily exchange, from the records of a day to the mail and to the recipient that
# fetches it; and that no sensor's address is in anything that leaves.

bats_require_minimum_version 1.5.0
load ../tools/server.bash

setup() { server_init; }
teardown() { server_stop; }

# api METHOD PATH [JSON]
api() {
	curl -s -X "$1" -H "Authorization: Bearer $token" -H 'Accept: application/json' \
	    ${3:+-H 'Content-Type: application/json' --data-binary "$3"} "$base$2"
}

# Packets of seven sources to 203.0.113.0/24, the planted addresses, on the newest day that is
# due at 02:00, when the data for everybody are made. Reading the country tables takes seconds: that a country gets its own is tested in cli/telescope.bats.
capture() {
	python3 - "$dir/made.pcap" <<'PY'
import struct, sys, time
at = (int(time.time()) - 7200) // 86400 * 86400 - 43200
out = open(sys.argv[1], 'wb')
out.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))
def packet(i, src, dst, port):
    tcp = struct.pack('>HHIIBBHHH', 40000, port, 77, 0, 5 << 4, 2, 1024, 0, 0)
    ip = struct.pack('>BBHHHBBH4s4s', 0x45, 0, 40, 1, 0, 50, 6, 0, src, dst) + tcp
    out.write(struct.pack('<IIII', at + i, 0, len(ip), len(ip)) + ip)
korea, japan = [bytes([211, 40, 1, 9 + i]) for i in range(6)], bytes([133, 1, 2, 3])
for i in range(6): packet(i, korea[i], bytes([203, 0, 113, 17 + i]), 23)
packet(7, japan, bytes([203, 0, 113, 99]), 445)
PY
	"$tobiguchi" telescope import --no-places --store "$TOBIGUCHI_DATA/telescope/store" "$dir/made.pcap" >&2
}

until_sql() { # SQL: until it gives a row
	for _ in $(seq 150); do
		[ -z "$(server_sql "$1")" ] || return 0
		sleep 0.2
	done
	server_sql 'SELECT id, state, error FROM exchange_file' >&2
	return 1
}

@test "a country's CSIRT gets its sources by mail or fetches them, and no sensor's address" {
	mkdir -p "$TOBIGUCHI_DATA/telescope"
	capture
	cat >"$dir/directory.csv" <<-'X'
		name,kind,country,lang,max_tlp,contact_name,contact_email
		KrCERT/CC,csirt,KR,en,AMBER,SOC,soc@kr.example
		JPCERT/CC,csirt,JP,ja,GREEN,窓口,info@jp.example
		Partner,partner,JP,en,AMBER,,soc@partner.example
	X
	"$tobiguchi" directory import "$dir/directory.csv"
	[ "$(id -u)" -ne 0 ] || chown -R --reference="$TOBIGUCHI_DATA" "$TOBIGUCHI_DATA"/*
	token=$("$tobiguchi" token create --user admin@example.jp --name test --scope all)
	server_sql "INSERT INTO setting (key, value) VALUES ('team.email', 'csirt@csirt.example'); INSERT INTO setting (key, value) VALUES ('telescope.exchange_hour', '2'); INSERT INTO setting (key, value) VALUES ('telescope.open_data', '1')"
	server_start
	day=$(date -u -d "26 hours ago" +%F)

	kr=$(api POST /telescope/exchange/new '{"organisation":1,"country":"AA","channel":"mail","form":"iodef2","together":0,"encrypt":0}' | jq .data.id)
	jp=$(api POST /telescope/exchange/new '{"organisation":2,"channel":"fetch","form":"csv","together":0}' | jq .data.id)
	all=$(api POST /telescope/exchange/new '{"organisation":3,"country":"AA","channel":"fetch","form":"csv","together":1}' | jq .data.id)
	[ "$(api POST /telescope/exchange/new '{"organisation":1,"country":"AA"}' | jq -r .status)" = 422 ]
	# Nothing leaves before somebody switches it on, without a token, or over the ceiling.
	[ "$(server_sql 'SELECT COUNT(*) FROM exchange_file')" = 0 ]
	[ "$(api POST "/telescope/exchange/$jp" '{"act":"on"}' | jq -r .status)" = 422 ]
	secret=$(api POST "/telescope/exchange/$jp" '{"act":"token"}' | jq -r .data.token)
	[ "$(api POST "/telescope/exchange/$jp" '{"act":"on"}' | jq -r .status)" = 422 ]
	api POST "/telescope/exchange/$jp" '{"act":"save","tlp":"GREEN"}'
	other=$(api POST "/telescope/exchange/$all" '{"act":"token"}' | jq -r .data.token)
	for id in "$kr" "$jp" "$all"; do
		[ "$(api POST "/telescope/exchange/$id" '{"act":"on"}' | jq -r '.status // 200')" = 200 ]
	done
	until_sql "SELECT 1 WHERE (SELECT COUNT(*) FROM exchange_file WHERE state <> 'waiting') = 3"

	# The board, and the file as it is in the mail.
	api GET /telescope/exchange >"$dir/board"
	[ "$(jq -r '.data.items | map("\(.country) \(.days[0].state) \(.days[0].records)") | join(", ")' "$dir/board")" = \
	    'AA waiting 7, AA ready 7, JP empty 0' ]
	file=$(jq '.data.items[] | select(.organisation_id == 1).days[0].file' "$dir/board")
	api GET "/telescope/exchange/files/$file/download" >"$dir/kr.xml"
	[ "$(grep -c '<EventData>' "$dir/kr.xml")" = 7 ]
	grep -q '211.40.1.9' "$dir/kr.xml"
	[ "$(server_sql "SELECT m.subject FROM message m JOIN exchange_file f ON f.message_id = m.id")" = \
	    "[TLP:AMBER] Scans from all countries on $day (Test CSIRT)" ]
	[ "$(server_sql "SELECT a.name FROM attachment a JOIN exchange_file f ON f.message_id = a.message_id")" = "${day//-/}-all.xml" ]

	# A recipient has its own, with its own token.
	[ "$(curl -s -u "x:$secret" "$base/exchange" | jq -r '.data.items[0].day')" = "$day" ]
	curl -s -u "x:$secret" "$base/exchange/$day" >"$dir/jp.csv"
	[ "$(tr -d '\r' <"$dir/jp.csv")" = timestamp,src_ip,src_port,protocol,dest_port ]
	curl -s -u "x:$other" "$base/exchange/$day" >"$dir/all.csv"
	[ "$(wc -l <"$dir/all.csv")" = 8 ]
	grep -q "^${day}T12:00:07.000Z,133.1.2.3,40000,6,445,${day}T12:00:07.000Z,1" "$dir/all.csv"
	api GET "/telescope/exchange/files/$file" >"$dir/page"
	for wrong in "x:$secret." x: "$token:" "x:$token"; do
		[ "$(curl -s -o "$dir/page" -w '%{http_code}' -u "$wrong" "$base/exchange/$day")" = 401 ]
	done
	[ "$(curl -s -o /dev/null -w '%{http_code}' "$base/exchange/$day")" = 401 ]
	[ "$(curl -s -o /dev/null -w '%{http_code}' -u "x:$secret" "$base/exchange/2020-01-01")" = 404 ]
	[ "$(api GET /telescope/exchange | jq -r '.data.items[] | select(.organisation_id == 3).days[0].state')" = fetched ]
	api POST "/telescope/exchange/$jp" '{"act":"off"}'
	[ "$(curl -s -o /dev/null -w '%{http_code}' -u "x:$secret" "$base/exchange/$day")" = 401 ]

	# Feedback, once more, and from the command line.
	api POST "/telescope/exchange/files/$file" '{"act":"feedback","feedback":"Cleaned."}'
	[ "$(api GET "/telescope/exchange/files/$file" | jq -r .data.feedback)" = Cleaned. ]
	api POST "/telescope/exchange/files/$file" '{"act":"again"}'
	until_sql "SELECT 1 WHERE (SELECT COUNT(*) FROM message WHERE to_addrs = 'soc@kr.example') = 2"
	[ "$("$tobiguchi" telescope exchange --day "$day" --json | jq -r '.items | map("\(.country) \(.active) \(.state)") | join(", ")')" = \
	    'AA true waiting, AA true fetched, JP false empty' ]
	run -64 --separate-stderr "$tobiguchi" telescope exchange --day yesterday

	# Masked for everybody: port 23 has enough sources, 445 has not; no target, no true source.
	until_sql 'SELECT 1 FROM open_data'
	curl -s "$base/observation/data" >"$dir/page"
	curl -s -D "$dir/header" "$base/observation/data/${day//-/}.csv.zst" | zstd -dcq | tr -d '\r' >"$dir/open.csv"
	grep -qi '^cache-control: public' "$dir/header"
	[ "$(head -n 1 "$dir/open.csv")" = hour,protocol,dest_port,source,fingerprint,packets ]
	[ "$(awk -F, 'NR > 1 { n += $6; p[$3] = 1 } END { for (i in p) printf "%s ", i; print n }' "$dir/open.csv")" = '23 6' ]
	! grep -E '211\.40\.1\.|133\.1\.2\.|203\.0\.113\.' "$dir/open.csv" "$dir/page"
	api POST /admin/settings '{"telescope.open_data":"0"}' >/dev/null
	[ "$(curl -s -o /dev/null -w '%{http_code}' "$base/observation/data/20200101.csv.zst")" = 404 ]

	api GET /metrics >"$dir/metrics"
	grep -qx 'tobiguchi_telescope_records 7' "$dir/metrics"
	grep -qx 'tobiguchi_exchange_files{state="fetched"} 1' "$dir/metrics"
	[ "$(sed -n 's/^tobiguchi_telescope_sealed_seconds //p' "$dir/metrics")" -gt 1700000000 ]

	# 203.0.113.x is in nothing of it.
	server_sql 'SELECT payload FROM journal' >"$dir/journal"
	! grep -lE '203\.0\.113\.[0-9]' "$dir"/{kr.xml,jp.csv,all.csv,board,metrics,log,journal}
}
