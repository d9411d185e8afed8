#!/usr/bin/env bats
# Signing in, sessions, second step, links, tokens: on the real program.

load ../tools/server.bash

setup() { server_init; }
teardown() { server_stop; }

header() { grep -i "^$1:" "$dir/header"; }

# The code of a base32 secret, now (RFC 6238); offset in steps.
totp() {
	python3 -c '
import base64, hmac, struct, sys, time
key = base64.b32decode(sys.argv[1].replace(" ", ""))
d = hmac.new(key, struct.pack(">Q", int(time.time()) // 30 + int(sys.argv[2])), "sha1").digest()
o = d[-1] & 15
print("%06d" % ((struct.unpack(">I", d[o:o + 4])[0] & 0x7fffffff) % 1000000))' "$1" "${2:-0}"
}

@test "signing in makes a new session with a careful cookie" {
	server_start
	[ "$(http a "$base/me")" = 303 ]
	header location | grep -q '/sign-in?next=/me'
	[ "$(server_sign_in a admin@example.jp)" = 303 ]
	header set-cookie | grep '^set-cookie: session=' -i | grep -q 'HttpOnly; SameSite=Lax'
	! header set-cookie | grep -q 'Secure'
	first=$(grep session "$dir/a.jar" | cut -f 7)
	[ "${#first}" = 43 ]
	[ "$(http a "$base/me")" = 200 ]
	! grep -aq "$first" "$TOBIGUCHI_DATA"/tobiguchi.db*
}

@test "behind TLS the cookie is Secure" {
	server_start
	http a -H 'X-Forwarded-Proto: https' -d email=admin@example.jp \
	    --data-urlencode "password=$password" "$base/sign-in"
	header set-cookie | grep -i 'session=' | grep -q '; Secure'
}

@test "a session that somebody else chose is not taken over" {
	server_start
	printf '127.0.0.1\tFALSE\t/\tFALSE\t0\tsession\t%s\n' "$(printf 'x%.0s' $(seq 43))" >"$dir/a.jar"
	[ "$(server_sign_in a admin@example.jp)" = 303 ]
	[ "$(grep -c "$(printf 'x%.0s' $(seq 43))" "$dir/a.jar")" = 0 ]
	# Signing in again ends the session before.
	cp "$dir/a.jar" "$dir/old.jar"
	[ "$(http a -d csrf="$(csrf a)" -d email=admin@example.jp --data-urlencode "password=$password" "$base/sign-in")" = 303 ]
	[ "$(http old -H 'Accept: application/json' "$base/me")" = 401 ]
	[ "$(http a "$base/me")" = 200 ]
}

@test "next leads only to our own pages" {
	server_start
	http a -d email=admin@example.jp --data-urlencode "password=$password" -d next=/inbox "$base/sign-in"
	header location | grep -q '/inbox'
	for bad in 'https://evil.example/' '//evil.example/' '/\evil.example' 'javascript:1'; do
		rm -f "$dir/a.jar"
		http a -d email=admin@example.jp --data-urlencode "password=$password" \
		    --data-urlencode "next=$bad" "$base/sign-in"
		header location | tr -d '\r' | grep -q ' /home$'
	done
}

@test "an account locks after failures, and the answer does not tell" {
	server_start
	[ "$(server_sign_in a nobody@example.jp wrong)" = 422 ]
	sed 's/value="[^"]*"//g' "$dir/page" >"$dir/nobody"
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		code=$(server_sign_in a admin@example.jp 'wrong wrong wrong')
		[ "$code" = 422 ] || { echo "$code"; cat "$dir/log"; false; }
	done
	sed 's/value="[^"]*"//g' "$dir/page" >"$dir/wrong"
	cmp "$dir/nobody" "$dir/wrong"
	# The right password does not help now, and looks the same.
	[ "$(server_sign_in a admin@example.jp)" = 422 ]
	sed 's/value="[^"]*"//g' "$dir/page" >"$dir/locked"
	cmp "$dir/nobody" "$dir/locked"
}

@test "a form of another site is refused" {
	server_start
	server_sign_in a admin@example.jp
	[ "$(http a -d name=X "$base/me")" = 403 ]
	[ "$(http a -d name=X -d csrf=wrong "$base/me")" = 403 ]
	[ "$(http a -H 'Origin: https://evil.example' -d name=X -d csrf="$(csrf a)" "$base/me")" = 403 ]
	[ "$(http a -d name=X -d csrf="$(csrf a)" "$base/me")" = 303 ]
	# Signing somebody in from elsewhere neither.
	[ "$(http b -H 'Origin: https://evil.example' -d email=admin@example.jp \
	    --data-urlencode "password=$password" "$base/sign-in")" = 403 ]
	[ "$(http b -H "Origin: $base" -d email=admin@example.jp \
	    --data-urlencode "password=$password" "$base/sign-in")" = 303 ]
}

@test "the second step is asked, once a code" {
	server_start
	server_sign_in a admin@example.jp
	token=$(csrf a)
	[ "$(http a -d csrf="$token" -d act=begin "$base/me/totp")" = 200 ]
	grep -q '<svg class="qr"' "$dir/page"
	secret=$(grep -oE 'name="secret" value="[^"]+"' "$dir/page" | sed 's/.*value="//; s/"//')
	[ "$(http a -d csrf="$token" -d act=confirm --data-urlencode "secret=$secret" -d code=000000 "$base/me/totp")" = 422 ]
	grep -qF "$secret" "$dir/page"
	code=$(totp "$secret" -1)
	[ "$(http a -d csrf="$token" -d act=confirm --data-urlencode "secret=$secret" -d code="$code" "$base/me/totp")" = 200 ]
	# The half session opens nothing.
	[ "$(server_sign_in b admin@example.jp)" = 303 ]
	header location | grep -q '/sign-in/code'
	[ "$(http b -H 'Accept: application/json' "$base/me")" = 401 ]
	[ "$(http b "$base/sign-in/code")" = 200 ]
	half=$(grep -oE 'name="csrf" value="[^"]+"' "$dir/page" | head -n 1 | sed 's/.*value="//; s/"//')
	[ "$(http b -d csrf="$half" -d code="$code" "$base/sign-in/code")" = 422 ]
	code=$(totp "$secret")
	[ "$(http b -d csrf="$half" -d code="${code:0:3} ${code:3}" "$base/sign-in/code")" = 303 ]
	[ "$(http b "$base/me")" = 200 ]
	server_sign_in c admin@example.jp
	http c "$base/sign-in/code"
	half=$(grep -oE 'name="csrf" value="[^"]+"' "$dir/page" | head -n 1 | sed 's/.*value="//; s/"//')
	[ "$(http c -d csrf="$half" -d code="$code" "$base/sign-in/code")" = 422 ]
	# Off only with the password.
	[ "$(http b -d csrf="$(csrf b)" -d act=off -d totp_password=wrong "$base/me/totp")" = 422 ]
	[ "$(http b -d csrf="$(csrf b)" -d act=off --data-urlencode "totp_password=$password" "$base/me/totp")" = 303 ]
}

@test "an invitation and a reset link work once" {
	server_start
	server_sign_in a admin@example.jp
	token=$(csrf a)
	[ "$(http a -d csrf="$token" -d name=N -d email=new@example.jp -d role=handler "$base/admin/users/new")" = 200 ]
	link=$(grep -oE 'link\?token=[A-Za-z0-9_-]{43}' "$dir/page")
	key=${link#*=}
	[ "$(http b "$base/$link")" = 200 ]
	[ "$(http b -d token="$key" -d password=short -d password_again=short "$base/link")" = 422 ]
	[ "$(http b -d token="$key" -d password='my own long words' -d password_again='my own other words' "$base/link")" = 422 ]
	[ "$(http b -d token="$key" -d password='my own long words' -d password_again='my own long words' "$base/link")" = 303 ]
	[ "$(http b "$base/me")" = 200 ]
	[ "$(http c "$base/$link")" = 410 ]
	[ "$(http c -d token="$key" -d password='my own long words' -d password_again='my own long words' "$base/link")" = 410 ]
	# A second reset link ends the first; using one ends the sessions.
	http a -d csrf="$token" -d act=reset "$base/admin/users/2"
	one=$(grep -oE 'link\?token=[A-Za-z0-9_-]{43}' "$dir/page")
	http a -d csrf="$token" -d act=reset "$base/admin/users/2"
	two=$(grep -oE 'link\?token=[A-Za-z0-9_-]{43}' "$dir/page")
	[ "$(http c "$base/$one")" = 410 ]
	[ "$(http c -d token="${two#*=}" -d password='other long words 1' -d password_again='other long words 1' "$base/link")" = 303 ]
	[ "$(http b -H 'Accept: application/json' "$base/me")" = 401 ]
	[ "$(server_sign_in d new@example.jp 'my own long words')" = 422 ]
	[ "$(server_sign_in d new@example.jp 'other long words 1')" = 303 ]
}

@test "a token does what its scope says, and no more" {
	server_start
	server_sign_in a admin@example.jp
	[ "$(http a -d csrf="$(csrf a)" -d act=add -d token_name=r -d scope=read "$base/me/tokens")" = 200 ]
	read=$(grep -oE 'tbg_[A-Za-z0-9_-]{43}' "$dir/page" | head -n 1)
	[ "$(http a "$base/me")" = 200 ]
	! grep -q "$read" "$dir/page"
	[ "$(http b -H "Authorization: Bearer $read" "$base/me")" = 200 ]
	[ "$(http b -H "Authorization: Bearer $read" "$base/admin/users")" = 403 ]
	[ "$(http b -H "Authorization: Bearer $read" -d key=x -d body=y "$base/drafts")" = 403 ]
	[ "$(http b -H "Authorization: Bearer ${read%?}x" "$base/me")" = 401 ]
	http a -d csrf="$(csrf a)" -d act=add -d token_name=w -d scope=all "$base/me/tokens"
	all=$(grep -oE 'tbg_[A-Za-z0-9_-]{43}' "$dir/page" | head -n 1)
	[ "$(http b -H "Authorization: Bearer $all" "$base/admin/users")" = 200 ]
	# No token makes another one or changes the password.
	[ "$(http b -H "Authorization: Bearer $all" -d act=add -d token_name=x -d scope=all "$base/me/tokens")" = 403 ]
	[ "$(http b -H "Authorization: Bearer $all" -d old="$password" -d password=x "$base/me/password")" = 403 ]
	[ "$(http a -d csrf="$(csrf a)" -d act=revoke -d id=1 "$base/me/tokens")" = 303 ]
	[ "$(http b -H "Authorization: Bearer $read" "$base/me")" = 401 ]
}

@test "who is made inactive is out at once; the last administrator stays" {
	server_add handler
	server_start
	server_sign_in a admin@example.jp
	server_sign_in b handler@example.jp
	[ "$(http b "$base/me")" = 200 ]
	[ "$(http a -d csrf="$(csrf a)" -d name=H -d email=handler@example.jp -d role=handler "$base/admin/users/2")" = 303 ]
	[ "$(http b -H 'Accept: application/json' "$base/me")" = 401 ]
	[ "$(server_sign_in b handler@example.jp)" = 422 ]
	[ "$(http a -d csrf="$(csrf a)" -d name=A -d email=admin@example.jp -d role=handler -d active=1 "$base/admin/users/1")" = 422 ]
	# Somebody else saved in between.
	[ "$(http a -d csrf="$(csrf a)" -d name=H2 -d email=handler@example.jp -d role=handler -d version=1 "$base/admin/users/2")" = 409 ]
	grep -q H2 "$dir/page"
}

@test "settings are checked all at once and secrets never shown" {
	server_start
	server_sign_in a admin@example.jp
	token=$(csrf a)
	[ "$(http a -d csrf="$token" -d team.email=nonsense -d smtp.url=ftp://x -d team.phone=03-0000-0000 "$base/admin/settings")" = 422 ]
	[ "$(grep -c 'href="#smtp.url"\|href="#team.email"' "$dir/page")" -ge 1 ]
	grep -q 'value="nonsense"' "$dir/page"
	[ "$(http a -d csrf="$token" -d team.email=csirt@example.jp -d smtp.password=hunter2hunter2 "$base/admin/settings")" = 303 ]
	http a "$base/admin/settings"
	! grep -q hunter2 "$dir/page"
	! grep -aq hunter2 "$TOBIGUCHI_DATA"/tobiguchi.db*
	http a "$base/admin/journal.csv"
	grep -q smtp.password "$dir/page"
	! grep -q hunter2 "$dir/page"
	curl -s "$base/.well-known/security.txt" | grep -q '^Contact: mailto:csirt@example.jp$'
}

@test "a part of the settings is saved by itself" {
	server_start
	server_sign_in a admin@example.jp
	http a "$base/admin/settings"
	[ "$(grep -o '<form class="panel form settings"' "$dir/page" | wc -l)" -ge 7 ]
	[ "$(http a -d csrf="$(csrf a)" -d part=hours -d hours.open=10:00 "$base/admin/settings")" = 303 ]
	header location | grep -q '/admin/settings#hours'
	http a "$base/admin/settings"
	grep -q 'name="hours.open" value="10:00"' "$dir/page"
}

@test "the journal speaks in words, in both languages, of every act" {
	server_start
	server_sign_in a admin@example.jp
	http a "$base/admin/journal?lang=en"
	grep -q '<td title="user.sign-in">Signed in</td>' "$dir/page"
	http a "$base/admin/journal?lang=ja"
	grep -q '<td title="user.sign-in">サインイン</td>' "$dir/page"
	src=$BATS_TEST_DIRNAME/../../src
	for act in $(grep -rhoE '(web_journal2?\(\w+, |\.action = |tell_journal\(\w+, )"[a-z.-]+"' "$src" --include=*.c |
	    grep -oE '"[a-z.-]+"'); do
		grep -q "{ $act, NC_(\"act\"" "$src/team/journal_words.c" || { echo "no words for $act"; false; }
	done
}

@test "a ready letter is changed, tried, kept in versions and restored" {
	server_start
	server_sign_in a admin@example.jp
	t="-d csrf=$(csrf a)"
	[ "$(http a "$base/admin/templates")" = 200 ]
	[ "$(grep -c '/admin/templates/takedown/ja' "$dir/page")" = 1 ]
	at=$base/admin/templates/decline/en
	[ "$(http a $t -d act=save -d subject= --data-urlencode 'body=Hello {nobody}' "$at")" = 422 ]
	grep -q 'id="subject-e"' "$dir/page"
	grep -q 'Nothing can be put in for {nobody}\|{nobody} に入れる値' "$dir/page"
	[ "$(http a $t -d act=preview --data-urlencode 'subject=[{ref}] Sorry' --data-urlencode 'body={dear} no. {reason}' "$at")" = 200 ]
	grep -q 'RPT-2026-000042\] Sorry' "$dir/page"
	[ "$(http a "$base/admin/templates/decline/en")" = 200 ]
	[ "$(grep -c 'Sorry' "$dir/page")" = 0 ]
	[ "$(http a $t -d act=save -d version=0 --data-urlencode 'subject=[{ref}] Sorry' --data-urlencode 'body={dear} no. {reason}' "$at")" = 303 ]
	[ "$(http a $t -d act=save -d version=0 -d subject=x -d body=y "$at")" = 422 ]
	http a "$at"
	grep -q 'value="\[{ref}\] Sorry"' "$dir/page"
	[ "$(http a $t -d act=restore -d version=1 "$at")" = 303 ]
	http a "$at"
	[ "$(grep -c 'Sorry' "$dir/page")" = 0 ]
	grep -q 'name="version" value="2"' "$dir/page"
	http a "$base/admin/journal.csv"
	[ "$(grep -c 'template.change\|template.restore' "$dir/page")" = 2 ]
	# A place of a party's letter that nothing is known for is named in the preview.
	[ "$(http a $t -d act=preview -d subject=x -d body='{advice}' "$base/admin/templates/thanks/ja")" = 422 ]
}

@test "the set-up link works once" {
	rm -rf "$TOBIGUCHI_DATA"
	server_start
	token=$(sed -n 's/.*set-up?token=//p' "$dir/out")
	[ "$(http a "$base/set-up?token=$token")" = 200 ]
	[ "$(http a -d token="$token" -d name=A -d email=a@example.jp -d password=x "$base/set-up")" = 422 ]
	grep -q 'value="a@example.jp"' "$dir/page"
	[ "$(http a -d token="$token" -d name=A -d email=a@example.jp --data-urlencode "password=$password" \
	    --data-urlencode "password_again=$password" -d team_name_en=T "$base/set-up")" = 303 ]
	[ "$(http a "$base/admin")" = 200 ]
	[ "$(http b "$base/set-up?token=$token")" = 410 ]
}

# token JAR NAME: a new API token of scope "read".
token() {
	http "$1" -d csrf="$(csrf "$1")" -d act=add -d token_name="$2" -d scope=read "$base/me/tokens" >/dev/null
	grep -oE 'tbg_[A-Za-z0-9_-]{43}' "$dir/page" | head -n 1
}

bearer() { curl -s -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $1" "$base/me"; }

@test "a changed password ends links and sessions; tokens when told so" {
	server_add handler
	server_start
	server_sign_in a admin@example.jp
	server_sign_in b handler@example.jp
	server_sign_in c handler@example.jp
	link=$("$tobiguchi" user reset handler@example.jp --json | jq -r .link | sed 's/.*token=//')
	server_sign_in b handler@example.jp
	server_sign_in c handler@example.jp
	key=$(token b poller)
	http b "$base/me"
	grep -q '<code>poller</code>' "$dir/page"
	[ "$(http b -d csrf="$(csrf b)" --data-urlencode "old=$password" -d password='new long words 1' \
	    -d password_again='new long words 1' "$base/me/password")" = 303 ]
	[ "$(http c -H 'Accept: application/json' "$base/me")" = 401 ]
	[ "$(http d "$base/link?token=$link")" = 410 ]
	[ "$(bearer "$key")" = 200 ]
	[ "$(http b -d csrf="$(csrf b)" -d old='new long words 1' -d password='new long words 2' \
	    -d password_again='new long words 2' -d end_tokens=1 "$base/me/password")" = 303 ]
	[ "$(http b "$base/me")" = 200 ]
	[ "$(bearer "$key")" = 401 ]
}

@test "a reset by an administrator ends sessions and tokens at once" {
	server_add handler
	server_start
	server_sign_in a admin@example.jp
	server_sign_in b handler@example.jp
	key=$(token b poller)
	[ "$(bearer "$key")" = 200 ]
	[ "$(http a -d csrf="$(csrf a)" -d act=reset "$base/admin/users/2")" = 200 ]
	[ "$(http b -H 'Accept: application/json' "$base/me")" = 401 ]
	[ "$(bearer "$key")" = 401 ]
	# The same by the command.
	server_sign_in b handler@example.jp
	key=$(token b poller)
	"$tobiguchi" user reset handler@example.jp --password-file "$dir/password"
	[ "$(http b -H 'Accept: application/json' "$base/me")" = 401 ]
	[ "$(bearer "$key")" = 401 ]
}

@test "who lost the device signs in with a recovery code, once each" {
	server_start
	server_sign_in a admin@example.jp
	token=$(csrf a)
	http a -d csrf="$token" -d act=begin "$base/me/totp"
	secret=$(grep -oE 'name="secret" value="[^"]+"' "$dir/page" | sed 's/.*value="//; s/"//')
	[ "$(http a -d csrf="$token" -d act=confirm --data-urlencode "secret=$secret" -d code="$(totp "$secret" -1)" "$base/me/totp")" = 200 ]
	grep -oE '([a-z2-9]{4}-){3}[a-z2-9]{4}' "$dir/page" >"$dir/codes"
	[ "$(wc -l <"$dir/codes")" = 10 ]
	http a "$base/me"
	! grep -qF "$(head -n 1 "$dir/codes")" "$dir/page" || false
	! grep -aqF "$(head -n 1 "$dir/codes")" "$TOBIGUCHI_DATA"/tobiguchi.db* || false
	with_code() { # JAR CODE
		server_sign_in "$1" admin@example.jp >/dev/null
		http "$1" "$base/sign-in/code" >/dev/null
		half=$(grep -oE 'name="csrf" value="[^"]+"' "$dir/page" | head -n 1 | sed 's/.*value="//; s/"//')
		http "$1" -d csrf="$half" --data-urlencode code="$2" "$base/sign-in/code"
	}
	one=$(sed -n 1p "$dir/codes")
	[ "$(with_code b "${one^^}")" = 303 ]
	[ "$(http b "$base/me")" = 200 ]
	[ "$(with_code c "$one")" = 422 ]
	[ "$(with_code c 'aaaa-bbbb-cccc-dddd')" = 422 ]
	[ "$(http b -H 'Accept: application/json' "$base/me")" = 200 ]
	[ "$(jq .data.recovery_codes_left "$dir/page")" = 9 ]
	# New ones, for the password, end the old ones.
	[ "$(http b -d csrf="$(csrf b)" -d act=codes -d totp_password=wrong "$base/me/totp")" = 422 ]
	[ "$(http b -d csrf="$(csrf b)" -d act=codes --data-urlencode "totp_password=$password" "$base/me/totp")" = 200 ]
	[ "$(with_code d "$(sed -n 2p "$dir/codes")")" = 422 ]
	http b "$base/admin/journal.csv"
	grep -q 'user.recovery-code' "$dir/page"
}
