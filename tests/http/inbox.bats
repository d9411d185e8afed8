#!/usr/bin/env bats
# The inbox over the API and as pages: filters, triage, bulk acts, undo, search.

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
of() { get "/inbox/$1" | jq -r ".data.$2"; }

# mails N [SUBJECT] [TEXT]: reports by mail, and wait until they are read.
mails() {
	local i before
	before=$(get '/inbox?state=all' | jq .data.total)
	for i in $(seq "$1"); do
		printf 'From: Reporter %s <r%s@reporter.example>\r\nTo: csirt@example.jp\r\nSubject: %s %s\r\nMessage-ID: <%s.%s@reporter.example>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n%s %s\r\n' \
		    "$i" "$i" "${2:-Report}" "$i" "$RANDOM$RANDOM" "$i" "${3:-something happened}" "$i" |
		    curl -s -o /dev/null -H "Authorization: Bearer $token" -H 'Content-Type: message/rfc822' \
			--data-binary @- "$base/intake/mail"
	done
	for i in $(seq 150); do
		[ "$(get '/inbox?state=all' | jq .data.total)" = $((before + $1)) ] && return
		sleep 0.1
	done
	return 1
}
# absent WORD: not on the page ("! grep" would not fail a test).
absent() { [ "$(grep -c "$1" "$dir/page")" = 0 ]; }
refs() { get "/inbox?limit=200" | jq -r '.data.items[].ref'; }
gauges() { # stay what a count would say
	[ "$(get '/inbox?state=all' | jq .data.total)" = "$(get '/inbox?state=all&limit=200' | jq '.data.items | length')" ]
	for s in new accepted duplicate declined answered; do
		[ "$(get "/inbox?state=$s" | jq .data.total)" = "$(get "/inbox?state=$s&limit=200" | jq '.data.items | length')" ]
	done
}

@test "the list has total and items; filters narrow it; what does not exist is said" {
	mails 3 'Phishing' 'see hxxps://login[.]bank-a[.]example/x'
	mails 1 'ウイルスに感染' '端末が感染しました 203.0.113.9'
	get /inbox | jq -e '.data.total == 4 and (.data.items | length) == 4 and .data.items[0].state == "new"'
	get /inbox | jq -e '.data.items[0] | .ref and .received_at and .title and (.reporter.email | endswith("@reporter.example"))'
	[ "$(get '/inbox?channel=mail' | jq .data.total)" = 4 ]
	get "/inbox/$(refs | head -n 1)" | jq -e '.data.messages[] | select(.direction == "in").to == "csirt@example.jp"'
	[ "$(get '/inbox?channel=phone' | jq .data.total)" = 0 ]
	[ "$(get '/inbox?state=declined' | jq .data.total)" = 0 ]
	[ "$(get '/inbox?q=%E6%84%9F%E6%9F%93' | jq .data.total)" = 1 ]
	[ "$(get '/inbox?q=login.bank-a.example' | jq .data.total)" = 3 ]
	[ "$(get '/inbox?from=2001-01-01&to=2001-02-01' | jq .data.total)" = 0 ]
	[ "$(get '/inbox?limit=1&page=2' | jq '.data.items | length')" = 1 ]
	[ "$(get '/inbox?similar=1' | jq .data.total)" = 2 ]
	get '/inbox?state=nonsense' | jq -e '.status == 400 and .errors[0].field == "state" and (.errors[0].detail | contains("declined"))'
	get '/inbox?owner=nonsense' | jq -e '.status == 400 and .errors[0].field == "owner"'
	get '/inbox?urgent=nonsense' | jq -e '.status == 400 and .errors[0].field == "urgent"'
	get '/incidents?phase=nonsense' | jq -e '.status == 400 and .errors[0].field == "phase" and (.errors[0].detail | contains("coordination"))'
	get '/incidents?overdue=nonsense' | jq -e '.status == 400 and .errors[0].field == "overdue"'
	get '/incidents?category=nonsense&sort=x' | jq -e '[.errors[].field] | sort == ["category", "sort"]'
	[ "$(curl -s -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $token" -H 'Accept: application/json' "$base/incidents?state=nonsense")" = 400 ]
	[ "$(curl -s -o /dev/null -w '%{http_code}' -H 'Accept: application/json' "$base/inbox")" = 401 ]
}

