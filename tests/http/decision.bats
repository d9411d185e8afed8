#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The pages of decisions, from the first model to what the team disagrees about: on both databases.

bats_require_minimum_version 1.5.0
load ../tools/server

setup() {
	server_init
	token=$("$tobiguchi" token create --user admin@example.jp --name test --scope all)
	server_start
}

teardown() { server_stop; }

# api PATH [FIELD=VALUE …]: JSON; with fields it is sent.
api() {
	local path=$1 field send=()
	shift
	for field in "$@"; do send+=(--data-urlencode "$field"); done
	curl -s -H "Authorization: Bearer $token" -H 'Accept: application/json' "${send[@]}" "$base/vulnerabilities$path"
}

# page PATH: as a person sees it; its status must be 200.
page() {
	curl -s -o "$dir/page" -w '%{http_code}' -H "Authorization: Bearer $token" -H 'Accept: text/html' "$base/vulnerabilities$1"
}

# decided EASE PRIVILEGE OUTCOME: a case; PRIVILEGE "" is not known.
decided() {
	local id
	id=$(api '' title="CVE-2026-$RANDOM Sample VPN" | jq .data.id)
	api "/$id/answer" fact=EE possible="$1" >/dev/null
	api "/$id/answer" fact=PG possible="$2" >/dev/null
	api "/$id/decide" outcome="$3" reason='As we always do' >/dev/null
}

