/* SPDX-License-Identifier: Apache-2.0 */
/* directory_web.c - what the pages of the directory share. */
#include "directory/directory_web.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/limit.h"
#include "directory/pgp_key_store.h"

enum err
directory_of_path(struct web *w, struct organisation *ret)
{
	int64_t id = directory_id(w, "id");

	return id == 0 ? ERR_NOT_FOUND : organisation_get(w->db, w->a, id, ret);
}

int64_t
directory_id(struct web *w, const char *name)
{
	int64_t id;

	return str_int(str_of(web_path(w, name)), 1, INT64_MAX, &id) ? id : 0;
}

const char *
directory_href(struct web *w, int64_t id, const char *below)
{
	return arena_printf(w->a, "/directory/%lld%s", (long long)id, below);
}

const char *
directory_name(struct web *w, const struct organisation *o)
{
	return organisation_name(o, w->lang == LANG_EN);
}

const char *
directory_either(struct web *w, const char *name, const char *name_en)
{
	if (name == NULL)
		return NULL;
	return w->lang == LANG_EN && name_en != NULL && *name_en != '\0' ? name_en : name;
}

const char *
directory_word(struct web *w, const struct word *list, const char *name)
{
	return name == NULL || *name == '\0' ? "" : web_tr(w, NULL, word_label(list, name));
}

const char *
directory_trust(struct web *w, const char *name)
{
	return web_tr(w, "trust", word_label(relation_trust, name));
}

const char *
directory_words(struct web *w, const struct word *list, const char *names)
{
	struct buf *b = buf_new(w->a, LIMIT_KIB(4));
	struct str rest = str_of(names), one;

	while (str_split(&rest, ',', &one)) {
		if (one.n == 0)
			continue;
		buf_printf(b, "%s%s", b->n == 0 ? "" : w->lang == LANG_JA ? "、" : ", ",
		    directory_word(w, list, arena_cstr(w->a, one)));
	}
	return buf_cstr(w->a, b);
}

void
directory_option(struct web *w, struct value *list, const char *value, const char *label, bool selected)
{
	struct value *o = value_add_object(w->a, list);

	value_set_text(w->a, o, "value", value);
	value_set_text(w->a, o, "label", label);
	value_set_bool(w->a, o, "selected", selected);
}

void
directory_options(struct web *w, const char *key, const struct word *list, const char *none, const char *chosen)
{
	struct value *options = value_set_list(w->a, w->ui, key);

	if (none != NULL)
		directory_option(w, options, "", web_tr(w, NULL, none), false);
	const char *context = list == relation_trust ? "trust" : NULL;

	for (; list->name != NULL; list++)
		directory_option(w, options, list->name, web_tr(w, context, list->label),
		    chosen != NULL && strcmp(chosen, list->name) == 0);
}

const char *
directory_choice(struct web *w, const char *name, const struct word *list, bool required)
{
	const char *s = web_line(w, name, 40);

	if (*s == '\0' && !required)
		return "";
	if (!word_has(list, s)) {
		web_problem(w, name, N_("This choice does not exist. Choose one of the list."));
		return list->name;
	}
	return s;
}

static bool
names_have(struct str names, const char *name)
{
	struct str one;

	while (str_split(&names, ',', &one)) {
		if (str_is(one, name))
			return true;
	}
	return false;
}

const char *
directory_ticked(struct web *w, const char *name, const struct word *list)
{
	struct buf *b = buf_new(w->a, LIMIT_KIB(1));
	size_t n;
	const char *const *ticked = web_form_all(w, name, &n);

	for (; list->name != NULL; list++) {
		for (size_t i = 0; i < n; i++) {
			if (strcmp(ticked[i], list->name) != 0)
				continue;
			buf_printf(b, "%s%s", b->n > 0 ? "," : "", list->name);
			break;
		}
	}
	return buf_cstr(w->a, b);
}

void
directory_boxes(struct web *w, const char *key, const struct word *list, const char *names)
{
	struct value *boxes = value_set_list(w->a, w->ui, key);

	for (; list->name != NULL; list++) {
		struct value *o = value_add_object(w->a, boxes);

		value_set_text(w->a, o, "value", list->name);
		value_set_text(w->a, o, "label", web_tr(w, NULL, list->label));
		value_set_bool(w->a, o, "checked", names_have(str_of(names), list->name));
	}
}

