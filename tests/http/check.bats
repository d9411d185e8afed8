#!/usr/bin/env bats
# Stop checks on the real program against a server of loopback that is alive,
# gone, slow, endless or hostile. Nothing but loopback is ever asked.

load ../tools/server.bash

setup() { server_init; }
teardown() {
	[ -z "${phish_pid:-}" ] || kill "$phish_pid" 2>/dev/null
	[ -z "${outside_pid:-}" ] || kill "$outside_pid" 2>/dev/null
	server_stop
}

start() {
	mkdir "$dir/phish"
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$dir/phish/key.pem" -out "$dir/phish/cert.pem" -days 2 \
	    -subj /CN=login.example.com >/dev/null 2>&1
	"$BATS_TEST_DIRNAME/../tools/phish" "$dir/phish" 3>&- &
	phish_pid=$!
	for _ in $(seq 50); do
		[ -f "$dir/phish/port" ] && break
		sleep 0.1
	done
	port=$(cat "$dir/phish/port")
	tls=$(cat "$dir/phish/tls-port")
	server_start
	[ "$(server_sign_in a admin@example.jp)" = 303 ]
	csrf_a=$(csrf a)
}

post() { # JAR PATH FIELDS…: the status
	local jar=$1 path=$2 token=csrf_$1 args=()
	shift 2
	for field; do args+=(--data-urlencode "$field"); done
	http "$jar" "${args[@]}" -d csrf="${!token}" "$base$path"
}

json() { # JAR PATH JQ
	curl -s -b "$dir/$1.jar" -H 'Accept: application/json' "$base$2" | jq -r ".data$3"
}

settings() { [ "$(post a /admin/settings "$@")" = 303 ]; }

# What stands between: name server, proxies, a whois server that drips.
outside() {
	mkdir "$dir/outside"
	"$BATS_TEST_DIRNAME/../tools/outside" "$dir/outside" 3>&- &
	outside_pid=$!
	for _ in $(seq 50); do
		[ -f "$dir/outside/dns-port" ] && break
		sleep 0.1
	done
	dns=$(cat "$dir/outside/dns-port") proxy=$(cat "$dir/outside/proxy-port") socks=$(cat "$dir/outside/socks-port")
	whois=$(cat "$dir/outside/whois-port")
}

# result ID: what the last check found, when there is one.
result() {
	local r
	for _ in $(seq 200); do
		r=$(json a "/takedowns/$1" .result)
		[ "$r" = null ] || break
		sleep 0.1
	done
	echo "$r"
}

