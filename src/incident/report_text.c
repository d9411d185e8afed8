/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/report_text.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "directory/tlp.h"

#define LABELS_AT_LEAST 3

struct row {
	const char *key;
	const char *ja, *ja_hint; /* the hint stands in brackets */
	const char *en, *en_hint;
	const char *also[4]; /* other words for it, folded and without blanks */
	bool lines;	     /* its value may go on over the next lines */
};

static const struct row rows[REPORT_TEXT_FIELDS] = {
	[REPORT_TEXT_NAME] = { "name", "お名前", NULL, "Your name", NULL,
	    { "氏名", "名前", "name" } },
	[REPORT_TEXT_ORG] = { "org", "組織名・部署", NULL, "Organisation and department", NULL,
	    { "組織名", "所属", "organisation", "organization" } },
	[REPORT_TEXT_ROLE] = { "role", "お立場",
	    "被害組織・対応支援・セキュリティ企業・発見者・ISP・CSIRT・その他", "You are",
	    "affected, responder, vendor, finder, ISP, CSIRT, other", { "立場", "role" } },
	[REPORT_TEXT_EMAIL] = { "email", "返信先メール", NULL, "Mail for the reply", NULL,
	    { "メール", "メールアドレス", "email", "mail" } },
	[REPORT_TEXT_PHONE] = { "phone", "電話", NULL, "Phone", NULL,
	    { "電話番号", "tel", "telephone" } },
	[REPORT_TEXT_PURPOSE] = { "purpose", "目的", "情報提供・質問・関係サイトへの連絡・その他",
	    "Purpose", "information, question, contact sites, other", { "報告の目的" } },
	[REPORT_TEXT_CATEGORY] = { "category", "種別",
	    "フィッシング・Web改ざん・マルウェア・侵入・漏えい・DoS・スキャン など", "Kind",
	    "phishing, defacement, malware, break-in, leak, DoS, scan", { "分類", "category" } },
	[REPORT_TEXT_FOUND_AT] = { "found_at", "発見日時", "例 2026/09/18 14:05", "Found on",
	    "example: 2026-09-18 14:05", { "発見日", "dateofdiscovery" } },
	[REPORT_TEXT_FOUND_WHERE] = { "found_where", "発見場所", NULL, "Found where", NULL,
	    { "place" } },
	[REPORT_TEXT_FOUND_ON] = { "found_on", "発見した機器、システム、アプリ等", NULL,
	    "Device, system, or application", NULL, { "発見した機器", "device" } },
	[REPORT_TEXT_FOUND_BY] = { "found_by", "発見者", NULL, "Found by", NULL, { "finder" } },
	[REPORT_TEXT_COURSE] = { "course", "経緯や現象", NULL, "What happened", NULL,
	    { "経緯", "現象", "症状", "course" }, true },
	[REPORT_TEXT_WHY] = { "why", "なぜ異常だと思ったのか", NULL, "Why it seemed abnormal", NULL,
	    { "異常だと思った理由" }, true },
	[REPORT_TEXT_ZONE] = { "zone", "タイムゾーン", "記入がなければ +09:00", "Time zone",
	    "+09:00 if blank", { "時間帯", "timezone" } },
	[REPORT_TEXT_START] = { "start", "開始日時", NULL, "Start", NULL,
	    { "開始", "starttime" } },
	[REPORT_TEXT_END] = { "end", "終了日時", NULL, "End", NULL, { "終了", "endtime" } },
	[REPORT_TEXT_CLOCK_ERROR] = { "clock_error", "時計の誤差", "NTPで同期・誤差の秒数",
	    "Clock error", "synchronised by NTP, or seconds", { "時刻の誤差", "ntp" } },
	[REPORT_TEXT_SOURCE] = { "source", "発信元", "IPアドレス・ホスト名・ポート", "Source",
	    "address, host, port", { "送信元", "攻撃元" }, true },
	[REPORT_TEXT_DESTINATION] = { "destination", "宛先", "IPアドレス・ホスト名・URL",
	    "Destination", "address, host, URL", { "送信先", "攻撃先", "url" }, true },
	[REPORT_TEXT_TLP] = { "tlp", "TLP", "RED AMBER+STRICT AMBER GREEN CLEAR", "TLP",
	    "RED AMBER+STRICT AMBER GREEN CLEAR", { "共有範囲" } },
	[REPORT_TEXT_PASS_NAME] = { "pass_name", "お名前を関係者に伝えてよいか",
	    "はい・いいえ・そのつど相談", "May we pass on your name", "yes, no, ask me",
	    { "氏名の開示" } },
	[REPORT_TEXT_LOGS] = { "logs", "ログ", "伏せ字にしても構いません", "Logs",
	    "mask what you cannot disclose", { "log", "関連するログ" }, true },
};

