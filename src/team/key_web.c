/* SPDX-License-Identifier: Apache-2.0 */
/* key_web.c - /admin/keys: the team's own OpenPGP key and those of others.
 * gpg is slow, so it is asked before the write transaction. */
#include <string.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/limit.h"
#include "mail/mail_crypt.h"
#include "team/key_store.h"
#include "team/team_web.h"
#include "web/web_crypt.h"
#include "web/web_state.h"

#define TITLE N_("Keys")

static void
set_expiry(struct web *w, struct value *o, int64_t expires_at)
{
	struct value *b;

	web_set_time(w, o, "expires_at", expires_at);
	if (expires_at == 0 || expires_at > w->now + 30 * CLOCK_DAY)
		return;
	b = value_set_object(w->a, o, "@badge");
	value_set_text(w->a, b, "state", expires_at <= w->now ? "late" : "soon");
	value_set_text(w->a, b, "text",
	    expires_at <= w->now ? web_tr(w, NULL, N_("Expired")) : web_tr(w, NULL, N_("Expires soon")));
}

/* In groups of four, as people compare them. */
static const char *
groups_of_four(struct web *w, const char *fingerprint)
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
own_key(struct web *w, const char *fingerprint)
{
	struct value *all, *o;

	if (*fingerprint == '\0')
		return OK;
	o = value_set_object(w->a, w->data, "own");
	value_set_text(w->a, o, "fingerprint", fingerprint);
	value_set_text(w->a, o, "@shown", groups_of_four(w, fingerprint));
	TRY(key_store_list(w->db, w->a, "", &all));
	for (size_t i = 0; i < value_count(all); i++) {
		const struct value *k = value_at(all, i);

		if (strcmp(value_cstr(value_get(k, "fingerprint")), fingerprint) != 0)
			continue;
		value_set_text(w->a, o, "email", value_cstr(value_get(k, "email")));
		set_expiry(w, o, value_integer(value_get(k, "expires_at")));
	}
	return OK;
}

static enum err
model(struct web *w)
{
	const char *own = setting_text(w->db, w->a, "pgp.key");
	struct value *items;

	TRY(own_key(w, own));
	TRY(key_store_list(w->db, w->a, own, &items));
	for (size_t i = 0; i < value_count(items); i++) {
		struct value *o = value_item(items, i);

		value_set_text(w->a, o, "@shown",
		    groups_of_four(w, value_cstr(value_get(o, "fingerprint"))));
		web_set_time(w, o, "created_at", value_integer(value_get(o, "created_at")));
		web_set_time(w, o, "added_at", value_integer(value_get(o, "added_at")));
		set_expiry(w, o, value_integer(value_get(o, "expires_at")));
	}
	value_set_int(w->a, w->data, "total", (int64_t)value_count(items));
	value_set(w->a, w->data, "items", items);
	team_web_admin_nav(w, "/admin/keys");
	return OK;
}

static enum err
show(struct web *w)
{
	TRY(model(w));
	return web_page(w, "admin_keys", TITLE);
}

static enum err
again(struct web *w)
{
	TRY(model(w));
	return web_again(w, "admin_keys", TITLE);
}

/* What gpg said, between the two steps. */
struct found {
	struct crypt_keys keys;
	struct str armored; /* our public key, or what was pasted */
	bool own;
};

static enum err
ask_make(struct web *w, struct ipc *crypt, struct found *f, const char **why)
{
	const char *email = setting_text(w->db, w->a, "team.email"), *fingerprint;

	if (*email == '\0') {
		web_problem(w, "", N_("Set the team's mail address first: the key bears it."));
		return OK;
	}
	if (*setting_text(w->db, w->a, "pgp.key") != '\0')
		return ERR_CONFLICT;
	TRY(mail_crypt_make_key(crypt, w->a, setting_text(w->db, w->a, "team.name.en"), email,
	    &fingerprint, why));
	f->keys.item = arena_one(w->a, struct crypt_key);
	f->keys.n = 1;
	f->keys.item[0].fingerprint = arena_dup(w->a, fingerprint);
	f->keys.item[0].created_at = w->now;
	f->own = true;
	return mail_crypt_export_own(crypt, w->a, fingerprint, &f->armored, why);
}

/* A letter to a key that cannot encrypt would wait for ever: say so now. */
static void
check_usable(struct web *w, const struct crypt_keys *keys)
{
	for (size_t i = 0; i < keys->n; i++) {
		const struct crypt_key *k = &keys->item[i];

		if (k->revoked || k->expired || (k->expires_at != 0 && k->expires_at <= w->now))
			web_problem(w, "armored", N_("This key has expired or was revoked. Ask for a new one."));
		else if (!k->can_encrypt)
			web_problem(w, "armored", N_("Nothing can be encrypted to this key. Ask for another one."));
	}
}

