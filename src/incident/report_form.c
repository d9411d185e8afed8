/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/report_form.h"

#include <string.h>

#include "auth/auth.h"
#include "auth/setting.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/limit.h"
#include "base/url.h"
#include "base/utf8.h"
#include "directory/country.h"
#include "directory/tlp.h"
#include "http/http.h"
#include "incident/extract.h"
#include "incident/report.h"
#include "web/web.h"

enum kind {
	LINE,	  /* one line */
	TEXT,	  /* several */
	ADDRESS,  /* several lines of addresses: shown disguised */
	CHOICE,	  /* one of ${choice} */
	MANY,	  /* any of ${choice} */
	FLAG,	  /* "1" */
	WHEN,	  /* a date, or a date and a time */
	CLOCK,	  /* a time of day */
	ZONE,	  /* a zone's name */
	EMAIL,
	COUNTRY,
	LANGUAGE,
	TLP,
};

struct choice {
	const char *value;
	const char *context, *label; /* msgid */
};

struct question {
	const char *name;
	int step;
	enum kind kind;
	size_t max; /* LINE: characters; TEXT: bytes */
	const struct choice *choice;
	const char *door;  /* asked only there, NULL = always */
	const char *label; /* msgid; NULL: not part of the text */
};

static const struct choice door_choice[] = { { "phishing" }, { "defacement" }, { "malware" },
	{ "intrusion" }, { "leak" }, { "dos" }, { "scan" }, { "targeted" }, { "ics" }, { "other" },
	{ "unknown" }, { 0 } };
static const struct choice purpose_choice[] = { { "information" }, { "question" }, { "contact" },
	{ "other" }, { 0 } };
static const struct choice entered_choice[] = {
	{ "id", NULL, N_("ID or mail address") },
	{ "password", NULL, N_("Password") },
	{ "card", NULL, N_("Card number or PIN") },
	{ "nothing", "entered", NC_("entered", "Nothing") },
	{ 0 },
};
static const struct choice impact_choice[] = {
	{ "stopped", NULL, N_("Work has stopped") },
	{ "spreading", NULL, N_("It is spreading") },
	{ "personal", NULL, N_("Personal data") },
	{ "partners", NULL, N_("Customers or partners") },
	{ 0 },
};
static const struct choice done_choice[] = {
	{ "isolated", NULL, N_("Cut off from the network") },
	{ "blocked", NULL, N_("Blocked or filtered") },
	{ "preserved", NULL, N_("Logs and data kept") },
	{ "police", NULL, N_("Police told") },
	{ "told", NULL, N_("Other offices told") },
	{ 0 },
};
static const struct choice synced_choice[] = {
	{ "yes", "synced", NC_("synced", "Yes") },
	{ "no", "synced", NC_("synced", "No") },
	{ "unknown", "synced", NC_("synced", "Not known") },
	{ 0 },
};
static const struct choice ics_choice[] = {
	{ "sensor", NULL, N_("Sensor") },
	{ "actuator", NULL, N_("Actuator") },
	{ "field-device", NULL, N_("Other field device") },
	{ "network", NULL, N_("Control network") },
	{ "controller", NULL, N_("Controller (PLC, DCS)") },
	{ "scada", NULL, N_("Monitoring and control (SCADA, HMI)") },
	{ "plant", NULL, N_("A whole plant") },
	{ 0 },
};
static const struct choice reply_choice[] = { { "mail" }, { "anonymous" }, { "none" }, { 0 } };
static const struct choice role_choice[] = { { "victim" }, { "responder" }, { "vendor" }, { "finder" },
	{ "isp" }, { "csirt" }, { "other" }, { 0 } };
static const struct choice pass_name_choice[] = { { "no" }, { "ask" }, { "yes" }, { 0 } };

#define LONG LIMIT_REPORT_STORY
#define SHORT LIMIT_KIB(16)