int64_t
directory_day(struct web *w, const char *name)
{
	const char *s = web_line(w, name, 20);
	int64_t at;

	if (*s == '\0')
		return 0;
	if (strlen(s) != 10 || zone_parse(zone_utc(), str_of(s), &at) != OK) {
		web_problem(w, name, N_("This is not a day. Example: 2026-09-18"));
		return 0;
	}
	struct civil c = clock_civil(at, 0);

	return clock_day_number(c.year, c.month, c.day);
}

const char *
directory_day_value(struct web *w, int64_t day)
{
	struct civil c;

	if (day == 0)
		return "";
	c = clock_day_civil(day);
	return arena_printf(w->a, "%04d-%02d-%02d", c.year, c.month, c.day);
}

const char *
directory_day_text(struct web *w, int64_t day)
{
	struct civil c;

	if (day == 0)
		return "";
	c = clock_day_civil(day);
	return arena_printf(w->a, w->lang == LANG_JA ? "%04d/%02d/%02d" : "%04d-%02d-%02d", c.year, c.month, c.day);
}

void
directory_set_day(struct web *w, struct value *o, const char *key, int64_t day)
{
	value_set_text(w->a, o, key, day == 0 ? NULL : directory_day_value(w, day));
	value_set_key(w->a, o, str_of(arena_printf(w->a, "@%s_text", key)),
	    value_text(w->a, directory_day_text(w, day)));
}

void
directory_set_time(struct web *w, struct value *o, const char *key, int64_t at)
{
	web_set_time(w, o, key, at);
	if (at == 0)
		value_set_key(w->a, o, str_of(arena_printf(w->a, "@%s", key)), value_text(w->a, ""));
}

void
directory_badge(struct web *w, struct value *o, const char *key, const char *state, const char *text)
{
	struct value *b = value_set_object(w->a, o, key);

	value_set_text(w->a, b, "state", state);
	value_set_text(w->a, b, "text", text);
}

void
directory_expiry_badge(struct web *w, struct value *o, const char *key, int64_t at, int64_t days)
{
	value_set_bool(w->a, o, key, false);
	if (at == 0 || at > w->now + days * CLOCK_DAY)
		return;
	if (at <= w->now)
		directory_badge(w, o, key, "late", web_tr(w, NULL, N_("Expired")));
	else
		directory_badge(w, o, key, "soon", web_tr(w, NULL, N_("Expires soon")));
}

void
directory_test_badge(struct web *w, struct value *o, const struct contact *c)
{
	const char *state = "";

	value_set_bool(w->a, o, "@test_badge", false);
	if (c->test_result == NULL)
		return;
	if (strcmp(c->test_result, "answered") == 0)
		state = "good";
	else if (strcmp(c->test_result, "waiting") != 0)
		state = "late";
	directory_badge(w, o, "@test_badge", state, directory_word(w, contact_test_results, c->test_result));
}

const char *
directory_fingerprint(struct web *w, const char *fingerprint)
{
	struct buf *b = buf_new(w->a, 256);

	for (size_t i = 0; fingerprint[i] != '\0' && i < 128; i++) {
		if (i > 0 && i % 4 == 0)
			buf_char(b, ' ');
		buf_char(b, fingerprint[i]);
	}
	return buf_cstr(w->a, b);
}

static enum err
set_key(struct web *w, struct value *o, const struct contact *c)
{
	struct pgp_key key;

	value_set(w->a, o, "key", NULL);
	TRY(pgp_key_get(w->db, w->a, c->key_id, &key));
	if (key.fingerprint == NULL)
		return OK;
	struct value *k = value_set_object(w->a, o, "key");

	value_set_text(w->a, k, "fingerprint", key.fingerprint);
	value_set_text(w->a, k, "@shown", directory_fingerprint(w, key.fingerprint));
	directory_set_time(w, k, "expires_at", key.expires_at);
	directory_expiry_badge(w, k, "@badge", key.expires_at, ORGANISATION_KEY_DAYS);
	return OK;
}

