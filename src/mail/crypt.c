/* SPDX-License-Identifier: Apache-2.0 */
#include "mail/crypt.h"

#include <errno.h>
#include <fcntl.h>
#include <gpgme.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/base64.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/limit.h"
#include "base/scan.h"
#include "base/utf8.h"
#include "mail/crypt_p12.h"

/* "/S.gpg-agent.extra" must fit into sun_path beside it. */
#define HOME_PATH_MAX 80
#define KEYS_MAX 1000
#define IMPORT_MAX LIMIT_MIB(1)

struct crypt_home {
	char path[HOME_PATH_MAX + 1];
	bool has_smime;
};

/* -- handles ----------------------------------------------------------------- */

static void
context_done(gpgme_ctx_t *p)
{
	if (*p != NULL)
		gpgme_release(*p);
}
static void
data_done(gpgme_data_t *p)
{
	if (*p != NULL)
		gpgme_data_release(*p);
}
static void
key_done(gpgme_key_t *p)
{
	if (*p != NULL)
		gpgme_key_unref(*p);
}
#define CONTEXT __attribute__((cleanup(context_done))) gpgme_ctx_t
#define DATA __attribute__((cleanup(data_done))) gpgme_data_t
#define KEY __attribute__((cleanup(key_done))) gpgme_key_t

/* -- errors ------------------------------------------------------------------ */

static enum err
fail(struct buf *out, enum err e, const char *sentence)
{
	buf_clear(out);
	buf_text(out, sentence);
	return e;
}

static enum err
gpg_fail(struct buf *out, gpgme_error_t why, const char *doing)
{
	static const struct {
		gpgme_err_code_t code;
		enum err e;
		const char *sentence;
	} known[] = {
		{ GPG_ERR_NO_SECKEY, ERR_NOT_FOUND, "we have no secret key for it" },
		{ GPG_ERR_NO_PUBKEY, ERR_NOT_FOUND, "we do not have that key" },
		{ GPG_ERR_EOF, ERR_NOT_FOUND, "we do not have that key" },
		{ GPG_ERR_NO_DATA, ERR_INVALID, "it holds nothing that OpenPGP or S/MIME knows" },
		{ GPG_ERR_BAD_DATA, ERR_INVALID, "its data are damaged" },
		{ GPG_ERR_DECRYPT_FAILED, ERR_INVALID,
		    "its data are damaged or not protected against change" },
		{ GPG_ERR_UNUSABLE_PUBKEY, ERR_DENIED,
		    "the key cannot encrypt: it is expired, revoked or made for signing" },
		{ GPG_ERR_UNUSABLE_SECKEY, ERR_DENIED,
		    "our key cannot sign: it is expired, revoked or made for other uses" },
		{ GPG_ERR_BAD_PASSPHRASE, ERR_DENIED, "the secret key is locked by a passphrase" },
		{ GPG_ERR_NO_PIN_ENTRY, ERR_DENIED, "the secret key is locked by a passphrase" },
		{ GPG_ERR_CANCELED, ERR_DENIED, "the secret key is locked by a passphrase" },
		{ GPG_ERR_INV_ENGINE, ERR_UNAVAILABLE, "gpg is not installed" },
		{ GPG_ERR_EFBIG, ERR_LIMIT, "its content is larger than we accept" },
		{ GPG_ERR_ENOSPC, ERR_IO, "the disk is full" },
	};
	gpgme_err_code_t code = gpgme_err_code(why);

	buf_clear(out);
	for (size_t i = 0; i < COUNT(known); i++)
		if (known[i].code == code) {
			buf_text(out, known[i].sentence);
			return known[i].e;
		}
	char words[200] = "";

	(void)gpgme_strerror_r(why, words, sizeof(words)); /* what fits is enough */
	buf_printf(out, "%s failed: %s", doing, words);
	return ERR_INVALID;
}

/* -- data -------------------------------------------------------------------- */

static ssize_t
plain_write(void *object, const void *p, size_t n)
{
	struct buf *b = object;

	buf_add(b, p, n);
	if (b->failed) { /* a small message can decompress to any size */
		errno = EFBIG;
		return -1;
	}
	return (ssize_t)n;
}

static gpgme_error_t
data_of(struct str s, gpgme_data_t *ret)
{
	return gpgme_data_new_from_mem(ret, s.n > 0 ? s.p : "", s.n, 0);
}

static gpgme_error_t
data_into(struct buf *b, gpgme_data_t *ret)
{
	static struct gpgme_data_cbs callbacks = { .write = plain_write };

	return gpgme_data_new_from_cbs(ret, &callbacks, b);
}

static gpgme_error_t
context_new(const struct crypt_home *h, gpgme_protocol_t protocol, gpgme_ctx_t *ret)
{
	gpgme_ctx_t c = NULL;
	gpgme_error_t e = gpgme_new(&c);

	if (e == 0)
		e = gpgme_set_protocol(c, protocol);
	if (e == 0)
		e = gpgme_ctx_set_engine_info(c, protocol, NULL, h->path);
	if (e != 0) {
		if (c != NULL)
			gpgme_release(c);
		return e;
	}
	gpgme_set_offline(c, 1);
	gpgme_set_armor(c, 1);
	/* Nobody sits here to type a passphrase; CMS does not know this mode. */
	if (protocol == GPGME_PROTOCOL_OpenPGP)
		(void)gpgme_set_pinentry_mode(c, GPGME_PINENTRY_MODE_ERROR);
	*ret = c;
	return 0;
}

