#!/usr/bin/env bats
# Phishing sites on the real program: from a report to the board, its filters
# and groups, acts on many and back, who may see what.

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

post() { # JAR PATH FIELDS…: the status
	local jar=$1 path=$2 token=csrf_$1 args=()
	shift 2
	for field; do args+=(--data-urlencode "$field"); done
	http "$jar" "${args[@]}" -d csrf="${!token}" "$base$path"
}

json() { # JAR PATH JQ
	curl -s -b "$dir/$1.jar" -H 'Accept: application/json' "$base$2" | jq -r ".data$3"
}

undo() { # JAR: what the last answer offers to take back
	local id
	id=$(grep -i '^set-cookie: toast=' "$dir/header" | sed 's/.*toast=\([0-9]*\)\..*/\1/')
	[ "$id" -gt 0 ]
	post "$1" "/undo/$id" back=/takedowns
}

three() {
	[ "$(post h /takedowns 'brand=みなと例示銀行' "urls=hxxps://login-bank[.]example[.]com/ja/
parcel.example.net
http://198.51.100.23/kyufu/")" = 303 ]
}

@test "lines that are no URL are all said, and nothing is lost" {
	start
	[ "$(post h /takedowns "urls=hxxps://login[.]example[.]com/
this is none
also not")" = 422 ]
	grep -q '2: this is none' "$dir/page"
	grep -q '3: also not' "$dir/page"
	grep -q 'hxxps://login\[.\]example\[.\]com/' "$dir/page"
	[ "$(json h /takedowns .total)" = 0 ]
	[ "$(json h /takedowns '.items | length')" = 0 ]
}

@test "URLs become sites, each with an incident of its own" {
	start
	three
	[ "$(json h /takedowns '.items | length')" = 3 ]
	[ "$(json h /takedowns '.items | map(.incident) | unique | length')" = 3 ]
	[ "$(json h '/takedowns?domain=example.com' '.items[0].url')" = https://login-bank.example.com/ja/ ]
	[ "$(json h '/takedowns?domain=example.com' '.items[0].brand')" = みなと例示銀行 ]
	[ "$(json h '/takedowns?q=login-bank' '.items | length')" = 1 ]
	[ "$(json h '/takedowns?tld=net' '.items | length')" = 1 ]
	[ "$(json h '/takedowns?state=stopped' '.items | length')" = 0 ]
	[ "$(json h '/takedowns?group=domain' '.groups | length')" = 3 ]
	[ "$(json h '/takedowns?group=brand' '.groups[0].total')" = 3 ]
	# never a link to it
	http h "$base/takedowns?state=all" >/dev/null
	grep -q 'hxxps://login-bank\[.\]example\[.\]com/ja/' "$dir/page"
	! grep -q 'https://login-bank' "$dir/page"
	# the page, the incident, the table for spreadsheets
	[ "$(http h "$base/takedowns/1")" = 200 ]
	ref=$(json h /takedowns/1 .incident)
	[ "$(json h "/incidents/$ref" '.sites | length')" = 1 ]
	[ "$(http h "$base/takedowns/export.csv")" = 200 ]
	[ "$(grep -c hxxp "$dir/page")" = 3 ]
	[ "$(http h "$base/takedowns?group=nonsense")" = 422 ]
	# taken back
	three
	[ "$(post h /takedowns "incident=$ref" urls=https://second.example.com/)" = 303 ]
	[ "$(json h "/incidents/$ref" '.sites | length')" = 2 ]
	undo h
	[ "$(json h "/incidents/$ref" '.sites | length')" = 1 ]
}

@test "acts on many, with evidence, and back" {
	start
	three
	[ "$(post h /takedowns/bulk act=stop site=1 site=2)" = 422 ]
	[ "$(post h /takedowns/bulk act=stop site=1 site=2 'evidence=the provider says so')" = 303 ]
	[ "$(json h '/takedowns?state=stopped' '.items | length')" = 2 ]
	[ "$(json h /takedowns/1 '.checks[0].error')" = 'the provider says so' ]
	undo h
	[ "$(json h '/takedowns?state=stopped' '.items | length')" = 0 ]
	[ "$(post h /takedowns/bulk act=stop all=1 query= 'evidence=404 everywhere')" = 303 ]
	[ "$(json h '/takedowns?state=stopped' '.items | length')" = 3 ]
	[ "$(post h /takedowns/bulk act=reopen site=3 'evidence=seen again')" = 303 ]
	[ "$(json h '/takedowns?state=reopened' '.items[0].reopened')" = 1 ]
	[ "$(post h /takedowns/bulk act=owner owner= site=3)" = 303 ]
	[ "$(json h '/takedowns?owner=none' '.items[0].id')" = 3 ]
	[ "$(post h /takedowns/bulk act=remove site=3)" = 303 ]
	[ "$(json h '/takedowns?state=all' '.items | length')" = 2 ]
	[ "$(post h /takedowns/3/restore)" = 303 ]
	[ "$(json h '/takedowns?state=all' '.items | length')" = 3 ]
	[ "$(post h /takedowns/selection site=1 site=3)" = 303 ]
	grep -qi '^location: /takedowns/notify?selection=1' "$dir/header"
}

@test "many reports go to the board and back" {
	start
	printf 'date,URL,description\n' >"$dir/list.csv"
	for i in $(seq 150); do
		printf '2026/01/05 10:00:00,https://site%d.example.com/login,%s\n' "$i" "brand$((i % 3))" >>"$dir/list.csv"
	done
	chmod 644 "$dir/list.csv"
	"$tobiguchi" report import --format jpcert-phishurl "$dir/list.csv" >"$dir/imported" 2>&1 || { cat "$dir/imported"; false; }
	[ "$(post h /takedowns/reports all=1 query= as=brand)" = 303 ]
	for _ in $(seq 100); do
		[ "$(json h /takedowns/bulk/1 .state)" = running ] || break
		sleep 0.1
	done
	[ "$(json h /takedowns/bulk/1 .state)" = done ]
	[ "$(json h '/takedowns?group=brand' .total)" = 150 ]
	[ "$(json h '/takedowns?group=brand' '.groups | length')" = 3 ]
	[ "$(json h /incidents '.items | length')" = 3 ]
	[ "$(post h /takedowns/bulk/1/undo)" = 303 ]
	for _ in $(seq 100); do
		[ "$(json h /takedowns/bulk/1 .state)" = undoing ] || break
		sleep 0.1
	done
	[ "$(json h '/takedowns?state=all&group=brand' .total)" = 0 ]
		[ "$(json h /inbox .total)" = 150 ]
}

@test "a restricted incident hides its sites" {
	start
	three
	ref=$(json a /takedowns/1 .incident)
	json a "/incidents/$ref" .version >"$dir/version"
	sqlite3 -cmd ".timeout 10000" "$TOBIGUCHI_DATA/tobiguchi.db" "UPDATE incident SET restricted = 1, owner_id = NULL WHERE ref = '$ref'"
	[ "$(json h /takedowns '.items | length')" = 2 ]
	[ "$(json a /takedowns '.items | length')" = 3 ]
	[ "$(http h "$base/takedowns/1")" = 404 ]
	[ "$(json h '/takedowns?group=domain' .total)" = 2 ]
	[ "$(post h /takedowns/bulk act=stop site=1 evidence=no)" = 303 ]
	[ "$(json a /takedowns/1 .state)" = reported ]
}

@test "what was merged into a restricted one takes its sites along" {
	start
	three
	ref=$(json a /takedowns/1 .incident)
	post a /incidents title=kept rsit=fraud/phishing priority=high tlp=AMBER pap=GREEN >/dev/null
	into=$(grep -i '^location:' "$dir/header" | grep -oE 'INC-[0-9]+-[0-9]+')
	[ "$(post a "/incidents/$ref/state" act=merge into="$into")" = 303 ]
	[ "$(json h /takedowns '.items | length')" = 3 ]
	server_sql "UPDATE incident SET restricted = 1, owner_id = NULL WHERE ref = '$into'"
	[ "$(json h /takedowns '.items | length')" = 2 ]
	[ "$(json h '/takedowns?q=login-bank' '.items | length')" = 0 ]
	[ "$(json h '/palette?q=login-bank' '.items | map(select(.kind == "site")) | length')" = 0 ]
	[ "$(json a /takedowns '.items | length')" = 3 ]
	[ "$(http h "$base/takedowns/1")" = 404 ]
}

@test "a brand's origin and sector reach its sites" {
	start
	three
	[ "$(json h /takedowns/brands '.items[0].live')" = 3 ]
	[ "$(post h /takedowns/brands/1 name=みなと例示銀行 'aliases=Minato Bank' origin=domestic sector=finance watched=1)" = 422 ]
	[ "$(post h /takedowns/brands/1 name=みなと例示銀行 'aliases=Minato Bank' origin=domestic sector=finance)" = 303 ]
	[ "$(json h '/takedowns?origin=domestic&sector=finance' '.items | length')" = 3 ]
	[ "$(post h /takedowns 'brand=ＭＩＮＡＴＯ bank' urls=https://other.example.com/)" = 303 ]
	[ "$(json h /takedowns/brands '.items | length')" = 1 ]
	[ "$(json h '/takedowns?brand=1' '.items | length')" = 4 ]
	[ "$(post h /takedowns/brands name=別の例示銀行)" = 303 ]
	[ "$(post h /takedowns/brands/2 'aliases=minato bank')" = 422 ]
	[ "$(post h /takedowns/brands/2 organisation=nobody)" = 422 ]
}

@test "pictures of the site and the genuine page, made anew before they are shown" {
	start
	corpus=$BATS_TEST_DIRNAME/../fuzz/corpus/picture
	upload() { # PATH FILE [ALT]
		http a -F csrf="$csrf_a" -F "picture=@$2;type=image/png" -F alt="${3:-}" "$base$1"
	}
	ready() { # PATH KEY STATE
		for _ in $(seq 100); do
			[ "$(json a "$1" ".$2.state")" = "$3" ] && return
			sleep 0.1
		done
		return 1
	}
	[ "$(post a /takedowns 'urls=hxxps://login[.]bank-example[.]test/ja/')" = 303 ]
	[ "$(post a /takedowns/1 'brand=Minato Example Bank')" = 303 ]
	[ "$(http a "$base/takedowns/1/picture")" = 404 ]
	[ "$(upload /takedowns/1/picture "$corpus/wide.png" 'A form asks for a password')" = 303 ]
	ready /takedowns/1 picture ready
	[ "$(json a /takedowns/1 .picture.width)" = 1280 ] # it had 2000
	[ "$(json a /takedowns/1 .picture.sha256)" = "$(sha256sum "$corpus/wide.png" | cut -d' ' -f1)" ]
	[ "$(http a "$base/takedowns/1/picture")" = 200 ]
	[ "$(head -c 3 "$dir/page" | xxd -p)" = ffd8ff ]
	grep -qi '^content-type: image/jpeg' "$dir/header"
	grep -qi '^x-content-type-options: nosniff' "$dir/header"
	grep -qi "^content-security-policy: default-src 'none'; sandbox" "$dir/header"
	[ "$(http a "$base/takedowns/1")" = 200 ]
	grep -q 'alt="A form asks for a password"' "$dir/page"
	# the genuine page stands beside it
	brand=$(json a /takedowns/1 .brand_id)
	[ "$(upload "/takedowns/brands/$brand/picture" "$corpus/a.webp")" = 303 ]
	ready "/takedowns/brands/$brand" picture ready
	[ "$(json a /takedowns/1 .genuine.state)" = ready ]
	[ "$(http a "$base/takedowns?site=1")" = 200 ]
	grep -q "src=\"/takedowns/brands/$brand/picture" "$dir/page"
	# what is none is refused, whatever it says it is, and never sent
	for file in other cut.png huge.png cmyk.jpg; do
		[ "$(upload /takedowns/1/picture "$corpus/$file")" = 303 ]
		ready /takedowns/1 picture refused
		[ "$(http a "$base/takedowns/1/picture")" = 404 ]
	done
	head -c 11000000 /dev/zero >"$dir/big"
	was=$(json a /takedowns/1 .picture.id)
	[ "$(upload /takedowns/1/picture "$dir/big")" = 303 ]
	[ "$(json a /takedowns/1 .picture.id)" = "$was" ]
	# taken away and back
	[ "$(upload /takedowns/1/picture "$corpus/a.jpg")" = 303 ]
	ready /takedowns/1 picture ready
	[ "$(post a /takedowns/1/picture act=remove)" = 303 ]
	[ "$(json a /takedowns/1 .picture)" = null ]
	undo a
	[ "$(json a /takedowns/1 .picture.state)" = ready ]
}
