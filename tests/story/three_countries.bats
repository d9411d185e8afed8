#!/usr/bin/env bats
# The story of March 2005: one bank, three countries. Korea stops its site after 4
# hours, Poland after 20; for Uruguay nobody answers: the provider, then the CSIRTs
# of the region (Argentina, Mexico), then the community. Real mail on loopback, whois
# and RDAP servers of the test, a clock that the test moves.

load story.bash

KR=192.0.2.11 PL=198.51.100.12 UY=203.0.113.13

teardown() {
	[ -z "${abroad_pid:-}" ] || kill "$abroad_pid" 2>/dev/null
	story_stop
	[ -z "${abroad:-}" ] || rm -rf "$abroad"
}

step() { echo "# $*"; [ -z "${TRACE:-}" ] || echo "$(date +%T) $*" >>"$TRACE"; }

# The program with the clock of the test.
begin() { # [postgresql]
	command -v cc >/dev/null || skip 'a C compiler is missing'
	abroad=$(mktemp -d "${TMPDIR:-/tmp}/tobiguchi-abroad-XXXXXX")
	chmod 755 "$abroad"
	cc -shared -fPIC -O1 -o "$abroad/clock_shift.so" "$tools/clock_shift.c"
	printf '\0\0\0\0\0\0\0\0' >"$abroad/shift"
	cat >"$abroad/tobiguchi" <<-W
		#!/bin/sh
		export LD_PRELOAD=$abroad/clock_shift.so CLOCK_SHIFT=$abroad/shift
		export ASAN_OPTIONS="\${ASAN_OPTIONS:+\$ASAN_OPTIONS:}verify_asan_link_order=0"
		exec ${TOBIGUCHI:-$BATS_TEST_DIRNAME/../../build/tobiguchi} "\$@"
	W
	chmod 755 "$abroad/tobiguchi"
	"$tools/abroad" "$abroad" 3>&- &
	abroad_pid=$!
	TOBIGUCHI=$abroad/tobiguchi story_start "$@"
	until_ok 10 test -s "$abroad/proxy-port"
}

# hours H [MINUTES]: so long after the beginning.
hours() {
	python3 - "$abroad/shift" "$(($1 * 3600 + ${2:-0} * 60))" <<-'P'
		import struct, sys
		with open(sys.argv[1], "r+b") as f:
		    f.write(struct.pack("=q", int(sys.argv[2])))
	P
}

settings() {
	api_ok POST /admin/settings "$(jq -n --arg s "$SMTP" --arg i "$IMAP" --arg w "$(cat "$abroad/whois-port")" \
	    --arg r "$(cat "$abroad/rdap-port")" --arg p "$(cat "$abroad/proxy-port")" --arg b "$base" '{
		"team.name.en": "Test CSIRT", "team.email": "csirt@csirt.test", "team.url": $b,
		"smtp.url": "smtp://127.0.0.1:\($s)", "smtp.tls": "none",
		"imap.url": "imap://127.0.0.1:\($i)", "imap.tls": "none",
		"imap.user": "csirt", "imap.password": "test", "imap.poll_seconds": "5",
		"mail.hold_seconds": "1", "notify.reminders": "0",
		"lookup.reach": "loopback", "lookup.whois": "127.0.0.1:\($w)", "lookup.rdap": "http://127.0.0.1:\($r)/",
		"check.on": "1", "check.proxy": "http://127.0.0.1:\($p)", "check.hold_minutes": "5",
		"check.allow": "192.0.2.0/24\n198.51.100.0/24\n203.0.113.0/24"}')"
}

# The region's CSIRTs, which look after Uruguay too, and the community of all.
region() {
	organisation 'ArCERT' csirt AR rep+ar@partner.test
	api_ok POST "/directory/$organisation/scopes" '{"kind": "country", "value": "UY"}'
	organisation 'Mx-CERT' csirt MX rep+mx@partner.test
	api_ok POST "/directory/$organisation/scopes" '{"kind": "country", "value": "UY"}'
	organisation 'Forum of Teams' community US rep+forum@partner.test
	api_ok POST "/directory/$organisation/scopes" '{"kind": "country", "value": "UY"}'
}

organisation() { # NAME KIND COUNTRY EMAIL
	api_ok POST /directory "$(jq -n --arg n "$1" --arg k "$2" --arg c "$3" '{name: $n, kind: $k, cc: $c, lang: "en",
		authority: "none", max_tlp: "GREEN", trust: "usual", formats: ["table", "csv"], source: "manual"}')"
	organisation=$(value .data.id)
	api_ok POST "/directory/$organisation/contacts" "$(jq -n --arg e "$4" '{purpose: "incident", email: $e, lang: "en"}')"
}

