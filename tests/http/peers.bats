#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Mail servers that are dead, silent or mad: the letter stays and says why, it
# is tried again and sent once; the mailbox's trouble shows on /admin, and each
# mail comes once. A scripted server (tests/tools/mail-peer) plays both parts.

bats_require_minimum_version 1.5.0
load ../tools/server

setup() {
	server_init
	token=$("$tobiguchi" token create --user admin@example.jp --name test --scope all)
	server_start
	peer=$dir/peer
	mkdir -p "$peer/box"
	echo good >"$peer/mode"
}

teardown() {
	local pid
	for pid in $(cat "$dir"/peer.pid* 2>/dev/null); do
		kill "$pid" 2>/dev/null || :
	done
	server_stop
}

api() { # METHOD PATH [JSON]
	curl -s -X "$1" -H "Authorization: Bearer $token" -H 'Accept: application/json' \
	    ${3:+-H 'Content-Type: application/json' -d "$3"} "$base$2"
}

db() { python3 -c 'import sqlite3, sys
db = sqlite3.connect(sys.argv[1], timeout=30)
for row in db.execute(sys.argv[2]): print(*row, sep="|")
db.commit()' "$TOBIGUCHI_DATA/tobiguchi.db" "$1"; }

until_true() { # COMMAND…
	for _ in $(seq 300); do
		"$@" >/dev/null 2>&1 && return 0
		sleep 0.1
	done
	echo "not within thirty seconds: $*"
	tail -n 5 "$dir/log"
	tail -n 20 "$peer/seen"
	return 1
}

serve_mail() { # smtp|imap
	"$BATS_TEST_DIRNAME/../tools/mail-peer" "$1" "$peer" >"$dir/port" 2>"$dir/peer.err" 3>&- &
	echo $! >>"$dir/peer.pid"
	until_true test -s "$dir/port"
	port=$(cat "$dir/port")
}

sends_to() { # PORT
	api POST /admin/settings "{\"smtp.url\":\"smtp://127.0.0.1:$1\",\"smtp.tls\":\"none\",\"team.email\":\"csirt@csirt.test\",\"mail.hold_seconds\":\"0\",\"mail.server_seconds\":\"5\"}" >/dev/null
}

letter() { # WORD: one to a new party
	[ -n "${incident:-}" ] || {
		api POST /incidents '{"title":"A phishing site","rsit":"fraud/phishing"}' >/dev/null
		incident=/incidents/INC-$(date +%Y)-00001
	}
	local party
	party=$(api POST "$incident/parties" "{\"role\":\"source-host\",\"org\":\"$1\",\"email\":\"$1@partner.test\",\"cc\":\"US\"}" | jq -r .data.id)
	message=$(api POST "$incident/letters" "{\"party\":$party,\"act\":\"send\",\"kind\":\"takedown\",\"tlp\":\"AMBER\",\"subject\":\"$1\",\"text\":\"Please stop it.\",\"confirm\":[\"clear\"]}" | jq -r .data.message)
	[ "$message" != null ]
}

state_is() { [ "$(db "SELECT state FROM message WHERE id = $message")" = "$1" ]; }
error_has() { db "SELECT error FROM message WHERE id = $message" | grep -qi -- "$1"; }
at_once() { db "UPDATE job SET run_at = 1 WHERE kind = '$1' AND state = 'waiting'"; }
taken() { find "$peer" -name 'taken.*' | wc -l; }

# What waits says so at the letter, on /admin and on /admin/jobs.
waits_with() { # WORDS
	until_true error_has "$1"
	state_is held
	api GET "$incident/threads/1" | grep -qi -- "$1"
	api GET /admin | jq -e --arg w "$1" '.data.checks[] | select(.check == "smtp" and .state == "late") | .text | test($w; "i")'
	api GET '/admin/jobs?state=waiting' | jq -e --arg w "$1" '.data.items[] | select(.kind == "mail.send") | .error | test($w; "i")'
	# Later, and not at once: a minute after the first time.
	[ "$(db "SELECT run_at - $(date +%s000) > 20000 OR payload NOT LIKE '%\"tries\":1%' FROM job WHERE kind = 'mail.send' AND state = 'waiting'")" = 1 ]
}

goes_on() {
	echo good >"$peer/mode"
	sleep 0.2
	until_true sent_now
	[ "$(taken)" = "${1:-1}" ]
	api GET /admin | jq -e '.data.checks[] | select(.check == "smtp") | .state == "good"'
}

sent_now() { at_once mail.send; state_is sent; }

@test "no server there: the letter waits with the reason, then goes once" {
	serve_mail smtp
	sends_to 1
	letter refused
	waits_with "connect"
	sends_to "$port"
	goes_on
}

@test "a silent server: given up after the seconds that are set, other work goes on" {
	serve_mail smtp
	echo hang >"$peer/mode"
	sends_to "$port"
	letter silent
	waits_with "time"
	[ "$(db "SELECT finished_at - started_at < 12000 FROM job WHERE kind = 'mail.send' AND state = 'done'")" = 1 ]
	# The next letters do not ask it again at once, and a report is read meanwhile.
	letter second
	letter third
	printf 'From: r@example.jp\nTo: csirt@csirt.test\nSubject: meanwhile\nMessage-ID: <m@example.jp>\n\nhttp://a.example.com/\n' |
	    "$tobiguchi" mail receive
	until_true has_titles meanwhile
	[ "$(grep -c '^-- connection' "$peer/seen")" -le 2 ]
	echo good >"$peer/mode"
	# With the receipt of the report.
	all_sent() { at_once mail.send; [ "$(db "SELECT count(*) FROM message WHERE state = 'sent'")" = 4 ]; }
	until_true all_sent
	[ "$(taken)" = 4 ]
}

@test "garbage instead of a greeting" {
	serve_mail smtp
	echo garbage >"$peer/mode"
	sends_to "$port"
	letter garbage
	waits_with "server"
	goes_on
}

@test "closed in the middle of the mail: sent again, not marked" {
	serve_mail smtp
	echo close >"$peer/mode"
	sends_to "$port"
	letter closed
	waits_with "server"
	goes_on
}

@test "the answer to a taken mail is lost: the second copy says what it is" {
	serve_mail smtp
	echo lost >"$peer/mode"
	sends_to "$port"
	letter lost
	waits_with "server"
	[ "$(taken)" = 1 ]
	goes_on 2
	# The same Message-ID, so that mail programs show one; and marked.
	[ "$(grep -ih '^message-id:' "$peer"/taken.* | sort -u | wc -l)" = 1 ]
	! grep -q '^X-Tobiguchi-Repeat' "$peer/taken.1"
	grep -q '^X-Tobiguchi-Repeat: yes' "$peer/taken.2"
}

@test "not now (4xx), then never (5xx): retried, then a bounce and a task" {
	serve_mail smtp
	echo later >"$peer/mode"
	sends_to "$port"
	letter fickle
	waits_with "queue is full"
	at_once mail.send
	tried_twice() { [ "$(db "SELECT count(*) FROM job WHERE kind = 'mail.send' AND state = 'waiting' AND payload LIKE '%\"tries\":2%'")" = 1 ]; }
	until_true tried_twice
	[ "$(grep -c '^RCPT' "$peer/seen")" = 2 ]
	state_is held
	# The pause grows.
	[ "$(db "SELECT run_at - $(date +%s000) > 200000 FROM job WHERE kind = 'mail.send' AND state = 'waiting'")" = 1 ]
	echo never >"$peer/mode"
	at_once mail.send
	until_true state_is failed
	error_has "No such mailbox"
	api GET "$incident/threads/1" | jq -e '.data.state == "bounced"'
	[ "$(db "SELECT count(*) FROM task WHERE kind = 'notify'")" = 1 ]
	[ "$(taken)" = 0 ]
}

@test "sign-in refused: waits for who sets the password, never bounces" {
	serve_mail smtp
	echo denied >"$peer/mode"
	sends_to "$port"
	api POST /admin/settings '{"smtp.user":"csirt","smtp.password":"wrong"}' >/dev/null
	letter denied
	until_true error_has "credentials invalid"
	state_is held
	goes_on
}

# The mailbox

box_mail() { # UID SUBJECT [HEADER BODY]
	printf 'From: r@example.jp\r\nTo: csirt@csirt.test\r\nSubject: %s\r\nMessage-ID: <%s@example.jp>\r\nDate: Sat, 1 Aug 2026 10:00:00 +0000\r\n' "$2" "$1" >"$peer/box/$1.new"
	printf '%s\r\n\r\n' "${3:-Content-Type: text/plain; charset=utf-8}" >>"$peer/box/$1.new"
	cat >>"$peer/box/$1.new"
	mv "$peer/box/$1.new" "$peer/box/$1.eml"
}

polls() {
	api POST /admin/settings "{\"imap.url\":\"imap://127.0.0.1:$port\",\"imap.tls\":\"none\",\"imap.user\":\"u\",\"imap.password\":\"p\",\"imap.poll_seconds\":\"5\",\"mail.server_seconds\":\"5\"}" >/dev/null
	at_once mail.poll
}

mailbox_says() { # STATE [WORDS]
	api GET /admin | jq -e --arg s "$1" --arg w "${2:-}" \
	    '.data.checks[] | select(.check == "mailbox" and .state == $s) | .text | test($w; "i")'
}
titles() { db "SELECT title FROM report ORDER BY title" | tr '\n' ' '; }
has_titles() { [ "$(titles)" = "$1 " ]; }
polled() { at_once mail.poll; [ "$(grep -c '^-- fetched' "$peer/seen")" -ge "$1" ]; }

@test "the mailbox: unseen mails come once, in every charset, read ones stay" {
	printf 'old\r\n' | box_mail 1 old
	touch "$peer/box/1.seen"
	printf '不審なメールです。\r\n' | iconv -t ISO-2022-JP | box_mail 2 jis 'Content-Type: text/plain; charset=ISO-2022-JP'
	printf '偽サイト①です。\r\n' | iconv -t CP932 | box_mail 3 sjis 'Content-Type: text/plain; charset=Shift_JIS'
	printf '改ざんされました。\r\n' | iconv -t EUC-JP | box_mail 5 euc 'Content-Type: text/plain; charset=EUC-JP'
	serve_mail imap
	polls
	until_true has_titles 'euc jis sjis'
	mailbox_says good
	for word in 不審なメール 偽サイト① 改ざんされ; do
		[ "$(api GET "/search?q=$(jq -rn --arg w "$word" '$w | @uri')" | jq .data.total)" = 1 ]
	done
	# Another look takes nothing twice and not what was read before.
	connections=$(grep -c '^-- connection' "$peer/seen")
	more() { at_once mail.poll; [ "$(grep -c '^-- connection' "$peer/seen")" -ge $((connections + 2)) ]; }
	until_true more
	[ "$(grep -c '^-- fetched' "$peer/seen")" = 3 ]
	[ "$(grep -c '+FLAGS.SILENT (.Seen)' "$peer/seen")" = 3 ]
	printf 'new\r\n' | box_mail 6 new
	until_true polled 4
	until_true has_titles 'euc jis new sjis'
	[ "$(db "SELECT count(*) FROM message WHERE direction = 'in'")" = 4 ]
}

@test "a mailbox that fails: said on /admin, nothing lost, then it goes on" {
	printf 'one\r\n' | box_mail 1 one
	head -c 30000 /dev/zero | tr '\0' 'x' | fold -w 70 | box_mail 2 two
	serve_mail imap
	echo denied >"$peer/mode"
	polls
	until_true mailbox_says late "wrong user or password"
	echo garbage >"$peer/mode"
	at_once mail.poll
	until_true mailbox_says late "server"
	echo hang >"$peer/mode"
	at_once mail.poll
	until_true mailbox_says late "time"
	echo close >"$peer/mode"
	at_once mail.poll
	until_true grep -q 'UID FETCH' "$peer/seen"
	sleep 1
	mailbox_says late
	# What broke off in the middle is no mail, and is as new as before.
	[ "$(db "SELECT count(*) FROM message")" = 0 ]
	! grep -q FLAGS "$peer/seen"
	echo good >"$peer/mode"
	until_true polled 2
	until_true has_titles 'one two'
	until_true mailbox_says good
	[ "$(db "SELECT count(*) FROM journal WHERE action = 'mailbox.fails'")" = 1 ]
	[ "$(db "SELECT count(*) FROM journal WHERE action = 'mailbox.works'")" = 1 ]
}

@test "a mailbox that is not there" {
	serve_mail imap
	kill "$(cat "$dir/peer.pid")"
	polls
	until_true mailbox_says late "connect"
}

@test "a mailbox that drips: given up in bounded time" {
	printf 'one\r\n' | box_mail 1 one
	serve_mail imap
	echo drip >"$peer/mode"
	begin=$SECONDS
	polls
	until_true mailbox_says late "time"
	[ $((SECONDS - begin)) -lt 60 ]
	echo good >"$peer/mode"
	until_true polled 1
	until_true has_titles one
}