/* In the order of the text that is made of them. */
static const struct question questions[] = {
	{ "door", 1, CHOICE, 0, door_choice, NULL, NULL },
	{ "purpose", 1, CHOICE, 0, purpose_choice, NULL, NULL },
	{ "urgent", 1, FLAG, 0, NULL, NULL, NULL },
	{ "story", 2, TEXT, LONG, NULL, NULL, N_("What happened") },
	{ "why", 2, TEXT, LONG, NULL, NULL, N_("Why it seemed abnormal") },
	{ "urls", 2, ADDRESS, SHORT, NULL, NULL, N_("URL") },
	{ "brand", 2, LINE, LIMIT_NAME, NULL, "phishing", N_("Imitated name") },
	{ "entered", 2, MANY, 0, entered_choice, "phishing", N_("Typed in") },
	{ "host_contacted", 2, FLAG, 0, NULL, "phishing", N_("The operator of the site was already told") },
	{ "changed", 2, TEXT, SHORT, NULL, "defacement", N_("What was changed") },
	{ "ransom", 2, TEXT, SHORT, NULL, "malware", N_("Ransom note, file endings, program") },
	{ "hashes", 2, TEXT, SHORT, NULL, "malware", N_("Hashes or file names") },
	{ "leaked", 2, LINE, LIMIT_TITLE, NULL, "leak", N_("Kind of data") },
	{ "persons", 2, LINE, LIMIT_NAME, NULL, "leak", N_("People concerned") },
	{ "traffic", 2, LINE, LIMIT_TITLE, NULL, "dos", N_("Traffic") },
	{ "ics_asset", 2, MANY, 0, ics_choice, "ics", N_("Equipment") },
	{ "ics_plant", 2, LINE, LIMIT_TITLE, NULL, "ics", N_("Kind of plant") },
	{ "ics_safety", 2, TEXT, SHORT, NULL, "ics", N_("Danger to people or the environment") },
	{ "found_date", 2, WHEN, 0, NULL, NULL, N_("Noticed at") },
	{ "found_time", 2, CLOCK, 0, NULL, NULL, NULL },
	{ "place", 2, LINE, LIMIT_TITLE, NULL, NULL, N_("Noticed where") },
	{ "device", 2, LINE, LIMIT_TITLE, NULL, NULL, N_("Device, system, or application") },
	{ "finder", 2, LINE, LIMIT_TITLE, NULL, NULL, N_("Noticed by") },
	{ "impact", 2, MANY, 0, impact_choice, NULL, N_("Impact") },
	{ "done", 2, MANY, 0, done_choice, NULL, N_("Already done") },
	{ "zone", 2, ZONE, 0, NULL, NULL, NULL },
	{ "synced", 2, CHOICE, 0, synced_choice, NULL, N_("Clock synchronised") },
	{ "clock_error", 2, LINE, LIMIT_NAME, NULL, NULL, N_("Clock error") },
	{ "started", 2, WHEN, 0, NULL, NULL, N_("Began") },
	{ "ended", 2, WHEN, 0, NULL, NULL, N_("Ended") },
	{ "hosts", 2, ADDRESS, SHORT, NULL, NULL, N_("Addresses and hosts") },
	{ "log_share", 2, FLAG, 0, NULL, NULL, N_("The logs may be shown to the other side") },
	{ "log", 2, TEXT, LIMIT_REPORT_LOG, NULL, NULL, N_("Logs") },
	{ "reply", 3, CHOICE, 0, reply_choice, NULL, NULL },
	{ "email", 3, EMAIL, 0, NULL, NULL, NULL },
	{ "name", 3, LINE, LIMIT_NAME, NULL, NULL, NULL },
	{ "furigana", 3, LINE, LIMIT_NAME, NULL, NULL, NULL },
	{ "org", 3, LINE, LIMIT_NAME, NULL, NULL, NULL },
	{ "department", 3, LINE, LIMIT_NAME, NULL, NULL, NULL },
	{ "phone", 3, LINE, LIMIT_NAME, NULL, NULL, NULL },
	{ "role", 3, CHOICE, 0, role_choice, NULL, NULL },
	{ "cc", 3, COUNTRY, 0, NULL, NULL, NULL },
	{ "reply_lang", 3, LANGUAGE, 0, NULL, NULL, NULL },
	{ "pass_name", 3, CHOICE, 0, pass_name_choice, NULL, NULL },
	{ "tlp", 3, TLP, 0, NULL, NULL, NULL },
	{ "hide_victim", 3, FLAG, 0, NULL, NULL, NULL },
	{ "pgp_key", 3, TEXT, LIMIT_KIB(64), NULL, NULL, NULL },
};

