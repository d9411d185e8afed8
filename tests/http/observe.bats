#!/usr/bin/env bats
# What people see of the telescope: questions, graphs, what was noticed; and what they
# must never see: where the sensors are.

load ../tools/server.bash

setup() { server_init; }
teardown() { server_stop; }

json() { # JAR PATH JQ
	curl -s -b "$dir/$1.jar" -H 'Accept: application/json' "$base$2" | jq -r "$3"
}

# Twelve days of quiet on 8 ports at 4 sensors, then 60 sources at 9530/tcp in the hour
# before this one. Targets are 203.0.113.0/24: the planted addresses.
capture() {
	python3 - "$dir/made.pcap" "$dir/map.csv" <<'PY'
import random, struct, sys, time
random.seed(7)
now = int(time.time()) // 3600 * 3600
out = open(sys.argv[1], 'wb')
out.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))
def packet(at, src, dst, port):
    tcp = struct.pack('>HHIIBBHHH', 40000, port, random.getrandbits(32), 0, 5 << 4, 2, 1024, 0, 0)
    ip = struct.pack('>BBHHHBBH4s4s', 0x45, 0, 40, random.getrandbits(16), 0, 50, 6, 0, src, dst) + tcp
    out.write(struct.pack('<IIII', at, 0, len(ip), len(ip)) + ip)
targets = [bytes([203, 0, 113, i]) for i in (17, 49, 113, 201)]
rows = []
for hour in range(12 * 24):
    at = now - (12 * 24 - hour) * 3600
    for i in range(40):
        rows.append((at + random.randrange(3600), bytes([198, 51, 100, random.randrange(1, 60)]), random.choice(targets),
                     random.choice([23, 22, 80, 443, 445, 3389, 8080, 5900])))
for i in range(60):
    for target in targets[:3]:
        rows.append((now - 3600 + random.randrange(3600), bytes([192, 0, 2, i + 1]), target, 9530))
for row in sorted(rows): packet(*row)
open(sys.argv[2], 'w').writelines('203.0.113.%d/32,s%d\n' % (t[3], i) for i, t in enumerate(targets))
PY
	"$tobiguchi" telescope import --store "$TOBIGUCHI_DATA/telescope/store" --sensors "$dir/map.csv" --no-places "$dir/made.pcap" >&2
}

start() {
	mkdir -p "$TOBIGUCHI_DATA/telescope"
	capture
	[ "$(id -u)" -ne 0 ] || chown -R --reference="$TOBIGUCHI_DATA" "$TOBIGUCHI_DATA/telescope"
	server_add handler
	server_start
	[ "$(server_sign_in a admin@example.jp)" = 303 ]
	[ "$(server_sign_in h handler@example.jp)" = 303 ]
}

wait_for() { # SQL: until it gives a row
	for _ in $(seq 150); do
		[ -z "$(server_sql "$1")" ] || return 0
		sleep 0.2
	done
	return 1
}

