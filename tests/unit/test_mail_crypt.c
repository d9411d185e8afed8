/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys, signatures, SMTP and IMAP together: what we send is accepted by stock
 * gpg after Postfix and Dovecot had it, and comes back as it went.
 */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limit.h"
#include "mail/crypt.h"
#include "mail/mail_compose.h"
#include "mail/mail_thread.h"
#include "net/imap.h"
#include "net/smtp.h"
#include "sys/ipc.h"

/* The pipe to the crypt role: here its handler is called at once. */
static struct crypt_home *home;
static struct crypt_home *partner;
static struct crypt_home *asked;
#define CRYPT ((struct ipc *)&asked)

enum err
ipc_call(struct ipc *i, struct arena *a, const char *name, struct str payload, int ms,
    struct str *ret)
{
	struct buf *out = buf_new(a, LIMIT_FRAME);

	(void)i;
	(void)ms;
	enum err e = crypt_handle(asked, a, str_of(name), payload, out);

	*ret = buf_view(out);
	return e;
}

static char folder[64];
static const char *own_key, *partner_key;

static void
run(struct arena *a, const char *command, int *ret_status, const char **ret_out)
{
	FILE *f = popen(command, "r");
	struct buf *b = buf_new(a, LIMIT_MIB(1));
	char piece[4096];
	size_t n;

	assert_non_null(f);
	while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
		buf_add(b, piece, n);
	int status = pclose(f);

	if (ret_status != NULL)
		*ret_status = WIFEXITED(status) ? WEXITSTATUS(status) : 255;
	if (ret_out != NULL)
		*ret_out = buf_cstr(a, b);
}

static void
file_write(const char *path, struct str s)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd != -1);
	assert_int_equal(write(fd, s.p, s.n), (ssize_t)s.n);
	close(fd);
}

static struct str
file_read(struct arena *a, const char *path)
{
	FILE *f = fopen(path, "re");
	struct buf *b = buf_new(a, LIMIT_MAIL);
	char piece[4096];
	size_t n;

	if (f == NULL)
		return STR_NULL;
	while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
		buf_add(b, piece, n);
	fclose(f);
	return buf_view(b);
}

static int
homes_open(void **state)
{
	const char *why = NULL;
	struct arena *a = arena_new();
	struct crypt_keys keys;
	struct str key;

	*state = a;
	memcpy(folder, "/tmp/tobi-test-XXXXXX", sizeof("/tmp/tobi-test-XXXXXX"));
	/* The servers' own users must pass through; keyrings are 0700 themselves. */
	if (mkdtemp(folder) == NULL || chmod(folder, 0755) == -1)
		return -1;
	if (crypt_home_open(arena_printf(a, "%s/own", folder), &home, &why) != OK ||
	    crypt_home_open(arena_printf(a, "%s/rep", folder), &partner, &why) != OK) {
		print_message("%s\n", why);
		return -1;
	}
	asked = home;
	if (mail_crypt_make_key(CRYPT, a, "CSIRT 窓口", "csirt@csirt.test", &own_key, &why) != OK ||
	    mail_crypt_export_own(CRYPT, a, own_key, &key, &why) != OK) {
		print_message("%s\n", why);
		return -1;
	}
	asked = partner;
	if (mail_crypt_make_key(CRYPT, a, "Rep", "rep@partner.test", &partner_key, &why) != OK ||
	    mail_crypt_import_key(CRYPT, a, key, &keys, &why) != OK ||
	    mail_crypt_export_own(CRYPT, a, partner_key, &key, &why) != OK) {
		print_message("%s\n", why);
		return -1;
	}
	asked = home;
	if (mail_crypt_import_key(CRYPT, a, key, &keys, &why) != OK || keys.n != 1) {
		print_message("%s\n", why);
		return -1;
	}
	return 0;
}

static int
homes_close(void **state)
{
	crypt_home_free(home);
	crypt_home_free(partner);
	struct arena *a = *state;

	run(a, arena_printf(a, "rm -rf %s", folder), NULL, NULL);
	arena_free(a);
	return 0;
}