/* Headings of the template: the field before them goes on. */
static const struct {
	enum report_text_field before;
	const char *ja, *en;
} headings[] = {
	{ REPORT_TEXT_NAME, "連絡先", "Contact" },
	{ REPORT_TEXT_PURPOSE, "目的と種別", "Purpose and kind" },
	{ REPORT_TEXT_FOUND_AT, "発見", "Discovery" },
	{ REPORT_TEXT_ZONE, "時刻", "Time" },
	{ REPORT_TEXT_SOURCE, "通信", "Network" },
	{ REPORT_TEXT_TLP, "情報の扱い", "Sharing" },
	{ REPORT_TEXT_LOGS, "記録", "Records" },
};

const char *
report_text_key(enum report_text_field field)
{
	return rows[field].key;
}

const char *
report_text_label(enum lang l, enum report_text_field field)
{
	return l == LANG_JA ? rows[field].ja : rows[field].en;
}

const char *
report_text_template(struct arena *a, enum lang l)
{
	struct buf *b = buf_new(a, LIMIT_KIB(16));
	bool ja = l == LANG_JA;
	int number = 0;

	buf_text(b, ja ? "＊ わかる範囲でご記入ください。空欄のままで構いません。\n"
		       : "* Fill in what you know. Blanks are fine.\n");
	for (size_t i = 0; i < REPORT_TEXT_FIELDS; i++) {
		const char *hint = ja ? rows[i].ja_hint : rows[i].en_hint;

		for (size_t h = 0; h < COUNT(headings); h++) {
			if (headings[h].before == (enum report_text_field)i)
				buf_printf(b, "\n%d. %s\n", ++number,
				    ja ? headings[h].ja : headings[h].en);
		}
		/* The hint stands on its own line: the value then has room. */
		if (hint != NULL)
			buf_printf(b, ja ? "（%s）\n" : "(%s)\n", hint);
		buf_printf(b, ja ? "%s：\n" : "%s: \n",
		    report_text_label(l, (enum report_text_field)i));
	}
	return buf_cstr(a, b);
}

/* Folded and without blanks, dots and marks: what labels are compared by. */
static struct str
bare(struct arena *a, struct str s)
{
	struct str folded = utf8_fold(a, s);
	struct buf *b = buf_new(a, folded.n + 1);

	for (size_t i = 0; i < folded.n; i++) {
		if (str_find_char(STR(" \t-_"), folded.p[i], 0) == SIZE_MAX)
			buf_char(b, folded.p[i]);
	}
	return arena_str(a, buf_view(b));
}

struct labels {
	struct str ja, en, also[4];
};

/* Each field's labels, folded once a text. */
static struct labels *
fold_labels(struct arena *a)
{
	struct labels *l = arena_many(a, struct labels, REPORT_TEXT_FIELDS);

	for (size_t i = 0; i < REPORT_TEXT_FIELDS; i++) {
		l[i].ja = bare(a, str_of(rows[i].ja));
		l[i].en = bare(a, str_of(rows[i].en));
		for (size_t j = 0; j < COUNT(rows[i].also); j++)
			l[i].also[j] = bare(a, str_of(rows[i].also[j]));
	}
	return l;
}

/* Without what mail programs and people put before a line. */
static struct str
unquote(struct str line)
{
	static const char *const marks[] = { ">", "＞", "|", " ", "\t", "　" };
	bool again = true;

	while (again) {
		again = false;
		for (size_t i = 0; i < COUNT(marks); i++)
			again = str_eat(&line, str_of(marks[i])) || again;
	}
	while (str_ends(line, STR("　")) || str_ends(line, STR(" ")) || str_ends(line, STR("\r")))
		line.n -= str_ends(line, STR("　")) ? strlen("　") : 1;
	return line;
}