static const char *
text_clean(struct arena *a, const char *s)
{
	return arena_cstr(a, utf8_clean_line(a, str_of(s)));
}

static const char *
address_clean(struct arena *a, const char *s)
{
	struct str t = utf8_clean_line(a, str_of(s));

	if (str_starts(t, STR("<")) && str_ends(t, STR(">")))
		t = str_take(str_skip(t, 1), t.n - 2);
	char *p = arena_dupn(a, t.p, t.n);

	for (size_t i = 0; i < t.n; i++)
		p[i] = str_lower(p[i]);
	return p;
}

static void
key_users(struct arena *a, gpgme_key_t key, struct mail_texts *ret_users,
    struct mail_texts *ret_addresses)
{
	size_t n = 0;

	for (gpgme_user_id_t u = key->uids; u != NULL; u = u->next)
		n++;
	*ret_users = (struct mail_texts){ .item = arena_many(a, const char *, n) };
	*ret_addresses = (struct mail_texts){ .item = arena_many(a, const char *, n) };
	for (gpgme_user_id_t u = key->uids; u != NULL; u = u->next) {
		if (u->revoked || u->invalid)
			continue;
		ret_users->item[ret_users->n++] = text_clean(a, u->uid);
		/* An S/MIME subject "CN=…" has its address in a user id of its own. */
		const char *at = u->email != NULL && u->email[0] != '\0' ? u->email : u->address;

		if (at != NULL && at[0] != '\0')
			ret_addresses->item[ret_addresses->n++] = address_clean(a, at);
	}
}

/* -- verify and decrypt ------------------------------------------------------ */

static enum mail_signature
state_of(const gpgme_signature_t s, gpgme_protocol_t protocol)
{
	/* The mask may say red while the status says nothing: red always wins. */
	switch (gpgme_err_code(s->status)) {
	case GPG_ERR_NO_ERROR:
		if ((s->summary & GPGME_SIGSUM_RED) != 0)
			return MAIL_SIGNATURE_BAD;
		/* An OpenPGP key is here because somebody put it here. A certificate
		 * comes with the mail: without a chain to a root that we trust it says
		 * nothing about who wrote it. */
		if (protocol == GPGME_PROTOCOL_CMS && s->validity < GPGME_VALIDITY_FULL)
			return MAIL_SIGNATURE_UNKNOWN_KEY;
		return MAIL_SIGNATURE_GOOD;
	case GPG_ERR_BAD_SIGNATURE:
		return MAIL_SIGNATURE_BAD;
	case GPG_ERR_NO_PUBKEY:
		return MAIL_SIGNATURE_UNKNOWN_KEY;
	case GPG_ERR_SIG_EXPIRED:
	case GPG_ERR_KEY_EXPIRED:
	case GPG_ERR_CERT_EXPIRED:
		return (s->summary & GPGME_SIGSUM_RED) != 0 && protocol == GPGME_PROTOCOL_OpenPGP &&
			(s->summary & (GPGME_SIGSUM_KEY_EXPIRED | GPGME_SIGSUM_SIG_EXPIRED)) == 0
		    ? MAIL_SIGNATURE_BAD
		    : MAIL_SIGNATURE_EXPIRED;
	case GPG_ERR_CERT_REVOKED:
		return MAIL_SIGNATURE_REVOKED;
	default:
		return (s->summary & GPGME_SIGSUM_RED) != 0 ? MAIL_SIGNATURE_BAD
							     : MAIL_SIGNATURE_UNCHECKED;
	}
}

static void
result_of(struct arena *a, gpgme_ctx_t c, gpgme_protocol_t protocol, struct crypt_result *ret)
{
	gpgme_verify_result_t v = gpgme_op_verify_result(c);
	size_t n = 0;

	for (gpgme_signature_t s = v == NULL ? NULL : v->signatures; s != NULL; s = s->next)
		n++;
	ret->signature = arena_many(a, struct crypt_signature, n);
	ret->n = 0;
	for (gpgme_signature_t s = v == NULL ? NULL : v->signatures; s != NULL; s = s->next)
		ret->signature[ret->n++] = (struct crypt_signature){
			.state = state_of(s, protocol),
			.fingerprint = text_clean(a, s->fpr),
			.user = "",
			.at = (int64_t)s->timestamp * CLOCK_SECOND,
		};
	/* Asking for keys ends the operation whose result was just copied. */
	for (size_t i = 0; i < ret->n; i++) {
		struct crypt_signature *s = &ret->signature[i];
		KEY key = NULL;
		struct mail_texts users;

		if (s->fingerprint[0] == '\0' || gpgme_get_key(c, s->fingerprint, &key, 0) != 0)
			continue;
		key_users(a, key, &users, &s->addresses);
		s->user = users.n > 0 ? users.item[0] : "";
		if (key->fpr != NULL) /* of the key, not of the subkey that signed */
			s->fingerprint = text_clean(a, key->fpr);
	}
}

static enum err
verify(struct crypt_home *h, struct arena *a, gpgme_protocol_t protocol, struct scan *in,
    struct buf *out)
{
	struct str data = scan_counted(in);
	struct str signature = scan_counted(in);
	struct crypt_result r = { 0 };
	CONTEXT c = NULL;
	DATA d = NULL;
	DATA s = NULL;

