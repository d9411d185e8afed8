/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "base/holiday.h"
#include "base/limit.h"
#include "base/url.h"
#include "incident/category.h"
#include "incident/extract.h"
#include "incident/indicator_store.h"
#include "incident/intake_guess.h"
#include "incident/letter_fill.h"

#define SHOWN 50 /* indicators in a letter */

static bool
is_empty(const char *s)
{
	return s == NULL || *s == '\0';
}

/* In Japan the local time, marked; abroad UTC first. */
static const char *
time_text(struct arena *a, const struct party *p, enum lang lang, int64_t at)
{
	if (at == 0)
		return NULL;
	if (lang == LANG_JA)
		return arena_printf(a, "%s（日本時間）", zone_long(a, zone_tokyo(), lang, at));
	if (!is_empty(p->cc) && strcmp(p->cc, "JP") == 0)
		return zone_long(a, zone_tokyo(), lang, at);
	return zone_both(a, at);
}

static const char *
shown(struct arena *a, const struct letter_fill *f, const struct indicator *x)
{
	return f->raw ? x->value : url_defang(a, str_of(x->value));
}

static bool
is_type(const struct indicator *x, const char *type)
{
	return strcmp(x->type, type) == 0;
}

struct shown_indicators {
	const char *url, *ip, *all;
};

/* Confirmed ones when there are any, else all; those of the victim never. */
static enum err
indicators(struct db *db, struct arena *a, const struct letter_fill *f, struct shown_indicators *ret)
{
	struct buf *b = buf_new(a, LIMIT_KIB(64));
	struct indicator *list;
	size_t n;
	int64_t total;

	*ret = (struct shown_indicators){ 0 };
	TRY(indicator_list(db, a, f->incident->id, 200, &list, &n, &total));
	bool confirmed = n > 0 && list[0].confirmed;
	size_t count = 0;

	for (size_t i = 0; i < n && count < SHOWN; i++) {
		const struct indicator *x = &list[i];

		if (x->ignored || (confirmed && !x->confirmed) || strcmp(x->role, "victim") == 0 ||
		    is_type(x, "email"))
			continue;
		if (ret->url == NULL && is_type(x, "url"))
			ret->url = shown(a, f, x);
		if (ret->ip == NULL && (is_type(x, "ipv4") || is_type(x, "ipv6")))
			ret->ip = shown(a, f, x);
		buf_printf(b, "%s%s", count > 0 ? "\n" : "", shown(a, f, x));
		count++;
	}
	for (size_t i = 0; i < n && ret->url == NULL; i++) {
		if (is_type(&list[i], "host") && strcmp(list[i].role, "victim") != 0)
			ret->url = shown(a, f, &list[i]);
	}
	ret->all = count > 0 ? buf_cstr(a, b) : NULL;
	return OK;
}

static const char *
addressee(struct arena *a, const struct party *p, enum lang lang)
{
	if (!is_empty(p->name))
		return i18n_fill(a, i18n(lang, "mail", NC_("mail", "{name} ({org})")),
		    I18N_ARGS({ "name", p->name }, { "org", p->org }));
	return i18n_fill(a, i18n(lang, "mail", NC_("mail", "the administrator at {org}")), I18N_ARGS({ "org", p->org }));
}

static struct i18n_arg *
arg(struct i18n_arg *at, const char *name, const char *value)
{
	if (is_empty(value))
		return at;
	*at = (struct i18n_arg){ name, value };
	return at + 1;
}

static const char *
greeting(struct arena *a, const struct party *p, enum lang lang, const char *team)
{
	return i18n_fill(a,
	    p->known ? i18n(lang, "mail", NC_("mail", "This is {team}."))
		     : i18n(lang, "mail", NC_("mail", "We are {team}, a computer security incident response team.")),
	    I18N_ARGS({ "team", team }));
}

enum err
letter_places(struct db *db, struct arena *a, const struct letter_fill *f, enum lang lang,
    struct i18n_arg ret[LETTER_PLACES])
{
	static const struct party nobody = { 0 };
	const struct party *p = f->party == NULL ? &nobody : f->party;
	struct business_calendar calendar = intake_calendar(db);
	struct shown_indicators found;
	struct i18n_arg *at = ret;

