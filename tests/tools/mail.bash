# A mail server for all tests of a file: source it after server.bash. In setup():
#   mta_ready	skips when there is none; empties its mailboxes; leaves $smtp (port)
# It leaves: $MTA (folder with env, vmail/).

setup_file() {
	export MTA=$(mktemp -d /tmp/tobi-mta.XXXXXX)
	local rc=0
	"$BATS_TEST_DIRNAME/../tools/mta" up "$MTA" >"$MTA/env" 2>"$MTA/why" || rc=$?
	[ $rc -ne 77 ] || export MTA_MISSING=1
	[ $rc -eq 0 ] || [ $rc -eq 77 ]
}

teardown_file() {
	[ -n "${MTA_MISSING:-}" ] || "$BATS_TEST_DIRNAME/../tools/mta" down "$MTA"
	rm -rf "$MTA"
}

mta_ready() {
	[ -z "${MTA_MISSING:-}" ] || skip "$(cat "$MTA/why")"
	rm -rf "$MTA"/vmail/*/{new,cur}/*
	smtp=$(grep -oE 'SMTP=[0-9]+' "$MTA/env" | cut -d= -f2)
}
