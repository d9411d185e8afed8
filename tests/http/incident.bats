#!/usr/bin/env bats
# The life of an incident on the real program: opened, worked on by two,
# closed with evidence, opened again, merged; undo; who may see it.

load ../tools/server.bash

setup() { server_init; }
teardown() { server_stop; }

start() {
	server_add handler
	server_add auditor
	server_start
	[ "$(server_sign_in a admin@example.jp)" = 303 ]
	[ "$(server_sign_in h handler@example.jp)" = 303 ]
	csrf_a=$(csrf a)
	csrf_h=$(csrf h)
}

# post JAR PATH FIELDS…: the status, by a person's form.
post() {
	local jar=$1 path=$2 token=csrf_$1 args=()
	shift 2
	for field; do args+=(--data-urlencode "$field"); done
	http "$jar" "${args[@]}" -d csrf="${!token}" "$base$path"
}

json() { # JAR PATH JQ
	curl -s -b "$dir/$1.jar" -H 'Accept: application/json' "$base$2" | jq -r ".data$3"
}

# undo JAR: what the last answer offers to take back.
undo() {
	local id
	id=$(grep -i '^set-cookie: toast=' "$dir/header" | sed 's/.*toast=\([0-9]*\)\..*/\1/')
	[ "$id" -gt 0 ]
	post "$1" "/undo/$id" back=/incidents
}

open_one() { # TITLE FIELDS…
	local title=$1
	shift
	[ "$(post a /incidents "title=$title" rsit=fraud/phishing priority=normal tlp=AMBER pap=GREEN "$@")" = 303 ]
	ref=$(grep -i '^location:' "$dir/header" | grep -oE 'INC-[0-9]+-[0-9]+')
}

@test "a form without a title and class comes back with everything typed" {
	start
	[ "$(post a /incidents title= rsit= impact=large priority=normal tlp=AMBER pap=GREEN)" = 422 ]
	grep -q 'id="title-e"' "$dir/page"
	grep -q 'id="rsit-e"' "$dir/page"
	grep -q '>large</textarea>' "$dir/page"
	[ "$(json a /incidents .total)" = 0 ]
}

@test "from opening to closing and back" {
	start
	open_one '偽の銀行サイト' impact=利用者
	[ "$(json a "/incidents/$ref" .category)" = phishing ]
	[ "$(post a "/incidents/$ref/indicators" 'value=hxxps://login[.]example[.]com/ と 192.0.2.10' role=source)" = 303 ]
	[ "$(json a "/incidents/$ref" '.indicators | length')" = 3 ]
	[ "$(http a "$base/incidents/$ref")" = 200 ]
	grep -qF 'hxxps://login[.]example[.]com/' "$dir/page"
	! grep -qF 'https://login.example.com/' "$dir/page"
	[ "$(post a "/incidents/$ref/write" to=internal kind=decision 'text=止める')" = 303 ]
	[ "$(json a "/incidents/$ref" '.timeline[0].kind')" = decision ]
	[ "$(post a "/incidents/$ref/write" to=internal kind=note text=)" = 422 ]
	[ "$(post a "/incidents/$ref/next" 'next_action=確認' next_due=2020-01-01T10:00)" = 303 ]
	[ "$(json a '/incidents?overdue=1' .total)" = 1 ]
	[ "$(post a "/incidents/$ref/state" act=phase phase=coordination)" = 303 ]
	# Closing asks for evidence.
	[ "$(post a "/incidents/$ref/state" act=close resolution=resolved evidence=)" = 422 ]
	grep -q 'id="evidence-e"' "$dir/page"
	[ "$(post a "/incidents/$ref/state" act=close resolution=resolved 'evidence=404 を確認')" = 303 ]
	[ "$(json a /incidents .total)" = 0 ]
	[ "$(json a '/incidents?state=closed' '.items[0].resolution')" = resolved ]
	[ "$(json a "/incidents/$ref" .evidence)" = '404 を確認' ]
	[ "$(post a "/incidents/$ref/state" act=reopen reason=)" = 422 ]
	[ "$(post a "/incidents/$ref/state" act=reopen 'reason=また動いている')" = 303 ]
	[ "$(json a /incidents .total)" = 1 ]
	[ "$(json a "/incidents/$ref" .reopened)" = 1 ]
}