	TRY(scan_end(in));
	gpgme_error_t e = context_new(h, protocol, &c);

	if (e == 0)
		e = data_of(data, &d);
	if (e == 0)
		e = data_of(signature, &s);
	if (e == 0)
		e = gpgme_op_verify(c, s, d, NULL);
	if (e != 0)
		return gpg_fail(out, e, "Checking the signature");
	result_of(a, c, protocol, &r);
	if (r.n == 0)
		return fail(out, ERR_INVALID, "it holds nothing that OpenPGP or S/MIME knows");
	mail_crypt_result_encode(&r, out);
	return OK;
}

static enum err
open_message(struct crypt_home *h, struct arena *a, gpgme_protocol_t protocol, struct scan *in,
    struct buf *out)
{
	struct str data = scan_counted(in);
	struct buf *plain = buf_new(a, LIMIT_MAIL);
	struct crypt_result r = { 0 };
	bool clear = str_find(str_take(data, 4096), STR("-----BEGIN PGP SIGNED MESSAGE-----"), 0) !=
	    SIZE_MAX;
	CONTEXT c = NULL;
	gpgme_error_t e;

	TRY(scan_end(in));
	e = context_new(h, protocol, &c);
	if (e == 0 && !clear) {
		DATA from = NULL;
		DATA to = NULL;

		e = data_of(data, &from);
		if (e == 0)
			e = data_into(plain, &to);
		if (e == 0)
			e = protocol == GPGME_PROTOCOL_CMS ? gpgme_op_decrypt(c, from, to)
							   : gpgme_op_decrypt_verify(c, from, to);
		if (e == 0) {
			r.decrypted = true;
			if (protocol == GPGME_PROTOCOL_OpenPGP)
				result_of(a, c, protocol, &r);
		}
		if (plain->failed)
			return fail(out, ERR_LIMIT, "its content is larger than we accept");
	}
	/* Signed but not encrypted: both engines then find nothing to decrypt. */
	if (clear || gpgme_err_code(e) == GPG_ERR_NO_DATA ||
	    (e != 0 && protocol == GPGME_PROTOCOL_CMS)) {
		DATA from = NULL;
		DATA to = NULL;
		gpgme_error_t first = e;

		CONTEXT fresh = NULL; /* gpgsm's session does not survive the failure */

		buf_clear(plain);
		e = context_new(h, protocol, &fresh);
		if (e == 0)
			e = data_of(data, &from);
		if (e == 0)
			e = data_into(plain, &to);
		if (e == 0)
			e = gpgme_op_verify(fresh, from, NULL, to);
		if (e == 0)
			result_of(a, fresh, protocol, &r);
		if (plain->failed)
			return fail(out, ERR_LIMIT, "its content is larger than we accept");
		if (e != 0 || r.n == 0)
			return gpg_fail(out, first != 0 ? first : e, "Opening it");
	}
	if (e != 0)
		return gpg_fail(out, e, "Opening it");
	r.text = buf_view(plain);
	mail_crypt_result_encode(&r, out);
	return OK;
}

/* -- sign and encrypt -------------------------------------------------------- */

static struct str
fingerprint_scan(struct scan *in)
{
	struct str s = scan_counted(in);

	for (size_t i = 0; i < s.n; i++)
		if (!str_is_alnum(s.p[i]))
			in->failed = true;
	if (s.n > 64)
		in->failed = true;
	return s;
}

static gpgme_error_t
signer_add(struct arena *a, gpgme_ctx_t c, struct str fingerprint)
{
	KEY key = NULL;
	gpgme_error_t e = gpgme_get_key(c, arena_cstr(a, fingerprint), &key, 1);

	if (gpgme_err_code(e) == GPG_ERR_EOF)
		return gpgme_error(GPG_ERR_NO_SECKEY);
	return e != 0 ? e : gpgme_signers_add(c, key);
}

static enum err
sign(struct crypt_home *h, struct arena *a, struct scan *in, struct buf *out)
{
	struct str fingerprint = fingerprint_scan(in);
	struct str data = scan_counted(in);
	struct buf *signature = buf_new(a, LIMIT_MIB(1));
	CONTEXT c = NULL;
	DATA from = NULL;
	DATA to = NULL;

	TRY(scan_end(in));
	gpgme_error_t e = context_new(h, GPGME_PROTOCOL_OpenPGP, &c);

	if (e == 0)
		e = signer_add(a, c, fingerprint);
	if (e == 0)
		e = data_of(data, &from);
	if (e == 0)
		e = data_into(signature, &to);
	if (e == 0)
		e = gpgme_op_sign(c, from, to, GPGME_SIG_MODE_DETACH);
	if (e != 0)
		return gpg_fail(out, e, "Signing");
	gpgme_sign_result_t r = gpgme_op_sign_result(c);

	if (r == NULL || r->signatures == NULL)
		return fail(out, ERR_IO, "gpg made no signature");
	const char *hash = gpgme_hash_algo_name(r->signatures->hash_algo);
	char *micalg = arena_printf(a, "pgp-%s", hash == NULL ? "sha512" : hash);

	for (char *p = micalg; *p != '\0'; p++)
		*p = str_lower(*p);
	buf_u32(out, (uint32_t)strlen(micalg));
	buf_text(out, micalg);
	buf_u32(out, (uint32_t)signature->n);
	buf_str(out, buf_view(signature));
	return OK;
}

