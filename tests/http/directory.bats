#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The directory: organisations, contacts, what they are responsible for, tests
# of contacts by a link and by mail.

bats_require_minimum_version 1.5.0
load ../tools/server.bash

setup() { server_init; }
teardown() { server_stop; }

start() {
	server_start
	[ "$(server_sign_in a admin@example.jp)" = 303 ]
	token=$(csrf a)
}

post() { # PATH ARGUMENTS…: the status
	local path=$1
	shift
	http a -d "csrf=$token" "$@" "$base$path"
}

get() { # PATH: the JSON answer
	curl -s -b "$dir/a.jar" -H 'Accept: application/json' "$base$1"
}

sql() {
	python3 -c 'import sqlite3, sys
for row in sqlite3.connect(sys.argv[1] + "/tobiguchi.db").execute(sys.argv[2]): print(*row, sep="|")' "$TOBIGUCHI_DATA" "$1"
}

add() { # NAME KIND ARGUMENTS…: an organisation
	local name=$1 kind=$2
	shift 2
	post /directory --data-urlencode "name=$name" -d "kind=$kind" -d lang=ja -d authority=none -d trust=usual \
	    -d max_tlp=AMBER -d formats=table "$@"
}

contact() { # ORGANISATION EMAIL ARGUMENTS…
	local of=$1 email=$2
	shift 2
	post "/directory/$of/contacts" -d purpose=abuse -d "email=$email" -d act=save "$@"
}

@test "an organisation is entered, found, changed, taken off and taken back" {
	start
	[ "$(add みなと例示通信 isp -d cc=JP -d member=1 --data-urlencode kana=みなとれいじつうしん)" = 303 ]
	[ "$(add みなと例示通信 isp)" = 422 ]
	grep -q 'name="again"' "$dir/page"
	[ "$(add みなと例示通信 isp -d again=1)" = 303 ]
	[ "$(add '' isp)" = 422 ]
	[ "$(add Other nonsense)" = 422 ]
	[ "$(get '/directory?q=%E3%81%BF%E3%81%AA%E3%81%A8' | jq .data.total)" = 2 ]
	[ "$(get '/directory?member=1' | jq .data.total)" = 1 ]
	[ "$(get '/directory?country=KR' | jq .data.total)" = 0 ]
	[ "$(get '/directory?kind=nonsense' | jq .status)" = 400 ]
	version=$(get /directory/1 | jq .data.version)
	[ "$(post /directory/1/edit --data-urlencode name=みなと -d kind=isp -d lang=ja -d authority=full -d trust=high \
	    -d max_tlp=GREEN -d formats=csv -d "version=$version" -d act=save)" = 303 ]
	[ "$(get /directory/1 | jq -r .data.trust)" = high ]
	[ "$(get /directory/1 | jq -r '.data.history[0].action')" = organisation.change ]
	[ "$(post /directory/1/edit --data-urlencode name=old -d kind=isp -d lang=ja -d authority=full -d trust=high \
	    -d max_tlp=GREEN -d formats=csv -d "version=$version" -d act=save)" = 422 ]
	[ "$(post /directory/1/edit -d act=remove)" = 303 ]
	[ "$(get /directory | jq .data.total)" = 1 ]
	[ "$(get '/directory?view=removed' | jq .data.total)" = 1 ]
	[ "$(post /undo/1)" = 303 ]
	[ "$(get /directory | jq .data.total)" = 2 ]
}

