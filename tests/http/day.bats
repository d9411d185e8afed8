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

@test "a watched domain rings the bell; a name in a note does; both can be read" {
	[ "$(post /me/watches '{"kind":"domain","value":"bank-a[.]example","note":"see INC-1"}')" = 201 ]
	[ "$(post /me/watches '{"kind":"domain","value":"bank-a.example"}')" = 422 ]
	[ "$(post /me/watches '{"kind":"address","value":"no address"}')" = 422 ]
	ref=$(report 'A page' 'hxxps://login[.]bank-a[.]example/x')
	get /me/mentions | jq -e '.data.unread == 1 and .data.items[0].kind == "watch" and .data.items[0].ref == "'"$ref"'"'
	get /me/watches | jq -e '.data.items[0].hits == 1'
	server_add handler
	[ "$(post "/inbox/$ref/write" '{"to":"note","text":"@handler please look"}')" = 200 ] || cat "$dir/answer" >&2
	[ "$(data 'told[0]')" = handler ]
	server_sign_in handler handler@example.jp
	http handler "$base/home"
	grep -q 'href="/me/mentions"' "$dir/page"
	http handler "$base/me/mentions"
	grep -q "$ref" "$dir/page"
	at=$(grep -oE '/me/mentions/[0-9]+' "$dir/page" | head -n 1)
	[ "$(http handler "$base$at")" = 303 ]
	grep -qi "^location: /inbox/$ref" "$dir/header"
	[ "$(http handler -H 'Accept: application/json' "$base/me/mentions")" = 200 ]
	jq -e '.data.unread == 0' "$dir/page"
	# another person's notice is not there
	[ "$(http admin "$base$at")" != 200 ]
	id=$(get /me/watches | jq '.data.items[0].id')
	post "/me/watches/$id/delete" '{}'
	get /me/watches | jq -e '.data.total == 0'
	undo=$(data undo)
	post "/undo/$undo" '{}'
	get /me/watches | jq -e '.data.total == 1'
	# a second time changes nothing and says so
	[ "$(post "/undo/$undo" '{}')" = 409 ]
	get /me/watches | jq -e '.data.total == 1'
}

@test "a rule is a draft, tried on past reports, live, journalled, switched off" {
	report 'Old one' 'hxxps://login[.]bank-a[.]example/x'
	[ "$(post /admin/rules '{"name":"Bank","field":["url_host"],"value":["bank-a.example"],"queue":"banks","tags":"bank, urgent"}')" = 201 ]
	id=$(data id)
	[ "$(post /admin/rules '{"name":"Bad","field":["nothing"],"value":["x"],"queue":"q"}')" = 422 ]
	[ "$(post "/admin/rules/$id" '{"act":"live"}')" = 422 ]
	[ "$(post "/admin/rules/$id" '{"act":"try"}')" = 200 ]
	[ "$(data tried_on.matched)" = 1 ]
	[ "$(post "/admin/rules/$id" '{"act":"live"}')" = 200 ]
	ref=$(report 'New one' 'hxxps://login[.]bank-a[.]example/y')
	get "/inbox/$ref" | jq -e '.data.queue == "banks" and .data.tags == ["bank", "urgent"]'
	get /admin/rules | jq -e '.data.items[0].hits == 1 and .data.live'
	get /admin/journal | jq -e '[.data.items[].action] | index("report.route")'
	[ "$(post /admin/rules/switch '{"live":"0"}')" = 200 ]
	ref=$(report 'Newer' 'hxxps://login[.]bank-a[.]example/z')
	get "/inbox/$ref" | jq -e '.data.queue == null and .data.tags == []'
	server_sign_in admin admin@example.jp
	[ "$(http admin "$base/admin/rules")" = 200 ]
	[ "$(http admin "$base/admin/rules/$id")" = 200 ]
	[ "$(http admin -d csrf="$(csrf admin)" -d act=save -d name=Other -d match=any -d field=channel -d is=is -d value=phone -d field= -d is=is -d value= -d queue=q "$base/admin/rules/$id")" = 303 ]
	get "/admin/rules/$id" | jq -e '.data.name == "Other" and .data.state == "draft" and .data.version == 2 and (.data.tried | not)'
}