static enum err
encrypt_sign(struct crypt_home *h, struct arena *a, struct scan *in, struct buf *out)
{
	struct str signer = fingerprint_scan(in);
	uint32_t n = scan_u32(in);
	CONTEXT c = NULL;
	gpgme_key_t keys[33] = { NULL };
	size_t have = 0;
	gpgme_error_t e = context_new(h, GPGME_PROTOCOL_OpenPGP, &c);

	if (n == 0 || n >= COUNT(keys))
		return fail(out, ERR_LIMIT, "between 1 and 32 keys can be encrypted to");
	for (uint32_t i = 0; i < n; i++) {
		struct str fingerprint = fingerprint_scan(in);

		if (e == 0 && !in->failed)
			e = gpgme_get_key(c, arena_cstr(a, fingerprint), &keys[have], 0);
		if (e == 0 && keys[have] != NULL)
			have++;
	}
	struct str data = scan_counted(in);
	enum err bad = scan_end(in);

	if (bad == OK && e == 0) {
		DATA from = NULL;
		DATA to = NULL;

		if (signer.n > 0)
			e = signer_add(a, c, signer);
		if (e == 0)
			e = data_of(data, &from);
		if (e == 0)
			e = data_into(out, &to);
		if (e == 0)
			e = signer.n > 0
			    ? gpgme_op_encrypt_sign(c, keys, GPGME_ENCRYPT_ALWAYS_TRUST, from, to)
			    : gpgme_op_encrypt(c, keys, GPGME_ENCRYPT_ALWAYS_TRUST, from, to);
	}
	for (size_t i = 0; i < have; i++)
		gpgme_key_unref(keys[i]);
	if (bad != OK)
		return bad;
	return e != 0 ? gpg_fail(out, e, "Encrypting") : OK;
}

/* -- keys -------------------------------------------------------------------- */

static int64_t
subkey_expiry(gpgme_key_t key)
{
	/* What counts for writing to them is the newest key that can encrypt. */
	int64_t expires = 0;
	bool any = false;

	for (gpgme_subkey_t s = key->subkeys; s != NULL; s = s->next) {
		if (s->revoked || s->invalid || !s->can_encrypt)
			continue;
		if (s->expires == 0)
			expires = 0;
		else if (!any || (expires != 0 && s->expires > expires))
			expires = s->expires;
		any = true;
		if (expires == 0)
			break;
	}
	int64_t primary = key->subkeys == NULL ? 0 : key->subkeys->expires;

	return primary != 0 && (expires == 0 || primary < expires) ? primary : expires;
}

static void
key_describe(struct arena *a, gpgme_key_t key, struct crypt_key *ret)
{
	*ret = (struct crypt_key){
		.fingerprint = text_clean(a, key->fpr != NULL ? key->fpr
				: key->subkeys != NULL	      ? key->subkeys->fpr
							      : ""),
		.created_at =
		    key->subkeys == NULL ? 0 : (int64_t)key->subkeys->timestamp * CLOCK_SECOND,
		.expires_at = subkey_expiry(key) * CLOCK_SECOND,
		.secret = key->secret,
		.can_encrypt = key->can_encrypt,
		.can_sign = key->can_sign,
		.revoked = key->revoked,
		.expired = key->expired,
		.issuer = key->issuer_name != NULL ? text_clean(a, key->issuer_name) : "",
	};
	key_users(a, key, &ret->users, &ret->addresses);
}

/* Adds every key that matches; ${pattern} NULL or "" for all. */
static gpgme_error_t
keys_list(struct arena *a, gpgme_ctx_t c, const char *pattern, bool secret, struct crypt_keys *all)
{
	gpgme_error_t e =
	    gpgme_op_keylist_start(c, pattern == NULL || pattern[0] == '\0' ? NULL : pattern, secret);

	while (e == 0 && all->n < KEYS_MAX) {
		KEY key = NULL;

		e = gpgme_op_keylist_next(c, &key);
		if (e == 0)
			key_describe(a, key, &all->item[all->n++]);
	}
	(void)gpgme_op_keylist_end(c); /* ends also what was cut short */
	return gpgme_err_code(e) == GPG_ERR_EOF ? 0 : e;
}