static const char letter[] =
    "TLP:AMBER\n\n山田様\n窓口です。貴組織が管理されているサーバーに、銀行を装ったフィッシングサイトが公開されています。\n"
    "1. URL：hxxps://login[.]example/very/long/path/that/must/not/be/broken/at/all/even/if/it/is/long\n"
    "From here on a line that begins with From\n.and one with a dot\ntrailing blank \n\n-- \nCSIRT\n";

static struct mail_draft
draft(struct arena *a)
{
	static struct mail_address to[] = { { .name = "報告者", .address = "rep@partner.test" } };
	static const struct mail_file files[] = {
		{ .name = "侵害指標一覧（最新版）.csv", .media_type = "text/csv",
		    .bytes = { "ioc,type\r\n", 10 } },
	};

	return (struct mail_draft){
		.from = { .name = "CSIRT \"窓口\"", .address = "csirt@csirt.test" },
		.to = { .item = to, .n = 1 },
		.reply_to = { .name = "", .address = "csirt+k7Qx@csirt.test" },
		.subject = "[INC-2026-00042] [TLP:AMBER] フィッシングサイトの公開停止について（お願い）とても長い件名",
		.text = str_of(letter),
		.message_id = mail_message_id(a, "k7Qx", "csirt.test"),
		.in_reply_to = "1@partner.test",
		.date = 1795289354000,
		.offset = 9 * 3600,
		.files = files,
		.n_files = 1,
		.sign_with = own_key,
	};
}

static void
mail_is_ours(struct arena *a, const struct mail *m)
{
	assert_string_equal(m->subject,
	    "[INC-2026-00042] [TLP:AMBER] フィッシングサイトの公開停止について（お願い）とても長い件名");
	assert_string_equal(m->from.name, "CSIRT \"窓口\"");
	assert_string_equal(m->to.item[0].name, "報告者");
	assert_string_equal(m->reply_to.item[0].address, "csirt+k7Qx@csirt.test");
	assert_string_equal(m->in_reply_to, "1@partner.test");
	assert_int_equal(m->date, 1795289354000);
	assert_true(str_find(m->text, STR("at/all/even/if/it/is/long"), 0) != SIZE_MAX);
	assert_true(str_find(m->text, STR("\nFrom here on"), 0) != SIZE_MAX);
	assert_true(str_find(m->text, STR("\n.and one"), 0) != SIZE_MAX);
	assert_string_equal(m->language, "ja");
	assert_int_equal(m->attachments.n, 1);
	assert_string_equal(m->attachments.item[0].name, "侵害指標一覧（最新版）.csv");
	assert_true(str_is(m->attachments.item[0].bytes, "ioc,type\r\n"));
	if (m->faults.n > 0)
		fail_msg("%s", m->faults.item[0]);
	(void)a;
}

static void
lines_are_safe(struct str raw)
{
	struct str line;

	for (size_t i = 0; i < raw.n; i++) {
		assert_true((unsigned char)raw.p[i] < 0x80);
		if (raw.p[i] == '\n')
			assert_true(i > 0 && raw.p[i - 1] == '\r');
	}
	while (str_line(&raw, &line))
		assert_true(line.n <= 200);
}