@test "a rule's queue is a filter: in the address, typed, in a view" {
	post /admin/rules '{"name":"Bank","field":["url_host"],"value":["bank-a.example"],"queue":"bank desk"}'
	id=$(data id)
	post "/admin/rules/$id" '{"act":"try"}'
	post "/admin/rules/$id" '{"act":"live"}'
	ref=$(report 'One' 'hxxps://login[.]bank-a[.]example/y')
	report 'Two' 'nothing of a bank'
	get '/inbox?queue=bank%20desk' | jq -e '.data.total == 1 and .data.items[0].ref == "'"$ref"'"'
	get '/inbox?queue=none' | jq -e '.data.total == 1 and .data.items[0].ref != "'"$ref"'"'
	get '/inbox?q=queue:%22bank+desk%22' | jq -e '.data.total == 1'
	server_sign_in admin admin@example.jp
	[ "$(http admin "$base/inbox?q=queue:%22bank+desk%22+login&door=other")" = 303 ]
	grep -qi '^location: /inbox?q=login&door=other&queue=bank%20desk' "$dir/header"
	[ "$(http admin "$base/inbox?queue=bank%20desk")" = 200 ]
	grep -q '<option value="bank desk" selected>' "$dir/page"
	[ "$(post /views '{"page":"inbox","name":"Banks","query":"queue=bank%20desk","team":"1"}')" = 201 ]
	http admin "$base/inbox"
	grep -q 'href="/inbox?queue=bank%20desk">Banks <span class="count">1<' "$dir/page"
	[ "$(http admin "$base/inbox/$ref")" = 200 ]
	grep -q 'href="/inbox?queue=bank%20desk"' "$dir/page"
}

@test "snippets: own and the team's, put in with their places, found, removed and back" {
	[ "$(post /me/snippets '{"name":"Receipt","ja":"{ref} を受け付けました。{me}","en":"We got {ref}. {me}","team":"1"}')" = 201 ]
	team=$(data id)
	[ "$(post /me/snippets '{"name":"Mine","en":"Only mine {org}"}')" = 201 ]
	mine=$(data id)
	[ "$(post /me/snippets '{"name":"mine","en":"x"}')" = 422 ]
	[ "$(post /me/snippets '{"name":"Odd","en":"{nothing}"}')" = 422 ]
	[ "$(post /me/snippets '{"name":"Empty"}')" = 422 ]
	get /me/snippets | jq -e '[.data.items[].name] == ["Mine", "Receipt"]'
	get '/me/snippets?q=GOT' | jq -e '[.data.items[].name] == ["Receipt"]'
	ref=$(report 'One' 'first text' '{email: "who@example.org", reply_lang: "en"}')
	get "/snippets?report=$ref" | jq -e '.data.items[1].text == "We got '"$ref"'. Admin" and .data.items[0].text == "Only mine {org}"'
	# another person: the team's only; not to be changed by an analyst
	server_add handler
	server_add analyst
	server_sign_in handler handler@example.jp
	http handler -H 'Accept: application/json' "$base/me/snippets"
	jq -e '[.data.items[].name] == ["Receipt"]' "$dir/page"
	[ "$(http handler "$base/me/snippets?id=$mine")" = 404 ]
	server_sign_in analyst analyst@example.jp
	[ "$(http analyst -d csrf="$(csrf analyst)" "$base/me/snippets/$team/delete")" = 403 ]
	# without a script: typed words stay, the piece follows
	server_sign_in admin admin@example.jp
	[ "$(http admin "$base/inbox/$ref")" = 200 ]
	grep -q 'name="act" value="snippet"' "$dir/page"
	[ "$(http admin -d csrf="$(csrf admin)" -d to=reporter -d text=Hello -d act=snippet -d snippet="$team" "$base/inbox/$ref/write")" = 200 ]
	grep -A1 'Hello$' "$dir/page" | grep -q "We got $ref. Admin</textarea>"
	[ "$(http admin -d csrf="$(csrf admin)" -d answer=1 -d letter=Hello -d act=snippet -d snippet="$team" "$base/inbox/$ref/triage")" = 200 ]
	grep -q "We got $ref. Admin</textarea>" "$dir/page"
	# a place that nobody filled in does not go to a reporter
	[ "$(http admin -d csrf="$(csrf admin)" -d to=reporter -d 'text=Dear {org}' "$base/inbox/$ref/write")" = 422 ]
	post /incidents '{"title":"Three","rsit":"fraud/phishing"}'
	incident=$(data ref)
	[ "$(http admin -d csrf="$(csrf admin)" -d to=internal -d text=Words -d act=snippet -d snippet="$team" "$base/incidents/$incident/write")" = 200 ]
	grep -q "$incident を受け付けました。Admin</textarea>\|We got $incident. Admin</textarea>" "$dir/page"
	# order, change, conflict, removal
	post /me/snippets '{"name":"Second","en":"x","team":"1"}'
	post "/me/snippets/$(data id)/move" '{"act":"up"}'
	get /me/snippets | jq -e '[.data.items[].name] == ["Mine", "Second", "Receipt"]'
	[ "$(post /me/snippets '{"id":"'"$team"'","version":"1","name":"Receipt","en":"Other words"}')" = 200 ]
	[ "$(post /me/snippets '{"id":"'"$team"'","version":"1","name":"Receipt","en":"Late words"}')" = 409 ]
	post "/me/snippets/$team/delete" '{}'
	get /me/snippets | jq -e '.data.total == 2'
	[ "$(post "/undo/$(data undo)" '{}')" = 200 ]
	get /me/snippets | jq -e '[.data.items[] | select(.name == "Receipt").en] == ["Other words"]'
	get /admin/journal | jq -e '[.data.items[].action] | index("snippet.remove")'
}