@test "an open request or an unread answer needs a reason to close" {
	start
	open_one one
	python3 - "$TOBIGUCHI_DATA/tobiguchi.db" <<-'P'
	import sqlite3, sys
	db = sqlite3.connect(sys.argv[1])
	db.execute("INSERT INTO party (id, incident_id, role, org, lang) VALUES (1, 1, 'isp', 'ISP', 'en')")
	db.execute("INSERT INTO notification (incident_id, party_id, kind, state, token, subject, tlp, lang, "
	    "created_at, created_by, unread) VALUES (1, 1, 'takedown', 'sent', 't', 's', 'GREEN', 'en', 0, 1, 1)")
	db.commit()
	P
	[ "$(json a '/incidents?unread=1' .total)" = 1 ]
	[ "$(post a "/incidents/$ref/state" act=close resolution=resolved evidence=gone)" = 422 ]
	grep -q 'id="close_reason-e"' "$dir/page"
	grep -q '>gone</textarea>' "$dir/page"
	[ "$(post a "/incidents/$ref/state" act=close resolution=resolved evidence=gone 'close_reason=no answer needed')" = 303 ]
	[ "$(json a "/incidents/$ref" .close_reason)" = 'no answer needed' ]
}

@test "two who change the same fact both see both texts, and nothing is lost" {
	start
	open_one before 'impact=the old text'
	version=$(json a "/incidents/$ref" .version)
	common=(rsit=fraud/phishing priority=normal tlp=AMBER pap=GREEN "version=$version")
	[ "$(post a "/incidents/$ref/edit" title=before 'impact=written by the first' "${common[@]}")" = 303 ]
	[ "$(post h "/incidents/$ref/edit" title=before 'impact=written by the second' "${common[@]}")" = 409 ]
	grep -q 'written by the first' "$dir/page"
	grep -q 'written by the second</textarea>' "$dir/page"
	grep -q 'Admin' "$dir/page"
	[ "$(json a "/incidents/$ref" .impact)" = 'written by the first' ]
	# The page carries the present version: saving again is knowingly done.
	now=$(grep -oE 'name="version" value="[0-9]+"' "$dir/page" | grep -oE '[0-9]+')
	[ "$now" = "$(json a "/incidents/$ref" .version)" ]
	[ "$(post h "/incidents/$ref/edit" title=before 'impact=both texts' "${common[@]:0:4}" "version=$now")" = 303 ]
	[ "$(json a "/incidents/$ref" .impact)" = 'both texts' ]
}

@test "two who change different facts both have their way" {
	start
	open_one before impact=old
	version=$(json a "/incidents/$ref" .version)
	common=(rsit=fraud/phishing priority=normal tlp=AMBER pap=GREEN "version=$version")
	[ "$(post a "/incidents/$ref/edit" title=before impact=new "${common[@]}")" = 303 ]
	[ "$(post h "/incidents/$ref/edit" title=after impact=old "${common[@]}")" = 303 ]
	[ "$(json a "/incidents/$ref" .impact)" = new ]
	[ "$(json a "/incidents/$ref" .title)" = after ]
}