static void
keys(void **state)
{
	struct arena *a = *state;
	struct crypt_keys found;
	const char *why = NULL;

	assert_ok(mail_crypt_list(CRYPT, a, "rep@partner.test", &found, &why));
	assert_int_equal(found.n, 1);
	assert_string_equal(found.item[0].fingerprint, partner_key);
	assert_string_equal(found.item[0].addresses.item[0], "rep@partner.test");
	assert_true(found.item[0].can_encrypt);
	assert_false(found.item[0].secret);
	assert_int_equal(found.item[0].expires_at, 0);
	assert_ok(mail_crypt_list(CRYPT, a, "", &found, &why));
	assert_int_equal(found.n, 2);
	assert_ok(mail_crypt_list(CRYPT, a, "nobody@partner.test", &found, &why));
	assert_int_equal(found.n, 0);
	assert_err(mail_crypt_import_key(CRYPT, a, STR("no key"), &found, &why), ERR_INVALID);
	struct str out;

	assert_err(mail_crypt_export_own(CRYPT, a, "0000000000000000000000000000000000000000", &out,
		       &why),
	    ERR_NOT_FOUND);
	const char *micalg;

	assert_err(mail_crypt_sign(CRYPT, a, partner_key, STR("x"), &out, &micalg, &why),
	    ERR_NOT_FOUND);
	assert_string_equal(why, "we have no secret key for it");
	/* A secret key where a public one belongs is refused, and the reverse. */
	const char *secret, *public;

	run(a, arena_printf(a, "gpg -q --batch --homedir %s/rep -a --export-secret-keys %s", folder,
		   partner_key), NULL, &secret);
	run(a, arena_printf(a, "gpg -q --batch --homedir %s/rep -a --export %s", folder, partner_key),
	    NULL, &public);
	assert_err(mail_crypt_import_key(CRYPT, a, str_of(secret), &found, &why), ERR_DENIED);
	assert_err(mail_crypt_import_secret(CRYPT, a, str_of(public), &found, &why), ERR_INVALID);
	struct crypt_home *third = NULL;

	assert_ok(crypt_home_open(arena_printf(a, "%s/third", folder), &third, &why));
	asked = third;
	assert_ok(mail_crypt_import_secret(CRYPT, a, str_of(secret), &found, &why));
	assert_true(found.item[0].secret);
	assert_ok(mail_crypt_sign(CRYPT, a, partner_key, STR("x"), &out, &micalg, &why));
	assert_string_equal(micalg, "pgp-sha512");
	asked = home;
	crypt_home_free(third);
	struct crypt_home *none;

	assert_err(crypt_home_open(arena_printf(a, "/tmp/%0100d", 1), &none, &why), ERR_LIMIT);
	/* A request that is no request: refused, not believed. */
	assert_err(crypt_handle(home, a, STR("sign"), STR("\0\0\0\5ab"), buf_new(a, 1000)),
	    ERR_INVALID);
	assert_err(crypt_handle(home, a, STR("dance"), STR(""), buf_new(a, 1000)), ERR_NOT_FOUND);
}

static void
signed_mail(void **state)
{
	struct arena *a = *state;
	struct mail_draft d = draft(a);
	const char *why = NULL;
	struct str raw;
	struct mail m;

	assert_ok(mail_compose(a, &d, CRYPT, &raw, &why));
	lines_are_safe(raw);
	asked = partner;
	mail_open(a, raw, CRYPT, &m);
	mail_is_ours(a, &m);
	assert_int_equal(m.signature, MAIL_SIGNATURE_GOOD);
	assert_true(m.signature_covers_all);
	assert_true(m.signer_is_from);
	assert_string_equal(m.signer, "CSIRT 窓口 <csirt@csirt.test>");
	assert_string_equal(m.signer_key, own_key);
	assert_int_equal(m.format, MAIL_FORMAT_PGP_MIME);

	/* With bare LF, as a pipe of an MTA hands it over, it is the same mail. */
	struct buf *lf = buf_new(a, raw.n + 1);

	for (size_t i = 0; i < raw.n; i++)
		if (raw.p[i] != '\r')
			buf_char(lf, raw.p[i]);
	mail_open(a, buf_view(lf), CRYPT, &m);
	assert_int_equal(m.signature, MAIL_SIGNATURE_GOOD);

	/* One letter changed. */
	char *copy = arena_dupn(a, raw.p, raw.n);
	size_t at = str_find(raw, STR("Content-Transfer-Encoding: base64\r\n\r\n"), 0) + 45;

	copy[at] = copy[at] == 'A' ? 'B' : 'A';
	mail_open(a, (struct str){ copy, raw.n }, CRYPT, &m);
	assert_int_equal(m.signature, MAIL_SIGNATURE_BAD);

	/* Words of a mailing list below: signed, but not all of it. */
	struct str sandwich = str_of(arena_printf(a,
	    "From: csirt@csirt.test\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; "
	    "boundary=L\r\n\r\n--L\r\n%s\r\n--L\r\nContent-Type: text/plain\r\n\r\nlist footer\r\n--L--\r\n",
	    arena_cstr(a, str_skip(raw, str_find(raw, STR("Content-Type: multipart/signed"), 0)))));

	mail_open(a, sandwich, CRYPT, &m);
	assert_int_equal(m.signature, MAIL_SIGNATURE_GOOD);
	assert_false(m.signature_covers_all);
	asked = home;
}

