#!/usr/bin/env bats
# Sensors enrol, send over TLS, are cut off, are forged; and the centre keeps each
# packet once.

load ../tools/server.bash
load ../tools/sensors.bash

setup() {
	centre_init
	spaces=()
	running=()
}

teardown() {
	for pid in "${running[@]}"; do kill "$pid" 2>/dev/null || true; done
	for space in "${spaces[@]}"; do ip netns del "$space" 2>/dev/null || true; done
	for space in "${spaces[@]}"; do ip link del "v$space" 2>/dev/null || true; done
	server_stop
}

# start NAME [COMMAND...]: the sensor in the background; its pid in $pid.
start() {
	local name=$1
	shift
	"$@" "$sensor" run --config "$dir/$name.conf" 2>>"$dir/$name.log" 3>&- &
	pid=$!
	running+=("$pid")
}

# Several rows of the store, after what came is sealed: the server begins a new file at its
# start, and seals the old one then.
sealed() {
	local n
	for _ in $(seq 100); do
		n=$("$tobiguchi" telescope dump --store "$TOBIGUCHI_DATA/telescope/store" --fields ts,sensor,src,dport --tsv 2>/dev/null | tail -n +1 | grep -c . || true)
		[ "$n" -ge "$1" ] && break
		sleep 0.3
	done
	echo "$n"
}

@test "a sensor enrols once, sends a capture, and sends it again for nothing" {
	centre_start
	capture "$dir/a.pcap" 5000 "$(($(date +%s) - 20000))"
	sensor_add one 192.0.2.0/24 "file $dir/a.pcap"
	# The token is used up.
	run "$sensor" enrol --config "$dir/one.conf" - <"$dir/one.token"
	[ "$status" -ne 0 ]
	[[ "$output" == *token* ]]
	run "$sensor" check --config "$dir/one.conf"
	echo "$output"
	[ "$status" -eq 0 ]
	"$sensor" check --config "$dir/one.conf" --json | jq -e '.good and (.steps | length >= 6)'
	"$sensor" run --config "$dir/one.conf"
	[ "$(number_of one records)" = 5000 ]
	[ "$(number_of one health)" = good ]
	[ "$(number_of one packets)" = 5000 ]
	# Its host is an organisation of the directory, by any of its names.
	local id
	id=$(number_of one id)
	api /directory -d name='例示大学' -d name_en='Example University' -d kind=hosting -d country=JP -d lang=ja \
	    -d authority=none -d trust=usual -d max_tlp=AMBER
	api "/telescope/sensors/$id" -d name=one -d organisation='Nobody knows' | jq -e '.errors[0].field == "organisation"'
	api "/telescope/sensors/$id" -d name=one -d addresses=192.0.2.0/24 -d organisation='example university'
	[ "$(number_of one organisation)" = '例示大学' ]
	# The centre restarts: nothing is gone, and the packets are sealed once.
	centre_stop
	centre_start 127.0.0.1 "$centre_port"
	[ "$(number_of one records)" = 5000 ]
	[ "$(sealed 5000)" = 5000 ]
	# In the journal, without an address.
	"$tobiguchi" telescope verify --store "$TOBIGUCHI_DATA/telescope/store"
	curl -ks -H "Authorization: Bearer $token" "$centre/metrics" | grep -q 'tobiguchi_sensor_records_total{sensor="one"} 5000'
}