static const char *const zone_names[] = { "Asia/Tokyo", "UTC", "Asia/Seoul", "Asia/Shanghai",
	"Asia/Taipei", "Asia/Hong_Kong", "Asia/Singapore", "Asia/Bangkok", "Asia/Kolkata", "Asia/Dubai",
	"Europe/Moscow", "Europe/Helsinki", "Europe/Berlin", "Europe/London", "America/Sao_Paulo",
	"America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles",
	"Pacific/Honolulu", "Australia/Sydney", "Pacific/Auckland" };

static const struct choice *
choice_find(const struct choice *list, const char *value)
{
	for (; list->value != NULL; list++) {
		if (strcmp(list->value, value) == 0)
			return list;
	}
	return NULL;
}

static bool
is_asked(const struct question *q, const char *door)
{
	return q->door == NULL || strcmp(q->door, door) == 0;
}

/* Checks */

static const struct zone *
zone_of(struct web *w)
{
	const char *name = web_form(w, "zone");
	const struct zone *z = zone_tokyo();

	if (*name != '\0' && zone_find(name, &z) != OK)
		web_problem(w, "zone", N_("This time zone is not known. Choose one of the list."));
	return z;
}

/* 0 when it is blank or cannot be read. */
static int64_t
when_of(struct web *w, const struct zone *z, const char *name)
{
	struct str day = utf8_fold(w->a, utf8_clean_line(w->a, web_form_str(w, name)));
	int64_t at = 0;

	if (day.n == 0)
		return 0;
	if (strcmp(name, "found_date") == 0 && str_find_char(day, ':', 0) == SIZE_MAX) {
		struct str hour = utf8_fold(w->a, utf8_clean_line(w->a, web_form_str(w, "found_time")));

		if (hour.n > 0)
			day = str_of(arena_printf(w->a, "%.*s %.*s", STR_F(day), STR_F(hour)));
	}
	for (size_t i = 0; i < day.n; i++) {
		if (day.p[i] == '/') {
			char *s = arena_dupn(w->a, day.p, day.n);

			for (size_t k = 0; k < day.n; k++)
				s[k] = s[k] == '/' ? '-' : s[k];
			day.p = s;
			break;
		}
	}
	return zone_parse(z, day, &at) == OK ? at : 0;
}

static void
check_when(struct web *w, const struct zone *z, const char *name)
{
	if (str_trim(web_form_str(w, name)).n == 0) {
		if (strcmp(name, "found_date") == 0 && str_trim(web_form_str(w, "found_time")).n > 0)
			web_problem(w, name, N_("Give the day too, or leave the time blank."));
		return;
	}
	int64_t at = when_of(w, z, name);

	if (at == 0)
		web_problem(w, name, N_("This is not a date and time. Write it as 2026-09-18 14:05."));
	else if (at > w->now + CLOCK_DAY)
		web_problem(w, name, N_("This lies in the future. Check the year and the day."));
}

static void
check_many(struct web *w, const struct question *q)
{
	size_t n;
	const char *const *list = web_form_all(w, q->name, &n);

	for (size_t i = 0; i < n; i++) {
		if (choice_find(q->choice, list[i]) == NULL) {
			web_problem(w, q->name, N_("This choice does not exist. Choose one of the list."));
			return;
		}
	}
}