@test "nothing is fetched until checks are on, and then no private address" {
	start
	[ "$(post a /takedowns "urls=http://127.0.0.1:$port/alive")" = 303 ]
	[ "$(post a /takedowns/bulk act=check site=1)" = 303 ]
	sleep 1
	[ ! -e "$dir/phish/requests" ]
	[ "$(json a /takedowns/1 .result)" = null ]
	settings check.on=1
	[ "$(post a /takedowns/bulk act=check site=1)" = 303 ]
	[ "$(result 1)" = blocked ]
	[ ! -e "$dir/phish/requests" ]
	json a /takedowns/1 '.checks[0].error' | grep -q private
}

@test "each kind of server is seen for what it is" {
	start
	settings check.on=1 check.allow=127.0.0.0/8 check.seconds=3
	[ "$(post a /takedowns as=one "urls=http://127.0.0.1:$port/alive
http://127.0.0.2:$port/gone
http://127.0.0.3:$port/parked
http://127.0.0.4:$port/hang
http://127.0.0.5:$port/drip
http://127.0.0.6:$port/loop
http://127.0.0.7:$port/big
http://127.0.0.8:$port/away
http://127.0.0.9:$port/nonsense
http://127.0.0.10:$port/error
http://127.0.0.11:1/closed
https://127.0.0.12:$tls/alive
https://127.0.0.13:$port/alive")" = 303 ]
	[ "$(result 1)" = alive ]
	[ "$(json a /takedowns/1 .page_title)" = みなと例示銀行 ]
	[ "$(json a /takedowns/1 .form_targets)" = https://collect.example.com/take.php ]
	[ "$(json a /takedowns/1 '.page_hash | length')" = 64 ]
	[ "$(result 2)" = gone ]
	[ "$(result 3)" = gone ]
	[ "$(result 4)" = timeout ]
	[ "$(json a /takedowns/4 .state)" = unreachable ]
	[ "$(result 5)" = alive ]
	[ "$(json a /takedowns/5 .page_title)" = slow ]
	[ "$(result 6)" = error ]
	json a /takedowns/6 '.checks[0].error' | grep -q 'More than 5 redirects'
	[ "$(result 7)" = alive ]
	[ "$(json a /takedowns/7 '.checks[0].bytes')" -le 262144 ]
	[ "$(result 8)" = alive ]
	[ "$(json a /takedowns/8 .redirects)" = "http://127.0.0.8:$port/alive?from=away" ]
	[ "$(result 9)" = error ]
	[ "$(result 10)" = error ]
	[ "$(result 11)" = refused ]
	[ "$(result 12)" = alive ]
	json a /takedowns/12 '.checks[0].error' | grep -q self-signed
	[ "$(result 13)" = timeout ] # it waits for HTTP
	# what was received, as text
	id=$(json a /takedowns/1 '.checks[0].id')
	[ "$(http a "$base/takedowns/1/checks/$id")" = 200 ]
	grep -q '^HTTP/1.1 200 OK' "$dir/page"
	grep -qi '^content-disposition: attachment' "$dir/header"
	grep -qi '^content-type: text/plain' "$dir/header"
}

@test "a redirect to where it must not go is not followed" {
	start
	settings check.on=1 check.allow=127.0.0.1/32 check.seconds=3
	"$BATS_TEST_DIRNAME/../tools/phish" "$dir/phish" >/dev/null 2>&1 3>&- & other=$!
	[ "$(post a /takedowns "urls=http://127.0.0.1:$port/away")" = 303 ]
	[ "$(result 1)" = alive ]
	[ "$(post a /takedowns "urls=http://[::ffff:127.0.0.2]:$port/alive")" = 303 ]
	[ "$(result 2)" = blocked ]
	kill "$other"
}

@test "two checks that agree over a time stop it, one that sees it again reopens it" {
	start
	settings check.on=1 check.allow=127.0.0.1 check.hold_minutes=5
	[ "$(post a /takedowns "urls=http://127.0.0.1:$port/switch")" = 303 ]
	[ "$(result 1)" = alive ]
	: >"$dir/phish/off"
	check_again() {
		local n=$(json a /takedowns/1 '.checks | length')
		[ "$(post a /takedowns/bulk act=check site=1)" = 303 ]
		for _ in $(seq 200); do
			[ "$(json a /takedowns/1 '.checks | length')" -gt "$n" ] && return
			sleep 0.1
		done
		return 1
	}
	check_again
	[ "$(json a /takedowns/1 .result)" = gone ]
	[ "$(json a /takedowns/1 .state)" = reported ]
	check_again
	[ "$(json a /takedowns/1 .state)" = reported ]
	# six minutes later
	sqlite3 "$TOBIGUCHI_DATA/tobiguchi.db" "PRAGMA busy_timeout = 5000; UPDATE site SET gone_since = gone_since - 360000" >/dev/null
	check_again
	[ "$(json a /takedowns/1 .state)" = stopped ]
	[ "$(json a /takedowns/1 .stopped_by)" = check ]
	rm "$dir/phish/off"
	check_again
	[ "$(json a /takedowns/1 .state)" = reopened ]
	[ "$(json a '/takedowns?state=reopened' '.items | length')" = 1 ]
}

@test "PAP forbids it" {
	start
	settings check.on=1 check.allow=
	[ "$(post a /takedowns "urls=http://127.0.0.1:$port/alive")" = 303 ]
	settings check.allow=127.0.0.1
	ref=$(json a /takedowns/1 .incident)
	sqlite3 "$TOBIGUCHI_DATA/tobiguchi.db" "PRAGMA busy_timeout = 5000; UPDATE incident SET pap = 'AMBER' WHERE ref = '$ref'; UPDATE site SET result = NULL" >/dev/null
	[ "$(post a /takedowns/bulk act=check site=1)" = 303 ]
	for _ in $(seq 100); do
		json a /takedowns/1 '.checks[0].error' | grep -q PAP && break
		sleep 0.1
	done
	json a /takedowns/1 '.checks[0].error' | grep -q PAP
	[ ! -e "$dir/phish/requests" ]
}

@test "names are asked of the name server of the settings" {
	start
	outside
	settings check.on=1 check.allow=127.0.0.0/8 check.seconds=3 "check.resolver=127.0.0.1:$dns"
	[ "$(post a /takedowns as=one "urls=http://site.example:$port/alive
http://nowhere.example:$port/alive")" = 303 ]
	[ "$(result 1)" = alive ]
	[ "$(json a /takedowns/1 .address)" = 127.0.0.1 ]
	[ "$(result 2)" = no-name ]
	grep -q '^dns site.example$' "$dir/outside/asked"
}

@test "no address of the constituency is looked at, whatever its name is, unless it is allowed" {
	start
	outside
	sqlite3 "$TOBIGUCHI_DATA/tobiguchi.db" "PRAGMA busy_timeout = 5000;
		INSERT INTO organisation (id, name, folded, kind, lang, member, source, created_at, updated_at)
		VALUES (1, 'Example City', 'example city', 'government', 'ja', 1, 'manual', 1, 1);
		INSERT INTO organisation_scope (organisation_id, kind, value) VALUES (1, 'prefix', '127.0.0.77/32')" >/dev/null
	settings check.on=1 check.allow=127.0.0.1 check.seconds=3 "check.resolver=127.0.0.1:$dns"
	[ "$(post a /takedowns as=one "urls=http://ours.example:$port/alive
http://127.0.0.77:$port/alive
http://site.example:$port/alive")" = 303 ]
	[ "$(result 1)" = blocked ]
	[ "$(result 2)" = blocked ]
	[ "$(result 3)" = alive ]
	[ "$(cat "$dir/phish/requests")" = /alive ]
	json a /takedowns/1 '.checks[0].error' | grep -q constituency
	json a /takedowns/2 '.checks[0].error' | grep -q constituency
	settings check.allow=127.0.0.0/8
	[ "$(post a /takedowns "urls=http://ours.example:$port/alive?allowed")" = 303 ]
	[ "$(result 4)" = alive ]
}

@test "looks go through the proxy of the settings, and only to what may be looked at" {
	start
	outside
	for kind in "http://127.0.0.1:$proxy" "socks5://127.0.0.1:$socks"; do
		settings check.on=1 check.allow=127.0.0.1 check.seconds=3 "check.resolver=127.0.0.1:$dns" "check.proxy=$kind"
		rm -f "$dir/outside/asked"
		[ "$(post a /takedowns as=one "urls=http://site.example:$port/alive?$kind
http://127.0.0.2:$port/alive?$kind")" = 303 ]
		last=$(json a '/takedowns?state=all' '.items | map(.id) | max')
		[ "$(result $((last - 1)))" = alive ]
		[ "$(result "$last")" = blocked ]
		[ "$(json a "/takedowns/$((last - 1))" '.checks[0].vantage')" = "$kind" ]
		grep -qE "^(proxy CONNECT|socks) 127.0.0.1:$port$" "$dir/outside/asked"
		! grep -q 127.0.0.2 "$dir/outside/asked"
	done
	settings "check.proxy=http://127.0.0.1:1"
	[ "$(post a /takedowns "urls=http://127.0.0.1:$port/alive?nobody")" = 303 ]
	[ "$(result $((last + 1)))" = error ]
	json a "/takedowns/$((last + 1))" '.checks[0].error' | grep -q proxy
}

@test "a whois server that drips holds up no other work" {
	start
	outside
	settings check.on=1 check.allow=127.0.0.0/8 lookup.reach=loopback "lookup.whois=127.0.0.1:$whois" \
	    lookup.rdap=http://127.0.0.1:1/ lookup.seconds=30
	[ "$(post a /takedowns "urls=http://127.0.0.1:$port/alive")" = 303 ]
	[ "$(post a /directory/find act=ask "q=192.0.2.44")" = 303 ]
	for _ in $(seq 300); do
		grep -q ^whois "$dir/outside/asked" 2>/dev/null && break
		sleep 0.1
	done
	grep -q ^whois "$dir/outside/asked"
	[ "$(post a /takedowns/bulk act=check site=1)" = 303 ]
	n=$(json a /takedowns/1 '.checks | length')
	for _ in $(seq 300); do
		[ "$(json a /takedowns/1 '.checks | length')" -gt "$n" ] && break
		sleep 0.1
	done
	[ "$(json a /takedowns/1 '.checks | length')" -gt "$n" ]
	# while the look-up still waits
	sqlite3 "$TOBIGUCHI_DATA/tobiguchi.db" "SELECT state FROM job WHERE kind = 'lookup.ask'" | grep -q running
	# and the program ends in time, with the look-up given back
	kill "$server_pid"
	began=$(date +%s)
	wait "$server_pid"
	[ $(($(date +%s) - began)) -lt 12 ]
	sqlite3 "$TOBIGUCHI_DATA/tobiguchi.db" "SELECT state FROM job WHERE kind = 'lookup.ask'" | grep -q waiting
}