@test "questions are answered; a sensor's address cannot be asked for" {
	start
	[ "$(json h '/telescope?days=14&measure=sources' '.data.items[0] | "\(.port) \(.sources) \(.packets)"')" = '9530/tcp 60 180' ]
	[ "$(json h '/telescope?days=14' '.data.all.packets')" = 11700 ]
	[ "$(json h '/telescope?days=14&by=source&top=2&q=dport+9530' '.data | "\(.items | length) \(.groups) \(.others.packets)"')" = '2 60 174' ]
	[ "$(json h '/telescope?days=14&by=sensor&q=dport+9530' '.data.items | map(.sensor) | sort | join(" ")')" = 's0 s1 s2' ]
	[ "$(json h '/telescope?days=14&by=hour&q=dport+9530' '.data.items | length')" = 1 ]
	# against the week before: 9530 was not there then
	[ "$(json h '/telescope?days=7&against=week' '.data.items[] | select(.port == "9530/tcp") | "\(.packets) \(.previous)"')" = '180 0' ]
	[ "$(json h '/telescope?days=5&against=week&q=dport+23' '.data.items[0].previous > 10')" = true ]
	# one packet is no sender: of these none has a fingerprint twice
	[ "$(json h '/telescope?days=14&by=source&q=src+192.0.2.3' '.data.items[0].sender')" = null ]
	# open scanners are named
	printf '{"name":"Research","list":["192.0.2.0/28","scanner.example"]}' >"$dir/list.json"
	"$tobiguchi" telescope scanners "$dir/list.json" | grep -q 'Research: 1 networks, 1 entries'
	[ "$(json h '/telescope?days=14&by=source&q=src+192.0.2.3' '.data.items[0].scanner')" = Research ]
	[ "$(http h -d name=x -d list=192.0.2.0/24 -d csrf="$(csrf h)" "$base/telescope/scanners")" = 403 ]
	[ "$(http a -d name=Other --data-urlencode 'list=nothing' -d csrf="$(csrf a)" "$base/telescope/scanners")" = 422 ]
	[ "$(http a -d name=Other --data-urlencode 'list=198.51.100.0/24' -d csrf="$(csrf a)" "$base/telescope/scanners")" = 303 ]
	[ "$(json h /telescope/scanners '.data.items | map(.name) | join(" ")')" = 'Other Research' ]
	for q in 'dst+203.0.113.17' 'host+203.0.113.17' 'not+dst+net+203.0.113.0/24' 'seq+1' 'tcp+and+(+dport' 'colour+red'; do
		[ "$(http h -H 'Accept: application/json' "$base/telescope?q=$q")" = 400 ]
	done
	[ "$(http h "$base/telescope.csv?days=14&by=port&measure=sources")" = 200 ]
	grep -q '9530/tcp,180,60' <(tr -d '"' <"$dir/page")
	[ "$(http nobody "$base/telescope")" = 303 ]
}

@test "graphs are made for team and public, without a sensor's address or name" {
	start
	wait_for "SELECT 1 FROM observation WHERE name = 'week'"
	[ "$(json h '/telescope/graphs?span=month' '.data.active')" = 4 ]
	for page in /observation '/observation?span=year&lang=ja' /observation/ports.csv /observation/regions.csv; do
		[ "$(http nobody "$base$page")" = 200 ]
		! grep -qE '203\.0\.113|s[0-3]</|"s[0-3]"' "$dir/page"
		grep -qi '^cache-control: public' "$dir/header"
	done
	[ "$(http nobody -H 'Accept: application/json' "$base/observation")" = 200 ]
	! grep -qE '203\.0\.113|"s[0-3]"' "$dir/page"
	[ "$(http nobody "$base/observation?span=century")" = 404 ]
	[ "$(http nobody "$base/observation")" = 200 ]
	[ "$(wc -c <"$dir/page")" -le 40000 ]
	etag=$(sed -n 's/^ETag: *//Ip' "$dir/header" | tr -d '\r')
	[ "$(http nobody -H "If-None-Match: $etag" "$base/observation")" = 304 ]
	[ "$(http nobody -H "If-None-Match: $etag" "$base/observation?lang=en")" = 200 ]
	[ "$(http nobody "$base/observation?format=json")" = 200 ]
	jq -e '.data.n == 168' "$dir/page" >/dev/null
	# Who is signed in sees his navigation: nobody else may keep that page.
	[ "$(http h "$base/observation")" = 200 ]
	! grep -qi '^cache-control: public' "$dir/header"
	[ "$(http nobody "$base/telescope/graphs")" = 303 ]
}

