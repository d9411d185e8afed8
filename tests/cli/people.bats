#!/usr/bin/env bats
# People and tokens from the command line.

load kit.bash

@test "init makes a data folder once" {
	run init
	[ "$status" -eq 0 ]
	[ "$(stat -c %a "$TOBIGUCHI_DATA/secret.key")" = 600 ]
	run init
	[ "$status" -eq 73 ]
}

@test "init refuses a weak password and says why" {
	echo short >"$dir/password"
	run "$tobiguchi" init --name X --admin-email admin@example.jp --admin-password-file "$dir/password"
	[ "$status" -eq 65 ]
	[[ $output == *"at least 12 characters"* ]]
	[ ! -e "$TOBIGUCHI_DATA" ]
}

@test "a token is printed alone and stored hashed" {
	init
	run "$tobiguchi" token create --user admin@example.jp --scope read --name reader
	[ "$status" -eq 0 ]
	[[ $output =~ ^tbg_[A-Za-z0-9_-]{43}$ ]]
	! grep -aq "$output" "$TOBIGUCHI_DATA"/tobiguchi.db*
	run "$tobiguchi" token list --json
	[[ $output == *'"name":"reader","scope":"read"'* ]]
	run "$tobiguchi" token revoke 1
	[ "$status" -eq 0 ]
	run "$tobiguchi" token revoke 1
	[ "$status" -eq 66 ]
}

@test "a token needs a user and a scope that exist" {
	init
	run "$tobiguchi" token create --user nobody@example.jp --scope all
	[ "$status" -eq 67 ]
	run "$tobiguchi" token create --user admin@example.jp --scope everything
	[ "$status" -eq 64 ]
	[[ $output == *report.read* ]]
}

@test "an invited user gets a link, another one a password" {
	init
	run "$tobiguchi" user add --email new@example.jp --role handler --name 半田
	[ "$status" -eq 0 ]
	[[ $output == *"/link?token="* ]]
	run "$tobiguchi" user add --email NEW@example.jp --role handler
	[ "$status" -eq 73 ]
	run "$tobiguchi" user add --email pw@example.jp --role auditor --password-file "$dir/password"
	[ "$status" -eq 0 ]
	[[ $output != *token* ]]
	run "$tobiguchi" user add --email x@example.jp --role boss
	[ "$status" -eq 64 ]
	run "$tobiguchi" user list --json
	[[ $output == *'"email":"new@example.jp","name":"半田","role":"handler","active":true'* ]]
}

@test "a user is locked, unlocked and reset; the last administrator stays" {
	init
	"$tobiguchi" user add --email h@example.jp --role handler --password-file "$dir/password"
	run "$tobiguchi" user lock h@example.jp
	[ "$status" -eq 0 ]
	[[ $("$tobiguchi" user list --json) == *'"role":"handler","active":false'* ]]
	run "$tobiguchi" user unlock h@example.jp
	[ "$status" -eq 0 ]
	run "$tobiguchi" user reset h@example.jp --remove-second-factor
	[[ $output == *"/link?token="* ]]
	run "$tobiguchi" user lock admin@example.jp
	[ "$status" -eq 77 ]
	[[ $output == *"last administrator"* ]]
	run "$tobiguchi" user lock nobody@example.jp
	[ "$status" -eq 67 ]
}
