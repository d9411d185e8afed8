#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# backup, restore, db move: all is there afterwards, on either database.

bats_require_minimum_version 1.5.0
load kit
many_starts=1

# A mail with ${1} as its subject and ${2} KB in its body.
mail() {
	printf 'From: Reporter <r@example.jp>\nTo: csirt@example.jp\nSubject: %s\nMessage-ID: <%s@example.jp>\n\n' "$1" "$RANDOM$RANDOM"
	printf 'http://phish.example.com/%s\n' "$1"
	head -c "$(($2 * 768))" /dev/urandom | base64
}

# Let a server read what arrived.
serve_until_read() {
	"$tobiguchi" serve --data "$TOBIGUCHI_DATA" --listen 127.0.0.1:0 "$@" >"$dir/out" 2>"$dir/err" 3>&- &
	parent=$!
	for _ in $(seq 200); do
		[ "$(sql "SELECT count(*) FROM message WHERE state = 'stored'")" != 0 ] || break
		sleep 0.1
	done
	kill -TERM "$parent"
	wait "$parent"
	[ "$(sql "SELECT count(*) FROM report")" = 3 ]
}

fill() {
	init
	[ "$(id -u)" -ne 0 ] || getent passwd tobiguchi >/dev/null || skip "as root the system user tobiguchi is needed"
	mail small 1 | "$tobiguchi" mail receive
	mail large 600 | "$tobiguchi" mail receive
	mail third 3 | "$tobiguchi" mail receive
	serve_until_read
	# An answer to one of them: its words are found with the message.
	ref=$(sql "SELECT ref FROM report WHERE title = 'small'")
	printf 'From: r@example.jp\nTo: csirt@example.jp\nSubject: Re: [%s] small\n\nafterthought\n' "$ref" |
	    "$tobiguchi" mail receive
	serve_until_read
}

# Every row of every table but the search index, and how many it finds.
rows() {
	TOBIGUCHI_DATA=$1 sql "SELECT 'small', count(*) FROM report_fts WHERE report_fts MATCH '\"small\"'" 2>/dev/null || :
	python3 - "$1/tobiguchi.db" <<'END'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
for (t,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%\\_fts%' ESCAPE '\\'"
                       " AND name NOT LIKE 'sqlite_stat%' AND name <> 'schema_version' ORDER BY name").fetchall():
    for row in sorted(map(repr, db.execute(f"SELECT * FROM {t}"))):
        print(t, row)
END
}

postgresql() {
	[ -n "${TOBIGUCHI_TEST_POSTGRESQL:-}" ] || skip "no PostgreSQL: run under tests/tools/with-postgresql"
}

@test "a backup restores to the same rows, files and journal" {
	fill
	"$tobiguchi" backup "$dir/b" >"$dir/told"
	grep -q '^large_blobs: [1-9]' "$dir/told"
	[ "$(stat -c %a "$dir/b")" = 600 ]
	"$tobiguchi" backup check "$dir/b"
	"$tobiguchi" restore "$dir/b" --data "$dir/again"
	diff <(rows "$TOBIGUCHI_DATA") <(rows "$dir/again")
	cmp "$TOBIGUCHI_DATA/secret.key" "$dir/again/secret.key"
	cmp "$TOBIGUCHI_DATA/journal.heads" "$dir/again/journal.heads"
	[ "$(stat -c %a "$dir/again/secret.key")" = 600 ]
	[ ! -e "$dir/again/restore.partial" ]
	diff -r "$TOBIGUCHI_DATA/blobs" "$dir/again/blobs"
	"$tobiguchi" journal verify --data "$dir/again"
	"$tobiguchi" backup "$dir/c" --data "$dir/again" >"$dir/told2"
	diff <(grep -v -e '^file:' -e ^bytes "$dir/told") <(grep -v -e '^file:' -e ^bytes "$dir/told2")
}

@test "a backup is made while the server works" {
	init
	[ "$(id -u)" -ne 0 ] || getent passwd tobiguchi >/dev/null || skip "as root the system user tobiguchi is needed"
	"$tobiguchi" serve --data "$TOBIGUCHI_DATA" --listen 127.0.0.1:0 >"$dir/out" 2>"$dir/err" 3>&- &
	parent=$!
	for i in $(seq 20); do mail "m$i" 100 | "$tobiguchi" mail receive; done &
	for i in 1 2 3; do
		"$tobiguchi" backup "$dir/b$i" >/dev/null
		"$tobiguchi" restore "$dir/b$i" --data "$dir/d$i"
		"$tobiguchi" journal verify --data "$dir/d$i"
	done
	wait %2
	kill -TERM "$parent"
	wait "$parent" || :
}