@test "views: one mechanism on every list; renamed, ordered, removed and back" {
	for page in inbox incidents takedowns directory find; do
		[ "$(post /views '{"page":"'$page'","name":"One","query":"q=alpha.example","team":"1"}')" = 201 ]
		one=$(data id)
		[ "$(post /views '{"page":"'$page'","name":"Two","query":"q=beta.example"}')" = 201 ]
		two=$(data id)
		[ "$(post "/views/$two" '{"act":"rename","name":"Zwei"}')" = 200 ]
		[ "$(post "/views/$one" '{"act":"rename"}')" = 422 ]
		[ "$(post "/views/$two" '{"act":"left"}')" = 200 ]
		get "/views?page=$page" | jq -e '[.data.items[].name] == ["One", "Zwei"] and .data.items[0].team and (.data.items[1].team | not)'
	done
	[ "$(post /views '{"page":"nothing","name":"One","query":""}')" = 422 ]
	server_sign_in admin admin@example.jp
	for path in inbox incidents takedowns directory directory/find; do
		[ "$(http admin "$base/$path?q=beta.example")" = 200 ]
		grep -q 'aria-current="page">Zwei' "$dir/page"
		grep -q 'value="Zwei"' "$dir/page"
	done
	# another person has the team's only, and may not touch them without the right
	server_add auditor
	server_sign_in auditor auditor@example.jp
	http auditor -H 'Accept: application/json' "$base/views?page=inbox"
	jq -e '[.data.items[].name] == ["One"]' "$dir/page"
	one=$(jq '.data.items[0].id' "$dir/page")
	[ "$(http auditor -d csrf="$(csrf auditor)" "$base/views/$one/delete")" = 403 ]
	[ "$(http auditor -d csrf="$(csrf auditor)" -d act=left "$base/views/$one")" = 403 ]
	two=$(get '/views?page=inbox' | jq '.data.items[1].id')
	[ "$(http auditor -d csrf="$(csrf auditor)" "$base/views/$two/delete")" = 404 ]
	post "/views/$one/delete" '{}'
	get '/views?page=inbox' | jq -e '.data.total == 1'
	[ "$(post "/undo/$(data undo)" '{}')" = 200 ]
	get '/views?page=inbox' | jq -e '[.data.items[].name] == ["One", "Zwei"]'
}

