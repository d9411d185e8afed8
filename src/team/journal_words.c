/* SPDX-License-Identifier: Apache-2.0 */
/* journal_words.c - the names in the journal as people read them. */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "incident/incident_field.h"
#include "team/team_web.h"

static const struct web_option acts[] = {
	{ "attachment.add", NC_("act", "File added") },
	{ "attachment.take", NC_("act", "File taken out") },
	{ "incident.change", NC_("act", "Facts of an incident changed") },
	{ "incident.close", NC_("act", "Incident closed") },
	{ "incident.erase", NC_("act", "Retention erased of an incident") },
	{ "incident.hold", NC_("act", "Legal hold set") },
	{ "incident.hold-lift", NC_("act", "Legal hold lifted") },
	{ "incident.grant", NC_("act", "Who may see an incident changed") },
	{ "incident.link", NC_("act", "Report added to an incident") },
	{ "incident.merge", NC_("act", "Incidents merged") },
	{ "incident.next", NC_("act", "Next action set") },
	{ "incident.open", NC_("act", "Incident opened") },
	{ "incident.phase", NC_("act", "Phase of an incident changed") },
	{ "incident.reopen", NC_("act", "Incident opened again") },
	{ "incident.unlink", NC_("act", "Report taken off an incident") },
	{ "incident.unmerge", NC_("act", "Incidents separated") },
	{ "incident.withdraw", NC_("act", "Incident withdrawn") },
	{ "indicator.add", NC_("act", "Indicators added") },
	{ "indicator.confirm", NC_("act", "Indicator confirmed") },
	{ "indicator.refute", NC_("act", "Indicator refuted") },
	{ "indicator.remove", NC_("act", "Indicator removed") },
	{ "indicator.restore", NC_("act", "Indicator put back") },
	{ "indicator.role", NC_("act", "Role of an indicator changed") },
	{ "job.cancel", NC_("act", "Job cancelled") },
	{ "job.retry", NC_("act", "Job run again") },
	{ "journal.verify", NC_("act", "Journal verified") },
	{ "key.add", NC_("act", "Key imported") },
	{ "key.own", NC_("act", "Key for signing set") },
	{ "key.own-forget", NC_("act", "Key for signing put away") },
	{ "key.remove", NC_("act", "Key removed") },
	{ "mail.test-imap", NC_("act", "Mailbox tried") },
	{ "mail.test-smtp", NC_("act", "Outgoing server tried") },
	{ "mailbox.fails", NC_("act", "Mailbox cannot be read") },
	{ "mailbox.works", NC_("act", "Mailbox can be read again") },
	{ "message.take", NC_("act", "Original of a message taken") },
	{ "note.add", NC_("act", "Note written") },
	{ "notification.answer", NC_("act", "Answer received") },
	{ "notification.bounce", NC_("act", "Letter came back") },
	{ "notification.cancel", NC_("act", "Letter taken back") },
	{ "notification.queue", NC_("act", "Letter written") },
	{ "notification.read", NC_("act", "Answer read") },
	{ "notification.send", NC_("act", "Letter sent") },
	{ "notification.state", NC_("act", "State of a thread changed") },
	{ "party.add", NC_("act", "Party added") },
	{ "party.change", NC_("act", "Party changed") },
	{ "party.remove", NC_("act", "Party removed") },
	{ "party.restore", NC_("act", "Party put back") },
	{ "report.route", NC_("act", "Rule applied to a report") },
	{ "rule.add", NC_("act", "Rule written") },
	{ "rule.change", NC_("act", "Rule changed") },
	{ "rule.delete", NC_("act", "Rule deleted") },
	{ "rule.move", NC_("act", "Order of rules changed") },
	{ "rule.state", NC_("act", "Rule switched") },
	{ "handover.give", NC_("act", "Hand-over note given") },
	{ "handover.take", NC_("act", "Hand-over note taken over") },
	{ "handover.write", NC_("act", "Hand-over note written") },
	{ "on-call.add", NC_("act", "On-call turn entered") },
	{ "on-call.remove", NC_("act", "On-call turn removed") },
	{ "decision.model.add", NC_("act", "Decision model added") },
	{ "decision.model.state", NC_("act", "State of a decision model changed") },
	{ "decision.model.edit", NC_("act", "Draft of a decision model changed") },
	{ "decision.subject.add", NC_("act", "Put up for decision") },
	{ "decision.answer", NC_("act", "Analysis item answered") },
	{ "decision.agree", NC_("act", "Decided as proposed") },
	{ "decision.override", NC_("act", "Decided otherwise than proposed") },
	{ "decision.reopen", NC_("act", "Open again: more urgent than what was decided") },
	{ "decision.take-back", NC_("act", "Decision taken back") },
	{ "decision.leave-out", NC_("act", "Decision left out of learning, or taken in") },
	{ "decision.task.pin", NC_("act", "Task pinned") },
	{ "decision.task.done", NC_("act", "Task done") },
	{ "decision.task.reopen", NC_("act", "Task not done after all") },
	{ "decision.teach", NC_("act", "Decision weighed as a precedent") },
	{ "decision.relabel", NC_("act", "What was decided was changed") },
	{ "decision.correct", NC_("act", "A fact of a past decision was corrected") },
	{ "decision.restore", NC_("act", "Change of a past decision was undone") },
	{ "decision.import", NC_("act", "Past decisions taken in from a file") },
	{ "decision.practice", NC_("act", "Practice on past cases begun") },
	{ "decision.practised", NC_("act", "Practice on past cases ended") },
	{ "decision.worksheet.add", NC_("act", "Interview worksheet begun") },
	{ "decision.worksheet.save", NC_("act", "Interview worksheet saved") },
	{ "exchange.add", NC_("act", "Recipient of the exchange added") },
	{ "exchange.again", NC_("act", "A day of the exchange asked for") },
	{ "exchange.change", NC_("act", "Recipient of the exchange changed") },
	{ "exchange.fail", NC_("act", "A file of the exchange could not leave") },
	{ "exchange.feedback", NC_("act", "Feedback of a recipient noted") },
	{ "exchange.fetch", NC_("act", "A file of the exchange fetched") },
	{ "exchange.make", NC_("act", "A file of the exchange made") },
	{ "exchange.off", NC_("act", "Exchange switched off") },
	{ "exchange.on", NC_("act", "Exchange switched on") },
	{ "exchange.token", NC_("act", "Token made for the exchange") },
	{ "vulnerability.import", NC_("act", "Vulnerability records brought in") },
	{ "vulnerability.list", NC_("act", "List about vulnerabilities brought in") },
	{ "scanner.list", NC_("act", "List of open scanners changed") },
	{ "sensor.add", NC_("act", "Sensor added") },
	{ "sensor.change", NC_("act", "Sensor changed") },
	{ "sensor.enrol", NC_("act", "Sensor enrolled with its key") },
	{ "sensor.revoke", NC_("act", "Sensor's key revoked") },
	{ "sensor.token", NC_("act", "Token made for a sensor") },
	{ "observation.report", NC_("act", "Quarterly report changed") },
	{ "sighting.decide", NC_("act", "Decided about what was noticed") },
	{ "snippet.add", NC_("act", "Snippet written") },
	{ "snippet.change", NC_("act", "Snippet changed") },
	{ "snippet.move", NC_("act", "Order of snippets changed") },
	{ "snippet.remove", NC_("act", "Snippet removed") },
	{ "watch.add", NC_("act", "Watch added") },
	{ "watch.remove", NC_("act", "Watch removed") },
	{ "smime.add", NC_("act", "Certificate imported") },
	{ "smime.distrust", NC_("act", "Root certificate no longer trusted") },
	{ "smime.remove", NC_("act", "Certificate removed") },
	{ "smime.trust", NC_("act", "Root certificate trusted") },
	{ "report.accept", NC_("act", "Report accepted") },
	{ "report.answer", NC_("act", "Report answered as a question") },
	{ "report.bounce", NC_("act", "Mail to a reporter came back") },
	{ "report.bulk", NC_("act", "Act on several reports") },
	{ "report.bulk-undo", NC_("act", "Act on several reports taken back") },
	{ "report.change", NC_("act", "Report changed") },
	{ "report.decline", NC_("act", "Report declined") },
	{ "report.download", NC_("act", "File of a report taken out") },
	{ "report.duplicate", NC_("act", "Report marked as a duplicate") },
	{ "report.erase", NC_("act", "Retention erased a report's content") },
	{ "retention.run", NC_("act", "Retention ran") },
	{ "report.import", NC_("act", "Reports imported") },
	{ "report.letter", NC_("act", "Letter to a reporter written") },
	{ "report.letter-undo", NC_("act", "Letter to a reporter taken back") },
	{ "report.message", NC_("act", "More from a reporter") },
	{ "report.more", NC_("act", "More from a reporter") },
	{ "report.not-acknowledged", NC_("act", "No acknowledgement sent") },
	{ "report.note", NC_("act", "Note on a report written") },
	{ "report.note-undo", NC_("act", "Note on a report taken back") },
	{ "report.receive", NC_("act", "Report received") },
	{ "report.undo", NC_("act", "Decision on a report taken back") },
	{ "setting.change", NC_("act", "Setting changed") },
	{ "statistics.rebuild", NC_("act", "Statistics rebuilt") },
	{ "task.add", NC_("act", "Task added") },
	{ "task.change", NC_("act", "Task changed") },
	{ "task.done", NC_("act", "Task done") },
	{ "task.remove", NC_("act", "Task removed") },
	{ "task.undone", NC_("act", "Task opened again") },
	{ "team.set-up", NC_("act", "Server set up") },
	{ "template.change", NC_("act", "Ready letter changed") },
	{ "template.restore", NC_("act", "Shipped ready letter restored") },
	{ "token.add", NC_("act", "API token made") },
	{ "token.revoke", NC_("act", "API token revoked") },
	{ "user.add", NC_("act", "User added") },
	{ "user.change", NC_("act", "User changed") },
	{ "user.lock", NC_("act", "User locked") },
	{ "user.password", NC_("act", "Password changed") },
	{ "user.recovery-code", NC_("act", "Signed in with a recovery code") },
	{ "user.recovery-codes", NC_("act", "New recovery codes made") },
	{ "user.reset", NC_("act", "Password reset") },
	{ "user.reset-link", NC_("act", "Link for a new password made") },
	{ "user.sessions-end", NC_("act", "Sessions ended") },
	{ "user.sign-in", NC_("act", "Signed in") },
	{ "user.token-add", NC_("act", "API token made") },
	{ "user.token-revoke", NC_("act", "API token revoked") },
	{ "user.totp-off", NC_("act", "Second step switched off") },
	{ "user.totp-on", NC_("act", "Second step switched on") },
	{ "user.unlock", NC_("act", "User unlocked") },
	{ "view.delete", NC_("act", "Saved view deleted") },
	{ "view.move", NC_("act", "Order of views changed") },
	{ "view.rename", NC_("act", "View renamed") },
	{ "view.save", NC_("act", "View saved") },
	{ "brand.add", NC_("act", "Brand added") },
	{ "brand.change", NC_("act", "Brand changed") },
	{ "contact.add", NC_("act", "Contact added") },
	{ "contact.change", NC_("act", "Contact changed") },
	{ "contact.remove", NC_("act", "Contact removed") },
	{ "contact.restore", NC_("act", "Contact put back") },
	{ "contact.choose", NC_("act", "Contact chosen") },
	{ "contact.wrong", NC_("act", "Contact said to be wrong") },
	{ "contact.forget", NC_("act", "Choice of a contact forgotten") },
	{ "mailing.add", NC_("act", "Letters prepared") },
	{ "mailing.hold", NC_("act", "Letters sent off") },
	{ "mailing.cancel", NC_("act", "Letters taken back") },
	{ "mailing.drop", NC_("act", "Letters thrown away") },
	{ "mailing.reopen", NC_("act", "Answer link opened again") },
	{ "incident.story", NC_("act", "Story of an incident handed on") },
	{ "site.bulk", NC_("act", "Act on many sites") },
	{ "site.bulk-undo", NC_("act", "Act on many sites taken back") },
	{ "site.evidence", NC_("act", "Evidence of a check taken out") },
	{ "site.add", NC_("act", "Site put on the board") },
	{ "site.change", NC_("act", "Site changed") },
	{ "site.notify", NC_("act", "Asked to stop a site") },
	{ "site.put-back", NC_("act", "Site put back as it was") },
	{ "site.remove", NC_("act", "Site taken off the board") },
	{ "site.restore", NC_("act", "Site back on the board") },
	{ "site.state", NC_("act", "State of a site changed") },
	{ "site.stop", NC_("act", "Site stopped") },
	{ "site.reopen", NC_("act", "Site there again") },
	{ "site.picture", NC_("act", "Picture of a site") },
	{ "site.picture-remove", NC_("act", "Picture of a site taken away") },
	{ "brand.picture", NC_("act", "Picture of a brand's page") },
	{ "brand.picture-remove", NC_("act", "Picture of a brand's page taken away") },
	{ "site.answer", NC_("act", "Answer about a site") },
	{ "contact.confirm", NC_("act", "Entries of a contact confirmed") },
	{ "contact.move", NC_("act", "Order of contacts changed") },
	{ "contact.test", NC_("act", "Contact test begun") },
	{ "contact.test-answer", NC_("act", "Contact works") },
	{ "contact.test-fail", NC_("act", "Contact test went wrong") },
	{ "organisation.add", NC_("act", "Organisation entered") },
	{ "organisation.change", NC_("act", "Organisation changed") },
	{ "organisation.remove", NC_("act", "Organisation taken off the directory") },
	{ "organisation.restore", NC_("act", "Organisation put back") },
	{ "membership.add", NC_("act", "Membership added") },
	{ "membership.change", NC_("act", "Membership changed") },
	{ "membership.remove", NC_("act", "Membership removed") },
	{ "agreement.add", NC_("act", "Agreement added") },
	{ "agreement.change", NC_("act", "Agreement changed") },
	{ "agreement.remove", NC_("act", "Agreement removed") },
	{ "agreement.restore", NC_("act", "Agreement put back") },
	{ "relation.put", NC_("act", "Relation noted") },
	{ "relation.remove", NC_("act", "Relation removed") },
	{ "scope.add", NC_("act", "Range of a contact added") },
	{ "scope.remove", NC_("act", "Range of a contact removed") },
	{ 0 },
};

