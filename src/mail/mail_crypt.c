/* SPDX-License-Identifier: Apache-2.0 */
#include "mail/mail_crypt.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/limit.h"
#include "base/scan.h"
#include "base/utf8.h"
#include "sys/ipc.h"

#define CRYPT_MILLISECONDS 60000

static void
counted(struct buf *b, struct str s)
{
	buf_u32(b, (uint32_t)s.n);
	buf_str(b, s);
}

static void
text(struct buf *b, const char *s)
{
	counted(b, str_of(s));
}

static void
texts(struct buf *b, const struct mail_texts *t)
{
	buf_u32(b, (uint32_t)t->n);
	for (size_t i = 0; i < t->n; i++)
		text(b, t->item[i]);
}

/* The other role writes clean texts; cleaning again costs little and lets no
 * broken one through. */
static const char *
text_scan(struct arena *a, struct scan *s)
{
	return arena_cstr(a, utf8_clean_line(a, scan_counted(s)));
}

static bool
flag_scan(struct scan *s)
{
	uint32_t v = scan_u32(s);

	if (v > 1)
		s->failed = true;
	return v == 1;
}

/* A count of things that take at least ${least} bytes each. */
static size_t
count_scan(struct scan *s, size_t least)
{
	size_t n = scan_u32(s);

	if (n > scan_left(s) / least)
		s->failed = true;
	return s->failed ? 0 : n;
}

static struct mail_texts
texts_scan(struct arena *a, struct scan *s)
{
	struct mail_texts t = { .n = count_scan(s, 4) };

	t.item = arena_many(a, const char *, t.n);
	for (size_t i = 0; i < t.n; i++)
		t.item[i] = text_scan(a, s);
	return t;
}

void
mail_crypt_result_encode(const struct crypt_result *c, struct buf *out)
{
	buf_u32(out, (uint32_t)c->n);
	for (size_t i = 0; i < c->n; i++) {
		buf_u32(out, (uint32_t)c->signature[i].state);
		text(out, c->signature[i].fingerprint);
		text(out, c->signature[i].user);
		texts(out, &c->signature[i].addresses);
		buf_u64(out, (uint64_t)c->signature[i].at);
	}
	buf_u32(out, c->decrypted ? 1 : 0);
	counted(out, c->text);
}

enum err
mail_crypt_result_decode(struct arena *a, struct str in, struct crypt_result *ret)
{
	struct scan s = scan_of(in);
	struct crypt_result c = { .n = count_scan(&s, 24) };

	c.signature = arena_many(a, struct crypt_signature, c.n);
	for (size_t i = 0; i < c.n; i++) {
		uint32_t state = scan_u32(&s);

		if (state > MAIL_SIGNATURE_UNCHECKED)
			return ERR_INVALID;
		c.signature[i].state = (enum mail_signature)state;
		c.signature[i].fingerprint = text_scan(a, &s);
		c.signature[i].user = text_scan(a, &s);
		c.signature[i].addresses = texts_scan(a, &s);
		c.signature[i].at = (int64_t)scan_u64(&s);
	}
	c.decrypted = flag_scan(&s);
	c.text = scan_counted(&s);
	TRY(scan_end(&s));
	*ret = c;
	return OK;
}

void
mail_crypt_keys_encode(const struct crypt_keys *k, struct buf *out)
{
	buf_u32(out, (uint32_t)k->n);
	for (size_t i = 0; i < k->n; i++) {
		const struct crypt_key *key = &k->item[i];

		text(out, key->fingerprint);
		texts(out, &key->users);
		texts(out, &key->addresses);
		buf_u64(out, (uint64_t)key->created_at);
		buf_u64(out, (uint64_t)key->expires_at);
		buf_u32(out, key->secret);
		buf_u32(out, key->can_encrypt);
		buf_u32(out, key->can_sign);
		buf_u32(out, key->revoked);
		buf_u32(out, key->expired);
		text(out, key->issuer);
		buf_u32(out, key->root);
		buf_u32(out, key->trusted);
	}
}

enum err
mail_crypt_keys_decode(struct arena *a, struct str in, struct crypt_keys *ret)
{
	struct scan s = scan_of(in);
	struct crypt_keys k = { .n = count_scan(&s, 60) };

	k.item = arena_many(a, struct crypt_key, k.n);
	for (size_t i = 0; i < k.n; i++) {
		struct crypt_key *key = &k.item[i];

		key->fingerprint = text_scan(a, &s);
		key->users = texts_scan(a, &s);
		key->addresses = texts_scan(a, &s);
		key->created_at = (int64_t)scan_u64(&s);
		key->expires_at = (int64_t)scan_u64(&s);
		key->secret = flag_scan(&s);
		key->can_encrypt = flag_scan(&s);
		key->can_sign = flag_scan(&s);
		key->revoked = flag_scan(&s);
		key->expired = flag_scan(&s);
		key->issuer = text_scan(a, &s);
		key->root = flag_scan(&s);
		key->trusted = flag_scan(&s);
	}
	TRY(scan_end(&s));
	*ret = k;
	return OK;
}

/* -- asking ------------------------------------------------------------------ */

static enum err
ask(struct ipc *crypt, struct arena *a, const char *name, const struct buf *payload,
    struct str *ret, const char **ret_why)
{
	struct str answer = STR_NULL;
	enum err e;

	if (crypt == NULL) {
		if (ret_why != NULL)
			*ret_why = "the part that holds the keys is not running";
		return ERR_UNAVAILABLE;
	}
	TRY(buf_error(payload));
	e = ipc_call(crypt, a, name, buf_view(payload), CRYPT_MILLISECONDS, &answer);
	if (e == OK)
		*ret = answer;
	else if (ret_why != NULL)
		*ret_why = answer.n > 0 ? arena_cstr(a, utf8_clean_line(a, answer)) : err_name(e);
	return e;
}

