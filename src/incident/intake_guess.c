/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/intake_guess.h"

#include <string.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "incident/lang_guess.h"
#include "mail/mail.h"

struct word {
	const char *door;
	const char *word; /* ASCII in lower case */
};
/* The first door whose word stands in the subject, else in the text. Specific
 * words come before those that also stand in other reports. */
static const struct word words[] = {
	{ "phishing", "フィッシング" }, { "phishing", "phishing" }, { "phishing", "偽サイト" },
	{ "phishing", "なりすましサイト" }, { "phishing", "fake site" },
	{ "defacement", "改ざん" }, { "defacement", "deface" },
	{ "dos", "ddos" }, { "dos", "サービス妨害" }, { "dos", "denial of service" },
	{ "ics", "制御システム" }, { "ics", "scada" }, { "ics", "plc " },
	{ "targeted", "標的型" }, { "targeted", "targeted attack" }, { "targeted", "spear" },
	{ "malware", "マルウェア" }, { "malware", "マルウエア" }, { "malware", "ランサム" },
	{ "malware", "malware" }, { "malware", "ransom" }, { "malware", "ウイルス" },
	{ "malware", "botnet" },
	{ "leak", "漏えい" }, { "leak", "漏洩" }, { "leak", "流出" }, { "leak", "data leak" },
	{ "leak", "breach" },
	{ "scan", "スキャン" }, { "scan", "portscan" }, { "scan", "port scan" }, { "scan", "scanning" },
	{ "scan", "brute" }, { "scan", "不審なアクセス" }, { "scan", "ブルートフォース" },
	{ "intrusion", "不正侵入" }, { "intrusion", "不正アクセス" }, { "intrusion", "compromised" },
	{ "intrusion", "intrusion" }, { "intrusion", "unauthorized access" },
	{ "intrusion", "unauthorised access" },
};

static const char *
door_in(struct str s)
{
	for (size_t i = 0; i < COUNT(words); i++) {
		if (str_find_case(s, str_of(words[i].word), 0) != SIZE_MAX)
			return words[i].door;
	}
	return NULL;
}

#define LOOK_AT 4000 /* bytes: what a report is about stands at its beginning */

const char *
intake_door(const char *subject, struct str text)
{
	const char *door = door_in(str_of(subject));

	if (door == NULL)
		door = door_in(str_take(text, LOOK_AT));
	return door == NULL ? "unknown" : door;
}

bool
intake_is_urgent(const char *subject, struct str text)
{
	static const char *const signs[] = { "ランサム", "ransom", "業務停止", "身代金", "業務が停止",
		"業務が止ま", "暗号化され" };

	for (size_t i = 0; i < COUNT(signs); i++) {
		if (str_find_case(str_of(subject), str_of(signs[i]), 0) != SIZE_MAX ||
		    str_find_case(str_take(text, LOOK_AT), str_of(signs[i]), 0) != SIZE_MAX)
			return true;
	}
	return false;
}

enum lang
intake_language(const struct mail *m)
{
	enum lang l;

	if (lang_parse(str_of(m->language), &l))
		return l;
	return lang_guess(m->text, lang_guess(str_of(m->subject), LANG_EN));
}

const char *
intake_country(struct arena *a, const char *address)
{
	struct str s = str_of(address);
	size_t dot = SIZE_MAX;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '.')
			dot = i;
	}
	if (dot == SIZE_MAX || s.n - dot != 3)
		return NULL;
	struct str tld = str_skip(s, dot + 1);

	if (!str_is_alpha(tld.p[0]) || !str_is_alpha(tld.p[1]))
		return NULL;
	char cc[3] = { (char)(str_lower(tld.p[0]) - 32), (char)(str_lower(tld.p[1]) - 32), '\0' };

	if (strcmp(cc, "EU") == 0)
		return NULL; /* a union, not a country */
	return arena_dup(a, strcmp(cc, "UK") == 0 ? "GB" : cc);
}

struct business_calendar
intake_calendar(struct db *db)
{
	struct business_calendar c = business_tokyo;

	c.open_minute = setting_minutes(db, "hours.open");
	c.close_minute = setting_minutes(db, "hours.close");
	c.year_end_closed = setting_bool(db, "hours.year_end_closed");
	return c;
}