/* "1-1) ", "■", "(3)", "・": nothing of a label. */
static struct str
unnumber(struct str s)
{
	static const char *const marks[] = { "■", "□", "●", "○", "◆", "・", "＊", "*", "#", "【", "[" };
	struct str rest = s;
	uint64_t v;

	for (size_t i = 0; i < COUNT(marks); i++)
		(void)str_eat(&rest, str_of(marks[i])); /* may stand there */
	rest = str_trim(rest);
	s = rest;
	if (str_eat_digits(&rest, 1, 2, &v)) {
		while (str_eat(&rest, STR("-")) || str_eat(&rest, STR(".")))
			(void)str_eat_digits(&rest, 1, 2, &v); /* "1-2." */
		(void)str_eat(&rest, STR(")"));
		(void)str_eat(&rest, STR("．"));
		if (rest.n < s.n && (rest.n == 0 || !str_is_digit(rest.p[0])))
			return str_trim(rest);
	}
	return s;
}

/* "label: value" or "label：value"; cuts there. */
static bool
cut_colon(struct str line, struct str *ret_label, struct str *ret_value)
{
	size_t narrow = str_find(line, STR(":"), 0), wide = str_find(line, STR("："), 0);
	size_t at = narrow < wide ? narrow : wide;

	/* No label is longer; a log line's colon may stand far behind. */
	if (at == SIZE_MAX || at == 0 || at > 200)
		return false;
	*ret_label = str_take(line, at);
	*ret_value = unquote(str_skip(line, at + (at == narrow ? 1 : strlen("："))));
	return true;
}

static bool
find_field(struct arena *a, const struct labels *labels, struct str label, size_t *ret)
{
	/* "種別（フィッシング・…）" and "【種別】" */
	size_t bracket = str_find(label, STR("("), 0), wide = str_find(label, STR("（"), 0);

	label = str_take(label, bracket < wide ? bracket : wide);
	label = str_take(label, str_find(label, STR("】"), 0));
	label = str_take(label, str_find(label, STR("]"), 0));
	label = bare(a, unnumber(label));
	if (label.n == 0)
		return false;
	for (size_t i = 0; i < REPORT_TEXT_FIELDS; i++) {
		bool same = str_equal(label, labels[i].ja) || str_equal(label, labels[i].en);

		for (size_t j = 0; j < COUNT(labels[i].also); j++)
			same = same || str_equal(label, labels[i].also[j]);
		if (same) {
			*ret = i;
			return true;
		}
	}
	return false;
}

/* A heading or a hint of the template, in either language. */
static bool
is_furniture(struct str line)
{
	struct str text = unnumber(line);

	for (size_t i = 0; i < COUNT(headings); i++) {
		if (text.n < line.n &&
		    (str_is(text, headings[i].ja) || str_is_case(text, headings[i].en)))
			return true;
	}
	for (size_t i = 0; i < REPORT_TEXT_FIELDS; i++) {
		struct str hint = line;

		if (str_eat(&hint, STR("（")) && rows[i].ja_hint != NULL &&
		    str_starts(hint, str_of(rows[i].ja_hint)))
			return true;
		hint = line;
		if (str_eat(&hint, STR("(")) && rows[i].en_hint != NULL &&
		    str_starts(hint, str_of(rows[i].en_hint)))
			return true;
	}
	return str_starts(line, STR("＊ わかる範囲で")) ||
	    str_starts(line, STR("* Fill in what you know"));
}

/* The words by which a free answer is understood; the first that occurs. */
struct word {
	const char *text; /* folded */
	const char *name;
};

static const struct word purposes[] = {
	{ "情報提供", "information" }, { "質問", "question" }, { "連絡", "contact" },
	{ "その他", "other" }, { "information", "information" }, { "question", "question" },
	{ "contact", "contact" }, { "other", "other" },
};
static const struct word doors[] = {
	{ "フィッシング", "phishing" }, { "phish", "phishing" }, { "改ざん", "defacement" },
	{ "改竄", "defacement" }, { "deface", "defacement" }, { "制御システム", "ics" },
	{ "ics", "ics" }, { "標的型", "targeted" }, { "targeted", "targeted" },
	{ "マルウェア", "malware" }, { "ウイルス", "malware" }, { "ランサム", "malware" },
	{ "malware", "malware" }, { "ransom", "malware" }, { "漏えい", "leak" },
	{ "漏洩", "leak" }, { "leak", "leak" }, { "侵入", "intrusion" },
	{ "不正アクセス", "intrusion" }, { "breakin", "intrusion" }, { "intrusion", "intrusion" },
	{ "dos", "dos" }, { "スキャン", "scan" }, { "scan", "scan" }, { "その他", "other" },
	{ "other", "other" }, { "不明", "unknown" }, { "わから", "unknown" },
	{ "unknown", "unknown" },
};
static const struct word roles[] = {
	{ "被害", "victim" }, { "affected", "victim" }, { "victim", "victim" },
	{ "対応支援", "responder" }, { "responder", "responder" },
	{ "セキュリティ企業", "vendor" }, { "vendor", "vendor" }, { "発見者", "finder" },
	{ "finder", "finder" }, { "isp", "isp" }, { "csirt", "csirt" }, { "その他", "other" },
	{ "other", "other" },
};
static const struct word consents[] = {
	{ "相談", "ask" }, { "ask", "ask" }, { "いいえ", "no" }, { "不可", "no" }, { "no", "no" },
	{ "はい", "yes" }, { "可", "yes" }, { "yes", "yes" },
};