static struct buf *
payload_new(struct arena *a)
{
	return buf_new(a, LIMIT_FRAME);
}

enum err
mail_crypt_verify(struct ipc *crypt, struct arena *a, enum crypt_kind kind, struct str data,
    struct str signature, struct crypt_result *ret, const char **ret_why)
{
	struct buf *b = payload_new(a);
	struct str answer;

	counted(b, data);
	counted(b, signature);
	TRY(ask(crypt, a, kind == CRYPT_SMIME ? "smime-verify" : "verify", b, &answer, ret_why));
	return mail_crypt_result_decode(a, answer, ret);
}

enum err
mail_crypt_open(struct ipc *crypt, struct arena *a, enum crypt_kind kind, struct str data,
    struct crypt_result *ret, const char **ret_why)
{
	struct buf *b = payload_new(a);
	struct str answer;

	counted(b, data);
	TRY(ask(crypt, a, kind == CRYPT_SMIME ? "smime-decrypt" : "decrypt", b, &answer, ret_why));
	return mail_crypt_result_decode(a, answer, ret);
}

enum err
mail_crypt_sign(struct ipc *crypt, struct arena *a, const char *fingerprint, struct str data,
    struct str *ret, const char **ret_micalg, const char **ret_why)
{
	struct buf *b = payload_new(a);
	struct str answer;

	text(b, fingerprint);
	counted(b, data);
	TRY(ask(crypt, a, "sign", b, &answer, ret_why));
	struct scan s = scan_of(answer);
	const char *micalg = text_scan(a, &s);
	struct str signature = scan_counted(&s);

	TRY(scan_end(&s));
	*ret = signature;
	*ret_micalg = micalg;
	return OK;
}

enum err
mail_crypt_encrypt_sign(struct ipc *crypt, struct arena *a, const char *signer,
    const struct mail_texts *to, struct str data, struct str *ret, const char **ret_why)
{
	struct buf *b = payload_new(a);

	text(b, signer);
	texts(b, to);
	counted(b, data);
	return ask(crypt, a, "encrypt-sign", b, ret, ret_why);
}

static enum err
import(struct ipc *crypt, struct arena *a, const char *name, struct str key,
    struct crypt_keys *ret, const char **ret_why)
{
	struct buf *b = payload_new(a);
	struct str answer;

	counted(b, key);
	TRY(ask(crypt, a, name, b, &answer, ret_why));
	return mail_crypt_keys_decode(a, answer, ret);
}

enum err
mail_crypt_import_key(struct ipc *crypt, struct arena *a, struct str key, struct crypt_keys *ret,
    const char **ret_why)
{
	return import(crypt, a, "import-key", key, ret, ret_why);
}

enum err
mail_crypt_import_secret(struct ipc *crypt, struct arena *a, struct str key,
    struct crypt_keys *ret, const char **ret_why)
{
	return import(crypt, a, "import-secret", key, ret, ret_why);
}

enum err
mail_crypt_export_own(struct ipc *crypt, struct arena *a, const char *fingerprint,
    struct str *ret, const char **ret_why)
{
	struct buf *b = payload_new(a);

	text(b, fingerprint);
	return ask(crypt, a, "export-own", b, ret, ret_why);
}

enum err
mail_crypt_make_key(struct ipc *crypt, struct arena *a, const char *name, const char *address,
    const char **ret, const char **ret_why)
{
	struct buf *b = payload_new(a);
	struct str answer;

	text(b, name);
	text(b, address);
	TRY(ask(crypt, a, "make-key", b, &answer, ret_why));
	*ret = arena_cstr(a, utf8_clean_line(a, answer));
	return OK;
}

enum err
mail_crypt_list(struct ipc *crypt, struct arena *a, const char *address, struct crypt_keys *ret,
    const char **ret_why)
{
	struct buf *b = payload_new(a);
	struct str answer;

	text(b, address);
	TRY(ask(crypt, a, "list-keys", b, &answer, ret_why));
	return mail_crypt_keys_decode(a, answer, ret);
}

enum err
mail_crypt_smime_import(struct ipc *crypt, struct arena *a, struct str data, const char *password,
    struct crypt_keys *ret, const char **ret_why)
{
	struct buf *b = payload_new(a);
	struct str answer;

	counted(b, data);
	text(b, password);
	TRY(ask(crypt, a, "smime-import", b, &answer, ret_why));
	return mail_crypt_keys_decode(a, answer, ret);
}

enum err
mail_crypt_smime_list(
    struct ipc *crypt, struct arena *a, struct crypt_keys *ret, const char **ret_why)
{
	struct str answer;

	TRY(ask(crypt, a, "smime-list", payload_new(a), &answer, ret_why));
	return mail_crypt_keys_decode(a, answer, ret);
}

enum err
mail_crypt_smime_trust(struct ipc *crypt, struct arena *a, const char *fingerprint, bool trusted,
    const char **ret_why)
{
	struct buf *b = payload_new(a);
	struct str answer;

	text(b, fingerprint);
	buf_u32(b, trusted ? 1 : 0);
	return ask(crypt, a, "smime-trust", b, &answer, ret_why);
}

enum err
mail_crypt_smime_remove(
    struct ipc *crypt, struct arena *a, const char *fingerprint, const char **ret_why)
{
	struct buf *b = payload_new(a);
	struct str answer;

	text(b, fingerprint);
	return ask(crypt, a, "smime-remove", b, &answer, ret_why);
}