@test "networks, domains and AS numbers say who is responsible" {
	start
	add Wide isp -d cc=JP
	add Narrow constituent -d cc=JP -d member=1
	add National csirt -d cc=KR
	[ "$(post /directory/1/scopes -d kind=prefix -d value=192.0.2.0/24)" = 303 ]
	[ "$(post /directory/2/scopes -d kind=prefix --data-urlencode $'value=192.0.2.128/25\n2001:db8:1::/48')" = 303 ]
	[ "$(post /directory/2/scopes -d kind=domain -d value=Minato.Example)" = 303 ]
	[ "$(post /directory/1/scopes -d kind=asn -d value=AS64500)" = 303 ]
	[ "$(post /directory/3/scopes -d kind=country -d value=kr)" = 303 ]
	[ "$(post /directory/1/scopes -d kind=prefix --data-urlencode $'value=192.0.2.1/24\n10.0.0.0/8\nnonsense')" = 422 ]
	[ "$(get /directory/1 | jq '.data.scopes | length')" = 2 ]
	whose() { get "/directory/lookup?q=$1" | jq -r '[.data.items[].organisation] | join(" ")'; }
	[ "$(whose 192.0.2.1)" = Wide ]
	[ "$(whose 192.0.2.129)" = Narrow ]
	[ "$(whose 2001:db8:1::5)" = Narrow ]
	[ "$(whose hxxp://www%5B.%5Dminato%5B.%5Dexample/login)" = Narrow ]
	[ "$(whose AS64500)" = Wide ]
	[ "$(whose www.example.kr)" = National ]
	[ "$(whose 203.0.113.1)" = "" ]
	[ "$(whose '%20%20!')" = "" ]
	# The table follows a change at once.
	id=$(get /directory/2 | jq '.data.scopes[] | select(.value == "192.0.2.128/25") | .id')
	[ "$(post "/directory/2/scopes/$id/remove")" = 303 ]
	[ "$(whose 192.0.2.129)" = Wide ]
	[ "$(post /directory/1/edit -d act=remove)" = 303 ]
	[ "$(whose 192.0.2.1)" = "" ]
}

@test "memberships, agreements and relations have their terms and warnings" {
	start
	add Forum community
	add Peer csirt -d cc=TW
	[ "$(post /directory/2/memberships -d community=1 -d role=board -d since=2005-06-01 -d until=2004-01-01)" = 422 ]
	[ "$(post /directory/2/memberships -d community=1 -d role=board -d since=2005-06-01)" = 303 ]
	[ "$(post /directory/2/memberships -d community=2 -d role=board)" = 422 ]
	[ "$(get /directory/1 | jq -r '.data.members[0].organisation')" = Peer ]
	[ "$(get '/directory?community=1' | jq .data.total)" = 1 ]
	soon=$(date -u -d '+20 days' +%F)
	[ "$(post /directory/2/agreements -d kind=mou -d title=MOU -d signed_on=2007-01-15 -d "expires_on=$soon")" = 303 ]
	[ "$(get '/directory?view=agreements' | jq .data.total)" = 1 ]
	[ "$(post /directory/2/agreements/1 -d act=renew -d renewed_until=2099-01-01)" = 303 ]
	[ "$(get '/directory?view=agreements' | jq .data.total)" = 0 ]
	[ "$(post /directory/2/relations -d kind=cooperates -d trust=high -d flows=share -d flows=send)" = 303 ]
	[ "$(get /directory/2 | jq -r '.data.relations[0] | "\(.from_id) \(.flows)"')" = "0 send,share" ]
	[ "$(post /directory/2/relations -d kind=cooperates -d trust=high -d with=Nobody)" = 422 ]
	[ "$(post /directory/2/memberships/1 -d act=remove)" = 303 ]
	[ "$(post /directory/2/relations/1/remove)" = 303 ]
	[ "$(get /directory/2 | jq '(.data.memberships | length) + (.data.relations | length)')" = 0 ]
}

@test "contacts are checked, ordered and need a way to be reached" {
	start
	add Peer csirt
	[ "$(contact 1 not-an-address)" = 422 ]
	[ "$(post /directory/1/contacts -d purpose=abuse -d name=Nobody -d act=save)" = 422 ]
	[ "$(contact 1 first@peer.example)" = 303 ]
	[ "$(contact 1 second@peer.example --data-urlencode "smime@$BATS_TEST_DIRNAME/../fuzz/corpus/certificate/generalized.pem")" = 303 ]
	[ "$(contact 1 third@peer.example --data-urlencode "smime=nonsense")" = 422 ]
	[ "$(get /directory/1 | jq -r '.data.contacts[1].smime_expires_at')" != null ]
	[ "$(post /directory/1/contacts/2 -d act=up)" = 303 ]
	[ "$(get /directory/1 | jq -r '.data.contacts[0].email')" = second@peer.example ]
	[ "$(post /directory/1/contacts/2 -d act=remove)" = 303 ]
	[ "$(get /directory/1 | jq '.data.contacts | length')" = 1 ]
	[ "$(http a "$base/directory/1/contacts/2")" = 404 ]
}

