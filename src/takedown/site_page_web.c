/* SPDX-License-Identifier: Apache-2.0 */
/* site_page_web.c - sites in words. */
#include "takedown/site_page.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/url.h"
#include "directory/country.h"
#include "directory/organisation.h"
#include "incident/incident_page.h"
#include "takedown/site_store.h"

enum err
site_page_board(struct web *w, struct board **ret)
{
	return board_shared(w->db, ret);
}

enum err
site_page_get(struct web *w, struct site *ret)
{
	int64_t id;

	if (!str_int(str_of(web_path(w, "id")), 1, INT64_MAX, &id))
		return ERR_NOT_FOUND;
	return site_get(w->db, w->a, id, w->user, ret);
}

const char *
site_page_word(struct web *w, const struct word *list, const char *name)
{
	return name == NULL || *name == '\0' ? "" : web_tr(w, NULL, word_label(list, name));
}

void
site_page_options(struct web *w, const char *key, const struct word *list, const char *any, const char *chosen)
{
	struct value *l = value_set_list(w->a, w->ui, key);

	if (any != NULL)
		incident_option(w, l, "", any, chosen == NULL || *chosen == '\0');
	for (; list->name != NULL; list++)
		incident_option(w, l, list->name, web_tr(w, NULL, list->label),
		    chosen != NULL && strcmp(chosen, list->name) == 0);
}

const char *
site_page_duration(struct web *w, int64_t ms)
{
	return ms < 0 ? "—" : zone_duration(w->a, w->lang, ms);
}

void
site_page_badge(struct web *w, struct value *o, const char *key, const char *state)
{
	struct value *b = value_set_object(w->a, o, key);
	static const char *const kinds[][2] = { { "reported", "soon" }, { "alive", "late" }, { "reopened", "late" },
		{ "stopped", "good" } };
	const char *kind = "";

	for (size_t i = 0; i < COUNT(kinds); i++) {
		if (strcmp(kinds[i][0], state) == 0)
			kind = kinds[i][1];
	}
	value_set_text(w->a, b, "state", kind);
	value_set_text(w->a, b, "text", site_page_word(w, site_states, state));
}

/* What the last check said, in a word or two. */
static const char *
check_text(struct web *w, const struct site *s)
{
	if (s->result == NULL)
		return web_tr(w, NULL, N_("not checked yet"));
	if (s->http_status != 0)
		return arena_printf(w->a, "%s (%lld)", site_page_word(w, site_results, s->result), (long long)s->http_status);
	return site_page_word(w, site_results, s->result);
}

static const char *
asked_text(struct web *w, const struct board_line *l)
{
	const struct i18n_arg args[] = { { "n", i18n_number(w->a, l->site.step) }, { "when", web_when(w, l->site.notified_at) },
		{ NULL, NULL } };

	if (l->site.notified_at == 0)
		return l->contact == NULL ? web_tr(w, NULL, N_("nobody asked yet"))
					  : arena_printf(w->a, "%s %s", l->contact, web_tr(w, NULL, N_("proposed")));
	if (l->answered > 0)
		return web_trf(w, NULL, N_("asked {n} times since {when}, answered"), args);
	return l->site.step > 1 ? web_trf(w, NULL, N_("asked {n} times since {when}"), args)
				: web_trf(w, NULL, N_("asked {when}"), args);
}

