#!/usr/bin/env bats
# The handler's day: the queue behind "next", rules, watches, mentions, snippets,
# on-call, hand-over.

load ../tools/server.bash

setup() {
	server_init
	server_start
	token=$("$tobiguchi" token create --user admin@example.jp --name test --scope all | grep -oE 'tbg_[A-Za-z0-9_-]+')
}
teardown() { server_stop; }

get() { curl -s -H "Authorization: Bearer $token" "$base$1"; }
# post PATH JSON: the answer is in $dir/answer, the status is printed.
post() {
	curl -s -o "$dir/answer" -w '%{http_code}' -H "Authorization: Bearer $token" \
	    -H 'Content-Type: application/json' --data-binary "$2" "$base$1"
}
data() { jq -r ".data.$1" "$dir/answer"; }
# report TITLE TEXT [MORE]: its reference
report() {
	[ "$(post /inbox "$(jq -nc --arg t "$1" --arg x "$2" "{title: \$t, text: \$x} + ${3:-{\}}")")" = 201 ]
	data ref
}

@test "next leads through the queue in its order and says why" {
	server_sign_in admin admin@example.jp
	[ "$(http admin "$base/next")" = 303 ]
	grep -qi '^location: /home' "$dir/header"
	plain=$(report 'One' 'first text')
	urgent=$(report 'Two' 'second text' '{urgent: "1"}')
	get /next | jq -e '.data.total == 1 and .data.items[0].reason == "urgent" and .data.items[0].ref == "'"$urgent"'" and (.data.items[0].why | length > 5)'
	[ "$(http admin "$base/next")" = 303 ]
	grep -qi "^location: /inbox/$urgent" "$dir/header"
	[ "$(http admin "$base/next")" = 303 ]
	grep -qi '^location: /home' "$dir/header"
	[ "$(http admin "$base/next")" = 303 ]
	grep -qi "^location: /inbox/$urgent" "$dir/header"
	# mine comes up too, behind the urgent one
	post /incidents '{"title":"Three","rsit":"fraud/phishing","owner_id":"1"}'
	get /next | jq -e '[.data.items[].reason] == ["urgent", "open"]'
	get /home | jq -e '.data.work[0].why and .data.work[0].kind == "urgent" and .data.work[1].kind == "incident"'
	[ -n "$plain" ]
}