@test "a contact presses the link of its test once" {
	start
	add Peer csirt
	contact 1 soc@peer.example -d test_days=90 --data-urlencode name=SOC
	contact 1 never@peer.example -d do_not_contact=1
	[ "$(post /directory/tests -d organisation=1)" = 303 ]
	[ "$(sql "SELECT COUNT(*) FROM contact_test WHERE result = 'waiting'")" = 1 ]
	[ "$(post /directory/tests -d contact=1)" = 303 ] # waits already
	[ "$(sql 'SELECT COUNT(*) FROM contact_test')" = 1 ]
	id=$(sql 'SELECT message_id FROM contact_test')
	path=$(get "/messages/$id" | grep -oE '/contact-test/[A-Za-z0-9_-]+' | head -n 1)
	[ -n "$path" ]
	[ "$(http n "$base$path")" = 200 ]
	grep -q 'soc@peer.example' "$dir/page"
	public=$(grep -oE 'name="csrf" value="[^"]+"' "$dir/page" | head -n 1 | sed 's/.*value="//; s/"//')
	[ "$(http n -d "csrf=$public" -d right=1 --data-urlencode note='new phone' "$base$path")" = 200 ]
	[ "$(get /directory/1 | jq -r '.data.contacts[0].test_result')" = answered ]
	[ "$(get /directory/1 | jq -r '.data.contacts[0].read_at')" != null ]
	[ "$(sql 'SELECT note FROM contact_test')" = 'new phone' ]
	[ "$(http n -d "csrf=$public" --data-urlencode note=again "$base$path")" = 200 ]
	[ "$(sql 'SELECT note FROM contact_test')" = 'new phone' ]
	[ "$(http n "$base/contact-test/guessed")" = 404 ]
	[ "$(http n "$base${path%?}")" = 404 ]
}

@test "tests by phone, by schedule, and what went wrong" {
	start
	add Peer csirt -d cc=TW
	contact 1 soc@peer.example -d test_days=30 -d phone=+886-1
	[ "$(post /directory/tests/1/phone -d result=failed --data-urlencode note='rings, nobody')" = 303 ]
	[ "$(get '/directory?view=overdue' | jq .data.total)" = 1 ]
	[ "$(get '/directory/tests?view=overdue' | jq '.data.items | length')" = 1 ]
	[ "$(post /directory/tests/1/phone -d result=answered)" = 303 ]
	[ "$(get '/directory/tests' | jq '.data.abroad_answered')" = 1 ]
	[ "$(get '/directory?view=overdue' | jq .data.total)" = 0 ]
	[ "$(post /directory/tests/1/phone -d result=nonsense)" = 422 ]
	[ "$(post /directory/tests -d contact=1)" = 303 ]
	[ "$(post /undo/1)" = 303 ]
	[ "$(sql "SELECT COUNT(*) FROM contact_test WHERE channel = 'mail'")" = 0 ]
}