static void
unknown_key(void **state)
{
	struct arena *a = *state;
	const char *dir = getenv("TOBIGUCHI_CONFORMANCE");
	static const struct {
		const char *file;
		enum mail_signature want;
	} cases[] = {
		{ "50-signed.eml", MAIL_SIGNATURE_UNKNOWN_KEY },
		{ "52-tampered.eml", MAIL_SIGNATURE_UNKNOWN_KEY },
		{ "60-smime-det.eml", MAIL_SIGNATURE_UNKNOWN_KEY },
		{ "61-smime-opaque.eml", MAIL_SIGNATURE_UNKNOWN_KEY },
		{ "62-smime-enc.eml", MAIL_SIGNATURE_NONE },
		{ "51-enc.eml", MAIL_SIGNATURE_NONE },
		{ "71-encnoproto.eml", MAIL_SIGNATURE_NONE },
		{ "72-enc0.eml", MAIL_SIGNATURE_NONE },
	};

	if (dir == NULL || dir[0] == '\0') {
		print_message("skipped: TOBIGUCHI_CONFORMANCE is not set\n");
		skip();
	}
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct mail m;

		mail_open(a, file_read(a, arena_printf(a, "%s/mail/%s", dir, cases[i].file)), CRYPT,
		    &m);
		if (m.signature != cases[i].want)
			fail_msg("%s: %s (%s)", cases[i].file, mail_signature_name(m.signature),
			    m.faults.n > 0 ? m.faults.item[0] : "");
		if (m.signature == MAIL_SIGNATURE_NONE)
			assert_int_equal(m.encryption, MAIL_ENCRYPTION_CLOSED);
	}
}

static void
encrypted_mail(void **state)
{
	struct arena *a = *state;
	struct mail_draft d = draft(a);
	const char *why = NULL;
	const char *to[] = { partner_key };
	struct str raw;
	struct mail m;

	d.encrypt_to = (struct mail_texts){ .item = to, .n = 1 };
	assert_ok(mail_compose(a, &d, CRYPT, &raw, &why));
	lines_are_safe(raw);
	assert_true(str_find(raw, STR("ioc"), 0) == SIZE_MAX);
	asked = partner;
	mail_open(a, raw, CRYPT, &m);
	asked = home;
	mail_is_ours(a, &m);
	assert_int_equal(m.encryption, MAIL_ENCRYPTION_OPENED);
	assert_int_equal(m.signature, MAIL_SIGNATURE_GOOD);
	assert_true(m.signature_covers_all);
	/* We cannot read what we encrypted to them alone: said, not hidden. */
	mail_open(a, raw, CRYPT, &m);
	assert_int_equal(m.encryption, MAIL_ENCRYPTION_CLOSED);
	assert_int_equal(m.faults.n, 1);
	assert_non_null(strstr(m.faults.item[0], "we have no secret key for it"));
}