@test "the palette knows everything that one may see, and nothing else" {
	ref=$(report 'Minato portal copied' 'hxxps://login[.]minato-a[.]example/x')
	[ "$(post /takedowns "$(jq -nc --arg t "hxxps://login[.]minato-a[.]example/x" "{urls: \$t, as: \"one\"}")")" -lt 400 ]
	post /directory '{"name":"Minato Hosting","kind":"hosting","country":"JP","lang":"ja","max_tlp":"AMBER","trust":"usual","authority":"none"}'
	grep -q '"id"' "$dir/answer" || cat "$dir/answer" >&2
	organisation=$(data id)
	post "/directory/$organisation/contacts" '{"purpose":"abuse","email":"abuse@minato-hosting.example","name":"Ｍinato Taro"}'
	post /takedowns/brands '{"name":"Minato Bank"}'
	post /views '{"page":"find","name":"Minato view","query":"q=minato-a.example"}'
	get '/palette?q=minato' >"$dir/p"
	jq -e '[.data.items[].kind] | unique | (index("report") and index("organisation") and index("contact") and index("view") and index("search"))' "$dir/p"
	jq -e '[.data.items[] | select(.kind == "site").label] == ["hxxps://login[.]minato-a[.]example/x"]' "$dir/p"
	jq -e '[.data.items[] | .label | select(contains("minato-a.example"))] | length == 0' "$dir/p"
	jq -e '[.data.items[] | select(.kind == "contact").hint] == ["abuse@minato-hosting.example"]' "$dir/p"
	get '/palette?q=abuse@minato' | jq -e '.data.items[0].kind == "contact"'
	get '/palette?q=%25%25' | jq -e '[.data.items[].kind] == ["search"]'
	get '/palette?q=hxxps://login[.]minato' | jq -e '[.data.items[] | select(.kind == "search")] | length == 1'
	# pages by either name, in the viewer's language
	curl -s -H "Authorization: Bearer $token" -H 'Accept-Language: ja' "$base/palette?q=snippets" | jq -e '[.data.items[].href] | index("/me/snippets")'
	curl -s -H "Authorization: Bearer $token" -H 'Accept-Language: ja' --get --data-urlencode q=定型句 "$base/palette" | jq -e '[.data.items[].href] | index("/me/snippets")'
	get "/palette?q=$ref" | jq -e '[.data.items[].href] | index("/inbox/'"$ref"'")'
	# a restricted incident, its site: nowhere for another handler
	post /incidents '{"title":"Kumquat affair","rsit":"fraud/phishing"}'
	incident=$(data ref)
	server_sign_in admin admin@example.jp
	[ "$(http admin -d csrf="$(csrf admin)" -d title='Kumquat affair' -d rsit=fraud/phishing -d priority=normal -d tlp=AMBER -d pap=GREEN -d restricted=1 -d owner_id=1 "$base/incidents/$incident/edit")" = 303 ]
	get '/palette?q=kumquat' | jq -e '.data.items[0].kind == "incident"'
	server_add handler
	server_sign_in handler handler@example.jp
	http handler "$base/palette?q=kumquat"
	jq -e '[.data.items[].kind] == ["search"]' "$dir/page"
	http handler "$base/palette?q=$incident"
	jq -e '[.data.items[].kind] == ["search"]' "$dir/page"
	http handler "$base/palette?q=settings"
	jq -e '[.data.items[].href] | index("/admin/settings") == null' "$dir/page"
}