static const char *
understand(struct arena *a, struct str s, const struct word *words, size_t n)
{
	struct str text = bare(a, s);
	size_t first = SIZE_MAX;
	const char *name = NULL;

	for (size_t i = 0; i < n; i++) {
		size_t at = str_find(text, bare(a, str_of(words[i].text)), 0);

		if (at < first) {
			first = at;
			name = words[i].name;
		}
	}
	return name;
}

enum err
report_text_zone(struct arena *a, struct str s, int32_t *ret)
{
	struct str text = utf8_fold(a, str_trim(s));
	int32_t sign = 1;
	uint64_t hours, minutes = 0;

	if (text.n == 0)
		return ERR_INVALID;
	if (str_is(text, "asia/tokyo") || str_starts(text, STR("jst")) ||
	    str_starts(text, STR("日本"))) {
		*ret = 9 * 3600;
		return OK;
	}
	bool named = str_eat(&text, STR("utc")) || str_eat(&text, STR("gmt"));

	text = str_trim(text);
	if (named && text.n == 0) {
		*ret = 0;
		return OK;
	}
	if (str_eat(&text, STR("-")) || str_eat(&text, STR("−")))
		sign = -1;
	else if (!str_eat(&text, STR("+")))
		return ERR_INVALID;
	if (!str_eat_digits(&text, 1, 2, &hours) || hours > 14)
		return ERR_INVALID;
	(void)str_eat(&text, STR(":")); /* "+0900" */
	if (text.n > 0 && str_is_digit(text.p[0]) &&
	    (!str_eat_digits(&text, 2, 2, &minutes) || minutes > 59))
		return ERR_INVALID;
	*ret = sign * (int32_t)(hours * 3600 + minutes * 60);
	return OK;
}

/* A number, then one of ${marks}; blanks between do not matter. */
static bool
eat_part(struct str *s, size_t digits, uint64_t max, const char *const *marks, int32_t *ret)
{
	uint64_t v;

	*s = str_trim(*s);
	if (!str_eat_digits(s, 1, digits, &v) || v > max)
		return false;
	*ret = (int32_t)v;
	*s = str_trim(*s);
	for (; *marks != NULL; marks++) {
		if (str_eat(s, str_of(*marks)))
			return true;
	}
	return false;
}

enum err
report_text_time(struct arena *a, struct str s, int32_t offset, int64_t *ret)
{
	static const char *const year[] = { "/", "-", ".", "年", NULL };
	static const char *const month[] = { "/", "-", ".", "月", NULL };
	static const char *const hour[] = { ":", "時", NULL };
	struct str text = utf8_fold(a, str_trim(s));
	struct civil c = { 0 };
	uint64_t v;

	if (!eat_part(&text, 4, 9999, year, &c.year) || c.year < 1970 ||
	    !eat_part(&text, 2, 12, month, &c.month) || c.month < 1)
		return ERR_INVALID;
	text = str_trim(text);
	if (!str_eat_digits(&text, 1, 2, &v) || v > 31)
		return ERR_INVALID;
	c.day = (int32_t)v;
	if (clock_day_civil(clock_day_number(c.year, c.month, c.day)).day != c.day)
		return ERR_INVALID;
	(void)(str_eat(&text, STR("日")) || str_eat(&text, STR("t"))); /* may stand there */
	if (text.n > 2 && text.p[0] == '(') /* the weekday */
		text = str_skip(text, str_find_char(text, ')', 0) == SIZE_MAX
			? 0
			: str_find_char(text, ')', 0) + 1);
	text = str_trim(text);
	if (eat_part(&text, 2, 23, hour, &c.hour)) {
		text = str_trim(text);
		if (str_eat_digits(&text, 1, 2, &v)) {
			if (v > 59)
				return ERR_INVALID;
			c.minute = (int32_t)v;
			(void)str_eat(&text, STR("分")); /* may stand there */
		}
		if (str_eat(&text, STR(":")) || (text.n > 0 && str_is_digit(text.p[0]))) {
			if (!str_eat_digits(&text, 1, 2, &v) || v > 59)
				return ERR_INVALID;
			c.second = (int32_t)v;
		}
		/* "頃" or "+09:00" or nothing */
		text = str_trim(text);
		if (str_is(text, "z"))
			offset = 0;
		else if (report_text_zone(a, text, &offset) != OK)
			text = STR_NULL; /* a remark: the zone of the form holds */
	}
	*ret = clock_from_civil(&c, offset);
	return OK;
}