@test "a list is looked at first; then its good rows are imported, once" {
	start
	local corpus=$BATS_TEST_DIRNAME/../fuzz/corpus/listing
	[ "$(http a -F "csrf=$token" -F act=look -F "file=@$corpus/bad.csv" "$base/directory/import")" = 200 ]
	grep -q 'not-a-mail' "$dir/page"
	[ "$(get /directory | jq .data.total)" = 0 ]
	[ "$(http a -F "csrf=$token" -F act=import -F "file=@$corpus/two.csv" "$base/directory/import")" = 303 ]
	[ "$(get /directory | jq .data.total)" = 2 ]
	[ "$(get '/directory/lookup?q=2001:db8::1' | jq -r '.data.items[0].organisation')" = みなと例示通信 ]
	[ "$(http a -F "csrf=$token" -F act=import -F "file=@$corpus/two.csv" "$base/directory/import")" = 303 ]
	[ "$(sql 'SELECT COUNT(*) FROM contact')" = 2 ]
	[ "$(http a -F "csrf=$token" -F act=import -F "text=nonsense" "$base/directory/import")" = 422 ]
	[ "$(http a -F "csrf=$token" -F act=import -F "text=" "$base/directory/import")" = 422 ]
	[ "$(http a -F "csrf=$token" -F act=import -F "file=@$corpus/two.vcf" "$base/directory/import")" = 303 ]
	[ "$(get /directory | jq .data.total)" = 4 ]
	# What goes out comes in again and changes nothing.
	curl -s -b "$dir/a.jar" "$base/directory/export/directory.csv" >"$dir/all.csv"
	[ "$(http a -F "csrf=$token" -F act=import -F "file=@$dir/all.csv" "$base/directory/import")" = 303 ]
	[ "$(sql 'SELECT COUNT(*) FROM contact')" = 4 ]
	curl -s -b "$dir/a.jar" "$base/directory/export/directory.vcf" | grep -q '^VERSION:4.0'
	[ "$(http a "$base/directory/export/other")" = 404 ]
}