static enum err
import(struct crypt_home *h, struct arena *a, bool want_secret, struct scan *in, struct buf *out)
{
	struct str key = scan_counted(in);
	struct crypt_keys all = { .item = arena_many(a, struct crypt_key, KEYS_MAX) };
	CONTEXT c = NULL;
	DATA d = NULL;

	TRY(scan_end(in));
	if (key.n > IMPORT_MAX)
		return fail(out, ERR_LIMIT, "a key has at most 1 MiB");
	bool has_secret = str_find(key, STR("PRIVATE KEY BLOCK"), 0) != SIZE_MAX ||
	    (key.n > 0 && (((unsigned char)key.p[0] & 0xFC) == 0x94 || (unsigned char)key.p[0] == 0xC5));

	if (!want_secret && has_secret)
		return fail(out, ERR_DENIED,
		    "this is a secret key; ask for the public one and tell the owner that the "
		    "secret key is no longer secret");
	gpgme_error_t e = context_new(h, GPGME_PROTOCOL_OpenPGP, &c);

	if (e == 0)
		e = data_of(key, &d);
	if (e == 0)
		e = gpgme_op_import(c, d);
	if (e != 0)
		return gpg_fail(out, e, "Reading the key");
	gpgme_import_result_t r = gpgme_op_import_result(c);
	const char *fingerprints[32];
	size_t n = 0;

	for (gpgme_import_status_t s = r == NULL ? NULL : r->imports; s != NULL; s = s->next) {
		bool known = false;

		for (size_t i = 0; i < n; i++)
			known = known || strcmp(fingerprints[i], s->fpr) == 0;
		if (s->result == 0 && s->fpr != NULL && !known && n < COUNT(fingerprints))
			fingerprints[n++] = arena_dup(a, s->fpr);
	}
	if (n == 0)
		return fail(out, ERR_INVALID, "there is no OpenPGP key in it");
	for (size_t i = 0; i < n; i++) {
		e = keys_list(a, c, fingerprints[i], want_secret, &all);
		if (e != 0)
			return gpg_fail(out, e, "Reading the key");
	}
	if (all.n == 0)
		return fail(out, ERR_INVALID, "there is no secret OpenPGP key in it");
	mail_crypt_keys_encode(&all, out);
	return OK;
}

static enum err
export_own(struct crypt_home *h, struct arena *a, struct scan *in, struct buf *out)
{
	struct str fingerprint = fingerprint_scan(in);
	CONTEXT c = NULL;
	DATA to = NULL;

	TRY(scan_end(in));
	gpgme_error_t e = context_new(h, GPGME_PROTOCOL_OpenPGP, &c);

	if (e == 0)
		e = data_into(out, &to);
	if (e == 0)
		e = gpgme_op_export(
		    c, arena_cstr(a, fingerprint), GPGME_EXPORT_MODE_MINIMAL, to);
	if (e != 0)
		return gpg_fail(out, e, "Exporting the key");
	if (out->n == 0)
		return fail(out, ERR_NOT_FOUND, "we do not have that key");
	return OK;
}

static enum err
make_key(struct crypt_home *h, struct arena *a, struct scan *in, struct buf *out)
{
	struct str name = utf8_clean_line(a, scan_counted(in));
	struct str address = utf8_clean_line(a, scan_counted(in));
	CONTEXT c = NULL;

	TRY(scan_end(in));
	for (size_t i = 0; i < name.n; i++)
		if (strchr("<>()", name.p[i]) != NULL)
			return fail(out, ERR_INVALID, "a key's name must not hold < > ( or )");
	if (str_find_char(address, '@', 0) == SIZE_MAX ||
	    str_find_char(address, '>', 0) != SIZE_MAX || address.n > LIMIT_ADDRESS)
		return fail(out, ERR_INVALID, "a key needs a mail address");
	gpgme_error_t e = context_new(h, GPGME_PROTOCOL_OpenPGP, &c);

	if (e == 0) /* "future-default" is Ed25519 with Curve25519 */
		e = gpgme_op_createkey(c, arena_printf(a, "%.*s <%.*s>", STR_F(name), STR_F(address)),
		    "future-default", 0, 0, NULL,
		    GPGME_CREATE_NOPASSWD | GPGME_CREATE_NOEXPIRE | GPGME_CREATE_FORCE);
	if (e != 0)
		return gpg_fail(out, e, "Making the key");
	gpgme_genkey_result_t r = gpgme_op_genkey_result(c);

	if (r == NULL || r->fpr == NULL)
		return fail(out, ERR_IO, "gpg made no key");
	buf_text(out, r->fpr);
	return OK;
}

static enum err
list_keys(struct crypt_home *h, struct arena *a, struct scan *in, struct buf *out)
{
	struct str address = utf8_clean_line(a, scan_counted(in));
	struct crypt_keys all = { .item = arena_many(a, struct crypt_key, KEYS_MAX) };
	CONTEXT c = NULL;

	TRY(scan_end(in));
	gpgme_error_t e = context_new(h, GPGME_PROTOCOL_OpenPGP, &c);

	if (e == 0)
		e = gpgme_set_keylist_mode(c, GPGME_KEYLIST_MODE_LOCAL | GPGME_KEYLIST_MODE_WITH_SECRET);
	if (e == 0)
		e = keys_list(a, c,
		    address.n == 0 ? "" : arena_printf(a, "<%.*s>", STR_F(address)), false, &all);
	if (e != 0)
		return gpg_fail(out, e, "Listing the keys");
	mail_crypt_keys_encode(&all, out);
	return OK;
}

/* -- S/MIME ------------------------------------------------------------------ */

static const char *
agent_socket(const struct crypt_home *h, struct arena *a)
{
	const char *socket = arena_printf(a, "%s/S.gpg-agent", h->path);

	if (access(socket, F_OK) == 0)
		return socket;
	/* gpg moves its sockets below /run/user where that exists; its own
	 * gpgconf knows where. */
	struct buf *out = buf_new(a, 4096);
	CONTEXT c = NULL;
	DATA to = NULL;
	const char *gpgconf = gpgme_get_dirinfo("gpgconf-name");
	const char *argv[] = { "gpgconf", "--homedir", h->path, "--list-dirs", "agent-socket", NULL };

	if (gpgconf == NULL || gpgme_new(&c) != 0 ||
	    gpgme_set_protocol(c, GPGME_PROTOCOL_SPAWN) != 0 || data_into(out, &to) != 0 ||
	    gpgme_op_spawn(c, gpgconf, argv, NULL, to, NULL, 0) != 0)
		return NULL;
	const char *moved = arena_cstr(a, str_trim(buf_view(out)));

	return moved[0] == '/' && access(moved, F_OK) == 0 ? moved : NULL;
}

