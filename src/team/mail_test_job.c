/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mail_test_job.c - the buttons "Try" of /admin/settings: a short mail to the
 * team itself, and a look into the mailbox that changes nothing there. How it
 * ended is a journal entry, which the page shows; a trial is not repeated.
 */
#include <string.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "base/zone.h"
#include "db/db.h"
#include "job/work.h"
#include "journal/journal.h"
#include "mail/mail_compose.h"
#include "net/imap.h"
#include "net/smtp.h"
#include "team/team_job.h"

#define TEST_SECONDS 20

struct mail_test {
	struct net_server server;
	const char *email, *team, *folder;
	bool good;
	const char *text; /* English: mostly the server's own words */
};

static enum net_tls
tls_of(const char *s)
{
	if (strcmp(s, "none") == 0)
		return NET_TLS_NONE;
	return strcmp(s, "try") == 0 ? NET_TLS_TRY : NET_TLS_REQUIRE;
}

static enum err
begin(struct job_run *j, struct db *db, struct mail_test *t, const char *key)
{
	j->state = t;
	t->email = setting_text(db, j->a, "team.email");
	t->team = setting_text(db, j->a, "team.name.en");
	t->folder = setting_text(db, j->a, "imap.folder");
	t->server.seconds = TEST_SECONDS;
	if (setting_secret(db, j->a, j->work->key, key, &t->server.password) == OK)
		return OK;
	t->text = "The stored password cannot be read with this secret.key: enter it again.";
	return OK;
}

static enum err
smtp_load(struct job_run *j, struct db *db)
{
	struct mail_test *t = arena_one(j->a, struct mail_test);

	t->server.url = setting_text(db, j->a, "smtp.url");
	t->server.user = setting_text(db, j->a, "smtp.user");
	t->server.tls = tls_of(setting_text(db, j->a, "smtp.tls"));
	return begin(j, db, t, "smtp.password");
}

static enum err
imap_load(struct job_run *j, struct db *db)
{
	struct mail_test *t = arena_one(j->a, struct mail_test);

	t->server.url = setting_text(db, j->a, "imap.url");
	t->server.user = setting_text(db, j->a, "imap.user");
	t->server.tls = tls_of(setting_text(db, j->a, "imap.tls"));
	return begin(j, db, t, "imap.password");
}

static enum err
smtp_act(struct job_run *j)
{
	struct mail_test *t = j->state;
	const char *at = strrchr(t->email, '@');
	const char *const to[] = { t->email };
	struct smtp_answer answer = { 0 };

	if (t->text != NULL)
		return OK;
	if (*t->server.url == '\0' || at == NULL) {
		t->text = "Set smtp.url and team.email first.";
		return OK;
	}
	const struct smtp_envelope envelope = { .from = t->email, .to = to, .n = 1, .helo = at + 1 };
	struct mail_address self = { .name = t->team, .address = t->email };
	const struct mail_draft draft = {
		.from = self,
		.to = { .item = &self, .n = 1 },
		.subject = "Trial of the mail settings",
		.text = STR("This is a trial from the settings page. It needs no answer.\n"),
		.message_id = mail_message_id(j->a, "trial", at + 1),
		.date = j->now,
		.automatic = true,
	};
	struct str raw;

	TRY(mail_compose(j->a, &draft, NULL, &raw, NULL));
	enum err e = smtp_send(j->a, &t->server, &envelope, raw, &answer);

	t->good = e == OK;
	t->text = answer.text == NULL ? err_name(e) : answer.text;
	return OK;
}

/* Stop at the first mail: it stays as it is. */
static enum err
leave_it(void *object, struct arena *a, const struct imap_mail *m)
{
	bool *found = object;

	(void)a;
	(void)m;
	*found = true;
	return ERR_UNAVAILABLE;
}

static enum err
imap_act(struct job_run *j)
{
	struct mail_test *t = j->state;
	struct imap_state state = { 0 };
	bool found = false;
	const char *why = NULL;
	size_t n;

	if (t->text != NULL)
		return OK;
	if (*t->server.url == '\0') {
		t->text = "Set imap.url first.";
		return OK;
	}
	const struct imap_box box = { .server = t->server, .folder = t->folder,
		.after = IMAP_AFTER_SEEN, .most = 1 };
	enum err e = imap_poll(j->a, &box, &state, leave_it, &found, &n, &why);

	t->good = e == OK || found;
	t->text = found	 ? "There is mail in the mailbox; it was left as it is."
	    : e == OK	 ? "The mailbox can be read; there is no mail in it."
	    : why == NULL ? err_name(e)
			  : why;
	return OK;
}

static enum err
tell(struct job_run *j, struct db *db, const char *action)
{
	const struct mail_test *t = j->state;
	struct value *payload = value_object(j->a);
	const struct journal_entry e = {
		.at = j->now,
		.actor = value_integer(value_get(j->payload, "by")),
		.actor_name = value_cstr(value_get(j->payload, "name")),
		.action = action,
		.object = action, /* found by it: the last trial of each */
		.payload = payload,
	};

	value_set_bool(j->a, payload, "good", t->good);
	value_set_text(j->a, payload, "text", t->text);
	return journal_write(db, j->a, &e);
}

static enum err
smtp_tell(struct job_run *j, struct db *db)
{
	return tell(j, db, "mail.test-smtp");
}

static enum err
imap_tell(struct job_run *j, struct db *db)
{
	return tell(j, db, "mail.test-imap");
}

const struct job_kind mail_test_job_kinds[] = {
	{ .name = "mail.test-smtp", .max_tries = 1, .load = smtp_load, .act = smtp_act, .save = smtp_tell },
	{ .name = "mail.test-imap", .max_tries = 1, .load = imap_load, .act = imap_act, .save = imap_tell },
	{ 0 },
};
