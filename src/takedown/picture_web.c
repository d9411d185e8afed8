/* SPDX-License-Identifier: Apache-2.0 */
/*
 * picture_web.c - pictures of the site and of the genuine page: put there, shown,
 * taken away and back. Only what the parse role wrote is ever sent to a browser.
 */
#include "takedown/picture_page.h"

#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "base/url.h"
#include "base/utf8.h"
#include "blob/blob.h"
#include "http/http.h"
#include "takedown/brand_store.h"
#include "takedown/picture_store.h"
#include "takedown/site_page.h"
#include "takedown/site_store.h"

#define ALT_MAX 300

enum err
picture_page_set(struct web *w, struct value *o, const char *key, int64_t picture, const char *href, const char *alt)
{
	struct picture p;

	value_set(w->a, o, key, NULL);
	if (picture == 0)
		return OK;
	struct value *v = value_set_object(w->a, o, key);

	TRY(picture_get(w->db, w->a, picture, &p));
	value_set_int(w->a, v, "id", p.id);
	value_set_text(w->a, v, "state", p.state);
	value_set_int(w->a, v, "width", p.width);
	value_set_int(w->a, v, "height", p.height);
	value_set_text(w->a, v, "alt", p.alt);
	value_set_text(w->a, v, "sha256", p.sha256);
	value_set_text(w->a, v, "error", p.error);
	value_set_bool(w->a, v, "@ready", p.blob_id != 0);
	value_set_bool(w->a, v, "@waiting", strcmp(p.state, "waiting") == 0);
	value_set_text(w->a, v, "@error", p.error == NULL ? NULL : web_tr(w, NULL, p.error));
	value_set_text(w->a, v, "@alt", p.alt == NULL ? alt : p.alt);
	value_set_text(w->a, v, "@name", p.name);
	/* Another picture has another address. */
	value_set_text(w->a, v, "@src", arena_printf(w->a, "%s?p=%lld", href, (long long)p.id));
	return OK;
}

enum err
picture_page_compare(struct web *w, struct value *o, const struct site *s)
{
	struct brand b = { .name = "" };

	TRY(picture_page_set(w, o, "picture", s->picture_id, arena_printf(w->a, "/takedowns/%lld/picture", (long long)s->id),
	    web_trf(w, NULL, N_("The page at {url}"), I18N_ARGS({ "url", url_defang(w->a, str_of(s->url)) }))));
	if (s->brand_id != 0)
		TRY(brand_get(w->db, w->a, s->brand_id, &b));
	return picture_page_set(w, o, "genuine", b.reference_id,
	    arena_printf(w->a, "/takedowns/brands/%lld/picture", (long long)b.id),
	    web_trf(w, NULL, N_("The genuine page of {brand}"), I18N_ARGS({ "brand", b.name })));
}

bool
picture_page_waits(const struct value *o)
{
	return value_true(value_get(value_get(o, "picture"), "@waiting"));
}

static enum err
send(struct web *w, int64_t picture)
{
	struct picture p;
	struct str bytes;

	if (picture == 0)
		return ERR_NOT_FOUND;
	TRY(picture_get(w->db, w->a, picture, &p));
	if (p.blob_id == 0)
		return ERR_NOT_FOUND;
	TRY(blob_get(w->blobs, w->db, w->a, p.blob_id, LIMIT_PICTURE_MADE, &bytes));
	w->cache = "private, max-age=600";
	return web_bytes(w, "image/jpeg", bytes);
}

/* The uploaded file as a picture; 0 with a problem. */
static enum err
take(struct web *w, int64_t *ret)
{
	size_t n;
	const struct http_file *const *list = web_files(w, "picture", &n);
	const char *alt = web_line(w, "alt", ALT_MAX);

	*ret = 0;
	if (n == 0 || list[0]->size == 0)
		web_problem(w, "picture", N_("Choose a picture first."));
	else if (list[0]->size > LIMIT_PICTURE_FILE)
		web_problem(w, "picture", N_("The picture is larger than 10 MB. Make it smaller."));
	if (problems_any(&w->problems))
		return OK;
	struct str name = utf8_take(utf8_clean_line(w->a, list[0]->name), LIMIT_NAME);

	return picture_add(w->db, w->a, list[0]->sink_result, name.n == 0 ? "picture" : arena_cstr(w->a, name), alt,
	    web_actor(w), ret);
}