@test "the command imports good rows only when told to" {
	local corpus=$BATS_TEST_DIRNAME/../fuzz/corpus/listing
	run -65 --separate-stderr "$tobiguchi" directory import "$corpus/bad.csv"
	[[ $stderr == *"bad.csv:3: no country code of ISO 3166: XX"* ]]
	[[ $output == "would import 1 new"* ]]
	run -65 --separate-stderr "$tobiguchi" directory import --good "$corpus/bad.csv"
	[[ $output == "imported 1 new"* ]]
	"$tobiguchi" directory import "$corpus/two.vcf"
	[ "$("$tobiguchi" directory export | grep -c '^"')" = 3 ]
	[ "$("$tobiguchi" directory export --vcard | grep -c BEGIN:VCARD)" = 3 ]
	run -66 "$tobiguchi" directory import "$dir/none.csv"
}

@test "the demonstration set is historical: nobody is written to" {
	start
	[ "$(post /directory/demonstration)" = 303 ]
	total=$(get '/directory?historical=1' | jq .data.total)
	[ "$total" -ge 35 ]
	[ "$(post /directory/demonstration)" = 303 ]
	[ "$(get /directory | jq .data.total)" = "$total" ]
	apcert=$(get '/directory?q=APCERT&kind=community' | jq '.data.items[0].id')
	[ "$(get "/directory?community=$apcert" | jq .data.total)" -ge 20 ]
	peer=$(get '/directory?q=KrCERT' | jq '.data.items[0].id')
	[ "$(post /directory/tests -d "organisation=$peer")" = 303 ]
	[ "$(sql 'SELECT COUNT(*) FROM message')" = 0 ]
	[ "$(get /directory/map | jq '[.data.items[].organisations] | add')" = "$total" ]
	[ "$(get '/directory/map?country=KR' | jq '[.data.items[].organisations] | add')" = 1 ]
	[ "$(http a "$base/directory/map")" = 200 ]
	grep -q '<svg class="c"' "$dir/page"
}

@test "a key that the contact's domain publishes is shown, and used once it was compared" {
	command -v gpg >/dev/null || skip "gpg is not installed"
	export GNUPGHOME=$dir/gnupg
	mkdir -m 700 "$GNUPGHOME" "$dir/keys"
	gpg --batch --quiet --passphrase '' --quick-gen-key 'Hanako <hanako@org.example>' default default never 2>/dev/null
	fingerprint=$(gpg --list-keys --with-colons | awk -F: '/^fpr/ { print $10; exit }')
	gpg --export hanako@org.example >"$dir/keys/key"
	gpgconf --kill all
	"$BATS_TEST_DIRNAME/../tools/key-directory" "$dir/keys" 3>&- &
	keys_pid=$!
	for _ in $(seq 50); do
		[ -f "$dir/keys/port" ] && break
		sleep 0.1
	done
	start
	[ "$(add Org isp)" = 303 ]
	[ "$(contact 1 hanako@org.example)" = 303 ]
	# Nothing is asked before it is switched on.
	[ "$(post /directory/1/contacts/1/key -d act=ask)" = 403 ]
	[ "$(post /admin/settings -d lookup.reach=loopback -d "lookup.wkd=http://127.0.0.1:$(cat "$dir/keys/port")/*")" = 303 ]
	[ "$(post /directory/1/contacts/1/key -d act=ask)" = 303 ]
	for _ in $(seq 100); do
		[ "$(get /directory/1/contacts/1 | jq -r .data.wkd.state)" = found ] && break
		sleep 0.1
	done
	[ "$(get /directory/1/contacts/1 | jq -r .data.wkd.fingerprint)" = "$fingerprint" ]
	[ "$(get /directory/1/contacts/1 | jq -r .data.wkd.same)" = false ]
	grep -q '^/openpgpkey.org.example/.well-known/openpgpkey/org.example/hu/.*?l=hanako$' "$dir/keys/asked"
	grep -q '^/org.example/.well-known/openpgpkey/hu/' "$dir/keys/asked"
	[ "$(get /directory/1 | jq -r '.data.contacts[0].key')" = null ]
	# Only the key that was seen.
	[ "$(post /directory/1/contacts/1/key -d act=take -d fingerprint=0000)" = 409 ]
	[ "$(post /directory/1/contacts/1/key -d act=take -d "fingerprint=$fingerprint")" = 303 ]
	[ "$(get /directory/1 | jq -r '.data.contacts[0].key.fingerprint')" = "$fingerprint" ]
	[ "$(get /directory/1/contacts/1 | jq -r .data.wkd.same)" = true ]
	# What names somebody else is not offered.
	[ "$(contact 1 taro@org.example)" = 303 ]
	[ "$(post /directory/1/contacts/2/key -d act=ask)" = 303 ]
	for _ in $(seq 100); do
		[ "$(get /directory/1/contacts/2 | jq -r .data.wkd.state)" = unreadable ] && break
		sleep 0.1
	done
	[ "$(get /directory/1/contacts/2 | jq -r .data.wkd.usable)" = false ]
	[ "$(post /directory/1/contacts/2/key -d act=take -d "fingerprint=$fingerprint")" = 409 ]
	kill "$keys_pid"
}

@test "from the form of a party to contact finding, and back with the contact" {
	start
	[ "$(add みなと例示通信 isp -d cc=JP)" = 303 ]
	[ "$(contact 1 abuse@minato.example --data-urlencode name=窓口 -d lang=ja)" = 303 ]
	[ "$(post /directory/1/scopes -d kind=domain --data-urlencode value=minato.example)" = 303 ]
	[ "$(post /incidents -d title=t -d rsit=fraud/phishing -d priority=normal -d tlp=AMBER -d pap=GREEN)" = 303 ]
	ref=$(grep -i '^location:' "$dir/header" | grep -oE 'INC-[0-9]+-[0-9]+')
	[ "$(http a "$base/incidents/$ref/parties/new")" = 200 ]
	grep -q "href=\"/directory/find?incident=$ref\"" "$dir/page"
	[ "$(http a "$base/directory/find?q=www.minato.example&incident=$ref")" = 200 ]
	grep -q "/incidents/$ref/parties/new" "$dir/page"
	[ "$(post /directory/find -d q=www.minato.example -d "incident=$ref" -d choose=1)" = 303 ]
	grep -qi "^location: /incidents/$ref/parties/new?contact=1" "$dir/header"
	[ "$(http a "$base/incidents/$ref/parties/new?contact=1")" = 200 ]
	grep -q 'value="みなと例示通信"' "$dir/page"
	grep -q 'value="abuse@minato.example"' "$dir/page"
	grep -q 'value="isp" selected' "$dir/page"
	[ "$(http a "$base/incidents/$ref/parties/new?contact=999")" = 200 ]
}
