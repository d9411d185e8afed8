#!/usr/bin/env bats
# The telescope's records: captures in, answers out, each counted a second time.

load kit
many_starts=1

count=$BATS_TEST_DIRNAME/../tools/telescope_count.py
tshark=$BATS_TEST_DIRNAME/../tools/telescope_tshark.py

telescope() { "$tobiguchi" telescope "$@"; }

teardown() {
	[ -z "${clickhouse_pid:-}" ] || kill "$clickhouse_pid" 2>/dev/null || true
	rm -rf "$dir"
}

@test "every answer is what a plain program counts" {
	python3 "$count" make "$dir/a.pcap" 2500 1
	python3 "$count" make "$dir/b.pcap" 1500 2
	telescope import --no-places --store "$dir/s" "$dir/a.pcap"
	telescope import --no-places --store "$dir/s" "$dir/b.pcap" # days in two parts
	python3 "$count" compare "$tobiguchi" "$dir/s" "$dir/a.pcap" "$dir/b.pcap"
}

@test "a ClickHouse answers the same, whole or in shards" {
	command -v clickhouse-server || skip "clickhouse-server is not installed (apt install clickhouse-server)"
	. "$BATS_TEST_DIRNAME/../tools/clickhouse.bash"
	python3 "$count" make "$dir/a.pcap" 900 12
	python3 "$count" make "$dir/b.pcap" 500 13
	telescope import --store "$dir/s" "$dir/a.pcap"
	clickhouse_start "$dir/ch"
	telescope load --store "$dir/s" --clickhouse "$clickhouse" # into tobiguchi.record
	telescope import --store "$dir/s" "$dir/b.pcap"
	[ "$(telescope load --store "$dir/s" --clickhouse "$clickhouse" --json | jq .records)" -gt 1000 ]
	[ "$(telescope load --store "$dir/s" --clickhouse "$clickhouse" --json | jq .records)" -eq 0 ]
	python3 "$count" compare "$tobiguchi" "$clickhouse" "$dir/a.pcap" "$dir/b.pcap"
	# What a plain program does not know: countries, sensors, fingerprints, ranks before.
	for by in country as sensor fingerprint port,sensor country,day; do
		for from in '--from 2026-09-02 --to 2026-09-03 --previous' '--top 4 --measure sources'; do
			for at in "--store $dir/s" "--clickhouse $clickhouse"; do
				# shellcheck disable=SC2086
				telescope query $at $from --where 'not udp' --group-by "$by" --json |
				    jq -c '[.items[] | del(.rank, .previous_rank)] | sort' >"$dir/${at:2:1}.json"
			done
			diff "$dir/s.json" "$dir/c.json"
		done
	done
	# A cluster: each server has its sources, one table of all stands before them.
	telescope load --store "$dir/s" --clickhouse "$clickhouse/one" --shard 1/2
	telescope load --store "$dir/s" --clickhouse "$clickhouse/two" --shard 2/2
	curl -sf "$clickhouse" --data 'CREATE DATABASE everything'
	curl -sf "$clickhouse" --data "CREATE TABLE everything.record AS one.record ENGINE = Distributed(two, '', record)"
	for by in port net,day; do
		for at in "$clickhouse" "$clickhouse/everything"; do
			telescope query --clickhouse "$at" --group-by "$by" --measure sources --json | jq -cS '[.items[]] | sort'
		done >"$dir/both"
		[ "$(sort -u "$dir/both" | wc -l)" -eq 1 ] && [ "$(wc -l <"$dir/both")" -eq 2 ]
	done
	run telescope query --clickhouse "${clickhouse/127/reader@127}" --group-by port
	[ "$status" -eq 69 ]
	[[ "$output" == *"ClickHouse: "*assword* ]]
	kill "$clickhouse_pid"
	wait "$clickhouse_pid" || true
	run telescope load --store "$dir/s" --clickhouse "$clickhouse"
	[ "$status" -eq 69 ]
}

