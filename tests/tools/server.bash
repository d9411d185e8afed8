# A real server for tests over HTTP: source it, then
#   server_init; server_start; server_sign_in NAME EMAIL PASSWORD; …; server_stop
# It leaves: $tobiguchi, $dir, $TOBIGUCHI_DATA, $base; server_sql STATEMENTS asks the database.
# With TOBIGUCHI_TEST_BACKEND=postgresql (under tests/tools/with-postgresql) each
# test has a database of its own there.

server_init() {
	tobiguchi=${TOBIGUCHI:-$BATS_TEST_DIRNAME/../../build/tobiguchi}
	dir=$(mktemp -d "${TMPDIR:-/tmp}/tobiguchi-http-XXXXXX")
	chmod 755 "$dir" # the service user must get there
	export TOBIGUCHI_DATA=$dir/data
	unset TOBIGUCHI_DB
	if [ "${TOBIGUCHI_TEST_BACKEND:-}" = postgresql ]; then
		server_database=http_$$_${BATS_TEST_NUMBER:-0}
		psql -q "$TOBIGUCHI_TEST_POSTGRESQL" -c "CREATE DATABASE $server_database TEMPLATE template0 ENCODING 'UTF8'"
		export TOBIGUCHI_DB=${TOBIGUCHI_TEST_POSTGRESQL%/*}/$server_database
	fi
	password='a long enough passphrase'
	echo "$password" >"$dir/password"
	"$tobiguchi" init --name 'Test CSIRT' --admin-email admin@example.jp --admin-name Admin \
	    --admin-password-file "$dir/password" >/dev/null
}

# As root the program wants its system user; without it nobody will do.
server_start() {
	local as=()
	if [ "$(id -u)" -eq 0 ] && ! getent passwd tobiguchi >/dev/null; then
		[ ! -e "$TOBIGUCHI_DATA" ] || chown -R 65534:65534 "$TOBIGUCHI_DATA"
		chown 65534:65534 "$dir"
		as=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	fi
	"${as[@]}" "$tobiguchi" serve --data "$TOBIGUCHI_DATA" --listen 127.0.0.1:0 "$@" \
	    >"$dir/out" 2>"$dir/log" 3>&- &
	server_pid=$!
	for _ in $(seq 100); do
		base=$(grep -oE 'http://[0-9.:]+' "$dir/out" | head -n 1)
		[ -n "$base" ] && curl -fs -o /dev/null "$base/healthz" && return
		sleep 0.1
	done
	cat "$dir/log" >&2
	return 1
}

server_stop() {
	[ -z "${server_pid:-}" ] || { kill "$server_pid" 2>/dev/null; wait "$server_pid" 2>/dev/null; }
	[ -z "${TOBIGUCHI_DB:-}" ] || psql -q "$TOBIGUCHI_TEST_POSTGRESQL" -c "DROP DATABASE $server_database WITH (FORCE)"
	rm -rf "$dir"
}

# server_sql STATEMENTS: rows with | between.
server_sql() {
	if [ -n "${TOBIGUCHI_DB:-}" ]; then
		psql -qAt -P null=None "$TOBIGUCHI_DB" -c "$1"
		return
	fi
	python3 -c '
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], timeout=10)
for statement in sys.argv[2].split(";"):
	for row in db.execute(statement): print(*row, sep="|")
db.commit()' "$TOBIGUCHI_DATA/tobiguchi.db" "$1"
}

# http JAR ARGUMENTS…: the status; the page is in $dir/page, its header in $dir/header.
http() {
	local jar=$dir/$1.jar
	shift
	curl -s -o "$dir/page" -D "$dir/header" -w '%{http_code}' -b "$jar" -c "$jar" "$@"
}

# csrf JAR: the form token of its session.
csrf() {
	curl -s -b "$dir/$1.jar" "$base/me" | grep -oE 'name="csrf" value="[^"]+"' | head -n 1 |
	    sed 's/.*value="//; s/"//'
}

# server_sign_in JAR EMAIL [PASSWORD]: the status of the answer.
server_sign_in() {
	http "$1" -d email="$2" --data-urlencode password="${3:-$password}" "$base/sign-in"
}

server_add() { # ROLE: the user ROLE@example.jp with the common password
	"$tobiguchi" user add --email "$1@example.jp" --role "$1" --name "$1" \
	    --password-file "$dir/password" >/dev/null
}