static const struct web_option objects[] = {
	{ "decision", NC_("object", "decision") },
	{ "decision_model", NC_("object", "decision model") },
	{ "decision_subject", NC_("object", "subject of a decision") },
	{ "decision_task", NC_("object", "task of a decision") },
	{ "decision_import", NC_("object", "file of past decisions") },
	{ "decision_round", NC_("object", "round of practice") },
	{ "decision_worksheet", NC_("object", "interview worksheet") },
	{ "vulnerability", NC_("object", "vulnerability") },
	{ "vulnerability_import", NC_("object", "import of vulnerabilities") },
	{ "report", NC_("object", "report") },
	{ "incident", NC_("object", "incident") },
	{ "notification", NC_("object", "thread") },
	{ "message", NC_("object", "message") },
	{ "organisation", NC_("object", "organisation") },
	{ "user", NC_("object", "user") },
	{ "setting", NC_("object", "settings") },
	{ "job", NC_("object", "job") },
	{ "key", NC_("object", "key") },
	{ "journal", NC_("object", "journal") },
	{ "statistics", NC_("object", "statistics") },
	{ "view", NC_("object", "view") },
	{ "template", NC_("object", "ready letter") },
	{ "snippet", NC_("object", "snippet") },
	{ "handover", NC_("object", "hand-over note") },
	{ "on-call", NC_("object", "on-call turn") },
	{ "note", NC_("object", "note") },
	{ "team", NC_("object", "team") },
	{ "token", NC_("object", "token") },
	{ "mailbox", NC_("object", "mailbox") },
	{ "attachment", NC_("object", "file") },
	{ "mailing", NC_("object", "letters in bulk") },
	{ "mail.test-smtp", NC_("object", "outgoing server") },
	{ "mail.test-imap", NC_("object", "mailbox") },
	{ 0 },
};