static void
inline_pgp(void **state)
{
	struct arena *a = *state;
	int status;
	struct mail m;

	file_write(arena_printf(a, "%s/words", folder), STR("こんにちは inline\n"));
	run(a,
	    arena_printf(a,
		"cd %s && gpg -q --batch --homedir rep --clearsign -o clear words 2>&1 && "
		"gpg -q --batch --trust-model always --homedir rep -r csirt@csirt.test -s -e -a -o cipher words 2>&1",
		folder),
	    &status, NULL);
	assert_int_equal(status, 0);
	mail_open(a,
	    str_of(arena_printf(a, "From: rep@partner.test\nContent-Type: text/plain; charset=utf-8\n\n%s",
		arena_cstr(a, file_read(a, arena_printf(a, "%s/clear", folder))))),
	    CRYPT, &m);
	assert_int_equal(m.signature, MAIL_SIGNATURE_GOOD);
	assert_int_equal(m.format, MAIL_FORMAT_PGP_INLINE);
	assert_true(m.signature_covers_all);
	assert_true(m.signer_is_from);
	assert_true(str_is(m.text, "こんにちは inline"));
	mail_open(a,
	    str_of(arena_printf(a, "From: x@y\n\nHello,\n%s\nbye\n",
		arena_cstr(a, file_read(a, arena_printf(a, "%s/cipher", folder))))),
	    CRYPT, &m);
	assert_int_equal(m.encryption, MAIL_ENCRYPTION_OPENED);
	assert_int_equal(m.signature, MAIL_SIGNATURE_GOOD);
	assert_false(m.signature_covers_all);
	assert_false(m.signer_is_from);
	assert_true(str_is(m.text, "Hello,\n\nこんにちは inline\n\nbye"));
}

/* -- through Postfix and Dovecot ------------------------------------------------ */

struct collected {
	struct arena *a;
	struct str raw;
	size_t n;
	enum err answer;
};

static enum err
collect(void *object, struct arena *a, const struct imap_mail *m)
{
	struct collected *c = object;

	(void)a;
	c->n++;
	c->raw = arena_str(c->a, m->raw);
	return c->answer;
}

static const char *
port(struct arena *a, const char *out, const char *key)
{
	const char *at = strstr(out, key);

	assert_non_null(at);
	at += strlen(key);
	return arena_dupn(a, at, strcspn(at, " \n"));
}

/* Polls until ${c} has something: delivery takes a moment. */
static void
poll_some(struct arena *a, const struct imap_box *box, struct imap_state *at, struct collected *c,
    enum err want)
{
	const struct timespec pause = { .tv_nsec = 50000000 };
	const char *why = NULL;
	size_t n = 0;

	for (int i = 0; i < 200; i++) {
		enum err e = imap_poll(a, box, at, collect, c, &n, &why);

		if (e != OK && e != want)
			fail_msg("%s", why);
		if (c->n > 0)
			return;
		nanosleep(&pause, NULL);
	}
	fail_msg("the mail did not arrive");
}