@test "a damaged or cut backup is refused, and nothing is left" {
	fill
	"$tobiguchi" backup "$dir/b" >/dev/null
	size=$(stat -c %s "$dir/b")
	for at in 5 40 $((size / 3)) $((size / 2)) $((size - 3)); do
		cp "$dir/b" "$dir/bad"
		printf '\xa5\x5a' | dd of="$dir/bad" bs=1 seek="$at" conv=notrunc status=none
		echo "at $at of $size"
		run -65 "$tobiguchi" restore "$dir/bad" --data "$dir/again"
		run -65 "$tobiguchi" backup check "$dir/bad"
		[ -z "$(ls -A "$dir/again" 2>/dev/null)" ]
	done
	for n in 10 19 100 $((size / 2)) $((size - 1)); do
		head -c "$n" "$dir/b" >"$dir/bad"
		run -65 "$tobiguchi" restore "$dir/bad" --data "$dir/again"
	done
	(cat "$dir/b"; echo more) >"$dir/bad"
	run -65 "$tobiguchi" restore "$dir/bad" --data "$dir/again"
}

@test "restore never touches a folder that has something in it" {
	init
	"$tobiguchi" backup "$dir/b" >/dev/null
	run -73 "$tobiguchi" restore "$dir/b"
	[[ $output == *"not empty"* ]]
	mkdir "$dir/mine"
	touch "$dir/mine/file"
	run -73 "$tobiguchi" restore "$dir/b" --data "$dir/mine"
}

@test "without the key a backup needs the key file, and the right one" {
	fill
	"$tobiguchi" backup --no-key "$dir/b" >/dev/null
	run "$tobiguchi" restore "$dir/b" --data "$dir/again"
	[ "$status" -ne 0 ]
	[[ $output == *--key-file* ]]
	head -c 32 /dev/urandom >"$dir/wrong"
	chmod 600 "$dir/wrong"
	run -65 "$tobiguchi" restore "$dir/b" --data "$dir/again" --key-file "$dir/wrong"
	[[ $output == *"another instance"* ]]
	cp "$TOBIGUCHI_DATA/secret.key" "$dir/key"
	chmod 600 "$dir/key"
	"$tobiguchi" restore "$dir/b" --data "$dir/again" --key-file "$dir/key"
	diff <(rows "$TOBIGUCHI_DATA") <(rows "$dir/again")
	"$tobiguchi" journal verify --data "$dir/again"
}

@test "records move to PostgreSQL and back; keys go on, words are found" {
	postgresql
	fill
	url=${TOBIGUCHI_TEST_POSTGRESQL%/*}/move$$
	psql -q "$TOBIGUCHI_TEST_POSTGRESQL" -c "CREATE DATABASE move$$ TEMPLATE template0"
	cp -a "$TOBIGUCHI_DATA" "$dir/old"
	"$tobiguchi" db move --to "$url" >"$dir/told"
	grep -q "tobiguchi serve" "$dir/told"
	run -73 "$tobiguchi" db move --to "$url"
	"$tobiguchi" journal verify --db "$url"
	[ "$(psql -At "$url" -c "SELECT count(DISTINCT id) FROM report_fts WHERE tokens @@ 'small'")" = 1 ]
	[ "$(psql -At "$url" -c "SELECT count(DISTINCT id) FROM message_fts WHERE tokens @@ 'afterthought'")" = 1 ]
	[ "$(psql -At "$url" -c "SELECT count(DISTINCT id) FROM message_fts")" = 1 ]
	# The foreign keys are back, and new keys follow the old ones.
	[ "$(psql -At "$url" -c "SELECT count(*) > 10 FROM pg_constraint WHERE contype = 'f'")" = t ]
	last=$(psql -At "$url" -c "SELECT max(id) FROM message")
	mail fourth 1 | "$tobiguchi" mail receive --db "$url"
	[ "$(psql -At "$url" -c "SELECT max(id) FROM message")" = $((last + 1)) ]
	psql -q "$url" -c "DELETE FROM job WHERE id = (SELECT max(id) FROM job)" \
	    -c "DELETE FROM message WHERE id = $((last + 1))" -c "DELETE FROM blob WHERE id = (SELECT max(id) FROM blob)"
	mv "$TOBIGUCHI_DATA/tobiguchi.db" "$dir/away"
	rm -rf "$TOBIGUCHI_DATA/blobs"
	"$tobiguchi" db move --db "$url" --to sqlite
	diff <(rows "$dir/old" | grep -v ^sqlite_sequence) <(rows "$TOBIGUCHI_DATA" | grep -v ^sqlite_sequence)
	diff -r "$dir/old/blobs" "$TOBIGUCHI_DATA/blobs"
	# A backup of one restores on the other.
	"$tobiguchi" backup "$dir/b" --db "$url" >/dev/null
	"$tobiguchi" restore "$dir/b" --data "$dir/again"
	diff <(rows "$TOBIGUCHI_DATA") <(rows "$dir/again")
	psql -q "$TOBIGUCHI_TEST_POSTGRESQL" -c "CREATE DATABASE other$$ TEMPLATE template0"
	"$tobiguchi" restore "$dir/b" --data "$dir/third" --db "${TOBIGUCHI_TEST_POSTGRESQL%/*}/other$$"
	"$tobiguchi" journal verify --data "$dir/third" --db "${TOBIGUCHI_TEST_POSTGRESQL%/*}/other$$"
}

@test "nothing moves while a server runs" {
	postgresql
	init
	exec 9>"$TOBIGUCHI_DATA/serve.lock"
	flock -n 9
	run -75 "$tobiguchi" db move --to "$TOBIGUCHI_TEST_POSTGRESQL"
	[[ $output == *"stop it first"* ]]
}