static const struct web_option keys[] = {
	{ "ref", NC_("detail", "Number") },
	{ "channel", NC_("detail", "Way in") },
	{ "door", NC_("detail", "Kind") },
	{ "from", NC_("detail", "Before") },
	{ "to", NC_("detail", "After") },
	{ "title", NC_("detail", "Title") },
	{ "reason", NC_("detail", "Reason") },
	{ "due", NC_("detail", "Due") },
	{ "what", NC_("detail", "What") },
	{ "subject", NC_("detail", "Subject") },
	{ "org", NC_("detail", "Organisation") },
	{ "name", NC_("detail", "Name") },
	{ "key", NC_("detail", "Setting") },
	{ "value", NC_("detail", "Value") },
	{ "report", NC_("detail", "Report") },
	{ "incident", NC_("detail", "Incident") },
	{ "relation", NC_("detail", "Relation") },
	{ "version", NC_("detail", "Version") },
	{ "email", NC_("detail", "Mail address") },
	{ "role", NC_("detail", "Role") },
	{ "rsit", NC_("detail", "Class") },
	{ "fields", NC_("detail", "Changes") },
	{ "task", NC_("detail", "Task number") },
	{ "notification", NC_("detail", "Thread") },
	{ "message", NC_("detail", "Message") },
	{ "priority", NC_("detail", "Priority") },
	{ "owner", NC_("detail", "Owner") },
	{ "why", NC_("detail", "Cause") },
	{ "resolution", NC_("detail", "Outcome") },
	{ "evidence", NC_("detail", "Evidence") },
	{ "party", NC_("detail", "Party") },
	{ "n", NC_("detail", "Number of them") },
	{ "kind", NC_("detail", "Type") },
	{ "shared", NC_("detail", "Readable by") },
	{ "tlp", NC_("detail", "TLP") },
	{ "crypto", NC_("detail", "Protection") },
	{ "server", NC_("detail", "Answer of the server") },
	{ 0 },
};