static int64_t
time_or_none(struct arena *a, struct str s, int32_t offset)
{
	int64_t at;

	return report_text_time(a, s, offset, &at) == OK ? at : 0;
}

static void
understand_all(struct arena *a, struct report_text *t)
{
	enum tlp tlp;

	t->offset = 9 * 3600;
	t->zone_given = report_text_zone(a, t->field[REPORT_TEXT_ZONE], &t->offset) == OK;
	t->purpose = understand(a, t->field[REPORT_TEXT_PURPOSE], purposes, COUNT(purposes));
	t->door = understand(a, t->field[REPORT_TEXT_CATEGORY], doors, COUNT(doors));
	t->role = understand(a, t->field[REPORT_TEXT_ROLE], roles, COUNT(roles));
	t->pass_name = understand(a, t->field[REPORT_TEXT_PASS_NAME], consents, COUNT(consents));
	if (tlp_parse(utf8_fold(a, t->field[REPORT_TEXT_TLP]), &tlp) == OK)
		t->tlp = tlp_name(tlp);
	t->found_at = time_or_none(a, t->field[REPORT_TEXT_FOUND_AT], t->offset);
	t->start_at = time_or_none(a, t->field[REPORT_TEXT_START], t->offset);
	t->end_at = time_or_none(a, t->field[REPORT_TEXT_END], t->offset);
}

static void
add_line(struct buf *b, struct str line)
{
	if (b->n > 0)
		buf_char(b, '\n');
	buf_str(b, line);
}

enum err
report_text_parse(struct arena *a, struct str body, struct report_text *ret)
{
	AUTO(arena) scratch = arena_new();
	AUTO(arena) work = arena_new();
	struct report_text t = { .purpose = NULL };
	struct buf *value[REPORT_TEXT_FIELDS], *rest = buf_new(work, LIMIT_MAIL_TEXT);
	const struct labels *labels = fold_labels(work);
	size_t current = REPORT_TEXT_FIELDS, seen = 0, field;
	struct str line;

	if (body.n > LIMIT_MAIL_TEXT)
		return ERR_LIMIT;
	for (size_t i = 0; i < REPORT_TEXT_FIELDS; i++)
		value[i] = buf_new(work, LIMIT_MAIL_TEXT);
	while (str_line(&body, &line)) {
		struct str text = unquote(line), label, after;

		arena_reset(scratch);
		if (current != REPORT_TEXT_LOGS && cut_colon(text, &label, &after) &&
		    find_field(scratch, labels, label, &field)) {
			current = field;
			seen++;
			if (after.n > 0)
				add_line(value[field], after);
			continue;
		}
		if (str_is(line, "-- ") || str_is(line, "--"))
			break; /* a signature */
		if (current == REPORT_TEXT_LOGS) {
			if (!is_furniture(text))
				add_line(value[current], line);
			continue;
		}
		if (is_furniture(text)) {
			current = REPORT_TEXT_FIELDS;
			continue;
		}
		/* A blank field may be answered on the next line. */
		if (current < REPORT_TEXT_FIELDS &&
		    (rows[current].lines || value[current]->n == 0)) {
			if (text.n > 0 || value[current]->n > 0)
				add_line(value[current], text);
		} else if (text.n > 0) {
			add_line(rest, text);
		}
	}
	if (seen < LABELS_AT_LEAST)
		return ERR_NOT_FOUND;
	for (size_t i = 0; i < REPORT_TEXT_FIELDS; i++)
		t.field[i] = arena_str(a, str_trim(buf_view(value[i])));
	t.rest = arena_str(a, buf_view(rest));
	understand_all(a, &t);
	*ret = t;
	return OK;
}
