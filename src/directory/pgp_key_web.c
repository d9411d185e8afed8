/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/pgp_key_web.h"

#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "mail/mail_crypt.h"
#include "web/web_crypt.h"
#include "web/web_state.h"

enum err
pgp_key_ask(struct web *w)
{
	struct pgp_key *key = arena_one(w->a, struct pgp_key);
	const char *text = web_body(w, "pgp_key", LIMIT_KIB(256));

	*key = (struct pgp_key){ 0 };
	w->prepared = key;
	if (str_trim(str_of(text)).n == 0 || strcmp(web_form(w, "act"), "remove") == 0)
		return OK;
	return pgp_key_judge(w, "pgp_key", text, key);
}

enum err
pgp_key_judge(struct web *w, const char *field, const char *text, struct pgp_key *key)
{
	struct crypt_keys found = { 0 };
	const char *why = "";

	*key = (struct pgp_key){ 0 };
	struct ipc *crypt = web_crypt_take(web_crypt(w->state));
	enum err e = mail_crypt_import_key(crypt, w->a, str_of(text), &found, &why);

	web_crypt_give(web_crypt(w->state));
	if (e == ERR_UNAVAILABLE) {
		problems_add(&w->problems, field,
		    N_("The keyring is away. Is gpg installed, and does the crypt role run? ({value})"), why);
		return OK;
	}
	if (e != OK || found.n == 0) {
		web_problem(w, field, N_("This is not an OpenPGP public key. Paste the block from BEGIN to END."));
		return OK;
	}
	const struct crypt_key *k = &found.item[0];

	if (found.n > 1)
		web_problem(w, field, N_("This holds several keys. Paste one."));
	else if (k->revoked || k->expired || (k->expires_at != 0 && k->expires_at <= w->now))
		web_problem(w, field, N_("This key has expired or was revoked. Ask for a new one."));
	else if (!k->can_encrypt)
		web_problem(w, field, N_("Nothing can be encrypted to this key. Ask for another one."));
	*key = (struct pgp_key){
		.fingerprint = k->fingerprint,
		.email = k->addresses.n > 0 ? k->addresses.item[0] : web_form(w, "email"),
		.armored = text,
		.created_at = k->created_at,
		.expires_at = k->expires_at,
	};
	return OK;
}

enum err
pgp_key_keep(struct web *w, int64_t *ret_id)
{
	const struct pgp_key *key = w->prepared;

	if (key == NULL || key->fingerprint == NULL)
		return OK;
	struct value *v = value_object(w->a);

	TRY(pgp_key_put(w->db, key, web_actor(w), ret_id));
	value_set_text(w->a, v, "fingerprint", key->fingerprint);
	value_set_text(w->a, v, "email", key->email);
	return web_journal(w, "key.add", "key", *ret_id, v);
}