/* Says ${command} to the agent, when one runs. */
static bool
agent_tell(const struct crypt_home *h, struct arena *a, const char *command)
{
	const char *socket = agent_socket(h, a);
	CONTEXT c = NULL;
	gpgme_error_t answer = 0;

	if (socket == NULL || gpgme_new(&c) != 0 ||
	    gpgme_set_protocol(c, GPGME_PROTOCOL_ASSUAN) != 0 ||
	    gpgme_ctx_set_engine_info(c, GPGME_PROTOCOL_ASSUAN, socket, "") != 0)
		return false;
	return gpgme_op_assuan_transact_ext(
		   c, command, NULL, NULL, NULL, NULL, NULL, NULL, &answer) == 0 && answer == 0;
}

static struct str
trust_read(const struct crypt_home *h, struct arena *a)
{
	FILE *f = fopen(arena_printf(a, "%s/trustlist.txt", h->path), "re");
	struct buf *b = buf_new(a, IMPORT_MAX);
	char piece[4096];
	size_t n;

	if (f == NULL)
		return STR_NULL;
	while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
		buf_add(b, piece, n);
	(void)fclose(f); /* only read */
	return buf_view(b);
}

static bool
trust_has(struct str list, const char *fingerprint)
{
	struct str line;

	while (str_line(&list, &line))
		if (str_starts(line, str_of(fingerprint)))
			return true;
	return false;
}

/* Whole or not at all: the agent may read it at any time. */
static enum err
trust_put(const char *path, struct arena *a, struct str text)
{
	const char *fresh = arena_printf(a, "%s.new", path);
	int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd == -1)
		return ERR_IO;
	bool ok = write(fd, text.p, text.n) == (ssize_t)text.n && fsync(fd) == 0;

	(void)close(fd); /* after fsync there is nothing left to fail */
	return ok && rename(fresh, path) == 0 ? OK : ERR_IO;
}

static enum err
trust_write(
    const struct crypt_home *h, struct arena *a, const char *fingerprint, bool trusted)
{
	struct str list = trust_read(h, a), line;
	struct buf *b = buf_new(a, IMPORT_MAX);

	while (str_line(&list, &line))
		if (line.n > 0 && !str_starts(line, str_of(fingerprint)))
			buf_printf(b, "%.*s\n", STR_F(line));
	if (trusted)
		buf_printf(b, "%s S\n", fingerprint);
	TRY(buf_error(b));
	TRY(trust_put(arena_printf(a, "%s/trustlist.txt", h->path), a, buf_view(b)));
	(void)agent_tell(h, a, "RELOADAGENT"); /* one that does not run reads it when it starts */
	return OK;
}

static gpgme_error_t
certificates_list(const struct crypt_home *h, struct arena *a, gpgme_ctx_t c, const char *pattern,
    struct crypt_keys *all)
{
	struct str trusted = trust_read(h, a);
	size_t from = all->n;
	gpgme_error_t e = gpgme_set_keylist_mode(
	    c, GPGME_KEYLIST_MODE_LOCAL | GPGME_KEYLIST_MODE_WITH_SECRET);

	if (e == 0)
		e = keys_list(a, c, pattern, false, all);
	for (size_t i = from; i < all->n; i++) {
		struct crypt_key *k = &all->item[i];

		k->root = k->users.n > 0 && strcmp(k->issuer, k->users.item[0]) == 0;
		k->trusted = k->root && trust_has(trusted, k->fingerprint);
	}
	return e;
}

/* gpgsm reads first the password's line (an empty one: also what the key gets
 * in our keyring), then the file. */
static gpgme_error_t
p12_import(const struct crypt_home *h, struct arena *a, struct str p12)
{
	const char *gpgsm = gpgme_get_dirinfo("gpgsm-name");
	const char *argv[] = { "gpgsm", "--homedir", h->path, "--batch", "--pinentry-mode", "loopback",
		"--passphrase-fd", "0", "--import", NULL };
	struct buf *in = buf_new(a, IMPORT_MAX + 1), *out = buf_new(a, LIMIT_KIB(64));
	CONTEXT c = NULL;
	DATA from = NULL, to = NULL;
	gpgme_error_t e;

	buf_char(in, '\n');
	buf_str(in, p12);
	e = gpgsm == NULL ? gpgme_error(GPG_ERR_INV_ENGINE) : gpgme_new(&c);
	if (e == 0)
		e = gpgme_set_protocol(c, GPGME_PROTOCOL_SPAWN);
	if (e == 0)
		e = data_of(buf_view(in), &from);
	if (e == 0)
		e = data_into(out, &to);
	return e != 0 ? e : gpgme_op_spawn(c, gpgsm, argv, from, to, NULL, 0);
}