static enum err
answer(struct web *w, const char *object, int64_t id, int64_t was, int64_t now, const char *location)
{
	struct value *p = value_object(w->a);
	int64_t undo;

	value_set_int(w->a, p, object, id);
	value_set_int(w->a, p, "was", was);
	value_set_int(w->a, p, "now", now);
	TRY(web_add_undo(w, "takedown.picture", p, &undo));
	value_set_id(w->a, w->data, "picture", now);
	return web_redirect(w, location, now == 0 ? N_("Picture removed") : N_("The picture is being read"), undo);
}

static enum err
refused(struct web *w, const char *location)
{
	return w->json ? ERR_INVALID : web_redirect(w, location, w->problems.first->message, 0);
}

static enum err
site_picture(struct web *w)
{
	struct site s;

	TRY(site_page_get(w, &s));
	return send(w, s.picture_id);
}

static enum err
site_change_picture(struct web *w)
{
	struct site s;
	int64_t id = 0;

	TRY(site_page_get(w, &s));
	const char *location = arena_printf(w->a, "/takedowns/%lld#pictures", (long long)s.id);

	if (strcmp(web_form(w, "act"), "remove") != 0)
		TRY(take(w, &id));
	if (problems_any(&w->problems))
		return refused(w, location);
	TRY(site_set_picture(w->db, w->a, &s, id, web_actor(w)));
	return answer(w, "site", s.id, s.picture_id, id, location);
}

static enum err
brand_of_path(struct web *w, struct brand *ret)
{
	int64_t id;

	if (!str_int(str_of(web_path(w, "id")), 1, INT64_MAX, &id))
		return ERR_NOT_FOUND;
	return brand_get(w->db, w->a, id, ret);
}

static enum err
brand_picture(struct web *w)
{
	struct brand b;

	TRY(brand_of_path(w, &b));
	return send(w, b.reference_id);
}

static enum err
brand_change_picture(struct web *w)
{
	struct brand b;
	int64_t id = 0;

	TRY(brand_of_path(w, &b));
	const char *location = arena_printf(w->a, "/takedowns/brands/%lld#pictures", (long long)b.id);

	if (strcmp(web_form(w, "act"), "remove") != 0)
		TRY(take(w, &id));
	if (problems_any(&w->problems))
		return refused(w, location);
	TRY(brand_set_picture(w->db, w->a, &b, id, web_actor(w)));
	return answer(w, "brand", b.id, b.reference_id, id, location);
}

/* As it was, unless somebody changed it since. */
static enum err
undo(struct web *w, const struct value *payload)
{
	int64_t site = value_integer(value_get(payload, "site")), brand = value_integer(value_get(payload, "brand"));
	int64_t was = value_integer(value_get(payload, "was")), now = value_integer(value_get(payload, "now"));
	struct site s;
	struct brand b;

	if (site != 0) {
		TRY(site_get(w->db, w->a, site, w->user, &s));
		return s.picture_id != now ? ERR_CONFLICT : site_set_picture(w->db, w->a, &s, was, web_actor(w));
	}
	TRY(brand_get(w->db, w->a, brand, &b));
	return b.reference_id != now ? ERR_CONFLICT : brand_set_picture(w->db, w->a, &b, was, web_actor(w));
}

const struct web_route picture_routes[] = {
	{ WEB_GET, "/takedowns/:id/picture", PERM_INCIDENT_READ, site_picture, 0, "The picture of a site, as JPEG" },
	{ WEB_POST, "/takedowns/:id/picture", PERM_INCIDENT_EDIT, site_change_picture, WEB_FILES,
	    "Give a site a picture (file picture: PNG, JPEG, WebP; alt: what is to be seen), or act = remove" },
	{ WEB_GET, "/takedowns/brands/:id/picture", PERM_INCIDENT_READ, brand_picture, 0, "The genuine page of a brand, as JPEG" },
	{ WEB_POST, "/takedowns/brands/:id/picture", PERM_INCIDENT_EDIT, brand_change_picture, WEB_FILES,
	    "Give a brand the picture of its genuine page, as for a site" },
	{ 0 },
};
const struct web_undo picture_undos[] = {
	{ "takedown.picture", PERM_INCIDENT_EDIT, undo },
	{ 0 },
};
