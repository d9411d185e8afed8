#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# S/MIME keys by the page, in the cage of the crypt role: our own key from a
# PKCS#12 file, a root trusted and no longer, all of it in the journal.

bats_require_minimum_version 1.5.0
load ../tools/server

setup() {
	command -v gpgsm >/dev/null || skip "gpgsm is not installed"
	server_init
	token=$("$tobiguchi" token create --user admin@example.jp --name test --scope all)
	server_start
	ca=$(mktemp -d "$BATS_TEST_TMPDIR/ca.XXXXXX")
	cd "$ca"
	openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 900 -subj "/O=Test/CN=Root" \
	    -addext keyUsage=critical,keyCertSign,cRLSign 2>/dev/null
	openssl req -newkey rsa:2048 -nodes -keyout team.key -out team.csr -subj "/CN=team" 2>/dev/null
	echo 'subjectAltName=email:csirt@csirt.test' >ext
	openssl x509 -req -in team.csr -CA ca.pem -CAkey ca.key -days 20 -extfile ext -out team.pem 2>/dev/null
	openssl pkcs12 -export -inkey team.key -in team.pem -certfile ca.pem -passout pass:geheim -out team.p12
}

teardown() {
	[ -z "${ca:-}" ] || server_stop
}

# act JSON: the status of the answer
act() {
	curl -s -o "$ca/answer" -w '%{http_code}' -X POST -H "Authorization: Bearer $token" \
	    -H 'Accept: application/json' -H 'Content-Type: application/json' -d "$1" "$base/admin/smime"
}

# list FILTER: of the certificates
list() {
	curl -s -H "Authorization: Bearer $token" -H 'Accept: application/json' "$base/admin/smime" | jq -r "$1"
}

@test "our own key comes in by its password; a root is trusted, distrusted, removed" {
	local p12 root
	p12=$(base64 -w0 team.p12)
	[ "$(list .data.total)" = 0 ]
	[ "$(act "{\"act\":\"import\",\"certificate\":\"$p12\",\"p12_password\":\"wrong\"}")" = 422 ]
	grep -qE 'password is wrong|パスワードが違うか' answer
	[[ "$(act "{\"act\":\"import\",\"certificate\":\"$p12\",\"p12_password\":\"geheim\"}")" = 20? ]]
	[ "$(list '[.data.items[] | select(.own)] | length')" = 1 ]
	[ "$(list '.data.items[] | select(.own) | .email')" = csirt@csirt.test ]
	root=$(list '.data.items[] | select(.root) | .fingerprint')
	[ -n "$root" ]
	[ "$(list '.data.items[] | select(.root) | .trusted')" = false ]
	[[ "$(act "{\"act\":\"trust\",\"fingerprint\":\"$root\"}")" = 20? ]]
	[ "$(list '.data.items[] | select(.root) | .trusted')" = true ]
	[[ "$(act "{\"act\":\"distrust\",\"fingerprint\":\"$root\"}")" = 20? ]]
	[ "$(list '.data.items[] | select(.root) | .trusted')" = false ]
	[[ "$(act "{\"act\":\"remove\",\"fingerprint\":\"$root\"}")" = 20? ]]
	[ "$(list .data.total)" = 1 ]
	[ "$(act "{\"act\":\"trust\",\"fingerprint\":\"$root\"}")" = 422 ]
	python3 - "$TOBIGUCHI_DATA/tobiguchi.db" <<-'P'
		import sqlite3, sys
		rows = [r[0] for r in sqlite3.connect(sys.argv[1]).execute("SELECT action FROM journal WHERE action LIKE 'smime.%' ORDER BY id")]
		assert rows[-3:] == ["smime.trust", "smime.distrust", "smime.remove"] and "smime.add" in rows, rows
	P
	# No secret beside the keyring, none in it that was not asked for.
	! grep -rql geheim "$TOBIGUCHI_DATA"
}
