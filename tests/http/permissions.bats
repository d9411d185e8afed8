#!/usr/bin/env bats
# Every route as every role: tests/http/permissions.py says what is expected.

load ../tools/server.bash

setup() { server_init; }
teardown() { server_stop; }

@test "every route answers every role as the design says" {
	for role in manager handler coordinator author analyst auditor; do
		server_add "$role"
	done
	server_start
	run python3 "$BATS_TEST_DIRNAME/permissions.py" "$base" "$password" \
	    "$("$tobiguchi" token create --user admin@example.jp --scope read --name read)"
	echo "$output"
	[ "$status" -eq 0 ]
}