# find SITE URL EMAIL COUNTRY: registries are asked, what they say is taken.
find_contact() {
	local q
	q=$(jq -rn --arg u "$2" '$u | @uri')
	api_ok POST /directory/find "$(jq -n --arg q "$2" --argjson s "$1" '{act: "ask", q: $q, site: $s}')"
	until_ok 30 found "$q" "$1" "$3"
	is ".data.items[] | select(.email == \"$3\") | .country" "$4"
	api_ok POST /directory/find "$(jq -n --arg q "$2" --argjson s "$1" --arg e "$3" '{act: "take", email: $e, q: $q, site: $s}')"
	api_ok POST "/takedowns/$1" "$(jq -n --arg c "$4" '{country: $c}')"
}

found() { # ESCAPED-URL SITE EMAIL
	api_ok GET "/directory/find?q=$1&site=$2"
	jq -e --arg e "$3" '[.data.items[].email] | index($e) != null' "$dir/answer"
}

# letters FIELDS: what it prepares leaves; $mailing.
letters() {
	api_ok POST /takedowns/notify "$1"
	mailing=$(value .data.id)
	api_ok POST "/takedowns/notify/$mailing" '{"act": "send", "confirm": ["clear"]}'
	until_ok 30 mailing_is_sent
}

mailing_is_sent() {
	api_ok GET "/takedowns/notify/$mailing" && is .data.state sent &&
	    ! jq -e '.data.letters[] | select(.blocked != null)' "$dir/answer"
}

# The mail to rep+WHO of the mailbox that all share, into $dir/mail.
mail_to() {
	local n
	for n in $(seq 12 -1 1); do
		mail_of_partner "$n" && mail_part To | grep -q "rep+$1@" && return
	done
	return 1
}

answer_from() { # WHO TEXT
	until_ok 30 mail_to "$1"
	reply "$2"
	until_ok 40 answer_is_there "$1"
}

answer_is_there() {
	api_ok GET "/incidents/$incident/course"
	jq -e --arg w "$1" '[.data.items[] | select(.kind == "answer")] | length >= '"$answers" "$dir/answer"
}

# check SITE RESULT: looked at now.
check() {
	local before
	api_ok GET "/takedowns/$1"
	before=$(jq '.data.checks | length' "$dir/answer")
	api_ok POST /takedowns/bulk "{\"act\": \"check\", \"site\": [$1]}"
	until_ok 30 checked "$1" "$before"
	is .data.result "$2"
}

checked() {
	api_ok GET "/takedowns/$1"
	jq -e ".data.checks | length > $2" "$dir/answer"
}

# goes SITE ADDRESS HOURS: it is gone from now on; two checks agree.
goes() {
	touch "$abroad/off-$2"
	hours "$3"
	check "$1" gone
	hours "$3" 10
	check "$1" gone
	is .data.state stopped
}

# About so many hours: a test takes seconds, not minutes.
about_hours() { # MS HOURS
	[ "$1" -ge $(($2 * 3600000)) ] && [ "$1" -lt $(($2 * 3600000 + 120000)) ] || {
		echo "$1 ms is not about $2 hours"
		return 1
	}
}

# What waits for an answer goes to the next on the way.
escalate() {
	api_ok GET /takedowns/notify
	is '[.data.waiting[].proposal] | unique | join(",")' escalation
	letters "$(jq -c '{act: "escalate", lead: [.data.waiting[].lead]}' "$dir/answer")"
}

story() {
	step 'the servers of the world, the directory of the region'
	settings
	region

	step 'a report of three sites of one bank; an incident'
	api_ok POST /report "$(jq -n '{"door": "phishing", "purpose": "contact", "urls":
		"hxxp://192[.]0[.]2[.]11/bank/\nhxxp://198[.]51[.]100[.]12/bank/\nhxxp://203[.]0[.]113[.]13/bank/",
		"story": "Three pages that look like our bank.", "brand": "Example Bank", "reply": "none", "reply_lang": "en"}')"
	report=$(value .data.ref)
	api_ok POST "/inbox/$report/triage" '{"verdict": "new", "priority": "high", "owner": "me", "known": "unknown",
		"rsit": "fraud/phishing", "tlp": "green", "title": "One bank, three countries"}'
	incident=$(value .data.incident)
	api_ok POST /takedowns "$(jq -n --arg i "$incident" --arg u "http://$KR/bank/