/* What was pasted without BEGIN and END may be base64 of a file. */
static struct str
bytes_of(struct arena *a, struct str s)
{
	struct buf *b = buf_new(a, s.n + 1);
	struct str bytes;

	if (s.n > 0 && s.p[0] != '-')
		for (size_t i = 0; i < s.n; i++)
			if (!str_is_space(s.p[i]))
				buf_char(b, s.p[i]);
	return b->n > 0 && base64_parse(a, buf_view(b), &bytes) == OK ? bytes : s;
}

static enum err
smime_import(struct crypt_home *h, struct arena *a, struct scan *in, struct buf *out)
{
	struct str data = scan_counted(in);
	const char *password = arena_cstr(a, scan_counted(in)), *why = "";
	struct crypt_keys before = { .item = arena_many(a, struct crypt_key, KEYS_MAX) };
	struct crypt_keys all = { .item = arena_many(a, struct crypt_key, KEYS_MAX) };
	CONTEXT c = NULL;
	DATA d = NULL;
	gpgme_error_t e;

	TRY(scan_end(in));
	if (data.n > IMPORT_MAX)
		return fail(out, ERR_LIMIT, "a key has at most 1 MiB");
	data = bytes_of(a, str_trim(data));
	e = context_new(h, GPGME_PROTOCOL_CMS, &c);
	if (e == 0)
		e = certificates_list(h, a, c, "", &before);
	if (e != 0)
		return gpg_fail(out, e, "Listing the certificates");
	if (crypt_p12_is(data)) {
		struct buf *open = buf_new(a, IMPORT_MAX);
		enum err bad = crypt_p12_recode(a, data, password, open, &why);

		if (bad != OK)
			return fail(out, bad, why);
		e = p12_import(h, a, buf_view(open));
		if (e == 0)
			e = certificates_list(h, a, c, "", &all);
		if (e != 0)
			return gpg_fail(out, e, "Reading the key");
		/* Only what is new, or ours: who asked wants to see what came. */
		size_t n = 0;
		bool secret = false;

		for (size_t i = 0; i < all.n; i++) {
			bool known = false;

			for (size_t j = 0; j < before.n && !known; j++)
				known = strcmp(before.item[j].fingerprint, all.item[i].fingerprint) == 0;
			secret = secret || all.item[i].secret;
			if (!known || all.item[i].secret)
				all.item[n++] = all.item[i];
		}
		all.n = n;
		if (!secret)
			return fail(out, ERR_INVALID, "gpgsm did not take the secret key");
	} else {
		e = data_of(data, &d);
		if (e == 0)
			e = gpgme_op_import(c, d);
		if (e != 0)
			return fail(out, ERR_INVALID, "there is no certificate in it that can be read");
		gpgme_import_result_t r = gpgme_op_import_result(c);
		struct mail_texts found = { .item = arena_many(a, const char *, 64) };

		for (gpgme_import_status_t s = r == NULL ? NULL : r->imports; s != NULL; s = s->next)
			if (s->result == 0 && s->fpr != NULL && found.n < 64)
				found.item[found.n++] = arena_dup(a, s->fpr);
		for (size_t i = 0; i < found.n && e == 0; i++)
			e = certificates_list(h, a, c, found.item[i], &all);
		if (e != 0)
			return gpg_fail(out, e, "Listing the certificates");
		if (all.n == 0)
			return fail(out, ERR_INVALID, "there is no certificate in it");
	}
	mail_crypt_keys_encode(&all, out);
	return OK;
}

static enum err
smime_list(struct crypt_home *h, struct arena *a, struct scan *in, struct buf *out)
{
	struct crypt_keys all = { .item = arena_many(a, struct crypt_key, KEYS_MAX) };
	CONTEXT c = NULL;

	TRY(scan_end(in));
	gpgme_error_t e = context_new(h, GPGME_PROTOCOL_CMS, &c);

	if (e == 0)
		e = certificates_list(h, a, c, "", &all);
	if (e != 0)
		return gpg_fail(out, e, "Listing the certificates");
	mail_crypt_keys_encode(&all, out);
	return OK;
}

static enum err
smime_change(
    struct crypt_home *h, struct arena *a, bool removes, struct scan *in, struct buf *out)
{
	const char *fingerprint = arena_cstr(a, fingerprint_scan(in));
	bool trusted = !removes && scan_u32(in) == 1;
	struct crypt_keys all = { .item = arena_many(a, struct crypt_key, KEYS_MAX) };
	CONTEXT c = NULL;
	KEY key = NULL;

	TRY(scan_end(in));
	if (strlen(fingerprint) != 40)
		return fail(out, ERR_INVALID, "a fingerprint has 40 hexadecimal digits");
	gpgme_error_t e = context_new(h, GPGME_PROTOCOL_CMS, &c);

	if (e == 0)
		e = certificates_list(h, a, c, fingerprint, &all);
	if (e != 0)
		return gpg_fail(out, e, "Listing the certificates");
	if (all.n != 1 || strcmp(all.item[0].fingerprint, fingerprint) != 0)
		return fail(out, ERR_NOT_FOUND, "we do not have that certificate");
	if (!removes && trusted && !all.item[0].root)
		return fail(out, ERR_DENIED, "only a root, which issued itself, can be trusted");
	if (trust_write(h, a, fingerprint, trusted) != OK)
		return fail(out, ERR_IO, "the list of trusted roots cannot be written");
	if (!removes)
		return OK;
	e = gpgme_get_key(c, fingerprint, &key, 0);
	const char *grip = e == 0 && key->subkeys != NULL ? key->subkeys->keygrip : NULL;