@test "triage wants three answers, all missing ones at once" {
	mails 1
	ref=$(refs)
	[ "$(post "/inbox/$ref/triage" '{}')" = 422 ]
	[ "$(jq -r '[.errors[].field] | sort | join(" ")' "$dir/answer")" = 'owner priority verdict' ]
	[ "$(post "/inbox/$ref/triage" '{"verdict":"attach","priority":"high","owner":"me"}')" = 422 ]
	[ "$(jq -r '.errors[0].field' "$dir/answer")" = incident ]
	[ "$(post "/inbox/$ref/triage" '{"verdict":"decline","priority":"low","owner":"me"}')" = 422 ]
	[ "$(jq -r '.errors[0].field' "$dir/answer")" = reason ]
	[ "$(of "$ref" state)" = new ]
}

@test "a report becomes an incident, others join it, and all of it is taken back" {
	mails 3 'Same' 'http://same.example/'
	set -- $(refs)
	[ "$(post "/inbox/$1/triage" '{"verdict":"new","priority":"high","owner":"me","known":"unknown"}')" = 200 ]
	incident=$(data incident) undo_new=$(data undo)
	[ "$(of "$1" state)" = accepted ]
	[ "$(of "$1" priority)" = high ]
	[ "$(of "$1" known)" = unknown ]
	[ "$(post "/inbox/$2/triage" "{\"verdict\":\"attach\",\"incident\":\"$incident\",\"priority\":\"high\",\"owner\":\"me\"}")" = 200 ]
	undo_attach=$(data undo)
	[ "$(post "/inbox/$3/triage" "{\"verdict\":\"duplicate\",\"original\":\"$1\",\"priority\":\"low\",\"owner\":\"me\"}")" = 200 ]
	undo_duplicate=$(data undo)
	[ "$(of "$3" state)" = duplicate ]
	[ "$(of "$3" duplicate_of)" = "$1" ]
	[ "$(of "$3" 'incidents[0].ref')" = "$incident" ]
	[ "$(post "/inbox/$1/triage" "{\"verdict\":\"duplicate\",\"original\":\"$3\",\"priority\":\"low\",\"owner\":\"me\"}")" = 422 ]
	gauges
	# The incident cannot go while others hang on it.
	[ "$(post "/undo/$undo_new" '{}')" = 409 ]
	[ "$(of "$1" state)" = accepted ]
	[ "$(post "/undo/$undo_duplicate" '{}')" = 200 ]
	[ "$(of "$3" state)" = new ]
	[ "$(of "$3" duplicate_of)" = null ]
	[ "$(post "/undo/$undo_attach" '{}')" = 200 ]
	[ "$(of "$2" state)" = new ]
	[ "$(post "/undo/$undo_new" '{}')" = 200 ]
	[ "$(of "$1" state)" = new ]
	[ "$(of "$1" priority)" = null ]
	[ "$(of "$1" 'incidents | length')" = 0 ]
	get "/incidents/$incident" | jq -e '.status == 404'
	[ "$(get /inbox | jq .data.total)" = 3 ]
	gauges
	"$tobiguchi" journal verify
}

@test "declining tells the reporter; taken back in time the letter never leaves" {
	mails 1
	ref=$(refs)
	[ "$(post "/inbox/$ref/triage" '{"verdict":"decline","reason":"out-of-scope","priority":"low","owner":"me","answer":1}')" = 200 ]
	[ "$(of "$ref" state)" = declined ]
	[ "$(of "$ref" reason)" = out-of-scope ]
	[ "$(of "$ref" answered_at)" != null ]
	get "/inbox/$ref" | jq -e '[.data.messages[] | select(.direction == "out" and .state == "held")] | length >= 1'
	[ "$(post "/undo/$(data undo)" '{}')" = 200 ]
	[ "$(of "$ref" state)" = new ]
	[ "$(of "$ref" answered_at)" = null ]
	get "/inbox/$ref" | jq -e '[.data.messages[] | select(.state == "cancelled")] | length == 1'
}

@test "the team's own words of a ready letter reach the reporter" {
	mails 1
	ref=$(refs)
	for l in ja en; do
		[ "$(post "/admin/templates/decline/$l" '{"act":"save","subject":"[{ref}] Ours","body":"{dear} Our own words. {reason}"}')" = 200 ]
	done
	[ "$(post "/inbox/$ref/triage" '{"verdict":"decline","reason":"out-of-scope","priority":"low","owner":"me","answer":1}')" = 200 ]
	get "/inbox/$ref" | jq -e --arg s "[$ref] Ours" '[.data.messages[] | select(.direction == "out") | .subject] | any(. == $s)'
	curl -s -H "Authorization: Bearer $token" -H 'Accept: text/html' "$base/inbox/$ref" | grep -q 'Our own words'
}

@test "a decision on what somebody else decided meanwhile is refused" {
	mails 1
	ref=$(refs)
	version=$(of "$ref" version)
	[ "$(post "/inbox/$ref/assign" '{"owner":"me"}')" = 200 ]
	[ "$(post "/inbox/$ref/triage" "{\"verdict\":\"new\",\"priority\":\"high\",\"owner\":\"me\",\"version\":$version}")" = 409 ]
	[ "$(of "$ref" state)" = new ]
}

@test "bulk: one incident of the ticked, then undo" {
	mails 4
	set -- $(refs)
	[ "$(post /inbox/bulk "{\"act\":\"incident\",\"ref\":[\"$1\",\"$2\",\"$3\"],\"title\":\"All of it\"}")" = 200 ]
	[ "$(data state)" = done ]
	incident=$(data incident)
	for r in "$1" "$2" "$3"; do [ "$(of "$r" 'incidents[0].ref')" = "$incident" ]; done
	[ "$(of "$1" owner)" = "$(get "/incidents/$incident" | jq -r .data.owner)" ]
	[ "$(of "$4" state)" = new ]
	get "/incidents/$incident" | jq -e '.data.title == "All of it"'
	gauges
	[ "$(post "/undo/$(data undo)" '{}')" = 200 ]
	for r in "$1" "$2" "$3"; do [ "$(of "$r" state)" = new ] && [ "$(of "$r" owner)" = null ]; done
	gauges
	[ "$(post /inbox/bulk '{"act":"decline","reason":"test"}')" = 422 ]
	[ "$(post /inbox/bulk "{\"act\":\"attach\",\"ref\":[\"$1\"],\"incident\":\"INC-2001-1\"}")" = 422 ]
	[ "$(post /inbox/bulk "{\"act\":\"priority\",\"ref\":[\"$1\"],\"priority\":\"urgent\"}")" = 200 ]
	[ "$(get '/inbox?priority=urgent' | jq .data.total)" = 1 ]
}

@test "bulk: all results of a list go on as a job, and back" {
	mails 70 Many
	mails 2 Few 'quite another matter'
	[ "$(post /inbox/bulk '{"act":"decline","reason":"advertising","all":1,"query":"q=Many"}')" = 200 ]
	bulk=$(data id) undo=$(data undo)
	[ "$(data total)" = 70 ]
	for _ in $(seq 100); do [ "$(get "/inbox/bulk/$bulk" | jq -r .data.state)" = done ] && break; sleep 0.1; done
	[ "$(get /inbox | jq .data.total)" = 2 ]
	[ "$(get '/inbox?state=declined' | jq .data.total)" = 70 ]
	gauges
	[ "$(post "/undo/$undo" '{}')" = 200 ]
	for _ in $(seq 100); do [ "$(get "/inbox/bulk/$bulk" | jq -r .data.state)" = undone ] && break; sleep 0.1; done
	[ "$(get /inbox | jq .data.total)" = 72 ]
	gauges
}

@test "notes, and letters to the reporter that can be held back" {
	mails 1
	ref=$(refs)
	[ "$(post "/inbox/$ref/write" '{"to":"note","text":"ask the provider"}')" = 200 ]
	[ "$(of "$ref" 'notes[0].text')" = 'ask the provider' ]
	[ "$(post "/undo/$(data undo)" '{}')" = 200 ]
	[ "$(of "$ref" 'notes | length')" = 0 ]
	[ "$(post "/inbox/$ref/write" '{"to":"note","text":""}')" = 422 ]
	[ "$(post "/inbox/$ref/write" '{"to":"reporter","text":"Which address was it?"}')" = 200 ]
	message=$(data message)
	[ "$(post "/inbox/$ref/letters/$message/cancel" '{}')" = 200 ]
	get "/inbox/$ref" | jq -e "[.data.messages[] | select(.id == $message)][0].state == \"cancelled\""
	# Letters are found by their words.
	get '/search?q=%22Which+address%22' | jq -e ".data.total == 1 and .data.items[0].kind == \"letter\" and .data.items[0].ref == \"$ref\""
}

@test "search: words of two characters, numbers, disguised addresses, incidents" {
	mails 1 '感染の報告' '端末が感染 hxxp://evil[.]example/a 203.0.113[.]77'
	mails 1 'Other' 'nothing of that'
	ref=$(get '/inbox?q=evil.example' | jq -r '.data.items[0].ref')
	post "/inbox/$ref/triage" '{"verdict":"new","priority":"high","owner":"me","title":"感染したサーバー"}'
	get '/search?q=%E6%84%9F%E6%9F%93' | jq -e '.data.total == 2 and ([.data.items[].kind] | sort) == ["incident", "report"]'
	get '/search?q=%E6%84%9F%E6%9F%93' | jq -e '.data.items[] | .ref and .title and .state and .at and has("snippet")'
	get "/search?q=$ref" | jq -e ".data.total == 1 and .data.items[0].ref == \"$ref\""
	get '/search?q=hxxp%3A%2F%2Fevil%5B.%5Dexample%2Fa' | jq -e '.data.total == 2'
	get '/search?q=203.0.113%5B.%5D77' | jq -e '.data.total == 2'
	get '/search?q=%E3%81%AA%E3%81%97%E3%81%AA%E3%81%97' | jq -e '.data.total == 0 and .data.items == []'
	get '/search?q=' | jq -e '.data.total == 0'
	get "/palette?q=$ref" | jq -e ".data.items[0].href == \"/inbox/$ref\""
	get '/palette?q=inbox' | jq -e '[.data.items[].href] | index("/inbox")'
}

@test "views are saved, shown to their owner, and deleted with undo" {
	mails 1
	[ "$(server_sign_in a admin@example.jp)" = 303 ]
	c=$(csrf a)
	[ "$(http a -d csrf="$c" -d page=inbox -d name='By phone' -d query=channel=phone "$base/views")" = 303 ]
	http a "$base/inbox?channel=phone"
	grep -q 'By phone' "$dir/page"
	view=$(grep -oE '/views/[0-9]+/delete' "$dir/page" | head -n 1)
	[ "$(http a -d csrf="$c" "$base$view")" = 303 ]
	http a "$base/inbox"
	absent 'By phone'
	undo=$(grep -oE '/undo/[0-9]+' "$dir/page" | head -n 1)
	[ "$(http a -d csrf="$c" "$base$undo")" = 303 ]
	http a "$base/inbox"
	grep -q 'By phone' "$dir/page"
}

@test "a page of fifty rows is at most 60 kB and shows no live address" {
	mails 50 'https://login.bank-a.example/very/long/path' 'https://login.bank-a.example/'
	[ "$(server_sign_in a admin@example.jp)" = 303 ]
	[ "$(http a "$base/inbox")" = 200 ]
	[ "$(stat -c %s "$dir/page")" -le 60000 ]
	absent 'https://login.bank-a.example'
	ref=$(refs | head -n 1)
	[ "$(http a "$base/inbox/$ref")" = 200 ]
	absent 'https://login.bank-a'
	grep -q 'hxxps://login\[.\]bank-a\[.\]example' "$dir/page"
	[ "$(http a "$base/inbox/$ref/triage")" = 200 ]
	raw=$(grep -oE "/inbox/$ref/raw/[0-9]+" "$dir/page" | head -n 1)
	[ "$(http a "$base$raw")" = 200 ]
	grep -qi '^content-disposition: attachment' "$dir/header"
	grep -q '^Subject: https://login.bank-a.example' "$dir/page"
	[ "$(http a "$base/search?q=bank")" = 200 ]
}

@test "a report of the web form shows each answer once, with words and no field names" {
	curl -s -o "$dir/answer" -H 'Accept: application/json' "$base/report" -d door=phishing -d story=Seen \
	    -d place=Office -d found_date=2026-11-20 -d reply=none -d furigana=やまだ -d name=Y -d hide_victim=1
	ref=$(data ref)
	[ "$(server_sign_in a admin@example.jp)" = 303 ]
	[ "$(http a -H 'Accept-Language: en' "$base/inbox/$ref?lang=en")" = 200 ]
	grep -q 'やまだ' "$dir/page"
	[ "$(grep -o 'Office' "$dir/page" | wc -l)" = 1 ]
	absent found_date
	absent hide_victim
}

@test "a reporter by telephone without an address cannot be written to, and that is said" {
	[ "$(post /inbox '{"door":"phishing","channel":"phone","title":"Somebody called","text":"A caller told of http://a.example.com/","name":"Caller","phone":"03-0000-0000"}')" = 201 ] || cat "$dir/answer"
	ref=$(data ref)
	[ "$(post "/inbox/$ref/write" '{"to":"reporter","text":"Thank you"}')" = 422 ]
	jq -e '.errors[] | select(.field == "text")' "$dir/answer"
	[ "$(get "/inbox?state=all" | jq .data.total)" = 1 ]
	[ "$(post "/inbox/$ref/write" '{"to":"note","text":"Called back."}')" -lt 400 ]
	server_sign_in a admin@example.jp
	for page in "/inbox/$ref" "/inbox/$ref/triage"; do
		http a -H 'Accept-Language: en' "$base$page" >/dev/null
		grep -q '03-0000-0000' "$dir/page"
		! grep -q 'value="reporter"\|name="answer"' "$dir/page"
	done
}