@test "decisions are taken, disagreed about, settled; the past is brought in; a talk becomes a draft" {
	api /begin x=1 >/dev/null
	[ "$(api '' | jq .data.items)" = '[]' ]
	for outcome in X X W; do decided E A $outcome; done
	decided H N W
	# Equal facts, different answers: a pair, with two sides.
	run jq -c '.data | [.decisions, .pairs_total, .pairs[0].n, (.pairs[0].sides | map(.outcome)), .agreement.n]' <<<"$(api /disagreement)"
	[ "$output" = '[4,1,3,["X","W"],4]' ]
	for path in '' /1 /history /history/1 /disagreement /disagreement.csv '/disagreement?days=90' /practice /imports /worksheets \
	    /priority /tasks /settings /models /models/1 /models/1/as/model.json /models/1/as/table.json /models/1/as/table.csv; do
		[ "$(page "$path")" = 200 ] || { echo "$path"; return 1; }
	done
	[ "$(page /history/99)" = 404 ]
	[ "$(page /disagreement/99999)" = 404 ]
	[ "$(page /models/1/as/nothing.json)" = 404 ]
	# Settled: the odd one is changed, and back, and changed again.
	[ "$(api /history/3 act=relabel outcome=X reason= | jq -r '.errors[0].field')" = reason ]
	api /history/3 act=relabel outcome=X reason='A slip' >/dev/null
	[ "$(api /history/3 | jq -r '.data | .outcome + .was')" = XW ]
	[ "$(api /disagreement | jq .data.pairs_total)" = 0 ]
	api /history/3 act=weigh weight=3 >/dev/null
	api /history/3 act=correct fact=PG possible=U >/dev/null
	run jq -c '.data | [.weight, (.facts[] | select(.fact | contains(":PG:")) | .possible)]' <<<"$(api /history/3)"
	[ "$output" = '[3,"U"]' ]
	[ "$(server_sql "SELECT possible FROM decision_answer WHERE subject_id = 3 AND fact LIKE '%:PG:%' AND replaced_at IS NULL")" = U ]
	# The past: what cannot be read is told, what can is taken in by a job, once.
	printf 'cve,date,EE,decision,analyst\n' >"$dir/past.csv"
	for i in $(seq 12); do echo "CVE-2025-$i,2025-01-$((i + 9)),easy,X,Old hand" >>"$dir/past.csv"; done
	curl -s -H "Authorization: Bearer $token" -H 'Accept: application/json' -F "file=@$dir/past.csv" "$base/vulnerabilities/imports" >/dev/null
	[ "$(api /imports/1 | jq -c '.data | [.columns[2], (.rows | length)]')" = '["EE",5]' ]
	[ "$(api /imports/1 act=take | jq .status)" = 422 ]
	api /imports/1 act=look outcome=EE fact_0=cve >/dev/null
	[ "$(api /imports/1 | jq -c '.data.look | [.bad, .faults[0].line, .faults[0].column]')" = '[24,2,"EE"]' ]
	[ "$(api /imports/1 act=take | jq .status)" = 422 ]
	api /imports/1 act=look outcome=decision at=date who=analyst title=cve fact_0=EE >/dev/null
	[ "$(page /imports/1)" = 200 ]
	api /imports/1 act=take >/dev/null
	for _ in $(seq 100); do
		[ "$(api /imports/1 | jq -r .data.state)" = done ] && break
		sleep 0.1
	done
	[ "$(api /imports/1 | jq -c '.data | [.state, .decisions]')" = '["done",12]' ]
	[ "$(api /history | jq -r '.data.items[0] | .who + .title')" = 'Old handCVE-2025-12' ]
	[ "$(server_sql 'SELECT COUNT(*) FROM decision_import WHERE blob_id IS NOT NULL')" = 0 ]
	# Practice shows no answer before the end.
	api /practice cases=5 >/dev/null
	[ "$(api /practice/1 | jq -c '.data | [.cases, .finished, has("items"), has("outcome")]')" = '[5,false,false,false]' ]
	[ "$(page /practice/1)" = 200 ]
	! grep -q 'Old hand' "$dir/page"
	for _ in 1 2 3 4 5; do
		api /practice/1 decision="$(api /practice/1 | jq .data.decision)" outcome=X >/dev/null
	done
	[ "$(api /practice/1 | jq -c '.data | [.finished, .all.n, .all.same, .items[0].who]')" = '[true,5,5,"Old hand"]' ]
	[ "$(page /practice/1)" = 200 ]
	# A talk: lines become facts, cases rows, and all of it a draft.
	api /worksheets title=Ours from=empty >/dev/null
	api /worksheets/1 version=1 act=lines title=Ours consider=$'At the edge?\n認証に使うか' monotone=1 >/dev/null
	[ "$(api /worksheets/1 act=save version=1 title=Ours | jq .status)" = 422 ]
	[ "$(api /worksheets/1 | jq -c '.data | [.version, .body.facts[0].name, .body.facts[1].name_ja]')" = '[2,"At the edge?","認証に使うか"]' ]
	api /worksheets/1 act=draft version=2 title=Ours monotone=1 e0_title=VPN e0_0=1 e0_outcome=3 >/dev/null
	[ "$(page /worksheets/1)" = 200 ]
	[ "$(page '/worksheets/1?print=1')" = 200 ]
	draft=$(api /worksheets/1 | jq .data.model)
	[ "$(api "/models/$draft" | jq -r '.data.state')" = draft ]
	[ "$(api "/models/$draft" | jq -r '.data.facts | length')" = 2 ]
	# A fact that is missing takes the cases along that speak for it.
	api /worksheets leaf=0 >/dev/null
	[ "$(api /worksheets/2 | jq '.data.body.base > 0')" = true ]
	# Two at one draft: a row that only one touched is his; the same one by both is told.
	local two first second seen
	two=$(api /models/1/draft x=1 | jq .data.id)
	first=$(api "/models/$two/edit" | jq -r '.data.rows[0].outcome')
	second=$(api "/models/$two/edit" | jq -r '.data.rows[1].outcome')
	[ "$(page "/models/$two/edit")" = 200 ]
	seen=$(grep -o 'name="seen" value="[0-9a-f]*"' "$dir/page" | tail -n 1 | grep -o '[0-9a-f]\{16\}')
	api "/models/$two/edit" act=rows row=0 was=$first outcome=M >/dev/null
	api "/models/$two/edit" act=rows row=0 was=$first outcome=$first row=1 was=$second outcome=M >/dev/null
	[ "$(api "/models/$two/edit" | jq -r '[.data.rows[0,1].outcome] | add')" = MM ]
	[ "$(api "/models/$two/edit" act=rows row=0 was=$first outcome=X | jq .status)" = 409 ]
	[ "$(api "/models/$two/edit" act=rows seen=0123 row=0 outcome=X | jq .status)" = 409 ]
	[ "$(api "/models/$two/edit" | jq -r ".data.rows[0].outcome")" = M ]
	api "/models/$two/edit" act=head seen="$seen" title=Mine >/dev/null
	[ "$(api "/models/$two/edit" act=head seen="$seen" title=Theirs | jq .status)" = 409 ]
	[ "$(api "/models/$two/edit" act=head title=Ours | jq .status)" = null ]
	server_sign_in a admin@example.jp
	# On a page both stand side by side.
	[ "$(http a -d csrf="$(csrf a)" -d act=rows -d row=0 -d was=$first -d outcome=X "$base/vulnerabilities/models/$two/edit")" = 409 ]
	grep -q 'conflict-h' "$dir/page"
	# A state is set, and undone on the page by a person.
	[ "$(http a -d csrf="$(csrf a)" -d state=active "$base/vulnerabilities/models/$draft")" = 303 ]
	undo=$(server_sql 'SELECT MAX(id) FROM undo')
	http a -d csrf="$(csrf a)" "$base/undo/$undo" >/dev/null
	[ "$(api "/models/$draft" | jq -r '.data.state')" = draft ]
	[ "$(server_sql "SELECT name FROM decision_model WHERE state = 'active'")" = 'x_tobiguchi.example#kengine:RESPONSE' ]
}