@test "a program's stale version is refused with 409" {
	start
	open_one before impact=old
	version=$(json a "/incidents/$ref" .version)
	token=$("$tobiguchi" token create --user admin@example.jp --scope all --name t | grep -o 'tbg_[A-Za-z0-9_-]*')
	put() {
		curl -s -o "$dir/page" -w '%{http_code}' -H "Authorization: Bearer $token" \
		    -H 'Content-Type: application/json' -d "$1" "$base/incidents/$ref/edit"
	}
	[ "$(put "{\"impact\":\"one\",\"version\":$version}")" = 200 ]
	[ "$(put "{\"impact\":\"two\",\"version\":$version}")" = 409 ]
	[ "$(json a "/incidents/$ref" .impact)" = one ]
	[ "$(json a "/incidents/$ref" .title)" = before ]
}

@test "removing, closing, merging and assigning can be taken back" {
	start
	open_one first
	first=$ref
	[ "$(post a "/incidents/$first/indicators" value=192.0.2.10 role=source)" = 303 ]
	id=$(json a "/incidents/$first" '.indicators[0].id')
	[ "$(post a "/incidents/$first/indicators/$id" act=remove)" = 303 ]
	[ "$(json a "/incidents/$first" '.indicators | length')" = 0 ]
	[ "$(undo a)" = 303 ]
	[ "$(json a "/incidents/$first" '.indicators[0].role')" = source ]

	[ "$(post a "/incidents/$first/tasks" playbook=phishing)" = 303 ]
	n=$(json a "/incidents/$first" '.tasks | length')
	id=$(json a "/incidents/$first" '.tasks[0].id')
	[ "$(post a "/incidents/$first/tasks/$id" act=remove)" = 303 ]
	[ "$(json a "/incidents/$first" '.tasks | length')" = $((n - 1)) ]
	[ "$(undo a)" = 303 ]
	[ "$(json a "/incidents/$first" '.tasks | length')" = "$n" ]

	[ "$(post a "/incidents/$first/state" act=close resolution=resolved evidence=x)" = 303 ]
	[ "$(undo a)" = 303 ]
	[ "$(json a "/incidents/$first" .state)" = open ]

	open_one second
	[ "$(post a "/incidents/$ref/state" act=merge into="$first")" = 303 ]
	[ "$(json a /incidents .total)" = 1 ]
	[ "$(json a "/incidents/$ref" .merged_into)" = "$first" ]
	[ "$(json a "/incidents/$first" '.merged[0]')" = "$ref" ]
	[ "$(undo a)" = 303 ]
	[ "$(json a /incidents .total)" = 2 ]

	[ "$(post a /incidents/bulk act=assign owner=1 all=1 query=)" = 303 ]
	[ "$(json a '/incidents?owner=me' .total)" = 2 ]
	[ "$(undo a)" = 303 ]
	[ "$(json a '/incidents?owner=me' .total)" = 0 ]
	[ "$(post a /incidents/bulk act=priority priority=urgent ref="$ref")" = 303 ]
	[ "$(json a '/incidents?priority=urgent' .total)" = 1 ]
}

@test "a task, roles of indicators and the class of many are changed and taken back" {
	start
	open_one first
	[ "$(post a "/incidents/$ref/tasks" title=call)" = 303 ]
	id=$(json a "/incidents/$ref" '.tasks[0].id')
	[ "$(http a "$base/incidents/$ref/tasks/$id/edit")" = 200 ]
	grep -q 'name="title" value="call"' "$dir/page"
	[ "$(post a "/incidents/$ref/tasks/$id" act=change title= due=never)" = 422 ]
	grep -q 'id="title-e"' "$dir/page"
	grep -q 'id="due-e"' "$dir/page"
	[ "$(post a "/incidents/$ref/tasks/$id" act=change 'title=call again' owner=1 'due=2030-01-02T03:04')" = 303 ]
	[ "$(json a "/incidents/$ref" '.tasks[0] | "\(.title) \(.owner_id) \(.due_at[0:10])"')" = 'call again 1 2030-01-01' ] ||
	    [ "$(json a "/incidents/$ref" '.tasks[0] | "\(.title) \(.owner_id) \(.due_at[0:10])"')" = 'call again 1 2030-01-02' ]
	[ "$(undo a)" = 303 ]
	[ "$(json a "/incidents/$ref" '.tasks[0] | "\(.title) \(.due_at)"')" = 'call null' ]

	[ "$(post a "/incidents/$ref/indicators" 'value=192.0.2.10 192.0.2.11' role=source)" = 303 ]
	ids=$(json a "/incidents/$ref" '.indicators[].id' | sed 's/^/id=/')
	[ "$(post a "/incidents/$ref/indicators" act=role role=victim $ids)" = 303 ]
	[ "$(json a "/incidents/$ref" '.indicators | map(.role) | unique | join(",")')" = victim ]
	[ "$(undo a)" = 303 ]
	[ "$(json a "/incidents/$ref" '.indicators | map(.role) | unique | join(",")')" = source ]
	[ "$(post a "/incidents/$ref/indicators" act=role role=victim)" = 422 ]

	[ "$(post a /incidents/bulk act=class rsit=malicious-code/malware-distribution all=1 query=)" = 303 ]
	[ "$(json a '/incidents?category=malware' .total)" = 1 ]
	[ "$(undo a)" = 303 ]
	[ "$(json a '/incidents?category=phishing' .total)" = 1 ]
	post a /incidents/bulk act=class rsit=nonsense all=1 query=
	[ "$(json a '/incidents?category=phishing' .total)" = 1 ]
}

@test "a file comes in, goes out as it was, and who took it is written down" {
	start
	open_one one
	head -c 300000 /dev/urandom >"$dir/sample"
	[ "$(http a -F csrf="$csrf_a" -F "files=@$dir/sample;filename=見本.html;type=text/html" "$base/incidents/$ref/files")" = 303 ]
	href=$(json a "/incidents/$ref" '.attachments[0].href')
	[ "$(json a "/incidents/$ref" '.attachments[0].sha256')" = "$(sha256sum <"$dir/sample" | cut -c 1-64)" ]
	[ "$(http a "$base$href")" = 200 ]
	cmp "$dir/page" "$dir/sample"
	grep -qi '^content-disposition: attachment' "$dir/header"
	grep -qi '^content-type: application/octet-stream' "$dir/header"
	python3 - "$TOBIGUCHI_DATA/tobiguchi.db" <<-'P'
	import sqlite3, sys
	rows = sqlite3.connect(sys.argv[1]).execute(
	    "SELECT actor_name FROM journal WHERE action = 'attachment.take'").fetchall()
	assert rows == [("Admin",)], rows
	P
	# Not under another incident's address.
	open_one two
	[ "$(http a "$base/incidents/$ref/files/${href##*/}")" = 404 ]
}

@test "a restricted one is nowhere for others, and a granted person sees it" {
	start
	open_one secret restricted=1 owner_id=1
	[ "$(json a /incidents .total)" = 1 ]
	[ "$(json h /incidents .total)" = 0 ]
	[ "$(http h "$base/incidents/$ref")" = 404 ]
	[ "$(http h "$base/incidents/$ref/edit")" = 404 ]
	[ "$(post h "/incidents/$ref/write" to=internal text=x)" = 404 ]
	open_one public
	[ "$(post h "/incidents/$ref/state" act=merge into=INC-2026-1)" = 422 ]
	h=$(python3 -c 'import sqlite3, sys
print(sqlite3.connect(sys.argv[1]).execute("SELECT id FROM person WHERE role = \"handler\"").fetchone()[0])' "$TOBIGUCHI_DATA/tobiguchi.db")
	secret=$(json a '/incidents?q=secret' '.items[0].ref')
	[ "$(post a "/incidents/$secret/edit" title=secret rsit=fraud/phishing priority=normal tlp=AMBER pap=GREEN restricted=1 owner_id=1 grants="$h")" = 303 ]
	[ "$(http h "$base/incidents/$secret")" = 200 ]
	[ "$(json h /incidents .total)" = 2 ]
}

@test "an auditor reads and changes nothing" {
	start
	open_one one
	[ "$(server_sign_in u auditor@example.jp)" = 303 ]
	csrf_u=$(csrf u)
	[ "$(http u "$base/incidents/$ref")" = 200 ]
	! grep -q "action=\"/incidents/$ref/write\"" "$dir/page"
	[ "$(post u "/incidents/$ref/write" to=internal text=x)" = 403 ]
	[ "$(post u "/incidents/$ref/state" act=close resolution=resolved evidence=x)" = 403 ]
	[ "$(http u "$base/incidents/new")" = 403 ]
}

@test "the journal is whole after all of it" {
	start
	open_one one
	[ "$(post a "/incidents/$ref/tasks" playbook=malware)" = 303 ]
	[ "$(post a "/incidents/$ref/state" act=close resolution=resolved evidence=x)" = 303 ]
	"$tobiguchi" journal verify
}

@test "the reports of a restricted one are nowhere for others either" {
	start
	server_add manager
	[ "$(server_sign_in m manager@example.jp)" = 303 ]
	[ "$(post h /inbox channel=phone 'title=kawaguchi matter' 'text=uniqueword at secrethost.example' email=x@example.jp)" = 303 ]
	report=$(grep -i '^location:' "$dir/header" | grep -oE 'RPT-[0-9]+-[0-9]+')
	[ "$(post h /inbox channel=phone title=other 'text=also secrethost.example' email=x@example.jp)" = 303 ]
	second=$(grep -i '^location:' "$dir/header" | grep -oE 'RPT-[0-9]+-[0-9]+')
	# The handler decides and links, before anybody restricts it: with a way back.
	[ "$(post h "/inbox/$report/triage" verdict=new priority=high owner=me rsit=fraud/phishing)" = 303 ]
	cp "$dir/header" "$dir/decided"
	ref=$(json a "/inbox/$report" '.incidents[0].ref')
	[ "$(post a "/incidents/$ref/edit" title=kept rsit=fraud/phishing priority=high tlp=AMBER pap=GREEN restricted=1 owner_id=1)" = 303 ]
	[ "$(http a "$base/inbox/$report")" = 200 ]
	for path in "/inbox/$report" "/inbox/$report/triage" "/incidents/new?report=$report"; do
		[ "$(http m "$base$path")" -ge 403 ]
		[ "$(http h "$base$path")" = 404 ]
	done
	for path in '/inbox?state=all' '/inbox?state=accepted' '/inbox?state=all&q=uniqueword' "/inbox?at=$report" \
	    '/search?q=uniqueword' '/search?q=secrethost.example' "/search?q=$report" /home "/inbox/$second" \
	    "/incidents?q=$report"; do
		http h "$base$path"
		if grep -q "kawaguchi" "$dir/page"; then echo "$path tells"; false; fi
		http a "$base$path"
	done
	[ "$(json h '/inbox?state=all' .total)" = 1 ]
	[ "$(json a '/inbox?state=all' .total)" = 2 ]
	[ "$(json h '/search?q=uniqueword' .total)" = 0 ]
	# Nothing can be hung on it, nothing taken back.
	[ "$(post h "/inbox/$second/triage" verdict=duplicate "original=$report" priority=high owner=me)" = 422 ]
	[ "$(post h "/inbox/$second/triage" verdict=attach "incident=$ref" priority=high owner=me)" = 422 ]
	[ "$(post h /inbox/bulk act=attach "incident=$ref" "ref=$second")" = 422 ]
	[ "$(post h /inbox/bulk act=priority priority=low "ref=$report")" = 404 ]
	[ "$(post h "/inbox/$report/write" to=note text=x)" = 404 ]
	cp "$dir/decided" "$dir/header"
	[ "$(undo h)" = 404 ]
	[ "$(json a "/incidents/$ref" '.reports | length')" = 1 ]
	# The journal of one who may read it but is not granted.
	http m "$base/admin/journal.csv"
	! grep -q "$report\|kawaguchi" "$dir/page"
}

@test "taking a report out is not taken back into what one may not see by now" {
	start
	open_one both
	[ "$(post h /inbox channel=phone title=a text=b email=x@example.jp)" = 303 ]
	report=$(grep -i '^location:' "$dir/header" | grep -oE 'RPT-[0-9]+-[0-9]+')
	[ "$(post h "/inbox/$report/triage" verdict=attach "incident=$ref" priority=high owner=me)" = 303 ]
	[ "$(post h "/inbox/$report/unlink" "incident=$ref")" = 303 ]
	cp "$dir/header" "$dir/taken"
	[ "$(post a "/incidents/$ref/edit" title=both rsit=fraud/phishing priority=high tlp=AMBER pap=GREEN restricted=1 owner_id=1)" = 303 ]
	cp "$dir/taken" "$dir/header"
	[ "$(undo h)" = 404 ]
	[ "$(json a "/incidents/$ref" '.reports | length')" = 0 ]
}

@test "how far a bulk act is does not name a restricted one" {
	start
	server_add manager
	open_one kept restricted=1 owner_id=1
	[ "$(post h /inbox channel=phone title=a text=b email=x@example.jp)" = 303 ]
	report=$(grep -i '^location:' "$dir/header" | grep -oE 'RPT-[0-9]+-[0-9]+')
	[ "$(post a /inbox/bulk act=attach "incident=$ref" "ref=$report")" = 303 ]
	[ "$(json a /inbox/bulk/1 .incident)" = "$ref" ]
	[ "$(json h /inbox/bulk/1 .incident)" = null ]
	[ "$(server_sign_in m manager@example.jp)" = 303 ]
	http m "$base/admin/journal.csv"
	! grep -q "$ref" "$dir/page"
}

@test "an incident is held by who works on it, and let go by an administrator" {
	start
	open_one 'a case for a court'
	[ "$(post h "/incidents/$ref/state" act=hold hold_reason=)" = 422 ]
	[ "$(post h "/incidents/$ref/state" act=hold hold_reason='a court asked')" = 303 ]
	[ "$(json h "/incidents/$ref" .hold)" = true ]
	[ "$(json h "/incidents/$ref/state" .hold.reason)" = 'a court asked' ]
	[ "$(post h "/incidents/$ref/state" act=hold hold_reason=again)" = 422 ]
	[ "$(post h "/incidents/$ref/state" act=lift hold_reason=over)" = 403 ]
	[ "$(json a /admin/retention '.holds[0].ref')" = "$ref" ]
	[ "$(post a /admin/retention)" = 422 ]
	[ "$(post a /admin/retention sure=1)" = 303 ]
	for _ in $(seq 50); do
		[ "$(json a /admin/retention .last.at)" != null ] && break
		sleep 0.2
	done
	[ "$(json a /admin/retention .last.at)" != null ]
	[ "$(post a "/incidents/$ref/state" act=lift hold_reason=over)" = 303 ]
	[ "$(json a "/incidents/$ref" .hold)" = false ]
	[ "$(post h /admin/retention sure=1)" = 403 ]
}