http://$PL/bank/
http://$UY/bank/" '{incident: $i, brand: "Example Bank", urls: $u}')"
	api_ok GET '/takedowns?sort=reported'
	is .data.total 3

	step 'RDAP knows Korea, whois Poland and the provider of Uruguay'
	find_contact 1 "http://$KR/bank/" rep+kr@partner.test KR
	find_contact 2 "http://$PL/bank/" rep+pl@partner.test PL
	find_contact 3 "http://$UY/bank/" rep+uy@partner.test UY
	grep -q 'rdap /korea/ip/192.0.2' "$abroad/asked"
	grep -q 'whois .*203.0.113' "$abroad/asked"

	step 'three letters at once'
	letters '{"site": [1, 2, 3]}'
	is '.data.letters | length' 3
	until_ok 30 mail_to kr
	until_ok 30 mail_to pl
	until_ok 30 mail_to uy
	until_ok 20 all_notified

	step 'Korea answers and stops after 4 hours'
	hours 3 30
	answers=1
	answer_from kr 'We are taking it down.'
	check 1 alive
	goes 1 "$KR" 4

	step 'Poland after 20'
	hours 19
	answers=2
	answer_from pl 'The customer was told, it goes.'
	goes 2 "$PL" 20

	step 'Uruguay is silent: Argentina, then Mexico, then the community'
	asked=
	for after in 30 110 190; do
		hours "$after"
		check 3 alive
		escalate
		asked="$asked$(value '.data.letters[0].organisation'), "
	done
	case $asked in
	'ArCERT, Mx-CERT, Forum of Teams, '|'Mx-CERT, ArCERT, Forum of Teams, ') ;;
	*) echo "asked: $asked"; false ;;
	esac
	answers=3
	answer_from mx 'We know them by phone; the provider takes it down today.'
	goes 3 "$UY" 194

	step 'the times are right'
	course
	step 'the numbers are right'
	numbers
	step 'the story leaves without names'
	story_file
	step 'the journal verifies'
	until_ok 20 "$tobiguchi" journal verify
}

all_notified() {
	api_ok GET '/takedowns?state=notified' && is .data.total 3
}

site_time() { # SITE: from the request to the stop
	api_ok GET "/takedowns/$1"
	jq -r '(.data | [.stopped_at, .notified_at] | map(sub("\\.[0-9]+"; "") | fromdateiso8601)) | (.[0] - .[1]) * 1000' "$dir/answer"
}

course() {
	about_hours "$(site_time 1)" 4
	about_hours "$(site_time 2)" 20
	about_hours "$(site_time 3)" 194
	api_ok GET "/incidents/$incident/course"
	is '[.data.items[].kind] | .[0:2] | join(" ")' 'report open'
	is '[.data.items[] | select(.kind == "stop") | .site] | join(" ")' "$KR $PL $UY"
	# requests to KR, PL, UY, AR, MX and the community
	[ "$(jq '[.data.items[] | select(.kind == "request") | .party] | unique | length' "$dir/answer")" -eq 6 ]
	is '[.data.items[] | select(.kind == "answer")] | length' 3
	# Korea's stop follows from Korea's answer, which follows from its request.
	is '.data.items as $i | $i[] | select(.site == "'$KR'") | $i[.after - 1] | .kind' answer
	about_hours "$(value .data.time_to_stop_ms)" 194
	# what nobody answered stays open
	[ "$(jq '[.data.items[] | select(.kind == "request" and .open)] | length' "$dir/answer")" -ge 2 ]
	curl -sf -H "Authorization: Bearer $token" -H 'Accept: text/html' "$base/incidents/$incident/course?lang=en" >"$dir/figure"
	grep -q '<svg class="c"' "$dir/figure"
	grep -q 'Example Korea ISP' "$dir/figure"
	grep -q 'ArCERT' "$dir/figure"
	grep -q 'Mx-CERT' "$dir/figure"
	grep -q "From the report to the last stop: 8 d 02 h" "$dir/figure"
}

numbers() {
	api_ok GET '/statistics/phishing?unit=month'
	is .data.stopped 3
	is .data.live 0
	about_hours "$(value '.data.countries[] | select(.country == "KR") | .median_ms')" 4
	about_hours "$(value '.data.countries[] | select(.country == "PL") | .median_ms')" 20
	about_hours "$(value '.data.countries[] | select(.country == "UY") | .median_ms')" 194
	is '.data.brands[0] | "\(.brand) \(.total)"' 'Example Bank 3'
	about_hours "$(value '.data.days[-1].median_ms')" 20
	api_ok GET '/statistics/coordination?unit=month'
	is '.data.flow[0] | "\(.incidents) \(.notified)"' '1 1'
	is '.data.countries[] | select(.country == "KR") | "\(.asked) \(.answered) \(.stopped)"' '1 1 1'
	is '.data.countries[] | select(.country == "UY") | "\(.asked) \(.answered) \(.stopped)"' '1 0 1'
	[ "$(value '[.data.contacts[] | select(.contact | test("rep.(ar|mx|forum)@"))] | length')" = 3 ]
}

story_file() {
	curl -sf -o "$dir/story.html" -H "Authorization: Bearer $token" -H 'Accept: text/html' -H 'Accept-Language: en' \
	    -d audience=community -d names=withhold -d format=html "$base/incidents/$incident/course?lang=en"
	grep -q '<svg' "$dir/story.html"
	grep -q 'South Korea' "$dir/story.html"
	! grep -qE 'ArCERT|Example Bank|192\[|192\.0' "$dir/story.html"
}

@test "one bank, three countries" {
	begin
	story
}

@test "one bank, three countries, on PostgreSQL" {
	begin postgresql
	story
}