static void
through_servers(void **state)
{
	struct arena *a = *state;
	const char *tool = getenv("TOBIGUCHI_MTA");
	const char *out = NULL;
	const char *why = NULL;
	int status;

	if (tool == NULL) {
		print_message("skipped: TOBIGUCHI_MTA is not set\n");
		skip();
	}
	/* Its servers keep running: their output goes elsewhere, or pclose waits. */
	run(a, arena_printf(a, "%s up %s/mta", tool, folder), &status, &out);
	if (status == 77) {
		print_message("skipped: no Postfix or Dovecot here\n");
		skip();
	}
	assert_int_equal(status, 0);
	const char *ca = port(a, out, "CA=");
	struct net_server smtp = {
		.url = arena_printf(a, "smtp://localhost:%s", port(a, out, "SMTP=")),
		.tls = NET_TLS_REQUIRE,
		.ca_file = ca,
		.seconds = 20,
	};
	struct mail_draft d = draft(a);
	struct str raw;

	assert_ok(mail_compose(a, &d, CRYPT, &raw, &why));
	const char *to[] = { "rep@partner.test" };
	struct smtp_envelope e = { .from = "csirt@csirt.test", .to = to, .n = 1, .helo = "csirt.test" };
	struct smtp_answer answer;
	enum err sent = smtp_send(a, &smtp, &e, raw, &answer);

	if (sent != OK)
		fail_msg("%s", answer.text);
	assert_int_equal(answer.code, 250);

	/* Refused for good; refused before anything is said; not there. */
	to[0] = "nobody@partner.test";
	assert_err(smtp_send(a, &smtp, &e, raw, &answer), ERR_INVALID);
	assert_int_equal(answer.code, 550);
	assert_non_null(strstr(answer.text, "nobody@partner.test"));
	to[0] = "a@b>\r\nRSET";
	assert_err(smtp_send(a, &smtp, &e, raw, &answer), ERR_INVALID);
	to[0] = "rep@partner.test";
	struct net_server nobody = smtp;

	nobody.url = "smtp://127.0.0.1:1";
	assert_err(smtp_send(a, &nobody, &e, raw, &answer), ERR_UNAVAILABLE);
	nobody = smtp;
	nobody.ca_file = NULL; /* the system does not know this certificate */
	assert_err(smtp_send(a, &nobody, &e, raw, &answer), ERR_UNAVAILABLE);

	/* Fetched, and refused by our own disk once: it comes again. */
	struct imap_box box = {
		.server = { .url = arena_printf(a, "imaps://localhost:%s", port(a, out, "IMAPS=")),
		    .user = "rep", .password = "test", .ca_file = ca, .seconds = 20 },
		.folder = "INBOX",
		.after = IMAP_AFTER_SEEN,
	};
	struct imap_state at = { 0 };
	struct collected c = { .a = a, .answer = ERR_IO };

	poll_some(a, &box, &at, &c, ERR_IO);
	c = (struct collected){ .a = a };
	poll_some(a, &box, &at, &c, OK);
	assert_int_equal(c.n, 1);
	assert_int_equal(at.uid, 1);
	size_t n = 9;

	assert_ok(imap_poll(a, &box, &at, collect, &c, &n, &why));
	assert_int_equal(n, 0);

	/* Stock gpg has the last word. */
	struct str back = c.raw;
	size_t mark = str_find(back, STR("boundary=\"=_"), 0) + 10;
	struct str boundary = str_take(str_skip(back, mark), str_find_char(str_skip(back, mark), '"', 0));
	struct str line = str_of(arena_printf(a, "--%.*s\r\n", STR_F(boundary)));
	size_t first = str_find(back, line, 0) + line.n;
	size_t second = str_find(back, line, first);
	size_t block = str_find(back, STR("-----BEGIN PGP SIGNATURE"), second);

	file_write(arena_printf(a, "%s/part", folder),
	    (struct str){ back.p + first, second - first - 2 });
	file_write(arena_printf(a, "%s/part.asc", folder), str_skip(back, block));
	const char *said;

	run(a, arena_printf(a, "cd %s && LC_ALL=C gpg --homedir rep --verify part.asc part 2>&1", folder),
	    &status, &said);
	if (status != 0 || strstr(said, "Good signature") == NULL)
		fail_msg("%s", said);

	/* And so do we, with the path that it took. */
	struct mail m;
	struct mail_thread_keys keys_found;
	const char *own[] = { "csirt@csirt.test" };

	asked = partner;
	mail_open(a, back, CRYPT, &m);
	asked = home;
	mail_is_ours(a, &m);
	assert_int_equal(m.signature, MAIL_SIGNATURE_GOOD);
	assert_int_equal(m.hops.n, 1);
	assert_string_equal(m.hops.item[0].ip, "127.0.0.1");
	mail_thread_keys(a, &m, own, 1, &keys_found);
	assert_string_equal(keys_found.item[0].key, "1@partner.test");
	assert_string_equal(keys_found.item[1].key, "INC-2026-00042");

	/* A wrong password is told as that; deleting leaves nothing behind. */
	box.server.password = "wrong";
	assert_err(imap_poll(a, &box, &at, collect, &c, &n, &why), ERR_DENIED);
	box.server.password = "test";
	box.after = IMAP_AFTER_DELETE;
	assert_ok(smtp_send(a, &smtp, &e, raw, &answer));
	c = (struct collected){ .a = a };
	poll_some(a, &box, &at, &c, OK);
	assert_int_equal(at.uid, 2);
	run(a, arena_printf(a, "ls %s/mta/vmail/rep/cur | wc -l", folder), NULL, &said);
	assert_string_equal(said, "1\n");
	run(a, arena_printf(a, "%s down %s/mta", tool, folder), &status, NULL);
	assert_int_equal(status, 0);
}

