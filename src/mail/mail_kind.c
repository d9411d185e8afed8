/* SPDX-License-Identifier: Apache-2.0 */
#include "mail/mail_kind.h"

#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "base/utf8.h"

/* RFC 5321 6.3 asks to count hops; real paths have under fifteen. */
#define HOPS_OF_A_LOOP 50

static bool
text_is(struct arena *a, const struct mail_headers *h, const char *name, const char *want)
{
	return str_is_case(str_of(mail_header_token(a, mail_headers_find(h, name))), want);
}

static bool
has(const struct mail_headers *h, const char *name)
{
	return mail_headers_count(h, name) > 0;
}

static bool
is_loop(const struct mail *m)
{
	if (m->hops.n > HOPS_OF_A_LOOP)
		return true;
	/* Each delivery adds one Delivered-To: the same twice came round. */
	for (size_t i = 0; i < m->delivered_to.n && i < 100; i++)
		for (size_t k = 0; k < i; k++)
			if (str_is_case(str_of(m->delivered_to.item[i]), m->delivered_to.item[k]))
				return true;
	return false;
}

static bool
from_is_daemon(const struct mail *m)
{
	struct str from = str_of(m->from.address);

	return str_starts_case(from, STR("mailer-daemon@")) ||
	    str_starts_case(from, STR("postmaster@")) || str_is_case(from, "mailer-daemon");
}

static bool
subject_is_reply(struct str s)
{
	static const char *const fronts[] = { "Automatic reply", "Auto Reply", "Auto-Reply",
		"Autoreply", "Out of Office", "Auto:", "Abwesenheit" };
	static const char *const inside[] = { "自動返信", "自動応答", "不在通知" };

	for (size_t i = 0; i < COUNT(fronts); i++)
		if (str_starts_case(s, str_of(fronts[i])))
			return true;
	for (size_t i = 0; i < COUNT(inside); i++)
		if (str_find(s, str_of(inside[i]), 0) != SIZE_MAX)
			return true;
	return false;
}

void
mail_kind_find(struct arena *a, const struct mail_headers *h, const char *report, struct mail *m)
{
	static const char *const reply_headers[] = { "X-Autoreply", "X-Autorespond",
		"X-Autoresponder", "X-AutoReply-From", "X-Mail-Autoreply", "X-Vacation" };
	static const char *const list_headers[] = { "List-Id", "List-Post", "List-Unsubscribe",
		"Mailing-List", "X-Mailing-List", "X-ML-Name" };
	const char *submitted = mail_header_token(a, mail_headers_find(h, "Auto-Submitted"));
	bool empty_path =
	    has(h, "Return-Path") && str_is(str_trim(mail_headers_find(h, "Return-Path")), "<>");

#define FOUND(kind, why)                                                                           \
	do {                                                                                       \
		m->automatic = (kind);                                                             \
		m->automatic_why = (why);                                                          \
		return;                                                                            \
	} while (0)

	if (is_loop(m))
		FOUND(MAIL_AUTO_LOOP, m->hops.n > HOPS_OF_A_LOOP ? "Received" : "Delivered-To");
	if (str_is_case(str_of(report), "delivery-status"))
		FOUND(MAIL_AUTO_BOUNCE, "Content-Type: multipart/report");
	if (m->bounce.status[0] != '\0' || (from_is_daemon(m) && (empty_path ||
	    has(h, "X-Failed-Recipients") || str_is(str_of(submitted), "auto-replied") ||
	    str_find_case(str_of(m->subject), STR("undeliver"), 0) != SIZE_MAX ||
	    str_find_case(str_of(m->subject), STR("returned"), 0) != SIZE_MAX ||
	    str_find_case(str_of(m->subject), STR("failure"), 0) != SIZE_MAX)))
		FOUND(MAIL_AUTO_BOUNCE, "From");
	if (str_is_case(str_of(report), "disposition-notification"))
		FOUND(MAIL_AUTO_REPLY, "Content-Type: multipart/report");
	if (str_is(str_of(submitted), "auto-replied"))
		FOUND(MAIL_AUTO_REPLY, "Auto-Submitted");
	for (size_t i = 0; i < COUNT(reply_headers); i++)
		if (has(h, reply_headers[i]))
			FOUND(MAIL_AUTO_REPLY, reply_headers[i]);
	if (text_is(a, h, "Precedence", "auto_reply"))
		FOUND(MAIL_AUTO_REPLY, "Precedence");
	if (subject_is_reply(str_of(m->subject)))
		FOUND(MAIL_AUTO_REPLY, "Subject");
	for (size_t i = 0; i < COUNT(list_headers); i++)
		if (has(h, list_headers[i]))
			FOUND(MAIL_AUTO_LIST, list_headers[i]);
	if (text_is(a, h, "Precedence", "list") || text_is(a, h, "Precedence", "bulk") ||
	    text_is(a, h, "Precedence", "junk"))
		FOUND(MAIL_AUTO_LIST, "Precedence");
	if (submitted[0] != '\0' && !str_is(str_of(submitted), "no"))
		FOUND(MAIL_AUTO_GENERATED, "Auto-Submitted");
	if (str_is_case(str_of(report), "feedback-report"))
		FOUND(MAIL_AUTO_GENERATED, "Content-Type: multipart/report");
	if (empty_path)
		FOUND(MAIL_AUTO_GENERATED, "Return-Path");
#undef FOUND
}

