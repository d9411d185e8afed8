# The main job over HTTP with JSON, with a mail server beside it; for
# main_job.bats. Needs root for Postfix and Dovecot; skips without.
#
# It leaves: $mta (folder), $SMTP, $IMAP, $token, and what tests/tools/server.bash does.

load ../tools/server.bash

tools=$BATS_TEST_DIRNAME/../tools

# story_start [postgresql]
story_start() {
	[ "$(id -u)" -eq 0 ] || skip 'the mail servers need root'
	mta=$(mktemp -d "${TMPDIR:-/tmp}/tobiguchi-mta-XXXXXX")
	local ports status=0
	ports=$(bash "$tools/mta" up "$mta" 3>&-) || status=$?
	[ "$status" -ne 77 ] || skip 'Postfix or Dovecot is missing'
	[ "$status" -eq 0 ]
	eval "$ports"
	unset TOBIGUCHI_DB
	[ "${1:-}" != postgresql ] || postgresql_start
	server_init
	token=$("$tobiguchi" token create --user admin@example.jp --scope all --name story | tail -n 1)
	server_start
	partner=$dir/partner # the GnuPG folder of the other side
	mkdir -m 700 "$partner"
}

# A private PostgreSQL that lives until its shell of waiting ends.
postgresql_start() {
	"$tools/with-postgresql" sh -c 'echo "$TOBIGUCHI_TEST_POSTGRESQL" >"$0/url.new"; echo $$ >"$0/waits"
		mv "$0/url.new" "$0/url"; exec sleep 900' "$mta" 3>&- &
	postgresql=$!
	until_ok 60 test -s "$mta/url"
	TOBIGUCHI_DB=$(cat "$mta/url")
	export TOBIGUCHI_DB
}

story_stop() {
	local status=$?
	[ -z "${BATS_TEST_COMPLETED:-}" ] && [ -f "${dir:-}/log" ] && story_tell >&2
	[ -z "${dir:-}" ] || server_stop
	[ -z "${postgresql:-}" ] || { kill "$(cat "$mta/waits")"; wait "$postgresql" || true; }
	[ -z "${mta:-}" ] || { bash "$tools/mta" down "$mta"; rm -rf "$mta"; }
	return $status
}

story_tell() {
	tail -n 20 "$dir/log" | sed 's/^/# /'
	api GET '/admin/jobs?state=dead' && jq -c '.data.items[]' "$dir/answer" | sed 's/^/# /'
	api GET '/admin' && jq -c '.data.checks[]' "$dir/answer" | sed 's/^/# /'
	tail -n 5 "$mta/postfix.log" | sed 's/^/# /'
}

# api METHOD PATH [JSON]: the answer is in $dir/answer, its status in $code.
api() {
	local body=()
	[ $# -lt 3 ] || body=(-H 'Content-Type: application/json' --data-binary "$3")
	code=$(curl -s -o "$dir/answer" -w '%{http_code}' -X "$1" -H 'Accept: application/json' \
	    -H "Authorization: Bearer ${token}" "${body[@]}" "$base$2")
}

# api_ok …: and it must have worked.
api_ok() {
	api "$@"
	case $code in
	2??|303) ;;
	*)
		echo "$1 $2: $code"
		cat "$dir/answer"
		return 1
		;;
	esac
}

value() { # JQ: of the answer
	jq -er "$1" "$dir/answer"
}

# is JQ TEXT
is() {
	local have
	have=$(jq -r "$1" "$dir/answer")
	[ "$have" = "$2" ] || {
		echo "$1 is '$have', not '$2'"
		cat "$dir/answer"
		return 1
	}
}

# until_ok SECONDS COMMAND…: try until it works.
until_ok() {
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$end" ] || {
			echo "in vain: $*"
			"$@"
			return 1
		}
		sleep 0.3
	done
}

# The partner's mailbox over IMAP: mail N as it came, into $dir/mail.
mail_of_partner() {
	curl -sf -u rep:test -o "$dir/mail" "imap://127.0.0.1:$IMAP/INBOX;MAILINDEX=$1"
}

# send_mail FROM [FILE]: through Postfix to the team.
send_mail() {
	curl -sf --mail-from "$1" --mail-rcpt csirt@csirt.test --upload-file "${2:--}" \
	    "smtp://127.0.0.1:$SMTP" >/dev/null
}

# The mail in $dir/mail: header NAME decoded, or its text.
mail_part() {
	python3 - "$dir/mail" "$1" <<-'P'
		import email, email.policy, sys
		m = email.message_from_file(open(sys.argv[1], encoding="utf-8", newline=""), policy=email.policy.default)
		if sys.argv[2] != "text":
		    print(m[sys.argv[2]] or "")
		else:
		    print(m.get_body(("plain",)).get_content())
	P
}

# What PGP/MIME (RFC 3156) signed, byte for byte, checked by GnuPG itself.
mail_verify() {
	curl -sf "$base/openpgp-key.asc" | gpg --homedir "$partner" --batch -q --import
	python3 - "$dir/mail" "$dir" <<-'P'
		import email, re, sys
		raw = open(sys.argv[1], "rb").read().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
		head, _, body = raw.partition(b"\r\n\r\n")
		h = email.message_from_bytes(head)
		assert h.get_content_type() == "multipart/signed", h.get_content_type()
		assert h.get_param("protocol") == "application/pgp-signature"
		mark = b"--" + h.get_boundary().encode()
		parts = (b"\r\n" + body).split(b"\r\n" + mark)
		open(sys.argv[2] + "/signed", "wb").write(parts[1][2:])
		signature = email.message_from_bytes(parts[2][2:])
		open(sys.argv[2] + "/signature.asc", "wb").write(signature.get_payload(decode=True))
	P
	gpg --homedir "$partner" --batch --status-fd 1 --verify "$dir/signature.asc" "$dir/signed" \
	    >"$dir/verified" 2>&1
	grep -q '^\[GNUPG:\] GOODSIG ' "$dir/verified"
}

# reply TEXT: an answer to the mail in $dir/mail, as a mail program writes it.
reply() {
	python3 - "$dir/mail" "$1" <<-'P' >"$dir/reply"
		import email, email.message, email.policy, email.utils, sys
		m = email.message_from_file(open(sys.argv[1], encoding="utf-8", newline=""), policy=email.policy.default)
		r = email.message.EmailMessage(policy=email.policy.SMTP)
		r["From"] = "Site Operator <rep@partner.test>"
		r["To"] = str(m["Reply-To"] or m["From"])
		r["Subject"] = "Re: " + str(m["Subject"])
		r["Date"] = email.utils.formatdate(localtime=True)
		r["Message-ID"] = email.utils.make_msgid(domain="partner.test")
		r["In-Reply-To"] = str(m["Message-ID"])
		r["References"] = (str(m["References"] or "") + " " + str(m["Message-ID"])).strip()
		r.set_content(sys.argv[2])
		sys.stdout.buffer.write(bytes(r))
	P
	curl -sf --mail-from rep@partner.test \
	    --mail-rcpt "$(python3 -c 'import email, email.policy, sys
m = email.message_from_binary_file(open(sys.argv[1], "rb"), policy=email.policy.default)
print(m["To"].addresses[0].addr_spec)' "$dir/reply")" \
	    --upload-file "$dir/reply" "smtp://127.0.0.1:$SMTP" >/dev/null
}