static int
servers_down(void **state)
{
	struct arena *a = *state;
	const char *tool = getenv("TOBIGUCHI_MTA");

	if (tool != NULL)
		run(a, arena_printf(a, "%s down %s/mta", tool, folder), NULL, NULL);
	return 0;
}

static void
threads(void **state)
{
	struct arena *a = *state;
	static struct mail_address to[] = { { .name = "", .address = "CSIRT+k7Qx@csirt.test" },
		{ .name = "", .address = "other+zz@csirt.test" } };
	const char *references[] = { "old@x", "k7Qx.1@csirt.test" };
	const char *own[] = { "csirt@csirt.test" };
	struct mail m = {
		.subject = "Re: 【ＩＮＣ－2026－42】 [RPT-2026-000007] INC-2026-9",
		.to = { .item = to, .n = 2 },
		.in_reply_to = "k7Qx.1@csirt.test",
		.references = { .item = references, .n = 2 },
		.bounce = { .message_id = "" },
	};
	struct mail_thread_keys k;

	mail_thread_keys(a, &m, own, 1, &k);
	assert_int_equal(k.n, 5);
	assert_int_equal(k.item[0].kind, MAIL_THREAD_TOKEN);
	assert_string_equal(k.item[0].key, "k7Qx");
	assert_int_equal(k.item[1].kind, MAIL_THREAD_REFERENCE);
	assert_string_equal(k.item[1].key, "k7Qx.1@csirt.test");
	assert_string_equal(k.item[2].key, "old@x");
	assert_int_equal(k.item[3].kind, MAIL_THREAD_TAG);
	assert_string_equal(k.item[3].key, "INC-2026-00042");
	assert_string_equal(k.item[4].key, "RPT-2026-000007");
	assert_string_equal(mail_thread_address(a, "csirt@csirt.test", "T"), "csirt+T@csirt.test");
}

/* -- S/MIME, with a CA of its own ----------------------------------------------- */

static const char smime_make[] =
    "cd %s && mkdir ca && cd ca && exec >/dev/null 2>&1 && set -e\n"
    "openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 900"
    " -subj '/C=JP/O=Test/CN=Root' -addext keyUsage=critical,keyCertSign,cRLSign\n"
    "cert() {\n"
    "printf 'subjectAltName=email:%%s\\nkeyUsage=digitalSignature,keyEncipherment\\n"
    "extendedKeyUsage=emailProtection\\n' $2 >ext\n"
    "openssl req -newkey rsa:2048 -nodes -keyout $1.key -out $1.csr -subj /CN=$1\n"
    "openssl x509 -req -in $1.csr -CA ca.pem -CAkey ca.key -days $3 -extfile ext -out $1.pem\n"
    "}\n"
    "cert team csirt@csirt.test 30; cert rep rep@partner.test 30; cert old rep@partner.test -1\n"
    "openssl pkcs12 -export -inkey team.key -in team.pem -passout pass:geheim -out team.p12\n"
    "openssl base64 -in team.p12 -out team.b64\n"
    "printf 'Content-Type: text/plain\\r\\n\\r\\nHello S/MIME\\r\\n' >words\n"
    "for i in rep old; do openssl smime -sign -in words -signer $i.pem -inkey $i.key"
    " -from rep@partner.test -to csirt@csirt.test -subject x -out $i.eml; done\n"
    "openssl smime -encrypt -aes256 -in words -from rep@partner.test -out enc.eml team.pem\n";