static void
row_words(struct web *w, const struct board_line *l, struct value *o, int64_t elapsed)
{
	const struct site *s = &l->site;
	const char *sector = strcmp(s->sector, "unclassified") == 0 ? NULL : site_page_word(w, organisation_sectors, s->sector);
	const char *origin = strcmp(s->origin, "unknown") == 0 ? NULL : site_page_word(w, site_origins, s->origin);

	value_set_text(w->a, o, "@href", arena_printf(w->a, "/takedowns/%lld", (long long)s->id));
	value_set_text(w->a, o, "@pane", web_with(w, "site", arena_printf(w->a, "%lld", (long long)s->id)));
	value_set_text(w->a, o, "@url", url_defang(w->a, str_of(s->url)));
	value_set_text(w->a, o, "@host", url_defang(w->a, str_of(s->host)));
	value_set_text(w->a, o, "@tags",
	    origin != NULL && sector != NULL ? arena_printf(w->a, "%s · %s", origin, sector)
		: origin != NULL	     ? origin
					     : sector);
	value_set_text(w->a, o, "@country", s->cc == NULL ? "" : country_name(w->lang, s->cc));
	value_set_text(w->a, o, "@as", s->asn == 0 ? "" : arena_printf(w->a, "AS%lld", (long long)s->asn));
	value_set_text(w->a, o, "@route_text",
	    strcmp(s->route, "none") == 0 && s->notified_at == 0 ? "" : site_page_word(w, site_routes, s->route));
	value_set_text(w->a, o, "@asked_text", asked_text(w, l));
	value_set_text(w->a, o, "@elapsed", site_page_duration(w, elapsed));
	value_set_text(w->a, o, "@check_text", check_text(w, s));
	value_set_text(w->a, o, "@incident_href", arena_printf(w->a, "/incidents/%s", l->incident_ref));
	value_set_bool(w->a, o, "@again", s->reopened > 0);
	value_set_text(w->a, o, "@days",
	    s->stopped_at == 0 || strcmp(s->state, "stopped") != 0 ? "" : i18n_number(w->a, s->days));
	site_page_badge(w, o, "@state_badge", s->state);
}

void
site_page_row(struct web *w, const struct board_line *l, struct value *o)
{
	const struct site *s = &l->site;
	bool stopped = strcmp(s->state, "stopped") == 0;
	int64_t from = s->notified_at != 0 ? s->notified_at : s->reported_at;
	int64_t to = stopped && s->stopped_at != 0 ? s->stopped_at : w->now;
	int64_t elapsed = from > to ? to - s->reported_at : to - from;

	value_set_int(w->a, o, "id", s->id);
	value_set_text(w->a, o, "incident", l->incident_ref);
	value_set_text(w->a, o, "url", s->url);
	value_set_text(w->a, o, "host", s->host);
	value_set_text(w->a, o, "domain", s->domain);
	value_set_text(w->a, o, "tld", s->tld);
	value_set_text(w->a, o, "address", s->address);
	value_set_text(w->a, o, "country", s->cc);
	value_set_id(w->a, o, "as_number", s->asn);
	value_set_text(w->a, o, "as_name", s->as_name);
	value_set_text(w->a, o, "brand", s->brand);
	value_set_id(w->a, o, "brand_id", s->brand_id);
	value_set_text(w->a, o, "origin", s->origin);
	value_set_text(w->a, o, "sector", s->sector);
	value_set_text(w->a, o, "route", s->route);
	value_set_int(w->a, o, "step", s->step);
	value_set_text(w->a, o, "contact", l->contact);
	value_set_int(w->a, o, "letters", l->asked);
	value_set_int(w->a, o, "answers", l->answered);
	value_set_text(w->a, o, "state", s->state);
	value_set_text(w->a, o, "result", s->result);
	value_set_id(w->a, o, "http_status", s->http_status);
	value_set_text(w->a, o, "owner", l->owner);
	value_set_id(w->a, o, "owner_id", s->owner_id);
	value_set_int(w->a, o, "elapsed_ms", elapsed < 0 ? 0 : elapsed);
	value_set_int(w->a, o, "reopened", s->reopened);
	if (stopped)
		value_set_int(w->a, o, "days", s->days);
	web_set_time(w, o, "reported_at", s->reported_at);
	web_set_time(w, o, "notified_at", s->notified_at);
	web_set_time(w, o, "checked_at", s->checked_at);
	web_set_time(w, o, "stopped_at", stopped ? s->stopped_at : 0);
	web_set_time(w, o, "reopened_at", s->reopened_at);
	web_set_time(w, o, "next_check_at", s->next_check_at);
	if (!w->json)
		row_words(w, l, o, elapsed < 0 ? 0 : elapsed);
}
