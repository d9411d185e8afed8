#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Roles and whole servers are killed at random moments under load: what was
# acknowledged is there once. 20 kills; 300 with TOBIGUCHI_LONG=1.

bats_require_minimum_version 1.5.0

setup() {
	[ "$(id -u)" -ne 0 ] || getent passwd tobiguchi >/dev/null || skip "as root the system user tobiguchi is needed"
	# The release: many starts, and what matters is time, not memory.
	export TOBIGUCHI=${TOBIGUCHI_RELEASE:-${TOBIGUCHI:-$BATS_TEST_DIRNAME/../../build/tobiguchi}}
	rounds=20
	[ -z "${TOBIGUCHI_LONG:-}" ] || rounds=300
	crash=$BATS_TEST_DIRNAME/../tools/crash-test
}

@test "kill -9 under load on SQLite" {
	"$crash" --rounds "$rounds"
}

@test "kill -9 under load on PostgreSQL" {
	[ -n "${TOBIGUCHI_TEST_POSTGRESQL:-}" ] || skip "no PostgreSQL: run under tests/tools/with-postgresql"
	psql -q "$TOBIGUCHI_TEST_POSTGRESQL" -c "CREATE DATABASE crash$$ TEMPLATE template0"
	"$crash" --rounds "$rounds" --db "${TOBIGUCHI_TEST_POSTGRESQL%/*}/crash$$"
}
