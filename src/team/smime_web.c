/* SPDX-License-Identifier: Apache-2.0 */
/* smime_web.c - /admin/smime: certificates, our own S/MIME key, trusted roots.
 * They live in the keyring of the crypt role only. */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/limit.h"
#include "mail/mail_crypt.h"
#include "team/team_web.h"
#include "web/web_crypt.h"
#include "web/web_state.h"

#define TITLE N_("S/MIME certificates")
#define SHOWN 200 /* the page stays small; the rest is counted */

/* What was asked of the crypt role before the transaction. */
struct done {
	struct crypt_keys keys; /* imported */
};

static void
set_time_left(struct web *w, struct value *o, const struct crypt_key *k)
{
	web_set_time(w, o, "expires_at", k->expires_at);
	if (k->expires_at == 0 || k->expires_at > w->now + 30 * CLOCK_DAY)
		return;
	struct value *b = value_set_object(w->a, o, "@badge");

	value_set_text(w->a, b, "state", k->expires_at <= w->now ? "late" : "soon");
	value_set_text(w->a, b, "text",
	    k->expires_at <= w->now ? web_tr(w, NULL, N_("Expired")) : web_tr(w, NULL, N_("Expires soon")));
}

static void
add_rows(struct web *w, struct value *items, const struct crypt_keys *keys, bool secret, bool root)
{
	for (size_t i = 0; i < keys->n && value_count(items) < SHOWN; i++) {
		const struct crypt_key *k = &keys->item[i];

		if (k->secret != secret || (!secret && k->root != root))
			continue;
		struct value *o = value_add_object(w->a, items);

		value_set_text(w->a, o, "subject", k->users.n > 0 ? k->users.item[0] : "");
		value_set_text(w->a, o, "email", k->addresses.n > 0 ? k->addresses.item[0] : "");
		value_set_text(w->a, o, "issuer", k->issuer);
		value_set_text(w->a, o, "fingerprint", k->fingerprint);
		value_set_bool(w->a, o, "own", k->secret);
		value_set_bool(w->a, o, "root", k->root);
		value_set_bool(w->a, o, "trusted", k->trusted);
		set_time_left(w, o, k);
	}
}

static void
model(struct web *w)
{
	struct crypt_keys keys = { 0 };
	const char *why = "";
	struct ipc *crypt = web_crypt_take(web_crypt(w->state));
	enum err e = mail_crypt_smime_list(crypt, w->a, &keys, &why);

	web_crypt_give(web_crypt(w->state));
	struct value *items = value_set_list(w->a, w->data, "items");

	if (e != OK) {
		value_set_text(w->a, w->ui, "away", why);
		keys.n = 0;
	}
	add_rows(w, items, &keys, true, false);
	add_rows(w, items, &keys, false, true);
	add_rows(w, items, &keys, false, false);
	value_set_int(w->a, w->data, "total", (int64_t)keys.n);
	if (keys.n > SHOWN)
		value_set_int(w->a, w->ui, "more", (int64_t)(keys.n - SHOWN));
	team_web_admin_nav(w, "/admin/keys");
}

static enum err
show(struct web *w)
{
	model(w);
	return web_page(w, "admin_smime", TITLE);
}

static enum err
again(struct web *w)
{
	model(w);
	return web_again(w, "admin_smime", TITLE);
}

static enum err
ask(struct web *w, struct done *d, const char *act, const char **why)
{
	const char *data = web_body(w, "certificate", LIMIT_KIB(256));
	const char *fingerprint = web_form(w, "fingerprint");
	bool adds = strcmp(act, "import") == 0;

	if (adds && *data == '\0') {
		web_problem(w, "certificate", N_("This is empty. Fill it in."));
		return OK;
	}
	struct ipc *crypt = web_crypt_take(web_crypt(w->state));
	enum err e = adds ? mail_crypt_smime_import(
				crypt, w->a, str_of(data), web_form(w, "p12_password"), &d->keys, why)
	    : strcmp(act, "remove") == 0
	    ? mail_crypt_smime_remove(crypt, w->a, fingerprint, why)
	    : mail_crypt_smime_trust(crypt, w->a, fingerprint, strcmp(act, "trust") == 0, why);

	web_crypt_give(web_crypt(w->state));
	return e;
}

/* The reasons of the crypt role that people meet, in their language. */
static const char *
reason(struct web *w, const char *why)
{
	static const char *const known[] = {
		N_("the password is wrong, or it is no PKCS#12 file"),
		N_("there is no secret key with its certificate in it that can be read"),
		N_("gpgsm takes only RSA keys from a PKCS#12 file"),
		N_("there is no certificate in it that can be read"),
		N_("we do not have that certificate"),
		N_("only a root, which issued itself, can be trusted"),
	};

	for (size_t i = 0; i < COUNT(known); i++)
		if (strcmp(why, known[i]) == 0)
			return web_tr(w, NULL, known[i]);
	return why;
}

static enum err
prepare(struct web *w)
{
	static const char *const acts[] = { "import", "trust", "distrust", "remove", NULL };
	const char *act = web_choice(w, "act", acts, true), *why = "";
	struct done *d = arena_one(w->a, struct done);
	enum err e = OK;

	w->prepared = d;
	if (!problems_any(&w->problems))
		e = ask(w, d, act, &why);
	if (e == ERR_UNAVAILABLE)
		problems_add(&w->problems, "", N_("The keyring is away. Is gpg installed, and does the crypt role run? ({value})"), why);
	else if (e != OK)
		problems_add(&w->problems, strcmp(act, "import") == 0 ? "certificate" : "",
		    N_("This was not done: {value}."), reason(w, why));
	return problems_any(&w->problems) ? again(w) : OK;
}

static enum err
journal(struct web *w, const char *action, const char *fingerprint, const char *subject)
{
	struct value *payload = value_object(w->a);

	value_set_text(w->a, payload, "fingerprint", fingerprint);
	if (*subject != '\0')
		value_set_text(w->a, payload, "subject", subject);
	return web_journal(w, action, "key", 0, payload);
}

static enum err
act(struct web *w)
{
	static const struct {
		const char *act, *action, *toast;
	} known[] = {
		{ "trust", "smime.trust", N_("The root is trusted from now on") },
		{ "distrust", "smime.distrust", N_("The root is no longer trusted") },
		{ "remove", "smime.remove", N_("The certificate is removed") },
	};
	const struct done *d = w->prepared;
	const char *what = web_form(w, "act");

	for (size_t i = 0; i < COUNT(known); i++)
		if (strcmp(what, known[i].act) == 0) {
			TRY(journal(w, known[i].action, web_form(w, "fingerprint"), ""));
			return web_redirect(w, "/admin/smime", known[i].toast, 0);
		}
	for (size_t i = 0; i < d->keys.n; i++) {
		const struct crypt_key *k = &d->keys.item[i];

		TRY(journal(w, "smime.add", k->fingerprint, k->users.n > 0 ? k->users.item[0] : ""));
	}
	return web_redirect(w, "/admin/smime", N_("The certificate is imported"), 0);
}

const struct web_route team_smime_routes[] = {
	{ WEB_GET, "/admin/smime", PERM_ADMIN, show, WEB_SLOW, "S/MIME certificates and trusted roots" },
	{ WEB_POST, "/admin/smime", PERM_ADMIN, act, 0,
	    "act = import with certificate (PEM, or base64 of DER or PKCS#12) and p12_password; trust, distrust or remove with fingerprint",
	    prepare },
	{ 0 },
};