static enum err
ask_import(struct web *w, struct ipc *crypt, struct found *f, bool secret, const char **why)
{
	const char *field = secret ? "secret_key" : "armored";

	f->armored = str_of(web_body(w, field, LIMIT_KIB(256)));
	f->own = secret;
	if (f->armored.n == 0)
		web_problem(w, field, N_("This is empty. Fill it in."));
	if (problems_any(&w->problems))
		return OK;
	if (!secret) {
		TRY(mail_crypt_import_key(crypt, w->a, f->armored, &f->keys, why));
		check_usable(w, &f->keys);
		return OK;
	}
	TRY(mail_crypt_import_secret(crypt, w->a, f->armored, &f->keys, why));
	if (f->keys.n != 1)
		return ERR_INVALID;
	return mail_crypt_export_own(crypt, w->a, f->keys.item[0].fingerprint, &f->armored, why);
}

static enum err
prepare(struct web *w)
{
	static const char *const acts[] = { "make", "import", "add", "remove", "forget", NULL };
	const char *act = web_choice(w, "act", acts, true), *why = "";
	struct found *f = arena_one(w->a, struct found);
	enum err e = OK;

	w->prepared = f;
	if (strcmp(act, "make") == 0 || strcmp(act, "import") == 0 || strcmp(act, "add") == 0) {
		struct ipc *crypt = web_crypt_take(web_crypt(w->state));

		e = strcmp(act, "make") == 0
		    ? ask_make(w, crypt, f, &why)
		    : ask_import(w, crypt, f, strcmp(act, "import") == 0, &why);
		web_crypt_give(web_crypt(w->state));
	}
	if (e == ERR_CONFLICT)
		return e;
	if (e == ERR_UNAVAILABLE)
		problems_add(&w->problems, "", N_("The keyring is away. Is gpg installed, and does the crypt role run? ({value})"), why);
	else if (e != OK)
		problems_add(&w->problems, strcmp(act, "add") == 0 ? "armored" : strcmp(act, "import") == 0 ? "secret_key" : "",
		    N_("This could not be read as a key. Paste the block from BEGIN to END; a secret key must have no passphrase. ({value})"), why);
	return problems_any(&w->problems) ? again(w) : OK;
}

static const char *
first_address(const struct crypt_key *k, const char *otherwise)
{
	return k->addresses.n > 0 ? k->addresses.item[0] : otherwise;
}

static enum err
store(struct web *w, const struct found *f)
{
	const char *team = setting_text(w->db, w->a, "team.email");

	for (size_t i = 0; i < f->keys.n; i++) {
		const struct crypt_key *k = &f->keys.item[i];
		const struct key_store_new n = {
			.fingerprint = k->fingerprint,
			.email = first_address(k, f->own ? team : ""),
			.armored = arena_cstr(w->a, f->armored),
			.created_at = k->created_at,
			.expires_at = k->expires_at,
			.added_by = w->user->id,
		};
		struct value *payload = value_object(w->a);
		int64_t id;

		TRY(key_store_put(w->db, &n, w->now, &id));
		value_set_text(w->a, payload, "fingerprint", k->fingerprint);
		value_set_text(w->a, payload, "email", n.email);
		TRY(web_journal(w, f->own ? "key.own" : "key.add", "key", id, payload));
	}
	return OK;
}

static enum err
remove_key(struct web *w)
{
	struct value *payload = value_object(w->a);
	int64_t id = web_form_int(w, "id", 1, INT64_MAX, 0);
	const char *fingerprint;

	TRY(key_store_remove(w->db, w->a, id, &fingerprint));
	value_set_text(w->a, payload, "fingerprint", fingerprint);
	TRY(web_journal(w, "key.remove", "key", id, payload));
	return web_redirect(w, "/admin/keys", N_("The key is removed"), 0);
}

static enum err
use_own(struct web *w, const char *fingerprint)
{
	return setting_set(w->db, w->a, web_key(w->state), STR("pgp.key"), str_of(fingerprint));
}

static enum err
act(struct web *w)
{
	const struct found *f = w->prepared;
	const char *what = web_form(w, "act");

	if (strcmp(what, "remove") == 0)
		return remove_key(w);
	if (strcmp(what, "forget") == 0) {
		TRY(setting_reset(w->db, STR("pgp.key")));
		TRY(web_journal(w, "key.own-forget", "key", 0, NULL));
		return web_redirect(w, "/admin/keys", N_("Letters now leave unsigned; the key stays in the keyring"), 0);
	}
	TRY(store(w, f));
	if (f->own)
		TRY(use_own(w, f->keys.item[0].fingerprint));
	return web_redirect(w, "/admin/keys", f->own ? N_("Letters are now signed with this key") : N_("The key is added"), 0);
}

const struct web_route team_key_routes[] = {
	{ WEB_GET, "/admin/keys", PERM_ADMIN, show, 0, "The team's key and those of others" },
	{ WEB_POST, "/admin/keys", PERM_ADMIN, act, 0,
	    "act = make; import with secret_key; add with armored; remove with id; forget", prepare },
	{ 0 },
};