enum err
directory_set_contact(struct web *w, struct value *o, const struct contact *c)
{
	value_set_int(w->a, o, "id", c->id);
	value_set_text(w->a, o, "purpose", c->purpose);
	value_set_text(w->a, o, "name", c->name);
	value_set_text(w->a, o, "kana", c->kana);
	value_set_text(w->a, o, "romaji", c->romaji);
	value_set_text(w->a, o, "title", c->title);
	value_set_text(w->a, o, "email", c->email);
	value_set_text(w->a, o, "phone", c->phone);
	value_set_text(w->a, o, "fax", c->fax);
	value_set_text(w->a, o, "url", c->url);
	value_set_text(w->a, o, "lang", c->lang);
	value_set_text(w->a, o, "hours", c->hours);
	value_set_text(w->a, o, "source", c->source);
	directory_set_time(w, o, "source_at", c->source_at);
	directory_set_time(w, o, "verified_at", c->verified_at);
	directory_set_time(w, o, "valid_until", c->valid_until);
	value_set_int(w->a, o, "test_days", c->test_days);
	directory_set_time(w, o, "test_due_at", c->test_due_at);
	directory_set_time(w, o, "tested_at", c->tested_at);
	value_set_text(w->a, o, "test_result", c->test_result);
	directory_set_time(w, o, "read_at", c->read_at);
	value_set_int(w->a, o, "asked", c->asked);
	value_set_int(w->a, o, "answered", c->answered);
	value_set_int(w->a, o, "bounces", c->bounces);
	value_set_bool(w->a, o, "do_not_contact", c->do_not_contact);
	value_set_bool(w->a, o, "smime", c->smime != NULL);
	directory_set_time(w, o, "smime_expires_at", c->smime_expires_at);
	value_set_text(w->a, o, "note", c->note);
	TRY(set_key(w, o, c));
	value_set_text(w->a, o, "@shown", contact_shown(c, w->lang == LANG_EN));
	value_set_text(w->a, o, "@purpose_text", directory_word(w, contact_purposes, c->purpose));
	value_set_text(w->a, o, "@source_text", directory_word(w, contact_sources, c->source));
	value_set_text(w->a, o, "@lang_text",
	    c->lang == NULL ? "" : strcmp(c->lang, "ja") == 0 ? "日本語" : "English");
	value_set_text(w->a, o, "@href",
	    directory_href(w, c->organisation_id, arena_printf(w->a, "/contacts/%lld", (long long)c->id)));
	value_set_bool(w->a, o, "@overdue",
	    c->test_days > 0 && c->test_due_at != 0 && c->test_due_at <= w->now && !c->do_not_contact);
	directory_expiry_badge(w, o, "@smime_badge", c->smime_expires_at, ORGANISATION_KEY_DAYS);
	directory_test_badge(w, o, c);
	return OK;
}

void
directory_tabs(struct web *w, const char *present)
{
	static const struct {
		const char *href, *label;
	} tabs[] = {
		{ "/directory", NC_("directory", "Organisations") },
		{ "/directory/constituency", NC_("directory", "Constituency") },
		{ "/directory/lookup", NC_("directory", "Who is responsible?") },
		{ "/directory/find", NC_("directory", "Find a contact") },
		{ "/directory/map", NC_("directory", "Map of relations") },
		{ "/directory/tests", NC_("directory", "Contact tests") },
		{ "/directory/transfer", NC_("directory", "Import and export") },
	};
	struct value *list = value_set_list(w->a, w->ui, "tabs");

	for (size_t i = 0; i < COUNT(tabs); i++) {
		struct value *o = value_add_object(w->a, list);

		value_set_text(w->a, o, "href", tabs[i].href);
		value_set_text(w->a, o, "label", web_tr(w, "directory", tabs[i].label));
		value_set_bool(w->a, o, "current", strcmp(tabs[i].href, present) == 0);
	}
	value_set_bool(w->a, w->ui, "may_edit", auth_allows(&w->auth, PERM_DIRECTORY_EDIT));
	value_set_bool(w->a, w->ui, "may_send", auth_allows(&w->auth, PERM_SEND));
}