static void
check(struct web *w, const struct question *q, const struct report_form *f)
{
	const char *s = web_form(w, q->name);
	struct str text = web_form_str(w, q->name);
	enum lang l;
	enum tlp t;

	switch (q->kind) {
	case LINE:
		(void)web_line(w, q->name, q->max);
		break;
	case TEXT:
	case ADDRESS:
		(void)web_body(w, q->name, q->max);
		break;
	case CHOICE:
		if (*s != '\0' && choice_find(q->choice, s) == NULL)
			web_problem(w, q->name, N_("This choice does not exist. Choose one of the list."));
		break;
	case MANY:
		check_many(w, q);
		break;
	case WHEN:
		check_when(w, f->zone, q->name);
		break;
	case EMAIL:
		if (str_trim(text).n > 0 && !user_email_valid(str_trim(text)))
			web_problem(w, q->name,
			    N_("This is not a mail address. It looks like name@example.jp."));
		break;
	case COUNTRY:
		if (*s != '\0' && country_find(s) == NULL)
			web_problem(w, q->name, N_("This choice does not exist. Choose one of the list."));
		break;
	case LANGUAGE:
		if (*s != '\0' && !lang_parse(text, &l))
			web_problem(w, q->name, N_("This choice does not exist. Choose one of the list."));
		break;
	case TLP:
		if (*s != '\0' && tlp_parse(text, &t) != OK)
			web_problem(w, q->name, N_("This choice does not exist. Choose one of the list."));
		break;
	case FLAG:
	case CLOCK:
	case ZONE:
		break;
	}
}

static void
check_step(struct web *w, int step, const struct report_form *f)
{
	for (size_t i = 0; i < COUNT(questions); i++) {
		if (questions[i].step == step && is_asked(&questions[i], f->door))
			check(w, &questions[i], f);
	}
}

static const char *
given(struct web *w, const char *name, const char *otherwise)
{
	const char *s = web_form(w, name);

	return *s == '\0' ? otherwise : s;
}

static void
read_first(struct web *w, struct report_form *f)
{
	f->door = web_form(w, "door");
	if (*f->door == '\0')
		web_problem(w, "door", N_("Choose what comes nearest; “Not sure” is fine."));
	f->purpose = given(w, "purpose", "information");
	f->urgent = strcmp(web_form(w, "urgent"), "1") == 0;
	check_step(w, 1, f);
}

static void
read_second(struct web *w, struct report_form *f)
{
	f->zone = zone_of(w);
	if (str_trim(web_form_str(w, "story")).n == 0)
		web_problem(w, "story", N_("Write what happened; one sentence is enough."));
	check_step(w, 2, f);
	int64_t from = when_of(w, f->zone, "started"), to = when_of(w, f->zone, "ended");

	if (from != 0 && to != 0 && to < from)
		web_problem(w, "ended", N_("The end is before the beginning. Check both."));
}

static void
read_third(struct web *w, struct report_form *f)
{
	enum lang l = w->lang;

	f->reply = given(w, "reply", "mail");
	f->email = arena_cstr(w->a, utf8_clean_line(w->a, web_form_str(w, "email")));
	f->cc = web_form(w, "cc");
	if (lang_parse(web_form_str(w, "reply_lang"), &l))
		f->reply_lang = l;
	if (strcmp(f->reply, "mail") == 0 && *f->email == '\0')
		web_problem(w, "email",
		    N_("An answer by mail needs an address. Write one, or choose another way above."));
	check_step(w, 3, f);
}

void
report_form_read(struct web *w, int last, struct report_form *ret)
{
	static void (*const read[])(struct web *w, struct report_form *f) = { read_first, read_second,
		read_third };
	size_t before = w->problems.n;

	*ret = (struct report_form){ .door = "", .zone = zone_tokyo(), .reply_lang = w->lang };
	for (int i = 0; i < last && i < REPORT_FORM_STEPS; i++) {
		read[i](w, ret);
		if (ret->wrong == 0 && w->problems.n > before)
			ret->wrong = i + 1;
	}
}

/* From step to step */

void
report_form_carry(struct web *w, int step)
{
	struct value *list = value_set_list(w->a, w->ui, "carry");

	for (size_t i = 0; i < COUNT(questions); i++) {
		size_t n;

		if (questions[i].step == step)
			continue;
		const char *const *values = web_form_all(w, questions[i].name, &n);

		for (size_t k = 0; k < n; k++) {
			if (*values[k] == '\0')
				continue;
			struct value *o = value_add_object(w->a, list);

			value_set_text(w->a, o, "name", questions[i].name);
			value_set_text(w->a, o, "value", values[k]);
		}
	}
}