@test "what is wrong is said to the sensor's host, and nothing is taken" {
	centre_start
	capture "$dir/a.pcap" 10 "$(date +%s)"
	sensor_add one 192.0.2.0/24 "file $dir/a.pcap"
	# The centre's key is another one.
	sed 's/^pin .*/pin 0000000000000000000000000000000000000000000000000000000000000000/' -i "$dir/one/identity"
	run "$sensor" check --config "$dir/one.conf"
	[ "$status" -ne 0 ]
	[[ "$output" == *"not the centre"* ]]
	sensor_add two 192.0.2.0/24 "file $dir/a.pcap"
	# A forger: the identity of one, but not its key.
	sensor_add forger 192.0.2.0/24 "file $dir/a.pcap"
	sed "s/^sensor .*/$(grep ^sensor "$dir/two/identity")/" -i "$dir/forger/identity"
	run "$sensor" check --config "$dir/forger.conf"
	[ "$status" -ne 0 ]
	[[ "$output" == *signature* ]]
	[ "$(number_of two records)" = 0 ]
	# Its key is taken back.
	api "/telescope/sensors/$(number_of two id)" -d act=revoke >/dev/null
	sleep 0.2
	run "$sensor" check --config "$dir/two.conf"
	[ "$status" -ne 0 ]
	[[ "$output" == *revoked* ]]
	# No centre, no name, a damaged key, an unknown setting.
	centre_stop
	run "$sensor" check --config "$dir/two.conf"
	[[ "$output" == *"does not answer"* ]]
	chmod 644 "$dir/two/key"
	run "$sensor" check --config "$dir/two.conf"
	[[ "$output" == *chmod* ]]
	echo "spol 1M" >>"$dir/two.conf"
	run "$sensor" run --config "$dir/two.conf"
	[ "$status" -eq 78 ]
	[[ "$output" == *"two.conf:6: there is no setting spol"* ]]
}

@test "seven days without the centre: it catches up in order" {
	[ -n "${TOBIGUCHI_RELEASE:-}" ] && tobiguchi=$TOBIGUCHI_RELEASE && sensor=$(dirname "$TOBIGUCHI_RELEASE")/src/sensor/tobiguchi-sensor
	cc -shared -fPIC -O1 -o "$dir/clock_shift.so" "$BATS_TEST_DIRNAME/../tools/clock_shift.c" -ldl
	shift_days() { python3 -c 'import struct, sys; open(sys.argv[1], "r+b" if sys.argv[3] == "1" else "wb").write(struct.pack("=q", int(sys.argv[2]) * 86400))' "$dir/shift" "$1" "${2:-1}"; }
	shift_days 0 0
	chmod 644 "$dir/shift"
	now=$(date +%s)
	centre_start
	capture "$dir/0.pcap" 10 "$now"
	sensor_add one 192.0.2.0/24 "file $dir/0.pcap"
	"$sensor" run --config "$dir/one.conf"
	[ "$(number_of one records)" = 10 ]
	centre_stop
	export LD_PRELOAD=$dir/clock_shift.so CLOCK_SHIFT=$dir/shift
	for day in 1 2 3 4 5 6 7; do
		shift_days "$day"
		capture "$dir/$day.pcap" 700 "$((now + day * 86400 - 1000))"
		sensor_conf one "address 192.0.2.0/24" "file $dir/$day.pcap"
		start one
		until_is "$((day))" sh -c "ls $dir/one/spool | wc -l"
		kill "$pid"
		wait "$pid" || true
	done
	centre_start 127.0.0.1 "$centre_port"
	capture "$dir/8.pcap" 0 0
	sensor_conf one "address 192.0.2.0/24" "file $dir/8.pcap"
	"$sensor" run --config "$dir/one.conf"
	[ "$(number_of one records)" = 4910 ]
	[ "$(number_of one lost)" = 0 ]
	[ -z "$(ls "$dir/one/spool")" ]
	! grep -q '"reason":"gap"' "$dir/log"
	centre_stop
	centre_start 127.0.0.1 "$centre_port"
	[ "$(sealed 4910)" = 4910 ]
	unset LD_PRELOAD
}