static void
smime(void **state)
{
	struct arena *a = *state;
	struct crypt_keys found;
	const char *why = NULL, *root = NULL, *team = NULL;
	int status;
	struct mail m;

	if (crypt_handle(home, a, STR("smime-list"), STR(""), buf_new(a, LIMIT_MIB(1))) ==
	    ERR_UNAVAILABLE) {
		print_message("skipped: gpgsm is not installed\n");
		skip();
	}
	run(a, arena_printf(a, smime_make, folder), &status, NULL);
	assert_int_equal(status, 0);
	const char *ca = arena_printf(a, "%s/ca", folder);
	struct str rep = file_read(a, arena_printf(a, "%s/rep.eml", ca));
	struct str closed = file_read(a, arena_printf(a, "%s/enc.eml", ca));
	struct str b64 = file_read(a, arena_printf(a, "%s/team.b64", ca));

	/* Before: neither readable nor good, and said. */
	mail_open(a, closed, CRYPT, &m);
	assert_int_equal(m.encryption, MAIL_ENCRYPTION_CLOSED);
	mail_open(a, rep, CRYPT, &m);
	assert_int_equal(m.signature, MAIL_SIGNATURE_UNKNOWN_KEY);

	assert_err(mail_crypt_smime_import(CRYPT, a, b64, "wrong", &found, &why), ERR_DENIED);
	assert_non_null(strstr(why, "password"));
	assert_err(mail_crypt_smime_import(CRYPT, a, STR("no certificate"), "", &found, &why), ERR_INVALID);
	if (mail_crypt_smime_import(CRYPT, a, b64, "geheim", &found, &why) != OK)
		fail_msg("%s", why);
	assert_int_equal(found.n, 1);
	assert_true(found.item[0].secret);
	team = found.item[0].fingerprint;
	mail_open(a, closed, CRYPT, &m);
	if (m.encryption != MAIL_ENCRYPTION_OPENED)
		fail_msg("%s", m.faults.n > 0 ? m.faults.item[0] : "closed");
	assert_true(str_find(m.text, STR("Hello S/MIME"), 0) != SIZE_MAX);

	/* The root is known but not trusted, then trusted, then not again. */
	assert_ok(mail_crypt_smime_import(
	    CRYPT, a, file_read(a, arena_printf(a, "%s/ca.pem", ca)), "", &found, &why));
	assert_int_equal(found.n, 1);
	assert_true(found.item[0].root);
	assert_false(found.item[0].trusted);
	root = found.item[0].fingerprint;
	mail_open(a, rep, CRYPT, &m);
	assert_int_equal(m.signature, MAIL_SIGNATURE_UNKNOWN_KEY);
	assert_err(mail_crypt_smime_trust(CRYPT, a, team, true, &why), ERR_DENIED);
	assert_ok(mail_crypt_smime_trust(CRYPT, a, root, true, &why));
	mail_open(a, rep, CRYPT, &m);
	assert_int_equal(m.signature, MAIL_SIGNATURE_GOOD);
	assert_true(m.signer_is_from);
	mail_open(a, file_read(a, arena_printf(a, "%s/old.eml", ca)), CRYPT, &m);
	assert_int_equal(m.signature, MAIL_SIGNATURE_EXPIRED);
	char *bad = arena_dupn(a, rep.p, rep.n);

	bad[str_find(rep, STR("Hello S/MIME"), 0)] = 'J';
	mail_open(a, (struct str){ bad, rep.n }, CRYPT, &m);
	assert_int_equal(m.signature, MAIL_SIGNATURE_BAD);
	assert_ok(mail_crypt_smime_trust(CRYPT, a, root, false, &why));
	mail_open(a, rep, CRYPT, &m);
	assert_int_equal(m.signature, MAIL_SIGNATURE_UNKNOWN_KEY);

	assert_ok(mail_crypt_smime_remove(CRYPT, a, team, &why));
	assert_err(mail_crypt_smime_remove(CRYPT, a, team, &why), ERR_NOT_FOUND);
	mail_open(a, closed, CRYPT, &m);
	assert_int_equal(m.encryption, MAIL_ENCRYPTION_CLOSED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads),
		cmocka_unit_test(keys),
		cmocka_unit_test(signed_mail),
		cmocka_unit_test(unknown_key),
		cmocka_unit_test(encrypted_mail),
		cmocka_unit_test(smime),
		cmocka_unit_test(inline_pgp),
		cmocka_unit_test_teardown(through_servers, servers_down),
	};

	return cmocka_run_group_tests(tests, homes_open, homes_close);
}
