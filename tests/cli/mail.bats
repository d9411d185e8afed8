#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# "mail receive": exit 0 only when the mail is durable, 75 to try again.

bats_require_minimum_version 1.5.0
load kit.bash

mail() {
	printf 'From: a@example.com\nTo: csirt@example.jp\nSubject: %s\n\n%s\n' "$1" "$2"
}

receive() {
	"$tobiguchi" mail receive
}

@test "a mail is stored byte for byte, once" {
	init
	mail one text >"$dir/one.eml"
	receive <"$dir/one.eml"
	receive <"$dir/one.eml"
	[ "$(sql "SELECT COUNT(*), MIN(state) FROM message")" = "1|stored" ]
	[ "$(sql "SELECT COUNT(*) FROM job WHERE kind = 'mail.read'")" = 1 ]
	[ "$(sql "SELECT size FROM blob")" = "$(stat -c %s "$dir/one.eml")" ]
}

@test "without a place it is a usage error" {
	run env -u TOBIGUCHI_DATA "$tobiguchi" mail receive </dev/null
	[ "$status" -eq 64 ]
}

@test "an empty mail is kept too" {
	init
	receive </dev/null
	[ "$(sql "SELECT COUNT(*) FROM message")" = 1 ]
	[ "$(sql "SELECT size FROM blob")" = 0 ]
}

@test "a data folder that is not there, damaged or locked: try again" {
	run receive < <(mail a b)
	[ "$status" -eq 75 ]
	init
	exec 7>"$TOBIGUCHI_DATA/write.lock"
	flock 7
	run timeout 90 "$tobiguchi" mail receive < <(mail a b)
	flock -u 7
	[ "$status" -eq 75 ]
	chmod 000 "$TOBIGUCHI_DATA/secret.key"
	mv "$TOBIGUCHI_DATA/secret.key" "$dir/key"
	run receive < <(mail a b)
	[ "$status" -eq 75 ]
	mv "$dir/key" "$TOBIGUCHI_DATA/secret.key"
	chmod 600 "$TOBIGUCHI_DATA/secret.key"
	run receive < <(mail a b)
	[ "$status" -eq 0 ]
}

@test "a mail over the limit is refused for good" {
	init
	head -c 53000000 /dev/zero >"$dir/huge"
	run receive <"$dir/huge"
	[ "$status" -eq 65 ]
	[ "$(sql "SELECT COUNT(*) FROM message")" = 0 ]
}