@test "a quarter's report is drafted, edited, published; drafts are the team's" {
	start
	quarter=$(date -u +%Y)Q$((($(date -u +%-m) + 2) / 3))
	[ "$(http h "$base/telescope/reports")" = 200 ]
	[ "$(http a -d quarter=$quarter -d csrf="$(csrf a)" "$base/telescope/reports")" = 303 ]
	wait_for "SELECT 1 FROM observation_report WHERE quarter = '$quarter' AND lang = 'ja'"
	[ "$(http h "$base/telescope/reports/$quarter-ja?lang=ja")" = 200 ]
	grep -q '<td>23/tcp</td>' "$dir/page"
	! grep -q '203\.0\.113' "$dir/page"
	[ "$(http nobody "$base/observation/reports/$quarter-ja")" = 404 ]
	[ "$(http h -d act=publish -d title=x -d body=x -d csrf="$(csrf h)" "$base/telescope/reports/$quarter-ja")" = 403 ]
	token=$(csrf a)
	[ "$(http a -d act=preview -d title=T --data-urlencode 'body=## One <b>

- **two** [x](javascript:alert(1)) [y](https://example.jp/)' -d csrf="$token" "$base/telescope/reports/$quarter-ja")" = 200 ]
	grep -q '<h3>One &lt;b&gt;</h3>' "$dir/page"
	grep -q '<li><strong>two</strong> \[x\](javascript:alert(1)) <a href="https://example.jp/">y</a></li>' "$dir/page"
	[ "$(http a -d act=publish -d title=Finished -d body=Ready -d csrf="$token" "$base/telescope/reports/$quarter-ja")" = 303 ]
	[ "$(http a -d act=save -d version=1 -d title=Late -d body=Late -d csrf="$token" "$base/telescope/reports/$quarter-ja")" = 409 ]
	[ "$(http nobody "$base/observation/reports/$quarter-ja")" = 200 ]
	grep -q '<h1>Finished</h1>' "$dir/page"
	[ "$(http nobody "$base/observation/reports")" = 200 ]
	grep -q Finished "$dir/page"
	[ "$(http a -d act=withdraw -d title=Finished -d body=Ready -d csrf="$token" "$base/telescope/reports/$quarter-ja")" = 303 ]
	[ "$(http nobody "$base/observation/reports/$quarter-ja")" = 404 ]
}

@test "a wave is noticed, keeps its numbers, and becomes an incident" {
	start
	wait_for "SELECT 1 FROM sighting WHERE rule = 'wave'"
	[ "$(json h '/telescope/noticed?state=new' '[.data.items[] | select(.rule == "wave")][0] | "\(.series) \(.numbers.sources_then) \(.numbers.sensors)"')" = '9530/tcp 60 3' ]
	id=$(json h '/telescope/noticed?state=new' '[.data.items[] | select(.rule == "wave")][0].id')
	[ "$(http h "$base/telescope/noticed/$id")" = 200 ]
	! grep -q '203\.0\.113' "$dir/page"
	token=$(csrf h)
	[ "$(http h -d act=incident -d csrf="$token" "$base/telescope/noticed/$id")" = 403 ]
	token=$(csrf a)
	[ "$(http a -d act=incident -d csrf="$token" "$base/telescope/noticed/$id")" = 303 ]
	[ "$(json a "/telescope/noticed/$id" .data.state)" = incident ]
	[ "$(server_sql 'SELECT COUNT(*) FROM incident')" = 1 ]
	[ "$(http a -d act=note -d version=1 -d csrf="$token" "$base/telescope/noticed/$id")" = 409 ]
	# thresholds are tried before they are used
	[ "$(json a '/telescope/limits?days=2&wave_z=6' '[.data.items[] | select(.rule == "wave")] | length')" -ge 1 ]
	[ "$(json a '/telescope/limits?days=2&wave_z=100' '[.data.items[] | select(.rule == "wave")] | length')" = 0 ]
	[ "$(http a -d wave_z=8 -d csrf="$token" "$base/telescope/limits")" = 303 ]
	[ "$(json a /telescope/limits .data.wave_z)" = 8 ]
	! grep -q '203\.0\.113' "$dir/log"
}