/* "rfc822; user@example.jp" without its type. */
static const char *
typed(struct arena *a, struct str value)
{
	size_t at = str_find_char(value, ';', 0);

	return mail_header_text(a, at == SIZE_MAX ? value : str_skip(value, at + 1));
}

void
mail_kind_delivery_status(struct arena *a, struct str text, struct mail_bounce *ret)
{
	struct mail_headers h;

	/* Groups of fields with empty lines between; the first is about the
	 * message, each further one about a recipient: the first failed counts. */
	while (text.n > 0) {
		mail_headers_parse(a, text, &h);
		if (has(&h, "Final-Recipient") || has(&h, "Original-Recipient")) {
			struct str final = mail_headers_find(&h, "Final-Recipient");
			const char *action = mail_header_token(a, mail_headers_find(&h, "Action"));

			if (final.n == 0)
				final = mail_headers_find(&h, "Original-Recipient");
			if (ret->recipient[0] == '\0' || str_is_case(str_of(action), "failed")) {
				ret->recipient = typed(a, final);
				ret->action = action;
				ret->status = mail_header_token(a, mail_headers_find(&h, "Status"));
				ret->diagnostic = typed(a, mail_headers_find(&h, "Diagnostic-Code"));
			}
			if (str_is_case(str_of(action), "failed"))
				return;
		}
		size_t used = h.body;

		if (used == 0)
			break;
		text = str_skip(text, used);
		while (text.n > 0 && (text.p[0] == '\r' || text.p[0] == '\n'))
			text = str_skip(text, 1);
	}
}

/* "5.1.1" at ${i}: RFC 3463. */
static size_t
status_length(struct str s, size_t i)
{
	struct str rest = str_skip(s, i);
	uint64_t class, subject, detail;

	if (!str_eat_digits(&rest, 1, 1, &class) || (class != 4 && class != 5) ||
	    !str_eat(&rest, STR(".")) || !str_eat_digits(&rest, 1, 3, &subject) ||
	    !str_eat(&rest, STR(".")) || !str_eat_digits(&rest, 1, 3, &detail))
		return 0;
	if (rest.n > 0 && (str_is_alnum(rest.p[0]) || rest.p[0] == '.'))
		return 0; /* an address of a network, more likely */
	return s.n - i - rest.n;
}

