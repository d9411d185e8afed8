/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/intake_ack.h"

#include "auth/setting.h"
#include "base/arena.h"
#include "incident/intake_store.h"
#include "incident/message_store.h"
#include "incident/ready.h"
#include "incident/rule_store.h"
#include "journal/journal.h"
#include "text/i18n.h"

static const char *
outside_time(struct arena *a, enum lang l, int64_t at)
{
	if (l == LANG_JA)
		return arena_printf(a, "%s（日本時間）", zone_long(a, zone_tokyo(), l, at));
	return zone_long(a, zone_tokyo(), l, at);
}

void
intake_ack_shipped(enum lang lang, const char **ret_subject, const char **ret_body)
{
	*ret_subject = i18n(lang, "mail", N_("[{ref}] We received your report"));
	*ret_body = i18n(lang, "mail",
	    N_("Dear {name},\n\nThank you for your report. {team} received it on {received_at}.\n\n"
	       "Reference: {ref}\n\nA member of the team will read it and write to you by {due}. To "
	       "add information, reply and keep the number in the subject. Please keep logs and "
	       "suspicious mails; do not delete them.\n\nWe do not pass on your name or organisation "
	       "without your consent.\n\n-- \n{signature}\n"));
}

enum err
intake_acknowledge(struct db *db, struct blob_store *blobs, struct arena *a, const struct intake_ack *ack,
    int64_t now)
{
	bool ja = ack->lang == LANG_JA;
	const char *name = ack->name;
	const char *team = setting_text(db, a, ja ? "team.name.ja" : "team.name.en");
	const char *signature = setting_text(db, a, ja ? "mail.signature.ja" : "mail.signature.en");
	struct ready_words in_use;
	bool may;
	int64_t id;

	TRY(rule_acknowledges(db, ack->report_id, &may));
	if (!may)
		return OK;
	TRY(intake_ack_ask(db, a, ack->report_id, ack->to, setting_int(db, "mail.acknowledge_address"),
	    setting_int(db, "mail.acknowledge_all"), now, &may));
	if (!may)
		return journal_write(db, a,
		    &(struct journal_entry){
			.at = now,
			.actor_name = "system",
			.action = "report.not-acknowledged",
			.object = "report",
			.object_id = ack->report_id,
		    });
	if (name == NULL || *name == '\0')
		name = i18n(ack->lang, "mail", N_("reporter"));
	if (*signature == '\0')
		signature = arena_printf(a, "%s\n%s", team, setting_text(db, a, "team.email"));
	TRY(ready_words(db, a, ready_find("acknowledge"), ack->lang, &in_use));
	const struct i18n_arg *args = I18N_ARGS({ "name", name }, { "team", team },
	    { "received_at", outside_time(a, ack->lang, ack->received_at) }, { "ref", ack->ref },
	    { "due", outside_time(a, ack->lang, ack->due_at) }, { "signature", signature });
	const char *subject = i18n_fill(a, in_use.subject, args), *text = i18n_fill(a, in_use.body, args);

	return message_queue_out(db, blobs, a,
	    &(struct message_out){
		.report_id = ack->report_id,
		.to = ack->to,
		.to_name = ack->name,
		.subject = subject,
		.text = str_of(text),
		.lang = ack->lang,
		.reply_key = ack->reply_key,
		.automatic = true,
		.send_at = now,
	    },
	    now, &id);
}