@test "on call: planned, covered, shown on home, told of what is urgent, given as a calendar" {
	server_add handler
	get /team/on-call | jq -e '.data.now == null and .data.total == 0'
	from=$(date -u -d '-1 hour' +%Y-%m-%dT%H:%MZ) until=$(date -u -d '+1 day' +%Y-%m-%dT%H:%MZ)
	[ "$(post /team/on-call "$(jq -nc --arg f "$from" --arg u "$until" '{person: "1", from: $f, until: $u, reach: "ext. 110, 2F"}')")" = 201 ]
	one=$(data id)
	[ "$(post /team/on-call "$(jq -nc --arg f "$from" --arg u "$until" '{person: "2", from: $f, until: $u}')")" = 422 ]
	[ "$(post /team/on-call "$(jq -nc --arg f "$until" --arg u "$from" '{person: "2", from: $f, until: $u}')")" = 422 ]
	get /home | jq -e '.data.on_call.person == "Admin" and .data.on_call.mine and .data.on_call.reach == "ext. 110, 2F"'
	[ "$(post /team/on-call "$(jq -nc --arg f "$from" --arg u "$until" '{person: "2", from: $f, until: $u, cover: "1"}')")" = 201 ]
	get /home | jq -e '.data.on_call.person == "handler" and (.data.on_call.mine | not)'
	ref=$(report 'Fire' 'all is lost' '{urgent: "1"}')
	server_sign_in handler handler@example.jp
	http handler -H 'Accept: application/json' "$base/me/mentions"
	jq -e '.data.items[0].kind == "on-call" and .data.items[0].ref == "'"$ref"'"' "$dir/page"
	http handler "$base/me/mentions"
	[ "$(http handler "$base/team/on-call")" = 200 ]
	get /team/on-call.ics >"$dir/ics"
	grep -q $'^BEGIN:VEVENT\r$' "$dir/ics"
	grep -q $'^LOCATION:ext. 110\\\\, 2F\r$' "$dir/ics"
	[ "$(grep -c '^UID:' "$dir/ics")" = 2 ]
	get '/team/on-call.ics?person=me' | grep -c '^UID:' | grep -qx 1
	# planned one after the other; nothing is kept of a plan that meets another turn
	[ "$(post /team/on-call/plan '{"person":["1","2"],"first":"2030-01-07","at":"09:30","days":"7","turns":"4","business":"1"}')" = 201 ]
	[ "$(post /team/on-call/plan '{"person":["1"],"first":"2029-12-31","at":"09:30","days":"7","turns":"3"}')" = 422 ]
	[ "$(post /team/on-call/plan '{"person":[],"first":"x","at":"25","days":"0","turns":"99"}')" = 422 ]
	weeks=$((($(date -d 2030-01-07 +%s) - $(date +%s)) / 604800))
	get "/team/on-call?week=$((weeks - 1))" | jq -e '[.data.items[].person] == ["Admin", "handler", "Admin", "handler"]'
	post "/team/on-call/$one/delete" '{}'
	[ "$(post "/undo/$(data undo)" '{}')" = 200 ]
	server_add analyst
	server_sign_in analyst analyst@example.jp
	[ "$(http analyst "$base/team/on-call")" = 200 ]
	[ "$(http analyst -d csrf="$(csrf analyst)" "$base/team/on-call/$one/delete")" = 403 ]
}

@test "hand-over: drafted from facts, given, found, taken over once; restricted ones are not in it" {
	server_add handler
	server_sign_in admin admin@example.jp
	server_sign_in handler handler@example.jp
	ref=$(report 'Fire' 'all is lost' '{urgent: "1"}')
	post /incidents '{"title":"Kumquat affair","rsit":"fraud/phishing"}'
	incident=$(data ref)
	http admin -d csrf="$(csrf admin)" -d title='Kumquat affair' -d rsit=fraud/phishing -d priority=urgent -d tlp=AMBER -d pap=GREEN -d restricted=1 -d owner_id=1 "$base/incidents/$incident/edit"
	get /team/handover/new | jq -e '(.data.body | contains("'"$ref"'")) and (.data.body | contains("'"$incident"'") | not)'
	[ "$(post /team/handover '{"body":"","act":"save"}')" = 422 ]
	[ "$(post /team/handover '{"body":"Look at the fire","act":"save","to":"2"}')" = 201 ]
	id=$(data id)
	[ "$(http handler "$base/team/handover/$id")" = 404 ]
	[ "$(post "/team/handover/$id" '{"body":"Look at the fire first","act":"give","to":"2"}')" = 200 ]
	[ "$(post "/team/handover/$id" '{"body":"Too late","act":"save"}')" = 409 ]
	http handler "$base/home"
	grep -q "/team/handover/$id" "$dir/page"
	http handler -H 'Accept: application/json' "$base/me/mentions"
	jq -e '.data.items[0].kind == "handover"' "$dir/page"
	[ "$(http handler "$base/me/mentions")" = 200 ]
	[ "$(http handler "$base/team/handover/$id")" = 200 ]
	grep -q 'Look at the fire first' "$dir/page"
	[ "$(post "/team/handover/$id" '{"act":"take"}')" = 409 ]
	[ "$(http handler -d csrf="$(csrf handler)" -d act=take -d remark=Thanks "$base/team/handover/$id")" = 303 ]
	[ "$(http handler -d csrf="$(csrf handler)" -d act=take "$base/team/handover/$id")" = 409 ]
	get '/team/handover?q=FIRE' | jq -e '.data.items[0].state == "taken" and .data.items[0].taken_by == "handler" and .data.items[0].remark == "Thanks"'
	get '/team/handover?q=nothing' | jq -e '.data.total == 0'
	get /admin/journal | jq -e '[.data.items[].action] | index("handover.take")'
}