/* As people read it */

/* The answer in words, in the page's language; "" when there is none. */
static const char *
shown(struct web *w, const struct question *q, const struct report_form *f)
{
	struct buf *b = buf_new(w->a, LIMIT_REPORT_LOG + LIMIT_KIB(4));
	const char *s = web_form(w, q->name);
	size_t n;

	switch (q->kind) {
	case FLAG:
		return strcmp(s, "1") == 0 ? web_tr(w, "answer", N_("Yes")) : "";
	case CHOICE:
	case MANY: {
		const char *const *list = web_form_all(w, q->name, &n);

		for (size_t i = 0; i < n; i++) {
			const struct choice *c = choice_find(q->choice, list[i]);

			if (c == NULL)
				continue;
			buf_text(b, b->n > 0 ? (w->lang == LANG_JA ? "、" : ", ") : "");
			buf_text(b, web_tr(w, c->context, c->label));
		}
		return buf_cstr(w->a, b);
	}
	case WHEN: {
		int64_t at = when_of(w, f->zone, q->name);

		if (at == 0)
			return "";
		if (strchr(s, ':') == NULL &&
		    (strcmp(q->name, "found_date") != 0 || web_form_str(w, "found_time").n == 0))
			return arena_cstr(w->a, utf8_clean_line(w->a, str_of(s))); /* a day */
		return arena_printf(w->a, "%s (%s)", zone_short(w->a, f->zone, w->lang, at),
		    zone_name(f->zone));
	}
	case LINE:
		return arena_cstr(w->a, utf8_clean_line(w->a, web_form_str(w, q->name)));
	default:
		return arena_cstr(w->a, str_trim(str_of(s)));
	}
}

void
report_form_review(struct web *w, const struct report_form *f)
{
	struct value *list = value_set_list(w->a, w->ui, "review");

	for (size_t i = 0; i < COUNT(questions); i++) {
		const struct question *q = &questions[i];
		const char *s = q->label == NULL || !is_asked(q, f->door) ? "" : shown(w, q, f);

		if (*s == '\0')
			continue;
		struct value *o = value_add_object(w->a, list);
		bool address = q->kind == ADDRESS;

		value_set_text(w->a, o, "label", web_tr(w, NULL, q->label));
		if (address)
			value_set_str(w->a, o, "value", extract_defang_text(w->a, str_of(s)));
		else
			value_set_text(w->a, o, "value", s);
		value_set_bool(w->a, o, "address", address);
	}
}

const char *
report_form_beside(const char *name)
{
	static const struct {
		const char *name, *label;
	} all[] = {
		{ "furigana", N_("Name in kana") },
		{ "department", N_("Department") },
		{ "hide_victim", N_("I report for somebody whose name must not be known") },
		{ "pgp_key", N_("Your OpenPGP public key") },
	};

	for (size_t i = 0; i < COUNT(all); i++) {
		if (strcmp(all[i].name, name) == 0)
			return all[i].label;
	}
	return NULL;
}

void
report_form_zones(struct web *w, const char *chosen)
{
	struct value *list = value_set_list(w->a, w->ui, "@zones");

	if (chosen == NULL || *chosen == '\0')
		chosen = "Asia/Tokyo";
	for (size_t i = 0; i < COUNT(zone_names); i++) {
		const struct zone *z;

		if (zone_find(zone_names[i], &z) != OK)
			continue; /* a system without zone files */
		struct value *o = value_add_object(w->a, list);
		int32_t offset = zone_offset(z, w->now) / 60;

		value_set_text(w->a, o, "value", zone_names[i]);
		value_set_text(w->a, o, "label",
		    arena_printf(w->a, "%s (UTC%c%02d:%02d)", zone_names[i], offset < 0 ? '-' : '+',
			(offset < 0 ? -offset : offset) / 60, (offset < 0 ? -offset : offset) % 60));
		value_set_bool(w->a, o, "selected", strcmp(zone_names[i], chosen) == 0);
	}
}

/* What is stored */