	TRY(indicators(db, a, f, &found));
	const char *team = setting_text(db, a, lang == LANG_JA ? "team.name.ja" : "team.name.en");
	int64_t due = business_due(&calendar, f->now, (int32_t)setting_int(db, "mail.silence_days"));
	int64_t checked = f->incident->detected_at != 0 ? f->incident->detected_at : f->sources->reported_at;

	at = arg(at, "ref", f->incident->ref);
	at = arg(at, "title", arena_cstr(a, extract_defang_text(a, str_of(f->incident->title))));
	at = arg(at, "team", team);
	if (f->party != NULL) {
		at = arg(at, "greeting", greeting(a, p, lang, team));
		at = arg(at, "addressee", addressee(a, p, lang));
		at = arg(at, "name", p->name);
		at = arg(at, "org", p->org);
	}
	at = arg(at, "brand", f->sources->brand);
	at = arg(at, "url", found.url);
	at = arg(at, "ip", found.ip);
	at = arg(at, "evidence", found.all);
	at = arg(at, "kind", category_label(lang, f->incident->rsit));
	at = arg(at, "due", time_text(a, p, lang, due));
	at = arg(at, "checked_at", time_text(a, p, lang, checked));
	at = arg(at, "advice", f->incident->advice);
	if (f->thread != NULL) {
		at = arg(at, "subject", f->thread->subject);
		at = arg(at, "first_sent", time_text(a, p, lang, f->thread->sent_at));
	}
	*at = (struct i18n_arg){ 0 };
	return OK;
}

static enum err
fill(struct db *db, struct arena *a, const struct letter_template *t, const struct letter_fill *f, enum lang lang,
    const char **ret_subject, const char **ret_text)
{
	struct i18n_arg args[LETTER_PLACES];
	struct ready_words in_use;

	if (f->words != NULL)
		in_use = *f->words;
	else
		TRY(ready_words(db, a, ready_find(t->name), lang, &in_use));
	TRY(letter_places(db, a, f, lang, args));
	/* Thanks name the time at which a person saw that it is over. */
	for (size_t i = 0; strcmp(t->name, "thanks") == 0 && args[i].name != NULL; i++) {
		if (strcmp(args[i].name, "checked_at") == 0)
			args[i].name = "";
	}
	*ret_subject = i18n_fill(a, in_use.subject, args);
	*ret_text = i18n_fill(a, in_use.body, args);
	return OK;
}

enum err
letter_fill(struct db *db, struct arena *a, const struct letter_template *t, const struct letter_fill *f,
    const char **ret_subject, const char **ret_text)
{
	enum lang lang = LANG_JA;
	const char *subject, *text;

	(void)lang_parse(str_of(f->party->lang), &lang);
	if (!f->both)
		return fill(db, a, t, f, lang, ret_subject, ret_text);
	TRY(fill(db, a, t, f, LANG_JA, ret_subject, ret_text));
	TRY(fill(db, a, t, f, LANG_EN, &subject, &text));
	*ret_subject = arena_printf(a, "%s / %s", *ret_subject, subject);
	*ret_text = arena_printf(a, "(English follows the Japanese text.)\n\n%s\n\n----\n\n%s", *ret_text, text);
	return OK;
}

const char *
letter_signature(struct db *db, struct arena *a, enum lang lang)
{
	bool ja = lang == LANG_JA;
	const char *own = setting_text(db, a, ja ? "mail.signature.ja" : "mail.signature.en");
	const char *phone = setting_text(db, a, "team.phone"), *key = setting_text(db, a, "pgp.key");
	struct buf *b = buf_new(a, LIMIT_KIB(64));

	if (*own != '\0')
		return own;
	buf_printf(b, "%s\n%s\n", setting_text(db, a, ja ? "team.name.ja" : "team.name.en"),
	    setting_text(db, a, "team.email"));
	if (*phone != '\0')
		buf_printf(b, "%s\n", phone);
	if (*key != '\0')
		buf_printf(b, "OpenPGP %s\n", letter_fingerprint(a, key));
	return buf_cstr(a, b);
}