void
mail_kind_bounce_words(struct arena *a, struct str text, struct mail_bounce *ret)
{
	struct str rest = str_take(text, LIMIT_KIB(64));
	struct str line;

	while (str_line(&rest, &line)) {
		for (size_t i = 0; i < line.n; i++) {
			if (!str_is_digit(line.p[i]) || (i > 0 && (str_is_alnum(line.p[i - 1]) ||
			    line.p[i - 1] == '.')))
				continue;
			size_t n = status_length(line, i);

			if (n == 0)
				continue;
			ret->status = arena_dupn(a, line.p + i, n);
			ret->diagnostic = arena_cstr(a, utf8_take(str_trim(line), 500));
			break;
		}
		if (ret->recipient[0] == '\0') {
			struct mail_addresses found;
			size_t open = str_find_char(line, '<', 0);
			size_t close = open == SIZE_MAX ? SIZE_MAX : str_find_char(line, '>', open);

			if (close != SIZE_MAX) {
				mail_header_addresses(a, (struct str){ line.p + open, close - open + 1 },
				    &found, NULL);
				if (found.n > 0)
					ret->recipient = found.item[0].address;
			}
		}
		if (ret->status[0] != '\0')
			return;
	}
}

const char *
mail_kind_language(struct str text)
{
	size_t kana = 0, han = 0, hangul = 0, latin = 0, looked = 0;

	for (uint32_t c; looked < 20000 && (c = utf8_next(&text)) != 0; looked++) {
		if ((c >= 0x3041 && c < 0x3100) || (c >= 0xFF66 && c < 0xFFA0))
			kana++;
		else if ((c >= 0x3400 && c < 0xA000) || (c >= 0xF900 && c < 0xFB00))
			han++;
		else if (c >= 0xAC00 && c < 0xD7A4)
			hangul++;
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'z')
			latin++;
	}
	/* A Japanese mail is often mostly log lines: a few kana decide. */
	if (kana >= 5 || (kana > 0 && kana * 20 > latin))
		return "ja";
	if (hangul >= 5)
		return "ko";
	if (han >= 5 || (han > 0 && han * 5 > latin))
		return kana > 0 ? "ja" : "zh";
	return latin >= 3 ? "en" : "";
}

static bool
same_site(struct str a, struct str b)
{
	if (a.n == 0 || b.n == 0)
		return false;
	if (str_equal_case(a, b))
		return true;
	struct str longer = a.n > b.n ? a : b;
	struct str shorter = a.n > b.n ? b : a;

	/* "mx1.example.jp" writes as "example.jp": a whole label less. */
	return str_ends_case(longer, shorter) && longer.p[longer.n - shorter.n - 1] == '.' &&
	    str_find_char(shorter, '.', 0) != SIZE_MAX;
}

void
mail_kind_path(struct arena *a, const struct mail_headers *h, struct mail *m)
{
	size_t received = mail_headers_count(h, "Received");
	size_t seen = 0;

	m->hops = (struct mail_hops){ .item = arena_many(a, struct mail_hop, received < 200 ? received : 200) };
	for (size_t i = 0; i < h->n && m->hops.n < 200; i++)
		if (str_is_case(h->item[i].name, "Received"))
			mail_header_hop(a, h->item[i].value, &m->hops.item[m->hops.n++]);
	for (size_t i = 0; i < h->n; i++) {
		bool is_spf = str_is_case(h->item[i].name, "Received-SPF");
		size_t before = m->checks.n;

		seen += str_is_case(h->item[i].name, "Received");
		if (!is_spf && !str_is_case(h->item[i].name, "Authentication-Results"))
			continue;
		mail_header_checks(a, h->item[i].value, is_spf, &m->checks);
		/* What stands below our server's own Received line came with the mail
		 * and may be forged (RFC 8601 5); its name must be our server's too. */
		for (size_t k = before; k < m->checks.n; k++)
			m->checks.item[k].trusted = seen <= 1 && m->hops.n > 0 &&
			    same_site(str_of(m->checks.item[k].by), str_of(m->hops.item[0].by));
	}
}