static struct str
text_of(struct web *w, const struct report_form *f)
{
	struct buf *b = buf_new(w->a, LIMIT_MAIL_TEXT);
	const char *colon = w->lang == LANG_JA ? "：" : ": ";

	for (size_t i = 0; i < COUNT(questions); i++) {
		const struct question *q = &questions[i];
		const char *s = q->label == NULL || !is_asked(q, f->door) ? "" : shown(w, q, f);
		bool lines = strchr(s, '\n') != NULL || q->kind == TEXT;

		if (*s == '\0')
			continue;
		if (strcmp(q->name, "story") == 0) {
			buf_printf(b, "%s\n", s); /* first, as it was told */
			continue;
		}
		buf_printf(b, lines ? "\n%s%s\n%s\n" : "\n%s%s%s\n", web_tr(w, NULL, q->label), colon, s);
	}
	return buf_view(b);
}

static void
add_time(struct web *w, struct value *o, const char *key, int64_t at)
{
	if (at != 0)
		value_set_text(w->a, o, key, zone_iso(w->a, zone_utc(), at));
}

/* The answers by their names; times once more as UTC. */
static const struct value *
details_of(struct web *w, const struct report_form *f)
{
	struct value *v = value_object(w->a);
	bool anonymous = strcmp(f->reply, "anonymous") == 0;

	for (size_t i = 0; i < COUNT(questions); i++) {
		const struct question *q = &questions[i];
		const char *s = web_form(w, q->name);

		if (*s == '\0' || !is_asked(q, f->door))
			continue;
		/* What stands in columns, and who an anonymous reporter is. */
		if (q->step == 1 || (q->step == 3 && (anonymous || q->kind != LINE) &&
					strcmp(q->name, "hide_victim") != 0 &&
					strcmp(q->name, "pgp_key") != 0 && strcmp(q->name, "reply") != 0))
			continue;
		if (q->kind == MANY) {
			size_t n;
			const char *const *list = web_form_all(w, q->name, &n);
			struct value *o = value_set_list(w->a, v, q->name);

			for (size_t k = 0; k < n; k++)
				value_add_text(w->a, o, list[k]);
		} else {
			value_set_text(w->a, v, q->name, s);
		}
	}
	value_set_text(w->a, v, "zone", zone_name(f->zone));
	add_time(w, v, "found_at", when_of(w, f->zone, "found_date"));
	add_time(w, v, "start_at", when_of(w, f->zone, "started"));
	add_time(w, v, "end_at", when_of(w, f->zone, "ended"));
	return v;
}

static const char *
line_or_null(struct web *w, const char *name)
{
	const char *s = arena_cstr(w->a, utf8_clean_line(w->a, web_form_str(w, name)));

	return *s == '\0' ? NULL : s;
}

void
report_form_report(struct web *w, const struct report_form *f, struct report_new *ret)
{
	bool anonymous = strcmp(f->reply, "anonymous") == 0;
	enum tlp t = TLP_AMBER;

	if (web_form_str(w, "tlp").n > 0 && tlp_parse(web_form_str(w, "tlp"), &t) != OK)
		t = TLP_AMBER;
	*ret = (struct report_new){
		.received_at = w->now,
		.channel = "form",
		.purpose = f->purpose,
		.door = f->door,
		.text = text_of(w, f),
		.details = details_of(w, f),
		.lang = f->reply_lang,
		.cc = *f->cc == '\0' ? NULL : f->cc,
		.anonymous = anonymous,
		.urgent = f->urgent,
		.pass_name = given(w, "pass_name", "no"),
		.tlp = tlp_name(t),
		.brand = strcmp(f->door, "phishing") == 0 ? line_or_null(w, "brand") : NULL,
		.reporter_role = line_or_null(w, "role"),
	};
	ret->domestic = ret->cc == NULL
	    ? f->reply_lang == LANG_JA
	    : strcmp(ret->cc, setting_text(w->db, w->a, "team.country")) == 0;
	if (anonymous)
		return;
	ret->reporter_name = line_or_null(w, "name");
	ret->reporter_org = line_or_null(w, "org");
	ret->reporter_phone = line_or_null(w, "phone");
	ret->reporter_email = *f->email == '\0' ? NULL : f->email;
}