	if (e == 0 && all.item[0].secret &&
	    (grip == NULL || !agent_tell(h, a, arena_printf(a, "DELETE_KEY --force %s", grip))))
		return fail(out, ERR_IO, "the secret key cannot be removed");
	if (e == 0)
		e = gpgme_op_delete(c, key, 1);
	return e != 0 ? gpg_fail(out, e, "Removing the certificate") : OK;
}

enum err
crypt_handle(void *object, struct arena *a, struct str name, struct str payload, struct buf *out)
{
	struct crypt_home *h = object;
	struct scan in = scan_of(payload);

	if (str_is(name, "verify"))
		return verify(h, a, GPGME_PROTOCOL_OpenPGP, &in, out);
	if (str_is(name, "decrypt"))
		return open_message(h, a, GPGME_PROTOCOL_OpenPGP, &in, out);
	if (str_starts(name, STR("smime-")) && !h->has_smime)
		return fail(out, ERR_UNAVAILABLE, "gpgsm is not installed");
	if (str_is(name, "smime-verify"))
		return verify(h, a, GPGME_PROTOCOL_CMS, &in, out);
	if (str_is(name, "smime-decrypt"))
		return open_message(h, a, GPGME_PROTOCOL_CMS, &in, out);
	if (str_is(name, "smime-import"))
		return smime_import(h, a, &in, out);
	if (str_is(name, "smime-list"))
		return smime_list(h, a, &in, out);
	if (str_is(name, "smime-trust"))
		return smime_change(h, a, false, &in, out);
	if (str_is(name, "smime-remove"))
		return smime_change(h, a, true, &in, out);
	if (str_is(name, "sign"))
		return sign(h, a, &in, out);
	if (str_is(name, "encrypt-sign"))
		return encrypt_sign(h, a, &in, out);
	if (str_is(name, "import-key"))
		return import(h, a, false, &in, out);
	if (str_is(name, "import-secret"))
		return import(h, a, true, &in, out);
	if (str_is(name, "export-own"))
		return export_own(h, a, &in, out);
	if (str_is(name, "make-key"))
		return make_key(h, a, &in, out);
	if (str_is(name, "list-keys"))
		return list_keys(h, a, &in, out);
	return fail(out, ERR_NOT_FOUND, "the crypt role does not know this request");
}

/* -- the home ---------------------------------------------------------------- */

static enum err
conf_write(const char *home, const char *name, const char *text)
{
	char path[HOME_PATH_MAX + 40];
	struct buf b;

	buf_init(&b, sizeof(path));
	buf_printf(&b, "%s/%s", home, name);
	buf_char(&b, '\0');
	bool fits = !b.failed;

	if (fits)
		memcpy(path, b.p, b.n);
	buf_done(&b);
	if (!fits)
		return ERR_LIMIT;
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd == -1)
		return errno == EEXIST ? OK : ERR_IO;
	size_t n = strlen(text);
	bool ok = write(fd, text, n) == (ssize_t)n && fsync(fd) == 0;

	(void)close(fd); /* after fsync there is nothing left to fail */
	return ok ? OK : ERR_IO;
}

enum err
crypt_home_open(const char *path, struct crypt_home **ret, const char **ret_why)
{
	const char *unused;

	if (ret_why == NULL)
		ret_why = &unused;
	if (strlen(path) > HOME_PATH_MAX) {
		*ret_why = "the path of the key folder is longer than 80 bytes, which the agent's "
			   "socket does not allow; use a shorter data folder";
		return ERR_LIMIT;
	}
	if (mkdir(path, 0700) == -1 && errno != EEXIST) {
		*ret_why = "the key folder cannot be made";
		return ERR_IO;
	}
	if (conf_write(path, "gpg.conf",
		"no-auto-key-retrieve\nno-auto-key-locate\nno-auto-check-trustdb\n"
		"no-greeting\ndisable-dirmngr\npersonal-digest-preferences SHA512 SHA384 SHA256\n") !=
		OK ||
	    conf_write(path, "gpgsm.conf", "disable-crl-checks\ndisable-dirmngr\n") != OK ||
	    conf_write(path, "gpg-agent.conf",
		"disable-scdaemon\nno-allow-external-cache\nno-allow-mark-trusted\n"
		"no-grab\npinentry-program /bin/false\n") != OK) {
		*ret_why = "the configuration of gpg cannot be written";
		return ERR_IO;
	}
	(void)gpgme_check_version(NULL); /* initialises the library */
	if (gpgme_engine_check_version(GPGME_PROTOCOL_OpenPGP) != 0) {
		*ret_why = "gpg is not installed; install the package gnupg";
		return ERR_UNAVAILABLE;
	}
	struct crypt_home *h = calloc(1, sizeof(*h));

	if (h == NULL)
		abort();
	memcpy(h->path, path, strlen(path) + 1);
	h->has_smime = gpgme_engine_check_version(GPGME_PROTOCOL_CMS) == 0;
	*ret = h;
	return OK;
}

void
crypt_home_free(struct crypt_home *h)
{
	if (h == NULL)
		return;
	AUTO(arena) a = arena_new();

	(void)agent_tell(h, a, "KILLAGENT"); /* an agent that is gone already is fine */
	free(h);
}