@test "sensors in network namespaces: one is cut off and comes back, one forges" {
	[ "$(id -u)" -eq 0 ] || skip "network namespaces need root"
	command -v ip >/dev/null || skip "no iproute2"
	local me=tg$$
	centre_address=203.0.113.1
	for n in 1 2 3; do
		ip netns add "$me$n" || skip "no network namespaces here"
		spaces+=("$me$n")
		ip link add "v$me$n" type veth peer name probe netns "$me$n"
		ip addr add "10.213.$n.1/24" dev "v$me$n"
		ip link set "v$me$n" up
		ip -n "$me$n" link set lo up
		ip -n "$me$n" link set probe up
		ip -n "$me$n" addr add "10.213.$n.2/24" dev probe
		ip -n "$me$n" addr add "198.51.100.$n/32" dev probe
		ip -n "$me$n" -6 addr add "2001:db8:0:$n::9/64" dev probe nodad
		ip -6 addr add "2001:db8:0:$n::1/64" dev "v$me$n" nodad
		ip route add "198.51.100.$n/32" via "10.213.$n.2" src "10.213.$n.1"
		ip -n "$me$n" route add "$centre_address" via "10.213.$n.1"
	done
	ip addr add "$centre_address/32" dev "v${me}1"
	centre_start 0.0.0.0 "" "$centre_address"
	knock() { # N COUNT
		python3 -c '
import socket, sys
n, count = int(sys.argv[1]), int(sys.argv[2])
four, six = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
for i in range(count):
	if i % 8 == 7: six.sendto(b"hello", (f"2001:db8:0:{n}::9", 1900))
	else: four.sendto(b"hello", (f"198.51.100.{n}", 53))
' "$1" "$2"
	}
	enrol() { # N NAME LINE...
		api /telescope/sensors/new -d name="$2" -d addresses="198.51.100.$1/32" | jq -re .data.token >"$dir/$2.token"
		sensor_conf "$2" "interface probe" "address 198.51.100.$1/32" "address 2001:db8:0:$1::9" "${@:3}"
		ip netns exec "$me$1" "$sensor" enrol --config "$dir/$2.conf" - <"$dir/$2.token"
	}
	enrol 1 alpha "buffer 8M"
	enrol 2 beta "capture ring" "buffer 8M"
	enrol 3 gamma
	sed "s/^sensor .*/$(grep ^sensor "$dir/alpha/identity")/" -i "$dir/gamma/identity"
	start alpha ip netns exec "${me}1"; a=$pid
	start beta ip netns exec "${me}2"; b=$pid
	start gamma ip netns exec "${me}3"; g=$pid
	until_is 3 sh -c "grep -l listening $dir/*.log | wc -l"
	for n in 1 2 3; do knock $n 5000; done
	until_is 4096 number_of alpha records
	until_is 4096 number_of beta records
	# What a sensor uses of memory for itself.
	if [ -n "${TOBIGUCHI_RELEASE:-}" ] && [ "$tobiguchi" != "$TOBIGUCHI_RELEASE" ]; then :; else
		kib=$(awk '/^Rss(Anon|Shmem)/ { n += $2 } END { print n }' "/proc/$a/status")
		echo "alpha: $kib KiB of its own"
		[ "$kib" -le 8192 ]
	fi
	# Beta is cut off; packets still come to it.
	ip -n "${me}2" route replace unreachable "$centre_address"
	knock 1 5000; knock 2 5000
	until_is 8192 number_of alpha records
	until_is 1 sh -c "ls $dir/beta/spool | wc -l"
	[ "$(number_of beta records)" = 4096 ]
	# The forger gets nothing in, and is told why.
	until_is 1 sh -c "grep -c 'signature' $dir/gamma.log | sed 's/^[1-9].*/1/'"
	ip -n "${me}2" route replace "$centre_address" via "10.213.2.1"
	kill "$a" "$g"
	until_is 8192 number_of beta records
	kill "$b"
	wait "$a" "$b" || true
	# What was in the last, unfinished batches is in the spools and comes with the next start.
	start alpha ip netns exec "${me}1"; a=$pid
	start beta ip netns exec "${me}2"; b=$pid
	until_is 10000 number_of alpha records
	until_is 10000 number_of beta records
	[ "$(number_of alpha lost)" = 0 ] && [ "$(number_of beta lost)" = 0 ]
	[ "$(number_of gamma records)" = 0 ]
	kill "$a" "$b"
	# An address of a sensor is in no log, list, metric or public page.
	for page in /telescope/sensors /metrics /status /about / "/journal?q=sensor"; do
		for accept in text/html application/json; do
			! curl -ks -H "Authorization: Bearer $token" -H "Accept: $accept" "$centre$page" | grep -qF "198.51.100."
		done
	done
	! grep -qF 198.51.100. "$dir/log" "$dir/out" "$dir"/*.log
	centre_stop
	centre_start 0.0.0.0 "$centre_port" "$centre_address"
	[ "$(sealed 20000)" = 20000 ]
	ip addr del "$centre_address/32" dev "v${me}1"
}
