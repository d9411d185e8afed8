# A centre over TLS and sensors that send to it: source it after server.bash.
#   centre_init; centre_start [LISTEN]; sensor_add NAME NETWORK; sensor_conf NAME LINES...
# It leaves $token (of the API), $centre (https://…), $sensor (the program).

centre_init() {
	server_init
	sensor=${TOBIGUCHI_SENSOR:-$(dirname "$tobiguchi")/src/sensor/tobiguchi-sensor}
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$dir/tls.key" -out "$dir/tls.pem" \
	    -days 3 -subj /CN=centre.example -addext subjectAltName=IP:127.0.0.1 2>/dev/null
	chmod 644 "$dir/tls.key"
	token=$("$tobiguchi" token create --user admin@example.jp --scope all --name test)
}

# centre_start [ADDR [PORT]]: a free port, unless one is given.
centre_start() {
	local at=${1:-127.0.0.1} as=()
	centre_port=${2:-$(python3 -c 'import socket; s = socket.socket(); s.bind(("", 0)); print(s.getsockname()[1])')}
	if [ "$(id -u)" -eq 0 ] && ! getent passwd tobiguchi >/dev/null; then
		chown -R 65534:65534 "$TOBIGUCHI_DATA"
		chown 65534:65534 "$dir"
		as=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	fi
	centre=https://${3:-127.0.0.1}:$centre_port
	"${as[@]}" "$tobiguchi" serve --data "$TOBIGUCHI_DATA" --listen "$at:$centre_port" --tls-cert "$dir/tls.pem" \
	    --tls-key "$dir/tls.key" >>"$dir/out" 2>>"$dir/log" 3>&- &
	server_pid=$!
	for _ in $(seq 150); do
		curl -ksf -o /dev/null "$centre/healthz" && return
		sleep 0.1
	done
	cat "$dir/log" >&2
	return 1
}

centre_stop() {
	kill "$server_pid" 2>/dev/null || true
	wait "$server_pid" 2>/dev/null || true
	server_pid=
}

api() {
	curl -ks -H "Authorization: Bearer $token" -H 'Accept: application/json' "${@:2}" "$centre$1"
}

# Adds it at the centre, writes its configuration, and enrols it.
sensor_add() {
	local name=$1 network=$2
	shift 2
	api /telescope/sensors/new -d name="$name" -d addresses="$network" | jq -re .data.token >"$dir/$name.token"
	sensor_conf "$name" "address $network" "$@"
	"$sensor" enrol --config "$dir/$name.conf" - <"$dir/$name.token"
}

sensor_conf() {
	local name=$1
	shift
	{
		echo "centre $centre"
		echo "state $dir/$name"
		echo "user nobody"
		printf '%s\n' "$@"
	} >"$dir/$name.conf"
}

# number_of NAME FIELD
number_of() {
	api /telescope/sensors | jq -r ".data.items[] | select(.name == \"$1\") | .$2"
}

# until_is WANT COMMAND...: tries for 30 seconds.
until_is() {
	local want=$1 got
	shift
	for _ in $(seq 150); do
		got=$("$@") && [ "$got" = "$want" ] && return
		sleep 0.2
	done
	echo "$*: $got, not $want" >&2
	return 1
}

# capture FILE COUNT FIRST_SECOND [TARGET]: a pcap of SYNs, one a second.
capture() {
	python3 - "$@" <<'PYTHON'
import socket, struct, sys
path, count, first = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
target = socket.inet_aton(sys.argv[4] if len(sys.argv) > 4 else "192.0.2.1")

def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff

with open(path, "wb") as out:
    out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))
    for i in range(count):
        source = socket.inet_aton(f"198.51.{100 + i // 250 % 100}.{i % 250 + 1}")
        tcp = struct.pack(">HHIIBBHHH", 40000, 23, first + i, 0, 0x50, 2, 1024, 0, 0)
        tcp = tcp[:16] + struct.pack(">H", checksum(source + target + struct.pack(">BBH", 0, 6, 20) + tcp)) + tcp[18:]
        ip = struct.pack(">BBHHHBBH", 0x45, 0, 40, i & 0xffff, 0, 50, 6, 0) + source + target
        ip = ip[:10] + struct.pack(">H", checksum(ip)) + ip[12:]
        out.write(struct.pack("<IIII", first + i, 0, 40, 40) + ip + tcp)
PYTHON
}