static const char *
word(struct web *w, const struct web_option *table, const char *context, const char *name)
{
	for (; table->value != NULL; table++) {
		if (strcmp(table->value, name) == 0)
			return web_tr(w, context, table->label);
	}
	return name;
}

const char *
team_act_text(struct web *w, const char *action)
{
	return word(w, acts, "act", action);
}

const char *
team_object_text(struct web *w, const char *object)
{
	return word(w, objects, "object", object);
}

/* Milliseconds since 1970 of this century are a time. */
static bool
is_time(const struct value *v)
{
	return value_type(v) == VALUE_INT && value_integer(v) > 946684800 * CLOCK_SECOND;
}

static const char *
field_label(struct web *w, const char *name)
{
	const struct incident_field *f = incident_field_find(name);

	return f == NULL ? word(w, keys, "detail", name) : web_tr(w, "fact", f->label);
}

static const char *
or_dash(const char *s)
{
	return *s == '\0' ? "—" : s;
}

static const char *detail_value(struct web *w, const struct value *m);

/* {"impact": {"from": "", "to": "none"}} as "Impact: — → none". */
static const char *
changes_text(struct web *w, const struct value *changes)
{
	struct buf *b = buf_new(w->a, LIMIT_MIB(1));

	for (size_t i = 0; i < value_count(changes); i++) {
		const struct value *m = value_member(changes, i), *to = value_get(m, "to");

		buf_printf(b, "%s%s: ", b->n > 0 ? ", " : "", field_label(w, value_key(changes, i)));
		if (to == NULL)
			buf_printf(b, "%s", detail_value(w, m));
		else
			buf_printf(b, "%s → %s", or_dash(detail_value(w, value_get(m, "from"))), or_dash(detail_value(w, to)));
	}
	return buf_cstr(w->a, b);
}

static const char *
detail_value(struct web *w, const struct value *m)
{
	if (m == NULL || value_type(m) == VALUE_NULL)
		return "";
	if (value_type(m) == VALUE_TEXT)
		return value_cstr(m);
	if (value_type(m) == VALUE_OBJECT)
		return changes_text(w, m);
	return is_time(m) ? web_when(w, value_integer(m)) : value_json_text(w->a, m);
}

const char *
team_detail_text(struct web *w, const struct value *payload)
{
	struct buf *b = buf_new(w->a, LIMIT_MIB(1));

	for (size_t i = 0; i < value_count(payload); i++) {
		const struct value *m = value_member(payload, i);

		if (value_type(m) == VALUE_NULL || (value_type(m) == VALUE_TEXT && value_str(m).n == 0))
			continue;
		buf_printf(b, "%s%s: %s", b->n > 0 ? ", " : "", word(w, keys, "detail", value_key(payload, i)),
		    detail_value(w, m));
	}
	struct str s = utf8_take(buf_view(b), 300);

	return s.n == b->n ? arena_cstr(w->a, s) : arena_printf(w->a, "%.*s…", STR_F(s));
}