@test "each record is what tshark shows" {
	command -v tshark || skip "tshark is not installed (apt install tshark)"
	python3 "$count" make "$dir/a.pcap" 3000 3
	files=$(ls "${TOBIGUCHI_CONFORMANCE:-/nonexistent}"/pcap/*.pcap* 2>/dev/null || true)
	[ -n "$files" ] || echo "# TOBIGUCHI_CONFORMANCE is unset: only generated packets" >&3
	# shellcheck disable=SC2086
	python3 "$tshark" "$tobiguchi" "$dir/a.pcap" $files
}

@test "another program reads the store, as docs/telescope-store.md says" {
	reader=$BATS_TEST_DIRNAME/../tools/telescope_segment.py
	fields=ts,proto,src,sport,dst,dport,len,ttl,ipid,flags,window,seq,mss,scale,fingerprint,country,as,sensor,payload
	python3 "$count" make "$dir/a.pcap" 1500 14
	telescope import --payload 9 --microseconds --store "$dir/s" "$dir/a.pcap"
	for i in 1 2; do
		telescope dump --store "$dir/s" --tsv --fields "$fields" | sort >"$dir/ours"
		python3 "$reader" "$dir/s" | sort >"$dir/theirs"
		cmp "$dir/ours" "$dir/theirs"
		[ "$(wc -l <"$dir/ours")" -gt 1400 ]
		telescope retain --store "$dir/s" --raw-days 1
	done
	[ -z "$(cut -f 11-12 "$dir/ours" | tr -d '0\t\n')" ]
	# Of packets nothing is left, of their sums all.
	before=$(telescope query --store "$dir/s" --group-by port,hour --json | jq -c .items)
	telescope retain --store "$dir/s" --days 1
	[ "$(telescope query --store "$dir/s" --group-by port,hour --json | jq -c .items)" = "$before" ]
	run telescope query --store "$dir/s" --group-by source
	[[ "$output" == *"was not kept so long"* ]]
	[ -z "$(telescope dump --store "$dir/s" --tsv 2>/dev/null)" ]
	telescope verify --store "$dir/s"
}

@test "many days and files at once come out complete" {
	python3 "$count" make "$dir/a.pcap" 2000 4
	python3 "$count" make "$dir/b.pcap" 2000 5
	telescope import --no-places --store "$dir/s" "$dir/a.pcap" "$dir/b.pcap" >"$dir/told"
	telescope import --no-places --store "$dir/t" - <"$dir/a.pcap"
	[ "$(telescope dump --store "$dir/t" --tsv | wc -l)" -lt "$(telescope dump --store "$dir/s" --tsv | wc -l)" ]
	telescope verify --store "$dir/s"
	[ "$(telescope query --store "$dir/s" --group-by day --json | jq '[.items[].packets] | add')" = \
	    "$(telescope dump --store "$dir/s" --tsv | wc -l)" ]
}

@test "a sensor map gives names, and no answer has a sensor's address" {
	python3 "$count" make "$dir/a.pcap" 800 6
	printf 'network,sensor\n192.0.2.0/28,tokyo-1\n2001:db8::/32,six\n' >"$dir/map.csv"
	telescope import --no-places --sensors "$dir/map.csv" --store "$dir/s" "$dir/a.pcap"
	run telescope query --store "$dir/s" --group-by sensor
	[[ "$output" == *tokyo-1* ]] && [[ "$output" == *net-* ]]
	[[ "$output" != *192.0.2.* ]] && [[ "$output" != *203.0.113.* ]]
	[ "$(telescope query --store "$dir/s" --where 'sensor tokyo-1' --group-by proto --json | jq '[.items[].packets] | add')" = \
	    "$(telescope query --store "$dir/s" --where 'dst 192.0.2.0/28' --group-by proto --json | jq '[.items[].packets] | add')" ]
	printf 'nonsense,x\n' >"$dir/map.csv"
	run telescope import --sensors "$dir/map.csv" --store "$dir/t" "$dir/a.pcap"
	[ "$status" -eq 65 ]
	[[ "$output" == *map.csv:1* ]]
}

@test "a damaged segment is left out by name, the rest answers" {
	python3 "$count" make "$dir/a.pcap" 1000 7
	telescope import --no-places --store "$dir/s" "$dir/a.pcap"
	all=$(telescope query --store "$dir/s" --group-by day --json | jq '.items | length')
	first=$(ls "$dir/s"/*.seg | head -n 1)
	python3 - "$first" <<-'END'
		import sys
		p = sys.argv[1]
		d = bytearray(open(p, 'rb').read())
		d[len(d) // 3] ^= 16
		open(p, 'wb').write(d)
	END
	run telescope verify --store "$dir/s"
	[ "$status" -eq 65 ]
	[[ "$output" == *"$(basename "$first" .seg): "*damaged* ]]
	run telescope dump --store "$dir/s" --tsv
	[[ "$output" == *"segment $(basename "$first" .seg) was left out"* ]]
	truncate -s 100 "$first"
	[ "$(telescope query --store "$dir/s" --group-by day --json 2>"$dir/said" | jq '.items | length')" -eq $((all - 1)) ]
	grep -q "$(basename "$first" .seg)" "$dir/said"
}

@test "bad captures are told and what is before the fault is taken" {
	python3 "$count" make "$dir/a.pcap" 300 8
	head -c 20000 "$dir/a.pcap" >"$dir/cut.pcap"
	run telescope import --no-places --store "$dir/s" "$dir/cut.pcap"
	[ "$status" -eq 0 ]
	[[ "$output" == *"ends within a packet"* ]]
	printf 'this is no capture' >"$dir/none"
	run telescope import --no-places --store "$dir/s" "$dir/none"
	[ "$status" -eq 65 ]
	[[ "$output" == *"neither pcap nor pcapng"* ]]
	python3 - "$dir" <<-'END'
		import struct, sys
		# a snapshot length of 2 GB is only a number; a packet of 2 GB cannot be
		head = struct.pack('<LHHLLLL', 0xa1b2c3d4, 2, 4, 0, 0, 0x7fffffff, 1)
		open(sys.argv[1] + '/huge.pcap', 'wb').write(head + struct.pack('<LLLL', 1, 1, 0x7fffffff, 0x7fffffff))
	END
	run telescope import --no-places --store "$dir/s" "$dir/huge.pcap"
	[ "$status" -eq 65 ]
	[[ "$output" == *"longer than any can be"* ]]
	run telescope import --no-places --store "$dir/s" "$dir/absent.pcap"
	[ "$status" -eq 66 ]
}

@test "two writers do not meet; a reader does not mind" {
	python3 "$count" make "$dir/a.pcap" 200 9
	telescope import --no-places --store "$dir/s" "$dir/a.pcap"
	exec 8>"$dir/s/lock"
	flock 8
	telescope query --store "$dir/s" --group-by proto
	run telescope import --no-places --store "$dir/s" "$dir/a.pcap"
	[ "$status" -eq 75 ]
	[[ "$output" == *"another process writes"* ]]
}

@test "what root imports belongs to the owner of the folder" {
	[ "$(id -u)" -eq 0 ] || skip "only root can become another user"
	python3 "$count" make "$dir/a.pcap" 50 9
	mkdir "$dir/data"
	chown 65534:65534 "$dir/data"
	telescope import --no-places --data "$dir/data" "$dir/a.pcap"
	[ -n "$(find "$dir/data/telescope" -name '*.seg')" ]
	[ -z "$(find "$dir/data" ! -user 65534)" ]
}

@test "faults of a filter are shown at their place" {
	mkdir "$dir/s"
	run telescope query --store "$dir/s" --where 'tcp and hello' --group-by port
	[ "$status" -eq 64 ]
	[[ "$output" == *"no word of the filter language"* ]]
	[[ "${lines[2]}" == '          ^' ]]
}

# kill -9 at every few system calls that write: nothing half, nothing twice.
@test "an import that is killed leaves all of it or nothing" {
	python3 "$count" make "$dir/a.pcap" 600 10
	telescope import --no-places --store "$dir/s" "$dir/a.pcap"
	one=$(telescope dump --store "$dir/s" --tsv | wc -l)
	python3 "$BATS_TEST_DIRNAME/../tools/telescope_crash.py" "$tobiguchi" "$dir/s" "$dir/a.pcap" "$one" \
	    "$([ -n "${TOBIGUCHI_LONG:-}" ] && echo 1000 || echo 50)"
}

@test "what leaves as pcap, CSV and IPFIX is what was recorded" {
	fields=ts,proto,src,sport,dst,dport,len,ttl,df,mf,fragment,ipid,flags,window,seq,mss,scale,options,fingerprint,badsum,cut,payload
	python3 "$count" make "$dir/a.pcap" 3000 3
	telescope import --no-places --microseconds --payload 64 --store "$dir/s" "$dir/a.pcap"
	telescope dump --store "$dir/s" --format pcap --out "$dir/out.pcap"
	telescope import --no-places --microseconds --payload 64 --store "$dir/t" "$dir/out.pcap"
	cmp <(telescope dump --store "$dir/s" --fields $fields | sort) <(telescope dump --store "$dir/t" --fields $fields | sort)
	if command -v tshark; then
		[ "$(tshark -nr "$dir/out.pcap" -T fields -e frame.number 2>/dev/null | wc -l)" -eq "$(telescope dump --store "$dir/s" | wc -l)" ]
	fi
	telescope dump --store "$dir/s" --format csv --fields $fields --out "$dir/out.csv.zst"
	telescope dump --store "$dir/s" --format csv --fields $fields --zstd >"$dir/again.zst"
	cmp "$dir/out.csv.zst" "$dir/again.zst"
	zstd -dcq "$dir/out.csv.zst" | tr -d '\r' >"$dir/out.csv"
	[ "$(head -n 1 "$dir/out.csv")" = $fields ]
	cmp <(telescope dump --store "$dir/s" --fields $fields) <(tail -n +2 "$dir/out.csv" | tr , '\t')
	telescope dump --store "$dir/s" --format ipfix --out "$dir/out.ipfix"
	telescope dump --store "$dir/s" --fields ts,proto,src,sport,dst,dport,len,ttl,ipid,seq >"$dir/out.tsv"
	python3 "$BATS_TEST_DIRNAME/../tools/ipfix_read.py" "$dir/out.ipfix" "$dir/out.tsv"
	# Without targets nothing tells them, nor what is made of them.
	for format in tsv csv pcap ipfix; do
		telescope dump --store "$dir/s" --format $format --no-targets >"$dir/no.$format"
	done
	! grep -E '192\.0\.2\.|203\.0\.113\.' "$dir/no.tsv" "$dir/no.csv"
	python3 -c 'import sys; assert not any(t in open(f, "rb").read() for t in (b"\xc0\0\2", b"\xcb\0\x71") for f in sys.argv[1:])' \
	    "$dir/no.pcap" "$dir/no.ipfix"
	run telescope dump --store "$dir/s" --format pcap --fields ts
	[ "$status" -eq 64 ]
	run telescope dump --store "$dir/s" --format parquet
	[ "$status" -eq 64 ]
	run telescope dump --store "$dir/s" --format pcap --out "$dir/none/x"
	[ "$status" -eq 73 ]
}

@test "lists of other telescopes come in, and no file twice" {
	corpus=$BATS_TEST_DIRNAME/../fuzz/corpus/feed # a byte for the fuzzer, then the file
	tail -c +2 "$corpus/dshield.json" >"$dir/dshield.json"
	tail -c +2 "$corpus/lines.json" >"$dir/lines.json"
	tail -c +2 "$corpus/darknet.csv" >"$dir/darknet.csv"
	telescope import --no-places --store "$dir/s" --format dshield --json "$dir/dshield.json" "$dir/lines.json" >"$dir/told" 2>"$dir/said"
	[ "$(jq -c '[.records, .bad, .known_files]' "$dir/told")" = '[3,2,0]' ]
	grep -q 'dshield.json: 1 of 3 entries' "$dir/said"
	[ "$(telescope dump --store "$dir/s" --fields ts,proto,src,sport,dst,dport,flags,fingerprint,sensor | sort)" = \
	    "$(printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' \
	        1788220800.000000 58 2001:db8::7 128 2001:db8::1 0 '' unknown dshield \
	        1788220801.000000 6 198.51.100.7 40000 192.0.2.1 23 0x0002 unknown dshield \
	        1788220801.000000 6 198.51.100.7 80 192.0.2.1 4321 0x0012 backscatter dshield | sed 's/^1788220800/1788220802/' | sort)" ]
	telescope import --no-places --store "$dir/s" --format shadowserver --sensor partner --json "$dir/darknet.csv" >"$dir/told" 2>"$dir/said"
	[ "$(jq -c '[.records, .bad]' "$dir/told")" = '[4,1]' ]
	[ "$(telescope query --store "$dir/s" --where 'sensor partner' --group-by fingerprint --json | jq -c '[.items[] | [.fingerprint, .packets]] | sort')" = \
	    '[["mirai",2],["unknown",2]]' ]
	# Once more is told, and takes nothing; a capture as well; --again does.
	python3 "$count" make "$dir/a.pcap" 200 12
	telescope import --no-places --store "$dir/s" "$dir/a.pcap" "$dir/a.pcap" --json >"$dir/told" 2>"$dir/said"
	[ "$(jq .known_files "$dir/told")" = 1 ]
	all=$(telescope dump --store "$dir/s" | wc -l)
	run telescope import --no-places --store "$dir/s" "$dir/a.pcap"
	[ "$status" -eq 0 ]
	[[ "$output" == *"is in there already"* ]]
	telescope import --no-places --store "$dir/s" --format shadowserver "$dir/darknet.csv"
	[ "$(telescope dump --store "$dir/s" | wc -l)" -eq "$all" ]
	telescope import --no-places --store "$dir/s" --format shadowserver --again "$dir/darknet.csv"
	[ "$(telescope dump --store "$dir/s" | wc -l)" -eq $((all + 4)) ]
	telescope verify --store "$dir/s"
	# What is no such file.
	run telescope import --no-places --store "$dir/t" --format dshield "$dir/darknet.csv"
	[ "$status" -eq 65 ]
	[[ "$output" == *"no entries of the format dshield"* ]]
	run telescope import --no-places --store "$dir/t" --format shadowserver "$dir/dshield.json"
	[ "$status" -eq 65 ]
	run telescope import --store "$dir/s" --format netflow "$dir/darknet.csv"
	[ "$status" -eq 64 ]
}

@test "IODEF has the five things, is valid, and no sensor's address" {
	python3 "$count" make "$dir/a.pcap" 1500 11
	telescope import --store "$dir/s" "$dir/a.pcap" 2>"$dir/said" || cat "$dir/said"
	telescope iodef --store "$dir/s" --day 2026-09-02 --country all --out "$dir/two" --email observe@csirt.example
	telescope iodef --store "$dir/s" --day 2026-09-02 --country all --out "$dir/one" --v1
	telescope iodef --store "$dir/s" --day 2026-09-02 --country all --out "$dir/sum" --together
	telescope iodef --store "$dir/s" --day 2026-09-02 --country JP >"$dir/jp.xml"
	rows=$(telescope dump --store "$dir/s" --tsv --from 2026-09-02 --to 2026-09-03 --fields src,sport,dport,proto,ts | wc -l)
	[ "$(cat "$dir"/two/*.xml | grep -c '<EventData>')" -eq "$rows" ]
	[ "$(cat "$dir"/one/*.xml | grep -c '<EventData>')" -eq "$rows" ]
	[ -z "$(ls "$dir/two" | grep part)" ]
	! grep -rE '192\.0\.2\.|203\.0\.113\.' "$dir/two" "$dir/one" "$dir/sum"
	# An independent reader finds the same in both versions.
	python3 - "$dir" "$rows" <<-'END'
		import glob, sys, xml.etree.ElementTree as E, subprocess, os
		def rows(pattern, space):
		    n = '{urn:ietf:params:xml:ns:iodef-%s}' % space
		    for f in glob.glob(pattern):
		        for e in E.parse(f).iter(n + 'EventData'):
		            s, t = e.findall('.//' + n + 'System')
		            v = s.find(n + 'Service')
		            proto = v.get('ip-protocol') or v.get('ip_protocol')
		            port = lambda x: x.findtext(n + 'Service/' + n + 'Port') or ''
		            assert len(list(e)) == 2
		            yield s.findtext('.//' + n + 'Address'), port(s), port(t), proto, e.findtext(n + 'StartTime')
		two, one = sorted(rows(sys.argv[1] + '/two/*.xml', '2.0')), sorted(rows(sys.argv[1] + '/one/*.xml', '1.0'))
		assert two == one and len(two) == int(sys.argv[2]), (len(two), len(one))
	END
	xsd=${TOBIGUCHI_CONFORMANCE:-}/iodef
	[ -d "$xsd" ] || skip "TOBIGUCHI_CONFORMANCE is unset: not compared with the schemas"
	"$BATS_TEST_DIRNAME/../tools/iodef-schema" "$xsd/schemata/iodef-2.0.xsd" "$dir"
	for f in "$dir"/two/*.xml "$dir"/sum/*.xml "$dir/jp.xml"; do
		xmllint --nonet --noout --schema "$dir/iodef.xsd" "$f"
	done
	for f in "$dir"/one/*.xml; do
		xmllint --nonet --noout --schema "$xsd/iodeflib/iodef-1.0.xsd" "$f"
	done
}
