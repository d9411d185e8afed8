#!/usr/bin/env bats
# What the journal command finds.

load kit.bash

@test "a fresh journal is whole and not yet sealed" {
	init
	run "$tobiguchi" journal verify --json
	[ "$status" -eq 0 ]
	[[ $output == *'"whole":true,"sealed":0,"unsealed":1'* ]]
}

@test "every command that changes something leaves an entry" {
	init
	"$tobiguchi" user add --email h@example.jp --role handler
	"$tobiguchi" token create --user h@example.jp --scope read
	run sql 'SELECT action FROM journal ORDER BY id'
	[ "$output" = "$(printf 'user.add\nuser.add\ntoken.add')" ]
}

@test "a changed entry is found" {
	init
	sql "UPDATE journal SET actor_name = 'nobody'"
	run "$tobiguchi" journal verify
	[ "$status" -eq 65 ]
	[[ $output == *"NOT whole"* ]]
}

@test "a head that was noted must be in the chain" {
	init
	run "$tobiguchi" journal head --json
	[ "$status" -eq 0 ]
	[[ $output == *'"sealed":0'*'"public_key":"'* ]]
	run "$tobiguchi" journal verify --head "$(printf '%064d' 1)"
	[ "$status" -eq 65 ]
	run "$tobiguchi" journal verify --head nonsense
	[ "$status" -eq 64 ]
	run "$tobiguchi" journal verify --heads "$dir/none"
	[ "$status" -eq 66 ]
}

@test "a forged heads file is found" {
	init
	echo '1 1790000000000 aa bb' >"$TOBIGUCHI_DATA/journal.heads"
	run "$tobiguchi" journal verify
	[ "$status" -eq 65 ]
	[[ $output == *"heads file"* ]]
}
