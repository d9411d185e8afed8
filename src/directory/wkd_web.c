/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/wkd_web.h"

#include <string.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "base/limit.h"
#include "blob/blob.h"
#include "directory/directory_web.h"
#include "directory/lookup_store.h"
#include "directory/pgp_key_web.h"
#include "directory/wkd.h"
#include "job/job.h"

static bool
is_on(struct web *w)
{
	return strcmp(setting_text(w->db, w->a, "lookup.reach"), "nothing") != 0;
}

/* The newest answer about the contact's address, however old. */
static enum err
newest(struct web *w, const struct contact *c, struct wkd *wkd, struct lookup_answer *ret)
{
	if (c->email == NULL || wkd_of(w->a, setting_text(w->db, w->a, "lookup.wkd"), c->email, wkd) != OK)
		return ERR_NOT_FOUND;
	return lookup_newest(w->db, w->a, wkd->object, "wkd", 0, ret);
}

static const char *
state_text(struct web *w, const struct lookup_answer *x)
{
	if (strcmp(x->state, "found") == 0)
		return NULL;
	if (strcmp(x->state, "none") == 0)
		return web_tr(w, NULL, N_("The domain publishes no key for this address."));
	return web_trf(w, NULL, x->error, I18N_ARGS({ "value", x->error_value }));
}

enum err
wkd_set(struct web *w, const struct contact *c)
{
	struct lookup_answer x;
	struct wkd_key key = { 0 };
	struct pgp_key present;
	struct wkd wkd;
	enum err e = newest(w, c, &wkd, &x);

	value_set_bool(w->a, w->ui, "may_ask_wkd", c->id != 0 && c->email != NULL && *c->email != '\0' && is_on(w));
	value_set(w->a, w->data, "wkd", NULL);
	if (e != OK)
		return e == ERR_NOT_FOUND ? OK : e;
	if (*x.parsed != '\0' && wkd_parsed(w->a, str_of(x.parsed), &key) != OK)
		return OK; /* of another version of the program */
	struct value *o = value_set_object(w->a, w->data, "wkd"), *users = value_set_list(w->a, o, "users");

	TRY(pgp_key_get(w->db, w->a, c->key_id, &present));
	bool same = key.fingerprint != NULL && present.fingerprint != NULL && strcmp(key.fingerprint, present.fingerprint) == 0;
	bool usable = strcmp(x.state, "found") == 0 && key.fingerprint != NULL;

	value_set_text(w->a, o, "state", x.state);
	value_set_text(w->a, o, "fingerprint", key.fingerprint);
	value_set_text(w->a, o, "question", x.question);
	value_set_text(w->a, o, "fault", state_text(w, &x));
	value_set_bool(w->a, o, "same", same);
	value_set_bool(w->a, o, "usable", usable && !same);
	web_set_time(w, o, "created_at", key.created_at);
	web_set_time(w, o, "fetched_at", x.fetched_at);
	for (size_t i = 0; i < key.users; i++)
		value_add_text(w->a, users, key.user[i]);
	value_set_text(w->a, o, "@shown", key.fingerprint == NULL ? NULL : directory_fingerprint(w, key.fingerprint));
	return OK;
}

static enum err
contact_of_path(struct web *w, struct organisation *o, struct contact *c)
{
	TRY(directory_of_path(w, o));
	TRY(contact_get(w->db, w->a, directory_id(w, "contact"), c));
	return c->organisation_id == o->id && c->removed_at == 0 && o->removed_at == 0 ? OK : ERR_NOT_FOUND;
}

/* The key that was fetched is read by gpg before the write transaction, and
 * must be the one that the person saw. */
static enum err
prepare(struct web *w)
{
	struct pgp_key *key = arena_one(w->a, struct pgp_key);
	const char *seen = web_form(w, "fingerprint");
	struct organisation o;
	struct lookup_answer x;
	struct contact c;
	struct wkd wkd;
	struct str bytes;

	*key = (struct pgp_key){ 0 };
	w->prepared = key;
	if (strcmp(web_form(w, "act"), "take") != 0)
		return OK;
	TRY(contact_of_path(w, &o, &c));
	TRY(newest(w, &c, &wkd, &x));
	if (strcmp(x.state, "found") != 0 || x.raw_blob == 0)
		return ERR_CONFLICT;
	TRY(blob_get(w->blobs, w->db, w->a, x.raw_blob, LIMIT_WKD, &bytes));
	TRY(pgp_key_judge(w, "wkd", wkd_armor(w->a, bytes), key));
	if (problems_any(&w->problems))
		return OK; /* told by the handler */
	return strcmp(seen, key->fingerprint) == 0 ? OK : ERR_CONFLICT;
}

static enum err
act(struct web *w)
{
	static const char *const acts[] = { "ask", "take", NULL };
	const char *what = web_choice(w, "act", acts, true);
	struct organisation o;
	struct contact c;

	TRY(contact_of_path(w, &o, &c));
	const char *back = directory_href(w, o.id, arena_printf(w->a, "/contacts/%lld#wkd", (long long)c.id));

	if (strcmp(what, "take") == 0 && !problems_any(&w->problems)) {
		TRY(pgp_key_keep(w, &c.key_id));
		TRY(contact_change(w->db, w->a, &c, web_actor(w)));
		return web_redirect(w, back, N_("Letters to this contact are encrypted with this key"), 0);
	}
	if (problems_any(&w->problems))
		return w->json ? ERR_INVALID : web_redirect(w, back, w->problems.first->message, 0);
	if (c.email == NULL || *c.email == '\0')
		return ERR_INVALID;
	if (!is_on(w))
		return ERR_DENIED;
	struct value *p = value_object(w->a);

	value_set_text(w->a, p, "email", c.email);
	TRY(job_add(w->db, w->a, &(struct job_new){ .kind = "wkd.ask", .payload = p,
	    .key = arena_printf(w->a, "wkd.ask/%s", c.email) }, w->now, NULL));
	return web_redirect(w, back, N_("Its domain is being asked; reload in a moment"), 0);
}

const struct web_route wkd_routes[] = {
	{ WEB_POST, "/directory/:id/contacts/:contact/key", PERM_DIRECTORY_EDIT, act, 0,
	    "The key that the contact's domain publishes: act = ask, or take with the fingerprint that was compared", prepare },
	{ 0 },
};
